/** The js backend against the evaluator: every case of tests/ir that has a binding ends the same way, with and without assumptions, and with every guard forced. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsBackend } from "../src/jit/backends/js/index.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { type BindingText, bind, outcomeText } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "ir");

for (const file of readdirSync(folder).filter((f) => f.endsWith(".txt"))) {
  for (const c of readCases(readFileSync(join(folder, file), "utf8"))) {
    if (c.parts.length < 3) continue;
    test(`${file}: ${c.title}`, () => {
      const region = parse(c.parts[0]!);
      const text = JSON.parse(c.parts[1]!) as BindingText;
      const expected = bind(region, text);
      const want = outcomeText(region, expected, evaluate(region, expected));
      for (const specialised of [true, false]) {
        const binding = bind(region, text);
        const kernel = jsBackend().compile(region, specialised ? binding : undefined);
        if (specialised) assert.ok(kernel.accepts(binding), "a kernel accepts the binding that it was made for");
        assert.is(outcomeText(region, binding, kernel.run(binding)), want, kernel.source);
      }
    });
  }
}

test.run();
