/** "Did you mean: …?": where the names come from that are compared with a wrong attribute, name or import. */
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { lookupAttr, plainStr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PySetBase } from "../objects/set.ts";
import { compareText } from "../objects/sort-primitive.ts";
import type { Value } from "../objects/values.ts";
import type { PyTraceback } from "../vm/traceback.ts";
import { field } from "./exception-types.ts";
import { closest } from "./edit-distance.ts";
import { isInstanceOf, type PyBaseException } from "./exceptions.ts";

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
