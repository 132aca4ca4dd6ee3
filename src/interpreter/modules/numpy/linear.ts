/**
 * Products of vectors and matrices. Every element adds up its products in the order of the summed index.
 * Known weakness: NumPy hands float matrices to a BLAS, whose blocking and FMA give other last bits.
 */
import { typeError, valueError } from "../../builtins/exceptions.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import type { PyTuple, Value } from "../../objects/values.ts";
import { outOf, toInteger, toInts } from "./args.ts";
import { asType, assign, behaved, contiguous } from "./assign.ts";
import { asArray } from "./convert.ts";
import { type DType, FLOAT32, FLOAT64, promote } from "./dtype.ts";
import { report } from "./fp-state.ts";
import { binaryKernel } from "./kernels.ts";
import { broadcastShapes, mismatch, newArray, type PyNdArray, shapeCompact, sizeOf, viewOf } from "./ndarray.ts";
import { OPS } from "./ops.ts";
import { forEachOffset } from "./iterate.ts";
import { normalAxis, reduce } from "./reduce.ts";
import { permuted, ravel, reshapeTo } from "./shaping.ts";
import { apply, broadcastTo, unwrap } from "./ufuncs.ts";

/** out[i, j] = Σ a[i, k]·b[k, j] for matrices of one dtype. */
function multiply(vm: VM, a: PyNdArray, b: PyNdArray, out: PyNdArray): void {
  const { dtype } = out;
  if (dtype === FLOAT64 || dtype === FLOAT32) multiplyFloats(contiguous(vm, a), contiguous(vm, b), out, dtype);
  else if (dtype.kind === "O") multiplyObjects(vm, a, b, out);
  else multiplyByRows(vm, behaved(a), behaved(b), out);
}

function multiplyFloats(a: PyNdArray, b: PyNdArray, out: PyNdArray, dtype: DType): void {
  const [n, m] = [a.dims[0]!, a.dims[1]!];
  const p = b.dims[1]!;
  const [A, B, O] = [a.data, b.data, out.data] as [Float64Array, Float64Array, Float64Array];
  const [at, bt, ot] = [a, b, out].map((x) => x.offset / dtype.itemsize) as [number, number, number];
  for (let i = 0; i < n; i++)
    for (let k = 0; k < m; k++) {
      const x = A[at + i * m + k]!;
      const [row, from] = [ot + i * p, bt + k * p];
      if (dtype === FLOAT64) for (let j = 0; j < p; j++) O[row + j]! += x * B[from + j]!;
      else for (let j = 0; j < p; j++) O[row + j]! += Math.fround(x * B[from + j]!);
    }
}

/** Any numeric type: row by row with the multiply and add loops. */
function multiplyByRows(vm: VM, a: PyNdArray, b: PyNdArray, out: PyNdArray): void {
  const d = out.dtype;
  const [n, m] = [a.dims[0]!, a.dims[1]!];
  const p = b.dims[1]!;
  const product = newArray(d, [p]);
  const times = binaryKernel(OPS.multiply, d, d, d, d);
  const plus = binaryKernel(OPS.add, d, d, d, d);
  const s = d.shift;
  const unit = d.itemsize >> s;
  let flags = 0;
  for (let i = 0; i < n; i++)
    for (let k = 0; k < m; k++) {
      const x = (a.offset + i * a.strides[0]! + k * a.strides[1]!) >>> s;
      const y = (b.offset + k * b.strides[0]!) >>> s;
      const row = (out.offset + i * out.strides[0]!) >>> s;
      flags |= times(p, a.data, x, 0, b.data, y, b.strides[1]! >> s, product.data, 0, unit);
      flags |= plus(p, out.data, row, unit, product.data, 0, unit, out.data, row, unit);
    }
  report(vm, flags, "matmul");
}

function multiplyObjects(vm: VM, a: PyNdArray, b: PyNdArray, out: PyNdArray): void {
  const [n, m, p] = [a.dims[0]!, a.dims[1]!, b.dims[1]!];
  const left = viewOf(a, [n, m, 1], [...a.strides, 0]);
  const right = viewOf(b, [1, m, p], [0, ...b.strides]);
  assign(vm, out, reduce(vm, "add", apply(vm, "multiply", left, right), { axes: [1] }));
}

function common(a: PyNdArray, b: PyNdArray): DType {
  const d = promote(a.dtype, b.dtype);
  if (d === undefined || d.kind === "U") throw typeError("matmul: Input operands have no common numeric type");
  return d;
}

// ---- matmul -------------------------------------------------------------------------------------------------------------------------------

