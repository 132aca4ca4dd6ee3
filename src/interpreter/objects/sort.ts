/** list.sort and sorted(): keys once, then the primitive sorts where JavaScript can decide the order, else timsort over `<`. */
import { compare, truthy } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { primitiveOrder, sortStrings } from "./sort-primitive.ts";
import { timsort } from "./timsort.ts";
import type { Value } from "./values.ts";

/** Sorts the array in place. A comparison that raises leaves it as it was. */
export function sortItems(vm: VM, items: Value[], key: Value, reverse: Value | undefined): void {
  const descending = reverse !== undefined && truthy(vm, reverse);
  if (key === null) {
    if (items.length > 1 && !sortPlain(items, descending)) permute(items, orderOf(vm, items, descending));
    return;
  }
  const keys = items.map((v) => vm.call(key, [v]));
  if (items.length > 1) permute(items, orderOf(vm, keys, descending));
}

/** Ints and strs: equal ones are indistinguishable, so stability and identity do not matter. */
function sortPlain(items: Value[], descending: boolean): boolean {
  const kind = typeof items[0];
  if (kind !== "number" && kind !== "string") return false;
  for (let i = 1; i < items.length; i++) if (typeof items[i] !== kind) return false;
  if (kind === "string") sortStrings(items as string[]);
  else {
    const sorted = Float64Array.from(items as number[]).sort();
    for (let i = 0; i < sorted.length; i++) items[i] = sorted[i]!;
  }
  if (descending) items.reverse();
  return true;
}

/** Stable order of the keys. Descending order keeps equal keys in place too: reverse, sort, reverse. */
function orderOf(vm: VM, keys: readonly Value[], descending: boolean): Uint32Array {
  const given = descending ? keys.slice().reverse() : keys;
  const order = primitiveOrder(given) ?? timsort(given.length, (a, b) => isLess(vm, given[a]!, given[b]!));
  if (!descending) return order;
  const last = keys.length - 1;
  return order.map((i) => last - i).reverse();
}

function isLess(vm: VM, a: Value, b: Value): boolean {
  const r = compare(vm, "lt", a, b);
  return typeof r === "boolean" ? r : truthy(vm, r);
}

function permute(items: Value[], order: Uint32Array): void {
  const before = items.slice();
  for (let i = 0; i < before.length; i++) items[i] = before[order[i]!]!;
}
