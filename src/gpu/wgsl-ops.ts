/**
 * WGSL for each op of the IR: one row an op. Operands arrive as WGSL text without side effects; a row gives the result's text, and puts checks before it.
 * A row that is a string says why the op is not placed.
 *
 * Integers are computed in 32 bits. Where ranges cannot prove that a result fits, the row checks: an exit of the IR and a value that only the device cannot
 * hold both raise the flag. Floats are f32; every result is what Math.fround of the exact result would be (wgsl-traits.ts, wgsl-library.ts).
 */
import type { OpExpr } from "../jit/ir/nest.ts";
import { isBool, isFloat, type OpName } from "../jit/ir/ops.ts";
import { type AbortCause, type Code, strip } from "./wgsl-code.ts";
import { type Range, range, within } from "./wgsl-ranges.ts";
import { NotPlaced, type Scope, wraps } from "./wgsl-scope.ts";
import { holdProduct, holdSum, unfit } from "./wgsl-traits.ts";
import { HELD, type HeldType, heldRange, I32, literal, WRAP_BITS } from "./wgsl-types.ts";

export interface Operation {
  readonly code: Code;
  readonly scope: Scope;
  readonly e: OpExpr;
}
type Row = (o: Operation, a: string, b: string) => string;

const typeOf = (o: Operation): HeldType => o.e.args[o.e.args.length - 1]!.type as HeldType;
const unsigned = (o: Operation): boolean => HELD[typeOf(o)].wgsl === "u32";
const argRange = (o: Operation, k: number): Range => o.scope.range(o.e.args[k]!);
const one = (o: Operation): string => (unsigned(o) ? "1u" : "1i");
const zeroOf = (o: Operation): string => (unsigned(o) ? "0u" : "0i");

// ---- integers -------------------------------------------------------------------------------------------------------------------------

/** What does not fit a type by the IR's rules is an overflow; what only 32 bits cannot hold is `bits`. */
const causeFor = (t: HeldType): AbortCause => (t === "int" || t === "i64" || t === "u64" ? "bits" : "overflow");

/** Keeps the low bits of an i32 as a value of type `t`. */
export function wrapped(t: HeldType, text: string): string {
  const bits = WRAP_BITS[t]!;
  if (bits === 32) return text;
  return t.startsWith("u") ? `(${text} & ${literal("i32", 2 ** bits - 1)})` : `((${text} << ${32 - bits}u) >> ${32 - bits}u)`;
}

/** Leaves where an i32 in `from` is outside `to`. */
export function checkRange(code: Code, text: string, from: Range, to: Range, cause: AbortCause): void {
  const low = from.lo < to.lo ? `${text} < ${literal("i32", to.lo)}` : "";
  const high = from.hi > to.hi ? `${text} > ${literal("i32", to.hi)}` : "";
  if (low || high) code.leaveIf([low, high].filter(Boolean).join(" || "), cause);
}

interface IntRule {
  readonly text: (a: string, b: string) => string;
  /** Whether an i32 result is wrong. */
  readonly leaves?: (o: Operation, a: string, b: string) => string;
  /** The same for u32. */
  readonly unsignedLeaves?: (o: Operation, a: string, b: string) => string;
}

/** An op on integers: plain where the result provably fits or may wrap, else checked. */
function integers(rule: IntRule): Row {
  return (o, a, b) => {
    const t = typeOf(o);
    const held = heldRange(t);
    const exact = o.scope.exactRange(o.e) ?? range(-Infinity, Infinity);
    if (within(exact, held)) return `(${rule.text(a, b)})`;
    if (wraps(o.e.op, t)) return wrapped(t, `(${rule.text(a, b)})`);
    const x = o.code.bind(a);
    const y = b === "" ? "" : o.code.bind(b);
    if (unsigned(o)) {
      o.code.leaveIf(rule.unsignedLeaves?.(o, x, y) ?? "true", causeFor(t));
      return `(${rule.text(x, y)})`;
    }
    if (!within(exact, I32) && rule.leaves) o.code.leaveIf(rule.leaves(o, x, y), causeFor(t));
    const r = o.code.bind(`(${rule.text(x, y)})`);
    checkRange(o.code, r, within(exact, I32) ? exact : I32, held, causeFor(t));
    return r;
  };
}

