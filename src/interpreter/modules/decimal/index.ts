/** Module _decimal: the types Decimal and Context over the arithmetic of this folder. Each operation is one row, a method of both types. */
import { overflowError, typeError, valueError } from "../../builtins/exceptions.ts";
import { decompose, hashInt, powmod } from "../../objects/int-arith.ts";
import { PyList } from "../../objects/list.ts";
import { callMethod, getAttr, needStr, plainInt, plainStr, toArray, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, extendType, type NativeRow, objectType, type PyType } from "../../objects/type.ts";
import { numericText } from "../../objects/unicode.ts";
import { normInt, NotImplemented, PyComplex, PyFloat, PyTuple, type Value } from "../../objects/values.ts";
import { bigRatioToDouble } from "../../objects/int-arith.ts";
import type { NativeModule } from "../native-module.ts";
import * as A from "./arithmetic.ts";
import { contextOr, contextType, getContext, ieeeContext, localContext, MAX_PREC, MIN_ETINY, presets, type PyContext, roundingOf, setContext, SIGNAL_TYPES } from "./context.ts";
import { formatDecimal } from "./format.ts";
import { C, decimalText, type Env, FINITE, fit, INFINITE, infinity, INVALID, invalid, NAN, parseDecimal, pow10, PyDecimal, QUIET, type Rounding, ROUNDINGS, SIGNALING } from "./number.ts";
import * as T from "./transcendental.ts";

const ZERO = new PyDecimal(0, 0n, 0);
const fromInt = (n: bigint, exp = 0): PyDecimal => (n < 0n ? new PyDecimal(1, -n, exp) : new PyDecimal(0, n, exp));

// ---- construction --------------------------------------------------------------------------------------------------------------------------------

function fromDouble(x: number): PyDecimal {
  if (x !== x) return NAN;
  const sign = x < 0 || Object.is(x, -0) ? 1 : 0;
  if (!Number.isFinite(x)) return infinity(sign);
  if (x === 0) return new PyDecimal(sign, 0n, 0);
  let [m, e] = decompose(Math.abs(x));
  while (e < 0 && m % 2 === 0) {
    m /= 2;
    e++;
  }
  // m · 2^-k = m · 5^k · 10^-k
  return e >= 0 ? new PyDecimal(sign, BigInt(m) << BigInt(e), 0) : new PyDecimal(sign, BigInt(m) * 5n ** BigInt(-e), e);
}

function fromTuple(vm: VM, v: Value): PyDecimal {
  const items = toArray(vm, v);
  if (items.length !== 3) throw valueError("argument must be a sequence of length 3");
  const [signValue, digitsValue, expValue] = items as [Value, Value, Value];
  const sign = plainInt(signValue);
  if (sign !== 0 && sign !== 1) throw valueError("sign must be an integer with the value 0 or 1");
  const special = plainStr(expValue);
  if (special === "F") return infinity(sign);
  if (special !== undefined && special !== "n" && special !== "N") throw valueError("string argument in the third position must be 'F', 'n' or 'N'");
  const exp = special === undefined ? plainInt(expValue) : 0;
  if (exp === undefined) throw valueError("exponent must be an integer");
  const digits = toArray(vm, digitsValue).map((d) => {
    const n = plainInt(d);
    if (n === undefined || n < 0 || n > 9) throw valueError("coefficient must be a tuple of digits");
    return n;
  });
  const coef = BigInt(digits.join("") || "0");
  return new PyDecimal(sign, coef, Number(exp), special === undefined ? FINITE : special === "n" ? QUIET : SIGNALING);
}

function fromText(ctx: PyContext, text: string): PyDecimal {
  const cleaned = numericText(text).trim().replaceAll("_", "");
  return parseDecimal(cleaned) ?? invalid(ctx, C.ConversionSyntax);
}

/** The exact value of any argument of the constructor. */
function exact(vm: VM, ctx: PyContext, v: Value): PyDecimal {
  if (v instanceof PyDecimal) return v;
  const n = plainInt(v);
  if (n !== undefined) return fromInt(BigInt(n));
  const s = plainStr(v);
  if (s !== undefined) {
    const d = fromText(ctx, s);
    ctx.settle();
    return d;
  }
  if (v instanceof PyFloat) {
    ctx.status |= C.FloatOperation;
    ctx.settle();
    return fromDouble(v.value);
  }
  if (v instanceof PyTuple || v instanceof PyList) return fromTuple(vm, v);
  throw typeError(`conversion from ${typeName(v)} to Decimal is not supported`);
}

