/**
 * Interchange: of perfectly nested loops with fixed bounds, those that are parallel move outwards and those that carry something inwards, where every direction vector stays
 * positive. The body runs the same statements in the same order for each trip, so what one element is computed from, and in which order, does not change.
 * Source: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", 5.2.
 */
import { type DirectionVector, Dependences } from "../dependence/graph.ts";
import { isConstant } from "../dependence/affine.ts";
import type { LoopInfo } from "../dependence/references.ts";
import type { ForStmt, SetStmt, Stmt } from "../ir/nest.ts";
import { assigned, walkStmts } from "../ir/visit.ts";
import { skeleton } from "../static/skeleton.ts";
import { type Fixed, isFixed, ivsOf, jumpsTo, type Reason, rebuilt, replacing, type Staged, topLoops } from "./stage.ts";

/** Loops that are looked at together; the directions to test grow threefold with each. */
const DEEPEST = 4;

interface Band {
  readonly loops: readonly ForStmt[];
  /** Assignments between the loops, which move into the innermost one. */
  readonly sunk: readonly SetStmt[];
  readonly body: readonly Stmt[];
}

export function interchange(s: Staged): Staged | Reason {
  let out: Staged | undefined;
  let why = "no nest of loops";
  for (const loop of topLoops(s.region)) {
    const found = exchanged(out ?? s, loop);
    if ("reason" in found) why = found.reason;
    else out = found;
  }
  return out ?? { reason: why };
}

function exchanged(s: Staged, root: ForStmt): Staged | Reason {
  const deepest = perfect(root).loops.length;
  if (deepest < 2) return { reason: `line ${root.line}: no loop is all of it` };
  const graph = new Dependences(s.region, s.binding);
  for (let depth = deepest; depth >= 2; depth--) {
    const band = perfect(root, depth);
    const infos = band.loops.map((l) => graph.loop(l));
    const wrong = infos.some((i) => i === undefined) ? "a loop that is not reached" : obstacle(s, graph, band, infos as LoopInfo[]);
    if (wrong !== undefined) {
      if (depth === 2) return { reason: `line ${root.line}: ${wrong}` };
      continue;
    }
    const vectors = graph.vectors(infos as LoopInfo[]);
    const order = best(vectors, depth);
    if (order === undefined) continue;
    const loops = order.map((k) => band.loops[k]!);
    let body: readonly Stmt[] = [...band.sunk, ...band.body];
    for (let k = loops.length - 1; k >= 0; k--) body = [{ ...loops[k]!, body }];
    const names = loops.map((l) => l.line).join(", ");
    return rebuilt(s, replacing(s.region, root, body), `interchange: loops at lines ${names} from the outside`);
  }
  return { reason: `line ${root.line}: no order of the loops puts a parallel one outside` };
}

/** The loop with those that are all of its body but for assignments. */
function perfect(root: ForStmt, most = DEEPEST): Band {
  const loops = [root];
  const sunk: SetStmt[] = [];
  let body = root.body;
  while (loops.length < most) {
    const next = body.at(-1);
    const before = body.slice(0, -1).filter((x): x is SetStmt => x.kind === "set");
    if (next?.kind !== "for" || before.length !== body.length - 1) break;
    loops.push(next);
    sunk.push(...before);
    body = next.body;
  }
  return { loops, sunk, body };
}

/** Why the band may not be reordered at all, whatever the directions. */
function obstacle(s: Staged, graph: Dependences, band: Band, infos: readonly LoopInfo[]): string | undefined {
  const [root] = band.loops as [ForStmt, ...ForStmt[]];
  const inner = infos.at(-1)!;
  const fixed: Fixed = { assigned: assigned(root.body), changed: graph.changed(root.body) };
  const ivs = new Set([root.iv, ...ivsOf(root.body)]);
  for (const l of band.loops) if (![l.lo, l.hi, l.step].every((e) => isFixed(e, fixed, ivs))) return "bounds that change in the nest";
  if (!infos.every((i) => i.axis.exact && !i.axis.leaves && i.axis.trips && isConstant(i.axis.trips) && i.axis.trips.c >= 1))
    return "a loop whose trips are not known, or none";
  if (jumpsTo(root.body, new Set(band.loops.map((l) => l.id)))) return "a jump to one of the loops";
  return sinking(band, fixed) ?? scalars(s, band, inner);
}

/** Assignments between the loops have the same value wherever they stand in the trip. */
function sinking(band: Band, fixed: Fixed): string | undefined {
  const count = new Map<string, number>();
  walkStmts(band.loops[0]!.body, (x) => {
    if (x.kind === "set") count.set(x.name, (count.get(x.name) ?? 0) + 1);
  });
  const before = new Set(fixed.assigned);
  for (const x of band.sunk) {
    if (count.get(x.name) !== 1 || !isFixed(x.value, { assigned: before, changed: fixed.changed }, new Set()))
      return `${x.name} is assigned between the loops`;
    before.delete(x.name);
  }
  return undefined;
}

/** Variables must be the trip's own, and the last trip must leave what the nest leaves. */
function scalars(s: Staged, band: Band, inner: LoopInfo): string | undefined {
  const live = skeleton(s.region).of.get(band.loops[0]!)!.liveOut;
  for (const v of inner.assigned) {
    if (inner.exposed.has(v)) return `a trip needs ${v} from the one before`;
    if (live.has(v) && !inner.sure.has(v)) return `the last trip that assigns ${v} would have to be found`;
  }
  return undefined;
}

// ---- orders -----------------------------------------------------------------------------------------------------------------------------

/** The legal order with the most parallel loops outside, the nearest to the present one; undefined when none is better. */
function best(vectors: readonly DirectionVector[], depth: number): readonly number[] | undefined {
  const present = Array.from({ length: depth }, (_, k) => k);
  let found: readonly number[] | undefined;
  let most = parallelOutside(vectors, present);
  for (const order of permutations(present)) {
    if (!vectors.every((v) => isPositive(v, order))) continue;
    const score = parallelOutside(vectors, order);
    if (score > most) [found, most] = [order, score];
  }
  return found;
}

function isPositive(v: DirectionVector, order: readonly number[]): boolean {
  const first = order.map((k) => v[k]).find((d) => d !== "=");
  return first === undefined || first === "<";
}

function parallelOutside(vectors: readonly DirectionVector[], order: readonly number[]): number {
  let n = 0;
  while (n < order.length && !vectors.some((v) => order.findIndex((k) => v[k] !== "=") === n)) n++;
  return n;
}

/** In lexicographic order. */
function permutations(of: readonly number[]): (readonly number[])[] {
  if (of.length <= 1) return [of];
  return of.flatMap((x, k) => permutations([...of.slice(0, k), ...of.slice(k + 1)]).map((rest) => [x, ...rest]));
}
