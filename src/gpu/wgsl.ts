/**
 * A region as a WGSL compute shader, or the reason why not.
 *
 * One thread runs one trip of the grid (nest-shape.ts). Bindings: 0 the status block, then one buffer for each memory that the region touches, then the
 * parameter block. The status block holds the abort flag (wgsl-code.ts, ABORTS), which outlasts everything; what the last trip left in variables that outlive
 * the region; and for those that not every trip assigns the last trip that did, from which replay.ts gets the value. No thread reads what another writes, so
 * nothing is synchronised.
 *
 * The text depends on the region's structure, on the device's traits and on classes of values (Slot.range); two bindings that agree in these share it.
 */
import type { ForStmt, Region, Stmt, VarDecl } from "../jit/ir/nest.ts";
import { walkExprs, walkStmts } from "../jit/ir/visit.ts";
import { isReason, type Reason, type Shape, shapeOf } from "./nest-shape.ts";
import { Code } from "./wgsl-code.ts";
import { Expressions } from "./wgsl-expressions.ts";
import { library } from "./wgsl-library.ts";
import { NotPlaced, Scope, type Slot, type Values } from "./wgsl-scope.ts";
import { Statements, wordOf } from "./wgsl-statements.ts";
import type { Traits } from "./wgsl-traits.ts";
import { HELD, type HeldType, isHeld } from "./wgsl-types.ts";

/** A memory as the kernel sees it; several arrays may be views of one. */
export interface Buffer {
  readonly arrays: readonly string[];
  readonly elem: HeldType;
  readonly written: boolean;
  readonly loaded: boolean;
}

export interface Program {
  readonly wgsl: string;
  readonly shape: Shape;
  readonly buffers: readonly Buffer[];
  /** Words of the parameter block, in order. */
  readonly slots: readonly Slot[];
  /** Variables that the last trip may give a value, in the order of status.values. */
  readonly outputs: readonly VarDecl[];
  readonly workgroup: readonly [number, number, number];
}

/** Words of the status block. After the values comes, for each, the number of the last trip that assigned it, from 1; 0 is none. */
export const STATUS = { flag: 0, seen: 1, values: 2 } as const;
export const statusWords = (outputs: number): number => STATUS.values + 2 * Math.max(1, outputs);
export const lastTripWord = (outputs: number, k: number): number => STATUS.values + Math.max(1, outputs) + k;

const WORKGROUPS = [
  [64, 1, 1],
  [16, 4, 1],
  [16, 4, 1],
] as const satisfies readonly (readonly [number, number, number])[];
const MAX_OUTPUTS = 32;
const AXES = ["x", "y", "z"] as const;
const LANES = ["x", "y", "z", "w"] as const;

/** `memoryOf`: identity of an array's memory in this run. */
export function generate(region: Region, traits: Traits, values: Values, memoryOf: (array: string) => number): Program | Reason {
  const shape = shapeOf(region);
  if (isReason(shape)) return shape;
  const generator = new Generator(region, shape, traits, values);
  try {
    return generator.run(memoryOf);
  } catch (e) {
    if (!(e instanceof NotPlaced)) throw e;
    return { reason: `line ${generator.line}: ${e.message}` };
  }
}

class Generator {
  line: number;
  private readonly region: Region;
  private readonly shape: Shape;
  private readonly scope: Scope;

  constructor(region: Region, shape: Shape, traits: Traits, values: Values) {
    this.region = region;
    this.shape = shape;
    this.line = shape.grid[0]!.line;
    this.scope = new Scope(region, shape, traits, values);
  }

  run(memoryOf: (array: string) => number): Program {
    const { scope, shape, region } = this;
    for (const name of ["status", "P", "id", "go", "seen", "leave", "main", "trip", "odd", "Status"]) scope.fresh(name);
    const buffers = partition(region, shape, memoryOf);
    const names = new Map(buffers.flatMap((b, k) => b.arrays.map((a) => [a, `m${k}`] as const)));
    const bufferOf = (array: string): string => names.get(array)!;
    const outputs = region.vars.filter((v) => v.init !== "temp" && shape.privates.has(v.name));
    if (outputs.length > MAX_OUTPUTS) throw new NotPlaced(`${outputs.length} variables outlive the loop`);
    const body = this.body(bufferOf, outputs);
    const workgroup = WORKGROUPS[shape.grid.length - 1]!;
    return { wgsl: this.module(buffers, outputs, body, workgroup), shape, buffers, slots: scope.slots, outputs, workgroup };
  }

