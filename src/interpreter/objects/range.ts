/** range: exact ints of any size; iteration over safe integers has an iterator of its own (the VM's loops look at its fields). */
import { indexError, overflowError, typeError, valueError } from "../builtins/exceptions.ts";
import { reduceIterator } from "./iterators.ts";
import { compare, equals, forEach, hash, plainInt, repr, toIndex, toSsize, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { isIndex, PySlice } from "./slice.ts";
import { tupleHashOf } from "./tuple-hash.ts";
import { defineType, type PyType } from "./type.ts";
import { NotImplemented, normInt, PyObject, type PyInt, PyTuple, type Value } from "./values.ts";

export class PyRange extends PyObject {
  readonly start: PyInt;
  readonly stop: PyInt;
  readonly step: PyInt;
  readonly length: PyInt;
  constructor(start: PyInt, stop: PyInt, step: PyInt) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = rangeLength(start, stop, step);
  }
}

/** Iterator whose values are all safe integers: the next is `next` while `remaining` > 0. */
export class PyRangeIterator extends PyObject {
  next: number;
  readonly step: number;
  remaining: number;
  constructor(next: number, step: number, remaining: number) {
    super();
    this.next = next;
    this.step = step;
    this.remaining = remaining;
  }
}

export class PyLongRangeIterator extends PyObject {
  next: bigint;
  readonly step: bigint;
  remaining: bigint;
  constructor(next: bigint, step: bigint, remaining: bigint) {
    super();
    this.next = next;
    this.step = step;
    this.remaining = remaining;
  }
}

function rangeLength(start: PyInt, stop: PyInt, step: PyInt): PyInt {
  if (typeof start === "number" && typeof stop === "number" && typeof step === "number") {
    const span = step > 0 ? stop - start : start - stop;
    if (span <= 0) return 0;
    // a span beyond 2^53 is inexact as a number
    if (Number.isSafeInteger(span)) return Math.floor((span - 1) / Math.abs(step)) + 1;
  }
  const s = BigInt(step);
  const span = s > 0n ? BigInt(stop) - BigInt(start) : BigInt(start) - BigInt(stop);
  return span <= 0n ? 0 : normInt((span - 1n) / (s < 0n ? -s : s) + 1n);
}

/** Item i (0 ≤ i < length). */
function itemAt(r: PyRange, i: PyInt): PyInt {
  if (typeof r.start === "number" && typeof r.step === "number" && typeof i === "number") {
    const v = r.start + r.step * i;
    if (Number.isSafeInteger(v) && Number.isSafeInteger(r.step * i)) return v;
  }
  return normInt(BigInt(r.start) + BigInt(r.step) * BigInt(i));
}

/** iter(range) from item `from` on. */
export function rangeIterator(r: PyRange): PyRangeIterator | PyLongRangeIterator {
  return makeIterator(r.start, r.step, r.length);
}

function makeIterator(start: PyInt, step: PyInt, length: PyInt): PyRangeIterator | PyLongRangeIterator {
  if (typeof start === "number" && typeof step === "number" && typeof length === "number") {
    const last = start + step * length;
    if (Number.isSafeInteger(last) && Number.isSafeInteger(step * length)) return new PyRangeIterator(start, step, length);
  }
  return new PyLongRangeIterator(BigInt(start), BigInt(step), BigInt(length));
}

function reversedIterator(r: PyRange): Value {
  if (r.length === 0) return new PyRangeIterator(0, 1, 0);
  const last = itemAt(r, minusOne(r.length));
  const step = typeof r.step === "number" ? -r.step : normInt(-r.step);
  return makeIterator(last, step, r.length);
}

function minusOne(n: PyInt): PyInt {
  return normInt(BigInt(n) - 1n);
}

