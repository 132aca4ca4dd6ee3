/**
 * A Python interpreter inside an application. Several may live in one process: they share the immutable built-in types and nothing else.
 *
 * Everything is synchronous: `run` returns when the program has ended. What stops a program from outside is a time limit, checked at back-edges
 * and calls, or an interrupt flag in shared memory that another thread sets.
 * Compiled loops look at words in shared memory: the application's own, and one that a worker sets when the time is over; it is started with the first
 * compiled loop. Where there are no workers, the JIT is off under a time limit.
 * Known weakness: one call of a native (`sum(range(10**9))`) runs to its end before a limit is looked at.
 */
import { defaultOptions, type Options } from "../base/options.ts";
import { attachJit } from "../cli/jit.ts";
import { Watcher } from "../cli/watcher.ts";
import { compileSource } from "../interpreter/builtins/evaluate.ts";
import { newException, PyBaseException } from "../interpreter/builtins/exceptions.ts";
import { flushStdout, newInterpreter, newMainModule, runExitFunctions } from "../interpreter/modules/startup.ts";
import type { PyDict } from "../interpreter/objects/dict.ts";
import { getAttr, str, typeOf } from "../interpreter/objects/operations.ts";
import type { Value } from "../interpreter/objects/values.ts";
import { asException, internalErrors } from "../interpreter/vm/raise.ts";
import { CLOCK, WORD } from "../interpreter/vm/interrupts.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";
import type { Wakes } from "../jit/backends/js/polls.ts";
import { Converter } from "./convert.ts";
import { PythonError, type PythonObject, TimeLimitError } from "./errors.ts";
import { EmbeddedHost, type HostOptions } from "./host.ts";

export interface InterpreterOptions extends HostOptions, Partial<Pick<Options, "jit" | "device" | "fp">> {
  /** sys.path, before the standard library. */
  readonly path?: readonly string[];
  /** Global names of `__main__`, converted as `set` does. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Functions of the application, as global names of `__main__` and members of module `host`: `from host import f`. */
  readonly functions?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Milliseconds that one call from outside (run, eval, call …) may take; then it throws a TimeLimitError. */
  readonly timeLimit?: number;
  /** Int32Array on shared memory: another thread sets element 0 to non-zero to raise KeyboardInterrupt in the program; it is set back to 0. */
  readonly interrupt?: Int32Array;
}

export interface PythonInterpreter {
  /** Runs statements in `__main__`. Throws a PythonError when an exception is not caught. */
  run(source: string, filename?: string): void;
  /** The value of an expression. */
  eval(expression: string): unknown;
  /** Calls a global function. */
  call(name: string, ...args: unknown[]): unknown;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  has(name: string): boolean;
  delete(name: string): boolean;
  /** Imports a module; its attributes through the object's `get`. */
  import(name: string): PythonObject;
  /** Runs atexit functions and flushes. */
  close(): void;
}

/** Thrown through Python code: no Error and no Python exception, so that nothing there catches it. */
const STOP: unique symbol = Symbol("time limit");
/** Safe points between two looks at the clock. */
const CLOCK_INTERVAL = 256;
/** Milliseconds that a sleeping program sleeps between two looks at the limits. */
const NAP = 20;

export class EmbeddedInterpreter implements PythonInterpreter {
  private readonly vm: Interpreter;
  private readonly globals: PyDict;
  private readonly convert: Converter;
  private readonly options: InterpreterOptions;
  /** Exceptions that passed to the host, to be raised again when the host lets them through. */
  private readonly raised: WeakMap<object, PyBaseException> = new WeakMap();
  private entered = 0;
  private deadline = Number.POSITIVE_INFINITY;
  private readonly watcher: Watcher = new Watcher(false);
  private alarm: (() => void) | undefined = undefined;
  private untilClock = CLOCK_INTERVAL;

  constructor(options: InterpreterOptions, path: readonly string[]) {
    this.options = options;
    const host = new EmbeddedHost(options);
    this.vm = newInterpreter(host, [...(options.path ?? []), ...path]);
    this.vm.flush = () => host.flush();
    this.convert = new Converter(
      this.vm,
      (run) => this.enter(run),
      (e) => this.exceptionBehind(e),
    );
    this.globals = newMainModule(this.vm).dict;
    this.setLimits(options);
    const jit = {
      ...defaultOptions(),
      jit: options.timeLimit !== undefined && typeof process !== "object" ? "off" : (options.jit ?? "auto"),
      device: options.device ?? "auto",
      fp: options.fp ?? "strict",
    } as const;
    const { events } = attachJit(this.vm, jit, (text) => host.writeStderr(new TextEncoder().encode(text)), false, this.wakes());
    events.listen((e) => {
      if (e.kind === "compile" && options.timeLimit !== undefined) this.alarm ??= this.startAlarm();
    });
    this.inject(options);
  }

  private inject({ globals = {}, functions = {} }: InterpreterOptions): void {
    const names = this.vm.newModule("host").dict;
    for (const [name, f] of Object.entries(functions)) {
      const native = this.convert.functionToPython(f as (...args: unknown[]) => unknown, name);
      names.setStr(name, native);
      this.globals.setStr(name, native);
    }
    for (const [name, v] of Object.entries(globals)) this.set(name, v);
  }

  run(source: string, filename = "<string>"): void {
    this.enter(() => void this.vm.runCode(compileSource(this.vm, source, filename, "exec"), this.globals));
  }

