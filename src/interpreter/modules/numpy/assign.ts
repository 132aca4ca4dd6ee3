/**
 * Copies between arrays: broadcasting, conversion of types, overlapping memory. Everything that writes many elements of one array from
 * another goes through `assign`.
 */
import { valueError } from "../../builtins/exceptions.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";
import { type Casting, canCast, type DType } from "./dtype.ts";
import { readPlain, writeValue } from "./element.ts";
import { warnComplex } from "./errors.ts";
import { report } from "./fp-state.ts";
import { axisOrder, forEachOffset, planWalk, walk } from "./iterate.ts";
import { castKernel } from "./kernels.ts";
import {
  broadcastStrides, cannotCast, isAligned, isContiguous, mayOverlap, newArray, ObjectStorage, type Order, PyNdArray, requireWriteable, sameLayout,
  shapeCompact, sizeOf, stridesFor, viewOf,
} from "./ndarray.ts";

/** dst[...] = src with unchecked casting. `src` broadcasts; leading dimensions of length 1 beyond dst's are dropped. */
export function assign(vm: VM, dst: PyNdArray, source: PyNdArray): void {
  requireWriteable(dst);
  let src = dropLeadingOnes(source, dst.ndim);
  const strides = broadcastStrides(src, dst.dims);
  if (strides === undefined)
    throw valueError(`could not broadcast input array from shape ${shapeCompact(source.dims)} into shape ${shapeCompact(dst.dims)}`);
  if (dst.size === 0) return;
  if (mayOverlap(src, dst)) {
    if (src.dtype === dst.dtype && sameLayout(src, dst)) return;
    src = copyArray(vm, src);
    return assign(vm, dst, src);
  }
  if (src.dtype.domain === "value" || dst.dtype.domain === "value") assignValues(vm, dst, src, strides);
  else if (!isAligned(src)) return assign(vm, dst, alignedCopy(src));
  else if (!isAligned(dst)) assignUnaligned(vm, dst, src);
  else assignNumbers(vm, dst, src, strides);
  dst.storage.touch();
}

function dropLeadingOnes(a: PyNdArray, ndim: number): PyNdArray {
  let extra = 0;
  while (a.ndim - extra > ndim && a.dims[extra] === 1) extra++;
  return extra === 0 ? a : viewOf(a, a.dims.slice(extra), a.strides.slice(extra));
}

function assignNumbers(vm: VM, dst: PyNdArray, src: PyNdArray, strides: readonly number[]): void {
  const [from, to] = [src.dtype, dst.dtype];
  if (from === to && src.ndim === dst.ndim && src.size === dst.size && isContiguous(src) && isContiguous(dst)) {
    const n = dst.size * to.itemsize;
    dst.storage.bytes().set(src.storage.bytes().subarray(src.offset, src.offset + n), dst.offset);
    return;
  }
  if (from.kind === "c" && to.kind !== "c" && to.kind !== "b") warnComplex(vm);
  report(vm, runCast(dst, src, strides), "cast");
}

/** Converts element by element; returns floating-point flags. Both sides are aligned and do not overlap. */
function runCast(dst: PyNdArray, src: PyNdArray, strides: readonly number[]): number {
  const kernel = castKernel(src.dtype, dst.dtype);
  const w = planWalk(dst.dims, [dst.strides, strides]);
  const [ds, ss] = [dst.dtype.shift, src.dtype.shift];
  const [u, s] = [w.innerSteps[0]! >> ds, w.innerSteps[1]! >> ss];
  const [O, A] = [dst.data, src.data];
  let flags = 0;
  walk(w, [dst.offset, src.offset], (at) => {
    flags |= kernel(w.inner, A, at[1]! >>> ss, s, O, at[0]! >>> ds, u);
  });
  return flags;
}

function assignValues(vm: VM, dst: PyNdArray, src: PyNdArray, strides: readonly number[]): void {
  const values: Value[] = [];
  forEachOffset(dst.dims, strides, src.offset, (at) => values.push(readPlain(src.storage, src.dtype, at)));
  let k = 0;
  forEachOffset(dst.dims, dst.strides, dst.offset, (at) => writeValue(vm, dst.storage, dst.dtype, at, values[k++]!));
}

