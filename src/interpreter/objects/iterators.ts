/**
 * Iterators over lists, tuples and anything with `__getitem__`, the callable iterator, and quick ways to read a whole iterable.
 * An exhausted iterator drops its source, so it stays exhausted.
 */
import { isInstanceOf, typeError } from "../builtins/exceptions.ts";
import { PyList } from "./list.ts";
import { equals, forEach, getIter, getItem, installSequenceIterator, length, toSsize, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { PyObject, PyTuple, type Value } from "./values.ts";

export class PyListIterator extends PyObject {
  list: PyList | undefined;
  index = 0;
  constructor(list: PyList) {
    super();
    this.list = list;
  }
}

export class PyListReverseIterator extends PyObject {
  list: PyList | undefined;
  index: number;
  constructor(list: PyList) {
    super();
    this.list = list;
    this.index = list.items.length - 1;
  }
}

export class PyTupleIterator extends PyObject {
  tuple: PyTuple | undefined;
  index = 0;
  constructor(tuple: PyTuple) {
    super();
    this.tuple = tuple;
  }
}

/** Iterator over `__getitem__` with 0, 1, 2 … until IndexError. */
export class PySequenceIterator extends PyObject {
  sequence: Value | undefined;
  index = 0;
  constructor(sequence: Value) {
    super();
    this.sequence = sequence;
  }
}

/** iter(callable, sentinel) */
export class PyCallableIterator extends PyObject {
  callable: Value | undefined;
  readonly sentinel: Value;
  constructor(callable: Value, sentinel: Value) {
    super();
    this.callable = callable;
    this.sentinel = sentinel;
  }
}

/** What `__reduce__` of an iterator gives: rebuild with the builtin `maker` over `source`, then set the index. */
export function reduceIterator(vm: VM, maker: "iter" | "reversed", source: Value | undefined, index?: number): Value {
  const fn = vm.builtins.getStr(maker)!;
  if (source === undefined) return new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([new PyTuple([])])]);
  return new PyTuple(index === undefined ? [fn, new PyTuple([source])] : [fn, new PyTuple([source]), index]);
}

const self = (_vm: VM, it: Value): Value => it;

export const listIteratorType: PyType = defineType({
  name: "list_iterator",
  js: PyListIterator,
  subclassable: false,
  slots: {
    iter: self,
    iternext: (_vm, o) => {
      const it = o as PyListIterator;
      const list = it.list;
      if (list === undefined) return undefined;
      const v = list.items[it.index];
      if (v === undefined) it.list = undefined;
      else it.index++;
      return v;
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyListIterator) => (it.list ? Math.max(0, it.list.items.length - it.index) : 0)],
    __reduce__: ["($self, /)", (vm: VM, it: PyListIterator) => reduceIterator(vm, "iter", it.list, it.index)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PyListIterator, state: Value) => {
        if (it.list) it.index = Math.max(0, Math.min(toSsize(vm, state), it.list.items.length));
        return null;
      },
    ],
  },
});

export const listReverseIteratorType: PyType = defineType({
  name: "list_reverseiterator",
  js: PyListReverseIterator,
  subclassable: false,
  slots: {
    iter: self,
    iternext: (_vm, o) => {
      const it = o as PyListReverseIterator;
      if (it.list === undefined) return undefined;
      const v = it.index >= 0 ? it.list.items[it.index] : undefined;
      if (v === undefined) it.list = undefined;
      else it.index--;
      return v;
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyListReverseIterator) => (it.list && it.index < it.list.items.length ? it.index + 1 : 0)],
    __reduce__: ["($self, /)", (vm: VM, it: PyListReverseIterator) => reduceIterator(vm, "reversed", it.list, it.index)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PyListReverseIterator, state: Value) => {
        if (it.list) it.index = Math.max(-1, Math.min(toSsize(vm, state), it.list.items.length - 1));
        return null;
      },
    ],
  },
});

