/**
 * Complex arithmetic of NumPy's loops. Functions take parts, store both parts of the result in `o` at `k`, `k + 1`, and round every
 * intermediate result with `r` (Math.fround for complex64).
 * Division is Smith's algorithm (CACM 5, 1962, algorithm 116); elementary functions are the textbook formulas on real functions.
 * Known weakness: NumPy contracts complex products with FMA on machines that have it; these are rounded twice, as without.
 */
import { libm } from "../../../base/libm.ts";
import { copysign, type Round } from "./float-arith.ts";

type Parts = Float32Array | Float64Array;
export type ComplexUnary = (o: Parts, k: number, x: number, y: number, r: Round) => void;
export type ComplexBinary = (o: Parts, k: number, x: number, y: number, u: number, v: number, r: Round) => void;

function put(o: Parts, k: number, re: number, im: number): void {
  o[k] = re;
  o[k + 1] = im;
}

export const add: ComplexBinary = (o, k, x, y, u, v) => put(o, k, x + u, y + v);
export const sub: ComplexBinary = (o, k, x, y, u, v) => put(o, k, x - u, y - v);
export const mul: ComplexBinary = (o, k, x, y, u, v, r) => put(o, k, r(x * u) - r(y * v), r(x * v) + r(y * u));

export const div: ComplexBinary = (o, k, x, y, u, v, r) => {
  const au = Math.abs(u);
  const av = Math.abs(v);
  if (au >= av) {
    if (au === 0 && av === 0) {
      put(o, k, x / au, y / au);
      return;
    }
    const ratio = r(v / u);
    const scale = r(1 / r(u + r(v * ratio)));
    put(o, k, r(x + r(y * ratio)) * scale, r(y - r(x * ratio)) * scale);
  } else {
    const ratio = r(u / v);
    const scale = r(1 / r(v + r(u * ratio)));
    put(o, k, r(r(x * ratio) + y) * scale, r(r(y * ratio) - x) * scale);
  }
};

/** Lexicographic order of parts; a NaN makes every comparison false. */
export const less = (x: number, y: number, u: number, v: number): boolean => x < u || (x === u && y < v);
export const lessEqual = (x: number, y: number, u: number, v: number): boolean => x < u || (x === u && y <= v);
const isNan = (x: number, y: number): boolean => x !== x || y !== y;

export const maximum: ComplexBinary = (o, k, x, y, u, v) =>
  isNan(x, y) || (!isNan(u, v) && lessEqual(u, v, x, y)) ? put(o, k, x, y) : put(o, k, u, v);
export const minimum: ComplexBinary = (o, k, x, y, u, v) =>
  isNan(x, y) || (!isNan(u, v) && lessEqual(x, y, u, v)) ? put(o, k, x, y) : put(o, k, u, v);
export const fmax: ComplexBinary = (o, k, x, y, u, v) =>
  isNan(u, v) || (!isNan(x, y) && lessEqual(u, v, x, y)) ? put(o, k, x, y) : put(o, k, u, v);
export const fmin: ComplexBinary = (o, k, x, y, u, v) =>
  isNan(u, v) || (!isNan(x, y) && lessEqual(x, y, u, v)) ? put(o, k, x, y) : put(o, k, u, v);

export const negative: ComplexUnary = (o, k, x, y) => put(o, k, -x, -y);
export const positive: ComplexUnary = (o, k, x, y) => put(o, k, x, y);
export const conjugate: ComplexUnary = (o, k, x, y) => put(o, k, x, -y);
export const square: ComplexUnary = (o, k, x, y, r) => put(o, k, r(x * x) - r(y * y), r(x * y) + r(y * x));
export const reciprocal: ComplexUnary = (o, k, x, y, r) => {
  if (Math.abs(y) <= Math.abs(x)) {
    const ratio = r(y / x);
    const d = r(x + r(y * ratio));
    put(o, k, 1 / d, -ratio / d);
  } else {
    const ratio = r(x / y);
    const d = r(y + r(x * ratio));
    put(o, k, ratio / d, -1 / d);
  }
};

export const modulus = (x: number, y: number): number => libm.hypot(x, y);

/** z / |z| (NumPy 2). */
export const sign: ComplexUnary = (o, k, x, y) => {
  const m = modulus(x, y);
  if (m !== m) put(o, k, NaN, NaN);
  else if (m === Infinity) {
    if (Math.abs(x) === Infinity) put(o, k, Math.abs(y) === Infinity ? NaN : Math.sign(x), Math.abs(y) === Infinity ? NaN : 0);
    else put(o, k, 0, Math.sign(y));
  } else if (m === 0) put(o, k, 0, 0);
  else put(o, k, x / m, y / m);
};

export const rint =
  (round: Round): ComplexUnary =>
  (o, k, x, y) =>
    put(o, k, round(x), round(y));

