/** The first and last things in an interpreter's life, the same for every host. */
import { PyList } from "../objects/list.ts";
import { PyModule } from "../objects/module.ts";
import { getAttr, lookupAttr } from "../objects/operations.ts";
import type { Host } from "../objects/runtime.ts";
import { Interpreter } from "../vm/vm.ts";
import { handleSignal } from "./_signal.ts";
import { loadNative } from "./importer.ts";
import { NATIVE_MODULES } from "./registry.ts";

/** An interpreter with sys and the search path in place. */
export function newInterpreter(host: Host, path: readonly string[]): Interpreter {
  const vm = new Interpreter(host);
  vm.interrupts.onSignal = (n) => handleSignal(vm, n);
  loadNative(vm, NATIVE_MODULES.get("sys")!);
  vm.sys.setStr("path", new PyList([...path]));
  return vm;
}

/** An empty `__main__`, in sys.modules. */
export function newMainModule(vm: Interpreter): PyModule {
  const main = new PyModule("__main__");
  vm.modules.setStr("__main__", main);
  main.dict.setStr("__builtins__", vm.modules.getStr("builtins")!);
  main.dict.setStr("__spec__", null);
  return main;
}

/** Calls the functions registered with atexit. May raise. */
export function runExitFunctions(vm: Interpreter): void {
  const atexit = vm.modules.getStr("atexit");
  const run = atexit instanceof PyModule ? lookupAttr(vm, atexit, "_run_exitfuncs") : undefined;
  if (run !== undefined) vm.call(run, []);
}

export function flushStdout(vm: Interpreter): void {
  const out = vm.sys.getStr("stdout");
  if (out !== undefined && out !== null) vm.call(getAttr(vm, out, "flush"), []);
}
