/**
 * sin, cos, tan, asin, acos, atan, atan2 in double-double with tables (S. Gal, "Computing elementary functions", 1986): the nearest double but for about
 * one argument in 10^4. Reduction by π/2 is Cody and Waite's with four parts, for large arguments Payne and Hanek's over a long 2/π.
 */

import { FIXED, leading, mulFixed, ONE_FIXED, PI_FIXED, piFixed, productError, SPLITTER, split, toDouble, toFixed } from "./libm-exact.ts";
import { frexp } from "./libm-parts.ts";

const STEPS = 64;
/** Largest angle in the table: π/4 plus what rounding adds. */
const LAST = 51;
/** Per i: sin(i/64) and cos(i/64), each as hi, lo, and hi split. */
const SINES = new Float64Array((LAST + 1) * 8);
/** Per i: atan(i/64) as hi, lo. */
const ARCS = new Float64Array((STEPS + 1) * 2);

/** Tables are filled on first use, to spare programs without trigonometry the milliseconds. */
function fillSines(): void {
  const step = ONE_FIXED / BigInt(STEPS);
  const [sinStep, cosStep] = [taylor(step, step, 1n), taylor(ONE_FIXED, step, 0n)];
  let s = 0n;
  let c = ONE_FIXED;
  for (let i = 0; i <= LAST; i++) {
    SINES.set([...withSplit(s), ...withSplit(c)], i * 8);
    [s, c] = [mulFixed(s, cosStep) + mulFixed(c, sinStep), mulFixed(c, cosStep) - mulFixed(s, sinStep)];
  }
}

/** first - first·x²/((n+1)(n+2)) + … */
function taylor(first: bigint, x: bigint, n: bigint): bigint {
  const square = mulFixed(x, x);
  let term = first;
  let sum = first;
  for (let k = n; term !== 0n; k += 2n) {
    term = -mulFixed(term, square) / ((k + 1n) * (k + 2n));
    sum += term;
  }
  return sum;
}

function withSplit(v: bigint): number[] {
  const [hi, lo] = split(v);
  const c = SPLITTER * hi;
  const head = c - (c - hi);
  return [hi, lo, head, hi - head];
}

function fillArcs(): void {
  let v = 0n;
  for (let i = 0; i <= STEPS; i++) {
    ARCS.set(split(v), i * 2);
    v += arc(BigInt(STEPS), BigInt(STEPS * STEPS + i * (i + 1)));
  }
}

/** atan(n/d) for a small quotient: atan((i+1)/64) - atan(i/64) = atan(64/(4096 + i(i+1))). */
function arc(n: bigint, d: bigint): bigint {
  const x = (n << BigInt(FIXED)) / d;
  const square = mulFixed(x, x);
  let power = x;
  let sum = x;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = -mulFixed(power, square);
    sum += power / k;
  }
  return sum;
}

// ---- reduction ------------------------------------------------------------------------------------------------------------------------------------

const HALF_PI_FIXED = PI_FIXED >> 1n;
/** π/2 in parts; the first three are short, so that their products with quadrant numbers below 2^20 are exact. */
const PART1 = leading(HALF_PI_FIXED, 33);
const PART2 = leading(HALF_PI_FIXED - toFixed(PART1), 33);
const PART3 = leading(HALF_PI_FIXED - toFixed(PART1) - toFixed(PART2), 33);
const PART4 = toDouble(HALF_PI_FIXED - toFixed(PART1) - toFixed(PART2) - toFixed(PART3));
const TWO_OVER_PI = 2 / toDouble(PI_FIXED);
const [HALF_PI, HALF_PI_LOW] = split(HALF_PI_FIXED);
const [PI, PI_LOW] = split(PI_FIXED);
const QUARTER_PI = HALF_PI / 2;
const ROUNDER = 6755399441055744;
/** Beyond this the reduction is done with big integers. */
const LARGE = 1e6;

/** Results of the last reduction: x = quadrant·π/2 + angle[0] + angle[1]. Scratch lives in typed arrays, where V8 keeps doubles unboxed. */
const angle = new Float64Array(2);

function reduce(x: number): number {
  if (SINES[4] === 0) fillSines();
  if (x >= -QUARTER_PI && x <= QUARTER_PI) {
    angle[0] = x;
    angle[1] = 0;
    return 0;
  }
  if (x > LARGE || x < -LARGE) return reduceLarge(x);
  const n = x * TWO_OVER_PI + ROUNDER - ROUNDER;
  const a = x - n * PART1;
  const b = n * PART2;
  const t = a - b;
  const tv = a - t;
  const te = a - (t + tv) + (tv - b);
  const c = n * PART3;
  const u = t - c;
  const uv = t - u;
  const ue = t - (u + uv) + (uv - c);
  const rest = te + ue - n * PART4;
  const r = u + rest;
  angle[0] = r;
  angle[1] = u - r + rest;
  return n & 3;
}

