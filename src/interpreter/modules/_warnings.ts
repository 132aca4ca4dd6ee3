/** Module _warnings: the functions of warnings-core.ts as Python sees them. */
import { EXCEPTIONS, PyBaseException, typeError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { getAttr, plainStr, toSsize, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";
import { issue, warn, warningState } from "./warnings-core.ts";

function categoryOf(message: Value, category: Value | undefined): PyType {
  if (message instanceof PyBaseException && message.cls.isSubtype(EXCEPTIONS.Warning)) return message.cls;
  if (category === undefined || category === null) return EXCEPTIONS.UserWarning;
  if (!(category instanceof PyType) || !category.isSubtype(EXCEPTIONS.Warning))
    throw typeError(`category must be a Warning subclass, not '${category instanceof PyType ? category.name : typeName(category)}'`);
  return category;
}

function warnFunction(vm: VM, message: Value, category?: Value, level?: Value, source?: Value, skip?: Value): Value {
  const prefixes = skip === undefined ? [] : skipPrefixes(skip);
  let n = level === undefined ? 1 : toSsize(vm, level);
  if (prefixes.length && n < 2) n = 2;
  warn(vm, categoryOf(message, category), message, n, source, prefixes);
  return null;
}

function skipPrefixes(v: Value): string[] {
  if (!(v instanceof PyTuple)) throw typeError(`warn() argument 'skip_file_prefixes' must be tuple, not ${typeName(v)}`);
  return v.items.map((p) => {
    const s = plainStr(p);
    if (s === undefined) throw typeError(`Found non-str '${typeName(p)}' in skip_file_prefixes.`);
    return s;
  });
}

function warnExplicit(vm: VM, message: Value, category: Value, filename: Value, lineno: Value, module?: Value, registry?: Value, _globals?: Value, source?: Value): Value {
  if (registry !== undefined && registry !== null && !(registry instanceof PyDict)) throw typeError("'registry' must be a dict or None");
  issue(vm, { message, category, filename, lineno: toSsize(vm, lineno), module, registry: registry ?? undefined, source });
  return null;
}

export const _warnings: NativeModule = {
  name: "_warnings",
  doc: "Warnings of the interpreter and of Python code.",
  functions: {
    warn: ["(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=<unrepresentable>)", warnFunction, "Issue a warning, or raise it, or ignore it."],
    warn_explicit: [
      "(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
      warnExplicit,
      "Issue a warning about a given place.",
    ],
    _filters_mutated_lock_held: ["()", (vm: VM) => (warningState(vm).version++, null)],
    _acquire_lock: ["()", () => null],
    _release_lock: ["()", () => null],
  },
  values: (vm) => {
    const s = warningState(vm);
    const ContextVar = getAttr(vm, vm.importModule("_contextvars"), "ContextVar");
    return { filters: s.filters, _defaultaction: s.defaultAction, _onceregistry: s.onceRegistry, _warnings_context: vm.call(ContextVar, ["warnings_context"]) };
  },
};
