/**
 * array.array's objects: type codes, and PyArray over a Storage (base/storage.ts), the memory that kernels and devices work on.
 *
 * The JIT looks at `code.view` (which typed view), `data()` and `length` (items in use; the storage may have room for more: it grows by half, so
 * appending is amortised). Every write calls `storage.touch()`. Module array (array.ts) has the Python-visible type.
 */
import { Storage, type TypedView, VIEW, type ViewKind } from "../../base/storage.ts";
import { bufferError, overflowError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import type { Buffer } from "../objects/buffer.ts";
import { plainStr, toDouble, toIndex, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { normInt, PyAttrObject, PyFloat, type Value } from "../objects/values.ts";

// ---- type codes -------------------------------------------------------------------------------------------------------------------------------

export interface ArrayCode {
  readonly letter: string;
  readonly size: number;
  readonly view: ViewKind;
  readonly kind: "int" | "big" | "float" | "char";
  /** What C calls the type, in overflow messages. */
  readonly noun: string;
  readonly low: bigint;
  readonly high: bigint;
  /** Format of pickled machine values (`_array_reconstructor`). */
  readonly machine: number;
}

function integer(letter: string, size: number, view: ViewKind, signed: boolean, noun: string, machine: number): ArrayCode {
  const bits = BigInt(size * 8);
  const low = signed ? -(1n << (bits - 1n)) : 0n;
  return { letter, size, view, kind: size === 8 ? "big" : "int", noun, low, high: low + (1n << bits) - 1n, machine };
}

export const CODES: { readonly [letter: string]: ArrayCode } = Object.fromEntries(
  [
    integer("b", 1, VIEW.i8, true, "signed char", 1),
    integer("B", 1, VIEW.u8, false, "unsigned byte integer", 0),
    { ...integer("u", 4, VIEW.u32, false, "", 20), kind: "char" as const },
    { ...integer("w", 4, VIEW.u32, false, "", 20), kind: "char" as const },
    integer("h", 2, VIEW.i16, true, "signed short integer", 4),
    integer("H", 2, VIEW.u16, false, "unsigned short", 2),
    integer("i", 4, VIEW.i32, true, "signed integer", 8),
    integer("I", 4, VIEW.u32, false, "unsigned int", 6),
    integer("l", 8, VIEW.i64, true, "long", 12),
    integer("L", 8, VIEW.u64, false, "unsigned long", 10),
    integer("q", 8, VIEW.i64, true, "long long", 12),
    integer("Q", 8, VIEW.u64, false, "unsigned long long", 10),
    { letter: "f", size: 4, view: VIEW.f32, kind: "float" as const, noun: "", low: 0n, high: 0n, machine: 14 },
    { letter: "d", size: 8, view: VIEW.f64, kind: "float" as const, noun: "", low: 0n, high: 0n, machine: 16 },
  ].map((c) => [c.letter, c]),
);
export const TYPECODES = "bBuwhHiIlLqQfd";

export function badTypecode(): PyBaseException {
  return valueError("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)");
}

export class PyArray extends PyAttrObject {
  readonly code: ArrayCode;
  readonly storage: Storage;
  length: number;
  /** Buffers held by others: the memory may not move meanwhile. */
  exports = 0;

  constructor(code: ArrayCode, length: number, storage: Storage = Storage.allocate(length * code.size)) {
    super();
    this.code = code;
    this.storage = storage;
    this.length = length;
  }

  get typecode(): string {
    return this.code.letter;
  }

  /** All items, and whatever room there is behind them. */
  data(): TypedView {
    return this.storage.views[this.code.view] ?? this.storage.view(this.code.view);
  }

  /** The items' bytes. */
  bytes(): Uint8Array {
    return this.storage.bytes().subarray(0, this.length * this.code.size);
  }

  exportBuffer(): Buffer {
    const { letter, size } = this.code;
    return {
      data: this.bytes(),
      readonly: false,
      format: letter === "u" ? "w" : letter,
      itemsize: size,
      shape: [this.length],
      strides: [size],
      offset: 0,
      storage: this.storage,
      acquire: () => {
        this.exports++;
      },
      release: () => {
        this.exports--;
        this.storage.touch();
      },
    };
  }

  /** Changes the number of items; new ones are zero. */
  resize(length: number): void {
    if (length === this.length) return;
    if (this.exports > 0) throw bufferError("cannot resize an array that is exporting buffers");
    const size = this.code.size;
    if (length * size > this.storage.byteLength) this.storage.resize((length + (length >> 1) + 4) * size);
    else if (length > this.length) this.storage.bytes().fill(0, this.length * size, length * size);
    this.length = length;
    this.storage.touch();
  }

  get(i: number): Value {
    const v = this.data()[i]!;
    switch (this.code.kind) {
      case "float":
        return new PyFloat(v as number);
      case "char":
        return String.fromCodePoint(v as number);
      default:
        return typeof v === "bigint" ? normInt(v) : v;
    }
  }

  set(vm: VM, i: number, value: Value): void {
    const v = itemValue(vm, this.code, value);
    (this.data() as { [index: number]: number | bigint })[i] = v;
    this.storage.touch();
  }

  push(vm: VM, value: Value): void {
    const v = itemValue(vm, this.code, value);
    const at = this.length;
    this.resize(at + 1);
    (this.data() as { [index: number]: number | bigint })[at] = v;
  }
}

/** A value converted to an item, or the error that CPython raises for it. */
export function itemValue(vm: VM, code: ArrayCode, v: Value): number | bigint {
  switch (code.kind) {
    case "float":
      return v instanceof PyFloat ? v.value : toDouble(vm, v);
    case "char":
      return characterOf(v);
    default: {
      const i = typeof v === "number" ? v : toIndex(vm, v);
      if (i < code.low || i > code.high) throw outOfRange(code, BigInt(i));
      return code.kind === "big" ? BigInt(i) : Number(i);
    }
  }
}

function characterOf(v: Value): number {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`array item must be a unicode character, not ${typeName(v)}`);
  const chars = Array.from(s);
  if (chars.length !== 1) throw typeError(`array item must be a unicode character, not a string of length ${chars.length}`);
  return chars[0]!.codePointAt(0)!;
}

const LONG: readonly [bigint, bigint] = [-(1n << 63n), (1n << 63n) - 1n];
/** The C type through which CPython reads a small integer, whose limits come first. */
const CARRIER: { [letter: string]: readonly [noun: string, low: bigint, high: bigint] } = {
  b: ["signed short integer", -32768n, 32767n],
  B: ["signed short integer", -32768n, 32767n],
  H: ["signed integer", -2147483648n, 2147483647n],
};

function outOfRange(code: ArrayCode, i: bigint): PyBaseException {
  const { letter } = code;
  if (letter === "q") return overflowError("int too big to convert");
  if (letter === "Q") return overflowError(i < 0n ? "can't convert negative int to unsigned" : "int too big to convert");
  if (letter === "I" || letter === "L") {
    if (i < 0n) return overflowError("can't convert negative value to unsigned int");
    return overflowError(i >> 64n ? "Python int too large to convert to C unsigned long" : "unsigned int is greater than maximum");
  }
  if (i < LONG[0] || i > LONG[1]) return overflowError("Python int too large to convert to C long");
  const carrier = CARRIER[letter];
  const outside = carrier && (i < carrier[1] || i > carrier[2]);
  return overflowError(`${outside ? carrier[0] : code.noun} is ${i < code.low ? "less than minimum" : "greater than maximum"}`);
}
