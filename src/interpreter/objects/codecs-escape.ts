/**
 * unicode_escape, raw_unicode_escape and the escapes of bytes literals.
 * Sources: Language Reference 2.4.1.1 (escape sequences), library reference "Python Specific Encodings".
 */
import { EXCEPTIONS, valueError } from "../builtins/exceptions.ts";
import { latinBytes, latinText } from "./codecs-charmap.ts";
import { DecodeErrors, lookupCharacter } from "./codecs-errors.ts";
import { ByteSink, type Decoded } from "./codecs-utf.ts";
import type { VM } from "./runtime.ts";
import { escapeCodePoint } from "./str-repr.ts";

const SIMPLE: { [c: string]: string } = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "",
};
const HEX_SIZE: { [c: string]: number } = { x: 2, u: 4, U: 8 };
const TRUNCATED: { [c: string]: string } = {
  x: "truncated \\xXX escape",
  u: "truncated \\uXXXX escape",
  U: "truncated \\UXXXXXXXX escape",
};
const WRITTEN: { [c: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

export function encodeUnicodeEscape(s: string): Uint8Array {
  let out = "";
  for (const c of s) {
    const cp = c.codePointAt(0)!;
    out += WRITTEN[c] ?? (cp >= 32 && cp < 127 ? c : escapeCodePoint(cp));
  }
  return latinBytes(out);
}

export function encodeRawUnicodeEscape(s: string): Uint8Array {
  let out = "";
  for (const c of s) {
    const cp = c.codePointAt(0)!;
    out += cp < 256 ? c : escapeCodePoint(cp);
  }
  return latinBytes(out);
}

/** Outcome of one escape: its text and length, or the length of the bad part and the reason (`open` when more input could complete it). */
type Escape = { length: number; text: string } | { length: number; reason: string; open: boolean };

function hexEscape(source: string, at: number, letter: string): Escape {
  const size = HEX_SIZE[letter]!;
  const digits = /^[\da-fA-F]*/.exec(source.slice(at + 2, at + 2 + size))![0];
  if (digits.length < size) return { length: 2 + digits.length, reason: TRUNCATED[letter]!, open: at + 2 + digits.length >= source.length };
  const cp = Number.parseInt(digits, 16);
  if (cp > 0x10ffff) return { length: 2 + size, reason: "illegal Unicode character", open: false };
  return { length: 2 + size, text: String.fromCodePoint(cp) };
}

function namedEscape(vm: VM, source: string, at: number): Escape {
  const reason = "malformed \\N character escape";
  if (source[at + 2] !== "{") return { length: 2, reason, open: at + 2 >= source.length };
  const close = source.indexOf("}", at + 3);
  if (close < 0) return { length: source.length - at, reason, open: true };
  if (close === at + 3) return { length: 3, reason, open: false };
  const c = lookupCharacter(vm, source.slice(at + 3, close));
  if (c === undefined) return { length: close + 1 - at, reason: "unknown Unicode character name", open: false };
  return { length: close + 1 - at, text: c };
}

function readEscape(vm: VM, source: string, at: number): Escape {
  const letter = source[at + 1];
  if (letter === undefined) return { length: 1, reason: "\\ at end of string", open: true };
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { length: 2, text: simple };
  if (letter in HEX_SIZE) return hexEscape(source, at, letter);
  if (letter === "N") return namedEscape(vm, source, at);
  const octal = /^[0-7]{1,3}/.exec(source.slice(at + 1, at + 4));
  if (octal) return { length: 1 + octal[0].length, text: String.fromCharCode(Number.parseInt(octal[0], 8)) };
  vm.warn(EXCEPTIONS.DeprecationWarning, `"\\${letter}" is an invalid escape sequence. Such sequences will not work in the future. `, 1);
  return { length: 2, text: `\\${letter}` };
}

export function decodeUnicodeEscape(vm: VM, data: Uint8Array, errors: string | undefined, final = true): Decoded {
  return decodeEscapes(vm, data, errors, final, "unicodeescape", readEscape);
}

/** Only \u and \U count, and only behind an odd number of backslashes. */
function readRawEscape(_vm: VM, source: string, at: number): Escape {
  let backslashes = 1;
  while (source[at + backslashes] === "\\") backslashes++;
  const letter = source[at + backslashes];
  if (backslashes % 2 === 0 || (letter !== "u" && letter !== "U")) return { length: backslashes, text: "\\".repeat(backslashes) };
  if (backslashes > 1) return { length: backslashes - 1, text: "\\".repeat(backslashes - 1) };
  const e = hexEscape(source, at, letter);
  return "reason" in e && e.reason === "illegal Unicode character" ? { ...e, reason: "\\Uxxxxxxxx out of range" } : e;
}

export function decodeRawUnicodeEscape(vm: VM, data: Uint8Array, errors: string | undefined, final = true): Decoded {
  return decodeEscapes(vm, data, errors, final, "rawunicodeescape", readRawEscape);
}

function decodeEscapes(
  vm: VM,
  data: Uint8Array,
  errors: string | undefined,
  final: boolean,
  encoding: string,
  read: (vm: VM, source: string, at: number) => Escape,
): Decoded {
  const source = latinText(data);
  const handler = new DecodeErrors(vm, encoding, data, errors);
  let out = "";
  let i = 0;
  while (i < source.length) {
    const slash = source.indexOf("\\", i);
    out += source.slice(i, slash < 0 ? undefined : slash);
    if (slash < 0) return { text: out, consumed: source.length };
    i = slash;
    const e = read(vm, source, i);
    if ("text" in e) {
      out += e.text;
      i += e.length;
    } else {
      if (e.open && !final) break;
      const r = handler.handle(i, i + e.length, e.reason);
      out += r.text;
      i = r.next;
    }
  }
  return { text: out, consumed: i };
}

// ---- bytes ----------------------------------------------------------------------------------------------------------------------------------------

/** codecs.escape_decode: what a bytes literal with this content stands for. */
export function decodeBytesEscape(vm: VM, data: Uint8Array, errors: string | undefined): Uint8Array {
  const sink = new ByteSink(data.length);
  for (let i = 0; i < data.length; ) {
    if (data[i] !== 92) {
      sink.push(data[i++]!);
      continue;
    }
    if (i + 1 >= data.length) throw valueError("Trailing \\ in string");
    i = bytesEscape(vm, data, i, errors, sink);
  }
  return sink.finish();
}

function bytesEscape(vm: VM, data: Uint8Array, at: number, errors: string | undefined, sink: ByteSink): number {
  const tail = latinText(data.subarray(at + 1, at + 4));
  const letter = tail[0]!;
  const simple = SIMPLE[letter];
  if (simple !== undefined) {
    sink.append(latinBytes(simple));
    return at + 2;
  }
  const octal = /^[0-7]{1,3}/.exec(tail);
  if (octal) {
    sink.push(Number.parseInt(octal[0], 8) & 255);
    return at + 1 + octal[0].length;
  }
  if (letter === "x") {
    const hex = /^x([\da-fA-F]{2})/.exec(tail);
    if (hex) {
      sink.push(Number.parseInt(hex[1]!, 16));
      return at + 4;
    }
    if (errors === undefined || errors === "strict") throw valueError(`invalid \\x escape at position ${at}`);
    if (errors === "replace") sink.push(63);
    else if (errors !== "ignore") throw valueError(`decoding error; unknown error handling code: ${errors}`);
    return at + 2 + (/^x[\da-fA-F]/.test(tail) ? 1 : 0);
  }
  vm.warn(EXCEPTIONS.DeprecationWarning, `b"\\${letter}" is an invalid escape sequence. Such sequences will not work in the future. `, 1);
  sink.append(latinBytes(`\\${letter}`));
  return at + 2;
}

/** codecs.escape_encode */
export function encodeBytesEscape(data: Uint8Array): Uint8Array {
  let out = "";
  for (const b of data) {
    const c = String.fromCharCode(b);
    out += c === "'" ? "\\'" : (WRITTEN[c] ?? (b >= 32 && b < 127 ? c : escapeCodePoint(b)));
  }
  return latinBytes(out);
}
