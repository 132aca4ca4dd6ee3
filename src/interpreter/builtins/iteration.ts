/** Builtins about iteration: iter, next, len, all, any, sorted, aiter, anext. */
import { collect, PyCallableIterator, sequenceItems } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { forEach, getIter, isCallable, iterNext, length, lookupSpecial, truthy, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { sortItems } from "../objects/sort.ts";
import { defineType, type NativeRow } from "../objects/type.ts";
import { PyObject, type Value } from "../objects/values.ts";
import { isInstanceOf, stopIteration, typeError } from "./exceptions.ts";

function iter(vm: VM, v: Value, sentinel: Value | undefined): Value {
  if (sentinel === undefined) return getIter(vm, v);
  if (!isCallable(v)) throw typeError("iter(v, w): v must be callable");
  return new PyCallableIterator(v, sentinel);
}

function next(vm: VM, it: Value, missing: Value | undefined): Value {
  if (missing === undefined) return nextOrStop(vm, it);
  try {
    const v = iterNext(vm, it);
    return v === undefined ? missing : v;
  } catch (e) {
    if (isInstanceOf(e, "StopIteration")) return missing;
    throw e;
  }
}

function nextOrStop(vm: VM, it: Value): Value {
  const v = iterNext(vm, it);
  if (v !== undefined) return v;
  throw stopIteration(returnValue(it));
}

/** What a generator returned travels in StopIteration.value. */
function returnValue(it: Value): Value | undefined {
  if (it instanceof PyObject && "frame" in it) {
    const frame = it.frame as { result?: Value } | null;
    return frame?.result ?? undefined;
  }
  return undefined;
}

function all(vm: VM, iterable: Value): Value {
  const items = sequenceItems(iterable);
  if (items) {
    for (let i = 0; i < items.length; i++) if (!truthy(vm, items[i]!)) return false;
    return true;
  }
  let ok = true;
  forEach(vm, iterable, (v) => !(ok = truthy(vm, v)));
  return ok;
}

function any(vm: VM, iterable: Value): Value {
  const items = sequenceItems(iterable);
  if (items) {
    for (let i = 0; i < items.length; i++) if (truthy(vm, items[i]!)) return true;
    return false;
  }
  let found = false;
  forEach(vm, iterable, (v) => (found = truthy(vm, v)));
  return found;
}

function sorted(vm: VM, args: Value[], kwargs: ReadonlyMap<string, Value>): Value {
  if (args.length !== 1) throw typeError(`sorted expected 1 argument, got ${args.length}`);
  for (const name of kwargs.keys()) if (name !== "key" && name !== "reverse") throw typeError(`sort() got an unexpected keyword argument '${name}'`);
  const items = collect(vm, args[0]!);
  sortItems(vm, items, kwargs.get("key") ?? null, kwargs.get("reverse"));
  return new PyList(items);
}

function aiter(vm: VM, v: Value): Value {
  const f = typeOf(v).slot.aiter;
  if (!f) throw typeError(`'${typeName(v)}' object is not an async iterable`);
  const it = f(vm, v);
  if (typeOf(it).slot.anext === undefined) throw typeError(`aiter() returned not an async iterator of type '${typeName(it)}'`);
  return it;
}

function anext(vm: VM, it: Value, missing: Value | undefined): Value {
  const f = typeOf(it).slot.anext;
  if (!f) throw typeError(`'${typeName(it)}' object is not an async iterator`);
  const awaitable = f(vm, it);
  return missing === undefined ? awaitable : new PyAnextDefault(awaitable, missing);
}

/** anext(it, default): awaits like the iterator's own awaitable, and returns the default where that raises StopAsyncIteration. */
class PyAnextDefault extends PyObject {
  readonly awaitable: Value;
  readonly missing: Value;
  iterator: Value | undefined = undefined;
  constructor(awaitable: Value, missing: Value) {
    super();
    this.awaitable = awaitable;
    this.missing = missing;
  }

  /** Runs one step of the inner await. */
  step(vm: VM, method: "send" | "throw" | "close", args: Value[]): Value {
    this.iterator ??= awaitIterator(vm, this.awaitable);
    try {
      if (method === "send" && args[0] === null && lookupSpecial(vm, this.iterator, "send") === undefined) return nextOrStop(vm, this.iterator);
      const fn = lookupSpecial(vm, this.iterator, method);
      return fn === undefined ? null : vm.call(fn, args);
    } catch (e) {
      if (isInstanceOf(e, "StopAsyncIteration")) throw stopIteration(this.missing);
      throw e;
    }
  }
}

function awaitIterator(vm: VM, awaitable: Value): Value {
  const f = typeOf(awaitable).slot.await;
  if (f) return f(vm, awaitable);
  if (typeOf(awaitable).slot.iternext) return awaitable;
  throw typeError(`object ${typeName(awaitable)} can't be used in 'await' expression`);
}

defineType({
  name: "anext_awaitable",
  js: PyAnextDefault,
  subclassable: false,
  slots: {
    await: (_vm, self) => self,
    iter: (_vm, self) => self,
    iternext: (vm, self) => (self as PyAnextDefault).step(vm, "send", [null]),
  },
  methods: {
    send: ["($self, value, /)", (vm: VM, self: PyAnextDefault, v: Value) => self.step(vm, "send", [v])],
    throw: ["($self, /, *args)", (vm: VM, self: PyAnextDefault, args: Value[]) => self.step(vm, "throw", args)],
    close: ["($self, /)", (vm: VM, self: PyAnextDefault) => self.step(vm, "close", [])],
  },
});

export const ITERATION_FUNCTIONS: Record<string, NativeRow> = {
  aiter: ["(async_iterable, /)", aiter, "The iterator of an asynchronous iterable."],
  all: ["(iterable, /)", all, "Whether every item is true."],
  anext: ["(aiterator, default=<unrepresentable>, /)", anext, "An awaitable for the next item of an asynchronous iterator."],
  any: ["(iterable, /)", any, "Whether some item is true."],
  iter: ["(object, sentinel=<unrepresentable>, /)", iter, "An iterator over an object, or over calls until a sentinel comes."],
  len: ["(obj, /)", (vm: VM, v: Value) => length(vm, v), "The number of items of a container."],
  next: ["(iterator, default=<unrepresentable>, /)", next, "The next item of an iterator, or the default at its end."],
  sorted: ["(*args, **kwargs)", sorted, "A new sorted list of the items of an iterable."],
};