/** An instance of `cls` with the value. */
function made(cls: PyType, d: PyDecimal): PyDecimal {
  if (cls === d.cls) return d;
  const copy = new PyDecimal(d.sign, d.coef, d.exp, d.kind);
  if (cls !== decimalType) copy.cls = cls;
  return copy;
}

/** The base type's instance: results are never of a subclass. */
const plain = (d: PyDecimal): PyDecimal => made(decimalType, d);

function construct(vm: VM, cls: PyType, value?: Value, context?: Value): Value {
  const ctx = contextOr(vm, context);
  if (value === undefined) return made(cls, ZERO);
  return made(cls, exact(vm, ctx, value));
}

/** An operand of an operator: Decimal or int; undefined for anything else. */
function operand(v: Value): PyDecimal | undefined {
  if (v instanceof PyDecimal) return v;
  const n = plainInt(v);
  return n === undefined ? undefined : fromInt(BigInt(n));
}

/** An operand of a method. */
function needed(v: Value): PyDecimal {
  const d = operand(v);
  if (d === undefined) throw typeError(`conversion from ${typeName(v)} to Decimal is not supported`);
  return d;
}

// ---- operators -----------------------------------------------------------------------------------------------------------------------------------

type Binary = (env: Env, a: PyDecimal, b: PyDecimal) => PyDecimal;

function operator(op: Binary) {
  const run = (vm: VM, a: Value, b: Value): Value => {
    const x = operand(a);
    const y = operand(b);
    if (x === undefined || y === undefined) return NotImplemented;
    const ctx = getContext(vm);
    const r = op(ctx, x, y);
    ctx.settle();
    return plain(r);
  };
  return { forward: run, reflected: (vm: VM, a: Value, b: Value) => run(vm, b, a) };
}

const OPERATORS = {
  add: operator(A.add), sub: operator(A.subtract), mul: operator(A.multiply), truediv: operator(A.divide), floordiv: operator(A.divideInteger), mod: operator(A.remainder),
} as const;

function divmodOf(vm: VM, a: Value, b: Value): Value {
  const x = operand(a);
  const y = operand(b);
  if (x === undefined || y === undefined) return NotImplemented;
  const ctx = getContext(vm);
  const pair = A.divmod(ctx, x, y);
  ctx.settle();
  return new PyTuple(pair.map(plain));
}

function powerOf(vm: VM, a: Value, b: Value, m: Value | undefined): Value {
  const [x, y] = [operand(a), operand(b)];
  const z = m === undefined || m === null ? undefined : operand(m);
  if (x === undefined || y === undefined || (m !== undefined && m !== null && z === undefined)) return NotImplemented;
  const ctx = getContext(vm);
  const r = z === undefined ? T.power(ctx, x, y) : T.powerModulo(ctx, x, y, z);
  ctx.settle();
  return plain(r);
}

function unary(op: (env: Env, a: PyDecimal) => PyDecimal) {
  return (vm: VM, self: Value): Value => {
    const ctx = getContext(vm);
    const r = op(ctx, self as PyDecimal);
    ctx.settle();
    return plain(r);
  };
}

/** Both numbers of a comparison, exact: a Rational is compared by cross multiplication. undefined: not comparable. */
function comparable(vm: VM, ctx: PyContext, a: PyDecimal, b: Value, equality: boolean): [PyDecimal, PyDecimal] | undefined {
  const y = operand(b);
  if (y !== undefined) return [a, y];
  if (b instanceof PyComplex && equality) return b.imag === 0 ? comparable(vm, ctx, a, new PyFloat(b.real), true) : undefined;
  if (b instanceof PyFloat) {
    ctx.status |= C.FloatOperation;
    if (equality) {
      ctx.flags |= C.FloatOperation;
      ctx.status = 0;
    } else ctx.settle();
    return [a, fromDouble(b.value)];
  }
  const rational = getAttr(vm, vm.importModule("numbers"), "Rational");
  if (vm.call(vm.builtins.getStr("isinstance")!, [b, rational]) !== true) return undefined;
  const numerator = BigInt(plainInt(getAttr(vm, b, "numerator")) ?? 0);
  const denominator = BigInt(plainInt(getAttr(vm, b, "denominator")) ?? 1);
  if (!a.finite) return [a, fromInt(numerator)];
  return [new PyDecimal(a.sign, a.coef * denominator, a.exp), fromInt(numerator)];
}

