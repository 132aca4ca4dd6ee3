/**
 * Addresses: subscripts checked where nothing proves them in range, and summed up with what is invariant hoisted out of the loops.
 *
 * A subscript's polynomial is compared with 0 and with the axis' length: by its interval, by bounds over the inputs that hold for sure, or by bounds that
 * are assumed for this kernel (inputs.ts) and tested before a run. Only what is left is tested in the loop.
 */
import type { Check, Expr } from "../../ir/nest.ts";
import type { Inputs } from "./inputs.ts";
import { add, bounds, constant, interval, isConstant, keyOf, type Poly, scaled, sub, type Term } from "./poly.ts";
import type { Writer } from "./scope.ts";
import type { Abs } from "./transfer.ts";
import type { Values } from "./values.ts";

export interface SubscriptContext {
  readonly values: Values;
  readonly inputs: Inputs;
  readonly writer: Writer;
  /** JavaScript of an int expression. */
  int(e: Expr): string;
  /** Takes the exit of the current statement when the test is true. */
  leaveIf(test: string, cause: "index"): void;
}

/** Offset of an element in elements, as JavaScript. */
export function address(cx: SubscriptContext, array: string, index: readonly Expr[], checks: readonly Check[] | undefined): string {
  const offset = cx.values.input(`o ${array}`);
  let sum: Poly | undefined = offset.poly;
  const extra: string[] = [];
  for (let k = 0; k < index.length; k++) {
    const size = cx.values.input(`n ${array} ${k}`);
    const stride = cx.values.input(`s ${array} ${k}`);
    const at = subscript(cx, index[k]!, size, checks?.[k] ?? "full");
    const part = at.poly && product(at.poly, stride.poly);
    const next: Poly | undefined = part && sum ? add(sum, part) : undefined;
    if (next && isNamed(next)) sum = next;
    else extra.push(multiplied(at.js, stride));
  }
  const base = sum ? polyText(cx, sum) : "0";
  const parts = [base, ...extra].filter((p, k) => !(p === "0" && k === 0 && extra.length > 0));
  return parts.length === 1 ? parts[0]! : `(${parts.join(" + ")} | 0)`;
}

const product = (a: Poly, b: Poly): Poly | undefined =>
  isConstant(b)
    ? scaled(a, b.constant)
    : isConstant(a)
      ? scaled(b, a.constant)
      : a.terms.length === 1 || b.terms.length === 1 || a.terms.length * b.terms.length <= 6
        ? multiply(a, b)
        : undefined;

function multiply(a: Poly, b: Poly): Poly | undefined {
  let out: Poly | undefined = constant(0);
  for (const t of [...b.terms, ...(b.constant !== 0 ? [undefined] : [])]) {
    const row: Poly | undefined = t === undefined ? scaled(a, b.constant) : timesTerm(a, t);
    out = out && row ? add(out, row) : undefined;
  }
  return out;
}

function timesTerm(a: Poly, t: Term): Poly | undefined {
  let out: Poly | undefined = constant(0);
  for (const s of a.terms) {
    const syms = [...s.syms, ...t.syms].sort((x, y) => x.id - y.id);
    if (syms.length > 3) return undefined;
    out = out && add(out, { constant: 0, terms: [{ syms, key: syms.map((x) => x.id).join(","), coef: s.coef * t.coef }] });
  }
  return out && a.constant !== 0 ? add(out, { constant: 0, terms: [{ ...t, coef: t.coef * a.constant }] }) : out;
}

const isNamed = (p: Poly): boolean => p.terms.every((t) => t.syms.every((s) => s.js !== undefined));

function multiplied(js: string, stride: Abs): string {
  if (isConstant(stride.poly)) return stride.poly.constant === 1 ? js : `Math.imul(${js}, ${stride.poly.constant})`;
  return `Math.imul(${js}, ${stride.poly.terms[0]!.syms[0]!.js})`;
}

