/** Sums, means, extrema and their relatives over axes. Source: NumPy reference "Statistics", "Mathematical functions". */
import { EXCEPTIONS, valueError } from "../../builtins/exceptions.ts";
import { binary as pyBinary } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyFloat, type Value } from "../../objects/values.ts";
import { absent, flag, type Optional, outOf, toAxes, toAxis, toInteger, whereOf } from "./args.ts";
import { asType, assign, convert, copyArray } from "./assign.ts";
import { asArray } from "./convert.ts";
import { BOOL, type DType, FLOAT16, FLOAT32, FLOAT64, INT64, realType } from "./dtype.ts";
import { optionalDType } from "./dtype-object.ts";
import { readComplex, readRaw } from "./element.ts";
import { forEachOffset } from "./iterate.ts";
import { newArray, type PyNdArray, sizeOf, viewOf } from "./ndarray.ts";
import type { OpName } from "./ops.ts";
import { accumulate, normalAxis, reduce, type ReduceOptions } from "./reduce.ts";
import { permuted, ravel, reshapeTo } from "./shaping.ts";
import { sorted } from "./sorting.ts";
import { apply, unwrap } from "./ufuncs.ts";

/** The result of a reduction: a scalar unless out= was given. */
function result(a: PyNdArray, out: PyNdArray | undefined): Value {
  return out ?? unwrap(a);
}

function reduction(name: OpName) {
  return (vm: VM, v: Value, axis?: Value, dtype?: Value, out?: Value, keepdims?: Value, initial?: Value, where?: Value): Value => {
    const a = asArray(vm, v);
    return reduceWith(vm, name, a, axis, optionalDType(vm, dtype), outOf(out), keepdims, initial, where);
  };
}

function reduceWith(
  vm: VM, name: OpName, a: PyNdArray, axis: Optional, dtype: DType | undefined, out: PyNdArray | undefined, keepdims: Optional, initial: Optional, where: Optional,
): Value {
  const options: ReduceOptions = {
    axes: toAxes(vm, axis, a.ndim), dtype, out, keepdims: flag(vm, keepdims), where: whereOf(vm, where),
    initial: absent(initial) ? undefined : asArray(vm, initial),
  };
  return result(reduce(vm, name, a, options), out);
}

/** Reductions without dtype=: max, min. */
function extremum(name: OpName) {
  return (vm: VM, v: Value, axis?: Value, out?: Value, keepdims?: Value, initial?: Value, where?: Value): Value =>
    reduceWith(vm, name, asArray(vm, v), axis, undefined, outOf(out), keepdims, initial, where);
}

/** any and all. */
function quantifier(name: "logical_and" | "logical_or") {
  return (vm: VM, v: Value, axis?: Value, out?: Value, keepdims?: Value, where?: Value): Value =>
    reduceWith(vm, name, asArray(vm, v), axis, undefined, outOf(out), keepdims, undefined, where);
}

// ---- means ------------------------------------------------------------------------------------------------------------------------------------

/** How many elements every result comes from. */
function countOf(a: PyNdArray, axes: readonly number[] | undefined): number {
  return axes ? axes.reduce((n, i) => n * a.dims[i]!, 1) : a.size;
}

/** sum / count: by scalar division for one result, so that warnings name it. */
function quotient(vm: VM, sum: PyNdArray, count: number): PyNdArray {
  if (sum.ndim > 0) return asType(vm, apply(vm, "divide", sum, count), sum.dtype);
  return asArray(vm, pyBinary(vm, "truediv", unwrap(sum), count), sum.dtype);
}

