/**
 * The text of string and bytes literals: prefixes and escape sequences.
 * Source: Language Reference 2.4.1; messages are those of CPython 3.14's unicode-escape and bytes decoders.
 * Known weakness: two escaped surrogates in a row ("\ud83d\ude00") become one character, because strings are UTF-16.
 */

export interface LiteralParts {
  readonly bytes: boolean;
  readonly raw: boolean;
  /** "u" when the literal has that prefix. */
  readonly kind: "u" | null;
  /** Where the text between the quotes begins and ends. */
  readonly from: number;
  readonly to: number;
}

export function splitLiteral(literal: string): LiteralParts {
  let bytes = false;
  let raw = false;
  let kind: "u" | null = null;
  let at = 0;
  for (; ; at++) {
    const letter = literal.charCodeAt(at) | 32;
    if (letter === 114) raw = true;
    else if (letter === 98) bytes = true;
    else if (letter === 117 && literal[at] === "u") kind = "u";
    else if (letter < 97) break;
  }
  const quote = literal[at]!;
  const width = literal.length - at >= 6 && literal[at + 1] === quote && literal[at + 2] === quote ? 3 : 1;
  return { bytes, raw, kind, from: at + width, to: literal.length - width };
}

/** An escape sequence that cannot be decoded; `message` is the text of CPython's SyntaxError. */
export class EscapeError extends Error {}

/** Told about the first doubtful escape of a literal: its text and its offset in the body. */
export type EscapeListener = (message: string, offset: number) => void;

export interface EscapeOptions {
  readonly doubtful: EscapeListener;
  /** The character that `\N{name}` stands for. */
  readonly characterNamed: (name: string) => string | undefined;
}

const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function doubtfulMessage(sequence: string, what: string): string {
  return `"${sequence}" is an invalid ${what}. Such sequences will not work in the future. Did you mean "\\${sequence}"? A raw string is also an option.`;
}

/** Up to three octal digits at `at`. */
function octalAt(body: string, at: number): string {
  let stop = at;
  while (stop < at + 3 && body[stop]! >= "0" && body[stop]! <= "7") stop++;
  return body.slice(at, stop);
}

function hexAt(body: string, at: number, length: number): string {
  let stop = at;
  while (stop < at + length && /[\da-fA-F]/.test(body[stop] ?? "")) stop++;
  return body.slice(at, stop);
}

/** Walks over the escapes of `body`; `special` handles those that str and bytes do not share and returns [text, end] or undefined. */
function decode(body: string, doubtful: EscapeListener, special: (at: number) => readonly [string, number] | undefined): string {
  let out = "";
  let done = 0;
  let quiet = false;
  const doubt = (sequence: string, what: string, at: number) => {
    if (!quiet) doubtful(doubtfulMessage(sequence, what), at);
    quiet = true;
  };
  for (let at = body.indexOf("\\"); at >= 0; at = body.indexOf("\\", done)) {
    out += body.slice(done, at);
    const letter = body[at + 1] ?? "";
    const simple = SIMPLE[letter];
    if (simple !== undefined) {
      out += simple;
      done = at + 2;
    } else if (letter >= "0" && letter <= "7") {
      const digits = octalAt(body, at + 1);
      const code = Number.parseInt(digits, 8);
      if (code > 0o377) doubt(`\\${digits}`, "octal escape sequence", at);
      out += String.fromCharCode(code);
      done = at + 1 + digits.length;
    } else {
      const [text, end] = special(at) ?? ["\\", at + 1];
      if (end === at + 1 && letter < "\x80") doubt(`\\${letter}`, "escape sequence", at);
      out += text;
      done = end;
    }
  }
  return out + body.slice(done);
}

// str -------------------------------------------------------------------------------------------

/** Decodes the body of a str literal without r prefix. */
export function decodeText(body: string, { doubtful, characterNamed }: EscapeOptions): string {
  if (!body.includes("\\")) return body;
  return decode(body, doubtful, (at) => {
    const letter = body[at + 1] ?? "";
    if (letter === "N") return namedCharacter(body, at, characterNamed);
    const length = HEX_LENGTH[letter];
    if (length === undefined) return undefined;
    const digits = hexAt(body, at + 2, length);
    const end = at + 2 + digits.length;
    if (digits.length < length) throw undecodable(body, at, end, `truncated \\${letter}${"X".repeat(length)} escape`);
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff) throw undecodable(body, at, end, "illegal Unicode character");
    return [String.fromCodePoint(code), end];
  });
}

function namedCharacter(body: string, at: number, characterNamed: EscapeOptions["characterNamed"]): readonly [string, number] {
  if (body[at + 2] !== "{") throw undecodable(body, at, at + 2, "malformed \\N character escape");
  const close = body.indexOf("}", at + 3);
  if (close < 0) throw undecodable(body, at, body.length, "malformed \\N character escape");
  if (close === at + 3) throw undecodable(body, at, close, "malformed \\N character escape");
  const character = characterNamed(body.slice(at + 3, close));
  if (character === undefined) throw undecodable(body, at, close + 1, "unknown Unicode character name");
  return [character, close + 1];
}

/** CPython counts positions in a buffer where each character beyond ASCII is written as ten bytes, a backslash before it as six. */
function undecodable(body: string, from: number, to: number, reason: string): EscapeError {
  const bytes = (end: number) => {
    const before = body.slice(0, end);
    const escaped = before.replace(/\\[\s\S]/gu, (pair) => (pair[1]! < "\x80" ? pair : `u005c ${pair.slice(1)}`));
    return [...escaped].reduce((sum, ch) => sum + (ch < "\x80" ? 1 : 10), 0);
  };
  return new EscapeError(`(unicode error) 'unicodeescape' codec can't decode bytes in position ${bytes(from)}-${bytes(to) - 1}: ${reason}`);
}

// bytes -----------------------------------------------------------------------------------------

/** Decodes the body of a bytes literal. */
export function decodeBytes(body: string, raw: boolean, doubtful: EscapeListener): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with control characters
  if (/[^\x00-\x7f]/.test(body)) throw new EscapeError("bytes can only contain ASCII literal characters");
  const text = raw || !body.includes("\\") ? body : decode(body, doubtful, (at) => hexByte(body, at));
  return Uint8Array.from(text, (ch) => ch.charCodeAt(0) & 255);
}

function hexByte(body: string, at: number): readonly [string, number] | undefined {
  if (body[at + 1] !== "x") return undefined;
  const digits = hexAt(body, at + 2, 2);
  if (digits.length < 2) throw new EscapeError(`(value error) invalid \\x escape at position ${at}`);
  return [String.fromCharCode(Number.parseInt(digits, 16)), at + 4];
}
