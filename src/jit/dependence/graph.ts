/**
 * The dependence graph of a region under one binding: between which statements a loop carries something, direction vectors over nested loops, and strongly
 * connected components.
 *
 * Dependences here are those of memory (flow, anti and output alike, nothing is killed): what has to keep its order when statements or loops are moved. Whatever the tests
 * leave open is a dependence.
 * Sources: Allen and Kennedy, "Automatic translation of Fortran programs to vector form" (TOPLAS 1987); Tarjan, "Depth-first search and linear graph
 * algorithms" (1972).
 */
import type { Binding, LoopStmt, Region, Stmt } from "../ir/nest.ts";
import { Pairs } from "./pairs.ts";
import { gather, type LoopInfo, type Reference } from "./references.ts";
import { newStats, type TestStats } from "./tests.ts";
import { changing } from "./verdict.ts";
import { Views } from "./views.ts";

/** Of the source's trip to the sink's, outermost loop first. */
export type Direction = "<" | "=" | ">";
export type DirectionVector = readonly Direction[];

/** Row operations that the tests may spend on one graph. */
const GRAPH_WORK = 1_000_000;

export class Dependences {
  readonly stats: TestStats = newStats();
  readonly references: readonly Reference[];
  private readonly region: Region;
  private readonly views: Views;
  private readonly pairs: Pairs;
  private readonly infos: ReadonlyMap<LoopStmt, LoopInfo>;

  constructor(region: Region, binding: Binding) {
    this.region = region;
    this.views = new Views(region, binding);
    const { space, references, loops } = gather(region, binding, changing(region, this.views));
    this.references = references;
    this.infos = new Map(loops.map((l) => [l.stmt, l]));
    this.pairs = new Pairs(space, this.views, this.stats, { left: GRAPH_WORK });
  }

  /** Undefined for a loop that this run does not reach. */
  loop(s: LoopStmt): LoopInfo | undefined {
    return this.infos.get(s);
  }

  /** Arrays that stores in `body` may change. */
  changed(body: readonly Stmt[]): Set<string> {
    return changing(this.region, this.views, body);
  }

  /** Whether two references may have to keep their order at all. */
  conflict(a: Reference, b: Reference): boolean {
    return (a.access === "write" || b.access === "write") && this.views.overlap(a.array, b.array);
  }

  /** Whether a later trip of `loop` may touch in `sink` what an earlier one touched in `source`. */
  carried(source: Reference, sink: Reference, loop: LoopInfo): boolean {
    return this.conflict(source, sink) && this.pairs.carried(source, sink, loop).decision.kind !== "independent";
  }

  /** Whether `source` may touch an element before `sink` does, in one trip of `loop`. */
  within(source: Reference, sink: Reference, loop: LoopInfo): boolean {
    if (!this.conflict(source, sink)) return false;
    let innermost = loop;
    for (let k = loop.depth + 1; source.loops[k] !== undefined && source.loops[k] === sink.loops[k]; k++) {
      innermost = source.loops[k]!;
      if (this.carried(source, sink, innermost)) return true;
    }
    return source.order < sink.order && this.pairs.mayPrecede(source, sink, innermost);
  }

  /** Every direction vector over nested loops, outermost first, along which something is carried. */
  vectors(band: readonly LoopInfo[]): DirectionVector[] {
    const inside = this.references.filter((r) => r.loops.includes(band.at(-1)!));
    const found = new Map<string, DirectionVector>();
    for (const a of inside) {
      for (const b of inside) if (this.conflict(a, b)) for (const v of this.vectorsOf(a, b, band)) found.set(v.join(""), v);
    }
    return [...found.values()];
  }

  private vectorsOf(source: Reference, sink: Reference, band: readonly LoopInfo[]): DirectionVector[] {
    return band.flatMap((first, p): DirectionVector[] => {
      const prefix = band.slice(0, p).map((): Direction => "=");
      return this.refined(source, sink, band, [...prefix, "<"], first);
    });
  }

  /** Vectors that go on from `known`, whose last but equal entry is that of `first`. */
  private refined(
    source: Reference,
    sink: Reference,
    band: readonly LoopInfo[],
    known: DirectionVector,
    first: LoopInfo,
  ): DirectionVector[] {
    const at = band.indexOf(first);
    const inner = known.slice(at + 1).map((direction, k) => ({ loop: band[at + 1 + k]!, direction }));
    if (this.pairs.along(source, sink, first, inner).kind === "independent") return [];
    if (known.length === band.length) return [known];
    return (["<", "=", ">"] as const).flatMap((d) => this.refined(source, sink, band, [...known, d], first));
  }
}

/** Strongly connected components of nodes 0 … n-1, every component before those that its edges lead to; members ascend. */
export function components(n: number, successors: (node: number) => Iterable<number>): number[][] {
  const index = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const onStack = new Uint8Array(n);
  const stack: number[] = [];
  const out: number[][] = [];
  let next = 0;
  const visit = (v: number): void => {
    index[v] = low[v] = next++;
    stack.push(v);
    onStack[v] = 1;
    for (const w of successors(v)) {
      if (index[w] === -1) {
        visit(w);
        low[v] = Math.min(low[v]!, low[w]!);
      } else if (onStack[w]) low[v] = Math.min(low[v]!, index[w]!);
    }
    if (low[v] !== index[v]) return;
    const members: number[] = [];
    let w: number;
    do {
      w = stack.pop()!;
      onStack[w] = 0;
      members.push(w);
    } while (w !== v);
    out.push(members.sort((a, b) => a - b));
  };
  // from the last: what Tarjan completes last comes first, so the earliest nodes lead
  for (let v = n - 1; v >= 0; v--) if (index[v] === -1) visit(v);
  return out.reverse();
}