function mean(vm: VM, v: Value, axis?: Value, dtype?: Value, out?: Value, keepdims?: Value, where?: Value): Value {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim);
  const wanted = optionalDType(vm, dtype);
  const half = a.dtype === FLOAT16 && !wanted;
  const type = wanted ?? (half ? FLOAT32 : a.dtype.isInexact ? undefined : FLOAT64);
  const mask = whereOf(vm, where);
  const options: ReduceOptions = { axes, dtype: type, keepdims: flag(vm, keepdims), where: mask };
  if (mask) {
    const counts = reduce(vm, "add", convert(vm, viewOf(mask, a.dims, broadcast(mask, a)), INT64), { axes, keepdims: flag(vm, keepdims) });
    return finishMean(vm, apply(vm, "divide", reduce(vm, "add", a, options), counts), outOf(out));
  }
  const count = countOf(a, axes);
  if (count === 0) vm.warn(EXCEPTIONS.RuntimeWarning, "Mean of empty slice", 2);
  const m = quotient(vm, reduce(vm, "add", a, options), count);
  return finishMean(vm, half ? asType(vm, m, FLOAT16) : m, outOf(out));
}

function broadcast(mask: PyNdArray, a: PyNdArray): number[] {
  const lead = a.ndim - mask.ndim;
  return a.dims.map((_, i) => (i < lead || mask.dims[i - lead] === 1 ? 0 : mask.strides[i - lead]!));
}

function finishMean(vm: VM, m: PyNdArray, out: PyNdArray | undefined): Value {
  if (!out) return unwrap(m);
  assign(vm, out, m);
  return out;
}

function variance(vm: VM, v: Value, axis: Optional, dtype: Optional, ddofArg: Optional, keepdims: Optional): PyNdArray {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim);
  const type = optionalDType(vm, dtype) ?? (a.dtype.isInexact ? (a.dtype === FLOAT16 ? FLOAT32 : undefined) : FLOAT64);
  const count = countOf(a, axes);
  const ddof = absent(ddofArg) ? 0 : ddofArg instanceof PyFloat ? ddofArg.value : toInteger(vm, ddofArg);
  if (ddof >= count) vm.warn(EXCEPTIONS.RuntimeWarning, "Degrees of freedom <= 0 for slice", 2);
  const sum = reduce(vm, "add", a, { axes, dtype: type, keepdims: true });
  const center = asType(vm, apply(vm, "divide", sum, count), sum.dtype);
  const x = apply(vm, "subtract", a, center);
  const squares = x.dtype.kind === "c" ? realPart(vm, apply(vm, "multiply", x, apply(vm, "conjugate", x))) : apply(vm, "multiply", x, x);
  const total = reduce(vm, "add", squares, { axes, dtype: type && realType(type), keepdims: flag(vm, keepdims) });
  const divisor = Math.max(count - ddof, 0);
  const r = total.ndim > 0 ? apply(vm, "divide", total, new PyFloat(divisor)) : asArray(vm, pyBinary(vm, "truediv", unwrap(total), Number.isInteger(divisor) ? divisor : new PyFloat(divisor)));
  return a.dtype === FLOAT16 && absent(dtype) ? asType(vm, r, FLOAT16) : r;
}

/** The real (0) or imaginary (1) parts of a complex array as a view. */
export function partView(a: PyNdArray, which: 0 | 1): PyNdArray {
  const d = realType(a.dtype);
  return viewOf(a, a.dims, a.strides, a.offset + which * d.itemsize, d);
}

function realPart(vm: VM, a: PyNdArray): PyNdArray {
  return copyArray(vm, partView(a, 0));
}

function varOf(vm: VM, v: Value, axis?: Value, dtype?: Value, out?: Value, ddof?: Value, keepdims?: Value): Value {
  return finishMean(vm, variance(vm, v, axis, dtype, ddof, keepdims), outOf(out));
}

function std(vm: VM, v: Value, axis?: Value, dtype?: Value, out?: Value, ddof?: Value, keepdims?: Value): Value {
  return finishMean(vm, apply(vm, "sqrt", variance(vm, v, axis, dtype, ddof, keepdims)), outOf(out));
}

