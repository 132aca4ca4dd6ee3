/**
 * A region as the source text of a gpu.js kernel, or the reason why not.
 *
 * gpu.js computes one number a thread and has no way to say that something went wrong, so only nests that cannot go wrong are taken: one float32 element a thread,
 * stored at the grid's ivs; loads at subscripts that provably lie in their arrays; +, -, *, choice and comparison of float32. Every operation is rounded with
 * Math.fround: in gpu.js's "cpu" mode, which computes in doubles, that is the definition of float32 arithmetic (Figueroa 1995).
 * A value that became infinite or NaN on the way stays so through +, -, * and is seen in the result, which is how fpChecks are kept: choice is refused then, and
 * values that do not reach the result (`everythingReaches`).
 */
import { exprCanExit } from "../jit/ir/effects.ts";
import type { Expr, LoadExpr, OpExpr, Region, Stmt, StoreStmt } from "../jit/ir/nest.ts";
import { isBool, isInt, type OpName } from "../jit/ir/ops.ts";
import { someExpr, walkExpr, walkStmts } from "../jit/ir/visit.ts";
import type { Shape } from "./nest-shape.ts";
import { RANGE_OF, type Range, range } from "./wgsl-ranges.ts";
import { NotPlaced } from "./wgsl-scope.ts";

/** What the text's arguments are, in order, behind the arrays. */
export type Argument =
  | { readonly of: "lo" | "step"; readonly dim: number }
  | { readonly of: "offset"; readonly array: string }
  | { readonly of: "stride"; readonly array: string; readonly axis: number }
  | { readonly of: "expr"; readonly expr: Expr };

export interface GpuJsText {
  readonly source: string;
  readonly arrays: readonly string[];
  readonly args: readonly Argument[];
  readonly store: StoreStmt;
}

/** Exact values of this run. */
export interface Exact {
  expr(e: Expr): number | undefined;
  length(array: string, axis: number): number;
  /** Values of a grid loop's iv. */
  grid(dim: number): Range;
}

type Emit = (a: string, b: string, c: string) => string;
const rounded =
  (symbol: string): Emit =>
  (a, b) =>
    `Math.fround(${a} ${symbol} ${b})`;
const relation =
  (symbol: string): Emit =>
  (a, b) =>
    `(${a} ${symbol} ${b})`;

const FLOAT: Partial<Record<OpName, Emit>> = {
  add: rounded("+"),
  sub: rounded("-"),
  mul: rounded("*"),
  neg: (a) => `(-${a})`,
  abs: (a) => `Math.abs(${a})`,
};
const INT: Partial<Record<OpName, Emit>> = { add: relation("+"), sub: relation("-"), mul: relation("*") };
const CHOICE: Partial<Record<OpName, Emit>> = {
  min2: (a, b) => `((${b} < ${a}) ? ${b} : ${a})`,
  max2: (a, b) => `((${b} > ${a}) ? ${b} : ${a})`,
  select: (c, a, b) => `(${c} ? ${a} : ${b})`,
};
const TRUTH: Partial<Record<OpName, Emit>> = {
  lt: relation("<"),
  le: relation("<="),
  gt: relation(">"),
  ge: relation(">="),
  eq: relation("==="),
  ne: relation("!=="),
  land: relation("&&"),
  lor: relation("||"),
  not: (a) => `(!${a})`,
};

/** Subscripts stay exact in float32 on devices whose ints are floats. */
const MOST_ELEMENTS = 2 ** 24;

export class GpuJsEmitter {
  private readonly region: Region;
  private readonly shape: Shape;
  private readonly exact: Exact;
  private readonly arrays: string[] = [];
  private readonly args: Argument[] = [];
  private readonly keys = new Map<string, string>();
  private readonly ranges = new Map<string, Range>();
  private readonly lines: string[] = [];

  constructor(region: Region, shape: Shape, exact: Exact) {
    this.region = region;
    this.shape = shape;
    this.exact = exact;
  }

  run(): GpuJsText {
    const store = this.theStore();
    const dims = this.shape.grid.length;
    this.shape.grid.forEach((g, dim) => {
      const axis = ["x", "y", "z"][dims - 1 - dim];
      this.ranges.set(g.iv, this.exact.grid(dim));
      this.lines.push(`let ${this.name(g.iv)} = ${this.arg({ of: "lo", dim })} + this.thread.${axis} * ${this.arg({ of: "step", dim })};`);
    });
    for (const v of this.region.vars) if (this.shape.privates.has(v.name)) this.lines.push(`let ${this.name(v.name)} = 0;`);
    this.setOnce();
    if (this.region.fpChecks !== "none") this.everythingReaches(store);
    this.list(this.shape.body.slice(0, -1));
    this.lines.push(`return ${this.expr(store.value)};`);
    const params = [...this.arrays.map((_a, k) => `a${k}`), ...this.args.map((_a, k) => `p${k}`)];
    return { source: `function (${params.join(", ")}) {\n  ${this.lines.join("\n  ")}\n}`, arrays: this.arrays, args: this.args, store };
  }

