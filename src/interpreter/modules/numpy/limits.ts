/** np.finfo and np.iinfo. Source: IEEE 754 parameters of binary16, binary32, binary64; NumPy reference "numpy.finfo". */
import { valueError } from "../../builtins/exceptions.ts";
import { intToText } from "../../objects/int-text.ts";
import { str } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, PyType } from "../../objects/type.ts";
import { normInt, PyObject, type Value } from "../../objects/values.ts";
import { type DType, FLOAT16, FLOAT32, realType } from "./dtype.ts";
import { toDType } from "./dtype-object.ts";
import { PyNdArray } from "./ndarray.ts";
import { makeReal, scalarDType } from "./scalars.ts";

class PyFloatInfo extends PyObject {
  readonly dtype: DType;
  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
  }
}

/** [bits of the fraction, largest exponent, decimal precision]. */
function parameters(d: DType): [fraction: number, maxExponent: number, precision: number] {
  if (d === FLOAT16) return [10, 16, 3];
  return d === FLOAT32 ? [23, 128, 6] : [52, 1024, 15];
}

function floatInfo(vm: VM, v: Value): PyFloatInfo {
  const d = realType(typeOfArgument(vm, v));
  if (d.kind !== "f") throw valueError(`data type ${str(vm, d.scalar)} not inexact`);
  return new PyFloatInfo(d);
}

function typeOfArgument(vm: VM, v: Value): DType {
  if (v instanceof PyNdArray) return v.dtype;
  const own = scalarDType(v);
  if (own) return own;
  if (typeof v === "object" && v !== null && !(v instanceof PyType) && !("itemsize" in v)) return toDType(vm, v.cls);
  return toDType(vm, v);
}

type FloatField = (fraction: number, max: number, precision: number, bits: number) => number;

const FLOAT_FIELDS: Readonly<Record<string, FloatField>> = {
  eps: (f) => 2 ** -f,
  epsneg: (f) => 2 ** (-f - 1),
  max: (f, m) => (2 - 2 ** -f) * 2 ** (m - 1),
  min: (f, m) => -(2 - 2 ** -f) * 2 ** (m - 1),
  tiny: (_f, m) => 2 ** (2 - m),
  smallest_normal: (_f, m) => 2 ** (2 - m),
  smallest_subnormal: (f, m) => 2 ** (2 - m - f),
  resolution: (_f, _m, p) => Number(`1e-${p}`),
};

const FLOAT_INTS: Readonly<Record<string, FloatField>> = {
  bits: (_f, _m, _p, bits) => bits,
  nmant: (f) => f,
  nexp: (f, _m, _p, bits) => bits - f - 1,
  iexp: (f, _m, _p, bits) => bits - f - 1,
  maxexp: (_f, m) => m,
  minexp: (_f, m) => 2 - m,
  machep: (f) => -f,
  negep: (f) => -f - 1,
  precision: (_f, _m, p) => p,
};

const floatRow = (field: FloatField) => [(_vm: VM, i: PyFloatInfo) => field(...parameters(i.dtype), i.dtype.itemsize * 8)] as const;

export const finfoType: PyType = defineType({
  name: "finfo",
  module: "numpy",
  js: PyFloatInfo,
  doc: "Limits of floating-point types.",
  new: ["(dtype)", (vm: VM, _cls: PyType, v: Value) => floatInfo(vm, v)],
  slots: {
    repr: (vm, v) => {
      const i = v as PyFloatInfo;
      const field = (name: string): string => str(vm, makeReal(i.dtype, FLOAT_FIELDS[name]!(...parameters(i.dtype), 0)));
      return `finfo(resolution=${field("resolution")}, min=${field("min")}, max=${field("max")}, dtype=${i.dtype.name})`;
    },
    eq: (_vm, a, b) => b instanceof PyFloatInfo && (a as PyFloatInfo).dtype === b.dtype,
    hash: (_vm, v) => (v as PyFloatInfo).dtype.num,
  },
  getset: {
    dtype: [(_vm: VM, i: PyFloatInfo) => i.dtype],
    ...Object.fromEntries(
      Object.entries(FLOAT_FIELDS).map(([name, field]) => [
        name, [(_vm: VM, i: PyFloatInfo) => makeReal(i.dtype, field(...parameters(i.dtype), i.dtype.itemsize * 8))] as const,
      ]),
    ),
    ...Object.fromEntries(Object.entries(FLOAT_INTS).map(([name, field]) => [name, floatRow(field)])),
  },
});

class PyIntInfo extends PyObject {
  readonly dtype: DType;
  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
  }
}

function intInfo(vm: VM, v: Value): PyIntInfo {
  const d = typeof v === "number" || typeof v === "bigint" ? toDType(vm, "int64") : typeOfArgument(vm, v);
  if (!d.isInteger) throw valueError(`Invalid integer data type '${d.kind}'.`);
  return new PyIntInfo(d);
}

export const iinfoType: PyType = defineType({
  name: "iinfo",
  module: "numpy",
  js: PyIntInfo,
  doc: "Limits of integer types.",
  new: ["(type)", (vm: VM, _cls: PyType, v: Value) => intInfo(vm, v)],
  slots: {
    repr: (vm, v) => {
      const { dtype } = v as PyIntInfo;
      return `iinfo(min=${intToText(vm, normInt(dtype.bigMin))}, max=${intToText(vm, normInt(dtype.bigMax))}, dtype=${dtype.name})`;
    },
  },
  getset: {
    dtype: [(_vm: VM, i: PyIntInfo) => i.dtype],
    min: [(_vm: VM, i: PyIntInfo) => normInt(i.dtype.bigMin)],
    max: [(_vm: VM, i: PyIntInfo) => normInt(i.dtype.bigMax)],
    bits: [(_vm: VM, i: PyIntInfo) => i.dtype.itemsize * 8],
    kind: [(_vm: VM, i: PyIntInfo) => i.dtype.kind],
    key: [(_vm: VM, i: PyIntInfo) => `${i.dtype.kind}${i.dtype.itemsize * 8}`],
  },
});
