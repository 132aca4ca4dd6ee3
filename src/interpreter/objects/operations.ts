/**
 * The abstract operations of the language over any value (CPython's abstract.c): attribute access, calls, truth, comparison, hashing,
 * iteration, containers, arithmetic. All dispatch through slots. Natives use these; the VM has inline fast paths of its own on top.
 */
import { attributeError, isInstanceOf, overflowError, type PyBaseException, typeError } from "../builtins/exceptions.ts";
import { genericAlias } from "./class-getitem.ts";
import type { VM } from "./runtime.ts";
import type { SlotName } from "./slots.ts";
import { DICT_MODE, EMPTY_SHAPE } from "./shape.ts";
import type { PyDict } from "./dict.ts";
import { boolType, intType, noneType, PyType, strType, typeType } from "./type.ts";
import { NotImplemented, PyAttrObject, PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

export function typeOf(v: Value): PyType {
  switch (typeof v) {
    case "number":
    case "bigint":
      return intType;
    case "string":
      return strType;
    case "boolean":
      return boolType;
    default:
      return v === null ? noneType : v.cls;
  }
}

/** A type's name as error messages show it: native types of modules carry the module's name, as their tp_name does in CPython. */
export function typeLabel(t: PyType): string {
  return t.native && t.module !== "builtins" ? `${t.module}.${t.name}` : t.name;
}

export function typeName(v: Value): string {
  return typeLabel(typeOf(v));
}

// ---- attributes -------------------------------------------------------------------------------------------------------------------

/** Own attribute of an object (its `__dict__`), no class lookup. */
export function ownAttr(o: PyAttrObject, name: string): Value | undefined {
  const shape = o.shape;
  if (shape === undefined) return undefined;
  if (shape === DICT_MODE) return (o.slots![0] as PyDict).getStr(name);
  const i = shape.keys.get(name);
  return i === undefined ? undefined : o.slots![i];
}

export function setOwnAttr(o: PyAttrObject, name: string, value: Value): void {
  const shape = o.shape ?? EMPTY_SHAPE;
  if (shape === DICT_MODE) {
    (o.slots![0] as PyDict).setStr(name, value);
    return;
  }
  const i = shape.keys.get(name);
  if (i !== undefined) {
    o.slots![i] = value;
    return;
  }
  o.slots ??= [];
  o.slots.push(value);
  o.shape = shape.with(name);
}

export function deleteOwnAttr(o: PyAttrObject, name: string): boolean {
  const shape = o.shape;
  if (shape === undefined) return false;
  if (shape === DICT_MODE) return (o.slots![0] as PyDict).deleteStr(name);
  const i = shape.keys.get(name);
  if (i === undefined) return false;
  o.slots!.splice(i, 1);
  o.shape = shape.without(name);
  return true;
}

/** object.__getattribute__: data descriptor, own attribute, other class attribute; undefined when missing. */
export function genericGetAttr(vm: VM, o: Value, name: string): Value | undefined {
  const cls = typeOf(o);
  const attr = cls.lookup(name);
  let get: PyType["slot"]["get"];
  if (attr !== undefined) {
    const s = typeOf(attr).slot;
    get = s.get;
    if (get && (s.set || s.delete)) return get(vm, attr, o, cls);
  }
  if (o instanceof PyAttrObject) {
    const own = ownAttr(o, name);
    if (own !== undefined) return own;
  }
  return attr !== undefined && get ? get(vm, attr, o, cls) : attr;
}

/** type.__getattribute__: the metaclass takes part; undefined when missing. */
export function typeGetAttr(vm: VM, t: PyType, name: string): Value | undefined {
  const meta = t.cls;
  const metaAttr = meta.lookup(name);
  if (metaAttr !== undefined) {
    const s = typeOf(metaAttr).slot;
    if (s.get && (s.set || s.delete)) return s.get(vm, metaAttr, t, meta);
  }
  const attr = t.lookup(name);
  if (attr !== undefined) {
    const get = typeOf(attr).slot.get;
    return get ? get(vm, attr, undefined, t) : attr;
  }
  if (metaAttr === undefined) return undefined;
  const get = typeOf(metaAttr).slot.get;
  return get ? get(vm, metaAttr, t, meta) : metaAttr;
}

/** getattr(o, name, missing → undefined): swallows AttributeError only. */
export function lookupAttr(vm: VM, o: Value, name: string): Value | undefined {
  const custom = typeOf(o).slot.getattribute;
  try {
    if (custom !== undefined) return custom(vm, o, name);
    return o instanceof PyType ? typeGetAttr(vm, o, name) : genericGetAttr(vm, o, name);
  } catch (e) {
    if (isInstanceOf(e, "AttributeError")) return undefined;
    throw e;
  }
}

export function getAttr(vm: VM, o: Value, name: string): Value {
  const custom = typeOf(o).slot.getattribute;
  if (custom !== undefined) return custom(vm, o, name);
  const v = o instanceof PyType ? typeGetAttr(vm, o, name) : genericGetAttr(vm, o, name);
  if (v === undefined) throw attributeError(o, name);
  return v;
}

export function setAttr(vm: VM, o: Value, name: string, value: Value): void {
  const custom = typeOf(o).slot.setattr;
  if (custom) custom(vm, o, name, value);
  else genericSetAttr(vm, o, name, value);
}

export function deleteAttr(vm: VM, o: Value, name: string): void {
  const custom = typeOf(o).slot.delattr;
  if (custom) custom(vm, o, name);
  else genericDeleteAttr(vm, o, name);
}

/** object.__setattr__ */
export function genericSetAttr(vm: VM, o: Value, name: string, value: Value): void {
  const cls = typeOf(o);
  const attr = cls.lookup(name);
  if (attr !== undefined) {
    const set = typeOf(attr).slot.set;
    if (set) {
      set(vm, attr, o, value);
      return;
    }
  }
  if (o instanceof PyAttrObject && cls.hasDict) setOwnAttr(o, name, value);
  else throw noSuchAttribute(o, name, attr !== undefined);
}

/** object.__delattr__ */
export function genericDeleteAttr(vm: VM, o: Value, name: string): void {
  const cls = typeOf(o);
  const attr = cls.lookup(name);
  if (attr !== undefined) {
    const s = typeOf(attr).slot;
    if (s.delete) {
      s.delete(vm, attr, o);
      return;
    }
    if (s.set) throw attributeError(o, name, "__delete__");
  }
  if (o instanceof PyAttrObject && cls.hasDict) {
    if (!deleteOwnAttr(o, name)) throw attributeError(o, name);
  } else throw noSuchAttribute(o, name, attr !== undefined);
}

function noSuchAttribute(o: Value, name: string, exists: boolean): PyBaseException {
  const cls = typeName(o);
  return exists
    ? attributeError(o, name, `'${cls}' object attribute '${name}' is read-only`)
    : attributeError(o, name, `'${cls}' object has no attribute '${name}' and no __dict__ for setting new attributes`);
}

/** Special method lookup: on the type, descriptors bound to `o`; undefined when missing. */
export function lookupSpecial(vm: VM, o: Value, dunder: string): Value | undefined {
  const cls = typeOf(o);
  const attr = cls.lookup(dunder);
  if (attr === undefined) return undefined;
  const get = typeOf(attr).slot.get;
  return get ? get(vm, attr, o, cls) : attr;
}

// ---- calls ------------------------------------------------------------------------------------------------------------------------

export function callMethod(vm: VM, o: Value, name: string, ...args: Value[]): Value {
  return vm.call(getAttr(vm, o, name), args);
}

export function isCallable(v: Value): boolean {
  return typeOf(v).slot.call !== undefined;
}

// ---- truth, comparison, hash --------------------------------------------------------------------------------------------------------

export function truthy(vm: VM, v: Value): boolean {
  switch (typeof v) {
    case "boolean":
      return v;
    case "number":
      return v !== 0;
    case "bigint":
      return true;
    case "string":
      return v !== "";
    default: {
      if (v === null) return false;
      const s = v.cls.slot;
      if (s.bool) return s.bool(vm, v);
      return s.len ? s.len(vm, v) !== 0 : true;
    }
  }
}

export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";
const REFLECTED: Record<CompareOp, CompareOp> = { eq: "eq", ne: "ne", lt: "gt", le: "ge", gt: "lt", ge: "le" };
export const COMPARE_SYMBOL: Record<CompareOp, string> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };

