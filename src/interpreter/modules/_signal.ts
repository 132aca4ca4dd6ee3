/**
 * Module _signal. What arrives from outside, and what a program sends itself, goes through the interpreter's words (vm/interrupts.ts); handlers run
 * between two instructions of the main thread. Signals without a handler are the system's: the process is not even told of them.
 * Known weakness: no masks and no sigwait; without a source of signals (an embedded interpreter) timers do nothing.
 */
import { EXCEPTIONS, newException, PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { osError } from "../builtins/os-error.ts";
import { isCallable, plainInt, toDouble, toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PySet } from "../objects/set.ts";
import { PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { nativeFunction, type PyNative } from "../objects/native.ts";
import { defineType } from "../objects/type.ts";
import { CLOCK, type Clock } from "../vm/interrupts.ts";
import { currentThread, MAIN_THREAD, waitFor } from "../vm/threads.ts";
import { endpointOf } from "./_socket.ts";
import type { NativeModule } from "./native-module.ts";
import { StructSeqType } from "./structseq.ts";

/** Linux's signals: number → name and description. */
const SIGNALS: readonly (readonly [number: number, name: string, text: string])[] = [
  [1, "SIGHUP", "Hangup"], [2, "SIGINT", "Interrupt"], [3, "SIGQUIT", "Quit"], [4, "SIGILL", "Illegal instruction"], [5, "SIGTRAP", "Trace/breakpoint trap"],
  [6, "SIGABRT", "Aborted"], [7, "SIGBUS", "Bus error"], [8, "SIGFPE", "Floating point exception"], [9, "SIGKILL", "Killed"],
  [10, "SIGUSR1", "User defined signal 1"], [11, "SIGSEGV", "Segmentation fault"], [12, "SIGUSR2", "User defined signal 2"], [13, "SIGPIPE", "Broken pipe"],
  [14, "SIGALRM", "Alarm clock"], [15, "SIGTERM", "Terminated"], [16, "SIGSTKFLT", "Stack fault"], [17, "SIGCHLD", "Child exited"], [18, "SIGCONT", "Continued"],
  [19, "SIGSTOP", "Stopped (signal)"], [20, "SIGTSTP", "Stopped"], [21, "SIGTTIN", "Stopped (tty input)"], [22, "SIGTTOU", "Stopped (tty output)"],
  [23, "SIGURG", "Urgent I/O condition"], [24, "SIGXCPU", "CPU time limit exceeded"], [25, "SIGXFSZ", "File size limit exceeded"],
  [26, "SIGVTALRM", "Virtual timer expired"], [27, "SIGPROF", "Profiling timer expired"], [28, "SIGWINCH", "Window changed"], [29, "SIGIO", "I/O possible"],
  [30, "SIGPWR", "Power failure"], [31, "SIGSYS", "Bad system call"], [34, "SIGRTMIN", "Real-time signal 0"], [64, "SIGRTMAX", "Real-time signal 30"],
];
const ALIASES = { SIGIOT: 6, SIGCLD: 17, SIGPOLL: 29 };
const NSIG = 65;
const SIG_DFL = 0;
const SIG_IGN = 1;
export const SIGINT = 2;
const SIGKILL = 9;
const SIGPIPE = 13;
const SIGSTOP = 19;
const SIGXFSZ = 25;
/** Those that the system takes for granted to be caught by nobody, or that a fault of the machine sends: never asked for from outside. */
const SYNCHRONOUS = new Set([4, 7, 8, 11, SIGPIPE, SIGXFSZ]);

const interruptHandler: PyNative = nativeFunction("_signal", "default_int_handler", [
  "(signalnum, frame, /)",
  () => {
    throw newException("KeyboardInterrupt");
  },
  "The default handler for SIGINT: raises KeyboardInterrupt.",
]);

const HANDLERS = Symbol("signal handlers");

function handlers(vm: VM): Map<number, Value> {
  let map = vm.state.get(HANDLERS) as Map<number, Value> | undefined;
  if (!map) vm.state.set(HANDLERS, (map = new Map<number, Value>([[SIGINT, interruptHandler], [SIGPIPE, SIG_IGN], [SIGXFSZ, SIG_IGN]])));
  return map;
}

function numberOf(vm: VM, v: Value): number {
  const n = Number(toIndex(vm, v));
  if (n < 1 || n >= NSIG) throw valueError("signal number out of range");
  return n;
}

function handlerOf(vm: VM, n: number): Value {
  return handlers(vm).get(n) ?? SIG_DFL;
}

/** Whether a signal has a Python handler. */
export function isHandled(vm: VM, n: number): boolean {
  return plainInt(handlerOf(vm, n)) === undefined;
}

/** What a signal that has arrived does: its handler, or the default action. */
export function handleSignal(vm: VM, n: number): void {
  const handler = handlerOf(vm, n);
  const plain = plainInt(handler);
  if (plain === SIG_IGN) return;
  if (plain === SIG_DFL) return defaultAction(vm, n);
  wakeUp(vm, n);
  vm.call(handler, [n, vm.currentFrame()]);
}

function defaultAction(vm: VM, n: number): void {
  if (vm.interrupts.source) vm.interrupts.source.kill(n);
  else if (typeof process === "object") process.kill(process.pid, n);
}

/** A signal that the program sends itself. */
export function sendSignal(vm: VM, n: number): void {
  if (isHandled(vm, n)) vm.interrupts.post(n);
  else handleSignal(vm, n);
}

function signal(vm: VM, signalnum: Value, handler: Value): Value {
  const n = numberOf(vm, signalnum);
  const plain = plainInt(handler);
  if (plain !== SIG_DFL && plain !== SIG_IGN && !isCallable(handler))
    throw typeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
  if (currentThread(vm) !== MAIN_THREAD) throw valueError("signal only works in main thread of the main interpreter");
  if (n === SIGKILL || n === SIGSTOP) throw osError("EINVAL");
  const before = handlerOf(vm, n);
  handlers(vm).set(n, handler);
  const { source } = vm.interrupts;
  if (plain === SIG_DFL) source?.unwatch(n);
  else if (!SYNCHRONOUS.has(n)) source?.watch(n);
  return before;
}

/** Blocks until a signal was handled. */
function pause(vm: VM): Value {
  const before = vm.interrupts.delivered;
  waitFor(vm, () => vm.interrupts.delivered > before, Number.MAX_SAFE_INTEGER);
  return null;
}

// ---- wakeup descriptor -----------------------------------------------------------------------------------------------------------------------

const WAKEUP = Symbol("wakeup descriptor");

function setWakeup(vm: VM, fd: Value): Value {
  const before = (vm.state.get(WAKEUP) as number | undefined) ?? -1;
  vm.state.set(WAKEUP, Number(toIndex(vm, fd)));
  return before;
}

/** The number of a signal as a byte, to a socket of this process (asyncio's self-pipe). */
function wakeUp(vm: VM, n: number): void {
  const fd = vm.state.get(WAKEUP) as number | undefined;
  if (fd !== undefined && fd >= 0) endpointOf(vm, fd)?.peer?.received.push(Uint8Array.of(n));
}

// ---- timers ----------------------------------------------------------------------------------------------------------------------------------

const errorType = defineType({ name: "itimer_error", module: "signal", base: EXCEPTIONS.OSError });

function clockOf(vm: VM, which: Value): Clock {
  const n = Number(toIndex(vm, which));
  if (n !== CLOCK.real && n !== CLOCK.virtual && n !== CLOCK.profiling) throw timerError();
  return n;
}

function timerError(): PyBaseException {
  return new PyBaseException(errorType, [22, "Invalid argument"]);
}

function timerState(vm: VM, clock: Clock): Value {
  const { left, interval } = vm.interrupts.source?.timer(clock) ?? { left: 0, interval: 0 };
  return new PyTuple([new PyFloat(left / 1000), new PyFloat(interval / 1000)]);
}

function setTimer(vm: VM, which: Value, seconds: Value, interval?: Value): Value {
  const clock = clockOf(vm, which);
  const [s, i] = [toDouble(vm, seconds), interval === undefined ? 0 : toDouble(vm, interval)];
  if (s < 0 || i < 0) throw timerError();
  const before = timerState(vm, clock);
  vm.interrupts.source?.setTimer(clock, s * 1000, i * 1000);
  return before;
}

/** Seconds are whole; a rest of a second counts as one. */
function alarm(vm: VM, seconds: Value): Value {
  const s = Number(toIndex(vm, seconds));
  const { source } = vm.interrupts;
  const left = (source?.timer(CLOCK.real).left ?? 0) / 1000;
  source?.setTimer(CLOCK.real, s * 1000, 0);
  return left > 0 ? Math.max(1, Math.round(left)) : 0;
}

const siginfo = new StructSeqType({
  module: "signal",
  name: "struct_siginfo",
  fields: ["si_signo", "si_code", "si_errno", "si_pid", "si_uid", "si_status", "si_band"],
});

export const _signal: NativeModule = {
  name: "_signal",
  doc: "Handlers of asynchronous events.",
  functions: {
    signal: ["(signalnum, handler, /)", signal, "Set the handler of a signal; returns the one before."],
    getsignal: ["(signalnum, /)", (vm: VM, n: Value) => handlerOf(vm, numberOf(vm, n)), "The handler of a signal."],
    raise_signal: ["(signalnum, /)", (vm: VM, n: Value) => {
      sendSignal(vm, numberOf(vm, n));
      return null;
    }, "Send a signal to this process."],
    strsignal: ["(signalnum, /)", (vm: VM, n: Value) => SIGNALS.find((s) => s[0] === numberOf(vm, n))?.[2] ?? null, "The system's description of a signal."],
    valid_signals: [
      "()",
      (vm: VM) => {
        const s = new PySet();
        for (let n = 1; n < NSIG; n++) if (n !== 32 && n !== 33) s.add(vm, n);
        return s;
      },
    ],
    pause: ["()", pause, "Wait until a signal arrives."],
    set_wakeup_fd: ["(fd, /, *, warn_on_full_buffer=True)", setWakeup, "Set the descriptor that numbers of signals are written to; returns the one before."],
    siginterrupt: ["(signalnum, flag, /)", () => null],
    pthread_sigmask: ["(how, mask, /)", () => new PySet()],
    alarm: ["(seconds, /)", alarm, "Have SIGALRM sent after some seconds; returns how many were left of the alarm before."],
    setitimer: ["(which, seconds, interval=0.0, /)", setTimer, "Set a timer; returns what it was."],
    getitimer: ["(which, /)", (vm: VM, which: Value) => timerState(vm, clockOf(vm, which)), "Seconds left of a timer, and its interval."],
  },
  values: () => ({
    default_int_handler: interruptHandler,
    SIG_DFL, SIG_IGN, NSIG, SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2, ITIMER_REAL: 0, ITIMER_VIRTUAL: 1, ITIMER_PROF: 2,
    ItimerError: errorType,
    struct_siginfo: siginfo.type,
    ...Object.fromEntries(SIGNALS.map(([n, name]) => [name, n] as const)),
    ...ALIASES,
  }),
};
