/** Which loops could ever become part of a compiled region: no construct inside that only the interpreter can run. */
import type * as ast from "../parse/ast.ts";

const FORBIDDEN: ReadonlySet<string> = new Set([
  "FunctionDef", "AsyncFunctionDef", "ClassDef", "Try", "TryStar", "With", "AsyncWith", "Yield", "YieldFrom", "Await", "Import", "ImportFrom",
  "Delete", "Match", "AsyncFor", "TypeAlias", "Global", "Nonlocal", "AnnAssign",
]);

export function isCandidate(n: ast.For | ast.While): boolean {
  return fits(n);
}

function fits(v: unknown): boolean {
  if (!v || typeof v !== "object") return true;
  if (Array.isArray(v)) return v.every(fits);
  if (!("node" in v)) return true;
  if (FORBIDDEN.has((v as { node: string }).node)) return false;
  return Object.values(v).every(fits);
}
