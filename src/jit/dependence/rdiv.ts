/**
 * RDIV, "restricted double index variable" (Goff, Kennedy, Tseng 1991, section 4.3): a·x + b·y + c = 0 where x and y belong to different loops, or are
 * otherwise unrelated; solved exactly like exact SIV, but with a box of its own for each and no direction. A single unpaired variable is its
 * degenerate case.
 */

import { bounds, type Found, INDEPENDENT, type Problem, pairingOf, type Row, support } from "./problem.ts";
import { solutions } from "./siv.ts";

export function rdivTest(p: Problem): Found {
  return p.equations.some((e) => excluded(p, e)) ? INDEPENDENT : undefined;
}

function excluded(p: Problem, e: Row): boolean {
  const on = support(e);
  const [x, y] = on;
  if (on.length === 1) return !singleSolution(e.k[x!]!, e.c, p.lo[x!]!, p.hi[x!]!);
  if (on.length !== 2 || pairingOf(p, x!, y!)) return false;
  return solutions(e.k[x!]!, e.k[y!]!, e.c, bounds(p, x!), bounds(p, y!), "*") === undefined;
}

function singleSolution(k: number, c: number, lo: number, hi: number): boolean {
  if (c % k !== 0) return false;
  const n = -c / k;
  return n >= lo && n <= hi;
}
