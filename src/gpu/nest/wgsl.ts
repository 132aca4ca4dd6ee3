/**
 * A region's grid as a WGSL kernel: a thread a trip (or pair of trips), sequential code inside, exact or flagged.
 *
 * A thread never stops early for an exit: it sets `bad`, subscripts stay in range, loops end; the host discards everything when any thread did. Constants of type
 * float32 and all inputs come from the buffer U, where no compiler can see them. Names: G0, G1 … groups of arrays (memory.ts), U inputs, S what
 * the threads report: word 0 `bad`, then for each variable whether any thread assigned it, then value and flag of the last trip's.
 */
import { testsStored } from "../../jit/ir/effects.ts";
import type { CastExpr, Expr, LoadExpr, OpExpr, Region, SetStmt, Stmt, StoreStmt } from "../../jit/ir/nest.ts";
import { castCanExit, isBool, isFloat, isInt, type OpName, type ScalarType, TYPES } from "../../jit/ir/ops.ts";
import { type Barrier, library } from "./library.ts";
import type { Grid } from "./grid.ts";
import type { Group } from "./memory.ts";

export interface KernelText {
  readonly wgsl: string;
  /** Words of U in order: what each holds. */
  readonly inputs: readonly InputWord[];
  /** Variables that threads report, in order. */
  readonly reported: readonly string[];
}

export type InputWord =
  | { readonly is: "param"; readonly name: string; readonly type: ScalarType }
  | { readonly is: "var"; readonly name: string; readonly type: ScalarType }
  | { readonly is: "dim" | "stride"; readonly array: string; readonly axis: number }
  | { readonly is: "offset"; readonly array: string }
  | { readonly is: "const"; readonly value: number };

export const WORKGROUP = 64;
/** Trips of an inner `while` before a thread gives up. */
const MOST_TRIPS = 1 << 22;

/** Thrown with the reason why a region cannot be placed. */
export class NotPlaced extends Error {}
const refuse = (why: string): never => {
  throw new NotPlaced(why);
};

type WgslType = "i32" | "u32" | "f32";

function wgslType(t: ScalarType): WgslType {
  if (t === "f32" || t === "u32") return t;
  return isFloat(t) || t === "u64" ? refuse(`${t} is not a type of WGSL`) : "i32";
}

const name = (prefix: string, n: string): string => `${prefix}_${n.replace(/[^A-Za-z0-9_]/g, (c) => `_${c.charCodeAt(0).toString(16)}_`)}`;

export function kernelText(region: Region, grid: Grid, groups: readonly Group[], barrier: Barrier): KernelText {
  return new Emitter(region, grid, groups, barrier).run();
}

class Emitter {
  private readonly region: Region;
  private readonly grid: Grid;
  private readonly groups: readonly Group[];
  private readonly functions: Readonly<Record<string, string>>;
  private readonly used = new Set<string>();
  private readonly inputs = new Map<string, { index: number; word: InputWord }>();
  private readonly types: ReadonlyMap<string, ScalarType>;
  private readonly flagged: ReadonlySet<string>;
  private lines: string[] = [];
  private loops: string[] = [];
  private count = 0;

  constructor(region: Region, grid: Grid, groups: readonly Group[], barrier: Barrier) {
    this.region = region;
    this.grid = grid;
    this.groups = groups;
    this.functions = library(barrier);
    this.types = new Map(region.vars.map((v) => [v.name, v.type]));
    this.flagged = new Set(region.vars.filter((v) => v.init !== "temp").map((v) => v.name));
  }

  run(): KernelText {
    const bounds = this.grid.loops.map((l) => [l.lo, l.hi, l.step].map((e) => this.value(e)) as [string, string, string]);
    const total = this.trips(bounds);
    this.grid.loops.forEach((l, k) => {
      this.line(`let ${name("k", l.iv)} = ${bounds[k]![0]} + trip${k} * ${bounds[k]![2]};`);
      this.block(this.grid.bodies[k]!);
    });
    const body = this.lines;
    const reported = [...this.flagged];
    return { wgsl: this.module(total, body, reported), inputs: this.words(), reported };
  }

  /** Statements that find this thread's trips. */
  private trips(bounds: readonly (readonly [string, string, string])[]): string[] {
    const counts = bounds.map((b, k) => `let n${k} = ${this.call("tripsOf", b.join(", "))};`);
    if (bounds.length === 1) return [...counts, "let total = n0;", "let trip0 = gid;"];
    return [...counts, "let total = n0 * n1;", "let trip0 = gid / max(n1, 1);", "let trip1 = gid % max(n1, 1);"];
  }

