/** Module _codecs: the registry and the encoders and decoders that the encodings package wraps. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { needBytes } from "../objects/buffer.ts";
import { charmapBuild, decodeAscii, decodeCharmap, encodeAscii, encodeCharmap, encodeLatin, latinText } from "../objects/codecs-charmap.ts";
import { codecDecode, codecEncode, lookupCodec, registerSearch, unregisterSearch } from "../objects/codecs-core.ts";
import { isBuiltInHandler, lookupErrorHandler, registerErrorHandler, unregisterErrorHandler } from "../objects/codecs-errors.ts";
import {
  decodeBytesEscape,
  decodeRawUnicodeEscape,
  decodeUnicodeEscape,
  encodeBytesEscape,
  encodeRawUnicodeEscape,
  encodeUnicodeEscape,
} from "../objects/codecs-escape.ts";
import {
  type ByteOrder,
  type Decoded,
  decodeUtf8,
  decodeUtf16,
  decodeUtf32,
  encodeUtf8,
  encodeUtf16,
  encodeUtf32,
} from "../objects/codecs-utf.ts";
import { decodeUtf7, encodeUtf7 } from "../objects/codecs-utf7.ts";
import { isCallable, needStr, plainInt, plainStr, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { strLength } from "../objects/str-points.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyBytes, PyTuple, type Value } from "../objects/values.ts";
import "./unicodedata.ts";
import type { NativeModule } from "./native-module.ts";

/** None or absent is "strict". */
function errorsOf(v: Value | undefined, name: string): string | undefined {
  return v === undefined || v === null ? undefined : needStr(v, `${name}() argument 2`);
}

function encoder(name: string, encode: (vm: VM, s: string, errors: string | undefined) => Uint8Array): [string, NativeRow] {
  const run = (vm: VM, s: Value, errors?: Value): Value => {
    const text = needStr(s, `${name}() argument 1`);
    return new PyTuple([new PyBytes(encode(vm, text, errorsOf(errors, name))), strLength(text)]);
  };
  return [name, ["(str, errors=None, /)", run, "Text as bytes, and the number of characters taken."]];
}

/** Some decoders also take text, read as UTF-8. */
function sourceBytes(v: Value, takesText: boolean): Uint8Array {
  const s = takesText ? plainStr(v) : undefined;
  return s === undefined ? needBytes(v) : new TextEncoder().encode(s);
}

function decoder(
  name: string,
  decode: (vm: VM, data: Uint8Array, errors: string | undefined, final: boolean) => Decoded,
  final: boolean | undefined,
  takesText = false,
): [string, NativeRow] {
  const run = (vm: VM, source: Value, errors?: Value, finalArg?: Value): Value => {
    const data = sourceBytes(source, takesText);
    const isFinal = finalArg === undefined ? (final ?? true) : truthy(vm, finalArg);
    const r = decode(vm, data, errorsOf(errors, name), isFinal);
    return new PyTuple([r.text, r.consumed]);
  };
  const tail = final === undefined ? "" : `, final=${final ? "True" : "False"}`;
  return [name, [`(data, errors=None${tail}, /)`, run, "Bytes as text, and the number of bytes taken."]];
}

/** A decoder that takes all its input. */
const whole =
  (decode: (vm: VM, data: Uint8Array, errors: string | undefined) => string) =>
  (vm: VM, data: Uint8Array, errors: string | undefined): Decoded => ({ text: decode(vm, data, errors), consumed: data.length });

const ORDERS: readonly (readonly [suffix: string, order: ByteOrder])[] = [
  ["", 0],
  ["_le", -1],
  ["_be", 1],
];

/** The six functions of UTF-16 or UTF-32, and the one that also reports the byte order. */
function wide(width: 16 | 32, encode: typeof encodeUtf16, decode: typeof decodeUtf16): [string, NativeRow][] {
  const rows: [string, NativeRow][] = [];
  for (const [suffix, order] of ORDERS) {
    rows.push(decoder(`utf_${width}${suffix}_decode`, (vm, data, errors, final) => decode(vm, data, errors, order, final), false));
    if (suffix) rows.push(encoder(`utf_${width}${suffix}_encode`, (vm, s, errors) => encode(vm, s, errors, order)));
  }
  const withOrder = (vm: VM, s: Value, errors?: Value, order?: Value): Value => {
    const text = needStr(s, `utf_${width}_encode() argument 1`);
    return new PyTuple([new PyBytes(encode(vm, text, errorsOf(errors, "encode"), orderOf(order))), strLength(text)]);
  };
  rows.push([
    `utf_${width}_encode`,
    ["(str, errors=None, byteorder=0, /)", withOrder, "Text as bytes, and the number of characters taken."],
  ]);
  const ex = (vm: VM, data: Value, errors?: Value, order?: Value, final?: Value): Value => {
    const r = decode(vm, needBytes(data), errorsOf(errors, "decode"), orderOf(order), final !== undefined && truthy(vm, final));
    return new PyTuple([r.text, r.consumed, r.order]);
  };
  rows.push([
    `utf_${width}_ex_decode`,
    ["(data, errors=None, byteorder=0, final=False, /)", ex, "Text, number of bytes taken, and byte order."],
  ]);
  return rows;
}

function orderOf(v: Value | undefined): ByteOrder {
  const n = v === undefined ? 0 : (plainInt(v) ?? 0);
  return n < 0 ? -1 : n > 0 ? 1 : 0;
}

