/**
 * What this device computes exactly, measured when it is opened.
 *
 * WGSL leaves much open: a*b+c may be contracted, subnormals may be flushed, division may be 2.5 ulp off, NaN tests may be optimised away (W3C, WGSL,
 * "Floating point evaluation"). Placement must not change a bit of a result, so each operation is run on inputs that tell the variants apart and is
 * compared with IEEE 754 (JavaScript's doubles, rounded with Math.fround: for +, -, *, / and sqrt of floats rounding twice is harmless, Figueroa 1995).
 * One table: a row gives the expression, the inputs, the expected value and what depends on it; kernel text and verdicts derive from it.
 *
 * Known weakness: a measurement is evidence, not proof. A driver could contract in one place and not in another; `mulAdd`, `mulSub` and `dot` cover
 * the usual shapes, and the barrier is chosen so that all of them pass with it.
 */
import { type Failure, type GpuHost, isFailure } from "./host.ts";
import { INPUTS, type InputSet, type Triple } from "./probe-inputs.ts";

export interface Check {
  /** WGSL over f32 `a b c`, u32 `ua ub uc`, i32 `ia ib ic`, the opaque zero `zero`; its value is f32 for a "f32" check, else u32. */
  readonly wgsl: string;
  readonly gives: "f32" | "u32";
  readonly on: InputSet;
  readonly expect: (t: Triple) => number;
  readonly doc: string;
}

const f = Math.fround;
const bool = (x: boolean): number => (x ? 1 : 0);
const roundEven = (x: number): number => {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : Object.is(r, 0) && (x < 0 || Object.is(x, -0)) ? -0 : r;
};
const dot = (t: Triple): number => f(f(f(f(t.a * t.b) + f(t.b * t.c)) + f(t.c * t.a)) + f(t.a * t.a));

/** The sum of products, with each product passed through `hold`. */
const mulAddWith = (hold: (product: string) => string): string => `${hold("a * b")} + c`;
const dotWith = (hold: (product: string) => string): string => `${hold("a * b")} + ${hold("b * c")} + ${hold("c * a")} + ${hold("a * a")}`;

/** Ways to keep a product from being fused with a sum, cheapest first. */
export const FMA_BARRIERS = {
  none: (p: string) => `(${p})`,
  bitcast: (p: string) => `bitcast<f32>(bitcast<u32>(${p}))`,
  // The compiler cannot know that `zero` is 0: it comes from a buffer.
  xor: (p: string) => `bitcast<f32>(bitcast<u32>(${p}) ^ zero)`,
} as const;
export type FmaBarrier = keyof typeof FMA_BARRIERS;

