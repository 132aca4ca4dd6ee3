/**
 * Verdicts on loops against the truth of a run: seeded random nests with affine and other subscripts, guards, scalars, triangular bounds, strides and views. What is
 * called parallel or a reduction without a run must be so in the log of the run; the log itself is held against a plain all-pairs search. Then the text cases.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { logRun } from "../src/jit/dependence/inspect.ts";
import { type LoopShadow, Shadow } from "../src/jit/dependence/shadow.ts";
import { judge, type LoopVerdict } from "../src/jit/dependence/verdict.ts";
import { get, int, load, op, RegionBuilder } from "../src/jit/ir/build.ts";
import type { ArrayDecl, Binding, Expr, Region, VarDecl } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print } from "../src/jit/ir/print.ts";
import { verify } from "../src/jit/ir/verify.ts";
import { skeleton } from "../src/jit/static/skeleton.ts";
import { type BindingText, bind } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";

type Random = (n: number) => number;

/** A small seeded generator (mulberry32). */
function random(seed: number): Random {
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
class Nest {
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

const VARIABLES = ["s", "t", "k"];
const TAKEN_CARE = {
  privatise: ["privates"],
  reduction: ["reductions", "recurrences", "privates"],
  induction: ["recurrences", "snapshots", "privates"],
  "wrap-around": ["recurrences", "snapshots", "privates"],
} as const;

/** What the log of a run has against a claim. */
function objections(v: LoopVerdict, seen: LoopShadow, binding: Binding, live: ReadonlySet<string>): string[] {
  // a location goes by the name that touched it first; another name may be in the verdict
  const memory = (name: string): string => `${binding.arrays[name]?.storage ?? name}`;
  const allowed = (name: string, what: string): boolean =>
    (v.requires ?? []).some((r) => {
      const [kind, of] = r.split(" ") as [keyof typeof TAKEN_CARE, string];
      return memory(of) === memory(name) && ((TAKEN_CARE[kind] ?? []) as readonly string[]).includes(what);
    });
  const out = seen.left ? ["left early"] : [];
  for (const what of ["recurrences", "snapshots", "lastWriters", "reductions", "privates"] as const) {
    for (const name of seen[what].keys())
      if (!allowed(name, what) && !(what === "lastWriters" && VARIABLES.includes(name) && !live.has(name))) out.push(`${what} ${name}`);
  }
  return out;
}

const claims = (v: LoopVerdict): boolean => v.class === "parallel" || v.class === "reduction";

test("what is called parallel is parallel in the log of the run", () => {
  const rnd = random(Number(process.env.SEED ?? 7));
  const count = { claimed: 0, found: 0, free: 0, sequential: 0, rightly: 0 };
  for (let round = 0; round < Number(process.env.ROUNDS ?? 700); round++) {
    const { region, binding } = new Nest(rnd).build();
    const before = JSON.stringify(binding);
    const said = judge(region, binding);
    const { ended, loops } = logRun(region, binding, VARIABLES);
    assert.is(JSON.stringify(binding), before, "the run must not be seen");
    if (!ended) continue;
    const liveAfter = new Map(skeleton(region).loops.map((l) => [l.stmt.id, l.liveOut]));
    for (const v of said) {
      const seen = loops.get(v.id)!;
      if (seen.instances === 0) continue;
      const live = liveAfter.get(v.id)!;
      const free = objections({ ...v, requires: [] }, seen, binding, live).every((o) => o.startsWith("privates"));
      if (free) count.free++;
      if (v.class === "sequential" && v.witness) {
        count.sequential++;
        if (seen.recurrences.size > 0 || seen.left) count.rightly++;
      }
      if (!claims(v)) continue;
      count.claimed++;
      if (free) count.found++;
      const against = objections(v, seen, binding, live);
      if (against.length > 0) assert.unreachable(`round ${round}: ${against.join(", ")}\n${JSON.stringify(v)}\n${print(region)}`);
    }
  }
  if (process.env.VERBOSE) console.log(count);
  assert.ok(count.claimed > 200, `only ${count.claimed} claims`);
  assert.ok(count.found >= 0.5 * count.free, `${count.found} of ${count.free}`);
  assert.is(count.rightly, count.sequential);
});

test("the shadow's classes are those of all pairs of accesses", () => {
  const rnd = random(11);
  for (let round = 0; round < 300; round++) {
    const shadow = new Shadow(2, 2);
    const at = ["p", "q", "r"].map((n) => shadow.location(n));
    const log: { trip: readonly [number, number]; at: number; write: boolean }[] = [];
    const touch = (trip: readonly [number, number]): void => {
      for (let n = rnd(4); n > 0; n--) {
        const [l, write] = [rnd(3), rnd(2) === 0];
        log.push({ trip, at: l, write });
        if (write) shadow.write(at[l]!, 0, 0);
        else shadow.read(at[l]!, 0, 0);
      }
    };
    const trips = 1 + rnd(3);
    shadow.enter(0);
    for (let i = 0; i < trips; i++) {
      shadow.trip();
      touch([i, -1]);
      shadow.enter(1);
      for (let j = rnd(4); j > 0; j--) {
        shadow.trip();
        touch([i, j]);
      }
      shadow.leave(false);
      touch([i, -2]);
    }
    shadow.leave(false);
    shadow.finish();
    // flow carried by the outer loop: the last write before a read is of another trip
    for (let l = 0; l < 3; l++) {
      const mine = log.filter((x) => x.at === l);
      const flow = mine.some(
        (x, k) =>
          !x.write &&
          (mine
            .slice(0, k)
            .filter((w) => w.write)
            .at(-1)?.trip[0] ?? x.trip[0]) !== x.trip[0],
      );
      const shared = new Set(mine.map((x) => x.trip[0])).size > 1 && mine.some((x) => x.write);
      const exposed = mine.some((x, k) => !x.write && !mine.slice(0, k).some((w) => w.write && w.trip[0] === x.trip[0]));
      const last = mine.filter((x) => x.write).at(-1)?.trip[0] === trips - 1;
      const expected = !shared ? "none" : flow ? "recurrences" : exposed ? "snapshots" : last ? "privates" : "lastWriters";
      const name = ["p", "q", "r"][l]!;
      const seen = shadow.loops[0]!;
      const got = (["recurrences", "snapshots", "privates", "lastWriters"] as const).find((what) => seen[what].has(name)) ?? "none";
      assert.is(got, expected, `round ${round}, ${name}: ${JSON.stringify(mine)}`);
    }
  }
});

// ---- text cases -----------------------------------------------------------------------------------------------------------------------

/** `L class source -> sink distance d`, then what it requires. */
function shown(v: LoopVerdict): string {
  const witness = v.witness ? ` ${v.witness.source.join(",")} -> ${v.witness.sink.join(",")}` : "";
  const head = `${v.id} ${v.class}${v.stage === "inspector" ? " (inspected)" : ""}${witness}${v.distance === undefined ? "" : ` distance ${v.distance}`}`;
  return [head, ...(v.requires ?? []).map((r) => `  ${r}`)].join("\n");
}

const FOLDER = new URL("./dependence/", import.meta.url);
for (const file of readdirSync(FOLDER).sort()) {
  const url = new URL(file, FOLDER);
  const cases = readCases(readFileSync(url, "utf8"));
  const results = cases.map((c) => {
    const region = parse(c.parts[0]!);
    verify(region);
    const binding = bind(region, JSON.parse(c.parts[1]!) as BindingText);
    const dead = new Set(region.vars.filter((v) => v.init === "unset").map((v) => v.name));
    const inspected = judge(region, binding, { inspect: true, dead });
    const plain = judge(region, binding, { dead });
    const differs = plain.some((v, k) => shown(v) !== shown(inspected[k]!));
    return [plain, ...(differs ? [inspected] : [])].map((list) => list.map(shown).join("\n")).join("\n");
  });
  if (process.env.UPDATE)
    writeFileSync(url, cases.map((c, k) => `==== ${c.title}\n${c.parts[0]}----\n${c.parts[1]}----\n${results[k]}\n`).join(""));
  else cases.forEach((c, k) => test(`${file}: ${c.title}`, () => assert.is(results[k], c.parts[2]!.trimEnd())));
}

test.run();
