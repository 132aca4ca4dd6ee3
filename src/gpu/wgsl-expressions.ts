/**
 * Expressions of the IR as WGSL text. Checks and lazily evaluated arms are put as statements before; the text that comes back has no side effects.
 *
 * What does not change during a launch is computed by the host (Scope.invariant), Python's floats included: `f32(x * 2.0)` of a parameter costs nothing.
 * Python floats that vary are only taken where f32 gives the same: see `narrowed`.
 */
import { apply, cast, num } from "../jit/ir/build.ts";
import { exprCanExit, testsFinite } from "../jit/ir/effects.ts";
import type { Check, Expr, LoadExpr, OpExpr } from "../jit/ir/nest.ts";
import { isBool, isFloat, isInt, type OpName } from "../jit/ir/ops.ts";
import { someExpr } from "../jit/ir/visit.ts";
import { CHECKS } from "./probe.ts";
import { type Code, strip } from "./wgsl-code.ts";
import { checkRange, ROWS, wrapped } from "./wgsl-ops.ts";
import { type Range, range, within } from "./wgsl-ranges.ts";
import { NotPlaced, type Scope } from "./wgsl-scope.ts";
import { HELD, type HeldType, heldRange, I32, isHeld, literal, WRAP_BITS } from "./wgsl-types.ts";

const isDouble = (e: Expr): boolean => e.type === "float" || e.type === "f64";
const WIDE_TO_INT: Partial<Record<OpName, OpName>> = { wadd: "add", wsub: "sub", wmul: "mul" };

export class Expressions {
  readonly scope: Scope;
  private readonly code: Code;
  /** Memory of an array: name of the buffer. */
  private readonly buffer: (array: string) => string;

  constructor(scope: Scope, code: Code, buffer: (array: string) => string) {
    this.scope = scope;
    this.code = code;
    this.buffer = buffer;
  }

  /** The value's text. */
  expr(e: Expr): string {
    if (this.hoists(e)) return this.scope.invariant(e);
    if (!isHeld(e.type)) throw new NotPlaced(isDouble(e) ? "float arithmetic in double precision" : `${e.type} arithmetic`);
    switch (e.kind) {
      case "const":
        return this.constant(e.type, e.value);
      case "param":
        return this.scope.invariant(e);
      case "var":
        return this.scope.shape.privates.has(e.name) ? this.scope.ident("v", e.name) : this.scope.invariant(e);
      case "iv":
        return this.scope.ident("i", e.name);
      case "dim":
        return this.scope.length(e.array, e.axis);
      case "load":
        return this.load(e);
      case "cast":
        return this.finite(e, this.conversion(e.type as HeldType, e.arg), [e.arg]);
      case "op":
        return this.operation(e);
    }
  }

  /** Subexpressions that the host computes: those that cannot leave, and all with doubles in them. */
  private hoists(e: Expr): boolean {
    if (!isHeld(e.type) || (e.kind !== "op" && e.kind !== "cast") || !this.scope.isInvariant(e)) return false;
    return someExpr(e, (x) => isDouble(x)) || !exprCanExit(e, this.scope.region.fpChecks);
  }

  private constant(t: HeldType, value: number): string {
    const { wgsl } = HELD[t];
    if (wgsl === "f32") return this.scope.invariant(num("f32", value));
    const limits = heldRange(t);
    if (value < limits.lo || value > limits.hi) throw new NotPlaced(`${value} does not fit 32 bits`);
    return literal(wgsl, value);
  }

  // ---- memory -------------------------------------------------------------------------------------------------------------------------

  /** An element's word as it is: copies of floats keep every bit. */
  word(e: LoadExpr): string {
    if (!isHeld(e.type)) throw new NotPlaced(`${e.array} holds ${e.type}`);
    return `${this.buffer(e.array)}[${this.address(e.array, e.index, e.checks)}]`;
  }

  private load(e: LoadExpr): string {
    const word = this.word(e);
    if (!isHeld(e.type)) return word;
    switch (HELD[e.type].wgsl) {
      case "bool":
        return `(${word} != 0u)`;
      case "u32":
        return word;
      case "i32":
        return `bitcast<i32>(${word})`;
      case "f32":
        return `bitcast<f32>(${word})`;
    }
  }

  /** Index of an element's word, as u32. */
  address(array: string, index: readonly Expr[], checks: readonly Check[] | undefined): string {
    const terms = index.map((e, k) => `${this.subscript(array, e, k, checks?.[k] ?? "full")} * ${this.scope.stride(array, k)}`);
    return `u32(${[this.scope.offset(array), ...terms].join(" + ")})`;
  }

