/**
 * Reductions and accumulations of two-operand operations over axes.
 *
 * Axes are walked in memory order with neighbours merged (iterate.ts), the innermost run is reduced at once; float sums over a run are
 * pairwise (pairwise.ts). So sums have NumPy's bits. Runs that need a conversion are taken in pieces of 8192, NumPy's buffer size.
 * Source: NumPy reference "ufunc.reduce", notes of "numpy.sum".
 */
import { PyBaseException, typeError, valueError } from "../../builtins/exceptions.ts";
import { binary as pyBinary } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";
import { asType, assign, behaved, convert, newInOrder, objectArray, plainValues } from "./assign.ts";
import { BOOL, canCast, type DType, dtypeRepr, FLOAT16, FLOAT32, FLOAT64, INT64, OBJECT, safeCast, UINT64 } from "./dtype.ts";
import { axisError, outputCastErrorType } from "./errors.ts";
import { INVALID, OVER, report } from "./fp-state.ts";
import { asIs } from "./float-arith.ts";
import { axisOrder, planWalk, walk, type Walk } from "./iterate.ts";
import { binaryKernel, loadable } from "./kernels.ts";
import { broadcastStrides, newArray, PyNdArray, sizeOf, viewOf } from "./ndarray.ts";
import { objectLoop } from "./object-loops.ts";
import { type BinaryOp, OPS, type OpName } from "./ops.ts";
import { sumComplex, sumFloat16, sumFloat32, sumFloat64 } from "./pairwise.ts";
import { typesOf, unsupported } from "./resolve.ts";
import { resultType } from "./ufuncs.ts";

export interface ReduceOptions {
  /** Axes to reduce, normalised; undefined: all. */
  readonly axes?: readonly number[] | undefined;
  readonly dtype?: DType | undefined;
  readonly out?: PyNdArray | undefined;
  readonly keepdims?: boolean;
  /** Starting value as a 0-d array; null: none even if the operation has an identity. */
  readonly initial?: PyNdArray | null | undefined;
  readonly where?: PyNdArray | undefined;
}

/** An axis argument as an index from 0. */
export function normalAxis(axis: number, ndim: number): number {
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim);
  return axis < 0 ? axis + ndim : axis;
}

/** The loop type of a reduction. */
export function reduceType(name: OpName, a: DType, dtype: DType | undefined): DType {
  const op = OPS[name] as BinaryOp;
  if (dtype) return dtype;
  if ((name === "add" || name === "multiply") && (a.kind === "b" || a.isInteger) && a.itemsize < 8) return a.kind === "u" ? UINT64 : INT64;
  if (name === "divide" && !a.isInexact) return FLOAT64;
  const loop = typesOf(op).find((t) => safeCast(a, t));
  if (loop === undefined) throw unsupported(name);
  const result = resultType(op, loop);
  if (result !== loop && !(result === BOOL && (name.startsWith("logical") || loop === BOOL)))
    throw typeError(`No loop matching the specified signature and casting was found for ufunc ${name}`);
  return loop;
}

export function reduce(vm: VM, name: OpName, array: PyNdArray, options: ReduceOptions = {}): PyNdArray {
  const op = OPS[name] as BinaryOp;
  const axes = options.axes ?? array.dims.map((_, i) => i);
  if (op.reorderable === false && axes.length > 1) throw valueError(`reduction operation '${name}' is not reorderable, so at most one axis may be specified`);
  if (array.dtype.kind === "O" || options.dtype?.kind === "O") return reduceObjects(vm, name, asType(vm, array, OBJECT), axes, options);
  const loop = reduceType(name, array.dtype, options.dtype);
  const type = resultType(op, loop);
  const source = options.where ? whereIdentity(vm, name, op, array, options.where, loop, options.initial) : array;
  const { target, rest } = startValue(vm, name, op, source, axes, type, options);
  report(vm, accumulateInto(vm, name, op, target, rest, axes, loop), "reduce");
  return finish(vm, name, target, axes, options);
}