/** Fraction bits of 2/π that the largest double needs, with 160 to spare behind the point. */
const LONG = 1280;
let longTwoOverPi: bigint | undefined;

function reduceLarge(x: number): number {
  longTwoOverPi ??= (1n << BigInt(2 * LONG + 1)) / piFixed(LONG);
  const [m, e] = frexp(Math.abs(x));
  const product = BigInt(m * 2 ** 53) * longTwoOverPi;
  const scaled = e >= 53 ? product << BigInt(e - 53) : product >> BigInt(53 - e);
  return fromProduct(x < 0 ? -scaled : scaled);
}

/** Quadrant and angle of a fixed-point number of right angles with LONG fraction bits. */
function fromProduct(product: bigint): number {
  const unit = 1n << BigInt(LONG);
  const quadrants = (product + (unit >> 1n)) >> BigInt(LONG);
  const fraction = (product - quadrants * unit) >> BigInt(LONG - FIXED - 64);
  const radians = (fraction * HALF_PI_FIXED) >> BigInt(FIXED + 64);
  angle.set(split(radians));
  return Number(BigInt.asUintN(2, quadrants));
}

// ---- kernels ------------------------------------------------------------------------------------------------------------------------------------

/** Low part of the last kernel result. */
const low = new Float64Array(1);

/** sin(angle) as double-double: returns the high part. */
function sinKernel(): number {
  const negative = angle[0]! < 0;
  const x = negative ? -angle[0]! : angle[0]!;
  const xl = negative ? -angle[1]! : angle[1]!;
  const i = (x * STEPS + 0.5) | 0;
  const t = x - i / STEPS;
  const at = i * 8;
  const t2 = t * t;
  const cosMinus1 = t2 * (-0.5 + t2 * (1 / 24 + t2 * (-1 / 720 + t2 * (1 / 40320))));
  const sinRest = t2 * t * (-1 / 6 + t2 * (1 / 120 + t2 * (-1 / 5040)));
  const c = SINES[at + 4]!;
  const p = c * t;
  const ct = SPLITTER * t;
  const th = ct - (ct - t);
  const tl = t - th;
  const ch = SINES[at + 6]!;
  const cl = SINES[at + 7]!;
  const error = ch * th - p + ch * tl + cl * th + cl * tl;
  const s = SINES[at]!;
  const h = s + p;
  const e = s - h + p + (SINES[at + 1]! + SINES[at + 5]! * t + error + (s * cosMinus1 + c * (sinRest + xl)));
  const r = h + e;
  low[0] = negative ? r - h - e : h - r + e;
  return negative ? -r : r;
}

/** cos(angle) likewise. */
function cosKernel(): number {
  const negative = angle[0]! < 0;
  const x = negative ? -angle[0]! : angle[0]!;
  const xl = negative ? -angle[1]! : angle[1]!;
  const i = (x * STEPS + 0.5) | 0;
  const t = x - i / STEPS;
  const at = i * 8;
  const t2 = t * t;
  const cosMinus1 = t2 * (-0.5 + t2 * (1 / 24 + t2 * (-1 / 720 + t2 * (1 / 40320))));
  const sinRest = t2 * t * (-1 / 6 + t2 * (1 / 120 + t2 * (-1 / 5040)));
  const s = SINES[at]!;
  const p = -s * t;
  const ct = SPLITTER * t;
  const th = ct - (ct - t);
  const tl = t - th;
  const sh = SINES[at + 2]!;
  const sl = SINES[at + 3]!;
  const error = -(sh * th + p + sh * tl + sl * th + sl * tl);
  const c = SINES[at + 4]!;
  const h = c + p;
  const e = c - h + p + (SINES[at + 5]! - SINES[at + 1]! * t + error + (c * cosMinus1 - s * (sinRest + xl)));
  const r = h + e;
  low[0] = h - r + e;
  return r;
}

export function sin(x: number): number {
  if (!(x > -Infinity && x < Infinity)) return NaN;
  if (x > -1e-8 && x < 1e-8) return x === 0 ? x : x - (x * x * x) / 6;
  const q = reduce(x);
  const r = q & 1 ? cosKernel() : sinKernel();
  return q & 2 ? -r : r;
}

export function cos(x: number): number {
  if (!(x > -Infinity && x < Infinity)) return NaN;
  const q = reduce(x);
  const r = q & 1 ? sinKernel() : cosKernel();
  return q === 1 || q === 2 ? -r : r;
}

export function tan(x: number): number {
  if (!(x > -Infinity && x < Infinity)) return NaN;
  if (x > -1e-8 && x < 1e-8) return x + (x * x * x) / 3;
  const q = reduce(x);
  const s = sinKernel();
  const sl = low[0]!;
  const c = cosKernel();
  const cl = low[0]!;
  return q & 1 ? -quotient(c, cl, s, sl) : quotient(s, sl, c, cl);
}

