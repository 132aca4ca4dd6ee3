/**
 * exp, exp2, log, log2, log10, pow, and the hyperbolic functions on top of them.
 *
 * exp and log reduce by tables (P. T. P. Tang 1989, 1990; S. Gal 1986) and carry every step in double-double, so that the result is the nearest double
 * but for about one argument in 10^4 (error < 0.5002 ulp; pow 0.51 ulp where |y·log x| nears 700). glibc's own results are correctly rounded in
 * about 99.9 % of cases, hence equal to these in as many.
 * The hyperbolic functions and log10 follow fdlibm's formulas (Sun Microsystems, 1993), which glibc uses, so that errors agree too.
 */
import {
  atanhInverse,
  cell,
  divFixed,
  FIXED,
  HIGH,
  LN2_FIXED,
  leading,
  mulFixed,
  ONE_FIXED,
  POWERS_OF_TWO,
  productError,
  SPLITTER,
  scaleDouble,
  split,
  sqrtFixed,
  toDouble,
  toFixed,
  words,
} from "./libm-exact.ts";
import { lazyTable } from "./libm-tables.ts";

// ---- tables -------------------------------------------------------------------------------------------------------------------------------

const EXP_STEPS = 128;
/** Per i: 2^(i/128) as hi, relative tail, and hi split for exact products. */
let EXP_TABLE: Float64Array = new Float64Array(1);

/** Tables are made on first use. */
const expTable = lazyTable("exp", () => {
  const table = new Float64Array(EXP_STEPS * 4);
  let step = ONE_FIXED * 2n;
  for (let n = EXP_STEPS; n > 1; n >>= 1) step = sqrtFixed(step);
  let v = ONE_FIXED;
  for (let i = 0; i < EXP_STEPS; i++, v = mulFixed(v, step)) {
    const hi = toDouble(v);
    const c = SPLITTER * hi;
    const head = c - (c - hi);
    table.set([hi, toDouble(divFixed(v - toFixed(hi), toFixed(hi))), head, hi - head], i * 4);
  }
  return table;
});

const STEP_FIXED = LN2_FIXED / BigInt(EXP_STEPS);
/** ln 2 / 128: the head is short, so that multiples of it are exact. */
const STEP_HI = leading(STEP_FIXED, 33);
const STEP_LO = toDouble(STEP_FIXED - toFixed(STEP_HI));
const STEPS_PER_UNIT = EXP_STEPS / toDouble(LN2_FIXED);
/** Adding and subtracting this rounds to an integer. */
const ROUNDER = 6755399441055744;

const [LN2_HI_DD, LN2_LO_DD] = split(LN2_FIXED);

const LOG_STEPS = 512;
/** Index of the smallest table entry: z ≥ 0.7. */
const LOG_FIRST = 358;
/** ln 2 and the logarithms' heads are multiples of 2^-42, so that k·ln 2 + head is exact. */
const HEAD_BITS = 42;
const LN2_HEAD = headOf(LN2_FIXED);
const LN2_TAIL = toDouble(LN2_FIXED - toFixed(LN2_HEAD));
/** Per z ≈ i/512: a short c ≈ 1/z, then -log c as head and tail. */
let LOG_TABLE: Float64Array = new Float64Array(1);

function headOf(v: bigint): number {
  const drop = BigInt(FIXED - HEAD_BITS);
  return toDouble((v >> drop) << drop);
}

/** ln((j+1)/j), with bits enough for a double-double. */
function logRatio(j: number): bigint {
  return atanhInverse(BigInt(2 * j + 1), 136) << BigInt(FIXED - 135);
}

const logTable = lazyTable("log", () => {
  const table = new Float64Array((LOG_STEPS * 2 - LOG_FIRST) * 3);
  // ln(j/512) for the reciprocals that occur; ln((j+1)/j) = 2 atanh(1/(2j+1))
  const first = 352;
  const last = 732;
  const logs: bigint[] = [];
  let v = 0n;
  for (let j = LOG_STEPS; j <= last; j++) {
    logs[j] = v;
    v += logRatio(j);
  }
  v = 0n;
  for (let j = LOG_STEPS; j >= first; j--) {
    logs[j] = v;
    v -= logRatio(j - 1);
  }
  for (let i = LOG_FIRST; i < 732; i++) {
    const j = Math.round((LOG_STEPS * LOG_STEPS) / i);
    const head = headOf(-logs[j]!);
    table.set([j / LOG_STEPS, head, toDouble(-logs[j]! - toFixed(head))], (i - LOG_FIRST) * 3);
  }
  return table;
});

// ---- exp ------------------------------------------------------------------------------------------------------------------------------------

/** Low part and binary exponent that go with the last mantissa of expMantissa. */
const expRest = new Float64Array(2);

