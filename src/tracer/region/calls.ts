/**
 * Calls in a region: builtins and math functions by identity, NumPy's scalar types and elementary functions on numbers, and small pure functions written in
 * Python, whose bodies are inlined. An exit inside an inlined body is the exit of the caller's statement, which runs again: so such bodies may not store.
 */

import type { InlineBody } from "../../interpreter/compile/inline.ts";
import { PyUfunc } from "../../interpreter/modules/numpy/ufuncs.ts";
import { floatType } from "../../interpreter/objects/float.ts";
import { PyFunction } from "../../interpreter/objects/function.ts";
import { PyNative } from "../../interpreter/objects/native.ts";
import { boolType, intType } from "../../interpreter/objects/type.ts";
import type { Value } from "../../interpreter/objects/values.ts";
import type * as ast from "../../interpreter/parse/ast.ts";
import { apply, cast, dim, float, int, op } from "../../jit/ir/build.ts";
import type { Expr } from "../../jit/ir/nest.ts";
import { isBool, isFloat, isInt, isNumpy, LIBM_UNARY, type OpName, type ScalarType } from "../../jit/ir/ops.ts";
import { scalarKind } from "../values.ts";
import { type Context, type Inlined, numpyType } from "./context.ts";
import { binary, choice, consumed, into, lower, truthOf } from "./expressions.ts";
import { promote } from "./kinds.ts";
import { type Operand, onlyKind, type Scalar, scalar } from "./operands.ts";
import { assignedNames, inlineBodyInto } from "./statements.ts";

const MAX_DEPTH = 6;

export function lowerCall(cx: Context, n: ast.Call): Operand {
  const f = lower(cx, n.func);
  if (f.is !== "object") return cx.abort("call", "a callee that is not known", n);
  if (n.keywords.length > 0 || n.args.some((a) => a.node === "Starred")) return cx.abort("call", "keyword or starred arguments", n);
  const fn = f.value;
  if (fn instanceof PyFunction) return inline(cx, fn, n);
  const args = n.args.map((a) => lower(cx, a));
  const known = builtin(cx, fn, args, n);
  if (known) return known;
  const name = fn instanceof PyNative ? fn.spec.name : n.func.node === "Name" ? n.func.id : n.func.node === "Attribute" ? n.func.attr : "?";
  return cx.abort("call", `${name}()`, n);
}

type Row = (cx: Context, args: readonly Operand[], n: ast.Call) => Operand;

function builtin(cx: Context, fn: Value, args: readonly Operand[], n: ast.Call): Operand | undefined {
  if (fn === intType) return args.length === 1 ? scalar(toInt(cx, only(cx, args[0]!, n), n)) : undefined;
  if (fn === floatType) return args.length === 1 ? scalar(cast("float", only(cx, args[0]!, n).e)) : undefined;
  if (fn === boolType) return args.length === 1 ? scalar(cast("bool", truthOf(only(cx, args[0]!, n).e))) : undefined;
  const np = numpyType(fn);
  if (np !== undefined) return args.length === 1 ? scalar(into(cx, only(cx, args[0]!, n).e, np)) : undefined;
  if (fn instanceof PyUfunc) return ufunc(cx, fn, args, n);
  if (!(fn instanceof PyNative) || fn.self !== undefined) return undefined;
  const table = fn.module === "math" ? MATH : fn.module === null || fn.module === "builtins" ? BUILTINS : undefined;
  const row = table && Object.hasOwn(table, fn.spec.name) ? table[fn.spec.name] : undefined;
  return row?.(cx, args, n);
}

/** An argument that is a number of one kind. */
function only(cx: Context, o: Operand, n: ast.Call): Scalar {
  if (o.is !== "scalar") return cx.abort("call", "an argument that is no number", n);
  return o;
}

function definite(cx: Context, o: Operand, n: ast.Call): Expr {
  const s = only(cx, o, n);
  if (onlyKind(s) === undefined) return cx.abort("mixed", "an argument of several types", n);
  return s.e;
}

const asFloat = (cx: Context, o: Operand, n: ast.Call): Expr => {
  const s = only(cx, o, n);
  if (s.e.kind === "const") return float(s.e.value);
  return consumedAs(cx, s.e);
};

