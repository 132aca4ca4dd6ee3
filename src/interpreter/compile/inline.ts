/**
 * Which function bodies travel with their code object for the tracer to inline: small functions without inner functions, generators, exception
 * handling or loops that could never be part of a compiled region.
 */
import type * as ast from "../parse/ast.ts";

const LIMIT = 120;
const FORBIDDEN: ReadonlySet<string> = new Set([
  "FunctionDef", "AsyncFunctionDef", "ClassDef", "Lambda", "Try", "TryStar", "With", "AsyncWith", "Yield", "YieldFrom", "Await", "Import", "ImportFrom",
  "Delete", "ListComp", "SetComp", "DictComp", "GeneratorExp", "Match", "AsyncFor", "TypeAlias", "JoinedStr", "TemplateStr", "NamedExpr", "Starred",
]);

export interface InlineBody {
  readonly params: readonly string[];
  readonly body: readonly ast.Stmt[];
}

export function inlineBody(n: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda): InlineBody | null {
  if (n.node === "AsyncFunctionDef" || n.args.vararg || n.args.kwarg || n.args.kwonlyargs.length) return null;
  let size = 0;
  const fits = (v: unknown): boolean => {
    if (!v || typeof v !== "object") return true;
    if (Array.isArray(v)) return v.every(fits);
    if (!("node" in v)) return true;
    if (++size > LIMIT || FORBIDDEN.has((v as { node: string }).node)) return false;
    return Object.values(v).every(fits);
  };
  if (!fits(n.body)) return null;
  const body: ast.Stmt[] = n.node === "Lambda" ? [{ ...positionOf(n.body), node: "Return", value: n.body }] : n.body;
  return { params: [...n.args.posonlyargs, ...n.args.args].map((a) => a.arg), body };
}

function positionOf(n: ast.Located): ast.Located {
  return { lineno: n.lineno, col_offset: n.col_offset, end_lineno: n.end_lineno, end_col_offset: n.end_col_offset };
}
