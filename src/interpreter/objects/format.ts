/**
 * format(value, spec) and the `__format__` methods of int, float, complex and str.
 * Source: library reference "Format Specification Mini-Language". Type "n" formats as in the C locale, the only one here.
 */
import { overflowError, typeError, valueError } from "../builtins/exceptions.ts";
import { complexType } from "./complex.ts";
import { floatType } from "./float.ts";
import { floatRepr, floatReprBare, toExponentialExact, toFixedExact, toGeneralExact } from "./float-text.ts";
import { type FormatSpec, parseSpec, unknownCode } from "./format-spec.ts";
import { intToDouble } from "./int.ts";
import { bitLength } from "./int-arith.ts";
import { digitsOf, intToText } from "./int-text.ts";
import { plainInt, plainStr, str, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { hasAstral, strLength, substring } from "./str-points.ts";
import { boolType, extendType, intType, strType } from "./type.ts";
import { type PyComplex, PyFloat, type PyInt, type Value } from "./values.ts";

// ---- dispatch -------------------------------------------------------------------------------------------------------------------------

/** format(v, spec) as a plain string. */
export function format(vm: VM, v: Value, spec: string): string {
  switch (typeof v) {
    case "string":
      return spec === "" ? v : formatStr(v, spec);
    case "number":
    case "bigint":
      return spec === "" ? intToText(vm, v) : formatInt(vm, v, spec, "int");
    default:
      if (v instanceof PyFloat && v.cls === floatType) return formatFloat(v.value, spec, "float");
      return formatByMethod(vm, v, spec);
  }
}

function formatByMethod(vm: VM, v: Value, spec: string): string {
  const method = typeOf(v).lookup("__format__");
  if (method === undefined) throw typeError(`Type ${typeName(v)} doesn't define __format__`);
  const get = typeOf(method).slot.get;
  const r = vm.call(get ? get(vm, method, v, typeOf(v)) : method, [spec]);
  const s = plainStr(r);
  if (s === undefined) throw typeError(`__format__ must return a str, not ${typeName(r)}`);
  return s;
}

// ---- layout ---------------------------------------------------------------------------------------------------------------------------

/** A number in parts, as alignment and grouping treat them. */
interface NumberText {
  readonly sign: string;
  readonly prefix: string;
  /** Digits before the point; empty for inf, nan and characters. */
  readonly digits: string;
  /** The point, the fraction, exponent and suffix; or the whole text when there are no digits. */
  readonly rest: string;
}

export function pad(text: string, spec: FormatSpec, length = strLength(text)): string {
  const missing = spec.width - length;
  if (missing <= 0) return text;
  if (spec.align === "<") return text + spec.fill.repeat(missing);
  if (spec.align === "^") return spec.fill.repeat(missing >> 1) + text + spec.fill.repeat(missing - (missing >> 1));
  return spec.fill.repeat(missing) + text;
}

function layNumber(n: NumberText, spec: FormatSpec): string {
  const around = n.sign.length + n.prefix.length + n.rest.length;
  let digits = n.digits;
  if (digits !== "" && spec.grouping) {
    const zeros = spec.fill === "0" && spec.align === "=" ? spec.width - around : 0;
    digits = group(digits, spec.grouping, spec.groupSize, zeros);
  }
  if (spec.align !== "=") return pad(n.sign + n.prefix + digits + n.rest, spec);
  const missing = spec.width - around - digits.length;
  return n.sign + n.prefix + (missing > 0 ? spec.fill.repeat(missing) : "") + digits + n.rest;
}

/** Digits in groups from the right; zeros are added on the left, grouped too, until `width` characters are reached. */
export function group(digits: string, separator: string, size: number, width: number): string {
  const parts: string[] = [];
  let left = digits.length;
  let room = width;
  for (;;) {
    const n = Math.min(size, Math.max(left, room, 1));
    parts.push(digits.slice(Math.max(0, left - n), left).padStart(n, "0"));
    left = Math.max(0, left - n);
    room -= n;
    if (left === 0 && room <= 0) return parts.reverse().join(separator);
    room -= 1;
  }
}

/** Digits of a fraction in groups from the left. */
function groupFraction(text: string, separator: string): string {
  return separator ? text.replace(/^\.\d+/, (digits) => digits.replace(/\d{3}(?=\d)/g, `$&${separator}`)) : text;
}

function signText(negative: boolean, spec: FormatSpec): string {
  return negative ? "-" : spec.sign === "+" || spec.sign === " " ? spec.sign : "";
}

// ---- int --------------------------------------------------------------------------------------------------------------------------------

export function formatInt(vm: VM, a: PyInt, text: string, type: string): string {
  const spec = parseSpec(text, type, "d", ">");
  if (spec.type !== "" && "eEfFgG%".includes(spec.type)) return formatFloatSpec(intToDouble(a), spec, type);
  if (!"bcdnoxX".includes(spec.type)) throw unknownCode(spec.type, type);
  if (spec.precision >= 0) throw valueError("Precision not allowed in integer format specifier");
  if (spec.noNegativeZero) throw valueError("Negative zero coercion (z) not allowed in integer format specifier");
  const sign = signText(a < 0, spec);
  const body = (digits: string, prefix: string): string =>
    layNumber({ sign, prefix: spec.alternate ? prefix : "", digits, rest: "" }, spec);
  switch (spec.type) {
    case "d":
    case "n":
      return body(intToText(vm, a).replace("-", ""), "");
    case "b":
      return body(digitsOf(a, 2), "0b");
    case "o":
      return body(digitsOf(a, 8), "0o");
    case "x":
      return body(digitsOf(a, 16), "0x");
    case "X":
      return body(digitsOf(a, 16).toUpperCase(), "0X");
    default:
      return formatCharacter(a, spec);
  }
}

function formatCharacter(a: PyInt, spec: FormatSpec): string {
  if (spec.sign) throw valueError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) throw valueError("Alternate form (#) not allowed with integer format specifier 'c'");
  if (bitLength(a) > 63) throw overflowError("Python int too large to convert to C long");
  if (a < 0 || a > 0x10ffff) throw overflowError("%c arg not in range(0x110000)");
  const c = String.fromCodePoint(Number(a));
  return pad(c, spec.align === "=" ? { ...spec, align: ">" } : spec, 1);
}

