/**
 * str: type, constructor, operators, indexing, iteration. Methods are in str-methods.ts, `%` in percent-format.ts.
 * Receivers may be PyStrSub (Python-level subclasses): every entry unwraps with plainStr; results are plain strs.
 */
import { indexError, typeError } from "../builtins/exceptions.ts";
import { lookupSpecial, PyStrSub, plainStr, toIndex, str as toStr, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { concatFallback, repeatCount, repeatFallback } from "./sequence-operators.ts";
import { isIndex, PySlice, position, sliceRange } from "./slice.ts";
import type { BinarySlot } from "./slots.ts";
import { compareStr, hasAstral, pointIndex, strAt, strLength, strSlice } from "./str-points.ts";
import { strRepr } from "./str-repr.ts";
import { defineType, extendType, type NativeRow, type PyType, strType } from "./type.ts";
import { isAscii } from "./unicode.ts";
import { NotImplemented, type PyInt, PyObject, PyTuple, type Value } from "./values.ts";

/** The text of a str receiver. */
export const self = (v: Value): string => (typeof v === "string" ? v : plainStr(v)!);

const comparison =
  (test: (order: number) => boolean): BinarySlot =>
  (_vm, a, b) => {
    const y = plainStr(b);
    return y === undefined ? NotImplemented : test(compareStr(self(a), y));
  };

/** A 53-bit hash: two 32-bit multiplicative streams, mixed (after MurmurHash3's finaliser). The same in every process. */
export function hashStr(s: string): PyInt {
  if (s === "") return 0;
  let a = 0xdeadbeef ^ s.length;
  let b = 0x41c6ce57 ^ s.length;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    a = Math.imul(a ^ c, 0x9e3779b1);
    b = Math.imul(b ^ c, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b >> 11) * 4294967296 + (a >>> 0);
}

function add(vm: VM, a: Value, b: Value): Value {
  const y = plainStr(b);
  return y === undefined ? concatFallback(vm, a, b, `can only concatenate str (not "${typeName(b)}") to str`) : self(a) + y;
}

function mul(vm: VM, a: Value, n: Value): Value {
  const s = self(a);
  const count = repeatCount(vm, n, s.length);
  return count === undefined ? repeatFallback(vm, a, n) : s.repeat(count);
}

function contains(_vm: VM, a: Value, item: Value): boolean {
  const s = plainStr(item);
  if (s === undefined) throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  return findIn(self(a), s);
}

/** `needle in s`; a lone surrogate is not part of a pair. */
function findIn(s: string, needle: string): boolean {
  if (!s.includes(needle)) return false;
  return !hasAstral(needle) || needle.length > 1 || Array.from(s).includes(needle);
}

function getitem(vm: VM, a: Value, key: Value): Value {
  const s = self(a);
  if (typeof key === "number") return charAt(s, key);
  if (key instanceof PySlice) return strSlice(s, sliceRange(vm, key, strLength(s)));
  if (!isIndex(key)) throw typeError(`string indices must be integers, not '${typeName(key)}'`);
  const i = toIndex(vm, key);
  if (typeof i === "bigint") throw indexError("cannot fit 'int' into an index-sized integer");
  return charAt(s, i);
}

function charAt(s: string, index: number): string {
  const i = position(index, strLength(s));
  if (i < 0) throw indexError("string index out of range");
  return strAt(s, i);
}

// ---- construction -------------------------------------------------------------------------------------------------------------------

/** codecs-core.ts installs bytes decoding, which needs types that need str. */
let decodeObject: ((vm: VM, o: Value, encoding: string | undefined, errors: string | undefined) => string) | undefined;
export function installDecoder(decode: (vm: VM, o: Value, encoding: string | undefined, errors: string | undefined) => string): void {
  decodeObject = decode;
}

function newStr(vm: VM, cls: PyType, object?: Value, encoding?: Value, errors?: Value): Value {
  if (cls === strType && object !== undefined && encoding === undefined && errors === undefined && !typeOf(object).native)
    return strOfInstance(vm, object);
  const s = strValue(vm, object, encoding, errors);
  return cls === strType ? s : new PyStrSub(cls, s);
}

/** str(object) of a class written in Python: what `__str__` gives, which may be an instance of a subclass. */
function strOfInstance(vm: VM, object: Value): Value {
  const method = lookupSpecial(vm, object, "__str__");
  const r = method === undefined ? toStr(vm, object) : vm.call(method, []);
  if (plainStr(r) === undefined) throw typeError(`__str__ returned non-string (type ${typeName(r)})`);
  return r;
}

function strValue(vm: VM, object: Value | undefined, encoding: Value | undefined, errors: Value | undefined): string {
  if (encoding === undefined && errors === undefined) return object === undefined ? "" : toStr(vm, object);
  const enc = textArgument(encoding, "encoding");
  const err = textArgument(errors, "errors");
  return object === undefined ? "" : decodeObject!(vm, object, enc, err);
}

function textArgument(v: Value | undefined, name: string): string | undefined {
  if (v === undefined) return undefined;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`str() argument '${name}' must be str, not ${typeName(v)}`);
  return s;
}

