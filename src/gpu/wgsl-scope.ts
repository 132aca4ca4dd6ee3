/**
 * What the text of one kernel is generated against: names, the parameter block, the buffers, ranges of integers.
 *
 * Values of this run (bounds, shapes, strides, invariant expressions, float constants) reach the kernel through slots of a uniform block, so that its text depends on
 * types and structure only. Float constants go there too: compilers turn division by a literal into multiplication and drop `x + 0.0`
 * (docs/webgpu.md). Ranges are those of classes of values (wgsl-ranges.ts): the facts that a kernel assumes.
 */
import type { ArrayDecl, Expr, ForStmt, Region, Stmt } from "../jit/ir/nest.ts";
import { isBool, isInt } from "../jit/ir/ops.ts";
import { text as irText } from "../jit/ir/print.ts";
import { someExpr, walkStmts } from "../jit/ir/visit.ts";
import type { Shape } from "./nest-shape.ts";
import type { LibraryName } from "./wgsl-library.ts";
import { classOf, hull, meet, RANGE_OF, type Range, range, within } from "./wgsl-ranges.ts";
import type { Traits } from "./wgsl-traits.ts";
import { HELD, type HeldType, heldRange, I32, isHeld, type WgslType, WRAP_BITS } from "./wgsl-types.ts";

/** Legality: the region cannot run on this device, and why. Caught in wgsl.ts. */
export class NotPlaced extends Error {}

/** Where a word of the parameter block comes from. `grid`: of a dimension of this launch (first trip, end, last trip of all, first value, step). */
export type SlotSource =
  | { readonly of: "zero" }
  | { readonly of: "grid"; readonly dim: number; readonly what: "base" | "end" | "last" | "lo" | "step" }
  | { readonly of: "offset"; readonly array: string }
  | { readonly of: "shape" | "stride"; readonly array: string; readonly axis: number }
  | { readonly of: "expr"; readonly expr: Expr };

export interface Slot {
  readonly source: SlotSource;
  readonly wgsl: WgslType;
  readonly name: string;
  /** Values that the kernel is right for. */
  readonly range?: Range;
}

/** The values of a binding that generation may look at, to choose classes. */
export interface Values {
  /** Undefined for an unbound variable. */
  expr(e: Expr): number | undefined;
  shape(array: string, axis: number): number;
}

export class Scope {
  readonly region: Region;
  readonly shape: Shape;
  readonly traits: Traits;
  readonly slots: Slot[] = [];
  readonly library: Set<LibraryName> = new Set();
  readonly arrays: ReadonlyMap<string, ArrayDecl>;
  private readonly values: Values;
  private readonly keys: Map<string, Slot> = new Map();
  private readonly idents: Map<string, string> = new Map();
  private readonly taken: Set<string> = new Set();
  private readonly ranges: Map<Expr, Range> = new Map();
  private readonly variables: Map<string, Range | "open"> = new Map();
  private readonly loops: Map<string, ForStmt> = new Map();
  private readonly sets: Map<string, Expr[]> = new Map();

  constructor(region: Region, shape: Shape, traits: Traits, values: Values) {
    this.region = region;
    this.shape = shape;
    this.traits = traits;
    this.values = values;
    this.arrays = new Map(region.arrays.map((a) => [a.name, a]));
    const note = (s: Stmt): void => {
      if (s.kind === "for") this.loops.set(s.iv, s);
      if (s.kind === "set") this.sets.set(s.name, [...(this.sets.get(s.name) ?? []), s.value]);
    };
    for (const g of shape.grid) note(g);
    walkStmts(shape.body, note);
  }

  // ---- names --------------------------------------------------------------------------------------------------------------------------

  /** A WGSL identifier for a name of the IR: letter for its kind, and the name as far as ASCII goes. */
  ident(kind: string, name: string): string {
    const key = `${kind} ${name}`;
    let found = this.idents.get(key);
    if (found === undefined) {
      found = this.fresh(`${kind}_${name.replace(/[^A-Za-z0-9]+/g, "_").replace(/_+$/, "")}`);
      this.idents.set(key, found);
    }
    return found;
  }

  fresh(stem: string): string {
    let name = stem;
    for (let k = 2; this.taken.has(name); k++) name = `${stem}_${k}`;
    this.taken.add(name);
    return name;
  }

  use(name: LibraryName): LibraryName {
    this.library.add(name);
    return name;
  }

  // ---- slots --------------------------------------------------------------------------------------------------------------------------

  private add(key: string, source: SlotSource, wgsl: WgslType, stem: string, bounds?: Range): Slot {
    let slot = this.keys.get(key);
    if (!slot) {
      slot = { source, wgsl, name: this.fresh(stem), ...(bounds && { range: bounds }) };
      this.keys.set(key, slot);
      this.slots.push(slot);
    }
    return slot;
  }

  /** A zero that compilers cannot see; barriers (probe.ts) call it by this name. */
  zero(): string {
    return this.add("zero", { of: "zero" }, "u32", "zero").name;
  }

  gridSlot(dim: number, what: "base" | "end" | "last" | "lo" | "step"): string {
    const bounds =
      what === "lo" ? this.range(this.shape.grid[dim]!.lo) : what === "step" ? this.range(this.shape.grid[dim]!.step) : undefined;
    return this.add(`${what} ${dim}`, { of: "grid", dim, what }, what === "lo" || what === "step" ? "i32" : "u32", `${what}${dim}`, bounds)
      .name;
  }

  offset(array: string): string {
    return this.add(`offset ${array}`, { of: "offset", array }, "i32", `o_${this.ident("a", array)}`).name;
  }

