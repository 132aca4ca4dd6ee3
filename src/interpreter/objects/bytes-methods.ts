/**
 * The methods that bytes and bytearray share. Each works on the receiver's memory and wraps results with `make`, so that bytes give bytes and
 * bytearrays bytearrays. Text-like transformations run on a Latin-1 string of the same bytes, where V8 is fast.
 * Source: Python library reference "Bytes and Bytearray Operations".
 */
import { type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf, getBuffer, needBytes } from "./buffer.ts";
import { findBytes, matchesAt, rfindBytes } from "./bytes-search.ts";
import { hexText } from "./bytes-text.ts";
import { latinBytes, latinText } from "./codecs-charmap.ts";
import { decodeBytes } from "./codecs-core.ts";
import { concat } from "./codecs-utf.ts";
import { PyList } from "./list.ts";
import { plainStr, toArray, toIndex, toSsize, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { clampSlice, isIndex } from "./slice.ts";
import type { NativeRow } from "./type.ts";
import { PyBytes, PyTuple, type Value } from "./values.ts";

/** The receiver's bytes. */
const own = (v: Value): Uint8Array => bytesOf(v)!;
const text = (v: Value): string => latinText(own(v));

/** A byte value: an int in range(256). */
export function byteValue(vm: VM, v: Value, noun = "byte"): number {
  const i = toIndex(vm, v);
  if (i < 0 || i > 255) throw valueError(`${noun} must be in range(0, 256)`);
  return Number(i);
}

// ---- searching --------------------------------------------------------------------------------------------------------------------------

/** What is searched for: a run of bytes, or one byte given as int. */
function needleOf(vm: VM, v: Value): Uint8Array {
  const data = bytesOf(v);
  if (data) return data;
  if (!isIndex(v)) throw typeError(`argument should be integer or bytes-like object, not '${typeName(v)}'`);
  return Uint8Array.of(byteValue(vm, v));
}

function bound(vm: VM, v: Value | undefined): number | undefined {
  if (v === undefined || v === null) return undefined;
  if (!isIndex(v)) throw typeError("slice indices must be integers or None or have an __index__ method");
  const i = toIndex(vm, v);
  return typeof i === "number" ? i : i > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

function range(vm: VM, length: number, start: Value | undefined, end: Value | undefined): { from: number; to: number } | undefined {
  const first = bound(vm, start);
  const r = clampSlice(first, bound(vm, end), 1, length);
  return (first ?? 0) > length || r.stop < r.start ? undefined : { from: r.start, to: r.stop };
}

function finder(find: typeof findBytes, missing?: () => PyBaseException) {
  return (vm: VM, v: Value, sub: Value, start?: Value, end?: Value): number => {
    const data = own(v);
    const needle = needleOf(vm, sub);
    const r = range(vm, data.length, start, end);
    const at = r ? find(data, needle, r.from, r.to) : -1;
    if (at < 0 && missing) throw missing();
    return at;
  };
}

const notFound = (): PyBaseException => valueError("subsection not found");

function count(vm: VM, v: Value, sub: Value, start?: Value, end?: Value): Value {
  const data = own(v);
  const needle = needleOf(vm, sub);
  const r = range(vm, data.length, start, end);
  if (!r) return 0;
  if (needle.length === 0) return r.to - r.from + 1;
  let n = 0;
  for (let i = findBytes(data, needle, r.from, r.to); i >= 0; i = findBytes(data, needle, i + needle.length, r.to)) n++;
  return n;
}

function affixTest(method: "startswith" | "endswith") {
  return (vm: VM, v: Value, affix: Value, start?: Value, end?: Value): boolean => {
    const data = own(v);
    if (!(affix instanceof PyTuple) && !getBuffer(affix))
      throw typeError(`${method} first arg must be bytes or a tuple of bytes, not ${typeName(affix)}`);
    const r = range(vm, data.length, start, end);
    for (const c of affix instanceof PyTuple ? affix.items : [affix]) {
      const part = needBytes(c);
      if (!r || part.length > r.to - r.from) continue;
      if (matchesAt(data, part, method === "startswith" ? r.from : r.to - part.length)) return true;
    }
    return false;
  };
}

/** `item in bytes`: a byte or a run of bytes. */
export function containsBytes(vm: VM, data: Uint8Array, item: Value): boolean {
  if (isIndex(item)) return data.includes(byteValue(vm, item));
  return findBytes(data, needBytes(item), 0, data.length) >= 0;
}

// ---- the table ------------------------------------------------------------------------------------------------------------------------------

export type MakeBytes = (data: Uint8Array) => Value;

const WHITE = "\\t-\\r ";
const isWhite = (b: number): boolean => b === 32 || (b >= 9 && b <= 13);

function separatorOf(v: Value): Uint8Array {
  const sep = needBytes(v);
  if (sep.length === 0) throw valueError("empty separator");
  return sep;
}

const separator = (v: Value | undefined): Uint8Array | undefined => (v === undefined || v === null ? undefined : separatorOf(v));

function splitSpace(data: Uint8Array, max: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; ; ) {
    while (i < data.length && isWhite(data[i]!)) i++;
    if (i >= data.length) return out;
    if (max >= 0 && out.length >= max) {
      out.push(data.subarray(i));
      return out;
    }
    const start = i;
    while (i < data.length && !isWhite(data[i]!)) i++;
    out.push(data.subarray(start, i));
  }
}

function rsplitSpace(data: Uint8Array, max: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = data.length; ; ) {
    while (i > 0 && isWhite(data[i - 1]!)) i--;
    if (i === 0) break;
    if (max >= 0 && out.length >= max) {
      out.push(data.subarray(0, i));
      break;
    }
    const end = i;
    while (i > 0 && !isWhite(data[i - 1]!)) i--;
    out.push(data.subarray(i, end));
  }
  return out.reverse();
}