/** Rich comparison: any value may come back. */
export function compare(vm: VM, op: CompareOp, a: Value, b: Value): Value {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(op, a, b);
  const ta = typeOf(a);
  const tb = typeOf(b);
  const reflected = REFLECTED[op];
  const swap = ta !== tb && tb.isSubtype(ta) && tb.slot[reflected] !== undefined;
  if (swap) {
    const r = tb.slot[reflected]!(vm, b, a);
    if (r !== NotImplemented) return r;
  }
  const f = ta.slot[op];
  if (f) {
    const r = f(vm, a, b);
    if (r !== NotImplemented) return r;
  }
  if (!swap) {
    const g = tb.slot[reflected];
    if (g) {
      const r = g(vm, b, a);
      if (r !== NotImplemented) return r;
    }
  }
  if (op === "eq") return a === b;
  if (op === "ne") return a !== b;
  throw typeError(`'${COMPARE_SYMBOL[op]}' not supported between instances of '${typeLabel(ta)}' and '${typeLabel(tb)}'`);
}

function compareNumbers(op: CompareOp, a: number, b: number): boolean {
  switch (op) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
  }
}

/** `a is b or a == b` as containers compare. */
export function equals(vm: VM, a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === "string" && typeof b === "string") return false;
  if (typeof a === "number" && typeof b === "number") return false;
  return truthy(vm, compare(vm, "eq", a, b));
}

