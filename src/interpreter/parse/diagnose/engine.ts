/**
 * A packrat interpreter for the error grammar.
 *
 * Invariants: tokens are read only when a rule looks at them, because CPython reports an otherwise unexplained error at the
 * last token it read; a rule that raises an error throws. Source: PEP 617; left recursion after Warth, Douglass and
 * Millstein, "Packrat Parsers Can Support Left Recursion" (2008).
 */
import { type Reporter, runAction } from "./actions.ts";
import { GRAMMAR } from "./grammar.ts";
import { flatten, isNode, type Part, type Result } from "./nodes.ts";
import { type Alternative, type Element, type Item, type Rule, readGrammar } from "./notation.ts";
import type { Token, TokenType } from "./token.ts";

const FAIL = Symbol("fail");
type Outcome = Result | typeof FAIL;

const KEYWORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);
const SOFT_KEYWORDS = new Set(["_", "case", "match", "type"]);

let rules: ReadonlyMap<string, Rule> | undefined;

interface Remembered {
  readonly outcome: Outcome;
  readonly end: number;
}

export class Matcher {
  readonly tokens: Token[] = [];
  mark = 0;
  private readonly read: () => Token;
  private readonly reporter: Reporter;
  /** Whether rules for mistakes are tried. */
  private wrong = false;
  private memo: Map<number, Remembered>[] = [];

  constructor(read: () => Token, reporter: Reporter) {
    this.read = read;
    this.reporter = reporter;
    rules ??= readGrammar(GRAMMAR);
  }

  /** Whether the whole input matches `rule`; throws what an action or the tokenizer throws. */
  match(rule: string, withMistakes: boolean): boolean {
    this.mark = 0;
    this.wrong = withMistakes;
    this.memo = Array.from(rules!, () => new Map());
    return this.rule(rules!.get(rule)!) !== FAIL;
  }

  /** The token at `mark`, read when it was not yet. */
  token(): Token {
    if (this.mark === this.tokens.length) this.tokens.push(this.read());
    return this.tokens[this.mark]!;
  }

  // Rules ---------------------------------------------------------------------------------------

  private rule(rule: Rule): Outcome {
    const memo = this.memo[rule.id]!;
    const key = this.mark * 2 + (this.wrong || rule.shared ? 1 : 0);
    const known = memo.get(key);
    if (known) {
      this.mark = known.end;
      return known.outcome;
    }
    const outcome = rule.leftRecursive ? this.grow(rule, key) : rule.quiet ? this.quietly(rule) : this.alternatives(rule.alternatives);
    memo.set(key, { outcome, end: this.mark });
    return outcome;
  }

  private quietly(rule: Rule): Outcome {
    const before = this.wrong;
    this.wrong = false;
    const outcome = this.alternatives(rule.alternatives);
    this.wrong = before;
    return outcome;
  }

  /** Left recursion: fail first, then match again and again while the match gets longer. */
  private grow(rule: Rule, key: number): Outcome {
    const memo = this.memo[rule.id]!;
    const start = this.mark;
    let best: Remembered = { outcome: FAIL, end: start };
    for (;;) {
      memo.set(key, best);
      this.mark = start;
      const outcome = this.alternatives(rule.alternatives);
      if (outcome === FAIL || this.mark <= best.end) break;
      best = { outcome, end: this.mark };
    }
    this.mark = best.end;
    return best.outcome;
  }

  private alternatives(list: readonly Alternative[]): Outcome {
    const start = this.mark;
    for (const alternative of list) {
      if (alternative.wrongOnly && !this.wrong) continue;
      this.mark = start;
      const outcome = this.alternative(alternative);
      if (outcome === "stop") break;
      if (outcome !== "next") return outcome.result;
    }
    this.mark = start;
    return FAIL;
  }

  /** "next": try another alternative; "stop": the rule fails. */
  private alternative({ items, kind, action }: Alternative): { result: Result } | "next" | "stop" {
    const start = this.mark;
    const values: Result[] = [];
    const named = new Map<string, Result>();
    let committed = false;
    for (const item of items) {
      if (item.element.type === "cut") committed = true;
      else if (!this.item(item, values, named)) return committed ? "stop" : "next";
    }
    if (action && !runAction(action, named, this.reporter, this)) return "stop";
    if (kind) return { result: this.node(kind, start, named) };
    if (named.size === 1) return { result: named.values().next().value! };
    return { result: values.length === 1 ? values[0]! : values };
  }

  private node(kind: string, start: number, named: ReadonlyMap<string, Result>): Part {
    const parts = [...named.values()].flatMap(flatten).filter((part) => isNode(part) || part.type !== "OP" || part.text === "...");
    return { kind, first: this.tokens[start]!, last: this.tokens[this.mark - 1]!, parts };
  }

  private item({ name, element }: Item, values: Result[], named: Map<string, Result>): boolean {
    const outcome = this.element(element);
    if (outcome === FAIL) return false;
    if (element.type !== "ahead" && element.type !== "notAhead") values.push(outcome);
    if (name !== null) named.set(name, outcome);
    return true;
  }

  // Elements ------------------------------------------------------------------------------------

  private element(element: Element): Outcome {
    switch (element.type) {
      case "token":
        return this.expect(element.text);
      case "kind":
        return this.expectKind(element.name);
      case "rule":
        return this.rule(rules!.get(element.name)!);
      case "group":
        return this.alternatives(element.alternatives);
      case "optional": {
        const outcome = this.element(element.element);
        return outcome === FAIL ? null : outcome;
      }
      case "star":
        return this.repeat(element.element);
      case "plus": {
        const list = this.repeat(element.element);
        return list.length === 0 ? FAIL : list;
      }
      case "separated":
        return this.separated(element.element, element.separator);
      case "ahead":
      case "notAhead": {
        const start = this.mark;
        const found = this.element(element.element) !== FAIL;
        this.mark = start;
        return found === (element.type === "ahead") ? null : FAIL;
      }
      case "forced": {
        const token = this.token();
        const outcome = this.expect(element.text);
        return outcome === FAIL ? this.reporter.at(token, token, `expected '${element.text}'`) : outcome;
      }
      case "cut":
        return null;
    }
  }

  private repeat(element: Element): Result[] {
    const list: Result[] = [];
    for (;;) {
      const start = this.mark;
      const outcome = this.element(element);
      if (outcome === FAIL || this.mark === start) {
        this.mark = start;
        return list;
      }
      list.push(outcome);
    }
  }

  private separated(element: Element, separator: string): Outcome {
    const first = this.element(element);
    if (first === FAIL) return FAIL;
    const list: Result[] = [first];
    for (;;) {
      const start = this.mark;
      const next = this.expect(separator) === FAIL ? FAIL : this.element(element);
      if (next === FAIL) {
        this.mark = start;
        return list;
      }
      list.push(next);
    }
  }

  private expect(text: string): Outcome {
    const token = this.token();
    if (token.text !== text || (token.type !== "OP" && token.type !== "NAME")) return FAIL;
    this.mark++;
    return token;
  }

  private expectKind(name: string): Outcome {
    const token = this.token();
    if (name === "NAME" || name === "SOFT_KEYWORD") {
      if (token.type !== "NAME" || KEYWORDS.has(token.text)) return FAIL;
      if (name === "SOFT_KEYWORD" && !SOFT_KEYWORDS.has(token.text)) return FAIL;
    } else if (token.type !== (name as TokenType)) return FAIL;
    this.mark++;
    return token;
  }
}