  private module(head: readonly string[], body: readonly string[], reported: readonly string[]): string {
    const n = reported.length;
    const vars = this.region.vars.map((v) => `  var ${name("v", v.name)}: ${wgslType(v.type)} = ${this.initial(v.name, v.init, v.type)};`);
    const flags = reported.map((v) => `  var ${name("f", v)} = 0u;`);
    const any = reported.map((v, k) => `  if (${name("f", v)} != 0u) { atomicStore(&S[${1 + k}], 1u); }`);
    const last = reported.flatMap((v, k) => [`    atomicStore(&S[${1 + n + 2 * k}], bitcast<u32>(${name("v", v)}));`, `    atomicStore(&S[${2 + n + 2 * k}], ${name("f", v)});`]);
    const groups = this.groups.map((_, k) => `@group(0) @binding(${k}) var<storage, read_write> G${k}: array<u32>;`);
    const g = this.groups.length;
    return [
      ...groups,
      `@group(0) @binding(${g}) var<storage, read> U: array<i32>;`,
      `@group(0) @binding(${g + 1}) var<storage, read_write> S: array<atomic<u32>>;`,
      "struct Chunk { first: u32, count: u32 }",
      `@group(0) @binding(${g + 2}) var<uniform> chunk: Chunk;`,
      "var<private> bad: u32 = 0u;",
      "fn tripsOf(lo: i32, hi: i32, by: i32) -> i32 { if (by > 0) { return select(0, (hi - lo - 1) / by + 1, hi > lo); } return select(0, (lo - hi - 1) / max(-by, 1) + 1, lo > hi); }",
      ...[...this.used].filter((f) => f !== "tripsOf").map((f) => this.functions[f]!),
      `@compute @workgroup_size(${WORKGROUP}) fn nest(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {`,
      `  let local = id.y * (groups.x * ${WORKGROUP}u) + id.x;`,
      "  if (local >= chunk.count) { return; }",
      "  let gid = i32(chunk.first + local);",
      "  let zero = u32(U[0]);",
      ...head.map((l) => `  ${l}`),
      "  if (gid >= total) { return; }",
      ...vars,
      ...flags,
      ...body.map((l) => `  ${l}`),
      "  if (bad != 0u) { atomicStore(&S[0], 1u); }",
      ...any,
      "  if (gid == total - 1) {",
      ...last,
      "  }",
      "}",
      "",
    ].join("\n");
  }

  private initial(v: string, init: string, t: ScalarType): string {
    return init === "live-in" ? this.input(`v ${v}`, { is: "var", name: v, type: t }, t) : wgslType(t) === "f32" ? "0.0" : wgslType(t) === "u32" ? "0u" : "0";
  }

  private words(): InputWord[] {
    return [...this.inputs.values()].sort((a, b) => a.index - b.index).map((x) => x.word);
  }

  /** A word of U; word 0 is zero. */
  private input(key: string, word: InputWord, t: ScalarType = "int"): string {
    let x = this.inputs.get(key);
    if (!x) this.inputs.set(key, (x = { index: this.inputs.size + 1, word }));
    const w = wgslType(t);
    return w === "i32" ? `U[${x.index}]` : `bitcast<${w}>(U[${x.index}])`;
  }

  private call(fn: string, args: string): string {
    this.used.add(fn);
    return `${fn}(${args})`;
  }

  private line(text: string): void {
    this.lines.push(text);
  }

  private nested(f: () => void): string[] {
    const outer = this.lines;
    this.lines = [];
    f();
    const inner = this.lines.map((l) => `  ${l}`);
    this.lines = outer;
    return inner;
  }

