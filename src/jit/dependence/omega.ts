/**
 * An exact integer test after Pugh, "The Omega test: a fast and practical integer programming algorithm for dependence analysis" (1991): equalities are
 * eliminated by substitution (with the symmetric-modulo trick where no coefficient is a unit), inequalities by Fourier-Motzkin elimination: exactly where
 * coefficients allow it, else by dark shadow, real shadow and splinters. Gives a point or proves that there is none.
 *
 * Work is counted in row operations; beyond the limit it throws LIMIT and the answer is `unknown`. Arithmetic is checked (affine.ts).
 */
import { ceilDiv, exact, floorDiv, plus, times } from "./affine.ts";
import { type Found, INDEPENDENT, type Problem, type Row, rowGcd } from "./problem.ts";

export class WorkLimit extends Error {}
export const LIMIT = new WorkLimit("work limit of the exact test");

/** How many row operations are left to an analysis. */
export interface Work {
  left: number;
}

/** Row operations that one problem may take. */
export const OMEGA_LIMIT = 20_000;

export function omegaTest(p: Problem, work: Work): Found {
  const inequalities: Row[] = [...p.constraints];
  const n = p.names.length;
  const unit = (j: number, k: number, c: number): Row => ({ c, k: Array.from({ length: n }, (_, i) => (i === j ? k : 0)) });
  for (let j = 0; j < n; j++) {
    if (p.lo[j]! > p.hi[j]!) return INDEPENDENT;
    if (Number.isFinite(p.lo[j]!)) inequalities.push(unit(j, 1, -p.lo[j]!));
    if (Number.isFinite(p.hi[j]!)) inequalities.push(unit(j, -1, p.hi[j]!));
  }
  for (const q of p.pairs) if (q.direction !== "*") inequalities.push(directionRow(n, q.source, q.sink, q.direction));
  const point = solve(p.equations, inequalities, n, work);
  return point === undefined ? INDEPENDENT : { kind: "dependent", point: point.slice(0, n) };
}

function directionRow(n: number, source: number, sink: number, direction: "<" | ">"): Row {
  const k = new Array<number>(n).fill(0);
  k[sink] = direction === "<" ? 1 : -1;
  k[source] = -k[sink];
  return { k, c: -1 };
}

/** A point with every equality 0 and every inequality >= 0, or undefined. */
export function solve(equalities: readonly Row[], inequalities: readonly Row[], n: number, work: Work): number[] | undefined {
  spend(work, equalities.length + inequalities.length);
  const equal = normalisedEqualities(equalities);
  if (equal === undefined) return undefined;
  if (equal.length > 0) return eliminateEquality(equal, inequalities, n, work);
  const unequal = normalisedInequalities(inequalities);
  if (unequal === undefined) return undefined;
  if (unequal.equalities.length > 0) return solve(unequal.equalities, unequal.rows, n, work);
  if (unequal.rows.length === 0) return new Array<number>(n).fill(0);
  return eliminateVariable(unequal.rows, n, work);
}

function spend(work: Work, rows: number): void {
  work.left -= rows + 1;
  if (work.left < 0) throw LIMIT;
}

// ---- equalities -----------------------------------------------------------------------------------------------------------------------

function normalisedEqualities(rows: readonly Row[]): Row[] | undefined {
  const out: Row[] = [];
  for (const r of rows) {
    const g = rowGcd(r);
    if (g === 0) {
      if (r.c !== 0) return undefined;
      continue;
    }
    if (r.c % g !== 0) return undefined;
    out.push(g === 1 ? r : { c: r.c / g, k: r.k.map((k) => k / g) });
  }
  return out;
}

function eliminateEquality(equal: readonly Row[], unequal: readonly Row[], n: number, work: Work): number[] | undefined {
  let best = { row: 0, j: -1, size: Infinity };
  equal.forEach((r, row) => {
    r.k.forEach((k, j) => {
      const size = Math.abs(k);
      if (size > 0 && size < best.size) best = { row, j, size };
    });
  });
  const { row, j, size } = best;
  const e = equal[row]!;
  const a = e.k[j]!;
  if (size === 1) {
    const by: Row = { c: times(-a, e.c), k: e.k.map((k, i) => (i === j ? 0 : times(-a, k))) };
    return substituting(
      equal.filter((_, i) => i !== row),
      unequal,
      n,
      j,
      by,
      work,
    );
  }
  // x_j = sign·(Σ mod^(k_i)·x_i + mod^(c) - m·σ) with a fresh σ: after it, the coefficients of this equality have shrunk
  const m = size + 1;
  const sign = Math.sign(a);
  const by: Row = {
    c: sign * symmetricMod(e.c, m),
    k: [...e.k.map((k, i) => (i === j ? 0 : sign * symmetricMod(k, m))), ...new Array<number>(n - e.k.length).fill(0), -sign * m],
  };
  return substituting(equal, unequal, n + 1, j, by, work);
}

/** a - m·⌊a/m + 1/2⌋. */
const symmetricMod = (a: number, m: number): number => a - m * floorDiv(plus(2 * a, m), 2 * m);

function substituting(equal: readonly Row[], unequal: readonly Row[], n: number, j: number, by: Row, work: Work): number[] | undefined {
  const replace = (r: Row): Row => {
    const f = r.k[j] ?? 0;
    if (f === 0) return r;
    const k = new Array<number>(n).fill(0);
    for (let i = 0; i < n; i++) k[i] = i === j ? 0 : plus(r.k[i] ?? 0, times(f, by.k[i] ?? 0));
    return { c: plus(r.c, times(f, by.c)), k };
  };
  const point = solve(equal.map(replace), unequal.map(replace), n, work);
  if (point !== undefined) point[j] = value(by, point);
  return point;
}

