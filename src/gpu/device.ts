/**
 * The owner's side: requests in, WebGPU calls out. Knows nothing of threads; worker.ts feeds it.
 *
 * Invariants:
 *   - every call that may fail runs inside error scopes, which are awaited before the reply: when a request has been answered, no promise of Dawn's
 *     is open but `device.lost`, and the process may leave.
 *   - host memory is written only after every read-back of the run has arrived and `commit` has agreed.
 *   - `queue.writeBuffer` never sees shared memory (Dawn crashes): bytes pass through an ordinary scratch array.
 *
 * Source: the WebGPU specification (W3C), sections on error scopes, buffer mapping and programmable passes.
 */
import {
  type BindingKind,
  type DeviceInfo,
  type Failure,
  type FailureKind,
  failure,
  type KernelSpec,
  type OpenOptions,
  type Range,
  type SharedRange,
  type WireCommand,
  type WirePass,
} from "./protocol.ts";

// Numbers of the specification; the constants' objects are not global in Node.
const USAGE = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, uniform: 0x40, storage: 0x80 } as const;
const MAP_READ = 0x1;
const STAGE_COMPUTE = 0x4;

const SCOPES = ["validation", "out-of-memory", "internal"] as const satisfies readonly FailureKind[];
/** Uploads are copied in pieces of this size, which stay in the cache between the two copies. */
const SCRATCH_BYTES = 1 << 20;
/** A read-back buffer larger than this is destroyed after use. */
const READBACK_KEPT = 64 * 2 ** 20;
const MAX_BIND_GROUPS = 1024;

const align = (n: number, to: number): number => Math.ceil(n / to) * to;
const message = (e: unknown): string => (e instanceof Error ? e.message : String(e));

interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindings: readonly BindingKind[];
}

