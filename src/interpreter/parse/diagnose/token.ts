/** Tokens as CPython's parser sees them. */
export type TokenType =
  | "NAME"
  | "NUMBER"
  | "STRING"
  | "OP"
  | "NEWLINE"
  | "INDENT"
  | "DEDENT"
  | "ENDMARKER"
  | "FSTRING_START"
  | "FSTRING_MIDDLE"
  | "FSTRING_END"
  | "TSTRING_START"
  | "TSTRING_MIDDLE"
  | "TSTRING_END";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Offsets in the source. */
  readonly start: number;
  readonly end: number;
  readonly lineno: number;
  /** Column of the first character, or -1 for tokens that have none (INDENT, DEDENT, ENDMARKER). */
  readonly col: number;
  readonly endLineno: number;
  readonly endCol: number;
  /** Depth of open brackets after this token. */
  readonly level: number;
}
