/**
 * The Node thread that owns the GPU: npm `webgpu` (Dawn) behind Owner.
 *
 * Dawn's facts, each seen with 0.6.2: the object that `create` returns must stay reachable; Dawn writes warnings to stderr by itself when there is no
 * Vulkan loader or driver, so on Linux both are looked for first; and nothing here may print, because a thread's console stalls while the main one blocks.
 */
import { parentPort, workerData } from "node:worker_threads";
import { vulkanProblem } from "./loader.ts";
import { Owner } from "./owner.ts";
import { type Failure, failure, type OpenOptions, type Request, type WorkerStart } from "./protocol.ts";

const NATIVE_BACKENDS: Partial<Record<NodeJS.Platform, string>> = { darwin: "metal", win32: "d3d12" };

async function findGpu(options: OpenOptions): Promise<{ gpu: GPU; backend: string } | Failure> {
  const backend = options.backend ?? NATIVE_BACKENDS[process.platform] ?? "vulkan";
  const problem = backend === "vulkan" ? vulkanProblem() : undefined;
  if (problem !== undefined) return failure("no-adapter", problem);
  try {
    const { create } = await import("webgpu");
    const gpu = create([...(options.backend ? [`backend=${options.backend}`] : []), ...(options.flags ?? [])]);
    Object.assign(globalThis, { tspyGpu: gpu });
    return { gpu, backend };
  } catch (e) {
    return failure("no-package", e instanceof Error ? e.message : String(e));
  }
}

const port = parentPort!;
const owner = new Owner(workerData as WorkerStart, findGpu);
process.once("exit", () => owner.ended());
port.on("message", async (request: Request) => {
  if (!(await owner.serve(request))) port.close();
});
