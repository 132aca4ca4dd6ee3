/**
 * Walks a region once by abstract execution and gathers what dependence analysis needs: every reference to an array with affine subscripts over the space of
 * trips and the conditions under which it runs; per loop its axis, how control leaves it, and how each scalar behaves over its trips.
 *
 * A loop's body is walked twice. First every variable that the body assigns starts as an unknown of the trip; what it is at the end says whether it is an
 * induction variable (start + c), a wrap-around variable (a value of the trip before) or neither. Then the closed forms are put in and references recorded.
 * Source: Wolfe, "Beyond induction variables" (PLDI 1992), for the classes; Gerlek, Stoltz and Wolfe (TOPLAS 1995).
 * Known weakness: conditional increments and induction steps that are not constant have no closed form here.
 */

import type { Binding, Expr, IfStmt, LoadExpr, LoopStmt, Region, Stmt, StoreStmt, VarDecl } from "../ir/nest.ts";
import { isFloat } from "../ir/ops.ts";
import { assigned, ownExprs, walkExpr, walkStmts } from "../ir/visit.ts";
import { type Affine, combine, constant, difference, EVERYTHING, floorDiv, isConstant, offset, substitute, variable } from "./affine.ts";
import { Integers, type Place, rangeOf } from "./integers.ts";
import { type Axis, Space } from "./space.ts";

export interface Reference {
  readonly access: "read" | "write";
  readonly array: string;
  readonly node: LoadExpr | StoreStmt;
  readonly stmt: Stmt;
  readonly loops: readonly LoopInfo[];
  readonly subscripts: readonly Affine[];
  /** Rows >= 0 that hold where it runs, loop bounds aside. */
  readonly conditions: readonly Affine[];
  /** Runs wherever loops and conditions say so. */
  readonly certain: boolean;
  /** Place in the order of evaluation. */
  readonly order: number;
}

/** How a variable's value at the start of a trip comes about. `polynomial`: a sum over trips without closed form here. */
export type Carry = "linear" | "polynomial" | "wraparound" | "other";

export interface LoopInfo {
  readonly stmt: LoopStmt;
  readonly axis: Axis;
  readonly parent: LoopInfo | undefined;
  readonly depth: number;
  /** Read in some trip before the trip has surely assigned them. */
  exposed: Set<string>;
  /** Read at a place that every trip reaches, before the trip can have assigned them. */
  surelyExposed: Set<string>;
  /** Assigned by every trip. */
  sure: ReadonlySet<string>;
  readonly assigned: ReadonlySet<string>;
  carry: ReadonlyMap<string, Carry>;
  /** What a trip adds to each linear variable. */
  steps: ReadonlyMap<string, number>;
  /** Ends by itself after a number of trips that its start determines. */
  countable: boolean;
  /** Some value of the binding went into what was said about it. */
  usesBinding: boolean;
  /** An exit statement may end it (and the region). */
  exits: boolean;
}

export interface Gathered {
  readonly space: Space;
  readonly references: readonly Reference[];
  readonly loops: readonly LoopInfo[];
}

export function gather(r: Region, binding: Binding, changing: ReadonlySet<string>): Gathered {
  return new Walk(r, binding, changing).run();
}

type Env = Map<string, Affine>;

/** What is known at a point: values, and per open loop (outermost first; entry 0 is the region) what the trip has assigned. */
interface State {
  env: Env;
  sure: Set<string>[];
  maybe: Set<string>[];
}
/** Where an arm ended, and what its condition says. */
interface Arm {
  readonly state: State | undefined;
  readonly rows: readonly Affine[];
  readonly exact: boolean;
}

const keyOf = (kind: "break" | "continue", target: string): string => (kind === "continue" ? `continue ${target}` : target);

function jumps(body: readonly Stmt[]): number {
  let n = 0;
  walkStmts(body, (s) => {
    if (s.kind === "break" || s.kind === "continue") n++;
  });
  return n;
}

