/**
 * Character properties as Python's str sees them, derived from JS's \p{…} classes. Functions take code points or strings.
 *
 * Python 3.14 has Unicode 16.0. V8's tables may be newer: characters that they have beyond 16.0 count as assigned here.
 * Sources: Python library reference on str.isspace, isprintable, isdecimal …; Unicode Standard 16.0, chapters 3 and 4.
 */

/** White space: bidirectional class WS, B or S, or category Zs. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
export const SPACE_RUN: RegExp = new RegExp(`[${SPACE}]+`, "g");
const ALL_SPACE = new RegExp(`^[${SPACE}]+$`);
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);

export function isSpaceText(s: string): boolean {
  return ALL_SPACE.test(s);
}

/** Whether a UTF-16 unit is white space (no white space lies outside the BMP). */
export function isSpaceUnit(c: number): boolean {
  if (c < 128) return c === 32 || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
  return c === 0x85 || c === 0xa0 || (c >= 0x1680 && ALL_SPACE.test(String.fromCharCode(c)));
}

export function stripSpaceLeft(s: string): string {
  return s !== "" && isSpaceUnit(s.charCodeAt(0)) ? s.replace(LEADING_SPACE, "") : s;
}

export function stripSpaceRight(s: string): string {
  let end = s.length;
  while (end > 0 && isSpaceUnit(s.charCodeAt(end - 1))) end--;
  return end === s.length ? s : s.slice(0, end);
}

export function stripSpace(s: string): string {
  return stripSpaceLeft(stripSpaceRight(s));
}

const DECIMAL_DIGIT = /\p{Nd}/u;
const NON_ASCII_DIGITS = /(?![0-9])\p{Nd}/gu;

/** Value of a decimal digit (category Nd), or -1. Digits come in runs of ten that start at zero; adjacent runs keep the phase. */
export function decimalValue(cp: number): number {
  if (cp < 128) return cp >= 48 && cp <= 57 ? cp - 48 : -1;
  if (!DECIMAL_DIGIT.test(String.fromCodePoint(cp))) return -1;
  let start = cp;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(start - 1))) start--;
  return (cp - start) % 10;
}

/** The text as number parsers read it: stripped, any script's decimal digits as ASCII. */
export function numericText(s: string): string {
  const t = stripSpace(s);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant
  return /^[\x00-\x7f]*$/.test(t) ? t : t.replace(NON_ASCII_DIGITS, (c) => String(decimalValue(c.codePointAt(0)!)));
}
