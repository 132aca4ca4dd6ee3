/** bytes ↔ text forms: repr, hex digits with separators, fromhex. Source: Python library reference "Bytes Objects". */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { getBuffer } from "./buffer.ts";
import { latinText } from "./codecs-charmap.ts";
import { numberSubject } from "./int-parse.ts";
import { length, plainStr, toSsize, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { Value } from "./values.ts";

const ESCAPES: { [c: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };
const HEX: readonly string[] = Array.from({ length: 256 }, (_, b) => b.toString(16).padStart(2, "0"));

/** b'…' */
export function bytesRepr(data: Uint8Array): string {
  const text = latinText(data);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[^ -[\]-~]/g, (c) => ESCAPES[c] ?? `\\x${HEX[c.charCodeAt(0)]}`);
  return `b${quote}${quote === "'" ? body.replaceAll("'", "\\'") : body}${quote}`;
}

export function hexDigits(data: Uint8Array): string {
  let out = "";
  for (const b of data) out += HEX[b];
  return out;
}

/** bytes.hex(sep, bytes_per_sep): groups counted from the right, or from the left when negative. */
export function hexText(vm: VM, data: Uint8Array, sep: Value | undefined, perGroup: Value | undefined): string {
  const separator = sep === undefined ? "" : hexSeparator(vm, sep);
  const size = perGroup === undefined ? 1 : toSsize(vm, perGroup);
  if (separator === "" || size === 0 || data.length === 0) return hexDigits(data);
  const n = Math.abs(size);
  const groups: string[] = [];
  const first = size > 0 ? data.length % n : 0;
  if (first > 0) groups.push(hexDigits(data.subarray(0, first)));
  for (let i = first; i < data.length; i += n) groups.push(hexDigits(data.subarray(i, Math.min(i + n, data.length))));
  return groups.join(separator);
}

function hexSeparator(vm: VM, sep: Value): string {
  if (length(vm, sep) !== 1) throw valueError("sep must be length 1.");
  const text = plainStr(sep) ?? (getBuffer(sep) ? numberSubject(sep) : undefined);
  if (text === undefined) throw typeError("sep must be str or bytes.");
  if (text.charCodeAt(0) > 127) throw valueError("sep must be ASCII.");
  return text;
}

/** bytes.fromhex(string) */
export function parseHex(v: Value): Uint8Array {
  const text = numberSubject(v);
  if (text === undefined) throw typeError(`fromhex() argument must be str or bytes-like, not ${typeName(v)}`);
  const out: number[] = [];
  for (let i = 0; i < text.length; ) {
    if (/[\t-\r ]/.test(text[i]!)) {
      i++;
      continue;
    }
    out.push(hexNibble(text, i) * 16 + hexNibble(text, i + 1));
    i += 2;
  }
  return Uint8Array.from(out);
}

function hexNibble(text: string, at: number): number {
  const c = text[at];
  if (c === undefined) throw valueError("fromhex() arg must contain an even number of hexadecimal digits");
  if (!/[\da-fA-F]/.test(c))
    throw valueError(`non-hexadecimal number found in fromhex() arg at position ${Array.from(text.slice(0, at)).length}`);
  return Number.parseInt(c, 16);
}
