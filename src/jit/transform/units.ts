/**
 * The statements of a loop's body that may be told apart, and what has to keep them together or in order.
 *
 * A unit is a statement without parts of its own: inner `for`s and `if`s are seen through where no jump leaves them, and what they read (bounds, conditions) counts as read by
 * every unit inside, because each loop that the unit may end up in asks again. Edges run from what comes first to what comes later: between references to one memory,
 * and between assignments and reads of a variable.
 *   - A variable that trips hand on keeps all that mention it together.
 *   - One that every trip computes afresh from what does not change is computed again wherever it is needed (`again`).
 *   - Another one of the trip's own may cross a cut in an array with an element a trip (`expanded`), where the trips are known; else it keeps its readers together.
 * Source: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", 5.3 (scalar expansion), 6.2 (loop distribution).
 */
import { isConstant } from "../dependence/affine.ts";
import type { Dependences } from "../dependence/graph.ts";
import type { LoopInfo, Reference } from "../dependence/references.ts";
import type { ForStmt, IfStmt, SetStmt, Stmt, VarDecl } from "../ir/nest.ts";
import { bodies, ownExprs, walkExpr, walkExprs, walkStmts } from "../ir/visit.ts";
import { skeleton } from "../static/skeleton.ts";
import { isFixed, ivsOf, size, type Staged } from "./stage.ts";

/** A statement around a unit, and which of its lists. */
export interface Around {
  readonly stmt: ForStmt | IfStmt;
  readonly list: readonly Stmt[];
}

/** A place where a unit reads a variable: its own statement, or one around it. */
interface Reading {
  readonly name: string;
  readonly at: number;
  readonly path: readonly Around[];
}

export interface Unit {
  readonly index: number;
  readonly stmt: Stmt;
  readonly path: readonly Around[];
  /** Textual position. */
  readonly at: number;
  readonly readings: readonly Reading[];
  readonly writes: ReadonlySet<string>;
  readonly references: readonly Reference[];
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** From trip to trip, not only within one. */
  readonly carried: boolean;
  /** It comes of a reduction, which may be parallel by other means. */
  readonly reduction: boolean;
}

/** A variable that crosses cuts in an array, with one element a trip of the loops. */
export interface Expansion {
  readonly decl: VarDecl;
  readonly loops: readonly ForStmt[];
  readonly trips: readonly number[];
  /** Behind this statement the variable has its value. */
  readonly anchor: Stmt;
  readonly definers: ReadonlySet<number>;
  readonly exit: string;
}

export interface Body {
  readonly units: readonly Unit[];
  readonly edges: readonly Edge[];
  /** Units that every loop which needs their variable runs for itself, by variable. */
  readonly again: ReadonlyMap<string, Unit>;
  readonly expanded: ReadonlyMap<string, Expansion>;
  readonly liveOut: ReadonlySet<string>;
}

/** Nodes of an expression that is computed again rather than kept. */
const CHEAP = 24;
/** Elements of an array for an expanded variable. */
const MOST_ELEMENTS = 2 ** 22;

/** `reductions`: variables whose carried updates do not count against a loop being parallel. Undefined when a jump ends the loop's trips. */
export function survey(s: Staged, graph: Dependences, loop: ForStmt, info: LoopInfo, reductions: ReadonlySet<string>): Body | undefined {
  const units = unitsOf(loop, graph, info);
  return units && new Survey(s, graph, loop, info, units, reductions).run();
}

// ---- units ------------------------------------------------------------------------------------------------------------------------------

function unitsOf(loop: ForStmt, graph: Dependences, info: LoopInfo): Unit[] | undefined {
  const whole = jumping(loop);
  if (whole.has(loop)) return undefined;
  const referencesOf = new Map<Stmt, Reference[]>();
  for (const r of graph.references) if (r.loops.includes(info)) referencesOf.set(r.stmt, [...(referencesOf.get(r.stmt) ?? []), r]);
  const units: Unit[] = [];
  let next = 0;
  const list = (body: readonly Stmt[], path: readonly Around[], heads: readonly Head[]): void => {
    for (const stmt of body) {
      const at = next++;
      const splits = (stmt.kind === "for" || stmt.kind === "if") && !whole.has(stmt) && bodies(stmt).some((b) => b.length > 0);
      if (!splits) {
        units.push(unit(units.length, stmt, path, at, heads, referencesOf));
        walkStmts([stmt], () => next++);
        continue;
      }
      const head: Head = { stmt, at, path };
      for (const b of bodies(stmt)) list(b, [...path, { stmt, list: b }], [...heads, head]);
    }
  };
  list(loop.body, [], []);
  return units;
}

