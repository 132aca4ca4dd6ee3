/**
 * Checks the rules of the IR; the runner calls it between passes in tests. The rules:
 *
 *   1. Names of arrays, params, vars, ivs, loops and blocks are unique in the region; so are exits' ids; `live` names variables.
 *   2. Expressions are well typed by the op table; what they name is declared with that type; an iv is named inside its loop only.
 *   3. Constants are values of their type; an access has one int subscript an axis; a wide value is never assigned, stored or tested.
 *   4. `set` and `store` keep the declared types; conditions are bool or b1; bounds are int.
 *   5. `break` names an enclosing loop or block, `continue` an enclosing loop.
 *   6. A statement that may leave names a declared exit.
 *   7. A variable is read only where it is assigned on every path to it, or live-in.
 *      `unset` variables may be live at an exit unassigned (they are unbound there); temps may not.
 *   8. Effects come last: once a source statement (all statements with one exit) has stored, or assigned a variable that its exit lists,
 *      nothing in it may take that exit. A source statement begins anew in every trip of the innermost loop that contains all of it.
 *      Regions of mode `transaction` are exempt.
 *
 * Known weakness: 8 treats all arrays as one, and does not see that two arms exclude each other over trips.
 */
import { IrError, resultType } from "./build.ts";
import { stmtCanExit } from "./effects.ts";
import type { ArrayDecl, Check, ExitDecl, ExitId, Expr, ForStmt, LoopId, Region, Stmt, VarDecl, WhileStmt } from "./nest.ts";
import { isBool, type ScalarType, TYPES } from "./ops.ts";
import { operands, ownExprs, walkStmts } from "./visit.ts";

/** Throws an IrError that lists what is wrong; `after` names the pass that made the region. */
export function verify(r: Region, after = "construction"): void {
  const problems = check(r);
  if (problems.length > 0) throw new IrError(`after ${after}: ${r.name}:\n  ${problems.join("\n  ")}`);
}

/** All violations, as text. */
export function check(r: Region): string[] {
  const checker = new Checker(r);
  checker.declarations();
  checker.list(r.body);
  if (checker.problems.length === 0) new Assignment(r, checker.problems).region();
  if (checker.problems.length === 0 && r.exitMode === "precise") new EffectsLast(r, checker.problems).region();
  return checker.problems;
}

// ---- rules 1 to 6 ---------------------------------------------------------------------------------------------------------------------

class Checker {
  readonly problems: string[] = [];
  private readonly r: Region;
  private readonly arrays: ReadonlyMap<string, ArrayDecl>;
  private readonly scalars = new Map<string, ScalarType>();
  private readonly kinds = new Map<string, string>();
  private readonly exits: ReadonlyMap<string, ExitDecl>;
  private readonly ivs = new Set<string>();
  private readonly targets: { name: string; loop: boolean }[] = [];

  constructor(r: Region) {
    this.r = r;
    this.arrays = new Map(r.arrays.map((a) => [a.name, a]));
    this.exits = new Map(r.exits.map((x) => [x.id, x]));
  }

  private say(where: Stmt | undefined, what: string): void {
    this.problems.push(where ? `line ${where.line}, ${where.kind}: ${what}` : what);
  }

  private claim(name: string, kind: string, s?: Stmt): void {
    if (this.kinds.has(name)) this.say(s, `${name} is declared twice`);
    this.kinds.set(name, kind);
  }

  declarations(): void {
    const { r } = this;
    for (const a of r.arrays) this.claim(a.name, "array");
    for (const p of r.params) {
      this.claim(p.name, "param");
      this.scalars.set(p.name, p.type);
    }
    for (const v of r.vars) {
      this.claim(v.name, "var");
      this.scalars.set(v.name, v.type);
    }
    if (this.exits.size !== r.exits.length) this.say(undefined, "two exits have one id");
    for (const x of r.exits) {
      for (const name of x.live) if (this.kinds.get(name) !== "var") this.say(undefined, `exit ${x.id}: ${name} is no variable`);
    }
  }

  list(body: readonly Stmt[]): void {
    for (const s of body) this.statement(s);
  }

