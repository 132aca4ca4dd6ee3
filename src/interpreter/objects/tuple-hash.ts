/**
 * Python's hash of a tuple from the hashes of its items: CPython's simplified xxHash (tupleobject.c names xxHash as its source), 64-bit
 * arithmetic in BigInt. Dict keys do not come here (keys.ts); programs that call hash() do.
 */
import { normInt, type PyInt } from "./values.ts";

const PRIME_1 = 11400714785074694791n;
const PRIME_2 = 14029467366897019727n;
const PRIME_5 = 2870177450012600261n;
const MASK = 0xffffffffffffffffn;

export function tupleHashOf(hashes: readonly PyInt[]): PyInt {
  const acc = (lanes(hashes) + (BigInt(hashes.length) ^ (PRIME_5 ^ 3527539n))) & MASK;
  return acc === MASK ? 1546275796 : normInt(BigInt.asIntN(64, acc));
}

/** A slice mixes its three hashes like a tuple, without the length. */
export function sliceHashOf(hashes: readonly PyInt[]): PyInt {
  const acc = lanes(hashes);
  return acc === MASK ? 1546275796 : normInt(BigInt.asIntN(64, acc));
}

function lanes(hashes: readonly PyInt[]): bigint {
  let acc = PRIME_5;
  for (const h of hashes) {
    acc = (acc + (BigInt(h) & MASK) * PRIME_2) & MASK;
    acc = ((acc << 31n) | (acc >> 33n)) & MASK;
    acc = (acc * PRIME_1) & MASK;
  }
  return acc;
}

/** CPython's frozenset hash: order does not matter. */
export function setHashOf(hashes: readonly PyInt[]): PyInt {
  let acc = 0n;
  for (const h of hashes) {
    const v = BigInt(h) & MASK;
    acc ^= (((v ^ 89869747n) ^ (v << 16n)) * 3644798167n) & MASK;
  }
  acc ^= ((BigInt(hashes.length) + 1n) * 1927868237n) & MASK;
  acc ^= (acc >> 11n) ^ (acc >> 25n);
  acc = (acc * 69069n + 907133923n) & MASK;
  return acc === MASK ? 590923713 : normInt(BigInt.asIntN(64, acc));
}
