/**
 * Going into a compiled region and coming back: the values of this run become a binding; afterwards variables, arrays and iterators are what the interpreter would have
 * left. `resume` is the only way back from an exit, whatever the device.
 */
import { PyFunction } from "../interpreter/objects/function.ts";
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Value } from "../interpreter/objects/values.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import type { Binding, Outcome } from "../jit/ir/nest.ts";
import { SCALAR_TYPES } from "../jit/ir/ops.ts";
import { Abort } from "./abort.ts";
import { advance, part, rebuild, rootLeaves, rootPlan, samePlan } from "./iterators.ts";
import { read, write } from "./locations.ts";
import { leftAtOnce, midwayParams } from "./osr.ts";
import { Packer } from "./pack.ts";
import type { Traced } from "./region/build.ts";
import { type PyVar, type Resume, sourceValue } from "./region/context.ts";
import { type ArraySpec, classify, fromNumber, sameSpec, scalarKind, toNumber } from "./values.ts";

export interface Entry {
  readonly binding: Binding;
  readonly packer: Packer;
  /** Python objects of the arrays, to make parts of them again. */
  readonly arrays: ReadonlyMap<string, Value>;
  /** Trips of the root loop that are left; undefined for a while loop. */
  readonly trips: number | undefined;
  /** The outer item whose trip is under way; its iterator is past it. */
  readonly midway: number | undefined;
  /** Elements of lists that were copied. */
  readonly copied: number;
}

/** This run's values for a region; undefined when its assumptions about them do not hold. */
export function enter(vm: VM, frame: Frame, t: Traced): Entry | undefined {
  const params: Record<string, number> = {};
  const wanted: { name: string; spec: ArraySpec; value: Value; written: boolean }[] = [];
  for (const input of t.inputs) {
    const v = sourceValue(frame, input.from);
    if (v === undefined) return undefined;
    if (input.is === "param") {
      if (scalarKind(v) !== input.kind) return undefined;
      params[input.name] = toNumber(v);
    } else if (input.is === "object") {
      if (v !== input.value || (v instanceof PyFunction && (v.code !== input.code || v.defaults !== input.defaults))) return undefined;
    } else {
      if (!sameSpec(classify(v), input.spec)) return undefined;
      wanted.push({ name: input.name, spec: input.spec, value: v, written: t.written.has(input.name) });
    }
  }
  const trips = t.root && rootState(vm, frame, t, params, wanted);
  if (t.root && trips === undefined) return undefined;
  const vars = liveIn(frame, t.vars);
  if (vars === undefined) return undefined;
  const packer = new Packer();
  try {
    const arrays = packer.bindAll(wanted);
    const middle = t.midway && midwayParams(frame, t, { params, vars, arrays });
    if (t.midway && middle === undefined) return undefined;
    Object.assign(params, middle);
    const copied = wanted.reduce((n, a) => (a.spec.container === "list" ? n + arrays[a.name]!.shape.reduce((x, y) => x * y, 1) : n), 0);
    return {
      binding: { params, vars, arrays },
      packer,
      arrays: new Map(wanted.map((a) => [a.name, a.value])),
      trips,
      midway: middle?.[t.midway!.at],
      copied,
    };
  } catch (e) {
    if (e instanceof Abort) return undefined;
    throw e;
  }
}

function rootState(
  vm: VM,
  frame: Frame,
  t: Traced,
  params: Record<string, number>,
  wanted: { name: string; spec: ArraySpec; value: Value; written: boolean }[],
): number | undefined {
  const root = t.root!;
  const it = frame.stack[t.loop.iterDepth - 1] as Value;
  const plan = rootPlan(it);
  if (plan === undefined || !samePlan(plan, root.plan)) return undefined;
  const leaves = rootLeaves(vm, it);
  leaves.forEach((l, k) => {
    params[root.starts[k]!] = l.start;
  });
  // a trip that is under way counts: its item is taken again
  if (t.midway && plan.kind === "range") params[root.starts[0]!]! -= plan.step;
  const trips = Math.min(...leaves.map((l) => l.left)) + (t.midway ? 1 : 0);
  params[root.end] = plan.kind === "range" ? params[root.starts[0]!]! + trips * plan.step : trips;
  for (let k = 0; k < leaves.length; k++) {
    const name = root.arrays[k];
    if (name === undefined) continue;
    const value = leaves[k]!.sequence!;
    const spec = classify(value);
    const decl = t.region.arrays.find((a) => a.name === name)!;
    if (spec.is !== "array" || spec.elem !== decl.elem || spec.ndim !== decl.ndim) return undefined;
    wanted.push({ name, spec, value, written: t.written.has(name) });
  }
  return trips;
}

