/**
 * The reference evaluator: walks the IR, one step a node, on the real memory of a binding. It is the oracle of every backend and is meant to be
 * obviously right, not fast. What single operations do is in scalar.ts; what statements do is here.
 *
 * A region that breaks the promise of a `checks` field is reported as an IrError, since backends would read or write anywhere.
 */
import { IrError } from "./build.ts";
import { testsFinite, testsStored } from "./effects.ts";
import type {
  ArrayBinding,
  ArrayDecl,
  Binding,
  Check,
  Expr,
  ForStmt,
  LoopState,
  NumericArray,
  OpExpr,
  Outcome,
  Region,
  Stmt,
} from "./nest.ts";
import { type Cause, type ExprType, type ScalarType, TYPES } from "./ops.ts";
import { convert, Leave, type Scalar, SEMANTICS } from "./scalar.ts";
import { operands } from "./visit.ts";

/** Runs a region. Throws an IrError when it has not ended after `fuel` statements. */
export function evaluate(r: Region, binding: Binding, fuel = 1e7): Outcome {
  return new Evaluator(r, binding, fuel).run();
}

/** What a list of statements ended with: undefined, or where control goes. */
type Flow = { readonly kind: "break" | "continue"; readonly target: string } | undefined;

class TakeExit extends Error {
  readonly exit: string;
  readonly why: Cause;
  constructor(exit: string, cause: Cause) {
    super(exit);
    this.exit = exit;
    this.why = cause;
  }
}

class Evaluator {
  private readonly r: Region;
  private readonly binding: Binding;
  private readonly arrays: ReadonlyMap<string, ArrayDecl>;
  private readonly vars = new Map<string, number>();
  private readonly ivs = new Map<string, number>();
  /** `for` loops around the current statement, outermost first. */
  private readonly loops = new Map<string, LoopState>();
  private fuel: number;

  constructor(r: Region, binding: Binding, fuel: number) {
    this.r = r;
    this.binding = binding;
    this.fuel = fuel;
    this.arrays = new Map(r.arrays.map((a) => [a.name, a]));
    for (const v of r.vars) {
      const value = binding.vars[v.name];
      if (v.init === "live-in" && value === undefined) throw new IrError(`${v.name} has no value`);
      if (v.init === "live-in") this.vars.set(v.name, value!);
    }
  }

  run(): Outcome {
    try {
      this.list(this.r.body);
    } catch (e) {
      if (!(e instanceof TakeExit)) throw e;
      const { live } = this.r.exits.find((x) => x.id === e.exit)!;
      return { kind: "exit", exit: e.exit, cause: e.why, vars: this.values(live), loops: Object.fromEntries(this.loops) };
    }
    return { kind: "done", vars: this.values(this.r.vars.filter((v) => v.init !== "temp").map((v) => v.name)) };
  }