/** A subscript in [0, n): its polynomial where that is known, else JavaScript. */
function subscript(cx: SubscriptContext, e: Expr, size: Abs, check: Check): { readonly poly?: Poly; readonly js: string } {
  const a = cx.values.of(e);
  const minusOne = constant(-1);
  if (check === "in" || atLeast(cx, a.poly, a.lo, constant(0))) {
    const below = check === "in" || atMost(cx, a, add(size.poly, minusOne));
    const poly = isNamed(a.poly) && !isOpaque(a.poly) ? a.poly : undefined;
    if (below) return poly ? { poly, js: "" } : { js: cx.int(e) };
    const js = cx.writer.temporary(cx.int(e));
    cx.leaveIf(`${js} >= ${lengthJs(cx, size)}`, "index");
    return poly ? { poly, js } : { js };
  }
  const wrapped = add(a.poly, size.poly);
  if (check === "wrap" || (a.hi < 0 && wrapped && atLeast(cx, wrapped, interval(wrapped)[0], constant(0)))) {
    if (wrapped && isNamed(wrapped)) return { poly: wrapped, js: "" };
    return { js: `(${cx.int(e)} + ${lengthJs(cx, size)} | 0)` };
  }
  const js = cx.writer.temporary(cx.int(e));
  const n = lengthJs(cx, size);
  cx.leaveIf(`${js} >= ${n} || ${js} < -${n}`, "index");
  const at = cx.writer.temporary(`(${js} < 0 ? ${js} + ${n} : ${js}) | 0`);
  return { js: at };
}

const isOpaque = (p: Poly): boolean => p.terms.some((t) => t.syms.some((s) => s.js === undefined));

const lengthJs = (cx: SubscriptContext, size: Abs): string => polyText(cx, size.poly);

function atLeast(cx: SubscriptContext, p: Poly, lo: number, limit: Poly): boolean {
  if (isConstant(limit) && lo >= limit.constant) return true;
  const difference = sub(p, limit);
  return difference !== undefined && settled(cx, difference, false);
}

function atMost(cx: SubscriptContext, a: Abs, limit: Poly | undefined): boolean {
  if (!limit) return false;
  if (isConstant(limit) && a.hi <= limit.constant) return true;
  const difference = sub(a.poly, limit);
  return difference !== undefined && settled(cx, difference, true);
}

/** Whether a polynomial is not above zero (`up`) or not below: proven, or assumed for this kernel. */
function settled(cx: SubscriptContext, p: Poly, up: boolean): boolean {
  const key = `${up ? "+" : "-"}${keyOf(p)}`;
  const old = cx.inputs.settled.get(key);
  if (old !== undefined) return old;
  const limits = bounds(p, up);
  const proven = limits.some((b) => (up ? interval(b)[1] <= 0 : interval(b)[0] >= 0));
  const answer = proven || limits.some((b) => (up ? cx.inputs.assumeAtMost(b, constant(0)) : cx.inputs.assumeAtMost(constant(0), b)));
  cx.inputs.settled.set(key, answer);
  return answer;
}

/** A polynomial over named symbols as int32 arithmetic (exact where the value fits, whatever happens between). */
export function polyText(cx: Pick<SubscriptContext, "writer">, p: Poly): string {
  const here = cx.writer.top.depth;
  let out = "";
  for (let depth = 0; depth <= here; depth++) {
    const terms = p.terms.filter((t) => levelOf(t) === depth);
    const own = terms.map((t) => termText(cx, t));
    if (depth === 0 && p.constant !== 0) own.push(String(p.constant));
    if (own.length === 0) continue;
    const text = [...(out === "" ? [] : [out]), ...own];
    const stable = terms.every((t) => t.syms.every((s) => s.stable));
    const summed = text.length === 1 ? text[0]! : `(${text.join(" + ")} | 0)`.replaceAll("+ -", "- ");
    out = depth < here && stable && !/^[\w$]+$|^-?\d+$/.test(summed) ? cx.writer.hoisted(depth, summed) : summed;
  }
  return out === "" ? String(p.constant) : out;
}

const levelOf = (t: Term): number => Math.max(...t.syms.map((s) => s.depth));

function termText(cx: Pick<SubscriptContext, "writer">, t: Term): string {
  const byDepth = [...t.syms].sort((a, b) => a.depth - b.depth);
  let out = byDepth[0]!.js!;
  let level = byDepth[0]!.depth;
  let stable = byDepth[0]!.stable;
  if (t.coef === -1 && byDepth.length === 1) return `-${out}`;
  if (t.coef !== 1) out = `Math.imul(${out}, ${t.coef | 0})`;
  for (const s of byDepth.slice(1)) {
    if (stable && out.startsWith("Math") && s.depth > level) out = cx.writer.hoisted(level, out);
    out = `Math.imul(${out}, ${s.js})`;
    stable &&= s.stable;
    level = Math.max(level, s.depth);
  }
  return out;
}
