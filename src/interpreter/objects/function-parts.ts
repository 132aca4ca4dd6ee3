/** Comparison and text of what functions are made of: cells, code objects, bound slots, staticmethod and classmethod wrappers. */
import { Code } from "../compile/code.ts";
import { CLASS_GETITEM } from "./class-getitem.ts";
import { classMethodType, codeType, type PyClassMethod } from "./descriptors.ts";
import { cellType, methodType, type PyCell, type PyMethod } from "./function.ts";
import { identityOf } from "./identity.ts";
import { methodWrapperType, PyMethodWrapper, type PyStaticMethod, staticMethodType } from "./native.ts";
import { type CompareOp, compare, equals, getAttr, hash, lookupAttr, repr, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { extendType, type GetSetRow } from "./type.ts";
import { NotImplemented, PyBytes, PyObject, PyTuple, type Value } from "./values.ts";

// ---- cells ------------------------------------------------------------------------------------------------------------------------------------

/** By contents; an empty cell is less than any other. */
function compareCells(vm: VM, op: CompareOp, self: Value, other: Value): Value {
  if (typeOf(other) !== cellType) return NotImplemented;
  const a = (self as PyCell).value;
  const b = (other as PyCell).value;
  if (a !== undefined && b !== undefined) return compare(vm, op, a, b);
  return compare(vm, op, Number(a !== undefined), Number(b !== undefined));
}

const address = (v: PyObject): string => `0x${identityOf(v).toString(16)}`;

function contentText(v: Value | undefined): string {
  if (v === undefined) return "empty";
  return `${typeName(v)} object at ${v instanceof PyObject ? address(v) : "0x0"}`;
}

extendType(cellType, {
  slots: {
    eq: (vm, a, b) => compareCells(vm, "eq", a, b),
    ne: (vm, a, b) => compareCells(vm, "ne", a, b),
    lt: (vm, a, b) => compareCells(vm, "lt", a, b),
    le: (vm, a, b) => compareCells(vm, "le", a, b),
    gt: (vm, a, b) => compareCells(vm, "gt", a, b),
    ge: (vm, a, b) => compareCells(vm, "ge", a, b),
    hash: null,
    repr: (_vm, self) => `<cell at ${address(self as PyCell)}: ${contentText((self as PyCell).value)}>`,
  },
});

// ---- code -------------------------------------------------------------------------------------------------------------------------------------

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

/** Constants are equal only with equal types: 1, 1.0 and True differ. */
function sameConstant(vm: VM, a: Value, b: Value): boolean {
  if (typeOf(a) !== typeOf(b)) return false;
  if (a instanceof PyTuple && b instanceof PyTuple)
    return a.items.length === b.items.length && a.items.every((v, i) => sameConstant(vm, v, b.items[i]!));
  return equals(vm, a, b);
}

function sameCode(vm: VM, a: Code, b: Code): boolean {
  const numbers = (c: Code): unknown[] => [c.name, c.argcount, c.posonlyargcount, c.kwonlyargcount, c.flags, c.firstlineno];
  const names = (c: Code): unknown[] => [...c.varnames, 0, ...c.cellvars, 0, ...c.freevars, 0, ...c.names];
  return (
    same(numbers(a), numbers(b)) &&
    same(names(a), names(b)) &&
    same([...a.ops], [...b.ops]) &&
    a.consts.length === b.consts.length &&
    a.consts.every((c, i) => sameConstant(vm, c, b.consts[i]!))
  );
}

extendType(codeType, {
  slots: {
    eq: (vm, a, b) => (b instanceof Code ? a === b || sameCode(vm, a as Code, b) : NotImplemented),
    hash: (vm, self) => {
      const c = self as Code;
      return hash(
        vm,
        new PyTuple([
          c.name,
          c.firstlineno,
          c.argcount,
          c.flags,
          ...c.names,
          new PyBytes(new Uint8Array(c.ops.buffer, c.ops.byteOffset, c.ops.byteLength)),
        ]),
      );
    },
  },
  methods: {
    __replace__: [
      "($self, /, **changes)",
      (vm: VM, c: Code, changes: Map<string, Value>) => vm.call(getAttr(vm, c, "replace"), [...changes.values()], [...changes.keys()]),
    ],
  },
});

// ---- bound methods and slots --------------------------------------------------------------------------------------------------------------------

extendType(methodType, {
  slots: { get: (_vm, self) => self },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, m: PyMethod) => new PyTuple([vm.builtins.getStr("getattr")!, new PyTuple([m.self, getAttr(vm, m.func, "__name__")])]),
    ],
  },
});

extendType(methodWrapperType, {
  slots: {
    eq: (_vm, a, b) =>
      b instanceof PyMethodWrapper
        ? (a as PyMethodWrapper).wrapper === b.wrapper && (a as PyMethodWrapper).self === b.self
        : NotImplemented,
    hash: (vm, self) => hash(vm, (self as PyMethodWrapper).wrapper),
  },
  methods: {
    __reduce__: [
      "($self, /)",
      (vm: VM, m: PyMethodWrapper) => new PyTuple([vm.builtins.getStr("getattr")!, new PyTuple([m.self, m.wrapper.dunder])]),
    ],
  },
});

// ---- staticmethod, classmethod ------------------------------------------------------------------------------------------------------------------

/** Attributes of the function that the wrapper shows as its own. */
const forward = (name: string): GetSetRow => [(vm, w: PyStaticMethod | PyClassMethod) => lookupAttr(vm, w.callable, name) ?? null];

for (const [t, name] of [
  [staticMethodType, "staticmethod"],
  [classMethodType, "classmethod"],
] as const)
  extendType(t, {
    slots: { repr: (vm, self) => `<${name}(${repr(vm, (self as PyStaticMethod | PyClassMethod).callable)})>` },
    classMethods: { __class_getitem__: CLASS_GETITEM },
    getset: { __annotations__: forward("__annotations__"), __annotate__: forward("__annotate__") },
  });
