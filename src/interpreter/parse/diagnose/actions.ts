/**
 * The verbs of the error grammar: what `{verb operands: message}` does. A verb that only checks raises an error or lets its
 * alternative match; any other raises or, when it decides not to, makes its rule fail.
 */
import { checkConversion, checkMixture, checkNumber, checkReal, checkString, checkText } from "./literals.ts";
import { expressionName, firstToken, flatten, invalidTarget, isNode, lastToken, type Part, type Result } from "./nodes.ts";
import type { Action } from "./notation.ts";
import type { Token } from "./token.ts";

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

/** What an action has to work with; `a` and `b` are the parts with these names. */
export interface Situation {
  readonly a: Result;
  readonly b: Result;
  readonly operands: readonly string[];
  /** The message with its parts filled in. */
  readonly text: string;
  readonly report: Reporter;
  readonly place: Place;
}

interface Verb {
  readonly checks?: boolean;
  readonly run: (situation: Situation) => void;
}

const VERBS: Readonly<Record<string, Verb>> = {
  // Errors at a place
  at: { run: ({ a, text, report }) => report.at(firstToken(a), lastToken(a), text) },
  range: { run: ({ a, b, operands, text, report }) => report.at(rangeStart(a, operands[0]!), rangeEnd(operands[1] === "a" ? a : b), text) },
  from: { run: ({ a, text, report }) => report.from(firstToken(a), text) },
  last: { run: ({ text, report }) => report.last(text) },
  next: { run: ({ text, report, place }) => report.at(place.token(), place.token(), text) },
  after: { run: ({ a, text, report }) => report.after(lastToken(a), text) },
  indent: { run: ({ text, report }) => report.indentation(text) },
  // Errors under a condition, or with a message of their own
  target: { run: badTarget },
  legacy: { run: legacyStatement },
  comma: { run: missingComma },
  bare: { run: bareGenerator },
  argument: { run: ({ a, report }) => report.last(`positional argument follows keyword argument${unpacks(a) ? " unpacking" : ""}`) },
  bound: {
    run: ({ a, b, text, report }) =>
      report.from(firstToken(a), `cannot use ${expressionName(b) === "tuple" ? "constraints" : "bound"} with ${text}`),
  },
  // Checks
  number: { checks: true, run: checkNumber },
  real: { checks: true, run: checkReal },
  imaginary: { checks: true, run: checkReal },
  string: { checks: true, run: checkString },
  strings: { checks: true, run: checkMixture },
  text: { checks: true, run: checkText },
  conversion: { checks: true, run: checkConversion },
  compound: { checks: true, run: compoundDone },
};

/** Says whether the alternative matches. */
export function runAction(
  { verb, operands, message }: Action,
  named: ReadonlyMap<string, Result>,
  report: Reporter,
  place: Place,
): boolean {
  const { checks = false, run } = VERBS[verb]!;
  const a = named.get("a") ?? null;
  const b = named.get("b") ?? null;
  run({ a, b, operands: operands.length > 0 ? operands : [verb], text: fill(message, named), report, place });
  return checks;
}

/** Replaces %a by what the message calls the part a, and %a.line by its line. */
function fill(message: string, named: ReadonlyMap<string, Result>): string {
  return message.replace(/%([a-z])(\.line)?/g, (_, name: string, line?: string) => {
    const part = named.get(name)!;
    return line ? String(firstToken(part).lineno) : expressionName(part);
  });
}

function rangeStart(a: Result, operand: string): Token {
  return firstToken(operand === "a.last" ? flatten(a).at(-1)! : a);
}

/** Comprehension clauses end a range with their last condition or, without one, with what they go through. */
function rangeEnd(result: Result): Token {
  const part = flatten(result).at(-1)!;
  return isNode(part) && part.kind === "clause" ? lastToken(part.parts) : lastToken(result);
}

function badTarget({ a, operands, report }: Situation): void {
  const use = operands[0] as "assign" | "delete" | "for";
  const invalid = invalidTarget(a, use);
  if (!invalid) return;
  report.at(firstToken(invalid), lastToken(invalid), `cannot ${use === "delete" ? "delete" : "assign to"} ${expressionName(invalid)}`);
}

/** `print` and `exec`, once statements. */
function isLegacy(a: Result): boolean {
  const part = flatten(a)[0]!;
  return !isNode(part) && (part.text === "print" || part.text === "exec");
}

function legacyStatement({ a, b, report }: Situation): void {
  const name = firstToken(a).text;
  if (isLegacy(a)) report.at(firstToken(a), lastToken(b), `Missing parentheses in call to '${name}'. Did you mean ${name}(...)?`);
}

function missingComma({ a, b, report, place }: Situation): void {
  if (isLegacy(a) || place.tokens[place.mark - 1]!.level === 0) return;
  report.at(firstToken(a), lastToken(b), "invalid syntax. Perhaps you forgot a comma?");
}

/** CPython's second pass forgets functions: a rule for mistakes matches them. */
function compoundDone({ a, report }: Situation): void {
  const part = flatten(a)[0]!;
  if (!isNode(part) || part.kind !== "function") report.compoundDone(firstToken(a));
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
function bareGenerator({ a, b, text, report }: Situation): void {
  const positional = argumentsOf(a).filter((p) => !isKeyword(p));
  if (positional.length > 1) report.at(firstToken(positional.at(-1)!), rangeEnd(b), text);
}
