/**
 * Arrays as text: repr(a), str(a), np.array2string, print options.
 *
 * One formatter is made for the (possibly summarised) elements, so that all get one width; rows are wrapped at the line width.
 * Source: NumPy reference "numpy.set_printoptions", "numpy.array2string". Known weakness: `legacy` is accepted and ignored.
 */
import { valueError } from "../../builtins/exceptions.ts";
import { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { repr, str, truthy } from "../../objects/operations.ts";
import { strRepr } from "../../objects/str-repr.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";
import { BOOL, COMPLEX128, type DType, FLOAT16, FLOAT64, INT64, realType } from "./dtype.ts";
import { readComplex, readPlain, readRaw, readScalar } from "./element.ts";
import { positional, positionalFixed, scientific, scientificFixed } from "./float-digits.ts";
import { type PyNdArray, shapeText } from "./ndarray.ts";
import { roundTo } from "./scalars.ts";

export interface PrintOptions {
  readonly precision: number;
  readonly threshold: number;
  readonly edgeitems: number;
  readonly linewidth: number;
  readonly suppress: boolean;
  readonly nanstr: string;
  readonly infstr: string;
  readonly sign: "-" | "+" | " ";
  readonly floatmode: "fixed" | "unique" | "maxprec" | "maxprec_equal";
  /** kind → callable, or None. */
  readonly formatter: Value;
}

const DEFAULTS: PrintOptions = {
  precision: 8, threshold: 1000, edgeitems: 3, linewidth: 75, suppress: false, nanstr: "nan", infstr: "inf", sign: "-", floatmode: "maxprec",
  formatter: null,
};

const STATE = Symbol("numpy.printoptions");

export function printOptions(vm: VM): PrintOptions {
  return (vm.state.get(STATE) as PrintOptions | undefined) ?? DEFAULTS;
}

export function setPrintOptions(vm: VM, o: PrintOptions): void {
  vm.state.set(STATE, o);
}

const FLOAT_MODES = ["fixed", "unique", "maxprec", "maxprec_equal"] as const;

/** The options after set_printoptions(key=value, …); None leaves an option as it is, the formatter is always set anew. */
export function changedOptions(vm: VM, old: PrintOptions, changes: ReadonlyMap<string, Value>): PrintOptions {
  const next: { -readonly [K in keyof PrintOptions]: PrintOptions[K] } = { ...old, formatter: changes.get("formatter") ?? null };
  for (const [key, v] of changes) {
    if (v === null) continue;
    switch (key) {
      case "precision":
      case "threshold":
      case "edgeitems":
      case "linewidth":
        next[key] = typeof v === "number" ? v : Number((v as { value?: number }).value ?? v);
        break;
      case "suppress":
        next.suppress = truthy(vm, v);
        break;
      case "nanstr":
      case "infstr":
        next[key] = str(vm, v);
        break;
      case "sign":
        if (v !== "-" && v !== "+" && v !== " ") throw valueError("sign option must be one of ' ', '+', or '-'");
        next.sign = v;
        break;
      case "floatmode": {
        const mode = FLOAT_MODES.find((m) => m === v);
        if (!mode) throw valueError(`floatmode option must be one of ${FLOAT_MODES.map((m) => `"${m}"`).join(", ")}`);
        next.floatmode = mode;
      }
    }
  }
  return next;
}

// ---- elements -----------------------------------------------------------------------------------------------------------------------------

/** Text of the element at a byte offset. */
type Format = (at: number) => string;

/** Byte offsets of the elements that are shown. */
function shownOffsets(a: PyNdArray, edge: number | undefined): number[] {
  let offsets = [a.offset];
  a.dims.forEach((d, axis) => {
    const indices = edge !== undefined && d > 2 * edge ? [...range(0, edge), ...range(d - edge, d)] : range(0, d);
    offsets = offsets.flatMap((at) => indices.map((i) => at + i * a.strides[axis]!));
  });
  return offsets;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

interface FloatLayout {
  readonly scientific: boolean;
  /** Every number is written with exactly this many decimals (else at most, padded with blanks). */
  readonly fixed: boolean;
  readonly precision: number;
  readonly left: number;
  readonly right: number;
  readonly exponentDigits: number;
}

/** A formatter for all of `values`, which decide the common layout. */
function floatFormat(values: readonly number[], type: DType, o: PrintOptions, sign: PrintOptions["sign"]): (x: number) => string {
  const layout = floatLayout(values, type, o, sign);
  return (x) => (Number.isFinite(x) ? finiteText(x, type, layout, sign) : specialText(x, layout, o, sign));
}

function signOf(x: number, sign: PrintOptions["sign"]): string {
  return x < 0 || Object.is(x, -0) ? "-" : sign === "+" ? "+" : "";
}

function wantsScientific(finite: readonly number[], type: DType, suppress: boolean): boolean {
  let max = 0;
  let min = Infinity;
  for (const x of finite) {
    const a = Math.abs(x);
    if (a === 0) continue;
    if (a > max) max = a;
    if (a < min) min = a;
  }
  if (max === 0) return false;
  const cutoff = type === FLOAT64 ? 1e8 : type === FLOAT16 ? 1e3 : 1e6;
  return max >= cutoff || (!suppress && (min < 0.0001 || roundTo(type, max / min) > 1000));
}

function floatLayout(values: readonly number[], type: DType, o: PrintOptions, sign: PrintOptions["sign"]): FloatLayout {
  const finite = values.filter(Number.isFinite);
  const limit = o.floatmode === "unique" ? 400 : o.precision;
  let layout: FloatLayout;
  if (finite.length === 0) layout = { scientific: false, fixed: false, precision: limit, left: 0, right: 0, exponentDigits: -1 };
  else if (wantsScientific(finite, type, o.suppress)) layout = scientificLayout(finite, type, o, sign, limit);
  else layout = positionalLayout(finite, type, o, sign, limit);
  const blank = sign === " " && !finite.some((x) => signOf(x, "-") === "-") ? 1 : 0;
  let left = layout.left + blank;
  if (finite.length !== values.length) {
    const offset = layout.right + 1;
    const negative = sign !== "-" || values.includes(-Infinity) ? 1 : 0;
    left = Math.max(left, o.nanstr.length - offset, o.infstr.length + negative - offset);
  }
  return { ...layout, left };
}

function scientificLayout(finite: readonly number[], type: DType, o: PrintOptions, sign: PrintOptions["sign"], limit: number): FloatLayout {
  let [left, precision, exponentDigits] = [0, 0, 0];
  for (const x of finite) {
    const parts = o.floatmode === "fixed" ? scientificFixed(Math.abs(x), o.precision) : scientific(Math.abs(x), type, limit);
    const point = parts.mantissa.indexOf(".");
    left = Math.max(left, point + signOf(x, sign).length);
    precision = Math.max(precision, parts.mantissa.length - point - 1);
    exponentDigits = Math.max(exponentDigits, parts.exponent.length - 1);
  }
  return { scientific: true, fixed: true, precision, left, right: exponentDigits + 2 + precision, exponentDigits };
}

function positionalLayout(finite: readonly number[], type: DType, o: PrintOptions, sign: PrintOptions["sign"], limit: number): FloatLayout {
  let [left, right] = [0, 0];
  for (const x of finite) {
    const text = o.floatmode === "fixed" ? positionalFixed(Math.abs(x), o.precision) : positional(Math.abs(x), type, limit);
    const point = text.indexOf(".");
    left = Math.max(left, point + signOf(x, sign).length);
    right = Math.max(right, text.length - point - 1);
  }
  const fixed = o.floatmode === "fixed" || o.floatmode === "maxprec_equal";
  return { scientific: false, fixed, precision: fixed ? right : limit, left, right, exponentDigits: -1 };
}

function finiteText(x: number, type: DType, l: FloatLayout, sign: PrintOptions["sign"]): string {
  const a = Math.abs(x);
  if (l.scientific) {
    const { mantissa, exponent } = scientificFixed(a, l.precision);
    const text = signOf(x, sign) + mantissa;
    const digits = exponent.slice(1).padStart(l.exponentDigits, "0");
    return `${padLeft(text, l.left)}e${exponent.charAt(0)}${digits}`;
  }
  const text = signOf(x, sign) + (l.fixed ? positionalFixed(a, l.precision) : positional(a, type, l.precision));
  return padLeft(text, l.left).padEnd(Math.max(l.left, text.indexOf(".")) + 1 + l.right);
}

/** Blanks on the left until the point is at column `left`. */
function padLeft(text: string, left: number): string {
  return " ".repeat(Math.max(0, left - text.indexOf("."))) + text;
}

function specialText(x: number, l: FloatLayout, o: PrintOptions, sign: PrintOptions["sign"]): string {
  const text = x !== x ? (sign === "+" ? "+" : "") + o.nanstr : signOf(x, sign) + o.infstr;
  return text.padStart(l.left + l.right + 1);
}

function formatterFor(vm: VM, a: PyNdArray, shown: readonly number[], o: PrintOptions): Format {
  const custom = customFormatter(vm, a, o.formatter);
  if (custom) return custom;
  const { storage, dtype } = a;
  switch (dtype.kind) {
    case "b": {
      const yes = a.ndim > 0 ? " True" : "True";
      return (at) => (readRaw(storage, dtype, at) ? yes : "False");
    }
    case "f": {
      const f = floatFormat(shown.map((at) => readRaw(storage, dtype, at) as number), dtype, o, o.sign);
      return (at) => f(readRaw(storage, dtype, at) as number);
    }
    case "c":
      return complexFormat(a, shown, o);
    case "O":
      return (at) => objectText(vm, readPlain(storage, dtype, at));
    case "U":
      return (at) => strRepr(readPlain(storage, dtype, at) as string);
    default:
      return intFormat(a, shown, o.sign);
  }
}

function complexFormat(a: PyNdArray, shown: readonly number[], o: PrintOptions): Format {
  const part = realType(a.dtype);
  const parts = shown.map((at) => readComplex(a.storage, a.dtype, at));
  const real = floatFormat(parts.map(([re]) => re), part, o, o.sign);
  const imag = floatFormat(parts.map(([, im]) => im), part, o, "+");
  return (at) => {
    const [re, im] = readComplex(a.storage, a.dtype, at);
    const text = imag(im);
    const body = text.trimEnd();
    return `${real(re)}${body}j${text.slice(body.length)}`;
  };
}

function intFormat(a: PyNdArray, shown: readonly number[], sign: PrintOptions["sign"]): Format {
  const values = shown.map((at) => readRaw(a.storage, a.dtype, at));
  const plus = sign === "+" || (sign === " " && !values.some((v) => v < 0)) ? sign : "";
  const text = (v: number | bigint): string => (v >= 0 ? plus : "") + String(v);
  const width = Math.max(0, ...values.map((v) => text(v).length));
  return (at) => text(readRaw(a.storage, a.dtype, at)).padStart(width);
}

function objectText(vm: VM, v: Value): string {
  return v instanceof PyList ? `list(${repr(vm, v)})` : repr(vm, v);
}

const FORMATTER_KEYS: Readonly<Record<string, readonly string[]>> = {
  b: ["bool", "all"], i: ["int", "int_kind", "all"], u: ["int", "int_kind", "all"], f: ["float", "float_kind", "all"],
  c: ["complexfloat", "complex_kind", "all"], O: ["object", "all"], U: ["numpystr", "str_kind", "all"],
};

function customFormatter(vm: VM, a: PyNdArray, formatter: Value): Format | undefined {
  if (!(formatter instanceof PyDict)) return undefined;
  for (const key of FORMATTER_KEYS[a.dtype.kind]!) {
    const f = formatter.getStr(key);
    if (f !== undefined && f !== null) return (at) => str(vm, vm.call(f, [readScalar(a.storage, a.dtype, at)]));
  }
  return undefined;
}

// ---- rows -----------------------------------------------------------------------------------------------------------------------------------

class Rows {
  private readonly a: PyNdArray;
  private readonly format: Format;
  private readonly separator: string;
  private readonly edge: number | undefined;

  constructor(a: PyNdArray, format: Format, separator: string, edge: number | undefined) {
    this.a = a;
    this.format = format;
    this.separator = separator;
    this.edge = edge;
  }

  /** Text of the part at `offset` from `axis` on; `indent` is what a continued line starts with, `width` what a line may hold. */
  text(axis: number, offset: number, indent: string, width: number): string {
    const { dims, strides } = this.a;
    if (axis === dims.length) return this.format(offset);
    const d = dims[axis]!;
    const summarise = this.edge !== undefined && d > 2 * this.edge;
    const head = summarise ? range(0, this.edge!) : [];
    const tail = summarise ? range(d - this.edge!, d) : range(0, d);
    const parts = (indices: readonly number[]): string[] =>
      indices.map((i) => this.text(axis + 1, offset + i * strides[axis]!, `${indent} `, width - 1));
    const words = [...parts(head), ...(summarise ? ["..."] : []), ...parts(tail)];
    const body = axis === dims.length - 1 ? this.wrap(words, indent, width) : this.stack(words, indent, dims.length - axis);
    return `[${body.slice(indent.length)}]`;
  }

  /** Elements of the last axis, wrapped. */
  private wrap(words: readonly string[], indent: string, width: number): string {
    const { separator } = this;
    const limit = width - Math.max(separator.trimEnd().length, 1);
    let done = "";
    let line = indent;
    words.forEach((word, i) => {
      const pieces = word.split("\n");
      const widest = Math.max(...pieces.map((p) => p.length));
      if (line.length + widest > limit && line.length > indent.length) {
        done += `${line.trimEnd()}\n`;
        line = indent;
      }
      const inner = " ".repeat(line.length);
      line += pieces[0]!;
      for (const piece of pieces.slice(1)) {
        done += `${line.trimEnd()}\n`;
        line = inner + piece;
      }
      if (pieces.length > 1) line += " ".repeat(widest - pieces.at(-1)!.length);
      if (i < words.length - 1) line += separator;
    });
    return done + line;
  }

  /** Sub-arrays below each other, with blank lines between higher dimensions. */
  private stack(parts: readonly string[], indent: string, axesLeft: number): string {
    const between = this.separator.trimEnd() + "\n".repeat(axesLeft - 1);
    return parts.map((p) => indent + p).join(between);
  }
}

export function array2string(vm: VM, a: PyNdArray, o: PrintOptions, separator = " ", prefix = "", suffix = ""): string {
  if (a.size === 0) return "[]";
  const edge = a.size > o.threshold ? o.edgeitems : undefined;
  const format = formatterFor(vm, a, shownOffsets(a, edge), o);
  return new Rows(a, format, separator, edge).text(0, a.offset, ` ${" ".repeat(prefix.length)}`, o.linewidth - suffix.length);
}

/** str(a) */
export function arrayStr(vm: VM, a: PyNdArray): string {
  if (a.ndim === 0) return str(vm, readScalar(a.storage, a.dtype, a.offset));
  return guarded(vm, a, () => array2string(vm, a, printOptions(vm)));
}

/** Object arrays may contain themselves. */
function guarded(vm: VM, a: PyNdArray, text: () => string): string {
  if (a.dtype.kind !== "O") return text();
  if (!vm.reprEnter(a)) return "...";
  try {
    return text();
  } finally {
    vm.reprLeave(a);
  }
}

function isImplied(d: DType): boolean {
  return d === INT64 || d === FLOAT64 || d === COMPLEX128 || d === BOOL;
}

/** repr(a) */
export function arrayRepr(vm: VM, a: PyNdArray, options: PrintOptions = printOptions(vm), className = "array"): string {
  const prefix = `${className}(`;
  const body = guarded(vm, a, () => array2string(vm, a, options, ", ", prefix, ")"));
  const extras: string[] = [];
  if ((a.size === 0 && !(a.ndim === 1 && a.dims[0] === 0)) || a.size > options.threshold) extras.push(`shape=${shapeText(a.dims)}`);
  if (!isImplied(a.dtype) || a.size === 0) extras.push(`dtype=${a.dtype.kind === "U" ? `'${a.dtype.str}'` : a.dtype.name}`);
  if (extras.length === 0) return `${prefix}${body})`;
  const text = `${prefix}${body},`;
  const extra = `${extras.join(", ")})`;
  const lastLine = text.length - (text.lastIndexOf("\n") + 1);
  const spacer = lastLine + extra.length + 1 > options.linewidth ? `\n${" ".repeat(prefix.length)}` : " ";
  return text + spacer + extra;
}

