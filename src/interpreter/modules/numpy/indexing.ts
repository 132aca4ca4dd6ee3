/**
 * a[index] and a[index] = value: integers, slices, Ellipsis, newaxis, boolean masks, integer arrays and their mixtures.
 *
 * An index is parsed once into entries (one per indexed or new dimension). Without arrays the result is a view; with arrays it is a copy whose
 * array dimensions stand where the arrays were when those are adjacent, else first. Source: NumPy user guide "Indexing on ndarrays".
 */
import { VIEW, type NumberView } from "../../../base/storage.ts";
import { indexError, type PyBaseException, valueError } from "../../builtins/exceptions.ts";
import { PyList } from "../../objects/list.ts";
import { toIndex, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PySlice, sliceRange } from "../../objects/slice.ts";
import { Ellipsis, PyFloat, type PyInt, PyTuple, type Value } from "../../objects/values.ts";
import { asType, assign } from "./assign.ts";
import { asArray, asAssigned } from "./convert.ts";
import { BOOL, FLOAT64, INT64 } from "./dtype.ts";
import { readRaw, readScalar, writeValue } from "./element.ts";
import { forEachOffset } from "./iterate.ts";
import {
  broadcastShapes, broadcastStrides, newArray, ObjectStorage, PyNdArray, requireWriteable, shapeCompact, sizeOf, viewOf,
} from "./ndarray.ts";
import { PyNpScalar } from "./scalars.ts";

// ---- fast paths -------------------------------------------------------------------------------------------------------------------------

export function outOfRange(index: PyInt, axis: number, size: number): PyBaseException {
  return indexError(`index ${index} is out of bounds for axis ${axis} with size ${size}`);
}

function tooMany(ndim: number, given: number): PyBaseException {
  return indexError(`too many indices for array: array is ${ndim}-dimensional, but ${given} were indexed`);
}

/** Byte offset of the element at a full tuple of small ints; -1 when the key is anything else. */
function elementOffset(a: PyNdArray, key: Value): number {
  const { dims, strides } = a;
  if (typeof key === "number") {
    if (dims.length !== 1) return -1;
    const n = dims[0]!;
    const i = key < 0 ? key + n : key;
    if (i < 0 || i >= n) throw outOfRange(key, 0, n);
    return a.offset + i * strides[0]!;
  }
  if (!(key instanceof PyTuple) || key.items.length !== dims.length) return -1;
  const items = key.items;
  let at = a.offset;
  for (let k = 0; k < items.length; k++) {
    const v = items[k]!;
    if (typeof v !== "number") return -1;
    const n = dims[k]!;
    const i = v < 0 ? v + n : v;
    if (i < 0 || i >= n) throw outOfRange(v, k, n);
    at += i * strides[k]!;
  }
  return at;
}

export function getItem(vm: VM, self: Value, key: Value): Value {
  const a = self as PyNdArray;
  const at = elementOffset(a, key);
  if (at >= 0) return readScalar(a.storage, a.dtype, at);
  return getGeneral(vm, a, key);
}

export function setItem(vm: VM, self: Value, key: Value, value: Value): void {
  const a = self as PyNdArray;
  const at = elementOffset(a, key);
  if (at < 0) {
    setGeneral(vm, a, key, value);
    return;
  }
  requireWriteable(a);
  const { storage, dtype } = a;
  if (dtype === FLOAT64 && value instanceof PyFloat && (at & 7) === 0) {
    ((storage.views[VIEW.f64] ?? storage.view(VIEW.f64)) as Float64Array)[at >>> 3] = value.value;
    storage.touch();
  } else writeValue(vm, storage, dtype, at, value);
}

// ---- parsing ------------------------------------------------------------------------------------------------------------------------------

type Entry =
  | { readonly kind: "int"; readonly index: PyInt }
  | { readonly kind: "slice"; readonly slice: PySlice }
  | { readonly kind: "new" }
  | { readonly kind: "rest" }
  | { readonly kind: "array"; readonly array: PyNdArray }
  | { readonly kind: "mask"; readonly array: PyNdArray };

const BAD_INDEX =
  "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices";

