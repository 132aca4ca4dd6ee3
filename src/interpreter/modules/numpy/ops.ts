/**
 * THE ufunc table: for every elementwise operation of NumPy its loops by kind of type, what it gives back and which floating-point
 * exceptions it can raise. ufuncs.ts makes the callable objects, kernels.ts the loops over arrays, scalar-math.ts uses the hot few directly.
 *
 * `types` lists the loops in the order in which NumPy searches them (dtype letters); an operation on other types uses the first loop to
 * which they cast safely. Functions by kind: b bool, i integers up to 32 bits (results are taken modulo the type's size), w 64-bit integers
 * (`pair` on words, or `exact` on ints), f reals, c complex. Source: NumPy reference "Universal functions", `np.add.types` etc.
 */
import { frexp, libm, nextafter } from "../../../base/libm.ts";
import * as int from "../../objects/int-arith.ts";
import type { PyInt } from "../../objects/values.ts";
import * as complex from "./complex-loops.ts";
import type { DType } from "./dtype.ts";
import * as fl from "./float-arith.ts";
import * as wide from "./wide-arith.ts";

export type Unary = (a: number) => number;
export type Binary = (a: number, b: number) => number;

export type WideLoop<Pair, Exact> = { readonly pair: Pair; readonly exact?: never } | { readonly exact: Exact; readonly pair?: never };

/** What a loop gives: its own type, bool, the real type of a complex one, or one fixed type (dtype letter). */
export type Result = "same" | "bool" | "real" | "B" | "i";

interface Common {
  readonly types: string;
  readonly result?: Result;
  /** Results are never NaN or infinite on their own account: no floating-point exceptions. */
  readonly quiet?: true;
  readonly doc: string;
}

export interface UnaryOp extends Common {
  readonly nin: 1;
  readonly b?: Unary;
  readonly i?: Unary;
  readonly f?: Unary;
  /** float32 where rounding intermediate results matters. */
  readonly f32?: Unary;
  readonly w?: WideLoop<wide.WideUnary, (a: PyInt) => PyInt>;
  readonly c?: complex.ComplexUnary;
  /** Complex loops with a real result. */
  readonly cReal?: (x: number, y: number) => number;
  /** Finite operands at which an infinite result means division by zero. */
  readonly pole?: (a: number) => boolean;
}

export interface BinaryOp extends Common {
  readonly nin: 2;
  readonly b?: Binary;
  readonly i?: Binary;
  /** Integer loops that depend on the type's size. */
  readonly iOf?: (d: DType) => Binary;
  readonly f?: Binary;
  readonly f32?: Binary;
  readonly w?: WideLoop<wide.WideBinary, (a: PyInt, b: PyInt) => PyInt>;
  /** Of uint64, where it differs from int64. */
  readonly wu?: WideLoop<wide.WideBinary, (a: PyInt, b: PyInt) => PyInt>;
  readonly c?: complex.ComplexBinary;
  readonly cReal?: (x: number, y: number, u: number, v: number) => number;
  readonly pole?: (a: number, b: number) => boolean;
  /** Integer loops raise "divide by zero" for b = 0 and overflow for the smallest value by -1. */
  readonly dividesInts?: true;
  /** Identity of the reduction; undefined: none. */
  readonly identity?: number;
  /** The operation may be reordered over several axes of a reduction. */
  readonly reorderable?: false;
}

export type Op = UnaryOp | BinaryOp;

const ALL = "?bBhHiIlLefdFD";
const INTS = "bBhHiIlL";
const REALS = `${INTS}efd`;
const BITS = `?${INTS}`;
const FLOATS = "efd";
const INEXACT = "efdFD";
const NUMBERS = `${INTS}efdFD`;

const exact1 = (f: (a: PyInt) => PyInt) => ({ exact: f });
const exact2 = (f: (a: PyInt, b: PyInt) => PyInt) => ({ exact: f });
const bit = (v: boolean): number => (v ? 1 : 0);

const unary = (types: string, doc: string, rest: Omit<UnaryOp, "nin" | "types" | "doc">): UnaryOp => ({ nin: 1, types, doc, ...rest });
const binary = (types: string, doc: string, rest: Omit<BinaryOp, "nin" | "types" | "doc">): BinaryOp => ({ nin: 2, types, doc, ...rest });

