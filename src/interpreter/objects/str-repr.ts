/** repr() and ascii() of str: quotes and escapes. Source: library reference, str.isprintable; Language Reference 2.4.1. */

/** Not printable: categories Other and Separator, except the space. */
const NOT_PRINTABLE = /[\p{C}\p{Z}]/u;
const PLAIN = /^[ -&(-[\]-~]*$/;
const ESCAPED = /[\\\p{C}\p{Z}]/gu;
const SHORT: { [c: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", " ": " " };

export function isPrintable(s: string): boolean {
  return !NOT_PRINTABLE.test(s.replaceAll(" ", ""));
}

/** \xNN, \uNNNN or \UNNNNNNNN */
export function escapeCodePoint(cp: number): string {
  const hex = cp.toString(16);
  if (cp < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return cp < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

export function strRepr(s: string): string {
  if (PLAIN.test(s)) return `'${s}'`;
  const quote = s.includes("'") && !s.includes('"') ? '"' : "'";
  let body = s.replace(ESCAPED, (c) => SHORT[c] ?? escapeCodePoint(c.codePointAt(0)!));
  if (quote === "'" && body.includes("'")) body = body.replaceAll("'", "\\'");
  return quote + body + quote;
}

const NON_ASCII = /[^\0-\x7f]/gu;

/** The repr with everything outside ASCII escaped. */
export function asciiText(reprText: string): string {
  return reprText.replace(NON_ASCII, (c) => escapeCodePoint(c.codePointAt(0)!));
}
