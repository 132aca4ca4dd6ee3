/**
 * The interpreter's end of the wire: post a request, block until its reply is there.
 * The transport is a parameter (a Node worker thread, or a browser's Worker); everything else is shared memory.
 */
import {
  CONTROL_BYTES,
  FAILURE_KINDS,
  type Failure,
  failure,
  LIFE,
  PHASE,
  REPLY_BYTES,
  type Request,
  WORD,
  type WorkerStart,
} from "./protocol.ts";

/** Starts the owner thread. Nothing is received: replies come through shared memory. */
export interface Transport {
  post(request: Request): void;
  /** The owner has closed; frees what the transport holds. */
  dispose(): void;
}
export type StartTransport = (start: WorkerStart) => Transport | Failure;

/** What a reply carries: a number and a text (JSON or messages). */
export interface Reply {
  readonly value: number;
  readonly text: string;
}

/** How often a blocked thread looks up: latency of an interrupt, in milliseconds. */
const TICK_MS = 50;
/** Looks at the phase this often before it sleeps; a reply to a short request comes within some tens of microseconds. */
const SPINS = 2000;

const now = (): number => performance.now();

export class Channel {
  private readonly control: Int32Array;
  private readonly reply: Uint8Array;
  private readonly transport: Transport;
  private readonly poll: (() => boolean) | undefined;

  private constructor(start: WorkerStart, transport: Transport, poll: (() => boolean) | undefined) {
    this.control = new Int32Array(start.control);
    this.reply = new Uint8Array(start.reply);
    this.transport = transport;
    this.poll = poll;
  }

  static start(startTransport: StartTransport, poll?: () => boolean): Channel | Failure {
    const start = { control: new SharedArrayBuffer(CONTROL_BYTES), reply: new SharedArrayBuffer(REPLY_BYTES) };
    const transport = startTransport(start);
    return "failed" in transport ? transport : new Channel(start, transport, poll);
  }

  /** Posts a request and blocks until its reply, an interrupt, or the deadline. */
  exchange(request: Request, deadlineMs = Number.POSITIVE_INFINITY, interruptible = true): Reply | Failure {
    const { control } = this;
    const until = now() + deadlineMs;
    if (!this.settle(until)) return this.closed() ? failure("closed") : failure("interrupted");
    Atomics.store(control, WORD.phase, PHASE.pending);
    this.transport.post(request);
    for (let k = 0; k < SPINS; k++) if (Atomics.load(control, WORD.phase) === PHASE.done) return this.take();
    for (;;) {
      const phase = Atomics.load(control, WORD.phase);
      if (phase === PHASE.done) return this.take();
      if (this.closed()) return failure("closed");
      Atomics.wait(control, WORD.phase, phase, Math.min(TICK_MS, Math.max(1, until - now())));
      const stop = now() > until || (interruptible && this.poll?.() === true);
      // Losing this race means that the owner is already writing results: they are complete in a moment, and the interrupt waits.
      if (stop && Atomics.compareExchange(control, WORD.phase, PHASE.pending, PHASE.abandoned) === PHASE.pending)
        return failure("interrupted");
    }
  }

  /** Whether the owner has nothing open, so that the process may leave. */
  idle(): boolean {
    const phase = Atomics.load(this.control, WORD.phase);
    return phase === PHASE.idle || phase === PHASE.done || this.closed();
  }

  closed(): boolean {
    return Atomics.load(this.control, WORD.life) === LIFE.closed;
  }

  /** Blocks until the owner is idle; false at the deadline. */
  waitIdle(deadlineMs: number): boolean {
    const until = now() + deadlineMs;
    while (!this.idle()) {
      if (now() > until) return false;
      Atomics.wait(this.control, WORD.phase, Atomics.load(this.control, WORD.phase), 5);
    }
    return true;
  }

  /** Asks the owner to let go of the device and end; false when it did not within the time. */
  close(deadlineMs: number): boolean {
    if (!this.closed()) {
      if (!this.waitIdle(deadlineMs)) return false;
      this.exchange({ op: "close" }, deadlineMs, false);
    }
    const done = this.closed();
    if (done) this.transport.dispose();
    return done;
  }

  /** Waits for an abandoned request to end. */
  private settle(until: number): boolean {
    while (!this.idle()) {
      if (now() > until || this.poll?.() === true) return false;
      Atomics.wait(this.control, WORD.phase, Atomics.load(this.control, WORD.phase), TICK_MS);
    }
    return !this.closed();
  }

  private take(): Reply | Failure {
    const { control } = this;
    Atomics.store(control, WORD.phase, PHASE.idle);
    const bytes = control[WORD.replyBytes]!;
    // Decoders refuse shared memory.
    const text = bytes === 0 ? "" : new TextDecoder().decode(this.reply.slice(0, bytes));
    const kind = FAILURE_KINDS[control[WORD.status]!]!;
    return kind === "none" ? { value: control[WORD.value]!, text } : { failed: text, kind };
  }
}
