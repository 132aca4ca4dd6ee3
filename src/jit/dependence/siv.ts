/**
 * SIV, "single index variable" (Goff, Kennedy, Tseng 1991, section 4.2): subscript pairs a·x + b·y + c = 0 in which only the source's and the sink's
 * variable of one loop are left. Each kind has its own cheap exact test against the loop's bounds and the direction that is asked for:
 *
 *   strong         a = -b      the distance y - x is one number
 *   weak-zero      a or b = 0  one end is a fixed trip
 *   weak-crossing  a = b       all dependences cross at one trip: x + y is one number
 *   exact          otherwise   all solutions of the Diophantine equation are one line; intersected with the bounds
 *
 * Each answers with a Constraint, which Delta intersects and propagates.
 */
import { ceilDiv, exact, extendedGcd, floorDiv, type Interval, minus, mod, times } from "./affine.ts";
import { bounds, type Direction, type Found, INDEPENDENT, type Pairing, type Problem, pairingOf, type Row, support } from "./problem.ts";

/** What is known of (x, y), the source's and the sink's trip of one loop. */
export type Constraint =
  | { readonly kind: "empty" }
  | { readonly kind: "distance"; readonly d: number }
  | { readonly kind: "source"; readonly x: number }
  | { readonly kind: "sink"; readonly y: number }
  | { readonly kind: "point"; readonly x: number; readonly y: number }
  /** a·x + b·y + c = 0, coefficients without common divisor. */
  | { readonly kind: "line"; readonly a: number; readonly b: number; readonly c: number };
const EMPTY: Constraint = { kind: "empty" };

/** The box and the direction that x and y have to obey. */
export interface Frame {
  readonly x: Interval;
  readonly y: Interval;
  readonly direction: Direction;
}
export const frameOf = (p: Problem, q: Pairing): Frame => ({ x: bounds(p, q.source), y: bounds(p, q.sink), direction: q.direction });

const inside = (n: number, i: Interval): boolean => n >= i.lo && n <= i.hi;

/** Least and largest y - x that box and direction allow. */
function distances(f: Frame): Interval {
  const lo = f.y.lo - f.x.hi;
  const hi = f.y.hi - f.x.lo;
  return { lo: f.direction === "<" ? Math.max(lo, 1) : lo, hi: f.direction === ">" ? Math.min(hi, -1) : hi };
}

export function strongSiv(a: number, c: number, f: Frame): Constraint {
  // a·x - a·y + c = 0
  if (c % a !== 0) return EMPTY;
  const d = c / a + 0;
  return inside(d, distances(f)) ? { kind: "distance", d } : EMPTY;
}

export function weakZeroSiv(a: number, b: number, c: number, f: Frame): Constraint {
  const k = a !== 0 ? a : b;
  if (c % k !== 0) return EMPTY;
  const n = -c / k + 0;
  if (a !== 0) {
    const later = f.direction === "<" ? n < f.y.hi : f.direction === ">" ? n > f.y.lo : true;
    return inside(n, f.x) && later ? { kind: "source", x: n } : EMPTY;
  }
  const later = f.direction === "<" ? n > f.x.lo : f.direction === ">" ? n < f.x.hi : true;
  return inside(n, f.y) && later ? { kind: "sink", y: n } : EMPTY;
}

export function weakCrossingSiv(a: number, c: number, f: Frame): Constraint {
  // a·x + a·y + c = 0
  if (c % a !== 0) return EMPTY;
  return exactSiv(1, 1, c / a, f);
}

export function exactSiv(a: number, b: number, c: number, f: Frame): Constraint {
  const t = solutions(a, b, c, f.x, f.y, f.direction);
  if (t === undefined) return EMPTY;
  const { g } = extendedGcd(a, b);
  if (t.lo === t.hi) return { kind: "point", x: t.x(t.lo), y: t.y(t.lo) };
  return { kind: "line", a: a / g, b: b / g, c: c / g };
}

/** One parameter for all integer solutions of a·x + b·y + c = 0 within box and direction; undefined when there are none. a, b are not 0. */
export function solutions(a: number, b: number, c: number, x: Interval, y: Interval, direction: Direction) {
  const { g, x: u } = extendedGcd(a, b);
  if (c % g !== 0) return undefined;
  const stepX = b / g;
  const stepY = -a / g;
  // one solution with a small x: reduced before it is multiplied, so that intermediate values stay small
  const size = Math.abs(stepX);
  const x0 = size === 1 ? 0 : mod(times(mod(-c / g, size), mod(u, size)), size);
  const y0 = exact(-exact(times(a, x0) + c) / b) + 0;
  let t: Interval = { lo: -Infinity, hi: Infinity };
  t = cut(t, stepX, x0, x);
  t = cut(t, stepY, y0, y);
  if (direction !== "*") {
    const slope = minus(stepY, stepX);
    const at = minus(y0, x0);
    const wanted = direction === "<" ? { lo: 1, hi: Infinity } : { lo: -Infinity, hi: -1 };
    if (slope === 0) {
      if (!inside(at, wanted)) return undefined;
    } else t = cut(t, slope, at, wanted);
  }
  if (t.lo > t.hi) return undefined;
  return { ...t, x: (n: number) => exact(x0 + times(stepX, n)), y: (n: number) => exact(y0 + times(stepY, n)) };
}

/** The t for which at + slope·t stays in an interval. */
function cut(t: Interval, slope: number, at: number, i: Interval): Interval {
  const bound = (end: number, round: (n: number, d: number) => number): number => {
    if (!Number.isFinite(end)) return slope > 0 === end > 0 ? Infinity : -Infinity;
    return round(minus(end, at), slope);
  };
  const first = slope > 0 ? i.lo : i.hi;
  const last = slope > 0 ? i.hi : i.lo;
  return { lo: Math.max(t.lo, bound(first, ceilDiv)), hi: Math.min(t.hi, bound(last, floorDiv)) };
}

export type SivKind = "strong SIV" | "weak-zero SIV" | "weak-crossing SIV" | "exact SIV";

export const sivKind = (a: number, b: number): SivKind =>
  a === -b ? "strong SIV" : a === 0 || b === 0 ? "weak-zero SIV" : a === b ? "weak-crossing SIV" : "exact SIV";

/** The constraint that an equation puts on one loop. a and b are not both 0. */
export function constrain(a: number, b: number, c: number, f: Frame): Constraint {
  switch (sivKind(a, b)) {
    case "strong SIV":
      return strongSiv(a, c, f);
    case "weak-zero SIV":
      return weakZeroSiv(a, b, c, f);
    case "weak-crossing SIV":
      return weakCrossingSiv(a, c, f);
    case "exact SIV":
      return exactSiv(a, b, c, f);
  }
}

/** The pairing that an equation is about, when it is about one loop's variables only. */
export function singleLoop(p: Problem, e: Row): Pairing | undefined {
  const on = support(e);
  if (on.length === 2) return pairingOf(p, on[0]!, on[1]!);
  return on.length === 1 ? p.pairs.find((q) => q.source === on[0] || q.sink === on[0]) : undefined;
}

/** The SIV test of one kind over all equations of that kind. */
export const sivTest =
  (kind: SivKind) =>
  (p: Problem): Found => {
    for (const e of p.equations) {
      const q = singleLoop(p, e);
      if (q === undefined) continue;
      const a = e.k[q.source]!;
      const b = e.k[q.sink]!;
      if (sivKind(a, b) === kind && constrain(a, b, e.c, frameOf(p, q)).kind === "empty") return INDEPENDENT;
    }
    return undefined;
  };
