/**
 * Turns expressions into targets: sets `ctx` to "Store" or "Del" and refuses what cannot be assigned to or deleted.
 * Source: Language Reference 10, rules star_targets, del_targets, single_target.
 */
import type { Expr } from "../ast.ts";
import { type FlatTree, Refusal } from "../tree.ts";

/** A target of `=`, `for`, `with` or `import`; nested lists and tuples may hold starred targets. */
export function storeTo(t: FlatTree, n: number, target: Expr): Expr {
  return retarget(t, n, target, "Store");
}

export function deleteFrom(t: FlatTree, n: number, target: Expr): Expr {
  return retarget(t, n, target, "Del");
}

function retarget(t: FlatTree, n: number, target: Expr, ctx: "Store" | "Del"): Expr {
  switch (target.node) {
    case "Name":
    case "Attribute":
    case "Subscript":
      break;
    case "Starred":
      if (ctx === "Del" || target.value.node === "Starred") throw new Refusal(t.from[n]!);
      retarget(t, n, target.value, ctx);
      break;
    case "List":
    case "Tuple":
      for (const element of target.elts) retarget(t, n, element, ctx);
      break;
    default:
      throw new Refusal(t.from[n]!);
  }
  target.ctx = ctx;
  return target;
}
