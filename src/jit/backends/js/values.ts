/**
 * Abstract interpretation of the integer variables: what each is at each place, as polynomial over symbols and as interval.
 *
 * The generator walks statements in order and tells this class what it passes (`assign`, `enterLoop`, `branch`, …); `run` does the same walk without
 * generating, to find what holds at a loop's head. There, bounds are guessed from the values at entry and from counted increments, tried on the body and
 * dropped or widened until they hold for every trip. Values at a loop's exit are the hull of the entry and of everything assigned inside, which
 * makes breaks and continues harmless.
 * Source: P. Cousot and R. Cousot, "Abstract interpretation" (1977), intervals with widening; symbolic bounds as in Blume and Eigenmann,
 * "Symbolic range propagation" (1995).
 */
import type { Expr, ForStmt, LoopStmt, OpExpr, Region, Stmt } from "../../ir/nest.ts";
import { isBool, isInt, type OpName, SAFE, type ScalarType, TYPES } from "../../ir/ops.ts";
import { assigned } from "../../ir/visit.ts";
import { Carried } from "./carried.ts";
import type { Inputs } from "./inputs.ts";
import { add, bounds, constant, difference, interval, isConstant, ofSym, type Poly, rename, type Sym } from "./poly.ts";
import { type Abs, exactly, type Known, TRANSFER, WRAPS } from "./transfer.ts";

/** At most so many symbolic bounds are kept of a value. */
const MAX_BOUNDS = 3;
const MAX_PASSES = 8;

/** What is believed of a variable at a loop's head. */
interface Guess {
  readonly lo: number;
  readonly hi: number;
  readonly lowers: readonly Poly[];
  readonly uppers: readonly Poly[];
}

/** What a pass over a loop's body saw assigned to a variable. */
interface Seen {
  readonly values: Abs[];
  /** Sum of what all assignments add in a trip, if all of them add; undefined: not all do. */
  grows: readonly [lo: number, hi: number] | undefined;
}

export interface State {
  readonly env: ReadonlyMap<string, Abs>;
  readonly ivs: ReadonlyMap<string, Sym>;
}

export class Values {
  private env = new Map<string, Abs>();
  private ivs = new Map<string, Sym>();
  /** Loops around the current place. */
  depth = 0;
  private readonly types: ReadonlyMap<string, ScalarType>;
  private readonly inputs: Inputs;
  private readonly inputJs: (at: number) => string;
  private readonly next: () => number;
  private readonly exprOf = new WeakMap<Sym, Expr>();
  private readonly guesses = new WeakMap<Stmt, Map<string, Guess>>();
  private readonly assignedIn = new WeakMap<readonly Stmt[], ReadonlySet<string>>();
  private readonly carried: Carried;
  private recorders: { readonly seen: Map<string, Seen>; readonly trips: number }[] = [];
  private memo = new Map<Expr, Abs>();

  constructor(region: Region, inputs: Inputs, inputJs: (at: number) => string, next: () => number) {
    this.carried = new Carried(region);
    this.inputs = inputs;
    this.inputJs = inputJs;
    this.next = next;
    this.types = new Map(region.vars.map((v) => [v.name, v.type]));
    for (const v of region.vars) {
      if (!isInt(v.type)) continue;
      const { lo, hi } = v.init === "live-in" ? inputs.symbol(`v ${v.name}`, inputJs) : TYPES[v.type];
      this.env.set(v.name, this.bound(v.name, { lo, hi }));
    }
  }

  // ---- symbols ----------------------------------------------------------------------------------------------------------------------

  private sym(k: Known, js: string | undefined, stable: boolean): Sym {
    const some = (list: readonly (Poly | undefined)[] = []): Poly[] => list.filter((p) => p !== undefined).slice(0, MAX_BOUNDS);
    const s: Sym = { id: this.next(), lo: k.lo, hi: k.hi, lowers: some(k.lowers), uppers: some(k.uppers), depth: this.depth, stable };
    if (js !== undefined) s.js = js;
    return s;
  }

