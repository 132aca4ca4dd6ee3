/** `for` loops: over range (and reversed range), arrays and lists, enumerate and zip of them. */

import { enumerateType, reversedType } from "../../interpreter/objects/enumerate.ts";
import { PyNative } from "../../interpreter/objects/native.ts";
import { rangeType } from "../../interpreter/objects/range.ts";
import type { Value } from "../../interpreter/objects/values.ts";
import { zipType } from "../../interpreter/objects/zip-map-filter.ts";
import type * as ast from "../../interpreter/parse/ast.ts";
import { cast, dim, int, op } from "../../jit/ir/build.ts";
import type { Expr } from "../../jit/ir/nest.ts";
import { isInt } from "../../jit/ir/ops.ts";
import type { Context, IterPlan, LoopRef } from "./context.ts";
import { element, lower, number } from "./expressions.ts";
import { type ArrayOperand, type Operand, scalar } from "./operands.ts";
import { block, type LoopTargets, loopInfo, storeName, withElse } from "./statements.ts";

/** What a loop steps through: bounds of the hidden variable, and what it gives the target. */
export interface Iteration {
  readonly lo: Expr;
  readonly hi: Expr;
  readonly step: Expr;
  readonly plan: IterPlan;
  item(iv: Expr): Operand;
}

export function lowerFor(cx: Context, s: ast.For, targets: LoopTargets): void {
  const it = iteration(cx, s.iter);
  const before = new Set(cx.sure);
  withElse(cx, s.orelse, targets, (breakTo) => {
    const ref: ((id: string) => LoopRef) | undefined =
      cx.inlined.length === 0 ? (id) => ({ id, depth: loopInfo(cx, s).iterDepth, plan: it.plan }) : undefined;
    forBody(cx, s, it, ref, breakTo);
    cx.sure = new Set(before);
  });
  cx.sure = before;
}

export function forBody(
  cx: Context,
  s: ast.For,
  it: Iteration,
  ref: ((id: string) => LoopRef) | undefined,
  breakTo: string | undefined,
  isRoot = false,
): void {
  const [exit, line] = [isRoot ? "" : cx.exit, cx.line];
  const name = s.target.node === "Name" ? s.target.id : "it";
  cx.b.for(`${name}.iv`, it.lo, it.hi, it.step, (iv, id) => {
    if (cx.inlined.length === 0) cx.loopIds.set(loopInfo(cx, s).id, id);
    const own = ref?.(id);
    if (own || isRoot) cx.atItem(loopInfo(cx, s).header, own);
    if (own) cx.loops.push(own);
    assignTarget(cx, s.target, it.item(iv), s);
    block(cx, s.body, { breakTo: isRoot ? undefined : (breakTo ?? id), continueTo: id });
    if (own) cx.loops.pop();
  });
  if (!isRoot) cx.restoreExit(exit, line);
  cx.sure = new Set(cx.sure);
}

function assignTarget(cx: Context, t: ast.Expr, v: Operand, at: ast.Located): void {
  if (t.node === "Name") return storeName(cx, t.id, v, at);
  if (t.node !== "Tuple" || v.is !== "tuple" || v.items.length !== t.elts.length) return cx.abort("iterable", "the target of a loop", at);
  t.elts.forEach((x, k) => assignTarget(cx, x, v.items[k]!, at));
}

/** The callee of `f(…)`, where it is known. */
function callee(cx: Context, n: ast.Expr): Value | undefined {
  if (n.node !== "Call" || n.func.node !== "Name") return undefined;
  const f = lower(cx, n.func);
  return f.is === "object" ? f.value : undefined;
}

