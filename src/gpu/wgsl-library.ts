/**
 * Functions that generated kernels call, by name. Each is plain WGSL over 32-bit words; `uses` names the others that it needs.
 *
 * Float functions work on bit patterns where devices differ: flushing of subnormals, NaN in comparisons, division and square root that are not
 * rounded correctly. Sources: WGSL (W3C), "Floating point evaluation"; IEEE 754-2019; Warren, "Hacker's Delight", 2-13 (overflow), 11-1 (square root by digits).
 */
interface Entry {
  readonly text: string;
  readonly uses?: readonly LibraryName[];
}

const FUNCTIONS = {
  // integers
  add_leaves: { text: "fn add_leaves(a: i32, b: i32) -> bool { let r = a + b; return ((a ^ r) & (b ^ r)) < 0i; }" },
  sub_leaves: { text: "fn sub_leaves(a: i32, b: i32) -> bool { let r = a - b; return ((a ^ b) & (a ^ r)) < 0i; }" },
  umul_leaves: {
    text: `fn umul_leaves(a: u32, b: u32) -> bool {
  let ah = a >> 16u;
  let bh = b >> 16u;
  if (ah != 0u && bh != 0u) { return true; }
  let cross = ah * (b & 0xffffu) + bh * (a & 0xffffu);
  if (cross > 0xffffu) { return true; }
  return (cross << 16u) > 0xffffffffu - (a & 0xffffu) * (b & 0xffffu);
}`,
  },
  mul_leaves: {
    uses: ["umul_leaves"],
    text: `fn mul_leaves(a: i32, b: i32) -> bool {
  let x = bitcast<u32>(abs(a));
  let y = bitcast<u32>(abs(b));
  if ((x | y) < 0x8000u) { return false; }
  let limit = select(0x7fffffffu, 0x80000000u, (a ^ b) < 0i);
  return umul_leaves(x, y) || x * y > limit;
}`,
  },
  shl_leaves: {
    text: "fn shl_leaves(a: i32, n: i32) -> bool { return a != 0i && (n > 31i || ((a << u32(n & 31i)) >> u32(n & 31i)) != a); }",
  },
  floor_div: {
    text: `fn floor_div(a: i32, b: i32) -> i32 {
  let q = a / b;
  return select(q, q - 1i, q * b != a && (a < 0i) != (b < 0i));
}`,
  },
  floor_mod: {
    text: `fn floor_mod(a: i32, b: i32) -> i32 {
  let r = a % b;
  return select(r, r + b, r != 0i && (r < 0i) != (b < 0i));
}`,
  },
  // (a*b) modulo m for a, b < m <= 2^31, by doubling.
  mul_mod: {
    text: `fn mul_mod(a: u32, b: u32, m: u32) -> u32 {
  if ((a | b) < 0x10000u) { return (a * b) % m; }
  var sum = 0u;
  var term = a;
  var rest = b;
  loop {
    if (rest == 0u) { break; }
    if ((rest & 1u) != 0u) { sum = sum + term; if (sum >= m) { sum = sum - m; } }
    term = term + term;
    if (term >= m) { term = term - m; }
    rest = rest >> 1u;
  }
  return sum;
}`,
  },
  add_mod: { text: "fn add_mod(a: u32, b: u32, m: u32) -> u32 { let s = a + b; return select(s, s - m, s >= m); }" },
  sub_mod: { text: "fn sub_mod(a: u32, b: u32, m: u32) -> u32 { return select(a - b, a + m - b, a < b); }" },

  // bits of floats
  is_nan: { text: "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }" },
  is_inf: { text: "fn is_inf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }" },
  is_finite: { text: "fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }" },
  is_zero: { text: "fn is_zero(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0u; }" },
  is_tiny: { text: "fn is_tiny(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0u; }" },
  is_subnormal: { text: "fn is_subnormal(x: u32) -> bool { return (x & 0x7f800000u) == 0u && (x & 0x7fffffffu) != 0u; }" },
  // Floats in the order of their values as ints; both zeros are 0.
  rank: {
    text: `fn rank(x: f32) -> i32 {
  let b = bitcast<i32>(x);
  return select(b, (-2147483647i - 1i) - b, b < 0i);
}`,
  },
  f_eq: { uses: ["is_nan", "rank"], text: "fn f_eq(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && rank(a) == rank(b); }" },
  f_lt: { uses: ["is_nan", "rank"], text: "fn f_lt(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && rank(a) < rank(b); }" },
  f_le: { uses: ["is_nan", "rank"], text: "fn f_le(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && rank(a) <= rank(b); }" },

  // Whether a result may be a subnormal, or the zero that the device made of one. No short-circuits: they are branches.
  add_flushed: {
    uses: ["is_tiny"],
    text: `fn add_flushed(a: f32, b: f32, r: f32) -> bool {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  return is_tiny(r) & ((x ^ y) != 0x80000000u) & (((x | y) & 0x7fffffffu) != 0u);
}`,
  },
  mul_flushed: {
    uses: ["is_tiny", "is_zero"],
    text: "fn mul_flushed(a: f32, b: f32, r: f32) -> bool { return is_tiny(r) & !is_zero(a) & !is_zero(b); }",
  },
  div_flushed: {
    uses: ["is_tiny", "is_zero", "is_inf"],
    text: "fn div_flushed(a: f32, b: f32, r: f32) -> bool { return is_tiny(r) & !is_zero(a) & !is_inf(b); }",
  },

  // Correctly rounded quotient by long division, 8 bits a step. (NaN is made at run time: WGSL has no constant NaN.) Neither operand is subnormal; a result that is comes out as zero (see div_flushed).
  f_div: {
    text: `fn f_div(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  let sign = (x ^ y) & 0x80000000u;
  let ex = i32((x >> 23u) & 0xffu);
  let ey = i32((y >> 23u) & 0xffu);
  let x0 = (x & 0x7fffffffu) == 0u;
  let y0 = (y & 0x7fffffffu) == 0u;
  if (ex == 255i || ey == 255i || x0 || y0) {
    let xnan = (x & 0x7fffffffu) > 0x7f800000u;
    let ynan = (y & 0x7fffffffu) > 0x7f800000u;
    if (xnan || ynan || (x0 && y0) || (ex == 255i && ey == 255i)) { return bitcast<f32>(0x7fc00000u | (x & 1u)); }
    return bitcast<f32>(select(sign, sign | 0x7f800000u, ex == 255i || y0));
  }
  var e = ex - ey + 127i;
  var n = (x & 0x7fffffu) | 0x800000u;
  let d = (y & 0x7fffffu) | 0x800000u;
  if (n < d) { n = n << 1u; e = e - 1i; }
  var q = n / d;
  var r = n % d;
  for (var k = 0u; k < 3u; k++) {
    let t = r << 8u;
    q = (q << 8u) | (t / d);
    r = t % d;
  }
  // q has 25 bits: 24 and the one that rounds; a quotient of 24-bit numbers is never half way.
  let m = (q >> 1u) + (q & 1u);
  e = e + i32(m >> 24u);
  if (e >= 255i) { return bitcast<f32>(sign | 0x7f800000u); }
  if (e <= 0i) { return bitcast<f32>(sign); }
  return bitcast<f32>(sign | (u32(e) << 23u) | (m & 0x7fffffu));
}`,
  },
  // Correctly rounded square root of a positive number, zero, infinity or NaN; one digit a step.
  f_sqrt: {
    text: `fn f_sqrt(a: f32) -> f32 {
  let x = bitcast<u32>(a);
  if ((x & 0x7fffffffu) == 0u || (x & 0x7f800000u) == 0x7f800000u) { return a; }
  let e = i32(x >> 23u) - 127i;
  var n = (x & 0x7fffffu) | 0x800000u;
  if ((e & 1i) != 0i) { n = n << 1u; }
  // The radicand is n * 2^25 seen as 25 digits of base 4; q gets 25 bits, the last one rounds.
  var q = 0u;
  var r = 0u;
  for (var k = 0u; k < 25u; k++) {
    var digit = 0u;
    if (k < 12u) { digit = (n >> (23u - 2u * k)) & 3u; } else if (k == 12u) { digit = (n & 1u) << 1u; }
    r = (r << 2u) | digit;
    let t = (q << 2u) | 1u;
    q = q << 1u;
    if (r >= t) { r = r - t; q = q | 1u; }
  }
  let m = (q >> 1u) + (q & 1u);
  let f = (e >> 1u) + 127i + i32(m >> 24u);
  return bitcast<f32>((u32(f) << 23u) | (m & 0x7fffffu));
}`,
  },
  // Whether a float's integer part fits; by bits, because NaN must not. 0x4f000000 is 2^31, 0x3f800000 is 1.
  fits_i32: {
    text: `fn fits_i32(x: f32) -> bool {
  let b = bitcast<u32>(x);
  return (b & 0x7fffffffu) < 0x4f000000u || b == 0xcf000000u;
}`,
  },
  fits_u32: {
    text: `fn fits_u32(x: f32) -> bool {
  let b = bitcast<u32>(x);
  return b < 0x4f800000u || (b & 0x7fffffffu) < 0x3f800000u;
}`,
  },
  // Of unsigned values from 2^31 half is converted, with the lost bit kept for rounding.
  f_of_u32: {
    text: `fn f_of_u32(u: u32) -> f32 {
  if (u < 0x80000000u) { return f32(bitcast<i32>(u)); }
  return f32(bitcast<i32>((u >> 1u) | (u & 1u))) * 2.0f;
}`,
  },
} as const satisfies Record<string, { readonly text: string; readonly uses?: readonly string[] }>;

export type LibraryName = keyof typeof FUNCTIONS;

/** The functions named and those that they use, in the order of the table. */
export function library(names: ReadonlySet<LibraryName>): string[] {
  const all = new Set<LibraryName>();
  const add = (name: LibraryName): void => {
    all.add(name);
    for (const used of (FUNCTIONS[name] as Entry).uses ?? []) add(used);
  };
  for (const name of names) add(name);
  return (Object.keys(FUNCTIONS) as LibraryName[]).filter((n) => all.has(n)).map((n) => FUNCTIONS[n].text);
}
