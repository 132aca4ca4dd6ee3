/**
 * The state of one attempt at lowering a loop nest: names → variables, inputs of the region, exits. Types of variables are found by attempts: each starts from what
 * the last one learned (`Facts`), and the first that learns nothing new is the region.
 *
 * A Python variable that the nest assigns becomes one IR variable of a type that carries all its kinds; with more than one kind, a second variable holds the
 * tag. A name that is never assigned is an input: a parameter, an array, or an object guarded by identity.
 */

import { DTYPES } from "../../interpreter/modules/numpy/dtype.ts";
import { type PyCell, PyFunction } from "../../interpreter/objects/function.ts";
import type { Value } from "../../interpreter/objects/values.ts";
import type { Located, Stmt as PyStmt } from "../../interpreter/parse/ast.ts";
import type { Frame } from "../../interpreter/vm/frame.ts";
import { cast, get, int, num, param, RegionBuilder } from "../../jit/ir/build.ts";
import type { ArrayDecl, ExitId, Expr, Region, VarDecl } from "../../jit/ir/nest.ts";
import { isFloat, isInt, SCALAR_TYPES, type ScalarType, TYPES } from "../../jit/ir/ops.ts";
import { Abort, type AbortReason } from "../abort.ts";
import { globalLocation, keyOf, type Location, read, resolve } from "../locations.ts";
import { type ArraySpec, classify, scalarKind, typeOfDType } from "../values.ts";
import { carrier } from "./kinds.ts";
import { type ArrayOperand, mixed, type Operand, type Scalar, scalar, tagExpr } from "./operands.ts";

/** Where a value of the run comes from. `cell`: the closure of a function that was inlined. */
export type Source = Location | { readonly at: "closure"; readonly cell: PyCell; readonly name: string };

export const sourceValue = (frame: Frame, s: Source): Value | undefined => (s.at === "closure" ? s.cell.value : read(frame, s));

export type Input =
  | { readonly is: "param"; readonly name: string; readonly kind: ScalarType; readonly from: Source }
  | { readonly is: "array"; readonly name: string; readonly spec: ArraySpec; readonly from: Source }
  | { readonly is: "object"; readonly value: Value; readonly from: Source; readonly code?: unknown; readonly defaults?: unknown };

/** A Python variable that the nest assigns. */
export interface PyVar {
  readonly key: string;
  readonly name: string;
  /** Where it is written back; undefined for locals of inlined functions. */
  readonly location: Location | undefined;
  readonly kinds: ReadonlySet<ScalarType>;
  readonly decl: VarDecl;
  readonly tag: VarDecl | undefined;
}

/** A variable that holds a part of an array, known by its subscripts. */
export interface ViewVar {
  readonly key: string;
  readonly name: string;
  readonly location: Location | undefined;
  readonly operand: ArrayOperand;
  readonly index: readonly VarDecl[];
}

/** What attempts learn. */
export interface Facts {
  readonly kinds: Map<string, Set<ScalarType>>;
  readonly exposed: Set<string>;
  changed: boolean;
}

/** How a loop that resuming has to rebuild steps through its iterable. */
export type IterPlan =
  | { readonly kind: "range" }
  | { readonly kind: "array"; readonly array: string; readonly index: readonly string[] }
  | { readonly kind: "enumerate"; readonly inner: IterPlan; readonly start: number }
  | { readonly kind: "zip"; readonly inners: readonly IterPlan[] };

export interface LoopRef {
  readonly id: string;
  /** Stack depth with the loop's iterator on top. */
  readonly depth: number;
  readonly plan: IterPlan;
  /** The current item is still to be taken: the exit lies between two trips. */
  readonly before?: true;
}

/** Payload of an exit: where the interpreter goes on, and the iterators of the loops around. */
export interface Resume {
  readonly pc: number;
  readonly loops: readonly LoopRef[];
  /** The root loop's current item is still to be taken. */
  readonly beforeRoot?: true;
}

