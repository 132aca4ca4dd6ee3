/**
 * Module cmath. Finite arguments follow Kahan's formulas ("Branch cuts for complex elementary functions", 1987) with the scaling that CPython uses;
 * infinities and NaNs follow C99 Annex G, kept as one table.
 */
import { libm } from "../../base/libm.ts";
import { overflowError, type PyBaseException, typeError, valueError, zeroDivisionError } from "../builtins/exceptions.ts";
import { div } from "../objects/complex-arith.ts";
import { lookupSpecial, toDouble, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyComplex, PyFloat, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

const { atan2, copysign, hypot, log, sin, cos, exp, sinh, cosh, log1p, asinh: realAsinh } = libm;
const { abs, sqrt: realSqrt, LN2, PI } = Math;

const MAX = Number.MAX_VALUE;
const LARGE = MAX / 4;
const ROOT_LARGE = realSqrt(LARGE);
/** log(LARGE), which V8's logarithm gives exactly rounded too: libm's would fill its tables at start-up. */
const LOG_LARGE = Math.log(LARGE);
const MIN_NORMAL = 2.2250738585072014e-308;
const ROOT_MIN = realSqrt(MIN_NORMAL);
const MANTISSA_BITS = 53;

const complex = (re: number, im: number): PyComplex => new PyComplex(re, im);
const isFinite_ = Number.isFinite;

// ---- special values ---------------------------------------------------------------------------------------------------------------------------

/**
 * Results for arguments with an infinite or NaN part. Rows are the real part, columns the imaginary one: -inf, negative, -0, 0, positive, inf, NaN. Each cell
 * is two letters, real and imaginary: i infinity, n NaN, o 0, e 1, p π, h π/2, q π/4, t 3π/4, capitals negative; !! is a domain error, .. never asked.
 */
const SPECIAL = {
  acos: "ti pi pi pI pI tI ni / hi .. .. .. .. hI nn / hi .. .. .. .. hI hn / hi .. .. .. .. hI hn / hi .. .. .. .. hI nn / qi oi oi oI oI qI ni / ni nn nn nn nn nI nn",
  acosh:
    "iT iP iP ip ip it in / iH .. .. .. .. ih nn / iH .. .. .. .. ih nh / iH .. .. .. .. ih nh / iH .. .. .. .. ih nn / iQ iO iO io io iq in / in nn nn nn nn in nn",
  asinh:
    "IQ IO IO Io Io Iq In / IH .. .. .. .. Ih nn / IH .. .. .. .. Ih nn / iH .. .. .. .. ih nn / iH .. .. .. .. ih nn / iQ iO iO io io iq in / in nn nO no nn in nn",
  atanh:
    "OH OH OH Oh Oh Oh On / OH .. .. .. .. Oh nn / OH .. .. .. .. Oh On / oH .. .. .. .. oh on / oH .. .. .. .. oh nn / oH oH oH oh oh oh on / oH nn nn nn nn oh nn",
  cosh: "!! .. io iO .. !! in / !! .. .. .. .. !! nn / !! .. .. .. .. !! no / !! .. .. .. .. !! no / !! .. .. .. .. !! nn / !! .. iO io .. !! in / nn nn no no nn nn nn",
  exp: "oo .. oO oo .. oo oo / !! .. .. .. .. !! nn / !! .. .. .. .. !! nn / !! .. .. .. .. !! nn / !! .. .. .. .. !! nn / !! .. iO io .. !! in / nn nn nO no nn nn nn",
  log: "iT iP iP ip ip it in / iH .. .. .. .. ih nn / iH .. .. .. .. ih nn / iH .. .. .. .. ih nn / iH .. .. .. .. ih nn / iQ iO iO io io iq in / in nn nn nn nn in nn",
  sinh: "!! .. IO Io .. !! in / !! .. .. .. .. !! nn / !! .. .. .. .. !! on / !! .. .. .. .. !! on / !! .. .. .. .. !! nn / !! .. iO io .. !! in / nn nn nO no nn nn nn",
  sqrt: "iI oI oI oi oi ii ni / iI .. .. .. .. ii nn / iI .. .. .. .. ii nn / iI .. .. .. .. ii nn / iI .. .. .. .. ii nn / iI iO iO io io ii in / iI nn nn nn nn ii nn",
  tanh: "Eo .. EO Eo .. Eo Eo / !! .. .. .. .. !! nn / !! .. .. .. .. !! On / !! .. .. .. .. !! on / !! .. .. .. .. !! nn / eo .. eO eo .. eo eo / nn nn nO no nn nn nn",
  rect: "!! .. Io IO .. !! in / !! .. .. .. .. !! nn / oo .. .. .. .. oo oo / oo .. .. .. .. oo oo / !! .. .. .. .. !! nn / !! .. iO io .. !! in / nn nn no no nn nn nn",
} as const;

const LETTERS: { [letter: string]: number } = { i: Infinity, n: NaN, o: 0, e: 1, p: PI, h: PI / 2, q: PI / 4, t: 3 * (PI / 4) };

function letterValue(c: string): number {
  const lower = c.toLowerCase();
  return lower === c ? LETTERS[c]! : -LETTERS[lower]!;
}

function domainError(): PyBaseException {
  return valueError("math domain error");
}

/** Position of a double in the special tables. */
function classOf(x: number): number {
  if (x !== x) return 6;
  if (x === 0) return Object.is(x, -0) ? 2 : 3;
  if (isFinite_(x)) return x < 0 ? 1 : 4;
  return x < 0 ? 0 : 5;
}

function special(name: keyof typeof SPECIAL, x: number, y: number): PyComplex {
  const cell = SPECIAL[name].split(" / ")[classOf(x)]!.split(" ")[classOf(y)]!;
  if (cell === "!!") throw domainError();
  return complex(letterValue(cell[0]!), letterValue(cell[1]!));
}

/** An infinite real part with a finite, nonzero imaginary one: the infinity (or zero) is turned into the quadrant. */
const isTurned = (x: number, y: number): boolean => (x === Infinity || x === -Infinity) && isFinite_(y) && y !== 0;

function inRange(z: PyComplex): PyComplex {
  if (!isFinite_(z.real) || !isFinite_(z.imag)) throw overflowError("math range error");
  return z;
}

// ---- the functions ----------------------------------------------------------------------------------------------------------------------------

type Function_ = (x: number, y: number) => PyComplex;

const sqrt: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("sqrt", x, y);
  if (x === 0 && y === 0) return complex(0, y);
  let ax = abs(x);
  const ay = abs(y);
  let s: number;
  if (ax < MIN_NORMAL && ay < MIN_NORMAL) {
    ax = libm.ldexp(ax, MANTISSA_BITS);
    s = libm.ldexp(realSqrt(ax + hypot(ax, libm.ldexp(ay, MANTISSA_BITS))), -27);
  } else {
    ax /= 8;
    s = 2 * realSqrt(ax + hypot(ax, ay / 8));
  }
  const d = ay / (2 * s);
  return x >= 0 ? complex(s, copysign(d, y)) : complex(d, copysign(s, y));
};