// ---- float ------------------------------------------------------------------------------------------------------------------------------

export function formatFloat(x: number, text: string, type: string): string {
  return text === "" ? floatRepr(x) : formatFloatSpec(x, parseSpec(text, type, "", ">"), type);
}

function formatFloatSpec(x: number, spec: FormatSpec, type: string): string {
  if (spec.type !== "" && !"eEfFgGn%".includes(spec.type)) throw unknownCode(spec.type, type);
  const value = spec.type === "%" ? x * 100 : x;
  let text = floatDigits(Math.abs(value), spec.type === "%" ? "f" : spec.type, spec.precision, spec.alternate, true);
  if (spec.type === "%") text += "%";
  let negative = value < 0 || Object.is(value, -0);
  if (negative && spec.noNegativeZero && !/[1-9a-z]/i.test(text.replace(/e.*/i, ""))) negative = false;
  return layFloat(signText(negative, spec), text, spec);
}

function layFloat(sign: string, text: string, spec: FormatSpec): string {
  const whole = /^\d*/.exec(text)![0];
  return layNumber({ sign, prefix: "", digits: whole, rest: groupFraction(text.slice(whole.length), spec.fractionGrouping) }, spec);
}

/**
 * |x| formatted by type letter ("" is repr, or with a precision like g but always with a fraction or an exponent when `pointZero`).
 * The core of format(), %-formatting and complex formatting.
 */
export function floatDigits(x: number, type: string, precision: number, alternate: boolean, pointZero: boolean): string {
  const upper = type === "E" || type === "F" || type === "G";
  const text = Number.isFinite(x) ? finiteDigits(x, type.toLowerCase(), precision, alternate, pointZero) : x === Infinity ? "inf" : "nan";
  return upper ? text.toUpperCase() : text;
}

