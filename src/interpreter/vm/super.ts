/** super() (PEP 3135): attribute lookup that starts after a class in an object's MRO. */
import { attributeError, runtimeError, typeError } from "../builtins/exceptions.ts";
import { PyCell } from "../objects/function.ts";
import { genericGetAttr, typeLabel, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, PyType } from "../objects/type.ts";
import { PyAttrObject, type Value } from "../objects/values.ts";
import type { Interpreter } from "./vm.ts";

export class PySuper extends PyAttrObject {
  thisClass: PyType | undefined = undefined;
  self: Value | undefined = undefined;
  /** The class whose MRO is searched. */
  owner: PyType | undefined = undefined;
}

function ownerOf(cls: PyType, self: Value): PyType {
  if (self instanceof PyType && self.isSubtype(cls)) return self;
  const t = typeOf(self);
  if (t.isSubtype(cls)) return t;
  const what = self instanceof PyType ? `type ${typeLabel(self)}` : `instance of ${typeLabel(t)}`;
  throw typeError(`super(type, obj): obj (${what}) is not an instance or subtype of type (${typeLabel(cls)}).`);
}

function superAttr(vm: VM, cls: PyType, owner: PyType, self: Value, name: string): Value | undefined {
  const mro = owner.mro;
  for (let i = mro.indexOf(cls) + 1; i < mro.length; i++) {
    const v = mro[i]!.attrs.get(name);
    if (v === undefined) continue;
    const get = typeOf(v).slot.get;
    return get ? get(vm, v, self === owner ? undefined : self, owner) : v;
  }
  return undefined;
}

/** LOAD_SUPER_ATTR: `super().name` without making the super object when `callee` is the builtin. */
export function loadSuper(vm: Interpreter, callee: Value, cls: Value, self: Value, name: string): Value {
  if (callee !== superType || name === "__class__") {
    const o = vm.call(callee, [cls, self]);
    return vm.getAttr(o, name);
  }
  if (!(cls instanceof PyType)) throw typeError("super(): __class__ is not a type");
  const v = superAttr(vm, cls, ownerOf(cls, self), self, name);
  if (v === undefined) throw attributeError(new PySuper(), name, `'super' object has no attribute '${name}'`);
  return v;
}

function initSuper(vm: VM, s: PySuper, type: Value | undefined, obj: Value | undefined): null {
  let cls = type;
  let self = obj;
  if (cls === undefined) {
    const frame = (vm as Interpreter).frame;
    if (!frame) throw runtimeError("super(): no current frame");
    const code = frame.code;
    if (code.argcount === 0) throw runtimeError("super(): no arguments");
    const cellIndex = code.cellvars.indexOf(code.varnames[0]!);
    self = frame.locals[0] ?? (cellIndex >= 0 ? frame.cells[cellIndex]!.value : undefined);
    if (self === undefined) throw runtimeError("super(): arg[0] deleted");
    const i = code.freevars.indexOf("__class__");
    const cell = i < 0 ? undefined : frame.cells[code.cellvars.length + i];
    if (!(cell instanceof PyCell)) throw runtimeError("super(): __class__ cell not found");
    cls = cell.value;
    if (cls === undefined) throw runtimeError("super(): empty __class__ cell");
  }
  if (!(cls instanceof PyType)) throw typeError(`super() argument 1 must be a type, not ${typeName(cls)}`);
  s.thisClass = cls;
  if (self !== undefined && self !== null) {
    s.self = self;
    s.owner = ownerOf(cls, self);
  }
  return null;
}


export const superType: PyType = defineType({
  name: "super",
  js: PySuper,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const s = new PySuper();
    if (cls !== superType) s.cls = cls;
    return s;
  }],
  init: ["($self, type=None, object_or_type=None, /)", initSuper],
  slots: {
    getattribute: (vm, self, name) => {
      const s = self as PySuper;
      if (s.owner !== undefined && name !== "__class__") {
        const v = superAttr(vm, s.thisClass!, s.owner, s.self!, name);
        if (v !== undefined) return v;
      }
      const own = genericGetAttr(vm, s, name);
      if (own === undefined) throw attributeError(s, name);
      return own;
    },
    get: (vm, self, instance, _owner) => {
      const s = self as PySuper;
      if (instance === undefined || instance === null || s.self !== undefined) return s;
      const bound = new PySuper();
      initSuper(vm, bound, s.thisClass, instance);
      return bound;
    },
    repr: (_vm, self) => {
      const s = self as PySuper;
      return s.owner ? `<super: <class '${s.thisClass!.name}'>, <${s.owner.name} object>>` : `<super: <class '${s.thisClass?.name ?? "NULL"}'>, NULL>`;
    },
  },
  getset: {
    __thisclass__: [(_vm, s: PySuper) => s.thisClass ?? null],
    __self__: [(_vm, s: PySuper) => s.self ?? null],
    __self_class__: [(_vm, s: PySuper) => s.owner ?? null],
  },
});
