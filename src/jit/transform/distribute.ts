/**
 * Loop distribution: a loop whose body mixes what trips hand on with what they do by themselves becomes several loops, in an order that keeps every dependence.
 *
 * Strongly connected statements stay together; components that need no order among their trips are gathered into as few loops as possible, and so are those that do, so that
 * a sequence of few launches comes of it. A loop with inner loops that carries something keeps to itself: it may be interchanged.
 * Sources: Allen and Kennedy, "Automatic translation of Fortran programs to vector form" (TOPLAS 1987); Kennedy and McKinley, "Typed fusion with applications to
 * parallel and sequential code generation" (1993), of which this is the greedy form.
 */
import { components, Dependences } from "../dependence/graph.ts";
import { analyse } from "../dependence/verdict.ts";
import type { Expr, ForStmt, Stmt } from "../ir/nest.ts";
import { walkStmts } from "../ir/visit.ts";
import {
  isReason,
  Names,
  ordinal,
  copied,
  type Reason,
  rebuilt,
  replacing,
  type Scratch,
  type Staged,
  topLoops,
  type TransformOptions,
  withScratch,
} from "./stage.ts";
import { type Body, type Expansion, survey, type Unit } from "./units.ts";

/** Statements of a body that are looked at: each pair of references costs a test. */
const MOST_UNITS = 60;

export function distribute(s: Staged, options: TransformOptions): Staged | Reason {
  let out = s;
  let why = "no loop";
  for (const { id } of topLoops(s.region)) {
    const made = split(out, topLoops(out.region).find((l) => l.id === id)!, options);
    if (isReason(made)) why = made.reason;
    else out = made;
  }
  return out === s ? { reason: why } : out;
}

function split(s: Staged, loop: ForStmt, options: TransformOptions): Staged | Reason {
  const opinion = analyse(s.region, s.binding, { transaction: true }).find((o) => o.verdict.id === loop.id);
  if (opinion?.verdict.class === "parallel" || opinion?.verdict.class === "reduction")
    return { reason: `line ${loop.line}: it need not be split` };
  const graph = new Dependences(s.region, s.binding);
  const info = graph.loop(loop);
  if (!opinion || !info || info.axis.leaves) return { reason: `line ${loop.line}: a trip may leave the loop early` };
  if (hasWhile(loop)) return { reason: `line ${loop.line}: an inner loop that ends by data` };
  const fixed = [loop.lo, loop.hi, loop.step].every((e) => !mentions(e, info.assigned, graph.changed(loop.body)));
  if (!fixed) return { reason: `line ${loop.line}: bounds that change in the loop` };
  const reductions = new Set(
    opinion.scalars.filter((f) => f.kind === "reduction" && (f.exact || options.relaxed === true)).map((f) => f.name),
  );
  const body = survey(s, graph, loop, info, reductions);
  if (!body || body.units.length > MOST_UNITS) return { reason: `line ${loop.line}: a body that stays whole` };
  const groups = grouped(body);
  if (groups.length < 2) return { reason: `line ${loop.line}: all statements hang together` };
  return emitted(s, loop, body, groups);
}

/**
 * A loop that ends by data may not end where an earlier statement, now in a later loop, would have left.
 */
function hasWhile(loop: ForStmt): boolean {
  let found = false;
  walkStmts(loop.body, (s) => {
    found ||= s.kind === "while";
  });
  return found;
}

function mentions(e: Expr, assigned: ReadonlySet<string>, changed: ReadonlySet<string>): boolean {
  if (e.kind === "var") return assigned.has(e.name);
  if (e.kind === "load") return changed.has(e.array) || e.index.some((x) => mentions(x, assigned, changed));
  return e.kind === "op" ? e.args.some((x) => mentions(x, assigned, changed)) : e.kind === "cast" && mentions(e.arg, assigned, changed);
}

// ---- groups -----------------------------------------------------------------------------------------------------------------------------

/** Units of each loop, in the order of the loops. */
function grouped(body: Body): readonly (readonly Unit[])[] {
  const kept = body.units.filter((u) => !isAgain(body, u));
  const place = new Map(kept.map((u, k) => [u.index, k]));
  const successors = kept.map(() => new Set<number>());
  for (const e of body.edges) successors[place.get(e.from)!]!.add(place.get(e.to)!);
  const groups: { kind: string; units: Unit[] }[] = [];
  const groupOf = new Map<number, number>();
  for (const members of components(kept.length, (v) => successors[v]!)) {
    const units = members.map((m) => kept[m]!);
    const own = new Set(units.map((u) => u.index));
    const kind = kindOf(body, own, units, groups.length);
    let at = 0;
    for (const e of body.edges) {
      if (!own.has(e.to) || own.has(e.from)) continue;
      const g = groupOf.get(e.from)!;
      const joins = groups[g]!.kind === kind && !(kind === "parallel" && e.carried);
      at = Math.max(at, joins ? g : g + 1);
    }
    while (at < groups.length && groups[at]!.kind !== kind) at++;
    if (at === groups.length) groups.push({ kind, units: [] });
    groups[at]!.units.push(...units);
    for (const u of units) groupOf.set(u.index, at);
  }
  return groups.map((g) => g.units);
}

const isAgain = (body: Body, u: Unit): boolean => u.stmt.kind === "set" && body.again.get(u.stmt.name) === u;

