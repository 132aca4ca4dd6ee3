/** Module _struct: pack, unpack and friends, and the Struct class. The formats are compiled in struct-format.ts. */
import { type PyBaseException, typeError } from "../builtins/exceptions.ts";
import { bytesOf, getBuffer, isContiguous, needBytes } from "../objects/buffer.ts";
import { latinText } from "../objects/codecs-charmap.ts";
import { plainStr, toSsize, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { strRepr } from "../objects/str-repr.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyAttrObject, PyBytes, PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";
import { compileFormat, type Format, packValues, structError, structErrorType, unpackValues } from "./struct-format.ts";

const CACHE = Symbol("_struct.cache");
const CACHE_SIZE = 100;

function formatText(v: Value): string {
  const s = plainStr(v) ?? (v instanceof PyBytes ? latinText(v.data) : undefined);
  if (s === undefined) throw typeError(`Struct() argument 1 must be a str or bytes object, not ${typeName(v)}`);
  return s;
}

/** The compiled form of a format argument, remembered per VM. */
function formatOf(vm: VM, v: Value): Format {
  const text = formatText(v);
  let cache = vm.state.get(CACHE) as Map<string, Format> | undefined;
  if (!cache) vm.state.set(CACHE, (cache = new Map()));
  let f = cache.get(text);
  if (!f) {
    f = compileFormat(text);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(text, f);
  }
  return f;
}

function checkCount(f: Format, given: number, name: string): void {
  if (given !== f.values) throw structError(`${name} expected ${f.values} items for packing (got ${given})`);
}

function pack(vm: VM, f: Format, values: readonly Value[]): Value {
  checkCount(f, values.length, "pack");
  const data = new Uint8Array(f.size);
  packValues(vm, f, values, data, 0);
  return new PyBytes(data);
}

/** Resolves an offset that may count from the end; `verb` tells what does not fit. */
function resolve(offset: number, size: number, length: number, tooShort: string): number {
  if (offset >= 0) return offset;
  if (offset + size > 0) throw structError(`${tooShort} ${size} bytes at offset ${offset}`);
  if (offset + length < 0) throw structError(`offset ${offset} out of range for ${length}-byte buffer`);
  return offset + length;
}

function tooSmall(name: string, verb: string, f: Format, offset: number, length: number): PyBaseException {
  return structError(
    `${name} requires a buffer of at least ${offset + f.size} bytes for ${verb} ${f.size} bytes at offset ${offset} (actual buffer size is ${length})`,
  );
}

function packInto(vm: VM, f: Format, args: readonly Value[]): Value {
  if (args.length < 1) throw structError("pack_into expected buffer argument");
  if (args.length < 2) throw structError("pack_into expected offset argument");
  checkCount(f, args.length - 2, "pack_into");
  const buffer = getBuffer(args[0]!);
  if (!buffer || buffer.readonly || !isContiguous(buffer))
    throw typeError(`argument must be read-write bytes-like object, not ${typeName(args[0]!)}`);
  const data = bytesOf(args[0]!)!;
  const at = resolve(toSsize(vm, args[1]!), f.size, data.length, "no space to pack");
  if (at + f.size > data.length) throw tooSmall("pack_into", "packing", f, at, data.length);
  packValues(vm, f, args.slice(2), data, at);
  return null;
}

function unpack(f: Format, buffer: Value): Value {
  const data = needBytes(buffer);
  if (data.length !== f.size) throw structError(`unpack requires a buffer of ${f.size} bytes`);
  return new PyTuple(unpackValues(f, data, 0));
}

function unpackFrom(vm: VM, f: Format, buffer: Value, offset: Value | undefined): Value {
  const data = needBytes(buffer);
  const at = resolve(offset === undefined ? 0 : toSsize(vm, offset), f.size, data.length, "not enough data to unpack");
  if (at + f.size > data.length) throw tooSmall("unpack_from", "unpacking", f, at, data.length);
  return new PyTuple(unpackValues(f, data, at));
}

class PyUnpackIterator extends PyObject {
  readonly format: Format;
  readonly data: Uint8Array;
  at = 0;
  constructor(format: Format, data: Uint8Array) {
    super();
    this.format = format;
    this.data = data;
  }
}

defineType({
  name: "unpack_iterator",
  module: "_struct",
  js: PyUnpackIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (_vm, v) => {
      const it = v as PyUnpackIterator;
      if (it.at >= it.data.length) return undefined;
      const values = unpackValues(it.format, it.data, it.at);
      it.at += it.format.size;
      return new PyTuple(values);
    },
  },
  methods: {
    __length_hint__: ["($self, /)", (_vm: VM, it: PyUnpackIterator) => (it.data.length - it.at) / it.format.size, "Number of tuples left."],
  },
});

