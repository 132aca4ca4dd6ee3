/** Module array: the type array.array over the objects of array-object.ts. Source: library reference "array". */
import {
    EXCEPTIONS,
  indexError,
  newException,
    type PyBaseException,
  typeError,
  valueError,
} from "../builtins/exceptions.ts";
import { bytesOf, needBytes } from "../objects/buffer.ts";
import { PyList } from "../objects/list.ts";
import {
  type CompareOp,
  callMethod,
  compare,
  equals,
  forEach,
  lookupAttr,
  needStr,
  plainInt,
  plainStr,
  repr,
    toIndex,
  toSsize,
  truthy,
  typeName,
  typeOf,
} from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { repeatCount, repeatFallback } from "../objects/sequence-operators.ts";
import { clampSlice, isIndex, PySlice, position, type SliceRange, sliceRange } from "../objects/slice.ts";
import type { BinarySlot } from "../objects/slots.ts";
import { strRepr } from "../objects/str-repr.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { NotImplemented, PyBytes, PyObject, PyTuple, type Value } from "../objects/values.ts";
import { badTypecode, CODES, itemValue, PyArray, TYPECODES } from "./array-object.ts";
import type { NativeModule } from "./native-module.ts";

const self = (v: Value): PyArray => v as PyArray;

// ---- construction -------------------------------------------------------------------------------------------------------------------------------

function newArray(vm: VM, cls: PyType, args: Value[], kwnames: readonly string[] | undefined): Value {
  if (kwnames?.length && cls === arrayType) throw typeError("array.array() takes no keyword arguments");
  const positional = args.slice(0, args.length - (kwnames?.length ?? 0));
  if (positional.length < 1) throw typeError("array() takes at least 1 argument (0 given)");
  if (positional.length > 2) throw typeError(`array() takes at most 2 arguments (${positional.length} given)`);
  const letter = plainStr(positional[0]!);
  if (letter === undefined) throw typeError(`array() argument 1 must be a unicode character, not ${typeName(positional[0]!)}`);
  if (Array.from(letter).length !== 1)
    throw typeError(`array() argument 1 must be a unicode character, not a string of length ${Array.from(letter).length}`);
  const code = CODES[letter];
  if (letter === "u") vm.warn(EXCEPTIONS.DeprecationWarning, "The 'u' type code is deprecated and will be removed in Python 3.16", 1);
  const initial = positional[1];
  if (initial !== undefined && code?.kind !== "char") checkInitial(letter, initial);
  if (!code) throw badTypecode();
  const a = new PyArray(code, 0);
  if (cls !== arrayType) a.cls = cls;
  if (initial !== undefined) initialise(vm, a, initial);
  return a;
}

function checkInitial(letter: string, initial: Value): void {
  if (plainStr(initial) !== undefined) throw typeError(`cannot use a str to initialize an array with typecode '${letter}'`);
  if (initial instanceof PyArray && initial.code.kind === "char")
    throw typeError(`cannot use a unicode array to initialize an array with typecode '${letter}'`);
}

function initialise(vm: VM, a: PyArray, initial: Value): void {
  const text = plainStr(initial);
  if (text !== undefined) appendText(a, text);
  else if (initial instanceof PyBytes || typeName(initial) === "bytearray") appendBytes(a, bytesOf(initial)!);
  else if (initial instanceof PyArray && initial.code === a.code) appendBytes(a, initial.bytes());
  else appendItems(vm, a, initial);
}

function appendText(a: PyArray, text: string): void {
  const points = Array.from(text, (c) => c.codePointAt(0)!);
  const at = a.length;
  a.resize(at + points.length);
  (a.data() as Uint32Array).set(points, at);
}

function appendBytes(a: PyArray, bytes: Uint8Array): void {
  if (bytes.length % a.code.size !== 0) throw valueError("bytes length not a multiple of item size");
  const at = a.length * a.code.size;
  const source = bytes.buffer === a.storage.buffer ? bytes.slice() : bytes;
  a.resize(a.length + source.length / a.code.size);
  a.storage.bytes().set(source, at);
}