const copyState = (s: State): State => ({
  env: new Map(s.env),
  sure: s.sure.map((x) => new Set(x)),
  maybe: s.maybe.map((x) => new Set(x)),
});

class Walk {
  private readonly space = new Space();
  private readonly ints: Integers;
  private readonly vars: ReadonlyMap<string, VarDecl>;
  private readonly references: Reference[] = [];
  private readonly infos = new Map<LoopStmt, LoopInfo>();
  private readonly r: Region;
  /** Undefined where control does not get. */
  private state: State | undefined;
  private readonly open: LoopInfo[] = [];
  private readonly ivs = new Map<string, Affine>();
  private conditions: readonly Affine[] = [];
  /** Conditions around that are not captured by rows. */
  private vague = 0;
  /** Targets of jumps that some earlier statement may have taken. */
  private pending = new Set<string>();
  /** Jumps out of the current list whose conditions are among the rows: behind the list they are pending. */
  private explained: string[] = [];
  private arrivals = new Map<string, State[]>();
  /** Blocks and loops around, innermost last. */
  private readonly around: string[] = [];
  private recording = true;
  private order = 0;

  constructor(r: Region, binding: Binding, changing: ReadonlySet<string>) {
    this.r = r;
    this.ints = new Integers(this.space, binding, changing);
    this.vars = new Map(r.vars.map((v) => [v.name, v]));
    const env: Env = new Map();
    for (const v of r.vars) {
      const x = binding.vars[v.name];
      if (!isFloat(v.type) && v.init === "live-in" && x !== undefined && Number.isSafeInteger(x)) env.set(v.name, constant(x));
    }
    this.state = { env, sure: [new Set()], maybe: [new Set()] };
  }

  run(): Gathered {
    this.list(this.r.body);
    return { space: this.space, references: this.references, loops: [...this.infos.values()] };
  }

