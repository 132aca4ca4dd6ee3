/** Code objects: what the compiler hands to the VM, the tracer and the disk cache. Immutable after assembly. */

import { PyObject, type Value } from "../objects/values.ts";
import type { For, While } from "../parse/ast.ts";
import type { InlineBody } from "./inline.ts";
import { OP } from "./opcodes.ts";

/** inspect.CO_* */
export const CO = {
  OPTIMIZED: 1,
  NEWLOCALS: 2,
  VARARGS: 4,
  VARKEYWORDS: 8,
  NESTED: 16,
  GENERATOR: 32,
  COROUTINE: 128,
  ITERABLE_COROUTINE: 256,
  ASYNC_GENERATOR: 512,
  FUTURE_ANNOTATIONS: 0x1000000,
  HAS_DOCSTRING: 0x4000000,
  METHOD: 0x8000000,
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

export type LoopNode = (For | While) & { loopId?: number };

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
  readonly ast: LoopNode | null;
  /** No construct inside that a compiled region can never hold (yield, try, with, import, def, class, del …). */
  readonly candidate: boolean;
}

/** A part that is rarely asked for: itself, or what makes it on first use (marshal.ts). */
export type Deferred<T extends object | null> = T | (() => T);

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
  positions: Deferred<Int32Array>;
  exceptionTable: readonly ExceptionEntry[];
  stacksize: number;
  loops: readonly LoopInfo[];
  /** For functions: the AST of a body that the tracer may inline (small, straight-line), else null. */
  inline: Deferred<InlineBody | null>;
}

export class Code extends PyObject {
  readonly name: string;
  readonly qualname: string;
  readonly filename: string;
  readonly firstlineno: number;
  readonly argcount: number;
  readonly posonlyargcount: number;
  readonly kwonlyargcount: number;
  readonly flags: number;
  readonly varnames: readonly string[];
  readonly cellvars: readonly string[];
  readonly freevars: readonly string[];
  readonly names: readonly string[];
  readonly consts: readonly Value[];
  readonly ops: Int32Array;
  readonly exceptionTable: readonly ExceptionEntry[];
  readonly stacksize: number;
  readonly loops: readonly LoopInfo[];
  private cleanup: boolean | undefined = undefined;
  private positionsOrMaker: Deferred<Int32Array>;
  private inlineOrMaker: Deferred<InlineBody | null>;
  /** Back-edges counted per loop (vm/hooks.ts). */
  heat: Float64Array | undefined = undefined;
  /** The loops by the pc of their header; made on first use. */
  loopsByHeader: Map<number, LoopInfo> | undefined = undefined;
  /** The VM's inline caches, one per instruction, made on first execution. */
  caches: unknown[] | undefined = undefined;

  // One field after the other: all code objects get one hidden class, wherever they come from.
  constructor(fields: CodeFields) {
    super();
    this.name = fields.name;
    this.qualname = fields.qualname;
    this.filename = fields.filename;
    this.firstlineno = fields.firstlineno;
    this.argcount = fields.argcount;
    this.posonlyargcount = fields.posonlyargcount;
    this.kwonlyargcount = fields.kwonlyargcount;
    this.flags = fields.flags;
    this.varnames = fields.varnames;
    this.cellvars = fields.cellvars;
    this.freevars = fields.freevars;
    this.names = fields.names;
    this.consts = fields.consts;
    this.ops = fields.ops;
    this.exceptionTable = fields.exceptionTable;
    this.stacksize = fields.stacksize;
    this.loops = fields.loops;
    this.positionsOrMaker = fields.positions;
    this.inlineOrMaker = fields.inline;
  }

  get positions(): Int32Array {
    const p = this.positionsOrMaker;
    return typeof p === "function" ? (this.positionsOrMaker = p()) : p;
  }

  get inline(): InlineBody | null {
    const i = this.inlineOrMaker;
    return typeof i === "function" ? (this.inlineOrMaker = i()) : i;
  }

  /** Of generators: an exception raised at a yield would run code of the program's (finally, except, with). */
  get hasCleanup(): boolean {
    return (this.cleanup ??= this.exceptionTable.some((e) => this.ops[e.target * 2] !== OP.STOPITERATION_ERROR));
  }

  lineAt(pc: number): number {
    return this.positions[pc * 4] ?? -1;
  }
}