  private body(bufferOf: (array: string) => string, outputs: readonly VarDecl[]): string[] {
    const { scope, shape } = this;
    const code = new Code(scope);
    const exprs = new Expressions(scope, code, bufferOf);
    const sure = alwaysAssigned(shape);
    const tracked = new Map(outputs.map((v, k) => [v.name, k] as const).filter(([name]) => !sure.has(name)));
    const statements = new Statements(scope, code, exprs, bufferOf, tracked);
    try {
      shape.grid.forEach((g, dim) => this.coordinate(code, g, dim));
      this.variables(code);
      statements.thread(shape.body, shape.grid.at(-1)!.id);
      code.checkpoint();
      this.publish(code, outputs, tracked);
    } finally {
      this.line = statements.line || this.line;
    }
    const head = [...(statements.jumps > 0 ? ["  var go = 0u;"] : []), ...(tracked.size > 0 ? ["  var seen = 0u;"] : [])];
    return [...head, ...code.finish()];
  }

  /** The trip of this thread along one dimension, innermost along x; threads beyond the end do nothing. */
  private coordinate(code: Code, g: ForStmt, dim: number): void {
    const { scope } = this;
    const axis = AXES[this.shape.grid.length - 1 - dim]!;
    code.put(`let k${dim} = ${scope.gridSlot(dim, "base")} + id.${axis};`);
    code.put(`if (k${dim} >= ${scope.gridSlot(dim, "end")}) { return; }`);
    code.put(`let ${scope.ident("i", g.iv)} = ${scope.gridSlot(dim, "lo")} + bitcast<i32>(k${dim}) * ${scope.gridSlot(dim, "step")};`);
  }

  private variables(code: Code): void {
    const { scope, shape, region } = this;
    const before = new Set(shape.prelude.map((s) => s.name));
    for (const v of region.vars) {
      if (!shape.privates.has(v.name)) continue;
      if (!isHeld(v.type)) throw new NotPlaced(`${v.name} is a ${v.type}, which varies from trip to trip`);
      const name = scope.ident("v", v.name);
      const initial = v.init === "live-in" || before.has(v.name);
      code.put(`var ${name}: ${HELD[v.type].wgsl}${initial ? ` = ${scope.invariant({ kind: "var", type: v.type, name: v.name })}` : ""};`);
    }
  }

  /** The thread of the last trip leaves its variables to the host. */
  private publish(code: Code, outputs: readonly VarDecl[], tracked: ReadonlyMap<string, number>): void {
    if (outputs.length === 0) return;
    const last = this.shape.grid.map((_g, dim) => `k${dim} == ${this.scope.gridSlot(dim, "last")}`).join(" && ");
    let always = 0;
    outputs.forEach((v, k) => {
      if (!tracked.has(v.name)) always += 2 ** k;
    });
    if (tracked.size > 0) code.put(`let trip = ${this.tripNumber()};`);
    for (const k of tracked.values()) {
      code.put(`if ((seen & ${2 ** k}u) != 0u && atomicLoad(&status.trips[${k}]) < trip) { atomicMax(&status.trips[${k}], trip); }`);
    }
    code.block(`if (${last})`, () => {
      code.put(`status.seen = ${tracked.size > 0 ? `seen | ${always}u` : `${always}u`};`);
      outputs.forEach((v, k) => {
        code.put(`status.values[${k}] = ${wordOf(v.type as HeldType, this.scope.ident("v", v.name))};`);
      });
    });
  }

