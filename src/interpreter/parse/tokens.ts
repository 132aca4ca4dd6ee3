/**
 * The tokens a context-free lexer cannot read: line structure, indentation, string literals, pieces of f- and t-strings.
 *
 * Imported by the generated parser. `trackLayout` keeps a stack of contexts: blocks (with their indentation), brackets,
 * replacement fields and format strings; the tokenizers below look at its top.
 * Invariants: the source uses "\n" alone as line end and ends with one (see parse.ts); a `newline` token also covers the
 * blank and comment lines that follow it, so it ends where the next logical line begins.
 * Source: Language Reference 2.1 (line structure), 2.4 (literals), PEP 701, PEP 750.
 * Known weakness: that tabs and spaces are consistent is checked elsewhere (layout.ts), and only where a tab indents.
 */
import { ContextTracker, ExternalTokenizer, type InputStream } from "@lezer/lr";
import {
  blankLines,
  braceL,
  braceR,
  bracketL,
  bracketR,
  dedent,
  formatEnd,
  formatSpecStart,
  formatStart,
  formatText,
  indent,
  newline,
  newlineBracketed,
  parenL,
  parenR,
  replacementStart,
  String as stringLiteral,
} from "./generated/parser.terms.js";

const CHARS = {
  tab: 9,
  newline: 10,
  formFeed: 12,
  space: 32,
  quote2: 34,
  hash: 35,
  quote1: 39,
  colon: 58,
  backslash: 92,
  N: 78,
  open: 123,
  close: 125,
} as const;
const { tab, newline: lineFeed, formFeed, space, quote2, hash, quote1, colon, backslash, N, open, close } = CHARS;

// Contexts --------------------------------------------------------------------------------------

type ContextKind = "block" | "bracket" | "field" | "string" | "spec";
const KIND_HASH = { block: 1, bracket: 3, field: 5, string: 7, spec: 11 } as const satisfies Record<ContextKind, number>;

class Context {
  readonly parent: Context | null;
  readonly kind: ContextKind;
  /** Columns of indentation, for a block. */
  readonly indent: number;
  /** The delimiter of the format string this context belongs to. */
  readonly delimiter: Delimiter | null;
  readonly hash: number;

  constructor(parent: Context | null, kind: ContextKind, columns: number, delimiter: Delimiter | null) {
    this.parent = parent;
    this.kind = kind;
    this.indent = columns;
    this.delimiter = delimiter;
    this.hash =
      ((parent ? parent.hash * 31 : 0) + KIND_HASH[kind] + columns * 17 + (delimiter ? delimiter.quote + delimiter.length * 5 : 0)) | 0;
  }
}

interface Delimiter {
  readonly quote: number;
  readonly length: 1 | 3;
  readonly raw: boolean;
}

const openers = new Set([parenL, bracketL, braceL]);
const closers = new Set([parenR, bracketR, braceR]);

export const trackLayout = new ContextTracker<Context>({
  start: new Context(null, "block", 0, null),
  shift(context, term, stack, input) {
    if (openers.has(term)) return new Context(context, "bracket", 0, null);
    if (closers.has(term)) return afterCloser(context);
    if (term === indent) return new Context(context, "block", indentColumns(tokenText(input, stack.pos)), null);
    if (term === dedent || term === formatEnd) return context.parent ?? context;
    if (term === formatStart) return new Context(context, "string", 0, delimiterOf(tokenText(input, stack.pos)));
    if (term === replacementStart) return new Context(context, "field", 0, context.delimiter);
    if (term === formatSpecStart) return new Context(context, "spec", 0, context.delimiter);
    return context;
  },
  hash: (context) => context.hash,
});

/** The token that was just shifted: the stream stands at its start. */
function tokenText(input: InputStream, end: number): string {
  let text = "";
  for (let offset = 0; input.pos + offset < end; offset++) text += String.fromCharCode(input.peek(offset));
  return text;
}

