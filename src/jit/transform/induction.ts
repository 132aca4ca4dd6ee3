/**
 * Induction-variable substitution: `k` that every trip moves on by a constant becomes, at the start of each trip, its start plus so many constants; what the body then does
 * to it stays, and `k` is private. A wrap-around variable (`last = i` at the end of a trip, read by the next one) becomes what the trip before gave it, but for the first trip. And counting `while` loops become `for` loops, whose trips are known when they begin.
 * Source: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", 4.5.
 * Known weakness: only increments that are the same number in every trip, and wrap-around variables that are ints computed from the trip's number alone.
 */
import { apply, int, op } from "../ir/build.ts";
import { Dependences } from "../dependence/graph.ts";
import { isConstant } from "../dependence/affine.ts";
import type { LoopInfo } from "../dependence/references.ts";
import { exprCanExit, readsMemory } from "../ir/effects.ts";
import type { Expr, ForStmt, SetStmt, Stmt, VarDecl, WhileStmt } from "../ir/nest.ts";
import { assigned, mapExpr } from "../ir/visit.ts";
import { type Fixed, isFixed, ivsOf, size, Names, ordinal, type Reason, rebuilt, replacing, type Staged, topLoops, zero } from "./stage.ts";

export function induction(s: Staged): Staged | Reason {
  const graph = new Dependences(s.region, s.binding);
  const names = new Names(s.region);
  let body = s.region.body;
  const vars: VarDecl[] = [];
  const said: string[] = [];
  for (const loop of topLoops(s.region)) {
    const info = graph.loop(loop);
    const found = info && closedForms(s, loop, info, graph);
    if (!found || found.length === 0) continue;
    const before: SetStmt[] = [];
    const first: SetStmt[] = [];
    for (const { decl, form } of found) {
      const start: VarDecl = { name: names.fresh(`${decl.name}.start`), type: "int", init: "temp" };
      const place = { line: loop.line, ...(loop.exit !== undefined && { exit: loop.exit }) };
      vars.push(start);
      before.push({ kind: "set", name: start.name, value: { kind: "var", type: "int", name: decl.name }, ...place });
      first.push({ kind: "set", name: decl.name, value: form({ kind: "var", type: "int", name: start.name }), ...place });
    }
    body = replacing({ ...s.region, body }, loop, [...before, { ...loop, body: [...first, ...loop.body] }]);
    said.push(...found.map((f) => f.decl.name));
  }
  return said.length > 0 ? rebuilt(s, body, `closed form of ${said.join(", ")}`, vars) : { reason: "no induction variable" };
}

/** A variable, and its value at the start of a trip by that at the start of the loop. */
interface ClosedForm {
  readonly decl: VarDecl;
  readonly form: (start: Expr) => Expr;
}

/** Ints that the loop hands from trip to trip and that a trip can compute by itself. */
function closedForms(s: Staged, loop: ForStmt, info: LoopInfo, graph: Dependences): ClosedForm[] {
  // the closed form reads the bounds in every trip, and needs an exit
  const fixed = { assigned: info.assigned, changed: graph.changed(loop.body) };
  if (loop.exit === undefined || !isFixed(loop.lo, fixed, new Set()) || !isFixed(loop.step, fixed, new Set())) return [];
  return s.region.vars.flatMap((decl): ClosedForm[] => {
    if (decl.type !== "int" || !info.exposed.has(decl.name)) return [];
    const step = info.steps.get(decl.name);
    const carry = info.carry.get(decl.name);
    if (carry === "linear" && step !== undefined) return [{ decl, form: (start) => op.add(start, op.mul(int(step), ordinal(loop))) }];
    const before = carry === "wraparound" ? lastValue(loop, decl.name, fixed) : undefined;
    return before ? [{ decl, form: (start) => apply("select", op.eq(ivOf(loop), loop.lo), start, before) }] : [];
  });
}

const ivOf = (loop: ForStmt): Expr => ({ kind: "iv", type: "int", name: loop.iv });

/** What the trip before left in a variable, from this trip's number; undefined where more than that goes into it. */
function lastValue(loop: ForStmt, name: string, fixed: Fixed): Expr | undefined {
  const own = new Map<string, Expr>();
  for (const x of loop.body) {
    if (x.kind !== "set") {
      for (const v of assigned([x])) own.delete(v);
      if (assigned([x]).has(name)) return undefined;
      continue;
    }
    const value = mapExpr(x.value, (e) => (e.kind === "var" ? (own.get(e.name) ?? e) : e));
    own.delete(x.name);
    if (!readsMemory(value) && isFixed(value, fixed, ivsOf(loop.body)) && size(value) <= CHEAP) own.set(x.name, value);
  }
  const value = own.get(name);
  return value && mapExpr(value, (e) => (e.kind === "iv" && e.name === loop.iv ? op.sub(e, loop.step) : e));
}

/** Nodes of what a wrap-around variable is computed from. */
const CHEAP = 24;

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
