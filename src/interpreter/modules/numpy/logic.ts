/** Comparisons of whole arrays, tests of scalars, types of expressions. Source: NumPy reference "Logic functions", "Data type routines". */
import { PyBaseException, typeError } from "../../builtins/exceptions.ts";
import { equals, plainStr, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { type NativeRow, PyType } from "../../objects/type.ts";
import { PyComplex, PyFloat, PyTuple, type Value } from "../../objects/values.ts";
import { flag, toAxis } from "./args.ts";
import { asType, plainValues } from "./assign.ts";
import { asArray, leafType } from "./convert.ts";
import { type Casting, canCast, DType, dtypeRepr, FLOAT64, OBJECT, promote } from "./dtype.ts";
import { dtypeOfType, toDType } from "./dtype-object.ts";
import { dtypePromotionErrorType } from "./errors.ts";
import { mayOverlap, newArray, PyNdArray } from "./ndarray.ts";
import { reduce } from "./reduce.ts";
import { commonType, operandOf } from "./resolve.ts";
import { genericType, scalarDType } from "./scalars.ts";
import { choose2 } from "./select.ts";
import { apply, toCasting, unwrap } from "./ufuncs.ts";

const all = (vm: VM, a: PyNdArray): boolean => truthy(vm, unwrap(reduce(vm, "logical_and", a)));

/** |a - b| ≤ atol + rtol·|b|, or equal (infinities), or both NaN. */
function close(vm: VM, a: Value, b: Value, rtol: Value | undefined, atol: Value | undefined, equalNan: Value | undefined): PyNdArray {
  const [x, y] = [asArray(vm, a), asArray(vm, b)];
  const right = y.dtype.isInexact ? y : asType(vm, y, FLOAT64);
  const tolerance = apply(vm, "add", atol ?? new PyFloat(1e-8), apply(vm, "multiply", rtol ?? new PyFloat(1e-5), apply(vm, "absolute", right)));
  const finite = apply(vm, "logical_and", apply(vm, "isfinite", x), apply(vm, "isfinite", right));
  const zero = newArray(FLOAT64, []);
  const near = apply(vm, "less_equal", apply(vm, "absolute", apply(vm, "subtract", onlyFinite(vm, x, finite, zero), onlyFinite(vm, right, finite, zero))), onlyFinite(vm, tolerance, finite, zero));
  let result = apply(vm, "logical_or", apply(vm, "logical_and", near, finite), apply(vm, "equal", x, right));
  if (flag(vm, equalNan)) result = apply(vm, "logical_or", result, apply(vm, "logical_and", apply(vm, "isnan", x), apply(vm, "isnan", right)));
  return result;
}

/** Values that are not finite count as zero, so that differences raise no warnings. */
function onlyFinite(vm: VM, a: PyNdArray, finite: PyNdArray, zero: PyNdArray): PyNdArray {
  if (all(vm, finite)) return a;
  return choose2(vm, finite, a, zero);
}

function isclose(vm: VM, a: Value, b: Value, rtol?: Value, atol?: Value, equalNan?: Value): Value {
  return unwrap(close(vm, a, b, rtol, atol, equalNan));
}

function allclose(vm: VM, a: Value, b: Value, rtol?: Value, atol?: Value, equalNan?: Value): Value {
  return all(vm, close(vm, a, b, rtol, atol, equalNan));
}

function arrayEqual(vm: VM, a: Value, b: Value, equalNan?: Value): Value {
  const [x, y] = [asArray(vm, a), asArray(vm, b)];
  if (x.ndim !== y.ndim || x.dims.some((d, i) => d !== y.dims[i])) return false;
  if (x.dtype.domain === "value" || y.dtype.domain === "value") {
    const [p, q] = [plainValues(x), plainValues(y)];
    return p.every((v, i) => equals(vm, v, q[i]!));
  }
  let same = apply(vm, "equal", x, y);
  if (flag(vm, equalNan)) same = apply(vm, "logical_or", same, apply(vm, "logical_and", apply(vm, "isnan", x), apply(vm, "isnan", y)));
  return all(vm, same);
}

function arrayEquiv(vm: VM, a: Value, b: Value): Value {
  try {
    return all(vm, apply(vm, "equal", a, b));
  } catch {
    return false;
  }
}

// ---- shapes and kinds -------------------------------------------------------------------------------------------------------------------------

function sizeOf(vm: VM, v: Value, axis?: Value): Value {
  const a = asArray(vm, v);
  const i = toAxis(vm, axis, a.ndim);
  return i === undefined ? a.size : a.dims[i]!;
}

function isscalar(_vm: VM, v: Value): Value {
  if (v === null) return false;
  return scalarDType(v) !== undefined || typeof v !== "object" || v instanceof PyFloat || v instanceof PyComplex || plainStr(v) !== undefined || typeName(v) === "bytes";
}

function kindTest(test: (d: DType) => boolean) {
  return (vm: VM, v: Value): Value => test(asArray(vm, v).dtype);
}

function complexElements(wanted: boolean) {
  return (vm: VM, v: Value): Value => {
    const a = asArray(vm, v);
    if (a.dtype.kind === "c") return unwrap(apply(vm, wanted ? "not_equal" : "equal", asArray(vm, unwrapImag(vm, a)), 0));
    const out = newArray(toDType(vm, "bool"), a.dims);
    if (!wanted) out.storage.bytes().fill(1);
    return unwrap(out);
  };
}

function unwrapImag(vm: VM, a: PyNdArray): Value {
  return apply(vm, "subtract", a, apply(vm, "conjugate", a));
}

// ---- types --------------------------------------------------------------------------------------------------------------------------------------

function promoteTypes(vm: VM, a: Value, b: Value): Value {
  const [x, y] = [toDType(vm, a), toDType(vm, b)];
  const d = promote(x, y);
  if (d === undefined) throw new PyBaseException(dtypePromotionErrorType, [`The DTypes ${dtypeRepr(x)} and ${dtypeRepr(y)} do not have a common DType.`]);
  return d;
}

function resultType(vm: VM, args: Value[]): Value {
  if (args.length === 0) throw typeError("at least one array or dtype is required");
  const operands = args.map((v) => (isTypeLike(v) ? operandOf(vm, newArray(toDType(vm, v), [])) : operandOf(vm, v)));
  return commonType(operands) ?? OBJECT;
}

function isTypeLike(v: Value): boolean {
  return v instanceof DType || v instanceof PyType || typeof v === "string";
}

function canCastFunction(vm: VM, from: Value, to: Value, casting?: Value): Value {
  const rule: Casting = casting === undefined ? "safe" : toCasting(casting);
  if (!isTypeLike(from) && !(from instanceof PyNdArray) && scalarDType(from) === undefined)
    throw typeError(
      "can_cast() does not support Python ints, floats, and complex because the result used to depend on the value.\nThis change was part of adopting NEP 50, we may explicitly allow them again in the future.",
    );
  const source = isTypeLike(from) ? toDType(vm, from) : asArray(vm, from).dtype;
  return canCast(source, toDType(vm, to), rule);
}

function asAbstract(vm: VM, v: Value): PyType {
  if (v instanceof PyType && v.isSubtype(genericType)) return v;
  if (v instanceof PyType && dtypeOfType(v) === undefined) return OBJECT.scalar;
  return toDType(vm, v).scalar;
}

function issubdtype(vm: VM, a: Value, b: Value): Value {
  return asAbstract(vm, a).isSubtype(asAbstract(vm, b));
}

function minScalarType(vm: VM, v: Value): Value {
  if (v instanceof PyNdArray && v.ndim > 0) return v.dtype;
  const leaf = leafType(v) ?? asArray(vm, v).dtype;
  const value = typeof v === "number" || typeof v === "bigint" ? v : undefined;
  if (value === undefined) return leaf;
  for (const name of value < 0 ? ["int8", "int16", "int32", "int64"] : ["uint8", "uint16", "uint32", "uint64"]) {
    const d = toDType(vm, name);
    if (value >= d.bigMin && value <= d.bigMax) return d;
  }
  return OBJECT;
}

// ---- memory -------------------------------------------------------------------------------------------------------------------------------------

/** Whether two arrays have an element's byte in common: ranges first, then all addresses of the smaller one. */
function sharesMemory(vm: VM, x: Value, y: Value): Value {
  const [a, b] = [asArray(vm, x), asArray(vm, y)];
  if (a.size === 0 || b.size === 0 || !mayOverlap(a, b)) return false;
  const taken = touched(a);
  for (const at of touched(b)) if (taken.has(at)) return true;
  return false;
}

function touched(a: PyNdArray): Set<number> {
  let starts = [a.offset];
  a.dims.forEach((d, i) => (starts = starts.flatMap((at) => Array.from({ length: d }, (_, k) => at + k * a.strides[i]!))));
  const out = new Set<number>();
  for (const at of starts) for (let k = 0; k < a.dtype.itemsize; k++) out.add(at + k);
  return out;
}

export const LOGIC: Record<string, NativeRow> = {
  isclose: ["(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)", isclose, "Elements that are equal within a tolerance."],
  allclose: ["(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)", allclose, "Whether all elements are equal within a tolerance."],
  array_equal: ["(a1, a2, equal_nan=False)", arrayEqual, "Whether shapes and elements agree."],
  array_equiv: ["(a1, a2)", arrayEquiv, "Whether arrays agree when broadcast."],
  shape: ["(a)", (vm: VM, v: Value) => new PyTuple([...asArray(vm, v).dims]), "The shape."],
  ndim: ["(a)", (vm: VM, v: Value) => asArray(vm, v).ndim, "The number of dimensions."],
  size: ["(a, axis=None)", sizeOf, "The number of elements."],
  isscalar: ["(element)", isscalar, "Whether it is a scalar."],
  iscomplexobj: ["(x)", kindTest((d) => d.kind === "c"), "Whether the type is complex."],
  isrealobj: ["(x)", kindTest((d) => d.kind !== "c"), "Whether the type is not complex."],
  iscomplex: ["(x)", complexElements(true), "Elements with an imaginary part."],
  isreal: ["(x)", complexElements(false), "Elements without an imaginary part."],
  promote_types: ["(type1, type2, /)", promoteTypes, "The smallest common type."],
  result_type: ["(*arrays_and_dtypes)", resultType, "The type of an expression."],
  can_cast: ["(from_, to, casting='safe')", canCastFunction, "Whether a cast is allowed."],
  issubdtype: ["(arg1, arg2)", issubdtype, "Whether a type is below another in the hierarchy."],
  min_scalar_type: ["(a, /)", minScalarType, "The smallest type that holds a scalar."],
  shares_memory: ["(a, b, /, max_work=-1)", sharesMemory, "Whether two arrays share memory."],
  may_share_memory: [
    "(a, b, /, max_work=0)",
    (vm: VM, x: Value, y: Value) => mayOverlap(asArray(vm, x), asArray(vm, y)),
    "Whether the memory ranges of two arrays meet.",
  ],
};
