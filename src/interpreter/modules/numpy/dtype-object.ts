/** np.dtype as Python sees it: construction from names, types and other dtypes, attributes, comparison. */
import { typeError } from "../../builtins/exceptions.ts";
import { hash, plainStr, repr } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { boolType, defineType, intType, objectType, PyType, strType } from "../../objects/type.ts";
import { complexType } from "../../objects/complex.ts";
import { floatType } from "../../objects/float.ts";
import { NotImplemented, PyTuple, type Value } from "../../objects/values.ts";
import { BOOL, canCast, COMPLEX128, DType, DTYPES, dtypeFromText, dtypeLabel, dtypeRepr, FLOAT64, INT64, NUMERIC, OBJECT, textType } from "./dtype.ts";
import { floatingType, complexFloatingType, genericType, inexactType, integerType, numberType, signedIntegerType, strScalarType, unsignedIntegerType } from "./scalars.ts";

const PYTHON_TYPES: ReadonlyMap<PyType, DType> = new Map([
  [boolType, BOOL], [intType, INT64], [floatType, FLOAT64], [complexType, COMPLEX128], [strType, textType(0)], [objectType, OBJECT],
]);

/** The dtype of a scalar type or Python type; undefined when the type stands for none. */
export function dtypeOfType(t: PyType): DType | undefined {
  const python = PYTHON_TYPES.get(t);
  if (python) return python;
  for (const d of NUMERIC) if (t.isSubtype(d.scalar)) return d;
  if (t.isSubtype(strScalarType)) return textType(0);
  return t === OBJECT.scalar ? OBJECT : undefined;
}

const ABSTRACT: ReadonlyMap<PyType, DType> = new Map([
  [floatingType, FLOAT64], [inexactType, FLOAT64], [numberType, FLOAT64], [integerType, INT64], [signedIntegerType, INT64],
  [unsignedIntegerType, DTYPES.uint64], [complexFloatingType, COMPLEX128], [genericType, textType(0)],
]);

/** np.dtype(v) */
export function toDType(vm: VM, v: Value): DType {
  if (v instanceof DType) return v;
  if (v === null) return FLOAT64;
  const text = plainStr(v);
  if (text !== undefined) {
    const d = dtypeFromText(text);
    if (d === undefined) throw typeError(`data type '${text}' not understood`);
    return d;
  }
  if (v instanceof PyType) {
    const d = dtypeOfType(v) ?? ABSTRACT.get(v);
    if (d) return d;
    return OBJECT;
  }
  throw typeError(`Cannot interpret '${repr(vm, v)}' as a data type`);
}

/** A dtype argument that may be absent or None. */
export function optionalDType(vm: VM, v: Value | undefined): DType | undefined {
  return v === undefined || v === null ? undefined : toDType(vm, v);
}

/** `a` seen as a dtype for comparison; undefined when it is not one. */
function comparable(vm: VM, v: Value): DType | undefined {
  if (v instanceof DType) return v;
  try {
    return v instanceof PyType || typeof v === "string" ? toDType(vm, v) : undefined;
  } catch {
    return undefined;
  }
}

const self = (v: Value): DType => v as DType;

function ordered(test: (a: DType, b: DType) => boolean) {
  return (vm: VM, a: Value, b: Value): Value => {
    const other = comparable(vm, b);
    return other ? test(self(a), other) : NotImplemented;
  };
}

export const dtypeType: PyType = defineType({
  name: "dtype",
  module: "numpy",
  js: DType,
  subclassable: false,
  doc: "Describes the type of an array's elements.",
  new: ["(dtype, align=False, copy=False, **kwargs)", (vm: VM, _cls: PyType, v: Value) => toDType(vm, v)],
  slots: {
    repr: (_vm, v) => dtypeRepr(self(v)),
    str: (_vm, v) => (self(v).kind === "U" ? self(v).str : self(v).name),
    hash: (vm, v) => hash(vm, `dtype ${dtypeLabel(self(v))}`),
    eq: (vm, a, b) => comparable(vm, b) === self(a),
    ne: (vm, a, b) => comparable(vm, b) !== self(a),
    lt: ordered((a, b) => a !== b && canCast(a, b, "safe")),
    le: ordered((a, b) => canCast(a, b, "safe")),
    gt: ordered((a, b) => a !== b && canCast(b, a, "safe")),
    ge: ordered((a, b) => canCast(b, a, "safe")),
    bool: () => true,
  },
  methods: {
    newbyteorder: ["($self, new_order='S', /)", (_vm: VM, d: DType) => d],
    __reduce__: ["($self, /)", (_vm: VM, d: DType) => new PyTuple([d.cls, new PyTuple([d.str])])],
  },
  getset: {
    name: [(_vm: VM, d: DType) => d.name],
    char: [(_vm: VM, d: DType) => d.char],
    kind: [(_vm: VM, d: DType) => d.kind],
    num: [(_vm: VM, d: DType) => TYPE_NUMBERS[d.char] ?? d.num],
    itemsize: [(_vm: VM, d: DType) => d.itemsize],
    alignment: [(_vm: VM, d: DType) => Math.max(1, d.kind === "c" ? d.itemsize / 2 : d.kind === "U" ? 4 : d.itemsize)],
    type: [(_vm: VM, d: DType) => d.scalar],
    str: [(_vm: VM, d: DType) => d.str],
    descr: [(_vm: VM, d: DType) => d.str],
    byteorder: [(_vm: VM, d: DType) => (d.itemsize === 1 || d.kind === "O" ? "|" : "=")],
    names: [() => null],
    fields: [() => null],
    shape: [() => new PyTuple([])],
    ndim: [() => 0],
    subdtype: [() => null],
    base: [(_vm: VM, d: DType) => d],
    isnative: [() => true],
    hasobject: [(_vm: VM, d: DType) => d.kind === "O"],
    isbuiltin: [(_vm: VM, d: DType) => (d.kind === "U" ? 0 : 1)],
    isalignedstruct: [() => false],
    flags: [(_vm: VM, d: DType) => (d.kind === "O" ? 63 : 0)],
    metadata: [() => null],
  },
});

/** NPY_TYPES of the types that are not numbered consecutively in our table. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = { e: 23, f: 11, d: 12, F: 14, D: 15, O: 17, U: 19 };