export const tupleIteratorType: PyType = defineType({
  name: "tuple_iterator",
  js: PyTupleIterator,
  subclassable: false,
  slots: {
    iter: self,
    iternext: (_vm, o) => {
      const it = o as PyTupleIterator;
      if (it.tuple === undefined) return undefined;
      const v = it.tuple.items[it.index];
      if (v === undefined) it.tuple = undefined;
      else it.index++;
      return v;
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyTupleIterator) => (it.tuple ? it.tuple.items.length - it.index : 0)],
    __reduce__: ["($self, /)", (vm: VM, it: PyTupleIterator) => reduceIterator(vm, "iter", it.tuple, it.index)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PyTupleIterator, state: Value) => {
        if (it.tuple) it.index = Math.max(0, Math.min(toSsize(vm, state), it.tuple.items.length));
        return null;
      },
    ],
  },
});

export const sequenceIteratorType: PyType = defineType({
  name: "iterator",
  js: PySequenceIterator,
  subclassable: false,
  slots: {
    iter: self,
    iternext: (vm, o) => {
      const it = o as PySequenceIterator;
      if (it.sequence === undefined) return undefined;
      try {
        return getItem(vm, it.sequence, it.index++);
      } catch (e) {
        if (!isInstanceOf(e, "IndexError") && !isInstanceOf(e, "StopIteration")) throw e;
        it.sequence = undefined;
        return undefined;
      }
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (vm: VM, it: PySequenceIterator) => (it.sequence === undefined ? 0 : Math.max(0, length(vm, it.sequence) - it.index))],
    __reduce__: ["($self, /)", (vm: VM, it: PySequenceIterator) => reduceIterator(vm, "iter", it.sequence, it.index)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PySequenceIterator, state: Value) => {
        it.index = Math.max(0, toSsize(vm, state));
        return null;
      },
    ],
  },
});

export const callableIteratorType: PyType = defineType({
  name: "callable_iterator",
  js: PyCallableIterator,
  subclassable: false,
  slots: {
    iter: self,
    iternext: (vm, o) => {
      const it = o as PyCallableIterator;
      if (it.callable === undefined) return undefined;
      let v: Value;
      try {
        v = vm.call(it.callable, []);
      } catch (e) {
        if (!isInstanceOf(e, "StopIteration")) throw e;
        it.callable = undefined;
        return undefined;
      }
      if (!equals(vm, it.sentinel, v)) return v;
      it.callable = undefined;
      return undefined;
    },
  },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, it: PyCallableIterator) => {
        if (it.callable === undefined) return reduceIterator(vm, "iter", undefined);
        return new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([it.callable, it.sentinel])]);
      },
    ],
  },
});

installSequenceIterator((v) => new PySequenceIterator(v));

/** The items of a list or tuple that iterates as the built-in does, without copying; undefined for anything else. */
export function sequenceItems(v: Value): readonly Value[] | undefined {
  if (v instanceof PyList) return v.cls === PyList.prototype.cls || v.cls.slots_.iter === PyList.prototype.cls.slots_.iter ? v.items : undefined;
  if (v instanceof PyTuple) return v.cls === PyTuple.prototype.cls || v.cls.slots_.iter === PyTuple.prototype.cls.slots_.iter ? v.items : undefined;
  return undefined;
}

/** list(iterable) as a fresh JS array. */
export function collect(vm: VM, iterable: Value): Value[] {
  const items = sequenceItems(iterable);
  if (items) return items.slice();
  const out: Value[] = [];
  forEach(vm, iterable, (v) => void out.push(v));
  return out;
}

/** PySequence_Fast: the items, to be read only and before anything else runs; `message` replaces the TypeError of a non-iterable. */
export function readItems(vm: VM, iterable: Value, message?: string): readonly Value[] {
  const items = sequenceItems(iterable);
  if (items) return items;
  if (message === undefined) return collect(vm, iterable);
  const s = typeOf(iterable).slot;
  if (!s.iter && !s.getitem) throw typeError(message);
  return collect(vm, getIter(vm, iterable));
}
