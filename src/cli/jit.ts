/** Wires the tracer, the optimiser and the devices to an interpreter, as the options say. Without it the interpreter runs alone. */
import { Dump } from "../base/dump.ts";
import { EventStream } from "../base/events.ts";
import type { Options } from "../base/options.ts";
import { WORD } from "../interpreter/vm/interrupts.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";
import type { Wakes } from "../jit/backends/js/polls.ts";
import { Explanation } from "../profile/explain.ts";
import { Stats } from "../profile/stats.ts";
import { Tracer } from "../tracer/tracer.ts";
import { NestPlanner } from "./planner.ts";
import { v8Optimiser } from "./v8-optimiser.ts";

export interface Jit {
  readonly events: EventStream;
  readonly tracer: Tracer | undefined;
  readonly explanation: Explanation | undefined;
  /** At the end of the program: what was asked for in reports. */
  finish(): void;
}

/** `wakes`: words that make compiled code leave, besides those of the interpreter's own source of signals. */
export function attachJit(vm: Interpreter, options: Options, write: (text: string) => void, explain = false, wakes: Wakes = []): Jit {
  const events = new EventStream();
  const stats = options.stats ? new Stats(events) : undefined;
  const explanation = explain ? new Explanation(events) : undefined;
  const dump = new Dump(options.dump, write);
  const all = vm.interrupts.source ? [{ words: vm.interrupts.words, at: WORD.leave }, ...wakes] : wakes;
  const planner =
    explain || dump.wants("deps") || options.device !== "js" ? new NestPlanner(events, dump, options, explain, all) : undefined;
  const optimiser = v8Optimiser();
  const enabled = options.jit !== "off" && options.device !== "none";
  const tracer = enabled
    ? new Tracer(vm, { options, events, dump, wakes: all, ...(planner && { planner }), ...(optimiser && { optimiser }) })
    : undefined;
  return {
    events,
    tracer,
    explanation,
    finish() {
      if (stats) write(stats.text());
    },
  };
}
