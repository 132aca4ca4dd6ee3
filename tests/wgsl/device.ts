/**
 * The device that tests of kernels share; undefined where there is none, which is said aloud, or an error under TSPY_REQUIRE_WEBGPU=1.
 * `plain` is the same device, of which the worst is assumed: everything that kernels can emulate is emulated.
 */
import { isFailure } from "../../src/gpu/host.ts";
import { openGpu } from "../../src/gpu/node.ts";
import type { CheckName, DeviceExactness } from "../../src/gpu/probe.ts";
import { createWebGpuBackend, type WebGpuBackend } from "../../src/gpu/webgpu.ts";

export const FLAWS: ReadonlySet<CheckName> = new Set(["subnormalAdd", "subnormalMul", "compare", "div", "sqrt", "noReassociation"]);

function assumeTheWorst({ checks, milliseconds }: DeviceExactness): DeviceExactness {
  const flawed = Object.fromEntries(
    Object.entries(checks).map(([name, x]) => [name, FLAWS.has(name as CheckName) ? { exact: false, why: "assumed" } : x]),
  );
  return { checks: flawed as DeviceExactness["checks"], fmaBarrier: "xor", milliseconds };
}

interface Devices {
  readonly device: WebGpuBackend;
  readonly plain: WebGpuBackend;
}

function open(): Devices | undefined {
  const host = openGpu();
  const backend = isFailure(host) ? host : createWebGpuBackend(host);
  if (!isFailure(host) && !isFailure(backend)) {
    const plain = createWebGpuBackend(host, { exactness: assumeTheWorst(backend.exactness) });
    if (!isFailure(plain)) return { device: backend, plain };
    throw new Error(plain.failed);
  }
  if (!isFailure(backend)) return undefined;
  if (process.env.TSPY_REQUIRE_WEBGPU === "1") throw new Error(backend.failed);
  console.log(`*** NO WEBGPU ADAPTER: kernels were not run (${backend.failed}) ***`);
  return undefined;
}

const devices = open();
export const device = devices?.device;
export const plain = devices?.plain;
