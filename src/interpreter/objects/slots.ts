/**
 * The slot table: every special method that an operation of the language dispatches through.
 *
 * A slot is a field of PyType that holds a JS function with the meaning of the special method of the same row, so built-in
 * and Python-level classes are one mechanism: native types fill slots directly (and get the special method for free as a
 * "slot wrapper"), classes written in Python get a generic slot function that looks the special method up (type.ts).
 *
 * Kinds and JS signatures (vm first, then self):
 *   unary    (vm, self) => Value                              len and hash return a PyInt, bool a boolean
 *   binary   (vm, self, other) => Value                       NotImplemented when the operand is not understood
 *   ternary  (vm, self, a, b | undefined) => Value
 *   compare  (vm, self, other) => Value                       NotImplemented likewise
 *   iternext (vm, self) => Value | undefined                  undefined when exhausted (StopIteration without a value)
 *   getitem/setitem/delitem, getattr/setattr/delattr, descriptor get/set/delete: see SlotFns
 *   call     (vm, self, args, kwnames) => Value               kwnames name the last kwnames.length entries of args
 */
import type { VM } from "./runtime.ts";
import type { PyInt, Value } from "./values.ts";
import type { PyType } from "./type.ts";

export type KwNames = readonly string[] | undefined;
export type UnarySlot = (vm: VM, self: Value) => Value;
export type BinarySlot = (vm: VM, self: Value, other: Value) => Value;
export type TernarySlot = (vm: VM, self: Value, a: Value, b: Value | undefined) => Value;

/** Slots with a signature of their own. */
export interface SpecialSlots {
  repr: (vm: VM, self: Value) => string;
  str: (vm: VM, self: Value) => string;
  /** Python's hash, -2^63 ≤ h < 2^63. `null` marks an unhashable type (`__hash__ = None`). */
  hash: ((vm: VM, self: Value) => PyInt) | null;
  bool: (vm: VM, self: Value) => boolean;
  len: (vm: VM, self: Value) => number;
  iternext: (vm: VM, self: Value) => Value | undefined;
  contains: (vm: VM, self: Value, item: Value) => boolean;
  setitem: (vm: VM, self: Value, key: Value, value: Value) => void;
  delitem: (vm: VM, self: Value, key: Value) => void;
  /** Overrides the generic attribute lookup; raises AttributeError itself. */
  getattribute: (vm: VM, self: Value, name: string) => Value;
  setattr: (vm: VM, self: Value, name: string, value: Value) => void;
  delattr: (vm: VM, self: Value, name: string) => void;
  /** Descriptor protocol: `instance` undefined means access through the class `owner`. */
  get: (vm: VM, self: Value, instance: Value | undefined, owner: PyType) => Value;
  set: (vm: VM, self: Value, instance: Value, value: Value) => void;
  delete: (vm: VM, self: Value, instance: Value) => void;
  call: (vm: VM, self: Value, args: Value[], kwnames: KwNames) => Value;
  new: (vm: VM, cls: PyType, args: Value[], kwnames: KwNames) => Value;
  init: (vm: VM, self: Value, args: Value[], kwnames: KwNames) => void;
}

/** slot → special method. The order is the order in which wrappers are made. */
export const UNARY_SLOTS = {
  neg: "__neg__", pos: "__pos__", invert: "__invert__", abs: "__abs__", int: "__int__", float: "__float__", index: "__index__",
  complex: "__complex__", iter: "__iter__", await: "__await__", aiter: "__aiter__", anext: "__anext__",
} as const;

export const BINARY_SLOTS = {
  add: "__add__", radd: "__radd__", iadd: "__iadd__", sub: "__sub__", rsub: "__rsub__", isub: "__isub__",
  mul: "__mul__", rmul: "__rmul__", imul: "__imul__", matmul: "__matmul__", rmatmul: "__rmatmul__", imatmul: "__imatmul__",
  truediv: "__truediv__", rtruediv: "__rtruediv__", itruediv: "__itruediv__",
  floordiv: "__floordiv__", rfloordiv: "__rfloordiv__", ifloordiv: "__ifloordiv__",
  mod: "__mod__", rmod: "__rmod__", imod: "__imod__", divmod: "__divmod__", rdivmod: "__rdivmod__",
  lshift: "__lshift__", rlshift: "__rlshift__", ilshift: "__ilshift__", rshift: "__rshift__", rrshift: "__rrshift__", irshift: "__irshift__",
  and: "__and__", rand: "__rand__", iand: "__iand__", or: "__or__", ror: "__ror__", ior: "__ior__", xor: "__xor__", rxor: "__rxor__", ixor: "__ixor__",
  eq: "__eq__", ne: "__ne__", lt: "__lt__", le: "__le__", gt: "__gt__", ge: "__ge__",
  getitem: "__getitem__",
} as const;

export const TERNARY_SLOTS = { pow: "__pow__", rpow: "__rpow__", ipow: "__ipow__" } as const;

export const SPECIAL_SLOTS = {
  repr: "__repr__", str: "__str__", hash: "__hash__", bool: "__bool__", len: "__len__", iternext: "__next__", contains: "__contains__",
  setitem: "__setitem__", delitem: "__delitem__", getattribute: "__getattribute__", setattr: "__setattr__", delattr: "__delattr__",
  get: "__get__", set: "__set__", delete: "__delete__", call: "__call__", new: "__new__", init: "__init__",
} as const satisfies Record<keyof SpecialSlots, string>;

export type SlotFns = { [K in keyof typeof UNARY_SLOTS]: UnarySlot } & { [K in keyof typeof BINARY_SLOTS]: BinarySlot } & {
  [K in keyof typeof TERNARY_SLOTS]: TernarySlot;
} & SpecialSlots;

export type SlotName = keyof SlotFns;

export const SLOTS: { readonly [K in SlotName]: string } = { ...UNARY_SLOTS, ...BINARY_SLOTS, ...TERNARY_SLOTS, ...SPECIAL_SLOTS };

/** Special method → slots it drives. */
export const SLOT_OF_DUNDER: ReadonlyMap<string, SlotName> = new Map(Object.entries(SLOTS).map(([slot, dunder]) => [dunder, slot as SlotName]));

export type Slots = { [K in SlotName]: SlotFns[K] | undefined };

const EMPTY_SLOTS = Object.fromEntries(Object.keys(SLOTS).map((k) => [k, undefined])) as Slots;

/** A fresh record with every slot present, so that all types share one hidden class. */
export function emptySlots(): Slots {
  return { ...EMPTY_SLOTS };
}