function comparison(test: (order: number) => boolean, equality: boolean) {
  return (vm: VM, self: Value, other: Value): Value => {
    const ctx = getContext(vm);
    const pair = comparable(vm, ctx, self as PyDecimal, other, equality);
    if (pair === undefined) return NotImplemented;
    const [a, b] = pair;
    if (a.nan || b.nan) {
      if (!equality || a.kind === SIGNALING || b.kind === SIGNALING) {
        ctx.status |= C.InvalidOperation;
        ctx.settle();
      }
      return test(Number.NaN);
    }
    return test(A.order(a, b));
  };
}

const MODULUS = (1n << 61n) - 1n;

function hashOf(vm: VM, d: PyDecimal): number | bigint {
  if (d.kind === SIGNALING) throw typeError("Cannot hash a signaling NaN value");
  if (d.kind === QUIET) return objectType.slot.hash!(vm, d);
  if (d.kind === INFINITE) return d.sign ? -314159 : 314159;
  const scale = d.exp >= 0 ? BigInt(powmod(10, d.exp, normInt(MODULUS))) : BigInt(powmod(normInt(BigInt(powmod(10, normInt(MODULUS - 2n), normInt(MODULUS)))), -d.exp, normInt(MODULUS)));
  const h = (d.coef * scale) % MODULUS;
  return hashInt(normInt(d.sign ? -h : h));
}

// ---- conversion ----------------------------------------------------------------------------------------------------------------------------------

function toInteger(d: PyDecimal, rounding: Rounding): Value {
  if (d.nan) throw valueError("cannot convert NaN to integer");
  if (d.kind === INFINITE) throw overflowError("cannot convert Infinity to integer");
  const { coef } = A.rescale(d, 0, rounding).d;
  return normInt(d.sign ? -coef : coef);
}

function toDouble(d: PyDecimal): number {
  if (d.kind === SIGNALING) throw valueError("cannot convert signaling NaN to float");
  if (d.kind === QUIET) return Number.NaN;
  if (d.kind === INFINITE) return d.sign ? -Infinity : Infinity;
  if (d.adjusted > 310) return d.sign ? -Infinity : Infinity;
  const x = d.adjusted < -400 ? 0 : d.exp >= 0 ? bigRatioToDouble(d.coef * pow10(d.exp), 1n) : bigRatioToDouble(d.coef, pow10(-d.exp));
  return d.sign ? -x : x;
}

function ratio(d: PyDecimal): Value {
  if (d.nan) throw valueError("cannot convert NaN to integer ratio");
  if (d.kind === INFINITE) throw overflowError("cannot convert Infinity to integer ratio");
  let numerator = d.coef;
  let denominator = 1n;
  if (d.exp >= 0) numerator *= pow10(d.exp);
  else {
    denominator = pow10(-d.exp);
    let [x, y] = [numerator, denominator];
    while (y !== 0n) [x, y] = [y, x % y];
    numerator /= x;
    denominator /= x;
  }
  return new PyTuple([normInt(d.sign ? -numerator : numerator), normInt(denominator)]);
}

const TUPLE = Symbol("DecimalTuple");

/** The named tuple type, made by collections.namedtuple as the library documents it. */
function tupleType(vm: VM): Value {
  let t = vm.state.get(TUPLE) as Value | undefined;
  if (t === undefined) {
    const namedtuple = getAttr(vm, vm.importModule("collections"), "namedtuple");
    t = vm.call(namedtuple, ["DecimalTuple", "sign digits exponent", "decimal"], ["module"]);
    vm.state.set(TUPLE, t);
  }
  return t;
}

function asTuple(vm: VM, d: PyDecimal): Value {
  const exponent = d.kind === FINITE ? d.exp : d.kind === INFINITE ? "F" : d.kind === QUIET ? "n" : "N";
  const digits = d.kind === INFINITE ? [0] : d.nan && d.coef === 0n ? [] : Array.from(d.coef.toString(), Number);
  return vm.call(tupleType(vm), [d.sign, new PyTuple(digits), exponent]);
}

