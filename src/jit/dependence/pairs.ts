/**
 * One pair of references under one loop: does the loop carry a dependence from one to the other, and is it killed by a write in between?
 *
 * The problem has a variable for each quantity that both sides share (fixed outside the loop) and one a side for the others; the loop itself is the one pairing, "<".
 * Value-based flow: a read whose element an earlier statement of the same trip has surely written takes nothing from earlier trips. That a write covers a read is
 * shown by solving the write's own trips for the read's (affine, unit coefficients) and proving that they lie within the write's bounds wherever the
 * dependence would be: each obligation's negation must make the problem infeasible.
 * Sources: Feautrier (1991) and Pugh and Wonnacott (1992) for value-based flow; here only what one covering write, or several in turn, can prove.
 */
import { type Affine, ArithmeticOverflow, constant, difference, isConstant, negated, offset, substitute, variable } from "./affine.ts";
import type { Work } from "./omega.ts";
import type { Pairing, Problem, Row } from "./problem.ts";
import type { LoopInfo, Reference } from "./references.ts";
import type { Space } from "./space.ts";
import { type Decision, decide, type TestStats } from "./tests.ts";
import { gap, type Views } from "./views.ts";

export type Side = "source" | "sink";

/** How the source's trip of a loop stands to the sink's. */
export interface Relation {
  readonly loop: LoopInfo;
  readonly direction: "<" | "=" | ">";
}

/** What is known of one possible dependence that a loop carries. */
export interface Carried {
  readonly source: Reference;
  readonly sink: Reference;
  readonly decision: Decision;
  /** The point is one that happens: nothing in the problem was only assumed. */
  readonly proven: boolean;
  readonly witness: { readonly source: number[]; readonly sink: number[] } | undefined;
  readonly distance: number | undefined;
  readonly problem: Building;
}

export class Pairs {
  private readonly space: Space;
  private readonly views: Views;
  readonly stats: TestStats;
  private readonly work: Work;

  constructor(space: Space, views: Views, stats: TestStats, work: Work) {
    this.space = space;
    this.views = views;
    this.stats = stats;
    this.work = work;
  }

  /** A dependence from `source` to `sink` in a later trip of `loop`, as memory goes. */
  carried(source: Reference, sink: Reference, loop: LoopInfo): Carried {
    const problem = new Building(this.space, loop);
    const decision = this.meeting(problem, source, sink);
    const point = decision.kind === "dependent" ? decision.point : undefined;
    return {
      source,
      sink,
      decision,
      proven: point !== undefined && source.certain && sink.certain && problem.exact,
      witness: point && { source: problem.trips(source, "source", point), sink: problem.trips(sink, "sink", point) },
      distance: decision.kind === "dependent" ? decision.distance[0] : undefined,
      problem,
    };
  }

  /** A dependence as `carried`, where moreover the trips of loops further in stand to each other as said. */
  along(source: Reference, sink: Reference, loop: LoopInfo, inner: readonly Relation[]): Decision {
    const problem = new Building(this.space, loop);
    return this.meeting(problem, source, sink, () => {
      for (const { loop: l, direction } of inner) problem.relation(variable(l.axis.id), direction);
    });
  }

  /** Whether `first` may touch an element in the same trip before `then` does. */
  mayPrecede(first: Reference, then: Reference, loop: LoopInfo): boolean {
    const nested = first.loops[loop.depth + 1] !== undefined && first.loops[loop.depth + 1] === then.loops[loop.depth + 1];
    if (first.order > then.order && !nested) return false;
    return this.meeting(new Building(this.space, loop, true), first, then).kind !== "independent";
  }

  private meeting(problem: Building, source: Reference, sink: Reference, more?: () => void): Decision {
    try {
      problem.reference(source, "source");
      problem.reference(sink, "sink");
      const m = this.views.meeting(source, sink);
      for (const [a, b] of m.equal) problem.equation(a, negated(b));
      for (const [a, b] of m.rows) problem.row(a, b);
      for (const a of m.source) problem.condition(a, "source");
      for (const b of m.sink) problem.condition(b, "sink");
      more?.();
      return decide(problem.finish(), this.stats, this.work);
    } catch (error) {
      if (error instanceof ArithmeticOverflow) return { kind: "unknown", why: error.message };
      throw error;
    }
  }

