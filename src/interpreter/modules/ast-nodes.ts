/** The node classes of module ast, made from the ASDL table: ast.AST, the sum types and one class a constructor. */
import { EXCEPTIONS, typeError } from "../builtins/exceptions.ts";
import { binary, getAttr, lookupAttr, ownAttr, plainStr, repr, setAttr, typeOf } from "../objects/operations.ts";
import { collect } from "../objects/iterators.ts";
import type { PyDict } from "../objects/dict.ts";
import { dictType } from "../objects/dict-type.ts";
import { PyList } from "../objects/list.ts";
import { listType } from "../objects/list-methods.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { defineType, intType, objectType, type PyType, strType } from "../objects/type.ts";
import { PyAttrObject, PyTuple, type Value } from "../objects/values.ts";
import { CONSTRUCTORS, type Constructor, type Field, LOCATED, LOCATION, PRODUCTS, SUMS } from "./ast-asdl.ts";
import { warn } from "./warnings-core.ts";

export class PyNode extends PyAttrObject {
  constructor(cls: PyType) {
    super();
    this.cls = cls;
  }
}

const tuple = (names: readonly string[]) => new PyTuple(names);

/** How deep repr() goes. */
const REPR_DEPTH = 3;

/** The constructor that a class (or a Python subclass of it) stands for. */
export function constructorOf(cls: PyType): Constructor | undefined {
  for (const t of cls.mro) if (t.native && t.module === "ast") return CONSTRUCTORS.get(t.name);
  return undefined;
}

function fieldNames(vm: VM, o: Value): string[] {
  const fields = lookupAttr(vm, typeOf(o), "_fields");
  return fields === undefined ? [] : collect(vm, fields).map((f) => plainStr(f) ?? "");
}

function deprecated(vm: VM, message: string): void {
  warn(vm, EXCEPTIONS.DeprecationWarning, message, 1);
}

function initialise(vm: VM, self: Value, args: readonly Value[], kwnames: KwNames): void {
  const names = fieldNames(vm, self);
  const cls = typeOf(self).name;
  const npos = args.length - (kwnames?.length ?? 0);
  if (npos > names.length) throw typeError(`${cls} constructor takes at most ${names.length} positional argument${names.length === 1 ? "" : "s"}`);
  const missing = new Set(names);
  for (let i = 0; i < npos; i++) {
    setAttr(vm, self, names[i]!, args[i]!);
    missing.delete(names[i]!);
  }
  (kwnames ?? []).forEach((key, k) => {
    if (names.includes(key)) {
      if (!missing.delete(key)) throw typeError(`${cls} got multiple values for argument '${key}'`);
    } else if (!collect(vm, getAttr(vm, typeOf(self), "_attributes")).includes(key))
      deprecated(vm, `${cls}.__init__ got an unexpected keyword argument '${key}'. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.`);
    setAttr(vm, self, key, args[npos + k]!);
  });
  fillMissing(vm, self, missing);
}

/** Omitted fields: None for optional ones (a class attribute), a fresh list, Load(); others are deprecated to omit. */
function fillMissing(vm: VM, self: Value, missing: ReadonlySet<string>): void {
  const fields = constructorOf(typeOf(self))?.fields ?? [];
  for (const f of fields) {
    if (!missing.has(f.name) || f.count === "optional") continue;
    if (f.count === "list") setAttr(vm, self, f.name, new PyList([]));
    else if (f.type === "expr_context") setAttr(vm, self, f.name, enumerationNode(vm, "Load"));
    else deprecated(vm, `${typeOf(self).name}.__init__ missing 1 required positional argument: '${f.name}'. This will become an error in Python 3.15.`);
  }
}

function nodeRepr(vm: VM, o: Value, depth: number): string {
  const cls = typeOf(o).name;
  if (depth <= 0) return `${cls}(...)`;
  const parts = fieldNames(vm, o).map((name) => `${name}=${fieldRepr(vm, getAttr(vm, o, name), depth - 1)}`);
  return `${cls}(${parts.join(", ")})`;
}

function fieldRepr(vm: VM, v: Value, depth: number): string {
  if (v instanceof PyNode) return nodeRepr(vm, v, depth);
  if (!(v instanceof PyList || v instanceof PyTuple)) return repr(vm, v);
  const items = v.items;
  const shown = items.length > 2 ? [fieldRepr(vm, items[0]!, depth), "...", fieldRepr(vm, items.at(-1)!, depth)] : items.map((x) => fieldRepr(vm, x, depth));
  return v instanceof PyList ? `[${shown.join(", ")}]` : `(${shown.join(", ")})`;
}

function reduce(vm: VM, o: PyNode): Value {
  const state = lookupAttr(vm, o, "__dict__");
  const names = fieldNames(vm, o);
  const given = names.map((n) => ownAttr(o, n));
  // positional placeholders, so that no field counts as missing when the copy is made
  while (given.length && given.at(-1) === undefined) given.pop();
  return new PyTuple([o.cls, new PyTuple(given.map(() => null)), state ?? null]);
}

