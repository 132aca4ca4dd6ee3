/** Functions that make arrays: zeros, arange, linspace, eye, indices, fromiter … Source: NumPy reference "Array creation routines". */
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { getBuffer, isContiguous as isFlat } from "../../objects/buffer.ts";
import { forEach, binary as pyBinary, toDouble, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyFloat, PyTuple, type Value } from "../../objects/values.ts";
import { absent, flag, type Optional, toInteger, toShape } from "./args.ts";
import { asType, assign, convert, copyArray, newLike } from "./assign.ts";
import { asArray, leafType } from "./convert.ts";
import { BOOL, type DType, FLOAT64, INT64, OBJECT, promote, promoteWeak } from "./dtype.ts";
import { optionalDType, toDType } from "./dtype-object.ts";
import { writeRaw, writeValue } from "./element.ts";
import { broadcastShapes, mismatch, newArray, PyNdArray, storageOf, viewOf } from "./ndarray.ts";
import { scalarDType } from "./scalars.ts";
import { apply, broadcastTo, scatter, toOrder } from "./ufuncs.ts";

const order = (v: Optional): "C" | "F" => (toOrder(v, "C") === "F" ? "F" : "C");

function zeros(vm: VM, shape: Value, dtype?: Value, ord?: Value): PyNdArray {
  const d = optionalDType(vm, dtype) ?? FLOAT64;
  return newArray(d, toShape(vm, shape), order(ord));
}

/** np.empty is zeros: what uninitialised memory holds is nobody's business. */
function empty(vm: VM, shape: Value, dtype?: Value, ord?: Value): PyNdArray {
  const d = optionalDType(vm, dtype) ?? FLOAT64;
  return newArray(d, toShape(vm, shape), order(ord), d === OBJECT ? null : 0);
}

export function filled(vm: VM, a: PyNdArray, value: Value): PyNdArray {
  assign(vm, a, value instanceof PyNdArray ? value : asArray(vm, value, a.dtype));
  return a;
}

function ones(vm: VM, shape: Value, dtype?: Value, ord?: Value): PyNdArray {
  return filled(vm, zeros(vm, shape, dtype, ord), 1);
}

function full(vm: VM, shape: Value, value: Value, dtype?: Value, ord?: Value): PyNdArray {
  const d = optionalDType(vm, dtype) ?? asArray(vm, value).dtype;
  return filled(vm, newArray(d, toShape(vm, shape), order(ord)), value);
}

function like(vm: VM, a: Value, dtype: Optional, ord: Optional, shape: Optional): PyNdArray {
  const model = asArray(vm, a);
  const d = optionalDType(vm, dtype) ?? model.dtype;
  if (!absent(shape)) return newArray(d, toShape(vm, shape), order(ord));
  return newLike(model, d, toOrder(ord, "K"));
}

export function makeArray(vm: VM, v: Value, dtype: Optional, copy: Optional, ord: Optional, ndmin: Optional): PyNdArray {
  const d = optionalDType(vm, dtype);
  const made = asArray(vm, v, d);
  const wanted = toOrder(ord, "K");
  const fresh = made !== v && !(v instanceof PyNdArray) && made.base === null;
  let a = made;
  if (copy === false && !(fresh || made === v) && v instanceof PyNdArray)
    throw valueError("Unable to avoid copy while creating an array as requested.\nIf using `np.array(obj, copy=False)` replace it with `np.asarray(obj)` to allow a copy when needed (no behavior change in NumPy 1.x).\nFor more details, see https://numpy.org/devdocs/numpy_2_0_migration_guide.html#adapting-to-changes-in-the-copy-keyword.");
  if ((copy === undefined || copy === true) && !fresh && (made === v || made.base !== null)) a = copyArray(vm, made, wanted);
  else if (wanted === "F" || wanted === "C") a = inOrder(vm, made, wanted);
  const lead = absent(ndmin) ? 0 : toInteger(vm, ndmin) - a.ndim;
  return lead > 0 ? viewOf(a, [...new Array<number>(lead).fill(1), ...a.dims], [...new Array<number>(lead).fill(0), ...a.strides]) : a;
}

