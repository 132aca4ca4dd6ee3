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

/** undefined when x is no text at all; ValueError when it is malformed text. */
export function parseIntSubject(vm: VM, x: Value, base: number): PyInt | undefined {
  const text = numberSubject(x);
  if (text === undefined) return undefined;
  const v = parseIntText(vm, numericText(text), base);
  if (v === undefined) throw valueError(`invalid literal for int() with base ${base}: ${repr(vm, x).slice(0, QUOTED)}`);
  return v;
}
