/** UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError: members and texts. */
import { needBytes } from "../objects/buffer.ts";
import { plainInt, plainStr, str, toSsize, typeName, typeOf } from "../objects/operations.ts";
import { codePoints } from "../objects/str-points.ts";
import type { VM } from "../objects/runtime.ts";
import { addsFields, extendType, type GetSetRow } from "../objects/type.ts";
import { PyBytes, PyTuple, type Value } from "../objects/values.ts";
import { baseText, member, noKeywords } from "./exception-types.ts";
import { EXCEPTIONS, PyBaseException, setField, typeError } from "./exceptions.ts";

type Kind = "UnicodeEncodeError" | "UnicodeDecodeError" | "UnicodeTranslateError";

/** Constructor arguments by class; "str" and "bytes" name what is checked. */
const ARGUMENTS: Record<Kind, readonly (readonly [name: string, type: "str" | "bytes" | "int"])[]> = {
  UnicodeEncodeError: [["encoding", "str"], ["object", "str"], ["start", "int"], ["end", "int"], ["reason", "str"]],
  UnicodeDecodeError: [["encoding", "str"], ["object", "bytes"], ["start", "int"], ["end", "int"], ["reason", "str"]],
  UnicodeTranslateError: [["object", "str"], ["start", "int"], ["end", "int"], ["reason", "str"]],
};

function check(vm: VM, type: "str" | "bytes" | "int", v: Value, position: number): Value {
  if (type === "int") return toSsize(vm, v);
  if (type === "str") {
    if (plainStr(v) === undefined) throw typeError(`argument ${position} must be str, not ${typeName(v)}`);
    return v;
  }
  return v instanceof PyBytes ? v : new PyBytes(needBytes(v).slice());
}

function initialise(vm: VM, e: PyBaseException, kind: Kind, args: readonly Value[]): void {
  const spec = ARGUMENTS[kind];
  if (args.length !== spec.length) throw typeError(`function takes exactly ${spec.length} arguments (${args.length} given)`);
  e.args = new PyTuple(args);
  spec.forEach(([name, type], i) => setField(e, name, check(vm, type, args[i]!, i + 1)));
}

const get = (e: PyBaseException, name: string): Value => e.fields?.get(name) ?? null;
const position = (e: PyBaseException, name: string): number => Number(plainInt(get(e, name)) ?? 0);

/** \xNN, \uNNNN or \UNNNNNNNN */
function escape(point: number): string {
  if (point <= 0xff) return `\\x${point.toString(16).padStart(2, "0")}`;
  return point <= 0xffff ? `\\u${point.toString(16).padStart(4, "0")}` : `\\U${point.toString(16).padStart(8, "0")}`;
}

/** "character '\\xe9' in position 3" or "characters in position 3-5". */
function place(e: PyBaseException, noun: string, single: () => string | undefined): string {
  const start = position(e, "start");
  const end = position(e, "end");
  const one = end === start + 1 ? single() : undefined;
  return one === undefined ? `${noun}s in position ${start}-${end - 1}` : `${noun} ${one} in position ${start}`;
}

function character(e: PyBaseException): string | undefined {
  const point = codePoints(plainStr(get(e, "object")) ?? "")[position(e, "start")]?.codePointAt(0);
  return point === undefined ? undefined : `'${escape(point)}'`;
}

function byte(e: PyBaseException): string | undefined {
  const object = get(e, "object");
  const b = object instanceof PyBytes ? object.data[position(e, "start")] : undefined;
  return b === undefined ? undefined : `0x${b.toString(16).padStart(2, "0")}`;
}

const TEXTS: Record<Kind, (vm: VM, e: PyBaseException) => string> = {
  UnicodeEncodeError: (vm, e) => `'${str(vm, get(e, "encoding"))}' codec can't encode ${place(e, "character", () => character(e))}: ${str(vm, get(e, "reason"))}`,
  UnicodeDecodeError: (vm, e) => `'${str(vm, get(e, "encoding"))}' codec can't decode ${place(e, "byte", () => byte(e))}: ${str(vm, get(e, "reason"))}`,
  UnicodeTranslateError: (vm, e) => `can't translate ${place(e, "character", () => character(e))}: ${str(vm, get(e, "reason"))}`,
};

for (const kind of Object.keys(ARGUMENTS) as Kind[]) {
  const getset: Record<string, GetSetRow> = Object.fromEntries(["encoding", "object", "start", "end", "reason"].map((name) => [name, member(name)]));
  addsFields(EXCEPTIONS[kind]);
  extendType(EXCEPTIONS[kind], {
    slots: {
      init: (vm, self, args, kwnames) => {
        noKeywords(typeOf(self), kwnames);
        initialise(vm, self as PyBaseException, kind, args);
      },
      str: (vm, self) => {
        const e = self as PyBaseException;
        return e.fields === undefined ? baseText(vm, e) : TEXTS[kind](vm, e);
      },
    },
    getset,
  });
}

function make(kind: Kind, values: readonly Value[]): PyBaseException {
  const e = new PyBaseException(EXCEPTIONS[kind], values);
  ARGUMENTS[kind].forEach(([name], i) => setField(e, name, values[i]!));
  return e;
}

/** Positions count code points. */
export function unicodeEncodeError(encoding: string, object: string, start: number, end: number, reason: string): PyBaseException {
  return make("UnicodeEncodeError", [encoding, object, start, end, reason]);
}

export function unicodeDecodeError(encoding: string, object: Uint8Array, start: number, end: number, reason: string): PyBaseException {
  return make("UnicodeDecodeError", [encoding, new PyBytes(object), start, end, reason]);
}
