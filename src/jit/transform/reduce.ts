/**
 * Reductions: a loop that is parallel but for `s = s ∘ e` is cut into parts. Each part starts from the neutral value (or, where ∘ is idempotent, from the start of s) and
 * leaves its result in an array; a short loop behind joins them in order. Done where every grouping gives the same bits: integers and truth values, and the choice of a
 * least or greatest float; under `--fp=relaxed` for all sums and products of floats.
 *
 * An int that leaves the safe integers in a part, or on the way to the total, leaves the nest, which then has no effect: Python's integers have no end, so where the parts
 * stay within it their total is the one that the loop would have come to.
 */
import { analyse, type Opinion } from "../dependence/verdict.ts";
import type { ScalarFinding } from "../dependence/scalars.ts";
import { Dependences } from "../dependence/graph.ts";
import { isConstant } from "../dependence/affine.ts";
import { apply, int, num, op } from "../ir/build.ts";
import type { Expr, ForStmt, SetStmt, Stmt, VarDecl } from "../ir/nest.ts";
import { isBool, isFloat, isInt, type OpName } from "../ir/ops.ts";
import { assigned, walkExpr, walkStmts } from "../ir/visit.ts";
import { exposedVariables } from "../ir/verify.ts";
import {
  isFixed,
  isReason,
  Names,
  type Reason,
  rebuilt,
  replacing,
  type Scratch,
  type Staged,
  topLoops,
  type TransformOptions,
  withScratch,
  zero,
} from "./stage.ts";

/** Parts of a loop: threads enough for any device, few enough to be joined at once. */
const PARTS = 8192;

/** How the partial results of one variable start, and how two are joined. */
interface Joint {
  readonly decl: VarDecl;
  readonly start: Expr | "start";
  readonly join: (all: Expr, part: Expr) => Expr;
}

export function reduce(s: Staged, options: TransformOptions): Staged | Reason {
  let out = s;
  let why = "no reduction";
  for (const { id } of topLoops(s.region)) {
    const loop = topLoops(out.region).find((l) => l.id === id)!;
    const opinion = analyse(out.region, out.binding, { transaction: true }).find((o) => o.verdict.id === id);
    if (!opinion || !(opinion.verdict.class === "reduction" || (options.relaxed && opinion.verdict.class === "float-reduction"))) continue;
    const made = parted(out, loop, opinion);
    if (isReason(made)) why = `line ${loop.line}: ${made.reason}`;
    else out = made;
  }
  return out === s ? { reason: why } : out;
}

function parted(s: Staged, loop: ForStmt, opinion: Opinion): Staged | Reason {
  const joints = jointsOf(s, loop, opinion);
  if (isReason(joints)) return joints;
  const shape = partsOf(s, loop);
  if (isReason(shape)) return shape;
  const { parts, each, step } = shape;
  const names = new Names(s.region);
  const place = { line: loop.line, ...(loop.exit !== undefined && { exit: loop.exit }) };
  const [cut, iv] = [names.fresh(`${loop.id}.parts`), names.fresh(`${loop.iv}.part`)];
  const part: Expr = { kind: "iv", type: "int", name: iv };
  const lo = op.add(loop.lo, op.mul(part, int(each * step)));
  const end = op.add(lo, int(each * step));
  const inner: ForStmt = { ...loop, lo, hi: apply(step > 0 ? "min2" : "max2", loop.hi, end) };
  const made = joints.map((j) => {
    const start: VarDecl = { ...j.decl, name: names.fresh(`${j.decl.name}.start`), init: "temp" };
    const scratch: Scratch = { name: names.fresh(`${j.decl.name}.parts`), elem: j.decl.type, shape: [parts] };
    return { ...j, startDecl: start, scratch };
  });
  const v = (d: VarDecl): Expr => ({ kind: "var", type: d.type, name: d.name });
  const set = (d: VarDecl, value: Expr): SetStmt => ({ kind: "set", name: d.name, value, ...place });
  const joinIv = names.fresh(`${loop.iv}.part`);
  const joined: Expr = { kind: "iv", type: "int", name: joinIv };
  const one = { step: int(1), lo: zero, hi: int(parts), kind: "for" } as const;
  const loops: Stmt[] = [
    ...made.map((j) => set(j.startDecl, v(j.decl))),
    {
      ...one,
      ...place,
      id: cut,
      iv,
      body: [
        ...made.map((j) => set(j.decl, j.start === "start" ? v(j.startDecl) : j.start)),
        inner,
        ...made.map((j): Stmt => ({ kind: "store", array: j.scratch.name, index: [part], checks: ["in"], value: v(j.decl), ...place })),
      ],
    },
    ...made.map((j) => set(j.decl, v(j.startDecl))),
    {
      ...one,
      ...place,
      id: names.fresh(`${loop.id}.join`),
      iv: joinIv,
      body: made.map((j) => {
        const x: Expr = { kind: "load", type: j.decl.type, array: j.scratch.name, index: [joined], checks: ["in"] };
        return set(j.decl, j.join(v(j.decl), x));
      }),
    },
  ];
  const relaxed = opinion.verdict.class === "float-reduction" ? ", in another order (--fp=relaxed)" : "";
  const said = `reduction ${joints.map((j) => j.decl.name).join(", ")} in ${parts} parts${relaxed}`;
  const staged = rebuilt(
    s,
    replacing(s.region, loop, loops),
    said,
    made.map((j) => j.startDecl),
  );
  return withScratch(
    staged,
    made.map((j) => j.scratch),
  );
}

