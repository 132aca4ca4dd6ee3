/** The namespace of module builtins: functions (grouped by subject in the files beside this one), types, exceptions, constants. */
import { boolType, intType, objectType, type PyType, strType, typeType, type NativeRow } from "../objects/type.ts";
import { enumerateType, reversedType } from "../objects/enumerate.ts";
import { filterType, mapType, zipType } from "../objects/zip-map-filter.ts";
import { dictType } from "../objects/dict-type.ts";
import { floatType } from "../objects/float.ts";
import { complexType } from "../objects/complex.ts";
import { listType } from "../objects/list-methods.ts";
import { nativeFunction, staticMethodType } from "../objects/native.ts";
import { rangeType } from "../objects/range.ts";
import type { VM } from "../objects/runtime.ts";
import { frozensetType, setType } from "../objects/set-type.ts";
import { sliceType } from "../objects/slice.ts";
import { tupleType } from "../objects/tuple.ts";
import { Ellipsis, NotImplemented, type Value } from "../objects/values.ts";
import { ATTRIBUTE_FUNCTIONS } from "./attributes.ts";
import { EVALUATION_FUNCTIONS } from "./evaluate.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import "./exception-types.ts";
import { exceptionGroupType } from "./groups.ts";
import { ITERATION_FUNCTIONS } from "./iteration.ts";
import { OPEN } from "../modules/_io/index.ts";
import { NUMERIC_FUNCTIONS } from "./numeric.ts";
import "./os-error.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import "./unicode-errors.ts";

export const BUILTIN_FUNCTIONS: Readonly<Record<string, NativeRow>> = {
  ...ATTRIBUTE_FUNCTIONS,
  ...EVALUATION_FUNCTIONS,
  ...ITERATION_FUNCTIONS,
  ...NUMERIC_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  open: OPEN,
};

const TYPES: readonly PyType[] = [
  boolType, complexType, dictType, enumerateType, filterType, floatType, frozensetType, intType, listType, mapType, objectType, rangeType,
  reversedType, setType, sliceType, staticMethodType, strType, tupleType, typeType, zipType,
];

const CONSTANTS: Readonly<Record<string, Value>> = { None: null, False: false, True: true, Ellipsis, NotImplemented, __debug__: true };

/** Names that mean another name's exception. */
const ALIASES = { EnvironmentError: "OSError", IOError: "OSError" } as const;

/** Fills vm.builtins. Types of other files (bytes, property, super …) are added by `extra`. */
export function installBuiltins(vm: VM, extra: readonly PyType[] = []): void {
  const ns = vm.builtins;
  for (const [name, row] of Object.entries(BUILTIN_FUNCTIONS)) ns.setStr(name, nativeFunction(name === "open" ? "_io" : "builtins", name, row));
  for (const [name, v] of Object.entries(CONSTANTS)) ns.setStr(name, v);
  for (const t of [...TYPES, ...extra]) ns.setStr(t.name, t);
  for (const t of Object.values(EXCEPTIONS)) ns.setStr(t.name, t);
  ns.setStr(exceptionGroupType.name, exceptionGroupType);
  for (const [name, target] of Object.entries(ALIASES)) ns.setStr(name, EXCEPTIONS[target]);
}
