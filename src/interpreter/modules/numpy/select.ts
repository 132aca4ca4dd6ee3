/** Picking elements: where, take, put, clip, compress, nonzero, diagonals, bincount … Source: NumPy reference "Indexing routines". */
import { indexError, typeError, valueError } from "../../builtins/exceptions.ts";
import { toArray } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyTuple, type Value } from "../../objects/values.ts";
import { absent, type Optional, outOf, toInteger, toShape } from "./args.ts";
import { asType, assign, copyArray } from "./assign.ts";
import { asArray } from "./convert.ts";
import { diagonalView } from "./creation.ts";
import { BOOL, canCast, FLOAT64, INT64, OBJECT } from "./dtype.ts";
import { writeRaw } from "./element.ts";
import { elementCopier, nonzero as nonzeroOf } from "./indexing.ts";
import { forEachOffset } from "./iterate.ts";
import { broadcastShapes, mismatch, newArray, type PyNdArray, sizeOf, viewOf } from "./ndarray.ts";
import { normalAxis, reduce } from "./reduce.ts";
import { commonType, operandOf } from "./resolve.ts";
import { ravel } from "./shaping.ts";
import { numbersOf } from "./statistics.ts";
import { apply, applyUfunc, broadcastTo, compress as compressMask, ufuncOf, unwrap } from "./ufuncs.ts";

// ---- where --------------------------------------------------------------------------------------------------------------------------------

export function where(vm: VM, condition: Value, x?: Value, y?: Value): Value {
  const c = asArray(vm, condition);
  if (x === undefined && y === undefined) return new PyTuple(nonzeroOf(asType(vm, c, BOOL)));
  if (x === undefined || y === undefined) throw valueError("either both or neither of x and y should be given");
  return choose2(vm, asType(vm, c, BOOL), x, y);
}

/** x where the mask is true, y elsewhere. */
export function choose2(vm: VM, mask: PyNdArray, x: Value, y: Value): PyNdArray {
  const operands = [operandOf(vm, x), operandOf(vm, y)];
  const type = commonType(operands) ?? OBJECT;
  const [a, b] = [x, y].map((v) => asArray(vm, v, type)) as [PyNdArray, PyNdArray];
  const shape = broadcastShapes([mask.dims, a.dims, b.dims]);
  if (shape === undefined) throw mismatch([mask.dims, a.dims, b.dims]);
  const out = newArray(type, shape);
  assign(vm, out, b);
  const copy = elementCopier(out, a);
  const chosen: boolean[] = [];
  const m = broadcastTo(mask, shape);
  const bytes = m.storage.bytes();
  forEachOffset(shape, m.strides, m.offset, (at) => chosen.push(bytes[at] !== 0));
  let k = 0;
  forEachOffset(shape, broadcastTo(a, shape).strides, a.offset, (at) => {
    if (chosen[k]) copy(k * type.itemsize, at);
    k++;
  });
  return out;
}

function selectLists(vm: VM, conditions: Value, choices: Value, fallback?: Value): Value {
  const masks = toArray(vm, conditions).map((c) => asType(vm, asArray(vm, c), BOOL));
  const values = toArray(vm, choices);
  if (masks.length !== values.length) throw valueError("list of cases must be same length as list of conditions");
  let out: Value = fallback ?? 0;
  for (let i = masks.length - 1; i >= 0; i--) out = choose2(vm, masks[i]!, values[i]!, out);
  return out;
}

function choose(vm: VM, indices: Value, choices: Value): Value {
  const index = asType(vm, asArray(vm, indices), INT64);
  const parts = toArray(vm, choices);
  let out: Value = parts[0]!;
  parts.forEach((p, i) => {
    if (i > 0) out = choose2(vm, apply(vm, "equal", index, i), p, out);
  });
  for (const i of numbersOf(index)) if (i < 0 || i >= parts.length) throw valueError("invalid entry in choice array");
  return copyArray(vm, broadcastTo(asArray(vm, out), broadcastShapes([index.dims, asArray(vm, out).dims])!));
}