const consumedAs = (cx: Context, e: Expr): Expr => cast("float", consumed(cx, e));

function toInt(cx: Context, s: Scalar, n: ast.Call): Expr {
  if (s.kinds.size > 1 && ![...s.kinds].every((k) => isInt(k))) {
    // truncation of a float that holds an int gives the int
    if (![...s.kinds].every((k) => isInt(k) || isFloat(k))) cx.abort("mixed", "an argument of several types", n);
  }
  return cast("int", s.e);
}

function unaryMath(name: OpName): Row {
  return (cx, args, n) =>
    args.length === 1 ? scalar(apply(name, asFloat(cx, args[0]!, n))) : cx.abort("call", `${name}() with ${args.length} arguments`, n);
}
function binaryMath(name: OpName): Row {
  return (cx, args, n) =>
    args.length === 2
      ? scalar(apply(name, asFloat(cx, args[0]!, n), asFloat(cx, args[1]!, n)))
      : cx.abort("call", `${name}() with ${args.length} arguments`, n);
}
function rounding(name: "floor" | "ceil" | "trunc"): Row {
  return (cx, args, n) => {
    const e = definite(cx, args[0]!, n);
    if (isInt(e.type)) return scalar(cast("int", e));
    if (isBool(e.type)) return scalar(cast("int", e));
    return scalar(cast("int", apply(name, cast("float", e))));
  };
}

const MATH: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(LIBM_UNARY.filter((name) => name !== "log").map((name) => [name, unaryMath(name)])),
  log: (cx, args, n) => {
    const x = op.log(asFloat(cx, args[0]!, n));
    return scalar(args.length === 1 ? x : op.truediv(x, op.log(asFloat(cx, args[1]!, n))));
  },
  fabs: unaryMath("fabs"),
  atan2: binaryMath("atan2"),
  copysign: binaryMath("copysign"),
  fmod: binaryMath("fmod"),
  pow: binaryMath("mpow"),
  hypot: binaryMath("hypot"),
  isnan: unaryMath("isnan"),
  isinf: unaryMath("isinf"),
  isfinite: unaryMath("isfinite"),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  trunc: rounding("trunc"),
  degrees: (cx, args, n) => scalar(op.mul(asFloat(cx, args[0]!, n), float(180 / Math.PI))),
  radians: (cx, args, n) => scalar(op.mul(asFloat(cx, args[0]!, n), float(Math.PI / 180))),
};

function extreme(better: "lt" | "gt", same: "min2" | "max2"): Row {
  return (cx, args, n) => {
    const list = args.length === 1 && args[0]!.is === "tuple" ? args[0]!.items : args;
    if (list.length < 2) return cx.abort("call", "min() or max() of an iterable", n);
    return list
      .map((a) => only(cx, a, n))
      .reduce((a, b) => {
        const [x, y] = [onlyKind(a), onlyKind(b)];
        if (x !== undefined && x === y && !isBool(x)) return scalar(apply(same, consumed(cx, a.e), consumed(cx, b.e)));
        return choice(cx, compared(cx, better, b, a, n), b, a, n);
      });
  };
}

function compared(cx: Context, name: OpName, a: Scalar, b: Scalar, n: ast.Call): Expr {
  let t: ScalarType | undefined;
  for (const x of a.kinds)
    for (const y of b.kinds) {
      const common = promote(x, y);
      if (common === undefined) return cx.abort("type", `${x} and ${y}`, n);
      if (t === undefined || promote(t, common) === common) t = common;
    }
  return apply(name, into(cx, a.e, t!), into(cx, b.e, t!));
}

