/** Out-of-line parts of instructions: displays, unpacking, names, functions, formatting, attribute caches. */
import { isInstanceOf, nameError, newException, type PyBaseException, runtimeError, typeError, valueError } from "../builtins/exceptions.ts";
import { type Code, CO } from "../compile/code.ts";
import { PyDict } from "../objects/dict.ts";
import { mergeMapping } from "../objects/dict-type.ts";
import { format } from "../objects/format.ts";
import { type PyCell, PyFunction } from "../objects/function.ts";
import { type GeneratorKind, PyGenerator, send } from "../objects/generator.ts";
import { collect, sequenceItems } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { PyMethodDescriptor } from "../objects/native.ts";
import {
  callMethod, deleteItem, forEach, getIter, getItem, iterNext, length, lookupAttr, repr, str, typeName, typeOf, unary,
} from "../objects/operations.ts";
import { PyFrozenSet, type PySet } from "../objects/set.ts";
import { asciiText } from "../objects/str-repr.ts";
import { DICT_MODE, type Shape } from "../objects/shape.ts";
import { PyInterpolation, PyTemplate } from "../objects/template.ts";
import type { PyType } from "../objects/type.ts";
import { PyAttrObject, type PyFrozenConst, PyTuple, type Value } from "../objects/values.ts";
import type { Frame } from "./frame.ts";
import type { Interpreter } from "./vm.ts";

// ---- names --------------------------------------------------------------------------------------------------------------------------

/** `.x:3`, the frame's name of a comprehension variable, is `x` to the user. */
function plainName(name: string): string {
  return name.startsWith(".") ? name.slice(1).replace(/:\d+$/, "") : name;
}

export function unboundLocal(name: string): PyBaseException {
  const plain = plainName(name);
  const e = newException("UnboundLocalError", `cannot access local variable '${plain}' where it is not associated with a value`);
  return e;
}

export function unboundCell(code: Code, i: number): PyBaseException {
  if (i < code.cellvars.length) return unboundLocal(code.cellvars[i]!);
  const name = plainName(code.freevars[i - code.cellvars.length]!);
  return newException("NameError", `cannot access free variable '${name}' where it is not associated with a value in enclosing scope`);
}

export function lookupMapping(vm: Interpreter, mapping: Value, name: string): Value | undefined {
  if (mapping instanceof PyDict && mapping.cls === PyDict.prototype.cls) return mapping.getStr(name);
  try {
    return getItem(vm, mapping, name);
  } catch (e) {
    if (isInstanceOf(e, "KeyError")) return undefined;
    throw e;
  }
}

/** A name of a class or module body: in its namespace, else global, else built in. */
export function lookupName(vm: Interpreter, mapping: Value, name: string, frame: Frame): Value | undefined {
  const own = lookupMapping(vm, mapping, name);
  if (own !== undefined) return own;
  const global = lookupMapping(vm, frame.globals, name);
  return global === undefined ? frame.builtins.getStr(name) : global;
}

/** A global name where the globals are an instance of a dict subclass, whose `__getitem__` and `__missing__` count. */
export function lookupGlobal(vm: Interpreter, frame: Frame, name: string): Value {
  const v = lookupName(vm, frame.globals, name, frame);
  if (v === undefined) throw nameError(name);
  return v;
}

export function deleteMapping(vm: Interpreter, mapping: Value, name: string): boolean {
  try {
    deleteItem(vm, mapping, name);
    return true;
  } catch (e) {
    if (isInstanceOf(e, "KeyError")) return false;
    throw e;
  }
}

export function setupAnnotations(vm: Interpreter, frame: Frame): void {
  const ns = frame.names ?? frame.globals;
  if (ns instanceof PyDict) {
    if (ns.getStr("__annotations__") === undefined) ns.setStr("__annotations__", new PyDict());
  } else if (lookupMapping(vm, ns, "__annotations__") === undefined) callMethod(vm, ns, "__setitem__", "__annotations__", new PyDict());
}

