/**
 * Natives: functions written in TypeScript and callable from Python.
 *
 * One row a function: [text signature, function, doc]. The signature text is what inspect.signature prints ("($self, a, b=0, /, *, key=None)");
 * argument binding, its error messages and `__text_signature__` derive from it. Rules for the JS function:
 *   - first parameter is the VM, then `$self` / `$cls` / `$module` if the signature names one, then one JS parameter per Python parameter;
 *   - an optional parameter that was not given arrives as `undefined` (an explicit None arrives as null), whatever default the text shows;
 *   - `*args` arrives as Value[], `**kwargs` as Map<string, Value>;
 *   - returns a Value (None is null).
 */
import { attributeErrorText, typeError } from "../builtins/exceptions.ts";
import { PyDict } from "./dict.ts";
import { dictOf } from "./object.ts";
import type { VM } from "./runtime.ts";
import type { KwNames, SlotName } from "./slots.ts";
import { defineType, type GetSetRow, installDescriptorMakers, type NativeRow, objectType, PyType } from "./type.ts";
import { typeName, typeOf } from "./operations.ts";
import { PyAttrObject, PyObject, type Value } from "./values.ts";
import { callSlotWrapper } from "./slot-wrappers.ts";

export type NativeFn = (vm: VM, ...args: never[]) => Value;
type AnyFn = (vm: VM, ...args: unknown[]) => Value;

interface Param {
  readonly name: string;
  readonly kind: "positional" | "either" | "keyword";
  readonly required: boolean;
}

/** A parsed text signature. */
export class Signature {
  readonly params: readonly Param[];
  readonly star: boolean;
  readonly starstar: boolean;
  /** `$self`, `$cls`, `$module` or undefined. */
  readonly bound: string | undefined;
  readonly minPositional: number;
  readonly maxPositional: number;
  private readonly positionalOnly: number;
  /** Only positional parameters, no stars: the fast path applies. */
  readonly simple: boolean;

  constructor(text: string) {
    const items = splitParams(withoutGroups(text.slice(1, text.lastIndexOf(")"))));
    const params: Param[] = [];
    let kind: Param["kind"] = "either";
    let star = false;
    let starstar = false;
    let bound: string | undefined;
    for (const item of items) {
      if (item.startsWith("$")) bound = item.replace(/[,\s].*/, "");
      else if (item === "/") for (let i = 0; i < params.length; i++) params[i] = { ...params[i]!, kind: "positional" };
      else if (item === "*") kind = "keyword";
      else if (item.startsWith("**")) starstar = true;
      else if (item.startsWith("*")) {
        star = true;
        kind = "keyword";
      } else {
        const eq = item.indexOf("=");
        params.push({ name: (eq < 0 ? item : item.slice(0, eq)).trim(), kind, required: eq < 0 });
      }
    }
    this.params = params;
    this.star = star;
    this.starstar = starstar;
    this.bound = bound;
    const positional = params.filter((p) => p.kind !== "keyword");
    this.minPositional = positional.filter((p) => p.required).length;
    this.maxPositional = positional.length;
    this.positionalOnly = params.filter((p) => p.kind === "positional").length;
    this.simple = !star && !starstar && positional.length === params.length;
  }

  /**
   * Binds a call: JS arguments after vm and self. Raises TypeError worded as CPython does: argument clinic's messages name the function only,
   * those of plain C functions (no argument, one argument, no keywords) qualify it.
   */
  bind(name: string, args: readonly Value[], kwnames: KwNames, skip = 0, qualified = name, constructor = false): unknown[] {
    const nkw = kwnames ? kwnames.length : 0;
    const npos = args.length - nkw - skip;
    const out: unknown[] = new Array(this.params.length).fill(undefined);
    if (!this.star && !this.starstar && this.params.length > this.positionalOnly) this.checkCount(name, npos, nkw);
    if (npos > this.maxPositional && !this.star) throw this.tooMany(name, npos, constructor ? undefined : qualified);
    for (let i = 0; i < npos && i < this.maxPositional; i++) out[i] = args[skip + i];
    const kwargs = this.starstar ? new Map<string, Value>() : undefined;
    for (let k = 0; k < nkw; k++) this.bindKeyword(name, kwnames![k]!, args[skip + npos + k]!, out, npos, kwargs, qualified);
    this.checkRequired(name, out, npos, constructor ? undefined : qualified);
    if (!this.star && !kwargs) return out;
    const firstKeyword = this.maxPositional;
    const rest = args.slice(skip + Math.min(npos, this.maxPositional), skip + npos);
    if (this.star) out.splice(firstKeyword, 0, rest);
    if (kwargs) out.push(kwargs);
    return out;
  }

