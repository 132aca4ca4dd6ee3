/**
 * The ordered list of dependence tests, cheapest first, with a statistic for each, and the one function that runs them.
 *
 * Every test but the last proves independence only. The exact test ends the matter: it finds a point, which becomes the witness, or none. Overflow and the
 * work limit end in `unknown`, never in a wrong answer.
 */
import { ArithmeticOverflow } from "./affine.ts";
import { banerjeeTest } from "./banerjee.ts";
import { delta, deltaTest } from "./delta.ts";
import { gcdTest } from "./gcd.ts";
import { OMEGA_LIMIT, omegaTest, type Work, WorkLimit } from "./omega.ts";
import type { Found, Problem } from "./problem.ts";
import { rdivTest } from "./rdiv.ts";
import { sivTest } from "./siv.ts";
import { ziv } from "./ziv.ts";

export const TESTS = [
  { name: "ZIV", run: ziv, doc: "constant subscripts that differ" },
  { name: "strong SIV", run: sivTest("strong SIV"), doc: "one loop, equal coefficients: a constant distance" },
  { name: "weak-zero SIV", run: sivTest("weak-zero SIV"), doc: "one loop, one end fixed at a trip" },
  { name: "weak-crossing SIV", run: sivTest("weak-crossing SIV"), doc: "one loop, opposite coefficients: all cross at one trip" },
  { name: "exact SIV", run: sivTest("exact SIV"), doc: "one loop, any coefficients: a Diophantine line within the bounds" },
  { name: "RDIV", run: rdivTest, doc: "two unrelated variables: a Diophantine line within their bounds" },
  { name: "GCD", run: gcdTest, doc: "no integer solution, bounds aside" },
  { name: "Banerjee", run: banerjeeTest, doc: "zero outside the extreme values under the directions" },
  { name: "Delta", run: deltaTest, doc: "coupled subscripts: constraints intersected and propagated" },
  { name: "Omega", run: omegaTest, doc: "exact integer programming, with a work limit" },
] as const satisfies readonly { name: string; run: (p: Problem, work: Work) => Found; doc: string }[];

export type TestName = (typeof TESTS)[number]["name"];

/** How often each test was asked, and how often it settled the question. */
export interface TestStats {
  readonly asked: Record<TestName, number>;
  readonly settled: Record<TestName, number>;
  unknown: number;
}

export function newStats(): TestStats {
  const zeros = () => Object.fromEntries(TESTS.map((t) => [t.name, 0])) as Record<TestName, number>;
  return { asked: zeros(), settled: zeros(), unknown: 0 };
}

export type Decision =
  | { readonly kind: "independent"; readonly by: TestName }
  | {
      readonly kind: "dependent";
      readonly by: TestName;
      /** Values of all variables of the problem at one meeting. */
      readonly point: readonly number[];
      /** Per pairing, sink - source where it is always the same. */
      readonly distance: readonly (number | undefined)[];
    }
  | { readonly kind: "unknown"; readonly why: string };

export function decide(p: Problem, stats: TestStats, work: Work): Decision {
  try {
    for (const t of TESTS) {
      stats.asked[t.name]++;
      const run: (p: Problem, work: Work) => Found = t.name === "Omega" ? withinLimit : t.run;
      const found = run(p, work);
      if (found === undefined) continue;
      stats.settled[t.name]++;
      if (found.kind === "independent") return { kind: "independent", by: t.name };
      return { kind: "dependent", by: t.name, point: found.point, distance: delta(p).distance };
    }
    return { kind: "unknown", why: "no test applies" };
  } catch (error) {
    stats.unknown++;
    if (error instanceof ArithmeticOverflow || error instanceof WorkLimit) return { kind: "unknown", why: error.message };
    throw error;
  }
}

/** One problem gets a share of the analysis' work. */
function withinLimit(p: Problem, work: Work): Found {
  const share = Math.min(OMEGA_LIMIT, work.left);
  const own = { left: share };
  try {
    return omegaTest(p, own);
  } finally {
    work.left -= share - Math.max(0, own.left);
  }
}