/** Lists convert in one go; anything else item by item. */
function appendItems(vm: VM, a: PyArray, items: Value): void {
  if (items instanceof PyList || items instanceof PyTuple) {
    const values = items.items.map((v) => itemValue(vm, a.code, v));
    const at = a.length;
    a.resize(at + values.length);
    const data = a.data() as { [index: number]: number | bigint };
    for (let i = 0; i < values.length; i++) data[at + i] = values[i]!;
  } else forEach(vm, items, (v) => a.push(vm, v));
}

function copyOf(a: PyArray, r: SliceRange): PyArray {
  const out = new PyArray(a.code, r.count);
  const from = a.data();
  const to = out.data() as { [index: number]: number | bigint };
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) to[k] = from[i]!;
  return out;
}

const all = (a: PyArray): SliceRange => clampSlice(undefined, undefined, 1, a.length);

// ---- operators ----------------------------------------------------------------------------------------------------------------------------------

function indexOf(vm: VM, a: PyArray, key: Value, message: string): number {
  if (!isIndex(key)) throw typeError("array indices must be integers");
  const i = position(toIndex(vm, key), a.length);
  if (i < 0) throw indexError(message);
  return i;
}

function getitem(vm: VM, v: Value, key: Value): Value {
  const a = self(v);
  if (key instanceof PySlice) return copyOf(a, sliceRange(vm, key, a.length));
  return a.get(indexOf(vm, a, key, "array index out of range"));
}

function setitem(vm: VM, v: Value, key: Value, value: Value): void {
  const a = self(v);
  if (!(key instanceof PySlice)) {
    a.set(vm, indexOf(vm, a, key, "array assignment index out of range"), value);
    return;
  }
  if (!(value instanceof PyArray)) throw typeError(`can only assign array (not "${typeName(value)}") to array slice`);
  if (value.code !== a.code) throw badArgument();
  const r = sliceRange(vm, key, a.length);
  const source = copyOf(value, all(value));
  if (r.step === 1) replaceRange(a, r.start, Math.max(r.start, r.stop), source);
  else {
    if (source.length !== r.count)
      throw valueError(`attempt to assign array of size ${source.length} to extended slice of size ${r.count}`);
    const data = a.data() as { [index: number]: number | bigint };
    for (let k = 0, i = r.start; k < r.count; k++, i += r.step) data[i] = source.data()[k]!;
    a.storage.touch();
  }
}

function badArgument(): PyBaseException {
  return typeError("bad argument type for built-in operation");
}

/** a[start:stop] = source */
function replaceRange(a: PyArray, start: number, stop: number, source: PyArray): void {
  const { size } = a.code;
  const tail = a.bytes().slice(stop * size);
  const middle = source.bytes().slice();
  a.resize(a.length - (stop - start) + source.length);
  a.storage.bytes().set(middle, start * size);
  a.storage.bytes().set(tail, start * size + middle.length);
  a.storage.touch();
}

function delitem(vm: VM, v: Value, key: Value): void {
  const a = self(v);
  const r = key instanceof PySlice ? sliceRange(vm, key, a.length) : undefined;
  const one = r ? 0 : indexOf(vm, a, key, "array assignment index out of range");
  const gone = new Set<number>();
  if (r) for (let k = 0, i = r.start; k < r.count; k++, i += r.step) gone.add(i);
  else gone.add(one);
  const data = a.data() as { [index: number]: number | bigint };
  let kept = 0;
  for (let i = 0; i < a.length; i++) if (!gone.has(i)) data[kept++] = data[i]!;
  a.resize(kept);
}

function add(_vm: VM, x: Value, y: Value): Value {
  if (!(y instanceof PyArray)) throw typeError(`can only append array (not "${typeName(y)}") to array`);
  if (self(x).code !== y.code) throw badArgument();
  const r = copyOf(self(x), all(self(x)));
  appendBytes(r, y.bytes());
  return r;
}

function iadd(vm: VM, x: Value, y: Value): Value {
  if (!(y instanceof PyArray)) throw typeError(`can only extend array with array (not "${typeName(y)}")`);
  extend(vm, self(x), y);
  return x;
}

