/** Module binascii: hexadecimal, Base64 (RFC 4648), uuencode, quoted-printable and cyclic redundancy checks. */
import { EXCEPTIONS, PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf, needBytes } from "../objects/buffer.ts";
import { hexText } from "../objects/bytes-text.ts";
import { latinBytes } from "../objects/codecs-charmap.ts";
import { plainStr, toIndex, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType } from "../objects/type.ts";
import { PyBytes, type Value } from "../objects/values.ts";
import { decodeQp, decodeUu, EncodingProblem, encodeQp, encodeUu } from "./binascii-lines.ts";
import type { NativeModule } from "./native-module.ts";

const errorType = defineType({ name: "Error", module: "binascii", base: EXCEPTIONS.ValueError });
const incompleteType = defineType({ name: "Incomplete", module: "binascii", base: EXCEPTIONS.Exception });

function problem(message: string): PyBaseException {
  return new PyBaseException(errorType, [message]);
}

const bytes = (data: Uint8Array | readonly number[]): PyBytes => new PyBytes(data instanceof Uint8Array ? data : Uint8Array.from(data));

/** Bytes, or ASCII text, of an argument that holds encoded data. */
function encoded(v: Value): Uint8Array {
  const s = plainStr(v);
  if (s !== undefined) {
    if (!/^[\0-\x7f]*$/.test(s)) throw valueError("string argument should contain only ASCII characters");
    return latinBytes(s);
  }
  const data = bytesOf(v);
  if (data === undefined) throw typeError(`argument should be bytes, buffer or ASCII string, not '${typeName(v)}'`);
  return data;
}

const flag = (vm: VM, v: Value | undefined, missing: boolean): boolean => (v === undefined ? missing : truthy(vm, v));

/** Runs a line coder; its problems become binascii.Error. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (e) {
    if (e instanceof EncodingProblem) throw problem(e.message);
    throw e;
  }
}

// ---- hexadecimal ----------------------------------------------------------------------------------------------------------------------------------

function hexlify(vm: VM, data: Value, sep?: Value, perGroup?: Value): Value {
  return bytes(latinBytes(hexText(vm, needBytes(data), sep, perGroup)));
}

function unhexlify(_vm: VM, source: Value): Value {
  const data = encoded(source);
  if (data.length % 2 !== 0) throw problem("Odd-length string");
  const out = new Uint8Array(data.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = hexDigit(data[2 * i]!) * 16 + hexDigit(data[2 * i + 1]!);
  return bytes(out);
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 32;
  if (letter >= 97 && letter <= 102) return letter - 87;
  throw problem("Non-hexadecimal digit found");
}

// ---- Base64 -------------------------------------------------------------------------------------------------------------------------------------

const ALPHABET = latinBytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PAD = 61;
const NEWLINE = 10;
const DIGITS = Int8Array.from({ length: 256 }, (_, c) => ALPHABET.indexOf(c));

function b2aBase64(vm: VM, data: Value, newline?: Value): Value {
  const source = needBytes(data);
  const lines = flag(vm, newline, true);
  const size = Math.ceil(source.length / 3) * 4;
  const out = new Uint8Array(size + (lines ? 1 : 0)).fill(PAD);
  let at = 0;
  for (let i = 0; i < source.length; i += 3) {
    const word = (source[i]! << 16) | ((source[i + 1] ?? 0) << 8) | (source[i + 2] ?? 0);
    const digits = Math.min(3, source.length - i) + 1;
    for (let k = 0; k < digits; k++) out[at + k] = ALPHABET[(word >> (18 - 6 * k)) & 63]!;
    at += 4;
  }
  if (lines) out[size] = NEWLINE;
  return bytes(out);
}

function a2bBase64(vm: VM, source: Value, strictMode?: Value): Value {
  return bytes(decodeBase64(encoded(source), flag(vm, strictMode, false)));
}

function decodeBase64(data: Uint8Array, strict: boolean): Uint8Array {
  if (strict && data[0] === PAD) throw problem("Leading padding not allowed");
  const out = new Uint8Array(Math.ceil(data.length / 4) * 3);
  let used = 0;
  let buffer = 0;
  let position = 0;
  let pads = 0;
  for (let i = 0; i < data.length; i++) {
    const c = data[i]!;
    if (c === PAD) {
      if (strict && position === 0) throw problem("Excess padding not allowed");
      if (position >= 2 && position + ++pads >= 4) {
        if (strict && i + 1 < data.length) throw problem("Excess data after padding");
        return out.slice(0, used);
      }
      if (position < 2) pads = strict ? pads + 1 : pads;
      continue;
    }
    const digit = DIGITS[c]!;
    if (digit < 0) {
      if (strict) throw problem("Only base64 data is allowed");
      continue;
    }
    if (strict && pads > 0) throw problem("Discontinuous padding not allowed");
    pads = 0;
    buffer = ((buffer << 6) | digit) & 0xffffff;
    if (position > 0) out[used++] = (buffer >> (6 - 2 * position)) & 0xff;
    position = (position + 1) % 4;
  }
  if (position === 1)
    throw problem(
      `Invalid base64-encoded string: number of data characters (${Math.floor(used / 3) * 4 + 1}) cannot be 1 more than a multiple of 4`,
    );
  if (position !== 0) throw problem("Incorrect padding");
  return out.slice(0, used);
}

// ---- checks -------------------------------------------------------------------------------------------------------------------------------------

const CRC32 = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 (ISO 3309) of data, going on from a previous value. */
export function crc32(data: Uint8Array, start = 0): number {
  let c = ~start;
  for (const b of data) c = (c >>> 8) ^ CRC32[(c ^ b) & 0xff]!;
  return ~c >>> 0;
}

