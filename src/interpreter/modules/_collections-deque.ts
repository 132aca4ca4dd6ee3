/** collections.deque: a ring buffer, so both ends are O(1) and so is indexing. */
import { indexError, newException, overflowError, runtimeError, typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { collect } from "../objects/iterators.ts";
import { equals, forEach, lookupAttr, plainInt, repr, toIndex, toSsize, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { compareSequences, repeatCount } from "../objects/sequence-compare.ts";
import type { BinarySlot } from "../objects/slots.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { NotImplemented, PyAttrObject, PyObject, PyTuple, type Value } from "../objects/values.ts";
import { isIndex } from "../objects/slice.ts";

/** Items are buffer[(head + i) & mask] for 0 ≤ i < size; the capacity is a power of two. */
export class PyDeque extends PyAttrObject {
  private buffer: (Value | undefined)[] = new Array<Value | undefined>(8).fill(undefined);
  private head = 0;
  size = 0;
  maxlen: number | undefined = undefined;
  /** Changes with every addition and removal; iterators compare it. */
  state = 0;

  get(i: number): Value {
    return this.buffer[(this.head + i) & (this.buffer.length - 1)]!;
  }
  set(i: number, v: Value): void {
    this.buffer[(this.head + i) & (this.buffer.length - 1)] = v;
  }
  push(v: Value): void {
    if (this.maxlen === 0) return;
    if (this.size === this.buffer.length) this.grow();
    this.buffer[(this.head + this.size) & (this.buffer.length - 1)] = v;
    this.size++;
    this.state++;
    if (this.maxlen !== undefined && this.size > this.maxlen) this.shift();
  }
  unshift(v: Value): void {
    if (this.maxlen === 0) return;
    if (this.size === this.buffer.length) this.grow();
    this.head = (this.head - 1) & (this.buffer.length - 1);
    this.buffer[this.head] = v;
    this.size++;
    this.state++;
    if (this.maxlen !== undefined && this.size > this.maxlen) this.pop();
  }
  pop(): Value | undefined {
    if (this.size === 0) return undefined;
    const i = (this.head + --this.size) & (this.buffer.length - 1);
    const v = this.buffer[i];
    this.buffer[i] = undefined;
    this.state++;
    return v;
  }
  shift(): Value | undefined {
    if (this.size === 0) return undefined;
    const v = this.buffer[this.head];
    this.buffer[this.head] = undefined;
    this.head = (this.head + 1) & (this.buffer.length - 1);
    this.size--;
    this.state++;
    return v;
  }
  clear(): void {
    this.buffer = new Array<Value | undefined>(8).fill(undefined);
    this.head = 0;
    this.size = 0;
    this.state++;
  }
  toArray(): Value[] {
    const out: Value[] = new Array(this.size);
    for (let i = 0; i < this.size; i++) out[i] = this.get(i);
    return out;
  }
  /** Replaces all items. */
  assign(items: readonly Value[]): void {
    this.clear();
    for (const v of items) this.push(v);
  }
  private grow(): void {
    const items = this.toArray();
    const capacity = this.buffer.length * 2;
    this.buffer = items;
    while (this.buffer.length < capacity) this.buffer.push(undefined);
    this.head = 0;
  }
}

function extend(vm: VM, d: PyDeque, iterable: Value): void {
  if (iterable === d) for (const v of d.toArray()) d.push(v);
  else forEach(vm, iterable, (v) => d.push(v));
}

function extendLeft(vm: VM, d: PyDeque, iterable: Value): Value {
  if (iterable === d) for (const v of d.toArray()) d.unshift(v);
  else forEach(vm, iterable, (v) => d.unshift(v));
  return null;
}

function initialise(vm: VM, d: PyDeque, iterable: Value | undefined, maxlen: Value | undefined): Value {
  if (maxlen !== undefined && maxlen !== null) {
    const n = plainInt(maxlen);
    if (n === undefined) throw typeError("an integer is required");
    if (typeof n === "bigint") throw overflowError("Python int too large to convert to C ssize_t");
    if (n < 0) throw valueError("maxlen must be non-negative");
    d.maxlen = n;
  } else d.maxlen = undefined;
  if (d.size > 0) d.clear();
  if (iterable !== undefined) extend(vm, d, iterable);
  return null;
}

function copyOf(vm: VM, d: PyDeque): Value {
  if (d.cls !== dequeType) return vm.call(d.cls, d.maxlen === undefined ? [d] : [d, d.maxlen]);
  const out = new PyDeque();
  out.maxlen = d.maxlen;
  out.assign(d.toArray());
  return out;
}

function position(vm: VM, d: PyDeque, key: Value): number {
  if (!isIndex(key)) throw typeError(`sequence index must be integer, not '${typeName(key)}'`);
  const i = toIndex(vm, key);
  const at = typeof i === "bigint" ? -1 : i < 0 ? i + d.size : i;
  if (at < 0 || at >= d.size) throw indexError("deque index out of range");
  return at;
}

/** Position of the first item equal to v; RuntimeError if a comparison changes the deque. */
function find(vm: VM, d: PyDeque, v: Value, from = 0, to = d.size): number {
  const { state } = d;
  for (let i = from; i < to; i++) {
    const same = equals(vm, d.get(i), v);
    if (d.state !== state) throw runtimeError("deque mutated during iteration");
    if (same) return i;
  }
  return -1;
}

function removeAt(d: PyDeque, at: number): void {
  const items = d.toArray();
  items.splice(at, 1);
  d.assign(items);
}

function remove(vm: VM, d: PyDeque, v: Value): Value {
  const { size } = d;
  let at: number;
  try {
    at = find(vm, d, v);
  } catch (e) {
    if (d.size !== size) throw indexError("deque mutated during remove().");
    throw e;
  }
  if (at < 0) throw valueError("deque.remove(x): x not in deque");
  removeAt(d, at);
  return null;
}

function clampBound(vm: VM, v: Value | undefined, missing: number, size: number): number {
  if (v === undefined) return missing;
  const i = toIndex(vm, v);
  if (typeof i === "bigint") return i < 0n ? 0 : size;
  return Math.min(size, i < 0 ? Math.max(0, i + size) : i);
}

function index(vm: VM, d: PyDeque, v: Value, start: Value | undefined, stop: Value | undefined): Value {
  const at = find(vm, d, v, clampBound(vm, start, 0, d.size), clampBound(vm, stop, d.size, d.size));
  if (at < 0) throw valueError("deque.index(x): x not in deque");
  return at;
}

function count(vm: VM, d: PyDeque, v: Value): Value {
  let n = 0;
  for (let i = find(vm, d, v); i >= 0; i = find(vm, d, v, i + 1)) n++;
  return n;
}

function insert(vm: VM, d: PyDeque, at: Value, v: Value): Value {
  if (d.maxlen !== undefined && d.size >= d.maxlen) throw indexError("deque already at its maximum size");
  const i = toSsize(vm, at);
  const items = d.toArray();
  items.splice(i < 0 ? Math.max(0, i + d.size) : Math.min(i, d.size), 0, v);
  d.assign(items);
  return null;
}

function rotate(vm: VM, d: PyDeque, by: Value | undefined): Value {
  if (d.size < 2) {
    if (by !== undefined) toSsize(vm, by);
    return null;
  }
  const n = (by === undefined ? 1 : toSsize(vm, by)) % d.size;
  if (Math.abs(n) <= d.size >> 1) {
    for (let k = n; k > 0; k--) d.unshift(rotated(d.pop()!, d, 1));
    for (let k = n; k < 0; k++) d.push(rotated(d.shift()!, d, 1));
    return null;
  }
  const items = d.toArray();
  const cut = (items.length - n) % items.length;
  d.assign(items.slice(cut).concat(items.slice(0, cut)));
  return null;
}

/** The item, the deque's state advanced: rotation counts as a change. */
function rotated(v: Value, d: PyDeque, by: number): Value {
  d.state += by;
  return v;
}

function reverse(_vm: VM, d: PyDeque): Value {
  d.assign(d.toArray().reverse());
  return null;
}

function dequeRepr(vm: VM, self: Value): string {
  const d = self as PyDeque;
  if (!vm.reprEnter(d)) return "[...]";
  vm.enterRecursive(" while getting the repr of an object");
  try {
    const items = d.toArray().map((v) => repr(vm, v));
    return `${d.cls.name}([${items.join(", ")}]${d.maxlen === undefined ? "" : `, maxlen=${d.maxlen}`})`;
  } finally {
    vm.leaveRecursive();
    vm.reprLeave(d);
  }
}

const compareWith =
  (op: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): BinarySlot =>
  (vm, a, b) =>
    b instanceof PyDeque ? compareSequences(vm, op, (a as PyDeque).toArray(), b.toArray()) : NotImplemented;

function withItems(d: PyDeque, items: readonly Value[]): Value {
  const out = new PyDeque();
  out.maxlen = d.maxlen;
  out.assign(items);
  return out;
}

function repeated(vm: VM, d: PyDeque, n: Value): Value[] {
  const times = repeatCount(vm, n);
  const items = d.toArray();
  const out: Value[] = [];
  if (items.length * times > 2 ** 32) throw newException("MemoryError");
  for (let k = 0; k < times; k++) out.push(...items);
  return out;
}

function reduce(vm: VM, d: PyDeque): Value {
  const own = lookupAttr(vm, d, "__dict__") ?? null;
  const args = d.maxlen === undefined ? [] : [new PyTuple([]), d.maxlen];
  return new PyTuple([d.cls, new PyTuple(args), own, new PyDequeIterator(d, false)]);
}

export const dequeType: PyType = defineType({
  name: "deque",
  module: "collections",
  js: PyDeque,
  doc: "A list-like sequence that is fast at both ends.",
  init: ["($self, iterable=(), maxlen=None)", initialise],
  slots: {
    new: (_vm, cls) => {
      const d = new PyDeque();
      if (cls !== dequeType) d.cls = cls;
      return d;
    },
    repr: dequeRepr,
    hash: null,
    eq: compareWith("eq"), ne: compareWith("ne"), lt: compareWith("lt"), le: compareWith("le"), gt: compareWith("gt"), ge: compareWith("ge"),
    iter: (_vm, self) => new PyDequeIterator(self as PyDeque, false),
    len: (_vm, self) => (self as PyDeque).size,
    bool: (_vm, self) => (self as PyDeque).size > 0,
    contains: (vm, self, v) => find(vm, self as PyDeque, v) >= 0,
    getitem: (vm, self, key) => (self as PyDeque).get(position(vm, self as PyDeque, key)),
    setitem: (vm, self, key, v) => (self as PyDeque).set(position(vm, self as PyDeque, key), v),
    delitem: (vm, self, key) => removeAt(self as PyDeque, position(vm, self as PyDeque, key)),
    add: (_vm, self, other) => {
      if (!(other instanceof PyDeque)) throw typeError(`can only concatenate deque (not "${typeName(other)}") to deque`);
      return withItems(self as PyDeque, [...(self as PyDeque).toArray(), ...other.toArray()]);
    },
    iadd: (vm, self, other) => {
      extend(vm, self as PyDeque, other);
      return self;
    },
    mul: (vm, self, n) => withItems(self as PyDeque, repeated(vm, self as PyDeque, n)),
    rmul: (vm, self, n) => withItems(self as PyDeque, repeated(vm, self as PyDeque, n)),
    imul: (vm, self, n) => {
      (self as PyDeque).assign(repeated(vm, self as PyDeque, n));
      return self;
    },
  },
  methods: {
    append: ["($self, item, /)", (_vm: VM, d: PyDeque, v: Value) => (d.push(v), null), "Add an item at the right."],
    appendleft: ["($self, item, /)", (_vm: VM, d: PyDeque, v: Value) => (d.unshift(v), null), "Add an item at the left."],
    clear: ["($self, /)", (_vm: VM, d: PyDeque) => (d.clear(), null), "Remove all items."],
    copy: ["($self, /)", copyOf, "A deque with the same items."],
    __copy__: ["($self, /)", copyOf],
    count: ["($self, value, /)", count, "How many items equal the value."],
    extend: ["($self, iterable, /)", (vm: VM, d: PyDeque, it: Value) => (extend(vm, d, it), null), "Add the items at the right."],
    extendleft: ["($self, iterable, /)", extendLeft, "Add the items at the left, one by one."],
    index: ["($self, value, start=0, stop=<unrepresentable>, /)", index, "First position of the value; ValueError when absent."],
    insert: ["($self, index, value, /)", insert, "Put a value before the index."],
    pop: ["($self, /)", (_vm: VM, d: PyDeque) => needItem(d.pop()), "Remove and return the rightmost item."],
    popleft: ["($self, /)", (_vm: VM, d: PyDeque) => needItem(d.shift()), "Remove and return the leftmost item."],
    remove: ["($self, value, /)", remove, "Remove the first item equal to the value."],
    reverse: ["($self, /)", reverse, "Reverse in place."],
    rotate: ["($self, n=1, /)", rotate, "Move n items from the right end to the left."],
    __reversed__: ["($self, /)", (_vm: VM, d: PyDeque) => new PyDequeIterator(d, true)],
    __reduce__: ["($self, /)", reduce],
    __sizeof__: ["($self, /)", (_vm: VM, d: PyDeque) => 232 + 8 * d.size],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: { maxlen: [(_vm: VM, d: PyDeque) => d.maxlen ?? null, undefined, "maximum size of a deque or None if unbounded"] },
});
dequeType.isSequence = true;

function needItem(v: Value | undefined): Value {
  if (v === undefined) throw indexError("pop from an empty deque");
  return v;
}

export class PyDequeIterator extends PyObject {
  private readonly deque: PyDeque;
  private readonly reverse: boolean;
  private readonly state: number;
  private at = 0;
  constructor(deque: PyDeque, reverse: boolean) {
    super();
    this.deque = deque;
    this.reverse = reverse;
    this.state = deque.state;
    if (reverse) this.cls = dequeReverseIteratorType;
  }
  get remaining(): number {
    return this.deque.size - this.at;
  }
  step(): Value | undefined {
    const d = this.deque;
    if (d.state !== this.state) {
      this.at = d.size;
      throw runtimeError("deque mutated during iteration");
    }
    if (this.at >= d.size) return undefined;
    const i = this.at++;
    return d.get(this.reverse ? d.size - 1 - i : i);
  }
}

const iteratorParts = (maker: "deque_iterator" | "deque_reverse_iterator", js?: typeof PyDequeIterator) =>
  defineType({
    name: `_${maker}`,
    module: "collections",
    ...(js ? { js } : {}),
    new: [
      "(iterable, index=0, /)",
      (vm: VM, _cls: PyType, source: Value, skip: Value | undefined) => {
        if (!(source instanceof PyDeque)) throw typeError(`_${maker}() argument 1 must be collections.deque, not ${typeName(source)}`);
        const it = new PyDequeIterator(source, maker === "deque_reverse_iterator");
        for (let k = skip === undefined ? 0 : toSsize(vm, skip); k > 0; k--) it.step();
        return it;
      },
    ],
    slots: { iter: (_vm, it) => it, iternext: (_vm, it) => (it as PyDequeIterator).step() },
    methods: {
      __length_hint__: ["($self, /)", (_vm: VM, it: PyDequeIterator) => it.remaining],
      __reduce__: ["($self, /)", (vm: VM, it: PyDequeIterator) => new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([new PyTuple(collect(vm, it))])])],
    },
  });

export const dequeIteratorType: PyType = iteratorParts("deque_iterator", PyDequeIterator);
export const dequeReverseIteratorType: PyType = iteratorParts("deque_reverse_iterator");
