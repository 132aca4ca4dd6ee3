/**
 * Module numpy: an array library of our own over base/storage.ts, equal to NumPy 2.4 in results, types, text, errors and warnings wherever the
 * files beside this one do not say otherwise.
 *
 *   dtype.ts      types, promotion, casting            ndarray.ts   arrays, what the JIT relies on
 *   scalars.ts    scalar classes                       element.ts   one element ↔ Python value
 *   scalar-*.ts   operators, methods of scalars        indexing.ts  a[…]
 *   ops.ts        THE ufunc table                      kernels.ts   loops generated from it
 *   resolve.ts    which loop runs                      ufuncs.ts    calls; ufunc-type.ts: the Python type
 *   reduce.ts     reductions                           print.ts     text
 *
 * Not here: structured, datetime and string-processing types, masked arrays, FFT, most of linalg, `__array_function__` overrides.
 */
import type { PyModule } from "../../objects/module.ts";
import { nativeFunction } from "../../objects/native.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyFloat, type PyTuple, type Value } from "../../objects/values.ts";
import type { NativeModule } from "../native-module.ts";
import { needBytes } from "../../objects/buffer.ts";
import { flatIteratorType } from "./array-objects.ts";
import "./array-type.ts";
import { PARTS } from "./complex-parts.ts";
import { CREATION } from "./creation.ts";
import { NUMERIC } from "./dtype.ts";
import { dtypeType, toDType } from "./dtype-object.ts";
import { axisErrorType, complexWarningType, dtypePromotionErrorType, visibleDeprecationType } from "./errors.ts";
import { FUNCTIONAL, ndenumerateType, ndindexType, vectorizeType } from "./functional.ts";
import { finfoType, iinfoType } from "./limits.ts";
import { LINALG, LINEAR } from "./linear.ts";
import { LOGIC } from "./logic.ts";
import { newArray, PyNdArray } from "./ndarray.ts";
import { ALIASES, OPS, TWO_RESULTS } from "./ops.ts";
import { round } from "./rounding.ts";
import { outOf } from "./args.ts";
import "./scalar-types.ts";
import { ABSTRACT_TYPES, NP_FALSE, NP_TRUE, objectScalarType, strScalarType } from "./scalars.ts";
import { SELECTION } from "./select.ts";
import { SHAPING } from "./shaping.ts";
import { SORTING } from "./sorting.ts";
import { errStateType, printOptionsType, STATE_FUNCTIONS } from "./state.ts";
import { REDUCTIONS, STATISTICS } from "./statistics.ts";
import { TESTING } from "./testing.ts";
import { ufuncType } from "./ufunc-type.ts";
import { ufuncOf } from "./ufuncs.ts";

const VERSION = "2.4.6";

/** Alternative names of scalar types. */
const TYPE_ALIASES: Readonly<Record<string, string>> = {
  bool_: "bool", byte: "int8", ubyte: "uint8", short: "int16", ushort: "uint16", intc: "int32", uintc: "uint32", int_: "int64", intp: "int64",
  long: "int64", longlong: "int64", uint: "uint64", uintp: "uint64", ulong: "uint64", ulonglong: "uint64", half: "float16", single: "float32",
  double: "float64", csingle: "complex64", cdouble: "complex128",
};

const CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E, euler_gamma: 0.5772156649015329, inf: Infinity, nan: NaN };

function ufuncNames(): string[] {
  return [...Object.keys(OPS).filter((n) => !n.startsWith("modf_") && !n.startsWith("frexp_")), ...Object.keys(TWO_RESULTS)];
}

function types(): Record<string, Value> {
  const out: Record<string, Value> = {};
  for (const t of ABSTRACT_TYPES) out[t.name] = t;
  for (const d of NUMERIC) out[d.name] = d.scalar;
  for (const [alias, name] of Object.entries(TYPE_ALIASES)) out[alias] = out[name]!;
  return out;
}

function values(): Record<string, Value> {
  const out: Record<string, Value> = {
    __version__: VERSION, ndarray: PyNdArray.prototype.cls, dtype: dtypeType, ufunc: ufuncType, flatiter: flatIteratorType, newaxis: null,
    True_: NP_TRUE, False_: NP_FALSE, str_: strScalarType, object_: objectScalarType, errstate: errStateType, printoptions: printOptionsType,
    finfo: finfoType, iinfo: iinfoType, vectorize: vectorizeType, ndindex: ndindexType, ndenumerate: ndenumerateType, little_endian: true,
    ...types(),
  };
  for (const [name, x] of Object.entries(CONSTANTS)) out[name] = new PyFloat(x);
  for (const name of ufuncNames()) out[name] = ufuncOf(name);
  for (const [alias, name] of Object.entries(ALIASES)) out[alias] = out[name]!;
  return out;
}

const reductions: Record<string, NativeRow> = Object.fromEntries(
  Object.entries(REDUCTIONS).map(([name, [params, fn, doc]]) => [name, [`(a, ${params})`, fn, doc] as const]),
);

/** Rebuilds an array from its shape, type and bytes. */
function fromPickle(vm: VM, shape: PyTuple, dtype: Value, data: Value): Value {
  const a = newArray(toDType(vm, dtype), shape.items as readonly number[]);
  a.storage.bytes().set(needBytes(data));
  return a;
}

const functions: Record<string, NativeRow> = {
  ...CREATION, ...SHAPING, ...STATISTICS, ...SORTING, ...SELECTION, ...LINEAR, ...LOGIC, ...STATE_FUNCTIONS, ...FUNCTIONAL, ...PARTS, ...reductions,
  round: ["(a, decimals=0, out=None)", (vm: VM, v: Value, decimals?: Value, out?: Value) => round(vm, v, decimals, outOf(out)), "Rounds to a number of decimals."],
  around: ["(a, decimals=0, out=None)", (vm: VM, v: Value, decimals?: Value, out?: Value) => round(vm, v, decimals, outOf(out)), "Rounds to a number of decimals."],
  _from_pickle: ["(shape, dtype, data, /)", fromPickle, "Rebuilds an array."],
};

/** Submodules: name → functions. They are made with the package, as attributes and in sys.modules. */
const SUBMODULES: Readonly<Record<string, { functions: Record<string, NativeRow>; values: Record<string, Value> }>> = {
  linalg: { functions: LINALG, values: {} },
  testing: { functions: TESTING, values: {} },
  exceptions: {
    functions: {},
    values: {
      AxisError: axisErrorType, ComplexWarning: complexWarningType, VisibleDeprecationWarning: visibleDeprecationType, DTypePromotionError: dtypePromotionErrorType,
    },
  },
};

function init(vm: VM, m: PyModule): void {
  for (const [name, sub] of Object.entries(SUBMODULES)) {
    const full = `numpy.${name}`;
    const module = vm.newModule(full);
    for (const [fn, row] of Object.entries(sub.functions)) module.dict.setStr(fn, nativeFunction(full, fn, row));
    for (const [key, v] of Object.entries(sub.values)) module.dict.setStr(key, v);
    vm.modules.setStr(full, module);
    m.dict.setStr(name, module);
  }
}

export const numpy: NativeModule = { name: "numpy", doc: "Arrays and their arithmetic.", functions, values, init };
