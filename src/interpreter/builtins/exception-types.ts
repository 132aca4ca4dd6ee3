/**
 * Methods and members of the exception classes.
 *
 * A member (StopIteration.value …) is a row of MEMBERS: where it lives and what it is before anybody sets it, derived from `args`, so that
 * exceptions made in TypeScript without running `__init__` look the same as those made by Python code. OSError is in os-error.ts,
 * the UnicodeErrors in unicode-errors.ts, groups in groups.ts.
 */
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { lookupAttr, ownAttr, plainStr, repr, setAttr, setOwnAttr, str, typeName, typeOf } from "../objects/operations.ts";
import { PyList } from "../objects/list.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { addsFields, extendType, type GetSetRow, type PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { PyTraceback } from "../vm/traceback.ts";
import { closest } from "./edit-distance.ts";
import { baseExceptionType, EXCEPTIONS, type ExceptionName, PyBaseException, setField, typeError } from "./exceptions.ts";

type Derive = (e: PyBaseException) => Value;
const none: Derive = () => null;
const firstArgument: Derive = (e) => e.args.items[0] ?? null;

/** class → member → value while unset. Classes whose members come from a tuple of details are further down. */
const MEMBERS: { readonly [K in ExceptionName]?: Readonly<Record<string, Derive>> } = {
  StopIteration: { value: firstArgument },
  SystemExit: { code: (e) => (e.args.items.length > 1 ? e.args : firstArgument(e)) },
  ImportError: { msg: (e) => (e.args.items.length === 1 ? firstArgument(e) : null), name: none, path: none, name_from: none },
  NameError: { name: none },
  AttributeError: { name: none, obj: none },
  SyntaxError: {
    msg: firstArgument, filename: none, lineno: none, offset: none, text: none, end_lineno: none, end_offset: none, print_file_and_line: none,
    _metadata: none,
  },
};

/** Keyword arguments that a class's constructor takes. */
const KEYWORDS: { readonly [K in ExceptionName]?: readonly string[] } = {
  ImportError: ["name", "path", "name_from"],
  NameError: ["name"],
  AttributeError: ["name", "obj"],
};

/** The value of a member, whoever set it. */
export function field(e: PyBaseException, name: string): Value {
  const set = e.fields?.get(name);
  if (set !== undefined) return set;
  for (const t of e.cls.mro) {
    const derive = t.native ? MEMBERS[t.name as ExceptionName]?.[name] : undefined;
    if (derive) return derive(e);
  }
  return null;
}

export function member(name: string, unset: Derive = none): GetSetRow {
  const get = (_vm: VM, e: PyBaseException): Value => {
    const v = e.fields?.get(name);
    return v === undefined ? unset(e) : v;
  };
  return [get, (_vm: VM, e: PyBaseException, v: Value | undefined) => setField(e, name, v ?? null)];
}

// ---- BaseException ------------------------------------------------------------------------------------------------------------------

function positional(args: readonly Value[], kwnames: KwNames): readonly Value[] {
  return kwnames?.length ? args.slice(0, args.length - kwnames.length) : args;
}

export function noKeywords(cls: PyType, kwnames: KwNames): void {
  if (kwnames?.length) throw typeError(`${cls.name}() takes no keyword arguments`);
}

/** str(BaseException) */
export function baseText(vm: VM, e: PyBaseException): string {
  const { items } = e.args;
  return items.length === 0 ? "" : items.length === 1 ? str(vm, items[0]!) : repr(vm, e.args);
}

function baseRepr(vm: VM, self: Value): string {
  const { items } = (self as PyBaseException).args;
  const name = (self as PyBaseException).cls.name;
  return items.length === 1 ? `${name}(${repr(vm, items[0]!)})` : `${name}${repr(vm, (self as PyBaseException).args)}`;
}

/** The `__dict__` of an exception for pickling; undefined when empty. */
export function stateDict(vm: VM, e: PyBaseException): PyDict | undefined {
  const d = lookupAttr(vm, e, "__dict__");
  return d instanceof PyDict && d.size ? d : undefined;
}

function reduce(vm: VM, e: PyBaseException): Value {
  const state = stateDict(vm, e);
  return new PyTuple(state ? [e.cls, e.args, state] : [e.cls, e.args]);
}

function setState(vm: VM, e: PyBaseException, state: Value): Value {
  if (state === null) return null;
  if (!(state instanceof PyDict)) throw typeError("state is not a dictionary");
  for (const entry of state.snapshot()) setAttr(vm, e, plainStr(entry.key) ?? "", entry.value);
  return null;
}

