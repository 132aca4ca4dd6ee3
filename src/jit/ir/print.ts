/**
 * The IR as text; parse.ts reads it back. The grammar:
 *
 *   region "NAME" "FILE":LINE [fp=stores|ops] [transaction]
 *   array a: f64[2]            element type, number of axes
 *   param n: int
 *   var s: float [unset|temp]
 *   exit x0 "reason" line 12 live(s, i) {"payload": "as JSON"}
 *   {
 *     @12 !x0                  line and exit of the statements that follow, down the page
 *     for k = 0, n, 1 as L { … }        [parallel]
 *     while s < 1.0 as L2 { … }
 *     if c { … } else { … }
 *     block B { … }   break B   continue L
 *     guard c else x0
 *     exit x0
 *     s = s + a[k, -1 :wrap]   :in and :wrap say what is known of a subscript
 *     a[k, 0] = sqrt(s)
 *   }
 *
 * Constants carry their type unless Python's literal does: 1, 1.5, True, 1:i32, 1.5:f32. A call with a type's name is a cast. dim(a, 0) is a length.
 */
import type { Check, Expr, Region, Stmt } from "./nest.ts";
import { isFloat, isInt, spec } from "./ops.ts";

/** Infix operators that group to the right. */
export const RIGHT_GROUPING: ReadonlySet<string> = new Set(["**"]);
/** Infix operators that do not chain. */
const COMPARISON_POWER = 4;

export function print(r: Region): string {
  const lines: string[] = [];
  const flags = `${r.fpChecks === "none" ? "" : ` fp=${r.fpChecks}`}${r.exitMode === "precise" ? "" : " transaction"}`;
  lines.push(`region ${JSON.stringify(r.name)} ${JSON.stringify(r.file)}:${r.line}${flags}`);
  for (const a of r.arrays) lines.push(`array ${a.name}: ${a.elem}[${a.ndim}]`);
  for (const p of r.params) lines.push(`param ${p.name}: ${p.type}`);
  for (const v of r.vars) lines.push(`var ${v.name}: ${v.type}${v.init === "live-in" ? "" : ` ${v.init}`}`);
  for (const x of r.exits) {
    const payload = x.payload === undefined ? "" : ` ${JSON.stringify(x.payload)}`;
    lines.push(`exit ${x.id} ${JSON.stringify(x.reason)} line ${x.line} live(${x.live.join(", ")})${payload}`);
  }
  lines.push("{", ...printBody(r.body, "  "), "}");
  return `${lines.join("\n")}\n`;
}

/** Statements alone, for reports and plans. */
export function printBody(body: readonly Stmt[], indent = ""): string[] {
  const out: string[] = [];
  new StatementPrinter(out).list(body, indent);
  return out;
}

class StatementPrinter {
  private place = "";
  private readonly out: string[];

  constructor(out: string[]) {
    this.out = out;
  }

  list(body: readonly Stmt[], indent: string): void {
    for (const s of body) this.one(s, indent);
  }

  private one(s: Stmt, indent: string): void {
    this.mark(s, indent);
    const put = (text: string): void => void this.out.push(indent + text);
    const inner = (body: readonly Stmt[]): void => this.list(body, `${indent}  `);
    switch (s.kind) {
      case "set":
        return put(`${s.name} = ${text(s.value)}`);
      case "store":
        return put(`${s.array}[${subscripts(s.index, s.checks)}] = ${text(s.value)}`);
      case "if":
        put(`if ${text(s.cond)} {`);
        inner(s.body);
        if (s.orelse.length > 0) {
          put("} else {");
          inner(s.orelse);
        }
        return put("}");
      case "for":
        put(`for ${s.iv} = ${text(s.lo)}, ${text(s.hi)}, ${text(s.step)} as ${s.id}${s.parallel ? " parallel" : ""} {`);
        inner(s.body);
        return put("}");
      case "while":
        put(`while ${text(s.cond)} as ${s.id} {`);
        inner(s.body);
        return put("}");
      case "block":
        put(`block ${s.label} {`);
        inner(s.body);
        return put("}");
      case "break":
      case "continue":
        return put(`${s.kind} ${s.target}`);
      case "guard":
        return put(`guard ${text(s.cond)} else ${s.exit}`);
      case "exit":
        return put(`exit ${s.exit}`);
    }
  }

  /** Statements that name their exit themselves, or have none, only need the line. */
  private mark(s: Stmt, indent: string): void {
    const own = s.kind === "set" || s.kind === "store" || s.kind === "if" || s.kind === "for" || s.kind === "while";
    const [line, exit] = this.place.split(" ");
    const next = own
      ? s.exit === undefined
        ? `@${s.line}`
        : `@${s.line} !${s.exit}`
      : exit === undefined
        ? `@${s.line}`
        : `@${s.line} ${exit}`;
    if (own ? next === this.place : line === `@${s.line}`) return;
    this.place = next;
    this.out.push(indent + next);
  }
}

/** An expression as text. */
export function text(e: Expr, power = 0): string {
  switch (e.kind) {
    case "const":
      return constant(e.type, e.value);
    case "param":
    case "var":
    case "iv":
      return e.name;
    case "dim":
      return `dim(${e.array}, ${e.axis})`;
    case "load":
      return `${e.array}[${subscripts(e.index, e.checks)}]`;
    case "cast":
      return `${e.type}(${text(e.arg)})`;
    case "op": {
      const sign = spec(e.op).text;
      if (sign === undefined) return `${e.op}(${e.args.map((a) => text(a)).join(", ")})`;
      const [symbol, p] = sign;
      const inner = e.args.length === 1 ? prefix(symbol, p, e.args[0]!) : infix(symbol, p, e.args[0]!, e.args[1]!);
      return p < power ? `(${inner})` : inner;
    }
  }
}

function prefix(symbol: string, p: number, a: Expr): string {
  // -(5) is the operation, -5 the constant
  const operand = a.kind === "const" && symbol === "-" ? `(${text(a)})` : text(a, p);
  return /\w$/.test(symbol) ? `${symbol} ${operand}` : symbol + operand;
}

function infix(symbol: string, p: number, a: Expr, b: Expr): string {
  const right = RIGHT_GROUPING.has(symbol);
  const left = text(a, right || p === COMPARISON_POWER ? p + 1 : p);
  // a negative constant before ** would read as the negation of the power
  const base = right && left.startsWith("-") ? `(${left})` : left;
  return `${base} ${symbol} ${text(b, right ? p : p + 1)}`;
}

function subscripts(index: readonly Expr[], checks: readonly Check[] | undefined): string {
  return index.map((e, k) => text(e) + (checks && checks[k] !== "full" ? ` :${checks[k]}` : "")).join(", ");
}

function constant(type: Expr["type"], value: number): string {
  if (type === "bool") return value ? "True" : "False";
  if (type === "int") return String(value);
  if (isInt(type)) return `${value}:${type}`;
  if (!isFloat(type)) return `${value ? "True" : "False"}:${type}`;
  return floatText(value) + (type === "float" ? "" : `:${type}`);
}

function floatText(x: number): string {
  if (x !== x) return "nan";
  if (x === Infinity || x === -Infinity) return x > 0 ? "inf" : "-inf";
  const s = Object.is(x, -0) ? "-0" : String(x);
  return /[.e]/.test(s) ? s : `${s}.0`;
}