  /** A value that only the variable itself holds. */
  private bound(name: string, k: Known): Abs {
    return { poly: ofSym(this.sym(k, varJs(name), false)), lo: k.lo, hi: k.hi };
  }

  private opaque(k: Known, e: Expr): Abs {
    const s = this.sym(k, undefined, false);
    this.exprOf.set(s, e);
    return { poly: ofSym(s), lo: k.lo, hi: k.hi };
  }

  /** The expression that a symbol stands for, while it has no JavaScript name. */
  expression(s: Sym): Expr | undefined {
    return this.exprOf.get(s);
  }

  /** Symbol of an array's offset, length or stride. */
  input(name: string): Abs {
    const fixed = this.inputs.fixedValue(name);
    if (fixed !== undefined) return exactly(fixed);
    const s = this.inputs.symbol(name, this.inputJs);
    return { poly: ofSym(s), lo: s.lo, hi: s.hi };
  }

  // ---- expressions ------------------------------------------------------------------------------------------------------------------

  /** What is known of an integer or bool. */
  of(e: Expr): Abs {
    const known = this.memo.get(e);
    if (known) return known;
    const found = this.compute(e);
    this.memo.set(e, found);
    return found;
  }

  private compute(e: Expr): Abs {
    switch (e.kind) {
      case "const":
        return exactly(e.value);
      case "param":
        return this.input(`p ${e.name}`);
      case "var":
        return this.env.get(e.name) ?? this.opaque(TYPES[e.type], e);
      case "iv": {
        const s = this.ivs.get(e.name)!;
        return { poly: ofSym(s), lo: s.lo, hi: s.hi };
      }
      case "dim":
        return this.input(`n ${e.array} ${e.axis}`);
      case "load":
        return this.opaque(TYPES[e.type], e);
      case "cast":
        return this.conversion(e.type, e.arg, e);
      case "op":
        return this.operation(e);
    }
  }

  private conversion(to: ScalarType, arg: Expr, e: Expr): Abs {
    const { lo, hi } = TYPES[to];
    if (isBool(to) || arg.type === "wide" || !(isInt(arg.type) || isBool(arg.type))) return this.opaque({ lo, hi }, e);
    const a = this.of(arg);
    if (a.lo >= lo && a.hi <= hi) return a;
    // Python's ints must fit, NumPy's wrap
    return arg.type === "int" ? { poly: a.poly, lo: Math.max(a.lo, lo), hi: Math.min(a.hi, hi) } : this.opaque({ lo, hi }, e);
  }

  private operation(e: OpExpr): Abs {
    if (e.type === "wide" || !isInt(e.type)) return this.opaque({ lo: 0, hi: 1 }, e);
    const { lo, hi } = TYPES[e.type];
    if (e.op === "select") return this.join([this.of(e.args[1]!), this.of(e.args[2]!)], Infinity, undefined, e);
    const row = TRANSFER[e.op];
    if (row === undefined) return this.opaque({ lo, hi }, e);
    const a = e.args[0]!.type === "wide" ? exactly(0) : this.of(e.args[0]!);
    const k = row(a, e.args[1] ? this.of(e.args[1]) : a);
    const fits = k.lo >= lo && k.hi <= hi;
    if (!fits && WRAPS.has(e.op) && e.type !== "int") return this.opaque({ lo, hi }, e);
    const clipped = { ...k, lo: Math.max(k.lo, lo), hi: Math.min(k.hi, hi) };
    return k.poly ? { poly: k.poly, lo: clipped.lo, hi: clipped.hi } : this.opaque(clipped, e);
  }

  /** The unclipped interval of an op's result, to see whether it may leave its type. */
  unclipped(op: OpName, args: readonly Expr[]): [number, number] {
    const row = TRANSFER[op];
    if (!row) return [-Infinity, Infinity];
    const a = this.of(args[0]!);
    const k = row(a, args[1] ? this.of(args[1]) : a);
    return [k.lo, k.hi];
  }

  // ---- joining ----------------------------------------------------------------------------------------------------------------------