/** The brace that ends a format spec also ends its replacement field. */
function afterCloser(context: Context): Context {
  const ended = context.kind === "spec" ? context.parent : context;
  return ended?.parent ?? context;
}

function delimiterOf(text: string): Delimiter {
  const quote = text.charCodeAt(text.length - 1);
  return { quote, length: /(.)\1\1$/.test(text) ? 3 : 1, raw: /r/i.test(text) };
}

/** Columns of a line's leading white space: tabs go to multiples of eight, a form feed starts again. */
function indentColumns(text: string): number {
  let columns = 0;
  for (let i = 0; i < text.length; i++) columns = nextColumn(columns, text.charCodeAt(i));
  return columns;
}

function nextColumn(columns: number, ch: number): number {
  if (ch === space) return columns + 1;
  return ch === tab ? (columns | 7) + 1 : 0;
}

function isBlank(ch: number): boolean {
  return ch === space || ch === tab || ch === formFeed;
}

// Lines -----------------------------------------------------------------------------------------

export const newlines = new ExternalTokenizer(
  (input, stack) => {
    if (input.pos === 0) {
      const length = skipBlankLines(input);
      if (length > 0) input.acceptTokenTo(blankLines, length);
    } else if (input.next === lineFeed) {
      if (stack.context.kind === "block") {
        input.advance();
        input.acceptTokenTo(newline, input.pos + skipBlankLines(input));
      } else {
        while (input.next === lineFeed || isBlank(input.next)) input.advance();
        input.acceptToken(newlineBracketed);
      }
    }
  },
  { contextual: true },
);

/** Length of the blank and comment lines from here (a line start) on; leaves the stream somewhere behind them. */
function skipBlankLines(input: InputStream): number {
  const start = input.pos;
  let end = start;
  for (;;) {
    while (isBlank(input.next) || (input.next === backslash && input.peek(1) === lineFeed)) input.advance(input.next === backslash ? 2 : 1);
    let ch = input.next;
    if (ch === hash) while (ch !== lineFeed && ch >= 0) ch = input.advance();
    if (ch !== lineFeed) return end - start;
    input.advance();
    end = input.pos;
  }
}

export const indentation = new ExternalTokenizer(
  (input, stack) => {
    const context: Context = stack.context;
    if (context.kind !== "block" || (input.peek(-1) !== lineFeed && input.pos > 0) || continuesLine(input)) return;
    const start = input.pos;
    let columns = 0;
    while (isBlank(input.next)) {
      columns = nextColumn(columns, input.next);
      input.advance();
    }
    // Blank lines at the start of the source are not yet skipped.
    if (start === 0 && (input.next === lineFeed || input.next === hash)) return;
    if (columns < context.indent) input.acceptTokenTo(dedent, start);
    else if (columns > context.indent) input.acceptToken(indent);
  },
  { contextual: true },
);

/** Whether the line before this one is only a backslash. (Otherwise a backslash before the line end stood in a comment.) */
function continuesLine(input: InputStream): boolean {
  if (input.peek(-2) !== backslash) return false;
  let at = -3;
  while (isBlank(input.peek(at))) at--;
  return input.peek(at) === lineFeed || input.peek(at) < 0;
}

// Strings ---------------------------------------------------------------------------------------

/** Letters of string prefixes, as bits: two may stand together when their bits are in PAIRS. */
const PREFIX_BITS: Readonly<Record<string, number>> = { r: 1, b: 2, u: 4, f: 8, t: 16 };
const PAIRS = new Set([1 | 2, 1 | 8, 1 | 16]);
const FORMAT_BITS = 8 | 16;

const prefixBit = new Uint8Array(128);
for (const [letter, bit] of Object.entries(PREFIX_BITS)) {
  prefixBit[letter.charCodeAt(0)] = bit;
  prefixBit[letter.toUpperCase().charCodeAt(0)] = bit;
}

