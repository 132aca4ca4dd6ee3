/**
 * What makes a busy interpreter look up: words in memory that it may share with another thread. Safe points (back-edges and calls) ask one word, compiled
 * regions another between two trips, and a wait sleeps on that one; what was asked for is then done on the interpreter's own thread, between two instructions.
 *
 * Signals are delivered as CPython does (PEP 475, module signal): handlers run in the main Python thread only, lowest number first, and a wait goes on
 * after a handler that returned.
 * Known weakness: a native that computes for long (`sum(range(10**9))`, a pattern that backtracks) is not left.
 */
import { currentThread, MAIN_THREAD, scheduler } from "./threads.ts";
import type { Interpreter } from "./vm.ts";

/** Places in the shared words. */
export const WORD = {
  /** Non-zero: the next safe point calls `ask`. */
  ask: 0,
  /** Non-zero: compiled regions and waits end. Set by other threads only. */
  leave: 1,
  /** Signals that have arrived: 1 to 31 as bits of the first, 33 to 64 as bits of the second. */
  low: 2,
  high: 3,
  /** Commands that the watching thread has carried out. */
  acknowledged: 4,
} as const;
const WORDS = 5;
/** First signal in word `high`. */
const HIGH_BASE = 33;

/** Clocks of setitimer, as the module numbers them, and one that only wakes. */
export const CLOCK = { real: 0, virtual: 1, profiling: 2, wake: 3 } as const;
export type Clock = (typeof CLOCK)[keyof typeof CLOCK];

/** Whoever sets the words from outside: signals of the process and timers. */
export interface SignalSource {
  readonly words: Int32Array;
  /** The interpreter may be out of reach of safe points for so many milliseconds from now. Whether the source has started. */
  expect(milliseconds: number): boolean;
  /** The signal is to set its bit instead of its default action; before the program's next output it does. */
  watch(signal: number): void;
  /** The signal has its default action again. */
  unwatch(signal: number): void;
  /** Posts the clock's signal after a time, then at intervals; 0 ms ends that. `wake` posts none, but wakes. */
  setTimer(clock: Clock, milliseconds: number, interval: number): void;
  /** Milliseconds until a clock's signal, and between two; 0: none. */
  timer(clock: Clock): { readonly left: number; readonly interval: number };
  /** The default action. */
  kill(signal: number): void;
}

/** Called at safe points; true: at the next one again. */
export type Asker = () => boolean;

/** Safe points between two looks at the clock of a young interpreter. */
const PATIENCE = 256;

export const newWords = (): Int32Array =>
  new Int32Array(typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(4 * WORDS) : new ArrayBuffer(4 * WORDS));

export class Interrupts {
  readonly words: Int32Array;
  readonly source: SignalSource | undefined;
  /** What a signal does. */
  onSignal: (signal: number) => void = () => {};
  /** Signals handled so far. */
  delivered = 0;
  private readonly askers: Set<Asker> = new Set();
  /** Private to JS as well, so that a search of the heap from here does not walk through the interpreter. */
  readonly #vm: Interpreter;

  constructor(vm: Interpreter, source: SignalSource | undefined) {
    this.#vm = vm;
    this.source = source;
    this.words = source?.words ?? newWords();
    if (source) this.add(young(source));
  }

  /** Has `asker` called at the next safe point. */
  add(asker: Asker): void {
    this.askers.add(asker);
    Atomics.store(this.words, WORD.ask, 1);
  }

  /** At a safe point that was asked for. */
  ask(): void {
    const { words, askers } = this;
    Atomics.store(words, WORD.leave, 0);
    Atomics.store(words, WORD.ask, askers.size > 0 ? 1 : 0);
    for (const asker of askers) if (!asker()) askers.delete(asker);
    this.deliver();
  }

  expect(milliseconds: number): void {
    this.source?.expect(milliseconds);
  }

  /** A signal that the program sends itself: handled before this returns, when the main thread runs. */
  post(signal: number): void {
    if (signal < HIGH_BASE) Atomics.or(this.words, WORD.low, 1 << signal);
    else Atomics.or(this.words, WORD.high, 1 << (signal - HIGH_BASE));
    this.deliver();
  }

  /** Handles what has arrived; whether something had. Raises what a handler raises. */
  deliver(): boolean {
    if (!this.pending()) return false;
    if (currentThread(this.#vm) !== MAIN_THREAD) {
      Atomics.store(this.words, WORD.ask, 1);
      scheduler(this.#vm).hurry();
      return false;
    }
    for (;;) {
      const signal = this.take(WORD.low, 0) ?? this.take(WORD.high, HIGH_BASE);
      if (signal === undefined) return true;
      if (this.pending()) Atomics.store(this.words, WORD.ask, 1);
      this.delivered++;
      this.onSignal(signal);
    }
  }

  /** Lets time pass; ends early when something has arrived, which is then handled. */
  wait(milliseconds: number): void {
    if (!(milliseconds > 0)) return;
    this.expect(milliseconds);
    Atomics.wait(this.words, WORD.leave, 0, milliseconds);
    if (Atomics.exchange(this.words, WORD.leave, 0) !== 0) this.deliver();
  }

  private pending(): boolean {
    return Atomics.load(this.words, WORD.low) !== 0 || Atomics.load(this.words, WORD.high) !== 0;
  }

  private take(word: number, base: number): number | undefined {
    const bits = Atomics.load(this.words, word);
    if (bits === 0) return undefined;
    const lowest = bits & -bits;
    Atomics.and(this.words, word, ~lowest);
    return base + 31 - Math.clz32(lowest);
  }
}

/** Starts the source when the interpreter has run for some time. */
function young(source: SignalSource): Asker {
  let left = PATIENCE;
  return () => {
    if (--left > 0) return true;
    left = PATIENCE;
    return !source.expect(0);
  };
}
