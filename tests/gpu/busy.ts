/**
 * A process that keeps the GPU busy and leaves in the way that its argument names; gpu-host.test.ts and gpu/stress.ts start it.
 * Prints "busy" once kernels run.
 *   exit       process.exit right after an unfinished launch        end     falls off the end after one
 *   throw      an uncaught error after one                          poll    an interrupt during a launch, then process.exit
 *   spin       launches until a signal comes (default action)       handler the same with a handler that calls process.exit
 */
import { writeSync } from "node:fs";
import { isFailure } from "../../src/gpu/host.ts";
import { openGpu } from "../../src/gpu/node.ts";

const mode = process.argv[2] ?? "exit";
const rounds = Number(process.argv[3] ?? 4_000_000);
let interrupt = false;
const host = openGpu({ poll: () => interrupt });
if (isFailure(host)) {
  console.error(host.failed);
  process.exit(3);
}
const wgsl = `@group(0) @binding(0) var<storage, read_write> data: array<u32>;
struct Parameters { rounds: u32 }
@group(0) @binding(1) var<uniform> parameters: Parameters;
@compute @workgroup_size(1) fn spin() {
  var x = data[0];
  for (var k = 0u; k < parameters.rounds; k++) { x = x * 1664525u + 1013904223u; }
  data[0] = x;
}`;
const kernel = host.createKernel({ wgsl, entry: "spin", bindings: ["readwrite", "uniform"] });
const buffer = host.createBuffer(4);
if (isFailure(kernel) || isFailure(buffer)) process.exit(4);
const launch = (finish: boolean): void => {
  const uniforms = new Uint8Array(new Uint32Array([rounds]).buffer);
  const failed = host.dispatch([{ kernel, bindings: [buffer], uniforms, workgroups: [1, 1, 1] }], finish);
  if (failed && failed.kind !== "interrupted") process.exit(5);
};
writeSync(1, "busy\n");
switch (mode) {
  case "exit":
    launch(false);
    process.exit(0);
    break;
  case "end":
    launch(false);
    break;
  case "throw":
    launch(false);
    throw new Error("left by an error");
  case "poll":
    interrupt = true;
    launch(true);
    process.exit(0);
    break;
  case "handler":
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(7));
    for (;;) {
      launch(true);
      await new Promise((next) => setImmediate(next));
    }
  default:
    for (;;) launch(true);
}
