/**
 * Numeric literals as CPython's tokenizer reads them. Each function leaves the reader after what it read.
 * Source: Language Reference 2.5, PEP 515; messages observed from CPython 3.14.
 */
import { char, isDigit, isHexDigit, isNameChar, type SourceReader } from "./reader.ts";

/** Keywords that may follow a number without a space, as long as that is only deprecated. */
const AFTER_NUMBER = /(?:and|else|for|or|not)(?![\w\u0080-\uffff])|i[fns]/y;

interface Radix {
  readonly kind: string;
  readonly isDigit: (c: number) => boolean;
}

const RADIXES: Readonly<Record<string, Radix>> = {
  x: { kind: "hexadecimal", isDigit: isHexDigit },
  o: { kind: "octal", isDigit: (c) => c >= 48 && c < 56 },
  b: { kind: "binary", isDigit: (c) => c === 48 || c === 49 },
};

/** `first` is the digit just read. */
export function readNumber(r: SourceReader, first: number): void {
  if (first !== 48) {
    readTail(r, decimalTail(r));
    return;
  }
  const c = r.nextc();
  const radix = RADIXES[char(c).toLowerCase()];
  if (radix) readRadix(r, radix);
  else readZeros(r, c);
}

function readRadix(r: SourceReader, radix: Radix): void {
  let c = r.nextc();
  do {
    if (c === 95) c = r.nextc();
    if (!radix.isDigit(c)) {
      if (isDigit(c)) r.fail(`invalid digit '${char(c)}' in ${radix.kind} literal`);
      r.backup(c);
      r.fail(`invalid ${radix.kind} literal`);
    }
    do c = r.nextc();
    while (radix.isDigit(c));
  } while (c === 95);
  if (isDigit(c)) r.fail(`invalid digit '${char(c)}' in ${radix.kind} literal`);
  endNumber(r, c, radix.kind);
}

/** A number that begins with 0 and is no hexadecimal, octal or binary one. */
function readZeros(r: SourceReader, first: number): void {
  let c = first;
  for (;;) {
    if (c === 95) c = digitAfterUnderscore(r);
    if (c !== 48) break;
    c = r.nextc();
  }
  const zerosEnd = r.cur;
  const nonzero = isDigit(c);
  if (nonzero) c = decimalTail(r);
  if (nonzero && !/[.eEjJ]/.test(char(c))) {
    const message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
    r.failRange(message, r.start + 1 - r.lineStart, zerosEnd - r.lineStart);
  }
  readTail(r, c);
}

function digitAfterUnderscore(r: SourceReader): number {
  const c = r.nextc();
  if (isDigit(c)) return c;
  r.backup(c);
  return r.fail("invalid decimal literal");
}

/** Digits and underscores; returns the character after them. */
function decimalTail(r: SourceReader): number {
  for (;;) {
    let c = r.nextc();
    while (isDigit(c)) c = r.nextc();
    if (c !== 95) return c;
    digitAfterUnderscore(r);
  }
}

/** After the digits before the point: fraction, exponent, `j`. */
function readTail(r: SourceReader, c: number): void {
  if (c === 46) readFraction(r, r.nextc());
  else readExponent(r, c);
}

export function readFraction(r: SourceReader, c: number): void {
  readExponent(r, isDigit(c) ? decimalTail(r) : c);
}

function readExponent(r: SourceReader, e: number): void {
  if (e !== 101 && e !== 69) {
    readSuffix(r, e);
    return;
  }
  let c = r.nextc();
  const signed = c === 43 || c === 45;
  if (signed) c = r.nextc();
  if (isDigit(c)) readSuffix(r, decimalTail(r));
  else {
    r.backup(c);
    if (signed) r.fail("invalid decimal literal");
    endNumber(r, e, "decimal");
  }
}

function readSuffix(r: SourceReader, c: number): void {
  if (c === 106 || c === 74) endNumber(r, r.nextc(), "imaginary");
  else endNumber(r, c, "decimal");
}

/** A name must not follow a number; some keywords may. */
function endNumber(r: SourceReader, c: number, kind: string): void {
  r.backup(c);
  if (c < 0 || c >= 128 || !isNameChar(c)) return;
  AFTER_NUMBER.lastIndex = r.cur;
  if (!AFTER_NUMBER.test(r.text)) r.fail(`invalid ${kind} literal`);
}
