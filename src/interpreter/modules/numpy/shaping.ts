/** Shape manipulation: views where possible, copies where not. Source: NumPy reference "Array manipulation routines". */
import { indexError, valueError } from "../../builtins/exceptions.ts";
import { PyList } from "../../objects/list.ts";
import { toArray } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyTuple, type Value } from "../../objects/values.ts";
import { absent, type Optional, outOf, toAxes, toInteger, toInts, toShape } from "./args.ts";
import { asType, assign, checkCast, copyArray } from "./assign.ts";
import { asArray } from "./convert.ts";
import { type DType, INT64, OBJECT, promote } from "./dtype.ts";
import { optionalDType } from "./dtype-object.ts";
import { readRaw } from "./element.ts";
import { axisError } from "./errors.ts";
import { forEachOffset } from "./iterate.ts";
import { broadcastStrides, isContiguous, newArray, type Order, PyNdArray, shapeCompact, sizeOf, stridesFor, viewOf } from "./ndarray.ts";
import { normalAxis } from "./reduce.ts";
import { broadcastTo, toCasting, toOrder } from "./ufuncs.ts";

// ---- reshape --------------------------------------------------------------------------------------------------------------------------------

/** A shape with at most one -1 filled in for `size` elements. */
function completed(shape: readonly number[], size: number): number[] {
  const unknown = shape.indexOf(-1);
  if (shape.some((d, i) => d < 0 && i !== unknown)) {
    if (shape.filter((d) => d === -1).length > 1) throw valueError("can only specify one unknown dimension");
    throw valueError("negative dimensions not allowed");
  }
  const known = shape.reduce((n, d, i) => (i === unknown ? n : n * d), 1);
  if (unknown < 0) {
    if (known !== size) throw cannotReshape(size, shape);
    return [...shape];
  }
  if (known === 0 ? size !== 0 : size % known !== 0) throw cannotReshape(size, shape);
  if (known === 0) throw cannotReshape(size, shape);
  return shape.map((d, i) => (i === unknown ? size / known : d));
}

function cannotReshape(size: number, shape: readonly number[]): unknown {
  // the unknown dimension is left out in front and called newaxis elsewhere, as NumPy writes it
  const shown = shape[0] === -1 && shape.length > 1 ? shape.slice(1) : shape;
  const text = shown.map((d) => (d === -1 ? "newaxis" : d)).join(",");
  return valueError(`cannot reshape array of size ${size} into shape (${text}${shape.length === 1 ? "," : ""})`);
}

/** Strides that lay `shape` over `a`'s memory in the given order; undefined when that takes a copy. */
function reshapedStrides(a: PyNdArray, shape: readonly number[], order: Order): number[] | undefined {
  const forward = order === "C";
  const old = a.dims.map((d, i) => ({ d, s: a.strides[i]! })).filter((x) => x.d !== 1);
  const dims = forward ? old : [...old].reverse();
  const target = forward ? [...shape] : [...shape].reverse();
  const out: number[] = new Array<number>(target.length).fill(0);
  let [i, k] = [0, 0];
  while (i < dims.length && k < target.length) {
    let [have, need] = [dims[i]!.d, target[k]!];
    const [firstOld, firstNew] = [i, k];
    while (have !== need) {
      if (have < need) have *= dims[++i]!.d;
      else need *= target[++k]!;
    }
    for (let j = firstOld; j < i; j++) if (dims[j]!.s !== dims[j + 1]!.d * dims[j + 1]!.s) return undefined;
    out[k] = dims[i]!.s;
    for (let j = k; j > firstNew; j--) out[j - 1] = out[j]! * target[j]!;
    i++;
    k++;
  }
  // what is left of the new shape are dimensions of length 1
  const last = k > 0 ? out[k - 1]! : a.dtype.itemsize;
  for (; k < target.length; k++) out[k] = last;
  return forward ? out : out.reverse();
}

export function reshapeTo(vm: VM, a: PyNdArray, shape: readonly number[], order: Order = "C"): PyNdArray {
  const full = completed(shape, a.size);
  if (a.size === 0 || isContiguous(a, order)) return viewOf(a, full, stridesFor(full, a.dtype.itemsize, order));
  const strides = reshapedStrides(a, full, order);
  if (strides) return viewOf(a, full, strides);
  const fresh = copyArray(vm, a, order);
  return new PyNdArray(fresh.storage, fresh.dtype, full, stridesFor(full, a.dtype.itemsize, order), 0, null, true);
}