function inOrder(vm: VM, a: PyNdArray, o: "C" | "F"): PyNdArray {
  const model = newLike(a, a.dtype, o);
  return a.dims.every((d, i) => d <= 1 || a.strides[i] === model.strides[i]) ? a : copyArray(vm, a, o);
}

// ---- ranges -------------------------------------------------------------------------------------------------------------------------------

/** Common dtype of scalar arguments of arange and linspace. */
function scalarType(vm: VM, values: readonly Value[]): DType {
  let strong: DType | undefined;
  let weakFloat = false;
  for (const v of values) {
    const np = v instanceof PyNdArray ? v.dtype : scalarDType(v);
    if (np) strong = strong ? (promote(strong, np) ?? OBJECT) : np;
    else if (leafType(v) === FLOAT64) weakFloat = true;
    else if (leafType(v) === undefined) toDouble(vm, v);
  }
  if (strong === undefined) return weakFloat ? FLOAT64 : INT64;
  return promoteWeak(strong.kind === "b" ? INT64 : strong, weakFloat ? "float" : "int");
}

function arange(vm: VM, startOrStop?: Value, stopArg?: Value, stepArg?: Value, dtype?: Value): PyNdArray {
  const positional = absent(stopArg) ? [0, startOrStop!] : [startOrStop ?? 0, stopArg];
  if (startOrStop === undefined && absent(stopArg)) throw typeError("arange() requires stop to be specified.");
  const [start, stop] = positional as [Value, Value];
  const step = absent(stepArg) ? 1 : stepArg;
  const type = optionalDType(vm, dtype) ?? scalarType(vm, [start, stop, step]);
  if (!truthy(vm, step)) throw newException("ZeroDivisionError", "division by zero");
  const length = Math.ceil(toDouble(vm, pyBinary(vm, "truediv", pyBinary(vm, "sub", stop, start), step)));
  if (Number.isNaN(length)) throw valueError("arange: cannot compute length");
  const out = newArray(type, [Math.max(0, length)]);
  fillRange(vm, out, start, step);
  return out;
}

/** out[i] = start + i·delta, where delta is the difference of the first two elements. */
function fillRange(vm: VM, out: PyNdArray, start: Value, step: Value): void {
  const n = out.size;
  const { dtype, storage } = out;
  if (n > 0) writeValue(vm, storage, dtype, 0, start);
  if (n > 1) writeValue(vm, storage, dtype, dtype.itemsize, pyBinary(vm, "add", start, step));
  if (n <= 2) return;
  const view = out.data;
  if (dtype.kind === "f" && dtype.itemsize >= 4) {
    const first = view[0] as number;
    const delta = (view[1] as number) - first;
    for (let i = 2; i < n; i++) view[i] = first + i * delta;
  } else if (typeof start === "number" && typeof step === "number" && dtype.isInteger) {
    for (let i = 2; i < n; i++) writeRaw(storage, dtype, i * dtype.itemsize, start + i * step);
  } else {
    const indices = newArray(FLOAT64, [n]);
    for (let i = 0; i < n; i++) indices.data[i] = i;
    const delta = apply(vm, "subtract", viewOf(out, [], [], dtype.itemsize), viewOf(out, [], [], 0));
    const values = apply(vm, "add", apply(vm, "multiply", asType(vm, indices, dtype), delta), viewOf(out, [], [], 0));
    assign(vm, out, values);
  }
}

