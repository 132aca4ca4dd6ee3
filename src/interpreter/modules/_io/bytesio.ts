/** io.BytesIO: a file in memory. */
import { bufferError, typeError, valueError } from "../../builtins/exceptions.ts";
import { type Buffer, flatBuffer, needBytes, needWritable } from "../../objects/buffer.ts";
import { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { makeMemoryView } from "../../objects/memoryview.ts";
import { forEach, lookupAttr, setAttr, toIndex, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { bufferedIOBaseType, bytes, closedFile, PyIOBase, sizeArgument } from "./base.ts";

export class PyBytesIO extends PyIOBase {
  private memory: Uint8Array = new Uint8Array(0);
  private used = 0;
  pos = 0;
  /** Buffers held by others: the size must not change meanwhile. */
  exports = 0;

  get data(): Uint8Array {
    return this.memory.subarray(0, this.used);
  }
  get length(): number {
    return this.used;
  }
  replace(data: Uint8Array): void {
    this.memory = data.slice();
    this.used = data.length;
  }
  checkExports(): void {
    if (this.exports > 0) throw bufferError("Existing exports of data: object cannot be re-sized");
  }
  resize(n: number): void {
    if (n > this.memory.length) {
      const bigger = new Uint8Array(Math.max(n, this.memory.length * 2, 64));
      bigger.set(this.data);
      this.memory = bigger;
    } else if (n < this.used) this.memory.fill(0, n, this.used);
    this.used = n;
  }
  write(data: Uint8Array): void {
    if (data.length === 0) return;
    const end = this.pos + data.length;
    if (end > this.used) this.resize(end);
    this.memory.set(data, this.pos);
    this.pos = end;
  }
  take(n: number): Uint8Array {
    const part = this.pos >= this.used ? new Uint8Array(0) : this.data.slice(this.pos, n < 0 ? this.used : Math.min(this.used, this.pos + n));
    this.pos += part.length;
    return part;
  }
  takeLine(limit: number): Uint8Array {
    if (this.pos >= this.used) return new Uint8Array(0);
    const newline = this.data.indexOf(10, this.pos);
    const n = (newline < 0 ? this.used : newline + 1) - this.pos;
    return this.take(limit >= 0 && limit < n ? limit : n);
  }
}

/** What getbuffer() views: keeps count of itself in the stream. */
class PyBytesIOBuffer extends PyObject {
  private readonly stream: PyBytesIO;
  constructor(stream: PyBytesIO) {
    super();
    this.stream = stream;
  }
  exportBuffer(): Buffer {
    return {
      ...flatBuffer(this.stream.data, false),
      acquire: () => {
        this.stream.exports++;
      },
      release: () => {
        this.stream.exports--;
      },
    };
  }
}

defineType({ name: "_BytesIOBuffer", module: "_io", js: PyBytesIOBuffer });

function checkOpen(b: PyBytesIO): void {
  if (b.isClosed) throw closedFile();
}

function open(b: PyBytesIO): PyBytesIO {
  checkOpen(b);
  return b;
}

function seek(vm: VM, b: PyBytesIO, offset: Value, whence: Value | undefined): Value {
  checkOpen(b);
  const n = Number(toIndex(vm, offset));
  const w = whence === undefined ? 0 : Number(toIndex(vm, whence));
  if (w === 0 && n < 0) throw valueError(`negative seek value ${n}`);
  if (w < 0 || w > 2) throw valueError(`invalid whence (${w}, should be 0, 1 or 2)`);
  b.pos = Math.max(0, w === 0 ? n : w === 1 ? b.pos + n : b.length + n);
  return b.pos;
}

function truncate(vm: VM, b: PyBytesIO, size: Value | undefined): Value {
  checkOpen(b);
  b.checkExports();
  const n = size === undefined || size === null ? b.pos : Number(toIndex(vm, size));
  if (n < 0) throw valueError(`negative size value ${n}`);
  if (n < b.length) b.resize(n);
  return n;
}

function write(_vm: VM, b: PyBytesIO, data: Value): Value {
  checkOpen(b);
  b.checkExports();
  const memory = needBytes(data);
  b.write(memory);
  return memory.length;
}

function readlines(vm: VM, b: PyBytesIO, hint: Value | undefined): Value {
  checkOpen(b);
  const limit = sizeArgument(vm, hint);
  const out: Value[] = [];
  let total = 0;
  for (let line = b.takeLine(-1); line.length > 0; line = b.takeLine(-1)) {
    out.push(bytes(line));
    total += line.length;
    if (limit > 0 && total >= limit) break;
  }
  return new PyList(out);
}

function setState(vm: VM, b: PyBytesIO, state: Value): Value {
  checkOpen(b);
  if (!(state instanceof PyTuple) || state.items.length < 3) throw typeError(`${b.cls.name}.__setstate__ argument should be 3-tuple, got ${typeName(state)}`);
  const [data, pos, dict] = state.items as [Value, Value, Value];
  b.replace(needBytes(data));
  b.pos = Number(toIndex(vm, pos));
  if (dict instanceof PyDict) for (const e of dict.snapshot()) setAttr(vm, b, String(e.key), e.value);
  return null;
}

const yes = ["($self, /)", (_vm: VM, b: PyBytesIO) => (checkOpen(b), true)] as const;

export const bytesIOType: PyType = defineType({
  name: "BytesIO",
  module: "_io",
  base: bufferedIOBaseType,
  js: PyBytesIO,
  doc: "A binary stream in memory.",
  init: [
    "($self, initial_bytes=b'')",
    (_vm: VM, b: PyBytesIO, initial: Value | undefined) => {
      b.checkExports();
      b.pos = 0;
      b.replace(initial === undefined || initial === null ? new Uint8Array(0) : needBytes(initial));
      return null;
    },
  ],
  slots: {
    new: (_vm, cls) => {
      const b = new PyBytesIO();
      if (cls !== bytesIOType) b.cls = cls;
      return b;
    },
    iter: (_vm, self) => open(self as PyBytesIO),
    iternext: (_vm, self) => {
      const line = open(self as PyBytesIO).takeLine(-1);
      return line.length === 0 ? undefined : bytes(line);
    },
  },
  methods: {
    read: ["($self, size=-1, /)", (vm: VM, b: PyBytesIO, n: Value | undefined) => bytes(open(b).take(sizeArgument(vm, n))), "Read at most size bytes."],
    read1: ["($self, size=-1, /)", (vm: VM, b: PyBytesIO, n: Value | undefined) => bytes(open(b).take(sizeArgument(vm, n))), "Read at most size bytes."],
    readline: ["($self, size=-1, /)", (vm: VM, b: PyBytesIO, n: Value | undefined) => bytes(open(b).takeLine(sizeArgument(vm, n))), "Read a line."],
    readlines: ["($self, size=None, /)", readlines, "The lines as a list."],
    readinto: [
      "($self, buffer, /)",
      (_vm: VM, b: PyBytesIO, target: Value) => {
        const memory = needWritable(target);
        const data = open(b).take(memory.length);
        memory.set(data);
        return data.length;
      },
      "Read into a buffer.",
    ],
    write: ["($self, b, /)", write, "Write bytes."],
    writelines: [
      "($self, lines, /)",
      (vm: VM, b: PyBytesIO, lines: Value) => {
        checkOpen(b);
        forEach(vm, lines, (line) => void write(vm, b, line));
        return null;
      },
      "Write several pieces.",
    ],
    seek: ["($self, pos, whence=0, /)", seek, "Change the position."],
    tell: ["($self, /)", (_vm: VM, b: PyBytesIO) => open(b).pos, "The position."],
    truncate: ["($self, size=None, /)", truncate, "Shorten to a size."],
    getvalue: ["($self, /)", (_vm: VM, b: PyBytesIO) => bytes(open(b).data.slice()), "The whole contents."],
    getbuffer: ["($self, /)", (vm: VM, b: PyBytesIO) => makeMemoryView(vm, new PyBytesIOBuffer(open(b))), "A view of the contents."],
    close: [
      "($self, /)",
      (_vm: VM, b: PyBytesIO) => {
        b.checkExports();
        b.isClosed = true;
        b.replace(new Uint8Array(0));
        return null;
      },
      "Drop the contents.",
    ],
    flush: ["($self, /)", (_vm: VM, b: PyBytesIO) => (checkOpen(b), null)],
    isatty: ["($self, /)", (_vm: VM, b: PyBytesIO) => (checkOpen(b), false)],
    readable: yes,
    writable: yes,
    seekable: yes,
    __getstate__: [
      "($self, /)",
      (vm: VM, b: PyBytesIO) => {
        const dict = lookupAttr(vm, open(b), "__dict__");
        return new PyTuple([bytes(b.data.slice()), b.pos, dict instanceof PyDict && dict.size ? dict : null]);
      },
    ],
    __setstate__: ["($self, state, /)", setState],
  },
});
