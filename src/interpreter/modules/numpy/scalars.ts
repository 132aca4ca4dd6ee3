/**
 * NumPy's scalar types: the classes of array elements and the abstract hierarchy above them.
 *
 *   generic ─ bool
 *           ├ number ─ integer ─ signedinteger ─ int8 … int64
 *           │        │         └ unsignedinteger ─ uint8 … uint64
 *           │        └ inexact ─ floating ─ float16, float32, float64 (also a Python float)
 *           │                  └ complexfloating ─ complex64, complex128 (also a Python complex)
 *           └ flexible ─ character ─ str_ (also a Python str)
 *
 * A real scalar but float64 is a PyNpScalar of its own JS subclass: `value` is a number, or a bigint where a 64-bit integer is no safe
 * integer; a bool holds 0 or 1 and is one of two objects; a float32 or float16 holds its exact value. float64 and complex128 extend the
 * layouts of Python's float and complex, so that everything that takes those takes these.
 * Slots and methods are in scalar-math.ts and scalar-methods.ts. Source: NumPy reference "Scalars".
 */
import { complexType } from "../../objects/complex.ts";
import { floatType } from "../../objects/float.ts";
import { PyStrSub } from "../../objects/operations.ts";
import { doubleToHalf, halfToDouble } from "../../objects/struct-codes.ts";
import { defineType, type PyType, strType } from "../../objects/type.ts";
import { PyAttrObject, PyComplex, PyFloat, type PyInt, type Value } from "../../objects/values.ts";
import { BOOL, COMPLEX128, COMPLEX64, type DType, DTYPES, FLOAT64, NUMERIC, OBJECT, textScalar } from "./dtype.ts";
import { setBases } from "./errors.ts";

/** A real scalar other than float64. `dtype` is on the prototype. */
export abstract class PyNpScalar extends PyAttrObject {
  declare readonly dtype: DType;
  readonly value: PyInt;
  constructor(value: PyInt) {
    super();
    this.value = value;
  }
}

export class PyNpFloat64 extends PyFloat {
  declare readonly dtype: DType;
}

export class PyNpComplex128 extends PyComplex {
  declare readonly dtype: DType;
}

export class PyNpComplex64 extends PyAttrObject {
  declare readonly dtype: DType;
  readonly real: number;
  readonly imag: number;
  constructor(real: number, imag: number) {
    super();
    this.real = Math.fround(real);
    this.imag = Math.fround(imag);
  }
}

// ---- hierarchy ------------------------------------------------------------------------------------------------------------------------

const abstract = (name: string, base?: PyType): PyType =>
  defineType({ name, module: "numpy", ...(base ? { base } : {}), doc: "Abstract base class of NumPy scalar types." });

export const genericType: PyType = abstract("generic");
export const numberType: PyType = abstract("number", genericType);
export const integerType: PyType = abstract("integer", numberType);
export const signedIntegerType: PyType = abstract("signedinteger", integerType);
export const unsignedIntegerType: PyType = abstract("unsignedinteger", integerType);
export const inexactType: PyType = abstract("inexact", numberType);
export const floatingType: PyType = abstract("floating", inexactType);
export const complexFloatingType: PyType = abstract("complexfloating", inexactType);
export const flexibleType: PyType = abstract("flexible", genericType);
export const characterType: PyType = abstract("character", flexibleType);

export const ABSTRACT_TYPES: readonly PyType[] = [
  genericType, numberType, integerType, signedIntegerType, unsignedIntegerType, inexactType, floatingType, complexFloatingType, flexibleType,
  characterType,
];

const PARENT = { b: genericType, u: unsignedIntegerType, i: signedIntegerType, f: floatingType, c: complexFloatingType, U: characterType, O: genericType };

type ScalarClass = new (value: PyInt) => PyNpScalar;
const classes: ScalarClass[] = [];

function defineScalar(d: DType): void {
  const js = jsClass(d);
  const t = defineType({ name: d.name, module: "numpy", base: PARENT[d.kind], ...(js ? { js } : {}), subclassable: d !== BOOL, doc: `Scalar type of arrays of ${d.name}.` });
  d.scalar = t;
  if (js) Object.defineProperty(js.prototype, "dtype", { value: d });
}

function jsClass(d: DType): (abstract new (...args: never[]) => PyAttrObject) | undefined {
  if (d === FLOAT64) return PyNpFloat64;
  if (d === COMPLEX128) return PyNpComplex128;
  if (d === COMPLEX64) return PyNpComplex64;
  const js = class extends PyNpScalar {};
  classes[d.num] = js;
  return js;
}

