/**
 * Module zlib. Decompression is inflate.ts's; compression node:zlib's deflate, reached without a static import.
 *
 * A compression object keeps its input until a flush and then compresses it in one go, with the last 32 KiB before it as dictionary: concatenated raw
 * segments are one valid stream. Weakness: memory grows with what is not flushed; the compressed bytes are those of Node's zlib.
 */
import { EXCEPTIONS, PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { needBytes } from "../objects/buffer.ts";
import { toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType } from "../objects/type.ts";
import { PyBytes, PyObject, type Value } from "../objects/values.ts";
import { crc32 } from "./binascii.ts";
import { adler32, type Format, Inflater, InflateError, NeedDictionary } from "./inflate.ts";
import type { NativeModule } from "./native-module.ts";

const CONSTANTS = {
  MAX_WBITS: 15, DEFLATED: 8, DEF_MEM_LEVEL: 8, DEF_BUF_SIZE: 16384, Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1,
  Z_DEFAULT_STRATEGY: 0, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_TREES: 6,
} as const;

const errorType = defineType({ name: "error", module: "zlib", base: EXCEPTIONS.Exception });
const zlibError = (message: string): PyBaseException => new PyBaseException(errorType, [message]);
const bytes = (data: Uint8Array): PyBytes => new PyBytes(data);
const integer = (vm: VM, v: Value | undefined, missing: number): number => (v === undefined ? missing : Number(toIndex(vm, v)));

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

// ---- compression ------------------------------------------------------------------------------------------------------------------------------

interface Settings {
  readonly level: number;
  readonly wbits: number;
  readonly memLevel: number;
  readonly strategy: number;
  readonly dictionary?: Uint8Array | undefined;
}

function nodeZlib(): typeof import("node:zlib") {
  const zlib = typeof process === "object" && typeof process.getBuiltinModule === "function" ? process.getBuiltinModule("node:zlib") : undefined;
  if (zlib === undefined) throw zlibError("compression is not available here");
  return zlib;
}

const big = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
const little = (n: number): Uint8Array => big(n).reverse();

const WINDOW = 32768;

/** A stream of segments, wrapped as zlib (RFC 1950), gzip (RFC 1952) or not at all. */
class Compressor {
  private readonly settings: Settings;
  private readonly format: Format;
  private readonly windowBits: number;
  private pending: Uint8Array[] = [];
  private window: Uint8Array;
  private started = false;
  private sum: number;
  private size = 0;

  constructor(settings: Settings, from?: Compressor) {
    const { wbits, level, memLevel, strategy } = settings;
    const bits = Math.abs(wbits) > 15 ? wbits - 16 : Math.abs(wbits);
    if (bits < 8 || bits > 15 || level < -1 || level > 9 || memLevel < 1 || memLevel > 9 || strategy < 0 || strategy > 4) throw valueError("Invalid initialization option");
    this.settings = settings;
    this.format = wbits < 0 ? "raw" : wbits > 15 ? "gzip" : "zlib";
    this.windowBits = Math.max(9, bits);
    this.window = from?.window ?? settings.dictionary?.slice(-WINDOW) ?? new Uint8Array(0);
    this.pending = from ? [...from.pending] : [];
    this.started = from?.started ?? false;
    this.sum = from?.sum ?? (this.format === "gzip" ? 0 : 1);
    this.size = from?.size ?? 0;
  }

  copy(): Compressor {
    return new Compressor(this.settings, this);
  }

  private header(): Uint8Array {
    if (this.started || this.format === "raw") return new Uint8Array(0);
    this.started = true;
    const { level, dictionary } = this.settings;
    if (this.format === "gzip") return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, level === 9 ? 2 : level === 1 ? 4 : 0, 3);
    const grade = level === -1 || level === 6 ? 2 : level < 2 ? 0 : level < 6 ? 1 : 3;
    const first = ((this.windowBits - 8) << 4) | 8;
    const flags = (grade << 6) | (dictionary ? 32 : 0);
    const check = (31 - ((first * 256 + flags) % 31)) % 31;
    const head = Uint8Array.of(first, flags | check);
    return dictionary ? concat([head, big(adler32(dictionary))]) : head;
  }

  add(data: Uint8Array): Uint8Array {
    if (data.length) {
      this.pending.push(data.slice());
      this.sum = this.format === "gzip" ? crc32(data, this.sum) : adler32(data, this.sum);
      this.size += data.length;
    }
    return this.header();
  }

  flush(mode: number): Uint8Array {
    if (mode === CONSTANTS.Z_NO_FLUSH) return new Uint8Array(0);
    const header = this.header();
    const data = concat(this.pending);
    this.pending = [];
    const { level, memLevel, strategy } = this.settings;
    const finish = mode === CONSTANTS.Z_FINISH;
    const options = { level, memLevel, strategy, windowBits: this.windowBits, finishFlush: finish ? CONSTANTS.Z_FINISH : mode };
    const body = nodeZlib().deflateRawSync(data, this.window.length ? { ...options, dictionary: this.window } : options);
    this.window = mode === CONSTANTS.Z_FULL_FLUSH ? new Uint8Array(0) : concat([this.window, data]).slice(-WINDOW);
    const trailer = !finish || this.format === "raw" ? [] : this.format === "zlib" ? [big(this.sum)] : [little(this.sum), little(this.size)];
    return concat([header, body, ...trailer]);
  }
}

