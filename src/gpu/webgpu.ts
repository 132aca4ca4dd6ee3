/**
 * The WebGPU backend: regions with a parallel loop in, kernels that run on a device out.
 *
 * A launch is a transaction. Threads work on copies; when one cannot go on it raises the flag, and the host's arrays are as if nothing had happened (`abort`):
 * the caller runs the same region elsewhere. Without the flag what was written comes back whole, and variables get the values of the last trip.
 * Long launches are cut along the outermost loop into pieces of about PIECE_MS, so that no driver's watchdog bites and the host can be interrupted.
 */
import { evaluate } from "../jit/ir/evaluate.ts";
import type { Binding, Expr, Outcome, Region, Stmt } from "../jit/ir/nest.ts";
import { bodies } from "../jit/ir/visit.ts";
import { type Command, type Failure, type GpuHost, isFailure, type KernelId } from "./host.ts";
import { invariants, isGone } from "./invariants.ts";
import { boxes, decode, type Extent, type Layout, layOut, parameters, tripsOf } from "./layout.ts";
import { isReason, type Reason, shapeOf } from "./nest-shape.ts";
import { elementBytes, hasSubnormal, inPlace, PACKING } from "./packing.ts";
import { type DeviceExactness, probe } from "./probe.ts";
import { type LastTrip, replay } from "./replay.ts";
import { type Copy, Residency, type StorageVersions } from "./residency.ts";
import { generate, lastTripWord, type Program, STATUS, statusWords } from "./wgsl.ts";
import { causeOf } from "./wgsl-code.ts";
import type { Values } from "./wgsl-scope.ts";
import { type Traits, traitsOf } from "./wgsl-traits.ts";
import type { HeldType } from "./wgsl-types.ts";

/** Nothing has happened; `cause` says why, in words or as a name of ABORTS. */
export interface Abort {
  readonly kind: "abort";
  readonly cause: string;
}

export interface GpuKernel {
  /** The WGSL. */
  readonly source: string;
  /** The classes of values that `accepts` tests. */
  readonly assumptions: readonly string[];
  accepts(binding: Binding): boolean;
  run(binding: Binding): Outcome | Abort;
}

export interface WebGpuBackend {
  readonly name: "webgpu";
  readonly host: GpuHost;
  /** What the device computes exactly. */
  readonly exactness: DeviceExactness;
  /** A kernel for bindings like this one, or why there is none. */
  place(region: Region, binding: Binding): { readonly kernel: GpuKernel } | Reason;
  /** Gives device memory back. */
  release(): void;
}

export interface WebGpuOptions {
  /** Measured before; otherwise the device is probed now. */
  readonly exactness?: DeviceExactness;
  readonly versions?: StorageVersions;
}

const PIECE_MS = 100;
/** Operations of the first piece of a nest whose speed is not known yet. */
const FIRST_PIECE = 2 ** 24;
/** Up to so many bytes come back with the flag, in one round trip. */
const TOGETHER = 2 ** 20;

export function createWebGpuBackend(host: GpuHost, options: WebGpuOptions = {}): WebGpuBackend | Failure {
  const exactness = options.exactness ?? probe(host);
  if (isFailure(exactness)) return exactness;
  const device: Device = { host, traits: traitsOf(exactness), residency: new Residency(host, options.versions) };
  return {
    name: "webgpu",
    host,
    exactness,
    place: (region, binding) => place(device, region, binding),
    release: () => device.residency.clear(),
  };
}

interface Device {
  readonly host: GpuHost;
  readonly traits: Traits;
  readonly residency: Residency;
}

/** The kernel's text alone, for dumps and tests. */
export function programFor(region: Region, traits: Traits, binding: Binding): Program | Reason {
  const shape = shapeOf(region);
  if (isReason(shape)) return shape;
  const values: Values = {
    expr: (e: Expr) => {
      const known = invariants(region, shape, binding, [e]);
      return isGone(known) ? undefined : known.values[0];
    },
    shape: (array, axis) => binding.arrays[array]!.shape[axis]!,
  };
  return generate(region, traits, values, (array) => binding.arrays[array]!.storage);
}

