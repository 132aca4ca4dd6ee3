/**
 * Green threads. One JS thread runs all Python threads of an interpreter; a thread gives way where it waits (locks, sleep, join, select) or, at the loop's
 * safe points, when its time slice is over.
 *
 * Frames live on the heap, so a thread whose JS stack holds nothing but its own VM loop is left by throwing a ThreadSwitch out of that loop; the
 * instruction that was interrupted runs again when the thread goes on. A thread below native code that called back (and the main thread, whose loop belongs
 * to the host) cannot be left: when it waits, it runs the others on top of its JS stack until its condition holds.
 *
 * Invariants: an interrupted instruction has changed nothing yet but `sp`, which `rewind` restores; natives that wait have no effect before the wait ends.
 * Weakness: two threads that are both below native code and wait for each other crosswise cannot be interleaved; that raises RuntimeError instead of hanging.
 */
import { PyBaseException, runtimeError } from "../builtins/exceptions.ts";
import { OP } from "../compile/opcodes.ts";
import { PyFunction, PyMethod } from "../objects/function.ts";
import { PyMethodDescriptor, PyNative } from "../objects/native.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import type { Value } from "../objects/values.ts";
import { makeFrame } from "./call.ts";
import type { Frame } from "./frame.ts";
import type { Interpreter } from "./vm.ts";

/** How long a thread runs on while others could, in milliseconds. Longer than CPython's 5 ms, because the interpreter is slower than C. */
const SLICE = 50;
/** Safe points between two looks at the clock. */
const PATIENCE = 256;

/** What a thread waits for. */
interface Wait {
  readonly ready: () => boolean;
  /** Host's monotonic clock, ms. */
  readonly deadline: number | undefined;
}

/** A call that a native wants made without staying on the JS stack. */
interface NestedCall {
  readonly fn: Value;
  readonly args: Value[];
  readonly kwnames: KwNames;
  readonly leave: () => void;
}

/** Thrown through a VM loop to leave it; never seen by Python code. */
export class ThreadSwitch {
  readonly wait: Wait | undefined;
  readonly call: NestedCall | undefined;
  /** Where the loop was. */
  frame: Frame | undefined = undefined;
  constructor(wait: Wait | undefined, call?: NestedCall) {
    this.wait = wait;
    this.call = call;
  }
}

/** One VM loop of a thread: the thread's own, or that of a nested call. */
interface Segment {
  frame: Frame | undefined;
  readonly call: NestedCall;
}

type Outcome = { readonly value: Value } | { readonly error: unknown };

export class Thread {
  readonly ident: number;
  readonly daemon: boolean;
  done = false;
  /** Undefined while it could run. */
  wait: Wait | undefined = undefined;
  /** What a nested call gave; the instruction that asked for it takes it when it runs again. */
  outcome: Outcome | undefined = undefined;
  readonly segments: Segment[] = [];
  /** The VM's count of nested loops while this thread's own loop runs; others cannot be left. */
  level = -1;
  handled: PyBaseException | null = null;
  depth = 0;
  context: unknown = undefined;

  constructor(ident: number, daemon: boolean) {
    this.ident = ident;
    this.daemon = daemon;
  }
}

const SCHEDULER = Symbol("threads");
/** Where _contextvars keeps the running context. */
export const CONTEXT: symbol = Symbol("context");

export function scheduler(vm: VM): Scheduler {
  let s = vm.state.get(SCHEDULER) as Scheduler | undefined;
  if (s === undefined) vm.state.set(SCHEDULER, (s = new Scheduler(vm as Interpreter)));
  return s;
}

/** The identifier of the running thread. */
export function currentThread(vm: VM): number {
  return (vm.state.get(SCHEDULER) as Scheduler | undefined)?.current.ident ?? MAIN_THREAD;
}

export const MAIN_THREAD = 1;

/**
 * Waits until `ready` holds or `milliseconds` have passed; whether it holds. Other threads run meanwhile. A native that waits calls this also when there
 * is nothing to wait for (any more): that ends the wait for which its thread was left.
 */
export function waitFor(vm: VM, ready: () => boolean, milliseconds: number | undefined): boolean {
  return scheduler(vm).waitFor(ready, milliseconds);
}

/** Calls `fn` between `enter` and `leave` so that, in a thread, the JS stack does not grow by it. */
export function callBetween(vm: VM, enter: () => void, leave: () => void, fn: Value, args: Value[], kwnames: KwNames): Value {
  const threads = vm.state.get(SCHEDULER) as Scheduler | undefined;
  const given = threads?.takeOutcome();
  if (given !== undefined) {
    if ("error" in given) throw given.error;
    return given.value;
  }
  enter();
  if (threads?.canLeave()) throw new ThreadSwitch(undefined, { fn, args, kwnames, leave });
  try {
    return vm.call(fn, args, kwnames);
  } finally {
    leave();
  }
}

/** The natives that wait: only they may be run again. */
const WAITING_NATIVES: ReadonlySet<string> = new Set(["acquire", "acquire_lock", "__enter__", "_acquire_restore", "sleep", "join", "run", "poll", "select", "get", "recv", "_shutdown"]);