function average(vm: VM, v: Value, axis?: Value, weights?: Value): Value {
  if (absent(weights)) return mean(vm, v, axis);
  const a = asArray(vm, v);
  let w = asArray(vm, weights);
  if (w.ndim !== a.ndim && !absent(axis)) {
    const at = normalAxis(toInteger(vm, axis), a.ndim);
    w = viewOf(w, a.dims.map((d, i) => (i === at ? d : 1)), a.dims.map((_, i) => (i === at ? w.strides[0]! : 0)));
  }
  const axes = toAxes(vm, axis, a.ndim);
  const scale = reduce(vm, "add", apply(vm, "multiply", w, asArray(vm, 1)), { axes });
  const total = reduce(vm, "add", apply(vm, "multiply", a, w), { axes });
  return unwrap(apply(vm, "divide", total, scale));
}

// ---- order statistics -------------------------------------------------------------------------------------------------------------------------

/** The array with the axes to reduce merged into a last one, as floats in ascending order. */
function sortedLanes(vm: VM, v: Value, axis: Optional): { lanes: PyNdArray; axes: number[] } {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim) ?? a.dims.map((_, i) => i);
  const keep = a.dims.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved = permuted(a, [...keep, ...axes]);
  const merged = reshapeTo(vm, copyArray(vm, moved, "C"), [...keep.map((i) => a.dims[i]!), sizeOf(axes.map((i) => a.dims[i]!))]);
  return { lanes: sorted(vm, merged, merged.ndim - 1), axes };
}

function lane(a: PyNdArray, index: number): PyNdArray {
  return viewOf(a, a.dims.slice(0, -1), a.strides.slice(0, -1), a.offset + index * a.strides.at(-1)!);
}

/** Linear interpolation as NumPy rounds it: from the nearer end. */
function interpolate(vm: VM, low: PyNdArray, high: PyNdArray, t: number): PyNdArray {
  const diff = apply(vm, "subtract", high, low);
  if (t >= 0.5) return apply(vm, "subtract", high, apply(vm, "multiply", diff, new PyFloat(1 - t)));
  return apply(vm, "add", low, apply(vm, "multiply", diff, new PyFloat(t)));
}

/** Results of lanes that hold a NaN (sorted last) are NaN. */
function withNan(vm: VM, r: PyNdArray, lanes: PyNdArray): PyNdArray {
  if (lanes.dtype.kind !== "f") return r;
  const last = lane(lanes, lanes.dims.at(-1)! - 1);
  return apply(vm, "add", r, apply(vm, "multiply", apply(vm, "subtract", last, last), zeroUnlessNan(vm, last)));
}

function zeroUnlessNan(vm: VM, last: PyNdArray): PyNdArray {
  const nan = apply(vm, "isnan", last);
  const out = newArray(last.dtype, last.dims);
  const one = newArray(last.dtype, []);
  one.data[0] = last.dtype === FLOAT16 ? 0x7e00 : NaN;
  for (let i = 0; i < nan.size; i++) if (nan.storage.bytes()[nan.offset + i]) assign(vm, viewOf(out, [], [], i * last.dtype.itemsize), one);
  return out;
}

function keptDims(vm: VM, r: PyNdArray, v: Value, axes: readonly number[], keepdims: Optional): PyNdArray {
  if (!flag(vm, keepdims)) return r;
  return reshapeTo(vm, r, asArray(vm, v).dims.map((d, i) => (axes.includes(i) ? 1 : d)));
}

function median(vm: VM, v: Value, axis?: Value, _out?: Value, _overwrite?: Value, keepdims?: Value): Value {
  const { lanes, axes } = sortedLanes(vm, v, axis);
  const n = lanes.dims.at(-1)!;
  if (n === 0) return mean(vm, v, axis);
  const middle = n % 2 === 1 ? [lane(lanes, (n - 1) / 2)] : [lane(lanes, n / 2 - 1), lane(lanes, n / 2)];
  const sum = middle.length === 1 ? apply(vm, "multiply", middle[0]!, lanes.dtype.isInexact ? 1 : new PyFloat(1)) : apply(vm, "add", asFloat(vm, middle[0]!), asFloat(vm, middle[1]!));
  const r = middle.length === 1 ? sum : asType(vm, apply(vm, "divide", sum, 2), sum.dtype);
  return unwrap(keptDims(vm, withNan(vm, r, lanes), v, axes, keepdims));
}

