/**
 * CPython's tokenizer, for the slow path: it reads the source the way CPython 3.14 does, so that lexical errors come with the
 * same message and place, and so that the error grammar (grammar.ts) sees the same tokens.
 *
 * Source: Language Reference chapter 2; behaviour at errors observed from CPython 3.14.
 */
import { isPrintable } from "../../objects/str-repr.ts";
import { isIdentifier } from "../lower/names.ts";
import { readFraction, readNumber } from "./numerals.ts";
import { char, codeName, EOF, isDigit, isNameChar, isNameStart, SourceReader } from "./reader.ts";
import type { Token, TokenType } from "./token.ts";

export { LexicalError } from "./reader.ts";
export type { Token, TokenType } from "./token.ts";

const TAB_SIZE = 8;
export const MAX_INDENT = 100;
export const MAX_LEVEL = 200;
const MAX_FIELD_DEPTH = 3;
const MAX_STRING_DEPTH = 150;

const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const TWO = new Set("!= %= &= ** *= += -= -> // /= := << <= <> == >= >> @= ^= |=".split(" "));
const THREE = new Set(["**=", "...", "//=", "<<=", ">>="]);
interface Bracket {
  readonly text: string;
  readonly lineno: number;
  readonly col: number;
}

/** What is being read inside a format string. */
interface StringMode {
  readonly letter: "f" | "t";
  readonly quote: string;
  readonly quoteSize: 1 | 3;
  readonly raw: boolean;
  readonly start: number;
  readonly lineStart: number;
  readonly lineno: number;
  inText: boolean;
  inSpec: boolean;
  curlyDepth: number;
  fieldDepth: number;
}

export class Tokenizer extends SourceReader {
  /** Open brackets, innermost last. */
  readonly brackets: Bracket[] = [];
  private atLineStart = true;
  private pending = 0;
  private readonly indents: number[] = [0];
  private readonly altIndents: number[] = [0];
  private readonly modes: StringMode[] = [];
  private firstLineno = 0;
  private firstLineStart = 0;

  next(): Token {
    const mode = this.modes[this.modes.length - 1];
    return mode?.inText ? this.readFormatText(mode) : this.readToken(mode);
  }

  /** Whether a format string is being read. */
  get inFormatString(): boolean {
    return this.modes.length > 0;
  }

  /** What the end of input inside one statement of the interactive mode implies: all blocks end. */
  implyDedents(): void {
    this.pending = 1 - this.indents.length;
    this.indents.length = 1;
    this.altIndents.length = 1;
  }

  // Results -------------------------------------------------------------------------------------

  private make(type: TokenType, from: number, to: number): Token {
    const several = type === "STRING" || type === "FSTRING_MIDDLE" || type === "TSTRING_MIDDLE";
    const lineStart = several ? this.firstLineStart : this.lineStart;
    return {
      type,
      text: from < 0 ? "" : this.text.slice(from, to),
      start: from,
      end: to,
      lineno: several ? this.firstLineno : this.lineno,
      col: from >= lineStart ? from - lineStart : -1,
      endLineno: this.lineno,
      endCol: to >= this.lineStart ? to - this.lineStart : -1,
      level: this.brackets.length,
    };
  }

  private here(type: TokenType): Token {
    return this.make(type, this.start, this.cur);
  }

  // Lines ---------------------------------------------------------------------------------------

  private readToken(mode: StringMode | undefined): Token {
    for (;;) {
      this.start = -1;
      const blank = this.atLineStart && this.readIndentation();
      this.start = this.cur;
      if (this.pending !== 0) {
        const type = this.pending < 0 ? "DEDENT" : "INDENT";
        this.pending += this.pending < 0 ? 1 : -1;
        return this.make(type, -1, -1);
      }
      this.peekc();
      const token = this.readAfterSpace(mode, blank);
      if (token) return token;
    }
  }

  /** Reads the white space of a line; says whether the line is blank. */
  private readIndentation(): boolean {
    this.atLineStart = false;
    let col = 0;
    let altCol = 0;
    let continued = 0;
    let c = this.nextc();
    for (; ; c = this.nextc()) {
      if (c === 32) {
        col++;
        altCol++;
      } else if (c === 9) {
        col = (Math.floor(col / TAB_SIZE) + 1) * TAB_SIZE;
        altCol++;
      } else if (c === 12) {
        col = 0;
        altCol = 0;
      } else if (c === 92) {
        continued ||= col;
        this.continueLine();
      } else break;
    }
    this.backup(c);
    if (c === 35 || c === 10) return true;
    if (this.brackets.length === 0) this.indentTo(continued || col, continued || altCol);
    return false;
  }