function addNoteMethod(_vm: VM, e: PyBaseException, note: Value): Value {
  const text = plainStr(note);
  if (text === undefined) throw typeError(`add_note() argument must be str, not ${typeName(note)}`);
  const notes = ownAttr(e, "__notes__");
  if (notes === undefined) setOwnAttr(e, "__notes__", new PyList([note]));
  else if (notes instanceof PyList) notes.items.push(note);
  else throw typeError("Cannot add note: __notes__ is not a list");
  return null;
}

function setTraceback(e: PyBaseException, tb: Value | undefined): void {
  if (tb === undefined) throw typeError("__traceback__ may not be deleted");
  if (tb !== null && !(tb instanceof PyTraceback)) throw typeError("__traceback__ must be a traceback or None");
  e.traceback = tb;
}

function linked(what: "cause" | "context", v: Value | undefined): PyBaseException | null {
  if (v === undefined) throw typeError(`__${what}__ may not be deleted`);
  if (v !== null && !(v instanceof PyBaseException)) throw typeError(`exception ${what} must be None or derive from BaseException`);
  return v;
}

extendType(baseExceptionType, {
  doc: "Common base of all exceptions.",
  slots: {
    new: (_vm, cls, args, kwnames) => new PyBaseException(cls, positional(args, kwnames)),
    init: (_vm, self, args, kwnames) => {
      noKeywords(typeOf(self), kwnames);
      const e = self as PyBaseException;
      if (args.length || e.args.items.length) e.args = new PyTuple(args);
    },
    str: (vm, self) => baseText(vm, self as PyBaseException),
    repr: baseRepr,
  },
  methods: {
    add_note: ["($self, note, /)", addNoteMethod, "Append a line that is shown under the message."],
    with_traceback: ["($self, tb, /)", (_vm: VM, e: PyBaseException, tb: Value) => (setTraceback(e, tb), e), "Set __traceback__ and return the exception."],
    __reduce__: ["($self, /)", reduce],
    __setstate__: ["($self, state, /)", setState],
  },
  getset: {
    args: [
      (_vm: VM, e: PyBaseException) => e.args,
      (vm: VM, e: PyBaseException, v: Value | undefined) => {
        if (v === undefined) throw typeError("args may not be deleted");
        e.args = new PyTuple(collect(vm, v));
      },
    ],
    __traceback__: [(_vm: VM, e: PyBaseException) => e.traceback, (_vm: VM, e: PyBaseException, v: Value | undefined) => setTraceback(e, v)],
    __context__: [
      (_vm: VM, e: PyBaseException) => e.context,
      (_vm: VM, e: PyBaseException, v: Value | undefined) => {
        e.context = linked("context", v);
      },
    ],
    __cause__: [
      (_vm: VM, e: PyBaseException) => e.cause,
      (_vm: VM, e: PyBaseException, v: Value | undefined) => {
        e.cause = linked("cause", v);
        e.suppressContext = true;
      },
    ],
    __suppress_context__: [
      (_vm: VM, e: PyBaseException) => e.suppressContext,
      (_vm: VM, e: PyBaseException, v: Value | undefined) => {
        if (typeof v !== "boolean") throw typeError(v === undefined ? "can't delete numeric/char attribute" : "attribute value type must be bool");
        e.suppressContext = v;
      },
    ],
  },
});

// ---- classes with members -----------------------------------------------------------------------------------------------------------

/** Takes the keyword arguments of a class out of a call; the rest are positional. */
function takeKeywords(e: PyBaseException, name: ExceptionName, args: readonly Value[], kwnames: KwNames): Value[] {
  const allowed = KEYWORDS[name] ?? [];
  const n = kwnames?.length ?? 0;
  if (n > allowed.length) throw typeError(`${name}() takes at most ${allowed.length} keyword argument${allowed.length === 1 ? "" : "s"} (${n} given)`);
  const rest = args.slice(0, args.length - n);
  for (let k = 0; k < n; k++) {
    const key = kwnames![k]!;
    if (!allowed.includes(key)) throw unexpectedKeyword(name, key, allowed);
    setField(e, key, args[rest.length + k]!);
  }
  return rest;
}

function unexpectedKeyword(name: string, key: string, allowed: readonly string[]): PyBaseException {
  const near = closest(allowed, key);
  return typeError(`${name}() got an unexpected keyword argument '${key}'${near === undefined ? "" : `. Did you mean '${near}'?`}`);
}

/** State for pickling: `__dict__` plus the members that are set. */
function stateWith(vm: VM, e: PyBaseException, names: readonly string[]): PyDict {
  const state = new PyDict();
  stateDict(vm, e)?.copyInto(state);
  for (const name of names) {
    const v = e.fields?.get(name);
    if (v !== undefined && v !== null) state.setStr(name, v);
  }
  return state;
}

