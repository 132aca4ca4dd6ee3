/**
 * What each op and conversion does to values: the reference semantics, one function a row. Integers are computed as BigInt and then held to their
 * type, so that every line can be read as the definition. Leaving is the exception `Leave`.
 * Sources: Python language reference 6 (floor division, modulo, shifts), IEEE 754, NumPy reference "Universal functions".
 */
import { libm } from "../../base/libm.ts";
import { type Cause, type ExprType, isBool, isFloat, isNumpy, LIBM_UNARY, type OpName, type ScalarType, TYPES } from "./ops.ts";

export class Leave extends Error {
  readonly why: Cause;
  constructor(cause: Cause) {
    super(cause);
    this.why = cause;
  }
}

const leave = (cause: Cause): never => {
  throw new Leave(cause);
};

/** A number, or an unbounded integer. */
export type Scalar = number | bigint;
type Sem = (t: ExprType, a: number, b: number) => Scalar;

// ---- holding results in their type ----------------------------------------------------------------------------------------------------

const BITS: Partial<Record<ExprType, number>> = { i8: 8, i16: 16, i32: 32, i64: 64, u8: 8, u16: 16, u32: 32, u64: 64 };

/** The integer as a value of type `t`, or an exit. */
function fit(t: ExprType, n: bigint, cause: Cause = "overflow"): number {
  const { lo, hi } = TYPES[t as ScalarType];
  return n >= BigInt(lo) && n <= BigInt(hi) ? Number(n) : leave(cause);
}

/** The integer modulo the size of `t`. */
function wrap(t: ExprType, n: bigint): number {
  const bits = BITS[t]!;
  return fit(t, t.startsWith("i") ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n));
}

const rounded = (t: ExprType, x: number): number => (t === "f32" ? Math.fround(x) : x);
const finite = Number.isFinite;

// ---- arithmetic -----------------------------------------------------------------------------------------------------------------------

/** Integers exactly, then held; floats by IEEE 754. */
const arithmetic =
  (ints: (a: bigint, b: bigint) => bigint, floats: (a: number, b: number) => number): Sem =>
  (t, a, b) =>
    isFloat(t) ? rounded(t, floats(a, b)) : fit(t, ints(BigInt(a), BigInt(b)));

const wrapping =
  (ints: (a: bigint, b: bigint) => bigint): Sem =>
  (t, a, b) =>
    wrap(t, ints(BigInt(a), BigInt(b ?? 0)));

const unary =
  (ints: (a: bigint) => bigint, floats: (a: number) => number): Sem =>
  (t, a) =>
    isFloat(t) ? rounded(t, floats(a)) : fit(t, ints(BigInt(a)));

function floorDivBig(a: bigint, b: bigint): bigint {
  const q = a / b;
  return q * b !== a && a < 0n !== b < 0n ? q - 1n : q;
}
const modBig = (a: bigint, b: bigint): bigint => a - floorDivBig(a, b) * b;

/** NumPy warns of a NaN that numbers make; Python's floor division and modulo do not. */
function reported(t: ExprType, r: number, a: number, b: number): number {
  return r !== r && a === a && b === b && isNumpy(t) ? leave("domain") : r;
}

/** Remainder of floats with the sign of the divisor; a zero has it too. */
export function floatMod(a: number, b: number, t: ExprType = "float"): number {
  const r = a % b;
  if (r === 0) return libm.copysign(0, b);
  return r < 0 !== b < 0 ? rounded(t, r + b) : r;
}

/** The quotient that goes with floatMod, snapped to the nearest integer (CPython's float_divmod, NumPy's npy_divmod). */
export function floatFloorDiv(a: number, b: number, t: ExprType = "float"): number {
  const r = a % b;
  let q = rounded(t, rounded(t, a - r) / b);
  if (r !== 0 && r === r && r < 0 !== b < 0) q = rounded(t, q - 1);
  if (q === 0) return libm.copysign(0, a / b);
  const whole = Math.floor(q);
  return q - whole > 0.5 ? rounded(t, whole + 1) : whole;
}

const dividing =
  (ints: (a: bigint, b: bigint) => bigint, floats: (a: number, b: number, t: ExprType) => number): Sem =>
  (t, a, b) => {
    if (b === 0) return leave("zero");
    return isFloat(t) ? reported(t, floats(a, b, t), a, b) : fit(t, ints(BigInt(a), BigInt(b)));
  };

function power(t: ExprType, a: number, b: number): number {
  if (isFloat(t)) {
    if (a === 0 && b < 0) return leave("zero");
    return checked(t, rounded(t, libm.pow(a, b)), a, b);
  }
  if (b < 0) return leave("domain");
  if (b > 64 && a !== 0 && a !== 1 && a !== -1) return leave("overflow");
  const parity = b % 2;
  return fit(t, b > 64 ? BigInt(a) ** BigInt(2 + parity) : BigInt(a) ** BigInt(b));
}

/** Python raises and NumPy warns where numbers make a NaN, or finite operands an infinity. */
function checked(_t: ExprType, r: number, a: number, b: number): number {
  if (r !== r) return a === a && b === b ? leave("domain") : r;
  return finite(r) || !finite(a) || !finite(b) ? r : leave("domain");
}

const fn =
  (f: (a: number, b: number) => number): Sem =>
  (t, a, b) =>
    checked(t, rounded(t, f(a, b)), a, b ?? 0);

