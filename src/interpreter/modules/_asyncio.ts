/**
 * Module _asyncio: tasks, which drive coroutines step by step, and the registers of tasks and running loops. Futures are asyncio-future.ts's.
 * The registers hold pending tasks strongly: a task that nobody else refers to still ends.
 */
import { isInstanceOf, type PyBaseException, runtimeError, typeError } from "../builtins/exceptions.ts";
import { PyGenerator, resume, throwInto } from "../objects/generator.ts";
import { PyList } from "../objects/list.ts";
import { callMethod, getAttr, lookupAttr, plainStr, repr, str, truthy } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyObject, type Value } from "../objects/values.ts";
import { asException } from "../vm/raise.ts";
import { copyContext } from "./_contextvars.ts";
import {
  addDoneCallback, callSoon, cancelFuture, cancelledErrorOf, eventLoop, fromModule, futureType, initFuture, invalidState, isCancelledError, needRunningLoop, PyFuture, resultOf,
  runningLoop, setException, setResult, setRunningLoop,
} from "./asyncio-future.ts";
import type { NativeModule } from "./native-module.ts";

class PyTask extends PyFuture {
  coro: Value = null;
  name: Value = null;
  context: Value = null;
  waiter: Value = null;
  mustCancel = false;
  cancelsRequested = 0;
  logDestroyPending = true;
}

// ---- registers ------------------------------------------------------------------------------------------------------------------------------------

interface Registers {
  names: number;
  readonly tasks: Set<Value>;
  readonly eager: Set<Value>;
  readonly current: Map<Value, Value>;
}
const REGISTERS = Symbol("asyncio tasks");

function registers(vm: VM): Registers {
  let r = vm.state.get(REGISTERS) as Registers | undefined;
  if (r === undefined) vm.state.set(REGISTERS, (r = { names: 0, tasks: new Set(), eager: new Set(), current: new Map() }));
  return r;
}

function enterTask(vm: VM, loop: Value, task: Value): null {
  const { current } = registers(vm);
  const running = current.get(loop);
  if (running !== undefined) throw runtimeError(`Cannot enter into task ${repr(vm, task)} while another task ${repr(vm, running)} is being executed.`);
  current.set(loop, task);
  return null;
}

function leaveTask(vm: VM, loop: Value, task: Value): null {
  const { current } = registers(vm);
  const running = current.get(loop);
  if (running !== task) throw runtimeError(`Invalid attempt to leave task ${repr(vm, task)} while task ${repr(vm, running ?? null)} is entered.`);
  current.delete(loop);
  return null;
}

function swapTask(vm: VM, loop: Value, task: Value): Value {
  const { current } = registers(vm);
  const before = current.get(loop) ?? null;
  if (task === null) current.delete(loop);
  else current.set(loop, task);
  return before;
}

function allTasks(vm: VM, loop?: Value): Value {
  const wanted = loop === undefined || loop === null ? needRunningLoop(vm) : loop;
  const { tasks, eager } = registers(vm);
  const pending = [...tasks, ...eager].filter((t) => {
    if (t instanceof PyFuture) return t.loop === wanted && !t.done;
    const own = vm.call(fromModule(vm, "asyncio.futures", "_get_loop"), [t]);
    return own === wanted && !truthy(vm, callMethod(vm, t, "done"));
  });
  return vm.call(vm.builtins.getStr("set")!, [new PyList(pending)]);
}

// ---- steps ----------------------------------------------------------------------------------------------------------------------------------------

/** What the loop calls for a task's next step, and a future when the task waits for it. */
class PyStep extends PyObject {
  readonly task: PyTask;
  readonly error: PyBaseException | undefined;
  constructor(task: PyTask, error?: PyBaseException) {
    super();
    this.task = task;
    this.error = error;
  }
}

defineType({
  name: "TaskStepMethWrapper",
  module: "_asyncio",
  js: PyStep,
  subclassable: false,
  slots: {
    call: (vm, self) => {
      const { task, error } = self as PyStep;
      step(vm, task, error);
      return null;
    },
  },
  getset: {
    __self__: [(_vm: VM, s: PyStep) => s.task],
    __qualname__: [(vm: VM, s: PyStep) => lookupAttr(vm, s.task.coro, "__qualname__") ?? null],
  },
});

