/**
 * What the elementary functions share: constants and tables computed at load from integer series, double-double steps, access to a double's bits.
 *
 * A double-double is an unevaluated sum hi + lo with |lo| ≤ ulp(hi)/2. JS has no fused multiply-add, so exact products use Dekker's splitting.
 * Sources: T. J. Dekker, "A floating-point technique for extending the available precision" (1971); D. E. Knuth, TAOCP 2, 4.2.2 (two-sum).
 */

/** Fixed point: numbers are bigints scaled by 2^FIXED. */
export const FIXED = 192;
const ONE = 1n << BigInt(FIXED);

/** atan(1/n) as fixed point with `bits` fraction bits. */
export function atanInverse(n: bigint, bits: number): bigint {
  return inverseSeries(n, bits, true);
}

/** atanh(1/n) likewise. */
export function atanhInverse(n: bigint, bits: number): bigint {
  return inverseSeries(n, bits, false);
}

/** Σ (±1)^k / ((2k+1) n^(2k+1)) */
function inverseSeries(n: bigint, bits: number, alternating: boolean): bigint {
  const square = n * n;
  let power = (1n << BigInt(bits)) / n;
  let sum = power;
  for (let k = 3n, negative = alternating; power !== 0n; k += 2n, negative = alternating && !negative) {
    power /= square;
    sum += negative ? -(power / k) : power / k;
  }
  return sum;
}

/** π by Machin's formula. */
export function piFixed(bits: number): bigint {
  const guard = bits + 16;
  return (16n * atanInverse(5n, guard) - 4n * atanInverse(239n, guard)) >> 16n;
}

export const LN2_FIXED: bigint = 18n * atanhInverse(26n, FIXED) - 2n * atanhInverse(4801n, FIXED) + 8n * atanhInverse(8749n, FIXED);
export const PI_FIXED: bigint = piFixed(FIXED);

/** Nearest double of a fixed-point number. */
export function toDouble(v: bigint): number {
  return Number(v) * 2 ** -FIXED;
}

/** Fixed point from a double. */
export function toFixed(x: number): bigint {
  let scaled = x;
  let shift = FIXED;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift--;
  }
  return BigInt(scaled) << BigInt(shift);
}

/** The leading `bits` bits of a positive number as a double (so that products with short integers are exact). */
export function leading(v: bigint, bits: number): number {
  const drop = BigInt(v.toString(2).length - bits);
  return toDouble((v >> drop) << drop);
}

/** Double-double of a fixed-point number. */
export function split(v: bigint): [hi: number, lo: number] {
  const hi = toDouble(v);
  return [hi, toDouble(v - toFixed(hi))];
}

export function mulFixed(a: bigint, b: bigint): bigint {
  return (a * b) >> BigInt(FIXED);
}

export function divFixed(a: bigint, b: bigint): bigint {
  return (a << BigInt(FIXED)) / b;
}

export function sqrtFixed(v: bigint): bigint {
  const n = v << BigInt(FIXED);
  let r = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (r + n / r) >> 1n;
    if (next >= r) return r;
    r = next;
  }
}

export { ONE as ONE_FIXED };

// ---- bits ---------------------------------------------------------------------------------------------------------------------------------

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Index of the word with sign and exponent. */
export const HIGH: 0 | 1 = LITTLE_ENDIAN ? 1 : 0;
export const LOW: 0 | 1 = LITTLE_ENDIAN ? 0 : 1;
/** One double and its two words; scratch between consecutive statements, never across a call. */
export const cell: Float64Array = new Float64Array(1);
export const words: Int32Array = new Int32Array(cell.buffer);

/** 2^e for -1074 ≤ e ≤ 1023 at index e + 1074. */
export const POWERS_OF_TWO: Float64Array = Float64Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074));

/** Dekker's splitting constant, 2^27 + 1. */
export const SPLITTER = 134217729;

/** The rounding error of a·b, whose rounded product is p (no overflow in between). */
export function productError(a: number, b: number, p: number): number {
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return ah * bh - p + ah * bl + al * bh + al * bl;
}

/** (hi + lo) · 2^e rounded once, also where the result is subnormal; overflow gives infinity. |hi| is near 1. */
export function scaleDouble(hi: number, lo: number, e: number): number {
  if (e > 1023) return (hi + lo) * 2 * 2 ** 1023 * (e > 1024 ? Infinity : 1);
  if (e >= -1021) return (hi + lo) * POWERS_OF_TWO[e + 1074]!;
  if (e < -1080) return hi < 0 ? -0 : 0;
  // in units of the smallest subnormal the rounding is one to an integer, which adding 2^52 performs
  const unit = 2 ** (e + 1074);
  const h = Math.abs(hi) * unit;
  const l = (hi < 0 ? -lo : lo) * unit;
  const big = 4503599627370496;
  const s = big + h;
  const r = (s + (big - s + h + l) - big) * 2 ** -1074;
  return hi < 0 ? -r : r;
}
