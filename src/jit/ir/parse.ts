/** Reads the text form of the IR (grammar in print.ts). Errors name the line. Constructors check the types. */
import { apply, cast, dim, IrError, load, num } from "./build.ts";
import type { ArrayDecl, Check, ExitDecl, Expr, ParamDecl, Region, Stmt, VarDecl } from "./nest.ts";
import { OP_NAMES, type OpName, SCALAR_TYPES, type ScalarType, spec } from "./ops.ts";
import { RIGHT_GROUPING } from "./print.ts";

const NAME = /[\p{L}_][\p{L}\p{N}_.]*/uy;
const NUMBER = /(\d+\.?\d*(?:[eE][+-]?\d+)?)/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SYMBOL = /\+%|-%|\*%|\*\*|\/\/|<<|>>|==|!=|<=|>=|[-+*/%&|^~<>=()[\]{},:@!]/y;

interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  readonly text: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

function tokenize(source: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  let line = 1;
  const rules = [
    ["name", NAME],
    ["number", NUMBER],
    ["string", STRING],
    ["symbol", SYMBOL],
  ] as const;
  scan: while (at < source.length) {
    const c = source[at]!;
    if (c === "\n") line++;
    if (/\s/.test(c)) {
      at++;
      continue;
    }
    if (c === "#" || c === ";") {
      while (at < source.length && source[at] !== "\n") at++;
      continue;
    }
    for (const [kind, rule] of rules) {
      rule.lastIndex = at;
      const m = rule.exec(source);
      if (m === null) continue;
      out.push({ kind, text: m[0], line, start: at, end: at + m[0].length });
      at += m[0].length;
      continue scan;
    }
    throw new IrError(`line ${line}: unexpected ${JSON.stringify(c)}`);
  }
  out.push({ kind: "end", text: "end of text", line, start: at, end: at });
  return out;
}

/** Operators by symbol; the same symbol serves a prefix and an infix one. */
const INFIX = new Map<string, OpName>();
const PREFIX = new Map<string, OpName>();
for (const name of OP_NAMES) {
  const s = spec(name);
  if (s.text) (s.args.length === 1 ? PREFIX : INFIX).set(s.text[0], name);
}
const TYPE_NAMES: ReadonlySet<string> = new Set(SCALAR_TYPES);
const OP_SET: ReadonlySet<string> = new Set(OP_NAMES);

export function parse(source: string): Region {
  return new Parser(source).region();
}

class Parser {
  private readonly source: string;
  private readonly tokens: Token[];
  private at = 0;
  private place: { line: number; exit?: string } = { line: 0 };
  private readonly arrays = new Map<string, ArrayDecl>();
  private readonly params = new Map<string, ParamDecl>();
  private readonly vars = new Map<string, VarDecl>();
  private readonly exits: ExitDecl[] = [];
  private readonly ivs = new Set<string>();

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  region(): Region {
    this.expect("region");
    const name = this.string();
    const file = this.string();
    this.expect(":");
    const line = this.count();
    let fpChecks: Region["fpChecks"] = "none";
    let exitMode: Region["exitMode"] = "precise";
    if (this.take("fp")) {
      this.expect("=");
      fpChecks = this.oneOf(["none", "stores", "ops"]);
    }
    if (this.take("transaction")) exitMode = "transaction";
    while (!this.peek("{")) this.declaration();
    const body = this.body();
    if (this.token().kind !== "end") this.fail("expected the end");
    return {
      name,
      file,
      line,
      fpChecks,
      exitMode,
      body,
      exits: this.exits,
      arrays: [...this.arrays.values()],
      params: [...this.params.values()],
      vars: [...this.vars.values()],
    };
  }

  // ---- declarations -----------------------------------------------------------------------------------------------------------------

  private declaration(): void {
    if (this.take("array")) {
      const name = this.name();
      this.expect(":");
      const elem = this.type();
      this.expect("[");
      const ndim = this.count();
      this.expect("]");
      this.arrays.set(name, { name, elem, ndim });
    } else if (this.take("param")) {
      const name = this.name();
      this.expect(":");
      this.params.set(name, { name, type: this.type() });
    } else if (this.take("var")) {
      const name = this.name();
      this.expect(":");
      const type = this.type();
      const init = this.take("unset") ? "unset" : this.take("temp") ? "temp" : "live-in";
      this.vars.set(name, { name, type, init });
    } else if (this.take("exit")) this.exit();
    else this.fail("expected a declaration");
  }