/** The result array (reduced axes kept with length 1), holding the start, and what is still to be combined into it. */
function startValue(
  vm: VM, name: string, op: BinaryOp, a: PyNdArray, axes: readonly number[], type: DType, options: ReduceOptions,
): { target: PyNdArray; rest: PyNdArray } {
  const kept = a.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const target = newInOrder(type, kept, a.ndim > 1 ? axisOrder(a.ndim, [a.strides]) : kept.map((_, i) => i));
  const initial = options.initial;
  if (initial) assign(vm, target, initial);
  else if (op.identity !== undefined && initial !== null) assign(vm, target, constant(type, op.identity));
  else {
    if (sizeOf(a.dims) === 0 && sizeOf(kept) > 0) throw valueError(`zero-size array to reduction operation ${name} which has no identity`);
    if (sizeOf(kept) === 0) return { target, rest: a };
    assign(vm, target, viewOf(a, kept, a.strides));
    return { target, rest: op.reorderable === false || !idempotent(name) ? withoutFirst(a, axes[0] ?? 0) : a };
  }
  return { target, rest: a };
}

/** Combining the first element twice does no harm. */
function idempotent(name: string): boolean {
  return name !== "add" && name !== "multiply" && name !== "bitwise_xor" && name !== "logical_xor";
}

function withoutFirst(a: PyNdArray, axis: number): PyNdArray {
  if (a.ndim === 0) return viewOf(a, [0], [a.dtype.itemsize]);
  const dims = a.dims.map((d, i) => (i === axis ? d - 1 : d));
  return viewOf(a, dims, a.strides, a.offset + a.strides[axis]!);
}

export function constant(type: DType, value: number): PyNdArray {
  const out = newArray(type, []);
  const v = type.kind === "b" ? (value === 0 ? 0 : 1) : value;
  out.data[0] = v;
  if (type.domain === "wide") out.data[1] = v < 0 ? -1 : 0;
  return out;
}

/** Elements that the mask leaves out are replaced by the identity (or the initial value). */
function whereIdentity(
  vm: VM, name: string, op: BinaryOp, a: PyNdArray, where: PyNdArray, loop: DType, initial: PyNdArray | null | undefined,
): PyNdArray {
  if (op.identity === undefined && !initial)
    throw valueError(`reduction operation '${name}' does not have an identity, so to use a where mask one has to specify 'initial'`);
  const out = convert(vm, a, loop);
  const neutral = op.identity === undefined ? initial! : constant(loop, op.identity);
  const mask = viewOf(where, out.dims, broadcastStrides(where, out.dims)!);
  const value = asType(vm, neutral, loop);
  const w = planWalk(out.dims, [out.strides, mask.strides], true);
  const flags = mask.storage.bytes();
  walk(w, [out.offset, mask.offset], (at) => {
    for (let k = 0; k < w.inner; k++) {
      if (flags[at[1]! + k * w.innerSteps[1]!] !== 0) continue;
      out.storage.bytes().set(value.storage.bytes().subarray(0, loop.itemsize), at[0]! + k * w.innerSteps[0]!);
    }
  });
  return out;
}

/** target = target op a, over the reduced axes. */
function accumulateInto(vm: VM, name: string, op: BinaryOp, target: PyNdArray, a: PyNdArray, axes: readonly number[], loop: DType): number {
  if (a.size === 0) return 0;
  const cast = !loadable(a.dtype, loop);
  const source = cast ? convert(vm, a, loop) : behaved(a);
  const strides = target.strides.map((s, i) => (axes.includes(i) ? 0 : s));
  const shape = a.dims;
  const w = planWalk(shape.length ? shape : [1], shape.length ? [strides, source.strides] : [[0], [0]], false);
  const pieces = a.dtype !== loop && loop.isInexact;
  if (name === "add" && loop.isInexact && w.innerSteps[0] === 0 && w.inner > 1) {
    const converted = source.dtype === loop ? source : convert(vm, source, loop);
    const steps = converted === source ? w : planWalk(shape, [strides, converted.strides], false);
    return sumRuns(target, converted, steps, pieces ? BUFFER : steps.inner);
  }
  const kernel = binaryKernel(op, target.dtype, source.dtype, loop, target.dtype);
  const [st, ss] = [target.dtype.shift, source.dtype.shift];
  const [u, t] = [w.innerSteps[0]! >> st, w.innerSteps[1]! >> ss];
  const [O, B] = [target.data, source.data];
  let flags = 0;
  walk(w, [target.offset, source.offset], (at) => {
    const k = at[0]! >>> st;
    flags |= kernel(w.inner, O, k, u, B, at[1]! >>> ss, t, O, k, u);
  });
  return flags;
}