function splitOn(data: Uint8Array, sep: Uint8Array, max: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  let from = 0;
  while (max < 0 || out.length < max) {
    const at = findBytes(data, sep, from, data.length);
    if (at < 0) break;
    out.push(data.subarray(from, at));
    from = at + sep.length;
  }
  out.push(data.subarray(from));
  return out;
}

function rsplitOn(data: Uint8Array, sep: Uint8Array, max: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  let to = data.length;
  while (max < 0 || out.length < max) {
    const at = rfindBytes(data, sep, 0, to);
    if (at < 0) break;
    out.push(data.subarray(at + sep.length, to));
    to = at;
  }
  out.push(data.subarray(0, to));
  return out.reverse();
}

function strip(data: Uint8Array, set: Uint8Array | undefined, left: boolean, right: boolean): Uint8Array {
  const member = set ? (b: number) => set.includes(b) : isWhite;
  let [from, to] = [0, data.length];
  if (left) while (from < to && member(data[from]!)) from++;
  if (right) while (to > from && member(data[to - 1]!)) to--;
  return data.subarray(from, to);
}

function replaceBytes(data: Uint8Array, from: Uint8Array, to: Uint8Array, max: number): Uint8Array {
  if (max === 0) return data.slice();
  if (from.length === 0) {
    const parts: Uint8Array[] = [];
    for (let i = 0; i <= data.length; i++) {
      if (max < 0 || i < max) parts.push(to);
      parts.push(data.subarray(i, i + 1));
    }
    return concat(parts);
  }
  const pieces = splitOn(data, from, max);
  return concat(pieces.flatMap((p, i) => (i === 0 ? [p] : [to, p])));
}

export function joinBytes(vm: VM, sep: Uint8Array, iterable: Value): Uint8Array {
  const slot = typeOf(iterable).slot;
  if (!slot.iter && !slot.getitem) throw typeError("can only join an iterable");
  const parts: Uint8Array[] = [];
  toArray(vm, iterable).forEach((item, i) => {
    const data = bytesOf(item);
    if (data === undefined) throw typeError(`sequence item ${i}: expected a bytes-like object, ${typeName(item)} found`);
    if (i > 0 && sep.length > 0) parts.push(sep);
    parts.push(data);
  });
  return concat(parts);
}

function translate(data: Uint8Array, table: Value, remove: Value | undefined): Uint8Array {
  const map = table === null ? undefined : needBytes(table);
  if (map && map.length !== 256) throw valueError("translation table must be 256 characters long");
  const gone = remove === undefined ? undefined : needBytes(remove);

  const kept = gone && gone.length > 0 ? data.filter((b) => !gone.includes(b)) : data.slice();
  return map ? kept.map((b) => map[b]!) : kept;
}

export function maketrans(_vm: VM, from: Value, to: Value): Value {
  const a = needBytes(from);
  const b = needBytes(to);
  if (a.length !== b.length) throw valueError("maketrans arguments must have same length");
  const table = Uint8Array.from({ length: 256 }, (_, i) => i);
  a.forEach((c, i) => {
    table[c] = b[i]!;
  });
  return new PyBytes(table);
}

function fillByte(method: string, v: Value | undefined): number {
  if (v === undefined) return 32;
  const data = v instanceof PyBytes || typeName(v) === "bytearray" ? bytesOf(v) : undefined;
  if (data === undefined) throw typeError(`${method}() argument 2 must be a byte string of length 1, not ${typeName(v)}`);
  if (data.length !== 1)
    throw typeError(`${method}(): argument 2 must be a byte string of length 1, not a ${typeName(v)} object of length ${data.length}`);
  return data[0]!;
}

function padded(data: Uint8Array, left: number, right: number, fill: number): Uint8Array {
  const out = new Uint8Array(left + data.length + right).fill(fill);
  out.set(data, left);
  return out;
}

