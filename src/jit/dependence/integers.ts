/**
 * Integer expressions of the IR as affine forms over the quantities of a space, with the values of the binding put in. What is not affine becomes a quantity
 * of its own: a pure function of affine arguments is the same quantity wherever it has the same arguments.
 *
 * The ranges lean on the exits of the IR: `add` of `int` is exact or leaves, and a trip that leaves is rolled back, so its dependences do not count.
 */

import type { Binding, CastExpr, Expr, LoadExpr, OpExpr } from "../ir/nest.ts";
import { type ExprType, isBool, isFloat, isInt, SAFE, TYPES } from "../ir/ops.ts";
import {
  type Affine,
  constant,
  difference,
  EVERYTHING,
  type Interval,
  isConstant,
  negated,
  offset,
  scaled,
  sum,
  variable,
} from "./affine.ts";
import type { Work } from "./omega.ts";
import type { Space } from "./space.ts";

/** Where expressions are evaluated: the variables, and how deep in loops. */
export interface Place {
  readonly env: ReadonlyMap<string, Affine>;
  readonly ivs: ReadonlyMap<string, Affine>;
  readonly level: number;
}

/** What a condition says of integers. `exact`: nothing else. */
export interface Assumption {
  readonly rows: readonly Affine[];
  readonly exact: boolean;
}
const NOTHING: Assumption = { rows: [], exact: false };

/** Row operations for the signs of all subscripts of a region. */
const SIGN_WORK = 200_000;

export class Integers {
  private readonly space: Space;
  private readonly binding: Binding;
  /** Arrays that some statement may change, aliases included. */
  private readonly changing: ReadonlySet<string>;
  /** Whether a parameter, a length or an initial value was looked up. */
  usedBinding = false;
  /** What proofs about signs may cost. */
  private readonly work: Work = { left: SIGN_WORK };

  constructor(space: Space, binding: Binding, changing: ReadonlySet<string>) {
    this.space = space;
    this.binding = binding;
    this.changing = changing;
  }

  // ---- values -----------------------------------------------------------------------------------------------------------------------

  /** The value of an integer, bool or wide expression. */
  value(e: Expr, p: Place): Affine {
    switch (e.kind) {
      case "const":
        return constant(e.value);
      case "param": {
        this.usedBinding = true;
        const x = this.binding.params[e.name];
        return x !== undefined && Number.isSafeInteger(x) ? constant(x) : this.opaque(e, p);
      }
      case "dim":
        this.usedBinding = true;
        return constant(this.binding.arrays[e.array]!.shape[e.axis]!);
      case "iv":
        return p.ivs.get(e.name) ?? this.opaque(e, p);
      case "var":
        return p.env.get(e.name) ?? this.opaque(e, p);
      case "load":
        return this.opaque(e, p);
      case "cast":
        return this.cast(e, p);
      case "op":
        return this.operation(e, p);
    }
  }

  private cast(e: CastExpr, p: Place): Affine {
    const from = e.arg.type;
    if (isFloat(from) || from === "wide") return this.opaque(e, p);
    const a = this.value(e.arg, p);
    if (isBool(from)) return a;
    if (isBool(e.type)) {
      const sign = this.compare("ne", a);
      return sign === undefined ? this.opaque(e, p) : constant(sign ? 1 : 0);
    }
    // Python's ints must fit or leave; NumPy's wrap into narrower types
    return from === "int" || e.type === "int" || fits(this.space.range(a), e.type) ? a : this.opaque(e, p);
  }

  private operation(e: OpExpr, p: Place): Affine {
    if (e.args.some((a) => a.type !== "wide" && isFloat(a.type))) return isBool(e.type) ? this.truth(e, p) : this.opaque(e, p);
    if (isBool(e.type)) return this.truth(e, p);
    const arg = (k: number): Affine => this.value(e.args[k]!, p);
    switch (e.op) {
      case "widen":
        return arg(0);
      case "add":
      case "wadd":
        return sum(arg(0), arg(1));
      case "sub":
      case "wsub":
        return difference(arg(0), arg(1));
      case "neg":
        return negated(arg(0));
      case "mul":
      case "wmul":
        return this.space.product(arg(0), arg(1));
      case "addw":
        return this.wrapping(e, sum(arg(0), arg(1)), p);
      case "subw":
        return this.wrapping(e, difference(arg(0), arg(1)), p);
      case "mulw":
        return this.wrapping(e, this.space.product(arg(0), arg(1)), p);
      case "invert":
        return isUnsigned(e.type) ? this.opaque(e, p) : offset(negated(arg(0)), -1);
      case "min2":
      case "minimum":
        return this.space.extreme(arg(0), arg(1), 1);
      case "max2":
      case "maximum":
        return this.space.extreme(arg(0), arg(1), -1);
      case "abs":
        return this.magnitude(e, arg(0), p);
      case "floordiv":
      case "mod":
      case "wmod":
        return this.divided(e, arg(0), arg(1), p);
      case "and":
        return this.masked(e, arg(0), arg(1), p);
      case "shl":
      case "shr":
        return this.shifted(e, arg(0), arg(1), p);
      case "select": {
        const c = this.decided(e.args[0]!, p);
        if (c !== undefined) return arg(c ? 1 : 2);
        const [a, b] = [arg(1), arg(2)];
        return this.space.key(a) === this.space.key(b) ? a : this.opaque(e, p, hull(this.space.range(a), this.space.range(b)));
      }
      default:
        return this.opaque(e, p);
    }
  }

