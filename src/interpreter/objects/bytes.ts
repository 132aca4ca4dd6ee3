/** bytes: type, constructor, operators. The methods shared with bytearray are in bytes-methods.ts. Source: library reference "Bytes Objects", PEP 461. */
import { indexError, overflowError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf, getBuffer } from "./buffer.ts";
import { bytesMethods, byteValue, containsBytes, maketrans } from "./bytes-methods.ts";
import { compareBytes, equalBytes } from "./bytes-search.ts";
import { bytesRepr, parseHex } from "./bytes-text.ts";
import { latinBytes, latinText } from "./codecs-charmap.ts";
import { encodeText } from "./codecs-core.ts";
import { concat } from "./codecs-utf.ts";
import { reduceIterator } from "./iterators.ts";
import { PyList } from "./list.ts";
import { lookupSpecial, plainStr, repr, toArray, toIndex, toSsize, typeName, typeOf } from "./operations.ts";
import { type PercentMode, percentFormat, STR_MODE } from "./percent-format.ts";
import type { VM } from "./runtime.ts";
import { concatFallback, repeatCount, repeatFallback } from "./sequence-operators.ts";
import { isIndex, PySlice, position, type SliceRange, sliceRange } from "./slice.ts";
import type { BinarySlot } from "./slots.ts";
import { asciiText } from "./str-repr.ts";
import { defineType, type PyType } from "./type.ts";
import { NotImplemented, PyBytes, type PyInt, PyObject, PyTuple, type Value } from "./values.ts";

const self = (v: Value): Uint8Array => (v as PyBytes).data;
const make = (data: Uint8Array): PyBytes => new PyBytes(data);

/** A 53-bit hash of bytes, the same for memoryviews of the same content. */
export function hashBytes(data: Uint8Array): PyInt {
  if (data.length === 0) return 0;
  let a = 0x811c9dc5 ^ data.length;
  let b = 0x41c6ce57;
  for (const c of data) {
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return (b >> 11) * 4294967296 + (a >>> 0);
}

export function sliceBytes(data: Uint8Array, r: SliceRange): Uint8Array {
  if (r.count === 0) return new Uint8Array(0);
  if (r.step === 1) return data.slice(r.start, r.start + r.count);
  const out = new Uint8Array(r.count);
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) out[k] = data[i]!;
  return out;
}

export function repeatBytes(data: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(data.length * count);
  for (let at = 0; at < out.length; at += data.length) out.set(data, at);
  return out;
}

// ---- construction -------------------------------------------------------------------------------------------------------------------------

/** The content for bytes(source, encoding, errors) and bytearray(…). `byte` names an item in messages. */
export function bytesContent(
  vm: VM,
  kind: "bytes" | "bytearray",
  source: Value | undefined,
  encoding: Value | undefined,
  errors: Value | undefined,
): Uint8Array {
  const enc = textArgument(kind, encoding, "encoding");
  const err = textArgument(kind, errors, "errors");
  if (enc !== undefined || err !== undefined) {
    const s = source === undefined ? undefined : plainStr(source);
    if (s === undefined) throw typeError(`${enc !== undefined ? "encoding" : "errors"} without a string argument`);
    if (enc === undefined) throw noEncoding();
    return encodeText(vm, s, enc, err).data;
  }
  return source === undefined ? new Uint8Array(0) : objectContent(vm, kind, source);
}

