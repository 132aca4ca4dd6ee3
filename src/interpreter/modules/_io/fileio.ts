/** io.FileIO: a file descriptor as a raw stream. */
import { typeError, valueError } from "../../builtins/exceptions.ts";
import { osError } from "../../builtins/os-error.ts";
import { needBytes, needWritable } from "../../objects/buffer.ts";
import { concat } from "../../objects/codecs-utf.ts";
import { callMethod, isCallable, ownAttr, plainInt, plainStr, repr, setOwnAttr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import type { Value } from "../../objects/values.ts";
import { fsPath } from "../paths.ts";
import { withFiles } from "../file-system.ts";
import { bytes, PyIOBase, rawIOBaseType, unsupported } from "./base.ts";
import { closeHandle, handle, O, type OpenFile, openHandle } from "./handles.ts";
import { flushAll } from "./dirty.ts";

export const DEFAULT_BUFFER_SIZE = 131072;

export class PyFileIO extends PyIOBase {
  fd = -1;
  readable = false;
  writable = false;
  created = false;
  appending = false;
  closeFd = true;
  /** Looked up once: whether the descriptor can seek. */
  seekable: boolean | undefined = undefined;

  get mode(): string {
    if (this.created) return this.readable ? "xb+" : "xb";
    if (this.appending) return this.readable ? "ab+" : "ab";
    return this.readable ? (this.writable ? "rb+" : "rb") : "wb";
  }
}

function open(vm: VM, f: PyFileIO): OpenFile {
  if (f.fd < 0) throw valueError("I/O operation on closed file");
  return handle(vm, f.fd);
}

/** Reads at most n bytes straight from the descriptor. */
export function readRaw(vm: VM, f: PyFileIO, n: number): Uint8Array {
  if (!f.readable) throw (open(vm, f), unsupported("File not open for reading"));
  return open(vm, f).read(n);
}

/** Writes everything to the descriptor. */
export function writeRaw(vm: VM, f: PyFileIO, data: Uint8Array): number {
  if (!f.writable) throw (open(vm, f), unsupported("File not open for writing"));
  return open(vm, f).write(data);
}

export function isSeekable(vm: VM, f: PyFileIO): boolean {
  return (f.seekable ??= open(vm, f).seekable);
}

interface ModeBits {
  flags: number;
}

function parseMode(f: PyFileIO, mode: string): ModeBits {
  let flags = 0;
  let kind = "";
  let plus = false;
  for (const c of mode) {
    if ("xrwa".includes(c)) {
      if (kind) throw valueError("Must have exactly one of create/read/write/append mode and at most one plus");
      kind = c;
    } else if (c === "+") {
      if (plus) throw valueError("Must have exactly one of create/read/write/append mode and at most one plus");
      plus = true;
    } else if (c !== "b") throw valueError(`invalid mode: ${mode}`);
  }
  if (!kind) throw valueError("Must have exactly one of create/read/write/append mode and at most one plus");
  f.created = kind === "x";
  f.appending = kind === "a";
  f.readable = kind === "r" || plus;
  f.writable = kind !== "r" || plus;
  if (kind === "x") flags |= O.EXCL | O.CREAT;
  if (kind === "w") flags |= O.CREAT | O.TRUNC;
  if (kind === "a") flags |= O.APPEND | O.CREAT;
  flags |= f.readable && f.writable ? O.RDWR : f.readable ? O.RDONLY : O.WRONLY;
  return { flags: flags | O.CLOEXEC };
}

function initialise(vm: VM, f: PyFileIO, file: Value, modeArg?: Value, closefd?: Value, opener?: Value): Value {
  const mode = modeArg === undefined ? "r" : plainStr(modeArg);
  if (mode === undefined) throw typeError(`FileIO() argument 'mode' must be str, not ${typeName(modeArg!)}`);
  const { flags } = parseMode(f, mode);
  f.closeFd = closefd === undefined || truthy(vm, closefd);
  const number = typeof file === "boolean" ? undefined : plainInt(file);
  if (number !== undefined) {
    if (number < 0) throw valueError("negative file descriptor");
    f.fd = Number(number);
    handle(vm, f.fd);
  } else {
    if (!f.closeFd) throw valueError("Cannot use closefd=False with file name");
    f.fd = openPath(vm, file, flags, opener);
  }
  rejectDirectory(vm, f, file);
  setOwnAttr(f, "name", file);
  if (f.appending && isSeekable(vm, f)) handle(vm, f.fd).seek(0, 2);
  f.isClosed = false;
  return null;
}

function openPath(vm: VM, file: Value, flags: number, opener: Value | undefined): number {
  flushAll(vm);
  if (opener === undefined || opener === null) return openHandle(vm, fsPath(vm, file), flags, 0o666);
  if (!isCallable(opener)) throw typeError(`'${typeName(opener)}' object is not callable`);
  const fd = plainInt(vm.call(opener, [file, flags]));
  if (fd === undefined) throw typeError("expected integer from opener");
  if (fd < 0) throw valueError(`opener returned ${fd}`);
  return Number(fd);
}

function rejectDirectory(vm: VM, f: PyFileIO, file: Value): void {
  const { real } = handle(vm, f.fd);
  if (real === undefined || real < 3) return;
  if (withFiles(vm, (fs) => fs.fstatSync(real).isDirectory())) {
    if (f.closeFd) closeHandle(vm, f.fd);
    f.fd = -1;
    throw osError("EISDIR", file);
  }
}

function close(vm: VM, f: PyFileIO): Value {
  if (f.isClosed) return null;
  try {
    callMethod(vm, f, "flush");
  } finally {
    f.isClosed = true;
    const fd = f.fd;
    f.fd = -1;
    if (fd >= 0 && f.closeFd) closeHandle(vm, fd);
  }
  return null;
}

function read(vm: VM, f: PyFileIO, size: Value | undefined): Value {
  const n = size === undefined || size === null ? -1 : Number(toIndex(vm, size));
  return n < 0 ? bytes(readToEnd(vm, f)) : bytes(readRaw(vm, f, n));
}

export function readToEnd(vm: VM, f: PyFileIO): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = readRaw(vm, f, DEFAULT_BUFFER_SIZE);
    if (part.length === 0) return parts.length === 1 ? parts[0]! : concat(parts);
    parts.push(part);
  }
}

