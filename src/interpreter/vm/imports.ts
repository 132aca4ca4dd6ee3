/** The import instructions (language reference 7.11): what IMPORT_NAME, IMPORT_FROM and IMPORT_STAR do with what the importer finds. */
import { isInstanceOf, newException, type PyBaseException, setField, typeError } from "../builtins/exceptions.ts";
import { load } from "../modules/importer.ts";
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { PyModule } from "../objects/module.ts";
import { getAttr, lookupAttr, repr, str, typeName } from "../objects/operations.ts";
import type { Value } from "../objects/values.ts";
import type { Frame } from "./frame.ts";
import type { Interpreter } from "./vm.ts";

export function importError(message: string, name: Value, path: Value = null, kind: "ImportError" | "ModuleNotFoundError" = "ImportError"): PyBaseException {
  const e = newException(kind, message);
  setField(e, "name", name);
  setField(e, "path", path);
  setField(e, "msg", message);
  return e;
}

/** importlib.import_module: the leaf module. */
export function importModule(vm: Interpreter, name: string): Value {
  const m = vm.modules.getStr(name);
  return m !== undefined && m !== null ? m : load(vm, name);
}

/** `import name` / `from name import …` as seen from a frame's globals. */
export function importName(vm: Interpreter, frame: Pick<Frame, "globals">, name: string, level: number, fromlist: Value): Value {
  const custom = vm.builtins.getStr("__import__");
  if (custom !== undefined && vm.importOverridden(custom) && "code" in frame)
    return vm.call(custom, [name, frame.globals, frame.globals, fromlist, level]);
  const absolute = level > 0 ? resolveRelative(vm, frame.globals, name, level) : name;
  const module = importModule(vm, absolute);
  const names = fromlist === null ? [] : collect(vm, fromlist);
  if (names.length === 0) {
    if (level === 0) return importModule(vm, name.split(".")[0]!);
    if (name === "") return module;
    const cut = name.length - name.split(".")[0]!.length;
    return importModule(vm, absolute.slice(0, absolute.length - cut));
  }
  importSubmodules(vm, module, absolute, names);
  return module;
}

function importSubmodules(vm: Interpreter, module: Value, absolute: string, names: readonly Value[]): void {
  if (!(module instanceof PyModule) || module.dict.getStr("__path__") === undefined) return;
  for (const n of names) {
    if (typeof n !== "string") throw typeError(`Item in \`\`from list'' must be str, not ${typeName(n)}`);
    if (n === "*") {
      const all = module.dict.getStr("__all__");
      if (all !== undefined) importSubmodules(vm, module, absolute, collect(vm, all).filter((x) => x !== "*"));
      continue;
    }
    if (lookupAttr(vm, module, n) !== undefined) continue;
    try {
      load(vm, `${absolute}.${n}`);
    } catch (e) {
      if (!(isInstanceOf(e, "ModuleNotFoundError") && lookupAttr(vm, e, "name") === `${absolute}.${n}`)) throw e;
    }
  }
}

/** The package that a relative import starts from: `__package__`, else the spec's parent, else what `__name__` and `__path__` say. */
function packageOf(vm: Interpreter, globals: PyDict): string {
  const given = globals.getStr("__package__") ?? null;
  if (given !== null) {
    if (typeof given !== "string") throw typeError("package must be a string");
    return given;
  }
  const spec = globals.getStr("__spec__") ?? null;
  if (spec !== null) {
    const parent = getAttr(vm, spec, "parent");
    if (typeof parent !== "string") throw typeError("__spec__.parent must be a string");
    return parent;
  }
  const name = globals.getStr("__name__");
  if (name === undefined) throw newException("KeyError", "'__name__' not in globals");
  if (typeof name !== "string") throw typeError("__name__ must be a string");
  return globals.getStr("__path__") !== undefined ? name : name.split(".").slice(0, -1).join(".");
}

function resolveRelative(vm: Interpreter, globals: PyDict, name: string, level: number): string {
  const pkg = packageOf(vm, globals);
  if (pkg === "") throw importError("attempted relative import with no known parent package", null);
  const parts = pkg.split(".");
  if (level > parts.length) throw importError("attempted relative import beyond top-level package", null);
  const base = parts.slice(0, parts.length - level + 1).join(".");
  return name === "" ? base : `${base}.${name}`;
}

export function importFrom(vm: Interpreter, module: Value, name: string): Value {
  const v = lookupAttr(vm, module, name);
  if (v !== undefined) return v;
  const title = lookupAttr(vm, module, "__name__");
  if (typeof title === "string") {
    const sub = vm.modules.getStr(`${title}.${name}`);
    if (sub !== undefined) return sub;
  }
  const file = lookupAttr(vm, module, "__file__") ?? null;
  const where = typeof file === "string" ? file : "unknown location";
  const shown = typeof title === "string" ? repr(vm, title) : "'<unknown module name>'";
  const spec = lookupAttr(vm, module, "__spec__");
  const partial = spec !== undefined && spec !== null && lookupAttr(vm, spec, "_initializing") === true;
  const e = importError(
    partial ? `cannot import name '${name}' from partially initialized module ${shown} (most likely due to a circular import) (${where})` : `cannot import name '${name}' from ${shown} (${where})`,
    title ?? null,
    file,
  );
  setField(e, "name_from", name);
  throw e;
}

export function importStar(vm: Interpreter, frame: Frame, module: Value): void {
  const target = frame.names instanceof PyDict ? frame.names : frame.globals;
  const all = lookupAttr(vm, module, "__all__");
  if (all !== undefined) {
    for (const n of collect(vm, all)) {
      if (typeof n !== "string") throw typeError(`Item in ${str(vm, getAttr(vm, module, "__name__"))}.__all__ must be str, not ${typeName(n)}`);
      target.setStr(n, getAttr(vm, module, n));
    }
    return;
  }
  const d = module instanceof PyModule ? module.dict : (getAttr(vm, module, "__dict__") as PyDict);
  for (const e of [...d.entries()]) if (typeof e.key === "string" && !e.key.startsWith("_")) target.setStr(e.key, e.value);
}

