/**
 * Signals and timers for an interpreter that keeps its thread busy: Node runs listeners of signals on that thread only, between two turns of its event loop,
 * which a synchronous interpreter never has. So a worker of a few lines owns the signal handles: libuv delivers signals to the loop of whichever
 * thread asked, and the worker sets the interpreter's words in shared memory (vm/interrupts.ts).
 *
 * The worker is started when the program has run for PATIENCE_MS or sets a handler: it takes 3 ms of this thread's time and 40 ms until it answers
 * (Node 20). Until then signals have their default actions.
 * Known weakness: the handles come from process.binding("signal_wrap"), which is deprecated in documents only; where it is missing, signals keep
 * their default actions. Timers of processor time count all threads of the process.
 */
import { Worker } from "node:worker_threads";
import { type Clock, newWords, type SignalSource, WORD } from "../interpreter/vm/interrupts.ts";

const PATIENCE_MS = 500;
/** A command that takes longer is not waited for. */
const ANSWER_MS = 2000;
const SIGINT = 2;

type Command =
  | { readonly watch: number }
  | { readonly unwatch: number }
  | { readonly clock: Clock; readonly at: number; readonly interval: number };

/** Milliseconds on a clock that all threads of the process read alike. It travels to the worker as text. */
function clockNow(clock: number): number {
  if (clock === 0 || clock === 3) return performance.timeOrigin + performance.now();
  const { user, system } = process.cpuUsage();
  return (clock === 1 ? user : user + system) / 1000;
}

/** What each clock posts. */
const CLOCK_SIGNALS = [14, 26, 27, 0];

const PROGRAM = `
const { parentPort, workerData: { words, signals, word } } = require("node:worker_threads");
let Signal;
process.noDeprecation = true;
try { ({ Signal } = process.binding("signal_wrap")); } catch {}
const handles = new Map(), timers = new Map();
const post = (n) => {
  if (n > 0) Atomics.or(words, n < 32 ? word.low : word.high, 1 << (n < 32 ? n : n - 33));
  Atomics.store(words, word.leave, 1);
  Atomics.store(words, word.ask, 1);
  Atomics.notify(words, word.leave);
};
const watch = (n) => {
  if (handles.has(n) || Signal === undefined) return;
  const h = new Signal();
  h.onsignal = post;
  if (h.start(n) === 0) handles.set(n, h);
  else h.close();
};
const unwatch = (n) => {
  handles.get(n)?.close();
  handles.delete(n);
};
const clockNow = ${String(clockNow)};
const arm = (clock, at, interval) => {
  const wait = at - clockNow(clock);
  timers.set(clock, setTimeout(() => {
    if (clockNow(clock) < at - 0.5) return arm(clock, at, interval);
    timers.delete(clock);
    if (interval > 0) arm(clock, at + interval, interval);
    post(signals[clock]);
  }, Math.min(Math.max(wait, 0), 2 ** 31 - 1)));
};
parentPort.on("message", (c) => {
  if (c.watch !== undefined) watch(c.watch);
  else if (c.unwatch !== undefined) unwatch(c.unwatch);
  else {
    clearTimeout(timers.get(c.clock));
    timers.delete(c.clock);
    if (c.at > 0) arm(c.clock, c.at, c.interval);
  }
  Atomics.add(words, word.acknowledged, 1);
  Atomics.notify(words, word.acknowledged);
});
`;

export class Watcher implements SignalSource {
  readonly words: Int32Array = newWords();
  private readonly born = performance.now();
  private worker: Worker | undefined;
  private sent = 0;
  private readonly timers: Map<Clock, { readonly at: number; readonly interval: number }> = new Map();
  private readonly signals: Set<number>;

  /** `interruptible`: SIGINT is watched from the beginning. */
  constructor(interruptible: boolean) {
    this.signals = new Set(interruptible ? [SIGINT] : []);
  }

  expect(milliseconds: number): boolean {
    if (this.worker === undefined && performance.now() + milliseconds - this.born > PATIENCE_MS) this.start();
    return this.worker !== undefined;
  }

  watch(signal: number): void {
    const isNew = !this.signals.has(signal);
    this.signals.add(signal);
    if (this.worker === undefined) this.start();
    else if (isNew) this.send({ watch: signal });
  }

  unwatch(signal: number): void {
    if (!this.signals.delete(signal) || this.worker === undefined) return;
    this.send({ unwatch: signal });
    this.settle();
  }

  setTimer(clock: Clock, milliseconds: number, interval: number): void {
    const at = milliseconds > 0 ? clockNow(clock) + milliseconds : 0;
    this.timers.set(clock, { at, interval });
    if (this.worker === undefined) {
      if (at === 0) return;
      this.start();
    }
    this.send({ clock, at, interval });
  }

  timer(clock: Clock): { readonly left: number; readonly interval: number } {
    const { at, interval } = this.timers.get(clock) ?? { at: 0, interval: 0 };
    if (at === 0) return { left: 0, interval: 0 };
    const left = at - clockNow(clock);
    if (left > 0) return { left, interval };
    return interval > 0 ? { left: interval - (-left % interval), interval } : { left: 0, interval };
  }

  kill(signal: number): void {
    this.unwatch(signal);
    process.kill(process.pid, signal);
  }

  private start(): void {
    this.worker = new Worker(PROGRAM, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: { words: this.words, signals: CLOCK_SIGNALS, word: WORD },
    });
    this.worker.unref();
    // without the worker signals have their default actions; without a listener an error would end the process
    this.worker.on("error", () => undefined);
    for (const signal of this.signals) this.send({ watch: signal });
  }

  private send(command: Command): void {
    this.sent++;
    this.worker!.postMessage(command);
  }

  /** Waits until the worker has done all that it was told. Whoever sees the program's output may take its handlers to be there. */
  settle(): void {
    if (this.worker === undefined) return;
    const until = performance.now() + ANSWER_MS;
    for (;;) {
      const done = Atomics.load(this.words, WORD.acknowledged);
      const left = until - performance.now();
      if (done >= this.sent || left <= 0) return;
      Atomics.wait(this.words, WORD.acknowledged, done, left);
    }
  }
}