function round(vm: VM, d: PyDecimal, digits?: Value): Value {
  if (digits === undefined || digits === null) return toInteger(d, "ROUND_HALF_EVEN");
  const n = plainInt(digits);
  if (n === undefined) throw typeError("optional arg must be an integer");
  const ctx = getContext(vm);
  const env: Env = { ...envOf(ctx), rounding: "ROUND_HALF_EVEN" };
  const r = A.quantize(env, d, new PyDecimal(0, 1n, -Number(n)));
  ctx.status |= env.status & INVALID;
  ctx.settle();
  return plain(r);
}

const envOf = (c: PyContext): Env => ({ prec: c.prec, emin: c.emin, emax: c.emax, rounding: c.rounding, clamp: c.clamp, status: 0 });

/** Runs an operation with another rounding than the context's; conditions go to the context. */
function withRounding(ctx: PyContext, rounding: Value | undefined, op: (env: Env) => PyDecimal): PyDecimal {
  const env = envOf(ctx);
  if (rounding !== undefined && rounding !== null) env.rounding = roundingOf(rounding);
  const r = op(env);
  ctx.status |= env.status;
  ctx.settle();
  return plain(r);
}

// ---- methods of both types -----------------------------------------------------------------------------------------------------------------------

const decimalMethods: Record<string, NativeRow> = {};
const contextMethods: Record<string, NativeRow> = {};

/** Operations with a context: on Decimal with an optional argument `context`, on Context with all operands. */
function operation(name: string, arity: 1 | 2 | 3, op: (env: PyContext, a: PyDecimal, b: PyDecimal, c: PyDecimal) => Value, contextName = name): void {
  const run = (ctx: PyContext, operands: readonly Value[]): Value => {
    const [a, b, c] = operands.map(needed);
    const r = op(ctx, a!, b ?? ZERO, c ?? ZERO);
    ctx.settle();
    return r instanceof PyDecimal ? plain(r) : r;
  };
  const doc = `The operation ${name} of the specification.`;
  const names = arity === 3 ? "other, third, " : arity === 2 ? "other, " : "";
  decimalMethods[name] = [
    `($self, /, ${names}context=None)`,
    (vm: VM, self: Value, ...given: (Value | undefined)[]) => run(contextOr(vm, given[arity - 1]), [self, ...(given.slice(0, arity - 1) as Value[])]),
    doc,
  ];
  contextMethods[contextName] = [
    `($self, ${["x", "y", "z"].slice(0, arity).join(", ")}, /)`,
    (_vm: VM, ctx: PyContext, ...given: Value[]) => run(ctx, given.slice(0, arity)),
    doc,
  ];
}

for (const [name, op] of Object.entries({
  exp: T.exp, ln: T.ln, log10: T.log10, logb: A.logb, sqrt: A.squareRoot, next_minus: A.nextMinus, next_plus: A.nextPlus, normalize: A.normalize, logical_invert: A.logicalInvert,
})) operation(name, 1, op);
for (const [name, op] of Object.entries({
  compare: A.compare, compare_signal: A.compareSignal, next_toward: A.nextToward, remainder_near: A.remainderNear, scaleb: A.scaleb,
  max: (e: Env, a: PyDecimal, b: PyDecimal) => A.extreme(e, a, b, 1, false), min: (e: Env, a: PyDecimal, b: PyDecimal) => A.extreme(e, a, b, -1, false),
  max_mag: (e: Env, a: PyDecimal, b: PyDecimal) => A.extreme(e, a, b, 1, true), min_mag: (e: Env, a: PyDecimal, b: PyDecimal) => A.extreme(e, a, b, -1, true),
  logical_and: (e: Env, a: PyDecimal, b: PyDecimal) => A.logical(e, a, b, (x, y) => x && y), logical_or: (e: Env, a: PyDecimal, b: PyDecimal) => A.logical(e, a, b, (x, y) => x || y),
  logical_xor: (e: Env, a: PyDecimal, b: PyDecimal) => A.logical(e, a, b, (x, y) => x !== y),
  rotate: (e: Env, a: PyDecimal, b: PyDecimal) => A.shift(e, a, b, true), shift: (e: Env, a: PyDecimal, b: PyDecimal) => A.shift(e, a, b, false),
  compare_total: (_e: Env, a: PyDecimal, b: PyDecimal) => A.compareTotal(a, b), compare_total_mag: (_e: Env, a: PyDecimal, b: PyDecimal) => A.compareTotal(a.withSign(0), b.withSign(0)),
  copy_sign: (_e: Env, a: PyDecimal, b: PyDecimal) => a.withSign(b.sign),
})) operation(name, 2, op);
operation("fma", 3, A.fma);
operation("is_normal", 1, (e, a) => a.finite && a.coef !== 0n && a.adjusted >= e.emin);
operation("is_subnormal", 1, (e, a) => a.finite && a.coef !== 0n && a.adjusted < e.emin);
operation("number_class", 1, (e, a) => A.numberClass(e, a));
operation("to_eng_string", 1, (e, a) => decimalText(a, e.capitals === 1, true));
operation("same_quantum", 2, (_e, a, b) => (a.kind === FINITE && b.kind === FINITE ? a.exp === b.exp : (a.nan && b.nan) || (a.kind === INFINITE && b.kind === INFINITE)));

