/**
 * Nests on WebGPU. `place` says whether and how a region goes to the device under a binding; `run` launches it in chunks on device copies and commits only when no
 * thread objected. Nothing on the host has changed before that, so a launch that fails, for whatever reason, is simply not there.
 */
import type { LoopVerdict } from "../../jit/dependence/verdict.ts";
import type { Binding, Outcome, Region } from "../../jit/ir/nest.ts";
import { type ScalarType, TYPES } from "../../jit/ir/ops.ts";
import { walkStmts } from "../../jit/ir/visit.ts";
import { type DeviceBuffer, type GpuHost, isFailure, type KernelId } from "../host.ts";
import { type CheckName, type DeviceExactness, FMA_BARRIERS } from "../probe.ts";
import { type Grid, gridOf } from "./grid.ts";
import { fromWords, type Group, groupsOf, toWords } from "./memory.ts";
import { type InputWord, kernelText, type KernelText, NotPlaced, WORKGROUP } from "./wgsl.ts";

/** What float32 arithmetic needs of a device. */
const FLOAT_CHECKS: readonly CheckName[] = ["add", "sub", "mul", "div", "divByOpaque", "noReassociation", "timesOpaqueZero", "plusOpaqueZero", "subnormalCopy", "compare", "sqrt"];

/** Threads of the first chunk; later ones are sized by time. */
const FIRST_CHUNK = 1 << 16;
const MOST_THREADS = WORKGROUP * 65535;

export interface Placed {
  readonly wgsl: string;
  /** undefined: discarded, with the reason in `objection`. `forced`: discarded whatever the threads say. */
  run(binding: Binding, forced?: boolean): Outcome | undefined;
  readonly objection: string;
}

export class WebGpuNests {
  private readonly host: GpuHost;
  private readonly exactness: DeviceExactness;
  private readonly chunkMs: number;

  constructor(host: GpuHost, exactness: DeviceExactness, chunkMs: number) {
    this.host = host;
    this.exactness = exactness;
    this.chunkMs = chunkMs;
  }

  /** A nest for bindings like this one, or why it is not placed. */
  place(region: Region, binding: Binding, verdicts: readonly LoopVerdict[]): Placed | string {
    const grid = gridOf(region, verdicts);
    if (typeof grid === "string") return grid;
    const groups = groupsOf(region, binding, storedIn(region));
    if (typeof groups === "string") return groups;
    if (groups.length + 2 > (this.host.info.limits.maxStorageBuffersPerShaderStage ?? 8)) return "more arrays than the device binds";
    const barrier = this.exactness.fmaBarrier;
    const inexact = FLOAT_CHECKS.find((c) => !this.exactness.checks[c].exact);
    if (groups.some((g) => g.elem === "f32") && (inexact !== undefined || barrier === undefined)) return `float32 is not exact on this device: ${inexact ?? "products are fused into sums"}`;
    try {
      const text = kernelText(region, grid, groups, FMA_BARRIERS[barrier ?? "none"]);
      const bindings = [...groups.map(() => "readwrite" as const), "read" as const, "readwrite" as const, "uniform" as const];
      const kernel = this.host.createKernel({ wgsl: text.wgsl, entry: "nest", bindings });
      if (isFailure(kernel)) return kernel.failed;
      return new Nest(this.host, kernel, region, grid, text, this.chunkMs);
    } catch (e) {
      if (e instanceof NotPlaced) return e.message;
      throw e;
    }
  }
}

function storedIn(region: Region): Set<string> {
  const out = new Set<string>();
  walkStmts(region.body, (s) => {
    if (s.kind === "store") out.add(s.array);
  });
  return out;
}

class Nest implements Placed {
  readonly wgsl: string;
  objection = "";
  private readonly host: GpuHost;
  private readonly kernel: KernelId;
  private readonly region: Region;
  private readonly grid: Grid;
  private readonly text: KernelText;
  private readonly chunkMs: number;
  private readonly written: ReadonlySet<string>;

  constructor(host: GpuHost, kernel: KernelId, region: Region, grid: Grid, text: KernelText, chunkMs: number) {
    this.host = host;
    this.kernel = kernel;
    this.region = region;
    this.grid = grid;
    this.text = text;
    this.wgsl = text.wgsl;
    this.chunkMs = chunkMs;
    this.written = storedIn(region);
  }

  run(binding: Binding, forced = false): Outcome | undefined {
    const held: DeviceBuffer[] = [];
    try {
      return this.launch(binding, held, forced);
    } finally {
      for (const b of held) this.host.release(b);
    }
  }

  private no(why: string): undefined {
    this.objection = why;
    return undefined;
  }

  private launch(binding: Binding, held: DeviceBuffer[], forced: boolean): Outcome | undefined {
    const groups = groupsOf(this.region, binding, this.written);
    if (typeof groups === "string") return this.no(groups);
    const threads = this.threads(binding);
    if (threads === undefined || threads <= 0) return this.no("no trips, or more than the device counts");
    const inputs = this.inputs(binding, groups);
    if (inputs === undefined) return this.no("an input beyond int32");
    const status = new Uint32Array(1 + 3 * this.text.reported.length);
    const contents = [...groups.map(toWords), new Uint8Array(inputs.buffer), new Uint8Array(status.buffer.slice(0))];
    const buffers: DeviceBuffer[] = [];
    for (const bytes of contents) {
      if (bytes === undefined) return this.no("an element beyond int32");
      const b = this.host.createBuffer(Math.max(4, bytes.byteLength));
      if (isFailure(b)) return this.no(b.failed);
      held.push(b);
      buffers.push(b);
    }
    const failed = this.host.run(contents.map((data, k) => ({ op: "upload" as const, buffer: buffers[k]!, data: data! })));
    if (failed) return this.no(failed.failed);
    const wrong = this.chunks(threads, buffers, status) ?? (forced ? "a guard was made to fail" : undefined);
    if (wrong !== undefined) return this.no(wrong);
    return this.commit(binding, groups, buffers, status);
  }

