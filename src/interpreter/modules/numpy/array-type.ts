/** numpy.ndarray: operators, attributes, methods, iteration. The work is done by the modules that the rows name. */
import { attributeError, indexError, newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../../objects/class-getitem.ts";
import { getBuffer } from "../../objects/buffer.ts";
import { PyList } from "../../objects/list.ts";
import { callMethod, equals, getAttr, lookupAttr, toDouble, toIndex, truthy, typeName, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { BinarySlot, SlotFns, TernarySlot } from "../../objects/slots.ts";
import { defineType, type NativeRow, type PyType } from "../../objects/type.ts";
import { Ellipsis, NotImplemented, PyBytes, PyComplex, PyFloat, PyTuple, type Value } from "../../objects/values.ts";
import { toInt } from "../../objects/int.ts";
import { absent, flag, type Optional, outOf, shapeArguments, toInteger, toInts, toShape } from "./args.ts";
import { asType, assign, checkCast, contiguous, convert, copyArray } from "./assign.ts";
import { asArray, leafType } from "./convert.ts";
import { type DType, FLOAT64, realType, textType } from "./dtype.ts";
import { optionalDType, toDType } from "./dtype-object.ts";
import { readPlain, readScalar, writeValue } from "./element.ts";
import { getItem, setItem } from "./indexing.ts";
import { forEachOffset } from "./iterate.ts";
import { dot, matmul } from "./linear.ts";
import { isContiguous, newArray, PyNdArray, requireWriteable, stridesFor, viewOf } from "./ndarray.ts";
import type { OpName } from "./ops.ts";
import { arrayRepr, arrayStr } from "./print.ts";
import { normalAxis } from "./reduce.ts";
import { weakOf } from "./resolve.ts";
import { scalarDType } from "./scalars.ts";
import { clip, compress, diagonal, nonzero, put, take, trace } from "./select.ts";
import { flatten, ravel, repeat, reshape, resizeInPlace, squeeze, swapaxes, transpose } from "./shaping.ts";
import { argsort, searchsorted, sortInPlace } from "./sorting.ts";
import { partView, REDUCTIONS } from "./statistics.ts";
import { apply, callUfunc, toCasting, toOrder, ufuncOf, unwrap } from "./ufuncs.ts";
import { round } from "./rounding.ts";
import { flagsOf, PyArrayIterator, PyFlatIterator } from "./array-objects.ts";

const self = (v: Value): PyNdArray => v as PyNdArray;

// ---- operators ----------------------------------------------------------------------------------------------------------------------------------

/** Whether the other operand's reflected method must decide: it disowns ufuncs or has a higher priority. */
function defers(vm: VM, o: Value): boolean {
  if (o === null || typeof o !== "object" || o instanceof PyNdArray || scalarDType(o) || o instanceof PyFloat || o instanceof PyList || o instanceof PyTuple) return false;
  const cls = typeOf(o);
  const override = cls.lookup("__array_ufunc__");
  if (override === null) return true;
  if (override !== undefined) return false;
  const priority = cls.lookup("__array_priority__") === undefined ? undefined : lookupAttr(vm, o, "__array_priority__");
  return priority !== undefined && toDouble(vm, priority) > 0;
}

function operator(name: OpName | "divmod"): [BinarySlot, BinarySlot] {
  const u = ufuncOf(name);
  return [
    (vm, a, b) => (defers(vm, b) ? NotImplemented : callUfunc(vm, u, [a, b], undefined)),
    (vm, a, b) => (defers(vm, b) ? NotImplemented : callUfunc(vm, u, [b, a], undefined)),
  ];
}

function inplace(name: OpName): BinarySlot {
  const u = ufuncOf(name);
  return (vm, a, b) => (defers(vm, b) ? NotImplemented : callUfunc(vm, u, [a, b, a], undefined));
}

/** == and != of things that do not compare are False and True. */
function equality(name: "equal" | "not_equal"): BinarySlot {
  const u = ufuncOf(name);
  return (vm, a, b) => {
    if (defers(vm, b)) return NotImplemented;
    const text = textComparison(vm, name, self(a), b);
    return text ?? callUfunc(vm, u, [a, b], undefined);
  };
}

/** Text compares with text; with numbers every element is unequal. */
function textComparison(vm: VM, name: "equal" | "not_equal", a: PyNdArray, b: Value): Value | undefined {
  const other = b instanceof PyNdArray ? b.dtype : b === null ? undefined : typeof b === "object" && !scalarDType(b) && weakOf(b) === undefined ? asArray(vm, b).dtype : leafType(b);
  if (other === undefined || (a.dtype.kind !== "U" && other.kind !== "U") || a.dtype.kind === "O" || other.kind === "O") return undefined;
  const right = asArray(vm, b);
  if (a.dtype.kind === "U" && right.dtype.kind === "U") return apply(vm, name, convert(vm, a, toDType(vm, "O")), convert(vm, right, toDType(vm, "O")));
  const shape = apply(vm, "equal", new PyNdArray(newArray(FLOAT64, a.dims).storage, FLOAT64, a.dims, stridesFor(a.dims, 8), 0, null, true), newArray(FLOAT64, right.dims)).dims;
  const out = newArray(toDType(vm, "bool"), shape);
  if (name === "not_equal") out.storage.bytes().fill(1);
  return unwrap(out);
}

function ordering(name: OpName): BinarySlot {
  const u = ufuncOf(name);
  return (vm, a, b) => (defers(vm, b) ? NotImplemented : callUfunc(vm, u, [a, b], undefined));
}

/** Powers with simple exponents use simpler loops, as in NumPy. */
function power(vm: VM, a: Value, b: Value, out: PyNdArray | undefined): Value {
  const simple = simplePower(self(a), b);
  const extra: Value[] = out ? [out] : [];
  if (simple) return callUfunc(vm, ufuncOf(simple), [a, ...extra], undefined);
  return callUfunc(vm, ufuncOf("power"), [a, b, ...extra], undefined);
}

function simplePower(a: PyNdArray, b: Value): OpName | undefined {
  const exponent = typeof b === "number" ? b : b instanceof PyFloat && scalarDType(b) === undefined ? b.value : undefined;
  if (exponent === undefined) return undefined;
  const inexact = a.dtype.isInexact;
  if (exponent === 2 && typeof b === "number" && (a.dtype.isInteger || inexact)) return "square";
  if (!inexact) return undefined;
  return exponent === 2 ? "square" : exponent === 0.5 ? "sqrt" : exponent === -1 ? "reciprocal" : exponent === 1 ? "positive" : undefined;
}

const powerSlot: TernarySlot = (vm, a, b, m) => (m !== undefined && m !== null ? NotImplemented : defers(vm, b) ? NotImplemented : power(vm, a, b, undefined));
const rpowerSlot: TernarySlot = (vm, a, b) => callUfunc(vm, ufuncOf("power"), [b, a], undefined);
const ipowerSlot: TernarySlot = (vm, a, b) => power(vm, a, b, self(a));

const [add, radd] = operator("add");
const [sub, rsub] = operator("subtract");
const [mul, rmul] = operator("multiply");
const [truediv, rtruediv] = operator("divide");
const [floordiv, rfloordiv] = operator("floor_divide");
const [mod, rmod] = operator("remainder");
const [divmod, rdivmod] = operator("divmod");
const [and, rand] = operator("bitwise_and");
const [or, ror] = operator("bitwise_or");
const [xor, rxor] = operator("bitwise_xor");
const [lshift, rlshift] = operator("left_shift");
const [rshift, rrshift] = operator("right_shift");

function inplaceMatmul(vm: VM, a: Value, b: Value): Value {
  return matmul(vm, a, b, a);
}

const unarySlot = (name: OpName) => (vm: VM, a: Value) => callUfunc(vm, ufuncOf(name), [a], undefined);

// ---- conversions to Python ----------------------------------------------------------------------------------------------------------------------

function toBool(vm: VM, v: Value): boolean {
  const a = self(v);
  if (a.size === 1) return truthy(vm, readPlain(a.storage, a.dtype, a.offset));
  if (a.size === 0) throw valueError("The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty.");
  throw valueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()");
}

function onlyScalar(v: Value): Value {
  const a = self(v);
  if (a.ndim !== 0) throw typeError("only 0-dimensional arrays can be converted to Python scalars");
  return readPlain(a.storage, a.dtype, a.offset);
}

function toIndexValue(vm: VM, v: Value): Value {
  const a = self(v);
  if (a.ndim !== 0 || !a.dtype.isInteger) throw typeError("only integer scalar arrays can be converted to a scalar index");
  return toIndex(vm, onlyScalar(v));
}

function contains(vm: VM, v: Value, item: Value): boolean {
  const a = self(v);
  if (a.dtype.kind === "O") {
    let found = false;
    forEachOffset(a.dims, a.strides, a.offset, (at) => (found ||= equals(vm, readPlain(a.storage, a.dtype, at), item)));
    return found;
  }
  const eq = callUfunc(vm, ufuncOf("equal"), [a, item], undefined);
  return truthy(vm, callMethod(vm, eq, "any"));
}

const slots: Partial<SlotFns> = {
  add, radd, iadd: inplace("add"), sub, rsub, isub: inplace("subtract"), mul, rmul, imul: inplace("multiply"),
  matmul: (vm, a, b) => (defers(vm, b) ? NotImplemented : matmul(vm, a, b)), rmatmul: (vm, a, b) => matmul(vm, b, a), imatmul: inplaceMatmul,
  truediv, rtruediv, itruediv: inplace("divide"), floordiv, rfloordiv, ifloordiv: inplace("floor_divide"), mod, rmod, imod: inplace("remainder"),
  divmod, rdivmod, and, rand, iand: inplace("bitwise_and"), or, ror, ior: inplace("bitwise_or"), xor, rxor, ixor: inplace("bitwise_xor"),
  lshift, rlshift, ilshift: inplace("left_shift"), rshift, rrshift, irshift: inplace("right_shift"),
  pow: powerSlot, rpow: rpowerSlot, ipow: ipowerSlot,
  eq: equality("equal"), ne: equality("not_equal"), lt: ordering("less"), le: ordering("less_equal"), gt: ordering("greater"), ge: ordering("greater_equal"),
  neg: unarySlot("negative"), pos: unarySlot("positive"), abs: unarySlot("absolute"), invert: unarySlot("invert"),
  hash: null,
  bool: toBool,
  int: (vm, v) => toInt(vm, onlyScalar(v)),
  float: (vm, v) => new PyFloat(toDouble(vm, onlyScalar(v))),
  complex: (vm, v) => complexOf(vm, onlyScalar(v)),
  index: toIndexValue,
  len: (_vm, v) => {
    if (self(v).ndim === 0) throw typeError("len() of unsized object");
    return self(v).dims[0]!;
  },
  iter: (_vm, v) => {
    if (self(v).ndim === 0) throw typeError("iteration over a 0-d array");
    return new PyArrayIterator(self(v));
  },
  contains,
  getitem: getItem,
  setitem: setItem,
  delitem: () => {
    throw valueError("cannot delete array elements");
  },
  repr: (vm, v) => arrayRepr(vm, self(v), undefined, typeOf(v) === ndarrayType() ? "array" : typeName(v)),
  str: (vm, v) => arrayStr(vm, self(v)),
};

function ndarrayType(): PyType {
  return PyNdArray.prototype.cls;
}

function complexOf(vm: VM, v: Value): Value {
  return v instanceof PyComplex ? v : new PyComplex(toDouble(vm, v), 0);
}

// ---- methods ------------------------------------------------------------------------------------------------------------------------------------

function astype(vm: VM, a: PyNdArray, dtypeArg: Value, order?: Value, casting?: Value, _subok?: Value, copy?: Value): PyNdArray {
  let d = toDType(vm, dtypeArg);
  checkCast(a.dtype, d, casting === undefined ? "unsafe" : toCasting(casting));
  if (d.kind === "U" && d.itemsize === 0) d = textType(a.dtype.kind === "U" ? a.dtype.itemsize / 4 : widestText(vm, a));
  if (a.dtype === d && copy !== undefined && !truthy(vm, copy)) return a;
  return convert(vm, a, d, toOrder(order, "K"));
}

function widestText(vm: VM, a: PyNdArray): number {
  const texts = convert(vm, a, textType(64));
  let n = 1;
  forEachOffset(texts.dims, texts.strides, texts.offset, (at) => (n = Math.max(n, (readPlain(texts.storage, texts.dtype, at) as string).length)));
  return a.dtype.isInteger ? String(a.dtype.bigMin).length : a.dtype.kind === "f" ? 32 : n;
}

/** a.view(dtype): the same memory read as another type. */
function view(vm: VM, a: PyNdArray, dtypeArg?: Value, type?: Value): PyNdArray {
  void type;
  const d = optionalDType(vm, dtypeArg);
  return d === undefined ? viewOf(a, a.dims, a.strides) : viewAs(a, d);
}

function viewAs(a: PyNdArray, d: DType): PyNdArray {
  const [from, to] = [a.dtype.itemsize, d.itemsize];
  if (from === to) return viewOf(a, a.dims, a.strides, a.offset, d);
  const last = a.ndim - 1;
  if (last < 0) throw valueError("Changing the dtype of a 0d array is only supported if the itemsize is unchanged");
  if (a.strides[last] !== from && a.dims[last]! > 1) throw valueError("To change to a dtype of a different size, the last axis must be contiguous");
  const bytes = a.dims[last]! * from;
  if (bytes % to !== 0)
    throw valueError("When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of the array.");
  return viewOf(a, [...a.dims.slice(0, -1), bytes / to], [...a.strides.slice(0, -1), to], a.offset, d);
}

function tolist(_vm: VM, a: PyNdArray): Value {
  const walk = (axis: number, at: number): Value => {
    if (axis === a.ndim) return readPlain(a.storage, a.dtype, at);
    const out: Value[] = [];
    for (let i = 0; i < a.dims[axis]!; i++) out.push(walk(axis + 1, at + i * a.strides[axis]!));
    return new PyList(out);
  };
  return walk(0, a.offset);
}

function item(vm: VM, a: PyNdArray, args: Value[]): Value {
  if (args.length === 0) {
    if (a.size !== 1) throw valueError("can only convert an array of size 1 to a Python scalar");
    return readPlain(a.storage, a.dtype, a.offset);
  }
  const index = args.length === 1 && args[0] instanceof PyTuple ? args[0].items : args;
  const list = index.map((i) => toInteger(vm, i));
  if (list.length === 1 && a.ndim !== 1) return flatItem(a, list[0]!);
  if (list.length !== a.ndim) throw valueError("incorrect number of indices for array");
  let at = a.offset;
  list.forEach((i, k) => {
    const n = a.dims[k]!;
    if (i < -n || i >= n) throw indexError(`index ${i} is out of bounds for axis ${k} with size ${n}`);
    at += (i < 0 ? i + n : i) * a.strides[k]!;
  });
  return readPlain(a.storage, a.dtype, at);
}

function flatItem(a: PyNdArray, index: number): Value {
  const n = a.size;
  if (index < -n || index >= n) throw indexError(`index ${index} is out of bounds for size ${n}`);
  let rest = index < 0 ? index + n : index;
  let at = a.offset;
  for (let k = a.ndim - 1; k >= 0; k--) {
    at += (rest % a.dims[k]!) * a.strides[k]!;
    rest = Math.floor(rest / a.dims[k]!);
  }
  return readPlain(a.storage, a.dtype, at);
}

function fill(vm: VM, a: PyNdArray, value: Value): null {
  requireWriteable(a);
  const one = newArray(a.dtype, []);
  writeValue(vm, one.storage, a.dtype, 0, value);
  assign(vm, a, one);
  return null;
}

function tobytes(vm: VM, a: PyNdArray, order?: Value): Value {
  const o = toOrder(order, "C");
  const source = o === "F" || (o === "A" && isContiguous(a, "F")) ? transpose(vm, copyArray(vm, a, "F")) : a;
  const flat = contiguous(vm, source);
  return new PyBytes(flat.storage.bytes().slice(flat.offset, flat.offset + flat.size * flat.dtype.itemsize));
}

function sort(vm: VM, a: PyNdArray, axis?: Value): null {
  requireWriteable(a, "sort array");
  sortInPlace(vm, a, normalAxis(absent(axis) ? -1 : toInteger(vm, axis), a.ndim));
  return null;
}

function setflags(vm: VM, a: PyNdArray, write?: Value): null {
  if (!absent(write)) a.writeable = truthy(vm, write);
  return null;
}

function byteswap(vm: VM, a: PyNdArray, inPlace?: Value): PyNdArray {
  const out = flag(vm, inPlace) ? a : copyArray(vm, a);
  const size = a.dtype.kind === "c" ? a.dtype.itemsize / 2 : a.dtype.itemsize;
  const bytes = out.storage.bytes();
  forEachOffset(out.dims, out.strides, out.offset, (at) => {
    for (let part = at; part < at + a.dtype.itemsize; part += size) bytes.subarray(part, part + size).reverse();
  });
  out.storage.touch();
  return out;
}

/** Rows of REDUCTIONS as methods. */
const reductionMethods: Record<string, NativeRow> = Object.fromEntries(
  Object.entries(REDUCTIONS).map(([name, [params, fn, doc]]) => [name, [`($self, ${params})`, fn, doc] as const]),
);

function reduceForPickle(vm: VM, a: PyNdArray): Value {
  return new PyTuple([getAttr(vm, vm.importModule("numpy"), "_from_pickle"), new PyTuple([new PyTuple([...a.dims]), a.dtype.str, tobytes(vm, a)])]);
}

function arrayMethod(vm: VM, a: PyNdArray, dtype?: Value, copy?: Value): PyNdArray {
  const d = optionalDType(vm, dtype);
  const out = d ? asType(vm, a, d) : a;
  return copy === true && out === a ? copyArray(vm, a) : out;
}

// ---- attributes ---------------------------------------------------------------------------------------------------------------------------------

function setShape(vm: VM, a: PyNdArray, v: Optional): void {
  if (v === undefined) throw attributeError(a, "shape", "Cannot delete array shape");
  const next = reshape(vm, a, v);
  if (next.storage !== a.storage)
    throw newException("AttributeError", "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape.");
  a.dims = next.dims;
  a.strides = next.strides;
}

function setDType(vm: VM, a: PyNdArray, v: Optional): void {
  const next = viewAs(a, toDType(vm, v ?? null));
  [a.dims, a.strides, a.dtype] = [next.dims, next.strides, next.dtype];
}

function imagPart(vm: VM, a: PyNdArray): PyNdArray {
  if (a.dtype.kind === "c") return partView(a, 1);
  const out = newArray(a.dtype, a.dims);
  out.writeable = false;
  void vm;
  return out;
}

function setPart(which: 0 | 1) {
  return (vm: VM, a: PyNdArray, v: Optional): void => {
    if (which === 1 && a.dtype.kind !== "c") throw typeError("array does not have imaginary part to set");
    const target = a.dtype.kind === "c" ? partView(a, which) : a;
    assign(vm, target, asArray(vm, v ?? null, realType(a.dtype)));
  };
}

/** ndarray(shape, dtype, buffer, offset, strides, order) */
function newNdArray(vm: VM, cls: PyType, shape: Value, dtype?: Value, buffer?: Value, offset?: Value, strides?: Value, order?: Value): Value {
  const d = optionalDType(vm, dtype) ?? FLOAT64;
  const dims = toShape(vm, shape);
  let a: PyNdArray;
  if (absent(buffer)) a = newArray(d, dims, toOrder(order, "C") === "F" ? "F" : "C", null);
  else {
    const source = getBuffer(buffer);
    const flat = asArray(vm, buffer);
    const start = (flat.offset ?? 0) + (absent(offset) ? 0 : toInteger(vm, offset));
    const steps = absent(strides) ? stridesFor(dims, d.itemsize, toOrder(order, "C") === "F" ? "F" : "C") : toInts(vm, strides);
    a = new PyNdArray(flat.storage, d, dims, steps, start, buffer, !source?.readonly);
    const needed = dims.includes(0) ? 0 : dims.reduce((n, x, i) => n + (x - 1) * Math.abs(steps[i]!), d.itemsize);
    if (start + needed > flat.storage.byteLength) throw typeError("buffer is too small for requested array");
  }
  if (cls !== ndarrayType()) a.cls = cls;
  return a;
}

const identityAddresses = 0x10000000;

function interfaceOf(vm: VM, a: PyNdArray): Value {
  const d = callMethod(vm, vm.builtins.getStr("dict")!, "__call__");
  const set = (k: string, v: Value): void => void callMethod(vm, d, "__setitem__", k, v);
  set("data", new PyTuple([addressOf(a), !a.writeable]));
  set("strides", isContiguous(a) ? null : new PyTuple([...a.strides]));
  set("descr", new PyList([new PyTuple(["", a.dtype.str])]));
  set("typestr", a.dtype.str);
  set("shape", new PyTuple([...a.dims]));
  set("version", 3);
  return d;
}

/** A number that behaves like an address: distinct storages are 2^32 apart. */
export function addressOf(a: PyNdArray): number {
  return identityAddresses + a.storage.id * 4294967296 + a.offset;
}

defineType({
  name: "ndarray",
  module: "numpy",
  js: PyNdArray,
  doc: "An N-dimensional array of elements of one type.",
  new: ["(shape, dtype=float, buffer=None, offset=0, strides=None, order=None)", newNdArray],
  slots,
  methods: {
    ...reductionMethods,
    argsort: ["($self, axis=-1, kind=None, order=None, *, stable=None)", argsort, "Indices that sort."],
    astype: ["($self, dtype, order='K', casting='unsafe', subok=True, copy=True)", astype, "A copy of another type."],
    byteswap: ["($self, inplace=False)", byteswap, "Swaps the bytes of elements."],
    clip: ["($self, min=None, max=None, out=None)", clip, "Limits values."],
    compress: ["($self, condition, axis=None, out=None)", (vm: VM, a: Value, condition: Value, axis?: Value) => compress(vm, condition, a, axis), "Slices selected by a mask."],
    conj: ["($self, /)", (vm: VM, a: Value) => apply(vm, "conjugate", a), "Complex conjugate."],
    conjugate: ["($self, /)", (vm: VM, a: Value) => apply(vm, "conjugate", a), "Complex conjugate."],
    copy: ["($self, order='C')", (vm: VM, a: PyNdArray, order?: Value) => copyArray(vm, a, toOrder(order, "C")), "A copy."],
    diagonal: ["($self, offset=0, axis1=0, axis2=1)", diagonal, "A diagonal."],
    dot: ["($self, other, out=None)", dot, "Dot product."],
    fill: ["($self, value)", fill, "Sets all elements."],
    flatten: ["($self, order='C')", flatten, "A 1-d copy."],
    item: ["($self, *args)", item, "One element as a Python object."],
    nonzero: ["($self, /)", nonzero, "Indices of elements that are not zero."],
    put: ["($self, indices, values, mode='raise')", put, "Sets elements by flat index."],
    ravel: ["($self, order='C')", ravel, "A 1-d array."],
    repeat: ["($self, repeats, axis=None)", repeat, "Repeats elements."],
    reshape: [
      "($self, *shape, order='C', copy=None)",
      (vm: VM, a: PyNdArray, args: Value[], order?: Value) => reshape(vm, a, shapeArguments(args), order),
      "The same elements in another shape.",
    ],
    resize: [
      "($self, *new_shape, refcheck=True)",
      (vm: VM, a: PyNdArray, args: Value[]) => resizeInPlace(vm, a, toShape(vm, shapeArguments(args))),
      "Changes shape and size in place.",
    ],
    round: ["($self, decimals=0, out=None)", (vm: VM, a: PyNdArray, decimals?: Value, out?: Value) => round(vm, a, decimals, outOf(out)), "Rounds to a number of decimals."],
    searchsorted: ["($self, v, side='left', sorter=None)", searchsorted, "Positions that keep the array sorted."],
    setflags: ["($self, write=None, align=None, uic=None)", setflags, "Sets flags."],
    sort: ["($self, axis=-1, kind=None, order=None, *, stable=None)", sort, "Sorts in place."],
    squeeze: ["($self, axis=None)", squeeze, "Removes axes of length one."],
    swapaxes: ["($self, axis1, axis2, /)", swapaxes, "Exchanges two axes."],
    take: ["($self, indices, axis=None, out=None, mode='raise')", take, "Elements along an axis."],
    tobytes: ["($self, order='C')", tobytes, "The elements' bytes."],
    tolist: ["($self, /)", tolist, "Nested lists of Python objects."],
    trace: ["($self, offset=0, axis1=0, axis2=1, dtype=None, out=None)", trace, "Sum along a diagonal."],
    transpose: [
      "($self, *axes)",
      (vm: VM, a: PyNdArray, args: Value[]) => transpose(vm, a, args.length === 0 ? undefined : shapeArguments(args)),
      "Permutes axes.",
    ],
    view: ["($self, dtype=None, type=None)", view, "Another view of the memory."],
    __array__: ["($self, dtype=None, /, *, copy=None)", arrayMethod, "The array itself, perhaps converted."],
    __copy__: ["($self, /)", (vm: VM, a: PyNdArray) => copyArray(vm, a), "A copy."],
    __deepcopy__: ["($self, memo, /)", (vm: VM, a: PyNdArray) => copyArray(vm, a), "A copy."],
    __reduce__: ["($self, /)", reduceForPickle, "For pickle."],
    __format__: ["($self, format_spec, /)", formatArray, "str() for 0-d arrays and the empty format."],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    T: [(vm: VM, a: PyNdArray) => transpose(vm, a)],
    mT: [(vm: VM, a: PyNdArray) => swapaxes(vm, a, -1, -2)],
    base: [(_vm: VM, a: PyNdArray) => a.base],
    data: [(vm: VM, a: PyNdArray) => vm.call(vm.builtins.getStr("memoryview")!, [a])],
    dtype: [(_vm: VM, a: PyNdArray) => a.dtype, setDType],
    flags: [(_vm: VM, a: PyNdArray) => flagsOf(a)],
    flat: [(_vm: VM, a: PyNdArray) => new PyFlatIterator(a), (vm: VM, a: PyNdArray, v: Optional) => setItem(vm, ravelForWrite(vm, a), Ellipsis, v ?? null)],
    imag: [imagPart, setPart(1)],
    itemsize: [(_vm: VM, a: PyNdArray) => a.dtype.itemsize],
    nbytes: [(_vm: VM, a: PyNdArray) => a.size * a.dtype.itemsize],
    ndim: [(_vm: VM, a: PyNdArray) => a.ndim],
    real: [(_vm: VM, a: PyNdArray) => (a.dtype.kind === "c" ? partView(a, 0) : a), setPart(0)],
    shape: [(_vm: VM, a: PyNdArray) => new PyTuple([...a.dims]), setShape],
    size: [(_vm: VM, a: PyNdArray) => a.size],
    strides: [(_vm: VM, a: PyNdArray) => new PyTuple([...a.strides])],
    __array_interface__: [interfaceOf],
    __array_priority__: [() => new PyFloat(0)],
    ctypes: [() => null],
  },
});

function ravelForWrite(vm: VM, a: PyNdArray): PyNdArray {
  return isContiguous(a) ? (ravel(vm, a) as PyNdArray) : a;
}

function formatArray(vm: VM, a: PyNdArray, spec: Value): Value {
  if (a.ndim === 0) return callMethod(vm, readScalar(a.storage, a.dtype, a.offset), "__format__", spec);
  if (spec === "") return arrayStr(vm, a);
  throw typeError(`unsupported format string passed to ${typeName(a)}.__format__`);
}
