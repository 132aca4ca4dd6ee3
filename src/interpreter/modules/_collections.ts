/** Module _collections: deque, defaultdict, OrderedDict, what Counter and namedtuple use. */
import { attributeErrorText, type PyBaseException, typeError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { dictType } from "../objects/dict-type.ts";
import { add } from "../objects/int-arith.ts";
import { binary, callMethod, forEach, getAttr, lookupAttr, setItem, toSsize, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyObject, PyTuple, type Value } from "../objects/values.ts";
import { dequeIteratorType, dequeReverseIteratorType, dequeType } from "./_collections-deque.ts";
import { defaultdictType, orderedDictType } from "./_collections-odict.ts";
import type { NativeModule } from "./native-module.ts";

/** Field access of named tuples: a property that reads one index. */
class PyTupleGetter extends PyObject {
  readonly index: number;
  doc: Value;
  constructor(index: number, doc: Value) {
    super();
    this.index = index;
    this.doc = doc;
  }
}

const tupleGetterType: PyType = defineType({
  name: "_tuplegetter",
  module: "collections",
  js: PyTupleGetter,
  subclassable: false,
  new: ["(index, doc, /)", (vm: VM, _cls: PyType, index: Value, doc: Value) => new PyTupleGetter(toSsize(vm, index), doc)],
  slots: {
    get: (_vm, self, instance) => {
      if (instance === undefined) return self;
      const g = self as PyTupleGetter;
      if (!(instance instanceof PyTuple)) {
        if (instance === null) return g;
        throw typeError(`descriptor for index '${g.index}' for tuple subclasses doesn't apply to '${typeName(instance)}' object`);
      }
      const v = instance.items[g.index];
      if (v === undefined) throw typeError("tuple index out of range");
      return v;
    },
    set: () => {
      throw attributeReadOnly();
    },
    delete: () => {
      throw attributeReadOnly();
    },
    repr: (vm, self) => {
      const g = self as PyTupleGetter;
      return `_tuplegetter(${g.index}, ${g.doc === null ? "None" : String(callMethod(vm, g.doc, "__repr__"))})`;
    },
  },
  methods: { __reduce__: ["($self, /)", (_vm: VM, g: PyTupleGetter) => new PyTuple([g.cls, new PyTuple([g.index, g.doc])])] },
  getset: {
    __doc__: [
      (_vm: VM, g: PyTupleGetter) => g.doc,
      (_vm: VM, g: PyTupleGetter, v: Value | undefined) => {
        g.doc = v ?? null;
      },
    ],
  },
});

function attributeReadOnly(): PyBaseException {
  return attributeErrorText("can't set attribute");
}

/** Counter's loop: mapping[item] += 1 for every item. */
function countElements(vm: VM, mapping: Value, iterable: Value): Value {
  const plain = mapping instanceof PyDict && mapping.cls.slot.setitem === dictType.slot.setitem && isDictGet(vm, mapping);
  if (plain)
    forEach(vm, iterable, (v) => {
      const e = mapping.find(vm, v);
      if (e === undefined) mapping.insert(vm, v, 1);
      else e.value = typeof e.value === "number" ? add(e.value, 1) : binary(vm, "add", e.value, 1);
    });
  else {
    const get = getAttr(vm, mapping, "get");
    forEach(vm, iterable, (v) => setItem(vm, mapping, v, binary(vm, "add", vm.call(get, [v, 0]), 1)));
  }
  return null;
}

function isDictGet(vm: VM, d: PyDict): boolean {
  return d.cls === dictType || d.cls.lookup("get") === dictType.lookup("get") || lookupAttr(vm, d, "get") === undefined;
}

export const _collections: NativeModule = {
  name: "_collections",
  doc: "High performance data structures.",
  functions: { _count_elements: ["(mapping, iterable, /)", countElements, "Count the items of an iterable in a mapping."] },
  values: () => ({
    deque: dequeType,
    defaultdict: defaultdictType,
    OrderedDict: orderedDictType,
    _tuplegetter: tupleGetterType,
    _deque_iterator: dequeIteratorType,
    _deque_reverse_iterator: dequeReverseIteratorType,
  }),
};
