/**
 * Formats of module struct, compiled: codes with counts, sizes, offsets and alignment, and how values get in and out.
 * Source: library reference "struct – Format Strings". A compiled format is a list of fields; both directions walk it.
 */
import { EXCEPTIONS, isInstanceOf, overflowError, PyBaseException } from "../builtins/exceptions.ts";
import { bytesOf } from "../objects/buffer.ts";
import { getAttr, plainInt, toDouble, toIndex, truthy, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { type ItemCode, integerRange, NATIVE_CODES, STANDARD_CODES } from "../objects/struct-codes.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { normInt, PyBytes, PyComplex, PyFloat, type Value } from "../objects/values.ts";

export const structErrorType: PyType = defineType({ name: "error", module: "struct", base: EXCEPTIONS.Exception });

export function structError(message: string): PyBaseException {
  return new PyBaseException(structErrorType, [message]);
}

/** A run of equal items, one string, or one Pascal string. */
interface Field {
  readonly letter: string;
  readonly offset: number;
  /** Items, or bytes of a string. */
  readonly count: number;
  readonly code: ItemCode | undefined;
}

export interface Format {
  readonly text: string;
  readonly size: number;
  readonly little: boolean;
  /** Whether the native sizes apply (some errors are worded differently). */
  readonly native: boolean;
  readonly fields: readonly Field[];
  /** Number of Python values. */
  readonly values: number;
}

const MAX_SIZE = 2 ** 31 * 2 ** 32;
const HOST_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Complex codes are two floats. */
const COMPLEX: { [letter: string]: string } = { F: "f", D: "d" };

export function compileFormat(text: string): Format {
  const prefix = /^[@=<>!]/.exec(text)?.[0] ?? "";
  const native = prefix === "" || prefix === "@";
  const little = prefix === "<" || ((native || prefix === "=") && HOST_LITTLE);
  const codes = native ? NATIVE_CODES : STANDARD_CODES;
  const fields: Field[] = [];
  let size = 0;
  let values = 0;
  for (let i = prefix.length; i < text.length; i++) {
    if (/\s/.test(text[i]!)) continue;
    let count = 1;
    if (/\d/.test(text[i]!)) {
      const digits = /^\d+/.exec(text.slice(i))![0];
      count = Number(digits);
      i += digits.length;
      if (count > MAX_SIZE) throw structError("total struct size too long");
      if (i >= text.length) throw structError("repeat count given without format specifier");
    }
    const letter = text[i]!;
    const part = COMPLEX[letter];
    const code = codes[part ?? letter];
    if (letter === "x") size += count;
    else if (letter === "s" || letter === "p") {
      fields.push({ letter, offset: size, count, code: undefined });
      size += count;
      values++;
    } else {
      if (!code) throw structError("bad char in struct format");
      if (native) size = Math.ceil(size / code.size) * code.size;
      fields.push({ letter, offset: size, count, code });
      size += count * code.size * (part ? 2 : 1);
      values += count;
    }
    if (size > MAX_SIZE) throw structError("total struct size too long");
  }
  return { text, size, little, native, fields, values };
}

// ---- unpacking ------------------------------------------------------------------------------------------------------------------------------

export function unpackValues(format: Format, data: Uint8Array, start: number): Value[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const out: Value[] = [];
  for (const f of format.fields) {
    const at = start + f.offset;
    if (f.letter === "s") out.push(new PyBytes(data.slice(at, at + f.count)));
    else if (f.letter === "p") out.push(new PyBytes(pascal(data.subarray(at, at + f.count))));
    else if (f.letter in COMPLEX) complexItems(f, view, at, format.little, out);
    else for (let k = 0; k < f.count; k++) out.push(item(f.code!, view, at + k * f.code!.size, format.little));
  }
  return out;
}

function item(code: ItemCode, view: DataView, offset: number, little: boolean): Value {
  const v = code.read(view, offset, little);
  switch (code.kind) {
    case "float":
      return new PyFloat(v as number);
    case "char":
      return new PyBytes(Uint8Array.of(v as number));
    default:
      return typeof v === "bigint" ? normInt(v) : v;
  }
}

function pascal(data: Uint8Array): Uint8Array {
  return data.length === 0 ? data : data.slice(1, 1 + Math.min(data[0]!, data.length - 1));
}

function complexItems(f: Field, view: DataView, at: number, little: boolean, out: Value[]): void {
  const { read, size } = f.code!;
  for (let k = 0; k < f.count; k++) {
    const offset = at + 2 * k * size;
    out.push(new PyComplex(Number(read(view, offset, little)), Number(read(view, offset + size, little))));
  }
}

// ---- packing --------------------------------------------------------------------------------------------------------------------------------

/** Packs checked numbers of values; `data` from `start` on has room and is zeroed here. */
export function packValues(vm: VM, format: Format, values: readonly Value[], data: Uint8Array, start: number): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  data.fill(0, start, start + format.size);
  let next = 0;
  for (const f of format.fields) {
    const at = start + f.offset;
    if (f.letter === "s" || f.letter === "p") {
      packString(f, values[next++]!, data, at);
      continue;
    }
    const size = f.code!.size;
    for (let k = 0; k < f.count; k++) {
      const v = values[next++]!;
      if (f.letter in COMPLEX) packComplex(vm, f, v, view, at + 2 * k * size, format);
      else packItem(vm, f, v, view, at + k * size, format);
    }
  }
}