function repeat(a: PyArray, count: number): PyArray {
  const out = new PyArray(a.code, a.length * count);
  const bytes = a.bytes();
  for (let k = 0; k < count; k++) out.storage.bytes().set(bytes, k * bytes.length);
  return out;
}

function mul(vm: VM, x: Value, n: Value): Value {
  const count = repeatCount(vm, n, self(x).length);
  return count === undefined ? repeatFallback(vm, x, n) : repeat(self(x), count);
}

function imul(vm: VM, x: Value, n: Value): Value {
  const a = self(x);
  const count = repeatCount(vm, n, a.length);
  if (count === undefined) return repeatFallback(vm, x, n);
  replaceRange(a, 0, a.length, repeat(a, count));
  return x;
}

function compareArrays(op: CompareOp): BinarySlot {
  return (vm, x, y) => {
    if (!(y instanceof PyArray)) return NotImplemented;
    const a = self(x);
    if (a.length !== y.length && (op === "eq" || op === "ne")) return op === "ne";
    const n = Math.min(a.length, y.length);
    for (let i = 0; i < n; i++) {
      const p = a.get(i);
      const q = y.get(i);
      if (!equals(vm, p, q)) return op === "eq" ? false : op === "ne" ? true : truthy(vm, compare(vm, op, p, q));
    }
    return compare(vm, op, a.length, y.length);
  };
}

function representation(vm: VM, v: Value): string {
  const a = self(v);
  const name = typeOf(v).name;
  if (a.length === 0) return `${name}('${a.typecode}')`;
  const content = a.code.kind === "char" ? strRepr(text(a)) : repr(vm, new PyList(items(a)));
  return `${name}('${a.typecode}', ${content})`;
}

function items(a: PyArray): Value[] {
  return Array.from({ length: a.length }, (_, i) => a.get(i));
}

function text(a: PyArray): string {
  let s = "";
  for (let i = 0; i < a.length; i++) s += a.get(i) as string;
  return s;
}

// ---- methods ------------------------------------------------------------------------------------------------------------------------------------

function extend(vm: VM, a: PyArray, source: Value): Value {
  if (source instanceof PyArray) {
    if (source.code !== a.code) throw typeError("can only extend with array of same kind");
    appendBytes(a, source.bytes());
  } else forEach(vm, source, (v) => a.push(vm, v));
  return null;
}

function insert(vm: VM, a: PyArray, index: Value, v: Value): Value {
  const i = toSsize(vm, index);
  const at = i < 0 ? Math.max(0, i + a.length) : Math.min(i, a.length);
  const one = new PyArray(a.code, 1);
  one.set(vm, 0, v);
  replaceRange(a, at, at, one);
  return null;
}

function pop(vm: VM, a: PyArray, index?: Value): Value {
  if (a.length === 0) throw indexError("pop from empty array");
  const i = index === undefined ? a.length - 1 : position(toIndex(vm, index), a.length);
  if (i < 0) throw indexError("pop index out of range");
  const v = a.get(i);
  replaceRange(a, i, i + 1, new PyArray(a.code, 0));
  return v;
}

function find(vm: VM, a: PyArray, v: Value, start = 0, stop = a.length): number {
  for (let i = start; i < Math.min(stop, a.length); i++) if (equals(vm, a.get(i), v)) return i;
  return -1;
}

function index(vm: VM, a: PyArray, v: Value, start?: Value, stop?: Value): Value {
  const r = sliceRange(vm, new PySlice(start ?? null, stop ?? null, null), a.length);
  const i = find(vm, a, v, r.start, r.stop);
  if (i < 0) throw valueError("array.index(x): x not in array");
  return i;
}

function remove(vm: VM, a: PyArray, v: Value): Value {
  const i = find(vm, a, v);
  if (i < 0) throw valueError("array.remove(x): x not in array");
  replaceRange(a, i, i + 1, new PyArray(a.code, 0));
  return null;
}

