/**
 * Interval arithmetic and symbolic bounds of the integer ops: one row an op. What a row leaves out is only known by its type.
 * Intervals are of the values that continue: an operation that would leave the type's range takes its exit.
 */
import { type OpName, SAFE } from "../../ir/ops.ts";
import { add, constant, interval, type Poly, product, scaled, sub } from "./poly.ts";

/** What is known of an integer expression: its value as polynomial, and numeric bounds. */
export interface Abs {
  readonly poly: Poly;
  readonly lo: number;
  readonly hi: number;
}

/** A result: a polynomial that equals it, or only bounds. */
export interface Known {
  readonly poly?: Poly | undefined;
  readonly lo: number;
  readonly hi: number;
  readonly lowers?: readonly (Poly | undefined)[];
  readonly uppers?: readonly (Poly | undefined)[];
}

type Row = (a: Abs, b: Abs) => Known;

export const exactly = (n: number): Abs => ({ poly: constant(n), lo: n, hi: n });
export const isExact = (a: Abs): boolean => a.lo === a.hi;

const sum: Row = (a, b) => ({ poly: add(a.poly, b.poly), lo: a.lo + b.lo, hi: a.hi + b.hi });
const difference: Row = (a, b) => {
  const poly = sub(a.poly, b.poly);
  const [lo, hi] = poly ? interval(poly) : [-Infinity, Infinity];
  return { poly, lo: Math.max(a.lo - b.hi, lo), hi: Math.min(a.hi - b.lo, hi) };
};
const times: Row = (a, b) => {
  const [lo, hi] = product(a.lo, a.hi, b.lo, b.hi);
  // only products with a constant or of inputs stay polynomials: others would make addresses that cannot be hoisted
  const poly = isExact(a) ? scaled(b.poly, a.lo) : isExact(b) ? scaled(a.poly, b.lo) : undefined;
  return { poly, lo, hi };
};
const negative: Row = (a) => ({ poly: scaled(a.poly, -1), lo: -a.hi, hi: -a.lo });

function magnitude(a: Abs): Known {
  if (a.lo >= 0) return a;
  if (a.hi <= 0) return negative(a, a);
  return { lo: 0, hi: Math.max(-a.lo, a.hi), lowers: [constant(0)] };
}

function quotient(a: Abs, b: Abs): Known {
  if (b.lo <= 0) {
    const m = Math.max(Math.abs(a.lo), Math.abs(a.hi));
    return { lo: -m, hi: m };
  }
  if (isExact(b) && b.lo === 1) return a;
  const corners = [a.lo / b.lo, a.lo / b.hi, a.hi / b.lo, a.hi / b.hi].map(Math.floor);
  const known = { lo: Math.min(...corners), hi: Math.max(...corners) };
  return a.lo >= 0 ? { ...known, lowers: [constant(0)], uppers: [a.poly] } : known;
}

function remainder(a: Abs, b: Abs): Known {
  if (b.lo > 0) {
    if (a.lo >= 0 && a.hi < b.lo) return a;
    const below = sub(b.poly, constant(1));
    const positive = a.lo >= 0;
    return {
      lo: 0,
      hi: Math.min(b.hi - 1, positive ? a.hi : Infinity),
      lowers: [constant(0)],
      uppers: positive ? [below, a.poly] : [below],
    };
  }
  if (b.hi < 0) return { lo: b.lo + 1, hi: 0 };
  const m = Math.max(Math.abs(b.lo), Math.abs(b.hi));
  return { lo: -m, hi: m };
}

function least(a: Abs, b: Abs): Known {
  if (a.hi <= b.lo) return a;
  if (b.hi < a.lo) return b;
  return { lo: Math.min(a.lo, b.lo), hi: Math.min(a.hi, b.hi), uppers: [a.poly, b.poly], lowers: lowestOf(a, b) };
}