class PyWakeup extends PyObject {
  readonly task: PyTask;
  constructor(task: PyTask) {
    super();
    this.task = task;
  }
}

defineType({
  name: "TaskWakeupMethWrapper",
  module: "_asyncio",
  js: PyWakeup,
  subclassable: false,
  slots: {
    call: (vm, self, args) => {
      wakeUp(vm, (self as PyWakeup).task, args[0] ?? null);
      return null;
    },
  },
  getset: { __self__: [(_vm: VM, w: PyWakeup) => w.task], __name__: [() => "task_wakeup"], __qualname__: [() => "Task.task_wakeup"] },
});

function stepSoon(vm: VM, t: PyTask, error?: PyBaseException): void {
  callSoon(vm, t.loop, new PyStep(t, error), [], t.context);
}

function wakeUp(vm: VM, t: PyTask, f: Value): void {
  let error: PyBaseException | undefined;
  try {
    if (f instanceof PyFuture) {
      f.awaitedBy.delete(t);
      resultOf(vm, f);
    } else callMethod(vm, f, "result");
  } catch (e) {
    error = asException(e);
  }
  step(vm, t, error);
}

type Outcome = { readonly yielded: Value } | { readonly returned: Value };

/** Runs the coroutine up to its next suspension. */
function advance(vm: VM, coro: Value, error: PyBaseException | undefined): Outcome {
  try {
    if (coro instanceof PyGenerator) {
      if (error !== undefined) return { yielded: throwInto(vm, coro, error) };
      const v = resume(vm, coro, null);
      return v === undefined ? { returned: coro.frame.result } : { yielded: v };
    }
    return { yielded: error === undefined ? callMethod(vm, coro, "send", null) : callMethod(vm, coro, "throw", error) };
  } catch (e) {
    if (isInstanceOf(e, "StopIteration")) return { returned: (e.args.items[0] ?? null) as Value };
    throw e;
  }
}

function step(vm: VM, t: PyTask, given: PyBaseException | undefined): void {
  if (t.done) throw invalidState(vm, `__step(): already done: ${repr(vm, t)} ${given === undefined ? "None" : repr(vm, given)}`);
  let error = given;
  if (t.mustCancel) {
    if (error === undefined || !isCancelledError(vm, error)) error = cancelledErrorOf(vm, t);
    t.mustCancel = false;
  }
  t.waiter = null;
  enterTask(vm, t.loop, t);
  try {
    runStep(vm, t, error);
  } finally {
    leaveTask(vm, t.loop, t);
    if (t.done) registers(vm).tasks.delete(t);
  }
}

function runStep(vm: VM, t: PyTask, error: PyBaseException | undefined): void {
  let outcome: Outcome;
  try {
    outcome = advance(vm, t.coro, error);
  } catch (raised) {
    const e = asException(raised);
    if (isCancelledError(vm, e)) {
      t.cancelledError = e;
      cancelFuture(vm, t, t.cancelMessage);
      return;
    }
    setException(vm, t, e);
    if (isInstanceOf(e, "KeyboardInterrupt") || isInstanceOf(e, "SystemExit")) throw e;
    return;
  }
  if ("yielded" in outcome) return suspend(vm, t, outcome.yielded);
  if (t.mustCancel) {
    t.mustCancel = false;
    cancelFuture(vm, t, t.cancelMessage);
  } else setResult(vm, t, outcome.returned);
}

