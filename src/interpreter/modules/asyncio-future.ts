/**
 * asyncio.Future natively: state, result or exception, callbacks that the loop calls soon. What is rarely asked for (repr, stacks) stays in asyncio's own
 * Python files, as in CPython. Running loops are kept per thread.
 */
import { isInstanceOf, newException, PyBaseException, runtimeError, stopIteration, typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { thrownException } from "../objects/generator.ts";
import { equals, getAttr, plainStr, truthy, typeOf } from "../objects/operations.ts";
import { PyList } from "../objects/list.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, PyType } from "../objects/type.ts";
import { PyAttrObject, PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { PyTraceback } from "../vm/traceback.ts";
import { currentThread } from "../vm/threads.ts";
import { copyContext } from "./_contextvars.ts";

export type FutureState = "PENDING" | "CANCELLED" | "FINISHED";

interface Callback {
  readonly fn: Value;
  readonly context: Value;
}

export class PyFuture extends PyAttrObject {
  loop: Value = null;
  state: FutureState = "PENDING";
  callbacks: Callback[] = [];
  result: Value = null;
  exception: PyBaseException | null = null;
  exceptionTraceback: PyTraceback | null = null;
  cancelMessage: Value = null;
  cancelledError: PyBaseException | null = null;
  sourceTraceback: Value = null;
  /** Set while a task awaits it: tells a yielded future from a yield by mistake. */
  blocking = false;
  /** The exception has not been looked at. */
  unseen = false;
  readonly awaitedBy: Set<Value> = new Set();

  get done(): boolean {
    return this.state !== "PENDING";
  }
}

// ---- what the modules of asyncio provide --------------------------------------------------------------------------------------------------------

export function fromModule(vm: VM, module: string, name: string): Value {
  return getAttr(vm, vm.importModule(module), name);
}

function asyncioError(vm: VM, name: "CancelledError" | "InvalidStateError", ...args: Value[]): PyBaseException {
  return new PyBaseException(fromModule(vm, "asyncio.exceptions", name) as PyType, args);
}

export function isCancelledError(vm: VM, e: PyBaseException): boolean {
  return e.cls.isSubtype(fromModule(vm, "asyncio.exceptions", "CancelledError") as PyType);
}

export const invalidState = (vm: VM, message: string): PyBaseException => asyncioError(vm, "InvalidStateError", message);

// ---- running loops --------------------------------------------------------------------------------------------------------------------------------

const LOOPS = Symbol("asyncio loops");

function loops(vm: VM): Map<number, Value> {
  let m = vm.state.get(LOOPS) as Map<number, Value> | undefined;
  if (m === undefined) vm.state.set(LOOPS, (m = new Map()));
  return m;
}

export const runningLoop = (vm: VM): Value => loops(vm).get(currentThread(vm)) ?? null;

export function setRunningLoop(vm: VM, loop: Value): null {
  if (loop === null) loops(vm).delete(currentThread(vm));
  else loops(vm).set(currentThread(vm), loop);
  return null;
}

export function needRunningLoop(vm: VM): Value {
  const loop = runningLoop(vm);
  if (loop === null) throw runtimeError("no running event loop");
  return loop;
}

/** The running loop, else that of the policy. */
export function eventLoop(vm: VM): Value {
  const loop = runningLoop(vm);
  if (loop !== null) return loop;
  const policy = vm.call(fromModule(vm, "asyncio.events", "_get_event_loop_policy"), []);
  return vm.call(getAttr(vm, policy, "get_event_loop"), []);
}

export function callSoon(vm: VM, loop: Value, fn: Value, args: readonly Value[], context: Value): void {
  const soon = getAttr(vm, loop, "call_soon");
  if (context === null) vm.call(soon, [fn, ...args]);
  else vm.call(soon, [fn, ...args, context], ["context"]);
}

// ---- operations -----------------------------------------------------------------------------------------------------------------------------------

export function initFuture(vm: VM, f: PyFuture, loop: Value | undefined): void {
  f.loop = loop === undefined || loop === null ? eventLoop(vm) : loop;
  f.state = "PENDING";
  f.callbacks = [];
  f.result = f.exception = f.cancelledError = f.cancelMessage = null;
  f.unseen = false;
  if (truthy(vm, vm.call(getAttr(vm, f.loop, "get_debug"), []))) f.sourceTraceback = vm.call(fromModule(vm, "asyncio.format_helpers", "extract_stack"), []);
}

function ready(f: PyFuture): void {
  if (f.loop === null) throw runtimeError(`${f.cls.name} object is not initialized.`);
}

function schedule(vm: VM, f: PyFuture): void {
  const { callbacks } = f;
  f.callbacks = [];
  for (const c of callbacks) callSoon(vm, f.loop, c.fn, [f], c.context);
}

export function setResult(vm: VM, f: PyFuture, value: Value): null {
  ready(f);
  if (f.done) throw invalidState(vm, "invalid state");
  f.result = value;
  f.state = "FINISHED";
  schedule(vm, f);
  return null;
}

export function setException(vm: VM, f: PyFuture, given: Value): null {
  ready(f);
  if (f.done) throw invalidState(vm, "invalid state");
  let exc = given;
  if (given instanceof PyType) exc = vm.call(given, []);
  if (!(exc instanceof PyBaseException)) throw typeError("invalid exception object");
  if (isInstanceOf(exc, "StopIteration")) {
    const stop = exc;
    exc = runtimeError("StopIteration interacts badly with generators and cannot be raised into a Future");
    (exc as PyBaseException).cause = stop;
    (exc as PyBaseException).context = stop;
  }
  f.exception = exc as PyBaseException;
  f.exceptionTraceback = f.exception.traceback;
  f.state = "FINISHED";
  schedule(vm, f);
  f.unseen = true;
  vm.watch(f);
  return null;
}

export function cancelFuture(vm: VM, f: PyFuture, message: Value): boolean {
  f.unseen = false;
  if (f.done) return false;
  f.state = "CANCELLED";
  f.cancelMessage = message;
  schedule(vm, f);
  return true;
}

/** The CancelledError to raise: the one that ended the task, once, or a fresh one. */
export function cancelledErrorOf(vm: VM, f: PyFuture): PyBaseException {
  const kept = f.cancelledError;
  f.cancelledError = null;
  if (kept !== null) return kept;
  return f.cancelMessage === null ? asyncioError(vm, "CancelledError") : asyncioError(vm, "CancelledError", f.cancelMessage);
}

/** The result, or the exception raised. */
export function resultOf(vm: VM, f: PyFuture): Value {
  ready(f);
  if (f.state === "CANCELLED") throw cancelledErrorOf(vm, f);
  if (f.state === "PENDING") throw invalidState(vm, "Result is not set.");
  f.unseen = false;
  const exc = f.exception;
  if (exc === null) return f.result;
  exc.traceback = f.exceptionTraceback;
  f.exceptionTraceback = null;
  throw exc;
}

function exceptionOf(vm: VM, f: PyFuture): Value {
  ready(f);
  if (f.state === "CANCELLED") throw cancelledErrorOf(vm, f);
  if (f.state === "PENDING") throw invalidState(vm, "Exception is not set.");
  f.unseen = false;
  return f.exception;
}

export function addDoneCallback(vm: VM, f: PyFuture, fn: Value, context: Value | undefined): null {
  ready(f);
  const ctx = context === undefined || context === null ? copyContext(vm) : context;
  if (f.done) callSoon(vm, f.loop, fn, [f], ctx);
  else f.callbacks.push({ fn, context: ctx });
  return null;
}

function removeDoneCallback(vm: VM, f: PyFuture, fn: Value): number {
  const before = f.callbacks.length;
  f.callbacks = f.callbacks.filter((c) => c.fn !== fn && !equals(vm, c.fn, fn));
  return before - f.callbacks.length;
}

/** At the future's end: nobody has asked for its exception. */
function reportUnseen(vm: VM, f: PyFuture): null {
  if (!f.unseen || f.exception === null) return null;
  f.unseen = false;
  const context = vm.call(vm.builtins.getStr("dict")!, [`${f.cls.name} exception was never retrieved`, f.exception, f], ["message", "exception", "future"]);
  if (f.sourceTraceback !== null) vm.call(getAttr(vm, context, "__setitem__"), ["source_traceback", f.sourceTraceback]);
  vm.call(getAttr(vm, f.loop, "call_exception_handler"), [context]);
  return null;
}

// ---- awaiting ---------------------------------------------------------------------------------------------------------------------------------------

/** What `await future` iterates: yields the future once, then gives its result. */
export class PyFutureIter extends PyObject {
  future: PyFuture | null;
  constructor(future: PyFuture) {
    super();
    this.future = future;
  }

  step(vm: VM): Value {
    const f = this.future;
    if (f === null) throw stopIteration();
    if (!f.done) {
      if (f.blocking) throw runtimeError("await wasn't used with future");
      f.blocking = true;
      return f;
    }
    this.future = null;
    throw newException("StopIteration", resultOf(vm, f));
  }
}

defineType({
  name: "FutureIter",
  module: "_asyncio",
  js: PyFutureIter,
  subclassable: false,
  slots: { iter: (_vm, self) => self, iternext: (vm, self) => (self as PyFutureIter).step(vm) },
  methods: {
    send: ["($self, value, /)", (vm: VM, i: PyFutureIter) => i.step(vm)],
    throw: ["($self, type, value=None, traceback=None, /)", (vm: VM, i: PyFutureIter, type: Value, value?: Value) => {
      i.future = null;
      throw thrownException(vm, type, value);
    }],
    close: ["($self, /)", (_vm: VM, i: PyFutureIter) => {
      i.future = null;
      return null;
    }],
  },
});

function awaitFuture(_vm: VM, self: Value): Value {
  ready(self as PyFuture);
  return new PyFutureIter(self as PyFuture);
}

export const futureType: PyType = defineType({
  name: "Future",
  module: "_asyncio",
  js: PyFuture,
  doc: "A result that will be there later.",
  hasDict: true,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const f = new PyFuture();
    if (cls !== futureType) f.cls = cls;
    return f;
  }],
  init: ["($self, *, loop=None)", (vm: VM, f: PyFuture, loop?: Value) => {
    initFuture(vm, f, loop);
    return null;
  }],
  slots: {
    iter: awaitFuture,
    await: awaitFuture,
    repr: (vm, self) => plainStr(vm.call(fromModule(vm, "asyncio.base_futures", "_future_repr"), [self])) ?? "",
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  methods: {
    result: ["($self, /)", resultOf, "The result; raises the exception."],
    exception: ["($self, /)", exceptionOf, "The exception, or None."],
    set_result: ["($self, result, /)", setResult, "Mark as done, with a result."],
    set_exception: ["($self, exception, /)", setException, "Mark as done, with an exception."],
    add_done_callback: ["($self, fn, /, *, context=<unrepresentable>)", addDoneCallback, "Have a function called when it is done."],
    remove_done_callback: ["($self, fn, /)", removeDoneCallback, "Forget a function; how often it was there."],
    cancel: ["($self, /, msg=None)", (vm: VM, f: PyFuture, message?: Value) => {
      ready(f);
      return cancelFuture(vm, f, message ?? null);
    }, "Cancel; whether it was still pending."],
    cancelled: ["($self, /)", (_vm: VM, f: PyFuture) => f.state === "CANCELLED", "Whether it was cancelled."],
    done: ["($self, /)", (_vm: VM, f: PyFuture) => f.done, "Whether it is done."],
    get_loop: ["($self, /)", (_vm: VM, f: PyFuture) => {
      ready(f);
      return f.loop;
    }, "The event loop."],
    _make_cancelled_error: ["($self, /)", cancelledErrorOf],
    __del__: ["($self, /)", reportUnseen],
  },
  getset: {
    _state: [(_vm: VM, f: PyFuture) => f.state],
    _asyncio_future_blocking: [(_vm: VM, f: PyFuture) => f.blocking, (vm: VM, f: PyFuture, v) => void (f.blocking = v !== undefined && truthy(vm, v))],
    _loop: [(_vm: VM, f: PyFuture) => f.loop],
    _callbacks: [(_vm: VM, f: PyFuture) => (f.callbacks.length ? new PyList(f.callbacks.map((c) => new PyTuple([c.fn, c.context]))) : null)],
    _result: [(_vm: VM, f: PyFuture) => f.result],
    _exception: [(_vm: VM, f: PyFuture) => f.exception],
    _log_traceback: [(_vm: VM, f: PyFuture) => f.unseen, (vm: VM, f: PyFuture, v) => {
      if (v === undefined || truthy(vm, v)) throw valueError("_log_traceback can only be set to False");
      f.unseen = false;
    }],
    _source_traceback: [(_vm: VM, f: PyFuture) => f.sourceTraceback, (_vm: VM, f: PyFuture, v) => void (f.sourceTraceback = v ?? null)],
    _cancel_message: [(_vm: VM, f: PyFuture) => f.cancelMessage, (_vm: VM, f: PyFuture, v) => void (f.cancelMessage = v ?? null)],
    _asyncio_awaited_by: [(vm: VM, f: PyFuture) => (f.awaitedBy.size ? vm.call(vm.builtins.getStr("frozenset")!, [new PyList([...f.awaitedBy])]) : null)],
  },
});
futureType.weakrefs = true;

export const isFuture = (v: Value): v is PyFuture => v instanceof PyFuture && typeOf(v).isSubtype(futureType);
