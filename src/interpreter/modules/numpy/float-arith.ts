/**
 * Real arithmetic of NumPy's loops beyond JavaScript's operators. Functions take and give doubles; a `round` parameter (Math.fround, or
 * nothing for float64) makes every intermediate result one of the loop's type, as C does.
 * Sources: IEEE 754-2019 (nextUp, roundToIntegralTiesToEven), NumPy reference pages of the ufuncs named.
 */
import { libm, nextafter } from "../../../base/libm.ts";

export type Round = (x: number) => number;
export const asIs: Round = (x) => x;
export const { copysign } = libm;

/** Remainder with the sign of the divisor (np.remainder). */
export function remainder(a: number, b: number, round: Round = asIs): number {
  const m = a % b;
  if (m !== m) return m;
  if (m === 0) return copysign(0, b);
  return b < 0 !== m < 0 ? round(m + b) : m;
}

/** np.floor_divide: the quotient that goes with `remainder`, snapped to the nearest integer. */
export function floorDivide(a: number, b: number, round: Round = asIs): number {
  if (b === 0) return a / b;
  const m = a % b;
  let q = round(round(a - m) / b);
  if (m !== 0 && m === m && b < 0 !== m < 0) q = round(q - 1);
  if (q === 0) return copysign(0, a / b);
  const whole = Math.floor(q);
  return q - whole > 0.5 ? round(whole + 1) : whole;
}

/** Nearest integer, half to even. */
export function rint(x: number): number {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const r = Math.round(x);
  const even = Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
  return even === 0 ? copysign(0, x) : even;
}

export function sign(x: number): number {
  return x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x;
}

const words = new DataView(new ArrayBuffer(8));

/** The float32 neighbour of x in the direction of y. */
export function nextafter32(x: number, y: number): number {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149);
  words.setFloat32(0, x);
  words.setInt32(0, words.getInt32(0) + (x < y === x > 0 ? 1 : -1));
  return words.getFloat32(0);
}

/** Distance to the next number away from zero (np.spacing). */
export function spacing(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  return x < 0 || Object.is(x, -0) ? nextafter(x, -Infinity) - x : nextafter(x, Infinity) - x;
}

export function spacing32(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  return x < 0 || Object.is(x, -0) ? nextafter32(x, -Infinity) - x : nextafter32(x, Infinity) - x;
}

/** ln(e^a + e^b) without overflow. */
export function logaddexp(a: number, b: number): number {
  if (a === b) return a + Math.LN2;
  const d = a - b;
  if (d > 0) return a + libm.log1p(libm.exp(-d));
  return d <= 0 ? b + libm.log1p(libm.exp(d)) : d;
}

/** log2(2^a + 2^b) without overflow. */
export function logaddexp2(a: number, b: number): number {
  if (a === b) return a + 1;
  const d = a - b;
  if (d > 0) return a + Math.LOG2E * libm.log1p(libm.pow(2, -d));
  return d <= 0 ? b + Math.LOG2E * libm.log1p(libm.pow(2, d)) : d;
}

export function heaviside(x: number, atZero: number): number {
  return x !== x ? x : x === 0 ? atZero : x < 0 ? 0 : 1;
}
