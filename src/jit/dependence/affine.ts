/**
 * Checked integer arithmetic and affine forms over numbered integer variables.
 *
 * Every operation here either gives the exact integer or throws OVERFLOW; the one place that runs dependence tests catches it and answers
 * `unknown`. (An unchecked sum is how a dependence test comes to say "independent" wrongly.) Bounds of variables may be infinite; only the functions
 * that say so accept them.
 */

export class ArithmeticOverflow extends Error {}
/** One object for all: overflow is an ordinary answer, and a stack trace costs more than the test. */
export const OVERFLOW = new ArithmeticOverflow("integer beyond 2**53 in a dependence test");

const MAX = Number.MAX_SAFE_INTEGER;

/** The number itself where it is an exact integer. */
export function exact(x: number): number {
  if (x >= -MAX && x <= MAX) return x;
  throw OVERFLOW;
}
export const plus = (a: number, b: number): number => exact(a + b);
export const minus = (a: number, b: number): number => exact(a - b);
/** Never -0. */
export const times = (a: number, b: number): number => exact(a * b) + 0;

/** Quotient rounded down. */
export function floorDiv(a: number, b: number): number {
  const r = a % b;
  const q = (a - r) / b;
  return r !== 0 && r < 0 !== b < 0 ? q - 1 : q + 0;
}
export const ceilDiv = (a: number, b: number): number => -floorDiv(-a, b) + 0;
/** Remainder with the sign of the divisor. */
export function mod(a: number, b: number): number {
  const r = a % b;
  return (r !== 0 && r < 0 !== b < 0 ? r + b : r) + 0;
}

export function gcd(a: number, b: number): number {
  a = Math.abs(a);
  b = Math.abs(b);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** g = gcd(a, b) and one solution of a·x + b·y = g. */
export function extendedGcd(a: number, b: number): { g: number; x: number; y: number } {
  let [r0, r1] = [a, b];
  let [x0, x1] = [1, 0];
  let [y0, y1] = [0, 1];
  while (r1 !== 0) {
    const q = Math.trunc(r0 / r1);
    [r0, r1] = [r1, r0 - q * r1];
    [x0, x1] = [x1, exact(x0 - q * x1)];
    [y0, y1] = [y1, exact(y0 - q * y1)];
  }
  return r0 < 0 ? { g: -r0, x: -x0, y: -y0 } : { g: r0, x: x0, y: y0 };
}

// ---- intervals ------------------------------------------------------------------------------------------------------------------------

/** Closed; ends may be infinite; empty when lo > hi. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
}
export const EVERYTHING: Interval = { lo: -Infinity, hi: Infinity };

/** k·[lo, hi]; an end beyond the safe integers becomes infinite. */
export function scaleInterval(k: number, i: Interval): Interval {
  if (k === 0) return { lo: 0, hi: 0 };
  const a = k * i.lo;
  const b = k * i.hi;
  return k > 0 ? { lo: down(a), hi: up(b) } : { lo: down(b), hi: up(a) };
}
export const addIntervals = (a: Interval, b: Interval): Interval => ({ lo: down(a.lo + b.lo), hi: up(a.hi + b.hi) });
export const meet = (a: Interval, b: Interval): Interval => ({ lo: Math.max(a.lo, b.lo), hi: Math.min(a.hi, b.hi) });

const down = (x: number): number => (x >= -MAX && x <= MAX ? x : x > MAX ? MAX : -Infinity);
const up = (x: number): number => (x >= -MAX && x <= MAX ? x : x < -MAX ? -MAX : Infinity);

// ---- affine forms ---------------------------------------------------------------------------------------------------------------------

/** c + Σ ks[j]·(variable ids[j]); ids ascend, no k is 0. */
export interface Affine {
  readonly c: number;
  readonly ids: readonly number[];
  readonly ks: readonly number[];
}

export const constant = (c: number): Affine => ({ c, ids: [], ks: [] });
export const variable = (id: number): Affine => ({ c: 0, ids: [id], ks: [1] });
export const isConstant = (a: Affine): boolean => a.ids.length === 0;
export const coefficient = (a: Affine, id: number): number => a.ks[a.ids.indexOf(id)] ?? 0;

/** a + k·b. */
export function combine(a: Affine, k: number, b: Affine): Affine {
  const c = plus(a.c, times(k, b.c));
  if (b.ids.length === 0) return { c, ids: a.ids, ks: a.ks };
  const ids: number[] = [];
  const ks: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.ids.length || j < b.ids.length) {
    const x = a.ids[i] ?? Infinity;
    const y = b.ids[j] ?? Infinity;
    const value = (x <= y ? a.ks[i]! : 0) + (y <= x ? times(k, b.ks[j]!) : 0);
    if (exact(value) !== 0) {
      ids.push(Math.min(x, y));
      ks.push(value);
    }
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return { c, ids, ks };
}

export const sum = (a: Affine, b: Affine): Affine => combine(a, 1, b);
export const difference = (a: Affine, b: Affine): Affine => combine(a, -1, b);
export const offset = (a: Affine, n: number): Affine => (n === 0 ? a : { ...a, c: plus(a.c, n) });
export const ZERO: Affine = constant(0);
export const scaled = (k: number, a: Affine): Affine =>
  k === 1 ? a : k === 0 ? ZERO : { c: times(k, a.c), ids: a.ids, ks: a.ks.map((x) => times(k, x)) };
export const negated = (a: Affine): Affine => scaled(-1, a);

export function equal(a: Affine, b: Affine): boolean {
  if (a === b) return true;
  if (a.c !== b.c || a.ids.length !== b.ids.length) return false;
  for (let i = 0; i < a.ids.length; i++) if (a.ids[i] !== b.ids[i] || a.ks[i] !== b.ks[i]) return false;
  return true;
}

/** `a` with the variable replaced. */
export function substitute(a: Affine, id: number, by: Affine): Affine {
  const at = a.ids.indexOf(id);
  if (at < 0) return a;
  const rest = { c: a.c, ids: a.ids.filter((_, j) => j !== at), ks: a.ks.filter((_, j) => j !== at) };
  return combine(rest, a.ks[at]!, by);
}

/** Values that `a` takes while its variables stay within their intervals. */
export function range(a: Affine, of: (id: number) => Interval): Interval {
  let out: Interval = { lo: a.c, hi: a.c };
  for (let j = 0; j < a.ids.length; j++) out = addIntervals(out, scaleInterval(a.ks[j]!, of(a.ids[j]!)));
  return out;
}

/** For reports: `2*i + j - 1`. */
export function textOf(a: Affine, name: (id: number) => string): string {
  let out = "";
  for (let j = 0; j < a.ids.length; j++) {
    const k = a.ks[j]!;
    const size = Math.abs(k) === 1 ? "" : `${Math.abs(k)}*`;
    out += `${out === "" ? (k < 0 ? "-" : "") : k < 0 ? " - " : " + "}${size}${name(a.ids[j]!)}`;
  }
  if (out === "") return String(a.c);
  return a.c === 0 ? out : `${out} ${a.c < 0 ? "-" : "+"} ${Math.abs(a.c)}`;
}
