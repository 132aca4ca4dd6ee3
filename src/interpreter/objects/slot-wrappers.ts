/**
 * Slots seen from Python: what `int.__add__(1, 2)` or `[].__len__()` does. Checks the arity, calls the slot, converts the result.
 */
import { attributeError, stopIteration, typeError } from "../builtins/exceptions.ts";
import { returnedValue } from "./generator.ts";
import { genericGetAttr, needStr, typeGetAttr, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { type BINARY_SLOTS, type KwNames, type SlotName, type Slots, TERNARY_SLOTS, UNARY_SLOTS } from "./slots.ts";
import { type PyType, typeType } from "./type.ts";
import { NotImplemented, type Value } from "./values.ts";

type Wrapper = (vm: VM, slots: Slots, self: Value, args: readonly Value[], kwnames: KwNames) => Value;

/** Number of arguments (after self) and body of the slots with a signature of their own. */
const SPECIAL: { [K in SlotName]?: readonly [min: number, max: number, body: Wrapper] } = {
  repr: [0, 0, (vm, s, self) => s.repr!(vm, self)],
  str: [0, 0, (vm, s, self) => s.str!(vm, self)],
  hash: [0, 0, (vm, s, self) => s.hash!(vm, self)],
  bool: [0, 0, (vm, s, self) => s.bool!(vm, self)],
  len: [0, 0, (vm, s, self) => s.len!(vm, self)],
  iternext: [0, 0, (vm, s, self) => {
    const v = s.iternext!(vm, self);
    if (v === undefined) throw stopIteration(returnedValue(self));
    return v;
  }],
  contains: [1, 1, (vm, s, self, a) => s.contains!(vm, self, a[0]!)],
  setitem: [2, 2, (vm, s, self, a) => none(s.setitem!(vm, self, a[0]!, a[1]!))],
  delitem: [1, 1, (vm, s, self, a) => none(s.delitem!(vm, self, a[0]!))],
  getattribute: [1, 1, (vm, s, self, a) => getAttribute(vm, s, self, needStr(a[0]!, "attribute name"))],
  setattr: [2, 2, (vm, s, self, a) => none(s.setattr!(vm, self, needStr(a[0]!, "attribute name"), a[1]!))],
  delattr: [1, 1, (vm, s, self, a) => none(s.delattr!(vm, self, needStr(a[0]!, "attribute name")))],
  get: [1, 2, (vm, s, self, a) => s.get!(vm, self, a[0] === null && a[1] != null ? undefined : a[0]!, (a[1] as PyType | null) ?? typeOf(a[0]!))],
  set: [2, 2, (vm, s, self, a) => none(s.set!(vm, self, a[0]!, a[1]!))],
  delete: [1, 1, (vm, s, self, a) => none(s.delete!(vm, self, a[0]!))],
};

/** An empty slot is the generic lookup, of objects or of types. */
function getAttribute(vm: VM, slots: Slots, self: Value, name: string): Value {
  if (slots.getattribute !== undefined) return slots.getattribute(vm, self, name);
  const v = slots === typeType.slot ? typeGetAttr(vm, self as PyType, name) : genericGetAttr(vm, self, name);
  if (v === undefined) throw attributeError(self, name);
  return v;
}

function none(_: void): null {
  return null;
}

export function callSlotWrapper(vm: VM, owner: PyType, slot: SlotName, self: Value, args: readonly Value[], kwnames: KwNames): Value {
  const slots = owner.slot;
  if (slot === "call") return slots.call!(vm, self, [...args], kwnames);
  if (slot === "init") {
    slots.init!(vm, self, [...args], kwnames);
    return null;
  }
  if (kwnames?.length) throw typeError(`wrapper ${slot}() takes no keyword arguments`);
  const special = SPECIAL[slot];
  if (special) {
    arity(args, special[0], special[1]);
    return special[2](vm, slots, self, args, kwnames);
  }
  if (slot in UNARY_SLOTS) {
    arity(args, 0, 0);
    return slots[slot as keyof typeof UNARY_SLOTS]!(vm, self);
  }
  if (slot in TERNARY_SLOTS) {
    arity(args, 1, 2);
    return slots[slot as keyof typeof TERNARY_SLOTS]!(vm, self, args[0]!, args[1]);
  }
  arity(args, 1, 1);
  const binary = slots[slot as keyof typeof BINARY_SLOTS];
  return binary === undefined ? NotImplemented : binary(vm, self, args[0]!);
}

function arity(args: readonly Value[], min: number, max: number): void {
  if (args.length >= min && args.length <= max) return;
  if (min === max) throw typeError(`expected ${min} argument${min === 1 ? "" : "s"}, got ${args.length}`);
  throw typeError(`expected at ${args.length < min ? `least ${min}` : `most ${max}`} arguments, got ${args.length}`);
}