function place(device: Device, region: Region, binding: Binding): { kernel: GpuKernel } | Reason {
  const program = programFor(region, device.traits, binding);
  if (isReason(program)) return program;
  const { limits } = device.host.info;
  if (program.buffers.length + 1 > (limits.maxStorageBuffersPerShaderStage ?? 8))
    return { reason: `${program.buffers.length} memories are more than the device binds` };
  const layout = layOut(region, program, binding, device.traits.flushes);
  if (isGone(layout)) return { reason: `this run's values: ${layout.gone}` };
  const large = layout.extents.find((x) => x.count * 4 > (limits.maxStorageBufferBindingSize ?? 2 ** 27));
  if (large) return { reason: `${large.buffer.arrays.join(", ")}: ${large.count} elements are more than the device binds` };
  const id = device.host.createKernel({
    wgsl: program.wgsl,
    entry: "main",
    bindings: ["readwrite", ...program.buffers.map((b) => (b.written ? ("readwrite" as const) : ("read" as const))), "uniform"],
  });
  if (isFailure(id)) return { reason: id.failed };
  return { kernel: new WebGpuKernel(device, region, program, id, sharing(program, binding)) };
}

/** Which arrays share a memory, as text. */
function sharing(program: Program, binding: Binding): string {
  const names = program.buffers.flatMap((b) => b.arrays);
  const first = new Map<number, string>();
  return names
    .map((a) => {
      const { storage } = binding.arrays[a]!;
      if (!first.has(storage)) first.set(storage, a);
      return first.get(storage)!;
    })
    .join();
}

const abort = (cause: string): Abort => ({ kind: "abort", cause });

class WebGpuKernel implements GpuKernel {
  readonly source: string;
  readonly assumptions: readonly string[];
  private readonly device: Device;
  private readonly region: Region;
  private readonly program: Program;
  private readonly id: KernelId;
  private readonly shared: string;
  /** Trips of the outermost loop in a millisecond, when measured; and of how many threads each. */
  private threadsPerMs = 0;

  constructor(device: Device, region: Region, program: Program, id: KernelId, shared: string) {
    this.device = device;
    this.region = region;
    this.program = program;
    this.id = id;
    this.shared = shared;
    this.source = program.wgsl;
    this.assumptions = program.slots.filter((s) => s.range).map((s) => `${s.range!.lo} <= ${s.name} <= ${s.range!.hi}`);
  }

  accepts(binding: Binding): boolean {
    return sharing(this.program, binding) === this.shared && !isGone(this.layout(binding));
  }

  private layout(binding: Binding): ReturnType<typeof layOut> {
    return layOut(this.region, this.program, binding, this.device.traits.flushes);
  }

  run(binding: Binding): Outcome | Abort {
    if (sharing(this.program, binding) !== this.shared) return abort("arrays share memory in another way");
    const layout = this.layout(binding);
    if (isGone(layout)) return abort(layout.gone);
    if (layout.grid.reduce((n, g) => n * g.trips, 1) >= 2 ** 32) return abort("more trips than 32 bits count");
    // Nothing to launch; loops outside an empty one still assign their variables.
    if (layout.grid.some((g) => g.trips === 0)) return evaluate(this.region, binding, Infinity);
    const launch = new Launch(this.device, this.program, this.id, layout);
    const result = launch.run(this.threadsPerMs, (vars) => this.lastValues(layout, binding, vars));
    this.threadsPerMs = launch.threadsPerMs;
    this.device.residency.trim();
    return result;
  }

  /** Variables after the region; undefined when they cannot be found cheaply. */
  private lastValues(layout: Layout, binding: Binding, status: Uint32Array<ArrayBuffer>): Record<string, number | undefined> | undefined {
    const { outputs, shape } = this.program;
    const vars = Object.fromEntries(this.region.vars.filter((v) => v.init !== "temp").map((v) => [v.name, layout.vars[v.name]]));
    const seen = status[STATUS.seen]!;
    const elsewhere: LastTrip[] = [];
    outputs.forEach((variable, k) => {
      const trip = status[lastTripWord(outputs.length, k)]! - 1;
      if ((seen >>> k) & 1) vars[variable.name] = decode(variable.type as HeldType, status, STATUS.values + k);
      else if (trip >= 0) elsewhere.push({ variable, trip });
    });
    if (elsewhere.length === 0) return vars;
    const found = replay(this.region, shape, layout.grid, binding, elsewhere);
    return found && { ...vars, ...found };
  }
}

