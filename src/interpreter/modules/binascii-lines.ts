/** The line encodings of module binascii: uuencode and quoted-printable. Sources: POSIX uuencode, RFC 2045 6.7, RFC 2047 4.2 (header form). */

/** What goes wrong is a text, which the module raises as binascii.Error. */
export class EncodingProblem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;

const UU_LINE = 45;

export function encodeUu(data: Uint8Array, backtick: boolean): number[] {
  if (data.length > UU_LINE) throw new EncodingProblem("At most 45 bytes at once");
  const shown = (six: number): number => (six === 0 && backtick ? 0x60 : six + SPACE);
  const out = [shown(data.length)];
  for (let i = 0; i < data.length; i += 3) {
    const word = (data[i]! << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) out.push(shown((word >> shift) & 63));
  }
  out.push(NEWLINE);
  return out;
}

export function decodeUu(data: Uint8Array): Uint8Array {
  const size = data.length === 0 ? 0 : (data[0]! - SPACE) & 63;
  const out = new Uint8Array(size);
  let at = 1;
  let buffer = 0;
  let bits = 0;
  for (let n = 0; n < size; at++) {
    buffer = ((buffer << 6) | uuDigit(data[at])) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[n++] = (buffer >> bits) & 0xff;
    }
  }
  for (; at < data.length; at++) {
    const c = data[at]!;
    if (c !== SPACE && c !== SPACE + 64 && c !== NEWLINE && c !== RETURN) throw new EncodingProblem("Trailing garbage");
  }
  return out;
}

/** Missing characters at the end of a line stand for spaces, which mailers strip. */
function uuDigit(c: number | undefined): number {
  if (c === undefined || c === NEWLINE || c === RETURN) return 0;
  if (c < SPACE || c > SPACE + 64) throw new EncodingProblem("Illegal char");
  return (c - SPACE) & 63;
}

// ---- quoted-printable ---------------------------------------------------------------------------------------------------------------------------

const QP_LINE = 76;
const HEX_UPPER = "0123456789ABCDEF";

function hexValue(c: number | undefined): number {
  const v = c === undefined ? NaN : Number.parseInt(String.fromCharCode(c), 16);
  return Number.isNaN(v) ? -1 : v;
}

export function decodeQp(data: Uint8Array, header: boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < data.length; ) {
    const c = data[i]!;
    if (c !== EQUALS) {
      out.push(header && c === 0x5f ? SPACE : c);
      i++;
      continue;
    }
    const next = data[++i];
    if (next === undefined) break;
    if (next === NEWLINE || next === RETURN) {
      while (i < data.length && data[i] !== NEWLINE) i++;
      i++;
    } else if (next === EQUALS) {
      out.push(EQUALS);
      i++;
    } else if (hexValue(next) >= 0 && hexValue(data[i + 1]) >= 0) {
      out.push(hexValue(next) * 16 + hexValue(data[i + 1]));
      i += 2;
    } else out.push(EQUALS);
  }
  return out;
}

export interface QpOptions {
  readonly quotetabs: boolean;
  readonly istext: boolean;
  readonly header: boolean;
}

export function encodeQp(data: Uint8Array, options: QpOptions): number[] {
  const firstBreak = data.indexOf(NEWLINE);
  const crlf = firstBreak > 0 && data[firstBreak - 1] === RETURN;
  const out: number[] = [];
  let column = 0;
  const lineBreak = () => {
    if (crlf) out.push(RETURN);
    out.push(NEWLINE);
  };
  const softBreak = () => {
    out.push(EQUALS);
    lineBreak();
    column = 0;
  };
  for (let i = 0; i < data.length; ) {
    const c = data[i]!;
    const next = data[i + 1];
    if (mustQuote(c, next, column, options)) {
      if (column + 3 >= QP_LINE) softBreak();
      pushHex(out, c);
      column += 3;
      i++;
    } else if (options.istext && (c === NEWLINE || (c === RETURN && next === NEWLINE))) {
      column = 0;
      const last = out.at(-1);
      if (last === SPACE || last === TAB) {
        out.pop();
        pushHex(out, last);
      }
      lineBreak();
      i += c === RETURN ? 2 : 1;
    } else {
      if (next !== undefined && next !== NEWLINE && column + 1 >= QP_LINE) softBreak();
      column++;
      out.push(options.header && c === SPACE ? 0x5f : c);
      i++;
    }
  }
  return out;
}

function pushHex(out: number[], c: number): void {
  out.push(EQUALS, HEX_UPPER.charCodeAt(c >> 4), HEX_UPPER.charCodeAt(c & 15));
}

function mustQuote(c: number, next: number | undefined, column: number, { quotetabs, istext, header }: QpOptions): boolean {
  if (c > 126 || c === EQUALS || (header && c === 0x5f)) return true;
  if (c === 0x2e && column === 0) return next === undefined || next === NEWLINE || next === RETURN || next === 0;
  if (c === RETURN || c === NEWLINE) return !istext;
  if (c === TAB || c === SPACE) return next === undefined || quotetabs;
  return c < 33;
}