  private statement(s: Stmt): void {
    for (const e of ownExprs(s)) this.expr(e, s);
    if (s.exit !== undefined && !this.exits.has(s.exit)) this.say(s, `no exit ${s.exit}`);
    if (s.exit === undefined && stmtCanExit(s, this.r)) this.say(s, "may leave but names no exit");
    switch (s.kind) {
      case "set":
        if (this.kinds.get(s.name) !== "var") this.say(s, `${s.name} is no variable`);
        else this.want(s.value, this.scalars.get(s.name)!, s);
        break;
      case "store": {
        const a = this.access(s.array, s.index, s.checks, s);
        if (a) this.want(s.value, a.elem, s);
        break;
      }
      case "if":
        this.condition(s.cond, s);
        this.list(s.body);
        this.list(s.orelse);
        break;
      case "guard":
        this.condition(s.cond, s);
        break;
      case "for":
        this.forLoop(s);
        break;
      case "while":
        this.claim(s.id, "loop", s);
        this.condition(s.cond, s);
        this.inside(s.id, true, s.body);
        break;
      case "block":
        this.claim(s.label, "block", s);
        this.inside(s.label, false, s.body);
        break;
      case "break":
      case "continue": {
        const t = this.targets.find((x) => x.name === s.target);
        if (!t || (s.kind === "continue" && !t.loop)) this.say(s, `${s.target} is not around it`);
        break;
      }
      case "exit":
        break;
    }
  }

  private forLoop(s: ForStmt): void {
    this.claim(s.id, "loop", s);
    this.claim(s.iv, "iv", s);
    for (const e of [s.lo, s.hi, s.step]) this.want(e, "int", s);
    this.ivs.add(s.iv);
    this.inside(s.id, true, s.body);
    this.ivs.delete(s.iv);
  }

  private inside(name: string, loop: boolean, body: readonly Stmt[]): void {
    this.targets.push({ name, loop });
    this.list(body);
    this.targets.pop();
  }

  private want(e: Expr, type: ScalarType, s: Stmt): void {
    if (e.type !== type) this.say(s, `${e.type} where ${type} is wanted`);
  }

  private condition(e: Expr, s: Stmt): void {
    if (!isBool(e.type)) this.say(s, `a condition of type ${e.type}`);
  }

  private access(name: string, index: readonly Expr[], checks: readonly Check[] | undefined, s: Stmt): ArrayDecl | undefined {
    const a = this.arrays.get(name);
    if (!a) this.say(s, `${name} is no array`);
    else if (index.length !== a.ndim || (checks && checks.length !== a.ndim)) this.say(s, `${name} has ${a.ndim} axes`);
    for (const e of index) this.want(e, "int", s);
    return a;
  }

  private expr(e: Expr, s: Stmt): void {
    for (const o of operands(e)) this.expr(o, s);
    switch (e.kind) {
      case "const":
        if (!isValue(e.type, e.value)) this.say(s, `${e.value} is no ${e.type}`);
        break;
      case "param":
      case "var":
        if (this.kinds.get(e.name) !== e.kind || this.scalars.get(e.name) !== e.type) this.say(s, `no ${e.kind} ${e.name}: ${e.type}`);
        break;
      case "iv":
        if (!this.ivs.has(e.name)) this.say(s, `${e.name} outside its loop`);
        break;
      case "dim": {
        const a = this.arrays.get(e.array);
        if (!a || e.axis >= a.ndim) this.say(s, `${e.array} has no axis ${e.axis}`);
        break;
      }
      case "load": {
        const a = this.access(e.array, e.index, e.checks, s);
        if (a && a.elem !== e.type) this.say(s, `elements of ${e.array} are ${a.elem}, not ${e.type}`);
        break;
      }
      case "op":
        this.operation(e, s);
        break;
      case "cast":
        if (e.arg.type === "wide") this.say(s, "a wide integer is converted");
        break;
    }
  }

  private operation(e: Expr & { kind: "op" }, s: Stmt): void {
    try {
      const t = resultType(
        e.op,
        e.args.map((a) => a.type),
      );
      if (t !== e.type) this.say(s, `${e.op} gives ${t}, not ${e.type}`);
    } catch (error) {
      this.say(s, (error as Error).message);
    }
  }
}

function isValue(type: ScalarType, x: number): boolean {
  const t = TYPES[type];
  if (t.kind === "float") return type !== "f32" || Object.is(Math.fround(x), x);
  return Number.isInteger(x) && !Object.is(x, -0) && x >= t.lo && x <= t.hi;
}

