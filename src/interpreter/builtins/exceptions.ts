/**
 * Exceptions: the JS class of exception objects, the built-in hierarchy (one table, PEP 3151 and the library reference), constructors.
 *
 * A Python exception is raised in TypeScript by throwing the exception object itself: `throw typeError("…")`. It is no JS Error and carries no
 * JS stack. Anything else that is thrown is an internal error, except V8's stack overflow, which the VM turns into RecursionError.
 */
import { defineType, type PyType } from "../objects/type.ts";
import { typeLabel, typeName, typeOf } from "../objects/operations.ts";
import { PyAttrObject, PyTuple, type Value } from "../objects/values.ts";
import type { PyTraceback } from "../vm/traceback.ts";

export class PyBaseException extends PyAttrObject {
  args: PyTuple;
  traceback: PyTraceback | null = null;
  cause: Value = null;
  context: PyBaseException | null = null;
  suppressContext = false;
  /** Members of particular classes that were set (StopIteration.value, OSError.errno …); exception-types.ts derives the others from args. */
  fields: Map<string, Value> | undefined = undefined;
  constructor(cls: PyType, args: readonly Value[]) {
    super();
    this.cls = cls;
    this.args = new PyTuple(args);
  }
}

/** Sets a member of an exception (not an entry of its `__dict__`). */
export function setField(e: PyBaseException, name: string, value: Value): void {
  e.fields ??= new Map();
  e.fields.set(name, value);
}

export const baseExceptionType: PyType = defineType({ name: "BaseException", js: PyBaseException, hasDict: true });

/** name → parent. Order matters: parents first. */
const HIERARCHY = {
  BaseExceptionGroup: "BaseException", GeneratorExit: "BaseException", KeyboardInterrupt: "BaseException", SystemExit: "BaseException",
  Exception: "BaseException",
  ArithmeticError: "Exception", FloatingPointError: "ArithmeticError", OverflowError: "ArithmeticError", ZeroDivisionError: "ArithmeticError",
  AssertionError: "Exception", AttributeError: "Exception", BufferError: "Exception", EOFError: "Exception",
  ImportError: "Exception", ModuleNotFoundError: "ImportError",
  LookupError: "Exception", IndexError: "LookupError", KeyError: "LookupError",
  MemoryError: "Exception", NameError: "Exception", UnboundLocalError: "NameError",
  OSError: "Exception", BlockingIOError: "OSError", ChildProcessError: "OSError", ConnectionError: "OSError", BrokenPipeError: "ConnectionError",
  ConnectionAbortedError: "ConnectionError", ConnectionRefusedError: "ConnectionError", ConnectionResetError: "ConnectionError",
  FileExistsError: "OSError", FileNotFoundError: "OSError", InterruptedError: "OSError", IsADirectoryError: "OSError",
  NotADirectoryError: "OSError", PermissionError: "OSError", ProcessLookupError: "OSError", TimeoutError: "OSError",
  ReferenceError: "Exception", RuntimeError: "Exception", NotImplementedError: "RuntimeError", PythonFinalizationError: "RuntimeError",
  RecursionError: "RuntimeError", StopAsyncIteration: "Exception", StopIteration: "Exception",
  SyntaxError: "Exception", IndentationError: "SyntaxError", TabError: "IndentationError", _IncompleteInputError: "SyntaxError",
  SystemError: "Exception", TypeError: "Exception", ValueError: "Exception", UnicodeError: "ValueError", UnicodeDecodeError: "UnicodeError",
  UnicodeEncodeError: "UnicodeError", UnicodeTranslateError: "UnicodeError",
  Warning: "Exception", BytesWarning: "Warning", DeprecationWarning: "Warning", EncodingWarning: "Warning", FutureWarning: "Warning",
  ImportWarning: "Warning", PendingDeprecationWarning: "Warning", ResourceWarning: "Warning", RuntimeWarning: "Warning", SyntaxWarning: "Warning",
  UnicodeWarning: "Warning", UserWarning: "Warning",
} as const;

export type ExceptionName = keyof typeof HIERARCHY | "BaseException";

/** Every built-in exception type by name. */
export const EXCEPTIONS: { readonly [K in ExceptionName]: PyType } = buildHierarchy();

function buildHierarchy(): { [K in ExceptionName]: PyType } {
  const out: Record<string, PyType> = { BaseException: baseExceptionType };
  for (const [name, parent] of Object.entries(HIERARCHY)) out[name] = defineType({ name, base: out[parent]! });
  return out as { [K in ExceptionName]: PyType };
}

export function newException(name: ExceptionName, ...args: Value[]): PyBaseException {
  return new PyBaseException(EXCEPTIONS[name], args);
}

/** Whether something caught in TypeScript is a Python exception of this class. */
export function isInstanceOf(e: unknown, name: ExceptionName): e is PyBaseException {
  return e instanceof PyBaseException && e.cls.isSubtype(EXCEPTIONS[name]);
}

const maker =
  (name: ExceptionName) =>
  (message: string): PyBaseException =>
    newException(name, message);

export const typeError: (message: string) => PyBaseException = maker("TypeError");
export const valueError: (message: string) => PyBaseException = maker("ValueError");
export const indexError: (message: string) => PyBaseException = maker("IndexError");
export const overflowError: (message: string) => PyBaseException = maker("OverflowError");
export const zeroDivisionError: (message: string) => PyBaseException = maker("ZeroDivisionError");
export const runtimeError: (message: string) => PyBaseException = maker("RuntimeError");
export const recursionError: (message: string) => PyBaseException = maker("RecursionError");
export const notImplementedError: (message: string) => PyBaseException = maker("NotImplementedError");
export const systemError: (message: string) => PyBaseException = maker("SystemError");
export const lookupError: (message: string) => PyBaseException = maker("LookupError");
export const bufferError: (message: string) => PyBaseException = maker("BufferError");
/** AttributeError without name/obj attributes. */
export const attributeErrorText: (message: string) => PyBaseException = maker("AttributeError");

export function keyError(key: Value): PyBaseException {
  return newException("KeyError", key);
}

/** AttributeError with `name` and `obj` set (suggestions use them). */
export function attributeError(o: Value, name: string, message?: string): PyBaseException {
  const isType = o !== null && typeof o === "object" && "mro" in o;
  const text = message ?? (isType ? `type object '${typeLabel(o as PyType)}' has no attribute '${name}'` : `'${typeName(o)}' object has no attribute '${name}'`);
  const e = newException("AttributeError", text);
  setField(e, "name", name);
  setField(e, "obj", o);
  return e;
}

export function nameError(name: string, message = `name '${name}' is not defined`): PyBaseException {
  const e = newException("NameError", message);
  setField(e, "name", name);
  return e;
}

export function stopIteration(value?: Value): PyBaseException {
  return value === undefined || value === null ? newException("StopIteration") : newException("StopIteration", value);
}
