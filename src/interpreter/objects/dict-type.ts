/** dict: the type (slots, methods). The hash table is in dict.ts, views and iterators in dict-views.ts. */
import { isInstanceOf, keyError, typeError, valueError } from "../builtins/exceptions.ts";
import { addNote } from "../builtins/notes.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { PyDict } from "./dict.ts";
import { dictView, PyDictIterator } from "./dict-views.ts";
import { readItems } from "./iterators.ts";
import { equals, forEach, getAttr, getItem as subscript, isInstance, lookupAttr, lookupSpecial, repr, setItem, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { NotImplemented, PyTuple, type Value } from "./values.ts";

type Kwargs = ReadonlyMap<string, Value>;

/** Whether iterating over the dict is what the built-in type does. */
function iteratesAsDict(d: PyDict): boolean {
  return d.cls === dictType || d.cls.slots_.iter === dictType.slots_.iter;
}

/** d.update(other): a mapping (something with `keys`) or an iterable of pairs. */
export function updateDict(vm: VM, d: PyDict, other: Value): void {
  if (other instanceof PyDict && iteratesAsDict(other)) copyEntries(vm, d, other);
  else if (lookupAttr(vm, other, "keys") !== undefined) mergeMapping(other, vm, (k, v) => d.set(vm, k, v));
  else mergePairs(vm, d, other);
}

function copyEntries(vm: VM, d: PyDict, other: PyDict): void {
  if (d === other) return;
  if (d.size === 0) other.copyInto(d);
  else for (const e of other.snapshot()) d.set(vm, e.key, e.value);
}

export function mergeMapping(mapping: Value, vm: VM, put: (key: Value, value: Value) => void): void {
  forEach(vm, vm.call(getAttr(vm, mapping, "keys"), []), (k) => put(k, subscript(vm, mapping, k)));
}

function mergePairs(vm: VM, d: PyDict, pairs: Value): void {
  let n = 0;
  forEach(vm, pairs, (pair) => {
    const items = readPair(vm, pair, n);
    if (items.length !== 2) throw valueError(`dictionary update sequence element #${n} has length ${items.length}; 2 is required`);
    d.set(vm, items[0]!, items[1]!);
    n++;
  });
}

function readPair(vm: VM, pair: Value, n: number): readonly Value[] {
  try {
    return readItems(vm, pair, "object is not iterable");
  } catch (e) {
    if (isInstanceOf(e, "TypeError")) addNote(e, `Cannot convert dictionary update sequence element #${n} to a sequence`);
    throw e;
  }
}

/** What `d[key]` does on a miss: `__missing__` of subclasses, else KeyError. */
function missing(vm: VM, d: PyDict, key: Value): Value {
  if (d.cls !== dictType) {
    const hook = lookupSpecial(vm, d, "__missing__");
    if (hook !== undefined) return vm.call(hook, [key]);
  }
  throw keyError(key);
}

function dictRepr(vm: VM, self: Value): string {
  const d = self as PyDict;
  if (d.size === 0) return "{}";
  if (!vm.reprEnter(d)) return "{...}";
  vm.enterRecursive(" while getting the repr of an object");
  try {
    const parts: string[] = [];
    for (const e of d.entries()) parts.push(`${repr(vm, e.key)}: ${repr(vm, e.value)}`);
    return `{${parts.join(", ")}}`;
  } finally {
    vm.leaveRecursive();
    vm.reprLeave(d);
  }
}

export function dictsEqual(vm: VM, a: PyDict, b: PyDict): boolean {
  if (a.size !== b.size) return false;
  vm.enterRecursive(" in comparison");
  try {
    for (const e of a.entries()) {
      const other = b.get(vm, e.key);
      if (other === undefined || !equals(vm, e.value, other)) return false;
    }
    return true;
  } finally {
    vm.leaveRecursive();
  }
}

/** A plain dict with the same entries. */
export function copyDict(d: PyDict): PyDict {
  return d.copyInto(new PyDict());
}

function merged(vm: VM, a: Value, b: Value): Value {
  if (!(a instanceof PyDict && b instanceof PyDict)) return NotImplemented;
  const out = copyDict(a);
  updateDict(vm, out, b);
  return out;
}

function fromKeys(vm: VM, cls: PyType, keys: Value, given: Value | undefined): Value {
  const value = given ?? null;
  const d = vm.call(cls, []);
  if (d instanceof PyDict && d.cls === dictType) forEach(vm, keys, (k) => d.set(vm, k, value));
  else forEach(vm, keys, (k) => setItem(vm, d, k, value));
  return d;
}

function pop(vm: VM, d: PyDict, key: Value, missingValue: Value | undefined): Value {
  const e = d.delete(vm, key);
  if (e !== undefined) return e.value;
  if (missingValue === undefined) throw keyError(key);
  return missingValue;
}

function popitem(_vm: VM, d: PyDict): Value {
  const e = d.last();
  if (e === undefined) throw keyError("popitem(): dictionary is empty");
  d.remove(e);
  return new PyTuple([e.key, e.value]);
}

function getMethod(vm: VM, d: PyDict, key: Value, missingValue: Value | undefined): Value {
  const e = d.find(vm, key);
  return e === undefined ? (missingValue ?? null) : e.value;
}

function setdefault(vm: VM, d: PyDict, key: Value, value: Value | undefined): Value {
  const e = d.findOrAdd(vm, key, value ?? null);
  return e === undefined ? (value ?? null) : e.value;
}

function updateMethod(vm: VM, d: PyDict, other: Value | undefined, kwargs: Kwargs): Value {
  if (other !== undefined) updateDict(vm, d, other);
  for (const [k, v] of kwargs) d.set(vm, k, v);
  return null;
}

export const dictType: PyType = defineType({
  name: "dict",
  js: PyDict,
  doc: "A mapping from hashable keys to values that remembers insertion order.",
  init: ["($self, iterable=(), /, **kwargs)", updateMethod],
  slots: {
    new: (_vm, cls) => {
      const d = new PyDict();
      if (cls !== dictType) d.cls = cls;
      return d;
    },
    repr: dictRepr,
    hash: null,
    eq: (vm, a, b) => (b instanceof PyDict ? dictsEqual(vm, a as PyDict, b) : NotImplemented),
    ne: (vm, a, b) => (b instanceof PyDict ? !dictsEqual(vm, a as PyDict, b) : NotImplemented),
    len: (_vm, self) => (self as PyDict).size,
    iter: (_vm, self) => new PyDictIterator(self as PyDict, "keys"),
    contains: (vm, self, key) => (self as PyDict).find(vm, key) !== undefined,
    getitem: (vm, self, key) => {
      const e = (self as PyDict).find(vm, key);
      return e === undefined ? missing(vm, self as PyDict, key) : e.value;
    },
    setitem: (vm, self, key, value) => (self as PyDict).set(vm, key, value),
    delitem: (vm, self, key) => {
      if ((self as PyDict).delete(vm, key) === undefined) throw keyError(key);
    },
    or: merged,
    ror: (vm, self, other) => merged(vm, other, self),
    ior: (vm, self, other) => {
      updateDict(vm, self as PyDict, other);
      return self;
    },
  },
  methods: {
    get: ["($self, key, default=None, /)", getMethod, "The value of the key, else the default."],
    pop: ["($self, key, default=<unrepresentable>, /)", pop, "Remove the key and return its value, else the default, else KeyError."],
    popitem: ["($self, /)", popitem, "Remove and return the newest (key, value); KeyError when empty."],
    setdefault: ["($self, key, default=None, /)", setdefault, "The value of the key, which is set to the default if missing."],
    update: ["($self, iterable=(), /, **kwargs)", updateMethod, "Add the entries of a mapping or of an iterable of pairs."],
    keys: ["($self, /)", (_vm: VM, d: PyDict) => dictView(d, "keys"), "A set-like view of the keys."],
    values: ["($self, /)", (_vm: VM, d: PyDict) => dictView(d, "values"), "A view of the values."],
    items: ["($self, /)", (_vm: VM, d: PyDict) => dictView(d, "items"), "A set-like view of the (key, value) pairs."],
    clear: ["($self, /)", (_vm: VM, d: PyDict) => (d.clear(), null), "Remove all entries."],
    copy: ["($self, /)", (_vm: VM, d: PyDict) => copyDict(d), "A new dict with the same entries."],
    __reversed__: ["($self, /)", (_vm: VM, d: PyDict) => new PyDictIterator(d, "keys", true)],
    __sizeof__: ["($self, /)", (_vm: VM, d: PyDict) => 64 + 104 * d.size],
  },
  classMethods: {
    fromkeys: ["($cls, iterable, value=None, /)", fromKeys, "A dict with these keys and one value."],
    __class_getitem__: CLASS_GETITEM,
  },
});

/** The PyDict of an argument that must be a dict; `message` otherwise. */
export function needDict(v: Value, message: string): PyDict {
  if (v instanceof PyDict && isInstance(v, dictType)) return v;
  throw typeError(message.replace("%T", typeOf(v).name));
}
