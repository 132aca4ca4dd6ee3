/**
 * The slow path: why is this not Python? Runs only when the fast parser stopped or lowering refused.
 *
 * Like CPython: match the grammar (first pass), then match it with the rules for mistakes (second pass); without a better
 * explanation report the last token that the first pass read. An error of the tokenizer further on wins over an error of the
 * grammar. Source: PEP 617, behaviour observed from CPython 3.14.
 */
import type { Reporter } from "./diagnose/actions.ts";
import { Matcher } from "./diagnose/engine.ts";
import { ProblemBuilder } from "./diagnose/problems.ts";
import { LexicalError, type Token, Tokenizer } from "./diagnose/tokenizer.ts";
import type { Mode } from "./lezer.ts";
import { SyntaxProblem } from "./problem.ts";
import type { LoweringOptions } from "./tree.ts";

const START_RULE = { exec: "file", single: "interactive", eval: "eval", func_type: "func_type" } as const satisfies Record<Mode, string>;

/** The error that CPython would report for `text`; `stoppedAt` is used only if this finds nothing wrong. */
export function diagnose(text: string, mode: Mode, stoppedAt: number, options: LoweringOptions): SyntaxProblem {
  return new Diagnosis(text, mode, options).run(stoppedAt);
}

/** The error in `text`, if there is one: for inputs of the interactive mode that the fast parser is too generous with. */
export function check(text: string, mode: Mode, options: LoweringOptions): SyntaxProblem | undefined {
  return new Diagnosis(text, mode, options).check();
}

class Diagnosis {
  private readonly tokenizer: Tokenizer;
  private readonly problems: ProblemBuilder;
  private readonly matcher: Matcher;
  private readonly mode: Mode;
  private readonly options: LoweringOptions;
  private sawToken = false;
  private secondPass = false;
  private lexicalError: LexicalError | undefined;
  /** Whether the last pass read all of the source. */
  private reachedEnd = false;

  constructor(text: string, mode: Mode, options: LoweringOptions) {
    this.mode = mode;
    this.options = options;
    this.tokenizer = new Tokenizer(text);
    this.problems = new ProblemBuilder(this.tokenizer, options.filename);
    this.matcher = new Matcher(() => this.read(), this.reporter(options));
  }

  run(stoppedAt: number): SyntaxProblem {
    try {
      return this.check() ?? this.unexplained(stoppedAt);
    } catch (error) {
      // Deeper than JavaScript's stack: brackets nested too deeply are the tokenizer's to report.
      if (!(error instanceof RangeError)) throw error;
      return firstLexicalError(this.tokenizer.text, this.options.filename) ?? this.unexplained(stoppedAt);
    }
  }

  check(): SyntaxProblem | undefined {
    const first = this.attempt(false);
    if (first === true) return undefined;
    if (this.options.allowIncomplete && this.isIncomplete()) return this.incomplete();
    if (first !== false) return first;
    const last = this.lastToken;
    const second = this.attempt(true);
    return second instanceof SyntaxProblem ? second : this.generic(last);
  }

  /** Whether the source matches, or why not. */
  private attempt(withMistakes: boolean): boolean | SyntaxProblem {
    this.secondPass = withMistakes;
    try {
      const matches = this.matcher.match(START_RULE[this.mode], withMistakes);
      this.reachedEnd = this.tokenizer.atEnd;
      return matches;
    } catch (error) {
      this.reachedEnd = this.tokenizer.atEnd;
      if (error instanceof LexicalError) {
        this.lexicalError = error;
        return this.problems.lexical(error);
      }
      if (error instanceof SyntaxProblem) return this.laterLexicalError(this.lastToken.lineno) ?? error;
      throw error;
    }
  }

  /** Whether more input could mend it: nothing but the end of the source is wrong. */
  private isIncomplete(): boolean {
    const kind = this.lexicalError?.kind;
    return kind === undefined ? this.reachedEnd : kind === "eof" || kind === "unterminated";
  }