  private wrapping(e: OpExpr, a: Affine, p: Place): Affine {
    return TYPES[e.type as "i8"].bytes === 8 || fits(this.space.range(a), e.type) ? a : this.opaque(e, p);
  }

  private magnitude(e: OpExpr, a: Affine, p: Place): Affine {
    const r = this.space.range(a);
    if (r.lo >= 0) return a;
    return r.hi <= 0 ? negated(a) : this.opaque(e, p, { lo: 0, hi: Math.max(-r.lo, r.hi) });
  }

  private divided(e: OpExpr, a: Affine, d: Affine, p: Place): Affine {
    if (!isConstant(d) || d.c <= 0)
      return this.opaque(e, p, e.op !== "floordiv" && isConstant(d) && d.c < 0 ? { lo: d.c + 1, hi: 0 } : undefined);
    return e.op === "floordiv" ? this.space.quotient(a, d.c) : this.space.remainder(a, d.c);
  }

  private masked(e: OpExpr, a: Affine, mask: Affine, p: Place): Affine {
    const m = isConstant(mask) ? mask.c : isConstant(a) ? a.c : -1;
    const other = isConstant(mask) ? a : mask;
    const low = m >= 0 && Number.isInteger(Math.log2(m + 1));
    return low ? this.space.remainder(other, m + 1) : this.opaque(e, p, m >= 0 ? { lo: 0, hi: m } : undefined);
  }

  private shifted(e: OpExpr, a: Affine, n: Affine, p: Place): Affine {
    if (!isConstant(n) || n.c < 0 || n.c > 40 || (e.op === "shl" && e.type !== "int")) return this.opaque(e, p);
    return e.op === "shl" ? scaled(2 ** n.c, a) : this.space.quotient(a, 2 ** n.c);
  }

  private truth(e: OpExpr, p: Place): Affine {
    const c = this.decided(e, p);
    return c === undefined ? this.opaque(e, p, { lo: 0, hi: 1 }) : constant(c ? 1 : 0);
  }

  /** A quantity that stands for the value: one for a pure function of known arguments, a new one at every place otherwise. */
  opaque(e: Expr, p: Place, within: Interval = rangeOf(e.type)): Affine {
    const args: Affine[] = [];
    const known = this.keyOf(e, p, args);
    const q =
      known === undefined ? this.space.quantity("?", p.level, true, within) : this.space.function(known.key, args, within, known.data);
    return variable(q.id);
  }

  /** Text that is equal only for equal values; gathers the affine arguments. */
  private keyOf(e: Expr, p: Place, args: Affine[]): { key: string; data: boolean } | undefined {
    switch (e.kind) {
      case "const":
        return { key: `${e.type} ${Object.is(e.value, -0) ? "-0" : e.value}`, data: false };
      case "param":
        return { key: `param ${e.name}`, data: false };
      case "load":
        return this.changing.has(e.array) ? undefined : this.call(`load ${e.array}`, e.index, p, args, true);
      case "op":
        return this.call(`${e.op} ${e.type}`, e.args, p, args, false);
      case "cast":
        return this.call(`${e.type} of ${e.arg.type}`, [e.arg], p, args, false);
      default:
        return undefined;
    }
  }

  private call(name: string, list: readonly Expr[], p: Place, args: Affine[], data: boolean): { key: string; data: boolean } | undefined {
    let key = `${name}(`;
    for (const e of list) {
      if (e.type !== "wide" && isFloat(e.type)) {
        const inner = this.keyOf(e, p, args);
        if (inner === undefined) return undefined;
        key += `${inner.key};`;
        data ||= inner.data;
      } else {
        const a = this.value(e, p);
        args.push(a);
        key += `${this.space.key(a)};`;
      }
    }
    return { key: `${key})`, data };
  }

  // ---- conditions -------------------------------------------------------------------------------------------------------------------

  /** The truth of a condition where it is always the same. */
  decided(e: Expr, p: Place): boolean | undefined {
    if (e.kind === "const") return e.value !== 0;
    if (e.kind === "cast" && isBool(e.type) && isBool(e.arg.type)) return this.decided(e.arg, p);
    if (e.kind !== "op") return this.constantTruth(e, p);
    const inner = (k: number): boolean | undefined => this.decided(e.args[k]!, p);
    switch (e.op) {
      case "not": {
        const a = inner(0);
        return a === undefined ? undefined : !a;
      }
      case "land":
      case "lor": {
        const absorbing = e.op === "lor";
        const [a, b] = [inner(0), inner(1)];
        if (a === absorbing || b === absorbing) return absorbing;
        return a === undefined || b === undefined ? undefined : !absorbing;
      }
      default:
        return comparable(e) ? this.compare(e.op, difference(this.value(e.args[1]!, p), this.value(e.args[0]!, p))) : undefined;
    }
  }