const sumRule: IntRule = {
  text: (a, b) => `${a} + ${b}`,
  leaves: (o, a, b) => `${o.scope.use("add_leaves")}(${a}, ${b})`,
  unsignedLeaves: (_o, a, b) => `${a} + ${b} < ${a}`,
};
const differenceRule: IntRule = {
  text: (a, b) => `${a} - ${b}`,
  leaves: (o, a, b) => `${o.scope.use("sub_leaves")}(${a}, ${b})`,
  unsignedLeaves: (_o, a, b) => `${a} < ${b}`,
};
const productRule: IntRule = {
  text: (a, b) => `${a} * ${b}`,
  leaves: (o, a, b) => `${o.scope.use("mul_leaves")}(${a}, ${b})`,
  unsignedLeaves: (o, a, b) => `${o.scope.use("umul_leaves")}(${a}, ${b})`,
};
const isLeast = (_o: Operation, a: string): string => `${a} == ${literal("i32", -2147483648)}`;

const negation: Row = (o, a, b) => (unsigned(o) ? negatedUnsigned(o, a) : integers({ text: (x) => `-${x}`, leaves: isLeast })(o, a, b));
/** -x of an unsigned scalar overflows unless x is 0; its wrapping form is two's complement. */
function negatedUnsigned(o: Operation, a: string): string {
  if (o.e.op === "negw") return `(0u - ${a})`;
  o.code.leaveIf(`${a} != 0u`, "overflow");
  return "0u";
}
const absolute: Row = (o, a, b) => (unsigned(o) ? a : integers({ text: (x) => `abs(${strip(x)})`, leaves: isLeast })(o, a, b));

/** The divisor, checked. */
function divisor(o: Operation, b: string): string {
  const r = argRange(o, 1);
  const e = o.e.args[1]!;
  if (e.kind === "const" && e.value !== 0) return b;
  // A literal zero must not reach WGSL's constant evaluation.
  const x = /^\d/.test(b)
    ? o.code.bind(`(${b} + ${unsigned(o) ? "" : "bitcast<i32>("}${o.scope.zero()}${unsigned(o) ? "" : ")"})`)
    : o.code.bind(b);
  if (r.lo <= 0 && r.hi >= 0) o.code.leaveIf(`${x} == ${zeroOf(o)}`, "zero");
  return x;
}

const floordiv: Row = (o, a, b) => {
  const y = divisor(o, b);
  const ra = argRange(o, 0);
  const rb = argRange(o, 1);
  if (unsigned(o) || (ra.lo >= 0 && rb.lo > 0)) return `(${a} / ${y})`;
  const x = o.code.bind(a);
  const t = typeOf(o);
  if (ra.lo === -2147483648 && rb.lo <= -1 && rb.hi >= -1)
    o.code.leaveIf(`${x} == ${literal("i32", -2147483648)} && ${y} == -1i`, causeFor(t));
  const r = o.code.bind(`${o.scope.use("floor_div")}(${x}, ${y})`);
  checkRange(o.code, r, o.scope.exactRange(o.e) ?? I32, heldRange(t), causeFor(t));
  return r;
};

const mod: Row = (o, a, b) => {
  const y = divisor(o, b);
  if (unsigned(o) || (argRange(o, 0).lo >= 0 && argRange(o, 1).lo > 0)) return `(${a} % ${y})`;
  return `${o.scope.use("floor_mod")}(${strip(a)}, ${y})`;
};

/** The count of a shift as u32, at most 31; whether it may be more is left to the caller. */
function shiftCount(o: Operation, b: string): { n: string; large: string | undefined } {
  const r = argRange(o, 1);
  const n = o.code.bind(b);
  if (!unsigned(o) && r.lo < 0) o.code.leaveIf(`${n} < 0i`, "domain");
  const limit = unsigned(o) ? "31u" : "31i";
  const text = (x: string): string => (unsigned(o) ? x : `u32(${x})`);
  return r.hi <= 31 ? { n: text(n), large: undefined } : { n: text(`min(${n}, ${limit})`), large: `${n} > ${limit}` };
}

