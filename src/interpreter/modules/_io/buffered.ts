/**
 * BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair. One class does the work over any raw stream; over a plain FileIO it talks to
 * the descriptor directly. Reading and writing never hold data at the same time: whoever comes next first gives up the other's.
 */
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { needBytes, needWritable } from "../../objects/buffer.ts";
import { PyByteArray } from "../../objects/bytearray.ts";
import { concat } from "../../objects/codecs-utf.ts";
import { callMethod, getAttr, lookupAttr, plainInt, repr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type GetSetRow, type NativeRow, type PyType } from "../../objects/type.ts";
import { PyBytes, type Value } from "../../objects/values.ts";
import { bufferedIOBaseType, bytes, isClosed, PyIOBase, sizeArgument, unsupported } from "./base.ts";
import { type Dirty, markClean, markDirty } from "./dirty.ts";
import { DEFAULT_BUFFER_SIZE, fileIOType, PyFileIO, readRaw, readToEnd, writeRaw } from "./fileio.ts";

const EMPTY = new Uint8Array(0);

export class PyBuffered extends PyIOBase implements Dirty {
  raw: Value | undefined = undefined;
  size = DEFAULT_BUFFER_SIZE;
  /** Read ahead: `chunk` from `at` on. */
  private chunk: Uint8Array = EMPTY;
  private at = 0;
  private pending: Uint8Array[] = [];
  private pendingSize = 0;
  /** The raw stream when it is a plain FileIO, whose methods nobody overrides. */
  private file: PyFileIO | undefined = undefined;

  attach(raw: Value, size: number): void {
    this.raw = raw;
    this.size = size;
    this.file = raw instanceof PyFileIO && raw.cls === fileIOType ? raw : undefined;
    this.chunk = EMPTY;
    this.at = 0;
    this.isClosed = false;
  }

  need(): Value {
    if (this.raw === undefined) throw valueError("raw stream has been detached");
    return this.raw;
  }

  // ---- reading ----------------------------------------------------------------------------------------------------------------------------

  get available(): Uint8Array {
    return this.chunk.subarray(this.at);
  }

  /** Reads from the raw stream; undefined when it would block. */
  private rawRead(vm: VM, n: number): Uint8Array | undefined {
    if (this.file) return readRaw(vm, this.file, n);
    const buffer = new PyByteArray(new Uint8Array(n));
    const got = callMethod(vm, this.need(), "readinto", buffer);
    if (got === null) return undefined;
    const count = plainInt(got);
    if (count === undefined) throw typeError(`an integer is required (got type ${typeName(got)})`);
    if (count < 0 || count > n) throw newException("OSError", `raw readinto() returned invalid length ${count} (should have been between 0 and ${n})`);
    return buffer.data.slice(0, Number(count));
  }

  /** Gets the next chunk; false at the end of the file. */
  fill(vm: VM): boolean {
    const part = this.rawRead(vm, this.size);
    if (part === undefined || part.length === 0) return false;
    this.chunk = this.at < this.chunk.length ? concat([this.available, part]) : part;
    this.at = 0;
    return true;
  }

  take(n: number): Uint8Array {
    const part = this.chunk.subarray(this.at, this.at + n);
    this.at += part.length;
    return part;
  }

  readAll(vm: VM): Uint8Array {
    this.flushWrites(vm);
    const first = this.take(this.chunk.length);
    if (this.file) return first.length ? concat([first, readToEnd(vm, this.file)]) : readToEnd(vm, this.file);
    const readall = lookupAttr(vm, this.need(), "readall");
    if (readall === undefined) return concat([first, ...this.rawParts(vm)]);
    const rest = vm.call(readall, []);
    if (rest !== null && !(rest instanceof PyBytes)) throw typeError("readall() should return bytes");
    return rest === null ? first : concat([first, rest.data]);
  }

