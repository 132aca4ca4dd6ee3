/**
 * Sets of characters: membership for the matcher, class syntax for JavaScript's RegExp. Categories follow Python's str methods (isalnum,
 * isdecimal, isspace); upper and lower case follow the simple case mappings that _sre uses.
 */
import { type Category, categoryOf, type CategoryName, opcodeName } from "./opcodes.ts";

/** How the character is changed before it is looked up. */
export type Fold = "none" | "ascii" | "unicode";

/** A piece of a set. */
export type SetItem =
  | { readonly kind: "range"; readonly low: number; readonly high: number }
  /** Range whose ends are lower-case; a character also belongs when its upper case does. */
  | { readonly kind: "range-or-upper"; readonly low: number; readonly high: number }
  | { readonly kind: "category"; readonly category: Category };

export interface CharSet {
  readonly negated: boolean;
  readonly items: readonly SetItem[];
}

// ---- case ---------------------------------------------------------------------------------------------------------------------------------

export function asciiLower(c: number): number {
  return c >= 65 && c <= 90 ? c + 32 : c;
}

/** Simple lower case mapping: U+0130 is the one letter whose full mapping JS gives as two. */
export function unicodeLower(c: number): number {
  if (c < 128) return asciiLower(c);
  if (c === 0x130) return 0x69;
  return single(String.fromCodePoint(c).toLowerCase(), c);
}

export function unicodeUpper(c: number): number {
  return single(String.fromCodePoint(c).toUpperCase(), c);
}

function single(s: string, c: number): number {
  const p = s.codePointAt(0)!;
  return s.length === (p > 0xffff ? 2 : 1) ? p : c;
}

export const FOLDS: { readonly [K in Fold]: (c: number) => number } = { none: (c) => c, ascii: asciiLower, unicode: unicodeLower };

// ---- categories ---------------------------------------------------------------------------------------------------------------------------

const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** Inside of a class, by category: ASCII and Unicode meaning. */
const CLASS_TEXT: { readonly [K in CategoryName]: { readonly ascii: string; readonly unicode: string } } = {
  digit: { ascii: "0-9", unicode: "\\p{Nd}" },
  space: { ascii: "\\t-\\r\\x20", unicode: SPACE },
  word: { ascii: "0-9A-Z_a-z", unicode: "\\p{L}\\p{N}_" },
  linebreak: { ascii: "\\n", unicode: "\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029" },
};

export function categoryClass(name: CategoryName, unicode: boolean): string {
  return CLASS_TEXT[name][unicode ? "unicode" : "ascii"];
}

const testers = new Map<string, RegExp>();

export function isInCategory(name: CategoryName, unicode: boolean, c: number): boolean {
  if (c < 128) return isAsciiIn(name, unicode, c);
  if (!unicode) return false;
  let test = testers.get(name);
  if (!test) testers.set(name, (test = new RegExp(`^[${CLASS_TEXT[name].unicode}]$`, "u")));
  return test.test(String.fromCodePoint(c));
}

function isAsciiIn(name: CategoryName, unicode: boolean, c: number): boolean {
  switch (name) {
    case "digit":
      return c >= 48 && c <= 57;
    case "space":
      return (c >= 9 && c <= 13) || c === 32 || (unicode && c >= 28 && c <= 31);
    case "word":
      return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95;
    case "linebreak":
      return c === 10 || (unicode && ((c >= 11 && c <= 13) || (c >= 28 && c <= 30)));
  }
}

// ---- reading from code words ----------------------------------------------------------------------------------------------------------------

/** Reads the set program at `code[at]`, which ends with FAILURE. */
export function readCharSet(code: readonly number[], from: number): CharSet {
  let at = from;
  let negated = false;
  const items: SetItem[] = [];
  const range = (low: number, high: number) => items.push({ kind: "range", low, high });
  for (;;) {
    const op = opcodeName(code[at++]!);
    switch (op) {
      case "FAILURE":
        return { negated, items };
      case "NEGATE":
        negated = !negated;
        break;
      case "LITERAL":
        range(code[at]!, code[at]!);
        at++;
        break;
      case "RANGE":
        range(code[at]!, code[at + 1]!);
        at += 2;
        break;
      case "RANGE_UNI_IGNORE":
        items.push({ kind: "range-or-upper", low: code[at]!, high: code[at + 1]! });
        at += 2;
        break;
      case "CATEGORY":
        items.push({ kind: "category", category: categoryOf(code[at++]!) });
        break;
      case "CHARSET":
        bitmapRanges(code, at, 8, 0, range);
        at += 8;
        break;
      case "BIGCHARSET":
        at = readBigCharSet(code, at, range);
        break;
      default:
        throw new RangeError(`unexpected ${op} in a set`);
    }
  }
}

/** The set bits of `words` 32-bit words as ranges. */
function bitmapRanges(code: readonly number[], at: number, words: number, base: number, range: (low: number, high: number) => void): void {
  let start = -1;
  for (let i = 0; i <= words * 32; i++) {
    const on = i < words * 32 && ((code[at + (i >> 5)]! >>> (i & 31)) & 1) === 1;
    if (on && start < 0) start = i;
    else if (!on && start >= 0) {
      range(base + start, base + i - 1);
      start = -1;
    }
  }
}

