/**
 * The scalar inputs of a kernel (parameters, live-in variables, offsets, shapes and strides of arrays) and what is assumed of them.
 *
 * Every input has a place in a vector that is filled for each run. Facts about it are assumed for the binding that is compiled for (its class, a stride
 * of one, one stride that equals another, a bound that is never exceeded) and tested by a generated predicate before a run. Without a binding nothing is
 * assumed beyond the types.
 */
import type { ArrayBinding, Binding, Region } from "../../ir/nest.ts";
import { isInt, SAFE, TYPES } from "../../ir/ops.ts";
import { interval, type Poly, type Sym, valueOf } from "./poly.ts";

/** Upper ends of the classes: small sizes, sizes whose squares are int32, sizes whose squares are safe, int32, all. */
const CLASSES = [2047, 32767, 2 ** 20, 2 ** 25, 2 ** 31 - 1, SAFE] as const;
/** Live-in variables change more from run to run. */
const VARIABLE_CLASSES = [2 ** 31 - 1, SAFE] as const;

/** Addresses are int32. */
const MOST_ELEMENTS = 2 ** 31 - 1;

export class Inputs {
  readonly region: Region;
  /** Filled by `marshal`. */
  readonly vector: Float64Array;
  readonly assumptions: string[] = [];
  private readonly at = new Map<string, number>();
  private readonly syms = new Map<string, Sym>();
  private readonly fixed = new Map<number, number>();
  private readonly same = new Map<number, number>();
  private readonly tests: string[] = [];
  private readonly texts = new Set<string>();
  /** Questions about polynomials that were settled: symbols never change, so neither do answers. */
  readonly settled = new Map<string, boolean>();
  private readonly distinct = new Map<string, readonly [string, string]>();
  private readonly binding: Binding | undefined;
  private nextSym: () => number;

  constructor(region: Region, binding: Binding | undefined, nextSym: () => number) {
    this.region = region;
    this.binding = binding;
    this.nextSym = nextSym;
    for (const p of region.params) this.place(`p ${p.name}`);
    for (const v of region.vars) if (v.init === "live-in") this.place(`v ${v.name}`);
    for (const a of region.arrays) {
      this.place(`o ${a.name}`);
      for (let k = 0; k < a.ndim; k++) this.place(`n ${a.name} ${k}`);
      for (let k = 0; k < a.ndim; k++) this.place(`s ${a.name} ${k}`);
    }
    this.vector = new Float64Array(this.at.size);
    if (binding) this.marshal(binding);
    for (const a of region.arrays) this.specialise(a.name, a.ndim);
  }

  private place(name: string): void {
    this.at.set(name, this.at.size);
  }

  /** Reads a binding into the vector. */
  marshal(b: Binding): void {
    const { vector, region } = this;
    let k = 0;
    for (const p of region.params) vector[k++] = b.params[p.name]!;
    for (const v of region.vars) if (v.init === "live-in") vector[k++] = b.vars[v.name]!;
    for (const a of region.arrays) {
      const m = b.arrays[a.name]!;
      vector[k++] = m.byteOffset / TYPES[a.elem].bytes;
      for (let d = 0; d < a.ndim; d++) vector[k++] = m.shape[d]!;
      for (let d = 0; d < a.ndim; d++) vector[k++] = m.strides[d]!;
    }
  }

  // ---- facts ------------------------------------------------------------------------------------------------------------------------

  /** Offsets of zero, strides of one and equal strides are worth code of their own. */
  private specialise(array: string, ndim: number): void {
    if (!this.binding) return;
    const offset = this.at.get(`o ${array}`)!;
    if (this.vector[offset] === 0) this.fix(offset, 0, `${array} starts at its memory`);
    for (let k = 0; k < ndim; k++) {
      const stride = this.at.get(`s ${array} ${k}`)!;
      const value = this.vector[stride]!;
      if (k === ndim - 1 && value === 1) this.fix(stride, 1, `${array} has unit stride`);
      else if (!this.fixed.has(stride)) this.unify(stride, value);
    }
  }

  private fix(at: number, value: number, why: string): void {
    this.fixed.set(at, value);
    this.require(`I[${at}] === ${value}`, why);
  }

  /** An earlier stride with the same value stands for this one. */
  private unify(at: number, value: number): void {
    for (const [name, other] of this.at) {
      if (other >= at) return;
      if (name[0] !== "s" || this.fixed.has(other) || this.same.has(other) || this.vector[other] !== value) continue;
      this.same.set(at, other);
      this.require(`I[${at}] === I[${other}]`, `stride ${this.name(at)} is ${this.name(other)}`);
      return;
    }
  }

  private name(at: number): string {
    for (const [name, k] of this.at) if (k === at) return name.slice(2);
    return "";
  }

  private require(test: string, why: string): void {
    if (this.texts.has(test)) return;
    this.texts.add(test);
    this.tests.push(test);
    this.assumptions.push(why);
  }

  /** The value where it is fixed. */
  fixedValue(name: string): number | undefined {
    return this.fixed.get(this.at.get(name)!);
  }

  /** Symbol of an integer input; `js` is the name of its const in the kernel. */
  symbol(name: string, js: (at: number) => string): Sym {
    const own = this.at.get(name)!;
    const at = this.same.get(own) ?? own;
    const key = String(at);
    let s = this.syms.get(key);
    if (!s) {
      const [lo, hi] = this.range(name, at);
      s = { id: this.nextSym(), lo, hi, lowers: [], uppers: [], depth: 0, input: at, js: js(at), stable: true };
      this.syms.set(key, s);
    }
    return s;
  }