/** Names of an inlined function: locals by key, or operands bound to parameters. */
export interface Inlined {
  readonly fn: PyFunction;
  readonly prefix: string;
  readonly operands: Map<string, Operand>;
  readonly assigned: ReadonlySet<string>;
  /** Where `return` goes; set while the body is lowered. */
  result: { readonly label: string; readonly key: string } | undefined;
}

const MAX_STATEMENTS = 2000;

export class Context {
  readonly b: RegionBuilder;
  readonly frame: Frame;
  readonly facts: Facts;
  readonly assigned: ReadonlySet<string>;
  readonly inputs: Input[] = [];
  readonly vars = new Map<string, PyVar>();
  readonly views = new Map<string, ViewVar>();
  /** Loops around the current statement, outermost first (only those with an iterator on the stack). */
  readonly loops: LoopRef[] = [];
  /** Loops of the region by their loops of the frame's code. */
  readonly loopIds = new Map<number, string>();
  /** Keys assigned on every path to here; undefined where control does not get. */
  sure: Set<string> | undefined = new Set();
  inlined: Inlined[] = [];
  inlineCount = 0;
  private readonly bySource = new Map<string, Operand>();
  private exitId: ExitId | undefined;
  private statements = 0;
  /** The statement that is being lowered. */
  line: number;

  constructor(frame: Frame, name: string, line: number, facts: Facts, assigned: ReadonlySet<string>, fpChecks: Region["fpChecks"]) {
    this.b = new RegionBuilder(name, frame.code.filename, line, fpChecks);
    this.fpChecks = fpChecks;
    this.frame = frame;
    this.facts = facts;
    this.assigned = assigned;
    this.line = line;
  }
  readonly fpChecks: Region["fpChecks"];

  abort(reason: AbortReason, detail: string, at?: Located): never {
    throw new Abort(reason, detail, at?.lineno ?? this.line);
  }

  // ---- exits ------------------------------------------------------------------------------------------------------------------------

  /** Sets line and exit for what follows: one exit a source statement of the frame. In inlined bodies the caller's stays. */
  at(s: PyStmt, pc = (s as { pc?: number }).pc): void {
    if (++this.statements > MAX_STATEMENTS) this.abort("size", `more than ${MAX_STATEMENTS} statements`);
    this.line = s.lineno;
    if (this.inlined.length === 0) {
      if (pc === undefined) this.abort("construct", "a statement without a place to resume at", s);
      this.exitId = this.newExit("guard", pc);
    }
    this.b.at(s.lineno, this.exitId);
  }

  newExit(reason: string, pc: number): ExitId {
    const resume: Resume = { pc, loops: [...this.loops] };
    return this.b.exit(reason, [], resume, this.line);
  }

  /** From here on, leaving means taking the current item of the innermost loop again (`loop`: undefined for the root). */
  atItem(header: number, loop: LoopRef | undefined): void {
    const resume: Resume = loop
      ? { pc: header, loops: [...this.loops, { ...loop, before: true }] }
      : { pc: header, loops: [], beforeRoot: true };
    this.exitId = this.b.exit("next item", [], resume, this.line);
    this.b.at(this.line, this.exitId);
  }

  get exit(): ExitId {
    return this.exitId!;
  }
  /** Goes back to a statement's exit after its body was lowered. */
  restoreExit(exit: ExitId, line: number): void {
    this.exitId = exit;
    this.line = line;
    this.b.at(line, exit);
  }

  guard(cond: Expr): void {
    this.b.guard(cond, this.exit);
  }

  // ---- names ------------------------------------------------------------------------------------------------------------------------

  /** What a name stands for: a variable of the region by key, or a place to read an input from. */
  lookup(name: string): { readonly key: string; readonly source: Source } | Operand {
    const f = this.inlined.at(-1);
    if (f === undefined) {
      const l = resolve(this.frame, name);
      if (l === undefined) this.abort("construct", `the name ${name} in a class body`);
      return { key: keyOf(l), source: l };
    }
    const bound = f.operands.get(name);
    if (bound) return bound;
    const { code } = f.fn;
    if (f.assigned.has(name)) return { key: `${f.prefix}${name}`, source: { at: "local", index: -1, name } };
    const free = code.freevars.indexOf(name);
    if (free >= 0) return this.closure(f.fn.closure[free]!, name);
    const l = globalLocation(f.fn.globals, f.fn.builtins, name)!;
    return { key: keyOf(l), source: l };
  }