class PyCompress extends PyObject {
  readonly stream: Compressor;
  finished = false;
  constructor(stream: Compressor) {
    super();
    this.stream = stream;
  }
}

function streamError(o: PyCompress, doing: string): void {
  if (o.finished) throw zlibError(`Error -2 while ${doing}: inconsistent stream state`);
}

const compressType = defineType({
  name: "Compress",
  module: "zlib",
  js: PyCompress,
  subclassable: false,
  methods: {
    compress: ["($self, data, /)", (_vm: VM, o: PyCompress, data: Value) => {
      streamError(o, "compressing data");
      return bytes(o.stream.add(needBytes(data)));
    }, "Compress data; some of the output may come with flush."],
    flush: ["($self, mode=4, /)", (vm: VM, o: PyCompress, mode?: Value) => {
      const m = integer(vm, mode, CONSTANTS.Z_FINISH);
      if (m === CONSTANTS.Z_NO_FLUSH) return bytes(new Uint8Array(0));
      streamError(o, "flushing");
      o.finished = m === CONSTANTS.Z_FINISH;
      return bytes(o.stream.flush(m));
    }, "The rest of the compressed data."],
    copy: ["($self, /)", copyCompress, "A copy of the object."],
    __copy__: ["($self, /)", copyCompress],
    __deepcopy__: ["($self, memo, /)", copyCompress],
  },
});

function copyCompress(_vm: VM, o: PyCompress): Value {
  if (o.finished) throw valueError("Inconsistent stream state");
  return new PyCompress(o.stream.copy());
}

function compress(vm: VM, data: Value, level?: Value, wbits?: Value): Value {
  const input = needBytes(data);
  const n = integer(vm, level, -1);
  if (n < -1 || n > 9) throw zlibError("Bad compression level");
  const stream = new Compressor({ level: n, wbits: integer(vm, wbits, 15), memLevel: 8, strategy: 0 });
  return bytes(concat([stream.add(input), stream.flush(CONSTANTS.Z_FINISH)]));
}

function compressobj(vm: VM, level?: Value, method?: Value, wbits?: Value, memLevel?: Value, strategy?: Value, zdict?: Value): Value {
  if (integer(vm, method, CONSTANTS.DEFLATED) !== CONSTANTS.DEFLATED) throw valueError("Invalid initialization option");
  return new PyCompress(
    new Compressor({
      level: integer(vm, level, -1),
      wbits: integer(vm, wbits, 15),
      memLevel: integer(vm, memLevel, 8),
      strategy: integer(vm, strategy, 0),
      dictionary: zdict === undefined || zdict === null ? undefined : needBytes(zdict),
    }),
  );
}

// ---- decompression ------------------------------------------------------------------------------------------------------------------------------

function formatOf(wbits: number): Format {
  if (wbits <= -8 && wbits >= -15) return "raw";
  if (wbits === 0 || (wbits >= 8 && wbits <= 15)) return "zlib";
  if (wbits >= 24 && wbits <= 31) return "gzip";
  if (wbits >= 40 && wbits <= 47) return "auto";
  throw valueError("Invalid initialization option");
}

/** Runs an inflater; its errors become zlib.error. */
function inflate(stream: Inflater, data: Uint8Array, limit?: number): Uint8Array {
  try {
    const out = stream.run(data, limit);
    stream.settle();
    return out;
  } catch (e) {
    if (e instanceof InflateError) throw zlibError(`Error -3 while decompressing data: ${e.message}`);
    if (e instanceof NeedDictionary) throw zlibError("Error 2 while decompressing data");
    throw e;
  }
}

function decompress(vm: VM, data: Value, wbits?: Value): Value {
  const input = needBytes(data);
  const stream = new Inflater(formatOf(integer(vm, wbits, 15)));
  const out = inflate(stream, input);
  if (!stream.done) throw zlibError("Error -5 while decompressing data: incomplete or truncated stream");
  return bytes(out);
}

class PyDecompress extends PyObject {
  readonly stream: Inflater;
  unused: Uint8Array = new Uint8Array(0);
  tail: Uint8Array = new Uint8Array(0);
  constructor(stream: Inflater) {
    super();
    this.stream = stream;
  }

  run(data: Uint8Array, limit: number | undefined): Uint8Array {
    if (this.stream.done) {
      this.unused = concat([this.unused, data]);
      return new Uint8Array(0);
    }
    const out = inflate(this.stream, data, limit);
    if (this.stream.done) {
      this.unused = this.stream.rest.slice();
      this.tail = new Uint8Array(0);
    } else this.tail = limit !== undefined && out.length >= limit ? this.stream.rest.slice() : new Uint8Array(0);
    // the caller is to give the tail again: the stream must forget it
    if (this.tail.length) this.stream.forget();
    return out;
  }
}

