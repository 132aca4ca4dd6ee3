/**
 * What the error grammar's rules yield: tokens, nodes named as CPython's messages name them, lists, or nothing.
 */
import type { Token } from "./token.ts";

export interface ParseNode {
  readonly kind: string;
  readonly first: Token;
  readonly last: Token;
  /** The named parts of the alternative, nested lists flattened, without punctuation. */
  readonly parts: readonly Part[];
}
export type Part = ParseNode | Token;
export type Result = Part | readonly Result[] | null;

export function isNode(part: Part): part is ParseNode {
  return "kind" in part;
}

/** All tokens and nodes in a result, in order. */
export function flatten(result: Result | undefined): Part[] {
  if (result === null || result === undefined) return [];
  return isList(result) ? result.flatMap(flatten) : [result];
}

function isList(result: Result): result is readonly Result[] {
  return Array.isArray(result);
}

export function firstToken(result: Result): Token {
  const part = flatten(result)[0]!;
  return isNode(part) ? part.first : part;
}

export function lastToken(result: Result): Token {
  const parts = flatten(result);
  const part = parts[parts.length - 1]!;
  return isNode(part) ? part.last : part;
}

const CONSTANTS = new Set(["None", "True", "False"]);

/** How messages call an expression. */
export function expressionName(result: Result): string {
  const part = flatten(result)[0]!;
  if (isNode(part)) return part.kind === "strings" ? stringsName(part.parts) : part.kind;
  if (part.type === "NAME") return CONSTANTS.has(part.text) ? part.text : "name";
  if (part.type === "OP") return part.text === "..." ? "ellipsis" : part.text;
  return "literal";
}

/** Adjacent literals make an f-string when one of them is. */
function stringsName(parts: readonly Part[]): string {
  return parts.some(isNode) ? "f-string expression" : "literal";
}

/** What stands in the way of using `result` as a target, or undefined. */
export function invalidTarget(result: Result, use: "assign" | "delete" | "for"): Part | undefined {
  const part = flatten(result)[0]!;
  const name = expressionName(part);
  if (!isNode(part)) return name === "name" ? undefined : part;
  switch (name) {
    case "list":
    case "tuple":
      return firstInvalid(part.parts, use);
    case "starred":
      return use === "delete" ? part : invalidTarget(part.parts, use);
    case "comparison":
      if (use !== "for") return part;
      return part.parts.some((p) => !isNode(p) && p.text === "in") ? invalidTarget(part.parts, use) : undefined;
    case "attribute":
    case "subscript":
      return undefined;
    default:
      return part;
  }
}

function firstInvalid(parts: readonly Part[], use: "assign" | "delete" | "for"): Part | undefined {
  for (const part of parts) {
    const invalid = invalidTarget(part, use);
    if (invalid) return invalid;
  }
  return undefined;
}