function textArgument(kind: string, v: Value | undefined, name: string): string | undefined {
  if (v === undefined) return undefined;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${kind}() argument '${name}' must be str, not ${typeName(v)}`);
  return s;
}

function noEncoding(): PyBaseException {
  return typeError("string argument without an encoding");
}

function objectContent(vm: VM, kind: "bytes" | "bytearray", v: Value): Uint8Array {
  if (plainStr(v) !== undefined) throw noEncoding();
  if (kind === "bytes" && typeof v === "object" && !(v instanceof PyBytes && v.cls === bytesType)) {
    const special = lookupSpecial(vm, v, "__bytes__");
    if (special !== undefined) {
      const r = vm.call(special, []);
      if (!(r instanceof PyBytes)) throw typeError(`__bytes__ returned non-bytes (type ${typeName(r)})`);
      return r.data;
    }
  }
  if (isIndex(v) && !getBuffer(v)) return new Uint8Array(countOf(vm, v));
  const data = bytesOf(v);
  return data ? data.slice() : bytesFromItems(vm, kind, v);
}

function countOf(vm: VM, v: Value): number {
  const n = toIndex(vm, v);
  if (typeof n === "bigint") throw overflowError("cannot fit 'int' into an index-sized integer");
  if (n < 0) throw valueError("negative count");
  return n;
}

function bytesFromItems(vm: VM, kind: "bytes" | "bytearray", v: Value): Uint8Array {
  const slot = typeOf(v).slot;
  if (!slot.iter && !slot.getitem) throw typeError(`cannot convert '${typeName(v)}' object to ${kind}`);
  const items = v instanceof PyList || v instanceof PyTuple ? v.items : toArray(vm, v);
  const noun = kind === "bytes" ? "bytes" : "byte";
  return Uint8Array.from(items, (item) => byteValue(vm, item, noun));
}

function newBytes(vm: VM, cls: PyType, source?: Value, encoding?: Value, errors?: Value): Value {
  if (cls === bytesType && encoding === undefined && errors === undefined && source instanceof PyBytes && source.cls === bytesType)
    return source;
  const b = new PyBytes(bytesContent(vm, "bytes", source, encoding, errors));
  if (cls !== bytesType) b.cls = cls;
  return b;
}

// ---- operators ------------------------------------------------------------------------------------------------------------------------------

const comparison =
  (test: (order: number) => boolean): BinarySlot =>
  (_vm, a, b) =>
    b instanceof PyBytes ? test(compareBytes(self(a), b.data)) : NotImplemented;

function add(vm: VM, a: Value, b: Value): Value {
  const data = bytesOf(b);
  return data ? make(concat([self(a), data])) : concatFallback(vm, a, b, `can't concat ${typeName(b)} to bytes`);
}

function mul(vm: VM, a: Value, n: Value): Value {
  const count = repeatCount(vm, n, self(a).length);
  return count === undefined ? repeatFallback(vm, a, n) : make(repeatBytes(self(a), count));
}

function getitem(vm: VM, a: Value, key: Value): Value {
  const data = self(a);
  if (key instanceof PySlice) return make(sliceBytes(data, sliceRange(vm, key, data.length)));
  if (!isIndex(key)) throw typeError(`byte indices must be integers or slices, not ${typeName(key)}`);
  const index = toIndex(vm, key);
  if (typeof index === "bigint") throw indexError("cannot fit 'int' into an index-sized integer");
  const i = position(index, data.length);
  if (i < 0) throw indexError("index out of range");
  return data[i]!;
}

/** `%` of bytes: the str engine over Latin-1 text. */
const BYTES_MODE: PercentMode = {
  ...STR_MODE,
  noun: "bytes",
  conversions: "srabc",
  key: (text) => make(latinBytes(text)),
  text(vm, v) {
    const data = bytesOf(v);
    if (data) return latinText(data);
    const special = lookupSpecial(vm, v, "__bytes__");
    if (special === undefined)
      throw typeError(`%b requires a bytes-like object, or an object that implements __bytes__, not '${typeName(v)}'`);
    const r = vm.call(special, []);
    if (!(r instanceof PyBytes)) throw typeError(`__bytes__ returned non-bytes (type ${typeName(r)})`);
    return latinText(r.data);
  },
  repr: (vm, v) => asciiText(repr(vm, v)),
  character(vm, v) {
    const data = v instanceof PyBytes || typeName(v) === "bytearray" ? bytesOf(v) : undefined;
    if (data) {
      if (data.length !== 1)
        throw typeError(`%c requires an integer in range(256) or a single byte, not a ${typeName(v)} object of length ${data.length}`);
      return latinText(data);
    }
    if (!isIndex(v)) throw typeError(`%c requires an integer in range(256) or a single byte, not ${typeName(v)}`);
    const b = toIndex(vm, v);
    if (b < 0 || b > 255) throw overflowError("%c arg not in range(256)");
    return String.fromCharCode(Number(b));
  },
  floatError: (v) => typeError(`float argument required, not ${typeName(v)}`),
  isMapping: (v) => STR_MODE.isMapping(v) && !(v instanceof PyBytes) && typeName(v) !== "bytearray",
};