const shl: Row = (o, a, b) => {
  const t = typeOf(o);
  const { n, large } = shiftCount(o, b);
  const x = o.code.bind(a);
  if (wraps("shl", t)) {
    const all = wrapped(t, `(${x} << ${n})`);
    return large ? `select(${all}, ${zeroOf(o)}, ${large})` : all;
  }
  const exact = o.scope.exactRange(o.e) ?? I32;
  if (!within(exact, heldRange(t))) o.code.leaveIf(`${o.scope.use("shl_leaves")}(${x}, ${o.code.bind(b)})`, causeFor(t));
  return `(${x} << ${n})`;
};

const shr: Row = (o, a, b) => {
  const { n, large } = shiftCount(o, b);
  return unsigned(o) && large ? `select(${a} >> ${n}, 0u, ${large})` : `(${a} >> ${n})`;
};

const bitwise =
  (symbol: "&" | "|" | "^"): Row =>
  (o, a, b) =>
    isBool(typeOf(o)) && symbol === "^" ? `(${a} != ${b})` : `(${a} ${symbol} ${b})`;

const invert: Row = (o, a, b) => integers({ text: (x) => `~${x}` })(o, a, b);

/** Powers with a small constant exponent, as a product chain; on floats only the square, whose double rounding is harmless. */
const pow: Row = (o, a) => {
  const n = o.e.args[1]!;
  if (n.kind !== "const") throw new NotPlaced("** with an exponent that is not a constant");
  if (isFloat(n.type)) {
    if (n.value !== 2) throw new NotPlaced("** of floats");
    const x = o.code.bind(a);
    const r = o.code.bind(floatProduct(o, x, x));
    o.code.leaveIf(`!${o.scope.use("is_finite")}(${r}) && ${o.scope.use("is_finite")}(${x})`, "domain");
    return r;
  }
  if (n.value < 0) throw new NotPlaced("a negative exponent");
  if (n.value > 64) throw new NotPlaced("a large exponent");
  if (n.value === 0) return one(o);
  const x = o.code.bind(a);
  let r = x;
  for (let k = 1; k < n.value; k++) r = checkedProduct(o, r, x);
  return r;
};
function checkedProduct(o: Operation, a: string, b: string): string {
  const t = typeOf(o);
  const rule = unsigned(o) ? productRule.unsignedLeaves! : productRule.leaves!;
  o.code.leaveIf(rule(o, a, b), causeFor(t));
  const r = o.code.bind(`(${a} * ${b})`);
  if (!unsigned(o)) checkRange(o.code, r, I32, heldRange(t), causeFor(t));
  return r;
}

// ---- floats ---------------------------------------------------------------------------------------------------------------------------

/** Throws where the device is not exact. */
function need(o: Operation, op: OpName): void {
  const why = unfit(o.scope.traits, op);
  if (why !== undefined) throw new NotPlaced(why);
}

const flushable = (name: "add_flushed" | "mul_flushed" | "div_flushed"): ((o: Operation, a: string, b: string, r: string) => string) => {
  return (o, a, b, r) => {
    if (!o.scope.traits.flushes) return r;
    const held = o.code.bind(r);
    o.code.leaveIf(`${o.scope.use(name)}(${a}, ${b}, ${held})`, "subnormal");
    return held;
  };
};
const sumFlushed = flushable("add_flushed");
const productFlushed = flushable("mul_flushed");
const quotientFlushed = flushable("div_flushed");

const floatSum: Row = (o, a, b) => {
  need(o, "add");
  const [x, y] = operands(o, a, b);
  return sumFlushed(o, x, y, holdSum(o.scope, `${x} + ${y}`));
};
const floatDifference: Row = (o, a, b) => {
  need(o, "sub");
  const [x, y] = operands(o, a, b);
  return sumFlushed(o, x, negatedFloat(y), holdSum(o.scope, `${x} - ${y}`));
};
const floatProduct: Row = (o, a, b) => {
  need(o, "mul");
  const [x, y] = operands(o, a, b);
  return productFlushed(o, x, y, holdProduct(o.scope, `${x} * ${y}`));
};
/** Operands are named where a check repeats them. */
function operands(o: Operation, a: string, b: string): [string, string] {
  return o.scope.traits.flushes ? [o.code.bind(a), o.code.bind(b)] : [a, b];
}