const BUFFER = 8192;

function sumRuns(target: PyNdArray, a: PyNdArray, w: Walk, piece: number): number {
  let flags = 0;
  const { dtype } = target;
  const shift = dtype.shift;
  const s = w.innerSteps[1]! >> shift;
  const add = sumInto(target, a, s);
  walk(w, [target.offset, a.offset], (at) => {
    const k = at[0]! >>> shift;
    for (let done = 0; done < w.inner; done += piece) flags |= add(k, (at[1]! >>> shift) + done * s, Math.min(piece, w.inner - done));
  });
  return flags;
}

/** The step target[k] += sum of a run, by type; gives flags. */
function sumInto(target: PyNdArray, a: PyNdArray, s: number): (k: number, i: number, n: number) => number {
  const { dtype } = target;
  if (dtype.domain === "complex") {
    const [O, A] = [target.data, a.data] as [Float64Array, Float64Array];
    const round = dtype.itemsize === 8 ? Math.fround : asIs;
    return (k, i, n) => {
      const [re, im] = sumComplex(A, i, 2 * n, s, round);
      O[k]! += re;
      O[k + 1]! += im;
      return 0;
    };
  }
  if (dtype === FLOAT64) {
    const [O, A] = [target.data, a.data] as [Float64Array, Float64Array];
    return (k, i, n) => {
      O[k]! += sumFloat64(A, i, n, s);
      return O[k]! - O[k]! === 0 ? 0 : sumFlags(O[k]!, n, (j) => A[i + j * s]!);
    };
  }
  if (dtype === FLOAT32) {
    const [O, A] = [target.data, a.data] as [Float32Array, Float32Array];
    return (k, i, n) => {
      O[k]! += sumFloat32(A, i, n, s);
      return O[k]! - O[k]! === 0 ? 0 : sumFlags(O[k]!, n, (j) => A[i + j * s]!);
    };
  }
  return halfSum(target, a, s);
}

function halfSum(target: PyNdArray, a: PyNdArray, s: number): (k: number, i: number, n: number) => number {
  const [O, A] = [target.data, a.data] as [Uint16Array, Uint16Array];
  const add = binaryKernel(OPS.add, FLOAT16, FLOAT32, FLOAT16, FLOAT16);
  return (k, i, n) => {
    const sum = new Float32Array([sumFloat16(A, i, n, s)]);
    return add(1, O, k, 0, sum, 0, 0, O, k, 0);
  };
}

/** Flags of a sum that is not finite. */
function sumFlags(r: number, n: number, read: (j: number) => number): number {
  let infinite = false;
  for (let j = 0; j < n; j++) {
    const x = read(j);
    if (x !== x) return 0;
    if (x - x !== 0) infinite = true;
  }
  return r !== r ? INVALID : infinite ? 0 : OVER;
}

/** Drops (or keeps) the reduced axes and stores into out=. */
function finish(vm: VM, name: string, target: PyNdArray, axes: readonly number[], options: ReduceOptions): PyNdArray {
  const kept = options.keepdims ? target : dropAxes(target, axes);
  if (!options.out) return kept;
  const { out } = options;
  if (out.ndim !== kept.ndim || out.dims.some((d, i) => d !== kept.dims[i]))
    throw valueError(
      `output parameter for reduction operation ${name} has the wrong number of dimensions: Found ${out.ndim} but expected ${kept.ndim} (must match the operand's when keepdims=True)`,
    );
  if (!canCast(kept.dtype, out.dtype, "same_kind"))
    throw new PyBaseException(outputCastErrorType, [
      `Cannot cast ufunc '${name}' output from ${dtypeRepr(kept.dtype)} to ${dtypeRepr(out.dtype)} with casting rule 'same_kind'`,
    ]);
  assign(vm, out, kept);
  return out;
}

function dropAxes(a: PyNdArray, axes: readonly number[]): PyNdArray {
  const keep = a.dims.map((_, i) => i).filter((i) => !axes.includes(i));
  const out = new PyNdArray(a.storage, a.dtype, keep.map((i) => a.dims[i]!), keep.map((i) => a.strides[i]!), a.offset, null, true);
  return out;
}