function realOrder(a: PyNdArray, v: Optional): Order {
  const o = toOrder(v, "C");
  return o === "F" || (o === "A" && isContiguous(a, "F") && !isContiguous(a)) ? "F" : "C";
}

export function reshape(vm: VM, v: Value, shape: Value, order?: Value): PyNdArray {
  const a = asArray(vm, v);
  return reshapeTo(vm, a, toInts(vm, shape), realOrder(a, order));
}

/** A 1-d array; a view when the memory allows. */
export function ravel(vm: VM, v: Value, order?: Value): PyNdArray {
  const a = asArray(vm, v);
  if (toOrder(order, "C") === "K" && a.ndim > 1) {
    const axes = a.dims.map((_, i) => i).sort((x, y) => Math.abs(a.strides[y]!) - Math.abs(a.strides[x]!) || x - y);
    return reshapeTo(vm, viewOf(a, axes.map((i) => a.dims[i]!), axes.map((i) => a.strides[i]!)), [a.size]);
  }
  return reshapeTo(vm, a, [a.size], realOrder(a, order));
}

export function flatten(vm: VM, a: PyNdArray, order?: Value): PyNdArray {
  const r = ravel(vm, a, order);
  return r.storage === a.storage ? copyArray(vm, r, "C") : r;
}

/** a.resize(shape): in place, zero-filled. */
export function resizeInPlace(vm: VM, a: PyNdArray, shape: readonly number[]): null {
  if (a.base !== null) throw valueError("cannot resize this array: it does not own its data");
  const next = newArray(a.dtype, shape);
  const flat = viewOf(next, [Math.min(next.size, a.size)], [a.dtype.itemsize]);
  const old = reshapeTo(vm, a, [a.size]);
  assign(vm, flat, viewOf(old, flat.dims, old.strides));
  a.storage = next.storage;
  [a.dims, a.strides, a.offset] = [next.dims, next.strides, 0];
  return null;
}

function resize(vm: VM, v: Value, shape: Value): PyNdArray {
  const a = ravel(vm, v);
  const dims = toShape(vm, shape);
  const n = sizeOf(dims);
  const out = newArray(a.dtype, dims);
  if (a.size > 0)
    for (let at = 0; at < n; at += a.size) {
      const count = Math.min(a.size, n - at);
      assign(vm, viewOf(out, [count], [a.dtype.itemsize], at * a.dtype.itemsize), viewOf(a, [count], a.strides));
    }
  return out;
}

// ---- axes -----------------------------------------------------------------------------------------------------------------------------------

export function permuted(a: PyNdArray, axes: readonly number[]): PyNdArray {
  return viewOf(a, axes.map((i) => a.dims[i]!), axes.map((i) => a.strides[i]!));
}

export function transpose(vm: VM, v: Value, axes?: Value): PyNdArray {
  const a = asArray(vm, v);
  if (absent(axes)) return permuted(a, a.dims.map((_, i) => a.ndim - 1 - i));
  const list = toInts(vm, axes);
  if (list.length !== a.ndim) throw valueError("axes don't match array");
  const order = list.map((x) => normalAxis(x, a.ndim));
  if (new Set(order).size !== order.length) throw valueError("repeated axis in transpose");
  return permuted(a, order);
}

export function swapaxes(vm: VM, v: Value, x: Value, y: Value): PyNdArray {
  const a = asArray(vm, v);
  const [i, j] = [swapAxis(vm, x, a.ndim, 1), swapAxis(vm, y, a.ndim, 2)];
  const order = a.dims.map((_, k) => (k === i ? j : k === j ? i : k));
  return permuted(a, order);
}

function swapAxis(vm: VM, v: Value, ndim: number, which: 1 | 2): number {
  const axis = toInteger(vm, v);
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim, `axis${which}`);
  return axis < 0 ? axis + ndim : axis;
}

function axisNumbers(vm: VM, v: Value, ndim: number, name: string): number[] {
  const axes = toInts(vm, v).map((x) => {
    if (x < -ndim || x >= ndim) throw axisError(x, ndim, name);
    return x < 0 ? x + ndim : x;
  });
  if (new Set(axes).size !== axes.length) throw valueError(`repeated axis in \`${name}\` argument`);
  return axes;
}

