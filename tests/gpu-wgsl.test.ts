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
import { isReason } from "../src/gpu/nest-shape.ts";
import { programFor, type WebGpuBackend } from "../src/gpu/webgpu.ts";
import { type Traits, traits } from "../src/gpu/wgsl-traits.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import type { Binding, Region } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print } from "../src/jit/ir/print.ts";
import { check } from "../src/jit/ir/verify.ts";
import { type BindingText, bind, copyBinding, outcomeText } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";
import { device, FLAWS, plain } from "./wgsl/device.ts";
import { randomCase } from "./wgsl/random.ts";

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
    for (let k = 0; k < x.length; k++) if (!Object.is(x[k], y[k])) throw new Error(`${name}[${k}] is ${x[k]}, not ${y[k]}\n${print(region)}${source}`);
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
    if (!device || !plain || !actual[k]![2]!.startsWith("//")) return;
    for (const backend of [device, plain]) {
      test(`${file}: ${title}, on the device${backend === plain ? ", emulated" : ""}`, () => {
        const region = parse(parts[0]!);
        const result = runBoth(backend, region, bind(region, JSON.parse(parts[1]!) as BindingText));
        assert.is(result, title.includes("gives up") ? "abort" : "same");
      });
    }
  });
  if (update) writeFileSync(path, cases.map((c, k) => `==== ${c.title}\n${actual[k]!.join("----\n")}`).join(""));
}

if (device && plain) {
  const COUNT = Number(process.env.RANDOM_REGIONS ?? 120);
  const SEED = Number(process.env.SEED ?? 1);
  for (const backend of [device, plain]) {
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

test.run();