/** A lower bound of both, where one is a constant below the other. */
function lowestOf(a: Abs, b: Abs): Poly[] {
  return a.lo <= b.lo && isExact(a) ? [a.poly] : b.lo <= a.lo && isExact(b) ? [b.poly] : [];
}

function greatest(a: Abs, b: Abs): Known {
  if (a.lo >= b.hi) return a;
  if (b.lo > a.hi) return b;
  const uppers = a.hi >= b.hi && isExact(a) ? [a.poly] : b.hi >= a.hi && isExact(b) ? [b.poly] : [];
  return { lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi), lowers: [a.poly, b.poly], uppers };
}

/** The least k with -2^k <= x < 2^k for all x of both. */
function width(a: Abs, b: Abs): number {
  const most = Math.max(a.hi, b.hi, -1 - a.lo, -1 - b.lo);
  let k = 0;
  while (k < 53 && most >= 2 ** k) k++;
  return 2 ** k;
}

function conjunction(a: Abs, b: Abs): Known {
  const positive = [a, b].filter((x) => x.lo >= 0);
  if (positive.length === 0) return { lo: -width(a, b), hi: Math.max(a.hi, b.hi, -1) };
  return { lo: 0, hi: Math.min(...positive.map((x) => x.hi)), lowers: [constant(0)], uppers: positive.map((x) => x.poly) };
}

const disjunction: Row = (a, b) => {
  const w = width(a, b);
  return { lo: a.lo >= 0 && b.lo >= 0 ? 0 : -w, hi: w - 1 };
};

function shiftLeft(a: Abs, n: Abs): Known {
  if (n.lo < 0 || n.hi > 64) return { lo: -Infinity, hi: Infinity };
  const [lo, hi] = product(a.lo, a.hi, 2 ** n.lo, 2 ** n.hi);
  return { poly: isExact(n) ? scaled(a.poly, 2 ** n.lo) : undefined, lo, hi };
}

function shiftRight(a: Abs, n: Abs): Known {
  const [most, little] = [2 ** -Math.max(0, n.lo), 2 ** -Math.min(1000, Math.max(0, n.hi))];
  const corners = [a.lo * most, a.lo * little, a.hi * most, a.hi * little].map(Math.floor);
  const known = { lo: Math.min(...corners), hi: Math.max(...corners) };
  return a.lo >= 0 ? { ...known, lowers: [constant(0)], uppers: [a.poly] } : known;
}

function power(a: Abs, n: Abs): Known {
  if (!isExact(n) || n.lo < 0) return { lo: -Infinity, hi: Infinity };
  const [p, q] = [a.lo ** n.lo, a.hi ** n.lo];
  if (a.lo >= 0 || n.lo % 2 === 1) return { lo: p, hi: q };
  return { lo: n.lo === 0 ? 1 : 0, hi: Math.max(p, q) };
}

/** Rows of wrapping ops are those of the exact ones, where nothing wraps. */
export const TRANSFER: Partial<Record<OpName, Row>> = {
  add: sum,
  sub: difference,
  mul: times,
  neg: negative,
  abs: magnitude,
  addw: sum,
  subw: difference,
  mulw: times,
  negw: negative,
  absw: magnitude,
  floordiv: quotient,
  mod: remainder,
  min2: least,
  max2: greatest,
  minimum: least,
  maximum: greatest,
  and: conjunction,
  or: disjunction,
  xor: disjunction,
  invert: (a) => ({ poly: sub(constant(-1), a.poly), lo: -1 - a.hi, hi: -1 - a.lo }),
  shl: shiftLeft,
  shr: shiftRight,
  pow: power,
  wmod: (_a, m) =>
    m.lo > 0 ? { lo: 0, hi: m.hi - 1, lowers: [constant(0)], uppers: [sub(m.poly, constant(1))] } : { lo: -SAFE, hi: SAFE },
};

/** Ops whose result wraps into the type instead of leaving. */
export const WRAPS: ReadonlySet<OpName> = new Set(["addw", "subw", "mulw", "negw", "absw", "shl", "invert"]);
