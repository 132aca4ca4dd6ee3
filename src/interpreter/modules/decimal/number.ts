/**
 * Decimal numbers: sign, coefficient (a bigint), exponent; conditions; rounding to a context.
 * Sources: General Decimal Arithmetic Specification 1.70 (M. Cowlishaw), IEEE 754-2008 for the rounding of tiny and huge results.
 * Exponents are JS numbers: beyond 2^53 they would lose precision, which no coefficient that fits in memory reaches.
 */
import { PyAttrObject } from "../../objects/values.ts";

/** Kinds of numbers; the coefficient of a NaN is its payload. */
export const FINITE = 0;
export const INFINITE = 1;
export const QUIET = 2;
export const SIGNALING = 3;
export type Kind = 0 | 1 | 2 | 3;
export type Sign = 0 | 1;

export class PyDecimal extends PyAttrObject {
  readonly sign: Sign;
  readonly kind: Kind;
  readonly coef: bigint;
  readonly exp: number;
  constructor(sign: Sign, coef: bigint, exp: number, kind: Kind = FINITE) {
    super();
    this.sign = sign;
    this.kind = kind;
    this.coef = coef;
    this.exp = exp;
  }

  get finite(): boolean {
    return this.kind === FINITE;
  }
  get nan(): boolean {
    return this.kind >= QUIET;
  }
  get zero(): boolean {
    return this.kind === FINITE && this.coef === 0n;
  }
  get digits(): number {
    return digitCount(this.coef);
  }
  /** The exponent of the leading digit. */
  get adjusted(): number {
    return this.exp + this.digits - 1;
  }
  withSign(sign: Sign): PyDecimal {
    return sign === this.sign ? this : new PyDecimal(sign, this.coef, this.exp, this.kind);
  }
}

export const infinity = (sign: Sign): PyDecimal => new PyDecimal(sign, 0n, 0, INFINITE);
export const NAN: PyDecimal = new PyDecimal(0, 0n, 0, QUIET);

/** Conditions, as bits. The order is that in which a context prints its flags. */
export const C = {
  Clamped: 1, ConversionSyntax: 2, DivisionByZero: 4, DivisionImpossible: 8, DivisionUndefined: 16, Inexact: 32, InvalidContext: 64, InvalidOperation: 128, FloatOperation: 256,
  Overflow: 512, Rounded: 1024, Subnormal: 2048, Underflow: 4096,
} as const;
/** The conditions that the signal InvalidOperation stands for. */
export const INVALID: number = C.InvalidOperation | C.ConversionSyntax | C.DivisionImpossible | C.DivisionUndefined | C.InvalidContext;

export const ROUNDINGS = ["ROUND_CEILING", "ROUND_FLOOR", "ROUND_UP", "ROUND_DOWN", "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"] as const;
export type Rounding = (typeof ROUNDINGS)[number];

/** What an operation reads of a context, and where it notes its conditions. */
export interface Env {
  prec: number;
  emin: number;
  emax: number;
  rounding: Rounding;
  clamp: number;
  status: number;
}

export const etiny = (env: Env): number => env.emin - env.prec + 1;
export const etop = (env: Env): number => env.emax - env.prec + 1;

// ---- powers of ten ----------------------------------------------------------------------------------------------------------------------------

const POWERS: bigint[] = [1n];

export function pow10(n: number): bigint {
  if (n >= 1024) return 10n ** BigInt(n);
  for (let k = POWERS.length; k <= n; k++) POWERS.push(POWERS[k - 1]! * 10n);
  return POWERS[n]!;
}

const SAFE = 9007199254740991n;

/** Decimal digits of a non-negative coefficient; 1 for zero. */
export function digitCount(coef: bigint): number {
  if (coef <= SAFE) {
    const n = Number(coef);
    if (n < 10) return 1;
    let digits = Math.floor(Math.log10(n)) + 1;
    if (n >= 10 ** digits) digits++;
    else if (n < 10 ** (digits - 1)) digits--;
    return digits;
  }
  const approximate = Number(coef);
  const estimate = Number.isFinite(approximate) ? Math.floor(Math.log10(approximate)) + 1 : Math.floor((coef.toString(16).length - 1) * Math.log10(16)) + 1;
  let digits = Math.max(1, estimate - 2);
  while (coef >= pow10(digits)) digits++;
  return digits;
}

