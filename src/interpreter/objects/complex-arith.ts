/**
 * Complex arithmetic on pairs of doubles, as C99 Annex G and CPython 3.14 order the operations (the mixed real-complex forms keep signed zeros).
 * Results are fresh PyComplex objects.
 */
import { libm } from "../../base/libm.ts";
import { newException, overflowError, zeroDivisionError } from "../builtins/exceptions.ts";
import { PyComplex } from "./values.ts";

export const add = (a: PyComplex, b: PyComplex): PyComplex => new PyComplex(a.real + b.real, a.imag + b.imag);
export const sub = (a: PyComplex, b: PyComplex): PyComplex => new PyComplex(a.real - b.real, a.imag - b.imag);

/** Annex G: a product that came out NaN + NaN·i although an operand is infinite becomes an infinity. */
export function mul(z: PyComplex, w: PyComplex): PyComplex {
  const { real: a, imag: b } = z;
  const { real: c, imag: d } = w;
  const ac = a * c;
  const bd = b * d;
  const ad = a * d;
  const bc = b * c;
  const re = ac - bd;
  const im = ad + bc;
  return re !== re && im !== im ? recoverProduct(z, w, ac, bd, ad, bc, re, im) : new PyComplex(re, im);
}

function boxed(x: number): number {
  return Math.abs(x) === Infinity ? copysign(1, x) : copysign(0, x);
}

function zeroed(x: number): number {
  return x !== x ? copysign(0, x) : x;
}

const isInf = (x: number): boolean => x === Infinity || x === -Infinity;

function recoverProduct(z: PyComplex, w: PyComplex, ac: number, bd: number, ad: number, bc: number, re: number, im: number): PyComplex {
  let { real: a, imag: b } = z;
  let { real: c, imag: d } = w;
  let recalc = false;
  if (isInf(a) || isInf(b)) {
    [a, b, c, d] = [boxed(a), boxed(b), zeroed(c), zeroed(d)];
    recalc = true;
  }
  if (isInf(c) || isInf(d)) {
    [c, d, a, b] = [boxed(c), boxed(d), zeroed(a), zeroed(b)];
    recalc = true;
  }
  if (!recalc && (isInf(ac) || isInf(bd) || isInf(ad) || isInf(bc))) {
    [a, b, c, d] = [zeroed(a), zeroed(b), zeroed(c), zeroed(d)];
    recalc = true;
  }
  return recalc ? new PyComplex(Infinity * (a * c - b * d), Infinity * (a * d + b * c)) : new PyComplex(re, im);
}

export function copysign(x: number, y: number): number {
  const negative = y < 0 || Object.is(y, -0);
  return negative ? -Math.abs(x) : Math.abs(x);
}

/** Smith's method (1962), which scales by the larger part of the divisor. */
export function div(z: PyComplex, w: PyComplex): PyComplex {
  const absReal = Math.abs(w.real);
  const absImag = Math.abs(w.imag);
  let re: number;
  let im: number;
  if (absReal >= absImag) {
    if (absReal === 0) throw zeroDivisionError("division by zero");
    const ratio = w.imag / w.real;
    const denominator = w.real + w.imag * ratio;
    re = (z.real + z.imag * ratio) / denominator;
    im = (z.imag - z.real * ratio) / denominator;
  } else if (absImag >= absReal) {
    const ratio = w.real / w.imag;
    const denominator = w.real * ratio + w.imag;
    re = (z.real * ratio + z.imag) / denominator;
    im = (z.imag * ratio - z.real) / denominator;
  } else return new PyComplex(NaN, NaN);
  return re !== re && im !== im ? recoverQuotient(z, w, re, im) : new PyComplex(re, im);
}