interface Head {
  readonly stmt: Stmt;
  readonly at: number;
  readonly path: readonly Around[];
}

function unit(
  index: number,
  stmt: Stmt,
  path: readonly Around[],
  at: number,
  heads: readonly Head[],
  referencesOf: ReadonlyMap<Stmt, readonly Reference[]>,
): Unit {
  const inside: Stmt[] = [];
  walkStmts([stmt], (x) => inside.push(x));
  const readings: Reading[] = [];
  for (const h of [...heads, { stmt, at, path }])
    for (const e of ownExprs(h.stmt)) walkExpr(e, (x) => x.kind === "var" && readings.push({ name: x.name, at: h.at, path: h.path }));
  for (const b of bodies(stmt)) walkExprs(b, (x) => x.kind === "var" && readings.push({ name: x.name, at, path }));
  return {
    index,
    stmt,
    path,
    at,
    readings,
    writes: new Set(inside.flatMap((x) => (x.kind === "set" ? [x.name] : []))),
    references: [...heads.map((h) => h.stmt), ...inside].flatMap((x) => referencesOf.get(x) ?? []),
  };
}

/** Statements that a jump leaves before their end, and those that jumps go to: they stay whole. */
function jumping(loop: ForStmt): ReadonlySet<Stmt> {
  const out = new Set<Stmt>();
  walkStmts([loop], (s, around) => {
    if (s.kind === "while" || s.kind === "block") out.add(s);
    if (s.kind !== "break" && s.kind !== "continue") return;
    for (const x of [...around].reverse()) {
      out.add(x);
      if ((x.kind === "block" ? x.label : x.kind === "for" || x.kind === "while" ? x.id : undefined) === s.target) return;
    }
  });
  return out;
}

// ---- edges ------------------------------------------------------------------------------------------------------------------------------

class Survey {
  private readonly s: Staged;
  private readonly graph: Dependences;
  private readonly loop: ForStmt;
  private readonly info: LoopInfo;
  private readonly units: readonly Unit[];
  private readonly reductions: ReadonlySet<string>;
  private readonly edges: Edge[] = [];
  private readonly again = new Map<string, Unit>();
  private readonly expanded = new Map<string, Expansion>();
  private readonly changed: ReadonlySet<string>;

  constructor(s: Staged, graph: Dependences, loop: ForStmt, info: LoopInfo, units: readonly Unit[], reductions: ReadonlySet<string>) {
    this.s = s;
    this.graph = graph;
    this.loop = loop;
    this.info = info;
    this.units = units;
    this.reductions = reductions;
    this.changed = graph.changed(loop.body);
  }

  run(): Body {
    const { units, edges, again, expanded } = this;
    for (const u of units) if (this.isAgain(u)) again.set((u.stmt as SetStmt).name, u);
    const kept = units.filter((u) => again.get((u.stmt as SetStmt).name) !== u);
    for (const a of kept) for (const b of kept) this.memory(a, b);
    for (const v of this.info.assigned) if (!again.has(v)) this.variable(v, kept);
    const liveOut = skeleton(this.s.region).of.get(this.loop)!.liveOut;
    return { units, edges, again, expanded, liveOut };
  }

  private edge(from: Unit, to: Unit, carried: boolean, reduction = false): void {
    this.edges.push({ from: from.index, to: to.index, carried, reduction });
  }

  private memory(a: Unit, b: Unit): void {
    const pairs = a.references.flatMap((x) => b.references.filter((y) => this.graph.conflict(x, y)).map((y) => [x, y] as const));
    if (pairs.some(([x, y]) => this.graph.carried(x, y, this.info))) this.edge(a, b, true);
    else if (a !== b && pairs.some(([x, y]) => this.graph.within(x, y, this.info))) this.edge(a, b, false);
  }

  private together(units: readonly Unit[], reduction: boolean): void {
    for (const a of units) for (const b of units) this.edge(a, b, true, reduction);
  }