function parseEntry(vm: VM, v: Value): Entry {
  if (typeof v === "number") return { kind: "int", index: v };
  if (v === null) return { kind: "new" };
  if (v === Ellipsis) return { kind: "rest" };
  if (v instanceof PySlice) return { kind: "slice", slice: v };
  if (v instanceof PyNdArray) return arrayEntry(v);
  if (typeof v === "boolean" || (v instanceof PyNpScalar && v.dtype === BOOL)) return { kind: "mask", array: asArray(vm, v) };
  if (typeof v === "bigint") throw indexError(BAD_INDEX);
  if (v instanceof PyList || v instanceof PyTuple) return sequenceEntry(vm, v);
  if (typeof v === "object" && typeOf(v).slot.index) {
    const index = toIndex(vm, v);
    if (typeof index === "bigint") throw indexError(BAD_INDEX);
    return { kind: "int", index };
  }
  if (typeof v === "object" && typeOf(v).slot.len && typeOf(v).slot.getitem && typeOf(v).slot.iter) return sequenceEntry(vm, v);
  throw indexError(BAD_INDEX);
}

function sequenceEntry(vm: VM, v: Value): Entry {
  const a = asArray(vm, v);
  if (a.size === 0) return { kind: "array", array: asType(vm, a, INT64) };
  if (a.dtype.kind !== "b" && !a.dtype.isInteger) throw indexError(BAD_INDEX);
  return arrayEntry(a);
}

function arrayEntry(a: PyNdArray): Entry {
  if (a.dtype.kind === "b") return { kind: "mask", array: a };
  if (!a.dtype.isInteger) throw indexError("arrays used as indices must be of integer (or boolean) type");
  if (a.ndim === 0) return { kind: "int", index: readRaw(a.storage, a.dtype, a.offset) };
  return { kind: "array", array: a };
}

function parse(vm: VM, a: PyNdArray, key: Value): Entry[] {
  const entries = key instanceof PyTuple ? key.items.map((v) => parseEntry(vm, v)) : [parseEntry(vm, key)];
  let used = 0;
  let rest = -1;
  entries.forEach((e, i) => {
    if (e.kind === "rest") {
      if (rest >= 0) throw indexError("an index can only have a single ellipsis ('...')");
      rest = i;
    } else if (e.kind === "mask") used += e.array.ndim;
    else if (e.kind !== "new") used++;
  });
  if (used > a.ndim) throw tooMany(a.ndim, used);
  const fill: Entry[] = Array.from({ length: a.ndim - used }, () => ({ kind: "slice", slice: WHOLE }));
  if (rest < 0) entries.push(...fill);
  else entries.splice(rest, 1, ...fill);
  return entries;
}

const WHOLE = new PySlice(null, null, null);

/** A parsed index over an array: the basic part as a view, arrays beside it. */
interface Selection {
  /** Dimensions and strides of the result's basic part; array dimensions come in at `at`. */
  readonly dims: number[];
  readonly strides: number[];
  offset: number;
  /** Integer arrays with the axis they index. */
  readonly arrays: { readonly array: PyNdArray; readonly size: number; readonly stride: number; readonly axis: number }[];
  /** Position in `dims` of the array dimensions. */
  at: number;
}

function select(vm: VM, a: PyNdArray, entries: readonly Entry[]): Selection {
  const s: Selection = { dims: [], strides: [], offset: a.offset, arrays: [], at: -1 };
  const advanced = entries.some((e) => e.kind === "array" || e.kind === "mask");
  let axis = 0;
  // adjacency of array indices: 0 before the first, 1 within the group, 2 after it, 3 a second group
  let phase = 0;
  const array = (index: PyNdArray): void => {
    if (phase === 0) s.at = s.dims.length;
    phase = phase === 2 || phase === 3 ? 3 : 1;
    const checked = checkedIndices(vm, index, a.dims[axis]!, axis);
    s.arrays.push({ array: checked, size: a.dims[axis]!, stride: a.strides[axis]!, axis });
    axis++;
  };
  const basic = (): void => {
    if (phase === 1) phase = 2;
  };
  for (const e of entries) {
    switch (e.kind) {
      case "int":
        if (advanced) array(asArray(vm, e.index));
        else s.offset += position(e.index, a.dims[axis]!, axis) * a.strides[axis++]!;
        break;
      case "slice": {
        basic();
        const r = sliceRange(vm, e.slice, a.dims[axis]!);
        s.dims.push(r.count);
        s.strides.push(a.strides[axis]! * r.step);
        if (r.count > 0) s.offset += r.start * a.strides[axis]!;
        axis++;
        break;
      }
      case "new":
        basic();
        s.dims.push(1);
        s.strides.push(0);
        break;
      case "array":
        array(e.array);
        break;
      case "mask":
        for (const index of maskIndices(a, e.array, axis)) {
          if (e.array.ndim === 0) zeroDimensionalMask(s, index, phase === 0);
          else array(index);
          if (e.array.ndim === 0) phase = phase === 2 || phase === 3 ? 3 : 1;
        }
        break;
    }
  }
  if (phase === 3) s.at = 0;
  return s;
}