function linspace(
  vm: VM, start: Value, stop: Value, num?: Value, endpoint?: Value, retstep?: Value, dtype?: Value,
): Value {
  const n = num === undefined ? 50 : toInteger(vm, num);
  if (n < 0) throw valueError(`Number of samples, ${n}, must be non-negative.`);
  const last = flag(vm, endpoint, true);
  const divisions = last ? n - 1 : n;
  const [a, b] = [apply(vm, "multiply", start, new PyFloat(1)), apply(vm, "multiply", stop, new PyFloat(1))];
  const type = promote(promote(a.dtype, b.dtype)!, FLOAT64)!;
  const delta = apply(vm, "subtract", b, a);
  const count = newArray(type.kind === "c" ? FLOAT64 : type, [n, ...delta.dims.map(() => 1)]);
  for (let i = 0; i < n; i++) count.data[i] = i;
  const step = divisions > 0 ? apply(vm, "divide", delta, divisions) : undefined;
  const zeroStep = step !== undefined && hasZero(vm, step);
  let y = step === undefined ? apply(vm, "multiply", count, delta) : zeroStep ? apply(vm, "multiply", apply(vm, "divide", count, divisions), delta) : apply(vm, "multiply", count, step);
  y = apply(vm, "add", y, a);
  if (last && n > 1) assign(vm, viewOf(y, y.dims.slice(1), y.strides.slice(1), y.offset + (n - 1) * y.strides[0]!), b);
  const wanted = optionalDType(vm, dtype);
  if (wanted?.isInteger) y = apply(vm, "floor", y);
  const out = wanted ? asType(vm, y, wanted) : y;
  if (!flag(vm, retstep)) return out;
  const nan = newArray(FLOAT64, []);
  nan.data[0] = NaN;
  return new PyTuple([out, step ?? nan]);
}

function hasZero(vm: VM, a: PyNdArray): boolean {
  const flags = apply(vm, "equal", a, 0);
  return flags.storage.bytes().subarray(0, flags.size).includes(1);
}

function logspace(vm: VM, start: Value, stop: Value, num?: Value, endpoint?: Value, base?: Value, dtype?: Value): PyNdArray {
  const y = linspace(vm, start, stop, num, endpoint) as PyNdArray;
  const out = apply(vm, "power", base ?? new PyFloat(10), y);
  const wanted = optionalDType(vm, dtype);
  return wanted ? asType(vm, out, wanted) : out;
}

function geomspace(vm: VM, start: Value, stop: Value, num?: Value, endpoint?: Value, dtype?: Value): PyNdArray {
  const [a, b] = [toDouble(vm, start), toDouble(vm, stop)];
  if (a === 0 || b === 0) throw valueError("Geometric sequence cannot include zero");
  const sign = a < 0 && b < 0 ? -1 : 1;
  const [la, lb] = [apply(vm, "log10", new PyFloat(a * sign)), apply(vm, "log10", new PyFloat(b * sign))];
  const out = logspace(vm, la, lb, num, endpoint);
  const n = out.size;
  if (n > 0) out.data[0] = a * sign;
  if (n > 1 && flag(vm, endpoint, true)) out.data[n - 1] = b * sign;
  const signed = sign < 0 ? apply(vm, "negative", out) : out;
  const wanted = optionalDType(vm, dtype);
  return wanted ? asType(vm, signed, wanted) : signed;
}

// ---- matrices -----------------------------------------------------------------------------------------------------------------------------

function eye(vm: VM, nArg: Value, mArg?: Value, kArg?: Value, dtype?: Value): PyNdArray {
  const n = toInteger(vm, nArg);
  const m = absent(mArg) ? n : toInteger(vm, mArg);
  const k = absent(kArg) ? 0 : toInteger(vm, kArg);
  const d = optionalDType(vm, dtype) ?? FLOAT64;
  const out = newArray(d, [n, m]);
  for (let i = 0; i < n; i++) if (i + k >= 0 && i + k < m) writeValue(vm, out.storage, d, (i * m + i + k) * d.itemsize, 1);
  return out;
}

