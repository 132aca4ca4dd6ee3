/**
 * Expressions as JavaScript. Every op has a row in RENDER; what can leave is tested by statements written before the one that uses the value.
 *
 * Representation: every scalar is a JS number; bools are 0 or 1; an integer whose interval is within int32 is written so that V8 keeps it in a register
 * as int32. Ints are never -0. Conditions (`cond`) are JS booleans.
 */
import { testsFinite } from "../../ir/effects.ts";
import type { CastExpr, Expr, LoadExpr, OpExpr, Region } from "../../ir/nest.ts";
import {
  type Cause,
  canExit,
  castCanExit,
  isBool,
  isFloat,
  isInt,
  isNumpy,
  LIBM_UNARY,
  type OpName,
  SAFE,
  type ScalarType,
  TYPES,
} from "../../ir/ops.ts";
import type { Inputs } from "./inputs.ts";
import { accessKey, type Register } from "./registers.ts";
import type { Writer } from "./scope.ts";
import { address } from "./subscripts.ts";
import type { Abs } from "./transfer.ts";
import { ivJs, type Values, varJs } from "./values.ts";

const I32 = 2 ** 31;
const inI32 = (lo: number, hi: number): boolean => lo >= -I32 && hi < I32;
const fits32 = (a: Abs): boolean => inI32(a.lo, a.hi);

export class Expressions {
  readonly values: Values;
  readonly inputs: Inputs;
  readonly writer: Writer;
  /** Elements that live in variables at this place. */
  registers: readonly Register[] = [];
  private readonly region: Region;
  private readonly leave: (test: string, cause: Cause) => void;
  private readonly paramJs: (name: string) => string;

  constructor(
    region: Region,
    values: Values,
    inputs: Inputs,
    writer: Writer,
    paramJs: (name: string) => string,
    leave: (test: string, cause: Cause) => void,
  ) {
    this.region = region;
    this.values = values;
    this.inputs = inputs;
    this.writer = writer;
    this.paramJs = paramJs;
    this.leave = leave;
  }

  leaveIf(test: string, cause: Cause): void {
    if (test !== "false") this.leave(test, cause);
  }

  /** An expression as a number. */
  number(e: Expr): string {
    if (isBool(e.type) && e.kind === "op" && e.op !== "select" && !BITS.has(e.op)) return `(${this.cond(e)} ? 1 : 0)`;
    return this.raw(e);
  }
  int = (e: Expr): string => this.number(e);

  /** A truth value as a JS boolean. */
  cond(e: Expr): string {
    if (e.kind === "const") return e.value ? "true" : "false";
    if (e.kind !== "op") return `(${this.raw(e)} !== 0)`;
    const [a, b] = e.args as [Expr, Expr];
    switch (e.op) {
      case "land":
      case "lor":
        return this.lazyLogic(e.op, a, b);
      case "not":
        return `!${this.cond(a)}`;
      case "eq":
      case "ne":
      case "lt":
      case "le":
      case "gt":
      case "ge":
        return `(${this.number(a)} ${COMPARISON[e.op]} ${this.number(b)})`;
      case "isnan":
        return this.twice(a, (x) => `(${x} !== ${x})`);
      case "isinf":
        return this.twice(a, (x) => `(${x} === Infinity || ${x} === -Infinity)`);
      case "isfinite":
        return this.twice(a, (x) => `(${x} - ${x} === 0)`);
      case "signbit":
        return this.twice(a, (x) => `(${x} < 0 || Object.is(${x}, -0))`);
      default:
        return `(${this.raw(e)} !== 0)`;
    }
  }

  private lazyLogic(op: "land" | "lor", a: Expr, b: Expr): string {
    const left = this.cond(a);
    const right = this.values.within(a, op === "land", () => this.writer.captured(() => this.cond(b)));
    if (right.lines.length === 0) return `(${left} ${op === "land" ? "&&" : "||"} ${right.value})`;
    const t = this.writer.fresh("t");
    this.writer.line(`let ${t} = ${left};`);
    this.writer.line(`if (${op === "land" ? t : `!${t}`}) {`);
    for (const l of right.lines) this.writer.line(`  ${l}`);
    this.writer.line(`  ${t} = ${right.value};`);
    this.writer.line("}");
    return t;
  }

