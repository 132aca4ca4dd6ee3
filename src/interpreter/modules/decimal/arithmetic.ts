/** Operations of the General Decimal Arithmetic specification that need no approximation. Conditions are noted in `env.status`. */
import { isqrt } from "../../objects/int-arith.ts";
import {
  C, digitCount, dropDigits, type Env, etiny, etop, finish, FINITE, fit, INFINITE, infinity, invalid, nanResult, pow10, PyDecimal, QUIET, type Rounding, SIGNALING, type Sign,
} from "./number.ts";

// ---- sums and products --------------------------------------------------------------------------------------------------------------------------

/** Coefficients of a and b at a common exponent. When one is too small to matter beyond rounding, it becomes a trace. */
function align(a: PyDecimal, b: PyDecimal, prec: number): { x: bigint; y: bigint; exp: number } {
  const swapped = a.exp < b.exp;
  const high = swapped ? b : a;
  let low = swapped ? a : b;
  const limit = high.exp + Math.min(-1, high.digits - prec - 2);
  if (low.adjusted < limit && low.coef !== 0n) low = new PyDecimal(low.sign, 1n, limit);
  const scaled = high.coef * pow10(high.exp - low.exp);
  return swapped ? { x: low.coef, y: scaled, exp: low.exp } : { x: scaled, y: low.coef, exp: low.exp };
}

export function add(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  if (a.kind !== FINITE || b.kind !== FINITE) {
    const nan = nanResult(env, a, b);
    if (nan) return nan;
    if (a.kind === INFINITE) return b.kind === INFINITE && a.sign !== b.sign ? invalid(env) : infinity(a.sign);
    return infinity(b.sign);
  }
  const exp = Math.min(a.exp, b.exp);
  const zeroSign: Sign = a.sign === b.sign ? a.sign : env.rounding === "ROUND_FLOOR" ? 1 : 0;
  if (a.coef === 0n && b.coef === 0n) return finish(env, zeroSign, 0n, exp);
  // a zero only lowers the exponent, as far as the precision allows
  if (a.coef === 0n) return withLowerExponent(env, b, Math.max(exp, b.exp - env.prec - 1));
  if (b.coef === 0n) return withLowerExponent(env, a, Math.max(exp, a.exp - env.prec - 1));
  const { x, y, exp: common } = align(a, b, env.prec);
  const sum = (a.sign ? -x : x) + (b.sign ? -y : y);
  if (sum === 0n) return finish(env, zeroSign, 0n, exp);
  return sum < 0n ? finish(env, 1, -sum, common) : finish(env, 0, sum, common);
}

function withLowerExponent(env: Env, d: PyDecimal, exp: number): PyDecimal {
  return finish(env, d.sign, exp < d.exp ? d.coef * pow10(d.exp - exp) : d.coef, Math.min(exp, d.exp));
}

export const negated = (d: PyDecimal): PyDecimal => d.withSign(d.sign ? 0 : 1);

export function subtract(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  return b.nan ? add(env, a, b) : add(env, a, negated(b));
}

export function multiply(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const sign = (a.sign ^ b.sign) as Sign;
  if (a.kind !== FINITE || b.kind !== FINITE) {
    const nan = nanResult(env, a, b);
    if (nan) return nan;
    return a.zero || b.zero ? invalid(env) : infinity(sign);
  }
  return finish(env, sign, a.coef * b.coef, a.exp + b.exp);
}

export function plus(env: Env, a: PyDecimal): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  return fit(env, a.zero && env.rounding !== "ROUND_FLOOR" ? a.withSign(0) : a);
}

export function minus(env: Env, a: PyDecimal): PyDecimal {
  return nanResult(env, a) ?? plus(env, negated(a));
}

export function absolute(env: Env, a: PyDecimal): PyDecimal {
  return nanResult(env, a) ?? plus(env, a.withSign(0));
}

export function fma(env: Env, a: PyDecimal, b: PyDecimal, c: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return c.kind === SIGNALING && nan.kind === QUIET && a.kind !== SIGNALING && b.kind !== SIGNALING ? nanResult(env, c)! : nan;
  const sign = (a.sign ^ b.sign) as Sign;
  if (c.nan) {
    if ((a.kind === INFINITE && b.zero) || (b.kind === INFINITE && a.zero)) return invalid(env);
    return nanResult(env, c)!;
  }
  if (a.kind === INFINITE || b.kind === INFINITE) {
    if (a.zero || b.zero) return invalid(env);
    return add(env, infinity(sign), c);
  }
  return add(env, new PyDecimal(sign, a.coef * b.coef, a.exp + b.exp), c);
}

