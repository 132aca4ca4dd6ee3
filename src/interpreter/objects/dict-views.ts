/** keys(), values(), items() of dict and the iterators behind them. */
import { runtimeError } from "../builtins/exceptions.ts";
import type { Entry, PyDict } from "./dict.ts";
import { collect } from "./iterators.ts";
import { contains, equals, forEach, getAttr, length, repr, toArray } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { PySet, PySetBase } from "./set.ts";
import { defineType, type PyType, type TypeSpec } from "./type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "./values.ts";

export type ViewKind = "keys" | "values" | "items";

function project(kind: ViewKind, e: Entry): Value {
  return kind === "keys" ? e.key : kind === "values" ? e.value : new PyTuple([e.key, e.value]);
}

// ---- iterators ----------------------------------------------------------------------------------------------------------------------

export class PyDictIterator extends PyObject {
  dict: PyDict | undefined;
  readonly kind: ViewKind;
  readonly reverse: boolean;
  /** Next position in the dict's order. */
  at: number;
  /** Size at the start; -1 once an error was raised, which then repeats. */
  size: number;
  remaining: number;
  constructor(dict: PyDict, kind: ViewKind, reverse = false) {
    super();
    this.dict = dict;
    this.kind = kind;
    this.reverse = reverse;
    this.at = reverse ? dict.span - 1 : 0;
    this.size = dict.size;
    this.remaining = dict.size;
    this.cls = ITERATOR_TYPES[reverse ? "reverse" : "forward"][kind];
  }

  /** The next entry; undefined at the end. RuntimeError when the dict grew or shrank. */
  advance(): Entry | undefined {
    const d = this.dict;
    if (d === undefined) return undefined;
    if (d.size !== this.size) {
      this.size = -1;
      throw runtimeError("dictionary changed size during iteration");
    }
    const i = this.reverse ? previousIndex(d, this.at) : d.nextIndex(this.at);
    if (i < 0) {
      this.dict = undefined;
      return undefined;
    }
    if (this.remaining-- <= 0) {
      this.dict = undefined;
      throw runtimeError("dictionary keys changed during iteration");
    }
    this.at = this.reverse ? i - 1 : i + 1;
    return d.entryAt(i);
  }
}

function previousIndex(d: PyDict, at: number): number {
  for (let i = Math.min(at, d.span - 1); i >= 0; i--) if (d.entryAt(i) !== undefined) return i;
  return -1;
}

function iteratorSpec(name: string): TypeSpec {
  return {
    name,
    subclassable: false,
    slots: {
      iter: (_vm, it) => it,
      iternext: (_vm, o) => {
        const it = o as PyDictIterator;
        const e = it.advance();
        return e === undefined ? undefined : project(it.kind, e);
      },
    },
    methods: {
      __length_hint__: ["($self, /)", (_vm: VM, it: PyDictIterator) => (it.dict && it.dict.size === it.size ? it.remaining : 0)],
      __reduce__: ["($self, /)", (vm: VM, it: PyDictIterator) => new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([vm.call(vm.builtins.getStr("list")!, [clone(it)])])])],
    },
  };
}

/** A second iterator at the same place, so that pickling does not use up the first. */
function clone(it: PyDictIterator): Value {
  if (it.dict === undefined) return new PyTuple([]);
  const copy = new PyDictIterator(it.dict, it.kind, it.reverse);
  copy.at = it.at;
  copy.size = it.size;
  copy.remaining = it.remaining;
  return copy;
}

const ITERATOR_TYPES: { readonly [D in "forward" | "reverse"]: { readonly [K in ViewKind]: PyType } } = {
  forward: {
    keys: defineType(iteratorSpec("dict_keyiterator")),
    values: defineType(iteratorSpec("dict_valueiterator")),
    items: defineType(iteratorSpec("dict_itemiterator")),
  },
  reverse: {
    keys: defineType(iteratorSpec("dict_reversekeyiterator")),
    values: defineType(iteratorSpec("dict_reversevalueiterator")),
    items: defineType(iteratorSpec("dict_reverseitemiterator")),
  },
};

// ---- views --------------------------------------------------------------------------------------------------------------------------

export class PyDictView extends PyObject {
  readonly dict: PyDict;
  readonly kind: ViewKind;
  constructor(dict: PyDict, kind: ViewKind, cls: PyType) {
    super();
    this.dict = dict;
    this.kind = kind;
    this.cls = cls;
  }
}

export function dictView(d: PyDict, kind: ViewKind): PyDictView {
  return new PyDictView(d, kind, VIEW_TYPES[kind]);
}

function viewContains(vm: VM, self: Value, v: Value): boolean {
  const view = self as PyDictView;
  if (view.kind === "keys") return view.dict.find(vm, v) !== undefined;
  if (!(v instanceof PyTuple) || v.items.length !== 2) return false;
  const found = view.dict.get(vm, v.items[0]!);
  return found !== undefined && equals(vm, found, v.items[1]!);
}