function asFloat(vm: VM, a: PyNdArray): PyNdArray {
  return a.dtype.isInexact ? a : convert(vm, a, FLOAT64);
}

function quantile(scale: number) {
  return (vm: VM, v: Value, qArg: Value, axis?: Value, _out?: Value, _overwrite?: Value, method?: Value, keepdims?: Value): Value => {
    const q = apply(vm, "divide", qArg, new PyFloat(scale));
    const { lanes, axes } = sortedLanes(vm, v, axis);
    const one = (t: number): PyNdArray => keptDims(vm, quantileOf(vm, lanes, t, method === undefined ? "linear" : String(method)), v, axes, keepdims);
    const values = numbersOf(q);
    if (values.some((t) => !(t >= 0 && t <= 1))) throw valueError(scale === 1 ? "Quantiles must be in the range [0, 1]" : "Percentiles must be in the range [0, 100]");
    if (q.ndim === 0) return unwrap(one(values[0]!));
    const parts = values.map(one);
    const out = newArray(parts[0]?.dtype ?? FLOAT64, [...q.dims, ...(parts[0]?.dims ?? [])]);
    parts.forEach((p, i) => assign(vm, viewOf(out, p.dims, out.strides.slice(q.ndim), i * sizeOf(p.dims) * out.dtype.itemsize), p));
    return out;
  };
}

function quantileOf(vm: VM, lanes: PyNdArray, q: number, method: string): PyNdArray {
  const n = lanes.dims.at(-1)!;
  if (n === 0) throw valueError("quantile of an empty array");
  const position = q * (n - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, n - 1);
  const [a, b] = [asFloat(vm, lane(lanes, low)), asFloat(vm, lane(lanes, high))];
  switch (method) {
    case "linear":
      return withNan(vm, interpolate(vm, a, b, position - low), lanes);
    case "lower":
      return lane(lanes, low);
    case "higher":
      return lane(lanes, Math.ceil(position));
    case "midpoint":
      return interpolate(vm, a, b, position === low ? 0 : 0.5);
    case "nearest":
      return lane(lanes, position - low === 0.5 ? low + (low % 2) : Math.round(position));
    default:
      throw valueError(`'${method}' is not a valid method. Use one of: 'linear', 'lower', 'higher', 'midpoint', 'nearest'`);
  }
}

/** The elements of a real array as JS numbers, in C order. */
export function numbersOf(a: PyNdArray): number[] {
  const out: number[] = [];
  forEachOffset(a.dims, a.strides, a.offset, (at) => out.push(Number(readRaw(a.storage, a.dtype, at))));
  return out;
}

function ptp(vm: VM, v: Value, axis?: Value, out?: Value, keepdims?: Value): Value {
  const a = asArray(vm, v);
  const options = { axes: toAxes(vm, axis, a.ndim), keepdims: flag(vm, keepdims) };
  return finishMean(vm, apply(vm, "subtract", reduce(vm, "maximum", a, options), reduce(vm, "minimum", a, options)), outOf(out));
}

// ---- arg extrema ------------------------------------------------------------------------------------------------------------------------------

function argExtremum(largest: boolean) {
  const name = largest ? "argmax" : "argmin";
  return (vm: VM, v: Value, axisArg?: Value, out?: Value, keepdims?: Value): Value => {
    const whole = asArray(vm, v);
    const axis = toAxis(vm, axisArg, whole.ndim);
    const a = axis === undefined ? ravel(vm, whole) : whole;
    const at = axis ?? 0;
    if (a.dims[at] === 0) throw valueError(`attempt to get ${name} of an empty sequence`);
    const others = a.dims.map((_, i) => i).filter((i) => i !== at);
    const dims = axis === undefined ? [] : others.map((i) => a.dims[i]!);
    const target = newArray(INT64, dims);
    let k = 0;
    forEachOffset(others.map((i) => a.dims[i]!), others.map((i) => a.strides[i]!), a.offset, (start) => {
      target.data[2 * k++] = bestIndex(a, start, a.strides[at]!, a.dims[at]!, largest);
    });
    const shape = axis === undefined ? whole.dims.map(() => 1) : whole.dims.map((d, i) => (i === axis ? 1 : d));
    return finishMean(vm, flag(vm, keepdims) ? reshapeTo(vm, target, shape) : target, outOf(out));
  };
}