export const CHECKS = {
  add: { wgsl: "a + b", gives: "f32", on: "normal", expect: (t) => f(t.a + t.b), doc: "float sum" },
  sub: { wgsl: "a - b", gives: "f32", on: "normal", expect: (t) => f(t.a - t.b), doc: "float difference" },
  mul: { wgsl: "a * b", gives: "f32", on: "normal", expect: (t) => f(t.a * t.b), doc: "float product" },
  div: { wgsl: "a / b", gives: "f32", on: "normal", expect: (t) => f(t.a / t.b), doc: "float quotient" },
  divByConstant: { wgsl: "a / 3.0", gives: "f32", on: "normal", expect: (t) => f(t.a / 3), doc: "division by a constant, no reciprocal" },
  divByOpaque: {
    wgsl: "a / bitcast<f32>(0x40400000u ^ zero)",
    gives: "f32",
    on: "normal",
    expect: (t) => f(t.a / 3),
    doc: "division by a constant that the compiler cannot see",
  },
  sqrt: { wgsl: "sqrt(abs(a))", gives: "f32", on: "normal", expect: (t) => f(Math.sqrt(Math.abs(t.a))), doc: "square root" },
  mulAdd: {
    wgsl: mulAddWith(FMA_BARRIERS.none),
    gives: "f32",
    on: "cancel",
    expect: (t) => f(f(t.a * t.b) + t.c),
    doc: "a*b+c rounds twice",
  },
  mulSub: { wgsl: "c - a * b", gives: "f32", on: "cancel", expect: (t) => f(t.c - f(t.a * t.b)), doc: "c-a*b rounds twice" },
  dot: { wgsl: dotWith(FMA_BARRIERS.none), gives: "f32", on: "normal", expect: dot, doc: "sums of products round each time" },
  mulAddBitcast: {
    wgsl: mulAddWith(FMA_BARRIERS.bitcast),
    gives: "f32",
    on: "cancel",
    expect: (t) => f(f(t.a * t.b) + t.c),
    doc: "a*b+c with a bitcast between",
  },
  dotBitcast: {
    wgsl: dotWith(FMA_BARRIERS.bitcast),
    gives: "f32",
    on: "normal",
    expect: dot,
    doc: "sums of products with bitcasts between",
  },
  mulAddXor: {
    wgsl: mulAddWith(FMA_BARRIERS.xor),
    gives: "f32",
    on: "cancel",
    expect: (t) => f(f(t.a * t.b) + t.c),
    doc: "a*b+c with an opaque xor between",
  },
  dotXor: { wgsl: dotWith(FMA_BARRIERS.xor), gives: "f32", on: "normal", expect: dot, doc: "sums of products with opaque xors between" },
  noReassociation: {
    wgsl: "(a + b) - b",
    gives: "f32",
    on: "normal",
    expect: (t) => f(f(t.a + t.b) - t.b),
    doc: "(a+b)-b is not simplified",
  },
  noFactoring: {
    wgsl: "a * c + b * c",
    gives: "f32",
    on: "normal",
    expect: (t) => f(f(t.a * t.c) + f(t.b * t.c)),
    doc: "a*c+b*c is not factored",
  },
  timesZero: { wgsl: "a * 0.0", gives: "f32", on: "special", expect: (t) => f(t.a * 0), doc: "x*0 keeps sign, NaN and infinity's NaN" },
  plusZero: { wgsl: "a + 0.0", gives: "f32", on: "special", expect: (t) => f(t.a + 0), doc: "-0+0 is +0" },
  timesOpaqueZero: {
    wgsl: "a * bitcast<f32>(zero)",
    gives: "f32",
    on: "special",
    expect: (t) => f(t.a * 0),
    doc: "x*0 with a zero that the compiler cannot see",
  },
  plusOpaqueZero: {
    wgsl: "a + bitcast<f32>(zero)",
    gives: "f32",
    on: "special",
    expect: (t) => f(t.a + 0),
    doc: "x+0 with a zero that the compiler cannot see",
  },
  minusSelf: { wgsl: "a - a", gives: "f32", on: "special", expect: (t) => f(t.a - t.a), doc: "x-x of infinity is NaN" },
  overSelf: { wgsl: "a / a", gives: "f32", on: "special", expect: (t) => f(t.a / t.a), doc: "x/x of zero and infinity is NaN" },
  negate: { wgsl: "-a", gives: "f32", on: "special", expect: (t) => -t.a, doc: "negation of zeros, infinities" },
  abs: { wgsl: "abs(a)", gives: "f32", on: "special", expect: (t) => Math.abs(t.a), doc: "absolute value" },
  specialAdd: {
    wgsl: "a + b",
    gives: "f32",
    on: "special",
    expect: (t) => f(t.a + t.b),
    doc: "sums of zeros, infinities, NaN, with overflow",
  },
  specialMul: {
    wgsl: "a * b",
    gives: "f32",
    on: "special",
    expect: (t) => f(t.a * t.b),
    doc: "products of zeros, infinities, NaN, with overflow",
  },
  specialDiv: {
    wgsl: "a / b",
    gives: "f32",
    on: "special",
    expect: (t) => f(t.a / t.b),
    doc: "quotients of zeros, infinities, NaN, with overflow",
  },
  hugeDiv: { wgsl: "a / b", gives: "f32", on: "huge", expect: (t) => f(t.a / t.b), doc: "quotients of very large and very small numbers" },
  subnormalCopy: { wgsl: "a", gives: "f32", on: "subnormal", expect: (t) => t.a, doc: "subnormals survive load and store" },
  subnormalAdd: { wgsl: "a + b", gives: "f32", on: "subnormal", expect: (t) => f(t.a + t.b), doc: "subnormals in sums" },
  subnormalMul: { wgsl: "a * c", gives: "f32", on: "subnormal", expect: (t) => f(t.a * t.c), doc: "subnormals in products" },
  subnormalResult: {
    wgsl: "c * 1.0e-38 * 0.01",
    gives: "f32",
    on: "subnormal",
    expect: (t) => f(f(t.c * f(1e-38)) * f(0.01)),
    doc: "products that underflow",
  },
  subnormalCompare: {
    wgsl: "select(0u, 1u, a == 0.0) + select(0u, 2u, a < b)",
    gives: "u32",
    on: "subnormal",
    expect: (t) => bool(t.a === 0) + 2 * bool(t.a < t.b),
    doc: "subnormals in comparisons",
  },
  compare: {
    wgsl: "select(0u, 1u, a < b) + select(0u, 2u, a <= b) + select(0u, 4u, a == b)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(t.a < t.b) + 2 * bool(t.a <= t.b) + 4 * bool(t.a === t.b),
    doc: "<, <=, == with NaN, zeros and infinities",
  },
  unequal: { wgsl: "select(0u, 1u, a != b)", gives: "u32", on: "special", expect: (t) => bool(t.a !== t.b), doc: "!= is true of NaN" },
  unequalByNot: {
    wgsl: "select(1u, 0u, a == b)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(t.a !== t.b),
    doc: "== with its arms exchanged is != of NaN",
  },
  lessByNot: {
    wgsl: "select(1u, 0u, a < b)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(!(t.a < t.b)),
    doc: "< with its arms exchanged is true of NaN",
  },
  nanBySelf: {
    wgsl: "select(0u, 1u, a != a)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(Number.isNaN(t.a)),
    doc: "x != x finds NaN",
  },
  nanByBits: {
    wgsl: "select(0u, 1u, (bitcast<u32>(a) & 0x7fffffffu) > 0x7f800000u)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(Number.isNaN(t.a)),
    doc: "the bits of a loaded value find NaN",
  },
  nanOfResult: {
    wgsl: "select(0u, 1u, (bitcast<u32>(a * b) & 0x7fffffffu) > 0x7f800000u)",
    gives: "u32",
    on: "special",
    expect: (t) => bool(Number.isNaN(t.a * t.b)),
    doc: "the bits of a computed value find NaN",
  },
  min: { wgsl: "min(a, b)", gives: "f32", on: "special", expect: (t) => Math.min(t.a, t.b), doc: "min propagates NaN and orders zeros" },
  max: { wgsl: "max(a, b)", gives: "f32", on: "special", expect: (t) => Math.max(t.a, t.b), doc: "max propagates NaN and orders zeros" },
  floor: { wgsl: "floor(a)", gives: "f32", on: "special", expect: (t) => Math.floor(t.a), doc: "floor" },
  ceil: { wgsl: "ceil(a)", gives: "f32", on: "special", expect: (t) => Math.ceil(t.a), doc: "ceil" },
  trunc: { wgsl: "trunc(a)", gives: "f32", on: "special", expect: (t) => Math.trunc(t.a), doc: "trunc" },
  round: { wgsl: "round(a)", gives: "f32", on: "special", expect: (t) => roundEven(t.a), doc: "round, ties to even" },
  i32FromF32: {
    wgsl: "bitcast<u32>(i32(a))",
    gives: "u32",
    on: "normal",
    expect: (t) => Math.trunc(t.a) >>> 0,
    doc: "float to int within range truncates",
  },
  i32Saturates: {
    wgsl: "bitcast<u32>(i32(a))",
    gives: "u32",
    on: "huge",
    expect: (t) => Math.trunc(Math.min(2147483647, Math.max(-2147483648, t.a))) >>> 0,
    doc: "float to int beyond range saturates",
  },
  f32FromI32: { wgsl: "f32(ia)", gives: "f32", on: "int", expect: (t) => f(t.ia), doc: "int to float rounds to nearest even" },
  f32FromU32: { wgsl: "f32(ua)", gives: "f32", on: "int", expect: (t) => f(t.ua), doc: "unsigned to float rounds to nearest even" },
  iadd: { wgsl: "bitcast<u32>(ia + ib)", gives: "u32", on: "int", expect: (t) => (t.ia + t.ib) >>> 0, doc: "int sum wraps" },
  isub: { wgsl: "bitcast<u32>(ia - ib)", gives: "u32", on: "int", expect: (t) => (t.ia - t.ib) >>> 0, doc: "int difference wraps" },
  imul: { wgsl: "bitcast<u32>(ia * ib)", gives: "u32", on: "int", expect: (t) => Math.imul(t.ia, t.ib) >>> 0, doc: "int product wraps" },
  idiv: {
    wgsl: "bitcast<u32>(ia / ib)",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ib === 0 ? t.ia : t.ia / t.ib) >>> 0,
    doc: "int quotient truncates; by 0 gives x; the least int by -1 wraps",
  },
  irem: {
    wgsl: "bitcast<u32>(ia % ib)",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ib === 0 ? 0 : t.ia % t.ib) >>> 0,
    doc: "int remainder has the dividend's sign; by 0 gives 0",
  },
  udiv: {
    wgsl: "ua / ub",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ub === 0 ? t.ua : Math.floor(t.ua / t.ub)) >>> 0,
    doc: "unsigned quotient",
  },
  urem: { wgsl: "ua % ub", gives: "u32", on: "int", expect: (t) => (t.ub === 0 ? 0 : t.ua % t.ub) >>> 0, doc: "unsigned remainder" },
  shl: { wgsl: "ua << (ub & 31u)", gives: "u32", on: "int", expect: (t) => (t.ua << (t.ub & 31)) >>> 0, doc: "left shift" },
  ishr: {
    wgsl: "bitcast<u32>(ia >> (ub & 31u))",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ia >> (t.ub & 31)) >>> 0,
    doc: "arithmetic right shift",
  },
  ushr: { wgsl: "ua >> (ub & 31u)", gives: "u32", on: "int", expect: (t) => t.ua >>> (t.ub & 31), doc: "logical right shift" },
  shiftModulo: {
    wgsl: "ua << ub",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ua << (t.ub & 31)) >>> 0,
    doc: "shift counts are taken modulo 32",
  },
  iabs: {
    wgsl: "bitcast<u32>(abs(ia))",
    gives: "u32",
    on: "int",
    expect: (t) => Math.abs(t.ia) >>> 0,
    doc: "absolute value of ints; the least int stays",
  },
  icompare: {
    wgsl: "select(0u, 1u, ia < ib) + select(0u, 2u, ua < ub) + select(0u, 4u, ia == ib)",
    gives: "u32",
    on: "int",
    expect: (t) => bool(t.ia < t.ib) + 2 * bool(t.ua < t.ub) + 4 * bool(t.ia === t.ib),
    doc: "signed and unsigned comparisons",
  },
  iminmax: {
    wgsl: "bitcast<u32>(min(ia, ib) ^ max(ia, ib))",
    gives: "u32",
    on: "int",
    expect: (t) => (t.ia ^ t.ib) >>> 0,
    doc: "min and max of ints",
  },
} as const satisfies Record<string, Check>;
export type CheckName = keyof typeof CHECKS;