// ---- object arrays --------------------------------------------------------------------------------------------------------------------

const PYTHON_OPS: Readonly<Partial<Record<OpName, "add" | "sub" | "mul">>> = { add: "add", subtract: "sub", multiply: "mul" };

function reduceObjects(vm: VM, name: OpName, a: PyNdArray, axes: readonly number[], options: ReduceOptions): PyNdArray {
  const order = [...a.dims.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes];
  const moved = viewOf(a, order.map((i) => a.dims[i]!), order.map((i) => a.strides[i]!));
  const outer = a.ndim - axes.length;
  const n = sizeOf(moved.dims.slice(outer));
  const values = plainValues(moved);
  const results: Value[] = [];
  for (let i = 0; i < sizeOf(moved.dims.slice(0, outer)); i++) results.push(fold(vm, name, values.slice(i * n, (i + 1) * n)));
  const flat = objectArray(OBJECT, moved.dims.slice(0, outer), results);
  return finish(vm, name, options.keepdims ? viewOf(flat, a.dims.map((d, i) => (axes.includes(i) ? 1 : d)), expand(flat, axes, a.ndim)) : flat, [], options);
}

function expand(flat: PyNdArray, axes: readonly number[], ndim: number): number[] {
  const out: number[] = [];
  let k = 0;
  for (let i = 0; i < ndim; i++) out.push(axes.includes(i) ? 0 : flat.strides[k++]!);
  return out;
}

function fold(vm: VM, name: OpName, values: readonly Value[]): Value {
  if (values.length === 0) {
    const identity = (OPS[name] as BinaryOp).identity;
    if (identity === undefined) throw valueError(`zero-size array to reduction operation ${name} which has no identity`);
    return identity;
  }
  const op = PYTHON_OPS[name];
  return values.reduce((x, y) => (op ? pyBinary(vm, op, x, y) : plainValues(objectLoop(vm, name, 2, [objectOperand(x), objectOperand(y)], undefined))[0]!));
}

function objectOperand(v: Value) {
  return { array: objectArray(OBJECT, [], [v]), weak: undefined, value: v };
}

// ---- accumulate -----------------------------------------------------------------------------------------------------------------------

/** out[0] = a[0], out[i] = out[i-1] op a[i] along an axis. */
export function accumulate(vm: VM, name: OpName, a: PyNdArray, axis: number, dtype: DType | undefined, out: PyNdArray | undefined): PyNdArray {
  const op = OPS[name] as BinaryOp;
  const loop = reduceType(name, a.dtype, dtype);
  const type = resultType(op, loop);
  const target = newArray(type, a.dims);
  const source = loadable(a.dtype, loop) ? behaved(a) : convert(vm, a, loop);
  if (target.size > 0) report(vm, accumulateRuns(vm, op, target, source, axis, loop), "accumulate");
  if (!out) return target;
  assign(vm, out, target);
  return out;
}

function accumulateRuns(vm: VM, op: BinaryOp, target: PyNdArray, a: PyNdArray, axis: number, loop: DType): number {
  const others = a.dims.map((_, i) => i).filter((i) => i !== axis);
  const dims = others.map((i) => a.dims[i]!);
  const steps = (x: PyNdArray): number[] => others.map((i) => x.strides[i]!);
  assign(vm, viewOf(target, dims, steps(target)), viewOf(a, dims, steps(a)));
  const n = a.dims[axis]!;
  const kernel = binaryKernel(op, target.dtype, a.dtype, loop, target.dtype);
  const [st, sa] = [target.dtype.shift, a.dtype.shift];
  const [u, t] = [target.strides[axis]! >> st, a.strides[axis]! >> sa];
  const [O, B] = [target.data, a.data];
  const w = planWalk([...dims, 1], [[...steps(target), 0], [...steps(a), 0]], true);
  let flags = 0;
  walk(w, [target.offset, a.offset], (at) => {
    for (let r = 0; r < w.inner; r++) {
      const k = (at[0]! + r * w.innerSteps[0]!) >>> st;
      const j = (at[1]! + r * w.innerSteps[1]!) >>> sa;
      flags |= kernel(n - 1, O, k, u, B, j + t, t, O, k + u, u);
    }
  });
  return flags;
}
