/**
 * A region on its way to a device: what transforms pass along, and what several of them need.
 *
 * A stage holds for one binding; its region is a transaction (an exit only says that all of it has to be undone), because statements have moved. `scratch` are arrays that
 * only the region knows: whoever runs it supplies their memory. Variables that transforms add are temps.
 */
import { int, op } from "../ir/build.ts";
import { type ArrayBinding, type Binding, DATA_CLASS, type Expr, type ForStmt, type Region, type Stmt, type VarDecl } from "../ir/nest.ts";
import type { ScalarType } from "../ir/ops.ts";
import { mapBodies, mapExpr, mapOwnExprs, someExpr, walkExprs, walkStmts } from "../ir/visit.ts";

/** An array of the region's own; it need not be cleared. */
export interface Scratch {
  readonly name: string;
  readonly elem: ScalarType;
  readonly shape: readonly number[];
}

export interface Staged {
  readonly region: Region;
  /** This run's values, with descriptions of the scratch arrays; their memory is empty. */
  readonly binding: Binding;
  readonly scratch: readonly Scratch[];
  /** What was done, in words, in order. */
  readonly applied: readonly string[];
}

export interface Reason {
  readonly reason: string;
}
export const isReason = (x: object): x is Reason => "reason" in x;

export interface TransformOptions {
  /** Whether sums of floats may be regrouped (`--fp=relaxed`). */
  readonly relaxed?: boolean;
  /** Into how many parts a reduction is cut at most. */
  readonly parts?: number;
}

export function stageOf(region: Region, binding: Binding): Staged {
  return { region: { ...region, exitMode: "transaction" }, binding, scratch: [], applied: [] };
}

/** The stage with another body, and more variables. */
export function rebuilt(s: Staged, body: readonly Stmt[], applied: string, vars: readonly VarDecl[] = []): Staged {
  return { ...s, region: { ...s.region, body, vars: [...s.region.vars, ...vars] }, applied: [...s.applied, applied] };
}

/** Memories of this program's arrays have small numbers of either sign. */
const FIRST_STORAGE = -(2 ** 40);

export function withScratch(s: Staged, more: readonly Scratch[]): Staged {
  const arrays: Record<string, ArrayBinding> = { ...s.binding.arrays };
  more.forEach((x, k) => {
    arrays[x.name] = boundTo(x, new DATA_CLASS[x.elem](0), FIRST_STORAGE - s.scratch.length - k);
  });
  const decls = more.map((x) => ({ name: x.name, elem: x.elem, ndim: x.shape.length }));
  return {
    ...s,
    region: { ...s.region, arrays: [...s.region.arrays, ...decls] },
    binding: { ...s.binding, arrays },
    scratch: [...s.scratch, ...more],
  };
}

function boundTo(x: Scratch, data: ArrayBinding["data"], storage: number): ArrayBinding {
  const strides = x.shape.map((_, k) => x.shape.slice(k + 1).reduce((n, m) => n * m, 1));
  return { data, storage, byteOffset: 0, shape: x.shape, strides };
}

/** Memory for the scratch arrays. */
export function allocate(scratch: readonly Scratch[]): Record<string, ArrayBinding> {
  return Object.fromEntries(
    scratch.map((x, k) => {
      const words = x.shape.reduce((n, m) => n * m, 1) * (x.elem === "i64" || x.elem === "u64" ? 2 : 1);
      return [x.name, boundTo(x, new DATA_CLASS[x.elem](words), FIRST_STORAGE - k)];
    }),
  );
}

// ---- names ----------------------------------------------------------------------------------------------------------------------------

/** Names that are not taken in a region. */
export class Names {
  private readonly taken = new Set<string>();

  constructor(r: Region) {
    for (const d of [...r.arrays, ...r.params, ...r.vars]) this.taken.add(d.name);
    walkStmts(r.body, (s) => {
      if (s.kind === "for") this.taken.add(s.iv);
      if (s.kind === "for" || s.kind === "while") this.taken.add(s.id);
      if (s.kind === "block") this.taken.add(s.label);
    });
  }

