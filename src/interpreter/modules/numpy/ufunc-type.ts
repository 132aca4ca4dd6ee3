/** The Python type of ufuncs: calls, attributes, reduce, accumulate, outer, at, reduceat. */
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyList } from "../../objects/list.ts";
import { PyFloat, type Value } from "../../objects/values.ts";
import { absent, flag, outOf, toAxes, toInteger, whereOf } from "./args.ts";
import { asType, assign } from "./assign.ts";
import { asArray } from "./convert.ts";
import { INT64 } from "./dtype.ts";
import { optionalDType } from "./dtype-object.ts";
import { getItem } from "./indexing.ts";
import { newArray, PyNdArray, viewOf } from "./ndarray.ts";
import type { BinaryOp, OpName } from "./ops.ts";
import { accumulate, normalAxis, reduce } from "./reduce.ts";
import { numbersOf } from "./statistics.ts";
import { callUfunc, PyUfunc, unwrap } from "./ufuncs.ts";

const self = (v: Value): PyUfunc => v as PyUfunc;

function binaryName(u: PyUfunc, method: string): OpName {
  if (u.nin !== 2) throw valueError(`${method} only supported for binary functions`);
  if (u.nout !== 1) throw valueError(`${method} only supported for functions returning a single value`);
  return u.opNames[0]!;
}

function reduceMethod(vm: VM, u: PyUfunc, v: Value, axis?: Value, dtype?: Value, out?: Value, keepdims?: Value, initial?: Value, where?: Value): Value {
  const name = binaryName(u, "reduce");
  const a = asArray(vm, v);
  const target = outOf(out);
  const axes = axis === undefined ? (a.ndim === 0 ? [] : [0]) : toAxes(vm, axis, a.ndim);
  const start = initial === undefined ? undefined : initial === null ? null : asArray(vm, initial);
  const r = reduce(vm, name, a, { axes, dtype: optionalDType(vm, dtype), out: target, keepdims: flag(vm, keepdims), initial: start, where: whereOf(vm, where) });
  return target ?? unwrap(r);
}

function accumulateMethod(vm: VM, u: PyUfunc, v: Value, axis?: Value, dtype?: Value, out?: Value): Value {
  const name = binaryName(u, "accumulate");
  const a = asArray(vm, v);
  if (a.ndim === 0) throw typeError("cannot accumulate on a scalar");
  return accumulate(vm, name, a, normalAxis(absent(axis) ? 0 : toInteger(vm, axis), a.ndim), optionalDType(vm, dtype), outOf(out));
}

function outerMethod(vm: VM, u: PyUfunc, x: Value, y: Value, kwargs: Map<string, Value>): Value {
  if (u.nin !== 2) throw valueError("outer product only supported for binary functions");
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  const spread = viewOf(a, [...a.dims, ...b.dims.map(() => 1)], [...a.strides, ...b.dims.map(() => 0)]);
  return callUfunc(vm, u, [spread, b, ...kwargs.values()], [...kwargs.keys()]);
}

/** a[indices] op= b, one index after the other, so that repeated indices count repeatedly. */
function atMethod(vm: VM, u: PyUfunc, target: Value, indices: Value, operand?: Value): Value {
  if (!(target instanceof PyNdArray)) throw typeError("first operand must be array");
  if ((u.nin === 2) !== (operand !== undefined)) throw valueError(u.nin === 2 ? "second operand needed for ufunc" : "second operand provided when ufunc is unary");
  const positions = asArray(vm, getItem(vm, flatIndices(target), indices));
  const flat = numbersOf(positions);
  const values = operand === undefined ? undefined : asArray(vm, operand);
  const spread = values && viewOf(values, positions.dims, spreadStrides(values, positions.dims));
  const line = offsetsOf(target);
  let k = 0;
  for (const i of flat) {
    const element = viewOf(target, [], [], line[i]!);
    const args: Value[] = [element];
    if (spread) args.push(elementAt(spread, k++));
    assign(vm, element, asArray(vm, callUfunc(vm, u, args, undefined)));
  }
  return null;
}

function spreadStrides(a: PyNdArray, dims: readonly number[]): number[] {
  const lead = dims.length - a.ndim;
  return dims.map((d, i) => {
    if (i < lead) return 0;
    if (a.dims[i - lead] === d) return d === 1 ? 0 : a.strides[i - lead]!;
    if (a.dims[i - lead] === 1) return 0;
    throw valueError("array is not broadcastable to correct shape");
  });
}