function replace(vm: VM, o: PyNode, kwargs: ReadonlyMap<string, Value>): Value {
  const names = fieldNames(vm, o);
  const attributes = collect(vm, getAttr(vm, o.cls, "_attributes"));
  const values = new Map<string, Value>();
  for (const name of [...names, ...attributes.map((a) => plainStr(a) ?? "")]) {
    const v = lookupAttr(vm, o, name);
    if (v !== undefined) values.set(name, v);
  }
  for (const [key, v] of kwargs) {
    if (!names.includes(key) && !attributes.includes(key)) throw typeError(`${o.cls.name}.__replace__ got an unexpected keyword argument '${key}'.`);
    values.set(key, v);
  }
  return vm.call(o.cls, [...values.values()], [...values.keys()]);
}

export const astType: PyType = defineType({
  name: "AST",
  module: "ast",
  js: PyNode,
  hasDict: true,
  slots: {
    new: (_vm, cls) => new PyNode(cls),
    init: initialise,
    repr: (vm, self) => nodeRepr(vm, self, REPR_DEPTH),
  },
  methods: {
    __reduce__: ["($self, /)", reduce],
    __replace__: ["($self, /, **kwargs)", replace],
  },
  attrs: { _fields: tuple([]), _attributes: tuple([]), __match_args__: tuple([]) },
});

/** Classes that nothing makes any more but old code still names: name → [base, doc]. */
const OBSOLETE: Readonly<Record<string, readonly [base: string, doc: string]>> = {
  slice: ["AST", "Deprecated AST node class."],
  Index: ["slice", "Deprecated AST node class. Use the index value directly instead."],
  ExtSlice: ["slice", "Deprecated AST node class. Use ast.Tuple instead."],
  Suite: ["mod", "Deprecated AST node class.  Unused in Python 3."],
  AugLoad: ["expr_context", "Deprecated AST node class.  Unused in Python 3."],
  AugStore: ["expr_context", "Deprecated AST node class.  Unused in Python 3."],
  Param: ["expr_context", "Deprecated AST node class.  Unused in Python 3."],
};

function sumDoc(sum: string, rows: readonly string[]): string {
  return `${sum} = ${rows.join(`\n${" ".repeat(sum.length)} | `)}`;
}

function makeTypes(vm: VM): Map<string, PyType> {
  const types = new Map<string, PyType>([["AST", astType]]);
  const define = (name: string, base: PyType, doc: string, attrs: Record<string, Value>) => types.set(name, heapType(vm, { name, module: "ast", base, doc, attrs }));
  const located = (name: string) => (LOCATED.has(name) ? { _attributes: tuple(LOCATION), end_lineno: null, end_col_offset: null } : {});
  for (const [sum, rows] of Object.entries(SUMS)) define(sum, astType, sumDoc(sum, rows), { _fields: tuple([]), __match_args__: tuple([]), ...located(sum) });
  const products: readonly string[] = PRODUCTS;
  for (const c of CONSTRUCTORS.values()) {
    const names = tuple(c.fields.map((f) => f.name));
    const optional = Object.fromEntries(c.fields.filter((f) => f.count === "optional").map((f) => [f.name, null]));
    const own = products.includes(c.doc) || c.sum === c.name;
    define(c.name, own ? astType : types.get(c.sum)!, c.doc, { _fields: names, __match_args__: names, ...(own ? located(c.name) : {}), ...optional });
  }
  for (const [name, [base, doc]] of Object.entries(OBSOLETE)) define(name, types.get(base)!, doc, {});
  return types;
}

const TYPES = Symbol("ast classes");

/** Every class of the module by name. They can be changed, so each interpreter has its own; made on first use, because few programs need them. */
export function nodeTypes(vm: VM): ReadonlyMap<string, PyType> {
  let types = vm.state.get(TYPES) as ReadonlyMap<string, PyType> | undefined;
  if (!types) vm.state.set(TYPES, (types = makeTypes(vm)));
  return types;
}

const BASIC_TYPES: Readonly<Record<string, PyType>> = { identifier: strType, string: strType, int: intType, constant: objectType };

function fieldType(vm: VM, f: Field): Value {
  const t = BASIC_TYPES[f.type] ?? nodeTypes(vm).get(f.type)!;
  if (f.count === "one") return t;
  if (f.count === "list") return vm.call(getAttr(vm, listType, "__class_getitem__"), [t]);
  return binary(vm, "or", t, null);
}

/** `_field_types` of a class: needs generic aliases, so it is made when the module is. */
export function fieldTypes(vm: VM, c: Constructor): PyDict {
  const d = vm.call(dictType, []) as PyDict;
  for (const f of c.fields) d.setStr(f.name, fieldType(vm, f));
  return d;
}

const SINGLETONS = Symbol("ast singletons");

/** The one node of a fieldless class such as Load that the parser hands out. */
export function enumerationNode(vm: VM, name: string): PyNode {
  let cache = vm.state.get(SINGLETONS) as Map<string, PyNode> | undefined;
  if (!cache) vm.state.set(SINGLETONS, (cache = new Map()));
  let node = cache.get(name);
  if (!node) cache.set(name, (node = new PyNode(nodeTypes(vm).get(name)!)));
  return node;
}

/** ast.py adds attributes to these classes, as it may in CPython. */
function heapType(vm: VM, spec: Parameters<typeof defineType>[0]): PyType {
  const t = defineType(spec);
  t.owner = vm;
  t.mutable = true;
  return t;
}
