/**
 * Delta test for coupled subscripts (Goff, Kennedy, Tseng 1991, section 5): several equations share loops. Each SIV equation gives a constraint on its loop;
 * constraints of one loop are intersected; a distance, a fixed trip or a line with a unit coefficient is substituted into the other
 * equations, which may become SIV or ZIV in turn. Repeats until nothing changes, then tries GCD and Banerjee on what is left. Also the source of distance
 * vectors.
 */
import { plus, times } from "./affine.ts";
import { banerjeeExcludes } from "./banerjee.ts";
import { gcdExcludes } from "./gcd.ts";
import { type Found, INDEPENDENT, type Pairing, type Problem, type Row, support } from "./problem.ts";
import { type Constraint, constrain, frameOf, singleLoop } from "./siv.ts";

export interface DeltaResult {
  readonly empty: boolean;
  /** Per pairing, the distance sink - source where it is one number. */
  readonly distance: readonly (number | undefined)[];
}

export function deltaTest(p: Problem): Found {
  return delta(p).empty ? INDEPENDENT : undefined;
}

/** Variable j := Σ k·v + c. */
interface Substitution {
  readonly j: number;
  readonly by: Row;
}

export function delta(p: Problem): DeltaResult {
  const distance = new Array<number | undefined>(p.pairs.length).fill(undefined);
  const empty: DeltaResult = { empty: true, distance };
  const lines = new Map<Pairing, Constraint & { kind: "line" }>();
  let rest: readonly Row[] = p.equations;
  const queue: Row[] = [...p.equations];
  while (queue.length > 0) {
    const e = queue.pop()!;
    if (!rest.includes(e)) continue;
    if (gcdExcludes(e)) return empty;
    const found = solve(p, e, lines);
    if (found === undefined) continue;
    if (found === "empty") return empty;
    rest = rest.filter((r) => r !== e);
    for (const s of found) {
      rest = rest.map((r) => {
        if (r.k[s.j] === 0) return r;
        const changed = replaced(r, s);
        queue.push(changed);
        return changed;
      });
      record(p, s, distance);
    }
  }
  if (rest.some((e) => gcdExcludes(e) || banerjeeExcludes(p, e))) return empty;
  return contradicts(p, distance) ? empty : { empty: false, distance };
}

/** What an equation says: substitutions, that nothing satisfies it, or nothing usable. */
function solve(p: Problem, e: Row, lines: Map<Pairing, Constraint & { kind: "line" }>): Substitution[] | "empty" | undefined {
  const q = singleLoop(p, e);
  const on = support(e);
  if (q === undefined) {
    if (on.length === 1) return fixed(p, on[0]!, e.k[on[0]!]!, e.c);
    return undefined;
  }
  const c = constrain(e.k[q.source]!, e.k[q.sink]!, e.c, frameOf(p, q));
  return c.kind === "line" ? crossing(p, q, c, lines) : substitutions(p, q, c);
}

function fixed(p: Problem, j: number, k: number, c: number): Substitution[] | "empty" {
  const n = -c / k + 0;
  if (!Number.isInteger(n) || n < p.lo[j]! || n > p.hi[j]!) return "empty";
  return [{ j, by: constantRow(p, n) }];
}

function substitutions(p: Problem, q: Pairing, c: Exclude<Constraint, { kind: "line" }>): Substitution[] | "empty" {
  switch (c.kind) {
    case "empty":
      return "empty";
    case "distance":
      return [{ j: q.sink, by: unitRow(p, q.source, 1, c.d) }];
    case "source":
      return [{ j: q.source, by: constantRow(p, c.x) }];
    case "sink":
      return [{ j: q.sink, by: constantRow(p, c.y) }];
    case "point":
      return [
        { j: q.source, by: constantRow(p, c.x) },
        { j: q.sink, by: constantRow(p, c.y) },
      ];
  }
}

/** Two lines meet in a point; one line with a unit coefficient is solved for that variable. */
function crossing(
  p: Problem,
  q: Pairing,
  line: Constraint & { kind: "line" },
  lines: Map<Pairing, Constraint & { kind: "line" }>,
): Substitution[] | "empty" | undefined {
  const other = lines.get(q);
  if (other !== undefined) {
    const det = plus(times(line.a, other.b), -times(other.a, line.b));
    if (det !== 0) {
      const x = plus(times(line.b, other.c), -times(other.b, line.c)) / det;
      const y = plus(times(line.c, other.a), -times(other.c, line.a)) / det;
      if (!Number.isInteger(x) || !Number.isInteger(y)) return "empty";
      return substitutions(p, q, { kind: "point", x: x + 0, y: y + 0 });
    }
  }
  lines.set(q, line);
  if (Math.abs(line.b) === 1) return [{ j: q.sink, by: unitRow(p, q.source, -line.a / line.b, -line.c / line.b) }];
  if (Math.abs(line.a) === 1) return [{ j: q.source, by: unitRow(p, q.sink, -line.b / line.a, -line.c / line.a) }];
  return undefined;
}

function unitRow(p: Problem, j: number, k: number, c: number): Row {
  const row = new Array<number>(p.names.length).fill(0);
  row[j] = k + 0;
  return { k: row, c: c + 0 };
}
const constantRow = (p: Problem, c: number): Row => ({ k: new Array<number>(p.names.length).fill(0), c });

function replaced(r: Row, s: Substitution): Row {
  const f = r.k[s.j]!;
  return { c: plus(r.c, times(f, s.by.c)), k: r.k.map((k, j) => (j === s.j ? 0 : s.by.k[j] === 0 ? k : plus(k, times(f, s.by.k[j]!)))) };
}

function record(p: Problem, s: Substitution, distance: (number | undefined)[]): void {
  p.pairs.forEach((q, level) => {
    if (s.j === q.sink && s.by.k[q.source] === 1 && support(s.by).length === 1) distance[level] = s.by.c;
  });
}

function contradicts(p: Problem, distance: readonly (number | undefined)[]): boolean {
  return p.pairs.some((q, level) => {
    const d = distance[level];
    return d !== undefined && ((q.direction === "<" && d < 1) || (q.direction === ">" && d > -1));
  });
}
