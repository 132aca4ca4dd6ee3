/**
 * Array elements on the host ⇄ words on the device. One row a type: 32-bit elements travel as they are; others become one word each, and those
 * that do not fit a word are refused. Bytes between the elements of a strided view come back as they went.
 */
import type { NumericArray } from "../jit/ir/nest.ts";
import { TYPES } from "../jit/ir/ops.ts";
import type { HeldType } from "./wgsl-types.ts";

interface Packing {
  /** Elements [from, from + count) as words; undefined when a value does not fit. */
  readonly words: (data: NumericArray, from: number, count: number) => Uint8Array | undefined;
  /** Writes words back. */
  readonly restore: (data: NumericArray, from: number, words: Int32Array) => void;
}

const bytesOf = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
type View = Exclude<NumericArray, number[]>;

const copied: Packing = {
  words: (data, from, count) => bytesOf((data as View).subarray(from, from + count)),
  restore: (data, from, words) => bytesOf((data as View).subarray(from, from + words.length)).set(bytesOf(words)),
};

const narrow: Packing = {
  words: (data, from, count) => bytesOf(Int32Array.from((data as View).subarray(from, from + count))),
  restore: (data, from, words) => (data as View).set(words, from),
};

const ints: Packing = {
  words: (data, from, count) => {
    const out = new Int32Array(count);
    for (let k = 0; k < count; k++) {
      const x = data[from + k]!;
      const word = x | 0;
      if (word !== x) return undefined;
      out[k] = word;
    }
    return bytesOf(out);
  },
  restore: (data, from, words) => {
    for (let k = 0; k < words.length; k++) data[from + k] = words[k]!;
  },
};

/** Pairs of low and high words. */
const pairs: Packing = {
  words: (data, from, count) => {
    const out = new Int32Array(count);
    for (let k = 0; k < count; k++) {
      const low = data[2 * (from + k)]! | 0;
      if (data[2 * (from + k) + 1]! !== low >> 31) return undefined;
      out[k] = low;
    }
    return bytesOf(out);
  },
  restore: (data, from, words) => {
    for (let k = 0; k < words.length; k++) {
      data[2 * (from + k)] = words[k]!;
      data[2 * (from + k) + 1] = words[k]! >> 31;
    }
  },
};

export const PACKING: Readonly<Record<HeldType, Packing>> = {
  bool: narrow,
  b1: narrow,
  int: ints,
  i8: narrow,
  i16: narrow,
  i32: copied,
  i64: pairs,
  u8: narrow,
  u16: narrow,
  u32: copied,
  u64: pairs,
  f32: copied,
};

/** Whether words are the elements' own bytes, so that a download may go straight to them. */
export const inPlace = (t: HeldType, data: NumericArray): boolean => PACKING[t] === copied && !Array.isArray(data);

/** The elements' own bytes; only where `inPlace`. */
export const elementBytes = (data: NumericArray, from: number, count: number): Uint8Array =>
  bytesOf((data as View).subarray(from, from + count));

export const elementsBefore = (t: HeldType, byteOffset: number): number => byteOffset / TYPES[t].bytes;

/** Whether float words hold a subnormal number. */
export function hasSubnormal(words: Uint8Array): boolean {
  const bits = new Uint32Array(words.buffer, words.byteOffset, words.byteLength >> 2);
  for (let k = 0; k < bits.length; k++) if ((bits[k]! & 0x7f800000) === 0 && (bits[k]! & 0x7fffff) !== 0) return true;
  return false;
}
