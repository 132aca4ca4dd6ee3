/** Module math. Domain and range errors are worded as in CPython 3.14. Source: library reference "math". */
import { frexp, libm, nextafter } from "../../base/libm.ts";
import { overflowError, type PyBaseException, typeError, valueError, zeroDivisionError } from "../builtins/exceptions.ts";
import { truncate } from "../objects/float.ts";
import { floatRepr } from "../objects/float-text.ts";
import { bigRatioToDouble, bitLength } from "../objects/int-arith.ts";
import { lookupSpecial, plainInt, toDouble, toIndex, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { comb, factorial, gcd, isqrt, lcm, perm } from "./math-integer.ts";
import { dist, fsum, hypot, prod, sumprod } from "./math-sums.ts";
import type { NativeModule } from "./native-module.ts";

const float = (x: number): PyFloat => new PyFloat(x);

function rangeError(): PyBaseException {
  return overflowError("math range error");
}

function domainError(message = "math domain error"): PyBaseException {
  return valueError(message);
}

/** Error text for an argument outside the domain: the requirement and the value. */
const required =
  (what: string) =>
  (x: number): PyBaseException =>
    valueError(`${what}, got ${floatRepr(x)}`);

const FINITE = required("expected a finite input");
const NONNEGATIVE = required("expected a nonnegative input");
const UNIT_RANGE = required("expected a number in range from -1 up to 1");
const GAMMA_DOMAIN = required("expected a noninteger or positive integer");

/** A function of one real. A NaN from a number is a domain error; an infinity from a finite number a range error, or a pole when `pole` says so. */
function real(f: (x: number) => number, doc: string, domain?: (x: number) => PyBaseException, pole = false): NativeRow {
  const run = (vm: VM, v: Value): Value => {
    const x = v instanceof PyFloat ? v.value : toDouble(vm, v);
    const r = f(x);
    if (r - r !== 0) checkSpecial(x, r, domain, pole);
    return new PyFloat(r);
  };
  return ["(x, /)", run, doc];
}

/** `r` is infinite or NaN. */
function checkSpecial(x: number, r: number, domain: ((x: number) => PyBaseException) | undefined, pole: boolean): void {
  if (r !== r) {
    if (x === x) throw domain ? domain(x) : domainError();
  } else if (Number.isFinite(x)) throw pole && domain ? domain(x) : rangeError();
}

// ---- logarithms of any int -------------------------------------------------------------------------------------------------------------------

const LN2 = Math.LN2;

/** A logarithm that also takes ints beyond the doubles: `perBit` is that of 2. */
function logarithm(f: (x: number) => number, perBit: number) {
  return (vm: VM, v: Value): number => {
    const i = plainInt(v);
    if (i === undefined) {
      const x = toDouble(vm, v);
      if (x <= 0) throw valueError(`expected a positive input, got ${floatRepr(x)}`);
      return f(x);
    }
    if (i <= 0) throw domainError("expected a positive input");
    if (typeof i === "number") return f(i);
    const x = Number(i);
    if (x !== Infinity) return f(x);
    const bits = bitLength(i);
    return f(bigRatioToDouble(i, 1n << BigInt(bits))) + perBit * bits;
  };
}

const naturalLog = logarithm(libm.log, LN2);
const log2 = logarithm(libm.log2, 1);
const log10 = logarithm(libm.log10, libm.log10(2));

function log(vm: VM, x: Value, base?: Value): Value {
  const numerator = naturalLog(vm, x);
  if (base === undefined) return float(numerator);
  const denominator = naturalLog(vm, base);
  if (denominator === 0) throw zeroDivisionError("division by zero");
  return float(numerator / denominator);
}

// ---- functions of several arguments -------------------------------------------------------------------------------------------------------------

function pow(vm: VM, xArg: Value, yArg: Value): Value {
  const x = toDouble(vm, xArg);
  const y = toDouble(vm, yArg);
  const r = libm.pow(x, y);
  if (Number.isFinite(x) && Number.isFinite(y)) {
    if (r !== r) throw domainError();
    if (!Number.isFinite(r)) throw x === 0 ? domainError() : rangeError();
  }
  return float(r);
}

function fmod(vm: VM, xArg: Value, yArg: Value): Value {
  const x = toDouble(vm, xArg);
  const y = toDouble(vm, yArg);
  const r = x % y;
  if (r !== r && x === x && y === y) throw domainError();
  return float(r);
}

function remainder(vm: VM, xArg: Value, yArg: Value): Value {
  const x = toDouble(vm, xArg);
  const y = toDouble(vm, yArg);
  const r = libm.remainder(x, y);
  if (r !== r && x === x && y === y) throw domainError();
  return float(r);
}

function fma(vm: VM, xArg: Value, yArg: Value, zArg: Value): Value {
  const [x, y, z] = [toDouble(vm, xArg), toDouble(vm, yArg), toDouble(vm, zArg)];
  const r = libm.fma(x, y, z);
  if (Number.isFinite(r)) return float(r);
  if (r !== r) {
    if (x === x && y === y && z === z) throw valueError("invalid operation in fma");
  } else if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) throw overflowError("overflow in fma");
  return float(r);
}