  /** Runs all threads, a piece at a time; a reason if any objected. */
  private chunks(threads: number, buffers: readonly DeviceBuffer[], status: Uint32Array): string | undefined {
    const report = { op: "download" as const, buffer: buffers.at(-1)!, target: new Uint8Array(status.buffer) };
    let size = Math.min(FIRST_CHUNK, threads);
    for (let first = 0; first < threads; ) {
      const count = Math.min(size, threads - first, MOST_THREADS);
      const groups = Math.ceil(count / WORKGROUP);
      const start = performance.now();
      const pass = { kernel: this.kernel, bindings: buffers, uniforms: new Uint8Array(new Uint32Array([first, count]).buffer), workgroups: [groups, 1, 1] as const };
      const failed = this.host.run([{ op: "dispatch", passes: [pass] }, report]);
      if (failed) return failed.failed;
      if (status[0] !== 0) return "a guard failed on the device";
      first += count;
      const ms = Math.max(0.1, performance.now() - start);
      size = Math.max(WORKGROUP, Math.min(MOST_THREADS, Math.floor((count * this.chunkMs) / ms)));
    }
    return undefined;
  }

  private commit(binding: Binding, groups: readonly Group[], buffers: readonly DeviceBuffer[], status: Uint32Array): Outcome | undefined {
    const vars = this.lastValues(binding, status);
    if (vars === undefined) return this.no("a variable whose last assignment is not in the last trip");
    const targets = groups.map((g, k) => ({ g, buffer: buffers[k]!, bytes: new Uint8Array(g.count * 4) })).filter((x) => x.g.written);
    const failed = this.host.run(targets.map((x) => ({ op: "download" as const, buffer: x.buffer, target: x.bytes })));
    if (failed) return this.no(failed.failed);
    for (const x of targets) fromWords(x.g, x.bytes);
    return { kind: "done", vars };
  }

  private lastValues(binding: Binding, status: Uint32Array): Record<string, number | undefined> | undefined {
    const n = this.text.reported.length;
    const out: Record<string, number | undefined> = {};
    for (const [k, name] of this.text.reported.entries()) {
      const decl = this.region.vars.find((v) => v.name === name)!;
      if (status[2 + n + 2 * k]) out[name] = fromBits(decl.type, status[1 + n + 2 * k]!);
      else if (status[1 + k]) return undefined;
      else out[name] = decl.init === "live-in" ? binding.vars[name] : undefined;
    }
    return out;
  }

  private threads(binding: Binding): number | undefined {
    let total = 1;
    for (const l of this.grid.loops) {
      const [lo, hi, step] = [l.lo, l.hi, l.step].map((e) => constantOf(e, binding));
      if (lo === undefined || hi === undefined || step === undefined || step === 0) return undefined;
      total *= Math.max(0, Math.ceil((hi - lo) / step));
    }
    return total < 2 ** 31 ? total : undefined;
  }

  private inputs(binding: Binding, groups: readonly Group[]): Int32Array | undefined {
    const out = new Int32Array(1 + this.text.inputs.length);
    for (const [k, w] of this.text.inputs.entries()) {
      const bits = wordOf(w, binding, groups);
      if (bits === undefined) return undefined;
      out[k + 1] = bits;
    }
    return out;
  }
}

/** The value of a bound that only inputs enter; undefined where more does. */
function constantOf(e: import("../../jit/ir/nest.ts").Expr, b: Binding): number | undefined {
  switch (e.kind) {
    case "const":
      return e.value;
    case "param":
      return b.params[e.name];
    case "var":
      return b.vars[e.name];
    case "dim":
      return b.arrays[e.array]!.shape[e.axis];
    case "cast":
      return constantOf(e.arg, b);
    case "op": {
      const [x, y] = e.args.map((a) => constantOf(a, b));
      if (x === undefined || (e.args.length > 1 && y === undefined)) return undefined;
      const f = FOLD[e.op];
      return f?.(x, y ?? 0);
    }
    default:
      return undefined;
  }
}

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, neg: (a) => -a, floordiv: (a, b) => Math.floor(a / b), min2: (a, b) => Math.min(a, b), max2: (a, b) => Math.max(a, b),
};

function wordOf(w: InputWord, b: Binding, groups: readonly Group[]): number | undefined {
  switch (w.is) {
    case "const":
      return bitsOf("f32", w.value);
    case "param":
      return bitsOf(w.type, b.params[w.name]!);
    case "var":
      return bitsOf(w.type, b.vars[w.name]!);
    case "dim":
      return bitsOf("int", b.arrays[w.array]!.shape[w.axis]!);
    case "stride":
      return bitsOf("int", b.arrays[w.array]!.strides[w.axis]!);
    case "offset": {
      const g = groups.find((x) => x.arrays.includes(w.array))!;
      return bitsOf("int", b.arrays[w.array]!.byteOffset / TYPES[g.elem].bytes - g.first);
    }
  }
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

function bitsOf(t: ScalarType, x: number): number | undefined {
  if (t === "f32") {
    // a value that the kernel would have to treat specially stays on the host
    if (!Number.isFinite(x) || (x !== 0 && Math.abs(x) < 2 ** -126)) return undefined;
    float[0] = x;
    return word[0]!;
  }
  if (t === "u32") return x | 0;
  return (x | 0) === x ? x : undefined;
}

function fromBits(t: ScalarType, bits: number): number {
  word[0] = bits;
  return t === "f32" ? float[0]! : t === "u32" ? bits >>> 0 : word[0]!;
}