function liveIn(frame: Frame, vars: readonly PyVar[]): Record<string, number> | undefined {
  const out: Record<string, number> = {};
  for (const v of vars) {
    if (v.decl.init !== "live-in") continue;
    const value = read(frame, v.location!);
    const kind = value === undefined ? undefined : scalarKind(value);
    if (kind === undefined || !v.kinds.has(kind)) return undefined;
    out[v.decl.name] = toNumber(value!);
    if (v.tag) out[v.tag.name] = SCALAR_TYPES.indexOf(kind);
  }
  return out;
}

/** Ends a run: everything that the region did becomes visible, and the pc to go on with. */
export function leave(vm: VM, frame: Frame, t: Traced, entry: Entry, outcome: Outcome): number {
  entry.packer.commit();
  restoreVariables(vm, frame, t, entry, outcome);
  const { loop } = t;
  const taken = entry.midway === undefined ? 0 : 1;
  frame.sp = loop.iterDepth;
  if (outcome.kind === "done") {
    if (t.root) advance(frame.stack[loop.iterDepth - 1] as Value, entry.trips! - taken);
    return loop.header;
  }
  const state = outcome.loops[t.rootLoop];
  if (entry.midway !== undefined && leftAtOnce(t, outcome.exit, state?.iv, entry.midway)) {
    frame.sp = t.midway!.inner.iterDepth;
    return t.midway!.inner.header;
  }
  const to = t.region.exits.find((x) => x.id === outcome.exit)!.payload as Resume;
  if (t.root && state) advance(frame.stack[loop.iterDepth - 1] as Value, tripsBegun(t, entry, state.iv) - (to.beforeRoot ? 1 : 0) - taken);
  return resume(vm, frame, entry, to, outcome);
}

function tripsBegun(t: Traced, entry: Entry, iv: number): number {
  const { plan, starts } = t.root!;
  return plan.kind === "range" ? (iv - entry.binding.params[starts[0]!]!) / plan.step + 1 : iv + 1;
}

function restoreVariables(vm: VM, frame: Frame, t: Traced, entry: Entry, outcome: Outcome): void {
  for (const v of t.vars) {
    const x = outcome.vars[v.decl.name];
    if (x === undefined || isUntouched(v, entry, outcome, x)) continue;
    const kind = v.tag ? SCALAR_TYPES[outcome.vars[v.tag.name]!]! : [...v.kinds][0]!;
    write(frame, v.location!, fromNumber(kind, x));
  }
  for (const view of t.views) {
    const index = view.index.map((d) => outcome.vars[d.name]);
    if (index.some((i) => i === undefined)) continue;
    write(frame, view.location!, part(vm, entry.arrays.get(view.operand.decl.name)!, index as number[]));
  }
}

/** A variable with its value of before keeps its object. */
function isUntouched(v: PyVar, entry: Entry, outcome: Outcome, x: number): boolean {
  const before = entry.binding.vars;
  return Object.is(before[v.decl.name], x) && (v.tag === undefined || before[v.tag.name] === outcome.vars[v.tag.name]);
}

/** Puts the iterators of the loops around the exit on the stack and goes on at its instruction. */
function resume(vm: VM, frame: Frame, entry: Entry, to: Resume, outcome: Outcome & { kind: "exit" }): number {
  for (const l of to.loops) {
    const at = (name: string, index: readonly string[]): Value =>
      part(
        vm,
        entry.arrays.get(name)!,
        index.map((n) => outcome.vars[n]!),
      );
    frame.stack[l.depth - 1] = rebuild(vm, l.plan, outcome.loops[l.id]!, at, l.before ? 0 : 1);
    frame.sp = l.depth;
  }
  return to.pc;
}
