/**
 * Kernels for GPUs. Cases in tests/wgsl/*.txt: a region, a binding as JSON, and the WGSL or why it is not placed (UPDATE=1 rewrites the last part). A title that
 * ends in "(plain device)" is for a device that flushes subnormals, compares by its own rules and divides inexactly; others are for one that is exact.
 * With an adapter every case, and many random regions, run on the device: memory and variables must be those of the evaluator, bit for bit; or the
 * launch gives up and has changed nothing.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isFailure } from "../src/gpu/host.ts";
import { boxes } from "../src/gpu/layout.ts";
import { isReason } from "../src/gpu/nest-shape.ts";
import { createWebGpuBackend, programFor, type WebGpuBackend } from "../src/gpu/webgpu.ts";
import { type Traits, traits } from "../src/gpu/wgsl-traits.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import type { Binding, Region } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print } from "../src/jit/ir/print.ts";
import { check } from "../src/jit/ir/verify.ts";
import { type BindingText, bind, copyBinding, outcomeText } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";
import { device, FLAWS, plain } from "./wgsl/device.ts";
import { generator, randomCase } from "./wgsl/random.ts";

/** The device, and the same assumed to be plain; none without an adapter. */
const backends = device && plain ? [device, plain] : [];
const folder = join(dirname(fileURLToPath(import.meta.url)), "wgsl");
const update = process.env.UPDATE === "1";

const EXACT: Traits = traits(() => undefined, "none");
const PLAIN: Traits = traits((name) => (FLAWS.has(name) ? "measured" : undefined), "xor");

/** What the device made of a region against what the evaluator makes of it; "abort" where it gave up. */
function runBoth(backend: WebGpuBackend, region: Region, binding: Binding): "same" | "abort" | string {
  const placed = backend.place(region, binding);
  if (isReason(placed)) return placed.reason;
  const { kernel } = placed;
  assert.ok(kernel.accepts(binding), "a kernel accepts the binding that it was made for");
  const before = copyBinding(binding);
  const expected = copyBinding(binding);
  const want = evaluate(region, expected);
  const got = kernel.run(binding);
  if (got.kind === "abort") {
    sameMemory(region, binding, before, kernel.source);
    return "abort";
  }
  if (want.kind === "exit") throw new Error(`an exit (${want.cause}) was not noticed\n${kernel.source}`);
  assert.is(outcomeText(region, binding, got), outcomeText(region, expected, want), kernel.source);
  sameMemory(region, binding, expected, kernel.source);
  return "same";
}

/** Bit for bit, though any NaN equals any other. */
function sameMemory(region: Region, a: Binding, b: Binding, source: string): void {
  for (const { name } of region.arrays) {
    const [x, y] = [a.arrays[name]!.data, b.arrays[name]!.data];
    for (let k = 0; k < x.length; k++)
      if (!Object.is(x[k], y[k])) throw new Error(`${name}[${k}] is ${x[k]}, not ${y[k]}\n${print(region)}${source}`);
  }
}

for (const file of readdirSync(folder).filter((f) => f.endsWith(".txt"))) {
  const path = join(folder, file);
  const cases = readCases(readFileSync(path, "utf8"));
  const actual = cases.map(({ title, parts }) => {
    const region = parse(parts[0]!);
    assert.equal(check(region), [], title);
    const binding = bind(region, JSON.parse(parts[1] ?? "{}") as BindingText);
    const program = programFor(region, title.endsWith("(plain device)") ? PLAIN : EXACT, binding);
    return [print(region), parts[1] ?? "{}\n", isReason(program) ? `${program.reason}\n` : program.wgsl];
  });
  cases.forEach(({ title, parts }, k) => {
    test(`${file}: ${title}`, () => {
      if (!update) assert.fixture(actual[k]!.join("----\n"), parts.join("----\n"));
    });
    if (!actual[k]![2]!.startsWith("//")) return;
    for (const backend of backends) {
      test(`${file}: ${title}, on the device${backend === plain ? ", emulated" : ""}`, () => {
        const region = parse(parts[0]!);
        const result = runBoth(backend, region, bind(region, JSON.parse(parts[1]!) as BindingText));
        // What only a plain device gives up, this one may compute.
        if (title.endsWith("gives up where the device would lose it (plain device)") && backend === device && result === "same") return;
        assert.is(result, title.includes("gives up") ? "abort" : "same");
      });
    }
  });
  if (update) writeFileSync(path, cases.map((c, k) => `==== ${c.title}\n${actual[k]!.join("----\n")}`).join(""));
}

