/**
 * Induction-variable substitution: `k` that every trip moves on by a constant becomes, at the start of each trip, its start plus so many constants; what the body then does
 * to it stays, and `k` is private. And counting `while` loops become `for` loops, whose trips are known when they begin.
 * Source: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", 4.5.
 * Known weakness: only increments that are the same number in every trip; wrap-around variables stay.
 */
import { int, op } from "../ir/build.ts";
import { Dependences } from "../dependence/graph.ts";
import { isConstant } from "../dependence/affine.ts";
import type { LoopInfo } from "../dependence/references.ts";
import { exprCanExit } from "../ir/effects.ts";
import type { ForStmt, SetStmt, Stmt, VarDecl, WhileStmt } from "../ir/nest.ts";
import { assigned } from "../ir/visit.ts";
import { isFixed, Names, ordinal, type Reason, rebuilt, replacing, type Staged, topLoops, zero } from "./stage.ts";

export function induction(s: Staged): Staged | Reason {
  const graph = new Dependences(s.region, s.binding);
  const names = new Names(s.region);
  let body = s.region.body;
  const vars: VarDecl[] = [];
  const said: string[] = [];
  for (const loop of topLoops(s.region)) {
    const info = graph.loop(loop);
    const found = info && linear(s, loop, info, graph);
    if (!found || found.length === 0) continue;
    const before: SetStmt[] = [];
    const first: SetStmt[] = [];
    for (const { decl, step } of found) {
      const start: VarDecl = { name: names.fresh(`${decl.name}.start`), type: "int", init: "temp" };
      const place = { line: loop.line, ...(loop.exit !== undefined && { exit: loop.exit }) };
      const value = op.add({ kind: "var", type: "int", name: start.name }, op.mul(int(step), ordinal(loop)));
      vars.push(start);
      before.push({ kind: "set", name: start.name, value: { kind: "var", type: "int", name: decl.name }, ...place });
      first.push({ kind: "set", name: decl.name, value, ...place });
    }
    body = replacing({ ...s.region, body }, loop, [...before, { ...loop, body: [...first, ...loop.body] }]);
    said.push(...found.map((f) => f.decl.name));
  }
  return said.length > 0 ? rebuilt(s, body, `closed form of ${said.join(", ")}`, vars) : { reason: "no induction variable" };
}

/** Ints that the loop hands from trip to trip and that each trip moves on by the same number. */
function linear(s: Staged, loop: ForStmt, info: LoopInfo, graph: Dependences): { decl: VarDecl; step: number }[] {
  // the closed form reads the bounds in every trip, and needs an exit
  const fixed = { assigned: info.assigned, changed: graph.changed(loop.body) };
  if (loop.exit === undefined || !isFixed(loop.lo, fixed, new Set()) || !isFixed(loop.step, fixed, new Set())) return [];
  return s.region.vars.flatMap((decl) => {
    const step = info.steps.get(decl.name);
    return decl.type === "int" && step !== undefined && info.exposed.has(decl.name) && info.carry.get(decl.name) === "linear"
      ? [{ decl, step }]
      : [];
  });
}

/** `while i < n: …; i += 1` as `for`, where this run's values say how many trips there are. */
export function counting(s: Staged): Staged | Reason {
  const graph = new Dependences(s.region, s.binding);
  const names = new Names(s.region);
  const lines: number[] = [];
  const body = s.region.body.map((x): Stmt => {
    if (x.kind !== "while") return x;
    const trips = tripsOf(x, graph, s);
    if (trips === undefined) return x;
    lines.push(x.line);
    const { kind: _kind, cond: _cond, ...rest } = x;
    return { ...rest, kind: "for", iv: names.fresh(`${x.id}.trip`), lo: zero, hi: int(trips), step: int(1) };
  });
  return lines.length > 0
    ? rebuilt(s, body, `trips of the loop at line ${lines.join(", ")} counted`)
    : { reason: "no while loop whose trips are known" };
}

function tripsOf(w: WhileStmt, graph: Dependences, s: Staged): number | undefined {
  const info = graph.loop(w);
  if (!info?.countable || info.axis.leaves || exprCanExit(w.cond, s.region.fpChecks)) return undefined;
  const { trips } = info.axis;
  return info.axis.exact && trips && isConstant(trips) && assigned(w.body).size > 0 ? trips.c : undefined;
}
