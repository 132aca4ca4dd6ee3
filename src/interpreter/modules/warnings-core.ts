/**
 * Warnings: filters, registries, default output (PEP 230; docs of module warnings). Serves the interpreter's own warnings and the module
 * _warnings. As in CPython, the Python module `warnings`, once imported, owns the filters and the output; before that our own list and plain
 * text on stderr do.
 */
import { EXCEPTIONS, PyBaseException, runtimeError } from "../builtins/exceptions.ts";
import { isSubclassOf } from "../builtins/instance-check.ts";
import { writeError } from "../builtins/error-stream.ts";
import { sourceLine } from "../builtins/source-lines.ts";
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { callMethod, getAttr, plainStr, repr, str, truthy } from "../objects/operations.ts";
import { PyModule } from "../objects/module.ts";
import type { VM } from "../objects/runtime.ts";
import type { PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import type { Frame } from "../vm/frame.ts";

export interface WarningState {
  readonly filters: PyList;
  readonly onceRegistry: PyDict;
  readonly defaultAction: string;
  version: number;
}

const STATE = Symbol("warnings");

/** The filters that Python starts with: (action, category, module). */
const DEFAULT_FILTERS = [
  ["default", "DeprecationWarning", "__main__"],
  ["ignore", "DeprecationWarning", null],
  ["ignore", "PendingDeprecationWarning", null],
  ["ignore", "ImportWarning", null],
  ["ignore", "ResourceWarning", null],
] as const;

export function warningState(vm: VM): WarningState {
  let s = vm.state.get(STATE) as WarningState | undefined;
  if (s === undefined) {
    const filters = DEFAULT_FILTERS.map(([action, category, module]) => new PyTuple([action, null, EXCEPTIONS[category], module, 0]));
    s = { filters: new PyList(filters), onceRegistry: new PyDict(), defaultAction: "default", version: 1 };
    vm.state.set(STATE, s);
  }
  return s;
}

/** An attribute of the module warnings, if that has been imported. */
function fromModule(vm: VM, name: string): Value | undefined {
  const m = vm.modules.getStr("warnings");
  return m instanceof PyModule ? m.dict.getStr(name) : undefined;
}

// ---- where the warning comes from -----------------------------------------------------------------------------------------------------

interface Origin {
  readonly filename: string;
  readonly lineno: number;
  readonly module: Value;
  readonly globals: PyDict | undefined;
}

function isInternal(f: Frame): boolean {
  return f.code.filename.includes("importlib") && f.code.filename.includes("_bootstrap");
}

/** The frame `level` steps up from the caller (1 is the caller), frames of the import system and of the prefixes not counted. */
function frameAt(vm: VM, level: number, skip: readonly string[]): Frame | null {
  let f = vm.currentFrame();
  if (level <= 1 || (f && isInternal(f))) {
    for (let n = level; n > 1 && f; n--) f = f.back;
    return f;
  }
  for (let n = level; n > 1 && f; n--) {
    do f = f.back;
    while (f && (isInternal(f) || skip.some((p) => f!.code.filename.startsWith(p))));
  }
  return f;
}

function originOf(vm: VM, level: number, skip: readonly string[]): Origin {
  const f = frameAt(vm, level, skip);
  if (!f) return { filename: "<sys>", lineno: 0, module: "sys", globals: vm.sys };
  return { filename: f.code.filename, lineno: f.lineno, module: f.globals.getStr("__name__") ?? "<string>", globals: f.globals };
}

function registryOf(globals: PyDict): PyDict {
  const r = globals.getStr("__warningregistry__");
  if (r instanceof PyDict) return r;
  const fresh = new PyDict();
  globals.setStr("__warningregistry__", fresh);
  return fresh;
}

// ---- filters ----------------------------------------------------------------------------------------------------------------------------

/** Patterns of filters are None, a literal (the built-in filters) or a compiled regular expression. */
function patternMatches(vm: VM, pattern: Value, text: string): boolean {
  if (pattern === null) return true;
  const literal = plainStr(pattern);
  return literal === undefined ? truthy(vm, callMethod(vm, pattern, "match", text)) : literal === text;
}

interface Decision {
  readonly action: string;
  readonly filter: Value;
}

function currentFilters(vm: VM): readonly Value[] {
  const get = fromModule(vm, "_get_filters");
  const filters = get === undefined ? warningState(vm).filters : vm.call(get, []);
  return collect(vm, filters);
}

function decide(vm: VM, category: Value, text: string, module: string, lineno: number): Decision {
  for (const item of currentFilters(vm)) {
    if (!(item instanceof PyTuple) || item.items.length !== 5) throw runtimeError("warnings.filters item isn't a 5-tuple");
    const [action, message, cat, mod, line] = item.items as [Value, Value, Value, Value, Value];
    if (patternMatches(vm, message, text) && isSubclassOf(vm, category, cat) && patternMatches(vm, mod, module) && (line === 0 || line === lineno))
      return { action: str(vm, action), filter: item };
  }
  const action = fromModule(vm, "defaultaction") ?? warningState(vm).defaultAction;
  return { action: str(vm, action), filter: null };
}

/** True when the registry says that this warning was shown already; marks it. */
function seen(vm: VM, registry: PyDict, key: Value): boolean {
  const before = registry.get(vm, key);
  if (before !== undefined && truthy(vm, before)) return true;
  registry.set(vm, key, true);
  return false;
}

/** Whether the action lets this occurrence through. */
function passes(vm: VM, { action, filter }: Decision, registry: PyDict, key: Value, text: string, category: Value): boolean {
  switch (action) {
    case "always":
    case "all":
      return true;
    case "default":
      registry.set(vm, key, true);
      return true;
    case "once": {
      registry.set(vm, key, true);
      const once = fromModule(vm, "onceregistry") ?? warningState(vm).onceRegistry;
      return !(once instanceof PyDict && seen(vm, once, new PyTuple([text, category])));
    }
    case "module":
      registry.set(vm, key, true);
      return !seen(vm, registry, new PyTuple([text, category, 0]));
    default:
      throw runtimeError(`Unrecognized action (${repr(vm, action)}) in warnings.filters:\n ${repr(vm, filter)}`);
  }
}

// ---- issuing ----------------------------------------------------------------------------------------------------------------------------

export interface WarningDetails {
  readonly message: Value;
  readonly category: Value;
  readonly filename: Value;
  readonly lineno: number;
  readonly module?: Value | undefined;
  readonly registry?: PyDict | undefined;
  readonly source?: Value | undefined;
}

/** warnings.warn_explicit */
export function issue(vm: VM, w: WarningDetails): void {
  const isInstance = w.message instanceof PyBaseException && w.message.cls.isSubtype(EXCEPTIONS.Warning);
  const text = isInstance ? str(vm, w.message) : w.message;
  const category = isInstance ? (w.message as PyBaseException).cls : w.category;
  const message = isInstance ? w.message : vm.call(category, [w.message]);
  const key = new PyTuple([text, category, w.lineno]);
  const registry = freshRegistry(vm, w.registry);
  const known = registry.get(vm, key);
  if (known !== undefined && truthy(vm, known)) return;
  const plain = typeof text === "string" ? text : str(vm, text);
  const decision = decide(vm, category, plain, moduleName(vm, w), w.lineno);
  if (decision.action === "error") throw message;
  if (decision.action === "ignore" || !passes(vm, decision, registry, key, plain, category)) return;
  show(vm, message, category, w, plain);
}

/** Forgets what was shown before the filters last changed. */
function freshRegistry(vm: VM, given: PyDict | undefined): PyDict {
  const registry = given ?? new PyDict();
  const version = fromModule(vm, "_filters_version") ?? warningState(vm).version;
  const own = warningState(vm).version;
  const stamp = typeof version === "number" ? version * 1_000_000 + own : own;
  if (registry.getStr("version") !== stamp) {
    registry.clear();
    registry.setStr("version", stamp);
  }
  return registry;
}

function moduleName(vm: VM, w: WarningDetails): string {
  if (w.module !== undefined && w.module !== null) return str(vm, w.module);
  const name = str(vm, w.filename) || "<unknown>";
  return /\.py$/i.test(name) ? name.slice(0, -3) : name;
}

function show(vm: VM, message: Value, category: Value, w: WarningDetails, text: string): void {
  const hook = fromModule(vm, "_showwarnmsg");
  if (hook !== undefined) {
    const make = fromModule(vm, "WarningMessage")!;
    vm.call(hook, [vm.call(make, [message, category, w.filename, w.lineno, null, null, w.source ?? null])]);
    return;
  }
  const filename = str(vm, w.filename);
  const line = sourceLine(vm, filename, w.lineno)?.trim();
  writeError(vm, `${filename}:${w.lineno}: ${str(vm, getAttr(vm, category, "__name__"))}: ${text}\n${line ? `  ${line}\n` : ""}`);
}

/** warnings.warn from native code: level 1 is the Python function that runs. */
export function warn(vm: VM, category: Value, message: Value, level = 1, source?: Value, skip: readonly string[] = []): void {
  const o = originOf(vm, level, skip);
  issue(vm, { message, category, filename: o.filename, lineno: o.lineno, module: o.module, registry: o.globals && registryOf(o.globals), source });
}

/** A warning about a place in source code (SyntaxWarning). An `error` filter turns a SyntaxWarning into a SyntaxError there. */
export function warnExplicit(vm: VM, category: PyType, message: string, filename: string, lineno: number): void {
  issue(vm, { message, category, filename, lineno });
}

