/** `__class_getitem__` of generic built-in types: list[int] makes a types.GenericAlias. */
import type { NativeRow } from "./type.ts";
import { typeError } from "../builtins/exceptions.ts";
import type { VM } from "./runtime.ts";
import type { Value } from "./values.ts";

let make: ((vm: VM, origin: Value, args: Value) => Value) | undefined;

/** The file that defines types.GenericAlias puts its constructor here (it needs dict and tuple itself). */
export function installGenericAlias(maker: (vm: VM, origin: Value, args: Value) => Value): void {
  make = maker;
}

export function genericAlias(vm: VM, origin: Value, item: Value): Value {
  if (!make) throw typeError("generic aliases are not available");
  return make(vm, origin, item);
}

export const CLASS_GETITEM: NativeRow = [
  "($cls, object, /)",
  genericAlias,
  "See PEP 585",
];