/** The coroutine has yielded: what to wait for. */
function suspend(vm: VM, t: PyTask, v: Value): void {
  if (v === null) return stepSoon(vm, t);
  const fail = (message: string) => stepSoon(vm, t, runtimeError(message));
  const blocking = v instanceof PyFuture ? v.blocking : lookupAttr(vm, v, "_asyncio_future_blocking");
  if (blocking === undefined || blocking === null) {
    if (v instanceof PyGenerator && v.kind === "generator") return fail(`yield was used instead of yield from for generator in task ${repr(vm, t)} with ${repr(vm, v)}`);
    return fail(`Task got bad yield: ${repr(vm, v)}`);
  }
  const loop = v instanceof PyFuture ? v.loop : vm.call(fromModule(vm, "asyncio.futures", "_get_loop"), [v]);
  if (loop !== t.loop) return fail(`Task ${repr(vm, t)} got Future ${repr(vm, v)} attached to a different loop`);
  if (!truthy(vm, blocking)) return fail(`yield was used instead of yield from in task ${repr(vm, t)} with ${repr(vm, v)}`);
  if (v === t) return fail(`Task cannot await on itself: ${repr(vm, t)}`);
  const wakeup = new PyWakeup(t);
  if (v instanceof PyFuture) {
    v.blocking = false;
    v.awaitedBy.add(t);
    addDoneCallback(vm, v, wakeup, t.context);
  } else {
    vm.call(vm.builtins.getStr("setattr")!, [v, "_asyncio_future_blocking", false]);
    vm.call(getAttr(vm, v, "add_done_callback"), [wakeup, t.context], ["context"]);
  }
  t.waiter = v;
  if (t.mustCancel && truthy(vm, cancelAwaited(vm, v, t.cancelMessage))) t.mustCancel = false;
}

function cancelAwaited(vm: VM, f: Value, message: Value): Value {
  return vm.call(getAttr(vm, f, "cancel"), [message], ["msg"]);
}

// ---- Task -----------------------------------------------------------------------------------------------------------------------------------------

function init(vm: VM, t: PyTask, coro: Value, loop?: Value, name?: Value, context?: Value, eager?: Value): null {
  initFuture(vm, t, loop);
  const isCoroutine = (coro instanceof PyGenerator && coro.kind === "coroutine") || truthy(vm, vm.call(fromModule(vm, "asyncio.coroutines", "iscoroutine"), [coro]));
  if (!isCoroutine) throw typeError(`a coroutine was expected, got ${repr(vm, coro)}`);
  t.coro = coro;
  t.context = context === undefined || context === null ? copyContext(vm) : context;
  if (name === undefined || name === null) t.name = `Task-${++registers(vm).names}`;
  else t.name = plainStr(name) === undefined ? str(vm, name) : name;
  if (eager !== undefined && truthy(vm, eager) && truthy(vm, callMethod(vm, t.loop, "is_running"))) {
    startEagerly(vm, t);
    return null;
  }
  registers(vm).tasks.add(t);
  stepSoon(vm, t);
  return null;
}

/** PEP 3156's task factories may run the first step at once. */
function startEagerly(vm: VM, t: PyTask): void {
  const before = swapTask(vm, t.loop, null);
  registers(vm).eager.add(t);
  try {
    vm.call(getAttr(vm, t.context, "run"), [new PyStep(t)]);
  } finally {
    registers(vm).eager.delete(t);
    swapTask(vm, t.loop, before);
  }
  if (!t.done) registers(vm).tasks.add(t);
}

function cancel(vm: VM, t: PyTask, message?: Value): boolean {
  t.unseen = false;
  if (t.done) return false;
  t.cancelsRequested++;
  if (t.waiter !== null && truthy(vm, cancelAwaited(vm, t.waiter, message ?? null))) return true;
  t.mustCancel = true;
  t.cancelMessage = message ?? null;
  return true;
}

const unsupported = (what: string) => (): never => {
  throw runtimeError(`Task does not support ${what} operation`);
};