  private get place(): Place {
    return { env: this.state!.env, ivs: this.ivs, level: this.open.length };
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  private list(body: readonly Stmt[]): void {
    const outer = this.explained;
    this.explained = [];
    for (const s of body) {
      if (this.state === undefined) break;
      this.statement(s);
    }
    for (const key of this.explained) this.pending.add(key);
    this.explained = outer;
  }

  private statement(s: Stmt): void {
    if (s.kind !== "for" && s.kind !== "while" && s.kind !== "if") for (const e of ownExprs(s)) this.reads(e, s);
    switch (s.kind) {
      case "set": {
        const { env } = this.state!;
        if (isFloat(this.vars.get(s.name)!.type)) env.delete(s.name);
        else env.set(s.name, this.ints.value(s.value, this.place));
        return this.assign(s.name);
      }
      case "store":
        return this.record("write", s, s);
      case "if":
        return this.conditional(s);
      case "for":
      case "while":
        return this.loop(s);
      case "block":
        return this.target(s.label, () => this.list(s.body));
      case "break":
      case "continue":
        return this.jump(s.kind, s.target);
      case "exit":
        for (const l of this.open) l.exits = true;
        this.state = undefined;
        return;
      case "guard":
        return;
    }
  }

  private assign(name: string): void {
    for (const x of this.state!.sure) x.add(name);
    for (const x of this.state!.maybe) x.add(name);
  }

  /** Reads of variables and arrays in an expression, in order of evaluation. */
  private reads(e: Expr, s: Stmt): void {
    walkExpr(e, (x) => {
      if (x.kind === "var") this.readVariable(x.name);
      else if (x.kind === "load") this.record("read", x, s);
    });
  }

  private readVariable(name: string): void {
    const { sure, maybe } = this.state!;
    const always = this.vague === 0 && this.conditions.length === 0 && this.pending.size === 0;
    this.open.forEach((l, k) => {
      if (sure[k + 1]!.has(name)) return;
      l.exposed.add(name);
      const inside = this.open.slice(k + 1).every((o) => this.runs(o.axis));
      if (always && inside && !maybe[k + 1]!.has(name)) l.surelyExposed.add(name);
    });
  }

  /** Whether a loop surely makes a trip. */
  private runs(a: Axis): boolean {
    return a.trips !== undefined && this.space.range(a.trips).lo >= 1;
  }

  private record(access: "read" | "write", node: LoadExpr | StoreStmt, stmt: Stmt): void {
    if (!this.recording) return;
    const p = this.place;
    this.references.push({
      access,
      array: node.array,
      node,
      stmt,
      loops: [...this.open],
      subscripts: node.index.map((_, k) => this.ints.subscript(node, k, p, this.conditions)),
      conditions: this.conditions,
      certain: this.vague === 0 && this.pending.size === 0 && !lazy(stmt, node),
      order: this.order++,
    });
  }

  // ---- control ----------------------------------------------------------------------------------------------------------------------

  private conditional(s: IfStmt): void {
    this.reads(s.cond, s);
    const known = this.ints.decided(s.cond, this.place);
    if (known !== undefined) return this.list(known ? s.body : s.orelse);
    const data = this.dataIn(s.cond);
    const before = copyState(this.state!);
    const jumped = new Set(this.pending);
    const then = this.arm(s.cond, true, s.body);
    this.state = before;
    const otherwise = this.arm(s.cond, false, s.orelse);
    this.state = this.merge(then.state, otherwise.state, data);
    this.order++;
    if (then.state === undefined) this.follow(otherwise, s.body, jumped);
    else if (otherwise.state === undefined) this.follow(then, s.orelse, jumped);
  }

  /** One arm was left: what follows runs under the other's condition. Where that says it all, the jump needs no more caution within this list. */
  private follow(other: Arm, left: readonly Stmt[], jumped: ReadonlySet<string>): void {
    this.conditions = [...this.conditions, ...other.rows];
    const jump = left.at(-1);
    if (!other.exact || (jump?.kind !== "continue" && jump?.kind !== "break") || jumps(left) !== 1) return;
    const key = keyOf(jump.kind, jump.target);
    if (jumped.has(key)) return;
    this.pending.delete(key);
    this.explained.push(key);
  }

  private arm(cond: Expr, holds: boolean, body: readonly Stmt[]): Arm {
    const outer = this.conditions;
    const a = this.ints.assume(cond, holds, this.place);
    this.conditions = [...outer, ...a.rows];
    if (!a.exact) this.vague++;
    this.list(body);
    if (!a.exact) this.vague--;
    this.conditions = outer;
    return { state: this.state, ...a };
  }

  /** Whether a condition hangs on data. */
  private dataIn(e: Expr): boolean {
    let out = false;
    walkExpr(e, (x) => {
      if (x.kind === "load") out = true;
      if (x.kind === "var") out ||= isFloat(x.type) || this.space.isData(this.ints.value(x, this.place));
    });
    return out;
  }

  private merge(a: State | undefined, b: State | undefined, data: boolean): State | undefined {
    if (a === undefined || b === undefined) return a ?? b;
    const env: Env = new Map();
    for (const name of new Set([...a.env.keys(), ...b.env.keys()])) {
      const [x, y] = [a.env.get(name), b.env.get(name)];
      if (x && y && this.space.key(x) === this.space.key(y)) env.set(name, x);
      else {
        const [p, q] = [x ? this.space.range(x) : EVERYTHING, y ? this.space.range(y) : EVERYTHING];
        const unknown = this.space.quantity(name, this.open.length, data || !x || !y || this.space.isData(x) || this.space.isData(y), {
          lo: Math.min(p.lo, q.lo),
          hi: Math.max(p.hi, q.hi),
        });
        env.set(name, variable(unknown.id));
      }
    }
    return {
      env,
      sure: a.sure.map((s, k) => new Set([...s].filter((v) => b.sure[k]!.has(v)))),
      maybe: a.maybe.map((s, k) => new Set([...s, ...b.maybe[k]!])),
    };
  }

  private jump(kind: "break" | "continue", target: string): void {
    const key = keyOf(kind, target);
    this.arrivals.set(key, [...(this.arrivals.get(key) ?? []), copyState(this.state!)]);
    this.pending.add(key);
    const at = this.around.lastIndexOf(target);
    for (const l of this.open) {
      const depth = this.around.lastIndexOf(l.stmt.id);
      if (depth > at || (depth === at && kind === "break")) l.axis.leaves = true;
    }
    this.state = undefined;
  }

  /** Runs `body`; jumps to `key` arrive behind it. */
  private target(key: string, body: () => void): void {
    const [conditions, vague] = [this.conditions, this.vague];
    this.around.push(key);
    body();
    this.around.pop();
    this.arrive(key);
    this.conditions = conditions;
    this.vague = vague;
  }

  private arrive(key: string): void {
    const depth = this.open.length;
    for (const s of this.arrivals.get(key) ?? []) {
      const cut = { env: s.env, sure: s.sure.slice(0, depth + 1), maybe: s.maybe.slice(0, depth + 1) };
      this.state = this.merge(this.state, cut, true);
    }
    this.arrivals.delete(key);
    this.pending.delete(key);
  }

  // ---- loops ------------------------------------------------------------------------------------------------------------------------

  private loop(s: LoopStmt): void {
    if (s.kind === "for") for (const e of ownExprs(s)) this.reads(e, s);
    const used = this.ints.usedBinding;
    this.ints.usedBinding = false;
    const info = this.enter(s);
    const before = this.state!;
    const changed = [...info.assigned];
    const first = this.untouched(info, () => this.trial(info, before, changed));
    info.carry = first.carry;
    info.steps = first.step;
    this.state = copyState(before);
    this.headers(info, before, changed, first.step);
    if (s.kind === "while") this.whileBounds(info);
    this.body(info);
    info.axis.exact &&= !info.axis.leaves;
    this.leave(info, before, changed, first.step);
    info.usesBinding = this.ints.usedBinding;
    this.ints.usedBinding ||= used;
  }

  private enter(s: LoopStmt): LoopInfo {
    const depth = this.open.length;
    const axis = this.space.axis(s.kind === "for" ? s.iv : s.id, s, depth);
    const info: LoopInfo = {
      stmt: s,
      axis,
      parent: this.open.at(-1),
      depth,
      exposed: new Set(),
      surelyExposed: new Set(),
      sure: new Set(),
      assigned: assigned(s.body),
      carry: new Map(),
      steps: new Map(),
      countable: s.kind === "for",
      usesBinding: false,
      exits: false,
    };
    if (this.recording) this.infos.set(s, info);
    if (s.kind === "for") this.forBounds(info, s.lo, s.hi, s.step);
    return info;
  }

  private forBounds({ axis }: LoopInfo, loExpr: Expr, hiExpr: Expr, stepExpr: Expr): void {
    const p = this.place;
    const [lo, hi, by] = [loExpr, hiExpr, stepExpr].map((e) => this.ints.value(e, p)) as [Affine, Affine, Affine];
    const stmt = axis.stmt;
    if (stmt.kind !== "for") return;
    if (!isConstant(by) || by.c === 0) {
      axis.exact = false;
      const iv = this.space.quantity(stmt.iv, axis.level, this.space.isData(by) || this.space.isData(lo));
      this.ivs.set(stmt.iv, variable(iv.id));
      return;
    }
    const step = by.c;
    const t = variable(axis.id);
    this.ivs.set(stmt.iv, combine(lo, step, t));
    const room = step > 0 ? offset(difference(hi, lo), -1) : offset(difference(lo, hi), -1);
    axis.constraints = [t, combine(room, -Math.abs(step), t)];
    this.space.narrow(axis);
    if (isConstant(room)) axis.trips = constant(Math.max(0, floorDiv(room.c, Math.abs(step)) + 1));
    else if (Math.abs(step) === 1 && this.space.range(room).lo >= -1) axis.trips = offset(room, 1);
  }

  /** Runs `f` without a trace in what is recorded of the loops around. */
  private untouched<T>(info: LoopInfo, f: () => T): T {
    const loops = [...this.open, info].map((l) => ({
      l,
      exposed: [...l.exposed],
      surely: [...l.surelyExposed],
      leaves: l.axis.leaves,
      exits: l.exits,
    }));
    const [arrivals, pending, recording, explained] = [new Map(this.arrivals), new Set(this.pending), this.recording, [...this.explained]];
    this.recording = false;
    const out = f();
    this.recording = recording;
    this.pending = pending;
    this.explained = explained;
    this.arrivals = arrivals;
    for (const { l, exposed, surely, leaves, exits } of loops) {
      l.exposed = new Set(exposed);
      l.surelyExposed = new Set(surely);
      l.axis.leaves = leaves;
      l.exits = exits;
    }
    return out;
  }

  /** The body with unknowns for what it assigns: what one trip does to them. */
  private trial(info: LoopInfo, before: State, changed: readonly string[]): { carry: Map<string, Carry>; step: Map<string, number> } {
    this.state = copyState(before);
    const headers = new Map<string, number>();
    for (const v of changed) {
      const decl = this.vars.get(v)!;
      if (isFloat(decl.type)) continue;
      const h = this.space.quantity(v, info.axis.level, true, rangeOf(decl.type));
      headers.set(v, h.id);
      this.state.env.set(v, variable(h.id));
    }
    const end = this.body(info)?.env;
    const carry = new Map<string, Carry>();
    const step = new Map<string, number>();
    for (const [v, h] of headers) {
      const last = end?.get(v);
      const delta = last && difference(last, variable(h));
      if (delta && isConstant(delta)) {
        carry.set(v, "linear");
        step.set(v, delta.c);
      }
    }
    this.closedForms(headers, end, carry);
    return { carry, step };
  }

  /** Sums over trips and values of the trip before, of variables that have closed forms themselves. */
  private closedForms(headers: ReadonlyMap<string, number>, end: Env | undefined, carry: Map<string, Carry>): void {
    const owner = new Map([...headers].map(([v, h]) => [h, v]));
    const known = (a: Affine): boolean =>
      a.ids.every((id) => {
        const v = owner.get(id);
        return v === undefined ? !this.space.all[id]!.data : carry.has(v);
      });
    for (let again = true; again; ) {
      again = false;
      for (const [v, h] of headers) {
        const last = end?.get(v);
        if (carry.has(v) || last === undefined) continue;
        const delta = difference(last, variable(h));
        const kind =
          !last.ids.includes(h) && known(last) ? "wraparound" : !delta.ids.includes(h) && known(delta) ? "polynomial" : undefined;
        if (kind === undefined) continue;
        carry.set(v, kind);
        again = true;
      }
    }
  }

  /** Values at the start of a trip. */
  private headers(info: LoopInfo, before: State, changed: readonly string[], step: ReadonlyMap<string, number>): void {
    const env = this.state!.env;
    for (const v of changed) {
      const decl = this.vars.get(v)!;
      if (isFloat(decl.type)) {
        env.delete(v);
        continue;
      }
      const by = step.get(v);
      const init = before.env.get(v);
      if (by !== undefined && init !== undefined) env.set(v, combine(init, by, variable(info.axis.id)));
      else env.set(v, variable(this.space.quantity(v, info.axis.level, !info.carry.has(v), rangeOf(decl.type)).id));
    }
  }

  private whileBounds(info: LoopInfo): void {
    const s = info.stmt;
    if (s.kind !== "while") return;
    this.open.push(info);
    this.state!.sure.push(new Set());
    this.state!.maybe.push(new Set());
    const { axis } = info;
    const a = this.ints.assume(s.cond, true, this.place);
    info.countable = !this.dataIn(s.cond);
    axis.constraints = [variable(axis.id), ...a.rows];
    axis.exact = a.exact && a.rows.every((r) => this.coefficientOf(r, axis) < 0);
    this.space.narrow(axis);
    this.state!.sure.pop();
    this.state!.maybe.pop();
    this.open.pop();
    if (!a.exact || a.rows.length !== 1) return;
    const row = a.rows[0]!;
    const k = -this.coefficientOf(row, axis);
    if (k <= 0) return;
    const rest = combine(row, k, variable(axis.id));
    if (isConstant(rest)) axis.trips = constant(Math.max(0, floorDiv(rest.c, k) + 1));
    else if (k === 1 && this.space.range(rest).lo >= -1 && this.space.level([rest]) <= axis.depth) axis.trips = offset(rest, 1);
  }

  private coefficientOf(a: Affine, axis: Axis): number {
    const at = a.ids.indexOf(axis.id);
    return at < 0 ? 0 : a.ks[at]!;
  }

  /** One trip; gives the state at its end. */
  private body(info: LoopInfo): State | undefined {
    const s = info.stmt;
    const [conditions, vague, pending] = [this.conditions, this.vague, new Set(this.pending)];
    this.open.push(info);
    this.around.push(s.id);
    this.state!.sure.push(new Set());
    this.state!.maybe.push(new Set());
    if (s.kind === "while") this.reads(s.cond, s);
    this.order++;
    this.list(s.body);
    this.arrive(`continue ${s.id}`);
    const end = this.state;
    info.sure = new Set(end?.sure[info.depth + 1] ?? info.assigned);
    // a jump out of the loop makes vague what follows in this trip of the loops around, up to its target
    const out = [...this.pending].filter((t) => t !== s.id && !pending.has(t));
    this.pending = new Set([...pending, ...out]);
    this.around.pop();
    this.open.pop();
    this.conditions = conditions;
    this.vague = vague;
    return end;
  }

  /** The state behind a loop. */
  private leave(info: LoopInfo, before: State, changed: readonly string[], step: ReadonlyMap<string, number>): void {
    const { axis } = info;
    const end = this.state;
    this.arrivals.delete(info.stmt.id);
    const always = this.runs(axis) && !axis.leaves;
    const env = new Map(before.env);
    for (const v of changed) env.set(v, this.valueBehind(info, v, before.env.get(v), step.get(v), always ? end?.env.get(v) : undefined));
    for (const v of changed) if (isFloat(this.vars.get(v)!.type)) env.delete(v);
    const inside = end?.sure.slice(0, info.depth + 1);
    const sure = before.sure.map((s, k) => (always && inside ? new Set([...s, ...inside[k]!]) : s));
    const maybe = before.maybe.map((s) => new Set([...s, ...info.assigned]));
    const forever = info.stmt.kind === "while" && info.stmt.cond.kind === "const" && info.stmt.cond.value === 1 && !axis.leaves;
    this.state = forever ? undefined : { env, sure, maybe };
  }

  private valueBehind(info: LoopInfo, v: string, init: Affine | undefined, step: number | undefined, last: Affine | undefined): Affine {
    const { axis } = info;
    const { trips } = axis;
    if (trips && !axis.leaves) {
      if (step !== undefined && init) return combine(init, step, trips);
      // the value at the end of the last trip
      const final = last && isInside(last, axis) ? substitute(last, axis.id, offset(trips, -1)) : last;
      if (final && this.space.level([final]) <= info.depth) return final;
    }
    const decl = this.vars.get(v)!;
    return variable(this.space.quantity(v, info.depth, true, rangeOf(decl.type)).id);
  }
}

const isInside = (a: Affine, axis: Axis): boolean => a.ids.includes(axis.id);

/** Whether a load may be skipped though its statement runs: the later operands of `and`, `or` and `select`. */
function lazy(s: Stmt, node: LoadExpr | StoreStmt): boolean {
  if (node.kind === "store") return false;
  const find = (e: Expr, skipped: boolean): boolean => {
    if (e === node) return skipped;
    if (e.kind === "op") {
      const first = e.op === "select" || e.op === "land" || e.op === "lor";
      return e.args.some((a, k) => find(a, skipped || (first && k > 0)));
    }
    return e.kind === "load" ? e.index.some((a) => find(a, skipped)) : e.kind === "cast" && find(e.arg, skipped);
  };
  return ownExprs(s).some((e) => find(e, false));
}