/** How many parts, of how many trips each. */
function partsOf(s: Staged, loop: ForStmt): { parts: number; each: number; step: number } | Reason {
  const graph = new Dependences(s.region, s.binding);
  const info = graph.loop(loop);
  const trips = info?.axis.trips;
  if (!info || !trips || !isConstant(trips) || trips.c < 2) return { reason: "the number of its trips is not known, or too small" };
  if (loop.step.kind !== "const") return { reason: "a step that is no constant" };
  if (loop.exit === undefined) return { reason: "it has no exit" };
  const fixed = { assigned: info.assigned, changed: graph.changed(loop.body) };
  if (!isFixed(loop.lo, fixed, new Set()) || !isFixed(loop.hi, fixed, new Set())) return { reason: "bounds that change in the loop" };
  const each = Math.ceil(trips.c / PARTS);
  return { parts: Math.ceil(trips.c / each), each, step: loop.step.value };
}

function jointsOf(s: Staged, loop: ForStmt, opinion: Opinion): readonly Joint[] | Reason {
  const decls = new Map(s.region.vars.map((v) => [v.name, v]));
  const needs = opinion.verdict.requires ?? [];
  const reduced = opinion.scalars.filter((f) => f.kind === "reduction" || f.kind === "any");
  const known = new Set(reduced.map((f) => `reduction ${f.name} ${f.kind === "any" ? "any" : f.update!.op}`));
  const other = needs.find((r) => !known.has(r) && !(r.startsWith("privatise ") && decls.has(r.slice("privatise ".length))));
  if (other !== undefined) return { reason: other };
  const before = known.size > 0 ? assignedBefore(s, loop) : new Set<string>();
  const out: Joint[] = [];
  for (const f of reduced) {
    if (companionsOf(loop, f.name)) return { reason: `with ${f.name} other variables are chosen` };
    const decl = decls.get(f.name)!;
    if (decl.init !== "live-in" && !before.has(f.name)) return { reason: `${f.name} may be unbound` };
    const joint = jointOf(f, decl, loop);
    if (joint === undefined) return { reason: `partial results of ${f.name} cannot be joined` };
    out.push(joint);
  }
  return out;
}

/** Variables that are surely assigned before the loop. */
function assignedBefore(s: Staged, loop: ForStmt): ReadonlySet<string> {
  const before = s.region.body.slice(0, s.region.body.indexOf(loop));
  const line = loop.line;
  const probes = s.region.vars.map((v): Stmt => ({ kind: "set", name: v.name, value: { kind: "var", type: v.type, name: v.name }, line }));
  const alone = exposedVariables(s.region, before);
  return new Set(s.region.vars.map((v) => v.name).filter((v, k) => !alone.has(v) && !exposedVariables(s.region, [...before, probes[k]!]).has(v)));
}

/** Whether the `if` that chooses a new extremum assigns other variables too. */
function companionsOf(loop: ForStmt, name: string): boolean {
  let found = false;
  walkStmts(loop.body, (s) => {
    if (s.kind !== "if") return;
    const own = s.body.some((x) => x.kind === "set" && x.name === name);
    let asks = false;
    walkExpr(s.cond, (x) => {
      asks ||= x.kind === "var" && x.name === name;
    });
    found ||= own && asks && assigned(s.body).size > 1;
  });
  return found;
}

function jointOf(f: ScalarFinding, decl: VarDecl, loop: ForStmt): Joint | undefined {
  const { type } = decl;
  const join = (name: OpName) => (all: Expr, part: Expr) => apply(name, all, part);
  if (f.kind === "any") return anyJoint(decl, loop);
  const used = opsOn(loop, f.name);
  switch (f.update!.op) {
    case "+":
      return { decl, start: num(type, isFloat(type) ? -0 : 0), join: join(used.has("addw") || used.has("subw") ? "addw" : "add") };
    case "*":
      return { decl, start: num(type, 1), join: join(used.has("mulw") ? "mulw" : "mul") };
    case "^":
      return { decl, start: num(type, 0), join: join("xor") };
    case "&":
      return { decl, start: "start", join: join("and") };
    case "|":
      return { decl, start: "start", join: join("or") };
    case "min":
      return { decl, start: "start", join: join(used.has("minimum") ? "minimum" : "min2") };
    case "max":
      return { decl, start: "start", join: join(used.has("maximum") ? "maximum" : "max2") };
    case "and":
    case "or":
      return isBool(type) ? { decl, start: "start", join: join(f.update!.op === "and" ? "land" : "lor") } : undefined;
  }
}

/** A variable that becomes one constant if any trip says so. */
function anyJoint(decl: VarDecl, loop: ForStmt): Joint | undefined {
  let value: Expr | undefined;
  walkStmts(loop.body, (s) => {
    if (s.kind === "set" && s.name === decl.name) value = s.value;
  });
  if (value?.kind !== "const" || !(isInt(decl.type) || isBool(decl.type))) return undefined;
  const constant = value;
  return { decl, start: "start", join: (all, part) => apply("select", apply("eq", part, constant), constant, all) };
}

/** Ops in what is assigned to a variable. */
function opsOn(loop: ForStmt, name: string): ReadonlySet<OpName> {
  const out = new Set<OpName>();
  walkStmts(loop.body, (s) => {
    if (s.kind === "set" && s.name === name)
      walkExpr(s.value, (e) => {
        if (e.kind === "op") out.add(e.op);
      });
  });
  return out;
}
