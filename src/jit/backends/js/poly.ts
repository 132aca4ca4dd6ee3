/**
 * Integer polynomials over symbols: what the generator knows of subscripts, bounds and addresses.
 *
 * A symbol stands for one immutable integer: an input of the region, the variable of a loop in one trip, a variable between two assignments, or the value
 * of an expression. Bounds of a symbol refer to older symbols only, so that eliminating the newest first ends.
 * Arithmetic on coefficients is on doubles; a polynomial with a coefficient beyond the safe integers is never made (`undefined` instead).
 */
import { SAFE } from "../../ir/ops.ts";

export interface Sym {
  readonly id: number;
  readonly lo: number;
  readonly hi: number;
  /** Polynomials not above, not below. */
  readonly lowers: readonly Poly[];
  readonly uppers: readonly Poly[];
  /** How many loops are around its definition: it is invariant in loops further in. */
  readonly depth: number;
  /** Position among the inputs. */
  readonly input?: number;
  /** JavaScript that reads it, once there is any. */
  js?: string;
  /** Whether `js` keeps its meaning for as long as the symbol can be met: an input, a loop's variable, a const. */
  readonly stable: boolean;
}

export interface Term {
  readonly syms: readonly Sym[];
  readonly key: string;
  readonly coef: number;
}

export interface Poly {
  readonly constant: number;
  /** Sorted by key, no zero coefficients. */
  readonly terms: readonly Term[];
}

export const constant = (n: number): Poly => ({ constant: n, terms: [] });
export const ofSym = (s: Sym): Poly => ({ constant: 0, terms: [{ syms: [s], key: String(s.id), coef: 1 }] });
export const isConstant = (p: Poly): boolean => p.terms.length === 0;

export function add(a: Poly, b: Poly, scale = 1): Poly | undefined {
  const c = a.constant + scale * b.constant;
  if (!(Math.abs(c) <= SAFE)) return undefined;
  if (b.terms.length === 0) return { constant: c, terms: a.terms };
  const terms: Term[] = [];
  let i = 0;
  let j = 0;
  while (i < a.terms.length || j < b.terms.length) {
    const s = a.terms[i];
    const t = b.terms[j];
    if (t === undefined || (s !== undefined && s.key < t.key)) {
      terms.push(s!);
      i++;
    } else if (s === undefined || t.key < s.key) {
      if (!(Math.abs(t.coef * scale) <= SAFE)) return undefined;
      terms.push(scale === 1 ? t : { ...t, coef: t.coef * scale });
      j++;
    } else {
      const coef = s.coef + scale * t.coef;
      if (!(Math.abs(coef) <= SAFE)) return undefined;
      if (coef !== 0) terms.push({ ...s, coef });
      i++;
      j++;
    }
  }
  return { constant: c, terms };
}

export const sub = (a: Poly, b: Poly): Poly | undefined => add(a, b, -1);

/** Products of more symbols than this say nothing useful. */
const MAX_DEGREE = 3;
const MAX_TERMS = 12;

export function mul(a: Poly, b: Poly): Poly | undefined {
  if (b.terms.length === 0) return scaled(a, b.constant);
  if (a.terms.length === 0) return scaled(b, a.constant);
  let out: Poly | undefined = constant(a.constant * b.constant);
  if (!(Math.abs(out.constant) <= SAFE) || a.terms.length * b.terms.length > MAX_TERMS) return undefined;
  for (const s of a.terms) {
    for (const t of b.terms) {
      if (s.syms.length + t.syms.length > MAX_DEGREE || !(Math.abs(s.coef * t.coef) <= SAFE)) return undefined;
      const syms = [...s.syms, ...t.syms].sort((x, y) => x.id - y.id);
      out = out && add(out, { constant: 0, terms: [{ syms, key: syms.map((x) => x.id).join(","), coef: s.coef * t.coef }] });
    }
    if (a.constant !== 0 || b.constant !== 0) out = out && b.constant !== 0 ? addScaledTerm(out, s, b.constant) : out;
  }
  if (a.constant !== 0) for (const t of b.terms) out = out && addScaledTerm(out, t, a.constant);
  return out;
}

const addScaledTerm = (p: Poly, t: Term, by: number): Poly | undefined => add(p, { constant: 0, terms: [t] }, by);

export function scaled(p: Poly, by: number): Poly | undefined {
  return by === 0 ? constant(0) : by === 1 ? p : add(constant(0), p, by);
}

