/**
 * Functions that take doubles apart or are exact by definition: frexp, ldexp, nextafter, ulp, fma, remainder, cbrt, hypot.
 * Sources: IEEE 754-2019; S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums" (2008) for fma by rounding to odd.
 */
import { cell, HIGH, LOW, productError, scaleDouble, words } from "./libm-exact.ts";

/** x = m·2^e with ½ ≤ |m| < 1; zero, infinities and NaN come back with exponent 0. */
export function frexp(x: number): [m: number, e: number] {
  if (x === 0 || !(x > -Infinity && x < Infinity)) return [x, 0];
  let shift = 0;
  cell[0] = x;
  if ((words[HIGH]! & 0x7ff00000) === 0) {
    cell[0] = x * 18014398509481984;
    shift = 54;
  }
  const high = words[HIGH]!;
  const e = ((high >> 20) & 0x7ff) - 1022;
  words[HIGH] = high - (e << 20);
  return [cell[0]!, e - shift];
}

/** x·2^e rounded once. */
export function ldexp(x: number, e: number): number {
  if (x === 0 || !(x > -Infinity && x < Infinity)) return x;
  const [m, own] = frexp(x);
  const exponent = own + e;
  if (exponent > 1024) return x > 0 ? Infinity : -Infinity;
  if (exponent < -1080) return x > 0 ? 0 : -0;
  return scaleDouble(m, 0, exponent);
}

/** The double that follows x in the direction of y; with `steps`, so many further. */
export function nextafter(x: number, y: number, steps: bigint = 1n): number {
  if (x !== x || y !== y) return NaN;
  if (x === y || steps === 0n) return steps === 0n ? x : y;
  const from = ordinal(x);
  const to = ordinal(y);
  const distance = to > from ? to - from : from - to;
  if (steps >= distance) return y;
  const at = to > from ? from + steps : from - steps;
  return fromOrdinal(at, x);
}

/** Position of a double in the order of all doubles; both zeros are 0. */
function ordinal(x: number): bigint {
  cell[0] = Math.abs(x);
  const bits = (BigInt(words[HIGH]! >>> 0) << 32n) | BigInt(words[LOW]! >>> 0);
  return x < 0 ? -bits : bits;
}

function fromOrdinal(n: bigint, origin: number): number {
  const bits = n < 0n ? -n : n;
  words[HIGH] = Number(bits >> 32n);
  words[LOW] = Number(BigInt.asIntN(32, bits));
  const a = cell[0]!;
  return n < 0n || (n === 0n && (origin < 0 || Object.is(origin, -0))) ? -a : a;
}

/** Value of the least significant bit of x. */
export function ulp(x: number): number {
  const a = Math.abs(x);
  if (a !== a || a === Infinity) return a;
  const up = nextafter(a, Infinity);
  return up === Infinity ? a - nextafter(a, 0) : up - a;
}

/** Rounds the sum a + b to odd: an inexact sum gets an odd last bit, so that a second rounding cannot go wrong. */
function addOdd(a: number, b: number): number {
  const s = a + b;
  const v = s - a;
  const error = a - (s - v) + (b - v);
  if (error === 0) return s;
  cell[0] = s;
  if ((words[LOW]! & 1) === 1) return s;
  // towards the error
  return error > 0 === s > 0 ? nextafter(s, s > 0 ? Infinity : -Infinity) : nextafter(s, 0);
}

/** x·y + z rounded once. */
export function fma(x: number, y: number, z: number): number {
  const p = x * y;
  if (p === 0 || z === 0 || !(p > -Infinity && p < Infinity) || !(z > -Infinity && z < Infinity)) return exceptionalFma(x, y, z, p);
  const a = Math.abs(p);
  if (a > 1e-230 && a < 1e290 && Math.abs(x) < 1e290 && Math.abs(y) < 1e290 && Math.abs(z) < 1e290 && Math.abs(z) > 1e-230) {
    const pl = productError(x, y, p);
    const t = z + pl;
    const tv = t - z;
    const tl = z - (t - tv) + (pl - tv);
    const s = p + t;
    const sv = s - p;
    const sl = p - (s - sv) + (t - sv);
    return s + addOdd(tl, sl);
  }
  return bigFma(x, y, z);
}

function exceptionalFma(x: number, y: number, z: number, p: number): number {
  const finite = (v: number) => v > -Infinity && v < Infinity;
  if (!finite(x) || !finite(y) || !finite(z)) return finite(x) && finite(y) ? z + 0 : p + z;
  if (x === 0 || y === 0) return p + z;
  return bigFma(x, y, z);
}

