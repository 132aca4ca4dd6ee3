/**
 * The format specification mini-language: text → FormatSpec.
 * Sources: PEP 3101, PEP 378, PEP 682 (z), library reference "Format Specification Mini-Language" (3.14: separators in the fraction).
 */
import { type PyBaseException, valueError } from "../builtins/exceptions.ts";
import { decimalValue } from "./unicode.ts";

export interface FormatSpec {
  fill: string;
  /** Alignment, explicit or the default of the type. */
  align: string;
  alignGiven: boolean;
  /** "+", "-", " " or "" when not given. */
  sign: string;
  /** z: negative zero becomes zero. */
  noNegativeZero: boolean;
  alternate: boolean;
  /** -1 when not given. */
  width: number;
  /** Separator of digit groups before the point: "", "," or "_". */
  grouping: string;
  /** Digits in a group: 4 for `_` with binary, octal and hexadecimal types. */
  groupSize: number;
  /** -1 when not given. */
  precision: number;
  /** Separator after the point. */
  fractionGrouping: string;
  /** The type letter, "" when not given and the type has no default. */
  type: string;
}

const ALIGNMENTS = "<>=^";
/** Py_ssize_t's and int's limits. */
const MAX_WIDTH = 2 ** 63;
const MAX_PRECISION = 2147483647;

/** A character as error messages show it: itself, or \xNN outside printable ASCII. */
function shown(c: string): string {
  const cp = c.codePointAt(0) ?? 0;
  return cp > 32 && cp < 128 ? c : `\\x${cp.toString(16)}`;
}

export function unknownCode(type: string, typeName: string): PyBaseException {
  return valueError(`Unknown format code '${shown(type)}' for object of type '${typeName}'`);
}

/** Decimal digits at `at`: their value and the position behind them; value -1 when there are none. */
export function readDigits(chars: readonly string[] | string, at: number, limit = MAX_WIDTH): { value: number; next: number } {
  let value = -1;
  let i = at;
  for (; i < chars.length; i++) {
    const d = decimalValue(chars[i]!.codePointAt(0)!);
    if (d < 0) break;
    value = Math.max(value, 0) * 10 + d;
    if (value >= limit) throw valueError("Too many decimal digits in format string");
  }
  return { value, next: i };
}

/** Parsed specifications by text and default type: a pure function's results. */
const parsed: Map<string, FormatSpec> = new Map();
const REMEMBERED = 512;

export function parseSpec(text: string, typeName: string, defaultType: string, defaultAlign: string): Readonly<FormatSpec> {
  const key = defaultType + defaultAlign + text;
  const known = parsed.get(key);
  if (known) return known;
  const spec = readSpec(text, typeName, defaultType, defaultAlign);
  if (parsed.size >= REMEMBERED) parsed.clear();
  parsed.set(key, spec);
  return spec;
}

function readSpec(text: string, typeName: string, defaultType: string, defaultAlign: string): FormatSpec {
  const chars = Array.from(text);
  const spec: FormatSpec = {
    fill: " ",
    align: defaultAlign,
    alignGiven: false,
    sign: "",
    noNegativeZero: false,
    alternate: false,
    width: -1,
    grouping: "",
    groupSize: 3,
    precision: -1,
    fractionGrouping: "",
    type: defaultType,
  };
  let i = 0;
  let fillGiven = false;
  const take = (options: string): string => (i < chars.length && options.includes(chars[i]!) ? chars[i++]! : "");
  if (chars.length >= 2 && ALIGNMENTS.includes(chars[1]!)) {
    [spec.fill, spec.align] = [chars[0]!, chars[1]!];
    fillGiven = spec.alignGiven = true;
    i = 2;
  } else {
    const align = take(ALIGNMENTS);
    if (align) [spec.align, spec.alignGiven] = [align, true];
  }
  spec.sign = take(" +-");
  spec.noNegativeZero = take("z") !== "";
  spec.alternate = take("#") !== "";
  if (!fillGiven && take("0")) {
    spec.fill = "0";
    if (!spec.alignGiven && defaultAlign === ">") spec.align = "=";
  }
  const width = readDigits(chars, i);
  spec.width = width.value;
  i = width.next;
  spec.grouping = takeSeparator(chars, i);
  i += spec.grouping.length;
  if (take(".")) {
    const precision = readDigits(chars, i, MAX_PRECISION + 1);
    spec.precision = precision.value;
    i = precision.next;
    spec.fractionGrouping = takeSeparator(chars, i);
    i += spec.fractionGrouping.length;
    if (precision.value < 0 && !spec.fractionGrouping) throw valueError("Format specifier missing precision");
  }
  if (chars.length - i > 1) throw valueError(`Invalid format specifier '${text}' for object of type '${typeName}'`);
  if (i < chars.length) spec.type = chars[i]!;
  checkGrouping(spec);
  return spec;
}

function takeSeparator(chars: readonly string[], at: number): string {
  const c = chars[at];
  if (c !== "," && c !== "_") return "";
  const other = c === "," ? "_" : ",";
  if (chars[at + 1] === other) throw valueError("Cannot specify both ',' and '_'.");
  return c;
}

function checkGrouping(spec: FormatSpec): void {
  if (spec.grouping && !(spec.type === "" || "defgEFG%".includes(spec.type))) {
    if (spec.grouping === "_" && "boxX".includes(spec.type)) spec.groupSize = 4;
    else throw valueError(`Cannot specify '${spec.grouping}' with '${shown(spec.type)}'.`);
  }
  if (spec.fractionGrouping && spec.type === "n") throw valueError(`Cannot specify '${spec.fractionGrouping}' with 'n'.`);
}
