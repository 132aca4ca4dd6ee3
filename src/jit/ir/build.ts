/**
 * Constructors of the IR that check types as they go, and a builder that collects a region. `op.add(a, b)` etc. come from the op table.
 * They never simplify, but for `modulo`, which keeps wide intermediate products exact.
 */
import type {
  ArrayDecl,
  Check,
  ConstExpr,
  DimExpr,
  ExitDecl,
  ExitId,
  Expr,
  ForStmt,
  IvExpr,
  LoadExpr,
  OpExpr,
  ParamDecl,
  ParamExpr,
  Region,
  SetStmt,
  Stmt,
  StoreStmt,
  VarDecl,
  VarExpr,
  WhileStmt,
} from "./nest.ts";
import { DOMAINS, type ExprType, isBool, OP_NAMES, type OpName, type ScalarType, spec, TYPES, truthType } from "./ops.ts";

/** IR that breaks a rule: a mistake in the program that made it, never the user's. */
export class IrError extends Error {}

// ---- expressions ----------------------------------------------------------------------------------------------------------------------

export function num(type: ScalarType, value: number): ConstExpr {
  const t = TYPES[type];
  if (t.kind !== "float" && !(Number.isInteger(value) && value >= t.lo && value <= t.hi)) throw new IrError(`${value} is no ${type}`);
  const held = type === "f32" ? Math.fround(value) : t.kind === "float" ? value : value + 0;
  return { kind: "const", type, value: held };
}
export const int = (value: number): ConstExpr => num("int", value);
export const float = (value: number): ConstExpr => num("float", value);
export const bool = (value: boolean): ConstExpr => num("bool", value ? 1 : 0);
export const param = (d: ParamDecl): ParamExpr => ({ kind: "param", type: d.type, name: d.name });
export const get = (d: VarDecl): VarExpr => ({ kind: "var", type: d.type, name: d.name });
export const iv = (name: string): IvExpr => ({ kind: "iv", type: "int", name });

export function dim(a: ArrayDecl, axis: number): DimExpr {
  if (!(axis >= 0 && axis < a.ndim)) throw new IrError(`${a.name} has no axis ${axis}`);
  return { kind: "dim", type: "int", array: a.name, axis };
}

export function load(a: ArrayDecl, index: readonly Expr[], checks?: readonly Check[]): LoadExpr {
  checkIndex(a, index, checks);
  return { kind: "load", type: a.elem, array: a.name, index, ...(checks && { checks }) };
}

function checkIndex(a: ArrayDecl, index: readonly Expr[], checks: readonly Check[] | undefined): void {
  if (index.length !== a.ndim) throw new IrError(`${a.name} takes ${a.ndim} subscripts, not ${index.length}`);
  if (checks && checks.length !== a.ndim) throw new IrError(`${a.name} takes ${a.ndim} checks, not ${checks.length}`);
  for (const e of index) if (e.type !== "int") throw new IrError(`subscript of ${a.name} is ${e.type}, not int`);
}

/** Type of the result; throws where the operands do not suit the op. */
export function resultType(name: OpName, args: readonly ExprType[]): ExprType {
  const s = spec(name);
  const wrong = () => new IrError(`${name}(${args.join(", ")}) is not defined`);
  if (args.length !== s.args.length) throw wrong();
  let t: ExprType | undefined;
  for (let i = 0; i < args.length; i++) {
    const want = s.args[i]!;
    const have = args[i]!;
    if (want === "T") {
      if (!DOMAINS[s.domain](have) || (t !== undefined && t !== have)) throw wrong();
      t = have;
    } else if (want === "cond" ? !isBool(have) : have !== want) throw wrong();
  }
  return s.out === "T" ? t! : s.out === "truth" ? truthType(t!) : s.out;
}

export function apply(name: OpName, ...args: readonly Expr[]): OpExpr {
  return {
    kind: "op",
    op: name,
    type: resultType(
      name,
      args.map((a) => a.type),
    ),
    args,
  };
}

