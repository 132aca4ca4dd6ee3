/**
 * What a class adds to the layout of its instances: `__slots__`, `__dict__`, `__weakref__`, and which bases go together.
 *
 * A class has one solid type (PyType.solid): bases conflict unless their solid types are in line. Source: CPython's best_base and type_new_slots, seen
 * from outside. Weakness: sizes in bytes are not modelled.
 */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { PyMember } from "./member.ts";
import { INSTANCE_DICT, PyGetSet } from "./native.ts";
import { plainStr, toArray, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { type GetSetRow, intType, type PyType, typeType } from "./type.ts";
import { PyBytes, PyTuple, type Value } from "./values.ts";

/** The base that decides the layout; solid types that are not in line are an error. */
export function bestBase(bases: readonly PyType[]): PyType {
  let best = bases[0]!;
  for (const b of bases) {
    if (!b.subclassable) throw typeError(`type '${b.name}' is not an acceptable base type`);
    if (best.solid.isSubtype(b.solid)) continue;
    if (b.solid.isSubtype(best.solid)) best = b;
    else throw typeError("multiple bases have instance lay-out conflict");
  }
  return best;
}

/** References are kept outside the object, so the head of their list is never seen. */
const WEAK_LIST: GetSetRow = [() => null];

/** Types whose instances differ in size: they take neither `__slots__` nor weak references. */
function variableSize(t: PyType): boolean {
  return [intType, typeType, PyTuple.prototype.cls, PyBytes.prototype.cls].some((v) => t.isSubtype(v));
}

/** Built-in types whose instances can be referenced weakly. */
const REFERENTS: ReadonlySet<string> = new Set([
  "type",
  "function",
  "builtin_function_or_method",
  "method",
  "generator",
  "coroutine",
  "async_generator",
  "code",
  "module",
  "set",
  "frozenset",
  "memoryview",
  "deque",
  "array",
  "OrderedDict",
  "partial",
  "_lru_cache_wrapper",
  "Pattern",
  "GenericAlias",
  "Union",
  "TypeVar",
  "ParamSpec",
  "TypeVarTuple",
  "lock",
  "RLock",
  "ExceptionGroup",
  "ndarray",
  "FileIO",
  "BytesIO",
  "StringIO",
  "BufferedReader",
  "BufferedWriter",
  "BufferedRandom",
  "BufferedRWPair",
  "TextIOWrapper",
  "Struct",
  "slice_iterator",
  "count",
  "tee",
  "Random",
  "Context",
]);

/** Decided once a type: natives by name, subclasses written in Python by what their layout adds. */
export function weaklyReferable(t: PyType): boolean {
  return t.weakrefs || t.mro.some((b) => b.native && REFERENTS.has(b.name));
}

/** Sets layout, solid, hasDict and weakrefs of a new class and adds the descriptors that go with them. */
export function layOut(vm: VM, cls: PyType, base: PyType, slots: Value | undefined): void {
  cls.layout = base.layout;
  cls.solid = base.solid;
  const mayHaveDict = !base.hasDict;
  const mayHaveWeak = !weaklyReferable(base) && !variableSize(base);
  const given = slots === undefined ? undefined : slotNames(vm, slots);
  if (given?.length && variableSize(base)) throw typeError(`nonempty __slots__ not supported for subtype of '${base.name}'`);
  const dict = mayHaveDict && (given === undefined || takeOnce(given, "__dict__"));
  const weak = mayHaveWeak && (given === undefined || takeOnce(given, "__weakref__"));
  for (const special of ["__dict__", "__weakref__"])
    if (given?.includes(special)) throw typeError(`${special} slot disallowed: we already got one`);
  if (given?.length) addMembers(cls, given);
  cls.hasDict = !mayHaveDict || dict || cls.bases.some((b) => b.hasDict);
  cls.weakrefs = weak || cls.bases.some(weaklyReferable);
  if (cls.hasDict && !cls.bases.some((b) => b.lookup("__dict__") instanceof PyGetSet))
    cls.attrs.set("__dict__", new PyGetSet(cls, "__dict__", INSTANCE_DICT));
  if (cls.weakrefs && !cls.bases.some(weaklyReferable)) cls.attrs.set("__weakref__", new PyGetSet(cls, "__weakref__", WEAK_LIST));
}

/** Removes one occurrence. */
function takeOnce(names: string[], name: string): boolean {
  const i = names.indexOf(name);
  if (i >= 0) names.splice(i, 1);
  return i >= 0;
}

function slotNames(vm: VM, slots: Value): string[] {
  const names = plainStr(slots) !== undefined ? [slots] : toArray(vm, slots);
  return names.map((n) => {
    const s = plainStr(n);
    if (s === undefined) throw typeError(`__slots__ items must be strings, not '${typeName(n)}'`);
    if (!/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}_]*$/u.test(s)) throw typeError("__slots__ must be identifiers");
    return s;
  });
}

const SET_BY_THE_COMPILER: ReadonlySet<string> = new Set(["__qualname__", "__classcell__", "__classdictcell__"]);

function addMembers(cls: PyType, names: readonly string[]): void {
  const own = new Set(cls.attrs.keys());
  for (const raw of names) {
    const name = raw.startsWith("__") && !raw.endsWith("__") ? `_${cls.name.replace(/^_+/, "")}${raw}` : raw;
    if (own.has(name) && name !== "__doc__" && !SET_BY_THE_COMPILER.has(name))
      throw valueError(`'${raw}' in __slots__ conflicts with class variable`);
    cls.attrs.set(name, new PyMember(cls, name));
  }
  cls.solid = cls;
}
