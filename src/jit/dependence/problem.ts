/**
 * What a dependence test is asked: is there an integer point where two references meet?
 *
 * The variables are iteration variables of loops (each counts up by one a trip, whatever the step of the loop) and other integers that are not known.
 * A loop around both references has two of them, one for the source's iteration and one for the sink's, unless both are said to be in the same
 * trip; such a couple is a `pairing` and carries a direction. Each equation is one subscript (or one address); each constraint (>= 0) a bound, a
 * direction or a condition under which a reference runs. `lo` and `hi` bound each variable by itself, so that cheap tests need not look at constraints.
 */
import { exact, gcd, type Interval } from "./affine.ts";

/** c + Σ k[j]·(variable j). */
export interface Row {
  readonly c: number;
  readonly k: readonly number[];
}

/** How the sink's trip relates to the source's: later, earlier, any. (The same trip is one variable, not a pairing.) */
export type Direction = "<" | ">" | "*";
export interface Pairing {
  readonly source: number;
  readonly sink: number;
  readonly direction: Direction;
}

export interface Problem {
  readonly names: readonly string[];
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly pairs: readonly Pairing[];
  readonly equations: readonly Row[];
  readonly constraints: readonly Row[];
}

/** What one test found: nothing, that the references never meet, or a point where they do. */
export type Found = { readonly kind: "independent" } | { readonly kind: "dependent"; readonly point: readonly number[] } | undefined;
export const INDEPENDENT: Found = { kind: "independent" };

/** Variables that occur in a row. */
export function support(r: Row): number[] {
  const out: number[] = [];
  for (let j = 0; j < r.k.length; j++) if (r.k[j] !== 0) out.push(j);
  return out;
}

export const rowGcd = (r: Row): number => r.k.reduce((g, k) => (k === 0 ? g : gcd(g, k)), 0);

/** Values that one variable may have, other variables aside. */
export const bounds = (p: Problem, j: number): Interval => ({ lo: p.lo[j]!, hi: p.hi[j]! });

/** The pairing of two variables, if they are one. */
export const pairingOf = (p: Problem, a: number, b: number): Pairing | undefined =>
  p.pairs.find((q) => (q.source === a && q.sink === b) || (q.source === b && q.sink === a));

export function evaluateRow(r: Row, point: readonly number[]): number {
  let out = r.c;
  for (let j = 0; j < r.k.length; j++) if (r.k[j] !== 0) out = exact(out + exact(r.k[j]! * point[j]!));
  return out;
}

/** Whether a point solves the problem; what tests and witnesses are checked with. */
export function solves(p: Problem, point: readonly number[]): boolean {
  return (
    p.equations.every((e) => evaluateRow(e, point) === 0) &&
    p.constraints.every((c) => evaluateRow(c, point) >= 0) &&
    point.every((x, j) => x >= p.lo[j]! && x <= p.hi[j]!) &&
    p.pairs.every((q) => ordered(q.direction, point[q.source]!, point[q.sink]!))
  );
}

export function ordered(d: Direction, source: number, sink: number): boolean {
  return d === "*" || (d === "<" ? source < sink : source > sink);
}
