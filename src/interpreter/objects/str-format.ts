/**
 * str.format and str.format_map: parsing of replacement fields and their evaluation.
 * Sources: PEP 3101, library reference "Format String Syntax". `parseFormat` and `splitFieldName` also serve the _string module.
 */
import { indexError, keyError, valueError } from "../builtins/exceptions.ts";
import { format } from "./format.ts";
import { readDigits } from "./format-spec.ts";
import { getAttr, getItem, plainStr, repr, str } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { asciiText } from "./str-repr.ts";
import { extendType, strType } from "./type.ts";
import { normInt, type PyInt, type Value } from "./values.ts";

/** Literal text and the field behind it; the last piece may have no field. */
export interface FormatPiece {
  readonly literal: string;
  readonly field: { readonly name: string; readonly conversion: string; readonly spec: string } | undefined;
}

/** The pieces of a format string, produced lazily so that errors come when CPython raises them. */
export function* parseFormat(text: string): IterableIterator<FormatPiece> {
  let i = 0;
  while (i < text.length) {
    let literal = "";
    let open = false;
    for (; i < text.length && !open; i++) {
      const c = text[i]!;
      if (c !== "{" && c !== "}") literal += c;
      else if (text[i + 1] === c) {
        literal += c;
        i++;
      } else if (c === "}" || i + 1 === text.length) throw valueError(`Single '${c}' encountered in format string`);
      else open = true;
    }
    if (!open) {
      yield { literal, field: undefined };
      return;
    }
    const { field, next } = readField(text, i);
    i = next;
    yield { literal, field };
  }
}

/** The field that begins behind an opening brace, and the position behind its closing brace. */
function readField(text: string, start: number): { field: NonNullable<FormatPiece["field"]>; next: number } {
  let i = start;
  for (let bracket = false; ; i++) {
    if (i >= text.length) throw valueError("expected '}' before end of string");
    const c = text[i]!;
    if (c === "{") throw valueError("unexpected '{' in field name");
    if (c === "[") bracket = true;
    else if (c === "]") bracket = false;
    else if (!bracket && (c === "}" || c === ":" || c === "!")) break;
  }
  const name = text.slice(start, i);
  let conversion = "";
  if (text[i] === "}") return { field: { name, conversion, spec: "" }, next: i + 1 };
  if (text[i] === "!") {
    if (i + 1 >= text.length) throw valueError("end of string while looking for conversion specifier");
    conversion = String.fromCodePoint(text.codePointAt(i + 1)!);
    i += 1 + conversion.length;
    if (text[i] === "}") return { field: { name, conversion, spec: "" }, next: i + 1 };
    if (i < text.length && text[i] !== ":") throw valueError("expected ':' after conversion specifier");
  }
  const specStart = i + 1;
  let depth = 1;
  for (i = specStart; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return { field: { name, conversion, spec: text.slice(specStart, i) }, next: i + 1 };
  }
  throw valueError("unmatched '{' in format spec");
}

export interface FieldStep {
  readonly isAttribute: boolean;
  readonly key: PyInt | string;
}