/** One constructor an op. */
export const op = Object.fromEntries(OP_NAMES.map((name) => [name, (...args: Expr[]) => apply(name, ...args)])) as Readonly<
  Record<OpName, (...args: Expr[]) => OpExpr>
>;

/** Converts; an expression that has the type already comes back as it is. */
export function cast(type: ScalarType, arg: Expr): Expr {
  if (arg.type === "wide") throw new IrError("wide integers are only reduced, never converted");
  return arg.type === type ? arg : { kind: "cast", type, arg };
}

const WIDE: Partial<Record<OpName, OpName>> = { add: "wadd", sub: "wsub", mul: "wmul" };

function widened(e: Expr): Expr {
  const wide = e.kind === "op" && e.type === "int" ? WIDE[e.op] : undefined;
  return wide ? apply(wide, ...(e as OpExpr).args.map(widened)) : apply("widen", e);
}

function hasProduct(e: Expr): boolean {
  return e.kind === "op" && e.type === "int" && WIDE[e.op] !== undefined && (e.op === "mul" || e.args.some(hasProduct));
}

/** `a % m` of ints. Sums of products in `a` stay exact beyond the safe integers, as in `(seed * 1103515245 + 12345) % 2**31`. */
export function modulo(a: Expr, m: Expr): OpExpr {
  return a.type === "int" && hasProduct(a) ? apply("wmod", widened(a), m) : apply("mod", a, m);
}

/** `a & mask` of ints; a mask of low ones is a modulo. */
export function masked(a: Expr, mask: Expr): OpExpr {
  const size = mask.kind === "const" && mask.type === "int" ? mask.value + 1 : 0;
  const low = size > 0 && size <= 2 ** 52 && Number.isInteger(Math.log2(size));
  return low && hasProduct(a) ? modulo(a, int(size)) : apply("and", a, mask);
}

// ---- regions --------------------------------------------------------------------------------------------------------------------------

/** Where the statements come from: source line, and the exit of the source statement. */
export interface Place {
  readonly line: number;
  readonly exit?: ExitId;
}

/**
 * Collects a region: declarations, then statements in order. `at` sets line and exit of the statements that follow; bodies are built by callbacks.
 * Names that are taken get a number.
 */
export class RegionBuilder {
  private readonly arrays: ArrayDecl[] = [];
  private readonly params: ParamDecl[] = [];
  private readonly vars: VarDecl[] = [];
  private readonly exits: ExitDecl[] = [];
  private readonly names = new Set<string>();
  private body: Stmt[] = [];
  private place: Place;
  private readonly head: Pick<Region, "name" | "file" | "line" | "fpChecks" | "exitMode">;

  constructor(name: string, file: string, line: number, fpChecks: Region["fpChecks"] = "none") {
    this.head = { name, file, line, fpChecks, exitMode: "precise" };
    this.place = { line };
  }

  /** `wanted`, or with a number after it; characters outside identifiers become `_`. */
  fresh(wanted: string): string {
    const stem = wanted.replace(/[^\p{L}\p{N}_.]/gu, "_").replace(/^(?=[\p{N}.]|$)/u, "_");
    let name = stem;
    for (let i = 2; this.names.has(name); i++) name = `${stem}.${i}`;
    this.names.add(name);
    return name;
  }

  array(name: string, elem: ScalarType, ndim: number): ArrayDecl {
    return push(this.arrays, { name: this.fresh(name), elem, ndim });
  }
  param(name: string, type: ScalarType): ParamDecl {
    return push(this.params, { name: this.fresh(name), type });
  }
  variable(name: string, type: ScalarType, init: VarDecl["init"] = "live-in"): VarDecl {
    return push(this.vars, { name: this.fresh(name), type, init });
  }
  exit(reason: string, live: readonly VarDecl[], payload?: unknown, line = this.place.line): ExitId {
    const id = `x${this.exits.length}`;
    this.exits.push({ id, reason, line, live: live.map((v) => v.name), ...(payload !== undefined && { payload }) });
    return id;
  }