  private bindKeyword(
    name: string, key: string, value: Value, out: unknown[], npos: number, kwargs: Map<string, Value> | undefined, qualified: string,
  ): void {
    const i = this.params.findIndex((p) => p.name === key && p.kind !== "positional");
    if (i >= 0) {
      if (i < npos && i < this.maxPositional) throw typeError(`argument for ${name}() given by name ('${key}') and position (${i + 1})`);
      out[i] = value;
    } else if (kwargs) kwargs.set(key, value);
    else if (this.params.every((p) => p.kind === "positional")) throw typeError(`${qualified}() takes no keyword arguments`);
    else if (this.params.some((p) => p.name === key)) throw typeError(`${name}() got some positional-only arguments passed as keyword arguments: '${key}'`);
    else throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
  }

  private checkRequired(name: string, out: unknown[], npos: number, qualified: string | undefined): void {
    for (let i = npos; i < this.params.length; i++) {
      const p = this.params[i]!;
      if (!p.required || out[i] !== undefined) continue;
      if (p.kind === "positional") throw this.tooFew(name, npos, qualified);
      if (p.kind === "keyword") throw typeError(`${name}() missing required keyword-only argument: '${p.name}'`);
      throw typeError(`${name}() missing required argument '${p.name}' (pos ${i + 1})`);
    }
  }

  /** What argument clinic checks first when parameters may be given by name: the number of arguments. */
  private checkCount(name: string, npos: number, nkw: number): void {
    const { minPositional: min, maxPositional: max, positionalOnly } = this;
    const plural = (n: number) => (n === 1 ? "" : "s");
    const given = `(${npos} given)`;
    if (npos + nkw > this.params.length)
      throw typeError(`${name}() takes at most ${this.params.length} ${npos === 0 ? "keyword " : ""}argument${plural(this.params.length)} (${npos + nkw} given)`);
    if (npos > max) {
      if (max === 0) throw typeError(`${name}() takes no positional arguments`);
      throw typeError(`${name}() takes ${min < max ? "at most" : "exactly"} ${max} positional argument${plural(max)} ${given}`);
    }
    const needed = Math.min(min, positionalOnly);
    if (npos < needed) throw typeError(`${name}() takes ${needed < max ? "at least" : "exactly"} ${needed} positional argument${plural(needed)} ${given}`);
  }

  private tooFew(name: string, got: number, qualified: string | undefined): Value {
    const { minPositional: min, maxPositional: max } = this;
    if (min === max && !this.star) return this.arity(name, got, qualified);
    return typeError(`${name} expected at least ${min} argument${min === 1 ? "" : "s"}, got ${got}`);
  }

  /** Constructors (no qualified name) take a tuple of arguments, which words it differently from functions of one argument. */
  private arity(name: string, got: number, qualified: string | undefined): Value {
    if (qualified !== undefined && this.maxPositional === 1 && this.params[0]!.kind === "positional") return typeError(`${qualified}() takes exactly one argument (${got} given)`);
    return typeError(`${name} expected ${this.maxPositional} argument${this.maxPositional === 1 ? "" : "s"}, got ${got}`);
  }

  private tooMany(name: string, got: number, qualified: string | undefined): Value {
    const { minPositional: min, maxPositional: max } = this;
    if (max === 0 && this.params.length === 0) return typeError(`${qualified ?? name}() takes no arguments (${got} given)`);
    if (min === max) return this.arity(name, got, qualified);
    return typeError(`${name} expected at most ${max} argument${max === 1 ? "" : "s"}, got ${got}`);
  }
}

/** Optional groups as parameters with a default: "sub[, start[, end]]" binds like "sub, start=None, end=None". */
function withoutGroups(body: string): string {
  return body.includes("[, ") ? body.replace(/\[, (\w+)/g, ", $1=None").replace(/\]+/g, "") : body;
}