// ---- division -----------------------------------------------------------------------------------------------------------------------------------

export function divide(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const sign = (a.sign ^ b.sign) as Sign;
  if (a.kind !== FINITE || b.kind !== FINITE) {
    const nan = nanResult(env, a, b);
    if (nan) return nan;
    if (a.kind === INFINITE) return b.kind === INFINITE ? invalid(env) : infinity(sign);
    env.status |= C.Clamped;
    return new PyDecimal(sign, 0n, etiny(env));
  }
  if (b.coef === 0n) {
    if (a.coef === 0n) return invalid(env, C.DivisionUndefined);
    env.status |= C.DivisionByZero;
    return infinity(sign);
  }
  const ideal = a.exp - b.exp;
  if (a.coef === 0n) return finish(env, sign, 0n, ideal);
  const shift = b.digits - a.digits + env.prec + 1;
  const [n, d] = shift >= 0 ? [a.coef * pow10(shift), b.coef] : [a.coef, b.coef * pow10(-shift)];
  let q = n / d;
  let exp = ideal - shift;
  if (q * d !== n) {
    // sticky: a digit that rounds like what was lost
    if (q % 5n === 0n) q++;
  } else {
    while (exp < ideal && q % 10n === 0n) {
      q /= 10n;
      exp++;
    }
  }
  return finish(env, sign, q, exp);
}

/** Integer quotient and remainder of finite numbers, b not zero; undefined when the quotient does not fit the precision. */
function quotientAndRest(env: Env, a: PyDecimal, b: PyDecimal): { q: bigint; rest: PyDecimal } | undefined {
  const exp = Math.min(a.exp, b.exp);
  const difference = a.adjusted - b.adjusted;
  if (a.coef === 0n || difference <= -2) return { q: 0n, rest: rescaled(env, a, exp) };
  if (difference > env.prec) return undefined;
  const x = a.coef * pow10(a.exp - exp);
  const y = b.coef * pow10(b.exp - exp);
  const q = x / y;
  return q < pow10(env.prec) ? { q, rest: new PyDecimal(a.sign, x - q * y, exp) } : undefined;
}

/** The number at a lower exponent where the precision allows it. */
function rescaled(env: Env, d: PyDecimal, exp: number): PyDecimal {
  if (exp >= d.exp || d.coef === 0n) return d.coef === 0n ? new PyDecimal(d.sign, 0n, exp) : d;
  // more digits than the context has are cut away again by rounding, so they need not be made
  const lowest = Math.max(exp, d.exp - Math.max(0, env.prec + 1));
  return new PyDecimal(d.sign, d.coef * pow10(d.exp - lowest), lowest);
}

export function divideInteger(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  const sign = (a.sign ^ b.sign) as Sign;
  if (a.kind === INFINITE) return b.kind === INFINITE ? invalid(env) : infinity(sign);
  if (b.kind === INFINITE) return new PyDecimal(sign, 0n, 0);
  if (b.coef === 0n) {
    if (a.coef === 0n) return invalid(env, C.DivisionUndefined);
    env.status |= C.DivisionByZero;
    return infinity(sign);
  }
  const r = quotientAndRest(env, a, b);
  return r ? new PyDecimal(sign, r.q, 0) : invalid(env, C.DivisionImpossible);
}

export function remainder(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  if (a.kind === INFINITE) return invalid(env);
  if (b.kind === INFINITE) return fit(env, a);
  if (b.coef === 0n) return invalid(env, a.coef === 0n ? C.DivisionUndefined : C.InvalidOperation);
  const r = quotientAndRest(env, a, b);
  return r ? fit(env, r.rest) : invalid(env, C.DivisionImpossible);
}

export function divmod(env: Env, a: PyDecimal, b: PyDecimal): [PyDecimal, PyDecimal] {
  const nan = nanResult(env, a, b);
  if (nan) return [nan, nan];
  const sign = (a.sign ^ b.sign) as Sign;
  if (a.kind === INFINITE) return b.kind === INFINITE ? [invalid(env), invalid(env)] : [infinity(sign), invalid(env)];
  if (b.kind === INFINITE) return [new PyDecimal(sign, 0n, 0), fit(env, a)];
  if (b.coef === 0n) {
    if (a.coef === 0n) return [invalid(env, C.DivisionUndefined), invalid(env, C.DivisionUndefined)];
    env.status |= C.DivisionByZero | C.InvalidOperation;
    return [infinity(sign), invalid(env)];
  }
  const r = quotientAndRest(env, a, b);
  if (!r) return [invalid(env, C.DivisionImpossible), invalid(env, C.DivisionImpossible)];
  return [new PyDecimal(sign, r.q, 0), fit(env, r.rest)];
}

