/**
 * Statements of one thread as WGSL.
 *
 * WGSL has no labels: `break` and `continue` speak of the innermost loop. A jump further out sets `go` to its number and breaks; behind every loop that such jumps
 * leave, `go` says where to go on from there. Blocks are loops of one trip.
 * Variables that outlive the region are tracked: a bit of `seen` says that this thread assigned the variable, unless it always does.
 */
import { testsStored } from "../jit/ir/effects.ts";
import type { BreakStmt, ContinueStmt, Expr, ForStmt, Stmt, StoreStmt, WhileStmt } from "../jit/ir/nest.ts";
import { isFloat } from "../jit/ir/ops.ts";
import { walkStmts } from "../jit/ir/visit.ts";
import { type Code, strip } from "./wgsl-code.ts";
import type { Expressions } from "./wgsl-expressions.ts";
import { NotPlaced, type Scope } from "./wgsl-scope.ts";
import { HELD, type HeldType, isHeld } from "./wgsl-types.ts";

/** A while loop may take this many trips; then the interpreter runs it, which can be interrupted. */
const TURNS = 2 ** 26;

interface Frame {
  readonly id: string;
  /** Jumps that leave this frame for one further out: their numbers, and whether the next frame is the target. */
  readonly crossing: Map<number, { readonly here: boolean; readonly how: "break" | "continue" }>;
}

export class Statements {
  /** Whether `go` is needed. */
  jumps = 0;
  /** The line being generated, for reasons. */
  line = 0;
  private readonly scope: Scope;
  private readonly code: Code;
  private readonly exprs: Expressions;
  private readonly buffer: (array: string) => string;
  /** Bit of `seen` by variable. */
  private readonly tracked: ReadonlyMap<string, number>;
  private readonly frames: Frame[] = [];
  private readonly numbers: Map<string, number> = new Map();

  constructor(scope: Scope, code: Code, exprs: Expressions, buffer: (array: string) => string, tracked: ReadonlyMap<string, number>) {
    this.scope = scope;
    this.code = code;
    this.exprs = exprs;
    this.buffer = buffer;
    this.tracked = tracked;
  }

  /** The thread's trip: a block that `continue` of its grid loop leaves. */
  thread(body: readonly Stmt[], id: string): void {
    let continued = false;
    walkStmts(body, (s) => {
      continued ||= s.kind === "continue" && s.target === id;
    });
    if (continued) this.once(id, body);
    else this.list(body);
  }

  private list(body: readonly Stmt[]): void {
    for (const s of body) {
      this.line = s.line;
      this.statement(s);
      if (!fallsThrough(s)) return;
    }
  }

  private statement(s: Stmt): void {
    const { code } = this;
    switch (s.kind) {
      case "set":
        return this.set(s.name, s.value, s);
      case "store":
        return this.store(s);
      case "if":
        code.block(`if (${strip(this.exprs.expr(s.cond))})`, () => this.list(s.body), s.orelse.length > 0 ? "} else {" : "}");
        if (s.orelse.length > 0) this.otherwise(s.orelse);
        return;
      case "for":
        return this.forLoop(s);
      case "while":
        return this.whileLoop(s);
      case "block":
        return this.once(s.label, s.body);
      case "break":
      case "continue":
        return this.jump(s);
      case "guard":
        return code.stopIf(`!${this.exprs.expr(s.cond)}`, "guard");
      case "exit":
        return code.leave("reached");
    }
  }

  private otherwise(body: readonly Stmt[]): void {
    const { lines } = this.code.aside(() => {
      this.list(body);
      return "";
    });
    this.code.append(lines);
    this.code.put("}");
  }

  private set(name: string, value: Expr, s: Stmt): void {
    if (!isHeld(value.type)) throw new NotPlaced(`${name} is a ${value.type}, which varies from trip to trip`);
    const text = this.finite(this.exprs.expr(value), value, s);
    this.code.put(`${this.scope.ident("v", name)} = ${strip(text)};`);
    const bit = this.tracked.get(name);
    if (bit !== undefined) this.code.put(`seen |= ${2 ** bit}u;`);
  }

  private store(s: StoreStmt): void {
    const t = s.value.type;
    if (!isHeld(t)) throw new NotPlaced(`${s.array} holds ${t}`);
    const word = this.code.bind(this.stored(t, s));
    const at = this.exprs.address(s.array, s.index, s.checks);
    this.code.put(`${this.buffer(s.array)}[${at}] = ${word};`);
  }

  private stored(t: HeldType, s: StoreStmt): string {
    if (s.value.kind !== "load") return wordOf(t, this.finite(this.exprs.expr(s.value), s.value, s));
    const word = this.code.bind(this.exprs.word(s.value));
    this.finite(`bitcast<f32>(${word})`, s.value, s);
    return word;
  }