type LastValues = (status: Uint32Array<ArrayBuffer>) => Record<string, number | undefined> | undefined;

/** One run of a kernel. */
class Launch {
  threadsPerMs = 0;
  private readonly device: Device;
  private readonly program: Program;
  private readonly id: KernelId;
  private readonly layout: Layout;
  private readonly status: Uint32Array<ArrayBuffer>;

  constructor(device: Device, program: Program, id: KernelId, layout: Layout) {
    this.device = device;
    this.program = program;
    this.id = id;
    this.layout = layout;
    this.status = new Uint32Array(statusWords(program.outputs.length));
  }

  run(threadsPerMs: number, lastValues: LastValues): Outcome | Abort {
    const { host, residency } = this.device;
    this.threadsPerMs = threadsPerMs;
    const statusBuffer = host.createBuffer(this.status.byteLength);
    if (isFailure(statusBuffer)) return abort(statusBuffer.failed);
    try {
      const copies: Copy[] = [];
      const uploads: Command[] = [{ op: "upload", buffer: statusBuffer, data: bytes(new Uint32Array(this.status.length)) }];
      for (const x of this.layout.extents) {
        const copy = residency.copy(x.array.storage, x.buffer.elem, x.from, x.count);
        if (isFailure(copy)) return abort(copy.failed);
        copies.push(copy);
        // Where subnormals are flushed none may reach arithmetic; what kernels write has none.
        const sift = this.device.traits.flushes && x.buffer.elem === "f32" && x.buffer.loaded;
        if ((residency.isCurrent(copy) && (copy.clean || !sift)) || x.count === 0) continue;
        const data = PACKING[x.buffer.elem].words(x.array.data, x.from, x.count);
        if (!data) return this.given(abort("bits"), copies);
        if (sift && hasSubnormal(data)) return this.given(abort("subnormal"), copies);
        uploads.push({ op: "upload", buffer: copy.buffer, data });
        residency.uploaded(copy, sift);
      }
      return this.launch(uploads, copies, statusBuffer, lastValues);
    } finally {
      host.release(statusBuffer);
    }
  }

  private launch(
    uploads: readonly Command[],
    copies: readonly Copy[],
    statusBuffer: Copy["buffer"],
    lastValues: LastValues,
  ): Outcome | Abort {
    const { host, residency } = this.device;
    const results = this.results(copies);
    this.layout.extents.forEach((x, k) => {
      if (x.buffer.written) residency.dirty(copies[k]!);
    });
    const trips = this.layout.grid.map((g) => g.trips);
    const bindings = [statusBuffer, ...copies.map((c) => c.buffer)];
    const flag: Command = { op: "download", buffer: statusBuffer, target: bytes(this.status) };
    let staged: (Uint8Array | undefined)[] | undefined;
    let pending = uploads;
    for (let at = 0; at < trips[0]!; ) {
      const to = Math.min(trips[0]!, at + this.piece(trips));
      const passes = boxes(this.program, trips, at, to, host.info.limits.maxComputeWorkgroupsPerDimension ?? 65535).map((box) => ({
        kernel: this.id,
        bindings,
        uniforms: parameters(this.program, this.layout.words, box),
        workgroups: box.workgroups,
      }));
      const commands: Command[] = [...pending, { op: "dispatch", passes }, flag];
      if (to === trips[0] && results.bytes <= TOGETHER) {
        staged = results.list.map((r) => new Uint8Array(r.extent.count * 4));
        commands.push(...results.list.map((r, k): Command => ({ op: "download", buffer: r.copy.buffer, target: staged![k]! })));
      }
      const start = performance.now();
      const failed = host.run(commands);
      if (failed) return this.given(up(failed), copies);
      this.pace((to - at) * inner(trips), performance.now() - start);
      if (this.status[STATUS.flag] !== 0) return abort(causeOf(this.status[STATUS.flag]!));
      pending = [];
      at = to;
    }
    const vars = lastValues(this.status);
    if (!vars) return abort("a variable whose last value takes long to find");
    const failed = this.commit(results.list, staged);
    if (failed) return this.given(up(failed), copies);
    for (const r of results.list) residency.written(r.copy);
    return { kind: "done", vars };
  }

