/**
 * THE op table of the IR, and the scalar types. Builder, printer, parser, verifier, evaluator and every backend derive from it: a backend's
 * table `satisfies Record<OpName, …>`, so an op that it lacks is a compile error.
 *
 * Semantics in one place (evaluate.ts is the executable definition):
 *   - `int` is Python's int while it is a safe integer; an operation that leaves ±(2^53-1) takes the statement's exit. Never -0.
 *   - `float` is Python's float. NumPy's types keep NumPy's semantics; `i64` and `u64` are held as safe integers too.
 *   - add, sub, mul, neg, abs on NumPy integers are those of NumPy *scalars*: overflow warns, hence an exit. Their `w` forms wrap, as loops
 *     over arrays do. A wrapping 64-bit result outside the safe range is an exit, because it cannot be held.
 *   - f32 rounds after every op.
 *   - division by zero, domain and range errors are exits: Python raises, NumPy warns.
 *   - `wide` is an unbounded integer between operations: sums and products that `wmod` reduces. It cannot be stored.
 * Sources: Python language reference 6.5-6.12, library reference "math"; NumPy reference "Scalars", NEP 50.
 */

export const SCALAR_TYPES = ["bool", "int", "float", "b1", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"] as const;
/** What a variable, parameter or array element can be. */
export type ScalarType = (typeof SCALAR_TYPES)[number];
/** What an expression can be. */
export type ExprType = ScalarType | "wide";

/** One row a scalar type. `bytes`: size of an array element; `lo`, `hi`: bounds of the values that we can hold. */
export interface TypeSpec {
  readonly python: boolean;
  readonly kind: "bool" | "int" | "float";
  readonly bytes: number;
  readonly lo: number;
  readonly hi: number;
  readonly doc: string;
}

export const SAFE = Number.MAX_SAFE_INTEGER;
const integer = (bytes: number, lo: number, hi: number, doc: string): TypeSpec => ({ python: false, kind: "int", bytes, lo, hi, doc });

export const TYPES: Readonly<Record<ScalarType, TypeSpec>> = {
  bool: { python: true, kind: "bool", bytes: 1, lo: 0, hi: 1, doc: "Python bool; a byte in an array" },
  int: { python: true, kind: "int", bytes: 8, lo: -SAFE, hi: SAFE, doc: "Python int, exact; a double in an array" },
  float: { python: true, kind: "float", bytes: 8, lo: -Infinity, hi: Infinity, doc: "Python float" },
  b1: { python: false, kind: "bool", bytes: 1, lo: 0, hi: 1, doc: "numpy.bool" },
  i8: integer(1, -128, 127, "numpy.int8"),
  i16: integer(2, -32768, 32767, "numpy.int16"),
  i32: integer(4, -2147483648, 2147483647, "numpy.int32"),
  i64: integer(8, -SAFE, SAFE, "numpy.int64 while it is a safe integer"),
  u8: integer(1, 0, 255, "numpy.uint8"),
  u16: integer(2, 0, 65535, "numpy.uint16"),
  u32: integer(4, 0, 4294967295, "numpy.uint32"),
  u64: integer(8, 0, SAFE, "numpy.uint64 while it is a safe integer"),
  f32: { python: false, kind: "float", bytes: 4, lo: -Infinity, hi: Infinity, doc: "numpy.float32" },
  f64: { python: false, kind: "float", bytes: 8, lo: -Infinity, hi: Infinity, doc: "numpy.float64" },
};

export const isBool = (t: ExprType): boolean => t === "bool" || t === "b1";
export const isInt = (t: ExprType): boolean => t !== "wide" && TYPES[t].kind === "int";
export const isFloat = (t: ExprType): boolean => t !== "wide" && TYPES[t].kind === "float";
export const isNumpyInt = (t: ExprType): boolean => isInt(t) && t !== "int";
export const isNumpy = (t: ExprType): boolean => t !== "wide" && !TYPES[t].python;
/** The type of a comparison of operands of type `t`. */
export const truthType = (t: ExprType): "bool" | "b1" => (isNumpy(t) ? "b1" : "bool");

/** Sets of types that an op is defined on. */
export const DOMAINS = {
  number: (t: ExprType) => isInt(t) || isFloat(t),
  integer: isInt,
  numpyInteger: isNumpyInt,
  float: isFloat,
  bool: isBool,
  bits: (t: ExprType) => isInt(t) || isBool(t),
  any: (t: ExprType) => t !== "wide",
  /** Integers wider than the safe range, held within it. */
  clipped: (t: ExprType) => t === "int" || t === "i64" || t === "u64",
  wide: (t: ExprType) => t === "wide",
  int: (t: ExprType) => t === "int",
} as const;
export type Domain = keyof typeof DOMAINS;

/** Why an operation left the fast path. */
export const CAUSES = {
  overflow: "an integer left the range that its type can hold",
  zero: "division by zero, or zero to a negative power",
  domain: "an argument outside the domain, or a result that Python or NumPy reports",
  index: "a subscript out of range",
  step: "a range with step zero",
  cast: "a value that the target type cannot hold",
  nonfinite: "a NumPy float that became infinite or NaN (see Region.fpChecks)",
  guard: "a guard of the tracer failed",
  reached: "an exit statement was reached",
} as const;
export type Cause = keyof typeof CAUSES;

export type CostClass = "free" | "alu" | "mul" | "div" | "sqrt" | "math";

/**
 * One row an op. `args`: per operand "T" (all of one type, in `domain`) or a fixed type; `out`: "T", "truth" (bool or b1 after the operand) or a
 * fixed type. `commutes`: swapping the operands never changes the result. `associates`: domain of types where regrouping never does, overflow
 * exits aside. `exits`: why it may leave; `exitsOn` narrows the types on which it may. `lazy`: later operands are evaluated only when needed.
 * `text`: infix or prefix operator of the text form with its binding power; otherwise it is written as a call.
 */
export interface OpSpec {
  readonly domain: Domain;
  readonly args: readonly ("T" | "cond" | "int" | "wide")[];
  readonly out: "T" | "truth" | "int" | "wide";
  readonly effect: "pure" | "exit";
  readonly exits: readonly Cause[];
  readonly exitsOn?: Domain;
  readonly commutes: boolean;
  readonly associates?: Domain;
  readonly lazy?: boolean;
  readonly cost: CostClass;
  readonly text?: readonly [symbol: string, power: number];
  readonly doc: string;
}

type Extra = Partial<Pick<OpSpec, "exitsOn" | "associates" | "lazy" | "text">>;
const TT = ["T", "T"] as const;
const T1 = ["T"] as const;

function pure(
  domain: Domain,
  args: OpSpec["args"],
  out: OpSpec["out"],
  cost: CostClass,
  commutes: boolean,
  doc: string,
  extra: Extra = {},
): OpSpec {
  return { domain, args, out, effect: "pure", exits: [], commutes, cost, doc, ...extra };
}
function exiting(
  domain: Domain,
  args: OpSpec["args"],
  exits: readonly Cause[],
  cost: CostClass,
  commutes: boolean,
  doc: string,
  extra: Extra = {},
): OpSpec {
  return { domain, args, out: "T", effect: "exit", exits, commutes, cost, doc, ...extra };
}
const comparison = (symbol: string, commutes: boolean, doc: string): OpSpec =>
  pure("any", TT, "truth", "alu", commutes, doc, { text: [symbol, 4] });
const fn = (doc: string, cost: CostClass = "math"): OpSpec => exiting("float", T1, ["domain"], cost, false, doc);
const total = (doc: string): OpSpec => pure("float", T1, "T", "math", false, doc);
const classify = (doc: string): OpSpec => pure("float", T1, "truth", "alu", false, doc);

export const OPS = {
  // arithmetic
  add: exiting("number", TT, ["overflow"], "alu", true, "sum", { exitsOn: "integer", associates: "int", text: ["+", 9] }),
  sub: exiting("number", TT, ["overflow"], "alu", false, "difference", { exitsOn: "integer", text: ["-", 9] }),
  mul: exiting("number", TT, ["overflow"], "mul", true, "product", { exitsOn: "integer", associates: "int", text: ["*", 10] }),
  truediv: exiting("float", TT, ["zero"], "div", false, "quotient of floats", { text: ["/", 10] }),
  floordiv: exiting("number", TT, ["zero", "overflow", "domain"], "div", false, "quotient rounded towards minus infinity", {
    text: ["//", 10],
  }),
  mod: exiting("number", TT, ["zero", "domain"], "div", false, "remainder with the sign of the divisor", { text: ["%", 10] }),
  pow: exiting(
    "number",
    TT,
    ["zero", "domain", "overflow"],
    "math",
    false,
    "the ** operator; a negative integer exponent or a complex result is an exit",
    {
      text: ["**", 12],
    },
  ),
  neg: exiting("number", T1, ["overflow"], "alu", false, "negation", { exitsOn: "numpyInteger", text: ["-", 11] }),
  abs: exiting("number", T1, ["overflow"], "alu", false, "absolute value", { exitsOn: "numpyInteger" }),
  addw: exiting("numpyInteger", TT, ["overflow"], "alu", true, "sum that wraps", {
    exitsOn: "clipped",
    associates: "numpyInteger",
    text: ["+%", 9],
  }),
  subw: exiting("numpyInteger", TT, ["overflow"], "alu", false, "difference that wraps", { exitsOn: "clipped", text: ["-%", 9] }),
  mulw: exiting("numpyInteger", TT, ["overflow"], "mul", true, "product that wraps", {
    exitsOn: "clipped",
    associates: "numpyInteger",
    text: ["*%", 10],
  }),
  negw: exiting("numpyInteger", T1, ["overflow"], "alu", false, "negation that wraps", { exitsOn: "clipped" }),
  absw: exiting("numpyInteger", T1, ["overflow"], "alu", false, "absolute value that wraps", { exitsOn: "clipped" }),

  // choice
  min2: pure("any", TT, "T", "alu", false, "min(a, b) of Python: b if b < a else a", { associates: "integer" }),
  max2: pure("any", TT, "T", "alu", false, "max(a, b) of Python: b if b > a else a", { associates: "integer" }),
  minimum: pure("any", TT, "T", "alu", false, "numpy.minimum: NaN wins; the first of equals", { associates: "integer" }),
  maximum: pure("any", TT, "T", "alu", false, "numpy.maximum: NaN wins; the first of equals", { associates: "integer" }),
  select: pure("any", ["cond", "T", "T"], "T", "alu", false, "a if cond else b; only the chosen one is evaluated", { lazy: true }),

  // bits
  and: exiting("bits", TT, ["overflow"], "alu", true, "bitwise and", { exitsOn: "clipped", associates: "bits", text: ["&", 7] }),
  or: exiting("bits", TT, ["overflow"], "alu", true, "bitwise or", { exitsOn: "clipped", associates: "bits", text: ["|", 5] }),
  xor: exiting("bits", TT, ["overflow"], "alu", true, "bitwise exclusive or", { exitsOn: "clipped", associates: "bits", text: ["^", 6] }),
  invert: exiting("integer", T1, ["overflow"], "alu", false, "bitwise complement", { exitsOn: "clipped", text: ["~", 11] }),
  shl: exiting("integer", TT, ["overflow", "domain"], "alu", false, "shift left; NumPy integers lose the high bits", { text: ["<<", 8] }),
  shr: exiting("integer", TT, ["domain"], "alu", false, "shift right, keeping the sign", { text: [">>", 8] }),

  // truth
  eq: comparison("==", true, "equal"),
  ne: comparison("!=", true, "not equal"),
  lt: comparison("<", false, "less"),
  le: comparison("<=", false, "less or equal"),
  gt: comparison(">", false, "greater"),
  ge: comparison(">=", false, "greater or equal"),
  land: pure("bool", TT, "T", "alu", false, "a and b; b is evaluated only when a is true", { lazy: true, text: ["and", 2] }),
  lor: pure("bool", TT, "T", "alu", false, "a or b; b is evaluated only when a is false", { lazy: true, text: ["or", 1] }),
  not: pure("bool", T1, "T", "alu", false, "negation of a truth value", { text: ["not", 3] }),

  // unbounded integers between operations
  widen: pure("int", ["int"], "wide", "free", false, "an int as unbounded integer"),
  wadd: pure("wide", ["wide", "wide"], "wide", "alu", true, "unbounded sum", { associates: "wide" }),
  wsub: pure("wide", ["wide", "wide"], "wide", "alu", false, "unbounded difference"),
  wmul: pure("wide", ["wide", "wide"], "wide", "mul", true, "unbounded product", { associates: "wide" }),
  wmod: {
    ...exiting("int", ["wide", "int"], ["zero"], "div", false, "unbounded integer modulo an int, with the sign of the divisor"),
    out: "int",
  },

  // rounding and classification of floats
  floor: total("largest integer not above"),
  ceil: total("smallest integer not below"),
  trunc: total("integer part"),
  rint: total("nearest integer, half to even"),
  isnan: classify("is NaN"),
  isinf: classify("is infinite"),
  isfinite: classify("is a number"),
  signbit: classify("sign bit is set"),
  copysign: pure("float", TT, "T", "alu", false, "magnitude of a with the sign of b"),
  fabs: pure("float", T1, "T", "alu", false, "magnitude"),

  // functions; a NaN from numbers or an infinity from finite operands is an exit
  sqrt: fn("square root", "sqrt"),
  cbrt: fn("cube root"),
  exp: fn("e**x"),
  exp2: fn("2**x"),
  expm1: fn("e**x - 1"),
  log: fn("natural logarithm"),
  log2: fn("logarithm to base 2"),
  log10: fn("logarithm to base 10"),
  log1p: fn("log(1 + x)"),
  sin: fn("sine"),
  cos: fn("cosine"),
  tan: fn("tangent"),
  asin: fn("arc sine"),
  acos: fn("arc cosine"),
  atan: fn("arc tangent"),
  sinh: fn("hyperbolic sine"),
  cosh: fn("hyperbolic cosine"),
  tanh: fn("hyperbolic tangent"),
  asinh: fn("inverse hyperbolic sine"),
  acosh: fn("inverse hyperbolic cosine"),
  atanh: fn("inverse hyperbolic tangent"),
  erf: fn("error function"),
  erfc: fn("complementary error function"),
  gamma: fn("gamma function"),
  lgamma: fn("logarithm of the gamma function"),
  atan2: exiting("float", TT, ["domain"], "math", false, "angle of (x = b, y = a)"),
  hypot: exiting("float", TT, ["domain"], "math", false, "sqrt(a*a + b*b) without overflow between"),
  fmod: exiting("float", TT, ["domain"], "div", false, "remainder with the sign of the dividend (C fmod)"),
  mpow: exiting("float", TT, ["domain"], "math", false, "math.pow"),
} as const satisfies Record<string, OpSpec>;

export type OpName = keyof typeof OPS;
export const OP_NAMES = Object.keys(OPS) as readonly OpName[];
export const spec = (op: OpName): OpSpec => OPS[op];

/** Ops of one operand that are functions of libm by the same name. */
export const LIBM_UNARY = [
  "sqrt",
  "cbrt",
  "exp",
  "exp2",
  "expm1",
  "log",
  "log2",
  "log10",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "gamma",
  "lgamma",
] as const satisfies readonly OpName[];

/** Whether `op` on operands of type `t` can take an exit. */
export function canExit(op: OpName, t: ExprType): boolean {
  const s = spec(op);
  return s.exits.length > 0 && (s.exitsOn === undefined || DOMAINS[s.exitsOn](t));
}

/** Whether regrouping a chain of `op` on type `t` keeps every bit of the result (where no regrouped step overflows). */
export function associates(op: OpName, t: ExprType): boolean {
  const d = spec(op).associates;
  return d !== undefined && DOMAINS[d](t);
}

/** Whether `op` on type `t` may also be reordered: regrouped and swapped. min and max of integers are. */
export function reorders(op: OpName, t: ExprType): boolean {
  return associates(op, t) && (spec(op).commutes || isInt(t));
}

/** Whether a conversion can take an exit. See evaluate.ts for what each does. */
export function castCanExit(from: ExprType, to: ScalarType): boolean {
  if (from === to || isBool(from) || isBool(to) || to === "float" || to === "f64" || to === "f32") return false;
  if (isFloat(from)) return true;
  const f = TYPES[from as ScalarType];
  const t = TYPES[to];
  // NumPy integers wrap into narrower ones; Python's must fit, and 64-bit results must be safe.
  if (f.python || to === "u64") return f.lo < t.lo || f.hi > t.hi;
  return false;
}