  /** Whether wherever the dependence would be, `at` is covered: the read by an earlier write of its trip, or the write by one of the last trip. */
  covered(c: Carried, side: Side, killers: readonly Reference[], when: "same trip" | "last trip", loop: LoopInfo): boolean {
    const at = side === "source" ? c.source : c.sink;
    try {
      const ways = killers.flatMap((k) => {
        const o = this.obligations(k, at, loop, when);
        return o ? [o] : [];
      });
      return this.infeasible(c, side, [], ways.slice(0, 6), 3);
    } catch (error) {
      if (error instanceof ArithmeticOverflow) return false;
      throw error;
    }
  }

  private infeasible(c: Carried, side: Side, extra: readonly Affine[], ways: readonly (readonly Affine[])[], depth: number): boolean {
    if (extra.length > 0 && decide(c.problem.with(extra, side), this.stats, this.work).kind === "independent") return true;
    if (depth === 0) return false;
    return ways.some((w, k) => {
      const rest = ways.filter((_, j) => j !== k);
      return w.every((o) => this.infeasible(c, side, [...extra, offset(negated(o), -1)], rest, depth - 1));
    });
  }

  /** Forms over the quantities of `at` that are >= 0 where `killer` surely writes the element of `at`; undefined where that cannot be said. */
  private obligations(killer: Reference, at: Reference, loop: LoopInfo, when: "same trip" | "last trip"): Affine[] | undefined {
    if (!killer.certain || !this.views.same(killer.array, at.array)) return undefined;
    const inner = killer.loops.slice(loop.depth + 1);
    if (inner.some((l) => !l.axis.exact) || (when === "last trip" && !loop.axis.exact)) return undefined;
    const own = this.renaming(killer, inner, loop, when);
    if (own === undefined) return undefined;
    let equations = killer.subscripts.map((s, k) => gap([own.rename(s), at.subscripts[k]!]));
    let rows = [...inner.flatMap((l) => l.axis.constraints), ...killer.conditions].map(own.rename);
    const solution = new Map<number, Affine>();
    const replace = (id: number, by: Affine): void => {
      equations = equations.map((e) => substitute(e, id, by));
      rows = rows.map((r) => substitute(r, id, by));
      for (const [k, v] of solution) solution.set(k, substitute(v, id, by));
      solution.set(id, by);
    };
    for (const id of own.unknowns) {
      const e = equations.find((x) => Math.abs(x.ks[x.ids.indexOf(id)] ?? 0) === 1);
      if (e === undefined) continue;
      const k = e.ks[e.ids.indexOf(id)]!;
      const rest = substitute(e, id, constant(0));
      replace(id, k === 1 ? negated(rest) : rest);
    }
    inner.forEach((l, k) => {
      const id = own.unknowns[k]!;
      if (!solution.has(id)) replace(id, at.loops[l.depth] === l && when === "same trip" ? variable(l.axis.id) : constant(0));
    });
    const out = [...rows, ...equations.flatMap((e) => (isConstant(e) && e.c === 0 ? [] : [e, negated(e)]))];
    if (when === "last trip") return out;
    const order = this.before(
      killer,
      at,
      inner,
      own.unknowns.map((id) => solution.get(id)!),
    );
    return order && [...out, ...order];
  }

  /** Gives the killer's own trips names of their own; for the last trip, puts it in. */
  private renaming(
    killer: Reference,
    inner: readonly LoopInfo[],
    loop: LoopInfo,
    when: "same trip" | "last trip",
  ): { rename: (a: Affine) => Affine; unknowns: number[] } | undefined {
    const base = this.space.all.length;
    const ids = new Map(inner.map((l) => [l.axis.id, base + l.axis.id]));
    const { axis } = loop;
    const last = axis.trips && offset(axis.trips, -1);
    if (when === "last trip" && last === undefined) return undefined;
    const fixed = loop.depth + (when === "last trip" ? 0 : 1);
    const forms = [...killer.subscripts, ...killer.conditions, ...inner.flatMap((l) => l.axis.constraints)];
    const usable = (id: number): boolean => ids.has(id) || this.space.all[id]!.level <= fixed || (when === "last trip" && id === axis.id);
    if (!forms.every((a) => a.ids.every(usable))) return undefined;
    const rename = (a: Affine): Affine => {
      let out = when === "last trip" ? substitute(a, axis.id, last!) : a;
      for (const [id, own] of ids) out = substitute(out, id, variable(own));
      return out;
    };
    return { rename, unknowns: inner.map((l) => ids.get(l.axis.id)!) };
  }