function indices(vm: VM, dimensions: Value, dtype?: Value): PyNdArray {
  const dims = toShape(vm, dimensions);
  const d = optionalDType(vm, dtype) ?? INT64;
  const out = newArray(d, [dims.length, ...dims]);
  dims.forEach((n, axis) => {
    const line = arange(vm, n, undefined, undefined, d);
    const shape = dims.map((x, i) => (i === axis ? x : 1));
    const column = viewOf(line, shape, shape.map((_, i) => (i === axis ? d.itemsize : 0)));
    assign(vm, viewOf(out, dims, out.strides.slice(1), axis * out.strides[0]!), column);
  });
  return out;
}

function meshgrid(vm: VM, arrays: Value[], _copy?: Value, sparse?: Value, indexing?: Value): Value {
  const xy = indexing === undefined || indexing === "xy";
  const n = arrays.length;
  const axisOf = (i: number): number => (xy && n > 1 && i < 2 ? 1 - i : i);
  const parts = arrays.map((v, i) => {
    const a = asArray(vm, v);
    const shape = new Array<number>(n).fill(1);
    shape[axisOf(i)] = a.size;
    const flat = copyArray(vm, a, "C");
    return viewOf(flat, shape, shape.map((_, k) => (k === axisOf(i) ? flat.dtype.itemsize : 0)));
  });
  if (flag(vm, sparse)) return new PyTuple(parts);
  const shape = broadcastShapes(parts.map((p) => p.dims))!;
  return new PyTuple(parts.map((p) => copyArray(vm, broadcastTo(p, shape), "C")));
}

function diag(vm: VM, v: Value, kArg?: Value): PyNdArray {
  const a = asArray(vm, v);
  const k = absent(kArg) ? 0 : toInteger(vm, kArg);
  if (a.ndim === 1) {
    const n = a.dims[0]! + Math.abs(k);
    const out = newArray(a.dtype, [n, n]);
    assign(vm, diagonalView(out, k), a);
    return out;
  }
  if (a.ndim !== 2) throw valueError("Input must be 1- or 2-d.");
  return copyArray(vm, diagonalView(a, k));
}

/** The k-th diagonal over the last two axes of a matrix. */
export function diagonalView(a: PyNdArray, k: number, axis1 = 0, axis2 = 1): PyNdArray {
  const [n, m] = [a.dims[axis1]!, a.dims[axis2]!];
  const length = Math.max(0, k >= 0 ? Math.min(n, m - k) : Math.min(n + k, m));
  const rest = a.dims.map((_, i) => i).filter((i) => i !== axis1 && i !== axis2);
  const [s1, s2] = [a.strides[axis1]!, a.strides[axis2]!];
  const offset = length === 0 ? a.offset : a.offset + (k >= 0 ? k * s2 : -k * s1);
  return viewOf(a, [...rest.map((i) => a.dims[i]!), length], [...rest.map((i) => a.strides[i]!), s1 + s2], offset);
}

function tri(vm: VM, nArg: Value, mArg?: Value, kArg?: Value, dtype?: Value): PyNdArray {
  const n = toInteger(vm, nArg);
  const m = absent(mArg) ? n : toInteger(vm, mArg);
  const k = absent(kArg) ? 0 : toInteger(vm, kArg);
  const rows = viewOf(arange(vm, n), [n, 1], [8, 0]);
  return asType(vm, apply(vm, "greater_equal", rows, arange(vm, -k, m - k)), optionalDType(vm, dtype) ?? FLOAT64);
}

function triangle(upper: boolean) {
  return (vm: VM, m: Value, kArg?: Value): PyNdArray => {
    const a = asArray(vm, m);
    const k = absent(kArg) ? 0 : toInteger(vm, kArg);
    const [rows, cols] = [a.dims.at(-2) ?? a.dims[0]!, a.dims.at(-1)!];
    const mask = tri(vm, rows, cols, upper ? k - 1 : k, BOOL);
    const whole = a.ndim === 1 ? broadcastTo(a, [rows, cols]) : a;
    const out = convert(vm, whole, a.dtype, "C");
    const outside = upper ? mask : apply(vm, "logical_not", mask);
    scatter(vm, out, broadcastTo(outside, out.dims), newArray(a.dtype, []));
    return out;
  };
}

