/** `object`: the methods that every class inherits. */
import { typeError } from "../builtins/exceptions.ts";
import { PyDict } from "./dict.ts";
import { identityOf } from "./identity.ts";
import { PyList } from "./list.ts";
import { callMethod, genericDeleteAttr, genericSetAttr, getAttr, lookupAttr, repr, str, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { DICT_MODE } from "./shape.ts";
import { extendType, objectType, PyType } from "./type.ts";
import { NotImplemented, PyAttrObject, PyInstance, PyTuple, type Value } from "./values.ts";

function hashOf(o: Value): number {
  return identityOf(o) * 16;
}

/** The module-qualified name in default reprs. */
export function qualifiedName(t: PyType): string {
  const module = t.native ? t.module : t.attrs.get("__module__");
  const q = t.native ? t.name : t.qualname;
  return typeof module === "string" && module !== "builtins" ? `${module}.${q}` : q;
}

/** Moves an object's attributes into a real dict, which then is its `__dict__`. */
export function dictOf(o: PyAttrObject): PyDict {
  if (o.shape === DICT_MODE) return o.slots![0] as unknown as PyDict;
  const d = new PyDict();
  const members = new Map<string, Value>();
  for (const [name, i] of o.shape?.keys ?? []) {
    if (name.startsWith("\0")) members.set(name, o.slots![i]!);
    else d.setStr(name, o.slots![i]!);
  }
  o.shape = DICT_MODE;
  o.slots = [d, members as unknown as Value];
  return d;
}

function newObject(vm: VM, cls: PyType, args: Value[], kwnames: readonly string[] | undefined): Value {
  if (args.length > 0 || kwnames?.length) {
    if (cls.slot.new !== objectType.slot.new) throw typeError("object.__new__() takes exactly one argument (the type to instantiate)");
    if (cls.slot.init === objectType.slot.init) throw typeError(`${cls.name}() takes no arguments`);
  }
  if (cls.abstractMethods !== undefined) throw abstractError(vm, cls);
  return new PyInstance(cls);
}

function abstractError(vm: VM, cls: PyType): Value {
  const names = [...((cls.abstractMethods as unknown as { items(): Value[] }).items() ?? [])].map((n) => str(vm, n)).sort();
  const many = names.length > 1;
  return typeError(`Can't instantiate abstract class ${cls.name} without an implementation for abstract method${many ? "s" : ""} ${names.map((n) => `'${n}'`).join(", ")}`);
}

function setClass(_vm: VM, self: Value, v: Value | undefined): void {
  if (!(v instanceof PyType)) throw typeError(`__class__ must be set to a class, not '${typeName(v ?? null)}' object`);
  const old = typeOf(self);
  if (!(self instanceof PyAttrObject) || old.native || v.native) throw typeError("__class__ assignment only supported for mutable types or ModuleType subclasses");
  if (old.layout !== v.layout || old.hasDict !== v.hasDict) throw typeError(`__class__ assignment: '${v.name}' object layout differs from '${old.name}'`);
  self.cls = v;
}

function dirOf(vm: VM, self: Value): Value {
  const names = new Set<string>();
  const d = lookupAttr(vm, self, "__dict__");
  if (d instanceof PyDict) for (const k of d.keys()) if (typeof k === "string") names.add(k);
  for (const t of typeOf(self).mro) for (const k of t.attrs.keys()) names.add(k);
  return new PyList([...names].sort());
}

extendType(objectType, {
  doc: "The base class of the class hierarchy.",
  slots: {
    new: newObject,
    init: (_vm, self, args, kwnames) => {
      const cls = typeOf(self);
      if (args.length === 0 && !kwnames?.length) return;
      if (cls.slot.init !== objectType.slot.init) throw typeError("object.__init__() takes exactly one argument (the instance to initialize)");
      if (cls.slot.new === objectType.slot.new) throw typeError(`${cls.name}() takes no arguments`);
    },
    repr: (_vm, self) => `<${qualifiedName(typeOf(self))} object at 0x${identityOf(self).toString(16)}>`,
    str: (vm, self) => repr(vm, self),
    hash: (_vm, self) => hashOf(self),
    eq: (_vm, self, other) => (self === other ? true : NotImplemented),
    ne: (vm, self, other) => {
      const eq = typeOf(self).slot.eq!(vm, self, other);
      return eq === NotImplemented ? eq : !truthy(vm, eq);
    },
    setattr: genericSetAttr,
    delattr: genericDeleteAttr,
  },
  methods: {
    __format__: ["($self, format_spec, /)", (vm: VM, self: Value, spec: Value) => {
      if (spec !== "") throw typeError(`unsupported format string passed to ${typeName(self)}.__format__`);
      return str(vm, self);
    }],
    __dir__: ["($self, /)", (vm: VM, self: Value) => dirOf(vm, self)],
    __sizeof__: ["($self, /)", () => 48],
    __reduce__: ["($self, /)", (vm: VM, self: Value) => reduce(vm, self, 0)],
    __reduce_ex__: ["($self, protocol, /)", (vm: VM, self: Value, protocol: Value) => {
      const own = typeOf(self).lookup("__reduce__");
      return own !== objectType.attrs.get("__reduce__") ? callMethod(vm, self, "__reduce__") : reduce(vm, self, protocol as number);
    }],
    __getstate__: ["($self, /)", (vm: VM, self: Value) => stateOf(vm, self)],
  },
  wrappersOnly: ["getattribute"],
  classMethods: {
    __init_subclass__: ["($cls, *args, **kwargs)", (_vm: VM, cls: PyType, _args: Value[], kwargs: Map<string, Value>) => {
      if (kwargs.size) throw typeError(`${cls.name}.__init_subclass__() takes no keyword arguments`);
      return null;
    }],
    __subclasshook__: ["($cls, object, /)", () => NotImplemented],
  },
  getset: {
    __class__: [(_vm, self: Value) => typeOf(self), setClass as never],
  },
});

function slotNames(vm: VM, cls: PyType): string[] {
  const out: string[] = [];
  for (const t of cls.mro) {
    const s = t.attrs.get("__slots__");
    if (s === undefined || t.native) continue;
    for (const n of typeof s === "string" ? [s] : [...(s as unknown as { items: Value[] }).items]) if (n !== "__dict__" && n !== "__weakref__") out.push(str(vm, n));
  }
  return out;
}

function stateOf(vm: VM, self: Value): Value {
  const d = lookupAttr(vm, self, "__dict__");
  const dict = d instanceof PyDict && d.size ? d.copyInto(new PyDict()) : null;
  const slots = new PyDict();
  for (const n of slotNames(vm, typeOf(self))) {
    const v = lookupAttr(vm, self, n);
    if (v !== undefined) slots.setStr(n, v);
  }
  return slots.size ? new PyTuple([dict, slots]) : dict;
}

function reduce(vm: VM, self: Value, protocol: number): Value {
  const copyreg = vm.importModule("copyreg");
  if (protocol < 2) return vm.call(getAttr(vm, copyreg, "_reduce_ex"), [self, protocol]);
  const cls = typeOf(self);
  let maker: Value = getAttr(vm, copyreg, "__newobj__");
  let args: Value[] = [cls];
  const ex = lookupAttr(vm, self, "__getnewargs_ex__");
  const plain = ex === undefined ? lookupAttr(vm, self, "__getnewargs__") : undefined;
  if (ex !== undefined) {
    const r = vm.call(ex, []) as PyTuple;
    maker = getAttr(vm, copyreg, "__newobj_ex__");
    args = [cls, r.items[0]!, r.items[1]!];
  } else if (plain !== undefined) args = [cls, ...(vm.call(plain, []) as PyTuple).items];
  const state = callMethod(vm, self, "__getstate__");
  const isList = cls.mro.some((t) => t.native && t.name === "list");
  const isDict = cls.mro.some((t) => t.native && t.name === "dict");
  const listItems = isList ? callMethod(vm, self, "__iter__") : null;
  const dictItems = isDict ? typeOf(callMethod(vm, self, "items")).slot.iter!(vm, callMethod(vm, self, "items")) : null;
  return new PyTuple([maker, new PyTuple(args), state, listItems, dictItems]);
}

