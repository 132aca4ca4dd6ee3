/**
 * Python statements → IR. Every statement of the frame has an exit at its first instruction; a statement either runs as a whole or leaves before it had any effect.
 * An arm that cannot be lowered becomes an exit, so that the rest of the nest can still be compiled; a statement that would always leave ends the attempt.
 */

import type { LoopInfo } from "../../interpreter/compile/code.ts";
import type * as ast from "../../interpreter/parse/ast.ts";
import { bool, cast, dim, op } from "../../jit/ir/build.ts";
import type { Expr } from "../../jit/ir/nest.ts";
import { Abort } from "../abort.ts";
import { keyOf, resolve } from "../locations.ts";
import type { Context, Inlined } from "./context.ts";
import { binary, element, into, lower, number, place, truth } from "./expressions.ts";
import { lowerFor } from "./loops.ts";
import { type ArrayOperand, type Operand, onlyKind, type Scalar } from "./operands.ts";

/** Where `break` and `continue` of the source's innermost loop go; undefined target: they leave the region. */
export interface LoopTargets {
  readonly breakTo: string | undefined;
  readonly continueTo: string | undefined;
}

export function block(cx: Context, body: readonly ast.Stmt[], targets: LoopTargets): void {
  for (const s of body) {
    if (cx.sure === undefined) return;
    statement(cx, s, targets);
  }
}

/** A body that only runs sometimes: what cannot be lowered in it is an exit. */
export function arm(cx: Context, body: readonly ast.Stmt[], targets: LoopTargets): void {
  const mark = cx.b.mark();
  const around = cx.loops.length;
  const first = body[0];
  try {
    block(cx, body, targets);
  } catch (e) {
    if (!(e instanceof Abort) || e.reason === "size" || e.reason === "mixed" || e.reason === "unbound" || !first || cx.inlined.length > 0)
      throw e;
    const pc = (first as { pc?: number }).pc;
    if (pc === undefined) throw e;
    cx.b.rewind(mark);
    cx.loops.length = around;
    cx.at(first, pc);
    cx.b.leave(cx.newExit(`${e.reason}: ${e.detail}`, pc));
    cx.sure = undefined;
  }
}

function statement(cx: Context, s: ast.Stmt, targets: LoopTargets): void {
  switch (s.node) {
    case "Pass":
      return;
    case "Expr":
      if (s.value.node === "Constant") return;
      return cx.abort("call", "an expression for its effect", s);
    case "Assign":
      cx.at(s);
      return assign(cx, s);
    case "AugAssign":
      cx.at(s);
      return augmented(cx, s);
    case "If":
      cx.at(s);
      return conditional(cx, s, targets);
    case "For":
      cx.at(s);
      return lowerFor(cx, s, targets);
    case "While":
      cx.at(s);
      return whileLoop(cx, s, targets);
    case "Assert":
      cx.at(s);
      cx.guard(cast("bool", truth(cx, s.test)));
      return;
    case "Break":
    case "Continue":
      cx.at(s);
      return jump(cx, s.node === "Break" ? "break" : "continue", s.node === "Break" ? targets.breakTo : targets.continueTo, s);
    case "Return":
      cx.at(s);
      return returned(cx, s);
    case "Raise":
      cx.at(s);
      return leave(cx, "raise", s);
    default:
      return cx.abort("construct", s.node, s);
  }
}

/** Ends the region here: the interpreter runs the statement. */
function leave(cx: Context, reason: string, s: ast.Stmt): void {
  if (cx.inlined.length > 0) {
    cx.b.leave(cx.exit);
    cx.sure = undefined;
    return;
  }
  cx.b.leave(cx.newExit(reason, (s as { pc?: number }).pc!));
  cx.sure = undefined;
}

function jump(cx: Context, kind: "break" | "continue", target: string | undefined, s: ast.Stmt): void {
  if (target === undefined) return leave(cx, kind, s);
  if (kind === "break") cx.b.break(target);
  else cx.b.continue(target);
  cx.sure = undefined;
}

// ---- assignment -----------------------------------------------------------------------------------------------------------------------

function assign(cx: Context, s: ast.Assign): void {
  const value = s.value.node === "Tuple" && s.targets.every((t) => t.node === "Tuple") ? lower(cx, s.value) : lower(cx, s.value);
  const pairs = s.targets.flatMap((t) => matched(cx, t, value, s));
  if (pairs.length === 1) return store(cx, pairs[0]![0], pairs[0]![1], s);
  // all values and subscripts first: what can leave, leaves before the first effect
  const ready = pairs.map(([t, v]) => prepared(cx, t, v, s));
  for (const f of ready) f();
}

/** Targets with the values that they get. */
function matched(cx: Context, t: ast.Expr, v: Operand, at: ast.Located): [ast.Expr, Operand][] {
  if (t.node !== "Tuple" && t.node !== "List") return [[t, v]];
  if (v.is !== "tuple" || v.items.length !== t.elts.length)
    return cx.abort("construct", "unpacking of something that is no tuple of that length", at);
  return t.elts.flatMap((x, k) => matched(cx, x, (v.items as Operand[])[k]!, at));
}

