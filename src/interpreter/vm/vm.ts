/**
 * The interpreter as an object: state of one Python program, entry points for hosts and natives. Nothing here is shared between two instances but the
 * immutable built-in types.
 */
import { isInstanceOfClass } from "../builtins/instance-check.ts";
import { EXCEPTIONS, type ExceptionName, type PyBaseException, recursionError, typeError } from "../builtins/exceptions.ts";
import { writeError } from "../builtins/error-stream.ts";
import { formatException } from "../builtins/traceback-print.ts";
import { installBuiltins } from "../builtins/functions.ts";
import type { Code, LoopInfo } from "../compile/code.ts";
import { type PyCell, PyFunction, PyMethod } from "../objects/function.ts";
import type { PyGenerator } from "../objects/generator.ts";
import { PyDict } from "../objects/dict.ts";
import { PyModule } from "../objects/module.ts";
import { PyNative } from "../objects/native.ts";
import { getAttr, isCallable, repr, typeName, typeOf } from "../objects/operations.ts";
import type { Host, VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import type { PyType } from "../objects/type.ts";
import { type PyObject, PyTuple, type Value } from "../objects/values.ts";
import { LANGUAGE_TYPES, languageFunctions } from "../objects/language.ts";
import { makeFrame } from "./call.ts";
import { Finalizer } from "./finalizer.ts";
import { Frame } from "./frame.ts";
import type { Hooks } from "./hooks.ts";
import { importModule, importName } from "./imports.ts";
import { Interrupts } from "./interrupts.ts";
import { run } from "./loop.ts";
import { makeRaised } from "./unwind.ts";

const DEFAULT_RECURSION_LIMIT = 1000;
/** Nested VM loops cost JS stack; natives that call back may nest this deep. */
const NESTING_LIMIT = 1200;

export class Interpreter implements VM {
  readonly host: Host;
  readonly modules: PyDict = new PyDict();
  readonly builtins: PyDict;
  readonly sys: PyDict = new PyDict();
  readonly state: Map<symbol, unknown> = new Map();
  /** The frame that is running. */
  frame: Frame | null = null;
  /** The exception being handled (sys.exception()). */
  handled: PyBaseException | null = null;
  /** The exception about to be thrown is a re-raise: no new traceback entry, no context. */
  reraise = false;
  depth = 0;
  recursionLimit: number = DEFAULT_RECURSION_LIMIT;
  readonly interrupts: Interrupts;
  hooks: Hooks | undefined = undefined;
  hotLoop: number = Number.POSITIVE_INFINITY;
  enterLoops = false;
  readonly asyncGenHooks: { firstiter: Value; finalizer: Value } = { firstiter: null, finalizer: null };
  pendingException: PyBaseException | undefined = undefined;
  /** Some object's end is to be noticed: the loop reports dropped references. */
  watching = false;
  readonly finalizer: Finalizer = new Finalizer(this);
  private nesting = 0;
  private readonly reprs: Set<Value> = new Set();

  constructor(host: Host) {
    this.host = host;
    this.interrupts = new Interrupts(this, host.signals);
    host.onWake = () => this.interrupts.deliver();
    const builtins = this.newModule("builtins");
    this.builtins = builtins.dict;
    installBuiltins(this, LANGUAGE_TYPES);
    for (const [name, f] of Object.entries(languageFunctions())) this.builtins.setStr(name, f);
  }

  /** No native code is running that was called by the program. */
  get outermost(): boolean {
    return this.nesting <= 1;
  }

  watch(o: PyObject): boolean {
    return this.finalizer.watch(o);
  }

  // ---- calls ------------------------------------------------------------------------------------------------------------------------------

  call(fn: Value, args: Value[], kwnames?: KwNames): Value {
    if (fn instanceof PyFunction) return this.runFrame(makeFrame(fn, undefined, args, 0, args.length, kwnames?.length ? kwnames : undefined));
    if (fn instanceof PyNative) return fn.spec.call(this, fn.self, args, kwnames);
    if (fn instanceof PyMethod) return this.call(fn.func, [fn.self, ...args], kwnames);
    const f = typeOf(fn).slot.call;
    if (!f) throw typeError(`'${typeName(fn)}' object is not callable`);
    return f(this, fn, args, kwnames);
  }

  /** Runs a fresh frame in a nested VM loop. */
  runFrame(frame: Frame): Value {
    frame.entry = true;
    frame.back = this.frame;
    frame.pc = -1;
    if (++this.depth > this.recursionLimit || ++this.nesting > NESTING_LIMIT) {
      this.depth--;
      if (this.nesting > NESTING_LIMIT) this.nesting--;
      throw recursionError("maximum recursion depth exceeded");
    }
    try {
      return run(this, frame);
    } finally {
      this.nesting--;
    }
  }

  /** How many VM loops are on the JS stack. */
  get nestedLoops(): number {
    return this.nesting;
  }

  /** Goes on, in a nested loop, with the frame that a thread was left in. */
  resumeFrame(frame: Frame): Value {
    this.nesting++;
    try {
      return run(this, frame);
    } finally {
      this.nesting--;
    }
  }

  runCode(code: Value, globals: PyDict, locals: Value = globals, closure?: Value): Value {
    const c = code as Code;
    if (globals.getStr("__builtins__") === undefined) globals.setStr("__builtins__", this.builtinsModule);
    const f = new PyFunction(c, globals, this.builtinsOf(globals));
    if (closure instanceof PyTuple) f.closure = closure.items as unknown as readonly PyCell[];
    const frame = new Frame(c, globals, f.builtins, new Array(c.varnames.length), f);
    frame.names = locals;
    return this.runFrame(frame);
  }

  private get builtinsModule(): Value {
    return this.modules.getStr("builtins") ?? null;
  }

  private builtinsOf(globals: PyDict): PyDict {
    const b = globals.getStr("__builtins__");
    if (b instanceof PyModule) return b.dict;
    return b instanceof PyDict ? b : this.builtins;
  }

  // ---- generators ---------------------------------------------------------------------------------------------------------------------------

  private readonly callers: WeakMap<PyGenerator, PyBaseException | null> = new WeakMap();

  /** Prepares a generator's frame to run with `back` as its caller. */
  enterGenerator(gen: PyGenerator, back: Frame | null, value: Value = null): Frame {
    const f = this.activate(gen, back);
    f.stack[f.sp++] = value;
    return f;
  }

  private activate(gen: PyGenerator, back: Frame | null): Frame {
    if (++this.depth > this.recursionLimit) {
      this.depth--;
      throw recursionError("maximum recursion depth exceeded");
    }
    const f = gen.frame;
    gen.running = true;
    gen.started = true;
    f.back = back;
    f.entry = false;
    this.callers.set(gen, this.handled);
    if (gen.handled !== null) this.handled = gen.handled;
    this.frame = f;
    return f;
  }

  leaveGenerator(gen: PyGenerator): void {
    const caller = this.callers.get(gen) ?? null;
    gen.handled = this.handled === caller ? null : this.handled;
    if (this.watching && gen.finished) this.finalizer.finished(gen);
    this.handled = caller;
  }

  /** Resumes from native code. undefined when the generator returned. */
  runGenerator(gen: PyGenerator, value: Value, exc: PyBaseException | undefined): Value | undefined {
    const back = this.frame;
    const f = exc ? this.activate(gen, back) : this.enterGenerator(gen, back, value);
    if (exc) {
      this.pendingException = exc;
      this.hasPending = true;
    }
    return this.drive(gen, f);
  }

  /** Goes on after Frame.finishDelegate. */
  continueGenerator(gen: PyGenerator): Value | undefined {
    return this.drive(gen, this.activate(gen, this.frame));
  }

  private drive(gen: PyGenerator, f: Frame): Value | undefined {
    f.entry = true;
    if (++this.nesting > NESTING_LIMIT) {
      this.nesting--;
      throw recursionError("maximum recursion depth exceeded");
    }
    try {
      const v = run(this, f);
      return gen.finished ? undefined : v;
    } finally {
      this.nesting--;
    }
  }

  private hasPending = false;
  /** Whether the frame about to run starts by raising `pendingException`. */
  takePending(): boolean {
    const p = this.hasPending;
    this.hasPending = false;
    return p;
  }

  makeException(type: Value, value: Value | undefined): PyBaseException {
    if (value !== undefined && typeof type === "object" && type !== null && "mro" in type) {
      if (typeof value === "object" && value !== null && (value.cls as PyType).isSubtype(type as unknown as PyType)) return makeRaised(this, value, undefined);
      return makeRaised(this, this.call(type, value instanceof PyTuple ? [...value.items] : [value]), undefined);
    }
    if (!(typeof type === "object" && type !== null && ("mro" in type || typeOf(type).isSubtype(EXCEPTIONS.BaseException))))
      throw typeError(`exceptions must be classes or instances deriving from BaseException, not ${typeName(type)}`);
    return makeRaised(this, type, undefined);
  }

  raise(value: Value, cause: Value | undefined): PyBaseException {
    return makeRaised(this, value, cause);
  }

  // ---- loops and safe points ------------------------------------------------------------------------------------------------------------------

  /** After GET_ITER: a loop that is hot, or any when the hooks are eager, is reported before its first iteration. */
  enterLoop(frame: Frame, pc: number): number {
    const { code } = frame;
    const loop = (code.loopsByHeader ??= new Map(code.loops.map((l: LoopInfo) => [l.header, l]))).get(pc);
    if (!loop || this.hooks === undefined) return pc;
    const heat = (code.heat ??= new Float64Array(code.loops.length));
    return heat[loop.id]! > this.hotLoop || (this.enterLoops && heat[loop.id]! >= 0) ? this.hooks.onBackEdge(frame, loop) : pc;
  }

  setHooks(hooks: Hooks): void {
    this.hooks = hooks;
    this.hotLoop = hooks.threshold;
    this.enterLoops = hooks.eager;
  }

  safePoint(): void {
    this.interrupts.ask();
  }

  // ---- what natives ask -------------------------------------------------------------------------------------------------------------------------

  exceptionType(name: ExceptionName): PyType {
    return EXCEPTIONS[name];
  }

  isInstanceOf(v: Value, cls: PyType): boolean {
    return isInstanceOfClass(this, v, cls);
  }

  getAttr(o: Value, name: string): Value {
    return getAttr(this, o, name);
  }

  currentFrame(): Frame | null {
    return this.frame;
  }

  callerGlobals(): PyDict {
    return this.frame?.globals ?? (this.modules.getStr("__main__") as PyModule).dict;
  }

  callerLocals(): Value {
    const f = this.frame;
    return f === null ? this.callerGlobals() : frameLocals(f);
  }

  importModule(name: string): Value {
    return importModule(this, name);
  }

  importName(name: string, globals: Value, _locals: Value, fromlist: Value, level: number): Value {
    return importName(this, { globals: globals instanceof PyDict ? globals : new PyDict() }, name, level, fromlist);
  }

  importFromStdlib(module: string, name: string): Value {
    return getAttr(this, importModule(this, module), name);
  }

  newModule(name: string): PyModule {
    const m = new PyModule(name);
    this.modules.setStr(name, m);
    return m;
  }

  warn(category: PyType, message: string, stacklevel = 1): void {
    const w = this.importModule("_warnings");
    this.call(getAttr(this, w, "warn"), [message, category, stacklevel]);
  }

  sleep(milliseconds: number): void {
    this.interrupts.wait(milliseconds);
  }

  enterRecursive(where: string): void {
    if (++this.depth > this.recursionLimit) {
      this.depth--;
      throw recursionError(`maximum recursion depth exceeded${where}`);
    }
  }

  leaveRecursive(): void {
    this.depth--;
  }

  reprEnter(o: Value): boolean {
    if (this.reprs.has(o)) return false;
    this.reprs.add(o);
    return true;
  }

  reprLeave(o: Value): void {
    this.reprs.delete(o);
  }

  /** Writes buffered output of the standard streams; the host sets it. */
  flush: () => void = () => {};

  importOverridden(f: Value): boolean {
    return !(f instanceof PyNative);
  }

  writeError(text: string): void {
    writeError(this, text);
  }

  /** The text that an uncaught exception prints. */
  formatException(exc: PyBaseException): string {
    return formatException(this, exc);
  }

  localsOf(f: Frame): Value {
    return frameLocals(f);
  }

  /** sys.displayhook */
  display(v: Value): void {
    const hook = this.sys.getStr("displayhook");
    if (hook !== undefined && isCallable(hook)) this.call(hook, [v]);
    else if (v !== null) this.host.writeStdout(new TextEncoder().encode(`${repr(this, v)}\n`));
  }
}

/** locals() of a frame: the mapping itself in modules and classes, a snapshot in functions. */
export function frameLocals(f: Frame): Value {
  if (f.names !== undefined) return f.names;
  const d = new PyDict();
  f.code.varnames.forEach((name, i) => {
    const v = f.locals[i];
    if (v !== undefined && !name.startsWith(".")) d.setStr(name, v);
  });
  const cells = [...f.code.cellvars, ...f.code.freevars];
  cells.forEach((name, i) => {
    const v = f.cells[i]?.value;
    if (v !== undefined && !name.startsWith(".")) d.setStr(name, v);
  });
  return d;
}