/** CRC-CCITT, as BinHex 4 uses it. */
function crcHqx(data: Uint8Array, start: number): number {
  let c = start & 0xffff;
  for (const b of data) {
    c ^= b << 8;
    for (let k = 0; k < 8; k++) c = c & 0x8000 ? ((c << 1) ^ 0x1021) & 0xffff : (c << 1) & 0xffff;
  }
  return c;
}

const checkStart = (vm: VM, v: Value | undefined): number => (v === undefined ? 0 : Number(BigInt.asUintN(32, BigInt(toIndex(vm, v)))));

const HEXLIFY = "(data, sep=<unrepresentable>, bytes_per_sep=1)";

export const binascii: NativeModule = {
  name: "binascii",
  doc: "Conversion between binary data and ASCII.",
  functions: {
    b2a_hex: [HEXLIFY, hexlify, "Hexadecimal digits of the bytes."],
    hexlify: [HEXLIFY, hexlify, "Hexadecimal digits of the bytes."],
    a2b_hex: ["(hexstr, /)", unhexlify, "Bytes of hexadecimal digits."],
    unhexlify: ["(hexstr, /)", unhexlify, "Bytes of hexadecimal digits."],
    b2a_base64: ["(data, /, *, newline=True)", b2aBase64, "A line of Base64."],
    a2b_base64: ["(data, /, *, strict_mode=False)", a2bBase64, "Bytes of Base64 data."],
    b2a_uu: [
      "(data, /, *, backtick=False)",
      (vm: VM, data: Value, backtick?: Value) => guarded(() => bytes(encodeUu(needBytes(data), flag(vm, backtick, false)))),
      "A uuencoded line.",
    ],
    a2b_uu: ["(data, /)", (_vm: VM, data: Value) => guarded(() => bytes(decodeUu(encoded(data)))), "Bytes of a uuencoded line."],
    b2a_qp: [
      "(data, quotetabs=False, istext=True, header=False)",
      (vm: VM, data: Value, quotetabs?: Value, istext?: Value, header?: Value) =>
        bytes(
          encodeQp(needBytes(data), {
            quotetabs: flag(vm, quotetabs, false),
            istext: flag(vm, istext, true),
            header: flag(vm, header, false),
          }),
        ),
      "Quoted-printable form of the bytes.",
    ],
    a2b_qp: [
      "(data, header=False)",
      (vm: VM, data: Value, header?: Value) => bytes(decodeQp(encoded(data), flag(vm, header, false))),
      "Bytes of quoted-printable data.",
    ],
    crc32: ["(data, crc=0, /)", (vm: VM, data: Value, crc?: Value) => crc32(needBytes(data), checkStart(vm, crc)), "CRC-32 checksum."],
    crc_hqx: ["(data, crc, /)", (vm: VM, data: Value, crc: Value) => crcHqx(needBytes(data), checkStart(vm, crc)), "CRC-CCITT checksum."],
  },
  values: () => ({ Error: errorType, Incomplete: incompleteType }),
};
