/**
 * The tracer: plugs into the interpreter's hooks, decides when a loop is worth compiling, keeps its variants, and gives up, visibly, where it does not pay.
 *
 * Back-off: every abort doubles the heat that the loop needs before the next attempt; after `max-aborts` it is left alone. A variant whose exits come too
 * often is dropped; after `max-variants` the loop is left alone too. An error inside the JIT itself never reaches the program: the loop is
 * left to the interpreter, and --stats says so.
 */
import type { Dump } from "../base/dump.ts";
import type { EventStream } from "../base/events.ts";
import type { Options } from "../base/options.ts";
import type { Code, LoopInfo } from "../interpreter/compile/code.ts";
import type { Value } from "../interpreter/objects/values.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import { COLD, type Hooks } from "../interpreter/vm/hooks.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";
import type { Backend } from "../jit/backends/backend.ts";
import { type Forced, jsBackend, type Optimiser } from "../jit/backends/js/index.ts";
import type { Region } from "../jit/ir/nest.ts";
import { print } from "../jit/ir/print.ts";
import { Abort } from "./abort.ts";
import { Compiled, type Promoted } from "./compiled.ts";
import type { Entry } from "./entry.ts";
import { rootLeaves, rootPlan } from "./iterators.ts";
import { buildRegion } from "./region/build.ts";
import { evidenceText } from "./region/evidence.ts";

/** What is known of one loop. */
interface LoopState {
  readonly code: Code;
  readonly loop: LoopInfo;
  readonly variants: Compiled[];
  aborts: number;
  built: number;
  fpChecks: Region["fpChecks"];
  dead: boolean;
}

/** Looks at a nest before it runs: verdicts and placement. Supplied by whoever wires the optimiser and the devices. */
export interface Planner {
  /** Called before every run; undefined: it runs on js. */
  plan(nest: Compiled, entry: Entry, name: string): Plan | undefined;
}

/** Another device runs it (and may hand it back), or the loop is left to the interpreter for the sake of the nests inside. */
export type Plan = { readonly run: Promoted; readonly device: string } | { readonly decline: true };

export interface TracerParts {
  readonly options: Options;
  readonly events: EventStream;
  readonly dump: Dump;
  readonly planner?: Planner;
  readonly optimiser?: Optimiser;
}

/** Instructions, those of inner loops included, below which compiling costs more than it saves. */
const WORTH_COMPILING = 15_000;
/** Entries of a copied list that one trip of the root loop has to pay for. */
const COPIES_PER_TRIP = 64;
/** Entries of a copied list that one interpreted trip outweighs, several times over. */
const COPIES_PER_BACK_EDGE = 16;
/** A variant that runs less than this between exits does not pay, in milliseconds. */
const WORTH_RUNNING = 0.05;

/** A loop that will be entered less often is not worth another compilation with the loop around it. */
const MANY_RETURNS = 100;

/** Runs shorter than this make the nest around worth compiling, in milliseconds. */
const SHORT_RUN = 0.3;

export class Tracer implements Hooks {
  readonly threshold: number;
  readonly eager: boolean;
  private readonly vm: Interpreter;
  private readonly parts: TracerParts;
  private readonly backend: Backend;
  private readonly states = new WeakMap<LoopInfo, LoopState>();
  /** What reheating took away from the counters. */
  private readonly offsets = new WeakMap<Code, Float64Array>();

  constructor(vm: Interpreter, parts: TracerParts) {
    this.vm = vm;
    this.parts = parts;
    const { options } = parts;
    this.eager = options.jit === "eager";
    this.threshold = this.eager ? 0 : options["hot-loop"];
    this.backend = jsBackend(forcedBy(options["fail-guard"]), parts.optimiser);
    vm.setHooks(this);
  }

  onBackEdge(frame: Frame, loop: LoopInfo): number {
    const state = this.stateOf(frame.code, loop);
    if (state.dead) return loop.header;
    try {
      return this.enter(frame, state);
    } catch (e) {
      if (!(e instanceof InternalError)) throw e;
      this.giveUp(state, "internal error");
      this.parts.events.emit({ kind: "internal", nest: nameOf(state), message: e.message });
      return loop.header;
    }
  }

  private stateOf(code: Code, loop: LoopInfo): LoopState {
    let s = this.states.get(loop);
    if (!s) {
      s = { code, loop, variants: [], aborts: 0, built: 0, fpChecks: "stores", dead: false };
      this.states.set(loop, s);
      if (!loop.candidate || loop.ast === null) this.giveUp(s, "a construct that no region holds");
    }
    return s;
  }

