/**
 * The IR: cases in tests/ir/*.txt. A case is a region, then optionally a binding as JSON and how the evaluator ends:
 *   ==== title / region … / ---- / {"params": …} / ---- / outcome
 * A title that ends in "(invalid)" is a region that the verifier refuses; its last part is what it says.
 * Each region must print as it is written and verify. UPDATE=1 rewrites outcomes and printing.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { apply, float, int, masked, modulo } from "../src/jit/ir/build.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import { OP_NAMES, spec } from "../src/jit/ir/ops.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print, text } from "../src/jit/ir/print.ts";
import { check } from "../src/jit/ir/verify.ts";
import { type BindingText, bind, outcomeText } from "./ir/bindings.ts";
import { type Case, readCases } from "./ir/cases.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "ir");
const update = process.env.UPDATE === "1";

/** The case as it should read. */
function actual({ title, parts }: Case): string {
  const region = parse(parts[0]!);
  const problems = check(region);
  const printed = print(region);
  if (title.endsWith("(invalid)")) return [printed, `${problems.join("\n")}\n`].join("----\n");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  if (parts.length < 2) return printed;
  const binding = bind(region, JSON.parse(parts[1]!) as BindingText);
  return [printed, parts[1]!, `${outcomeText(region, binding, evaluate(region, binding))}\n`].join("----\n");
}

for (const file of readdirSync(folder).filter((f) => f.endsWith(".txt"))) {
  const path = join(folder, file);
  const cases = readCases(readFileSync(path, "utf8"));
  for (const c of cases) {
    test(`${file}: ${c.title}`, () => {
      if (!update) assert.fixture(actual(c), c.parts.join("----\n"));
      assert.is(print(parse(print(parse(c.parts[0]!)))), print(parse(c.parts[0]!)));
    });
  }
  if (update) writeFileSync(path, cases.map((c) => `==== ${c.title}\n${actual(c)}`).join(""));
}

test("every op has a row whose operands make sense", () => {
  for (const name of OP_NAMES) {
    const s = spec(name);
    assert.ok(s.args.length >= 1 && s.args.length <= 3, name);
    assert.is(s.effect === "exit", s.exits.length > 0, name);
  }
});

test("modulo keeps wide products exact, and only them", () => {
  const x = apply("add", apply("mul", int(3), int(4)), int(5));
  assert.is(text(modulo(x, int(7))), "wmod(wadd(wmul(widen(3), widen(4)), widen(5)), 7)");
  assert.is(text(masked(x, int(255))), "wmod(wadd(wmul(widen(3), widen(4)), widen(5)), 256)");
  assert.is(text(modulo(apply("add", int(3), int(4)), int(7))), "(3 + 4) % 7");
  assert.is(text(masked(x, int(254))), "3 * 4 + 5 & 254");
});

test("constructors refuse what the table does not define", () => {
  assert.throws(() => apply("add", int(1), float(1)), /add\(int, float\) is not defined/);
  assert.throws(() => apply("truediv", int(1), int(1)), /truediv/);
  assert.throws(() => int(2 ** 53), /is no int/);
});

test.run();
