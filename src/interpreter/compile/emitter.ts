/**
 * Instruction emission for one code unit: labels, constants, names, positions, stack depth, protected ranges.
 *
 * Invariant: the stack depth is known at every instruction; a label has one depth, whoever jumps to it. Code after an instruction that never
 * falls through has no depth until a label with one is placed; such dead code is still emitted but not checked.
 */
import type { Located } from "../parse/ast.ts";
import { PyBytes, PyComplex, PyFloat, PyFrozenConst, PyTuple, type Value } from "../objects/values.ts";
import { Code, type ExceptionEntry } from "./code.ts";
import { OP, OPCODES, opSpec, type OpName, stackEffect } from "./opcodes.ts";

export class Label {
  pc = -1;
  depth: number | undefined = undefined;
}

/** A protected region under construction; `segments` may have gaps (finally bodies copied into it). */
export interface Protection {
  readonly handler: Label;
  readonly depth: number;
  readonly lasti: boolean;
  readonly segments: [number, number][];
  start: number | undefined;
}

type Position = readonly [number, number, number, number];
const NOWHERE: Position = [-1, -1, -1, -1];

export class Emitter {
  private readonly code: number[] = [];
  private readonly pos: number[] = [];
  private readonly targets: { at: number; label: Label }[] = [];
  private readonly ranges: Protection[] = [];
  readonly consts: (Value | Code)[] = [];
  private readonly constKeys: Map<string, number> = new Map();
  readonly names: string[] = [];
  private readonly nameIds: Map<string, number> = new Map();
  readonly varnames: string[] = [];
  private readonly localIds: Map<string, number> = new Map();
  depth: number | undefined = 0;
  private maxDepth = 0;
  private position: Position = NOWHERE;

  get pc(): number {
    return this.code.length >> 1;
  }

  /** Positions of the instructions that follow; undefined: no source position. */
  at(n: Located | undefined): void {
    this.position = n ? [n.lineno, n.end_lineno, n.col_offset, n.end_col_offset] : NOWHERE;
  }

  /** Runs `emit` with another position and restores the present one. */
  with(n: Located | undefined, emit: () => void): void {
    const before = this.position;
    this.at(n);
    emit();
    this.position = before;
  }

  op(name: OpName, arg = 0): void {
    const op = OP[name];
    this.code.push(op, arg);
    this.pos.push(...this.position);
    if (this.depth === undefined) return;
    this.depth += stackEffect(op, arg, false);
    if (this.depth > this.maxDepth) this.maxDepth = this.depth;
    if (this.depth < 0) throw new Error(`internal: stack underflow at ${name}`);
    if ((OPCODES[name] as { ends?: true }).ends) this.depth = undefined;
  }

  jump(name: OpName, label: Label): void {
    const before = this.depth;
    this.targets.push({ at: this.code.length + 1, label });
    this.op(name, -1);
    if (before !== undefined) this.meet(label, before + stackEffect(OP[name], 0, true));
  }

  private meet(label: Label, depth: number): void {
    if (label.depth !== undefined && label.depth !== depth) throw new Error(`internal: stack depth ${depth} meets ${label.depth}`);
    label.depth = depth;
    if (depth > this.maxDepth) this.maxDepth = depth;
  }

  place(label: Label): void {
    label.pc = this.pc;
    if (this.depth !== undefined) this.meet(label, this.depth);
    this.depth = label.depth;
  }

  constant(v: Value | Code): number {
    const key = constKey(v);
    if (key === undefined) return this.consts.push(v) - 1;
    let i = this.constKeys.get(key);
    if (i === undefined) this.constKeys.set(key, (i = this.consts.push(v) - 1));
    return i;
  }

  load(v: Value | Code): void {
    this.op("LOAD_CONST", this.constant(v));
  }

  name(s: string): number {
    let i = this.nameIds.get(s);
    if (i === undefined) this.nameIds.set(s, (i = this.names.push(s) - 1));
    return i;
  }

  local(s: string): number {
    let i = this.localIds.get(s);
    if (i === undefined) this.localIds.set(s, (i = this.varnames.push(s) - 1));
    return i;
  }

  // ---- protected ranges ---------------------------------------------------------------------------------------------------------------

  protect(handler: Label, lasti: boolean, depth: number = this.depth ?? 0): Protection {
    const p: Protection = { handler, depth, lasti, segments: [], start: this.pc };
    handler.depth = depth + (lasti ? 2 : 1);
    if (handler.depth > this.maxDepth) this.maxDepth = handler.depth;
    return p;
  }

  suspend(p: Protection): void {
    if (p.start !== undefined && p.start < this.pc) p.segments.push([p.start, this.pc]);
    p.start = undefined;
  }

  resume(p: Protection): void {
    p.start = this.pc;
  }

  /** Ends the range. Ranges must end innermost first: the VM takes the first entry that holds the pc. */
  unprotect(p: Protection): void {
    this.suspend(p);
    this.ranges.push(p);
  }

  // ---- assembly -----------------------------------------------------------------------------------------------------------------------

  finish(fields: Omit<ConstructorParameters<typeof Code>[0], "ops" | "positions" | "exceptionTable" | "stacksize" | "consts" | "names" | "varnames">): Code {
    for (const { at, label } of this.targets) {
      if (label.pc < 0) throw new Error("internal: jump to a label that was never placed");
      this.code[at] = label.pc;
    }
    const exceptionTable: ExceptionEntry[] = this.ranges.flatMap((r) =>
      r.segments.map(([start, end]) => ({ start, end, target: r.handler.pc, depth: r.depth, lasti: r.lasti })),
    );
    return new Code({
      ...fields,
      consts: this.consts,
      names: this.names,
      varnames: this.varnames,
      ops: Int32Array.from(this.code),
      positions: Int32Array.from(this.pos),
      exceptionTable,
      stacksize: this.maxDepth + 1,
    });
  }

  /** Whether the last instruction never falls through. */
  get isDead(): boolean {
    return this.depth === undefined;
  }

  lastOpEnds(): boolean {
    return this.code.length > 0 && opSpec(this.code[this.code.length - 2]!).ends === true;
  }
}

/** Constants are shared when they are the same value of the same type. */
function constKey(v: Value | Code): string | undefined {
  if (v === null) return "N";
  switch (typeof v) {
    case "number":
    case "bigint":
      return `i${v}`;
    case "string":
      return `s${v}`;
    case "boolean":
      return v ? "T" : "F";
  }
  if (v instanceof PyFloat) return Object.is(v.value, -0) ? "f-0" : `f${v.value}`;
  if (v instanceof PyComplex) return `c${Object.is(v.real, -0) ? "-0" : v.real},${Object.is(v.imag, -0) ? "-0" : v.imag}`;
  if (v instanceof PyBytes) return `b${v.data.join()}`;
  if (v instanceof PyTuple || v instanceof PyFrozenConst) {
    const parts = v.items.map(constKey);
    return parts.includes(undefined) ? undefined : `${v instanceof PyTuple ? "t" : "S"}(${parts.map((p) => `${p!.length}:${p}`).join()})`;
  }
  return undefined;
}