  private closure(cell: PyCell, name: string): { key: string; source: Source } {
    const own = this.frame.cells.indexOf(cell);
    if (own >= 0) return { key: `c${own}`, source: { at: "cell", index: own, name } };
    let id = cellIds.get(cell);
    if (id === undefined) cellIds.set(cell, (id = nextCell++));
    return { key: `closure${id}`, source: { at: "closure", cell, name } };
  }

  isAssigned(key: string): boolean {
    return this.assigned.has(key) || key.startsWith("f:");
  }

  readName(name: string, at: Located): Operand {
    const found = this.lookup(name);
    if ("is" in found) return found;
    const { key, source } = found;
    if (!this.isAssigned(key)) return this.input(key, source, at);
    const view = this.views.get(key);
    if (view) {
      if (this.sure && !this.sure.has(key)) this.abort("unbound", `${name} may not be assigned`, at);
      return view.operand;
    }
    const v = this.variable(key, name, source.at === "closure" ? this.abort("construct", "a variable of an outer function", at) : source);
    if (this.sure && !this.sure.has(key)) this.expose(key, source, name, at);
    return this.value(v);
  }

  value(v: PyVar): Scalar {
    return v.tag ? mixed(get(v.decl), v.kinds, get(v.tag)) : scalar(get(v.decl));
  }

  /** The variable is read before the region has surely assigned it: its value at entry counts. */
  private expose(key: string, source: Source, name: string, at: Located): void {
    if (this.facts.exposed.has(key)) return;
    if (key.startsWith("f:")) this.abort("unbound", `${name} may not be assigned`, at);
    const kind = this.entryKind(source);
    if (kind === undefined) this.abort("unbound", `${name} has no number at entry`, at);
    this.facts.exposed.add(key);
    this.learn(key, [kind]);
    this.facts.changed = true;
  }

  private entryKind(source: Source): ScalarType | undefined {
    const v = sourceValue(this.frame, source);
    return v === undefined ? undefined : scalarKind(v);
  }

  learn(key: string, kinds: Iterable<ScalarType>): void {
    let set = this.facts.kinds.get(key);
    if (!set) this.facts.kinds.set(key, (set = new Set()));
    for (const k of kinds) {
      if (set.has(k)) continue;
      set.add(k);
      this.facts.changed = true;
    }
  }

  /** The IR variable of a Python variable, declared at its first mention in this attempt. */
  variable(key: string, name: string, location: Location | undefined): PyVar {
    const old = this.vars.get(key);
    if (old) return old;
    const kinds = this.facts.kinds.get(key);
    if (!kinds || kinds.size === 0) {
      // read before any assignment was seen: the entry value is all there is yet
      const kind =
        location && location.at !== "iterator" && location.at !== "builtin" && !key.startsWith("f:") ? this.entryKind(location) : undefined;
      if (kind === undefined) this.abort("unbound", `${name} has no number at entry`);
      this.learn(key, [kind]);
      return this.variable(key, name, location);
    }
    const type = carrier(kinds);
    if (type === undefined) this.abort("mixed", `${name} is ${[...kinds].join(" and ")}`);
    const local = key.startsWith("f:");
    const init = local ? "temp" : this.facts.exposed.has(key) ? "live-in" : "unset";
    const decl = this.b.variable(name, type, init);
    const tag = kinds.size > 1 ? this.b.variable(`${name}.tag`, "int", init) : undefined;
    const v: PyVar = { key, name, location: local ? undefined : location, kinds: new Set(kinds), decl, tag };
    this.vars.set(key, v);
    return v;
  }

  assign(key: string, name: string, location: Location | undefined, value: Scalar): void {
    this.learn(key, value.kinds);
    const v = this.variable(key, name, location);
    if ([...value.kinds].some((k) => !v.kinds.has(k))) {
      // the next attempt knows better
      this.facts.changed = true;
      this.sure?.add(key);
      return;
    }
    this.b.set(v.decl, this.convert(value, v.decl.type));
    if (v.tag) this.b.set(v.tag, tagExpr(value));
    this.sure?.add(key);
  }

