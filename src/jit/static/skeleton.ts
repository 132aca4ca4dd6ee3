/**
 * The static stage: what can be said of a region without any value of a run. Computed once a region and kept with it.
 *
 * Per loop: which variables it assigns, which of those a trip may read before it assigns them (upward-exposed), which every trip assigns, which are read after
 * the loop, and how control may leave. What needs values is not guessed but named in `deferred`, for reports; bind.ts answers it.
 * Sources: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", ch. 4 (data flow), 5 (privatisation).
 */
import type { Expr, LoopStmt, Region, Stmt } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { bodies, ownExprs, walkExpr } from "../ir/visit.ts";

export interface LoopFacts {
  readonly stmt: LoopStmt;
  readonly parent: LoopFacts | undefined;
  readonly depth: number;
  readonly children: LoopFacts[];
  readonly assigned: ReadonlySet<string>;
  /** Read in some trip before that trip has surely assigned them; a superset of the truth. */
  readonly exposed: ReadonlySet<string>;
  /** Assigned by every trip that runs to its end; a subset of the truth. */
  readonly surely: ReadonlySet<string>;
  /** Assigned variables that may be read after the loop (by the next trip of an outer one too) before they are assigned again. */
  liveOut: ReadonlySet<string>;
  /** A statement in the body ends this loop or one around it early. */
  readonly leaves: boolean;
}

export interface Skeleton {
  readonly loops: readonly LoopFacts[];
  readonly roots: readonly LoopFacts[];
  readonly of: ReadonlyMap<LoopStmt, LoopFacts>;
  /** Textual position of every statement. */
  readonly order: ReadonlyMap<Stmt, number>;
  readonly written: ReadonlySet<string>;
  /** Questions that only a run can answer. */
  readonly deferred: readonly string[];
}

const known = new WeakMap<Region, Skeleton>();

/** `dead`: variables that nobody reads after the region. */
export function skeleton(r: Region, dead: ReadonlySet<string> = NOTHING): Skeleton {
  const old = dead.size === 0 ? known.get(r) : undefined;
  if (old) return old;
  const made = new Survey(r, dead).run();
  if (dead.size === 0) known.set(r, made);
  return made;
}
const NOTHING: ReadonlySet<string> = new Set();

/** What one pass forward through a statement list knows. */
interface Flow {
  /** Assigned on every path so far in this trip. Undefined where control does not get. */
  sure: Set<string> | undefined;
}

class Survey {
  private readonly loops: LoopFacts[] = [];
  private readonly roots: LoopFacts[] = [];
  private readonly of = new Map<LoopStmt, LoopFacts>();
  private readonly order = new Map<Stmt, number>();
  private readonly written = new Set<string>();
  private readonly deferred = new Set<string>();
  private readonly r: Region;
  private readonly dead: ReadonlySet<string>;
  /** Loops around the current statement, innermost last, each with what its trip has exposed. */
  private readonly open: { facts: LoopFacts; exposed: Set<string>; assigned: Set<string>; leaves: { value: boolean } }[] = [];
  /** Assigned where jumps to a target start. */
  private readonly jumps = new Map<string, Set<string>[]>();
  private readonly around: string[] = [];

  constructor(r: Region, dead: ReadonlySet<string>) {
    this.r = r;
    this.dead = dead;
  }

  run(): Skeleton {
    this.list(this.r.body, { sure: new Set() });
    this.liveness();
    this.names();
    return {
      loops: this.loops,
      roots: this.roots,
      of: this.of,
      order: this.order,
      written: this.written,
      deferred: [...this.deferred],
    };
  }

  // ---- exposure and sure assignment -------------------------------------------------------------------------------------------------

  private list(body: readonly Stmt[], flow: Flow): void {
    for (const s of body) this.statement(s, flow);
  }

  private reads(e: Expr, sure: ReadonlySet<string> | undefined): void {
    walkExpr(e, (x) => {
      if (x.kind === "var" && sure && !sure.has(x.name)) for (const o of this.open) o.exposed.add(x.name);
    });
  }

  private statement(s: Stmt, flow: Flow): void {
    this.order.set(s, this.order.size);
    if (s.kind === "for" || s.kind === "while") return this.loop(s, flow);
    for (const e of ownExprs(s)) this.reads(e, flow.sure);
    switch (s.kind) {
      case "set":
        flow.sure?.add(s.name);
        for (const o of this.open) o.assigned.add(s.name);
        return;
      case "store":
        this.written.add(s.array);
        return;
      case "if": {
        const then: Flow = { sure: copy(flow.sure) };
        this.list(s.body, then);
        this.list(s.orelse, flow);
        flow.sure = both(then.sure, flow.sure);
        return;
      }
      case "block":
        this.around.push(s.label);
        this.list(s.body, flow);
        this.around.pop();
        flow.sure = this.arrive(s.label, flow.sure);
        return;
      case "break":
      case "continue":
        this.jump(s.kind, s.target, flow);
        return;
      case "exit":
        flow.sure = undefined;
        return;
      default:
        return;
    }
  }

  private jump(kind: "break" | "continue", target: string, flow: Flow): void {
    const key = kind === "continue" ? `continue ${target}` : target;
    if (flow.sure) this.jumps.set(key, [...(this.jumps.get(key) ?? []), new Set(flow.sure)]);
    flow.sure = undefined;
    // loops between the jump and its target end early; so does the target of a break
    const at = this.around.lastIndexOf(target);
    for (const o of this.open) {
      const depth = this.around.lastIndexOf(o.facts.stmt.id);
      if (depth > at || (depth === at && kind === "break")) o.leaves.value = true;
    }
  }

