/** UTF-7 (RFC 2152): Base64 runs between `+` and `-` carry UTF-16. */

import { latinBytes } from "./codecs-charmap.ts";
import { DecodeErrors } from "./codecs-errors.ts";
import type { Decoded } from "./codecs-utf.ts";
import type { VM } from "./runtime.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Characters that CPython writes as they are. */
const DIRECT = /^[A-Za-z0-9'(),\-./:? \t\r\n!"#$%&*;<=>@[\]^_`{|}]$/;

export function encodeUtf7(s: string): Uint8Array {
  let out = "";
  for (let i = 0; i < s.length; ) {
    const c = s[i]!;
    if (DIRECT.test(c)) {
      out += c;
      i++;
    } else if (c === "+") {
      out += "+-";
      i++;
    } else {
      let end = i;
      while (end < s.length && !DIRECT.test(s[end]!)) end++;
      const next = s[end];
      out += `+${encodeRun(s.slice(i, end))}${next === undefined || ALPHABET.includes(next) || next === "-" ? "-" : ""}`;
      i = end;
    }
  }
  return latinBytes(out);
}

function encodeRun(units: string): string {
  let out = "";
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < units.length; i++) {
    buffer = (buffer << 16) | units.charCodeAt(i);
    bits += 16;
    while (bits >= 6) {
      bits -= 6;
      out += ALPHABET[(buffer >> bits) & 63];
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? out + ALPHABET[(buffer << (6 - bits)) & 63] : out;
}

export function decodeUtf7(vm: VM, data: Uint8Array, errors: string | undefined, final = true): Decoded {
  const handler = new DecodeErrors(vm, "utf7", data, errors);
  let text = "";
  let i = 0;
  while (i < data.length) {
    const b = data[i]!;
    if (b !== 0x2b) {
      if (b < 128) {
        text += String.fromCharCode(b);
        i++;
      } else {
        const r = handler.handle(i, i + 1, "unexpected special character");
        text += r.text;
        i = r.next;
      }
      continue;
    }
    const run = readRun(data, i);
    if (run.end >= data.length && !final) break;
    text += run.text;
    if (run.reason === undefined) {
      i = run.end;
      continue;
    }
    const r = handler.handle(run.reason === BAD_BASE64 ? i : run.end, Math.min(run.end + 1, data.length), run.reason);
    text += r.text;
    i = r.next;
  }
  return { text, consumed: i };
}

const BAD_BASE64 = "partial character in base64 sequence";

/** The Base64 run whose `+` is at `start`: its text, the position behind it, and what is wrong with it. */
function readRun(data: Uint8Array, start: number): { text: string; end: number; reason?: string } {
  let i = start + 1;
  if (data[i] === 0x2d) return { text: "+", end: i + 1 };
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (; i < data.length; i++) {
    const digit = ALPHABET.indexOf(String.fromCharCode(data[i]!));
    if (digit < 0) break;
    buffer = (buffer << 6) | digit;
    bits += 6;
    if (bits >= 16) {
      bits -= 16;
      text += String.fromCharCode((buffer >> bits) & 0xffff);
      buffer &= (1 << bits) - 1;
    }
  }
  if (bits >= 6) return { text, end: i, reason: BAD_BASE64 };
  if (buffer !== 0) return { text, end: i, reason: "non-zero padding bits in shift sequence" };
  if (data[i] === 0x2d) return { text, end: i + 1 };
  return { text, end: i };
}
