/**
 * How much work a nest is under a binding: operations by cost class, loads, stores, trips. Bounds that depend on outer loop variables are taken at the middle of their
 * range (exact for sums over triangular nests, up to rounding); both arms of an `if` count half; a `while` counts as WHILE_TRIPS.
 */
import type { Binding, Expr, Region, Stmt } from "../ir/nest.ts";
import { type CostClass, OPS } from "../ir/ops.ts";
import { ownExprs, walkExpr } from "../ir/visit.ts";

export type WorkClass = CostClass | "load" | "store" | "trip";
export type Work = Record<WorkClass, number>;

/** A guess: nothing is known of how often a condition holds. */
const WHILE_TRIPS = 16;

export function countWork(region: Region, binding: Binding): Work {
  const work: Work = { free: 0, alu: 0, mul: 0, div: 0, sqrt: 0, math: 0, load: 0, store: 0, trip: 0 };
  new Counter(binding, work).list(region.body, 1);
  return work;
}

class Counter {
  private readonly binding: Binding;
  private readonly work: Work;
  /** Middle of what is known of loop variables and of variables set from them. */
  private readonly middle = new Map<string, number>();

  constructor(binding: Binding, work: Work) {
    this.binding = binding;
    this.work = work;
  }

  list(body: readonly Stmt[], times: number): void {
    for (const s of body) this.statement(s, times);
  }

  private statement(s: Stmt, times: number): void {
    if (s.kind !== "while") this.expressions(s, times);
    switch (s.kind) {
      case "set": {
        const v = this.value(s.value);
        if (v !== undefined) this.middle.set(s.name, v);
        return;
      }
      case "store":
        this.work.store += times;
        return;
      case "if":
        this.list(s.body, times / 2);
        this.list(s.orelse, times / 2);
        return;
      case "block":
        return this.list(s.body, times);
      case "for": {
        const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => this.value(e) ?? 0) as [number, number, number];
        const trips = step === 0 ? 0 : Math.max(0, Math.ceil((hi - lo) / step));
        this.middle.set(s.iv, lo + ((trips - 1) / 2) * step);
        this.work.trip += times * trips;
        return this.list(s.body, times * trips);
      }
      case "while":
        this.expressions(s, times * WHILE_TRIPS);
        this.work.trip += times * WHILE_TRIPS;
        return this.list(s.body, times * WHILE_TRIPS);
      default:
        return;
    }
  }

  private expressions(s: Stmt, times: number): void {
    for (const e of ownExprs(s)) {
      walkExpr(e, (x) => {
        if (x.kind === "load") this.work.load += times;
        else if (x.kind === "op") this.work[OPS[x.op].cost] += times;
      });
    }
  }

  /** An integer expression at the middle of the loops around it. */
  private value(e: Expr): number | undefined {
    switch (e.kind) {
      case "const":
        return e.value;
      case "param":
        return this.binding.params[e.name];
      case "var":
        return this.middle.get(e.name) ?? this.binding.vars[e.name];
      case "iv":
        return this.middle.get(e.name);
      case "dim":
        return this.binding.arrays[e.array]!.shape[e.axis];
      case "cast":
        return this.value(e.arg);
      case "op": {
        const fold = FOLD[e.op];
        const [a, b] = e.args.map((x) => this.value(x));
        return fold && a !== undefined && (e.args.length === 1 || b !== undefined) ? fold(a, b ?? 0) : undefined;
      }
      default:
        return undefined;
    }
  }
}

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  neg: (a) => -a,
  floordiv: (a, b) => Math.floor(a / b),
  mod: (a, b) => ((a % b) + b) % b,
  min2: Math.min,
  max2: Math.max,
};
