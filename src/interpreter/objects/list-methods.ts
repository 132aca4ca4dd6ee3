/** list: the type (slots, methods). Representation in list.ts, sorting in sort.ts. */
import { indexError, newException, typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { collect, PyListIterator, PyListReverseIterator, readItems, sequenceItems } from "./iterators.ts";
import { PyList } from "./list.ts";
import { forEach, repr, toIndex, toSsize, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { compareSlots, indexOf, repeatCount, repeatItems, searchBound } from "./sequence-compare.ts";
import { badSubscript, isIndex, position, PySlice, sliceArray, type SliceRange, sliceRange } from "./slice.ts";
import { sortItems } from "./sort.ts";
import { defineType, type PyType } from "./type.ts";
import type { Value } from "./values.ts";

const items = (v: Value): Value[] => (v as PyList).items;

/** Appends everything that `iterable` yields. Safe for `a.extend(a)`. */
export function extendList(vm: VM, list: PyList, iterable: Value): void {
  const more = sequenceItems(iterable);
  if (more === undefined) {
    forEach(vm, iterable, (v) => void list.items.push(v));
    return;
  }
  const target = list.items;
  if (target.length === 0) list.items = more.slice();
  else for (let i = 0, n = more.length; i < n; i++) target.push(more[i]!);
}

function getItem(vm: VM, self: Value, key: Value): Value {
  const a = items(self);
  if (typeof key === "number") {
    const v = a[key < 0 ? key + a.length : key];
    if (v === undefined) throw indexError("list index out of range");
    return v;
  }
  if (key instanceof PySlice) return new PyList(sliceArray(a, sliceRange(vm, key, a.length)));
  if (!isIndex(key)) throw badSubscript("list", key);
  const i = position(toIndex(vm, key), a.length);
  if (i < 0) throw indexError("list index out of range");
  return a[i]!;
}

function assignIndex(vm: VM, list: PyList, key: Value): number {
  if (!isIndex(key)) throw badSubscript("list", key);
  const index = toIndex(vm, key);
  const i = position(index, list.items.length);
  if (i < 0) throw indexError("list assignment index out of range");
  return i;
}

function setItem(vm: VM, self: Value, key: Value, value: Value): void {
  const list = self as PyList;
  if (key instanceof PySlice) assignSlice(vm, list, key, value);
  else list.items[assignIndex(vm, list, key)] = value;
}

function assignSlice(vm: VM, list: PyList, key: PySlice, value: Value): void {
  const given = value === list ? list.items.slice() : readItems(vm, value, "must assign iterable to extended slice");
  const r = sliceRange(vm, key, list.items.length);
  if (r.step === 1) {
    spliceItems(list, r.start, r.count, given);
    return;
  }
  if (given.length !== r.count) throw valueError(`attempt to assign sequence of size ${given.length} to extended slice of size ${r.count}`);
  const copy = given.slice();
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) list.items[i] = copy[k]!;
}

/** Array.prototype.splice without its limit on the number of arguments. */
function spliceItems(list: PyList, start: number, count: number, given: readonly Value[]): void {
  if (given.length < 10_000) list.items.splice(start, count, ...given);
  else list.items = list.items.slice(0, start).concat(given, list.items.slice(start + count));
}

function deleteItem(vm: VM, self: Value, key: Value): void {
  const list = self as PyList;
  if (key instanceof PySlice) deleteSlice(list, sliceRange(vm, key, list.items.length));
  else removeAt(list.items, assignIndex(vm, list, key));
}

function deleteSlice(list: PyList, r: SliceRange): void {
  if (r.step === 1) list.items.splice(r.start, r.count);
  else if (r.count > 0) {
    const step = Math.abs(r.step);
    const first = r.step > 0 ? r.start : r.start + r.step * (r.count - 1);
    const last = first + step * (r.count - 1);
    list.items = list.items.filter((_, i) => i < first || i > last || (i - first) % step !== 0);
  }
}

/** Removes one item; the ends are cheap. */
function removeAt(a: Value[], i: number): Value {
  if (i === a.length - 1) return a.pop()!;
  if (i === 0) return a.shift()!;
  return a.splice(i, 1)[0]!;
}

function listRepr(vm: VM, self: Value): string {
  if (items(self).length === 0) return "[]";
  if (!vm.reprEnter(self)) return "[...]";
  vm.enterRecursive(" while getting the repr of an object");
  try {
    const parts: string[] = [];
    // the length is read anew: a __repr__ may change the list
    for (let i = 0; i < items(self).length; i++) parts.push(repr(vm, items(self)[i]!));
    return `[${parts.join(", ")}]`;
  } finally {
    vm.leaveRecursive();
    vm.reprLeave(self);
  }
}

function pop(vm: VM, list: PyList, index: Value | undefined): Value {
  const a = list.items;
  if (index === undefined || index === -1) {
    const v = a.pop();
    if (v === undefined) throw indexError("pop from empty list");
    return v;
  }
  const at = toSsize(vm, index);
  if (a.length === 0) throw indexError("pop from empty list");
  const i = position(at, a.length);
  if (i < 0) throw indexError("pop index out of range");
  return removeAt(a, i);
}

function insert(vm: VM, list: PyList, index: Value, v: Value): Value {
  const a = list.items;
  const i = toSsize(vm, index);
  const at = i < 0 ? Math.max(0, i + a.length) : Math.min(i, a.length);
  if (at === a.length) a.push(v);
  else if (at === 0) a.unshift(v);
  else a.splice(at, 0, v);
  return null;
}

function remove(vm: VM, list: PyList, v: Value): Value {
  const i = indexOf(vm, list.items, v);
  if (i < 0) throw valueError("list.remove(x): x not in list");
  removeAt(list.items, i);
  return null;
}

function index(vm: VM, list: PyList, v: Value, start: Value | undefined, stop: Value | undefined): Value {
  const n = list.items.length;
  const i = indexOf(vm, list.items, v, searchBound(vm, start, 0, n), searchBound(vm, stop, Number.MAX_SAFE_INTEGER, n));
  if (i < 0) throw valueError("list.index(x): x not in list");
  return i;
}

function count(vm: VM, list: PyList, v: Value): Value {
  let n = 0;
  for (let i = indexOf(vm, list.items, v); i >= 0; i = indexOf(vm, list.items, v, i + 1)) n++;
  return n;
}

function sort(vm: VM, list: PyList, key: Value | undefined, reverse: Value | undefined): Value {
  const work = list.items;
  const empty: Value[] = [];
  list.items = empty;
  let touched = false;
  try {
    sortItems(vm, work, key ?? null, reverse);
  } finally {
    touched = list.items !== empty || empty.length > 0;
    list.items = work;
  }
  if (touched) throw valueError("list modified during sort");
  return null;
}

function concatenate(_vm: VM, self: Value, other: Value): Value {
  if (!(other instanceof PyList)) throw typeError(`can only concatenate list (not "${typeName(other)}") to list`);
  return new PyList(items(self).concat(other.items));
}

const memoryError = () => newException("MemoryError");

function repeat(vm: VM, self: Value, n: Value): Value {
  return new PyList(repeatItems(items(self), repeatCount(vm, n), memoryError));
}

function newList(_vm: VM, cls: PyType): Value {
  const list = new PyList([]);
  if (cls !== listType) list.cls = cls;
  return list;
}

export const listType: PyType = defineType({
  name: "list",
  js: PyList,
  doc: "Built-in mutable sequence.",
  slots: {
    new: newList,
    repr: listRepr,
    hash: null,
    ...compareSlots(() => listType, items),
    iter: (_vm, self) => new PyListIterator(self as PyList),
    len: (_vm, self) => items(self).length,
    contains: (vm, self, v) => indexOf(vm, items(self), v) >= 0,
    getitem: getItem,
    setitem: setItem,
    delitem: deleteItem,
    add: concatenate,
    iadd: (vm, self, other) => {
      extendList(vm, self as PyList, other);
      return self;
    },
    mul: repeat,
    rmul: repeat,
    imul: (vm, self, n) => {
      const list = self as PyList;
      list.items = repeatItems(list.items, repeatCount(vm, n), memoryError);
      return self;
    },
  },
  init: [
    "($self, iterable=(), /)",
    (vm: VM, list: PyList, iterable: Value | undefined) => {
      if (list.items.length) list.items = [];
      if (iterable !== undefined) extendList(vm, list, iterable);
      return null;
    },
  ],
  methods: {
    append: ["($self, object, /)", (_vm: VM, list: PyList, v: Value) => (list.items.push(v), null), "Add an object at the end."],
    clear: ["($self, /)", (_vm: VM, list: PyList) => ((list.items = []), null), "Remove all items."],
    copy: ["($self, /)", (_vm: VM, list: PyList) => new PyList(list.items.slice()), "A new list with the same items."],
    count: ["($self, value, /)", count, "How many items equal the value."],
    extend: ["($self, iterable, /)", (vm: VM, list: PyList, it: Value) => (extendList(vm, list, it), null), "Add what the iterable yields."],
    index: ["($self, value, start=0, stop=sys.maxsize, /)", index, "First position of the value; ValueError when absent."],
    insert: ["($self, index, object, /)", insert, "Put an object before the index."],
    pop: ["($self, index=-1, /)", pop, "Remove and return the item at the index."],
    remove: ["($self, value, /)", remove, "Remove the first item equal to the value; ValueError when absent."],
    reverse: ["($self, /)", (_vm: VM, list: PyList) => (list.items.reverse(), null), "Reverse the order in place."],
    sort: ["($self, /, *, key=None, reverse=False)", sort, "Sort in place; equal items keep their order."],
    __reversed__: ["($self, /)", (_vm: VM, list: PyList) => new PyListReverseIterator(list)],
    __sizeof__: ["($self, /)", (_vm: VM, list: PyList) => 40 + 8 * list.items.length],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
});

/** A list of what an iterable yields. */
export function newListFrom(vm: VM, iterable: Value): PyList {
  return new PyList(collect(vm, iterable));
}

