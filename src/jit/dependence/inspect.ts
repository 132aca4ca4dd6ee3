/**
 * The inspector: runs a region on copies of its arrays, logs every access in shadow memory and classifies its loops by the dependences of this very run. For what only
 * a run knows: indirect subscripts, data-dependent control. Work is limited; what has not been seen to the end stays as it was, unless a recurrence was seen.
 *
 * Scalars keep the class that the analysis proved (private, induction, reduction); only those it could not settle are logged.
 * Source: Rauchwerger and Padua, "The LRPD test" (PLDI 1995). Nothing that the program can see changes.
 */

import type { Binding, LoadExpr, LoopStmt, Region, Stmt, StoreStmt } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { walkStmts } from "../ir/visit.ts";
import { skeleton } from "../static/skeleton.ts";
import { updateTags } from "./arrays.ts";
import { Machine, type Watch } from "./machine.ts";
import { type Mention, mention, type ScalarFinding } from "./scalars.ts";
import { type LoopShadow, Shadow } from "./shadow.ts";
import type { Update } from "./updates.ts";
import type { LoopVerdict, Opinion } from "./verdict.ts";

/** Accesses and trips that one inspection logs. */
export const INSPECTION_LIMIT = 2_000_000;

export interface InspectOptions {
  readonly work: number;
  readonly dead: ReadonlySet<string>;
}

/** Verdicts on the loops that the run settled, by id. */
export function inspect(
  region: Region,
  binding: Binding,
  opinions: readonly Opinion[],
  options: InspectOptions,
): ReadonlyMap<string, LoopVerdict> {
  return new Inspection(region, binding, opinions, options).run();
}

/** What the loops of one run did to memory and to some variables, by loop id; `ended`: the run came to its end. */
export function logRun(
  region: Region,
  binding: Binding,
  variables: Iterable<string>,
  work = INSPECTION_LIMIT,
): { ended: boolean; loops: ReadonlyMap<string, LoopShadow> } {
  const i = new Inspection(region, binding, [], { work, dead: new Set() });
  for (const v of variables) i.watched.add(v);
  const ended = i.observe();
  return { ended, loops: i.byLoop() };
}

class Inspection implements Watch {
  private readonly region: Region;
  private readonly binding: Binding;
  private readonly opinions: readonly Opinion[];
  private readonly options: InspectOptions;
  private readonly loops: LoopStmt[] = [];
  private readonly shadow: Shadow;
  private readonly tagOf: (s: Stmt, node: unknown) => Update | undefined;
  private readonly mentions: Mention[] = [];
  private readonly updates: Update[] = [];
  /** Minima and maxima whose start was NaN, by loop. */
  private readonly poisoned = new Map<number, Set<string>>();
  readonly watched = new Set<string>();

  constructor(region: Region, binding: Binding, opinions: readonly Opinion[], options: InspectOptions) {
    this.region = region;
    this.binding = binding;
    this.opinions = opinions;
    this.options = options;
    let depth = 0;
    walkStmts(region.body, (s, around) => {
      if (s.kind !== "for" && s.kind !== "while") return;
      this.loops.push(s);
      depth = Math.max(depth, 1 + around.filter((a) => a.kind === "for" || a.kind === "while").length);
    });
    this.shadow = new Shadow(this.loops.length, depth);
    this.tagOf = updateTags(region.body);
    for (const o of opinions) for (const f of o.scalars) if (unsettled(f)) this.watched.add(f.name);
  }

  observe(): boolean {
    const ended = new Machine(this.region, this.binding, this, this.options.work).run();
    this.shadow.finish();
    return ended;
  }

  byLoop(): ReadonlyMap<string, LoopShadow> {
    return new Map(this.loops.map((l, k) => [l.id, this.shadow.loops[k]!]));
  }

  run(): ReadonlyMap<string, LoopVerdict> {
    const ended = this.observe();
    const live = skeleton(this.region, this.options.dead).of;
    const out = new Map<string, LoopVerdict>();
    this.opinions.forEach((o, k) => {
      const seen = this.shadow.loops[k]!;
      if (!o.open || seen.instances === 0) return;
      const v = this.verdict(o, this.loops[k]!, k, seen, ended, live.get(this.loops[k]!)!.liveOut);
      if (v) out.set(v.id, v);
    });
    return out;
  }

  // ---- what the machine calls -------------------------------------------------------------------------------------------------------

  enter(loop: LoopStmt, value: (name: string) => number | undefined): void {
    const k = this.loops.indexOf(loop);
    this.shadow.enter(k);
    for (const f of this.opinions[k]?.scalars ?? []) {
      if (f.kind !== "reduction" || f.exact) continue;
      const x = value(f.name);
      if (x === undefined || Number.isNaN(x)) this.poisoned.set(k, (this.poisoned.get(k) ?? new Set()).add(f.name));
    }
  }
  trip(): void {
    this.shadow.trip();
  }
  leave(early: boolean, tested: boolean): void {
    this.shadow.leave(early, tested);
  }
  location(name: string): number {
    return this.shadow.location(name);
  }
  read(at: number, reference: number, tag: number): void {
    this.shadow.read(at, reference, tag);
  }
  write(at: number, reference: number, tag: number): void {
    this.shadow.write(at, reference, tag);
  }