export const exp: ComplexUnary = (o, k, x, y) => {
  const e = libm.exp(x);
  if (y === 0) put(o, k, e, y);
  else if (e === 0 && !Number.isFinite(y)) put(o, k, 0, 0);
  else put(o, k, e * libm.cos(y), e * libm.sin(y));
};

export const log: ComplexUnary = (o, k, x, y) => put(o, k, logModulus(x, y), libm.atan2(y, x));

function logModulus(x: number, y: number): number {
  const m = modulus(x, y);
  // near 1 the logarithm of the modulus cancels: use log1p of |z|² - 1
  if (m > 0.5 && m < 2) {
    const big = Math.max(Math.abs(x), Math.abs(y));
    const small = Math.min(Math.abs(x), Math.abs(y));
    return 0.5 * libm.log1p((big - 1) * (big + 1) + small * small);
  }
  return libm.log(m);
}

const scaled =
  (f: ComplexUnary, factor: number): ComplexUnary =>
  (o, k, x, y, r) => {
    f(o, k, x, y, r);
    o[k]! *= factor;
    o[k + 1]! *= factor;
  };
export const log2: ComplexUnary = scaled(log, Math.LOG2E);
export const log10: ComplexUnary = scaled(log, Math.LOG10E);

export const sqrt: ComplexUnary = (o, k, x, y) => {
  if (x === 0 && y === 0) put(o, k, 0, y);
  else if (Math.abs(y) === Infinity) put(o, k, Infinity, y);
  else if (x !== x) put(o, k, x, NaN);
  else if (Math.abs(x) === Infinity) put(o, k, x > 0 ? x : Math.abs(y - y), x > 0 ? copysign(y - y, y) : copysign(x, y));
  else if (x >= 0) {
    const t = Math.sqrt((x + modulus(x, y)) * 0.5);
    put(o, k, t, y / (2 * t));
  } else {
    const t = Math.sqrt((-x + modulus(x, y)) * 0.5);
    put(o, k, Math.abs(y) / (2 * t), copysign(t, y));
  }
};

export const sinh: ComplexUnary = (o, k, x, y) => put(o, k, libm.sinh(x) * libm.cos(y), libm.cosh(x) * libm.sin(y));
export const cosh: ComplexUnary = (o, k, x, y) => put(o, k, libm.cosh(x) * libm.cos(y), libm.sinh(x) * libm.sin(y));
export const sin: ComplexUnary = (o, k, x, y) => put(o, k, libm.sin(x) * libm.cosh(y), libm.cos(x) * libm.sinh(y));
export const cos: ComplexUnary = (o, k, x, y) => put(o, k, libm.cos(x) * libm.cosh(y), -libm.sin(x) * libm.sinh(y));
export const tanh: ComplexUnary = (o, k, x, y) => {
  const t = libm.tan(y);
  const s = libm.sinh(x);
  const beta = 1 + t * t;
  const rho = Math.sqrt(1 + s * s);
  const d = 1 + beta * s * s;
  if (Math.abs(x) > 22) put(o, k, copysign(1, x), (4 * libm.sin(y) * libm.cos(y)) / libm.exp(2 * Math.abs(x)));
  else put(o, k, (beta * rho * s) / d, t / d);
};
export const tan: ComplexUnary = (o, k, x, y, r) => {
  tanh(o, k, -y, x, r);
  const [re, im] = [o[k]!, o[k + 1]!];
  put(o, k, im, -re);
};

/** z ** w: small integer powers by repeated squaring, as NumPy does below 100, else exp(w·log z). */
export const pow: ComplexBinary = (o, k, x, y, u, v, r) => {
  if (u === 0 && v === 0) put(o, k, 1, 0);
  else if (x === 0 && y === 0) put(o, k, u > 0 && v === 0 ? 0 : NaN, u > 0 && v === 0 ? 0 : NaN);
  else if (v === 0 && Number.isInteger(u) && Math.abs(u) < 100) integerPower(o, k, x, y, u, r);
  else {
    log(o, k, x, y, r);
    const [a, b] = [o[k]!, o[k + 1]!];
    exp(o, k, a * u - b * v, a * v + b * u, r);
  }
};

function integerPower(o: Parts, k: number, x: number, y: number, n: number, r: Round): void {
  if (n === 1) return put(o, k, x, y);
  if (n === 2) return mul(o, k, x, y, x, y, r);
  let [px, py] = [x, y];
  let [ax, ay] = [1, 0];
  for (let m = Math.abs(n); m > 0; m = Math.floor(m / 2)) {
    if (m % 2 === 1) {
      mul(o, k, ax, ay, px, py, r);
      [ax, ay] = [o[k]!, o[k + 1]!];
    }
    mul(o, k, px, py, px, py, r);
    [px, py] = [o[k]!, o[k + 1]!];
  }
  if (n < 0) div(o, k, 1, 0, ax, ay, r);
  else put(o, k, ax, ay);
}