  private constantTruth(e: Expr, p: Place): boolean | undefined {
    if (!isBool(e.type) || (e.kind !== "var" && e.kind !== "param")) return undefined;
    const a = this.value(e, p);
    return isConstant(a) ? a.c !== 0 : undefined;
  }

  /** `a op b` from d = b - a. */
  private compare(op: string, d: Affine): boolean | undefined {
    const { lo, hi } = this.space.range(d);
    const is = (yes: boolean, no: boolean): boolean | undefined => (yes ? true : no ? false : undefined);
    switch (op) {
      case "lt":
        return is(lo >= 1, hi <= 0);
      case "le":
        return is(lo >= 0, hi <= -1);
      case "gt":
        return is(hi <= -1, lo >= 0);
      case "ge":
        return is(hi <= 0, lo >= 1);
      case "eq":
        return is(lo === 0 && hi === 0, lo > 0 || hi < 0);
      case "ne":
        return is(lo > 0 || hi < 0, lo === 0 && hi === 0);
      default:
        return undefined;
    }
  }

  /** Affine consequences of a condition that is true (or false). */
  assume(e: Expr, holds: boolean, p: Place): Assumption {
    if (e.kind === "cast" && isBool(e.type) && isBool(e.arg.type)) return this.assume(e.arg, holds, p);
    const known = this.decided(e, p);
    if (known === holds) return { rows: [], exact: true };
    if (e.kind !== "op") return NOTHING;
    if (e.op === "not") return this.assume(e.args[0]!, !holds, p);
    if (e.op === "land" || e.op === "lor") {
      if ((e.op === "land") !== holds) return NOTHING;
      const [a, b] = [this.assume(e.args[0]!, holds, p), this.assume(e.args[1]!, holds, p)];
      return { rows: [...a.rows, ...b.rows], exact: a.exact && b.exact };
    }
    if (!comparable(e)) return NOTHING;
    const d = difference(this.value(e.args[1]!, p), this.value(e.args[0]!, p));
    switch (holds ? e.op : OPPOSITE[e.op]) {
      case "lt":
        return { rows: [offset(d, -1)], exact: true };
      case "le":
        return { rows: [d], exact: true };
      case "gt":
        return { rows: [offset(negated(d), -1)], exact: true };
      case "ge":
        return { rows: [negated(d)], exact: true };
      case "eq":
        return { rows: [d, negated(d)], exact: true };
      default:
        return NOTHING;
    }
  }

  // ---- subscripts -------------------------------------------------------------------------------------------------------------------

  /** A subscript counted from 0; Python's negative ones where the sign is known. */
  subscript(l: Pick<LoadExpr, "array" | "index" | "checks">, axis: number, p: Place, conditions: readonly Affine[]): Affine {
    const n = this.binding.arrays[l.array]!.shape[axis]!;
    const a = this.value(l.index[axis]!, p);
    const { lo, hi } = this.space.range(a);
    const check = l.checks?.[axis] ?? "full";
    if (check === "in" || lo >= 0) return a;
    this.usedBinding = true;
    if (check === "wrap" || hi < 0) return offset(a, n);
    if (!this.space.isData(a)) {
      if (this.space.impossible([offset(negated(a), -1), ...conditions], this.work)) return a;
      if (this.space.impossible([a, ...conditions], this.work)) return offset(a, n);
    }
    return variable(this.space.function(`${this.space.key(a)} wrapped at ${n}`, [a], { lo: 0, hi: n - 1 }).id);
  }
}

const OPPOSITE: Readonly<Record<string, string>> = { lt: "ge", le: "gt", gt: "le", ge: "lt", eq: "ne", ne: "eq" };

const comparable = (e: OpExpr): boolean => OPPOSITE[e.op] !== undefined && e.args.every((a) => isInt(a.type));
const isUnsigned = (t: ExprType): boolean => t !== "wide" && TYPES[t].lo === 0;
const hull = (a: Interval, b: Interval): Interval => ({ lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) });

export function rangeOf(t: ExprType): Interval {
  if (t === "wide" || isFloat(t)) return EVERYTHING;
  const { lo, hi } = TYPES[t];
  return { lo: lo <= -SAFE ? -Infinity : lo, hi: hi >= SAFE ? Infinity : hi };
}

function fits(r: Interval, t: ExprType): boolean {
  if (t === "wide") return true;
  return r.lo >= TYPES[t].lo && r.hi <= TYPES[t].hi;
}