function modf(vm: VM, v: Value): Value {
  const x = toDouble(vm, v);
  if (!Number.isFinite(x)) return new PyTuple([float(x !== x ? x : libm.copysign(0, x)), float(x)]);
  const whole = Math.trunc(x);
  return new PyTuple([float(libm.copysign(x - whole, x)), float(libm.copysign(whole, x))]);
}

function ldexp(vm: VM, xArg: Value, i: Value): Value {
  const x = toDouble(vm, xArg);
  const e = plainInt(i);
  if (e === undefined) throw typeError("Expected an int as second argument to ldexp.");
  const r = libm.ldexp(x, Math.max(-100000, Math.min(Number(e), 100000)));
  if (!Number.isFinite(r) && Number.isFinite(x)) throw rangeError();
  return float(r);
}

function nextAfter(vm: VM, xArg: Value, yArg: Value, steps?: Value): Value {
  const x = toDouble(vm, xArg);
  const y = toDouble(vm, yArg);
  if (steps === undefined || steps === null) return float(nextafter(x, y));
  const n = toIndex(vm, steps);
  if (n < 0) throw valueError("steps must be a non-negative integer");
  return float(nextafter(x, y, BigInt(n)));
}

function isclose(vm: VM, aArg: Value, bArg: Value, relTol?: Value, absTol?: Value): Value {
  const [a, b] = [toDouble(vm, aArg), toDouble(vm, bArg)];
  const relative = relTol === undefined ? 1e-9 : toDouble(vm, relTol);
  const absolute = absTol === undefined ? 0 : toDouble(vm, absTol);
  if (relative < 0 || absolute < 0) throw valueError("tolerances must be non-negative");
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const difference = Math.abs(b - a);
  return difference <= Math.abs(relative * b) || difference <= Math.abs(relative * a) || difference <= absolute;
}

// ---- rounding -------------------------------------------------------------------------------------------------------------------------------------

/** floor and ceil: floats, then the special method, then any real. */
function rounding(dunder: string, f: (x: number) => number) {
  return (vm: VM, v: Value): Value => {
    if (v instanceof PyFloat && v.constructor === PyFloat) return truncate(f(v.value));
    if (typeof v === "number" || typeof v === "bigint") return v;
    const method = lookupSpecial(vm, v, dunder);
    return method === undefined ? truncate(f(toDouble(vm, v))) : vm.call(method, []);
  };
}

function trunc(vm: VM, v: Value): Value {
  if (v instanceof PyFloat) return truncate(v.value);
  const method = lookupSpecial(vm, v, "__trunc__");
  if (method === undefined) throw typeError(`type ${typeName(v)} doesn't define __trunc__ method`);
  return vm.call(method, []);
}

const test = (f: (x: number) => boolean, doc: string): NativeRow => ["(x, /)", (vm: VM, v: Value) => f(toDouble(vm, v)), doc];

const TO_DEGREES = 180 / Math.PI;
const TO_RADIANS = Math.PI / 180;

