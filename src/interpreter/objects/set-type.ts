/** set and frozenset: types, methods, iterator. One table of operations serves both; a result has the class of the left operand's built-in base. */
import { keyError, runtimeError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { type Entry, PyDict } from "./dict.ts";
import { collect, sequenceItems } from "./iterators.ts";
import { PyList } from "./list.ts";
import { forEach, hash, lookupAttr, repr } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { PyFrozenSet, PySet, PySetBase } from "./set.ts";
import { setHashOf } from "./tuple-hash.ts";
import { defineType, type NativeRow, type PyType, type TypeSpec } from "./type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "./values.ts";

const asSet = (v: Value): PySetBase => v as PySetBase;

/** Iterator: like dict's, it refuses to go on after the size changed. */
export class PySetIterator extends PyObject {
  set: PySetBase | undefined;
  private readonly entries: readonly Entry[];
  private at = 0;
  private size: number;
  constructor(set: PySetBase) {
    super();
    this.set = set;
    this.entries = set.table.ordered();
    this.size = set.size;
  }

  get remaining(): number {
    return this.set && this.set.size === this.size ? this.entries.length - this.at : 0;
  }

  rest(): Value[] {
    return this.set ? this.entries.slice(this.at).map((e) => e.key) : [];
  }

  advance(): Value | undefined {
    const set = this.set;
    if (set === undefined) return undefined;
    if (set.size !== this.size) {
      this.size = -1;
      throw runtimeError("Set changed size during iteration");
    }
    if (this.at >= this.entries.length) {
      this.set = undefined;
      return undefined;
    }
    return this.entries[this.at++]!.key;
  }
}

/** Adds all items of an iterable. */
function addAll(vm: VM, s: PySetBase, iterable: Value): void {
  if (iterable instanceof PySetBase) {
    if (s.size === 0) iterable.table.mergeInto(s.table);
    else {
      s.table.reserve(iterable.size);
      for (const v of iterable.items()) s.add(vm, v);
    }
    return;
  }
  const items = sequenceItems(iterable);
  if (items) for (let i = 0; i < items.length; i++) s.add(vm, items[i]!);
  else if (iterable instanceof PyDict && iterable.cls.slots_.iter === PyDict.prototype.cls.slots_.iter) addKeys(vm, s, iterable);
  else forEach(vm, iterable, (v) => s.add(vm, v));
}

function addKeys(vm: VM, s: PySetBase, d: PyDict): void {
  s.table.reserve(d.size);
  for (const v of d.keys()) s.add(vm, v);
}

function copyOf(s: PySetBase): PySetBase {
  const out = emptyLike(s);
  s.table.mergeInto(out.table);
  return out;
}

/** The operand as a set, made from an iterable if need be. */
function toSet(vm: VM, v: Value): PySetBase {
  if (v instanceof PySetBase) return v;
  const s = new PySet();
  addAll(vm, s, v);
  return s;
}

function emptyLike(s: PySetBase): PySetBase {
  return s instanceof PyFrozenSet ? new PyFrozenSet() : new PySet();
}

// ---- the four operations over iterables ------------------------------------------------------------------------------------------------

function union(vm: VM, s: PySetBase, others: readonly Value[]): PySetBase {
  const out = copyOf(s);
  for (const o of others) addAll(vm, out, o);
  return out;
}

function intersectTwo(vm: VM, s: PySetBase, other: Value): PySetBase {
  const out = emptyLike(s);
  if (other instanceof PySetBase) {
    const [walk, test] = other.size > s.size ? [s, other] : [other, s];
    for (const v of walk.items()) if (test.has(vm, v)) out.add(vm, v);
  } else forEach(vm, other, (v) => void (s.has(vm, v) && out.add(vm, v)));
  return out;
}

function intersection(vm: VM, s: PySetBase, others: readonly Value[]): PySetBase {
  return others.length === 0 ? copyOf(s) : others.reduce<PySetBase>((acc, o) => intersectTwo(vm, acc, o), s);
}

function subtract(vm: VM, target: PySetBase, other: Value): void {
  if (other === target) target.table.clear();
  else if (other instanceof PySetBase) for (const v of other.items()) target.table.delete(vm, v);
  else forEach(vm, other, (v) => void target.table.delete(vm, v));
}

function difference(vm: VM, s: PySetBase, others: readonly Value[]): PySetBase {
  const [first, ...more] = others;
  if (first === undefined) return copyOf(s);
  const out = subtractOne(vm, s, first);
  for (const o of more) subtract(vm, out, o);
  return out;
}

/** CPython copies and deletes when the other is not a set or dict, or much smaller; else it adds what remains to a new set. */
function subtractOne(vm: VM, s: PySetBase, other: Value): PySetBase {
  const table = other instanceof PySetBase ? other.table : other instanceof PyDict ? other : undefined;
  if (table === undefined || s.size >> 2 > table.size) {
    const out = copyOf(s);
    subtract(vm, out, other);
    return out;
  }
  const out = emptyLike(s);
  for (const v of s.items()) if (table.find(vm, v) === undefined) out.add(vm, v);
  return out;
}

function toggle(vm: VM, target: PySetBase, other: Value): void {
  if (other === target) {
    target.table.clear();
    return;
  }
  const given = other instanceof PySetBase ? other : toSet(vm, other);
  for (const v of given.items()) if (target.table.delete(vm, v) === undefined) target.add(vm, v);
}

/** The other, copied, minus or plus the elements of this set. */
function symmetricDifference(vm: VM, s: PySetBase, other: Value): PySetBase {
  const out = emptyLike(s);
  addAll(vm, out, other);
  toggle(vm, out, s);
  return out;
}

// ---- relations -----------------------------------------------------------------------------------------------------------------------

function isSubset(vm: VM, a: PySetBase, b: PySetBase): boolean {
  if (a.size > b.size) return false;
  for (const e of a.table.entries()) if (!b.has(vm, e.key)) return false;
  return true;
}

function setsEqual(vm: VM, a: PySetBase, b: PySetBase): boolean {
  return a.size === b.size && isSubset(vm, a, b);
}

function isDisjoint(vm: VM, s: PySetBase, other: Value): boolean {
  if (other instanceof PySetBase && other.size > s.size) {
    for (const v of s.items()) if (other.has(vm, v)) return false;
    return true;
  }
  let disjoint = true;
  forEach(vm, other, (v) => !(disjoint = !s.has(vm, v)));
  return disjoint;
}

const relation = (test: (vm: VM, a: PySetBase, b: PySetBase) => boolean) => (vm: VM, a: Value, b: Value) =>
  b instanceof PySetBase ? test(vm, asSet(a), b) : NotImplemented;

const operator = (op: (vm: VM, a: PySetBase, b: PySetBase) => PySetBase) => (vm: VM, a: Value, b: Value) =>
  a instanceof PySetBase && b instanceof PySetBase ? op(vm, a, b) : NotImplemented;

const swapped = (op: (vm: VM, a: Value, b: Value) => Value) => (vm: VM, a: Value, b: Value) => op(vm, b, a);

const OPERATORS = {
  or: operator((vm, a, b) => union(vm, a, [b])),
  and: operator((vm, a, b) => intersectTwo(vm, a, b)),
  sub: operator((vm, a, b) => difference(vm, a, [b])),
  xor: operator(symmetricDifference),
};

// ---- text, hash, membership -----------------------------------------------------------------------------------------------------------

function setRepr(vm: VM, self: Value): string {
  const s = asSet(self);
  const name = s.cls.name;
  if (s.size === 0) return `${name}()`;
  if (!vm.reprEnter(s)) return `${name}(...)`;
  vm.enterRecursive(" while getting the repr of an object");
  try {
    const body = `{${s.items().map((v) => repr(vm, v)).join(", ")}}`;
    return s.cls === setType ? body : `${name}(${body})`;
  } finally {
    vm.leaveRecursive();
    vm.reprLeave(s);
  }
}

function frozenHash(vm: VM, self: Value): number | bigint {
  const s = self as PyFrozenSet;
  return (s.hashed ??= setHashOf(s.items().map((v) => hash(vm, v))));
}

/** A set is looked up in a set as the frozenset of its items. */
function probe(v: Value): Value {
  if (!(v instanceof PySet) || v.cls.slots_.hash !== null) return v;
  const f = new PyFrozenSet();
  v.table.mergeInto(f.table);
  return f;
}

function reduce(vm: VM, s: PySetBase): Value {
  const state = lookupAttr(vm, s, "__dict__");
  return new PyTuple([s.cls, new PyTuple([new PyList(s.items())]), state ?? null]);
}

const SHARED_SLOTS = {
  repr: setRepr,
  len: (_vm: VM, self: Value) => asSet(self).size,
  iter: (_vm: VM, self: Value) => new PySetIterator(asSet(self)),
  contains: (vm: VM, self: Value, v: Value) => asSet(self).has(vm, probe(v)),
  eq: relation(setsEqual),
  ne: relation((vm, a, b) => !setsEqual(vm, a, b)),
  le: relation(isSubset),
  lt: relation((vm, a, b) => a.size < b.size && isSubset(vm, a, b)),
  ge: relation((vm, a, b) => isSubset(vm, b, a)),
  gt: relation((vm, a, b) => b.size < a.size && isSubset(vm, b, a)),
  ...OPERATORS,
  ror: swapped(OPERATORS.or),
  rand: swapped(OPERATORS.and),
  rsub: swapped(OPERATORS.sub),
  rxor: swapped(OPERATORS.xor),
} satisfies TypeSpec["slots"];

const SHARED_METHODS: Record<string, NativeRow> = {
  copy: ["($self, /)", (_vm: VM, s: PySetBase) => (s.cls === frozensetType ? s : copyOf(s)), "A set with the same items."],
  union: ["($self, /, *others)", union, "Items of this set and of all others."],
  intersection: ["($self, /, *others)", intersection, "Items that are in all."],
  difference: ["($self, /, *others)", difference, "Items that are in none of the others."],
  symmetric_difference: ["($self, other, /)", symmetricDifference, "Items that are in exactly one."],
  issubset: ["($self, other, /)", (vm: VM, s: PySetBase, o: Value) => isSubset(vm, s, toSet(vm, o)), "Whether the other has every item."],
  issuperset: ["($self, other, /)", (vm: VM, s: PySetBase, o: Value) => isSubset(vm, toSet(vm, o), s), "Whether this has every item of the other."],
  isdisjoint: ["($self, other, /)", isDisjoint, "Whether nothing is in both."],
  __reduce__: ["($self, /)", reduce, "State for pickling."],
  __sizeof__: ["($self, /)", (_vm: VM, s: PySetBase) => 200 + 64 * s.size],
};

/** Takes over the contents of a set made for the purpose. */
function replace(target: PySetBase, source: PySetBase): void {
  target.table = source.table;
}

const inPlace = (apply: (vm: VM, s: PySetBase, other: PySetBase) => void) => (vm: VM, self: Value, other: Value) => {
  if (!(other instanceof PySetBase)) return NotImplemented;
  apply(vm, asSet(self), other);
  return self;
};

function remove(vm: VM, s: PySet, v: Value): Value {
  if (s.table.delete(vm, probe(v)) === undefined) throw keyError(v);
  return null;
}

function pop(_vm: VM, s: PySet): Value {
  const e = s.table.popEntry();
  if (e === undefined) throw keyError("pop from an empty set");
  return e.key;
}

export const setType: PyType = defineType({
  name: "set",
  js: PySet,
  doc: "An unordered collection of distinct hashable items.",
  init: [
    "($self, iterable=(), /)",
    (vm: VM, s: PySet, iterable: Value | undefined) => {
      if (s.size) s.table.clear();
      if (iterable !== undefined) addAll(vm, s, iterable);
      return null;
    },
  ],
  slots: {
    ...SHARED_SLOTS,
    new: (_vm, cls) => {
      const s = new PySet();
      if (cls !== setType) s.cls = cls;
      return s;
    },
    hash: null,
    ior: inPlace((vm, s, o) => addAll(vm, s, o)),
    iand: inPlace((vm, s, o) => replace(s, intersectTwo(vm, s, o))),
    isub: inPlace(subtract),
    ixor: inPlace(toggle),
  },
  methods: {
    ...SHARED_METHODS,
    add: ["($self, object, /)", (vm: VM, s: PySet, v: Value) => (s.add(vm, v), null), "Add an item."],
    clear: ["($self, /)", (_vm: VM, s: PySet) => (s.table.clear(), null), "Remove all items."],
    discard: ["($self, object, /)", (vm: VM, s: PySet, v: Value) => (s.table.delete(vm, probe(v)), null), "Remove an item if it is there."],
    remove: ["($self, object, /)", remove, "Remove an item; KeyError when absent."],
    pop: ["($self, /)", pop, "Remove and return some item; KeyError when empty."],
    update: ["($self, /, *others)", (vm: VM, s: PySet, others: Value[]) => (others.forEach((o) => addAll(vm, s, o)), null), "Add the items of all others."],
    intersection_update: ["($self, /, *others)", (vm: VM, s: PySet, others: Value[]) => (replace(s, intersection(vm, s, others)), null), "Keep the items that are in all."],
    difference_update: ["($self, /, *others)", (vm: VM, s: PySet, others: Value[]) => (others.forEach((o) => subtract(vm, s, o)), null), "Remove the items of all others."],
    symmetric_difference_update: ["($self, other, /)", (vm: VM, s: PySet, o: Value) => (toggle(vm, s, o), null), "Keep the items that are in exactly one."],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
});

export const frozensetType: PyType = defineType({
  name: "frozenset",
  js: PyFrozenSet,
  doc: "A set that never changes, and is hashable.",
  new: [
    "(iterable=(), /)",
    (vm: VM, cls: PyType, iterable: Value | undefined) => {
      if (cls === frozensetType && iterable instanceof PyFrozenSet && iterable.cls === frozensetType) return iterable;
      const s = new PyFrozenSet();
      if (cls !== frozensetType) s.cls = cls;
      if (iterable !== undefined) addAll(vm, s, iterable);
      return s;
    },
  ],
  slots: { ...SHARED_SLOTS, hash: frozenHash },
  methods: SHARED_METHODS,
  classMethods: { __class_getitem__: CLASS_GETITEM },
});

export const setIteratorType: PyType = defineType({
  name: "set_iterator",
  js: PySetIterator,
  subclassable: false,
  slots: {
    iter: (_vm, it) => it,
    iternext: (_vm, it) => (it as PySetIterator).advance(),
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PySetIterator) => it.remaining],
    __reduce__: [
      "($self, /)",
      (vm: VM, it: PySetIterator) => new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([new PyList(it.rest())])]),
    ],
  },
});

/** A frozenset of constants. */
export function frozensetOf(vm: VM, items: Iterable<Value>): PyFrozenSet {
  const s = new PyFrozenSet();
  for (const v of items) s.add(vm, v);
  return s;
}

export function setOf(vm: VM, iterable: Value): PySet {
  const s = new PySet();
  for (const v of collect(vm, iterable)) s.add(vm, v);
  return s;
}