/** What needs no context. */
const PROPERTIES: Record<string, (d: PyDecimal) => Value> = {
  is_canonical: () => true, is_finite: (d) => d.finite, is_infinite: (d) => d.kind === INFINITE, is_nan: (d) => d.nan, is_qnan: (d) => d.kind === QUIET, is_snan: (d) => d.kind === SIGNALING,
  is_signed: (d) => d.sign === 1, is_zero: (d) => d.zero, copy_abs: (d) => plain(d.withSign(0)), copy_negate: (d) => plain(A.negated(d)), canonical: (d) => d,
};
for (const [name, f] of Object.entries(PROPERTIES)) {
  decimalMethods[name] = ["($self, /)", (_vm: VM, d: PyDecimal) => f(d)];
  contextMethods[name] = ["($self, x, /)", (_vm: VM, _c: PyContext, x: Value) => f(needed(x))];
}

// ---- Decimal -------------------------------------------------------------------------------------------------------------------------------------

const INTEGRAL = "($self, /, rounding=None, context=None)";
const integralOf = (exactly: boolean) => (vm: VM, d: PyDecimal, rounding?: Value, context?: Value) =>
  withRounding(contextOr(vm, context), rounding, (env) => A.toIntegral(env, d, env.rounding, exactly));

function fromFloat(cls: PyType, v: Value): Value {
  const n = plainInt(v);
  if (n === undefined && !(v instanceof PyFloat)) throw typeError("argument must be int or float");
  return made(cls, n === undefined ? fromDouble((v as PyFloat).value) : fromInt(BigInt(n)));
}

/** A classmethod's result for a subclass goes through its constructor. */
function throughClass(vm: VM, cls: PyType, v: Value): Value {
  return cls === decimalType ? v : vm.call(cls, [v]);
}

const identity = (_vm: VM, d: PyDecimal): Value => d;

