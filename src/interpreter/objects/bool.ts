/** bool: the two values and the operators that stay within bool. Everything else is inherited from int. */
import { EXCEPTIONS } from "../builtins/exceptions.ts";
import "./int.ts";
import * as arith from "./int-arith.ts";
import { plainInt, truthy } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { BinarySlot } from "./slots.ts";
import { boolType, extendType, type PyType } from "./type.ts";
import { NotImplemented, type PyInt, type Value } from "./values.ts";

/** Logical on two bools, arithmetic as soon as one operand is an int. */
function logical(onBools: (a: boolean, b: boolean) => boolean, onInts: (a: PyInt, b: PyInt) => PyInt): BinarySlot {
  return (_vm, a, b) => {
    if (typeof a === "boolean" && typeof b === "boolean") return onBools(a, b);
    const x = plainInt(a);
    const y = plainInt(b);
    return x === undefined || y === undefined ? NotImplemented : onInts(x, y);
  };
}

const and = logical((a, b) => a && b, arith.and);
const or = logical((a, b) => a || b, arith.or);
const xor = logical((a, b) => a !== b, arith.xor);

const INVERT_WARNING =
  "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object " +
  "and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise " +
  "inversion of the underlying int.";

extendType(boolType, {
  doc: "Truth value of an object; the only instances are True and False.",
  new: ["(object=False, /)", (vm: VM, _cls: PyType, v?: Value) => v !== undefined && truthy(vm, v)],
  slots: {
    repr: (_vm, v) => (v === true ? "True" : "False"),
    and,
    rand: and,
    or,
    ror: or,
    xor,
    rxor: xor,
    invert: (vm, v) => {
      vm.warn(EXCEPTIONS.DeprecationWarning, INVERT_WARNING, 1);
      return v === true ? -2 : -1;
    },
  },
});
