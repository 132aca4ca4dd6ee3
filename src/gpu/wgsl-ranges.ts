/**
 * Intervals of integers, to prove that a Python int fits 32 bits on a device. Bounds are doubles: beyond 2^53 they are approximate, which does no harm, because
 * they are only compared with bounds of 32-bit types. An interval always contains every value that the operation can give on operands in theirs.
 * Source: Moore, "Interval Analysis" (1966).
 */
import type { OpName } from "../jit/ir/ops.ts";

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

export const range = (lo: number, hi: number): Range => ({ lo, hi });
export const point = (x: number): Range => range(x, x);
export const within = (a: Range, b: Range): boolean => a.lo >= b.lo && a.hi <= b.hi;
export const hull = (a: Range, b: Range): Range => range(Math.min(a.lo, b.lo), Math.max(a.hi, b.hi));
/** The common part; `b` where there is none. */
export function meet(a: Range, b: Range): Range {
  const lo = Math.max(a.lo, b.lo);
  const hi = Math.min(a.hi, b.hi);
  return lo <= hi ? range(lo, hi) : b;
}

/** The class of a value that a kernel is specialised to: all values with as many bits, so that kernels outlive small changes. */
export function classOf(x: number): Range {
  const bits = Math.ceil(Math.log2(Math.abs(x) + 1));
  const top = 2 ** bits - 1;
  return x < 0 ? range(-top - 1, top) : range(0, top);
}

const corners = (f: (a: number, b: number) => number, a: Range, b: Range): Range => {
  const all = [f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)];
  return range(Math.min(...all), Math.max(...all));
};
const magnitude = (a: Range): number => Math.max(Math.abs(a.lo), Math.abs(a.hi));

function mul(a: Range, b: Range): Range {
  return corners((x, y) => (x === 0 || y === 0 ? 0 : x * y), a, b);
}

function floordiv(a: Range, b: Range): Range {
  if (b.lo > 0 || b.hi < 0) return corners((x, y) => Math.floor(x / y), a, b);
  const m = magnitude(a);
  return range(-m, m);
}

/** Python's modulo has the sign of the divisor. */
function mod(a: Range, b: Range): Range {
  if (a.lo >= 0 && b.lo > 0) return range(0, Math.min(a.hi, b.hi - 1));
  return range(Math.min(0, b.lo + 1), Math.max(0, b.hi - 1));
}

/** All values with no more bits than the operands, and a sign. */
function bits(a: Range, b: Range): Range {
  const top = 2 ** Math.ceil(Math.log2(Math.max(magnitude(a), magnitude(b)) + 1)) - 1;
  return a.lo >= 0 && b.lo >= 0 ? range(0, top) : range(-top - 1, top);
}

function and(a: Range, b: Range): Range {
  if (a.lo >= 0 && b.lo >= 0) return range(0, Math.min(a.hi, b.hi));
  if (a.lo >= 0) return range(0, a.hi);
  return b.lo >= 0 ? range(0, b.hi) : bits(a, b);
}

/** Counts are clipped to where the result does not change any more, or cannot be held. */
const count = (b: Range): Range => range(Math.min(64, Math.max(0, b.lo)), Math.min(64, Math.max(0, b.hi)));

export const negated = (a: Range): Range => range(0 - a.hi, 0 - a.lo);
const absolute = (a: Range): Range => (a.lo >= 0 ? a : a.hi <= 0 ? negated(a) : range(0, magnitude(a)));
const sum = (a: Range, b: Range): Range => range(a.lo + b.lo, a.hi + b.hi);
const difference = (a: Range, b: Range): Range => range(a.lo - b.hi, a.hi - b.lo);

/** Exact results (before anything wraps or leaves) of ops on integers. */
export const RANGE_OF: Partial<Record<OpName, (a: Range, b: Range) => Range>> = {
  add: sum,
  addw: sum,
  wadd: sum,
  sub: difference,
  subw: difference,
  wsub: difference,
  mul,
  mulw: mul,
  wmul: mul,
  floordiv,
  mod,
  wmod: mod,
  neg: negated,
  negw: negated,
  abs: absolute,
  absw: absolute,
  and,
  or: bits,
  xor: bits,
  invert: (a) => range(-1 - a.hi, -1 - a.lo),
  shl: (a, b) => corners((x, n) => (x === 0 ? 0 : x * 2 ** n), a, count(b)),
  shr: (a, b) => corners((x, n) => Math.floor(x / 2 ** n), a, count(b)),
  min2: (a, b) => range(Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)),
  max2: (a, b) => range(Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)),
  minimum: (a, b) => range(Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)),
  maximum: (a, b) => range(Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)),
  widen: (a) => a,
};