  /** One of several values; bounds that mention symbols as new as `since` are dropped. Bound to a variable or an expression. */
  private join(list: readonly Abs[], since: number, name: string | undefined, e?: Expr): Abs {
    const k = hull(list, since);
    return name !== undefined ? this.bound(name, k) : this.opaque(k, e!);
  }

  // ---- what the walk passes -----------------------------------------------------------------------------------------------------------

  state(): State {
    return { env: this.env, ivs: this.ivs };
  }
  private restore(s: State): void {
    this.env = new Map(s.env);
    this.ivs = new Map(s.ivs);
    this.memo = new Map();
  }

  assign(name: string, e: Expr): void {
    const type = this.types.get(name)!;
    if (!isInt(type)) return;
    const a = this.of(e);
    for (const r of this.recorders) record(r.seen, name, a, r === this.recorders.at(-1) ? this.increment(name, e) : undefined);
    const stable = a.poly.terms.every((t) => t.syms.every((s) => s.stable));
    const poly = [a.poly];
    this.env.set(name, stable ? a : this.bound(name, { lo: a.lo, hi: a.hi, lowers: poly, uppers: poly }));
    this.memo = new Map();
  }

  /** What `name = name + d` adds. */
  private increment(name: string, e: Expr): readonly [number, number] | undefined {
    if (e.kind !== "op" || (e.op !== "add" && e.op !== "sub")) return undefined;
    const [x, y] = e.args as [Expr, Expr];
    const isSelf = (v: Expr) => v.kind === "var" && v.name === name;
    if (isSelf(x)) {
      const d = this.of(y);
      return e.op === "add" ? [d.lo, d.hi] : [-d.hi, -d.lo];
    }
    if (e.op === "add" && isSelf(y)) {
      const d = this.of(x);
      return [d.lo, d.hi];
    }
    return undefined;
  }

  /** Learns that a condition holds, or does not. */
  assume(cond: Expr, holds: boolean): void {
    if (cond.kind !== "op") return;
    const [x, y] = cond.args as [Expr, Expr];
    if (cond.op === "not") return this.assume(x, !holds);
    if ((cond.op === "land" && holds) || (cond.op === "lor" && !holds)) {
      this.assume(x, holds);
      return this.assume(y, holds);
    }
    const relation = RELATIONS[cond.op];
    if (!relation || !isInt(x.type)) return;
    const r = holds ? relation.yes : relation.no;
    if (r === "eq" || r === "lt" || r === "le") this.atMost(x, y, r === "lt" ? 1 : 0);
    if (r === "eq" || r === "gt" || r === "ge") this.atMost(y, x, r === "gt" ? 1 : 0);
    if (r === "eq") this.atMost(y, x, 0);
    if (r === "ne") this.unequal(x, y);
  }

  /** Learns x + by <= y. */
  private atMost(x: Expr, y: Expr, by: number): void {
    const a = this.of(x);
    const b = this.of(y);
    this.tighten(a.poly, undefined, add(b.poly, constant(-by)), b.hi - by);
    this.tighten(b.poly, add(a.poly, constant(by)), undefined, a.lo + by);
    this.memo = new Map();
  }

  /** x != y tells something where y is an end of x's range. */
  private unequal(x: Expr, y: Expr): void {
    const a = this.of(x);
    const b = this.of(y);
    if (b.lo !== b.hi) return;
    if (a.lo === b.lo) this.tighten(a.poly, constant(b.lo + 1), undefined, b.lo + 1);
    else if (a.hi === b.lo) this.tighten(a.poly, undefined, constant(b.lo - 1), b.lo - 1);
    this.memo = new Map();
  }

