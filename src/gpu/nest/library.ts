/**
 * WGSL functions for the ops of the IR: exact, or they set `bad`, and the launch is discarded. A kernel's text carries those that it uses.
 *
 * Integers are int32 (u32 for numpy.uint32). A result outside int32 sets `bad`, also for Python's ints and int64, which could hold it: the host then
 * computes the nest. float32 values are always finite and never subnormal: what is not sets `bad` where it appears, so that nothing depends on how a device
 * treats infinities, NaN and subnormals.
 */

export type Barrier = (product: string) => string;

const OVERFLOWS = "bad = 1u;";

/** Function → text. `barrier` keeps a product from being fused into a sum. */
export function library(barrier: Barrier): Readonly<Record<string, string>> {
  const checked = (r: string, vanishes: string): string =>
    `let r = ${r}; let e = bitcast<u32>(r) & 0x7f800000u; if (e == 0x7f800000u || (e == 0u && (${vanishes}))) { bad = 1u; } return r;`;
  const isSubnormal = "(bitcast<u32>(r) & 0x7fffffffu) != 0u";
  return {
    iadd: `fn iadd(a: i32, b: i32) -> i32 { let r = a + b; if (((a ^ r) & (b ^ r)) < 0) { ${OVERFLOWS} } return r; }`,
    isub: `fn isub(a: i32, b: i32) -> i32 { let r = a - b; if (((a ^ b) & (a ^ r)) < 0) { ${OVERFLOWS} } return r; }`,
    imul: `fn imul(a: i32, b: i32) -> i32 {
  let r = a * b;
  let small = a >= -32768 && a < 32768 && b >= -32768 && b < 32768;
  if (!small && a != 0 && ((a == -1 && b == -2147483647 - 1) || r / a != b)) { ${OVERFLOWS} }
  return r;
}`,
    ineg: `fn ineg(a: i32) -> i32 { if (a == -2147483647 - 1) { ${OVERFLOWS} } return -a; }`,
    iabs: `fn iabs(a: i32) -> i32 { if (a == -2147483647 - 1) { ${OVERFLOWS} } return abs(a); }`,
    ifloordiv: `fn ifloordiv(a: i32, b: i32) -> i32 {
  if (b == 0 || (b == -1 && a == -2147483647 - 1)) { ${OVERFLOWS} return 0; }
  let q = a / b;
  return select(q, q - 1, a % b != 0 && ((a < 0) != (b < 0)));
}`,
    imod: `fn imod(a: i32, b: i32) -> i32 {
  if (b == 0) { ${OVERFLOWS} return 0; }
  if (b == -1) { return 0; }
  let r = a % b;
  return select(r, r + b, r != 0 && ((r < 0) != (b < 0)));
}`,
    ishl: `fn ishl(a: i32, n: i32) -> i32 { if (n < 0 || (n > 30 && a != 0)) { ${OVERFLOWS} return 0; } let r = a << u32(n & 31); if ((r >> u32(n & 31)) != a) { ${OVERFLOWS} } return r; }`,
    wshl: `fn wshl(a: i32, n: i32) -> i32 { if (n < 0) { ${OVERFLOWS} return 0; } return select(a << u32(n & 31), 0, n > 31); }`,
    ishr: `fn ishr(a: i32, n: i32) -> i32 { if (n < 0) { ${OVERFLOWS} return 0; } return a >> u32(min(n, 31)); }`,
    range: `fn range(x: i32, lo: i32, hi: i32) -> i32 { if (x < lo || x > hi) { ${OVERFLOWS} } return x; }`,
    uadd: `fn uadd(a: u32, b: u32) -> u32 { let r = a + b; if (r < a) { ${OVERFLOWS} } return r; }`,
    usub: `fn usub(a: u32, b: u32) -> u32 { if (b > a) { ${OVERFLOWS} } return a - b; }`,
    umul: `fn umul(a: u32, b: u32) -> u32 { let r = a * b; if (a != 0u && r / a != b) { ${OVERFLOWS} } return r; }`,
    udiv: `fn udiv(a: u32, b: u32) -> u32 { if (b == 0u) { ${OVERFLOWS} return 0u; } return a / b; }`,
    umod: `fn umod(a: u32, b: u32) -> u32 { if (b == 0u) { ${OVERFLOWS} return 0u; } return a % b; }`,
    ushl: `fn ushl(a: u32, n: u32) -> u32 { return select(a << (n & 31u), 0u, n > 31u); }`,
    ushr: `fn ushr(a: u32, n: u32) -> u32 { return select(a >> (n & 31u), 0u, n > 31u); }`,
    u2i: `fn u2i(a: u32) -> i32 { if (a > 2147483647u) { ${OVERFLOWS} } return i32(a); }`,
    i2u: `fn i2u(a: i32) -> u32 { if (a < 0) { ${OVERFLOWS} } return u32(a); }`,
    at: `fn at(i: i32, n: i32) -> i32 { let k = select(i, i + n, i < 0); if (k < 0 || k >= n) { ${OVERFLOWS} return 0; } return k; }`,
    fload: `fn fload(bits: u32) -> f32 { let e = bits & 0x7f800000u; if (e == 0x7f800000u || (e == 0u && (bits & 0x7fffffffu) != 0u)) { ${OVERFLOWS} } return bitcast<f32>(bits); }`,
    fadd: `fn fadd(a: f32, b: f32) -> f32 { ${checked("a + b", `${isSubnormal} || a != -b`)} }`,
    fsub: `fn fsub(a: f32, b: f32) -> f32 { ${checked("a - b", `${isSubnormal} || a != b`)} }`,
    fmul: `fn fmul(a: f32, b: f32) -> f32 { ${checked(barrier("a * b"), "a != 0.0 && b != 0.0")} }`,
    fdiv: `fn fdiv(a: f32, b: f32) -> f32 { if (b == 0.0) { ${OVERFLOWS} return a; } ${checked("a / b", "a != 0.0")} }`,
    fsqrt: `fn fsqrt(a: f32) -> f32 { if (a < 0.0) { ${OVERFLOWS} return a; } return sqrt(a); }`,
    i2f: `fn i2f(a: i32) -> f32 { if (a > 16777216 || a < -16777216) { ${OVERFLOWS} } return f32(a); }`,
    f2i: `fn f2i(a: f32) -> i32 { if (!(a > -2147483500.0 && a < 2147483500.0)) { ${OVERFLOWS} return 0; } return i32(a); }`,
    negate: `fn negate(a: f32) -> f32 { return bitcast<f32>(bitcast<u32>(a) ^ 0x80000000u); }`,
    magnitude: `fn magnitude(a: f32) -> f32 { return bitcast<f32>(bitcast<u32>(a) & 0x7fffffffu); }`,
  };
}