/** Components of one kind may share a loop. */
function kindOf(body: Body, own: ReadonlySet<number>, units: readonly Unit[], number: number): string {
  const serial = body.edges.some((e) => e.carried && !e.reduction && own.has(e.from) && own.has(e.to));
  if (!serial) return "parallel";
  return units.some((u) => u.path.some((p) => p.stmt.kind === "for")) ? `nest ${number}` : "serial";
}

// ---- loops ------------------------------------------------------------------------------------------------------------------------------

function emitted(s: Staged, loop: ForStmt, body: Body, groups: readonly (readonly Unit[])[]): Staged {
  const names = new Names(s.region);
  const own = groups.map((g) => new Set(g.map((u) => u.index)));
  const crossing = [...body.expanded.values()].filter((e) =>
    groups.some((g, k) => !intersects(own[k]!, e.definers) && g.some((u) => u.readings.some((r) => r.name === e.decl.name))),
  );
  const arrays = new Map(
    crossing.map((e): [Expansion, Scratch] => [e, { name: names.fresh(`${e.decl.name}.trips`), elem: e.decl.type, shape: e.trips }]),
  );
  const wanted = groups.map((g) => needs(body, g));
  finals(body, groups, wanted);
  const loops = groups.map((g, k) => {
    const writer = new Writer(body, new Set([...own[k]!, ...wanted[k]!]), g, arrays);
    const made: Stmt = { ...loop, body: writer.list(loop.body) };
    return k === 0 ? made : copied([made], names)[0]!;
  });
  const said = `distribution of the loop at line ${loop.line} into ${groups.length}: lines ${groups.map((g) => [...new Set(g.map((u) => u.stmt.line))].join(" ")).join(" | ")}`;
  const expansion = crossing.length > 0 ? `; ${crossing.map((e) => e.decl.name).join(", ")} in arrays` : "";
  return withScratch(rebuilt(s, replacing(s.region, loop, loops), said + expansion), [...arrays.values()]);
}

const intersects = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => [...b].some((x) => a.has(x));

/** Units that a loop runs again for its own. */
function needs(body: Body, units: readonly Unit[]): Set<number> {
  const out = new Set<number>();
  const add = (u: Unit): void => {
    for (const r of u.readings) {
      const again = body.again.get(r.name);
      if (!again || out.has(again.index)) continue;
      out.add(again.index);
      add(again);
    }
  };
  units.forEach(add);
  return out;
}

/** What is computed again and outlives the loop is computed by the last loop too, or the last that holds its inner loops. */
function finals(body: Body, groups: readonly (readonly Unit[])[], wanted: readonly Set<number>[]): void {
  for (const u of body.again.values()) {
    if (!body.liveOut.has((u.stmt as { name: string }).name) || wanted.some((w) => w.has(u.index))) continue;
    const inner = u.path.at(-1)?.stmt;
    const fit = groups.findLastIndex((g) => inner === undefined || g.some((x) => x.path.some((p) => p.stmt === inner)));
    const at = fit < 0 ? groups.length - 1 : fit;
    wanted[at]!.add(u.index);
    for (const more of needs(body, [u])) wanted[at]!.add(more);
  }
}

/** Writes the part of the body that one loop runs. */
class Writer {
  private readonly body: Body;
  private readonly units: ReadonlyMap<Stmt, Unit>;
  private readonly runs: ReadonlySet<number>;
  private readonly group: readonly Unit[];
  private readonly arrays: ReadonlyMap<Expansion, Scratch>;

  constructor(body: Body, runs: ReadonlySet<number>, group: readonly Unit[], arrays: ReadonlyMap<Expansion, Scratch>) {
    this.body = body;
    this.units = new Map(body.units.map((u) => [u.stmt, u]));
    this.runs = runs;
    this.group = group;
    this.arrays = arrays;
  }

  list(body: readonly Stmt[]): readonly Stmt[] {
    return body.flatMap((s) => [...this.one(s), ...this.behind(s)]);
  }

  private one(s: Stmt): readonly Stmt[] {
    const unit = this.units.get(s);
    if (unit) return this.runs.has(unit.index) ? [s] : [];
    if (s.kind === "if") {
      const [then, otherwise] = [this.list(s.body), this.list(s.orelse)];
      return then.length + otherwise.length > 0 ? [{ ...s, body: then, orelse: otherwise }] : [];
    }
    if (s.kind !== "for") return [];
    const inner = this.list(s.body);
    return inner.length > 0 ? [{ ...s, body: inner }] : [];
  }

  /** Expanded variables are put away, or fetched, where they have got their value. */
  private behind(s: Stmt): readonly Stmt[] {
    const out: Stmt[] = [];
    for (const [e, array] of this.arrays) {
      if (e.anchor !== s) continue;
      const index = e.loops.map(ordinal);
      const checks = index.map(() => "in" as const);
      const { name, type } = e.decl;
      const place = { line: s.line, exit: e.exit };
      if (this.group.some((u) => e.definers.has(u.index)))
        out.push({ kind: "store", array: array.name, index, checks, value: { kind: "var", type, name }, ...place });
      else if (this.group.some((u) => u.readings.some((r) => r.name === name)))
        out.push({ kind: "set", name, value: { kind: "load", type, array: array.name, index, checks }, ...place });
    }
    return out;
  }
}
