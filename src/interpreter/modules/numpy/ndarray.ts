/**
 * ndarray: shape and strides over a Storage. What the rest of tspy (the JIT above all) may rely on:
 *
 *   - `storage`  the memory; `storage.id` decides aliasing, `storage.views[k] ?? storage.view(k)` gives typed views of all of it;
 *   - `dtype`    a DType; `dtype.view` is the kind of view its components need, `dtype.shift` the log2 of a component's size;
 *   - `offset`   byte offset of element [0, …, 0] in the storage; `dims` (Python's `shape`; that name is taken by attribute layouts) in elements; `strides` in bytes, any sign, 0 where broadcast;
 *   - element [i, j, …] starts at byte offset + i·strides[0] + j·strides[1] + …, so at index (that >>> dtype.shift) of the view. An int64 or
 *     uint64 is two 32-bit words, low first; a complex number two floats; an address may be unaligned only for views of foreign memory
 *     (`isAligned`);
 *   - whoever writes checks `writeable` and calls `storage.touch()`;
 *   - `dims`, `strides` and `dtype` of an existing array change only when Python assigns `.shape`, `.dtype`; they are replaced, never mutated;
 *   - scalars come from `makeReal(dtype, number | bigint)` and `makeComplex` in scalars.ts (float64: `new PyNpFloat64(x)`).
 *
 * Known weakness: storages are limited to 4 GB, because indices are computed with 32-bit shifts.
 */
import { Storage, type TypedView } from "../../../base/storage.ts";
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import type { Buffer } from "../../objects/buffer.ts";
import { PyAttrObject, type Value } from "../../objects/values.ts";
import { type DType, dtypeRepr } from "./dtype.ts";

export const MAX_DIMS = 64;

/** Memory of object arrays: the values live beside the (unused) bytes, one for every 8 bytes. */
export class ObjectStorage extends Storage {
  readonly values: Value[];
  constructor(count: number, fill: Value) {
    super(new ArrayBuffer(8), 0, count * 8);
    this.values = new Array<Value>(count).fill(fill);
  }
}

export class PyNdArray extends PyAttrObject {
  storage: Storage;
  dtype: DType;
  dims: readonly number[];
  strides: readonly number[];
  offset: number;
  /** The array (or exporter of memory) that this one is a view of; null when it owns its memory. */
  base: Value;
  writeable: boolean;

  constructor(storage: Storage, dtype: DType, dims: readonly number[], strides: readonly number[], offset: number, base: Value, writeable: boolean) {
    super();
    this.storage = storage;
    this.dtype = dtype;
    this.dims = dims;
    this.strides = strides;
    this.offset = offset;
    this.base = base;
    this.writeable = writeable;
  }

  get ndim(): number {
    return this.dims.length;
  }

  get size(): number {
    return sizeOf(this.dims);
  }

  /** Typed view of the whole storage, of the components of this array's dtype. */
  get data(): TypedView {
    return this.storage.views[this.dtype.view] ?? this.storage.view(this.dtype.view);
  }

  exportBuffer(): Buffer {
    return {
      data: this.storage.bytes(),
      readonly: !this.writeable,
      format: BUFFER_FORMAT[this.dtype.char] ?? this.dtype.char,
      itemsize: this.dtype.itemsize,
      shape: this.dims,
      strides: this.strides,
      offset: this.offset,
      storage: this.storage,
    };
  }
}

const BUFFER_FORMAT: { readonly [char: string]: string } = { F: "Zf", D: "Zd" };

export function sizeOf(shape: readonly number[]): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

export type Order = "C" | "F";

/** Strides of contiguous memory. As in NumPy, a dimension of length 0 counts as one of length 1. */
export function stridesFor(shape: readonly number[], itemsize: number, order: Order = "C"): number[] {
  const out: number[] = new Array<number>(shape.length);
  let step = itemsize;
  for (let k = 0; k < shape.length; k++) {
    const i = order === "C" ? shape.length - 1 - k : k;
    out[i] = step;
    step *= shape[i] || 1;
  }
  return out;
}

const BYTE_LIMIT = 2 ** 32;

/** A new array of zeros (of None where the dtype is object and `fill` says nothing else). */
export function newArray(dtype: DType, shape: readonly number[], order: Order = "C", fill: Value = 0): PyNdArray {
  return new PyNdArray(allocate(dtype, shape, fill), dtype, shape, stridesFor(shape, dtype.itemsize, order), 0, null, true);
}

function allocate(dtype: DType, shape: readonly number[], fill: Value): Storage {
  const bytes = sizeOf(shape) * dtype.itemsize;
  if (bytes >= BYTE_LIMIT) throw tooLarge(dtype, shape, bytes);
  if (dtype.kind === "O") return new ObjectStorage(sizeOf(shape), fill);
  try {
    return Storage.allocate(bytes);
  } catch (e) {
    if (e instanceof RangeError) throw tooLarge(dtype, shape, bytes);
    throw e;
  }
}

function tooLarge(dtype: DType, shape: readonly number[], bytes: number): unknown {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let power = 0;
  let amount = bytes;
  for (; amount >= 1024 && power < units.length - 1; power++) amount /= 1024;
  const digits = power === 0 ? 0 : amount < 10 ? 2 : amount < 100 ? 1 : 0;
  return newException(
    "MemoryError",
    `Unable to allocate ${amount.toFixed(digits)} ${units[power]} for an array with shape ${shapeText(shape)} and data type ${dtype.name}`,
  );
}

