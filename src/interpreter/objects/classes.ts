/**
 * Classes written in Python: `__build_class__`, type(), metaclasses, slots derived from special methods, `__slots__`, mutation.
 */
import { attributeError, attributeErrorText, isInstanceOf, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { PyDict } from "./dict.ts";
import { PyCell, PyFunction } from "./function.ts";
import { PyList } from "./list.ts";
import { PyNative, PySlotWrapper, PyStaticMethod } from "./native.ts";
import { deleteOwnAttr, genericGetAttr, getAttr, lookupAttr, ownAttr, plainStr, setOwnAttr, toArray, truthy, typeGetAttr, typeName, typeOf } from "./operations.ts";
import { bestBase, layOut } from "./class-layout.ts";
import { qualifiedName } from "./object.ts";
import { PyClassMethod, PyMappingProxy } from "./descriptors.ts";
import type { VM } from "./runtime.ts";
import { DICT_MODE } from "./shape.ts";
import { type KwNames, SLOT_OF_DUNDER, type SlotName, SLOTS, type Slots } from "./slots.ts";
import { c3, defineType, extendType, objectType, PyType, typeType } from "./type.ts";
import { NotImplemented, type PyAttrObject, PyObject, PyTuple, type Value } from "./values.ts";

// ---- slot functions of special methods written in Python -----------------------------------------------------------------------------------

/** The special method as seen on the type, bound to self. */
function bound(vm: VM, self: Value, dunder: string): Value | undefined {
  const cls = typeOf(self);
  const f = cls.lookup(dunder);
  if (f === undefined || f === null) return undefined;
  const get = typeOf(f).slot.get;
  return get ? get(vm, f, self, cls) : f;
}

function invoke(vm: VM, self: Value, dunder: string, args: Value[], kwnames?: KwNames): Value {
  const f = typeOf(self).lookup(dunder);
  if (f instanceof PyFunction) return vm.call(f, [self, ...args], kwnames);
  const b = f === undefined || f === null ? undefined : bound(vm, self, dunder);
  if (b === undefined) throw f === null ? typeError(`'${typeName(self)}' object is not callable`) : attributeError(self, dunder);
  return vm.call(b, args, kwnames);
}

type Maker = (dunder: string) => unknown;
const unary: Maker = (d) => (vm: VM, self: Value) => invoke(vm, self, d, []);
const binary: Maker = (d) => (vm: VM, self: Value, other: Value) => (typeOf(self).lookup(d) === null ? NotImplemented : invoke(vm, self, d, [other]));
const ternary: Maker = (d) => (vm: VM, self: Value, a: Value, b: Value | undefined) => invoke(vm, self, d, b === undefined ? [a] : [a, b]);

function textSlot(d: string) {
  return (vm: VM, self: Value): string => {
    const r = invoke(vm, self, d, []);
    const s = plainStr(r);
    if (s === undefined) throw typeError(`${d} returned non-string (type ${typeName(r)})`);
    return s;
  };
}

function lenSlot(vm: VM, self: Value): number {
  const r = invoke(vm, self, "__len__", []);
  const i = typeOf(r).slot.index?.(vm, r);
  if (i === undefined) throw typeError(`'${typeName(r)}' object cannot be interpreted as an integer`);
  const n = Number(i);
  if (n < 0) throw valueError("__len__() should return >= 0");
  return n;
}

function hashSlot(vm: VM, self: Value): number | bigint {
  const r = invoke(vm, self, "__hash__", []);
  const h = typeOf(r).slot.index ? typeOf(r).slot.hash!(vm, r) : undefined;
  if (h === undefined || (typeof r !== "number" && typeof r !== "bigint" && typeof r !== "boolean" && !typeOf(r).mro.some((t) => t.name === "int"))) throw typeError("__hash__ method should return an integer");
  return h;
}

function getattributeSlot(cls: PyType): Slots["getattribute"] {
  const hook = cls.lookup("__getattr__");
  const own = cls.lookup("__getattribute__");
  const custom = own !== objectType.attrs.get("__getattribute__") && own !== undefined && !(own instanceof PySlotWrapper);
  if (hook === undefined && !custom) {
    for (const t of cls.mro) if (t.native && t.slot.getattribute) return t.slot.getattribute;
    return undefined;
  }
  const inherited = cls.mro.find((t) => t.native && t.slot.getattribute)?.slot.getattribute;
  return (vm, self, name) => {
    try {
      if (custom) return invoke(vm, self, "__getattribute__", [name]);
      if (inherited) return inherited(vm, self, name);
      const v = self instanceof PyType ? typeGetAttr(vm, self, name) : genericGetAttr(vm, self, name);
      if (v !== undefined) return v;
      if (hook === undefined) throw attributeError(self, name);
    } catch (e) {
      if (hook === undefined || !isInstanceOf(e, "AttributeError")) throw e;
    }
    return invoke(vm, self, "__getattr__", [name]);
  };
}

const SPECIAL: Partial<Record<SlotName, Maker>> = {
  repr: textSlot,
  str: textSlot,
  hash: () => hashSlot,
  len: () => lenSlot,
  bool: () => (vm: VM, self: Value) => {
    const r = invoke(vm, self, "__bool__", []);
    if (typeof r !== "boolean") throw typeError(`__bool__ should return bool, returned ${typeName(r)}`);
    return r;
  },
  iternext: () => (vm: VM, self: Value) => {
    try {
      return invoke(vm, self, "__next__", []);
    } catch (e) {
      if (isInstanceOf(e, "StopIteration")) return undefined;
      throw e;
    }
  },
  iter: () => (vm: VM, self: Value) => {
    if (typeOf(self).lookup("__iter__") === null) throw typeError(`'${typeName(self)}' object is not iterable`);
    return invoke(vm, self, "__iter__", []);
  },
  contains: () => (vm: VM, self: Value, item: Value) => {
    if (typeOf(self).lookup("__contains__") === null) throw typeError(`'${typeName(self)}' object is not a container`);
    return truthy(vm, invoke(vm, self, "__contains__", [item]));
  },
  setitem: () => (vm: VM, self: Value, k: Value, v: Value) => void invoke(vm, self, "__setitem__", [k, v]),
  delitem: () => (vm: VM, self: Value, k: Value) => void invoke(vm, self, "__delitem__", [k]),
  setattr: () => (vm: VM, self: Value, name: string, v: Value) => void invoke(vm, self, "__setattr__", [name, v]),
  delattr: () => (vm: VM, self: Value, name: string) => void invoke(vm, self, "__delattr__", [name]),
  get: () => (vm: VM, self: Value, instance: Value | undefined, owner: PyType) => invoke(vm, self, "__get__", [instance ?? null, owner]),
  set: () => (vm: VM, self: Value, instance: Value, v: Value) => void invoke(vm, self, "__set__", [instance, v]),
  delete: () => (vm: VM, self: Value, instance: Value) => void invoke(vm, self, "__delete__", [instance]),
  call: () => (vm: VM, self: Value, args: Value[], kwnames: KwNames) => invoke(vm, self, "__call__", args, kwnames),
  init: () => (vm: VM, self: Value, args: Value[], kwnames: KwNames) => {
    const r = invoke(vm, self, "__init__", args, kwnames);
    if (r !== null) throw typeError(`__init__() should return None, not '${typeName(r)}'`);
  },
  new: () => (vm: VM, cls: PyType, args: Value[], kwnames: KwNames) => {
    const f = typeGetAttr(vm, cls, "__new__")!;
    return vm.call(f, [cls, ...args], kwnames);
  },
  pow: ternary,
  rpow: ternary,
  ipow: ternary,
};
const UNARY: ReadonlySet<string> = new Set(["neg", "pos", "invert", "abs", "int", "float", "index", "complex", "await", "aiter", "anext"]);

function slotFunction(slot: SlotName, dunder: string): unknown {
  const special = SPECIAL[slot];
  if (special) return special(dunder);
  return UNARY.has(slot) ? unary(dunder) : binary(dunder);
}

/** Derives one slot of a Python class from its MRO. */
function deriveSlot(cls: PyType, slot: SlotName): void {
  const slots = cls.slots_ as Record<SlotName, unknown>;
  if (slot === "getattribute") {
    slots.getattribute = getattributeSlot(cls);
    return;
  }
  const dunder = SLOTS[slot];
  for (const t of cls.mro) {
    if (t.native) {
      const v = t.attrs.get(dunder);
      const hasOwn = v !== undefined || (slot === "new" && t.slots_.new !== undefined);
      if (!hasOwn && !(t === objectType)) continue;
      slots[slot] = t.slots_[slot];
      if (slots[slot] !== undefined || v !== undefined) return;
      continue;
    }
    const v = t.attrs.get(dunder);
    if (v === undefined) continue;
    if (slot === "hash" && v === null) slots.hash = null;
    else if (v instanceof PySlotWrapper && v.slot === slot && cls.isSubtype(v.owner)) slots[slot] = v.owner.slots_[slot];
    else if (slot === "new" && v instanceof PyStaticMethod && v.callable instanceof PyNative && v.callable.spec.name === "__new__" && v.callable === objectType.attrs.get("__new__")) slots.new = objectType.slots_.new;
    else slots[slot] = slotFunction(slot, dunder);
    return;
  }
  slots[slot] = undefined;
}

function deriveSlots(cls: PyType): void {
  for (const slot of Object.keys(SLOTS) as SlotName[]) deriveSlot(cls, slot);
  cls.finalized = cls.lookup("__del__") !== undefined;
  cls.isSequence = cls.mro.some((t) => t !== cls && t.isSequence);
  cls.isMapping = cls.mro.some((t) => t !== cls && t.isMapping);
}

/** After `cls.name` changed: the slots that depend on it, here and in subclasses. */
function attributeChanged(cls: PyType, name: string): void {
  cls.modified();
  const slot = name === "__getattr__" ? "getattribute" : SLOT_OF_DUNDER.get(name);
  const walk = (t: PyType): void => {
    if (slot !== undefined) deriveSlot(t, slot);
    if (name === "__del__") t.finalized = t.lookup(name) !== undefined;
    if (name === "__eq__" || name === "__hash__") deriveSlot(t, "hash");
    for (const ref of t.subclasses) {
      const sub = ref.deref();
      if (sub && !sub.native) walk(sub);
    }
  };
  walk(cls);
}

// ---- making classes --------------------------------------------------------------------------------------------------------------------------

function calculateMeta(start: PyType, bases: readonly Value[]): PyType {
  let winner = start;
  for (const b of bases) {
    const m = typeOf(b);
    if (winner.isSubtype(m)) continue;
    if (m.isSubtype(winner)) winner = m;
    else throw typeError("metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
  }
  return winner;
}

function resolveBases(vm: VM, bases: readonly Value[]): Value[] {
  const out: Value[] = [];
  for (const b of bases) {
    const entries = b instanceof PyType ? undefined : lookupAttr(vm, b, "__mro_entries__");
    if (entries === undefined) out.push(b);
    else {
      const r = vm.call(entries, [new PyTuple(bases)]);
      if (!(r instanceof PyTuple)) throw typeError("__mro_entries__ must return a tuple");
      out.push(...r.items);
    }
  }
  return out;
}

/** builtins.__build_class__ */
export function buildClass(vm: VM, args: Value[], kwargs: Map<string, Value>): Value {
  if (args.length < 2) throw typeError("__build_class__: not enough arguments");
  const [func, name, ...given] = args as [PyFunction, string, ...Value[]];
  const bases = resolveBases(vm, given);
  let meta: Value | undefined = kwargs.get("metaclass");
  kwargs.delete("metaclass");
  if (meta === undefined) meta = bases.length ? typeOf(bases[0]!) : typeType;
  if (meta instanceof PyType) meta = calculateMeta(meta, bases);
  const kwnames = [...kwargs.keys()];
  const kwvalues = [...kwargs.values()];
  const baseTuple = new PyTuple(bases);
  const prepare = meta === typeType ? undefined : lookupAttr(vm, meta, "__prepare__");
  const ns = prepare === undefined ? new PyDict() : vm.call(prepare, [name, baseTuple, ...kwvalues], kwnames);
  if (!(ns instanceof PyDict) && !typeOf(ns).slot.getitem) throw typeError(`${meta instanceof PyType ? meta.name : "<metaclass>"}.__prepare__() must return a mapping, not ${typeName(ns)}`);
  const cell = vm.runCode(func.code, func.globals, ns, new PyTuple(func.closure as unknown as Value[]));
  if (bases.length !== given.length || bases.some((b, i) => b !== given[i])) setItemOn(vm, ns, "__orig_bases__", new PyTuple(given));
  const cls = vm.call(meta, [name, baseTuple, ns, ...kwvalues], kwnames);
  if (cell instanceof PyCell && cls instanceof PyType && cell.value === undefined)
    throw runtimeClassCell(name);
  return cls;
}

function runtimeClassCell(name: string): PyBaseException {
  return typeError(`__class__ not set defining '${name}'. Was __classcell__ propagated to type.__new__?`);
}

function setItemOn(vm: VM, ns: Value, k: string, v: Value): void {
  if (ns instanceof PyDict) ns.setStr(k, v);
  else typeOf(ns).slot.setitem!(vm, ns, k, v);
}

/** type.__new__(meta, name, bases, ns, **kwargs) */
export function newType(vm: VM, meta: PyType, name: string, givenBases: readonly Value[], ns: PyDict, kwnames: readonly string[], kwvalues: Value[]): PyType {
  for (const b of givenBases)
    if (!(b instanceof PyType) && lookupAttr(vm, b, "__mro_entries__") !== undefined) throw typeError("type() doesn't support MRO entry resolution; use types.new_class()");
  const bases = (givenBases.length ? givenBases : [objectType]) as PyType[];
  const winner = calculateMeta(meta, bases);
  if (winner !== meta && winner.slot.new !== typeType.slot.new) return winner.slot.new!(vm, winner, [name, new PyTuple(bases), ns, ...kwvalues], kwnames.length ? kwnames : undefined) as PyType;
  if (!bases.every((b) => b instanceof PyType)) throw typeError("bases must be types");
  const base = bestBase(bases);
  const cls = new PyType(name, [...bases], false);
  cls.owner = vm;
  if (winner !== typeType) cls.cls = winner;
  const mro = winner.lookup("mro") !== typeType.attrs.get("mro") ? undefined : c3(cls, bases);
  if (mro) cls.mro = mro;
  else if (winner.lookup("mro") !== typeType.attrs.get("mro")) cls.mro = toArray(vm, vm.call(getAttr(vm, cls, "mro"), [])) as PyType[];
  else throw typeError(mroConflict(bases));
  const qualname = ns.getStr("__qualname__");
  if (qualname !== undefined && typeof qualname !== "string") throw typeError(`type __qualname__ must be a str, not ${typeName(qualname)}`);
  cls.qualname = (qualname as string | undefined) ?? name;
  for (const e of ns.entries()) {
    if (typeof e.key !== "string") continue;
    if (e.key !== "__qualname__" && e.key !== "__classcell__" && e.key !== "__classdictcell__") cls.attrs.set(e.key, e.value);
  }
  if (!cls.attrs.has("__module__")) cls.attrs.set("__module__", vm.callerGlobals().getStr("__name__") ?? "builtins");
  wrapSpecials(cls);
  layOut(vm, cls, base, ns.getStr("__slots__"));
  if (!cls.attrs.has("__doc__")) cls.attrs.set("__doc__", null);
  if (cls.attrs.has("__eq__") && !cls.attrs.has("__hash__")) cls.attrs.set("__hash__", null);
  for (const b of bases) b.subclasses.add(new WeakRef(cls));
  deriveSlots(cls);
  const cell = ns.getStr("__classcell__");
  if (cell instanceof PyCell) cell.value = cls;
  const dictCell = ns.getStr("__classdictcell__");
  if (dictCell instanceof PyCell) dictCell.value = ns;
  for (const [k, v] of [...cls.attrs]) {
    const setName = typeOf(v).lookup("__set_name__");
    if (setName === undefined) continue;
    try {
      vm.call(getAttr(vm, v, "__set_name__"), [cls, k]);
    } catch (e) {
      throw addSetNameNote(vm, e, v, k, name);
    }
  }
  const init = initSubclass(vm, cls);
  if (init !== undefined) vm.call(init, kwvalues, kwnames);
  return cls;
}

function addSetNameNote(vm: VM, e: unknown, v: Value, k: string, name: string): unknown {
  if (isInstanceOf(e, "BaseException")) {
    const add = lookupAttr(vm, e, "add_note");
    if (add !== undefined) vm.call(add, [`Error calling __set_name__ on '${typeName(v)}' instance '${k}' in '${name}'`]);
  }
  return e;
}

function mroConflict(bases: readonly PyType[]): string {
  const seen = new Set<PyType>();
  for (const b of bases) {
    if (seen.has(b)) return `duplicate base class ${b.name}`;
    seen.add(b);
  }
  return `Cannot create a consistent method resolution order (MRO) for bases ${bases.map((b) => b.name).join(", ")}`;
}

/** super(cls, cls).__init_subclass__ */
function initSubclass(vm: VM, cls: PyType): Value | undefined {
  for (const t of cls.mro.slice(1)) {
    const f = t.attrs.get("__init_subclass__");
    if (f === undefined) continue;
    const get = typeOf(f).slot.get;
    return get ? get(vm, f, undefined, cls) : f;
  }
  return undefined;
}

function wrapSpecials(cls: PyType): void {
  for (const n of ["__new__"]) {
    const f = cls.attrs.get(n);
    if (f instanceof PyFunction) cls.attrs.set(n, new PyStaticMethod(f));
  }
  for (const n of ["__init_subclass__", "__class_getitem__"]) {
    const f = cls.attrs.get(n);
    if (f instanceof PyFunction) cls.attrs.set(n, new PyClassMethod(f));
  }
}

// ---- type -------------------------------------------------------------------------------------------------------------------------------------

function typeCall(vm: VM, self: Value, args: Value[], kwnames: KwNames): Value {
  const cls = self as PyType;
  if (cls === typeType && args.length === 1 && !kwnames?.length) return typeOf(args[0]!);
  const make = cls.slot.new;
  if (!make) throw typeError(`cannot create '${qualifiedName(cls)}' instances`);
  const o = make(vm, cls, args, kwnames);
  if (cls.finalized && o instanceof PyObject) vm.watch(o);
  if (typeOf(o).isSubtype(cls)) typeOf(o).slot.init?.(vm, o, args, kwnames);
  return o;
}

function typeNew(vm: VM, meta: PyType, args: Value[], kwnames: KwNames): Value {
  const nkw = kwnames?.length ?? 0;
  const positional = args.slice(0, args.length - nkw);
  if (positional.length !== 3) throw typeError(meta === typeType ? "type() takes 1 or 3 arguments" : `type.__new__() takes exactly 3 arguments (${positional.length} given)`);
  const [name, bases, ns] = positional as [Value, Value, Value];
  const text = plainStr(name);
  if (text === undefined) throw typeError(`type.__new__() argument 1 must be str, not ${typeName(name)}`);
  if (!(bases instanceof PyTuple)) throw typeError(`type.__new__() argument 2 must be tuple, not ${typeName(bases)}`);
  if (!(ns instanceof PyDict)) throw typeError(`type.__new__() argument 3 must be dict, not ${typeName(ns)}`);
  return newType(vm, meta, text, bases.items, ns, kwnames ?? [], args.slice(args.length - nkw));
}

function setTypeAttr(vm: VM, self: Value, name: string, value: Value): void {
  const t = self as PyType;
  if (t.native && !t.mutable) throw typeError(`cannot set '${name}' attribute of immutable type '${t.name}'`);
  const meta = t.cls.lookup(name);
  const set = meta === undefined ? undefined : typeOf(meta).slot.set;
  if (set) {
    set(vm, meta!, t, value);
    return;
  }
  t.attrs.set(name, value);
  attributeChanged(t, name);
}

function deleteTypeAttr(vm: VM, self: Value, name: string): void {
  const t = self as PyType;
  if (t.native) throw typeError(`cannot delete '${name}' attribute of immutable type '${t.name}'`);
  const meta = t.cls.lookup(name);
  const del = meta === undefined ? undefined : typeOf(meta).slot.delete;
  if (del) {
    del(vm, meta!, t);
    return;
  }
  if (!t.attrs.delete(name)) throw attributeErrorText(`type object '${t.name}' has no attribute '${name}'`);
  attributeChanged(t, name);
}

function subclassesOf(vm: VM, t: PyType): Value {
  const out: Value[] = [];
  for (const ref of t.subclasses) {
    const s = ref.deref();
    if (s && (s.owner === undefined || s.owner === vm)) out.push(s);
  }
  return new PyList(out);
}

function annotationsOf(vm: VM, t: PyType): Value {
  const own = t.attrs.get("__annotations__") ?? t.attrs.get("__annotations_cache__");
  if (own !== undefined) return own;
  if (t.native) throw attributeError(t, "__annotations__");
  const annotate = t.attrs.get("__annotate_func__") ?? t.attrs.get("__annotate__");
  const d = annotate !== undefined && annotate !== null ? vm.call(annotate, [1]) : new PyDict();
  t.attrs.set("__annotations_cache__", d);
  return d;
}

extendType(typeType, {
  doc: "type(object) -> the object's type; type(name, bases, dict, **kwds) -> a new type",
  wrappersOnly: ["getattribute"],
  slots: {
    call: typeCall,
    new: typeNew,
    init: () => {},
    repr: (_vm, self) => `<class '${qualifiedName(self as PyType)}'>`,
    setattr: setTypeAttr,
    delattr: deleteTypeAttr,
  },
  methods: {
    mro: ["($self, /)", (_vm: VM, t: PyType) => {
      const m = c3(t, t.bases);
      if (!m) throw typeError(mroConflict(t.bases));
      return new PyList(m);
    }],
    __subclasses__: ["($self, /)", subclassesOf as never],
    __instancecheck__: ["($self, instance, /)", (vm: VM, t: PyType, o: Value) => typeOf(o).isSubtype(t) || claimsClass(vm, o, t)],
    __subclasscheck__: ["($self, subclass, /)", (_vm: VM, t: PyType, s: Value) => s instanceof PyType && s.isSubtype(t)],
    __dir__: ["($self, /)", (_vm: VM, t: PyType) => new PyList([...new Set(t.mro.flatMap((m) => [...m.attrs.keys()]))].sort())],
    __sizeof__: ["($self, /)", () => 1064],
  },
  classMethods: {
    __prepare__: ["($cls, name=None, bases=None, /, **kwds)", () => new PyDict()],
  },
  getset: {
    __name__: [(_vm, t: PyType) => t.name, (_vm, t: PyType, v) => {
      const s = v === undefined ? undefined : plainStr(v);
      if (t.native) throw typeError(`cannot set '__name__' attribute of immutable type '${t.name}'`);
      if (s === undefined) throw typeError(`can only assign string to ${t.name}.__name__, not '${typeName(v ?? null)}'`);
      t.name = s;
    }],
    __qualname__: [(_vm, t: PyType) => t.qualname, (_vm, t: PyType, v) => {
      if (typeof v !== "string") throw typeError(`can only assign string to ${t.name}.__qualname__, not '${typeName(v ?? null)}'`);
      t.qualname = v;
    }],
    __module__: [(_vm, t: PyType) => (t.native ? t.module : (t.attrs.get("__module__") ?? "builtins")), (_vm, t: PyType, v) => void t.attrs.set("__module__", v ?? null)],
    __mro__: [(_vm, t: PyType) => new PyTuple(t.mro)],
    __bases__: [(_vm, t: PyType) => new PyTuple(t.bases), setBases],
    __base__: [(_vm, t: PyType) => t.bases[0] ?? null],
    __dict__: [(_vm, t: PyType) => new PyMappingProxy(t)],
    __doc__: [(vm, t: PyType) => {
      const d = t.attrs.get("__doc__");
      const get = d === undefined ? undefined : typeOf(d).slot.get;
      return d !== undefined ? (get ? get(vm, d, undefined, t) : d) : t.doc;
    }, (_vm, t: PyType, v) => void t.attrs.set("__doc__", v ?? null)],
    __abstractmethods__: [
      (_vm, t: PyType) => {
        const v = t.attrs.get("__abstractmethods__");
        if (v === undefined || t === typeType) throw attributeError(t, "__abstractmethods__");
        return v;
      },
      (vm, t: PyType, v) => {
        if (v === undefined) t.attrs.delete("__abstractmethods__");
        else t.attrs.set("__abstractmethods__", v);
        t.abstractMethods = v !== undefined && truthy(vm, v) ? v : undefined;
        t.modified();
      },
    ],
    __annotations__: [annotationsOf, (_vm, t: PyType, v) => {
      if (v === undefined) t.attrs.delete("__annotations__");
      else t.attrs.set("__annotations__", v);
    }],
    __annotate__: [(_vm, t: PyType) => t.attrs.get("__annotate_func__") ?? t.attrs.get("__annotate__") ?? null, (_vm, t: PyType, v) => {
      t.attrs.delete("__annotations_cache__");
      t.attrs.set("__annotate_func__", v ?? null);
    }],
    __type_params__: [(_vm, t: PyType) => t.attrs.get("__type_params__") ?? new PyTuple([]), (_vm, t: PyType, v) => void t.attrs.set("__type_params__", v ?? null)],
    __flags__: [(_vm, t: PyType) => (t.native ? 0 : 512) | (t.subclassable ? 1024 : 0) | (t.abstractMethods !== undefined ? 1 << 20 : 0)],
    __basicsize__: [() => 16],
    __itemsize__: [() => 0],
    __dictoffset__: [(_vm, t: PyType) => (t.hasDict ? -1 : 0)],
    __weakrefoffset__: [() => 0],
    __text_signature__: [() => null],
  },
});

function claimsClass(vm: VM, o: Value, t: PyType): boolean {
  const c = lookupAttr(vm, o, "__class__");
  return c instanceof PyType && c !== typeOf(o) && c.isSubtype(t);
}

function setBases(_vm: VM, t: PyType, v: Value | undefined): void {
  if (t.native) throw typeError(`cannot set '__bases__' attribute of immutable type '${t.name}'`);
  if (!(v instanceof PyTuple) || !v.items.length) throw typeError(`can only assign non-empty tuple to ${t.name}.__bases__, not ${typeName(v ?? null)}`);
  const bases = v.items as PyType[];
  const mro = c3(t, bases);
  if (!mro) throw typeError(mroConflict(bases));
  t.bases = [...bases];
  t.mro = mro;
  for (const b of bases) b.subclasses.add(new WeakRef(t));
  t.modified();
  deriveSlots(t);
}
