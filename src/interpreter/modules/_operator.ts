/** Module _operator: the operators as functions, attrgetter, itemgetter, methodcaller. */
import { isInstanceOf, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf } from "../objects/buffer.ts";
import {
  type BinaryOp, binary, type CompareOp, compare, contains, deleteItem, equals, forEach, getAttr, getItem, inplace, isSame, lookupSpecial, plainInt, plainStr, repr,
  setItem, toIndex, toSsize, truthy, typeName, typeOf, unary,
} from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { defineType, type NativeRow, type PyType } from "../objects/type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

// ---- operators ----------------------------------------------------------------------------------------------------------------------------

/** Function name → operator, for the plain and the in-place forms. */
const BINARY: Readonly<Record<string, BinaryOp>> = {
  add: "add", and_: "and", floordiv: "floordiv", lshift: "lshift", matmul: "matmul", mod: "mod", mul: "mul", or_: "or", pow: "pow", rshift: "rshift",
  sub: "sub", truediv: "truediv", xor: "xor",
};
const COMPARE: readonly CompareOp[] = ["lt", "le", "eq", "ne", "ge", "gt"];

function operatorRows(): Record<string, NativeRow> {
  const rows: Record<string, NativeRow> = {};
  for (const [name, op] of Object.entries(BINARY)) {
    rows[name] = ["(a, b, /)", (vm: VM, a: Value, b: Value) => binary(vm, op, a, b), `Same as the operator ${op}.`];
    rows[`i${name.replace(/_$/, "")}`] = ["(a, b, /)", (vm: VM, a: Value, b: Value) => inplace(vm, op, a, b), `Same as the in-place operator ${op}.`];
  }
  for (const op of COMPARE) rows[op] = ["(a, b, /)", (vm: VM, a: Value, b: Value) => compare(vm, op, a, b), `Same as the comparison ${op}.`];
  for (const name of ["neg", "pos", "invert", "inv"] as const) {
    const op = name === "inv" ? "invert" : name;
    rows[name] = ["(a, /)", (vm: VM, a: Value) => unary(vm, op, a), `Same as the unary operator ${op}.`];
  }
  return rows;
}

function abs(vm: VM, v: Value): Value {
  const f = typeOf(v).slot.abs;
  if (!f) throw typeError(`bad operand type for abs(): '${typeName(v)}'`);
  return f(vm, v);
}

const isSequence = (v: Value): boolean => typeOf(v).slot.getitem !== undefined && typeOf(v).lookup("keys") === undefined;

function concatenate(vm: VM, a: Value, b: Value, join: typeof binary): Value {
  if (!isSequence(a)) throw typeError(`'${typeName(a)}' object can't be concatenated`);
  if (!isSequence(b)) throw typeError(`'${typeName(b)}' object can't be concatenated`);
  return join(vm, "add", a, b);
}

function countOf(vm: VM, iterable: Value, v: Value): Value {
  let n = 0;
  forEach(vm, iterable, (x) => void (equals(vm, x, v) && n++));
  return n;
}

function indexOf(vm: VM, iterable: Value, v: Value): Value {
  let i = 0;
  let at = -1;
  forEach(vm, iterable, (x) => {
    if (equals(vm, x, v)) at = i;
    i++;
    return at >= 0;
  });
  if (at < 0) throw valueError("sequence.index(x): x not in sequence");
  return at;
}

/** operator.length_hint: len, else `__length_hint__`, else the default. */
export function lengthHint(vm: VM, v: Value, missing: number): number {
  const s = typeOf(v).slot;
  if (s.len) return s.len(vm, v);
  const hook = lookupSpecial(vm, v, "__length_hint__");
  if (hook === undefined) return missing;
  let r: Value;
  try {
    r = vm.call(hook, []);
  } catch (e) {
    if (isInstanceOf(e, "TypeError")) return missing;
    throw e;
  }
  if (r === NotImplemented) return missing;
  const n = plainInt(r);
  if (n === undefined) throw typeError(`__length_hint__ must be an integer, not ${typeName(r)}`);
  if (n < 0) throw valueError("__length_hint__() should return >= 0");
  return Number(n);
}

