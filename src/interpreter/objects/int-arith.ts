/**
 * Arithmetic of Python's int on its two representations (number when safe, else bigint). No objects, no VM: plain functions on PyInt.
 *
 * Invariant: every result is canonical (see values.ts): a safe integer that is never -0, or a bigint outside the safe range.
 * Doubles are exact on safe integers, so each operation first tries the double and falls back to BigInt when the result leaves the range.
 * Sources: Python library reference "Numeric types" (sign rules, hashing of numeric types); division by 2^61-1 hashing as documented there.
 * Weakness: V8 limits a BigInt to 2^30 bits; what would exceed it raises MemoryError.
 */
import { newException, overflowError, type PyBaseException, valueError, zeroDivisionError } from "../builtins/exceptions.ts";
import { normInt, type PyInt } from "./values.ts";

const SAFE = Number.MAX_SAFE_INTEGER;
const TWO32 = 4294967296;
/** Largest size of a BigInt in V8. */
const MAX_BITS = 1 << 30;

const isSafe = Number.isSafeInteger;
const scratch = new DataView(new ArrayBuffer(8));

export function add(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    const r = a + b;
    return r <= SAFE && r >= -SAFE ? r : BigInt(a) + BigInt(b);
  }
  return guarded(() => BigInt(a) + BigInt(b));
}

export function sub(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    const r = a - b;
    return r <= SAFE && r >= -SAFE ? r : BigInt(a) - BigInt(b);
  }
  return guarded(() => BigInt(a) - BigInt(b));
}

export function mul(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    const r = a * b;
    if (r <= SAFE && r >= -SAFE) return r + 0; // -0 + 0 is 0
  }
  return guarded(() => BigInt(a) * BigInt(b));
}

export function neg(a: PyInt): PyInt {
  return typeof a === "number" ? 0 - a : normInt(-a);
}

export function abs(a: PyInt): PyInt {
  if (typeof a === "number") return a < 0 ? -a : a;
  return a < 0n ? -a : a;
}

export function invert(a: PyInt): PyInt {
  return sub(-1, a);
}

function divisionByZero(): PyBaseException {
  return zeroDivisionError("division by zero");
}

export function floordiv(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    if (b === 0) throw divisionByZero();
    const r = a % b;
    const q = (a - r) / b; // exact: a - r is a multiple of b
    return (r !== 0 && r < 0 !== b < 0 ? q - 1 : q) + 0;
  }
  if (b === 0) throw divisionByZero();
  const x = BigInt(a);
  const y = BigInt(b);
  const q = x / y;
  return normInt(x < 0n !== y < 0n && q * y !== x ? q - 1n : q);
}

export function mod(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    if (b === 0) throw divisionByZero();
    const r = a % b;
    return (r !== 0 && r < 0 !== b < 0 ? r + b : r) + 0;
  }
  if (b === 0) throw divisionByZero();
  return normInt(bigMod(BigInt(a), BigInt(b)));
}

/** Remainder with the sign of the divisor. */
export function bigMod(a: bigint, b: bigint): bigint {
  const r = a % b;
  return r !== 0n && r < 0n !== b < 0n ? r + b : r;
}

export function divmod(a: PyInt, b: PyInt): [PyInt, PyInt] {
  if (typeof a === "number" && typeof b === "number") return [floordiv(a, b), mod(a, b)];
  if (b === 0) throw divisionByZero();
  const x = BigInt(a);
  const y = BigInt(b);
  let q = x / y;
  let r = x - q * y;
  if (r !== 0n && r < 0n !== y < 0n) {
    q -= 1n;
    r += y;
  }
  return [normInt(q), normInt(r)];
}

// ---- division to float ------------------------------------------------------------------------------------------------------------

/** a / b correctly rounded (half to even). */
export function truediv(a: PyInt, b: PyInt): number {
  if (b === 0) throw divisionByZero();
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (a === 0) return 0;
  const r = bigRatioToDouble(BigInt(a), BigInt(b));
  if (!Number.isFinite(r)) throw overflowError("integer division result too large for a float");
  return r;
}

/** n / d as the nearest double; ±Infinity on overflow. Keeps 64 quotient bits and a sticky bit, then lets Number() round once. */
export function bigRatioToDouble(n: bigint, d: bigint): number {
  const negative = n < 0n !== d < 0n;
  const x = n < 0n ? -n : n;
  const y = d < 0n ? -d : d;
  if (x === 0n) return negative ? -0 : 0;
  const shift = Math.max(66 - (bitLength(x) - bitLength(y)), -MAX_BITS);
  const num = shift > 0 ? x << BigInt(shift) : x;
  const den = shift < 0 ? y << BigInt(-shift) : y;
  let q = num / den;
  if (q * den !== num) q |= 1n; // sticky
  const r = scaleBig(q, -shift);
  return negative ? -r : r;
}