function charmapDecode(vm: VM, data: Value, errors?: Value, mapping?: Value): Value {
  const bytes = needBytes(data);
  return new PyTuple([decodeCharmap(vm, bytes, errorsOf(errors, "charmap_decode"), mapping), bytes.length]);
}

function charmapEncode(vm: VM, s: Value, errors?: Value, mapping?: Value): Value {
  const text = needStr(s, "charmap_encode() argument 1");
  return new PyTuple([new PyBytes(encodeCharmap(vm, text, errorsOf(errors, "charmap_encode"), mapping)), strLength(text)]);
}

function registerError(vm: VM, name: Value, handler: Value): Value {
  const n = needStr(name, "register_error() argument 1");
  if (!isCallable(handler)) throw typeError("handler must be callable");
  registerErrorHandler(vm, n, handler);
  return null;
}

function unregisterError(vm: VM, name: Value): Value {
  const n = needStr(name, "_unregister_error() argument");
  if (isBuiltInHandler(n)) throw valueError(`cannot un-register built-in error handler '${n}'`);
  return unregisterErrorHandler(vm, n);
}

function encodingOf(v: Value | undefined, name: string): string {
  return v === undefined ? "utf-8" : needStr(v, `${name}() argument 'encoding'`);
}

function errorsText(v: Value | undefined, name: string): string | undefined {
  return v === undefined ? undefined : needStr(v, `${name}() argument 'errors'`);
}

function readBuffer(_vm: VM, data: Value): Value {
  const bytes = sourceBytes(data, true);
  return new PyTuple([new PyBytes(bytes.slice()), bytes.length]);
}

const FUNCTIONS: Record<string, NativeRow> = {
  register: ["(search_function, /)", (vm: VM, f: Value) => none(registerSearch(vm, f)), "Adds a codec search function."],
  unregister: ["(search_function, /)", (vm: VM, f: Value) => none(unregisterSearch(vm, f)), "Removes a codec search function."],
  lookup: ["(encoding, /)", (vm: VM, name: Value) => lookupCodec(vm, needStr(name, "lookup() argument")), "The codec of an encoding."],
  encode: [
    "(obj, encoding='utf-8', errors='strict')",
    (vm: VM, o: Value, encoding?: Value, errors?: Value) =>
      codecEncode(vm, o, encodingOf(encoding, "encode"), errorsText(errors, "encode")),
    "Encodes an object with a codec.",
  ],
  decode: [
    "(obj, encoding='utf-8', errors='strict')",
    (vm: VM, o: Value, encoding?: Value, errors?: Value) =>
      codecDecode(vm, o, encodingOf(encoding, "decode"), errorsText(errors, "decode")),
    "Decodes an object with a codec.",
  ],
  register_error: ["(errors, handler, /)", registerError, "Names an error handler."],
  _unregister_error: ["(errors, /)", unregisterError, "Forgets an error handler."],
  lookup_error: [
    "(name, /)",
    (vm: VM, name: Value) => lookupErrorHandler(vm, needStr(name, "lookup_error() argument")),
    "The error handler of a name.",
  ],
  charmap_decode: ["(data, errors=None, mapping=None, /)", charmapDecode, "Bytes as text through a map."],
  charmap_encode: ["(str, errors=None, mapping=None, /)", charmapEncode, "Text as bytes through a map."],
  charmap_build: [
    "(map, /)",
    (vm: VM, map: Value) => charmapBuild(vm, needStr(map, "charmap_build() argument")),
    "A decoding table turned round.",
  ],
  readbuffer_encode: ["(data, errors=None, /)", readBuffer, "The bytes of a buffer."],
  escape_decode: [
    "(data, errors=None, /)",
    (vm: VM, data: Value, errors?: Value) => {
      const bytes = sourceBytes(data, true);
      return new PyTuple([new PyBytes(decodeBytesEscape(vm, bytes, errorsOf(errors, "escape_decode"))), bytes.length]);
    },
    "The bytes that a bytes literal with this content stands for.",
  ],
  escape_encode: [
    "(data, errors=None, /)",
    (_vm: VM, data: Value) => {
      if (!(data instanceof PyBytes)) throw typeError(`escape_encode() argument 1 must be bytes, not ${typeName(data)}`);
      return new PyTuple([new PyBytes(encodeBytesEscape(data.data)), data.data.length]);
    },
    "The content of a bytes literal for these bytes.",
  ],
  ...Object.fromEntries([
    encoder("utf_8_encode", encodeUtf8),
    decoder("utf_8_decode", decodeUtf8, false),
    encoder("utf_7_encode", (_vm, s) => encodeUtf7(s)),
    decoder("utf_7_decode", decodeUtf7, false),
    ...wide(16, encodeUtf16, decodeUtf16),
    ...wide(32, encodeUtf32, decodeUtf32),
    encoder("ascii_encode", encodeAscii),
    decoder("ascii_decode", whole(decodeAscii), undefined),
    encoder("latin_1_encode", encodeLatin),
    decoder(
      "latin_1_decode",
      whole((_vm, data) => latinText(data)),
      undefined,
    ),
    encoder("unicode_escape_encode", (_vm, s) => encodeUnicodeEscape(s)),
    decoder("unicode_escape_decode", decodeUnicodeEscape, true, true),
    encoder("raw_unicode_escape_encode", (_vm, s) => encodeRawUnicodeEscape(s)),
    decoder("raw_unicode_escape_decode", decodeRawUnicodeEscape, true, true),
  ]),
};

function none(_: unknown): null {
  return null;
}

export const _codecs: NativeModule = { name: "_codecs", doc: "The codec registry and the built-in codecs.", functions: FUNCTIONS };
