/**
 * Sorting keys whose order JavaScript can decide alone: numbers (int, bool, float without NaN), str, and tuples whose columns are such.
 * All give a stable permutation without calling back. Tuples are sorted column by column: a column only matters within the stretches that
 * the columns before it left equal, exactly as lexicographic comparison would look at it.
 */
import { PyFloat, PyTuple, type Value } from "./values.ts";

const SURROGATE = /[\ud800-\udfff]/;

/** Order of strings by code point (UTF-16 order differs where surrogates meet U+E000 and up). */
export function compareText(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates sort above the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Sorts an array of plain strings in place. */
export function sortStrings(items: string[]): void {
  if (items.some((s) => SURROGATE.test(s))) items.sort(compareText);
  else items.sort();
}

/** The permutation that sorts the keys ascending and stably; undefined when some key is of another kind. */
export function primitiveOrder(keys: readonly Value[]): Uint32Array | undefined {
  const index = new Uint32Array(keys.length);
  for (let i = 0; i < index.length; i++) index[i] = i;
  return orderBy(keys, index) ? index : undefined;
}

/** Sorts `index`, positions in `keys`. Returns false (with `index` in no particular order) when a key is of another kind. */
function orderBy(keys: readonly Value[], index: Uint32Array): boolean {
  const first = keys[index[0]!]!;
  if (typeof first === "string") return orderByText(keys, index);
  if (first instanceof PyTuple) return orderByColumns(keys, index);
  const column = numbersOf(keys, index);
  if (column === undefined) return false;
  sortNumbers(column, index);
  return true;
}

function numbersOf(keys: readonly Value[], index: Uint32Array): Float64Array | undefined {
  const out = new Float64Array(index.length);
  for (let i = 0; i < index.length; i++) {
    const v = keys[index[i]!]!;
    if (typeof v === "number") out[i] = v;
    else if (v instanceof PyFloat && v.cls === PyFloat.prototype.cls) {
      if (v.value !== v.value) return undefined;
      out[i] = v.value;
    } else if (typeof v === "boolean") out[i] = v ? 1 : 0;
    else return undefined;
  }
  return out;
}

/** Strings become their ranks: the distinct ones are sorted natively, then numbers decide. */
function orderByText(keys: readonly Value[], index: Uint32Array): boolean {
  const texts: string[] = [];
  for (let i = 0; i < index.length; i++) {
    const v = keys[index[i]!]!;
    if (typeof v !== "string") return false;
    texts.push(v);
  }
  const distinct = [...new Set(texts)];
  sortStrings(distinct);
  const ranks = new Map<string, number>();
  for (let i = 0; i < distinct.length; i++) ranks.set(distinct[i]!, i);
  sortNumbers(Float64Array.from(texts, (s) => ranks.get(s)!), index);
  return true;
}

function orderByColumns(keys: readonly Value[], index: Uint32Array): boolean {
  const width = (keys[index[0]!] as PyTuple).items.length;
  const lt = PyTuple.prototype.cls.slots_.lt;
  for (let i = 0; i < index.length; i++) {
    const t = keys[index[i]!];
    if (!(t instanceof PyTuple) || t.items.length !== width || t.cls.slots_.lt !== lt) return false;
  }
  return orderFromColumn(keys as readonly PyTuple[], index, 0, width);
}

function orderFromColumn(keys: readonly PyTuple[], index: Uint32Array, column: number, width: number): boolean {
  if (column === width || index.length < 2) return true;
  const values: Value[] = new Array(index.length);
  const local = new Uint32Array(index.length);
  for (let i = 0; i < index.length; i++) {
    values[i] = keys[index[i]!]!.items[column]!;
    local[i] = i;
  }
  if (!orderBy(values, local)) return false;
  const before = index.slice();
  for (let i = 0; i < local.length; i++) index[i] = before[local[i]!]!;
  for (let lo = 0; lo < local.length; ) {
    let hi = lo + 1;
    while (hi < local.length && sameKey(values[local[lo]!]!, values[local[hi]!]!)) hi++;
    if (hi - lo > 1 && !orderFromColumn(keys, index.subarray(lo, hi), column + 1, width)) return false;
    lo = hi;
  }
  return true;
}

function sameKey(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof PyTuple) return b instanceof PyTuple && a.items.every((v, i) => sameKey(v, b.items[i]!));
  const x = a instanceof PyFloat ? a.value : typeof a === "boolean" ? Number(a) : a;
  const y = b instanceof PyFloat ? b.value : typeof b === "boolean" ? Number(b) : b;
  return x === y;
}

const RUN = 24;

/** Stable merge sort of the numbers, carrying `index` along. */
function sortNumbers(keys: Float64Array, index: Uint32Array): void {
  const n = keys.length;
  if (isAscending(keys)) return;
  for (let lo = 0; lo < n; lo += RUN) insertionSort(keys, index, lo, Math.min(lo + RUN, n));
  let from: Columns = { keys, index };
  let to: Columns = { keys: new Float64Array(n), index: new Uint32Array(n) };
  for (let width = RUN; width < n; width *= 2) {
    for (let lo = 0; lo < n; lo += 2 * width) mergeRuns(from, to, lo, Math.min(lo + width, n), Math.min(lo + 2 * width, n));
    [from, to] = [to, from];
  }
  if (from.index !== index) {
    index.set(from.index);
    keys.set(from.keys);
  }
}

function isAscending(keys: Float64Array): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i]! < keys[i - 1]!) return false;
  return true;
}

function insertionSort(keys: Float64Array, index: Uint32Array, lo: number, hi: number): void {
  for (let i = lo + 1; i < hi; i++) {
    const k = keys[i]!;
    const x = index[i]!;
    let j = i - 1;
    for (; j >= lo && keys[j]! > k; j--) {
      keys[j + 1] = keys[j]!;
      index[j + 1] = index[j]!;
    }
    keys[j + 1] = k;
    index[j + 1] = x;
  }
}

interface Columns {
  readonly keys: Float64Array;
  readonly index: Uint32Array;
}

function mergeRuns(from: Columns, to: Columns, lo: number, mid: number, hi: number): void {
  const { keys, index } = from;
  const { keys: outKeys, index: outIndex } = to;
  let i = lo;
  let j = mid;
  for (let k = lo; k < hi; k++) {
    if (i < mid && (j >= hi || keys[i]! <= keys[j]!)) {
      outKeys[k] = keys[i]!;
      outIndex[k] = index[i++]!;
    } else {
      outKeys[k] = keys[j]!;
      outIndex[k] = index[j++]!;
    }
  }
}