// ---- attribute caches -----------------------------------------------------------------------------------------------------------------

interface AttrCache {
  readonly version: number;
  readonly shape: Shape | undefined;
  readonly index: number;
  readonly value: Value;
  readonly next: Shape | undefined;
}

/** A cache entry for `o.name` when the answer depends on type version and shape only. */
export function cacheAttr(o: PyAttrObject, name: string): AttrCache | undefined {
  const cls = o.cls;
  const s = cls.slot;
  if (s.getattribute !== undefined || isType(o) || o.shape === DICT_MODE || o.shape?.unique) return undefined;
  const attr = cls.lookup(name);
  const index = o.shape?.keys.get(name) ?? -1;
  if (attr === undefined) return index >= 0 ? { version: cls.version, shape: o.shape, index, value: null, next: undefined } : undefined;
  const d = typeOf(attr).slot;
  if (d.set || d.delete) return undefined;
  if (index >= 0) return { version: cls.version, shape: o.shape, index, value: null, next: undefined };
  return d.get ? undefined : { version: cls.version, shape: o.shape, index: -1, value: attr, next: undefined };
}

function isType(o: PyAttrObject): boolean {
  return "mro" in o;
}

/** The unbound function behind `o.name(…)` when binding a method object can be skipped. */
export function cacheMethod(o: Value, cls: PyType, name: string): { value: Value; shape: Shape | undefined; cacheable: boolean } | undefined {
  if (cls.slot.getattribute !== undefined) return undefined;
  if (o instanceof PyAttrObject && isType(o)) return undefined;
  const attr = cls.lookup(name);
  if (!(attr instanceof PyFunction) && !(attr instanceof PyMethodDescriptor)) return undefined;
  let shape: Shape | undefined;
  if (o instanceof PyAttrObject) {
    shape = o.shape;
    if (shape === DICT_MODE ? (o.slots![0] as PyDict).getStr(name) !== undefined : shape?.keys.has(name)) return undefined;
  }
  return { value: attr, shape, cacheable: shape === undefined || (shape !== DICT_MODE && !shape.unique) };
}

// ---- displays and unpacking -------------------------------------------------------------------------------------------------------------

const frozen: WeakMap<PyFrozenConst, PyFrozenSet> = new WeakMap();
/** Elements are hashable constants, so the set can be shared by all VMs. */
export function frozenConst(vm: Interpreter, c: PyFrozenConst): PyFrozenSet {
  let s = frozen.get(c);
  if (!s) {
    s = new PyFrozenSet();
    for (const v of c.items) s.add(vm, v);
    frozen.set(c, s);
  }
  return s;
}

export function extendList(vm: Interpreter, list: PyList, v: Value): void {
  const items = sequenceItems(v);
  if (items) {
    for (const x of items) list.items.push(x);
    return;
  }
  const s = typeOf(v).slot;
  if (!s.iter && !s.getitem) throw typeError(`Value after * must be an iterable, not ${typeName(v)}`);
  forEach(vm, v, (x) => void list.items.push(x));
}

export function updateSet(vm: Interpreter, set: PySet, v: Value): void {
  forEach(vm, v, (x) => set.add(vm, x));
}

export function updateMap(vm: Interpreter, d: PyDict, v: Value): void {
  if (!(v instanceof PyDict) && lookupAttr(vm, v, "keys") === undefined) throw typeError(`'${typeName(v)}' object is not a mapping`);
  mergeMapping(v, vm, (k, x) => d.set(vm, k, x));
}

function calleeName(vm: Interpreter, f: Value): string {
  if (f instanceof PyFunction) return `${f.module === "builtins" || f.module === null ? "" : `${str(vm, f.module)}.`}${f.qualname}()`;
  const q = f === undefined || f === null ? undefined : lookupAttr(vm, f, "__qualname__");
  return q === undefined ? `${repr(vm, f)}` : `${str(vm, q)}()`;
}

