/** Numbers: results and messages against CPython's, and properties of the arithmetic on random operands. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { significantDigits, toExponentialExact, toFixedExact } from "../src/interpreter/objects/float-text.ts";
import * as arith from "../src/interpreter/objects/int-arith.ts";
import { magnitude } from "../src/interpreter/objects/int-text.ts";
import { normInt, type PyInt } from "../src/interpreter/objects/values.ts";
import { checkExpressions } from "./expressions.ts";

test("int, float, complex, bool", () => checkExpressions("numbers.txt"));
test("math and cmath", () => checkExpressions("math.txt"));
test("struct, array, binascii, random and others", () => checkExpressions("binary.txt"));

/** A reproducible generator (xorshift32). */
function generator(seed: number): () => number {
  let s = seed;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s >>> 0;
  };
}

const next = generator(20251);

/** Ints of all sizes, many of them near the edges of the two representations. */
function someInt(): PyInt {
  const shape = next() % 6;
  const sign = next() % 2 ? 1n : -1n;
  const word = BigInt(next());
  if (shape === 0) return normInt(sign * (word % 100n));
  if (shape === 1) return normInt(sign * word);
  if (shape === 2) return normInt(sign * (9007199254740991n + (word % 5n) - 2n));
  if (shape === 3) return normInt(sign * (word << BigInt(next() % 40)));
  if (shape === 4) return normInt(sign * (2n ** BigInt(next() % 200) + (word % 3n) - 1n));
  return normInt(sign * (word * BigInt(next()) * BigInt(next())));
}

/** Floor division on bigints, the definition. */
function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}

const canonical = (v: PyInt): boolean =>
  typeof v === "number" ? Number.isSafeInteger(v) && !Object.is(v, -0) : !Number.isSafeInteger(Number(v));

test("integer operators agree with BigInt and give canonical results", () => {
  for (let n = 0; n < 4000; n++) {
    const a = someInt();
    const b = someInt();
    const [x, y] = [BigInt(a), BigInt(b)];
    const cases: [string, PyInt, bigint][] = [
      ["+", arith.add(a, b), x + y],
      ["-", arith.sub(a, b), x - y],
      ["*", arith.mul(a, b), x * y],
      ["&", arith.and(a, b), x & y],
      ["|", arith.or(a, b), x | y],
      ["^", arith.xor(a, b), x ^ y],
      ["~", arith.invert(a), ~x],
    ];
    if (b !== 0) cases.push(["//", arith.floordiv(a, b), floorDiv(x, y)], ["%", arith.mod(a, b), x - y * floorDiv(x, y)]);
    const k = next() % 90;
    cases.push(["<<", arith.lshift(a, k), x << BigInt(k)], [">>", arith.rshift(a, k), x >> BigInt(k)]);
    for (const [op, got, want] of cases) {
      assert.ok(BigInt(got) === want, `${a} ${op} ${b} (shift ${k}): ${got}, want ${want}`);
      assert.ok(canonical(got), `${a} ${op} ${b}: ${got} is not canonical`);
    }
    assert.is(BigInt(arith.gcd(a, b)), euclid(x, y));
  }
});

function euclid(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

test("square roots and powers", () => {
  for (let n = 0; n < 500; n++) {
    const a = arith.abs(someInt());
    const r = BigInt(arith.isqrt(a));
    assert.ok(r * r <= BigInt(a) && (r + 1n) * (r + 1n) > BigInt(a), `isqrt(${a})`);
    const e = next() % 12;
    assert.is(BigInt(arith.pow(a, e)), BigInt(a) ** BigInt(e));
    const m = BigInt(arith.abs(someInt())) + 2n;
    assert.is(BigInt(arith.powmod(a, e + 1000, normInt(m))), slowPowmod(BigInt(a), e + 1000, m));
  }
});

function slowPowmod(a: bigint, e: number, m: bigint): bigint {
  let r = 1n;
  for (let k = 0; k < e; k++) r = (r * a) % m;
  return r;
}

test("division of long ints rounds once", () => {
  for (let n = 0; n < 500; n++) {
    const num = BigInt(someInt()) * 2n ** 70n + BigInt(next());
    const den = BigInt(someInt()) || 1n;
    const got = arith.truediv(normInt(num), normInt(den));
    const want = nearestRatio(num, den);
    assert.is(got, want, `${num} / ${den}`);
  }
});

/** n/d by comparing the neighbours of an estimate exactly. */
function nearestRatio(n: bigint, d: bigint): number {
  const scaled = (n << 1100n) / d; // truncated far below the last place
  const sign = scaled < 0n ? -1 : 1;
  let m = scaled < 0n ? -scaled : scaled;
  let e = -1100;
  const bits = m.toString(2).length;
  if (bits > 53) {
    const drop = BigInt(bits - 53);
    const rest = m & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    m >>= drop;
    e += Number(drop);
    const tie = rest === half && (n << 1100n) % d === 0n;
    if (rest > half || (rest === half && !tie) || (tie && m % 2n === 1n)) m++;
  }
  return sign * Number(m) * 2 ** Math.max(e, -1000) * 2 ** Math.min(e + 1000, 0);
}

test("bases", () => {
  for (let n = 0; n < 300; n++) {
    const a = arith.abs(someInt());
    for (const radix of [2, 3, 7, 8, 10, 16, 27, 36]) assert.is(BigInt(magnitude(a.toString(radix), radix)), BigInt(a));
  }
});

const bytes = new DataView(new ArrayBuffer(8));

function someDouble(): number {
  bytes.setUint32(0, next());
  bytes.setUint32(4, next() % 3 ? next() : 0);
  const x = Math.abs(bytes.getFloat64(0));
  return Number.isFinite(x) ? x : 0.5;
}

/** round-half-even(x · 10^places) by rational arithmetic. */
function scaledExactly(x: number, places: number): bigint {
  const [m, e] = arith.decompose(x);
  let num = BigInt(m);
  let den = 1n;
  if (e >= 0) num <<= BigInt(e);
  else den <<= BigInt(-e);
  if (places >= 0) num *= 10n ** BigInt(places);
  else den *= 10n ** BigInt(-places);
  const q = num / den;
  const twice = (num % den) * 2n;
  return twice > den || (twice === den && q % 2n === 1n) ? q + 1n : q;
}

test("decimal conversion is exact", () => {
  for (let n = 0; n < 1500; n++) {
    const x = n % 3 ? someDouble() : (next() % 100000) / 2 ** (next() % 12); // the second kind has ties
    if (x < 1e30) {
      const places = next() % 25;
      assert.is(
        toFixedExact(x, places)
          .replace(".", "")
          .replace(/^0+(?=\d)/, ""),
        scaledExactly(x, places).toString(),
        `${x} with ${places} places`,
      );
    }
    if (x > 0) {
      const count = 1 + (next() % 25);
      const { digits, exponent } = significantDigits(x, count);
      assert.is(digits, scaledExactly(x, count - 1 - exponent).toString(), `${x} with ${count} digits`);
      assert.is(digits.length, count);
      assert.is(Number(toExponentialExact(x, 16)), x);
    }
  }
});

test.run();
