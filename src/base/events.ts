/**
 * The typed event stream that explain, --stats and the profiler read. Producers call `emit`; nobody above reads JIT internals.
 * Times are milliseconds of the host's monotonic clock.
 */
export interface LoopReport {
  readonly line: number;
  /** parallel | reduction | float-reduction | renaming | sequential | unknown */
  readonly class: string;
  readonly why: string;
  readonly references?: readonly { readonly name: string; readonly line: number; readonly text: string }[];
  /** A pair of iterations (0-based ordinals, outermost loop first) between which something is carried. */
  readonly witness?: { readonly source: readonly number[]; readonly sink: readonly number[] } | undefined;
  readonly distance?: readonly (number | string)[] | undefined;
  readonly requires?: readonly string[];
  readonly trips?: number | undefined;
  readonly stage?: string;
}

export type Event =
  | {
      readonly kind: "nest";
      readonly nest: string;
      readonly file: string;
      readonly line: number;
      readonly function: string;
      readonly loops: readonly LoopReport[];
    }
  | {
      readonly kind: "plan";
      readonly nest: string;
      readonly device: string;
      readonly transforms: readonly string[];
      readonly predictedMs: number | undefined;
      readonly why: string;
    }
  | { readonly kind: "compile"; readonly nest: string; readonly device: string; readonly ms: number }
  | { readonly kind: "run"; readonly nest: string; readonly device: string; readonly ms: number; readonly outcome: string }
  | { readonly kind: "exit"; readonly nest: string; readonly line: number; readonly reason: string }
  | {
      readonly kind: "abort";
      readonly nest: string;
      readonly file: string;
      readonly line: number;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly kind: "giveup"; readonly nest: string; readonly reason: string }
  | { readonly kind: "internal"; readonly nest: string; readonly message: string };

export class EventStream {
  private readonly listeners: ((e: Event) => void)[] = [];

  listen(f: (e: Event) => void): void {
    this.listeners.push(f);
  }

  emit(e: Event): void {
    for (const f of this.listeners) f(e);
  }
}
