/**
 * Statements: tree nodes → AST. A compound statement ends with the last token of its last line, not at the dedent;
 * every function below lowers the bodies in source order, so that `toBodyEnd` finds that place.
 * Source: Language Reference 7, 8 and 10.
 */
import type * as ast from "../ast.ts";
import * as N from "../generated/nodes.ts";
import { at, type FlatTree, refuse, toBodyEnd } from "../tree.ts";
import { lowerArguments, lowerParameters, lowerTypeParams } from "./arguments.ts";
import { binaryOperator, exprs, lowerExpr } from "./expressions.ts";
import { dottedNameAt, nameAt } from "./names.ts";
import { lowerPattern } from "./patterns.ts";
import { deleteFrom, storeTo } from "./targets.ts";

type Stmt = ast.Stmt;

/** The statements that are children of `n` (a Script or Body). */
export function lowerBody(t: FlatTree, n: number): Stmt[] {
  const list: Stmt[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.LastSemicolon) {
      t.bodyEndLine = t.endLine[c]!;
      t.bodyEndCol = t.endCol[c]!;
    } else {
      const statement = lowerStmt(t, c);
      t.bodyEndLine = statement.end_lineno;
      t.bodyEndCol = statement.end_col_offset;
      list.push(statement);
    }
  }
  return list;
}

