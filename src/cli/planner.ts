/** What is asked of every entry into a nest before it runs: verdicts for reports, and the device that it goes to. */
import type { Dump } from "../base/dump.ts";
import type { EventStream, LoopReport } from "../base/events.ts";
import { judge, type LoopVerdict } from "../jit/dependence/verdict.ts";
import type { Compiled, Promoted } from "../tracer/compiled.ts";
import type { Entry } from "../tracer/entry.ts";
import type { Planner } from "../tracer/tracer.ts";

/** Entries of one variant that are judged; later ones are taken to be like them. */
const JUDGED_ENTRIES = 24;

export class ReportingPlanner implements Planner {
  private readonly events: EventStream;
  private readonly dump: Dump;
  private readonly judged = new WeakMap<Compiled, number>();

  constructor(events: EventStream, dump: Dump) {
    this.events = events;
    this.dump = dump;
  }

  plan(nest: Compiled, entry: Entry, name: string): Promoted | undefined {
    const n = this.judged.get(nest) ?? 0;
    if (n < JUDGED_ENTRIES) {
      this.judged.set(nest, n + 1);
      const { region } = nest.traced;
      const verdicts = judge(region, entry.binding, { inspect: true });
      this.dump.at("deps", name, () => verdicts.map(verdictText).join("\n"));
      this.events.emit({ kind: "nest", nest: name, file: region.file, line: region.line, function: region.name.replace(/:\d+$/, ""), loops: verdicts.map(report) });
    }
    return undefined;
  }
}

function report(v: LoopVerdict): LoopReport {
  return {
    line: v.line, class: v.class, why: v.why, stage: v.decidedBy ? `${v.stage}, ${v.decidedBy}` : v.stage,
    ...(v.references && { references: v.references }), ...(v.witness && { witness: v.witness }), ...(v.distance !== undefined && { distance: [v.distance] }),
    ...(v.requires && { requires: v.requires }),
  };
}

function verdictText(v: LoopVerdict): string {
  const needs = v.requires?.length ? `\n  needs ${v.requires.join(", ")}` : "";
  return `${v.id} line ${v.line}: ${v.class} (${v.stage}${v.decidedBy ? `, ${v.decidedBy}` : ""})\n  ${v.why}${needs}`;
}
