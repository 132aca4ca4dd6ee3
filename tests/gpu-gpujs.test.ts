/**
 * The gpu.js backend. Cases in tests/gpujs/*.txt: a region, a binding as JSON, and the kernel's source or why it is not placed (UPDATE=1 rewrites the last part).
 * What is placed runs on gpu.js as Node has it, and must leave what the evaluator leaves.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createGpuJsBackend } from "../src/gpu/gpujs.ts";
import { loadGpuJs } from "../src/gpu/gpujs-node.ts";
import { isFailure } from "../src/gpu/host.ts";
import { isReason } from "../src/gpu/nest-shape.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { check } from "../src/jit/ir/verify.ts";
import { type BindingText, bind, outcomeText } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "gpujs");
const update = process.env.UPDATE === "1";
const GPU = loadGpuJs();
if (isFailure(GPU)) throw new Error(GPU.failed);
const backend = createGpuJsBackend(GPU, "cpu");

for (const file of readdirSync(folder).filter((f) => f.endsWith(".txt"))) {
  const path = join(folder, file);
  const cases = readCases(readFileSync(path, "utf8"));
  const written = cases.map(({ title, parts }) => {
    const region = parse(parts[0]!);
    const text = JSON.parse(parts[1]!) as BindingText;
    const placed = backend.place(region, bind(region, text));
    const last = isReason(placed) ? placed.reason : placed.kernel.source;
    test(`${file}: ${title}`, () => {
      assert.equal(check(region), []);
      if (!update) assert.is(`${last}\n`, parts[2]);
      if (isReason(placed)) return;
      const expected = bind(region, text);
      const want = evaluate(region, expected);
      const binding = bind(region, text);
      assert.ok(placed.kernel.accepts(binding));
      const got = placed.kernel.run(binding);
      assert.is(got.kind === "abort", title.endsWith("gives up"), title);
      if (got.kind === "abort") assert.equal(binding, bind(region, text), "nothing has changed");
      else assert.is(outcomeText(region, binding, got), outcomeText(region, expected, want));
    });
    return `==== ${title}\n${parts[0]}----\n${parts[1]}----\n${last}\n`;
  });
  if (update) writeFileSync(path, written.join(""));
}

test.run();