  private theStore(): StoreStmt {
    let stores = 0;
    walkStmts(this.shape.body, (s) => {
      if (s.kind === "store") stores++;
      if (s.kind !== "store" && s.kind !== "set" && s.kind !== "for" && s.kind !== "if") throw new NotPlaced(`a ${s.kind} in the nest`);
    });
    const last = this.shape.body.at(-1);
    if (last?.kind !== "store" || stores !== 1) throw new NotPlaced("the nest does not end with its only store");
    if (last.value.type !== "f32") throw new NotPlaced(`${last.array} holds ${last.value.type}`);
    const ivs = this.shape.grid.map((g) => g.iv);
    const exactly = last.index.length === ivs.length && last.index.every((e, k) => this.isIv(e, ivs[k]!));
    if (!exactly) throw new NotPlaced(`${last.array} is not stored at the loops' own indices`);
    last.index.forEach((e, k) => this.inside(last.array, e, k, this.exact.grid(k)));
    return last;
  }

  /** The iv itself, or the variable that is set to it first. */
  private isIv(e: Expr, iv: string): boolean {
    if (e.kind === "iv") return e.name === iv;
    if (e.kind !== "var") return false;
    const sets = this.shape.body.filter((s) => s.kind === "set" && s.name === e.name);
    const [only] = sets;
    return sets.length === 1 && only?.kind === "set" && only.value.kind === "iv" && only.value.name === iv && !this.assignedDeeper(e.name);
  }

  private assignedDeeper(name: string): boolean {
    let found = false;
    walkStmts(this.shape.body, (s, around) => {
      found ||= s.kind === "set" && s.name === name && around.length > 0;
    });
    return found;
  }

  private list(body: readonly Stmt[]): void {
    for (const s of body) this.statement(s);
  }

  private statement(s: Stmt): void {
    switch (s.kind) {
      case "set":
        if (s.value.type !== "f32" && s.value.type !== "int") throw new NotPlaced(`${s.name} is a ${s.value.type}`);
        if (s.value.type === "int") this.ranges.set(s.name, this.range(s.value));
        this.lines.push(`${this.name(s.name)} = ${this.expr(s.value)};`);
        return;
      case "if":
        if (this.region.fpChecks !== "none") throw new NotPlaced("a choice between values that have to be tested");
        this.lines.push(`if (${this.expr(s.cond)}) {`);
        this.list(s.body);
        this.lines.push("} else {");
        this.list(s.orelse);
        this.lines.push("}");
        return;
      case "for": {
        const step = s.step.kind === "const" ? s.step.value : 0;
        if (step <= 0) throw new NotPlaced("a loop that does not count up");
        const [lo, hi] = [this.range(s.lo), this.range(s.hi)];
        this.ranges.set(s.iv, range(lo.lo, Math.max(lo.lo, hi.hi - 1)));
        const i = this.name(s.iv);
        this.lines.push(`for (let ${i} = ${this.expr(s.lo)}; ${i} < ${this.expr(s.hi)}; ${i} += ${step}) {`);
        this.list(s.body);
        this.lines.push("}");
        return;
      }
      default:
        throw new NotPlaced(`a ${s.kind} in the nest`);
    }
  }

  /** Ints have ranges only where one `set` gives them their value; reading one before that has none. */
  private setOnce(): void {
    const seen = new Set<string>();
    walkStmts(this.shape.body, (s) => {
      if (s.kind !== "set" || s.value.type !== "int") return;
      if (seen.has(s.name)) throw new NotPlaced(`${s.name} is set in several places`);
      seen.add(s.name);
    });
  }

  /**
   * Under fpChecks every float that is assigned must show in the stored one: variables start outside loops, are then only updated with their own
   * value, and the result depends on them.
   */
  private everythingReaches(store: StoreStmt): void {
    const inputs = new Map<string, Set<string>>();
    walkStmts(this.shape.body, (s, around) => {
      if (s.kind !== "set" || s.value.type !== "f32") return;
      const reads = variables(s.value);
      if (inputs.has(s.name) ? !reads.has(s.name) : around.length > 0)
        throw new NotPlaced(`${s.name} is assigned anew, so that its value cannot be tested`);
      inputs.set(s.name, new Set([...(inputs.get(s.name) ?? []), ...reads]));
    });
    const reached = variables(store.value);
    for (const name of reached) for (const input of inputs.get(name) ?? []) reached.add(input);
    for (const name of inputs.keys())
      if (!reached.has(name)) throw new NotPlaced(`${name} is not part of the result, so that its value cannot be tested`);
  }