  /** Learns a bound of a polynomial that is one symbol and a constant: the symbol is replaced by one that knows more. */
  private tighten(p: Poly, lower: Poly | undefined, upper: Poly | undefined, limit: number): void {
    const t = p.terms[0];
    if (p.terms.length !== 1 || t!.syms.length !== 1 || (t!.coef !== 1 && t!.coef !== -1)) return;
    const old = t!.syms[0]!;
    if (old.input !== undefined) return;
    const negative = t!.coef < 0;
    const solve = (q: Poly | undefined): Poly[] => {
      const moved = q && add(q, constant(-p.constant));
      const solved = moved && (negative ? add(constant(0), moved, -1) : moved);
      return solved && solved.terms.every((x) => x.syms.every((s) => s.id <= old.id && s !== old)) ? [solved] : [];
    };
    const raises = (lower !== undefined) !== negative;
    const at = negative ? p.constant - limit : limit - p.constant;
    const s: Sym = {
      ...old,
      id: this.next(),
      lo: raises ? Math.max(old.lo, at) : old.lo,
      hi: raises ? old.hi : Math.min(old.hi, at),
      lowers: raises ? [...solve(lower ?? upper), ...old.lowers].slice(0, MAX_BOUNDS) : old.lowers,
      uppers: raises ? old.uppers : [...solve(lower ?? upper), ...old.uppers].slice(0, MAX_BOUNDS),
    };
    const e = this.exprOf.get(old);
    if (e) this.exprOf.set(s, e);
    this.replace(old, s);
  }

  private replace(old: Sym, s: Sym): void {
    for (const [name, a] of this.env) {
      const poly = rename(a.poly, old, s);
      if (poly === a.poly) continue;
      const [lo, hi] = interval(poly);
      this.env.set(name, { poly, lo: Math.max(a.lo, lo), hi: Math.min(a.hi, hi) });
    }
    for (const [name, v] of this.ivs) if (v === old) this.ivs.set(name, s);
  }

  /** Joins the states at the ends of two arms, where they fall through, after a state before them. */
  merge(before: State, assignedNames: ReadonlySet<string>, a: State | undefined, b: State | undefined): void {
    if (!a || !b) return this.restore(a ?? b ?? before);
    this.restore(before);
    for (const name of assignedNames) {
      const [x, y] = [a.env.get(name), b.env.get(name)];
      if (!x || !y) continue;
      this.env.set(
        name,
        difference(x.poly, y.poly) === 0 && x.poly.terms.every((t) => t.syms.every((s) => s.stable))
          ? x
          : this.join([x, y], Infinity, name),
      );
    }
  }

  /** Runs `arm` on a copy of the state; gives the state at its end, undefined if it does not fall through. */
  branch(before: State, cond: Expr, holds: boolean, arm: () => boolean): State | undefined {
    this.restore(before);
    this.assume(cond, holds);
    return arm() ? this.state() : undefined;
  }

  /** Runs `f` where a condition is known. */
  within<T>(cond: Expr, holds: boolean, f: () => T): T {
    const before = this.copy();
    this.assume(cond, holds);
    try {
      return f();
    } finally {
      this.restore(before);
    }
  }

  /** Memory changed: what was known of loads is not known of the next ones. */
  stored(): void {
    this.memo = new Map();
  }

  assignedBy(body: readonly Stmt[]): ReadonlySet<string> {
    let names = this.assignedIn.get(body);
    if (!names) this.assignedIn.set(body, (names = assigned(body)));
    return names;
  }

  // ---- loops ------------------------------------------------------------------------------------------------------------------------

  /** Range of a loop's variable. */
  ivSym(s: ForStmt): Sym {
    const [lo, hi, step] = [this.of(s.lo), this.of(s.hi), this.of(s.step)];
    const last = add(hi.poly, constant(step.lo > 0 ? -1 : 1));
    const up: Known = { lo: lo.lo, hi: Math.max(lo.lo, hi.hi - 1), lowers: [lo.poly], uppers: [last] };
    const down: Known = { lo: Math.min(lo.hi, hi.lo + 1), hi: lo.hi, lowers: [last], uppers: [lo.poly] };
    const both: Known = { lo: Math.min(lo.lo, hi.lo + 1), hi: Math.max(lo.hi, hi.hi - 1) };
    this.depth++;
    const sym = this.sym(step.lo > 0 ? up : step.hi < 0 ? down : both, ivJs(s.iv), true);
    this.depth--;
    return sym;
  }