export function matmul(vm: VM, x: Value, y: Value, out?: Value): Value {
  const [left, right] = [asArray(vm, x), asArray(vm, y)];
  for (const [i, a] of [left, right].entries())
    if (a.ndim === 0)
      throw valueError(`matmul: Input operand ${i} does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)`);
  const r = matmulArrays(vm, left, right);
  const target = outOf(out);
  if (!target) return unwrap(r);
  assign(vm, target, r);
  return target;
}

function matmulArrays(vm: VM, left: PyNdArray, right: PyNdArray): PyNdArray {
  const d = common(left, right);
  const [a, b] = [asType(vm, left, d), asType(vm, right, d)];
  const A = a.ndim === 1 ? viewOf(a, [1, a.dims[0]!], [0, a.strides[0]!]) : a;
  const B = b.ndim === 1 ? viewOf(b, [b.dims[0]!, 1], [b.strides[0]!, 0]) : b;
  const [k1, k2] = [A.dims.at(-1)!, B.dims.at(-2)!];
  if (k1 !== k2)
    throw valueError(
      `matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size ${k2} is different from ${k1})`,
    );
  const batch = broadcastShapes([A.dims.slice(0, -2), B.dims.slice(0, -2)]);
  if (batch === undefined) throw mismatch([A.dims, B.dims]);
  const [n, m] = [A.dims.at(-2)!, B.dims.at(-1)!];
  const out = newArray(d, [...batch, n, m], "C", 0);
  const [wideA, wideB] = [broadcastTo(A, [...batch, n, k1]), broadcastTo(B, [...batch, k1, m])];
  const starts = (x: PyNdArray): number[] => {
    const list: number[] = [];
    forEachOffset(batch, x.strides.slice(0, batch.length), x.offset, (at) => list.push(at));
    return list;
  };
  const [sa, sb, so] = [starts(wideA), starts(wideB), starts(out)];
  so.forEach((at, i) =>
    multiply(
      vm, viewOf(wideA, [n, k1], wideA.strides.slice(-2), sa[i]!), viewOf(wideB, [k1, m], wideB.strides.slice(-2), sb[i]!), viewOf(out, [n, m], out.strides.slice(-2), at),
    ),
  );
  const dims = [...batch, ...(left.ndim === 1 ? [] : [n]), ...(right.ndim === 1 ? [] : [m])];
  return reshapeTo(vm, out, dims);
}

// ---- dot and relatives --------------------------------------------------------------------------------------------------------------------

export function dot(vm: VM, x: Value, y: Value, out?: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  const r = a.ndim === 0 || b.ndim === 0 ? apply(vm, "multiply", a, b) : dotArrays(vm, a, b);
  const target = outOf(out);
  if (!target) return unwrap(r);
  assign(vm, target, r);
  return target;
}

function dotArrays(vm: VM, a: PyNdArray, b: PyNdArray): PyNdArray {
  const axis = b.ndim === 1 ? 0 : b.ndim - 2;
  if (a.dims.at(-1) !== b.dims[axis])
    throw valueError(`shapes ${shapeCompact(a.dims)} and ${shapeCompact(b.dims)} not aligned: ${a.dims.at(-1)} (dim ${a.ndim - 1}) != ${b.dims[axis]} (dim ${axis})`);
  if (a.ndim <= 2 && b.ndim <= 2) return matmulArrays(vm, a, b);
  return contract(vm, a, b, [a.ndim - 1], [axis]);
}

/** Sums products over pairs of axes; the other axes of a, then of b, are left. */
function contract(vm: VM, a: PyNdArray, b: PyNdArray, axesA: readonly number[], axesB: readonly number[]): PyNdArray {
  const freeA = a.dims.map((_, i) => i).filter((i) => !axesA.includes(i));
  const freeB = b.dims.map((_, i) => i).filter((i) => !axesB.includes(i));
  const k = sizeOf(axesA.map((i) => a.dims[i]!));
  const [dimsA, dimsB] = [freeA.map((i) => a.dims[i]!), freeB.map((i) => b.dims[i]!)];
  const A = reshapeTo(vm, permuted(a, [...freeA, ...axesA]), [sizeOf(dimsA), k]);
  const B = reshapeTo(vm, permuted(b, [...axesB, ...freeB]), [k, sizeOf(dimsB)]);
  return reshapeTo(vm, matmulArrays(vm, A, B), [...dimsA, ...dimsB]);
}

function tensordot(vm: VM, x: Value, y: Value, axesArg?: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  const [axesA, axesB] = contractedAxes(vm, a, b, axesArg);
  if (axesA.length !== axesB.length || axesA.some((i, k) => a.dims[i] !== b.dims[axesB[k]!])) throw valueError("shape-mismatch for sum");
  return unwrap(contract(vm, a, b, axesA, axesB));
}

