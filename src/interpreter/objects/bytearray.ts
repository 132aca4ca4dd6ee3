/**
 * bytearray: mutable bytes over memory that grows by doubling. While buffers of it are held (memoryview), its size is fixed.
 * Source: Python library reference "Bytearray Objects".
 */
import { bufferError, indexError, typeError, valueError } from "../builtins/exceptions.ts";
import { type Buffer, bytesOf, flatBuffer } from "./buffer.ts";
import { bytesContent, percentBytes, repeatBytes, sliceBytes } from "./bytes.ts";
import { bytesMethods, byteValue, containsBytes, maketrans } from "./bytes-methods.ts";
import { compareBytes, equalBytes } from "./bytes-search.ts";
import { bytesRepr, parseHex } from "./bytes-text.ts";
import { latinText } from "./codecs-charmap.ts";
import { reduceIterator } from "./iterators.ts";
import { callMethod, toArray, toIndex, toSsize, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { concatFallback, repeatCount, repeatFallback } from "./sequence-operators.ts";
import { isIndex, PySlice, position, sliceRange } from "./slice.ts";
import type { BinarySlot } from "./slots.ts";
import { defineType, type PyType } from "./type.ts";
import { NotImplemented, PyAttrObject, PyBytes, PyObject, PyTuple, type Value } from "./values.ts";

export class PyByteArray extends PyAttrObject {
  private memory: Uint8Array;
  private used: number;
  /** Buffers held by others. */
  exports = 0;

  constructor(data: Uint8Array) {
    super();
    this.memory = data;
    this.used = data.length;
  }

  get data(): Uint8Array {
    return this.used === this.memory.length ? this.memory : this.memory.subarray(0, this.used);
  }

  get length(): number {
    return this.used;
  }

  /** The byte at a position, undefined beyond the end. */
  at(i: number): number | undefined {
    return i < this.used ? this.memory[i] : undefined;
  }

  /** Changes a byte within the bounds. */
  put(i: number, b: number): void {
    this.memory[i] = b;
  }

  exportBuffer(): Buffer {
    return {
      ...flatBuffer(this.data, false),
      acquire: () => {
        this.exports++;
      },
      release: () => {
        this.exports--;
      },
    };
  }

  /** New content of another size. */
  replace(data: Uint8Array): void {
    if (data.length !== this.used) this.checkResizable();
    this.memory = data;
    this.used = data.length;
  }

  push(b: number): void {
    this.resize(this.used + 1);
    this.memory[this.used - 1] = b;
  }

  append(data: Uint8Array): void {
    const at = this.used;
    const source = data.buffer === this.memory.buffer ? data.slice() : data;
    this.resize(at + source.length);
    this.memory.set(source, at);
  }

  /** Grows (new bytes are zero) or shrinks. */
  resize(size: number): void {
    if (size === this.used) return;
    this.checkResizable();
    if (size > this.memory.length) {
      const bigger = new Uint8Array(Math.max(size, this.used + (this.used >> 1) + 8));
      bigger.set(this.data);
      this.memory = bigger;
    } else if (size > this.used) this.memory.fill(0, this.used, size);
    this.used = size;
  }

  /** Replaces [start, stop) by `data`. */
  splice(start: number, stop: number, data: Uint8Array): void {
    const tail = this.memory.slice(stop, this.used);
    const source = data.buffer === this.memory.buffer ? data.slice() : data;
    this.resize(this.used - (stop - start) + source.length);
    this.memory.set(source, start);
    this.memory.set(tail, start + source.length);
  }

  private checkResizable(): void {
    if (this.exports > 0) throw bufferError("Existing exports of data: object cannot be re-sized");
  }
}

const self = (v: Value): PyByteArray => v as PyByteArray;
const make = (data: Uint8Array): PyByteArray => new PyByteArray(data);

// ---- items ----------------------------------------------------------------------------------------------------------------------------------

function indexOf(vm: VM, b: PyByteArray, key: Value): number {
  if (!isIndex(key)) throw typeError(`bytearray indices must be integers or slices, not ${typeName(key)}`);
  const index = toIndex(vm, key);
  if (typeof index === "bigint") throw indexError("cannot fit 'int' into an index-sized integer");
  const i = position(index, b.length);
  if (i < 0) throw indexError("bytearray index out of range");
  return i;
}

function getitem(vm: VM, v: Value, key: Value): Value {
  const b = self(v);
  return key instanceof PySlice ? make(sliceBytes(b.data, sliceRange(vm, key, b.length))) : b.at(indexOf(vm, b, key))!;
}

/** The bytes of a value assigned to a slice. */
function assigned(vm: VM, value: Value): Uint8Array {
  const data = bytesOf(value);
  if (data) return data.slice();
  const slot = typeOf(value).slot;
  if (typeof value === "string" || isIndex(value) || (!slot.iter && !slot.getitem))
    throw typeError("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
  return bytesContent(vm, "bytearray", value, undefined, undefined);
}

function setitem(vm: VM, v: Value, key: Value, value: Value): void {
  const b = self(v);
  if (!(key instanceof PySlice)) {
    const i = indexOf(vm, b, key);
    b.put(i, byteValue(vm, value));
    return;
  }
  const data = assigned(vm, value);
  const r = sliceRange(vm, key, b.length);
  if (r.step === 1) b.splice(r.start, Math.max(r.start, r.stop), data);
  else {
    if (data.length !== r.count) throw valueError(`attempt to assign bytes of size ${data.length} to extended slice of size ${r.count}`);
    const target = b.data;
    for (let k = 0, i = r.start; k < r.count; k++, i += r.step) target[i] = data[k]!;
  }
}

function delitem(vm: VM, v: Value, key: Value): void {
  const b = self(v);
  if (!(key instanceof PySlice)) {
    const i = indexOf(vm, b, key);
    b.splice(i, i + 1, new Uint8Array(0));
    return;
  }
  const r = sliceRange(vm, key, b.length);
  const gone = new Set<number>();
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) gone.add(i);
  if (gone.size > 0) b.replace(b.data.filter((_, i) => !gone.has(i)));
}

// ---- operators --------------------------------------------------------------------------------------------------------------------------------

const comparison =
  (test: (order: number) => boolean): BinarySlot =>
  (_vm, a, b) => {
    const data = bytesOf(b);
    return data ? test(compareBytes(self(a).data, data)) : NotImplemented;
  };

function add(vm: VM, a: Value, b: Value): Value {
  const data = bytesOf(b);
  if (!data) return concatFallback(vm, a, b, `can't concat ${typeName(b)} to ${typeName(a)}`);
  const r = make(self(a).data.slice());
  r.append(data);
  return r;
}

function iadd(_vm: VM, a: Value, b: Value): Value {
  const data = bytesOf(b);
  if (!data) throw typeError(`can't concat ${typeName(b)} to ${typeName(a)}`);
  self(a).append(data);
  return a;
}

function mul(vm: VM, a: Value, n: Value): Value {
  const count = repeatCount(vm, n, self(a).length);
  return count === undefined ? repeatFallback(vm, a, n) : make(repeatBytes(self(a).data, count));
}

function imul(vm: VM, a: Value, n: Value): Value {
  const count = repeatCount(vm, n, self(a).length);
  if (count === undefined) return repeatFallback(vm, a, n);
  self(a).replace(repeatBytes(self(a).data, count));
  return a;
}

// ---- methods ----------------------------------------------------------------------------------------------------------------------------------

function extend(vm: VM, b: PyByteArray, items: Value): Value {
  const data = bytesOf(items);
  if (data) {
    b.append(data);
    return null;
  }
  const slot = typeOf(items).slot;
  if (!slot.iter && !slot.getitem) throw typeError(`can't extend bytearray with ${typeName(items)}`);
  if (typeof items === "string") throw typeError(`expected iterable of integers; got: '${typeName(items)}'`);
  b.append(Uint8Array.from(toArray(vm, items), (item) => byteValue(vm, item)));
  return null;
}

function insert(vm: VM, b: PyByteArray, index: Value, item: Value): Value {
  const i = toSsize(vm, index);
  const byte = byteValue(vm, item);
  const at = i < 0 ? Math.max(0, i + b.length) : Math.min(i, b.length);
  b.splice(at, at, Uint8Array.of(byte));
  return null;
}

function pop(vm: VM, b: PyByteArray, index?: Value): Value {
  if (b.length === 0) throw indexError("pop from empty bytearray");
  const i = index === undefined ? b.length - 1 : position(toIndex(vm, index), b.length);
  if (i < 0) throw indexError("pop index out of range");
  const byte = b.at(i)!;
  b.splice(i, i + 1, new Uint8Array(0));
  return byte;
}

function remove(vm: VM, b: PyByteArray, value: Value): Value {
  const i = b.data.indexOf(byteValue(vm, value));
  if (i < 0) throw valueError("value not found in bytearray");
  b.splice(i, i + 1, new Uint8Array(0));
  return null;
}

function resize(vm: VM, b: PyByteArray, size: Value): Value {
  const n = toSsize(vm, size);
  if (n < 0) throw valueError(`Can only resize to positive sizes, got ${n}`);
  b.resize(n);
  return null;
}

function reduce(vm: VM, b: PyByteArray): Value {
  const state = callMethod(vm, b, "__getstate__");
  return new PyTuple([b.cls, new PyTuple([latinText(b.data), "latin-1"]), state]);
}

export class PyByteArrayIterator extends PyObject {
  source: PyByteArray | undefined;
  index = 0;
  constructor(source: PyByteArray) {
    super();
    this.source = source;
  }
}

defineType({
  name: "bytearray_iterator",
  js: PyByteArrayIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const it = v as PyByteArrayIterator;
      const b = it.source?.at(it.index++);
      if (b === undefined) it.source = undefined;
      return b;
    },
  },
  methods: {
    __length_hint__: [
      "($self, /)",
      (_vm: VM, it: PyByteArrayIterator) => (it.source ? Math.max(0, it.source.length - it.index) : 0),
      "Number of bytes left.",
    ],
    __reduce__: ["($self, /)", (vm: VM, it: PyByteArrayIterator) => reduceIterator(vm, "iter", it.source, it.source && it.index)],
    __setstate__: [
      "($self, state, /)",
      (vm: VM, it: PyByteArrayIterator, state: Value) => {
        if (it.source) it.index = Math.max(0, Math.min(toSsize(vm, state), it.source.length));
        return null;
      },
    ],
  },
});

