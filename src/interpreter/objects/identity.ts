/**
 * id(): a number per object, given on demand. Values that are JS primitives have no identity of their own; equal ones share an id,
 * as `is` says they are the same. Numbers look like addresses (multiples of 16) because programs print them in hexadecimal.
 */
import type { PyObject, Value } from "./values.ts";

const BASE = 0x7f0000000000;
const SINGLETONS = 0x560000000000;

const ids = new WeakMap<PyObject, number>();
let given = 0;

export function identityOf(v: Value): number {
  switch (typeof v) {
    case "object":
      return v === null ? SINGLETONS : objectIdentity(v);
    case "boolean":
      return SINGLETONS + (v ? 32 : 64);
    case "number":
      return SINGLETONS + 0x100000 + (Math.abs(v) % 2 ** 40) * 32 + (v < 0 ? 16 : 0);
    case "bigint":
      return SINGLETONS + Number(BigInt.asUintN(40, v ^ (v >> 40n))) * 16;
    default:
      return SINGLETONS + textNumber(v) * 16;
  }
}

function objectIdentity(o: PyObject): number {
  let id = ids.get(o);
  if (id === undefined) {
    id = BASE + ++given * 16;
    ids.set(o, id);
  }
  return id;
}

/** 40 bits of an FNV-like hash: two different strings rarely share an id. */
function textNumber(s: string): number {
  let a = 0x811c9dc5;
  let b = s.length;
  for (let i = 0; i < s.length; i++) {
    a = Math.imul(a ^ s.charCodeAt(i), 0x01000193);
    b = (Math.imul(b, 31) + s.charCodeAt(i)) | 0;
  }
  return (a >>> 0) * 256 + (b & 0xff);
}