  private rawParts(vm: VM): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = callMethod(vm, this.need(), "read");
      if (!(part instanceof PyBytes) || part.data.length === 0) return parts;
      parts.push(part.data);
    }
  }

  read(vm: VM, n: number): Uint8Array {
    this.flushWrites(vm);
    if (n <= this.chunk.length - this.at) return this.take(n).slice();
    const parts: Uint8Array[] = [this.take(this.chunk.length)];
    let left = n - parts[0]!.length;
    while (left > 0) {
      const part = this.rawRead(vm, left >= this.size ? left : this.size);
      if (part === undefined || part.length === 0) break;
      this.chunk = part;
      this.at = 0;
      const got = this.take(left);
      parts.push(got);
      left -= got.length;
    }
    return concat(parts);
  }

  read1(vm: VM, n: number): Uint8Array {
    this.flushWrites(vm);
    if (n === 0) return EMPTY;
    if (this.at >= this.chunk.length && !this.fill(vm)) return EMPTY;
    return this.take(n < 0 ? this.chunk.length : n).slice();
  }

  readLine(vm: VM, limit: number): Uint8Array {
    this.flushWrites(vm);
    const parts: Uint8Array[] = [];
    let left = limit < 0 ? Infinity : limit;
    while (left > 0) {
      if (this.at >= this.chunk.length && !this.fill(vm)) break;
      const newline = this.chunk.indexOf(10, this.at);
      const part = this.take(Math.min(left, (newline < 0 ? this.chunk.length : newline + 1) - this.at));
      parts.push(part);
      left -= part.length;
      if (part[part.length - 1] === 10) break;
    }
    return parts.length === 1 ? parts[0]!.slice() : concat(parts);
  }

  peek(vm: VM): Uint8Array {
    this.flushWrites(vm);
    if (this.at >= this.chunk.length) this.fill(vm);
    return this.available.slice();
  }

  /** Gives up what was read ahead: the raw position moves back to where the reader is. */
  dropReads(vm: VM): void {
    const ahead = this.chunk.length - this.at;
    this.chunk = EMPTY;
    this.at = 0;
    if (ahead > 0) this.rawSeek(vm, -ahead, 1);
  }

  // ---- writing ----------------------------------------------------------------------------------------------------------------------------

  write(vm: VM, data: Uint8Array): void {
    if (this.at < this.chunk.length) this.dropReads(vm);
    if (data.length === 0) return;
    this.pending.push(data);
    this.pendingSize += data.length;
    if (this.pendingSize > this.size) this.flushWrites(vm);
    else if (this.pending.length === 1) markDirty(vm, this);
  }

  flushWrites(vm: VM): void {
    if (this.pendingSize === 0) return;
    let data = concat(this.pending);
    this.pending = [];
    this.pendingSize = 0;
    markClean(vm, this);
    try {
      while (data.length > 0) {
        const n = this.rawWrite(vm, data);
        data = data.subarray(n);
      }
    } catch (e) {
      this.pending = [data];
      this.pendingSize = data.length;
      throw e;
    }
  }

  private rawWrite(vm: VM, data: Uint8Array): number {
    if (this.file) return writeRaw(vm, this.file, data);
    const n = callMethod(vm, this.need(), "write", bytes(data));
    if (n === null) throw newException("BlockingIOError", 11, "write could not complete without blocking", 0);
    const count = plainInt(n);
    if (count === undefined || count < 0 || count > data.length)
      throw newException("OSError", `raw write() returned invalid length ${count === undefined ? -1 : count} (should have been between 0 and ${data.length})`);
    return Number(count);
  }

  flushPending(vm: VM): void {
    this.flushWrites(vm);
  }

  // ---- position ---------------------------------------------------------------------------------------------------------------------------

  private rawSeek(vm: VM, offset: number, whence: number): number {
    const n = plainInt(callMethod(vm, this.need(), "seek", offset, whence));
    if (n === undefined || n < 0) throw newException("OSError", `Raw stream returned invalid position ${n ?? -1}`);
    return Number(n);
  }

  tell(vm: VM): number {
    const n = plainInt(callMethod(vm, this.need(), "tell"));
    if (n === undefined || n < 0) throw newException("OSError", `Raw stream returned invalid position ${n ?? -1}`);
    return Number(n) - (this.chunk.length - this.at) + this.pendingSize;
  }

  seek(vm: VM, offset: number, whence: number): number {
    this.flushWrites(vm);
    const ahead = this.chunk.length - this.at;
    this.chunk = EMPTY;
    this.at = 0;
    return this.rawSeek(vm, whence === 1 ? offset - ahead : offset, whence);
  }
}