  private subscript(array: string, e: Expr, axis: number, check: Check): string {
    const text = this.expr(e);
    const n = this.scope.length(array, axis);
    if (check === "in") return text;
    if (check === "wrap") return `(${text} + ${n})`;
    const i = this.code.bind(text);
    const r = this.scope.range(e);
    if (r.lo >= 0) {
      this.code.leaveIf(`${i} >= ${n}`, "index");
      return i;
    }
    this.code.leaveIf(`${i} < -${n} || ${i} >= ${n}`, "index");
    return `select(${i}, ${i} + ${n}, ${i} < 0i)`;
  }

  // ---- operations ---------------------------------------------------------------------------------------------------------------------

  private operation(e: OpExpr): string {
    switch (e.op) {
      case "select":
        return this.select(e);
      case "land":
      case "lor":
        return this.shortCircuit(e, e.op);
      case "wmod":
        return this.wideModulo(e);
      default: {
        const narrow = this.narrowedComparison(e);
        if (narrow) return this.expr(narrow);
        for (const a of e.args)
          if (!isHeld(a.type)) throw new NotPlaced(isDouble(a) ? "float arithmetic in double precision" : `${a.type} arithmetic`);
        const row = ROWS[e.op];
        if (typeof row === "string") throw new NotPlaced(`${row} (${e.op})`);
        const [a, b] = e.args.map((x) => (e.args.every((y) => y.kind === "const") ? this.code.opaque(this.expr(x)) : this.expr(x)));
        return this.finite(e, row({ code: this.code, scope: this.scope, e }, a!, b ?? ""), e.args);
      }
    }
  }

  /** Under fpChecks "ops": leaves where finite operands made an infinity or NaN. */
  private finite(e: Expr, text: string, args: readonly Expr[]): string {
    if (!testsFinite(e, this.scope.region.fpChecks)) return text;
    const r = this.code.bind(text);
    const test = this.scope.use("is_finite");
    // Operands that are not finite are rare: testing the result alone would give up too early only then.
    const operands = args.filter((a) => a.type === "f32" && a.kind === "var").map((a) => ` && ${test}(${this.expr(a)})`);
    this.code.leaveIf(`!${test}(${r})${operands.join("")}`, "nonfinite");
    return r;
  }

  private select(e: OpExpr): string {
    const cond = this.expr(e.args[0]!);
    const [a, b] = [e.args[1]!, e.args[2]!].map((x) => this.code.aside(() => this.expr(x))) as unknown as readonly [Arm, Arm];
    const cheap = a.lines.length === 0 && b.lines.length === 0 && !e.args.slice(1).some((x) => someExpr(x, (y) => y.kind === "load"));
    if (cheap) return `select(${strip(b.text)}, ${strip(a.text)}, ${strip(cond)})`;
    const t = this.scope.fresh("t");
    this.code.put(`var ${t}: ${HELD[e.type as HeldType].wgsl};`);
    this.arms(cond, t, a, b);
    return t;
  }

  private shortCircuit(e: OpExpr, op: "land" | "lor"): string {
    const left = this.expr(e.args[0]!);
    const right = this.code.aside(() => this.expr(e.args[1]!));
    if (right.lines.length === 0) return `(${left} ${op === "land" ? "&&" : "||"} ${right.text})`;
    const t = this.scope.fresh("t");
    this.code.put(`var ${t} = ${strip(left)};`);
    this.code.put(`if (${op === "land" ? t : `!${t}`}) {`);
    this.code.append(right.lines);
    this.code.put(`  ${t} = ${strip(right.text)};`);
    this.code.put("}");
    return t;
  }

  private arms(cond: string, t: string, a: Arm, b: Arm): void {
    this.code.put(`if (${strip(cond)}) {`);
    this.code.append(a.lines);
    this.code.put(`  ${t} = ${strip(a.text)};`);
    this.code.put("} else {");
    this.code.append(b.lines);
    this.code.put(`  ${t} = ${strip(b.text)};`);
    this.code.put("}");
  }

  // ---- unbounded integers under a modulo ------------------------------------------------------------------------------------------------

