/**
 * Python values → arrays: nested sequences, scalars, buffers, anything with `__array__`.
 *
 * The first pass finds shape and common type and lists the leaves in C order, the second stores them. Source: NumPy reference "numpy.array".
 * Known weakness: a sequence is any object with `__len__` and `__getitem__` (dicts and sets aside); array-likes that only offer
 * `__array_interface__` are not read.
 */
import { valueError } from "../../builtins/exceptions.ts";
import { getBuffer } from "../../objects/buffer.ts";
import { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { lookupSpecial, plainInt, plainStr, toArray, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PySet } from "../../objects/set.ts";
import { PyBytes, PyComplex, PyFloat, PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { assign, convert, objectArray } from "./assign.ts";
import { BOOL, COMPLEX128, type DType, dtypeFromText, FLOAT64, INT64, OBJECT, promote, textType, UINT64 } from "./dtype.ts";
import { sequenceError, storeWords, writeValue } from "./element.ts";
import { MAX_DIMS, newArray, PyNdArray, shapeText, sizeOf, storageOf, stridesFor } from "./ndarray.ts";
import { scalarDType } from "./scalars.ts";

/** The dtype of a Python or NumPy scalar in a new array; undefined for things that are no scalars. */
export function leafType(v: Value): DType | undefined {
  switch (typeof v) {
    case "number":
      return INT64;
    case "boolean":
      return BOOL;
    case "bigint":
      return v >= -(2n ** 63n) && v < 2n ** 63n ? INT64 : v >= 0n && v < 2n ** 64n ? UINT64 : OBJECT;
    case "string":
      return textType(codePoints(v));
  }
  if (v === null) return OBJECT;
  const np = scalarDType(v);
  if (np) return np;
  if (v instanceof PyFloat) return FLOAT64;
  if (v instanceof PyComplex) return COMPLEX128;
  const i = plainInt(v);
  if (i !== undefined) return leafType(i);
  const s = plainStr(v);
  return s === undefined ? undefined : textType(codePoints(s));
}

function codePoints(s: string): number {
  return s.length - (s.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/** The items of a sequence, or undefined when NumPy would treat the value as one element. */
function sequenceItems(vm: VM, v: Value): readonly Value[] | undefined {
  if (v instanceof PyList || v instanceof PyTuple) return v.items;
  if (!(v instanceof PyObject) || v instanceof PyDict || v instanceof PySet || v instanceof PyBytes) return undefined;
  const slot = typeOf(v).slot;
  return slot.len && slot.getitem && slot.iter ? toArray(vm, v) : undefined;
}

/** An array that the value already is, or exports, or makes by `__array__`; undefined for other values. */
function existingArray(vm: VM, v: Value): PyNdArray | undefined {
  if (v instanceof PyNdArray) return v;
  if (!(v instanceof PyObject) || v instanceof PyList || v instanceof PyTuple || v instanceof PyFloat || v instanceof PyBytes) return undefined;
  const buffer = getBuffer(v);
  const dtype = buffer && bufferType(buffer.format);
  if (buffer && dtype) {
    const { storage, offset } = storageOf(buffer);
    return new PyNdArray(storage, dtype, buffer.shape, buffer.strides, offset, v, !buffer.readonly);
  }
  if (scalarDType(v) || typeOf(v).lookup("__array__") === undefined) return undefined;
  const made = vm.call(lookupSpecial(vm, v, "__array__")!, []);
  if (!(made instanceof PyNdArray)) throw valueError("object __array__ method not producing an array");
  return made;
}

/** dtype of a struct-module format of one item. */
export function bufferType(format: string): DType | undefined {
  const code = format.replace(/^[<=@]/, "");
  if (code === "Zd") return COMPLEX128;
  return code.length === 1 ? dtypeFromText(code === "c" ? "B" : code) : undefined;
}

/** What the first pass collects. */
class Discovery {
  /** Scalars and arrays in C order. */
  readonly leaves: Value[] = [];
  /** Common type of the leaves seen so far. */
  type: DType | undefined = undefined;
  /** Number of leading dimensions in which all sequences agree, when they do not agree in all. */
  agree = MAX_DIMS + 1;
}

/** Shape of a nested sequence as far as its parts agree. */
function discover(vm: VM, v: Value, depth: number, d: Discovery): readonly number[] {
  const leaf = leafType(v);
  if (leaf) return leafFound(d, v, leaf, []);
  const array = existingArray(vm, v);
  if (array) return leafFound(d, array, array.dtype, array.dims);
  const items = sequenceItems(vm, v);
  if (items === undefined) return leafFound(d, v, OBJECT, []);
  if (depth >= MAX_DIMS) throw tooDeep(MAX_DIMS);
  let inner: readonly number[] | undefined;
  for (const item of items) {
    const s = discover(vm, item, depth + 1, d);
    if (inner === undefined) inner = s;
    else if (!sameShape(inner, s)) {
      inner = commonPrefix(inner, s);
      d.agree = Math.min(d.agree, depth + 1 + inner.length);
    }
  }
  return [items.length, ...(inner ?? [])];
}

function leafFound(d: Discovery, v: Value, type: DType, shape: readonly number[]): readonly number[] {
  d.leaves.push(v);
  if (d.type === undefined) d.type = type;
  else if (d.type !== type) d.type = promote(d.type, type) ?? OBJECT;
  return shape;
}

export function tooDeep(limit: number): unknown {
  return valueError(`setting an array element with a sequence. The requested array would exceed the maximum number of dimension of ${limit}.`);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

function commonPrefix(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < a.length && i < b.length && a[i] === b[i]; i++) out.push(a[i]!);
  return out;
}

function ragged(shape: readonly number[]): unknown {
  return valueError(
    `setting an array element with a sequence. The requested array has an inhomogeneous shape after ${shape.length} dimensions. ` +
      `The detected shape was ${shapeText(shape)} + inhomogeneous part.`,
  );
}

/** np.asarray(v, dtype): the array itself when it fits, else a new one. `dtype` undefined: what the values need. */
export function asArray(vm: VM, v: Value, dtype?: DType): PyNdArray {
  if (v instanceof PyNdArray) return dtype === undefined || v.dtype === dtype ? v : convert(vm, v, dtype);
  const leaf = leafType(v);
  if (leaf) return fromScalar(vm, v, dtype === undefined || isUnsizedText(dtype) ? leaf : dtype);
  const array = existingArray(vm, v);
  if (array) return dtype === undefined || array.dtype === dtype ? array : convert(vm, array, dtype);
  return fromSequence(vm, v, dtype);
}

function isUnsizedText(d: DType): boolean {
  return d.kind === "U" && d.itemsize === 0;
}

/** A 0-d array. */
export function fromScalar(vm: VM, v: Value, dtype: DType): PyNdArray {
  const out = newArray(dtype, []);
  writeValue(vm, out.storage, dtype, 0, v);
  return out;
}

function fromSequence(vm: VM, v: Value, wanted: DType | undefined): PyNdArray {
  const d = new Discovery();
  const shape = discover(vm, v, 0, d);
  if (d.agree <= MAX_DIMS) {
    if (wanted?.kind !== "O") throw ragged(shape.slice(0, d.agree));
    return raggedObjects(vm, v, shape.slice(0, d.agree), wanted);
  }
  const sized = wanted && isUnsizedText(wanted) && d.type ? (promote(wanted, d.type) ?? wanted) : wanted;
  const dtype = sized ?? d.type ?? FLOAT64;
  const out = newArray(dtype, shape);
  fill(vm, out, d.leaves);
  return out;
}

/** An object array whose elements are the sequences below the agreed dimensions. */
function raggedObjects(vm: VM, v: Value, shape: readonly number[], dtype: DType): PyNdArray {
  let level: readonly Value[] = [v];
  for (let depth = 0; depth < shape.length; depth++) level = level.flatMap((item) => sequenceItems(vm, item)!);
  return objectArray(dtype, shape, level);
}

/** Stores leaves in C order into a new C-contiguous array. */
function fill(vm: VM, out: PyNdArray, leaves: readonly Value[]): void {
  const { dtype, storage } = out;
  const size = dtype.itemsize;
  let at = 0;
  const data = out.data;
  for (const leaf of leaves) {
    if (dtype === FLOAT64 && leaf instanceof PyFloat) data[at >>> 3] = leaf.value;
    else if (dtype === FLOAT64 && typeof leaf === "number") data[at >>> 3] = leaf;
    else if (dtype === INT64 && typeof leaf === "number") storeWords(data as Int32Array, at >>> 2, leaf);
    else if (leaf instanceof PyNdArray) {
      const block = new PyNdArray(storage, dtype, leaf.dims, stridesFor(leaf.dims, size), at, out, true);
      assign(vm, block, leaf);
      at += sizeOf(leaf.dims) * size;
      continue;
    } else writeValue(vm, storage, dtype, at, leaf);
    at += size;
  }
  storage.touch();
}

/** The value of an assignment into an array of type `dtype` with `ndim` dimensions. */
export function asAssigned(vm: VM, v: Value, dtype: DType, ndim: number): PyNdArray {
  if (v instanceof PyNdArray) return v;
  const leaf = leafType(v);
  if (leaf) return fromScalar(vm, v, dtype);
  const array = existingArray(vm, v);
  if (array) return array;
  const d = new Discovery();
  const shape = discover(vm, v, 0, d);
  if (d.agree <= MAX_DIMS) throw dtype.kind === "O" ? sequenceError() : ragged(shape.slice(0, d.agree));
  if (shape.length > ndim && sizeOf(shape) > 0 && dtype.kind !== "O") throw tooDeep(ndim);
  const out = newArray(dtype, shape);
  fill(vm, out, d.leaves);
  return out;
}
