/**
 * On-stack replacement into the middle of a nest. A loop gets hot in the middle of a trip of the loop around it; compiling the inner loop alone would mean compiling
 * twice, since the loop around is the better nest. Instead the outer region is given a second way in: a trip that is under way. In that trip, statements
 * before the inner loop are skipped, and the inner loop starts where its iterator stands.
 *
 * As IR, with `at` the outer item whose trip is under way and `next` the inner item to come:
 *
 *     for i in lo..hi:                      for i in at..hi:
 *       P                                     if i != at: P
 *       for j in a..b:              →         for j in max(a, i == at ? next : a)..min(b, i == at ? stop : b):
 *         Q                                     Q
 *                                             if i == at and stop < b: continue (with hi = at + 1)
 *       R                                     R
 *
 * Assignments in P that only depend on `i` and on inputs are not skipped: they give what the variable has already, and their symbolic values are worth keeping. Other
 * variables of P become live-in. Bounds of the inner loop are evaluated again; `enterMidway` checks that they are what its iterator was made from.
 *
 * Both loops are ranges (the inner one may be a `while`), one directly in the other.
 */
import type { LoopInfo } from "../interpreter/compile/code.ts";
import { PyRangeIterator } from "../interpreter/objects/range.ts";
import type { Value } from "../interpreter/objects/values.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import { iv, op, param } from "../jit/ir/build.ts";
import { stmtCanExit } from "../jit/ir/effects.ts";
import type { Binding, Expr, ForStmt, LoopStmt, ParamDecl, Region, SetStmt, Stmt } from "../jit/ir/nest.ts";
import { SAFE } from "../jit/ir/ops.ts";
import { Leave, SEMANTICS } from "../jit/ir/scalar.ts";
import { assigned, bodies, someExpr, walkExprs } from "../jit/ir/visit.ts";
import type { Traced } from "./region/build.ts";

/** The second way into a region. */
export interface Midway {
  readonly inner: LoopInfo;
  /** Parameter: the outer item whose trip is under way. */
  readonly at: string;
  /** Parameter: the item that the inner loop takes next; undefined for a `while`. */
  readonly next: string | undefined;
  /** Parameter: where the inner loop stops in that trip, at the latest; the rest of the trip is skipped then. Only where the engine has nothing to learn from what the trip skips. */
  readonly stop: string | undefined;
  /** The inner loop as it was, assignments that its bounds are made from, and those of the trip that are repeated before. */
  readonly loop: LoopStmt;
  readonly heads: readonly SetStmt[];
  readonly kept: readonly SetStmt[];
}

/** The region of the loop around `inner` with a way in at `inner`'s header; or why there is none. */
export function intoNest(t: Traced, inner: LoopInfo): Traced | string {
  const { region } = t;
  const outer = region.body.at(-1);
  const id = t.loopIds.get(inner.id);
  if (outer?.kind !== "for" || t.root?.plan.kind !== "range") return "the loop around is no range";
  const k = outer.body.findIndex((s) => (s.kind === "for" || s.kind === "while") && s.id === id);
  if (k < 0) return "the loop is not directly in the one around";
  const loop = outer.body[k] as LoopStmt;
  const h = headsBefore(outer.body, k);
  const heads = outer.body.slice(h, k) as SetStmt[];
  const prefix = outer.body.slice(0, h);
  const kept = repeatable(region, outer, prefix);
  const skipped = assigned(prefix.filter((s) => s.kind !== "set" || !kept.has(s)));
  const lost = [...skipped].find((name) => isLost(t, name, outer.body.slice(h)));
  if (lost !== undefined) return `${lost} is no variable of the frame`;
  const at: ParamDecl = { name: fresh(region, "midway.at"), type: "int" };
  const next: ParamDecl | undefined = loop.kind === "for" ? { name: fresh(region, "midway.next"), type: "int" } : undefined;
  const stop: ParamDecl | undefined = next && isTrivial(prefix) ? { name: fresh(region, "midway.stop"), type: "int" } : undefined;
  const body = [...guarded(prefix, kept, op.ne(iv(outer.iv), param(at))), ...heads];
  if (loop.kind === "for") body.push(...between(loop, outer, at, next!, stop));
  else body.push(loop);
  const root: ForStmt = { ...outer, body: [...body, ...outer.body.slice(k + 1)] };
  return {
    ...t,
    region: {
      ...region,
      params: [...region.params, at, ...(next ? [next] : []), ...(stop ? [stop] : [])],
      vars: region.vars.map((v) => (skipped.has(v.name) && v.init === "unset" ? { ...v, init: "live-in" } : v)),
      body: [...region.body.slice(0, -1), root],
    },
    vars: t.vars.map((v) => (skipped.has(v.decl.name) ? { ...v, decl: { ...v.decl, init: "live-in" } } : v)),
    midway: { inner, at: at.name, next: next?.name, stop: stop?.name, loop, heads, kept: [...kept] },
  };
}

