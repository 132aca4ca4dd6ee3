/**
 * Updates: statements of the form x = x ∘ e, where x is a variable or an array element and ∘ can be regrouped. Found by form, after Pottenger and Eigenmann, "Idiom
 * recognition in the Polaris parallelizing compiler" (ICS 1995). That nothing else touches x is for the caller to see to.
 *
 * `exact`: any order of the updates gives the same bits (ops.ts says of which types that holds). The choice of a minimum or maximum with a comparison that NaN
 * fails keeps the first (or last) of equals, so it is exact when partial results are joined in order, unless x starts as NaN.
 */
import type { CastExpr, Expr, IfStmt, SetStmt, Stmt, StoreStmt } from "../ir/nest.ts";
import { isBool, isFloat, isInt, type OpName, reorders } from "../ir/ops.ts";
import { text } from "../ir/print.ts";
import { someExpr } from "../ir/visit.ts";

export type UpdateOp = "+" | "*" | "&" | "|" | "^" | "min" | "max" | "and" | "or";

export interface Update {
  readonly op: UpdateOp;
  readonly exact: boolean;
  /** Exact unless x is NaN at the start. */
  readonly unlessNaN: boolean;
  /** The reads of x that belong to the update. */
  readonly reads: readonly Expr[];
}

const FAMILY: Partial<Record<OpName, UpdateOp>> = {
  add: "+",
  sub: "+",
  addw: "+",
  subw: "+",
  mul: "*",
  mulw: "*",
  and: "&",
  or: "|",
  xor: "^",
  min2: "min",
  minimum: "min",
  max2: "max",
  maximum: "max",
  land: "and",
  lor: "or",
};
const ADDS: Partial<Record<OpName, OpName>> = { sub: "add", subw: "addw" };
const ORDER: Partial<Record<OpName, "less" | "more">> = { lt: "less", le: "less", gt: "more", ge: "more" };

type Self = (e: Expr) => boolean;
const bare = (e: Expr): Expr => (e.kind === "cast" ? e.arg : e);
const same = (a: Expr, b: Expr): boolean => a === b || text(bare(a)) === text(bare(b));

/** `value` as an update of what `self` recognises. */
export function updateOf(value: Expr, self: Self): Update | undefined {
  const isSelf: Self = (e) => self(bare(e));
  const body = value.kind === "cast" && narrowing(value) ? value.arg : value;
  const found = chain(body, isSelf) ?? chosen(body, isSelf);
  if (found === undefined) return undefined;
  // an element narrower than float rounds at every step
  return body === value || !isFloat(value.type) ? found : { ...found, exact: false };
}

/** A conversion back to the element's type that loses nothing it does not leave for. */
const narrowing = (e: CastExpr): boolean => e.arg.type !== "wide" && (isInt(e.arg.type) === isInt(e.type) || isFloat(e.arg.type));

function chain(e: Expr, isSelf: Self): Update | undefined {
  if (e.kind !== "op") return undefined;
  const family = FAMILY[e.op];
  if (family === undefined) return undefined;
  let at: Expr = e;
  let exact = true;
  while (at.kind === "op" && FAMILY[at.op] === family) {
    const [a, b] = at.args as [Expr, Expr];
    const back = ADDS[at.op] !== undefined;
    const hit = isSelf(a) ? a : isSelf(b) && !back ? b : undefined;
    exact &&= reorders(ADDS[at.op] ?? at.op, a.type) || family === "and" || family === "or" || grows(at.op, hit === b ? a : b);
    if (hit) {
      if (someExpr(hit === a ? b : a, isSelf)) return undefined;
      // min2(x, e) and max2(x, e) keep x unless e is beyond it, which NaN never is
      const unlessNaN = !exact && at === e && hit === a && (at.op === "min2" || at.op === "max2");
      return { op: family, exact, unlessNaN, reads: [hit] };
    }
    if (someExpr(b, isSelf)) return undefined;
    at = a;
  }
  return undefined;
}

/** Sums that only grow overflow in every order or in none. */
const grows = (op: OpName, by: Expr): boolean => op === "add" && isInt(by.type) && by.kind === "const" && by.value >= 0;

/** `x if x < e else e`, `e if x else x` and their like. */
function chosen(e: Expr, isSelf: Self): Update | undefined {
  if (e.kind !== "op" || e.op !== "select") return undefined;
  const [cond, yes, no] = e.args as [Expr, Expr, Expr];
  const keeps = isSelf(yes);
  if (isSelf(cond) && isBool(e.type) && keeps !== isSelf(no)) {
    return someExpr(keeps ? no : yes, isSelf)
      ? undefined
      : { op: keeps ? "or" : "and", exact: true, unlessNaN: false, reads: [cond, keeps ? yes : no] };
  }
  if (keeps === isSelf(no)) return undefined;
  const [self, other] = keeps ? [yes, no] : [no, yes];
  const c = compared(cond, isSelf, other);
  if (c === undefined || someExpr(other, isSelf)) return undefined;
  // taken where the comparison holds; a comparison with NaN fails, so `x if x < e else e` takes a NaN e
  return extremum(c.selfIs, keeps, self.type, [c.read, self]);
}

function extremum(selfIs: "less" | "more", keeps: boolean, type: Expr["type"], reads: readonly Expr[]): Update {
  const float = isFloat(type === "wide" ? "int" : type);
  return { op: (selfIs === "less") === keeps ? "min" : "max", exact: !float, unlessNaN: float && !keeps, reads };
}

/** Whether a condition compares x with `other`, and on which side of the comparison x is when it holds. */
function compared(
  cond: Expr,
  isSelf: Self,
  other: Expr,
  held: (e: Expr) => Expr = (e) => e,
): { selfIs: "less" | "more"; read: Expr } | undefined {
  const c = bare(cond);
  if (c.kind !== "op") return undefined;
  const order = ORDER[c.op];
  const [a, b] = c.args as [Expr, Expr];
  if (order === undefined) return undefined;
  if (isSelf(a) && same(held(b), other)) return { selfIs: order, read: a };
  if (isSelf(b) && same(held(a), other)) return { selfIs: order === "less" ? "more" : "less", read: b };
  return undefined;
}

/**
 * An `if` that sets or stores x to what the condition compared it with: the update, and the other assignments, which have to follow it. `held` gives what a
 * temporary of the condition holds.
 */
export function guardedUpdate(
  s: IfStmt,
  self: Self,
  isTarget: (t: Stmt) => t is SetStmt | StoreStmt,
  held: (e: Expr) => Expr = (e) => e,
): { update: Update; beside: readonly SetStmt[] } | undefined {
  if (s.orelse.length > 0) return undefined;
  const targets = s.body.filter(isTarget);
  const [hit] = targets;
  if (hit === undefined || targets.length !== 1 || s.body[0] !== hit) return undefined;
  const beside = s.body.filter((x): x is SetStmt => x.kind === "set" && x !== hit);
  if (beside.length !== s.body.length - 1) return undefined;
  const isSelf: Self = (e) => self(bare(e));
  const c = compared(s.cond, isSelf, hit.value, held);
  if (c === undefined || someExpr(hit.value, isSelf)) return undefined;
  return { update: extremum(c.selfIs, false, hit.value.type, [c.read]), beside };
}
