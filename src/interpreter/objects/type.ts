/**
 * Types: MRO (C3), attribute lookup with a per-type cache, slot inheritance, native type definition.
 *
 * Native (built-in) types are immutable and shared by all VMs of a process; classes written in Python belong to one VM and are mutable.
 * Invariant: `slots` of a type equals what its MRO says; changing an attribute of a Python class re-derives the slots of it and its subclasses
 * (class creation and mutation live in classes.ts).
 */
import { emptySlots, type KwNames, SLOT_OF_DUNDER, SLOTS, type SlotFns, type SlotName, type Slots } from "./slots.ts";
import { EMPTY_SHAPE, type Shape } from "./shape.ts";
import { PyAttrObject, PyObject, type Value } from "./values.ts";
import type { NativeFn } from "./native.ts";
import type { VM } from "./runtime.ts";

export class PyType extends PyAttrObject {
  name: string;
  qualname: string;
  /** `__module__` of native types; Python classes keep it in attrs. */
  module: string;
  bases: PyType[];
  mro: PyType[];
  /** The class's own namespace (`__dict__`). Mutate Python classes only through classes.ts. */
  readonly attrs: Map<string, Value> = new Map();
  readonly slots_: Slots = emptySlots();
  /** The nearest native type whose JS layout instances have (object for plain classes). */
  layout: PyType;
  /**
   * The nearest type that adds fields to its instances: native ones with storage of their own, classes with non-empty `__slots__`.
   * Two bases go together when the solid type of one is a subtype of the other's.
   */
  solid: PyType;
  /** Instances can be referenced weakly (classes written in Python; native types: class-layout.ts). */
  weakrefs = false;
  /** True for types declared by defineType. */
  readonly native: boolean;
  /** Instances have a `__dict__` / attributes of their own. */
  hasDict: boolean;
  /** May be subclassed (bool, NoneType, function … may not). */
  subclassable = true;
  doc: string | null = null;
  /** Changes whenever this type's lookups may change: inline caches compare it. Unique across types. */
  version: number = nextVersion();
  /** Python subclasses, weakly (for mutation and `__subclasses__`). */
  readonly subclasses: Set<WeakRef<PyType>> = new Set();
  /** The interpreter whose program made this class; undefined for the types that all interpreters share. */
  owner: VM | undefined = undefined;
  /** A native type whose attributes Python code may change (a heap type of C, made for one VM). */
  mutable = false;
  /** `__abstractmethods__` when it is not empty: the class cannot be instantiated (PEP 3119). */
  abstractMethods: Value | undefined = undefined;
  /** Has a `__del__`: the end of an instance is to be noticed (vm/finalizer.ts). */
  finalized = false;
  /** A hint: the end of some instance is or was looked for, in some interpreter. */
  hasWatched = false;
  /** Counts as a sequence / mapping for pattern matching (PEP 634; set by the registration with collections.abc). */
  isSequence = false;
  isMapping = false;
  /** Initial shape of instances. */
  readonly instanceShape: Shape = EMPTY_SHAPE;
  private readonly cache: Map<string, Value | undefined> = new Map();

  constructor(name: string, bases: PyType[], native: boolean) {
    super();
    this.name = name;
    this.qualname = name;
    this.module = "builtins";
    this.bases = bases;
    this.native = native;
    this.mro = [this];
    this.layout = this;
    this.solid = this;
    this.hasDict = false;
  }

  /** The slot table, read as `type.slot.add`. */
  get slot(): Slots {
    return this.slots_;
  }

  /** _PyType_Lookup: the attribute along the MRO, no descriptors bound. */
  lookup(name: string): Value | undefined {
    const hit = this.cache.get(name);
    if (hit !== undefined || this.cache.has(name)) return hit;
    let found: Value | undefined;
    for (const t of this.mro) {
      found = t.attrs.get(name);
      if (found !== undefined) break;
    }
    this.cache.set(name, found);
    return found;
  }

  isSubtype(other: PyType): boolean {
    return this === other || this.mro.includes(other);
  }

  /** To be called after `attrs`, `bases` or `mro` changed: forgets caches here and in all subclasses. */
  modified(): void {
    this.version = nextVersion();
    this.cache.clear();
    for (const ref of this.subclasses) {
      const sub = ref.deref();
      if (sub) sub.modified();
      else this.subclasses.delete(ref);
    }
  }
}

let versions = 0;
function nextVersion(): number {
  return ++versions;
}

/** C3 linearisation (PEP 253, Barrett et al. 1996). Returns undefined when no consistent order exists. */
export function c3(self: PyType, bases: readonly PyType[]): PyType[] | undefined {
  const lists: PyType[][] = [...bases.map((b) => [...b.mro]), [...bases]];
  const out: PyType[] = [self];
  for (;;) {
    const rest = lists.filter((l) => l.length > 0);
    if (rest.length === 0) return out;
    const head = rest.map((l) => l[0]!).find((h) => rest.every((l) => l.indexOf(h, 1) < 0));
    if (head === undefined) return undefined;
    out.push(head);
    for (const l of rest) if (l[0] === head) l.shift();
  }
}

