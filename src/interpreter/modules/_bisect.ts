/** Module _bisect: binary search in sorted sequences. */
import { valueError } from "../builtins/exceptions.ts";
import { sequenceItems } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { listType } from "../objects/list-methods.ts";
import { callMethod, compare, getItem, length, toSsize, truthy } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

type Side = "left" | "right";

function isLess(vm: VM, a: Value, b: Value): boolean {
  return typeof a === "number" && typeof b === "number" ? a < b : truthy(vm, compare(vm, "lt", a, b));
}

function search(vm: VM, side: Side, a: Value, x: Value, loArgument: Value | undefined, hiArgument: Value | undefined, key: Value): number {
  let lo = loArgument === undefined ? 0 : toSsize(vm, loArgument);
  if (lo < 0) throw valueError("lo must be non-negative");
  let hi = hiArgument === undefined || hiArgument === null ? length(vm, a) : toSsize(vm, hiArgument);
  const items = sequenceItems(a);
  while (lo < hi) {
    const mid = Math.floor((lo + hi) / 2);
    const at = items?.[mid] ?? getItem(vm, a, mid);
    const v: Value = key === null ? at : vm.call(key, [at]);
    if (side === "left" ? isLess(vm, v, x) : !isLess(vm, x, v)) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

function bisect(side: Side): NativeRow {
  return [
    "(a, x, lo=0, hi=None, *, key=None)",
    (vm: VM, a: Value, x: Value, lo: Value | undefined, hi: Value | undefined, key: Value | undefined) => search(vm, side, a, x, lo, hi, key ?? null),
    `Where to insert x into the sorted sequence a, to the ${side} of equal items.`,
  ];
}

function insort(side: Side): NativeRow {
  return [
    "(a, x, lo=0, hi=None, *, key=None)",
    (vm: VM, a: Value, x: Value, lo: Value | undefined, hi: Value | undefined, key: Value | undefined) => {
      const k = key ?? null;
      const at = search(vm, side, a, k === null ? x : vm.call(k, [x]), lo, hi, k);
      if (a instanceof PyList && a.cls === listType) a.items.splice(at, 0, x);
      else callMethod(vm, a, "insert", at, x);
      return null;
    },
    `Insert x into the sorted sequence a, to the ${side} of equal items.`,
  ];
}

export const _bisect: NativeModule = {
  name: "_bisect",
  doc: "Binary search in sorted sequences.",
  functions: {
    bisect: bisect("right"),
    bisect_left: bisect("left"),
    bisect_right: bisect("right"),
    insort: insort("right"),
    insort_left: insort("left"),
    insort_right: insort("right"),
  },
};
