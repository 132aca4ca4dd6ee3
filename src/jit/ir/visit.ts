/** Walking and rewriting the IR: the recursion over its node kinds, once. */
import type { Expr, Region, Stmt } from "./nest.ts";

/** Operands of an expression, in order of evaluation. */
export function operands(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "load":
      return e.index;
    case "op":
      return e.args;
    case "cast":
      return [e.arg];
    default:
      return [];
  }
}

/** Expressions that a statement itself evaluates (not those of its body), in order. A `while` evaluates its own before every trip. */
export function ownExprs(s: Stmt): readonly Expr[] {
  switch (s.kind) {
    case "set":
      return [s.value];
    case "store":
      return [...s.index, s.value];
    case "if":
    case "while":
    case "guard":
      return [s.cond];
    case "for":
      return [s.lo, s.hi, s.step];
    default:
      return [];
  }
}

/** Statement lists inside a statement. */
export function bodies(s: Stmt): readonly (readonly Stmt[])[] {
  switch (s.kind) {
    case "if":
      return [s.body, s.orelse];
    case "for":
    case "while":
    case "block":
      return [s.body];
    default:
      return [];
  }
}

/** Every expression in `e`, operands first. */
export function walkExpr(e: Expr, visit: (e: Expr) => void): void {
  for (const o of operands(e)) walkExpr(o, visit);
  visit(e);
}

/** Whether any expression in `e` satisfies `test`. */
export function someExpr(e: Expr, test: (e: Expr) => boolean): boolean {
  return test(e) || operands(e).some((o) => someExpr(o, test));
}

/** Every statement, outer before inner, with the statements around it. */
export function walkStmts(body: readonly Stmt[], visit: (s: Stmt, around: readonly Stmt[]) => void, around: readonly Stmt[] = []): void {
  for (const s of body) {
    visit(s, around);
    const inner = bodies(s);
    if (inner.length > 0) {
      const next = [...around, s];
      for (const b of inner) walkStmts(b, visit, next);
    }
  }
}

/** Every expression of every statement. */
export function walkExprs(body: readonly Stmt[], visit: (e: Expr, s: Stmt) => void): void {
  walkStmts(body, (s) => {
    for (const e of ownExprs(s)) walkExpr(e, (x) => visit(x, s));
  });
}

/** Rebuilds an expression bottom up; unchanged parts are shared. */
export function mapExpr(e: Expr, f: (e: Expr) => Expr): Expr {
  switch (e.kind) {
    case "load": {
      const index = mapList(e.index, (x) => mapExpr(x, f));
      return f(index === e.index ? e : { ...e, index });
    }
    case "op": {
      const args = mapList(e.args, (x) => mapExpr(x, f));
      return f(args === e.args ? e : { ...e, args });
    }
    case "cast": {
      const arg = mapExpr(e.arg, f);
      return f(arg === e.arg ? e : { ...e, arg });
    }
    default:
      return f(e);
  }
}

function mapList<T>(list: readonly T[], f: (x: T) => T): readonly T[] {
  const out = list.map(f);
  return out.every((x, i) => x === list[i]) ? list : out;
}

/** A statement with `f` applied to its own expressions. */
export function mapOwnExprs(s: Stmt, f: (e: Expr) => Expr): Stmt {
  switch (s.kind) {
    case "set":
      return { ...s, value: f(s.value) };
    case "store":
      return { ...s, index: s.index.map(f), value: f(s.value) };
    case "if":
    case "while":
    case "guard":
      return { ...s, cond: f(s.cond) };
    case "for":
      return { ...s, lo: f(s.lo), hi: f(s.hi), step: f(s.step) };
    default:
      return s;
  }
}

/** A statement with `f` applied to its bodies. */
export function mapBodies(s: Stmt, f: (body: readonly Stmt[]) => readonly Stmt[]): Stmt {
  switch (s.kind) {
    case "if":
      return { ...s, body: f(s.body), orelse: f(s.orelse) };
    case "for":
    case "while":
    case "block":
      return { ...s, body: f(s.body) };
    default:
      return s;
  }
}

/** Rewrites all statements, inner first; `f` may give none or several for one. */
export function mapStmts(body: readonly Stmt[], f: (s: Stmt) => Stmt | readonly Stmt[]): readonly Stmt[] {
  return body.flatMap((s) => f(mapBodies(s, (b) => mapStmts(b, f))));
}

/** Rewrites every expression of a region. */
export function mapRegionExprs(r: Region, f: (e: Expr) => Expr): Region {
  return { ...r, body: mapStmts(r.body, (s) => mapOwnExprs(s, (e) => mapExpr(e, f))) };
}

/** Variables assigned anywhere in `body`. */
export function assigned(body: readonly Stmt[]): Set<string> {
  const out = new Set<string>();
  walkStmts(body, (s) => {
    if (s.kind === "set") out.add(s.name);
  });
  return out;
}
