/** Module _string: the parser of format strings, for string.Formatter. */
import { typeError } from "../builtins/exceptions.ts";
import { plainStr, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { type FieldStep, type FormatPiece, parseFormat, splitFieldName } from "../objects/str-format.ts";
import { defineType } from "../objects/type.ts";
import { PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

/** A JS iterator of tuples seen from Python. */
abstract class PyParseIterator extends PyObject {
  abstract next(): Value | undefined;
}

class PyFormatterIterator extends PyParseIterator {
  private readonly pieces: Iterator<FormatPiece>;
  constructor(text: string) {
    super();
    this.pieces = parseFormat(text);
  }
  next(): Value | undefined {
    const { done, value } = this.pieces.next();
    if (done) return undefined;
    const { literal, field } = value;
    return new PyTuple(field ? [literal, field.name, field.spec, field.conversion || null] : [literal, null, null, null]);
  }
}

class PyFieldNameIterator extends PyParseIterator {
  private readonly steps: Iterator<FieldStep>;
  constructor(steps: Iterator<FieldStep>) {
    super();
    this.steps = steps;
  }
  next(): Value | undefined {
    const { done, value } = this.steps.next();
    return done ? undefined : new PyTuple([value.isAttribute, value.key]);
  }
}

const slots = { iter: (_vm: VM, v: Value) => v, iternext: (_vm: VM, v: Value) => (v as PyParseIterator).next() };
defineType({ name: "formatteriterator", js: PyFormatterIterator, subclassable: false, slots });
defineType({ name: "fieldnameiterator", js: PyFieldNameIterator, subclassable: false, slots });

function textOf(v: Value): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`expected str, got ${typeName(v)}`);
  return s;
}

export const _string: NativeModule = {
  name: "_string",
  doc: "Helpers of module string.",
  functions: {
    formatter_parser: [
      "(string, /)",
      (_vm: VM, s: Value) => new PyFormatterIterator(textOf(s)),
      "Iterator over the pieces of a format string.",
    ],
    formatter_field_name_split: [
      "(string, /)",
      (_vm: VM, s: Value) => {
        const { first, steps } = splitFieldName(textOf(s));
        return new PyTuple([first, new PyFieldNameIterator(steps)]);
      },
      "First part of a field name, and an iterator over the rest.",
    ],
  },
};
