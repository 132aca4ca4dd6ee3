/**
 * How Python values look in JavaScript. Everything above this file relies on it.
 *
 *   None            null
 *   bool            true / false
 *   int             a number when it is a safe integer (never -0), else a bigint; canonical: one or the other, never both
 *   str             a JS string; indexed by code points through str.ts (lone surrogates stand for themselves)
 *   float           PyFloat (boxed; a JS number is always an int)
 *   everything else a PyObject
 *
 * `undefined` is never a Python value: it means "unbound", "not given" or "no result".
 * A subclass of int or str defined in Python is a PyIntSub / PyStrSub that wraps the plain value.
 */
import type { Shape } from "./shape.ts";
import type { PyType } from "./type.ts";

export type PyInt = number | bigint;
export type Value = null | boolean | number | bigint | string | PyObject;

/** Base of all boxed Python objects. `cls` lives on the prototype of native classes and on the instance of Python-level subclasses. */
export abstract class PyObject {
  /** The Python type. Native classes assign it once on their prototype (see `bindType` in type.ts). */
  declare cls: PyType;
}

/**
 * An object that may carry attributes of its own (instances of Python classes, functions, exceptions, modules' relatives …).
 * `shape` names the slots; both stay undefined until the first attribute is set on a native object. The undefined lives on the prototype, so
 * that floats, tuples and the like, which only need it in instances of Python-level subclasses, pay nothing.
 */
export abstract class PyAttrObject extends PyObject {
  declare shape: Shape | undefined;
  declare slots: Value[] | undefined;
}
PyAttrObject.prototype.shape = undefined;
PyAttrObject.prototype.slots = undefined;

/** Instance of a class written in Python that inherits from no native layout but object. */
export class PyInstance extends PyAttrObject {
  constructor(cls: PyType) {
    super();
    this.shape = undefined;
    this.slots = undefined;
    this.cls = cls;
  }
}

export class PyFloat extends PyAttrObject {
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = value;
  }
}

export class PyComplex extends PyAttrObject {
  readonly real: number;
  readonly imag: number;
  constructor(real: number, imag: number) {
    super();
    this.real = real;
    this.imag = imag;
  }
}

export class PyBytes extends PyAttrObject {
  readonly data: Uint8Array;
  constructor(data: Uint8Array) {
    super();
    this.data = data;
  }
}

export class PyTuple extends PyAttrObject {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
}

export class PyFrozenConst extends PyObject {
  /** A frozenset constant of compiled code (`x in {1, 2}`); the VM turns it into a real frozenset when code is loaded. */
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
}

export class PyEllipsis extends PyObject {}
export class PyNotImplemented extends PyObject {}

export const Ellipsis: PyEllipsis = new PyEllipsis();
export const NotImplemented: PyNotImplemented = new PyNotImplemented();

/** Canonical int from a bigint. */
export function normInt(v: bigint): PyInt {
  return v >= -9007199254740991n && v <= 9007199254740991n ? Number(v) : v;
}
