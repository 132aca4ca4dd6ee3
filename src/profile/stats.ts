/** What the JIT did, as `--stats` prints it: one block a nest, from the event stream. */
import type { Event, EventStream } from "../base/events.ts";

interface NestStats {
  compiles: number;
  compileMs: number;
  readonly runs: Map<string, { count: number; ms: number }>;
  readonly exits: Map<string, number>;
  readonly notes: string[];
}

export class Stats {
  private readonly nests = new Map<string, NestStats>();

  constructor(events: EventStream) {
    events.listen((e) => this.take(e));
  }

  private of(name: string): NestStats {
    let s = this.nests.get(name);
    if (!s) this.nests.set(name, (s = { compiles: 0, compileMs: 0, runs: new Map(), exits: new Map(), notes: [] }));
    return s;
  }

  private take(e: Event): void {
    const s = this.of(e.nest);
    switch (e.kind) {
      case "compile":
        s.compiles++;
        s.compileMs += e.ms;
        return;
      case "run": {
        const r = s.runs.get(e.device) ?? { count: 0, ms: 0 };
        r.count++;
        r.ms += e.ms;
        s.runs.set(e.device, r);
        return;
      }
      case "exit":
        count(s.exits, `line ${e.line}: ${e.reason}`);
        return;
      case "abort":
        s.notes.push(`not recorded: ${e.reason} (${e.detail}), line ${e.line}`);
        return;
      case "giveup":
        s.notes.push(`left to the interpreter: ${e.reason}`);
        return;
      case "internal":
        s.notes.push(`internal error, left to the interpreter: ${e.message}`);
        return;
      case "plan":
        s.notes.push(`${e.device}: ${e.why}`);
        return;
      case "nest":
        return;
    }
  }

  text(): string {
    const out: string[] = ["tspy: what the JIT did"];
    for (const [name, s] of this.nests) {
      out.push(`  ${name}${s.compiles > 0 ? `  compiled ${s.compiles}x in ${s.compileMs.toFixed(1)} ms` : ""}`);
      for (const [device, r] of s.runs) out.push(`    ${device}: ${r.count} runs, ${r.ms.toFixed(2)} ms`);
      for (const [exit, n] of s.exits) out.push(`    exit ${n}x at ${exit}`);
      for (const n of new Set(s.notes)) out.push(`    ${n}`);
    }
    if (out.length === 1) out.push("  no loop got hot");
    return `${out.join("\n")}\n`;
  }
}

function count(m: Map<string, number>, key: string): void {
  m.set(key, (m.get(key) ?? 0) + 1);
}