  fresh(stem: string): string {
    let name = stem;
    for (let k = 2; this.taken.has(name); k++) name = `${stem}.${k}`;
    this.taken.add(name);
    return name;
  }
}

/** Statements once more, as nodes of their own, with names of their own for loops, ivs and blocks. */
export function copied(body: readonly Stmt[], names: Names): readonly Stmt[] {
  const ivs = new Map<string, string>();
  const targets = new Map<string, string>();
  walkStmts(body, (s) => {
    if (s.kind === "for") ivs.set(s.iv, names.fresh(s.iv));
    if (s.kind === "for" || s.kind === "while") targets.set(s.id, names.fresh(s.id));
    if (s.kind === "block") targets.set(s.label, names.fresh(s.label));
  });
  const rename = (e: Expr): Expr => (e.kind === "iv" ? { ...e, name: ivs.get(e.name) ?? e.name } : e);
  const list = (b: readonly Stmt[]): readonly Stmt[] => b.map(copy);
  const copy = (s: Stmt): Stmt => {
    const c = mapBodies(
      mapOwnExprs({ ...s }, (e) => mapExpr(e, rename)),
      list,
    );
    switch (c.kind) {
      case "for":
        return { ...c, iv: ivs.get(c.iv)!, id: targets.get(c.id)! };
      case "while":
        return { ...c, id: targets.get(c.id)! };
      case "block":
        return { ...c, label: targets.get(c.label)! };
      case "break":
      case "continue":
        return { ...c, target: targets.get(c.target) ?? c.target };
      default:
        return c;
    }
  };
  return list(body);
}

// ---- loops ----------------------------------------------------------------------------------------------------------------------------

/** `for` loops of the region's outermost level. */
export const topLoops = (r: Region): readonly ForStmt[] => r.body.filter((s): s is ForStmt => s.kind === "for");

/** The region's body with other statements in a loop's place. */
export const replacing = (r: Region, loop: Stmt, by: readonly Stmt[]): readonly Stmt[] => r.body.flatMap((s) => (s === loop ? by : [s]));

/** Number of the current trip, from 0. Divisors are positive where the step is known: that is what dependence analysis sees through. */
export function ordinal(s: ForStmt): Expr {
  const { lo, step } = s;
  const i: Expr = { kind: "iv", type: "int", name: s.iv };
  if (step.kind !== "const") return op.floordiv(op.sub(i, lo), step);
  const gone = step.value < 0 ? op.sub(lo, i) : lo.kind === "const" && lo.value === 0 ? i : op.sub(i, lo);
  return Math.abs(step.value) === 1 ? gone : op.floordiv(gone, int(Math.abs(step.value)));
}

/** Whether a jump in `body` goes to one of the targets. */
export function jumpsTo(body: readonly Stmt[], targets: ReadonlySet<string>): boolean {
  let found = false;
  walkStmts(body, (s) => {
    found ||= (s.kind === "break" || s.kind === "continue") && targets.has(s.target);
  });
  return found;
}

/** What may change while a loop runs. */
export interface Fixed {
  readonly assigned: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
}

/** Whether an expression has one value throughout: no iv of the loops in question, nothing that is assigned, no element that is stored to. */
export function isFixed(e: Expr, f: Fixed, ivs: ReadonlySet<string>): boolean {
  return !someExpr(
    e,
    (x) =>
      (x.kind === "iv" && ivs.has(x.name)) || (x.kind === "var" && f.assigned.has(x.name)) || (x.kind === "load" && f.changed.has(x.array)),
  );
}

/** Ivs of the `for` loops in `body`. */
export function ivsOf(body: readonly Stmt[]): Set<string> {
  const out = new Set<string>();
  walkStmts(body, (s) => {
    if (s.kind === "for") out.add(s.iv);
  });
  return out;
}

/** How many nodes an expression has. */
export function size(e: Expr): number {
  let n = 0;
  walkExprs([{ kind: "set", name: "", value: e, line: 0 }], () => n++);
  return n;
}

export const zero = int(0);
