/**
 * A pattern as a JavaScript RegExp, where both mean the same. V8 compiles those to machine code; the backtracking program (machine.ts) does
 * the rest. Refused are: references to groups, conditionals, possessive and atomic parts, groups inside a repeat that an iteration may skip
 * (Python keeps the last capture, JavaScript forgets it), groups inside negative or backward assertions, and repeats of something that can
 * match nothing (the rules for empty iterations differ).
 */
import { categoryClass, classText, foldedClass, literalText } from "./charset.ts";
import type { Position } from "./opcodes.ts";
import type { Node, Sequence } from "./tree.ts";

export interface Translation {
  readonly source: string;
  readonly flags: "u" | "v";
  /** Groups in the order in which they close, first to last: the last one of a match that took part is `lastindex`. */
  readonly closing: readonly number[];
  /** A match that may be empty could also be non-empty by a later alternative (matters when the search must move on). */
  readonly emptyFirst: boolean;
}

class Refused extends Error {}

/** undefined when the pattern has no exact translation. */
export function toRegExp(body: Sequence): Translation | undefined {
  const t = new Translator();
  try {
    const source = t.sequence(body, { loop: false, skipped: false, captures: true });
    return { source, flags: t.nested ? "v" : "u", closing: t.closing, emptyFirst: t.emptyFirst };
  } catch (e) {
    if (e instanceof Refused) return undefined;
    throw e;
  }
}

interface Place {
  /** Inside the body of a loop. */
  readonly loop: boolean;
  /** In a part of a loop's body that an iteration may skip. */
  readonly skipped: boolean;
  /** Groups are allowed here. */
  readonly captures: boolean;
}

/** Characters that a match of the sequence needs at least. */
export function minWidth(body: Sequence): number {
  return body.reduce((n, x) => n + nodeWidth(x), 0);
}

function nodeWidth(n: Node): number {
  switch (n.kind) {
    case "literal":
    case "set":
    case "any":
      return 1;
    case "branch":
      return Math.min(...n.arms.map(minWidth));
    case "repeat":
      return n.min * minWidth(n.body);
    case "atomic":
      return minWidth(n.body);
    case "exists":
      return Math.min(minWidth(n.yes), minWidth(n.no));
    default:
      return 0;
  }
}

class Translator {
  readonly closing: number[] = [];
  nested = false;
  emptyFirst = false;
  private opened = 0;

  sequence(body: Sequence, place: Place): string {
    return body.map((n) => this.node(n, place)).join("");
  }

  private node(n: Node, place: Place): string {
    switch (n.kind) {
      case "literal":
        return this.literal(n);
      case "set":
        return this.set(n);
      case "any":
        return n.newline ? "[^]" : "[^\\n]";
      case "at":
        return positionText(n.position);
      case "mark":
        return this.mark(n.index, place);
      case "branch":
        return this.branch(n.arms, place);
      case "repeat":
        return this.repeat(n, place);
      case "assert":
        return this.assertion(n, place);
      case "failure":
        return "(?!)";
      default:
        throw new Refused();
    }
  }

  private literal(n: Extract<Node, { kind: "literal" }>): string {
    if (n.fold === "none" && !n.negated) return literalText(n.char);
    const inside = n.fold === "none" ? literalText(n.char) : foldedClass(n.char, n.fold);
    if (inside === "") throw new Refused();
    return `[${n.negated ? "^" : ""}${inside}]`;
  }

  private set(n: Extract<Node, { kind: "set" }>): string {
    const c = classText(n.set, n.fold);
    if (c === undefined) throw new Refused();
    if (c.nested) this.nested = true;
    return c.text;
  }

  private mark(index: number, place: Place): string {
    if (!place.captures || place.skipped) throw new Refused();
    if (index % 2 === 0) {
      // both number groups by their opening parentheses
      if (index >> 1 !== this.opened++) throw new Refused();
      return "(";
    }
    this.closing.push((index >> 1) + 1);
    return ")";
  }

  private branch(arms: readonly Sequence[], place: Place): string {
    this.emptyFirst = true;
    const inner = { ...place, skipped: place.skipped || place.loop };
    return `(?:${arms.map((a) => this.sequence(a, inner)).join("|")})`;
  }

  private repeat(n: Extract<Node, { kind: "repeat" }>, place: Place): string {
    if (n.mode === "possessive") throw new Refused();
    const simple = isSimple(n.body);
    if (!simple && minWidth(n.body) === 0) throw new Refused();
    if (n.max !== Infinity && n.max > 1000) throw new Refused();
    if (n.mode === "lazy") this.emptyFirst = true;
    const inner = { ...place, loop: place.loop || n.max > 1, skipped: place.skipped || (place.loop && n.min === 0) };
    const body = this.sequence(n.body, inner);
    const times = n.min === 0 && n.max === Infinity ? "*" : n.min === 1 && n.max === Infinity ? "+" : n.min === 0 && n.max === 1 ? "?" : `{${n.min}${n.max === n.min ? "" : n.max === Infinity ? "," : `,${n.max}`}}`;
    return `${simple && n.body.length === 1 ? body : `(?:${body})`}${times}${n.mode === "lazy" ? "?" : ""}`;
  }

  private assertion(n: Extract<Node, { kind: "assert" }>, place: Place): string {
    const body = this.sequence(n.body, { ...place, captures: place.captures && !n.negated && n.back === 0 });
    return `(?${n.back > 0 ? "<" : ""}${n.negated ? "!" : "="}${body})`;
  }
}

function isSimple(body: Sequence): boolean {
  return body.length === 1 && (body[0]!.kind === "literal" || body[0]!.kind === "set" || body[0]!.kind === "any");
}

function positionText(p: Position): string {
  const word = `[${categoryClass("word", p.unicode)}]`;
  switch (p.at) {
    case "BEGINNING":
      return "^";
    case "BEGINNING_LINE":
      return "(?:^|(?<=\\n))";
    case "END":
      return "(?=\\n?$)";
    case "END_LINE":
      return "(?=\\n|$)";
    case "END_STRING":
      return "$";
    case "BOUNDARY":
      return p.unicode ? `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))` : "\\b";
    case "NON_BOUNDARY":
      return p.unicode ? `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))` : "\\B";
  }
}