  /** Number of this thread's trip in the order of the loops, from 1. */
  private tripNumber(): string {
    const linear = this.shape.grid
      .map((_g, dim) => `k${dim}`)
      .reduce((all, k, dim) => `(${all} * (${this.scope.gridSlot(dim, "last")} + 1u) + ${k})`);
    return `${linear} + 1u`;
  }

  private module(buffers: readonly Buffer[], outputs: readonly VarDecl[], body: readonly string[], workgroup: readonly number[]): string {
    const { scope, region } = this;
    const words = Math.max(1, Math.ceil(scope.slots.length / 4));
    return `${[
      `// ${region.name}, ${region.file}:${region.line}`,
      `struct Status { flag: atomic<u32>, seen: u32, values: array<u32, ${Math.max(1, outputs.length)}>, trips: array<atomic<u32>, ${Math.max(1, outputs.length)}> }`,
      "@group(0) @binding(0) var<storage, read_write> status: Status;",
      ...buffers.map(
        (b, k) =>
          `@group(0) @binding(${k + 1}) var<storage, ${b.written ? "read_write" : "read"}> m${k}: array<u32>; // ${b.elem}: ${b.arrays.join(", ")}`,
      ),
      `@group(0) @binding(${buffers.length + 1}) var<uniform> P: array<vec4<u32>, ${words}>;`,
      "fn leave(cause: u32) { atomicMax(&status.flag, cause); }",
      ...library(scope.library),
      `@compute @workgroup_size(${workgroup.join(", ")})`,
      "fn main(@builtin(global_invocation_id) id: vec3<u32>) {",
      ...scope.slots.map((s, k) => `  let ${s.name} = ${unpacked(s, `P[${k >> 2}].${LANES[k & 3]}`)};`),
      ...body,
      "}",
    ].join("\n")}\n`;
  }
}

function unpacked(s: Slot, word: string): string {
  if (s.wgsl === "u32") return word;
  return s.wgsl === "bool" ? `${word} != 0u` : `bitcast<${s.wgsl}>(${word})`;
}

/** Arrays that threads touch, by memory. A memory that is written must be seen as one type; others are copied once a type. */
function partition(region: Region, shape: Shape, memoryOf: (array: string) => number): Buffer[] {
  const loaded = new Set<string>();
  walkExprs(shape.body, (e) => {
    if (e.kind === "load") loaded.add(e.array);
  });
  const touched = new Set([...shape.written, ...loaded]);
  const groups = new Map<string, { arrays: string[]; elem: HeldType; memory: number }>();
  const writtenMemory = new Set([...shape.written].map(memoryOf));
  for (const a of region.arrays) {
    if (!touched.has(a.name)) continue;
    if (!isHeld(a.elem)) throw new NotPlaced(`${a.name} holds ${a.elem}`);
    const memory = memoryOf(a.name);
    const key = `${memory} ${a.elem}`;
    const known = groups.get(key);
    if (known) known.arrays.push(a.name);
    else groups.set(key, { arrays: [a.name], elem: a.elem, memory });
  }
  const all = [...groups.values()];
  for (const g of all) {
    const other = all.find((x) => x !== g && x.memory === g.memory);
    if (other && writtenMemory.has(g.memory))
      throw new NotPlaced(`${g.arrays[0]} and ${other.arrays[0]} see one memory as ${g.elem} and ${other.elem}`);
  }
  return all.map(({ arrays, elem, memory }) => ({
    arrays,
    elem,
    written: writtenMemory.has(memory),
    loaded: arrays.some((a) => loaded.has(a)),
  }));
}

/** Variables that every trip assigns: by a `set` that nothing can jump over. */
function alwaysAssigned(shape: Shape): Set<string> {
  const out = new Set<string>();
  const own = shape.grid.at(-1)!.id;
  for (const s of shape.body) {
    if (s.kind === "set") out.add(s.name);
    if (mayContinue(s, own)) break;
  }
  return out;
}

function mayContinue(s: Stmt, id: string): boolean {
  let found = false;
  walkStmts([s], (x) => {
    found ||= x.kind === "continue" && x.target === id;
  });
  return found;
}