// ---- take, put ----------------------------------------------------------------------------------------------------------------------------

type Mode = "raise" | "wrap" | "clip";

function resolveIndex(i: number, n: number, mode: Mode, axis: number): number {
  if (mode === "wrap") return ((i % n) + n) % n;
  if (mode === "clip") return Math.max(0, Math.min(n - 1, i));
  if (i < -n || i >= n) throw indexError(`index ${i} is out of bounds for axis ${axis} with size ${n}`);
  return i < 0 ? i + n : i;
}

function modeOf(v: Optional): Mode {
  if (absent(v) || v === "raise") return "raise";
  if (v === "wrap" || v === "clip") return v;
  throw valueError(`clipmode must be one of 'clip', 'raise', or 'wrap' (got '${String(v)}')`);
}

export function take(vm: VM, v: Value, indices: Value, axisArg?: Value, out?: Value, mode?: Value): Value {
  const whole = asArray(vm, v);
  const a = absent(axisArg) ? ravel(vm, whole) : whole;
  const axis = absent(axisArg) ? 0 : normalAxis(toInteger(vm, axisArg), a.ndim);
  const given = asArray(vm, indices);
  if (!canCast(given.dtype, INT64, "same_kind") && given.size > 0)
    throw typeError(`Cannot cast array data from dtype('${given.dtype.name}') to dtype('int64') according to the rule 'safe'`);
  const index = asType(vm, given, INT64);
  const n = a.dims[axis]!;
  if (n === 0 && index.size > 0) throw indexError("cannot do a non-empty take from an empty axes.");
  const kind = modeOf(mode);
  const positions = numbersOf(index).map((i) => resolveIndex(i, n, kind, axis));
  const [before, after] = [a.dims.slice(0, axis), a.dims.slice(axis + 1)];
  const made = newArray(a.dtype, [...before, ...index.dims, ...after]);
  const copy = elementCopier(made, a);
  let k = 0;
  forEachOffset(before, a.strides.slice(0, axis), a.offset, (outer) => {
    for (const p of positions)
      forEachOffset(after, a.strides.slice(axis + 1), outer + p * a.strides[axis]!, (at) => {
        copy(k, at);
        k += a.dtype.itemsize;
      });
  });
  const target = outOf(out);
  if (!target) return unwrap(made);
  assign(vm, target, made);
  return target;
}

function takeAlongAxis(vm: VM, v: Value, indices: Value, axisArg?: Value): Value {
  const whole = asArray(vm, v);
  const a = axisArg === null ? ravel(vm, whole) : whole;
  const axis = axisArg === null ? 0 : normalAxis(axisArg === undefined ? -1 : toInteger(vm, axisArg), a.ndim);
  const index = asType(vm, asArray(vm, indices), INT64);
  const out = newArray(a.dtype, index.dims);
  const copy = elementCopier(out, a);
  const n = a.dims[axis]!;
  const source = viewOf(a, index.dims, a.strides.map((s, i) => (i === axis || a.dims[i] === 1 ? 0 : s)));
  const picks = numbersOf(index);
  let k = 0;
  forEachOffset(index.dims, source.strides, a.offset, (at) => {
    copy(k * a.dtype.itemsize, at + resolveIndex(picks[k]!, n, "raise", axis) * a.strides[axis]!);
    k++;
  });
  return out;
}

export function put(vm: VM, target: Value, indices: Value, values: Value, mode?: Value): null {
  const a = target as PyNdArray;
  const index = numbersOf(asType(vm, asArray(vm, indices), INT64));
  const v = copyArray(vm, ravel(vm, asArray(vm, values, a.dtype)), "C");
  if (v.size === 0) return null;
  const offsets: number[] = [];
  forEachOffset(a.dims, a.strides, a.offset, (at) => offsets.push(at));
  const copy = elementCopier(a, v);
  const kind = modeOf(mode);
  index.forEach((i, k) => copy(offsets[resolveIndex(i, offsets.length, kind, 0)]!, (k % v.size) * a.dtype.itemsize));
  a.storage.touch();
  return null;
}

