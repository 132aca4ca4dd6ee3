/** Module atexit. The VM calls `runExitFunctions` when it ends. */
import { typeError } from "../builtins/exceptions.ts";
import { equals, isCallable } from "../objects/operations.ts";
import { reportUnraisable } from "../builtins/unraisable.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

interface Callback {
  readonly fn: Value;
  readonly args: Value[];
  readonly kwnames: readonly string[] | undefined;
}

const CALLBACKS = Symbol("atexit");

function callbacks(vm: VM): Callback[] {
  let list = vm.state.get(CALLBACKS) as Callback[] | undefined;
  if (!list) vm.state.set(CALLBACKS, (list = []));
  return list;
}

/** Calls what was registered, the newest first; errors are reported and do not stop the others. */
export function runExitFunctions(vm: VM): void {
  const list = callbacks(vm);
  for (let c = list.pop(); c !== undefined; c = list.pop()) {
    try {
      vm.call(c.fn, c.args, c.kwnames);
    } catch (e) {
      reportUnraisable(vm, e, "Exception ignored in atexit callback", c.fn);
    }
  }
}

function register(vm: VM, args: Value[], kwargs: ReadonlyMap<string, Value>): Value {
  const [fn, ...rest] = args;
  if (fn === undefined) throw typeError("register() takes at least 1 argument (0 given)");
  if (!isCallable(fn)) throw typeError("the first argument must be callable");
  callbacks(vm).push({ fn, args: [...rest, ...kwargs.values()], kwnames: kwargs.size ? [...kwargs.keys()] : undefined });
  return fn;
}

function unregister(vm: VM, fn: Value): Value {
  const list = callbacks(vm);
  for (let i = list.length - 1; i >= 0; i--) if (equals(vm, list[i]!.fn, fn)) list.splice(i, 1);
  return null;
}

export const atexit: NativeModule = {
  name: "atexit",
  doc: "Functions to be called when the program ends.",
  functions: {
    register: ["(*args, **kwargs)", register, "Register a function to be called at exit."],
    unregister: ["(func, /)", unregister, "Forget a registered function."],
    _clear: ["()", (vm: VM) => ((callbacks(vm).length = 0), null), "Forget all registered functions."],
    _run_exitfuncs: ["()", (vm: VM) => (runExitFunctions(vm), null), "Call all registered functions."],
    _ncallbacks: ["()", (vm: VM) => callbacks(vm).length, "How many functions are registered."],
  },
};