export function remainderNear(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  if (a.kind === INFINITE) return invalid(env);
  if (b.kind === INFINITE) return fit(env, a);
  if (b.coef === 0n) return invalid(env, a.coef === 0n ? C.DivisionUndefined : C.InvalidOperation);
  const exp = Math.min(a.exp, b.exp);
  if (a.coef === 0n) return finish(env, a.sign, 0n, exp);
  const difference = a.adjusted - b.adjusted;
  if (difference >= env.prec + 1) return invalid(env, C.DivisionImpossible);
  if (difference <= -2) return fit(env, rescaled(env, a, exp));
  const x = a.coef * pow10(a.exp - exp);
  const y = b.coef * pow10(b.exp - exp);
  let q = x / y;
  let r = x - q * y;
  if (2n * r + (q & 1n) > y) {
    r -= y;
    q++;
  }
  if (q >= pow10(env.prec)) return invalid(env, C.DivisionImpossible);
  return r < 0n ? finish(env, a.sign ? 0 : 1, -r, exp) : finish(env, a.sign, r, exp);
}

// ---- exponents -----------------------------------------------------------------------------------------------------------------------------------

export function quantize(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  if (a.kind === INFINITE || b.kind === INFINITE) return a.kind === b.kind ? a : invalid(env);
  if (b.exp < etiny(env) || b.exp > env.emax) return invalid(env);
  return toExponent(env, a, b.exp);
}

/** A finite number at an exponent, as quantize does. */
export function toExponent(env: Env, a: PyDecimal, exp: number): PyDecimal {
  if (a.coef === 0n) return finish(env, a.sign, 0n, exp);
  if (a.adjusted > env.emax || a.adjusted - exp + 1 > env.prec) return invalid(env);
  const r = rescale(a, exp, env.rounding);
  if (r.d.adjusted > env.emax || r.d.digits > env.prec) return invalid(env);
  if (r.d.coef !== 0n && r.d.adjusted < env.emin) env.status |= C.Subnormal;
  if (exp > a.exp) env.status |= C.Rounded | (r.inexact ? C.Inexact : 0);
  return finish(env, r.d.sign, r.d.coef, r.d.exp);
}

/** The number at an exponent, rounded, whatever a context says. */
export function rescale(a: PyDecimal, exp: number, rounding: Rounding): { d: PyDecimal; inexact: boolean } {
  if (a.coef === 0n) return { d: new PyDecimal(a.sign, 0n, exp), inexact: false };
  if (a.exp >= exp) return { d: new PyDecimal(a.sign, a.coef * pow10(a.exp - exp), exp), inexact: false };
  const r = dropDigits(a.coef, exp - a.exp, a.sign, rounding);
  return { d: new PyDecimal(a.sign, r.coef, exp), inexact: r.inexact };
}

/** To an integral value; `exact` notes Inexact and Rounded. */
export function toIntegral(env: Env, a: PyDecimal, rounding: Rounding, exact: boolean): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  if (a.kind === INFINITE || a.exp >= 0) return a;
  if (a.coef === 0n) return new PyDecimal(a.sign, 0n, 0);
  const r = rescale(a, 0, rounding);
  if (exact) env.status |= C.Rounded | (r.inexact ? C.Inexact : 0);
  return r.d;
}

export function normalize(env: Env, a: PyDecimal): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  const d = fit(env, a);
  if (!d.finite) return d;
  if (d.coef === 0n) return new PyDecimal(d.sign, 0n, 0);
  const highest = env.clamp ? etop(env) : env.emax;
  let { coef, exp } = d;
  while (exp < highest && coef % 10n === 0n) {
    coef /= 10n;
    exp++;
  }
  return new PyDecimal(d.sign, coef, exp);
}

export function scaleb(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  if (b.kind !== FINITE || b.exp !== 0) return invalid(env);
  const limit = BigInt(2 * (env.emax + env.prec));
  if (b.coef > limit) return invalid(env);
  if (a.kind === INFINITE) return a;
  return finish(env, a.sign, a.coef, a.exp + Number(b.sign ? -b.coef : b.coef));
}