/** q * 2^e rounded once, q > 0 with more than 64 bits or exact. */
export function scaleBig(q: bigint, e: number): number {
  const top = bitLength(q) + e; // value in [2^(top-1), 2^top)
  if (top > 1024) return Infinity;
  const lowest = Math.max(top - 53, -1074); // weight of the last kept bit
  const drop = lowest - e;
  if (drop <= 0) return Number(q) * 2 ** Math.max(e, -1022) * 2 ** Math.min(e + 1022, 0);
  const kept = q >> BigInt(drop);
  const rest = q - (kept << BigInt(drop));
  const half = 1n << BigInt(drop - 1);
  let m = Number(kept);
  if (rest > half || (rest === half && m % 2 === 1)) m++;
  return lowest >= -1022 ? m * 2 ** lowest : m * 2 ** (lowest + 60) * 2 ** -60;
}

// ---- bits -------------------------------------------------------------------------------------------------------------------------

/** Number of bits of |a|. */
export function bitLength(a: PyInt): number {
  if (typeof a === "number") {
    const x = Math.abs(a);
    return x < TWO32 ? 32 - Math.clz32(x) : 64 - Math.clz32(Math.floor(x / TWO32));
  }
  const x = a < 0n ? -a : a;
  const d = Number(x);
  if (d < Infinity) {
    scratch.setFloat64(0, d);
    const e = (scratch.getUint32(0) >>> 20) - 1023;
    return x >> BigInt(e) === 0n ? e : e + 1; // Number() may have rounded up to the next power of two
  }
  const text = x.toString(16);
  return text.length * 4 - Math.clz32(Number.parseInt(text[0]!, 16)) + 28;
}

export function bitCount(a: PyInt): number {
  if (typeof a === "number") {
    const x = Math.abs(a);
    return popcount32(x % TWO32) + popcount32(Math.floor(x / TWO32));
  }
  let count = 0;
  for (const c of (a < 0n ? -a : a).toString(16)) count += popcount32(Number.parseInt(c, 16));
  return count;
}

function popcount32(x: number): number {
  let v = x | 0;
  v -= (v >>> 1) & 0x55555555;
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

function fromHalves(hi: number, lo: number): PyInt {
  const r = hi * TWO32 + (lo >>> 0);
  return isSafe(r) ? r : BigInt(r);
}

export function and(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    if ((a | 0) === a && (b | 0) === b) return a & b;
    return fromHalves(Math.floor(a / TWO32) & Math.floor(b / TWO32), a & b);
  }
  return normInt(BigInt(a) & BigInt(b));
}

export function or(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    if ((a | 0) === a && (b | 0) === b) return a | b;
    return fromHalves(Math.floor(a / TWO32) | Math.floor(b / TWO32), a | b);
  }
  return normInt(BigInt(a) | BigInt(b));
}

export function xor(a: PyInt, b: PyInt): PyInt {
  if (typeof a === "number" && typeof b === "number") {
    if ((a | 0) === a && (b | 0) === b) return a ^ b;
    return fromHalves(Math.floor(a / TWO32) ^ Math.floor(b / TWO32), a ^ b);
  }
  return normInt(BigInt(a) ^ BigInt(b));
}

export function lshift(a: PyInt, n: PyInt): PyInt {
  if (n < 0) throw valueError("negative shift count");
  if (a === 0) return 0;
  if (typeof n === "bigint") throw overflowError("too many digits in integer");
  if (typeof a === "number" && n < 54) {
    const r = a * 2 ** n;
    if (isSafe(r)) return r;
  }
  if (n >= MAX_BITS) throw newException("MemoryError");
  return guarded(() => BigInt(a) << BigInt(n));
}

export function rshift(a: PyInt, n: PyInt): PyInt {
  if (n < 0) throw valueError("negative shift count");
  if (typeof a === "number") {
    if (n > 53) return a < 0 ? -1 : 0;
    return Math.floor(a / 2 ** Number(n));
  }
  if (typeof n === "bigint" || n > MAX_BITS) return a < 0n ? -1 : 0;
  return normInt(a >> BigInt(n));
}

// ---- powers -----------------------------------------------------------------------------------------------------------------------