export class Scheduler {
  current: Thread = new Thread(MAIN_THREAD, false);
  /** Private to JS as well, so that a search of the heap from here does not walk through the interpreter. */
  readonly #vm: Interpreter;
  /** Threads that have not ended and are not on the JS stack, in the order in which they were left. */
  private readonly queue: Thread[] = [];
  private live = 0;
  private idents = MAIN_THREAD;
  private sliceEnd = 0;
  /** The tracer's threshold, while it is suspended. */
  private hotLoop: number | undefined = undefined;
  private patience = PATIENCE;

  constructor(vm: Interpreter) {
    this.#vm = vm;
  }

  get count(): number {
    return this.live;
  }

  /** Starts a thread; it runs when the running one gives way. */
  start(fn: Value, args: Value[], kwnames: KwNames, daemon: boolean, ended: (error: unknown) => void): Thread {
    const t = new Thread(++this.idents, daemon);
    const leave = () => {};
    t.segments.push({ frame: undefined, call: { fn, args, kwnames, leave } });
    t.context = this.#vm.state.get(CONTEXT);
    this.ended.set(t, ended);
    this.queue.push(t);
    this.live++;
    this.armTimer();
    return t;
  }

  private readonly ended: Map<Thread, (error: unknown) => void> = new Map();

  /** Non-daemon threads that still run. */
  pending(): boolean {
    return [...this.ended.keys()].some((t) => !t.daemon);
  }

