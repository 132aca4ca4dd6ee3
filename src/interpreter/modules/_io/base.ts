/** The base classes of module io: generic methods that work on any stream through its own `read`, `write` … as documented for io.IOBase. */
import { EXCEPTIONS, newException, PyBaseException, typeError, valueError } from "../../builtins/exceptions.ts";
import { needBytes, needWritable } from "../../objects/buffer.ts";
import { PyByteArray } from "../../objects/bytearray.ts";
import { concat } from "../../objects/codecs-utf.ts";
import { PyList } from "../../objects/list.ts";
import { callMethod, forEach, getAttr, length, lookupAttr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { c3, defineType, type NativeRow, type PyType } from "../../objects/type.ts";
import { PyAttrObject, PyBytes, type PyInt, type Value } from "../../objects/values.ts";

export class PyIOBase extends PyAttrObject {
  /** close() has run. */
  isClosed = false;
}

/** io.UnsupportedOperation: an OSError and a ValueError. */
export const unsupportedOperationType: PyType = makeUnsupported();

function makeUnsupported(): PyType {
  const t = defineType({ name: "UnsupportedOperation", module: "io", base: EXCEPTIONS.OSError });
  t.bases = [EXCEPTIONS.OSError, EXCEPTIONS.ValueError];
  t.mro = c3(t, t.bases)!;
  EXCEPTIONS.ValueError.subclasses.add(new WeakRef(t));
  t.modified();
  return t;
}

export function unsupported(what: string): PyBaseException {
  return new PyBaseException(unsupportedOperationType, [what]);
}

export function closedFile(): PyBaseException {
  return valueError("I/O operation on closed file.");
}

export function isClosed(vm: VM, o: Value): boolean {
  return truthy(vm, getAttr(vm, o, "closed"));
}

function checkOpen(vm: VM, o: Value): void {
  if (isClosed(vm, o)) throw closedFile();
}

/** An optional size argument: None and missing mean "all" (-1). */
export function sizeArgument(vm: VM, v: Value | undefined): number {
  if (v === undefined || v === null) return -1;
  let i: PyInt;
  try {
    i = toIndex(vm, v);
  } catch {
    throw typeError(`argument should be integer or None, not '${typeName(v)}'`);
  }
  return Number(i);
}

export const bytes = (data: Uint8Array): PyBytes => new PyBytes(data);

// ---- _IOBase ------------------------------------------------------------------------------------------------------------------------------

function checkAble(method: "readable" | "writable" | "seekable", complaint: string): NativeRow {
  return [
    "($self, /)",
    (vm: VM, o: Value) => {
      if (!truthy(vm, callMethod(vm, o, method))) throw unsupported(complaint);
      return true;
    },
  ];
}

function readline(vm: VM, o: Value, sizeArg: Value | undefined): Value {
  const limit = sizeArgument(vm, sizeArg);
  const peek = lookupAttr(vm, o, "peek");
  const parts: Uint8Array[] = [];
  let total = 0;
  while (limit < 0 || total < limit) {
    let want = 1;
    if (peek !== undefined) {
      const ahead = needBytes(vm.call(peek, [1]));
      if (ahead.length) {
        const newline = ahead.indexOf(10);
        want = newline < 0 ? ahead.length : newline + 1;
        if (limit >= 0) want = Math.min(want, limit - total);
      }
    }
    const got = callMethod(vm, o, "read", want);
    if (!(got instanceof PyBytes)) throw newException("OSError", `read() should have returned a bytes object, not '${typeName(got)}'`);
    if (got.data.length === 0) break;
    parts.push(got.data);
    total += got.data.length;
    if (got.data[got.data.length - 1] === 10) break;
  }
  return bytes(concat(parts));
}

function readlines(vm: VM, o: Value, hint: Value | undefined): Value {
  const limit = sizeArgument(vm, hint);
  const out: Value[] = [];
  let total = 0;
  forEach(vm, o, (line) => {
    out.push(line);
    total += length(vm, line);
    return limit > 0 && total >= limit;
  });
  return new PyList(out);
}

function close(vm: VM, o: PyIOBase): Value {
  if (o.isClosed) return null;
  try {
    callMethod(vm, o, "flush");
  } finally {
    o.isClosed = true;
  }
  return null;
}

const refuse = (what: string) => (): Value => {
  throw unsupported(what);
};

export const ioBaseType: PyType = defineType({
  name: "_IOBase",
  module: "_io",
  js: PyIOBase,
  hasDict: true,
  doc: "Base of all streams.",
  slots: {
    new: (_vm, cls) => {
      const o = new PyIOBase();
      o.cls = cls;
      return o;
    },
    iter: (vm, self) => {
      checkOpen(vm, self);
      return self;
    },
    iternext: (vm, self) => {
      const line = callMethod(vm, self, "readline");
      return length(vm, line) === 0 ? undefined : line;
    },
  },
  methods: {
    seek: ["($self, offset, whence=os.SEEK_SET, /)", refuse("seek"), "Change the position."],
    tell: ["($self, /)", (vm: VM, o: Value) => callMethod(vm, o, "seek", 0, 1), "The position."],
    truncate: ["($self, size=None, /)", refuse("truncate"), "Resize the file."],
    fileno: ["($self, /)", refuse("fileno"), "The file descriptor."],
    isatty: ["($self, /)", (vm: VM, o: Value) => (checkOpen(vm, o), false), "Whether the stream is interactive."],
    readable: ["($self, /)", () => false, "Whether it can be read from."],
    writable: ["($self, /)", () => false, "Whether it can be written to."],
    seekable: ["($self, /)", () => false, "Whether the position can be changed."],
    flush: ["($self, /)", (vm: VM, o: Value) => (checkOpen(vm, o), null), "Write out what is buffered."],
    close: ["($self, /)", close, "Flush and close."],
    readline: ["($self, size=-1, /)", readline, "Read up to the end of a line."],
    readlines: ["($self, hint=-1, /)", readlines, "The lines as a list."],
    writelines: [
      "($self, lines, /)",
      (vm: VM, o: Value, lines: Value) => {
        checkOpen(vm, o);
        forEach(vm, lines, (line) => void callMethod(vm, o, "write", line));
        return null;
      },
      "Write several lines, without adding ends.",
    ],
    _checkClosed: ["($self, /)", (vm: VM, o: Value) => (checkOpen(vm, o), null)],
    _checkReadable: checkAble("readable", "File or stream is not readable."),
    _checkWritable: checkAble("writable", "File or stream is not writable."),
    _checkSeekable: checkAble("seekable", "File or stream is not seekable."),
    __enter__: ["($self, /)", (vm: VM, o: Value) => (checkOpen(vm, o), o)],
    __exit__: ["($self, /, *args)", (vm: VM, o: Value) => callMethod(vm, o, "close")],
    __del__: ["($self, /)", (vm: VM, o: Value) => callMethod(vm, o, "close")],
  },
  getset: { closed: [(_vm: VM, o: PyIOBase) => o.isClosed] },
});

// ---- raw, buffered, text --------------------------------------------------------------------------------------------------------------------

function rawRead(vm: VM, o: Value, size: Value | undefined): Value {
  const n = size === undefined ? -1 : Number(toIndex(vm, size));
  if (n < 0) return callMethod(vm, o, "readall");
  const buffer = new PyByteArray(new Uint8Array(n));
  const got = callMethod(vm, o, "readinto", buffer);
  return got === null ? null : bytes(buffer.data.slice(0, Number(toIndex(vm, got))));
}

function readAll(vm: VM, o: Value): Value {
  const parts: Uint8Array[] = [];
  for (;;) {
    const got = callMethod(vm, o, "read", 131072);
    if (got === null) return parts.length ? bytes(concat(parts)) : null;
    if (!(got instanceof PyBytes)) throw typeError("read() should return bytes");
    if (got.data.length === 0) return bytes(concat(parts));
    parts.push(got.data);
  }
}

export const rawIOBaseType: PyType = defineType({
  name: "_RawIOBase",
  module: "_io",
  base: ioBaseType,
  doc: "Base of unbuffered binary streams.",
  methods: {
    read: ["($self, size=-1, /)", rawRead, "Read up to size bytes."],
    readall: ["($self, /)", readAll, "Read until the end."],
  },
});

/** readinto of a stream that can only read. */
function readInto(name: "read" | "read1"): NativeRow {
  return [
    "($self, buffer, /)",
    (vm: VM, o: Value, target: Value) => {
      const memory = needWritable(target);
      const got = callMethod(vm, o, name, memory.length);
      if (!(got instanceof PyBytes)) throw typeError(`${name}() should return bytes`);
      if (got.data.length > memory.length) throw valueError(`${name}() returned too much data: ${memory.length} bytes requested, ${got.data.length} returned`);
      memory.set(got.data);
      return got.data.length;
    },
  ];
}

export const bufferedIOBaseType: PyType = defineType({
  name: "_BufferedIOBase",
  module: "_io",
  base: ioBaseType,
  doc: "Base of buffered binary streams.",
  methods: {
    detach: ["($self, /)", refuse("detach"), "Separate the raw stream."],
    read: ["($self, size=-1, /)", refuse("read"), "Read and return bytes."],
    read1: ["($self, size=-1, /)", refuse("read1"), "Read with at most one call of the raw stream."],
    write: ["($self, b, /)", refuse("write"), "Write bytes."],
    readinto: readInto("read"),
    readinto1: readInto("read1"),
  },
});

export const textIOBaseType: PyType = defineType({
  name: "_TextIOBase",
  module: "_io",
  base: ioBaseType,
  doc: "Base of text streams.",
  methods: {
    detach: ["($self, /)", refuse("detach"), "Separate the buffer."],
    read: ["($self, size=-1, /)", refuse("read"), "Read and return text."],
    readline: ["($self, size=-1, /)", refuse("readline"), "Read a line."],
    write: ["($self, s, /)", refuse("write"), "Write text."],
  },
  getset: { encoding: [() => null], newlines: [() => null], errors: [() => null] },
});
