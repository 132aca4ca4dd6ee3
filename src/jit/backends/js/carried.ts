/**
 * Which variables' values at the head of a loop matter: those that a trip may read before it assigns them, and those that something outside the loop reads.
 * Of the others nothing has to be found out.
 */
import type { Expr, LoopStmt, Region, Stmt } from "../../ir/nest.ts";
import { operands, ownExprs, walkExprs } from "../../ir/visit.ts";

export class Carried {
  private readonly region: Region;
  private readonly known = new WeakMap<LoopStmt, ReadonlySet<string>>();
  /** Reads of each variable in the region. */
  private reads: Map<string, number> | undefined;

  constructor(region: Region) {
    this.region = region;
  }

  /** Variables whose values at the loop's head or end matter. */
  of(s: LoopStmt): ReadonlySet<string> {
    let names = this.known.get(s);
    if (!names) this.known.set(s, (names = this.find(s)));
    return names;
  }

  private find(s: LoopStmt): ReadonlySet<string> {
    const out = new Set<string>();
    const defined = new Set<string>();
    if (s.kind === "while") reads(s.cond, defined, out);
    walk(s.body, defined, out);
    this.reads ??= countReads(this.region.body);
    const inside = countReads([s]);
    for (const [name, n] of this.reads) if (n > (inside.get(name) ?? 0)) out.add(name);
    return out;
  }
}

function countReads(body: readonly Stmt[]): Map<string, number> {
  const out = new Map<string, number>();
  walkExprs(body, (e) => {
    if (e.kind === "var") out.set(e.name, (out.get(e.name) ?? 0) + 1);
  });
  return out;
}

function reads(e: Expr, defined: ReadonlySet<string>, out: Set<string>): void {
  if (e.kind === "var" && !defined.has(e.name)) out.add(e.name);
  for (const x of operands(e)) reads(x, defined, out);
}

/** Adds to `out` what is read before it is surely assigned, and to `defined` what is; whether control falls through. */
function walk(body: readonly Stmt[], defined: Set<string>, out: Set<string>): boolean {
  for (const s of body) {
    for (const e of ownExprs(s)) reads(e, defined, out);
    switch (s.kind) {
      case "set":
        defined.add(s.name);
        break;
      case "if": {
        const [yes, no] = [new Set(defined), new Set(defined)];
        const [a, b] = [walk(s.body, yes, out), walk(s.orelse, no, out)];
        if (!a && !b) return false;
        for (const name of a ? yes : no) if ((!a || yes.has(name)) && (!b || no.has(name))) defined.add(name);
        break;
      }
      case "for":
      case "while":
      case "block":
        // it may run no trip, and a block may be left anywhere
        walk(s.body, new Set(defined), out);
        break;
      case "break":
      case "continue":
      case "exit":
        return false;
    }
  }
  return true;
}