const complexExp: Function_ = (x, y) => {
  if (isTurned(x, y))
    return x > 0 ? complex(copysign(Infinity, cos(y)), copysign(Infinity, sin(y))) : complex(copysign(0, cos(y)), copysign(0, sin(y)));
  if (!isFinite_(x) || !isFinite_(y)) return special("exp", x, y);
  if (x > LOG_LARGE) {
    const l = exp(x - 1);
    return inRange(complex(l * cos(y) * Math.E, l * sin(y) * Math.E));
  }
  const l = exp(x);
  return inRange(complex(l * cos(y), l * sin(y)));
};

const complexLog: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("log", x, y);
  const ax = abs(x);
  const ay = abs(y);
  let re: number;
  if (ax > LARGE || ay > LARGE) re = log(hypot(ax / 2, ay / 2)) + LN2;
  else if (ax < MIN_NORMAL && ay < MIN_NORMAL) {
    if (ax === 0 && ay === 0) throw domainError();
    re = log(hypot(libm.ldexp(ax, MANTISSA_BITS), libm.ldexp(ay, MANTISSA_BITS))) - MANTISSA_BITS * LN2;
  } else {
    const h = hypot(ax, ay);
    if (h >= 0.71 && h <= 1.73) {
      const larger = Math.max(ax, ay);
      const smaller = Math.min(ax, ay);
      re = log1p((larger - 1) * (larger + 1) + smaller * smaller) / 2;
    } else re = log(h);
  }
  return complex(re, atan2(y, x));
};

const { LN10 } = Math;
const log10: Function_ = (x, y) => {
  const r = complexLog(x, y);
  return complex(r.real / LN10, r.imag / LN10);
};

const isLarge = (x: number, y: number): boolean => abs(x) > LARGE || abs(y) > LARGE;
const logOfLarge = (x: number, y: number): number => log(hypot(x / 2, y / 2)) + LN2 * 2;

const acos: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("acos", x, y);
  if (isLarge(x, y)) {
    const l = logOfLarge(x, y);
    return complex(atan2(abs(y), x), x < 0 ? -copysign(l, y) : copysign(l, -y));
  }
  const s1 = sqrt(1 - x, -y);
  const s2 = sqrt(1 + x, y);
  return complex(2 * atan2(s1.real, s2.real), realAsinh(s2.real * s1.imag - s2.imag * s1.real));
};

