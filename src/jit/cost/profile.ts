/**
 * What was measured of machines: nanoseconds of an operation in a js kernel by class, and what a launch on a device costs.
 *
 * The js figures come from the nests of pybench and the loop corpus on a 2-core AMD EPYC (Zen 5), quiet, Node 20: least squares of best times over counted work (count.ts).
 * They are the prior; choose.ts corrects them per nest by what is measured there. Device figures are measured when a device is opened, in use.
 */
import type { WorkClass } from "./count.ts";

export interface JsProfile {
  /** Nanoseconds an operation. */
  readonly ns: Readonly<Record<WorkClass, number>>;
  /** Milliseconds to compile a nest: once, and for each statement. */
  readonly compileMs: number;
}

export const JS_PROFILE: JsProfile = {
  ns: { free: 0, alu: 0.35, mul: 0.4, div: 2.2, sqrt: 2.5, math: 34, load: 0.45, store: 0.6, trip: 0.6 },
  compileMs: 5,
};

export interface DeviceProfile {
  /** Milliseconds of a launch with its read-back, nothing else. */
  readonly launchMs: number;
  /** Bytes a millisecond to the device and back. */
  readonly bytesPerMs: number;
  /** How many times the operations of one js kernel it does in the same time. */
  readonly speedup: number;
}

/** Round trip and transfers as measured on SwiftShader are the slowest that we know; the speed-up of a GPU is a guess until a nest has run there. */
export const GPU_PRIOR: DeviceProfile = { launchMs: 0.5, bytesPerMs: 4e6, speedup: 50 };
