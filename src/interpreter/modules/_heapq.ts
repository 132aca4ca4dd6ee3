/** Module _heapq: binary heaps on lists, as CPython 3.14 has them (min-heaps and the max-heap functions). Same comparisons in the same order. */
import { indexError, runtimeError, typeError } from "../builtins/exceptions.ts";
import { PyList } from "../objects/list.ts";
import { compare, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

/** Whether a belongs above b. */
type Above = (vm: VM, a: Value, b: Value) => boolean;

const minAbove: Above = (vm, a, b) => (typeof a === "number" && typeof b === "number" ? a < b : truthy(vm, compare(vm, "lt", a, b)));
const maxAbove: Above = (vm, a, b) => minAbove(vm, b, a);

function heapOf(v: Value, fn: string): PyList {
  if (v instanceof PyList) return v;
  throw typeError(`${fn}() argument ${fn.startsWith("heapify") ? "" : "1 "}must be list, not ${typeName(v)}`);
}

function checkSize(list: PyList, size: number): void {
  if (list.items.length !== size) throw runtimeError("list changed size during iteration");
}

/** Moves the item at pos up until its parent is not below it. */
function siftDown(vm: VM, list: PyList, start: number, from: number, above: Above): void {
  const size = list.items.length;
  if (from >= size) throw indexError("index out of range");
  let pos = from;
  const item = list.items[pos]!;
  while (pos > start) {
    const parent = (pos - 1) >> 1;
    const up = list.items[parent]!;
    const move = above(vm, item, up);
    checkSize(list, size);
    if (!move) break;
    list.items[pos] = list.items[parent]!;
    list.items[parent] = item;
    pos = parent;
  }
}

/** Floyd's way: the better child moves up all the way to a leaf, then the item moves up from there. */
function siftUp(vm: VM, list: PyList, from: number, above: Above): void {
  const end = list.items.length;
  if (from >= end) throw indexError("index out of range");
  let pos = from;
  const limit = end >> 1;
  while (pos < limit) {
    let child = 2 * pos + 1;
    if (child + 1 < end) {
      const left = list.items[child]!;
      const right = list.items[child + 1]!;
      const leftFirst = above(vm, left, right);
      checkSize(list, end);
      if (!leftFirst) child++;
    }
    const up = list.items[child]!;
    list.items[child] = list.items[pos]!;
    list.items[pos] = up;
    pos = child;
  }
  siftDown(vm, list, from, pos, above);
}

function rows(suffix: "" | "_max", above: Above): Record<string, NativeRow> {
  const max = suffix === "_max";
  const kind = max ? "max-heap" : "heap";
  return {
    [`heappush${suffix}`]: [
      "(heap, item, /)",
      (vm: VM, heap: Value, item: Value) => {
        const list = heapOf(heap, `heappush${suffix}`);
        list.items.push(item);
        siftDown(vm, list, 0, list.items.length - 1, above);
        return null;
      },
      `Push an item onto a ${kind}.`,
    ],
    [`heappop${suffix}`]: [
      "(heap, /)",
      (vm: VM, heap: Value) => {
        const list = heapOf(heap, `heappop${suffix}`);
        const last = list.items.pop();
        if (last === undefined) throw indexError("index out of range");
        if (list.items.length === 0) return last;
        const top = list.items[0]!;
        list.items[0] = last;
        siftUp(vm, list, 0, above);
        return top;
      },
      `Pop the first item off a ${kind}.`,
    ],
    [`heapreplace${suffix}`]: [
      "(heap, item, /)",
      (vm: VM, heap: Value, item: Value) => {
        const list = heapOf(heap, `heapreplace${suffix}`);
        const top = list.items[0];
        if (top === undefined) throw indexError("index out of range");
        list.items[0] = item;
        siftUp(vm, list, 0, above);
        return top;
      },
      `Pop the first item of a ${kind}, then push another.`,
    ],
    [`heappushpop${suffix}`]: [
      "(heap, item, /)",
      (vm: VM, heap: Value, item: Value) => {
        const list = heapOf(heap, `heappushpop${suffix}`);
        const top = list.items[0];
        if (top === undefined || !above(vm, top, item)) return item;
        if (list.items.length === 0) throw indexError("index out of range");
        const first = list.items[0]!;
        list.items[0] = item;
        siftUp(vm, list, 0, above);
        return first;
      },
      `Push an item onto a ${kind}, then pop the first.`,
    ],
    [`heapify${suffix}`]: [
      "(heap, /)",
      (vm: VM, heap: Value) => {
        const list = heapOf(heap, `heapify${suffix}`);
        for (let i = (list.items.length >> 1) - 1; i >= 0; i--) siftUp(vm, list, i, above);
        return null;
      },
      `Turn a list into a ${kind}, in linear time.`,
    ],
  };
}

export const _heapq: NativeModule = { name: "_heapq", doc: "Heaps on lists.", functions: { ...rows("", minAbove), ...rows("_max", maxAbove) } };