function position(index: PyInt, size: number, axis: number): number {
  const i = typeof index === "number" ? (index < 0 ? index + size : index) : -1;
  if (i < 0 || i >= size) throw outOfRange(index, axis, size);
  return i;
}

/** True or False as an index: a new dimension of length 1 or 0. */
function zeroDimensionalMask(s: Selection, index: PyNdArray, first: boolean): void {
  if (first) s.at = s.dims.length;
  s.arrays.push({ array: index, size: 1, stride: 0, axis: 0 });
}

/** A mask as one integer array for each of its dimensions. */
function maskIndices(a: PyNdArray, mask: PyNdArray, axis: number): PyNdArray[] {
  mask.dims.forEach((d, k) => {
    const size = a.dims[axis + k]!;
    if (d !== size)
      throw indexError(`boolean index did not match indexed array along axis ${axis + k}; size of axis is ${size} but size of corresponding boolean axis is ${d}`);
  });
  return nonzero(mask.ndim === 0 ? viewOf(mask, [1], [1]) : mask);
}

/** np.nonzero of a bool array: the indices of true elements, one int64 array per dimension. */
export function nonzero(mask: PyNdArray): PyNdArray[] {
  const bytes = mask.storage.bytes();
  const hits: number[] = [];
  let i = 0;
  forEachOffset(mask.dims, mask.strides, mask.offset, (at) => {
    if (bytes[at] !== 0) hits.push(i);
    i++;
  });
  const out = mask.dims.map(() => newArray(INT64, [hits.length]));
  let step = 1;
  for (let k = mask.ndim - 1; k >= 0; k--) {
    const words = out[k]!.data;
    const d = mask.dims[k]!;
    hits.forEach((h, n) => (words[2 * n] = Math.floor(h / step) % d));
    step *= d;
  }
  return out;
}

/** Indices as non-negative int64, checked against the axis. */
function checkedIndices(vm: VM, index: PyNdArray, size: number, axis: number): PyNdArray {
  const out = newArray(INT64, index.dims);
  assign(vm, out, index);
  const words = out.data as Int32Array;
  for (let k = 0; k < words.length && k < 2 * out.size; k += 2) {
    const i = words[k + 1]! * 4294967296 + (words[k]! >>> 0);
    if (i < -size || i >= size) throw outOfRange(i, axis, size);
    words[k] = i < 0 ? i + size : i;
    words[k + 1] = 0;
  }
  return out;
}

// ---- reading ------------------------------------------------------------------------------------------------------------------------------

function getGeneral(vm: VM, a: PyNdArray, key: Value): Value {
  const entries = parse(vm, a, key);
  const s = select(vm, a, entries);
  if (s.arrays.length > 0) return gatherSelection(vm, a, s);
  const exact = s.dims.length === 0 && entries.every((e) => e.kind === "int") && !hasEllipsis(key);
  return exact ? readScalar(a.storage, a.dtype, s.offset) : viewOf(a, s.dims, s.strides, s.offset);
}

function hasEllipsis(key: Value): boolean {
  return key === Ellipsis || (key instanceof PyTuple && key.items.includes(Ellipsis));
}

/** Shape of the array dimensions and, for each of their elements, the byte offset that the arrays select. */
function arrayOffsets(s: Selection): { dims: readonly number[]; offsets: Float64Array } {
  const shapes = s.arrays.map((x) => x.array.dims);
  const dims = broadcastShapes(shapes);
  if (dims === undefined) throw indexError(`shape mismatch: indexing arrays could not be broadcast together with shapes ${shapes.map(shapeCompact).join(" ")} `);
  const offsets = new Float64Array(sizeOf(dims));
  for (const { array, stride } of s.arrays) {
    const words = array.data as Int32Array;
    let k = 0;
    forEachOffset(dims, broadcastStrides(array, dims)!, array.offset, (at) => (offsets[k++]! += words[at >>> 2]! * stride));
  }
  return { dims, offsets };
}

/** Calls `visit` with the byte offset of every selected element, in the C order of the result. */
function forEachSelected(s: Selection, offsets: Float64Array, visit: (at: number) => void): void {
  const before = s.dims.slice(0, s.at);
  const after = s.dims.slice(s.at);
  forEachOffset(before, s.strides.slice(0, s.at), s.offset, (outer) => {
    for (let k = 0; k < offsets.length; k++) {
      if (after.length === 0) visit(outer + offsets[k]!);
      else forEachOffset(after, s.strides.slice(s.at), outer + offsets[k]!, visit);
    }
  });
}

