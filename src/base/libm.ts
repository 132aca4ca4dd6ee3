/**
 * The elementary functions, with results that do not depend on the JS engine: natives, and the code that the JIT generates, call these.
 * Accuracy and sources are told in the files they come from. expm1, log1p, tanh and atanh are V8's ports of fdlibm, as glibc's are; another engine
 * may differ there in the last bit.
 */
import { acosh, asinh, cosh, exp, exp2, log, log2, log10, pow, sinh } from "./libm-exp.ts";
import { cbrt, fma, frexp, hypot, ldexp, nextafter, remainder, ulp, vectorNorm } from "./libm-parts.ts";
import { erf, erfc, gamma, lgamma } from "./libm-special.ts";
import { acos, asin, atan, atan2, cos, sin, tan } from "./libm-trig.ts";

export { frexp, vectorNorm };

export const libm = {
  exp,
  exp2,
  expm1: Math.expm1,
  log,
  log2,
  log10,
  log1p: Math.log1p,
  pow,
  sqrt: Math.sqrt,
  cbrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  atan2,
  sinh,
  cosh,
  tanh: Math.tanh,
  asinh,
  acosh,
  atanh: Math.atanh,
  hypot,
  erf,
  erfc,
  gamma,
  lgamma,
  fma,
  fmod: (x: number, y: number): number => x % y,
  remainder,
  nextafter: (x: number, y: number): number => nextafter(x, y),
  ulp,
  ldexp,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  fabs: Math.abs,
  copysign: (x: number, y: number): number => {
    const a = Math.abs(x);
    return y < 0 || Object.is(y, -0) ? -a : a;
  },
} as const;

export { libmTables } from "./libm-tables.ts";
export { nextafter };