  private tripsOf(s: LoopStmt): number {
    if (s.kind === "while") return Infinity;
    const [lo, hi, step] = [this.of(s.lo), this.of(s.hi), this.of(s.step)];
    const least = Math.max(1, Math.min(Math.abs(step.lo), Math.abs(step.hi)));
    const span = step.lo > 0 ? hi.hi - lo.lo : step.hi < 0 ? lo.hi - hi.lo : Math.max(hi.hi - lo.lo, lo.hi - hi.lo);
    return Math.max(0, Math.ceil(span / (step.lo <= 0 && step.hi >= 0 ? 1 : least)));
  }

  /**
   * Goes into a loop: finds what holds at its head (for a `while`: before its condition), and leaves that as the state for one walk over the body.
   * `leaveLoop` with the result goes on after it.
   */
  enterLoop(s: LoopStmt): LoopEntry {
    const names = [...this.assignedBy(s.body)].filter((n) => isInt(this.types.get(n)!));
    const before = this.state();
    const entry = new Map(names.map((n) => [n, this.env.get(n)!]));
    const trips = this.tripsOf(s);
    const iv = s.kind === "for" ? this.ivSym(s) : undefined;
    const since = this.next();
    const old = this.guesses.get(s);
    const matters = this.carried.of(s);
    const anything = new Map(names.filter((n) => !matters.has(n)).map((n) => [n, this.unknown(n)]));
    let guesses = new Map(names.map((n) => [n, anything.get(n) ?? firstGuess(entry.get(n)!, old?.get(n), since)]));
    let seen = new Map<string, Seen>();
    if (anything.size === names.length) {
      this.openBody(s, before, guesses, iv);
      this.recorders.push({ seen, trips: 1 });
      return { before, after: guesses };
    }
    for (let pass = 0; ; pass++) {
      // nothing is believed that a pass did not confirm
      if (pass >= MAX_PASSES)
        guesses = new Map(names.map((n) => [n, this.unknown(n)]));
      this.openBody(s, before, guesses, iv);
      if (s.kind === "while") this.assume(s.cond, true);
      this.recorders.push({ seen: (seen = new Map()), trips });
      const types = this.types;
      this.run(s.body);
      this.recorders.pop();
      this.closeBody();
      const better = new Map(
        names.map((n) => [
          n,
          anything.get(n) ?? nextGuess(guesses.get(n)!, entry.get(n)!, seen.get(n), trips, since, pass, types.get(n)!),
        ]),
      );
      const stable = names.every((n) => better.get(n) === guesses.get(n));
      if (stable || pass >= MAX_PASSES) break;
      guesses = better;
    }
    this.guesses.set(s, guesses);
    this.outward(seen, trips);
    const after = new Map(names.map((n) => [n, anything.get(n) ?? hull([entry.get(n)!, ...(seen.get(n)?.values ?? [])], since)]));
    this.openBody(s, before, guesses, iv);
    // the walk that generates must not be recorded again
    this.recorders.push({ seen: new Map(), trips: 1 });
    return { before, after };
  }

  private unknown(name: string): Guess {
    const { lo, hi } = TYPES[this.types.get(name)!];
    return { lo, hi, lowers: [], uppers: [] };
  }

  leaveLoop({ before, after }: LoopEntry): void {
    this.recorders.pop();
    this.closeBody();
    this.restore(before);
    for (const [name, k] of after) this.env.set(name, this.bound(name, k));
  }

  private openBody(s: LoopStmt, before: State, guesses: ReadonlyMap<string, Guess>, iv: Sym | undefined): void {
    this.restore(before);
    this.depth++;
    for (const [name, g] of guesses) this.env.set(name, this.bound(name, g));
    if (s.kind === "for") this.ivs.set(s.iv, iv!);
  }

  private closeBody(): void {
    this.depth--;
    this.memo = new Map();
  }