function splitParams(body: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let quote = "";
  let item = "";
  for (const c of body) {
    if (quote) quote = c === quote ? "" : quote;
    else if (c === "'" || c === '"') quote = c;
    else if ("([{".includes(c)) depth++;
    else if (")]}".includes(c)) depth--;
    if (c === "," && depth === 0 && !quote) {
      out.push(item.trim());
      item = "";
    } else item += c;
  }
  if (item.trim()) out.push(item.trim());
  return out;
}

/** What a native is, independent of what it is bound to. The signature is parsed on first use. */
export class NativeSpec {
  readonly name: string;
  readonly text: string;
  readonly doc: string | null;
  readonly fn: NativeFn;
  /** The name that messages about plain C functions show: "str.upper", "math.sqrt", "len". */
  readonly qualified: string;
  private parsed: Signature | undefined = undefined;
  /** Makes or initialises instances of a type. */
  private readonly constructs: boolean;

  constructor(name: string, row: NativeRow, qualifier = "", constructs = false) {
    this.name = name;
    this.constructs = constructs;
    this.qualified = qualifier === "" || qualifier === "builtins" ? name : `${qualifier}.${name}`;
    this.text = row[0];
    this.fn = row[1];
    this.doc = row[2] ?? null;
  }

  get signature(): Signature {
    return (this.parsed ??= new Signature(this.text));
  }

  /** Calls with `self` (when the signature has `$self`…), args from index `skip` on. */
  call(vm: VM, self: Value | undefined, args: readonly Value[], kwnames: KwNames, skip = 0, display = this.name): Value {
    const sig = this.signature;
    const fn = this.fn as AnyFn;
    const n = args.length - skip;
    if (kwnames === undefined && sig.simple && n >= sig.minPositional && n <= sig.maxPositional) {
      if (self === undefined) {
        if (n === 0) return fn(vm);
        if (n === 1) return fn(vm, args[skip]);
        if (n === 2) return fn(vm, args[skip], args[skip + 1]);
        return fn(vm, ...(skip ? args.slice(skip) : args));
      }
      if (n === 0) return fn(vm, self);
      if (n === 1) return fn(vm, self, args[skip]);
      if (n === 2) return fn(vm, self, args[skip], args[skip + 1]);
      return fn(vm, self, ...(skip ? args.slice(skip) : args));
    }
    const bound = sig.bind(display, args, kwnames && kwnames.length ? kwnames : undefined, skip, display === this.name ? this.qualified : display, this.constructs);
    return self === undefined ? fn(vm, ...bound) : fn(vm, self, ...bound);
  }
}

/** builtin_function_or_method: a module function (self: the module or undefined) or a method bound to its object. */
export class PyNative extends PyObject {
  readonly spec: NativeSpec;
  readonly self: Value | undefined;
  /** `__module__` for module functions. */
  readonly module: string | null;
  constructor(spec: NativeSpec, self: Value | undefined, module: string | null = null) {
    super();
    this.spec = spec;
    this.self = self;
    this.module = module;
  }
}

/** method_descriptor: an unbound method of a native type. */
export class PyMethodDescriptor extends PyObject {
  readonly owner: PyType;
  readonly spec: NativeSpec;
  constructor(owner: PyType, spec: NativeSpec) {
    super();
    this.owner = owner;
    this.spec = spec;
  }

  check(self: Value): void {
    if (!typeOf(self).isSubtype(this.owner))
      throw typeError(`descriptor '${this.spec.name}' for '${this.owner.name}' objects doesn't apply to a '${typeName(self)}' object`);
  }
}

/** classmethod_descriptor. */
export class PyClassMethodDescriptor extends PyObject {
  readonly owner: PyType;
  readonly spec: NativeSpec;
  constructor(owner: PyType, spec: NativeSpec) {
    super();
    this.owner = owner;
    this.spec = spec;
  }
}

/** getset_descriptor. */
export class PyGetSet extends PyObject {
  readonly owner: PyType;
  readonly name: string;
  readonly row: GetSetRow;
  constructor(owner: PyType, name: string, row: GetSetRow) {
    super();
    this.owner = owner;
    this.name = name;
    this.row = row;
  }
}

