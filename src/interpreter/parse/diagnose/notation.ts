/**
 * Reads the notation of grammar.ts into rules. See there for what it means.
 */
export type Element =
  | { readonly type: "token"; readonly text: string }
  | { readonly type: "kind"; readonly name: string }
  | { readonly type: "rule"; readonly name: string }
  | { readonly type: "group"; readonly alternatives: readonly Alternative[] }
  | { readonly type: "optional" | "star" | "plus" | "ahead" | "notAhead"; readonly element: Element }
  | { readonly type: "separated"; readonly element: Element; readonly separator: string }
  | { readonly type: "forced"; readonly text: string }
  | { readonly type: "cut" };

export interface Item {
  readonly name: string | null;
  readonly element: Element;
}

export interface Action {
  readonly verb: string;
  readonly operands: readonly string[];
  readonly message: string;
}

export interface Alternative {
  readonly items: readonly Item[];
  readonly kind: string | null;
  readonly action: Action | null;
  /** Consists of nothing but a rule for a mistake. */
  readonly wrongOnly: boolean;
}

export interface Rule {
  readonly name: string;
  readonly id: number;
  readonly shared: boolean;
  readonly quiet: boolean;
  readonly leftRecursive: boolean;
  readonly alternatives: readonly Alternative[];
}

/** A quoted token, a result, an action (its braces may hold quoted braces), a name with or without "=", or a sign. */
const LEXEME = /\s*(?:'([^']*)'|=>\s*([a-z -]+)|\{((?:'[{}]'|[^{}])*)\}|([A-Za-z_]\w*)(=(?!>))?|(&&|[&!()/?*+%~]))/y;

type Lexeme =
  | { readonly type: "token" | "kind" | "action" | "name" | "capture" | "sign"; readonly text: string }
  | { readonly type: "end"; readonly text: "" };

/** Splits the body of a rule. */
function* lexemes(body: string): Generator<Lexeme> {
  let at = 0;
  while (body.slice(at).trim() !== "") {
    LEXEME.lastIndex = at;
    const m = LEXEME.exec(body);
    if (!m) throw new Error(`grammar notation: ${body.slice(at, at + 40)}`);
    at = LEXEME.lastIndex;
    const [, token, kind, action, name, equals, sign] = m;
    if (token !== undefined) yield { type: "token", text: token };
    else if (kind !== undefined) yield { type: "kind", text: kind.trim() };
    else if (action !== undefined) yield { type: "action", text: action };
    else if (name !== undefined) yield { type: equals ? "capture" : "name", text: name };
    else yield { type: "sign", text: sign! };
  }
}

class BodyReader {
  private readonly list: Lexeme[];
  private at = 0;

  constructor(body: string) {
    this.list = [...lexemes(body)];
  }

  private get current(): Lexeme {
    return this.list[this.at] ?? { type: "end", text: "" };
  }

  private isSign(text: string): boolean {
    return this.current.type === "sign" && this.current.text === text;
  }

  private accept(text: string): boolean {
    if (!this.isSign(text)) return false;
    this.at++;
    return true;
  }

  alternatives(): Alternative[] {
    this.accept("/");
    const list = [this.alternative()];
    while (this.accept("/")) list.push(this.alternative());
    return list;
  }

  private alternative(): Alternative {
    const items: Item[] = [];
    let kind: string | null = null;
    let action: Action | null = null;
    for (;;) {
      const { type, text } = this.current;
      if (type === "end" || this.isSign("/") || this.isSign(")")) break;
      if (type === "kind") {
        kind = text;
        this.at++;
      } else if (type === "action") {
        action = readAction(text);
        this.at++;
      } else items.push(this.item());
    }
    const only = items.length === 1 ? items[0]!.element : null;
    return { items, kind, action, wrongOnly: only?.type === "rule" && only.name.startsWith("wrong_") };
  }

  private item(): Item {
    let name: string | null = null;
    if (this.current.type === "capture") {
      name = this.current.text;
      this.at++;
    }
    return { name, element: this.element() };
  }

  private element(): Element {
    if (this.accept("~")) return { type: "cut" };
    if (this.accept("&&")) return { type: "forced", text: this.take() };
    if (this.accept("&")) return { type: "ahead", element: this.suffixed() };
    if (this.accept("!")) return { type: "notAhead", element: this.suffixed() };
    return this.suffixed();
  }

  private take(): string {
    return this.list[this.at++]!.text;
  }

  private suffixed(): Element {
    const element = this.atom();
    if (this.accept("?")) return { type: "optional", element };
    if (this.accept("*")) return { type: "star", element };
    if (this.accept("+")) return { type: "plus", element };
    if (this.accept("%")) return { type: "separated", element, separator: this.take() };
    return element;
  }

  private atom(): Element {
    if (this.accept("(")) {
      const alternatives = this.alternatives();
      this.accept(")");
      return { type: "group", alternatives };
    }
    const { type } = this.current;
    const text = this.take();
    if (type === "token") return { type: "token", text };
    return /^[A-Z_]+$/.test(text) ? { type: "kind", name: text } : { type: "rule", name: text };
  }
}

function readAction(text: string): Action {
  const colon = text.indexOf(":");
  const [verb, ...operands] = (colon < 0 ? text : text.slice(0, colon)).trim().split(/\s+/);
  return { verb: verb!, operands, message: colon < 0 ? "" : text.slice(colon + 1).trim() };
}

function startsWith(alternative: Alternative, name: string): boolean {
  const first = alternative.items[0]?.element;
  return first?.type === "rule" && first.name === name;
}

export function readGrammar(text: string): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  const definitions = text.split(/\n(?=[a-z_]+[*-]?:)/).filter((part) => part.trim() !== "");
  for (const definition of definitions) {
    const head = /^\s*([a-z_]+)([*-]?):/.exec(definition)!;
    const name = head[1]!;
    const alternatives = new BodyReader(definition.slice(head[0].length)).alternatives();
    rules.set(name, {
      name,
      id: rules.size,
      shared: head[2] === "*",
      quiet: head[2] === "-",
      leftRecursive: alternatives.some((a) => startsWith(a, name)),
      alternatives,
    });
  }
  return rules;
}