  private incomplete(): SyntaxProblem {
    const message = "incomplete input";
    return this.lexicalError
      ? this.problems.here(message, "_IncompleteInputError")
      : this.problems.atToken(this.lastToken, message, "_IncompleteInputError");
  }

  private get lastToken(): Token {
    return this.matcher.tokens.at(-1)!;
  }

  private generic(last: Token): SyntaxProblem {
    if (last.type === "INDENT" || last.type === "DEDENT") {
      return this.problems.atToken(
        this.lastToken,
        last.type === "INDENT" ? "unexpected indent" : "unexpected unindent",
        "IndentationError",
      );
    }
    const problem = this.problems.at(last, last, "invalid syntax");
    return this.laterLexicalError(this.lastToken.lineno) ?? problem;
  }

  /** Reads the rest of the source for an error of the tokenizer; an unclosed bracket counts when it opens before `line`. */
  private laterLexicalError(line: number): SyntaxProblem | undefined {
    if (this.tokenizer.atEnd) return undefined;
    try {
      while (this.tokenizer.next().type !== "ENDMARKER");
      return undefined;
    } catch (error) {
      if (!(error instanceof LexicalError)) throw error;
      // Inside a format string the error of its expression is the better one.
      if (error.kind === "located" || error.kind === "unterminated")
        return this.tokenizer.inFormatString ? undefined : this.problems.lexical(error);
      const open = this.tokenizer.brackets.at(-1);
      return open && line > open.lineno ? this.problems.neverClosed() : undefined;
    }
  }

  /** The grammar finds nothing wrong: more statements than one in interactive mode, or a gap between the two parsers. */
  private unexplained(stoppedAt: number): SyntaxProblem {
    if (this.mode === "single") {
      return this.problems.atToken(this.lastToken, "multiple statements found while compiling a single statement");
    }
    return atOffset(this.tokenizer.text, this.problems, stoppedAt);
  }

  // Tokens --------------------------------------------------------------------------------------

  private read(): Token {
    const token = this.tokenizer.next();
    if (this.mode === "single" && token.type === "ENDMARKER" && this.sawToken) {
      this.sawToken = false;
      if (this.options.impliesDedent) this.tokenizer.implyDedents();
      return { ...token, type: "NEWLINE" };
    }
    this.sawToken = true;
    return token;
  }

  private reporter(options: LoweringOptions): Reporter {
    const { problems } = this;
    return {
      characterNamed: options.characterNamed,
      at: (first, last, message) => {
        throw problems.at(first, last, message);
      },
      from: (first, message) => {
        throw problems.from(first, message);
      },
      last: (message) => {
        throw problems.atToken(this.lastToken, message);
      },
      after: (token, message) => {
        throw problems.after(token, message);
      },
      indentation: (message) => {
        throw problems.atToken(this.lastToken, message, "IndentationError");
      },
      compoundDone: ({ lineno, col }) => {
        if (this.secondPass) problems.lastStatement = [lineno, col];
      },
    };
  }
}

function firstLexicalError(text: string, filename: string): SyntaxProblem | undefined {
  const tokenizer = new Tokenizer(text);
  try {
    while (tokenizer.next().type !== "ENDMARKER");
    return undefined;
  } catch (error) {
    if (error instanceof LexicalError) return new ProblemBuilder(tokenizer, filename).lexical(error);
    throw error;
  }
}

function atOffset(text: string, problems: ProblemBuilder, at: number): SyntaxProblem {
  const [lineno, offset] = position(text, at);
  return problems.build("SyntaxError", "invalid syntax", { lineno, offset, endLineno: lineno, endOffset: offset + 1 });
}

/** Line and column, both 1-based. */
function position(text: string, at: number): readonly [number, number] {
  const before = text.slice(0, at);
  return [before.split("\n").length, at - before.lastIndexOf("\n")];
}
