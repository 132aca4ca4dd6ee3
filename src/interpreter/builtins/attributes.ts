/** Builtins about objects and their attributes: getattr …, dir, vars, isinstance, id, hash, callable, type information. */
import { identityOf } from "../objects/identity.ts";
import { PyList } from "../objects/list.ts";
import { collect } from "../objects/iterators.ts";
import { callMethod, deleteAttr, getAttr, hash, isCallable, lookupAttr, lookupSpecial, plainStr, setAttr, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { sortItems } from "../objects/sort.ts";
import type { NativeRow } from "../objects/type.ts";
import type { Value } from "../objects/values.ts";
import { typeError } from "./exceptions.ts";
import { isInstanceOfClass, isSubclassOf } from "./instance-check.ts";

function attributeName(v: Value): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`attribute name must be string, not '${typeName(v)}'`);
  return s;
}

function sortedList(vm: VM, names: Value[]): Value {
  sortItems(vm, names, null, undefined);
  return new PyList(names);
}

function dir(vm: VM, v: Value | undefined): Value {
  if (v === undefined) return sortedList(vm, collect(vm, callMethod(vm, vm.callerLocals(), "keys")));
  const method = lookupSpecial(vm, v, "__dir__");
  if (method === undefined) throw typeError("object does not provide __dir__");
  return sortedList(vm, collect(vm, vm.call(method, [])));
}

function vars(vm: VM, v: Value | undefined): Value {
  if (v === undefined) return vm.callerLocals();
  const d = lookupAttr(vm, v, "__dict__");
  if (d === undefined) throw typeError("vars() argument must have __dict__ attribute");
  return d;
}

export const ATTRIBUTE_FUNCTIONS: Record<string, NativeRow> = {
  callable: ["(obj, /)", (_vm: VM, v: Value) => isCallable(v), "Whether the object can be called."],
  delattr: ["(obj, name, /)", (vm: VM, o: Value, name: Value) => (deleteAttr(vm, o, attributeName(name)), null), "Delete the named attribute."],
  dir: ["(object=<unrepresentable>, /)", dir, "Sorted names of the attributes of an object, or of the local variables."],
  getattr: [
    "(object, name, default=<unrepresentable>, /)",
    (vm: VM, o: Value, name: Value, missing: Value | undefined) => {
      const attr = attributeName(name);
      if (missing === undefined) return getAttr(vm, o, attr);
      const v = lookupAttr(vm, o, attr);
      return v === undefined ? missing : v;
    },
    "The named attribute, or the default when there is none.",
  ],
  hasattr: ["(obj, name, /)", (vm: VM, o: Value, name: Value) => lookupAttr(vm, o, attributeName(name)) !== undefined, "Whether the object has the named attribute."],
  hash: ["(obj, /)", (vm: VM, v: Value) => hash(vm, v), "The hash of an object."],
  id: ["(obj, /)", (_vm: VM, v: Value) => identityOf(v), "The identity of an object: unique among those that exist."],
  isinstance: ["(obj, class_or_tuple, /)", isInstanceOfClass, "Whether an object is an instance of a class or of one of several."],
  issubclass: ["(cls, class_or_tuple, /)", isSubclassOf, "Whether a class derives from a class or from one of several."],
  setattr: ["(obj, name, value, /)", (vm: VM, o: Value, name: Value, v: Value) => (setAttr(vm, o, attributeName(name), v), null), "Set the named attribute."],
  vars: ["(object=<unrepresentable>, /)", vars, "The __dict__ of an object, or the local variables."],
};