function putmask(vm: VM, target: Value, mask: Value, values: Value): null {
  const a = target as PyNdArray;
  const m = numbersOf(asType(vm, asArray(vm, mask), BOOL));
  const v = copyArray(vm, ravel(vm, asArray(vm, values, a.dtype)), "C");
  const copy = elementCopier(a, v);
  let k = 0;
  forEachOffset(a.dims, a.strides, a.offset, (at) => {
    if (m[k]) copy(at, (k % v.size) * a.dtype.itemsize);
    k++;
  });
  a.storage.touch();
  return null;
}

export function compress(vm: VM, condition: Value, v: Value, axis?: Value): Value {
  const mask = numbersOf(asType(vm, asArray(vm, condition), BOOL));
  const picks = mask.flatMap((m, i) => (m ? [i] : []));
  const index = newArray(INT64, [picks.length]);
  picks.forEach((p, i) => (index.data[2 * i] = p));
  return take(vm, v, index, axis);
}

function extract(vm: VM, condition: Value, v: Value): PyNdArray {
  const a = ravel(vm, v);
  return compressMask(vm, a, asType(vm, ravel(vm, condition), BOOL));
}

export function nonzero(vm: VM, v: Value): Value {
  const a = asArray(vm, v);
  if (a.ndim === 0) throw valueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead. If the context of this error is of the form `arr[nonzero(cond)]`, just use `arr[cond]`.");
  return new PyTuple(nonzeroOf(asType(vm, a, BOOL)));
}

function flatnonzero(vm: VM, v: Value): Value {
  return nonzeroOf(asType(vm, ravel(vm, v), BOOL))[0]!;
}

function argwhere(vm: VM, v: Value): Value {
  const a = asArray(vm, v);
  const columns = nonzeroOf(asType(vm, a, BOOL));
  const n = columns[0]?.size ?? 0;
  const out = newArray(INT64, [n, a.ndim]);
  columns.forEach((c, j) => assign(vm, viewOf(out, [n], [out.strides[0]!], j * 8), c));
  return out;
}

function unravelIndex(vm: VM, indices: Value, shapeArg: Value): Value {
  const shape = toShape(vm, shapeArg);
  const index = asArray(vm, indices);
  const total = sizeOf(shape);
  const values = numbersOf(index);
  for (const i of values) if (i < 0 || i >= total) throw valueError(`index ${i} is out of bounds for array with size ${total}`);
  let step = total;
  return new PyTuple(
    shape.map((d) => {
      step /= d;
      const out = newArray(INT64, index.dims);
      values.forEach((i, k) => (out.data[2 * k] = Math.floor(i / step) % d));
      return unwrap(out);
    }),
  );
}

function ravelMultiIndex(vm: VM, indices: Value, shapeArg: Value): Value {
  const shape = toShape(vm, shapeArg);
  let out: PyNdArray | undefined;
  toArray(vm, indices).forEach((v, i) => {
    const a = asType(vm, asArray(vm, v), INT64);
    for (const x of numbersOf(a)) if (x < 0 || x >= shape[i]!) throw valueError("invalid entry in coordinates array");
    out = out ? apply(vm, "add", apply(vm, "multiply", out, shape[i]!), a) : a;
  });
  return unwrap(out!);
}

// ---- diagonals ----------------------------------------------------------------------------------------------------------------------------

export function diagonal(vm: VM, v: Value, offset?: Value, axis1?: Value, axis2?: Value): PyNdArray {
  const a = asArray(vm, v);
  if (a.ndim < 2) throw valueError("diag requires an array of at least two dimensions");
  const [i, j] = [axis1 === undefined ? 0 : toInteger(vm, axis1), axis2 === undefined ? 1 : toInteger(vm, axis2)].map((x) => normalAxis(x, a.ndim)) as [number, number];
  if (i === j) throw valueError("axis1 and axis2 cannot be the same");
  const out = diagonalView(a, absent(offset) ? 0 : toInteger(vm, offset), i, j);
  out.writeable = false;
  return out;
}