export interface Exactness {
  readonly exact: boolean;
  /** For people: the first input that differed, with what came and what was expected. Empty when exact. */
  readonly why: string;
}

export interface DeviceExactness {
  readonly checks: Readonly<Record<CheckName, Exactness>>;
  /** The cheapest way on this device to have a*b+c rounded twice; undefined when none of ours works. */
  readonly fmaBarrier: FmaBarrier | undefined;
  readonly milliseconds: number;
}

const NAMES = Object.keys(CHECKS) as CheckName[];
const WORKGROUP = 64;

function kernelText(): string {
  const lines = NAMES.map((name, k) => {
    const c: Check = CHECKS[name];
    return `  (*row)[${k}] = ${c.gives === "f32" ? `bitcast<u32>(${c.wgsl})` : c.wgsl}; // ${name}`;
  });
  return `@group(0) @binding(0) var<storage, read> floats: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<array<u32, ${NAMES.length}>>;
struct Parameters { count: u32, zero: u32 }
@group(0) @binding(3) var<uniform> parameters: Parameters;
@compute @workgroup_size(${WORKGROUP}) fn probe(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= parameters.count) { return; }
  let zero = parameters.zero;
  let a = floats[3u * i];
  let b = floats[3u * i + 1u];
  let c = floats[3u * i + 2u];
  let ua = words[3u * i];
  let ub = words[3u * i + 1u];
  let ia = bitcast<i32>(ua);
  let ib = bitcast<i32>(ub);
  let row = &result[i];
${lines.join("\n")}
}
`;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);
const bitsOf = (x: number): number => {
  float[0] = x;
  return word[0]!;
};
const floatOf = (bits: number): number => {
  word[0] = bits;
  return float[0]!;
};

