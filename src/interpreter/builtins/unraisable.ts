/** Errors that cannot propagate (finalizers, exit functions, weakref callbacks): handed to sys.unraisablehook. */
import { getAttr, lookupAttr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import { asException } from "../vm/raise.ts";

/** `message` without its colon, as "Exception ignored in atexit callback". */
export function reportUnraisable(vm: VM, error: unknown, message: string | null, object: Value): void {
  const e = asException(error);
  const hook = vm.sys.getStr("unraisablehook") ?? null;
  if (hook === null) return;
  const types = vm.importModule("types");
  const namespace = vm.call(getAttr(vm, types, "SimpleNamespace"), [e.cls, e, e.traceback, message, object], ["exc_type", "exc_value", "exc_traceback", "err_msg", "object"]);
  try {
    vm.call(hook, [namespace]);
  } catch {
    const fallback = vm.sys.getStr("__unraisablehook__");
    if (fallback !== undefined && lookupAttr(vm, fallback, "__call__") !== undefined) vm.call(fallback, [namespace]);
  }
}
