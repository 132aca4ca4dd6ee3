/**
 * The IR as types: regions, statements, expressions, exits, and the binding that gives a region this run's values.
 *
 * A region is one loop nest (or one scalar loop) of one Python frame, with the calls that were inlined into it. Everything is symbolic and
 * immutable; names are unique within a region across arrays, params, vars and ivs.
 *
 * Expressions are typed trees. A statement evaluates its expressions when it runs; that two places share a node means nothing.
 * Statements run in order. An operation that cannot go on takes the `exit` of its statement, before the statement has any effect; consecutive
 * statements with the same exit are one source statement (`a[i], a[j] = a[j], a[i]`). verify.ts lists the rules.
 */
import type { Cause, ExprType, OpName, ScalarType } from "./ops.ts";

export type ArrayName = string;
export type VarName = string;
export type LoopId = string;
export type ExitId = string;

// ---- declarations ---------------------------------------------------------------------------------------------------------------------

export interface ArrayDecl {
  readonly name: ArrayName;
  readonly elem: ScalarType;
  readonly ndim: number;
}

/** A live-in scalar that the region never changes. */
export interface ParamDecl {
  readonly name: string;
  readonly type: ScalarType;
}

/**
 * A mutable scalar. `live-in`: the binding gives its value; `unset`: unbound until assigned (it comes back as undefined when it never was);
 * `temp`: unset, and of no interest after the region, though an exit may list it.
 */
export interface VarDecl {
  readonly name: VarName;
  readonly type: ScalarType;
  readonly init: "live-in" | "unset" | "temp";
}

/** A way back to the interpreter: state as it was when the statement began. */
export interface ExitDecl {
  readonly id: ExitId;
  /** Why the tracer put it there, for reports. */
  readonly reason: string;
  readonly line: number;
  /** Variables that resuming reads; others may hold anything. */
  readonly live: readonly VarName[];
  /** The tracer's own: pcs, frames, where each local and stack slot lives. Printed as JSON. */
  readonly payload?: unknown;
}

// ---- expressions ----------------------------------------------------------------------------------------------------------------------

/** What is known of a subscript: nothing; 0 <= i < n; -n <= i < 0. */
export type Check = "full" | "in" | "wrap";

export interface ConstExpr {
  readonly kind: "const";
  readonly type: ScalarType;
  /** bools are 0 or 1. */
  readonly value: number;
}
export interface ParamExpr {
  readonly kind: "param";
  readonly type: ScalarType;
  readonly name: string;
}
export interface VarExpr {
  readonly kind: "var";
  readonly type: ScalarType;
  readonly name: VarName;
}
/** The hidden variable of a `for`: changes only from trip to trip. */
export interface IvExpr {
  readonly kind: "iv";
  readonly type: "int";
  readonly name: string;
}
/** Length of an array's axis; the same throughout the region. */
export interface DimExpr {
  readonly kind: "dim";
  readonly type: "int";
  readonly array: ArrayName;
  readonly axis: number;
}
/** Python indexing: each subscript in [-n, n), negative ones count from the end; else the exit. Subscripts are `int`. */
export interface LoadExpr {
  readonly kind: "load";
  readonly type: ScalarType;
  readonly array: ArrayName;
  readonly index: readonly Expr[];
  /** Per axis; absent means all "full". */
  readonly checks?: readonly Check[];
}
export interface OpExpr {
  readonly kind: "op";
  readonly op: OpName;
  readonly type: ExprType;
  readonly args: readonly Expr[];
}
/** int(x), float(x), or NumPy's conversion on assignment and astype, after the two types. */
export interface CastExpr {
  readonly kind: "cast";
  readonly type: ScalarType;
  readonly arg: Expr;
}
export type Expr = ConstExpr | ParamExpr | VarExpr | IvExpr | DimExpr | LoadExpr | OpExpr | CastExpr;

// ---- statements -----------------------------------------------------------------------------------------------------------------------

