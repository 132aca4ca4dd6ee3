/** Containers driven directly through their slots and methods, with a bare VM: hash tables, set order, sorting, slices, ranges. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import "../src/interpreter/objects/native.ts";
import { PyDict } from "../src/interpreter/objects/dict.ts";
import { dictType } from "../src/interpreter/objects/dict-type.ts";
import { PyList } from "../src/interpreter/objects/list.ts";
import { listType } from "../src/interpreter/objects/list-methods.ts";
import { callMethod, getItem, repr, setItem, toArray, typeOf } from "../src/interpreter/objects/operations.ts";
import { PyRange } from "../src/interpreter/objects/range.ts";
import type { VM } from "../src/interpreter/objects/runtime.ts";
import { PySet } from "../src/interpreter/objects/set.ts";
import { setType } from "../src/interpreter/objects/set-type.ts";
import { PySlice } from "../src/interpreter/objects/slice.ts";
import { timsort } from "../src/interpreter/objects/timsort.ts";
import { tupleHashOf } from "../src/interpreter/objects/tuple-hash.ts";
import { tupleType } from "../src/interpreter/objects/tuple.ts";
import { PyFloat, PyTuple, type Value } from "../src/interpreter/objects/values.ts";
import { PyBaseException } from "../src/interpreter/builtins/exceptions.ts";
import "../src/interpreter/builtins/exception-types.ts";
import "../src/interpreter/objects/bool.ts";
import "../src/interpreter/objects/float.ts";
import "../src/interpreter/objects/int.ts";
import "../src/interpreter/objects/none.ts";
import "../src/interpreter/objects/str.ts";

const bare: Pick<VM, "call" | "enterRecursive" | "leaveRecursive" | "reprEnter" | "reprLeave"> = {
  call: (fn, args, kw) => typeOf(fn).slot.call!(vm, fn, args, kw),
  enterRecursive() {},
  leaveRecursive() {},
  reprEnter: () => true,
  reprLeave() {},
};
const vm = bare as VM;

const list = (...items: Value[]) => new PyList(items);
const tuple = (...items: Value[]) => new PyTuple(items);
const float = (x: number) => new PyFloat(x);
const set = (...items: Value[]) => {
  const s = new PySet();
  for (const v of items) s.add(vm, v);
  return s;
};

function message(f: () => unknown): string {
  try {
    f();
  } catch (e) {
    if (e instanceof PyBaseException) return `${e.cls.name}: ${String(e.args.items[0])}`;
    throw e;
  }
  return "nothing raised";
}

test("dict: 1, 1.0 and True are one key, and the first spelling stays", () => {
  const d = new PyDict();
  d.set(vm, 1, "int");
  d.set(vm, float(1), "float");
  d.set(vm, true, "bool");
  assert.equal(repr(vm, d), "{1: 'bool'}");
});

test("dict: tuple keys, equal but distinct objects, nested and mixed with numbers", () => {
  const d = new PyDict();
  d.set(vm, tuple(1, "a"), 1);
  d.set(vm, tuple(float(1), "a"), 2);
  d.set(vm, tuple(1, tuple("a", null)), 3);
  assert.is(d.size, 2);
  assert.is(d.get(vm, tuple(true, "a")), 2);
  assert.is(d.get(vm, tuple(1, tuple("a", null))), 3);
  assert.is(d.get(vm, tuple(1, "b")), undefined);
});

test("dict: order survives deletion and reinsertion", () => {
  const d = new PyDict();
  for (let i = 0; i < 200; i++) d.set(vm, i, i);
  for (let i = 0; i < 190; i++) d.delete(vm, i);
  d.set(vm, 3, 3);
  assert.equal(d.keys(), [190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 3]);
  assert.is(d.first()!.key, 190);
});

test("dict: unhashable keys", () => {
  assert.is(message(() => new PyDict().set(vm, list(), 1)), "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')");
  assert.is(message(() => set().add(vm, new PyDict())), "TypeError: cannot use 'dict' as a set element (unhashable type: 'dict')");
});

test("dict: iteration notices a change of size", () => {
  const d = new PyDict();
  d.set(vm, 1, 1);
  const it = typeOf(d).slot.iter!(vm, d);
  d.set(vm, 2, 2);
  assert.is(message(() => typeOf(it).slot.iternext!(vm, it)), "RuntimeError: dictionary changed size during iteration");
});

test("set: CPython's order for numbers", () => {
  assert.is(repr(vm, set(3, 1, 2)), "{1, 2, 3}");
  assert.is(repr(vm, set(-1, -2, 5, 8, 16, 24)), "{5, 8, 16, -2, 24, -1}");
  assert.is(repr(vm, set(0, 9, 18, 27, 36)), "{0, 36, 9, 18, 27}");
});

test("set: operators need sets, methods take iterables", () => {
  assert.is(repr(vm, callMethod(vm, set(1, 2), "union", list(3))), "{1, 2, 3}");
  assert.is(repr(vm, setType.slot.sub!(vm, set(1, 2, 3), set(2))), "{1, 3}");
});

test("list: slices", () => {
  const a = list(0, 1, 2, 3, 4, 5);
  assert.is(repr(vm, getItem(vm, a, new PySlice(null, null, -2))), "[5, 3, 1]");
  assert.is(repr(vm, getItem(vm, a, new PySlice(-3, 100, null))), "[3, 4, 5]");
  setItem(vm, a, new PySlice(1, 3, null), list("x"));
  assert.is(repr(vm, a), "[0, 'x', 3, 4, 5]");
  assert.is(
    message(() => setItem(vm, a, new PySlice(null, null, 2), list(1))),
    "ValueError: attempt to assign sequence of size 1 to extended slice of size 3",
  );
  listType.slot.delitem!(vm, a, new PySlice(null, null, 2));
  assert.is(repr(vm, a), "['x', 4]");
});

test("list: errors", () => {
  assert.is(message(() => getItem(vm, list(1), 1)), "IndexError: list index out of range");
  assert.is(message(() => getItem(vm, list(1), "a")), "TypeError: list indices must be integers or slices, not str");
  assert.is(message(() => callMethod(vm, list(), "pop")), "IndexError: pop from empty list");
});

test("sort: numbers, text beyond the basic plane, tuples by column", () => {
  const sorted = (...items: Value[]) => {
    const l = list(...items);
    callMethod(vm, l, "sort");
    return repr(vm, l);
  };
  assert.is(sorted(3, float(1.5), true, -2), "[-2, True, 1.5, 3]");
  assert.is(sorted("\u{1f600}", "\uff5e", "a"), "['a', '\uff5e', '\u{1f600}']");
  assert.is(sorted(tuple(1, "b"), tuple(0, "z"), tuple(1, "a")), "[(0, 'z'), (1, 'a'), (1, 'b')]");
  assert.is(message(() => sorted(1, "a")), "TypeError: '<' not supported between instances of 'str' and 'int'");
});

test("timsort: stable, and as many comparisons as list.sort makes", () => {
  for (const [n, expected] of [[64, 63], [65, 64]] as const) {
    let count = 0;
    timsort(n, (a, b) => (count++, a < b));
    assert.is(count, expected);
  }
  const keys = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 13);
  const order = timsort(keys.length, (a, b) => keys[a]! < keys[b]!);
  for (let i = 1; i < order.length; i++) {
    const [p, q] = [order[i - 1]!, order[i]!];
    assert.ok(keys[p]! < keys[q]! || (keys[p] === keys[q] && p < q));
  }
});

test("range: arithmetic beyond 2^53", () => {
  const r = new PyRange(2n ** 60n, 2n ** 60n + 10n, 3);
  assert.equal(toArray(vm, r), [2n ** 60n, 2n ** 60n + 3n, 2n ** 60n + 6n, 2n ** 60n + 9n]);
  assert.is(repr(vm, getItem(vm, new PyRange(0, 10, 1), new PySlice(null, null, -3))), "range(9, -1, -3)");
});

test("hashes of tuples are CPython's", () => {
  assert.is(tupleHashOf([1, 2, 3]), 529344067295497451n);
  assert.is(tupleHashOf([]), 5740354900026072187n);
});

test("types", () => {
  assert.is(tupleType.slot.hash === null, false);
  assert.is(dictType.slot.hash, null);
});

test.run();