/** Where the assignments that a loop's bounds are made from begin: they share its exit. */
function headsBefore(body: readonly Stmt[], k: number): number {
  const { exit, kind } = body[k]!;
  let h = k;
  while (kind === "for" && h > 0 && body[h - 1]!.kind === "set" && body[h - 1]!.exit === exit) h--;
  return h;
}

/** Assignments that give the same value however often a trip makes them. */
function repeatable(region: Region, outer: ForStmt, prefix: readonly Stmt[]): ReadonlySet<SetStmt> {
  const times = new Map<string, number>();
  const count = (body: readonly Stmt[]): void => {
    for (const s of body) {
      if (s.kind === "set") times.set(s.name, (times.get(s.name) ?? 0) + 1);
      for (const b of bodies(s)) count(b);
    }
  };
  count(outer.body);
  const names = new Set<string>();
  const kept = new Set<SetStmt>();
  for (const s of prefix) {
    if (s.kind !== "set" || times.get(s.name) !== 1 || stmtCanExit(s, region)) continue;
    if (someExpr(s.value, (e) => e.kind === "load" || (e.kind === "var" && !names.has(e.name)))) continue;
    names.add(s.name);
    kept.add(s);
  }
  return kept;
}

/** Whether a skipped variable is wanted later and has no place in the frame to be read from. */
function isLost(t: Traced, name: string, rest: readonly Stmt[]): boolean {
  if (t.vars.some((v) => v.decl.name === name || v.tag?.name === name)) return t.vars.some((v) => v.tag?.name === name);
  let read = false;
  walkExprs(rest, (e) => {
    if (e.kind === "var" && e.name === name) read = true;
  });
  return read || t.views.some((v) => v.index.some((d) => d.name === name));
}

/** The prefix, with what must not be repeated under the condition that the trip starts here. */
function guarded(prefix: readonly Stmt[], kept: ReadonlySet<Stmt>, starts: Expr): Stmt[] {
  const out: Stmt[] = [];
  let group: Stmt[] = [];
  const close = (): void => {
    if (group.length > 0) out.push({ kind: "if", line: group[0]!.line, cond: starts, body: group, orelse: [] });
    group = [];
  };
  for (const s of prefix) {
    if (kept.has(s)) {
      close();
      out.push(s);
    } else group.push(s);
  }
  close();
  return out;
}

/** The inner loop from `next` to `stop` in the trip that is under way. Its own bounds stay in sight of the analysis. */
function between(loop: ForStmt, outer: ForStmt, at: ParamDecl, next: ParamDecl, stop: ParamDecl | undefined): Stmt[] {
  const here = op.eq(iv(outer.iv), param(at));
  const step = loop.step.kind === "const" ? Math.sign(loop.step.value) : 0;
  const start = op.select(here, param(next), loop.lo);
  const lo = step > 0 ? op.max2(loop.lo, start) : step < 0 ? op.min2(loop.lo, start) : start;
  if (stop === undefined || step === 0) return [{ ...loop, lo }];
  const end = op.select(here, param(stop), loop.hi);
  const hi = step > 0 ? op.min2(loop.hi, end) : op.max2(loop.hi, end);
  const early = step > 0 ? op.lt(param(stop), loop.hi) : op.gt(param(stop), loop.hi);
  // not a break: the engine has to see the outer loop go on, too
  const leave: Stmt = { kind: "continue", line: loop.line, target: outer.id };
  return [
    { ...loop, lo, hi },
    { kind: "if", line: loop.line, cond: op.land(here, early), body: [leave], orelse: [] },
  ];
}

