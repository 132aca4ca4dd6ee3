/** Python expressions → IR: operators by kinds.ts, subscripts, truth, choice. Calls are in calls.ts. */

import { PyModule } from "../../interpreter/objects/module.ts";
import { PyFloat, type Value } from "../../interpreter/objects/values.ts";
import type * as ast from "../../interpreter/parse/ast.ts";
import { apply, bool, cast, dim, float, int, load, masked, modulo, num, op } from "../../jit/ir/build.ts";
import type { Expr } from "../../jit/ir/nest.ts";
import { isBool, isFloat, isInt, isNumpy, OPS, type OpName, type ScalarType, TYPES } from "../../jit/ir/ops.ts";
import { keyOf } from "../locations.ts";
import { lowerCall } from "./calls.ts";
import type { Context } from "./context.ts";
import { arithmeticType, divisionType, interchangeable, promote } from "./kinds.ts";
import { type ArrayOperand, commonCarrier, mixed, type Operand, onlyKind, type Scalar, scalar, tagExpr } from "./operands.ts";

export function lower(cx: Context, n: ast.Expr): Operand {
  switch (n.node) {
    case "Constant":
      return constant(cx, n);
    case "Name":
      return cx.readName(n.id, n);
    case "BinOp":
      return binary(cx, n.op, number(cx, n.left), number(cx, n.right), n);
    case "UnaryOp":
      return unary(cx, n);
    case "Compare":
      return comparison(cx, n);
    case "BoolOp":
      return logic(cx, n);
    case "IfExp":
      return choice(cx, truth(cx, n.test), number(cx, n.body), number(cx, n.orelse), n);
    case "Subscript":
      return subscript(cx, n);
    case "Attribute":
      return attribute(cx, n);
    case "Tuple":
      return { is: "tuple", items: n.elts.map((e) => lower(cx, e)) };
    case "Call":
      return lowerCall(cx, n);
    default:
      return cx.abort("construct", n.node, n);
  }
}

/** An expression that is a number. */
export function number(cx: Context, n: ast.Expr): Scalar {
  const o = lower(cx, n);
  if (o.is !== "scalar")
    return cx.abort(
      "type",
      o.is === "array" ? "a whole array as operand" : o.is === "object" ? "an operand that is no number" : "a tuple as operand",
      n,
    );
  return o;
}

function constant(cx: Context, n: ast.Constant): Operand {
  const v = n.value;
  if (typeof v === "number") return scalar(int(v));
  if (typeof v === "boolean") return scalar(bool(v));
  if (v instanceof PyFloat) return scalar(float(v.value));
  if (typeof v === "bigint") return cx.abort("type", "an int beyond 2**53", n);
  return { is: "object", value: v as Value };
}

// ---- operators ------------------------------------------------------------------------------------------------------------------------

const ARITHMETIC: Partial<Record<ast.Operator, OpName>> = {
  Add: "add",
  Sub: "sub",
  Mult: "mul",
  FloorDiv: "floordiv",
  Mod: "mod",
  Pow: "pow",
};
const BITWISE: Partial<Record<ast.Operator, OpName>> = { BitAnd: "and", BitOr: "or", BitXor: "xor", LShift: "shl", RShift: "shr" };

export function binary(cx: Context, o: ast.Operator, a: Scalar, b: Scalar, at: ast.Located): Scalar {
  const [x, y] = [onlyKind(a), onlyKind(b)];
  if (x !== undefined && y !== undefined) return definite(cx, o, a.e, b.e, x, y, at);
  return ambiguous(cx, o, a, b, at);
}

/** Operands of several kinds: fine where all combinations give one kind, or where the kind passes through. */
function ambiguous(cx: Context, o: ast.Operator, a: Scalar, b: Scalar, at: ast.Located): Scalar {
  const outcomes = new Map<string, Scalar>();
  for (const x of a.kinds) {
    for (const y of b.kinds) {
      const mark = cx.b.mark();
      const r = definite(cx, o, as(a.e, x), as(b.e, y), x, y, at);
      cx.b.rewind(mark);
      outcomes.set(`${r.e.type}`, r);
    }
  }
  const kinds = new Set([...outcomes.keys()] as ScalarType[]);
  const carried = (s: Scalar): ScalarType => s.e.type as ScalarType;
  if (kinds.size === 1) {
    // every combination computes in one type, which holds each operand's kinds exactly
    const [only] = kinds as Set<ScalarType>;
    if (isFloat(only!) || (isInt(only!) && isInt(carried(a)) && isInt(carried(b))))
      return definite(cx, o, as(a.e, widest(a, only!)), as(b.e, widest(b, only!)), widest(a, only!), widest(b, only!), at);
  }
  const mixedSide = a.kinds.size > 1 ? a : b;
  const other = mixedSide === a ? b : a;
  if (
    interchangeable(mixedSide.kinds) &&
    o !== "Div" &&
    other.kinds.size === 1 &&
    kinds.size === mixedSide.kinds.size &&
    [...kinds].every((k) => mixedSide.kinds.has(k))
  ) {
    const r = definite(cx, o, a.e, b.e, carried(a), carried(b), at);
    return mixed(r.e, kinds, tagExpr(mixedSide));
  }
  return cx.abort("mixed", "an operand of several types", at);
}