function packString(f: Field, v: Value, data: Uint8Array, at: number): void {
  const bytes = v instanceof PyBytes || typeOf(v).name === "bytearray" ? bytesOf(v) : undefined;
  if (!bytes) throw structError(`argument for '${f.letter}' must be a bytes object`);
  if (f.letter === "s") data.set(bytes.subarray(0, f.count), at);
  else if (f.count > 0) {
    const n = Math.min(bytes.length, f.count - 1);
    data[at] = Math.min(n, 255);
    data.set(bytes.subarray(0, n), at + 1);
  }
}

function packItem(vm: VM, f: Field, v: Value, view: DataView, offset: number, format: Format): void {
  const code = f.code!;
  switch (code.kind) {
    case "char":
      if (!(v instanceof PyBytes) || v.data.length !== 1) throw structError("char format requires a bytes object of length 1");
      code.write(view, offset, v.data[0]!, format.little);
      return;
    case "bool":
      code.write(view, offset, truthy(vm, v) ? 1 : 0, format.little);
      return;
    case "float":
      if (packFloat(f, code, doubleOf(vm, v), view, offset, format)) return;
      throw plainInt(v) === undefined
        ? overflowError(`float too large to pack with ${f.letter} format`)
        : structError("int too large to convert");
    default:
      code.write(view, offset, integerOf(vm, f, code, v), format.little);
  }
}

function doubleOf(vm: VM, v: Value): number {
  if (v instanceof PyFloat) return v.value;
  try {
    return toDouble(vm, v);
  } catch (e) {
    if (isInstanceOf(e, "TypeError")) throw structError("required argument is not a float");
    throw e;
  }
}

/** False on overflow: native floats are C casts and may become infinite, the portable forms (and halves) may not. */
function packFloat(f: Field, code: ItemCode, x: number, view: DataView, offset: number, format: Format): boolean {
  code.write(view, offset, x, format.little);
  const mayOverflow = f.letter === "d" || (f.letter === "f" && format.native);
  return mayOverflow || !Number.isFinite(x) || Number.isFinite(Number(code.read(view, offset, format.little)));
}

function integerOf(vm: VM, f: Field, code: ItemCode, v: Value): number | bigint {
  let i = plainInt(v);
  if (i === undefined) {
    if (typeOf(v).slot.index === undefined) throw structError("required argument is not an integer");
    i = toIndex(vm, v);
  }
  if (f.letter === "P") return BigInt.asUintN(64, BigInt(i));
  const [low, high] = integerRange(code);
  if (i < low || i > high) throw outOfRange(f.letter, low, high);
  return i;
}

function outOfRange(letter: string, low: bigint, high: bigint): PyBaseException {
  return structError(`'${letter}' format requires ${low} <= number <= ${high}`);
}

function packComplex(vm: VM, f: Field, v: Value, view: DataView, offset: number, format: Format): void {
  const code = f.code!;
  const z = v instanceof PyComplex ? v : complexOf(vm, v);
  code.write(view, offset, z.real, format.little);
  code.write(view, offset + code.size, z.imag, format.little);
}

function complexOf(vm: VM, v: Value): PyComplex {
  const slot = typeOf(v).slot;
  if (slot.complex) {
    const z = vm.call(getAttr(vm, v, "__complex__"), []);
    if (z instanceof PyComplex) return z;
  }
  if (!slot.float && !slot.index) throw structError("required argument is not a complex");
  return new PyComplex(toDouble(vm, v), 0);
}
