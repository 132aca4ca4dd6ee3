/**
 * Elements that an innermost loop reads and writes over and over (`c[i, j] += …` in the loop over k): they live in a variable while the loop runs and are written back
 * wherever control leaves it. Only where no other access in the loop can touch them.
 */
import type { Expr, ForStmt, LoadExpr, Stmt, StoreStmt, WhileStmt } from "../../ir/nest.ts";
import { text } from "../../ir/print.ts";
import { assigned, someExpr, walkExprs, walkStmts } from "../../ir/visit.ts";

export interface Register {
  readonly array: string;
  readonly key: string;
  /** The variable, and the element's address. */
  readonly js: string;
  readonly at: string;
}

export const accessKey = (index: readonly Expr[]): string => index.map(text).join(", ");

/** Stores of an innermost loop whose element stays the same, one a array; `apart` says whether two arrays share nothing. */
export function steadyStores(loop: ForStmt | WhileStmt, apart: (a: string, b: string) => boolean): StoreStmt[] {
  const stores: StoreStmt[] = [];
  const keys = new Map<string, Set<string>>();
  let nested = false;
  const note = (a: string, index: readonly Expr[]): void => {
    let set = keys.get(a);
    if (!set) keys.set(a, (set = new Set()));
    set.add(accessKey(index));
  };
  walkStmts(loop.body, (s: Stmt) => {
    if (s.kind === "for" || s.kind === "while") nested = true;
    if (s.kind !== "store") return;
    note(s.array, s.index);
    stores.push(s);
  });
  if (nested || stores.length === 0) return [];
  const loads = (e: Expr): void => {
    if (e.kind === "load") note(e.array, (e as LoadExpr).index);
  };
  walkExprs(loop.body, loads);
  if (loop.kind === "while") walkExprs([loop], loads);
  const changed = assigned(loop.body);
  const iv = loop.kind === "for" ? loop.iv : undefined;
  const varies = (e: Expr): boolean => e.kind === "load" || (e.kind === "var" && changed.has(e.name)) || (e.kind === "iv" && e.name === iv);
  const seen = new Set<string>();
  return stores.filter((s) => {
    if (seen.has(s.array) || s.value.type === "i64" || s.value.type === "u64") return false;
    seen.add(s.array);
    if (keys.get(s.array)!.size !== 1 || s.index.some((e) => someExpr(e, varies))) return false;
    return [...keys.keys()].every((a) => a === s.array || apart(s.array, a));
  });
}