function expandTabs(s: string, size: number): string {
  let column = 0;
  let out = "";
  for (const c of s) {
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

const upperAscii = (s: string): string => s.replace(/[a-z]+/g, (w) => w.toUpperCase());
const lowerAscii = (s: string): string => s.replace(/[A-Z]+/g, (w) => w.toLowerCase());

const NO_ARGS = "($self, /)";
const SEARCH = "($self, sub[, start[, end]], /)";

export function bytesMethods(make: MakeBytes): Record<string, NativeRow> {
  const list = (parts: readonly Uint8Array[]): Value => new PyList(parts.map((p) => make(p.slice())));
  const mapping = (f: (s: string) => string, doc: string): NativeRow => [NO_ARGS, (_vm: VM, v: Value) => make(latinBytes(f(text(v)))), doc];
  const predicate = (re: RegExp, doc: string): NativeRow => [NO_ARGS, (_vm: VM, v: Value) => re.test(text(v)), doc];
  const stripper = (left: boolean, right: boolean, doc: string): NativeRow => [
    "($self, bytes=None, /)",
    (_vm: VM, v: Value, set?: Value) =>
      make(strip(own(v), set === undefined || set === null ? undefined : needBytes(set), left, right).slice()),
    doc,
  ];
  const justifier = (method: string, leftPart: (missing: number, width: number) => number, doc: string): NativeRow => [
    "($self, width, fillchar=b' ', /)",
    (vm: VM, v: Value, width: Value, fill?: Value) => {
      const w = toSsize(vm, width);
      const b = fillByte(method, fill);
      const data = own(v);
      const missing = w - data.length;
      if (missing <= 0) return make(data.slice());
      const left = leftPart(missing, w);
      return make(padded(data, left, missing - left, b));
    },
    doc,
  ];
  const splitter = (spaces: typeof splitSpace, on: typeof splitOn, doc: string): NativeRow => [
    "($self, /, sep=None, maxsplit=-1)",
    (vm: VM, v: Value, sep?: Value, maxsplit?: Value) => {
      const by = separator(sep);
      const max = maxsplit === undefined ? -1 : toSsize(vm, maxsplit);
      return list(by ? on(own(v), by, max) : spaces(own(v), max));
    },
    doc,
  ];
  const partition = (last: boolean, doc: string): NativeRow => [
    "($self, sep, /)",
    (_vm: VM, v: Value, sep: Value) => {
      const data = own(v);
      const by = separatorOf(sep);
      const at = last ? rfindBytes(data, by, 0, data.length) : findBytes(data, by, 0, data.length);
      const empty = new Uint8Array(0);
      const parts =
        at < 0 ? (last ? [empty, empty, data] : [data, empty, empty]) : [data.subarray(0, at), by, data.subarray(at + by.length)];
      return new PyTuple(parts.map((p) => make(p.slice())));
    },
    doc,
  ];
  return {
    find: [SEARCH, finder(findBytes), "Lowest index of a run of bytes, or -1."],
    rfind: [SEARCH, finder(rfindBytes), "Highest index of a run of bytes, or -1."],
    index: [SEARCH, finder(findBytes, notFound), "Lowest index of a run of bytes; ValueError when there is none."],
    rindex: [SEARCH, finder(rfindBytes, notFound), "Highest index of a run of bytes; ValueError when there is none."],
    count: [SEARCH, count, "Number of occurrences that do not overlap."],
    startswith: ["($self, prefix[, start[, end]], /)", affixTest("startswith"), "Whether the bytes start with a prefix or one of a tuple."],
    endswith: ["($self, suffix[, start[, end]], /)", affixTest("endswith"), "Whether the bytes end with a suffix or one of a tuple."],
    split: splitter(splitSpace, splitOn, "The parts between separators, or between runs of white space."),
    rsplit: splitter(rsplitSpace, rsplitOn, "As split, but splitting from the right."),
    splitlines: [
      "($self, /, keepends=False)",
      (vm: VM, v: Value, keepends?: Value) => {
        const lines = text(v).match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
        const keep = keepends !== undefined && truthy(vm, keepends);
        return new PyList(lines.map((line) => make(latinBytes(keep ? line : line.replace(/[\r\n]+$/, "")))));
      },
      "The lines.",
    ],
    partition: partition(false, "The parts before and behind the first separator, with it between them."),
    rpartition: partition(true, "The parts before and behind the last separator, with it between them."),
    join: [
      "($self, iterable_of_bytes, /)",
      (vm: VM, v: Value, items: Value) => make(joinBytes(vm, own(v), items)),
      "The items with these bytes between them.",
    ],
    replace: [
      "($self, old, new, count=-1, /)",
      (vm: VM, v: Value, from: Value, to: Value, max?: Value) =>
        make(replaceBytes(own(v), needBytes(from), needBytes(to), max === undefined ? -1 : toSsize(vm, max))),
      "Every occurrence (at most count) replaced.",
    ],
    strip: stripper(true, true, "Without white space, or the bytes given, at both ends."),
    lstrip: stripper(true, false, "Without white space, or the bytes given, on the left."),
    rstrip: stripper(false, true, "Without white space, or the bytes given, on the right."),
    center: justifier("center", (m, w) => (m >> 1) + (m & w & 1), "Padded on both sides."),
    ljust: justifier("ljust", () => 0, "Padded on the right."),
    rjust: justifier("rjust", (m) => m, "Padded on the left."),
    zfill: [
      "($self, width, /)",
      (vm: VM, v: Value, width: Value) => {
        const s = text(v);
        const missing = toSsize(vm, width) - s.length;
        const sign = /^[+-]/.test(s) ? s[0]! : "";
        return make(latinBytes(missing <= 0 ? s : sign + "0".repeat(missing) + s.slice(sign.length)));
      },
      "Padded with zeros behind the sign.",
    ],
    expandtabs: [
      "($self, /, tabsize=8)",
      (vm: VM, v: Value, size?: Value) => make(latinBytes(expandTabs(text(v), size === undefined ? 8 : toSsize(vm, size)))),
      "Tabs replaced by spaces.",
    ],
    translate: [
      "($self, table, /, delete=b'')",
      (_vm: VM, v: Value, table: Value, remove?: Value) => make(translate(own(v), table, remove)),
      "Each byte mapped through a table, those in delete removed.",
    ],
    removeprefix: [
      "($self, prefix, /)",
      (_vm: VM, v: Value, prefix: Value) => {
        const p = needBytes(prefix);
        const data = own(v);
        return make(p.length <= data.length && matchesAt(data, p, 0) ? data.slice(p.length) : data.slice());
      },
      "Without the prefix, if it is there.",
    ],
    removesuffix: [
      "($self, suffix, /)",
      (_vm: VM, v: Value, suffix: Value) => {
        const p = needBytes(suffix);
        const data = own(v);
        const at = data.length - p.length;
        return make(at >= 0 && matchesAt(data, p, at) ? data.slice(0, at) : data.slice());
      },
      "Without the suffix, if it is there.",
    ],
    hex: [
      "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
      (vm: VM, v: Value, sep?: Value, perGroup?: Value) => hexText(vm, own(v), sep, perGroup),
      "Hexadecimal digits, two a byte.",
    ],
    decode: ["($self, /, encoding='utf-8', errors='strict')", decode, "The bytes as text."],
    upper: mapping(upperAscii, "ASCII letters in upper case."),
    lower: mapping(lowerAscii, "ASCII letters in lower case."),
    swapcase: mapping(
      (s) => s.replace(/[a-zA-Z]/g, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase())),
      "Upper and lower case of ASCII letters exchanged.",
    ),
    title: mapping(
      (s) => s.replace(/[a-zA-Z]+/g, (w) => w[0]!.toUpperCase() + w.slice(1).toLowerCase()),
      "Every word with a capital and lower case letters.",
    ),
    capitalize: mapping((s) => upperAscii(s.slice(0, 1)) + lowerAscii(s.slice(1)), "First byte upper case, the rest lower case."),
    isalpha: predicate(/^[a-zA-Z]+$/, "Whether all bytes are ASCII letters."),
    isalnum: predicate(/^[a-zA-Z0-9]+$/, "Whether all bytes are ASCII letters or digits."),
    isdigit: predicate(/^[0-9]+$/, "Whether all bytes are ASCII digits."),
    isspace: predicate(new RegExp(`^[${WHITE}]+$`), "Whether all bytes are ASCII white space."),
    isascii: predicate(/^[\0-\x7f]*$/, "Whether all bytes are below 128."),
    islower: predicate(/^[^A-Z]*[a-z][^A-Z]*$/, "Whether there are ASCII letters and all are lower case."),
    isupper: predicate(/^[^a-z]*[A-Z][^a-z]*$/, "Whether there are ASCII letters and all are upper case."),
    istitle: predicate(
      /^[^a-zA-Z]*[A-Z][a-z]*(?:[^a-zA-Z]+[A-Z][a-z]*)*[^a-zA-Z]*$/,
      "Whether every word has a capital and lower case letters.",
    ),
  };
}

function decode(vm: VM, v: Value, encoding?: Value, errors?: Value): Value {
  const name = (x: Value | undefined, which: string): string | undefined => {
    if (x === undefined) return undefined;
    const s = plainStr(x);
    if (s === undefined) throw typeError(`decode() argument '${which}' must be str, not ${typeName(x)}`);
    return s;
  };
  return decodeBytes(vm, own(v), name(encoding, "encoding"), name(errors, "errors"), v);
}
