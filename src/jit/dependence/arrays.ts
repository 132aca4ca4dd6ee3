/**
 * What a loop does to memory: every pair of references that may meet in two of its trips, and what becomes of it.
 *
 *   flow     covered by writes of the reader's own trip: the array is private; between updates of one kind: a reduction; otherwise a recurrence
 *   anti     the old elements have to be kept (`snapshot`), unless the read is covered
 *   output   fine where the last trip writes the element again (`copy-out`); otherwise the last writer has to be found
 */

import type { Expr, Stmt, StoreStmt } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { walkStmts } from "../ir/visit.ts";
import type { Carried, Pairs } from "./pairs.ts";
import type { LoopInfo, Reference } from "./references.ts";
import type { TestName } from "./tests.ts";
import { guardedUpdate, type Update, updateOf } from "./updates.ts";
import type { Views } from "./views.ts";

export type Outcome = "private" | "reduction" | "recurrence" | "snapshot" | "last-writer";
export type DependenceKind = "flow" | "anti" | "output";

export interface ArrayFinding {
  readonly kind: DependenceKind;
  readonly outcome: Outcome;
  readonly carried: Carried;
  readonly proven: boolean;
  readonly update: Update | undefined;
}

export interface ArrayFindings {
  readonly findings: readonly ArrayFinding[];
  /** Tests that said independent. */
  readonly by: ReadonlySet<TestName>;
}

interface Conflict {
  readonly kind: DependenceKind;
  readonly carried: Carried;
}

export function judgeArrays(loop: LoopInfo, references: readonly Reference[], pairs: Pairs, views: Views): ArrayFindings {
  return new Judge(
    loop,
    references.filter((r) => r.loops[loop.depth] === loop),
    pairs,
    views,
  ).run();
}

class Judge {
  private readonly loop: LoopInfo;
  private readonly pairs: Pairs;
  private readonly views: Views;
  private readonly reads: readonly Reference[];
  private readonly writes: readonly Reference[];
  private readonly tags: ReadonlyMap<Reference, Update>;
  private readonly by = new Set<TestName>();
  private readonly findings: ArrayFinding[] = [];
  private readonly reduced = new Set<Reference>();

  constructor(loop: LoopInfo, references: readonly Reference[], pairs: Pairs, views: Views) {
    this.loop = loop;
    this.pairs = pairs;
    this.views = views;
    this.reads = references.filter((r) => r.access === "read");
    this.writes = references.filter((r) => r.access === "write");
    const tagOf = updateTags(loop.stmt.body);
    this.tags = new Map(
      references.flatMap((r) => {
        const u = tagOf(r.stmt, r.node);
        return u ? [[r, u] as const] : [];
      }),
    );
  }

  run(): ArrayFindings {
    const flows = this.conflicts("flow", this.writes, this.reads);
    for (const c of flows) {
      this.flow(c.carried);
      if (this.findings.at(-1)?.outcome === "recurrence" && this.findings.at(-1)!.proven) return this.result();
    }
    const antis = this.conflicts("anti", this.reads, this.writes);
    for (const c of antis) this.anti(c.carried);
    const outputs = this.conflicts("output", this.writes, this.writes);
    for (const c of outputs) this.output(c.carried);
    this.isolate([...flows, ...antis, ...outputs]);
    return this.result();
  }

  private result(): ArrayFindings {
    return { findings: this.findings, by: this.by };
  }

  private conflicts(kind: DependenceKind, from: readonly Reference[], to: readonly Reference[]): Conflict[] {
    const out: Conflict[] = [];
    for (const source of from) {
      for (const sink of to) {
        if (!this.views.overlap(source.array, sink.array)) continue;
        const carried = this.pairs.carried(source, sink, this.loop);
        if (carried.decision.kind === "independent") this.by.add(carried.decision.by);
        else out.push({ kind, carried });
      }
    }
    return out;
  }

