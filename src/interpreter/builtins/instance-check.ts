/** isinstance and issubclass: the hooks of PEP 3119, tuples, and the plain rules that type's own hooks apply. */
import { lookupAttr, lookupSpecial, truthy, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyType, typeType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { typeError } from "./exceptions.ts";

export function isInstanceOfClass(vm: VM, v: Value, cls: Value): boolean {
  if (typeOf(v) === cls) return true;
  if (cls instanceof PyType && cls.cls === typeType) return plainIsInstance(vm, v, cls);
  if (cls instanceof PyTuple) return anyOf(vm, cls, (c) => isInstanceOfClass(vm, v, c), "__instancecheck__");
  const hook = lookupSpecial(vm, cls, "__instancecheck__");
  return hook === undefined ? plainIsInstance(vm, v, cls) : truthy(vm, vm.call(hook, [v]));
}

export function isSubclassOf(vm: VM, sub: Value, cls: Value): boolean {
  if (cls instanceof PyType && cls.cls === typeType) return sub === cls || plainIsSubclass(vm, sub, cls);
  if (cls instanceof PyTuple) return anyOf(vm, cls, (c) => isSubclassOf(vm, sub, c), "__subclasscheck__");
  const hook = lookupSpecial(vm, cls, "__subclasscheck__");
  return hook === undefined ? plainIsSubclass(vm, sub, cls) : truthy(vm, vm.call(hook, [sub]));
}

function anyOf(vm: VM, classes: PyTuple, test: (cls: Value) => boolean, what: string): boolean {
  vm.enterRecursive(` in ${what}`);
  try {
    return classes.items.some(test);
  } finally {
    vm.leaveRecursive();
  }
}

/** type.__instancecheck__: the type, or what `__class__` claims. */
export function plainIsInstance(vm: VM, v: Value, cls: Value): boolean {
  const own = typeOf(v);
  if (cls instanceof PyType) {
    if (own.isSubtype(cls)) return true;
    const claimed = hasPlainClass(own) ? own : lookupAttr(vm, v, "__class__");
    return claimed !== own && claimed instanceof PyType && claimed.isSubtype(cls);
  }
  if (basesOf(vm, cls) === undefined) throw typeError("isinstance() arg 2 must be a type, a tuple of types, or a union");
  const claimed = lookupAttr(vm, v, "__class__");
  return claimed !== undefined && abstractIsSubclass(vm, claimed, cls);
}

/** Whether `__class__` is surely object's, so that reading it is pointless. */
function hasPlainClass(t: PyType): boolean {
  return t.native && t.slot.getattribute === undefined;
}

/** type.__subclasscheck__ */
export function plainIsSubclass(vm: VM, sub: Value, cls: Value): boolean {
  if (sub instanceof PyType && cls instanceof PyType) return sub.isSubtype(cls);
  if (basesOf(vm, sub) === undefined) throw typeError("issubclass() arg 1 must be a class");
  if (!(cls instanceof PyType) && basesOf(vm, cls) === undefined) throw typeError("issubclass() arg 2 must be a class, a tuple of classes, or a union");
  return abstractIsSubclass(vm, sub, cls);
}

/** `__bases__` of something that acts like a class. */
function basesOf(vm: VM, cls: Value): readonly Value[] | undefined {
  const bases = lookupAttr(vm, cls, "__bases__");
  return bases instanceof PyTuple ? bases.items : undefined;
}

function abstractIsSubclass(vm: VM, sub: Value, cls: Value): boolean {
  if (sub === cls) return true;
  return (basesOf(vm, sub) ?? []).some((b) => abstractIsSubclass(vm, b, cls));
}
