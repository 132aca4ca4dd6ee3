/** np.real, np.imag, np.angle, np.copyto. */
import { valueError } from "../../builtins/exceptions.ts";
import { getAttr, lookupAttr } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import { PyFloat, type Value } from "../../objects/values.ts";
import { flag, type Optional, whereOf } from "./args.ts";
import { assign, checkCast } from "./assign.ts";
import { asAssigned, leafType, asArray } from "./convert.ts";
import { PyNdArray, shapeCompact } from "./ndarray.ts";
import { weakOf } from "./resolve.ts";
import { choose2 } from "./select.ts";
import { apply, broadcastTo, toCasting, unwrap } from "./ufuncs.ts";

const part = (name: "real" | "imag") => (vm: VM, v: Value): Value => lookupAttr(vm, v, name) ?? getAttr(vm, asArray(vm, v), name);

function angle(vm: VM, z: Value, deg?: Value): Value {
  const a = asArray(vm, z);
  const complex = a.dtype.kind === "c";
  const r = apply(vm, "arctan2", complex ? getAttr(vm, a, "imag") : 0, complex ? getAttr(vm, a, "real") : a);
  return unwrap(flag(vm, deg) ? apply(vm, "multiply", r, new PyFloat(180 / Math.PI)) : r);
}

function copyto(vm: VM, dst: Value, src: Value, casting?: Value, where?: Optional): Value {
  if (!(dst instanceof PyNdArray)) throw valueError("copyto() argument 1 must be numpy.ndarray");
  const source = weakOf(src) ? asAssigned(vm, src, dst.dtype, dst.ndim) : asArray(vm, src);
  if (leafType(src) === undefined || !weakOf(src)) checkCast(source.dtype, dst.dtype, casting === undefined ? "same_kind" : toCasting(casting));
  const mask = whereOf(vm, where);
  if (!mask) assign(vm, dst, source);
  else {
    const mixed = choose2(vm, broadcastTo(mask, dst.dims), source, dst);
    if (mixed.ndim !== dst.ndim) throw valueError(`could not broadcast input array from shape ${shapeCompact(source.dims)} into shape ${shapeCompact(dst.dims)}`);
    assign(vm, dst, mixed);
  }
  return null;
}

export const PARTS: Record<string, NativeRow> = {
  real: ["(val)", part("real"), "Real parts."],
  imag: ["(val)", part("imag"), "Imaginary parts."],
  angle: ["(z, deg=False)", angle, "Angles of complex numbers."],
  copyto: ["(dst, src, casting='same_kind', where=True)", copyto, "Copies values into an array."],
};
