/** Loads every object of the language so that it registers its type, and names the types that module builtins shows. */
import "./primitives.ts";
import "./native-attributes.ts";
import "./object.ts";
import "./generator.ts";
import "./generic-alias.ts";
import "./function-parts.ts";
import { classMethodType, propertyType } from "./descriptors.ts";
import { bytesType } from "./bytes.ts";
import { byteArrayType } from "./bytearray.ts";
import { memoryViewType } from "./memoryview.ts";
import { dictType } from "./dict-type.ts";
import { listType } from "./list-methods.ts";
import { rangeType } from "./range.ts";
import { tupleType } from "./tuple.ts";
import { buildClass } from "./classes.ts";
import { nativeFunction } from "./native.ts";
import type { VM } from "./runtime.ts";
import type { PyType } from "./type.ts";
import { superType } from "../vm/super.ts";
import type { Value } from "./values.ts";

// what patterns take for sequences and mappings (PEP 634); classes inherit it, others register with collections.abc
for (const t of [listType, tupleType, rangeType, memoryViewType]) t.isSequence = true;
dictType.isMapping = true;

export const LANGUAGE_TYPES: readonly PyType[] = [bytesType, byteArrayType, memoryViewType, classMethodType, propertyType, superType];

export function languageFunctions(): Record<string, Value> {
  return {
    __build_class__: nativeFunction("builtins", "__build_class__", ["(func, name, /, *bases, **kwds)", (vm: VM, func: Value, name: Value, bases: Value[], kwds: Map<string, Value>) => buildClass(vm, [func, name, ...bases], kwds)]),
  };
}