  /** A scalar in the type that carries its kind and others: its value must survive. */
  convert(value: Scalar, type: ScalarType): Expr {
    const { e } = value;
    if (e.type === type) return e;
    if (e.kind === "const" && e.type !== "bool") {
      const held = type === "f32" ? Math.fround(e.value) : e.value;
      if (held !== e.value || (isInt(type) && (e.value < TYPES[type].lo || e.value > TYPES[type].hi || !Number.isInteger(e.value))))
        this.abort("mixed", `${e.value} is no ${type}`);
      return num(type, e.value);
    }
    if (type === "f32" && isFloat(e.type)) this.abort("mixed", "a float that float32 does not hold");
    return cast(type, e);
  }

  assignView(key: string, name: string, location: Location | undefined, a: ArrayOperand): void {
    const old = this.views.get(key);
    if (this.vars.has(key) || this.facts.kinds.get(key)?.size) this.abort("mixed", `${name} is an array and a number`);
    if (old && (old.operand.decl !== a.decl || old.index.length !== a.index.length))
      this.abort("mixed", `${name} is a part of different arrays`);
    const view = old ?? this.newView(key, name, location, a);
    a.index.forEach((e, k) => this.b.set(view.index[k]!, e));
    this.sure?.add(key);
  }

  private newView(key: string, name: string, location: Location | undefined, a: ArrayOperand): ViewVar {
    const index = a.index.map((_, k) => this.b.variable(`${name}.at${k}`, "int", key.startsWith("f:") ? "temp" : "unset"));
    const view: ViewVar = {
      key,
      name,
      location: key.startsWith("f:") ? undefined : location,
      operand: { ...a, index: index.map(get) },
      index,
    };
    this.views.set(key, view);
    return view;
  }

  /** A temporary that holds an expression. */
  temp(e: Expr, name = "t"): Expr {
    if (e.kind === "const" || e.kind === "param" || e.kind === "iv" || e.kind === "dim") return e;
    if (e.type === "wide") this.abort("construct", "an unbounded intermediate result");
    const v = this.b.variable(name, e.type, "temp");
    this.b.set(v, e);
    return get(v);
  }

  // ---- inputs -----------------------------------------------------------------------------------------------------------------------

  input(key: string, from: Source, at: Located): Operand {
    const old = this.bySource.get(key);
    if (old) return old;
    const v = sourceValue(this.frame, from);
    if (v === undefined) this.abort("unbound", `${from.name} is not bound`, at);
    const made = this.newInput(from, v);
    this.bySource.set(key, made);
    return made;
  }

  newInput(from: Source, v: Value): Operand {
    const spec = classify(v);
    switch (spec.is) {
      case "scalar": {
        const d = this.b.param(from.name, spec.kind);
        this.inputs.push({ is: "param", name: d.name, kind: spec.kind, from });
        return scalar(param(d));
      }
      case "array":
        return this.newArray(from, spec);
      case "object": {
        const fn = v instanceof PyFunction ? { code: v.code, defaults: v.defaults } : {};
        this.inputs.push({ is: "object", value: v, from, ...fn });
        return { is: "object", value: v };
      }
    }
  }

  newArray(from: Source, spec: ArraySpec): ArrayOperand {
    const decl: ArrayDecl = this.b.array(from.name, spec.elem, spec.ndim);
    this.inputs.push({ is: "array", name: decl.name, spec, from });
    return { is: "array", decl, spec, index: [] };
  }
}

const cellIds = new WeakMap<PyCell, number>();
let nextCell = 0;

export const kindOfTag = (tag: number): ScalarType => SCALAR_TYPES[tag]!;
export const numpyType = (scalarType: unknown): ScalarType | undefined => {
  for (const d of Object.values(DTYPES)) if (d.scalar === scalarType) return typeOfDType(d);
  return undefined;
};
export const constInt = (n: number): Expr => int(n);
