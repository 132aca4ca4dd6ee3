/**
 * Values of variables that the last trip of a launch did not assign: the last trip that does gives them. A few trips are run again, last first, by the
 * reference evaluator on copies of what they write, while the host's arrays are still as they were before the launch.
 */
import { IrError, int } from "../jit/ir/build.ts";
import { evaluate } from "../jit/ir/evaluate.ts";
import type { ArrayBinding, Binding, ForStmt, NumericArray, Region, Stmt, VarDecl } from "../jit/ir/nest.ts";
import { mapStmts } from "../jit/ir/visit.ts";
import type { GridValues } from "./layout.ts";
import type { Shape } from "./nest-shape.ts";

const TRIPS = 4;
const FUEL = 1e6;
const SEEN = " was assigned";

/** Values by name, without those that no trip assigns; undefined when that cannot be said cheaply. */
export function replay(region: Region, shape: Shape, grid: readonly GridValues[], binding: Binding, missing: readonly VarDecl[]): Record<string, number> | undefined {
  const total = grid.reduce((n, g) => n * g.trips, 1);
  const open = new Set(missing.map((v) => v.name));
  const found: Record<string, number> = {};
  for (let trip = total - 1; trip >= 0 && open.size > 0; trip--) {
    if (trip < total - TRIPS) return undefined;
    const vars = tryTrip(region, shape, grid, binding, missing, trip);
    if (!vars) return undefined;
    for (const name of [...open]) {
      if (vars[name + SEEN] !== 1) continue;
      found[name] = vars[name]!;
      open.delete(name);
    }
  }
  return found;
}

function tryTrip(region: Region, shape: Shape, grid: readonly GridValues[], binding: Binding, missing: readonly VarDecl[], trip: number) {
  const marks = missing.map((v): VarDecl => ({ name: v.name + SEEN, type: "bool", init: "unset" }));
  const names = new Set(missing.map((v) => v.name));
  const body = mapStmts(shape.body, (s): Stmt | Stmt[] =>
    s.kind === "set" && names.has(s.name) ? [s, { kind: "set", name: s.name + SEEN, value: { kind: "const", type: "bool", value: 1 }, line: s.line }] : s,
  );
  const r: Region = { ...region, vars: [...region.vars, ...marks], body: [...shape.prelude, oneTrip(shape.grid, grid, body, trip)] };
  try {
    const out = evaluate(r, { ...binding, arrays: copies(binding, shape.written) }, FUEL);
    return out.kind === "done" ? out.vars : undefined;
  } catch (e) {
    if (e instanceof IrError) return undefined;
    throw e;
  }
}

/** The grid's loops cut down to one trip, given by its number in order. */
function oneTrip(loops: readonly ForStmt[], grid: readonly GridValues[], body: readonly Stmt[], trip: number): ForStmt {
  let inner = body;
  let rest = trip;
  for (let dim = loops.length - 1; dim >= 0; dim--) {
    const g = grid[dim]!;
    const at = g.lo + (rest % g.trips) * g.step;
    rest = Math.floor(rest / g.trips);
    inner = [{ ...loops[dim]!, lo: int(at), hi: int(at + Math.sign(g.step)), step: int(g.step), body: inner }];
  }
  return inner[0] as ForStmt;
}

/** Bindings whose written memories are copies; views of one memory share one. */
function copies(binding: Binding, written: ReadonlySet<string>): Record<string, ArrayBinding> {
  const fresh = new Map<number, NumericArray>();
  for (const name of written) {
    const a = binding.arrays[name]!;
    if (!fresh.has(a.storage)) fresh.set(a.storage, a.data.slice());
  }
  // A view of another type keeps the original: a launch never writes such memory.
  return Object.fromEntries(Object.entries(binding.arrays).map(([name, a]) => [name, fresh.has(a.storage) ? { ...a, data: fresh.get(a.storage)! } : a]));
}