  private indentTo(col: number, altCol: number): void {
    const { indents, altIndents } = this;
    const top = () => indents[indents.length - 1]!;
    const altTop = () => altIndents[altIndents.length - 1]!;
    if (col > top()) {
      if (indents.length >= MAX_INDENT) {
        this.cur = this.inp;
        this.failAs("deep", "too many levels of indentation");
      }
      if (altCol <= altTop()) this.inconsistent();
      this.pending++;
      indents.push(col);
      altIndents.push(altCol);
      return;
    }
    while (indents.length > 1 && col < top()) {
      this.pending--;
      indents.pop();
      altIndents.pop();
    }
    if (col !== top()) {
      this.cur = this.inp;
      this.failAs("dedent", "unindent does not match any outer indentation level");
    }
    if (altCol !== altTop()) this.inconsistent();
  }

  private inconsistent(): never {
    this.cur = this.inp;
    return this.failAs("tabs", "inconsistent use of tabs and spaces in indentation");
  }

  /** After a backslash: the line end must follow, then another line. */
  private continueLine(): void {
    const c = this.nextc();
    if (c !== 10) this.failAs("continuation", "unexpected character after line continuation character");
    if (this.peekc() === EOF) {
      this.cur = this.inp;
      this.failAs("eof", "unexpected EOF while parsing");
    }
  }

  /** One token after white space and comments; undefined when the line ends without one. */
  private readAfterSpace(mode: StringMode | undefined, blank: boolean): Token | undefined {
    for (;;) {
      this.start = -1;
      let c = this.nextc();
      while (c === 32 || c === 9 || c === 12) c = this.nextc();
      this.start = c === EOF ? this.cur : this.cur - 1;
      if (c === 35) while (c !== EOF && c !== 10) c = this.nextc();
      if (c === EOF) {
        if (this.brackets.length > 0) this.failAs("eof", "unexpected EOF while parsing");
        return this.make("ENDMARKER", -1, -1);
      }
      if (c === 10) {
        this.atLineStart = true;
        if (blank || this.brackets.length > 0) return undefined;
        return this.here("NEWLINE");
      }
      if (c !== 92) return this.readSolid(mode, c);
      this.continueLine();
    }
  }

  private readSolid(mode: StringMode | undefined, c: number): Token {
    if (isNameStart(c)) return this.readName(c);
    if (isDigit(c)) {
      readNumber(this, c);
      return this.here("NUMBER");
    }
    if (c === 46) {
      const second = this.peekc();
      if (isDigit(second)) {
        readFraction(this, this.nextc());
        return this.here("NUMBER");
      }
    }
    if (c === 34 || c === 39) return this.readString(c);
    return this.readOperator(mode, c);
  }

  // Names ---------------------------------------------------------------------------

  private readName(first: number): Token {
    let prefix = "";
    let c = first;
    while (/[bBuUrRfFtT]/.test(char(c)) && !prefix.includes(char(c | 32))) {
      prefix += char(c | 32);
      c = this.nextc();
      if (c === 34 || c === 39) {
        this.checkPrefix(prefix);
        return /[ft]/.test(prefix) ? this.startFormat(prefix, c) : this.readString(c);
      }
    }
    let ascii = true;
    for (; isNameChar(c); c = this.nextc()) if (c >= 128) ascii = false;
    this.backup(c);
    if (!ascii) this.checkName();
    return this.here("NAME");
  }

  private checkPrefix(prefix: string): void {
    for (const pair of ["ub", "ur", "uf", "ut", "bf", "bt", "ft"]) {
      if (!prefix.includes(pair[0]!) || !prefix.includes(pair[1]!)) continue;
      this.failRange(`'${pair[0]}' and '${pair[1]}' prefixes are incompatible`, this.start + 1 - this.lineStart, this.cur - this.lineStart);
    }
  }

