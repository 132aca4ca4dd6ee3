/**
 * `tspy explain`: what every nest of a run was found to be, and what was done with it. Collects events; renders text for people and JSON for programs
 * (`{"nests": [{"file", "line", "loops": [{"line", "class", "why", …}], …}], "aborted": […]}`).
 *
 * A nest that ran several times is judged each time; what is said of a loop is the weakest of what was found.
 */
import type { Event, EventStream, LoopReport } from "../base/events.ts";

/** From the strongest claim to none. */
const STRENGTH: readonly string[] = ["parallel", "reduction", "float-reduction", "renaming", "sequential", "unknown"];

interface NestRecord {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly loops: Map<number, LoopReport>;
  device: string;
  placement: string;
  readonly transforms: Set<string>;
  predictedMs: number | undefined;
  compileMs: number;
  runs: number;
  measuredMs: number;
  readonly exits: Map<string, { readonly line: number; readonly reason: string; count: number }>;
}

interface AbortRecord {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
}

export class Explanation {
  private readonly nests = new Map<string, NestRecord>();
  /** Milliseconds of compiling nests that were not judged yet. */
  private readonly compiled = new Map<string, number>();
  private readonly aborts = new Map<string, AbortRecord>();

  constructor(events: EventStream) {
    events.listen((e) => this.take(e));
  }

  private take(e: Event): void {
    if (e.kind === "abort") {
      this.aborts.set(`${e.file}:${e.nest}:${e.reason}`, { file: e.file, line: e.line, reason: e.reason, detail: e.detail });
      return;
    }
    if (e.kind === "nest") return this.judged(e);
    const n = this.nests.get(e.nest);
    // a nest is compiled before it is judged
    if (!n && e.kind === "compile") this.compiled.set(e.nest, (this.compiled.get(e.nest) ?? 0) + e.ms);
    if (!n) return;
    switch (e.kind) {
      case "plan":
        n.device = e.device;
        n.placement = e.why;
        n.predictedMs = e.predictedMs;
        for (const t of e.transforms) n.transforms.add(t);
        return;
      case "compile":
        n.compileMs += e.ms;
        return;
      case "run":
        n.runs++;
        n.measuredMs += e.ms;
        return;
      case "exit": {
        const key = `${e.line} ${e.reason}`;
        const old = n.exits.get(key);
        if (old) old.count++;
        else n.exits.set(key, { line: e.line, reason: e.reason, count: 1 });
      }
    }
  }

  private judged(e: Event & { kind: "nest" }): void {
    let n = this.nests.get(e.nest);
    if (!n) {
      n = {
        file: e.file,
        line: e.line,
        function: e.function,
        loops: new Map(),
        device: "js",
        placement: "",
        transforms: new Set(),
        predictedMs: undefined,
        compileMs: this.compiled.get(e.nest) ?? 0,
        runs: 0,
        measuredMs: 0,
        exits: new Map(),
      };
      this.nests.set(e.nest, n);
    }
    for (const l of e.loops) {
      const old = n.loops.get(l.line);
      if (!old || STRENGTH.indexOf(l.class) > STRENGTH.indexOf(old.class)) n.loops.set(l.line, l);
    }
  }

  json(): string {
    const nests = this.claims().map(({ loops, exits, transforms, ...n }) => ({
      ...n,
      loops,
      transforms: [...transforms],
      exits: [...exits.values()],
    }));
    return `${JSON.stringify({ nests, aborted: [...this.aborts.values()] }, null, 1)}\n`;
  }

  /** A loop that several nests hold (it ran by itself as well) is reported with the weakest claim in each. */
  private claims(): (Omit<NestRecord, "loops"> & { readonly loops: readonly LoopReport[] })[] {
    const weakest = new Map<string, LoopReport>();
    for (const n of this.nests.values()) {
      for (const l of n.loops.values()) {
        const key = `${n.file}:${l.line}`;
        const old = weakest.get(key);
        if (!old || STRENGTH.indexOf(l.class) > STRENGTH.indexOf(old.class)) weakest.set(key, l);
      }
    }
    return [...this.nests.values()].map((n) => ({
      ...n,
      loops: [...n.loops.values()].sort((a, b) => a.line - b.line).map((l) => weakest.get(`${n.file}:${l.line}`)!),
    }));
  }

  text(): string {
    const out: string[] = [];
    for (const n of this.claims()) out.push(...nestText(n), "");
    for (const a of this.aborts.values()) out.push(`${a.file}:${a.line}: not compiled: ${a.reason} (${a.detail})`);
    if (out.length === 0) out.push("no loop was hot enough to be looked at; try --jit=eager");
    return `${out.join("\n").trimEnd()}\n`;
  }
}

function nestText(n: Omit<NestRecord, "loops"> & { readonly loops: readonly LoopReport[] }): string[] {
  const out = [`${n.file}:${n.line} in ${n.function}`];
  for (const l of n.loops) {
    out.push(`  line ${l.line}: ${l.class}`, `    ${l.why}${l.stage ? ` [${l.stage}]` : ""}`);
    if (l.requires?.length) out.push(`    needs ${l.requires.join(", ")}`);
    for (const r of l.references ?? []) out.push(`    line ${r.line}: ${r.text}`);
    if (l.witness)
      out.push(
        `    trip (${l.witness.source.join(", ")}) meets trip (${l.witness.sink.join(", ")})${l.distance?.length ? `, distance ${l.distance.join(", ")}` : ""}`,
      );
  }
  const predicted = n.predictedMs === undefined ? "" : `, predicted ${n.predictedMs.toFixed(2)} ms`;
  out.push(`  ran on ${n.device} ${n.runs} times in ${n.measuredMs.toFixed(2)} ms${predicted}; compiled in ${n.compileMs.toFixed(1)} ms`);
  if (n.placement) out.push(`    ${n.placement}`);
  if (n.transforms.size > 0) out.push(`    transforms: ${[...n.transforms].join("; ")}`);
  for (const e of n.exits.values()) out.push(`    left ${e.count} times at line ${e.line}: ${e.reason}`);
  return out;
}