/** 2^(kd/128) · exp(d - p + tail) as (s + expRest[0])·2^expRest[1]; returns s, which is near 1. */
function expMantissa(kd: number, d: number, p: number, tail: number): number {
  if (EXP_TABLE[0] === 0) EXP_TABLE = expTable();
  const r = d - p;
  const k = kd | 0;
  const at = (k & 127) * 4;
  const rest = d - r - p + tail + EXP_TABLE[at + 1]!;
  const q = r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
  const h = r + q;
  const l = r - h + q + (rest + rest * h);
  // t·(1 + h + l) with the product t·h exact
  const t = EXP_TABLE[at]!;
  const th = EXP_TABLE[at + 2]!;
  const tl = EXP_TABLE[at + 3]!;
  const product = t * h;
  const c = SPLITTER * h;
  const hh = c - (c - h);
  const hl = h - hh;
  const error = th * hh - product + th * hl + tl * hh + tl * hl;
  const s = t + product;
  expRest[0] = t - s + product + (error + t * l);
  expRest[1] = k >> 7;
  return s;
}

function finish(s: number): number {
  const m = expRest[1]!;
  return m >= -1021 && m <= 1023 ? (s + expRest[0]!) * POWERS_OF_TWO[m + 1074]! : scaleDouble(s, expRest[0]!, m);
}

/** exp(x + tail), |tail| ≤ ulp(x); x within the range where the result is finite and above the smallest subnormal. */
function expSum(x: number, tail: number): number {
  const kd = x * STEPS_PER_UNIT + ROUNDER - ROUNDER;
  return finish(expMantissa(kd, x - kd * STEP_HI, kd * STEP_LO, tail));
}

/** exp(x + tail)·(f + fl), rounded once. */
export function expTimes(x: number, tail: number, f: number, fl: number): number {
  const kd = x * STEPS_PER_UNIT + ROUNDER - ROUNDER;
  const s = expMantissa(kd, x - kd * STEP_HI, kd * STEP_LO, tail);
  const p = s * f;
  return scaleDouble(p, productError(s, f, p) + s * fl + expRest[0]! * f, expRest[1]!);
}

export function exp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (x !== x) return x;
  return expSum(x, 0);
}

export function exp2(x: number): number {
  if (x >= 1024) return Infinity;
  if (x < -1075) return 0;
  if (x !== x) return x;
  const kd = x * EXP_STEPS + ROUNDER - ROUNDER;
  const f = x - kd / EXP_STEPS; // exact
  const d = f * LN2_HI_DD;
  return finish(expMantissa(kd, d, 0, productError(f, LN2_HI_DD, d) + f * LN2_LO_DD));
}

// ---- log ------------------------------------------------------------------------------------------------------------------------------------

/** Low part of the last logSum. */
const logLow = new Float64Array(1);

/** log x as double-double for finite x > 0: returns the high part, leaves the low one in logLow[0]. */
function logSum(x: number): number {
  if (LOG_TABLE[0] === 0) LOG_TABLE = logTable();
  let bias = 1023;
  cell[0] = x;
  let high = words[HIGH]!;
  if (high < 0x100000) {
    cell[0] = x * 18014398509481984; // 2^54: subnormal
    high = words[HIGH]!;
    bias += 54;
  }
  // z = x / 2^k in [0.707, 1.414)
  const k = ((high + (0x3ff00000 - 0x3fe6a09e)) >> 20) - bias;
  words[HIGH] = high - ((k + bias - 1023) << 20);
  const z = cell[0]!;
  const at = (((z * LOG_STEPS + 0.5) | 0) - LOG_FIRST) * 3;
  // r = z·c - 1 exactly: c is short, z in two parts
  const c = LOG_TABLE[at]!;
  const head = Math.fround(z);
  const ra = head * c - 1;
  const rb = (z - head) * c;
  const r = ra + rb;
  const rl = ra - r + rb;
  const square = r * r;
  const cs = SPLITTER * r;
  const rh = cs - (cs - r);
  const rt = r - rh;
  const squareError = rh * rh - square + 2 * rh * rt + rt * rt;
  const tail = square * r * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6 - r * (1 / 7 - r * (1 / 8 - r * (1 / 9)))))));
  const w = k * LN2_HEAD + LOG_TABLE[at + 1]!; // exact
  const s1 = w + r;
  const e1 = w - s1 + r;
  const half = -0.5 * square;
  const s2 = s1 + half;
  const e2 = s1 - s2 + half;
  const low = e1 + e2 + (k * LN2_TAIL + LOG_TABLE[at + 2]!) + (rl - r * rl) - 0.5 * squareError + tail;
  const hi = s2 + low;
  logLow[0] = s2 - hi + low;
  return hi;
}

export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  return x === Infinity ? x : logSum(x);
}

const [LOG2E_HI, LOG2E_LO] = split(divFixed(ONE_FIXED, LN2_FIXED));

