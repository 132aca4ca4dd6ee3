/**
 * Strings by code points. A Python str is a JS string; its length and its indices count code points.
 *
 * A string without surrogates (nearly all) is indexed directly. Any other is split into its code points once; the last split is kept, because
 * programs walk one string. The test for surrogates is constant time for V8's one-byte strings; its answer for the last long string is kept too.
 * Weakness: two lone surrogates that Python keeps apart fuse when concatenated into a valid pair.
 */
import { clampSlice, type SliceRange } from "./slice.ts";

const SURROGATE = /[\ud800-\udfff]/;

let lastTested = "";
let lastAnswer = false;
let lastSplit = "";
let lastPoints: readonly string[] = [];

/** Whether some UTF-16 unit is a surrogate, so that units and code points may differ. */
export function hasAstral(s: string): boolean {
  if (s.length < 16) {
    for (let i = 0; i < s.length; i++) if ((s.charCodeAt(i) & 0xf800) === 0xd800) return true;
    return false;
  }
  if (s === lastTested) return lastAnswer;
  lastAnswer = SURROGATE.test(s);
  lastTested = s;
  return lastAnswer;
}

/** The code points as strings of one or two units. */
export function codePoints(s: string): readonly string[] {
  if (s !== lastSplit) {
    lastPoints = Array.from(s);
    lastSplit = s;
  }
  return lastPoints;
}

export function strLength(s: string): number {
  return hasAstral(s) ? codePoints(s).length : s.length;
}

/** The character at code point index i (0 ≤ i < strLength). */
export function strAt(s: string, i: number): string {
  return hasAstral(s) ? codePoints(s)[i]! : s.charAt(i);
}

/** The characters at the positions of a slice. */
export function strSlice(s: string, r: SliceRange): string {
  if (r.count === 0) return "";
  const astral = hasAstral(s);
  if (!astral && r.step === 1) return s.substring(r.start, r.start + r.count);
  const points = astral ? codePoints(s) : s;
  if (r.step === 1) return (points as readonly string[]).slice(r.start, r.start + r.count).join("");
  let out = "";
  for (let k = 0, i = r.start; k < r.count; k++, i += r.step) out += points[i]!;
  return out;
}

/** s[start:stop] for code point indices of any sign. */
export function substring(s: string, start: number, stop?: number): string {
  return strSlice(s, clampSlice(start, stop, 1, strLength(s)));
}

/** UTF-16 offset of the code point index. */
export function unitOffset(s: string, point: number): number {
  if (!hasAstral(s)) return point;
  let unit = 0;
  for (let k = 0; k < point; k++) unit += s.codePointAt(unit)! > 0xffff ? 2 : 1;
  return unit;
}

/** Code point index of a UTF-16 offset. */
export function pointIndex(s: string, unit: number): number {
  if (!hasAstral(s)) return unit;
  let point = 0;
  for (let k = 0; k < unit; point++) k += s.codePointAt(k)! > 0xffff ? 2 : 1;
  return point;
}

/** Order by code points: negative, zero or positive. */
export function compareStr(a: string, b: string): number {
  if (a === b) return 0;
  if (!hasAstral(a) || !hasAstral(b)) {
    if (!hasAstral(a) && !hasAstral(b)) return a < b ? -1 : 1;
  }
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; ) {
    const x = a.codePointAt(i)!;
    const y = b.codePointAt(i)!;
    if (x !== y) return x - y;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