export function moveaxis(vm: VM, v: Value, source: Value, destination: Value): PyNdArray {
  const a = asArray(vm, v);
  const from = axisNumbers(vm, source, a.ndim, "source");
  const to = axisNumbers(vm, destination, a.ndim, "destination");
  if (from.length !== to.length) throw valueError("`source` and `destination` arguments must have the same number of elements");
  const order = a.dims.map((_, i) => i).filter((i) => !from.includes(i));
  const pairs = to.map((t, k) => [t, from[k]!] as const).sort((x, y) => x[0] - y[0]);
  for (const [t, f] of pairs) order.splice(t, 0, f);
  return permuted(a, order);
}

function rollaxis(vm: VM, v: Value, axisArg: Value, startArg?: Value): PyNdArray {
  const a = asArray(vm, v);
  const axis = normalAxis(toInteger(vm, axisArg), a.ndim);
  let start = startArg === undefined ? 0 : toInteger(vm, startArg);
  if (start < 0) start += a.ndim;
  if (axis < start) start--;
  const order = a.dims.map((_, i) => i).filter((i) => i !== axis);
  order.splice(start, 0, axis);
  return permuted(a, order);
}

export function squeeze(vm: VM, v: Value, axis?: Value): PyNdArray {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim);
  if (axes?.some((i) => a.dims[i] !== 1)) throw valueError("cannot select an axis to squeeze out which has size not equal to one");
  const keep = a.dims.map((_, i) => i).filter((i) => (axes ? !axes.includes(i) : a.dims[i] !== 1));
  return permuted(a, keep);
}

function expandDims(vm: VM, v: Value, axis: Value): PyNdArray {
  const a = asArray(vm, v);
  const list = toInts(vm, axis);
  const ndim = a.ndim + list.length;
  const axes = list.map((x) => normalAxis(x, ndim));
  if (new Set(axes).size !== axes.length) throw valueError("repeated axis");
  const [dims, strides]: [number[], number[]] = [[], []];
  for (let i = 0, k = 0; i < ndim; i++) {
    const fresh = axes.includes(i);
    dims.push(fresh ? 1 : a.dims[k]!);
    strides.push(fresh ? 0 : a.strides[k++]!);
  }
  return viewOf(a, dims, strides);
}

function flipAxes(vm: VM, v: Value, axis?: Value): PyNdArray {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim) ?? a.dims.map((_, i) => i);
  let { offset } = a;
  for (const i of axes) if (a.dims[i]! > 0) offset += (a.dims[i]! - 1) * a.strides[i]!;
  return viewOf(a, a.dims, a.strides.map((s, i) => (axes.includes(i) ? -s : s)), offset);
}

function flipOne(axis: 0 | 1, needed: number) {
  return (vm: VM, v: Value): PyNdArray => {
    const a = asArray(vm, v);
    if (a.ndim < needed) throw valueError(`Input must be >= ${needed}-d.`);
    return flipAxes(vm, a, axis);
  };
}

function rot90(vm: VM, v: Value, kArg?: Value, axesArg?: Value): PyNdArray {
  const a = asArray(vm, v);
  const axes = axesArg === undefined ? [0, 1] : toInts(vm, axesArg);
  const [x, y] = axes.map((i) => normalAxis(i, a.ndim)) as [number, number];
  const k = (((kArg === undefined ? 1 : toInteger(vm, kArg)) % 4) + 4) % 4;
  const swap = (b: PyNdArray): PyNdArray => permuted(b, b.dims.map((_, i) => (i === x ? y : i === y ? x : i)));
  if (k === 0) return viewOf(a, a.dims, a.strides);
  if (k === 2) return flipAxes(vm, flipAxes(vm, a, x), y);
  return k === 1 ? swap(flipAxes(vm, a, y)) : flipAxes(vm, swap(a), y);
}

function atLeast(n: 1 | 2 | 3) {
  return (vm: VM, arrays: Value[]): Value => {
    const out = arrays.map((v) => raised(asArray(vm, v), n));
    return out.length === 1 ? out[0]! : new PyTuple(out);
  };
}