  private now(): number {
    return Number(this.#vm.host.monotonicNs() / 1000n) / 1000;
  }

  // ---- waiting --------------------------------------------------------------------------------------------------------------------------

  waitFor(ready: () => boolean, milliseconds: number | undefined): boolean {
    const t = this.current;
    const before = t.wait;
    t.wait = undefined;
    if (ready()) return true;
    const deadline = before === undefined ? (milliseconds === undefined ? undefined : this.now() + milliseconds) : before.deadline;
    if (before !== undefined && this.passed(deadline)) return false;
    const wait: Wait = { ready, deadline };
    if (this.canLeave()) throw new ThreadSwitch(wait);
    return this.runOthers(wait);
  }

  private passed(deadline: number | undefined): boolean {
    return deadline !== undefined && this.now() >= deadline;
  }

  /** Runs other threads, or lets time pass, until the wait is over. */
  private runOthers(wait: Wait): boolean {
    const vm = this.#vm;
    let turns = this.queue.length;
    for (;;) {
      if (wait.ready()) return true;
      vm.interrupts.deliver();
      if (turns-- <= 0 && this.passed(wait.deadline)) return false;
      const next = this.runnable();
      if (next === undefined) {
        turns = 0;
        this.idle(wait.deadline);
      } else this.advance(next);
    }
  }

  /** Nobody can run: sleeps until somebody's deadline. */
  private idle(own: number | undefined): void {
    let until = own;
    for (const t of this.queue) {
      const d = t.wait?.deadline;
      if (d !== undefined && (until === undefined || d < until)) until = d;
    }
    if (until === undefined) throw runtimeError("deadlock: every thread waits for another one");
    this.#vm.sleep(until - this.now());
  }

  /** The thread whose deadline passed first, else the first in the queue that may go on. */
  private runnable(): Thread | undefined {
    let best: Thread | undefined;
    for (const t of this.queue) {
      const d = t.wait?.deadline;
      if (d !== undefined && (best === undefined || d < best.wait!.deadline!) && this.passed(d)) best = t;
    }
    return best ?? this.queue.find((t) => t.wait === undefined || t.wait.ready());
  }

  // ---- switching ------------------------------------------------------------------------------------------------------------------------------

  takeOutcome(): Outcome | undefined {
    const o = this.current.outcome;
    this.current.outcome = undefined;
    return o;
  }

  /** Whether the native that the running instruction calls may be interrupted and run again. */
  canLeave(): boolean {
    const vm = this.#vm;
    const frame = vm.frame;
    return this.current.level === vm.nestedLoops && frame !== null && WAITING_NATIVES.has(calledNative(frame) ?? "");
  }

  /** Runs a thread until it waits, ends or has used its slice. */
  private advance(t: Thread): void {
    const vm = this.#vm;
    const caller = this.current;
    const saved = { frame: vm.frame, handled: vm.handled, depth: vm.depth, context: vm.state.get(CONTEXT) };
    this.queue.splice(this.queue.indexOf(t), 1);
    this.current = t;
    vm.handled = t.handled;
    vm.depth = t.depth;
    vm.state.set(CONTEXT, t.context);
    this.startSlice();
    try {
      this.runSegments(t);
    } finally {
      t.handled = vm.handled;
      t.depth = vm.depth;
      t.context = vm.state.get(CONTEXT);
      this.current = caller;
      vm.frame = saved.frame;
      vm.handled = saved.handled;
      vm.depth = saved.depth;
      vm.state.set(CONTEXT, saved.context);
      this.startSlice();
    }
    if (t.done) this.live--;
    else this.queue.push(t);
  }

  private runSegments(t: Thread): void {
    for (;;) {
      const segment = t.segments.at(-1)!;
      let outcome: Outcome;
      try {
        outcome = { value: this.runSegment(t, segment) };
      } catch (e) {
        if (!(e instanceof ThreadSwitch)) outcome = { error: e };
        else if (this.leave(t, segment, e)) return;
        else continue;
      }
      t.segments.pop();
      segment.call.leave();
      if (t.segments.length === 0) return this.end(t, outcome);
      t.outcome = outcome;
    }
  }

  private runSegment(t: Thread, segment: Segment): Value {
    const vm = this.#vm;
    t.level = vm.nestedLoops + 1;
    if (segment.frame !== undefined) return vm.resumeFrame(segment.frame);
    const { fn, args, kwnames } = segment.call;
    const method = fn instanceof PyMethod && fn.func instanceof PyFunction ? fn : undefined;
    const f = method ? method.func : fn;
    if (!(f instanceof PyFunction)) {
      // a native or a callable object: what it runs is below native code
      t.level = -1;
      return vm.call(fn, args, kwnames);
    }
    const frame = makeFrame(f, method?.self, args, 0, args.length, kwnames?.length ? kwnames : undefined);
    frame.entry = true;
    frame.back = t.segments.at(-2)?.frame ?? null;
    frame.pc = -1;
    vm.depth++;
    return vm.resumeFrame(frame);
  }

  /** Notes where the thread was. True: another thread's turn. */
  private leave(t: Thread, segment: Segment, s: ThreadSwitch): boolean {
    segment.frame = rewind(s.frame!);
    if (s.call !== undefined) {
      t.segments.push({ frame: undefined, call: s.call });
      return false;
    }
    t.wait = s.wait;
    return true;
  }

  private end(t: Thread, outcome: Outcome): void {
    t.done = true;
    const report = this.ended.get(t)!;
    this.ended.delete(t);
    if ("error" in outcome) report(outcome.error);
  }

  // ---- time slices ------------------------------------------------------------------------------------------------------------------------------

  private startSlice(): void {
    if (this.hotLoop !== undefined) this.#vm.hotLoop = this.hotLoop;
    this.hotLoop = undefined;
    this.sliceEnd = this.now() + SLICE;
    this.patience = PATIENCE;
    if (this.live > 0) this.armTimer();
  }

  private armTimer(): void {
    const vm = this.#vm;
    vm.interrupts.add(this.asker);
  }

  private readonly asker = (): boolean => {
    this.tick();
    return this.live > 0;
  };

  /** The main thread is wanted: the running one gives way at its next safe point. */
  hurry(): void {
    this.sliceEnd = 0;
    this.patience = 1;
  }

  /** At a safe point, while there are other threads. */
  private tick(): void {
    if (this.live === 0) return;
    if (--this.patience > 0) return;
    this.patience = PATIENCE;
    if (this.now() < this.sliceEnd) return;
    const vm = this.#vm;
    if (this.current.level === vm.nestedLoops) {
      // whoever runs this thread looks for the next one
      if (repeatable(vm, vm.frame!)) throw new ThreadSwitch(undefined);
      // a loop that the tracer works on: from its next turn on it is left to the interpreter until this thread has been away
      this.hotLoop ??= vm.hotLoop;
      vm.hotLoop = Number.POSITIVE_INFINITY;
      this.sliceEnd = 0;
      return;
    }
    this.startSlice();
    const next = this.runnable();
    if (next !== undefined) this.advance(next);
  }
}

/** The name of the native that the running instruction of a frame calls. */
function calledNative(frame: Frame): string | undefined {
  const op = frame.code.ops[frame.pc * 2];
  const arg = frame.code.ops[frame.pc * 2 + 1]!;
  const { stack, sp } = frame;
  if (op === OP.BEFORE_WITH) return "__enter__";
  // frame.sp is that of the arguments: without keyword names, and without the two operands of a call with * or **
  let f: Value | undefined;
  if (op === OP.CALL || op === OP.CALL_KW) f = stack[sp - arg - 2];
  else if (op === OP.CALL_FUNCTION_EX) f = stack[sp - 2];
  if (f instanceof PyMethod) f = f.func;
  return f instanceof PyNative || f instanceof PyMethodDescriptor ? f.spec.name : undefined;
}

/** The interrupted instruction is to run again: its operands are on the stack still, above what it has taken. */
function rewind(frame: Frame): Frame {
  const op = frame.code.ops[frame.pc * 2];
  if (op === OP.CALL_KW) frame.sp++;
  else if (op === OP.CALL_FUNCTION_EX) frame.sp += 1 + (frame.code.ops[frame.pc * 2 + 1]! & 1);
  frame.pc--;
  return frame;
}

/** Whether the instruction at a safe point may run again: not the jump of a loop whose tracer may have moved the frame. */
function repeatable(vm: Interpreter, frame: Frame): boolean {
  if (frame.code.ops[frame.pc * 2] !== OP.JUMP_BACKWARD) return true;
  const heat = frame.code.heat;
  return heat === undefined || !(heat[frame.code.ops[frame.pc * 2 + 1]!]! > vm.hotLoop);
}
