/** gpu.js in Node, loaded when it is first asked for (150 ms). It is a CommonJS package and optional at run time. */
import { createRequire } from "node:module";
import type { GpuJsClass } from "./gpujs.ts";
import { type Failure, failure } from "./protocol.ts";

export function loadGpuJs(): GpuJsClass | Failure {
  try {
    return (createRequire(import.meta.url)("gpu.js") as { GPU: GpuJsClass }).GPU;
  } catch (e) {
    return failure("no-package", `gpu.js: ${e instanceof Error ? e.message : String(e)}`);
  }
}
