/**
 * What natives may ask of the interpreter that runs them. The VM (vm/vm.ts) implements it; natives receive it as first argument
 * of every function, so there is no ambient interpreter and several can live in one process (two VMs share only the immutable
 * built-in types).
 */
import type { CodeStore } from "../compile/cache.ts";
import type { KwNames } from "./slots.ts";
import type { FileSystem } from "../modules/file-system.ts";
import type { PyDict } from "./dict.ts";
import type { PyModule } from "./module.ts";
import type { PyType } from "./type.ts";
import type { PyObject, Value } from "./values.ts";
import type { Frame } from "../vm/frame.ts";
import type { Interrupts, SignalSource } from "../vm/interrupts.ts";

/** What the embedding host supplies. Bytes, because Python's text layer sits above. */
export interface Host {
  writeStdout(bytes: Uint8Array): void;
  writeStderr(bytes: Uint8Array): void;
  /** At most n bytes from standard input; empty at its end. Blocks. */
  readStdin(n: number): Uint8Array;
  /** Monotonic and wall clock in nanoseconds. */
  monotonicNs(): bigint;
  wallNs(): bigint;
  env: Record<string, string>;
  argv: readonly string[];
  /** Whether a standard stream (0, 1, 2) is a terminal. */
  isTty?(fd: number): boolean;
  /** Files, where they are not node:fs's. */
  fs?: FileSystem;
  /** Where compiled code is kept between runs; without one every run compiles anew. */
  codeStore?: CodeStore | undefined;
  /** Signals and timers of the process. */
  signals?: SignalSource;
  /** Set by the interpreter: to be called while the host waits and `signals` has set its words. Raises what a handler of a signal raises. */
  onWake?: () => void;
  /** Modules that the host supplies, asked for before sys.path is searched. */
  loadModule?(name: string): HostModule | undefined;
}

export interface HostModule {
  readonly source: string;
  /** `__file__`, and the name in tracebacks; default "<name>". */
  readonly filename?: string;
  /** Whether it may have submodules, which the host is asked for by their dotted names. */
  readonly isPackage?: boolean;
}

export interface VM {
  readonly host: Host;
  readonly interrupts: Interrupts;
  /** sys.modules */
  readonly modules: PyDict;
  /** The builtins module's namespace. */
  readonly builtins: PyDict;
  /** Namespace of module sys (sys.stdout, sys.stderr, sys.excepthook … are read from here). */
  readonly sys: PyDict;
  /** Scratch state of native modules, keyed by the module's own symbol, so that modules keep nothing at JS module level. */
  readonly state: Map<symbol, unknown>;

  /** Calls any callable from native code (re-entrant: runs a nested VM loop for Python functions; counts depth; may raise). */
  call(fn: Value, args: Value[], kwnames?: KwNames): Value;
  /** import_module(name): runs the import system; returns the module named (the leaf, not the top package). */
  importModule(name: string): Value;
  /** warnings.warn(message, category, stacklevel). */
  warn(category: PyType, message: string, stacklevel?: number): void;
  /** sys.getrecursionlimit-style guard for natives that recurse (repr of nested lists, json …): call enter/leave around it. */
  enterRecursive(where: string): void;
  leaveRecursive(): void;
  /** Objects whose repr is being computed (for "[...]"); natives of containers use reprEnter/reprLeave. */
  reprEnter(o: Value): boolean;
  reprLeave(o: Value): void;
  /** The globals dict of the Python frame that called the running native, and its locals snapshot. */
  callerGlobals(): PyDict;
  callerLocals(): Value;
  newModule(name: string): PyModule;
  /** From now on the end of `o` is looked for (vm/finalizer.ts); false where the VM does not do that. */
  watch(o: PyObject): boolean;
  /** locals() of a frame. */
  localsOf(frame: Frame): Value;
  /** Lets the running thread wait; other threads of this VM go on. */
  sleep(milliseconds: number): void;
  /** The innermost Python frame: the one that called the running native; null when the host did. */
  currentFrame(): Frame | null;
  /** Runs a code object as a module body: names live in `locals`; `closure` (a tuple of cells) fills its free variables. */
  runCode(code: Value, globals: PyDict, locals: Value, closure?: Value): Value;
  /** `__import__` */
  importName(name: string, globals: Value, locals: Value, fromlist: Value, level: number): Value;
}