if (device && plain) {
  const COUNT = Number(process.env.RANDOM_REGIONS ?? 120);
  const SEED = Number(process.env.SEED ?? 1);
  for (const backend of backends) {
    test(`random regions: the device does what the evaluator does${backend === plain ? ", emulated" : ""}`, () => {
      const results = { same: 0, abort: 0, other: 0 };
      for (let k = 0; k < COUNT; k++) {
        const seed = SEED * 100_000 + k;
        const { region, binding } = randomCase(seed);
        assert.equal(check(region), [], print(region));
        try {
          const result = runBoth(backend, region, binding);
          results[result === "same" || result === "abort" ? result : "other"]++;
        } catch (e) {
          throw new Error(`seed ${seed}: ${(e as Error).message}\n${print(region)}`);
        }
      }
      assert.ok(results.same > COUNT / 3, JSON.stringify(results));
    });
  }
}

test("a grid is cut where the device's limit of workgroups asks for it, and covers every trip once", () => {
  const region =
    parse(`region "r" "r.py":1\narray a: i32[2]\n{\n  @1\n  for i = 0, dim(a, 0), 1 as L parallel {\n    for j = 0, dim(a, 1), 1 as M parallel {
      a[i :in, j :in] = 1:i32\n    }\n  }\n}\n`);
  const program = programFor(region, EXACT, bind(region, { arrays: { a: { shape: [2, 2] } } }));
  if (isReason(program)) throw new Error(program.reason);
  const covered = new Map<string, number>();
  const all = boxes(program, [21, 100], 3, 21, 2);
  for (const b of all) {
    for (const [k, groups] of b.workgroups.entries()) assert.ok(groups >= 1 && groups <= 2, `${k}`);
    for (let i = b.base[0]!; i < b.end[0]!; i++)
      for (let j = b.base[1]!; j < b.end[1]!; j++) covered.set(`${i} ${j}`, (covered.get(`${i} ${j}`) ?? 0) + 1);
  }
  assert.is(covered.size, 18 * 100);
  assert.ok([...covered.values()].every((n) => n === 1));
});

/** Floats of all magnitudes whose quotients and roots are normal numbers. */
function normals(count: number, seed: number, spread: number): number[] {
  const random = generator(seed);
  const exponent = (): number => Math.floor(random() * 2 * spread) - spread;
  return Array.from({ length: count }, () => Math.fround((random() < 0.5 ? -1 : 1) * (1 + random()) * 2 ** exponent()));
}