const quotient: Row = (o, a, b) => {
  const { traits } = o.scope;
  const x = o.code.bind(a);
  const y = o.code.bind(b);
  o.code.leaveIf(`${o.scope.use("is_zero")}(${y})`, "zero");
  if (traits.nativeDivision) return quotientFlushed(o, x, y, `(${x} / ${y})`);
  if (!traits.flushes) noSubnormals(o, x, y);
  const r = o.code.bind(`${o.scope.use("f_div")}(${x}, ${y})`);
  o.code.leaveIf(`${o.scope.use("div_flushed")}(${x}, ${y}, ${r})`, "subnormal");
  return r;
};
/** The emulations take normal numbers; where subnormals are flushed, none arrives (webgpu.ts looks at what is uploaded). */
function noSubnormals(o: Operation, ...xs: string[]): void {
  o.code.leaveIf(xs.map((x) => `${o.scope.use("is_subnormal")}(bitcast<u32>(${x}))`).join(" || "), "subnormal");
}

const sqrt: Row = (o, a) => {
  const { traits } = o.scope;
  const x = o.code.bind(a);
  // A number with the sign bit, -0 apart, has no root.
  o.code.leaveIf(`bitcast<u32>(${x}) > 0x80000000u && !${o.scope.use("is_nan")}(${x})`, "domain");
  if (!traits.nativeSqrt) {
    if (!traits.flushes) noSubnormals(o, x);
    return `${o.scope.use("f_sqrt")}(${x})`;
  }
  const plain = `${o.scope.use("is_finite")}(${x}) && !${o.scope.use("is_zero")}(${x})`;
  return `select(${x}, sqrt(${x}), ${plain})`;
};

const negatedFloat = (a: string): string => `bitcast<f32>(bitcast<u32>(${strip(a)}) ^ 0x80000000u)`;
const magnitude = (a: string): string => `bitcast<f32>(bitcast<u32>(${strip(a)}) & 0x7fffffffu)`;

const byKind =
  (ints: Row, floats: Row): Row =>
  (o, a, b) =>
    isFloat(typeOf(o)) ? floats(o, a, b) : ints(o, a, b);
const notOnFloats = (ints: Row, what: string): Row =>
  byKind(ints, () => {
    throw new NotPlaced(what);
  });
const rounding =
  (fn: string): Row =>
  (o, a) => {
    need(o, o.e.op);
    return `${fn}(${strip(a)})`;
  };

// ---- comparisons and choice -----------------------------------------------------------------------------------------------------------

type Relation = "<" | "<=" | "==";
const BY_BITS = { "<": "f_lt", "<=": "f_le", "==": "f_eq" } as const;

/** Comparisons of floats are false of NaN; drivers break `!=`, so it is the other two arms of `==`. */
export function compare(o: Operation, relation: Relation, a: string, b: string): string {
  const t = typeOf(o);
  if (isFloat(t)) return o.scope.traits.nativeCompare ? `(${a} ${relation} ${b})` : `${o.scope.use(BY_BITS[relation])}(${a}, ${b})`;
  if (isBool(t) && relation !== "==") return `(u32(${a}) ${relation} u32(${b}))`;
  return `(${a} ${relation} ${b})`;
}
const less: Row = (o, a, b) => compare(o, "<", a, b);
const atMost: Row = (o, a, b) => compare(o, "<=", a, b);
const unequal: Row = (o, a, b) => (isFloat(typeOf(o)) ? `select(true, false, ${compare(o, "==", a, b)})` : `(${a} != ${b})`);

/** `b` where `second` of the operands holds, else `a`. */
const chosen =
  (second: (o: Operation, a: string, b: string) => string): Row =>
  (o, a, b) => {
    const x = o.code.bind(a);
    const y = o.code.bind(b);
    return `select(${x}, ${y}, ${strip(second(o, x, y))})`;
  };