/** Unlike bytes, an apostrophe is escaped within double quotes too. */
function representation(v: Value): string {
  const text = bytesRepr(self(v).data);
  return `${typeName(v)}(${text.startsWith('b"') ? text.replaceAll("'", "\\'") : text})`;
}

export const byteArrayType: PyType = defineType({
  name: "bytearray",
  js: PyByteArray,
  doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy",
  new: [
    "(*args, **kwargs)",
    (_vm: VM, cls: PyType) => {
      const b = make(new Uint8Array(0));
      if (cls !== byteArrayType) b.cls = cls;
      return b;
    },
  ],
  init: [
    "(source=b'', encoding='utf-8', errors='strict')",
    (vm: VM, b: PyByteArray, source?: Value, encoding?: Value, errors?: Value) => {
      b.replace(bytesContent(vm, "bytearray", source, encoding, errors).slice());
      return null;
    },
  ],
  slots: {
    repr: (_vm, v) => representation(v),
    str: (_vm, v) => representation(v),
    hash: null,
    len: (_vm, v) => self(v).length,
    contains: (vm, v, item) => containsBytes(vm, self(v).data, item),
    getitem,
    setitem,
    delitem,
    iter: (_vm, v) => new PyByteArrayIterator(self(v)),
    add,
    iadd,
    mul,
    rmul: mul,
    imul,
    mod: (vm, v, args) => make(percentBytes(vm, self(v).data, args)),
    rmod: () => NotImplemented,
    eq: (_vm, a, b) => {
      const data = bytesOf(b);
      return data ? equalBytes(self(a).data, data) : NotImplemented;
    },
    ne: (_vm, a, b) => {
      const data = bytesOf(b);
      return data ? !equalBytes(self(a).data, data) : NotImplemented;
    },
    lt: comparison((o) => o < 0),
    le: comparison((o) => o <= 0),
    gt: comparison((o) => o > 0),
    ge: comparison((o) => o >= 0),
  },
  methods: {
    ...bytesMethods(make),
    append: ["($self, item, /)", (vm: VM, b: PyByteArray, item: Value) => none(b.push(byteValue(vm, item))), "Adds a byte at the end."],
    extend: ["($self, iterable_of_ints, /)", extend, "Adds bytes at the end."],
    insert: ["($self, index, item, /)", insert, "Inserts a byte before an index."],
    pop: ["($self, index=-1, /)", pop, "Removes a byte and returns it."],
    remove: ["($self, value, /)", remove, "Removes the first occurrence of a byte."],
    reverse: ["($self, /)", (_vm: VM, b: PyByteArray) => none(b.data.reverse()), "Reverses the bytes in place."],
    clear: ["($self, /)", (_vm: VM, b: PyByteArray) => none(b.resize(0)), "Removes all bytes."],
    copy: ["($self, /)", (_vm: VM, b: PyByteArray) => make(b.data.slice()), "A copy."],
    resize: ["($self, size, /)", resize, "Changes the size, cutting or adding zeros at the end."],
    __reduce__: ["($self, /)", reduce],
    __reduce_ex__: ["($self, proto=0, /)", reduce],
    __sizeof__: ["($self, /)", (_vm: VM, b: PyByteArray) => 57 + b.length, "Size in memory as CPython counts it."],
    __alloc__: ["($self, /)", (_vm: VM, b: PyByteArray) => b.length + 1, "Bytes allocated."],
  },
  classMethods: {
    fromhex: [
      "($type, string, /)",
      (vm: VM, cls: PyType, text: Value) => (cls === byteArrayType ? make(parseHex(text)) : vm.call(cls, [new PyBytes(parseHex(text))])),
      "A bytearray from hexadecimal digits.",
    ],
  },
  staticMethods: { maketrans: ["(frm, to, /)", maketrans, "A table for translate."] },
});

function none(_: unknown): null {
  return null;
}
