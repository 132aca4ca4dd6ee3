/**
 * Inflate: RFC 1951 (deflate), 1950 (zlib) and 1952 (gzip), fed in pieces. Decoding works by whole symbols: when the input ends within one, the reader
 * returns to its start and waits. Codes are decoded canonically, a bit at a time, by the counts of their lengths (RFC 1951, 3.2.2).
 */
import { crc32 } from "./binascii.ts";

export class InflateError extends Error {}
/** An InflateError that means that a dictionary must be given. */
export class NeedDictionary extends Error {}

/** Thrown within a step when the input does not reach; never leaves this file. */
const UNDERFLOW = Symbol("underflow");

const WINDOW = 32768;

export function adler32(data: Uint8Array, start = 1): number {
  let a = start & 0xffff;
  let b = (start >>> 16) & 0xffff;
  for (let i = 0; i < data.length; ) {
    // 3800 sums stay below 2^32
    const end = Math.min(i + 3800, data.length);
    for (; i < end; i++) {
      a += data[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

interface Code {
  /** How many codes have each length. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** The code with these lengths; `left` < 0: over-subscribed, > 0: incomplete. */
function makeCode(lengths: ArrayLike<number>): { code: Code; left: number } {
  const counts = new Uint16Array(16);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]!]!++;
  let left = 1;
  for (let n = 1; n < 16; n++) left = left * 2 - counts[n]!;
  const offsets = new Uint16Array(17);
  for (let n = 1; n < 16; n++) offsets[n + 1] = offsets[n]! + counts[n]!;
  const symbols = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] !== 0) symbols[offsets[lengths[i]!]!++] = i;
  counts[0] = 0;
  return { code: { counts, symbols }, left };
}

const FIXED_LITERALS = makeCode(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))).code;
const FIXED_DISTANCES = makeCode(new Array<number>(30).fill(5)).code;

type Stage = "header" | "dictionary" | "block" | "stored" | "codes" | "trailer" | "end";
export type Format = "raw" | "zlib" | "gzip" | "auto";

export class Inflater {
  private format: Format;
  private input: Uint8Array = new Uint8Array(0);
  private at = 0;
  private bits = 0;
  private bitCount = 0;
  private stage: Stage;
  private lastBlock = false;
  private stored = 0;
  private literals: Code = FIXED_LITERALS;
  private distances: Code = FIXED_DISTANCES;
  /** A copy that the output limit has interrupted. */
  private copyLeft = 0;
  private copyDistance = 0;
  private out: Uint8Array = new Uint8Array(1 << 16);
  private outEnd = 0;
  /** Where the output of this call begins in `out`; before it lies the window. */
  private outStart = 0;
  private check = 0;
  private total = 0;
  dictionary: Uint8Array | undefined;

  constructor(format: Format, dictionary?: Uint8Array) {
    this.format = format;
    this.dictionary = dictionary;
    this.stage = format === "raw" ? "block" : "header";
    if (format === "raw" && dictionary) this.preset(dictionary);
  }

  get done(): boolean {
    return this.stage === "end";
  }

  /** Input that has not been read. */
  get rest(): Uint8Array {
    // whole bytes in the bit buffer have not been used
    return this.input.subarray(this.at - (this.bitCount >> 3));
  }

  /** Drops the whole bytes that have not been read. */
  forget(): void {
    const used = this.bitCount & 7;
    this.bits &= (1 << used) - 1;
    this.bitCount = used;
    this.input = new Uint8Array(0);
    this.at = 0;
  }

  copy(): Inflater {
    const c = Object.assign(new Inflater(this.format, this.dictionary), this);
    c.out = this.out.slice();
    return c;
  }

  /** Decodes `data` after what is left of earlier input; at most `limit` bytes come out. */
  run(data: Uint8Array, limit = Number.POSITIVE_INFINITY): Uint8Array {
    const rest = this.rest;
    const used = this.bitCount & 7;
    const low = this.bits & ((1 << used) - 1);
    if (rest.length === 0) this.input = data;
    else {
      this.input = new Uint8Array(rest.length + data.length);
      this.input.set(rest);
      this.input.set(data, rest.length);
    }
    this.at = 0;
    this.bits = low;
    this.bitCount = used;
    this.slide();
    this.outStart = this.outEnd;
    const end = this.outStart + limit;
    while (this.stage !== "end" && (this.outEnd < end || this.stage === "trailer" || this.stage === "block")) if (!this.step(end)) break;
    return this.out.slice(this.outStart, this.outEnd);
  }

  /** Keeps the window only. */
  private slide(): void {
    if (this.outEnd <= WINDOW) return;
    this.out.copyWithin(0, this.outEnd - WINDOW, this.outEnd);
    this.outEnd = WINDOW;
  }