// ---- rounding ---------------------------------------------------------------------------------------------------------------------------------

/** Whether the kept digits grow by one: `rest` of `unit` (a power of ten) is dropped, more than nothing. */
function roundsUp(kept: bigint, rest: bigint, unit: bigint, sign: Sign, rounding: Rounding): boolean {
  switch (rounding) {
    case "ROUND_DOWN":
      return false;
    case "ROUND_UP":
      return true;
    case "ROUND_CEILING":
      return sign === 0;
    case "ROUND_FLOOR":
      return sign === 1;
    case "ROUND_05UP":
      return kept % 5n === 0n;
    default: {
      const twice = rest * 2n;
      if (twice !== unit) return twice > unit;
      return rounding === "ROUND_HALF_UP" || (rounding === "ROUND_HALF_EVEN" && (kept & 1n) === 1n);
    }
  }
}

/** `coef` without its last `drop` digits, rounded. */
export function dropDigits(coef: bigint, drop: number, sign: Sign, rounding: Rounding): { coef: bigint; inexact: boolean } {
  if (drop <= 0) return { coef, inexact: false };
  // far more digits than there are: any unit above twice the coefficient rounds alike
  const unit = pow10(Math.min(drop, digitCount(coef) + 1));
  const kept = coef / unit;
  const rest = coef - kept * unit;
  if (rest === 0n) return { coef: kept, inexact: false };
  return { coef: roundsUp(kept, rest, unit, sign, rounding) ? kept + 1n : kept, inexact: true };
}

function overflowed(env: Env, sign: Sign): PyDecimal {
  env.status |= C.Overflow | C.Inexact | C.Rounded;
  const r = env.rounding;
  const toInfinity = r === "ROUND_CEILING" ? sign === 0 : r === "ROUND_FLOOR" ? sign === 1 : r !== "ROUND_DOWN" && r !== "ROUND_05UP";
  return toInfinity ? infinity(sign) : new PyDecimal(sign, pow10(env.prec) - 1n, etop(env));
}

function finishZero(env: Env, sign: Sign, exp: number): PyDecimal {
  const fitting = Math.min(Math.max(exp, etiny(env)), env.clamp ? etop(env) : env.emax);
  if (fitting !== exp) env.status |= C.Clamped;
  return new PyDecimal(sign, 0n, fitting);
}

/** A finite result in its context: rounded, over- and underflow noted. */
export function finish(env: Env, sign: Sign, coef: bigint, exp: number): PyDecimal {
  if (coef === 0n) return finishZero(env, sign, exp);
  const digits = digitCount(coef);
  const adjusted = exp + digits - 1;
  if (digits <= env.prec && adjusted <= env.emax && adjusted >= env.emin && (!env.clamp || exp <= etop(env))) return new PyDecimal(sign, coef, exp);
  if (adjusted > env.emax) return overflowed(env, sign);
  const tiny = adjusted < env.emin;
  const lowest = tiny ? etiny(env) : adjusted - env.prec + 1;
  if (exp < lowest) return finishRounded(env, sign, coef, exp, lowest, tiny);
  if (tiny) env.status |= C.Subnormal;
  if (env.clamp && exp > etop(env)) {
    env.status |= C.Clamped;
    return new PyDecimal(sign, coef * pow10(exp - etop(env)), etop(env));
  }
  return new PyDecimal(sign, coef, exp);
}

