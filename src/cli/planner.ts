/**
 * What is asked of every entry into a nest before it runs: verdicts for reports, and the device that it goes to.
 *
 * On `--device=webgpu` (and gpujs) every nest that is legal and exact there goes there; what is sequential outside and parallel inside is left to the interpreter outside, so that
 * the inner nests can. On `auto` a nest must have shown on js that it takes long, and then has to be faster on the device when it is tried.
 */
import type { Dump } from "../base/dump.ts";
import type { EventStream, LoopReport } from "../base/events.ts";
import type { Options } from "../base/options.ts";
import { createGpuJsBackend, type GpuJsBackend } from "../gpu/gpujs.ts";
import { loadGpuJs } from "../gpu/gpujs-node.ts";
import { isFailure } from "../gpu/host.ts";
import { openGpu } from "../gpu/node.ts";
import { sequence } from "../gpu/sequence.ts";
import { type Abort, createWebGpuBackend, type GpuKernel, type WebGpuBackend } from "../gpu/webgpu.ts";
import type { Backend } from "../jit/backends/backend.ts";
import { jsBackend } from "../jit/backends/js/index.ts";
import type { Wakes } from "../jit/backends/js/polls.ts";
import { Choice } from "../jit/cost/choose.ts";
import { predict } from "../jit/cost/model.ts";
import { judge, type LoopVerdict } from "../jit/dependence/verdict.ts";
import type { Binding, Outcome, Region } from "../jit/ir/nest.ts";
import { isFree, marked, transform, widened } from "../jit/transform/pipeline.ts";
import { isReason } from "../jit/transform/stage.ts";
import type { Compiled } from "../tracer/compiled.ts";
import type { Entry } from "../tracer/entry.ts";
import type { Plan, Planner } from "../tracer/tracer.ts";

/** Entries of one variant that are judged for reports; later ones are taken to be like them. */
const JUDGED_ENTRIES = 24;
/** Runs on js that take at least so long are worth a prediction, in milliseconds. */
const WORTH_COUNTING = 20;

/** A forced failure is one before the launch: nothing has happened yet. */
const FORCED: Abort = { kind: "abort", cause: "a guard was made to fail" };

/** A nest whose transforms came to nothing so often is not tried again for other values. */
const MOST_REFUSALS = 12;

/** A kernel on the device, or why there is none; and what was done to the region for it. */
interface Placement {
  readonly kernel?: GpuKernel;
  readonly why: string;
  readonly transforms: readonly string[];
}

interface NestState {
  judged: number;
  /** Placements by what the verdicts depend on. */
  readonly placements: Map<string, Placement>;
  refusals: number;
  readonly choice: Choice;
  /** Of the run before, on js, in milliseconds. */
  predicted: number | undefined;
}

export class NestPlanner implements Planner {
  private readonly events: EventStream;
  private readonly dump: Dump;
  private readonly options: Options;
  private readonly explain: boolean;
  private readonly wanted: () => boolean;
  private readonly states = new WeakMap<Compiled, NestState>();
  private device: WebGpuBackend | GpuJsBackend | string | undefined;
  /** Runs what stays in order between launches. */
  private readonly host: Backend;

  /** `wakes`: words that end the wait for a device, and work of the host between launches. */
  constructor(events: EventStream, dump: Dump, options: Options, explain: boolean, wakes: Wakes) {
    this.events = events;
    this.dump = dump;
    this.options = options;
    this.explain = explain;
    this.wanted = () => wakes.some((w) => Atomics.load(w.words, w.at) !== 0);
    this.host = jsBackend({ wakes });
  }

  get wholeNests(): boolean {
    const { device } = this.options;
    return this.explain || this.dump.wants("deps") || !(device === "auto" || device === "js" || device === "wasm");
  }

  plan(nest: Compiled, entry: Entry, name: string): Plan | undefined {
    let state = this.states.get(nest);
    if (!state)
      this.states.set(nest, (state = { judged: 0, placements: new Map(), refusals: 0, choice: new Choice(), predicted: undefined }));
    if ((this.explain || this.dump.wants("deps")) && state.judged < JUDGED_ENTRIES) this.report(nest, entry, name, state);
    const { device } = this.options;
    if (device === "js" || device === "wasm") return undefined;
    if (device === "auto" && !this.wins(nest, entry, name, state)) return undefined;
    return this.onDevice(nest, entry, name, state);
  }

  /** Whether the device is expected to be faster. Nests that have only had short runs are not even counted. */
  private wins(nest: Compiled, entry: Entry, name: string, state: NestState): boolean {
    if (!this.explain && nest.lastMs < WORTH_COUNTING) return false;
    if (nest.lastMs > 0 && state.predicted !== undefined) state.choice.record("js", nest.lastMs, state.predicted);
    const p = predict(nest.traced.region, entry.binding);
    state.predicted = p.js;
    const { place, ms, why } = state.choice.next(p);
    if (this.explain)
      this.events.emit({ kind: "plan", nest: name, device: place === "js" ? "js" : "webgpu", transforms: [], predictedMs: ms, why });
    return place === "device";
  }

  private report(nest: Compiled, entry: Entry, name: string, state: NestState): void {
    state.judged++;
    const { region } = nest.traced;
    const verdicts = judge(region, entry.binding, { inspect: true });
    this.dump.at("deps", name, () => verdicts.map(verdictText).join("\n"));
    this.events.emit({
      kind: "nest",
      nest: name,
      file: region.file,
      line: region.line,
      function: region.name.replace(/:\d+$/, ""),
      loops: verdicts.map(report),
    });
  }