  private arrive(key: string, sure: Set<string> | undefined): Set<string> | undefined {
    for (const j of this.jumps.get(key) ?? []) sure = both(sure, j);
    this.jumps.delete(key);
    return sure;
  }

  private loop(s: LoopStmt, flow: Flow): void {
    if (s.kind === "for") for (const e of ownExprs(s)) this.reads(e, flow.sure);
    const exposed = new Set<string>();
    const assigned = new Set<string>();
    const surely = new Set<string>();
    const leaves = { value: false };
    const parent = this.open.at(-1)?.facts;
    const facts: LoopFacts = {
      stmt: s,
      parent,
      depth: this.open.length,
      children: [],
      assigned,
      exposed,
      surely,
      liveOut: NOTHING,
      get leaves() {
        return leaves.value;
      },
    };
    this.loops.push(facts);
    this.of.set(s, facts);
    (parent ? parent.children : this.roots).push(facts);
    this.open.push({ facts, exposed, assigned, leaves });
    this.around.push(s.id);
    const outer = flow.sure;
    const trip: Flow = { sure: new Set() };
    // what is exposed in this trip is exposed around it, unless assigned there before the loop
    const before = this.open.slice(0, -1).map((o) => new Set(o.exposed));
    if (s.kind === "while") this.reads(s.cond, trip.sure);
    this.list(s.body, trip);
    const end = this.arrive(`continue ${s.id}`, trip.sure);
    this.arrive(s.id, undefined);
    for (const v of end ?? []) surely.add(v);
    this.around.pop();
    this.open.pop();
    this.open.forEach((o, k) => {
      for (const v of exposed) if (outer?.has(v) && !before[k]!.has(v)) o.exposed.delete(v);
    });
    for (const v of [...exposed]) if (!assigned.has(v)) exposed.delete(v);
  }

  // ---- liveness ---------------------------------------------------------------------------------------------------------------------

  /** Backwards over the body; loops are iterated until nothing is added. */
  private liveness(): void {
    const end = new Set(this.r.vars.filter((v) => v.init !== "temp" && !this.dead.has(v.name)).map((v) => v.name));
    new Liveness(this.of).list(this.r.body, end, new Map());
  }

  private names(): void {
    for (const l of this.loops) {
      if (l.stmt.kind === "while") this.deferred.add(`trips of ${l.stmt.id}: while ${text(l.stmt.cond)}`);
      else
        for (const [what, e] of [
          ["lower bound", l.stmt.lo],
          ["upper bound", l.stmt.hi],
          ["step", l.stmt.step],
        ] as const) {
          if (e.kind !== "const") this.deferred.add(`${what} of ${l.stmt.id}: ${text(e)}`);
        }
    }
    const arrays = this.r.arrays.map((a) => a.name);
    for (const a of this.written)
      for (const b of arrays) if (b !== a && !(this.written.has(b) && b < a)) this.deferred.add(`alias of ${a} and ${b}`);
  }
}

const copy = (s: Set<string> | undefined): Set<string> | undefined => s && new Set(s);
function both(a: Set<string> | undefined, b: Set<string> | undefined): Set<string> | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return new Set([...a].filter((x) => b.has(x)));
}

type Live = Set<string>;

class Liveness {
  private readonly of: ReadonlyMap<LoopStmt, LoopFacts>;
  constructor(of: ReadonlyMap<LoopStmt, LoopFacts>) {
    this.of = of;
  }

  /** What is live before `body` when `after` is live behind it; `targets` says what is live where jumps go. */
  list(body: readonly Stmt[], after: Live, targets: ReadonlyMap<string, Live>): Live {
    let live = after;
    for (let k = body.length - 1; k >= 0; k--) live = this.statement(body[k]!, live, targets);
    return live;
  }

  private statement(s: Stmt, after: Live, targets: ReadonlyMap<string, Live>): Live {
    switch (s.kind) {
      case "set": {
        const live = new Set(after);
        live.delete(s.name);
        return this.use(s, live);
      }
      case "if":
        return this.use(s, union(this.list(s.body, after, targets), this.list(s.orelse, after, targets)));
      case "block":
        return this.list(s.body, after, new Map(targets).set(s.label, after));
      case "for":
      case "while":
        return this.loop(s, after, targets);
      case "break":
        return new Set(targets.get(s.target) ?? after);
      case "continue":
        return new Set(targets.get(`continue ${s.target}`) ?? after);
      case "exit":
        return new Set();
      default:
        return bodies(s).length === 0 ? this.use(s, new Set(after)) : after;
    }
  }

  private loop(s: LoopStmt, after: Live, targets: ReadonlyMap<string, Live>): Live {
    const facts = this.of.get(s)!;
    facts.liveOut = new Set([...facts.liveOut, ...[...after].filter((v) => facts.assigned.has(v))]);
    let head = this.useLoop(s, new Set(after));
    for (;;) {
      const inside = new Map(targets).set(s.id, after).set(`continue ${s.id}`, head);
      const next = union(head, this.useLoop(s, this.list(s.body, head, inside)));
      if (next.size === head.size) return s.kind === "for" ? this.use(s, next) : next;
      head = next;
    }
  }

  private useLoop(s: LoopStmt, live: Live): Live {
    return s.kind === "while" ? this.use(s, live) : live;
  }

  private use(s: Stmt, live: Live): Live {
    for (const e of ownExprs(s)) {
      walkExpr(e, (x) => {
        if (x.kind === "var") live.add(x.name);
      });
    }
    return live;
  }
}

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> => new Set([...a, ...b]);