export function trace(vm: VM, v: Value, offset?: Value, axis1?: Value, axis2?: Value): Value {
  const d = diagonal(vm, v, offset, axis1, axis2);
  return unwrap(reduce(vm, "add", d, { axes: [d.ndim - 1] }));
}

function fillDiagonal(vm: VM, v: Value, value: Value): null {
  const a = v as PyNdArray;
  if (a.ndim < 2) throw valueError("array must be at least 2-d");
  const n = Math.min(...a.dims);
  const step = a.strides.reduce((x, y) => x + y, 0);
  assign(vm, viewOf(a, [n], [step]), asArray(vm, value, a.dtype));
  return null;
}

// ---- clip, counting -----------------------------------------------------------------------------------------------------------------------

export function clip(vm: VM, v: Value, min?: Value, max?: Value, out?: Value): Value {
  const [low, high] = [min ?? null, max ?? null];
  const target = outOf(out);
  const operands = [v, low, high].filter((x) => x !== null).map((x) => operandOf(vm, x));
  const type = commonType(operands);
  let a: Value = v;
  if (low !== null) a = limited(vm, "maximum", a, low);
  if (high !== null) a = limited(vm, "minimum", a, high);
  const r = asArray(vm, a, type);
  if (!target) return unwrap(r === v ? copyArray(vm, r) : r);
  assign(vm, target, r);
  return target;
}

function limited(vm: VM, name: "maximum" | "minimum", a: Value, limit: Value): Value {
  return applyUfunc(vm, ufuncOf(name), [operandOf(vm, a), operandOf(vm, limit)])[0]!;
}

function bincount(vm: VM, v: Value, weights?: Value, minlength?: Value): Value {
  const a = asArray(vm, v);
  if (a.dtype.isInexact) throw typeError("Cannot cast array data from dtype('float64') to dtype('int64') according to the rule 'safe'");
  const x = numbersOf(a);
  if (x.some((i) => i < 0)) throw valueError("'list' argument must have no negative elements");
  const n = x.reduce((m, i) => Math.max(m, i + 1), absent(minlength) ? 0 : toInteger(vm, minlength));
  const w = absent(weights) ? undefined : numbersOf(asArray(vm, weights, FLOAT64));
  const totals = new Array<number>(n).fill(0);
  x.forEach((i, k) => (totals[i]! += w ? w[k]! : 1));
  const out = newArray(w ? FLOAT64 : INT64, [n]);
  totals.forEach((t, i) => writeRaw(out.storage, out.dtype, i * 8, t));
  return out;
}

/** Piecewise linear interpolation at the points x of the samples (xp, fp). */
function interp(vm: VM, x: Value, xp: Value, fp: Value, left?: Value, right?: Value): Value {
  const at = asArray(vm, x, FLOAT64);
  const [px, py] = [numbersOf(asArray(vm, xp)), numbersOf(asArray(vm, fp))];
  if (px.length !== py.length) throw valueError("fp and xp are not of the same length.");
  if (px.length === 0) throw valueError("array of sample points is empty");
  const low = absent(left) ? py[0]! : numbersOf(asArray(vm, left))[0]!;
  const high = absent(right) ? py.at(-1)! : numbersOf(asArray(vm, right))[0]!;
  const out = newArray(FLOAT64, at.dims);
  numbersOf(at).forEach((v, k) => (out.data[k] = interpolated(v, px, py, low, high)));
  return unwrap(out);
}