  private select(e: OpExpr): string {
    const [c, a, b] = e.args as [Expr, Expr, Expr];
    const test = this.cond(c);
    const yes = this.values.within(c, true, () => this.writer.captured(() => this.number(a)));
    const no = this.values.within(c, false, () => this.writer.captured(() => this.number(b)));
    if (yes.lines.length + no.lines.length === 0) return `(${test} ? ${yes.value} : ${no.value})`;
    const t = this.writer.fresh("t");
    this.writer.line(`let ${t};`);
    this.writer.line(`if (${test}) {`);
    for (const l of yes.lines) this.writer.line(`  ${l}`);
    this.writer.line(`  ${t} = ${yes.value};`);
    this.writer.line("} else {");
    for (const l of no.lines) this.writer.line(`  ${l}`);
    this.writer.line(`  ${t} = ${no.value};`);
    this.writer.line("}");
    return t;
  }

  private twice(e: Expr, f: (js: string) => string): string {
    return f(this.writer.temporary(this.number(e)));
  }

  private raw(e: Expr): string {
    switch (e.kind) {
      case "const":
        return literal(e.value);
      case "param":
        return this.paramJs(e.name);
      case "var":
        return varJs(e.name);
      case "iv":
        return ivJs(e.name);
      case "dim": {
        const a = this.values.input(`n ${e.array} ${e.axis}`);
        return a.lo === a.hi ? literal(a.lo) : a.poly.terms[0]!.syms[0]!.js!;
      }
      case "load":
        return this.load(e);
      case "cast":
        return this.cast(e);
      case "op":
        return e.op === "select" ? this.select(e) : this.operation(e);
    }
  }

  /** Under fpChecks "ops", a result that is not finite leaves where the operands were. */
  private finite(e: Expr, js: string, operands: readonly string[]): string {
    if (!testsFinite(e, this.region.fpChecks)) return js;
    const t = this.writer.temporary(js);
    this.leaveIf([`!(${t} - ${t} === 0)`, ...operands.map((x) => `${x} - ${x} === 0`)].join(" && "), "nonfinite");
    return t;
  }

  private load(e: LoadExpr): string {
    const register = this.registers.find((r) => r.array === e.array && r.key === accessKey(e.index));
    if (register) return register.js;
    const at = address(this, e.array, e.index, e.checks);
    const array = arrayJs(e.array);
    if (e.type !== "i64" && e.type !== "u64") return `${array}[${at}]`;
    const [low, high] = [this.writer.fresh("t"), this.writer.fresh("t")];
    const word = this.writer.temporary(`(${at} << 1)`);
    this.writer.line(`const ${low} = ${array}[${word}], ${high} = ${array}[${word} + 1];`);
    const t = this.writer.fresh("t");
    if (e.type === "i64") {
      this.writer.line(`let ${t} = ${low};`);
      this.writer.line(`if (${high} !== ${low} >> 31) {`);
      this.writer.line(`  ${t} = ${high} * 4294967296 + (${low} >>> 0);`);
    } else {
      this.writer.line(`let ${t} = ${low} >>> 0;`);
      this.writer.line(`if (${high} !== 0) {`);
      this.writer.line(`  ${t} += (${high} >>> 0) * 4294967296;`);
    }
    const beyond = this.writer.captured(() => this.leaveIf(`!(${t} >= -${SAFE} && ${t} <= ${SAFE})`, "overflow"));
    for (const l of beyond.lines) this.writer.line(`  ${l}`);
    this.writer.line("}");
    return t;
  }

  // ---- operations -------------------------------------------------------------------------------------------------------------------

  private operation(e: OpExpr): string {
    const t = e.args[0]!.type;
    if (t === "wide" || e.type === "wide" || e.op === "widen") return this.wide(e);
    if (isInt(t) || (isBool(t) && BITS.has(e.op))) return this.integer(e);
    const checked = testsFinite(e, this.region.fpChecks);
    const args = e.args.map((a) => (checked ? this.writer.temporary(this.number(a)) : this.number(a)));
    return this.finite(e, this.float(e, args), args);
  }