/** A view of `a` with another geometry. */
export function viewOf(a: PyNdArray, shape: readonly number[], strides: readonly number[], offset: number = a.offset, dtype: DType = a.dtype): PyNdArray {
  return new PyNdArray(a.storage, dtype, shape, strides, offset, a.base ?? a, a.writeable);
}

/** The storage of a buffer's memory and the byte offset of its first item there. */
export function storageOf(b: Buffer): { storage: Storage; offset: number } {
  const storage = b.storage ?? Storage.over(b.data.buffer as ArrayBuffer);
  return { storage, offset: b.data.byteOffset - storage.byteOffset + b.offset };
}

/** The tuple as Python prints it: "(2, 3)", "(2,)", "()". */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** The tuple as NumPy's messages print it: "(2,3)", "(2,)", "()". */
export function shapeCompact(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(",")})`;
}

export function isContiguous(a: PyNdArray, order: Order = "C"): boolean {
  const { dims: shape, strides } = a;
  const n = shape.length;
  let step = a.dtype.itemsize;
  for (let k = 0; k < n; k++) {
    const i = order === "C" ? n - 1 - k : k;
    const d = shape[i]!;
    if (d === 0) return true;
    if (d !== 1) {
      if (strides[i] !== step) return sizeOf(shape) === 0;
      step *= d;
    }
  }
  return true;
}

/** Whether every element starts at a multiple of its components' size. */
export function isAligned(a: PyNdArray): boolean {
  const mask = (1 << a.dtype.shift) - 1;
  if (mask === 0) return true;
  if ((a.offset & mask) !== 0) return false;
  for (let i = 0; i < a.strides.length; i++) if ((a.strides[i]! & mask) !== 0 && a.dims[i]! > 1) return false;
  return true;
}

/** The byte range that an array's elements lie in: [low, high) relative to its storage. */
export function byteRange(a: PyNdArray): [low: number, high: number] {
  let low = a.offset;
  let high = a.offset;
  for (let i = 0; i < a.dims.length; i++) {
    const span = (a.dims[i]! - 1) * a.strides[i]!;
    if (a.dims[i] === 0) return [a.offset, a.offset];
    if (span < 0) low += span;
    else high += span;
  }
  return [low, high + a.dtype.itemsize];
}

/** Whether two arrays' byte ranges meet (np.may_share_memory). */
export function mayOverlap(a: PyNdArray, b: PyNdArray): boolean {
  if (a.storage !== b.storage) return false;
  const [al, ah] = byteRange(a);
  const [bl, bh] = byteRange(b);
  return al < bh && bl < ah;
}

/** The same elements at the same places: an operation on both may run in place. */
export function sameLayout(a: PyNdArray, b: PyNdArray): boolean {
  if (a.offset !== b.offset || a.dtype.itemsize !== b.dtype.itemsize || a.dims.length !== b.dims.length) return false;
  for (let i = 0; i < a.dims.length; i++)
    if (a.dims[i] !== b.dims[i] || (a.strides[i] !== b.strides[i] && a.dims[i]! > 1)) return false;
  return true;
}

/** Strides of `a` broadcast to `shape` (0 along stretched dimensions); undefined when it does not broadcast. */
export function broadcastStrides(a: PyNdArray, shape: readonly number[]): number[] | undefined {
  const lead = shape.length - a.dims.length;
  if (lead < 0) return undefined;
  const out: number[] = new Array<number>(shape.length);
  for (let i = 0; i < shape.length; i++) {
    if (i < lead) {
      out[i] = 0;
      continue;
    }
    const d = a.dims[i - lead]!;
    if (d === shape[i]) out[i] = d === 1 ? 0 : a.strides[i - lead]!;
    else if (d === 1) out[i] = 0;
    else return undefined;
  }
  return out;
}

/** The common shape of operands; undefined when they do not broadcast. */
export function broadcastShapes(shapes: readonly (readonly number[])[]): readonly number[] | undefined {
  if (shapes.length === 1) return shapes[0]!;
  const ndim = Math.max(0, ...shapes.map((s) => s.length));
  const out: number[] = new Array<number>(ndim).fill(1);
  for (const s of shapes) {
    const lead = ndim - s.length;
    for (let i = 0; i < s.length; i++) {
      const d = s[i]!;
      if (d === 1) continue;
      if (out[lead + i] === 1) out[lead + i] = d;
      else if (out[lead + i] !== d) return undefined;
    }
  }
  return out;
}

export function mismatch(shapes: readonly (readonly number[])[]): unknown {
  return valueError(`operands could not be broadcast together with shapes ${shapes.map(shapeCompact).join(" ")} `);
}

export function requireWriteable(a: PyNdArray, what = "assignment destination"): void {
  if (!a.writeable) throw valueError(`${what} is read-only`);
}

export function cannotCast(from: DType, to: DType, casting: string, what = "array data"): unknown {
  return typeError(`Cannot cast ${what} from ${dtypeRepr(from)} to ${dtypeRepr(to)} according to the rule '${casting}'`);
}