function prepared(cx: Context, t: ast.Expr, v: Operand, at: ast.Located): () => void {
  const value = v.is === "scalar" ? ({ ...v, e: cx.temp(v.e), ...(v.tag && { tag: cx.temp(v.tag) }) } as Scalar) : v;
  if (t.node === "Name") return () => storeName(cx, t.id, value, at);
  if (t.node !== "Subscript" || value.is !== "scalar") return cx.abort("construct", "an assignment target", t);
  const a = target(cx, t);
  const index = a.index.map((e) => cx.temp(e, "at"));
  index.forEach((e, k) => {
    const n = dim(a.decl, k);
    cx.guard(op.land(op.lt(e, n), op.ge(e, op.neg(n))));
  });
  const e = cx.temp(elementValue(cx, a, value, at));
  return () => cx.b.store(a.decl, index, e);
}

function store(cx: Context, t: ast.Expr, v: Operand, at: ast.Located): void {
  if (t.node === "Name") return storeName(cx, t.id, v, at);
  if (t.node !== "Subscript") return cx.abort(t.node === "Attribute" ? "attribute" : "construct", "an assignment target", t);
  if (v.is !== "scalar") return cx.abort("type", "storing something that is no number", t);
  storeElement(cx, target(cx, t), v, at);
}

export function storeName(cx: Context, name: string, v: Operand, at: ast.Located): void {
  const found = cx.lookup(name);
  if ("is" in found || found.source.at === "closure") return cx.abort("construct", `assignment to ${name}`, at);
  const { key, source } = found;
  const location = key.startsWith("f:") ? undefined : source;
  if (v.is === "scalar") return cx.assign(key, name, location, v);
  if (v.is === "array" && v.index.length > 0) return cx.assignView(key, name, location, v);
  return cx.abort("type", `${name} becomes something that is no number`, at);
}

function target(cx: Context, t: ast.Subscript): ArrayOperand {
  const base = lower(cx, t.value);
  if (base.is !== "array") return cx.abort("subscript", "an element of something that is no array", t);
  const a = place(cx, base, t.slice);
  if (a.index.length < a.spec.ndim) return cx.abort("subscript", "assignment to a part of an array", t);
  if (!a.spec.writeable) return cx.abort("type", "a read-only array", t);
  if (cx.inlined.length > 0) return cx.abort("call", "a function that stores", t);
  return a;
}

/** A scalar as an array's element. Lists take only what they hold. */
function elementValue(cx: Context, a: ArrayOperand, v: Scalar, at: ast.Located): Expr {
  const { elem, container } = a.spec;
  if (container === "list" && onlyKind(v) !== elem)
    return cx.abort("list", `a ${[...v.kinds].join(" or ")} stored in a list of ${elem}`, at);
  if (container === "array") {
    const ok = [...v.kinds].every((k) => (a.spec.kind === "float" ? true : k === "int" || k === "bool"));
    if (!ok) return cx.abort("type", `a ${[...v.kinds].join(" or ")} stored in an array of ${elem}`, at);
  }
  return into(cx, v.e, elem);
}

function storeElement(cx: Context, a: ArrayOperand, v: Scalar, at: ast.Located): void {
  cx.b.store(a.decl, a.index, elementValue(cx, a, v, at));
}

function augmented(cx: Context, s: ast.AugAssign): void {
  const t = s.target;
  if (t.node === "Name") {
    const old = cx.readName(t.id, t);
    if (old.is !== "scalar") return cx.abort("type", "an augmented assignment to an array", s);
    return storeName(cx, t.id, binary(cx, s.op, old, number(cx, s.value), s), s);
  }
  if (t.node !== "Subscript") return cx.abort("attribute", "an augmented assignment to an attribute", s);
  const a = target(cx, t);
  const old = element(cx, a) as Scalar;
  storeElement(cx, a, binary(cx, s.op, old, number(cx, s.value), s), s);
}

// ---- control --------------------------------------------------------------------------------------------------------------------------

const both = (a: Set<string> | undefined, b: Set<string> | undefined): Set<string> | undefined =>
  a && b ? new Set([...a].filter((k) => b.has(k))) : (a ?? b);

function conditional(cx: Context, s: ast.If, targets: LoopTargets): void {
  const test = truth(cx, s.test);
  const before = cx.sure!;
  const [exit, line] = [cx.exit, cx.line];
  let after: Set<string> | undefined;
  cx.sure = new Set(before);
  cx.b.if(
    test,
    () => {
      arm(cx, s.body, targets);
      after = cx.sure;
      cx.sure = new Set(before);
    },
    () => arm(cx, s.orelse, targets),
  );
  cx.restoreExit(exit, line);
  cx.sure = both(after, cx.sure);
}

function whileLoop(cx: Context, s: ast.While, targets: LoopTargets): void {
  if (cx.inlined.length === 0) {
    // the condition is evaluated again and again: it resumes at itself
    const info = loopInfo(cx, s);
    cx.at(s, info.header);
  }
  const before = new Set(cx.sure);
  withElse(cx, s.orelse, targets, (breakTo) =>
    whileBody(cx, s.test, s.body, (id) => {
      if (cx.inlined.length === 0) cx.loopIds.set(loopInfo(cx, s).id, id);
      return breakTo ?? id;
    }),
  );
  if (!(s.test.node === "Constant" && s.test.value === true)) cx.sure = before;
}

