/**
 * The name closest to a wrong one, by a weighted edit distance. Costs and limits are those of CPython, so that the same name is proposed.
 */
const MAX_CANDIDATES = 750;
const MAX_LENGTH = 40;
const MOVE_COST = 2;
const CASE_COST = 1;

function substitution(a: string, b: string): number {
  if (a === b) return 0;
  return a.toLowerCase() === b.toLowerCase() ? CASE_COST : MOVE_COST;
}

/** Edit distance, or something above `limit` when it exceeds that. */
export function editDistance(x: string, y: string, limit: number): number {
  if (x === y) return 0;
  let [a, b] = trimCommon(x, y);
  if (a.length === 0 || b.length === 0) return MOVE_COST * (a.length + b.length);
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return limit + 1;
  if (b.length < a.length) [a, b] = [b, a];
  if ((b.length - a.length) * MOVE_COST > limit) return limit + 1;
  const row = Array.from(a, (_, i) => (i + 1) * MOVE_COST);
  let result = 0;
  for (let j = 0; j < b.length; j++) {
    let diagonal = j * MOVE_COST;
    result = diagonal;
    let least = Infinity;
    for (let i = 0; i < a.length; i++) {
      const substitute = diagonal + substitution(b[j]!, a[i]!);
      diagonal = row[i]!;
      result = Math.min(Math.min(result, diagonal) + MOVE_COST, substitute);
      row[i] = result;
      least = Math.min(least, result);
    }
    if (least > limit) return limit + 1;
  }
  return result;
}

function trimCommon(a: string, b: string): [string, string] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** The candidate closest to the wrong name, if one is close enough. */
export function closest(candidates: readonly string[], wrong: string): string | undefined {
  if (candidates.length > MAX_CANDIDATES || wrong.length > MAX_LENGTH) return undefined;
  let best = wrong.length;
  let found: string | undefined;
  for (const name of candidates) {
    if (name === wrong) continue;
    // at most a third of the characters involved may need a change
    const limit = Math.min(Math.floor(((name.length + wrong.length + 3) * MOVE_COST) / 6), best - 1);
    const d = editDistance(wrong, name, limit);
    if (d > limit) continue;
    if (found === undefined || d < best) {
      found = name;
      best = d;
    }
  }
  return found;
}