/** Index of the first best element of a lane; the first NaN wins. */
function bestIndex(a: PyNdArray, start: number, step: number, n: number, largest: boolean): number {
  const { storage, dtype } = a;
  let best = 0;
  if (dtype.kind === "c") {
    let [x, y] = readComplex(storage, dtype, start);
    for (let i = 0; i < n; i++) {
      const [u, v] = readComplex(storage, dtype, start + i * step);
      if (u !== u || v !== v) return i;
      if (largest ? u > x || (u === x && v > y) : u < x || (u === x && v < y)) [best, x, y] = [i, u, v];
    }
    return best;
  }
  let top = readRaw(storage, dtype, start);
  if (top !== top) return 0;
  for (let i = 1; i < n; i++) {
    const x = readRaw(storage, dtype, start + i * step);
    if (x !== x) return i;
    if (largest ? x > top : x < top) [best, top] = [i, x];
  }
  return best;
}

// ---- running totals ---------------------------------------------------------------------------------------------------------------------------

function cumulative(name: OpName) {
  return (vm: VM, v: Value, axisArg?: Value, dtype?: Value, out?: Value): Value => {
    const whole = asArray(vm, v);
    const axis = toAxis(vm, axisArg, whole.ndim);
    const a = axis === undefined ? ravel(vm, whole) : whole;
    return accumulate(vm, name, a, axis ?? 0, optionalDType(vm, dtype), outOf(out));
  };
}

function diff(vm: VM, v: Value, nArg?: Value, axisArg?: Value): Value {
  let a = asArray(vm, v);
  const times = nArg === undefined ? 1 : toInteger(vm, nArg);
  if (times < 0) throw valueError(`order must be non-negative but got ${times}`);
  if (a.ndim === 0) throw valueError("diff requires input that is at least one dimensional");
  const axis = normalAxis(axisArg === undefined ? -1 : toInteger(vm, axisArg), a.ndim);
  for (let i = 0; i < times; i++) {
    const dims = a.dims.map((d, k) => (k === axis ? Math.max(0, d - 1) : d));
    a = apply(vm, a.dtype === BOOL ? "not_equal" : "subtract", viewOf(a, dims, a.strides, a.offset + a.strides[axis]!), viewOf(a, dims, a.strides));
  }
  return a;
}

function countNonzero(vm: VM, v: Value, axis?: Value, keepdims?: Value): Value {
  const a = asArray(vm, v);
  const counts = reduce(vm, "add", asType(vm, a, BOOL), { axes: toAxes(vm, axis, a.ndim), dtype: INT64, keepdims: flag(vm, keepdims) });
  return absent(axis) && !flag(vm, keepdims) ? readRaw(counts.storage, INT64, counts.offset) : unwrap(counts);
}

/** A function that ignores NaN: NaNs are replaced by a neutral value first. */
function ignoringNan(f: (vm: VM, v: Value, axis?: Value) => Value, neutral: number) {
  return (vm: VM, v: Value, axis?: Value): Value => f(vm, withoutNan(vm, asArray(vm, v), neutral), axis);
}

function withoutNan(vm: VM, a: PyNdArray, neutral: number): PyNdArray {
  if (a.dtype.kind !== "f") return a;
  const mask = apply(vm, "isnan", a);
  const out = copyArray(vm, a, "C");
  const flags = copyArray(vm, mask, "C").storage.bytes();
  const one = asArray(vm, new PyFloat(neutral), a.dtype);
  for (let i = 0; i < out.size; i++) if (flags[i]) assign(vm, viewOf(out, [], [], i * a.dtype.itemsize), one);
  return out;
}

