/** types.GenericAlias (PEP 585) and typing.Union / types.UnionType (PEP 604; one class since 3.14). */
import { typeError } from "../builtins/exceptions.ts";
import { installGenericAlias } from "./class-getitem.ts";
import { compare, equals, genericGetAttr, getAttr, hash, lookupAttr, repr, setAttr, truthy, typeName, typeOf } from "./operations.ts";
import { qualifiedName } from "./object.ts";
import { PyList } from "./list.ts";
import type { VM } from "./runtime.ts";
import { defineType, extendType, noneType, PyType, typeType } from "./type.ts";
import { PyTypeParam, TYPE_PARAMS } from "./type-params.ts";
import { Ellipsis, NotImplemented, PyAttrObject, PyTuple, type Value } from "./values.ts";

export class PyGenericAlias extends PyAttrObject {
  readonly origin: Value;
  readonly args: PyTuple;
  readonly starred: boolean;
  constructor(origin: Value, args: PyTuple, starred = false) {
    super();
    this.origin = origin;
    this.args = args;
    this.starred = starred;
  }
}

/** The type parameters among arguments, in order of appearance. */
export function parametersOf(vm: VM, args: readonly Value[]): PyTuple {
  const out: Value[] = [];
  const add = (v: Value): void => {
    if (!out.includes(v)) out.push(v);
  };
  for (const a of args) {
    if (a instanceof PyTypeParam) add(a);
    else if (a instanceof PyTuple || a instanceof PyList) for (const p of parametersOf(vm, a.items).items) add(p);
    else if (!(a instanceof PyType) && typeof a === "object" && a !== null) {
      const ps = lookupAttr(vm, a, "__parameters__");
      if (ps instanceof PyTuple) ps.items.forEach(add);
    }
  }
  return new PyTuple(out);
}

function argText(vm: VM, a: Value): string {
  if (a === Ellipsis) return "...";
  if (a instanceof PyType) return qualifiedName(a);
  if (a instanceof PyList) return `[${a.items.map((x) => argText(vm, x)).join(", ")}]`;
  return repr(vm, a);
}

function substitute(vm: VM, args: readonly Value[], params: readonly Value[], given: readonly Value[]): Value[] {
  return args.map((a) => {
    const i = params.indexOf(a);
    if (i >= 0) return given[i]!;
    if (a instanceof PyType || typeof a !== "object" || a === null) return a;
    const inner = lookupAttr(vm, a, "__parameters__");
    if (!(inner instanceof PyTuple) || inner.items.length === 0) return a;
    const sub = inner.items.map((p) => (params.includes(p) ? given[params.indexOf(p)]! : p));
    return typeOf(a).slot.getitem!(vm, a, sub.length === 1 ? sub[0]! : new PyTuple(sub));
  });
}

function subscript(vm: VM, owner: Value, args: PyTuple, item: Value): Value[] {
  const params = parametersOf(vm, args.items).items;
  if (params.length === 0) throw typeError(`${repr(vm, owner)} is not a generic class`);
  const given = item instanceof PyTuple ? item.items : [item];
  if (given.length !== params.length) throw typeError(`Too ${given.length > params.length ? "many" : "few"} arguments for ${repr(vm, owner)}; actual ${given.length}, expected ${params.length}`);
  return substitute(vm, args.items, params, given);
}

const OWN = new Set(["__origin__", "__args__", "__parameters__", "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__", "__unpacked__", "__typing_unpacked_tuple_args__", "__class__"]);

export const genericAliasType: PyType = defineType({
  name: "GenericAlias",
  module: "types",
  js: PyGenericAlias,
  hasDict: true,
  new: ["(origin, args, /)", (_vm: VM, _cls: PyType, origin: Value, args: Value) => new PyGenericAlias(origin, args instanceof PyTuple ? args : new PyTuple([args]))],
  slots: {
    repr: (vm, self) => {
      const g = self as PyGenericAlias;
      return `${g.starred ? "*" : ""}${argText(vm, g.origin)}[${g.args.items.length ? g.args.items.map((a) => argText(vm, a)).join(", ") : "()"}]`;
    },
    eq: (vm, self, other) => {
      if (!(other instanceof PyGenericAlias)) return NotImplemented;
      const g = self as PyGenericAlias;
      return g.starred === other.starred && equals(vm, g.origin, other.origin) && truthy(vm, compare(vm, "eq", g.args, other.args));
    },
    hash: (vm, self) => Number(BigInt.asIntN(50, BigInt(hash(vm, (self as PyGenericAlias).origin)) ^ BigInt(hash(vm, (self as PyGenericAlias).args)))),
    call: (vm, self, args, kwnames) => {
      const o = vm.call((self as PyGenericAlias).origin, args, kwnames);
      if (o instanceof PyAttrObject && typeOf(o).hasDict && !(o instanceof PyType)) {
        try {
          setAttr(vm, o, "__orig_class__", self);
        } catch {
          // an object that refuses the attribute stays without it
        }
      }
      return o;
    },
    getitem: (vm, self, item) => new PyGenericAlias((self as PyGenericAlias).origin, new PyTuple(subscript(vm, self, (self as PyGenericAlias).args, item))),
    getattribute: (vm, self, name) => {
      const g = self as PyGenericAlias;
      if (OWN.has(name) || !name.startsWith("__")) {
        const own = OWN.has(name) ? genericGetAttr(vm, g, name) : undefined;
        if (own !== undefined) return own;
      }
      return getAttr(vm, g.origin, name);
    },
    iter: (vm, self) => vm.call(vm.builtins.getStr("iter")!, [new PyTuple([new PyGenericAlias((self as PyGenericAlias).origin, (self as PyGenericAlias).args, true)])]),
    or: (vm, a, b) => unionOf(vm, [a, b]),
    ror: (vm, a, b) => unionOf(vm, [b, a]),
  },
  methods: {
    __mro_entries__: ["($self, bases, /)", (_vm: VM, g: PyGenericAlias) => new PyTuple([g.origin])],
    __reduce__: ["($self, /)", (_vm: VM, g: PyGenericAlias) => new PyTuple([genericAliasType, new PyTuple([g.origin, g.args])])],
    __instancecheck__: ["($self, instance, /)", () => {
      throw typeError("isinstance() argument 2 cannot be a parameterized generic");
    }],
    __subclasscheck__: ["($self, subclass, /)", () => {
      throw typeError("issubclass() argument 2 cannot be a parameterized generic");
    }],
  },
  getset: {
    __origin__: [(_vm, g: PyGenericAlias) => g.origin],
    __args__: [(_vm, g: PyGenericAlias) => g.args],
    __parameters__: [(vm, g: PyGenericAlias) => parametersOf(vm, g.args.items)],
    __unpacked__: [(_vm, g: PyGenericAlias) => g.starred],
  },
});

