/**
 * float ↔ text: shortest repr, exactly rounded decimal conversion of any precision, float(text), hex.
 *
 * JS gives the shortest digits that round-trip (the same digits as David Gay's mode 0) and, through toFixed and toExponential, exact
 * conversions that break ties upward; Python breaks ties to even. A tie needs a value whose binary expansion ends just below the last
 * decimal place, so those (rare) values and everything beyond JS's 100 digits go through BigInt.
 * Sources: Python library reference on float(), float.hex; IEEE 754-2019 5.12 (correct rounding).
 */
import { overflowError, valueError } from "../builtins/exceptions.ts";
import { bitLength, decompose, scaleBig } from "./int-arith.ts";
import { stripSpace } from "./unicode.ts";

/** repr(float) and str(float). */
export function floatRepr(x: number): string {
  const a = Math.abs(x);
  if (a >= 1e-4 && a < 1e16) {
    const s = String(x);
    return Number.isInteger(x) ? `${s}.0` : s;
  }
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  if (x !== x) return "nan";
  if (a === Infinity) return x > 0 ? "inf" : "-inf";
  return padExponent(x.toExponential());
}

/** Without the ".0" of integral values: the parts of a complex number, and format type "r" without a trailing zero. */
export function floatReprBare(x: number): string {
  const s = floatRepr(x);
  return s.endsWith(".0") ? s.slice(0, -2) : s;
}

/** JS writes 1e+5 and 1.5e-7; Python pads the exponent to two digits. */
export function padExponent(s: string): string {
  const at = s.indexOf("e");
  return s.length - at === 3 ? `${s.slice(0, at + 2)}0${s.slice(at + 2)}` : s;
}

// ---- exact decimal conversion ---------------------------------------------------------------------------------------------------------

/** round-half-even(x · 10^places) for finite x ≥ 0; places may be negative. */
function scaledRound(x: number, places: number): bigint {
  const [m, e] = decompose(x);
  let num = BigInt(m);
  let den = 1n;
  if (places >= 0) num *= 10n ** BigInt(places);
  else den = 10n ** BigInt(-places);
  if (e >= 0) num <<= BigInt(e);
  else den <<= BigInt(-e);
  const q = num / den;
  const twice = (num - q * den) * 2n;
  return twice > den || (twice === den && q % 2n === 1n) ? q + 1n : q;
}

/** Whether rounding x at `places` decimals can be a tie (or x is beyond what JS converts exactly). */
function mayTie(x: number, places: number): boolean {
  if (places > 100 || places < 0 || x >= 1e21) return true;
  return Number.isInteger(x * 2 ** (places + 1));
}

/** Finite x ≥ 0 with exactly `places` decimals, half to even ("%.<places>f"). */
export function toFixedExact(x: number, places: number): string {
  if (!mayTie(x, places)) return x.toFixed(places);
  if (places <= 20 && Number.isSafeInteger(x)) return places === 0 ? String(x) : `${x}.${"0".repeat(places)}`;
  const digits = scaledRound(x, places).toString();
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, "0");
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The `count` significant digits of finite x ≥ 0 and the decimal exponent of the first: x ≈ d.ddd · 10^exponent. */
export function significantDigits(x: number, count: number): { digits: string; exponent: number } {
  if (x === 0) return { digits: "0".repeat(count), exponent: 0 };
  if (count <= 100) {
    const s = x.toExponential(count - 1);
    const at = s.indexOf("e");
    const exponent = Number(s.slice(at + 1));
    if (!mayTie(x, count - 1 - exponent) && !mayTie(x, count - exponent)) return { digits: s.slice(0, at).replace(".", ""), exponent };
  }
  let exponent = Math.floor(Math.log10(x));
  for (const guess of [exponent - 1, exponent, exponent + 1]) {
    const digits = scaledRound(x, count - 1 - guess).toString();
    if (digits.length === count) return { digits, exponent: guess };
    exponent = guess;
  }
  return { digits: "1".padEnd(count, "0"), exponent };
}

/** "%.<places>e" of finite x ≥ 0. */
export function toExponentialExact(x: number, places: number): string {
  const { digits, exponent } = significantDigits(x, places + 1);
  return `${withPoint(digits, 1)}e${exponentText(exponent)}`;
}

