/** Random loop nests over ints, for tests of dependence analysis and of transforms. */
import { get, int, load, op, RegionBuilder } from "../../src/jit/ir/build.ts";
import type { ArrayDecl, Binding, Expr, Region, VarDecl } from "../../src/jit/ir/nest.ts";
import { verify } from "../../src/jit/ir/verify.ts";
import { type BindingText, bind } from "./bindings.ts";

export type Random = (n: number) => number;

/** A small seeded generator (mulberry32). */
export function random(seed: number): Random {
  let a = seed;
  return (n) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

// ---- random nests ---------------------------------------------------------------------------------------------------------------------

/** Builds one nest; subscripts stay in range because arrays are long and start in the middle. */
export class Nest {
  private readonly b = new RegionBuilder("fuzz", "fuzz.py", 1);
  private readonly rnd: Random;
  private readonly line: ArrayDecl;
  private readonly other: ArrayDecl;
  private readonly square: ArrayDecl;
  private readonly index: ArrayDecl;
  private readonly scalars: VarDecl[];
  private readonly k: VarDecl;
  private readonly ivs: Expr[] = [];
  private readonly x: string;
  private left = 7;

  constructor(rnd: Random) {
    this.rnd = rnd;
    this.line = this.b.array("a", "int", 1);
    this.other = this.b.array("b", "int", 1);
    this.square = this.b.array("c", "int", 2);
    this.index = this.b.array("x", "int", 1);
    this.scalars = ["s", "t"].map((n) => this.b.variable(n, "int"));
    this.k = this.b.variable("k", "int");
    this.x = this.b.exit("any", []);
    this.b.at(2, this.x);
  }

  build(): { region: Region; binding: Binding } {
    this.loop(0);
    const region: Region = { ...this.b.finish(), exitMode: "transaction" };
    verify(region);
    return { region, binding: bind(region, this.values()) };
  }

  private values(): BindingText {
    const { rnd } = this;
    const data = Array.from({ length: 120 }, () => rnd(9));
    const apart = rnd(3);
    const b =
      apart === 0
        ? { shape: [120] }
        : apart === 1
          ? { shape: [100], same: "a", offset: rnd(20) }
          : { shape: [60], same: "a", offset: rnd(2), strides: [2] };
    const c = rnd(4) === 0 ? { shape: [12, 12], strides: [rnd(2) * 3, 1], data: Array.from({ length: 60 }, () => 1) } : { shape: [12, 12] };
    return {
      vars: { s: 1, t: 2, k: rnd(4) },
      params: {},
      arrays: {
        a: { shape: [120], data },
        b,
        c,
        x: { shape: [120], data: Array.from({ length: 120 }, (_, j) => (rnd(3) ? j % 40 : rnd(40))) },
      },
    };
  }

  private loop(depth: number): void {
    const { b, rnd } = this;
    const outer = this.ivs.at(-1);
    const lo = outer && rnd(4) === 0 ? outer : int(rnd(3));
    const hi =
      outer && rnd(4) === 0 ? op.add(outer, int(rnd(3))) : outer && rnd(6) === 0 ? op.min2(int(5), op.add(outer, int(2))) : int(3 + rnd(4));
    if (rnd(6) === 0) return this.counting(depth, lo, hi);
    const down = rnd(6) === 0;
    b.for("i", down ? op.add(hi, int(0)) : lo, down ? lo : hi, int(down ? -1 : 1 + Number(rnd(4) === 0)), (i, id) => {
      if (rnd(5) === 0) b.if(this.condition(i), () => (rnd(3) === 0 ? b.break(id) : b.continue(id)));
      this.body(depth, i);
    });
  }

  /** `while w < hi`, which steps by itself, most of the time at the end. */
  private counting(depth: number, lo: Expr, hi: Expr): void {
    const { b, rnd } = this;
    const w = b.variable("w", "int", "unset");
    const first = rnd(3) === 0;
    const step = (): void => b.set(w, op.add(get(w), int(1)));
    b.set(w, lo);
    b.while(op.lt(get(w), hi), (id) => {
      if (first) step();
      if (rnd(4) === 0) b.if(this.condition(get(w)), () => b.break(id));
      this.body(depth, get(w));
      if (!first) step();
    });
  }

  private body(depth: number, i: Expr): void {
    const { rnd } = this;
    this.ivs.push(i);
    const n = 1 + rnd(3);
    const at = depth < 2 && rnd(3) > 0 ? rnd(n) : -1;
    for (let j = 0; j < n; j++) {
      if (j === at) this.loop(depth + 1);
      else this.statement();
    }
    this.ivs.pop();
  }

  private statement(): void {
    const { b, rnd } = this;
    if (this.left-- <= 0) return;
    switch (rnd(9)) {
      case 0:
        return b.set(this.k, op.add(get(this.k), int(rnd(3))));
      case 1:
        return b.set(this.scalar(), rnd(3) ? this.value() : (this.ivs.at(-1) ?? int(1)));
      case 2: {
        const s = this.scalar();
        return b.set(s, op.mod(op[rnd(2) ? "add" : "mul"](get(s), this.element()), int(1000003)));
      }
      case 3: {
        const s = this.scalar();
        return b.set(s, rnd(2) ? op.add(get(s), this.element()) : op.max2(get(s), this.element()));
      }
      case 4:
        return b.if(this.condition(), () => this.statement(), rnd(2) ? () => this.statement() : undefined);
      case 5: {
        const at = this.subscript();
        return b.store(this.line, [at], op.add(load(this.line, [at]), int(1)));
      }
      case 6:
        return b.store(this.square, [this.small(), this.small()], this.value());
      default:
        return b.store(rnd(2) ? this.line : this.other, [this.subscript()], this.value());
    }
  }

  private scalar(): VarDecl {
    return this.scalars[this.rnd(2)]!;
  }

  private value(): Expr {
    const { rnd } = this;
    const e = rnd(4) === 0 ? get(this.scalar()) : this.element();
    return rnd(3) ? op.mod(op.add(e, rnd(2) ? this.element() : int(rnd(5))), int(97)) : e;
  }

  private element(): Expr {
    const { rnd } = this;
    const which = rnd(4);
    if (which === 0) return load(this.square, [this.small(), this.small()]);
    return load(which === 1 ? this.other : which === 2 && rnd(3) === 0 ? this.index : this.line, [this.subscript()]);
  }

  private iv(): Expr {
    return this.ivs[this.rnd(this.ivs.length)]!;
  }

  /** Within 0..11 as loops stay below 7. */
  private small(): Expr {
    const { rnd } = this;
    switch (rnd(6)) {
      case 0:
        return int(rnd(4));
      case 1:
        return op.sub(this.iv(), int(rnd(3)));
      case 2:
        return op.add(this.iv(), int(rnd(4)));
      case 3:
        return op.floordiv(op.add(this.iv(), this.iv()), int(2));
      default:
        return this.iv();
    }
  }

  /** Mostly within 0..59. */
  private subscript(): Expr {
    const { rnd } = this;
    switch (rnd(12)) {
      case 0:
        return int(rnd(6));
      case 1:
        return op.add(op.mul(this.iv(), int(7)), this.iv());
      case 2:
        return op.sub(this.iv(), int(rnd(4)));
      case 3:
        return op.sub(int(9), this.iv());
      case 4:
        return op.mod(this.iv(), int(1 + rnd(4)));
      case 5:
        return load(this.index, [op.add(this.iv(), int(rnd(3)))]);
      case 6:
        return get(this.k);
      case 7:
        return op.mul(this.iv(), this.iv());
      case 8:
        return op.max2(this.iv(), int(2));
      default:
        return op.add(rnd(2) ? op.mul(int(1 + rnd(3)), this.iv()) : this.iv(), int(rnd(4)));
    }
  }

  private condition(i?: Expr): Expr {
    const { rnd } = this;
    if (i && this.ivs.length === 0) return op.lt(i, int(rnd(6)));
    if (rnd(2)) return op.gt(this.element(), int(rnd(9)));
    const pair = [this.iv(), rnd(2) ? this.iv() : int(rnd(6))] as const;
    return rnd(5) === 0 ? op.eq(...pair) : op.lt(...pair);
  }
}

/** Perfectly nested loops over a square, with a few statements: what interchange and distribution are for. Most directions and distances occur. */
export class Square {
  private readonly b = new RegionBuilder("square", "square.py", 1);
  private readonly rnd: Random;
  private readonly arrays: readonly ArrayDecl[];
  private readonly line: ArrayDecl;
  private readonly t: VarDecl;
  private readonly s: VarDecl;

  constructor(rnd: Random) {
    this.rnd = rnd;
    this.arrays = ["a", "b", "c"].map((n) => this.b.array(n, "int", 2));
    this.line = this.b.array("d", "int", 1);
    this.t = this.b.variable("t", "int", "unset");
    this.s = this.b.variable("s", "int");
    this.b.at(2, this.b.exit("any", []));
  }

  build(): { region: Region; binding: Binding } {
    this.loops([], 2 + Number(this.rnd(3) === 0));
    const region: Region = { ...this.b.finish(), exitMode: "transaction" };
    verify(region);
    const square = (): { shape: number[]; data: number[] } => ({ shape: [9, 9], data: Array.from({ length: 81 }, () => this.rnd(50)) });
    const arrays = { a: square(), b: this.rnd(4) === 0 ? { shape: [9, 9], same: "a" } : square(), c: square() };
    return { region, binding: bind(region, { vars: { s: 3 }, arrays: { ...arrays, d: { shape: [9], data: [...Array(9).keys()] } } }) };
  }

  private loops(ivs: readonly Expr[], left: number): void {
    const { b, rnd } = this;
    const down = rnd(4) === 0;
    const v = b.variable("v", "int", "unset");
    b.for("i", int(down ? 6 : 2), int(down ? 1 : 7), int(down ? -1 : 1), (i) => {
      b.set(v, i);
      const inner = [...ivs, get(v)];
      if (left > 1) return this.loops(inner, left - 1);
      for (let n = 1 + rnd(4); n > 0; n--) this.statement(inner);
    });
  }

  private statement(ivs: readonly Expr[]): void {
    const { b, rnd } = this;
    switch (rnd(9)) {
      case 0:
        b.set(this.t, this.value(ivs));
        return b.store(this.arrays[rnd(3)]!, this.subscripts(ivs), get(this.t));
      case 1:
        return b.set(this.s, op.mod(op.add(get(this.s), this.value(ivs)), int(1009)));
      case 2:
        return b.store(this.line, [this.near(ivs)], this.value(ivs));
      case 3:
        return b.if(op.gt(this.value(ivs), int(40)), () => this.statement(ivs));
      case 4: {
        const at = this.subscripts(ivs);
        const a = this.arrays[rnd(3)]!;
        return b.store(a, at, op.mod(op.add(load(a, at), this.value(ivs)), int(997)));
      }
      default:
        return b.store(this.arrays[rnd(3)]!, this.subscripts(ivs), this.value(ivs));
    }
  }

  private near(ivs: readonly Expr[]): Expr {
    const iv = ivs[this.rnd(ivs.length)]!;
    const d = this.rnd(6) - 3;
    return d >= -1 && d <= 1 ? (d === 0 ? iv : op.add(iv, int(d))) : iv;
  }

  private subscripts(ivs: readonly Expr[]): readonly Expr[] {
    return [this.near(ivs), this.near(ivs)];
  }

  private value(ivs: readonly Expr[]): Expr {
    const { rnd } = this;
    const element = (): Expr => (rnd(5) === 0 ? load(this.line, [this.near(ivs)]) : load(this.arrays[rnd(3)]!, this.subscripts(ivs)));
    return rnd(3) === 0 ? op.mod(op.add(element(), element()), int(101)) : element();
  }
}
