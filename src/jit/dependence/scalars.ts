/**
 * What a loop does to each variable that it assigns: private to a trip, an induction or wrap-around variable, a reduction, or a recurrence.
 *
 * A variable that no trip reads before it assigns it is private. If the trips do not all assign it and somebody reads it afterwards, the last trip that did has
 * to be found (`last-writer`), unless all assign the same constant.
 */

import type { Binding, Expr, IfStmt, SetStmt, Stmt, VarDecl } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { ownExprs, walkExpr, walkStmts } from "../ir/visit.ts";
import type { LoopInfo } from "./references.ts";
import { guardedUpdate, type Update, updateOf } from "./updates.ts";

/** A place that a verdict points at. */
export interface Mention {
  readonly name: string;
  readonly line: number;
  readonly text: string;
}

export interface ScalarFinding {
  readonly name: string;
  readonly kind: "private" | "last-writer" | "any" | "induction" | "wraparound" | "reduction" | "recurrence";
  readonly update: Update | undefined;
  /** Of a reduction: any grouping of the trips gives the same bits. */
  readonly exact: boolean;
  /** Happens whatever the data are. */
  readonly proven: boolean;
  readonly write: Mention;
  readonly read: Mention | undefined;
}

interface Uses {
  readonly sets: SetStmt[];
  readonly reads: { readonly node: Expr; readonly stmt: Stmt }[];
}

/** Who mentions which variable in a loop. */
export class ScalarUses {
  private readonly uses = new Map<string, Uses>();
  private readonly ifs: IfStmt[] = [];

  constructor(loop: LoopInfo) {
    const s = loop.stmt;
    const scan = (x: Stmt): void => {
      if (x.kind === "set") this.of(x.name).sets.push(x);
      if (x.kind === "if") this.ifs.push(x);
      for (const e of ownExprs(x)) {
        walkExpr(e, (n) => {
          if (n.kind === "var") this.of(n.name).reads.push({ node: n, stmt: x });
        });
      }
    };
    if (s.kind === "while")
      for (const e of ownExprs(s)) walkExpr(e, (n) => n.kind === "var" && this.of(n.name).reads.push({ node: n, stmt: s }));
    walkStmts(s.body, scan);
  }

  of(name: string): Uses {
    let u = this.uses.get(name);
    if (!u) this.uses.set(name, (u = { sets: [], reads: [] }));
    return u;
  }

  /** The one kind of update that is all the loop does with a variable. */
  update(name: string): { update: Update; companions: readonly string[] } | undefined {
    const { sets, reads } = this.of(name);
    const self = (e: Expr): boolean => e.kind === "var" && e.name === name;
    const found: Update[] = [];
    const companions: string[] = [];
    for (const s of sets) {
      const plain = updateOf(s.value, self);
      const guard = plain ? undefined : this.guardOf(s, self);
      const u = plain ?? guard?.update;
      if (u === undefined) return undefined;
      found.push(u);
      companions.push(...(guard?.beside ?? []).map((b) => b.name));
    }
    const [first] = found;
    if (first === undefined || found.some((u) => u.op !== first.op)) return undefined;
    // nodes may be shared between places: count, too
    const own = found.flatMap((u) => u.reads.flatMap(variablesIn));
    if (reads.length !== own.length || reads.some((r) => !own.includes(r.node))) return undefined;
    return { update: { ...first, exact: found.every((u) => u.exact), unlessNaN: found.every((u) => u.exact || u.unlessNaN) }, companions };
  }

  private guardOf(s: SetStmt, self: (e: Expr) => boolean): { update: Update; beside: readonly SetStmt[] } | undefined {
    const around = this.ifs.find((i) => i.body.includes(s));
    if (around === undefined) return undefined;
    // a temporary of the same source statement: nothing has changed since
    const held = (e: Expr): Expr => {
      const sets = e.kind === "var" ? this.of(e.name).sets : [];
      return sets.length === 1 && around.exit !== undefined && sets[0]!.exit === around.exit ? sets[0]!.value : e;
    };
    return guardedUpdate(around, self, (t): t is SetStmt => t === s, held);
  }
}

function variablesIn(e: Expr): Expr[] {
  const out: Expr[] = [];
  walkExpr(e, (x) => {
    if (x.kind === "var") out.push(x);
  });
  return out;
}

/** `live`: what may be read after the loop. */
export function judgeScalars(
  loop: LoopInfo,
  live: ReadonlySet<string>,
  vars: ReadonlyMap<string, VarDecl>,
  binding: Binding,
  touched: ReadonlySet<string>,
): ScalarFinding[] {
  const uses = new ScalarUses(loop);
  const updates = new Map([...loop.assigned].map((v) => [v, uses.update(v)]));
  const companions = new Set([...updates.values()].flatMap((u) => u?.companions ?? []));
  const out: ScalarFinding[] = [];
  for (const v of loop.assigned) {
    const { sets, reads } = uses.of(v);
    const write = mention(v, sets[0]!);
    const read = reads[0] && mention(v, reads[0].stmt);
    const finding = (kind: ScalarFinding["kind"], proven: boolean, update?: Update, exact = true): void => {
      out.push({ name: v, kind, proven, update, exact, write, read });
    };
    const all = loop.sure.has(v) || !live.has(v);
    if (!loop.exposed.has(v)) {
      if (all) finding("private", true);
      else if (reads.length === 0 && companions.has(v) && sets.length === 1) finding("private", true);
      else if (reads.length === 0 && sameConstant(sets)) finding("any", true);
      else finding("last-writer", false);
      continue;
    }
    const carry = loop.carry.get(v);
    const update = updates.get(v)?.update;
    if (carry === "linear" || carry === "polynomial") finding("induction", true);
    else if (update)
      finding("reduction", loop.sure.has(v), update, update.exact || (update.unlessNaN && startsAsNumber(v, loop, vars, binding, touched)));
    else if (carry === "wraparound") finding("wraparound", true);
    else finding("recurrence", loop.surelyExposed.has(v) && loop.sure.has(v));
  }
  return out;
}

function sameConstant(sets: readonly SetStmt[]): boolean {
  const [first] = sets;
  return sets.every((s) => s.value.kind === "const" && first!.value.kind === "const" && Object.is(s.value.value, first!.value.value));
}

/** The variable comes into the loop as the region got it, and that is no NaN. */
function startsAsNumber(
  v: string,
  loop: LoopInfo,
  vars: ReadonlyMap<string, VarDecl>,
  binding: Binding,
  touched: ReadonlySet<string>,
): boolean {
  const x = binding.vars[v];
  return loop.depth === 0 && vars.get(v)?.init === "live-in" && !touched.has(v) && x !== undefined && !Number.isNaN(x);
}

export function mention(name: string, s: Stmt): Mention {
  const shown =
    s.kind === "set"
      ? `${s.name} = ${text(s.value)}`
      : s.kind === "store"
        ? `${s.array}[${s.index.map((e) => text(e)).join(", ")}] = ${text(s.value)}`
        : ownExprs(s)
            .map((e) => text(e))
            .join(", ");
  return { name, line: s.line, text: shown };
}