  /** One unit of work; false when it needs more input. */
  private step(end: number): boolean {
    const { at, bits, bitCount, outEnd } = this;
    try {
      switch (this.stage) {
        case "header":
          this.header();
          break;
        case "dictionary":
          this.needDictionary();
          break;
        case "block":
          this.block();
          break;
        case "stored":
          return this.copyStored(end);
        case "codes":
          return this.codes(end);
        case "trailer":
          this.trailer();
          break;
        default:
      }
      return true;
    } catch (e) {
      if (e !== UNDERFLOW) throw e;
      Object.assign(this, { at, bits, bitCount, outEnd });
      return false;
    }
  }

  // ---- bits -----------------------------------------------------------------------------------------------------------------------------------

  private take(n: number): number {
    while (this.bitCount < n) {
      if (this.at >= this.input.length) throw UNDERFLOW;
      this.bits |= this.input[this.at++]! << this.bitCount;
      this.bitCount += 8;
    }
    const v = this.bits & ((1 << n) - 1);
    this.bits >>>= n;
    this.bitCount -= n;
    return v;
  }

  private byte(): number {
    return this.take(8);
  }

  private align(): void {
    this.take(this.bitCount & 7);
  }

  private decode(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let n = 1; n < 16; n++) {
      value |= this.take(1);
      const count = code.counts[n]!;
      if (value - count < first) return code.symbols[index + value - first]!;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    return -1;
  }

  // ---- wrappers -------------------------------------------------------------------------------------------------------------------------------

  private header(): void {
    const first = this.byte();
    const second = this.byte();
    const gzip = first === 0x1f && second === 0x8b;
    if (this.format === "auto") this.format = gzip ? "gzip" : "zlib";
    if (this.format === "gzip") {
      if (!gzip) throw new InflateError("incorrect header check");
      return this.gzipHeader();
    }
    if ((first * 256 + second) % 31 !== 0) throw new InflateError("incorrect header check");
    if ((first & 15) !== 8) throw new InflateError("unknown compression method");
    if (first >> 4 > 7) throw new InflateError("invalid window size");
    this.check = 1;
    if ((second & 32) === 0) {
      this.stage = "block";
      return;
    }
    for (let i = 0; i < 4; i++) this.byte();
    this.stage = "dictionary";
  }

  private needDictionary(): void {
    if (this.dictionary === undefined) throw new NeedDictionary();
    this.preset(this.dictionary);
    this.stage = "block";
  }

  private preset(dictionary: Uint8Array): void {
    const window = dictionary.subarray(-WINDOW);
    this.out.set(window);
    this.outEnd = this.outStart = window.length;
  }

  private gzipHeader(): void {
    if (this.byte() !== 8) throw new InflateError("unknown compression method");
    const flags = this.byte();
    if (flags & 0xe0) throw new InflateError("unknown header flags set");
    for (let i = 0; i < 6; i++) this.byte();
    if (flags & 4) for (let n = this.byte() | (this.byte() << 8); n > 0; n--) this.byte();
    for (const flag of [8, 16]) if (flags & flag) while (this.byte() !== 0);
    if (flags & 2) this.take(16);
    this.check = 0;
    this.total = 0;
    this.stage = "block";
  }

  private trailer(): void {
    this.align();
    if (this.format === "raw") {
      this.stage = "end";
      return;
    }
    const bytes = Array.from({ length: this.format === "gzip" ? 8 : 4 }, () => this.byte());
    this.summarise();
    const word = (b: number[]) => ((b[3]! << 24) | (b[2]! << 16) | (b[1]! << 8) | b[0]!) >>> 0;
    const [sum, size] = this.format === "gzip" ? [word(bytes), word(bytes.slice(4))] : [word(bytes.reverse()), undefined];
    if (sum !== this.check) throw new InflateError("incorrect data check");
    if (size !== undefined && size !== this.total >>> 0) throw new InflateError("incorrect length check");
    this.stage = "end";
  }

  private summed = 0;
  /** Takes this call's output into the checksum. Called once, when the stream ends, and when a call ends before. */
  private summarise(): void {
    const fresh = this.out.subarray(this.outStart + this.summed, this.outEnd);
    this.check = this.format === "gzip" ? crc32(fresh, this.check) : adler32(fresh, this.check);
    this.total += fresh.length;
    this.summed += fresh.length;
  }

  /** To be called after each run. */
  settle(): void {
    if (this.stage !== "end" && this.format !== "raw" && this.stage !== "header") this.summarise();
    this.summed = 0;
  }

  // ---- blocks ---------------------------------------------------------------------------------------------------------------------------------

