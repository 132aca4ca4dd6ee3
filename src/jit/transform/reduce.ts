/**
 * Reductions: a loop that is parallel but for `s = s ∘ e` is cut into parts. Each part starts from the neutral value (or, where ∘ is idempotent, from the start of s) and
 * leaves its result in an array; a short loop behind joins them in order, and the trips that make no whole part follow. Done where every grouping gives the same bits:
 * integers and truth values, and the choice of a least or greatest float; under `--fp=relaxed` for all sums and products of floats.
 *
 * An int that leaves the safe integers in a part, or on the way to the total, leaves the nest, which then has no effect: Python's integers have no end, so where the parts
 * stay within it their total is the one that the loop would have come to.
 */
import { isConstant } from "../dependence/affine.ts";
import { Dependences } from "../dependence/graph.ts";
import type { ScalarFinding } from "../dependence/scalars.ts";
import { analyse, type Opinion } from "../dependence/verdict.ts";
import { apply, get as read, int, num, op, type Place, set } from "../ir/build.ts";
import type { Expr, ForStmt, SetStmt, Stmt, VarDecl } from "../ir/nest.ts";
import { isBool, isFloat, type OpName } from "../ir/ops.ts";
import { assigned, mapStmts, walkExpr, walkExprs, walkStmts } from "../ir/visit.ts";
import {
  copied,
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

/** Parts of a loop, up to twice as many: threads enough for any device, few enough to be joined at once. */
const PARTS = 8192;

/** A variable that each part has for its own, and whose value it leaves. */
interface Lane {
  readonly decl: VarDecl;
  /** "start": what the loop found in it. */
  readonly start: Expr | "start";
}

/** What becomes of one reduction. */
interface Joint {
  readonly name: string;
  readonly lanes: readonly Lane[];
  /** What a part does where the loop assigned. */
  readonly rewrite?: (s: SetStmt) => readonly Stmt[];
  /** Takes a part's values in, given in the order of the lanes. */
  readonly join: (parts: readonly Expr[]) => Stmt;
}

export function reduce(s: Staged, options: TransformOptions): Staged | Reason {
  let out = s;
  let why = "no reduction";
  for (const { id } of topLoops(s.region)) {
    const loop = topLoops(out.region).find((l) => l.id === id)!;
    const opinion = analyse(out.region, out.binding, { transaction: true }).find((o) => o.verdict.id === id);
    const found = opinion?.verdict.class;
    if (found === "float-reduction" && !options.relaxed) why = `line ${loop.line}: floats are added in order, but under --fp=relaxed`;
    if (!opinion || !(found === "reduction" || (options.relaxed && found === "float-reduction"))) continue;
    const made = parted(out, loop, opinion, options);
    if (isReason(made)) why = `line ${loop.line}: ${made.reason}`;
    else out = made;
  }
  return out === s ? { reason: why } : out;
}

function parted(s: Staged, loop: ForStmt, opinion: Opinion, options: TransformOptions): Staged | Reason {
  const names = new Names(s.region);
  const joints = jointsOf(s, loop, opinion, names);
  if (isReason(joints)) return joints;
  const shape = partsOf(s, loop, options.parts ?? PARTS);
  if (isReason(shape)) return shape;
  const { parts, each, step, rest } = shape;
  const place = placeOf(loop);
  const part: Expr = { kind: "iv", type: "int", name: names.fresh(`${loop.iv}.part`) };
  const lo = op.add(loop.lo, op.mul(part, int(each * step)));
  const hi = op.add(lo, int(each * step));
  const inner: ForStmt = { ...loop, lo, hi, body: rewritten(loop.body, joints) };
  const lanes = joints.flatMap((j) => j.lanes).map((l) => ({ ...l, ...laneNames(l.decl, names, parts) }));
  const known = new Set(s.region.vars.map((v) => v.name));
  // variables of the program come back as they were, for the parts to be joined to
  const starting = lanes.filter((l) => known.has(l.decl.name));
  const joined: Expr = { kind: "iv", type: "int", name: names.fresh(`${loop.iv}.part`) };
  const load = (l: Lane): Expr => ({
    kind: "load",
    type: l.decl.type,
    array: lanes.find((x) => x.decl === l.decl)!.scratch.name,
    index: [joined],
    checks: ["in"],
  });
  const overParts = { kind: "for", lo: zero, hi: int(parts), step: int(1), ...place } as const;
  const loops: Stmt[] = [
    ...starting.map((l) => set(l.first, read(l.decl), place)),
    {
      ...overParts,
      id: names.fresh(`${loop.id}.parts`),
      iv: part.name,
      body: [
        ...lanes.map((l) => set(l.decl, l.start === "start" ? read(l.first) : l.start, place)),
        inner,
        ...lanes.map((l): Stmt => ({ kind: "store", array: l.scratch.name, index: [part], checks: ["in"], value: read(l.decl), ...place })),
      ],
    },
    ...starting.map((l) => set(l.decl, read(l.first), place)),
    { ...overParts, id: names.fresh(`${loop.id}.join`), iv: joined.name, body: joints.map((j) => j.join(j.lanes.map(load))) },
    ...(rest ? copied([{ ...loop, lo: op.add(loop.lo, int(parts * each * step)) }], names) : []),
  ];
  const relaxed = opinion.verdict.class === "float-reduction" ? ", in another order (--fp=relaxed)" : "";
  const said = `reduction ${joints.map((j) => j.name).join(", ")} in parts${relaxed}`;
  const vars = [...starting.map((l) => l.first), ...lanes.map((l) => l.decl).filter((d) => !known.has(d.name))];
  return withScratch(
    rebuilt(s, replacing(s.region, loop, loops), said, vars),
    lanes.map((l) => l.scratch),
  );
}

const placeOf = (s: Stmt): Place => ({ line: s.line, ...(s.exit !== undefined && { exit: s.exit }) });

function laneNames(decl: VarDecl, names: Names, parts: number): { first: VarDecl; scratch: Scratch } {
  return {
    first: { name: names.fresh(`${decl.name}.start`), type: decl.type, init: "temp" },
    scratch: { name: names.fresh(`${decl.name}.parts`), elem: decl.type, shape: [parts] },
  };
}

function rewritten(body: readonly Stmt[], joints: readonly Joint[]): readonly Stmt[] {
  const rewrites = joints.flatMap((j) => j.rewrite ?? []);
  return mapStmts(body, (x) =>
    x.kind === "set" ? rewrites.reduce<readonly Stmt[]>((list, f) => list.flatMap((y) => (y.kind === "set" ? f(y) : [y])), [x]) : x,
  );
}

/** How many parts, of how many trips each, and whether a few trips are left over, for the host. */
function partsOf(s: Staged, loop: ForStmt, most: number): { parts: number; each: number; step: number; rest: boolean } | Reason {
  const graph = new Dependences(s.region, s.binding);
  const info = graph.loop(loop);
  const trips = info?.axis.trips;
  if (!info || !trips || !isConstant(trips) || trips.c < 2) return { reason: "the number of its trips is not known, or too small" };
  if (loop.step.kind !== "const") return { reason: "a step that is no constant" };
  if (loop.exit === undefined) return { reason: "it has no exit" };
  const fixed = { assigned: info.assigned, changed: graph.changed(loop.body) };
  if (!isFixed(loop.lo, fixed, new Set()) || !isFixed(loop.hi, fixed, new Set())) return { reason: "bounds that change in the loop" };
  const each = Math.max(1, Math.floor(trips.c / most));
  const parts = Math.floor(trips.c / each);
  return { parts, each, step: loop.step.value, rest: parts * each < trips.c };
}

function jointsOf(s: Staged, loop: ForStmt, opinion: Opinion, names: Names): readonly Joint[] | Reason {
  const decls = new Map(s.region.vars.map((v) => [v.name, v]));
  const reduced = opinion.scalars.filter((f) => f.kind === "reduction" || f.kind === "any");
  const known = new Set(reduced.map((f) => `reduction ${f.name} ${f.kind === "any" ? "any" : f.update!.op}`));
  const other = (opinion.verdict.requires ?? []).find(
    (r) => !known.has(r) && !(r.startsWith("privatise ") && decls.has(r.slice("privatise ".length))),
  );
  if (other !== undefined) return { reason: other };
  const out: Joint[] = [];
  for (const f of reduced) {
    const joint = jointOf(f, decls, loop, names);
    if (joint === undefined) return { reason: `partial results of ${f.name} cannot be joined` };
    out.push(joint);
  }
  return out;
}

function jointOf(f: ScalarFinding, decls: ReadonlyMap<string, VarDecl>, loop: ForStmt, names: Names): Joint | undefined {
  const decl = decls.get(f.name)!;
  if (f.kind === "any") return anyJoint(decl, loop, names);
  const chosen = choice(loop, f.name);
  if (chosen) return chosenJoint(decl, decls, chosen, loop, names);
  const { type } = decl;
  const place = placeOf(loop);
  const joint = (start: Expr | "start", name: OpName): Joint => ({
    name: f.name,
    lanes: [{ decl, start }],
    join: ([x]) => set(decl, apply(name, read(decl), x!), place),
  });
  const used = opsOn(loop, f.name);
  switch (f.update!.op) {
    case "+":
      return joint(num(type, isFloat(type) ? -0 : 0), used.has("addw") || used.has("subw") ? "addw" : "add");
    case "*":
      return joint(num(type, 1), used.has("mulw") ? "mulw" : "mul");
    case "^":
      return joint(num(type, 0), "xor");
    case "&":
      return joint("start", "and");
    case "|":
      return joint("start", "or");
    case "min":
      return joint("start", used.has("minimum") ? "minimum" : "min2");
    case "max":
      return joint("start", used.has("maximum") ? "maximum" : "max2");
    case "and":
    case "or":
      return isBool(type) ? joint("start", f.update!.op === "and" ? "land" : "lor") : undefined;
  }
}

const one = int(1);
const isHit = (e: Expr): Expr => op.eq(e, one);
const flag = (names: Names, of: string): VarDecl => ({ name: names.fresh(`${of}.hit`), type: "int", init: "temp" });

/** A variable that becomes one constant if any trip says so, whatever it was. */
function anyJoint(decl: VarDecl, loop: ForStmt, names: Names): Joint {
  const place = placeOf(loop);
  const hit = flag(names, decl.name);
  let value: Expr = zero;
  walkStmts(loop.body, (s) => {
    if (s.kind === "set" && s.name === decl.name) value = s.value;
  });
  return {
    name: decl.name,
    lanes: [{ decl: hit, start: zero }],
    rewrite: (s) => (s.name === decl.name ? [set(hit, one, placeOf(s))] : [s]),
    join: ([x]) => ({ kind: "if", cond: isHit(x!), body: [set(decl, value, place)], orelse: [], ...place }),
  };
}

/** `if x < best: best = x; at = i`: the `if`, and the variables that go with the best. */
interface Choice {
  readonly least: boolean;
  readonly strict: boolean;
  readonly beside: readonly string[];
}

function choice(loop: ForStmt, name: string): Choice | undefined {
  let found: Choice | undefined;
  walkStmts(loop.body, (s) => {
    if (s.kind !== "if" || found || !s.body.some((x) => x.kind === "set" && x.name === name)) return;
    const beside = [...assigned(s.body)].filter((v) => v !== name);
    const cond = s.cond.kind === "cast" ? s.cond.arg : s.cond;
    if (beside.length === 0 || cond.kind !== "op") return;
    const self = cond.args.findIndex(
      (a) => (a.kind === "cast" ? a.arg : a).kind === "var" && ((a.kind === "cast" ? a.arg : a) as { name: string }).name === name,
    );
    const less = cond.op === "lt" || cond.op === "le";
    const more = cond.op === "gt" || cond.op === "ge";
    if (self < 0 || !(less || more)) return;
    found = { least: less === (self === 1), strict: cond.op === "lt" || cond.op === "gt", beside };
  });
  return found;
}

/** In order, a part's best replaces the best so far where the program's own comparison would have. */
function chosenJoint(decl: VarDecl, decls: ReadonlyMap<string, VarDecl>, c: Choice, loop: ForStmt, names: Names): Joint | undefined {
  const place = placeOf(loop);
  const hit = flag(names, decl.name);
  const beside = c.beside.map((v) => ({
    of: decls.get(v)!,
    own: { ...decls.get(v)!, name: names.fresh(`${v}.part`), init: "temp" as const },
  }));
  // the part's best and what goes with it must come from one place
  if ([decl.name, ...c.beside].some((v) => timesSet(loop, v) !== 1) || beside.some((b) => mentions(loop, b.of.name))) return undefined;
  const order: OpName = c.least ? (c.strict ? "lt" : "le") : c.strict ? "gt" : "ge";
  return {
    name: [decl.name, ...c.beside].join(" with "),
    lanes: [{ decl, start: "start" }, { decl: hit, start: zero }, ...beside.map((b): Lane => ({ decl: b.own, start: num(b.own.type, 0) }))],
    rewrite: (s) => {
      if (s.name === decl.name) return [s, set(hit, one, placeOf(s))];
      const b = beside.find((x) => x.of.name === s.name);
      return b ? [set(b.own, s.value, placeOf(s))] : [s];
    },
    join: ([best, was, ...values]) => ({
      kind: "if",
      cond: isHit(was!),
      body: [
        {
          kind: "if",
          cond: apply(order, best!, read(decl)),
          body: [set(decl, best!, place), ...beside.map((b, k) => set(b.of, values[k]!, place))],
          orelse: [],
          ...place,
        },
      ],
      orelse: [],
      ...place,
    }),
  };
}

function timesSet(loop: ForStmt, name: string): number {
  let n = 0;
  walkStmts(loop.body, (s) => {
    if (s.kind === "set" && s.name === name) n++;
  });
  return n;
}

/** Whether anything in the loop reads a variable. */
function mentions(loop: ForStmt, name: string): boolean {
  let found = false;
  walkExprs(loop.body, (e) => {
    found ||= e.kind === "var" && e.name === name;
  });
  return found;
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