/** a ** n for n ≥ 0. */
export function pow(a: PyInt, n: PyInt): PyInt {
  if (typeof a === "number") {
    if (n === 0 || a === 1) return 1;
    if (a === 0) return 0;
    if (a === -1) return mod(n, 2) === 0 ? 1 : -1;
    if (typeof n === "bigint") throw newException("MemoryError");
    if (a === 2) return lshift(1, n);
    const small = smallPow(a, n);
    if (small !== undefined) return small;
  }
  if (typeof n === "bigint" || n * (bitLength(a) - 1) > MAX_BITS) throw newException("MemoryError");
  return guarded(() => BigInt(a) ** BigInt(n));
}

/** Repeated squaring in doubles, given up as soon as a factor is not exact. */
function smallPow(a: number, n: number): number | undefined {
  if (n > 52) return undefined;
  let result = 1;
  let base = a;
  for (let e = n; ; base *= base) {
    if (e & 1) result *= base;
    e >>= 1;
    if (!isSafe(result)) return undefined;
    if (e === 0) return result;
    if (!isSafe(base)) return undefined;
  }
}

/** pow(a, n, m) with the sign of m. */
export function powmod(a: PyInt, n: PyInt, m: PyInt): PyInt {
  if (m === 0) throw valueError("pow() 3rd argument cannot be 0");
  const modulus = abs(m);
  if (modulus === 1) return 0;
  const base = n < 0 ? inverse(a, modulus) : mod(a, modulus);
  const r = positivePowmod(base, n < 0 ? neg(n) : n, modulus);
  return m < 0 && r !== 0 ? add(r, m) : r;
}

function positivePowmod(base: PyInt, n: PyInt, m: PyInt): PyInt {
  if (typeof m === "number" && m <= 94906265 && typeof base === "number") return doublePowmod(base, n, m); // m² is safe
  return normInt(bigPowmod(BigInt(base), BigInt(n), BigInt(m)));
}

function doublePowmod(base: number, n: PyInt, m: number): number {
  let result = 1;
  let b = base;
  if (typeof n === "number") {
    for (let e = n; e > 0; e = Math.floor(e / 2)) {
      if (e % 2 === 1) result = (result * b) % m;
      b = (b * b) % m;
    }
    return result % m;
  }
  for (const c of n.toString(2)) {
    result = (result * result) % m;
    if (c === "1") result = (result * base) % m;
  }
  return result % m;
}

/** Left-to-right windows of four bits (Handbook of Applied Cryptography, 14.82). */
function bigPowmod(base: bigint, n: bigint, m: bigint): bigint {
  if (n < 65536n) {
    let r = 1n;
    for (const c of n.toString(2)) {
      r = (r * r) % m;
      if (c === "1") r = (r * base) % m;
    }
    return r % m;
  }
  const table: bigint[] = [1n];
  for (let i = 1; i < 16; i++) table.push((table[i - 1]! * base) % m);
  let r = 1n;
  for (const c of n.toString(16)) {
    r = (r * r) % m;
    r = (r * r) % m;
    r = (r * r) % m;
    r = (r * r) % m;
    const digit = Number.parseInt(c, 16);
    if (digit) r = (r * table[digit]!) % m;
  }
  return r;
}

/** Inverse of a modulo m (m > 1), extended Euclid. */
function inverse(a: PyInt, m: PyInt): PyInt {
  let [r0, r1] = [BigInt(m), BigInt(mod(a, m))];
  let [s0, s1] = [0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [s0, s1] = [s1, s0 - q * s1];
  }
  if (r0 !== 1n) throw valueError("base is not invertible for the given modulus");
  return mod(normInt(s0), m);
}

// ---- number theory used by math and the int methods ---------------------------------------------------------------------------------

