/**
 * UTF-8, UTF-16 and UTF-32. Well-formed input takes V8's coder or a plain loop; errors go through the handlers.
 * Sources: Unicode Standard 16.0, 3.9 (D92; table 3-7, maximal subparts), library reference "codecs – Standard Encodings".
 */
import { DecodeErrors, EncodeErrors } from "./codecs-errors.ts";
import type { VM } from "./runtime.ts";
import { codePoints, strLength } from "./str-points.ts";

/** A growing run of bytes. */
export class ByteSink {
  private bytes: Uint8Array;
  private used = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(Math.max(16, capacity));
  }

  push(b: number): void {
    if (this.used === this.bytes.length) this.grow(this.used + 1);
    this.bytes[this.used++] = b;
  }

  append(data: Uint8Array | readonly number[]): void {
    if (this.used + data.length > this.bytes.length) this.grow(this.used + data.length);
    this.bytes.set(data, this.used);
    this.used += data.length;
  }

  private grow(needed: number): void {
    const bigger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bigger.set(this.bytes);
    this.bytes = bigger;
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }
}

export interface Decoded {
  readonly text: string;
  /** Bytes consumed: fewer than given when an incomplete sequence waits for more input. */
  readonly consumed: number;
}

type Put = (sink: ByteSink, cp: number) => boolean;

/**
 * Encodes code point by code point. `put` writes one and returns true, or returns false for one that the encoding lacks; runs of those go
 * to the error handler together (one by one in UTF-16 and UTF-32). A text replacement must itself be encodable.
 */
export function encodePoints(
  vm: VM,
  s: string,
  encoding: string,
  errors: string | undefined,
  reason: string,
  capacity: number,
  plainPut: Put,
  inRuns = true,
): Uint8Array {
  const put = inRuns && errors === "surrogateescape" ? withEscapes(plainPut) : plainPut;
  const sink = new ByteSink(capacity);
  const points = codePoints(s);
  const handler = new EncodeErrors(vm, encoding, s, points.length, errors);
  const scratch = new ByteSink(16);
  for (let i = 0; i < points.length; ) {
    if (put(sink, points[i]!.codePointAt(0)!)) {
      i++;
      continue;
    }
    let end = i + 1;
    if (inRuns) while (end < points.length && !put(scratch, points[end]!.codePointAt(0)!)) end++;
    const { replacement, next, fail } = handler.handle(i, end, reason);
    if (typeof replacement === "string") {
      for (const c of replacement) if (!put(sink, c.codePointAt(0)!)) fail();
    } else sink.append(replacement);
    i = next;
  }
  return sink.finish();
}

/** The escaped bytes of PEP 383 count as encodable, so that they end a run. */
function withEscapes(put: Put): Put {
  return (sink, cp) => {
    if (cp < 0xdc80 || cp > 0xdcff) return put(sink, cp);
    sink.push(cp - 0xdc00);
    return true;
  };
}

const isSurrogate = (cp: number): boolean => cp >= 0xd800 && cp <= 0xdfff;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const NO_SURROGATES = "surrogates not allowed";

// ---- UTF-8 -----------------------------------------------------------------------------------------------------------------------------------

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeUtf8(vm: VM, s: string, errors: string | undefined): Uint8Array {
  return LONE_SURROGATE.test(s) ? encodePoints(vm, s, "utf-8", errors, NO_SURROGATES, s.length * 2, putUtf8) : textEncoder.encode(s);
}

function putUtf8(sink: ByteSink, cp: number): boolean {
  if (cp < 0x80) sink.push(cp);
  else if (cp < 0x800) sink.append([0xc0 | (cp >> 6), 0x80 | (cp & 63)]);
  else if (isSurrogate(cp)) return false;
  else if (cp < 0x10000) sink.append([0xe0 | (cp >> 12), 0x80 | ((cp >> 6) & 63), 0x80 | (cp & 63)]);
  else sink.append([0xf0 | (cp >> 18), 0x80 | ((cp >> 12) & 63), 0x80 | ((cp >> 6) & 63), 0x80 | (cp & 63)]);
  return true;
}

