/**
 * Transforms. Cases in tests/transform/*.txt: a region, a binding as JSON, and what the passes make of it (or why nothing); UPDATE=1 rewrites the last part. What comes out
 * verifies after every pass and does what the region did, also when parallel loops run backwards. Then the same over random nests.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { components } from "../src/jit/dependence/graph.ts";
import { judge } from "../src/jit/dependence/verdict.ts";
import { op } from "../src/jit/ir/build.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import type { Binding, ForStmt, Outcome, Region } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print, printBody } from "../src/jit/ir/print.ts";
import { check } from "../src/jit/ir/verify.ts";
import { isFree, transform } from "../src/jit/transform/pipeline.ts";
import { allocate, isReason, type Staged, type TransformOptions } from "../src/jit/transform/stage.ts";
import { type BindingText, bind, copyBinding, outcomeText } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";
import { Nest, random, Square } from "./ir/nests.ts";

/** The stage's region on this binding's memory. */
function run(s: Staged, region: Region, binding: Binding): Outcome {
  return evaluate(region, { ...binding, arrays: { ...binding.arrays, ...allocate(s.scratch) } });
}

/** The region with every parallel outermost loop running backwards. */
function backwards(r: Region): Region {
  const turned = (s: ForStmt): ForStmt => {
    const trips = op.floordiv(op.sub(op.add(op.sub(s.hi, s.lo), s.step), one(s)), s.step);
    const last = op.add(s.lo, op.mul(op.sub(trips, { kind: "const", type: "int", value: 1 }), s.step));
    return { ...s, lo: last, hi: op.sub(s.lo, s.step), step: op.neg(s.step) };
  };
  return { ...r, body: r.body.map((s) => (s.kind === "for" && s.parallel && s.exit !== undefined ? turned(s) : s)) };
}
const one = (s: ForStmt) => ({ kind: "const", type: "int", value: s.step.kind === "const" && s.step.value < 0 ? -1 : 1 }) as const;

const memory = (r: Region, b: Binding): string => outcomeText(r, b, { kind: "done", vars: {} });

/** What is wrong with a stage: rules of the IR, or another effect than that of the region. */
function objections(region: Region, binding: Binding, s: Staged): string[] {
  const out = check(s.region);
  if (out.length > 0) return out;
  const [before, after, turned] = [copyBinding(binding), copyBinding(binding), copyBinding(binding)];
  const want = evaluate(region, before);
  const got = run(s, s.region, after);
  if (want.kind === "exit") return got.kind === "exit" ? [] : ["it went on where the region leaves"];
  if (got.kind === "exit") return [`it left: ${got.exit} ${got.cause}`];
  const names = region.vars.filter((v) => v.init !== "temp").map((v) => v.name);
  const vars = Object.fromEntries(names.map((n) => [n, got.vars[n]]));
  const [wanted, had] = [outcomeText(region, before, want), outcomeText(region, after, { kind: "done", vars })];
  if (wanted !== had) return [`want ${wanted}`, `got ${had}`];
  const back = run(s, backwards(s.region), turned);
  if (back.kind === "exit") return [`backwards it left: ${back.cause}`];
  return memory(region, turned) === memory(region, before) ? [] : ["backwards it does something else"];
}

// ---- text cases -------------------------------------------------------------------------------------------------------------------------

const folder = join(dirname(fileURLToPath(import.meta.url)), "transform");
const update = process.env.UPDATE === "1";

function shown(region: Region, binding: Binding, options: TransformOptions): string {
  const made = transform(region, binding, options);
  if (isReason(made)) return `nothing: ${made.reason}\n`;
  const arrays = made.scratch.map((x) => `array ${x.name}: ${x.elem}[${x.shape.join(", ")}]`);
  return `${[...made.applied.map((a) => `- ${a}`), ...arrays, ...printBody(made.region.body)].join("\n")}\n`;
}

for (const file of readdirSync(folder)
  .filter((f) => f.endsWith(".txt"))
  .sort()) {
  const path = join(folder, file);
  const cases = readCases(readFileSync(path, "utf8"));
  const written = cases.map(({ title, parts }) => {
    const region = parse(parts[0]!);
    const binding = bind(region, JSON.parse(parts[1]!) as BindingText);
    const cut = /in (\d+) parts/.exec(title)?.[1];
    const options = { relaxed: title.includes("--fp=relaxed"), ...(cut !== undefined && { parts: Number(cut) }) };
    const text = shown(region, binding, options);
    test(`${file}: ${title}`, () => {
      assert.equal(check(region), []);
      if (!update) assert.is(text, parts[2]);
      transform(region, binding, options, (pass, s) => {
        if (!isReason(s) && !options.relaxed) assert.equal(objections(region, binding, s), [], `after ${pass}`);
      });
      const made = transform(region, binding, options);
      if (!isReason(made) && !options.relaxed) assert.equal(objections(region, binding, made), []);
    });
    return `==== ${title}\n${print(region)}----\n${parts[1]}----\n${text}`;
  });
  if (update) writeFileSync(path, written.join(""));
}

// ---- random nests -----------------------------------------------------------------------------------------------------------------------

/** Counts how often each pass found something to do. */
function fuzz(next: () => { region: Region; binding: Binding }, rounds: number): Map<string, number> {
  const done = new Map<string, number>();
  const count = (pass: string): void => void done.set(pass, (done.get(pass) ?? 0) + 1);
  for (let round = 0; round < rounds; round++) {
    const { region, binding } = next();
    if (judge(region, binding).every((v) => isFree(region, v))) continue;
    let last = region;
    const hold = (pass: string, s: Staged): void => {
      count(pass);
      const wrong = objections(region, binding, s);
      if (wrong.length > 0)
        assert.unreachable(`round ${round}, ${pass}: ${wrong.join("\n")}\n${print(region)}\n${print(last)}\n${print(s.region)}`);
      last = s.region;
    };
    const made = transform(region, binding, { parts: 1 + (round % 4) }, (pass, s) => {
      if (!isReason(s)) hold(pass, s);
    });
    if (!isReason(made)) hold("all", made);
  }
  if (process.env.VERBOSE) console.log(done);
  return done;
}

const seed = Number(process.env.SEED ?? 5);
const rounds = Number(process.env.ROUNDS ?? 150);

test("random nests do the same after every pass", () => {
  const rnd = random(seed);
  const done = fuzz(() => new Nest(rnd).build(), rounds);
  for (const pass of ["induction", "counting", "distribute", "reduce", "all"])
    assert.ok((done.get(pass) ?? 0) > 0, `${pass} never applied`);
});

test("random perfect nests do the same after every pass", () => {
  const rnd = random(seed);
  const done = fuzz(() => new Square(rnd).build(), rounds);
  for (const pass of ["interchange", "distribute", "rename", "all"]) assert.ok((done.get(pass) ?? 0) > 0, `${pass} never applied`);
});

test("components come in an order that edges agree with", () => {
  const edges = [
    [1, 2],
    [2, 1],
    [0, 1],
    [3, 0],
  ] as const;
  const found = components(5, (v) => edges.filter(([a]) => a === v).map(([, b]) => b));
  assert.equal(
    [...found].sort((a, b) => a[0]! - b[0]!),
    [[0], [1, 2], [3], [4]],
  );
  const place = (v: number): number => found.findIndex((c) => c.includes(v));
  for (const [a, b] of edges) assert.ok(place(a) <= place(b));
});

test.run();