function iteration(cx: Context, n: ast.Expr): Iteration {
  const f = callee(cx, n);
  if (f !== undefined && n.node === "Call") {
    if (n.keywords.length > 0) return cx.abort("iterable", "keyword arguments", n);
    if (f === rangeType) return range(cx, n);
    if (f === reversedType || (f instanceof PyNative && f.spec.name === "reversed")) return reversed(cx, n);
    if (f === enumerateType) return enumerated(cx, n);
    if (f === zipType) return zipped(cx, n);
  }
  const o = lower(cx, n);
  if (o.is === "array") return overArray(cx, o, n);
  return cx.abort("iterable", n.node === "Call" ? "a call" : "a value that is no array", n);
}

function bound(cx: Context, n: ast.Expr): Expr {
  const s = number(cx, n);
  if (![...s.kinds].every((k) => isInt(k) || k === "bool")) return cx.abort("iterable", `range of ${[...s.kinds].join(" or ")}`, n);
  return cx.temp(cast("int", s.e), "n");
}

function range(cx: Context, n: ast.Call): Iteration {
  const args = n.args.map((a) => bound(cx, a));
  if (args.length < 1 || args.length > 3) return cx.abort("iterable", "range()", n);
  const [lo, hi, step] = args.length === 1 ? [int(0), args[0]!, int(1)] : [args[0]!, args[1]!, args[2] ?? int(1)];
  return { lo, hi, step, plan: { kind: "range" }, item: (iv) => scalar(iv) };
}

function reversed(cx: Context, n: ast.Call): Iteration {
  const [inner] = n.args;
  if (!inner || n.args.length !== 1) return cx.abort("iterable", "reversed()", n);
  const it = iteration(cx, inner);
  if (it.plan.kind !== "range" || it.step.kind !== "const" || Math.abs(it.step.value) !== 1)
    return cx.abort("iterable", "reversed() of something but a range of step one", n);
  const by = it.step.value;
  return { ...it, lo: op.sub(it.hi, int(by)), hi: op.sub(it.lo, int(by)), step: int(-by) };
}

function overArray(cx: Context, a: ArrayOperand, n: ast.Located): Iteration {
  const k = a.index.length;
  return {
    lo: int(0),
    hi: dim(a.decl, k),
    step: int(1),
    plan: {
      kind: "array",
      array: a.decl.name,
      index: a.index.map((e) => (e.kind === "var" ? e.name : cx.abort("iterable", "a part of an array", n))),
    },
    item: (iv) => element(cx, { ...a, index: [...a.index, iv] }),
  };
}

function enumerated(cx: Context, n: ast.Call): Iteration {
  const [inner, from] = n.args;
  if (!inner || n.args.length > 2) return cx.abort("iterable", "enumerate()", n);
  const start = from ? bound(cx, from) : int(0);
  if (start.kind !== "const") return cx.abort("iterable", "enumerate() from a variable", n);
  const it = iteration(cx, inner);
  if (it.lo.kind !== "const" || it.lo.value !== 0 || it.step.kind !== "const" || it.step.value !== 1)
    return cx.abort("iterable", "enumerate() of a range that does not count from zero", n);
  return {
    ...it,
    plan: { kind: "enumerate", inner: it.plan, start: start.value },
    item: (iv) => ({ is: "tuple", items: [scalar(start.value === 0 ? iv : op.add(iv, start)), it.item(iv)] }),
  };
}

function zipped(cx: Context, n: ast.Call): Iteration {
  const list = n.args.map((a) => iteration(cx, a));
  if (list.length === 0) return cx.abort("iterable", "zip()", n);
  for (const it of list)
    if (it.lo.kind !== "const" || it.lo.value !== 0 || it.step.kind !== "const" || it.step.value !== 1)
      return cx.abort("iterable", "zip() of a range that does not count from zero", n);
  return {
    lo: int(0),
    hi: list.map((it) => it.hi).reduce((a, b) => op.min2(a, b)),
    step: int(1),
    plan: { kind: "zip", inners: list.map((it) => it.plan) },
    item: (iv) => ({ is: "tuple", items: list.map((it) => it.item(iv)) }),
  };
}
