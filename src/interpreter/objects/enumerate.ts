/** enumerate and reversed. */
import { isInstanceOf, typeError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { add } from "./int-arith.ts";
import { reduceIterator } from "./iterators.ts";
import { getIter, getItem, length, lookupSpecial, toIndex, toSsize, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { PyAttrObject, type PyInt, PyTuple, type Value } from "./values.ts";

export class PyEnumerate extends PyAttrObject {
  readonly iterator: Value;
  readonly next: (vm: VM, it: Value) => Value | undefined;
  index: PyInt;
  constructor(iterator: Value, index: PyInt) {
    super();
    this.iterator = iterator;
    this.next = typeOf(iterator).slot.iternext!;
    this.index = index;
  }
}

function newEnumerate(vm: VM, cls: PyType, iterable: Value | undefined, start: Value | undefined): Value {
  // worded without the position that other functions give
  if (iterable === undefined) throw typeError("enumerate() missing required argument 'iterable'");
  const e = new PyEnumerate(getIter(vm, iterable), start === undefined ? 0 : toIndex(vm, start));
  if (cls !== enumerateType) e.cls = cls;
  return e;
}

export const enumerateType: PyType = defineType({
  name: "enumerate",
  js: PyEnumerate,
  doc: "Yields (index, item) for the items of an iterable.",
  new: ["(iterable=<unrepresentable>, start=0)", newEnumerate],
  slots: {
    iter: (_vm, it) => it,
    iternext: (vm, o) => {
      const e = o as PyEnumerate;
      const v = e.next(vm, e.iterator);
      if (v === undefined) return undefined;
      const i = e.index;
      e.index = typeof i === "number" && i < Number.MAX_SAFE_INTEGER ? i + 1 : add(i, 1);
      return new PyTuple([i, v]);
    },
  },
  methods: { __reduce__: ["($self, /)", (_vm: VM, e: PyEnumerate) => new PyTuple([e.cls, new PyTuple([e.iterator, e.index])])] },
  classMethods: { __class_getitem__: CLASS_GETITEM },
});

/** reversed() of something that only has `__len__` and `__getitem__`. */
export class PyReversed extends PyAttrObject {
  sequence: Value | undefined;
  index: number;
  constructor(sequence: Value, index: number) {
    super();
    this.sequence = sequence;
    this.index = index;
  }
}

/** reversed(v) */
export function reversedOf(vm: VM, v: Value, cls: PyType = reversedType): Value {
  const method = typeOf(v).lookup("__reversed__");
  if (method === null) throw typeError(`'${typeName(v)}' object is not reversible`);
  if (method !== undefined) return vm.call(lookupSpecial(vm, v, "__reversed__")!, []);
  const s = typeOf(v).slot;
  if (!s.getitem || !s.len) throw typeError(`'${typeName(v)}' object is not reversible`);
  const r = new PyReversed(v, length(vm, v) - 1);
  if (cls !== reversedType) r.cls = cls;
  return r;
}

export const reversedType: PyType = defineType({
  name: "reversed",
  js: PyReversed,
  doc: "Yields the items of a sequence from the last to the first.",
  new: ["(object, /)", (vm: VM, cls: PyType, v: Value) => reversedOf(vm, v, cls)],
  slots: {
    iter: (_vm, it) => it,
    iternext: (vm, o) => {
      const r = o as PyReversed;
      if (r.sequence === undefined || r.index < 0) return undefined;
      return reversedItem(vm, r, r.sequence);
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, r: PyReversed) => (r.sequence === undefined ? 0 : r.index + 1)],
    __reduce__: ["($self, /)", (vm: VM, r: PyReversed) => (r.sequence === undefined ? reduceIterator(vm, "reversed", undefined) : new PyTuple([r.cls, new PyTuple([r.sequence]), r.index]))],
    __setstate__: ["($self, object, /)", (vm: VM, r: PyReversed, state: Value) => ((r.index = toSsize(vm, state)), null)],
  },
});

function reversedItem(vm: VM, r: PyReversed, sequence: Value): Value | undefined {
  try {
    return getItem(vm, sequence, r.index--);
  } catch (e) {
    if (!isInstanceOf(e, "IndexError") && !isInstanceOf(e, "StopIteration")) throw e;
    r.sequence = undefined;
    return undefined;
  }
}