export function logb(env: Env, a: PyDecimal): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  if (a.kind === INFINITE) return infinity(0);
  if (a.coef === 0n) {
    env.status |= C.DivisionByZero;
    return infinity(1);
  }
  const e = a.adjusted;
  return finish(env, e < 0 ? 1 : 0, BigInt(Math.abs(e)), 0);
}

// ---- comparison ----------------------------------------------------------------------------------------------------------------------------------

/** -1, 0 or 1; numbers or infinities only. */
export function order(a: PyDecimal, b: PyDecimal): number {
  if (a.kind === INFINITE || b.kind === INFINITE) {
    const rank = (d: PyDecimal) => (d.kind === INFINITE ? (d.sign ? -1 : 1) : 0);
    return Math.sign(rank(a) - rank(b));
  }
  if (a.coef === 0n) return b.coef === 0n ? 0 : b.sign ? 1 : -1;
  if (b.coef === 0n || a.sign !== b.sign) return a.sign ? -1 : 1;
  return a.sign ? -orderMagnitude(a, b) : orderMagnitude(a, b);
}

function orderMagnitude(a: PyDecimal, b: PyDecimal): number {
  const difference = a.adjusted - b.adjusted;
  if (difference !== 0) return Math.sign(difference);
  const exp = Math.min(a.exp, b.exp);
  const x = a.coef * pow10(a.exp - exp);
  const y = b.coef * pow10(b.exp - exp);
  return x < y ? -1 : x > y ? 1 : 0;
}

const small = (n: number): PyDecimal => new PyDecimal(n < 0 ? 1 : 0, BigInt(Math.abs(n)), 0);

export function compare(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  return nanResult(env, a, b) ?? small(order(a, b));
}

export function compareSignal(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  if (a.nan || b.nan) env.status |= C.InvalidOperation;
  return compare(env, a, b);
}

/** The order of representations, in which 1.0 is below 1 and NaNs have a place. */
export function totalOrder(a: PyDecimal, b: PyDecimal): number {
  if (a.sign !== b.sign) return a.sign ? -1 : 1;
  const direction = a.sign ? -1 : 1;
  const rank = (d: PyDecimal) => (d.kind === QUIET ? 2 : d.kind === SIGNALING ? 1 : 0);
  if (rank(a) !== rank(b)) return direction * Math.sign(rank(a) - rank(b));
  if (rank(a) > 0) return a.coef === b.coef ? 0 : a.coef < b.coef ? -direction : direction;
  const o = order(a, b);
  if (o !== 0 || a.kind === INFINITE) return o;
  return direction * Math.sign(a.exp - b.exp);
}

export const compareTotal = (a: PyDecimal, b: PyDecimal): PyDecimal => small(totalOrder(a, b));

/** max (direction 1) and min (-1), of the numbers or of their magnitudes. */
export function extreme(env: Env, a: PyDecimal, b: PyDecimal, direction: 1 | -1, magnitude: boolean): PyDecimal {
  if (a.nan || b.nan) {
    // a quiet NaN gives way to a number
    if (a.kind === QUIET && !b.nan) return fit(env, b);
    if (b.kind === QUIET && !a.nan) return fit(env, a);
    return nanResult(env, a, b)!;
  }
  let o = magnitude ? order(a.withSign(0), b.withSign(0)) : order(a, b);
  if (o === 0) o = magnitude ? order(a, b) || totalOrder(a, b) : totalOrder(a, b);
  return fit(env, o * direction < 0 ? b : a);
}

// ---- neighbours ----------------------------------------------------------------------------------------------------------------------------------

function neighbour(env: Env, a: PyDecimal, up: boolean): PyDecimal {
  const toward: Sign = up ? 0 : 1;
  if (a.kind === INFINITE) return a.sign === toward ? a : new PyDecimal(a.sign, pow10(env.prec) - 1n, etop(env));
  const work: Env = { prec: env.prec, emin: env.emin, emax: env.emax, clamp: env.clamp, rounding: up ? "ROUND_CEILING" : "ROUND_FLOOR", status: 0 };
  const fitted = fit(work, a);
  if (order(fitted, a) !== 0) return fitted;
  return add(work, a, new PyDecimal(toward, 1n, etiny(env) - 1));
}

export const nextPlus = (env: Env, a: PyDecimal): PyDecimal => nanResult(env, a) ?? neighbour(env, a, true);
export const nextMinus = (env: Env, a: PyDecimal): PyDecimal => nanResult(env, a) ?? neighbour(env, a, false);