export function exponentText(e: number): string {
  return `${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
}

function withPoint(digits: string, at: number): string {
  return digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

/** "%.<precision>g" of finite x ≥ 0; `alternate` keeps trailing zeros and the point. `switchAt` is the exponent from which scientific notation is used. */
export function toGeneralExact(x: number, precision: number, alternate: boolean, switchAt = precision || 1): string {
  const p = precision || 1;
  const { digits, exponent } = significantDigits(x, p);
  return generalText(digits, exponent, alternate, switchAt);
}

/** Lays out significant digits as %g does: fixed notation for -4 ≤ exponent < switchAt. */
export function generalText(digits: string, exponent: number, alternate: boolean, switchAt: number): string {
  const d = alternate ? digits : digits.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= switchAt) {
    const mantissa = withPoint(d, 1);
    return `${mantissa}${alternate && d.length === 1 ? "." : ""}e${exponentText(exponent)}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${d}`;
  const whole = d.padEnd(exponent + 1, "0");
  return `${withPoint(whole, exponent + 1)}${alternate && whole.length === exponent + 1 ? "." : ""}`;
}

/** The shortest digits that round-trip, for finite x > 0. */
export function shortestDigits(x: number): { digits: string; exponent: number } {
  if (x === 0) return { digits: "0", exponent: 0 };
  const s = x.toExponential();
  const at = s.indexOf("e");
  return { digits: s.slice(0, at).replace(".", ""), exponent: Number(s.slice(at + 1)) };
}

/** round(x, ndigits) for finite x; Infinity when the result overflows. */
export function roundDecimal(x: number, ndigits: number): number {
  if (ndigits > 323 || x === 0) return x;
  if (ndigits < -308) return x < 0 ? -0 : 0;
  const a = Math.abs(x);
  const r = ndigits >= 0 ? Number(toFixedExact(a, ndigits)) : Number(`${scaledRound(a, ndigits)}e${-ndigits}`);
  return x < 0 ? -r : r;
}

// ---- reading ---------------------------------------------------------------------------------------------------------------------------

const FLOAT_TEXT = /^[+-]?(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const SPECIAL_TEXT = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

/** float(text) of stripped ASCII text; undefined when malformed. */
export function parseFloat_(text: string): number | undefined {
  if (FLOAT_TEXT.test(text)) return Number(text.replaceAll("_", ""));
  const m = SPECIAL_TEXT.exec(text);
  if (!m) return undefined;
  return m[2] === undefined ? NaN : m[1] === "-" ? -Infinity : Infinity;
}

/** float.hex() */
export function floatHex(x: number): string {
  if (!Number.isFinite(x)) return floatRepr(x);
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  if (x === 0) return `${sign}0x0.0p+0`;
  const [m, e] = decompose(Math.abs(x));
  const normal = m >= 4503599627370496;
  const fraction = (normal ? m - 4503599627370496 : m).toString(16).padStart(13, "0");
  const exponent = e + 52;
  return `${sign}0x${normal ? 1 : 0}.${fraction}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
}

const HEX_TEXT = /^([+-]?)(?:0x)?([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i;

/** float.fromhex(text): correctly rounded, half to even. */
export function parseHexFloat(source: string): number {
  const text = stripSpace(source);
  const special = SPECIAL_TEXT.test(text) ? parseFloat_(text) : undefined;
  if (special !== undefined) return special;
  const m = HEX_TEXT.exec(text);
  const digits = m ? m[2]! + m[3]! : "";
  if (!m || digits === "") throw valueError("invalid hexadecimal floating-point string");
  const mantissa = BigInt(`0x${digits}`);
  const exponent = Math.max(-1e9, Math.min(1e9, Number(m[4] ?? 0))) - 4 * m[3]!.length;
  const x = mantissa === 0n ? 0 : hexValue(mantissa, exponent);
  if (x === Infinity) throw overflowError("hexadecimal value too large to represent as a float");
  return m[1] === "-" ? -x : x;
}

function hexValue(mantissa: bigint, exponent: number): number {
  const top = bitLength(mantissa) + exponent;
  if (top > 1100) return Infinity;
  return top < -1100 ? 0 : scaleBig(mantissa, exponent);
}