// ---- iteration ------------------------------------------------------------------------------------------------------------------------

/** Walks UTF-16 units and yields code points. */
export class PyStrIterator extends PyObject {
  text: string | undefined;
  at = 0;
  constructor(text: string) {
    super();
    this.text = text;
  }
}

function iterNext(_vm: VM, v: Value): Value | undefined {
  const it = v as PyStrIterator;
  if (it.text === undefined) return undefined;
  const cp = it.text.codePointAt(it.at);
  if (cp === undefined) {
    it.text = undefined;
    return undefined;
  }
  if (cp > 0xffff) {
    it.at += 2;
    return String.fromCodePoint(cp);
  }
  return it.text.charAt(it.at++);
}

const ITERATOR_SLOTS = { iter: (_vm: VM, v: Value) => v, iternext: iterNext };
const ITERATOR_METHODS: Record<string, NativeRow> = {
  __length_hint__: [
    "($self, /)",
    (_vm: VM, it: PyStrIterator) => (it.text === undefined ? 0 : strLength(it.text.slice(it.at))),
    "Number of characters left.",
  ],
  __setstate__: [
    "($self, state, /)",
    (vm: VM, it: PyStrIterator, state: Value) => {
      const i = toIndex(vm, state);
      if (it.text !== undefined)
        it.at = Array.from(it.text)
          .slice(0, Math.max(0, Number(i)))
          .join("").length;
      return null;
    },
  ],
  __reduce__: [
    "($self, /)",
    (vm: VM, it: PyStrIterator) => {
      const iter = vm.builtins.getStr("iter")!;
      return it.text === undefined
        ? new PyTuple([iter, new PyTuple([""])])
        : new PyTuple([iter, new PyTuple([it.text]), pointIndex(it.text, it.at)]);
    },
  ],
};

/** CPython walks ASCII text with an iterator type of its own. */
class PyAsciiIterator extends PyStrIterator {}

export const strIteratorType: PyType = defineType({
  name: "str_iterator",
  js: PyStrIterator,
  subclassable: false,
  slots: ITERATOR_SLOTS,
  methods: ITERATOR_METHODS,
});
export const asciiIteratorType: PyType = defineType({
  name: "str_ascii_iterator",
  js: PyAsciiIterator,
  subclassable: false,
  slots: ITERATOR_SLOTS,
  methods: ITERATOR_METHODS,
});

function iterate(_vm: VM, v: Value): Value {
  const s = self(v);
  return isAscii(s) ? new PyAsciiIterator(s) : new PyStrIterator(s);
}

extendType(strType, {
  doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nText of an object, or bytes decoded.",
  new: ["(object='', encoding='utf-8', errors='strict')", newStr],
  slots: {
    repr: (_vm, v) => strRepr(self(v)),
    str: (_vm, v) => self(v),
    hash: (_vm, v) => hashStr(self(v)),
    len: (_vm, v) => strLength(self(v)),
    contains,
    getitem,
    iter: iterate,
    add,
    mul,
    rmul: mul,
    eq: (_vm, a, b) => {
      const y = plainStr(b);
      return y === undefined ? NotImplemented : self(a) === y;
    },
    ne: (_vm, a, b) => {
      const y = plainStr(b);
      return y === undefined ? NotImplemented : self(a) !== y;
    },
    lt: comparison((o) => o < 0),
    le: comparison((o) => o <= 0),
    gt: comparison((o) => o > 0),
    ge: comparison((o) => o >= 0),
  },
  methods: {
    __getnewargs__: ["($self, /)", (_vm: VM, v: Value) => new PyTuple([self(v)])],
    __sizeof__: ["($self, /)", (_vm: VM, v: Value) => sizeOf(self(v)), "Size in memory as CPython counts it."],
  },
});

/** CPython's compact representations: 1, 2 or 4 bytes a character behind a header. */
function sizeOf(s: string): PyInt {
  const n = strLength(s) + 1;
  if (hasAstral(s)) return 56 + 4 * n;
  if (isAscii(s)) return 40 + n;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the Latin-1 range is meant
  return /^[\x00-\xff]*$/.test(s) ? 56 + n : 56 + 2 * n;
}
