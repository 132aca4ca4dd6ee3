/** The device that tests of kernels share; undefined where there is none, which is said aloud, or an error under TSPY_REQUIRE_WEBGPU=1. */
import { isFailure } from "../../src/gpu/host.ts";
import { openGpu } from "../../src/gpu/node.ts";
import { createWebGpuBackend, type WebGpuBackend } from "../../src/gpu/webgpu.ts";

function open(): WebGpuBackend | undefined {
  const host = openGpu();
  const backend = isFailure(host) ? host : createWebGpuBackend(host);
  if (!isFailure(backend)) return backend;
  if (process.env.TSPY_REQUIRE_WEBGPU === "1") throw new Error(backend.failed);
  console.log(`*** NO WEBGPU ADAPTER: kernels were not run (${backend.failed}) ***`);
  return undefined;
}

export const device = open();
