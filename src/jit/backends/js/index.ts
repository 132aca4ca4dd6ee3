/** The js backend: a region becomes one JavaScript function over typed arrays (emit.ts), specialised to the facts of a binding (inputs.ts). */
import { libm } from "../../../base/libm.ts";
import type { Binding, LoopState, NumericArray, Outcome, Region } from "../../ir/nest.ts";
import type { OpName, ScalarType } from "../../ir/ops.ts";
import { floatFloorDiv, floatMod, Leave, rint, SEMANTICS } from "../../ir/scalar.ts";
import type { Backend, Kernel } from "../backend.ts";
import { type Wakes, wakeName } from "./polls.ts";
import { CAUSE_NAMES, emit, stateSize } from "./emit.ts";

type KernelFunction = (I: Float64Array, ...rest: NumericArray[]) => number;

/** Asked with an exit's number whenever a guard passes; true makes it fail. */
export type Forced = (exit: number) => boolean;

/** An op by the reference semantics; undefined where it cannot go on. */
function scalar(op: Exclude<OpName, "select" | "land" | "lor">, type: ScalarType, a: number, b: number): number | undefined {
  try {
    return (SEMANTICS[op] as (t: ScalarType, a: number, b: number) => number)(type, a, b);
  } catch (e) {
    if (e instanceof Leave) return undefined;
    throw e;
  }
}

/** Unbounded integer modulo an int, with the sign of the divisor. */
function bigmod(a: bigint, m: number): number {
  const big = BigInt(m);
  const r = a % big;
  return Number(r !== 0n && r < 0n !== big < 0n ? r + big : r);
}

const HELPERS = { libm, rint, floatMod, floatFloorDiv, scalar, bigmod } as const;

/** The engine's optimising compiler on demand. */
export interface Optimiser {
  prepare(f: unknown): void;
  optimise(f: unknown): void;
}

class JsKernel implements Kernel {
  cold: boolean;
  private readonly optimiser: Optimiser | undefined;
  readonly source: string;
  readonly assumptions: readonly string[];
  private readonly region: Region;
  private readonly emitted: ReturnType<typeof emit>;
  private readonly test: (b: Binding) => boolean;
  private readonly f: KernelFunction;
  private readonly state: Float64Array;
  private ready: Binding | undefined;

  constructor(region: Region, binding: Binding | undefined, { forced, optimiser, wakes = [] }: JsBackendParts) {
    this.optimiser = optimiser;
    this.cold = optimiser !== undefined;
    this.region = region;
    this.emitted = emit(region, binding, forced !== undefined, wakes);
    this.source = this.emitted.source;
    this.assumptions = this.emitted.inputs.assumptions;
    this.test = this.emitted.inputs.predicate();
    const names = [...Object.keys(HELPERS), "forced", ...wakes.map((_, k) => wakeName(k))];
    const values = [...Object.values(HELPERS), forced, ...wakes.map((w) => w.words)];
    this.f = new Function(...names, `"use strict"; return ${this.source};`)(...values) as KernelFunction;
    this.state = new Float64Array(stateSize(region, this.emitted.loops));
    optimiser?.prepare(this.f);
  }

  optimise(): void {
    this.optimiser?.optimise(this.f);
  }

  accepts(binding: Binding): boolean {
    if (!this.test(binding)) return false;
    this.ready = binding;
    return true;
  }

  run(binding: Binding): Outcome {
    if (this.ready !== binding) this.emitted.inputs.marshal(binding);
    this.ready = undefined;
    this.cold = false;
    const arrays = this.region.arrays.map((a) => binding.arrays[a.name]!.data);
    const code = this.f(this.emitted.inputs.vector, ...arrays, this.state);
    return code === -1 ? { kind: "done", vars: this.vars(() => true) } : this.left(code);
  }

  private vars(wanted: (name: string) => boolean): Record<string, number | undefined> {
    const out: Record<string, number | undefined> = {};
    this.region.vars.forEach((v, k) => {
      if (wanted(v.name)) out[v.name] = this.state[2 * k + 1] ? this.state[2 * k]! : undefined;
    });
    return out;
  }

  private left(code: number): Outcome {
    const exit = this.region.exits[Math.floor(code / 16)]!;
    const live = new Set(exit.live);
    const loops: Record<string, LoopState> = {};
    const around = new Set(this.emitted.around.get(exit.id));
    this.emitted.loops.forEach((l, k) => {
      if (!around.has(l.id)) return;
      const at = this.region.vars.length * 2 + k * 3;
      loops[l.id] = { iv: this.state[at]!, hi: this.state[at + 1]!, step: this.state[at + 2]! };
    });
    return { kind: "exit", exit: exit.id, cause: CAUSE_NAMES[code % 16]!, vars: this.vars((n) => live.has(n)), loops };
  }
}

export interface JsBackendParts {
  /** Makes guards fail on purpose. */
  readonly forced?: Forced | undefined;
  readonly optimiser?: Optimiser | undefined;
  /** What makes kernels leave. */
  readonly wakes?: Wakes;
}

export function jsBackend(parts: JsBackendParts = {}): Backend {
  return { name: "js", compile: (region, binding) => new JsKernel(region, binding, parts) };
}
