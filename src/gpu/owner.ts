/**
 * Serves requests against one device and publishes replies in the control block. Independent of the thread library: worker.ts is its Node shell.
 * One request at a time: the other side waits for each reply, or for the end of the request that it abandoned.
 */
import { Device } from "./device.ts";
import {
  FAILURE_KINDS,
  type Failure,
  failure,
  isFailure,
  LIFE,
  type OpenOptions,
  PHASE,
  type Request,
  WORD,
  type WorkerStart,
} from "./protocol.ts";

/** Finds the API, or says why there is none. Called once. */
export type FindGpu = (options: OpenOptions) => Promise<{ readonly gpu: GPU; readonly backend: string } | Failure>;

export class Owner {
  private readonly control: Int32Array;
  private readonly reply: Uint8Array;
  private readonly findGpu: FindGpu;
  private device: Device | undefined;

  constructor(start: WorkerStart, findGpu: FindGpu) {
    this.control = new Int32Array(start.control);
    this.reply = new Uint8Array(start.reply);
    this.findGpu = findGpu;
    Atomics.store(this.control, WORD.life, LIFE.running);
  }

  /** Serves one request; resolves to whether to go on. Never rejects. */
  async serve(request: Request): Promise<boolean> {
    let result: Failure | string;
    try {
      result = await this.perform(request);
    } catch (e) {
      result = failure("internal", e instanceof Error ? e.message : String(e));
    }
    if (request.op === "close") Atomics.store(this.control, WORD.life, LIFE.closed);
    this.publish(result);
    return request.op !== "close";
  }

  /** Says that this thread is gone, so that nobody waits for it. */
  ended(): void {
    Atomics.store(this.control, WORD.life, LIFE.closed);
    Atomics.notify(this.control, WORD.phase);
  }

  private async perform(request: Request): Promise<Failure | string> {
    switch (request.op) {
      case "open":
        return this.open(request.options);
      case "close":
        await this.device?.close();
        return "";
      case "ping":
        return "";
    }
    const device = this.device;
    if (!device) return failure("closed");
    switch (request.op) {
      case "kernel":
        return (await device.createKernel(request.id, request.spec)) ?? "";
      case "buffer":
        return (await device.createBuffer(request.id, request.bytes)) ?? "";
      case "run":
        return (await device.run(request.commands, request.finish, () => this.commit())) ?? "";
    }
  }

  private async open(options: OpenOptions): Promise<Failure | string> {
    const found = await this.findGpu(options);
    if (isFailure(found)) return found;
    const device = await Device.open(found.gpu, { ...options, backend: found.backend });
    if (isFailure(device)) return device;
    this.device = device;
    return JSON.stringify(device.info);
  }

  /** True when nobody abandoned the request: host memory may be written, and the waiting side waits for that. */
  private commit(): boolean {
    return Atomics.compareExchange(this.control, WORD.phase, PHASE.pending, PHASE.committing) === PHASE.pending;
  }

  private publish(result: Failure | string): void {
    const { control } = this;
    const failed = isFailure(result);
    control[WORD.status] = failed ? FAILURE_KINDS.indexOf(result.kind) : 0;
    control[WORD.replyBytes] = new TextEncoder().encodeInto(failed ? result.failed : result, this.reply).written;
    Atomics.store(control, WORD.phase, PHASE.done);
    Atomics.notify(control, WORD.phase);
  }
}