/** `**v` in a call of `f`. */
export function mergeKeywords(vm: Interpreter, d: PyDict, v: Value, f: Value): void {
  if (!(v instanceof PyDict) && lookupAttr(vm, v, "keys") === undefined) throw typeError(`${calleeName(vm, f)} argument after ** must be a mapping, not ${typeName(v)}`);
  mergeMapping(v, vm, (k, x) => {
    if (typeof k !== "string" && !(typeof k === "object" && k !== null && "value" in k && typeof k.value === "string")) throw typeError("keywords must be strings");
    if (d.has(vm, k)) throw typeError(`${calleeName(vm, f)} got multiple values for keyword argument '${str(vm, k)}'`);
    d.set(vm, k, x);
  });
}

export function callArguments(vm: Interpreter, f: Value, given: Value, kwargs: Value | undefined): { args: Value[]; names: readonly string[] | undefined } {
  let items = sequenceItems(given);
  if (!items) {
    const s = typeOf(given).slot;
    if (!s.iter && !s.getitem) throw typeError(`${calleeName(vm, f)} argument after * must be an iterable, not ${typeName(given)}`);
    items = collect(vm, given);
  }
  if (!(kwargs instanceof PyDict) || kwargs.size === 0) return { args: [...items], names: undefined };
  const names: string[] = [];
  const args = [...items];
  for (const e of kwargs.entries()) {
    names.push(str(vm, e.key));
    args.push(e.value);
  }
  return { args, names };
}

export function unpackExact(vm: Interpreter, v: Value, n: number): readonly Value[] {
  const items = sequenceItems(v);
  if (items) {
    if (items.length === n) return items;
    throw items.length < n ? valueError(`not enough values to unpack (expected ${n}, got ${items.length})`) : tooMany(n, items.length);
  }
  const it = unpackIterator(vm, v);
  const out: Value[] = [];
  while (out.length < n) {
    const x = iterNext(vm, it);
    if (x === undefined) throw valueError(`not enough values to unpack (expected ${n}, got ${out.length})`);
    out.push(x);
  }
  if (iterNext(vm, it) !== undefined) throw tooMany(n, v instanceof PyDict ? v.size : undefined);
  return out;
}

function tooMany(n: number, got: number | undefined): PyBaseException {
  return valueError(`too many values to unpack (expected ${n}${got === undefined ? "" : `, got ${got}`})`);
}

function unpackIterator(vm: Interpreter, v: Value): Value {
  const s = typeOf(v).slot;
  if (!s.iter && !s.getitem) throw typeError(`cannot unpack non-iterable ${typeName(v)} object`);
  return getIter(vm, v);
}

export function unpackStar(vm: Interpreter, v: Value, before: number, after: number): Value[] {
  const items = sequenceItems(v) ?? collect(vm, unpackIterator(vm, v));
  if (items.length < before + after) throw valueError(`not enough values to unpack (expected at least ${before + after}, got ${items.length})`);
  const end = items.length - after;
  return [...items.slice(0, before), new PyList(items.slice(before, end)), ...items.slice(end)];
}

// ---- functions --------------------------------------------------------------------------------------------------------------------------

export function makeFunction(frame: Frame, code: Value): PyFunction {
  const f = new PyFunction(code as Code, frame.globals, frame.builtins);
  f.module = frame.globals.getStr("__name__") ?? null;
  if (f.code.flags & CO.HAS_DOCSTRING) f.doc = f.code.consts[0] as Value;
  return f;
}

export function setFunctionAttribute(f: PyFunction, which: number, v: Value): void {
  if (which === 1) f.defaults = (v as PyTuple).items;
  else if (which === 2) f.kwdefaults = v as PyDict;
  else if (which === 4) f.annotations = v;
  else if (which === 8) f.closure = (v as PyTuple).items as unknown as readonly PyCell[];
  else f.annotate = v;
}

export function generatorKind(code: Code): GeneratorKind {
  if (code.flags & CO.ASYNC_GENERATOR) return "async_generator";
  return code.flags & CO.COROUTINE ? "coroutine" : "generator";
}

