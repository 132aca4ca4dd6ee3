/**
 * Sorting and searching. Lanes are copied out, sorted as typed arrays and stored back; NaN sorts last. argsort is stable, where NumPy's default
 * (kind="quicksort") leaves the order of equal elements open. Source: NumPy reference "Sorting, searching, and counting".
 */
import { typeError, valueError } from "../../builtins/exceptions.ts";
import { compare, truthy } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { compareStr } from "../../objects/str-points.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyTuple, type PyInt, type Value } from "../../objects/values.ts";
import { absent, flag, type Optional, toAxis } from "./args.ts";
import { asType, copyArray, plainValues } from "./assign.ts";
import { asArray } from "./convert.ts";
import { BOOL, type DType, INT64, promote } from "./dtype.ts";
import { readComplex, readPlain, readRaw } from "./element.ts";
import { elementCopier } from "./indexing.ts";
import { forEachOffset } from "./iterate.ts";
import { newArray, type PyNdArray, viewOf } from "./ndarray.ts";
import { normalAxis } from "./reduce.ts";
import { ravel, reshapeTo } from "./shaping.ts";
import { apply, unwrap } from "./ufuncs.ts";


type Order = (i: number, j: number) => number;

/** Order of raw values with NaN last. */
export function compareRaw(a: PyInt, b: PyInt): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return a === a ? -1 : b === b ? 1 : 0;
}

/** Order of elements at positions of a lane. */
function laneOrder(vm: VM, a: PyNdArray, start: number, step: number, n: number): Order {
  const { storage, dtype } = a;
  const at = (i: number): number => start + i * step;
  if (dtype.kind === "c") {
    const keys = Array.from({ length: n }, (_, i) => readComplex(storage, dtype, at(i)));
    return (i, j) => compareRaw(keys[i]![0], keys[j]![0]) || compareRaw(keys[i]![1], keys[j]![1]);
  }
  if (dtype.kind === "U" || dtype.kind === "O") {
    const keys = Array.from({ length: n }, (_, i) => readPlain(storage, dtype, at(i)));
    if (dtype.kind === "U") return (i, j) => compareStr(keys[i] as string, keys[j] as string);
    return (i, j) => (truthy(vm, compare(vm, "lt", keys[i]!, keys[j]!)) ? -1 : truthy(vm, compare(vm, "lt", keys[j]!, keys[i]!)) ? 1 : 0);
  }
  const keys = Array.from({ length: n }, (_, i) => readRaw(storage, dtype, at(i)));
  return (i, j) => compareRaw(keys[i]!, keys[j]!);
}

/** Calls `visit` with the start of every lane along an axis. */
function forEachLane(a: PyNdArray, axis: number, visit: (start: number) => void): void {
  const others = a.dims.map((_, i) => i).filter((i) => i !== axis);
  forEachOffset(others.map((i) => a.dims[i]!), others.map((i) => a.strides[i]!), a.offset, visit);
}

function permutation(vm: VM, a: PyNdArray, start: number, axis: number): number[] {
  const n = a.dims[axis]!;
  const order = laneOrder(vm, a, start, a.strides[axis]!, n);
  return Array.from({ length: n }, (_, i) => i).sort(order);
}

/** Sorts along an axis in place. */
export function sortInPlace(vm: VM, a: PyNdArray, axis: number): void {
  const n = a.dims[axis]!;
  const step = a.strides[axis]!;
  const contiguousNumbers = a.dtype.domain === "number" && a.dtype.itemsize > 1 && a.dtype.name !== "float16" && step === a.dtype.itemsize;
  const lane = newArray(a.dtype, [n]);
  const [save, load] = [elementCopier(lane, a), elementCopier(a, lane)];
  forEachLane(a, axis, (start) => {
    if (contiguousNumbers) {
      const from = start >>> a.dtype.shift;
      (a.data as Float64Array).subarray(from, from + n).sort();
      return;
    }
    const order = permutation(vm, a, start, axis);
    order.forEach((i, k) => save(k * a.dtype.itemsize, start + i * step));
    for (let k = 0; k < n; k++) load(start + k * step, k * a.dtype.itemsize);
  });
  a.storage.touch();
}

export function sorted(vm: VM, a: PyNdArray, axis: number): PyNdArray {
  const out = copyArray(vm, a, "C");
  sortInPlace(vm, out, axis);
  return out;
}

function axisOf(vm: VM, a: PyNdArray, axis: Optional): number {
  return axis === undefined ? a.ndim - 1 : (toAxis(vm, axis, a.ndim) ?? 0);
}

function sort(vm: VM, v: Value, axis?: Value): PyNdArray {
  const whole = asArray(vm, v);
  const a = axis === null ? ravel(vm, whole) : whole;
  if (a.ndim === 0) normalAxis(-1, 0);
  return sorted(vm, a, axisOf(vm, a, axis));
}