function byteswap(_vm: VM, a: PyArray): Value {
  const { size } = a.code;
  const bytes = a.bytes();
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  a.storage.touch();
  return null;
}

function frombytes(_vm: VM, a: PyArray, buffer: Value): Value {
  appendBytes(a, needBytes(buffer));
  return null;
}

function fromlist(vm: VM, a: PyArray, list: Value): Value {
  if (!(list instanceof PyList)) throw typeError("arg must be list");
  appendItems(vm, a, list);
  return null;
}

function fromunicode(_vm: VM, a: PyArray, v: Value): Value {
  if (a.code.kind !== "char") throw valueError("fromunicode() may only be called on unicode type arrays ('u' or 'w')");
  appendText(a, needStr(v, "fromunicode() argument"));
  return null;
}

function tounicode(_vm: VM, a: PyArray): Value {
  if (a.code.kind !== "char") throw valueError("tounicode() may only be called on unicode type arrays ('u' or 'w')");
  return text(a);
}

function fromfile(vm: VM, a: PyArray, f: Value, nArg: Value): Value {
  const n = toSsize(vm, nArg);
  if (n < 0) throw valueError("negative count");
  const wanted = n * a.code.size;
  const data = callMethod(vm, f, "read", wanted);
  if (!(data instanceof PyBytes)) throw typeError("read() didn't return bytes");
  appendBytes(a, data.data);
  if (data.data.length !== wanted) throw newException("EOFError", "read() didn't return enough bytes");
  return null;
}

function tofile(vm: VM, a: PyArray, f: Value): Value {
  callMethod(vm, f, "write", new PyBytes(a.bytes().slice()));
  return null;
}

const RECONSTRUCTOR = "_array_reconstructor";

/** Protocol 3 and later carry the machine's bytes, older ones a list. */
function reduceEx(vm: VM, a: PyArray, protocol: Value): Value {
  const state = lookupAttr(vm, a, "__dict__") ?? null;
  if (Number(plainInt(protocol) ?? 0) < 3) {
    const content = a.code.kind === "char" ? text(a) : new PyList(items(a));
    return new PyTuple([a.cls, new PyTuple([a.typecode, content]), state]);
  }
  const module = vm.importModule("array");
  const rebuild = lookupAttr(vm, module, RECONSTRUCTOR)!;
  return new PyTuple([rebuild, new PyTuple([a.cls, a.typecode, a.code.machine, new PyBytes(a.bytes().slice())]), state]);
}

function reconstruct(vm: VM, cls: Value, typecode: Value, machine: Value, bytes: Value): Value {
  const code = CODES[plainStr(typecode) ?? ""];
  if (!code) throw valueError("second parameter must be a valid type code");
  if (!(bytes instanceof PyBytes)) throw typeError(`fourth argument should be bytes, not ${typeName(bytes)}`);
  if (plainInt(machine) !== code.machine) throw valueError("third parameter must be a valid machine format code.");
  return vm.call(cls, [typecode, bytes]);
}

export class PyArrayIterator extends PyObject {
  source: PyArray | undefined;
  index = 0;
  constructor(source: PyArray) {
    super();
    this.source = source;
  }
}

defineType({
  name: "arrayiterator",
  module: "array",
  js: PyArrayIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const it = v as PyArrayIterator;
      if (it.source !== undefined && it.index < it.source.length) return it.source.get(it.index++);
      it.source = undefined;
      return undefined;
    },
  },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, it: PyArrayIterator) => {
        const iter = vm.builtins.getStr("iter")!;
        return it.source ? new PyTuple([iter, new PyTuple([it.source]), it.index]) : new PyTuple([iter, new PyTuple([new PyTuple([])])]);
      },
    ],
    __setstate__: [
      "($self, state, /)",
      (vm: VM, it: PyArrayIterator, state: Value) => {
        if (it.source) it.index = Math.max(0, Math.min(toSsize(vm, state), it.source.length));
        return null;
      },
    ],
  },
});

const copy = (_vm: VM, a: PyArray): Value => copyOf(a, all(a));