  private note(kind: DependenceKind, outcome: Outcome, carried: Carried, proven: boolean, update?: Update): void {
    this.findings.push({ kind, outcome, carried, proven, update });
  }

  /** Writes that may share memory with a reference. */
  private killers(at: Reference): Reference[] {
    return this.writes.filter((w) => this.views.overlap(w.array, at.array));
  }

  /** Updates of one kind, at either end. */
  private shared(c: Carried): Update | undefined {
    const [a, b] = [this.tags.get(c.source), this.tags.get(c.sink)];
    return a && b && a.op === b.op ? { ...a, exact: a.exact && b.exact } : undefined;
  }

  private flow(c: Carried): void {
    if (this.pairs.covered(c, "sink", this.killers(c.sink), "same trip", this.loop)) return this.note("flow", "private", c, true);
    const update = this.shared(c);
    if (update) {
      this.reduced.add(c.source).add(c.sink);
      return this.note("flow", "reduction", c, true, update);
    }
    this.note("flow", "recurrence", c, c.proven && this.exposed(c.sink));
  }

  /** Nothing in the trip can have written what the reference reads. */
  private exposed(read: Reference): boolean {
    return !this.killers(read).some((w) => this.pairs.mayPrecede(w, read, this.loop));
  }

  private anti(c: Carried): void {
    if (this.reduced.has(c.source) && this.reduced.has(c.sink) && this.shared(c)) return;
    if (this.pairs.covered(c, "source", this.killers(c.source), "same trip", this.loop)) return this.note("anti", "private", c, true);
    this.note("anti", "snapshot", c, c.proven && this.exposed(c.source));
  }

  private output(c: Carried): void {
    if (this.reduced.has(c.source) && this.reduced.has(c.sink) && this.shared(c)) return;
    if (this.pairs.covered(c, "source", this.killers(c.source), "last trip", this.loop)) return this.note("output", "private", c, true);
    this.note("output", "last-writer", c, false);
  }

  /** A reduction needs its elements to itself. */
  private isolate(all: readonly Conflict[]): void {
    for (const { kind, carried } of all) {
      const [a, b] = [this.reduced.has(carried.source), this.reduced.has(carried.sink)];
      if ((a || b) && !(a && b && this.shared(carried))) this.note(kind, "recurrence", carried, false);
    }
  }
}

/** Which update an access belongs to. Keyed by statement and node, since nodes may be shared. */
export function updateTags(body: readonly Stmt[]): (s: Stmt, node: unknown) => Update | undefined {
  const tags = new Map<Stmt, { update: Update; nodes: readonly unknown[] }[]>();
  const add = (s: Stmt, update: Update, nodes: readonly unknown[]): void => {
    tags.set(s, [...(tags.get(s) ?? []), { update, nodes }]);
  };
  walkStmts(body, (s, around) => {
    if (s.kind !== "store") return;
    const update = updateOf(s.value, elementOf(s));
    if (update) return add(s, update, [s, ...update.reads.map(bareNode)]);
    const test = around.at(-1);
    if (test?.kind !== "if") return;
    const guard = guardedUpdate(test, elementOf(s), (t): t is StoreStmt => t === s);
    if (!guard || guard.beside.length > 0) return;
    add(s, guard.update, [s]);
    add(test, guard.update, guard.update.reads.map(bareNode));
  });
  return (s, node) => tags.get(s)?.find((t) => t.nodes.includes(node))?.update;
}

/** Recognises a load of the element that a statement stores. */
function elementOf(s: StoreStmt): (e: Expr) => boolean {
  const key = `${s.array}[${s.index.map((e) => text(e)).join(", ")}]`;
  return (e) => e.kind === "load" && e.array === s.array && `${e.array}[${e.index.map((x) => text(x)).join(", ")}]` === key;
}

const bareNode = (e: Expr): Expr => (e.kind === "cast" ? e.arg : e);