  private float(e: OpExpr, args: readonly string[]): string {
    const f32 = e.args[0]!.type === "f32";
    const round = (js: string): string => (f32 ? `Math.fround(${js})` : `(${js})`);
    const [a, b] = args as [string, string];
    switch (e.op) {
      case "add":
      case "sub":
      case "mul":
        return round(`${a} ${ARITHMETIC[e.op]} ${b}`);
      case "truediv":
        return round(`${a} / ${this.nonzero(e.args[1]!, b)}`);
      case "neg":
        return `(-${a})`;
      case "abs":
      case "fabs":
        return `Math.abs(${a})`;
      case "floor":
      case "ceil":
      case "trunc":
        return `Math.${e.op}(${a})`;
      case "rint":
        return `rint(${a})`;
      case "copysign":
        return `libm.copysign(${a}, ${b})`;
      case "min2":
      case "max2": {
        const [x, y] = [this.writer.temporary(a), this.writer.temporary(b)];
        return `(${y} ${e.op === "min2" ? "<" : ">"} ${x} ? ${y} : ${x})`;
      }
      case "minimum":
      case "maximum": {
        const [x, y] = [this.writer.temporary(a), this.writer.temporary(b)];
        return `(${x} ${e.op === "minimum" ? "<=" : ">="} ${y} || ${x} !== ${x} ? ${x} : ${y})`;
      }
      case "sqrt": {
        const x = this.writer.temporary(a);
        this.leaveIf(`${x} < 0`, "domain");
        return round(`Math.sqrt(${x})`);
      }
      case "mod":
      case "floordiv": {
        const d = this.nonzero(e.args[1]!, this.writer.temporary(b));
        const n = this.writer.temporary(a);
        const r = this.writer.temporary(`${e.op === "mod" ? "floatMod" : "floatFloorDiv"}(${n}, ${d}, "${e.type}")`);
        if (isNumpy(e.type)) this.leaveIf(`${r} !== ${r} && ${n} === ${n} && ${d} === ${d}`, "domain");
        return r;
      }
      case "pow": {
        const [x, y] = [this.writer.temporary(a), this.writer.temporary(b)];
        this.leaveIf(`${x} === 0 && ${y} < 0`, "zero");
        return this.helped(e, [x, y]);
      }
      default:
        return this.helped(e, args);
    }
  }

  /** Ops that are calls of the reference semantics, which say by NaN or by a flag that they cannot go on. */
  private helped(e: OpExpr, args: readonly string[]): string {
    const type = e.args[0]!.type;
    const names = args.map((a) => this.writer.temporary(a));
    const fn = LIBM.has(e.op) ? `libm.${e.op === "mpow" ? "pow" : e.op}` : undefined;
    const f32 = type === "f32";
    if (fn) {
      const r = this.writer.temporary(f32 ? `Math.fround(${fn}(${names.join(", ")}))` : `${fn}(${names.join(", ")})`);
      // not finite is rare: then see whether the operands excuse it
      this.leaveIf(
        `!(${r} - ${r} === 0) && (${r} !== ${r} ? ${names.map((n) => `${n} === ${n}`).join(" && ")} : ${names.map((n) => `${n} - ${n} === 0`).join(" && ")})`,
        "domain",
      );
      return r;
    }
    const r = this.writer.temporary(`scalar("${e.op}", "${type}", ${names[0]}, ${names[1] ?? 0})`);
    this.leaveIf(`${r} === undefined`, "domain");
    return r;
  }

  private nonzero(e: Expr, js: string): string {
    if (e.kind === "const" && e.value !== 0) return js;
    if (e.kind === "cast" && isInt(e.arg.type)) {
      const a = this.values.of(e.arg);
      if (a.lo > 0 || a.hi < 0) return js;
    }
    const t = this.writer.temporary(js);
    this.leaveIf(`${t} === 0`, "zero");
    return t;
  }

  private integer(e: OpExpr): string {
    const row = INTEGER[e.op];
    const known = e.args.map((a) => this.values.of(a));
    const js = e.args.map((a) => this.number(a));
    const [lo, hi] = this.values.unclipped(e.op, e.args);
    if (row === undefined) {
      const names = js.map((a) => this.writer.temporary(a));
      const r = this.writer.temporary(`scalar("${e.op}", "${e.args[0]!.type}", ${names[0]}, ${names[1] ?? 0})`);
      if (canExit(e.op, e.args[0]!.type)) this.leaveIf(`${r} === undefined`, "overflow");
      return r;
    }
    return row(this, e, js as [string, string], known as [Abs, Abs], lo, hi);
  }