function lowerStmt(t: FlatTree, n: number): Stmt {
  switch (t.kind[n]) {
    case N.ExpressionStatement:
      return at(t, n, { node: "Expr", value: lowerExpr(t, n + 1), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.AssignStatement:
      return assign(t, n);
    case N.AnnotatedStatement:
      return annotated(t, n);
    case N.UpdateStatement:
      return update(t, n);
    case N.IfStatement:
      return if_(t, n);
    case N.ReturnStatement:
      return at(t, n, { node: "Return", value: optional(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.ForStatement:
      return for_(t, n);
    case N.WhileStatement:
      return while_(t, n);
    case N.FunctionDefinition:
      return function_(t, n, []);
    case N.ClassDefinition:
      return class_(t, n, []);
    case N.DecoratedStatement:
      return decorated(t, n);
    case N.TryStatement:
      return try_(t, n);
    case N.WithStatement:
      return with_(t, n);
    case N.RaiseStatement:
      return raise(t, n);
    case N.ImportStatement:
      return at(t, n, { node: "Import", names: aliases(t, n + 1, t.end[n]!), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.FromStatement:
      return importFrom(t, n);
    case N.PassStatement:
      return at(t, n, { node: "Pass", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.BreakStatement:
      return at(t, n, { node: "Break", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.ContinueStatement:
      return at(t, n, { node: "Continue", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.AssertStatement:
      return assert(t, n);
    case N.DeleteStatement:
      return delete_(t, n);
    case N.GlobalStatement:
      return at(t, n, { node: "Global", names: names(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.NonlocalStatement:
      return at(t, n, { node: "Nonlocal", names: names(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.MatchStatement:
      return match(t, n);
    case N.TypeDefinition:
      return typeAlias(t, n);
    default:
      return refuse(t, n);
  }
}

/** The only child of `n`, if it has one. */
function optional(t: FlatTree, n: number): ast.Expr | null {
  return t.end[n] === n + 1 ? null : lowerExpr(t, n + 1);
}

function names(t: FlatTree, n: number): string[] {
  const list: string[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) list.push(nameAt(t, c));
  return list;
}

// Simple statements -----------------------------------------------------------------------------

function assign(t: FlatTree, n: number): Stmt {
  const targets: ast.Expr[] = [];
  const stop = t.end[n]!;
  let c = n + 1;
  for (; t.end[c]! < stop; c = t.end[c]!) targets.push(storeTo(t, c, lowerExpr(t, c)));
  return at(t, n, {
    node: "Assign",
    targets,
    value: lowerExpr(t, c),
    type_comment: null,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

/** A target that is not a sequence of targets. */
function singleTarget(t: FlatTree, n: number): ast.AugAssign["target"] {
  const target = lowerExpr(t, n);
  if (target.node !== "Name" && target.node !== "Attribute" && target.node !== "Subscript") return refuse(t, n);
  target.ctx = "Store";
  return target;
}

function annotated(t: FlatTree, n: number): Stmt {
  const target = singleTarget(t, n + 1);
  const simple = t.kind[n + 1] === N.VariableName ? 1 : 0;
  const type = t.end[n + 1]!;
  const annotation = lowerExpr(t, type + 1);
  const value = t.end[type] === t.end[n] ? null : lowerExpr(t, t.end[type]!);
  return at(t, n, { node: "AnnAssign", target, annotation, value, simple, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function update(t: FlatTree, n: number): Stmt {
  const target = singleTarget(t, n + 1);
  const sign = t.end[n + 1]!;
  const op = binaryOperator(t.source(sign).slice(0, -1));
  return at(t, n, {
    node: "AugAssign",
    target,
    op,
    value: lowerExpr(t, t.end[sign]!),
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function raise(t: FlatTree, n: number): Stmt {
  const stop = t.end[n]!;
  const exc = optional(t, n);
  const cause = exc && t.end[n + 1]! < stop ? lowerExpr(t, t.end[n + 1]!) : null;
  return at(t, n, { node: "Raise", exc, cause, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function assert(t: FlatTree, n: number): Stmt {
  const test = lowerExpr(t, n + 1);
  const second = t.end[n + 1]!;
  const msg = second < t.end[n]! ? lowerExpr(t, second) : null;
  return at(t, n, { node: "Assert", test, msg, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function delete_(t: FlatTree, n: number): Stmt {
  const targets: ast.Expr[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) targets.push(deleteFrom(t, c, lowerExpr(t, c)));
  return at(t, n, { node: "Delete", targets, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function typeAlias(t: FlatTree, n: number): Stmt {
  const name = lowerExpr(t, n + 1) as ast.Name;
  name.ctx = "Store";
  const second = t.end[n + 1]!;
  const generic = t.kind[second] === N.TypeParamList;
  const type_params = generic ? lowerTypeParams(t, second) : [];
  const value = lowerExpr(t, generic ? t.end[second]! : second);
  return at(t, n, { node: "TypeAlias", name, type_params, value, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

/** ImportedName, FromName and ImportStar nodes from `first` to `stop`. */
function aliases(t: FlatTree, first: number, stop: number): ast.Alias[] {
  const list: ast.Alias[] = [];
  for (let c = first; c < stop; c = t.end[c]!) {
    const star = t.kind[c] === N.ImportStar;
    const second = star ? t.end[c]! : t.end[c + 1]!;
    const asname = second < t.end[c]! ? nameAt(t, second) : null;
    const name = star ? "*" : dottedNameAt(t, c + 1);
    list.push(at(t, c, { node: "alias", name, asname, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 }));
  }
  return list;
}

function importFrom(t: FlatTree, n: number): Stmt {
  let c = n + 1;
  let level = 0;
  if (t.kind[c] === N.RelativeDots) {
    level = t.source(c).replace(/[^.]/g, "").length;
    c = t.end[c]!;
  }
  let module: string | null = null;
  if (t.kind[c] === N.DottedName) {
    module = dottedNameAt(t, c);
    c = t.end[c]!;
  }
  return at(t, n, {
    node: "ImportFrom",
    module,
    names: aliases(t, c, t.end[n]!),
    level,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

// Compound statements ---------------------------------------------------------------------------

/** Statements of the ElseClause (or other clause with nothing but a body) at `c`, if there is one before `stop`. */
function clauseBody(t: FlatTree, c: number, stop: number): Stmt[] {
  return c < stop ? lowerBody(t, c + 1) : [];
}

function if_(t: FlatTree, n: number): Stmt {
  const clauses = [n];
  const stop = t.end[n]!;
  let c = t.end[t.end[n + 1]!]!;
  for (; c < stop && t.kind[c] === N.ElifClause; c = t.end[c]!) clauses.push(c);
  const tests = clauses.map((clause) => lowerExpr(t, clause + 1));
  const bodies = clauses.map((clause) => lowerBody(t, t.end[clause + 1]!));
  let orelse = clauseBody(t, c, stop);
  for (let i = clauses.length - 1; ; i--) {
    const body = bodies[i]!;
    const node: Stmt = toBodyEnd(t, clauses[i]!, {
      node: "If",
      test: tests[i]!,
      body,
      orelse,
      lineno: 0,
      col_offset: 0,
      end_lineno: 0,
      end_col_offset: 0,
    });
    if (i === 0) return node;
    orelse = [node];
  }
}

function while_(t: FlatTree, n: number): Stmt {
  const block = t.end[n + 1]!;
  const test = lowerExpr(t, n + 1);
  const body = lowerBody(t, block);
  const orelse = clauseBody(t, t.end[block]!, t.end[n]!);
  return toBodyEnd(t, n, { node: "While", test, body, orelse, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function for_(t: FlatTree, n: number): Stmt {
  const isAsync = t.kind[n + 1] === N.async;
  const first = isAsync ? t.end[n + 1]! : n + 1;
  const target = storeTo(t, first, lowerExpr(t, first));
  const second = t.end[first]!;
  const iter = lowerExpr(t, second);
  const block = t.end[second]!;
  const body = lowerBody(t, block);
  const orelse = clauseBody(t, t.end[block]!, t.end[n]!);
  return toBodyEnd(t, n, {
    node: isAsync ? "AsyncFor" : "For",
    target,
    iter,
    body,
    orelse,
    type_comment: null,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function try_(t: FlatTree, n: number): Stmt {
  const body = lowerBody(t, n + 1);
  const handlers: ast.ExceptHandler[] = [];
  let orelse: Stmt[] = [];
  let finalbody: Stmt[] = [];
  let groups = false;
  const stop = t.end[n]!;
  for (let c = t.end[n + 1]!; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.ElseClause) orelse = lowerBody(t, c + 1);
    else if (t.kind[c] === N.FinallyClause) finalbody = lowerBody(t, c + 1);
    else {
      groups = t.kind[c] === N.ExceptGroupClause;
      handlers.push(handler(t, c));
    }
  }
  return toBodyEnd(t, n, {
    node: groups ? "TryStar" : "Try",
    body,
    handlers,
    orelse,
    finalbody,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function handler(t: FlatTree, n: number): ast.ExceptHandler {
  let c = n + 1;
  let type: ast.Expr | null = null;
  let name: string | null = null;
  if (t.kind[c] !== N.Body) {
    type = lowerExpr(t, c);
    const several = t.kind[c] === N.BareTuple;
    c = t.end[c]!;
    if (t.kind[c] !== N.Body) {
      if (several) refuse(t, c);
      name = nameAt(t, c);
      c = t.end[c]!;
    }
  }
  const body = lowerBody(t, c);
  return toBodyEnd(t, n, { node: "ExceptHandler", type, name, body, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function with_(t: FlatTree, n: number): Stmt {
  const isAsync = t.kind[n + 1] === N.async;
  const first = isAsync ? t.end[n + 1]! : n + 1;
  let block = first;
  while (t.kind[block] === N.WithItem) block = t.end[block]!;
  const items = parenthesizedItems(t, first, block) ?? listItems(t, first, block);
  const body = lowerBody(t, block);
  return toBodyEnd(t, n, {
    node: isAsync ? "AsyncWith" : "With",
    items,
    body,
    type_comment: null,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function listItems(t: FlatTree, first: number, stop: number): ast.WithItem[] {
  const items: ast.WithItem[] = [];
  for (let c = first; c < stop; c = t.end[c]!) items.push(withItem(t, c + 1, t.end[c]!));
  return items;
}

/** The expression at `c` and, before `stop`, its target. */
function withItem(t: FlatTree, c: number, stop: number): ast.WithItem {
  const context_expr = lowerExpr(t, c);
  const target = t.end[c]!;
  return { node: "withitem", context_expr, optional_vars: target < stop ? storeTo(t, target, lowerExpr(t, target)) : null };
}

/** `with (a as b, c):` — the lone item in parentheses is a list of items when each could be one. */
function parenthesizedItems(t: FlatTree, item: number, stop: number): ast.WithItem[] | undefined {
  const group = item + 1;
  const kind = t.kind[group];
  if (t.end[item] !== stop || t.end[group] !== stop) return undefined;
  if ((kind !== N.ParenthesizedExpression && kind !== N.TupleExpression) || t.end[group] === group + 1) return undefined;
  const inner = t.end[group]!;
  const items: ast.WithItem[] = [];
  for (let c = group + 1; c < inner; c = t.end[c]!) {
    if (t.kind[c] === N.NamedExpression || t.kind[c] === N.Starred || t.kind[c] === N.YieldExpression) return undefined;
  }
  for (let c = group + 1; c < inner; c = t.end[c]!) {
    items.push(t.kind[c] === N.AsItem ? withItem(t, c + 1, t.end[c]!) : withItem(t, c, t.end[c]!));
  }
  return items;
}

function match(t: FlatTree, n: number): Stmt {
  if (t.kind[n + 1] === N.Starred) refuse(t, n + 1);
  const subject = lowerExpr(t, n + 1);
  const cases: ast.MatchCase[] = [];
  const stop = t.end[n]!;
  for (let c = t.end[n + 1]!; c < stop; c = t.end[c]!) cases.push(matchCase(t, c));
  return toBodyEnd(t, n, { node: "Match", subject, cases, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function matchCase(t: FlatTree, n: number): ast.MatchCase {
  const pattern = lowerPattern(t, n + 1);
  const second = t.end[n + 1]!;
  const guarded = t.kind[second] === N.Guard;
  const guard = guarded ? lowerExpr(t, second + 1) : null;
  return { node: "match_case", pattern, guard, body: lowerBody(t, guarded ? t.end[second]! : second) };
}

// Definitions -----------------------------------------------------------------------------------

function decorated(t: FlatTree, n: number): Stmt {
  const decorators: ast.Expr[] = [];
  let c = n + 1;
  for (; t.kind[c] === N.Decorator; c = t.end[c]!) decorators.push(...exprs(t, c));
  return t.kind[c] === N.ClassDefinition ? class_(t, c, decorators) : function_(t, c, decorators);
}

function function_(t: FlatTree, n: number, decorator_list: ast.Expr[]): Stmt {
  const isAsync = t.kind[n + 1] === N.async;
  let c = isAsync ? t.end[n + 1]! : n + 1;
  const name = nameAt(t, c);
  c = t.end[c]!;
  let type_params: ast.TypeParam[] = [];
  if (t.kind[c] === N.TypeParamList) {
    type_params = lowerTypeParams(t, c);
    c = t.end[c]!;
  }
  const args = lowerParameters(t, c);
  c = t.end[c]!;
  let returns: ast.Expr | null = null;
  if (t.kind[c] === N.ReturnType) {
    returns = lowerExpr(t, c + 1);
    c = t.end[c]!;
  }
  const body = lowerBody(t, c);
  return toBodyEnd(t, n, {
    node: isAsync ? "AsyncFunctionDef" : "FunctionDef",
    name,
    args,
    body,
    decorator_list,
    returns,
    type_comment: null,
    type_params,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function class_(t: FlatTree, n: number, decorator_list: ast.Expr[]): Stmt {
  const name = nameAt(t, n + 1);
  let c = t.end[n + 1]!;
  let type_params: ast.TypeParam[] = [];
  if (t.kind[c] === N.TypeParamList) {
    type_params = lowerTypeParams(t, c);
    c = t.end[c]!;
  }
  let bases: ast.Expr[] = [];
  let keywords: ast.Keyword[] = [];
  if (t.kind[c] === N.ArgList) {
    ({ args: bases, keywords } = lowerArguments(t, c, false));
    c = t.end[c]!;
  }
  const body = lowerBody(t, c);
  return toBodyEnd(t, n, {
    node: "ClassDef",
    name,
    bases,
    keywords,
    body,
    decorator_list,
    type_params,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}