  private onDevice(nest: Compiled, entry: Entry, name: string, state: NestState): Plan | undefined {
    const { region } = nest.traced;
    const key = JSON.stringify(signature(entry.binding));
    let placed = state.placements.get(key);
    if (placed === undefined) {
      const verdicts = judge(region, entry.binding, { transaction: true });
      placed = this.place(region, entry.binding, verdicts, state);
      state.placements.set(key, placed);
      this.announce(name, placed);
      const inside = verdicts.slice(1).some((v) => v.class === "parallel");
      if (!placed.kernel && this.options.device !== "auto" && verdicts[0]?.class !== "parallel" && inside) return { decline: true };
    }
    const { kernel } = placed;
    if (!kernel) return undefined;
    return {
      run: (binding): Outcome | undefined => {
        const start = performance.now();
        const outcome = this.options["fail-guard"] === 0 ? kernel.run(binding) : FORCED;
        if (outcome.kind === "done") {
          state.choice.record("device", performance.now() - start, predict(region, binding).device);
          return outcome;
        }
        if (outcome.kind === "abort" && this.wanted()) return undefined;
        const gone: Placement = { why: `handed back: ${outcome.cause}`, transforms: [] };
        state.placements.set(key, gone);
        this.announce(name, gone);
        return undefined;
      },
      device: this.deviceName,
    };
  }

  private place(region: Region, binding: Binding, verdicts: readonly LoopVerdict[], state: NestState): Placement {
    const [root] = verdicts;
    if (root && !isFree(region, root)) return this.transformed(region, binding, root, state);
    const device = this.open();
    if (typeof device === "string") return { why: device, transforms: [] };
    const stage = widened(region, binding);
    const result = device.place(marked(stage.region, verdicts), binding);
    if ("reason" in result) return { why: result.reason, transforms: [] };
    return { kernel: result.kernel, why: "every loop of its grid is parallel and exact there", transforms: stage.applied };
  }

  /** The nest in another form, where that makes loops parallel. */
  private transformed(region: Region, binding: Binding, root: LoopVerdict, state: NestState): Placement {
    const why = `the loop at line ${root.line} is ${root.class}: ${root.why}${root.requires?.length ? ` (${root.requires.join(", ")})` : ""}`;
    if (state.refusals >= MOST_REFUSALS) return { why, transforms: [] };
    const stage = transform(region, binding, { relaxed: this.options.fp === "relaxed" });
    if (isReason(stage)) {
      state.refusals++;
      return { why: `${why}; ${stage.reason}`, transforms: [] };
    }
    const device = this.open();
    if (typeof device === "string") return { why: device, transforms: [] };
    const result = sequence({ device, host: this.host, wanted: this.wanted }, region, stage);
    if ("reason" in result) {
      state.refusals++;
      return { why: `${why}; transformed: ${result.reason}`, transforms: [] };
    }
    return { kernel: result.kernel, why: "transformed, its parallel loops run there in one transaction", transforms: stage.applied };
  }

  private announce(name: string, { kernel, why, transforms }: Placement): void {
    const device = kernel ? this.deviceName : "js";
    this.events.emit({ kind: "plan", nest: name, device, transforms, predictedMs: undefined, why });
    this.dump.at("plan", name, () => [`${device}: ${why}`, ...transforms.map((t) => `  ${t}`)].join("\n"));
    if (kernel) this.dump.at("wgsl", name, () => kernel.source);
  }

  /** The device, opened on first use; or why there is none. */
  private open(): WebGpuBackend | GpuJsBackend | string {
    this.device ??= this.options.device === "gpujs" ? this.openGpuJs() : this.openWebGpu();
    return this.device;
  }

  private openWebGpu(): WebGpuBackend | string {
    const host = openGpu({ poll: this.wanted });
    if (isFailure(host)) return host.failed;
    if (this.options.device === "auto" && host.info.software) return "the only adapter is a software one";
    const backend = createWebGpuBackend(host);
    return isFailure(backend) ? backend.failed : backend;
  }

  private openGpuJs(): GpuJsBackend | string {
    const GPU = loadGpuJs();
    return isFailure(GPU) ? GPU.failed : createGpuJsBackend(GPU);
  }

  private get deviceName(): string {
    return this.options.device === "gpujs" ? "gpujs" : "webgpu";
  }
}

/** What verdicts depend on: integers, shapes, strides and which memory is whose; not the contents of arrays. */
function signature(b: Binding): unknown {
  const ids = new Map<number, number>();
  const arrays = Object.values(b.arrays).map((a) => {
    if (!ids.has(a.storage)) ids.set(a.storage, ids.size);
    return [ids.get(a.storage), a.byteOffset, a.shape, a.strides];
  });
  return [b.params, b.vars, arrays];
}

function report(v: LoopVerdict): LoopReport {
  return {
    line: v.line,
    class: v.class,
    why: v.why,
    stage: v.decidedBy ? `${v.stage}, ${v.decidedBy}` : v.stage,
    ...(v.references && { references: v.references }),
    ...(v.witness && { witness: v.witness }),
    ...(v.distance !== undefined && { distance: [v.distance] }),
    ...(v.requires && { requires: v.requires }),
  };
}

function verdictText(v: LoopVerdict): string {
  const needs = v.requires?.length ? `\n  needs ${v.requires.join(", ")}` : "";
  return `${v.id} line ${v.line}: ${v.class} (${v.stage}${v.decidedBy ? `, ${v.decidedBy}` : ""})\n  ${v.why}${needs}`;
}
