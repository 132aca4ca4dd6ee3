/** Checks of literals, made where CPython's parser makes the values. */
import { PyComplex } from "../../objects/values.ts";
import { excessDigits, excessDigitsMessage, numberValue } from "../numbers.ts";
import { decodeBytes, decodeText, EscapeError, splitLiteral } from "../strings.ts";
import type { Place, Situation } from "./actions.ts";
import { firstToken, flatten, isNode, type Part } from "./nodes.ts";
import type { Token } from "./token.ts";

const ignore = () => {};

export function checkNumber({ report, place }: Situation): void {
  const digits = excessDigits(place.tokens[place.mark - 1]!.text);
  if (digits > 0) report.last(excessDigitsMessage(digits));
}

/** Parts of a complex literal in a pattern; the operand says which. */
export function checkReal({ a, operands, report }: Situation): void {
  const token = firstToken(a);
  const part = numberValue(token.text) instanceof PyComplex ? "imaginary" : "real";
  if (part !== operands[0]) report.at(token, token, `${operands[0]} number required in complex literal`);
}

export function checkString({ a, report }: Situation): void {
  const token = firstToken(a);
  const { bytes, raw, from, to } = splitLiteral(token.text);
  const body = token.text.slice(from, to);
  const decode = () => {
    if (bytes) decodeBytes(body, raw, ignore);
    else if (!raw) decodeText(body, { doubtful: ignore, characterNamed: report.characterNamed });
  };
  onEscapeError(decode, (message) => report.at(token, token, message));
}

function onEscapeError(decode: () => void, report: (message: string) => never): void {
  try {
    decode();
  } catch (error) {
    if (error instanceof EscapeError) report(error.message);
    throw error;
  }
}

export function checkMixture({ a, report }: Situation): void {
  const parts = flatten(a);
  const isBytes = (part: Part) => !isNode(part) && /^[rR]?[bB]/.test(part.text);
  const bytes = parts.filter(isBytes).length;
  if (bytes > 0 && bytes < parts.length) report.last("cannot mix bytes and nonbytes literals");
}

/** Literal text of a format string; CPython decodes it when it has read the whole. */
export function checkText({ a, report, place }: Situation): void {
  if (/r/i.test(openingOf(place).text)) return;
  const { characterNamed } = report;
  for (const part of flatten(a)) {
    if (isNode(part)) continue;
    onEscapeError(
      () => void decodeText(part.text, { doubtful: ignore, characterNamed }),
      (message) => report.last(message),
    );
  }
}

/** The start of the innermost format string that the last token belongs to. */
function openingOf({ tokens, mark }: Place): Token {
  let depth = 0;
  let at = mark - 1;
  if (tokens[at]!.type.endsWith("STRING_END")) at--;
  for (; ; at--) {
    const { type } = tokens[at]!;
    if (type.endsWith("STRING_END")) depth++;
    else if (type.endsWith("STRING_START") && depth-- === 0) return tokens[at]!;
  }
}

export function checkConversion({ a, b, report, place }: Situation): void {
  const mark = firstToken(a);
  const name = firstToken(b);
  const letter = openingOf(place).type === "TSTRING_START" ? "t" : "f";
  if (mark.end !== name.start) report.at(mark, name, `${letter}-string: conversion type must come right after the exclamation mark`);
  if (!/^[sra]$/.test(name.text)) {
    report.at(name, name, `${letter}-string: invalid conversion character '${name.text}': expected 's', 'r', or 'a'`);
  }
}
