/**
 * Values of variables that the last trip of a launch did not assign. The kernel says which trip assigned each last; that trip is run again by the reference
 * evaluator on copies of what it writes, while the host's arrays are still as they were before the launch. Trips do not depend on each other.
 */
import { IrError, int } from "../jit/ir/build.ts";
import { evaluate } from "../jit/ir/evaluate.ts";
import type { ArrayBinding, Binding, ForStmt, NumericArray, Region, Stmt, VarDecl } from "../jit/ir/nest.ts";
import type { GridValues } from "./layout.ts";
import type { Shape } from "./nest-shape.ts";

/** Statements that one trip may take here; the interpreter runs longer ones. */
const FUEL = 2e6;

/** A variable, and the trip that assigned it last: its number in order, from 0. */
export interface LastTrip {
  readonly variable: VarDecl;
  readonly trip: number;
}

/** Values by name; undefined when a trip is too long. */
export function replay(
  region: Region,
  shape: Shape,
  grid: readonly GridValues[],
  binding: Binding,
  wanted: readonly LastTrip[],
): Record<string, number> | undefined {
  const found: Record<string, number> = {};
  for (const trip of new Set(wanted.map((w) => w.trip))) {
    const vars = oneTrip(region, shape, grid, binding, trip);
    if (!vars) return undefined;
    for (const w of wanted) if (w.trip === trip) found[w.variable.name] = vars[w.variable.name]!;
  }
  return found;
}

function oneTrip(
  region: Region,
  shape: Shape,
  grid: readonly GridValues[],
  binding: Binding,
  trip: number,
): Readonly<Record<string, number | undefined>> | undefined {
  const r: Region = { ...region, body: [...shape.prelude, only(shape.grid, grid, shape.body, trip)] };
  try {
    const out = evaluate(r, { ...binding, arrays: copies(binding, shape.written) }, FUEL);
    return out.kind === "done" ? out.vars : undefined;
  } catch (e) {
    if (e instanceof IrError) return undefined;
    throw e;
  }
}

/** The grid's loops cut down to one trip. */
function only(loops: readonly ForStmt[], grid: readonly GridValues[], body: readonly Stmt[], trip: number): ForStmt {
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
  return Object.fromEntries(
    Object.entries(binding.arrays).map(([name, a]) => [name, fresh.has(a.storage) ? { ...a, data: fresh.get(a.storage)! } : a]),
  );
}