/** The verdict of one check over its inputs; `results` holds one row of words a triple. Any NaN equals any other. */
function judge(name: CheckName, results: Uint32Array): Exactness {
  const check: Check = CHECKS[name];
  const { first, triples } = INPUTS[check.on];
  const column = NAMES.indexOf(name);
  for (let k = 0; k < triples.length; k++) {
    const t = triples[k]!;
    const got = results[(first + k) * NAMES.length + column]!;
    const want = check.expect(t);
    if (check.gives === "u32") {
      if (got === want >>> 0) continue;
      return { exact: false, why: `a=${t.ia} b=${t.ib} (${t.a}, ${t.b}): ${got}, not ${want >>> 0}` };
    }
    if (got === bitsOf(want) || (Number.isNaN(want) && Number.isNaN(floatOf(got)))) continue;
    const show = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
    return { exact: false, why: `a=${show(t.a)} b=${show(t.b)} c=${show(t.c)}: ${show(floatOf(got))}, not ${show(want)}` };
  }
  return { exact: true, why: "" };
}

function barrierOf(checks: Readonly<Record<CheckName, Exactness>>): FmaBarrier | undefined {
  const ok = (...names: CheckName[]): boolean => names.every((n) => checks[n].exact);
  if (ok("mulAdd", "mulSub", "dot", "noFactoring")) return "none";
  if (ok("mulAddBitcast", "dotBitcast")) return "bitcast";
  return ok("mulAddXor", "dotXor") ? "xor" : undefined;
}