  at(line: number, exit?: ExitId): this {
    this.place = { line, ...(exit !== undefined && { exit }) };
    return this;
  }

  /** Where the current body ends, for `rewind`. */
  mark(): number {
    return this.body.length;
  }
  /** Drops the statements after a mark in the same body. */
  rewind(mark: number): void {
    this.body.length = mark;
  }

  add(s: Stmt): void {
    this.body.push(s);
  }
  set(v: VarDecl, value: Expr): void {
    this.add(set(v, value, this.place));
  }
  store(a: ArrayDecl, index: readonly Expr[], value: Expr, checks?: readonly Check[]): void {
    this.add(store(a, index, value, this.place, checks));
  }
  if(cond: Expr, then: () => void, otherwise?: () => void): void {
    const place = this.place;
    this.add({ kind: "if", cond: condition(cond), body: this.nested(then), orelse: otherwise ? this.nested(otherwise) : [], ...place });
  }
  /** The body gets the iv. */
  for(name: string, lo: Expr, hi: Expr, step: Expr, body: (iv: IvExpr, id: string) => void): void {
    const place = this.place;
    const i = iv(this.fresh(name));
    const id = this.fresh("L");
    this.add(
      forLoop(
        id,
        i,
        lo,
        hi,
        step,
        this.nested(() => body(i, id)),
        place,
      ),
    );
  }
  while(cond: Expr, body: (id: string) => void): void {
    const place = this.place;
    const id = this.fresh("L");
    this.add(
      whileLoop(
        id,
        cond,
        this.nested(() => body(id)),
        place,
      ),
    );
  }
  block(body: (label: string) => void): void {
    const place = this.place;
    const label = this.fresh("B");
    this.add({ kind: "block", label, body: this.nested(() => body(label)), line: place.line });
  }
  break(target: string): void {
    this.add({ kind: "break", target, line: this.place.line });
  }
  continue(target: string): void {
    this.add({ kind: "continue", target, line: this.place.line });
  }
  guard(cond: Expr, exit: ExitId): void {
    this.add({ kind: "guard", cond: condition(cond), exit, line: this.place.line });
  }
  leave(exit: ExitId): void {
    this.add({ kind: "exit", exit, line: this.place.line });
  }

  finish(): Region {
    const { arrays, params, vars, exits, body } = this;
    return { ...this.head, arrays, params, vars, exits, body };
  }

  private nested(build: () => void): readonly Stmt[] {
    const outer = this.body;
    const place = this.place;
    const inner: Stmt[] = [];
    this.body = inner;
    try {
      build();
    } finally {
      this.body = outer;
      this.place = place;
    }
    return inner;
  }
}

function push<T>(list: T[], x: T): T {
  list.push(x);
  return x;
}

function condition(e: Expr): Expr {
  if (!isBool(e.type)) throw new IrError(`a condition is bool, not ${e.type}`);
  return e;
}

export function set(v: VarDecl, value: Expr, place: Place): SetStmt {
  if (value.type !== v.type) throw new IrError(`${v.name} is ${v.type}, not ${value.type}`);
  return { kind: "set", name: v.name, value, ...place };
}

export function store(a: ArrayDecl, index: readonly Expr[], value: Expr, place: Place, checks?: readonly Check[]): StoreStmt {
  checkIndex(a, index, checks);
  if (value.type !== a.elem) throw new IrError(`elements of ${a.name} are ${a.elem}, not ${value.type}`);
  return { kind: "store", array: a.name, index, value, ...(checks && { checks }), ...place };
}

export function forLoop(id: string, i: IvExpr, lo: Expr, hi: Expr, step: Expr, body: readonly Stmt[], place: Place): ForStmt {
  for (const e of [lo, hi, step]) if (e.type !== "int") throw new IrError(`bounds of a loop are int, not ${e.type}`);
  return { kind: "for", id, iv: i.name, lo, hi, step, body, ...place };
}

export function whileLoop(id: string, cond: Expr, body: readonly Stmt[], place: Place): WhileStmt {
  return { kind: "while", id, cond: condition(cond), body, ...place };
}
