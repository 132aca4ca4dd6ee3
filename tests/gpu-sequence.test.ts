/**
 * Transformed nests as sequences of launches, on a device that the evaluator plays: what comes out is what the region does; when any launch fails, or any step leaves,
 * nothing has happened.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isReason, shapeOf } from "../src/gpu/nest-shape.ts";
import { type Placing, sequence } from "../src/gpu/sequence.ts";
import { jsBackend } from "../src/jit/backends/js/index.ts";
import { evaluate } from "../src/jit/ir/evaluate.ts";
import type { Binding, NumericArray, Region } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print } from "../src/jit/ir/print.ts";
import { transform } from "../src/jit/transform/pipeline.ts";
import { bind, copyBinding, outcomeText } from "./ir/bindings.ts";
import { Nest, random, Square } from "./ir/nests.ts";

/** `failing`: the launch that fails, from 1; `refuses`: loops that are not taken. */
function played(failing = 0, refuses: (r: Region) => boolean = () => false): Placing & { launches: number } {
  const device = {
    launches: 0,
    place: (region: Region) => {
      const shape = shapeOf(region);
      if (isReason(shape)) return shape;
      if (refuses(region)) return { reason: "not this one" };
      const run = (b: Binding) => {
        if (++device.launches === failing) return { kind: "abort", cause: "made to fail" } as const;
        const copy = copyBinding(b);
        const out = evaluate(region, copy);
        if (out.kind === "exit") return { kind: "abort", cause: out.cause } as const;
        for (const [name, a] of Object.entries(b.arrays)) takeOver(a.data, copy.arrays[name]!.data);
        return out;
      };
      return { kernel: { source: "", assumptions: [], accepts: () => true, run } };
    },
  };
  return device;
}

function takeOver(to: NumericArray, from: NumericArray): void {
  for (let k = 0; k < to.length; k++) to[k] = from[k]!;
}

/** The nest on a device; undefined where nothing of it goes there. */
function onDevice(region: Region, binding: Binding, device: Placing): ReturnType<ReturnType<typeof kernelOf>> | undefined {
  return kernelOf(region, binding, device)?.();
}
function kernelOf(region: Region, binding: Binding, device: Placing) {
  const stage = transform(region, binding);
  if (isReason(stage)) return () => undefined;
  const made = sequence({ device, host: jsBackend() }, region, stage);
  return () => ("reason" in made ? undefined : made.kernel.run(binding));
}

function hold(region: Region, original: Binding, rnd: (n: number) => number): number {
  const refuses = rnd(3) === 0 ? (r: Region): boolean => r.body[0]!.line % 2 === 0 && print(r).length % 3 === 0 : undefined;
  const device = played(0, refuses);
  const binding = copyBinding(original);
  const got = onDevice(region, binding, device);
  if (got === undefined) return 0;
  const want = copyBinding(original);
  const expected = evaluate(region, want);
  if (expected.kind === "exit") {
    assert.is(got.kind, "abort", print(region));
    assert.equal(binding, original, "nothing has happened");
    return 0;
  }
  assert.is(got.kind, "done", `${JSON.stringify(got)}\n${print(region)}`);
  if (got.kind === "done") assert.is(outcomeText(region, binding, got), outcomeText(region, want, expected), print(region));
  const { launches } = device;
  if (launches === 0) return 0;
  const again = copyBinding(original);
  const failed = onDevice(region, again, played(1 + rnd(launches), refuses));
  assert.is(failed?.kind, "abort");
  assert.equal(again, original, "nothing has happened");
  return launches;
}

for (const [name, Kind] of [
  ["nests", Nest],
  ["perfect nests", Square],
] as const)
  test(`random ${name}, whole or not at all`, () => {
    const rnd = random(Number(process.env.SEED ?? 3));
    let launches = 0;
    for (let k = 0; k < Number(process.env.ROUNDS ?? 60); k++) {
      const { region, binding } = new Kind(rnd).build();
      launches += hold(region, binding, rnd);
    }
    assert.ok(launches > 10, `${launches} launches`);
  });

const TIMED = `region "timed" "t.py":1 transaction
array a: f32[1]
array b: f32[1]
array c: f32[1]
param n: int
param m: int
var s: int unset
var i: int unset
exit x0 "any" line 2 live(i)
{
  @2 !x0
  for s0 = 1, m, 1 as S {
    s = s0
    @3 !x0
    c[s] = f32(s)
    @4 !x0
    for i0 = 1, n, 1 as L {
      i = i0
      @5 !x0
      b[i] = a[i - 1] + a[i]
    }
    @6 !x0
    for i1 = 1, n, 1 as L2 {
      i = i1
      @7 !x0
      a[i] = b[i] * 0.5:f32
    }
  }
}
`;

test("a sequential loop that was split off holds launches of its own", () => {
  const region = parse(TIMED);
  const values = {
    params: { n: 8, m: 5 },
    arrays: { a: { shape: [9], data: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, b: { shape: [9] }, c: { shape: [9] } },
  };
  const [binding, want] = [bind(region, values), bind(region, values)];
  const device = played();
  const got = onDevice(region, binding, device);
  assert.is(got?.kind, "done");
  if (got?.kind === "done") assert.is(outcomeText(region, binding, got), outcomeText(region, want, evaluate(region, want)));
  assert.is(device.launches, 1 + 4 * 2, "one for c, two in each of four trips");
});

test("one memory under two types is left alone", () => {
  const region = parse(
    TIMED.replace("array c: f32[1]", "array c: f32[1]\narray d: i32[1]").replace("a[i - 1] + a[i]", "a[i - 1] + f32(d[i])"),
  );
  const values = { params: { n: 8, m: 5 }, arrays: { a: { shape: [9] }, b: { shape: [9] }, c: { shape: [9] }, d: { shape: [9] } } };
  const plain = bind(region, values);
  const shared = new ArrayBuffer(36);
  const arrays = {
    ...plain.arrays,
    c: { ...plain.arrays.c!, data: new Float32Array(shared), storage: 7 },
    d: { ...plain.arrays.d!, data: new Int32Array(shared), storage: 7 },
  };
  const got = onDevice(region, { ...plain, arrays }, played());
  assert.ok(got === undefined || got.kind === "abort");
});

test.run();
