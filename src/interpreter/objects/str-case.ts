/**
 * Case mapping of str: lower, upper, title, capitalize, swapcase, casefold, and the predicates on case.
 *
 * JS supplies full upper and lower mapping (SpecialCasing, final sigma). Title case and case folding are derived from them; the rules below were
 * checked against CPython 3.14 for every code point of Unicode 16.0.
 * Sources: Unicode Standard 16.0, 3.13 (default case algorithms), SpecialCasing.txt, CaseFolding.txt.
 */

const UPPERCASE = /\p{Uppercase}/u;
const LOWERCASE = /\p{Lowercase}/u;
const TITLECASE = /\p{Lt}/u;
const CASED = /\p{Cased}/u;
const CASE_IGNORABLE = /\p{Case_Ignorable}/u;
const ASCII = /^[\0-\x7f]*$/;

const SIGMA = "Σ";

/** Digraphs with three cases: first and last code point of each group and its title case. */
const DIGRAPHS = [
  [0x1c4, 0x1c6, "ǅ"],
  [0x1c7, 0x1c9, "ǈ"],
  [0x1ca, 0x1cc, "ǋ"],
  [0x1f1, 0x1f3, "ǲ"],
] as const;
const IOTA_SUBSCRIPT = "\u0345";
const CAPITAL_IOTA = "Ι";

/** Title case of one character (one or more characters). */
export function titleCase(c: string): string {
  const cp = c.codePointAt(0)!;
  if (cp < 128) return c.toUpperCase();
  for (const [first, last, title] of DIGRAPHS) if (cp >= first && cp <= last) return title;
  if (cp >= 0x10d0 && cp <= 0x10ff) return c; // Georgian: titles keep Mkhedruli
  const upper = c.toUpperCase();
  const parts = Array.from(upper);
  if (parts.length === 1 || cp === 0x149) return upper;
  if (parts.at(-1) !== CAPITAL_IOTA) return parts[0] + parts.slice(1).join("").toLowerCase();
  const subscript = parts.slice(0, -1).join("") + IOTA_SUBSCRIPT;
  const composed = subscript.normalize("NFC");
  return parts.length === 2 && Array.from(composed).length === 1 ? composed : subscript;
}

/** Lower case of the character at i, where a final capital sigma becomes ς. */
function lowerAt(chars: readonly string[], i: number): string {
  const c = chars[i]!;
  if (c !== SIGMA) return c.toLowerCase();
  let before = i - 1;
  while (before >= 0 && CASE_IGNORABLE.test(chars[before]!)) before--;
  if (before < 0 || !CASED.test(chars[before]!)) return "σ";
  let after = i + 1;
  while (after < chars.length && CASE_IGNORABLE.test(chars[after]!)) after++;
  return after < chars.length && CASED.test(chars[after]!) ? "σ" : "ς";
}

export function title(s: string): string {
  const chars = Array.from(s);
  let inWord = false;
  let out = "";
  for (let i = 0; i < chars.length; i++) {
    out += inWord ? lowerAt(chars, i) : titleCase(chars[i]!);
    inWord = CASED.test(chars[i]!);
  }
  return out;
}

export function capitalize(s: string): string {
  if (s === "") return s;
  if (ASCII.test(s)) return s[0]!.toUpperCase() + s.slice(1).toLowerCase();
  const chars = Array.from(s);
  let out = titleCase(chars[0]!);
  for (let i = 1; i < chars.length; i++) out += lowerAt(chars, i);
  return out;
}

export function swapCase(s: string): string {
  const chars = Array.from(s);
  let out = "";
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i]!;
    out += UPPERCASE.test(c) ? lowerAt(chars, i) : LOWERCASE.test(c) ? c.toUpperCase() : c;
  }
  return out;
}

const CHEROKEE_CAPITALS = 0x13a0;

function foldChar(c: string): string {
  const cp = c.codePointAt(0)!;
  if (cp === 0x131 || (cp >= CHEROKEE_CAPITALS && cp <= 0x13f5)) return c; // dotless i; Cherokee folds to capitals
  if (cp >= 0x13f8 && cp <= 0x13fd) return String.fromCodePoint(cp - 8);
  if (cp >= 0xab70 && cp <= 0xabbf) return String.fromCodePoint(cp - 0xab70 + CHEROKEE_CAPITALS);
  return c.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

export function caseFold(s: string): string {
  if (ASCII.test(s)) return s.toLowerCase();
  let out = "";
  for (const c of s) out += foldChar(c);
  return out;
}

/** At least one cased character and none of the other case. */
export function isLower(s: string): boolean {
  return LOWERCASE.test(s) && !UPPERCASE.test(s) && !TITLECASE.test(s);
}

export function isUpper(s: string): boolean {
  return UPPERCASE.test(s) && !LOWERCASE.test(s) && !TITLECASE.test(s);
}

export function isTitle(s: string): boolean {
  let inWord = false;
  let cased = false;
  for (const c of s) {
    if (UPPERCASE.test(c) || TITLECASE.test(c)) {
      if (inWord) return false;
      inWord = cased = true;
    } else if (LOWERCASE.test(c)) {
      if (!inWord) return false;
      cased = true;
    } else inWord = false;
  }
  return cased;
}
