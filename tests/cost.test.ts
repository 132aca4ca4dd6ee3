/** Counting work, predictions, and the choice between devices. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Choice } from "../src/jit/cost/choose.ts";
import { countWork } from "../src/jit/cost/count.ts";
import { predict } from "../src/jit/cost/model.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { bind } from "./ir/bindings.ts";

const triangle = parse(`region "t" "t.py":1
array a: f64[1]
param n: int
var s: f64
exit x0 "e" line 3 live(s)
{
  @2 !x0
  for i = 0, n, 1 as L1 {
    for j = 0, i, 1 as L2 {
      @3 !x0
      s = s + a[j] * a[i]
    }
  }
}
`);

test("triangular nests are counted by the middle of the outer loop", () => {
  const binding = bind(triangle, { params: { n: 100 }, vars: { s: 0 }, arrays: { a: { shape: [100] } } });
  const work = countWork(triangle, binding);
  // 100·99/2 trips, up to the rounding of the middle
  assert.ok(Math.abs(work.trip - 100 - 4950) <= 100, String(work.trip));
  assert.is(work.load, (work.trip - 100) * 2);
});

test("predictions grow with the work", () => {
  const at = (n: number): number => predict(triangle, bind(triangle, { params: { n }, vars: { s: 0 }, arrays: { a: { shape: [n] } } })).js;
  assert.ok(at(1000) > 50 * at(100));
});

test("a device is tried for long nests only, and left when it is slower", () => {
  const choice = new Choice();
  assert.is(choice.next({ js: 1000, device: 30 }).place, "js", "js was not measured yet");
  choice.record("js", 1000, 1000);
  assert.is(choice.next({ js: 10, device: 1 }).place, "js", "too short for a device");
  assert.is(choice.next({ js: 1000, device: 30 }).place, "device");
  choice.record("device", 3000, 30);
  assert.is(choice.next({ js: 1000, device: 30 }).place, "js", "measured slower");
  assert.is(choice.next({ js: 1000, device: 30 }).place, "js", "and it stays so");
});

test.run();