export function percentBytes(vm: VM, format: Uint8Array, args: Value): Uint8Array {
  return latinBytes(percentFormat(vm, latinText(format), args, BYTES_MODE));
}

// ---- iteration --------------------------------------------------------------------------------------------------------------------------------

export class PyBytesIterator extends PyObject {
  source: PyBytes | undefined;
  index = 0;
  constructor(source: PyBytes) {
    super();
    this.source = source;
  }
}

export const bytesIteratorType: PyType = defineType({
  name: "bytes_iterator",
  js: PyBytesIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const it = v as PyBytesIterator;
      const b = it.source?.data[it.index++];
      if (b === undefined) it.source = undefined;
      return b;
    },
  },
  methods: {
    __length_hint__: [
      "($self, /)",
      (_vm: VM, it: PyBytesIterator) => (it.source ? Math.max(0, it.source.data.length - it.index) : 0),
      "Number of bytes left.",
    ],
    __reduce__: ["($self, /)", (vm: VM, it: PyBytesIterator) => reduceIterator(vm, "iter", it.source, it.source && it.index)],
    __setstate__: [
      "($self, state, /)",
      (vm: VM, it: PyBytesIterator, state: Value) => {
        if (it.source) it.index = Math.max(0, Math.min(toSsize(vm, state), it.source.data.length));
        return null;
      },
    ],
  },
});

// ---- type -------------------------------------------------------------------------------------------------------------------------------------

export const bytesType: PyType = defineType({
  name: "bytes",
  js: PyBytes,
  doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer",
  new: ["(source=b'', encoding='utf-8', errors='strict')", newBytes],
  slots: {
    repr: (_vm, v) => bytesRepr(self(v)),
    str: (_vm, v) => bytesRepr(self(v)),
    hash: (_vm, v) => hashBytes(self(v)),
    len: (_vm, v) => self(v).length,
    contains: (vm, v, item) => containsBytes(vm, self(v), item),
    getitem,
    iter: (_vm, v) => new PyBytesIterator(v as PyBytes),
    add,
    mul,
    rmul: mul,
    mod: (vm, v, args) => make(percentBytes(vm, self(v), args)),
    rmod: (vm, v, format) => (format instanceof PyBytes ? make(percentBytes(vm, format.data, v)) : NotImplemented),
    eq: (_vm, a, b) => (b instanceof PyBytes ? equalBytes(self(a), b.data) : NotImplemented),
    ne: (_vm, a, b) => (b instanceof PyBytes ? !equalBytes(self(a), b.data) : NotImplemented),
    lt: comparison((o) => o < 0),
    le: comparison((o) => o <= 0),
    gt: comparison((o) => o > 0),
    ge: comparison((o) => o >= 0),
  },
  methods: {
    ...bytesMethods(make),
    __bytes__: ["($self, /)", (_vm: VM, v: PyBytes) => (v.cls === bytesType ? v : make(v.data)), "The bytes themselves."],
    __getnewargs__: ["($self, /)", (_vm: VM, v: PyBytes) => new PyTuple([make(v.data)])],
    __sizeof__: ["($self, /)", (_vm: VM, v: PyBytes) => 33 + v.data.length, "Size in memory as CPython counts it."],
  },
  classMethods: {
    fromhex: [
      "($type, string, /)",
      (vm: VM, cls: PyType, text: Value) => {
        const b = make(parseHex(text));
        return cls === bytesType ? b : vm.call(cls, [b]);
      },
      "Bytes from hexadecimal digits.",
    ],
  },
  staticMethods: { maketrans: ["(frm, to, /)", maketrans, "A table for translate."] },
});