  /** Whether an input is used as an int32. */
  isInt32(at: number): boolean {
    const s = this.syms.get(String(at));
    return s !== undefined && s.lo >= -(2 ** 31) && s.hi < 2 ** 31;
  }

  /** Place of an input in the vector. */
  placeOf(name: string): number {
    return this.at.get(name)!;
  }

  /** Class of an input: by its kind and type, and its value in the binding. */
  private range(name: string, at: number): [number, number] {
    const kind = name[0]!;
    if (kind === "n" || kind === "o") return [0, 2 ** 31 - 1];
    if (kind === "s") return [-(2 ** 31), 2 ** 31 - 1];
    const decl = (kind === "p" ? this.region.params : this.region.vars).find((d) => d.name === name.slice(2))!;
    const { lo, hi } = isInt(decl.type) ? TYPES[decl.type] : { lo: 0, hi: 1 };
    if (!this.binding || !isInt(decl.type)) return [lo, hi];
    const x = this.vector[at]!;
    const limit = (kind === "p" ? CLASSES : VARIABLE_CLASSES).find((c) => Math.abs(x) <= c)!;
    const least = x >= 0 ? 0 : -limit;
    const [a, b] = [Math.max(lo, least), Math.min(hi, limit)];
    if (a > lo) this.require(`I[${at}] >= ${a}`, `${name.slice(2)} >= ${a}`);
    if (b < hi) this.require(`I[${at}] <= ${b}`, `${name.slice(2)} <= ${b}`);
    return [a, b];
  }

  /** Whether `a <= b` may be assumed: it holds for the binding and can be tested exactly. */
  assumeAtMost(a: Poly, b: Poly): boolean {
    if (a.terms.length === 0 && b.terms.length === 0) return a.constant <= b.constant;
    if (!this.binding || !exact(a) || !exact(b)) return false;
    const [x, y] = [valueOf(a, this.vector), valueOf(b, this.vector)];
    if (x === undefined || y === undefined || x > y) return false;
    this.require(`${polyText(a)} <= ${polyText(b)}`, `${this.polyWords(a)} <= ${this.polyWords(b)}`);
    return true;
  }

  /** Whether two arrays may be assumed to share no element. */
  assumeDistinct(a: string, b: string): boolean {
    if (a === b) return false;
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    if (this.distinct.has(key)) return true;
    if (!this.binding || overlap(this.region, this.binding, a, b)) return false;
    this.distinct.set(key, [a, b]);
    this.assumptions.push(`${a} and ${b} are apart`);
    return true;
  }

  // ---- the predicate ----------------------------------------------------------------------------------------------------------------

  /** Whether the facts hold for a binding; leaves it in the vector. */
  predicate(): (b: Binding) => boolean {
    const numbers = new Function("I", `"use strict"; return ${this.tests.join(" && ") || "true"};`) as (I: Float64Array) => boolean;
    const distinct = [...this.distinct.values()];
    return (b) => {
      for (const a of this.region.arrays) if (b.arrays[a.name]!.data.length > MOST_ELEMENTS) return false;
      this.marshal(b);
      return numbers(this.vector) && distinct.every(([x, y]) => !overlap(this.region, b, x, y));
    };
  }

  private polyWords(p: Poly): string {
    const terms = p.terms.map((t) =>
      [t.coef === 1 && t.syms.length > 0 ? "" : String(t.coef), ...t.syms.map((s) => this.inputWords(s.input!))].filter(Boolean).join("*"),
    );
    if (p.constant !== 0 || terms.length === 0) terms.push(String(p.constant));
    return terms.join(" + ");
  }

  private inputWords(at: number): string {
    for (const [name, k] of this.at) if (k === at) return name[0] === "n" ? `len(${name.slice(2)})` : name.slice(2);
    return "?";
  }
}

/** Whether evaluating in doubles is exact for all values of the inputs' classes. */
function exact(p: Poly): boolean {
  let total = Math.abs(p.constant);
  for (const t of p.terms) {
    const [lo, hi] = interval({ constant: 0, terms: [t] });
    total += Math.max(-lo, hi);
  }
  return total <= SAFE;
}

function polyText(p: Poly): string {
  const terms = p.terms.map((t) => [String(t.coef), ...t.syms.map((s) => `I[${s.input}]`)].join(" * "));
  return [String(p.constant), ...terms].join(" + ");
}

/** Whether two arrays may have an element in common, by the ranges of their addresses. */
export function overlap(r: Region, binding: Binding, a: string, b: string): boolean {
  const x = binding.arrays[a]!;
  const y = binding.arrays[b]!;
  if (x.storage !== y.storage) return false;
  const bytes = (name: string) => TYPES[r.arrays.find((d) => d.name === name)!.elem].bytes;
  const [xl, xh] = extent(x, bytes(a));
  const [yl, yh] = extent(y, bytes(b));
  return xl < yh && yl < xh;
}

/** Bytes [from, to) that an array spans. */
function extent(m: ArrayBinding, bytes: number): [number, number] {
  let lo = 0;
  let hi = 1;
  for (let k = 0; k < m.shape.length; k++) {
    const n = m.shape[k]!;
    if (n === 0) return [0, 0];
    const reach = (n - 1) * m.strides[k]!;
    if (reach < 0) lo += reach;
    else hi += reach;
  }
  return [m.byteOffset + lo * bytes, m.byteOffset + hi * bytes];
}
