/** Inputs of the probe: triples of 32-bit words, read as float, unsigned or int. Fixed, so that two runs on one device agree. */

/** One input in all its readings. */
export interface Triple {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly ua: number;
  readonly ub: number;
  readonly ia: number;
  readonly ib: number;
}

/**
 * normal: exponents so that no operation overflows or underflows · cancel: c is about -a*b, where one rounding and two differ most ·
 * special: all pairs of zeros, infinities, NaN, halves and large numbers · huge: quotients beyond the range of a reciprocal ·
 * subnormal: a and b subnormal, c normal · int: edges and random ints
 */
export type InputSet = "normal" | "cancel" | "special" | "huge" | "subnormal" | "int";

interface Inputs {
  /** Index of the set's first triple among all. */
  readonly first: number;
  readonly triples: readonly Triple[];
}

const word = new Uint32Array(3);
const float = new Float32Array(word.buffer);
const int = new Int32Array(word.buffer);

function tripleOfWords(a: number, b: number, c: number): Triple {
  word.set([a, b, c]);
  return { a: float[0]!, b: float[1]!, c: float[2]!, ua: word[0]!, ub: word[1]!, ia: int[0]!, ib: int[1]! };
}

function tripleOfFloats(a: number, b: number, c: number): Triple {
  float.set([a, b, c]);
  return tripleOfWords(word[0]!, word[1]!, word[2]!);
}

/** Marsaglia's xorshift32 (2003). */
function generator(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const COUNT = 256;
const next = generator(0x2545f491);

/** A float with random sign and fraction and an exponent within `spread` of that of 1. */
const randomFloat = (spread: number): number => {
  word[0] = ((next() & 0x807fffff) | ((127 - spread + (next() % (2 * spread + 1))) << 23)) >>> 0;
  return float[0]!;
};

const many = (make: () => Triple): Triple[] => Array.from({ length: COUNT }, make);
const pairs = (values: readonly number[], make: (a: number, b: number) => Triple): Triple[] =>
  values.flatMap((a) => values.map((b) => make(a, b)));

const SPECIAL_FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -2.5,
  3,
  8388609,
  -16777215,
  1e37,
  -1e37,
  1e-30,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];
const HUGE_FLOATS = [3e38, -3.3e38, 1.2e-38, 2e38, 1e38, -2e-38, 1e30, 7e10];
const EDGE_INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 31, 32, 33, 2147483647, -2147483648, -2147483647, 16777217, 33554435, 65536, -65537];

function cancelling(): Triple {
  const a = randomFloat(8);
  const b = randomFloat(8);
  return tripleOfFloats(a, b, next() & 1 ? -Math.fround(a * b) : Math.fround(randomFloat(1) * a * b));
}

const SETS: Record<InputSet, readonly Triple[]> = {
  normal: many(() => tripleOfFloats(randomFloat(12), randomFloat(12), randomFloat(12))),
  cancel: many(cancelling),
  special: pairs(SPECIAL_FLOATS, (a, b) => tripleOfFloats(a, b, 1)),
  huge: pairs(HUGE_FLOATS, (a, b) => tripleOfFloats(a, b, 1)),
  subnormal: Array.from({ length: 64 }, () => tripleOfFloats(subnormal(), subnormal(), Math.abs(randomFloat(3)))),
  int: [
    ...pairs(EDGE_INTS, (a, b) => tripleOfWords(a >>> 0, b >>> 0, 0)),
    ...Array.from({ length: COUNT }, () => tripleOfWords(next(), next() >>> (next() & 31), 0)),
  ],
};

function subnormal(): number {
  word[0] = next() & 0x807fffff;
  return float[0]!;
}

function collect(): { readonly [S in InputSet]: Inputs } & { readonly words: Uint32Array<ArrayBuffer> } {
  const all = Object.values(SETS).flat();
  const words = new Uint32Array(all.length * 3);
  all.forEach((t, k) => {
    float.set([t.a, t.b, t.c]);
    words.set([t.ua, t.ub, word[2]!], 3 * k);
  });
  let first = 0;
  const sets = {} as Record<InputSet, Inputs>;
  for (const name of Object.keys(SETS) as InputSet[]) {
    sets[name] = { first, triples: SETS[name] };
    first += SETS[name].length;
  }
  return { ...sets, words };
}

export const INPUTS = collect();