  eval(expression: string): unknown {
    return this.enter(() =>
      this.convert.toJs(this.vm.runCode(compileSource(this.vm, expression.trim(), "<string>", "eval"), this.globals)),
    );
  }

  call(name: string, ...args: unknown[]): unknown {
    return this.enter(() => {
      const f = this.globals.getStr(name) ?? this.vm.builtins.getStr(name);
      if (f === undefined) throw newException("NameError", `name '${name}' is not defined`);
      return this.convert.toJs(
        this.vm.call(
          f,
          args.map((a) => this.convert.toPython(a)),
        ),
      );
    });
  }

  get(name: string): unknown {
    const v = this.globals.getStr(name);
    return v === undefined ? undefined : this.convert.toJs(v);
  }

  set(name: string, value: unknown): void {
    this.enter(() => this.globals.setStr(name, this.convert.toPython(value)));
  }

  has(name: string): boolean {
    return this.globals.getStr(name) !== undefined;
  }

  delete(name: string): boolean {
    return this.globals.deleteStr(name);
  }

  import(name: string): PythonObject {
    return this.enter(() => this.convert.handle(this.vm.importModule(name) as never));
  }

  close(): void {
    this.enter(() => runExitFunctions(this.vm));
  }

  // ---- limits -------------------------------------------------------------------------------------------------------------------------------

  /** What makes compiled code look up. */
  private wakes(): Wakes {
    const { timeLimit, interrupt } = this.options;
    return [
      ...(timeLimit === undefined ? [] : [{ words: this.watcher.words, at: WORD.leave }]),
      ...(interrupt === undefined ? [] : [{ words: interrupt, at: 0 }]),
    ];
  }

  /** From the first compiled loop on, another thread wakes this one when its time is over; gives what sets it for the call that begins. */
  private startAlarm(): () => void {
    const set = (): void => this.watcher.setTimer(CLOCK.wake, Math.max(1, this.deadline - performance.now() + 1), 0);
    set();
    return set;
  }

  private setLimits({ timeLimit, interrupt }: InterpreterOptions): void {
    if (timeLimit === undefined && interrupt === undefined) return;
    this.vm.interrupts.add(() => {
      if (interrupt && Atomics.load(interrupt, 0) !== 0) this.checkInterrupt(interrupt);
      if (Atomics.exchange(this.watcher.words, WORD.leave, 0) !== 0 || --this.untilClock <= 0) this.checkClock();
      return true;
    });
    const { vm } = this;
    const sleep = vm.sleep.bind(vm);
    vm.sleep = (milliseconds) => {
      for (let rest = milliseconds; rest > 0; rest -= NAP) {
        sleep(Math.min(rest, NAP));
        if (interrupt) this.checkInterrupt(interrupt);
        this.checkClock();
      }
    };
  }

  private checkInterrupt(flag: Int32Array): void {
    if (Atomics.exchange(flag, 0, 0) !== 0) throw newException("KeyboardInterrupt");
  }

  private checkClock(): void {
    this.untilClock = CLOCK_INTERVAL;
    if (performance.now() > this.deadline) throw STOP;
  }

  // ---- entering Python ----------------------------------------------------------------------------------------------------------------------

  /** Runs what enters Python code. The outermost entry starts the clock, flushes at its end, and leaves the interpreter ready for another. */
  private enter<T>(run: () => T): T {
    const { vm } = this;
    const { frame, depth, handled } = vm;
    if (this.entered++ === 0) {
      this.deadline = performance.now() + (this.options.timeLimit ?? Number.POSITIVE_INFINITY);
      this.alarm?.();
    }
    try {
      const result = run();
      if (this.entered === 1) flushStdout(vm);
      return result;
    } catch (e) {
      Object.assign(vm, { frame, depth, handled });
      throw this.hostError(e);
    } finally {
      if (--this.entered === 0) this.deadline = Number.POSITIVE_INFINITY;
    }
  }

  private hostError(e: unknown): unknown {
    if (e === STOP) return this.entered > 1 ? STOP : new TimeLimitError(this.options.timeLimit ?? 0);
    if (e instanceof PythonError) return e;
    const exc = asException(e);
    const deadline = this.deadline;
    this.deadline = Number.POSITIVE_INFINITY;
    try {
      const error = new PythonError({
        type: this.typeNameOf(exc),
        message: this.attempt(() => str(this.vm, exc), "<exception str() failed>"),
        traceback: this.attempt(() => this.vm.formatException(exc), ""),
        value: this.convert.handle(exc),
        cause: internalErrors.get(exc),
      });
      this.raised.set(error, exc);
      return error;
    } finally {
      this.deadline = deadline;
    }
  }

  private typeNameOf(exc: PyBaseException): string {
    const { qualname } = exc.cls;
    const module: Value = this.attempt(() => getAttr(this.vm, typeOf(exc), "__module__"), "builtins");
    return typeof module !== "string" || module === "builtins" || module === "__main__" ? qualname : `${module}.${qualname}`;
  }

  private attempt<T>(run: () => T, otherwise: T): T {
    try {
      return run();
    } catch (e) {
      if (e instanceof PyBaseException) return otherwise;
      throw e;
    }
  }

  private exceptionBehind(e: unknown): PyBaseException | undefined {
    if (e instanceof PyBaseException) return e;
    return typeof e === "object" && e !== null ? this.raised.get(e) : undefined;
  }
}
