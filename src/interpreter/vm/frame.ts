/**
 * A frame lives on the heap: locals, cells, operand stack and pc are plain fields, so the VM can leave and enter it at any instruction (calls, generators,
 * deoptimisation) without JS recursion.
 */
import type { Code } from "../compile/code.ts";
import { OP } from "../compile/opcodes.ts";
import type { PyCell, PyFunction } from "../objects/function.ts";
import type { PyDict } from "../objects/dict.ts";
import type { PyGenerator } from "../objects/generator.ts";
import { PyObject, type Value } from "../objects/values.ts";
import type { PyBaseException } from "../builtins/exceptions.ts";

export class Frame extends PyObject {
  readonly code: Code;
  readonly globals: PyDict;
  readonly builtins: PyDict;
  /** Locals mapping of module and class bodies (LOAD_NAME …), undefined in functions. */
  names: Value | undefined;
  readonly locals: (Value | undefined)[];
  /** cellvars, then freevars. */
  cells: PyCell[] = [];
  readonly stack: (Value | undefined)[] = [];
  sp = 0;
  /** The instruction that is running or, in a suspended frame, that ran last. */
  pc = 0;
  back: Frame | null = null;
  readonly func: PyFunction | undefined;
  generator: PyGenerator | undefined = undefined;
  /** Left when this frame returns: the nested VM loop that runs it ends. */
  entry = false;
  /** Set on frames of `__init__` that a class call pushed: what the call returns. */
  instance: Value | undefined = undefined;
  handledBefore: PyBaseException | null = null;
  /** What a generator frame returned. */
  result: Value = null;

  constructor(code: Code, globals: PyDict, builtins: PyDict, locals: (Value | undefined)[], func: PyFunction | undefined) {
    super();
    this.code = code;
    this.globals = globals;
    this.builtins = builtins;
    this.locals = locals;
    this.func = func;
  }

  get lineno(): number {
    return this.code.positions[this.pc * 4] ?? this.code.firstlineno;
  }

  /** Suspended at the yield of `yield from` or `await`. */
  suspendedInDelegate(): boolean {
    return this.code.ops[this.pc * 2] === OP.YIELD_VALUE && this.code.ops[this.pc * 2 + 1] === 1;
  }

  /** The sub-iterator returned `value` while an exception was thrown into it: go on after the delegation. */
  finishDelegate(value: Value): void {
    // SEND jumps past the loop with the iterator and its result on the stack; it precedes the yield
    const send = this.pc - 1;
    this.stack[this.sp++] = value;
    this.pc = this.code.ops[send * 2 + 1]! - 1;
  }
}