  private variable(v: string, kept: readonly Unit[]): void {
    const definers = kept.filter((u) => u.writes.has(v));
    const readers = kept.filter((u) => u.readings.some((r) => r.name === v));
    // what is computed again may read it too
    const others = [...this.again.values()].filter((u) => u.readings.some((r) => r.name === v));
    if (this.info.exposed.has(v)) return this.together([...new Set([...definers, ...readers])], this.reductions.has(v));
    const outside = readers.filter((u) => !definers.includes(u));
    const e = others.length === 0 ? this.expansion(v, definers, outside) : undefined;
    if (e === undefined && outside.length > 0) return this.tie([...definers, ...outside]);
    this.tie(definers);
    if (e === undefined) return;
    this.expanded.set(v, e);
    for (const d of definers) for (const r of outside) this.edge(d, r, false);
  }

  /** One loop for all of them, which may be parallel. */
  private tie(units: readonly Unit[]): void {
    for (let k = 1; k < units.length; k++) {
      this.edge(units[0]!, units[k]!, false);
      this.edge(units[k]!, units[0]!, false);
    }
  }

  // ---- variables that are computed again ------------------------------------------------------------------------------------------------

  private isAgain(u: Unit): boolean {
    const { stmt } = u;
    if (stmt.kind !== "set" || this.info.exposed.has(stmt.name) || size(stmt.value) > CHEAP) return false;
    if (u.path.some((p) => p.stmt.kind !== "for") || this.units.some((x) => x !== u && x.writes.has(stmt.name))) return false;
    const assigned = new Set([...this.info.assigned].filter((v) => !this.again.has(v)));
    if (!isFixed(stmt.value, { assigned, changed: this.changed }, new Set())) return false;
    return this.units.every((x) =>
      x.readings.every((r) => r.name !== stmt.name || (r.at > u.at && u.path.every((p, k) => r.path[k]?.stmt === p.stmt))),
    );
  }

  // ---- variables that cross cuts in an array ----------------------------------------------------------------------------------------------

  private expansion(v: string, definers: readonly Unit[], readers: readonly Unit[]): Expansion | undefined {
    if (readers.length === 0) return undefined;
    const readings = readers.flatMap((u) => u.readings.filter((r) => r.name === v));
    const last = Math.max(...definers.map((d) => d.at));
    if (readings.some((r) => r.at < last)) return undefined;
    const path = common([...definers.map((d) => d.path), ...readings.map((r) => r.path)]);
    const direct = definers.find((d) => d.path.length === path.length);
    if (direct === undefined) return undefined;
    const loops = [this.loop, ...path.flatMap((p) => (p.stmt.kind === "for" ? [p.stmt] : []))];
    const trips = loops.map((l) => this.tripsOf(l));
    if (!trips.every((t) => t !== undefined) || trips.reduce((n, t) => n * t, 1) > MOST_ELEMENTS) return undefined;
    const final = definers.find((d) => d.at === last)!;
    const anchor = final.path[path.length]?.stmt ?? final.stmt;
    // a reader beside a definer in the same inner loop wants the value of that trip
    if (readings.some((r) => r.path[path.length]?.stmt === anchor)) return undefined;
    const exit = direct.stmt.exit ?? this.loop.exit;
    const decl = this.s.region.vars.find((x) => x.name === v)!;
    return exit === undefined ? undefined : { decl, loops, trips, anchor, definers: new Set(definers.map((d) => d.index)), exit };
  }

  /** Trips of a loop that has as many each time it is come to, and whose trips can be numbered where it runs. */
  private tripsOf(l: ForStmt): number | undefined {
    const axis = this.graph.loop(l)?.axis;
    if (!axis?.trips || !isConstant(axis.trips) || axis.leaves) return undefined;
    const assigned = new Set([...this.info.assigned].filter((v) => !this.again.has(v)));
    const fixed = [l.lo, l.step].every((e) => isFixed(e, { assigned, changed: this.changed }, ivsOf(l.body)));
    return fixed ? axis.trips.c : undefined;
  }
}

/** What all paths begin with. */
function common(paths: readonly (readonly Around[])[]): readonly Around[] {
  const [first = [], ...rest] = paths;
  const n = first.findIndex((p, k) => rest.some((q) => q[k]?.stmt !== p.stmt || q[k]?.list !== p.list));
  return n < 0 ? first : first.slice(0, n);
}
