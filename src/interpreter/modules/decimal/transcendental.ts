/**
 * exp, ln, log10 and power. Values are computed in binary fixed point with guard bits and computed again with more until the rounding is certain
 * (Ziv's strategy); results are rounded half to even, as the specification allows.
 */
import { bitLength, isqrt } from "../../objects/int-arith.ts";
import {
  C, digitCount, type Env, etiny, finish, FINITE, fit, INFINITE, infinity, invalid, nanResult, pow10, PyDecimal, type Sign,
} from "./number.ts";
import { divide, finishEven } from "./arithmetic.ts";

// ---- fixed point: integers that stand for x · 2^bits ----------------------------------------------------------------------------------------------

/** log(x) of a fixed-point number near one: halved by square roots, then 2·artanh((x-1)/(x+1)). */
function lnNear(x: bigint, bits: number): bigint {
  const HALVINGS = 12;
  const work = bits + 2 * HALVINGS + 16;
  const one = 1n << BigInt(work);
  let y = x << BigInt(work - bits);
  for (let i = 0; i < HALVINGS; i++) y = BigInt(isqrt(y << BigInt(work)));
  const z = ((y - one) << BigInt(work)) / (y + one);
  const square = (z * z) >> BigInt(work);
  let sum = 0n;
  for (let term = z, k = 1n; term !== 0n && term !== -1n; k += 2n) {
    sum += term / k;
    term = (term * square) >> BigInt(work);
  }
  return (sum << BigInt(1 + HALVINGS)) >> BigInt(work - bits);
}

const LN2: { bits: number; value: bigint } = { bits: 0, value: 0n };

/** log(2) · 2^bits; the longest so far is kept. */
function ln2(bits: number): bigint {
  if (LN2.bits < bits) {
    // log 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)
    const work = BigInt(bits + 40);
    const artanh = (n: bigint): bigint => {
      let sum = 0n;
      for (let power = (1n << work) / n, k = 1n; power > 0n; k += 2n, power /= n * n) sum += power / k;
      return sum;
    };
    LN2.value = (18n * artanh(26n) - 2n * artanh(4801n) + 8n * artanh(8749n)) >> 40n;
    LN2.bits = bits;
  }
  return LN2.value >> BigInt(LN2.bits - bits);
}

/** log of a positive decimal, fixed point; absolute error below 2^(8-bits) for moderate exponents. */
function lnFixed(coef: bigint, exp: number, bits: number): bigint {
  const extra = 8 + bitLength(BigInt(Math.abs(exp)) + BigInt(digitCount(coef)));
  const work = bits + extra;
  const numerator = exp > 0 ? coef * pow10(exp) : coef;
  const denominator = exp < 0 ? pow10(-exp) : 1n;
  // numerator/denominator = 2^k · m with m around one
  let k = bitLength(numerator) - bitLength(denominator);
  const scaled = (by: number): bigint => {
    const s = work - by;
    return s >= 0 ? (numerator << BigInt(s)) / denominator : numerator / (denominator << BigInt(-s));
  };
  let m = scaled(k);
  if (m > (3n << BigInt(work - 1)) / 2n) m = scaled(++k);
  return (lnNear(m, work) + BigInt(k) * ln2(work)) >> BigInt(extra);
}

/** e^x of a fixed-point number as m · 2^k, m fixed point. */
function expFixed(x: bigint, bits: number): { m: bigint; k: number } {
  const SQUARINGS = 10;
  const extra = 40 + SQUARINGS * 2 + Math.max(0, bitLength(x) - bits);
  const work = bits + extra;
  const wide = x << BigInt(extra);
  const two = ln2(work);
  let k = wide / two;
  let r = wide - k * two;
  if (r < 0n) {
    r += two;
    k--;
  }
  r >>= BigInt(SQUARINGS);
  let sum = 1n << BigInt(work);
  for (let term = sum, n = 1n; term > 0n; n++) {
    term = ((term * r) >> BigInt(work)) / n;
    sum += term;
  }
  for (let i = 0; i < SQUARINGS; i++) sum = (sum * sum) >> BigInt(work);
  return { m: sum >> BigInt(extra), k: Number(k) };
}

/** m · 2^k / 2^bits as a decimal coefficient of at least `digits` digits. */
function toDecimal(m: bigint, k: number, bits: number, digits: number): { coef: bigint; exp: number } {
  const binary = k - bits;
  const size = Math.floor((bitLength(m) + binary) * Math.LOG10E * Math.LN2) + 1;
  const shift = digits - size + 1;
  let coef = m;
  if (shift > 0) coef *= pow10(shift);
  coef = binary >= 0 ? coef << BigInt(binary) : coef >> BigInt(-binary);
  if (shift < 0) coef /= pow10(-shift);
  return { coef, exp: -shift };
}

const BITS_PER_DIGIT = Math.log2(10);

