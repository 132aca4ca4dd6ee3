/**
 * Characters of a source, read the way CPython's tokenizer reads them, and the errors it raises at them.
 *
 * Invariants: `start` is -1 between tokens; `lineno` grows when the first character of a line is read, not before; the text
 * has "\n" as its only line end. Offsets are UTF-16 units; problems.ts turns them into characters.
 */

/**
 * A lexical error. `located` errors and strings `unterminated` at the end of the source know their columns; the others are placed by the parser, as
 * CPython places them.
 */
export class LexicalError extends Error {
  readonly kind: "located" | "unterminated" | "eof" | "dedent" | "tabs" | "deep" | "continuation";
  readonly lineno: number;
  readonly offset: number;
  readonly endOffset: number;
  constructor(kind: LexicalError["kind"], message: string, lineno: number, offset: number, endOffset: number) {
    super(message);
    this.kind = kind;
    this.lineno = lineno;
    this.offset = offset;
    this.endOffset = endOffset;
  }
}

export const EOF = -1;

export function isNameStart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c >= 128;
}

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

export function isNameChar(c: number): boolean {
  return isNameStart(c) || isDigit(c);
}

export function isHexDigit(c: number): boolean {
  return isDigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);
}

export function char(c: number): string {
  return c < 0 ? "" : String.fromCharCode(c);
}

export function codeName(ch: string): string {
  return `U+${ch.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

export class SourceReader {
  readonly text: string;
  /** Next character to read. */
  cur = 0;
  /** End of the line that is being read. */
  inp = 0;
  lineno = 0;
  lineStart = 0;
  /** Start of the lines that CPython holds in its buffer: those of the current token. */
  buf = 0;
  /** Start of the current token. */
  start = -1;
  /** Whether the end of the source was read. */
  atEnd = false;

  constructor(text: string) {
    this.text = text;
  }

  nextc(): number {
    if (this.cur === this.inp && !this.underflow()) return EOF;
    return this.text.charCodeAt(this.cur++);
  }

  underflow(): boolean {
    if (this.inp >= this.text.length) {
      this.atEnd = true;
      return false;
    }
    const newline = this.text.indexOf("\n", this.inp);
    if (this.start < 0) this.buf = this.cur;
    this.lineStart = this.cur;
    this.inp = newline < 0 ? this.text.length : newline + 1;
    this.lineno++;
    return true;
  }

  backup(c: number): void {
    if (c !== EOF) this.cur--;
  }

  peekc(): number {
    const c = this.nextc();
    this.backup(c);
    return c;
  }

  /** An error at the last character read. */
  fail(message: string, kind: "located" | "unterminated" = "located"): never {
    const offset = this.cur - this.lineStart;
    throw new LexicalError(kind, message, this.lineno, offset, offset);
  }

  failRange(message: string, from: number, to: number): never {
    throw new LexicalError("located", message, this.lineno, from, to);
  }

  failAs(kind: LexicalError["kind"], message: string): never {
    throw new LexicalError(kind, message, this.lineno, 0, 0);
  }
}
