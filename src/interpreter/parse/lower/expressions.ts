/**
 * Expressions: tree nodes → AST. Chains of one operator are walked in a loop, so that long ones need no deep recursion.
 * Source: Language Reference 6 and 10; positions as CPython sets them.
 */

import { Ellipsis } from "../../objects/values.ts";
import type * as ast from "../ast.ts";
import * as N from "../generated/nodes.ts";
import { excessDigits, numberKind, numberValue } from "../numbers.ts";
import { across, at, type FlatTree, refuse } from "../tree.ts";
import { lowerArguments, lowerParameters } from "./arguments.ts";
import { nameAt } from "./names.ts";
import { lowerStrings } from "./strings.ts";
import { storeTo } from "./targets.ts";

type Expr = ast.Expr;

const BINARY: Readonly<Record<string, ast.Operator>> = {
  "+": "Add",
  "-": "Sub",
  "*": "Mult",
  "@": "MatMult",
  "/": "Div",
  "%": "Mod",
  "**": "Pow",
  "<<": "LShift",
  ">>": "RShift",
  "|": "BitOr",
  "^": "BitXor",
  "&": "BitAnd",
  "//": "FloorDiv",
};
const UNARY: Readonly<Record<string, ast.UnaryOperator>> = { "+": "UAdd", "-": "USub", "~": "Invert" };
const COMPARE: Readonly<Record<string, ast.CmpOperator>> = { "==": "Eq", "!=": "NotEq", "<": "Lt", "<=": "LtE", ">": "Gt", ">=": "GtE" };

/** The operator of a binary expression or, without its `=`, of an augmented assignment. */
export function binaryOperator(text: string): ast.Operator {
  return BINARY[text]!;
}