function assignUnaligned(vm: VM, dst: PyNdArray, src: PyNdArray): void {
  const whole = newArray(dst.dtype, dst.dims);
  assign(vm, whole, src);
  copyBytes(dst, whole);
}

/** A contiguous copy of an array whose elements are not aligned. */
export function alignedCopy(a: PyNdArray): PyNdArray {
  const out = newArray(a.dtype, a.dims);
  copyBytes(out, a);
  return out;
}

/** Copies bytes between arrays of one dtype and shape, whatever their alignment. */
function copyBytes(dst: PyNdArray, src: PyNdArray): void {
  const from = src.storage.bytes();
  const to = dst.storage.bytes();
  const size = dst.dtype.itemsize;
  const targets: number[] = [];
  forEachOffset(dst.dims, dst.strides, dst.offset, (at) => targets.push(at));
  let k = 0;
  forEachOffset(src.dims, src.strides, src.offset, (at) => {
    to.set(from.subarray(at, at + size), targets[k++]!);
  });
}

// ---- copies -----------------------------------------------------------------------------------------------------------------------------

/** "K" keeps the axes in the source's memory order, "A" is F for F-contiguous sources, else C. */
export type AnyOrder = Order | "K" | "A";

/** A new array of `a`'s shape, laid out as `order` says for `a`. */
export function newLike(a: PyNdArray, dtype: DType, order: AnyOrder = "K", fill: Value = 0): PyNdArray {
  if (order === "C" || order === "F") return newArray(dtype, a.dims, order, fill);
  if (isContiguous(a)) return newArray(dtype, a.dims, "C", fill);
  if (isContiguous(a, "F")) return newArray(dtype, a.dims, "F", fill);
  return order === "A" ? newArray(dtype, a.dims, "C", fill) : newInOrder(dtype, a.dims, axisOrder(a.ndim, [a.strides]), fill);
}

/** A new array whose memory order of axes is `axes`, slowest first. */
export function newInOrder(dtype: DType, shape: readonly number[], axes: readonly number[], fill: Value = 0): PyNdArray {
  const out = newArray(dtype, shape, "C", fill);
  const inMemory = stridesFor(axes.map((i) => shape[i]!), dtype.itemsize);
  const strides = new Array<number>(shape.length);
  axes.forEach((axis, k) => (strides[axis] = inMemory[k]!));
  out.strides = strides;
  return out;
}

export function copyArray(vm: VM, a: PyNdArray, order: AnyOrder = "K"): PyNdArray {
  return convert(vm, a, a.dtype, order);
}

/** A fresh array of another type, with unchecked casting. */
export function convert(vm: VM, a: PyNdArray, dtype: DType, order: AnyOrder = "K"): PyNdArray {
  const out = newLike(a, dtype, order);
  assign(vm, out, a);
  return out;
}

/** `a` itself when it already has the type, else a converted copy. */
export function asType(vm: VM, a: PyNdArray, dtype: DType): PyNdArray {
  return a.dtype === dtype ? a : convert(vm, a, dtype);
}

/** An array that kernels can read: `a`, or an aligned copy. */
export function behaved(a: PyNdArray): PyNdArray {
  return isAligned(a) ? a : alignedCopy(a);
}

export function checkCast(from: DType, to: DType, casting: Casting): void {
  if (!canCast(from, to, casting)) throw cannotCast(from, to, casting);
}

/** A C-contiguous array of the same elements (`a` itself when it is one). */
export function contiguous(vm: VM, a: PyNdArray): PyNdArray {
  return isContiguous(a) && isAligned(a) ? a : copyArray(vm, a, "C");
}

/** Elements in C order as Python objects (object arrays: the objects). */
export function plainValues(a: PyNdArray): Value[] {
  const out: Value[] = [];
  forEachOffset(a.dims, a.strides, a.offset, (at) => out.push(readPlain(a.storage, a.dtype, at)));
  return out;
}

/** An object array of the given values. */
export function objectArray(dtype: DType, shape: readonly number[], values: readonly Value[]): PyNdArray {
  const storage = new ObjectStorage(sizeOf(shape), null);
  values.forEach((v, i) => (storage.values[i] = v));
  return new PyNdArray(storage, dtype, shape, stridesFor(shape, 8), 0, null, true);
}

