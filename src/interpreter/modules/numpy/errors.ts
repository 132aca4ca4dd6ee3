/**
 * NumPy's own exception and warning classes (modules numpy.exceptions and numpy._core._exceptions).
 * Some inherit from two built-in exceptions, which defineType cannot say: their bases are set by hand, with the C3 order written out.
 */
import { EXCEPTIONS, PyBaseException, setField } from "../../builtins/exceptions.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import type { VM } from "../../objects/runtime.ts";
import { type DType, dtypeRepr } from "./dtype.ts";

/** Gives a native type several bases: `bases` as written, `rest` the MRO after the type itself. */
export function setBases(t: PyType, bases: readonly PyType[], rest: readonly PyType[]): void {
  t.bases = [...bases];
  t.mro = [t, ...rest];
  for (const b of bases) b.subclasses.add(new WeakRef(t));
  t.modified();
}

export const axisErrorType: PyType = defineType({
  name: "AxisError",
  module: "numpy.exceptions",
  base: EXCEPTIONS.ValueError,
  doc: "An axis was out of range.",
});
setBases(axisErrorType, [EXCEPTIONS.ValueError, EXCEPTIONS.IndexError], [
  EXCEPTIONS.ValueError, EXCEPTIONS.IndexError, EXCEPTIONS.LookupError, ...EXCEPTIONS.Exception.mro,
]);

export const complexWarningType: PyType = defineType({
  name: "ComplexWarning",
  module: "numpy.exceptions",
  base: EXCEPTIONS.RuntimeWarning,
  doc: "The imaginary part of a complex number was discarded.",
});
export const visibleDeprecationType: PyType = defineType({
  name: "VisibleDeprecationWarning",
  module: "numpy.exceptions",
  base: EXCEPTIONS.UserWarning,
  doc: "A deprecation that users should see.",
});
export const dtypePromotionErrorType: PyType = defineType({
  name: "DTypePromotionError",
  module: "numpy.exceptions",
  base: EXCEPTIONS.TypeError,
  doc: "Types have no common type.",
});

const UFUNC_MODULE = "numpy._core._exceptions";
export const ufuncTypeErrorType: PyType = defineType({ name: "UFuncTypeError", module: UFUNC_MODULE, base: EXCEPTIONS.TypeError });

/** NumPy shows these under the name of their base; tracebacks show the qualified name. */
function ufuncError(qualname: string): PyType {
  const t = defineType({ name: "UFuncTypeError", module: UFUNC_MODULE, base: ufuncTypeErrorType });
  t.qualname = qualname;
  return t;
}
export const noLoopErrorType: PyType = ufuncError("_UFuncNoLoopError");
export const inputCastErrorType: PyType = ufuncError("_UFuncInputCastingError");
export const outputCastErrorType: PyType = ufuncError("_UFuncOutputCastingError");

export function axisError(axis: number, ndim: number, prefix?: string): PyBaseException {
  const text = `axis ${axis} is out of bounds for array of dimension ${ndim}`;
  const e = new PyBaseException(axisErrorType, [prefix ? `${prefix}: ${text}` : text]);
  setField(e, "axis", axis);
  setField(e, "ndim", ndim);
  return e;
}

export function outputCastError(ufunc: string, from: DType, to: DType, casting: string, index: string): PyBaseException {
  return new PyBaseException(outputCastErrorType, [
    `Cannot cast ufunc '${ufunc}' output${index} from ${dtypeRepr(from)} to ${dtypeRepr(to)} with casting rule '${casting}'`,
  ]);
}

export function inputCastError(ufunc: string, from: DType, to: DType, casting: string, index: string): PyBaseException {
  return new PyBaseException(inputCastErrorType, [
    `Cannot cast ufunc '${ufunc}' input${index} from ${dtypeRepr(from)} to ${dtypeRepr(to)} with casting rule '${casting}'`,
  ]);
}

export function noLoopError(ufunc: string, types: string): PyBaseException {
  return new PyBaseException(noLoopErrorType, [`ufunc '${ufunc}' did not contain a loop with signature matching types ${types} -> None`]);
}

/** Discarding imaginary parts. */
export function warnComplex(vm: VM): void {
  vm.warn(complexWarningType, "Casting complex values to real discards the imaginary part");
}
