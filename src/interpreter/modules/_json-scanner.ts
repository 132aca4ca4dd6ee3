/** JSON text → values: what json.decoder calls (RFC 8259 with Python's extensions NaN, Infinity and lone surrogates). Positions in messages are code points. */
import { newException, type PyBaseException, stopIteration, typeError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { floatType } from "../objects/float.ts";
import { PyList } from "../objects/list.ts";
import { getAttr, plainStr, toSsize, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { pointIndex, strLength, unitOffset } from "../objects/str-points.ts";
import { defineType, intType, type PyType } from "../objects/type.ts";
import { normInt, PyFloat, PyObject, PyTuple, type Value } from "../objects/values.ts";

function decodeError(vm: VM, message: string, text: string, unit: number): unknown {
  const cls = getAttr(vm, vm.importModule("json.decoder"), "JSONDecodeError");
  return vm.call(cls, [message, text, pointIndex(text, Math.min(unit, text.length))]);
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON strings may not hold raw
const PLAIN = /[^"\\\x00-\x1f]*/y;
const PLAIN_LOOSE = /[^"\\]*/y;
const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;

interface Scanned {
  readonly value: string;
  readonly end: number;
}

/** The string whose opening quote is just before `from`. */
export function scanString(vm: VM, text: string, from: number, strict: boolean): Scanned {
  const plain = strict ? PLAIN : PLAIN_LOOSE;
  let out = "";
  let at = from;
  for (;;) {
    plain.lastIndex = at;
    const run = plain.exec(text)![0];
    at += run.length;
    const c = text[at];
    if (c === '"') return { value: out + run, end: at + 1 };
    if (c === undefined) throw decodeError(vm, "Unterminated string starting at", text, from - 1);
    out += run;
    if (c !== "\\") throw decodeError(vm, "Invalid control character at", text, at);
    const e = text[at + 1];
    if (e === undefined) throw decodeError(vm, "Unterminated string starting at", text, from - 1);
    if (e === "u") {
      const { value, end } = scanUnicodeEscape(vm, text, at);
      out += value;
      at = end;
      continue;
    }
    const plainEscape = ESCAPES[e];
    if (plainEscape === undefined) throw decodeError(vm, "Invalid \\escape", text, at);
    out += plainEscape;
    at += 2;
  }
}

/** \uXXXX; two that form a surrogate pair are one character, as JavaScript strings have it anyway. */
function scanUnicodeEscape(vm: VM, text: string, at: number): Scanned {
  const digits = text.slice(at + 2, at + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw decodeError(vm, "Invalid \\uXXXX escape", text, at + 1);
  return { value: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 6 };
}

/** c_make_scanner: an object that parses one value. */
export class PyScanner extends PyObject {
  readonly strict: boolean;
  readonly objectHook: Value;
  readonly pairsHook: Value;
  readonly parseFloat: Value;
  readonly parseInt: Value;
  readonly parseConstant: Value;
  constructor(vm: VM, context: Value) {
    super();
    this.strict = truthy(vm, getAttr(vm, context, "strict"));
    this.objectHook = getAttr(vm, context, "object_hook");
    this.pairsHook = getAttr(vm, context, "object_pairs_hook");
    this.parseFloat = getAttr(vm, context, "parse_float");
    this.parseInt = getAttr(vm, context, "parse_int");
    this.parseConstant = getAttr(vm, context, "parse_constant");
  }
}

/** One parse over one text. */
class Parse {
  private readonly vm: VM;
  private readonly scanner: PyScanner;
  private readonly text: string;
  at: number;

  constructor(vm: VM, scanner: PyScanner, text: string, at: number) {
    this.vm = vm;
    this.scanner = scanner;
    this.text = text;
    this.at = at;
  }

  private skipSpace(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.at++;
    }
  }

  private fail(message: string, unit = this.at): unknown {
    return decodeError(this.vm, message, this.text, unit);
  }

  value(): Value {
    const c = this.text[this.at];
    switch (c) {
      case '"': {
        const s = scanString(this.vm, this.text, this.at + 1, this.scanner.strict);
        this.at = s.end;
        return s.value;
      }
      case "{":
      case "[":
        this.vm.enterRecursive(` while decoding a JSON ${c === "{" ? "object" : "array"} from a unicode string`);
        try {
          this.at++;
          return c === "{" ? this.object() : this.array();
        } finally {
          this.vm.leaveRecursive();
        }
      case "n":
        return this.word("null", null);
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "N":
        return this.constant("NaN");
      case "I":
        return this.constant("Infinity");
      case "-":
        return this.text.startsWith("-Infinity", this.at) ? this.constant("-Infinity") : this.number();
      default:
        return this.number();
    }
  }

  private word(word: string, v: Value): Value {
    if (!this.text.startsWith(word, this.at)) throw this.noValue();
    this.at += word.length;
    return v;
  }

  private constant(word: string): Value {
    if (!this.text.startsWith(word, this.at)) throw this.noValue();
    this.at += word.length;
    return this.vm.call(this.scanner.parseConstant, [word]);
  }

  /** Nothing that begins a value: the decoder turns this into "Expecting value". */
  private noValue(): PyBaseException {
    return stopIteration(pointIndex(this.text, this.at));
  }

  private number(): Value {
    NUMBER.lastIndex = this.at;
    const m = NUMBER.exec(this.text);
    if (m === null) throw this.noValue();
    this.at += m[0].length;
    if (m[2] !== undefined || m[3] !== undefined)
      return this.scanner.parseFloat === floatType ? new PyFloat(Number(m[0])) : this.vm.call(this.scanner.parseFloat, [m[0]]);
    if (this.scanner.parseInt !== intType || m[0].length > 4000) return this.vm.call(this.scanner.parseInt, [m[0]]);
    return m[0].length < 16 ? Number(m[0]) + 0 : normInt(BigInt(m[0]));
  }

  /** A value inside of an array or object: its absence is an error of the document. */
  private inner(): Value {
    try {
      return this.value();
    } catch (e) {
      if (isNoValue(e)) throw this.fail("Expecting value", unitOffset(this.text, Number(e.args.items[0])));
      throw e;
    }
  }

  private array(): Value {
    const out: Value[] = [];
    this.skipSpace();
    if (this.text[this.at] === "]") {
      this.at++;
      return new PyList(out);
    }
    for (;;) {
      out.push(this.inner());
      this.skipSpace();
      const c = this.text[this.at];
      if (c === "]") {
        this.at++;
        return new PyList(out);
      }
      if (c !== ",") throw this.fail("Expecting ',' delimiter");
      const comma = this.at++;
      this.skipSpace();
      if (this.text[this.at] === "]") throw this.fail("Illegal trailing comma before end of array", comma);
    }
  }

  private object(): Value {
    const pairs: Value[] = [];
    const dict = new PyDict();
    const asPairs = this.scanner.pairsHook !== null;
    this.skipSpace();
    if (this.text[this.at] !== "}") this.members((k, v) => (asPairs ? void pairs.push(new PyTuple([k, v])) : dict.setStr(k, v)));
    else this.at++;
    if (asPairs) return this.vm.call(this.scanner.pairsHook, [new PyList(pairs)]);
    return this.scanner.objectHook === null ? dict : this.vm.call(this.scanner.objectHook, [dict]);
  }

  private members(put: (key: string, value: Value) => void): void {
    for (;;) {
      if (this.text[this.at] !== '"') throw this.fail("Expecting property name enclosed in double quotes");
      const key = scanString(this.vm, this.text, this.at + 1, this.scanner.strict);
      this.at = key.end;
      this.skipSpace();
      if (this.text[this.at] !== ":") throw this.fail("Expecting ':' delimiter");
      this.at++;
      this.skipSpace();
      put(key.value, this.inner());
      this.skipSpace();
      const c = this.text[this.at];
      if (c === "}") {
        this.at++;
        return;
      }
      if (c !== ",") throw this.fail("Expecting ',' delimiter");
      const comma = this.at++;
      this.skipSpace();
      if (this.text[this.at] === "}") throw this.fail("Illegal trailing comma before end of object", comma);
    }
  }
}

function isNoValue(e: unknown): e is PyBaseException {
  return typeof e === "object" && e !== null && "cls" in e && (e.cls as PyType).name === "StopIteration";
}

function textArgument(v: Value, what: string): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${what} must be a string, not ${typeName(v)}`);
  return s;
}

function scan(vm: VM, self: Value, args: readonly Value[]): Value {
  const [string, index] = args;
  if (string === undefined || index === undefined) throw typeError("scanner takes a string and an index");
  const text = textArgument(string, "first argument");
  const from = toSsize(vm, index);
  if (from < 0) throw newException("ValueError", "idx cannot be negative");
  if (from > strLength(text)) throw stopIteration(from);
  const p = new Parse(vm, self as PyScanner, text, unitOffset(text, from));
  const v = p.value();
  return new PyTuple([v, pointIndex(text, p.at)]);
}

export const scannerType: PyType = defineType({
  name: "Scanner",
  module: "_json",
  js: PyScanner,
  doc: "A JSON scanner.",
  new: ["(context)", (vm: VM, _cls: PyType, context: Value) => new PyScanner(vm, context)],
  slots: { call: (vm, self, args) => scan(vm, self, args) },
  getset: {
    strict: [(_vm: VM, s: PyScanner) => s.strict],
    object_hook: [(_vm: VM, s: PyScanner) => s.objectHook],
    object_pairs_hook: [(_vm: VM, s: PyScanner) => s.pairsHook],
    parse_float: [(_vm: VM, s: PyScanner) => s.parseFloat],
    parse_int: [(_vm: VM, s: PyScanner) => s.parseInt],
    parse_constant: [(_vm: VM, s: PyScanner) => s.parseConstant],
  },
});

/** scanstring(string, end, strict=True) → (str, end) */
export function scanStringFunction(vm: VM, string: Value, end: Value, strict: Value | undefined): Value {
  const text = textArgument(string, "first argument");
  const from = toSsize(vm, end);
  if (from < 0 || from > strLength(text)) throw newException("ValueError", "end is out of bounds");
  const s = scanString(vm, text, unitOffset(text, from), strict === undefined || truthy(vm, strict));
  return new PyTuple([s.value, pointIndex(text, s.end)]);
}