const as = (e: Expr, kind: ScalarType): Expr => (e.type === kind ? e : cast(kind, e));

/** The kind to compute with: the carrier, unless it is a float standing in for ints beside the result's type. */
const widest = (s: Scalar, result: ScalarType): ScalarType => (s.kinds.has(result) ? result : (s.e.type as ScalarType));

function definite(cx: Context, o: ast.Operator, a: Expr, b: Expr, x: ScalarType, y: ScalarType, at: ast.Located): Scalar {
  if (o === "MatMult") return cx.abort("type", "@ of numbers", at);
  if (o in BITWISE) return bits(cx, o, a, b, x, y, at);
  const common = promote(x, y);
  if (common === undefined) return cx.abort("type", `${x} and ${y}`, at);
  if (o === "Div") {
    const t = divisionType(common);
    return scalar(op.truediv(into(cx, a, t), consumed(cx, into(cx, b, t))));
  }
  const t = arithmeticType(common);
  if (t === undefined) return cx.abort("type", "arithmetic of NumPy bools", at);
  const [p, q] = [into(cx, a, t), into(cx, b, t)];
  if (o === "Mod" && t === "int") return scalar(modulo(p, q));
  if (o === "Pow" && isInt(t) && !(q.kind === "const" && q.value >= 0) && t === "int" && q.kind === "const")
    return scalar(op.pow(into(cx, a, "float"), into(cx, b, "float")));
  if (o === "FloorDiv" || o === "Mod" || o === "Pow") return scalar(apply(ARITHMETIC[o]!, p, consumed(cx, q)));
  return scalar(apply(ARITHMETIC[o]!, p, q));
}

function bits(cx: Context, o: ast.Operator, a: Expr, b: Expr, x: ScalarType, y: ScalarType, at: ast.Located): Scalar {
  const common = promote(x, y);
  if (common === undefined || isFloat(common)) return cx.abort("type", `${x} and ${y}`, at);
  const shift = o === "LShift" || o === "RShift";
  const t = shift && common === "bool" ? "int" : common;
  if (shift && t === "b1") return cx.abort("type", "shifts of NumPy bools", at);
  const [p, q] = [into(cx, a, t), into(cx, b, t)];
  if (o === "BitAnd" && t === "int") return scalar(masked(p, q));
  return scalar(apply(BITWISE[o]!, p, q));
}

/** An operand in the type that an operation computes in. Python numbers are weak: constants become constants. */
export function into(cx: Context, e: Expr, t: ScalarType): Expr {
  if (e.type === t) return e;
  if (e.kind === "const" && e.type !== "bool" && isNumpy(t)) {
    if (isInt(t) && (!Number.isInteger(e.value) || e.value < TYPES[t].lo || e.value > TYPES[t].hi))
      return cx.abort("type", `${e.value} is no ${t}`);
    return num(t, t === "f32" ? Math.fround(e.value) : e.value);
  }
  if (e.kind === "const" && e.type === "int" && t === "float") return float(e.value);
  return cast(t, e);
}

/** A NumPy float whose overflow would not show in what is stored: it is tested here (RuntimeWarning, see Region.fpChecks). */
export function consumed(cx: Context, e: Expr): Expr {
  if (cx.fpChecks !== "stores" || !isFloat(e.type) || !isNumpy(e.type) || e.kind !== "op" || OPS[e.op].cost === "free") return e;
  const t = cx.temp(e, "finite");
  cx.guard(op.isfinite(t));
  return t;
}

