/**
 * The GPU as the interpreter sees it: synchronous calls, failures as values, buffers from a pool.
 *
 * The device itself lives in another thread (worker.ts, device.ts); channel.ts blocks on it. `run` is the one primitive: uploads, dispatches and
 * downloads in order, one round trip and (where uploads come first) one submission. The rest is shorthand for it.
 *
 * Invariants:
 *   - no method throws for anything that the device, the driver or the API does: such things come back as `Failure` and the caller falls back.
 *   - a run that fails or is interrupted has written nothing to host memory; buffers on the device may have changed.
 *   - memory that the owner reads or writes is shared memory. Views on ordinary memory pass through a staging area.
 *   - before the process leaves, `shutdown` must have returned; in Node an exit hook sees to it (docs/webgpu.md).
 */
import { Channel, type Reply, type StartTransport } from "./channel.ts";
import { BufferPool, sizeClass } from "./pool.ts";
import {
  type DeviceInfo,
  type Failure,
  failure,
  isFailure,
  type KernelSpec,
  type OpenOptions,
  type Range,
  type Request,
  type SharedRange,
  type WireCommand,
} from "./protocol.ts";

export {
  type BindingKind,
  type DeviceInfo,
  type Failure,
  type FailureKind,
  isFailure,
  type KernelSpec,
  type OpenOptions,
} from "./protocol.ts";

declare const kernelBrand: unique symbol;
export type KernelId = number & { readonly [kernelBrand]: true };

/** A buffer on the device. `bytes` is what was asked for; a kernel sees it rounded up to a multiple of 4. */
export interface DeviceBuffer {
  readonly id: number;
  readonly bytes: number;
}

/** A whole buffer, or part of one: `offset` a multiple of limits.minStorageBufferOffsetAlignment. */
export type Binding = DeviceBuffer | { readonly buffer: DeviceBuffer; readonly offset: number; readonly bytes: number };

/** One kernel launch. `bindings` are the kernel's buffers in the order of its binding numbers, its uniform block left out. */
export interface Pass {
  readonly kernel: KernelId;
  readonly bindings: readonly Binding[];
  readonly uniforms?: Uint8Array;
  readonly workgroups: readonly [number, number, number];
}

/**
 * Offsets are multiples of 4. An upload whose length is not is filled up with zeros to the next multiple.
 * A download fills `target` and nothing else.
 */
export type Command =
  | { readonly op: "upload"; readonly buffer: DeviceBuffer; readonly offset?: number; readonly data: Uint8Array }
  | { readonly op: "dispatch"; readonly passes: readonly Pass[] }
  | {
      readonly op: "copy";
      readonly from: DeviceBuffer;
      readonly fromOffset: number;
      readonly to: DeviceBuffer;
      readonly toOffset: number;
      readonly bytes: number;
    }
  | { readonly op: "download"; readonly buffer: DeviceBuffer; readonly offset?: number; readonly target: Uint8Array };

export interface HostOptions extends OpenOptions {
  /** Asked about every 50 ms while a call blocks; true interrupts the call. It must not throw, and the interrupt stays the embedder's to deliver. */
  readonly poll?: () => boolean;
  /** Bytes of released buffers kept for reuse. */
  readonly idleLimit?: number;
}

const IDLE_LIMIT = 512 * 2 ** 20;
const OPEN_DEADLINE_MS = 20_000;
const SHUTDOWN_MS = 5_000;
/** A staging area larger than this is dropped after use. */
const STAGING_KEPT = 64 * 2 ** 20;

const align = (n: number, to: number): number => Math.ceil(n / to) * to;
const isShared = (m: ArrayBufferLike): m is SharedArrayBuffer => typeof SharedArrayBuffer === "function" && m instanceof SharedArrayBuffer;