export const decimalType: PyType = defineType({
  name: "Decimal",
  module: "decimal",
  js: PyDecimal,
  doc: "An exact decimal number.",
  new: ["(value='0', context=None)", construct],
  slots: {
    repr: (vm, self) => `Decimal('${decimalText(self as PyDecimal, getContext(vm).capitals === 1)}')`,
    str: (vm, self) => decimalText(self as PyDecimal, getContext(vm).capitals === 1),
    hash: (vm, self) => hashOf(vm, self as PyDecimal),
    bool: (_vm, self) => !(self as PyDecimal).zero,
    eq: comparison((o) => o === 0, true), ne: comparison((o) => o !== 0, true), lt: comparison((o) => o < 0, false), le: comparison((o) => o <= 0, false),
    gt: comparison((o) => o > 0, false), ge: comparison((o) => o >= 0, false),
    neg: unary(A.minus), pos: unary(A.plus), abs: unary(A.absolute),
    add: OPERATORS.add.forward, radd: OPERATORS.add.reflected, sub: OPERATORS.sub.forward, rsub: OPERATORS.sub.reflected, mul: OPERATORS.mul.forward, rmul: OPERATORS.mul.reflected,
    truediv: OPERATORS.truediv.forward, rtruediv: OPERATORS.truediv.reflected, floordiv: OPERATORS.floordiv.forward, rfloordiv: OPERATORS.floordiv.reflected,
    mod: OPERATORS.mod.forward, rmod: OPERATORS.mod.reflected, divmod: divmodOf, rdivmod: (vm, a, b) => divmodOf(vm, b, a),
    pow: powerOf, rpow: (vm, a, b, m) => powerOf(vm, b, a, m),
    int: (_vm, self) => toInteger(self as PyDecimal, "ROUND_DOWN"),
    float: (_vm, self) => new PyFloat(toDouble(self as PyDecimal)),
  },
  methods: {
    ...decimalMethods,
    adjusted: ["($self, /)", (_vm: VM, d: PyDecimal) => (d.finite ? d.adjusted : 0), "The exponent of the leading digit."],
    as_integer_ratio: ["($self, /)", (_vm: VM, d: PyDecimal) => ratio(d), "Numerator and denominator in lowest terms."],
    as_tuple: ["($self, /)", asTuple, "Sign, digits and exponent."],
    conjugate: ["($self, /)", identity, "The number itself."],
    radix: ["($self, /)", () => new PyDecimal(0, 10n, 0), "Ten."],
    quantize: ["($self, /, exp, rounding=None, context=None)", (vm: VM, d: PyDecimal, other: Value, rounding?: Value, context?: Value) => {
      const ctx = contextOr(vm, context);
      if (rounding !== undefined && rounding !== null) roundingOf(rounding);
      const b = needed(other);
      return withRounding(ctx, rounding, (env) => A.quantize(env, d, b));
    }, "The number with the exponent of another one."],
    to_integral: [INTEGRAL, integralOf(false), "Rounded to an integer."],
    to_integral_value: [INTEGRAL, integralOf(false), "Rounded to an integer."],
    to_integral_exact: [INTEGRAL, integralOf(true), "Rounded to an integer; signals Inexact."],
    __complex__: ["($self, /)", (_vm: VM, d: PyDecimal) => new PyComplex(toDouble(d), 0)],
    __round__: ["($self, ndigits=None, /)", round],
    __floor__: ["($self, /)", (_vm: VM, d: PyDecimal) => toInteger(d, "ROUND_FLOOR")],
    __ceil__: ["($self, /)", (_vm: VM, d: PyDecimal) => toInteger(d, "ROUND_CEILING")],
    __trunc__: ["($self, /)", (_vm: VM, d: PyDecimal) => toInteger(d, "ROUND_DOWN")],
    __format__: ["($self, format_spec, override=None, /)", (vm: VM, d: PyDecimal, spec: Value) => {
      const ctx = getContext(vm);
      const text = plainStr(spec);
      if (text === undefined) throw typeError("format arg must be str");
      return text === "" ? decimalText(d, ctx.capitals === 1) : formatDecimal(d, text, ctx.rounding, ctx.capitals === 1);
    }],
    __copy__: ["($self, /)", identity],
    __deepcopy__: ["($self, memo, /)", identity],
    __reduce__: ["($self, /)", (_vm: VM, d: PyDecimal) => new PyTuple([d.cls, new PyTuple([decimalText(d, true)])])],
    __sizeof__: ["($self, /)", () => 104],
  },
  classMethods: {
    from_float: ["($cls, f, /)", (vm: VM, cls: PyType, f: Value) => throughClass(vm, cls, fromFloat(decimalType, f)), "The exact value of a float."],
    from_number: ["($cls, number, /)", (vm: VM, cls: PyType, v: Value) => {
      const isNumber = v instanceof PyDecimal || v instanceof PyFloat || plainInt(v) !== undefined;
      if (!isNumber) throw typeError(`Cannot convert ${reprOf(vm, v)} to Decimal`);
      return throughClass(vm, cls, v instanceof PyDecimal ? plain(v) : fromFloat(decimalType, v));
    }, "The exact value of a number."],
  },
  getset: { real: [(_vm: VM, d: PyDecimal) => d], imag: [() => ZERO] },
});

function reprOf(vm: VM, v: Value): string {
  return needStr(vm.call(vm.builtins.getStr("repr")!, [v]), "repr");
}

// ---- Context -------------------------------------------------------------------------------------------------------------------------------------

function contextBinary(op: Binary): NativeRow {
  return ["($self, x, y, /)", (_vm: VM, ctx: PyContext, x: Value, y: Value) => {
    const r = op(ctx, needed(x), needed(y));
    ctx.settle();
    return plain(r);
  }];
}

function contextUnary(op: (env: Env, a: PyDecimal) => PyDecimal): NativeRow {
  return ["($self, x, /)", (_vm: VM, ctx: PyContext, x: Value) => {
    const r = op(ctx, needed(x));
    ctx.settle();
    return plain(r);
  }];
}

