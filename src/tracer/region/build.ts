/**
 * A loop of a running frame → a region of IR with its inputs: the evidence are the values at its header. Attempts are repeated until they learn nothing new about the
 * types of variables.
 */
import type { LoopInfo } from "../../interpreter/compile/code.ts";
import type { VM } from "../../interpreter/objects/runtime.ts";
import type { Value } from "../../interpreter/objects/values.ts";
import type * as ast from "../../interpreter/parse/ast.ts";
import type { Frame } from "../../interpreter/vm/frame.ts";
import { int, op, param } from "../../jit/ir/build.ts";
import type { Expr, Region } from "../../jit/ir/nest.ts";
import { walkStmts } from "../../jit/ir/visit.ts";
import { Abort } from "../abort.ts";
import type { Midway } from "../osr.ts";
import { type RootPlan, rootLeaves, rootPlan } from "../iterators.ts";
import { classify } from "../values.ts";
import { Context, type Facts, type Input, type PyVar, type ViewVar } from "./context.ts";
import { element } from "./expressions.ts";
import { forBody, type Iteration } from "./loops.ts";
import { type Operand, scalar } from "./operands.ts";
import { assignedKeys, whileBody } from "./statements.ts";

/** Inputs that come from the iterator at the header: parameter names by leaf, arrays of the leaves that have one. */
export interface RootInputs {
  readonly plan: RootPlan;
  readonly starts: readonly (string | undefined)[];
  readonly arrays: readonly (string | undefined)[];
  /** What a trip adds to each start. */
  readonly steps: readonly number[];
  /** The parameter that bounds the loop: the end of a range, else the number of trips. */
  readonly end: string;
}

export interface Traced {
  readonly region: Region;
  readonly inputs: readonly Input[];
  readonly root: RootInputs | undefined;
  readonly rootLoop: string;
  readonly vars: readonly PyVar[];
  readonly views: readonly ViewVar[];
  readonly written: ReadonlySet<string>;
  readonly loop: LoopInfo;
  /** Loops of the region by their number in the code. */
  readonly loopIds: ReadonlyMap<number, string>;
  /** Set where the region is entered in the middle of a trip (osr.ts). */
  readonly midway?: Midway;
}

const MAX_ATTEMPTS = 12;

export function buildRegion(vm: VM, frame: Frame, loop: LoopInfo, fpChecks: Region["fpChecks"]): Traced {
  const n = loop.ast;
  if (n === null) throw new Abort("construct", "a construct that no region holds", loop.lineno);
  const facts: Facts = { kinds: new Map(), exposed: new Set(), changed: true };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    facts.changed = false;
    const cx = new Context(frame, `${frame.code.name}:${loop.lineno}`, loop.lineno, facts, assignedKeys({ frame }, [n]), fpChecks);
    const traced = attemptOnce(vm, cx, loop, n);
    if (!facts.changed) return traced;
  }
  throw new Abort("mixed", "types that do not settle", loop.lineno);
}

function attemptOnce(vm: VM, cx: Context, loop: LoopInfo, n: ast.For | ast.While): Traced {
  let root: RootInputs | undefined;
  if (n.node === "For") root = rootFor(vm, cx, loop, n);
  else rootWhile(cx, loop, n);
  const region = finished(cx);
  const written = new Set<string>();
  walkStmts(region.body, (s) => {
    if (s.kind === "store") written.add(s.array);
  });
  const rootLoop = region.body.find((s) => s.kind === "for" || s.kind === "while");
  if (rootLoop === undefined || (rootLoop.kind !== "for" && rootLoop.kind !== "while"))
    throw new Abort("construct", "a loop that always leaves", loop.lineno);
  return {
    region,
    inputs: cx.inputs,
    root,
    rootLoop: rootLoop.id,
    vars: [...cx.vars.values()].filter((v) => v.location !== undefined),
    views: [...cx.views.values()].filter((v) => v.location !== undefined),
    written,
    loop,
    loopIds: cx.loopIds,
  };
}

/** Every exit may restore every variable of the frame. */
function finished(cx: Context): Region {
  const region = cx.b.finish();
  const live = region.vars.filter((v) => v.init !== "temp").map((v) => v.name);
  return { ...region, exits: region.exits.map((x) => ({ ...x, live })) };
}

// ---- roots ----------------------------------------------------------------------------------------------------------------------------

interface Slots {
  readonly steps: number[];
  readonly starts: (string | undefined)[];
  readonly arrays: (string | undefined)[];
}

function rootFor(vm: VM, cx: Context, loop: LoopInfo, n: ast.For): RootInputs {
  const iterator = cx.frame.stack[loop.iterDepth - 1] as Value;
  const plan = rootPlan(iterator);
  if (plan === undefined) throw new Abort("iterable", "a loop over an iterator of another kind", loop.lineno);
  cx.b.at(n.lineno, cx.newExit("loop", loop.header));
  const slots: Slots = { starts: [], arrays: [], steps: [] };
  const end = cx.b.param(plan.kind === "range" ? "range.end" : "trips", "int");
  const bounds = { hi: param(end), plan: { kind: "range" } } as const;
  let it: Iteration;
  if (plan.kind === "range") it = { ...bounds, lo: start(cx, slots, "range.next", plan.step), step: int(plan.step), item: scalar };
  else
    it = {
      ...bounds,
      lo: int(0),
      step: int(1),
      item: itemOf(
        cx,
        plan,
        slots,
        rootLeaves(vm, iterator).map((l) => l.sequence),
      ),
    };
  forBody(cx, n, it, undefined, undefined, true);
  return { plan, ...slots, end: end.name };
}

/** A parameter for where a leaf of the iterator stands; `array` goes with it. */
function start(cx: Context, slots: Slots, name: string, step: number, array?: string): Expr {
  const d = cx.b.param(name, "int");
  slots.starts.push(d.name);
  slots.arrays.push(array);
  slots.steps.push(step);
  return param(d);
}

/** What a trip gives the target, of an iterator that is no plain range: `iv` counts the trips. */
function itemOf(cx: Context, p: RootPlan, slots: Slots, sequences: readonly (Value | undefined)[]): (iv: Expr) => Operand {
  switch (p.kind) {
    case "range": {
      const from = start(cx, slots, "range.next", p.step);
      return (iv) => scalar(op.add(from, p.step === 1 ? iv : op.mul(iv, int(p.step))));
    }
    case "sequence": {
      const spec = classify(sequences[slots.starts.length]!);
      if (spec.is !== "array") throw new Abort("iterable", "a sequence that is no array of numbers", cx.line);
      const decl = cx.b.array("sequence", spec.elem, spec.ndim);
      const from = start(cx, slots, "position", 1, decl.name);
      return (iv) => element(cx, { is: "array", decl, spec, index: [op.add(from, iv)] });
    }
    case "enumerate": {
      const from = start(cx, slots, "count", 1);
      const inner = itemOf(cx, p.inner, slots, sequences);
      return (iv) => ({ is: "tuple", items: [scalar(op.add(from, iv)), inner(iv)] });
    }
    case "zip": {
      const inners = p.inners.map((x) => itemOf(cx, x, slots, sequences));
      return (iv) => ({ is: "tuple", items: inners.map((f) => f(iv)) });
    }
  }
}

function rootWhile(cx: Context, loop: LoopInfo, n: ast.While): void {
  cx.at(n, loop.header);
  whileBody(cx, n.test, n.body, () => undefined);
}