  /** Holds an integer result to its type: int32 arithmetic where it fits, else a test. */
  held(e: OpExpr, exact: string, int32: string, lo: number, hi: number, operands: readonly Abs[], mayBeMinusZero = false): string {
    const { lo: least, hi: most } = TYPES[e.type as ScalarType];
    if (inI32(lo, hi) && operands.every(fits32) && lo >= least && hi <= most) return int32;
    const clean = mayBeMinusZero ? `(${exact} + 0)` : `(${exact})`;
    if (lo >= least && hi <= most) return clean;
    const t = this.writer.temporary(clean);
    const tests = [...(lo < least ? [`${t} < ${least}`] : []), ...(hi > most ? [`${t} > ${most}`] : [])];
    this.leaveIf(tests.join(" || "), "overflow");
    return t;
  }

  private wide(e: OpExpr): string {
    if (e.op === "wmod") return this.wideModulo(e);
    const args = e.args.map((a) => (a.type === "wide" ? this.wide(a as OpExpr) : this.number(a)));
    return e.op === "widen" ? `BigInt(${args[0]})` : `(${args[0]} ${WIDE[e.op as keyof typeof WIDE]} ${args[1]})`;
  }

  /**
   * Sums of products modulo an int. Most values are small: then doubles are exact, which is seen from the result itself being safe. A product with a
   * constant that is too large is split in two.
   */
  private wideModulo(e: OpExpr): string {
    const [sum, modulus] = e.args as [OpExpr, Expr];
    const m = this.writer.temporary(this.number(modulus));
    const known = this.values.of(modulus);
    if (!(known.lo > 0 || known.hi < 0)) this.leaveIf(`${m} === 0`, "zero");
    const leaves = new Map<Expr, string>();
    const asDouble = (x: Expr): string => {
      if (x.kind === "op" && x.op === "widen") {
        const a = x.args[0]!;
        if (a.kind === "const") return literal(a.value);
        const t = this.writer.temporary(this.number(a));
        leaves.set(x, t);
        return t;
      }
      const o = x as OpExpr;
      return `(${asDouble(o.args[0]!)} ${WIDE[o.op as keyof typeof WIDE]} ${asDouble(o.args[1]!)})`;
    };
    const asBig = (x: Expr): string => {
      const o = x as OpExpr;
      if (o.op === "widen") return o.args[0]!.kind === "const" ? `${BigInt(o.args[0]!.value)}n` : `BigInt(${leaves.get(x)})`;
      return `(${asBig(o.args[0]!)} ${WIDE[o.op as keyof typeof WIDE]} ${asBig(o.args[1]!)})`;
    };
    const d = this.writer.temporary(asDouble(sum));
    const parts = partsOf(sum);
    const safe = parts.map((p) => this.writer.temporary(asDouble(p)));
    const r = this.writer.fresh("t");
    const exactTest = [...new Set([d, ...safe])].map((x) => `${x} <= ${SAFE} && ${x} >= -${SAFE}`).join(" && ");
    this.writer.line(`let ${r};`);
    this.writer.line(`if (${exactTest}) {`);
    this.writer.line(`  ${r} = ${d} % ${m};`);
    this.writer.line(`  if (${r} !== 0 && (${r} < 0) !== (${m} < 0)) ${r} += ${m};`);
    this.writer.line(`  ${r} += 0;`);
    const split = splitProduct(sum);
    if (
      split &&
      known.lo > 0 &&
      known.hi <= 2 ** 32 &&
      this.values.of(split.factor).lo >= 0 &&
      this.values.of(split.factor).hi < 2 ** 32 &&
      split.constant < 2 ** 32 &&
      split.addend >= 0 &&
      split.addend < 2 ** 50
    ) {
      // a·k + c with a, k, m below 2^32: k in two halves of 16 bits keeps every step below 2^53
      const a = leaves.get(split.widened)!;
      const high = Math.floor(split.constant / 65536);
      const low = split.constant % 65536;
      this.writer.line("} else {");
      this.writer.line(`  ${r} = ((${a} * ${high} % ${m}) * 65536 + ${a} * ${low} % ${m} + ${split.addend % 2 ** 50} % ${m}) % ${m};`);
    } else {
      this.writer.line("} else {");
      this.writer.line(`  ${r} = bigmod(${asBig(sum)}, ${m});`);
    }
    this.writer.line("}");
    return r;
  }

  // ---- conversions ------------------------------------------------------------------------------------------------------------------