  private checkName(): void {
    let valid = "";
    for (const ch of this.text.slice(this.start, this.cur)) {
      if (!isIdentifier(valid + ch)) {
        this.cur = this.start + valid.length + ch.length;
        this.fail(isPrintable(ch) ? `invalid character '${ch}' (${codeName(ch)})` : `invalid non-printable character ${codeName(ch)}`);
      }
      valid += ch;
    }
  }

  // Strings -------------------------------------------------------------------------------------

  private readString(first: number): Token {
    const quote = first;
    this.firstLineno = this.lineno;
    this.firstLineStart = this.lineStart;
    let size = 1;
    let endSize = 0;
    let c = this.nextc();
    if (c === quote) {
      c = this.nextc();
      if (c === quote) size = 3;
      else endSize = 1;
    }
    if (c !== quote) this.backup(c);
    let escapedQuote = false;
    while (endSize !== size) {
      c = this.nextc();
      if (c === EOF || (size === 1 && c === 10)) this.unterminated(quote, size, escapedQuote);
      if (c === quote) endSize++;
      else {
        endSize = 0;
        if (c === 92 && this.nextc() === quote) escapedQuote = true;
      }
    }
    return this.here("STRING");
  }

  private unterminated(quote: number, size: number, escapedQuote: boolean): never {
    const detected = this.lineno;
    const kind = this.atEnd ? "unterminated" : "located";
    this.cur = this.start + 1;
    this.lineStart = this.firstLineStart;
    this.lineno = this.firstLineno;
    const mode = this.modes[this.modes.length - 1];
    if (mode && mode.quote === char(quote) && mode.quoteSize === size) this.fail(`${mode.letter}-string: expecting '}'`);
    if (size === 3) return this.fail(`unterminated triple-quoted string literal (detected at line ${detected})`, kind);
    return this.fail(
      `unterminated string literal (detected at line ${detected})${escapedQuote ? "; perhaps you escaped the end quote?" : ""}`,
      kind,
    );
  }

  private startFormat(prefix: string, quote: number): Token {
    this.firstLineno = this.lineno;
    this.firstLineStart = this.lineStart;
    let quoteSize: 1 | 3 = 1;
    const second = this.nextc();
    if (second === quote) {
      const third = this.nextc();
      if (third === quote) quoteSize = 3;
      else {
        this.backup(third);
        this.backup(second);
      }
    } else this.backup(second);
    if (this.modes.length + 1 >= MAX_STRING_DEPTH) this.fail("too many nested f-strings or t-strings");
    const letter = prefix.includes("f") ? "f" : "t";
    this.modes.push({
      letter,
      quote: char(quote),
      quoteSize,
      raw: prefix.includes("r"),
      start: this.start,
      lineStart: this.lineStart,
      lineno: this.lineno,
      inText: true,
      inSpec: false,
      curlyDepth: 0,
      fieldDepth: -1,
    });
    return this.here(letter === "f" ? "FSTRING_START" : "TSTRING_START");
  }

  private readFormatText(mode: StringMode): Token {
    const kind = mode.letter === "f" ? "FSTRING" : "TSTRING";
    this.start = this.cur;
    this.firstLineno = this.lineno;
    if (this.peekc() === 123 && this.text[this.cur + 1] !== "{") {
      this.enterField(mode);
      return this.readToken(mode);
    }
    if (this.closesString(mode)) {
      this.cur += mode.quoteSize;
      this.modes.pop();
      return this.here(`${kind}_END`);
    }
    this.firstLineStart = this.lineStart;
    return this.readMiddle(mode, `${kind}_MIDDLE`);
  }

  private closesString({ quote, quoteSize }: StringMode): boolean {
    return this.text.startsWith(quote.repeat(quoteSize), this.cur);
  }

  private enterField(mode: StringMode): void {
    mode.fieldDepth++;
    if (mode.fieldDepth >= MAX_FIELD_DEPTH) this.fail(`${mode.letter}-string: expressions nested too deeply`);
    mode.inText = false;
    mode.inSpec = false;
  }

