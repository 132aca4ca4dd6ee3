/**
 * Values between JavaScript and Python. Containers are copied (cycles and shared parts keep their form), functions and other objects go by reference
 * and come back as themselves.
 *
 *   JavaScript → Python                              Python → JavaScript
 *   null, undefined        None                      None                   null
 *   boolean                bool                      bool                   boolean
 *   number: safe integer   int                       int: safe              number
 *           other, -0      float                          other             bigint
 *   bigint                 int                       float                  number
 *   string                 str                       str                    string
 *   Uint8Array             bytes                     bytes, bytearray       Uint8Array
 *   Array                  list                      list, tuple            Array
 *   Map, plain object      dict                      dict                   plain object if all keys are str, else Map
 *   Set                    set                       set, frozenset         Set
 *   function               function                  function, method       function
 *   PythonObject           the object                anything else          PythonObject
 *
 * Known weakness: a float that is a whole number comes back to Python as an int, which compares equal to it. `float(x)` makes a float of any number.
 */
import { newException, type PyBaseException, typeError } from "../interpreter/builtins/exceptions.ts";
import { PyByteArray } from "../interpreter/objects/bytearray.ts";
import { PyDict } from "../interpreter/objects/dict.ts";
import { PyFunction, PyMethod } from "../interpreter/objects/function.ts";
import { PyList } from "../interpreter/objects/list.ts";
import { nativeFunction, PyNative } from "../interpreter/objects/native.ts";
import { getAttr, lookupAttr, plainInt, plainStr, repr, setAttr, str, typeName } from "../interpreter/objects/operations.ts";
import { PySet, PySetBase } from "../interpreter/objects/set.ts";
import { normInt, PyBytes, PyFloat, type PyObject, PyTuple, type Value } from "../interpreter/objects/values.ts";
import { internalErrors } from "../interpreter/vm/raise.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";
import type { PythonObject } from "./errors.ts";

/** Runs host code that enters Python: limits hold, exceptions become the host's. */
export type Enter = <T>(run: () => T) => T;

/** A number that is to be a float in Python, whole or not. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** `float(2)` is 2.0 in Python, where the plain number 2 would be an int. */
export function float(value: number): Float {
  return new Float(value);
}

type JsFunction = (...args: unknown[]) => unknown;

export class Converter {
  private readonly vm: Interpreter;
  private readonly enter: Enter;
  /** The Python exception behind an error of ours that passes through host code. */
  private readonly exceptionOf: (e: unknown) => PyBaseException | undefined;
  /** Functions in either world and their counterparts in the other. */
  private readonly pythonOf: WeakMap<JsFunction, Value> = new WeakMap();
  private readonly jsOf: WeakMap<PyObject, JsFunction> = new WeakMap();

  constructor(vm: Interpreter, enter: Enter, exceptionOf: (e: unknown) => PyBaseException | undefined) {
    this.vm = vm;
    this.enter = enter;
    this.exceptionOf = exceptionOf;
  }

  // ---- to Python ------------------------------------------------------------------------------------------------------------------------

  toPython(v: unknown, seen: Map<object, Value> = new Map()): Value {
    switch (typeof v) {
      case "undefined":
        return null;
      case "boolean":
      case "string":
        return v;
      case "bigint":
        return normInt(v);
      case "number":
        return Number.isSafeInteger(v) && !Object.is(v, -0) ? v : new PyFloat(v);
      case "function":
        return this.functionToPython(v as JsFunction);
      case "object":
        return v === null ? null : (seen.get(v) ?? this.objectToPython(v, seen));
      default:
        throw typeError(`no Python value for a ${typeof v}`);
    }
  }

  private objectToPython(v: object, seen: Map<object, Value>): Value {
    if (v instanceof Handle) return v.value;
    if (v instanceof Float) return new PyFloat(v.value);
    if (v instanceof Uint8Array) return new PyBytes(v.slice());
    if (Array.isArray(v)) return this.listToPython(v, seen);
    if (v instanceof Set) return this.setToPython(v, seen);
    if (v instanceof Map) return this.dictToPython(v, v.entries(), seen);
    const prototype: unknown = Object.getPrototypeOf(v);
    if (prototype === Object.prototype || prototype === null) return this.dictToPython(v, Object.entries(v), seen);
    throw typeError(`no Python value for a ${v.constructor.name}`);
  }

  private listToPython(v: readonly unknown[], seen: Map<object, Value>): Value {
    const list = new PyList([]);
    seen.set(v, list);
    for (const item of v) list.items.push(this.toPython(item, seen));
    return list;
  }

  private setToPython(v: ReadonlySet<unknown>, seen: Map<object, Value>): Value {
    const set = new PySet();
    seen.set(v, set);
    for (const item of v) set.add(this.vm, this.toPython(item, seen));
    return set;
  }

  private dictToPython(v: object, entries: Iterable<[unknown, unknown]>, seen: Map<object, Value>): Value {
    const dict = new PyDict();
    seen.set(v, dict);
    for (const [key, value] of entries) dict.set(this.vm, this.toPython(key, seen), this.toPython(value, seen));
    return dict;
  }

