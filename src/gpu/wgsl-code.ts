/**
 * Lines of one kernel's body while they are generated. An operation that cannot go on is only noted (`leaveIf`): the thread computes on with some value, since nothing
 * of it will be kept, and looks at the note before loops and at its end (`checkpoint`), where it raises the flag and stops. So inner loops have no branches but
 * those of the program. Accesses out of range do no harm: WGSL keeps them inside their buffer.
 * Arms that are evaluated only sometimes are generated aside (`aside`) and put inside an `if` when they turn out to need statements.
 */
import { CAUSES } from "../jit/ir/ops.ts";
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

/** Where a thread that noted something stops. */
const CHECKPOINT = "if (odd != 0u) { leave(odd); return; }";
const ATOM = /^[\w.]+$/;
const LITERAL = /^\(?-?\d|^(true|false)$/;

export class Code {
  lines: string[] = [];
  readonly scope: Scope;
  private indent = "  ";
  private notes = false;

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

  /** Notes that the thread's work is void. */
  leaveIf(cond: string, cause: AbortCause): void {
    this.notes = true;
    this.put(`odd = select(odd, ${flagOf(cause)}u, ${strip(cond)});`);
  }

  /** Stops at once: for what would not end, or what is not computed on. */
  stopIf(cond: string, cause: AbortCause): void {
    this.put(`if (${strip(cond)}) { leave(${flagOf(cause)}u); return; }`);
  }

  checkpoint(): void {
    this.put(CHECKPOINT);
  }

  /** The body, with what the notes need. */
  finish(): string[] {
    return this.notes ? ["  var odd = 0u;", ...this.lines] : this.lines.filter((line) => line.trim() !== CHECKPOINT);
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
