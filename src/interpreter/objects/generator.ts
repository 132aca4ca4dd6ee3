/**
 * Generators, coroutines and async generators: a suspended frame with a state. Resuming from native code runs a nested VM loop
 * (`resume`); the VM's own FOR_ITER and SEND push the frame instead.
 */
import { isInstanceOf, newException, type PyBaseException, runtimeError, stopIteration, typeError, valueError } from "../builtins/exceptions.ts";
import type { Interpreter } from "../vm/vm.ts";
import type { Frame } from "../vm/frame.ts";
import { callMethod, lookupAttr, typeName } from "./operations.ts";
import { asException } from "../vm/raise.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType, type TypeSpec } from "./type.ts";
import { PyObject, type Value } from "./values.ts";

export type GeneratorKind = "generator" | "coroutine" | "async_generator";

export class PyGenerator extends PyObject {
  readonly kind: GeneratorKind;
  readonly frame: Frame;
  name: string;
  qualname: string;
  started = false;
  running = false;
  finished = false;
  /** Exception that was being handled inside when it was suspended. */
  handled: PyBaseException | null = null;
  /** Async generators: closed by aclose or exhausted; hooks were called. */
  hooksCalled = false;
  awaitingNext = false;

  constructor(kind: GeneratorKind, frame: Frame) {
    super();
    this.kind = kind;
    this.frame = frame;
    this.name = frame.func?.name ?? frame.code.name;
    this.qualname = frame.func?.qualname ?? frame.code.qualname;
  }

  /** The iterator that `yield from` or `await` is delegating to, while suspended there. */
  get delegate(): Value {
    const f = this.frame;
    if (!this.started || this.finished || this.running || !f.suspendedInDelegate()) return null;
    return f.stack[f.sp - 1] as Value;
  }
}

const WORDS: Record<GeneratorKind, string> = { generator: "generator", coroutine: "coroutine", async_generator: "async generator" };

/** Marks a value yielded by an async generator to its consumer (await's own yields pass unmarked). */
export class PyAsyncGenValue extends PyObject {
  readonly value: Value;
  constructor(value: Value) {
    super();
    this.value = value;
  }
}

/** Resumes with a value, or with an exception raised at the yield. Returns the value yielded, or undefined when it returned (result in `gen.frame.result`). */
export function resume(vm: VM, gen: PyGenerator, value: Value, exc?: PyBaseException): Value | undefined {
  const word = WORDS[gen.kind];
  if (gen.running) throw valueError(`${word} already executing`);
  if (gen.finished) {
    if (exc) throw exc;
    if (gen.kind === "coroutine") throw runtimeError("cannot reuse already awaited coroutine");
    gen.frame.result = null;
    return undefined;
  }
  if (!gen.started && value !== null && !exc) throw typeError(`can't send non-None value to a just-started ${word}`);
  return (vm as Interpreter).runGenerator(gen, value, exc);
}

function finishedValue(gen: PyGenerator): PyBaseException {
  return stopIteration(gen.frame.result);
}

export function send(vm: VM, gen: PyGenerator, value: Value): Value {
  const v = resume(vm, gen, value);
  if (v === undefined) throw finishedValue(gen);
  return v;
}

export function throwInto(vm: VM, gen: PyGenerator, exc: PyBaseException): Value {
  const inner = gen.delegate;
  if (inner !== null && !gen.finished) {
    const r = throwDelegate(vm, gen, inner, exc);
    if (r !== undefined) return r;
  }
  if (!gen.started && !gen.finished) {
    gen.finished = true;
    throw exc;
  }
  const v = resume(vm, gen, null, exc);
  if (v === undefined) throw finishedValue(gen);
  return v;
}