export class Device {
  readonly info: DeviceInfo;
  private readonly device: GPUDevice;
  private readonly kernels: Map<number, Kernel> = new Map();
  private readonly buffers: Map<number, GPUBuffer> = new Map();
  private readonly layouts: Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }> = new Map();
  private readonly groups: Map<string, GPUBindGroup> = new Map();
  private readonly scratch: Uint8Array<ArrayBuffer> = new Uint8Array(SCRATCH_BYTES);
  private readonly uniformStep: number;
  private uniforms: GPUBuffer | undefined;
  private readback: GPUBuffer | undefined;
  private loss: string | undefined;

  private constructor(device: GPUDevice, info: DeviceInfo) {
    this.device = device;
    this.info = info;
    this.uniformStep = info.limits.minUniformBufferOffsetAlignment ?? 256;
    void device.lost.then((l) => (this.loss = l.message || l.reason));
  }

  static async open(gpu: GPU, options: OpenOptions): Promise<Device | Failure> {
    const adapter = await gpu.requestAdapter({
      powerPreference: options.powerPreference ?? "high-performance",
      featureLevel: options.featureLevel ?? "core",
    });
    if (!adapter) return failure("no-adapter");
    const info = describe(adapter, options);
    try {
      const device = await adapter.requestDevice({ requiredLimits: requestable(info.limits), requiredFeatures: wanted(adapter) });
      return new Device(device, info);
    } catch (e) {
      return failure("internal", message(e));
    }
  }

  /** Compiles; resolves when the pipeline is ready or the compiler has said why not. */
  async createKernel(id: number, spec: KernelSpec): Promise<Failure | undefined> {
    let messages = "";
    let compiled: Kernel | undefined;
    const failed = await this.guarded(async () => {
      const module = this.device.createShaderModule({ code: spec.wgsl });
      const { group, pipeline } = this.layoutOf(spec.bindings);
      const info = await module.getCompilationInfo();
      messages = info.messages
        .filter((m) => m.type === "error")
        .map((m) => `${m.lineNum}:${m.linePos}: ${m.message}`)
        .join("\n");
      if (messages !== "") return;
      try {
        const compute = { module, entryPoint: spec.entry, ...(spec.constants ? { constants: { ...spec.constants } } : {}) };
        compiled = {
          pipeline: await this.device.createComputePipelineAsync({ layout: pipeline, compute }),
          layout: group,
          bindings: spec.bindings,
        };
      } catch (e) {
        messages = message(e);
      }
    });
    if (messages !== "") return failure(this.loss === undefined ? "compile" : "lost", messages);
    if (failed) return failed;
    this.kernels.set(id, compiled!);
    return undefined;
  }

  async createBuffer(id: number, bytes: number): Promise<Failure | undefined> {
    const failed = await this.guarded(() => {
      this.buffers.set(id, this.device.createBuffer({ size: bytes, usage: USAGE.storage | USAGE.copySrc | USAGE.copyDst }));
    });
    if (failed) this.destroy(id);
    return failed;
  }

  /** Carries out commands in order. `commit` is asked once before host memory is written; false leaves it untouched. */
  async run(commands: readonly WireCommand[], finish: boolean, commit: () => boolean): Promise<Failure | undefined> {
    const wrong = this.check(commands);
    if (wrong) return wrong;
    const targets = layOut(commands);
    let arrived = true;
    const failed = await this.guarded(async () => {
      if (targets.bytes > 0) this.readback = this.fitted(this.readback, targets.bytes, USAGE.mapRead | USAGE.copyDst);
      this.encode(commands, targets.offsets);
      if (targets.bytes > 0) arrived = await this.map(targets.bytes);
      else if (finish) await this.device.queue.onSubmittedWorkDone();
    });
    if (failed || !arrived) {
      this.readback?.destroy();
      this.readback = undefined;
      return failed ?? failure(this.loss === undefined ? "internal" : "lost", this.loss ?? "a buffer could not be mapped");
    }
    if (targets.bytes > 0) this.publish(commands, targets, commit);
    return undefined;
  }

  /** Destroys everything; resolves when Dawn has let go. */
  async close(): Promise<void> {
    for (const b of this.buffers.values()) b.destroy();
    this.uniforms?.destroy();
    this.readback?.destroy();
    this.device.destroy();
    await this.device.lost;
  }

  /**
   * Runs `body` in error scopes; the first error that a scope caught, or the exception, as a failure. Everything that scopes watch must happen before
   * `body`'s first await: they are popped there, so that their promises and the body's are awaited together.
   */
  private async guarded(body: () => void | Promise<void>): Promise<Failure | undefined> {
    if (this.loss !== undefined) return failure("lost", this.loss);
    for (const filter of SCOPES) this.device.pushErrorScope(filter);
    let thrown: Failure | undefined;
    const popped: Promise<GPUError | null>[] = [];
    const pop = (): void => {
      while (popped.length < SCOPES.length) popped.push(this.device.popErrorScope());
    };
    try {
      const pending = body();
      pop();
      await pending;
    } catch (e) {
      thrown = failure("internal", message(e));
    }
    pop();
    const errors = await Promise.allSettled(popped);
    if (this.loss !== undefined) return failure("lost", this.loss);
    const k = errors.findIndex((r) => r.status === "rejected" || r.value !== null);
    if (k < 0) return thrown;
    const r = errors[k]!;
    const kind = SCOPES[SCOPES.length - 1 - k]!;
    // A refused bind group would be refused again.
    this.groups.clear();
    return failure(kind, r.status === "rejected" ? message(r.reason) : r.value!.message);
  }

  private check(commands: readonly WireCommand[]): Failure | undefined {
    for (const c of commands) {
      if (c.op === "destroy") continue;
      if (c.op !== "dispatch") {
        if (!this.buffers.has(c.buffer) || (c.op === "copy" && !this.buffers.has(c.from.buffer)))
          return failure("validation", "no such buffer");
        continue;
      }
      for (const p of c.passes) {
        if (!this.kernels.has(p.kernel)) return failure("validation", "no such kernel");
        if (p.buffers.some((r) => !this.buffers.has(r.buffer))) return failure("validation", "no such buffer");
      }
    }
    return undefined;
  }

  private encode(commands: readonly WireCommand[], offsets: readonly number[]): void {
    this.writeUniforms(commands);
    let encoder: GPUCommandEncoder | undefined;
    const open = (): GPUCommandEncoder => (encoder ??= this.device.createCommandEncoder());
    const submit = (): void => {
      if (encoder) this.device.queue.submit([encoder.finish()]);
      encoder = undefined;
    };
    let slot = 0;
    commands.forEach((c, k) => {
      switch (c.op) {
        case "upload":
          submit();
          this.write(this.buffers.get(c.buffer)!, c.offset, c.source);
          break;
        case "copy":
          open().copyBufferToBuffer(this.buffers.get(c.from.buffer)!, c.from.offset, this.buffers.get(c.buffer)!, c.offset, c.from.bytes);
          break;
        case "download":
          if (c.target.bytes > 0)
            open().copyBufferToBuffer(this.buffers.get(c.buffer)!, c.offset, this.readback!, offsets[k]!, align(c.target.bytes, 4));
          break;
        case "dispatch": {
          const pass = open().beginComputePass();
          for (const p of c.passes) slot = this.launch(pass, p, slot);
          pass.end();
          break;
        }
        case "destroy":
          submit();
          this.destroy(c.buffer);
          break;
      }
    });
    submit();
  }

  private launch(pass: GPUComputePassEncoder, p: WirePass, slot: number): number {
    const kernel = this.kernels.get(p.kernel)!;
    pass.setPipeline(kernel.pipeline);
    const uniform = kernel.bindings.includes("uniform");
    pass.setBindGroup(0, this.groupOf(p, kernel), uniform ? [slot] : []);
    pass.dispatchWorkgroups(...p.workgroups);
    return uniform ? slot + this.uniformSpace(p) : slot;
  }

  private uniformSpace(p: WirePass): number {
    return align(Math.max(16, p.uniforms?.byteLength ?? 0), this.uniformStep);
  }

  /** All uniform blocks of a run go into one buffer with one write; launches address theirs by dynamic offset. */
  private writeUniforms(commands: readonly WireCommand[]): void {
    const passes = commands
      .flatMap((c) => (c.op === "dispatch" ? c.passes : []))
      .filter((p) => this.kernels.get(p.kernel)!.bindings.includes("uniform"));
    const bytes = passes.reduce((n, p) => n + this.uniformSpace(p), 0);
    if (bytes === 0) return;
    const old = this.uniforms;
    this.uniforms = this.fitted(old, bytes, USAGE.uniform | USAGE.copyDst);
    if (this.uniforms !== old) this.groups.clear();
    const all = new Uint8Array(bytes);
    let at = 0;
    for (const p of passes) {
      if (p.uniforms) all.set(p.uniforms, at);
      at += this.uniformSpace(p);
    }
    this.device.queue.writeBuffer(this.uniforms, 0, all);
  }

  private write(buffer: GPUBuffer, offset: number, source: SharedRange): void {
    const bytes = new Uint8Array(source.memory, source.at, source.bytes);
    for (let at = 0; at < bytes.length; at += SCRATCH_BYTES) {
      const piece = bytes.subarray(at, at + SCRATCH_BYTES);
      const padded = align(piece.length, 4);
      this.scratch.set(piece);
      this.scratch.fill(0, piece.length, padded);
      this.device.queue.writeBuffer(buffer, offset + at, this.scratch, 0, padded);
    }
  }

  /** False when the device let the mapping go (loss); errors of validation are the scopes' to tell. */
  private async map(bytes: number): Promise<boolean> {
    try {
      await this.readback!.mapAsync(MAP_READ, 0, bytes);
      return true;
    } catch {
      return false;
    }
  }

  private publish(commands: readonly WireCommand[], targets: Targets, commit: () => boolean): void {
    const readback = this.readback!;
    if (commit()) {
      const mapped = readback.getMappedRange(0, targets.bytes);
      commands.forEach((c, k) => {
        if (c.op !== "download") return;
        const from = new Uint8Array(mapped, targets.offsets[k]!, c.target.bytes);
        new Uint8Array(c.target.memory, c.target.at, c.target.bytes).set(from);
      });
    }
    readback.unmap();
    if (readback.size > READBACK_KEPT) {
      readback.destroy();
      this.readback = undefined;
    }
  }

  /** `buffer` when it is large enough, else a larger one in its place. */
  private fitted(buffer: GPUBuffer | undefined, bytes: number, usage: number): GPUBuffer {
    if (buffer && buffer.size >= bytes) return buffer;
    buffer?.destroy();
    return this.device.createBuffer({ size: Math.max(align(bytes, 4), Math.min(4096, this.uniformStep * 16)), usage });
  }

  private destroy(id: number): void {
    const buffer = this.buffers.get(id);
    if (!buffer) return;
    this.buffers.delete(id);
    this.groups.clear();
    buffer.destroy();
  }

  private layoutOf(bindings: readonly BindingKind[]): { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const key = bindings.join();
    let found = this.layouts.get(key);
    if (!found) {
      const types = { read: "read-only-storage", readwrite: "storage", uniform: "uniform" } as const;
      const entries = bindings.map((kind, binding) => ({
        binding,
        visibility: STAGE_COMPUTE,
        buffer: { type: types[kind], hasDynamicOffset: kind === "uniform" },
      }));
      const group = this.device.createBindGroupLayout({ entries });
      found = { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.layouts.set(key, found);
    }
    return found;
  }

  private groupOf(p: WirePass, kernel: Kernel): GPUBindGroup {
    const uniformBytes = align(Math.max(16, p.uniforms?.byteLength ?? 0), 16);
    const key = `${p.kernel}|${uniformBytes}|${p.buffers.map((r: Range) => `${r.buffer}+${r.offset}:${r.bytes}`).join()}`;
    let group = this.groups.get(key);
    if (!group) {
      let next = 0;
      const entries = kernel.bindings.map((kind, binding) => {
        if (kind === "uniform") return { binding, resource: { buffer: this.uniforms!, size: uniformBytes } };
        const r = p.buffers[next++];
        if (!r) throw new Error("too few buffers for a kernel's bindings");
        return { binding, resource: { buffer: this.buffers.get(r.buffer)!, offset: r.offset, size: r.bytes } };
      });
      if (this.groups.size >= MAX_BIND_GROUPS) this.groups.clear();
      group = this.device.createBindGroup({ layout: kernel.layout, entries });
      this.groups.set(key, group);
    }
    return group;
  }
}

