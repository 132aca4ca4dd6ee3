/**
 * 64-bit integer arithmetic on two 32-bit words, low first, modulo 2^64. Functions store their result in `o` at `k` and `k + 1`.
 * Nothing here allocates. Products are built from 16-bit by 32-bit pieces, which doubles hold exactly (Knuth, TAOCP 2, 4.3.1, algorithm M).
 */

export type WideUnary = (o: Int32Array, k: number, al: number, ah: number) => void;
export type WideBinary = (o: Int32Array, k: number, al: number, ah: number, bl: number, bh: number) => void;

const TWO16 = 65536;
const TWO32 = 4294967296;

export const add: WideBinary = (o, k, al, ah, bl, bh) => {
  const lo = (al >>> 0) + (bl >>> 0);
  o[k] = lo;
  o[k + 1] = ah + bh + (lo >= TWO32 ? 1 : 0);
};

export const sub: WideBinary = (o, k, al, ah, bl, bh) => {
  const lo = (al >>> 0) - (bl >>> 0);
  o[k] = lo;
  o[k + 1] = ah - bh - (lo < 0 ? 1 : 0);
};

export const mul: WideBinary = (o, k, al, ah, bl, bh) => {
  const b = bl >>> 0;
  const low = (al & 0xffff) * b;
  const high = (al >>> 16) * b;
  const lo = low + (high % TWO16) * TWO16;
  o[k] = lo;
  o[k + 1] = Math.floor(high / TWO16) + Math.floor(lo / TWO32) + Math.imul(ah, bl) + Math.imul(al, bh);
};

export const neg: WideUnary = (o, k, al, ah) => sub(o, k, 0, 0, al, ah);

export const and: WideBinary = (o, k, al, ah, bl, bh) => {
  o[k] = al & bl;
  o[k + 1] = ah & bh;
};

export const or: WideBinary = (o, k, al, ah, bl, bh) => {
  o[k] = al | bl;
  o[k + 1] = ah | bh;
};

export const xor: WideBinary = (o, k, al, ah, bl, bh) => {
  o[k] = al ^ bl;
  o[k + 1] = ah ^ bh;
};

export const invert: WideUnary = (o, k, al, ah) => {
  o[k] = ~al;
  o[k + 1] = ~ah;
};

export const copy: WideUnary = (o, k, al, ah) => {
  o[k] = al;
  o[k + 1] = ah;
};

export const square: WideUnary = (o, k, al, ah) => mul(o, k, al, ah, al, ah);

/** Shifts by 64 or more give all zeros or the sign; `bh` other than 0 means such a count (or a negative one). */
export const shl: WideBinary = (o, k, al, ah, bl, bh) => {
  const n = bh !== 0 || bl >>> 0 > 63 ? 64 : bl;
  o[k] = n < 32 ? al << n : 0;
  o[k + 1] = n === 0 ? ah : n < 32 ? (ah << n) | (al >>> (32 - n)) : n < 64 ? al << (n - 32) : 0;
};

export const shrSigned: WideBinary = (o, k, al, ah, bl, bh) => {
  const n = bh !== 0 || bl >>> 0 > 63 ? 64 : bl;
  const sign = ah >> 31;
  o[k] = n === 0 ? al : n < 32 ? (al >>> n) | (ah << (32 - n)) : n < 64 ? ah >> (n - 32) : sign;
  o[k + 1] = n < 32 ? ah >> n : sign;
};

export const shrUnsigned: WideBinary = (o, k, al, ah, bl, bh) => {
  const n = bh !== 0 || bl >>> 0 > 63 ? 64 : bl;
  o[k] = n === 0 ? al : n < 32 ? (al >>> n) | (ah << (32 - n)) : n < 64 ? ah >>> (n - 32) : 0;
  o[k + 1] = n < 32 ? ah >>> n : 0;
};
