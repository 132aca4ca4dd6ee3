/** The code words of CPython 3.14's re package (re/_constants.py): the order of the names is the numbering. */
export const MAGIC = 20230612;
export const CODESIZE = 4;
export const MAXREPEAT = 0xffffffff;
export const MAXGROUPS = 0x3fffffff;

const OPCODES = [
  "FAILURE", "SUCCESS", "ANY", "ANY_ALL", "ASSERT", "ASSERT_NOT", "AT", "BRANCH", "CATEGORY", "CHARSET", "BIGCHARSET", "GROUPREF", "GROUPREF_EXISTS",
  "IN", "INFO", "JUMP", "LITERAL", "MARK", "MAX_UNTIL", "MIN_UNTIL", "NOT_LITERAL", "NEGATE", "RANGE", "REPEAT", "REPEAT_ONE", "SUBPATTERN",
  "MIN_REPEAT_ONE", "ATOMIC_GROUP", "POSSESSIVE_REPEAT", "POSSESSIVE_REPEAT_ONE", "GROUPREF_IGNORE", "IN_IGNORE", "LITERAL_IGNORE",
  "NOT_LITERAL_IGNORE", "GROUPREF_LOC_IGNORE", "IN_LOC_IGNORE", "LITERAL_LOC_IGNORE", "NOT_LITERAL_LOC_IGNORE", "GROUPREF_UNI_IGNORE",
  "IN_UNI_IGNORE", "LITERAL_UNI_IGNORE", "NOT_LITERAL_UNI_IGNORE", "RANGE_UNI_IGNORE",
] as const;
export type Opcode = (typeof OPCODES)[number];

export function opcodeName(n: number): Opcode {
  const name = OPCODES[n];
  if (name === undefined) throw new RangeError(`unknown code word ${n}`);
  return name;
}

/** Positions, by number; the locale and Unicode variants of boundaries share a name with a flag. */
const AT_CODES = ["BEGINNING", "BEGINNING_LINE", "BEGINNING", "BOUNDARY", "NON_BOUNDARY", "END", "END_LINE", "END_STRING"] as const;
export type AtName = (typeof AT_CODES)[number];

export interface Position {
  readonly at: AtName;
  readonly unicode: boolean;
}

export function positionOf(n: number): Position {
  if (n < 8) return { at: AT_CODES[n]!, unicode: false };
  return { at: n % 2 === 0 ? "BOUNDARY" : "NON_BOUNDARY", unicode: n >= 10 };
}

export type CategoryName = "digit" | "space" | "word" | "linebreak";

export interface Category {
  readonly name: CategoryName;
  readonly negated: boolean;
  readonly unicode: boolean;
}

const PLAIN: readonly CategoryName[] = ["digit", "space", "word", "linebreak"];

/** CATEGORY_* by number: pairs of plain and negated; 0-7 ASCII, 8-9 locale (words only), 10-17 Unicode. */
export function categoryOf(n: number): Category {
  const negated = n % 2 === 1;
  if (n < 8) return { name: PLAIN[n >> 1]!, negated, unicode: false };
  return n < 10 ? { name: "word", negated, unicode: false } : { name: PLAIN[(n - 10) >> 1]!, negated, unicode: true };
}

/** re.NAME flags. */
export const FLAG = { IGNORECASE: 2, LOCALE: 4, MULTILINE: 8, DOTALL: 16, UNICODE: 32, VERBOSE: 64, DEBUG: 128, ASCII: 256 } as const;
