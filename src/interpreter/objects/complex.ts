/**
 * complex: type, constructor, slots, methods. Arithmetic is in complex-arith.ts.
 * Operations with a real operand act on the real number itself, not on real + 0j (3.14, C99 Annex G), so signed zeros and infinities survive.
 */
import { EXCEPTIONS, typeError, valueError } from "../builtins/exceptions.ts";
import * as arith from "./complex-arith.ts";
import { floatReprBare } from "./float-text.ts";
import { intToDouble } from "./int.ts";
import { hashDouble } from "./int-arith.ts";
import { lookupSpecial, plainInt, plainStr, toDouble, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { BinarySlot } from "./slots.ts";
import { strRepr } from "./str-repr.ts";
import { defineType, type PyType } from "./type.ts";
import { numericText } from "./unicode.ts";
import { NotImplemented, normInt, PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

type Operand = PyComplex | number;

function operand(v: Value): Operand | undefined {
  if (v instanceof PyComplex) return v;
  if (v instanceof PyFloat) return v.value;
  const i = plainInt(v);
  return i === undefined ? undefined : intToDouble(i);
}

/** The forms of an operator: complex with complex, complex with real, real with complex. */
interface Forms {
  both: (a: PyComplex, b: PyComplex) => PyComplex;
  right: (a: PyComplex, b: number) => PyComplex;
  left: (a: number, b: PyComplex) => PyComplex;
}

function operator(forms: Forms): [BinarySlot, BinarySlot] {
  const forward: BinarySlot = (_vm, a, b) => {
    const x = operand(a);
    const y = operand(b);
    if (x === undefined || y === undefined) return NotImplemented;
    if (typeof x === "number") return typeof y === "number" ? NotImplemented : forms.left(x, y);
    return typeof y === "number" ? forms.right(x, y) : forms.both(x, y);
  };
  return [forward, (vm, a, b) => forward(vm, b, a)];
}

const [add, radd] = operator({
  both: arith.add,
  right: (a, b) => new PyComplex(a.real + b, a.imag),
  left: (a, b) => new PyComplex(a + b.real, b.imag),
});
const [sub, rsub] = operator({
  both: arith.sub,
  right: (a, b) => new PyComplex(a.real - b, a.imag),
  left: (a, b) => new PyComplex(a - b.real, -b.imag),
});
const [mul, rmul] = operator({
  both: arith.mul,
  right: (a, b) => new PyComplex(a.real * b, a.imag * b),
  left: (a, b) => new PyComplex(a * b.real, a * b.imag),
});
const [truediv, rtruediv] = operator({ both: arith.div, right: arith.divReal, left: arith.realDiv });

const asComplex = (x: Operand): PyComplex => (typeof x === "number" ? new PyComplex(x, 0) : x);

function power(_vm: VM, a: Value, b: Value, m: Value | undefined): Value {
  const x = operand(a);
  const y = operand(b);
  if (x === undefined || y === undefined) return NotImplemented;
  if (m !== undefined && m !== null) throw valueError("complex modulo");
  return arith.pow(asComplex(x), asComplex(y));
}

function isEqual(v: Value, other: Value): boolean | undefined {
  const z = v as PyComplex;
  if (other instanceof PyComplex) return z.real === other.real && z.imag === other.imag;
  const y = other instanceof PyFloat ? other.value : plainInt(other);
  // biome-ignore lint/suspicious/noDoubleEquals: a double equals a bigint of the same value
  return y === undefined ? undefined : z.imag === 0 && z.real == y;
}

const HASH_IMAG = 1000003n;

function hashComplex(_vm: VM, v: Value): PyInt {
  const z = v as PyComplex;
  const sum = BigInt.asIntN(64, BigInt(hashDouble(z.real)) + HASH_IMAG * BigInt(hashDouble(z.imag)));
  return sum === -1n ? -2 : normInt(sum);
}

/** str(z): (re+imj), or imj alone when the real part is a positive zero. */
export function complexRepr(z: PyComplex): string {
  const im = `${floatReprBare(z.imag)}j`;
  if (Object.is(z.real, 0)) return im;
  return `(${floatReprBare(z.real)}${im.startsWith("-") ? "" : "+"}${im})`;
}

// ---- construction -------------------------------------------------------------------------------------------------------------------

const NUMBER = String.raw`(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:e[+-]?\d(?:_?\d)*)?|inf(?:inity)?|nan`;
const REAL = new RegExp(`^[+-]?(?:${NUMBER})$`, "i");
const IMAGINARY = new RegExp(`^([+-]?(?:${NUMBER})?)j$`, "i");
const BOTH = new RegExp(`^([+-]?(?:${NUMBER}))([+-](?:${NUMBER})?)j$`, "i");

function partValue(text: string): number {
  const unsigned = text.replace(/^[+-]/, "").replaceAll("_", "").toLowerCase();
  const x = unsigned === "" ? 1 : unsigned.startsWith("inf") ? Infinity : Number(unsigned);
  return text.startsWith("-") ? -x : x;
}

export function parseComplex(source: string): PyComplex | undefined {
  const outer = numericText(source);
  const text = outer.startsWith("(") && outer.endsWith(")") && outer.length > 1 ? numericText(outer.slice(1, -1)) : outer;
  if (REAL.test(text)) return new PyComplex(partValue(text), 0);
  const im = IMAGINARY.exec(text);
  if (im) return new PyComplex(0, partValue(im[1]!));
  const m = BOTH.exec(text);
  return m ? new PyComplex(partValue(m[1]!), partValue(m[2]!)) : undefined;
}

/** The complex number of an object with `__complex__`, or of a complex itself. */
function viaComplex(vm: VM, v: Value): PyComplex | undefined {
  if (v instanceof PyComplex && v.cls === complexType) return v;
  const method = lookupSpecial(vm, v, "__complex__");
  if (method === undefined) return v instanceof PyComplex ? v : undefined;
  const r = vm.call(method, []);
  if (!(r instanceof PyComplex)) throw typeError(`__complex__ returned non-complex (type ${typeName(r)})`);
  return r;
}

function isReal(v: Value): boolean {
  const slot = typeOf(v).slot;
  return slot.float !== undefined || slot.index !== undefined;
}

function wrap(cls: PyType, z: PyComplex): PyComplex {
  if (cls === complexType) return z;
  const sub = new PyComplex(z.real, z.imag);
  sub.cls = cls;
  return sub;
}

function newComplex(vm: VM, cls: PyType, real?: Value, imag?: Value): Value {
  if (imag === undefined) return wrap(cls, real === undefined ? new PyComplex(0, 0) : fromOne(vm, real));
  return wrap(cls, fromTwo(vm, real ?? 0, imag));
}

function fromOne(vm: VM, v: Value): PyComplex {
  const text = plainStr(v);
  if (text !== undefined) {
    const z = parseComplex(text);
    if (z === undefined) throw valueError(/(?<!\d)_|_(?!\d)/.test(numericText(text)) ? `could not convert string to complex: ${strRepr(text)}` : "complex() arg is a malformed string");
    return z;
  }
  const z = viaComplex(vm, v);
  if (z) return z.cls === complexType ? z : new PyComplex(z.real, z.imag);
  if (!isReal(v)) throw typeError(`complex() argument must be a string or a number, not ${typeName(v)}`);
  return new PyComplex(toDouble(vm, v), 0);
}

/** real + imag·j, where either may (deprecated) be complex itself. */
function fromTwo(vm: VM, real: Value, imag: Value): PyComplex {
  const zr = plainStr(real) === undefined ? viaComplex(vm, real) : undefined;
  if (!zr && !isReal(real)) throw notReal("real", real);
  const zi = imag instanceof PyComplex ? imag : undefined;
  if (!zi && !isReal(imag)) throw notReal("imag", imag);
  if (zr) vm.warn(EXCEPTIONS.DeprecationWarning, notRealText("real", real), 1);
  if (zi) vm.warn(EXCEPTIONS.DeprecationWarning, notRealText("imag", imag), 1);
  let re = zr ? zr.real : toDouble(vm, real);
  let im = zi ? zi.real : toDouble(vm, imag);
  if (zi) re -= zi.imag;
  if (zr) im += zr.imag;
  return new PyComplex(re, im);
}

function notRealText(name: string, v: Value): string {
  return `complex() argument '${name}' must be a real number, not ${typeName(v)}`;
}

function notReal(name: string, v: Value): unknown {
  return typeError(notRealText(name, v));
}

function fromNumber(vm: VM, cls: PyType, v: Value): Value {
  const z = viaComplex(vm, v) ?? new PyComplex(toDouble(vm, v), 0);
  return cls === complexType ? z : vm.call(cls, [z]);
}

const plain = (v: Value): PyComplex => {
  const z = v as PyComplex;
  return z.cls === complexType ? z : new PyComplex(z.real, z.imag);
};

export const complexType: PyType = defineType({
  name: "complex",
  js: PyComplex,
  doc: "Create a complex number from a string or numbers.",
  new: ["(real=0, imag=0)", newComplex],
  slots: {
    repr: (_vm, v) => complexRepr(v as PyComplex),
    hash: hashComplex,
    bool: (_vm, v) => (v as PyComplex).real !== 0 || (v as PyComplex).imag !== 0,
    eq: (_vm, a, b) => isEqual(a, b) ?? NotImplemented,
    ne: (_vm, a, b) => {
      const r = isEqual(a, b);
      return r === undefined ? NotImplemented : !r;
    },
    lt: () => NotImplemented,
    le: () => NotImplemented,
    gt: () => NotImplemented,
    ge: () => NotImplemented,
    add,
    radd,
    sub,
    rsub,
    mul,
    rmul,
    truediv,
    rtruediv,
    pow: power,
    rpow: (vm, a, b, m) => power(vm, b, a, m),
    neg: (_vm, v) => new PyComplex(-(v as PyComplex).real, -(v as PyComplex).imag),
    pos: (_vm, v) => plain(v),
    abs: (_vm, v) => new PyFloat(arith.magnitude(v as PyComplex)),
    complex: (_vm, v) => plain(v),
  },
  methods: {
    conjugate: [
      "($self, /)",
      (_vm: VM, z: PyComplex) => new PyComplex(z.real, -z.imag),
      "The number with the sign of its imaginary part changed.",
    ],
    __getnewargs__: ["($self, /)", (_vm: VM, z: PyComplex) => new PyTuple([new PyFloat(z.real), new PyFloat(z.imag)])],
  },
  classMethods: {
    from_number: ["($type, number, /)", fromNumber, "The complex number nearest to a number."],
  },
  getset: {
    real: [(_vm: VM, z: PyComplex) => new PyFloat(z.real), undefined, "the real part of a complex number"],
    imag: [(_vm: VM, z: PyComplex) => new PyFloat(z.imag), undefined, "the imaginary part of a complex number"],
  },
});