function unary(cx: Context, n: ast.UnaryOp): Scalar {
  if (n.op === "Not") return scalar(op.not(truth(cx, n.operand)));
  const a = number(cx, n.operand);
  const kind = onlyKind(a);
  if (kind === undefined) return cx.abort("mixed", "an operand of several types", n);
  if (n.op === "Invert") {
    if (kind === "b1") return scalar(op.not(a.e));
    if (isFloat(kind)) return cx.abort("type", "~ of a float", n);
    return scalar(op.invert(kind === "bool" ? cast("int", a.e) : a.e));
  }
  if (kind === "b1") return cx.abort("type", "negation of a NumPy bool", n);
  const e = kind === "bool" ? cast("int", a.e) : a.e;
  if (n.op === "UAdd") return scalar(e);
  if (e.kind === "const" && !isNumpy(kind)) return scalar(num(e.type, e.value === 0 && isInt(e.type) ? 0 : -e.value));
  return scalar(op.neg(e));
}

// ---- truth and comparison -------------------------------------------------------------------------------------------------------------

/** An expression as a condition. */
export function truth(cx: Context, n: ast.Expr): Expr {
  if (n.node === "BoolOp") {
    const list = n.values.map((v) => cast("bool", lazily(cx, v)));
    return list.reduceRight((b, a) => apply(n.op === "And" ? "land" : "lor", a, b));
  }
  if (n.node === "UnaryOp" && n.op === "Not") return op.not(truth(cx, n.operand));
  if (n.node === "Compare") return compareChain(cx, n).reduceRight((b, a) => op.land(cast("bool", a), cast("bool", b)));
  const o = lower(cx, n);
  if (o.is === "object") {
    if (o.value === null) return bool(false);
    return cx.abort("type", "the truth of an object", n);
  }
  if (o.is !== "scalar") return cx.abort("type", "the truth of an array or tuple", n);
  return truthOf(o.e);
}

/** An operand of `and` and `or`: what it needs before it may be computed even when it is not needed, which costs an exit at most. */
const lazily = (cx: Context, n: ast.Expr): Expr => truth(cx, n);

export function truthOf(e: Expr): Expr {
  if (isBool(e.type)) return e;
  return op.ne(e, num(e.type as ScalarType, 0));
}

const COMPARE: Partial<Record<ast.CmpOperator, OpName>> = { Eq: "eq", NotEq: "ne", Lt: "lt", LtE: "le", Gt: "gt", GtE: "ge" };

function compareChain(cx: Context, n: ast.Compare): Expr[] {
  const out: Expr[] = [];
  let left = n.left;
  n.ops.forEach((o, k) => {
    const right = n.comparators[k]!;
    out.push(compare(cx, o, left, right, n));
    left = right;
  });
  return out;
}

function compare(cx: Context, o: ast.CmpOperator, l: ast.Expr, r: ast.Expr, at: ast.Located): Expr {
  const name = COMPARE[o];
  if (o === "Is" || o === "IsNot") return identity(cx, o, l, r, at);
  if (name === undefined) return cx.abort("construct", o, at);
  const [a, b] = [number(cx, l), number(cx, r)];
  let t: ScalarType | undefined;
  for (const x of a.kinds) {
    for (const y of b.kinds) {
      const common = promote(x, y);
      if (common === undefined) return cx.abort("type", `${x} and ${y}`, at);
      // of several kinds the widest compares alike: all are exact in it
      if (t === undefined || promote(t, common) === common) t = common;
    }
  }
  return apply(name, consumed(cx, comparable(cx, a.e, t!)), consumed(cx, comparable(cx, b.e, t!)));
}

/** Python compares exactly: an int constant outside NumPy's type has to stay outside. */
function comparable(cx: Context, e: Expr, t: ScalarType): Expr {
  return into(cx, e, t);
}

function identity(cx: Context, o: "Is" | "IsNot", l: ast.Expr, r: ast.Expr, at: ast.Located): Expr {
  const [a, b] = [lower(cx, l), lower(cx, r)];
  if (a.is === "object" && b.is === "object") return bool((a.value === b.value) === (o === "Is"));
  if ((a.is === "object" && a.value === null) || (b.is === "object" && b.value === null)) return bool(o === "IsNot");
  return cx.abort("construct", "is between numbers", at);
}

function comparison(cx: Context, n: ast.Compare): Scalar {
  const list = compareChain(cx, n);
  if (list.length === 1) return scalar(list[0]!);
  if (list.some((e) => e.type !== list[0]!.type)) return cx.abort("mixed", "a chained comparison of different types", n);
  return scalar(list.reduceRight((b, a) => op.land(a, b)));
}

/** `a and b` is one of its operands. */
function logic(cx: Context, n: ast.BoolOp): Scalar {
  const list = n.values.map((v) => number(cx, v));
  return list.reduceRight((b, a) => {
    const held = a.e.kind === "op" && !isBool(a.e.type) ? { ...a, e: cx.temp(a.e) } : a;
    return n.op === "And" ? choice(cx, truthOf(held.e), b, held, n) : choice(cx, truthOf(held.e), held, b, n);
  });
}

