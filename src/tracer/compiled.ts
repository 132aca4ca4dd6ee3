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

  private onJs(entry: Entry): Outcome {
    const kernel = this.kernels.kernelFor(entry.binding);
    const parts = kernel.cold ? sampled(this.traced, entry) : undefined;
    if (parts === undefined || !kernel.accepts(parts.sample)) return this.kernels.run(entry.binding);
    const first = kernel.run(parts.sample);
    if (first.kind === "exit") return first;
    const rest = parts.rest(first.vars);
    kernel.optimise();
    const second = parts.shifted(this.kernels.run(rest));
    return { ...second, vars: { ...defined(first.vars), ...defined(second.vars) } };
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

interface Parts {
  readonly sample: Binding;
  rest(vars: Readonly<Record<string, number | undefined>>): Binding;
  /** The outcome of the others as if it were that of all. */
  shifted(outcome: Outcome): Outcome;
}

/** A binding for the first trips, and one for the others; undefined for loops that cannot be cut or are too short. */
function sampled(t: Traced, entry: Entry): Parts | undefined {
  const { root } = t;
  if (!root || entry.trips === undefined) return undefined;
  const nested = t.region.body.some((s) => s.kind === "for" && s.body.some((x) => x.kind !== "set" && x.kind !== "store"));
  const n = nested ? SAMPLE_NESTED : callsLibrary(t.region) ? SAMPLE_MATH : SAMPLE_FLAT;
  if (entry.trips < n * 4) return undefined;
  const { params } = entry.binding;
  const isRange = root.plan.kind === "range";
  const step = root.plan.kind === "range" ? root.plan.step : 1;
  const moved: Record<string, number> = {};
  root.starts.forEach((name, k) => {
    if (name !== undefined) moved[name] = params[name]! + n * (root.steps[k] ?? 1);
  });
  const cut = isRange ? params[root.starts[0]!]! + n * step : n;
  return {
    sample: { ...entry.binding, params: { ...params, [root.end]: cut } },
    rest: (vars) => ({
      ...entry.binding,
      params: { ...params, ...moved, ...(isRange ? {} : { [root.end]: entry.trips! - n }) },
      vars: { ...entry.binding.vars, ...vars },
    }),
    shifted: (o) => {
      const state = o.kind === "exit" && !isRange ? o.loops[t.rootLoop] : undefined;
      return o.kind === "exit" && state ? { ...o, loops: { ...o.loops, [t.rootLoop]: { ...state, iv: state.iv + n } } } : o;
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
