/**
 * The transforms in order, and what comes of them: a region whose outermost loops are, as far as can be had, parallel, for devices that run it as one transaction.
 *
 * Each pass is pure and proves by the dependences of this binding what it does; a pass that finds nothing to do says why. That a loop is parallel in the end is not
 * concluded from what was done to it but judged anew.
 */
import { judge, type LoopVerdict } from "../dependence/verdict.ts";
import type { Binding, Region } from "../ir/nest.ts";
import { mapStmts } from "../ir/visit.ts";
import { distribute } from "./distribute.ts";
import { hoist } from "./hoist.ts";
import { counting, induction } from "./induction.ts";
import { interchange } from "./interchange.ts";
import { reduce } from "./reduce.ts";
import { rename } from "./rename.ts";
import { isReason, type Reason, type Staged, stageOf, type TransformOptions, topLoops } from "./stage.ts";
import { structure } from "./structure.ts";

export interface Pass {
  readonly name: string;
  readonly run: (s: Staged, options: TransformOptions) => Staged | Reason;
}

export const PASSES = [
  { name: "counting", run: counting },
  { name: "structure", run: structure },
  { name: "hoist", run: hoist },
  { name: "induction", run: induction },
  { name: "rename", run: rename },
  { name: "interchange", run: interchange },
  { name: "distribute", run: distribute },
  // what distribution left as perfect nests
  { name: "interchange", run: interchange },
  { name: "rename", run: rename },
  { name: "reduce", run: reduce },
] as const satisfies readonly Pass[];

/** Passes whose refusals explain why a nest stays as it is. */
const WORTH_SAYING: ReadonlySet<string> = new Set(["interchange", "distribute", "reduce"]);

/** Hooks for dumps and for tests, which verify between passes. */
export type Watch = (pass: string, s: Staged | Reason) => void;

/** A stage with its parallel loops marked. */
export interface Transformed extends Staged {
  readonly verdicts: readonly LoopVerdict[];
}

/** The region with as many parallel outermost loops as the passes can make; a reason where that is none. */
export function transform(region: Region, binding: Binding, options: TransformOptions = {}, watch?: Watch): Transformed | Reason {
  let stage = stageOf(region, binding);
  const why = new Set<string>();
  for (const pass of PASSES) {
    if (isFinished(stage)) break;
    const next = pass.run(stage, options);
    watch?.(pass.name, next);
    if (!isReason(next)) stage = next;
    else if (WORTH_SAYING.has(pass.name)) why.add(next.reason);
  }
  const marked = mark(stage);
  return topLoops(marked.region).some((l) => l.parallel) ? marked : { reason: [...why].join("; ") || "no loop is parallel" };
}

/** Nothing is left to do once all outermost loops are parallel. */
function isFinished(s: Staged): boolean {
  const loops = s.region.body.filter((x) => x.kind === "for" || x.kind === "while");
  const free = new Map(judge(s.region, s.binding, { transaction: true }).map((v) => [v.id, isFree(s.region, v)]));
  return loops.length > 0 && loops.every((l) => free.get(l.id));
}

/** Only the invariant motion, which widens grids; for regions whose root is parallel as it is. */
export function widened(region: Region, binding: Binding): Staged {
  const stage = stageOf(region, binding);
  const moved = hoist(stage);
  return isReason(moved) ? stage : moved;
}

function mark(s: Staged): Transformed {
  const verdicts = judge(s.region, s.binding, { transaction: true });
  return { ...s, region: marked(s.region, verdicts), verdicts };
}

/** Whether the trips of a loop may run at the same time with nothing but private copies of scalars. */
export function isFree(region: Region, v: LoopVerdict): boolean {
  const scalars = new Set(region.vars.map((x) => x.name));
  return v.class === "parallel" && (v.requires ?? []).every((r) => r.startsWith("privatise ") && scalars.has(r.slice("privatise ".length)));
}

/** The region with what the verdicts allow written on its loops. */
export function marked(region: Region, verdicts: readonly LoopVerdict[]): Region {
  const free = new Set(verdicts.filter((v) => isFree(region, v)).map((v) => v.id));
  return { ...region, body: mapStmts(region.body, (s) => (s.kind === "for" && free.has(s.id) ? { ...s, parallel: true } : s)) };
}