  private cast(e: CastExpr): string {
    const from = e.arg.type as ScalarType;
    const js = this.number(e.arg);
    if (isBool(from)) return js;
    if (isBool(e.type)) return `(${js} !== 0 ? 1 : 0)`;
    if (e.type === "f32" && testsFinite(e, this.region.fpChecks)) {
      const x = this.writer.temporary(js);
      return this.finite(e, `Math.fround(${x})`, [x]);
    }
    if (e.type === "f32") return `Math.fround(${js})`;
    if (isFloat(e.type)) return js;
    if (isFloat(from)) return this.truncated(js, e.type);
    return this.narrowed(e, js, from);
  }

  private truncated(js: string, to: ScalarType): string {
    const { lo, hi } = TYPES[to];
    const t = this.writer.temporary(js);
    const r = this.writer.temporary(inI32(lo, hi) ? `(${t} | 0)` : `(Math.trunc(${t}) + 0)`);
    if (inI32(lo, hi)) this.leaveIf(`!(${t} > ${lo - 1} && ${t} < ${hi + 1})`, "cast");
    else this.leaveIf(`!(${r} >= ${lo} && ${r} <= ${hi})`, "cast");
    return r;
  }

  private narrowed(e: CastExpr, js: string, from: ScalarType): string {
    const a = this.values.of(e.arg);
    const { lo, hi } = TYPES[e.type];
    if (a.lo >= lo && a.hi <= hi) return js;
    if (castCanExit(from, e.type)) {
      const t = this.writer.temporary(js);
      this.leaveIf(`${t} < ${lo} || ${t} > ${hi}`, from === "int" ? "cast" : "overflow");
      return t;
    }
    return wrapped(e.type, js) ?? js;
  }
}

/** An integer modulo the size of a type of at most 32 bits. */
function wrapped(t: ScalarType, js: string): string | undefined {
  switch (t) {
    case "i8":
      return `(${js} << 24 >> 24)`;
    case "i16":
      return `(${js} << 16 >> 16)`;
    case "i32":
      return `(${js} | 0)`;
    case "u8":
      return `(${js} & 255)`;
    case "u16":
      return `(${js} & 65535)`;
    case "u32":
      return `(${js} >>> 0)`;
    default:
      return undefined;
  }
}

/** Terms of a wide sum: each has to be exact for the sum in doubles to be. */
function partsOf(e: OpExpr): OpExpr[] {
  if (e.op === "widen") return [];
  const inner = e.args.flatMap((a) => partsOf(a as OpExpr));
  return [e, ...inner].filter((x) => x.op !== "widen");
}

interface SplitProduct {
  readonly factor: Expr;
  readonly widened: Expr;
  readonly constant: number;
  readonly addend: number;
}

/** a·k + c with constants k and c. */
function splitProduct(e: OpExpr): SplitProduct | undefined {
  const constant = (x: Expr): number | undefined =>
    x.kind === "op" && x.op === "widen" && x.args[0]!.kind === "const" ? x.args[0]!.value : undefined;
  if (e.op === "wadd") {
    const addend = constant(e.args[1]!);
    const inner = addend === undefined ? undefined : splitProduct(e.args[0] as OpExpr);
    return inner && addend! >= 0 ? { ...inner, addend: inner.addend + addend! } : undefined;
  }
  if (e.op !== "wmul") return undefined;
  const [a, b] = e.args as [OpExpr, OpExpr];
  const k = constant(b) ?? constant(a);
  const other = constant(b) === undefined ? b : a;
  return k !== undefined && k >= 0 && other.op === "widen" && other.args[0]!.kind !== "const"
    ? { factor: other.args[0]!, widened: other, constant: k, addend: 0 }
    : undefined;
}

export const arrayJs = (name: string): string => `A_${name.replaceAll(".", "$")}`;

function literal(x: number): string {
  if (Object.is(x, -0)) return "-0";
  return x < 0 ? `(${x})` : String(x);
}

const COMPARISON = { eq: "===", ne: "!==", lt: "<", le: "<=", gt: ">", ge: ">=" } as const;
const ARITHMETIC = { add: "+", sub: "-", mul: "*" } as const;
const WIDE = { wadd: "+", wsub: "-", wmul: "*" } as const;
const BITS: ReadonlySet<OpName> = new Set(["and", "or", "xor", "invert", "min2", "max2", "minimum", "maximum"]);
const LIBM: ReadonlySet<OpName> = new Set([...LIBM_UNARY.filter((n) => n !== "sqrt"), "atan2", "hypot", "pow", "mpow"]);

