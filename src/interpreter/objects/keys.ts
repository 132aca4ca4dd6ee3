/**
 * How a key finds its entry without running Python code, for dict and set.
 *
 * Direct keys: the JS primitive (or identity) that decides a key's Python equality. JS Map's SameValueZero gives: strings by content,
 * numbers by value, bigints by value, objects by identity. Ints are safe integers or bigints, so a JS number with a fraction (or infinity)
 * can stand for the float key without ever meeting an int. Objects whose class keeps object's `__eq__` are their own direct key, whatever
 * their `__hash__` says (enum members).
 *
 * Isolated keys: tuples (of direct and isolated keys), bytes. They equal keys of their own kind only, so a private 32-bit hash serves; it
 * never has to agree with Python's hash(). Everything else is a foreign key: `__hash__` and `__eq__` decide, and it may equal keys of any kind.
 */
import { identityOf } from "./identity.ts";
import { PyIntSub, PyStrSub } from "./operations.ts";
import { intType, objectType, strType } from "./type.ts";
import { PyBytes, PyFloat, type PyObject, PyTuple, type Value } from "./values.ts";

export type DirectKey = string | number | bigint | null | PyObject;

/** undefined when the key is isolated or foreign. */
export function directKey(key: Value): DirectKey | undefined {
  switch (typeof key) {
    case "string":
    case "number":
    case "bigint":
      return key;
    case "boolean":
      return key ? 1 : 0;
    default:
      return key === null ? null : directObject(key);
  }
}

function directObject(key: PyObject): DirectKey | undefined {
  const s = key.cls.slots_;
  if (s.eq === objectType.slots_.eq) return s.hash === null ? undefined : key;
  if (key instanceof PyTuple) return undefined;
  if (key instanceof PyFloat) {
    const native = PyFloat.prototype.cls.slots_;
    return s.eq === native.eq && s.hash === native.hash ? floatKey(key) : undefined;
  }
  if (key instanceof PyIntSub) return s.eq === intType.slots_.eq && s.hash === intType.slots_.hash ? key.value : undefined;
  if (key instanceof PyStrSub) return s.eq === strType.slots_.eq && s.hash === strType.slots_.hash ? key.value : undefined;
  return undefined;
}

/** Distinct NaN objects are distinct keys; integral floats share the int's key. */
function floatKey(f: PyFloat): DirectKey {
  const v = f.value;
  if (v !== v) return f;
  return Number.isInteger(v) && !Number.isSafeInteger(v) ? BigInt(v) : v + 0;
}

/** Private hash of an isolated key; undefined when the key is foreign. */
export function isolatedHash(key: Value): number | undefined {
  if (key instanceof PyTuple) return hasSlotsOf(key, PyTuple.prototype) ? tupleHash(key) : undefined;
  if (key instanceof PyBytes) return hasSlotsOf(key, PyBytes.prototype) ? bytesHash(key.data) : undefined;
  return undefined;
}

function hasSlotsOf(key: PyObject, native: PyObject): boolean {
  const cls = key.cls;
  if (cls === native.cls) return true;
  return cls.slots_.eq === native.cls.slots_.eq && cls.slots_.hash === native.cls.slots_.hash;
}

function tupleHash(t: PyTuple): number | undefined {
  const items = t.items;
  let h = items.length;
  for (let i = 0; i < items.length; i++) {
    const e = elementHash(items[i]!);
    if (e === undefined) return undefined;
    h = Math.imul(h ^ e, 0x85ebca6b);
    h ^= h >>> 13;
  }
  return h;
}

function elementHash(v: Value): number | undefined {
  const d = directKey(v);
  switch (typeof d) {
    case "number":
      return numberHash(d);
    case "string":
      return textHash(d);
    case "bigint":
      return Number(BigInt.asIntN(32, d)) ^ 0x2545f491;
    case "undefined":
      return isolatedHash(v);
    default:
      return d === null ? 0x5bd1e995 : numberHash(identityOf(d));
  }
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

function numberHash(n: number): number {
  const i = n | 0;
  if (i === n) return Math.imul(i, 0x9e3779b1);
  float[0] = n;
  return Math.imul(words[0]! ^ Math.imul(words[1]!, 0x27d4eb2f), 0x9e3779b1);
}

/** Every character of a short string, a sample of a long one: equal strings hash equal, and that is all a bucket needs. */
function textHash(s: string): number {
  const n = s.length;
  const step = n > 64 ? n >> 5 : 1;
  let h = n;
  for (let i = n - 1; i >= 0; i -= step) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  return h;
}

function bytesHash(b: Uint8Array): number {
  const step = b.length > 64 ? b.length >> 5 : 1;
  let h = ~b.length;
  for (let i = b.length - 1; i >= 0; i -= step) h = Math.imul(h ^ b[i]!, 0x01000193);
  return h;
}