function finiteDigits(x: number, type: string, precision: number, alternate: boolean, pointZero: boolean): string {
  switch (type) {
    case "e":
      return withPoint(toExponentialExact(x, precision < 0 ? 6 : precision), alternate);
    case "f":
      return withPoint(toFixedExact(x, precision < 0 ? 6 : precision), alternate);
    case "g":
    case "n":
      return toGeneralExact(x, precision < 0 ? 6 : precision, alternate);
    default: {
      if (precision < 0) return withPoint(pointZero ? floatRepr(x) : floatReprBare(x), alternate);
      const text = toGeneralExact(x, precision, alternate, pointZero ? (precision || 1) - 1 : precision || 1);
      if (!pointZero || /\.\d|e/.test(text)) return text;
      return text.endsWith(".") ? `${text}0` : `${text}.0`;
    }
  }
}

/** Alternate form: a decimal point even when no digits follow it. */
function withPoint(text: string, alternate: boolean): string {
  return !alternate || text.includes(".") ? text : text.replace(/^\d+/, "$&.");
}

// ---- complex ----------------------------------------------------------------------------------------------------------------------------

export function formatComplex(z: PyComplex, text: string): string {
  const spec = parseSpec(text, "complex", "", ">");
  if (spec.fill === "0") throw valueError("Zero padding is not allowed in complex format specifier");
  if (spec.align === "=") throw valueError("'=' alignment flag is not allowed in complex format specifier");
  if (spec.type !== "" && !"eEfFgGn".includes(spec.type)) throw unknownCode(spec.type, "complex");
  const part = (x: number, sign: string): string => {
    const digits = floatDigits(Math.abs(x), spec.type, spec.precision, spec.alternate, false);
    return layFloat(signText(x < 0 || Object.is(x, -0), { ...spec, sign }), digits, { ...spec, width: -1 });
  };
  const bare = spec.type === "";
  if (bare && Object.is(z.real, 0)) return pad(`${part(z.imag, spec.sign)}j`, spec);
  const both = `${part(z.real, spec.sign)}${part(z.imag, "+")}j`;
  return pad(bare ? `(${both})` : both, spec);
}

// ---- str --------------------------------------------------------------------------------------------------------------------------------

export function formatStr(s: string, text: string): string {
  const spec = parseSpec(text, "str", "s", "<");
  if (spec.type !== "s") throw unknownCode(spec.type, "str");
  if (spec.sign) throw valueError(`${spec.sign === " " ? "Space" : "Sign"} not allowed in string format specifier`);
  if (spec.noNegativeZero) throw valueError("Negative zero coercion (z) not allowed in string format specifier");
  if (spec.alternate) throw valueError("Alternate form (#) not allowed in string format specifier");
  if (spec.align === "=") throw valueError("'=' alignment not allowed in string format specifier");
  let t = s;
  if (spec.precision >= 0 && (s.length > spec.precision || hasAstral(s))) t = substring(s, 0, spec.precision);
  return pad(t, spec);
}

// ---- __format__ -------------------------------------------------------------------------------------------------------------------------

function specText(v: Value): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`__format__() argument must be str, not ${typeName(v)}`);
  return s;
}

const FORMAT_DOC = "Formats by a format specification.";
const SIGNATURE = "($self, format_spec, /)";

extendType(intType, {
  methods: {
    __format__: [
      SIGNATURE,
      (vm: VM, v: Value, spec: Value) => {
        const text = specText(spec);
        return text === "" ? str(vm, v) : formatInt(vm, plainInt(v)!, text, typeOf(v) === boolType ? "bool" : typeName(v));
      },
      FORMAT_DOC,
    ],
  },
});
extendType(floatType, {
  methods: {
    __format__: [
      SIGNATURE,
      (vm: VM, v: PyFloat, spec: Value) => {
        const text = specText(spec);
        return text === "" ? str(vm, v) : formatFloat(v.value, text, typeName(v));
      },
      FORMAT_DOC,
    ],
  },
});
extendType(complexType, {
  methods: {
    __format__: [
      SIGNATURE,
      (vm: VM, v: PyComplex, spec: Value) => {
        const text = specText(spec);
        return text === "" ? str(vm, v) : formatComplex(v, text);
      },
      FORMAT_DOC,
    ],
  },
});
extendType(strType, {
  methods: {
    __format__: [
      SIGNATURE,
      (vm: VM, v: Value, spec: Value) => {
        const text = specText(spec);
        return text === "" ? str(vm, v) : formatStr(plainStr(v)!, text);
      },
      FORMAT_DOC,
    ],
  },
});