/** Position of an int in the range; -1 when it is not there. */
function find(r: PyRange, v: PyInt): PyInt {
  const d = BigInt(v) - BigInt(r.start);
  const step = BigInt(r.step);
  if (d % step !== 0n) return -1;
  const i = d / step;
  return i >= 0n && i < BigInt(r.length) ? normInt(i) : -1;
}

function contains(vm: VM, self: Value, v: Value): boolean {
  const r = self as PyRange;
  if (typeof v === "number" && typeof r.start === "number" && typeof r.stop === "number" && typeof r.step === "number") {
    const inside = r.step > 0 ? v >= r.start && v < r.stop : v <= r.start && v > r.stop;
    return inside && (v - r.start) % r.step === 0;
  }
  const plain = exactInt(v);
  if (plain !== undefined) return find(r, plain) !== -1;
  let found = false;
  forEach(vm, r, (x) => (found = equals(vm, x, v)));
  return found;
}

/** ints and bools are found by arithmetic; int subclasses may compare in their own way. */
function exactInt(v: Value): PyInt | undefined {
  return typeof v === "object" ? undefined : plainInt(v);
}

function getItem(vm: VM, self: Value, key: Value): Value {
  const r = self as PyRange;
  if (key instanceof PySlice) return sliceOf(vm, r, key);
  if (!isIndex(key)) throw typeError(`range indices must be integers or slices, not ${typeOf(key).name}`);
  let i = toIndex(vm, key);
  if (i < 0) i = normInt(BigInt(i) + BigInt(r.length));
  if (i < 0 || i >= r.length) throw indexError("range object index out of range");
  return itemAt(r, i);
}

function sliceOf(vm: VM, r: PyRange, key: PySlice): Value {
  const bounds = vm.call(key.cls.lookup("indices")!, [key, r.length]) as PyTuple;
  const [start, stop, step] = bounds.items as [PyInt, PyInt, PyInt];
  const at = (i: PyInt) => normInt(BigInt(r.start) + BigInt(r.step) * BigInt(i));
  return new PyRange(at(start), at(stop), normInt(BigInt(r.step) * BigInt(step)));
}

function sameRange(a: PyRange, b: PyRange): boolean {
  if (a.length !== b.length) return false;
  if (a.length === 0) return true;
  return a.start === b.start && (a.length === 1 || a.step === b.step);
}

function argument(vm: VM, v: Value): PyInt {
  return toIndex(vm, v);
}

function newRange(vm: VM, _cls: PyType, a: Value, b: Value | undefined, c: Value | undefined): Value {
  if (b === undefined) return new PyRange(0, argument(vm, a), 1);
  const start = argument(vm, a);
  const stop = argument(vm, b);
  const step = c === undefined ? 1 : argument(vm, c);
  if (step === 0) throw valueError("range() arg 3 must not be zero");
  return new PyRange(start, stop, step);
}

function index(vm: VM, r: PyRange, v: Value): Value {
  const plain = exactInt(v);
  if (plain !== undefined) {
    const i = find(r, plain);
    if (i === -1) throw valueError("range.index(x): x not in range");
    return i;
  }
  let i = 0;
  let at = -1;
  forEach(vm, r, (x) => {
    if (equals(vm, x, v)) at = i;
    i++;
    return at >= 0;
  });
  if (at < 0) throw valueError("sequence.index(x): x not in sequence");
  return at;
}

function count(vm: VM, r: PyRange, v: Value): Value {
  const plain = exactInt(v);
  if (plain !== undefined) return find(r, plain) === -1 ? 0 : 1;
  let n = 0;
  forEach(vm, r, (x) => void (compare(vm, "eq", x, v) === true && n++));
  return n;
}