function raised(a: PyNdArray, n: number): PyNdArray {
  if (a.ndim >= n) return a;
  if (n === 3 && a.ndim > 0) {
    if (a.ndim === 1) return viewOf(a, [1, a.dims[0]!, 1], [0, a.strides[0]!, 0]);
    return viewOf(a, [...a.dims, 1], [...a.strides, 0]);
  }
  const lead = new Array<number>(n - a.ndim);
  return viewOf(a, [...lead.fill(1), ...a.dims], [...lead.map(() => 0), ...a.strides]);
}

function broadcast(vm: VM, v: Value, shapeArg: Value): PyNdArray {
  const a = asArray(vm, v);
  const shape = toShape(vm, shapeArg);
  const strides = broadcastStrides(a, shape);
  if (strides === undefined) {
    const excess = a.ndim > shape.length;
    throw valueError(
      excess
        ? "input operand has more dimensions than allowed by the axis remapping"
        : `operands could not be broadcast together with remapped shapes [original->remapped]: ${shapeCompact(a.dims)}  and requested shape ${shapeCompact(shape)}`,
    );
  }
  const out = viewOf(a, shape, strides);
  out.writeable = false;
  return out;
}

// ---- joining --------------------------------------------------------------------------------------------------------------------------------

function arraysOf(vm: VM, v: Value): PyNdArray[] {
  return toArray(vm, v).map((x) => asArray(vm, x));
}

export function commonDType(arrays: readonly PyNdArray[]): DType {
  return arrays.map((a) => a.dtype).reduce((x, y) => promote(x, y) ?? OBJECT);
}

export function joined(vm: VM, arrays: readonly PyNdArray[], axisArg: number, dtype?: DType, out?: PyNdArray): PyNdArray {
  if (arrays.length === 0) throw valueError("need at least one array to concatenate");
  const first = arrays[0]!;
  if (first.ndim === 0) throw valueError("zero-dimensional arrays cannot be concatenated");
  const axis = normalAxis(axisArg, first.ndim);
  arrays.forEach((a, i) => checkJoin(first, a, i, axis));
  const dims = first.dims.map((d, i) => (i === axis ? arrays.reduce((n, a) => n + a.dims[axis]!, 0) : d));
  if (out && (out.ndim !== dims.length || out.dims.some((d, i) => d !== dims[i]))) throw valueError("Output array is the wrong shape");
  const target = out ?? newArray(dtype ?? commonDType(arrays), dims);
  let at = target.offset;
  for (const a of arrays) {
    assign(vm, viewOf(target, a.dims, target.strides, at), a);
    at += a.dims[axis]! * target.strides[axis]!;
  }
  return target;
}

function checkJoin(first: PyNdArray, a: PyNdArray, index: number, axis: number): void {
  if (a.ndim !== first.ndim)
    throw valueError(
      `all the input arrays must have same number of dimensions, but the array at index 0 has ${first.ndim} dimension(s) and the array at index ${index} has ${a.ndim} dimension(s)`,
    );
  a.dims.forEach((d, i) => {
    if (i !== axis && d !== first.dims[i])
      throw valueError(
        `all the input array dimensions except for the concatenation axis must match exactly, but along dimension ${i}, the array at index 0 has size ${first.dims[i]} and the array at index ${index} has size ${d}`,
      );
  });
}

function concatenate(vm: VM, v: Value, axis?: Value, out?: Value, dtype?: Value, casting?: Value): PyNdArray {
  const arrays = arraysOf(vm, v);
  const d = optionalDType(vm, dtype);
  if (d) for (const a of arrays) checkCast(a.dtype, d, casting === undefined ? "same_kind" : toCasting(casting));
  if (axis === null) return joined(vm, arrays.map((a) => ravel(vm, a)), 0, d, outOf(out));
  return joined(vm, arrays, axis === undefined ? 0 : toInteger(vm, axis), d, outOf(out));
}

function stack(vm: VM, v: Value, axis?: Value, out?: Value, dtype?: Value): PyNdArray {
  const arrays = arraysOf(vm, v);
  if (arrays.length === 0) throw valueError("need at least one array to stack");
  const first = arrays[0]!;
  if (arrays.some((a) => a.ndim !== first.ndim || a.dims.some((d, i) => d !== first.dims[i]))) throw valueError("all input arrays must have the same shape");
  const at = normalAxis(axis === undefined ? 0 : toInteger(vm, axis), first.ndim + 1);
  const spread = arrays.map((a) => viewOf(a, insert(a.dims, at, 1), insert(a.strides, at, 0)));
  return joined(vm, spread, at, optionalDType(vm, dtype), outOf(out));
}