function interpolated(v: number, px: readonly number[], py: readonly number[], low: number, high: number): number {
  if (v !== v) return v;
  if (v < px[0]!) return low;
  if (v > px.at(-1)!) return high;
  let i = px.length - 1;
  while (i > 0 && px[i]! > v) i--;
  if (i === px.length - 1 || px[i] === v) return py[i]!;
  const slope = (py[i + 1]! - py[i]!) / (px[i + 1]! - px[i]!);
  return slope * (v - px[i]!) + py[i]!;
}

function histogram(vm: VM, v: Value, binsArg?: Value, rangeArg?: Value): Value {
  const x = numbersOf(asArray(vm, v));
  const edges = absent(binsArg) || typeof binsArg === "number" ? evenEdges(vm, x, absent(binsArg) ? 10 : binsArg, rangeArg) : numbersOf(asArray(vm, binsArg));
  const n = edges.length - 1;
  const counts = newArray(INT64, [n]);
  for (const value of x) {
    if (!(value >= edges[0]! && value <= edges[n]!)) continue;
    let i = n - 1;
    while (i > 0 && value < edges[i]!) i--;
    counts.data[2 * i]! = Number(counts.data[2 * i]!) + 1;
  }
  const out = newArray(FLOAT64, [n + 1]);
  edges.forEach((e, i) => (out.data[i] = e));
  return new PyTuple([counts, out]);
}

function evenEdges(vm: VM, x: readonly number[], bins: number, range: Optional): number[] {
  let [low, high] = absent(range) ? [Math.min(...x), Math.max(...x)] : (numbersOf(asArray(vm, range)) as [number, number]);
  if (x.length === 0 && absent(range)) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / bins;
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low));
}

export const SELECTION: Record<string, NativeRow> = {
  where: ["(condition, x=<no value>, y=<no value>, /)", where, "Elements of x where the condition holds, of y elsewhere."],
  select: ["(condlist, choicelist, default=0)", selectLists, "Elements of the first list whose condition holds."],
  choose: ["(a, choices, out=None, mode='raise')", choose, "Builds an array from an index array and choices."],
  take: ["(a, indices, axis=None, out=None, mode='raise')", take, "Elements along an axis."],
  take_along_axis: ["(arr, indices, axis=-1)", takeAlongAxis, "Elements by matching 1-d index and data slices."],
  put: ["(a, ind, v, mode='raise')", put, "Replaces elements by flat index."],
  putmask: ["(a, mask, values)", putmask, "Replaces elements where a mask is true."],
  compress: ["(condition, a, axis=None)", compress, "Slices selected by a mask."],
  extract: ["(condition, arr)", extract, "Elements that satisfy a condition."],
  nonzero: ["(a)", nonzero, "Indices of elements that are not zero."],
  flatnonzero: ["(a)", flatnonzero, "Flat indices of elements that are not zero."],
  argwhere: ["(a)", argwhere, "Indices of elements that are not zero, one row each."],
  unravel_index: ["(indices, shape, order='C')", unravelIndex, "Flat indices as tuples of coordinates."],
  ravel_multi_index: ["(multi_index, dims, mode='raise', order='C')", ravelMultiIndex, "Coordinates as flat indices."],
  diagonal: ["(a, offset=0, axis1=0, axis2=1)", diagonal, "A diagonal, read-only."],
  trace: ["(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)", trace, "Sum along a diagonal."],
  fill_diagonal: ["(a, val, wrap=False)", fillDiagonal, "Fills the main diagonal."],
  clip: ["(a, a_min=<no value>, a_max=<no value>, out=None, *, min=<no value>, max=<no value>)", clipFunction, "Limits values."],
  bincount: ["(x, weights=None, minlength=0)", bincount, "Counts small non-negative ints."],
  interp: ["(x, xp, fp, left=None, right=None, period=None)", interp, "Linear interpolation."],
  histogram: ["(a, bins=10, range=None)", histogram, "Counts by bins."],
};

function clipFunction(vm: VM, v: Value, aMin?: Value, aMax?: Value, out?: Value, min?: Value, max?: Value): Value {
  return clip(vm, v, aMin ?? min, aMax ?? max, out);
}
