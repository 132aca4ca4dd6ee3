/**
 * The codec registry and the encoding and decoding of str and bytes by name.
 * The common encodings are found without the registry; all others come from the standard library's `encodings` package, which registers itself.
 * Source: Python library reference "codecs".
 */
import { lookupError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf } from "./buffer.ts";
import { decodeAscii, encodeAscii, encodeLatin, latinText } from "./codecs-charmap.ts";
import * as utf from "./codecs-utf.ts";
import { isCallable, lookupAttr, plainStr, truthy, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { installDecoder } from "./str.ts";
import { PyBytes, PyTuple, type Value } from "./values.ts";

interface NamedCodec {
  encode(vm: VM, s: string, errors: string | undefined): Uint8Array;
  decode(vm: VM, data: Uint8Array, errors: string | undefined): string;
}

const wide = (width: 16 | 32, order: utf.ByteOrder): NamedCodec => ({
  encode: (vm, s, errors) => (width === 16 ? utf.encodeUtf16 : utf.encodeUtf32)(vm, s, errors, order),
  decode: (vm, data, errors) => (width === 16 ? utf.decodeUtf16 : utf.decodeUtf32)(vm, data, errors, order).text,
});

const UTF8: NamedCodec = { encode: utf.encodeUtf8, decode: (vm, data, errors) => utf.decodeUtf8(vm, data, errors).text };
const ASCII: NamedCodec = { encode: encodeAscii, decode: decodeAscii };
const LATIN: NamedCodec = { encode: encodeLatin, decode: (_vm, data) => latinText(data) };

/** Encodings that need no registry, by normalised name. */
const DIRECT: ReadonlyMap<string, NamedCodec> = new Map([
  ["utf_8", UTF8],
  ["utf8", UTF8],
  ["ascii", ASCII],
  ["us_ascii", ASCII],
  ["latin_1", LATIN],
  ["latin1", LATIN],
  ["iso_8859_1", LATIN],
  ["iso8859_1", LATIN],
  ["utf_16", wide(16, 0)],
  ["utf16", wide(16, 0)],
  ["utf_16_le", wide(16, -1)],
  ["utf_16_be", wide(16, 1)],
  ["utf_32", wide(32, 0)],
  ["utf32", wide(32, 0)],
  ["utf_32_le", wide(32, -1)],
  ["utf_32_be", wide(32, 1)],
]);

/** Lower case, runs of other characters than letters, digits and dots as one underscore. */
export function normalizeEncoding(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9.\x80-\uffff]+/g, "_");
}

// ---- registry -----------------------------------------------------------------------------------------------------------------------------

interface Registry {
  readonly search: Value[];
  readonly cache: Map<string, Value>;
  loaded: boolean;
}
const REGISTRY = Symbol("codecs.registry");

function registry(vm: VM): Registry {
  let r = vm.state.get(REGISTRY) as Registry | undefined;
  if (!r) vm.state.set(REGISTRY, (r = { search: [], cache: new Map(), loaded: false }));
  return r;
}

export function registerSearch(vm: VM, search: Value): void {
  if (!isCallable(search)) throw typeError("argument must be callable");
  registry(vm).search.push(search);
}

export function unregisterSearch(vm: VM, search: Value): void {
  const r = registry(vm);
  const i = r.search.indexOf(search);
  if (i >= 0) {
    r.search.splice(i, 1);
    r.cache.clear();
  }
}

/** codecs.lookup: the CodecInfo of an encoding. */
export function lookupCodec(vm: VM, encoding: string): Value {
  const r = registry(vm);
  const name = normalizeEncoding(encoding);
  const known = r.cache.get(name);
  if (known !== undefined) return known;
  if (!r.loaded) {
    r.loaded = true;
    vm.importModule("encodings");
  }
  for (const search of r.search) {
    const info = vm.call(search, [name]);
    if (info === null) continue;
    if (!(info instanceof PyTuple) || info.items.length !== 4) throw typeError("codec search functions must return 4-tuples");
    r.cache.set(name, info);
    return info;
  }
  throw lookupError(`unknown encoding: ${encoding}`);
}

function textCodec(vm: VM, encoding: string, alternative: string): PyTuple {
  if (encoding.includes("\0")) throw valueError("embedded null character");
  const info = lookupCodec(vm, encoding);
  const isText = lookupAttr(vm, info, "_is_text_encoding");
  if (isText !== undefined && !truthy(vm, isText))
    throw lookupError(`'${encoding}' is not a text encoding; use ${alternative} to handle arbitrary codecs`);
  return info as PyTuple;
}

/** Calls an encoder or decoder: the first item of the pair that it returns. */
function runCodec(vm: VM, fn: Value, object: Value, errors: string | undefined, noun: string): Value {
  const r = vm.call(fn, errors === undefined ? [object] : [object, errors]);
  if (!(r instanceof PyTuple) || r.items.length !== 2) throw typeError(`${noun} must return a tuple (object, integer)`);
  return r.items[0]!;
}

/** codecs.encode and codecs.decode: any object to any object. */
export function codecEncode(vm: VM, object: Value, encoding: string, errors: string | undefined): Value {
  return runCodec(vm, (lookupCodec(vm, encoding) as PyTuple).items[0]!, object, errors, "encoder");
}

export function codecDecode(vm: VM, object: Value, encoding: string, errors: string | undefined): Value {
  return runCodec(vm, (lookupCodec(vm, encoding) as PyTuple).items[1]!, object, errors, "decoder");
}

// ---- str.encode, bytes.decode ---------------------------------------------------------------------------------------------------------------

export function encodeText(vm: VM, s: string, encoding = "utf-8", errors?: string): PyBytes {
  const direct = DIRECT.get(normalizeEncoding(encoding));
  if (direct) return new PyBytes(direct.encode(vm, s, errors));
  const codec = textCodec(vm, encoding, "codecs.encode()");
  const r = runCodec(vm, codec.items[0]!, s, errors, "encoder");
  if (r instanceof PyBytes) return r;
  const data = bytesOf(r);
  if (data === undefined || typeName(r) !== "bytearray") throw wrongResult(encoding, "encoder", r, "bytes", "encode");
  return new PyBytes(data.slice());
}

export function decodeBytes(vm: VM, data: Uint8Array, encoding = "utf-8", errors?: string, source?: Value): string {
  const direct = DIRECT.get(normalizeEncoding(encoding));
  if (direct) return direct.decode(vm, data, errors);
  const codec = textCodec(vm, encoding, "codecs.decode()");
  const r = runCodec(vm, codec.items[1]!, source ?? new PyBytes(data), errors, "decoder");
  const s = plainStr(r);
  if (s === undefined) throw wrongResult(encoding, "decoder", r, "str", "decode");
  return s;
}

function wrongResult(encoding: string, noun: string, r: Value, wanted: string, verb: string): PyBaseException {
  return typeError(
    `'${encoding}' ${noun} returned '${typeName(r)}' instead of '${wanted}'; use codecs.${verb}() to ${verb} to arbitrary types`,
  );
}

/** str(object, encoding, errors) */
function decodeObject(vm: VM, o: Value, encoding: string | undefined, errors: string | undefined): string {
  if (plainStr(o) !== undefined) throw typeError("decoding str is not supported");
  const data = bytesOf(o);
  if (data === undefined) throw typeError(`decoding to str: need a bytes-like object, ${typeName(o)} found`);
  return decodeBytes(vm, data, encoding, errors, o instanceof PyBytes ? o : undefined);
}
installDecoder(decodeObject);