function elementAt(a: PyNdArray, k: number): PyNdArray {
  let at = a.offset;
  for (let i = a.ndim - 1, rest = k; i >= 0; i--) {
    at += (rest % a.dims[i]!) * a.strides[i]!;
    rest = Math.floor(rest / a.dims[i]!);
  }
  return viewOf(a, [], [], at);
}

/** An array of the shape of `a` that holds the flat index of every element. */
function flatIndices(a: PyNdArray): PyNdArray {
  const out = newArray(INT64, a.dims);
  for (let i = 0; i < out.size; i++) out.data[2 * i] = i;
  return out;
}

function offsetsOf(a: PyNdArray): number[] {
  return Array.from({ length: a.size }, (_, k) => elementAt(a, k).offset);
}

function reduceatMethod(vm: VM, u: PyUfunc, v: Value, indices: Value, axisArg?: Value): Value {
  const name = binaryName(u, "reduceat");
  const a = asArray(vm, v);
  const axis = normalAxis(absent(axisArg) ? 0 : toInteger(vm, axisArg), a.ndim);
  const starts = numbersOf(asType(vm, asArray(vm, indices), INT64));
  const n = a.dims[axis]!;
  const parts = starts.map((from, i) => {
    if (from < 0 || from >= n) throw newException("IndexError", `index ${from} out-of-bounds in ${u.name}.reduceat [0, ${n})`);
    const to = Math.max(from + 1, starts[i + 1] ?? n);
    const dims = a.dims.map((d, k) => (k === axis ? to - from : d));
    return reduce(vm, name, viewOf(a, dims, a.strides, a.offset + from * a.strides[axis]!), { axes: [axis], keepdims: true });
  });
  const out = newArray(parts[0]?.dtype ?? a.dtype, a.dims.map((d, k) => (k === axis ? starts.length : d)));
  parts.forEach((p, i) => assign(vm, viewOf(out, p.dims, out.strides, i * out.strides[axis]!), p));
  return out;
}

function identity(u: PyUfunc): Value {
  const op = u.ops[0]!;
  const value = op.nin === 2 ? (op as BinaryOp).identity : undefined;
  if (value === undefined || u.nout > 1) return null;
  if (u.name.startsWith("logical")) return value === 1;
  return Number.isInteger(value) ? value : new PyFloat(value);
}

function typesList(u: PyUfunc): string[] {
  const op = u.ops[0]!;
  return [...op.types].map((c) => {
    const out = u.ops.map((o) => (o.result === "bool" ? "?" : o.result === "real" ? (c === "F" ? "f" : c === "D" ? "d" : c) : o.result === "same" || o.result === undefined ? c : o.result));
    return `${c.repeat(u.nin)}->${out.join("")}`;
  });
}

export const ufuncType: PyType = defineType({
  name: "ufunc",
  module: "numpy",
  js: PyUfunc,
  subclassable: false,
  doc: "Functions that operate element by element on whole arrays.",
  slots: {
    repr: (_vm, v) => `<ufunc '${self(v).name}'>`,
    call: (vm, v, args, kwnames) => callUfunc(vm, self(v), args, kwnames),
  },
  methods: {
    reduce: ["($self, array, axis=0, dtype=None, out=None, keepdims=False, initial=<no value>, where=True)", reduceMethod, "Reduces along axes."],
    accumulate: ["($self, array, axis=0, dtype=None, out=None)", accumulateMethod, "Running results along an axis."],
    outer: ["($self, A, B, /, **kwargs)", outerMethod, "All pairs of elements."],
    at: ["($self, a, indices, b=None, /)", atMethod, "Unbuffered in-place operation."],
    reduceat: ["($self, array, indices, axis=0, dtype=None, out=None)", reduceatMethod, "Reductions over slices."],
  },
  getset: {
    __name__: [(_vm: VM, u: PyUfunc) => u.name],
    __qualname__: [(_vm: VM, u: PyUfunc) => u.name],
    __doc__: [(_vm: VM, u: PyUfunc) => u.ops[0]!.doc],
    nin: [(_vm: VM, u: PyUfunc) => u.nin],
    nout: [(_vm: VM, u: PyUfunc) => u.nout],
    nargs: [(_vm: VM, u: PyUfunc) => u.nin + u.nout],
    ntypes: [(_vm: VM, u: PyUfunc) => u.ops[0]!.types.length],
    types: [(_vm: VM, u: PyUfunc) => new PyList(typesList(u))],
    identity: [(_vm: VM, u: PyUfunc) => identity(u)],
    signature: [() => null],
  },
});
