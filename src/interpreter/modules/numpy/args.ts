/** Reading Python arguments of NumPy functions: shapes, axes, orders, flags. */
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { PyList } from "../../objects/list.ts";
import { toArray, toIndex, truthy, typeName, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PyTuple, type Value } from "../../objects/values.ts";
import { axisError } from "./errors.ts";
import { MAX_DIMS, PyNdArray } from "./ndarray.ts";
import { asType } from "./assign.ts";
import { BOOL } from "./dtype.ts";
import { maskOf } from "./ufuncs.ts";
import { normalAxis } from "./reduce.ts";

export type Optional = Value | undefined;

/** Whether an optional argument is absent or None. */
export function absent(v: Optional): v is null | undefined {
  return v === undefined || v === null;
}

/** An integer argument as a JS number. */
export function toInteger(vm: VM, v: Value): number {
  if (typeof v === "number") return v;
  const i = toIndex(vm, v);
  if (typeof i === "bigint") throw newException("OverflowError", "Python int too large to convert to C long");
  return i;
}

function isInteger(v: Value): boolean {
  return typeof v === "number" || typeof v === "boolean" || typeof v === "bigint" || typeOf(v).slot.index !== undefined;
}

/** A list of ints given as one int or a sequence. */
export function toInts(vm: VM, v: Value): number[] {
  if (isInteger(v) && !(v instanceof PyNdArray && v.ndim > 0)) return [toInteger(vm, v)];
  if (!(v instanceof PyTuple) && !(v instanceof PyList) && (v === null || typeof v !== "object" || !typeOf(v).slot.iter))
    throw typeError(`expected a sequence of integers or a single integer, got '${typeName(v)}'`);
  return toArray(vm, v).map((x) => toInteger(vm, x));
}

/** A shape argument: non-negative ints. */
export function toShape(vm: VM, v: Value): number[] {
  const dims = toInts(vm, v);
  if (dims.some((d) => d < 0)) throw valueError("negative dimensions are not allowed");
  if (dims.length > MAX_DIMS) throw valueError(`maximum supported dimension for an ndarray is currently ${MAX_DIMS}, found ${dims.length}`);
  return dims;
}

/** `*shape` of methods: separate ints or one sequence. */
export function shapeArguments(args: readonly Value[]): Value {
  return args.length === 1 ? args[0]! : new PyTuple([...args]);
}

/** One axis; undefined when absent or None. */
export function toAxis(vm: VM, v: Optional, ndim: number): number | undefined {
  return absent(v) ? undefined : normalAxis(toInteger(vm, v), ndim);
}

/** Axes of a reduction: undefined means all. */
export function toAxes(vm: VM, v: Optional, ndim: number): number[] | undefined {
  if (absent(v)) return undefined;
  const axes = axisList(vm, v).map((a) => normalAxis(a, ndim));
  if (new Set(axes).size !== axes.length) throw valueError("duplicate value in 'axis'");
  return axes;
}

function axisList(vm: VM, v: Value): number[] {
  return v instanceof PyTuple || v instanceof PyList ? v.items.map((x) => toInteger(vm, x)) : [toInteger(vm, v)];
}

/** An axis of a result that has one more dimension. */
export function insertAxis(axis: number, ndim: number): number {
  if (axis < -ndim || axis >= ndim) throw axisError(axis, ndim);
  return axis < 0 ? axis + ndim : axis;
}

export function flag(vm: VM, v: Optional, fallback = false): boolean {
  return v === undefined ? fallback : truthy(vm, v);
}

export function outOf(v: Optional): PyNdArray | undefined {
  if (absent(v)) return undefined;
  const one = v instanceof PyTuple && v.items.length === 1 ? v.items[0]! : v;
  if (!(one instanceof PyNdArray)) throw typeError("return arrays must be of ArrayType");
  return one;
}

/** A where= argument; undefined when it selects everything. */
export function whereOf(vm: VM, v: Optional): PyNdArray | undefined {
  return v === undefined || v === true ? undefined : asType(vm, maskOf(vm, v), BOOL);
}