// ---- from other objects -------------------------------------------------------------------------------------------------------------------

function fromiter(vm: VM, iterable: Value, dtype: Value, count?: Value): PyNdArray {
  const d = toDType(vm, dtype);
  const limit = absent(count) ? -1 : toInteger(vm, count);
  const items: Value[] = [];
  forEach(vm, iterable, (v) => {
    if (limit >= 0 && items.length >= limit) return true;
    items.push(v);
    return items.length === limit;
  });
  if (items.length < limit) throw valueError(`iterator too short: Expected ${limit} but iterator had only ${items.length} items.`);
  const out = newArray(d, [items.length]);
  items.forEach((v, i) => writeValue(vm, out.storage, d, i * d.itemsize, v));
  return out;
}

function fromfunction(vm: VM, fn: Value, shape: Value, dtype?: Value): Value {
  const grid = indices(vm, shape, dtype ?? FLOAT64);
  const args = Array.from({ length: grid.dims[0]! }, (_, i) => viewOf(grid, grid.dims.slice(1), grid.strides.slice(1), i * grid.strides[0]!));
  return vm.call(fn, args);
}

function frombuffer(vm: VM, v: Value, dtype?: Value, countArg?: Value, offsetArg?: Value): PyNdArray {
  const b = getBuffer(v);
  if (b === undefined) throw typeError(`a bytes-like object is required, not '${typeName(v)}'`);
  if (!isFlat(b)) throw valueError("ndarray is not C-contiguous");
  const d = optionalDType(vm, dtype) ?? FLOAT64;
  const skip = absent(offsetArg) ? 0 : toInteger(vm, offsetArg);
  const bytes = b.shape.reduce((n, x) => n * x, b.itemsize);
  if (skip < 0 || skip > bytes) throw valueError(`offset must be non-negative and no greater than buffer length (${bytes})`);
  const room = bytes - skip;
  let count = absent(countArg) ? -1 : toInteger(vm, countArg);
  if (count < 0) {
    if (room % d.itemsize !== 0) throw valueError("buffer size must be a multiple of element size");
    count = room / d.itemsize;
  } else if (count * d.itemsize > room) throw valueError("buffer is smaller than requested size");
  const { storage, offset } = storageOf(b);
  return new PyNdArray(storage, d, [count], [d.itemsize], offset + skip, v, !b.readonly);
}

function broadcastArrays(vm: VM, arrays: Value[]): Value {
  const parts = arrays.map((v) => asArray(vm, v));
  const shape = broadcastShapes(parts.map((p) => p.dims));
  if (shape === undefined) throw mismatch(parts.map((p) => p.dims));
  return new PyTuple(parts.map((p) => broadcastTo(p, shape)));
}

export function copyOf(vm: VM, a: Value, ord?: Value): PyNdArray {
  return copyArray(vm, asArray(vm, a), toOrder(ord, "K"));
}