/** Computes with growing precision until the digits beyond `prec` decide the rounding. `approximate` gives a value with `digits` good digits. */
function certain(env: Env, sign: Sign, approximate: (digits: number) => { coef: bigint; exp: number }): PyDecimal {
  for (let guard = 6; ; guard *= 2) {
    const { coef, exp } = approximate(env.prec + guard);
    const drop = digitCount(coef) - env.prec;
    // the last two digits may be wrong
    const tail = drop > 2 ? (coef % pow10(drop)) / 100n : 0n;
    const unit = pow10(Math.max(0, drop - 2));
    const near = (x: bigint): boolean => tail - x <= 1n && x - tail <= 1n;
    if (drop > 2 && guard < 400 && (near(0n) || near(unit) || near(unit / 2n))) continue;
    return finishEven(env, sign, coef * 10n + 1n, exp - 1);
  }
}

const ONE = new PyDecimal(0, 1n, 0);

/** An exact one with as many digits as the precision has, inexact by decree. */
function paddedOne(env: Env, sign: Sign): PyDecimal {
  env.status |= C.Inexact | C.Rounded;
  return new PyDecimal(sign, pow10(env.prec - 1), 1 - env.prec);
}

/** Beyond any exponent: overflow or underflow to zero. */
function beyond(env: Env, sign: Sign, large: boolean): PyDecimal {
  return large ? finish(env, sign, 1n, env.emax + 1) : finishEven(env, sign, 1n, etiny(env) - 2);
}

// ---- exp, ln, log10 ----------------------------------------------------------------------------------------------------------------------------

/** Fixed point of a decimal; an approximation when it has digits below. */
function toFixed(d: PyDecimal, bits: number): bigint {
  const scaled = d.coef << BigInt(bits);
  const v = d.exp >= 0 ? scaled * pow10(d.exp) : scaled / pow10(-d.exp);
  return d.sign ? -v : v;
}

export function exp(env: Env, a: PyDecimal): PyDecimal {
  const nan = nanResult(env, a);
  if (nan) return nan;
  if (a.kind === INFINITE) return a.sign ? new PyDecimal(0, 0n, 0) : a;
  if (a.coef === 0n) return ONE;
  const magnitude = a.adjusted;
  if (magnitude > 20 || Math.abs(approximateNumber(a)) > (env.emax + env.prec + 10) * 2.31) return a.sign ? beyond(env, 0, false) : finishEven(env, 0, 1n, env.emax + 1);
  if (magnitude < -env.prec - 1) {
    // 1 ± a trace
    const trace = pow10(env.prec + 2);
    return finishEven(env, 0, a.sign ? trace - 1n : trace + 1n, -env.prec - 2);
  }
  return certain(env, 0, (digits) => {
    const bits = Math.ceil((digits + Math.max(0, magnitude) + 4) * BITS_PER_DIGIT) + 16;
    const { m, k } = expFixed(toFixed(a, bits), bits);
    return toDecimal(m, k, bits, digits + 2);
  });
}

function approximateNumber(a: PyDecimal): number {
  return Number(`${a.sign ? "-" : ""}${a.coef}e${a.exp}`);
}

/** The common part of ln and log10: what is no positive finite number. */
function logOfSpecial(env: Env, a: PyDecimal): PyDecimal | undefined {
  const nan = nanResult(env, a);
  if (nan) return nan;
  if (a.zero) return infinity(1);
  if (a.sign) return invalid(env);
  return a.kind === INFINITE ? a : undefined;
}

/** log(a) · 2^bits with enough bits for `digits` good digits, which needs more when a is near one. */
function lnDigits(a: PyDecimal, digits: number): { value: bigint; bits: number } {
  let bits = Math.ceil((digits + 6) * BITS_PER_DIGIT) + 32;
  let value = lnFixed(a.coef, a.exp, bits);
  const lost = bits - bitLength(value);
  if (lost > 0) {
    bits += lost;
    value = lnFixed(a.coef, a.exp, bits);
  }
  return { value, bits };
}

export function ln(env: Env, a: PyDecimal): PyDecimal {
  const special = logOfSpecial(env, a);
  if (special) return special;
  if (isPowerOfTen(a) && a.adjusted === 0) return new PyDecimal(0, 0n, 0);
  const negative = a.adjusted < 0;
  return certain(env, negative ? 1 : 0, (digits) => {
    const { value, bits } = lnDigits(a, digits);
    return toDecimal(value < 0n ? -value : value, 0, bits, digits + 2);
  });
}

function isPowerOfTen(a: PyDecimal): boolean {
  return a.coef === pow10(a.digits - 1);
}

export function log10(env: Env, a: PyDecimal): PyDecimal {
  const special = logOfSpecial(env, a);
  if (special) return special;
  const e = a.adjusted;
  if (isPowerOfTen(a)) return finish(env, e < 0 ? 1 : 0, BigInt(Math.abs(e)), 0);
  return certain(env, e < 0 ? 1 : 0, (digits) => {
    const { value, bits } = lnDigits(a, digits + 2);
    const ten = lnFixed(10n, 0, bits);
    const quotient = ((value < 0n ? -value : value) << BigInt(bits)) / ten;
    return toDecimal(quotient, 0, bits, digits + 2);
  });
}

// ---- power -----------------------------------------------------------------------------------------------------------------------------------------