  private temporary(text: string): string {
    const t = `t${this.count++}`;
    this.line(`let ${t} = ${text};`);
    return t;
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  private block(body: readonly Stmt[]): void {
    for (const s of body) this.statement(s);
  }

  private statement(s: Stmt): void {
    switch (s.kind) {
      case "set":
        return this.set(s);
      case "store":
        return this.store(s);
      case "if": {
        const c = this.cond(s.cond);
        this.line(`if (${c}) {`);
        this.lines.push(...this.nested(() => this.block(s.body)));
        if (s.orelse.length > 0) {
          this.line("} else {");
          this.lines.push(...this.nested(() => this.block(s.orelse)));
        }
        this.line("}");
        return;
      }
      case "for": {
        const k = name("k", s.iv);
        const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => this.temporary(this.value(e))) as [string, string, string];
        this.line(`if (${step} == 0) { bad = 1u; }`);
        this.line(`let n_${k} = ${this.call("tripsOf", `${lo}, ${hi}, ${step}`)};`);
        this.line(`for (var c_${k} = 0; c_${k} < n_${k} && bad == 0u; c_${k}++) {`);
        this.lines.push(...this.nested(() => this.loopBody(s.id, [`let ${k} = ${lo} + c_${k} * ${step};`], s.body)));
        this.line("}");
        return;
      }
      case "while": {
        const c = `c${this.count++}`;
        this.line(`for (var ${c} = 0; bad == 0u; ${c}++) {`);
        this.lines.push(
          ...this.nested(() => {
            this.line(`if (${c} > ${MOST_TRIPS}) { bad = 1u; break; }`);
            this.line(`if (!${this.cond(s.cond)}) { break; }`);
            this.loopBody(s.id, [], s.body);
          }),
        );
        this.line("}");
        return;
      }
      case "block":
        this.line("loop {");
        this.lines.push(...this.nested(() => this.loopBody(s.label, [], s.body)));
        // Dawn prints a warning about code that is never reached, on stdout
        if (s.body.at(-1)?.kind !== "break") this.line("  break;");
        this.line("}");
        return;
      case "break":
      case "continue":
        if (this.loops.at(-1) !== s.target) refuse(`a ${s.kind} out of more than one loop at line ${s.line}`);
        this.line(`${s.kind};`);
        return;
      case "guard":
        this.line(`if (!${this.cond(s.cond)}) { bad = 1u; }`);
        return;
      case "exit":
        this.line("bad = 1u;");
        return;
    }
  }

  private loopBody(id: string, head: readonly string[], body: readonly Stmt[]): void {
    this.loops.push(id);
    this.lines.push(...head);
    this.block(body);
    this.loops.pop();
  }

  private finite(s: SetStmt | StoreStmt, js: string): string {
    return testsStored(s, this.region) && s.value.type === "f32" ? this.call("fload", `bitcast<u32>(${js})`) : js;
  }

  private set(s: SetStmt): void {
    this.line(`${name("v", s.name)} = ${this.finite(s, this.value(s.value))};`);
    if (this.flagged.has(s.name)) this.line(`${name("f", s.name)} = 1u;`);
  }

  private store(s: StoreStmt): void {
    const at = this.address(s.array, s.index);
    const value = this.finite(s, this.value(s.value));
    this.line(`${at} = ${wgslType(s.value.type as ScalarType) === "u32" ? value : `bitcast<u32>(${value})`};`);
  }

  // ---- memory -----------------------------------------------------------------------------------------------------------------------

  private address(array: string, index: readonly Expr[]): string {
    const g = this.groups.findIndex((x) => x.arrays.includes(array));
    const parts = index.map((e, axis) => {
      const n = this.input(`n ${array} ${axis}`, { is: "dim", array, axis });
      return `${this.call("at", `${this.value(e)}, ${n}`)} * ${this.input(`s ${array} ${axis}`, { is: "stride", array, axis })}`;
    });
    return `G${g}[${[this.input(`o ${array}`, { is: "offset", array }), ...parts].join(" + ")}]`;
  }

  private load(e: LoadExpr): string {
    const at = this.address(e.array, e.index);
    const w = wgslType(e.type);
    return w === "u32" ? at : w === "i32" ? `bitcast<i32>(${at})` : this.call("fload", at);
  }

  // ---- expressions ------------------------------------------------------------------------------------------------------------------

  /** An expression as a value of its WGSL type; truth values as 0 or 1. */
  private value(e: Expr): string {
    if (e.kind === "op" && isBool(e.type) && !NUMERIC_BOOL.has(e.op)) return `select(0, 1, ${this.cond(e)})`;
    switch (e.kind) {
      case "const":
        return this.constant(e.value, e.type);
      case "param":
        return this.input(`p ${e.name}`, { is: "param", name: e.name, type: e.type }, e.type);
      case "var":
        return name("v", e.name);
      case "iv":
        return name("k", e.name);
      case "dim":
        return this.input(`n ${e.array} ${e.axis}`, { is: "dim", array: e.array, axis: e.axis });
      case "load":
        return this.load(e);
      case "cast":
        return this.cast(e);
      case "op":
        return this.operation(e);
    }
  }

