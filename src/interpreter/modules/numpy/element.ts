/**
 * Single elements: memory ↔ scalars and Python values, for every dtype. Loops over many elements use kernels.ts instead.
 *
 * 64-bit integers are read as two 32-bit words and stay JS numbers while they are safe integers; no bigint is made on that path.
 */
import { type NumberView, Storage, VIEW } from "../../../base/storage.ts";
import { overflowError, type PyBaseException, typeError, valueError } from "../../builtins/exceptions.ts";
import { toInt } from "../../objects/int.ts";
import { complexType } from "../../objects/complex.ts";
import { floatType } from "../../objects/float.ts";
import { PyList } from "../../objects/list.ts";
import { PyStrSub, plainInt, plainStr, str, truthy } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { doubleToHalf, halfToDouble } from "../../objects/struct-codes.ts";
import { PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "../../objects/values.ts";
import { type DType, FLOAT16, FLOAT32, FLOAT64, INT64 } from "./dtype.ts";
import { warnComplex } from "./errors.ts";
import { OVER, report } from "./fp-state.ts";
import { type ObjectStorage, PyNdArray } from "./ndarray.ts";
import {
  inRange, makeComplex, makeReal, plainOf, PyNpComplex128, PyNpComplex64, PyNpFloat64, PyNpScalar, scalarDType, strScalarType, wrapInt,
} from "./scalars.ts";

const TWO32 = 4294967296;

/** An int64 from its words. */
export function fromWords(lo: number, hi: number): PyInt {
  const v = hi * TWO32 + (lo >>> 0);
  return v >= -9007199254740991 && v <= 9007199254740991 ? v : BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0));
}

