/** Module _tracemalloc. Allocations belong to the JavaScript engine, so there is nothing to trace: tracing can be started and stays empty. */
import { runtimeError } from "../builtins/exceptions.ts";
import { PyList } from "../objects/list.ts";
import { toSsize } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

const LIMIT = Symbol("tracemalloc");

export const _tracemalloc: NativeModule = {
  name: "_tracemalloc",
  functions: {
    is_tracing: ["()", (vm: VM) => vm.state.has(LIMIT)],
    start: ["(nframe=1, /)", (vm: VM, n?: Value) => (vm.state.set(LIMIT, n === undefined ? 1 : toSsize(vm, n)), null)],
    stop: ["()", (vm: VM) => (vm.state.delete(LIMIT), null)],
    clear_traces: ["()", () => null],
    reset_peak: ["()", () => null],
    get_traceback_limit: ["()", (vm: VM) => (vm.state.get(LIMIT) as number | undefined) ?? 1],
    get_traced_memory: ["()", () => new PyTuple([0, 0])],
    get_tracemalloc_memory: ["()", () => 0],
    _get_traces: [
      "()",
      (vm: VM) => {
        if (!vm.state.has(LIMIT)) throw runtimeError("the tracemalloc module must be tracing memory allocations to take a snapshot");
        return new PyList([]);
      },
    ],
    _get_object_traceback: ["(obj, /)", () => null],
  },
};
