/**
 * Heat of loops, and what it says of the work that is left: back-edges are counted by the interpreter (`Code.heat`, one number a loop); from them and from where the
 * iterators on the stack stand follows how much a loop, or a trip of the loop around it, still has to do. Work is measured in units of bytecode.
 */
import type { Code, LoopInfo } from "../interpreter/compile/code.ts";
import type { VM } from "../interpreter/objects/runtime.ts";
import type { Value } from "../interpreter/objects/values.ts";
import type { Frame } from "../interpreter/vm/frame.ts";
import { rootLeaves, rootPlan } from "./iterators.ts";

export class Heat {
  private readonly vm: VM;
  /** What reheating took away from the counters. */
  private readonly offsets = new WeakMap<Code, Float64Array>();

  constructor(vm: VM) {
    this.vm = vm;
  }

  /** Sets a loop's heat without losing count of its back-edges. */
  set(code: Code, id: number, heat: number): void {
    let offset = this.offsets.get(code);
    if (!offset) this.offsets.set(code, (offset = new Float64Array(code.loops.length)));
    offset[id]! += code.heat![id]! - heat;
    code.heat![id] = heat;
  }

  backEdges(code: Code, id: number): number {
    const n = code.heat![id]! + (this.offsets.get(code)?.[id] ?? 0);
    return Number.isFinite(n) ? Math.max(0, n) : 0;
  }

  /** Trips that a running loop still has: those of a while loop are taken to be as many as it has had. */
  tripsLeft(frame: Frame, code: Code, loop: LoopInfo): number {
    if (loop.kind === "while") return this.backEdges(code, loop.id);
    const it = frame.stack[loop.iterDepth - 1] as Value;
    return rootPlan(it) === undefined ? 0 : Math.min(...rootLeaves(this.vm, it).map((l) => l.left));
  }

  /** Work of one trip, with as many inner trips as there were so far. */
  ofTrip(code: Code, loop: LoopInfo): number {
    let inner = 0;
    for (const l of code.loops) if (isInside(code, l, loop)) inner += this.backEdges(code, l.id) * (l.latch - l.header);
    return loop.latch - loop.header + inner / (1 + this.backEdges(code, loop.id));
  }

  /** Work that a running loop has left. */
  left(frame: Frame, code: Code, loop: LoopInfo): number {
    return this.tripsLeft(frame, code, loop) * this.ofTrip(code, loop);
  }

  /** Work of all runs so far. */
  done(code: Code, loop: LoopInfo): number {
    return this.backEdges(code, loop.id) * this.ofTrip(code, loop);
  }

  /** Work of one whole run of `loop`, which is running: what it has left, and its part in what there was so far. */
  ofRun(frame: Frame, code: Code, loop: LoopInfo): number {
    const runs = loop.parent < 0 ? 1 : 1 + this.backEdges(code, loop.parent);
    return (this.tripsLeft(frame, code, loop) + this.backEdges(code, loop.id) / runs) * this.ofTrip(code, loop);
  }

  /** How often the loops around will come back to this one; Infinity where that is not known. */
  returns(frame: Frame, code: Code, loop: LoopInfo): number {
    let times = 1;
    for (let p = loop.parent; p >= 0; p = code.loops[p]!.parent) {
      const outer = code.loops[p]!;
      const it = outer.kind === "for" ? (frame.stack[outer.iterDepth - 1] as Value) : undefined;
      if (it === undefined || rootPlan(it) === undefined) return Number.POSITIVE_INFINITY;
      times *= 1 + Math.min(...rootLeaves(this.vm, it).map((l) => l.left));
    }
    return times;
  }
}

export function isInside(code: Code, l: LoopInfo, outer: LoopInfo): boolean {
  for (let p = l.parent; p >= 0; p = code.loops[p]!.parent) if (p === outer.id) return true;
  return false;
}
