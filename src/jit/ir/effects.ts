/** What expressions and statements may do: leave through an exit, read memory, write. */
import type { Check, Expr, FpChecks, Region, Stmt } from "./nest.ts";
import { canExit, castCanExit, isFloat, isNumpy, OPS } from "./ops.ts";
import { ownExprs, someExpr } from "./visit.ts";

/** Whether any subscript of a load or store has to be checked. */
export const accessCanExit = (a: { readonly index: readonly Expr[]; readonly checks?: readonly Check[] }): boolean =>
  a.checks?.includes("full") ?? a.index.length > 0;

const isNumpyFloat = (e: Expr): boolean => isFloat(e.type) && isNumpy(e.type);

/** Whether `fpChecks: "ops"` tests the result of this expression: NumPy floats made from floats. */
export function testsFinite(e: Expr, fp: FpChecks): boolean {
  if (fp !== "ops" || !isNumpyFloat(e)) return false;
  if (e.kind === "cast") return e.type === "f32" && !(e.arg.type === "bool" || e.arg.type === "b1");
  return e.kind === "op" && OPS[e.op].cost !== "free" && !PASSES.has(e.op);
}

/** Ops whose float result is one of the operands, or its magnitude: finite if they are. */
const PASSES: ReadonlySet<string> = new Set([
  "min2",
  "max2",
  "minimum",
  "maximum",
  "select",
  "neg",
  "abs",
  "fabs",
  "copysign",
  "floor",
  "ceil",
  "trunc",
  "rint",
]);

/** Whether `fpChecks: "stores"` or "ops" tests what this statement assigns. "ops" tested it where it was made. */
export function testsStored(s: Stmt, r: Pick<Region, "fpChecks" | "vars">): boolean {
  if (r.fpChecks !== "stores") return false;
  if (s.kind === "store") return isNumpyFloat(s.value);
  return s.kind === "set" && isNumpyFloat(s.value) && r.vars.some((v) => v.name === s.name && v.init !== "temp");
}

/** Whether this node itself may leave, its operands aside. */
export function nodeCanExit(e: Expr, fp: FpChecks): boolean {
  switch (e.kind) {
    case "load":
      return accessCanExit(e) || e.type === "i64" || e.type === "u64";
    case "op":
      return canExit(e.op, e.args[e.args.length - 1]!.type) || testsFinite(e, fp);
    case "cast":
      return castCanExit(e.arg.type, e.type) || testsFinite(e, fp);
    default:
      return false;
  }
}

export const exprCanExit = (e: Expr, fp: FpChecks): boolean => someExpr(e, (x) => nodeCanExit(x, fp));

/** Whether the statement's own work (not its body's) may take `s.exit`. */
export function stmtCanExit(s: Stmt, r: Pick<Region, "fpChecks" | "vars">): boolean {
  if (s.kind === "exit" || s.kind === "guard") return true;
  if (s.kind === "store" && accessCanExit(s)) return true;
  if (s.kind === "for" && !(s.step.kind === "const" && s.step.value !== 0)) return true;
  return testsStored(s, r) || ownExprs(s).some((e) => exprCanExit(e, r.fpChecks));
}

export const readsMemory = (e: Expr): boolean => someExpr(e, (x) => x.kind === "load");
