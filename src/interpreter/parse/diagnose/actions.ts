/**
 * The verbs of the error grammar: what `{verb operands: message}` does. Verbs in CHECKS raise an error or do nothing; all
 * others raise or, when they decide not to, make their rule fail.
 */
import { excessDigits, excessDigitsMessage, numberValue } from "../numbers.ts";
import { EscapeError } from "../strings.ts";
import { PyComplex } from "../../objects/values.ts";
import { checkEscapes, checkLiteral } from "./literals.ts";
import { expressionName, firstToken, flatten, invalidTarget, isNode, lastToken, type Part, type Result } from "./nodes.ts";
import type { Action } from "./notation.ts";
import type { Token } from "./tokenizer.ts";

/** Raises errors at places of the source. */
export interface Reporter {
  /** From the start of `first` to the end of `last`. */
  at(first: Token, last: Token, message: string): never;
  /** From the start of `first` to where the tokenizer is. */
  from(first: Token, message: string): never;
  /** At the last token read. */
  last(message: string): never;
  /** At the last character of `token`. */
  after(token: Token, message: string): never;
  indentation(message: string): never;
  /** Notes that the compound statement beginning at `first` is complete. */
  compoundDone(first: Token): void;
  readonly characterNamed: (name: string) => string | undefined;
}

/** What actions see of the matcher. */
export interface Place {
  readonly tokens: readonly Token[];
  readonly mark: number;
  token(): Token;
}

type Named = ReadonlyMap<string, Result>;

export const CHECKS: ReadonlySet<string> = new Set(["number", "real", "imaginary", "string", "strings", "text", "conversion", "compound"]);

export function runAction({ verb, operands, message }: Action, named: Named, report: Reporter, place: Place): void {
  const a = named.get("a") ?? null;
  const b = named.get("b") ?? null;
  const text = () => fill(message, named);
  switch (verb) {
    case "at":
      return report.at(firstToken(a), lastToken(a), text());
    case "range":
      return report.at(operands[0] === "a.last" ? firstToken(flatten(a).at(-1)!) : firstToken(a), rangeEnd(named.get(operands[1]!)!), text());
    case "from":
      return report.from(firstToken(a), text());
    case "last":
      return report.last(text());
    case "next":
      return report.at(place.token(), place.token(), text());
    case "after":
      return report.after(lastToken(a), text());
    case "indent":
      return report.indentation(text());
    case "target":
      return target(operands[0] as "assign" | "delete" | "for", a, report);
    case "legacy":
      return isLegacy(a) ? report.at(firstToken(a), lastToken(b), legacyMessage(a)) : undefined;
    case "comma":
      if (isLegacy(a) || place.tokens[place.mark - 1]!.level === 0) return undefined;
      return report.at(firstToken(a), lastToken(b), "invalid syntax. Perhaps you forgot a comma?");
    case "bare":
      return bareGenerator(a, b, text(), report);
    case "argument":
      return report.last(`positional argument follows keyword argument${unpacks(a) ? " unpacking" : ""}`);
    case "bound":
      return report.from(firstToken(a), `cannot use ${expressionName(b) === "tuple" ? "constraints" : "bound"} with ${message}`);
    case "compound":
      return compoundDone(a, report);
    default:
      return check(verb, a, b, report, place);
  }
}

/** CPython's second pass forgets functions: a rule for mistakes matches them. */
function compoundDone(a: Result, report: Reporter): void {
  const part = flatten(a)[0]!;
  if (!isNode(part) || part.kind !== "function") report.compoundDone(firstToken(a));
}

/** Replaces %a by what the message calls the part a, and %a.line by its line. */
function fill(message: string, named: Named): string {
  return message.replace(/%([a-z])(\.line)?/g, (_, name: string, line?: string) => {
    const part = named.get(name)!;
    return line ? String(firstToken(part).lineno) : expressionName(part);
  });
}

/** Comprehension clauses end a range with their last condition or, without one, with what they go through. */
function rangeEnd(result: Result): Token {
  const part = flatten(result).at(-1)!;
  return isNode(part) && part.kind === "clause" ? lastToken(part.parts) : lastToken(result);
}

