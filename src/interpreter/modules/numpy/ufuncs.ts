/**
 * Ufunc objects: calling an operation of ops.ts on arrays, with broadcasting, out=, where=, dtype=, casting=, order=.
 * The methods (reduce, accumulate, outer, at, reduceat) are in ufunc-methods.ts.
 *
 * Source: NumPy reference "Universal functions (ufunc)". Known weakness: `axes`, `axis`, `signature` of generalised ufuncs and
 * `__array_ufunc__` overrides are not supported (an `__array_ufunc__` of None is respected by operators).
 */
import { typeError, valueError } from "../../builtins/exceptions.ts";
import { plainStr, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { KwNames } from "../../objects/slots.ts";
import { PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { type AnyOrder, asType, assign, behaved, newInOrder } from "./assign.ts";
import { asArray } from "./convert.ts";
import { BOOL, type Casting, canCast, type DType, dtypeFromText, realType } from "./dtype.ts";
import { toDType } from "./dtype-object.ts";
import { readRaw, readScalar } from "./element.ts";
import { outputCastError } from "./errors.ts";
import { report } from "./fp-state.ts";
import { axisOrder, forEachOffset, planWalk, walk } from "./iterate.ts";
import { binaryKernel, loadable, unaryKernel } from "./kernels.ts";
import { broadcastShapes, broadcastStrides, mayOverlap, mismatch, newArray, PyNdArray, requireWriteable, sameLayout, shapeCompact, viewOf } from "./ndarray.ts";
import { objectLoop } from "./object-loops.ts";
import { type BinaryOp, type Op, OPS, type OpName, TWO_RESULTS, type UnaryOp } from "./ops.ts";
import { materialise, type Operand, operandOf, resolveLoop } from "./resolve.ts";

export class PyUfunc extends PyObject {
  readonly name: string;
  /** One table entry for each result. */
  readonly ops: readonly Op[];
  readonly opNames: readonly OpName[];
  constructor(name: string, opNames: readonly OpName[]) {
    super();
    this.name = name;
    this.opNames = opNames;
    this.ops = opNames.map((n) => OPS[n]);
  }

  get nin(): 1 | 2 {
    return this.ops[0]!.nin;
  }

  get nout(): number {
    return this.ops.length;
  }
}

/** Keyword arguments of a call. */
export interface CallOptions {
  readonly out?: readonly (PyNdArray | undefined)[];
  readonly where?: PyNdArray | undefined;
  readonly dtype?: DType | undefined;
  readonly casting?: Casting;
  readonly order?: AnyOrder;
}

const CASTINGS: ReadonlySet<string> = new Set(["no", "equiv", "safe", "same_kind", "unsafe"]);

export function toCasting(v: Value): Casting {
  const s = plainStr(v);
  if (s !== undefined && CASTINGS.has(s)) return s as Casting;
  if (s !== undefined) throw valueError(`casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe' (got '${s}')`);
  throw typeError(`casting must be a string, not ${typeName(v)}`);
}

export function toOrder(v: Value | undefined, fallback: AnyOrder): AnyOrder {
  if (v === undefined || v === null) return fallback;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`order must be str, not ${typeName(v)}`);
  const o = s.toUpperCase();
  if (o === "C" || o === "F" || o === "K" || o === "A") return o;
  throw valueError(`order must be one of 'C', 'F', 'A', or 'K' (got '${s}')`);
}

// ---- from Python --------------------------------------------------------------------------------------------------------------------------

export function callUfunc(vm: VM, u: PyUfunc, args: readonly Value[], kwnames: KwNames): Value {
  const nkw = kwnames?.length ?? 0;
  const npos = args.length - nkw;
  const { nin, nout } = u;
  if (npos < nin || npos > nin + nout) throw wrongCount(u, npos);
  const options = nkw === 0 && npos === nin ? {} : readOptions(vm, u, args, npos, kwnames);
  const operands = args.slice(0, nin).map((a) => operandOf(vm, a));
  const results = applyUfunc(vm, u, operands, options);
  const values = results.map((r, i) => (options.out?.[i] ? r : unwrap(r)));
  return nout === 1 ? values[0]! : new PyTuple(values);
}

function wrongCount(u: PyUfunc, given: number): unknown {
  const { nin, nout } = u;
  return typeError(`${u.name}() takes from ${nin} to ${nin + nout} positional arguments but ${given} ${given === 1 ? "was" : "were"} given`);
}

/** A 0-d result becomes a scalar. */
export function unwrap(a: PyNdArray): Value {
  return a.ndim === 0 ? readScalar(a.storage, a.dtype, a.offset) : a;
}

type MutableOptions = { -readonly [K in keyof CallOptions]: CallOptions[K] };

function readOptions(vm: VM, u: PyUfunc, args: readonly Value[], npos: number, kwnames: KwNames): CallOptions {
  const options: MutableOptions = {};
  if (npos > u.nin) options.out = args.slice(u.nin, npos).map(outArray);
  kwnames?.forEach((key, i) => readOption(vm, u, options, key, args[npos + i]!));
  return options;
}

function readOption(vm: VM, u: PyUfunc, options: MutableOptions, key: string, v: Value): void {
  switch (key) {
    case "out":
      if (v === null) return;
      if (options.out) throw typeError("cannot specify 'out' as both a positional and keyword argument");
      options.out = outTuple(u, v);
      return;
    case "where":
      if (v !== true) options.where = maskOf(vm, v);
      return;
    case "dtype":
      if (v !== null) options.dtype = toDType(vm, v);
      return;
    case "casting":
      options.casting = toCasting(v);
      return;
    case "order":
      options.order = toOrder(v, "K");
      return;
    case "subok":
      return;
    case "signature":
    case "sig":
      options.dtype = signatureType(v, u);
      return;
    default:
      throw typeError(`${u.name}() got an unexpected keyword argument '${key}'`);
  }
}

/** The loop type of a signature like "dd->d". */
function signatureType(v: Value, u: PyUfunc): DType | undefined {
  const text = plainStr(v);
  const d = text === undefined ? undefined : dtypeFromText(text.charAt(0));
  if (d === undefined) throw typeError(`a type-string for ${u.name}, requires ${u.nin} typecode(s) before and ${u.nout} after the -> sign`);
  return d;
}

function outTuple(u: PyUfunc, v: Value): (PyNdArray | undefined)[] {
  if (!(v instanceof PyTuple)) return [outArray(v)];
  if (v.items.length !== u.nout) throw valueError("The 'out' tuple must have exactly one entry per ufunc output");
  return v.items.map(outArray);
}

function outArray(v: Value): PyNdArray | undefined {
  if (v === null) return undefined;
  if (!(v instanceof PyNdArray)) throw typeError("return arrays must be of ArrayType");
  return v;
}

export function maskOf(vm: VM, v: Value): PyNdArray {
  const a = asArray(vm, v);
  if (a.dtype !== BOOL && !canCast(a.dtype, BOOL, "safe"))
    throw typeError(`Cannot cast array data from dtype('${a.dtype.name}') to dtype('bool') according to the rule 'safe'`);
  return a;
}

// ---- the call -----------------------------------------------------------------------------------------------------------------------------

/** Applies a ufunc; every result is an array (0-d for scalars). */
export function applyUfunc(vm: VM, u: PyUfunc, operands: readonly Operand[], options: CallOptions = {}): PyNdArray[] {
  const loop = resolveLoop(u.name, u.ops[0]!, operands, options.dtype, options.casting ?? "same_kind");
  if (loop === undefined) return [objectLoop(vm, u.name, u.nin, operands, options.out?.[0])];
  const r = materialise(vm, u.name, operands, loop);
  return u.ops.map((op, i) => applyOp(vm, u.name, op, r.arrays, r.loop, options, options.out?.[i], i));
}

/** Shorthand for other modules: one-result ufuncs by name. */
export function apply(vm: VM, name: OpName, ...args: Value[]): PyNdArray {
  return applyUfunc(vm, ufuncOf(name), args.map((a) => operandOf(vm, a)))[0]!;
}

const shared: Map<string, PyUfunc> = new Map();
export function ufuncOf(name: string): PyUfunc {
  let u = shared.get(name);
  if (u === undefined) shared.set(name, (u = new PyUfunc(name, TWO_RESULTS[name] ?? [name as OpName])));
  return u;
}

/** Type of an op's result for loops of one type. */
export function resultType(op: Op, loop: DType): DType {
  switch (op.result) {
    case undefined:
    case "same":
      return loop;
    case "bool":
      return BOOL;
    case "real":
      return realType(loop);
    default:
      return dtypeFromText(op.result)!;
  }
}

function applyOp(
  vm: VM, name: string, op: Op, arrays: readonly PyNdArray[], loop: DType, options: CallOptions, out: PyNdArray | undefined, index: number,
): PyNdArray {
  const shapes = arrays.map((a) => a.dims);
  if (options.where) shapes.push(options.where.dims);
  if (out) shapes.push(out.dims);
  const shape = broadcastShapes(shapes);
  if (shape === undefined) throw mismatch(shapes);
  const type = resultType(op, loop);
  if (out) checkOut(name, out, shape, type, shapes, options.casting ?? "same_kind", index, TWO_RESULTS[name] !== undefined);
  if (name === "power" && loop.isInteger) refuseNegativePowers(arrays[1]!);
  if (options.where) return masked(vm, name, op, arrays, loop, type, shape, options.where, out);
  const inputs = arrays.map((a) => prepared(vm, a, loop, name));
  if (!out) {
    const fresh = newResult(type, shape, inputs, options.order ?? "K");
    report(vm, run(op, inputs, loop, fresh), name);
    return fresh;
  }
  const direct = out.dtype === type && inputs.every((a) => !mayOverlap(a, out) || sameLayout(a, out)) && behaved(out) === out;
  const target = direct ? out : newArray(type, out.dims);
  report(vm, run(op, inputs, loop, target), name);
  if (!direct) assign(vm, out, target);
  out.storage.touch();
  return out;
}

function checkOut(
  name: string, out: PyNdArray, shape: readonly number[], type: DType, shapes: readonly (readonly number[])[], casting: Casting, index: number, several: boolean,
): void {
  requireWriteable(out, "output array");
  if (!canCast(type, out.dtype, casting)) throw outputCastError(name, type, out.dtype, casting, several ? ` ${index}` : "");
  if (out.dims.length === shape.length && out.dims.every((d, i) => d === shape[i])) return;
  const inputs = broadcastShapes(shapes.slice(0, -1))!;
  throw valueError(`non-broadcastable output operand with shape ${shapeCompact(out.dims)} doesn't match the broadcast shape ${shapeCompact(inputs)}`);
}

function refuseNegativePowers(b: PyNdArray): void {
  if (b.dtype.kind !== "i") return;
  let negative = false;
  forEachOffset(b.dims, b.strides, b.offset, (at) => {
    if (readRaw(b.storage, b.dtype, at) < 0) negative = true;
  });
  if (negative) throw valueError("Integers to negative integer powers are not allowed.");
}

/** An operand that the loop's kernel can read. */
function prepared(vm: VM, a: PyNdArray, loop: DType, name: string): PyNdArray {
  if (loadable(a.dtype, loop) || (a.dtype.domain !== "value" && comparesExactly(a.dtype, loop))) return behaved(a);
  if (name === "ldexp" && a.dtype.isInteger) return behaved(a);
  return asType(vm, a, loop);
}

/** An int64 loop reads uint64 operands as ints: only comparisons ask for that. */
function comparesExactly(from: DType, loop: DType): boolean {
  return from.isInteger && loop.domain === "wide" && from.domain === "wide";
}

function newResult(type: DType, shape: readonly number[], inputs: readonly PyNdArray[], order: AnyOrder): PyNdArray {
  if (shape.length < 2 || order === "C") return newArray(type, shape);
  if (order === "F") return newArray(type, shape, "F");
  return newInOrder(type, shape, axisOrder(shape.length, inputs.map((a) => broadcastStrides(a, shape)!)));
}

/** Runs the kernel over all elements; returns floating-point flags. */
function run(op: Op, inputs: readonly PyNdArray[], loop: DType, out: PyNdArray): number {
  const shape = out.dims;
  const strides = [out.strides, ...inputs.map((a) => broadcastStrides(a, shape)!)];
  const w = planWalk(shape, strides);
  const [a, b] = inputs as [PyNdArray, PyNdArray | undefined];
  const [so, sa] = [out.dtype.shift, a.dtype.shift];
  const [u, s] = [w.innerSteps[0]! >> so, w.innerSteps[1]! >> sa];
  const [O, A] = [out.data, a.data];
  let flags = 0;
  if (b === undefined) {
    const k = unaryKernel(op as UnaryOp, a.dtype, loop, out.dtype);
    walk(w, [out.offset, a.offset], (at) => void (flags |= k(w.inner, A, at[1]! >>> sa, s, O, at[0]! >>> so, u)));
  } else {
    const k = binaryKernel(op as BinaryOp, a.dtype, b.dtype, loop, out.dtype);
    const sb = b.dtype.shift;
    const t = w.innerSteps[2]! >> sb;
    const B = b.data;
    walk(w, [out.offset, a.offset, b.offset], (at) => void (flags |= k(w.inner, A, at[1]! >>> sa, s, B, at[2]! >>> sb, t, O, at[0]! >>> so, u)));
  }
  return flags;
}

/** where=: gathers the selected elements, computes on those, scatters the results. */
function masked(
  vm: VM, name: string, op: Op, arrays: readonly PyNdArray[], loop: DType, type: DType, shape: readonly number[], where: PyNdArray, out: PyNdArray | undefined,
): PyNdArray {
  const target = out ?? newArray(type, shape);
  const mask = broadcastTo(asType(vm, where, BOOL), shape);
  const picked = arrays.map((a) => prepared(vm, compress(vm, broadcastTo(a, shape), mask), loop, name));
  const result = newArray(type, picked[0]!.dims);
  report(vm, run(op, picked, loop, result), name);
  scatter(vm, target, mask, result);
  return target;
}

export function broadcastTo(a: PyNdArray, shape: readonly number[]): PyNdArray {
  return viewOf(a, shape, broadcastStrides(a, shape)!);
}

/** The elements of `a` where `mask` (same shape) is true, in C order, as a new 1-d array. */
export function compress(vm: VM, a: PyNdArray, mask: PyNdArray): PyNdArray {
  const chosen: boolean[] = [];
  forEachOffset(mask.dims, mask.strides, mask.offset, (at) => chosen.push(mask.storage.bytes()[at] !== 0));
  const offsets: number[] = [];
  let i = 0;
  forEachOffset(a.dims, a.strides, a.offset, (at) => {
    if (chosen[i++]) offsets.push(at);
  });
  return gather(vm, a, offsets, [offsets.length]);
}

/** Elements at byte offsets, as a new array of the given shape. */
export function gather(vm: VM, a: PyNdArray, offsets: ArrayLike<number>, shape: readonly number[]): PyNdArray {
  const out = newArray(a.dtype, shape);
  const n = offsets.length;
  if (a.dtype.domain === "value") {
    const elements = Array.from({ length: n }, (_, i) => viewOf(a, [], [], offsets[i]!));
    elements.forEach((e, i) => assign(vm, viewOf(out, [], [], i * a.dtype.itemsize), e));
    return out;
  }
  const [to, from] = [out.storage.bytes(), a.storage.bytes()];
  const size = a.dtype.itemsize;
  for (let i = 0, k = 0; i < n; i++) for (let b = 0, at = offsets[i]!; b < size; b++) to[k++] = from[at + b]!;
  return out;
}

/** Stores the elements of a 1-d array where `mask` is true. */
export function scatter(vm: VM, target: PyNdArray, mask: PyNdArray, values: PyNdArray): void {
  const converted = asType(vm, values, target.dtype);
  const chosen: boolean[] = [];
  forEachOffset(mask.dims, mask.strides, mask.offset, (at) => chosen.push(mask.storage.bytes()[at] !== 0));
  let i = 0;
  let k = 0;
  const step = converted.ndim === 0 ? 0 : (converted.strides[0] ?? 0);
  forEachOffset(target.dims, target.strides, target.offset, (at) => {
    if (chosen[i++]) copyElement(vm, target, at, converted, converted.offset + step * k++);
  });
  target.storage.touch();
}

/** Copies one element between arrays of one dtype. */
export function copyElement(vm: VM, to: PyNdArray, at: number, from: PyNdArray, source: number): void {
  if (to.dtype.kind === "O") assign(vm, viewOf(to, [], [], at), viewOf(from, [], [], source));
  else to.storage.bytes().set(from.storage.bytes().subarray(source, source + to.dtype.itemsize), at);
}

