/** Small objects around arrays: iterators, `a.flat`, `a.flags`. */
import { indexError, typeError, valueError } from "../../builtins/exceptions.ts";
import { toIndex, truthy } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PySlice, sliceRange } from "../../objects/slice.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyObject, type Value } from "../../objects/values.ts";
import { asArray } from "./convert.ts";
import { readScalar, writeValue } from "./element.ts";
import { isAligned, isContiguous, newArray, type PyNdArray, viewOf } from "./ndarray.ts";
import { flatten } from "./shaping.ts";
import { copyElement } from "./ufuncs.ts";

/** iter(array): rows, or elements of a 1-d array. */
export class PyArrayIterator extends PyObject {
  readonly array: PyNdArray;
  index = 0;
  constructor(array: PyNdArray) {
    super();
    this.array = array;
  }
}

export const arrayIteratorType: PyType = defineType({
  name: "iterator",
  js: PyArrayIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const it = v as PyArrayIterator;
      const a = it.array;
      if (it.index >= a.dims[0]!) return undefined;
      const at = a.offset + it.index++ * a.strides[0]!;
      return a.dims.length === 1 ? readScalar(a.storage, a.dtype, at) : viewOf(a, a.dims.slice(1), a.strides.slice(1), at);
    },
  },
  methods: { __length_hint__: ["($self, /)", (_vm: VM, it: PyArrayIterator) => Math.max(0, it.array.dims[0]! - it.index)] },
});

/** a.flat: the elements in C order, by index, slice or iteration. */
export class PyFlatIterator extends PyObject {
  readonly array: PyNdArray;
  index = 0;
  constructor(array: PyNdArray) {
    super();
    this.array = array;
  }

  /** Byte offset of a flat index. */
  offset(index: number): number {
    const a = this.array;
    let at = a.offset;
    for (let i = a.ndim - 1, rest = index; i >= 0; i--) {
      at += (rest % a.dims[i]!) * a.strides[i]!;
      rest = Math.floor(rest / a.dims[i]!);
    }
    return at;
  }

  check(index: number): number {
    const n = this.array.size;
    if (index < -n || index >= n) throw indexError(`index ${index} is out of bounds for size ${n}`);
    return index < 0 ? index + n : index;
  }
}

const flat = (v: Value): PyFlatIterator => v as PyFlatIterator;

function positions(vm: VM, f: PyFlatIterator, key: Value): number[] {
  if (key instanceof PySlice) {
    const r = sliceRange(vm, key, f.array.size);
    return Array.from({ length: r.count }, (_, k) => r.start + k * r.step);
  }
  const index = asArray(vm, key);
  if (!index.dtype.isInteger) throw indexError("unsupported iterator index");
  return Array.from({ length: index.size }, (_, k) => f.check(Number(toIndex(vm, readScalar(index.storage, index.dtype, new PyFlatIterator(index).offset(k))))));
}

function flatGet(vm: VM, v: Value, key: Value): Value {
  const f = flat(v);
  const { array } = f;
  if (typeof key === "number") return readScalar(array.storage, array.dtype, f.offset(f.check(key)));
  const list = positions(vm, f, key);
  const out = newArray(array.dtype, [list.length]);
  list.forEach((p, k) => copyElement(vm, out, k * array.dtype.itemsize, array, f.offset(p)));
  return out;
}

function flatSet(vm: VM, v: Value, key: Value, value: Value): void {
  const f = flat(v);
  const { array } = f;
  if (typeof key === "number") {
    writeValue(vm, array.storage, array.dtype, f.offset(f.check(key)), value);
    return;
  }
  const values = flatten(vm, asArray(vm, value, array.dtype));
  if (values.size === 0) throw valueError("Error setting single item of array.");
  positions(vm, f, key).forEach((p, k) => copyElement(vm, array, f.offset(p), values, (k % values.size) * array.dtype.itemsize));
  array.storage.touch();
}

export const flatIteratorType: PyType = defineType({
  name: "flatiter",
  module: "numpy",
  js: PyFlatIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const f = flat(v);
      return f.index < f.array.size ? readScalar(f.array.storage, f.array.dtype, f.offset(f.index++)) : undefined;
    },
    len: (_vm, v) => flat(v).array.size,
    getitem: flatGet,
    setitem: flatSet,
  },
  methods: {
    copy: ["($self, /)", (vm: VM, f: PyFlatIterator) => flatten(vm, f.array), "A 1-d copy."],
    __array__: ["($self, dtype=None, /, *, copy=None)", (vm: VM, f: PyFlatIterator) => flatten(vm, f.array), "A 1-d copy."],
  },
  getset: {
    base: [(_vm: VM, f: PyFlatIterator) => f.array],
    index: [(_vm: VM, f: PyFlatIterator) => f.index],
  },
});

/** a.flags */
export class PyFlags extends PyObject {
  readonly array: PyNdArray;
  constructor(array: PyNdArray) {
    super();
    this.array = array;
  }
}

export function flagsOf(a: PyNdArray): PyFlags {
  return new PyFlags(a);
}

const FLAGS: Readonly<Record<string, (a: PyNdArray) => boolean>> = {
  C_CONTIGUOUS: (a) => isContiguous(a),
  F_CONTIGUOUS: (a) => isContiguous(a, "F"),
  OWNDATA: (a) => a.base === null,
  WRITEABLE: (a) => a.writeable,
  ALIGNED: isAligned,
  WRITEBACKIFCOPY: () => false,
};

const SHORT: Readonly<Record<string, string>> = { C: "C_CONTIGUOUS", F: "F_CONTIGUOUS", O: "OWNDATA", W: "WRITEABLE", A: "ALIGNED", X: "WRITEBACKIFCOPY", CONTIGUOUS: "C_CONTIGUOUS", FORTRAN: "F_CONTIGUOUS" };

function flagValue(v: Value, key: Value): boolean {
  const name = typeof key === "string" ? (SHORT[key] ?? key) : "";
  const test = FLAGS[name];
  if (!test) throw indexError("Unknown flag");
  return test((v as PyFlags).array);
}

function setWriteable(vm: VM, f: PyFlags, v: Value | undefined): void {
  const on = v !== undefined && truthy(vm, v);
  const base = f.array.base;
  if (on && base !== null && "writeable" in (base as object) && !(base as PyNdArray).writeable) throw valueError("cannot set WRITEABLE flag to True of this array");
  f.array.writeable = on;
}

export const flagsType: PyType = defineType({
  name: "flagsobj",
  module: "numpy._core.multiarray",
  js: PyFlags,
  subclassable: false,
  slots: {
    repr: (_vm, v) => `${Object.entries(FLAGS).map(([name, test]) => `  ${name} : ${test((v as PyFlags).array) ? "True" : "False"}`).join("\n")}\n`,
    getitem: (_vm, v, key) => flagValue(v, key),
    setitem: (vm, v, key, value) => {
      if (key !== "WRITEABLE" && key !== "W") throw typeError(`can't set flag '${String(key)}'`);
      setWriteable(vm, v as PyFlags, value);
    },
  },
  getset: {
    c_contiguous: [(_vm: VM, f: PyFlags) => isContiguous(f.array)],
    f_contiguous: [(_vm: VM, f: PyFlags) => isContiguous(f.array, "F")],
    contiguous: [(_vm: VM, f: PyFlags) => isContiguous(f.array)],
    owndata: [(_vm: VM, f: PyFlags) => f.array.base === null],
    writeable: [(_vm: VM, f: PyFlags) => f.array.writeable, setWriteable],
    aligned: [(_vm: VM, f: PyFlags) => isAligned(f.array)],
  },
});