export class GpuHost {
  readonly info: DeviceInfo;
  private readonly channel: Channel;
  private readonly pool: BufferPool;
  private readonly capacities: Map<number, number> = new Map();
  private readonly kernels: Map<string, KernelId | Failure> = new Map();
  private doomed: number[] = [];
  private staging: SharedArrayBuffer = new SharedArrayBuffer(1 << 20);
  private nextId = 1;

  private constructor(channel: Channel, info: DeviceInfo, idleLimit: number) {
    this.channel = channel;
    this.info = info;
    this.pool = new BufferPool(idleLimit);
  }

  /** Starts the owner thread and opens the device; blocks for some tens of milliseconds. */
  static open(start: StartTransport, options: HostOptions = {}): GpuHost | Failure {
    const { poll, idleLimit = IDLE_LIMIT, ...open } = options;
    const channel = Channel.start(start, poll);
    if (isFailure(channel)) return channel;
    const reply = channel.exchange({ op: "open", options: open }, OPEN_DEADLINE_MS);
    if (!isFailure(reply)) return new GpuHost(channel, JSON.parse(reply.text) as DeviceInfo, idleLimit);
    channel.close(SHUTDOWN_MS);
    return reply;
  }

  /** Compiles a kernel, once per text, entry, bindings and constants; a failure lists the compiler's messages. */
  createKernel(spec: KernelSpec): KernelId | Failure {
    const key = JSON.stringify([spec.entry, spec.bindings, spec.constants ?? {}, spec.wgsl]);
    const known = this.kernels.get(key);
    if (known !== undefined) return known;
    const id = this.nextId++ as KernelId;
    const reply = this.ask({ op: "kernel", id, spec });
    const result = isFailure(reply) ? reply : id;
    if (!isFailure(result) || result.kind === "compile") this.kernels.set(key, result);
    return result;
  }

  /** A buffer with undefined contents. */
  createBuffer(bytes: number): DeviceBuffer | Failure {
    const limit = this.info.limits.maxBufferSize ?? 0;
    if (bytes > limit) return failure("limit", `a buffer of ${bytes} bytes, the device takes ${limit}`);
    const capacity = Math.min(sizeClass(bytes), limit - (limit % 4));
    const idle = this.pool.take(capacity);
    if (idle !== undefined) return { id: idle, bytes };
    const id = this.nextId++;
    let reply = this.ask({ op: "buffer", id, bytes: capacity });
    if (isFailure(reply) && reply.kind === "out-of-memory") {
      this.doomed.push(...this.pool.shrink(0));
      this.run([]);
      reply = this.ask({ op: "buffer", id, bytes: capacity });
    }
    if (isFailure(reply)) return reply;
    this.capacities.set(id, capacity);
    return { id, bytes };
  }

  /** Gives a buffer back to the pool. It must not be used afterwards. */
  release(buffer: DeviceBuffer): void {
    const capacity = this.capacities.get(buffer.id);
    if (capacity === undefined) return;
    for (const id of this.pool.give(buffer.id, capacity)) {
      this.capacities.delete(id);
      this.doomed.push(id);
    }
  }

  upload(buffer: DeviceBuffer, data: Uint8Array, offset = 0): Failure | undefined {
    return this.run([{ op: "upload", buffer, data, offset }]);
  }

  /** Launches kernels in order. Returns when they are submitted; with `finish`, when they are done. */
  dispatch(passes: readonly Pass[], finish = false): Failure | undefined {
    return this.run([{ op: "dispatch", passes }], finish);
  }

  download(buffer: DeviceBuffer, offset = 0, bytes = buffer.bytes - offset): Uint8Array | Failure {
    const target = new Uint8Array(bytes);
    return this.run([{ op: "download", buffer, offset, target }]) ?? target;
  }

