/**
 * Asks V8 to compile a kernel with its optimising compiler at once, after a short sample run has shown it the types. Left to itself V8 runs a kernel that is called
 * once in its slow tiers for tens of milliseconds, which is longer than many nests take. (Measured, seidel and mandel at size S: about 20 of 60 ms.)
 *
 * The runtime functions are V8's own (`%OptimizeFunctionOnNextCall`), behind a flag that is set while these two functions are compiled and at no other time. Where
 * they are missing, nothing is optimised early.
 */
import { setFlagsFromString } from "node:v8";
import type { Optimiser } from "../jit/backends/js/index.ts";

export function v8Optimiser(): Optimiser | undefined {
  try {
    setFlagsFromString("--allow-natives-syntax");
    const prepare = new Function("f", "%PrepareFunctionForOptimization(f)") as (f: unknown) => void;
    const optimise = new Function("f", "%OptimizeFunctionOnNextCall(f)") as (f: unknown) => void;
    // functions are compiled at their first call
    const probe = new Function("return 1");
    prepare(probe);
    probe();
    optimise(probe);
    return { prepare, optimise };
  } catch {
    return undefined;
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}
