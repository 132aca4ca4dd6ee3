/** Builtins about text: print, input, format, repr, ascii. */
import { callMethod, getAttr, lookupAttr, lookupSpecial, plainStr, repr, str, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyObject, type Value } from "../objects/values.ts";
import { newException, runtimeError, typeError } from "./exceptions.ts";

/** A native text stream that takes a whole string at once; `cls.native` tells that nobody overrode `write`. */
export interface TextSink {
  writeText(vm: VM, text: string): void;
}

function sinkOf(file: Value): TextSink | undefined {
  return file instanceof PyObject && "writeText" in file && file.cls.native ? (file as unknown as TextSink) : undefined;
}

function separator(v: Value | undefined, what: "sep" | "end", missing: string): string {
  if (v === undefined || v === null) return missing;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${what} must be None or a string, not ${typeName(v)}`);
  return s;
}

function print(vm: VM, args: Value[], sepArgument: Value | undefined, endArgument: Value | undefined, fileArgument: Value | undefined, flush: Value | undefined): Value {
  let file = fileArgument ?? null;
  if (file === null) {
    const stdout = vm.sys.getStr("stdout");
    if (stdout === undefined) throw runtimeError("lost sys.stdout");
    if (stdout === null) return null;
    file = stdout;
  }
  const sep = separator(sepArgument, "sep", " ");
  const end = separator(endArgument, "end", "\n");
  const sink = sinkOf(file);
  if (sink) sink.writeText(vm, joined(vm, args, sep) + end);
  else writePieces(vm, getAttr(vm, file, "write"), args, sep, end);
  if (flush !== undefined && truthy(vm, flush)) callMethod(vm, file, "flush");
  return null;
}

function joined(vm: VM, args: readonly Value[], sep: string): string {
  if (args.length === 1) return str(vm, args[0]!);
  let text = "";
  for (let i = 0; i < args.length; i++) text += i === 0 ? str(vm, args[i]!) : sep + str(vm, args[i]!);
  return text;
}

/** One write per argument and separator, as a file written in Python sees them. */
function writePieces(vm: VM, write: Value, args: readonly Value[], sep: string, end: string): void {
  args.forEach((v, i) => {
    if (i > 0) vm.call(write, [sep]);
    vm.call(write, [str(vm, v)]);
  });
  vm.call(write, [end]);
}

function stream(vm: VM, name: "stdin" | "stdout" | "stderr"): Value {
  const file = vm.sys.getStr(name);
  if (file === undefined || file === null) throw runtimeError(`input(): lost sys.${name}`);
  return file;
}

function input(vm: VM, prompt: Value | undefined): Value {
  const stdin = stream(vm, "stdin");
  const stdout = stream(vm, "stdout");
  const stderr = stream(vm, "stderr");
  callMethod(vm, stderr, "flush");
  if (prompt !== undefined) callMethod(vm, stdout, "write", str(vm, prompt));
  if (lookupAttr(vm, stdout, "flush") !== undefined) callMethod(vm, stdout, "flush");
  const line = plainStr(callMethod(vm, stdin, "readline"));
  if (line === undefined) throw typeError("object.readline() returned non-string");
  if (line === "") throw newException("EOFError", "EOF when reading a line");
  return line.endsWith("\n") ? line.slice(0, -1) : line;
}

/** format(value, spec) */
export function formatValue(vm: VM, v: Value, spec: Value): string {
  if (spec === "" && typeof v === "string") return v;
  if (spec === "" && typeof v === "number") return String(v);
  const method = lookupSpecial(vm, v, "__format__");
  if (method === undefined) throw typeError(`Type ${typeName(v)} doesn't define __format__`);
  const r = vm.call(method, [spec]);
  const text = plainStr(r);
  if (text === undefined) throw typeError(`__format__ must return a str, not ${typeName(r)}`);
  return text;
}

function format(vm: VM, v: Value, spec: Value | undefined): Value {
  if (spec !== undefined && plainStr(spec) === undefined) throw typeError(`format() argument 2 must be str, not ${typeName(spec)}`);
  return formatValue(vm, v, spec ?? "");
}

/** repr() with everything beyond ASCII escaped. */
export function asciiRepr(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class is everything that is not ASCII
  return text.replace(/[^\x00-\x7f]/gu, (c) => {
    const p = c.codePointAt(0)!;
    if (p <= 0xff) return `\\x${p.toString(16)}`;
    return p <= 0xffff ? `\\u${p.toString(16).padStart(4, "0")}` : `\\U${p.toString(16).padStart(8, "0")}`;
  });
}

export const TEXT_FUNCTIONS: Record<string, NativeRow> = {
  ascii: ["(obj, /)", (vm: VM, v: Value) => asciiRepr(repr(vm, v)), "repr(obj) in ASCII."],
  format: ["(value, format_spec='', /)", format, "The value formatted by its type's rules."],
  input: ["(prompt='', /)", input, "A line from standard input, without its line end."],
  print: ["(*args, sep=' ', end='\\n', file=None, flush=False)", print, "Write the arguments as text to a stream."],
  repr: ["(obj, /)", (vm: VM, v: Value) => repr(vm, v), "The canonical text of an object."],
};
