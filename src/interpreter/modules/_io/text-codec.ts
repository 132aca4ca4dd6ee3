/** Incremental encoding and decoding for text streams: UTF-8, ASCII and Latin-1 natively, all others through the codecs module. */
import { lookupError, typeError } from "../../builtins/exceptions.ts";
import { bytesOf } from "../../objects/buffer.ts";
import { encodeText, lookupCodec, normalizeEncoding } from "../../objects/codecs-core.ts";
import { decodeAscii, latinText } from "../../objects/codecs-charmap.ts";
import { concat, decodeUtf8 } from "../../objects/codecs-utf.ts";
import { callMethod, getAttr, lookupAttr, plainStr, repr, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PyBytes, PyTuple, type Value } from "../../objects/values.ts";

/** Decoder of a stream of bytes. */
export interface TextDecoderLike {
  decode(vm: VM, data: Uint8Array, final: boolean): string;
  reset(vm: VM): void;
  /** Bytes that wait for more; used to work out positions. */
  readonly pending: number;
}

class Utf8Decoder implements TextDecoderLike {
  private rest: Uint8Array = new Uint8Array(0);
  private start: boolean;
  private readonly errors: string;
  private readonly skipMark: boolean;
  constructor(errors: string, skipMark: boolean) {
    this.errors = errors;
    this.skipMark = skipMark;
    this.start = skipMark;
  }
  get pending(): number {
    return this.rest.length;
  }
  decode(vm: VM, data: Uint8Array, final: boolean): string {
    const input = this.rest.length ? concat([this.rest, data]) : data;
    const { text, consumed } = decodeUtf8(vm, input, this.errors, final);
    this.rest = consumed < input.length ? input.slice(consumed) : new Uint8Array(0);
    if (!this.start || text === "") return text;
    this.start = false;
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  }
  reset(): void {
    this.rest = new Uint8Array(0);
    this.start = this.skipMark;
  }
}

class ByteDecoder implements TextDecoderLike {
  readonly pending = 0;
  private readonly text: (vm: VM, data: Uint8Array) => string;
  constructor(text: (vm: VM, data: Uint8Array) => string) {
    this.text = text;
  }
  decode(vm: VM, data: Uint8Array): string {
    return this.text(vm, data);
  }
  reset(): void {}
}

class PythonDecoder implements TextDecoderLike {
  private readonly decoder: Value;
  pending = 0;
  constructor(decoder: Value) {
    this.decoder = decoder;
  }
  decode(vm: VM, data: Uint8Array, final: boolean): string {
    const out = callMethod(vm, this.decoder, "decode", new PyBytes(data), final);
    const text = plainStr(out);
    if (text === undefined) throw typeError(`decoder should return a string result, not '${typeName(out)}'`);
    const state = lookupAttr(vm, this.decoder, "getstate");
    const s = state === undefined ? null : vm.call(state, []);
    this.pending = s instanceof PyTuple ? (bytesOf(s.items[0]!)?.length ?? 0) : 0;
    return text;
  }
  reset(vm: VM): void {
    callMethod(vm, this.decoder, "reset");
  }
}

const UTF8 = new Set(["utf_8", "utf8", "u8", "utf", "cp65001"]);
const ASCII = new Set(["ascii", "us_ascii", "646"]);
const LATIN = new Set(["latin_1", "latin1", "iso_8859_1", "iso8859_1", "8859", "cp819", "l1"]);

export function makeDecoder(vm: VM, encoding: string, errors: string): TextDecoderLike {
  const name = normalizeEncoding(encoding).replaceAll("-", "_");
  if (UTF8.has(name)) return new Utf8Decoder(errors, false);
  if (name === "utf_8_sig") return new Utf8Decoder(errors, true);
  if (ASCII.has(name)) return new ByteDecoder((v, data) => decodeAscii(v, data, errors));
  if (LATIN.has(name)) return new ByteDecoder((_v, data) => latinText(data));
  return new PythonDecoder(vm.call(getAttr(vm, lookupCodec(vm, encoding), "incrementaldecoder"), [errors]));
}

export function isUtf8(encoding: string): boolean {
  return UTF8.has(normalizeEncoding(encoding).replaceAll("-", "_"));
}

/** Encoder of a stream; encodings with a byte order mark write it once, at the start. */
export interface TextEncoderLike {
  encode(vm: VM, text: string): Uint8Array;
  /** The stream is at its start, or not, for encodings that begin with a mark. */
  setStart(vm: VM, start: boolean): void;
}

class PlainEncoder implements TextEncoderLike {
  private readonly encoding: string;
  private readonly errors: string;
  constructor(encoding: string, errors: string) {
    this.encoding = encoding;
    this.errors = errors;
  }
  encode(vm: VM, text: string): Uint8Array {
    return encodeText(vm, text, this.encoding, this.errors).data;
  }
  setStart(): void {}
}

class PythonEncoder implements TextEncoderLike {
  private readonly encoder: Value;
  constructor(encoder: Value) {
    this.encoder = encoder;
  }
  encode(vm: VM, text: string): Uint8Array {
    const out = callMethod(vm, this.encoder, "encode", text);
    const data = bytesOf(out);
    if (data === undefined) throw typeError(`encoder should return a bytes object, not '${typeName(out)}'`);
    return data;
  }
  setStart(vm: VM, start: boolean): void {
    if (start) callMethod(vm, this.encoder, "reset");
    else callMethod(vm, this.encoder, "setstate", 0);
  }
}

export function makeEncoder(vm: VM, encoding: string, errors: string): TextEncoderLike {
  const name = normalizeEncoding(encoding).replaceAll("-", "_");
  if (UTF8.has(name) || ASCII.has(name) || LATIN.has(name)) return new PlainEncoder(encoding, errors);
  return new PythonEncoder(vm.call(getAttr(vm, lookupCodec(vm, encoding), "incrementalencoder"), [errors]));
}

/** LookupError for codecs that are not text encodings (rot13, hex …). */
export function checkTextEncoding(vm: VM, encoding: string): void {
  const name = normalizeEncoding(encoding).replaceAll("-", "_");
  if (UTF8.has(name) || ASCII.has(name) || LATIN.has(name)) return;
  const flag = lookupAttr(vm, lookupCodec(vm, encoding), "_is_text_encoding");
  if (flag !== undefined && !truthy(vm, flag)) throw lookupError(`${repr(vm, encoding)} is not a text encoding; use codecs.open() to handle arbitrary codecs`);
}
