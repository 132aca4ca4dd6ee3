/**
 * String literals: tree nodes → Constant, JoinedStr (f-strings, PEP 701) or TemplateStr (t-strings, PEP 750),
 * with implicit concatenation. Positions of the parts are CPython's.
 */

import { PyBytes } from "../../objects/values.ts";
import type * as ast from "../ast.ts";
import * as N from "../generated/nodes.ts";
import { decodeBytes, decodeText, EscapeError, type EscapeListener, splitLiteral } from "../strings.ts";
import { across, at, type FlatTree, refuse, spanning } from "../tree.ts";
import { lowerExpr } from "./expressions.ts";

type FormatPart = ast.Constant | ast.FormattedValue | ast.Interpolation;

/** The adjacent literals `first` … before `stop`; the result has the position of tree node `n`. */
export function lowerStrings(t: FlatTree, n: number, first: number, stop: number): ast.Expr {
  if (t.kind[first] === N.String && t.end[first] === stop) return plain(t, first);
  const literals: number[] = [];
  for (let c = first; c < stop; c = t.end[c]!) literals.push(c);
  const templates = literals.filter((c) => isTemplate(t, c));
  if (templates.length > 0) {
    if (templates.length < literals.length) refuse(t, n);
    const values = foldConstants(literals.flatMap((c) => formatParts(t, c, true))) as (ast.Constant | ast.Interpolation)[];
    return at(t, n, { node: "TemplateStr", values, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
  if (literals.every((c) => t.kind[c] === N.String)) return joinPlain(t, n, literals);
  const parts = literals.flatMap((c) => (t.kind[c] === N.String ? [textOnly(t, n, c)] : formatParts(t, c, false)));
  const values = foldConstants(parts) as (ast.Constant | ast.FormattedValue)[];
  return at(t, n, { node: "JoinedStr", values, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function isTemplate(t: FlatTree, n: number): boolean {
  return t.kind[n] === N.FormatString && /^[rR]?[tT]/.test(t.text.slice(t.from[n]!, t.from[n]! + 2));
}

// Plain literals --------------------------------------------------------------------------------

function plain(t: FlatTree, n: number): ast.Constant {
  const literal = t.source(n);
  const parts = splitLiteral(literal);
  const body = literal.slice(parts.from, parts.to);
  const value = parts.bytes ? new PyBytes(bytesOf(t, n, body, parts.raw)) : parts.raw ? body : textOf(t, n, body, t.line[n]!);
  return at(t, n, { node: "Constant", value, kind: parts.kind, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

/** A plain literal among format strings. */
function textOnly(t: FlatTree, n: number, c: number): ast.Constant {
  const part = plain(t, c);
  if (part.value instanceof PyBytes) refuse(t, n);
  return part;
}

function joinPlain(t: FlatTree, n: number, literals: number[]): ast.Constant {
  const parts = literals.map((c) => plain(t, c));
  const bytes = parts.flatMap(({ value }) => (value instanceof PyBytes ? [value] : []));
  if (bytes.length > 0 && bytes.length < parts.length) refuse(t, n);
  const value = bytes.length > 0 ? new PyBytes(concatBytes(bytes)) : parts.map((p) => p.value as string).join("");
  return at(t, n, { node: "Constant", value, kind: parts[0]!.kind, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function concatBytes(parts: readonly PyBytes[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data } of parts) {
    joined.set(data, offset);
    offset += data.length;
  }
  return joined;
}

/** Warns about an escape at an offset of `body`, a text whose first line CPython takes to be `line`. */
function listener(t: FlatTree, body: string, line: number): EscapeListener {
  return (message, offset) =>
    t.options.warn({ category: "SyntaxWarning", message, lineno: line + body.slice(0, offset).split("\n").length - 1 });
}

/** Decodes text of the literal in node `n`. */
function textOf(t: FlatTree, n: number, body: string, line: number): string {
  if (!body.includes("\\")) return body;
  return decoding(t, n, () => decodeText(body, { doubtful: listener(t, body, line), characterNamed: t.options.characterNamed }));
}

function bytesOf(t: FlatTree, n: number, body: string, raw: boolean): Uint8Array {
  return decoding(t, n, () => decodeBytes(body, raw, listener(t, body, t.line[n]!)));
}

function decoding<T>(t: FlatTree, n: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof EscapeError) refuse(t, n);
    throw error;
  }
}

// Format strings --------------------------------------------------------------------------------

interface FormatLiteral {
  /** The FormatString node, for errors. */
  readonly node: number;
  readonly raw: boolean;
  readonly template: boolean;
  /** How many format specs surround what is being lowered. */
  readonly depth: number;
}

/** Fields may stand in the format spec of a field, and in that one's. */
const MAX_DEPTH = 3;

/** Joins neighbouring constants and drops empty ones. */
function foldConstants(parts: readonly FormatPart[]): FormatPart[] {
  const out: FormatPart[] = [];
  for (const part of parts) {
    const previous = out[out.length - 1];
    if (part.node === "Constant" && previous?.node === "Constant") {
      previous.value = (previous.value as string) + (part.value as string);
      previous.end_lineno = part.end_lineno;
      previous.end_col_offset = part.end_col_offset;
    } else out.push(part);
  }
  return out.filter((part) => part.node !== "Constant" || part.value !== "");
}

function formatParts(t: FlatTree, n: number, template: boolean): FormatPart[] {
  const opening = /^([a-zA-Z]+)('''|"""|'|")/.exec(t.text.slice(t.from[n]!, t.from[n]! + 6))!;
  const literal: FormatLiteral = { node: n, raw: /r/i.test(opening[1]!), template, depth: 0 };
  return betweenFields(t, n, t.from[n]! + opening[0].length, t.to[n]! - opening[2]!.length, literal);
}

/** Literal text and replacement fields of `n` (a FormatString or FormatSpec), whose text is `from` … `to`. */
function betweenFields(t: FlatTree, n: number, from: number, to: number, literal: FormatLiteral): FormatPart[] {
  const parts: FormatPart[] = [];
  const texts: ast.Constant[] = [];
  const addText = (start: number, end: number) => {
    const tokens = textTokens(t, start, end);
    // A spec is decoded as it is read, the text of a string when its end was read: the order of warnings.
    if (literal.depth > 0) for (const token of tokens) decodeToken(t, token, literal, token.lineno);
    texts.push(...tokens);
    parts.push(...tokens);
  };
  const stop = t.end[n]!;
  let done = from;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    addText(done, t.from[c]!);
    parts.push(...field(t, c, literal));
    done = t.to[c]!;
  }
  addText(done, to);
  if (literal.depth === 0) for (const token of texts) decodeToken(t, token, literal, t.endLine[n]!);
  return parts.filter((part) => part.node !== "Constant" || part.value !== "");
}

/** Text up to a doubled brace: what CPython reads, and decodes, as one token. */
const TEXT_TOKEN = /(?:(?!\{\{|\}\})[\s\S])+(?:\{\{|\}\})?|\{\{|\}\}/g;

/** The tokens of the text from … to, not yet decoded. */
function textTokens(t: FlatTree, from: number, to: number): ast.Constant[] {
  const tokens: ast.Constant[] = [];
  for (const { 0: value, index } of t.text.slice(from, to).matchAll(TEXT_TOKEN)) {
    const start = from + index;
    const token: ast.Constant = { node: "Constant", value, kind: null, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 };
    tokens.push(spanning(t, start, start + value.length, token));
  }
  return tokens;
}

/** Replaces source text by what it stands for; warnings name `line` and the lines after it, as CPython's do. */
function decodeToken(t: FlatTree, token: ast.Constant, literal: FormatLiteral, line: number): void {
  const body = (token.value as string).replace(/([{}])\1$/, "$1");
  token.value = literal.raw ? body : textOf(t, literal.node, body, line);
}

/** A replacement field; with `=` its source text comes first. */
function field(t: FlatTree, n: number, literal: FormatLiteral): FormatPart[] {
  if (literal.depth >= MAX_DEPTH) refuse(t, n);
  const outer = t.inField;
  t.inField = true;
  const value = lowerExpr(t, n + 1);
  t.inField = outer;
  let documents = false;
  let conversion = -1;
  let spec = -1;
  let mark = t.to[n]! - 1;
  const stop = t.end[n]!;
  for (let c = t.end[n + 1]!; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.FormatSelfDoc) documents = true;
    else {
      mark = Math.min(mark, t.from[c]!);
      if (t.kind[c] === N.FormatConversion) conversion = t.text.charCodeAt(t.from[c]! + 1);
      else spec = c;
    }
  }
  const format_spec = spec < 0 ? null : formatSpec(t, spec, literal);
  if (documents && conversion < 0 && spec < 0) conversion = 114;
  const text = withoutComments(t.text.slice(t.from[n]! + 1, mark));
  const part: FormatPart = literal.template
    ? at(t, n, {
        node: "Interpolation",
        value,
        str: expressionText(text, documents),
        conversion,
        format_spec,
        lineno: 0,
        col_offset: 0,
        end_lineno: 0,
        end_col_offset: 0,
      })
    : at(t, n, { node: "FormattedValue", value, conversion, format_spec, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  if (!documents) return [part];
  const shown: ast.Constant = { node: "Constant", value: text, kind: null, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 };
  return [spanning(t, t.from[n]! + 1, mark, shown), part];
}

/** The source of a field's expression: white space before it counts, what follows does not. */
function expressionText(text: string, documents: boolean): string {
  return (documents ? text.replace(/=\s*$/, "") : text).trimEnd();
}

/** Drops comments, which only a field of several lines can hold. */
function withoutComments(text: string): string {
  if (!text.includes("#")) return text;
  return text.replace(/("""|'''|"|')(?:\\[\s\S]|(?!\1)[\s\S])*\1|#[^\n]*/g, (piece) => (piece[0] === "#" ? "" : piece));
}

function formatSpec(t: FlatTree, n: number, literal: FormatLiteral): ast.JoinedStr {
  const values = foldConstants(betweenFields(t, n, t.from[n]! + 1, t.to[n]!, { ...literal, template: false, depth: literal.depth + 1 }));
  return across(t, n, n, {
    node: "JoinedStr",
    values: values as (ast.Constant | ast.FormattedValue)[],
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}
