/**
 * What the host computes before a launch: the statements before the parallel loop, its bounds, and expressions that threads only read. The
 * reference evaluator does it; these are a few scalars.
 */
import { evaluate } from "../jit/ir/evaluate.ts";
import type { Binding, Expr, Region, VarDecl, VarName } from "../jit/ir/nest.ts";
import type { Shape } from "./nest-shape.ts";

export interface Invariants {
  /** In the order asked for; undefined for an unbound variable. */
  readonly values: readonly (number | undefined)[];
  /** All variables as the loop finds them. */
  readonly vars: Readonly<Record<VarName, number | undefined>>;
}

/** An operation could not go on; the interpreter will find out where. */
export interface Gone {
  readonly gone: string;
}
export const isGone = (x: object): x is Gone => "gone" in x;

const EXIT = "before the launch";

export function invariants(region: Region, shape: Shape, binding: Binding, exprs: readonly Expr[]): Invariants | Gone {
  const names = exprs.map((e, k) => (e.kind === "var" ? e.name : e.kind === "const" ? undefined : `invariant ${k}`));
  const slots = exprs.flatMap((e, k): VarDecl[] =>
    e.kind === "var" || e.kind === "const" ? [] : [{ name: names[k]!, type: e.type as VarDecl["type"], init: "unset" }],
  );
  const line = region.line;
  const r: Region = {
    ...region,
    vars: [...region.vars.map((v) => (v.init === "temp" ? { ...v, init: "unset" as const } : v)), ...slots],
    exits: [...region.exits, { id: EXIT, reason: EXIT, line, live: [] }],
    body: [
      ...shape.prelude.map((s) => ({ exit: EXIT, ...s })),
      ...exprs.flatMap((value, k) =>
        value.kind === "var" || value.kind === "const" ? [] : [{ kind: "set" as const, name: names[k]!, value, line, exit: EXIT }],
      ),
    ],
  };
  const out = evaluate(r, binding);
  if (out.kind === "exit") return { gone: out.cause };
  return {
    values: exprs.map((e, k) => (e.kind === "const" ? e.value : out.vars[names[k]!])),
    vars: Object.fromEntries(region.vars.map((v) => [v.name, out.vars[v.name]])),
  };
}
