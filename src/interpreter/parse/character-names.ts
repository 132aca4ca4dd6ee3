/**
 * Names of characters, for `\N{…}` and the unicodedata module. The table is written by scripts/unicode-names.mjs: lines of
 * "CODES;NAME" with hexadecimal codes, first the names in the order of the codes, then aliases and named sequences.
 * Names of Han ideographs and Hangul syllables follow from their codes: Unicode Standard 16.0, sections 3.12 and 4.8.
 */
export class CharacterNames {
  private readonly table: string;
  private names: ReadonlyMap<number, string> | undefined;

  constructor(table: string) {
    this.table = `\n${table}`;
  }

  /** The character called `name` (or with that alias), whatever its case. */
  character(name: string): string | undefined {
    const text = this.lookup(name);
    return text !== undefined && [...text].length === 1 ? text : undefined;
  }

  /** As `character`, but named sequences count as well. */
  lookup(name: string): string | undefined {
    const upper = name.toUpperCase();
    return this.listed(upper) ?? ideographCalled(upper) ?? syllableCalled(upper);
  }

  /** The name of a code point, if it has one. */
  nameOf(code: number): string | undefined {
    this.names ??= readNames(this.table);
    return this.names.get(code) ?? ideographName(code) ?? syllableName(code);
  }

  /** Searches the text: most programs look up a name or two, and an index of all takes longer. */
  private listed(name: string): string | undefined {
    const found = /^[A-Z0-9 ()-]+$/.test(name) ? this.table.indexOf(`;${name}\n`) : -1;
    if (found < 0) return undefined;
    const codes = this.table.slice(this.table.lastIndexOf("\n", found) + 1, found).split(" ");
    return String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16)));
  }
}

/** The names proper: the lines up to the first code that is not greater than the one before. */
function readNames(table: string): Map<number, string> {
  const names = new Map<number, string>();
  let last = -1;
  for (const line of table.split("\n").slice(1)) {
    const semicolon = line.indexOf(";");
    const code = Number.parseInt(line.slice(0, semicolon), 16);
    if (code <= last || line.slice(0, semicolon).includes(" ")) break;
    names.set((last = code), line.slice(semicolon + 1));
  }
  return names;
}

// Han ideographs --------------------------------------------------------------------------------

const IDEOGRAPH = "CJK UNIFIED IDEOGRAPH-";
const IDEOGRAPH_RANGES: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b739],
  [0x2b740, 0x2b81d],
  [0x2b820, 0x2cea1],
  [0x2ceb0, 0x2ebe0],
  [0x2ebf0, 0x2ee5d],
  [0x30000, 0x3134a],
  [0x31350, 0x323af],
];

function ideographName(code: number): string | undefined {
  const known = IDEOGRAPH_RANGES.some(([from, to]) => code >= from && code <= to);
  return known ? IDEOGRAPH + code.toString(16).toUpperCase() : undefined;
}

function ideographCalled(name: string): string | undefined {
  const digits = name.startsWith(IDEOGRAPH) ? name.slice(IDEOGRAPH.length) : "";
  if (!/^[\dA-F]{4,5}$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  return ideographName(code) === name ? String.fromCodePoint(code) : undefined;
}

// Hangul syllables ------------------------------------------------------------------------------

const SYLLABLE = "HANGUL SYLLABLE ";
const LEADING = "G GG N D DD R M B BB S SS  J JJ C K T P H".split(" ");
const VOWELS = "A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I".split(" ");
const TRAILING = " G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H".split(" ");
const FIRST_SYLLABLE = 0xac00;
const BY_LEADING = VOWELS.length * TRAILING.length;

function syllableName(code: number): string | undefined {
  const index = code - FIRST_SYLLABLE;
  if (index < 0 || index >= LEADING.length * BY_LEADING) return undefined;
  const leading = LEADING[Math.floor(index / BY_LEADING)]!;
  const vowel = VOWELS[Math.floor((index % BY_LEADING) / TRAILING.length)]!;
  return SYLLABLE + leading + vowel + TRAILING[index % TRAILING.length]!;
}

/** CPython takes the longest leading consonant, then the longest vowel, that fit. */
function syllableCalled(name: string): string | undefined {
  if (!name.startsWith(SYLLABLE)) return undefined;
  const rest = name.slice(SYLLABLE.length);
  const leading = longest(LEADING, rest);
  const vowel = longest(VOWELS, rest.slice(leading.length));
  const trailing = TRAILING.indexOf(rest.slice(leading.length + vowel.length));
  if (vowel === "" || trailing < 0) return undefined;
  const index = LEADING.indexOf(leading) * BY_LEADING + VOWELS.indexOf(vowel) * TRAILING.length + trailing;
  return String.fromCodePoint(FIRST_SYLLABLE + index);
}

function longest(parts: readonly string[], text: string): string {
  return parts.reduce((best, part) => (part.length > best.length && text.startsWith(part) ? part : best), "");
}