function insert(list: readonly number[], at: number, x: number): number[] {
  return [...list.slice(0, at), x, ...list.slice(at)];
}

function vstack(vm: VM, v: Value, dtype?: Value): PyNdArray {
  return joined(vm, arraysOf(vm, v).map((a) => raised(a, 2)), 0, optionalDType(vm, dtype));
}

function hstack(vm: VM, v: Value, dtype?: Value): PyNdArray {
  const arrays = arraysOf(vm, v).map((a) => raised(a, 1));
  return joined(vm, arrays, arrays[0]?.ndim === 1 ? 0 : 1, optionalDType(vm, dtype));
}

function dstack(vm: VM, v: Value): PyNdArray {
  return joined(vm, arraysOf(vm, v).map((a) => raised(a, 3)), 2);
}

function columnStack(vm: VM, v: Value): PyNdArray {
  const columns = arraysOf(vm, v).map((a) => {
    if (a.ndim >= 2) return a;
    const line = raised(a, 1);
    return viewOf(line, [line.dims[0]!, 1], [line.strides[0]!, 0]);
  });
  return joined(vm, columns, 1);
}

function append(vm: VM, v: Value, values: Value, axis?: Value): PyNdArray {
  const [a, b] = [asArray(vm, v), asArray(vm, values)];
  if (absent(axis)) return joined(vm, [ravel(vm, a), ravel(vm, b)], 0);
  return joined(vm, [a, b], toInteger(vm, axis));
}

// ---- splitting, repeating -------------------------------------------------------------------------------------------------------------------

function cut(a: PyNdArray, axis: number, from: number, to: number): PyNdArray {
  const [low, high] = [Math.min(from, a.dims[axis]!), Math.min(to, a.dims[axis]!)];
  return viewOf(a, a.dims.map((d, i) => (i === axis ? Math.max(0, high - low) : d)), a.strides, a.offset + low * a.strides[axis]!);
}

function splitAt(vm: VM, a: PyNdArray, where: Value, axis: number, equal: boolean): PyList {
  const size = a.dims[axis]!;
  const points: number[] = [];
  if (typeof where === "number") {
    if (where <= 0) throw valueError("number sections must be larger than 0.");
    if (equal && size % where !== 0) throw valueError("array split does not result in an equal division");
    const [each, extra] = [Math.floor(size / where), size % where];
    for (let i = 1, at = 0; i < where; i++) points.push((at += each + (i <= extra ? 1 : 0)));
  } else for (const p of toInts(vm, where)) points.push(p < 0 ? Math.max(0, p + size) : p);
  const edges = [0, ...points, Math.max(size, points.at(-1) ?? 0)];
  return new PyList(edges.slice(1).map((to, i) => cut(a, axis, edges[i]!, to)));
}

function split(equal: boolean) {
  return (vm: VM, v: Value, where: Value, axis?: Value): Value => {
    const a = asArray(vm, v);
    return splitAt(vm, a, where, normalAxis(axis === undefined ? 0 : toInteger(vm, axis), a.ndim), equal);
  };
}

function splitAlong(axis: (a: PyNdArray) => number) {
  return (vm: VM, v: Value, where: Value): Value => {
    const a = asArray(vm, v);
    return splitAt(vm, a, where, axis(a), true);
  };
}

export function repeat(vm: VM, v: Value, repeats: Value, axisArg?: Value): PyNdArray {
  const whole = asArray(vm, v);
  const a = absent(axisArg) ? ravel(vm, whole) : whole;
  const axis = absent(axisArg) ? 0 : normalAxis(toInteger(vm, axisArg), a.ndim);
  const n = a.dims[axis]!;
  const given = toInts(vm, repeats);
  if (given.some((c) => c < 0)) throw valueError("repeats may not contain negative values.");
  if (given.length !== 1 && given.length !== n) throw valueError(`operands could not be broadcast together with shape ${shapeCompact([n])} ${shapeCompact([given.length])}`);
  const counts = given.length === 1 ? new Array<number>(n).fill(given[0]!) : given;
  const total = counts.reduce((x, y) => x + y, 0);
  const out = newArray(a.dtype, a.dims.map((d, i) => (i === axis ? total : d)));
  let at = 0;
  counts.forEach((count, i) => {
    if (count === 0) return;
    const target = viewOf(out, out.dims.map((d, k) => (k === axis ? count : d)), out.strides, at * out.strides[axis]!);
    assign(vm, target, cut(a, axis, i, i + 1));
    at += count;
  });
  return out;
}

