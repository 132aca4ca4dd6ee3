/**
 * Scalar types filled in: construction, text, hash, conversions, attributes, methods. Operators come from scalar-math.ts.
 * Everything an array can do, a scalar does as a 0-d array (`asArray`), as NumPy does.
 */
import { typeError, indexError } from "../../builtins/exceptions.ts";
import { hashDouble, hashInt, bitCount } from "../../objects/int-arith.ts";
import { floatHex } from "../../objects/float-text.ts";
import { truncate } from "../../objects/float.ts";
import { format } from "../../objects/format.ts";
import { callMethod, getAttr, hash, needStr, PyStrSub, plainStr, repr, str } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { SlotFns } from "../../objects/slots.ts";
import { extendType, objectType, type PyType, strType } from "../../objects/type.ts";
import { Ellipsis, normInt, PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "../../objects/values.ts";
import { asArray } from "./convert.ts";
import { BOOL, type DType, FLOAT32, FLOAT64, NUMERIC, realType, textType } from "./dtype.ts";
import { readScalar, toFloatElement, toIntElement } from "./element.ts";
import { complexText, scalarText } from "./float-digits.ts";
import { PyNdArray } from "./ndarray.ts";
import { unwrap } from "./ufuncs.ts";
import { ARITHMETIC_SLOTS, FLOAT32_SLOTS, FLOAT64_SLOTS, INTEGER_SLOTS } from "./scalar-math.ts";
import {
  genericType, makeComplex, makeReal, plainNumber, type PyNpComplex64, type PyNpFloat64, PyNpScalar, scalarDType, strScalarType,
} from "./scalars.ts";

const raw = (v: Value): PyInt => (v as PyNpScalar | PyNpFloat64).value;
const parts = (v: Value): PyComplex | PyNpComplex64 => v as PyComplex | PyNpComplex64;

// ---- construction ---------------------------------------------------------------------------------------------------------------------------

/** np.float32(x) …: a scalar for a scalar, an array for a sequence. */
function construct(d: DType) {
  return (vm: VM, cls: PyType, x?: Value): Value => {
    const made = x === undefined ? zero(d) : convertScalar(vm, d, x);
    if (cls === d.scalar || made instanceof PyNdArray || made === null || typeof made !== "object") return made;
    made.cls = cls;
    return made;
  };
}

function zero(d: DType): Value {
  return d.kind === "c" ? makeComplex(d, 0, 0) : makeReal(d, 0);
}

function convertScalar(vm: VM, d: DType, x: Value): Value {
  if (d.kind === "f" && x instanceof PyFloat) return makeReal(d, toFloatElement(vm, d, x));
  if (d.isInteger && x instanceof PyNpScalar && x.dtype.isInteger) return readFrom(asArray(vm, x, d));
  if (d.isInteger && (typeof x === "number" || typeof x === "bigint")) return makeReal(d, toIntElement(vm, d, x));
  const text = plainStr(x);
  if (text !== undefined && d.isInteger) return makeReal(d, toIntElement(vm, d, x));
  const a = asArray(vm, x, d);
  return a.ndim === 0 ? readFrom(a) : a === x ? asArray(vm, a) : a;
}

function readFrom(a: PyNdArray): Value {
  return readScalar(a.storage, a.dtype, a.offset);
}

// ---- text -----------------------------------------------------------------------------------------------------------------------------------

function textOf(v: Value): string {
  const d = scalarDType(v)!;
  if (d.kind === "c") return complexText(parts(v).real, parts(v).imag, realType(d));
  if (d === BOOL) return raw(v) ? "True" : "False";
  return d.kind === "f" ? scalarText(raw(v) as number, d) : String(raw(v));
}

function reprOf(v: Value): string {
  const d = scalarDType(v)!;
  if (d === BOOL) return raw(v) ? "np.True_" : "np.False_";
  const text = textOf(v);
  return `np.${d.name}(${d.kind === "c" && text.startsWith("(") ? text.slice(1, -1) : text})`;
}

function formatScalar(vm: VM, v: Value, spec: Value): Value {
  const text = needStr(spec, "__format__() argument");
  const d = scalarDType(v);
  if (d === BOOL) return text === "" ? textOf(v) : format(vm, raw(v) !== 0, text);
  return format(vm, plainNumber(v), text);
}

// ---- slots ------------------------------------------------------------------------------------------------------------------------------------

const HASH_IMAG = 1000003n;

function hashScalar(vm: VM, v: Value): PyInt {
  const d = scalarDType(v)!;
  if (d.kind === "c") {
    const sum = BigInt.asIntN(64, BigInt(hashDouble(parts(v).real)) + HASH_IMAG * BigInt(hashDouble(parts(v).imag)));
    return sum === -1n ? -2 : normInt(sum);
  }
  if (d.kind !== "f") return hashInt(raw(v));
  const x = raw(v) as number;
  return x !== x ? objectType.slot.hash!(vm, v) : hashDouble(x);
}

const toPlainFloat = (_vm: VM, v: Value): Value => new PyFloat(Number(raw(v)));

const COMMON: Partial<SlotFns> = {
  ...ARITHMETIC_SLOTS,
  repr: (_vm, v) => reprOf(v),
  str: (_vm, v) => textOf(v),
  hash: hashScalar,
  getitem: (vm, v, key) => scalarItem(vm, v, key),
};

function scalarItem(vm: VM, v: Value, key: Value): Value {
  if (key instanceof PyTuple && key.items.length === 0) return v;
  if (key === Ellipsis || key === null || key instanceof PyTuple) return callMethod(vm, asArray(vm, v), "__getitem__", key);
  throw indexError("invalid index to scalar variable.");
}

function slotsOf(d: DType): Partial<SlotFns> {
  switch (d.kind) {
    case "b":
      return { ...COMMON, bool: (_vm, v) => raw(v) !== 0, int: (_vm, v) => raw(v), float: toPlainFloat, index: refuseBoolIndex };
    case "f":
      return {
        ...COMMON,
        ...(d === FLOAT64 ? FLOAT64_SLOTS : d === FLOAT32 ? FLOAT32_SLOTS : {}),
        bool: (_vm, v) => raw(v) !== 0,
        int: (_vm, v) => truncate(raw(v) as number),
        float: toPlainFloat,
      };
    case "c":
      return {
        ...COMMON,
        bool: (_vm, v) => parts(v).real !== 0 || parts(v).imag !== 0,
        complex: (_vm, v) => new PyComplex(parts(v).real, parts(v).imag),
      };
    default:
      return { ...COMMON, ...INTEGER_SLOTS, bool: (_vm, v) => raw(v) !== 0, int: (_vm, v) => raw(v), float: toPlainFloat, index: (_vm, v) => raw(v) };
  }
}

const refuseBoolIndex = (): never => {
  throw typeError("In the future `np.bool` will be removed");
};

// ---- methods ----------------------------------------------------------------------------------------------------------------------------------

/** Methods that a scalar answers as a 0-d array would. */
const AS_ARRAY = [
  "all", "any", "argmax", "argmin", "argsort", "astype", "byteswap", "clip", "compress", "copy", "cumprod", "cumsum", "diagonal", "dot", "fill",
  "flatten", "max", "mean", "min", "nonzero", "prod", "put", "ravel", "repeat", "reshape", "resize", "searchsorted", "squeeze", "std", "sum",
  "swapaxes", "take", "tobytes", "trace", "transpose", "var", "view", "round",
] as const;

function asArrayMethods() {
  return Object.fromEntries(
    AS_ARRAY.map((name) => [
      name,
      [
        "($self, *args, **kwargs)",
        (vm: VM, v: Value, args: Value[], kwargs: Map<string, Value>) =>
          scalarResult(vm.call(getAttr(vm, asArray(vm, v), name), [...args, ...kwargs.values()], kwargs.size ? [...kwargs.keys()] : undefined)),
        "As the method of arrays.",
      ] as const,
    ]),
  );
}

/** A method of a scalar gives a scalar where the array's gives a 0-d array. */
const scalarResult = (v: Value): Value => (v instanceof PyNdArray ? unwrap(v) : v);

function item(_vm: VM, v: Value): Value {
  return plainNumber(v);
}

const attribute = (name: string) => [(vm: VM, v: Value) => getAttr(vm, asArray(vm, v), name)] as const;

extendType(genericType, {
  methods: {
    ...asArrayMethods(),
    item: ["($self, *args)", item, "The Python object of the same value."],
    tolist: ["($self, /)", item, "The Python object of the same value."],
    conjugate: ["($self, /)", conjugate, "Complex conjugate."],
    conj: ["($self, /)", conjugate, "Complex conjugate."],
    __format__: ["($self, format_spec, /)", formatScalar, "Formats as the Python number."],
    __round__: ["($self, ndigits=None, /)", roundScalar, "Rounds to a number of decimals; an int without."],
    __array__: ["($self, dtype=None, /, *, copy=None)", (vm: VM, v: Value) => asArray(vm, v), "The 0-d array."],
    __copy__: ["($self, /)", (_vm: VM, v: Value) => v],
    __deepcopy__: ["($self, memo, /)", (_vm: VM, v: Value) => v],
    __reduce__: ["($self, /)", reduceScalar, "For pickle."],
    __getnewargs__: ["($self, /)", (_vm: VM, v: Value) => new PyTuple([plainNumber(v)])],
  },
  getset: {
    dtype: [(_vm: VM, v: Value) => dtypeOf(v)],
    shape: [() => new PyTuple([])],
    strides: [() => new PyTuple([])],
    ndim: [() => 0],
    size: [() => 1],
    itemsize: [(_vm: VM, v: Value) => dtypeOf(v).itemsize],
    nbytes: [(_vm: VM, v: Value) => dtypeOf(v).itemsize],
    base: [() => null],
    T: [(_vm: VM, v: Value) => v],
    real: [(vm: VM, v: Value) => part(vm, v, 0)],
    imag: [(vm: VM, v: Value) => part(vm, v, 1)],
    flags: attribute("flags"),
    flat: attribute("flat"),
    data: attribute("data"),
    __array_priority__: [() => new PyFloat(-1000000)],
  },
});

function dtypeOf(v: Value): DType {
  return scalarDType(v) ?? textType([...(plainStr(v) ?? "")].length);
}

function part(_vm: VM, v: Value, which: 0 | 1): Value {
  const d = scalarDType(v);
  if (d === undefined) return v;
  if (d.kind !== "c") return which === 0 ? v : makeReal(d, 0);
  return makeReal(realType(d), which === 0 ? parts(v).real : parts(v).imag);
}

function conjugate(_vm: VM, v: Value): Value {
  const d = scalarDType(v);
  return d?.kind === "c" ? makeComplex(d, parts(v).real, -parts(v).imag) : v;
}

function roundScalar(vm: VM, v: Value, ndigits?: Value): Value {
  const d = scalarDType(v)!;
  if (ndigits === undefined || ndigits === null) {
    if (d.kind === "f") return callMethod(vm, plainNumber(v), "__round__");
    return d.isInteger ? raw(v) : callMethod(vm, asArray(vm, v), "round");
  }
  return callMethod(vm, asArray(vm, v), "round", ndigits);
}

function reduceScalar(vm: VM, v: Value): Value {
  return new PyTuple([getAttr(vm, v, "__class__"), new PyTuple([plainNumber(v)])]);
}

/** Methods of float scalars that Python's float has too. */
const FLOAT_METHODS = {
  is_integer: ["($self, /)", (_vm: VM, v: Value) => Number.isInteger(Number(raw(v))), "Whether the value is an integer."] as const,
  as_integer_ratio: ["($self, /)", (vm: VM, v: Value) => callMethod(vm, new PyFloat(raw(v) as number), "as_integer_ratio"), "The exact ratio."] as const,
};

const INT_METHODS = {
  is_integer: ["($self, /)", () => true, "True."] as const,
  bit_count: ["($self, /)", (_vm: VM, v: Value) => bitCount(raw(v)), "Number of one bits of the absolute value."] as const,
};

for (const d of NUMERIC) {
  extendType(d.scalar, {
    new: ["(x=0, /)", construct(d)],
    slots: slotsOf(d),
    ...(d.kind === "f" ? { methods: { ...FLOAT_METHODS, ...(d === FLOAT64 ? float64Methods() : {}) } } : {}),
    ...(d.isInteger ? { methods: INT_METHODS, getset: { numerator: [(_vm: VM, v: Value) => v] as const, denominator: [(_vm: VM, v: Value) => makeReal(d, 1)] as const } } : {}),
  });
}

function float64Methods() {
  return {
    hex: ["($self, /)", (_vm: VM, v: Value) => floatHex(raw(v) as number), "Hexadecimal text of the exact value."] as const,
    __format__: ["($self, format_spec, /)", formatScalar, "Formats as a Python float."] as const,
    __round__: ["($self, ndigits=None, /)", roundScalar, "Rounds to a number of decimals; an int without."] as const,
    __trunc__: ["($self, /)", (_vm: VM, v: Value) => truncate(raw(v) as number)] as const,
    __floor__: ["($self, /)", (_vm: VM, v: Value) => truncate(Math.floor(raw(v) as number))] as const,
    __ceil__: ["($self, /)", (_vm: VM, v: Value) => truncate(Math.ceil(raw(v) as number))] as const,
  };
}

extendType(strScalarType, {
  new: ["(x='', /)", (vm: VM, cls: PyType, x?: Value) => new PyStrSub(cls, x === undefined ? "" : str(vm, x))],
  slots: {
    repr: (vm, v) => `np.str_(${repr(vm, plainStr(v)!)})`,
    str: (_vm, v) => plainStr(v)!,
    hash: (vm, v) => hash(vm, plainStr(v)!),
    eq: (vm, a, b) => strType.slot.eq!(vm, a, b),
    ne: (vm, a, b) => strType.slot.ne!(vm, a, b),
  },
  methods: {
    item: ["($self, *args)", (_vm: VM, v: Value) => plainStr(v)!, "The Python str."],
    tolist: ["($self, /)", (_vm: VM, v: Value) => plainStr(v)!, "The Python str."],
  },
});
