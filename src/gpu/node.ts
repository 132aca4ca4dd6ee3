/**
 * The GPU in a Node process: starts the owner thread and sees to it that the process does not leave while Dawn is at work, which would abort it.
 * A signal whose default action ends the process is no leaving in that sense: nothing runs any more. A handler that calls process.exit is.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Transport } from "./channel.ts";
import { GpuHost, type HostOptions } from "./host.ts";
import { type Failure, failure, isFailure, type WorkerStart } from "./protocol.ts";

/** Beside the bundle, or in the build folder when run from source. */
const WORKER_FILES = ["./gpu-worker.mjs", "../../dist/gpu-worker.mjs"];

function startWorker(start: WorkerStart, onDispose: () => void): Transport | Failure {
  const file = WORKER_FILES.map((f) => new URL(f, import.meta.url)).find((u) => existsSync(fileURLToPath(u)));
  if (!file) return failure("no-package", "gpu-worker.mjs is not built");
  const worker = new Worker(file, { workerData: start, execArgv: [], stdout: true, stderr: true });
  worker.unref();
  // The owner reports through the control block; without a listener an error would end the process.
  worker.on("error", () => undefined);
  return { post: (request) => worker.postMessage(request), dispose: onDispose };
}

/** Opens the device in its own thread. It is shut down when the process exits, at the latest. */
export function openGpu(options: HostOptions = {}): GpuHost | Failure {
  let host: GpuHost | Failure | undefined;
  const atExit = (): void => {
    // Nothing that Node offers leaves without joining the owner thread, which would hang or abort: a signal to oneself is the only way out.
    if (host && !isFailure(host) && !host.shutdown()) process.kill(process.pid, "SIGKILL");
  };
  process.once("exit", atExit);
  host = GpuHost.open((start) => startWorker(start, () => process.off("exit", atExit)), options);
  if (isFailure(host)) process.off("exit", atExit);
  return host;
}