function viewRepr(vm: VM, self: Value): string {
  const view = self as PyDictView;
  if (!vm.reprEnter(view)) return "...";
  try {
    const parts = toArray(vm, view).map((v) => repr(vm, v));
    return `${view.cls.name}([${parts.join(", ")}])`;
  } finally {
    vm.reprLeave(view);
  }
}

const isSetLike = (v: Value): boolean => v instanceof PySetBase || (v instanceof PyDictView && v.kind !== "values");

function allIn(vm: VM, part: Value, whole: Value): boolean {
  let all = true;
  forEach(vm, part, (v) => !(all = contains(vm, whole, v)));
  return all;
}

type Relation = (a: number, b: number) => "left in right" | "right in left" | false;

/** Comparison of set-likes: a size condition, then one inclusion. */
const RELATIONS: Record<"eq" | "lt" | "le" | "gt" | "ge", Relation> = {
  eq: (a, b) => a === b && "left in right",
  lt: (a, b) => a < b && "left in right",
  le: (a, b) => a <= b && "left in right",
  gt: (a, b) => a > b && "right in left",
  ge: (a, b) => a >= b && "right in left",
};

function relation(op: keyof typeof RELATIONS) {
  return (vm: VM, a: Value, b: Value): Value => {
    if (!isSetLike(b)) return NotImplemented;
    const which = RELATIONS[op](length(vm, a), length(vm, b));
    return which === false ? false : which === "left in right" ? allIn(vm, a, b) : allIn(vm, b, a);
  };
}

function setOf(vm: VM, values: Iterable<Value>): PySet {
  const out = new PySet();
  for (const v of values) out.add(vm, v);
  return out;
}

function intersection(vm: VM, a: Value, b: Value): Value {
  const out = new PySet();
  const [walk, test] = b instanceof PyDictView && length(vm, b) > length(vm, a) ? [a, b] : [b, a];
  forEach(vm, walk, (v) => void (contains(vm, test, v) && out.add(vm, v)));
  return out;
}

function difference(vm: VM, a: Value, b: Value): Value {
  const out = setOf(vm, toArray(vm, a));
  forEach(vm, b, (v) => void out.table.delete(vm, v));
  return out;
}

function union(vm: VM, a: Value, b: Value): Value {
  return setOf(vm, [...toArray(vm, a), ...collect(vm, b)]);
}

function symmetric(vm: VM, a: Value, b: Value): Value {
  const out = setOf(vm, toArray(vm, a));
  for (const v of setOf(vm, collect(vm, b)).items()) if (out.table.delete(vm, v) === undefined) out.add(vm, v);
  return out;
}

const reversedArguments = (f: (vm: VM, a: Value, b: Value) => Value) => (vm: VM, self: Value, other: Value) => f(vm, other, self);

function isDisjoint(vm: VM, self: PyDictView, other: Value): Value {
  let disjoint = true;
  forEach(vm, other, (v) => !(disjoint = !contains(vm, self, v)));
  return disjoint;
}

function viewSpec(name: string, setLike: boolean): TypeSpec {
  return {
    name,
    subclassable: false,
    slots: {
      repr: viewRepr,
      len: (_vm, self) => (self as PyDictView).dict.size,
      iter: (_vm, self) => new PyDictIterator((self as PyDictView).dict, (self as PyDictView).kind),
      ...(setLike
        ? {
            contains: viewContains,
            eq: relation("eq"),
            ne: (vm: VM, a: Value, b: Value) => {
              const r = relation("eq")(vm, a, b);
              return r === NotImplemented ? r : !r;
            },
            lt: relation("lt"),
            le: relation("le"),
            gt: relation("gt"),
            ge: relation("ge"),
            and: intersection,
            rand: reversedArguments(intersection),
            sub: difference,
            rsub: reversedArguments(difference),
            or: union,
            ror: reversedArguments(union),
            xor: symmetric,
            rxor: reversedArguments(symmetric),
          }
        : {}),
    },
    methods: {
      __reversed__: ["($self, /)", (_vm: VM, v: PyDictView) => new PyDictIterator(v.dict, v.kind, true), "An iterator from the newest entry to the oldest."],
      ...(setLike ? { isdisjoint: ["($self, other, /)", isDisjoint, "Whether nothing is in both."] as const } : {}),
    },
    getset: { mapping: [(vm: VM, v: PyDictView) => vm.call(getAttr(vm, vm.importModule("types"), "MappingProxyType"), [v.dict]), undefined, "A read-only view of the dict."] },
  };
}

export const VIEW_TYPES: { readonly [K in ViewKind]: PyType } = {
  keys: defineType(viewSpec("dict_keys", true)),
  values: defineType(viewSpec("dict_values", false)),
  items: defineType(viewSpec("dict_items", true)),
};