/** Runs all checks on the device: one kernel, one launch. */
export function probe(host: GpuHost): DeviceExactness | Failure {
  const start = performance.now();
  const results = launch(host);
  if (isFailure(results)) return results;
  const checks = Object.fromEntries(NAMES.map((n) => [n, judge(n, results)])) as Record<CheckName, Exactness>;
  return { checks, fmaBarrier: barrierOf(checks), milliseconds: performance.now() - start };
}

function launch(host: GpuHost): Uint32Array | Failure {
  const kernel = host.createKernel({ wgsl: kernelText(), entry: "probe", bindings: ["read", "read", "readwrite", "uniform"] });
  if (isFailure(kernel)) return kernel;
  const { words } = INPUTS;
  const count = words.length / 3;
  const input = host.createBuffer(words.byteLength);
  if (isFailure(input)) return input;
  const output = host.createBuffer(count * NAMES.length * 4);
  if (isFailure(output)) return output;
  const results = new Uint32Array(count * NAMES.length);
  const failed = host.run([
    { op: "upload", buffer: input, data: new Uint8Array(words.buffer) },
    {
      op: "dispatch",
      passes: [
        {
          kernel,
          bindings: [input, input, output],
          uniforms: new Uint8Array(new Uint32Array([count, 0]).buffer),
          workgroups: [Math.ceil(count / WORKGROUP), 1, 1],
        },
      ],
    },
    { op: "download", buffer: output, target: new Uint8Array(results.buffer) },
  ]);
  host.release(input);
  host.release(output);
  return failed ?? results;
}
