/**
 * Sums and products of module math: fsum, sumprod, prod, dist.
 * Source of the exact summation: J. R. Shewchuk, "Adaptive precision floating-point arithmetic" (1997); R. Hettinger's recipe of it.
 */

import { vectorNorm } from "../../base/libm.ts";
import { productError } from "../../base/libm-exact.ts";
import { overflowError, valueError } from "../builtins/exceptions.ts";
import { floatType } from "../objects/float.ts";
import { intToDouble } from "../objects/int.ts";
import * as arith from "../objects/int-arith.ts";
import { binary, getIter, iterNext, plainInt, toArray, toDouble } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyFloat, type PyInt, PyTuple, type Value } from "../objects/values.ts";

/** An exact running sum as non-overlapping partials of growing size. */
export class ExactSum {
  private readonly partials: number[] = [];

  /** False when the sum overflowed. */
  add(value: number): boolean {
    const p = this.partials;
    let x = value;
    let kept = 0;
    for (let j = 0; j < p.length; j++) {
      let y = p[j]!;
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const hi = x + y;
      const lo = y - (hi - x);
      if (lo !== 0) p[kept++] = lo;
      x = hi;
    }
    p.length = kept;
    if (x !== 0) p.push(x);
    return Math.abs(x) < Infinity;
  }

  clear(): void {
    this.partials.length = 0;
  }

  /** The sum rounded once, half to even. */
  round(): number {
    const p = this.partials;
    let n = p.length;
    if (n === 0) return 0;
    let hi = p[--n]!;
    let lo = 0;
    while (n > 0) {
      const x = hi;
      const y = p[--n]!;
      hi = x + y;
      lo = y - (hi - x);
      if (lo !== 0) break;
    }
    // a remaining part on the side of lo turns an exact half into more than half
    if (n > 0 && ((lo < 0 && p[n - 1]! < 0) || (lo > 0 && p[n - 1]! > 0))) {
      const y = lo * 2;
      const x = hi + y;
      if (y === x - hi) hi = x;
    }
    return hi;
  }
}

export function fsum(vm: VM, seq: Value): Value {
  const sum = new ExactSum();
  let special = 0;
  let infinities = 0;
  for (const item of toArray(vm, seq)) {
    const x = toDouble(vm, item);
    if (Number.isFinite(x)) {
      if (!sum.add(x)) throw overflowError("intermediate overflow in fsum");
    } else {
      if (x === Infinity || x === -Infinity) infinities += x;
      special += x;
      sum.clear();
    }
  }
  if (infinities !== infinities) throw valueError("-inf + inf in fsum");
  return new PyFloat(special !== 0 ? special : sum.round());
}

export function prod(vm: VM, iterable: Value, start?: Value): Value {
  let result: Value = start ?? 1;
  const it = getIter(vm, iterable);
  for (let item = iterNext(vm, it); item !== undefined; item = iterNext(vm, it)) {
    if (typeof result === "number" && typeof item === "number") result = arith.mul(result, item);
    else if (result instanceof PyFloat && item instanceof PyFloat && result.cls === floatType && item.cls === floatType)
      result = new PyFloat(result.value * item.value);
    else result = binary(vm, "mul", result, item);
  }
  return result;
}

/** A value that sumprod multiplies as a double: a float, or an int beside a float. */
function realPart(v: Value): number | undefined {
  if (v instanceof PyFloat && v.cls === floatType) return v.value;
  return typeof v === "number" || typeof v === "bigint" ? intToDouble(v) : undefined;
}

export function sumprod(vm: VM, p: Value, q: Value): Value {
  const left = getIter(vm, p);
  const right = getIter(vm, q);
  let total: Value = 0;
  let ints: PyInt = 0;
  let floats: ExactSum | undefined;
  const flush = () => {
    if (ints !== 0) total = binary(vm, "add", total, ints);
    if (floats) total = binary(vm, "add", total, new PyFloat(floats.round()));
    ints = 0;
    floats = undefined;
  };
  for (;;) {
    const a = iterNext(vm, left);
    const b = iterNext(vm, right);
    if ((a === undefined) !== (b === undefined)) throw valueError("Inputs are not the same length");
    if (a === undefined || b === undefined) break;
    const x = a instanceof PyFloat || b instanceof PyFloat ? realPart(a) : undefined;
    const y = x === undefined ? undefined : realPart(b);
    if (typeof a !== "boolean" && typeof b !== "boolean" && isInt(a) && isInt(b))
      ints = arith.add(ints, arith.mul(plainInt(a)!, plainInt(b)!));
    else if (x !== undefined && y !== undefined && Math.abs(x) < 1e150 && Math.abs(y) < 1e150) {
      floats ??= new ExactSum();
      const r = x * y;
      floats.add(r);
      floats.add(productError(x, y, r));
    } else {
      flush();
      total = binary(vm, "add", total, binary(vm, "mul", a, b));
    }
  }
  flush();
  return total;
}

function isInt(v: Value): boolean {
  return typeof v === "number" || typeof v === "bigint";
}

export function dist(vm: VM, p: Value, q: Value): Value {
  const point = (v: Value): readonly Value[] => (v instanceof PyTuple ? v.items : toArray(vm, v));
  const a = point(p);
  const b = point(q);
  if (a.length !== b.length) throw valueError("both points must have the same number of dimensions");
  return new PyFloat(vectorNorm(a.map((x, i) => toDouble(vm, x) - toDouble(vm, b[i]!))));
}

export function hypot(vm: VM, coordinates: Value[]): Value {
  return new PyFloat(vectorNorm(coordinates.map((x) => toDouble(vm, x))));
}
