/**
 * How a kernel that has not run yet gets its work: in growing pieces, so that the engine can optimise it after each with what that one has shown. The second piece shows
 * what the first did not; a branch that is first taken later does not throw the optimised code away for good.
 *
 * The root loop is cut by its bounds. Where a trip of it is long and the region was entered in the middle of one (osr.ts), that trip is cut as well, by
 * where the inner loop stops.
 */
import type { Binding, Outcome, Region } from "../jit/ir/nest.ts";
import { walkStmts } from "../jit/ir/visit.ts";
import type { Entry } from "./entry.ts";
import type { Traced } from "./region/build.ts";

/** Trips that show the engine what a kernel does. */
const SAMPLE_NESTED = 2;
const SAMPLE_FLAT = 200;
/** Each piece is so many times as long as the one before. */
const GROWTH = 8;
/** Fewer trips than so many samples are not cut. */
const WORTH_CUTTING = 4;

type Vars = Readonly<Record<string, number>>;

export interface Piece {
  /** The part of the whole that is done when it has run. */
  readonly done: number;
  /** With variables as the pieces before have left them. */
  binding(vars: Vars): Binding;
  /** Its outcome as one of the whole. */
  whole(outcome: Outcome): Outcome;
}

/** The pieces of a run, in order; undefined for loops that cannot be cut or are too short. */
export function pieces(t: Traced, entry: Entry): readonly Piece[] | undefined {
  if (!t.root || entry.trips === undefined) return undefined;
  const nested = t.region.body.some((s) => s.kind === "for" && hasLoops(s.body));
  return innerPieces(t, entry) ?? outerPieces(t, entry, sampleOf(nested));
}

function outerPieces(t: Traced, entry: Entry, first: number): Piece[] | undefined {
  const trips = entry.trips!;
  if (trips < first * WORTH_CUTTING) return undefined;
  const out: Piece[] = [];
  let from = 0;
  for (let size = first; from + size * (1 + GROWTH) <= trips && from <= first; from += size, size *= GROWTH)
    out.push(rootPiece(t, entry, from, from + size));
  out.push(rootPiece(t, entry, from, trips));
  return out;
}

/** The trips [from, to) of the root loop. */
function rootPiece(t: Traced, { binding, trips }: Entry, from: number, to: number): Piece {
  const root = t.root!;
  const range = root.plan.kind === "range" ? root.plan : undefined;
  return {
    done: to / trips!,
    binding(vars) {
      const params: Record<string, number> = { ...binding.params };
      root.starts.forEach((name, k) => {
        if (name !== undefined) params[name]! += from * root.steps[k]!;
      });
      params[root.end] = range ? binding.params[root.starts[0]!]! + to * range.step : to - from;
      return { ...binding, params, vars: { ...binding.vars, ...vars } };
    },
    whole(o) {
      const state = o.kind === "exit" && !range ? o.loops[t.rootLoop] : undefined;
      return o.kind === "exit" && state ? { ...o, loops: { ...o.loops, [t.rootLoop]: { ...state, iv: state.iv + from } } } : o;
    },
  };
}

/** The trip that is under way in parts, then the others. */
function innerPieces(t: Traced, entry: Entry): Piece[] | undefined {
  const m = t.midway;
  if (m?.loop.kind !== "for" || m.next === undefined || m.stop === undefined) return undefined;
  const { params } = entry.binding;
  const [next, stop] = [params[m.next]!, params[m.stop]!];
  const step = m.loop.step.kind === "const" ? m.loop.step.value : 0;
  const left = Math.ceil((stop - next) / step);
  const first = sampleOf(hasLoops(m.loop.body));
  if (entry.trips! < 2 || left < first * WORTH_CUTTING) return undefined;
  const out: Piece[] = [];
  let from = 0;
  for (let size = first; from + size * WORTH_CUTTING <= left && from <= first; from += size, size *= GROWTH)
    out.push(innerPiece(t, entry, next + from * step, next + (from + size) * step));
  out.push(innerPiece(t, entry, next + from * step, stop));
  if (entry.trips! > 2 * GROWTH) out.push(rootPiece(t, entry, 1, GROWTH), rootPiece(t, entry, GROWTH, entry.trips!));
  else out.push(rootPiece(t, entry, 1, entry.trips!));
  return out;
}

/** Items [from, to) of the inner loop in the trip that is under way. */
function innerPiece(t: Traced, entry: Entry, from: number, to: number): Piece {
  const { next, stop, loop } = t.midway!;
  const piece = rootPiece(t, entry, 0, 1);
  return {
    ...piece,
    done: 0,
    binding(vars) {
      const b = piece.binding(vars);
      return { ...b, params: { ...b.params, [next!]: from, [stop!]: to } };
    },
    whole(o) {
      // the iterator that an exit leaves behind goes on to the end
      const state = o.kind === "exit" ? o.loops[loop.id] : undefined;
      return o.kind === "exit" && state ? { ...o, loops: { ...o.loops, [loop.id]: { ...state, hi: entry.binding.params[stop!]! } } } : o;
    },
  };
}

const sampleOf = (nested: boolean): number => (nested ? SAMPLE_NESTED : SAMPLE_FLAT);

function hasLoops(body: Region["body"]): boolean {
  let found = false;
  walkStmts(body, (s) => {
    if (s.kind === "for" || s.kind === "while") found = true;
  });
  return found;
}
