/** OSError: errno chooses the subclass (PEP 3151), the members, the text. */
import { errnoOf, messageOf } from "../modules/errno-table.ts";
import { plainInt, repr, str, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { addsFields, extendType, type PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { baseText, member, noKeywords, stateDict } from "./exception-types.ts";
import { attributeErrorText, EXCEPTIONS, type ExceptionName, PyBaseException, setField } from "./exceptions.ts";

/** Subclass → the errnos that it stands for. */
const SUBCLASSES: { readonly [K in ExceptionName]?: readonly string[] } = {
  BlockingIOError: ["EAGAIN", "EALREADY", "EINPROGRESS"],
  BrokenPipeError: ["EPIPE", "ESHUTDOWN"],
  ChildProcessError: ["ECHILD"],
  ConnectionAbortedError: ["ECONNABORTED"],
  ConnectionRefusedError: ["ECONNREFUSED"],
  ConnectionResetError: ["ECONNRESET"],
  FileExistsError: ["EEXIST"],
  FileNotFoundError: ["ENOENT"],
  InterruptedError: ["EINTR"],
  IsADirectoryError: ["EISDIR"],
  NotADirectoryError: ["ENOTDIR"],
  PermissionError: ["EACCES", "EPERM"],
  ProcessLookupError: ["ESRCH"],
  TimeoutError: ["ETIMEDOUT"],
};

const BY_ERRNO: ReadonlyMap<number, PyType> = new Map(
  Object.entries(SUBCLASSES).flatMap(([name, codes]) => codes.map((code) => [errnoOf(code)!, EXCEPTIONS[name as ExceptionName]])),
);

function subclassOf(errno: Value | undefined): PyType {
  const n = errno === undefined ? undefined : plainInt(errno);
  return (typeof n === "number" ? BY_ERRNO.get(n) : undefined) ?? EXCEPTIONS.OSError;
}

/** Sets args and members from the constructor's arguments: (errno, strerror[, filename[, winerror[, filename2]]]). */
function fill(e: PyBaseException, args: readonly Value[]): void {
  e.args = new PyTuple(args);
  if (args.length < 2 || args.length > 5) return;
  setField(e, "errno", args[0]!);
  setField(e, "strerror", args[1]!);
  const filename = args[2] ?? null;
  if (filename === null) return;
  if (e.cls === EXCEPTIONS.BlockingIOError && typeof filename === "number") {
    setField(e, "characters_written", filename);
    return;
  }
  setField(e, "filename", filename);
  if (args[4] !== undefined && args[4] !== null) setField(e, "filename2", args[4]);
  e.args = new PyTuple(args.slice(0, 2));
}

function newOSError(_vm: VM, cls: PyType, args: readonly Value[], kwnames: KwNames): Value {
  const own = cls.slot.init === EXCEPTIONS.OSError.slot.init;
  if (own) noKeywords(cls, kwnames);
  const given = kwnames?.length ? args.slice(0, args.length - kwnames.length) : args;
  const chosen = cls === EXCEPTIONS.OSError && given.length >= 2 && given.length <= 5 ? subclassOf(given[0]) : cls;
  const e = new PyBaseException(chosen, []);
  if (own) fill(e, given);
  else e.args = new PyTuple(given);
  return e;
}

function text(vm: VM, self: Value): string {
  const e = self as PyBaseException;
  const get = (name: string): Value => e.fields?.get(name) ?? null;
  const [errno, strerror, filename, filename2] = ["errno", "strerror", "filename", "filename2"].map(get) as [Value, Value, Value, Value];
  const head = () => `[Errno ${str(vm, errno)}] ${str(vm, strerror)}`;
  if (filename !== null) return `${head()}: ${repr(vm, filename)}${filename2 === null ? "" : ` -> ${repr(vm, filename2)}`}`;
  return errno !== null && strerror !== null ? head() : baseText(vm, e);
}

function reduce(vm: VM, e: PyBaseException): Value {
  const filename = e.fields?.get("filename") ?? null;
  const filename2 = e.fields?.get("filename2") ?? null;
  let args = e.args;
  if (args.items.length === 2 && filename !== null) args = new PyTuple(filename2 === null ? [...args.items, filename] : [...args.items, filename, null, filename2]);
  const state = stateDict(vm, e);
  return new PyTuple(state ? [e.cls, args, state] : [e.cls, args]);
}

addsFields(EXCEPTIONS.OSError);
extendType(EXCEPTIONS.OSError, {
  doc: "Base of errors that the operating system reports.",
  slots: {
    new: newOSError,
    init: (_vm, self, args, kwnames) => {
      // the built-in constructor has filled a plain OSError already; classes with an __init__ of their own come here through super()
      if (typeOf(self).slot.init === EXCEPTIONS.OSError.slot.init) return;
      noKeywords(typeOf(self), kwnames);
      fill(self as PyBaseException, args);
    },
    str: text,
  },
  methods: { __reduce__: ["($self, /)", reduce] },
  getset: {
    errno: member("errno"),
    strerror: member("strerror"),
    filename: member("filename"),
    filename2: member("filename2"),
    characters_written: [
      (_vm: VM, e: PyBaseException) => {
        const n = e.fields?.get("characters_written");
        if (n === undefined) throw attributeErrorText("characters_written");
        return n;
      },
      (_vm: VM, e: PyBaseException, v: Value | undefined) => {
        if (v === undefined) e.fields?.delete("characters_written");
        else setField(e, "characters_written", v);
      },
    ],
  },
});

/** OSError(errno, strerror, filename…) of the right subclass. */
export function osErrorNumber(errno: number, filename?: Value, filename2?: Value): PyBaseException {
  const e = new PyBaseException(subclassOf(errno), []);
  const args: Value[] = [errno, messageOf(errno)];
  if (filename !== undefined && filename !== null) args.push(filename);
  if (filename2 !== undefined && filename2 !== null) args.push(null, filename2);
  fill(e, args);
  return e;
}

/** The OSError for an errno name ("ENOENT"), as JS system calls report them. */
export function osError(code: string, filename?: Value, filename2?: Value): PyBaseException {
  return osErrorNumber(errnoOf(code) ?? errnoOf("EIO")!, filename, filename2);
}

/** Turns an error of Node's file system calls into an OSError; anything else passes. */
export function fromSystemError(error: unknown, filename?: Value, filename2?: Value): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  return errnoOf(error.code) === undefined ? error : osError(error.code, filename, filename2);
}
