/**
 * Pairwise summation of a run of floats, in exactly the order that NumPy adds: below 8 terms one after the other; up to 128 with eight
 * partial sums; longer runs split near the middle at a multiple of 8. (Higham 1993, "The accuracy of floating point summation".)
 */
import { halfToDouble } from "../../objects/struct-codes.ts";

const BLOCK = 128;

export function sumFloat64(v: Float64Array, i: number, n: number, s: number): number {
  if (n < 8) {
    let r = -0;
    for (let k = 0; k < n; k++, i += s) r += v[i]!;
    return r;
  }
  if (n > BLOCK) {
    const half = halved(n);
    return sumFloat64(v, i, half, s) + sumFloat64(v, i + half * s, n - half, s);
  }
  let r0 = v[i]!;
  let r1 = v[i + s]!;
  let r2 = v[i + 2 * s]!;
  let r3 = v[i + 3 * s]!;
  let r4 = v[i + 4 * s]!;
  let r5 = v[i + 5 * s]!;
  let r6 = v[i + 6 * s]!;
  let r7 = v[i + 7 * s]!;
  const whole = n - (n % 8);
  let at = i + 8 * s;
  for (let k = 8; k < whole; k += 8, at += 8 * s) {
    r0 += v[at]!;
    r1 += v[at + s]!;
    r2 += v[at + 2 * s]!;
    r3 += v[at + 3 * s]!;
    r4 += v[at + 4 * s]!;
    r5 += v[at + 5 * s]!;
    r6 += v[at + 6 * s]!;
    r7 += v[at + 7 * s]!;
  }
  let r = r0 + r1 + (r2 + r3) + (r4 + r5 + (r6 + r7));
  for (let k = whole; k < n; k++, at += s) r += v[at]!;
  return r;
}

function halved(n: number): number {
  const half = Math.floor(n / 2);
  return half - (half % 8);
}

/** The same with every partial sum rounded to float32, over any reader of elements. */
function sumRounded(read: (i: number) => number, i: number, n: number, s: number): number {
  const f = Math.fround;
  if (n < 8) {
    let r = -0;
    for (let k = 0; k < n; k++, i += s) r = f(r + read(i));
    return r;
  }
  if (n > BLOCK) {
    const half = halved(n);
    return f(sumRounded(read, i, half, s) + sumRounded(read, i + half * s, n - half, s));
  }
  const r = new Float32Array(8);
  for (let j = 0; j < 8; j++) r[j] = read(i + j * s);
  const whole = n - (n % 8);
  for (let k = 8; k < whole; k += 8) for (let j = 0; j < 8; j++) r[j]! += read(i + (k + j) * s);
  let sum = f(f(f(r[0]! + r[1]!) + f(r[2]! + r[3]!)) + f(f(r[4]! + r[5]!) + f(r[6]! + r[7]!)));
  for (let k = whole; k < n; k++) sum = f(sum + read(i + k * s));
  return sum;
}

export function sumFloat32(v: Float32Array, i: number, n: number, s: number): number {
  return sumRounded((k) => v[k]!, i, n, s);
}

/** float16 adds up in float32. */
export function sumFloat16(v: Uint16Array, i: number, n: number, s: number): number {
  return sumRounded((k) => halfToDouble(v[k]!), i, n, s);
}

/** Complex sums: `n` counts parts (twice the elements), `s` is the step between elements; four partial sums of each part. */
export function sumComplex(v: Float32Array | Float64Array, i: number, n: number, s: number, round: (x: number) => number): [number, number] {
  if (n < 8) {
    let [re, im] = [-0, -0];
    for (let k = 0; k < n; k += 2, i += s) [re, im] = [round(re + v[i]!), round(im + v[i + 1]!)];
    return [re, im];
  }
  if (n > BLOCK) {
    const half = halved(n);
    const [ar, ai] = sumComplex(v, i, half, s, round);
    const [br, bi] = sumComplex(v, i + (half / 2) * s, n - half, s, round);
    return [round(ar + br), round(ai + bi)];
  }
  const r: number[] = [];
  for (let j = 0; j < 4; j++) r.push(v[i + j * s]!, v[i + j * s + 1]!);
  const whole = n - (n % 8);
  for (let k = 8; k < whole; k += 8)
    for (let j = 0; j < 4; j++) {
      const at = i + (k / 2 + j) * s;
      r[2 * j] = round(r[2 * j]! + v[at]!);
      r[2 * j + 1] = round(r[2 * j + 1]! + v[at + 1]!);
    }
  let re = round(round(r[0]! + r[2]!) + round(r[4]! + r[6]!));
  let im = round(round(r[1]! + r[3]!) + round(r[5]! + r[7]!));
  for (let k = whole; k < n; k += 2) [re, im] = [round(re + v[i + (k / 2) * s]!), round(im + v[i + (k / 2) * s + 1]!)];
  return [re, im];
}
