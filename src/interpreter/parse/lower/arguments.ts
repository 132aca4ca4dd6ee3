/**
 * Arguments of calls, parameters of functions and type parameters.
 * Source: Language Reference 6.3.4 (calls), 8.7 (function definitions), 8.10 (type parameter lists).
 */
import type * as ast from "../ast.ts";
import * as N from "../generated/nodes.ts";
import { across, at, type FlatTree, refuse } from "../tree.ts";
import { generator, lowerExpr } from "./expressions.ts";
import { nameAt } from "./names.ts";

interface CallArguments {
  args: ast.Expr[];
  keywords: ast.Keyword[];
}

/** `n` is an ArgList; a lone generator expression may use its parentheses where `allowGenerator`. */
export function lowerArguments(t: FlatTree, n: number, allowGenerator: boolean): CallArguments {
  const outer = t.inField;
  t.inField = false;
  const result: CallArguments = { args: [], keywords: [] };
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    if (t.kind[c] === N.GeneratorArgument) {
      if (!allowGenerator || c !== n + 1 || !standsAlone(t, c, n)) refuse(t, c);
      result.args.push(generator(t, c, n, "GeneratorExp"));
    } else addArgument(t, c, result);
  }
  t.inField = outer;
  return result;
}

/** Neither another argument nor a comma follows argument `c` of list `n`. */
function standsAlone(t: FlatTree, c: number, n: number): boolean {
  if (t.end[c] !== t.end[n]) return false;
  const rest = t.text.slice(t.to[c]!, t.to[n]!);
  return !rest.replace(/#.*/g, "").includes(",");
}

function addArgument(t: FlatTree, n: number, { args, keywords }: CallArguments): void {
  switch (t.kind[n]) {
    case N.KeywordArgument: {
      const arg = nameAt(t, n + 1);
      const value = lowerExpr(t, t.end[n + 1]!);
      keywords.push(at(t, n, { node: "keyword", arg, value, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 }));
      break;
    }
    case N.DoubleStarArgument: {
      const value = lowerExpr(t, n + 1);
      keywords.push(at(t, n, { node: "keyword", arg: null, value, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 }));
      break;
    }
    case N.StarArgument: {
      if (keywords.some((k) => k.arg === null)) refuse(t, n);
      const value = lowerExpr(t, n + 1);
      args.push(at(t, n, { node: "Starred", value, ctx: "Load", lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 }));
      break;
    }
    default:
      if (keywords.length > 0) refuse(t, n);
      args.push(lowerExpr(t, n));
  }
}

// Parameters ------------------------------------------------------------------------------------

/** `n` is a ParamList, or -1 where there is none. */
export function lowerParameters(t: FlatTree, n: number): ast.Arguments {
  const out: ast.Arguments = {
    node: "arguments",
    posonlyargs: [],
    args: [],
    vararg: null,
    kwonlyargs: [],
    kw_defaults: [],
    kwarg: null,
    defaults: [],
  };
  if (n < 0) return out;
  let starred = false;
  let slashed = false;
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) {
    if (out.kwarg) refuse(t, c);
    switch (t.kind[c]) {
      case N.Param:
        addParameter(t, c, out, starred);
        break;
      case N.SlashParam:
        if (slashed || starred || out.args.length === 0) refuse(t, c);
        slashed = true;
        out.posonlyargs = out.args;
        out.args = [];
        break;
      case N.StarParam:
        if (starred) refuse(t, c);
        starred = true;
        if (t.end[c] !== c + 1) out.vararg = argument(t, c);
        else if (t.end[c] === stop || t.kind[t.end[c]!] !== N.Param) refuse(t, c);
        break;
      default:
        out.kwarg = argument(t, c);
    }
  }
  return out;
}

function addParameter(t: FlatTree, n: number, out: ast.Arguments, keywordOnly: boolean): void {
  const fallback = defaultOf(t, n);
  if (keywordOnly) {
    out.kwonlyargs.push(argument(t, n));
    out.kw_defaults.push(fallback);
  } else {
    out.args.push(argument(t, n));
    if (fallback) out.defaults.push(fallback);
    else if (out.defaults.length > 0) refuse(t, n);
  }
}

/** The expression in the Default child of `n`. */
function defaultOf(t: FlatTree, n: number): ast.Expr | null {
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) if (t.kind[c] === N.Default) return lowerExpr(t, c + 1);
  return null;
}

/** Name and annotation of the parameter node `n`. */
function argument(t: FlatTree, n: number): ast.Arg {
  const name = n + 1;
  const next = t.end[name]!;
  const annotated = next < t.end[n]! && (t.kind[next] === N.TypeDef || t.kind[next] === N.StarTypeDef);
  const annotation = annotated ? lowerExpr(t, next + 1) : null;
  return across(t, name, annotated ? next : name, {
    node: "arg",
    arg: nameAt(t, name),
    annotation,
    type_comment: null,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}

// Type parameters -------------------------------------------------------------------------------

/** `n` is a TypeParamList. */
export function lowerTypeParams(t: FlatTree, n: number): ast.TypeParam[] {
  const list: ast.TypeParam[] = [];
  const stop = t.end[n]!;
  for (let c = n + 1; c < stop; c = t.end[c]!) list.push(typeParam(t, c));
  return list;
}

function typeParam(t: FlatTree, n: number): ast.TypeParam {
  const default_value = defaultOf(t, n);
  if (t.kind[n + 1] === N.TypeStar) {
    const node = t.to[n + 1]! - t.from[n + 1]! === 1 ? "TypeVarTuple" : "ParamSpec";
    if (default_value?.node === "Starred" && node === "ParamSpec") refuse(t, n);
    const name = nameAt(t, t.end[n + 1]!);
    return at(t, n, { node, name, default_value, lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 });
  }
  const next = t.end[n + 1]!;
  const bound = next < t.end[n]! && t.kind[next] === N.TypeDef ? lowerExpr(t, next + 1) : null;
  return at(t, n, {
    node: "TypeVar",
    name: nameAt(t, n + 1),
    bound,
    default_value,
    lineno: 0,
    col_offset: 0,
    end_lineno: 0,
    end_col_offset: 0,
  });
}