  /** Obligations under which the killer's trip comes before that of `at` within one trip of the loop. */
  private before(killer: Reference, at: Reference, inner: readonly LoopInfo[], trips: readonly Affine[]): Affine[] | undefined {
    const out: Affine[] = [];
    for (let k = 0; k < inner.length; k++) {
      const l = inner[k]!;
      if (at.loops[l.depth] !== l) break;
      const d = difference(variable(l.axis.id), trips[k]!);
      if (isConstant(d) && d.c === 0) continue;
      if (isConstant(d)) return d.c > 0 ? out : undefined;
      if (killer.order > at.order) return [...out, offset(d, -1)];
      out.push(d);
    }
    return killer.order < at.order ? out : undefined;
  }
}

/** A problem under construction. */
export class Building {
  exact = true;
  private readonly space: Space;
  private readonly loop: LoopInfo;
  private readonly index = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly lo: number[] = [];
  private readonly hi: number[] = [];
  private readonly equations: Map<number, number>[] = [];
  private readonly equationConstants: number[] = [];
  private readonly constraints: Map<number, number>[] = [];
  private readonly constraintConstants: number[] = [];

  private readonly sameTrip: boolean;

  constructor(space: Space, loop: LoopInfo, sameTrip = false) {
    this.space = space;
    this.loop = loop;
    this.sameTrip = sameTrip;
  }

  reference(r: Reference, side: Side): void {
    for (const l of r.loops) this.variable(l.axis.id, side);
    for (const c of r.conditions) this.condition(c, side);
  }

  /** a (of the source) + b (of the sink) = 0. */
  equation(a: Affine, b: Affine): void {
    this.equations.push(this.terms(a, b));
    this.equationConstants.push(a.c + b.c);
  }

  row(a: Affine, b: Affine): void {
    this.constraints.push(this.terms(a, b));
    this.constraintConstants.push(a.c + b.c);
  }

  /** The same quantity of both sides: smaller at the source ("<"), equal or larger. */
  relation(a: Affine, direction: "<" | "=" | ">"): void {
    if (direction === "=") this.equation(a, negated(a));
    else if (direction === "<") this.row(negated(a), offset(a, -1));
    else this.row(offset(a, -1), negated(a));
  }

  condition(a: Affine, side: Side): void {
    const none = constant(0);
    if (side === "source") this.row(a, none);
    else this.row(none, a);
  }

  private terms(a: Affine, b: Affine): Map<number, number> {
    const out = new Map<number, number>();
    const add = (x: Affine, side: Side): void => {
      x.ids.forEach((id, j) => {
        const v = this.variable(id, side);
        out.set(v, (out.get(v) ?? 0) + x.ks[j]!);
      });
    };
    add(a, "source");
    add(b, "sink");
    return out;
  }

  private shared(level: number): boolean {
    return level <= this.loop.depth + (this.sameTrip ? 1 : 0);
  }

  private variable(id: number, side: Side): number {
    const q = this.space.all[id]!;
    const key = this.shared(q.level) ? `${id}` : `${id} ${side}`;
    const old = this.index.get(key);
    if (old !== undefined) return old;
    const v = this.names.length;
    this.index.set(key, v);
    this.names.push(this.shared(q.level) ? q.name : side === "source" ? q.name : `${q.name}'`);
    this.lo.push(q.range.lo);
    this.hi.push(q.range.hi);
    if (!q.exact) this.exact = false;
    for (const c of q.constraints) this.condition(c, side);
    return v;
  }

  finish(): Problem {
    const n = this.names.length;
    const dense = (terms: Map<number, number>, c: number): Row => {
      const k = new Array<number>(n).fill(0);
      for (const [v, x] of terms) k[v] = x;
      return { c, k };
    };
    const { axis } = this.loop;
    const pair: Pairing = { source: this.variable(axis.id, "source"), sink: this.variable(axis.id, "sink"), direction: "<" };
    return {
      names: [...this.names],
      lo: [...this.lo],
      hi: [...this.hi],
      pairs: this.sameTrip ? [] : [pair],
      equations: this.equations.map((t, k) => dense(t, this.equationConstants[k]!)),
      constraints: this.constraints.map((t, k) => dense(t, this.constraintConstants[k]!)),
    };
  }

  /** The problem with more conditions on one side. */
  with(extra: readonly Affine[], side: Side): Problem {
    const n = this.constraints.length;
    for (const a of extra) this.condition(a, side);
    const out = this.finish();
    this.constraints.length = n;
    this.constraintConstants.length = n;
    return out;
  }

  /** Ordinals of the trips of a reference at a point. */
  trips(r: Reference, side: Side, point: readonly number[]): number[] {
    return r.loops.map((l) => point[this.variable(l.axis.id, side)]!);
  }
}
