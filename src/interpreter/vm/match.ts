/** Helpers of `match` (PEP 634): keys of mappings, attributes of classes. */
import { isInstanceOf, typeError, valueError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { callMethod, getAttr, lookupAttr, repr, typeName } from "../objects/operations.ts";
import { PyObject, PyTuple, type Value } from "../objects/values.ts";
import { PyType } from "../objects/type.ts";
import type { Interpreter } from "./vm.ts";

class Missing extends PyObject {}
const MISSING = new Missing();

/** The values of `keys` in the mapping as a tuple, or None when one is missing. */
export function matchKeys(vm: Interpreter, mapping: Value, keys: PyTuple): Value {
  const out: Value[] = [];
  const seen = new PyDict();
  for (const k of keys.items) {
    if (seen.has(vm, k)) throw valueError(`mapping pattern checks duplicate key (${repr(vm, k)})`);
    seen.set(vm, k, null);
    const v = mapping instanceof PyDict && mapping.cls === PyDict.prototype.cls ? mapping.get(vm, k) : callMethod(vm, mapping, "get", k, MISSING);
    if (v === undefined || v === MISSING) return null;
    out.push(v);
  }
  return new PyTuple(out);
}

export function checkClassMatch(cls: Value): PyType {
  if (!(cls instanceof PyType)) throw typeError(`called match pattern must be a class`);
  return cls;
}

/** Built-in classes whose single positional sub-pattern matches the subject itself. */
const SELF_MATCHING = new Set(["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"]);

function matchesSelf(cls: PyType): boolean {
  return cls.mro.some((t) => t.native && SELF_MATCHING.has(t.name));
}

/** The attributes that the sub-patterns look at, or None when the class or an attribute does not fit. */
export function matchClass(vm: Interpreter, subject: Value, cls: PyType, positional: number, names: PyTuple): Value {
  if (!vm.isInstanceOf(subject, cls)) return null;
  const out: Value[] = [];
  const seen: string[] = [];
  const attribute = (name: string): boolean => {
    if (seen.includes(name)) throw typeError(`${cls.name}() got multiple sub-patterns for attribute '${name}'`);
    seen.push(name);
    let v: Value | undefined;
    try {
      v = getAttr(vm, subject, name);
    } catch (e) {
      if (!isInstanceOf(e, "AttributeError")) throw e;
    }
    if (v === undefined) return false;
    out.push(v);
    return true;
  };
  if (positional > 0) {
    const args = lookupAttr(vm, cls, "__match_args__");
    if (args === undefined && matchesSelf(cls)) {
      if (positional > 1) throw tooManyPatterns(cls, 1, positional);
      out.push(subject);
    } else {
      const list = args === undefined ? new PyTuple([]) : args;
      if (!(list instanceof PyTuple)) throw typeError(`${cls.name}.__match_args__ must be a tuple (got ${typeName(list)})`);
      if (list.items.length < positional) throw tooManyPatterns(cls, list.items.length, positional);
      for (let i = 0; i < positional; i++) {
        const name = list.items[i]!;
        if (typeof name !== "string") throw typeError(`__match_args__ elements must be strings (got ${typeName(name)})`);
        if (!attribute(name)) return null;
      }
    }
  }
  for (const name of names.items) if (!attribute(name as string)) return null;
  return new PyTuple(out);
}

function tooManyPatterns(cls: PyType, allowed: number, given: number): Value {
  return typeError(`${cls.name}() accepts ${allowed} positional sub-pattern${allowed === 1 ? "" : "s"} (${given} given)`);
}

