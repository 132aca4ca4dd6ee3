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
import type { Wakes } from "../jit/backends/js/polls.ts";
import type { Region } from "../jit/ir/nest.ts";
import { print } from "../jit/ir/print.ts";
import { Abort } from "./abort.ts";
import { Compiled, type Promoted } from "./compiled.ts";
import type { Entry } from "./entry.ts";
import { Heat } from "./heat.ts";
import { rootPlan } from "./iterators.ts";
import { intoNest } from "./osr.ts";
import { buildRegion, type Traced } from "./region/build.ts";
import { evidenceText } from "./region/evidence.ts";

/** What is known of one loop. */
interface LoopState {
  readonly code: Code;
  readonly loop: LoopInfo;
  readonly variants: Compiled[];
  /** Of the loop around, entered in the middle of a trip; a text: why there is none. */
  midway: Compiled | string | undefined;
  /** A loop inside goes on in this one. */
  isEntered: boolean;
  aborts: number;
  built: number;
  fpChecks: Region["fpChecks"];
  dead: boolean;
}

/** Looks at a nest before it runs: verdicts and placement. Supplied by whoever wires the optimiser and the devices. */
export interface Planner {
  /** Called before every run; undefined: it runs on js. */
  plan(nest: Compiled, entry: Entry, name: string): Plan | undefined;
  /** Nests are wanted from their first trip on, for reports or for a device. */
  readonly wholeNests: boolean;
}

/** Another device runs it (and may hand it back), or the loop is left to the interpreter for the sake of the nests inside. */
export type Plan = { readonly run: Promoted; readonly device: string } | { readonly decline: true };

export interface TracerParts {
  readonly options: Options;
  readonly events: EventStream;
  readonly dump: Dump;
  readonly planner?: Planner;
  readonly optimiser?: Optimiser;
  /** What makes kernels leave between two trips; the interpreter's safe points deal with it. */
  readonly wakes?: Wakes;
}

/** Units of bytecode, those of inner loops included, below which compiling costs more than it saves. */
const WORTH_COMPILING = 15_000;
/** The same once the compiler is warm. */
const WORTH_COMPILING_AGAIN = 7000;
/** A loop that has done so much will do as much again. */
const PAST_COMPILING = 60_000;
/** Work of a trip that may run twice before the engine has optimised anything. */
const WORTH_SAMPLING = 250_000;
/** Work that is interpreted for the sake of a better place to go on at. */
const WORTH_WAITING = 8000;
/** Entries of a copied list that one trip of the root loop has to pay for. */
const COPIES_PER_TRIP = 64;
/** Entries of a copied list that one interpreted trip outweighs, several times over. */
const COPIES_PER_BACK_EDGE = 16;
/** A variant that runs less than this between exits does not pay, in milliseconds. */
const WORTH_RUNNING = 0.05;

/** A loop that is entered less often is not worth another compilation with the loop around it. */
const MANY_RETURNS = 500;

/** Runs shorter than this make the nest around worth compiling, in milliseconds. */
const SHORT_RUN = 0.3;

export class Tracer implements Hooks {
  readonly threshold: number;
  readonly eager: boolean;
  private readonly vm: Interpreter;
  private readonly parts: TracerParts;
  private readonly backend: Backend;
  private readonly states = new WeakMap<LoopInfo, LoopState>();
  private readonly heat: Heat;
  private compiled = false;