  private readMiddle(mode: StringMode, type: TokenType): Token {
    let named = false;
    for (;;) {
      if (this.closesString(mode)) return this.make(type, this.start, this.cur);
      const c = this.nextc();
      const inSpec = mode.inSpec && mode.fieldDepth >= 0;
      if (c === EOF || (mode.quoteSize === 1 && c === 10)) {
        if (inSpec && c === 10) {
          this.backup(c);
          mode.inText = false;
          mode.inSpec = false;
          return this.make(type, this.start, this.cur);
        }
        this.unterminatedFormat(mode);
      }
      if (c === 123) {
        const second = this.nextc();
        if (second === 123 && !inSpec) return this.make(type, this.start, this.cur - 1);
        this.backup(second);
        this.backup(c);
        this.enterField(mode);
        return this.make(type, this.start, this.cur);
      }
      if (c === 125) {
        if (named) return this.make(type, this.start, this.cur);
        const second = this.nextc();
        if (second === 125 && !inSpec && mode.curlyDepth === 0) return this.make(type, this.start, this.cur - 1);
        this.backup(second);
        this.backup(c);
        mode.inText = false;
        mode.inSpec = false;
        return this.make(type, this.start, this.cur);
      }
      if (c === 92) named = this.skipFormatEscape(mode) || named;
    }
  }

  /** Says whether the escape opened the name of a character. */
  private skipFormatEscape(mode: StringMode): boolean {
    const c = this.nextc();
    if (c === 123 || c === 125) {
      this.backup(c);
      return false;
    }
    if (mode.raw || c !== 78 || this.peekc() !== 123) return false;
    this.nextc();
    return true;
  }

  private unterminatedFormat(mode: StringMode): never {
    const detected = this.lineno;
    this.cur = mode.start + 1;
    this.lineStart = mode.lineStart;
    this.lineno = mode.lineno;
    return this.fail(
      `unterminated ${mode.quoteSize === 3 ? "triple-quoted " : ""}${mode.letter}-string literal (detected at line ${detected})`,
      this.atEnd && mode.quoteSize === 3 ? "unterminated" : "located",
    );
  }

  // Operators -----------------------------------------------------------------------------------

  private readOperator(mode: StringMode | undefined, c: number): Token {
    if (c === 58 && mode && mode.fieldDepth >= 0 && mode.curlyDepth - 1 === mode.fieldDepth) {
      mode.inText = true;
      mode.inSpec = true;
      return this.here("OP");
    }
    const two = this.text.slice(this.start, this.start + 2);
    const three = this.text.slice(this.start, this.start + 3);
    if (THREE.has(three) || TWO.has(two)) {
      this.cur = this.start + (THREE.has(three) ? 3 : 2);
      return this.here("OP");
    }
    // CPython has looked at the next character by now, and may have met the end of the source.
    this.peekc();
    const text = char(c);
    if (text === "(" || text === "[" || text === "{") this.openBracket(text, mode);
    else if (CLOSING[text]) this.closeBracket(text, mode);
    if (!isPrintable(text)) this.fail(`invalid non-printable character ${codeName(text)}`);
    return this.here("OP");
  }

  private openBracket(text: string, mode: StringMode | undefined): void {
    if (this.brackets.length >= MAX_LEVEL) this.fail("too many nested parentheses");
    this.brackets.push({ text, lineno: this.lineno, col: this.start - this.lineStart });
    if (mode) mode.curlyDepth++;
  }

  private closeBracket(text: string, mode: StringMode | undefined): void {
    if (mode && mode.curlyDepth === 0 && text === "}") this.fail(`${mode.letter}-string: single '}' is not allowed`);
    const opening = this.brackets.pop();
    if (!opening) this.fail(`unmatched '${text}'`);
    if (opening.text !== CLOSING[text]) {
      if (mode && opening.text === "{" && mode.curlyDepth - 1 === mode.fieldDepth) this.fail(`${mode.letter}-string: unmatched '${text}'`);
      const where = opening.lineno === this.lineno ? "" : ` on line ${opening.lineno}`;
      this.fail(`closing parenthesis '${text}' does not match opening parenthesis '${opening.text}'${where}`);
    }
    if (!mode) return;
    mode.curlyDepth--;
    if (mode.curlyDepth < 0) this.fail(`${mode.letter}-string: unmatched '${text}'`);
    if (text === "}" && mode.curlyDepth === mode.fieldDepth) {
      mode.fieldDepth--;
      mode.inText = true;
      mode.inSpec = false;
    }
  }
}
