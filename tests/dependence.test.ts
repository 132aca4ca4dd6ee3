/**
 * Dependence tests against brute force: seeded random problems on small boxes. A test that says "independent" where a point exists is a bug of the worst
 * kind; the exact test must be right both ways, and its witnesses must solve the problem.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ceilDiv, combine, constant, exact, extendedGcd, floorDiv, mod, substitute, variable } from "../src/jit/dependence/affine.ts";
import { delta } from "../src/jit/dependence/delta.ts";
import { omegaTest } from "../src/jit/dependence/omega.ts";
import { type Direction, type Pairing, type Problem, type Row, solves } from "../src/jit/dependence/problem.ts";
import { decide, newStats, TESTS } from "../src/jit/dependence/tests.ts";

/** A small seeded generator (mulberry32). */
function random(seed: number): (n: number) => number {
  let a = seed;
  return (n) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

/** Every integer point of the box, filtered. */
function points(p: Problem): number[][] {
  const out: number[][] = [];
  const at: number[] = [];
  const go = (j: number): void => {
    if (j === p.names.length) {
      if (solves(p, at)) out.push([...at]);
      return;
    }
    for (let x = p.lo[j]!; x <= p.hi[j]!; x++) {
      at[j] = x;
      go(j + 1);
    }
  };
  go(0);
  return out;
}

const DIRECTIONS: readonly Direction[] = ["<", ">", "*"];

/** Up to two paired loops, up to two other variables, up to three equations, triangular constraints. */
function problem(rnd: (n: number) => number): Problem {
  const loops = rnd(3);
  const others = rnd(loops === 2 ? 2 : 3);
  const n = loops * 2 + others;
  const lo: number[] = [];
  const hi: number[] = [];
  for (let j = 0; j < n; j++) {
    const paired = j < loops * 2 && j % 2 === 1;
    lo.push(paired ? lo[j - 1]! : rnd(7) - 3);
    hi.push(paired ? hi[j - 1]! : lo[j]! + rnd(6) - (rnd(8) === 0 ? 1 : 0));
  }
  const pairs: Pairing[] = Array.from({ length: loops }, (_, l) => ({ source: 2 * l, sink: 2 * l + 1, direction: DIRECTIONS[rnd(3)]! }));
  const big = rnd(4) === 0 ? 7 : 3;
  const coefficient = (): number => (rnd(2) === 0 ? 0 : rnd(2 * big + 1) - big);
  const row = (spread: number): Row => ({ c: rnd(2 * spread + 1) - spread, k: Array.from({ length: n }, coefficient) });
  const strong = (): Row => {
    const k = new Array<number>(n).fill(0);
    if (loops > 0) {
      const l = rnd(loops);
      k[2 * l] = 1 + rnd(3);
      k[2 * l + 1] = rnd(3) === 0 ? k[2 * l]! : -k[2 * l]!;
    }
    return { c: rnd(9) - 4, k };
  };
  // half of the problems get a point of the box that solves their equations
  const at = rnd(2) ? lo.map((x, j) => x + rnd(Math.max(1, hi[j]! - x + 1))) : undefined;
  const met = (r: Row): Row => (at ? { ...r, c: -r.k.reduce((s, k, j) => s + k * at[j]!, 0) } : r);
  return {
    names: Array.from({ length: n }, (_, j) => `v${j}`),
    lo,
    hi,
    pairs,
    equations: Array.from({ length: 1 + rnd(3) }, () => met(rnd(2) ? strong() : row(9))),
    constraints: Array.from({ length: rnd(3) }, () => row(6)),
  };
}

test("no test says independent where the references meet", () => {
  const rnd = random(1);
  const said: Record<string, number> = {};
  for (let round = 0; round < 3000; round++) {
    const p = problem(rnd);
    const all = points(p);
    for (const t of TESTS) {
      const found = t.run(p, { left: 1e6 });
      if (found?.kind === "independent") {
        said[t.name] = (said[t.name] ?? 0) + 1;
        assert.is(all.length, 0, `${t.name} is wrong, round ${round}: ${JSON.stringify(p)}`);
      }
    }
  }
  for (const t of TESTS) assert.ok((said[t.name] ?? 0) > 20, `${t.name} was hardly tried`);
});

test("the exact test is right both ways, and its witness meets", () => {
  const rnd = random(2);
  let meet = 0;
  for (let round = 0; round < 3000; round++) {
    const p = problem(rnd);
    const found = omegaTest(p, { left: 1e6 })!;
    assert.is(found.kind === "dependent", points(p).length > 0, `round ${round}: ${JSON.stringify(p)}`);
    if (found.kind === "dependent") {
      meet++;
      assert.ok(solves(p, found.point), `round ${round}: ${JSON.stringify(p)} ${found.point}`);
    }
  }
  assert.ok(meet > 500);
});

test("a distance of Delta is the distance of every meeting", () => {
  const rnd = random(3);
  let seen = 0;
  for (let round = 0; round < 4000; round++) {
    const p = problem(rnd);
    const all = points(p);
    const { distance } = delta(p);
    p.pairs.forEach((q, level) => {
      const d = distance[level];
      if (d === undefined) return;
      for (const x of all) {
        seen++;
        assert.is(x[q.sink]! - x[q.source]!, d, `round ${round}: ${JSON.stringify(p)}`);
      }
    });
  }
  assert.ok(seen > 300);
});

test("unbounded variables", () => {
  // 2x - 2y = 1 never; x - y = 1 does
  const base = {
    names: ["x", "y"],
    lo: [-Infinity, -Infinity],
    hi: [Infinity, Infinity],
    constraints: [],
    pairs: [{ source: 0, sink: 1, direction: "*" as const }],
  };
  const at = (k: number[], c: number) => decide({ ...base, equations: [{ k, c }] }, newStats(), { left: 1e5 });
  assert.is(at([2, -2], 1).kind, "independent");
  const d = at([1, -1], 1);
  assert.is(d.kind, "dependent");
  assert.equal(d.kind === "dependent" && d.distance, [1]);
  assert.is(at([3, 5], 4).kind, "dependent");
});

test("overflow and the work limit are unknown", () => {
  const big = 2 ** 52;
  const p: Problem = {
    names: ["x", "y", "z"],
    lo: [-big, -big, -big],
    hi: [big, big, big],
    pairs: [],
    equations: [{ c: 1, k: [big - 1, big - 3, big - 5] }],
    constraints: [{ c: 0, k: [big, -big, 3] }],
  };
  assert.is(decide(p, newStats(), { left: 1e5 }).kind, "unknown");
  const q: Problem = { ...p, equations: [{ c: 1, k: [7, 11, 13] }], constraints: [{ c: 0, k: [5, -7, 3] }] };
  assert.is(decide(q, newStats(), { left: 3 }).kind, "unknown");
});

test("checked arithmetic", () => {
  assert.throws(() => exact(2 ** 53));
  assert.is(floorDiv(-7, 2), -4);
  assert.is(ceilDiv(-7, 2), -3);
  assert.is(mod(-7, 3), 2);
  assert.is(mod(7, -3), -2);
  const { g, x, y } = extendedGcd(12, -18);
  assert.is(g, 6);
  assert.is(12 * x - 18 * y, 6);
  const a = combine(variable(1), 2, constant(5));
  assert.equal(substitute(combine(variable(2), 3, a), 1, variable(2)), { c: 30, ids: [2], ks: [4] });
});

test.run();