if (device && plain) {
  test("quotients and roots by integers are rounded correctly", () => {
    const region =
      parse(`region "r" "r.py":1\narray x: f32[1]\narray y: f32[1]\narray q: f32[1]\narray r: f32[1]\nexit e "e" line 1 live()\n{\n  @1 !e
  for i = 0, dim(x, 0), 1 as L parallel {\n    q[i :in] = x[i :in] / y[i :in]\n    r[i :in] = sqrt(abs(x[i :in]))\n  }\n}\n`);
    const n = 20_000;
    // Next to 1 and to powers of two lie the hard cases.
    const near = Array.from({ length: 200 }, (_x, k) => Math.fround(1 + (k - 100) * 2 ** -23));
    const x = [...normals(n, 5, 60), ...near, ...near, Infinity, NaN, 0];
    const y = [...normals(n, 6, 60), ...near.toReversed(), ...normals(200, 7, 1), 3, 3, 3];
    const shape = [x.length];
    const binding = bind(region, { arrays: { x: { shape, data: x }, y: { shape, data: y }, q: { shape }, r: { shape } } });
    assert.is(runBoth(plain!, region, binding), "same");
  });

  test("a long launch goes in pieces", () => {
    const region = parse(`region "r" "r.py":1\narray a: u32[1]\nvar h: u32 temp\nexit e "e" line 1 live()\n{\n  @1 !e
  for i = 0, dim(a, 0), 1 as L parallel {\n    h = a[i :in]\n    for k = 0, 3000, 1 as K {\n      h = h *% 1664525:u32 +% 1013904223:u32\n    }\n    a[i :in] = h\n  }\n}\n`);
    const data = Array.from({ length: 30_000 }, (_x, k) => k);
    const binding = bind(region, { arrays: { a: { shape: [data.length], data } } });
    const placed = device!.place(region, binding);
    if (isReason(placed)) throw new Error(placed.reason);
    assert.equal(placed.kernel.run(binding), { kind: "done", vars: {} });
    const want = Uint32Array.from(data, (h) => {
      for (let k = 0; k < 3000; k++) h = (Math.imul(h, 1664525) + 1013904223) >>> 0;
      return h;
    });
    assert.equal(binding.arrays.a!.data, want);
  });

  test("with versions, what is unchanged stays on the device", () => {
    const current = new Map<number, number>([
      [0, 1],
      [1, 1],
    ]);
    const versions = {
      current: (s: number) => current.get(s),
      wrote: (s: number) => {
        current.set(s, current.get(s)! + 1);
        return current.get(s);
      },
    };
    const backend = createWebGpuBackend(device!.host, { exactness: device!.exactness, versions });
    if (isFailure(backend)) throw new Error(backend.failed);
    const region = parse(
      `region "r" "r.py":1\narray a: i32[1]\narray b: i32[1]\n{\n  @1\n  for i = 0, dim(a, 0), 1 as L parallel {\n    b[i :in] = b[i :in] +% a[i :in]\n  }\n}\n`,
    );
    const binding = bind(region, { arrays: { a: { shape: [2], data: [1, 2] }, b: { shape: [2], data: [10, 20] } } });
    const placed = backend.place(region, binding);
    if (isReason(placed)) throw new Error(placed.reason);
    const run = (): number[] => {
      assert.is(placed.kernel.run(binding).kind, "done");
      return [...(binding.arrays.b!.data as Int32Array)];
    };
    assert.equal(run(), [11, 22]);
    assert.equal(run(), [12, 24]);
    (binding.arrays.a!.data as Int32Array).set([100, 100]);
    assert.equal(run(), [13, 26], "nobody said that a has changed");
    current.set(0, 2);
    assert.equal(run(), [113, 126]);
    backend.release();
  });

  test("kernels serve other values of the same class, and only those", () => {
    const region = parse(
      `region "r" "r.py":1\narray a: int[1]\nparam m: int\n{\n  @1\n  for i = 0, dim(a, 0), 1 as L parallel {\n    a[i :in] = i & m\n  }\n}\n`,
    );
    const withM = (m: number, n: number): Binding => bind(region, { params: { m }, arrays: { a: { shape: [n] } } });
    const placed = device!.place(region, withM(5, 6));
    if (isReason(placed)) throw new Error(placed.reason);
    assert.ok(placed.kernel.accepts(withM(7, 7)));
    assert.not(placed.kernel.accepts(withM(8, 7)));
    assert.not(placed.kernel.accepts(withM(-1, 7)));
    const b = withM(6, 7);
    assert.is(placed.kernel.run(b).kind, "done");
    assert.equal([...(b.arrays.a!.data as Float64Array)], [0, 0, 2, 2, 4, 4, 6]);
    assert.is(placed.kernel.run(withM(8, 7)).kind, "abort");
  });
}

test.run();