function contractedAxes(vm: VM, a: PyNdArray, b: PyNdArray, v: Value | undefined): [number[], number[]] {
  if (v === undefined || typeof v === "number") {
    const n = v ?? 2;
    return [Array.from({ length: n }, (_, i) => a.ndim - n + i), Array.from({ length: n }, (_, i) => i)];
  }
  const [left, right] = (v as PyTuple).items as [Value, Value];
  return [toInts(vm, left).map((i) => normalAxis(i, a.ndim)), toInts(vm, right).map((i) => normalAxis(i, b.ndim))];
}

function inner(vm: VM, x: Value, y: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  if (a.ndim === 0 || b.ndim === 0) return unwrap(apply(vm, "multiply", a, b));
  if (a.dims.at(-1) !== b.dims.at(-1))
    throw valueError(`shapes ${shapeCompact(a.dims)} and ${shapeCompact(b.dims)} not aligned: ${a.dims.at(-1)} (dim ${a.ndim - 1}) != ${b.dims.at(-1)} (dim ${b.ndim - 1})`);
  return unwrap(contract(vm, a, b, [a.ndim - 1], [b.ndim - 1]));
}

function vdot(vm: VM, x: Value, y: Value): Value {
  const a = ravel(vm, x);
  return dot(vm, a.dtype.kind === "c" ? apply(vm, "conjugate", a) : a, ravel(vm, y));
}

function outer(vm: VM, x: Value, y: Value, out?: Value): Value {
  const [a, b] = [ravel(vm, x), ravel(vm, y)];
  const r = apply(vm, "multiply", viewOf(a, [a.size, 1], [a.strides[0]!, 0]), b);
  const target = outOf(out);
  if (!target) return r;
  assign(vm, target, r);
  return target;
}

function kron(vm: VM, x: Value, y: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  const ndim = Math.max(a.ndim, b.ndim);
  const pad = (v: PyNdArray): PyNdArray => reshapeTo(vm, v, [...new Array<number>(ndim - v.ndim).fill(1), ...v.dims]);
  const [p, q] = [pad(a), pad(b)];
  const left = viewOf(p, p.dims.flatMap((d) => [d, 1]), p.strides.flatMap((s) => [s, 0]));
  const right = viewOf(q, q.dims.flatMap((d) => [1, d]), q.strides.flatMap((s) => [0, s]));
  return reshapeTo(vm, apply(vm, "multiply", left, right), p.dims.map((d, i) => d * q.dims[i]!));
}

function cross(vm: VM, x: Value, y: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  if (a.dims.at(-1) !== 3 || b.dims.at(-1) !== 3) throw valueError(`Both input arrays must be (arrays of) 3-dimensional vectors, but they are ${a.dims.at(-1)} and ${b.dims.at(-1)} dimensional instead.`);
  const part = (v: PyNdArray, i: number): PyNdArray => viewOf(v, v.dims.slice(0, -1), v.strides.slice(0, -1), v.offset + i * v.strides.at(-1)!);
  const term = (i: number, j: number): PyNdArray => apply(vm, "subtract", apply(vm, "multiply", part(a, i), part(b, j)), apply(vm, "multiply", part(a, j), part(b, i)));
  const parts = [term(1, 2), term(2, 0), term(0, 1)];
  const out = newArray(parts[0]!.dtype, [...parts[0]!.dims, 3]);
  parts.forEach((p, i) => assign(vm, viewOf(out, p.dims, out.strides.slice(0, -1), i * out.dtype.itemsize), p));
  return out;
}

function matrixPower(vm: VM, x: Value, nArg: Value): Value {
  const a = asArray(vm, x);
  const n = toInteger(vm, nArg);
  if (n < 0) throw valueError("negative powers need an inverse");
  const size = a.dims[0]!;
  let r = newArray(a.dtype, [size, size]);
  assign(vm, viewOf(r, [size], [(size + 1) * a.dtype.itemsize]), asArray(vm, 1, a.dtype));
  let p = a;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) r = matmulArrays(vm, r, p);
    if (k > 1) p = matmulArrays(vm, p, p);
  }
  return r;
}

export const LINEAR: Record<string, NativeRow> = {
  dot: ["(a, b, out=None)", dot, "Dot product."],
  vdot: ["(a, b, /)", vdot, "Dot product of flattened arrays, the first conjugated."],
  inner: ["(a, b, /)", inner, "Inner product over last axes."],
  outer: ["(a, b, out=None)", outer, "Outer product of two vectors."],
  tensordot: ["(a, b, axes=2)", tensordot, "Sum of products over given axes."],
  kron: ["(a, b)", kron, "Kronecker product."],
  cross: ["(a, b)", cross, "Cross product of vectors."],
  matmul: ["(x1, x2, /, out=None)", matmul, "Matrix product."],
};

export const LINALG: Record<string, NativeRow> = {
  matrix_power: ["(a, n)", matrixPower, "Integer power of a square matrix."],
};
