/**
 * float: type, constructor, slots, methods. Text conversion is in float-text.ts.
 * The operators accept ints on either side (exactly converted, OverflowError when too large); comparison with ints is exact.
 */
import { libm } from "../../base/libm.ts";
import { newException, overflowError, typeError, valueError, zeroDivisionError } from "../builtins/exceptions.ts";
import * as complex from "./complex-arith.ts";
import { floatHex, floatRepr, parseFloat_, parseHexFloat, roundDecimal } from "./float-text.ts";
import { intToDouble } from "./int.ts";
import { decompose, hashDouble, intFromDouble } from "./int-arith.ts";
import { numberSubject } from "./int-parse.ts";
import { plainInt, plainStr, repr, toDouble, toIndex, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { BinarySlot } from "./slots.ts";
import { defineType, objectType, type PyType } from "./type.ts";
import { numericText } from "./unicode.ts";
import { NotImplemented, normInt, PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

/** The double of a float receiver. */
const self = (v: Value): number => (v as PyFloat).value;

/** The double of a float or int operand; undefined for anything else. */
function operand(v: Value): number | undefined {
  if (v instanceof PyFloat) return v.value;
  const i = plainInt(v);
  return i === undefined ? undefined : intToDouble(i);
}

function operator(op: (a: number, b: number) => Value): [BinarySlot, BinarySlot] {
  const forward: BinarySlot = (_vm, a, b) => {
    const x = operand(a);
    const y = operand(b);
    return x === undefined || y === undefined ? NotImplemented : op(x, y);
  };
  return [forward, (vm, a, b) => forward(vm, b, a)];
}

const number =
  (op: (a: number, b: number) => number) =>
  (a: number, b: number): PyFloat =>
    new PyFloat(op(a, b));

/** JS compares a double with a bigint exactly. */
const comparison =
  (op: (a: number, b: number | bigint) => boolean): BinarySlot =>
  (_vm, a, b) => {
    const y = b instanceof PyFloat ? b.value : plainInt(b);
    return y === undefined ? NotImplemented : op(self(a), y);
  };

// ---- division and power -----------------------------------------------------------------------------------------------------------------

function nonZero(b: number): void {
  if (b === 0) throw zeroDivisionError("division by zero");
}

export function floatTrueDiv(a: number, b: number): number {
  nonZero(b);
  return a / b;
}

/** Remainder with the sign of the divisor; a zero takes the divisor's sign too. */
export function floatMod(a: number, b: number): number {
  nonZero(b);
  const r = a % b;
  if (r === 0) return b < 0 ? -0 : 0;
  return r < 0 !== b < 0 ? r + b : r;
}

export function floatDivmod(a: number, b: number): [number, number] {
  nonZero(b);
  let r = a % b;
  let q = (a - r) / b;
  if (r !== 0) {
    if (r < 0 !== b < 0) {
      r += b;
      q -= 1;
    }
  } else r = b < 0 ? -0 : 0;
  if (q === 0) return [complex.copysign(0, a / b), r];
  const floor = Math.floor(q);
  return [q - floor > 0.5 ? floor + 1 : floor, r];
}

export function floatFloorDiv(a: number, b: number): number {
  return floatDivmod(a, b)[0];
}

/** a ** b: a complex number for a negative base with a fractional exponent. */
export function floatPower(a: number, b: number): Value {
  if (a === 0 && b < 0) throw zeroDivisionError("zero to a negative power");
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b))
    return complex.pow(new PyComplex(a, 0), new PyComplex(b, 0));
  const r = libm.pow(a, b);
  if (!Number.isFinite(r) && Number.isFinite(a) && Number.isFinite(b))
    throw newException("OverflowError", 34, "Numerical result out of range");
  return new PyFloat(r);
}

