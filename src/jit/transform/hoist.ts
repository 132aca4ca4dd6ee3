/**
 * Invariant motion: an assignment to a temporary between two loops (`n.2 = n - 1` before `for j in range(1, n - 1)`) moves before the outermost one, where it has the same
 * value. It makes the inner loop's bounds known before the nest, and leaves nothing between the two loops that could leave. Only assignments in the way are moved.
 */
import type { ForStmt, SetStmt, Stmt } from "../ir/nest.ts";
import { assigned, mapStmts, walkStmts } from "../ir/visit.ts";
import { Views } from "../dependence/views.ts";
import { changing } from "../dependence/verdict.ts";
import { isFixed, ivsOf, type Reason, rebuilt, type Staged, topLoops } from "./stage.ts";

export function hoist(s: Staged): Staged | Reason {
  const views = new Views(s.region, s.binding);
  const moved = new Map<ForStmt, SetStmt[]>();
  for (const loop of topLoops(s.region)) {
    const found = invariants(s, loop, views);
    if (found.length > 0) moved.set(loop, found);
  }
  if (moved.size === 0) return { reason: "nothing invariant stands between loops" };
  const gone = new Set<Stmt>([...moved.values()].flat());
  const body = s.region.body.flatMap((x) => {
    const first = x.kind === "for" ? moved.get(x) : undefined;
    return first ? [...first, ...mapStmts([x], (y) => (gone.has(y) ? [] : y))] : [x];
  });
  return rebuilt(s, body, `hoist ${[...gone].map((x) => (x as SetStmt).name).join(", ")}`);
}

function invariants(s: Staged, loop: ForStmt, views: Views): SetStmt[] {
  const temps = new Set(s.region.vars.filter((v) => v.init === "temp").map((v) => v.name));
  const sets = new Map<string, number>();
  walkStmts(s.region.body, (x) => {
    if (x.kind === "set") sets.set(x.name, (sets.get(x.name) ?? 0) + 1);
  });
  const left = assigned(loop.body);
  const fixed = { assigned: left, changed: changing(s.region, views, loop.body) };
  const ivs = new Set([loop.iv, ...ivsOf(loop.body)]);
  const out: SetStmt[] = [];
  const list = (body: readonly Stmt[]): void => {
    const last = body.findLastIndex((x) => x.kind === "for");
    body.forEach((x, k) => {
      if (x.kind === "for") list(x.body);
      if (x.kind !== "set" || k >= last || !temps.has(x.name) || sets.get(x.name) !== 1 || !isFixed(x.value, fixed, ivs)) return;
      out.push(x);
      left.delete(x.name);
    });
  };
  list(loop.body);
  return out;
}
