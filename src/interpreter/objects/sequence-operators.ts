/**
 * `+` and `*` of sequences as CPython dispatches them: concatenation and repetition come after the other operand's numeric methods, and raise
 * TypeErrors of their own when nobody understands the pair.
 */
import { newException, overflowError, typeError } from "../builtins/exceptions.ts";
import { toIndex, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { NotImplemented, type Value } from "./values.ts";

/** Longest sequence in items or characters (V8's longest string is 2^29 - 24 units). */
const MAX_LENGTH = 2 ** 29 - 24;

/** a + b when b is no sequence of a's kind: b's __radd__, else TypeError. */
export function concatFallback(
  vm: VM,
  a: Value,
  b: Value,
  message = `can only concatenate ${typeName(a)} (not "${typeName(b)}") to ${typeName(a)}`,
): Value {
  const radd = typeOf(b).slot.radd;
  const r = radd ? radd(vm, b, a) : NotImplemented;
  if (r !== NotImplemented) return r;
  throw typeError(message);
}

/** The count of a repetition (at least 0); undefined when `n` is no index. */
export function repeatCount(vm: VM, n: Value, length: number): number | undefined {
  if (typeof n !== "number" && typeof n !== "bigint" && typeof n !== "boolean" && typeOf(n).slot.index === undefined) return undefined;
  const count = toIndex(vm, n);
  if (typeof count === "bigint") throw overflowError("cannot fit 'int' into an index-sized integer");
  if (count > 0 && count * length > MAX_LENGTH) throw newException("MemoryError");
  return Math.max(0, count);
}

/** sequence * n when n is no index: n's __rmul__ (unless n is a sequence too, where both directions are one function), else TypeError. */
export function repeatFallback(vm: VM, sequence: Value, n: Value): Value {
  const { mul, rmul } = typeOf(n).slot;
  const r = rmul && rmul !== mul ? rmul(vm, n, sequence) : NotImplemented;
  if (r !== NotImplemented) return r;
  throw typeError(`can't multiply sequence by non-int of type '${typeName(n)}'`);
}