type IntegerRow = (x: Expressions, e: OpExpr, js: [string, string], known: [Abs, Abs], lo: number, hi: number) => string;

const plusMinus =
  (symbol: "+" | "-"): IntegerRow =>
  (x, e, [a, b], known, lo, hi) =>
    x.held(e, `${a} ${symbol} ${b}`, `(${a} ${symbol} ${b} | 0)`, lo, hi, known);

const product: IntegerRow = (x, e, [a, b], known, lo, hi) => {
  const [p, q] = known;
  const minusZero = (p.lo <= 0 && p.hi >= 0 && q.lo < 0) || (q.lo <= 0 && q.hi >= 0 && p.lo < 0);
  return x.held(e, `${a} * ${b}`, `Math.imul(${a}, ${b})`, lo, hi, known, minusZero);
};

/** Wrapping arithmetic of at most 32 bits; wider results leave unless they fit. */
const wrapping =
  (symbol: "+" | "-" | "*"): IntegerRow =>
  (x, e, [a, b], known, lo, hi) => {
    const { bytes } = TYPES[e.type as ScalarType];
    const int32 = symbol === "*" ? `Math.imul(${a}, ${b})` : `(${a} ${symbol} ${b} | 0)`;
    if (bytes > 4) return x.held(e, `${a} ${symbol} ${b}`, int32, lo, hi, known, symbol === "*");
    return wrapped(e.type as ScalarType, int32)!;
  };

const remainder: IntegerRow = (x, e, [a, b], [p, q]) => {
  const m = x.writer.temporary(b);
  if (q.lo <= 0 && q.hi >= 0) x.leaveIf(`${m} === 0`, "zero");
  const small = fits32(p) && fits32(q);
  const power = q.lo === q.hi && q.lo > 0 && Number.isInteger(Math.log2(q.lo));
  if (power && fits32(p)) return `(${a} & ${q.lo - 1})`;
  if (p.lo >= 0 && q.lo > 0) return small ? `(${a} % ${m} | 0)` : `(${a} % ${m})`;
  const r = x.writer.fresh("t");
  x.writer.line(`let ${r} = ${small ? `${a} % ${m} | 0` : `${a} % ${m} + 0`};`);
  const fix = q.lo > 0 ? `${r} < 0` : `${r} !== 0 && (${r} < 0) !== (${m} < 0)`;
  x.writer.line(`if (${fix}) ${r} = ${small ? `${r} + ${m} | 0` : `${r} + ${m}`};`);
  return r;
};

const quotient: IntegerRow = (x, e, [a, b], [p, q]) => {
  const d = x.writer.temporary(b);
  if (q.lo <= 0 && q.hi >= 0) x.leaveIf(`${d} === 0`, "zero");
  const small = fits32(p) && fits32(q) && !(p.lo === -I32 && q.lo <= -1 && q.hi >= -1);
  const { hi: most } = TYPES[e.type as ScalarType];
  if (small && p.lo >= 0 && q.lo > 0) {
    if (q.lo === q.hi && Number.isInteger(Math.log2(q.lo))) return `(${a} >> ${Math.log2(q.lo)})`;
    return `(${a} / ${d} | 0)`;
  }
  if (small && q.lo === q.hi && q.lo > 0 && Number.isInteger(Math.log2(q.lo))) return `(${a} >> ${Math.log2(q.lo)})`;
  // through the remainder: the quotient of what is divisible is exact
  const n = x.writer.temporary(a);
  const r = x.writer.temporary(`${n} % ${d}`);
  const t = x.writer.temporary(`((${n} - ${r}) / ${d} - (${r} !== 0 && (${r} < 0) !== (${d} < 0) ? 1 : 0) + 0)`);
  if (!small && !(q.lo > 0)) x.leaveIf(`${t} > ${most}`, "overflow");
  return small ? `(${t} | 0)` : t;
};

const choice =
  (symbol: "<" | ">"): IntegerRow =>
  (x, _e, [a, b]) => {
    const [p, q] = [x.writer.temporary(a), x.writer.temporary(b)];
    return `(${q} ${symbol} ${p} ? ${q} : ${p})`;
  };

