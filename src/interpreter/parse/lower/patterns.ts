/**
 * Patterns of `case`. Source: Language Reference 8.6 (match statement), PEP 634.
 */

import { PyComplex } from "../../objects/values.ts";
import type * as ast from "../ast.ts";
import * as N from "../generated/nodes.ts";
import { across, at, type FlatTree, refuse } from "../tree.ts";
import { constant, lowerExpr, numberAt } from "./expressions.ts";
import { nameAt } from "./names.ts";
import { lowerStrings } from "./strings.ts";

export function lowerPattern(t: FlatTree, n: number): ast.Pattern {
  switch (t.kind[n]) {
    case N.CapturePattern: {
      const name = nameAt(t, n + 1);
      return at(t, n, {
        node: "MatchAs",
        pattern: null,
        name: name === "_" ? null : name,
        lineno: 0,
        col_offset: 0,
        end_lineno: 0,
        end_col_offset: 0,
      });
    }
    case N.GroupPattern:
      return lowerPattern(t, n + 1);
    case N.AsPattern:
      return asPattern(t, n);
    case N.OrPattern:
      return at(t, n, { node: "MatchOr", patterns: patterns(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    case N.SequencePattern:
    case N.OpenSequence:
      return sequence(t, n);
    case N.StarPattern: {
      const name = nameAt(t, n + 1);
      return at(t, n, { node: "MatchStar", name: name === "_" ? null : name, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    }
    case N.MappingPattern:
      return mapping(t, n);
    case N.ClassPattern:
      return classPattern(t, n);
    case N.SingletonPattern:
      return at(t, n, { node: "MatchSingleton", value: singleton(t, n + 1), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
    default:
      return at(t, n, { node: "MatchValue", value: literal(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
}

function patterns(t: FlatTree, n: number): ast.Pattern[] {
  const list: ast.Pattern[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) list.push(lowerPattern(t, c));
  return list;
}

function sequence(t: FlatTree, n: number): ast.Pattern {
  return at(t, n, { node: "MatchSequence", patterns: patterns(t, n), lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function asPattern(t: FlatTree, n: number): ast.Pattern {
  const second = t.end[n + 1]!;
  const name = nameAt(t, second);
  if (name === "_") refuse(t, second);
  const pattern = lowerPattern(t, n + 1);
  return at(t, n, { node: "MatchAs", pattern, name, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function singleton(t: FlatTree, n: number): null | boolean {
  return t.kind[n] === N.None ? null : t.to[n]! - t.from[n]! === 4;
}

/** A literal or a dotted name, as the expression whose value is compared. */
function literal(t: FlatTree, n: number): ast.Expr {
  switch (t.kind[n]) {
    case N.AttributePattern:
      return attribute(t, n);
    case N.StringPattern:
      // An f-string is refused later, when the tree is compiled.
      return lowerStrings(t, n, n + 1, t.end[n]!);
    case N.NumberPattern:
      return numberPattern(t, n);
    case N.SingletonPattern:
      return constant(t, n, singleton(t, n + 1));
    default:
      return refuse(t, n);
  }
}

function attribute(t: FlatTree, n: number): ast.Expr {
  const stop = t.end[n]!;
  let value = lowerExpr(t, n + 1);
  for (let c = t.end[n + 1]!; c < stop; c = t.end[c]!) {
    value = across(t, n, c, {
      node: "Attribute",
      value,
      attr: nameAt(t, c),
      ctx: "Load",
      lineno: 0,
      col_offset: 0,
      end_lineno: 0,
      end_col_offset: 0,
    });
  }
  return value;
}

/** `1`, `-1`, `1+2j`, `-1-2j`: a real part with an optional sign, then an imaginary part. */
function numberPattern(t: FlatTree, n: number): ast.Expr {
  const negative = t.kind[n + 1] === N.ArithOp;
  const number = negative ? t.end[n + 1]! : n + 1;
  let value: ast.Expr = constant(t, number, numberAt(t, number));
  const real = value;
  if (negative)
    value = across(t, n, number, {
      node: "UnaryOp",
      op: "USub",
      operand: value,
      lineno: 0,
      col_offset: 0,
      end_lineno: 0,
      end_col_offset: 0,
    });
  const sign = t.end[number]!;
  if (sign === t.end[n]) return value;
  const second = t.end[sign]!;
  const right = constant(t, second, numberAt(t, second));
  if (real.value instanceof PyComplex || !(right.value instanceof PyComplex)) refuse(t, second);
  const op = t.source(sign) === "+" ? "Add" : "Sub";
  return at(t, n, { node: "BinOp", left: value, op, right, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function mapping(t: FlatTree, n: number): ast.Pattern {
  const keys: ast.Expr[] = [];
  const values: ast.Pattern[] = [];
  let rest: string | null = null;
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    if (rest !== null) refuse(t, c);
    if (t.kind[c] === N.RestPattern) {
      rest = nameAt(t, c + 1);
      if (rest === "_") refuse(t, c);
    } else {
      keys.push(literal(t, c));
      c = t.end[c]!;
      values.push(lowerPattern(t, c));
    }
  }
  return at(t, n, { node: "MatchMapping", keys, patterns: values, rest, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
}

function classPattern(t: FlatTree, n: number): ast.Pattern {
  const cls = t.kind[n + 1] === N.AttributePattern ? attribute(t, n + 1) : lowerExpr(t, n + 1);
  const out: ast.MatchClass = {
    node: "MatchClass",
    cls,
    patterns: [],
    kwd_attrs: [],
    kwd_patterns: [],
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  };
  const list = t.end[n + 1]!;
  const stop = t.end[list]!;
  for (let c = list + 1; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.KeywordPattern) {
      out.kwd_attrs.push(nameAt(t, c + 1));
      out.kwd_patterns.push(lowerPattern(t, t.end[c + 1]!));
    } else if (out.kwd_attrs.length > 0) refuse(t, c);
    else out.patterns.push(lowerPattern(t, c));
  }
  return at(t, n, out);
}