  /** A function of the host. Keyword arguments arrive as one plain object after the others. */
  functionToPython(f: JsFunction, name = f.name): Value {
    const known = this.pythonOf.get(f);
    if (known !== undefined) return known;
    const run = (_vm: unknown, args: Value[], kwargs: ReadonlyMap<string, Value>): Value => {
      const given = args.map((a) => this.toJs(a));
      if (kwargs.size) given.push(Object.fromEntries([...kwargs].map(([k, v]) => [k, this.toJs(v)])));
      return this.toPython(this.hostCall(f, given));
    };
    const native = nativeFunction("__main__", name || "<anonymous>", ["(*args, **kwargs)", run as never]);
    this.pythonOf.set(f, native);
    this.jsOf.set(native, f);
    return native;
  }

  /** An error of the host becomes a RuntimeError that keeps it as its JavaScript cause; Python's own exceptions pass through. */
  private hostCall(f: JsFunction, args: unknown[]): unknown {
    try {
      return f(...args);
    } catch (e) {
      const own = this.exceptionOf(e);
      if (own) throw own;
      if (!(e instanceof Error)) throw e;
      const wrapped = newException("RuntimeError", `${e.name}: ${e.message}`);
      internalErrors.set(wrapped, e);
      throw wrapped;
    }
  }

  // ---- to JavaScript ----------------------------------------------------------------------------------------------------------------------

  toJs(v: Value, seen: Map<Value, unknown> = new Map()): unknown {
    if (v === null || typeof v !== "object") return v;
    if (v instanceof PyFloat) return v.value;
    const before = seen.get(v);
    return before ?? this.objectToJs(v, seen);
  }

  private objectToJs(v: PyObject, seen: Map<Value, unknown>): unknown {
    if (v instanceof PyList || v instanceof PyTuple) {
      const out: unknown[] = [];
      seen.set(v, out);
      for (const item of v.items) out.push(this.toJs(item, seen));
      return out;
    }
    if (v instanceof PyDict) return this.dictToJs(v, seen);
    if (v instanceof PySetBase) return new Set(v.items().map((x) => this.toJs(x, seen)));
    if (v instanceof PyBytes || v instanceof PyByteArray) return v.data.slice();
    if (v instanceof PyFunction || v instanceof PyMethod || v instanceof PyNative) return this.functionToJs(v);
    return plainInt(v) ?? plainStr(v) ?? this.handle(v);
  }

  private dictToJs(v: PyDict, seen: Map<Value, unknown>): unknown {
    const entries = [...v.entries()];
    if (!entries.every((e) => typeof e.key === "string")) {
      const map = new Map<unknown, unknown>();
      seen.set(v, map);
      for (const e of entries) map.set(this.toJs(e.key, seen), this.toJs(e.value, seen));
      return map;
    }
    const out: Record<string, unknown> = {};
    seen.set(v, out);
    // defineProperty: a key "__proto__" is a key like others
    for (const e of entries)
      Object.defineProperty(out, e.key as string, {
        value: this.toJs(e.value, seen),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    return out;
  }

  private functionToJs(v: PyObject): JsFunction {
    const known = this.jsOf.get(v);
    if (known) return known;
    const f: JsFunction = (...args) => this.call(v, args);
    const name = lookupAttr(this.vm, v, "__name__");
    if (typeof name === "string") Object.defineProperty(f, "name", { value: name });
    this.jsOf.set(v, f);
    this.pythonOf.set(f, v);
    return f;
  }

  handle(v: PyObject): PythonObject {
    return new Handle(this, v);
  }

  call(f: Value, args: readonly unknown[]): unknown {
    return this.enter(() =>
      this.toJs(
        this.vm.call(
          f,
          args.map((a) => this.toPython(a)),
        ),
      ),
    );
  }

  get(o: Value, name: string): unknown {
    return this.enter(() => this.toJs(getAttr(this.vm, o, name)));
  }

  set(o: Value, name: string, value: unknown): void {
    this.enter(() => setAttr(this.vm, o, name, this.toPython(value)));
  }

  invoke(o: Value, name: string, args: readonly unknown[]): unknown {
    return this.enter(() =>
      this.toJs(
        this.vm.call(
          getAttr(this.vm, o, name),
          args.map((a) => this.toPython(a)),
        ),
      ),
    );
  }

  text(o: Value, how: "str" | "repr"): string {
    return this.enter(() => (how === "str" ? str(this.vm, o) : repr(this.vm, o)));
  }
}

class Handle implements PythonObject {
  readonly value: PyObject;
  readonly #by: Converter;

  constructor(by: Converter, value: PyObject) {
    this.#by = by;
    this.value = value;
  }

  get type(): string {
    return typeName(this.value);
  }

  toString(): string {
    return this.#by.text(this.value, "str");
  }

  repr(): string {
    return this.#by.text(this.value, "repr");
  }

  get(name: string): unknown {
    return this.#by.get(this.value, name);
  }

  set(name: string, value: unknown): void {
    this.#by.set(this.value, name, value);
  }

  call(...args: unknown[]): unknown {
    return this.#by.call(this.value, args);
  }

  invoke(method: string, ...args: unknown[]): unknown {
    return this.#by.invoke(this.value, method, args);
  }
}