/** A real function on floats, perhaps on complex numbers. */
const real = (f: Unary, doc: string, rest: Partial<UnaryOp> = {}): UnaryOp => unary(rest.c ? INEXACT : FLOATS, doc, { f, ...rest });

/** Rounding to integers: integers stay as they are. */
const rounding = (f: Unary, doc: string): UnaryOp =>
  unary(`${BITS}efd`, doc, { b: (a) => a, i: (a) => a, w: { pair: wide.copy }, f, quiet: true });

/** A comparison of any two numbers. */
const comparison = (test: (a: PyInt, b: PyInt) => boolean, onComplex: (x: number, y: number, u: number, v: number) => boolean, doc: string): BinaryOp =>
  binary(ALL, doc, {
    result: "bool",
    quiet: true,
    b: (a, b) => bit(test(a, b)),
    i: (a, b) => bit(test(a, b)),
    f: (a, b) => bit(test(a, b)),
    w: exact2((a, b) => bit(test(a, b))),
    cReal: (x, y, u, v) => bit(onComplex(x, y, u, v)),
  });

const logical = (test: (a: boolean, b: boolean) => boolean, identity: number | undefined, doc: string): BinaryOp =>
  binary(ALL, doc, {
    result: "bool",
    quiet: true,
    ...(identity === undefined ? {} : { identity }),
    b: (a, b) => bit(test(a !== 0, b !== 0)),
    i: (a, b) => bit(test(a !== 0, b !== 0)),
    f: (a, b) => bit(test(a !== 0, b !== 0)),
    w: exact2((a, b) => bit(test(a !== 0, b !== 0))),
    cReal: (x, y, u, v) => bit(test(x !== 0 || y !== 0, u !== 0 || v !== 0)),
  });

/** A predicate on floating-point numbers; integers always give `onInts`. */
const predicate = (test: (x: number) => boolean, onInts: number, all: boolean, doc: string): UnaryOp =>
  unary(ALL, doc, {
    result: "bool",
    quiet: true,
    b: () => onInts,
    i: () => onInts,
    w: exact1(() => onInts),
    f: (a) => bit(test(a)),
    cReal: (x, y) => bit(all ? test(x) && test(y) : test(x) || test(y)),
  });

const extremum = (f: Binary, exact: (a: PyInt, b: PyInt) => PyInt, c: complex.ComplexBinary, doc: string): BinaryOp =>
  binary(ALL, doc, { quiet: true, b: f, i: f, f, w: exact2(exact), c });

// ---- integer loops --------------------------------------------------------------------------------------------------------------------

const intFloorDivide: Binary = (a, b) => (b === 0 ? 0 : Math.floor(a / b));
const intRemainder: Binary = (a, b) => {
  if (b === 0) return 0;
  const m = a % b;
  return m !== 0 && m < 0 !== b < 0 ? m + b : m;
};
const intFmod: Binary = (a, b) => (b === 0 ? 0 : a % b);

function exactFmod(a: PyInt, b: PyInt): PyInt {
  if (b === 0) return 0;
  if (typeof a === "number" && typeof b === "number") return (a % b) + 0;
  return wrap64(BigInt(a) % BigInt(b));
}

function wrap64(v: bigint): PyInt {
  return v >= -9007199254740991n && v <= 9007199254740991n ? Number(v) : v;
}

/** Powers modulo 2^32, by squaring. */
const intPower: Binary = (a, b) => {
  let r = 1;
  for (let n = b, p = a; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) r = Math.imul(r, p);
    p = Math.imul(p, p);
  }
  return r;
};

function exactPower(a: PyInt, b: PyInt): PyInt {
  let r = 1n;
  let p = BigInt(a);
  for (let n = BigInt(b); n > 0n; n >>= 1n) {
    if (n & 1n) r = BigInt.asUintN(64, r * p);
    p = BigInt.asUintN(64, p * p);
  }
  return wrap64(r);
}

const shiftLeft = (d: DType): Binary => {
  const bits = d.itemsize * 8;
  return (a, b) => (b >= 0 && b < bits ? a << b : 0);
};
const shiftRight = (d: DType): Binary => {
  const bits = d.itemsize * 8;
  return d.kind === "u" ? (a, b) => (b >= 0 && b < bits ? a >>> b : 0) : (a, b) => (b >= 0 && b < bits ? a >> b : a < 0 ? -1 : 0);
};