/** Whether the engine can compile these without having seen them run: assignments of constants and inputs. */
const isTrivial = (body: readonly Stmt[]): boolean =>
  body.every((s) => s.kind === "set" && (s.value.kind === "const" || s.value.kind === "param" || s.value.kind === "iv"));

function fresh(region: Region, name: string): string {
  const taken = new Set([...region.params, ...region.vars, ...region.arrays].map((d) => d.name));
  let out = name;
  for (let k = 2; taken.has(out); k++) out = `${name}.${k}`;
  return out;
}

/** Values of the parameters for a frame that stands at the inner loop's header; undefined where its iterator is not what the region takes it for. */
export function midwayParams(frame: Frame, t: Traced, binding: Binding): Record<string, number> | undefined {
  const { inner, at, next, stop, loop, heads, kept } = t.midway!;
  const root = frame.stack[t.loop.iterDepth - 1] as Value;
  if (!(root instanceof PyRangeIterator)) return undefined;
  const item = root.next - root.step;
  if (next === undefined || loop.kind !== "for") return { [at]: item };
  const it = frame.stack[inner.iterDepth - 1] as Value;
  if (!(it instanceof PyRangeIterator)) return undefined;
  const names = new Map<string, number>([[(t.region.body.at(-1) as ForStmt).iv, item]]);
  for (const s of kept) {
    const x = constant(s.value, binding, names);
    if (x !== undefined) names.set(s.name, x);
  }
  for (const s of heads) {
    const x = constant(s.value, binding, names);
    if (x === undefined) return undefined;
    names.set(s.name, x);
  }
  const [lo, hi, step] = [loop.lo, loop.hi, loop.step].map((e) => constant(e, binding, names));
  if (lo === undefined || hi === undefined || step !== it.step) return undefined;
  const trips = Math.max(0, Math.ceil((hi - lo) / step));
  const done = (it.next - lo) / step;
  if (!(done >= 0 && done + it.remaining === trips)) return undefined;
  return { [at]: item, [next]: it.next, ...(stop !== undefined && { [stop]: hi }) };
}

/** An int of inputs alone. */
function constant(e: Expr, b: Binding, names: ReadonlyMap<string, number>): number | undefined {
  switch (e.kind) {
    case "const":
      return e.value;
    case "param":
      return b.params[e.name];
    case "dim":
      return b.arrays[e.array]!.shape[e.axis];
    case "var":
    case "iv":
      return names.get(e.name);
    case "cast":
      return e.type === "int" && e.arg.type !== "float" ? constant(e.arg, b, names) : undefined;
    case "load":
      return undefined;
    case "op": {
      if (e.type !== "int" || e.op === "select" || e.op === "land" || e.op === "lor") return undefined;
      const args = e.args.map((a) => (a.type === "int" ? constant(a, b, names) : undefined));
      if (args.some((a) => a === undefined)) return undefined;
      try {
        const x = (SEMANTICS[e.op] as (t: "int", ...args: number[]) => number)("int", ...(args as number[]));
        return Math.abs(x) <= SAFE ? x : undefined;
      } catch (error) {
        if (error instanceof Leave) return undefined;
        throw error;
      }
    }
  }
}

/** Whether an exit left the trip that was under way before it had done anything: at the bounds of the inner loop. */
export function leftAtOnce(t: Traced, exit: string, item: number | undefined, at: number): boolean {
  const { loop, heads } = t.midway!;
  return loop.kind === "for" && item === at && (exit === loop.exit || heads.some((s) => s.exit === exit));
}