/** The integer that b is, or undefined. */
function integral(b: PyDecimal): bigint | undefined {
  if (b.kind !== FINITE) return undefined;
  if (b.coef === 0n) return 0n;
  if (b.exp >= 0) return b.adjusted > 40 ? undefined : (b.sign ? -b.coef : b.coef) * pow10(b.exp);
  if (-b.exp >= b.digits) return undefined;
  const unit = pow10(-b.exp);
  return b.coef % unit === 0n ? ((b.sign ? -b.coef : b.coef) / unit) : undefined;
}

/** Whether b is an odd integer, an even one or no integer. */
function parity(b: PyDecimal): "odd" | "even" | "none" {
  if (b.kind === INFINITE) return "even";
  if (b.exp > 0 || b.coef === 0n) return "even";
  const n = integral(b);
  return n === undefined ? "none" : n & 1n ? "odd" : "even";
}

export function power(env: Env, a: PyDecimal, b: PyDecimal): PyDecimal {
  const nan = nanResult(env, a, b);
  if (nan) return nan;
  const kind = parity(b);
  const sign: Sign = a.sign && kind === "odd" ? 1 : 0;
  if (a.zero) {
    if (b.zero) return invalid(env);
    return b.sign ? infinity(sign) : new PyDecimal(sign, 0n, 0);
  }
  if (b.zero) return ONE;
  if (a.sign && (kind === "none" || b.kind === INFINITE)) return invalid(env);
  if (a.kind === INFINITE) return b.sign ? new PyDecimal(sign, 0n, 0) : infinity(sign);
  const base = a.withSign(0);
  const size = comparedToOne(base);
  if (b.kind === INFINITE) {
    if (size === 0) return paddedOne(env, sign);
    return size > 0 === (b.sign === 0) ? infinity(sign) : new PyDecimal(sign, 0n, 0);
  }
  const n = integral(b);
  if (size === 0 && n === undefined) return paddedOne(env, sign);
  // the result's exponent, roughly
  const estimate = approximateLog10(base) * approximateNumber(b);
  if (estimate > env.emax + 3) return beyond(env, sign, true);
  if (estimate < etiny(env) - 3) return beyond(env, sign, false);
  if (n !== undefined) {
    const exact = integerPower(env, base, n, sign);
    if (exact) return exact;
  }
  return realPower(env, base, b, sign);
}

function comparedToOne(d: PyDecimal): number {
  if (d.adjusted !== 0) return Math.sign(d.adjusted);
  return isPowerOfTen(d) ? 0 : 1;
}

function approximateLog10(d: PyDecimal): number {
  const digits = d.coef.toString();
  return Math.log10(Number(`${digits[0]}.${digits.slice(1, 17) || "0"}`)) + d.adjusted;
}

/** Digits beyond which an exact power is not worth computing. */
const EXACT_DIGITS = 20000;

/** Exact powers are rounded once; undefined when there are too many digits. */
function integerPower(env: Env, base: PyDecimal, n: bigint, sign: Sign): PyDecimal | undefined {
  const times = n < 0n ? -n : n;
  if (BigInt(base.digits) * times > BigInt(EXACT_DIGITS)) return undefined;
  const coef = base.coef ** times;
  const at = base.exp * Number(times);
  if (n >= 0n) return finish(env, sign, coef, at);
  return divide(env, ONE.withSign(sign), new PyDecimal(0, coef, at));
}

/** By e^(b·ln a), rounded to what it is near: the value may be exact, then more digits would never decide. */
function realPower(env: Env, base: PyDecimal, b: PyDecimal, sign: Sign): PyDecimal {
  const digits = env.prec + 16;
  const { value, bits } = lnDigits(base, digits + 8 + Math.max(0, b.adjusted) + base.adjusted.toString().length);
  const product = b.exp >= 0 ? value * b.coef * pow10(b.exp) : (value * b.coef) / pow10(-b.exp);
  const { m, k } = expFixed(b.sign ? -product : product, bits);
  const { coef, exp: e } = toDecimal(m, k, bits, digits + 2);
  const drop = Math.max(0, digitCount(coef) - env.prec - 12);
  const unit = pow10(drop);
  const rounded = (coef + unit / 2n) / unit;
  env.status |= C.Inexact | C.Rounded;
  return finish(env, sign, rounded, e + drop);
}

/** a^b mod m, all integers; the result is exact. */
export function powerModulo(env: Env, a: PyDecimal, b: PyDecimal, m: PyDecimal): PyDecimal {
  for (const d of [a, b, m]) if (d.nan) return nanResult(env, a, b) ?? nanResult(env, m)!;
  const [x, y, z] = [integral(a), integral(b), integral(m)];
  if (x === undefined || y === undefined || z === undefined || y < 0n || z === 0n) return invalid(env);
  if (m.adjusted >= env.prec) return invalid(env);
  if (x === 0n && y === 0n) return invalid(env);
  const modulus = z < 0n ? -z : z;
  const odd = (y & 1n) === 1n;
  let result = 1n % modulus;
  let square = (x < 0n ? -x : x) % modulus;
  for (let e = y; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return fit(env, new PyDecimal(x < 0n && odd ? 1 : 0, result, 0));
}
