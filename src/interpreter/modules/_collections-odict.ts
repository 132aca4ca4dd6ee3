/**
 * collections.OrderedDict and defaultdict: dict subclasses over the same table, which is ordered already. OrderedDict adds moving keys,
 * order-sensitive equality and iterators that notice mutation.
 */
import { keyError, runtimeError, typeError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { type Entry, PyDict } from "../objects/dict.ts";
import { dictsEqual, dictType, mergeMapping, updateDict } from "../objects/dict-type.ts";
import { dictView, type ViewKind, VIEW_TYPES } from "../objects/dict-views.ts";
import { PyList } from "../objects/list.ts";
import { callMethod, deleteItem, forEach, getItem, getIter, isCallable, lookupAttr, repr, setItem, toArray, truthy } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "../objects/values.ts";

// ---- defaultdict --------------------------------------------------------------------------------------------------------------------------

export class PyDefaultDict extends PyDict {
  factory: Value = null;
}

function initialiseDefault(vm: VM, d: PyDefaultDict, args: readonly Value[], kwnames: KwNames): void {
  const npos = args.length - (kwnames?.length ?? 0);
  if (npos > 0) {
    if (args[0] !== null && !isCallable(args[0]!)) throw typeError("first argument must be callable or None");
    d.factory = args[0]!;
  } else d.factory = null;
  if (npos > 2) throw typeError(`dict expected at most 1 argument, got ${npos - 1}`);
  if (npos === 2) updateDict(vm, d, args[1]!);
  kwnames?.forEach((k, i) => d.setStr(k, args[npos + i]!));
}

function missing(vm: VM, d: PyDefaultDict, key: Value): Value {
  if (d.factory === null) throw keyError(key);
  const v = vm.call(d.factory, []);
  d.set(vm, key, v);
  return v;
}

function defaultRepr(vm: VM, self: Value): string {
  const d = self as PyDefaultDict;
  const inner = dictType.slot.repr!(vm, d);
  let factory = "...";
  if (d.factory === null || vm.reprEnter(d.factory)) {
    try {
      factory = repr(vm, d.factory);
    } finally {
      if (d.factory !== null) vm.reprLeave(d.factory);
    }
  }
  return `${d.cls.name}(${factory}, ${inner})`;
}

function copyDefault(vm: VM, d: PyDefaultDict): Value {
  if (d.cls !== defaultdictType) return vm.call(d.cls, [d.factory, d]);
  const out = new PyDefaultDict();
  out.factory = d.factory;
  d.copyInto(out);
  return out;
}

function mergeDefault(vm: VM, a: Value, b: Value): Value {
  const own = a instanceof PyDefaultDict ? a : b;
  if (!(own instanceof PyDefaultDict && a instanceof PyDict && b instanceof PyDict)) return NotImplemented;
  const out = a === own ? (copyDefault(vm, own) as PyDict) : (vm.call(own.cls, [own.factory, a]) as PyDict);
  updateDict(vm, out, b);
  return out;
}

export const defaultdictType: PyType = defineType({
  name: "defaultdict",
  module: "collections",
  base: dictType,
  js: PyDefaultDict,
  doc: "A dict that makes the value of a missing key with a function.",
  slots: {
    new: (_vm, cls) => {
      const d = new PyDefaultDict();
      if (cls !== defaultdictType) d.cls = cls;
      return d;
    },
    init: (vm, self, args, kwnames) => initialiseDefault(vm, self as PyDefaultDict, args, kwnames),
    repr: defaultRepr,
    // d[key] is hot: an exact defaultdict needs no lookup of __missing__
    getitem: (vm, self, key) => {
      const d = self as PyDefaultDict;
      const e = d.find(vm, key);
      if (e !== undefined) return e.value;
      return d.cls === defaultdictType ? missing(vm, d, key) : callMethod(vm, d, "__missing__", key);
    },
    or: mergeDefault,
    ror: (vm, self, other) => mergeDefault(vm, other, self),
  },
  methods: {
    __missing__: ["($self, key, /)", missing, "What d[key] gives for a missing key: default_factory(), which is also stored."],
    copy: ["($self, /)", copyDefault, "A shallow copy."],
    __copy__: ["($self, /)", copyDefault],
    __reduce__: [
      "($self, /)",
      (vm: VM, d: PyDefaultDict) => {
        const args = d.factory === null ? [] : [d.factory];
        return new PyTuple([d.cls, new PyTuple(args), null, null, getIter(vm, callMethod(vm, d, "items"))]);
      },
    ],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    default_factory: [
      (_vm: VM, d: PyDefaultDict) => d.factory,
      (_vm: VM, d: PyDefaultDict, v: Value | undefined) => {
        d.factory = v ?? null;
      },
      "Factory for default value called by __missing__().",
    ],
  },
});

// ---- OrderedDict --------------------------------------------------------------------------------------------------------------------------

export class PyOrderedDict extends PyDict {}

class PyOdictIterator extends PyObject {
  private dict: PyOrderedDict | undefined;
  private readonly kind: ViewKind;
  private readonly reverse: boolean;
  private at: number;
  private readonly version: number;
  constructor(dict: PyOrderedDict, kind: ViewKind, reverse: boolean) {
    super();
    this.dict = dict;
    this.kind = kind;
    this.reverse = reverse;
    this.at = reverse ? dict.span - 1 : 0;
    this.version = dict.version;
  }
  step(): Value | undefined {
    const e = this.advance();
    if (e === undefined) return undefined;
    return this.kind === "keys" ? e.key : this.kind === "values" ? e.value : new PyTuple([e.key, e.value]);
  }
  private advance(): Entry | undefined {
    const d = this.dict;
    if (d === undefined) return undefined;
    if (d.version !== this.version) throw runtimeError("OrderedDict mutated during iteration");
    if (this.reverse) while (this.at >= 0 && d.entryAt(this.at) === undefined) this.at--;
    else this.at = d.nextIndex(this.at);
    if (this.at < 0) {
      this.dict = undefined;
      return undefined;
    }
    const e = d.entryAt(this.at);
    this.at += this.reverse ? -1 : 1;
    return e;
  }
}

export const odictIteratorType: PyType = defineType({
  name: "odict_iterator",
  js: PyOdictIterator,
  subclassable: false,
  slots: { iter: (_vm, it) => it, iternext: (_vm, it) => (it as PyOdictIterator).step() },
  methods: {
    __reduce__: ["($self, /)", (vm: VM, it: PyOdictIterator) => new PyTuple([vm.builtins.getStr("iter")!, new PyTuple([new PyList(toArray(vm, it))])])],
  },
});

/** The views of an OrderedDict: dict's, with its own iterators. */
const ODICT_VIEWS: { readonly [K in ViewKind]: PyType } = { keys: odictView("keys"), values: odictView("values"), items: odictView("items") };

function odictView(kind: ViewKind): PyType {
  return defineType({
    name: `odict_${kind}`,
    base: VIEW_TYPES[kind],
    subclassable: false,
    slots: { iter: (_vm, self) => new PyOdictIterator((self as unknown as { dict: PyOrderedDict }).dict, kind, false) },
    methods: { __reversed__: ["($self, /)", (_vm: VM, v: { dict: PyOrderedDict }) => new PyOdictIterator(v.dict, kind, true)] },
  });
}

function view(d: PyOrderedDict, kind: ViewKind): Value {
  const v = dictView(d, kind);
  v.cls = ODICT_VIEWS[kind];
  return v;
}

function updateOrdered(vm: VM, d: PyOrderedDict, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
  if (args.length > 1) throw typeError(`expected at most 1 argument, got ${args.length}`);
  const put = d.cls === orderedDictType ? (k: Value, v: Value) => d.set(vm, k, v) : (k: Value, v: Value) => setItem(vm, d, k, v);
  const other = args[0];
  if (other !== undefined) {
    if (other instanceof PyDict && other.cls.native) for (const e of other.snapshot()) put(e.key, e.value);
    else if (lookupAttr(vm, other, "keys") !== undefined) mergeMapping(other, vm, put);
    else putPairs(vm, other, put);
  }
  for (const [k, v] of kwargs) put(k, v);
  return null;
}

function putPairs(vm: VM, pairs: Value, put: (k: Value, v: Value) => void): void {
  forEach(vm, pairs, (pair) => {
    const items = toArray(vm, pair);
    if (items.length < 2) throw typeError(`need more than ${items.length} value${items.length === 1 ? "" : "s"} to unpack`);
    if (items.length > 2) throw typeError("too many values to unpack (expected 2)");
    put(items[0]!, items[1]!);
  });
}

function moveToEnd(vm: VM, d: PyOrderedDict, key: Value, last: Value | undefined): Value {
  const e = d.find(vm, key);
  if (e === undefined) throw keyError(key);
  d.move(e, last === undefined || truthy(vm, last));
  return null;
}

function popitem(vm: VM, d: PyOrderedDict, last: Value | undefined): Value {
  const e = last === undefined || truthy(vm, last) ? d.last() : d.first();
  if (e === undefined) throw keyError("dictionary is empty");
  if (d.cls === orderedDictType) d.remove(e);
  else return new PyTuple([e.key, callMethod(vm, d, "pop", e.key)]);
  return new PyTuple([e.key, e.value]);
}

function pop(vm: VM, d: PyOrderedDict, key: Value, missingValue: Value | undefined): Value {
  if (d.cls === orderedDictType) {
    const e = d.delete(vm, key);
    if (e !== undefined) return e.value;
  } else if (d.find(vm, key) !== undefined) {
    const v = getItem(vm, d, key);
    deleteItem(vm, d, key);
    return v;
  } else if (missingValue === undefined && lookupAttr(vm, d, "__missing__") !== undefined) return callMethod(vm, d, "__missing__", key);
  if (missingValue === undefined) throw keyError(key);
  return missingValue;
}

function setdefault(vm: VM, d: PyOrderedDict, key: Value, value: Value | undefined): Value {
  const e = d.find(vm, key);
  if (e !== undefined) return d.cls === orderedDictType ? e.value : getItem(vm, d, key);
  if (d.cls === orderedDictType) d.insert(vm, key, value ?? null);
  else setItem(vm, d, key, value ?? null);
  return value ?? null;
}

function equalOrdered(vm: VM, a: Value, b: Value): Value {
  if (!(b instanceof PyDict)) return NotImplemented;
  if (!dictsEqual(vm, a as PyDict, b)) return false;
  if (!(b instanceof PyOrderedDict)) return true;
  const x = (a as PyDict).keys();
  const y = b.keys();
  return new PyTuple(x).cls.slot.eq!(vm, new PyTuple(x), new PyTuple(y)) === true;
}

function orderedRepr(vm: VM, self: Value): string {
  const d = self as PyOrderedDict;
  if (d.size === 0) return `${d.cls.name}()`;
  if (!vm.reprEnter(d)) return "...";
  try {
    const parts: string[] = [];
    if (d.cls === orderedDictType) for (const e of d.entries()) parts.push(`${repr(vm, e.key)}: ${repr(vm, e.value)}`);
    else
      forEach(vm, callMethod(vm, d, "items"), (pair) => {
        const [k, v] = (pair as PyTuple).items;
        parts.push(`${repr(vm, k!)}: ${repr(vm, v!)}`);
      });
    return `${d.cls.name}({${parts.join(", ")}})`;
  } finally {
    vm.reprLeave(d);
  }
}

function copyOrdered(vm: VM, d: PyOrderedDict): Value {
  if (d.cls === orderedDictType) return d.copyInto(new PyOrderedDict());
  const out = vm.call(d.cls, []);
  forEach(vm, d, (k) => setItem(vm, out, k, getItem(vm, d, k)));
  return out;
}

function fromKeys(vm: VM, cls: PyType, keys: Value, value: Value | undefined): Value {
  const d = vm.call(cls, []);
  forEach(vm, keys, (k) => setItem(vm, d, k, value ?? null));
  return d;
}

function mergeOrdered(vm: VM, a: Value, b: Value): Value {
  if (!(a instanceof PyDict && b instanceof PyDict)) return NotImplemented;
  const cls = a instanceof PyOrderedDict ? a.cls : (b as PyOrderedDict).cls;
  const out = vm.call(cls, [a]) as PyOrderedDict;
  updateOrdered(vm, out, [b], new Map());
  return out;
}

function reduceOrdered(vm: VM, d: PyOrderedDict): Value {
  const own = lookupAttr(vm, d, "__dict__");
  const state = own instanceof PyDict && own.size > 0 ? own : null;
  return new PyTuple([d.cls, new PyTuple([]), state, null, getIter(vm, callMethod(vm, d, "items"))]);
}

export const orderedDictType: PyType = defineType({
  name: "OrderedDict",
  module: "collections",
  base: dictType,
  js: PyOrderedDict,
  hasDict: true,
  doc: "A dict whose equality looks at the order, and whose keys can be moved.",
  init: ["($self, /, *args, **kwargs)", updateOrdered],
  slots: {
    new: (_vm, cls) => {
      const d = new PyOrderedDict();
      if (cls !== orderedDictType) d.cls = cls;
      return d;
    },
    repr: orderedRepr,
    hash: null,
    eq: equalOrdered,
    ne: (vm, a, b) => {
      const r = equalOrdered(vm, a, b);
      return r === NotImplemented ? r : !r;
    },
    iter: (_vm, self) => new PyOdictIterator(self as PyOrderedDict, "keys", false),
    or: mergeOrdered,
    ror: (vm, self, other) => mergeOrdered(vm, other, self),
    ior: (vm, self, other) => {
      updateOrdered(vm, self as PyOrderedDict, [other], new Map());
      return self;
    },
  },
  methods: {
    move_to_end: ["($self, /, key, last=True)", moveToEnd, "Move a key to either end."],
    popitem: ["($self, /, last=True)", popitem, "Remove and return the last or first (key, value)."],
    pop: ["($self, /, key, default=<unrepresentable>)", pop, "Remove the key and return its value, else the default, else KeyError."],
    setdefault: ["($self, /, key, default=None)", setdefault, "The value of the key, which is set to the default if missing."],
    update: ["($self, /, *args, **kwargs)", updateOrdered, "Add the entries of a mapping or of an iterable of pairs."],
    keys: ["($self, /)", (_vm: VM, d: PyOrderedDict) => view(d, "keys")],
    values: ["($self, /)", (_vm: VM, d: PyOrderedDict) => view(d, "values")],
    items: ["($self, /)", (_vm: VM, d: PyOrderedDict) => view(d, "items")],
    copy: ["($self, /)", copyOrdered, "A shallow copy."],
    __reversed__: ["($self, /)", (_vm: VM, d: PyOrderedDict) => new PyOdictIterator(d, "keys", true)],
    __reduce__: ["($self, /)", reduceOrdered],
  },
  classMethods: { fromkeys: ["($cls, /, iterable, value=None)", fromKeys, "An ordered dict with these keys and one value."] },
});

