/** int(x, base) of text-like objects: str, bytes, bytearray and their subclasses. */
import { valueError } from "../builtins/exceptions.ts";
import { contiguousBytes, getBuffer } from "./buffer.ts";
import { parseIntText } from "./int-text.ts";
import { plainStr, repr } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { numericText } from "./unicode.ts";
import type { PyInt, Value } from "./values.ts";

/** Longest repr that "invalid literal" messages quote. */
const QUOTED = 200;

/** The text of a str or bytes-like object (bytes as Latin-1), else undefined. */
export function numberSubject(v: Value): string | undefined {
  const s = plainStr(v);
  if (s !== undefined) return s;
  const b = getBuffer(v);
  if (b === undefined) return undefined;
  let text = "";
  for (const c of contiguousBytes(b)) text += String.fromCharCode(c);
  return text;
}

/** Value of a short run of ASCII digits, NaN for anything else. */
function plainDigits(s: string): number {
  if (s.length === 0 || s.length > 15) return NaN;
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const d = s.charCodeAt(i) - 48;
    if (d < 0 || d > 9) return NaN;
    n = n * 10 + d;
  }
  return n;
}

/** undefined when x is no text at all; ValueError when it is malformed text. */
export function parseIntSubject(vm: VM, x: Value, base: number): PyInt | undefined {
  if (base === 10 && typeof x === "string") {
    const n = plainDigits(x);
    if (n === n) return n;
  }
  const text = numberSubject(x);
  if (text === undefined) return undefined;
  const v = parseIntText(vm, numericText(text), base);
  if (v === undefined) throw valueError(`invalid literal for int() with base ${base}: ${repr(vm, x).slice(0, QUOTED)}`);
  return v;
}
