/** zip, map and filter. `strict` (PEP 618, and map's since 3.14) checks that all iterables end together. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { getIter, truthy, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { PyAttrObject, PyTuple, type Value } from "./values.ts";

type Next = (vm: VM, it: Value) => Value | undefined;

/** Several iterators advanced in step. */
class Lockstep extends PyAttrObject {
  iterators: readonly Value[];
  nexts: readonly Next[];
  strict: boolean;
  constructor(vm: VM, iterables: readonly Value[], strict: boolean) {
    super();
    this.iterators = iterables.map((v) => getIter(vm, v));
    this.nexts = this.iterators.map((it) => typeOf(it).slot.iternext!);
    this.strict = strict;
  }

  /** The next item of every iterator; undefined when one has ended. */
  advance(vm: VM, noun: string): Value[] | undefined {
    const n = this.iterators.length;
    const out: Value[] = new Array(n);
    for (let i = 0; i < n; i++) {
      const v = this.nexts[i]!(vm, this.iterators[i]!);
      if (v === undefined) {
        if (this.strict) this.checkEnd(vm, noun, i);
        return undefined;
      }
      out[i] = v;
    }
    return n === 0 ? undefined : out;
  }

  /** Iterator i ended first: too early unless it is the first and all the others end as well. */
  private checkEnd(vm: VM, noun: string, i: number): void {
    if (i > 0) throw uneven(noun, i, "shorter");
    for (let k = 1; k < this.iterators.length; k++) if (this.nexts[k]!(vm, this.iterators[k]!) !== undefined) throw uneven(noun, k, "longer");
  }
}

function uneven(noun: string, i: number, how: "shorter" | "longer") {
  return valueError(`${noun}() argument ${i + 1} is ${how} than argument${i === 1 ? " 1" : `s 1-${i}`}`);
}

export class PyZip extends Lockstep {}

export class PyMap extends Lockstep {
  readonly fn: Value;
  constructor(vm: VM, fn: Value, iterables: readonly Value[], strict: boolean) {
    super(vm, iterables, strict);
    this.fn = fn;
  }
}

export class PyFilter extends PyAttrObject {
  readonly fn: Value;
  readonly iterator: Value;
  constructor(fn: Value, iterator: Value) {
    super();
    this.fn = fn;
    this.iterator = iterator;
  }
}

function withClass<T extends PyAttrObject>(o: T, cls: PyType, own: PyType): T {
  if (cls !== own) o.cls = cls;
  return o;
}

const setStrict = (vm: VM, it: Lockstep, state: Value) => {
  it.strict = truthy(vm, state);
  return null;
};

export const zipType: PyType = defineType({
  name: "zip",
  js: PyZip,
  doc: "Yields tuples of the items that the iterables give at the same position, until the shortest ends.",
  new: [
    "(*iterables, strict=False)",
    (vm: VM, cls: PyType, iterables: Value[], strict: Value | undefined) =>
      withClass(new PyZip(vm, iterables, strict !== undefined && truthy(vm, strict)), cls, zipType),
  ],
  slots: {
    iter: (_vm, it) => it,
    iternext: (vm, o) => {
      const items = (o as PyZip).advance(vm, "zip");
      return items === undefined ? undefined : new PyTuple(items);
    },
  },
  methods: {
    __reduce__: ["($self, /)", (_vm: VM, z: PyZip) => new PyTuple(z.strict ? [z.cls, new PyTuple(z.iterators), true] : [z.cls, new PyTuple(z.iterators)])],
    __setstate__: ["($self, object, /)", setStrict],
  },
});

export const mapType: PyType = defineType({
  name: "map",
  js: PyMap,
  doc: "Yields what the function returns for the items of the iterables.",
  new: [
    "(*args, strict=False)",
    (vm: VM, cls: PyType, args: Value[], strict: Value | undefined) => {
      if (args.length < 2) throw typeError("map() must have at least two arguments.");
      return withClass(new PyMap(vm, args[0]!, args.slice(1), strict !== undefined && truthy(vm, strict)), cls, mapType);
    },
  ],
  slots: {
    iter: (_vm, it) => it,
    iternext: (vm, o) => {
      const m = o as PyMap;
      if (m.iterators.length === 1) {
        const v = m.nexts[0]!(vm, m.iterators[0]!);
        return v === undefined ? undefined : vm.call(m.fn, [v]);
      }
      const items = m.advance(vm, "map");
      return items === undefined ? undefined : vm.call(m.fn, items);
    },
  },
  methods: {
    __reduce__: [
      "($self, /)",
      (_vm: VM, m: PyMap) => {
        const args = new PyTuple([m.fn, ...m.iterators]);
        return new PyTuple(m.strict ? [m.cls, args, true] : [m.cls, args]);
      },
    ],
    __setstate__: ["($self, object, /)", setStrict],
  },
});

export const filterType: PyType = defineType({
  name: "filter",
  js: PyFilter,
  doc: "Yields the items for which the function (or, for None, the item itself) is true.",
  new: [
    "(function, iterable, /)",
    (vm: VM, cls: PyType, fn: Value, iterable: Value) => withClass(new PyFilter(fn, getIter(vm, iterable)), cls, filterType),
  ],
  slots: {
    iter: (_vm, it) => it,
    iternext: (vm, o) => {
      const f = o as PyFilter;
      const next = typeOf(f.iterator).slot.iternext!;
      for (;;) {
        const v = next(vm, f.iterator);
        if (v === undefined) return undefined;
        if (truthy(vm, f.fn === null ? v : vm.call(f.fn, [v]))) return v;
      }
    },
  },
  methods: { __reduce__: ["($self, /)", (_vm: VM, f: PyFilter) => new PyTuple([f.cls, new PyTuple([f.fn, f.iterator])])] },
});