export function argsort(vm: VM, v: Value, axis?: Value): PyNdArray {
  const whole = asArray(vm, v);
  const a = axis === null || whole.ndim === 0 ? ravel(vm, whole) : whole;
  const at = axisOf(vm, a, axis);
  const out = newArray(INT64, a.dims);
  const starts: number[] = [];
  forEachLane(out, at, (s) => starts.push(s));
  let k = 0;
  forEachLane(a, at, (start) => {
    const target = starts[k++]!;
    permutation(vm, a, start, at).forEach((i, p) => (out.data[(target + p * out.strides[at]!) >>> 2] = i));
  });
  return out;
}

function lexsort(vm: VM, keysArg: Value): PyNdArray {
  const keys = asArray(vm, keysArg);
  const n = keys.dims.at(-1)!;
  const orders = Array.from({ length: keys.dims[0]! }, (_, i) => laneOrder(vm, keys, keys.offset + i * keys.strides[0]!, keys.strides[1]!, n)).reverse();
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => {
    for (const o of orders) {
      const c = o(i, j);
      if (c !== 0) return c;
    }
    return 0;
  });
  const out = newArray(INT64, [n]);
  order.forEach((i, k) => (out.data[2 * k] = i));
  return out;
}

// ---- searching --------------------------------------------------------------------------------------------------------------------------------

export function searchsorted(vm: VM, aArg: Value, vArg: Value, side?: Value, sorter?: Value): Value {
  let a = asArray(vm, aArg);
  const v = asArray(vm, vArg);
  if (a.ndim !== 1) throw valueError("object too deep for desired array");
  if (side !== undefined && side !== "left" && side !== "right") throw valueError(`search side must be 'left' or 'right' (got '${String(side)}')`);
  const type = promote(a.dtype, v.dtype)!;
  a = asType(vm, a, type);
  if (!absent(sorter)) a = permutedBy(a, asType(vm, asArray(vm, sorter), INT64));
  const keys = realKeys(a);
  const out = newArray(INT64, v.dims);
  let k = 0;
  const values = asType(vm, v, type);
  forEachOffset(values.dims, values.strides, values.offset, (at) => {
    out.data[2 * k++] = position(keys, readRaw(values.storage, type, at), side === "right");
  });
  return unwrap(out);
}

function permutedBy(a: PyNdArray, order: PyNdArray): PyNdArray {
  const out = newArray(a.dtype, order.dims);
  const copy = elementCopier(out, a);
  let k = 0;
  forEachOffset(order.dims, order.strides, order.offset, (at) => {
    copy(k, a.offset + Number(readRaw(order.storage, INT64, at)) * a.strides[0]!);
    k += a.dtype.itemsize;
  });
  return out;
}

function realKeys(a: PyNdArray): PyInt[] {
  const keys: PyInt[] = [];
  if (a.dtype.domain !== "number" && a.dtype.domain !== "wide") throw typeError(`searchsorted is not supported for ${a.dtype.name}`);
  forEachOffset(a.dims, a.strides, a.offset, (at) => keys.push(readRaw(a.storage, a.dtype, at)));
  return keys;
}

/** First position at which `x` could be inserted (last, when `right`). */
function position(keys: readonly PyInt[], x: PyInt, right: boolean): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const mid = (low + high) >>> 1;
    const c = compareRaw(keys[mid]!, x);
    if (c < 0 || (right && c === 0)) low = mid + 1;
    else high = mid;
  }
  return low;
}

function digitize(vm: VM, x: Value, binsArg: Value, right?: Value): Value {
  const bins = asArray(vm, binsArg);
  const n = bins.size;
  const descending = n > 1 && Number(readRaw(bins.storage, bins.dtype, bins.offset)) > Number(readRaw(bins.storage, bins.dtype, bins.offset + (n - 1) * bins.strides[0]!));
  const side = flag(vm, right) ? "left" : "right";
  if (!descending) return searchsorted(vm, bins, x, side);
  const reversed = viewOf(bins, bins.dims, [-bins.strides[0]!], bins.offset + (n - 1) * bins.strides[0]!);
  return unwrap(apply(vm, "subtract", n, searchsorted(vm, reversed, x, side === "left" ? "right" : "left")));
}

// ---- unique -----------------------------------------------------------------------------------------------------------------------------------

interface Groups {
  readonly values: PyNdArray;
  readonly first: number[];
  readonly inverse: number[];
  readonly counts: number[];
}

