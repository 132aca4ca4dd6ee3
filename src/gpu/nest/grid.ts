/**
 * Which loops of a region become the grid of a kernel: the outermost one, and one directly inside it where only the loop variables are set between them. All
 * must be parallel with nothing but privatised scalars.
 */
import type { LoopVerdict } from "../../jit/dependence/verdict.ts";
import type { Expr, ForStmt, Region, Stmt } from "../../jit/ir/nest.ts";
import { stmtCanExit } from "../../jit/ir/effects.ts";
import { assigned, ownExprs, someExpr, walkStmts } from "../../jit/ir/visit.ts";

export interface Grid {
  /** Outermost first. */
  readonly loops: readonly ForStmt[];
  /** What each trip of a loop does before the next loop, or the whole body for the last. */
  readonly bodies: readonly (readonly Stmt[])[];
}

export function gridOf(region: Region, verdicts: readonly LoopVerdict[]): Grid | string {
  const [root, ...more] = region.body;
  if (root?.kind !== "for" || more.length > 0) return "its outermost loop is no counted loop";
  const problem = unfit(root, verdicts);
  if (problem) return problem;
  if (inputsChange(root, [])) return "its bounds are not known before it";
  const inner = root.body.at(-1);
  const before = root.body.slice(0, -1);
  const flat = inner?.kind === "for" && !unfit(inner, verdicts) && before.every((s) => isSimple(s, region)) && !inputsChange(inner, root.body);
  if (!flat) return { loops: [root], bodies: [root.body] };
  return { loops: [root, inner], bodies: [before, inner.body] };
}

function unfit(s: ForStmt, verdicts: readonly LoopVerdict[]): string | undefined {
  const v = verdicts.find((x) => x.id === s.id);
  if (v?.class !== "parallel") return `the loop at line ${s.line} is ${v?.class ?? "unknown"}: ${v?.why ?? "not judged"}`;
  const need = v.requires?.find((r) => !r.startsWith("privatise "));
  return need && `the loop at line ${s.line} needs ${need}`;
}

const isSimple = (s: Stmt, r: Region): boolean => s.kind === "set" && !stmtCanExit(s, r);

/** Whether a loop's bounds depend on what the loops around it change. */
function inputsChange(s: ForStmt, around: readonly Stmt[]): boolean {
  const changed = assigned(around);
  const ivs = new Set<string>();
  const stores = new Set<string>();
  walkStmts(around, (x) => {
    if (x.kind === "for") ivs.add(x.iv);
    if (x.kind === "store") stores.add(x.array);
  });
  const varies = (e: Expr): boolean => (e.kind === "var" && changed.has(e.name)) || e.kind === "iv" || e.kind === "load";
  return ownExprs(s).some((e) => someExpr(e, varies));
}
