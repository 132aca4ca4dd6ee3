/**
 * Decimal text of floats as NumPy prints them: shortest digits that identify a value among those of its own type, or exactly rounded digits.
 * NumPy uses Dragon4 (Steele & White 1990; Ryan Juckett's formulation); for a double the shortest digits are those JavaScript gives.
 */
import { exponentText, shortestDigits, toExponentialExact, toFixedExact } from "../../objects/float-text.ts";
import { type DType, FLOAT16, FLOAT64 } from "./dtype.ts";
import { roundTo } from "./scalars.ts";

interface Digits {
  readonly digits: string;
  /** Decimal exponent of the first digit. */
  readonly exponent: number;
}

/** The shortest digits of finite x ≥ 0 that no other value of the type shares. */
export function uniqueDigits(x: number, type: DType): Digits {
  if (type === FLOAT64 || x === 0) return shortestDigits(x);
  for (let count = 1; ; count++) {
    const text = x.toExponential(count - 1);
    if (roundTo(type, Number(text)) !== x && count < 17) continue;
    const at = text.indexOf("e");
    return { digits: text.slice(0, at).replace(".", ""), exponent: Number(text.slice(at + 1)) };
  }
}

/** Positional text without sign, at most `precision` decimals; trailing zeros dropped, the point kept: "1.5", "2.", "0.". */
export function positional(x: number, type: DType, precision: number): string {
  const { digits, exponent } = uniqueDigits(x, type);
  const decimals = Math.max(0, digits.length - 1 - exponent);
  if (decimals > precision) return trimZeros(withPoint(toFixedExact(x, precision)));
  if (exponent < 0) return trimZeros(`0.${"0".repeat(-exponent - 1)}${digits}`);
  const whole = digits.padEnd(exponent + 1, "0");
  return trimZeros(`${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1)}`);
}

/** Positional text with exactly `precision` decimals. */
export function positionalFixed(x: number, precision: number): string {
  return withPoint(toFixedExact(x, precision));
}

function withPoint(s: string): string {
  return s.includes(".") ? s : `${s}.`;
}

function trimZeros(s: string): string {
  return s.replace(/0+$/, "");
}

/** Scientific text in parts: "1.5", "+10"; at most `precision` decimals, the point kept. */
export function scientific(x: number, type: DType, precision: number): { mantissa: string; exponent: string } {
  const { digits, exponent } = uniqueDigits(x, type);
  if (digits.length - 1 > precision) return split(toExponentialExact(x, precision), true);
  return { mantissa: trimZeros(`${digits.slice(0, 1)}.${digits.slice(1)}`), exponent: exponentText(exponent) };
}

/** Scientific text with exactly `precision` decimals. */
export function scientificFixed(x: number, precision: number): { mantissa: string; exponent: string } {
  return split(toExponentialExact(x, precision), false);
}

function split(text: string, trim: boolean): { mantissa: string; exponent: string } {
  const at = text.indexOf("e");
  const mantissa = withPoint(text.slice(0, at));
  return { mantissa: trim ? trimZeros(mantissa) : mantissa, exponent: text.slice(at + 1) };
}

/** From which magnitude on scalars of a type are written in scientific notation. */
function scientificFrom(type: DType): number {
  return type === FLOAT64 ? 1e16 : type === FLOAT16 ? 1e3 : 1e6;
}

/** str() of a scalar: "1.5", "1e+16", "nan"; `bare` leaves out a trailing ".0" (parts of complex numbers). */
export function scalarText(x: number, type: DType, bare = false): string {
  if (x !== x) return "nan";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  const a = Math.abs(x);
  if (a === Infinity) return `${sign}inf`;
  if (a !== 0 && (a < 1e-4 || a >= scientificFrom(type))) {
    const { mantissa, exponent } = scientific(a, type, 400);
    return `${sign}${mantissa.endsWith(".") ? mantissa.slice(0, -1) : mantissa}e${exponent}`;
  }
  const text = positional(a, type, 400);
  return sign + (text.endsWith(".") ? (bare ? text.slice(0, -1) : `${text}0`) : text);
}

/** str() of a complex scalar whose parts have type `part`. */
export function complexText(re: number, im: number, part: DType): string {
  const text = scalarText(im, part, true);
  if (Object.is(re, 0)) return `${text}j`;
  return `(${scalarText(re, part, true)}${text.startsWith("-") ? "" : "+"}${text}j)`;
}