export function stopIterationError(code: Code, exc: PyBaseException): PyBaseException {
  let message: string | undefined;
  const kind = generatorKind(code).replace("_", " ");
  if (isInstanceOf(exc, "StopIteration")) message = `${kind} raised StopIteration`;
  else if (kind === "async generator" && isInstanceOf(exc, "StopAsyncIteration")) message = "async generator raised StopAsyncIteration";
  if (message === undefined) return exc;
  const e = runtimeError(message);
  e.cause = exc;
  e.context = exc;
  e.suppressContext = true;
  return e;
}

/** One step of `yield from` / `await` over any iterator. */
export function sendTo(vm: Interpreter, it: Value, v: Value): { value: Value; done: boolean } {
  try {
    if (it instanceof PyGenerator) return { value: send(vm, it, v), done: false };
    if (v === null) {
      if (!typeOf(it).native && typeOf(it).lookup("__next__") !== undefined) return { value: callMethod(vm, it, "__next__"), done: false };
      const x = iterNext(vm, it);
      return x === undefined ? { value: null, done: true } : { value: x, done: false };
    }
    return { value: callMethod(vm, it, "send", v), done: false };
  } catch (e) {
    if (isInstanceOf(e, "StopIteration")) return { value: (e.args.items[0] ?? null) as Value, done: true };
    throw e;
  }
}

export function asyncIterator(vm: Interpreter, o: Value): Value {
  const f = typeOf(o).slot.aiter;
  if (!f) throw typeError(`'async for' requires an object with __aiter__ method, got ${typeName(o)}`);
  const it = f(vm, o);
  if (!typeOf(it).slot.anext) throw typeError(`'async for' received an object from __aiter__ that does not implement __anext__: ${typeName(it)}`);
  return it;
}

export function asyncNext(vm: Interpreter, it: Value): Value {
  const f = typeOf(it).slot.anext;
  if (!f) throw typeError(`'async for' requires an iterator with __anext__ method, got ${typeName(it)}`);
  const a = f(vm, it);
  if (a instanceof PyGenerator && a.kind === "coroutine") return a;
  const w = typeOf(a).slot.await;
  if (!w) throw typeError(`'async for' received an invalid object from __anext__: ${typeName(a)}`);
  return w(vm, a);
}

// ---- text -------------------------------------------------------------------------------------------------------------------------------

export function formatValue(vm: Interpreter, v: Value, conversion: number, spec: string): string {
  let x = v;
  if (conversion === 1) x = str(vm, v);
  else if (conversion === 2) x = repr(vm, v);
  else if (conversion === 3) x = asciiText(repr(vm, v));
  if (spec === "" && typeof x === "string") return x;
  return format(vm, x, spec);
}

export function interpolation(_vm: Interpreter, v: Value, text: string, conversion: number, spec: string): Value {
  return new PyInterpolation(v, text, conversion === 0 ? null : ["s", "r", "a"][conversion - 1]!, spec);
}

export function template(_vm: Interpreter, strings: PyTuple, parts: PyTuple): Value {
  return new PyTemplate(strings.items as readonly string[], parts.items as readonly PyInterpolation[]);
}

// ---- patterns, the rest ---------------------------------------------------------------------------------------------------------------------

export function len(vm: Interpreter, v: Value): number {
  return length(vm, v);
}

export function isSequencePattern(v: Value): boolean {
  return typeOf(v).mro.some((t) => t.isSequence);
}

export function isMappingPattern(v: Value): boolean {
  return typeOf(v).mro.some((t) => t.isMapping);
}

export function invert(vm: Interpreter, v: Value): Value {
  if (typeof v === "number" && v >= -0x80000000 && v <= 0x7fffffff) return ~v;
  if (typeof v === "boolean")
    vm.warn(vm.exceptionType("DeprecationWarning"), "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.");
  return unary(vm, "invert", v);
}