  private exit(): void {
    const id = this.name();
    const reason = this.string();
    this.expect("line");
    const line = this.count();
    this.expect("live");
    this.expect("(");
    const live: string[] = [];
    while (!this.take(")")) {
      live.push(this.name());
      this.take(",");
    }
    const payload = this.json(this.tokens[this.at - 1]!);
    this.exits.push({ id, reason, line, live, ...(payload !== undefined && { payload }) });
  }

  /** JSON on the rest of the line after a token. */
  private json(after: Token): unknown {
    const eol = this.source.indexOf("\n", after.end);
    const rest = this.source.slice(after.end, eol < 0 ? undefined : eol);
    while (this.token().kind !== "end" && this.token().line === after.line) this.at++;
    return rest.trim() === "" ? undefined : JSON.parse(rest);
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  private body(): Stmt[] {
    this.expect("{");
    const out: Stmt[] = [];
    while (!this.take("}")) {
      if (this.take("@")) this.mark();
      else out.push(this.statement());
    }
    return out;
  }

  private mark(): void {
    const line = this.count();
    this.place = this.take("!") ? { line, exit: this.name() } : { line };
  }

  private statement(): Stmt {
    const place = this.place;
    const { line } = place;
    if (this.take("if")) {
      const cond = this.expr();
      const body = this.body();
      return { kind: "if", cond, body, orelse: this.take("else") ? this.body() : [], ...place };
    }
    if (this.take("for")) return this.forLoop(place);
    if (this.take("while")) {
      const cond = this.expr();
      this.expect("as");
      return { kind: "while", id: this.name(), cond, body: this.body(), ...place };
    }
    if (this.take("block")) return { kind: "block", label: this.name(), body: this.body(), line };
    if (this.take("break")) return { kind: "break", target: this.name(), line };
    if (this.take("continue")) return { kind: "continue", target: this.name(), line };
    if (this.take("guard")) {
      const cond = this.expr();
      this.expect("else");
      return { kind: "guard", cond, exit: this.name(), line };
    }
    if (this.take("exit")) return { kind: "exit", exit: this.name(), line };
    return this.assignment(place);
  }

  private forLoop(place: { line: number; exit?: string }): Stmt {
    const iv = this.name();
    this.expect("=");
    const lo = this.expr();
    this.expect(",");
    const hi = this.expr();
    this.expect(",");
    const step = this.expr();
    this.expect("as");
    const id = this.name();
    const parallel = this.take("parallel");
    this.ivs.add(iv);
    return { kind: "for", id, iv, lo, hi, step, body: this.body(), ...(parallel && { parallel }), ...place };
  }

  private assignment(place: { line: number; exit?: string }): Stmt {
    const name = this.name();
    if (!this.peek("[")) {
      this.expect("=");
      return { kind: "set", name, value: this.expr(), ...place };
    }
    const { index, checks } = this.subscripts();
    this.expect("=");
    return { kind: "store", array: name, index, value: this.expr(), ...(checks && { checks }), ...place };
  }

  private subscripts(): { index: Expr[]; checks?: Check[] } {
    this.expect("[");
    const index: Expr[] = [];
    const checks: Check[] = [];
    while (!this.take("]")) {
      index.push(this.expr());
      checks.push(this.take(":") ? this.oneOf(["full", "in", "wrap"]) : "full");
      if (!this.peek("]")) this.expect(",");
    }
    return checks.every((c) => c === "full") ? { index } : { index, checks };
  }

  // ---- expressions: precedence climbing ---------------------------------------------------------------------------------------------

  private expr(power = 0): Expr {
    let left = this.prefix();
    for (;;) {
      const symbol = this.token().text;
      const op = this.token().kind === "symbol" || symbol === "and" || symbol === "or" ? INFIX.get(symbol) : undefined;
      if (op === undefined) return left;
      const p = spec(op).text![1];
      if (p < power) return left;
      this.at++;
      const right = this.expr(RIGHT_GROUPING.has(symbol) ? p : p + 1);
      left = this.checked(() => apply(op, left, right));
    }
  }

  private prefix(): Expr {
    const t = this.token();
    if (t.text === "-" && this.startsNumber(this.tokens[this.at + 1]!)) {
      this.at++;
      return this.number(-1);
    }
    const op = t.kind === "symbol" || t.text === "not" ? PREFIX.get(t.text) : undefined;
    if (op !== undefined) {
      this.at++;
      const operand = this.expr(spec(op).text![1]);
      return this.checked(() => apply(op, operand));
    }
    if (this.startsNumber(t)) return this.number(1);
    if (this.take("(")) {
      const e = this.expr();
      this.expect(")");
      return e;
    }
    return this.named();
  }

  private startsNumber(t: Token): boolean {
    return t.kind === "number" || t.text === "inf" || t.text === "nan" || t.text === "True" || t.text === "False";
  }

  private number(sign: number): Expr {
    const { text } = this.next();
    const isTruth = text === "True" || text === "False";
    const value = isTruth ? Number(text === "True") : sign * (text === "inf" ? Infinity : Number(text));
    const next = this.tokens[this.at + 1];
    let type: ScalarType = isTruth ? "bool" : /^\d+$/.test(text) ? "int" : "float";
    if (this.peek(":") && next !== undefined && TYPE_NAMES.has(next.text)) {
      this.at++;
      type = this.type();
    }
    return this.checked(() => num(type, value));
  }

  private named(): Expr {
    const name = this.name();
    if (this.peek("[")) {
      const a = this.array(name);
      const { index, checks } = this.subscripts();
      return this.checked(() => load(a, index, checks));
    }
    if (this.peek("(")) return this.call(name);
    const v = this.vars.get(name);
    if (v) return { kind: "var", type: v.type, name };
    const p = this.params.get(name);
    if (p) return { kind: "param", type: p.type, name };
    if (this.ivs.has(name)) return { kind: "iv", type: "int", name };
    return this.fail(`${name} is not declared`);
  }

  private call(name: string): Expr {
    this.expect("(");
    if (name === "dim") {
      const a = this.array(this.name());
      this.expect(",");
      const axis = this.count();
      this.expect(")");
      return this.checked(() => dim(a, axis));
    }
    const args: Expr[] = [];
    while (!this.take(")")) {
      args.push(this.expr());
      if (!this.peek(")")) this.expect(",");
    }
    if (TYPE_NAMES.has(name)) return this.checked(() => ({ ...cast(name as ScalarType, args[0]!) }));
    if (!OP_SET.has(name)) this.fail(`no op ${name}`);
    return this.checked(() => apply(name as OpName, ...args));
  }

  private array(name: string): ArrayDecl {
    return this.arrays.get(name) ?? this.fail(`${name} is no array`);
  }

  // ---- tokens -----------------------------------------------------------------------------------------------------------------------

  private token(): Token {
    return this.tokens[this.at]!;
  }
  private next(): Token {
    const t = this.token();
    this.at++;
    return t;
  }
  private peek(text: string): boolean {
    const t = this.token();
    return t.text === text && t.kind !== "string";
  }
  private take(text: string): boolean {
    const found = this.peek(text);
    if (found) this.at++;
    return found;
  }
  private expect(text: string): void {
    if (!this.take(text)) this.fail(`expected ${text}, not ${this.token().text}`);
  }
  private name(): string {
    return this.token().kind === "name" ? this.next().text : this.fail(`expected a name, not ${this.token().text}`);
  }
  private string(): string {
    return this.token().kind === "string" ? (JSON.parse(this.next().text) as string) : this.fail("expected a string");
  }
  private count(): number {
    return /^\d+$/.test(this.token().text) ? Number(this.next().text) : this.fail("expected a number");
  }
  private type(): ScalarType {
    return this.oneOf(SCALAR_TYPES);
  }
  private oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((c) => c === this.token().text);
    if (found === undefined) return this.fail(`expected one of ${choices.join(" ")}, not ${this.token().text}`);
    this.at++;
    return found;
  }
  private checked<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      return this.fail(error instanceof IrError ? error.message : String(error));
    }
  }
  private fail(why: string): never {
    throw new IrError(`line ${this.token().line}: ${why}`);
  }
}
