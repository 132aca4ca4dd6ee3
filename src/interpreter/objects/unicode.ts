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

const ASCII = /^[\0-\x7f]*$/;

export const isAscii = (s: string): boolean => ASCII.test(s);

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
  return isAscii(t) ? t : t.replace(NON_ASCII_DIGITS, (c) => String(decimalValue(c.codePointAt(0)!)));
}

/** Digits that are no decimal digits (Numeric_Type=Digit): superscripts, circled and parenthesised digits, scripts without zero. */
const OTHER_DIGIT =
  /[\xb2\xb3\xb9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]/u;

/** Ideographs with a numeric value (Unihan kPrimaryNumeric, kAccountingNumeric, kOtherNumeric) as ranges of code points. */
const NUMERIC_IDEOGRAPHS =
  "3405 3483 382a 3b4d 4e00 4e03 4e07 4e09 4e24 4e5d 4e8c 4e94 4e96 4eac 4ebf-4ec0 4edf 4ee8 4f0d 4f70 4fe9 5006 5104 5146 5169 516b 516d 5341 " +
  "5343-5345 534c 53c1-53c4 56db 58f1 58f9 5e7a 5efe-5eff 5f0c-5f0e 5f10 62d0 62fe 634c 67d2 6d1e 6f06 7396 767e 7695 79ed 8086 842c 8cae 8cb3 8d30 " +
  "920e 94a9 9621 9646 964c 9678 96f6 f96b f973 f978 f9b2 f9d1 f9d3 f9fd 20001 20064 200e2 20121 2092a 20983 2098c 2099c 20aea 20afd 20b19 22390 " +
  "22998 23b1b 2626d 2f890";

function numericPattern(): string {
  const classes = NUMERIC_IDEOGRAPHS.replaceAll("-", "}-\\u{").replaceAll(" ", "}\\u{");
  return `[\\p{N}\\u{${classes}}]`;
}
const NUMERIC = numericPattern();

const all = (characterClass: string): RegExp => new RegExp(`^${characterClass}+$`, "u");
const ALPHA = all("\\p{L}");
const DECIMAL = all("\\p{Nd}");
const DIGIT = all(`(?:\\p{Nd}|${OTHER_DIGIT.source})`);
const NUMERIC_TEXT = all(NUMERIC);
const ALNUM = all(`(?:\\p{L}|${NUMERIC})`);
const IDENTIFIER = /^[\p{XIDS}_]\p{XIDC}*$/u;

export const isAlpha = (s: string): boolean => ALPHA.test(s);
export const isDecimal = (s: string): boolean => DECIMAL.test(s);
export const isDigit = (s: string): boolean => DIGIT.test(s);
export const isNumeric = (s: string): boolean => NUMERIC_TEXT.test(s);
export const isAlnum = (s: string): boolean => ALNUM.test(s);
export const isIdentifier = (s: string): boolean => IDENTIFIER.test(s);