  private expr(e: Expr): string {
    switch (e.kind) {
      case "const":
        if (!Number.isFinite(e.value)) throw new NotPlaced("a constant that is not finite");
        return Object.is(e.value, -0) ? "(-0)" : e.value < 0 ? `(${e.value})` : String(e.value);
      case "iv":
        return this.name(e.name);
      case "var":
        return this.shape.privates.has(e.name) ? this.name(e.name) : this.invariant(e);
      case "param":
      case "dim":
        return this.invariant(e);
      case "load":
        return this.load(e);
      case "cast":
        if (this.isInvariant(e)) return this.invariant(e);
        if (isBool(e.type) && isBool(e.arg.type)) return this.expr(e.arg);
        if (e.type !== "f32" || !isInt(e.arg.type)) throw new NotPlaced(`${e.type} of ${e.arg.type}`);
        this.range(e.arg);
        return `Math.fround(${this.expr(e.arg)})`;
      case "op":
        return this.isInvariant(e) && !exprCanExit(e, this.region.fpChecks) ? this.invariant(e) : this.operation(e);
    }
  }

  private operation(e: OpExpr): string {
    const t = e.args.at(-1)!.type;
    if (t !== "f32" && t !== "int" && !isBool(t)) throw new NotPlaced(`${e.op} of ${t}`);
    if (e.type === "int") this.range(e);
    if (e.type === "f32" && e.op in CHOICE && this.region.fpChecks !== "none")
      throw new NotPlaced("a choice between values that have to be tested");
    const emit =
      e.op in CHOICE && !isBool(t)
        ? CHOICE[e.op]
        : isBool(e.type)
          ? t === "int" || t === "f32" || ["land", "lor", "not"].includes(e.op)
            ? TRUTH[e.op]
            : undefined
          : t === "int"
            ? INT[e.op]
            : FLOAT[e.op];
    if (!emit) throw new NotPlaced(`${e.op} of ${t}`);
    const [a, b, c] = e.args.map((x) => this.expr(x));
    return emit(a!, b ?? "", c ?? "");
  }

  private load(e: LoadExpr): string {
    if (e.type !== "f32") throw new NotPlaced(`${e.array} holds ${e.type}`);
    let k = this.arrays.indexOf(e.array);
    if (k < 0) k = this.arrays.push(e.array) - 1;
    const terms = e.index.map((x, axis) => {
      const wraps = this.inside(e.array, x, axis, this.range(x));
      const text = wraps ? `(${this.expr(x)} + ${this.exact.length(e.array, axis)})` : this.expr(x);
      return `${text} * ${this.arg({ of: "stride", array: e.array, axis })}`;
    });
    return `a${k}[${[this.arg({ of: "offset", array: e.array }), ...terms].join(" + ")}]`;
  }

  /** Whether the subscript counts from the end; throws where it may be out of range, or either. */
  private inside(array: string, e: Expr, axis: number, r: Range): boolean {
    const n = this.exact.length(array, axis);
    if (n > MOST_ELEMENTS) throw new NotPlaced(`${array} is too long`);
    if (r.lo >= 0 && r.hi < n) return false;
    if (r.hi < 0 && r.lo >= -n && e.kind === "const") return true;
    throw new NotPlaced(`a subscript of ${array} may be out of range`);
  }

  private isInvariant(e: Expr): boolean {
    return !someExpr(e, (x) => x.kind === "iv" || x.kind === "load" || (x.kind === "var" && this.shape.privates.has(x.name)));
  }

  private invariant(e: Expr): string {
    if (e.type !== "f32" && e.type !== "int" && !isBool(e.type)) throw new NotPlaced(`${e.type} arithmetic`);
    return this.arg({ of: "expr", expr: e });
  }

  private range(e: Expr): Range {
    if (this.isInvariant(e)) {
      const x = e.kind === "const" ? e.value : this.exact.expr(e);
      if (x === undefined) throw new NotPlaced("a value that is not known");
      return range(x, x);
    }
    if (e.kind === "iv" || e.kind === "var") {
      const known = this.ranges.get(e.name);
      if (!known) throw new NotPlaced(`the range of ${e.name} is not known`);
      return known;
    }
    const rule = e.kind === "op" && e.op in INT ? RANGE_OF[e.op] : undefined;
    if (e.kind !== "op" || !rule || e.type !== "int") throw new NotPlaced("a subscript that is not affine");
    const [a, b] = e.args.map((x) => this.range(x));
    const r = rule(a!, b ?? range(0, 0));
    if (r.lo < -MOST_ELEMENTS || r.hi > MOST_ELEMENTS) throw new NotPlaced("a subscript that is too large");
    return r;
  }

  private arg(a: Argument): string {
    const key = JSON.stringify(a);
    let name = this.keys.get(key);
    if (!name) {
      name = `p${this.args.push(a) - 1}`;
      this.keys.set(key, name);
    }
    return name;
  }

  private name(ir: string): string {
    const key = `name ${ir}`;
    let name = this.keys.get(key);
    if (!name) {
      name = `v${[...this.keys.keys()].filter((k) => k.startsWith("name ")).length}`;
      this.keys.set(key, name);
    }
    return name;
  }
}

function variables(e: Expr): Set<string> {
  const out = new Set<string>();
  walkExpr(e, (x) => {
    if (x.kind === "var") out.add(x.name);
  });
  return out;
}
