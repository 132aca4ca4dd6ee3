/** Module unicodedata: the Unicode Character Database, version 16.0, and the old version 3.2 that stringprep needs. Source: library reference "unicodedata". */
import { keyError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { installCharacterNames } from "../objects/codecs-errors.ts";
import { needStr, plainStr, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { strLength } from "../objects/str-points.ts";
import { defineType, type NativeRow } from "../objects/type.ts";
import { decimalValue } from "../objects/unicode.ts";
import { PyFloat, PyObject, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";
import { characterNames, type RunTable, type UnicodeProperties, unicodeProperties } from "./unicode-assets.ts";

installCharacterNames({
  nameOf: (vm, cp) => characterNames(vm).nameOf(cp),
  lookup: (vm, name) => characterNames(vm).character(name),
});

/** Code point of a one-character argument. `first` tells whether further arguments follow (the message then numbers this one). */
function character(name: string, v: Value, first: boolean): number {
  const place = first ? "argument 1" : "argument";
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${name}() ${place} must be a unicode character, not ${typeName(v)}`);
  const cp = s.codePointAt(0);
  if (cp === undefined || strLength(s) !== 1)
    throw typeError(`${name}(): ${place} must be a unicode character, not a string of length ${strLength(s)}`);
  return cp;
}

const FORMS = ["NFC", "NFD", "NFKC", "NFKD"];

function normalized(form: Value, text: Value, name: string): { before: string; after: string } {
  const f = needStr(form, `${name}() argument 1`);
  const before = needStr(text, `${name}() argument 2`);
  if (!FORMS.includes(f)) throw valueError("invalid normalization form");
  return { before, after: before.normalize(f) };
}

/** A property kept as runs. */
function run(name: string, table: (p: UnicodeProperties) => RunTable, convert: (s: string) => Value, doc: string): [string, NativeRow] {
  return [name, ["(chr, /)", (vm: VM, chr: Value) => convert(table(unicodeProperties(vm)).get(character(name, chr, false))), doc]];
}

const text = (s: string): Value => s;

/** A value that not every character has: an optional default replaces the error. */
function optional(
  name: string,
  find: (vm: VM, cp: number) => Value | undefined,
  missing: () => PyBaseException,
  doc: string,
): [string, NativeRow] {
  const get = (vm: VM, chr: Value, instead?: Value): Value => {
    const v = find(vm, character(name, chr, true)) ?? instead;
    if (v === undefined) throw missing();
    return v;
  };
  return [name, ["(chr, default=<unrepresentable>, /)", get, doc]];
}

function decimal(_vm: VM, cp: number): Value | undefined {
  const d = decimalValue(cp);
  return d < 0 ? undefined : d;
}

function digit(vm: VM, cp: number): Value | undefined {
  const other = unicodeProperties(vm).numeric.get(cp);
  return decimal(vm, cp) ?? (other?.isDigit ? other.value : undefined);
}

function numeric(vm: VM, cp: number): Value | undefined {
  const d = decimalValue(cp);
  const v = d >= 0 ? d : unicodeProperties(vm).numeric.get(cp)?.value;
  return v === undefined ? undefined : new PyFloat(v);
}

function lookup(vm: VM, name: Value): Value {
  const wanted = needStr(name, "lookup() argument");
  const found = characterNames(vm).lookup(wanted);
  if (found === undefined) throw keyError(`undefined character name '${wanted}'`);
  return found;
}

const FUNCTIONS: Record<string, NativeRow> = Object.fromEntries([
  run("category", (p) => p.category, text, "General category."),
  run("bidirectional", (p) => p.bidirectional, text, "Bidirectional class."),
  run("combining", (p) => p.combining, Number, "Canonical combining class."),
  run("mirrored", (p) => p.mirrored, Number, "Whether the character is mirrored in right-to-left text."),
  run("east_asian_width", (p) => p.width, text, "Width in East Asian text."),
  optional("decimal", decimal, () => valueError("not a decimal"), "Value of a decimal digit."),
  optional("digit", digit, () => valueError("not a digit"), "Value of a digit."),
  optional("numeric", numeric, () => valueError("not a numeric character"), "Numeric value."),
  optional(
    "name",
    (vm, cp) => characterNames(vm).nameOf(cp),
    () => valueError("no such name"),
    "Name of the character.",
  ),
  ["lookup", ["(name, /)", lookup, "Character or sequence of a name."]],
  [
    "decomposition",
    [
      "(chr, /)",
      (vm: VM, chr: Value) => unicodeProperties(vm).decomposition.get(character("decomposition", chr, false)) ?? "",
      "Decomposition mapping.",
    ],
  ],
  [
    "normalize",
    ["(form, unistr, /)", (_vm: VM, form: Value, s: Value) => normalized(form, s, "normalize").after, "The text in a normal form."],
  ],
  [
    "is_normalized",
    [
      "(form, unistr, /)",
      (_vm: VM, form: Value, s: Value) => {
        const { before, after } = normalized(form, s, "is_normalized");
        return before === after;
      },
      "Whether the text is in a normal form.",
    ],
  ],
] satisfies [string, NativeRow][]);

/** The database as an object: version 3.2 differs here in the categories only, which tell what was assigned then. */
class PyUcd extends PyObject {}

function asMethod([signature, fn, doc]: NativeRow): NativeRow {
  const call = fn as (vm: VM, ...args: unknown[]) => Value;
  return [signature.replace("(", "($self, "), (vm: VM, _self: Value, ...args: unknown[]) => call(vm, ...args), doc ?? ""];
}

const oldCategory = (vm: VM, chr: Value): Value => unicodeProperties(vm).oldCategory.get(character("category", chr, false));

defineType({
  name: "UCD",
  module: "unicodedata",
  js: PyUcd,
  subclassable: false,
  methods: {
    ...Object.fromEntries(Object.entries(FUNCTIONS).map(([name, row]) => [name, asMethod(row)])),
    category: asMethod(["(chr, /)", oldCategory, "General category in Unicode 3.2."]),
  },
  getset: { unidata_version: [() => "3.2.0", undefined, "Version of the database."] },
});

export const unicodedata: NativeModule = {
  name: "unicodedata",
  doc: "The Unicode Character Database.",
  functions: FUNCTIONS,
  values: () => ({ unidata_version: "16.0.0", ucd_3_2_0: new PyUcd() }),
};
