/** Code objects: what the compiler hands to the VM, the tracer and the disk cache. Immutable after assembly. */
import type { For, While } from "../parse/ast.ts";
import { PyObject, type Value } from "../objects/values.ts";

/** inspect.CO_* */
export const CO = {
  OPTIMIZED: 1, NEWLOCALS: 2, VARARGS: 4, VARKEYWORDS: 8, NESTED: 16, GENERATOR: 32, COROUTINE: 128, ITERABLE_COROUTINE: 256,
  ASYNC_GENERATOR: 512, FUTURE_ANNOTATIONS: 0x1000000, HAS_DOCSTRING: 0x4000000, METHOD: 0x8000000,
} as const;

export interface ExceptionEntry {
  /** Instructions start ≤ pc < end are protected. */
  readonly start: number;
  readonly end: number;
  readonly target: number;
  /** Stack depth to unwind to before pushing (lasti if asked, and) the exception. */
  readonly depth: number;
  readonly lasti: boolean;
}

/** A source loop, with the structure that the tracer needs. Instruction indices throughout. */
export interface LoopInfo {
  readonly id: number;
  /** Enclosing loop in the same code, or -1. */
  readonly parent: number;
  readonly kind: "for" | "while";
  readonly lineno: number;
  /** FOR_ITER, or the first instruction of the while condition. */
  readonly header: number;
  readonly body: number;
  /** JUMP_BACKWARD at the end of the body (continue may add more of them). */
  readonly latch: number;
  /** First instruction after the loop, its else block included. */
  readonly exit: number;
  /** Stack depth at the header; the iterator of a for loop is at iterDepth - 1. */
  readonly iterDepth: number;
  /**
   * The loop's AST, present on candidates (outermost and inner ones alike: an inner loop's node is part of the outer's). Statements in the body
   * carry `pc`, their first instruction: execution can resume at any of them with the enclosing iterators on the stack.
   */
  readonly ast: ((For | While) & { loopId?: number }) | null;
  /** No construct inside that a compiled region can never hold (yield, try, with, import, def, class, del …). */
  readonly candidate: boolean;
}

export interface CodeFields {
  name: string;
  qualname: string;
  filename: string;
  firstlineno: number;
  argcount: number;
  posonlyargcount: number;
  kwonlyargcount: number;
  flags: number;
  varnames: readonly string[];
  cellvars: readonly string[];
  freevars: readonly string[];
  names: readonly string[];
  consts: readonly Value[];
  /** [opcode, operand] pairs. */
  ops: Int32Array;
  /** lineno, end_lineno, col_offset, end_col_offset of every instruction; -1: none. Columns are UTF-8 byte offsets. */
  positions: Int32Array;
  exceptionTable: readonly ExceptionEntry[];
  stacksize: number;
  loops: readonly LoopInfo[];
  /** For functions: the AST of a body that the tracer may inline (small, straight-line), else null. */
  inline: unknown;
}

export class Code extends PyObject implements CodeFields {
  declare readonly name: string;
  declare readonly qualname: string;
  declare readonly filename: string;
  declare readonly firstlineno: number;
  declare readonly argcount: number;
  declare readonly posonlyargcount: number;
  declare readonly kwonlyargcount: number;
  declare readonly flags: number;
  declare readonly varnames: readonly string[];
  declare readonly cellvars: readonly string[];
  declare readonly freevars: readonly string[];
  declare readonly names: readonly string[];
  declare readonly consts: readonly Value[];
  declare readonly ops: Int32Array;
  declare readonly positions: Int32Array;
  declare readonly exceptionTable: readonly ExceptionEntry[];
  declare readonly stacksize: number;
  declare readonly loops: readonly LoopInfo[];
  declare readonly inline: unknown;
  /** Back-edges counted per loop (vm/hooks.ts). */
  heat: Float64Array | undefined = undefined;
  /** The VM's inline caches, one per instruction, made on first execution. */
  caches: unknown[] | undefined = undefined;

  constructor(fields: CodeFields) {
    super();
    Object.assign(this, fields);
  }

  lineAt(pc: number): number {
    return this.positions[pc * 4] ?? -1;
  }
}