export const arrayType: PyType = defineType({
  name: "array",
  module: "array",
  js: PyArray,
  doc: "array(typecode [, initializer]) -> array\n\nA compact array of numbers or characters of one C type.",
  slots: {
    new: newArray,
    repr: representation,
    hash: null,
    len: (_vm, v) => self(v).length,
    contains: (vm, v, item) => find(vm, self(v), item) >= 0,
    getitem,
    setitem,
    delitem,
    iter: (_vm, v) => new PyArrayIterator(self(v)),
    add,
    iadd,
    mul,
    rmul: mul,
    imul,
    eq: compareArrays("eq"),
    ne: compareArrays("ne"),
    lt: compareArrays("lt"),
    le: compareArrays("le"),
    gt: compareArrays("gt"),
    ge: compareArrays("ge"),
  },
  methods: {
    append: ["($self, v, /)", (vm: VM, a: PyArray, v: Value) => none(a.push(vm, v)), "Adds an item at the end."],
    buffer_info: [
      "($self, /)",
      (_vm: VM, a: PyArray) => new PyTuple([a.storage.id * 4096, a.length]),
      "A stand-in for the address, and the length.",
    ],
    byteswap: ["($self, /)", byteswap, "Reverses the bytes of every item."],
    clear: ["($self, /)", (_vm: VM, a: PyArray) => none(a.resize(0)), "Removes all items."],
    count: [
      "($self, v, /)",
      (vm: VM, a: PyArray, v: Value) => items(a).filter((item) => equals(vm, item, v)).length,
      "Number of occurrences.",
    ],
    extend: ["($self, bb, /)", extend, "Adds items at the end."],
    frombytes: ["($self, buffer, /)", frombytes, "Adds items given as machine values."],
    fromfile: ["($self, f, n, /)", fromfile, "Reads n items from a file."],
    fromlist: ["($self, list, /)", fromlist, "Adds the items of a list."],
    fromunicode: ["($self, ustr, /)", fromunicode, "Adds the characters of a string."],
    index: ["($self, v, start=0, stop=sys.maxsize, /)", index, "First index of a value."],
    insert: ["($self, i, v, /)", insert, "Inserts an item before an index."],
    pop: ["($self, i=-1, /)", pop, "Removes an item and returns it."],
    remove: ["($self, v, /)", remove, "Removes the first occurrence of a value."],
    reverse: [
      "($self, /)",
      (_vm: VM, a: PyArray) => {
        a.data().subarray(0, a.length).reverse();
        return none(a.storage.touch());
      },
      "Reverses the items in place.",
    ],
    tobytes: ["($self, /)", (_vm: VM, a: PyArray) => new PyBytes(a.bytes().slice()), "The items as machine values."],
    tofile: ["($self, f, /)", tofile, "Writes the items to a file."],
    tolist: ["($self, /)", (_vm: VM, a: PyArray) => new PyList(items(a)), "The items as a list."],
    tounicode: ["($self, /)", tounicode, "The characters as a string."],
    __copy__: ["($self, /)", copy, "A copy."],
    __deepcopy__: ["($self, unused, /)", copy, "A copy."],
    __reduce_ex__: ["($self, value, /)", reduceEx],
    __sizeof__: ["($self, /)", (_vm: VM, a: PyArray) => 80 + a.length * a.code.size, "Size in memory as CPython counts it."],
  },
  getset: {
    typecode: [(_vm: VM, a: PyArray) => a.typecode, undefined, "The letter of the items' type."],
    itemsize: [(_vm: VM, a: PyArray) => a.code.size, undefined, "Size of an item in bytes."],
  },
});
arrayType.isSequence = true;

function none(_: unknown): null {
  return null;
}

export const array: NativeModule = {
  name: "array",
  doc: "Compact arrays of numbers and characters.",
  functions: {
    [RECONSTRUCTOR]: ["(arraytype, typecode, mformat_code, items, /)", reconstruct, "Rebuilds a pickled array."],
  },
  values: () => ({ array: arrayType, ArrayType: arrayType, typecodes: TYPECODES }),
};
