/** Builtins about numbers and text of numbers: abs, round, pow, sum, min, max, bin, chr … */
import { add as addInts } from "../objects/int-arith.ts";
import { bytesOf } from "../objects/buffer.ts";
import { sequenceItems } from "../objects/iterators.ts";
import { binary, compare, type CompareOp, getIter, lookupSpecial, plainStr, toIndex, truthy, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { strLength } from "../objects/str-points.ts";
import type { NativeRow } from "../objects/type.ts";
import { NotImplemented, PyBytes, PyComplex, PyFloat, type PyInt, type Value } from "../objects/values.ts";
import { typeError, valueError } from "./exceptions.ts";

// ---- sum ------------------------------------------------------------------------------------------------------------------------------

/** Neumaier's compensated sum (1974), as CPython has used since 3.12: `high` plus the error `low` of all additions. */
class CompensatedSum {
  high: number;
  low = 0;
  constructor(start: number) {
    this.high = start;
  }
  add(x: number): void {
    const t = this.high + x;
    this.low += Math.abs(this.high) >= Math.abs(x) ? this.high - t + x : x - t + this.high;
    this.high = t;
  }
  get total(): number {
    return this.low !== 0 && Number.isFinite(this.low) ? this.high + this.low : this.high;
  }
}

/** Reads an iterable item by item; the phases of sum share one. */
function reader(vm: VM, iterable: Value): () => Value | undefined {
  const items = sequenceItems(iterable);
  if (items) {
    let i = 0;
    return () => items[i++];
  }
  const it = getIter(vm, iterable);
  const next = typeOf(it).slot.iternext!;
  return () => next(vm, it);
}

/** What sum() refuses to start from: start type → advice. */
const NO_SUM: Readonly<Record<string, string>> = {
  str: "strings [use ''.join(seq) instead]",
  bytes: "bytes [use b''.join(seq) instead]",
  bytearray: "bytearray [use b''.join(seq) instead]",
};

type Reader = () => Value | undefined;

/** Ints while they last, then floats, then complex numbers, then whatever `+` makes of the rest. */
function sum(vm: VM, iterable: Value, startArgument: Value | undefined): Value {
  const start: Value = startArgument === undefined ? 0 : startArgument;
  const next = reader(vm, iterable);
  const advice = NO_SUM[plainStr(start) === undefined ? typeName(start) : "str"];
  if (advice) throw typeError(`sum() can't sum ${advice}`);
  let total: Value = start;
  let item: Value | undefined;
  for (const phase of [sumInts, sumFloats, sumComplex]) {
    const r = phase(total, next);
    if (r === undefined) continue;
    total = r.total;
    item = r.item;
    if (item === undefined) return total;
    total = binary(vm, "add", total, item);
  }
  for (item = next(); item !== undefined; item = next()) total = binary(vm, "add", total, item);
  return total;
}

/** Where a phase stopped: `item` is the first that is none of its business, undefined at the end. */
interface Phase {
  readonly total: Value;
  readonly item: Value | undefined;
}

function sumInts(start: Value, next: Reader): Phase | undefined {
  if (typeof start !== "number" && typeof start !== "bigint") return undefined;
  let total: PyInt = start;
  for (let item = next(); ; item = next()) {
    if (typeof item === "number") {
      const r: number = typeof total === "number" ? total + item : Number.NaN;
      total = Number.isSafeInteger(r) ? r : addInts(total, item);
    } else if (typeof item === "bigint") total = addInts(total, item);
    else if (typeof item === "boolean") total = addInts(total, item ? 1 : 0);
    else return { total, item };
  }
}

function sumFloats(start: Value, next: Reader): Phase | undefined {
  if (!isPlainFloat(start)) return undefined;
  const acc = new CompensatedSum(start.value);
  for (let item = next(); ; item = next()) {
    const x = item === undefined ? undefined : realOf(item);
    if (x === undefined) return { total: new PyFloat(acc.total), item };
    acc.add(x);
  }
}

function sumComplex(start: Value, next: Reader): Phase | undefined {
  if (!isPlainComplex(start)) return undefined;
  const re = new CompensatedSum(start.real);
  const im = new CompensatedSum(start.imag);
  for (let item = next(); ; item = next()) {
    const complex = item !== undefined && isPlainComplex(item) ? item : undefined;
    const x = complex ? complex.real : item === undefined ? undefined : realOf(item);
    if (x === undefined) return { total: new PyComplex(re.total, im.total), item };
    re.add(x);
    if (complex) im.add(complex.imag);
  }
}

function isPlainFloat(v: Value): v is PyFloat {
  return v instanceof PyFloat && v.cls === PyFloat.prototype.cls;
}

function isPlainComplex(v: Value): v is PyComplex {
  return v instanceof PyComplex && v.cls === PyComplex.prototype.cls;
}

/** A float, or an int that fits in one. */
function realOf(v: Value): number | undefined {
  if (isPlainFloat(v)) return v.value;
  if (typeof v === "number") return v;
  if (typeof v === "boolean") return v ? 1 : 0;
  if (typeof v !== "bigint") return undefined;
  const d = Number(v);
  return Number.isFinite(d) ? d : undefined;
}

// ---- min and max ------------------------------------------------------------------------------------------------------------------------

function extremum(name: "min" | "max", op: CompareOp) {
  return (vm: VM, args: Value[], key: Value | undefined, missing: Value | undefined): Value => {
    if (args.length === 0) throw typeError(`${name} expected at least 1 argument, got 0`);
    if (args.length > 1 && missing !== undefined) throw typeError(`Cannot specify a default for ${name}() with multiple positional arguments`);
    const keyOf = key === undefined || key === null ? undefined : key;
    let best: Value | undefined;
    let bestKey: Value | undefined;
    const next = args.length > 1 ? arrayReader(args) : reader(vm, args[0]!);
    for (let item = next(); item !== undefined; item = next()) {
      const k: Value = keyOf === undefined ? item : vm.call(keyOf, [item]);
      if (bestKey === undefined || better(vm, op, k, bestKey)) {
        best = item;
        bestKey = k;
      }
    }
    if (best !== undefined) return best;
    if (missing !== undefined) return missing;
    throw valueError(`${name}() iterable argument is empty`);
  };
}

function arrayReader(items: readonly Value[]): () => Value | undefined {
  let i = 0;
  return () => items[i++];
}

function better(vm: VM, op: CompareOp, a: Value, b: Value): boolean {
  if (typeof a === "number" && typeof b === "number") return op === "lt" ? a < b : a > b;
  return truthy(vm, compare(vm, op, a, b));
}

// ---- arithmetic -------------------------------------------------------------------------------------------------------------------------

function abs(vm: VM, v: Value): Value {
  if (typeof v === "number") return v < 0 ? -v : v;
  const f = typeOf(v).slot.abs;
  if (!f) throw typeError(`bad operand type for abs(): '${typeName(v)}'`);
  return f(vm, v);
}

/** Three-argument pow: the slots of base, exponent and modulus in turn. */
export function power(vm: VM, base: Value, exponent: Value, modulus: Value): Value {
  if (modulus === null) return binary(vm, "pow", base, exponent);
  const seen = new Set<unknown>();
  for (const t of [typeOf(base), typeOf(exponent), typeOf(modulus)]) {
    const slot = t === typeOf(base) ? t.slot.pow : undefined;
    if (slot === undefined || seen.has(slot)) continue;
    seen.add(slot);
    const r = slot(vm, base, exponent, modulus);
    if (r !== NotImplemented) return r;
  }
  const backward = typeOf(exponent).slot.rpow;
  if (backward && typeOf(exponent) !== typeOf(base)) {
    const r = backward(vm, exponent, base, modulus);
    if (r !== NotImplemented) return r;
  }
  const [a, b, c] = [base, exponent, modulus].map((v) => `'${typeName(v)}'`);
  throw typeError(`unsupported operand type(s) for ** or pow(): ${a}, ${b}, ${c}`);
}

function round(vm: VM, number: Value, ndigits: Value | undefined): Value {
  const method = lookupSpecial(vm, number, "__round__");
  if (method === undefined) throw typeError(`type ${typeName(number)} doesn't define __round__ method`);
  return vm.call(method, ndigits === undefined || ndigits === null ? [] : [ndigits]);
}

/** bin, oct, hex: sign, prefix, digits. */
function inBase(radix: 2 | 8 | 16, prefix: string) {
  return (vm: VM, v: Value): Value => {
    const i = toIndex(vm, v);
    const digits = i.toString(radix);
    return i < 0 ? `-${prefix}${digits.slice(1)}` : prefix + digits;
  };
}

function chr(vm: VM, v: Value): Value {
  const i = toIndex(vm, v);
  if (typeof i === "bigint" || i < 0 || i > 0x10ffff) throw valueError("chr() arg not in range(0x110000)");
  return String.fromCodePoint(i);
}

function ord(_vm: VM, v: Value): Value {
  const s = plainStr(v);
  if (s !== undefined) {
    const n = s.length === 1 ? 1 : strLength(s);
    if (n === 1) return s.codePointAt(0)!;
    throw typeError(`ord() expected a character, but string of length ${n} found`);
  }
  const bytes = v instanceof PyBytes || typeName(v) === "bytearray" ? bytesOf(v) : undefined;
  if (bytes === undefined) throw typeError(`ord() expected string of length 1, but ${typeName(v)} found`);
  if (bytes.length === 1) return bytes[0]!;
  throw typeError(`ord() expected a character, but string of length ${bytes.length} found`);
}

export const NUMERIC_FUNCTIONS: Record<string, NativeRow> = {
  abs: ["(number, /)", abs, "The absolute value of a number."],
  bin: ["(number, /)", inBase(2, "0b"), "Binary text of an int."],
  chr: ["(i, /)", chr, "The character with a code point."],
  divmod: ["(x, y, /)", (vm: VM, a: Value, b: Value) => binary(vm, "divmod", a, b), "The pair (x // y, x % y)."],
  hex: ["(number, /)", inBase(16, "0x"), "Hexadecimal text of an int."],
  max: ["(*args, key=None, default=<unrepresentable>)", extremum("max", "gt"), "The largest item of an iterable or of the arguments."],
  min: ["(*args, key=None, default=<unrepresentable>)", extremum("min", "lt"), "The smallest item of an iterable or of the arguments."],
  oct: ["(number, /)", inBase(8, "0o"), "Octal text of an int."],
  ord: ["(character, /)", ord, "The code point of a character."],
  pow: ["(base, exp, mod=None)", (vm: VM, a: Value, b: Value, c: Value | undefined) => power(vm, a, b, c ?? null), "base ** exp, modulo mod if given."],
  round: ["(number, ndigits=None)", round, "The number rounded to a number of decimals; without one, to an int."],
  sum: ["(iterable, /, start=0)", sum, "The start plus all items; floats are summed with compensation."],
};