  constructor(vm: Interpreter, parts: TracerParts) {
    this.vm = vm;
    this.heat = new Heat(vm);
    this.parts = parts;
    const { options } = parts;
    this.eager = options.jit === "eager";
    this.threshold = this.eager ? 0 : options["hot-loop"];
    this.backend = jsBackend({
      forced: forcedBy(options["fail-guard"]),
      optimiser: parts.optimiser,
      ...(parts.wakes && { wakes: parts.wakes }),
    });
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

  /** Work that makes up for a compilation; the first is by far the slowest. */
  private get worth(): number {
    return this.compiled ? WORTH_COMPILING_AGAIN : WORTH_COMPILING;
  }

  private stateOf(code: Code, loop: LoopInfo): LoopState {
    let s = this.states.get(loop);
    if (!s) {
      s = { code, loop, variants: [], midway: undefined, isEntered: false, aborts: 0, built: 0, fpChecks: "stores", dead: false };
      this.states.set(loop, s);
      if (!loop.candidate || loop.ast === null) this.giveUp(s, "a construct that no region holds");
    }
    return s;
  }

  private enter(frame: Frame, state: LoopState): number {
    const { loop } = state;
    if (state.dead) return loop.header;
    const around = this.enterAround(frame, state);
    if (around !== undefined) return around;
    if (this.waits(frame, state)) return loop.header;
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

  /**
   * Goes on in the nest around the loop, in the middle of a trip of it; undefined where that cannot be or does not pay. The loop to go on in is the outermost whose trips are
   * short enough to sample; when another trip has to begin for that, and will soon, it is waited for.
   */
  private enterAround(frame: Frame, state: LoopState): number | undefined {
    const { code, loop } = state;
    if (state.variants.length > 0 || this.parts.planner?.wholeNests) return undefined;
    const inner = this.eager ? loop : this.outermost(frame, code, loop);
    if (inner === undefined) return undefined;
    if (inner !== loop) {
      this.heat.set(code, inner.id, this.threshold);
      this.heat.set(code, loop.id, 0);
      return loop.header;
    }
    const outer = this.around(code, loop);
    if (outer === undefined) return undefined;
    const v = (state.midway ??= this.compileAround(frame, outer, loop));
    if (typeof v === "string") return undefined;
    const entry = internal(() => v.prepare(this.vm, frame));
    if (entry === undefined && v.runs === 0) state.midway = "its iterators are not what they seem";
    return entry !== undefined && this.pays(outer, entry) ? this.run(frame, outer, v, entry) : undefined;
  }

  /** The loop directly inside the nest to go on in. */
  private outermost(frame: Frame, code: Code, hot: LoopInfo): LoopInfo | undefined {
    let found: LoopInfo | undefined;
    let wait = 0;
    for (let l: LoopInfo | undefined = hot; l !== undefined && wait < WORTH_WAITING; ) {
      const outer: LoopState | undefined = this.around(code, l);
      if (outer === undefined || typeof this.stateOf(code, l).midway === "string" || !this.canSample(frame, code, l, outer.loop)) break;
      if (this.heat.left(frame, code, outer.loop) > this.worth) found = l;
      wait += this.heat.left(frame, code, l);
      l = outer.loop;
    }
    return found;
  }

  /** Whether a first piece of the nest is short enough: a trip of it, or, where nothing comes before the inner loop, some trips of that. */
  private canSample(frame: Frame, code: Code, inner: LoopInfo, outer: LoopInfo): boolean {
    if (this.heat.ofRun(frame, code, inner) <= WORTH_SAMPLING) return true;
    const first = outer.ast?.body[0];
    return (
      first?.node === "For" && first.lineno === inner.lineno && inner.kind === "for" && this.heat.ofTrip(code, inner) <= WORTH_SAMPLING
    );
  }

  private around(code: Code, loop: LoopInfo): LoopState | undefined {
    const parent = loop.parent < 0 ? undefined : code.loops[loop.parent];
    if (parent === undefined || !parent.candidate || parent.kind !== "for") return undefined;
    const outer = this.stateOf(code, parent);
    return outer.dead ? undefined : outer;
  }

  private compileAround(frame: Frame, outer: LoopState, inner: LoopInfo): Compiled | string {
    if (rootPlan(frame.stack[outer.loop.iterDepth - 1] as Value)?.kind !== "range") return "the loop around is no range";
    const start = performance.now();
    const traced = this.trace(frame, outer);
    if (traced === undefined) return "the loop around cannot be compiled";
    const midway = internal(() => intoNest(traced, inner));
    if (typeof midway !== "string") {
      outer.isEntered = true;
      return this.variant(outer, midway, start);
    }
    // the region is good for the usual way in
    this.variant(outer, traced, start);
    return midway;
  }

  /** A loop with little left to do waits: an inner one for the loop around it, whose nest will hold it, another until it was run more often. */
  private waits(frame: Frame, state: LoopState): boolean {
    if (this.eager || state.variants.length > 0) return false;
    const { loop, code } = state;
    if (this.isServed(frame, state)) {
      this.heat.set(code, loop.id, 0);
      return true;
    }
    if (this.heat.left(frame, code, loop) > this.worth) return false;
    const parent = loop.parent < 0 ? undefined : code.loops[loop.parent];
    if (parent?.candidate && !this.stateOf(code, parent).dead) this.heat.set(code, parent.id, this.threshold);
    else if (this.heat.done(code, loop) > PAST_COMPILING) return false;
    this.heat.set(code, loop.id, 0);
    return true;
  }

  /** The loops inside run compiled, and going in and out of them for the trips there are costs less than another compilation. */
  private isServed(frame: Frame, { code, loop }: LoopState): boolean {
    const inner = code.loops.some((l) => {
      const s = l.parent === loop.id ? this.states.get(l) : undefined;
      return s !== undefined && !s.dead && (s.isEntered || s.variants.length > 0);
    });
    return inner && this.heat.backEdges(code, loop.id) + this.heat.tripsLeft(frame, code, loop) < MANY_RETURNS;
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
    if (parent?.candidate && code.heat![parent.id]! >= 0) this.heat.set(code, parent.id, this.threshold);
    this.heat.set(code, loop.id, this.threshold - entry.copied / COPIES_PER_BACK_EDGE);
    return loop.header;
  }

  private compile(frame: Frame, state: LoopState): Compiled | undefined {
    const start = performance.now();
    const traced = this.trace(frame, state);
    return traced && this.variant(state, traced, start);
  }

  private variant(state: LoopState, traced: Traced, start: number): Compiled {
    this.compiled = true;
    const v = new Compiled(traced, this.backend, (ms) => this.vm.interrupts.expect(ms));
    if (!traced.midway) state.variants.unshift(v);
    const { events, dump } = this.parts;
    const name = nameOf(state);
    dump.at("trace", name, () => evidenceText(traced));
    dump.at("ir", name, () => print(traced.region));
    events.emit({ kind: "compile", nest: name, device: "js", ms: performance.now() - start });
    return v;
  }

  private trace(frame: Frame, state: LoopState): Traced | undefined {
    state.built++;
    try {
      return internal(() => buildRegion(this.vm, frame, state.loop, state.fpChecks));
    } catch (e) {
      if (!(e instanceof Abort)) throw e;
      this.abort(state, e);
      return undefined;
    }
  }

  /** The loop around a compiled one is the better nest: it is tried at its next back-edge. */
  private heatParent(state: LoopState): void {
    const { code, loop } = state;
    if (loop.parent >= 0 && code.heat && code.heat[loop.parent]! >= 0 && code.heat[loop.parent]! < this.threshold)
      this.heat.set(code, loop.parent, this.threshold);
  }

  private run(frame: Frame, state: LoopState, v: Compiled, entry: Entry): number {
    const name = nameOf(state);
    const plan = v.traced.midway ? undefined : internal(() => this.parts.planner?.plan(v, entry, name));
    if (plan && "decline" in plan) {
      this.giveUp(state, "the loops inside it run elsewhere");
      return state.loop.header;
    }
    const { pc, outcome, ms, device } = internal(() => v.run(this.vm, frame, entry, plan));
    const { events, dump } = this.parts;
    // going in and out costs little beside long runs
    if (this.eager || (ms < SHORT_RUN && v.runs > 1 && v.runs + this.heat.returns(frame, state.code, state.loop) > MANY_RETURNS))
      this.heatParent(state);
    if (v.runs === 1) dump.at("js", name, () => v.kernels.source);
    events.emit({ kind: "run", nest: name, device, ms, outcome: outcome.kind === "exit" ? `exit ${outcome.cause}` : "done" });
    if (outcome.kind === "exit" && outcome.cause !== "asked") {
      const exit = v.traced.region.exits.find((x) => x.id === outcome.exit)!;
      events.emit({ kind: "exit", nest: name, line: exit.line, reason: exit.reason === "guard" ? outcome.cause : exit.reason });
      this.tooManyExits(state, v, outcome.cause);
    }
    // a nest is entered without a back-edge, too
    if (outcome.kind === "exit" && outcome.cause === "asked") this.vm.safePoint();
    return pc;
  }

  private tooManyExits(state: LoopState, v: Compiled, cause: string): void {
    const { options } = this.parts;
    if (v.exitCount < options["max-exits"] || v.spent / v.runs > WORTH_RUNNING) return;
    v.dead = true;
    const at = state.variants.indexOf(v);
    if (at >= 0) state.variants.splice(at, 1);
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