export const rangeType: PyType = defineType({
  name: "range",
  js: PyRange,
  subclassable: false,
  doc: "The ints from start up to stop, step apart; a sequence that computes its items.",
  new: ["(start, stop=None, step=1, /)", newRange],
  slots: {
    repr: (vm, self) => {
      const r = self as PyRange;
      const step = r.step === 1 ? "" : `, ${repr(vm, r.step)}`;
      return `range(${repr(vm, r.start)}, ${repr(vm, r.stop)}${step})`;
    },
    eq: (_vm, a, b) => (b instanceof PyRange ? sameRange(a as PyRange, b) : NotImplemented),
    ne: (_vm, a, b) => (b instanceof PyRange ? !sameRange(a as PyRange, b) : NotImplemented),
    hash: (vm, self) => {
      const r = self as PyRange;
      const parts: Value[] = [r.length, r.length === 0 ? null : r.start, r.length === 0 || r.length === 1 ? null : r.step];
      return tupleHashOf(parts.map((v) => hash(vm, v)));
    },
    bool: (_vm, self) => (self as PyRange).length !== 0,
    len: (_vm, self) => {
      const n = (self as PyRange).length;
      if (typeof n === "bigint") throw overflowError("Python int too large to convert to C ssize_t");
      return n;
    },
    iter: (_vm, self) => rangeIterator(self as PyRange),
    contains,
    getitem: getItem,
  },
  methods: {
    count: ["($self, object, /)", count, "1 when the value is in the range, else 0."],
    index: ["($self, object, /)", index, "Position of the value; ValueError when absent."],
    __reversed__: ["($self, /)", (_vm: VM, r: PyRange) => reversedIterator(r), "Return a reverse iterator."],
    __reduce__: ["($self, /)", (_vm: VM, r: PyRange) => new PyTuple([r.cls, new PyTuple([r.start, r.stop, r.step])])],
  },
  getset: {
    start: [(_vm: VM, r: PyRange) => r.start],
    stop: [(_vm: VM, r: PyRange) => r.stop],
    step: [(_vm: VM, r: PyRange) => r.step],
  },
});

/** The range that an iterator has still to yield. */
function rest(it: PyRangeIterator | PyLongRangeIterator): PyRange {
  const next = normInt(BigInt(it.next));
  const step = normInt(BigInt(it.step));
  return new PyRange(next, normInt(BigInt(next) + BigInt(step) * BigInt(it.remaining)), step);
}

export const rangeIteratorType: PyType = defineType({
  name: "range_iterator",
  js: PyRangeIterator,
  subclassable: false,
  slots: {
    iter: (_vm, it) => it,
    iternext: (_vm, o) => {
      const it = o as PyRangeIterator;
      if (it.remaining <= 0) return undefined;
      it.remaining--;
      const v = it.next;
      it.next = v + it.step;
      return v;
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyRangeIterator) => it.remaining],
    __reduce__: ["($self, /)", (vm: VM, it: PyRangeIterator) => reduceIterator(vm, "iter", rest(it), 0)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PyRangeIterator, state: Value) => {
        const skip = Math.max(0, Math.min(toSsize(vm, state), it.remaining));
        it.next += skip * it.step;
        it.remaining -= skip;
        return null;
      },
    ],
  },
});

export const longRangeIteratorType: PyType = defineType({
  name: "longrange_iterator",
  js: PyLongRangeIterator,
  subclassable: false,
  slots: {
    iter: (_vm, it) => it,
    iternext: (_vm, o) => {
      const it = o as PyLongRangeIterator;
      if (it.remaining <= 0n) return undefined;
      it.remaining--;
      const v = it.next;
      it.next = v + it.step;
      return normInt(v);
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyLongRangeIterator) => normInt(it.remaining)],
    __reduce__: ["($self, /)", (vm: VM, it: PyLongRangeIterator) => reduceIterator(vm, "iter", rest(it), 0)],
    __setstate__: [
      "($self, object, /)",
      (vm: VM, it: PyLongRangeIterator, state: Value) => {
        const n = BigInt(toIndex(vm, state));
        const skip = n < 0n ? 0n : n > it.remaining ? it.remaining : n;
        it.next += skip * it.step;
        it.remaining -= skip;
        return null;
      },
    ],
  },
});