export function log2(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const h = logSum(x);
  const p = h * LOG2E_HI;
  const r = p + (productError(h, LOG2E_HI, p) + (h * LOG2E_LO + logLow[0]! * LOG2E_HI));
  const whole = Math.round(r);
  // exact for powers of two, whatever the last bits of the product
  return Math.abs(r - whole) < 1e-12 && whole > -1075 && POWERS_OF_TWO[whole + 1074] === x ? whole : r;
}

const LN10_FIXED = 3n * LN2_FIXED + 2n * atanhInverse(9n, FIXED); // ln 10 = ln 8 + ln(5/4)
const LOG10_2_FIXED = divFixed(LN2_FIXED, LN10_FIXED);
const INVERSE_LN10 = toDouble(divFixed(ONE_FIXED, LN10_FIXED));
const LOG10_2_HI = leading(LOG10_2_FIXED, 40);
const LOG10_2_LO = toDouble(LOG10_2_FIXED - toFixed(LOG10_2_HI));

export function log10(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let k = 0;
  cell[0] = x;
  if (words[HIGH]! < 0x100000) {
    cell[0] = x * 18014398509481984;
    k = -54;
  }
  const high = words[HIGH]!;
  k += (high >> 20) - 1023;
  const negative = k < 0 ? 1 : 0;
  words[HIGH] = (high & 0xfffff) | ((0x3ff - negative) << 20);
  const y = k + negative;
  const z = y * LOG10_2_LO + INVERSE_LN10 * log(cell[0]!);
  return z + y * LOG10_2_HI;
}

// ---- pow ------------------------------------------------------------------------------------------------------------------------------------

/** C's pow: pow(1, y) = pow(x, 0) = 1 even for NaN. */
export function pow(x: number, y: number): number {
  if (y === 2) return x * x;
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (x === -1 && (y === Infinity || y === -Infinity)) return 1;
  const ax = Math.abs(x);
  if (!(ax > 0 && ax < Infinity && y > -Infinity && y < Infinity)) return x ** y;
  if (x < 0 && !Number.isInteger(y)) return NaN;
  if (y === -1) return 1 / x;
  if (y === 0.5) return Math.sqrt(x);
  const r = positivePow(ax, y);
  return x < 0 && Math.abs(y) < 9007199254740992 && y % 2 !== 0 ? -r : r;
}

function positivePow(x: number, y: number): number {
  const h = logSum(x);
  const l = logLow[0]!;
  const p = y * h;
  if (!(p < 710)) return Infinity;
  if (p < -746) return 0;
  if (p < 2e-17 && p > -2e-17) return 1 + p;
  const error = Math.abs(y) < 1e290 ? productError(y, h, p) : 0;
  const low = error + y * l;
  const s = p + low;
  return expSum(s, p - s + low);
}

// ---- hyperbolic functions -----------------------------------------------------------------------------------------------------------------------

const { expm1, log1p, sqrt } = Math;
const LN2 = LN2_HI_DD;
const HALF_LN2 = LN2 / 2;
const LOG_MAX = 709.782712893384;
const HUGE = 268435456; // 2^28
const TINY = 1 / HUGE;

export function cosh(x: number): number {
  const a = Math.abs(x);
  if (a < HALF_LN2) {
    const t = expm1(a);
    const w = 1 + t;
    return a < 2 ** -55 ? w : 1 + (t * t) / (w + w);
  }
  if (a < 22) {
    const t = exp(a);
    return 0.5 * t + 0.5 / t;
  }
  if (a < LOG_MAX) return 0.5 * exp(a);
  const w = exp(0.5 * a);
  return 0.5 * w * w;
}

export function sinh(x: number): number {
  const a = Math.abs(x);
  const h = x < 0 ? -0.5 : 0.5;
  if (a < 22) {
    if (a < TINY) return x;
    const t = expm1(a);
    return a < 1 ? h * (2 * t - (t * t) / (t + 1)) : h * (t + t / (t + 1));
  }
  if (a < LOG_MAX) return h * exp(a);
  const w = exp(0.5 * a);
  return h * w * w;
}

export function asinh(x: number): number {
  const a = Math.abs(x);
  if (a < TINY || !(a < Infinity)) return x;
  let w: number;
  if (a > HUGE) w = log(a) + LN2;
  else if (a > 2) w = log(2 * a + 1 / (sqrt(x * x + 1) + a));
  else {
    const t = x * x;
    w = log1p(a + t / (1 + sqrt(1 + t)));
  }
  return x > 0 ? w : -w;
}

export function acosh(x: number): number {
  if (!(x >= 1)) return NaN;
  if (x >= HUGE) return x === Infinity ? x : log(x) + LN2;
  if (x === 1) return 0;
  if (x > 2) return log(2 * x - 1 / (x + sqrt(x * x - 1)));
  const t = x - 1;
  return log1p(t + sqrt(2 * t + t * t));
}