// ---- rule 7 ---------------------------------------------------------------------------------------------------------------------------

/** Variables assigned on every path; undefined where nothing gets. */
type Known = ReadonlySet<string> | undefined;

function both(a: Known, b: Known): Known {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return new Set([...a].filter((x) => b.has(x)));
}

/** `unset` variables that may be unbound at the end or at an exit that lists them. The region must verify. */
export function maybeUnbound(r: Region): ReadonlySet<string> {
  return new Assignment(r, []).region();
}

/** Variables that `body` may read before it has assigned them. */
export function exposedVariables(r: Region, body: readonly Stmt[]): ReadonlySet<string> {
  return new Assignment(r, []).exposedBy(body);
}

/** Definite assignment. Loops need one pass: a loop only adds to what is assigned before it. */
class Assignment {
  private readonly r: Region;
  private readonly problems: string[];
  private readonly vars: ReadonlyMap<string, VarDecl>;
  private readonly exits: ReadonlyMap<string, ExitDecl>;
  private readonly leaving = new Map<string, Known>();
  private readonly unbound = new Set<string>();
  private readonly unassigned = new Set<string>();

  constructor(r: Region, problems: string[]) {
    this.r = r;
    this.problems = problems;
    this.vars = new Map(r.vars.map((v) => [v.name, v]));
    this.exits = new Map(r.exits.map((x) => [x.id, x]));
  }

  region(): ReadonlySet<string> {
    const { vars, body } = this.r;
    const end = this.list(body, new Set(vars.filter((v) => v.init === "live-in").map((v) => v.name)));
    for (const v of vars) if (v.init === "unset" && end !== undefined && !end.has(v.name)) this.unbound.add(v.name);
    return this.unbound;
  }

  exposedBy(body: readonly Stmt[]): ReadonlySet<string> {
    this.list(body, new Set());
    return this.unassigned;
  }

  private list(body: readonly Stmt[], known: Known): Known {
    for (const s of body) known = this.statement(s, known);
    return known;
  }

  private statement(s: Stmt, known: Known): Known {
    if (known === undefined) return undefined;
    for (const e of ownExprs(s)) this.reads(e, s, known);
    if (s.exit !== undefined && stmtCanExit(s, this.r)) this.leaves(s.exit, s, known);
    switch (s.kind) {
      case "set":
        return new Set(known).add(s.name);
      case "if":
        return both(this.list(s.body, known), this.list(s.orelse, known));
      case "block":
        return both(this.list(s.body, known), this.left(s.label));
      case "for":
        this.list(s.body, known);
        this.left(s.id);
        return known;
      case "while":
        this.list(s.body, known);
        return s.cond.kind === "const" && s.cond.value === 1 ? this.left(s.id) : both(known, this.left(s.id));
      case "break":
        this.leaving.set(s.target, both(this.leaving.get(s.target), known));
        return undefined;
      case "continue":
      case "exit":
        return undefined;
      default:
        return known;
    }
  }

  /** What is assigned where `break`s to a target arrive. */
  private left(target: string): Known {
    const known = this.leaving.get(target);
    this.leaving.delete(target);
    return known;
  }

  private reads(e: Expr, s: Stmt, known: ReadonlySet<string>): void {
    for (const o of operands(e)) this.reads(o, s, known);
    if (e.kind !== "var" || known.has(e.name)) return;
    this.unassigned.add(e.name);
    this.problems.push(`line ${s.line}, ${s.kind}: ${e.name} may be unassigned`);
  }

  private leaves(exit: ExitId, s: Stmt, known: ReadonlySet<string>): void {
    for (const name of this.exits.get(exit)!.live) {
      if (known.has(name)) continue;
      this.unbound.add(name);
      if (this.vars.get(name)!.init === "temp") this.problems.push(`line ${s.line}, ${s.kind}: ${name} may be unassigned at exit ${exit}`);
    }
  }
}

// ---- rule 8 ---------------------------------------------------------------------------------------------------------------------------

/** Exits whose source statement has begun on some path in this trip, and whether it has had an effect since. */
type Begun = ReadonlyMap<ExitId, boolean>;

