/** The assertions of numpy.testing that programs use. Their messages say less than NumPy's. */
import { newException, PyBaseException } from "../../builtins/exceptions.ts";
import { isCallable, repr, truthy } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { type NativeRow, PyType } from "../../objects/type.ts";
import { PyFloat, type Value } from "../../objects/values.ts";
import { asArray } from "./convert.ts";
import { LOGIC } from "./logic.ts";
import type { Optional } from "./args.ts";

type Test = (vm: VM, ...args: Optional[]) => Value;
const arrayEqual = LOGIC.array_equal![1] as unknown as Test;
const allclose = LOGIC.allclose![1] as unknown as Test;

function check(vm: VM, ok: Value, what: string, actual: Value, desired: Value): null {
  if (truthy(vm, ok)) return null;
  throw newException("AssertionError", `\n${what}\n ACTUAL: ${repr(vm, actual)}\n DESIRED: ${repr(vm, desired)}`);
}

function assertEqual(vm: VM, actual: Value, desired: Value): Value {
  return check(vm, arrayEqual(vm, asArray(vm, actual), asArray(vm, desired), true), "Items are not equal:", actual, desired);
}

function assertAllclose(vm: VM, actual: Value, desired: Value, rtol?: Value, atol?: Value, equalNan?: Value): Value {
  const r = rtol ?? new PyFloat(1e-7);
  return check(vm, allclose(vm, actual, desired, r, atol ?? 0, equalNan ?? true), `Not equal to tolerance rtol=${repr(vm, r)}`, actual, desired);
}

function assertAlmostEqual(vm: VM, actual: Value, desired: Value, decimal?: Value): Value {
  const places = typeof decimal === "number" ? decimal : 7;
  const tolerance = new PyFloat(1.5 * 10 ** -places);
  return check(vm, allclose(vm, actual, desired, 0, tolerance, true), `Arrays are not almost equal to ${places} decimals`, actual, desired);
}

function assertRaises(vm: VM, exception: Value, args: Value[]): Value {
  const [fn, ...rest] = args;
  if (fn === undefined || !isCallable(fn)) throw newException("TypeError", "assert_raises needs a callable");
  try {
    vm.call(fn, rest);
  } catch (e) {
    if (e instanceof PyBaseException && exception instanceof PyType && e.cls.isSubtype(exception)) return null;
    throw e;
  }
  throw newException("AssertionError", `${repr(vm, exception)} not raised`);
}

export const TESTING: Record<string, NativeRow> = {
  assert_equal: ["(actual, desired, err_msg='', verbose=True)", assertEqual, "Asserts equality."],
  assert_array_equal: ["(actual, desired, err_msg='', verbose=True)", assertEqual, "Asserts equality of arrays."],
  assert_allclose: ["(actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg='', verbose=True)", assertAllclose, "Asserts equality within a tolerance."],
  assert_almost_equal: ["(actual, desired, decimal=7)", assertAlmostEqual, "Asserts equality to a number of decimals."],
  assert_array_almost_equal: ["(actual, desired, decimal=6)", (vm: VM, a: Value, b: Value, d?: Value) => assertAlmostEqual(vm, a, b, d ?? 6), "Asserts equality to a number of decimals."],
  assert_raises: ["(exception_class, *args)", assertRaises, "Asserts that a call raises."],
};