  /** Sums of products modulo m: in plain ints where they fit, with wrapping words where m is a power of two, else reduced at every step. */
  private wideModulo(e: OpExpr): string {
    const [wide, m] = e.args as [Expr, Expr];
    const power = m.kind === "const" && m.value > 0 && m.value <= 2 ** 32 && Number.isInteger(Math.log2(m.value)) ? m.value : 0;
    if (power < 2 ** 31 && this.fits(wide)) return this.operation(apply("mod", asInt(wide), m));
    if (power > 0) return this.lowBits(wide, power);
    const r = this.scope.range(m);
    const t = this.code.bind(this.expr(m));
    if (r.lo <= 0) this.code.leaveIf(`${t} <= 0i`, "zero");
    return `bitcast<i32>(${strip(this.reduced(wide, this.code.bind(`bitcast<u32>(${t})`), t))})`;
  }

  private fits(e: Expr): boolean {
    if (e.kind !== "op" || e.op === "widen") return within(this.scope.range(e), I32);
    const exact = this.scope.exactRange(e);
    return exact !== undefined && within(exact, I32) && e.args.every((a) => this.fits(a));
  }

  private lowBits(e: Expr, m: number): string {
    const words = this.words(e);
    const low = m === 2 ** 32 ? words : `(${words} & ${m - 1}u)`;
    if (m <= 2 ** 31) return `bitcast<i32>${low}`;
    const r = this.code.bind(low);
    this.code.leaveIf(`${r} > 0x7fffffffu`, "bits");
    return `bitcast<i32>(${r})`;
  }

  private words(e: Expr): string {
    const { op, args } = e as OpExpr;
    if (op === "widen") return this.widened(args[0]!);
    const [a, b] = args.map((x) => this.words(x));
    return `(${a} ${op === "wmul" ? "*" : op === "wsub" ? "-" : "+"} ${b})`;
  }

  /** The low 32 bits of an int; a large constant has them too. */
  private widened(e: Expr): string {
    if (e.kind === "const") return `${Number(BigInt.asUintN(32, BigInt(e.value)))}u`;
    return `bitcast<u32>(${strip(this.expr(e))})`;
  }

  private reduced(e: Expr, m: string, signed: string): string {
    const { op, args } = e as OpExpr;
    if (op === "widen") {
      const r = this.scope.range(args[0]!);
      const x = strip(this.expr(args[0]!));
      return r.lo >= 0 ? `(bitcast<u32>(${x}) % ${m})` : `bitcast<u32>(${this.scope.use("floor_mod")}(${x}, ${signed}))`;
    }
    const [a, b] = args.map((x) => strip(this.reduced(x, m, signed)));
    const f = op === "wmul" ? "mul_mod" : op === "wsub" ? "sub_mod" : "add_mod";
    return `${this.scope.use(f)}(${a}, ${b}, ${m})`;
  }

  // ---- conversions ----------------------------------------------------------------------------------------------------------------------

  private conversion(to: HeldType, arg: Expr): string {
    const narrow = isDouble(arg) ? (this.narrowed(arg) ?? (to === "f32" ? this.roundedOnce(arg) : undefined)) : undefined;
    const from = narrow ?? arg;
    if (!isHeld(from.type)) throw new NotPlaced("float arithmetic in double precision");
    const text = this.expr(from);
    if (from.type === to) return text;
    return this.convert(from.type, to, this.code.opaque(text), from);
  }

  private convert(from: HeldType, to: HeldType, text: string, e: Expr): string {
    const target = HELD[to].wgsl;
    if (isBool(from)) return target === "f32" ? `f32(${strip(text)})` : isBool(to) ? text : `${target}(${strip(text)})`;
    if (isBool(to))
      return isFloat(from) ? `(!${this.scope.use("is_zero")}(${strip(text)}))` : `(${text} != ${HELD[from].wgsl === "u32" ? "0u" : "0i"})`;
    if (isFloat(from)) return this.truncated(text, to);
    if (isFloat(to)) return this.toFloat(from, text);
    return this.toInteger(from, to, text, e);
  }

  private toFloat(from: HeldType, text: string): string {
    this.demand("f32FromI32");
    if (HELD[from].wgsl === "u32") return `${this.scope.use("f_of_u32")}(${strip(text)})`;
    return `f32(${strip(text)})`;
  }

  private demand(check: keyof typeof CHECKS): void {
    const why = this.scope.traits.inexact(check);
    if (why !== undefined) throw new NotPlaced(`the device's ${CHECKS[check].doc} is not exact (${why})`);
  }