extendType(contextType, {
  methods: {
    ...contextMethods,
    add: contextBinary(A.add), subtract: contextBinary(A.subtract), multiply: contextBinary(A.multiply), divide: contextBinary(A.divide), divide_int: contextBinary(A.divideInteger),
    remainder: contextBinary(A.remainder), quantize: contextBinary(A.quantize), abs: contextUnary(A.absolute), minus: contextUnary(A.minus), plus: contextUnary(A.plus),
    to_integral: contextUnary((e, a) => A.toIntegral(e, a, e.rounding, false)), to_integral_value: contextUnary((e, a) => A.toIntegral(e, a, e.rounding, false)),
    to_integral_exact: contextUnary((e, a) => A.toIntegral(e, a, e.rounding, true)), _apply: contextUnary(fit),
    copy_decimal: ["($self, x, /)", (_vm: VM, _c: PyContext, x: Value) => needed(x)],
    divmod: ["($self, x, y, /)", (_vm: VM, ctx: PyContext, x: Value, y: Value) => {
      const pair = A.divmod(ctx, needed(x), needed(y));
      ctx.settle();
      return new PyTuple(pair.map(plain));
    }],
    power: ["($self, /, a, b, modulo=None)", (_vm: VM, ctx: PyContext, a: Value, b: Value, m?: Value) => {
      const r = m === undefined || m === null ? T.power(ctx, needed(a), needed(b)) : T.powerModulo(ctx, needed(a), needed(b), needed(m));
      ctx.settle();
      return plain(r);
    }],
    radix: ["($self, /)", () => new PyDecimal(0, 10n, 0)],
    to_sci_string: ["($self, x, /)", (_vm: VM, ctx: PyContext, x: Value) => decimalText(needed(x), ctx.capitals === 1)],
    create_decimal: ["($self, num='0', /)", (vm: VM, ctx: PyContext, v?: Value) => {
      if (v !== undefined && plainStr(v)?.match(/[\s_]/)) {
        ctx.status |= C.ConversionSyntax;
        ctx.settle();
        return NAN;
      }
      const r = fit(ctx, v === undefined ? ZERO : exact(vm, ctx, v));
      ctx.settle();
      return plain(r);
    }],
    create_decimal_from_float: ["($self, f, /)", (_vm: VM, ctx: PyContext, f: Value) => {
      const r = fit(ctx, fromFloat(decimalType, f) as PyDecimal);
      ctx.settle();
      return r;
    }],
  },
});

export const _decimal: NativeModule = {
  name: "_decimal",
  doc: "Decimal arithmetic.",
  functions: {
    getcontext: ["()", (vm: VM) => getContext(vm), "The current context."],
    setcontext: ["(context, /)", (vm: VM, c: Value) => setContext(vm, c), "Set the current context."],
    localcontext: ["(ctx=None, **kwargs)", (vm: VM, ctx: Value | undefined, changes: ReadonlyMap<string, Value>) => localContext(vm, ctx, changes), "A context for a with statement."],
    IEEEContext: ["(bits, /)", ieeeContext, "The context of an IEEE interchange format."],
  },
  values: (vm) => {
    const { default: DefaultContext, basic: BasicContext, extended: ExtendedContext } = presets(vm);
    return {
      Decimal: decimalType, Context: contextType, DecimalTuple: tupleType(vm), DefaultContext, BasicContext, ExtendedContext, ...SIGNAL_TYPES,
      ...Object.fromEntries(ROUNDINGS.map((r) => [r, r] as const)), MAX_PREC, MAX_EMAX: MAX_PREC, MIN_EMIN: -MAX_PREC, MIN_ETINY, IEEE_CONTEXT_MAX_BITS: 512,
      HAVE_THREADS: true, HAVE_CONTEXTVAR: true, __version__: "1.70", __libmpdec_version__: "2.5.1",
    };
  },
  init: (vm) => {
    const numbers = vm.importModule("numbers");
    callMethod(vm, getAttr(vm, numbers, "Number"), "register", decimalType);
    const sequences = getAttr(vm, vm.importModule("collections.abc"), "MutableMapping");
    callMethod(vm, sequences, "register", getAttr(vm, getAttr(vm, getContext(vm), "flags"), "__class__"));
  },
};
