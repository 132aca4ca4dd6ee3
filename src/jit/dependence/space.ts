/**
 * The iteration space of a region under one binding: numbered integers that subscripts are affine in, with what is known of each.
 *
 * A quantity is the trip of a loop (0, 1, 2, …, whatever its step) or an integer that the analysis only knows partly: a floor quotient, the larger of two bounds, an
 * element of an index array. `level` says how many of the loops around it have to stand at a trip for its value to be fixed; two references that
 * share those trips share the value. Constraints are affine forms that are >= 0 wherever the quantity exists; for a loop they are its bounds.
 * `exact`: the constraints admit nothing that does not happen, so a solution is a dependence and not just a suspicion.
 */

import type { LoopStmt } from "../ir/nest.ts";
import {
  type Affine,
  addIntervals,
  ceilDiv,
  combine,
  constant,
  EVERYTHING,
  floorDiv,
  type Interval,
  isConstant,
  meet,
  negated,
  offset,
  range,
  scaleInterval,
  times,
  variable,
} from "./affine.ts";
import type { Work } from "./omega.ts";
import type { Row } from "./problem.ts";
import { decide, newStats } from "./tests.ts";

export interface Quantity {
  readonly id: number;
  readonly name: string;
  readonly level: number;
  range: Interval;
  constraints: readonly Affine[];
  exact: boolean;
  /** Hangs on elements of arrays or on a choice that does: no closed form over trips. */
  readonly data: boolean;
}

/** A loop as an axis of the space. */
export interface Axis extends Quantity {
  readonly stmt: LoopStmt;
  readonly depth: number;
  /** Trips of the current instance, where that is affine in what is outside. */
  trips: Affine | undefined;
  /** Ends before its bounds say so. */
  leaves: boolean;
}

export class Space {
  readonly all: Quantity[] = [];
  private readonly known = new Map<string, Quantity>();

  quantity(name: string, level: number, data: boolean, within: Interval = EVERYTHING): Quantity {
    const q: Quantity = { id: this.all.length, name, level, range: within, constraints: [], exact: false, data };
    this.all.push(q);
    return q;
  }

  axis(name: string, stmt: LoopStmt, depth: number): Axis {
    const id = this.all.length;
    const a: Axis = {
      id,
      name,
      level: depth + 1,
      range: { lo: 0, hi: Infinity },
      constraints: [],
      exact: true,
      data: false,
      stmt,
      depth,
      trips: undefined,
      leaves: false,
    };
    this.all.push(a);
    return a;
  }

  /** The one quantity of a pure function of others: equal keys are equal values. */
  function(key: string, of: readonly Affine[], within: Interval, data = false): Quantity {
    const old = this.known.get(key);
    if (old) return old;
    const q = this.quantity(key, this.level(of), data || of.some((a) => this.isData(a)), within);
    this.known.set(key, q);
    return q;
  }

  level(of: readonly Affine[]): number {
    return Math.max(0, ...of.flatMap((a) => a.ids.map((id) => this.all[id]!.level)));
  }

  isData(a: Affine): boolean {
    return a.ids.some((id) => this.all[id]!.data);
  }

  range(a: Affine): Interval {
    return range(a, (id) => this.all[id]!.range);
  }

  key(a: Affine): string {
    return `${a.c}${a.ids.map((id, j) => `,${a.ks[j]}#${id}`).join("")}`;
  }

  text(a: Affine): string {
    return a.ids.length === 0
      ? String(a.c)
      : a.ids.map((id, j) => `${a.ks[j] === 1 ? "" : `${a.ks[j]}*`}${this.all[id]!.name}`).join(" + ") + (a.c ? ` + ${a.c}` : "");
  }

  /** ⌊a / d⌋ for a positive constant d. */
  quotient(a: Affine, d: number): Affine {
    if (d === 1) return a;
    if (a.c % d === 0 && a.ks.every((k) => k % d === 0)) return { c: a.c / d, ids: a.ids, ks: a.ks.map((k) => k / d) };
    if (isConstant(a)) return constant(floorDiv(a.c, d));
    const r = this.range(a);
    const q = this.function(`${this.key(a)} // ${d}`, [a], {
      lo: Number.isFinite(r.lo) ? floorDiv(r.lo, d) : -Infinity,
      hi: Number.isFinite(r.hi) ? floorDiv(r.hi, d) : Infinity,
    });
    const rest = combine(a, -d, variable(q.id));
    q.constraints = [rest, offset(negated(rest), d - 1)];
    q.exact = true;
    return variable(q.id);
  }

