/**
 * Module _statistics: the inverse of the normal distribution function.
 * Source: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution" (1988), routine PPND16.
 */
import { libm } from "../../base/libm.ts";
import { valueError } from "../builtins/exceptions.ts";
import { toDouble } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyFloat, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

/** Coefficients of numerator and denominator, highest power first; the denominators end in 1. */
const CENTRAL = {
  num: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513, 133.14166789178438,
    3.3871328727963665,
  ],
  den: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579, 42.31333070160091,
    1,
  ],
};
const MIDDLE = {
  num: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045, 5.769497221460691,
    4.630337846156546, 1.4234371107496835,
  ],
  den: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851, 1.6763848301838038,
    2.053191626637759, 1,
  ],
};
const TAIL = {
  num: [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487, 1.7848265399172913,
    5.463784911164114, 6.657904643501103,
  ],
  den: [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133, 0.014875361290850615, 0.1369298809227358,
    0.599832206555888, 1,
  ],
};

const horner = (c: readonly number[], x: number): number => c.reduce((sum, a) => sum * x + a, 0);
const rational = (r: { num: readonly number[]; den: readonly number[] }, x: number): number => horner(r.num, x) / horner(r.den, x);

function inverseCdf(p: number, mu: number, sigma: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return mu + ((horner(CENTRAL.num, r) * q) / horner(CENTRAL.den, r)) * sigma;
  }
  const r = Math.sqrt(-libm.log(q <= 0 ? p : 1 - p));
  const x = r <= 5 ? rational(MIDDLE, r - 1.6) : rational(TAIL, r - 5);
  return mu + (q < 0 ? -x : x) * sigma;
}

export const _statistics: NativeModule = {
  name: "_statistics",
  doc: "Accelerators of module statistics.",
  functions: {
    _normal_dist_inv_cdf: [
      "(p, mu, sigma, /)",
      (vm: VM, pArg: Value, muArg: Value, sigmaArg: Value) => {
        const [p, mu, sigma] = [toDouble(vm, pArg), toDouble(vm, muArg), toDouble(vm, sigmaArg)];
        if (p <= 0 || p >= 1 || sigma <= 0) throw valueError("inv_cdf undefined for these parameters");
        return new PyFloat(inverseCdf(p, mu, sigma));
      },
      "The value below which a fraction p of a normal distribution lies.",
    ],
  },
};