/** Count of blocks, 256 block numbers (a byte each, little endian), blocks of 256 bits. */
function readBigCharSet(code: readonly number[], at: number, range: (low: number, high: number) => void): number {
  const blocks = code[at]!;
  const table = at + 1;
  const data = table + 64;
  for (let i = 0; i < 256; i++) {
    const block = (code[table + (i >> 2)]! >>> ((i & 3) * 8)) & 255;
    bitmapRanges(code, data + block * 8, 8, i * 256, range);
  }
  return data + blocks * 8;
}

// ---- membership ---------------------------------------------------------------------------------------------------------------------------

/** A set with a fold, as the matcher tests it: a table for Latin-1, ranges beyond. */
export class CompiledSet {
  private readonly set: CharSet;
  private readonly fold: (c: number) => number;
  private readonly latin: Uint8Array = new Uint8Array(256);

  constructor(set: CharSet, fold: Fold) {
    this.set = set;
    this.fold = FOLDS[fold];
    for (let c = 0; c < 256; c++) this.latin[c] = this.test(c) ? 1 : 0;
  }

  has(c: number): boolean {
    return c < 256 ? this.latin[c] === 1 : this.test(c);
  }

  private test(c: number): boolean {
    return contains(this.set, this.fold(c));
  }
}

export function contains(set: CharSet, c: number): boolean {
  for (const item of set.items) if (itemHas(item, c)) return !set.negated;
  return set.negated;
}

function itemHas(item: SetItem, c: number): boolean {
  switch (item.kind) {
    case "range":
      return c >= item.low && c <= item.high;
    case "range-or-upper": {
      if (c >= item.low && c <= item.high) return true;
      const u = unicodeUpper(c);
      return u >= item.low && u <= item.high;
    }
    case "category":
      return isInCategory(item.category.name, item.category.unicode, c) !== item.category.negated;
  }
}

// ---- class syntax ---------------------------------------------------------------------------------------------------------------------------

const hex = (c: number): string => (c < 128 && /\w/.test(String.fromCharCode(c)) ? String.fromCharCode(c) : `\\u{${c.toString(16)}}`);

export function literalText(c: number): string {
  return hex(c);
}

/** Characters whose lower case differs from themselves: [character, lower case]. */
let cased: readonly (readonly [number, number])[] | undefined;

function casedCharacters(): readonly (readonly [number, number])[] {
  if (cased) return cased;
  const out: [number, number][] = [];
  const blocks: readonly (readonly [number, number])[] = [[0x41, 0x587], [0x10a0, 0x10ff], [0x13a0, 0x13ff], [0x1c80, 0x1cff], [0x1d79, 0x1fff], [0x2126, 0x2184], [0x24b6, 0x2d2d], [0xa640, 0xa7ff], [0xab53, 0xabbf], [0xff21, 0xff5a], [0x10400, 0x10d85], [0x118a0, 0x118df], [0x16e40, 0x16e7f], [0x1e900, 0x1e943]];
  for (const [low, high] of blocks)
    for (let c = low; c <= high; c++) {
      const l = unicodeLower(c);
      if (l !== c) out.push([c, l]);
    }
  return (cased = out);
}

/** The characters that fold to `c`, as the inside of a class. */
export function foldedClass(c: number, fold: Fold): string {
  let text = FOLDS[fold](c) === c ? hex(c) : "";
  if (fold === "ascii") return text + (c >= 97 && c <= 122 ? hex(c - 32) : "");
  for (const [upper, lower] of casedCharacters()) if (lower === c) text += hex(upper);
  return text;
}

/**
 * The set as a class of a RegExp with flag u (or v, when a category is negated inside); undefined when it has no such form.
 */
export function classText(set: CharSet, fold: Fold): { text: string; nested: boolean } | undefined {
  let text = "";
  let nested = false;
  for (const item of set.items) {
    if (item.kind === "range-or-upper") return undefined;
    if (item.kind === "range") text += item.low === item.high ? hex(item.low) : `${hex(item.low)}-${hex(item.high)}`;
    else {
      const inside = categoryClass(item.category.name, item.category.unicode);
      if (!item.category.negated) text += inside;
      else if (set.items.length === 1) return { text: set.negated ? `[${inside}]` : `[^${inside}]`, nested: false };
      else {
        text += `[^${inside}]`;
        nested = true;
      }
    }
  }
  if (fold !== "none") {
    const extra = foldedExtras(set, fold);
    if (extra === undefined) return undefined;
    text += extra;
  }
  return { text: `[${set.negated ? "^" : ""}${text}]`, nested };
}

/** Upper-case characters whose fold is in the set (before negation). Undefined when the set holds characters that folding removes from it. */
function foldedExtras(set: CharSet, fold: Fold): string | undefined {
  const plain: CharSet = { negated: false, items: set.items };
  let text = "";
  const pairs = fold === "ascii" ? asciiPairs() : casedCharacters();
  for (const [upper, lower] of pairs) {
    const inside = contains(plain, lower);
    if (contains(plain, upper) === inside) continue;
    if (!inside) return undefined;
    text += hex(upper);
  }
  return text;
}

function asciiPairs(): readonly (readonly [number, number])[] {
  return Array.from({ length: 26 }, (_, i) => [65 + i, 97 + i] as const);
}