/** `final` false keeps an incomplete sequence at the end for later. */
export function decodeUtf8(vm: VM, data: Uint8Array, errors: string | undefined, final = true): Decoded {
  if (data.length < 32 && data.every((b) => b < 128)) return { text: String.fromCharCode(...data), consumed: data.length };
  try {
    return { text: textDecoder.decode(data), consumed: data.length };
  } catch {
    return decodeUtf8Slowly(vm, data, errors, final);
  }
}

function decodeUtf8Slowly(vm: VM, data: Uint8Array, errors: string | undefined, final: boolean): Decoded {
  const handler = new DecodeErrors(vm, "utf-8", data, errors);
  let text = "";
  let i = 0;
  let valid = 0;
  const flush = (end: number) => {
    if (end > valid) text += textDecoder.decode(data.subarray(valid, end));
  };
  while (i < data.length) {
    const step = utf8Step(data, i);
    if (step.reason === undefined) {
      i += step.length;
      continue;
    }
    flush(i);
    if (step.reason === END_OF_DATA && !final) return { text, consumed: i };
    const r = handler.handle(i, i + step.length, step.reason);
    text += r.text;
    i = valid = r.next;
  }
  flush(i);
  return { text, consumed: i };
}

const END_OF_DATA = "unexpected end of data";
const BAD_CONTINUATION = "invalid continuation byte";

/** Length of the sequence at i, or of its maximal subpart and what is wrong with it. */
function utf8Step(data: Uint8Array, i: number): { length: number; reason?: string } {
  const b = data[i]!;
  if (b < 0x80) return { length: 1 };
  const size = b >= 0xc2 && b < 0xe0 ? 2 : b >= 0xe0 && b < 0xf0 ? 3 : b >= 0xf0 && b < 0xf5 ? 4 : 0;
  if (size === 0) return { length: 1, reason: "invalid start byte" };
  for (let k = 1; k < size; k++) {
    const c = data[i + k];
    if (c === undefined) return { length: k, reason: END_OF_DATA };
    const low = k > 1 ? 0x80 : b === 0xe0 ? 0xa0 : b === 0xf0 ? 0x90 : 0x80;
    const high = k > 1 ? 0xbf : b === 0xed ? 0x9f : b === 0xf4 ? 0x8f : 0xbf;
    if (c < low || c > high) return { length: k, reason: BAD_CONTINUATION };
  }
  return { length: size };
}

// ---- UTF-16 and UTF-32 -----------------------------------------------------------------------------------------------------------------------

/** Byte order as _codecs counts it: -1 little, 0 native with a byte order mark, 1 big. */
export type ByteOrder = -1 | 0 | 1;

const orderSuffix = (order: ByteOrder): string => (order === 0 ? "" : order < 0 ? "-le" : "-be");

function putUnit(sink: ByteSink, unit: number, size: number, big: boolean): void {
  for (let k = 0; k < size; k++) sink.push((unit >>> (8 * (big ? size - 1 - k : k))) & 0xff);
}

export function encodeUtf16(vm: VM, s: string, errors: string | undefined, order: ByteOrder): Uint8Array {
  const big = order > 0;
  const put = (sink: ByteSink, cp: number): boolean => {
    if (isSurrogate(cp)) return false;
    if (cp < 0x10000) putUnit(sink, cp, 2, big);
    else {
      putUnit(sink, 0xd800 + ((cp - 0x10000) >> 10), 2, big);
      putUnit(sink, 0xdc00 + (cp & 0x3ff), 2, big);
    }
    return true;
  };
  const body = encodePoints(vm, s, `utf-16${orderSuffix(order)}`, errors, NO_SURROGATES, s.length * 2, put, false);
  return order === 0 ? concat([Uint8Array.of(0xff, 0xfe), body]) : body;
}

