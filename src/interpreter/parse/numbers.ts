/**
 * Numeric literals. Source: Language Reference 2.5 (numeric literals), PEP 515 (underscores).
 * `numberValue` returns `undefined` for text that only looks like a literal (`0_`, `1__0`, `0777`).
 */
import { normInt, PyComplex, PyFloat, type PyInt } from "../objects/values.ts";

const DECIMAL = /^(?:[1-9](?:_?\d)*|0(?:_?0)*)$/;
const PREFIXED = /^0(?:[xX](?:_?[\da-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)$/;
const DIGITS = "\\d(?:_?\\d)*";
const FLOAT = new RegExp(`^(?:(?:${DIGITS})?\\.${DIGITS}|${DIGITS}\\.?)(?:[eE][+-]?${DIGITS})?$`);

/** int(text) refuses decimal text with more digits (sys.set_int_max_str_digits' default). */
const MAX_DECIMAL_DIGITS = 4300;

export type NumberValue = PyInt | PyFloat | PyComplex;

export function numberValue(literal: string): NumberValue | undefined {
  const last = literal.charCodeAt(literal.length - 1) | 32;
  if (last === 106) return imaginary(literal.slice(0, -1));
  if (DECIMAL.test(literal)) return decimal(literal.replaceAll("_", ""));
  if (PREFIXED.test(literal)) return normInt(BigInt(literal.replaceAll("_", "")));
  return /[.eE]/.test(literal) && FLOAT.test(literal) ? new PyFloat(Number(literal.replaceAll("_", ""))) : undefined;
}

function decimal(digits: string): PyInt {
  return digits.length <= 15 ? Number(digits) : normInt(BigInt(digits));
}

function imaginary(digits: string): PyComplex | undefined {
  return FLOAT.test(digits) ? new PyComplex(0, Number(digits.replaceAll("_", ""))) : undefined;
}

const KINDS: Readonly<Record<string, string>> = { x: "hexadecimal", o: "octal", b: "binary" };

/** What messages call a literal. */
export function numberKind(literal: string): string {
  if (/^0[xXoObB]/.test(literal)) return KINDS[literal[1]!.toLowerCase()]!;
  return /[jJ]$/.test(literal) ? "imaginary" : "decimal";
}

/** Number of digits of a decimal integer literal that is too long to convert, else 0. */
export function excessDigits(literal: string): number {
  if (literal.length <= MAX_DECIMAL_DIGITS || !DECIMAL.test(literal)) return 0;
  const digits = literal.replaceAll("_", "").length;
  return digits > MAX_DECIMAL_DIGITS ? digits : 0;
}

export function excessDigitsMessage(digits: number): string {
  return `Exceeds the limit (${MAX_DECIMAL_DIGITS} digits) for integer string conversion: value has ${digits} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.`;
}