const newInflater = (vm: VM, wbits: Value | undefined, zdict: Value | undefined): Inflater =>
  new Inflater(formatOf(integer(vm, wbits, 15)), zdict === undefined || zdict === null ? undefined : needBytes(zdict).slice());

function limitOf(vm: VM, v: Value | undefined): number | undefined {
  const n = integer(vm, v, 0);
  if (n < 0) throw valueError("max_length must be non-negative");
  return n === 0 ? undefined : n;
}

const copyDecompress = (_vm: VM, o: PyDecompress): Value => {
  const c = new PyDecompress(o.stream.copy());
  c.unused = o.unused;
  c.tail = o.tail;
  return c;
};

const decompressType = defineType({
  name: "Decompress",
  module: "zlib",
  js: PyDecompress,
  subclassable: false,
  methods: {
    decompress: ["($self, data, /, max_length=0)", (vm: VM, o: PyDecompress, data: Value, max?: Value) => bytes(o.run(needBytes(data), limitOf(vm, max))), "Decompress data."],
    flush: ["($self, length=16384, /)", (vm: VM, o: PyDecompress, length?: Value) => {
      if (length !== undefined && toIndex(vm, length) <= 0) throw valueError("length must be greater than zero");
      return bytes(o.run(o.tail, undefined));
    }, "What is left."],
    copy: ["($self, /)", copyDecompress, "A copy of the object."],
    __copy__: ["($self, /)", copyDecompress],
    __deepcopy__: ["($self, memo, /)", copyDecompress],
  },
  getset: {
    unused_data: [(_vm: VM, o: PyDecompress) => bytes(o.unused)],
    unconsumed_tail: [(_vm: VM, o: PyDecompress) => bytes(o.tail)],
    eof: [(_vm: VM, o: PyDecompress) => o.stream.done],
  },
});

/** As bz2's and lzma's: keeps input that a limit left. */
class PyZlibDecompressor extends PyObject {
  readonly stream: Inflater;
  unused: Uint8Array = new Uint8Array(0);
  full = false;
  constructor(stream: Inflater) {
    super();
    this.stream = stream;
  }
}

const decompressorType = defineType({
  name: "_ZlibDecompressor",
  module: "zlib",
  js: PyZlibDecompressor,
  subclassable: false,
  new: ["(wbits=15, zdict=None)", (vm: VM, _cls, wbits?: Value, zdict?: Value) => new PyZlibDecompressor(newInflater(vm, wbits, zdict))],
  methods: {
    decompress: ["($self, /, data, max_length=-1)", (vm: VM, o: PyZlibDecompressor, data: Value, max?: Value) => {
      if (o.stream.done) throw vm.call(EXCEPTIONS.EOFError, ["End of stream already reached"]);
      const n = integer(vm, max, -1);
      const out = inflate(o.stream, needBytes(data), n < 0 ? undefined : n);
      o.full = n >= 0 && out.length >= n;
      if (o.stream.done) o.unused = o.stream.rest.slice();
      return bytes(out);
    }, "Decompress data."],
  },
  getset: {
    eof: [(_vm: VM, o: PyZlibDecompressor) => o.stream.done],
    unused_data: [(_vm: VM, o: PyZlibDecompressor) => bytes(o.unused)],
    needs_input: [(_vm: VM, o: PyZlibDecompressor) => !o.stream.done && !o.full],
  },
});

const start = (vm: VM, v: Value | undefined, missing: number): number => (v === undefined ? missing : Number(BigInt.asUintN(32, BigInt(toIndex(vm, v)))));

export const zlib: NativeModule = {
  name: "zlib",
  doc: "Compression compatible with gzip.",
  functions: {
    adler32: ["(data, value=1, /)", (vm: VM, data: Value, value?: Value) => adler32(needBytes(data), start(vm, value, 1)), "Adler-32 checksum."],
    crc32: ["(data, value=0, /)", (vm: VM, data: Value, value?: Value) => crc32(needBytes(data), start(vm, value, 0)), "CRC-32 checksum."],
    compress: ["(data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", compress, "Compressed data."],
    decompress: ["(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", decompress, "Decompressed data."],
    compressobj: ["(level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=None)", compressobj, "A compression object."],
    decompressobj: ["(wbits=MAX_WBITS, zdict=b'')", (vm: VM, wbits?: Value, zdict?: Value) => {
      if (zdict !== undefined && typeof zdict === "string") throw typeError("zdict argument must support the buffer protocol");
      return new PyDecompress(newInflater(vm, wbits, zdict));
    }, "A decompression object."],
  },
  values: () => ({
    ...CONSTANTS, error: errorType, _ZlibDecompressor: decompressorType, ZLIB_VERSION: "1.3.1", ZLIB_RUNTIME_VERSION: "1.3.1", __version__: "1.0",
  }),
  init: () => void [compressType, decompressType],
};