installGenericAlias((_vm, origin, args) => new PyGenericAlias(origin, args instanceof PyTuple ? args : new PyTuple([args])));

// ---- unions ---------------------------------------------------------------------------------------------------------------------------------------

export class PyUnion extends PyAttrObject {
  readonly args: readonly Value[];
  constructor(args: readonly Value[]) {
    super();
    this.args = args;
  }
}

function isUnionable(v: Value): boolean {
  return v === null || v instanceof PyType || v instanceof PyGenericAlias || v instanceof PyUnion || v instanceof PyTypeParam || typeName(v) === "TypeAliasType" || isTyping(v);
}

function isTyping(v: Value): boolean {
  return typeof v === "object" && v !== null && (v.cls.attrs.get("__module__") === "typing" || v.cls.attrs.get("__module__") === "annotationlib");
}

/** a | b | …: flattened, without duplicates; a single member stands for itself. */
export function unionOf(vm: VM, members: readonly Value[]): Value {
  const out: Value[] = [];
  for (const m of members) {
    if (!isUnionable(m)) return NotImplemented;
    const parts = m instanceof PyUnion ? m.args : [m === null ? noneType : m];
    for (const p of parts) if (!out.some((o) => o === p || (!(o instanceof PyType) && equals(vm, o, p)))) out.push(p);
  }
  return out.length === 1 ? out[0]! : new PyUnion(out);
}

/** Union[…]: what is no type is typing's to convert (strings) or to reject. */
function unionOfChecked(vm: VM, members: readonly Value[]): Value {
  if (members.length === 0) throw typeError("Cannot take a Union of no types.");
  const check = (m: Value): Value => (isUnionable(m) ? m : vm.call(getAttr(vm, vm.importModule("typing"), "_type_check"), [m, "Union[arg, ...]: each arg must be a type."]));
  return unionOf(vm, members.map(check));
}

function memberText(vm: VM, v: Value): string {
  return v === noneType ? "None" : argText(vm, v);
}

export const unionType: PyType = defineType({
  name: "Union",
  module: "typing",
  js: PyUnion,
  subclassable: false,
  slots: {
    repr: (vm, self) => (self as PyUnion).args.map((a) => memberText(vm, a)).join(" | "),
    eq: (vm, self, other) => other instanceof PyUnion && other.args.length === (self as PyUnion).args.length && (self as PyUnion).args.every((a) => other.args.some((b) => a === b || equals(vm, a, b))),
    hash: (vm, self) => (self as PyUnion).args.reduce<number>((h, a) => h ^ Number(BigInt.asIntN(48, BigInt(hash(vm, a)))), 0),
    or: (vm, a, b) => unionOf(vm, [a, b]),
    ror: (vm, a, b) => unionOf(vm, [b, a]),
    getitem: (vm, self, item) => unionOf(vm, subscript(vm, self, new PyTuple((self as PyUnion).args), item)),
  },
  classMethods: { __class_getitem__: ["($cls, parameters, /)", (vm: VM, _cls: PyType, item: Value) => unionOfChecked(vm, item instanceof PyTuple ? item.items : [item])] },
  methods: {
    __instancecheck__: ["($self, instance, /)", (vm: VM, u: PyUnion, o: Value) => u.args.some((a) => checkMember(a) && truthy(vm, vm.call(vm.builtins.getStr("isinstance")!, [o, a])))],
    __subclasscheck__: ["($self, subclass, /)", (vm: VM, u: PyUnion, s: Value) => u.args.some((a) => checkMember(a) && truthy(vm, vm.call(vm.builtins.getStr("issubclass")!, [s, a])))],
    __mro_entries__: ["($self, bases, /)", () => {
      throw typeError("Cannot subclass typing.Union");
    }],
  },
  getset: {
    __args__: [(_vm, u: PyUnion) => new PyTuple(u.args)],
    __origin__: [() => unionType],
    __parameters__: [(vm, u: PyUnion) => parametersOf(vm, u.args)],
  },
});

function checkMember(a: Value): boolean {
  if (a instanceof PyGenericAlias) throw typeError("isinstance() argument 2 cannot be a parameterized generic");
  return true;
}

extendType(typeType, { slots: { or: (vm, a, b) => unionOf(vm, [a, b]), ror: (vm, a, b) => unionOf(vm, [b, a]) } });
for (const t of Object.values(TYPE_PARAMS)) extendType(t, { slots: { or: (vm, a, b) => unionOf(vm, [a, b]), ror: (vm, a, b) => unionOf(vm, [b, a]) } });