  private constant(x: number, t: ScalarType): string {
    const w = wgslType(t);
    if (w === "f32") {
      if (!Number.isFinite(x) || (x !== 0 && Math.abs(x) < 2 ** -126)) refuse(`the constant ${x}`);
      return this.input(`c ${Object.is(x, -0) ? "-0" : x}`, { is: "const", value: x }, "f32");
    }
    if (w === "u32") return `${x}u`;
    if (x < -(2 ** 31) || x >= 2 ** 31) refuse(`the constant ${x} is beyond int32`);
    return x === -(2 ** 31) ? "(-2147483647 - 1)" : x < 0 ? `(${x})` : String(x);
  }

  /** An expression as a bool. */
  private cond(e: Expr): string {
    if (e.kind === "const") return e.value ? "true" : "false";
    if (e.kind !== "op") return `(${this.value(e)} != 0)`;
    const [a, b] = e.args as [Expr, Expr];
    switch (e.op) {
      case "land":
      case "lor":
        return this.logic(e.op, a, b);
      case "not":
        return `!(${this.cond(a)})`;
      case "ne":
        return a.type === "f32" ? `!(${this.value(a)} == ${this.value(b)})` : `(${this.value(a)} != ${this.value(b)})`;
      case "eq": case "lt": case "le": case "gt": case "ge":
        return `(${this.value(a)} ${COMPARISON[e.op]} ${this.value(b)})`;
      case "isfinite":
        // values are finite, or `bad` is set
        return `(${this.value(a)} == ${this.value(a)} || true)`;
      case "isnan": case "isinf":
        return `(${this.value(a)} != ${this.value(a)} && false)`;
      default:
        return `(${this.value(e)} != 0)`;
    }
  }

  private logic(op: "land" | "lor", a: Expr, b: Expr): string {
    const left = this.cond(a);
    let right = "";
    const lines = this.nested(() => {
      right = this.cond(b);
    });
    if (lines.length === 0) return `(${left} ${op === "land" ? "&&" : "||"} ${right})`;
    const t = `t${this.count++}`;
    this.line(`var ${t} = ${left};`);
    this.line(`if (${op === "land" ? t : `!${t}`}) {`);
    this.lines.push(...lines, `  ${t} = ${right};`);
    this.line("}");
    return t;
  }

  private select(e: OpExpr): string {
    const [c, a, b] = e.args as [Expr, Expr, Expr];
    const t = `t${this.count++}`;
    this.line(`var ${t}: ${wgslType(e.type as ScalarType)};`);
    const test = this.cond(c);
    this.line(`if (${test}) {`);
    this.lines.push(...this.nested(() => this.line(`${t} = ${this.value(a)};`)));
    this.line("} else {");
    this.lines.push(...this.nested(() => this.line(`${t} = ${this.value(b)};`)));
    this.line("}");
    return t;
  }

  private operation(e: OpExpr): string {
    if (e.op === "select") return this.select(e);
    const t = e.args[0]!.type;
    // what an unbounded sum needs beyond int32 sets `bad`
    const wide = WIDE[e.op];
    if (wide !== undefined) return wide === "" ? this.value(e.args[0]!) : this.call(wide, e.args.map((a) => this.value(a)).join(", "));
    if (e.op === "min2" || e.op === "max2" || e.op === "minimum" || e.op === "maximum") return this.choice(e);
    if (t === "wide") return refuse(`${e.op} of unbounded integers`);
    const table = t === "f32" ? FLOAT : t === "u32" ? UNSIGNED : isInt(t) || isBool(t) ? SIGNED : refuse(`${t} arithmetic`);
    const row = table[e.op];
    if (row === undefined) return refuse(`${e.op} of ${t}`);
    const args = e.args.map((a) => this.value(a));
    const r = row.startsWith("(") ? row.replace(/[ab]/g, (x) => args[x === "a" ? 0 : 1]!) : this.call(row, args.join(", "));
    return this.held(r, e.type as ScalarType, t, e.op);
  }

  /** Results of narrow types stay in them. */
  private held(r: string, to: ScalarType, t: ScalarType, op: OpName): string {
    const { lo, hi, bytes } = TYPES[to];
    if (!isInt(t) || t === "u32" || bytes >= 4 || !ARITHMETIC.has(op)) return r;
    if (op.endsWith("w") || op === "shl" || op === "invert") return refuse(`${op} of ${String(t)}`);
    return this.call("range", `${r}, ${lo}, ${hi}`);
  }