export const CREATION: Record<string, NativeRow> = {
  array: [
    "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, like=None)",
    (vm: VM, v: Value, dtype: Optional, copy: Optional, ord: Optional, _subok: Optional, ndmin: Optional) => makeArray(vm, v, dtype, copy, ord, ndmin),
    "Makes an array.",
  ],
  asarray: [
    "(a, dtype=None, order=None, *, device=None, copy=None, like=None)",
    (vm: VM, v: Value, dtype: Optional, ord: Optional, _device: Optional, copy: Optional) => makeArray(vm, v, dtype, copy ?? null, ord, undefined),
    "Makes an array, without copying where that is possible.",
  ],
  asanyarray: ["(a, dtype=None, order=None)", (vm: VM, v: Value, dtype: Optional, ord: Optional) => makeArray(vm, v, dtype, null, ord, undefined)],
  ascontiguousarray: [
    "(a, dtype=None)",
    (vm: VM, v: Value, dtype: Optional) => makeArray(vm, v, dtype, null, "C", 1),
    "A C-contiguous array of at least one dimension.",
  ],
  asfortranarray: ["(a, dtype=None)", (vm: VM, v: Value, dtype: Optional) => makeArray(vm, v, dtype, null, "F", 1)],
  zeros: ["(shape, dtype=float, order='C', *, like=None)", zeros, "An array of zeros."],
  ones: ["(shape, dtype=None, order='C', *, device=None, like=None)", ones, "An array of ones."],
  empty: ["(shape, dtype=float, order='C', *, device=None, like=None)", empty, "An array of any contents."],
  full: ["(shape, fill_value, dtype=None, order='C', *, device=None, like=None)", full, "An array of one value."],
  zeros_like: ["(a, dtype=None, order='K', subok=True, shape=None)", (vm: VM, a: Value, d: Optional, o: Optional, _s: Optional, shape: Optional) => like(vm, a, d, o, shape)],
  empty_like: ["(prototype, dtype=None, order='K', subok=True, shape=None)", (vm: VM, a: Value, d: Optional, o: Optional, _s: Optional, shape: Optional) => like(vm, a, d, o, shape)],
  ones_like: ["(a, dtype=None, order='K', subok=True, shape=None)", (vm: VM, a: Value, d: Optional, o: Optional, _s: Optional, shape: Optional) => filled(vm, like(vm, a, d, o, shape), 1)],
  full_like: [
    "(a, fill_value, dtype=None, order='K', subok=True, shape=None)",
    (vm: VM, a: Value, v: Value, d: Optional, o: Optional, _s: Optional, shape: Optional) => filled(vm, like(vm, a, d, o, shape), v),
  ],
  arange: ["(start_or_stop=None, /, stop=None, step=None, *, dtype=None, device=None, like=None)", arange, "Evenly spaced values in a half-open interval."],
  linspace: ["(start, stop, num=50, endpoint=True, retstep=False, dtype=None)", linspace, "Evenly spaced values in a closed interval."],
  logspace: ["(start, stop, num=50, endpoint=True, base=10.0, dtype=None)", logspace, "Values evenly spaced on a logarithmic scale."],
  geomspace: ["(start, stop, num=50, endpoint=True, dtype=None)", geomspace, "A geometric progression."],
  eye: ["(N, M=None, k=0, dtype=float)", eye, "Ones on a diagonal."],
  identity: ["(n, dtype=None)", (vm: VM, n: Value, d: Optional) => eye(vm, n, undefined, undefined, d), "The identity matrix."],
  indices: ["(dimensions, dtype=int)", indices, "Arrays of the indices of a grid."],
  meshgrid: ["(*xi, copy=True, sparse=False, indexing='xy')", meshgrid, "Coordinate matrices from coordinate vectors."],
  diag: ["(v, k=0)", diag, "A diagonal, or a matrix with that diagonal."],
  tri: ["(N, M=None, k=0, dtype=float)", tri, "Ones at and below a diagonal."],
  tril: ["(m, k=0)", triangle(false), "Lower triangle."],
  triu: ["(m, k=0)", triangle(true), "Upper triangle."],
  fromiter: ["(iter, dtype, count=-1)", fromiter, "A 1-d array from an iterable."],
  fromfunction: ["(function, shape, *, dtype=float)", fromfunction, "An array from a function of the indices."],
  frombuffer: ["(buffer, dtype=float, count=-1, offset=0)", frombuffer, "A view of the memory of another object."],
  copy: ["(a, order='K', subok=False)", copyOf, "A copy."],
  broadcast_arrays: ["(*args, subok=False)", broadcastArrays, "Arrays stretched to a common shape."],
};