  /** Runs commands in order, in one round trip. Returns when downloads have arrived (or, without any, when the work is submitted, or with `finish` done). */
  run(commands: readonly Command[], finish = false): Failure | undefined {
    const copies: { from: number; target: Uint8Array }[] = [];
    const wire: WireCommand[] = this.doomed.map((buffer) => ({ op: "destroy", buffer }));
    const space = this.reserve(commands);
    if (isFailure(space)) return space;
    let at = 0;
    const place = (view: Uint8Array): SharedRange => {
      if (isShared(view.buffer)) return { memory: view.buffer, at: view.byteOffset, bytes: view.byteLength };
      const range = { memory: space, at, bytes: view.byteLength };
      at += align(view.byteLength, 8);
      return range;
    };
    for (const c of commands) {
      switch (c.op) {
        case "upload": {
          const source = place(c.data);
          if (source.memory === space) new Uint8Array(space, source.at, source.bytes).set(c.data);
          wire.push({ op: "upload", buffer: c.buffer.id, offset: c.offset ?? 0, source });
          break;
        }
        case "download": {
          const target = place(c.target);
          if (target.memory === space) copies.push({ from: target.at, target: c.target });
          wire.push({ op: "download", buffer: c.buffer.id, offset: c.offset ?? 0, target });
          break;
        }
        case "copy":
          wire.push({
            op: "copy",
            from: { buffer: c.from.id, offset: c.fromOffset, bytes: align(c.bytes, 4) },
            buffer: c.to.id,
            offset: c.toOffset,
          });
          break;
        case "dispatch":
          wire.push({
            op: "dispatch",
            passes: c.passes.map((p) => ({
              kernel: p.kernel,
              buffers: p.bindings.map(rangeOf),
              uniforms: p.uniforms,
              workgroups: p.workgroups,
            })),
          });
          break;
      }
    }
    const reply = this.ask({ op: "run", commands: wire, finish });
    if (isFailure(reply)) return this.afterFailure(reply);
    this.doomed = [];
    for (const { from, target } of copies) target.set(new Uint8Array(space, from, target.byteLength));
    return undefined;
  }

  /** One empty round trip, in milliseconds: what a launch costs at least. */
  ping(): number {
    const t = performance.now();
    this.ask({ op: "ping" });
    return performance.now() - t;
  }

  /** Whether nothing is under way on the owner thread. */
  idle(): boolean {
    return this.channel.idle();
  }

  /**
   * Waits until the owner is idle, destroys the device and ends the thread. Idempotent. False when the device is still busy after `ms`:
   * leaving the process in an orderly way would then abort it, so end it with a signal.
   */
  shutdown(ms = SHUTDOWN_MS): boolean {
    return this.channel.close(ms);
  }

  private ask(request: Request): Reply | Failure {
    return this.channel.exchange(request);
  }

  /** An abandoned run still reads its staging area: the next one needs its own. (Destroying twice does no harm, so `doomed` stays.) */
  private afterFailure(reply: Failure): Failure {
    if (reply.kind === "interrupted") this.staging = new SharedArrayBuffer(1 << 20);
    return reply;
  }

  private reserve(commands: readonly Command[]): SharedArrayBuffer | Failure {
    let need = 0;
    for (const c of commands) {
      const view = c.op === "upload" ? c.data : c.op === "download" ? c.target : undefined;
      if (view && !isShared(view.buffer)) need += align(view.byteLength, 8);
    }
    if (need <= this.staging.byteLength) return this.staging;
    try {
      const grown = new SharedArrayBuffer(Math.min(sizeClass(need), need + 2 ** 26));
      if (grown.byteLength <= STAGING_KEPT) this.staging = grown;
      return grown;
    } catch {
      return failure("out-of-memory", `${need} bytes of staging memory`);
    }
  }
}

function rangeOf(b: Binding): Range {
  const r = "buffer" in b ? { buffer: b.buffer.id, offset: b.offset, bytes: b.bytes } : { buffer: b.id, offset: 0, bytes: b.bytes };
  return { ...r, bytes: Math.max(4, align(r.bytes, 4)) };
}
