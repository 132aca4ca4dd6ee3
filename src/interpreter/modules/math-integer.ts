/** The integer functions of module math: factorial, comb, perm, gcd, lcm, isqrt. Source: library reference "math – Number-theoretic functions". */
import { overflowError, valueError } from "../builtins/exceptions.ts";
import * as arith from "../objects/int-arith.ts";
import { toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { normInt, type PyInt, type Value } from "../objects/values.ts";

const LONG_MAX = 9223372036854775807n;

/** low·(low+1)·…·high by halves, so that factors of equal size meet. */
function rangeProduct(low: bigint, high: bigint): bigint {
  const count = high - low;
  if (count < 0n) return 1n;
  if (count < 8n) {
    let p = low;
    for (let k = low + 1n; k <= high; k++) p *= k;
    return p;
  }
  const middle = low + (count >> 1n);
  return rangeProduct(low, middle) * rangeProduct(middle + 1n, high);
}

/** Largest n whose factorial is a safe integer. */
const SMALL_FACTORIAL = 18;

export function factorial(vm: VM, x: Value): PyInt {
  const n = toIndex(vm, x);
  if (n < 0) throw valueError("factorial() not defined for negative values");
  if (n > LONG_MAX) throw overflowError(`factorial() argument should not exceed ${LONG_MAX}`);
  if (n <= SMALL_FACTORIAL) {
    let f = 1;
    for (let k = 2; k <= n; k++) f *= k;
    return f;
  }
  return normInt(rangeProduct(2n, BigInt(n)));
}

export function perm(vm: VM, nArg: Value, kArg?: Value): PyInt {
  if (kArg === undefined || kArg === null) return factorial(vm, nArg);
  const n = toIndex(vm, nArg);
  const k = toIndex(vm, kArg);
  if (n < 0) throw valueError("n must be a non-negative integer");
  if (k < 0) throw valueError("k must be a non-negative integer");
  if (k > n) return 0;
  if (k > LONG_MAX) throw overflowError(`k must not exceed ${LONG_MAX}`);
  return normInt(rangeProduct(BigInt(n) - BigInt(k) + 1n, BigInt(n)));
}

export function comb(vm: VM, nArg: Value, kArg: Value): PyInt {
  const n = toIndex(vm, nArg);
  const given = toIndex(vm, kArg);
  if (n < 0) throw valueError("n must be a non-negative integer");
  if (given < 0) throw valueError("k must be a non-negative integer");
  if (given > n) return 0;
  const rest = arith.sub(n, given);
  // no Math.max: they may be bigints
  const k = rest < given ? rest : given;
  if (k > LONG_MAX) throw overflowError(`min(n - k, k) must not exceed ${LONG_MAX}`);
  return typeof n === "number" && k < 28 ? smallComb(n, Number(k)) : bigComb(BigInt(n), BigInt(k));
}

/** Multiplies and divides in turn, which stays integral; BigInt as soon as a product leaves the safe range. */
function smallComb(n: number, k: number): PyInt {
  let c = 1;
  for (let i = 1; i <= k; i++) {
    const p = c * (n - k + i);
    if (!Number.isSafeInteger(p)) return bigComb(BigInt(n), BigInt(k));
    c = p / i;
  }
  return c;
}

function bigComb(n: bigint, k: bigint): PyInt {
  return normInt(rangeProduct(n - k + 1n, n) / rangeProduct(1n, k));
}

export function gcd(vm: VM, args: Value[]): PyInt {
  let g: PyInt = 0;
  for (const a of args) g = arith.gcd(g, toIndex(vm, a));
  return g;
}

export function lcm(vm: VM, args: Value[]): PyInt {
  let m: PyInt = 1;
  for (const arg of args) {
    const a = arith.abs(toIndex(vm, arg));
    m = m === 0 || a === 0 ? 0 : arith.mul(arith.floordiv(m, arith.gcd(m, a)), a);
  }
  return m;
}

export function isqrt(vm: VM, x: Value): PyInt {
  const n = toIndex(vm, x);
  if (n < 0) throw valueError("isqrt() argument must be nonnegative");
  return arith.isqrt(n);
}