/** Passes an exception on to the sub-iterator. undefined: raise it in the outer frame instead. */
function throwDelegate(vm: VM, gen: PyGenerator, inner: Value, exc: PyBaseException): Value | undefined {
  if (isInstanceOf(exc, "GeneratorExit")) {
    gen.running = true;
    try {
      closeIterator(vm, inner);
    } catch (e) {
      gen.running = false;
      return resumeOrStop(vm, gen, asException(e));
    }
    gen.running = false;
    return undefined;
  }
  const thrower = inner instanceof PyGenerator ? true : lookupAttr(vm, inner, "throw");
  if (thrower === undefined) return undefined;
  gen.running = true;
  let yielded: Value;
  try {
    yielded = inner instanceof PyGenerator ? throwInto(vm, inner, exc) : callMethod(vm, inner, "throw", exc);
  } catch (e) {
    gen.running = false;
    const raised = asException(e);
    if (isInstanceOf(raised, "StopIteration")) {
      gen.frame.finishDelegate((raised.args.items[0] ?? null) as Value);
      const v = (vm as Interpreter).continueGenerator(gen);
      if (v === undefined) throw finishedValue(gen);
      return v;
    }
    return resumeOrStop(vm, gen, raised);
  }
  gen.running = false;
  return yielded;
}

function resumeOrStop(vm: VM, gen: PyGenerator, exc: PyBaseException): Value {
  const v = resume(vm, gen, null, exc);
  if (v === undefined) throw finishedValue(gen);
  return v;
}

function closeIterator(vm: VM, it: Value): void {
  if (it instanceof PyGenerator) close(vm, it);
  else if (lookupAttr(vm, it, "close") !== undefined) callMethod(vm, it, "close");
}

export function close(vm: VM, gen: PyGenerator): Value {
  if (gen.finished) return null;
  if (!gen.started) {
    gen.finished = true;
    return null;
  }
  try {
    throwInto(vm, gen, newException("GeneratorExit"));
  } catch (e) {
    if (isInstanceOf(e, "StopIteration")) return (e.args.items[0] ?? null) as Value;
    if (isInstanceOf(e, "GeneratorExit")) return null;
    throw e;
  }
  throw runtimeError(`${WORDS[gen.kind]} ignored GeneratorExit`);
}

/** The arguments of throw(): an exception, or (type, value, traceback). */
export function thrownException(vm: VM, type: Value, value: Value | undefined): PyBaseException {
  return (vm as Interpreter).makeException(type, value === null ? undefined : value);
}

function shared(prefix: string, kind: GeneratorKind): Pick<TypeSpec, "getset"> {
  return {
    getset: {
      __name__: [(_vm, g: PyGenerator) => g.name, (_vm, g: PyGenerator, v) => void (g.name = v as string)],
      __qualname__: [(_vm, g: PyGenerator) => g.qualname, (_vm, g: PyGenerator, v) => void (g.qualname = v as string)],
      [`${prefix}_code`]: [(_vm, g: PyGenerator) => g.frame.code],
      [`${prefix}_frame`]: [(_vm, g: PyGenerator) => (g.finished ? null : g.frame)],
      [`${prefix}_running`]: [(_vm, g: PyGenerator) => (kind === "async_generator" ? g.awaitingNext : g.running)],
      [`${prefix}_suspended`]: [(_vm, g: PyGenerator) => g.started && !g.running && !g.finished],
      [kind === "generator" ? "gi_yieldfrom" : `${prefix}_await`]: [(_vm, g: PyGenerator) => g.delegate],
    },
  };
}

const repr = (_vm: VM, self: Value): string => `<${(self as PyGenerator).kind} object ${(self as PyGenerator).qualname} at 0x7f0000000000>`;

export const generatorType: PyType = defineType({
  name: "generator",
  subclassable: false,
  ...shared("gi", "generator"),
  slots: { repr, iter: (_vm, self) => self, iternext: (vm, self) => nextOf(vm, self as PyGenerator) },
  methods: {
    send: ["($self, value, /)", (vm: VM, g: PyGenerator, v: Value) => send(vm, g, v)],
    throw: ["($self, type, value=None, traceback=None, /)", (vm: VM, g: PyGenerator, t: Value, v: Value | undefined) => throwInto(vm, g, thrownException(vm, t, v))],
    close: ["($self, /)", (vm: VM, g: PyGenerator) => close(vm, g)],
  },
  staticMethods: { __class_getitem__: ["(item, /)", (_vm: VM, _item: Value) => generatorType] },
});

/** next() inside loops: the end is `undefined`; what the generator returned stays in its frame's result. */
function nextOf(vm: VM, g: PyGenerator): Value | undefined {
  return resume(vm, g, null);
}

/** What the StopIteration of an exhausted iterator carries. */
export function returnedValue(it: Value): Value {
  const g = it instanceof PyCoroutineWrapper ? it.coroutine : it;
  return g instanceof PyGenerator && g.finished ? g.frame.result : null;
}

