/** np.round: to decimals by scaling, rounding half to even, scaling back, as NumPy defines it. */
import { typeError } from "../../builtins/exceptions.ts";
import type { VM } from "../../objects/runtime.ts";
import { PyFloat, type Value } from "../../objects/values.ts";
import { absent, toInteger } from "./args.ts";
import { asType, assign, copyArray } from "./assign.ts";
import { asArray } from "./convert.ts";
import { FLOAT16, INT64 } from "./dtype.ts";
import { newArray, type PyNdArray } from "./ndarray.ts";
import { partView } from "./statistics.ts";
import { apply, unwrap } from "./ufuncs.ts";

function roundArray(vm: VM, a: PyNdArray, decimals: number): PyNdArray {
  if (a.dtype.kind === "U") throw typeError("ufunc 'rint' not supported for the input types");
  if (a.dtype.kind === "b") return asType(vm, apply(vm, "rint", a), FLOAT16);
  if (a.dtype.kind === "c") return roundComplex(vm, a, decimals);
  if (!a.dtype.isInteger) return roundFloats(vm, a, decimals);
  if (decimals >= 0) return copyArray(vm, a);
  const factor = asArray(vm, 10 ** -decimals, INT64);
  return asType(vm, apply(vm, "multiply", apply(vm, "rint", apply(vm, "divide", a, factor)), factor), a.dtype);
}

function roundFloats(vm: VM, a: PyNdArray, decimals: number): PyNdArray {
  if (decimals === 0) return apply(vm, "rint", a);
  const factor = new PyFloat(10 ** Math.abs(decimals));
  const [there, back] = decimals > 0 ? (["multiply", "divide"] as const) : (["divide", "multiply"] as const);
  return apply(vm, back, apply(vm, "rint", apply(vm, there, a, factor)), factor);
}

function roundComplex(vm: VM, a: PyNdArray, decimals: number): PyNdArray {
  const out = newArray(a.dtype, a.dims);
  for (const which of [0, 1] as const) assign(vm, partView(out, which), roundFloats(vm, partView(a, which), decimals));
  return out;
}

export function round(vm: VM, v: Value, decimals?: Value, out?: PyNdArray): Value {
  const r = roundArray(vm, asArray(vm, v), absent(decimals) ? 0 : toInteger(vm, decimals));
  if (!out) return unwrap(r);
  assign(vm, out, r);
  return out;
}
