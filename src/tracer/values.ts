/**
 * What a Python value is to the IR: a scalar of some type, an array, or an object known by identity. And scalars to and from JS numbers.
 *
 * Lists of numbers (flat, or rows of equal length) count as arrays; what their elements are is seen from the first one here and verified when they are packed
 * (pack.ts).
 */
import { VIEW } from "../base/storage.ts";
import { PyArray } from "../interpreter/modules/array-object.ts";
import { DTYPES, type DType } from "../interpreter/modules/numpy/dtype.ts";
import { PyNdArray } from "../interpreter/modules/numpy/ndarray.ts";
import { makeReal, PyNpFloat64, PyNpScalar } from "../interpreter/modules/numpy/scalars.ts";
import { floatType } from "../interpreter/objects/float.ts";
import { PyList } from "../interpreter/objects/list.ts";
import { PyFloat, type Value } from "../interpreter/objects/values.ts";
import type { ScalarType } from "../jit/ir/ops.ts";

export interface ScalarSpec {
  readonly is: "scalar";
  readonly kind: ScalarType;
}
export interface ArraySpec {
  readonly is: "array";
  readonly container: "ndarray" | "list" | "array";
  /** Type of the elements in memory. */
  readonly elem: ScalarType;
  /** Kind of the scalar that reading an element gives. */
  readonly kind: ScalarType;
  readonly ndim: number;
  readonly writeable: boolean;
}
export interface ObjectSpec {
  readonly is: "object";
}
export type Spec = ScalarSpec | ArraySpec | ObjectSpec;

const OBJECT: ObjectSpec = { is: "object" };

/** NumPy's types that the IR has. */
const OF_DTYPE = new Map<DType, ScalarType>([
  [DTYPES.bool, "b1"],
  [DTYPES.int8, "i8"],
  [DTYPES.int16, "i16"],
  [DTYPES.int32, "i32"],
  [DTYPES.int64, "i64"],
  [DTYPES.uint8, "u8"],
  [DTYPES.uint16, "u16"],
  [DTYPES.uint32, "u32"],
  [DTYPES.uint64, "u64"],
  [DTYPES.float32, "f32"],
  [DTYPES.float64, "f64"],
]);
const DTYPE_OF = new Map([...OF_DTYPE].map(([d, t]) => [t, d]));

const OF_VIEW: Readonly<Record<number, ScalarType>> = {
  [VIEW.i8]: "i8",
  [VIEW.u8]: "u8",
  [VIEW.i16]: "i16",
  [VIEW.u16]: "u16",
  [VIEW.i32]: "i32",
  [VIEW.u32]: "u32",
  [VIEW.f32]: "f32",
  [VIEW.f64]: "f64",
  [VIEW.i64]: "i64",
  [VIEW.u64]: "u64",
};

/** The IR type of a NumPy scalar class, from its dtype. */
export const typeOfDType = (d: DType): ScalarType | undefined => OF_DTYPE.get(d);

export function scalarKind(v: Value): ScalarType | undefined {
  switch (typeof v) {
    case "number":
      return "int";
    case "boolean":
      return "bool";
    case "object":
      if (v instanceof PyFloat) return v.cls === floatType ? "float" : v instanceof PyNpFloat64 ? "f64" : undefined;
      if (v instanceof PyNpScalar && typeof v.value === "number") return OF_DTYPE.get(v.dtype);
      return undefined;
    default:
      return undefined;
  }
}

export function toNumber(v: Value): number {
  if (typeof v === "number") return v;
  if (typeof v === "boolean") return v ? 1 : 0;
  return Number((v as PyFloat | PyNpScalar).value);
}

export function fromNumber(kind: ScalarType, x: number): Value {
  switch (kind) {
    case "int":
      return x;
    case "bool":
      return x !== 0;
    case "float":
      return new PyFloat(x);
    default:
      return makeReal(DTYPE_OF.get(kind)!, x);
  }
}

export function classify(v: Value): Spec {
  const kind = scalarKind(v);
  if (kind !== undefined) return { is: "scalar", kind };
  if (v instanceof PyNdArray) {
    const elem = OF_DTYPE.get(v.dtype);
    return elem !== undefined && v.ndim > 0 && v.ndim <= 8
      ? { is: "array", container: "ndarray", elem, kind: elem, ndim: v.ndim, writeable: v.writeable }
      : OBJECT;
  }
  if (v instanceof PyArray) {
    const elem = v.code.kind === "char" ? undefined : OF_VIEW[v.code.view];
    return elem === undefined
      ? OBJECT
      : { is: "array", container: "array", elem, kind: v.code.kind === "float" ? "float" : "int", ndim: 1, writeable: true };
  }
  if (v instanceof PyList && v.cls === PyList.prototype.cls) return listSpec(v);
  return OBJECT;
}

function listSpec(list: PyList): Spec {
  let item: Value = list;
  let ndim = 0;
  while (item instanceof PyList && item.cls === PyList.prototype.cls && ndim < 3) {
    ndim++;
    if (item.items.length === 0) return OBJECT;
    item = item.items[0]!;
  }
  const kind = scalarKind(item);
  if (kind !== "int" && kind !== "float" && kind !== "bool" && kind !== "f64") return OBJECT;
  return { is: "array", container: "list", elem: kind, kind, ndim, writeable: true };
}

/** Whether two specs are the same to a compiled region. */
export function sameSpec(a: Spec, b: Spec): boolean {
  if (a.is !== b.is) return false;
  if (a.is === "scalar") return a.kind === (b as ScalarSpec).kind;
  if (a.is === "object") return true;
  const c = b as ArraySpec;
  return a.container === c.container && a.elem === c.elem && a.kind === c.kind && a.ndim === c.ndim && a.writeable === c.writeable;
}

export const specText = (s: Spec): string =>
  s.is === "scalar" ? s.kind : s.is === "object" ? "object" : `${s.container} of ${s.elem}[${s.ndim}]`;