  /** Hands what a loop assigns to the loop around it: increments count once a trip. */
  private outward(seen: ReadonlyMap<string, Seen>, trips: number): void {
    const outer = this.recorders.at(-1);
    if (!outer) return;
    for (const [name, x] of seen) {
      const grows: readonly [number, number] | undefined = x.grows && [
        times(trips, Math.min(0, x.grows[0])),
        times(trips, Math.max(0, x.grows[1])),
      ];
      for (const v of x.values) record(outer.seen, name, v, [0, 0]);
      const own = outer.seen.get(name)!;
      own.grows = own.grows && grows && [own.grows[0] + grows[0], own.grows[1] + grows[1]];
    }
  }

  // ---- the walk that only looks -------------------------------------------------------------------------------------------------------

  /** Walks statements; whether control falls through their end. */
  run(body: readonly Stmt[]): boolean {
    for (const s of body) if (!this.step(s)) return false;
    return true;
  }

  private step(s: Stmt): boolean {
    switch (s.kind) {
      case "set":
        this.assign(s.name, s.value);
        return true;
      case "if": {
        const before = this.copy();
        const a = this.branch(before, s.cond, true, () => this.run(s.body));
        const b = this.branch(before, s.cond, false, () => this.run(s.orelse));
        this.merge(before, new Set([...this.assignedBy(s.body), ...this.assignedBy(s.orelse)]), a, b);
        return a !== undefined || b !== undefined;
      }
      case "for":
      case "while":
        this.leaveLoop(this.enterLoop(s));
        return true;
      case "block": {
        const entry = this.enterBlock(s.body);
        this.run(s.body);
        this.leaveBlock(entry);
        return true;
      }
      case "guard":
        this.assume(s.cond, true);
        return true;
      case "break":
      case "continue":
      case "exit":
        return false;
      case "store":
        this.stored();
        return true;
    }
  }

  copy(): State {
    return { env: new Map(this.env), ivs: new Map(this.ivs) };
  }

  /** A block may be left anywhere: what it assigns is afterwards the hull of all of it. */
  enterBlock(body: readonly Stmt[]): BlockEntry {
    const before = this.copy();
    this.recorders.push({ seen: new Map(), trips: 1 });
    return { before, names: this.assignedBy(body), seen: this.recorders.at(-1)!.seen };
  }

  leaveBlock({ before, names, seen }: BlockEntry): void {
    this.recorders.pop();
    this.outward(seen, 1);
    const since = Infinity;
    this.restore(before);
    for (const name of names) {
      const entry = before.env.get(name);
      if (entry) this.env.set(name, this.bound(name, hull([entry, ...(seen.get(name)?.values ?? [])], since)));
    }
  }
}

export interface LoopEntry {
  readonly before: State;
  readonly after: ReadonlyMap<string, Known>;
}
export interface BlockEntry {
  readonly before: State;
  readonly names: ReadonlySet<string>;
  readonly seen: ReadonlyMap<string, Seen>;
}

const RELATIONS: Partial<Record<OpName, { readonly yes: OpName; readonly no: OpName }>> = {
  eq: { yes: "eq", no: "ne" },
  ne: { yes: "ne", no: "eq" },
  lt: { yes: "lt", no: "ge" },
  le: { yes: "le", no: "gt" },
  gt: { yes: "gt", no: "le" },
  ge: { yes: "ge", no: "lt" },
};

const times = (n: number, x: number): number => (x === 0 ? 0 : n * x);

/** JavaScript names of variables and loop variables. Names of the IR may have dots. */
export const varJs = (name: string): string => `v_${name.replaceAll(".", "$")}`;
export const ivJs = (name: string): string => `k_${name.replaceAll(".", "$")}`;

function record(seen: Map<string, Seen>, name: string, value: Abs, grows: readonly [number, number] | undefined): void {
  const x = seen.get(name);
  if (!x) seen.set(name, { values: [value], grows });
  else {
    x.values.push(value);
    x.grows = x.grows && grows && [x.grows[0] + grows[0], x.grows[1] + grows[1]];
  }
}

