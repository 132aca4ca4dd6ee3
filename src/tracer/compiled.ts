/** One compiled variant of a loop: its region, kernels, and what running it showed. */
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import type { Backend } from "../jit/backends/backend.ts";
import { KernelSet } from "../jit/backends/backend.ts";
import type { Binding, Outcome } from "../jit/ir/nest.ts";
import { walkStmts } from "../jit/ir/visit.ts";
import { type Entry, enter, leave } from "./entry.ts";
import { pieces } from "./pieces.ts";
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
  /** Of the last run, on js. */
  lastMs = 0;
  dead = false;
  private readonly expect: (milliseconds: number) => void;

  /** `expect` is told for how many milliseconds a kernel is about to run. */
  constructor(traced: Traced, backend: Backend, expect: (milliseconds: number) => void) {
    this.traced = traced;
    this.expect = expect;
    this.kernels = new KernelSet(backend, traced.region);
  }

  prepare(vm: VM, frame: Frame): Entry | undefined {
    return this.dead ? undefined : enter(vm, frame, this.traced);
  }

  /** Runs the rest of the loop; the pc to go on with, and the outcome. */
  run(vm: VM, frame: Frame, entry: Entry, elsewhere: { readonly run: Promoted; readonly device: string } | undefined): Ran {
    const start = performance.now();
    const there = elsewhere?.run(entry.binding);
    const outcome = there ?? this.onJs(entry);
    const ms = performance.now() - start;
    if (there === undefined) {
      this.runs++;
      this.spent += ms;
      this.lastMs = ms;
    }
    if (outcome.kind === "exit" && outcome.cause !== "asked") this.exits.set(outcome.exit, (this.exits.get(outcome.exit) ?? 0) + 1);
    return { pc: leave(vm, frame, this.traced, entry, outcome), outcome, ms, device: there ? elsewhere!.device : "js" };
  }

  private onJs(entry: Entry): Outcome {
    const kernel = this.kernels.kernelFor(entry.binding);
    const parts = kernel.cold ? pieces(this.traced, entry) : undefined;
    if (parts === undefined) {
      this.expect(this.runs > 0 ? this.lastMs : this.isNested() ? UNKNOWN : 0);
      return this.kernels.run(entry.binding);
    }
    const start = performance.now();
    let vars: Readonly<Record<string, number>> = {};
    for (const piece of parts) {
      const outcome = this.kernels.run(piece.binding(vars));
      vars = { ...vars, ...defined(outcome.vars) };
      if (outcome.kind === "exit" || piece === parts.at(-1)) return { ...piece.whole(outcome), vars };
      kernel.optimise();
      if (piece.done > 0) this.expect(((performance.now() - start) / piece.done) * ((1 - piece.done) / SAMPLE_SLOWNESS));
    }
    throw new Error("a run without pieces");
  }

  /** Loops in a loop, or one whose trips nobody knows. */
  private isNested(): boolean {
    let loops = 0;
    walkStmts(this.traced.region.body, (s) => {
      if (s.kind === "for") loops++;
      else if (s.kind === "while") loops += 2;
    });
    return loops > 1;
  }

  get exitCount(): number {
    let n = 0;
    for (const k of this.exits.values()) n += k;
    return n;
  }
}

/** Milliseconds that a first run is taken to last. */
const UNKNOWN = 1000;
/** How many times slower than what follows a sample is, about. */
const SAMPLE_SLOWNESS = 20;

function defined(vars: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(vars).filter((e): e is [string, number] => e[1] !== undefined));
}