// ---- methods as Python sees them ------------------------------------------------------------------------------------------------------------

function checkOpen(vm: VM, b: PyBuffered, message: string): void {
  if (b.isClosed || isClosed(vm, b.need())) throw valueError(message);
}

function readMethod(vm: VM, b: PyBuffered, size: Value | undefined): Value {
  const n = sizeArgument(vm, size);
  if (n < -1) throw valueError("read length must be non-negative or -1");
  checkOpen(vm, b, "read of closed file");
  return bytes(n === -1 ? b.readAll(vm) : b.read(vm, n));
}

function readIntoMethod(once: boolean) {
  return (vm: VM, b: PyBuffered, target: Value): Value => {
    checkOpen(vm, b, "readinto of closed file");
    const memory = needWritable(target);
    const data = once ? b.read1(vm, memory.length) : b.read(vm, memory.length);
    memory.set(data);
    return data.length;
  };
}

const READING: Record<string, NativeRow> = {
  read: ["($self, size=-1, /)", readMethod, "Read and return up to size bytes."],
  read1: [
    "($self, size=-1, /)",
    (vm: VM, b: PyBuffered, size: Value | undefined) => {
      const n = sizeArgument(vm, size);
      checkOpen(vm, b, "read of closed file");
      return bytes(b.read1(vm, n));
    },
    "Read with at most one call of the raw stream.",
  ],
  readinto: ["($self, buffer, /)", readIntoMethod(false), "Read into a buffer."],
  readinto1: ["($self, buffer, /)", readIntoMethod(true), "Read into a buffer with at most one call of the raw stream."],
  readline: [
    "($self, size=-1, /)",
    (vm: VM, b: PyBuffered, size: Value | undefined) => {
      checkOpen(vm, b, "readline of closed file");
      return bytes(b.readLine(vm, sizeArgument(vm, size)));
    },
    "Read a line.",
  ],
  peek: [
    "($self, size=0, /)",
    (vm: VM, b: PyBuffered) => {
      checkOpen(vm, b, "peek of closed file");
      return bytes(b.peek(vm));
    },
    "What is buffered, without moving on.",
  ],
};

const WRITING: Record<string, NativeRow> = {
  write: [
    "($self, buffer, /)",
    (vm: VM, b: PyBuffered, data: Value) => {
      const memory = needBytes(data);
      checkOpen(vm, b, "write to closed file");
      b.write(vm, data instanceof PyBytes ? memory : memory.slice());
      return memory.length;
    },
    "Write bytes, which may be buffered.",
  ],
};

function flush(vm: VM, b: PyBuffered): Value {
  checkOpen(vm, b, "flush of closed file");
  b.flushWrites(vm);
  return b.raw === undefined ? null : callMethod(vm, b.raw, "flush");
}

function close(vm: VM, b: PyBuffered): Value {
  const raw = b.need();
  if (b.isClosed || isClosed(vm, raw)) return null;
  try {
    callMethod(vm, b, "flush");
  } finally {
    b.isClosed = true;
    markClean(vm, b);
    callMethod(vm, raw, "close");
  }
  return null;
}

