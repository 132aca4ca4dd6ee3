/** What an expression of the source is while it is lowered: a scalar, an array with some of its subscripts, a tuple, or an object that is known. */
import type { Value } from "../../interpreter/objects/values.ts";
import { int } from "../../jit/ir/build.ts";
import type { ArrayDecl, Expr } from "../../jit/ir/nest.ts";
import { SCALAR_TYPES, type ScalarType } from "../../jit/ir/ops.ts";
import type { ArraySpec } from "../values.ts";
import { carrier } from "./kinds.ts";

/**
 * A scalar. One kind: the expression's type. Several: the expression has the type that carries them all, and `tag` says at run time which it is
 * (its position in SCALAR_TYPES).
 */
export interface Scalar {
  readonly is: "scalar";
  readonly e: Expr;
  readonly kinds: ReadonlySet<ScalarType>;
  readonly tag?: Expr;
}

export interface ArrayOperand {
  readonly is: "array";
  readonly decl: ArrayDecl;
  readonly spec: ArraySpec;
  /** Subscripts so far: fewer than the dimensions. */
  readonly index: readonly Expr[];
}

export interface TupleOperand {
  readonly is: "tuple";
  readonly items: readonly Operand[];
}

export interface ObjectOperand {
  readonly is: "object";
  readonly value: Value;
}

export type Operand = Scalar | ArrayOperand | TupleOperand | ObjectOperand;

export const scalar = (e: Expr): Scalar => ({ is: "scalar", e, kinds: new Set([e.type as ScalarType]) });

/** The kind where there is only one. */
export const onlyKind = (s: Scalar): ScalarType | undefined => (s.kinds.size === 1 ? (s.e.type as ScalarType) : undefined);

export const tagOf = (kind: ScalarType): Expr => int(SCALAR_TYPES.indexOf(kind));
export const tagExpr = (s: Scalar): Expr => s.tag ?? tagOf(onlyKind(s)!);

export function mixed(e: Expr, kinds: ReadonlySet<ScalarType>, tag: Expr): Scalar {
  return kinds.size === 1 ? scalar(e) : { is: "scalar", e, kinds, tag };
}

/** The type that carries all kinds of several scalars. */
export function commonCarrier(list: readonly Scalar[]): ScalarType | undefined {
  return carrier(new Set(list.flatMap((s) => [...s.kinds])));
}