const native =
  (fn: "min" | "max", other: Row): Row =>
  (o, a, b) =>
    isFloat(typeOf(o)) || isBool(typeOf(o)) ? other(o, a, b) : `${fn}(${strip(a)}, ${strip(b)})`;
/** NumPy's: the first where it is at most (at least) the second or NaN. */
const numpyChoice = (keeps: (o: Operation, a: string, b: string) => string): Row =>
  chosen((o, x, y) => (isFloat(typeOf(o)) ? `!(${keeps(o, x, y)} || ${o.scope.use("is_nan")}(${x}))` : `!${keeps(o, x, y)}`));

const library =
  (name: "is_nan" | "is_inf" | "is_finite"): Row =>
  (o, a) =>
    `${o.scope.use(name)}(${strip(a)})`;

// ---- the table ------------------------------------------------------------------------------------------------------------------------

const MATH = "mathematical functions are not exact on a device";
const EXACT_FMOD = "remainders of floats";

export const ROWS = {
  add: byKind(integers(sumRule), floatSum),
  sub: byKind(integers(differenceRule), floatDifference),
  mul: byKind(integers(productRule), floatProduct),
  truediv: quotient,
  floordiv: notOnFloats(floordiv, "floor division of floats"),
  mod: notOnFloats(mod, EXACT_FMOD),
  pow,
  neg: byKind(negation, (_o, a) => negatedFloat(a)),
  abs: byKind(absolute, (_o, a) => magnitude(a)),
  addw: integers(sumRule),
  subw: integers(differenceRule),
  mulw: integers(productRule),
  negw: negation,
  absw: absolute,
  min2: native(
    "min",
    chosen((o, a, b) => compare(o, "<", b, a)),
  ),
  max2: native(
    "max",
    chosen((o, a, b) => compare(o, "<", a, b)),
  ),
  minimum: native(
    "min",
    numpyChoice((o, a, b) => compare(o, "<=", a, b)),
  ),
  maximum: native(
    "max",
    numpyChoice((o, a, b) => compare(o, "<=", b, a)),
  ),
  and: bitwise("&"),
  or: bitwise("|"),
  xor: bitwise("^"),
  invert,
  shl,
  shr,
  eq: (o, a, b) => compare(o, "==", a, b),
  ne: unequal,
  lt: less,
  le: atMost,
  gt: (o, a, b) => less(o, b, a),
  ge: (o, a, b) => atMost(o, b, a),
  not: (_o, a) => `(!${a})`,
  widen: "an unbounded integer outside a modulo",
  wadd: "an unbounded integer outside a modulo",
  wsub: "an unbounded integer outside a modulo",
  wmul: "an unbounded integer outside a modulo",
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  trunc: rounding("trunc"),
  rint: rounding("round"),
  isnan: library("is_nan"),
  isinf: library("is_inf"),
  isfinite: library("is_finite"),
  signbit: (_o, a) => `((bitcast<u32>(${strip(a)}) >> 31u) != 0u)`,
  copysign: (_o, a, b) => `bitcast<f32>((bitcast<u32>(${strip(a)}) & 0x7fffffffu) | (bitcast<u32>(${strip(b)}) & 0x80000000u))`,
  fabs: (_o, a) => magnitude(a),
  sqrt,
  cbrt: MATH,
  exp: MATH,
  exp2: MATH,
  expm1: MATH,
  log: MATH,
  log2: MATH,
  log10: MATH,
  log1p: MATH,
  sin: MATH,
  cos: MATH,
  tan: MATH,
  asin: MATH,
  acos: MATH,
  atan: MATH,
  sinh: MATH,
  cosh: MATH,
  tanh: MATH,
  asinh: MATH,
  acosh: MATH,
  atanh: MATH,
  erf: MATH,
  erfc: MATH,
  gamma: MATH,
  lgamma: MATH,
  atan2: MATH,
  hypot: MATH,
  fmod: EXACT_FMOD,
  mpow: MATH,
} as const satisfies Record<Exclude<OpName, "select" | "land" | "lor" | "wmod">, Row | string>;