function recoverQuotient(z: PyComplex, w: PyComplex, re: number, im: number): PyComplex {
  const finite = (c: PyComplex) => Number.isFinite(c.real) && Number.isFinite(c.imag);
  if ((isInf(z.real) || isInf(z.imag)) && finite(w)) {
    const x = boxed(z.real);
    const y = boxed(z.imag);
    return new PyComplex(Infinity * (x * w.real + y * w.imag), Infinity * (y * w.real - x * w.imag));
  }
  if ((isInf(w.real) || isInf(w.imag)) && finite(z)) {
    const x = boxed(w.real);
    const y = boxed(w.imag);
    return new PyComplex(0 * (z.real * x + z.imag * y), 0 * (z.imag * x - z.real * y));
  }
  return new PyComplex(re, im);
}

/** real / complex, keeping the signs that a numerator of a + 0·i would lose. */
export function realDiv(a: number, w: PyComplex): PyComplex {
  const absReal = Math.abs(w.real);
  const absImag = Math.abs(w.imag);
  let re = NaN;
  let im = NaN;
  if (absReal >= absImag) {
    if (absReal === 0) throw zeroDivisionError("division by zero");
    const ratio = w.imag / w.real;
    const denominator = w.real + w.imag * ratio;
    [re, im] = [a / denominator, (-a * ratio) / denominator];
  } else if (absImag >= absReal) {
    const ratio = w.real / w.imag;
    const denominator = w.real * ratio + w.imag;
    [re, im] = [(a * ratio) / denominator, -a / denominator];
  }
  if (re !== re && im !== im && Number.isFinite(a) && (isInf(w.real) || isInf(w.imag)))
    return new PyComplex(0 * (a * boxed(w.real)), 0 * (-a * boxed(w.imag)));
  return new PyComplex(re, im);
}

/** complex / real. */
export function divReal(z: PyComplex, b: number): PyComplex {
  if (b === 0) throw zeroDivisionError("division by zero");
  return new PyComplex(z.real / b, z.imag / b);
}

function overflow(): never {
  throw overflowError("complex exponentiation");
}

/** z ** w: small integral exponents by repeated multiplication, others through polar form. */
export function pow(z: PyComplex, w: PyComplex): PyComplex {
  const integral = w.imag === 0 && w.real === Math.floor(w.real) && Math.abs(w.real) <= 100;
  const r = integral ? integerPow(z, w.real) : generalPow(z, w);
  if (isInf(r.real) || isInf(r.imag)) overflow();
  return r;
}

function integerPow(z: PyComplex, n: number): PyComplex {
  if (n === 0) return new PyComplex(1, 0);
  if (n < 0) {
    if (z.real === 0 && z.imag === 0) throw zeroPower();
    return div(new PyComplex(1, 0), positivePow(z, -n));
  }
  return positivePow(z, n);
}

function positivePow(z: PyComplex, n: number): PyComplex {
  let r = new PyComplex(1, 0);
  let p = z;
  for (let mask = 1; mask > 0 && n >= mask; mask *= 2) {
    if (Math.floor(n / mask) % 2 === 1) r = mul(r, p);
    p = mul(p, p);
  }
  return r;
}

function zeroPower(): unknown {
  return newException("ZeroDivisionError", "zero to a negative or complex power");
}

function generalPow(z: PyComplex, w: PyComplex): PyComplex {
  if (w.real === 0 && w.imag === 0) return new PyComplex(1, 0);
  if (z.real === 0 && z.imag === 0) {
    if (w.imag !== 0 || w.real < 0) throw zeroPower();
    return new PyComplex(0, 0);
  }
  const vabs = libm.hypot(z.real, z.imag);
  let len = libm.pow(vabs, w.real);
  const at = libm.atan2(z.imag, z.real);
  let phase = at * w.real;
  if (w.imag !== 0) {
    len *= libm.exp(-at * w.imag);
    phase += w.imag * libm.log(vabs);
  }
  return new PyComplex(len * libm.cos(phase), len * libm.sin(phase));
}

/** abs(z) */
export function magnitude(z: PyComplex): number {
  const r = libm.hypot(z.real, z.imag);
  if (r === Infinity && Number.isFinite(z.real) && Number.isFinite(z.imag)) throw overflowError("absolute value too large");
  return r;
}