/** Identity as Python programs see it: ints and strs of equal value count as the same object. */
export function isSame(a: Value, b: Value): boolean {
  return a === b;
}

export function hash(vm: VM, v: Value): PyInt {
  const h = typeOf(v).slot.hash;
  if (!h) throw typeError(`unhashable type: '${typeName(v)}'`);
  return h(vm, v);
}

// ---- text -------------------------------------------------------------------------------------------------------------------------

export function repr(vm: VM, v: Value): string {
  return typeOf(v).slot.repr!(vm, v);
}

export function str(vm: VM, v: Value): string {
  if (typeof v === "string") return v;
  const s = typeOf(v).slot;
  return s.str ? s.str(vm, v) : s.repr!(vm, v);
}

// ---- iteration ----------------------------------------------------------------------------------------------------------------------

export function getIter(vm: VM, v: Value): Value {
  const f = typeOf(v).slot.iter;
  if (f) {
    const it = f(vm, v);
    if (typeOf(it).slot.iternext === undefined) throw typeError(`iter() returned non-iterator of type '${typeName(it)}'`);
    return it;
  }
  if (typeOf(v).slot.getitem && typeOf(v).lookup("__getitem__") !== undefined && isSequence(v)) return makeSequenceIterator(v);
  throw typeError(`'${typeName(v)}' object is not iterable`);
}

function isSequence(v: Value): boolean {
  return typeOf(v).lookup("keys") === undefined || !typeOf(v).native;
}

let sequenceIterator: ((v: Value) => Value) | undefined;
/** iterators.ts installs the iterator over `__getitem__`. */
export function installSequenceIterator(make: (v: Value) => Value): void {
  sequenceIterator = make;
}
function makeSequenceIterator(v: Value): Value {
  return sequenceIterator!(v);
}

/** next(it): undefined at the end. */
export function iterNext(vm: VM, it: Value): Value | undefined {
  const f = typeOf(it).slot.iternext;
  if (!f) throw typeError(`'${typeName(it)}' object is not an iterator`);
  return f(vm, it);
}

/** Calls `visit` for every item; stops when it returns true. */
export function forEach(vm: VM, iterable: Value, visit: (item: Value) => boolean | void): void {
  if (iterable instanceof PyTuple && iterable.constructor === PyTuple) {
    for (const item of iterable.items) if (visit(item) === true) return;
    return;
  }
  const it = getIter(vm, iterable);
  const next = typeOf(it).slot.iternext!;
  for (;;) {
    const item = next(vm, it);
    if (item === undefined || visit(item) === true) return;
  }
}

