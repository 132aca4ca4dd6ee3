/**
 * The elementary functions against exactly rounded values (computed with 200-bit arithmetic) and at the edges of their domains.
 * Bits are written as 64-bit hexadecimal integers.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { libm, nextafter } from "../src/base/libm.ts";

const cell = new DataView(new ArrayBuffer(8));

function fromBits(hex: string): number {
  cell.setBigUint64(0, BigInt(`0x${hex}`));
  return cell.getFloat64(0);
}

type Function_ = (x: number, y: number) => number;

/** Lines "name x [y] result" of tests/expressions/libm.txt. */
test("correctly rounded values", () => {
  const wrong: string[] = [];
  const text = readFileSync(new URL("./expressions/libm.txt", import.meta.url), "utf8");
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [name, ...rest] = line.split(" ");
    const values = rest.map(fromBits);
    const got = (libm as unknown as Record<string, Function_>)[name!]!(values[0]!, values[1]!);
    if (!Object.is(got, values.at(-1)!)) wrong.push(`${line}: ${got}, want ${values.at(-1)}`);
  }
  assert.is(wrong.join("\n"), "");
});

const NAN = Number.NaN;
const INF = Infinity;

/** Special values by C99 Annex F. */
const SPECIAL: readonly (readonly [string, readonly number[], number])[] = [
  ["exp", [NAN], NAN],
  ["exp", [INF], INF],
  ["exp", [-INF], 0],
  ["exp", [0], 1],
  ["exp", [710], INF],
  ["exp", [-746], 0],
  ["log", [0], -INF],
  ["log", [-0], -INF],
  ["log", [-1], NAN],
  ["log", [INF], INF],
  ["log", [1], 0],
  ["log2", [8], 3],
  ["log2", [2 ** -1074], -1074],
  ["log10", [1000], 3],
  ["pow", [1, NAN], 1],
  ["pow", [NAN, 0], 1],
  ["pow", [-1, INF], 1],
  ["pow", [-1, -INF], 1],
  ["pow", [-8, 1 / 3], NAN],
  ["pow", [-2, 3], -8],
  ["pow", [-0, -3], -INF],
  ["pow", [-0, 3], -0],
  ["pow", [2, 1024], INF],
  ["pow", [2, -1075], 0],
  ["pow", [0.5, INF], 0],
  ["pow", [INF, -1], 0],
  ["sin", [-0], -0],
  ["sin", [INF], NAN],
  ["tan", [-0], -0],
  ["cos", [NAN], NAN],
  ["atan", [INF], Math.PI / 2],
  ["atan", [-0], -0],
  ["atan2", [0, -1], Math.PI],
  ["atan2", [-0, -1], -Math.PI],
  ["atan2", [-0, 1], -0],
  ["atan2", [INF, -INF], 2.356194490192345],
  ["asin", [1], Math.PI / 2],
  ["asin", [1.1], NAN],
  ["acos", [1], 0],
  ["acos", [-1], Math.PI],
  ["cbrt", [-27], -3],
  ["cbrt", [-0], -0],
  ["hypot", [3, 4], 5],
  ["hypot", [INF, NAN], INF],
  ["erf", [INF], 1],
  ["erf", [-0], -0],
  ["erfc", [-INF], 2],
  ["erfc", [30], 0],
  ["gamma", [5], 24],
  ["gamma", [-1], NAN],
  ["gamma", [171.7], INF],
  ["lgamma", [1], 0],
  ["lgamma", [-INF], INF],
  ["fma", [1e308, 10, -INF], -INF],
  ["fma", [0.1, 10, -1], 5.551115123125783e-17],
  ["remainder", [5, 3], -1],
  ["remainder", [2.5, 1], 0.5],
  ["remainder", [-0, 1], -0],
  ["nextafter", [0, 1], 5e-324],
  ["nextafter", [1, 0], 0.9999999999999999],
  ["nextafter", [-5e-324, 1], -0],
  ["ulp", [1], 2 ** -52],
  ["ulp", [0], 5e-324],
  ["ulp", [INF], INF],
  ["ldexp", [1, -1074], 5e-324],
  ["ldexp", [3, -1075], 1e-323],
  ["ldexp", [1, 1024], INF],
];

test("special values", () => {
  for (const [name, args, want] of SPECIAL) {
    const got = (libm as unknown as Record<string, (...a: readonly number[]) => number>)[name]!(...args);
    assert.ok(Object.is(got, want), `${name}(${args.join(", ")}) is ${got}, want ${want}`);
  }
});

test("fma rounds once where the product is inexact", () => {
  for (let n = 1; n < 2000; n++) {
    const x = 1 + n * 2 ** -30;
    const y = 1 - n * 2 ** -31;
    const exact = BigInt(x * 2 ** 30) * BigInt(y * 2 ** 31) - (1n << 61n); // (x·y - 1)·2^61
    assert.is(libm.fma(x, y, -1), Number(exact) * 2 ** -61);
  }
});

test("steps of nextafter", () => {
  assert.is(nextafter(1, 2, 5n), 1 + 5 * 2 ** -52);
  assert.is(nextafter(-1, 1, 10n ** 30n), 1);
});

test.run();