function power(_vm: VM, a: Value, b: Value, m: Value | undefined): Value {
  if (m !== undefined && m !== null) throw typeError("pow() 3rd argument not allowed unless all arguments are integers");
  const x = operand(a);
  const y = operand(b);
  return x === undefined || y === undefined ? NotImplemented : floatPower(x, y);
}

const [add, radd] = operator(number((a, b) => a + b));
const [sub, rsub] = operator(number((a, b) => a - b));
const [mul, rmul] = operator(number((a, b) => a * b));
const [truediv, rtruediv] = operator(number(floatTrueDiv));
const [floordiv, rfloordiv] = operator(number(floatFloorDiv));
const [mod, rmod] = operator(number(floatMod));
const [divmod, rdivmod] = operator((a, b) => {
  const [q, r] = floatDivmod(a, b);
  return new PyTuple([new PyFloat(q), new PyFloat(r)]);
});

// ---- construction and conversion ----------------------------------------------------------------------------------------------------------

function wrap(cls: PyType, x: number): PyFloat {
  const f = new PyFloat(x);
  if (cls !== floatType) f.cls = cls;
  return f;
}

function newFloat(vm: VM, cls: PyType, x?: Value): Value {
  if (x === undefined) return wrap(cls, 0);
  if (cls === floatType && x instanceof PyFloat && x.cls === floatType) return x;
  return wrap(cls, floatArgument(vm, x));
}

function floatArgument(vm: VM, x: Value): number {
  if (!(x instanceof PyFloat && x.cls === floatType)) {
    const text = numberSubject(x);
    if (text !== undefined) return floatFromText(vm, x, text);
    const slot = typeOf(x).slot;
    if (!slot.float && !slot.index) throw typeError(`float() argument must be a string or a real number, not '${typeName(x)}'`);
    if (slot.float) {
      const r = slot.float(vm, x);
      if (!(r instanceof PyFloat)) throw typeError(`${typeName(x)}.__float__ returned non-float (type ${typeName(r)})`);
      return r.value;
    }
  }
  return toDouble(vm, x);
}

function floatFromText(vm: VM, x: Value, text: string): number {
  const v = parseFloat_(numericText(text));
  if (v === undefined) throw valueError(`could not convert string to float: ${repr(vm, x)}`);
  return v;
}

/** int(x): truncation. */
export function truncate(x: number): PyInt {
  if (x !== x) throw valueError("cannot convert float NaN to integer");
  if (Math.abs(x) === Infinity) throw overflowError("cannot convert float infinity to integer");
  return intFromDouble(Math.trunc(x));
}

const truncating =
  (f: (x: number) => number) =>
  (_vm: VM, v: Value): PyInt =>
    truncate(f(self(v)));

/** Nearest integer, half to even. */
export function roundHalfEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

function roundFloat(vm: VM, v: Value, ndigits?: Value): Value {
  const x = self(v);
  if (ndigits === undefined || ndigits === null) return truncate(roundHalfEven(x));
  const n = toIndex(vm, ndigits);
  if (!Number.isFinite(x)) return new PyFloat(x);
  const r = roundDecimal(x, Number(n));
  if (!Number.isFinite(r)) throw overflowError("rounded value too large to represent");
  return new PyFloat(r);
}

function asIntegerRatio(_vm: VM, v: Value): Value {
  const x = self(v);
  if (x !== x) throw valueError("cannot convert NaN to integer ratio");
  if (Math.abs(x) === Infinity) throw overflowError("cannot convert Infinity to integer ratio");
  if (x === 0) return new PyTuple([0, 1]);
  let [m, e] = decompose(Math.abs(x));
  for (; m % 2 === 0; e++) m /= 2;
  const sign = x < 0 ? -1 : 1;
  if (e >= 0) return new PyTuple([normInt(BigInt(sign * m) << BigInt(e)), 1]);
  return new PyTuple([sign * m, normInt(1n << BigInt(-e))]);
}