/** Compares in a time that does not depend on the contents. */
function compareDigest(_vm: VM, a: Value, b: Value): Value {
  const [x, y] = [plainStr(a), plainStr(b)];
  if (x !== undefined && y !== undefined) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the class is everything that is not ASCII
    if (/[^\x00-\x7f]/.test(x + y)) throw typeError("comparing strings with non-ASCII characters is not supported");
    return sameBytes(new TextEncoder().encode(x), new TextEncoder().encode(y));
  }
  const [p, q] = [bytesOf(a), bytesOf(b)];
  if (p === undefined || q === undefined) throw typeError(`unsupported operand types(s) or combination of types: '${typeName(a)}' and '${typeName(b)}'`);
  return sameBytes(p, q);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ b[i]!;
  return difference === 0;
}

// ---- getters ------------------------------------------------------------------------------------------------------------------------------

/** What attrgetter, itemgetter and methodcaller share: they are called with one object. */
abstract class PyGetter extends PyObject {
  abstract readonly name: string;
  abstract get(vm: VM, o: Value): Value;
}

class PyAttrGetter extends PyGetter {
  readonly name = "attrgetter";
  readonly names: readonly string[];
  private readonly paths: readonly (readonly string[])[];
  constructor(names: readonly string[]) {
    super();
    this.names = names;
    this.paths = names.map((n) => n.split("."));
  }
  get(vm: VM, o: Value): Value {
    const one = (path: readonly string[]) => path.reduce((v, name) => getAttr(vm, v, name), o);
    return this.paths.length === 1 ? one(this.paths[0]!) : new PyTuple(this.paths.map(one));
  }
}

class PyItemGetter extends PyGetter {
  readonly name = "itemgetter";
  readonly keys: readonly Value[];
  constructor(keys: readonly Value[]) {
    super();
    this.keys = keys;
  }
  get(vm: VM, o: Value): Value {
    return this.keys.length === 1 ? getItem(vm, o, this.keys[0]!) : new PyTuple(this.keys.map((k) => getItem(vm, o, k)));
  }
}

class PyMethodCaller extends PyGetter {
  readonly name = "methodcaller";
  readonly method: string;
  readonly args: readonly Value[];
  readonly kwnames: KwNames;
  constructor(method: string, args: readonly Value[], kwnames: KwNames) {
    super();
    this.method = method;
    this.args = args;
    this.kwnames = kwnames?.length ? kwnames : undefined;
  }
  get(vm: VM, o: Value): Value {
    return vm.call(getAttr(vm, o, this.method), [...this.args], this.kwnames);
  }
  get positional(): readonly Value[] {
    return this.args.slice(0, this.args.length - (this.kwnames?.length ?? 0));
  }
  get pairs(): (readonly [string, Value])[] {
    const n = this.positional.length;
    return (this.kwnames ?? []).map((k, i) => [k, this.args[n + i]!] as const);
  }
}

function callGetter(vm: VM, self: Value, args: Value[], kwnames: KwNames): Value {
  const g = self as PyGetter;
  if (kwnames?.length) throw typeError(`${g.name}() takes no keyword arguments`);
  if (args.length !== 1) throw typeError(`${g.name} expected 1 argument, got ${args.length}`);
  return g.get(vm, args[0]!);
}

function getterRepr(name: string, parts: readonly string[]): string {
  return `operator.${name}(${parts.join(", ")})`;
}

const attrgetter: PyType = defineType({
  name: "attrgetter",
  module: "operator",
  js: PyAttrGetter,
  doc: "A callable that reads one or several (dotted) attributes.",
  new: [
    "(*attrs)",
    (_vm: VM, _cls: PyType, attrs: Value[]) => {
      if (attrs.length === 0) throw typeError("attrgetter expected 1 argument, got 0");
      return new PyAttrGetter(
        attrs.map((a) => {
          const name = plainStr(a);
          if (name === undefined) throw typeError("attribute name must be a string");
          return name;
        }),
      );
    },
  ],
  slots: { call: callGetter, repr: (vm, self) => getterRepr("attrgetter", (self as PyAttrGetter).names.map((n) => repr(vm, n))) },
  methods: { __reduce__: ["($self, /)", (_vm: VM, g: PyAttrGetter) => new PyTuple([g.cls, new PyTuple(g.names)])] },
});

const itemgetter: PyType = defineType({
  name: "itemgetter",
  module: "operator",
  js: PyItemGetter,
  doc: "A callable that reads one or several items.",
  new: [
    "(*items)",
    (_vm: VM, _cls: PyType, items: Value[]) => {
      if (items.length === 0) throw typeError("itemgetter expected 1 argument, got 0");
      return new PyItemGetter(items);
    },
  ],
  slots: { call: callGetter, repr: (vm, self) => getterRepr("itemgetter", (self as PyItemGetter).keys.map((k) => repr(vm, k))) },
  methods: { __reduce__: ["($self, /)", (_vm: VM, g: PyItemGetter) => new PyTuple([g.cls, new PyTuple(g.keys)])] },
});