  private choice(e: OpExpr): string {
    const [a, b] = e.args.map((x) => this.temporary(this.value(x))) as [string, string];
    const less = e.op === "min2" || e.op === "minimum";
    // min2: b if b < a else a; minimum of numbers: a if a <= b else b
    return e.op === "min2" || e.op === "max2" ? `select(${a}, ${b}, ${b} ${less ? "<" : ">"} ${a})` : `select(${b}, ${a}, ${a} ${less ? "<=" : ">="} ${b})`;
  }

  private cast(e: CastExpr): string {
    const from = e.arg.type as ScalarType;
    const to = e.type;
    const v = this.value(e.arg);
    if (isBool(to)) return `select(0, 1, ${this.cond(e.arg.type === "f32" ? ({ kind: "op", op: "ne", type: "b1", args: [e.arg, { kind: "const", type: "f32", value: 0 }] } as Expr) : e.arg)})`;
    if (to === "f32") return from === "f32" ? v : isFloat(from) ? refuse(`${from} to float32`) : this.call("i2f", from === "u32" ? this.call("u2i", v) : v);
    if (isFloat(to)) return refuse(`${to} is not a type of WGSL`);
    if (from === "f32") return this.ranged(this.call("f2i", v), to);
    if (isFloat(from)) return refuse(`${from} is not a type of WGSL`);
    return this.integer(v, from, to);
  }

  private integer(v: string, from: ScalarType, to: ScalarType): string {
    if (wgslType(from) === "u32") {
      if (to === "u32") return v;
      return castCanExit(from, to) || TYPES[to].bytes >= 8 ? this.ranged(this.call("u2i", v), to) : refuse(`${from} to ${to}`);
    }
    if (to === "u32") return castCanExit(from, to) ? this.call("i2u", v) : `bitcast<u32>(${v})`;
    if (TYPES[to].bytes >= 8) return to === "u64" ? refuse("uint64") : v;
    if (castCanExit(from, to)) return this.ranged(v, to);
    if (TYPES[from].lo >= TYPES[to].lo && TYPES[from].hi <= TYPES[to].hi) return v;
    switch (to) {
      case "i8": return `((${v} << 24u) >> 24u)`;
      case "i16": return `((${v} << 16u) >> 16u)`;
      case "u8": return `(${v} & 255)`;
      case "u16": return `(${v} & 65535)`;
      default: return v;
    }
  }

  private ranged(v: string, to: ScalarType): string {
    if (to === "u32") return this.call("i2u", v);
    return TYPES[to].bytes >= 4 ? v : this.call("range", `${v}, ${TYPES[to].lo}, ${TYPES[to].hi}`);
  }
}

const COMPARISON = { eq: "==", lt: "<", le: "<=", gt: ">", ge: ">=" } as const;
const NUMERIC_BOOL: ReadonlySet<OpName> = new Set(["and", "or", "xor", "select", "min2", "max2", "minimum", "maximum"]);
const ARITHMETIC: ReadonlySet<OpName> = new Set(["add", "sub", "mul", "neg", "abs", "floordiv", "addw", "subw", "mulw", "shl", "invert"]);

/** Library function, or text with a and b. */
type Rows = Partial<Record<OpName, string>>;
const SIGNED: Rows = {
  add: "iadd", sub: "isub", mul: "imul", neg: "ineg", abs: "iabs", floordiv: "ifloordiv", mod: "imod", shl: "ishl", shr: "ishr",
  addw: "(a + b)", subw: "(a - b)", mulw: "(a * b)", and: "(a & b)", or: "(a | b)", xor: "(a ^ b)", invert: "(~a)",
};
const UNSIGNED: Rows = {
  add: "uadd", sub: "usub", mul: "umul", floordiv: "udiv", mod: "umod", shl: "ushl", shr: "ushr", addw: "(a + b)", subw: "(a - b)", mulw: "(a * b)",
  and: "(a & b)", or: "(a | b)", xor: "(a ^ b)", invert: "(~a)",
};
const WIDE: Rows = { widen: "", wadd: "iadd", wsub: "isub", wmul: "imul", wmod: "imod" };
const FLOAT: Rows = { add: "fadd", sub: "fsub", mul: "fmul", truediv: "fdiv", neg: "negate", abs: "magnitude", fabs: "magnitude", sqrt: "fsqrt" };