function fromHex(vm: VM, cls: PyType, text: Value): Value {
  const s = plainStr(text);
  if (s === undefined) throw typeError("bad argument type for built-in operation");
  const x = parseHexFloat(s);
  return cls === floatType ? new PyFloat(x) : vm.call(cls, [new PyFloat(x)]);
}

function fromNumber(vm: VM, cls: PyType, x: Value): Value {
  if (x instanceof PyFloat && x.cls === floatType && cls === floatType) return x;
  const f = new PyFloat(toDouble(vm, x));
  return cls === floatType ? f : vm.call(cls, [f]);
}

function getFormat(_vm: VM, _cls: PyType, kind: Value): Value {
  if (kind === "double" || kind === "float") return "IEEE, little-endian";
  if (typeof kind !== "string") throw typeError(`__getformat__() argument must be str, not ${typeName(kind)}`);
  throw valueError("__getformat__() argument 1 must be 'double' or 'float'");
}

const identity = (_vm: VM, v: Value): Value => (typeOf(v) === floatType ? v : new PyFloat(self(v)));

export const floatType: PyType = defineType({
  name: "float",
  js: PyFloat,
  doc: "Convert a string or number to a floating-point number, if possible.",
  new: ["(x=0, /)", newFloat],
  slots: {
    repr: (_vm, v) => floatRepr(self(v)),
    hash: (vm, v) => (self(v) !== self(v) ? objectType.slot.hash!(vm, v) : hashDouble(self(v))),
    bool: (_vm, v) => self(v) !== 0,
    // biome-ignore lint/suspicious/noDoubleEquals: a double equals a bigint of the same value
    eq: comparison((a, b) => a == b),
    // biome-ignore lint/suspicious/noDoubleEquals: likewise
    ne: comparison((a, b) => a != b),
    lt: comparison((a, b) => a < b),
    le: comparison((a, b) => a <= b),
    gt: comparison((a, b) => a > b),
    ge: comparison((a, b) => a >= b),
    add,
    radd,
    sub,
    rsub,
    mul,
    rmul,
    truediv,
    rtruediv,
    floordiv,
    rfloordiv,
    mod,
    rmod,
    divmod,
    rdivmod,
    pow: power,
    rpow: (vm, a, b, m) => power(vm, b, a, m),
    neg: (_vm, v) => new PyFloat(-self(v)),
    pos: identity,
    abs: (_vm, v) => new PyFloat(Math.abs(self(v))),
    int: truncating(Math.trunc),
    float: identity,
  },
  methods: {
    conjugate: ["($self, /)", identity, "The number itself: a float has no imaginary part."],
    is_integer: ["($self, /)", (_vm: VM, v: Value) => Number.isInteger(self(v)), "Whether the float has no fraction."],
    as_integer_ratio: ["($self, /)", asIntegerRatio, "The pair of ints, in lowest terms, whose quotient is the float."],
    hex: ["($self, /)", (_vm: VM, v: Value) => floatHex(self(v)), "Hexadecimal text of the exact value."],
    __trunc__: ["($self, /)", truncating(Math.trunc), "The number without its fraction."],
    __floor__: ["($self, /)", truncating(Math.floor), "The largest int that is not larger."],
    __ceil__: ["($self, /)", truncating(Math.ceil), "The smallest int that is not smaller."],
    __round__: ["($self, ndigits=None, /)", roundFloat, "Rounds half to even; an int without ndigits."],
    __getnewargs__: ["($self, /)", (_vm: VM, v: Value) => new PyTuple([new PyFloat(self(v))])],
  },
  classMethods: {
    fromhex: ["($type, string, /)", fromHex, "The float that hexadecimal text names."],
    from_number: ["($type, number, /)", fromNumber, "The float nearest to a real number."],
    __getformat__: ["($type, typestr, /)", getFormat, "How C doubles are laid out."],
  },
  getset: {
    real: [identity, undefined, "the real part of a complex number"],
    imag: [() => new PyFloat(0), undefined, "the imaginary part of a complex number"],
  },
});
