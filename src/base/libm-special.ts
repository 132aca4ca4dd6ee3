/**
 * Gamma and error functions.
 *
 * gamma and lgamma evaluate Lanczos's approximation with the parameters and the order of operations of CPython's math module (g = 6.0246…, N = 13, the
 * coefficients are Boost's lanczos13m53 by J. Maddock), so that rounding errors agree. erf and erfc are the nearest double in nearly all
 * cases: Taylor series about multiples of 1/16, whose values and derivatives are computed once with big integers.
 * Sources: C. Lanczos, "A precision approximation of the gamma function" (1964); Abramowitz and Stegun 7.1, 7.2 (repeated derivatives of erf).
 */

import { divFixed, mulFixed, ONE_FIXED, PI_FIXED, productError, split, sqrtFixed, toDouble } from "./libm-exact.ts";
import { exp, expTimes, log, pow } from "./libm-exp.ts";
import { lazyTable } from "./libm-tables.ts";
import { cos, sin } from "./libm-trig.ts";

const PI = toDouble(PI_FIXED);
const LOG_PI = 1.1447298858494002;
const LANCZOS_G = 6.02468004077673;
const G_MINUS_HALF = 5.52468004077673;

/** Numerator of the rational form of the Lanczos sum, by power of x. */
const NUMERATOR: readonly number[] = [
  23531376880.41076, 42919803642.6491, 35711959237.35567, 17921034426.03721, 6039542586.352028, 1439720407.3117216, 248874557.86205417,
  31426415.585400194, 2876370.6289353725, 186056.26539522348, 8071.672002365816, 210.82427775157936, 2.5066282746310002,
];
/** Denominator: x(x+1)…(x+11), expanded. */
const DENOMINATOR: readonly number[] = [
  0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925, 66, 1,
];

function lanczosSum(x: number): number {
  let num = 0;
  let den = 0;
  if (x < 5) {
    for (let i = NUMERATOR.length - 1; i >= 0; i--) {
      num = num * x + NUMERATOR[i]!;
      den = den * x + DENOMINATOR[i]!;
    }
  } else {
    for (let i = 0; i < NUMERATOR.length; i++) {
      num = num / x + NUMERATOR[i]!;
      den = den / x + DENOMINATOR[i]!;
    }
  }
  return num / den;
}

/** sin(πx), accurate near integers. */
export function sinPi(x: number): number {
  const y = Math.abs(x) % 2;
  const n = Math.round(2 * y);
  let r: number;
  switch (n) {
    case 0:
      r = sin(PI * y);
      break;
    case 1:
      r = cos(PI * (y - 0.5));
      break;
    case 2:
      r = sin(PI * (1 - y));
      break;
    case 3:
      r = -cos(PI * (y - 1.5));
      break;
    default:
      r = sin(PI * (y - 2));
  }
  return x < 0 ? -r : r;
}

/** n! as doubles for n < 23: exact. */
const FACTORIALS: readonly number[] = Array.from({ length: 23 }, (_, n) => {
  let f = 1;
  for (let k = 2; k <= n; k++) f *= k;
  return f;
});

/** NaN at negative integers, signed infinity at zeros and on overflow: the caller turns them into errors. */
export function gamma(x: number): number {
  if (x !== x || x === Infinity) return x;
  if (x === -Infinity) return NaN;
  if (x === 0) return 1 / x;
  if (Number.isInteger(x)) {
    if (x < 0) return NaN;
    if (x <= FACTORIALS.length) return FACTORIALS[x - 1]!;
  }
  const a = Math.abs(x);
  if (a < 1e-20) return 1 / x;
  if (a > 200) return x < 0 ? 0 / sinPi(x) : Infinity;
  const y = a + G_MINUS_HALF;
  const z = ((a > G_MINUS_HALF ? y - a - G_MINUS_HALF : y - G_MINUS_HALF - a) * LANCZOS_G) / y;
  let r: number;
  if (x < 0) {
    r = ((-PI / sinPi(a) / a) * exp(y)) / lanczosSum(a);
    r -= z * r;
    if (a < 140) return r / pow(y, a - 0.5);
    const root = pow(y, a / 2 - 0.25);
    return r / root / root;
  }
  r = lanczosSum(a) / exp(y);
  r += z * r;
  if (a < 140) return r * pow(y, a - 0.5);
  const root = pow(y, a / 2 - 0.25);
  return r * root * root;
}

/** log|Γ(x)|; infinity at the poles. */
export function lgamma(x: number): number {
  if (x !== x) return x;
  if (x === Infinity || x === -Infinity) return Infinity;
  if (Number.isInteger(x) && x <= 2) return x <= 0 ? Infinity : 0;
  const a = Math.abs(x);
  if (a < 1e-20) return -log(a);
  let r = log(lanczosSum(a)) - LANCZOS_G;
  r += (a - 0.5) * (log(a + LANCZOS_G - 0.5) - 1);
  return x < 0 ? LOG_PI - log(Math.abs(sinPi(a))) - log(a) - r : r;
}

// ---- error functions ----------------------------------------------------------------------------------------------------------------------------

const STEPS = 16;
/** erf rounds to 1 from here on. */
const ERF_LIMIT = 6;
/** Taylor coefficients kept per centre: |t| ≤ 1/32. */
const TERMS = 13;
const ROOT_PI = sqrtFixed(PI_FIXED);
const TWO_OVER_ROOT_PI = divFixed(2n * ONE_FIXED, ROOT_PI);