function tile(vm: VM, v: Value, repsArg: Value): PyNdArray {
  const a = asArray(vm, v);
  const reps = toInts(vm, repsArg);
  const ndim = Math.max(a.ndim, reps.length);
  const dims = [...new Array<number>(ndim - a.ndim).fill(1), ...a.dims];
  const counts = [...new Array<number>(ndim - reps.length).fill(1), ...reps];
  const source = reshapeTo(vm, a, dims);
  const out = newArray(a.dtype, dims.map((d, i) => d * counts[i]!));
  // out seen as (count0, d0, count1, d1, …)
  const shape = dims.flatMap((d, i) => [counts[i]!, d]);
  const strides = dims.flatMap((d, i) => [out.strides[i]! * d, out.strides[i]!]);
  const spread = viewOf(source, dims.flatMap((d) => [1, d]), dims.flatMap((_, i) => [0, source.strides[i]!]));
  assign(vm, viewOf(out, shape, strides), spread);
  return out;
}

function roll(vm: VM, v: Value, shiftArg: Value, axisArg?: Value): PyNdArray {
  const a = asArray(vm, v);
  if (absent(axisArg)) return reshapeTo(vm, rolled(vm, ravel(vm, a), toInteger(vm, shiftArg), 0), a.dims);
  const axes = toInts(vm, axisArg).map((x) => normalAxis(x, a.ndim));
  const shifts = toInts(vm, shiftArg);
  let out = copyArray(vm, a);
  axes.forEach((axis, i) => (out = rolled(vm, out, shifts[shifts.length === 1 ? 0 : i]!, axis)));
  return out;
}

function rolled(vm: VM, a: PyNdArray, shift: number, axis: number): PyNdArray {
  const n = a.dims[axis]!;
  if (n === 0) return copyArray(vm, a);
  const k = ((shift % n) + n) % n;
  return joined(vm, [cut(a, axis, n - k, n), cut(a, axis, 0, n - k)], axis);
}

function deleteAt(vm: VM, v: Value, where: Value, axisArg?: Value): PyNdArray {
  const whole = asArray(vm, v);
  const a = absent(axisArg) ? ravel(vm, whole) : whole;
  const axis = absent(axisArg) ? 0 : normalAxis(toInteger(vm, axisArg), a.ndim);
  const n = a.dims[axis]!;
  const gone = new Set(
    indexList(vm, where).map((i) => {
      if (i < -n || i >= n) throw indexError(`index ${i} is out of bounds for axis ${axis} with size ${n}`);
      return i < 0 ? i + n : i;
    }),
  );
  const kept: PyNdArray[] = [cut(a, axis, 0, 0)];
  for (let i = 0, start = 0; i <= n; i++) {
    if (i < n && !gone.has(i)) continue;
    if (i > start) kept.push(cut(a, axis, start, i));
    start = i + 1;
  }
  return joined(vm, kept, axis);
}

/** Integer indices of delete and insert: an int or a sequence. */
function indexList(vm: VM, where: Value): number[] {
  const a = asType(vm, asArray(vm, where), INT64);
  const out: number[] = [];
  forEachOffset(a.dims, a.strides, a.offset, (at) => out.push(Number(readRaw(a.storage, INT64, at))));
  return out;
}