const bitwise =
  (symbol: "&" | "|" | "^"): IntegerRow | undefined =>
  (x, e, [a, b], known) => {
    if (known.every(fits32)) return e.type === "u32" ? `(${a} ${symbol} ${b} >>> 0)` : `(${a} ${symbol} ${b})`;
    if (e.type === "u32") return `((${a} ${symbol} ${b}) >>> 0)`;
    if (symbol === "&") {
      // one side below 2^32 and not negative takes the low words only
      const low = known.some((k) => k.lo >= 0 && k.hi < I32);
      if (low) return `(${a} & ${b})`;
    }
    const names = [x.writer.temporary(a), x.writer.temporary(b)];
    const r = x.writer.temporary(`scalar("${e.op}", "${e.type}", ${names.join(", ")})`);
    x.leaveIf(`${r} === undefined`, "overflow");
    return r;
  };

const shiftLeft: IntegerRow = (x, e, [a, n], [p, q], lo, hi) => {
  if (
    q.lo >= 0 &&
    q.hi < 31 &&
    inI32(lo, hi) &&
    fits32(p) &&
    TYPES[e.type as ScalarType].bytes >= 4 &&
    lo >= TYPES[e.type as ScalarType].lo
  )
    return `(${a} << ${n})`;
  const names = [x.writer.temporary(a), x.writer.temporary(n)];
  const r = x.writer.temporary(`scalar("shl", "${e.type}", ${names.join(", ")})`);
  x.leaveIf(`${r} === undefined`, "overflow");
  return r;
};

const shiftRight: IntegerRow = (x, e, [a, n], [p, q]) => {
  if (fits32(p) && q.lo >= 0 && q.hi < 32) return `(${a} >> ${n})`;
  const names = [x.writer.temporary(a), x.writer.temporary(n)];
  if (!(q.lo >= 0)) x.leaveIf(`${names[1]} < 0`, "domain");
  return p.hi <= SAFE && p.lo >= -SAFE
    ? `Math.floor(${names[0]} / 2 ** Math.min(${names[1]}, 64))`
    : `scalar("shr", "${e.type}", ${names.join(", ")})`;
};

const negation: IntegerRow = (x, e, [a], [p], lo, hi) => x.held(e, `-${a}`, `(-${a} | 0)`, lo, hi, [p], true);

/** Small constant exponents are products; an intermediate product is never larger than the result. */
const power: IntegerRow = (x, e, [a, b], [p, q], lo, hi) => {
  if (q.lo === q.hi && q.lo >= 1 && q.lo <= 4) {
    const t = x.writer.temporary(a);
    return x.held(
      e,
      new Array(q.lo).fill(t).join(" * "),
      q.lo === 1 ? t : q.lo === 2 ? `Math.imul(${t}, ${t})` : `(${new Array(q.lo).fill(t).join(" * ")} | 0)`,
      lo,
      hi,
      [p],
      true,
    );
  }
  const names = [x.writer.temporary(a), x.writer.temporary(b)];
  const r = x.writer.temporary(`scalar("pow", "${e.type}", ${names.join(", ")})`);
  x.leaveIf(`${r} === undefined`, "overflow");
  return r;
};

const INTEGER: Partial<Record<OpName, IntegerRow>> = {
  add: plusMinus("+"),
  sub: plusMinus("-"),
  mul: product,
  addw: wrapping("+"),
  subw: wrapping("-"),
  mulw: wrapping("*"),
  mod: remainder,
  floordiv: quotient,
  min2: choice("<"),
  max2: choice(">"),
  minimum: choice("<"),
  maximum: choice(">"),
  and: bitwise("&")!,
  or: bitwise("|")!,
  xor: bitwise("^")!,
  shl: shiftLeft,
  shr: shiftRight,
  neg: negation,
  pow: power,
  invert: (x, e, [a], [p]) =>
    fits32(p) && e.type !== "u32"
      ? `(~${a})`
      : e.type === "u32"
        ? `(~${a} >>> 0)`
        : x.held(e, `-1 - ${a}`, `(~${a})`, -1 - p.hi, -1 - p.lo, [p]),
  abs: (x, e, [a], [p], lo, hi) => (p.lo >= 0 ? a : x.held(e, `Math.abs(${a})`, `(Math.abs(${a}) | 0)`, lo, hi, [p])),
};

export const isNumpyFloat = (e: Expr): boolean => isFloat(e.type) && isNumpy(e.type);