export function encodeUtf32(vm: VM, s: string, errors: string | undefined, order: ByteOrder): Uint8Array {
  const put = (sink: ByteSink, cp: number): boolean => {
    if (isSurrogate(cp)) return false;
    putUnit(sink, cp, 4, order > 0);
    return true;
  };
  const body = encodePoints(vm, s, `utf-32${orderSuffix(order)}`, errors, NO_SURROGATES, strLength(s) * 4, put, false);
  return order === 0 ? concat([Uint8Array.of(0xff, 0xfe, 0, 0), body]) : body;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Consumes a byte order mark when the order is open; without one the native (little) order applies. */
function markedOrder(data: Uint8Array, order: ByteOrder, size: 2 | 4): { order: ByteOrder; start: number } {
  if (order !== 0 || data.length < size) return { order: order === 0 ? -1 : order, start: 0 };
  const zero = size === 2 || (data[2] === 0 && data[3] === 0);
  if (data[0] === 0xff && data[1] === 0xfe && zero) return { order: -1, start: size };
  const at = size - 2;
  if (data[at] === 0xfe && data[at + 1] === 0xff && (size === 2 || (data[0] === 0 && data[1] === 0))) return { order: 1, start: size };
  return { order: -1, start: 0 };
}

/** Decoded text and the byte order that was found (0 while undecided). */
export interface DecodedWide extends Decoded {
  readonly order: ByteOrder;
}

export function decodeUtf16(vm: VM, data: Uint8Array, errors: string | undefined, given: ByteOrder, final = true): DecodedWide {
  const { order, start } = markedOrder(data, given, 2);
  const handler = new DecodeErrors(vm, `utf-16${orderSuffix(order)}`, data, errors);
  const unit = (i: number): number => (order > 0 ? (data[i]! << 8) | data[i + 1]! : data[i]! | (data[i + 1]! << 8));
  const parts: string[] = [];
  let i = start;
  const fail = (end: number, reason: string) => {
    const r = handler.handle(i, end, reason);
    parts.push(r.text);
    i = r.next;
  };
  while (i < data.length) {
    if (i + 1 >= data.length) {
      if (!final) break;
      fail(data.length, "truncated data");
      continue;
    }
    const u = unit(i);
    if (!isSurrogate(u)) {
      parts.push(String.fromCharCode(u));
      i += 2;
    } else if (u >= 0xdc00) fail(i + 2, "illegal encoding");
    else if (i + 3 >= data.length) {
      if (!final) break;
      fail(data.length, END_OF_DATA);
    } else {
      const low = unit(i + 2);
      if (low >= 0xdc00 && low <= 0xdfff) {
        parts.push(String.fromCharCode(u, low));
        i += 4;
      } else fail(i + 2, "illegal UTF-16 surrogate");
    }
  }
  return { text: parts.join(""), consumed: i, order: given === 0 && data.length < 2 ? 0 : order };
}

export function decodeUtf32(vm: VM, data: Uint8Array, errors: string | undefined, given: ByteOrder, final = true): DecodedWide {
  const { order, start } = markedOrder(data, given, 4);
  const handler = new DecodeErrors(vm, `utf-32${orderSuffix(order)}`, data, errors);
  const parts: string[] = [];
  let i = start;
  const fail = (end: number, reason: string) => {
    const r = handler.handle(i, end, reason);
    parts.push(r.text);
    i = r.next;
  };
  while (i < data.length) {
    if (i + 3 >= data.length) {
      if (!final) break;
      fail(data.length, "truncated data");
      continue;
    }
    const bytes = order > 0 ? [0, 1, 2, 3] : [3, 2, 1, 0];
    const cp = bytes.reduce((n, k) => n * 256 + data[i + k]!, 0);
    if (cp > 0x10ffff) fail(i + 4, "code point not in range(0x110000)");
    else if (isSurrogate(cp)) fail(i + 4, "code point in surrogate code point range(0xd800, 0xe000)");
    else {
      parts.push(String.fromCodePoint(cp));
      i += 4;
    }
  }
  return { text: parts.join(""), consumed: i, order: given === 0 && data.length < 4 ? 0 : order };
}
