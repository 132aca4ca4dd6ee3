/** One compiled variant of a loop: its region, kernels, and what running it showed. */
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import { KernelSet } from "../jit/backends/backend.ts";
import type { Backend } from "../jit/backends/backend.ts";
import type { Binding, Outcome } from "../jit/ir/nest.ts";
import { type Entry, enter, leave } from "./entry.ts";
import type { Traced } from "./region/build.ts";

/** Runs a binding on some other device; undefined: not this time. */
export type Promoted = (binding: Binding) => Outcome | undefined;

export interface Ran {
  readonly pc: number;
  readonly outcome: Outcome;
  readonly ms: number;
  readonly device: string;
}

export class Compiled {
  readonly traced: Traced;
  readonly kernels: KernelSet;
  readonly exits = new Map<string, number>();
  runs = 0;
  /** Milliseconds in kernels. */
  spent = 0;
  dead = false;

  constructor(traced: Traced, backend: Backend) {
    this.traced = traced;
    this.kernels = new KernelSet(backend, traced.region);
  }

  prepare(vm: VM, frame: Frame): Entry | undefined {
    return this.dead ? undefined : enter(vm, frame, this.traced);
  }

  /** Runs the rest of the loop; the pc to go on with, and the outcome. */
  run(vm: VM, frame: Frame, entry: Entry, elsewhere: { readonly run: Promoted; readonly device: string } | undefined): Ran {
    const start = performance.now();
    const there = elsewhere?.run(entry.binding);
    const outcome = there ?? this.kernels.run(entry.binding);
    const ms = performance.now() - start;
    if (there === undefined) {
      this.runs++;
      this.spent += ms;
    }
    if (outcome.kind === "exit") this.exits.set(outcome.exit, (this.exits.get(outcome.exit) ?? 0) + 1);
    return { pc: leave(vm, frame, this.traced, entry, outcome), outcome, ms, device: there ? elsewhere!.device : "js" };
  }

  get exitCount(): number {
    let n = 0;
    for (const k of this.exits.values()) n += k;
    return n;
  }
}
