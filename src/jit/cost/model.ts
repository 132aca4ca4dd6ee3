/** Predicted times of a nest: the work counted for a binding, weighed with a profile. Milliseconds. */
import type { Binding, Region } from "../ir/nest.ts";
import { TYPES } from "../ir/ops.ts";
import { countWork, type WorkClass } from "./count.ts";
import { type DeviceProfile, GPU_PRIOR, JS_PROFILE, type JsProfile } from "./profile.ts";

export interface Prediction {
  readonly js: number;
  readonly device: number;
}

export function predict(region: Region, binding: Binding, js: JsProfile = JS_PROFILE, device: DeviceProfile = GPU_PRIOR): Prediction {
  const work = countWork(region, binding);
  let ns = 0;
  for (const [cls, n] of Object.entries(work) as [WorkClass, number][]) ns += n * js.ns[cls];
  const onJs = ns / 1e6;
  return { js: onJs, device: device.launchMs + bytesOf(region, binding) / device.bytesPerMs + onJs / device.speedup };
}

/** Bytes of the arrays, each way. */
function bytesOf(region: Region, binding: Binding): number {
  let bytes = 0;
  for (const a of region.arrays) bytes += 2 * TYPES[a.elem].bytes * binding.arrays[a.name]!.shape.reduce((x, n) => x * n, 1);
  return bytes;
}
