/**
 * Lines of one kernel's body while they are generated. An operation that cannot go on raises the flag and ends its thread: `leaveIf`.
 * Arms that are evaluated only sometimes are generated aside (`aside`) and put inside an `if` when they turn out to need statements.
 */
import { type Cause, CAUSES } from "../jit/ir/ops.ts";
import type { Scope } from "./wgsl-scope.ts";

/** Why a launch is given up: an exit of the IR, or something that only a device cannot do. */
export const ABORTS = {
  ...CAUSES,
  bits: "an integer that does not fit 32 bits",
  subnormal: "a subnormal number, which this device takes for zero",
  turns: "a while loop that goes on for very long",
} as const;
export type AbortCause = keyof typeof ABORTS;
const NAMES = Object.keys(ABORTS) as AbortCause[];

/** Values of the flag: 0 is none. */
export const flagOf = (cause: AbortCause): number => NAMES.indexOf(cause) + 1;
export const causeOf = (flag: number): AbortCause => NAMES[flag - 1] ?? "reached";

const ATOM = /^[\w.]+$/;
const LITERAL = /^\(?-?\d|^(true|false)$/;

export class Code {
  lines: string[] = [];
  readonly scope: Scope;
  private indent = "  ";

  constructor(scope: Scope) {
    this.scope = scope;
  }

  put(line: string): void {
    this.lines.push(this.indent + line);
  }

  /** `head {`, what `body` puts, `}`. */
  block(head: string, body: () => void, tail = "}"): void {
    this.put(`${head} {`);
    const outer = this.indent;
    this.indent += "  ";
    body();
    this.indent = outer;
    this.put(tail);
  }

  /** A name for a value, so that it is computed once. */
  bind(text: string): string {
    if (ATOM.test(text)) return text;
    const name = this.scope.fresh("t");
    this.put(`let ${name} = ${text};`);
    return name;
  }

  /**
   * A literal under a name. WGSL evaluates operations on literals when it compiles and refuses those that overflow, also where they never run.
   */
  opaque(text: string): string {
    if (!LITERAL.test(text)) return text;
    const name = this.scope.fresh("t");
    this.put(`let ${name} = ${text};`);
    return name;
  }

  leaveIf(cond: string, cause: AbortCause): void {
    this.put(`if (${strip(cond)}) { leave(${flagOf(cause)}u); return; }`);
  }

  leave(cause: AbortCause): void {
    this.put(`leave(${flagOf(cause)}u);`);
    this.put("return;");
  }

  /** Generates without putting: the value and the lines that it needs before it, one level deeper. */
  aside(make: () => string): { text: string; lines: string[] } {
    const lines = this.lines;
    const indent = this.indent;
    this.lines = [];
    this.indent += "  ";
    const text = make();
    const made = this.lines;
    this.lines = lines;
    this.indent = indent;
    return { text, lines: made };
  }

  append(lines: readonly string[]): void {
    this.lines.push(...lines);
  }
}

/** Without the parentheses around all of it. */
export function strip(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let k = 0; k < text.length - 1; k++) {
    if (text[k] === "(") depth++;
    if (text[k] === ")" && --depth === 0) return text;
  }
  return text.slice(1, -1);
}
