/** Module _weakref: references, proxies, and the two that dictionaries with weak values need. */
import { newException, typeError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { weaklyReferable } from "../objects/class-layout.ts";
import { PyDict } from "../objects/dict.ts";
import { identityOf } from "../objects/identity.ts";
import { PyList } from "../objects/list.ts";
import {
  binary,
  compare,
  contains,
  deleteAttr,
  deleteItem,
  equals,
  getAttr,
  getItem,
  getIter,
  hash,
  inplace,
  isCallable,
  iterNext,
  length,
  lookupAttr,
  setAttr,
  setItem,
  str,
  truthy,
  typeName,
  typeOf,
  unary,
} from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { BINARY_SLOTS, BinarySlot, SlotFns } from "../objects/slots.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { NotImplemented, type PyObject, type Value } from "../objects/values.ts";
import { addReference, PyProxy, PyWeakRef, referencesTo } from "../objects/weak-reference.ts";
import type { NativeModule } from "./native-module.ts";

function referent(v: Value): PyObject {
  if (typeof v !== "object" || v === null || !weaklyReferable(v.cls))
    throw typeError(`cannot create weak reference to '${typeName(v)}' object`);
  return v;
}

function address(o: PyObject): string {
  return `0x${identityOf(o).toString(16)}`;
}

/** References of a class without a callback are one object. */
function newReference(vm: VM, cls: PyType, o: Value, callback: Value = null): Value {
  const target = referent(o);
  const known =
    callback === null && cls === refType ? referencesTo(vm, target).find((r) => r.cls === refType && r.callback === null) : undefined;
  if (known) return known;
  const r = new PyWeakRef(target, callback, vm.watch(target));
  if (cls !== refType) r.cls = cls;
  addReference(vm, target, r);
  return r;
}

function hashOf(vm: VM, r: PyWeakRef): number | bigint {
  if (r.hash !== undefined) return r.hash;
  const o = r.get();
  if (o === undefined) throw typeError("weak object has gone away");
  return (r.hash = hash(vm, o));
}

function referenceText(vm: VM, r: PyWeakRef): string {
  const o = r.get();
  if (o === undefined) return `<weakref at ${address(r)}; dead>`;
  const name = lookupAttr(vm, o, "__name__");
  return `<weakref at ${address(r)}; to '${typeName(o)}' at ${address(o)}${typeof name === "string" ? ` (${name})` : ""}>`;
}

function sameReferent(vm: VM, a: PyWeakRef, b: PyWeakRef): boolean {
  const x = a.get();
  const y = b.get();
  return x === undefined || y === undefined ? a === b : equals(vm, x, y);
}

const refType: PyType = defineType({
  name: "ReferenceType",
  module: "weakref",
  js: PyWeakRef,
  new: ["(object, callback=None, /)", newReference as never],
  init: ["($self, *args, **kwargs)", () => null],
  slots: {
    call: (_vm, self, args, kwnames) => {
      if (kwnames?.length) throw typeError("weakref() takes no keyword arguments");
      if (args.length) throw typeError(`weakref expected 0 arguments, got ${args.length}`);
      return (self as PyWeakRef).get() ?? null;
    },
    hash: (vm, self) => hashOf(vm, self as PyWeakRef),
    eq: (vm, self, other) => (other instanceof PyWeakRef ? sameReferent(vm, self as PyWeakRef, other) : NotImplemented),
    repr: (vm, self) => referenceText(vm, self as PyWeakRef),
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: { __callback__: [(_vm, r: PyWeakRef) => r.callback] },
});

// ---- proxies --------------------------------------------------------------------------------------------------------------------------------

function target(v: Value): Value {
  if (!(v instanceof PyProxy)) return v;
  const o = v.get();
  if (o === undefined) throw newException("ReferenceError", "weakly-referenced object no longer exists");
  return o;
}

type BinarySlotName = keyof typeof BINARY_SLOTS;
const BINARY = ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "lshift", "rshift", "and", "or", "xor"] as const;

/** The operators: each on what the operands stand for. */
function operators(): { [K in BinarySlotName]?: BinarySlot } {
  const out: { [K in BinarySlotName]?: BinarySlot } = {};
  for (const op of BINARY) {
    out[op] = (vm, a, b) => binary(vm, op, target(a), target(b));
    out[`r${op}`] = (vm, a, b) => binary(vm, op, target(b), target(a));
    out[`i${op}`] = (vm, a, b) => inplace(vm, op, target(a), target(b));
  }
  for (const op of ["lt", "le", "eq", "ne", "gt", "ge"] as const) out[op] = (vm, a, b) => compare(vm, op, target(a), target(b));
  return out;
}

function proxyType(name: string, callable: boolean): PyType {
  return defineType({
    name,
    module: "weakref",
    slots: {
      ...operators(),
      hash: null,
      neg: (vm, a) => unary(vm, "neg", target(a)),
      pos: (vm, a) => unary(vm, "pos", target(a)),
      invert: (vm, a) => unary(vm, "invert", target(a)),
      bool: (vm, a) => truthy(vm, target(a)),
      len: (vm, a) => length(vm, target(a)),
      iter: (vm, a) => getIter(vm, target(a)),
      iternext: (vm, a) => {
        const o = target(a);
        if (!typeOf(o).slot.iternext) throw typeError(`Weakref proxy referenced a non-iterator '${typeName(o)}' object`);
        return iterNext(vm, o);
      },
      contains: (vm, a, item) => contains(vm, target(a), target(item)),
      getitem: (vm, a, key) => getItem(vm, target(a), target(key)),
      setitem: (vm, a, key, v) => setItem(vm, target(a), target(key), v),
      delitem: (vm, a, key) => deleteItem(vm, target(a), target(key)),
      getattribute: (vm, self, attribute) => getAttr(vm, target(self), attribute),
      setattr: (vm, self, attribute, v) => setAttr(vm, target(self), attribute, v),
      delattr: (vm, self, attribute) => deleteAttr(vm, target(self), attribute),
      repr: (_vm, self) => {
        const o = (self as PyProxy).get();
        return `<weakproxy at ${address(self as PyProxy)}${o === undefined ? "; dead" : `; to '${typeName(o)}' at ${address(o)}`}>`;
      },
      str: (vm, self) => str(vm, target(self)),
      ...(callable ? { call: ((vm, self, args, kwnames) => vm.call(target(self), args, kwnames)) as SlotFns["call"] } : {}),
    },
  });
}

const plainProxyType = proxyType("ProxyType", false);
const callableProxyType = proxyType("CallableProxyType", true);

function newProxy(vm: VM, o: Value, callback: Value = null): Value {
  const v = referent(o);
  const cls = isCallable(v) ? callableProxyType : plainProxyType;
  const known = callback === null ? referencesTo(vm, v).find((r) => r.cls === cls && r.callback === null) : undefined;
  if (known) return known;
  const p = new PyProxy(v, callback, vm.watch(v));
  p.cls = cls;
  addReference(vm, v, p);
  return p;
}

// ---- the module -----------------------------------------------------------------------------------------------------------------------------

function referencesOf(vm: VM, o: Value): PyObject[] {
  return typeof o === "object" && o !== null ? [...referencesTo(vm, o)] : [];
}

/** Removes d[key] if it is a reference whose referent is gone. */
function removeDead(vm: VM, d: Value, key: Value): null {
  if (!(d instanceof PyDict)) throw typeError(`_remove_dead_weakref() argument 1 must be dict, not ${typeName(d)}`);
  const e = d.find(vm, key);
  if (e !== undefined && e.value instanceof PyWeakRef && e.value.get() === undefined) d.remove(e);
  return null;
}

export const _weakref: NativeModule = {
  name: "_weakref",
  doc: "Weak references: those who hold one do not keep the object alive.",
  functions: {
    getweakrefcount: ["(object, /)", (vm: VM, o: Value) => referencesOf(vm, o).length, "How many weak references there are to the object."],
    getweakrefs: ["(object, /)", (vm: VM, o: Value) => new PyList(referencesOf(vm, o)), "The weak references to the object."],
    proxy: ["(object, callback=None, /)", newProxy, "A proxy that stands for the object without keeping it alive."],
    _remove_dead_weakref: ["(dct, key, /)", removeDead],
  },
  values: () => ({ ref: refType, ReferenceType: refType, ProxyType: plainProxyType, CallableProxyType: callableProxyType }),
};