for (const [name, members] of Object.entries(MEMBERS) as [ExceptionName, Readonly<Record<string, Derive>>][]) {
  const keywords = KEYWORDS[name];
  addsFields(EXCEPTIONS[name]);
  extendType(EXCEPTIONS[name], {
    getset: Object.fromEntries(Object.entries(members).map(([key, derive]) => [key, member(key, derive)])),
    slots: keywords
      ? {
          init: (_vm, self, args, kwnames) => {
            const e = self as PyBaseException;
            e.args = new PyTuple(takeKeywords(e, name, args, kwnames));
          },
        }
      : {
          init: (_vm, self, args, kwnames) => {
            noKeywords(typeOf(self), kwnames);
            (self as PyBaseException).args = new PyTuple(args);
          },
        },
  });
}

extendType(EXCEPTIONS.ImportError, {
  slots: { str: (vm, self) => importText(vm, self as PyBaseException) },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, e: PyBaseException) => {
        const state = stateWith(vm, e, KEYWORDS.ImportError!);
        return new PyTuple(state.size ? [e.cls, e.args, state] : [e.cls, e.args]);
      },
    ],
  },
});

function importText(vm: VM, e: PyBaseException): string {
  const msg = field(e, "msg");
  return typeof msg === "string" ? msg : baseText(vm, e);
}

extendType(EXCEPTIONS.AttributeError, {
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, e: PyBaseException) => {
        const state = stateWith(vm, e, ["name"]);
        state.setStr("args", e.args);
        return new PyTuple([e.cls, e.args, state]);
      },
    ],
  },
});

extendType(EXCEPTIONS.KeyError, {
  slots: {
    str: (vm, self) => {
      const e = self as PyBaseException;
      return e.args.items.length === 1 ? repr(vm, e.args.items[0]!) : baseText(vm, e);
    },
  },
});

// ---- SyntaxError --------------------------------------------------------------------------------------------------------------------

const DETAILS = ["filename", "lineno", "offset", "text", "end_lineno", "end_offset", "_metadata"] as const;

function readDetails(vm: VM, e: PyBaseException, details: Value): void {
  const items = collect(vm, details);
  if (items.length < 4) throw typeError(`function takes at least 4 arguments (${items.length} given)`);
  if (items.length > 7) throw typeError(`function takes at most 7 arguments (${items.length} given)`);
  if (items.length === 5) throw typeError("end_offset must be provided when end_lineno is provided");
  DETAILS.forEach((name, i) => setField(e, name, items[i] ?? null));
}

extendType(EXCEPTIONS.SyntaxError, {
  slots: {
    init: (vm, self, args, kwnames) => {
      noKeywords(typeOf(self), kwnames);
      const e = self as PyBaseException;
      e.args = new PyTuple(args);
      if (args.length >= 1) setField(e, "msg", args[0]!);
      if (args.length === 2) readDetails(vm, e, args[1]!);
    },
    str: (vm, self) => syntaxText(vm, self as PyBaseException),
  },
});

function syntaxText(vm: VM, e: PyBaseException): string {
  const text = str(vm, field(e, "msg"));
  const filename = field(e, "filename");
  const line = field(e, "lineno");
  const file = typeof filename === "string" ? filename.slice(filename.lastIndexOf("/") + 1) : undefined;
  const hasLine = typeof line === "number";
  if (file !== undefined && hasLine) return `${text} (${file}, line ${line})`;
  if (file !== undefined) return `${text} (${file})`;
  return hasLine ? `${text} (line ${line})` : text;
}

/** What the parser found, as an exception. */
export interface SyntaxDetails {
  readonly kind: "SyntaxError" | "IndentationError" | "TabError" | "_IncompleteInputError";
  readonly message: string;
  readonly filename: string;
  readonly lineno: number | null;
  readonly offset: number | null;
  readonly text: string | null;
  readonly end_lineno: number | null;
  readonly end_offset: number | null;
  readonly metadata: readonly [number, number, string] | null;
}

export function syntaxErrorFrom(p: SyntaxDetails): PyBaseException {
  const values: Value[] = [p.filename, p.lineno, p.offset, p.text, p.end_lineno, p.end_offset];
  const details = new PyTuple(p.lineno === null ? values.slice(0, 4) : values);
  const e = new PyBaseException(EXCEPTIONS[p.kind], p.lineno === null && p.text === null && p.filename === "" ? [p.message] : [p.message, details]);
  setField(e, "msg", p.message);
  DETAILS.forEach((name, i) => setField(e, name, values[i] ?? null));
  if (p.metadata) setField(e, "_metadata", new PyTuple([...p.metadata]));
  return e;
}