/** (a + al) / (b + bl) rounded; leaves the low part. */
function quotient(a: number, al: number, b: number, bl: number): number {
  const q = a / b;
  const p = q * b;
  const rest = (a - p - productError(q, b, p) + al - q * bl) / b;
  const r = q + rest;
  low[0] = q - r + rest;
  return r;
}

// ---- inverse functions --------------------------------------------------------------------------------------------------------------------------

/** atan(q + ql) for 0 ≤ q ≤ 1 as double-double. */
function atanKernel(q: number, ql: number): number {
  if (ARCS[2] === 0) fillArcs();
  const i = (q * STEPS + 0.5) | 0;
  let t = q;
  let tl = ql;
  if (i > 0) {
    // t = (q - c) / (1 + q·c)
    const c = i / STEPS;
    const n = q - c;
    const p = q * c;
    const d = 1 + p;
    const dl = 1 - d + p + productError(q, c, p) + ql * c;
    t = n / d;
    const m = t * d;
    tl = (n - m - productError(t, d, m) - t * dl + ql) / d;
  }
  const t2 = t * t;
  const rest = t2 * t * (-1 / 3 + t2 * (1 / 5 + t2 * (-1 / 7 + t2 * (1 / 9 - t2 / 11))));
  const base = ARCS[i * 2]!;
  const h = base + t;
  const e = base - h + t + (ARCS[i * 2 + 1]! + tl + rest);
  const r = h + e;
  low[0] = h - r + e;
  return r;
}

/** Angle of the point (x + xl, y + yl) with y ≥ 0, x ≥ 0, not both zero, as double-double. */
function firstQuadrant(y: number, yl: number, x: number, xl: number): number {
  if (y <= x) {
    const q = quotient(y, yl, x, xl);
    return atanKernel(q, low[0]!);
  }
  const q = quotient(x, xl, y, yl);
  const a = atanKernel(q, low[0]!);
  const al = low[0]!;
  const h = HALF_PI - a;
  const e = HALF_PI - h - a + (HALF_PI_LOW - al);
  const r = h + e;
  low[0] = h - r + e;
  return r;
}

/** π - (a + low[0]) rounded. */
function supplement(a: number): number {
  const h = PI - a;
  return h + (PI - h - a + (PI_LOW - low[0]!));
}

export function atan(x: number): number {
  const a = Math.abs(x);
  if (!(a > 1e-8)) return a > 0 ? x - (x * x * x) / 3 : x;
  const r = a <= 1 ? atanKernel(a, 0) : a > 1e19 ? HALF_PI : firstQuadrant(a, 0, 1, 0);
  return x < 0 ? -r : r;
}

export function atan2(y: number, x: number): number {
  if (x !== x || y !== y) return NaN;
  const negative = y < 0 || Object.is(y, -0);
  const r = upperHalf(Math.abs(y), x);
  return negative ? -r : r;
}

function upperHalf(y: number, x: number): number {
  const left = x < 0 || Object.is(x, -0);
  const ax = Math.abs(x);
  if (y === 0) return left ? PI : 0;
  if (ax === 0 || y === Infinity) {
    if (ax !== Infinity) return HALF_PI;
    return left ? toThreeQuarters() : QUARTER_PI;
  }
  if (ax === Infinity) return left ? PI : 0;
  const ratio = y / ax;
  if (ratio < 1e-20) return left ? PI : ratio;
  if (ratio > 1e20) return HALF_PI;
  // scaled, so that exact products neither overflow nor underflow
  const scale = Math.max(y, ax) > 1e200 ? 2 ** -700 : Math.max(y, ax) < 1e-200 ? 2 ** 700 : 1;
  const r = firstQuadrant(y * scale, 0, ax * scale, 0);
  return left ? supplement(r) : r;
}

function toThreeQuarters(): number {
  return toDouble((PI_FIXED * 3n) >> 2n);
}

/** √(1 - x²) for |x| ≤ 1: returns the high part, leaves the low one. */
function complement(x: number): number {
  const p = x * x;
  const u = 1 - p;
  const ul = 1 - u - p - productError(x, x, p);
  if (u + ul <= 0) {
    low[0] = 0;
    return 0;
  }
  const g = Math.sqrt(u);
  const square = g * g;
  low[0] = (u - square - productError(g, g, square) + ul) / (2 * g);
  return g;
}

export function asin(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 1)) return NaN;
  if (a < 1e-8) return x + (x * x * x) / 6;
  const c = complement(a);
  const r = firstQuadrant(a, 0, c, low[0]!);
  return x < 0 ? -r : r;
}

export function acos(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 1)) return NaN;
  const c = complement(a);
  const r = firstQuadrant(c, low[0]!, a, 0);
  return x < 0 ? supplement(r) : r;
}