/** list(iterable) as a fresh JS array. */
export function toArray(vm: VM, iterable: Value): Value[] {
  const out: Value[] = [];
  forEach(vm, iterable, (v) => void out.push(v));
  return out;
}

// ---- containers -----------------------------------------------------------------------------------------------------------------------

export function length(vm: VM, v: Value): number {
  const f = typeOf(v).slot.len;
  if (!f) throw typeError(`object of type '${typeName(v)}' has no len()`);
  return f(vm, v);
}

export function getItem(vm: VM, o: Value, key: Value): Value {
  const f = typeOf(o).slot.getitem;
  if (f) return f(vm, o, key);
  if (o instanceof PyType) {
    if (o === typeType) return genericAlias(vm, o, key);
    const cg = typeGetAttr(vm, o, "__class_getitem__");
    if (cg !== undefined) return vm.call(cg, [key]);
    throw typeError(`type '${o.name}' is not subscriptable`);
  }
  throw typeError(`'${typeName(o)}' object is not subscriptable`);
}

export function setItem(vm: VM, o: Value, key: Value, value: Value): void {
  const f = typeOf(o).slot.setitem;
  if (!f) throw typeError(`'${typeName(o)}' object does not support item assignment`);
  f(vm, o, key, value);
}

export function deleteItem(vm: VM, o: Value, key: Value): void {
  const t = typeOf(o);
  if (t.slot.delitem) {
    t.slot.delitem(vm, o, key);
    return;
  }
  // CPython words it differently where the type has sequence methods and the key is an index
  const sequence = (!t.native || t.slot.len !== undefined || t.slot.contains !== undefined) && typeOf(key).slot.index !== undefined;
  throw typeError(`'${typeName(o)}' object ${sequence ? "doesn't" : "does not"} support item deletion`);
}

export function contains(vm: VM, container: Value, item: Value): boolean {
  const cls = typeOf(container);
  const f = cls.slot.contains;
  if (f) return f(vm, container, item);
  if (!cls.slot.iter && !cls.slot.getitem) throw typeError(`argument of type '${typeLabel(cls)}' is not a container or iterable`);
  let found = false;
  forEach(vm, container, (v) => (found = v === item || equals(vm, v, item)));
  return found;
}

// ---- arithmetic ---------------------------------------------------------------------------------------------------------------------

/** Binary operators: slot stem and symbol. `pow` and `divmod` are here for their error messages. */
export const BINARY_OPERATORS = {
  add: "+", sub: "-", mul: "*", matmul: "@", truediv: "/", floordiv: "//", mod: "%", lshift: "<<", rshift: ">>", and: "&", or: "|", xor: "^",
  divmod: "divmod()", pow: "** or pow()",
} as const;
export type BinaryOp = keyof typeof BINARY_OPERATORS;

/** NotImplemented when neither operand knows how. */
export function tryBinary(vm: VM, op: BinaryOp, a: Value, b: Value): Value {
  const ta = typeOf(a);
  const tb = typeOf(b);
  const forward = ta.slot[op as SlotName] as ((vm: VM, a: Value, b: Value, c?: Value) => Value) | undefined;
  const rslot = `r${op}` as SlotName;
  const backward = tb.slot[rslot] as typeof forward;
  const swap = ta !== tb && backward !== undefined && tb.isSubtype(ta) && backward !== ta.slot[rslot];
  if (swap) {
    const r = backward(vm, b, a);
    if (r !== NotImplemented) return r;
  }
  if (forward) {
    const r = forward(vm, a, b);
    if (r !== NotImplemented) return r;
  }
  if (!swap && backward && ta !== tb) return backward(vm, b, a);
  return NotImplemented;
}

export function binary(vm: VM, op: BinaryOp, a: Value, b: Value): Value {
  const r = tryBinary(vm, op, a, b);
  if (r === NotImplemented) throw unsupportedOperands(BINARY_OPERATORS[op], a, b);
  return r;
}

