/**
 * Builds the SyntaxProblem for a place in the source the way CPython fills SyntaxError's attributes: which line `text` shows,
 * and offsets in characters. Observed from CPython 3.14.
 */
import { type ProblemDetails, SyntaxProblem } from "../problem.ts";
import type { LexicalError, Token, Tokenizer } from "./tokenizer.ts";

type Kind = ProblemDetails["kind"];

/** Columns as UTF-16 offsets in the line, 1-based. */
interface Place {
  readonly lineno: number;
  readonly offset: number;
  readonly endLineno: number;
  readonly endOffset: number;
}

/** Number of characters in the first `units` UTF-16 units of `line`. */
function characters(line: string, units: number): number {
  return [...line.slice(0, units)].length;
}

const utf8 = new TextEncoder();

/** The 1-based column `offset` of line `source` as CPython reports it, which counts that many bytes of the line that it shows. */
function shownColumn(shown: string, source: string, offset: number): number {
  if (offset <= 0) return offset;
  const bytes = utf8.encode(`${source}\n`.slice(0, offset - 1)).length + 1;
  return [...new TextDecoder().decode(utf8.encode(`${shown}\0`).subarray(0, bytes))].length;
}

/** Line `lineno` without its line end. */
function lineOf(text: string, lineno: number): string {
  let start = 0;
  for (let line = 1; line < lineno; line++) {
    const newline = text.indexOf("\n", start);
    if (newline < 0) break;
    start = newline + 1;
  }
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end);
}

export class ProblemBuilder {
  private readonly tokenizer: Tokenizer;
  private readonly filename: string;
  /** Line and column of the last complete compound statement. */
  lastStatement: readonly [number, number] = [0, 0];

  constructor(tokenizer: Tokenizer, filename: string) {
    this.tokenizer = tokenizer;
    this.filename = filename;
  }

  /** An error the parser raises. */
  build(kind: Kind, message: string, { lineno, offset, endLineno, endOffset }: Place): SyntaxProblem {
    const { text, lineStart, inp } = this.tokenizer;
    // The tokenizer's line with its line end, as long as the error is on it; else the line alone.
    const shown = this.tokenizer.lineno <= lineno ? text.slice(lineStart, inp) : lineOf(text, lineno);
    return new SyntaxProblem({
      kind,
      message,
      filename: this.filename,
      lineno,
      offset: shownColumn(shown, lineOf(text, lineno), offset),
      end_lineno: endLineno,
      end_offset: shownColumn(shown, lineOf(text, endLineno), endOffset),
      text: shown,
      metadata: [...this.lastStatement, text],
    });
  }

  at(first: Token, last: Token, message: string, kind: Kind = "SyntaxError"): SyntaxProblem {
    return this.build(kind, message, {
      lineno: first.lineno,
      offset: first.col + 1,
      endLineno: last.endLineno,
      endOffset: last.endCol + 1,
    });
  }

  from(first: Token, message: string): SyntaxProblem {
    const { lineno, cur, lineStart } = this.tokenizer;
    return this.build("SyntaxError", message, {
      lineno: first.lineno,
      offset: first.col + 1,
      endLineno: lineno,
      endOffset: cur - lineStart,
    });
  }

  /** At a token that may have no columns of its own. */
  atToken(token: Token, message: string, kind: Kind = "SyntaxError"): SyntaxProblem {
    const { cur, buf, lineStart } = this.tokenizer;
    const offset = token.col >= 0 ? token.col + 1 : cur === buf ? 0 : cur - lineStart;
    const endOffset = token.endCol >= 0 ? token.endCol + 1 : -1;
    return this.build(kind, message, { lineno: token.lineno, offset, endLineno: token.endLineno, endOffset });
  }

  /** Where the tokenizer is. */
  here(message: string, kind: Kind): SyntaxProblem {
    const { lineno, cur, lineStart } = this.tokenizer;
    return this.build(kind, message, { lineno, offset: cur - lineStart, endLineno: lineno, endOffset: -1 });
  }

  after(token: Token, message: string): SyntaxProblem {
    return this.build("SyntaxError", message, { lineno: token.lineno, offset: token.endCol, endLineno: token.endLineno, endOffset: 0 });
  }

  /** The innermost bracket that is still open. */
  neverClosed(): SyntaxProblem {
    const { text, lineno, col } = this.tokenizer.brackets.at(-1)!;
    return this.build("SyntaxError", `'${text}' was never closed`, { lineno, offset: col + 1, endLineno: lineno, endOffset: 0 });
  }

  lexical(error: LexicalError): SyntaxProblem {
    const { message, lineno, kind, offset, endOffset } = error;
    const { cur, buf, lineStart, brackets } = this.tokenizer;
    switch (kind) {
      case "located":
      case "unterminated":
        return this.located(error);
      case "eof":
        if (brackets.length > 0) return this.neverClosed();
        return this.build("SyntaxError", message, { lineno, offset: cur - lineStart, endLineno: lineno, endOffset: -1 });
      case "dedent":
        return this.build("IndentationError", message, { lineno, offset: cur - lineStart, endLineno: lineno, endOffset: -1 });
      case "continuation":
        return this.build("SyntaxError", message, { lineno, offset: cur - buf, endLineno: lineno, endOffset: 0 });
      case "tabs":
      case "deep":
        return this.build(kind === "tabs" ? "TabError" : "IndentationError", message, {
          lineno,
          offset: offset + 1,
          endLineno: lineno,
          endOffset,
        });
    }
  }

  /** The tokenizer shows its line without the line end, and counts characters up to the place. */
  private located({ message, lineno, offset, endOffset }: LexicalError): SyntaxProblem {
    const { text, lineStart } = this.tokenizer;
    const newline = text.indexOf("\n", lineStart);
    const shown = text.slice(lineStart, newline < 0 ? text.length : newline);
    return new SyntaxProblem({
      kind: "SyntaxError",
      message,
      filename: this.filename,
      lineno,
      offset: characters(shown, offset),
      end_lineno: lineno,
      end_offset: characters(shown, endOffset),
      text: shown,
      metadata: [...this.lastStatement, text],
    });
  }
}