const gcd: Binary = (a, b) => {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
};
const lcm: Binary = (a, b) => {
  const g = gcd(a, b);
  return g === 0 ? 0 : Math.imul(Math.abs(a) / g, Math.abs(b));
};
const exactLcm = (a: PyInt, b: PyInt): PyInt => {
  const g = int.gcd(a, b);
  return g === 0 ? 0 : int.mul(int.floordiv(int.abs(a), g), int.abs(b));
};

// ---- the table ------------------------------------------------------------------------------------------------------------------------

export const OPS = {
  add: binary(ALL, "Adds element by element.", {
    b: (a, b) => a | b, i: (a, b) => a + b, w: { pair: wide.add }, f: (a, b) => a + b, c: complex.add, identity: 0,
  }),
  subtract: binary(NUMBERS, "Subtracts element by element.", {
    i: (a, b) => a - b, w: { pair: wide.sub }, f: (a, b) => a - b, c: complex.sub, reorderable: false,
  }),
  multiply: binary(ALL, "Multiplies element by element.", {
    b: (a, b) => a & b, i: Math.imul, w: { pair: wide.mul }, f: (a, b) => a * b, c: complex.mul, identity: 1,
  }),
  divide: binary(INEXACT, "True division.", { f: (a, b) => a / b, c: complex.div, pole: (_a, b) => b === 0, reorderable: false }),
  floor_divide: binary(REALS, "The largest integer not above the quotient.", {
    i: intFloorDivide, w: exact2((a, b) => (b === 0 ? 0 : int.floordiv(a, b))), f: fl.floorDivide,
    f32: (a, b) => fl.floorDivide(a, b, Math.fround), pole: (_a, b) => b === 0, dividesInts: true, reorderable: false,
  }),
  remainder: binary(REALS, "Remainder of floor_divide, with the sign of the divisor.", {
    i: intRemainder, w: exact2((a, b) => (b === 0 ? 0 : int.mod(a, b))), f: fl.remainder, f32: (a, b) => fl.remainder(a, b, Math.fround),
    dividesInts: true, reorderable: false,
  }),
  fmod: binary(REALS, "Remainder with the sign of the dividend, as C's fmod.", {
    i: intFmod, w: exact2(exactFmod), f: (a, b) => a % b, dividesInts: true, reorderable: false,
  }),
  power: binary(NUMBERS, "First operand to the power of the second.", {
    i: intPower, w: exact2(exactPower), f: (a, b) => libm.pow(a, b), c: complex.pow, pole: (a) => a === 0, reorderable: false,
  }),
  float_power: binary("dD", "Power in float64 or complex128.", { f: (a, b) => libm.pow(a, b), c: complex.pow, pole: (a) => a === 0, reorderable: false }),
  arctan2: binary(FLOATS, "Angle of the point (b, a).", { f: (a, b) => libm.atan2(a, b), reorderable: false }),
  hypot: binary(FLOATS, "Length of the hypotenuse.", { f: (a, b) => libm.hypot(a, b), identity: 0 }),
  copysign: binary(FLOATS, "The first magnitude with the second's sign.", { f: fl.copysign, quiet: true, reorderable: false }),
  nextafter: binary(FLOATS, "Next floating-point value towards the second operand.", { f: (a, b) => nextafter(a, b), f32: fl.nextafter32, reorderable: false }),
  heaviside: binary(FLOATS, "Heaviside step function; the second operand is its value at 0.", { f: fl.heaviside, quiet: true, reorderable: false }),
  logaddexp: binary(FLOATS, "Logarithm of the sum of exponentials.", { f: fl.logaddexp, quiet: true, identity: -Infinity }),
  logaddexp2: binary(FLOATS, "The same in base 2.", { f: fl.logaddexp2, quiet: true, identity: -Infinity }),
  ldexp: binary(FLOATS, "a · 2**b for an integer b.", { f: libm.ldexp, reorderable: false }),
  gcd: binary(INTS, "Greatest common divisor.", { i: gcd, w: exact2(int.gcd), identity: 0 }),
  lcm: binary(INTS, "Least common multiple.", { i: lcm, w: exact2(exactLcm) }),
  bitwise_and: binary(BITS, "Bitwise and.", { b: (a, b) => a & b, i: (a, b) => a & b, w: { pair: wide.and }, identity: -1 }),
  bitwise_or: binary(BITS, "Bitwise or.", { b: (a, b) => a | b, i: (a, b) => a | b, w: { pair: wide.or }, identity: 0 }),
  bitwise_xor: binary(BITS, "Bitwise exclusive or.", { b: (a, b) => a ^ b, i: (a, b) => a ^ b, w: { pair: wide.xor }, identity: 0 }),
  left_shift: binary(INTS, "Shifts bits to the left.", { iOf: shiftLeft, w: { pair: wide.shl }, reorderable: false }),
  right_shift: binary(INTS, "Shifts bits to the right.", {
    iOf: shiftRight, w: { pair: wide.shrSigned }, wu: { pair: wide.shrUnsigned }, reorderable: false,
  }),
  equal: comparison((a, b) => a === b, (x, y, u, v) => x === u && y === v, "a == b"),
  not_equal: comparison((a, b) => a !== b, (x, y, u, v) => x !== u || y !== v, "a != b"),
  less: comparison((a, b) => a < b, complex.less, "a < b"),
  less_equal: comparison((a, b) => a <= b, complex.lessEqual, "a <= b"),
  greater: comparison((a, b) => a > b, (x, y, u, v) => complex.less(u, v, x, y), "a > b"),
  greater_equal: comparison((a, b) => a >= b, (x, y, u, v) => complex.lessEqual(u, v, x, y), "a >= b"),
  logical_and: logical((a, b) => a && b, 1, "Truth of a and b."),
  logical_or: logical((a, b) => a || b, 0, "Truth of a or b."),
  logical_xor: logical((a, b) => a !== b, 0, "Truth of exactly one of a and b."),
  maximum: extremum((a, b) => (a >= b || a !== a ? a : b), (a, b) => (a >= b ? a : b), complex.maximum, "The larger operand; NaN wins."),
  minimum: extremum((a, b) => (a <= b || a !== a ? a : b), (a, b) => (a <= b ? a : b), complex.minimum, "The smaller operand; NaN wins."),
  fmax: extremum((a, b) => (a >= b || b !== b ? a : b), (a, b) => (a >= b ? a : b), complex.fmax, "The larger operand; NaN loses."),
  fmin: extremum((a, b) => (a <= b || b !== b ? a : b), (a, b) => (a <= b ? a : b), complex.fmin, "The smaller operand; NaN loses."),

  negative: unary(NUMBERS, "The number with its sign changed.", { i: (a) => -a, w: { pair: wide.neg }, f: (a) => -a, c: complex.negative, quiet: true }),
  positive: unary(NUMBERS, "The number itself.", { i: (a) => a, w: { pair: wide.copy }, f: (a) => a, c: complex.positive, quiet: true }),
  absolute: unary(ALL, "Absolute value.", {
    result: "real", b: (a) => a, i: Math.abs, w: exact1(int.abs), f: Math.abs, cReal: complex.modulus, quiet: true,
  }),
  fabs: real(Math.abs, "Absolute value of real numbers.", { quiet: true }),
  invert: unary(BITS, "Bitwise not.", { b: (a) => a ^ 1, i: (a) => ~a, w: { pair: wide.invert } }),
  sign: unary(NUMBERS, "-1, 0 or 1.", { i: fl.sign, w: exact1((a) => (a > 0 ? 1 : a < 0 ? -1 : 0)), f: fl.sign, c: complex.sign, quiet: true }),
  conjugate: unary(NUMBERS, "Complex conjugate.", { i: (a) => a, w: { pair: wide.copy }, f: (a) => a, c: complex.conjugate, quiet: true }),
  square: unary(NUMBERS, "a · a", { i: (a) => Math.imul(a, a), w: { pair: wide.square }, f: (a) => a * a, c: complex.square }),
  reciprocal: unary(NUMBERS, "1 / a", {
    i: (a) => (a === 1 ? 1 : a === -1 ? -1 : 0), w: exact1((a) => (a === 0 ? -(2n ** 63n) : a === 1 || a === -1 ? a : 0)), f: (a) => 1 / a, c: complex.reciprocal, pole: (a) => a === 0,
  }),
  logical_not: unary(ALL, "Truth of not a.", {
    result: "bool", quiet: true, b: (a) => a ^ 1, i: (a) => bit(a === 0), w: exact1((a) => bit(a === 0)), f: (a) => bit(a === 0),
    cReal: (x, y) => bit(x === 0 && y === 0),
  }),
  isnan: predicate((x) => x !== x, 0, false, "Is it NaN?"),
  isinf: predicate((x) => x === Infinity || x === -Infinity, 0, false, "Is it infinite?"),
  isfinite: predicate((x) => x - x === 0, 1, true, "Is it finite?"),
  signbit: unary(FLOATS, "Is the sign bit set?", { result: "bool", quiet: true, f: (a) => bit(a < 0 || Object.is(a, -0)) }),
  bitwise_count: unary(INTS, "Number of one bits of the absolute value.", {
    result: "B", i: (a) => int.bitCount(Math.abs(a)), w: exact1((a) => int.bitCount(int.abs(a))),
  }),
  spacing: real(fl.spacing, "Distance to the next number.", { f32: fl.spacing32 }),
  floor: rounding(Math.floor, "Largest integer not above."),
  ceil: rounding(Math.ceil, "Smallest integer not below."),
  trunc: rounding(Math.trunc, "The number without its fraction."),
  rint: real(fl.rint, "Nearest integer, half to even.", { c: complex.rint(fl.rint), quiet: true }),
  sqrt: real(Math.sqrt, "Non-negative square root.", { c: complex.sqrt }),
  cbrt: real(libm.cbrt, "Cube root."),
  exp: real(libm.exp, "e to the power of a.", { c: complex.exp }),
  exp2: real(libm.exp2, "2 to the power of a."),
  expm1: real(libm.expm1, "exp(a) - 1"),
  log: real(libm.log, "Natural logarithm.", { c: complex.log, pole: (a) => a === 0 }),
  log2: real(libm.log2, "Logarithm in base 2.", { c: complex.log2, pole: (a) => a === 0 }),
  log10: real(libm.log10, "Logarithm in base 10.", { c: complex.log10, pole: (a) => a === 0 }),
  log1p: real(libm.log1p, "log(1 + a)", { pole: (a) => a === -1 }),
  sin: real(libm.sin, "Sine.", { c: complex.sin }),
  cos: real(libm.cos, "Cosine.", { c: complex.cos }),
  tan: real(libm.tan, "Tangent.", { c: complex.tan }),
  arcsin: real(libm.asin, "Inverse sine."),
  arccos: real(libm.acos, "Inverse cosine."),
  arctan: real(libm.atan, "Inverse tangent."),
  sinh: real(libm.sinh, "Hyperbolic sine.", { c: complex.sinh }),
  cosh: real(libm.cosh, "Hyperbolic cosine.", { c: complex.cosh }),
  tanh: real(libm.tanh, "Hyperbolic tangent.", { c: complex.tanh }),
  arcsinh: real(libm.asinh, "Inverse hyperbolic sine."),
  arccosh: real(libm.acosh, "Inverse hyperbolic cosine."),
  arctanh: real(libm.atanh, "Inverse hyperbolic tangent.", { pole: (a) => a === 1 || a === -1 }),
  deg2rad: real((a) => a * (Math.PI / 180), "Degrees to radians."),
  rad2deg: real((a) => a * (180 / Math.PI), "Radians to degrees."),
  // the halves of modf and frexp
  modf_fraction: real((a) => (Math.abs(a) === Infinity ? fl.copysign(0, a) : fl.copysign(a % 1, a)), "Fraction of modf.", { quiet: true }),
  frexp_mantissa: real((a) => frexp(a)[0], "Mantissa of frexp.", { quiet: true }),
  frexp_exponent: real((a) => frexp(a)[1], "Exponent of frexp.", { result: "i", quiet: true }),
} as const satisfies Record<string, Op>;

export type OpName = keyof typeof OPS;

/** Ufuncs that give two results, as pairs of table entries. */
export const TWO_RESULTS: Readonly<Record<string, readonly [OpName, OpName]>> = {
  divmod: ["floor_divide", "remainder"],
  modf: ["modf_fraction", "trunc"],
  frexp: ["frexp_mantissa", "frexp_exponent"],
};

/** Other names of the same ufunc objects. */
export const ALIASES: Readonly<Record<string, string>> = {
  true_divide: "divide", mod: "remainder", abs: "absolute", bitwise_not: "invert", bitwise_invert: "invert", conj: "conjugate", acos: "arccos",
  acosh: "arccosh", asin: "arcsin", asinh: "arcsinh", atan: "arctan", atanh: "arctanh", atan2: "arctan2", pow: "power",
  bitwise_left_shift: "left_shift", bitwise_right_shift: "right_shift", degrees: "rad2deg", radians: "deg2rad",
};