/** A uint64 from its words. */
export function fromUnsignedWords(lo: number, hi: number): PyInt {
  const v = (hi >>> 0) * TWO32 + (lo >>> 0);
  return v <= 9007199254740991 ? v : (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** Stores an integer modulo 2^64. */
export function storeWords(words: Int32Array, k: number, v: PyInt): void {
  if (typeof v === "number") {
    words[k] = v;
    words[k + 1] = Math.floor(v / TWO32);
  } else {
    words[k] = Number(BigInt.asIntN(32, v));
    words[k + 1] = Number(BigInt.asIntN(32, v >> 32n));
  }
}

function component(d: DType): number {
  return 1 << d.shift;
}

/** An aligned copy of an element that is not at a multiple of its component's size. */
function alignedCopy(s: Storage, d: DType, at: number): Storage {
  const copy = Storage.allocate(16);
  copy.bytes().set(s.bytes().subarray(at, at + d.itemsize));
  return copy;
}

/** The raw value of a real element: a number, or a bigint beyond the safe integers. */
export function readRaw(s: Storage, d: DType, at: number): PyInt {
  if ((at & (component(d) - 1)) !== 0) return readRaw(alignedCopy(s, d, at), d, 0);
  const view = (s.views[d.view] ?? s.view(d.view)) as NumberView;
  const k = at >>> d.shift;
  if (d.domain === "wide") return d === INT64 ? fromWords(view[k]!, view[k + 1]!) : fromUnsignedWords(view[k]!, view[k + 1]!);
  return d === FLOAT16 ? halfToDouble(view[k]!) : view[k]!;
}

/** The parts of a complex element. */
export function readComplex(s: Storage, d: DType, at: number): [re: number, im: number] {
  if ((at & (component(d) - 1)) !== 0) return readComplex(alignedCopy(s, d, at), d, 0);
  const view = (s.views[d.view] ?? s.view(d.view)) as NumberView;
  const k = at >>> d.shift;
  return [view[k]!, view[k + 1]!];
}

/** The element as a NumPy scalar (the object itself in object arrays). */
export function readScalar(s: Storage, d: DType, at: number): Value {
  switch (d.domain) {
    case "complex": {
      const [re, im] = readComplex(s, d, at);
      return makeComplex(d, re, im);
    }
    case "value":
      return d.kind === "O" ? (s as ObjectStorage).values[at >>> 3]! : new PyStrSub(strScalarType, readText(s, d, at));
    default:
      if (d === FLOAT64 && (at & 7) === 0) return new PyNpFloat64(((s.views[VIEW.f64] ?? s.view(VIEW.f64)) as Float64Array)[at >>> 3]!);
      return makeReal(d, readRaw(s, d, at));
  }
}

/** The element as the Python object that `.tolist()` gives. */
export function readPlain(s: Storage, d: DType, at: number): Value {
  switch (d.domain) {
    case "complex": {
      const [re, im] = readComplex(s, d, at);
      return new PyComplex(re, im);
    }
    case "value":
      return d.kind === "O" ? (s as ObjectStorage).values[at >>> 3]! : readText(s, d, at);
    default:
      return plainOf(d, readRaw(s, d, at));
  }
}

function readText(s: Storage, d: DType, at: number): string {
  const codes: number[] = [];
  const bytes = s.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let k = 0; k < d.itemsize; k += 4) codes.push(view.getUint32(at + k, true));
  while (codes.length > 0 && codes.at(-1) === 0) codes.pop();
  return String.fromCodePoint(...codes);
}

function writeText(s: Storage, d: DType, at: number, text: string): void {
  const bytes = s.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codes = [...text];
  for (let k = 0; k < d.itemsize; k += 4) view.setUint32(at + k, codes[k >> 2]?.codePointAt(0) ?? 0, true);
}

/** Stores a raw value that the dtype holds (integers are taken modulo their size). */
export function writeRaw(s: Storage, d: DType, at: number, v: PyInt): void {
  if ((at & (component(d) - 1)) !== 0) {
    const copy = Storage.allocate(16);
    writeRaw(copy, d, 0, v);
    s.bytes().set(copy.bytes().subarray(0, d.itemsize), at);
    return;
  }
  const view = (s.views[d.view] ?? s.view(d.view)) as NumberView;
  const k = at >>> d.shift;
  if (d.domain === "wide") storeWords(view as Int32Array, k, v);
  else view[k] = d === FLOAT16 ? doubleToHalf(v as number) : Number(v);
}

export function writeComplex(s: Storage, d: DType, at: number, re: number, im: number): void {
  const bytes = s.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (component(d) === 4) {
    view.setFloat32(at, re, true);
    view.setFloat32(at + 4, im, true);
  } else {
    view.setFloat64(at, re, true);
    view.setFloat64(at + 8, im, true);
  }
}

// ---- Python values → elements -----------------------------------------------------------------------------------------------------------

/** `a[...] = v` for one element: converts as NumPy does and stores. */
export function writeValue(vm: VM, s: Storage, d: DType, at: number, value: Value): void {
  const v = value instanceof PyNdArray ? onlyElement(value) : value;
  switch (d.kind) {
    case "f":
      writeRaw(s, d, at, toFloatElement(vm, d, v));
      break;
    case "i":
    case "u":
      writeRaw(s, d, at, toIntElement(vm, d, v));
      break;
    case "b":
      writeRaw(s, d, at, toBool(vm, v) ? 1 : 0);
      break;
    case "c": {
      const [re, im] = toComplexElement(vm, v);
      writeComplex(s, d, at, re, im);
      break;
    }
    case "U":
      writeText(s, d, at, plainStr(v) ?? str(vm, v));
      break;
    case "O":
      (s as ObjectStorage).values[at >>> 3] = v;
  }
  s.touch();
}

function onlyElement(a: PyNdArray): Value {
  if (a.ndim !== 0) throw sequenceError();
  return readScalar(a.storage, a.dtype, a.offset);
}

export function sequenceError(): PyBaseException {
  return valueError("setting an array element with a sequence.");
}

function toBool(vm: VM, v: Value): boolean {
  return truthy(vm, v);
}

/** A float element: Python's float(v), None is NaN, imaginary parts of NumPy scalars are dropped with a warning. */
export function toFloatElement(vm: VM, d: DType, v: Value): number {
  const x = toDoubleElement(vm, v);
  if (d === FLOAT64) return x;
  const r = d === FLOAT32 ? Math.fround(x) : halfToDouble(doubleToHalf(x));
  if (r - r !== 0 && x - x === 0) report(vm, OVER, "cast");
  return r;
}

function toDoubleElement(vm: VM, v: Value): number {
  if (v instanceof PyFloat) return v.value;
  if (typeof v === "number") return v;
  if (v === null) return NaN;
  if (v instanceof PyNpScalar) return Number(v.value);
  if (v instanceof PyNpComplex64 || v instanceof PyNpComplex128) {
    warnComplex(vm);
    return v.real;
  }
  if (v instanceof PyList || v instanceof PyTuple) throw sequenceError();
  return (floatType.slot.new!(vm, floatType, [v], undefined) as PyFloat).value;
}

/** An integer element: Python's int(v) within range; NumPy's unsigned types take NumPy integers modulo their size. */
export function toIntElement(vm: VM, d: DType, v: Value): PyInt {
  if (v instanceof PyNpComplex64 || v instanceof PyNpComplex128) {
    warnComplex(vm);
    return toIntElement(vm, d, new PyFloat(v.real));
  }
  const np = v instanceof PyNpScalar && v.dtype.isInteger;
  const i = np ? v.value : toInt(vm, v);
  if (inRange(d, i)) return i;
  if (np && d.kind === "u") return wrapInt(d, i);
  throw outOfBounds(d, i);
}

/** A Python int that an integer type cannot hold. */
export function outOfBounds(d: DType, i: PyInt): PyBaseException {
  if (d.itemsize === 8 && (i < -(2n ** 63n) || i >= (d.kind === "u" ? 2n ** 64n : 2n ** 63n)) && (d.kind === "i" || i > 0))
    return overflowError("Python int too large to convert to C long");
  return overflowError(`Python integer ${i} out of bounds for ${d.name}`);
}

function toComplexElement(vm: VM, v: Value): [number, number] {
  if (v instanceof PyComplex || v instanceof PyNpComplex64) return [v.real, v.imag];
  if (v === null) return [NaN, 0];
  if (v instanceof PyList || v instanceof PyTuple) throw sequenceError();
  if (scalarDType(v) !== undefined || v instanceof PyFloat || plainInt(v) !== undefined) return [toDoubleElement(vm, v), 0];
  const z = complexType.slot.new!(vm, complexType, [v], undefined) as PyComplex;
  return [z.real, z.imag];
}

/** The value of a NumPy or Python number as a raw real number of some dtype; undefined when it is not real. */
export function realValue(v: Value): PyInt | undefined {
  if (v instanceof PyFloat) return v.value;
  if (v instanceof PyNpScalar) return v.value;
  return plainInt(v);
}
