/**
 * Code objects as text: one line an instruction, then the exception table, the loops and the code objects inside. Everything about an opcode comes
 * from the table (opcodes.ts).
 *
 *     line  >>  index  opcode  operand  (what the operand means)
 *
 * The line number stands where it changes, `>>` where something jumps to: a jump, a back-edge or an exception handler.
 */
import { bytesRepr } from "../objects/bytes-text.ts";
import { complexRepr } from "../objects/complex.ts";
import { floatRepr } from "../objects/float-text.ts";
import { strRepr } from "../objects/str-repr.ts";
import { Ellipsis, PyBytes, PyComplex, PyFloat, PyFrozenConst, PyTuple, type Value } from "../objects/values.ts";
import { CO, Code } from "./code.ts";
import { OP_NAMES, type OpSpec, opSpec } from "./opcodes.ts";

export function disassemble(code: Code): string {
  const sections = [heading(code), instructions(code)];
  if (code.exceptionTable.length)
    sections.push(
      `  exceptions\n${code.exceptionTable.map((e) => `    ${e.start}..${e.end} -> ${e.target} depth ${e.depth}${e.lasti ? " lasti" : ""}\n`).join("")}`,
    );
  if (code.loops.length) sections.push(`  loops\n${code.loops.map((_, i) => loopLine(code, i)).join("")}`);
  const inner = code.consts.filter((c): c is Code => c instanceof Code).map((c) => `\n${disassemble(c)}`);
  return sections.join("") + inner.join("");
}

function heading(code: Code): string {
  const flags = Object.entries(CO).flatMap(([name, bit]) => (code.flags & bit ? [name.toLowerCase()] : []));
  const parts = [
    `code ${code.qualname}, line ${code.firstlineno}, stack ${code.stacksize}`,
    signature(code),
    code.cellvars.length ? `cells ${code.cellvars.join(" ")}` : "",
    code.freevars.length ? `free ${code.freevars.join(" ")}` : "",
    flags.join(" "),
    code.inline ? "may be inlined" : "",
  ];
  return `${parts.filter(Boolean).join("; ")}\n`;
}

function signature(code: Code): string {
  const n = code.argcount + code.kwonlyargcount + (code.flags & CO.VARARGS ? 1 : 0) + (code.flags & CO.VARKEYWORDS ? 1 : 0);
  return n === 0 ? "" : `parameters ${code.varnames.slice(0, n).join(" ")}`;
}

function instructions(code: Code): string {
  const targets = jumpTargets(code);
  const width = String(code.ops.length >> 1).length;
  const lines: string[] = [];
  let line = -1;
  for (let pc = 0; pc * 2 < code.ops.length; pc++) {
    const at = code.lineAt(pc);
    const shown = at !== line && at >= 0 ? String(at) : "";
    if (at >= 0) line = at;
    lines.push(`${shown.padStart(6)} ${targets.has(pc) ? ">>" : "  "} ${String(pc).padStart(width)}  ${instruction(code, pc)}\n`);
  }
  return lines.join("");
}

function instruction(code: Code, pc: number): string {
  const op = code.ops[pc * 2]!;
  const arg = code.ops[pc * 2 + 1]!;
  const spec = opSpec(op);
  const name = OP_NAMES[op]!;
  return spec.arg === "none" ? name : `${name.padEnd(24)} ${operand(code, spec.arg, arg)}`;
}

function operand(code: Code, kind: Exclude<OpSpec["arg"], "none">, arg: number): string {
  switch (kind) {
    case "const":
      return `${arg} (${constantText(code.consts[arg]!)})`;
    case "name":
      return `${arg} (${code.names[arg]})`;
    case "local":
      return `${arg} (${code.varnames[arg]})`;
    case "deref":
      return `${arg} (${[...code.cellvars, ...code.freevars][arg]})`;
    case "jump":
      return `to ${arg}`;
    case "loop":
      return `loop ${arg}, to ${code.loops[arg]!.header}`;
    case "count":
    case "flag":
      return String(arg);
  }
}

function jumpTargets(code: Code): Set<number> {
  const targets = new Set(code.exceptionTable.map((e) => e.target));
  for (let i = 0; i < code.ops.length; i += 2) {
    const kind = opSpec(code.ops[i]!).arg;
    const arg = code.ops[i + 1]!;
    if (kind === "jump") targets.add(arg);
    else if (kind === "loop") targets.add(code.loops[arg]!.header);
  }
  return targets;
}

function loopLine(code: Code, i: number): string {
  const l = code.loops[i]!;
  const parts = [
    `${l.kind}, line ${l.lineno}`,
    l.parent < 0 ? "" : `in ${l.parent}`,
    `header ${l.header}`,
    `body ${l.body}`,
    `latch ${l.latch}`,
    `exit ${l.exit}`,
    `depth ${l.iterDepth}`,
  ];
  return `    ${l.id}: ${parts.filter(Boolean).join(", ")}${l.candidate ? ", candidate" : ""}\n`;
}

/** repr() of a constant. */
export function constantText(v: Value | Code): string {
  if (v === null) return "None";
  if (typeof v === "boolean") return v ? "True" : "False";
  if (typeof v === "string") return strRepr(v);
  if (typeof v !== "object") return String(v);
  if (v instanceof Code) return `code ${v.qualname}`;
  if (v instanceof PyFloat) return floatRepr(v.value);
  if (v instanceof PyBytes) return bytesRepr(v.data);
  if (v instanceof PyComplex) return complexRepr(v);
  if (v instanceof PyTuple) return `(${v.items.map(constantText).join(", ")}${v.items.length === 1 ? "," : ""})`;
  if (v instanceof PyFrozenConst) return `frozenset({${v.items.map(constantText).join(", ")}})`;
  return v === Ellipsis ? "Ellipsis" : v.constructor.name;
}