/** Bounds of one of several values, without symbols as new as `since`. */
function hull(list: readonly Abs[], since: number): Guess {
  const known = (up: boolean): Poly[] => {
    if (list.length > 6) return [];
    const sides = list.map((a) => limits(a, up, since));
    const candidates = sides.flat();
    const holds = (c: Poly) => sides.every((side) => side.some((x) => beyond(c, x, up)));
    return distinct(candidates.filter(holds)).slice(0, MAX_BOUNDS);
  };
  return { lo: Math.min(...list.map((a) => a.lo)), hi: Math.max(...list.map((a) => a.hi)), lowers: known(false), uppers: known(true) };
}

/** Symbolic bounds of a value. */
function limits(a: Abs, up: boolean, since: number): Poly[] {
  const own = since === Infinity ? [a.poly] : [];
  const numeric = up ? a.hi : a.lo;
  const far = Math.abs(numeric) < 2 ** 31 ? [constant(numeric)] : [];
  return [...own, ...bounds(a.poly, up, since === Infinity ? 0 : since), ...far];
}

/** Whether `c` is a bound where `x` is one. */
function beyond(c: Poly, x: Poly, up: boolean): boolean {
  const d = difference(x, c);
  return d !== undefined && (up ? d >= 0 : d <= 0);
}

function distinct(list: readonly Poly[]): Poly[] {
  return list.filter((p, k) => !isConstant(p) && list.findIndex((q) => difference(p, q) === 0) === k);
}

function firstGuess(entry: Abs, old: Guess | undefined, since: number): Guess {
  const lowers = distinct(limits(entry, false, since)).slice(0, MAX_BOUNDS);
  const uppers = distinct(limits(entry, true, since)).slice(0, MAX_BOUNDS);
  if (!old) return { lo: entry.lo, hi: entry.hi, lowers, uppers };
  return {
    lo: Math.min(entry.lo, old.lo),
    hi: Math.max(entry.hi, old.hi),
    lowers: old.lowers.length === 0 ? [] : lowers,
    uppers: old.uppers.length === 0 ? [] : uppers,
  };
}

/** The guess itself if the body keeps it, else a weaker one. */
function nextGuess(g: Guess, entry: Abs, seen: Seen | undefined, trips: number, since: number, pass: number, type: ScalarType): Guess {
  if (!seen) return g;
  const giveUp = pass >= MAX_PASSES - 2;
  const keep = (list: readonly Poly[], up: boolean): readonly Poly[] => {
    const kept = giveUp ? [] : list.filter((c) => seen.values.every((v) => limits(v, up, since).some((x) => beyond(c, x, up))));
    return kept.length === list.length ? list : kept;
  };
  const lowers = keep(g.lowers, false);
  const uppers = keep(g.uppers, true);
  const [lo, hi] = nextRange(g, entry, seen, trips, pass, type);
  return lo === g.lo && hi === g.hi && lowers === g.lowers && uppers === g.uppers ? g : { lo, hi, lowers, uppers };
}

function nextRange(g: Guess, entry: Abs, seen: Seen, trips: number, pass: number, type: ScalarType): [number, number] {
  const [least, most] = [Math.min(entry.lo, ...seen.values.map((v) => v.lo)), Math.max(entry.hi, ...seen.values.map((v) => v.hi))];
  const { lo, hi } = TYPES[type];
  if (seen.grows) {
    const counted = [entry.lo + times(trips, Math.min(0, seen.grows[0])), entry.hi + times(trips, Math.max(0, seen.grows[1]))] as const;
    if (counted[0] >= g.lo && counted[1] <= g.hi) return [g.lo, g.hi];
    if (pass < MAX_PASSES - 2) return [Math.max(lo, Math.min(g.lo, counted[0])), Math.min(hi, Math.max(g.hi, counted[1]))];
  }
  if (least >= g.lo && most <= g.hi) return [g.lo, g.hi];
  if (pass === 0) return [Math.min(g.lo, least), Math.max(g.hi, most)];
  return [least < g.lo ? lo : g.lo, most > g.hi ? hi : g.hi];
}

export const isSafe = (lo: number, hi: number): boolean => lo >= -SAFE && hi <= SAFE;