/** wrapper_descriptor ("slot wrapper"): a slot seen as a special method. */
export class PySlotWrapper extends PyObject {
  readonly owner: PyType;
  readonly dunder: string;
  readonly slot: SlotName;
  constructor(owner: PyType, dunder: string, slot: SlotName) {
    super();
    this.owner = owner;
    this.dunder = dunder;
    this.slot = slot;
  }
}

/** method-wrapper: a slot wrapper bound to an object. */
export class PyMethodWrapper extends PyObject {
  readonly wrapper: PySlotWrapper;
  readonly self: Value;
  constructor(wrapper: PySlotWrapper, self: Value) {
    super();
    this.wrapper = wrapper;
    this.self = self;
  }
}

/** staticmethod object around any callable (both `@staticmethod` and native static methods). */
export class PyStaticMethod extends PyAttrObject {
  callable: Value;
  constructor(callable: Value) {
    super();
    this.callable = callable;
  }
}

/** A module-level native function: nativeFunction("math", "sqrt", ["(x, /)", fn, doc]). */
export function nativeFunction(module: string, name: string, row: NativeRow): PyNative {
  return new PyNative(new NativeSpec(name, row, module), undefined, module);
}

/** Reads or replaces an object's attribute dict. */
export const INSTANCE_DICT: GetSetRow = [
  (_vm, o: PyAttrObject) => dictOf(o),
  (_vm, o: PyAttrObject, v) => {
    if (!(v instanceof PyDict)) throw typeError(`__dict__ must be set to a dictionary, not a '${typeName(v ?? null)}'`);
    dictOf(o);
    o.slots![0] = v;
  },
];

installDescriptorMakers({
  method: (owner, name, row) => new PyMethodDescriptor(owner, new NativeSpec(name, row, owner.name)),
  classMethod: (owner, name, row) => new PyClassMethodDescriptor(owner, new NativeSpec(name, row, owner.name)),
  staticMethod: (owner, name, row) => new PyStaticMethod(new PyNative(new NativeSpec(name, row, owner.name), undefined)),
  getset: (owner, name, row) => new PyGetSet(owner, name, row),
  slotWrapper: (owner, dunder, slot) => new PySlotWrapper(owner, dunder, slot),
  newFunction: (owner) => newFunction(owner),
  instanceDict: (owner) => new PyGetSet(owner, "__dict__", INSTANCE_DICT),
  bindNew(owner, row) {
    const spec = new NativeSpec(owner.name, row, "", true);
    return (vm, cls, args, kwnames) => spec.call(vm, cls, args, kwnames);
  },
  bindInit(owner, row) {
    const spec = new NativeSpec(owner.name, row, "", true);
    return (vm, self, args, kwnames) => void spec.call(vm, self, args, kwnames);
  },
});

/** `T.__new__`: takes the class as first argument, checks that it is a subtype of T with T's layout. */
function newFunction(owner: PyType): PyNative {
  const fn = (vm: VM, cls: Value | undefined, args: Value[], kwargs: Map<string, Value>): Value => {
    if (cls === undefined) throw typeError(`${owner.name}.__new__(): not enough arguments`);
    if (!(cls instanceof PyType)) throw typeError(`${owner.name}.__new__(X): X is not a type object (${typeName(cls)})`);
    if (!cls.isSubtype(owner)) throw typeError(`${owner.name}.__new__(${cls.name}): ${cls.name} is not a subtype of ${owner.name}`);
    if (cls.layout !== owner.layout && owner !== objectType && cls.layout.slots_.new !== owner.slots_.new)
      throw typeError(`${owner.name}.__new__(${cls.name}) is not safe, use ${cls.layout.name}.__new__()`);
    return owner.slots_.new!(vm, cls, [...args, ...kwargs.values()], kwargs.size ? [...kwargs.keys()] : undefined);
  };
  return new PyNative(new NativeSpec("__new__", ["(cls=None, /, *args, **kwargs)", fn as NativeFn, "Create and return a new object.  See help(type) for accurate signature."]), undefined);
}

export const nativeType: PyType = defineType({
  name: "builtin_function_or_method",
  js: PyNative,
  subclassable: false,
  slots: {
    call: (vm, self, args, kwnames) => {
      const f = self as PyNative;
      return f.spec.call(vm, f.self, args, kwnames);
    },
  },
});