function isQuote(ch: number): boolean {
  return ch === quote1 || ch === quote2;
}

function bitOf(ch: number): number {
  return ch >= 0 && ch < 128 ? prefixBit[ch]! : 0;
}

export const strings = new ExternalTokenizer((input) => {
  let bits = 0;
  if (!isQuote(input.next)) {
    bits = bitOf(input.next);
    if (bits === 0) return;
    const second = input.peek(1);
    if (isQuote(second)) input.advance();
    else {
      bits |= bitOf(second);
      if (!PAIRS.has(bits) || !isQuote(input.peek(2))) return;
      input.advance(2);
    }
  }
  const quote = input.next;
  const length = input.peek(1) === quote && input.peek(2) === quote ? 3 : 1;
  input.advance(length);
  if (bits & FORMAT_BITS) input.acceptToken(formatStart);
  else if (length === 1) readShort(input, quote);
  else readLong(input, quote);
});

function readShort(input: InputStream, quote: number): void {
  for (let ch = input.next; ch !== quote; ch = input.advance()) {
    if (ch === backslash) ch = input.advance();
    else if (ch === lineFeed) return;
    if (ch < 0) return;
  }
  input.acceptToken(stringLiteral, 1);
}

function readLong(input: InputStream, quote: number): void {
  for (let ch = input.next; ; ch = input.advance()) {
    if (ch === quote && input.peek(1) === quote && input.peek(2) === quote) break;
    if (ch === backslash) ch = input.advance();
    if (ch < 0) return;
  }
  input.acceptToken(stringLiteral, 3);
}

/** Text, fields and the end of a format string; text and fields of a format spec. */
export const formatParts = new ExternalTokenizer(
  (input, stack) => {
    const { delimiter, kind }: Context = stack.context;
    if (!delimiter) return;
    const inSpec = kind === "spec";
    if (input.next === open && (inSpec || input.peek(1) !== open)) input.acceptToken(replacementStart, 1);
    else if (atEnd(input, delimiter)) input.acceptToken(formatEnd, delimiter.length);
    else if (skipText(input, delimiter, inSpec)) input.acceptToken(formatText);
  },
  { contextual: true },
);

function atEnd(input: InputStream, { quote, length }: Delimiter): boolean {
  return input.next === quote && (length === 1 || (input.peek(1) === quote && input.peek(2) === quote));
}

/** Moves over literal text; says whether there was any. */
function skipText(input: InputStream, delimiter: Delimiter, inSpec: boolean): boolean {
  const start = input.pos;
  while (input.next >= 0 && !atEnd(input, delimiter)) {
    const ch = input.next;
    if (ch === open || ch === close) {
      if (inSpec || input.peek(1) !== ch) break;
      input.advance(2);
    } else if (ch === backslash) skipEscape(input, delimiter.raw);
    else if (ch === lineFeed && delimiter.length === 1) break;
    else input.advance();
  }
  return input.pos > start;
}

/** A backslash takes the next character with it, except a brace; `\N{…}` is taken whole. */
function skipEscape(input: InputStream, raw: boolean): void {
  const escaped = input.advance();
  if (escaped === open || escaped === close || escaped < 0) return;
  input.advance();
  if (raw || escaped !== N || input.next !== open) return;
  let length = 1;
  while (isNameChar(input.peek(length))) length++;
  if (input.peek(length) === close) input.advance(length + 1);
}

/** Characters of Unicode names: letters, digits, space and hyphen. */
function isNameChar(ch: number): boolean {
  return (ch >= 65 && ch <= 90) || (ch >= 97 && ch <= 122) || (ch >= 48 && ch <= 57) || ch === space || ch === 45;
}

/** A colon directly in a replacement field starts its format spec. */
export const formatSpecStarts = new ExternalTokenizer(
  (input, stack) => {
    if (input.next === colon && stack.context.kind === "field") input.acceptToken(formatSpecStart, 1);
  },
  { contextual: true },
);
