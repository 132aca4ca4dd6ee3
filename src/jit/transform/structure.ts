/**
 * If-conversion of `continue`: what follows an `if` whose arm ends with `continue L`, in the list that is all of L's trip, moves into the other arm. The conditions
 * are asked as before and in the same order; afterwards the body can be split, and its loop exchanged with another.
 */
import type { ForStmt, IfStmt, Stmt } from "../ir/nest.ts";
import { mapStmts } from "../ir/visit.ts";
import { jumpsTo, type Reason, rebuilt, type Staged } from "./stage.ts";

export function structure(s: Staged): Staged | Reason {
  const lines: number[] = [];
  const body = mapStmts(s.region.body, (x) => {
    if (x.kind !== "for" || !jumpsTo(x.body, new Set([x.id]))) return x;
    const better = withoutContinue(x.body, x.id);
    if (better === undefined) return x;
    lines.push(x.line);
    return { ...x, body: better };
  });
  if (lines.length === 0) return { reason: "no continue that could become a branch" };
  return rebuilt(s, body, `continue made a branch in the loop at line ${lines.join(", ")}`);
}

/** The list without jumps to `id`; undefined where that cannot be had. */
function withoutContinue(body: readonly Stmt[], id: ForStmt["id"]): readonly Stmt[] | undefined {
  const target = new Set([id]);
  const at = body.findIndex((s) => jumpsTo([s], target));
  if (at < 0) return body;
  const s = body[at]!;
  if (s.kind === "continue") return body.slice(0, at);
  if (s.kind !== "if") return undefined;
  const split = branches(s, body.slice(at + 1), id);
  return split && [...body.slice(0, at), split];
}

function branches(s: IfStmt, rest: readonly Stmt[], id: string): IfStmt | undefined {
  const ends = (b: readonly Stmt[]): boolean => b.at(-1)?.kind === "continue" && (b.at(-1) as { target: string }).target === id;
  // what follows may stand in one arm only: statements are not doubled
  if (!ends(s.body) && !ends(s.orelse)) return undefined;
  const then = withoutContinue(ends(s.body) ? s.body : [...s.body, ...rest], id);
  const otherwise = withoutContinue(ends(s.orelse) ? s.orelse : [...s.orelse, ...rest], id);
  return then && otherwise && { ...s, body: then, orelse: otherwise };
}