export function lowerExpr(t: FlatTree, n: number): Expr {
  switch (t.kind[n]) {
    case N.VariableName:
      return at(t, n, { node: "Name", id: nameAt(t, n), ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.MemberExpression:
      return member(t, n);
    case N.CallExpression:
      return call(t, n);
    case N.Number:
      return constant(t, n, numberAt(t, n));
    case N.String:
    case N.FormatString:
      return lowerStrings(t, n, n, t.end[n]!);
    case N.ContinuedString:
      return lowerStrings(t, n, n + 1, t.end[n]!);
    case N.SubscriptExpression:
      return subscript(t, n);
    case N.ParenthesizedExpression:
      return parenthesized(t, n);
    case N.BinaryExpression:
      return binary(t, n);
    case N.CompareExpression:
      return compare(t, n);
    case N.AndExpression:
      return boolean(t, n, "And");
    case N.OrExpression:
      return boolean(t, n, "Or");
    case N.NotExpression:
      return unary(t, n, "Not", n + 1);
    case N.UnaryExpression:
      return unary(t, n, UNARY[t.source(n + 1)]!, t.end[n + 1]!);
    case N.None:
      return constant(t, n, null);
    case N.Boolean:
      return constant(t, n, t.to[n]! - t.from[n]! === 4);
    case N.Ellipsis:
      return constant(t, n, Ellipsis);
    case N.TupleExpression:
    case N.BareTuple:
      return tuple(t, n);
    case N.ArrayExpression:
      return at(t, n, { node: "List", elts: exprs(t, n), ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.SetExpression:
      return at(t, n, { node: "Set", elts: exprs(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.DictionaryExpression:
      return dictionary(t, n);
    case N.ConditionalExpression:
      return conditional(t, n);
    case N.ComprehensionExpression:
      return comprehension(t, n, "GeneratorExp");
    case N.ArrayComprehensionExpression:
      return comprehension(t, n, "ListComp");
    case N.SetComprehensionExpression:
      return comprehension(t, n, "SetComp");
    case N.DictionaryComprehensionExpression:
      return dictionaryComprehension(t, n);
    case N.Starred:
      return at(t, n, {
        node: "Starred",
        value: lowerExpr(t, n + 1),
        ctx: "Load",
        lineno: 0,
        col_offset: 0,
        end_lineno: 0,
        end_col_offset: 0,
      });
    case N.LambdaExpression:
      return lambda(t, n);
    case N.NamedExpression:
      return named(t, n);
    case N.AwaitExpression:
      return await_(t, n);
    case N.YieldExpression:
      return yield_(t, n);
    case N.Slice:
      return slice(t, n);
    default:
      return refuse(t, n);
  }
}

/** All children of `n`, as expressions. */
export function exprs(t: FlatTree, n: number): Expr[] {
  const list: Expr[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) list.push(lowerExpr(t, c));
  return list;
}

export function constant(t: FlatTree, n: number, value: ast.ConstantValue): ast.Constant {
  return at(t, n, { node: "Constant", value, kind: null, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

export function numberAt(t: FlatTree, n: number): ast.ConstantValue {
  const text = t.source(n);
  checkEndOfNumber(t, n, text);
  const value = numberValue(text);
  return value === undefined || excessDigits(text) > 0 ? refuse(t, n) : value;
}

const NAME_CHARACTER = /[\w\u0080-\uffff]/;
/** Keywords that may follow a number without a space, with a warning. */
const AFTER_NUMBER = /^(?:(?:and|else|for|or|not)\b|i[fns])/;

function checkEndOfNumber(t: FlatTree, n: number, literal: string): void {
  const end = t.to[n]!;
  if (!NAME_CHARACTER.test(t.text[end]!)) return;
  if (!AFTER_NUMBER.test(t.text.slice(end, end + 5))) refuse(t, n);
  t.options.warn({ category: "SyntaxWarning", message: `invalid ${numberKind(literal)} literal`, lineno: t.line[n]! });
}

// Operators -------------------------------------------------------------------------------------

/** Nodes of the chain `((a op b) op c)` without parentheses, outermost first. */
function leftChain(t: FlatTree, n: number): number[] {
  const kind = t.kind[n];
  const chain = [n];
  for (let left = n + 1; t.kind[left] === kind; left++) chain.push(left);
  return chain;
}

function binary(t: FlatTree, n: number): Expr {
  const chain = leftChain(t, n);
  let left = lowerExpr(t, n + chain.length);
  for (let i = chain.length - 1; i >= 0; i--) {
    const m = chain[i]!;
    const op = t.end[m + 1]!;
    const right = lowerExpr(t, t.end[op]!);
    left = at(t, m, { node: "BinOp", left, op: BINARY[t.source(op)]!, right, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
  return left;
}

function boolean(t: FlatTree, n: number, op: ast.BoolOperator): Expr {
  const chain = leftChain(t, n);
  const values = [lowerExpr(t, n + chain.length)];
  for (let i = chain.length - 1; i >= 0; i--) values.push(lowerExpr(t, t.end[chain[i]! + 1]!));
  return at(t, n, { node: "BoolOp", op, values, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function compare(t: FlatTree, n: number): Expr {
  const chain = leftChain(t, n);
  const left = lowerExpr(t, n + chain.length);
  const ops: ast.CmpOperator[] = [];
  const comparators: Expr[] = [];
  for (let i = chain.length - 1; i >= 0; i--) {
    const op = t.end[chain[i]! + 1]!;
    ops.push(comparison(t, op));
    comparators.push(lowerExpr(t, t.end[op]!));
  }
  return at(t, n, { node: "Compare", left, ops, comparators, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function comparison(t: FlatTree, op: number): ast.CmpOperator {
  switch (t.kind[op]) {
    case N.In:
      return "In";
    case N.NotIn:
      return "NotIn";
    case N.Is:
      return "Is";
    case N.IsNot:
      return "IsNot";
    default:
      return COMPARE[t.source(op)]!;
  }
}

function unary(t: FlatTree, n: number, op: ast.UnaryOperator, operand: number): Expr {
  return at(t, n, { node: "UnaryOp", op, operand: lowerExpr(t, operand), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function conditional(t: FlatTree, n: number): Expr {
  const test = t.end[n + 1]!;
  const body = lowerExpr(t, n + 1);
  return at(t, n, {
    node: "IfExp",
    test: lowerExpr(t, test),
    body,
    orelse: lowerExpr(t, t.end[test]!),
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function named(t: FlatTree, n: number): Expr {
  const target = lowerExpr(t, n + 1) as ast.Name;
  target.ctx = "Store";
  return at(t, n, {
    node: "NamedExpr",
    target,
    value: lowerExpr(t, t.end[n + 1]!),
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

function lambda(t: FlatTree, n: number): Expr {
  if (t.inField) refuse(t, n);
  const hasParameters = t.kind[n + 1] === N.ParamList;
  const args = lowerParameters(t, hasParameters ? n + 1 : -1);
  const body = lowerExpr(t, hasParameters ? t.end[n + 1]! : n + 1);
  return at(t, n, { node: "Lambda", args, body, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function await_(t: FlatTree, n: number): Expr {
  const operand = t.kind[n + 1];
  if (operand === N.AwaitExpression || operand === N.UnaryExpression) refuse(t, n + 1);
  return at(t, n, { node: "Await", value: lowerExpr(t, n + 1), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function yield_(t: FlatTree, n: number): Expr {
  const bare = t.end[n] === n + 1;
  if (!bare && t.kind[n + 1] === N.YieldFrom) {
    return at(t, n, { node: "YieldFrom", value: lowerExpr(t, n + 2), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
  return at(t, n, { node: "Yield", value: bare ? null : lowerExpr(t, n + 1), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

// Primaries -------------------------------------------------------------------------------------

function member(t: FlatTree, n: number): Expr {
  const value = lowerExpr(t, n + 1);
  const attr = nameAt(t, t.end[n + 1]!);
  return at(t, n, { node: "Attribute", value, attr, ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function call(t: FlatTree, n: number): Expr {
  const func = lowerExpr(t, n + 1);
  const { args, keywords } = lowerArguments(t, t.end[n + 1]!, true);
  return at(t, n, { node: "Call", func, args, keywords, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function subscript(t: FlatTree, n: number): Expr {
  const value = lowerExpr(t, n + 1);
  const index = t.end[n + 1]!;
  const outer = t.inField;
  t.inField = false;
  let key = lowerExpr(t, index);
  t.inField = outer;
  if (key.node === "Starred") {
    key = at(t, index, { node: "Tuple", elts: [key], ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
  return at(t, n, { node: "Subscript", value, slice: key, ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function slice(t: FlatTree, n: number): Expr {
  const parts: [Expr | null, Expr | null, Expr | null] = [null, null, null];
  let part = 0;
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.Colon) part++;
    else parts[part] = lowerExpr(t, c);
  }
  const [lower, upper, step] = parts;
  return at(t, n, { node: "Slice", lower, upper, step, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

// Displays and comprehensions -------------------------------------------------------------------

/** Runs `lower` for something in brackets: a lambda inside them is no longer directly in a replacement field. */
function bracketed<T>(t: FlatTree, lower: () => T): T {
  if (!t.inField) return lower();
  t.inField = false;
  const result = lower();
  t.inField = true;
  return result;
}

function parenthesized(t: FlatTree, n: number): Expr {
  if (t.kind[n + 1] === N.Starred) refuse(t, n + 1);
  return t.inField ? bracketed(t, () => lowerExpr(t, n + 1)) : lowerExpr(t, n + 1);
}

function tuple(t: FlatTree, n: number): Expr {
  const elts = t.inField && t.kind[n] === N.TupleExpression ? bracketed(t, () => exprs(t, n)) : exprs(t, n);
  return at(t, n, { node: "Tuple", elts, ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function dictionary(t: FlatTree, n: number): Expr {
  return bracketed(t, () => {
    const keys: (Expr | null)[] = [];
    const values: Expr[] = [];
    const stop = t.end[n]!;
    for (let c = n + 1; c < stop; c = t.end[c]!) {
      if (t.kind[c] === N.DictionarySpread) {
        keys.push(null);
        values.push(lowerExpr(t, c + 1));
      } else {
        keys.push(lowerExpr(t, c));
        c = t.end[c]!;
        values.push(lowerExpr(t, c));
      }
    }
    return at(t, n, { node: "Dict", keys, values, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  });
}

function comprehension(t: FlatTree, n: number, node: "GeneratorExp" | "ListComp" | "SetComp"): Expr {
  return bracketed(t, () => generator(t, n, n, node));
}

function dictionaryComprehension(t: FlatTree, n: number): Expr {
  return bracketed(t, () => {
    const key = lowerExpr(t, n + 1);
    const second = t.end[n + 1]!;
    const value = lowerExpr(t, second);
    const generators = clauses(t, t.end[second]!, t.end[n]!);
    return at(t, n, { node: "DictComp", key, value, generators, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  });
}

/** The comprehension whose element and clauses are the children of `n`, with the position of tree node `place`. */
export function generator(t: FlatTree, n: number, place: number, node: "GeneratorExp" | "ListComp" | "SetComp"): Expr {
  const elt = lowerExpr(t, n + 1);
  const generators = clauses(t, t.end[n + 1]!, t.end[n]!);
  return across(t, place, place, { node, elt, generators, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function clauses(t: FlatTree, first: number, stop: number): ast.Comprehension[] {
  const list: ast.Comprehension[] = [];
  for (let c = first; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.CompIf) list[list.length - 1]!.ifs.push(lowerExpr(t, c + 1));
    else list.push(forClause(t, c));
  }
  return list;
}

function forClause(t: FlatTree, n: number): ast.Comprehension {
  const isAsync = t.kind[n + 1] === N.async;
  const first = isAsync ? t.end[n + 1]! : n + 1;
  const target = storeTo(t, first, lowerExpr(t, first));
  return { node: "comprehension", target, iter: lowerExpr(t, t.end[first]!), ifs: [], is_async: isAsync ? 1 : 0 };
}