const methodcaller: PyType = defineType({
  name: "methodcaller",
  module: "operator",
  js: PyMethodCaller,
  doc: "A callable that calls a method of its argument.",
  slots: {
    new: (_vm, _cls, args, kwnames) => {
      const [method, ...rest] = args;
      if (args.length - (kwnames?.length ?? 0) < 1 || method === undefined) throw typeError("methodcaller needs at least one argument, the method name");
      const name = plainStr(method);
      if (name === undefined) throw typeError("method name must be a string");
      return new PyMethodCaller(name, rest, kwnames);
    },
    call: callGetter,
    repr: (vm, self) => {
      const m = self as PyMethodCaller;
      return getterRepr("methodcaller", [repr(vm, m.method), ...m.positional.map((a) => repr(vm, a)), ...m.pairs.map(([k, v]) => `${k}=${repr(vm, v)}`)]);
    },
  },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, m: PyMethodCaller) => {
        if (!m.kwnames) return new PyTuple([m.cls, new PyTuple([m.method, ...m.args])]);
        const partial = getAttr(vm, vm.importModule("functools"), "partial");
        return new PyTuple([vm.call(partial, [m.cls, m.method, ...m.pairs.map(([, v]) => v)], [...m.kwnames]), new PyTuple(m.positional)]);
      },
    ],
  },
});

const ROWS: Record<string, NativeRow> = {
  ...operatorRows(),
  abs: ["(a, /)", abs, "Same as abs(a)."],
  call: [
    "(obj, /, *args, **kwargs)",
    (vm: VM, fn: Value, args: Value[], kwargs: ReadonlyMap<string, Value>) => vm.call(fn, [...args, ...kwargs.values()], kwargs.size ? [...kwargs.keys()] : undefined),
    "Same as obj(*args, **kwargs).",
  ],
  concat: ["(a, b, /)", (vm: VM, a: Value, b: Value) => concatenate(vm, a, b, binary), "Same as a + b, for sequences."],
  iconcat: ["(a, b, /)", (vm: VM, a: Value, b: Value) => concatenate(vm, a, b, inplace), "Same as a += b, for sequences."],
  contains: ["(a, b, /)", (vm: VM, a: Value, b: Value) => contains(vm, a, b), "Same as b in a."],
  countOf: ["(a, b, /)", countOf, "How many items of a equal b."],
  delitem: ["(a, b, /)", (vm: VM, a: Value, b: Value) => (deleteItem(vm, a, b), null), "Same as del a[b]."],
  getitem: ["(a, b, /)", (vm: VM, a: Value, b: Value) => getItem(vm, a, b), "Same as a[b]."],
  index: ["(a, /)", (vm: VM, a: Value) => toIndex(vm, a), "Same as a.__index__()"],
  indexOf: ["(a, b, /)", indexOf, "The first position of b in a."],
  is_: ["(a, b, /)", (_vm: VM, a: Value, b: Value) => isSame(a, b), "Same as a is b."],
  is_not: ["(a, b, /)", (_vm: VM, a: Value, b: Value) => !isSame(a, b), "Same as a is not b."],
  is_none: ["(a, /)", (_vm: VM, a: Value) => a === null, "Same as a is None."],
  is_not_none: ["(a, /)", (_vm: VM, a: Value) => a !== null, "Same as a is not None."],
  length_hint: ["(obj, default=0, /)", (vm: VM, v: Value, missing: Value | undefined) => lengthHint(vm, v, missing === undefined ? 0 : toSsize(vm, missing)), "An estimate of the number of items."],
  not_: ["(a, /)", (vm: VM, a: Value) => !truthy(vm, a), "Same as not a."],
  setitem: ["(a, b, c, /)", (vm: VM, a: Value, b: Value, c: Value) => (setItem(vm, a, b, c), null), "Same as a[b] = c."],
  truth: ["(a, /)", (vm: VM, a: Value) => truthy(vm, a), "Whether a is true."],
  _compare_digest: ["(a, b, /)", compareDigest, "Equality in a time that does not depend on the contents."],
};

export const _operator: NativeModule = {
  name: "_operator",
  doc: "The operators as functions.",
  functions: ROWS,
  values: () => ({ attrgetter, itemgetter, methodcaller }),
};
