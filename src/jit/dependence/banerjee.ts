/**
 * Banerjee's inequalities with direction vectors (Banerjee 1988; Goff, Kennedy, Tseng 1991, section 4.4; Wolfe, "Optimizing Supercompilers for
 * Supercomputers"): the least and the largest value of a subscript difference over the box of the bounds, cut by the direction of each loop. If zero lies
 * outside, the references do not meet. Real-valued, so it proves independence only. Triangular bounds enter through their hull.
 */
import { addIntervals, type Interval, scaleInterval } from "./affine.ts";
import { bounds, type Found, INDEPENDENT, type Pairing, type Problem, type Row } from "./problem.ts";

export function banerjeeTest(p: Problem): Found {
  return p.equations.some((e) => banerjeeExcludes(p, e)) ? INDEPENDENT : undefined;
}

export function banerjeeExcludes(p: Problem, e: Row): boolean {
  let total: Interval = { lo: e.c, hi: e.c };
  const paired = new Set<number>();
  for (const q of p.pairs) {
    paired.add(q.source).add(q.sink);
    const part = directed(p, q, e.k[q.source]!, e.k[q.sink]!);
    if (part === undefined) return true;
    total = addIntervals(total, part);
  }
  for (let j = 0; j < e.k.length; j++) {
    if (e.k[j] !== 0 && !paired.has(j)) total = addIntervals(total, scaleInterval(e.k[j]!, bounds(p, j)));
  }
  return total.lo > 0 || total.hi < 0;
}

/** Values of a·x + b·y under the pairing's direction; undefined when no x, y obey it. */
function directed(p: Problem, q: Pairing, a: number, b: number): Interval | undefined {
  const x = bounds(p, q.source);
  const y = bounds(p, q.sink);
  if (x.lo > x.hi || y.lo > y.hi) return undefined;
  const finite = [x.lo, x.hi, y.lo, y.hi].every(Number.isFinite);
  if (q.direction === "*" || !finite) return a === 0 && b === 0 ? { lo: 0, hi: 0 } : addIntervals(scaleInterval(a, x), scaleInterval(b, y));
  const [low, high] = q.direction === "<" ? [x, y] : [y, x];
  const [kl, kh] = q.direction === "<" ? [a, b] : [b, a];
  let out: Interval | undefined;
  for (const [l, h] of vertices(low, high)) {
    const v = addIntervals(scaleInterval(kl, { lo: l, hi: l }), scaleInterval(kh, { lo: h, hi: h }));
    out = out === undefined ? v : { lo: Math.min(out.lo, v.lo), hi: Math.max(out.hi, v.hi) };
  }
  return out;
}

/** Corners of { l in low, h in high, h >= l + 1 }; a linear form is extreme there. */
function vertices(low: Interval, high: Interval): [number, number][] {
  const candidates: [number, number][] = [
    [low.lo, high.lo],
    [low.lo, high.hi],
    [low.hi, high.lo],
    [low.hi, high.hi],
    [low.lo, low.lo + 1],
    [low.hi, low.hi + 1],
    [high.lo - 1, high.lo],
    [high.hi - 1, high.hi],
  ];
  return candidates.filter(([l, h]) => h >= l + 1 && l >= low.lo && l <= low.hi && h >= high.lo && h <= high.hi);
}
