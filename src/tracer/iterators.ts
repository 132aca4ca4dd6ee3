/**
 * Iterators on the operand stack: what the loop at whose header a region starts steps through, moving it on when the region ends, and making the iterators of
 * inner loops when an exit resumes inside them.
 */
import { PyArrayIterator } from "../interpreter/modules/array.ts";
import { PyArrayIterator as PyNdArrayIterator } from "../interpreter/modules/numpy/array-objects.ts";
import { PyEnumerate } from "../interpreter/objects/enumerate.ts";
import { PyListIterator, PySequenceIterator } from "../interpreter/objects/iterators.ts";
import { getItem, getIter, length, typeOf } from "../interpreter/objects/operations.ts";
import { PyRangeIterator } from "../interpreter/objects/range.ts";
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Value } from "../interpreter/objects/values.ts";
import { PyZip } from "../interpreter/objects/zip-map-filter.ts";
import type { LoopState } from "../jit/ir/nest.ts";
import type { IterPlan } from "./region/context.ts";

/** The shape of an iterator: part of a region's signature. */
export type RootPlan =
  | { readonly kind: "range"; readonly step: number }
  | { readonly kind: "sequence" }
  | { readonly kind: "enumerate"; readonly inner: RootPlan }
  | { readonly kind: "zip"; readonly inners: readonly RootPlan[] };

/** A leaf or an enumerate, in order of evaluation, with what it is at. */
export interface RootLeaf {
  readonly start: number;
  /** Items that are left; Infinity for an enumerate. */
  readonly left: number;
  readonly sequence: Value | undefined;
}

export function rootPlan(it: Value): RootPlan | undefined {
  if (it instanceof PyRangeIterator) return { kind: "range", step: it.step };
  if (sequenceOf(it) !== undefined) return { kind: "sequence" };
  if (it instanceof PyEnumerate && typeof it.index === "number") {
    const inner = rootPlan(it.iterator);
    return inner && { kind: "enumerate", inner };
  }
  if (it instanceof PyZip && !it.strict) {
    const inners = it.iterators.map(rootPlan);
    return inners.every((p) => p !== undefined) ? { kind: "zip", inners } : undefined;
  }
  return undefined;
}

export const samePlan = (a: RootPlan, b: RootPlan): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The sequence behind an iterator by position. */
function sequenceOf(it: Value): Value | undefined {
  if (it instanceof PyListIterator) return it.list;
  if (it instanceof PySequenceIterator) return it.sequence;
  if (it instanceof PyNdArrayIterator) return it.array;
  return it instanceof PyArrayIterator ? it.source : undefined;
}

export function rootLeaves(vm: VM, it: Value): RootLeaf[] {
  if (it instanceof PyRangeIterator) return [{ start: it.next, left: it.remaining, sequence: undefined }];
  const sequence = sequenceOf(it);
  if (sequence !== undefined) {
    const start = (it as PyListIterator).index;
    return [{ start, left: Math.max(0, length(vm, sequence) - start), sequence }];
  }
  if (it instanceof PyEnumerate)
    return [{ start: it.index as number, left: Number.POSITIVE_INFINITY, sequence: undefined }, ...rootLeaves(vm, it.iterator)];
  return (it as PyZip).iterators.flatMap((x) => rootLeaves(vm, x));
}

/** Moves an iterator on by `n` items that exist. */
export function advance(it: Value, n: number): void {
  if (it instanceof PyRangeIterator) {
    it.next += n * it.step;
    it.remaining -= n;
  } else if (
    it instanceof PyListIterator ||
    it instanceof PySequenceIterator ||
    it instanceof PyArrayIterator ||
    it instanceof PyNdArrayIterator
  )
    it.index += n;
  else if (it instanceof PyEnumerate) {
    it.index = (it.index as number) + n;
    advance(it.iterator, n);
  } else for (const x of (it as PyZip).iterators) advance(x, n);
}

type Part = (name: string, index: readonly string[]) => Value;

/** The iterator of an inner loop in a trip; `taken`: whether the trip's item was taken (1) or is still to be (0). */
export function rebuild(vm: VM, plan: IterPlan, state: LoopState, arrayPart: Part, taken: 0 | 1): Value {
  if (plan.kind === "range") {
    const { iv, hi, step } = state;
    const next = iv + taken * step;
    const span = step > 0 ? hi - next : next - hi;
    return new PyRangeIterator(next, step, span > 0 ? Math.floor((span - 1) / Math.abs(step)) + 1 : 0);
  }
  const it = fresh(vm, plan, state, arrayPart);
  advance(it, state.iv + taken);
  return it;
}

function fresh(vm: VM, plan: IterPlan, state: LoopState, arrayPart: Part): Value {
  switch (plan.kind) {
    case "range":
      return new PyRangeIterator(0, 1, Math.max(0, state.hi));
    case "array":
      return getIter(vm, arrayPart(plan.array, plan.index));
    case "enumerate":
      return new PyEnumerate(fresh(vm, plan.inner, state, arrayPart), plan.start);
    case "zip": {
      const zip = new PyZip(vm, [], false);
      zip.iterators = plan.inners.map((p) => fresh(vm, p, state, arrayPart));
      zip.nexts = zip.iterators.map((x) => typeOf(x).slot.iternext!);
      return zip;
    }
  }
}

/** A part of an array: one subscript after the other. */
export function part(vm: VM, v: Value, index: readonly number[]): Value {
  let out = v;
  for (const i of index) out = getItem(vm, out, i);
  return out;
}