interface Stmt_ {
  readonly line: number;
  /** Taken by any operation of the statement's own expressions that cannot go on. Needed where one can. */
  readonly exit?: ExitId;
}
export interface SetStmt extends Stmt_ {
  readonly kind: "set";
  readonly name: VarName;
  readonly value: Expr;
}
export interface StoreStmt extends Stmt_ {
  readonly kind: "store";
  readonly array: ArrayName;
  readonly index: readonly Expr[];
  readonly checks?: readonly Check[];
  readonly value: Expr;
}
export interface IfStmt extends Stmt_ {
  readonly kind: "if";
  readonly cond: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
}
/** `for iv in range(lo, hi, step)`: the bounds are evaluated once, `hi` is excluded, step zero takes the exit. */
export interface ForStmt extends Stmt_ {
  readonly kind: "for";
  readonly id: LoopId;
  readonly iv: string;
  readonly lo: Expr;
  readonly hi: Expr;
  readonly step: Expr;
  readonly body: readonly Stmt[];
  /** Set by transforms: trips may run in any order or at the same time (see the plan for privates and reductions). */
  readonly parallel?: boolean;
}
export interface WhileStmt extends Stmt_ {
  readonly kind: "while";
  readonly id: LoopId;
  readonly cond: Expr;
  readonly body: readonly Stmt[];
}
/** A place to break out of. */
export interface BlockStmt extends Stmt_ {
  readonly kind: "block";
  readonly label: string;
  readonly body: readonly Stmt[];
}
/** Leaves the enclosing block or loop of that name. */
export interface BreakStmt extends Stmt_ {
  readonly kind: "break";
  readonly target: string;
}
export interface ContinueStmt extends Stmt_ {
  readonly kind: "continue";
  readonly target: LoopId;
}
/** Takes `exit` unless `cond` holds. */
export interface GuardStmt extends Stmt_ {
  readonly kind: "guard";
  readonly cond: Expr;
  readonly exit: ExitId;
}
export interface ExitStmt extends Stmt_ {
  readonly kind: "exit";
  readonly exit: ExitId;
}
export type LoopStmt = ForStmt | WhileStmt;
export type Stmt = SetStmt | StoreStmt | IfStmt | ForStmt | WhileStmt | BlockStmt | BreakStmt | ContinueStmt | GuardStmt | ExitStmt;

// ---- regions --------------------------------------------------------------------------------------------------------------------------

/**
 * What is done about NumPy floats that become infinite or NaN (RuntimeWarning in Python): nothing; an exit where such a value is stored or assigned
 * to a variable that is not a temp; or an exit after every operation that makes one of finite operands.
 */
export type FpChecks = "none" | "stores" | "ops";

export interface Region {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly fpChecks: FpChecks;
  /**
   * `precise`: an exit leaves arrays and variables as the interpreter would have them. `transaction`: statements were moved, an exit only says that
   * everything must be undone; the rules on effects before exits do not hold.
   */
  readonly exitMode: "precise" | "transaction";
  readonly arrays: readonly ArrayDecl[];
  readonly params: readonly ParamDecl[];
  readonly vars: readonly VarDecl[];
  readonly exits: readonly ExitDecl[];
  readonly body: readonly Stmt[];
}

// ---- this run's values ----------------------------------------------------------------------------------------------------------------

export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | number[];

/**
 * An array of this run. `data` views memory from its start with the class that DATA_CLASS names for the element type (64-bit integers: an Int32Array of
 * low and high words; `int` and `float` may also be plain arrays of numbers). Element (i, j, …) is at byteOffset + (i*strides[0] + j*strides[1] + …)*bytes.
 */
export interface ArrayBinding {
  readonly data: NumericArray;
  /** Identity of the memory: arrays with different storages share nothing. */
  readonly storage: number;
  /** A multiple of the element size. */
  readonly byteOffset: number;
  readonly shape: readonly number[];
  /** In elements; may be negative or zero. */
  readonly strides: readonly number[];
}

/** bools are 0 or 1; undefined is an unbound variable. */
export interface Binding {
  readonly params: Readonly<Record<string, number>>;
  readonly vars: Readonly<Record<VarName, number | undefined>>;
  readonly arrays: Readonly<Record<ArrayName, ArrayBinding>>;
}

export const DATA_CLASS = {
  bool: Uint8Array,
  int: Float64Array,
  float: Float64Array,
  b1: Uint8Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const satisfies Record<ScalarType, unknown>;

/** Where an enclosing `for` stood: the current value, and the range that is left is (iv + step, hi, step). */
export interface LoopState {
  readonly iv: number;
  readonly hi: number;
  readonly step: number;
}

export type Outcome =
  | { readonly kind: "done"; readonly vars: Readonly<Record<VarName, number | undefined>> }
  | {
      readonly kind: "exit";
      readonly exit: ExitId;
      /** "asked": another thread wanted the kernel to leave. */
      readonly cause: Cause | "asked";
      readonly vars: Readonly<Record<VarName, number | undefined>>;
      /** The `for` loops around the exit. */
      readonly loops: Readonly<Record<LoopId, LoopState>>;
    };