/** Value of every term by interval arithmetic. */
export function interval(p: Poly): [lo: number, hi: number] {
  let lo = p.constant;
  let hi = p.constant;
  for (const t of p.terms) {
    let a = t.coef;
    let b = t.coef;
    for (const s of t.syms) [a, b] = product(a, b, s.lo, s.hi);
    lo += a;
    hi += b;
  }
  return [lo, hi];
}

/** 0 · ∞ counts as 0: the bound is never attained. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

export function product(a: number, b: number, c: number, d: number): [number, number] {
  const [p, q, r, s] = [times(a, c), times(a, d), times(b, c), times(b, d)];
  return [Math.min(p, q, r, s), Math.max(p, q, r, s)];
}

/** Splits p = A·s + B; undefined where s occurs in a higher power. */
export function split(p: Poly, s: Sym): [a: Poly, b: Poly] | undefined {
  const a: Term[] = [];
  const b: Term[] = [];
  let c = 0;
  for (const t of p.terms) {
    const at = t.syms.indexOf(s);
    if (at < 0) b.push(t);
    else {
      const rest = t.syms.filter((_, k) => k !== at);
      if (rest.includes(s)) return undefined;
      if (rest.length === 0) c += t.coef;
      else a.push({ syms: rest, key: rest.map((x) => x.id).join(","), coef: t.coef });
    }
  }
  return [
    { constant: c, terms: a.sort((x, y) => (x.key < y.key ? -1 : 1)) },
    { constant: p.constant, terms: b },
  ];
}

/** The newest symbol that has to go. */
function newest(p: Poly, since: number): Sym | undefined {
  let found: Sym | undefined;
  for (const t of p.terms) {
    for (const s of t.syms) if (s.id >= since && s.input === undefined && (found === undefined || s.id > found.id)) found = s;
  }
  return found;
}

/**
 * Polynomials that are not below (`up`) or not above p, without the symbols that are as new as `since` (0: over the inputs alone). Symbols are replaced
 * by their bounds, newest first, as the signs of their coefficients say. `work` limits alternatives.
 */
export function bounds(p: Poly, up: boolean, since = 0, work = { left: 24 }): Poly[] {
  if (work.left-- <= 0) return [];
  const s = newest(p, since);
  if (s === undefined) return [p];
  const parts = split(p, s);
  if (parts === undefined) return [];
  const [a, b] = parts;
  const [lo, hi] = interval(a);
  const useUpper = lo >= 0 ? up : hi <= 0 ? !up : undefined;
  if (useUpper === undefined) return [];
  const known = useUpper ? s.uppers : s.lowers;
  const limit = useUpper ? s.hi : s.lo;
  const choices = known.length > 0 ? known : Math.abs(limit) <= SAFE ? [constant(limit)] : [];
  return choices.flatMap((c) => {
    const product = mul(a, c);
    const next = product && add(product, b);
    return next ? bounds(next, up, since, work) : [];
  });
}

/** Equal for equal polynomials. */
export function keyOf(p: Poly): string {
  let out = String(p.constant);
  for (const t of p.terms) out += `|${t.key}*${t.coef}`;
  return out;
}

/** p with every `from` replaced by `to`, which stands for the same integer. */
export function rename(p: Poly, from: Sym, to: Sym): Poly {
  if (!p.terms.some((t) => t.syms.includes(from))) return p;
  const terms = p.terms.map((t) => {
    const syms = t.syms.map((s) => (s === from ? to : s)).sort((x, y) => x.id - y.id);
    return { ...t, syms, key: syms.map((s) => s.id).join(",") };
  });
  return { constant: p.constant, terms: terms.sort((x, y) => (x.key < y.key ? -1 : 1)) };
}

/** b - a where it is a constant. */
export function difference(a: Poly, b: Poly): number | undefined {
  const d = sub(b, a);
  return d && isConstant(d) ? d.constant : undefined;
}

/** Value with the inputs of a run; undefined where doubles would round. */
export function valueOf(p: Poly, inputs: ArrayLike<number>): number | undefined {
  let sum = p.constant;
  for (const t of p.terms) {
    let x = t.coef;
    for (const s of t.syms) x *= inputs[s.input!]!;
    sum += x;
    if (!(Math.abs(x) <= SAFE && Math.abs(sum) <= SAFE)) return undefined;
  }
  return sum;
}
