/** Contexts: precision, rounding, traps and flags; signals as exceptions; the current context, which lives in a context variable (PEP 567). */
import { EXCEPTIONS, newException, overflowError, PyBaseException, typeError, valueError } from "../../builtins/exceptions.ts";
import { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { equals, getIter, plainInt, plainStr, repr, toArray, truthy } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { c3, defineType, PyType } from "../../objects/type.ts";
import { normInt, NotImplemented, PyAttrObject, PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { contextValue, newContextVariable, type PyContextVar, setContextValue } from "../_contextvars.ts";
import { C, type Env, INVALID, type Rounding, ROUNDINGS } from "./number.ts";

// ---- signals -------------------------------------------------------------------------------------------------------------------------------------

function exceptionType(name: string, ...bases: PyType[]): PyType {
  const t = defineType({ name, module: "decimal", base: bases[0]! });
  if (bases.length > 1) {
    t.bases = bases;
    t.mro = c3(t, bases)!;
    t.modified();
  }
  return t;
}

const decimalException = exceptionType("DecimalException", EXCEPTIONS.ArithmeticError);
const clamped = exceptionType("Clamped", decimalException);
const rounded = exceptionType("Rounded", decimalException);
const inexact = exceptionType("Inexact", decimalException);
const subnormal = exceptionType("Subnormal", decimalException);
const divisionByZero = exceptionType("DivisionByZero", decimalException, EXCEPTIONS.ZeroDivisionError);
const overflow = exceptionType("Overflow", inexact, rounded);
const underflow = exceptionType("Underflow", inexact, rounded, subnormal);
const floatOperation = exceptionType("FloatOperation", decimalException, EXCEPTIONS.TypeError);
const invalidOperation = exceptionType("InvalidOperation", decimalException);

interface Signal {
  readonly bits: number;
  readonly type: PyType;
}

/** In the order in which they are raised and listed. */
export const SIGNALS: readonly Signal[] = [
  { bits: INVALID, type: invalidOperation }, { bits: C.FloatOperation, type: floatOperation }, { bits: C.DivisionByZero, type: divisionByZero }, { bits: C.Overflow, type: overflow },
  { bits: C.Underflow, type: underflow }, { bits: C.Subnormal, type: subnormal }, { bits: C.Inexact, type: inexact }, { bits: C.Rounded, type: rounded }, { bits: C.Clamped, type: clamped },
];

/** What InvalidOperation can mean; these are never raised themselves. */
const CONDITIONS: readonly Signal[] = [
  { bits: C.InvalidOperation, type: invalidOperation }, { bits: C.ConversionSyntax, type: exceptionType("ConversionSyntax", invalidOperation) },
  { bits: C.DivisionImpossible, type: exceptionType("DivisionImpossible", invalidOperation) },
  { bits: C.DivisionUndefined, type: exceptionType("DivisionUndefined", invalidOperation, EXCEPTIONS.ZeroDivisionError) },
  { bits: C.InvalidContext, type: exceptionType("InvalidContext", invalidOperation) },
];

export const SIGNAL_TYPES: Record<string, PyType> = Object.fromEntries(
  [{ bits: 0, type: decimalException }, ...SIGNALS, ...CONDITIONS].map((s) => [s.type.name, s.type] as const),
);

function signalError(bits: number): PyBaseException {
  const signal = SIGNALS.find((s) => s.bits & bits)!;
  const list = [...CONDITIONS, ...SIGNALS.slice(1)].filter((s) => s.bits & bits).map((s) => s.type);
  return new PyBaseException(signal.type, [new PyList(list)]);
}

const VALID_SIGNALS = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";

function signalOf(v: Value): Signal {
  const s = SIGNALS.find((row) => row.type === v);
  if (s === undefined) throw newException("KeyError", VALID_SIGNALS);
  return s;
}

// ---- contexts ------------------------------------------------------------------------------------------------------------------------------------

export const MAX_PREC = 999999999999999999n;
export const MIN_ETINY = -1999999999999999997n;

export class PyContext extends PyAttrObject implements Env {
  prec = 28;
  rounding: Rounding = "ROUND_HALF_EVEN";
  emin = -999999;
  emax = 999999;
  capitals = 1;
  clamp = 0;
  flags = 0;
  traps: number = INVALID | C.DivisionByZero | C.Overflow;
  /** Conditions of the operation that is running. */
  status = 0;

  copy(): PyContext {
    const c = new PyContext();
    Object.assign(c, { prec: this.prec, rounding: this.rounding, emin: this.emin, emax: this.emax, capitals: this.capitals, clamp: this.clamp, flags: this.flags, traps: this.traps });
    return c;
  }

  /** Takes the status into the flags; raises what is trapped. */
  settle(): void {
    const { status } = this;
    if (status === 0) return;
    this.status = 0;
    this.flags |= status;
    if (status & this.traps) throw signalError(status & this.traps);
  }
}

function preset(changes: Partial<PyContext>): PyContext {
  return Object.assign(new PyContext(), changes);
}

const INVALID_ROUNDING = "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]";

export function roundingOf(v: Value): Rounding {
  const s = plainStr(v);
  const found = ROUNDINGS.find((r) => r === s);
  if (found === undefined) throw typeError(INVALID_ROUNDING);
  return found;
}

function bounded(v: Value, low: bigint, high: bigint, message: string): number {
  const n = plainInt(v);
  if (n === undefined) throw typeError("an integer is required");
  const big = BigInt(n);
  if (big < -(1n << 63n) || big >= 1n << 63n) throw overflowError("Python int too large to convert to C ssize_t");
  if (big < low || big > high) throw valueError(message);
  return Number(n);
}

/** A large bound as Python shows it: the exact limit, not its nearest double. */
const shownInt = (n: number): Value => (Math.abs(n) > Number.MAX_SAFE_INTEGER ? normInt(BigInt(Math.sign(n)) * MAX_PREC) : n);

/** Attribute → how it is read and set. */
const FIELDS: Record<string, { get: (c: PyContext) => Value; set: (vm: VM, c: PyContext, v: Value) => void }> = {
  prec: { get: (c) => shownInt(c.prec), set: (_vm, c, v) => void (c.prec = bounded(v, 1n, MAX_PREC, "valid range for prec is [1, MAX_PREC]")) },
  rounding: { get: (c) => c.rounding, set: (_vm, c, v) => void (c.rounding = roundingOf(v)) },
  Emin: { get: (c) => shownInt(c.emin), set: (_vm, c, v) => void (c.emin = bounded(v, -MAX_PREC, 0n, "valid range for Emin is [MIN_EMIN, 0]")) },
  Emax: { get: (c) => shownInt(c.emax), set: (_vm, c, v) => void (c.emax = bounded(v, 0n, MAX_PREC, "valid range for Emax is [0, MAX_EMAX]")) },
  capitals: { get: (c) => c.capitals, set: (_vm, c, v) => void (c.capitals = bounded(v, 0n, 1n, "valid values for capitals are 0 or 1")) },
  clamp: { get: (c) => c.clamp, set: (_vm, c, v) => void (c.clamp = bounded(v, 0n, 1n, "valid values for clamp are 0 or 1")) },
  flags: { get: (c) => new PySignals(c, "flags"), set: (vm, c, v) => void (c.flags = signalBits(vm, v)) },
  traps: { get: (c) => new PySignals(c, "traps"), set: (vm, c, v) => void (c.traps = signalBits(vm, v)) },
};

/** Bits of a list of signals or of a mapping from signals to truth. */
function signalBits(vm: VM, v: Value): number {
  if (v instanceof PySignals) return v.bits;
  let bits = 0;
  if (v instanceof PyDict) {
    for (const s of SIGNALS) {
      const on = v.get(vm, s.type);
      if (on === undefined) throw newException("KeyError", "invalid signal dict");
      if (truthy(vm, on)) bits |= s.bits;
    }
    return bits;
  }
  if (!(v instanceof PyList)) throw typeError("argument must be a signal dict");
  for (const item of toArray(vm, v)) bits |= signalOf(item).bits;
  return bits;
}

/** flags or traps of a context, seen as a mapping. */
class PySignals extends PyObject {
  readonly context: PyContext;
  readonly field: "flags" | "traps";
  constructor(context: PyContext, field: "flags" | "traps") {
    super();
    this.context = context;
    this.field = field;
  }
  get bits(): number {
    return this.context[this.field];
  }
  set(vm: VM, key: Value, on: Value): void {
    const { bits } = signalOf(key);
    if (truthy(vm, on)) this.context[this.field] |= bits;
    else this.context[this.field] &= ~bits;
  }
  toDict(vm: VM): PyDict {
    const d = new PyDict();
    for (const s of SIGNALS) d.set(vm, s.type, (this.bits & s.bits) !== 0);
    return d;
  }
}

function getAttrOf(vm: VM, o: Value, name: string): Value {
  return vm.call(vm.builtins.getStr("getattr")!, [o, name]);
}

defineType({
  name: "SignalDict",
  module: "decimal",
  js: PySignals,
  subclassable: false,
  slots: {
    len: () => SIGNALS.length,
    iter: (vm) => getIter(vm, new PyTuple(SIGNALS.map((s) => s.type))),
    getitem: (_vm, self, key) => ((self as PySignals).bits & signalOf(key).bits) !== 0,
    setitem: (vm, self, key, v) => (self as PySignals).set(vm, key, v),
    delitem: () => {
      throw valueError("signal keys cannot be deleted");
    },
    contains: (_vm, _self, key) => SIGNALS.some((s) => s.type === key),
    repr: (vm, self) => `{${SIGNALS.map((s) => `${repr(vm, s.type)}:${(self as PySignals).bits & s.bits ? "True" : "False"}`).join(", ")}}`,
    eq: (vm, a, b) => {
      if (b instanceof PySignals) return (a as PySignals).bits === b.bits;
      return b instanceof PyDict ? equals(vm, (a as PySignals).toDict(vm), b) : NotImplemented;
    },
    hash: null,
  },
  methods: {
    copy: ["($self, /)", (vm: VM, s: PySignals) => s.toDict(vm)],
    ...Object.fromEntries(
      ["keys", "values", "items"].map((name) => [name, ["($self, /)", (vm: VM, s: PySignals) => vm.call(getAttrOf(vm, s.toDict(vm), name), [])] as const] as const),
    ),
    get: ["($self, key, default=None, /)", (_vm: VM, s: PySignals, key: Value, missing?: Value) => {
      const row = SIGNALS.find((r) => r.type === key);
      return row ? (s.bits & row.bits) !== 0 : (missing ?? null);
    }],
    update: ["($self, other, /)", (vm: VM, s: PySignals, other: Value) => {
      for (const key of toArray(vm, other)) s.set(vm, key, vm.call(getAttrOf(vm, other, "__getitem__"), [key]));
      return null;
    }],
  },
});

const INIT = "($self, prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)";
const ORDER = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

function names(bits: number): string {
  // as libmpdec prints them: by bit, the conditions of InvalidOperation once
  return [...SIGNALS].sort((a, b) => (a.bits & -a.bits) - (b.bits & -b.bits)).filter((s) => s.bits & bits).map((s) => s.type.name).join(", ");
}

const typesOf = (bits: number): Value => new PyList(SIGNALS.filter((s) => s.bits & bits).map((s) => s.type));

export const contextType: PyType = defineType({
  name: "Context",
  module: "decimal",
  js: PyContext,
  doc: "How decimal arithmetic rounds, and which conditions are errors.",
  new: ["(*args, **kwargs)", (vm: VM, cls: PyType) => {
    const c = presets(vm).default.copy();
    c.flags = 0;
    if (cls !== contextType) c.cls = cls;
    return c;
  }],
  init: [INIT, (vm: VM, c: PyContext, ...given: (Value | undefined)[]) => {
    given.forEach((v, i) => {
      if (v !== undefined && v !== null) FIELDS[ORDER[i]!]!.set(vm, c, v);
    });
    return null;
  }],
  slots: {
    repr: (_vm, self) => {
      const c = self as PyContext;
      return `Context(prec=${String(shownInt(c.prec))}, rounding=${c.rounding}, Emin=${String(shownInt(c.emin))}, Emax=${String(shownInt(c.emax))}, capitals=${c.capitals}, clamp=${c.clamp}, flags=[${names(c.flags)}], traps=[${names(c.traps)}])`;
    },
  },
  getset: Object.fromEntries(
    Object.entries(FIELDS).map(([name, f]) => [
      name,
      [
        (_vm: VM, c: PyContext) => f.get(c),
        (vm: VM, c: PyContext, v: Value | undefined) => {
          if (v === undefined) throw newException("AttributeError", "context attributes cannot be deleted");
          f.set(vm, c, v);
        },
      ] as const,
    ]),
  ),
  methods: {
    copy: ["($self, /)", (_vm: VM, c: PyContext) => c.copy(), "A copy of the context."],
    __copy__: ["($self, /)", (_vm: VM, c: PyContext) => c.copy()],
    clear_flags: ["($self, /)", (_vm: VM, c: PyContext) => ((c.flags = 0), null), "Reset all flags."],
    clear_traps: ["($self, /)", (_vm: VM, c: PyContext) => ((c.traps = 0), null), "Disable all traps."],
    Etiny: ["($self, /)", (_vm: VM, c: PyContext) => c.emin - c.prec + 1, "The lowest exponent of subnormal numbers."],
    Etop: ["($self, /)", (_vm: VM, c: PyContext) => c.emax - c.prec + 1, "The highest exponent of a full coefficient."],
    __reduce__: ["($self, /)", (_vm: VM, c: PyContext) =>
      new PyTuple([c.cls, new PyTuple([c.prec, c.rounding, c.emin, c.emax, c.capitals, c.clamp, typesOf(c.flags), typesOf(c.traps)])])],
  },
});

// ---- the current context ----------------------------------------------------------------------------------------------------------------------------

interface Presets {
  readonly default: PyContext;
  readonly basic: PyContext;
  readonly extended: PyContext;
  readonly variable: PyContextVar;
}
const PRESETS = Symbol("decimal");

/** The template contexts and the variable of the current one, of this interpreter. */
export function presets(vm: VM): Presets {
  let p = vm.state.get(PRESETS) as Presets | undefined;
  if (p === undefined) {
    p = {
      default: new PyContext(),
      basic: preset({ prec: 9, rounding: "ROUND_HALF_UP", traps: INVALID | C.DivisionByZero | C.Overflow | C.Clamped | C.Underflow }),
      extended: preset({ prec: 9, traps: 0 }),
      variable: newContextVariable("decimal_context"),
    };
    vm.state.set(PRESETS, p);
  }
  return p;
}

export function getContext(vm: VM): PyContext {
  const p = presets(vm);
  const found = contextValue(vm, p.variable);
  if (found !== undefined) return found as PyContext;
  const c = p.default.copy();
  c.flags = 0;
  setContextValue(vm, p.variable, c);
  return c;
}

export function setContext(vm: VM, v: Value): null {
  if (!(v instanceof PyContext)) throw typeError("argument must be a context");
  const p = presets(vm);
  let c = v;
  if (c === p.default || c === p.basic || c === p.extended) {
    c = c.copy();
    c.flags = 0;
  }
  setContextValue(vm, p.variable, c);
  return null;
}

/** A context given as an optional argument, else the current one. */
export function contextOr(vm: VM, v: Value | undefined): PyContext {
  if (v === undefined || v === null) return getContext(vm);
  if (!(v instanceof PyContext)) throw typeError("optional argument must be a context");
  return v;
}

class PyContextManager extends PyObject {
  readonly local: PyContext;
  readonly global: PyContext;
  constructor(local: PyContext, global: PyContext) {
    super();
    this.local = local;
    this.global = global;
  }
}

defineType({
  name: "ContextManager",
  module: "decimal",
  js: PyContextManager,
  subclassable: false,
  methods: {
    __enter__: ["($self, /)", (vm: VM, m: PyContextManager) => {
      setContext(vm, m.local);
      return m.local;
    }],
    __exit__: ["($self, *args)", (vm: VM, m: PyContextManager) => {
      setContext(vm, m.global);
      return false;
    }],
  },
});

/** localcontext(ctx=None, **changes) */
export function localContext(vm: VM, ctx: Value | undefined, changes: ReadonlyMap<string, Value>): Value {
  const global = getContext(vm);
  if (ctx !== undefined && ctx !== null && !(ctx instanceof PyContext)) throw typeError("optional argument must be a context");
  const local = (ctx instanceof PyContext ? ctx : global).copy();
  for (const [name, v] of changes) {
    const field = FIELDS[name];
    if (field === undefined) throw typeError(`this function got an unexpected keyword argument '${name}'`);
    if (v !== null) field.set(vm, local, v);
  }
  return new PyContextManager(local, global);
}

/** IEEE 754-2008 interchange formats. */
export function ieeeContext(_vm: VM, bitsArg: Value): Value {
  const bits = Number(plainInt(bitsArg) ?? 0);
  if (bits <= 0 || bits > 512 || bits % 32 !== 0) throw valueError("argument must be a multiple of 32, with a maximum of 512");
  const emax = 3 * 2 ** (bits / 16 + 3);
  return preset({ prec: 9 * (bits / 32) - 2, emax, emin: 1 - emax, clamp: 1, traps: 0 });
}