export const coroutineType: PyType = defineType({
  name: "coroutine",
  subclassable: false,
  ...shared("cr", "coroutine"),
  slots: { repr, await: (_vm, self) => new PyCoroutineWrapper(self as PyGenerator) },
  methods: {
    send: ["($self, value, /)", (vm: VM, g: PyGenerator, v: Value) => send(vm, g, v)],
    throw: ["($self, type, value=None, traceback=None, /)", (vm: VM, g: PyGenerator, t: Value, v: Value | undefined) => throwInto(vm, g, thrownException(vm, t, v))],
    close: ["($self, /)", (vm: VM, g: PyGenerator) => close(vm, g)],
  },
  attrs: { cr_origin: null },
});

/** What `coroutine.__await__()` returns. */
export class PyCoroutineWrapper extends PyObject {
  readonly coroutine: PyGenerator;
  constructor(coroutine: PyGenerator) {
    super();
    this.coroutine = coroutine;
  }
}

export const coroutineWrapperType: PyType = defineType({
  name: "coroutine_wrapper",
  js: PyCoroutineWrapper,
  subclassable: false,
  slots: { iter: (_vm, self) => self, iternext: (vm, self) => nextOf(vm, (self as PyCoroutineWrapper).coroutine) },
  methods: {
    send: ["($self, value, /)", (vm: VM, w: PyCoroutineWrapper, v: Value) => send(vm, w.coroutine, v)],
    throw: ["($self, type, value=None, traceback=None, /)", (vm: VM, w: PyCoroutineWrapper, t: Value, v: Value | undefined) => throwInto(vm, w.coroutine, thrownException(vm, t, v))],
    close: ["($self, /)", (vm: VM, w: PyCoroutineWrapper) => close(vm, w.coroutine)],
  },
});

// ---- async generators (PEP 525) ---------------------------------------------------------------------------------------------------------------

type AsyncAction = { readonly kind: "send"; readonly value: Value } | { readonly kind: "throw"; readonly exc: PyBaseException } | { readonly kind: "close" };

/** The awaitable of `__anext__`, asend, athrow and aclose. */
export class PyAsyncGenStep extends PyObject {
  readonly gen: PyGenerator;
  readonly action: AsyncAction;
  state: "new" | "running" | "done" = "new";
  constructor(gen: PyGenerator, action: AsyncAction) {
    super();
    this.gen = gen;
    this.action = action;
  }

  private finish(): void {
    this.state = "done";
    this.gen.awaitingNext = false;
  }

  step(vm: VM, sent: Value, thrown?: PyBaseException): Value {
    if (this.state === "done") throw runtimeError(`cannot reuse already awaited ${this.action.kind === "close" ? "aclose()/athrow()" : "__anext__()/asend()"}`);
    const first = this.state === "new";
    const gen = this.gen;
    if (first) {
      if (gen.awaitingNext) {
        this.state = "done";
        throw runtimeError(`${this.action.kind === "close" ? "aclose()" : this.action.kind === "throw" ? "athrow()" : "anext()"}: asynchronous generator is already running`);
      }
      this.state = "running";
      if (gen.finished || (this.action.kind === "close" && !gen.started)) {
        gen.finished = true;
        this.finish();
        throw this.action.kind === "close" ? stopIteration() : this.action.kind === "throw" ? this.action.exc : newException("StopAsyncIteration");
      }
      gen.awaitingNext = true;
    }
    try {
      return this.unwrap(this.run(vm, first, sent, thrown));
    } catch (e) {
      this.finish();
      if (isInstanceOf(e, "StopIteration") && !this.yielded) throw this.action.kind === "close" ? stopIteration() : newException("StopAsyncIteration");
      if (this.action.kind === "close" && !this.yielded && (isInstanceOf(e, "StopAsyncIteration") || isInstanceOf(e, "GeneratorExit"))) throw stopIteration();
      throw e;
    }
  }

  /** Set when the StopIteration that ends this step carries a value the generator yielded. */
  private yielded = false;

  private run(vm: VM, first: boolean, sent: Value, thrown: PyBaseException | undefined): Value {
    const a = this.action;
    if (thrown) return throwInto(vm, this.gen, thrown);
    if (!first || a.kind === "send") return send(vm, this.gen, first && a.kind === "send" ? a.value : sent);
    return throwInto(vm, this.gen, a.kind === "throw" ? a.exc : newException("GeneratorExit"));
  }