/** Where each download of a run lies in the read-back buffer. */
interface Targets {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

function layOut(commands: readonly WireCommand[]): Targets {
  let bytes = 0;
  const offsets = commands.map((c) => {
    if (c.op !== "download") return 0;
    const at = bytes;
    bytes += align(c.target.bytes, 8);
    return at;
  });
  return { offsets, bytes };
}

/** Adapters that compute on the CPU, by the names that they give themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render|software/i;

function describe(adapter: GPUAdapter, options: OpenOptions): DeviceInfo {
  const { vendor, architecture, device, description } = adapter.info;
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const v = (adapter.limits as unknown as Record<string, unknown>)[name];
    if (typeof v === "number") limits[name] = v;
  }
  return {
    vendor,
    architecture,
    device,
    description,
    backend: options.backend ?? "default",
    software: adapter.info.isFallbackAdapter === true || SOFTWARE.test(`${vendor} ${architecture} ${device} ${description}`),
    features: [...adapter.features].map(String).sort(),
    limits,
  };
}

/** The limits that a device may be asked for, at the adapter's values. */
function requestable(limits: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => /^(max|min)[A-Z]/.test(name)));
}

const FEATURES: readonly GPUFeatureName[] = ["shader-f16", "subgroups", "timestamp-query"];

function wanted(adapter: GPUAdapter): GPUFeatureName[] {
  return FEATURES.filter((f) => adapter.features.has(f));
}