function nanmean(vm: VM, v: Value, axis?: Value): Value {
  const a = asArray(vm, v);
  const axes = toAxes(vm, axis, a.ndim);
  const counts = reduce(vm, "add", apply(vm, "logical_not", apply(vm, "isnan", a)), { axes, dtype: INT64 });
  return unwrap(apply(vm, "divide", reduce(vm, "add", withoutNan(vm, a, 0), { axes }), counts));
}

const SUM = "axis=None, dtype=None, out=None, keepdims=<no value>, initial=<no value>, where=<no value>";
const EXTREMUM = "axis=None, out=None, keepdims=<no value>, initial=<no value>, where=<no value>";
const QUANTIFIER = "axis=None, out=None, keepdims=<no value>, *, where=<no value>";
const MEAN = "axis=None, dtype=None, out=None, keepdims=<no value>, *, where=<no value>";
const VAR = "axis=None, dtype=None, out=None, ddof=0, keepdims=<no value>, *, where=<no value>, mean=<no value>, correction=<no value>";
const ARG = "axis=None, out=None, *, keepdims=<no value>";
const CUMULATIVE = "axis=None, dtype=None, out=None";

type Row = readonly [params: string, fn: NativeRow[1], doc: string];

/** Functions that are methods of arrays too: parameters after the array. */
export const REDUCTIONS: Record<string, Row> = {
  sum: [SUM, reduction("add"), "Sum of elements."],
  prod: [SUM, reduction("multiply"), "Product of elements."],
  max: [EXTREMUM, extremum("maximum"), "Largest element."],
  min: [EXTREMUM, extremum("minimum"), "Smallest element."],
  any: [QUANTIFIER, quantifier("logical_or"), "Whether any element is true."],
  all: [QUANTIFIER, quantifier("logical_and"), "Whether all elements are true."],
  mean: [MEAN, mean, "Arithmetic mean."],
  var: [VAR, varOf, "Variance."],
  std: [VAR, std, "Standard deviation."],
  argmax: [ARG, argExtremum(true), "Index of the first largest element."],
  argmin: [ARG, argExtremum(false), "Index of the first smallest element."],
  cumsum: [CUMULATIVE, cumulative("add"), "Running sums."],
  cumprod: [CUMULATIVE, cumulative("multiply"), "Running products."],
};

export const STATISTICS: Record<string, NativeRow> = {
  amax: [`(a, ${EXTREMUM})`, extremum("maximum"), "Largest element."],
  amin: [`(a, ${EXTREMUM})`, extremum("minimum"), "Smallest element."],
  ptp: ["(a, axis=None, out=None, keepdims=<no value>)", ptp, "Range of values."],
  average: ["(a, axis=None, weights=None)", average, "Weighted average."],
  median: ["(a, axis=None, out=None, overwrite_input=False, keepdims=False)", median, "Median."],
  percentile: ["(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False)", quantile(100), "Percentiles."],
  quantile: ["(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False)", quantile(1), "Quantiles."],
  diff: ["(a, n=1, axis=-1)", diff, "Differences of neighbours."],
  count_nonzero: ["(a, axis=None, *, keepdims=False)", countNonzero, "Number of elements that are not zero."],
  nansum: ["(a, axis=None)", ignoringNan(reduction("add"), 0), "Sum, NaN counting as zero."],
  nanprod: ["(a, axis=None)", ignoringNan(reduction("multiply"), 1), "Product, NaN counting as one."],
  nanmax: ["(a, axis=None)", extremum("fmax"), "Largest element, NaN ignored."],
  nanmin: ["(a, axis=None)", extremum("fmin"), "Smallest element, NaN ignored."],
  nanmean: ["(a, axis=None)", nanmean, "Mean, NaN ignored."],
};