function seek(vm: VM, b: PyBuffered, offset: Value, whence: Value | undefined): Value {
  const w = whence === undefined ? 0 : Number(toIndex(vm, whence));
  if (w < 0 || w > 2) throw valueError(`whence value ${w} unsupported`);
  checkOpen(vm, b, "seek of closed file");
  if (!truthy(vm, callMethod(vm, b.need(), "seekable"))) throw unsupported("File or stream is not seekable.");
  return b.seek(vm, Number(toIndex(vm, offset)), w);
}

function truncate(vm: VM, b: PyBuffered, size: Value | undefined): Value {
  checkOpen(vm, b, "truncate of closed file");
  if (!truthy(vm, callMethod(vm, b.need(), "writable"))) throw unsupported("truncate");
  b.flushWrites(vm);
  const n = size === undefined || size === null ? b.tell(vm) : size;
  return callMethod(vm, b.need(), "truncate", n);
}

function detach(vm: VM, b: PyBuffered): Value {
  const raw = b.need();
  callMethod(vm, b, "flush");
  b.raw = undefined;
  return raw;
}

function bufferedRepr(vm: VM, self: Value): string {
  const b = self as PyBuffered;
  let name: Value | undefined;
  try {
    name = b.raw === undefined ? undefined : lookupAttr(vm, b.raw, "name");
  } catch {
    name = undefined;
  }
  const cls = `${b.cls.native ? "_io." : ""}${b.cls.name}`;
  return name === undefined ? `<${cls}>` : `<${cls} name=${repr(vm, name)}>`;
}

const forward = (name: string): NativeRow => ["($self, /)", (vm: VM, b: PyBuffered) => callMethod(vm, b.need(), name)];

const SHARED: Record<string, NativeRow> = {
  flush: ["($self, /)", flush, "Write out what is buffered."],
  close: ["($self, /)", close, "Flush and close."],
  seek: ["($self, target, whence=0, /)", seek, "Change the position."],
  tell: ["($self, /)", (vm: VM, b: PyBuffered) => (checkOpen(vm, b, "I/O operation on closed file."), b.tell(vm)), "The position."],
  truncate: ["($self, pos=None, /)", truncate, "Resize the file."],
  detach: ["($self, /)", detach, "Separate the raw stream."],
  fileno: forward("fileno"),
  isatty: forward("isatty"),
  readable: forward("readable"),
  writable: forward("writable"),
  seekable: forward("seekable"),
  __getstate__: [
    "($self, /)",
    (_vm: VM, b: PyBuffered) => {
      throw typeError(`cannot pickle '_io.${b.cls.name}' object`);
    },
  ],
};

const MEMBERS: Record<string, GetSetRow> = {
  raw: [(_vm: VM, b: PyBuffered) => b.raw ?? null],
  closed: [(vm: VM, b: PyBuffered) => b.isClosed || isClosed(vm, b.need())],
  name: [(vm: VM, b: PyBuffered) => getAttr(vm, b.need(), "name")],
  mode: [(vm: VM, b: PyBuffered) => getAttr(vm, b.need(), "mode")],
};

type Ability = "readable" | "writable" | "seekable";

function initialiser(abilities: readonly Ability[]) {
  return (vm: VM, b: PyBuffered, raw: Value, size: Value | undefined): Value => {
    for (const a of abilities) if (!truthy(vm, callMethod(vm, raw, a))) throw unsupported(a === "seekable" ? "File or stream is not seekable." : `File or stream is not ${a}.`);
    const n = size === undefined ? DEFAULT_BUFFER_SIZE : Number(toIndex(vm, size));
    if (n <= 0) throw valueError("buffer size must be strictly positive");
    b.attach(raw, n);
    return null;
  };
}

export class PyBufferedReader extends PyBuffered {}
export class PyBufferedWriter extends PyBuffered {}
export class PyBufferedRandom extends PyBuffered {}

