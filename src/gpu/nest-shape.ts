/**
 * A region as a launch on a device: what the host computes first, the grid, and what one thread does.
 *
 * The body of a region is `set`s and then one parallel `for`. Parallel `for`s directly inside become further grid dimensions, three at most, while their
 * bounds do not depend on outer ones (triangular bounds end the grid: the inner loop then runs in the thread). `set`s between two grid loops move into the
 * thread, which repeats them; they must not be able to leave.
 */
import { exprCanExit, testsStored } from "../jit/ir/effects.ts";
import type { Expr, ForStmt, Region, SetStmt, Stmt } from "../jit/ir/nest.ts";
import { assigned, someExpr, walkStmts } from "../jit/ir/visit.ts";

export interface Shape {
  /** Run by the host before the launch. */
  readonly prelude: readonly SetStmt[];
  /** Outermost first. */
  readonly grid: readonly ForStmt[];
  readonly body: readonly Stmt[];
  /** Variables that threads assign. */
  readonly privates: ReadonlySet<string>;
  /** Arrays that threads store to. */
  readonly written: ReadonlySet<string>;
}

export interface Reason {
  readonly reason: string;
}
export const isReason = (x: object): x is Reason => "reason" in x;

const MAX_DIMENSIONS = 3;

export function shapeOf(region: Region): Shape | Reason {
  const prelude: SetStmt[] = [];
  for (const s of region.body.slice(0, -1)) {
    if (s.kind !== "set") return { reason: `line ${s.line}: a ${s.kind} before the parallel loop` };
    prelude.push(s);
  }
  const outer = region.body.at(-1);
  if (outer?.kind !== "for" || !outer.parallel) return { reason: "the region does not end with a parallel loop" };
  const privates = assigned(outer.body);
  const written = new Set<string>();
  walkStmts(outer.body, (s) => {
    if (s.kind === "store") written.add(s.array);
  });
  const grid = [outer];
  let body = outer.body;
  const sunk: SetStmt[] = [];
  while (grid.length < MAX_DIMENSIONS) {
    const next = innerGrid(region, body, privates, written);
    if (!next) break;
    sunk.push(...next.sets);
    grid.push(next.loop);
    body = next.loop.body;
  }
  const jump = strayJump(grid, body);
  return jump ? { reason: jump } : { prelude, grid, body: [...sunk, ...body], privates, written };
}

/** The parallel loop that is all of `body` but for `set`s before it. */
function innerGrid(
  region: Region,
  body: readonly Stmt[],
  privates: ReadonlySet<string>,
  written: ReadonlySet<string>,
): { sets: SetStmt[]; loop: ForStmt } | undefined {
  const sets: SetStmt[] = [];
  for (const s of body.slice(0, -1)) {
    if (s.kind !== "set" || exprCanExit(s.value, region.fpChecks) || testsStored(s, region)) return undefined;
    sets.push(s);
  }
  const loop = body.at(-1);
  if (loop?.kind !== "for" || !loop.parallel) return undefined;
  const fixed = (e: Expr): boolean =>
    !someExpr(e, (x) => x.kind === "iv" || (x.kind === "var" && privates.has(x.name)) || (x.kind === "load" && written.has(x.array)));
  return fixed(loop.lo) && fixed(loop.hi) && fixed(loop.step) ? { sets, loop } : undefined;
}

/** A jump that would end other threads' trips; `continue` of the innermost grid loop ends the thread's own. */
function strayJump(grid: readonly ForStmt[], body: readonly Stmt[]): string | undefined {
  const loops = new Set(grid.map((g) => g.id));
  const own = grid[grid.length - 1]!.id;
  let found: string | undefined;
  walkStmts(body, (s) => {
    if (s.kind === "break" && loops.has(s.target)) found ??= `line ${s.line}: break out of a parallel loop`;
    if (s.kind === "continue" && loops.has(s.target) && s.target !== own) found ??= `line ${s.line}: continue of an outer parallel loop`;
  });
  return found;
}