function target(use: "assign" | "delete" | "for", a: Result, report: Reporter): void {
  const invalid = invalidTarget(a, use);
  if (invalid) report.at(firstToken(invalid), lastToken(invalid), `cannot ${use === "delete" ? "delete" : "assign to"} ${expressionName(invalid)}`);
}

/** `print` and `exec`, once statements. */
function isLegacy(a: Result): boolean {
  const part = flatten(a)[0]!;
  return !isNode(part) && (part.text === "print" || part.text === "exec");
}

function legacyMessage(a: Result): string {
  const name = firstToken(a).text;
  return `Missing parentheses in call to '${name}'. Did you mean ${name}(...)?`;
}

// Arguments -------------------------------------------------------------------------------------

function isKeyword(part: Part): boolean {
  return isNode(part) && part.kind.startsWith("keyword");
}

function argumentsOf(a: Result): readonly Part[] {
  const part = flatten(a)[0]!;
  return isNode(part) && part.kind === "arguments" ? part.parts : [part];
}

function unpacks(a: Result): boolean {
  return argumentsOf(a).some((p) => isNode(p) && p.kind === "keyword unpacking");
}

/** `f(x, y for y in z)`: a lone generator expression was tried before. */
function bareGenerator(a: Result, b: Result, message: string, report: Reporter): void {
  const positional = argumentsOf(a).filter((p) => !isKeyword(p));
  if (positional.length > 1) report.at(firstToken(positional.at(-1)!), rangeEnd(b), message);
}

// Literals --------------------------------------------------------------------------------------

function check(verb: string, a: Result, b: Result, report: Reporter, place: Place): void {
  switch (verb) {
    case "number": {
      const digits = excessDigits(place.tokens[place.mark - 1]!.text);
      return digits ? report.last(excessDigitsMessage(digits)) : undefined;
    }
    case "real":
      return isImaginary(a) ? report.at(firstToken(a), firstToken(a), "real number required in complex literal") : undefined;
    case "imaginary":
      return isImaginary(a) ? undefined : report.at(firstToken(a), firstToken(a), "imaginary number required in complex literal");
    case "string":
      return checkString(firstToken(a), report);
    case "text":
      return checkText(flatten(a), report, place);
    case "strings":
      return checkMixture(flatten(a), report);
    case "conversion":
      return checkConversion(firstToken(a), firstToken(b), report, place);
  }
}

function isImaginary(a: Result): boolean {
  return numberValue(firstToken(a).text) instanceof PyComplex;
}

function checkString(token: Token, report: Reporter): void {
  try {
    checkLiteral(token.text, report.characterNamed);
  } catch (error) {
    if (error instanceof EscapeError) report.at(token, token, error.message);
    throw error;
  }
}

/** Literal text of a format string; CPython decodes it when it has read the whole. */
function checkText(parts: readonly Part[], report: Reporter, place: Place): void {
  const opening = openingOf(place);
  for (const part of parts) {
    if (isNode(part) || /r/i.test(opening.text)) continue;
    try {
      checkEscapes(part.text, report.characterNamed);
    } catch (error) {
      if (error instanceof EscapeError) report.last(error.message);
      throw error;
    }
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

function checkMixture(parts: readonly Part[], report: Reporter): void {
  const isBytes = (part: Part) => !isNode(part) && /^[rR]?[bB]/.test(part.text);
  const bytes = parts.filter(isBytes).length;
  if (bytes > 0 && bytes < parts.length) report.last("cannot mix bytes and nonbytes literals");
}

function checkConversion(mark: Token, name: Token, report: Reporter, place: Place): void {
  const letter = openingOf(place).type === "TSTRING_START" ? "t" : "f";
  if (mark.end !== name.start) report.at(mark, name, `${letter}-string: conversion type must come right after the exclamation mark`);
  if (!/^[sra]$/.test(name.text)) {
    report.at(name, name, `${letter}-string: invalid conversion character '${name.text}': expected 's', 'r', or 'a'`);
  }
}