/** By integers, where products leave the range that doubles multiply exactly. */
function bigFma(x: number, y: number, z: number): number {
  const [mx, ex] = frexp(x);
  const [my, ey] = frexp(y);
  const [mz, ez] = frexp(z);
  const product = BigInt(mx * 2 ** 53) * BigInt(my * 2 ** 53);
  const pe = ex + ey - 106;
  const ze = ez - 53;
  const e = Math.min(pe, z === 0 ? pe : ze);
  const sum = (product << BigInt(pe - e)) + (z === 0 ? 0n : BigInt(mz * 2 ** 53) << BigInt(ze - e));
  return fromScaled(sum, e);
}

/** n·2^e as the nearest double. */
export function fromScaled(n: bigint, e: number): number {
  if (n === 0n) return 0;
  const a = n < 0n ? -n : n;
  const excess = a.toString(2).length - 62;
  let m = a;
  let exponent = e;
  if (excess > 0) {
    m = a >> BigInt(excess);
    if (m << BigInt(excess) !== a) m |= 1n; // sticky
    exponent += excess;
  }
  const hi = Number(m >> 31n);
  const lo = Number(m & 0x7fffffffn);
  const r = sumScaled(hi, lo, exponent);
  return n < 0n ? -r : r;
}

/** (hi·2^31 + lo)·2^e rounded once. */
function sumScaled(hi: number, lo: number, e: number): number {
  const s = hi * 2147483648 + lo;
  const error = hi * 2147483648 - s + lo;
  const [m, own] = frexp(s);
  if (own + e > 1024) return Infinity;
  if (own + e < -1080) return 0;
  return scaleDouble(m, error * 2 ** -own, own + e);
}

/** IEEE remainder: x - n·y with n the integer nearest to x/y, half to even. */
export function remainder(x: number, y: number): number {
  if (x !== x || y !== y || y === 0 || !(x > -Infinity && x < Infinity)) return NaN;
  const b = Math.abs(y);
  if (b === Infinity) return x;
  const m = Math.abs(x) % b;
  const c = b - m;
  let r: number;
  if (m < c) r = m;
  else if (m > c) r = -c;
  else r = m - 2 * ((0.5 * (Math.abs(x) - m)) % b); // a tie: towards the even quotient
  return x < 0 || Object.is(x, -0) ? -r : r;
}

/** Cube root: V8's, improved by one Newton step whose residual is exact, so that it is the nearest double. */
export function cbrt(x: number): number {
  const a = Math.abs(x);
  if (a > 1e-90 && a < 1e90) return improvedRoot(x);
  if (x === 0 || !(a < Infinity)) return x;
  const e = frexp(x)[1];
  const third = Math.floor(e / 3);
  return ldexp(improvedRoot(ldexp(x, -3 * third)), third);
}

function improvedRoot(x: number): number {
  const r = Math.cbrt(x);
  const square = r * r;
  const cube = square * r;
  const rest = x - cube - (productError(square, r, cube) + productError(r, r, square) * r);
  return r + rest / (3 * square);
}

/** √(Σ v²), the nearest double in nearly all cases: scaled, summed in double-double, the root corrected once. */
export function vectorNorm(values: readonly number[]): number {
  let max = 0;
  let hasNaN = false;
  for (const v of values) {
    const a = Math.abs(v);
    if (a === Infinity) return a;
    if (a !== a) hasNaN = true;
    else if (a > max) max = a;
  }
  if (hasNaN) return NaN;
  if (max === 0 || values.length === 1) return max;
  const e = frexp(max)[1];
  let sum = 0;
  let rest = 0;
  for (const v of values) {
    const x = ldexp(v, -e);
    const p = x * x;
    const s = sum + p;
    const sv = s - sum;
    rest += sum - (s - sv) + (p - sv) + productError(x, x, p);
    sum = s;
  }
  const total = sum + rest;
  rest = sum - total + rest;
  const r = Math.sqrt(total);
  const square = r * r;
  return ldexp(r + (total - square - productError(r, r, square) + rest) / (2 * r), e);
}

/** √(x² + y²) */
export function hypot(x: number, y: number): number {
  const a = Math.abs(x);
  const b = Math.abs(y);
  const max = Math.max(a, b);
  const min = Math.min(a, b);
  if (!(max < 1e150 && min > 1e-130)) return vectorNorm([x, y]);
  const p = max * max;
  const q = min * min;
  const s = p + q;
  const rest = p - s + q + (productError(max, max, p) + productError(min, min, q));
  const r = Math.sqrt(s);
  const square = r * r;
  return r + (s - square - productError(r, r, square) + rest) / (2 * r);
}