export function nextToward(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  const o = order(a, b);
  if (o === 0) return a.withSign(b.sign);
  const next = neighbour(env, a, o < 0);
  if (next.kind === INFINITE) env.status |= C.Overflow | C.Inexact | C.Rounded;
  else if (next.coef === 0n || next.adjusted < env.emin) {
    env.status |= C.Underflow | C.Subnormal | C.Inexact | C.Rounded;
    if (next.coef === 0n) env.status |= C.Clamped;
  }
  return next;
}

// ---- digits as bits ------------------------------------------------------------------------------------------------------------------------------

function isLogical(d: PyDecimal): boolean {
  return d.kind === FINITE && d.sign === 0 && d.exp === 0 && /^[01]+$/.test(d.coef.toString());
}

export function logical(env: Env, a: PyDecimal, b: PyDecimal, combine: (x: boolean, y: boolean) => boolean): PyDecimal {
  if (!isLogical(a) || !isLogical(b)) return invalid(env);
  const cut = (d: PyDecimal) => d.coef.toString().padStart(env.prec, "0").slice(-env.prec);
  const [x, y] = [cut(a), cut(b)];
  return new PyDecimal(0, BigInt(Array.from(x, (c, i) => (combine(c === "1", y[i] === "1") ? "1" : "0")).join("")), 0);
}

export function logicalInvert(env: Env, a: PyDecimal): PyDecimal {
  return logical(env, a, new PyDecimal(0, (pow10(env.prec) - 1n) / 9n, 0), (x, y) => x !== y);
}

/** shift and rotate: the number of places must be an integer within the precision. */
export function shift(env: Env, a: PyDecimal, b: PyDecimal, rotate: boolean): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  if (b.kind !== FINITE || b.exp !== 0 || b.coef > BigInt(env.prec)) return invalid(env);
  if (a.kind === INFINITE) return a;
  const n = Number(b.sign ? -b.coef : b.coef);
  const text = a.coef.toString().padStart(env.prec, "0").slice(-env.prec);
  let moved: string;
  if (rotate) moved = n >= 0 ? text.slice(n) + text.slice(0, n) : text.slice(n) + text.slice(0, env.prec + n);
  else moved = n >= 0 ? (text + "0".repeat(n)).slice(-env.prec) : text.slice(0, env.prec + n);
  return new PyDecimal(a.sign, BigInt(moved || "0"), a.exp);
}

// ---- roots, classes ------------------------------------------------------------------------------------------------------------------------------

/** A result that is rounded half to even whatever the context says. */
export function finishEven(env: Env, sign: Sign, coef: bigint, exp: number): PyDecimal {
  const work: Env = { prec: env.prec, emin: env.emin, emax: env.emax, clamp: env.clamp, rounding: "ROUND_HALF_EVEN", status: env.status };
  const d = finish(work, sign, coef, exp);
  env.status = work.status;
  return d;
}

/** Always rounded half to even, as the specification demands. */
export function squareRoot(env: Env, a: PyDecimal): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  if (a.zero) return finish(env, a.sign, 0n, Math.floor(a.exp / 2));
  if (a.sign) return invalid(env);
  if (a.kind === INFINITE) return a;
  const odd = ((a.exp % 2) + 2) % 2;
  const ideal = (a.exp - odd) / 2;
  let coef = odd ? a.coef * 10n : a.coef;
  // one digit more than the precision, and a sticky one for what remains
  const shiftBy = Math.max(0, env.prec + 1 - Math.ceil(digitCount(coef) / 2));
  coef *= pow10(2 * shiftBy);
  let root = BigInt(isqrt(coef));
  let exp = ideal - shiftBy;
  if (root * root === coef) {
    while (exp < ideal && root % 10n === 0n) {
      root /= 10n;
      exp++;
    }
  } else {
    root = root * 10n + 1n;
    exp--;
  }
  return finishEven(env, 0, root, exp);
}

export function numberClass(env: Env, d: PyDecimal): string {
  if (d.kind === SIGNALING) return "sNaN";
  if (d.kind === QUIET) return "NaN";
  const sign = d.sign ? "-" : "+";
  if (d.kind === INFINITE) return `${sign}Infinity`;
  if (d.coef === 0n) return `${sign}Zero`;
  return sign + (d.adjusted < env.emin ? "Subnormal" : "Normal");
}