const acosh: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("acosh", x, y);
  if (isLarge(x, y)) return complex(logOfLarge(x, y), atan2(y, x));
  const s1 = sqrt(x - 1, y);
  const s2 = sqrt(x + 1, y);
  return complex(realAsinh(s1.real * s2.real + s1.imag * s2.imag), 2 * atan2(s1.imag, s2.real));
};

const asinh: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("asinh", x, y);
  if (isLarge(x, y)) {
    const l = logOfLarge(x, y);
    return complex(y >= 0 ? copysign(l, x) : -copysign(l, -x), atan2(y, abs(x)));
  }
  const s1 = sqrt(1 + y, -x);
  const s2 = sqrt(1 - y, x);
  return complex(realAsinh(s1.real * s2.imag - s2.real * s1.imag), atan2(y, s1.real * s2.real - s1.imag * s2.imag));
};

const atanh: Function_ = (x, y) => {
  if (!isFinite_(x) || !isFinite_(y)) return special("atanh", x, y);
  if (x < 0 || Object.is(x, -0)) {
    const r = atanh(-x, -y);
    return complex(-r.real, -r.imag);
  }
  const ay = abs(y);
  if (x > ROOT_LARGE || ay > ROOT_LARGE) {
    const h = hypot(x / 2, y / 2);
    return complex(x / 4 / h / h, -copysign(PI / 2, -y));
  }
  if (x === 1 && ay < ROOT_MIN) {
    if (ay === 0) throw domainError();
    return complex(-log(realSqrt(ay) / realSqrt(hypot(ay, 2))), copysign(atan2(2, -ay) / 2, y));
  }
  return complex(log1p((4 * x) / ((1 - x) * (1 - x) + ay * ay)) / 4, -atan2(-2 * y, (1 - x) * (1 + x) - ay * ay) / 2);
};

const complexCosh: Function_ = (x, y) => {
  if (isTurned(x, y)) return complex(copysign(Infinity, cos(y)), x > 0 ? copysign(Infinity, sin(y)) : -copysign(Infinity, sin(y)));
  if (!isFinite_(x) || !isFinite_(y)) return special("cosh", x, y);
  if (abs(x) > LOG_LARGE) {
    const less = x - copysign(1, x);
    return inRange(complex(cos(y) * cosh(less) * Math.E, sin(y) * sinh(less) * Math.E));
  }
  return inRange(complex(cos(y) * cosh(x), sin(y) * sinh(x)));
};

const complexSinh: Function_ = (x, y) => {
  if (isTurned(x, y)) return complex(x > 0 ? copysign(Infinity, cos(y)) : -copysign(Infinity, cos(y)), copysign(Infinity, sin(y)));
  if (!isFinite_(x) || !isFinite_(y)) return special("sinh", x, y);
  if (abs(x) > LOG_LARGE) {
    const less = x - copysign(1, x);
    return inRange(complex(cos(y) * sinh(less) * Math.E, sin(y) * cosh(less) * Math.E));
  }
  return inRange(complex(cos(y) * sinh(x), sin(y) * cosh(x)));
};

const tanh: Function_ = (x, y) => {
  if (isTurned(x, y)) return complex(x > 0 ? 1 : -1, copysign(0, 2 * sin(y) * cos(y)));
  if (!isFinite_(x) || !isFinite_(y)) return special("tanh", x, y);
  if (abs(x) > LOG_LARGE) return complex(copysign(1, x), 4 * sin(y) * cos(y) * exp(-2 * abs(x)));
  const tx = libm.tanh(x);
  const ty = libm.tan(y);
  const cx = 1 / cosh(x);
  const product = tx * ty;
  const denominator = 1 + product * product;
  return complex((tx * (1 + ty * ty)) / denominator, (ty / denominator) * cx * cx);
};

/** f(iz)/i: how the circular functions follow from the hyperbolic ones. */
const turned =
  (f: Function_): Function_ =>
  (x, y) => {
    const r = f(-y, x);
    return complex(r.imag, -r.real);
  };

const asin = turned(asinh);
const atan = turned(atanh);
const complexSin = turned(complexSinh);
const tan = turned(tanh);
const complexCos: Function_ = (x, y) => complexCosh(-y, x);

// ---- arguments --------------------------------------------------------------------------------------------------------------------------------

function toComplex(vm: VM, v: Value): PyComplex {
  if (v instanceof PyComplex) return v;
  const method = lookupSpecial(vm, v, "__complex__");
  if (method === undefined) return complex(toDouble(vm, v), 0);
  const r = vm.call(method, []);
  if (!(r instanceof PyComplex)) throw typeError(`${typeName(v)}.__complex__() must return a complex, not ${typeName(r)}`);
  return r;
}

function unary(f: Function_, doc: string): NativeRow {
  return [
    "(z, /)",
    (vm: VM, v: Value) => {
      const z = toComplex(vm, v);
      return f(z.real, z.imag);
    },
    doc,
  ];
}

