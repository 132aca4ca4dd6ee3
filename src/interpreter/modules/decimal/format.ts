/** `Decimal.__format__`: PEP 3101's mini-language with the types e, E, f, F, g, G, n and %. */
import { valueError } from "../../builtins/exceptions.ts";
import { group } from "../../objects/format.ts";
import { decimalText, digitCount, dropDigits, FINITE, PyDecimal, type Rounding, splitAt } from "./number.ts";
import { rescale } from "./arithmetic.ts";

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+)([,_])?)?([eEfFgGn%])?$/su;

interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly noNegativeZero: boolean;
  readonly zeroPadded: boolean;
  readonly width: number;
  readonly separator: string;
  readonly precision: number | undefined;
  readonly type: string;
}

function parse(text: string, capitals: boolean): Spec {
  const m = SPEC.exec(text);
  if (m === null) throw valueError("invalid format string");
  const [, fill, align, sign, z, , zero, width, separator, precision, , type] = m;
  if (zero !== undefined && align !== undefined) {
    // an explicit alignment makes the zero a fill character
    return { ...base(), fill: fill ?? "0", align, zeroPadded: false };
  }
  function base(): Spec {
    return {
      fill: fill ?? " ", align: align ?? ">", sign: sign ?? "-", noNegativeZero: z !== undefined, zeroPadded: zero !== undefined, width: Number(width ?? 0),
      separator: type === "n" ? "" : (separator ?? ""), precision: precision === undefined ? undefined : Number(precision), type: type === "n" ? "g" : (type ?? (capitals ? "G" : "g")),
    };
  }
  if (separator !== undefined && type === "n") throw valueError("invalid format string");
  return base();
}

/** Rounded to a number of significant digits. */
function significant(d: PyDecimal, digits: number, rounding: Rounding): PyDecimal {
  const drop = d.digits - digits;
  if (drop <= 0 || d.coef === 0n) return d;
  const r = dropDigits(d.coef, drop, d.sign, rounding);
  return digitCount(r.coef) > digits ? new PyDecimal(d.sign, r.coef / 10n, d.exp + drop + 1) : new PyDecimal(d.sign, r.coef, d.exp + drop);
}

/** The body of a finite number: digits before the point and the rest. */
function body(given: PyDecimal, spec: Spec, rounding: Rounding): { d: PyDecimal; whole: string; rest: string } {
  const { type, precision } = spec;
  let d = type === "%" ? new PyDecimal(given.sign, given.coef, given.exp + 2) : given;
  if (precision !== undefined) {
    if (type === "e" || type === "E") d = d.coef === 0n ? d : padded(significant(d, precision + 1, rounding), precision + 1);
    else if ("fF%".includes(type)) d = rescale(d, -precision, rounding).d;
    else d = significant(d, Math.max(precision, 1), rounding);
  }
  if (d.coef === 0n && d.exp > 0 && "fF%".includes(type)) d = new PyDecimal(d.sign, 0n, 0);
  const digits = d.coef.toString();
  const left = d.exp + digits.length;
  let point = 1;
  if ("fF%".includes(type)) point = left;
  else if ("gG".includes(type) && d.exp <= 0 && left > -6) point = left;
  else if (("eE".includes(type)) && d.coef === 0n && precision !== undefined) point = 1 - precision;
  const [whole, fraction] = splitAt(digits, point);
  const exponent = left - point;
  const shown = "eE".includes(type) || exponent !== 0 ? `${type === "e" || type === "g" ? "e" : "E"}${exponent < 0 ? "" : "+"}${exponent}` : "";
  const tail = "fF%".includes(type) ? "" : shown;
  return { d, whole, rest: `${fraction && `.${fraction}`}${tail}${type === "%" ? "%" : ""}` };
}

/** With trailing zeros up to a number of digits. */
function padded(d: PyDecimal, digits: number): PyDecimal {
  const missing = digits - d.digits;
  return missing > 0 ? new PyDecimal(d.sign, d.coef * 10n ** BigInt(missing), d.exp - missing) : d;
}

export function formatDecimal(given: PyDecimal, text: string, rounding: Rounding, capitals: boolean): string {
  const spec = parse(text, capitals);
  let sign = given.sign;
  let whole: string;
  let rest: string;
  if (given.kind === FINITE) {
    const b = body(given, spec, rounding);
    ({ whole, rest } = b);
    if (spec.noNegativeZero && b.d.coef === 0n) sign = 0;
  } else {
    whole = "";
    rest = decimalText(given.withSign(0), true) + (spec.type === "%" ? "%" : "");
  }
  const prefix = sign ? "-" : spec.sign === "-" ? "" : spec.sign;
  const zeroFill = spec.zeroPadded && given.kind === FINITE;
  if (whole !== "" && spec.separator) whole = group(whole, spec.separator, 3, zeroFill ? spec.width - prefix.length - rest.length : 0);
  else if (zeroFill) whole = whole.padStart(spec.width - prefix.length - rest.length, "0");
  return lay(prefix, whole + rest, spec);
}

function lay(prefix: string, text: string, spec: Spec): string {
  const missing = spec.width - prefix.length - Array.from(text).length;
  if (missing <= 0) return prefix + text;
  const { align, fill } = spec;
  if (align === "<") return prefix + text + fill.repeat(missing);
  if (align === "^") return fill.repeat(missing >> 1) + prefix + text + fill.repeat(missing - (missing >> 1));
  if (align === "=") return prefix + fill.repeat(missing) + text;
  return fill.repeat(missing) + prefix + text;
}