  private enter(frame: Frame, state: LoopState): number {
    const { loop } = state;
    if (state.dead || this.leftToParent(frame, state)) return loop.header;
    for (const v of state.variants) {
      const entry = internal(() => v.prepare(this.vm, frame));
      if (entry === undefined) continue;
      return this.pays(state, entry) ? this.run(frame, state, v, entry) : this.decline(state, entry);
    }
    if (state.built >= this.parts.options["max-variants"]) {
      this.giveUp(state, "too many variants");
      return loop.header;
    }
    const v = this.compile(frame, state);
    if (v === undefined) return loop.header;
    const entry = internal(() => v.prepare(this.vm, frame));
    if (entry === undefined) {
      this.abort(state, new Abort("bind", "values that do not fit", loop.lineno));
      return loop.header;
    }
    return this.pays(state, entry) ? this.run(frame, state, v, entry) : this.decline(state, entry);
  }

  /** A hot inner loop with little left to do waits for the loop around it, whose nest will hold it. */
  private leftToParent(frame: Frame, state: LoopState): boolean {
    if (this.eager || state.variants.length > 0) return false;
    const { loop, code } = state;
    const parent = loop.parent < 0 ? undefined : code.loops[loop.parent];
    if (!parent?.candidate || this.stateOf(code, parent).dead) return false;
    if (this.workLeft(frame, code, loop) > WORTH_COMPILING) return false;
    this.reheat(code, parent.id, this.threshold);
    this.reheat(code, loop.id, 0);
    return true;
  }

  /** Sets a loop's heat without losing count of its back-edges. */
  private reheat(code: Code, id: number, heat: number): void {
    let offset = this.offsets.get(code);
    if (!offset) this.offsets.set(code, (offset = new Float64Array(code.loops.length)));
    offset[id]! += code.heat![id]! - heat;
    code.heat![id] = heat;
  }

  private backEdges(code: Code, id: number): number {
    const n = code.heat![id]! + (this.offsets.get(code)?.[id] ?? 0);
    return Number.isFinite(n) ? Math.max(0, n) : 0;
  }

  /** Instructions that are left to interpret: the trips of this loop, with as many inner trips each as they had so far. */
  private workLeft(frame: Frame, code: Code, loop: LoopInfo): number {
    const it = loop.kind === "for" ? (frame.stack[loop.iterDepth - 1] as Value) : undefined;
    // a while loop is expected to go on for as long as it has
    let left = this.backEdges(code, loop.id);
    try {
      if (it !== undefined) left = Math.min(...rootLeaves(this.vm, it).map((l) => l.left));
    } catch {
      return 0;
    }
    let inner = 0;
    for (const l of code.loops) if (isInside(code, l, loop)) inner += this.backEdges(code, l.id) * (l.latch - l.header);
    return left * (loop.latch - loop.header + inner / (1 + this.backEdges(code, loop.id)));
  }

  /** Copying lists in and out must not cost more than interpreting. */
  private pays(state: LoopState, entry: Entry): boolean {
    if (this.eager || entry.copied === 0) return true;
    const nested = state.code.loops.some((l) => l.parent === state.loop.id);
    return entry.trips === undefined || entry.copied <= entry.trips * COPIES_PER_TRIP * (nested ? 16 : 1);
  }

  /** Binding costs a copy too: the loop is asked again only after it went on for longer than that. The loop around it may pay. */
  private decline({ code, loop }: LoopState, entry: Entry): number {
    const parent = loop.parent < 0 ? undefined : code.loops[loop.parent];
    if (parent?.candidate && code.heat![parent.id]! >= 0) this.reheat(code, parent.id, this.threshold);
    this.reheat(code, loop.id, this.threshold - entry.copied / COPIES_PER_BACK_EDGE);
    return loop.header;
  }

  private compile(frame: Frame, state: LoopState): Compiled | undefined {
    state.built++;
    const { events, dump } = this.parts;
    const name = nameOf(state);
    try {
      const start = performance.now();
      const traced = internal(() => buildRegion(this.vm, frame, state.loop, state.fpChecks));
      const v = new Compiled(traced, this.backend);
      state.variants.unshift(v);
      dump.at("trace", name, () => evidenceText(traced));
      dump.at("ir", name, () => print(traced.region));
      events.emit({ kind: "compile", nest: name, device: "js", ms: performance.now() - start });
      return v;
    } catch (e) {
      if (!(e instanceof Abort)) throw e;
      this.abort(state, e);
      return undefined;
    }
  }

