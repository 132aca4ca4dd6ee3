/** open(), and the streams of a program. */
import { typeError, valueError } from "../../builtins/exceptions.ts";
import { callMethod, plainStr, setOwnAttr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";
import { bufferedRandomType, bufferedReaderType, bufferedWriterType, PyBufferedReader, PyBufferedWriter } from "./buffered.ts";
import { fileIOType, PyFileIO } from "./fileio.ts";
import { handle, isOpen } from "./handles.ts";
import { newlineMode } from "./newlines.ts";
import { PyTextIOWrapper, textIOWrapperType } from "./textio.ts";

interface OpenMode {
  readonly raw: string;
  readonly creating: boolean;
  readonly reading: boolean;
  readonly writing: boolean;
  readonly appending: boolean;
  readonly updating: boolean;
  readonly binary: boolean;
}

function parseMode(mode: string): OpenMode {
  const has = (c: string) => mode.includes(c);
  if (/[^axrwb+t]/.test(mode) || new Set(mode).size !== mode.length) throw valueError(`invalid mode: '${mode}'`);
  const kinds = ["x", "r", "w", "a"].filter(has);
  if (has("b") && has("t")) throw valueError("can't have text and binary mode at once");
  if (kinds.length > 1) throw valueError("must have exactly one of create/read/write/append mode");
  if (kinds.length === 0) throw valueError("Must have exactly one of create/read/write/append mode and at most one plus");
  return {
    raw: kinds[0]! + (has("+") ? "+" : ""),
    creating: has("x"), reading: has("r"), writing: has("w"), appending: has("a"), updating: has("+"), binary: has("b"),
  };
}

function checkBinary(encoding: Value, errors: Value, newline: Value | undefined): void {
  if (encoding !== null) throw valueError("binary mode doesn't take an encoding argument");
  if (errors !== null) throw valueError("binary mode doesn't take an errors argument");
  if (newline !== undefined && newline !== null) throw valueError("binary mode doesn't take a newline argument");
}

function bufferFor(vm: VM, raw: Value, m: OpenMode, size: number): Value {
  const type = m.updating ? bufferedRandomType : m.reading ? bufferedReaderType : bufferedWriterType;
  return vm.call(type, size > 0 ? [raw, size] : [raw]);
}

export function open(
  vm: VM, file: Value, modeArg?: Value, bufferingArg?: Value, encodingArg?: Value, errorsArg?: Value, newline?: Value, closefd?: Value, opener?: Value,
): Value {
  const mode = modeArg === undefined ? "r" : plainStr(modeArg);
  if (mode === undefined) throw typeError(`open() argument 'mode' must be str, not ${typeName(modeArg!)}`);
  const encoding = encodingArg ?? null;
  const errors = errorsArg ?? null;
  if (encoding !== null && plainStr(encoding) === undefined) throw typeError(`open() argument 'encoding' must be str or None, not ${typeName(encoding)}`);
  if (errors !== null && plainStr(errors) === undefined) throw typeError(`open() argument 'errors' must be str or None, not ${typeName(errors)}`);
  const buffering = bufferingArg === undefined ? -1 : Number(toIndex(vm, bufferingArg));
  const m = parseMode(mode);
  if (m.binary) checkBinary(encoding, errors, newline);
  const raw = vm.call(fileIOType, [file, m.raw, closefd ?? true, opener ?? null]);
  try {
    return wrap(vm, raw, m, mode, buffering, { encoding, errors, newline: newline ?? null });
  } catch (e) {
    callMethod(vm, raw, "close");
    throw e;
  }
}

function wrap(vm: VM, raw: Value, m: OpenMode, mode: string, buffering: number, text: { encoding: Value; errors: Value; newline: Value }): Value {
  const lineBuffering = buffering === 1 || (buffering < 0 && truthy(vm, callMethod(vm, raw, "isatty")));
  if (buffering === 0) {
    if (!m.binary) throw valueError("can't have unbuffered text I/O");
    return raw;
  }
  const buffer = bufferFor(vm, raw, m, buffering > 1 ? buffering : -1);
  if (m.binary) return buffer;
  const t = vm.call(textIOWrapperType, [buffer, text.encoding, text.errors, text.newline, lineBuffering]);
  if (t instanceof PyTextIOWrapper) setOwnAttr(t, "mode", mode);
  return t;
}

// ---- standard streams -----------------------------------------------------------------------------------------------------------------------

export interface StandardStreams {
  readonly stdin: Value;
  readonly stdout: Value;
  readonly stderr: Value;
}

function standardStream(vm: VM, fd: 0 | 1 | 2, name: string, errors: string): Value {
  if (!isOpen(vm, fd)) return null;
  const raw = new PyFileIO();
  raw.fd = fd;
  raw.closeFd = false;
  raw.readable = fd === 0;
  raw.writable = fd !== 0;
  setOwnAttr(raw, "name", name);
  const buffer = fd === 0 ? new PyBufferedReader() : new PyBufferedWriter();
  buffer.attach(raw, 8192);
  const t = new PyTextIOWrapper();
  t.attach(vm, buffer, "utf-8", errors, newlineMode(vm, "\n"));
  t.lineBuffering = fd === 2 || handle(vm, fd).tty;
  setOwnAttr(t, "mode", fd === 0 ? "r" : "w");
  return t;
}

/** sys.stdin, sys.stdout and sys.stderr of a new interpreter. */
export function makeStandardStreams(vm: VM): StandardStreams {
  return {
    stdin: standardStream(vm, 0, "<stdin>", "strict"),
    stdout: standardStream(vm, 1, "<stdout>", "strict"),
    stderr: standardStream(vm, 2, "<stderr>", "backslashreplace"),
  };
}