  stride(array: string, axis: number): string {
    return this.add(`stride ${array} ${axis}`, { of: "stride", array, axis }, "i32", `s${axis}_${this.ident("a", array)}`).name;
  }

  length(array: string, axis: number): string {
    return this.lengthSlot(array, axis).name;
  }

  private lengthSlot(array: string, axis: number): Slot {
    const key = `shape ${array} ${axis}`;
    return (
      this.keys.get(key) ??
      this.add(key, { of: "shape", array, axis }, "i32", `n${axis}_${this.ident("a", array)}`, classOf(this.values.shape(array, axis)))
    );
  }

  /** An expression that the host computes once. */
  invariant(e: Expr): string {
    return this.exprSlot(e).name;
  }

  private exprSlot(e: Expr): Slot {
    const key = `expr ${e.type} ${irText(e)}`;
    const known = this.keys.get(key);
    if (known) return known;
    const wgsl = HELD[e.type as HeldType].wgsl;
    const stem = e.kind === "param" || e.kind === "var" ? this.ident("p", e.name) : "p";
    return this.add(key, { of: "expr", expr: e }, wgsl, stem, isInt(e.type) && e.kind !== "const" ? this.classOfExpr(e) : undefined);
  }

  private classOfExpr(e: Expr): Range {
    const held = heldRange(e.type as HeldType);
    const x = this.values.expr(e);
    if (x === undefined) return held;
    if (x < held.lo || x > held.hi) throw new NotPlaced(`${irText(e)} is ${x}, which does not fit 32 bits`);
    return meet(classOf(x), held);
  }

  /** Whether nothing in `e` changes during the launch; loads are left to threads. */
  isInvariant(e: Expr): boolean {
    return !someExpr(e, (x) => x.kind === "iv" || x.kind === "load" || (x.kind === "var" && this.shape.privates.has(x.name)));
  }

  // ---- ranges -------------------------------------------------------------------------------------------------------------------------

  /** Bounds of an integer or bool expression's value, if it has one. */
  range(e: Expr): Range {
    let found = this.ranges.get(e);
    if (!found) {
      found = this.infer(e);
      this.ranges.set(e, found);
    }
    return found;
  }

  private infer(e: Expr): Range {
    if (isBool(e.type)) return range(0, 1);
    const limits = isHeld(e.type) ? heldRange(e.type) : range(-Infinity, Infinity);
    switch (e.kind) {
      case "const":
        return range(e.value, e.value);
      case "param":
        return isHeld(e.type) && isInt(e.type) ? (this.exprSlot(e).range ?? limits) : limits;
      case "var":
        return this.shape.privates.has(e.name)
          ? this.variable(e)
          : isHeld(e.type) && isInt(e.type)
            ? (this.exprSlot(e).range ?? limits)
            : limits;
      case "iv":
        return this.trips(e.name);
      case "dim":
        return this.lengthSlot(e.array, e.axis).range ?? limits;
      case "load":
        return limits;
      case "cast": {
        const from = isInt(e.arg.type) || isBool(e.arg.type) ? this.range(e.arg) : limits;
        return within(from, limits) ? from : limits;
      }
      case "op":
        return this.inferOp(e, limits);
    }
  }

  private inferOp(e: Expr & { kind: "op" }, limits: Range): Range {
    if (e.op === "select") return hull(this.range(e.args[1]!), this.range(e.args[2]!));
    const exact = this.exactRange(e);
    if (!exact) return limits;
    return e.op in WRAPS ? (within(exact, limits) ? exact : limits) : meet(exact, limits);
  }

  /** Where the result of an op on integers lies before it wraps or leaves. */
  exactRange(e: Expr & { kind: "op" }): Range | undefined {
    const [a, b] = e.args;
    const rule = RANGE_OF[e.op];
    const integral = (x: Expr | undefined): boolean => x === undefined || x.type === "wide" || isInt(x.type) || isBool(x.type);
    if (!rule || !integral(a) || !integral(b)) return undefined;
    return rule(this.range(a!), b ? this.range(b) : range(0, 0));
  }

  private variable(e: Expr & { kind: "var" }): Range {
    const limits = heldRange(e.type as HeldType);
    const known = this.variables.get(e.name);
    // A variable that depends on itself may grow to anything.
    if (known === "open") return limits;
    if (known) return known;
    this.variables.set(e.name, "open");
    let out = this.values.expr(e) === undefined ? undefined : this.exprSlot(e).range;
    for (const value of this.sets.get(e.name) ?? []) {
      const r = this.range(value);
      out = out ? hull(out, r) : r;
    }
    const result = out ? meet(out, limits) : limits;
    this.variables.set(e.name, result);
    return result;
  }

  private trips(iv: string): Range {
    const key = `iv ${iv}`;
    const known = this.variables.get(key);
    if (known === "open") return I32;
    if (known) return known;
    this.variables.set(key, "open");
    const s = this.loops.get(iv)!;
    const [lo, hi, step] = [this.range(s.lo), this.range(s.hi), this.range(s.step)];
    const up = range(lo.lo, Math.max(lo.lo, hi.hi - 1));
    const down = range(Math.min(lo.hi, hi.lo + 1), lo.hi);
    const result = meet(step.lo > 0 ? up : step.hi < 0 ? down : hull(up, down), I32);
    this.variables.set(key, result);
    return result;
  }
}

/** Ops whose results wrap into their type. */
export const WRAPS: Readonly<Record<string, true>> = {
  addw: true,
  subw: true,
  mulw: true,
  negw: true,
  absw: true,
  invert: true,
  shl: true,
};
/** Whether a type's results wrap on the device; others leave. */
export const wraps = (op: string, type: string): boolean => op in WRAPS && type in WRAP_BITS;