/** `breakTo` gives the target of `break`; undefined: it leaves the region. */
export function whileBody(cx: Context, test: ast.Expr, body: readonly ast.Stmt[], breakTo: (id: string) => string | undefined): void {
  const exit = cx.exit;
  const line = cx.line;
  // a condition that needs statements of its own is tested inside

  const mark = cx.b.mark();
  const cond = cast("bool", truth(cx, test));
  const simple = cx.b.mark() === mark;
  cx.b.rewind(mark);
  cx.b.while(simple ? cond : bool(true), (id) => {
    if (!simple) {
      const c = cast("bool", truth(cx, test));
      cx.b.if(op.not(c), () => cx.b.break(id));
    }
    block(cx, body, { breakTo: breakTo(id), continueTo: id });
    cx.restoreExit(exit, line);
  });
  cx.sure = new Set(cx.sure);
}

/** A loop with its `else`: `break` skips it. */
export function withElse(
  cx: Context,
  orelse: readonly ast.Stmt[],
  targets: LoopTargets,
  loop: (breakTo: string | undefined) => void,
): void {
  if (orelse.length === 0) return loop(undefined);
  const before = new Set(cx.sure);
  cx.b.block((label) => {
    loop(label);
    cx.sure = new Set(before);
    block(cx, orelse, targets);
  });
  cx.sure = before;
}

export function loopInfo(cx: Context, s: ast.For | ast.While): LoopInfo {
  const id = (s as { loopId?: number }).loopId;
  const info = id === undefined ? undefined : cx.frame.code.loops[id];
  return info ?? cx.abort("construct", "a loop without its bytecode", s);
}

// ---- functions ------------------------------------------------------------------------------------------------------------------------

function returned(cx: Context, s: ast.Return): void {
  const f = cx.inlined.at(-1);
  if (!f) return leave(cx, "return", s);
  if (f.result === undefined || s.value === null) return cx.abort("call", "a function without a result", s);
  cx.assign(f.result.key, "result", undefined, number(cx, s.value));
  cx.b.break(f.result.label);
  cx.sure = undefined;
}

/** Lowers a function's body; what it returns. */
export function inlineBodyInto(cx: Context, f: Inlined, body: readonly ast.Stmt[], at: ast.Located): Operand {
  const statements = body.filter((s) => !(s.node === "Expr" && s.value.node === "Constant"));
  const last = statements.at(-1);
  const [exit, line] = [cx.exit, cx.line];
  const straight = last?.node === "Return" && last.value !== null && !statements.slice(0, -1).some(returns);
  const outer = new Set(cx.sure);
  try {
    if (straight) {
      block(cx, statements.slice(0, -1), NO_LOOP);
      return lower(cx, last.value!);
    }
    if (!statements.some(returns)) return cx.abort("call", "a function without a result", at);
    const key = `${f.prefix}return`;
    cx.b.block((label) => {
      f.result = { label, key };
      block(cx, statements, NO_LOOP);
      if (cx.sure !== undefined) cx.b.leave(exit);
    });
    cx.sure = new Set(outer).add(key);
    return cx.value(cx.variable(key, "result", undefined));
  } finally {
    cx.restoreExit(exit, line);
  }
}

const NO_LOOP: LoopTargets = { breakTo: undefined, continueTo: undefined };

function returns(s: ast.Stmt): boolean {
  if (s.node === "Return") return true;
  if (s.node === "If" || s.node === "For" || s.node === "While") return s.body.some(returns) || s.orelse.some(returns);
  return false;
}

/** Names that statements assign, with the first place. */
export function assignedNames(body: readonly ast.Stmt[]): Map<string, ast.Located> {
  const out = new Map<string, ast.Located>();
  const into = (t: ast.Expr): void => {
    if (t.node === "Name") {
      if (!out.has(t.id)) out.set(t.id, t);
    } else if (t.node === "Tuple" || t.node === "List") t.elts.forEach(into);
    else if (t.node === "Starred") into(t.value);
  };
  const walk = (v: unknown): void => {
    if (Array.isArray(v)) return v.forEach(walk);
    if (!v || typeof v !== "object" || !("node" in v)) return;
    const n = v as ast.Node;
    if (n.node === "Assign") n.targets.forEach(into);
    else if (n.node === "AugAssign" || n.node === "For" || n.node === "NamedExpr") into(n.target);
    for (const x of Object.values(n)) walk(x);
  };
  walk(body);
  return out;
}

/** Keys of the variables of the frame that a loop assigns. */
export function assignedKeys(cx: { frame: Context["frame"] }, body: readonly ast.Stmt[]): Set<string> {
  const out = new Set<string>();
  for (const name of assignedNames(body).keys()) {
    const l = resolve(cx.frame, name);
    if (l) out.add(keyOf(l.at === "builtin" ? { at: "global", dict: cx.frame.globals, name } : l));
  }
  return out;
}
