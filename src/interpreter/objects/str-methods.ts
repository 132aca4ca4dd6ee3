/**
 * The methods of str, except format (str-format.ts) and translate (str-translate.ts). Positions are code point indices.
 * Source: Python library reference "String Methods".
 */
import { type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { encodeText } from "./codecs-core.ts";
import { PyList } from "./list.ts";
import { plainStr, toArray, toIndex, toSsize, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { clampSlice, isIndex } from "./slice.ts";
import { self } from "./str.ts";
import * as cased from "./str-case.ts";
import { codePoints, hasAstral, pointIndex, strLength, unitOffset } from "./str-points.ts";
import { isPrintable } from "./str-repr.ts";
import { extendType, type NativeRow, strType } from "./type.ts";
import * as unicode from "./unicode.ts";
import { PyTuple, type Value } from "./values.ts";

// ---- arguments ------------------------------------------------------------------------------------------------------------------------

function textArg(v: Value, method: string, index: number | undefined): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${method}() argument ${index === undefined ? "" : `${index} `}must be str, not ${typeName(v)}`);
  return s;
}

function bound(vm: VM, v: Value | undefined): number | undefined {
  if (v === undefined || v === null) return undefined;
  if (typeof v === "number") return v;
  if (!isIndex(v)) throw typeError("slice indices must be integers or None or have an __index__ method");
  const i = toIndex(vm, v);
  return typeof i === "number" ? i : i > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

/** The UTF-16 range of s[start:end]; undefined when start lies behind the end (then not even "" is found). */
function unitRange(vm: VM, s: string, start: Value | undefined, end: Value | undefined): { from: number; to: number } | undefined {
  if (start === undefined && end === undefined) return { from: 0, to: s.length };
  const length = strLength(s);
  const from = bound(vm, start);
  const r = clampSlice(from, bound(vm, end), 1, length);
  if ((from ?? 0) > length || r.stop < r.start) return undefined;
  return { from: unitOffset(s, r.start), to: unitOffset(s, r.stop) };
}

// ---- searching --------------------------------------------------------------------------------------------------------------------------

function findUnit(vm: VM, v: Value, method: string, sub: Value, start: Value | undefined, end: Value | undefined): number {
  const s = self(v);
  const needle = textArg(sub, method, 1);
  const range = unitRange(vm, s, start, end);
  if (!range) return -1;
  const at = s.indexOf(needle, range.from);
  return at + needle.length > range.to ? -1 : at;
}

function rfindUnit(vm: VM, v: Value, method: string, sub: Value, start: Value | undefined, end: Value | undefined): number {
  const s = self(v);
  const needle = textArg(sub, method, 1);
  const range = unitRange(vm, s, start, end);
  if (!range || range.to - needle.length < range.from) return -1;
  const at = s.lastIndexOf(needle, range.to - needle.length);
  return at < range.from ? -1 : at;
}

type Finder = typeof findUnit;

const finder =
  (method: string, find: Finder, missing: (() => PyBaseException) | undefined) =>
  (vm: VM, v: Value, sub: Value, start?: Value, end?: Value): number => {
    const at = find(vm, v, method, sub, start, end);
    if (at >= 0) return pointIndex(self(v), at);
    if (missing) throw missing();
    return -1;
  };

const notFound = (): PyBaseException => valueError("substring not found");

function count(vm: VM, v: Value, sub: Value, start?: Value, end?: Value): Value {
  const s = self(v);
  const needle = textArg(sub, "count", 1);
  const range = unitRange(vm, s, start, end);
  if (!range) return 0;
  if (needle === "") return strLength(s.slice(range.from, range.to)) + 1;
  let n = 0;
  for (let at = s.indexOf(needle, range.from); at >= 0 && at + needle.length <= range.to; at = s.indexOf(needle, at + needle.length)) n++;
  return n;
}

function affixTest(method: "startswith" | "endswith") {
  return (vm: VM, v: Value, affix: Value, start?: Value, end?: Value): boolean => {
    const candidates = affix instanceof PyTuple ? affix.items : [affix];
    const s = self(v);
    const range = unitRange(vm, s, start, end);
    for (const c of candidates) {
      const text = plainStr(c);
      if (text === undefined) {
        if (affix instanceof PyTuple) throw typeError(`tuple for ${method} must only contain str, not ${typeName(c)}`);
        throw typeError(`${method} first arg must be str or a tuple of str, not ${typeName(c)}`);
      }
      if (!range || text.length > range.to - range.from) continue;
      if (method === "startswith" ? s.startsWith(text, range.from) : s.endsWith(text, range.to)) return true;
    }
    return false;
  };
}

// ---- splitting and joining ----------------------------------------------------------------------------------------------------------------

function separator(v: Value | undefined): string | undefined {
  if (v === undefined || v === null) return undefined;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`must be str or None, not ${typeName(v)}`);
  if (s === "") throw valueError("empty separator");
  return s;
}

function split(vm: VM, v: Value, sep?: Value, maxsplit?: Value): Value {
  const s = self(v);
  const by = separator(sep);
  const max = maxsplit === undefined ? -1 : toSsize(vm, maxsplit);
  if (by === undefined) return new PyList(splitSpace(s, max));
  if (max < 0) return new PyList(s.split(by));
  const out: string[] = [];
  let from = 0;
  while (out.length < max) {
    const at = s.indexOf(by, from);
    if (at < 0) break;
    out.push(s.slice(from, at));
    from = at + by.length;
  }
  out.push(s.slice(from));
  return new PyList(out);
}

function splitSpace(s: string, max: number): string[] {
  const out: string[] = [];
  for (let i = 0; ; ) {
    while (i < s.length && unicode.isSpaceUnit(s.charCodeAt(i))) i++;
    if (i >= s.length) return out;
    if (max >= 0 && out.length >= max) {
      out.push(s.slice(i));
      return out;
    }
    const start = i;
    while (i < s.length && !unicode.isSpaceUnit(s.charCodeAt(i))) i++;
    out.push(s.slice(start, i));
  }
}

function rsplit(vm: VM, v: Value, sep?: Value, maxsplit?: Value): Value {
  const s = self(v);
  const by = separator(sep);
  const max = maxsplit === undefined ? -1 : toSsize(vm, maxsplit);
  if (max < 0 && by === undefined) return new PyList(splitSpace(s, max));
  const out: string[] = [];
  if (by === undefined) rsplitSpace(s, max, out);
  else {
    let to = s.length;
    while (max < 0 || out.length < max) {
      const at = to < by.length ? -1 : s.lastIndexOf(by, to - by.length);
      if (at < 0) break;
      out.push(s.slice(at + by.length, to));
      to = at;
    }
    out.push(s.slice(0, to));
  }
  return new PyList(out.reverse());
}

function rsplitSpace(s: string, max: number, out: string[]): void {
  for (let i = s.length; ; ) {
    while (i > 0 && unicode.isSpaceUnit(s.charCodeAt(i - 1))) i--;
    if (i === 0) return;
    if (out.length >= max) {
      out.push(s.slice(0, i));
      return;
    }
    const end = i;
    while (i > 0 && !unicode.isSpaceUnit(s.charCodeAt(i - 1))) i--;
    out.push(s.slice(i, end));
  }
}

/** Characters that end a line; "\r\n" counts as one break. */
const BREAKS = "\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029";
/** A line with its line break, if any. */
const LINE = new RegExp(`[^${BREAKS}]*(?:\\r\\n|[${BREAKS}])|[^${BREAKS}]+$`, "g");
const LINE_BREAK = new RegExp(`(?:\\r\\n|[${BREAKS}])$`);

function splitlines(vm: VM, v: Value, keepends?: Value): Value {
  const lines = self(v).match(LINE) ?? [];
  return new PyList(keepends !== undefined && truthy(vm, keepends) ? lines : lines.map((line) => line.replace(LINE_BREAK, "")));
}

function partition(last: boolean) {
  return (_vm: VM, v: Value, sep: Value): Value => {
    const s = self(v);
    const by = plainStr(sep);
    if (by === undefined) throw typeError(`must be str, not ${typeName(sep)}`);
    if (by === "") throw valueError("empty separator");
    const at = last ? s.lastIndexOf(by) : s.indexOf(by);
    if (at < 0) return new PyTuple(last ? ["", "", s] : [s, "", ""]);
    return new PyTuple([s.slice(0, at), by, s.slice(at + by.length)]);
  };
}

function join(vm: VM, v: Value, iterable: Value): Value {
  const items = iterable instanceof PyList || iterable instanceof PyTuple ? iterable.items : joinItems(vm, iterable);
  const texts: string[] = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    const text = typeof item === "string" ? item : plainStr(item);
    if (text === undefined) throw typeError(`sequence item ${i}: expected str instance, ${typeName(item)} found`);
    texts[i] = text;
  }
  return texts.join(self(v));
}

function joinItems(vm: VM, iterable: Value): readonly Value[] {
  const slot = typeOf(iterable).slot;
  if (!slot.iter && !slot.getitem) throw typeError("can only join an iterable");
  return toArray(vm, iterable);
}

// ---- replacing, stripping, padding ----------------------------------------------------------------------------------------------------------

function replace(vm: VM, v: Value, old: Value, replacement: Value, limit?: Value): Value {
  const s = self(v);
  const from = textArg(old, "replace", 1);
  const to = textArg(replacement, "replace", 2);
  const max = limit === undefined ? -1 : toSsize(vm, limit);
  if (max === 0) return s;
  if (from === "") return interleave(s, to, max);
  if (max < 0) return s.includes(from) ? s.split(from).join(to) : s;
  let out = "";
  let at = 0;
  for (let n = 0; n < max; n++) {
    const next = s.indexOf(from, at);
    if (next < 0) break;
    out += s.slice(at, next) + to;
    at = next + from.length;
  }
  return out + s.slice(at);
}

function interleave(s: string, to: string, max: number): string {
  const chars = Array.from(s);
  let out = "";
  for (let i = 0; i <= chars.length; i++) {
    if (max < 0 || i < max) out += to;
    if (i < chars.length) out += chars[i];
  }
  return out;
}

function stripper(method: string, left: boolean, right: boolean) {
  return (_vm: VM, v: Value, chars?: Value): string => {
    const s = self(v);
    if (chars === undefined || chars === null)
      return left ? (right ? unicode.stripSpace(s) : unicode.stripSpaceLeft(s)) : unicode.stripSpaceRight(s);
    const set = plainStr(chars);
    if (set === undefined) throw typeError(`${method} arg must be None or str`);
    return stripChars(s, set, left, right);
  };
}

function stripChars(s: string, set: string, left: boolean, right: boolean): string {
  if (hasAstral(s) || hasAstral(set)) {
    const points = codePoints(s);
    const members = new Set(set);
    let [from, to] = [0, points.length];
    if (left) while (from < to && members.has(points[from]!)) from++;
    if (right) while (to > from && members.has(points[to - 1]!)) to--;
    return points.slice(from, to).join("");
  }
  let [from, to] = [0, s.length];
  if (left) while (from < to && set.includes(s[from]!)) from++;
  if (right) while (to > from && set.includes(s[to - 1]!)) to--;
  return s.slice(from, to);
}

function fillChar(v: Value | undefined): string {
  if (v === undefined) return " ";
  const s = plainStr(v);
  if (s === undefined) throw typeError(`The fill character must be a unicode character, not ${typeName(v)}`);
  if (strLength(s) !== 1) throw typeError("The fill character must be exactly one character long");
  return s;
}

/** Left padding of `center`: the odd character goes left when the width is odd. */
const justifier =
  (leftPart: (missing: number, width: number) => number) =>
  (vm: VM, v: Value, width: Value, fillchar?: Value): Value => {
    const s = self(v);
    const w = toSsize(vm, width);
    const fill = fillChar(fillchar);
    const missing = w - strLength(s);
    if (missing <= 0) return s;
    const left = leftPart(missing, w);
    return fill.repeat(left) + s + fill.repeat(missing - left);
  };

function zfill(vm: VM, v: Value, width: Value): Value {
  const s = self(v);
  const missing = toSsize(vm, width) - strLength(s);
  if (missing <= 0) return s;
  const signed = s.startsWith("+") || s.startsWith("-");
  return (signed ? s[0]! : "") + "0".repeat(missing) + (signed ? s.slice(1) : s);
}

function expandtabs(vm: VM, v: Value, tabsize?: Value): Value {
  const size = tabsize === undefined ? 8 : toSsize(vm, tabsize);
  let column = 0;
  let out = "";
  for (const c of self(v)) {
    if (c === "\t") {
      const n = size > 0 ? size - (column % size) : 0;
      out += " ".repeat(n);
      column += n;
    } else {
      out += c;
      column = c === "\n" || c === "\r" ? 0 : column + 1;
    }
  }
  return out;
}

function removePrefix(_vm: VM, v: Value, prefix: Value): Value {
  const s = self(v);
  const p = textArg(prefix, "removeprefix", undefined);
  return s.startsWith(p) ? s.slice(p.length) : s;
}

function removeSuffix(_vm: VM, v: Value, suffix: Value): Value {
  const s = self(v);
  const p = textArg(suffix, "removesuffix", undefined);
  return p !== "" && s.endsWith(p) ? s.slice(0, -p.length) : s;
}

function encode(vm: VM, v: Value, encoding?: Value, errors?: Value): Value {
  const name = (x: Value | undefined, which: string): string | undefined => {
    if (x === undefined) return undefined;
    const s = plainStr(x);
    if (s === undefined) throw typeError(`encode() argument '${which}' must be str, not ${typeName(x)}`);
    return s;
  };
  return encodeText(vm, self(v), name(encoding, "encoding"), name(errors, "errors"));
}

// ---- table ----------------------------------------------------------------------------------------------------------------------------------

const NO_ARGS = "($self, /)";

const mapping = (f: (s: string) => string, doc: string): NativeRow => [NO_ARGS, (_vm: VM, v: Value) => f(self(v)), doc];
const predicate = (f: (s: string) => boolean, doc: string): NativeRow => [NO_ARGS, (_vm: VM, v: Value) => f(self(v)), doc];

const SEARCH = "($self, sub[, start[, end]], /)";

extendType(strType, {
  methods: {
    encode: ["($self, /, encoding='utf-8', errors='strict')", encode, "The text as bytes."],
    find: [SEARCH, finder("find", findUnit, undefined), "Lowest index of a substring, or -1."],
    rfind: [SEARCH, finder("rfind", rfindUnit, undefined), "Highest index of a substring, or -1."],
    index: [SEARCH, finder("index", findUnit, notFound), "Lowest index of a substring; ValueError when there is none."],
    rindex: [SEARCH, finder("rindex", rfindUnit, notFound), "Highest index of a substring; ValueError when there is none."],
    count: [SEARCH, count, "Number of occurrences that do not overlap."],
    startswith: ["($self, prefix[, start[, end]], /)", affixTest("startswith"), "Whether the text starts with a prefix or one of a tuple."],
    endswith: ["($self, suffix[, start[, end]], /)", affixTest("endswith"), "Whether the text ends with a suffix or one of a tuple."],
    split: ["($self, /, sep=None, maxsplit=-1)", split, "The parts between separators, or between runs of white space."],
    rsplit: ["($self, /, sep=None, maxsplit=-1)", rsplit, "As split, but splitting from the right."],
    splitlines: ["($self, /, keepends=False)", splitlines, "The lines."],
    partition: ["($self, sep, /)", partition(false), "The parts before and behind the first separator, with it between them."],
    rpartition: ["($self, sep, /)", partition(true), "The parts before and behind the last separator, with it between them."],
    join: ["($self, iterable, /)", join, "The strings of an iterable with this text between them."],
    replace: ["($self, old, new, /, count=-1)", replace, "Every occurrence (at most count) replaced."],
    strip: ["($self, chars=None, /)", stripper("strip", true, true), "Without white space, or the characters given, at both ends."],
    lstrip: ["($self, chars=None, /)", stripper("lstrip", true, false), "Without white space, or the characters given, on the left."],
    rstrip: ["($self, chars=None, /)", stripper("rstrip", false, true), "Without white space, or the characters given, on the right."],
    center: ["($self, width, fillchar=' ', /)", justifier((m, w) => (m >> 1) + (m & w & 1)), "Padded on both sides."],
    ljust: ["($self, width, fillchar=' ', /)", justifier(() => 0), "Padded on the right."],
    rjust: ["($self, width, fillchar=' ', /)", justifier((m) => m), "Padded on the left."],
    zfill: ["($self, width, /)", zfill, "Padded with zeros behind the sign."],
    expandtabs: ["($self, /, tabsize=8)", expandtabs, "Tabs replaced by spaces."],
    removeprefix: ["($self, prefix, /)", removePrefix, "Without the prefix, if it is there."],
    removesuffix: ["($self, suffix, /)", removeSuffix, "Without the suffix, if it is there."],
    lower: mapping((s) => s.toLowerCase(), "Lower case."),
    upper: mapping((s) => s.toUpperCase(), "Upper case."),
    title: mapping(cased.title, "Every word starting with a title case letter, the rest lower case."),
    capitalize: mapping(cased.capitalize, "First character title case, the rest lower case."),
    swapcase: mapping(cased.swapCase, "Upper and lower case exchanged."),
    casefold: mapping(cased.caseFold, "Folded for caseless comparison."),
    islower: predicate(cased.isLower, "Whether there are cased characters and all are lower case."),
    isupper: predicate(cased.isUpper, "Whether there are cased characters and all are upper case."),
    istitle: predicate(cased.isTitle, "Whether every word starts with a capital and goes on in lower case."),
    isalpha: predicate(unicode.isAlpha, "Whether all characters are letters."),
    isalnum: predicate(unicode.isAlnum, "Whether all characters are letters or numeric."),
    isdecimal: predicate(unicode.isDecimal, "Whether all characters are decimal digits."),
    isdigit: predicate(unicode.isDigit, "Whether all characters are digits."),
    isnumeric: predicate(unicode.isNumeric, "Whether all characters are numeric."),
    isspace: predicate(unicode.isSpaceText, "Whether all characters are white space."),
    isprintable: predicate(isPrintable, "Whether all characters are printable."),
    isidentifier: predicate(unicode.isIdentifier, "Whether the text is a valid identifier."),
    isascii: predicate(unicode.isAscii, "Whether all characters are ASCII."),
  },
});