/** Per centre c = i/16: value hi, lo, slope hi, lo, then the coefficients of t², t³, … */
const ROW = 4 + TERMS - 2;

/**
 * The derivatives of erf: with u = e^(-c²) the Taylor coefficients a_n about c obey a_1 = 2u/√π and (n+2)(n+1) a_(n+2) = -2((n+1) c a_(n+1) + n a_n),
 * because erf'' = -2x erf'. The value at the next centre is the series itself.
 */
const erfTable = lazyTable("erf", () => {
  const rows = ERF_LIMIT * STEPS + 1;
  const table = new Float64Array(rows * ROW);
  let value = 0n;
  let slope = TWO_OVER_ROOT_PI;
  const step = ONE_FIXED / BigInt(STEPS);
  for (let i = 0; i < rows; i++) {
    const a = coefficients(value, slope, (ONE_FIXED * BigInt(i)) / BigInt(STEPS));
    table.set([...split(value), ...split(slope), ...a.slice(2, TERMS).map(toDouble)], i * ROW);
    value = horner(a, step);
    slope = horner(
      a.slice(1).map((c, n) => c * BigInt(n + 1)),
      step,
    );
  }
  return table;
});

/** Enough Taylor coefficients to step on by 1/16 with full precision. */
function coefficients(value: bigint, slope: bigint, c: bigint): bigint[] {
  const a = [value, slope];
  for (let n = 0; n < 48; n++) {
    const m = BigInt(n);
    a.push((-2n * ((m + 1n) * mulFixed(c, a[n + 1]!) + m * (n === 0 ? 0n : a[n]!))) / ((m + 2n) * (m + 1n)));
  }
  return a;
}

function horner(a: readonly bigint[], t: bigint): bigint {
  return a.reduceRight((sum, c) => c + mulFixed(sum, t), 0n);
}

/** Low part of the last series. */
const seriesLow = new Float64Array(1);

/** The series of a table about the nearest centre, as double-double. */
function series(table: Float64Array, x: number, first: number): number {
  const i = Math.round(x * STEPS);
  const t = x - i / STEPS;
  const at = (i - first) * ROW;
  let tail = 0;
  for (let k = TERMS - 1; k >= 2; k--) tail = tail * t + table[at + 2 + k]!;
  const slope = table[at + 2]!;
  const p = slope * t;
  const lower = productError(slope, t, p) + table[at + 1]! + table[at + 3]! * t + tail * t * t;
  const base = table[at]!;
  const h = base + p;
  const e = (Math.abs(base) >= Math.abs(p) ? base - h + p : p - h + base) + lower;
  const r = h + e;
  seriesLow[0] = h - r + e;
  return r;
}

export function erf(x: number): number {
  const a = Math.abs(x);
  if (a !== a || a === 0) return x;
  const r = a >= ERF_LIMIT ? 1 : a < 1e-290 ? a * toDouble(TWO_OVER_ROOT_PI) : series(erfTable(), a, 0);
  return x < 0 ? -r : r;
}

// erfc(x) = e^(-x²)·g(x) for large x; the scaled function g obeys g' = 2xg - 2/√π

/** Below this erfc is 1 - erf. */
const SCALED_FROM = 1.75;
const SCALED_FIRST = SCALED_FROM * STEPS;
/** erfc underflows to 0 from here on. */
const ERFC_LIMIT = 28;
let scaledTable: Float64Array | undefined;

/** Downwards from the largest centre, where the continued fraction is short: in that direction the differential equation damps errors. */
function buildScaled(): Float64Array {
  const last = ERFC_LIMIT * STEPS;
  const table = new Float64Array((last - SCALED_FIRST + 1) * ROW);
  let value = scaledFraction(BigInt(ERFC_LIMIT));
  for (let i = last; i >= SCALED_FIRST; i--) {
    const c = (ONE_FIXED * BigInt(i)) / BigInt(STEPS);
    const g = [value, 2n * mulFixed(c, value) - TWO_OVER_ROOT_PI];
    for (let n = 1; n < 48; n++) g.push((2n * (mulFixed(c, g[n]!) + g[n - 1]!)) / BigInt(n + 1));
    table.set([...split(value), ...split(g[1]!), ...g.slice(2, TERMS).map(toDouble)], (i - SCALED_FIRST) * ROW);
    value = horner(g, -ONE_FIXED / BigInt(STEPS));
  }
  return table;
}

/** g(x) = 1/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) */
function scaledFraction(x: bigint): bigint {
  const f = x * ONE_FIXED;
  let tail = f;
  for (let k = 60n; k >= 1n; k--) tail = f + divFixed((k * ONE_FIXED) / 2n, tail);
  return divFixed(ONE_FIXED, mulFixed(ROOT_PI, tail));
}

export function erfc(x: number): number {
  if (x !== x) return x;
  if (x >= ERFC_LIMIT) return 0;
  if (x <= -ERF_LIMIT) return 2;
  if (x >= SCALED_FROM) {
    const g = series((scaledTable ??= buildScaled()), x, SCALED_FIRST);
    const square = x * x;
    return expTimes(-square, -productError(x, x, square), g, seriesLow[0]!);
  }
  const h = series(erfTable(), Math.abs(x), 0);
  const sign = x < 0 ? 1 : -1;
  const s = 1 + sign * h;
  return s + (1 - s + sign * h + sign * seriesLow[0]!);
}