for (const d of NUMERIC) defineScalar(d);

/** A scalar type that is a Python type as well. */
function alsoPython(t: PyType, python: PyType): void {
  const parent = t.mro[1]!;
  const above = t.mro.slice(1, -1);
  setBases(t, [parent, python], [...above, python, t.mro.at(-1)!]);
}
alsoPython(FLOAT64.scalar, floatType);
alsoPython(COMPLEX128.scalar, complexType);

export const strScalarType: PyType = defineType({ name: "str_", module: "numpy", base: strType, doc: "Scalar type of arrays of str." });
setBases(strScalarType, [strType, characterType], [strType, characterType, flexibleType, genericType, ...genericType.mro.slice(1)]);
textScalar.type = strScalarType;

export const objectScalarType: PyType = defineType({ name: "object_", module: "numpy", base: genericType, doc: "Any Python object." });
OBJECT.scalar = objectScalarType;

// ---- making scalars -------------------------------------------------------------------------------------------------------------------

export const NP_FALSE: PyNpScalar = new classes[BOOL.num]!(0);
export const NP_TRUE: PyNpScalar = new classes[BOOL.num]!(1);

export function npBool(v: boolean): PyNpScalar {
  return v ? NP_TRUE : NP_FALSE;
}

/** A real scalar of type `d` from a value that `d` holds exactly. */
export function makeReal(d: DType, value: PyInt): Value {
  if (d === FLOAT64) return new PyNpFloat64(value as number);
  if (d === BOOL) return value ? NP_TRUE : NP_FALSE;
  return new classes[d.num]!(value);
}

export function makeComplex(d: DType, re: number, im: number): Value {
  return d === COMPLEX64 ? new PyNpComplex64(re, im) : new PyNpComplex128(re, im);
}

const INT64_CLASS = classes[DTYPES.int64.num]!;
export function npInt64(value: PyInt): PyNpScalar {
  return new INT64_CLASS(value);
}

/** Rounds a double to the precision of a float type. */
export function roundTo(d: DType, x: number): number {
  if (d === FLOAT64) return x;
  return d.itemsize === 4 ? Math.fround(x) : halfToDouble(doubleToHalf(Math.fround(x)));
}

/** Two's complement wrap of an exact integer into an integer type. */
export function wrapInt(d: DType, v: PyInt): PyInt {
  if (d.domain === "wide") {
    if (v >= d.min && v <= Number.MAX_SAFE_INTEGER) return v;
    const b = d.kind === "i" ? BigInt.asIntN(64, BigInt(v)) : BigInt.asUintN(64, BigInt(v));
    return b >= -9007199254740991n && b <= 9007199254740991n ? Number(b) : b;
  }
  if (v >= d.min && v <= d.max) return v;
  const bits = d.itemsize * 8;
  return Number(d.kind === "i" ? BigInt.asIntN(bits, BigInt(v)) : BigInt.asUintN(bits, BigInt(v)));
}

/** Whether an exact integer is in the range of an integer type. */
export function inRange(d: DType, v: PyInt): boolean {
  return typeof v === "number" ? v >= d.min && v <= d.max : v >= d.bigMin && v <= d.bigMax;
}

// ---- looking at scalars ---------------------------------------------------------------------------------------------------------------

/** The dtype of a NumPy scalar; undefined for anything else. */
export function scalarDType(v: Value): DType | undefined {
  if (v instanceof PyNpFloat64) return FLOAT64;
  if (v instanceof PyNpScalar) return v.dtype;
  if (v instanceof PyNpComplex128) return COMPLEX128;
  return v instanceof PyNpComplex64 ? COMPLEX64 : undefined;
}

/** The Python number that a scalar stands for: what `.item()` gives. */
export function plainNumber(v: Value): Value {
  if (v instanceof PyNpFloat64) return new PyFloat(v.value);
  if (v instanceof PyNpScalar) return plainOf(v.dtype, v.value);
  if (v instanceof PyNpComplex128 || v instanceof PyNpComplex64) return new PyComplex(v.real, v.imag);
  return v instanceof PyStrSub && v.cls === strScalarType ? v.value : v;
}

/** A Python bool, int or float from the raw value of a real dtype. */
export function plainOf(d: DType, value: PyInt): Value {
  if (d.kind === "f") return new PyFloat(value as number);
  return d.kind === "b" ? value !== 0 : value;
}
