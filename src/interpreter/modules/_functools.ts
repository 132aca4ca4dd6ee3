/** Module _functools: partial with placeholders (3.14), lru_cache's wrapper, reduce, cmp_to_key. */
import { typeError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { PyDict } from "../objects/dict.ts";
import { copyDict } from "../objects/dict-type.ts";
import { PyMethod } from "../objects/function.ts";
import { type CompareOp, compare, forEach, getAttr, isCallable, lookupAttr, plainStr, repr, str, toIndex, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { KwNames } from "../objects/slots.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyAttrObject, PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

// ---- partial ------------------------------------------------------------------------------------------------------------------------------

class PyPlaceholder extends PyObject {}
const Placeholder = new PyPlaceholder();

const placeholderType = defineType({
  name: "_PlaceholderType",
  module: "functools",
  js: PyPlaceholder,
  subclassable: false,
  doc: "The type of the Placeholder singleton.",
  new: ["()", () => Placeholder],
  slots: { repr: () => "Placeholder" },
  methods: { __reduce__: ["($self, /)", () => "Placeholder"] },
});

class PyPartial extends PyAttrObject {
  fn: Value;
  args: readonly Value[];
  keywords: PyDict;
  /** How many of args are placeholders. */
  holes: number;
  constructor(cls: PyType, fn: Value, args: readonly Value[], keywords: PyDict) {
    super();
    this.cls = cls;
    this.fn = fn;
    this.args = args;
    this.keywords = keywords;
    this.holes = countHoles(args);
  }
}

function countHoles(args: readonly Value[]): number {
  let n = 0;
  for (const a of args) if (a === Placeholder) n++;
  return n;
}

/** Splits call arguments into positional ones and keyword pairs. */
function splitCall(args: readonly Value[], kwnames: KwNames): [positional: readonly Value[], keywords: (readonly [string, Value])[]] {
  const n = args.length - (kwnames?.length ?? 0);
  return [args.slice(0, n), (kwnames ?? []).map((k, i) => [k, args[n + i]!] as const)];
}

/** Fills the placeholders of `args` with the first of `given`, appends the rest. */
function fillHoles(args: readonly Value[], holes: number, given: readonly Value[]): Value[] {
  if (holes === 0) return [...args, ...given];
  let k = 0;
  const out = args.map((a) => (a === Placeholder && k < given.length ? given[k++]! : a));
  return out.concat(given.slice(k));
}

function newPartial(_vm: VM, cls: PyType, args: readonly Value[], kwnames: KwNames): Value {
  const [positional, pairs] = splitCall(args, kwnames);
  const [fn, ...given] = positional;
  if (fn === undefined) throw typeError("type 'partial' takes at least one argument");
  if (!isCallable(fn)) throw typeError("the first argument must be callable");
  if (given.at(-1) === Placeholder) throw typeError("trailing Placeholders are not allowed");
  if (pairs.some(([, v]) => v === Placeholder)) throw typeError("Placeholder cannot be passed as a keyword argument");
  const inner = fn instanceof PyPartial && fn.cls === partialType && cls === partialType && fn.shape === undefined ? fn : undefined;
  const keywords = inner ? copyDict(inner.keywords) : new PyDict();
  for (const [k, v] of pairs) keywords.setStr(k, v);
  let all = inner ? fillHoles(inner.args, inner.holes, given) : given;
  // placeholders of the inner partial may be left over at the end
  while (all.at(-1) === Placeholder) all = all.slice(0, -1);
  return new PyPartial(cls, inner ? inner.fn : fn, all, keywords);
}

function callPartial(vm: VM, self: Value, args: readonly Value[], kwnames: KwNames): Value {
  const p = self as PyPartial;
  const npos = args.length - (kwnames?.length ?? 0);
  if (npos < p.holes) throw typeError(`missing positional arguments in 'partial' call; expected at least ${p.holes}, got ${npos}`);
  const positional = fillHoles(p.args, p.holes, npos === args.length ? args : args.slice(0, npos));
  if (p.keywords.size === 0) {
    for (let k = npos; k < args.length; k++) positional.push(args[k]!);
    return vm.call(p.fn, positional, kwnames);
  }
  const merged = new Map<string, Value>();
  for (const e of p.keywords.entries()) merged.set(keywordName(e.key), e.value);
  kwnames?.forEach((k, i) => merged.set(k, args[npos + i]!));
  return vm.call(p.fn, [...positional, ...merged.values()], [...merged.keys()]);
}

function keywordName(v: Value): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError("keywords must be strings");
  return s;
}

function partialRepr(vm: VM, self: Value): string {
  const p = self as PyPartial;
  const name = p.cls === partialType ? "functools.partial" : `${str(vm, lookupAttr(vm, p.cls, "__module__") ?? "")}.${p.cls.qualname}`;
  if (!vm.reprEnter(p)) return `${name}(...)`;
  try {
    const parts = [repr(vm, p.fn), ...p.args.map((a) => repr(vm, a))];
    for (const e of p.keywords.entries()) parts.push(`${str(vm, e.key)}=${repr(vm, e.value)}`);
    return `${name}(${parts.join(", ")})`;
  } finally {
    vm.reprLeave(p);
  }
}

function ownDict(vm: VM, o: Value): Value {
  const d = lookupAttr(vm, o, "__dict__");
  return d instanceof PyDict && d.size > 0 ? d : null;
}

function setPartialState(vm: VM, p: PyPartial, state: Value): Value {
  if (!(state instanceof PyTuple) || state.items.length !== 4) throw typeError("invalid partial state");
  const [fn, args, keywords, dict] = state.items as [Value, Value, Value, Value];
  if (!isCallable(fn) || !(args instanceof PyTuple) || (keywords !== null && !(keywords instanceof PyDict))) throw typeError("invalid partial state");
  if (args.items.at(-1) === Placeholder) throw typeError("trailing Placeholders are not allowed");
  p.fn = fn;
  p.args = args.items;
  p.holes = countHoles(p.args);
  p.keywords = keywords === null ? new PyDict() : copyDict(keywords);
  const own = lookupAttr(vm, p, "__dict__");
  if (own instanceof PyDict) {
    own.clear();
    if (dict instanceof PyDict) dict.copyInto(own);
  }
  return null;
}

export const partialType: PyType = defineType({
  name: "partial",
  module: "functools",
  js: PyPartial,
  hasDict: true,
  doc: "A function with some of its arguments given.",
  slots: {
    new: newPartial,
    call: callPartial,
    repr: partialRepr,
    get: (_vm, self, instance) => (instance === undefined || instance === null ? self : new PyMethod(self, instance)),
  },
  methods: {
    __reduce__: ["($self, /)", (vm: VM, p: PyPartial) => new PyTuple([p.cls, new PyTuple([p.fn]), new PyTuple([p.fn, new PyTuple(p.args), p.keywords, ownDict(vm, p)])])],
    __setstate__: ["($self, state, /)", setPartialState],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    func: [(_vm: VM, p: PyPartial) => p.fn, undefined, "function object to use in future partial calls"],
    args: [(_vm: VM, p: PyPartial) => new PyTuple(p.args), undefined, "tuple of arguments to future partial calls"],
    keywords: [(_vm: VM, p: PyPartial) => p.keywords, undefined, "dictionary of keyword arguments to future partial calls"],
  },
});

// ---- reduce -------------------------------------------------------------------------------------------------------------------------------

function reduce(vm: VM, fn: Value, iterable: Value, initial: Value | undefined): Value {
  const s = typeOf(iterable).slot;
  if (!s.iter && !s.getitem) throw typeError("reduce() arg 2 must support iteration");
  let total = initial;
  forEach(vm, iterable, (v) => {
    total = total === undefined ? v : vm.call(fn, [total, v]);
  });
  if (total === undefined) throw typeError("reduce() of empty iterable with no initial value");
  return total;
}

// ---- cmp_to_key ---------------------------------------------------------------------------------------------------------------------------

/** Both the key function (no object yet) and the keys that it makes. */
class PyKey extends PyObject {
  readonly cmp: Value;
  object: Value | undefined;
  constructor(cmp: Value, object: Value | undefined) {
    super();
    this.cmp = cmp;
    this.object = object;
  }
}

const compareKeys = (op: CompareOp) => (vm: VM, a: Value, b: Value): Value => {
  const x = a as PyKey;
  if (!(b instanceof PyKey)) throw typeError("other argument must be K instance");
  return compare(vm, op, vm.call(x.cmp, [x.object ?? null, b.object ?? null]), 0);
};

defineType({
  name: "KeyWrapper",
  module: "functools",
  js: PyKey,
  subclassable: false,
  slots: {
    call: (_vm, self, args, kwnames) => {
      if (kwnames?.length && kwnames[0] !== "obj") throw typeError(`K() got an unexpected keyword argument '${kwnames[0]}'`);
      if (args.length !== 1) throw typeError(`K() takes exactly one argument (${args.length} given)`);
      return new PyKey((self as PyKey).cmp, args[0]!);
    },
    eq: compareKeys("eq"), ne: compareKeys("ne"), lt: compareKeys("lt"), le: compareKeys("le"), gt: compareKeys("gt"), ge: compareKeys("ge"),
    hash: null,
  },
  getset: {
    obj: [
      (_vm: VM, k: PyKey) => k.object ?? null,
      (_vm: VM, k: PyKey, v: Value | undefined) => {
        k.object = v;
      },
      "Value wrapped by a key function.",
    ],
  },
});

// ---- lru_cache ----------------------------------------------------------------------------------------------------------------------------

/** Separates positional from keyword arguments in a key. */
class KeywordMark extends PyObject {}
const MARK = new KeywordMark();
defineType({ name: "keyword_mark", module: "functools", js: KeywordMark, subclassable: false });

/** Its keys are arguments, so an unhashable one is reported in hash's own words. */
class ResultTable extends PyDict {
  protected override get keyNoun(): undefined {
    return undefined;
  }
}

/** Results by arguments, the least recently used first. A limit of undefined means none, 0 no cache. */
export class PyLruCache extends PyAttrObject {
  readonly fn: Value;
  readonly limit: number | undefined;
  readonly typed: boolean;
  readonly infoType: Value;
  readonly results: PyDict = new ResultTable();
  hits = 0;
  misses = 0;
  constructor(fn: Value, limit: number | undefined, typed: boolean, infoType: Value) {
    super();
    this.fn = fn;
    this.limit = limit;
    this.typed = typed;
    this.infoType = infoType;
  }

  /** The arguments as one hashable value; a lone int or str is its own key. */
  keyOf(args: readonly Value[], kwnames: KwNames): Value {
    if (kwnames === undefined && !this.typed && args.length === 1 && (typeof args[0] === "number" || typeof args[0] === "string")) return args[0]!;
    const [positional, pairs] = splitCall(args, kwnames);
    const parts: Value[] = positional.slice();
    if (pairs.length) parts.push(MARK);
    for (const [k, v] of pairs) parts.push(k, v);
    if (this.typed) parts.push(...args.map(typeOf));
    return new PyTuple(parts);
  }

  store(vm: VM, key: Value, v: Value): void {
    // the call may have stored the same key, or cleared the cache
    if (this.results.find(vm, key) !== undefined) return;
    if (this.limit !== undefined && this.results.size >= this.limit) {
      const oldest = this.results.first();
      if (oldest) this.results.remove(oldest);
    }
    this.results.insert(vm, key, v);
  }
}

function callCached(vm: VM, self: Value, args: Value[], kwnames: KwNames): Value {
  const c = self as PyLruCache;
  if (c.limit === 0) {
    c.misses++;
    return vm.call(c.fn, args, kwnames);
  }
  const key = c.keyOf(args, kwnames?.length ? kwnames : undefined);
  const e = c.results.find(vm, key);
  if (e !== undefined) {
    c.hits++;
    if (c.limit !== undefined) c.results.move(e, true);
    return e.value;
  }
  c.misses++;
  const v = vm.call(c.fn, args, kwnames);
  c.store(vm, key, v);
  return v;
}

function newCache(vm: VM, cls: PyType, fn: Value, maxsize: Value, typed: Value, infoType: Value): Value {
  if (!isCallable(fn)) throw typeError("the first argument must be callable");
  if (maxsize !== null && typeOf(maxsize).slot.index === undefined && typeof maxsize !== "number") throw typeError("maxsize should be integer or None");
  const limit = maxsize === null ? undefined : Math.max(0, Number(toIndex(vm, maxsize)));
  const c = new PyLruCache(fn, limit, typed === true, infoType);
  if (cls !== lruCacheType) c.cls = cls;
  return c;
}

export const lruCacheType: PyType = defineType({
  name: "_lru_cache_wrapper",
  module: "functools",
  js: PyLruCache,
  hasDict: true,
  doc: "A callable that remembers the results of another.",
  new: ["(user_function, maxsize, typed, cache_info_type)", newCache],
  slots: {
    call: callCached,
    get: (_vm, self, instance) => (instance === undefined || instance === null ? self : new PyMethod(self, instance)),
  },
  methods: {
    cache_info: ["($self, /)", (vm: VM, c: PyLruCache) => vm.call(c.infoType, [c.hits, c.misses, c.limit ?? null, c.results.size]), "Report cache statistics"],
    cache_clear: [
      "($self, /)",
      (_vm: VM, c: PyLruCache) => {
        c.results.clear();
        c.hits = 0;
        c.misses = 0;
        return null;
      },
      "Clear the cache and cache statistics",
    ],
    __reduce__: ["($self, /)", (vm: VM, c: PyLruCache) => getAttr(vm, c, "__qualname__")],
    __copy__: ["($self, /)", (_vm: VM, c: PyLruCache) => c],
    __deepcopy__: ["($self, memo, /)", (_vm: VM, c: PyLruCache) => c],
  },
});

export const _functools: NativeModule = {
  name: "_functools",
  doc: "Tools that operate on functions.",
  functions: {
    cmp_to_key: ["(mycmp)", (_vm: VM, cmp: Value) => new PyKey(cmp, undefined), "A key function from a comparison function."],
    reduce: ["(function, iterable, /, initial=<functools initial sentinel>)", reduce, "Fold an iterable with a function of two arguments."],
  },
  values: () => ({ partial: partialType, Placeholder, _PlaceholderType: placeholderType, _lru_cache_wrapper: lruCacheType }),
};
