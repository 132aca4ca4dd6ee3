/** Module _thread: locks, thread-local data, starting and joining threads. The threads themselves are vm/threads.ts's. */
import { EXCEPTIONS, isInstanceOf, newException, overflowError, runtimeError, typeError, valueError } from "../builtins/exceptions.ts";
import { reportUnraisable } from "../builtins/unraisable.ts";
import { PyDict } from "../objects/dict.ts";
import { identityOf } from "../objects/identity.ts";
import { attributeError } from "../builtins/exceptions.ts";
import { genericDeleteAttr, genericGetAttr, genericSetAttr, isCallable, toDouble, toIndex, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { Shape } from "../objects/shape.ts";
import { defineType, objectType, type PyType } from "../objects/type.ts";
import { PyAttrObject, PyObject, PyTuple, type Value } from "../objects/values.ts";
import { currentThread, MAIN_THREAD, scheduler, type Thread, waitFor } from "../vm/threads.ts";
import { isHandled, SIGINT } from "./_signal.ts";
import type { NativeModule } from "./native-module.ts";

const TIMEOUT_MAX = 9223372036;

// ---- locks ------------------------------------------------------------------------------------------------------------------------------------------

class PyLock extends PyObject {
  locked = false;
}

class PyRLock extends PyObject {
  owner = 0;
  count = 0;
}

/** The milliseconds of a timeout argument; undefined: without limit, 0: not blocking. */
function patience(vm: VM, blocking: Value | undefined, timeout: Value | undefined): number | undefined {
  const block = blocking === undefined || truthy(vm, blocking);
  const seconds = timeout === undefined ? -1 : toDouble(vm, timeout);
  if (!block) {
    if (seconds !== -1) throw valueError("can't specify a timeout for a non-blocking call");
    return 0;
  }
  if (seconds < 0 && seconds !== -1) throw valueError("timeout value must be a non-negative number");
  if (seconds > TIMEOUT_MAX) throw overflowError("timeout value is too large");
  return seconds === -1 ? undefined : seconds * 1000;
}

function acquire(vm: VM, l: PyLock, blocking?: Value, timeout?: Value): boolean {
  const ms = patience(vm, blocking, timeout);
  if (!(ms === 0 ? !l.locked : waitFor(vm, () => !l.locked, ms))) return false;
  l.locked = true;
  return true;
}

function release(_vm: VM, l: PyLock): null {
  if (!l.locked) throw runtimeError("release unlocked lock");
  l.locked = false;
  return null;
}

function acquireR(vm: VM, l: PyRLock, blocking?: Value, timeout?: Value): boolean {
  const ms = patience(vm, blocking, timeout);
  const me = currentThread(vm);
  const free = () => l.count === 0 || l.owner === me;
  if (!(ms === 0 ? free() : waitFor(vm, free, ms))) return false;
  l.owner = me;
  l.count++;
  return true;
}

function releaseR(vm: VM, l: PyRLock): null {
  if (l.count === 0 || l.owner !== currentThread(vm)) throw runtimeError("cannot release un-acquired lock");
  if (--l.count === 0) l.owner = 0;
  return null;
}

const address = (o: PyObject) => `0x${identityOf(o).toString(16).padStart(12, "0")}`;
const ACQUIRE = "($self, /, blocking=True, timeout=-1)";
const isLocked = (_vm: VM, l: PyLock): boolean => l.locked;

const lockType: PyType = defineType({
  name: "lock",
  module: "_thread",
  js: PyLock,
  doc: "A lock that is not owned by a thread.",
  subclassable: false,
  new: ["()", () => new PyLock()],
  slots: { repr: (_vm, self) => `<${(self as PyLock).locked ? "locked" : "unlocked"} _thread.lock object at ${address(self as PyLock)}>` },
  methods: {
    acquire: [ACQUIRE, acquire, "Lock; whether it was done."],
    acquire_lock: [ACQUIRE, acquire, "An obsolete name of acquire."],
    release: ["($self, /)", release, "Unlock."],
    release_lock: ["($self, /)", release, "An obsolete name of release."],
    locked: ["($self, /)", isLocked, "Whether it is locked."],
    locked_lock: ["($self, /)", isLocked, "An obsolete name of locked."],
    _at_fork_reinit: ["($self, /)", (_vm: VM, l: PyLock) => {
      l.locked = false;
      return null;
    }],
    __enter__: ["($self, /)", (vm: VM, l: PyLock) => acquire(vm, l), "Lock."],
    __exit__: ["($self, /, *exc_info)", release, "Unlock."],
  },
});

const rlockType: PyType = defineType({
  name: "RLock",
  module: "_thread",
  js: PyRLock,
  doc: "A lock that its thread may take several times.",
  new: ["()", (_vm: VM, cls: PyType) => {
    const l = new PyRLock();
    if (cls !== rlockType) l.cls = cls;
    return l;
  }],
  slots: {
    repr: (_vm, self) => {
      const l = self as PyRLock;
      return `<${l.count ? "locked" : "unlocked"} ${l.cls.module === "builtins" ? "" : "_thread."}${l.cls.name} object owner=${l.owner} count=${l.count} at ${address(l)}>`;
    },
  },
  methods: {
    acquire: [ACQUIRE, acquireR, "Lock; whether it was done."],
    release: ["($self, /)", releaseR, "Unlock once."],
    locked: ["($self, /)", (_vm: VM, l: PyRLock) => l.count > 0, "Whether it is locked."],
    _is_owned: ["($self, /)", (vm: VM, l: PyRLock) => l.count > 0 && l.owner === currentThread(vm)],
    _recursion_count: ["($self, /)", (vm: VM, l: PyRLock) => (l.owner === currentThread(vm) ? l.count : 0)],
    _release_save: ["($self, /)", (_vm: VM, l: PyRLock) => {
      if (l.count === 0) throw runtimeError("cannot release un-acquired lock");
      const state = new PyTuple([l.count, l.owner]);
      l.count = l.owner = 0;
      return state;
    }],
    _acquire_restore: ["($self, state, /)", (vm: VM, l: PyRLock, state: Value) => {
      waitFor(vm, () => l.count === 0, undefined);
      [l.count, l.owner] = (state as PyTuple).items as [number, number];
      return null;
    }],
    _at_fork_reinit: ["($self, /)", (_vm: VM, l: PyRLock) => {
      l.count = l.owner = 0;
      return null;
    }],
    __enter__: ["($self, /)", (vm: VM, l: PyRLock) => acquireR(vm, l), "Lock."],
    __exit__: ["($self, /, *exc_info)", releaseR, "Unlock once."],
  },
});

// ---- thread-local data ----------------------------------------------------------------------------------------------------------------------------

/** Holds the attributes of the thread that looked last; those of the others wait aside. */
class PyLocal extends PyAttrObject {
  thread = 0;
  readonly aside: Map<number, { shape: Shape | undefined; slots: Value[] | undefined }> = new Map();
  readonly args: readonly Value[];
  readonly kwnames: readonly string[];
  constructor(args: readonly Value[], kwnames: readonly string[]) {
    super();
    this.args = args;
    this.kwnames = kwnames;
  }
}

/** Makes the running thread's attributes the object's. A thread that comes for the first time runs `__init__`. */
function mine(vm: VM, self: Value): PyLocal {
  const l = self as PyLocal;
  const me = currentThread(vm);
  if (l.thread === me) return l;
  if (l.thread !== 0) l.aside.set(l.thread, { shape: l.shape, slots: l.slots });
  const kept = l.aside.get(me);
  l.shape = kept?.shape;
  l.slots = kept?.slots;
  const first = l.thread !== 0 && kept === undefined;
  l.thread = me;
  const init = l.cls.slot.init;
  if (first && init !== objectType.slot.init) init?.(vm, l, [...l.args], l.kwnames.length ? l.kwnames : undefined);
  return l;
}

const localType: PyType = defineType({
  name: "_local",
  module: "_thread",
  js: PyLocal,
  doc: "Attributes that each thread has for itself.",
  hasDict: true,
  new: ["(*args, **kwargs)", (vm: VM, cls: PyType, args: Value[], kwargs: ReadonlyMap<string, Value>) => {
    if (cls.slot.init === objectType.slot.init && args.length + kwargs.size > 0) throw typeError("Initialization arguments are not supported");
    const l = new PyLocal([...args, ...kwargs.values()], [...kwargs.keys()]);
    if (cls !== localType) l.cls = cls;
    l.thread = currentThread(vm);
    return l;
  }],
  slots: {
    getattribute: (vm, self, name) => {
      const v = genericGetAttr(vm, mine(vm, self), name);
      if (v === undefined) throw attributeError(self, name);
      return v;
    },
    setattr: (vm, self, name, v) => genericSetAttr(vm, mine(vm, self), name, v),
    delattr: (vm, self, name) => genericDeleteAttr(vm, mine(vm, self), name),
  },
});

// ---- threads ------------------------------------------------------------------------------------------------------------------------------------------

class PyThreadHandle extends PyObject {
  ident = 0;
  state: "new" | "running" | "done" = "new";
  thread: Thread | undefined = undefined;

  get finished(): boolean {
    return this.state === "done" || (this.thread?.done ?? false);
  }
}

function join(vm: VM, h: PyThreadHandle, timeout?: Value): null {
  if (h.state === "new") throw runtimeError("thread not started");
  if (!h.finished && h.ident === currentThread(vm)) throw runtimeError("Cannot join current thread");
  const seconds = timeout === undefined || timeout === null ? -1 : toDouble(vm, timeout);
  waitFor(vm, () => h.finished, seconds < 0 ? undefined : seconds * 1000);
  return null;
}

const handleType: PyType = defineType({
  name: "_ThreadHandle",
  module: "_thread",
  js: PyThreadHandle,
  doc: "A handle to a thread, to wait for its end.",
  subclassable: false,
  new: ["()", () => new PyThreadHandle()],
  slots: { repr: (_vm, self) => `<_ThreadHandle object: ident=${(self as PyThreadHandle).ident}>` },
  methods: {
    join: ["($self, timeout=None, /)", join, "Wait until the thread has ended."],
    is_done: ["($self, /)", (_vm: VM, h: PyThreadHandle) => h.finished, "Whether the thread has ended."],
    _set_done: ["($self, /)", (_vm: VM, h: PyThreadHandle) => {
      if (h.state === "new") throw runtimeError("thread not started");
      h.state = "done";
      return null;
    }],
  },
  getset: { ident: [(_vm: VM, h: PyThreadHandle) => h.ident] },
});

/** An error that ends a thread; threading.Thread reports its own before. */
function report(vm: VM, fn: Value, error: unknown): void {
  if (!isInstanceOf(error, "SystemExit")) reportUnraisable(vm, error, "Exception ignored in thread started by", fn);
}

function begin(vm: VM, fn: Value, args: Value[], kwnames: string[], daemon: boolean): Thread {
  return scheduler(vm).start(fn, args, kwnames, daemon, (error) => report(vm, fn, error));
}

function startJoinable(vm: VM, fn: Value, handle: Value | undefined, daemon: Value | undefined): Value {
  if (!isCallable(fn)) throw typeError("thread function must be callable");
  if (handle !== undefined && handle !== null && !(handle instanceof PyThreadHandle)) throw typeError("'handle' must be a _ThreadHandle");
  const h = handle instanceof PyThreadHandle ? handle : new PyThreadHandle();
  if (h.state !== "new") throw runtimeError("thread already started");
  h.thread = begin(vm, fn, [], [], daemon === undefined || truthy(vm, daemon));
  h.ident = h.thread.ident;
  h.state = "running";
  return h;
}

function startNew(vm: VM, fn: Value, args: Value, kwargs: Value | undefined): Value {
  if (!isCallable(fn)) throw typeError("first arg must be callable");
  if (!(args instanceof PyTuple)) throw typeError("2nd arg must be a tuple");
  if (kwargs !== undefined && !(kwargs instanceof PyDict)) throw typeError("optional 3rd arg must be a dictionary");
  const entries = kwargs === undefined ? [] : [...kwargs.entries()];
  return begin(vm, fn, [...args.items, ...entries.map((e) => e.value)], entries.map((e) => String(e.key)), true).ident;
}

function mainHandle(vm: VM, ident: Value): Value {
  const h = new PyThreadHandle();
  const n = Number(toIndex(vm, ident));
  h.ident = n;
  h.state = "running";
  return h;
}

const START_NEW = "(function, args, kwargs={}, /)";

export const _thread: NativeModule = {
  name: "_thread",
  doc: "Threads, locks and thread-local data.",
  functions: {
    allocate_lock: ["()", () => new PyLock(), "A new lock."],
    allocate: ["()", () => new PyLock(), "An obsolete name of allocate_lock."],
    get_ident: ["()", (vm: VM) => currentThread(vm), "The identifier of the running thread."],
    get_native_id: ["()", (vm: VM) => currentThread(vm), "The system's identifier of the running thread."],
    _get_main_thread_ident: ["()", () => MAIN_THREAD],
    _is_main_interpreter: ["()", () => true],
    _count: ["()", (vm: VM) => scheduler(vm).count, "How many threads are alive besides the main one."],
    stack_size: ["(size=0, /)", () => 0, "The stack size of new threads: the system's default."],
    start_joinable_thread: ["(function, handle=None, daemon=True)", startJoinable, "Start a thread; returns its handle."],
    start_new_thread: [START_NEW, startNew, "Start a thread; returns its identifier."],
    start_new: [START_NEW, startNew, "An obsolete name of start_new_thread."],
    exit: ["()", exit, "Raise SystemExit."],
    exit_thread: ["()", exit, "An obsolete name of exit."],
    interrupt_main: ["(signum=2, /)", (vm: VM, signum?: Value) => {
      const n = signum === undefined ? SIGINT : Number(toIndex(vm, signum));
      if (n < 1 || n > 64) throw valueError("signal number out of range");
      if (isHandled(vm, n)) vm.interrupts.post(n);
      return null;
    }, "Simulate the arrival of a signal at the main thread."],
    set_name: ["(name)", (_vm: VM, name: Value) => {
      if (typeof name !== "string") throw typeError(`set_name() argument 'name' must be str, not ${typeName(name)}`);
      return null;
    }, "Name the running thread for the system."],
    _shutdown: ["()", (vm: VM) => {
      waitFor(vm, () => !scheduler(vm).pending(), undefined);
      return null;
    }],
    _make_thread_handle: ["(ident, /)", mainHandle],
    daemon_threads_allowed: ["()", () => true, "Whether this interpreter may have daemon threads."],
  },
  values: () => ({
    LockType: lockType, lock: lockType, RLock: rlockType, _ThreadHandle: handleType, _local: localType, error: EXCEPTIONS.RuntimeError, TIMEOUT_MAX,
  }),
};

function exit(): never {
  throw newException("SystemExit");
}