function merge(a: Begun, b: Begun): Begun {
  const out = new Map(a);
  for (const [exit, dirty] of b) out.set(exit, dirty || (out.get(exit) ?? false));
  return out;
}

class EffectsLast {
  private readonly r: Region;
  private readonly problems: string[];
  private readonly live: ReadonlyMap<ExitId, ReadonlySet<string>>;
  /** Loops, innermost last, around all of a source statement. */
  private readonly home = new Map<ExitId, readonly LoopId[]>();
  private readonly leaving = new Map<string, Begun>();

  constructor(r: Region, problems: string[]) {
    this.r = r;
    this.problems = problems;
    this.live = new Map(r.exits.map((x) => [x.id, new Set(x.live)]));
    walkStmts(r.body, (s, around) => {
      if (s.exit === undefined) return;
      const loops = (s.kind === "while" ? [...around, s] : around).flatMap((x) => (x.kind === "for" || x.kind === "while" ? [x.id] : []));
      const before = this.home.get(s.exit);
      this.home.set(s.exit, before === undefined ? loops : commonPrefix(before, loops));
    });
  }

  region(): void {
    this.list(this.r.body, new Map());
  }

  private list(body: readonly Stmt[], begun: Begun | undefined): Begun | undefined {
    for (const s of body) {
      if (begun === undefined) return undefined;
      begun = this.statement(s, begun);
    }
    return begun;
  }

  private statement(s: Stmt, before: Begun): Begun | undefined {
    if (s.kind === "while") return this.loop(s, before);
    const begun = this.begin(s, before);
    switch (s.kind) {
      case "set":
        return this.effect(begun, s.name);
      case "store":
        return this.effect(begun, undefined);
      case "if": {
        const a = this.list(s.body, begun);
        const b = this.list(s.orelse, begun);
        return a && b ? merge(a, b) : (a ?? b);
      }
      case "for":
        return this.loop(s, begun);
      case "block": {
        const end = this.list(s.body, begun);
        const left = this.take(s.label);
        return end && left ? merge(end, left) : (end ?? left);
      }
      case "break":
      case "continue": {
        const key = s.kind === "break" ? s.target : `continue ${s.target}`;
        const old = this.leaving.get(key);
        this.leaving.set(key, old ? merge(old, begun) : begun);
        return undefined;
      }
      case "exit":
        return undefined;
      default:
        return begun;
    }
  }

  private begin(s: Stmt, begun: Begun): Begun {
    if (s.exit === undefined) return begun;
    if (begun.get(s.exit) && stmtCanExit(s, this.r)) {
      this.problems.push(`line ${s.line}, ${s.kind}: may take exit ${s.exit} after an effect of its source statement`);
    }
    return begun.has(s.exit) ? begun : new Map(begun).set(s.exit, false);
  }

  private effect(begun: Begun, name: string | undefined): Begun {
    const out = new Map(begun);
    for (const exit of begun.keys()) if (name === undefined || this.live.get(exit)!.has(name)) out.set(exit, true);
    return out;
  }

  private take(key: string): Begun | undefined {
    const b = this.leaving.get(key);
    this.leaving.delete(key);
    return b;
  }

  /** Two passes reach the fixed point: flags only go up, and a trip hands all of its to the next. */
  private loop(s: ForStmt | WhileStmt, before: Begun): Begun {
    let out = before;
    let entry = this.anew(s.id, before);
    const reported = this.problems.length;
    for (let pass = 0; pass < 2; pass++) {
      this.problems.length = reported;
      const head = s.kind === "while" ? this.begin(s, entry) : entry;
      const ends = [this.list(s.body, head), this.take(`continue ${s.id}`)].filter((b) => b !== undefined);
      const left = this.take(s.id);
      for (const b of [head, ...ends, ...(left ? [left] : [])]) out = merge(out, b);
      for (const b of ends) entry = merge(entry, this.anew(s.id, b));
    }
    return out;
  }

  /** A new trip of `loop`: the source statements inside it have not begun. */
  private anew(loop: LoopId, begun: Begun): Begun {
    return new Map([...begun].filter(([exit]) => !this.home.get(exit)!.includes(loop)));
  }
}

function commonPrefix(a: readonly string[], b: readonly string[]): readonly string[] {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return a.slice(0, n);
}
