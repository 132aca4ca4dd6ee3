/**
 * Random regions with one parallel loop, for tests of kernels: all types that a device takes, all ops but functions of libm, nested loops, jumps, guards.
 * Trips are independent by construction: a store's subscripts begin with the grid's ivs, and arrays that are stored to are read at the same place only.
 */
import { bool, cast, dim, get, IrError, int, iv, load, num, op, RegionBuilder, resultType } from "../../src/jit/ir/build.ts";
import type { ArrayDecl, Binding, Expr, ParamDecl, Region, VarDecl } from "../../src/jit/ir/nest.ts";
import { OP_NAMES, type OpName, type ScalarType, spec, TYPES } from "../../src/jit/ir/ops.ts";
import { mapStmts } from "../../src/jit/ir/visit.ts";
import { memory } from "../ir/bindings.ts";

/** Mulberry32 (Tommy Ettinger, public domain). */
export function generator(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const ELEMENTS = [
  "bool",
  "int",
  "b1",
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
  "f32",
] as const satisfies readonly ScalarType[];
const FLOAT_OPS: ReadonlySet<OpName> = new Set<OpName>([
  "add",
  "sub",
  "mul",
  "truediv",
  "neg",
  "abs",
  "min2",
  "max2",
  "minimum",
  "maximum",
  "sqrt",
  "floor",
  "ceil",
  "trunc",
  "rint",
  "copysign",
  "fabs",
]);
const LAZY: ReadonlySet<OpName> = new Set<OpName>(["select", "land", "lor"]);

class Maker {
  private readonly random: () => number;
  private readonly b: RegionBuilder;
  private readonly inputs: ArrayDecl[] = [];
  private readonly outputs: ArrayDecl[] = [];
  private readonly params: ParamDecl[] = [];
  private readonly vars: VarDecl[] = [];
  private readonly ready = new Set<VarDecl>();
  private readonly ivs: string[] = [];
  private readonly grid: string[] = [];
  private readonly dims: number;
  private exit = "";

  constructor(seed: number) {
    this.random = generator(seed);
    this.dims = 1 + this.below(3);
    this.b = new RegionBuilder(`random ${seed}`, "random.py", 1, this.pick(["none", "none", "stores", "ops"]));
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }
  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  private chance(p: number): boolean {
    return this.random() < p;
  }

  region(): Region {
    const { b } = this;
    for (let k = 0; k < 3; k++) this.inputs.push(b.array(`in${k}`, this.pick(ELEMENTS), 1 + this.below(2)));
    for (let k = 0; k < 2; k++) this.outputs.push(b.array(`out${k}`, this.pick(ELEMENTS), this.dims));
    for (let k = 0; k < 3; k++) this.params.push(b.param(`p${k}`, this.pick([...ELEMENTS, "float"])));
    for (let k = 0; k < 4; k++) this.vars.push(b.variable(`v${k}`, this.pick(ELEMENTS), this.pick(["unset", "temp", "temp"])));
    this.exit = b.exit("anything", []);
    b.at(2, this.exit);
    this.loops(0);
    const r = { ...b.finish(), exitMode: "transaction" as const };
    const grid = new Set(this.grid);
    return { ...r, body: mapStmts(r.body, (s) => (s.kind === "for" && grid.has(s.iv) ? { ...s, parallel: true } : s)) };
  }

  private loops(depth: number): void {
    const out = this.outputs[0]!;
    const n = this.chance(0.7) ? dim(out, depth) : int(3 + this.below(2));
    this.b.for(`g${depth}`, int(0), n, int(1), (i) => {
      this.ivs.push(i.name);
      this.grid.push(i.name);
      if (this.chance(0.3)) this.keepIv(i.name);
      if (depth + 1 < this.dims) this.loops(depth + 1);
      else this.body(this.below(3));
      this.ivs.pop();
    });
  }

  /** `i = i0`, as loops of Python have it. */
  private keepIv(name: string): void {
    const v = this.b.variable(`copy_of_${name}`, "int", "unset");
    this.b.set(v, iv(name));
    this.ready.add(v);
  }

  private body(depth: number): void {
    const count = 1 + this.below(depth + 1);
    for (let k = 0; k < count; k++) this.statement(depth);
    this.store();
  }

  /** Assignments in `make` do not reach what follows. */
  private scoped(make: () => void): void {
    const before = [...this.ready];
    make();
    this.ready.clear();
    for (const v of before) this.ready.add(v);
  }

  private arm(depth: number): void {
    this.scoped(() => this.body(depth));
  }

  private statement(depth: number): void {
    const { b } = this;
    const kind = this.below(depth > 0 ? 12 : 5);
    if (kind < 4) {
      const v = this.pick(this.vars);
      b.set(v, this.expr(v.type, 1 + this.below(2)));
      this.ready.add(v);
    } else if (kind < 5) this.store();
    else if (kind < 8) b.if(this.truth(2), () => this.arm(depth - 1), this.chance(0.5) ? () => this.arm(depth - 1) : undefined);
    else if (kind < 10) this.inner(depth);
    else if (kind < 11) b.block((label) => this.leaving(label, depth));
    else b.guard(op.lor(bool(true), this.expr("bool", 1)), this.exit);
  }

  private inner(depth: number): void {
    const { b } = this;
    const down = this.chance(0.3);
    const bound = this.chance(0.5) ? iv(this.pick(this.ivs)) : int(this.below(4));
    const [lo, hi, step] = down ? [bound, int(-1), int(-1 - this.below(2))] : [int(this.below(2)), bound, int(1 + this.below(2))];
    b.for("k", lo, hi, step, (i, id) => {
      this.ivs.push(i.name);
      this.scoped(() => {
        if (this.chance(0.5)) this.keepIv(i.name);
        this.body(depth - 1);
        if (this.chance(0.3)) b.if(this.truth(1), () => (this.chance(0.5) ? b.break(id) : b.continue(id)));
      });
      this.ivs.pop();
    });
  }

  /** A block that is left from inside a loop. */
  private leaving(label: string, depth: number): void {
    const { b } = this;
    b.for("k", int(0), int(3), int(1), (i) => {
      this.ivs.push(i.name);
      b.if(this.truth(1), () => b.break(label));
      this.arm(depth - 1);
      this.ivs.pop();
    });
    this.arm(0);
  }

  private store(): void {
    const out = this.pick(this.outputs);
    const index = this.grid.map((name) => iv(name));
    this.b.store(out, index, this.expr(out.elem, 1 + this.below(3)));
  }

  private truth(depth: number): Expr {
    return this.expr(this.pick(["bool", "b1"]), depth);
  }

  private expr(t: ScalarType, depth: number): Expr {
    for (let attempt = 0; attempt < 20 && depth > 0; attempt++) {
      const e = this.compound(t, depth);
      if (e) return e;
    }
    return this.leaf(t);
  }

  private leaf(t: ScalarType): Expr {
    const choices: Expr[] = [
      ...this.params.filter((p) => p.type === t).map((p): Expr => ({ kind: "param", type: t, name: p.name })),
      ...[...this.ready].filter((v) => v.type === t).map(get),
      ...this.inputs.filter((a) => a.elem === t).map((a) => this.element(a)),
      ...(this.grid.length === this.dims ? this.outputs.filter((a) => a.elem === t).map((a) => load(a, this.grid.map(iv))) : []),
      ...(t === "int" ? this.ivs.map(iv) : []),
    ];
    return choices.length > 0 && this.chance(0.85) ? this.pick(choices) : num(t, this.finite(this.value(t)));
  }

  private element(a: ArrayDecl): Expr {
    const index = Array.from({ length: a.ndim }, (_x, k) => {
      const i = this.chance(0.8) ? iv(this.pick(this.ivs)) : int(this.below(3) - 1);
      return this.chance(0.9) ? op.mod(i, dim(a, k)) : i;
    });
    return load(a, index);
  }

  private compound(t: ScalarType, depth: number): Expr | undefined {
    if (this.chance(0.1)) {
      const from = this.pick(ELEMENTS);
      return from === t ? undefined : cast(t, this.expr(from, depth - 1));
    }
    const name = this.pick(OP_NAMES);
    const s = spec(name);
    if (s.args.includes("wide") || name === "widen" || s.cost === "math") return undefined;
    const operand = s.out === "truth" ? this.pick(ELEMENTS) : t;
    if (operand === "f32" && s.out !== "truth" && !FLOAT_OPS.has(name) && !LAZY.has(name)) return undefined;
    const types = s.args.map((a): ScalarType => (a === "cond" ? "bool" : a === "int" ? "int" : operand));
    try {
      if (resultType(name, types) !== t) return undefined;
    } catch (e) {
      if (e instanceof IrError) return undefined;
      throw e;
    }
    return op[name](...types.map((x, k) => (k === 1 && SMALL.has(name) ? num(x, this.below(6)) : this.expr(x, depth - 1))));
  }

  /** The text form of the IR has no literals for others. */
  private finite(x: number): number {
    return Number.isFinite(x) ? x : 7;
  }

  value(t: ScalarType): number {
    const { kind, lo, hi } = TYPES[t];
    if (kind === "bool") return this.below(2);
    if (kind === "float" && this.chance(0.05)) return Math.fround(this.pick([Infinity, -Infinity, NaN, 1e-40, 3e38, 1.2e-38]));
    if (kind === "float") return Math.fround(this.pick([0, -0, 1, -1.5, 0.1, 3, 1e10, 2 ** 24 + 1, (this.random() - 0.5) * 100]));
    const bound = this.pick([4, 4, 4, 100, 40000]);
    const x = this.below(2 * bound) - bound;
    return this.chance(0.03) ? this.pick([Math.max(lo, -2147483648), Math.min(hi, 2147483647)]) : Math.min(hi, Math.max(lo, x));
  }

  binding(r: Region): Binding {
    const shape = Array.from({ length: this.dims }, () => 4 + this.below(this.dims === 1 ? 200 : 6));
    const arrays = Object.fromEntries(
      r.arrays.map((a, storage) => {
        const size = a.name.startsWith("out") ? shape : Array.from({ length: a.ndim }, () => 3 + this.below(8));
        const count = size.reduce((x, n) => x * n, 1);
        const offset = this.below(3);
        const strides = size.map((_n, k) => size.slice(k + 1).reduce((x, n) => x * n, 1));
        const data = memory(
          a.elem,
          Array.from({ length: count + offset }, () => this.value(a.elem)),
        );
        return [a.name, { data, storage, byteOffset: offset * TYPES[a.elem].bytes, shape: size, strides }];
      }),
    );
    return { params: Object.fromEntries(r.params.map((p) => [p.name, this.value(p.type)])), vars: {}, arrays };
  }
}

/** Ops whose second operand is mostly small. */
const SMALL: ReadonlySet<OpName> = new Set<OpName>(["shl", "shr", "pow"]);

export function randomCase(seed: number): { region: Region; binding: Binding } {
  const maker = new Maker(seed);
  const region = maker.region();
  return { region, binding: maker.binding(region) };
}