export function gcd(a: PyInt, b: PyInt): PyInt {
  let x = abs(a);
  let y = abs(b);
  while (typeof x === "bigint" || typeof y === "bigint") {
    if (y === 0) return x;
    if (x === 0) return y;
    if (typeof x === "bigint" && typeof y === "bigint") {
      const g = lehmerGcd(x, y);
      return normInt(g);
    }
    [x, y] = [y, mod(x, y)];
  }
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** Leading parts below this are too short for many quotients. */
const LEADING_LOW = 2 ** 32;

/** Lehmer's algorithm (Knuth, TAOCP 2, 4.5.2 L): cofactors found on the leading 46 bits, applied to the long numbers in one go. */
function lehmerGcd(a: bigint, b: bigint): bigint {
  let x = a > b ? a : b;
  let y = a > b ? b : a;
  let drop = Math.max(0, bitLength(x) - 46);
  while (y > 9007199254740991n) {
    let u = Number(x >> BigInt(drop));
    if (u < LEADING_LOW) {
      // the numbers shrink by some 20 bits a round: a new estimate of the size, from the old one
      drop = Math.max(0, drop - (46 - (32 - Math.clz32(u))));
      u = Number(x >> BigInt(drop));
    }
    let v = Number(y >> BigInt(drop));
    let [A, B, C, D] = [1, 0, 0, 1];
    while (v + C !== 0 && v + D !== 0) {
      const q = Math.floor((u + A) / (v + C));
      if (q !== Math.floor((u + B) / (v + D))) break;
      const [nC, nD] = [A - q * C, B - q * D];
      if (Math.abs(nC) > 8388608 || Math.abs(nD) > 8388608) break;
      [A, C] = [C, nC];
      [B, D] = [D, nD];
      [u, v] = [v, u - q * v];
    }
    if (B === 0) [x, y] = [y, x % y];
    else [x, y] = [BigInt(A) * x + BigInt(B) * y, BigInt(C) * x + BigInt(D) * y];
    if (x < y) [x, y] = [y, x];
  }
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** floor(√n) for n ≥ 0. */
export function isqrt(n: PyInt): PyInt {
  if (typeof n === "number") {
    let r = Math.floor(Math.sqrt(n));
    while (r * r > n) r--;
    return r;
  }
  return normInt(bigIsqrt(n));
}

/** Newton's iteration on precisions that double: the root of the leading half first. */
function bigIsqrt(n: bigint): bigint {
  const bits = bitLength(n);
  if (bits <= 104) {
    let r = BigInt(Math.floor(Math.sqrt(Number(n))));
    r = (r + n / r) >> 1n;
    while (r * r > n) r--;
    while ((r + 1n) * (r + 1n) <= n) r++;
    return r;
  }
  const k = BigInt((bits - 1) >> 2);
  const high = bigIsqrt(n >> (2n * k)) << k;
  let r = (high + n / high) >> 1n;
  while (r * r > n) r--;
  while ((r + 1n) * (r + 1n) <= n) r++;
  return r;
}

// ---- rounding, comparison with floats, hashing ----------------------------------------------------------------------------------------

/** round(a, -digits) for digits > 0: nearest multiple of 10^digits, half to even. */
export function roundToPowerOfTen(a: PyInt, digits: PyInt): PyInt {
  const unit = pow(10, digits);
  const [q, r] = divmod(a, unit);
  const twice = mul(r, 2);
  const up = twice > unit || (twice === unit && mod(q, 2) === 1);
  return mul(up ? add(q, 1) : q, unit);
}

const HASH_MODULUS = (1n << 61n) - 1n;

export function hashInt(a: PyInt): PyInt {
  if (typeof a === "number") return a === -1 ? -2 : a;
  const h = a < 0n ? -(-a % HASH_MODULUS) : a % HASH_MODULUS;
  return h === -1n ? -2 : normInt(h);
}

/** [m, e] with x = m·2^e, m an integer below 2^53 (x finite, non-negative). */
export function decompose(x: number): [mantissa: number, exponent: number] {
  scratch.setFloat64(0, x);
  const hi = scratch.getUint32(0);
  const biased = (hi >>> 20) & 0x7ff;
  const m = (hi & 0xfffff) * TWO32 + scratch.getUint32(4);
  return biased === 0 ? [m, -1074] : [m + 4503599627370496, biased - 1075];
}

/** Hash of a finite float or an infinity (NaN hashes by identity, which is the object's business). */
export function hashDouble(x: number): PyInt {
  if (Number.isSafeInteger(x)) return x === -1 ? -2 : x + 0;
  if (x === Infinity) return 314159;
  if (x === -Infinity) return -314159;
  const [m, e] = decompose(Math.abs(x));
  const rotate = BigInt(((e % 61) + 61) % 61);
  const h = (BigInt(m) << rotate) % HASH_MODULUS; // 2^61 ≡ 1
  return hashInt(normInt(x < 0 ? -h : h));
}

/** Exact int from an integral double. */
export function intFromDouble(x: number): PyInt {
  return isSafe(x) ? x + 0 : BigInt(x);
}

function guarded(compute: () => bigint): PyInt {
  try {
    return normInt(compute());
  } catch (e) {
    if (e instanceof RangeError) throw newException("MemoryError");
    throw e;
  }
}
