/**
 * How a kernel looks up while it runs: now and then, between two trips of a loop, it reads words in memory that another thread may set, and leaves through
 * the exit of the trip's first statement when one is set. At that point nothing of the trip has happened, so that the interpreter goes on exactly there.
 *
 * Where a loop counts from zero by one, its own variable says when to look, which is one instruction a trip; other innermost loops run from mark to mark.
 * (A call instead of the read makes V8 keep the loop's variables in memory: `mandel` takes twice as long.) All look before the first trip, so that V8
 * has seen it when it optimises.
 * Known weakness: how long a trip takes is not known; nests of long trips are looked at more seldom, by a factor of up to SELDOM_OUTER a loop.
 */
import type { LoopStmt } from "../../ir/nest.ts";
import { walkStmts } from "../../ir/visit.ts";
import type { Writer } from "./scope.ts";
import type { Abs } from "./transfer.ts";

/** Words that make a kernel leave when they are not zero. */
export type Wakes = readonly { readonly words: Int32Array; readonly at: number }[];

/** Trips between two looks, less one: a mask. */
const SELDOM = 0xffff;
const SELDOM_OUTER = 0xf;
/** A loop of so few trips is not worth a look. */
const FEW = 4096;

export const wakeName = (k: number): string => `wake${k}`;

/** The hidden variable of a `for` as text, with what is known of its bounds and step: 32-bit integers. */
export interface Counting {
  readonly iv: string;
  readonly lo: string;
  readonly end: string;
  readonly from: Abs;
  readonly to: Abs;
  readonly by: Abs;
}

/** `trip`: a test at the start of a trip. `head`: what the loop's own condition and start become, and a test behind the loop. */
export type Poll =
  | { readonly kind: "trip"; readonly test: string }
  | { readonly kind: "head"; readonly start: string; readonly more: string; readonly test: string };

export class Polls {
  private readonly writer: Writer;
  private readonly words: readonly string[];
  /** Variables of the kernel, zero at first. */
  readonly counters: string[] = [];

  constructor(wakes: Wakes, writer: Writer) {
    this.writer = writer;
    this.words = wakes.map((w, k) => `${wakeName(k)}[${w.at}]`);
  }

  /** How `s` is left between two trips; undefined: not at all. */
  of(s: LoopStmt, counting: Counting | undefined): Poll | undefined {
    if (this.words.length === 0 || this.exit(s) === undefined) return undefined;
    const inner = isInnermost(s);
    const mask = inner ? SELDOM : SELDOM_OUTER;
    if (counting === undefined || counting.by.lo !== counting.by.hi || Math.abs(counting.by.lo) !== 1) return this.counted(mask);
    const { iv, lo, from, to } = counting;
    if (inner && Math.max(Math.abs(to.hi - from.lo), Math.abs(from.hi - to.lo)) <= FEW) return undefined;
    if (from.lo === from.hi && (from.lo & mask) === 0) return this.trip(`(${iv} & ${mask}) === 0`);
    return inner ? this.head(counting) : this.trip(`(${iv} & ${mask}) === ${this.writer.temporary(`(${lo} & ${mask})`)}`);
  }

  exit(s: LoopStmt): string | undefined {
    return s.kind === "while" ? s.exit : s.body[0]?.exit;
  }

  private trip(now: string): Poll {
    return { kind: "trip", test: `${now} && (${this.words.map((w) => `${w} !== 0`).join(" || ")})` };
  }

  private counted(mask: number): Poll {
    const name = this.variable("q");
    return this.trip(`((${name} = (${name} + 1) | 0) & ${mask}) === 1`);
  }

  /** The loop runs up to a mark that is moved on, and looks up when it gets there; the first time before the first trip. */
  private head({ iv, lo, end, by }: Counting): Poll {
    const [mark, word] = [this.variable("m"), this.variable("w")];
    const up = by.lo > 0;
    const before = (limit: string): string => `${iv} ${up ? "<" : ">"} ${limit}`;
    const further = up ? `Math.min(${end}, ${iv} + ${SELDOM})` : `Math.max(${end}, ${iv} - ${SELDOM})`;
    const quiet = `(${word} = ${this.words.join(" | ")}) === 0`;
    return {
      kind: "head",
      start: `${mark} = ${lo}`,
      more: `${before(mark)} || (${before(end)} && ${quiet} && ((${mark} = ${further}), true))`,
      test: `${word} !== 0`,
    };
  }

  private variable(prefix: string): string {
    const name = this.writer.fresh(prefix);
    this.counters.push(name);
    return name;
  }
}

function isInnermost(s: LoopStmt): boolean {
  let inner = true;
  walkStmts(s.body, (x) => {
    if (x.kind === "for" || x.kind === "while") inner = false;
  });
  return inner;
}
