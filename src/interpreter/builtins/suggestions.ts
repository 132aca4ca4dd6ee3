/**
 * "Did you mean: …?" (PEP 3134's siblings in 3.10 and later): names that are close to a wrong one, by a weighted edit distance. Costs and limits
 * are those of CPython, so that the same name is proposed.
 */
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { lookupAttr, plainStr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PySetBase } from "../objects/set.ts";
import { compareText } from "../objects/sort-primitive.ts";
import type { Value } from "../objects/values.ts";
import type { PyTraceback } from "../vm/traceback.ts";
import { field } from "./exception-types.ts";
import { isInstanceOf, type PyBaseException } from "./exceptions.ts";

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

function names(vm: VM, iterable: Value): string[] {
  return collect(vm, iterable).flatMap((v) => plainStr(v) ?? []);
}

function lastFrameLocals(vm: VM, tb: PyTraceback | null): PyDict | undefined {
  if (tb === null) return undefined;
  let last = tb;
  while (last.next !== null) last = last.next;
  const locals = vm.localsOf(last.frame);
  return locals instanceof PyDict ? locals : undefined;
}

function forAttribute(vm: VM, e: PyBaseException, wrong: string): string | undefined {
  const obj = field(e, "obj");
  let candidates = names(vm, vm.call(vm.builtins.getStr("dir")!, [obj])).sort(compareText);
  const ownMethod = lastFrameLocals(vm, e.traceback)?.getStr("self") === obj;
  if (!wrong.startsWith("_") && !ownMethod) candidates = candidates.filter((n) => !n.startsWith("_"));
  return closest(candidates, wrong);
}

function forImport(vm: VM, e: PyBaseException, wrong: string): string | undefined {
  const module = vm.importModule(plainStr(field(e, "name")) ?? "");
  let candidates = names(vm, vm.call(vm.builtins.getStr("dir")!, [module])).sort(compareText);
  if (!wrong.startsWith("_")) candidates = candidates.filter((n) => !n.startsWith("_"));
  return closest(candidates, wrong);
}

function forName(vm: VM, e: PyBaseException, wrong: string): string | undefined {
  let last = e.traceback;
  if (last === null) return undefined;
  while (last.next !== null) last = last.next;
  const { frame } = last;
  const locals = lastFrameLocals(vm, e.traceback);
  const self = locals?.getStr("self");
  if (self !== undefined && lookupAttr(vm, self, wrong) !== undefined) return `self.${wrong}`;
  const spaces = [locals, frame.globals, frame.builtins].filter((d) => d !== undefined);
  return closest(spaces.flatMap((d) => d.keys().flatMap((k) => plainStr(k) ?? [])), wrong);
}

/** What is appended to the text of an uncaught NameError, AttributeError or ImportError. */
export function suggestionFor(vm: VM, e: PyBaseException): string {
  try {
    if (isInstanceOf(e, "ImportError")) {
      const wrong = plainStr(field(e, "name_from"));
      return didYouMean(wrong === undefined ? undefined : forImport(vm, e, wrong));
    }
    if (!isInstanceOf(e, "NameError") && !isInstanceOf(e, "AttributeError")) return "";
    const wrong = plainStr(field(e, "name"));
    if (wrong === undefined) return "";
    const isName = isInstanceOf(e, "NameError");
    const found = quietly(() => (isName ? forName(vm, e, wrong) : forAttribute(vm, e, wrong)));
    const hint = didYouMean(found);
    if (!isName || !isStandardModule(vm, wrong)) return hint;
    return hint ? `${hint} Or did you forget to import '${wrong}'?` : `. Did you forget to import '${wrong}'?`;
  } catch {
    return "";
  }
}

function quietly(f: () => string | undefined): string | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `. Did you mean: '${name}'?`;
}

function isStandardModule(vm: VM, name: string): boolean {
  const known = vm.sys.getStr("stdlib_module_names");
  return known instanceof PySetBase && known.has(vm, name);
}