// ---- bits -----------------------------------------------------------------------------------------------------------------------------

const bitwise =
  (ints: (a: bigint, b: bigint) => bigint): Sem =>
  (t, a, b) =>
    isBool(t) ? Number(ints(BigInt(a), BigInt(b))) : fit(t, ints(BigInt(a), BigInt(b)));

function invert(t: ExprType, a: number): number {
  return t === "int" ? fit(t, ~BigInt(a)) : wrap(t, ~BigInt(a));
}

function shl(t: ExprType, a: number, n: number): number {
  if (n < 0) return leave("domain");
  if (t !== "int") return n >= BITS[t]! ? 0 : wrap(t, BigInt(a) << BigInt(n));
  if (a === 0) return 0;
  return n > 64 ? leave("overflow") : fit(t, BigInt(a) << BigInt(n));
}

function shr(t: ExprType, a: number, n: number): number {
  if (n < 0) return leave("domain");
  return fit(t, BigInt(a) >> BigInt(Math.min(n, 64)));
}

// ---- rounding -------------------------------------------------------------------------------------------------------------------------

/** Nearest integer, half to even; keeps the sign of zero. */
export function rint(x: number): number {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const r = Math.round(x);
  const even = Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
  return even === 0 ? libm.copysign(0, x) : even;
}

// ---- the table ------------------------------------------------------------------------------------------------------------------------

const truth =
  (test: (a: number, b: number) => boolean): Sem =>
  (_t, a, b) =>
    Number(test(a, b));

const wide = (f: (a: bigint, b: bigint) => bigint): Sem => ((_t: ExprType, a: bigint, b: bigint) => f(a, b)) as unknown as Sem;

const libmRows = Object.fromEntries(LIBM_UNARY.map((name) => [name, fn((a) => libm[name](a))])) as Record<(typeof LIBM_UNARY)[number], Sem>;

/** Ops whose operands are all evaluated; the lazy ones are the evaluator's. `t` is the operands' type. */
export const SEMANTICS = {
  add: arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  truediv: (t, a, b) => (b === 0 ? leave("zero") : rounded(t, a / b)),
  floordiv: dividing(floorDivBig, floatFloorDiv),
  mod: dividing(modBig, floatMod),
  pow: power,
  neg: unary(
    (a) => -a,
    (a) => -a,
  ),
  abs: unary((a) => (a < 0n ? -a : a), Math.abs),
  addw: wrapping((a, b) => a + b),
  subw: wrapping((a, b) => a - b),
  mulw: wrapping((a, b) => a * b),
  negw: wrapping((a) => -a),
  absw: wrapping((a) => (a < 0n ? -a : a)),
  // Python's order of comparison decides between equals and NaN: Math.min would not
  // no Math.min or Math.max: see above
  min2: (_t, a, b) => (b < a ? b : a),
  // no Math.min or Math.max: see above
  max2: (_t, a, b) => (b > a ? b : a),
  minimum: (_t, a, b) => (a <= b || a !== a ? a : b),
  maximum: (_t, a, b) => (a >= b || a !== a ? a : b),
  and: bitwise((a, b) => a & b),
  or: bitwise((a, b) => a | b),
  xor: bitwise((a, b) => a ^ b),
  invert,
  shl,
  shr,
  eq: truth((a, b) => a === b),
  ne: truth((a, b) => a !== b),
  lt: truth((a, b) => a < b),
  le: truth((a, b) => a <= b),
  gt: truth((a, b) => a > b),
  ge: truth((a, b) => a >= b),
  not: truth((a) => a === 0),
  widen: (_t, a) => BigInt(a),
  wadd: wide((a, b) => a + b),
  wsub: wide((a, b) => a - b),
  wmul: wide((a, b) => a * b),
  wmod: (_t, a, m) => (m === 0 ? leave("zero") : fit("int", modBig(a as unknown as bigint, BigInt(m)))),
  floor: (_t, a) => Math.floor(a),
  ceil: (_t, a) => Math.ceil(a),
  trunc: (_t, a) => Math.trunc(a),
  rint: (_t, a) => rint(a),
  isnan: truth((a) => a !== a),
  isinf: truth((a) => a === Infinity || a === -Infinity),
  isfinite: truth((a) => finite(a)),
  signbit: truth((a) => a < 0 || Object.is(a, -0)),
  copysign: (_t, a, b) => libm.copysign(a, b),
  fabs: (_t, a) => Math.abs(a),
  ...libmRows,
  atan2: fn(libm.atan2),
  hypot: fn((a, b) => libm.hypot(a, b)),
  fmod: fn((a, b) => a % b),
  mpow: fn(libm.pow),
} as const satisfies Record<Exclude<OpName, "select" | "land" | "lor">, Sem>;

/** int(x), float(x), bool(x), NumPy's conversions: see TYPES and castCanExit. */
export function convert(from: ScalarType, to: ScalarType, x: number): number {
  if (from === to || isBool(from)) return x;
  if (isBool(to)) return Number(x !== 0);
  if (isFloat(to)) return rounded(to, x);
  if (isFloat(from)) return finite(x) ? fit(to, BigInt(Math.trunc(x)), "cast") : leave("cast");
  if (from === "int") return fit(to, BigInt(x), "cast");
  return to === "int" ? x : wrap(to, BigInt(x));
}
