/**
 * Direct keys: the JS primitive (or identity) that decides a key's Python equality without running Python code. Used by dict and set.
 * JS Map's SameValueZero gives: strings by content, numbers by value, bigints by value, objects by identity. Ints are safe integers or
 * bigints, so a JS number with a fraction (or infinity) can stand for the float key without ever meeting an int.
 */
import { identityHashed } from "./type.ts";
import { PyFloat, type PyObject, type Value } from "./values.ts";

export type DirectKey = string | number | bigint | null | PyObject;

/** undefined when the key needs `__hash__` and `__eq__`. */
export function directKey(key: Value): DirectKey | undefined {
  switch (typeof key) {
    case "string":
    case "number":
    case "bigint":
      return key;
    case "boolean":
      return key ? 1 : 0;
    default:
      if (key === null) return null;
      if (key.constructor === PyFloat) return floatKey(key as PyFloat);
      return identityHashed(key) ? key : undefined;
  }
}

/** Distinct NaN objects are distinct keys; integral floats share the int's key. */
function floatKey(f: PyFloat): DirectKey {
  const v = f.value;
  if (v !== v) return f;
  return Number.isInteger(v) && !Number.isSafeInteger(v) ? BigInt(v) : v + 0;
}
