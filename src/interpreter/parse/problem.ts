/**
 * A syntax error as data. The builtins layer turns it into the Python exception (SyntaxError, IndentationError, TabError).
 * Lines are 1-based; offsets are 1-based and count *characters* (code points) of `text`, as `SyntaxError.offset` does.
 * All are `null` for an error that has no place.
 */
export interface ProblemDetails {
  /** `_IncompleteInputError` only when the caller asked for it (see ParseOptions). */
  readonly kind: "SyntaxError" | "IndentationError" | "TabError" | "_IncompleteInputError";
  readonly message: string;
  readonly filename: string;
  readonly lineno: number | null;
  readonly offset: number | null;
  readonly end_lineno: number | null;
  readonly end_offset: number | null;
  /** The line that `lineno` names, with its line end; `null` when there is none. */
  readonly text: string | null;
  /** What CPython keeps as `SyntaxError._metadata`: line and column of the last complete compound statement, and the source. */
  readonly metadata: readonly [number, number, string] | null;
}

export class SyntaxProblem extends Error {
  readonly kind: ProblemDetails["kind"];
  readonly filename: string;
  readonly lineno: number | null;
  readonly offset: number | null;
  readonly end_lineno: number | null;
  readonly end_offset: number | null;
  readonly text: string | null;
  readonly metadata: readonly [number, number, string] | null;

  constructor(details: ProblemDetails) {
    super(details.message);
    this.name = "SyntaxProblem";
    this.kind = details.kind;
    this.filename = details.filename;
    this.lineno = details.lineno;
    this.offset = details.offset;
    this.end_lineno = details.end_lineno;
    this.end_offset = details.end_offset;
    this.text = details.text;
    this.metadata = details.metadata;
  }
}
