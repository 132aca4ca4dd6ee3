/** tuple: the type. Subclasses written in Python (named tuples among them) are PyTuple objects with their own class. */
import { indexError, newException, typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { collect, PyTupleIterator } from "./iterators.ts";
import { hash, repr, toIndex, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { compareSlots, indexOf, repeatCount, repeatItems, searchBound } from "./sequence-compare.ts";
import { badSubscript, isIndex, position, PySlice, sliceArray, sliceRange } from "./slice.ts";
import { tupleHashOf } from "./tuple-hash.ts";
import { defineType, type PyType } from "./type.ts";
import { PyTuple, type Value } from "./values.ts";

export const EMPTY_TUPLE: PyTuple = new PyTuple([]);

const items = (v: Value): readonly Value[] => (v as PyTuple).items;

/** tuple(array); the empty tuple is one object. */
export function tupleOf(values: readonly Value[]): PyTuple {
  return values.length === 0 ? EMPTY_TUPLE : new PyTuple(values);
}

function getItem(vm: VM, self: Value, key: Value): Value {
  const a = items(self);
  if (typeof key === "number") {
    const v = a[key < 0 ? key + a.length : key];
    if (v === undefined) throw indexError("tuple index out of range");
    return v;
  }
  if (key instanceof PySlice) {
    const r = sliceRange(vm, key, a.length);
    return r.count === a.length && r.step === 1 && self instanceof PyTuple && self.cls === tupleType ? self : tupleOf(sliceArray(a, r));
  }
  if (!isIndex(key)) throw badSubscript("tuple", key);
  const i = position(toIndex(vm, key), a.length);
  if (i < 0) throw indexError("tuple index out of range");
  return a[i]!;
}

function tupleRepr(vm: VM, self: Value): string {
  const a = items(self);
  if (a.length === 0) return "()";
  if (!vm.reprEnter(self)) return "(...)";
  vm.enterRecursive(" while getting the repr of an object");
  try {
    return a.length === 1 ? `(${repr(vm, a[0]!)},)` : `(${a.map((v) => repr(vm, v)).join(", ")})`;
  } finally {
    vm.leaveRecursive();
    vm.reprLeave(self);
  }
}

function newTuple(vm: VM, cls: PyType, iterable: Value | undefined): Value {
  if (cls === tupleType) {
    if (iterable === undefined) return EMPTY_TUPLE;
    if (iterable instanceof PyTuple && iterable.cls === tupleType) return iterable;
    return tupleOf(collect(vm, iterable));
  }
  const t = new PyTuple(iterable === undefined ? [] : collect(vm, iterable));
  t.cls = cls;
  return t;
}

function concatenate(_vm: VM, self: Value, other: Value): Value {
  if (!(other instanceof PyTuple)) throw typeError(`can only concatenate tuple (not "${typeName(other)}") to tuple`);
  if (other.items.length === 0 && (self as PyTuple).cls === tupleType) return self;
  if (items(self).length === 0 && other.cls === tupleType) return other;
  return new PyTuple(items(self).concat(other.items));
}

function repeat(vm: VM, self: Value, n: Value): Value {
  return tupleOf(repeatItems(items(self), repeatCount(vm, n), () => newException("MemoryError")));
}

function index(vm: VM, t: PyTuple, v: Value, start: Value | undefined, stop: Value | undefined): Value {
  const n = t.items.length;
  const i = indexOf(vm, t.items, v, searchBound(vm, start, 0, n), searchBound(vm, stop, Number.MAX_SAFE_INTEGER, n));
  if (i < 0) throw valueError("tuple.index(x): x not in tuple");
  return i;
}

function count(vm: VM, t: PyTuple, v: Value): Value {
  let n = 0;
  for (let i = indexOf(vm, t.items, v); i >= 0; i = indexOf(vm, t.items, v, i + 1)) n++;
  return n;
}

export const tupleType: PyType = defineType({
  name: "tuple",
  js: PyTuple,
  doc: "A sequence that never changes.",
  new: ["(iterable=(), /)", newTuple],
  slots: {
    repr: tupleRepr,
    ...compareSlots(() => tupleType, items),
    hash: (vm, self) => {
      vm.enterRecursive("");
      try {
        return tupleHashOf(items(self).map((v) => hash(vm, v)));
      } finally {
        vm.leaveRecursive();
      }
    },
    iter: (_vm, self) => new PyTupleIterator(self as PyTuple),
    len: (_vm, self) => items(self).length,
    contains: (vm, self, v) => indexOf(vm, items(self), v) >= 0,
    getitem: getItem,
    add: concatenate,
    mul: repeat,
    rmul: repeat,
  },
  methods: {
    count: ["($self, value, /)", count, "How many items equal the value."],
    index: ["($self, value, start=0, stop=sys.maxsize, /)", index, "First position of the value; ValueError when absent."],
    __getnewargs__: ["($self, /)", (_vm: VM, t: PyTuple) => new PyTuple([new PyTuple(t.items)])],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
});
