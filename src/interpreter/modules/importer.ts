/**
 * Finders and loaders: sys.modules, native modules, then source files along sys.path (packages, modules, namespace packages PEP 420).
 * The work of importlib._bootstrap, done natively because every start-up pays for it.
 */
import { compileSource } from "../builtins/evaluate.ts";
import { cachedCode } from "../compile/cache.ts";
import { PyNamespace } from "../objects/descriptors.ts";
import type { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { PyModule } from "../objects/module.ts";
import { nativeFunction } from "../objects/native.ts";
import { lookupAttr, setAttr, setOwnAttr } from "../objects/operations.ts";
import type { Value } from "../objects/values.ts";
import { decodeSource } from "../parse/parse.ts";
import { importError } from "../vm/imports.ts";
import type { Interpreter } from "../vm/vm.ts";
import { type FileSystem, fileSystem } from "./file-system.ts";
import type { NativeModule } from "./native-module.ts";
import { NATIVE_MODULES } from "./registry.ts";

interface Found {
  readonly file: string | null;
  /** Source that does not lie in `file`. */
  readonly source?: string;
  /** Search path of a package; undefined for a plain module. */
  readonly path: readonly string[] | undefined;
}

/** Imports `name` (dotted) and its parents; returns the leaf. */
export function load(vm: Interpreter, name: string): Value {
  const dot = name.lastIndexOf(".");
  let search: readonly string[] | undefined;
  let parent: Value | undefined;
  if (dot >= 0) {
    const parentName = name.slice(0, dot);
    parent = vm.modules.getStr(parentName) ?? load(vm, parentName);
    const again = vm.modules.getStr(name);
    if (again !== undefined && again !== null) return again;
    const path = lookupAttr(vm, parent, "__path__");
    if (path === undefined) {
      if (NATIVE_MODULES.has(name)) return bind(vm, parent, name, loadNative(vm, NATIVE_MODULES.get(name)!));
      throw importError(`No module named '${name}'; '${parentName}' is not a package`, name, null, "ModuleNotFoundError");
    }
    search = collect(vm, path).filter((p): p is string => typeof p === "string");
  }
  if (vm.modules.getStr(name) === null) throw importError(`import of ${name} halted; None in sys.modules`, name, null, "ModuleNotFoundError");
  const native = NATIVE_MODULES.get(name);
  if (native) return bind(vm, parent, name, loadNative(vm, native));
  const found = fromHost(vm, name) ?? find(fileSystem(vm), name.slice(dot + 1), search ?? sysPath(vm));
  if (!found) throw importError(`No module named '${name}'`, name, null, "ModuleNotFoundError");
  return bind(vm, parent, name, loadSource(vm, name, found));
}

function bind(vm: Interpreter, parent: Value | undefined, name: string, module: Value): Value {
  if (parent !== undefined) setAttr(vm, parent, name.slice(name.lastIndexOf(".") + 1), module);
  return module;
}

function sysPath(vm: Interpreter): string[] {
  const p = vm.sys.getStr("path");
  return p instanceof PyList ? p.items.filter((x): x is string => typeof x === "string") : [];
}

function fromHost(vm: Interpreter, name: string): Found | undefined {
  const m = vm.host.loadModule?.(name);
  return m && { file: m.filename ?? `<${name}>`, source: m.source, path: m.isPackage ? [`<${name}>`] : undefined };
}

function find({ existsSync, statSync }: FileSystem, leaf: string, search: readonly string[]): Found | undefined {
  const portions: string[] = [];
  for (const folder of search) {
    const base = folder === "" ? leaf : `${folder.replace(/\/+$/, "")}/${leaf}`;
    const init = `${base}/__init__.py`;
    if (existsSync(init)) return { file: init, path: [base] };
    if (existsSync(`${base}.py`)) return { file: `${base}.py`, path: undefined };
    if (existsSync(base) && statSync(base).isDirectory()) portions.push(base);
  }
  return portions.length ? { file: null, path: portions } : undefined;
}

/** Makes `__spec__` for a module. */
export function makeSpec(name: string, origin: Value, path: readonly string[] | undefined): PyNamespace {
  const spec = new PyNamespace();
  const parent = path ? name : name.split(".").slice(0, -1).join(".");
  const fields: Record<string, Value> = {
    name, loader: null, origin, submodule_search_locations: path ? new PyList([...path]) : null, loader_state: null, cached: null, parent,
    has_location: origin !== null && origin !== "built-in", _initializing: true,
  };
  for (const [k, v] of Object.entries(fields)) setOwnAttr(spec, k, v);
  return spec;
}

export function loadNative(vm: Interpreter, native: NativeModule): PyModule {
  const m = native.name === "sys" ? new PyModule("sys", vm.sys) : new PyModule(native.name);
  const d = m.dict;
  d.setStr("__doc__", native.doc ?? null);
  d.setStr("__package__", native.name.split(".").slice(0, -1).join("."));
  d.setStr("__spec__", makeSpec(native.name, "built-in", undefined));
  vm.modules.setStr(native.name, m);
  for (const [name, row] of Object.entries(native.functions ?? {})) d.setStr(name, nativeFunction(native.name, name, row));
  for (const [name, v] of Object.entries(native.values?.(vm) ?? {})) d.setStr(name, v);
  native.init?.(vm, m);
  setOwnAttr(d.getStr("__spec__") as PyNamespace, "_initializing", false);
  return m;
}

function loadSource(vm: Interpreter, name: string, found: Found): Value {
  const m = new PyModule(name);
  const d = m.dict;
  const spec = makeSpec(name, found.file, found.path);
  d.setStr("__spec__", spec);
  d.setStr("__package__", found.path ? name : name.split(".").slice(0, -1).join("."));
  if (found.file !== null) d.setStr("__file__", found.file);
  if (found.path) d.setStr("__path__", new PyList([...found.path]));
  vm.modules.setStr(name, m);
  if (found.file !== null) {
    try {
      execute(vm, found.file, d, found.source);
    } catch (e) {
      vm.modules.deleteStr(name);
      throw e;
    }
  }
  setOwnAttr(spec, "_initializing", false);
  // a module may replace itself in sys.modules
  return vm.modules.getStr(name) ?? m;
}

function execute(vm: Interpreter, file: string, globals: PyDict, text?: string): void {
  const source = text === undefined ? fileSystem(vm).readFileSync(file) : new TextEncoder().encode(text);
  const compile = () => compileSource(vm, decodeSource(source, file).text, file, "exec");
  vm.runCode(cachedCode(vm.host.codeStore, source, file, compile), globals);
}

/** importlib.reload */
export function reload(vm: Interpreter, m: PyModule): Value {
  const file = m.dict.getStr("__file__");
  if (typeof file === "string") execute(vm, file, m.dict);
  return m;
}