  private unwrap(v: Value): Value {
    if (!(v instanceof PyAsyncGenValue)) return v;
    this.yielded = true;
    if (this.action.kind === "close") throw runtimeError("async generator ignored GeneratorExit");
    throw stopIterationWith(v.value);
  }
}

/** StopIteration that carries exactly this value (a tuple or an exception must not be unpacked). */
function stopIterationWith(value: Value): PyBaseException {
  return newException("StopIteration", value);
}

export const asyncGenStepType: PyType = defineType({
  name: "async_generator_asend",
  js: PyAsyncGenStep,
  subclassable: false,
  slots: {
    iter: (_vm, self) => self,
    await: (_vm, self) => self,
    iternext: (vm, self) => (self as PyAsyncGenStep).step(vm, null),
  },
  methods: {
    send: ["($self, value, /)", (vm: VM, s: PyAsyncGenStep, v: Value) => s.step(vm, v)],
    throw: ["($self, type, value=None, traceback=None, /)", (vm: VM, s: PyAsyncGenStep, t: Value, v: Value | undefined) => s.step(vm, null, thrownException(vm, t, v))],
    close: ["($self, /)", (_vm: VM, s: PyAsyncGenStep) => {
      s.state = "done";
      return null;
    }],
  },
});

function stepOf(vm: VM, g: PyGenerator, action: AsyncAction): PyAsyncGenStep {
  if (!g.hooksCalled) {
    g.hooksCalled = true;
    const hook = (vm as Interpreter).asyncGenHooks.firstiter;
    if (hook !== null) vm.call(hook, [g]);
  }
  return new PyAsyncGenStep(g, action);
}

export const asyncGeneratorType: PyType = defineType({
  name: "async_generator",
  subclassable: false,
  ...shared("ag", "async_generator"),
  slots: {
    repr,
    aiter: (_vm, self) => self,
    anext: (vm, self) => stepOf(vm, self as PyGenerator, { kind: "send", value: null }),
  },
  methods: {
    asend: ["($self, value, /)", (vm: VM, g: PyGenerator, v: Value) => stepOf(vm, g, { kind: "send", value: v })],
    athrow: ["($self, type, value=None, traceback=None, /)", (vm: VM, g: PyGenerator, t: Value, v: Value | undefined) => stepOf(vm, g, { kind: "throw", exc: thrownException(vm, t, v) })],
    aclose: ["($self, /)", (vm: VM, g: PyGenerator) => stepOf(vm, g, { kind: "close" })],
  },
  staticMethods: { __class_getitem__: ["(item, /)", (_vm: VM, _item: Value) => asyncGeneratorType] },
});

const TYPES: Record<GeneratorKind, PyType> = { generator: generatorType, coroutine: coroutineType, async_generator: asyncGeneratorType };

export function makeGenerator(kind: GeneratorKind, frame: Frame): PyGenerator {
  const g = new PyGenerator(kind, frame);
  g.cls = TYPES[kind];
  frame.generator = g;
  return g;
}

/** The iterator that `await o` drives. */
export function awaitable(vm: VM, o: Value, place: number): Value {
  if (o instanceof PyGenerator && (o.kind === "coroutine" || (o.kind === "generator" && o.frame.code.flags & 256))) {
    if (o.kind === "coroutine" && o.delegate !== null) throw runtimeError("coroutine is being awaited already");
    return o;
  }
  const f = (o as PyObject | null) !== null && typeof o === "object" ? (o as PyObject).cls.slot.await : undefined;
  if (!f) {
    if (place === 1) throw typeError(`'async with' received an object from __aenter__ that does not implement __await__: ${typeName(o)}`);
    if (place === 2) throw typeError(`'async with' received an object from __aexit__ that does not implement __await__: ${typeName(o)}`);
    throw typeError(`'${typeName(o)}' object can't be awaited`);
  }
  const it = f(vm, o);
  if (it instanceof PyGenerator && it.kind === "coroutine") throw typeError("__await__() returned a coroutine");
  if (typeof it !== "object" || it === null || !it.cls.slot.iternext) throw typeError(`__await__() returned non-iterator of type '${typeName(it)}'`);
  return it;
}