export const math: NativeModule = {
  name: "math",
  doc: "Functions of real numbers, as the C standard library defines them.",
  functions: {
    acos: real(libm.acos, "Arc cosine in radians, between 0 and pi.", UNIT_RANGE),
    acosh: real(libm.acosh, "Inverse hyperbolic cosine.", required("expected argument value not less than 1")),
    asin: real(libm.asin, "Arc sine in radians, between -pi/2 and pi/2.", UNIT_RANGE),
    asinh: real(libm.asinh, "Inverse hyperbolic sine."),
    atan: real(libm.atan, "Arc tangent in radians, between -pi/2 and pi/2."),
    atan2: [
      "(y, x, /)",
      (vm: VM, y: Value, x: Value) => float(libm.atan2(toDouble(vm, y), toDouble(vm, x))),
      "Arc tangent of y/x in its quadrant.",
    ],
    atanh: real(libm.atanh, "Inverse hyperbolic tangent.", required("expected a number between -1 and 1"), true),
    cbrt: real(libm.cbrt, "Cube root."),
    ceil: ["(x, /)", rounding("__ceil__", Math.ceil), "Smallest int that is not less than x."],
    comb: ["(n, k, /)", comb, "Number of ways to choose k of n items, without order."],
    copysign: [
      "(x, y, /)",
      (vm: VM, x: Value, y: Value) => float(libm.copysign(toDouble(vm, x), toDouble(vm, y))),
      "x with the sign of y.",
    ],
    cos: real(libm.cos, "Cosine of x radians.", FINITE),
    cosh: real(libm.cosh, "Hyperbolic cosine."),
    degrees: ["(x, /)", (vm: VM, x: Value) => float(toDouble(vm, x) * TO_DEGREES), "Radians in degrees."],
    dist: ["(p, q, /)", dist, "Euclidean distance between two points."],
    erf: real(libm.erf, "Error function."),
    erfc: real(libm.erfc, "Complementary error function."),
    exp: real(libm.exp, "e to the power x."),
    exp2: real(libm.exp2, "2 to the power x."),
    expm1: real(libm.expm1, "exp(x) - 1, precise for small x."),
    fabs: real(Math.abs, "Absolute value as a float."),
    factorial: ["(n, /)", factorial, "n!"],
    floor: ["(x, /)", rounding("__floor__", Math.floor), "Largest int that is not greater than x."],
    fma: ["(x, y, z, /)", fma, "x * y + z, rounded once."],
    fmod: ["(x, y, /)", fmod, "Remainder with the sign of x."],
    frexp: [
      "(x, /)",
      (vm: VM, x: Value) => {
        const [m, e] = frexp(toDouble(vm, x));
        return new PyTuple([float(m), e]);
      },
      "The pair (m, e) with x = m * 2**e and 0.5 <= abs(m) < 1.",
    ],
    fsum: ["(seq, /)", fsum, "Sum of floats without intermediate rounding."],
    gamma: real((x) => (x === 0 ? NaN : libm.gamma(x)), "Gamma function.", GAMMA_DOMAIN),
    gcd: ["(*integers)", gcd, "Greatest common divisor."],
    hypot: ["(*coordinates)", hypot, "Euclidean norm."],
    isclose: ["(a, b, *, rel_tol=1e-09, abs_tol=0.0)", isclose, "Whether two numbers are close to each other."],
    isfinite: test(Number.isFinite, "Whether x is neither infinite nor NaN."),
    isinf: test((x) => x === Infinity || x === -Infinity, "Whether x is infinite."),
    isnan: test((x) => x !== x, "Whether x is NaN."),
    isqrt: ["(n, /)", isqrt, "Integer part of the square root."],
    lcm: ["(*integers)", lcm, "Least common multiple."],
    ldexp: ["(x, i, /)", ldexp, "x * 2**i"],
    lgamma: real(
      (x) => (x <= 0 && Number.isInteger(x) ? NaN : libm.lgamma(x)),
      "Logarithm of the absolute value of the gamma function.",
      GAMMA_DOMAIN,
    ),
    log: ["(x[, base], /)", log, "Logarithm to a base, natural by default."],
    log10: ["(x, /)", (vm: VM, x: Value) => float(log10(vm, x)), "Logarithm to base 10."],
    log1p: real(libm.log1p, "log(1 + x), precise for small x.", required("expected argument value > -1"), true),
    log2: ["(x, /)", (vm: VM, x: Value) => float(log2(vm, x)), "Logarithm to base 2."],
    modf: ["(x, /)", modf, "Fraction and integer part, both with the sign of x."],
    nextafter: ["(x, y, /, *, steps=None)", nextAfter, "The float some steps after x towards y."],
    perm: ["(n, k=None, /)", perm, "Number of ways to choose k of n items, with order."],
    pow: ["(x, y, /)", pow, "x to the power y as floats."],
    prod: ["(iterable, /, *, start=1)", prod, "Product of the items."],
    radians: ["(x, /)", (vm: VM, x: Value) => float(toDouble(vm, x) * TO_RADIANS), "Degrees in radians."],
    remainder: ["(x, y, /)", remainder, "x - n*y for the integer n nearest to x/y."],
    sin: real(libm.sin, "Sine of x radians.", FINITE),
    sinh: real(libm.sinh, "Hyperbolic sine."),
    sqrt: real(Math.sqrt, "Square root.", NONNEGATIVE),
    sumprod: ["(p, q, /)", sumprod, "Sum of the products of two iterables' items."],
    tan: real(libm.tan, "Tangent of x radians.", FINITE),
    tanh: real(libm.tanh, "Hyperbolic tangent."),
    trunc: ["(x, /)", trunc, "x without its fraction."],
    ulp: ["(x, /)", (vm: VM, x: Value) => float(libm.ulp(toDouble(vm, x))), "Value of the least significant bit of x."],
  },
  values: () => ({ pi: float(Math.PI), e: float(Math.E), tau: float(2 * Math.PI), inf: float(Infinity), nan: float(NaN) }),
};