export function inplace(vm: VM, op: BinaryOp, a: Value, b: Value): Value {
  const f = typeOf(a).slot[`i${op}` as SlotName] as ((vm: VM, a: Value, b: Value) => Value) | undefined;
  if (f) {
    const r = f(vm, a, b);
    if (r !== NotImplemented) return r;
  }
  const r = tryBinary(vm, op, a, b);
  if (r === NotImplemented) throw unsupportedOperands(op === "pow" ? "**=" : `${BINARY_OPERATORS[op]}=`, a, b);
  return r;
}

export function unsupportedOperands(symbol: string, a: Value, b: Value): PyBaseException {
  return typeError(`unsupported operand type(s) for ${symbol}: '${typeName(a)}' and '${typeName(b)}'`);
}

export function unary(vm: VM, op: "neg" | "pos" | "invert", v: Value): Value {
  const f = typeOf(v).slot[op];
  if (!f) throw typeError(`bad operand type for unary ${{ neg: "-", pos: "+", invert: "~" }[op]}: '${typeName(v)}'`);
  return f(vm, v);
}

// ---- conversions of arguments -----------------------------------------------------------------------------------------------------------

/** operator.index(v): an exact int (bools become 0/1, subclasses of int their value). */
export function toIndex(vm: VM, v: Value): PyInt {
  if (typeof v === "number" || typeof v === "bigint") return v;
  if (typeof v === "boolean") return v ? 1 : 0;
  const f = typeOf(v).slot.index;
  if (!f) throw typeError(`'${typeName(v)}' object cannot be interpreted as an integer`);
  const r = plainInt(f(vm, v));
  if (r === undefined) throw typeError(`__index__ returned non-int (type ${typeName(f(vm, v))})`);
  return r;
}

/** An index as a JS number (Py_ssize_t); OverflowError (or the error given) beyond the safe range. */
export function toSsize(vm: VM, v: Value, tooBig = "Python int too large to convert to C ssize_t"): number {
  const i = toIndex(vm, v);
  if (typeof i === "bigint") throw overflowError(tooBig);
  return i;
}

/** The plain int of an int, bool or instance of an int subclass; undefined for anything else. */
export function plainInt(v: Value): PyInt | undefined {
  if (typeof v === "number" || typeof v === "bigint") return v;
  if (typeof v === "boolean") return v ? 1 : 0;
  return v instanceof PyIntSub ? v.value : undefined;
}

/** The plain string of a str or instance of a str subclass; undefined for anything else. */
export function plainStr(v: Value): string | undefined {
  if (typeof v === "string") return v;
  return v instanceof PyStrSub ? v.value : undefined;
}

/** PyFloat_AsDouble: floats, ints, `__float__`, `__index__`. */
export function toDouble(vm: VM, v: Value): number {
  if (v instanceof PyFloat) return v.value;
  if (typeof v === "number") return v;
  if (typeof v === "boolean") return v ? 1 : 0;
  if (typeof v === "bigint") return bigToDouble(v);
  const s = typeOf(v).slot;
  if (s.float) {
    const r = s.float(vm, v);
    if (r instanceof PyFloat) return r.value;
    throw typeError(`${typeName(v)}.__float__() must return a float, not ${typeName(r)}`);
  }
  if (s.index) return toDouble(vm, toIndex(vm, v));
  throw typeError(`must be real number, not ${typeName(v)}`);
}

/** int → float, rounding half to even; OverflowError when too large. */
export function bigToDouble(v: bigint): number {
  const d = Number(v);
  if (!Number.isFinite(d)) throw overflowError("int too large to convert to float");
  return d;
}

/** Instance of a Python-level subclass of int. */
export class PyIntSub extends PyAttrObject {
  readonly value: PyInt;
  constructor(cls: PyType, value: PyInt) {
    super();
    this.cls = cls;
    this.value = value;
  }
}

/** Instance of a Python-level subclass of str. */
export class PyStrSub extends PyAttrObject {
  readonly value: string;
  constructor(cls: PyType, value: string) {
    super();
    this.cls = cls;
    this.value = value;
  }
}

/** A str argument, else TypeError "<what> must be str, not <type>". */
export function needStr(v: Value, what: string): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`${what} must be str, not ${typeName(v)}`);
  return s;
}

export function isInstance(v: Value, t: PyType): boolean {
  const cls = typeOf(v);
  return cls === t || cls.isSubtype(t);
}