/** Declaration of a native type. Every row of methods/statics/classMethods is [text signature, function, doc?]. */
export interface TypeSpec {
  name: string;
  module?: string;
  base?: PyType;
  /** JS class whose instances have this type: `cls` is put on its prototype. */
  js?: abstract new (...args: never[]) => PyObject;
  doc?: string;
  slots?: { [K in SlotName]?: SlotFns[K] };
  /** Slots that stay empty, so that the VM takes its generic path, but are seen as special methods. */
  wrappersOnly?: readonly SlotName[];
  /** Constructor: text signature without `cls` and the function (vm, cls, ...bound). Sets slot `new`. Omit to forbid instantiation or to inherit. */
  new?: NativeRow | null;
  /** `__init__` with a text signature: (vm, self, ...bound). */
  init?: NativeRow;
  methods?: Record<string, NativeRow>;
  classMethods?: Record<string, NativeRow>;
  staticMethods?: Record<string, NativeRow>;
  /** name: [getter, setter?, doc?]; a setter receives undefined on deletion. */
  getset?: Record<string, GetSetRow>;
  /** Plain class attributes. */
  attrs?: Record<string, Value>;
  hasDict?: boolean;
  subclassable?: boolean;
}

/** Text signature as inspect.signature prints it, with `$self` first for methods: "($self, object, /)". */
export type NativeRow = readonly [signature: string, fn: NativeFn, doc?: string];
export type GetSetRow = readonly [
  get: (vm: VM, self: never) => Value,
  set?: ((vm: VM, self: never, value: Value | undefined) => void) | undefined,
  doc?: string,
];

/** native.ts installs the makers of descriptors here, so that type.ts imports no object that needs a type. */
export interface DescriptorMakers {
  method(owner: PyType, name: string, row: NativeRow): Value;
  classMethod(owner: PyType, name: string, row: NativeRow): Value;
  staticMethod(owner: PyType, name: string, row: NativeRow): Value;
  getset(owner: PyType, name: string, row: GetSetRow): Value;
  slotWrapper(owner: PyType, dunder: string, slot: SlotName): Value;
  newFunction(owner: PyType): Value;
  /** The `__dict__` attribute of instances that have one. */
  instanceDict(owner: PyType): Value;
  bindNew(owner: PyType, row: NativeRow): (vm: VM, cls: PyType, args: Value[], kwnames: KwNames) => Value;
  bindInit(owner: PyType, row: NativeRow): (vm: VM, self: Value, args: Value[], kwnames: KwNames) => void;
}

let makers: DescriptorMakers | undefined;
const pending: (() => void)[] = [];

/** Called once by native.ts when it is loaded. */
export function installDescriptorMakers(m: DescriptorMakers): void {
  makers = m;
  for (const run of pending.splice(0)) run();
}

export function defineType(spec: TypeSpec): PyType {
  const base = spec.base ?? (spec.name === "object" ? undefined : objectType);
  const t = new PyType(spec.name, base ? [base] : [], true);
  t.module = spec.module ?? "builtins";
  t.mro = base ? [t, ...base.mro] : [t];
  t.doc = spec.doc ?? null;
  t.layout = spec.js || !base ? t : base.layout;
  t.solid = spec.js || !base ? t : base.solid;
  t.hasDict = spec.hasDict ?? base?.hasDict ?? false;
  t.subclassable = spec.subclassable ?? true;
  if (spec.js) spec.js.prototype.cls = t;
  if (base) base.subclasses.add(new WeakRef(t));
  fillSlots(t, spec);
  const attach = () => attachDescriptors(t, spec, makers!);
  if (makers) attach();
  else pending.push(attach);
  return t;
}

/** Adds methods, getset, slots to a type declared elsewhere (a file that would be too large, or a cycle). */
export function extendType(t: PyType, spec: Omit<TypeSpec, "name">): void {
  if (spec.js) spec.js.prototype.cls = t;
  if (spec.doc) t.doc = spec.doc;
  for (const slot of Object.keys(spec.slots ?? {}) as SlotName[]) setSlot(t, slot, spec.slots![slot]);
  if (spec.slots?.eq && spec.slots.hash === undefined) setSlot(t, "hash", null);
  const attach = () => {
    const before = { new: t.slots_.new, init: t.slots_.init };
    attachDescriptors(t, { ...spec, name: t.name }, makers!);
    if (spec.doc) t.attrs.set("__doc__", spec.doc);
    for (const slot of ["new", "init"] as const) inheritSlot(t, slot, before[slot]);
    t.modified();
  };
  if (makers) attach();
  else pending.push(attach);
}

/** Changes one slot of a type and of every subtype that inherited it. */
export function setSlot<K extends SlotName>(t: PyType, slot: K, fn: Slots[K]): void {
  const before = t.slots_[slot];
  t.slots_[slot] = fn;
  inheritSlot(t, slot, before);
}

