/** Source lines for tracebacks and warnings: from the linecache module where it knows the file (doctest, code from strings), else from the file. */
import { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { PyModule } from "../objects/module.ts";
import { plainStr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyTuple } from "../objects/values.ts";
import { readWhole } from "../modules/file-system.ts";
import { decodeSource } from "../parse/parse.ts";

const CACHE = Symbol("source lines");

/** The lines of a source file without their ends; undefined when there is no such file. */
export function sourceLines(vm: VM, filename: string): readonly string[] | undefined {
  const cached = cachedByPython(vm, filename);
  if (cached) return cached;
  if (/^<.*>$/.test(filename)) return undefined;
  let cache = vm.state.get(CACHE) as Map<string, readonly string[] | undefined> | undefined;
  if (!cache) vm.state.set(CACHE, (cache = new Map()));
  if (!cache.has(filename)) cache.set(filename, readLines(vm, filename));
  return cache.get(filename);
}

export function sourceLine(vm: VM, filename: string, lineno: number): string | undefined {
  return sourceLines(vm, filename)?.[lineno - 1];
}

function readLines(vm: VM, filename: string): readonly string[] | undefined {
  const bytes = readWhole(vm, filename);
  if (bytes === undefined) return undefined;
  try {
    return splitLines(decodeSource(bytes, filename).text);
  } catch {
    return splitLines(new TextDecoder("latin1").decode(bytes));
  }
}

function splitLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** linecache.cache[filename] = (size, mtime, lines, fullname) */
function cachedByPython(vm: VM, filename: string): string[] | undefined {
  const module = vm.modules.getStr("linecache");
  const cache = module instanceof PyModule ? module.dict.getStr("cache") : undefined;
  const entry = cache instanceof PyDict ? cache.getStr(filename) : undefined;
  const lines = entry instanceof PyTuple && entry.items.length === 4 ? entry.items[2] : undefined;
  return lines instanceof PyList ? lines.items.map((l) => (plainStr(l) ?? "").replace(/\r?\n$/, "")) : undefined;
}