function bufferedType(name: string, js: new () => PyBuffered, abilities: readonly Ability[], methods: Record<string, NativeRow>, doc: string): PyType {
  const type: PyType = defineType({
    name,
    module: "_io",
    base: bufferedIOBaseType,
    js,
    doc,
    init: ["($self, raw, buffer_size=DEFAULT_BUFFER_SIZE)", initialiser(abilities)],
    slots: {
      new: (_vm, cls) => {
        const b = new js();
        if (cls !== type) b.cls = cls;
        return b;
      },
      repr: bufferedRepr,
      iternext: (vm, self) => {
        const b = self as PyBuffered;
        if (b.cls !== type) {
          const line = callMethod(vm, b, "readline");
          return line instanceof PyBytes && line.data.length === 0 ? undefined : line;
        }
        checkOpen(vm, b, "readline of closed file");
        const line = b.readLine(vm, -1);
        return line.length === 0 ? undefined : bytes(line);
      },
    },
    methods: { ...SHARED, ...methods },
    getset: MEMBERS,
  });
  return type;
}

export const bufferedReaderType: PyType = bufferedType("BufferedReader", PyBufferedReader, ["readable"], READING, "A buffer for reading a raw stream.");
export const bufferedWriterType: PyType = bufferedType("BufferedWriter", PyBufferedWriter, ["writable"], WRITING, "A buffer for writing a raw stream.");
export const bufferedRandomType: PyType = bufferedType(
  "BufferedRandom",
  PyBufferedRandom,
  ["seekable", "readable", "writable"],
  { ...READING, ...WRITING },
  "A buffer for reading and writing a seekable raw stream.",
);

// ---- BufferedRWPair -------------------------------------------------------------------------------------------------------------------------

class PyBufferedPair extends PyIOBase {
  reader: Value = null;
  writer: Value = null;
}

const toReader = (name: string): NativeRow => ["($self, /, *args)", (vm: VM, p: PyBufferedPair, args: Value[]) => callMethod(vm, p.reader, name, ...args)];
const toWriter = (name: string): NativeRow => ["($self, /, *args)", (vm: VM, p: PyBufferedPair, args: Value[]) => callMethod(vm, p.writer, name, ...args)];

export const bufferedRWPairType: PyType = defineType({
  name: "BufferedRWPair",
  module: "_io",
  base: bufferedIOBaseType,
  js: PyBufferedPair,
  doc: "A buffered reader and a buffered writer in one.",
  init: [
    "($self, reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)",
    (vm: VM, p: PyBufferedPair, reader: Value, writer: Value, size: Value | undefined) => {
      const args = size === undefined ? [] : [size];
      p.reader = vm.call(bufferedReaderType, [reader, ...args]);
      p.writer = vm.call(bufferedWriterType, [writer, ...args]);
      return null;
    },
  ],
  slots: {
    new: (_vm, cls) => {
      const p = new PyBufferedPair();
      if (cls !== bufferedRWPairType) p.cls = cls;
      return p;
    },
  },
  methods: {
    ...Object.fromEntries(["read", "peek", "read1", "readinto", "readinto1", "readable", "readline"].map((n) => [n, toReader(n)] as const)),
    ...Object.fromEntries(["write", "flush", "writable"].map((n) => [n, toWriter(n)] as const)),
    isatty: ["($self, /)", (vm: VM, p: PyBufferedPair) => truthy(vm, callMethod(vm, p.writer, "isatty")) || truthy(vm, callMethod(vm, p.reader, "isatty"))],
    close: [
      "($self, /)",
      (vm: VM, p: PyBufferedPair) => {
        try {
          callMethod(vm, p.writer, "close");
        } finally {
          callMethod(vm, p.reader, "close");
        }
        return null;
      },
    ],
  },
  getset: { closed: [(vm: VM, p: PyBufferedPair) => getAttr(vm, p.writer, "closed")] },
});

/** Reads a line directly when the stream is a plain buffered reader; undefined otherwise. */
export function plainBuffered(v: Value): PyBuffered | undefined {
  return v instanceof PyBuffered && v.cls.native ? v : undefined;
}