function finishRounded(env: Env, sign: Sign, coef: bigint, exp: number, lowest: number, tiny: boolean): PyDecimal {
  const r = dropDigits(coef, lowest - exp, sign, env.rounding);
  let { coef: kept } = r;
  let at = lowest;
  env.status |= C.Rounded;
  if (tiny) env.status |= C.Subnormal;
  if (r.inexact) env.status |= C.Inexact | (tiny ? C.Underflow : 0);
  if (kept === 0n) {
    env.status |= C.Clamped;
    return new PyDecimal(sign, 0n, at);
  }
  if (digitCount(kept) > env.prec) {
    kept /= 10n;
    at++;
    if (at > etop(env)) return overflowed(env, sign);
  }
  if (env.clamp && at > etop(env)) {
    env.status |= C.Clamped;
    return new PyDecimal(sign, kept * pow10(at - etop(env)), etop(env));
  }
  return new PyDecimal(sign, kept, at);
}

/** Any number in a context: NaN payloads are cut to the precision. */
export function fit(env: Env, d: PyDecimal): PyDecimal {
  if (d.kind === FINITE) return finish(env, d.sign, d.coef, d.exp);
  if (d.kind === INFINITE) return d;
  const room = env.prec - env.clamp;
  return d.digits > room ? new PyDecimal(d.sign, d.coef % pow10(room), 0, d.kind) : d;
}

export function invalid(env: Env, condition: number = C.InvalidOperation): PyDecimal {
  env.status |= condition;
  return NAN;
}

/** The result of an operation with NaN operands: signaling ones first, then the first. undefined when there is none. */
export function nanResult(env: Env, a: PyDecimal, b?: PyDecimal): PyDecimal | undefined {
  if (a.kind < QUIET && (b === undefined || b.kind < QUIET)) return undefined;
  const chosen = a.kind === SIGNALING ? a : b?.kind === SIGNALING ? b : a.kind === QUIET ? a : b!;
  if (chosen.kind === SIGNALING) env.status |= C.InvalidOperation;
  return fit(env, new PyDecimal(chosen.sign, chosen.coef, 0, QUIET));
}

// ---- text -------------------------------------------------------------------------------------------------------------------------------------

const SYNTAX = /^([-+]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d+))?$/;
const SPECIAL = /^([-+]?)(?:(inf(?:inity)?)|(s?)nan(\d*))$/i;

/** A numeric string of the specification (ASCII digits); undefined when it is none. */
export function parseDecimal(text: string): PyDecimal | undefined {
  const m = SYNTAX.exec(text);
  if (m) {
    const fraction = m[3] ?? m[4] ?? "";
    return new PyDecimal(m[1] === "-" ? 1 : 0, BigInt((m[2] ?? "") + fraction), Number(m[5] ?? 0) - fraction.length);
  }
  const s = SPECIAL.exec(text);
  if (!s) return undefined;
  const sign = s[1] === "-" ? 1 : 0;
  if (s[2] !== undefined) return infinity(sign);
  return new PyDecimal(sign, BigInt(s[4] || "0"), 0, s[3] ? SIGNALING : QUIET);
}

/** to-scientific-string, or to-engineering-string. */
export function decimalText(d: PyDecimal, capitals: boolean, engineering = false): string {
  const sign = d.sign ? "-" : "";
  if (d.kind === INFINITE) return `${sign}Infinity`;
  if (d.kind >= QUIET) return `${sign}${d.kind === SIGNALING ? "s" : ""}NaN${d.coef === 0n ? "" : d.coef}`;
  const digits = d.coef.toString();
  const left = d.exp + digits.length;
  let point = 1;
  if (d.exp <= 0 && left > -6) point = left;
  else if (engineering) point = d.coef === 0n ? mod3(left + 1) - 1 : mod3(left - 1) + 1;
  const [whole, fraction] = splitAt(digits, point);
  const exponent = left === point ? "" : `${capitals ? "E" : "e"}${left - point < 0 ? "" : "+"}${left - point}`;
  return `${sign}${whole}${fraction && `.${fraction}`}${exponent}`;
}

const mod3 = (n: number): number => ((n % 3) + 3) % 3;

/** The digits before and after a point at `at`; zeros where there are none. */
export function splitAt(digits: string, at: number): [whole: string, fraction: string] {
  if (at <= 0) return ["0", "0".repeat(-at) + digits];
  if (at >= digits.length) return [digits + "0".repeat(at - digits.length), ""];
  return [digits.slice(0, at), digits.slice(at)];
}