export const methodDescriptorType: PyType = defineType({
  name: "method_descriptor",
  js: PyMethodDescriptor,
  subclassable: false,
  slots: {
    get: (_vm, self, instance) => {
      const d = self as PyMethodDescriptor;
      if (instance === undefined) return d;
      d.check(instance);
      return new PyNative(d.spec, instance);
    },
    call: (vm, self, args, kwnames) => {
      const d = self as PyMethodDescriptor;
      if (args.length - (kwnames?.length ?? 0) < 1) throw typeError(`unbound method ${d.owner.name}.${d.spec.name}() needs an argument`);
      d.check(args[0]!);
      return d.spec.call(vm, args[0]!, args, kwnames, 1);
    },
  },
});

export const classMethodDescriptorType: PyType = defineType({
  name: "classmethod_descriptor",
  js: PyClassMethodDescriptor,
  subclassable: false,
  slots: {
    get: (_vm, self, instance, owner) => new PyNative((self as PyClassMethodDescriptor).spec, owner ?? typeOf(instance!)),
  },
});

export const getsetType: PyType = defineType({
  name: "getset_descriptor",
  js: PyGetSet,
  subclassable: false,
  slots: {
    get: (vm, self, instance) => {
      const d = self as PyGetSet;
      if (instance === undefined) return d;
      checkGetSet(d, instance);
      return (d.row[0] as (vm: VM, self: Value) => Value)(vm, instance);
    },
    set: (vm, self, instance, value) => setGetSet(vm, self as PyGetSet, instance, value),
    delete: (vm, self, instance) => setGetSet(vm, self as PyGetSet, instance, undefined),
  },
});

function checkGetSet(d: PyGetSet, instance: Value): void {
  if (!typeOf(instance).isSubtype(d.owner))
    throw typeError(`descriptor '${d.name}' for '${d.owner.name}' objects doesn't apply to a '${typeName(instance)}' object`);
}

function setGetSet(vm: VM, d: PyGetSet, instance: Value, value: Value | undefined): void {
  checkGetSet(d, instance);
  const set = d.row[1] as ((vm: VM, self: Value, value: Value | undefined) => void) | undefined;
  if (!set) throw readonlyAttribute(d);
  set(vm, instance, value);
}

function readonlyAttribute(d: PyGetSet): Value {
  return attributeErrorText(`attribute '${d.name}' of '${d.owner.name}' objects is not writable`);
}

export const slotWrapperType: PyType = defineType({
  name: "wrapper_descriptor",
  js: PySlotWrapper,
  subclassable: false,
  slots: {
    get: (_vm, self, instance) => (instance === undefined ? self : new PyMethodWrapper(self as PySlotWrapper, instance)),
    call: (vm, self, args, kwnames) => {
      const w = self as PySlotWrapper;
      if (args.length - (kwnames?.length ?? 0) < 1) throw typeError(`descriptor '${w.dunder}' of '${w.owner.name}' object needs an argument`);
      if (!typeOf(args[0]!).isSubtype(w.owner))
        throw typeError(`descriptor '${w.dunder}' requires a '${w.owner.name}' object but received a '${typeName(args[0]!)}'`);
      return callSlotWrapper(vm, w.owner, w.slot, args[0]!, args.slice(1), kwnames);
    },
  },
});

export const methodWrapperType: PyType = defineType({
  name: "method-wrapper",
  js: PyMethodWrapper,
  subclassable: false,
  slots: {
    call: (vm, self, args, kwnames) => {
      const m = self as PyMethodWrapper;
      return callSlotWrapper(vm, m.wrapper.owner, m.wrapper.slot, m.self, args, kwnames);
    },
  },
});

export const staticMethodType: PyType = defineType({
  name: "staticmethod",
  js: PyStaticMethod,
  hasDict: true,
  new: ["(function, /)", ((_vm: VM, cls: PyType, fn: Value) => {
    const s = new PyStaticMethod(fn);
    if (cls !== staticMethodType) s.cls = cls;
    return s;
  }) as NativeFn],
  slots: {
    get: (_vm, self) => (self as PyStaticMethod).callable,
    call: (vm, self, args, kwnames) => vm.call((self as PyStaticMethod).callable, args, kwnames),
  },
});
