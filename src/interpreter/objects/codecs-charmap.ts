/** ASCII, Latin-1 and codecs given by a character map. Source: Python library reference "codecs – Encodings and Unicode". */
import { isInstanceOf, typeError } from "../builtins/exceptions.ts";
import { DecodeErrors, EncodeErrors } from "./codecs-errors.ts";
import { type ByteSink, encodePoints, ByteSink as Sink } from "./codecs-utf.ts";
import { PyDict } from "./dict.ts";
import { getItem, plainInt, plainStr, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { codePoints } from "./str-points.ts";
import { PyBytes, type Value } from "./values.ts";

const ASCII_TEXT = /^[\0-\x7f]*$/;
const LATIN_TEXT = /^[\0-\xff]*$/;

/** Arguments that String.fromCharCode takes at once. */
const CHUNK = 8192;

export function latinText(data: Uint8Array): string {
  if (data.length <= CHUNK) return String.fromCharCode(...data);
  let text = "";
  for (let i = 0; i < data.length; i += CHUNK) text += String.fromCharCode(...data.subarray(i, i + CHUNK));
  return text;
}

/** Bytes of a string whose characters are all below 256. */
export function latinBytes(s: string): Uint8Array {
  const out = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) out[i] = s.charCodeAt(i);
  return out;
}

function putBelow(limit: number) {
  return (sink: ByteSink, cp: number): boolean => {
    if (cp >= limit) return false;
    sink.push(cp);
    return true;
  };
}
const putAscii = putBelow(128);
const putLatin = putBelow(256);

export function encodeAscii(vm: VM, s: string, errors: string | undefined): Uint8Array {
  return ASCII_TEXT.test(s) ? latinBytes(s) : encodePoints(vm, s, "ascii", errors, "ordinal not in range(128)", s.length, putAscii);
}

export function encodeLatin(vm: VM, s: string, errors: string | undefined): Uint8Array {
  return LATIN_TEXT.test(s) ? latinBytes(s) : encodePoints(vm, s, "latin-1", errors, "ordinal not in range(256)", s.length, putLatin);
}

export function decodeAscii(vm: VM, data: Uint8Array, errors: string | undefined): string {
  const text = latinText(data);
  if (ASCII_TEXT.test(text)) return text;
  const handler = new DecodeErrors(vm, "ascii", data, errors);
  let out = "";
  for (let i = 0; i < data.length; ) {
    if (data[i]! < 128) out += text[i++];
    else {
      const r = handler.handle(i, i + 1, "ordinal not in range(128)");
      out += r.text;
      i = r.next;
    }
  }
  return out;
}

// ---- character maps -----------------------------------------------------------------------------------------------------------------------------

const UNDEFINED = "character maps to <undefined>";
const UNMAPPED = "\ufffe";

/** The text of a byte, undefined when the map has none. */
function mappedText(vm: VM, mapping: Value, b: number): string | undefined {
  const table = plainStr(mapping);
  if (table !== undefined) {
    const c = codePoints(table)[b];
    return c === UNMAPPED ? undefined : c;
  }
  let v: Value;
  try {
    v = getItem(vm, mapping, b);
  } catch (e) {
    if (isInstanceOf(e, "LookupError")) return undefined;
    throw e;
  }
  if (v === null) return undefined;
  const text = plainStr(v);
  if (text !== undefined) return text === UNMAPPED ? undefined : text;
  const cp = plainInt(v);
  if (cp === undefined) throw typeError("character mapping must return integer, None or str");
  if (cp < 0 || cp > 0x10ffff) throw typeError("character mapping must be in range(0x110000)");
  return cp === 0xfffe ? undefined : String.fromCodePoint(Number(cp));
}

export function decodeCharmap(vm: VM, data: Uint8Array, errors: string | undefined, mapping: Value | undefined): string {
  if (mapping === undefined || mapping === null) return latinText(data);
  const handler = new DecodeErrors(vm, "charmap", data, errors);
  let out = "";
  for (let i = 0; i < data.length; ) {
    const text = mappedText(vm, mapping, data[i]!);
    if (text !== undefined) {
      out += text;
      i++;
    } else {
      const r = handler.handle(i, i + 1, UNDEFINED);
      out += r.text;
      i = r.next;
    }
  }
  return out;
}

/** The bytes of a character, undefined when the map has none. */
function mappedBytes(vm: VM, mapping: Value, cp: number): Uint8Array | undefined {
  let v: Value;
  try {
    v = mapping instanceof PyDict ? (mapping.get(vm, cp) ?? null) : getItem(vm, mapping, cp);
  } catch (e) {
    if (isInstanceOf(e, "LookupError")) return undefined;
    throw e;
  }
  if (v === null) return undefined;
  if (v instanceof PyBytes) return v.data;
  const b = plainInt(v);
  if (b === undefined) throw typeError(`character mapping must return integer, bytes or None, not ${typeName(v)}`);
  if (b < 0 || b > 255) throw typeError("character mapping must be in range(256)");
  return Uint8Array.of(Number(b));
}

export function encodeCharmap(vm: VM, s: string, errors: string | undefined, mapping: Value | undefined): Uint8Array {
  if (mapping === undefined || mapping === null) return encodeLatin(vm, s, errors);
  const points = codePoints(s);
  const handler = new EncodeErrors(vm, "charmap", s, points.length, errors);
  const sink = new Sink(points.length);
  const bytes = (c: string) => mappedBytes(vm, mapping, c.codePointAt(0)!);
  for (let i = 0; i < points.length; ) {
    const b = bytes(points[i]!);
    if (b) {
      sink.append(b);
      i++;
      continue;
    }
    let end = i + 1;
    while (end < points.length && !bytes(points[end]!)) end++;
    const { replacement, next, fail } = handler.handle(i, end, UNDEFINED);
    if (typeof replacement === "string") for (const c of replacement) sink.append(bytes(c) ?? fail());
    else sink.append(replacement);
    i = next;
  }
  return sink.finish();
}

/** codecs.charmap_build: a decoding table turned round. */
export function charmapBuild(vm: VM, table: string): PyDict {
  const map = new PyDict();
  codePoints(table).forEach((c, b) => {
    if (c !== UNMAPPED) map.set(vm, c.codePointAt(0)!, b);
  });
  return map;
}
