/** One compiled variant of a loop: its region, kernels, and what running it showed. */
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import type { Backend } from "../jit/backends/backend.ts";
import { KernelSet } from "../jit/backends/backend.ts";
import type { Binding, Outcome, Region } from "../jit/ir/nest.ts";
import { OPS } from "../jit/ir/ops.ts";
import { walkExprs } from "../jit/ir/visit.ts";
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
  /** Of the last run, on js. */
  lastMs = 0;
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
    const outcome = there ?? this.onJs(entry);
    const ms = performance.now() - start;
    if (there === undefined) {
      this.runs++;
      this.spent += ms;
      this.lastMs = ms;
    }
    if (outcome.kind === "exit") this.exits.set(outcome.exit, (this.exits.get(outcome.exit) ?? 0) + 1);
    return { pc: leave(vm, frame, this.traced, entry, outcome), outcome, ms, device: there ? elsewhere!.device : "js" };
  }

  /**
   * A kernel that has not run yet gets its first trips in growing pieces, and is optimised after each: the second one shows what the first did not, so that a
   * branch that is first taken later does not throw the optimised code away for good.
   */
  private onJs(entry: Entry): Outcome {
    const kernel = this.kernels.kernelFor(entry.binding);
    const cut = kernel.cold ? cutter(this.traced, entry) : undefined;
    if (cut === undefined) return this.kernels.run(entry.binding);
    let vars: Readonly<Record<string, number>> = {};
    for (let from = 0, size = cut.first; ; from += size, size *= PIECE_GROWTH) {
      const last = from + size * PIECE_GROWTH > cut.trips || from > cut.first;
      const outcome = this.kernels.run(cut.binding(from, last ? cut.trips : from + size, vars));
      vars = { ...vars, ...defined(outcome.vars) };
      if (outcome.kind === "exit" || last) return { ...cut.whole(outcome, from), vars };
      kernel.optimise();
    }
  }

  get exitCount(): number {
    let n = 0;
    for (const k of this.exits.values()) n += k;
    return n;
  }
}

/** Trips of the root loop that show the engine what a kernel does. */
const SAMPLE_NESTED = 2;
const SAMPLE_FLAT = 200;
/** Library functions want types of their own before they are worth inlining. */
const SAMPLE_MATH = 2000;

/** Each piece is so many times as long as the one before. */
const PIECE_GROWTH = 8;

interface Cutter {
  readonly trips: number;
  /** Trips of the first piece. */
  readonly first: number;
  /** The trips [from, to), with variables as the trips before have left them. */
  binding(from: number, to: number, vars: Readonly<Record<string, number>>): Binding;
  /** The outcome of a piece that started at a trip, as one of all. */
  whole(outcome: Outcome, from: number): Outcome;
}

/** Cuts the root loop into pieces; undefined for loops that cannot be cut or are too short. */
function cutter(t: Traced, entry: Entry): Cutter | undefined {
  const { root } = t;
  const { trips, binding } = entry;
  if (!root || trips === undefined) return undefined;
  const nested = t.region.body.some((s) => s.kind === "for" && s.body.some((x) => x.kind !== "set" && x.kind !== "store"));
  const first = nested ? SAMPLE_NESTED : callsLibrary(t.region) ? SAMPLE_MATH : SAMPLE_FLAT;
  if (trips < first * 4) return undefined;
  const range = root.plan.kind === "range" ? root.plan : undefined;
  return {
    trips,
    first,
    binding(from, to, vars) {
      const params: Record<string, number> = { ...binding.params };
      root.starts.forEach((name, k) => {
        if (name !== undefined) params[name]! += from * root.steps[k]!;
      });
      params[root.end] = range ? binding.params[root.starts[0]!]! + to * range.step : to - from;
      return { ...binding, params, vars: { ...binding.vars, ...vars } };
    },
    whole(o, from) {
      const state = o.kind === "exit" && !range ? o.loops[t.rootLoop] : undefined;
      return o.kind === "exit" && state ? { ...o, loops: { ...o.loops, [t.rootLoop]: { ...state, iv: state.iv + from } } } : o;
    },
  };
}

function callsLibrary(r: Region): boolean {
  let found = false;
  walkExprs(r.body, (e) => {
    if (e.kind === "op" && OPS[e.op].cost === "math") found = true;
  });
  return found;
}

function defined(vars: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(vars).filter((e): e is [string, number] => e[1] !== undefined));
}
