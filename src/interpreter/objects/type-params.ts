/** Type parameters and aliases (PEP 695, 696): TypeVar, ParamSpec, TypeVarTuple, TypeAliasType, with lazily evaluated parts. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { collect } from "./iterators.ts";
import { getAttr, str, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { PyAttrObject, PyTuple, type Value } from "./values.ts";

export type TypeParamKind = "TypeVar" | "ParamSpec" | "TypeVarTuple";

export class PyTypeParam extends PyAttrObject {
  readonly name: string;
  bound: Value = null;
  constraints: readonly Value[] = [];
  covariant = false;
  contravariant = false;
  infer = false;
  defaultValue: Value | undefined = undefined;
  module: Value = null;
  /** Functions that evaluate a part when it is first asked for. */
  readonly lazy: { bound?: Value; constraints?: Value; default?: Value } = {};
  constructor(name: string) {
    super();
    this.name = name;
  }
}

function force(vm: VM, p: PyTypeParam, part: "bound" | "constraints" | "default"): void {
  const f = p.lazy[part];
  if (f === undefined) return;
  delete p.lazy[part];
  const v = vm.call(f, [1]);
  if (part === "bound") p.bound = v;
  else if (part === "default") p.defaultValue = v;
  else p.constraints = (v as PyTuple).items;
}

function noDefault(vm: VM): Value {
  return getAttr(vm, vm.importModule("typing"), "NoDefault");
}

function typing(vm: VM, name: string, ...args: Value[]): Value {
  return vm.call(getAttr(vm, vm.importModule("typing"), name), args);
}

type Substitute = (vm: VM, p: PyTypeParam, arg: Value) => Value;
const SUBSTITUTE: Readonly<Record<TypeParamKind, Substitute>> = {
  TypeVar: (vm, p, arg) => typing(vm, "_typevar_subst", p, arg),
  ParamSpec: (vm, p, arg) => typing(vm, "_paramspec_subst", p, arg),
  TypeVarTuple: () => {
    throw typeError("Substitution of bare TypeVarTuple is not supported");
  },
};

type Prepare = (vm: VM, p: PyTypeParam, alias: Value, args: Value) => Value;
const PREPARE: Readonly<Record<TypeParamKind, Prepare>> = {
  TypeVar: (vm, p, alias, args) => {
    const given = (args as PyTuple).items;
    const index = collect(vm, getAttr(vm, alias, "__parameters__")).indexOf(p);
    if (index < given.length) return args;
    force(vm, p, "default");
    if (index > given.length || p.defaultValue === undefined) throw typeError(`Too few arguments for ${str(vm, alias)}`);
    return new PyTuple([...given, p.defaultValue]);
  },
  ParamSpec: (vm, p, alias, args) => typing(vm, "_paramspec_prepare_subst", p, alias, args),
  TypeVarTuple: (vm, p, alias, args) => typing(vm, "_typevartuple_prepare_subst", p, alias, args),
};