  /** How often the loops around will come back to this one; many where that is not known. */
  private returns(frame: Frame, { code, loop }: LoopState): number {
    let times = 1;
    for (let p = loop.parent; p >= 0; p = code.loops[p]!.parent) {
      const outer = code.loops[p]!;
      const it = outer.kind === "for" ? (frame.stack[outer.iterDepth - 1] as Value) : undefined;
      if (it === undefined || rootPlan(it) === undefined) return Number.POSITIVE_INFINITY;
      times *= 1 + Math.min(...rootLeaves(this.vm, it).map((l) => l.left));
    }
    return times;
  }

  /** The loop around a compiled one is the better nest: it is tried at its next back-edge. */
  private heatParent(state: LoopState): void {
    const { code, loop } = state;
    if (loop.parent >= 0 && code.heat && code.heat[loop.parent]! >= 0 && code.heat[loop.parent]! < this.threshold)
      this.reheat(code, loop.parent, this.threshold);
  }

  private run(frame: Frame, state: LoopState, v: Compiled, entry: Entry): number {
    const name = nameOf(state);
    const plan = internal(() => this.parts.planner?.plan(v, entry, name));
    if (plan && "decline" in plan) {
      this.giveUp(state, "the loops inside it run elsewhere");
      return state.loop.header;
    }
    const { pc, outcome, ms, device } = internal(() => v.run(this.vm, frame, entry, plan));
    const { events, dump } = this.parts;
    // going in and out costs little beside long runs
    if (this.eager || (ms < SHORT_RUN && v.runs > 1 && this.returns(frame, state) > MANY_RETURNS)) this.heatParent(state);
    if (v.runs === 1) dump.at("js", name, () => v.kernels.source);
    events.emit({ kind: "run", nest: name, device, ms, outcome: outcome.kind === "exit" ? `exit ${outcome.cause}` : "done" });
    if (outcome.kind === "exit") {
      const exit = v.traced.region.exits.find((x) => x.id === outcome.exit)!;
      events.emit({ kind: "exit", nest: name, line: exit.line, reason: exit.reason === "guard" ? outcome.cause : exit.reason });
      this.tooManyExits(state, v, outcome.cause);
    }
    return pc;
  }

  private tooManyExits(state: LoopState, v: Compiled, cause: string): void {
    const { options } = this.parts;
    if (v.exitCount < options["max-exits"] || v.spent / v.runs > WORTH_RUNNING) return;
    v.dead = true;
    state.variants.splice(state.variants.indexOf(v), 1);
    if (cause === "nonfinite" && state.fpChecks === "stores") state.fpChecks = "ops";
    else if (!this.eager || state.built >= options["max-variants"]) this.giveUp(state, "its exits come too often");
  }

  private abort(state: LoopState, why: Abort): void {
    const { events, options } = this.parts;
    state.aborts++;
    events.emit({ kind: "abort", nest: nameOf(state), file: state.code.filename, line: why.line, reason: why.reason, detail: why.detail });
    if (state.aborts >= options["max-aborts"]) this.giveUp(state, why.reason);
    else if (state.code.heat) state.code.heat[state.loop.id] = -(this.threshold * 2 ** state.aborts);
  }

  private giveUp(state: LoopState, reason: string): void {
    state.dead = true;
    if (state.code.heat) state.code.heat[state.loop.id] = COLD;
    this.parts.events.emit({ kind: "giveup", nest: nameOf(state), reason });
  }
}

function isInside(code: Code, l: LoopInfo, outer: LoopInfo): boolean {
  for (let p = l.parent; p >= 0; p = code.loops[p]!.parent) if (p === outer.id) return true;
  return false;
}

const nameOf = (s: LoopState): string => `${s.code.qualname}:${s.loop.lineno}`;

/** A mistake of ours, not of the program. */
class InternalError extends Error {}

function internal<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    if (e instanceof Abort || e instanceof InternalError) throw e;
    const text = e instanceof Error ? (process.env.TSPY_DEBUG ? e.stack : e.message) : String(e);
    throw new InternalError(text ?? "unknown");
  }
}

/** --fail-guard=k: the k-th guard that is passed fails; -1: the first of each exit. */
function forcedBy(k: number): Forced | undefined {
  if (k === 0) return undefined;
  const failed = new Set<number>();
  let left = k;
  return (exit) => {
    if (k < 0) return !failed.has(exit) && failed.add(exit) !== undefined;
    return --left === 0;
  };
}
