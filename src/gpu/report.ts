/** `tspy --probe-webgpu`: the adapter, its limits and what it computes exactly, as text. */
import { type DeviceInfo, isFailure } from "./host.ts";
import { openGpu } from "./node.ts";
import { CHECKS, type CheckName, type DeviceExactness, probe } from "./probe.ts";

const SHOWN_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

function adapterLines(info: DeviceInfo): string[] {
  const { vendor, architecture, device, description, backend, software } = info;
  return [
    `adapter       ${description || device || architecture || vendor || "unnamed"}`,
    `vendor        ${[vendor, architecture, device].filter(Boolean).join(", ")}`,
    `backend       ${backend}${software ? " (computes on the CPU)" : ""}`,
    `features      ${info.features.join(" ")}`,
    ...SHOWN_LIMITS.map((name) => `${name.padEnd(36)} ${info.limits[name] ?? "unknown"}`),
  ];
}

function exactnessLines(exactness: DeviceExactness): string[] {
  const rows = Object.entries(exactness.checks) as [CheckName, DeviceExactness["checks"][CheckName]][];
  return [
    `keeps a*b+c rounded twice by          ${exactness.fmaBarrier ?? "nothing that was tried"}`,
    ...rows.map(
      ([name, r]) => `${r.exact ? "exact  " : "INEXACT"} ${name.padEnd(16)} ${CHECKS[name].doc}${r.exact ? "" : `\n          ${r.why}`}`,
    ),
  ];
}

/** Median of some empty round trips, in microseconds. */
function roundTrip(ping: () => number): number {
  const times = Array.from({ length: 101 }, ping).sort((a, b) => a - b);
  return Math.round(times[50]! * 1000);
}

/** Prints the report, or on stderr why there is none; the exit status. */
export function reportWebgpu(print: (text: string) => void, complain: (text: string) => void): number {
  const start = performance.now();
  const host = openGpu();
  if (isFailure(host)) {
    complain(`tspy: no WebGPU: ${host.failed}\n`);
    return 1;
  }
  const opened = performance.now() - start;
  const exactness = probe(host);
  const lines = adapterLines(host.info);
  lines.push(`${"open, ms".padEnd(36)} ${opened.toFixed(1)}`, `${"empty round trip, µs".padEnd(36)} ${roundTrip(() => host.ping())}`);
  if (!isFailure(exactness)) lines.push(`${"probe, ms".padEnd(36)} ${exactness.milliseconds.toFixed(1)}`, ...exactnessLines(exactness));
  host.shutdown();
  print(`${lines.join("\n")}\n`);
  if (!isFailure(exactness)) return 0;
  complain(`tspy: WebGPU fails its probe: ${exactness.failed}\n`);
  return 1;
}
