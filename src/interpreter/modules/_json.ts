/** Module _json: scanner (in _json-scanner.ts) and encoder of module json. */
import { isInstanceOf, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { addNote } from "../builtins/notes.ts";
import { PyDict } from "../objects/dict.ts";
import { floatRepr } from "../objects/float-text.ts";
import { collect } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { callMethod, plainInt, plainStr, repr, toIndex, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { sortItems } from "../objects/sort.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyFloat, PyObject, PyTuple, type Value } from "../objects/values.ts";
import { PyNative } from "../objects/native.ts";
import { scannerType, scanStringFunction } from "./_json-scanner.ts";
import type { NativeModule } from "./native-module.ts";

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that JSON must escape
const MUST_ESCAPE = /["\\\x00-\x1f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, and whatever is not printable ASCII
const NOT_ASCII = /["\\\x00-\x1f]|[^\x00-\x7e]/g;

const escaped = (c: string): string => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;

export function quote(s: string): string {
  return `"${s.replace(MUST_ESCAPE, escaped)}"`;
}

/** DEL is ASCII and yet not printable: Python escapes it. */
export function quoteAscii(s: string): string {
  return `"${s.replace(NOT_ASCII, escaped)}"`;
}

function text(v: Value): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`first argument must be a string, not ${typeName(v)}`);
  return s;
}

const quoteFunction = (f: (s: string) => string) => (_vm: VM, v: Value): Value => f(text(v));

class PyEncoder extends PyObject {
  readonly markers: Value;
  readonly fallback: Value;
  readonly encoder: Value;
  readonly indent: string | undefined;
  readonly keySeparator: string;
  readonly itemSeparator: string;
  readonly sortKeys: boolean;
  readonly skipKeys: boolean;
  readonly allowNan: boolean;
  constructor(vm: VM, args: readonly Value[]) {
    super();
    const [markers, fallback, encoder, indent, keySeparator, itemSeparator, sortKeys, skipKeys, allowNan] = args as readonly [Value, Value, Value, Value, Value, Value, Value, Value, Value];
    if (markers !== null && !(markers instanceof PyDict)) throw typeError(`make_encoder() argument 1 must be dict or None, not ${typeName(markers)}`);
    this.markers = markers;
    this.fallback = fallback;
    this.encoder = encoder;
    this.indent = indent === null ? undefined : text(indent);
    this.keySeparator = text(keySeparator);
    this.itemSeparator = text(itemSeparator);
    this.sortKeys = truthy(vm, sortKeys);
    this.skipKeys = truthy(vm, skipKeys);
    this.allowNan = truthy(vm, allowNan);
  }
}

/** The native quoting behind an encoder function, if it is one of ours. */
function nativeQuote(encoder: Value): ((s: string) => string) | undefined {
  if (!(encoder instanceof PyNative)) return undefined;
  return encoder.spec.name === "encode_basestring_ascii" ? quoteAscii : encoder.spec.name === "encode_basestring" ? quote : undefined;
}

class Encoding {
  private readonly vm: VM;
  private readonly e: PyEncoder;
  private readonly quote: (s: string) => string;
  private readonly active: Set<Value> | undefined;

  constructor(vm: VM, e: PyEncoder) {
    this.vm = vm;
    this.e = e;
    this.quote = nativeQuote(e.encoder) ?? ((s) => text(vm.call(e.encoder, [s])));
    this.active = e.markers === null ? undefined : new Set();
  }

  value(v: Value, level: number): string {
    switch (typeof v) {
      case "string":
        return this.quote(v);
      case "number":
      case "bigint":
        return String(v);
      case "boolean":
        return v ? "true" : "false";
      default:
        return v === null ? "null" : this.object(v, level);
    }
  }

  private object(v: PyObject, level: number): string {
    const s = plainStr(v);
    if (s !== undefined) return this.quote(s);
    const i = plainInt(v);
    if (i !== undefined) return String(i);
    if (v instanceof PyFloat) return this.float(v);
    this.vm.enterRecursive(" while encoding a JSON object");
    try {
      if (v instanceof PyList || v instanceof PyTuple) return this.guard(v, () => this.list(collect(this.vm, v), v, level));
      if (v instanceof PyDict) return this.guard(v, () => this.dict(v, level));
      return this.guard(v, () => this.other(v, level));
    } finally {
      this.vm.leaveRecursive();
    }
  }

  /** Refuses an object that is being encoded already. */
  private guard(v: PyObject, encode: () => string): string {
    if (this.active === undefined) return encode();
    if (this.active.has(v)) throw valueError("Circular reference detected");
    this.active.add(v);
    const out = encode();
    this.active.delete(v);
    return out;
  }

  private float(v: PyFloat): string {
    const x = v.value;
    if (Number.isFinite(x)) return floatRepr(x);
    if (!this.e.allowNan) throw valueError(`Out of range float values are not JSON compliant: ${repr(this.vm, v)}`);
    return x !== x ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
  }

  private breaks(level: number): { first: string; between: string; last: string } {
    const { indent, itemSeparator } = this.e;
    if (indent === undefined) return { first: "", between: itemSeparator, last: "" };
    const line = `\n${indent.repeat(level + 1)}`;
    return { first: line, between: itemSeparator + line, last: `\n${indent.repeat(level)}` };
  }

  private list(items: readonly Value[], v: PyObject, level: number): string {
    if (items.length === 0) return "[]";
    const { first, between, last } = this.breaks(level);
    const parts = items.map((x, i) => this.noted(() => this.value(x, level + 1), () => `when serializing ${v.cls.name} item ${i}`));
    return `[${first}${parts.join(between)}${last}]`;
  }

  private dict(d: PyDict, level: number): string {
    if (d.size === 0) return "{}";
    const { first, between, last } = this.breaks(level);
    const parts: string[] = [];
    for (const [k, v] of this.pairs(d)) {
      const key = this.key(k);
      if (key === undefined) continue;
      const value = this.noted(() => this.value(v, level + 1), () => `when serializing ${d.cls.name} item ${repr(this.vm, k)}`);
      parts.push(this.quote(key) + this.e.keySeparator + value);
    }
    return parts.length === 0 ? "{}" : `{${first}${parts.join(between)}${last}}`;
  }

  private pairs(d: PyDict): (readonly [Value, Value])[] {
    if (d.cls.native && !this.e.sortKeys) return d.snapshot().map((e) => [e.key, e.value] as const);
    const items = collect(this.vm, callMethod(this.vm, d, "items"));
    if (this.e.sortKeys) sortItems(this.vm, items, null, undefined);
    return items.map((p) => {
      if (!(p instanceof PyTuple) || p.items.length !== 2) throw valueError("items must return 2-tuples");
      return [p.items[0]!, p.items[1]!] as const;
    });
  }

  private key(k: Value): string | undefined {
    const s = plainStr(k);
    if (s !== undefined) return s;
    if (k instanceof PyFloat) return this.float(k);
    if (k === null) return "null";
    if (typeof k === "boolean") return k ? "true" : "false";
    const i = plainInt(k);
    if (i !== undefined) return String(i);
    if (this.e.skipKeys) return undefined;
    throw typeError(`keys must be str, int, float, bool or None, not ${typeName(k)}`);
  }

  private other(v: PyObject, level: number): string {
    const made = this.vm.call(this.e.fallback, [v]);
    return this.noted(() => this.value(made, level), () => `when serializing ${v.cls.name} object`);
  }

  /** Adds a note about the place to an error. */
  private noted(encode: () => string, note: () => string): string {
    try {
      return encode();
    } catch (e) {
      if (isInstanceOf(e, "Exception")) addNote(e as PyBaseException, note());
      throw e;
    }
  }
}

const encoderType: PyType = defineType({
  name: "Encoder",
  module: "_json",
  js: PyEncoder,
  doc: "A JSON encoder.",
  new: [
    "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    (vm: VM, _cls: PyType, ...args: Value[]) => new PyEncoder(vm, args),
  ],
  slots: {
    call: (vm, self, args) => {
      const [v, level] = args;
      if (v === undefined) throw typeError("encoder takes an object");
      return new PyTuple([new Encoding(vm, self as PyEncoder).value(v, level === undefined ? 0 : Number(toIndex(vm, level)))]);
    },
  },
});

export const _json: NativeModule = {
  name: "_json",
  doc: "What module json is fast with.",
  functions: {
    encode_basestring: ["(string, /)", quoteFunction(quote), "A JSON string."],
    encode_basestring_ascii: ["(string, /)", quoteFunction(quoteAscii), "A JSON string in ASCII."],
    scanstring: ["(string, end, strict=True, /)", scanStringFunction, "The JSON string that begins at an index, and where it ends."],
  },
  values: () => ({ make_scanner: scannerType, make_encoder: encoderType }),
};