const taskType: PyType = defineType({
  name: "Task",
  module: "_asyncio",
  base: futureType,
  js: PyTask,
  doc: "A coroutine that an event loop runs.",
  hasDict: true,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const t = new PyTask();
    if (cls !== taskType) t.cls = cls;
    return t;
  }],
  init: ["($self, coro, *, loop=None, name=None, context=None, eager_start=False)", init],
  slots: { repr: (vm, self) => plainStr(vm.call(fromModule(vm, "asyncio.base_tasks", "_task_repr"), [self])) ?? "" },
  methods: {
    cancel: ["($self, /, msg=None)", cancel, "Ask the task to end by CancelledError."],
    cancelling: ["($self, /)", (_vm: VM, t: PyTask) => t.cancelsRequested, "How many requests to cancel are open."],
    uncancel: ["($self, /)", (_vm: VM, t: PyTask) => {
      if (t.cancelsRequested > 0 && --t.cancelsRequested === 0) t.mustCancel = false;
      return t.cancelsRequested;
    }, "Take a request to cancel back."],
    get_name: ["($self, /)", (_vm: VM, t: PyTask) => t.name, "The task's name."],
    set_name: ["($self, value, /)", (vm: VM, t: PyTask, v: Value) => {
      t.name = plainStr(v) === undefined ? str(vm, v) : v;
      return null;
    }, "Name the task."],
    get_coro: ["($self, /)", (_vm: VM, t: PyTask) => t.coro, "The coroutine."],
    get_context: ["($self, /)", (_vm: VM, t: PyTask) => t.context, "The context that the coroutine runs in."],
    get_stack: ["($self, /, *, limit=None)", (vm: VM, t: PyTask, limit?: Value) => vm.call(fromModule(vm, "asyncio.base_tasks", "_task_get_stack"), [t, limit ?? null]), "The coroutine's frames."],
    print_stack: ["($self, /, *, limit=None, file=None)", (vm: VM, t: PyTask, limit?: Value, file?: Value) =>
      vm.call(fromModule(vm, "asyncio.base_tasks", "_task_print_stack"), [t, limit ?? null, file ?? null]), "Print the coroutine's frames."],
    set_result: ["($self, result, /)", unsupported("set_result")],
    set_exception: ["($self, exception, /)", unsupported("set_exception")],
  },
  getset: {
    _log_destroy_pending: [(_vm: VM, t: PyTask) => t.logDestroyPending, (vm: VM, t: PyTask, v) => void (t.logDestroyPending = v !== undefined && truthy(vm, v))],
    _must_cancel: [(_vm: VM, t: PyTask) => t.mustCancel],
    _coro: [(_vm: VM, t: PyTask) => t.coro],
    _fut_waiter: [(_vm: VM, t: PyTask) => t.waiter],
  },
});
taskType.weakrefs = true;

function register(set: (r: Registers) => Set<Value>, add: boolean) {
  return (vm: VM, task: Value): null => {
    if (add) set(registers(vm)).add(task);
    else set(registers(vm)).delete(task);
    return null;
  };
}

function awaitedBy(add: boolean) {
  return (_vm: VM, fut: Value, waiter: Value): null => {
    if (!(fut instanceof PyFuture) || !(waiter instanceof PyFuture)) return null;
    if (add) fut.awaitedBy.add(waiter);
    else fut.awaitedBy.delete(waiter);
    return null;
  };
}

export const _asyncio: NativeModule = {
  name: "_asyncio",
  doc: "Futures and tasks.",
  functions: {
    _get_running_loop: ["()", (vm: VM) => runningLoop(vm), "The running loop of this thread, or None."],
    _set_running_loop: ["(loop, /)", setRunningLoop, "Set the running loop of this thread."],
    get_running_loop: ["()", (vm: VM) => needRunningLoop(vm), "The running loop of this thread."],
    get_event_loop: ["()", (vm: VM) => eventLoop(vm), "The running loop, or that of the policy."],
    current_task: ["(loop=None)", (vm: VM, loop?: Value) => registers(vm).current.get(loop === undefined || loop === null ? needRunningLoop(vm) : loop) ?? null, "The task that runs."],
    all_tasks: ["(loop=None)", allTasks, "The tasks of a loop that are not done."],
    _enter_task: ["(loop, task)", enterTask, "A task's step begins."],
    _leave_task: ["(loop, task)", leaveTask, "A task's step ends."],
    _swap_current_task: ["(loop, task)", swapTask, "Replace the running task."],
    _register_task: ["(task)", register((r) => r.tasks, true), "Note a task."],
    _unregister_task: ["(task)", register((r) => r.tasks, false), "Forget a task."],
    _register_eager_task: ["(task)", register((r) => r.eager, true), "Note a task that starts at once."],
    _unregister_eager_task: ["(task)", register((r) => r.eager, false), "Forget a task that started at once."],
    future_add_to_awaited_by: ["(fut, waiter, /)", awaitedBy(true), "Note who awaits a future."],
    future_discard_from_awaited_by: ["(fut, waiter, /)", awaitedBy(false), "Forget who awaits a future."],
  },
  values: () => ({ Future: futureType, Task: taskType }),
};