function seek(vm: VM, f: PyFileIO, offset: Value, whence: Value | undefined): Value {
  return open(vm, f).seek(Number(toIndex(vm, offset)), whence === undefined ? 0 : Number(toIndex(vm, whence)));
}

function truncate(vm: VM, f: PyFileIO, size: Value | undefined): Value {
  const file = open(vm, f);
  if (!f.writable) throw unsupported("File not open for writing");
  const n = size === undefined || size === null ? file.seek(0, 1) : Number(toIndex(vm, size));
  if (file.real === undefined) throw osError("EINVAL");
  withFiles(vm, (fs) => fs.ftruncateSync(file.real!, n));
  return n;
}

function fileRepr(vm: VM, self: Value): string {
  const f = self as PyFileIO;
  if (f.fd < 0) return "<_io.FileIO [closed]>";
  const name = ownAttr(f, "name");
  const label = name === undefined ? `fd=${f.fd}` : `name=${repr(vm, name)}`;
  return `<_io.FileIO ${label} mode='${f.mode}' closefd=${f.closeFd ? "True" : "False"}>`;
}

export const fileIOType: PyType = defineType({
  name: "FileIO",
  module: "_io",
  base: rawIOBaseType,
  js: PyFileIO,
  doc: "A file of the operating system, without buffering.",
  init: ["($self, file, mode='r', closefd=True, opener=None)", initialise],
  slots: {
    new: (_vm, cls) => {
      const f = new PyFileIO();
      if (cls !== fileIOType) f.cls = cls;
      return f;
    },
    repr: fileRepr,
  },
  methods: {
    read: ["($self, size=-1, /)", read, "Read at most size bytes with one system call."],
    readall: ["($self, /)", (vm: VM, f: PyFileIO) => bytes(readToEnd(vm, f)), "Read until the end."],
    readinto: [
      "($self, buffer, /)",
      (vm: VM, f: PyFileIO, target: Value) => {
        const memory = needWritable(target);
        const got = readRaw(vm, f, memory.length);
        memory.set(got);
        return got.length;
      },
      "Read into a buffer.",
    ],
    write: ["($self, b, /)", (vm: VM, f: PyFileIO, b: Value) => writeRaw(vm, f, needBytes(b)), "Write with one system call."],
    seek: ["($self, pos, whence=0, /)", seek, "Change the position."],
    tell: ["($self, /)", (vm: VM, f: PyFileIO) => open(vm, f).seek(0, 1), "The position."],
    truncate: ["($self, size=None, /)", truncate, "Resize the file."],
    close: ["($self, /)", close, "Close the descriptor."],
    fileno: ["($self, /)", (vm: VM, f: PyFileIO) => (open(vm, f), f.fd), "The file descriptor."],
    isatty: ["($self, /)", (vm: VM, f: PyFileIO) => open(vm, f).tty, "Whether it is a terminal."],
    readable: ["($self, /)", (vm: VM, f: PyFileIO) => (open(vm, f), f.readable)],
    writable: ["($self, /)", (vm: VM, f: PyFileIO) => (open(vm, f), f.writable)],
    seekable: ["($self, /)", (vm: VM, f: PyFileIO) => isSeekable(vm, f)],
    __getstate__: [
      "($self, /)",
      () => {
        throw typeError("cannot pickle '_io.FileIO' object");
      },
    ],
  },
  getset: {
    closed: [(_vm: VM, f: PyFileIO) => f.fd < 0],
    closefd: [(_vm: VM, f: PyFileIO) => f.closeFd],
    mode: [(_vm: VM, f: PyFileIO) => f.mode],
    _blksize: [() => DEFAULT_BUFFER_SIZE],
  },
});

