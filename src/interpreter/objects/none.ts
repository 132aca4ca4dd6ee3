/** None, Ellipsis and NotImplemented. */
import { typeError } from "../builtins/exceptions.ts";
import type { VM } from "./runtime.ts";
import type { KwNames } from "./slots.ts";
import { defineType, extendType, noneType, type PyType } from "./type.ts";
import { Ellipsis, NotImplemented, PyEllipsis, PyNotImplemented, type Value } from "./values.ts";

/** The constructor of a type with one instance. */
function singleton(name: string, value: Value) {
  return (_vm: VM, _cls: PyType, args: Value[], _kwnames: KwNames): Value => {
    if (args.length > 0) throw typeError(`${name} takes no arguments`);
    return value;
  };
}

/** CPython's hash of None since 3.12. */
const NONE_HASH = 0xfca86420;

extendType(noneType, {
  doc: "The type of the None singleton.",
  slots: {
    new: singleton("NoneType", null),
    repr: () => "None",
    bool: () => false,
    hash: () => NONE_HASH,
    eq: (_vm, _a, b) => (b === null ? true : NotImplemented),
    ne: (_vm, _a, b) => (b === null ? false : NotImplemented),
    lt: () => NotImplemented,
    le: () => NotImplemented,
    gt: () => NotImplemented,
    ge: () => NotImplemented,
  },
});

export const ellipsisType: PyType = defineType({
  name: "ellipsis",
  js: PyEllipsis,
  doc: "The type of the Ellipsis singleton.",
  subclassable: false,
  slots: { new: singleton("EllipsisType", Ellipsis), repr: () => "Ellipsis" },
  methods: { __reduce__: ["($self, /)", () => "Ellipsis"] },
});

export const notImplementedType: PyType = defineType({
  name: "NotImplementedType",
  js: PyNotImplemented,
  doc: "The type of the NotImplemented singleton.",
  subclassable: false,
  slots: {
    new: singleton("NotImplementedType", NotImplemented),
    repr: () => "NotImplemented",
    bool: () => {
      throw typeError("NotImplemented should not be used in a boolean context");
    },
  },
  methods: { __reduce__: ["($self, /)", () => "NotImplemented"] },
});