function paramType(kind: TypeParamKind): PyType {
  const sign = (p: PyTypeParam): string =>
    kind !== "TypeVar" && kind !== "ParamSpec" ? "" : p.infer ? "" : p.covariant ? "+" : p.contravariant ? "-" : "~";
  const type: PyType = defineType({
    name: kind,
    module: "typing",
    hasDict: true,
    subclassable: false,
    js: class extends PyTypeParam {},
    new: [
      kind === "TypeVar"
        ? "(name, *constraints, bound=None, default=None, covariant=False, contravariant=False, infer_variance=False)"
        : "(name, *, bound=None, default=None, covariant=False, contravariant=False, infer_variance=False)",
      ((vm: VM, _cls: PyType, name: string, ...rest: unknown[]) => {
        const constraints = kind === "TypeVar" ? (rest.shift() as Value[]) : [];
        const [bound, dflt, co, contra, infer] = rest as (Value | undefined)[];
        if (co && contra) throw valueError("Bivariant types are not supported.");
        if (infer && (co || contra)) throw valueError("Variance cannot be specified with infer_variance.");
        if (constraints.length === 1) throw typeError("A single constraint is not allowed");
        if (constraints.length > 1 && bound != null) throw typeError("Constraints cannot be combined with bound=...");
        const p = makeTypeParam(vm, kind, name);
        p.infer = infer === true;
        p.bound = bound == null ? null : typing(vm, "_type_check", bound, "Bound must be a type.");
        p.constraints = constraints;
        p.covariant = co === true;
        p.contravariant = contra === true;
        p.defaultValue = dflt;
        p.module = vm.callerGlobals().getStr("__name__") ?? null;
        return p;
      }) as never,
    ],
    slots: {
      repr: (_vm, self) => `${sign(self as PyTypeParam)}${(self as PyTypeParam).name}`,
    },
    getset: {
      __name__: [(_vm, p: PyTypeParam) => p.name],
      __bound__: [
        (vm, p: PyTypeParam) => {
          force(vm, p, "bound");
          return p.bound;
        },
      ],
      __constraints__: [
        (vm, p: PyTypeParam) => {
          force(vm, p, "constraints");
          return new PyTuple(p.constraints);
        },
      ],
      __covariant__: [(_vm, p: PyTypeParam) => p.covariant],
      __contravariant__: [(_vm, p: PyTypeParam) => p.contravariant],
      __infer_variance__: [(_vm, p: PyTypeParam) => p.infer],
      __default__: [
        (vm, p: PyTypeParam) => {
          force(vm, p, "default");
          return p.defaultValue ?? noDefault(vm);
        },
      ],
      __module__: [(_vm, p: PyTypeParam) => p.module],
    },
    methods: {
      has_default: ["($self, /)", (_vm: VM, p: PyTypeParam) => p.defaultValue !== undefined || p.lazy.default !== undefined],
      __typing_subst__: ["($self, arg, /)", SUBSTITUTE[kind]],
      __typing_prepare_subst__: ["($self, alias, args, /)", PREPARE[kind]],
      __mro_entries__: [
        "($self, bases, /)",
        () => {
          throw typeError(`Cannot subclass an instance of ${kind}`);
        },
      ],
    },
  });
  return type;
}

export const TYPE_PARAMS: { readonly [K in TypeParamKind]: PyType } = {
  TypeVar: paramType("TypeVar"),
  ParamSpec: paramType("ParamSpec"),
  TypeVarTuple: paramType("TypeVarTuple"),
};

export function makeTypeParam(vm: VM, kind: TypeParamKind, name: string): PyTypeParam {
  const p = new PyTypeParam(name);
  p.cls = TYPE_PARAMS[kind];
  p.infer = true;
  p.module = vm.callerGlobals().getStr("__name__") ?? null;
  return p;
}

export function setEvaluate(p: PyTypeParam, part: "bound" | "constraints", f: Value): PyTypeParam {
  p.lazy[part] = f;
  return p;
}

export function setDefault(p: Value, f: Value): Value {
  (p as PyTypeParam).lazy.default = f;
  return p;
}

export function subscriptGeneric(vm: VM, params: PyTuple): Value {
  const typing = vm.importModule("typing");
  return vm.call(getAttr(vm, getAttr(vm, typing, "Generic"), "__class_getitem__"), [params]);
}

export class PyTypeAlias extends PyAttrObject {
  readonly name: string;
  readonly params: PyTuple;
  value: Value | undefined = undefined;
  readonly evaluate: Value;
  module: Value = null;
  constructor(name: string, params: PyTuple, evaluate: Value) {
    super();
    this.name = name;
    this.params = params;
    this.evaluate = evaluate;
  }
}

export const typeAliasType: PyType = defineType({
  name: "TypeAliasType",
  module: "typing",
  js: PyTypeAlias,
  subclassable: false,
  slots: { repr: (_vm, self) => (self as PyTypeAlias).name },
  getset: {
    __name__: [(_vm, a: PyTypeAlias) => a.name],
    __type_params__: [(_vm, a: PyTypeAlias) => a.params],
    __parameters__: [(_vm, a: PyTypeAlias) => a.params],
    __value__: [(vm, a: PyTypeAlias) => (a.value ??= vm.call(a.evaluate, [1]))],
    __module__: [(_vm, a: PyTypeAlias) => a.module],
  },
});

/** (name, type parameters or None, evaluate function) → the alias. */
export function makeTypeAlias(vm: VM, parts: PyTuple): Value {
  const [name, params, evaluate] = parts.items as [string, Value, Value];
  if (params !== null && !(params instanceof PyTuple)) throw typeError(`type_params must be a tuple, not ${typeName(params)}`);
  const a = new PyTypeAlias(name, params ?? new PyTuple([]), evaluate);
  a.module = vm.callerGlobals().getStr("__name__") ?? null;
  return a;
}
