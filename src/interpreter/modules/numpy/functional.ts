/** Functions of functions and iterators over indices: vectorize, apply_along_axis, ndindex, ndenumerate. */
import { valueError } from "../../builtins/exceptions.ts";
import { getAttr, lookupAttr, toArray } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type NativeRow, type PyType } from "../../objects/type.ts";
import { PyAttrObject, PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { absent, type Optional, toInteger, toInts } from "./args.ts";
import { assign, objectArray } from "./assign.ts";
import { asArray } from "./convert.ts";
import { type DType, dtypeFromText, OBJECT } from "./dtype.ts";
import { toDType } from "./dtype-object.ts";
import { readScalar } from "./element.ts";
import { forEachOffset } from "./iterate.ts";
import { broadcastShapes, mismatch, newArray, type PyNdArray, sizeOf, viewOf } from "./ndarray.ts";
import { normalAxis } from "./reduce.ts";
import { broadcastTo, unwrap } from "./ufuncs.ts";

// ---- vectorize --------------------------------------------------------------------------------------------------------------------------------

class PyVectorized extends PyAttrObject {
  readonly fn: Value;
  readonly types: readonly (DType | undefined)[] | undefined;
  readonly excluded: ReadonlySet<Value>;
  constructor(fn: Value, types: readonly (DType | undefined)[] | undefined, excluded: ReadonlySet<Value>) {
    super();
    this.fn = fn;
    this.types = types;
    this.excluded = excluded;
  }
}

function otypesOf(vm: VM, v: Optional): (DType | undefined)[] | undefined {
  if (absent(v)) return undefined;
  if (typeof v === "string") return [...v].map((c) => dtypeFromText(c));
  return toArray(vm, v).map((t) => toDType(vm, t));
}

function scalarsOf(a: PyNdArray): Value[] {
  const out: Value[] = [];
  forEachOffset(a.dims, a.strides, a.offset, (at) => out.push(readScalar(a.storage, a.dtype, at)));
  return out;
}

function callVectorized(vm: VM, v: PyVectorized, args: readonly Value[], kwnames: readonly string[] | undefined): Value {
  const npos = args.length - (kwnames?.length ?? 0);
  const fixed = args.map((_, i) => i >= npos || v.excluded.has(i));
  const arrays = args.map((x, i) => (fixed[i] ? undefined : asArray(vm, x)));
  const present = arrays.filter((a) => a !== undefined);
  if (present.length === 0) return vm.call(v.fn, [...args], kwnames);
  const shape = broadcastShapes(present.map((a) => a.dims));
  if (shape === undefined) throw mismatch(present.map((a) => a.dims));
  const columns = arrays.map((a) => a && scalarsOf(broadcastTo(a, shape)));
  const n = sizeOf(shape);
  if (n === 0 && !v.types) throw valueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set");
  const results: Value[] = [];
  for (let k = 0; k < n; k++) results.push(vm.call(v.fn, args.map((x, i) => columns[i]?.[k] ?? x), kwnames));
  return collectResults(vm, results, shape, v.types);
}

function collectResults(vm: VM, results: readonly Value[], shape: readonly number[], types: readonly (DType | undefined)[] | undefined): Value {
  const several = types ? types.length > 1 : results[0] instanceof PyTuple;
  if (!several) return unwrap(collectColumn(vm, results, shape, types?.[0]));
  const width = types?.length ?? (results[0] as PyTuple).items.length;
  return new PyTuple(Array.from({ length: width }, (_, i) => unwrap(collectColumn(vm, results.map((r) => (r as PyTuple).items[i]!), shape, types?.[i]))));
}

/** The type of the first result decides, unless it was given. */
function collectColumn(vm: VM, values: readonly Value[], shape: readonly number[], type: DType | undefined): PyNdArray {
  const d = type ?? asArray(vm, values[0]!).dtype;
  const out = newArray(d, shape);
  assign(vm, out, objectArray(OBJECT, shape, values));
  return out;
}

export const vectorizeType: PyType = defineType({
  name: "vectorize",
  module: "numpy",
  js: PyVectorized,
  hasDict: true,
  doc: "A function of arrays that calls a function of scalars for every element.",
  new: [
    "(pyfunc, otypes=None, doc=None, excluded=None, cache=False, signature=None)",
    (vm: VM, _cls: PyType, fn: Value, otypes: Optional, _doc: Optional, excluded: Optional) =>
      new PyVectorized(fn, otypesOf(vm, otypes), new Set(absent(excluded) ? [] : toArray(vm, excluded))),
  ],
  slots: { call: (vm, self, args, kwnames) => callVectorized(vm, self as PyVectorized, args, kwnames) },
  getset: {
    pyfunc: [(_vm: VM, v: PyVectorized) => v.fn],
    __name__: [(vm: VM, v: PyVectorized) => getAttr(vm, v.fn, "__name__")],
    __doc__: [(vm: VM, v: PyVectorized) => lookupAttr(vm, v.fn, "__doc__") ?? null],
  },
});

function applyAlongAxis(vm: VM, fn: Value, axisArg: Value, v: Value, extra: Value[]): Value {
  const a = asArray(vm, v);
  const axis = normalAxis(toInteger(vm, axisArg), a.ndim);
  const others = a.dims.map((_, i) => i).filter((i) => i !== axis);
  const outer = others.map((i) => a.dims[i]!);
  const results: PyNdArray[] = [];
  forEachOffset(outer, others.map((i) => a.strides[i]!), a.offset, (at) => {
    results.push(asArray(vm, vm.call(fn, [viewOf(a, [a.dims[axis]!], [a.strides[axis]!], at), ...extra])));
  });
  const first = results[0];
  if (first === undefined) throw valueError("Cannot apply_along_axis when any iteration dimensions are 0");
  const inner = first.dims;
  const flat = newArray(first.dtype, [...outer, ...inner]);
  results.forEach((r, i) => assign(vm, viewOf(flat, inner, flat.strides.slice(outer.length), i * sizeOf(inner) * flat.dtype.itemsize), r));
  const order = [...outer.keys()].slice(0, axis);
  order.push(...inner.map((_, i) => outer.length + i), ...[...outer.keys()].slice(axis));
  return viewOf(flat, order.map((i) => flat.dims[i]!), order.map((i) => flat.strides[i]!));
}

// ---- indices ----------------------------------------------------------------------------------------------------------------------------------

class PyIndexIterator extends PyObject {
  readonly shape: readonly number[];
  /** For ndenumerate: the array whose elements go with the indices. */
  readonly array: PyNdArray | undefined;
  next = 0;
  constructor(shape: readonly number[], array: PyNdArray | undefined) {
    super();
    this.shape = shape;
    this.array = array;
  }

  advance(): Value | undefined {
    if (this.next >= sizeOf(this.shape)) return undefined;
    let rest = this.next++;
    const index: number[] = new Array<number>(this.shape.length);
    for (let i = this.shape.length - 1; i >= 0; i--) {
      index[i] = rest % this.shape[i]!;
      rest = Math.floor(rest / this.shape[i]!);
    }
    const position = new PyTuple(index);
    const a = this.array;
    if (!a) return position;
    const at = index.reduce((o, x, i) => o + x * a.strides[i]!, a.offset);
    return new PyTuple([position, readScalar(a.storage, a.dtype, at)]);
  }
}

const iteration = {
  iter: (_vm: VM, v: Value) => v,
  iternext: (_vm: VM, v: Value) => (v as PyIndexIterator).advance(),
};

export const ndindexType: PyType = defineType({
  name: "ndindex",
  module: "numpy",
  js: PyIndexIterator,
  doc: "Iterates over the indices of a shape.",
  new: [
    "(*shape)",
    (vm: VM, _cls: PyType, shape: Value[]) => new PyIndexIterator(shape.length === 1 ? toInts(vm, shape[0]!) : shape.map((d) => toInteger(vm, d)), undefined),
  ],
  slots: iteration,
});

class PyEnumerator extends PyIndexIterator {}

export const ndenumerateType: PyType = defineType({
  name: "ndenumerate",
  module: "numpy",
  js: PyEnumerator,
  doc: "Iterates over indices and elements.",
  new: [
    "(arr)",
    (vm: VM, _cls: PyType, v: Value) => {
      const a = asArray(vm, v);
      return new PyEnumerator(a.dims, a);
    },
  ],
  slots: iteration,
});

export const FUNCTIONAL: Record<string, NativeRow> = {
  apply_along_axis: ["(func1d, axis, arr, *args)", applyAlongAxis, "Applies a function to 1-d slices."],
  broadcast_shapes: [
    "(*args)",
    (vm: VM, shapes: Value[]) => {
      const all = shapes.map((s) => toInts(vm, s));
      const shape = broadcastShapes(all);
      if (shape === undefined) throw valueError("shape mismatch: objects cannot be broadcast to a single shape.");
      return new PyTuple([...shape]);
    },
    "The common shape.",
  ],
};