  private finite(text: string, value: Expr, s: Stmt): string {
    if (!isFloat(value.type) || !testsStored(s, this.scope.region)) return text;
    const x = this.code.bind(text);
    this.code.leaveIf(`!${this.scope.use("is_finite")}(${x})`, "nonfinite");
    return x;
  }

  // ---- loops --------------------------------------------------------------------------------------------------------------------------

  private forLoop(s: ForStmt): void {
    const { code, scope } = this;
    const i = scope.ident("i", s.iv);
    const lo = this.exprs.expr(s.lo);
    const hi = this.held(s.hi);
    const step = this.held(s.step);
    const steps = scope.range(s.step);
    if (steps.lo <= 0 && steps.hi >= 0) code.stopIf(`${step} == 0i`, "step");
    this.headroom(s, hi, step);
    code.checkpoint();
    code.put(`var ${i} = ${strip(lo)};`);
    const ends = steps.lo > 0 ? `${i} >= ${hi}` : steps.hi < 0 ? `${i} <= ${hi}` : `select(${i} <= ${hi}, ${i} >= ${hi}, ${step} > 0i)`;
    this.framed(s.id, () => {
      code.put(`if (${ends}) { break; }`);
      this.list(s.body);
      code.put(`continuing { ${i} = ${i} + ${step}; }`);
    });
  }

  /** A bound is evaluated once: what may change in the loop is named. */
  private held(e: Expr): string {
    const text = this.exprs.expr(e);
    return e.kind === "const" || this.scope.isInvariant(e) ? text : this.code.bind(e.kind === "var" ? `(${text})` : text);
  }

  /** The iv may not run over the end of 32 bits behind the last trip. */
  private headroom(s: ForStmt, hi: string, step: string): void {
    const [to, by] = [this.scope.range(s.hi), this.scope.range(s.step)];
    if (by.hi > 0 && to.hi - 1 + by.hi > 2147483647) this.code.stopIf(`${step} > 0i && ${hi} > 2147483647i - ${step}`, "bits");
    if (by.lo < 0 && to.lo + 1 + by.lo < -2147483648) this.code.stopIf(`${step} < 0i && ${hi} < (-2147483647i - 1i) - ${step}`, "bits");
  }

  private whileLoop(s: WhileStmt): void {
    const { code, scope } = this;
    const turns = scope.fresh("turns");
    code.put(`var ${turns} = 0u;`);
    this.framed(s.id, () => {
      const cond = this.exprs.expr(s.cond);
      code.put(`if (!${cond}) { break; }`);
      code.checkpoint();
      code.stopIf(`${turns} >= ${TURNS}u`, "turns");
      code.put(`${turns} = ${turns} + 1u;`);
      this.list(s.body);
    });
  }

  private once(id: string, body: readonly Stmt[]): void {
    this.framed(id, () => {
      this.list(body);
      if (body.every(fallsThrough)) this.code.put("break;");
    });
  }

  // ---- jumps --------------------------------------------------------------------------------------------------------------------------

  private framed(id: string, body: () => void): void {
    const frame: Frame = { id, crossing: new Map() };
    this.frames.push(frame);
    this.code.block("loop", body);
    this.frames.pop();
    let onward = false;
    for (const [number, { here, how }] of frame.crossing) {
      if (here) this.code.put(`if (go == ${number}u) { go = 0u; ${how}; }`);
      else onward = true;
    }
    if (onward) this.code.put("if (go != 0u) { break; }");
  }

  private jump(s: BreakStmt | ContinueStmt): void {
    const { frames } = this;
    const target = frames.findLastIndex((f) => f.id === s.target);
    // The thread's own block is a loop of one trip: to continue it is to break it.
    const how = s.kind === "continue" && !this.isThread(s.target) ? "continue" : "break";
    if (target === frames.length - 1) return this.code.put(`${how};`);
    const key = `${s.kind} ${s.target}`;
    const number = this.numbers.get(key) ?? this.numbers.size + 1;
    this.numbers.set(key, number);
    this.jumps = this.numbers.size;
    for (let k = target + 1; k < frames.length; k++) frames[k]!.crossing.set(number, { here: k === target + 1, how });
    this.code.put(`go = ${number}u;`);
    this.code.put("break;");
  }

  private isThread(id: string): boolean {
    return this.scope.shape.grid.some((g) => g.id === id);
  }
}

/** A value as the word that a buffer holds. */
export function wordOf(t: HeldType, text: string): string {
  const { wgsl } = HELD[t];
  if (wgsl === "bool") return `u32(${strip(text)})`;
  return wgsl === "u32" ? strip(text) : `bitcast<u32>(${strip(text)})`;
}

/** Whether what follows a statement can be reached. Code that never is makes Dawn print a warning on stdout. */
function fallsThrough(s: Stmt): boolean {
  if (s.kind === "break" || s.kind === "continue" || s.kind === "exit") return false;
  return s.kind !== "if" || s.body.every(fallsThrough) || s.orelse.every(fallsThrough);
}