  private given(result: Abort, copies: readonly Copy[]): Abort {
    for (const c of copies) this.device.residency.dirty(c);
    return result;
  }

  private results(copies: readonly Copy[]): { list: Result[]; bytes: number } {
    const list = this.layout.extents
      .map((extent, k) => ({ extent, copy: copies[k]! }))
      .filter((r) => r.extent.buffer.written && r.extent.count > 0);
    return { list, bytes: list.reduce((n, r) => n + r.extent.count * 4, 0) };
  }

  /** Brings what was written to the host's arrays; nothing is written there when the device fails. */
  private commit(results: readonly Result[], staged: readonly (Uint8Array | undefined)[] | undefined): Failure | undefined {
    let words = staged;
    if (!words) {
      words = results.map(({ extent: x }) =>
        inPlace(x.buffer.elem, x.array.data) ? elementBytes(x.array.data, x.from, x.count) : new Uint8Array(x.count * 4),
      );
      const failed = this.device.host.run(results.map((r, k): Command => ({ op: "download", buffer: r.copy.buffer, target: words![k]! })));
      if (failed) return failed;
    }
    results.forEach(({ extent: x }, k) => {
      const from = words[k]!;
      if (!staged && inPlace(x.buffer.elem, x.array.data)) return;
      PACKING[x.buffer.elem].restore(x.array.data, x.from, new Int32Array(from.buffer, from.byteOffset, x.count));
    });
    return undefined;
  }

  // ---- pieces -----------------------------------------------------------------------------------------------------------------------------

  /** Trips of the outermost loop in the next piece. */
  private piece(trips: readonly number[]): number {
    const threads = this.threadsPerMs > 0 ? this.threadsPerMs * PIECE_MS : FIRST_PIECE / this.threadWork();
    return Math.max(1, Math.floor(threads / inner(trips)));
  }

  /** A piece that was short says little about long ones: the pace grows by small factors. */
  private pace(threads: number, ms: number): void {
    const measured = threads / Math.max(ms, 0.05);
    const known = this.threadsPerMs || threads / PIECE_MS;
    this.threadsPerMs = Math.min(measured, known * 8);
  }

  private threadWork(): number {
    const { slots, shape } = this.program;
    const longest = Math.max(16, ...slots.map((s) => (s.range && s.source.of !== "grid" ? Math.min(s.range.hi, 2 ** 16) : 0)));
    const work = (body: readonly Stmt[]): number =>
      body.reduce((n, s) => n + 4 + bodies(s).reduce((m, b) => m + work(b), 0) * loopTrips(s, longest), 0);
    return work(shape.body);
  }
}

interface Result {
  readonly extent: Extent;
  readonly copy: Copy;
}

/** A guess at the trips of a loop in a thread: constant bounds as they are, others as the largest parameter says. */
function loopTrips(s: Stmt, longest: number): number {
  if (s.kind === "while") return longest;
  if (s.kind !== "for") return 1;
  const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => (e.kind === "const" ? e.value : undefined));
  return lo !== undefined && hi !== undefined && step ? tripsOf(lo, hi, step) : longest;
}

const inner = (trips: readonly number[]): number => trips.slice(1).reduce((n, t) => n * t, 1);
const bytes = (words: Uint32Array<ArrayBuffer>): Uint8Array => new Uint8Array(words.buffer);
const up = (failed: Failure): Abort => abort(failed.kind === "interrupted" ? "interrupted" : failed.failed);