function logWithBase(vm: VM, x: Value, base?: Value): Value {
  const z = toComplex(vm, x);
  const r = complexLog(z.real, z.imag);
  if (base === undefined) return r;
  const b = toComplex(vm, base);
  const d = complexLog(b.real, b.imag);
  if (d.real === 0 && d.imag === 0) throw zeroDivisionError("division by zero");
  return div(r, d);
}

function modulus(z: PyComplex): number {
  const h = hypot(z.real, z.imag);
  if (h === Infinity && isFinite_(z.real) && isFinite_(z.imag)) throw overflowError("math range error");
  return h;
}

function rect(vm: VM, rArg: Value, phiArg: Value): Value {
  const r = toDouble(vm, rArg);
  const phi = toDouble(vm, phiArg);
  if (isTurned(r, phi)) {
    const sign = r > 0 ? 1 : -1;
    return complex(sign * copysign(Infinity, cos(phi)), sign * copysign(Infinity, sin(phi)));
  }
  if (!isFinite_(r) || !isFinite_(phi)) return special("rect", r, phi);
  return phi === 0 ? complex(r, r * phi) : complex(r * cos(phi), r * sin(phi));
}

function isclose(vm: VM, aArg: Value, bArg: Value, relTol?: Value, absTol?: Value): Value {
  const a = toComplex(vm, aArg);
  const b = toComplex(vm, bArg);
  const relative = relTol === undefined ? 1e-9 : toDouble(vm, relTol);
  const absolute = absTol === undefined ? 0 : toDouble(vm, absTol);
  if (relative < 0 || absolute < 0) throw valueError("tolerances must be non-negative");
  if (a.real === b.real && a.imag === b.imag) return true;
  const size = (z: PyComplex) => hypot(z.real, z.imag);
  if (size(a) === Infinity || size(b) === Infinity) return false;
  const difference = hypot(a.real - b.real, a.imag - b.imag);
  return difference <= relative * size(b) || difference <= relative * size(a) || difference <= absolute;
}

const test = (f: (z: PyComplex) => boolean, doc: string): NativeRow => ["(z, /)", (vm: VM, v: Value) => f(toComplex(vm, v)), doc];
const isInfinite = (x: number): boolean => x === Infinity || x === -Infinity;

export const cmath: NativeModule = {
  name: "cmath",
  doc: "Functions of complex numbers.",
  functions: {
    acos: unary(acos, "Arc cosine."),
    acosh: unary(acosh, "Inverse hyperbolic cosine."),
    asin: unary(asin, "Arc sine."),
    asinh: unary(asinh, "Inverse hyperbolic sine."),
    atan: unary(atan, "Arc tangent."),
    atanh: unary(atanh, "Inverse hyperbolic tangent."),
    cos: unary(complexCos, "Cosine."),
    cosh: unary(complexCosh, "Hyperbolic cosine."),
    exp: unary(complexExp, "Exponential function."),
    isclose: ["(a, b, *, rel_tol=1e-09, abs_tol=0.0)", isclose, "Whether two complex numbers are close to each other."],
    isfinite: test((z) => isFinite_(z.real) && isFinite_(z.imag), "Whether both parts are finite."),
    isinf: test((z) => isInfinite(z.real) || isInfinite(z.imag), "Whether a part is infinite."),
    isnan: test((z) => z.real !== z.real || z.imag !== z.imag, "Whether a part is NaN."),
    log: ["(z[, base], /)", logWithBase, "Logarithm to a base, natural by default."],
    log10: unary(log10, "Logarithm to base 10."),
    phase: [
      "(z, /)",
      (vm: VM, v: Value) => {
        const z = toComplex(vm, v);
        return new PyFloat(atan2(z.imag, z.real));
      },
      "The argument, between -pi and pi.",
    ],
    polar: [
      "(z, /)",
      (vm: VM, v: Value) => {
        const z = toComplex(vm, v);
        return new PyTuple([new PyFloat(modulus(z)), new PyFloat(atan2(z.imag, z.real))]);
      },
      "Modulus and argument.",
    ],
    rect: ["(r, phi, /)", rect, "The number with a modulus and an argument."],
    sin: unary(complexSin, "Sine."),
    sinh: unary(complexSinh, "Hyperbolic sine."),
    sqrt: unary(sqrt, "Square root."),
    tan: unary(tan, "Tangent."),
    tanh: unary(tanh, "Hyperbolic tangent."),
  },
  values: () => ({
    e: new PyFloat(Math.E),
    pi: new PyFloat(PI),
    tau: new PyFloat(2 * PI),
    inf: new PyFloat(Infinity),
    nan: new PyFloat(NaN),
    infj: complex(0, Infinity),
    nanj: complex(0, NaN),
  }),
};