function inheritSlot<K extends SlotName>(t: PyType, slot: K, before: Slots[K]): void {
  for (const ref of t.subclasses) {
    const sub = ref.deref();
    if (sub && sub.slots_[slot] === before) setSlot(sub, slot, t.slots_[slot]);
  }
}

/** Declares that instances of a native type have fields that those of its base lack, though they share a JS class. */
export function addsFields(t: PyType): void {
  const before = t.solid;
  t.solid = t;
  for (const ref of t.subclasses) {
    const sub = ref.deref();
    if (sub?.solid === before) inheritSolid(sub, before, t);
  }
}

function inheritSolid(t: PyType, before: PyType, solid: PyType): void {
  t.solid = solid;
  for (const ref of t.subclasses) {
    const sub = ref.deref();
    if (sub?.solid === before) inheritSolid(sub, before, solid);
  }
}

function fillSlots(t: PyType, spec: TypeSpec): void {
  const base = t.mro[1];
  if (base) Object.assign(t.slots_, base.slots_);
  if (!spec.slots) return;
  // a type that defines equality but no hash is unhashable, as in Python
  if (spec.slots.eq && spec.slots.hash === undefined && base) t.slots_.hash = null;
  Object.assign(t.slots_, spec.slots);
}

const COMPARISONS: readonly SlotName[] = ["lt", "le", "eq", "ne", "gt", "ge"];
/** Special methods that appear together, because CPython implements them by one slot; those whose slot is empty here answer NotImplemented. */
const SLOT_FAMILY: { readonly [K in SlotName]?: readonly SlotName[] } = Object.fromEntries(COMPARISONS.map((c) => [c, COMPARISONS]));

function attachDescriptors(t: PyType, spec: TypeSpec, m: DescriptorMakers): void {
  for (const slot of Object.keys(spec.slots ?? {}) as SlotName[]) {
    const dunder = SLOTS[slot];
    if (slot === "hash" && spec.slots!.hash === null) t.attrs.set(dunder, null);
    else if (slot !== "new") t.attrs.set(dunder, m.slotWrapper(t, dunder, slot));
    for (const also of SLOT_FAMILY[slot] ?? []) if (!t.attrs.has(SLOTS[also])) t.attrs.set(SLOTS[also], m.slotWrapper(t, SLOTS[also], also));
  }
  for (const slot of spec.wrappersOnly ?? []) t.attrs.set(SLOTS[slot], m.slotWrapper(t, SLOTS[slot], slot));
  if (spec.slots?.eq && spec.slots.hash === undefined && t.mro.length > 1) t.attrs.set("__hash__", null);
  if (spec.new) t.slots_.new = m.bindNew(t, spec.new);
  if (spec.new === null) t.slots_.new = undefined;
  if (spec.new || spec.slots?.new) t.attrs.set("__new__", m.newFunction(t));
  if (spec.init) {
    t.slots_.init = m.bindInit(t, spec.init);
    t.attrs.set("__init__", m.slotWrapper(t, "__init__", "init"));
  }
  if (spec.hasDict && spec.js && t !== typeType) t.attrs.set("__dict__", m.instanceDict(t));
  for (const [name, row] of Object.entries(spec.methods ?? {})) t.attrs.set(name, m.method(t, name, row));
  for (const [name, row] of Object.entries(spec.classMethods ?? {})) t.attrs.set(name, m.classMethod(t, name, row));
  for (const [name, row] of Object.entries(spec.staticMethods ?? {})) t.attrs.set(name, m.staticMethod(t, name, row));
  for (const [name, row] of Object.entries(spec.getset ?? {})) t.attrs.set(name, m.getset(t, name, row));
  for (const [name, v] of Object.entries(spec.attrs ?? {})) t.attrs.set(name, v);
  if (!t.attrs.has("__doc__")) t.attrs.set("__doc__", spec.doc ?? null);
}

/** Whether an instance is compared and hashed by identity (neither `__eq__` nor `__hash__` overridden): then it is its own dict key. */
export function identityHashed(o: PyObject): boolean {
  const s = o.cls.slots_;
  return s.hash === objectType.slots_.hash && s.eq === objectType.slots_.eq;
}

export function isDunderSlot(name: string): boolean {
  return SLOT_OF_DUNDER.has(name);
}

/** The types that typeOf needs at once; their slots and methods are filled in by object.ts, classes.ts, int.ts … through extendType. */
export const objectType: PyType = defineType({ name: "object" });
export const typeType: PyType = defineType({ name: "type", js: PyType, hasDict: true });
export const intType: PyType = defineType({ name: "int" });
addsFields(intType);
export const boolType: PyType = defineType({ name: "bool", base: intType, subclassable: false });
export const strType: PyType = defineType({ name: "str" });
addsFields(strType);
export const noneType: PyType = defineType({ name: "NoneType", subclassable: false });