function resultDims(s: Selection, dims: readonly number[]): number[] {
  return [...s.dims.slice(0, s.at), ...dims, ...s.dims.slice(s.at)];
}

function gatherSelection(_vm: VM, a: PyNdArray, s: Selection): PyNdArray {
  const { dims, offsets } = arrayOffsets(s);
  const out = newArray(a.dtype, resultDims(s, dims));
  if (out.size === 0) return out;
  const copy = elementCopier(out, a);
  const size = a.dtype.itemsize;
  let k = 0;
  forEachSelected(s, offsets, (at) => {
    copy(k, at);
    k += size;
  });
  return out;
}

/** A function that copies one element between byte offsets of two arrays of one dtype. */
export function elementCopier(to: PyNdArray, from: PyNdArray): (target: number, source: number) => void {
  if (to.storage instanceof ObjectStorage) {
    const [o, a] = [to.storage.values, (from.storage as ObjectStorage).values];
    return (t, s) => void (o[t >>> 3] = a[s >>> 3]!);
  }
  const size = to.dtype.itemsize;
  const kind = size === 1 ? VIEW.u8 : size === 2 ? VIEW.u16 : VIEW.i32;
  const width = Math.min(size, 4);
  const mask = width - 1;
  const [o, a] = [to.storage.view(kind), from.storage.view(kind)] as [NumberView, NumberView];
  const [ob, ab] = [to.storage.bytes(), from.storage.bytes()];
  const words = size / width;
  const shift = Math.log2(width);
  return (t, s) => {
    if (((t | s) & mask) !== 0) for (let b = 0; b < size; b++) ob[t + b] = ab[s + b]!;
    else for (let w = 0, i = t >>> shift, j = s >>> shift; w < words; w++) o[i + w] = a[j + w]!;
  };
}

// ---- writing ------------------------------------------------------------------------------------------------------------------------------

function setGeneral(vm: VM, a: PyNdArray, key: Value, value: Value): void {
  const entries = parse(vm, a, key);
  const s = select(vm, a, entries);
  requireWriteable(a);
  if (s.arrays.length > 0) {
    scatterSelection(vm, a, s, value, entries);
    return;
  }
  if (s.dims.length === 0 && !hasEllipsis(key)) {
    writeValue(vm, a.storage, a.dtype, s.offset, value);
    return;
  }
  const target = viewOf(a, s.dims, s.strides, s.offset);
  assign(vm, target, asAssigned(vm, value, a.dtype, s.dims.length));
}

function scatterSelection(vm: VM, a: PyNdArray, s: Selection, value: Value, entries: readonly Entry[]): void {
  const { dims, offsets } = arrayOffsets(s);
  const shape = resultDims(s, dims);
  const source = asAssigned(vm, value, a.dtype, Math.max(shape.length, a.ndim));
  const values = asType(vm, trimmed(source, shape.length), a.dtype);
  if (broadcastStrides(values, shape) === undefined) throw shapeMismatch(source, shape, entries, a);
  const stable = values.storage === a.storage ? copied(vm, values) : values;
  const sourceStrides = broadcastStrides(stable, shape)!;
  const copy = elementCopier(a, stable);
  const sources = new Float64Array(sizeOf(shape));
  let n = 0;
  forEachOffset(shape, sourceStrides, stable.offset, (at) => (sources[n++] = at));
  let k = 0;
  forEachSelected(s, offsets, (at) => copy(at, sources[k++]!));
  a.storage.touch();
}

function copied(vm: VM, a: PyNdArray): PyNdArray {
  const out = newArray(a.dtype, a.dims);
  assign(vm, out, a);
  return out;
}

function trimmed(a: PyNdArray, ndim: number): PyNdArray {
  let extra = 0;
  while (a.ndim - extra > ndim && a.dims[extra] === 1) extra++;
  return extra === 0 ? a : viewOf(a, a.dims.slice(extra), a.strides.slice(extra));
}

function shapeMismatch(source: PyNdArray, shape: readonly number[], entries: readonly Entry[], a: PyNdArray): PyBaseException {
  const only = entries[0]!;
  if (entries.length === 1 && only.kind === "mask" && only.array.ndim === a.ndim && source.ndim <= 1)
    return valueError(
      `NumPy boolean array indexing assignment cannot assign ${source.size} input values to the ${sizeOf(shape)} output values where the mask is true`,
    );
  return valueError(`shape mismatch: value array of shape ${shapeCompact(source.dims)} could not be broadcast to indexing result of shape ${shapeCompact(shape)}`);
}