function insertAt(vm: VM, v: Value, where: Value, values: Value, axisArg?: Value): PyNdArray {
  const whole = asArray(vm, v);
  const a = absent(axisArg) ? ravel(vm, whole) : whole;
  const axis = absent(axisArg) ? 0 : normalAxis(toInteger(vm, axisArg), a.ndim);
  const n = a.dims[axis]!;
  const at = indexList(vm, where).map((i) => {
    if (i < -n || i > n) throw indexError(`index ${i} is out of bounds for axis ${axis} with size ${n}`);
    return i < 0 ? i + n : i;
  });
  const given = asType(vm, asArray(vm, values), a.dtype);
  const single = at.length === 1;
  const count = single ? Math.max(1, given.ndim === a.ndim || a.ndim === 1 ? (given.dims.at(single && a.ndim === 1 ? 0 : axis) ?? 1) : 1) : at.length;
  const block = broadcastTo(given, a.dims.map((d, i) => (i === axis ? count : d)));
  const order = at.map((p, i) => ({ p, i })).sort((x, y) => x.p - y.p || x.i - y.i);
  const pieces: PyNdArray[] = [];
  let start = 0;
  for (const { p, i } of order) {
    pieces.push(cut(a, axis, start, p), single ? block : cut(block, axis, i, i + 1));
    start = p;
  }
  pieces.push(cut(a, axis, start, n));
  return joined(vm, pieces, axis, a.dtype);
}

export const SHAPING: Record<string, NativeRow> = {
  reshape: ["(a, /, shape, order='C', *, copy=None)", reshape, "The same elements in another shape."],
  ravel: ["(a, order='C')", ravel, "A 1-d array of the elements."],
  resize: ["(a, new_shape)", resize, "An array of another size, repeating elements."],
  transpose: ["(a, axes=None)", transpose, "Permutes axes."],
  permute_dims: ["(a, axes=None)", transpose, "Permutes axes."],
  matrix_transpose: ["(x, /)", (vm: VM, v: Value) => swapaxes(vm, v, -1, -2), "Swaps the last two axes."],
  swapaxes: ["(a, axis1, axis2)", swapaxes, "Exchanges two axes."],
  moveaxis: ["(a, source, destination)", moveaxis, "Moves axes."],
  rollaxis: ["(a, axis, start=0)", rollaxis, "Moves an axis backwards."],
  squeeze: ["(a, axis=None)", squeeze, "Removes axes of length one."],
  expand_dims: ["(a, axis)", expandDims, "Adds axes of length one."],
  flip: ["(m, axis=None)", flipAxes, "Reverses the order of elements."],
  flipud: ["(m)", flipOne(0, 1), "Reverses the rows."],
  fliplr: ["(m)", flipOne(1, 2), "Reverses the columns."],
  rot90: ["(m, k=1, axes=(0, 1))", rot90, "Rotates by quarter turns."],
  atleast_1d: ["(*arys)", atLeast(1)],
  atleast_2d: ["(*arys)", atLeast(2)],
  atleast_3d: ["(*arys)", atLeast(3)],
  broadcast_to: ["(array, shape, subok=False)", broadcast, "Stretches an array to a shape, read-only."],
  concatenate: ["(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')", concatenate, "Joins arrays along an axis."],
  concat: ["(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')", concatenate, "Joins arrays along an axis."],
  stack: ["(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')", stack, "Joins arrays along a new axis."],
  vstack: ["(tup, *, dtype=None, casting='same_kind')", vstack, "Joins arrays row-wise."],
  hstack: ["(tup, *, dtype=None, casting='same_kind')", hstack, "Joins arrays column-wise."],
  dstack: ["(tup)", dstack, "Joins arrays along the third axis."],
  column_stack: ["(tup)", columnStack, "Joins 1-d arrays as columns."],
  append: ["(arr, values, axis=None)", append, "Appends values to a copy."],
  split: ["(ary, indices_or_sections, axis=0)", split(true), "Splits into views."],
  array_split: ["(ary, indices_or_sections, axis=0)", split(false), "Splits into views of nearly equal size."],
  hsplit: ["(ary, indices_or_sections)", splitAlong((a) => (a.ndim > 1 ? 1 : 0))],
  vsplit: ["(ary, indices_or_sections)", splitAlong(() => 0)],
  repeat: ["(a, repeats, axis=None)", repeat, "Repeats elements."],
  tile: ["(A, reps)", tile, "Repeats the whole array."],
  roll: ["(a, shift, axis=None)", roll, "Shifts elements cyclically."],
  delete: ["(arr, obj, axis=None)", deleteAt, "Removes sub-arrays."],
  insert: ["(arr, obj, values, axis=None)", insertAt, "Inserts values."],
};
