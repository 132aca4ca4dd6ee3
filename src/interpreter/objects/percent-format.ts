/**
 * `%` formatting of str and bytes. One engine works on text; bytes formats go through it as Latin-1.
 * Sources: library reference "printf-style String Formatting", PEP 461 (bytes).
 */
import { isInstanceOf, overflowError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { floatDigits } from "./format.ts";
import { toInt } from "./int.ts";
import { digitsOf, intToText } from "./int-text.ts";
import { getItem, plainInt, plainStr, repr, str, toDouble, toIndex, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { strLength, substring } from "./str-points.ts";
import { asciiText } from "./str-repr.ts";
import { extendType, strType } from "./type.ts";
import { NotImplemented, PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

/** What differs between str and bytes formats. */
export interface PercentMode {
  /** Noun of "not all arguments converted during … formatting". */
  readonly noun: string;
  /** A key of %(key)s as a value. */
  key(text: string): Value;
  /** Text for %s (and %b, where it exists). */
  text(vm: VM, v: Value, conversion: string): string;
  /** Text for %r; %a is ASCII in both. */
  repr(vm: VM, v: Value): string;
  /** Text for %c. */
  character(vm: VM, v: Value): string;
  readonly conversions: string;
  floatError(v: Value): PyBaseException | undefined;
  /** Whether a single right operand may be looked up by keys. */
  isMapping(v: Value): boolean;
}

export const STR_MODE: PercentMode = {
  noun: "string",
  key: (text) => text,
  text: (vm, v) => str(vm, v),
  repr: (vm, v) => repr(vm, v),
  character(vm, v) {
    const s = plainStr(v);
    if (s !== undefined) {
      if (strLength(s) !== 1) throw typeError(`%c requires an int or a unicode character, not a string of length ${strLength(s)}`);
      return s;
    }
    if (plainInt(v) === undefined && typeOf(v).slot.index === undefined)
      throw typeError(`%c requires an int or a unicode character, not ${typeName(v)}`);
    const cp = toIndex(vm, v);
    if (cp < 0 || cp > 0x10ffff) throw overflowError("%c arg not in range(0x110000)");
    return String.fromCodePoint(Number(cp));
  },
  conversions: "srac",
  floatError: () => undefined,
  isMapping: (v) => !(v instanceof PyTuple) && plainStr(v) === undefined && typeOf(v).slot.getitem !== undefined,
};

/** One parsed conversion: flags, width, precision and type. */
interface Conversion {
  left: boolean;
  plus: boolean;
  space: boolean;
  alternate: boolean;
  zero: boolean;
  width: number;
  precision: number;
  type: string;
}

const MAX_SIZE = 2 ** 63;
const MAX_PRECISION = 2 ** 31;

class PercentFormatter {
  private readonly vm: VM;
  private readonly format: string;
  private readonly mode: PercentMode;
  private readonly mapping: Value | undefined;
  private values: readonly Value[];
  private used = 0;
  private at = 0;

  constructor(vm: VM, format: string, args: Value, mode: PercentMode) {
    this.vm = vm;
    this.format = format;
    this.mode = mode;
    this.mapping = mode.isMapping(args) ? args : undefined;
    this.values = args instanceof PyTuple ? args.items : [args];
  }

  run(): string {
    let out = "";
    for (;;) {
      const percent = this.format.indexOf("%", this.at);
      out += this.format.slice(this.at, percent < 0 ? undefined : percent);
      if (percent < 0) break;
      this.at = percent + 1;
      out += this.conversion();
    }
    if (this.used < this.values.length && this.mapping === undefined)
      throw typeError(`not all arguments converted during ${this.mode.noun} formatting`);
    return out;
  }

  private nextValue(): Value {
    const v = this.values[this.used];
    if (v === undefined) throw typeError("not enough arguments for format string");
    this.used++;
    return v;
  }

  private peek(): string {
    const c = this.format[this.at];
    if (c === undefined) throw valueError("incomplete format");
    return c;
  }

  private conversion(): string {
    if (this.peek() === "(") this.readKey();
    const c: Conversion = { left: false, plus: false, space: false, alternate: false, zero: false, width: -1, precision: -1, type: "" };
    this.readFlags(c);
    this.readWidth(c);
    if (this.peek() === ".") {
      this.at++;
      this.readPrecision(c);
    }
    if ("hlL".includes(this.peek())) this.at++;
    c.type = String.fromCodePoint(this.format.codePointAt(this.at) ?? Number(this.peek()));
    const index = this.at;
    this.at += c.type.length;
    return c.type === "%" ? "%" : this.convert(c, this.nextValue(), index);
  }

  private readKey(): void {
    if (this.mapping === undefined) throw typeError("format requires a mapping");
    const start = this.at + 1;
    let depth = 1;
    let i = start;
    for (; i < this.format.length && depth > 0; i++) {
      if (this.format[i] === ")") depth--;
      else if (this.format[i] === "(") depth++;
    }
    if (depth > 0) throw valueError("incomplete format key");
    this.values = [getItem(this.vm, this.mapping, this.mode.key(this.format.slice(start, i - 1)))];
    this.used = 0;
    this.at = i;
  }

  private readFlags(c: Conversion): void {
    for (;;) {
      switch (this.peek()) {
        case "-":
          c.left = true;
          break;
        case "+":
          c.plus = true;
          break;
        case " ":
          c.space = true;
          break;
        case "#":
          c.alternate = true;
          break;
        case "0":
          c.zero = true;
          break;
        default:
          return;
      }
      this.at++;
    }
  }

  private readWidth(c: Conversion): void {
    const n = this.readSize("width too big", MAX_SIZE);
    if (n < 0) {
      c.left = true;
      c.width = -n;
    } else c.width = n;
  }

  private readPrecision(c: Conversion): void {
    c.precision = Math.max(0, this.readSize("precision too big", MAX_PRECISION));
  }

  /** Digits or `*`; 0 when there is neither. */
  private readSize(tooBig: string, limit: number): number {
    if (this.peek() === "*") {
      const v = plainInt(this.nextValue());
      if (v === undefined) throw typeError("* wants int");
      this.at++;
      if (typeof v === "bigint") throw overflowError("Python int too large to convert to C int");
      return v;
    }
    let n = 0;
    for (; this.peek() >= "0" && this.peek() <= "9"; this.at++) {
      n = n * 10 + Number(this.peek());
      if (n >= Math.min(limit, MAX_PRECISION)) throw valueError(tooBig);
    }
    return n;
  }

  private convert(c: Conversion, v: Value, index: number): string {
    switch (c.type) {
      case "d":
      case "i":
      case "u":
      case "o":
      case "x":
      case "X":
        return this.integer(c, v);
      case "e":
      case "E":
      case "f":
      case "F":
      case "g":
      case "G":
        return this.float(c, v);
      case "c":
        return this.padded(c, this.mode.character(this.vm, v));
      default:
        if (this.mode.conversions.includes(c.type)) return this.padded(c, this.textual(c, v));
        throw unsupported(c.type, index);
    }
  }

  private textual(c: Conversion, v: Value): string {
    let s: string;
    if (c.type === "r") s = this.mode.repr(this.vm, v);
    else s = c.type === "a" ? asciiText(repr(this.vm, v)) : this.mode.text(this.vm, v, c.type);
    return c.precision >= 0 ? substring(s, 0, c.precision) : s;
  }

  private padded(c: Conversion, s: string): string {
    const missing = c.width - strLength(s);
    return missing <= 0 ? s : c.left ? s + " ".repeat(missing) : " ".repeat(missing) + s;
  }

  private signed(c: Conversion, negative: boolean, prefix: string, digits: string): string {
    const head = (negative ? "-" : c.plus ? "+" : c.space ? " " : "") + prefix;
    if (!c.zero || c.left) return this.padded(c, head + digits);
    return head + "0".repeat(Math.max(0, c.width - head.length - digits.length)) + digits;
  }

  private integer(c: Conversion, v: Value): string {
    const a = this.integerValue(c.type, v);
    const negative = a < 0;
    let digits: string;
    let prefix = "";
    if (c.type === "x" || c.type === "X") {
      digits = digitsOf(a, 16);
      prefix = "0x";
    } else if (c.type === "o") {
      digits = digitsOf(a, 8);
      prefix = "0o";
    } else digits = intToText(this.vm, a).replace("-", "");
    digits = digits.padStart(c.precision, "0");
    if (!c.alternate) prefix = "";
    if (c.type === "X") [digits, prefix] = [digits.toUpperCase(), prefix.toUpperCase()];
    return this.signed(c, negative, prefix, digits);
  }

  private integerValue(type: string, v: Value): PyInt {
    const plain = plainInt(v);
    if (plain !== undefined) return plain;
    const slot = typeOf(v).slot;
    const decimal = "diu".includes(type);
    if (slot.index || (decimal && (slot.int || slot.float))) {
      try {
        return decimal ? toInt(this.vm, v) : toIndex(this.vm, v);
      } catch (e) {
        if (!isInstanceOf(e, "TypeError")) throw e;
      }
    }
    throw typeError(`%${type} format: ${decimal ? "a real number" : "an integer"} is required, not ${typeName(v)}`);
  }

  private float(c: Conversion, v: Value): string {
    const x = this.floatValue(v);
    const text = floatDigits(Math.abs(x), c.type, c.precision, c.alternate, false);
    return this.signed(c, x < 0 || Object.is(x, -0), "", text);
  }

  private floatValue(v: Value): number {
    if (v instanceof PyFloat) return v.value;
    try {
      return toDouble(this.vm, v);
    } catch (e) {
      if (isInstanceOf(e, "TypeError")) throw this.mode.floatError(v) ?? e;
      throw e;
    }
  }
}

function unsupported(type: string, index: number): PyBaseException {
  const cp = type.codePointAt(0)!;
  return valueError(`unsupported format character '${cp > 31 && cp < 127 ? type : "?"}' (0x${cp.toString(16)}) at index ${index}`);
}

/** format % args as text. */
export function percentFormat(vm: VM, format: string, args: Value, mode: PercentMode): string {
  return new PercentFormatter(vm, format, args, mode).run();
}

extendType(strType, {
  slots: {
    mod: (vm, self, args) => {
      const format = plainStr(self);
      return format === undefined ? NotImplemented : percentFormat(vm, format, args, STR_MODE);
    },
    rmod: (vm, self, format) => {
      const text = plainStr(format);
      return text === undefined ? NotImplemented : percentFormat(vm, text, self, STR_MODE);
    },
  },
});
