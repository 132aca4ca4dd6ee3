/**
 * int ↔ text: int(text, base), digits in a base, and the digit limit of sys.set_int_max_str_digits.
 * Sources: Language Reference 2.5.4 (underscores, prefixes), library reference "Integer string conversion length limitation".
 */
import { type PyBaseException, valueError } from "../builtins/exceptions.ts";
import { bitLength, neg } from "./int-arith.ts";
import type { VM } from "./runtime.ts";
import { normInt, type PyInt } from "./values.ts";

const LIMIT = Symbol("sys.int_max_str_digits");
const DEFAULT_LIMIT = 4300;
/** Smaller conversions are never limited (sys.int_info.str_digits_check_threshold). */
export const LIMIT_THRESHOLD = 640;

/** sys.get_int_max_str_digits(): 0 means unlimited. */
export function intMaxStrDigits(vm: VM): number {
  return (vm.state.get(LIMIT) as number | undefined) ?? DEFAULT_LIMIT;
}

export function setIntMaxStrDigits(vm: VM, digits: number): void {
  vm.state.set(LIMIT, digits);
}

function exceedsLimit(limit: number, digits?: number): PyBaseException {
  const size = digits === undefined ? "" : `: value has ${digits} digits`;
  return valueError(
    `Exceeds the limit (${limit} digits) for integer string conversion${size}; use sys.set_int_max_str_digits() to increase the limit`,
  );
}

/** str(int), limited. */
export function intToText(vm: VM, a: PyInt): string {
  if (typeof a === "number") return String(a);
  const limit = intMaxStrDigits(vm);
  if (limit > 0 && bitLength(a) > LIMIT_THRESHOLD * 3.32) {
    // a lower bound of the number of digits decides before the expensive conversion
    if ((bitLength(a) - 1) * 0.30102999566 > limit) throw exceedsLimit(limit);
    const text = a.toString();
    if (text.length - (a < 0n ? 1 : 0) > limit) throw exceedsLimit(limit);
    return text;
  }
  return a.toString();
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const PREFIX_BASE: { [letter: string]: number } = { x: 16, o: 8, b: 2 };

const LITERAL = /^([+-]?)(?:0([xob])(?=_?[\da-z]))?(_?[\da-z]+(?:_[\da-z]+)*)$/i;
const PLAIN = /^[+-]?([\da-z]+(?:_[\da-z]+)*)$/i;

/** int(text, base) of text as numericText gives it; undefined when malformed. */
export function parseIntText(vm: VM, text: string, base: number): PyInt | undefined {
  const m = LITERAL.exec(text);
  if (!m) return undefined;
  const prefix = m[2]?.toLowerCase();
  let digits: string | undefined = m[3]!;
  let radix = base;
  if (prefix !== undefined && (base === 0 || base === PREFIX_BASE[prefix])) radix = PREFIX_BASE[prefix]!;
  else {
    // in base 36 "0x1f" is four digits, in base 12 "0b1" is three
    digits = PLAIN.exec(text)?.[1];
    if (base === 0) radix = 10;
  }
  if (digits === undefined || (base === 0 && prefix === undefined && /^0[0_]*[1-9]/.test(digits))) return undefined;
  digits = digits.replaceAll("_", "").toLowerCase();
  if (!validDigits(digits, radix)) return undefined;
  checkDigitLimit(vm, digits, radix);
  const value = magnitude(digits, radix);
  return m[1] === "-" ? neg(value) : value;
}

function validDigits(digits: string, radix: number): boolean {
  if (radix <= 10) {
    for (let i = 0; i < digits.length; i++) if (digits.charCodeAt(i) - 48 >= radix) return false;
  } else if (radix < 36) {
    const last = DIGITS.charCodeAt(radix - 1);
    for (let i = 0; i < digits.length; i++) if (digits.charCodeAt(i) > last) return false;
  }
  return true;
}

function checkDigitLimit(vm: VM, digits: string, radix: number): void {
  if (digits.length <= LIMIT_THRESHOLD || (radix & (radix - 1)) === 0) return;
  const limit = intMaxStrDigits(vm);
  if (limit > 0 && digits.length > limit) throw exceedsLimit(limit, digits.length);
}

const BIGINT_PREFIX: { [radix: number]: string } = { 2: "0b", 8: "0o", 10: "", 16: "0x" };

/** Value of valid digits in any base from 2 to 36. */
export function magnitude(digits: string, radix: number): PyInt {
  if (digits.length * Math.log2(radix) < 53) return Number.parseInt(digits, radix);
  const prefix = BIGINT_PREFIX[radix];
  return normInt(prefix === undefined ? splitMagnitude(digits, radix) : BigInt(prefix + digits));
}

/** Divide and conquer: one multiplication of halves a level. */
function splitMagnitude(digits: string, radix: number): bigint {
  if (digits.length <= 10) return BigInt(Number.parseInt(digits, radix));
  const low = digits.length >> 1;
  const cut = digits.length - low;
  return splitMagnitude(digits.slice(0, cut), radix) * BigInt(radix) ** BigInt(low) + splitMagnitude(digits.slice(cut), radix);
}

/** Digits of |a| in base 2, 8, 10 or 16, lower case. */
export function digitsOf(a: PyInt, radix: number): string {
  return (a < 0 ? -a : a).toString(radix);
}

/** bin(), oct(), hex(): sign, prefix, digits. */
export function prefixedDigits(a: PyInt, prefix: "0b" | "0o" | "0x"): string {
  return `${a < 0 ? "-" : ""}${prefix}${digitsOf(a, prefix === "0b" ? 2 : prefix === "0o" ? 8 : 16)}`;
}