  /** int(x) of a float: towards zero, and an exit where the type cannot hold it. */
  private truncated(text: string, to: HeldType): string {
    this.demand("i32FromF32");
    const x = this.code.bind(text);
    const held = heldRange(to);
    this.code.leaveIf(`!${this.scope.use(HELD[to].wgsl === "u32" ? "fits_u32" : "fits_i32")}(${x})`, "cast");
    // 2^31 is taken off and put back, because only signed conversions were measured.
    if (HELD[to].wgsl === "u32")
      return `select(bitcast<u32>(i32(${x})), bitcast<u32>(i32(${x} - 2147483648.0f)) ^ 0x80000000u, bitcast<u32>(${x}) >= 0x4f000000u)`;
    const r = this.code.bind(`i32(${x})`);
    checkRange(this.code, r, I32, held, "cast");
    return r;
  }

  private toInteger(from: HeldType, to: HeldType, text: string, e: Expr): string {
    const source: Range = this.scope.range(e);
    const held = heldRange(to);
    const mayWrap = from !== "int" && to !== "int" && to in WRAP_BITS;
    const [a, b] = [HELD[from].wgsl, HELD[to].wgsl];
    if (a === "u32") {
      // From here on as signed; only what wraps may lose its sign.
      if (b === "u32") return text;
      if (!mayWrap && source.hi > 2147483647) {
        const x = this.code.bind(text);
        this.code.leaveIf(`${x} > 0x7fffffffu`, "bits");
        return `bitcast<i32>(${x})`;
      }
      return within(source, held) ? `bitcast<i32>(${strip(text)})` : wrapped(to, `bitcast<i32>(${strip(text)})`);
    }
    if (b === "u32") {
      const x = this.code.bind(text);
      if (!mayWrap && source.lo < 0) this.code.leaveIf(`${x} < 0i`, "cast");
      return `bitcast<u32>(${x})`;
    }
    if (within(source, held)) return text;
    if (mayWrap) return wrapped(to, text);
    const x = this.code.bind(text);
    checkRange(this.code, x, source, held, "cast");
    return x;
  }

  // ---- doubles that f32 can stand for ---------------------------------------------------------------------------------------------------

  /** An f32 expression with exactly the value of a double one, where there is one. */
  private narrowed(e: Expr): Expr | undefined {
    if (e.type === "f32") return e;
    if (e.kind === "const") return Math.fround(e.value) === e.value ? num("f32", e.value) : undefined;
    if (e.kind === "cast") {
      if (isDouble(e.arg) || e.arg.type === "f32") return this.narrowed(e.arg);
      const exact = isBool(e.arg.type) || (isInt(e.arg.type) && within(this.scope.range(e.arg), range(-(2 ** 24), 2 ** 24)));
      return exact ? cast("f32", e.arg) : undefined;
    }
    if (e.kind !== "op" || !KEEPS_VALUES.has(e.op)) return undefined;
    const args = e.args.map((a) => (isDouble(a) ? this.narrowed(a) : a));
    return args.every((a) => a !== undefined) ? apply(e.op, ...(args as Expr[])) : undefined;
  }

  /**
   * f32 of one double operation on values that are f32: rounding to 53 bits and then to 24 gives what rounding once does for +, -, *, / and the square
   * root (Figueroa, "When is double rounding innocuous?", 1995).
   */
  private roundedOnce(e: Expr): Expr | undefined {
    if (e.kind !== "op" || !ROUNDS_ONCE.has(e.op)) return undefined;
    const args = e.args.map((a) => this.narrowed(a));
    return args.every((a) => a !== undefined) ? apply(e.op, ...(args as Expr[])) : undefined;
  }

  private narrowedComparison(e: OpExpr): Expr | undefined {
    if (!COMPARES.has(e.op) || !e.args.every((a) => isDouble(a))) return undefined;
    const args = e.args.map((a) => this.narrowed(a));
    return args.every((a) => a !== undefined) ? apply(e.op, ...(args as Expr[])) : undefined;
  }
}

interface Arm {
  readonly text: string;
  readonly lines: readonly string[];
}

const KEEPS_VALUES: ReadonlySet<OpName> = new Set<OpName>([
  "neg",
  "abs",
  "fabs",
  "select",
  "min2",
  "max2",
  "minimum",
  "maximum",
  "floor",
  "ceil",
  "trunc",
  "rint",
  "copysign",
]);
const ROUNDS_ONCE: ReadonlySet<OpName> = new Set<OpName>(["add", "sub", "mul", "truediv", "sqrt"]);
const COMPARES: ReadonlySet<OpName> = new Set<OpName>(["eq", "ne", "lt", "le", "gt", "ge", "isnan", "isinf", "isfinite", "signbit"]);

/** A wide expression whose values fit as one of ints. */
function asInt(e: Expr): Expr {
  const { op, args } = e as OpExpr;
  return op === "widen" ? args[0]! : apply(WIDE_TO_INT[op]!, ...args.map(asInt));
}
