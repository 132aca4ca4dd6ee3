/** Elementwise operations on arrays of Python objects: every element goes through Python's own operators. */
import { typeError } from "../../builtins/exceptions.ts";
import { type BinaryOp, binary, type CompareOp, callMethod, compare, lookupAttr, truthy, typeName, typeOf, unary } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";
import { assign, objectArray, plainValues } from "./assign.ts";
import { fromScalar } from "./convert.ts";
import { BOOL, OBJECT } from "./dtype.ts";
import { broadcastShapes, broadcastStrides, mismatch, newArray, type PyNdArray, viewOf } from "./ndarray.ts";
import type { Operand } from "./resolve.ts";

const BINARY: Readonly<Record<string, BinaryOp>> = {
  add: "add", subtract: "sub", multiply: "mul", divide: "truediv", floor_divide: "floordiv", remainder: "mod", power: "pow", bitwise_and: "and",
  bitwise_or: "or", bitwise_xor: "xor", left_shift: "lshift", right_shift: "rshift",
};
const COMPARE: Readonly<Record<string, CompareOp>> = { equal: "eq", not_equal: "ne", less: "lt", less_equal: "le", greater: "gt", greater_equal: "ge" };

type Function2 = (a: Value, b: Value) => Value;

function binaryFunction(vm: VM, name: string): Function2 | undefined {
  const op = BINARY[name];
  if (op) return (a, b) => binary(vm, op, a, b);
  const comparison = COMPARE[name];
  if (comparison) return (a, b) => truthy(vm, compare(vm, comparison, a, b));
  switch (name) {
    case "maximum":
    case "fmax":
      return (a, b) => (truthy(vm, compare(vm, "ge", a, b)) ? a : b);
    case "minimum":
    case "fmin":
      return (a, b) => (truthy(vm, compare(vm, "le", a, b)) ? a : b);
    case "logical_and":
      return (a, b) => (truthy(vm, a) ? b : a);
    case "logical_or":
      return (a, b) => (truthy(vm, a) ? a : b);
  }
  return undefined;
}

function unaryFunction(vm: VM, name: string): (a: Value) => Value {
  switch (name) {
    case "negative":
      return (a) => unary(vm, "neg", a);
    case "positive":
      return (a) => unary(vm, "pos", a);
    case "invert":
      return (a) => unary(vm, "invert", a);
    case "absolute":
      return (a) => typeOf(a).slot.abs!(vm, a);
    case "logical_not":
      return (a) => !truthy(vm, a);
    case "square":
      return (a) => binary(vm, "mul", a, a);
  }
  return (a) => {
    if (lookupAttr(vm, a, name) === undefined)
      throw typeError(`loop of ufunc does not support argument 0 of type ${typeName(a)} which has no callable ${name} method`);
    return callMethod(vm, a, name);
  };
}

/** The elementwise loop over objects. Comparisons give bool arrays. */
export function objectLoop(vm: VM, name: string, nin: number, operands: readonly Operand[], out: PyNdArray | undefined): PyNdArray {
  const arrays = operands.map((o) => o.array ?? fromScalar(vm, o.value, OBJECT));
  const shapes = arrays.map((a) => a.dims);
  const shape = broadcastShapes(shapes);
  if (shape === undefined) throw mismatch(shapes);
  const columns = arrays.map((a) => plainValues(viewOf(a, shape, broadcastStrides(a, shape)!)));
  const results = nin === 1 ? columns[0]!.map(unaryFunction(vm, name)) : pairs(vm, name, columns[0]!, columns[1]!);
  const made = objectArray(OBJECT, shape, results);
  const boolean = COMPARE[name] !== undefined || name === "logical_not";
  if (!out && !boolean) return made;
  const target = out ?? newArray(BOOL, shape);
  assign(vm, target, made);
  return target;
}

function pairs(vm: VM, name: string, a: readonly Value[], b: readonly Value[]): Value[] {
  const f = binaryFunction(vm, name);
  if (!f) throw typeError(`ufunc '${name}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''`);
  return a.map((x, i) => f(x, b[i]!));
}