  /** a mod d for a positive constant d. */
  remainder(a: Affine, d: number): Affine {
    const r = this.range(a);
    if (r.lo >= 0 && r.hi < d) return a;
    return combine(a, -d, this.quotient(a, d));
  }

  /** The smaller (sign 1) or larger (sign -1) of two. */
  extreme(a: Affine, b: Affine, sign: 1 | -1): Affine {
    const d = this.range(combine(b, -1, a));
    if (sign === 1 ? d.lo >= 0 : d.hi <= 0) return a;
    if (sign === 1 ? d.hi <= 0 : d.lo >= 0) return b;
    const [x, y] = [this.range(a), this.range(b)];
    const within =
      sign === 1 ? { lo: Math.min(x.lo, y.lo), hi: Math.min(x.hi, y.hi) } : { lo: Math.max(x.lo, y.lo), hi: Math.max(x.hi, y.hi) };
    const [p, q] = [this.key(a), this.key(b)].sort();
    const m = this.function(`${sign === 1 ? "min" : "max"}(${p}; ${q})`, [a, b], within);
    const v = variable(m.id);
    m.constraints = [a, b].map((x) => combine(scaledBy(sign, x), -sign, v));
    return v;
  }

  product(a: Affine, b: Affine): Affine {
    if (isConstant(a)) return scaledBy(a.c, b);
    if (isConstant(b)) return scaledBy(b.c, a);
    const [x, y] = [this.range(a), this.range(b)];
    const [p, q] = [this.key(a), this.key(b)].sort();
    return variable(this.function(`(${p}) * (${q})`, [a, b], this.key(a) === this.key(b) ? square(x) : spread(x, y)).id);
  }

  /** Whether no point of the space has all rows >= 0: bounds of the loops that they hang on are taken in. */
  impossible(rows: readonly Affine[], work: Work): boolean {
    const index = new Map<number, number>();
    const all: Affine[] = [];
    const add = (a: Affine): void => {
      all.push(a);
      for (const id of a.ids) {
        if (index.has(id)) continue;
        index.set(id, index.size);
        this.all[id]!.constraints.forEach(add);
      }
    };
    rows.forEach(add);
    const ids = [...index.keys()];
    const dense = (a: Affine): Row => {
      const k = new Array<number>(ids.length).fill(0);
      a.ids.forEach((id, j) => {
        k[index.get(id)!] = a.ks[j]!;
      });
      return { c: a.c, k };
    };
    const of = ids.map((id) => this.all[id]!);
    const problem = {
      names: of.map((q) => q.name),
      lo: of.map((q) => q.range.lo),
      hi: of.map((q) => q.range.hi),
      pairs: [],
      equations: [],
      constraints: all.map(dense),
    };
    return decide(problem, newStats(), work).kind === "independent";
  }

  /** Narrows the range of a quantity by constraints that bound it. */
  narrow(q: Quantity): void {
    for (const c of q.constraints) {
      const at = c.ids.indexOf(q.id);
      if (at < 0) continue;
      const k = c.ks[at]!;
      const rest = this.range({ c: c.c, ids: c.ids.filter((_, j) => j !== at), ks: c.ks.filter((_, j) => j !== at) });
      // k·q + rest >= 0 needs k·q >= -max(rest)
      if (!Number.isFinite(rest.hi)) continue;
      q.range = meet(q.range, k > 0 ? { lo: ceilDiv(-rest.hi, k), hi: Infinity } : { lo: -Infinity, hi: floorDiv(rest.hi, -k) });
    }
  }
}

const scaledBy = (k: number, a: Affine): Affine => ({
  c: times(k, a.c),
  ids: k === 0 ? [] : a.ids,
  ks: k === 0 ? [] : a.ks.map((x) => times(k, x)),
});

function spread(x: Interval, y: Interval): Interval {
  const ends = [x.lo, x.hi].flatMap((p) => [y.lo, y.hi].map((q) => (p === 0 || q === 0 ? 0 : p * q)));
  return addIntervals({ lo: Math.min(...ends), hi: Math.max(...ends) }, { lo: 0, hi: 0 });
}

function square(x: Interval): Interval {
  const s = spread(x, x);
  return x.lo >= 0 || x.hi <= 0
    ? s
    : { lo: 0, hi: Math.max(scaleInterval(x.lo, { lo: x.lo, hi: x.lo }).hi, scaleInterval(x.hi, { lo: x.hi, hi: x.hi }).hi) };
}
