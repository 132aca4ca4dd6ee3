/**
 * The GPU host: round trips, failures as values, pooling, interrupts, the probe, and leaving the process during a kernel.
 * Without an adapter the tests that need one are skipped, loudly; under TSPY_REQUIRE_WEBGPU=1 that is a failure.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DeviceBuffer, type Failure, GpuHost, isFailure, type KernelId } from "../src/gpu/host.ts";
import { vulkanProblem } from "../src/gpu/loader.ts";
import { openGpu } from "../src/gpu/node.ts";
import { BufferPool, sizeClass } from "../src/gpu/pool.ts";
import { CHECKS, probe } from "../src/gpu/probe.ts";
import { DEPARTURES, depart } from "./gpu/stress.ts";

function must<T>(x: T | Failure): T {
  if (isFailure(x)) throw new Error(x.failed);
  return x as T;
}
const fails = (x: unknown, kind: string, text = /./): void => {
  if (!isFailure(x)) throw new Error(`expected a failure of kind ${kind}`);
  assert.is(x.kind, kind);
  assert.match(x.failed, text);
};
const bytesOf = (x: Uint32Array): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
const range = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, k) => k);

test("size classes hold what is asked for and are at most a fifth slack", () => {
  for (let n = 1; n < 5_000_000; n = Math.ceil(n * 1.01)) {
    const c = sizeClass(n);
    assert.ok(c >= n && c % 64 === 0 && sizeClass(c) === c);
    if (n > 256) assert.ok(c <= n * 1.25);
  }
});

test("the pool gives back a buffer of the class, and the oldest beyond its limit", () => {
  const pool = new BufferPool(1024);
  assert.equal(pool.give(1, 512), []);
  assert.equal(pool.give(2, 512), []);
  assert.is(pool.take(256), undefined);
  assert.equal(pool.give(3, 256), [1]);
  assert.is(pool.take(512), 2);
  assert.is(pool.take(512), undefined);
  assert.equal(pool.shrink(0), [3]);
});

test("an owner that does not start is a failure", () => {
  fails(
    GpuHost.open(() => ({ failed: "nothing to start", kind: "no-package" })),
    "no-package",
    /nothing to start/,
  );
});

test("without a driver the reason is told and nothing is printed", () => {
  if (process.platform !== "linux") return;
  const nowhere = { XDG_CONFIG_HOME: "/nowhere", XDG_CONFIG_DIRS: "/nowhere", XDG_DATA_HOME: "/nowhere", XDG_DATA_DIRS: "/nowhere" };
  const problem = vulkanProblem(nowhere);
  if (problem !== undefined) assert.match(problem, /Vulkan/);
});

let interrupt = false;
const opened = openGpu({ poll: () => interrupt, idleLimit: 1 << 20 });
const required = process.env.TSPY_REQUIRE_WEBGPU === "1";
if (isFailure(opened) && !required) console.log(`*** NO WEBGPU ADAPTER: tests of the GPU host were SKIPPED (${opened.failed}) ***`);

function gpuTest(name: string, body: (host: GpuHost) => void | Promise<void>): void {
  if (isFailure(opened) && !required) return;
  test(name, () => body(must(opened)));
}

const SCALE = `struct Parameters { count: u32, factor: u32 }
@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> product: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;
@compute @workgroup_size(64) fn scale(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < parameters.count) { product[id.x] = source[id.x] * parameters.factor; }
}`;
const scaleKernel = (host: GpuHost): KernelId =>
  must(host.createKernel({ wgsl: SCALE, entry: "scale", bindings: ["read", "readwrite", "uniform"] }));

function scalePass(host: GpuHost, from: DeviceBuffer, to: DeviceBuffer, factor: number) {
  const count = from.bytes / 4;
  return {
    kernel: scaleKernel(host),
    bindings: [from, to],
    uniforms: bytesOf(Uint32Array.of(count, factor)),
    workgroups: [Math.ceil(count / 64), 1, 1] as const,
  };
}

gpuTest("the adapter says what it is and has the adapter's limits", (host) => {
  assert.ok(host.info.description !== "" || host.info.vendor !== "");
  assert.ok(host.info.limits.maxStorageBufferBindingSize! >= 128 * 2 ** 20);
  assert.is(host.info.features.includes("core-features-and-limits"), true);
});

gpuTest("upload, dispatch and download, one by one and in one run", (host) => {
  const from = must(host.createBuffer(4000));
  const to = must(host.createBuffer(4000));
  assert.is(host.upload(from, bytesOf(range(1000))), undefined);
  assert.is(host.dispatch([scalePass(host, from, to, 7)]), undefined);
  assert.equal(
    new Uint32Array(must(host.download(to)).buffer),
    range(1000).map((x) => 7 * x),
  );
  const target = new Uint32Array(1000);
  const failed = host.run([
    { op: "upload", buffer: from, data: bytesOf(range(1000).map((x) => x + 1)) },
    { op: "dispatch", passes: [scalePass(host, from, to, 2), scalePass(host, to, from, 5)] },
    { op: "upload", buffer: to, data: bytesOf(Uint32Array.of(1, 2)), offset: 8 },
    { op: "download", buffer: from, target: bytesOf(target) },
  ]);
  assert.is(failed, undefined);
  assert.equal(
    target,
    range(1000).map((x) => (x + 1) * 10),
  );
  assert.equal(new Uint32Array(must(host.download(to, 0, 20)).buffer), Uint32Array.of(2, 4, 1, 2, 10));
  host.release(from);
  host.release(to);
});

gpuTest("shared memory is read and written in place; lengths need not be multiples of 4", (host) => {
  const memory = new SharedArrayBuffer(64);
  const view = new Uint8Array(memory, 3, 9);
  view.set([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const buffer = must(host.createBuffer(9));
  assert.is(host.upload(buffer, view), undefined);
  assert.equal([...must(host.download(buffer))], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.is(host.run([{ op: "download", buffer, offset: 4, target: new Uint8Array(memory, 20, 3) }]), undefined);
  assert.equal([...new Uint8Array(memory, 19, 5)], [0, 5, 6, 7, 0]);
  assert.equal([...must(host.download(buffer, 8, 4))], [9, 0, 0, 0]);
  assert.is(must(host.download(buffer, 0, 0)).length, 0);
  host.release(buffer);
});

gpuTest("data larger than a staging piece arrives whole", (host) => {
  const data = range(700_001);
  const buffer = must(host.createBuffer(data.byteLength));
  assert.is(host.upload(buffer, bytesOf(data)), undefined);
  assert.equal(new Uint32Array(must(host.download(buffer)).buffer), data);
  const copy = must(host.createBuffer(16));
  assert.is(host.run([{ op: "copy", from: buffer, fromOffset: 400, to: copy, toOffset: 0, bytes: 16 }]), undefined);
  assert.equal(new Uint32Array(must(host.download(copy)).buffer), Uint32Array.of(100, 101, 102, 103));
  host.release(buffer);
  host.release(copy);
});

gpuTest("a released buffer is used again; kernels are compiled once", (host) => {
  const a = must(host.createBuffer(5000));
  host.release(a);
  assert.is(must(host.createBuffer(5100)).id, a.id);
  assert.is(scaleKernel(host), scaleKernel(host));
});

gpuTest("constants specialise a kernel", (host) => {
  const wgsl = `override factor: u32 = 2u;
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(1) fn run() { data[0] = data[0] * factor; }`;
  const kernel = must(host.createKernel({ wgsl, entry: "run", bindings: ["readwrite"], constants: { factor: 5 } }));
  const data = must(host.createBuffer(4));
  host.upload(data, bytesOf(Uint32Array.of(9)));
  assert.is(host.dispatch([{ kernel, bindings: [data], workgroups: [1, 1, 1] }], true), undefined);
  assert.equal(new Uint32Array(must(host.download(data)).buffer), Uint32Array.of(45));
});

gpuTest("what the device refuses comes back as a value, and the device goes on", (host) => {
  const a = must(host.createBuffer(400));
  const b = must(host.createBuffer(400));
  const kernel = scaleKernel(host);
  const bindings = ["read", "readwrite", "uniform"] as const;
  fails(host.createKernel({ wgsl: "fn main( {", entry: "main", bindings: [] }), "compile", /1:10/);
  fails(host.createKernel({ wgsl: SCALE, entry: "none", bindings }), "compile", /none/);
  fails(host.createKernel({ wgsl: SCALE, entry: "scale", bindings: ["read", "read", "uniform"] }), "compile");
  fails(host.dispatch([{ ...scalePass(host, a, a, 1) }]), "validation", /synchronization scope/);
  fails(host.dispatch([{ ...scalePass(host, a, b, 1), workgroups: [1e6, 1, 1] }]), "validation", /1000000/);
  fails(host.dispatch([{ kernel, bindings: [a], workgroups: [1, 1, 1] }]), "internal", /too few/);
  fails(host.dispatch([{ kernel: 999 as KernelId, bindings: [], workgroups: [1, 1, 1] }]), "validation", /no such kernel/);
  fails(host.download({ id: 12345, bytes: 4 }), "validation", /no such buffer/);
  fails(host.upload(a, new Uint8Array(8), 2), "validation");
  fails(host.upload(a, new Uint8Array(100_000)), "validation");
  fails(host.createBuffer(2 ** 40), "limit");
  assert.is(host.dispatch([scalePass(host, a, b, 1)], true), undefined);
});

gpuTest("a failed run writes nothing to the host", (host) => {
  const a = must(host.createBuffer(400));
  host.upload(a, new Uint8Array(400).fill(7));
  const target = new Uint8Array(new SharedArrayBuffer(400));
  const failed = host.run([
    { op: "download", buffer: a, target },
    { op: "dispatch", passes: [scalePass(host, a, a, 1)] },
  ]);
  fails(failed, "validation");
  assert.ok(target.every((x) => x === 0));
});

const SPIN = `struct Parameters { rounds: u32 }
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@group(0) @binding(1) var<uniform> parameters: Parameters;
@compute @workgroup_size(1) fn spin() {
  for (var k = 0u; k < parameters.rounds; k++) { data[0] = data[0] * 3u + 1u; }
}`;

gpuTest("an interrupt ends the wait, and the abandoned run writes nothing", (host) => {
  const kernel = must(host.createKernel({ wgsl: SPIN, entry: "spin", bindings: ["readwrite", "uniform"] }));
  const buffer = must(host.createBuffer(4));
  host.upload(buffer, bytesOf(Uint32Array.of(1)));
  const spin = (rounds: number, target: Uint8Array): Failure | undefined =>
    host.run([
      { op: "dispatch", passes: [{ kernel, bindings: [buffer], uniforms: bytesOf(Uint32Array.of(rounds)), workgroups: [1, 1, 1] }] },
      { op: "download", buffer, target },
    ]);
  const target = new Uint8Array(new SharedArrayBuffer(4));
  let rounds = 1000;
  for (let ms = 0; ms < 150; rounds *= 4) {
    const t = performance.now();
    assert.is(spin(rounds, target), undefined);
    ms = performance.now() - t;
  }
  target.fill(0);
  interrupt = true;
  const t = performance.now();
  const failed = spin(rounds, target);
  interrupt = false;
  fails(failed, "interrupted");
  assert.ok(performance.now() - t < 5000);
  assert.is(host.idle(), false);
  assert.is(host.dispatch([], true), undefined, "the next call waits for the abandoned one");
  assert.ok(target.every((x) => x === 0));
});

gpuTest("a short round trip", (host) => {
  const times = Array.from({ length: 201 }, () => host.ping()).sort((a, b) => a - b);
  assert.ok(times[100]! < 2, `${times[100]} ms`);
});

/** What every device that we run on must compute exactly: integers, the bits of NaN, and a way around contraction. */
const NEEDED = [
  "add",
  "sub",
  "mul",
  "iadd",
  "isub",
  "imul",
  "idiv",
  "irem",
  "udiv",
  "urem",
  "shl",
  "ishr",
  "ushr",
  "icompare",
  "nanByBits",
] as const;

gpuTest("the probe answers for every check", (host) => {
  const p = must(probe(host));
  for (const name of Object.keys(CHECKS) as (keyof typeof CHECKS)[]) {
    const r = p.checks[name];
    assert.is(r.exact, r.why === "", name);
  }
  for (const name of NEEDED) assert.ok(p.checks[name].exact, `${name}: ${p.checks[name].why}`);
  assert.ok(p.fmaBarrier !== undefined);
  assert.equal(must(probe(host)).checks, p.checks, "two probes agree");
});

gpuTest("after shutdown everything is a failure, and shutdown can be asked again", (host) => {
  assert.is(host.shutdown(), true);
  assert.is(host.shutdown(), true);
  fails(host.createBuffer(4096 * 4096), "closed");
  fails(host.dispatch([]), "closed");
});

gpuTest("a second device in the same process", () => {
  const again = must(openGpu());
  assert.ok(again.ping() < 1000);
  assert.is(again.shutdown(), true);
});

gpuTest("the process may be left at any moment", async () => {
  const problems = await Promise.all(DEPARTURES.map((d, k) => depart(d, 20 * k, 10 ** (4 + (k % 3)))));
  assert.equal(
    problems.filter((p) => p !== ""),
    [],
  );
});

test.run();