/** `a if cond else b`. */
export function choice(cx: Context, cond: Expr, a: Scalar, b: Scalar, at: ast.Located): Scalar {
  const t = commonCarrier([a, b]);
  if (t === undefined) return cx.abort("mixed", `${[...a.kinds].join("|")} or ${[...b.kinds].join("|")}`, at);
  const kinds = new Set([...a.kinds, ...b.kinds]);
  const held = kinds.size > 1 ? cx.temp(cond, "c") : cond;
  const e = op.select(held, cx.convert(a, t), cx.convert(b, t));
  return kinds.size === 1 ? scalar(e) : mixed(e, kinds, op.select(held, tagExpr(a), tagExpr(b)));
}

// ---- arrays ---------------------------------------------------------------------------------------------------------------------------

function subscript(cx: Context, n: ast.Subscript): Operand {
  const base = lower(cx, n.value);
  if (base.is === "tuple") {
    const k = lower(cx, n.slice);
    if (k.is !== "scalar" || k.e.kind !== "const") return cx.abort("subscript", "a tuple with a subscript that is not constant", n);
    const item = base.items.at(k.e.value);
    return item ?? cx.abort("subscript", "a tuple subscript out of range", n);
  }
  if (base.is !== "array") return cx.abort("subscript", "a subscript of something that is no array", n);
  return element(cx, place(cx, base, n.slice));
}

/** An array with one more subscript (or several). */
export function place(cx: Context, base: ArrayOperand, slice: ast.Expr): ArrayOperand {
  if (slice.node === "Slice") return cx.abort("subscript", "a slice", slice);
  const list = slice.node === "Tuple" ? slice.elts : [slice];
  if (base.spec.container !== "ndarray" && slice.node === "Tuple") return cx.abort("subscript", "a list with a tuple as subscript", slice);
  const index = list.map((e) => subscriptOf(cx, e));
  if (base.index.length + index.length > base.spec.ndim) return cx.abort("subscript", "more subscripts than dimensions", slice);
  return { ...base, index: [...base.index, ...index] };
}

function subscriptOf(cx: Context, n: ast.Expr): Expr {
  if (n.node === "Slice") return cx.abort("subscript", "a slice", n);
  const o = lower(cx, n);
  if (o.is !== "scalar") return cx.abort("subscript", "a subscript that is no int", n);
  if (![...o.kinds].every((k) => isInt(k))) return cx.abort("subscript", `a subscript of type ${[...o.kinds].join(" or ")}`, n);
  return cast("int", o.e);
}

/** The element, or what is left of the array. */
export function element(cx: Context, a: ArrayOperand): Operand {
  if (a.index.length < a.spec.ndim) {
    if (a.spec.container === "ndarray") guardIndex(cx, a);
    return a;
  }
  const e = load(a.decl, a.index);
  return scalar(e.type === a.spec.kind ? e : cast(a.spec.kind, e));
}

/** A part of an array is made when its subscript is: IndexError must come then. */
function guardIndex(cx: Context, a: ArrayOperand): void {
  const k = a.index.length - 1;
  const n = dim(a.decl, k);
  const i = a.index[k]!;
  if (i.kind === "const" || i.kind === "iv" || i.kind === "var" || i.kind === "param") cx.guard(op.land(op.lt(i, n), op.ge(i, op.neg(n))));
}

function attribute(cx: Context, n: ast.Attribute): Operand {
  const base = lower(cx, n.value);
  if (base.is === "object" && base.value instanceof PyModule) {
    const { dict } = base.value;
    if (dict.getStr(n.attr) === undefined) return cx.abort("attribute", `.${n.attr}`, n);
    const from = { at: "global", dict, name: n.attr } as const;
    if (cx.isAssigned(keyOf(from))) return cx.abort("attribute", `.${n.attr} of a module that the loop assigns`, n);
    return cx.input(keyOf(from), from, n);
  }
  if (base.is === "array" && base.spec.container === "ndarray") {
    const dims = Array.from({ length: base.spec.ndim - base.index.length }, (_, k) => dim(base.decl, base.index.length + k));
    if (n.attr === "shape") return { is: "tuple", items: dims.map(scalar) };
    if (n.attr === "ndim") return scalar(int(dims.length));
    if (n.attr === "size") return scalar(dims.reduce<Expr>((a, b) => op.mul(a, b), int(1)));
  }
  return cx.abort("attribute", `.${n.attr}`, n);
}
