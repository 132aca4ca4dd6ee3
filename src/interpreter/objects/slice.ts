/** slice objects, and the one way in which sequences turn an index or a slice into positions. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { compare, type CompareOp, equals, hash, repr, toIndex, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { NotImplemented, normInt, PyObject, type PyInt, PyTuple, type Value } from "./values.ts";
import { sliceHashOf } from "./tuple-hash.ts";

export class PySlice extends PyObject {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
  constructor(start: Value, stop: Value, step: Value) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** A slice applied to a sequence: `count` positions start, start + step, …; `stop` is the position at which the walk ends. */
export interface SliceRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly count: number;
}

const BAD_INDEX = "slice indices must be integers or None or have an __index__ method";

/** Index of a slice bound, clamped to ±2^53 (no sequence is longer). */
function bound(vm: VM, v: Value): number {
  if (typeof v === "number") return v;
  if (typeof v !== "boolean" && typeof v !== "bigint" && typeOf(v).slot.index === undefined) throw typeError(BAD_INDEX);
  const i = toIndex(vm, v);
  return typeof i === "number" ? i : i > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

/** Positions that `s` selects in a sequence of `length` items (Python's rules for negative and omitted bounds). */
export function sliceRange(vm: VM, s: PySlice, length: number): SliceRange {
  const step = s.step === null ? 1 : bound(vm, s.step);
  if (step === 0) throw valueError("slice step cannot be zero");
  const start = s.start === null ? undefined : bound(vm, s.start);
  const stop = s.stop === null ? undefined : bound(vm, s.stop);
  return clampSlice(start, stop, step, length);
}

export function clampSlice(start: number | undefined, stop: number | undefined, step: number, length: number): SliceRange {
  const low = step < 0 ? -1 : 0;
  const high = step < 0 ? length - 1 : length;
  const clamp = (i: number) => (i < 0 ? Math.max(i + length, low) : Math.min(i, high));
  const from = start === undefined ? (step < 0 ? high : low) : clamp(start);
  const to = stop === undefined ? (step < 0 ? low : high) : clamp(stop);
  const span = step < 0 ? from - to : to - from;
  return { start: from, stop: to, step, count: span <= 0 ? 0 : Math.floor((span - 1) / Math.abs(step)) + 1 };
}

/** The items that a slice selects. */
export function sliceArray<T>(items: readonly T[], r: SliceRange): T[] {
  if (r.step === 1) return r.count === 0 ? [] : items.slice(r.start, r.start + r.count);
  const out: T[] = new Array(r.count);
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) out[k] = items[i]!;
  return out;
}

/** Position of `index` in a sequence of `length` items, negative counting from the end; -1 when out of range. */
export function position(index: PyInt, length: number): number {
  if (typeof index === "bigint") return -1;
  const i = index < 0 ? index + length : index;
  return i < 0 || i >= length ? -1 : i;
}

/** Whether a subscript may serve as an index; sequences raise their own TypeError otherwise. */
export function isIndex(v: Value): boolean {
  return typeof v === "number" || typeof v === "boolean" || typeof v === "bigint" || typeOf(v).slot.index !== undefined;
}

/** slice.indices(length) with exact ints of any size. */
function indices(vm: VM, s: PySlice, lengthArg: Value): Value {
  const length = BigInt(toIndex(vm, lengthArg));
  if (length < 0n) throw valueError("length should not be negative");
  const read = (v: Value) => {
    if (v === null) return undefined;
    if (!isIndex(v)) throw typeError(BAD_INDEX);
    return BigInt(toIndex(vm, v));
  };
  const step = read(s.step) ?? 1n;
  if (step === 0n) throw valueError("slice step cannot be zero");
  const low = step < 0n ? -1n : 0n;
  const high = step < 0n ? length - 1n : length;
  const clamp = (i: bigint | undefined, missing: bigint) => {
    if (i === undefined) return missing;
    if (i < 0n) return i + length < low ? low : i + length;
    return i > high ? high : i;
  };
  const start = clamp(read(s.start), step < 0n ? high : low);
  const stop = clamp(read(s.stop), step < 0n ? low : high);
  return new PyTuple([normInt(start), normInt(stop), normInt(step)]);
}

function compareSlices(vm: VM, op: CompareOp, a: Value, b: Value): Value {
  if (!(a instanceof PySlice && b instanceof PySlice)) return NotImplemented;
  const x = [a.start, a.stop, a.step];
  const y = [b.start, b.stop, b.step];
  const i = x.findIndex((v, k) => !equals(vm, v, y[k]!));
  if (i < 0) return op === "eq" || op === "le" || op === "ge";
  return op === "eq" ? false : op === "ne" ? true : truthy(vm, compare(vm, op, x[i]!, y[i]!));
}

export const sliceType: PyType = defineType({
  name: "slice",
  js: PySlice,
  subclassable: false,
  doc: "The bounds and the step of a subscript such as a[1:10:2].",
  new: [
    "(start, stop=None, step=None, /)",
    (_vm: VM, _cls: PyType, a: Value, b: Value | undefined, c: Value | undefined) =>
      b === undefined ? new PySlice(null, a, null) : new PySlice(a, b, c ?? null),
  ],
  slots: {
    repr: (vm, self) => {
      const s = self as PySlice;
      return `slice(${repr(vm, s.start)}, ${repr(vm, s.stop)}, ${repr(vm, s.step)})`;
    },
    hash: (vm, self) => {
      const s = self as PySlice;
      return sliceHashOf([hash(vm, s.start), hash(vm, s.stop), hash(vm, s.step)]);
    },
    eq: (vm, a, b) => compareSlices(vm, "eq", a, b),
    ne: (vm, a, b) => compareSlices(vm, "ne", a, b),
    lt: (vm, a, b) => compareSlices(vm, "lt", a, b),
    le: (vm, a, b) => compareSlices(vm, "le", a, b),
    gt: (vm, a, b) => compareSlices(vm, "gt", a, b),
    ge: (vm, a, b) => compareSlices(vm, "ge", a, b),
  },
  methods: {
    indices: ["($self, object, /)", indices, "Start, stop and step for a sequence of the given length, clamped to it."],
    __reduce__: ["($self, /)", (_vm: VM, s: PySlice) => new PyTuple([s.cls, new PyTuple([s.start, s.stop, s.step])])],
  },
  getset: {
    start: [(_vm: VM, s: PySlice) => s.start],
    stop: [(_vm: VM, s: PySlice) => s.stop],
    step: [(_vm: VM, s: PySlice) => s.step],
  },
});

/** TypeError of a sequence whose subscript is neither an int nor a slice. */
export function badSubscript(noun: string, key: Value): Value {
  return typeError(`${noun} indices must be integers or slices, not ${typeName(key)}`);
}
