/**
 * Operators of NumPy scalars: the hot path of undecorated loops over array elements, so no arrays are made here.
 *
 * Operands meet in the promoted type (Python scalars are weak, NEP 50); integer results wrap with an overflow warning, float results warn as
 * np.errstate says, under the name "scalar add" etc. Anything that is no scalar goes to the ufunc (arrays, lists) or back to the other operand.
 */
import { libm } from "../../../base/libm.ts";
import { typeError, valueError } from "../../builtins/exceptions.ts";
import * as int from "../../objects/int-arith.ts";
import { type BinaryOp as PyBinaryOp, binary as pyBinary, plainInt, plainStr, tryBinary, typeName, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { BinarySlot, TernarySlot, UnarySlot } from "../../objects/slots.ts";
import { NotImplemented, PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "../../objects/values.ts";
import * as complex from "./complex-loops.ts";
import { BOOL, COMPLEX64, type DType, FLOAT64, INT8, promote, promoteWeak, realType, type Weak } from "./dtype.ts";
import { outOfBounds } from "./element.ts";
import { asIs, floorDivide, remainder } from "./float-arith.ts";
import { DIVIDE, flagsOf, INVALID, OVER, report } from "./fp-state.ts";
import { unsupported } from "./resolve.ts";
import {
  inRange, makeComplex, makeReal, NP_FALSE, NP_TRUE, PyNpComplex128, PyNpComplex64, PyNpFloat64, PyNpScalar, roundTo, scalarDType, wrapInt,
} from "./scalars.ts";

import { apply, unwrap } from "./ufuncs.ts";
import type { OpName } from "./ops.ts";

type Number_ = PyInt | PyComplex | PyNpComplex64;

/** A scalar operand: exactly one of dtype and weak is given. */
interface Side {
  readonly dtype: DType | undefined;
  readonly weak: Weak | undefined;
  readonly value: Number_;
}

/** What an operand is to scalar arithmetic; undefined for everything that is no number. */
function sideOf(v: Value): Side | undefined {
  switch (typeof v) {
    case "number":
    case "bigint":
      return { dtype: undefined, weak: "int", value: v };
    case "boolean":
      return { dtype: BOOL, weak: undefined, value: v ? 1 : 0 };
    case "string":
      return undefined;
  }
  if (v instanceof PyNpScalar) return { dtype: v.dtype, weak: undefined, value: v.value };
  if (v instanceof PyFloat) return v instanceof PyNpFloat64 ? { dtype: FLOAT64, weak: undefined, value: v.value } : { dtype: undefined, weak: "float", value: v.value };
  if (v instanceof PyComplex) return { dtype: v instanceof PyNpComplex128 ? v.dtype : undefined, weak: v instanceof PyNpComplex128 ? undefined : "complex", value: v };
  if (v instanceof PyNpComplex64) return { dtype: COMPLEX64, weak: undefined, value: v };
  const i = plainInt(v);
  return i === undefined ? undefined : { dtype: undefined, weak: "int", value: i };
}

/** The type in which two operands meet. At least one of them is a NumPy scalar or a bool. */
function meet(a: Side, b: Side): DType {
  if (a.dtype && b.dtype) return a.dtype === b.dtype ? a.dtype : promote(a.dtype, b.dtype)!;
  return a.dtype ? promoteWeak(a.dtype, b.weak!) : promoteWeak(b.dtype!, a.weak!);
}

/** The operand's value in type `d`: integers exact, floats rounded. */
function realIn(vm: VM, s: Side, d: DType): PyInt {
  const v = s.value as PyInt;
  if (d.kind === "f") {
    const x = Number(v);
    const r = roundTo(d, x);
    if (r - r !== 0 && x - x === 0) report(vm, OVER, "cast");
    return r;
  }
  if (s.weak && d.isInteger && !inRange(d, v)) throw outOfBounds(d, v);
  return v;
}

function partsIn(s: Side, d: DType): [number, number] {
  const v = s.value;
  const [re, im] = v instanceof PyComplex || v instanceof PyNpComplex64 ? [v.real, v.imag] : [Number(v), 0];
  return d === COMPLEX64 ? [Math.fround(re), Math.fround(im)] : [re, im];
}

interface ScalarOp {
  readonly ufunc: OpName;
  /** The operator it implements, for operands that are not numbers. */
  readonly python: PyBinaryOp;
  readonly bool?: (a: number, b: number) => number;
  readonly int?: (vm: VM, a: PyInt, b: PyInt, d: DType) => PyInt;
  readonly float?: (a: number, b: number, d: DType) => number;
  readonly complex?: complex.ComplexBinary;
  readonly pole?: (a: number, b: number) => boolean;
}

const scalarName = (op: ScalarOp): string => `scalar ${op.ufunc}`;

/** Wraps an exact integer result, warning of overflow. */
function wrapped(vm: VM, r: PyInt, d: DType, where: string): PyInt {
  if (inRange(d, r)) return r;
  report(vm, OVER, where);
  return wrapInt(d, r);
}

const wrapping =
  (f: (a: PyInt, b: PyInt) => PyInt, where: string) =>
  (vm: VM, a: PyInt, b: PyInt, d: DType): PyInt =>
    wrapped(vm, f(a, b), d, where);

const dividing =
  (f: (a: PyInt, b: PyInt) => PyInt, where: string) =>
  (vm: VM, a: PyInt, b: PyInt, d: DType): PyInt => {
    if (b !== 0) return wrapped(vm, f(a, b), d, where);
    report(vm, DIVIDE, where);
    return 0;
  };

const rounder = (d: DType) => (d === FLOAT64 ? asIs : (x: number) => roundTo(d, x));

function shift(f: "left" | "right") {
  return (_vm: VM, a: PyInt, b: PyInt, d: DType): PyInt => {
    const bits = d.itemsize * 8;
    if (b < 0 || b >= bits) return f === "right" && a < 0 ? -1 : 0;
    return f === "left" ? wrapInt(d, int.lshift(a, b)) : int.rshift(a, b);
  };
}

function intPower(_vm: VM, a: PyInt, b: PyInt, d: DType): PyInt {
  if (b < 0) throw valueError("Integers to negative integer powers are not allowed.");
  let r = 1n;
  let p = BigInt(a);
  for (let n = BigInt(b); n > 0n; n >>= 1n) {
    if (n & 1n) r = BigInt.asUintN(64, r * p);
    p = BigInt.asUintN(64, p * p);
  }
  return wrapInt(d, r);
}

const OPS = {
  add: { ufunc: "add", python: "add", bool: (a, b) => a | b, int: wrapping(int.add, "scalar add"), float: (a, b) => a + b, complex: complex.add },
  sub: { ufunc: "subtract", python: "sub", int: wrapping(int.sub, "scalar subtract"), float: (a, b) => a - b, complex: complex.sub },
  mul: { ufunc: "multiply", python: "mul", bool: (a, b) => a & b, int: wrapping(int.mul, "scalar multiply"), float: (a, b) => a * b, complex: complex.mul },
  truediv: { ufunc: "divide", python: "truediv", float: (a, b) => a / b, complex: complex.div, pole: (_a, b) => b === 0 },
  floordiv: {
    ufunc: "floor_divide", python: "floordiv", int: dividing(int.floordiv, "scalar floor_divide"),
    float: (a, b, d) => floorDivide(a, b, rounder(d)), pole: (_a, b) => b === 0,
  },
  mod: { ufunc: "remainder", python: "mod", int: dividing(int.mod, "scalar remainder"), float: (a, b, d) => remainder(a, b, rounder(d)) },
  pow: { ufunc: "power", python: "pow", int: intPower, float: (a, b) => libm.pow(a, b), complex: complex.pow, pole: (a) => a === 0 },
  and: { ufunc: "bitwise_and", python: "and", bool: (a, b) => a & b, int: (_vm, a, b) => int.and(a, b) },
  or: { ufunc: "bitwise_or", python: "or", bool: (a, b) => a | b, int: (_vm, a, b) => int.or(a, b) },
  xor: { ufunc: "bitwise_xor", python: "xor", bool: (a, b) => a ^ b, int: (_vm, a, b) => int.xor(a, b) },
  lshift: { ufunc: "left_shift", python: "lshift", int: shift("left") },
  rshift: { ufunc: "right_shift", python: "rshift", int: shift("right") },
} as const satisfies Record<string, ScalarOp>;

/** A real float result: rounds, warns, boxes. */
function floatResult(vm: VM, op: ScalarOp, d: DType, a: number, b: number): Value {
  const r = roundTo(d, op.float!(a, b, d));
  if (r - r !== 0) report(vm, flagsOf(r, a - a === 0 && b - b === 0, a !== a || b !== b, op.pole?.(a, b) ?? false), scalarName(op));
  return makeReal(d, r);
}

function complexResult(vm: VM, op: ScalarOp, d: DType, a: Side, b: Side): Value {
  const [x, y] = partsIn(a, d);
  const [u, v] = partsIn(b, d);
  const o = d === COMPLEX64 ? new Float32Array(2) : new Float64Array(2);
  op.complex!(o, 0, x, y, u, v, d === COMPLEX64 ? Math.fround : asIs);
  const [re, im] = [o[0]!, o[1]!];
  const sum = x + y + u + v;
  if (!Number.isFinite(re + im) && sum === sum) {
    const pole = op.ufunc === "divide" && u === 0 && v === 0;
    const nan = re !== re || im !== im;
    report(vm, pole ? DIVIDE | (nan ? INVALID : 0) : nan ? INVALID : Number.isFinite(sum) ? OVER : 0, scalarName(op));
  }
  return makeComplex(d, re, im);
}

/** a op b of two numbers, at least one of them NumPy's. */
function combine(vm: VM, op: ScalarOp, a: Side, b: Side): Value {
  let d = meet(a, b);
  if (d.kind === "b" && !op.bool) d = loopForBools(op);
  if (d.kind === "c") {
    if (!op.complex) throw unsupported(op.ufunc);
    return complexResult(vm, op, d, a, b);
  }
  if (op.python === "truediv" && d.kind !== "f") d = FLOAT64;
  if (d.kind === "f") {
    if (!op.float) throw unsupported(op.ufunc);
    return floatResult(vm, op, d, realIn(vm, a, d) as number, realIn(vm, b, d) as number);
  }
  const [x, y] = [realIn(vm, a, d), realIn(vm, b, d)];
  if (d.kind === "b") return op.bool!(x as number, y as number) ? NP_TRUE : NP_FALSE;
  return makeReal(d, op.int!(vm, x, y, d));
}

function loopForBools(op: ScalarOp): DType {
  if (op.python === "sub")
    throw typeError("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.");
  return op.python === "truediv" ? FLOAT64 : INT8;
}

const REPEATS: ReadonlySet<string> = new Set(["list", "tuple", "str", "bytes", "bytearray"]);

/** An operand that is no number: sequences repeat, array-likes go to the ufunc, others may know better themselves. */
function other(vm: VM, op: ScalarOp, self: Value, o: Value, swapped: boolean): Value {
  if (op.python === "mul" && o !== null && REPEATS.has(typeName(o)) && plainStr(self) === undefined) return repeated(vm, self, o);
  if (o === null) return tryBinary(vm, op.python, swapped ? null : plain(self), swapped ? plain(self) : null);
  if (!isArrayLike(o)) return typeOf(o).slot[swapped ? op.python : (`r${op.python}` as "radd")] ? NotImplemented : pyBinary(vm, op.python, swapped ? o : plain(self), swapped ? plain(self) : o);
  const [a, b] = swapped ? [o, self] : [self, o];
  return unwrap(apply(vm, op.ufunc, a, b));
}

function repeated(vm: VM, n: Value, sequence: Value): Value {
  if (scalarDType(n)!.isInteger) return pyBinary(vm, "mul", sequence, (n as PyNpScalar).value);
  throw typeError(`can't multiply sequence by non-int of type 'numpy.${scalarDType(n)!.name}'`);
}

function isArrayLike(o: Value): boolean {
  if (typeof o === "string") return true;
  const slot = typeOf(o).slot;
  return typeOf(o).lookup("__array__") !== undefined || (slot.len !== undefined && slot.getitem !== undefined) || plainStr(o) !== undefined;
}

/** The plain number of a scalar, for errors that name Python's types. */
function plain(v: Value): Value {
  const s = sideOf(v)!;
  if (v instanceof PyNpComplex64 || v instanceof PyComplex) return new PyComplex(v.real, v.imag);
  return s.dtype!.kind === "f" ? new PyFloat(s.value as number) : s.dtype === BOOL ? s.value !== 0 : (s.value as PyInt);
}

/** Slots `op` and `rop` of every scalar type. */
function slots(op: ScalarOp): [BinarySlot, BinarySlot] {
  const forward: BinarySlot = (vm, a, b) => {
    const right = sideOf(b);
    return right ? combine(vm, op, sideOf(a)!, right) : other(vm, op, a, b, false);
  };
  const backward: BinarySlot = (vm, a, b) => {
    const left = sideOf(b);
    return left ? combine(vm, op, left, sideOf(a)!) : other(vm, op, a, b, true);
  };
  return [forward, backward];
}

const [add, radd] = slots(OPS.add);
const [sub, rsub] = slots(OPS.sub);
const [mul, rmul] = slots(OPS.mul);
const [truediv, rtruediv] = slots(OPS.truediv);
const [floordiv, rfloordiv] = slots(OPS.floordiv);
const [mod, rmod] = slots(OPS.mod);
const [and, rand] = slots(OPS.and);
const [or, ror] = slots(OPS.or);
const [xor, rxor] = slots(OPS.xor);
const [lshift, rlshift] = slots(OPS.lshift);
const [rshift, rrshift] = slots(OPS.rshift);
const [power, rpower] = slots(OPS.pow);

const withoutModulus =
  (f: BinarySlot): TernarySlot =>
  (vm, a, b, m) =>
    m === undefined || m === null ? f(vm, a, b) : NotImplemented;

/** divmod warns under its own name. */
const floorOfDivmod: ScalarOp = { ...OPS.floordiv, int: dividing(int.floordiv, "scalar divmod") };
const silentMod: ScalarOp = { ...OPS.mod, int: (_vm, a, b) => (b === 0 ? 0 : int.mod(a, b)) };

function divmodOf(vm: VM, a: Side, b: Side): Value {
  const [x, y] = [a.value, b.value];
  const named = (op: ScalarOp): Value => combine(vm, { ...op, ufunc: "divmod" as OpName }, a, b);
  if (typeof x === "object" || typeof y === "object") throw unsupported("divmod");
  return new PyTuple([named(floorOfDivmod), named(silentMod)]);
}

const divmodSlot: BinarySlot = (vm, a, b) => {
  const right = sideOf(b);
  return right ? divmodOf(vm, sideOf(a)!, right) : NotImplemented;
};
const rdivmodSlot: BinarySlot = (vm, a, b) => {
  const left = sideOf(b);
  return left ? divmodOf(vm, left, sideOf(a)!) : NotImplemented;
};

// ---- comparison -----------------------------------------------------------------------------------------------------------------------------

interface Comparison {
  readonly ufunc: OpName;
  /** JS compares numbers and bigints of any mixture exactly. */
  readonly real: (a: PyInt, b: PyInt) => boolean;
  readonly complex: (x: number, y: number, u: number, v: number) => boolean;
}

const COMPARISONS = {
  // biome-ignore lint/suspicious/noDoubleEquals: a double equals a bigint of the same value
  eq: { ufunc: "equal", real: (a, b) => a == b, complex: (x, y, u, v) => x === u && y === v },
  // biome-ignore lint/suspicious/noDoubleEquals: likewise
  ne: { ufunc: "not_equal", real: (a, b) => a != b, complex: (x, y, u, v) => x !== u || y !== v },
  lt: { ufunc: "less", real: (a, b) => a < b, complex: complex.less },
  le: { ufunc: "less_equal", real: (a, b) => a <= b, complex: complex.lessEqual },
  gt: { ufunc: "greater", real: (a, b) => a > b, complex: (x, y, u, v) => complex.less(u, v, x, y) },
  ge: { ufunc: "greater_equal", real: (a, b) => a >= b, complex: (x, y, u, v) => complex.lessEqual(u, v, x, y) },
} as const satisfies Record<string, Comparison>;

function comparison(c: Comparison): BinarySlot {
  return (vm, self, o) => {
    if (self instanceof PyFloat && o instanceof PyFloat) return c.real(self.value, o.value) ? NP_TRUE : NP_FALSE;
    const [a, b] = [sideOf(self)!, sideOf(o)];
    if (b === undefined) return compareOther(vm, c, self, o);
    const d = meet(a, b);
    if (d.kind === "c") {
      const [x, y] = partsIn(a, d);
      const [u, v] = partsIn(b, d);
      return c.complex(x, y, u, v) ? NP_TRUE : NP_FALSE;
    }
    const [x, y] = d.kind === "f" && !(isExact(a) && isExact(b)) ? [roundTo(d, Number(a.value)), roundTo(d, Number(b.value))] : [a.value as PyInt, b.value as PyInt];
    return c.real(x, y) ? NP_TRUE : NP_FALSE;
  };
}

function isExact(s: Side): boolean {
  return s.weak === "int" || (s.dtype !== undefined && s.dtype.kind !== "f");
}

function compareOther(vm: VM, c: Comparison, self: Value, o: Value): Value {
  if (o !== null && isArrayLike(o)) {
    if (plainStr(o) !== undefined && (c.ufunc === "equal" || c.ufunc === "not_equal")) return c.ufunc === "equal" ? NP_FALSE : NP_TRUE;
    return unwrap(apply(vm, c.ufunc, self, o));
  }
  return NotImplemented;
}

// ---- one operand ----------------------------------------------------------------------------------------------------------------------------

function intUnary(vm: VM, s: PyNpScalar, f: (a: PyInt) => PyInt, where: string): Value {
  const r = f(s.value);
  return makeReal(s.dtype, inRange(s.dtype, r) ? r : wrapped(vm, r, s.dtype, where));
}

const neg: UnarySlot = (vm, v) => {
  if (v instanceof PyNpFloat64) return new PyNpFloat64(-v.value);
  if (v instanceof PyComplex || v instanceof PyNpComplex64) return makeComplex(scalarDType(v)!, -v.real, -v.imag);
  const s = v as PyNpScalar;
  if (s.dtype === BOOL)
    throw typeError("The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.");
  return s.dtype.kind === "f" ? makeReal(s.dtype, -(s.value as number)) : intUnary(vm, s, int.neg, "scalar negative");
};

const pos: UnarySlot = (_vm, v) => {
  if (scalarDType(v) === BOOL)
    throw typeError("ufunc 'positive' did not contain a loop with signature matching types <class 'numpy.dtypes.BoolDType'> -> None");
  return v;
};

const abs: UnarySlot = (vm, v) => {
  if (v instanceof PyNpFloat64) return new PyNpFloat64(Math.abs(v.value));
  if (v instanceof PyComplex || v instanceof PyNpComplex64) {
    const d = realType(scalarDType(v)!);
    return makeReal(d, roundTo(d, complex.modulus(v.real, v.imag)));
  }
  const s = v as PyNpScalar;
  return s.dtype.kind === "f" ? makeReal(s.dtype, Math.abs(s.value as number)) : intUnary(vm, s, int.abs, "scalar absolute");
};

const invert: UnarySlot = (_vm, v) => {
  const d = scalarDType(v)!;
  if (d === BOOL) return (v as PyNpScalar).value ? NP_FALSE : NP_TRUE;
  if (!d.isInteger) throw unsupported("invert");
  return makeReal(d, wrapInt(d, int.invert((v as PyNpScalar).value)));
};

// ---- the slot sets --------------------------------------------------------------------------------------------------------------------------

const compareSlots = {
  eq: comparison(COMPARISONS.eq), ne: comparison(COMPARISONS.ne), lt: comparison(COMPARISONS.lt), le: comparison(COMPARISONS.le),
  gt: comparison(COMPARISONS.gt), ge: comparison(COMPARISONS.ge),
};

/** Operator slots of all numeric scalar types. */
export const ARITHMETIC_SLOTS = {
  add, radd, sub, rsub, mul, rmul, truediv, rtruediv, floordiv, rfloordiv, mod, rmod, divmod: divmodSlot, rdivmod: rdivmodSlot,
  pow: withoutModulus(power), rpow: withoutModulus(rpower), and, rand, or, ror, xor, rxor, lshift, rlshift, rshift, rrshift,
  neg, pos, abs, invert, ...compareSlots,
} as const;

/** The other operand of a float64 as a double, when it is a float or a small int; undefined otherwise. */
function float64Operand(v: Value): number | undefined {
  if (v instanceof PyFloat) return v.value;
  return typeof v === "number" ? v : undefined;
}

/** float64 with a float or int: straight double arithmetic, the general way for everything else and for results that are not finite. */
function fast(f: (a: number, b: number) => number, slow: BinarySlot): BinarySlot {
  return (vm, a, b) => {
    const y = float64Operand(b);
    if (y === undefined) return slow(vm, a, b);
    const r = f((a as PyNpFloat64).value, y);
    return r - r === 0 ? new PyNpFloat64(r) : slow(vm, a, b);
  };
}

export const FLOAT64_SLOTS = {
  add: fast((a, b) => a + b, add), radd: fast((a, b) => b + a, radd),
  sub: fast((a, b) => a - b, sub), rsub: fast((a, b) => b - a, rsub),
  mul: fast((a, b) => a * b, mul), rmul: fast((a, b) => b * a, rmul),
  truediv: fast((a, b) => a / b, truediv), rtruediv: fast((a, b) => b / a, rtruediv),
} as const;

/** int64 and the like with one of their own kind or a Python int: safe integers stay JS numbers. */
function fastInt(f: (a: number, b: number) => number, slow: BinarySlot): BinarySlot {
  return (vm, a, b) => {
    const x = (a as PyNpScalar).value;
    const { dtype } = a as PyNpScalar;
    const y = typeof b === "number" ? b : b instanceof PyNpScalar && b.dtype === dtype ? b.value : undefined;
    if (typeof x !== "number" || typeof y !== "number") return slow(vm, a, b);
    const r = f(x, y);
    if (r < dtype.min || r > dtype.max || r > Number.MAX_SAFE_INTEGER || r < -Number.MAX_SAFE_INTEGER || y < dtype.min || y > dtype.max) return slow(vm, a, b);
    return makeReal(dtype, r + 0);
  };
}

export const INTEGER_SLOTS = {
  add: fastInt((a, b) => a + b, add), radd: fastInt((a, b) => b + a, radd),
  sub: fastInt((a, b) => a - b, sub), rsub: fastInt((a, b) => b - a, rsub),
  mul: fastInt((a, b) => a * b, mul), rmul: fastInt((a, b) => b * a, rmul),
} as const;

/** float32 with float32 or a Python number. */
function fastFloat32(f: (a: number, b: number) => number, slow: BinarySlot): BinarySlot {
  return (vm, a, b) => {
    const { dtype, value } = a as PyNpScalar;
    const y = b instanceof PyNpScalar ? (b.dtype === dtype ? (b.value as number) : undefined) : b instanceof PyFloat && !(b instanceof PyNpFloat64) ? Math.fround(b.value) : undefined;
    if (y === undefined) return slow(vm, a, b);
    const r = Math.fround(f(value as number, y));
    return r - r === 0 ? makeReal(dtype, r) : slow(vm, a, b);
  };
}

export const FLOAT32_SLOTS = {
  add: fastFloat32((a, b) => a + b, add), radd: fastFloat32((a, b) => b + a, radd),
  sub: fastFloat32((a, b) => a - b, sub), rsub: fastFloat32((a, b) => b - a, rsub),
  mul: fastFloat32((a, b) => a * b, mul), rmul: fastFloat32((a, b) => b * a, rmul),
  truediv: fastFloat32((a, b) => a / b, truediv), rtruediv: fastFloat32((a, b) => b / a, rtruediv),
} as const;