const BUILTINS: Readonly<Record<string, Row>> = {
  len: (cx, [a], n) =>
    a?.is === "array"
      ? scalar(dim(a.decl, a.index.length))
      : a?.is === "tuple"
        ? scalar(int(a.items.length))
        : cx.abort("call", "len() of something that is no array", n),
  abs: (cx, [a], n) => {
    const e = definite(cx, a!, n);
    return scalar(op.abs(isBool(e.type) ? cast("int", e) : e));
  },
  min: extreme("lt", "min2"),
  max: extreme("gt", "max2"),
  pow: (cx, args, n) =>
    args.length === 2 ? binary(cx, "Pow", only(cx, args[0]!, n), only(cx, args[1]!, n), n) : cx.abort("call", "pow() with a modulus", n),
  divmod: (cx, [a, b], n) => ({
    is: "tuple",
    items: [binary(cx, "FloorDiv", only(cx, a!, n), only(cx, b!, n), n), binary(cx, "Mod", only(cx, a!, n), only(cx, b!, n), n)],
  }),
  round: (cx, args, n) => {
    const e = definite(cx, args[0]!, n);
    if (args.length !== 1 || isNumpy(e.type)) return cx.abort("call", "round()", n);
    return scalar(isFloat(e.type) ? cast("int", op.rint(e)) : cast("int", e));
  },
};

/** NumPy's functions on one number: results are NumPy's. */
const UFUNCS: Readonly<Record<string, OpName>> = {
  sqrt: "sqrt",
  absolute: "abs",
  fabs: "fabs",
  floor: "floor",
  ceil: "ceil",
  trunc: "trunc",
  rint: "rint",
  minimum: "minimum",
  maximum: "maximum",
};

function ufunc(cx: Context, fn: PyUfunc, args: readonly Operand[], n: ast.Call): Operand | undefined {
  const name = Object.hasOwn(UFUNCS, fn.name) ? UFUNCS[fn.name] : undefined;
  if (name === undefined || args.length !== fn.nin) return undefined;
  const list = args.map((a) => definite(cx, a, n));
  const kinds = list.map((e) => e.type as ScalarType);
  const common = kinds.reduce<ScalarType | undefined>((a, b) => (a === undefined ? undefined : promote(a, b)), kinds[0]);
  const t = common === "float" ? "f64" : common;
  if (t === undefined || !isFloat(t)) return undefined;
  return scalar(apply(name, ...list.map((e) => consumed(cx, into(cx, e, t)))));
}

// ---- inlining -------------------------------------------------------------------------------------------------------------------------

function inline(cx: Context, fn: PyFunction, n: ast.Call): Operand {
  const body = fn.code.inline as InlineBody | null;
  if (body === null || body === undefined) return cx.abort("call", `${fn.name}() is not small and pure enough to inline`, n);
  if (cx.inlined.length >= MAX_DEPTH) return cx.abort("call", `${fn.name}() calls too deep`, n);
  const args = n.args.map((a) => lower(cx, a));
  const operands = new Map<string, Operand>();
  const assigned = assignedNames(body.body);
  const prefix = `f:${cx.inlineCount++}:`;
  const frame: Inlined = { fn, prefix, operands, assigned: new Set(assigned.keys()), result: undefined };
  const later: [string, Scalar][] = [];
  body.params.forEach((p, k) => {
    const value = args[k] ?? defaultOf(cx, fn, body.params.length, k, n);
    if (frame.assigned.has(p)) {
      if (value.is !== "scalar") cx.abort("call", `${fn.name}() assigns a parameter that is no number`, n);
      later.push([p, value as Scalar]);
    } else operands.set(p, value.is === "scalar" && !simple(value.e) ? held(cx, value) : value);
  });
  if (args.length > body.params.length) cx.abort("call", `${fn.name}() with too many arguments`, n);
  cx.inlined.push(frame);
  try {
    for (const [p, v] of later) cx.assign(`${prefix}${p}`, p, undefined, v);
    return inlineBodyInto(cx, frame, body.body, n);
  } finally {
    cx.inlined.pop();
  }
}

const simple = (e: Expr): boolean => e.kind === "const" || e.kind === "param" || e.kind === "iv";

function held(cx: Context, s: Scalar): Scalar {
  const e = cx.temp(s.e, "a");
  return s.tag ? { ...s, e, tag: cx.temp(s.tag, "a") } : scalar(e);
}

function defaultOf(cx: Context, fn: PyFunction, count: number, k: number, n: ast.Call): Operand {
  const defaults = fn.defaults ?? [];
  const v = defaults[k - (count - defaults.length)];
  if (v === undefined) return cx.abort("call", `${fn.name}() with too few arguments`, n);
  const kind = scalarKind(v);
  if (kind === undefined) return { is: "object", value: v };
  return cx.newInput({ at: "closure", cell: { value: v } as never, name: "default" }, v);
}
