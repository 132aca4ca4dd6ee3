/** Comparison, search and repetition shared by list and tuple. */
import { overflowError, typeError } from "../builtins/exceptions.ts";
import { compare, type CompareOp, equals, isInstance, toIndex, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { BinarySlot } from "./slots.ts";
import type { PyType } from "./type.ts";
import { NotImplemented, type Value } from "./values.ts";

/** Lexicographic comparison as Python's sequences define it: the first unequal pair decides, else the lengths. */
export function compareSequences(vm: VM, op: CompareOp, a: readonly Value[], b: readonly Value[]): Value {
  if (a.length !== b.length && (op === "eq" || op === "ne")) return op === "ne";
  // lengths are read anew: __eq__ of an item may change a list
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y || equals(vm, x, y)) continue;
    return op === "eq" ? false : op === "ne" ? true : compare(vm, op, x, y);
  }
  return compareLengths(op, a.length, b.length);
}

function compareLengths(op: CompareOp, a: number, b: number): boolean {
  switch (op) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
  }
}

type CompareSlots = Record<CompareOp, BinarySlot>;

/** The six comparison slots of a sequence type whose items `read` gives. */
export function compareSlots(type: () => PyType, read: (v: Value) => readonly Value[]): CompareSlots {
  const slot =
    (op: CompareOp): BinarySlot =>
    (vm, a, b) => {
      if (!isInstance(b, type()) || !isInstance(a, type())) return NotImplemented;
      return compareSequences(vm, op, read(a), read(b));
    };
  return { eq: slot("eq"), ne: slot("ne"), lt: slot("lt"), le: slot("le"), gt: slot("gt"), ge: slot("ge") };
}

/** Index of the first item identical or equal to `v` in [from, to); -1 when there is none. */
export function indexOf(vm: VM, items: readonly Value[], v: Value, from = 0, to = Number.MAX_SAFE_INTEGER): number {
  if (typeof v === "string") {
    // only a str (or something boxed that equals it) can match: primitives of other types are skipped by ===
    for (let i = from; i < items.length && i < to; i++) {
      const x = items[i]!;
      if (x === v || (typeof x === "object" && x !== null && equals(vm, x, v))) return i;
    }
    return -1;
  }
  for (let i = from; i < items.length && i < to; i++) {
    const x = items[i]!;
    if (x === v || equals(vm, x, v)) return i;
  }
  return -1;
}

/** A bound of `index(value, start, stop)`: any index, clamped. */
export function searchBound(vm: VM, v: Value | undefined, missing: number, length: number): number {
  if (v === undefined) return missing;
  if (typeOf(v).slot.index === undefined && typeof v !== "number" && typeof v !== "bigint" && typeof v !== "boolean")
    throw typeError("slice indices must be integers or have an __index__ method");
  const i = toIndex(vm, v);
  if (typeof i === "bigint") return i < 0n ? 0 : Number.MAX_SAFE_INTEGER;
  return i < 0 ? Math.max(0, i + length) : i;
}

/** The factor of `sequence * n`. */
export function repeatCount(vm: VM, n: Value): number {
  if (typeof n === "number") return n;
  if (typeof n !== "boolean" && typeof n !== "bigint" && typeOf(n).slot.index === undefined)
    throw typeError(`can't multiply sequence by non-int of type '${typeName(n)}'`);
  const i = toIndex(vm, n);
  if (typeof i === "bigint") throw overflowError("cannot fit 'int' into an index-sized integer");
  return i;
}

/** Longest array that V8 makes. */
const MAX_LENGTH = 2 ** 32 - 1;

export function repeatItems(items: readonly Value[], n: number, tooLong: () => unknown): Value[] {
  if (n <= 0 || items.length === 0) return [];
  if (items.length * n > MAX_LENGTH) throw tooLong();
  if (items.length === 1) return new Array<Value>(n).fill(items[0]!);
  const out: Value[] = [];
  for (let k = 0; k < n; k++) for (let i = 0; i < items.length; i++) out.push(items[i]!);
  return out;
}