function value(r: Row, point: readonly number[], except = -1): number {
  let out = r.c;
  for (let i = 0; i < r.k.length; i++) if (i !== except && r.k[i] !== 0) out = exact(out + exact(r.k[i]! * point[i]!));
  return out;
}

// ---- inequalities ---------------------------------------------------------------------------------------------------------------------

/** Divided by their gcd, tightened, without duplicates; opposite rows that leave one value become equalities. */
function normalisedInequalities(rows: readonly Row[]): { rows: Row[]; equalities: Row[] } | undefined {
  const tightest = new Map<string, Row>();
  for (const r of rows) {
    const g = rowGcd(r);
    if (g === 0) {
      if (r.c < 0) return undefined;
      continue;
    }
    const t: Row = g === 1 ? r : { c: floorDiv(r.c, g), k: r.k.map((k) => k / g + 0) };
    const key = keyOf(t.k, 1);
    const old = tightest.get(key);
    if (old === undefined || t.c < old.c) tightest.set(key, t);
  }
  const out: Row[] = [];
  const equalities: Row[] = [];
  for (const r of tightest.values()) {
    const opposite = tightest.get(keyOf(r.k, -1));
    const slack = opposite === undefined ? Infinity : plus(r.c, opposite.c);
    if (slack < 0) return undefined;
    if (slack > 0) out.push(r);
    else if (!equalities.some((e) => e === opposite)) equalities.push(r);
  }
  return { rows: out, equalities };
}

function keyOf(k: readonly number[], sign: number): string {
  let out = "";
  for (let i = 0; i < k.length; i++) if (k[i] !== 0) out += `${i}:${sign * k[i]!},`;
  return out;
}

interface Choice {
  readonly j: number;
  readonly lower: readonly Row[];
  readonly upper: readonly Row[];
  readonly exact: boolean;
  readonly cost: number;
}

/** The variable whose elimination is exact and adds the fewest rows. */
function choose(rows: readonly Row[], n: number): Choice {
  let best: Choice | undefined;
  for (let j = 0; j < n; j++) {
    const lower = rows.filter((r) => (r.k[j] ?? 0) > 0);
    const upper = rows.filter((r) => (r.k[j] ?? 0) < 0);
    if (lower.length + upper.length === 0) continue;
    const isExact = lower.length === 0 || upper.length === 0 || lower.every((r) => r.k[j] === 1) || upper.every((r) => r.k[j] === -1);
    const cost = lower.length * upper.length - lower.length - upper.length;
    if (best === undefined || (isExact && !best.exact) || (isExact === best.exact && cost < best.cost))
      best = { j, lower, upper, exact: isExact, cost };
  }
  return best!;
}

function eliminateVariable(rows: readonly Row[], n: number, work: Work): number[] | undefined {
  const choice = choose(rows, n);
  const { j, lower, upper } = choice;
  const rest = rows.filter((r) => (r.k[j] ?? 0) === 0);
  spend(work, lower.length * upper.length);
  const complete = (point: number[] | undefined): number[] | undefined => {
    if (point !== undefined) point[j] = between(lower, upper, j, point);
    return point;
  };
  if (choice.exact) return complete(solve([], [...rest, ...shadow(lower, upper, j, n, false)], n, work));
  const dark = solve([], [...rest, ...shadow(lower, upper, j, n, true)], n, work);
  if (dark !== undefined) return complete(dark);
  if (solve([], [...rest, ...shadow(lower, upper, j, n, false)], n, work) === undefined) return undefined;
  return splinters(rows, lower, upper, j, n, work);
}

/** For every lower bound b·x + l >= 0 and upper bound -a·x + u >= 0: a·l + b·u >= 0, in the dark shadow >= (a - 1)(b - 1). */
function shadow(lower: readonly Row[], upper: readonly Row[], j: number, n: number, dark: boolean): Row[] {
  const out: Row[] = [];
  for (const l of lower) {
    for (const u of upper) {
      const b = l.k[j]!;
      const a = -u.k[j]!;
      const k = new Array<number>(n).fill(0);
      for (let i = 0; i < n; i++) if (i !== j) k[i] = plus(times(a, l.k[i] ?? 0), times(b, u.k[i] ?? 0));
      const c = plus(times(a, l.c), times(b, u.c));
      out.push({ k, c: dark ? plus(c, -times(a - 1, b - 1)) : c });
    }
  }
  return out;
}

/** Solutions outside the dark shadow lie close to a lower bound: b·x + l = i for a small i. */
function splinters(
  rows: readonly Row[],
  lower: readonly Row[],
  upper: readonly Row[],
  j: number,
  n: number,
  work: Work,
): number[] | undefined {
  const a = Math.max(...upper.map((r) => -r.k[j]!));
  for (const l of lower) {
    const b = l.k[j]!;
    const last = floorDiv(exact(a * b - a - b), a);
    for (let i = 0; i <= last; i++) {
      const point = solve([{ c: plus(l.c, -i), k: l.k }], rows, n, work);
      if (point !== undefined) return point;
    }
  }
  return undefined;
}

/** The least value that the lower bounds allow, or the largest that the upper ones do. */
function between(lower: readonly Row[], upper: readonly Row[], j: number, point: readonly number[]): number {
  if (lower.length > 0) return lower.reduce((x, r) => Math.max(x, ceilDiv(-value(r, point, j), r.k[j]!)), -Infinity);
  return upper.reduce((x, r) => Math.min(x, floorDiv(value(r, point, j), -r.k[j]!)), Infinity);
}