  /** Numbers a reference, and its update. */
  reference(s: Stmt, node: LoadExpr | StoreStmt | undefined, name: string): { reference: number; tag: number } {
    const shown = node ? { name, line: s.line, text: `${node.array}[${node.index.map((e) => text(e)).join(", ")}]` } : mention(name, s);
    this.mentions.push(shown);
    const u = node && this.tagOf(s, node);
    let tag = 0;
    if (u) {
      tag = this.updates.findIndex((x) => x.op === u.op && x.exact === u.exact) + 1;
      if (tag === 0) tag = this.updates.push(u);
    }
    return { reference: this.mentions.length - 1, tag };
  }

  // ---- verdicts ---------------------------------------------------------------------------------------------------------------------

  private verdict(
    o: Opinion,
    stmt: LoopStmt,
    k: number,
    seen: LoopShadow,
    ended: boolean,
    live: ReadonlySet<string>,
  ): LoopVerdict | undefined {
    const base = { id: stmt.id, line: stmt.line, stage: "inspector" as const };
    const settled = new Set(o.scalars.filter((f) => !unsettled(f)).map((f) => f.name));
    const names = (s: ReadonlySet<string>): string[] => [...s].filter((n) => !settled.has(n));
    const recurrences = [
      ...names(seen.recurrences),
      ...[...seen.reductions].filter(([n, tags]) => tags.size > 1 && !settled.has(n)).map(([n]) => n),
    ];
    if (recurrences.length > 0)
      return {
        ...base,
        class: "sequential",
        why: `a trip of this run needs ${recurrences.join(", ")} from an earlier one (inspected)`,
        ...this.witness(seen, recurrences),
      };
    if (!ended) return undefined;
    if (seen.left) return { ...base, class: "sequential", why: "a trip of this run leaves the loop early (inspected)" };
    const snapshots = names(seen.snapshots);
    const lastWriters = names(seen.lastWriters).filter((n) => !this.watched.has(n) || live.has(n));
    const requires = this.requirements(o, seen, snapshots, lastWriters);
    const more = requires.length > 0 ? { requires } : {};
    if (snapshots.length + lastWriters.length > 0) {
      const why =
        snapshots.length > 0
          ? `trips of this run overwrite elements of ${snapshots.join(", ")} that earlier ones read`
          : `several trips of this run write the same element of ${lastWriters.join(", ")}, and the last trip does not`;
      return { ...base, class: "renaming", why: `${why} (inspected)`, ...more };
    }
    return { ...base, ...this.reduced(o, k, seen), ...more };
  }

  private reduced(o: Opinion, k: number, seen: LoopShadow): { class: LoopVerdict["class"]; why: string } {
    const arrays = [...seen.reductions].map(([name, tags]) => ({ name, update: this.updates[[...tags][0]! - 1]! }));
    const scalars = o.scalars.filter((f) => f.kind === "reduction" || f.kind === "any");
    const inexact = [
      ...arrays.filter((a) => !a.update.exact).map((a) => a.name),
      ...scalars.filter((f) => !this.isExact(f, k)).map((f) => f.name),
    ];
    if (inexact.length > 0)
      return { class: "float-reduction", why: `${inexact.join(", ")}: a reduction whose result depends on the order (inspected)` };
    const all = [...arrays, ...scalars].map((x) => x.name);
    if (all.length > 0)
      return { class: "reduction", why: `${all.join(", ")}: a reduction that any order gives the same bits of (inspected)` };
    return { class: "parallel", why: "no two trips of this run touch the same element (inspected)" };
  }

  private isExact(f: ScalarFinding, k: number): boolean {
    return f.exact || (f.update?.unlessNaN === true && !this.poisoned.get(k)?.has(f.name));
  }

  private requirements(o: Opinion, seen: LoopShadow, snapshots: readonly string[], lastWriters: readonly string[]): string[] {
    const out = [...(o.verdict.requires ?? []).filter((r) => !/^(snapshot|last-writer) /.test(r))];
    for (const n of seen.privates) out.push(`privatise ${n}`);
    for (const [n, tags] of seen.reductions) out.push(`reduction ${n} ${this.updates[[...tags][0]! - 1]!.op}`);
    for (const n of snapshots) out.push(`snapshot ${n}`);
    for (const n of lastWriters) out.push(`last-writer ${n}`);
    return [...new Set(out)];
  }

  private witness(seen: LoopShadow, names: readonly string[]): Partial<LoopVerdict> {
    const f = seen.flow;
    if (!f) return {};
    const references = [this.mentions[f.writer]!, this.mentions[f.reader]!];
    if (!references.some((r) => names.includes(r.name))) return {};
    return { references, witness: { source: f.source, sink: f.sink }, distance: f.distance };
  }
}

const unsettled = (f: ScalarFinding): boolean => f.kind === "recurrence" || f.kind === "last-writer";