/** "0.name[key]" → first part (an int when it is all digits) and the steps behind it. */
export function splitFieldName(name: string): { first: PyInt | string; steps: IterableIterator<FieldStep> } {
  const m = /^[^.[]*/.exec(name)!;
  return { first: integerOr(m[0]), steps: fieldSteps(name, m[0].length) };
}

function* fieldSteps(name: string, start: number): IterableIterator<FieldStep> {
  let i = start;
  while (i < name.length) {
    if (name[i] === ".") {
      const attribute = /^[^.[]*/.exec(name.slice(i + 1))![0];
      if (attribute === "") throw valueError("Empty attribute in format string");
      yield { isAttribute: true, key: attribute };
      i += 1 + attribute.length;
    } else if (name[i] === "[") {
      const close = name.indexOf("]", i);
      if (close < 0) throw valueError("Missing ']' in format string");
      const key = name.slice(i + 1, close);
      if (key === "") throw valueError("Empty attribute in format string");
      yield { isAttribute: false, key: integerOr(key) };
      i = close + 1;
    } else throw valueError("Only '.' or '[' may follow ']' in format field specifier");
  }
}

/** Text of digits only as an int. */
function integerOr(text: string): PyInt | string {
  if (text === "") return text;
  const { value, next } = readDigits(text, 0);
  return value >= 0 && next === text.length ? (Number.isSafeInteger(value) ? value : normInt(BigInt(text))) : text;
}

/** Where fields take their values from. */
interface Source {
  positional(index: PyInt): Value;
  named(key: string): Value;
}

/** Automatic numbering is a state of one format() call. */
class Numbering {
  private next = 0;
  private mode: "automatic" | "manual" | undefined = undefined;

  automatic(): number {
    if (this.mode === "manual") throw valueError("cannot switch from manual field specification to automatic field numbering");
    this.mode = "automatic";
    return this.next++;
  }
  manual(): void {
    if (this.mode === "automatic") throw valueError("cannot switch from automatic field numbering to manual field specification");
    this.mode = "manual";
  }
}

/** Fields in a format spec may not have fields in their own spec. */
const MAX_DEPTH = 1;

function render(vm: VM, text: string, source: Source, numbering: Numbering, depth: number): string {
  if (depth < 0) throw valueError("Max string recursion exceeded");
  let out = "";
  for (const { literal, field } of parseFormat(text)) {
    out += literal;
    if (!field) continue;
    const value = convert(vm, fieldValue(vm, field.name, source, numbering), field.conversion);
    const spec = field.spec.includes("{") || field.spec.includes("}") ? render(vm, field.spec, source, numbering, depth - 1) : field.spec;
    out += format(vm, value, spec);
  }
  return out;
}

function fieldValue(vm: VM, name: string, source: Source, numbering: Numbering): Value {
  const { first, steps } = splitFieldName(name);
  let value: Value;
  if (first === "") value = source.positional(numbering.automatic());
  else if (typeof first === "string") value = source.named(first);
  else {
    numbering.manual();
    value = source.positional(first);
  }
  for (const step of steps) value = step.isAttribute ? getAttr(vm, value, String(step.key)) : getItem(vm, value, step.key);
  return value;
}

/** !r, !s, !a. */
export function convert(vm: VM, v: Value, conversion: string): Value {
  switch (conversion) {
    case "":
      return v;
    case "r":
      return repr(vm, v);
    case "s":
      return str(vm, v);
    case "a":
      return asciiText(repr(vm, v));
    default: {
      const cp = conversion.codePointAt(0)!;
      throw valueError(`Unknown conversion specifier ${cp > 32 && cp < 127 ? conversion : `\\x${cp.toString(16)}`}`);
    }
  }
}

function strFormat(vm: VM, self: Value, args: Value[], kwargs: Map<string, Value>): Value {
  const source: Source = {
    positional(index) {
      const v = args[Number(index)];
      if (v === undefined) throw indexError(`Replacement index ${index} out of range for positional args tuple`);
      return v;
    },
    named(key) {
      const v = kwargs.get(key);
      if (v === undefined) throw keyError(key);
      return v;
    },
  };
  return render(vm, plainStr(self)!, source, new Numbering(), MAX_DEPTH);
}

function strFormatMap(vm: VM, self: Value, mapping: Value): Value {
  const source: Source = {
    positional() {
      throw valueError("Format string contains positional fields");
    },
    named: (key) => getItem(vm, mapping, key),
  };
  return render(vm, plainStr(self)!, source, new Numbering(), MAX_DEPTH);
}

extendType(strType, {
  methods: {
    format: ["($self, /, *args, **kwargs)", strFormat, "The text with its replacement fields filled from the arguments."],
    format_map: ["($self, mapping, /)", strFormatMap, "The text with its replacement fields filled from a mapping."],
  },
});
