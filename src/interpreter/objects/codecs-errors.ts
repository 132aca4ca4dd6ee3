/**
 * Error handlers of codecs: the built-in ones, those registered per VM, and their application while encoding or decoding.
 * Source: Python library reference "codecs – Error Handlers". Positions count code points of text and bytes of data.
 */
import { isInstanceOf, lookupError, newException, PyBaseException, typeError } from "../builtins/exceptions.ts";
import { unicodeDecodeError, unicodeEncodeError } from "../builtins/unicode-errors.ts";
import { bytesOf } from "./buffer.ts";
import { nativeFunction } from "./native.ts";
import { plainInt, plainStr, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { escapeCodePoint } from "./str-repr.ts";
import { PyBytes, PyTuple, type Value } from "./values.ts";

/** What a built-in handler answers: the replacement and the position where work goes on. */
type Answer = readonly [replacement: string | Uint8Array, next: number];
type Handler = (vm: VM, e: PyBaseException) => Answer;

// ---- reading the exception ----------------------------------------------------------------------------------------------------------------

const field = (e: PyBaseException, name: string): Value => e.fields?.get(name) ?? null;

/** start and end clamped into the object, as the exceptions' accessors do. */
function span(e: PyBaseException, length: number): [number, number] {
  const clamp = (v: Value, low: number) => Math.max(low, Math.min(Number(plainInt(v) ?? 0), length));
  return [Math.min(clamp(field(e, "start"), 0), Math.max(length - 1, 0)), clamp(field(e, "end"), Math.min(1, length))];
}

/** The characters that could not be encoded or translated, and the end position. */
function badText(e: PyBaseException): { chars: string[]; end: number } {
  const all = Array.from(plainStr(field(e, "object")) ?? "");
  const [start, end] = span(e, all.length);
  return { chars: all.slice(start, end), end };
}

function badBytes(e: PyBaseException): { data: Uint8Array; end: number } {
  const all = bytesOf(field(e, "object")) ?? new Uint8Array(0);
  const [start, end] = span(e, all.length);
  return { data: all.subarray(start, end), end };
}

const isEncode = (e: PyBaseException): boolean => isInstanceOf(e, "UnicodeEncodeError");
const isDecode = (e: PyBaseException): boolean => isInstanceOf(e, "UnicodeDecodeError");
const isTranslate = (e: PyBaseException): boolean => isInstanceOf(e, "UnicodeTranslateError");

function cannotHandle(e: Value): PyBaseException {
  return typeError(`don't know how to handle ${typeName(e)} in error callback`);
}

// ---- built-in handlers ------------------------------------------------------------------------------------------------------------------------

function ignore(_vm: VM, e: PyBaseException): Answer {
  if (isDecode(e)) return ["", badBytes(e).end];
  if (isEncode(e) || isTranslate(e)) return ["", badText(e).end];
  throw cannotHandle(e);
}

function replace(_vm: VM, e: PyBaseException): Answer {
  if (isDecode(e)) return ["\ufffd", badBytes(e).end];
  const { chars, end } = badText(e);
  if (isEncode(e)) return ["?".repeat(chars.length), end];
  if (isTranslate(e)) return ["\ufffd".repeat(chars.length), end];
  throw cannotHandle(e);
}

function backslashReplace(_vm: VM, e: PyBaseException): Answer {
  if (isDecode(e)) {
    const { data, end } = badBytes(e);
    return [Array.from(data, escapeCodePoint).join(""), end];
  }
  if (!isEncode(e) && !isTranslate(e)) throw cannotHandle(e);
  const { chars, end } = badText(e);
  return [chars.map((c) => escapeCodePoint(c.codePointAt(0)!)).join(""), end];
}

function xmlCharRefReplace(_vm: VM, e: PyBaseException): Answer {
  if (!isEncode(e)) throw cannotHandle(e);
  const { chars, end } = badText(e);
  return [chars.map((c) => `&#${c.codePointAt(0)};`).join(""), end];
}

function nameReplace(vm: VM, e: PyBaseException): Answer {
  if (!isEncode(e)) throw cannotHandle(e);
  const { chars, end } = badText(e);
  const name = (c: string): string => {
    const n = characterNames?.nameOf(vm, c.codePointAt(0)!);
    return n === undefined ? escapeCodePoint(c.codePointAt(0)!) : `\\N{${n}}`;
  };
  return [chars.map(name).join(""), end];
}

/** Names of characters, both ways; module unicodedata installs itself here. */
export interface CharacterNames {
  nameOf(vm: VM, cp: number): string | undefined;
  lookup(vm: VM, name: string): string | undefined;
}
let characterNames: CharacterNames | undefined;
export function installCharacterNames(names: CharacterNames): void {
  characterNames = names;
}
export function lookupCharacter(vm: VM, name: string): string | undefined {
  return characterNames?.lookup(vm, name);
}

/** Bytes above 127 ↔ U+DC80…U+DCFF (PEP 383). */
function surrogateEscape(_vm: VM, e: PyBaseException): Answer {
  if (isEncode(e)) {
    const { chars, end } = badText(e);
    const codes = chars.map((c) => c.codePointAt(0)!);
    if (!codes.every((c) => c >= 0xdc80 && c <= 0xdcff)) throw e;
    return [Uint8Array.from(codes, (c) => c - 0xdc00), end];
  }
  if (!isDecode(e)) throw cannotHandle(e);
  const start = Number(plainInt(field(e, "start")));
  const { data } = badBytes(e);
  let text = "";
  for (const b of data.subarray(0, 4)) {
    if (b < 128) break;
    text += String.fromCharCode(0xdc00 + b);
  }
  if (text === "") throw e;
  return [text, start + text.length];
}

/** Width and byte order of the UTF that surrogatepass applies to. */
function utfOf(encoding: string): { width: number; big: boolean } | undefined {
  const m = /^(?:cp)?(?:utf[-_]?)?(8|16|32)(?:[-_]?(le|be))?$/i.exec(encoding === "CP_UTF8" ? "8" : encoding);
  return m ? { width: Number(m[1]) / 8, big: m[2]?.toLowerCase() === "be" } : undefined;
}

function surrogatePass(_vm: VM, e: PyBaseException): Answer {
  if (!isEncode(e) && !isDecode(e)) throw cannotHandle(e);
  const utf = utfOf(plainStr(field(e, "encoding")) ?? "");
  if (!utf) throw e;
  if (isDecode(e)) return decodeSurrogate(e, utf.width, utf.big);
  const { chars, end } = badText(e);
  const out: number[] = [];
  for (const c of chars) {
    const cp = c.codePointAt(0)!;
    if (cp < 0xd800 || cp > 0xdfff) throw e;
    out.push(...surrogateBytes(cp, utf.width, utf.big));
  }
  return [Uint8Array.from(out), end];
}

function surrogateBytes(cp: number, width: number, big: boolean): number[] {
  if (width === 1) return [0xe0 | (cp >> 12), 0x80 | ((cp >> 6) & 0x3f), 0x80 | (cp & 0x3f)];
  const low = [cp & 0xff, cp >> 8, ...(width === 4 ? [0, 0] : [])];
  return big ? low.reverse() : low;
}

function decodeSurrogate(e: PyBaseException, width: number, big: boolean): Answer {
  const data = bytesOf(field(e, "object"))!;
  const at = Number(plainInt(field(e, "start")));
  const size = width === 1 ? 3 : width;
  const b = data.subarray(at, at + size);
  if (b.length < size) throw e;
  let cp: number;
  if (width === 1) {
    if ((b[0]! & 0xf0) !== 0xe0 || (b[1]! & 0xc0) !== 0x80 || (b[2]! & 0xc0) !== 0x80) throw e;
    cp = ((b[0]! & 0xf) << 12) | ((b[1]! & 0x3f) << 6) | (b[2]! & 0x3f);
  } else {
    const order = big ? Array.from(b) : Array.from(b).reverse();
    cp = order.reduce((n, x) => n * 256 + x, 0);
  }
  if (cp < 0xd800 || cp > 0xdfff) throw e;
  return [String.fromCharCode(cp), at + size];
}

function strict(_vm: VM, e: PyBaseException): Answer {
  throw e;
}

/** name → handler and the name of the function that shows it to Python. */
const BUILT_IN: ReadonlyMap<string, Handler> = new Map([
  ["strict", strict],
  ["ignore", ignore],
  ["replace", replace],
  ["backslashreplace", backslashReplace],
  ["xmlcharrefreplace", xmlCharRefReplace],
  ["namereplace", nameReplace],
  ["surrogateescape", surrogateEscape],
  ["surrogatepass", surrogatePass],
]);

/** The built-in handlers as Python functions (shared: natives are immutable). */
const BUILT_IN_FUNCTIONS: ReadonlyMap<string, Value> = new Map(
  Array.from(BUILT_IN, ([name, handler]) => {
    const functionName = name === "surrogateescape" || name === "surrogatepass" ? name : `${name}_errors`;
    const run = (vm: VM, e: Value): Value => {
      if (!(e instanceof PyBaseException)) throw name === "strict" ? typeError("codec must pass exception instance") : cannotHandle(e);
      const [replacement, next] = handler(vm, e);
      return new PyTuple([typeof replacement === "string" ? replacement : new PyBytes(replacement), next]);
    };
    return [name, nativeFunction("_codecs", functionName, ["(exception, /)", run, `The error handler "${name}".`])];
  }),
);

// ---- registry -----------------------------------------------------------------------------------------------------------------------------

const REGISTERED = Symbol("codecs.error handlers");

function registered(vm: VM): Map<string, Value> {
  let map = vm.state.get(REGISTERED) as Map<string, Value> | undefined;
  if (!map) vm.state.set(REGISTERED, (map = new Map()));
  return map;
}

export function registerErrorHandler(vm: VM, name: string, handler: Value): void {
  registered(vm).set(name, handler);
}

/** False when no handler of that name was registered; built-in names are refused by the caller. */
export function unregisterErrorHandler(vm: VM, name: string): boolean {
  return registered(vm).delete(name);
}

export function isBuiltInHandler(name: string): boolean {
  return BUILT_IN.has(name);
}

export function lookupErrorHandler(vm: VM, name: string): Value {
  const h = registered(vm).get(name) ?? BUILT_IN_FUNCTIONS.get(name);
  if (h === undefined) throw lookupError(`unknown error handler name '${name}'`);
  return h;
}

// ---- application ----------------------------------------------------------------------------------------------------------------------------

function answer(vm: VM, errors: string, e: PyBaseException, decoding: boolean, length: number): Answer {
  const own = registered(vm).size > 0 ? registered(vm).get(errors) : undefined;
  const builtIn = own === undefined ? BUILT_IN.get(errors) : undefined;
  if (builtIn) return builtIn(vm, e);
  const r = vm.call(lookupErrorHandler(vm, errors), [e]);
  const shape = `${decoding ? "decoding error handler must return (str, int)" : "encoding error handler must return (str/bytes, int)"} tuple`;
  if (!(r instanceof PyTuple) || r.items.length !== 2) throw typeError(shape);
  const [replacement, position] = r.items as [Value, Value];
  const text = plainStr(replacement) ?? (decoding ? undefined : replacement instanceof PyBytes ? replacement.data : undefined);
  const at = plainInt(position);
  if (text === undefined || at === undefined) throw typeError(shape);
  const next = at < 0 ? Number(at) + length : Number(at);
  if (next < 0 || next > length) throw newException("IndexError", `position ${at} from error handler out of bounds`);
  return [text, next];
}

/** Errors of one encoding run. */
export class EncodeErrors {
  private readonly vm: VM;
  private readonly encoding: string;
  private readonly text: string;
  private readonly length: number;
  private readonly errors: string;

  constructor(vm: VM, encoding: string, text: string, length: number, errors: string | undefined) {
    this.vm = vm;
    this.encoding = encoding;
    this.text = text;
    this.length = length;
    this.errors = errors ?? "strict";
  }

  /** Replacement for the characters [start, end) and the position to go on at; `fail` raises the original error. */
  handle(start: number, end: number, reason: string): { replacement: string | Uint8Array; next: number; fail: () => never } {
    const e = unicodeEncodeError(this.encoding, this.text, start, end, reason);
    const [replacement, next] = answer(this.vm, this.errors, e, false, this.length);
    return {
      replacement,
      next,
      fail: () => {
        throw e;
      },
    };
  }
}

/** Errors of one decoding run. */
export class DecodeErrors {
  private readonly vm: VM;
  private readonly encoding: string;
  private readonly data: Uint8Array;
  private readonly errors: string;

  constructor(vm: VM, encoding: string, data: Uint8Array, errors: string | undefined) {
    this.vm = vm;
    this.encoding = encoding;
    this.data = data;
    this.errors = errors ?? "strict";
  }

  handle(start: number, end: number, reason: string): { text: string; next: number } {
    const e = unicodeDecodeError(this.encoding, this.data, start, end, reason);
    const [text, next] = answer(this.vm, this.errors, e, true, this.data.length);
    return { text: text as string, next };
  }
}