  private block(): void {
    if (this.lastBlock) {
      this.stage = "trailer";
      return;
    }
    const last = this.take(1) === 1;
    const kind = this.take(2);
    if (kind === 0) {
      this.align();
      const n = this.take(16);
      if (this.take(16) !== (~n & 0xffff)) throw new InflateError("invalid stored block lengths");
      this.stored = n;
      this.stage = n === 0 ? "block" : "stored";
    } else if (kind === 1) {
      this.literals = FIXED_LITERALS;
      this.distances = FIXED_DISTANCES;
      this.stage = "codes";
    } else if (kind === 2) {
      this.dynamicCodes();
      this.stage = "codes";
    } else throw new InflateError("invalid block type");
    this.lastBlock = last;
  }

  private dynamicCodes(): void {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    if (literals > 286 || distances > 30) throw new InflateError("too many length or distance symbols");
    const lengths = new Uint8Array(19);
    for (let i = 0; i < count; i++) lengths[CODE_LENGTH_ORDER[i]!] = this.take(3);
    const { code, left } = makeCode(lengths);
    if (left !== 0) throw new InflateError("invalid code lengths set");
    const all = new Uint8Array(literals + distances);
    for (let i = 0; i < all.length; ) {
      const symbol = this.decode(code);
      if (symbol < 0) throw new InflateError("invalid code lengths set");
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new InflateError("invalid bit length repeat");
      const value = symbol === 16 ? all[i - 1]! : 0;
      const n = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + n > all.length) throw new InflateError("invalid bit length repeat");
      all.fill(value, i, i + n);
      i += n;
    }
    if (all[256] === 0) throw new InflateError("invalid code -- missing end-of-block");
    const lit = makeCode(all.subarray(0, literals));
    // an incomplete code is allowed when it has one symbol
    if (lit.left < 0 || (lit.left > 0 && all.subarray(0, literals).filter((n) => n).length !== 1)) throw new InflateError("invalid literal/lengths set");
    const dist = makeCode(all.subarray(literals));
    if (dist.left < 0 || (dist.left > 0 && all.subarray(literals).filter((n) => n).length > 1)) throw new InflateError("invalid distances set");
    this.literals = lit.code;
    this.distances = dist.code;
  }

  private reserve(n: number): void {
    if (this.outEnd + n <= this.out.length) return;
    const grown = new Uint8Array(Math.max(this.out.length * 2, this.outEnd + n));
    grown.set(this.out.subarray(0, this.outEnd));
    this.out = grown;
  }

  private copyStored(end: number): boolean {
    this.reserve(this.stored);
    while (this.stored > 0 && this.outEnd < end) {
      if (this.bitCount === 0 && this.at < this.input.length) {
        const n = Math.min(this.stored, this.input.length - this.at, end - this.outEnd);
        this.out.set(this.input.subarray(this.at, this.at + n), this.outEnd);
        this.outEnd += n;
        this.at += n;
        this.stored -= n;
      } else if (this.bitCount >= 8) {
        this.out[this.outEnd++] = this.byte();
        this.stored--;
      } else return false;
    }
    if (this.stored === 0) this.stage = "block";
    return true;
  }

  /** Symbols until the block, the input or the room ends. */
  private codes(end: number): boolean {
    for (;;) {
      this.copyMatch(end);
      if (this.outEnd >= end) return true;
      const { at, bits, bitCount } = this;
      try {
        if (this.symbol()) return true;
      } catch (e) {
        if (e !== UNDERFLOW) throw e;
        Object.assign(this, { at, bits, bitCount });
        return false;
      }
    }
  }

  /** True at the end of the block. */
  private symbol(): boolean {
    const s = this.decode(this.literals);
    if (s < 0) throw new InflateError("invalid literal/length code");
    if (s < 256) {
      this.reserve(1);
      this.out[this.outEnd++] = s;
      return false;
    }
    if (s === 256) {
      this.stage = "block";
      return true;
    }
    if (s > 285) throw new InflateError("invalid literal/length code");
    const length = LENGTH_BASE[s - 257]! + this.take(LENGTH_EXTRA[s - 257]!);
    const d = this.decode(this.distances);
    if (d < 0 || d > 29) throw new InflateError("invalid distance code");
    const distance = DISTANCE_BASE[d]! + this.take(DISTANCE_EXTRA[d]!);
    if (distance > this.outEnd) throw new InflateError("invalid distance too far back");
    this.copyLeft = length;
    this.copyDistance = distance;
    return false;
  }

  private copyMatch(end: number): void {
    if (this.copyLeft === 0) return;
    const n = Math.min(this.copyLeft, end - this.outEnd);
    this.reserve(n);
    const { out, copyDistance } = this;
    for (let i = 0; i < n; i++, this.outEnd++) out[this.outEnd] = out[this.outEnd - copyDistance]!;
    this.copyLeft -= n;
  }
}
