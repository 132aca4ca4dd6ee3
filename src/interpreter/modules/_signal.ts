/** Module _signal. Python handlers run when the VM asks (`deliverSignal`), between two instructions of the main thread. */
import { newException, typeError, valueError } from "../builtins/exceptions.ts";
import { osError } from "../builtins/os-error.ts";
import { isCallable, plainInt, toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PySet } from "../objects/set.ts";
import { PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { nativeFunction, type PyNative } from "../objects/native.ts";
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
const SIGINT = 2;

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
  if (!map) vm.state.set(HANDLERS, (map = new Map([[SIGINT, interruptHandler as Value]])));
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

/** Runs the Python handler of a signal that has arrived. Returns false when the default action applies. */
export function deliverSignal(vm: VM, n: number): boolean {
  const handler = handlerOf(vm, n);
  const plain = plainInt(handler);
  if (plain === SIG_IGN) return true;
  if (plain === SIG_DFL) {
    if (n === SIGINT) throw newException("KeyboardInterrupt");
    return false;
  }
  vm.call(handler, [n, vm.currentFrame()]);
  return true;
}

function signal(vm: VM, signalnum: Value, handler: Value): Value {
  const n = numberOf(vm, signalnum);
  const plain = plainInt(handler);
  if (plain !== SIG_DFL && plain !== SIG_IGN && !isCallable(handler))
    throw typeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
  if (n === 9 || n === 19) throw osError("EINVAL");
  const before = handlerOf(vm, n);
  handlers(vm).set(n, handler);
  return before;
}

function raiseSignal(vm: VM, signalnum: Value): Value {
  const n = numberOf(vm, signalnum);
  if (!deliverSignal(vm, n) && typeof process === "object") process.kill(process.pid, n);
  return null;
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
    raise_signal: ["(signalnum, /)", raiseSignal, "Send a signal to this process."],
    strsignal: ["(signalnum, /)", (vm: VM, n: Value) => SIGNALS.find((s) => s[0] === numberOf(vm, n))?.[2] ?? null, "The system's description of a signal."],
    valid_signals: [
      "()",
      (vm: VM) => {
        const s = new PySet();
        for (let n = 1; n < NSIG; n++) if (n !== 32 && n !== 33) s.add(vm, n);
        return s;
      },
    ],
    set_wakeup_fd: ["(fd, /, *, warn_on_full_buffer=True)", () => -1],
    siginterrupt: ["(signalnum, flag, /)", () => null],
    pthread_sigmask: ["(how, mask, /)", () => new PySet()],
    alarm: ["(seconds, /)", () => 0],
    setitimer: ["(which, seconds, interval=0.0, /)", () => new PyTuple([new PyFloat(0), new PyFloat(0)])],
    getitimer: ["(which, /)", () => new PyTuple([new PyFloat(0), new PyFloat(0)])],
  },
  values: () => ({
    default_int_handler: interruptHandler,
    SIG_DFL, SIG_IGN, NSIG, SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2, ITIMER_REAL: 0, ITIMER_VIRTUAL: 1, ITIMER_PROF: 2,
    struct_siginfo: siginfo.type,
    ...Object.fromEntries(SIGNALS.map(([n, name]) => [name, n] as const)),
    ...ALIASES,
  }),
};
