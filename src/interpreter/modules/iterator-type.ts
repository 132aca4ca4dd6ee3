/** Declaring iterator types: a JS class with a `step`, a row that constructs it. Used by itertools and its like. */
import { getIter, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type NativeRow, type PyType, type TypeSpec } from "../objects/type.ts";
import { PyAttrObject, type Value } from "../objects/values.ts";

export abstract class PyStepper extends PyAttrObject {
  /** The next item; undefined at the end. */
  abstract step(vm: VM): Value | undefined;
}

/** An iterator with its next function looked up once. */
export class Source {
  readonly iterator: Value;
  private readonly fn: (vm: VM, it: Value) => Value | undefined;
  constructor(vm: VM, iterable: Value) {
    this.iterator = getIter(vm, iterable);
    this.fn = typeOf(this.iterator).slot.iternext!;
  }
  next(vm: VM): Value | undefined {
    return this.fn(vm, this.iterator);
  }
}

type Make = (vm: VM, ...args: never[]) => PyStepper;

/** An iterator type whose constructor row makes a stepper; subclasses of it get their class set. */
export function stepperType(module: string, name: string, js: TypeSpec["js"] & object, signature: string, make: Make, extra: Partial<TypeSpec> = {}): PyType {
  const construct = make as (vm: VM, ...args: unknown[]) => PyStepper;
  const row: NativeRow = [
    signature,
    (vm: VM, cls: PyType, ...args: never[]) => {
      const it = construct(vm, ...args);
      if (cls !== type) it.cls = cls;
      return it;
    },
  ];
  const type = defineType({
    name,
    module,
    js,
    ...extra,
    new: row,
    slots: { ...extra.slots, iter: (_vm, it) => it, iternext: (vm, it) => (it as PyStepper).step(vm) },
  });
  return type;
}