function iterUnpack(f: Format, buffer: Value): Value {
  const data = needBytes(buffer);
  if (f.size === 0) throw structError("cannot iteratively unpack with a struct of length 0");
  if (data.length % f.size !== 0) throw structError(`iterative unpacking requires a buffer of a multiple of ${f.size} bytes`);
  return new PyUnpackIterator(f, data);
}

export class PyStruct extends PyAttrObject {
  format: Format;
  constructor(format: Format) {
    super();
    this.format = format;
  }
}

export const structType: PyType = defineType({
  name: "Struct",
  module: "_struct",
  js: PyStruct,
  doc: "A compiled format.",
  new: [
    "(format)",
    (vm: VM, cls: PyType, format: Value) => {
      const s = new PyStruct(formatOf(vm, format));
      if (cls !== structType) s.cls = cls;
      return s;
    },
  ],
  slots: { repr: (_vm, v) => `${(v as PyStruct).cls.name}(${strRepr((v as PyStruct).format.text)})` },
  methods: {
    pack: ["($self, /, *values)", (vm: VM, s: PyStruct, values: Value[]) => pack(vm, s.format, values), "The values as bytes."],
    pack_into: [
      "($self, /, *args)",
      (vm: VM, s: PyStruct, args: Value[]) => packInto(vm, s.format, args),
      "Writes the values into a buffer at an offset.",
    ],
    unpack: [
      "($self, buffer, /)",
      (_vm: VM, s: PyStruct, buffer: Value) => unpack(s.format, buffer),
      "The values in the bytes as a tuple.",
    ],
    unpack_from: [
      "($self, /, buffer, offset=0)",
      (vm: VM, s: PyStruct, buffer: Value, offset?: Value) => unpackFrom(vm, s.format, buffer, offset),
      "The values in a buffer from an offset on.",
    ],
    iter_unpack: [
      "($self, buffer, /)",
      (_vm: VM, s: PyStruct, buffer: Value) => iterUnpack(s.format, buffer),
      "Iterator over tuples of values.",
    ],
    __sizeof__: ["($self, /)", (_vm: VM, s: PyStruct) => 56 + 32 * s.format.fields.length, "Size in memory as CPython counts it."],
  },
  getset: {
    format: [(_vm: VM, s: PyStruct) => s.format.text, undefined, "The format."],
    size: [(_vm: VM, s: PyStruct) => s.format.size, undefined, "Size of the packed values in bytes."],
  },
});

function splitFormat(args: Value[]): [format: Value, rest: Value[]] {
  if (args.length === 0) throw typeError("missing format argument");
  return [args[0]!, args.slice(1)];
}

export const _struct: NativeModule = {
  name: "_struct",
  doc: "Conversion between Python values and C structs as bytes.",
  functions: {
    calcsize: ["(format, /)", (vm: VM, format: Value) => formatOf(vm, format).size, "Size of the packed values in bytes."],
    pack: [
      "(*args)",
      (vm: VM, args: Value[]) => {
        const [format, values] = splitFormat(args);
        return pack(vm, formatOf(vm, format), values);
      },
      "The values as bytes.",
    ],
    pack_into: [
      "(*args)",
      (vm: VM, args: Value[]) => {
        const [format, rest] = splitFormat(args);
        return packInto(vm, formatOf(vm, format), rest);
      },
      "Writes the values into a buffer at an offset.",
    ],
    unpack: [
      "(format, buffer, /)",
      (vm: VM, format: Value, buffer: Value) => unpack(formatOf(vm, format), buffer),
      "The values in the bytes as a tuple.",
    ],
    unpack_from: [
      "(format, /, buffer, offset=0)",
      (vm: VM, format: Value, buffer: Value, offset?: Value) => unpackFrom(vm, formatOf(vm, format), buffer, offset),
      "The values in a buffer from an offset on.",
    ],
    iter_unpack: [
      "(format, buffer, /)",
      (vm: VM, format: Value, buffer: Value) => iterUnpack(formatOf(vm, format), buffer),
      "Iterator over tuples of values.",
    ],
    _clearcache: [
      "()",
      (vm: VM) => {
        vm.state.delete(CACHE);
        return null;
      },
      "Forgets compiled formats.",
    ],
  },
  values: () => ({ Struct: structType, error: structErrorType }),
};