function groups(vm: VM, v: Value): Groups {
  const a = copyArray(vm, ravel(vm, v), "C");
  const n = a.dims[0]!;
  const order = permutation(vm, a, a.offset, 0);
  const same = laneOrder(vm, a, a.offset, a.strides[0]!, n);
  const [first, counts]: [number[], number[]] = [[], []];
  const inverse = new Array<number>(n);
  order.forEach((i, k) => {
    if (k === 0 || same(order[k - 1]!, i) !== 0) {
      first.push(i);
      counts.push(0);
    }
    counts[counts.length - 1]!++;
    inverse[i] = first.length - 1;
  });
  const values = newArray(a.dtype, [first.length]);
  const copy = elementCopier(values, a);
  first.forEach((i, k) => copy(k * a.dtype.itemsize, a.offset + i * a.dtype.itemsize));
  return { values, first, inverse, counts };
}

function int64Array(values: readonly number[]): PyNdArray {
  const out = newArray(INT64, [values.length]);
  values.forEach((x, i) => (out.data[2 * i] = x));
  return out;
}

function unique(vm: VM, v: Value, index?: Value, inverse?: Value, counts?: Value): Value {
  const a = asArray(vm, v);
  const g = groups(vm, a);
  const out: Value[] = [g.values];
  if (flag(vm, index)) out.push(int64Array(g.first));
  if (flag(vm, inverse)) out.push(reshapeTo(vm, int64Array(g.inverse), a.dims));
  if (flag(vm, counts)) out.push(int64Array(g.counts));
  return out.length === 1 ? g.values : new PyTuple(out);
}

/** Elements as keys that are equal when the elements are. */
function keySet(a: PyNdArray): Set<unknown> {
  const out = new Set<unknown>();
  for (const v of plainValues(a)) out.add(keyOf(v));
  return out;
}

function keyOf(v: Value): unknown {
  if (typeof v === "object" && v !== null && "value" in v) return (v as { value: unknown }).value;
  if (typeof v === "object" && v !== null && "real" in v) return `${String((v as { real: unknown }).real)} ${String((v as unknown as { imag: unknown }).imag)}`;
  return typeof v === "boolean" ? Number(v) : v;
}

function isin(vm: VM, element: Value, test: Value, _assume?: Value, invert?: Value): Value {
  const a = asArray(vm, element);
  const keys = keySet(asArray(vm, test));
  const out = newArray(BOOL, a.dims);
  const no = flag(vm, invert);
  plainValues(a).forEach((v, i) => (out.data[i] = keys.has(keyOf(v)) !== no ? 1 : 0));
  return out;
}

/** A set operation on two arrays: sorted unique values of which the membership test holds. */
function setOperation(keep: (inA: boolean, inB: boolean) => boolean) {
  return (vm: VM, x: Value, y: Value): Value => {
    const [a, b] = [ravel(vm, x), ravel(vm, y)];
    const type: DType = promote(a.dtype, b.dtype)!;
    const both = newArray(type, [a.size + b.size]);
    const [ka, kb] = [keySet(asType(vm, a, type)), keySet(asType(vm, b, type))];
    let n = 0;
    const copy = elementCopier(both, both);
    const merged = mergeInto(vm, both, [asType(vm, a, type), asType(vm, b, type)]);
    plainValues(merged).forEach((v, i) => {
      if (keep(ka.has(keyOf(v)), kb.has(keyOf(v)))) copy(n++ * type.itemsize, i * type.itemsize);
    });
    return groups(vm, viewOf(both, [n], both.strides)).values;
  };
}

function mergeInto(_vm: VM, target: PyNdArray, parts: readonly PyNdArray[]): PyNdArray {
  let at = 0;
  for (const p of parts) {
    const copy = elementCopier(target, p);
    forEachOffset(p.dims, p.strides, p.offset, (from) => {
      copy(at, from);
      at += p.dtype.itemsize;
    });
  }
  return target;
}

export const SORTING: Record<string, NativeRow> = {
  sort: ["(a, axis=-1, kind=None, order=None, *, stable=None)", sort, "A sorted copy."],
  argsort: ["(a, axis=-1, kind=None, order=None, *, stable=None)", argsort, "Indices that sort."],
  lexsort: ["(keys, axis=-1)", lexsort, "Indices that sort by several keys, the last one first."],
  searchsorted: ["(a, v, side='left', sorter=None)", searchsorted, "Positions that keep an array sorted."],
  digitize: ["(x, bins, right=False)", digitize, "Indices of the bins that values fall into."],
  unique: ["(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True)", unique, "Sorted unique elements."],
  isin: ["(element, test_elements, assume_unique=False, invert=False)", isin, "Which elements are among others."],
  union1d: ["(ar1, ar2)", setOperation((a, b) => a || b), "Values of either array."],
  intersect1d: ["(ar1, ar2)", setOperation((a, b) => a && b), "Values of both arrays."],
  setdiff1d: ["(ar1, ar2)", setOperation((a, b) => a && !b), "Values of the first array only."],
  setxor1d: ["(ar1, ar2)", setOperation((a, b) => a !== b), "Values of exactly one array."],
};
