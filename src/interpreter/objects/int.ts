/**
 * int: type, constructor, slots, methods. The arithmetic is in int-arith.ts, text in int-text.ts.
 * bool and Python-level subclasses (PyIntSub) reach these functions too: every entry unwraps with plainInt.
 */

import { libm } from "../../base/libm.ts";
import { overflowError, typeError, valueError, zeroDivisionError } from "../builtins/exceptions.ts";
import { bytesOf, getBuffer } from "./buffer.ts";
import * as arith from "./int-arith.ts";
import { parseIntSubject } from "./int-parse.ts";
import { intToText } from "./int-text.ts";
import { bigToDouble, lookupSpecial, PyIntSub, plainInt, toArray, toIndex, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import type { BinarySlot } from "./slots.ts";
import { extendType, intType, type PyType } from "./type.ts";
import { NotImplemented, normInt, PyBytes, PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

/** The int of a receiver, which descriptors have checked. */
export const self = (v: Value): PyInt => (typeof v === "number" ? v : plainInt(v)!);

/** The two slots of an operator: forward and reflected. */
function operator(op: (a: PyInt, b: PyInt) => Value): [BinarySlot, BinarySlot] {
  const forward: BinarySlot = (_vm, a, b) => {
    const x = plainInt(a);
    const y = plainInt(b);
    return x === undefined || y === undefined ? NotImplemented : op(x, y);
  };
  return [forward, (vm, a, b) => forward(vm, b, a)];
}

const comparison =
  (op: (a: PyInt, b: PyInt) => boolean): BinarySlot =>
  (_vm, a, b) => {
    const x = plainInt(a);
    const y = plainInt(b);
    return x === undefined || y === undefined ? NotImplemented : op(x, y);
  };

export function intToDouble(a: PyInt): number {
  return typeof a === "number" ? a : bigToDouble(a);
}

/** a ** b for ints, a float when b is negative. */
export function intPower(a: PyInt, b: PyInt): PyInt | PyFloat {
  if (b >= 0) return arith.pow(a, b);
  if (a === 0) throw zeroDivisionError("zero to a negative power");
  return new PyFloat(libm.pow(intToDouble(a), intToDouble(b)));
}

function power(_vm: VM, a: Value, b: Value, m: Value | undefined): Value {
  const x = plainInt(a);
  const y = plainInt(b);
  if (x === undefined || y === undefined) return NotImplemented;
  if (m === undefined || m === null) return intPower(x, y);
  const z = plainInt(m);
  return z === undefined ? NotImplemented : arith.powmod(x, y, z);
}

const [add, radd] = operator(arith.add);
const [sub, rsub] = operator(arith.sub);
const [mul, rmul] = operator(arith.mul);
const [floordiv, rfloordiv] = operator(arith.floordiv);
const [mod, rmod] = operator(arith.mod);
const [divmod, rdivmod] = operator((a, b) => new PyTuple(arith.divmod(a, b)));
const [truediv, rtruediv] = operator((a, b) => new PyFloat(arith.truediv(a, b)));
const [lshift, rlshift] = operator(arith.lshift);
const [rshift, rrshift] = operator(arith.rshift);
const [and, rand] = operator(arith.and);
const [or, ror] = operator(arith.or);
const [xor, rxor] = operator(arith.xor);

// ---- construction -------------------------------------------------------------------------------------------------------------------

function newInt(vm: VM, cls: PyType, x?: Value, base?: Value): Value {
  const v = intValue(vm, x, base);
  return cls === intType ? v : new PyIntSub(cls, v);
}

function intValue(vm: VM, x: Value | undefined, base: Value | undefined): PyInt {
  if (x === undefined) {
    if (base !== undefined) throw typeError("int() missing string argument");
    return 0;
  }
  if (base === undefined) return toInt(vm, x);
  const b = toIndex(vm, base);
  if (b !== 0 && (b < 2 || b > 36)) throw valueError("int() base must be >= 2 and <= 36, or 0");
  const v = parseIntSubject(vm, x, Number(b));
  if (v === undefined) throw typeError("int() can't convert non-string with explicit base");
  return v;
}

/** int(x) for one argument. */
export function toInt(vm: VM, x: Value): PyInt {
  if (typeof x === "number" || typeof x === "bigint") return x;
  const slot = typeOf(x).slot;
  if (slot.int) return intResult(vm, slot.int(vm, x), "__int__");
  if (slot.index) return intResult(vm, slot.index(vm, x), "__index__");
  const v = parseIntSubject(vm, x, 10);
  if (v === undefined) throw typeError(`int() argument must be a string, a bytes-like object or a real number, not '${typeName(x)}'`);
  return v;
}

function intResult(_vm: VM, r: Value, method: string): PyInt {
  const v = plainInt(r);
  if (v === undefined) throw typeError(`${method} returned non-int (type ${typeName(r)})`);
  return v;
}

// ---- methods ------------------------------------------------------------------------------------------------------------------------

function roundInt(vm: VM, v: Value, ndigits?: Value): Value {
  const a = self(v);
  if (ndigits === undefined || ndigits === null) return a;
  const n = toIndex(vm, ndigits);
  return n >= 0 ? a : arith.roundToPowerOfTen(a, arith.neg(n));
}

function byteOrder(v: Value | undefined): "little" | "big" {
  if (v === undefined) return "big";
  if (v === "little" || v === "big") return v;
  throw valueError("byteorder must be either 'little' or 'big'");
}

function toBytes(vm: VM, v: Value, length?: Value, order?: Value, signed?: Value): Value {
  const a = self(v);
  const size = length === undefined ? 1 : toIndex(vm, length);
  const endian = byteOrder(order);
  if (size < 0) throw valueError("length argument must be non-negative");
  const two = signed !== undefined && truthy(vm, signed);
  if (a < 0 && !two) throw overflowError("can't convert negative int to unsigned");
  const bits = two ? arith.bitLength(a < 0 ? arith.invert(a) : a) + 1 : arith.bitLength(a);
  if (bits > Number(size) * 8 && !(a === 0 && !two)) throw overflowError("int too big to convert");
  return new PyBytes(intToBytes(a, Number(size), endian));
}

/** Two's complement bytes of an int that fits. */
export function intToBytes(a: PyInt, size: number, order: "little" | "big"): Uint8Array {
  const out = new Uint8Array(size);
  if (typeof a === "number" && size <= 4) {
    for (let i = 0, x = a; i < size; i++, x >>= 8) out[i] = x;
  } else {
    const hex = BigInt.asUintN(size * 8, BigInt(a))
      .toString(16)
      .padStart(size * 2, "0");
    for (let i = 0; i < size; i++) out[size - 1 - i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return order === "big" ? out.reverse() : out;
}

export function intFromBytes(data: Uint8Array, order: "little" | "big", signed: boolean): PyInt {
  if (data.length === 0) return 0;
  const big = order === "big" ? data : data.slice().reverse();
  if (big.length <= 6) {
    let n = 0;
    for (const b of big) n = n * 256 + b;
    return signed && big[0]! > 127 ? n - 256 ** big.length : n;
  }
  const parts: string[] = [];
  for (const b of big) parts.push(b < 16 ? `0${b.toString(16)}` : b.toString(16));
  const n = BigInt(`0x${parts.join("")}`);
  return normInt(signed ? BigInt.asIntN(big.length * 8, n) : n);
}

/** bytes(x) as int.from_bytes reads its argument. */
function bytesArgument(vm: VM, v: Value): Uint8Array {
  const special = getBuffer(v) ? undefined : lookupSpecial(vm, v, "__bytes__");
  const data = special === undefined ? bytesOf(v) : bytesOf(vm.call(special, []));
  if (data) return data;
  if (typeof v === "string" || !typeOf(v).slot.iter) throw typeError(`cannot convert '${typeName(v)}' object to bytes`);
  return Uint8Array.from(toArray(vm, v), (item) => {
    const b = toIndex(vm, item);
    if (b < 0 || b > 255) throw valueError("bytes must be in range(0, 256)");
    return Number(b);
  });
}

function fromBytes(vm: VM, cls: PyType, bytes: Value, order?: Value, signed?: Value): Value {
  const endian = byteOrder(order);
  const v = intFromBytes(bytesArgument(vm, bytes), endian, signed !== undefined && truthy(vm, signed));
  return cls === intType ? v : vm.call(cls, [v]);
}

const identity = (_vm: VM, v: Value): PyInt => self(v);

extendType(intType, {
  doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nWhole number of any size, from a number or from text in a base from 2 to 36.",
  new: ["(value=0, /, base=10)", newInt],
  slots: {
    repr: (vm, v) => intToText(vm, self(v)),
    hash: (_vm, v) => arith.hashInt(self(v)),
    bool: (_vm, v) => self(v) !== 0,
    eq: comparison((a, b) => a === b),
    ne: comparison((a, b) => a !== b),
    lt: comparison((a, b) => a < b),
    le: comparison((a, b) => a <= b),
    gt: comparison((a, b) => a > b),
    ge: comparison((a, b) => a >= b),
    add,
    radd,
    sub,
    rsub,
    mul,
    rmul,
    floordiv,
    rfloordiv,
    mod,
    rmod,
    divmod,
    rdivmod,
    truediv,
    rtruediv,
    lshift,
    rlshift,
    rshift,
    rrshift,
    and,
    rand,
    or,
    ror,
    xor,
    rxor,
    pow: power,
    rpow: (vm, a, b, m) => power(vm, b, a, m),
    neg: (_vm, v) => arith.neg(self(v)),
    pos: identity,
    abs: (_vm, v) => arith.abs(self(v)),
    invert: (_vm, v) => arith.invert(self(v)),
    int: identity,
    index: identity,
    float: (_vm, v) => new PyFloat(intToDouble(self(v))),
  },
  methods: {
    conjugate: ["($self, /)", identity, "The number itself: an int has no imaginary part."],
    bit_length: ["($self, /)", (_vm: VM, v: Value) => arith.bitLength(self(v)), "Number of bits of the absolute value."],
    bit_count: ["($self, /)", (_vm: VM, v: Value) => arith.bitCount(self(v)), "Number of ones in the absolute value's binary digits."],
    to_bytes: ["($self, /, length=1, byteorder='big', *, signed=False)", toBytes, "The number as bytes."],
    as_integer_ratio: ["($self, /)", (_vm: VM, v: Value) => new PyTuple([self(v), 1]), "The pair (self, 1)."],
    is_integer: ["($self, /)", () => true, "True, as for every int."],
    __trunc__: ["($self, /)", identity, "The number itself."],
    __floor__: ["($self, /)", identity, "The number itself."],
    __ceil__: ["($self, /)", identity, "The number itself."],
    __round__: ["($self, ndigits=None, /)", roundInt, "Rounds to a multiple of 10**-ndigits, half to even."],
    __getnewargs__: ["($self, /)", (_vm: VM, v: Value) => new PyTuple([self(v)])],
    __sizeof__: [
      "($self, /)",
      (_vm: VM, v: Value) => 24 + 4 * Math.max(1, Math.ceil(arith.bitLength(self(v)) / 30)),
      "Size in memory as CPython counts it.",
    ],
  },
  classMethods: {
    from_bytes: ["($type, /, bytes, byteorder='big', *, signed=False)", fromBytes, "The int that the bytes represent."],
  },
  getset: {
    real: [identity, undefined, "the real part of a complex number"],
    imag: [() => 0, undefined, "the imaginary part of a complex number"],
    numerator: [identity, undefined, "the numerator of a rational number in lowest terms"],
    denominator: [() => 1, undefined, "the denominator of a rational number in lowest terms"],
  },
});