  private values(names: readonly string[]): Record<string, number | undefined> {
    return Object.fromEntries(names.map((name) => [name, this.vars.get(name)]));
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  private list(body: readonly Stmt[]): Flow {
    for (const s of body) {
      const flow = this.statement(s);
      if (flow) return flow;
    }
    return undefined;
  }

  private statement(s: Stmt): Flow {
    if (this.fuel-- <= 0) throw new IrError("out of fuel");
    switch (s.kind) {
      case "set": {
        const x = this.value(s, s.value);
        this.assertStorable(s, x);
        this.vars.set(s.name, x);
        return undefined;
      }
      case "store": {
        const [at, x] = this.leaving(s, () => {
          const index = s.index.map((e) => this.expr(e) as number);
          const value = this.expr(s.value) as number;
          return [this.address(s.array, index, s.checks), value] as const;
        });
        this.assertStorable(s, x);
        write(this.memory(s.array), this.arrays.get(s.array)!.elem, at, x);
        return undefined;
      }
      case "if":
        return this.list(this.value(s, s.cond) ? s.body : s.orelse);
      case "for":
        return this.forLoop(s);
      case "while":
        while (this.value(s, s.cond)) {
          if (this.fuel-- <= 0) throw new IrError("out of fuel");
          const flow = this.list(s.body);
          if (flow && flow.target !== s.id) return flow;
          if (flow?.kind === "break") break;
        }
        return undefined;
      case "block": {
        const flow = this.list(s.body);
        return flow?.target === s.label ? undefined : flow;
      }
      case "break":
      case "continue":
        return { kind: s.kind, target: s.target };
      case "guard":
        if (!this.value(s, s.cond)) throw new TakeExit(s.exit, "guard");
        return undefined;
      case "exit":
        throw new TakeExit(s.exit, "reached");
    }
  }

  private forLoop(s: ForStmt): Flow {
    const [lo, hi, step] = this.leaving(s, () => [s.lo, s.hi, s.step].map((e) => this.expr(e) as number)) as [number, number, number];
    if (step === 0) throw new TakeExit(s.exit!, "step");
    let out: Flow;
    for (let i = BigInt(lo); step > 0 ? i < hi : i > hi; i += BigInt(step)) {
      this.ivs.set(s.iv, Number(i));
      this.loops.set(s.id, { iv: Number(i), hi, step });
      const flow = this.list(s.body);
      if (flow && flow.target !== s.id) {
        out = flow;
        break;
      }
      if (flow?.kind === "break") break;
    }
    this.loops.delete(s.id);
    return out;
  }

  /** Runs `f`; an operation in it that cannot go on takes the exit of `s`. */
  private leaving<T>(s: Stmt, f: () => T): T {
    try {
      return f();
    } catch (e) {
      if (e instanceof Leave) throw new TakeExit(s.exit!, e.why);
      throw e;
    }
  }

  private value(s: Stmt, e: Expr): number {
    return this.leaving(s, () => this.expr(e)) as number;
  }

  private assertStorable(s: Stmt, x: number): void {
    if (!Number.isFinite(x) && testsStored(s, this.r)) throw new TakeExit(s.exit!, "nonfinite");
  }

  // ---- expressions ------------------------------------------------------------------------------------------------------------------

  private expr(e: Expr): Scalar {
    switch (e.kind) {
      case "const":
        return e.value;
      case "param":
        return this.binding.params[e.name]!;
      case "var":
        return this.vars.get(e.name)!;
      case "iv":
        return this.ivs.get(e.name)!;
      case "dim":
        return this.memory(e.array).shape[e.axis]!;
      case "load": {
        const index = e.index.map((i) => this.expr(i) as number);
        return read(this.memory(e.array), this.arrays.get(e.array)!.elem, this.address(e.array, index, e.checks));
      }
      case "cast": {
        const x = this.expr(e.arg) as number;
        return this.assertFinite(e, convert(e.arg.type as ScalarType, e.type, x), [x]);
      }
      case "op":
        return this.operation(e);
    }
  }

  private operation(e: OpExpr): Scalar {
    const [a, b, c] = e.args as [Expr, Expr, Expr];
    switch (e.op) {
      case "select":
        return this.expr(this.expr(a) ? b : c);
      case "land":
        return this.expr(a) ? this.expr(b) : 0;
      case "lor":
        return this.expr(a) ? 1 : this.expr(b);
      default: {
        const args = operands(e).map((o) => this.expr(o)) as [number, number];
        const f = SEMANTICS[e.op] as (t: ExprType, a: number, b: number) => Scalar;
        return this.assertFinite(e, f(a.type, ...args), args);
      }
    }
  }

  /** Under fpChecks "ops": a NumPy float that is infinite or NaN though its operands were finite leaves. */
  private assertFinite(e: Expr, r: Scalar, args: readonly number[]): Scalar {
    if (testsFinite(e, this.r.fpChecks) && !Number.isFinite(r) && args.every((x) => Number.isFinite(x))) throw new Leave("nonfinite");
    return r;
  }

  // ---- memory -----------------------------------------------------------------------------------------------------------------------

  private memory(name: string): ArrayBinding {
    const m = this.binding.arrays[name];
    if (!m) throw new IrError(`array ${name} has no memory`);
    return m;
  }

  /** Offset of an element from the start of the array's memory, in elements. */
  private address(name: string, index: readonly number[], checks: readonly Check[] | undefined): number {
    const m = this.memory(name);
    let at = m.byteOffset / TYPES[this.arrays.get(name)!.elem].bytes;
    for (let k = 0; k < index.length; k++) {
      const n = m.shape[k]!;
      const i = index[k]!;
      if (i < -n || i >= n) {
        if (checks && checks[k] !== "full") throw new IrError(`${name}: subscript ${i} of ${n} was said to be in range`);
        throw new Leave("index");
      }
      if (checks && ((checks[k] === "in" && i < 0) || (checks[k] === "wrap" && i >= 0)))
        throw new IrError(`${name}: subscript ${i} has the wrong sign`);
      at += (i < 0 ? i + n : i) * m.strides[k]!;
    }
    return at;
  }
}

const is64 = (t: ScalarType): boolean => t === "i64" || t === "u64";

/** Element at an offset in elements. */
export function read(m: ArrayBinding, elem: ScalarType, at: number): number {
  if (!is64(elem)) return element(m.data, at);
  const low = element(m.data, at * 2) >>> 0;
  const high = element(m.data, at * 2 + 1);
  const x = (elem === "i64" ? high : high >>> 0) * 4294967296 + low;
  if (!Number.isSafeInteger(x)) throw new Leave("overflow");
  return x;
}

function write(m: ArrayBinding, elem: ScalarType, at: number, x: number): void {
  element(m.data, at);
  if (!is64(elem)) m.data[at] = x;
  else {
    m.data[at * 2] = Number(BigInt.asIntN(32, BigInt(x)));
    m.data[at * 2 + 1] = Number(BigInt(x) >> 32n);
  }
}

function element(data: NumericArray, at: number): number {
  const x = data[at];
  if (x === undefined) throw new IrError(`element ${at} outside its memory`);
  return x;
}
