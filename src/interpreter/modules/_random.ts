/**
 * Module _random: the Mersenne Twister MT19937, seeded and read exactly as CPython does.
 * Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998) and their init_by_array (2002); library reference "random".
 */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { intFromBytes, intToBytes } from "../objects/int.ts";
import { abs, bitLength } from "../objects/int-arith.ts";
import { hash, plainInt, toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyAttrObject, PyFloat, type PyInt, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

const N = 624;
const M = 397;

export class PyRandom extends PyAttrObject {
  readonly state: Int32Array = new Int32Array(N);
  index: number = N;

  /** init_genrand */
  private seedOne(seed: number): void {
    const s = this.state;
    s[0] = seed;
    for (let i = 1; i < N; i++) s[i] = Math.imul(1812433253, s[i - 1]! ^ (s[i - 1]! >>> 30)) + i;
    this.index = N;
  }

  /** init_by_array */
  seed(key: Uint32Array): void {
    this.seedOne(19650218);
    const s = this.state;
    let i = 1;
    let j = 0;
    for (let k = Math.max(N, key.length); k > 0; k--) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1664525)) + key[j]! + j;
      if (++i >= N) {
        s[0] = s[N - 1]!;
        i = 1;
      }
      if (++j >= key.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1566083941)) - i;
      if (++i >= N) {
        s[0] = s[N - 1]!;
        i = 1;
      }
    }
    s[0] = -0x80000000;
  }

  private refill(): void {
    const s = this.state;
    for (let k = 0; k < N; k++) {
      const y = (s[k]! & -0x80000000) | (s[k + 1 < N ? k + 1 : 0]! & 0x7fffffff);
      s[k] = s[k + M < N ? k + M : k + M - N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }

  /** 32 random bits, unsigned. */
  next(): number {
    if (this.index >= N) this.refill();
    let y = this.state[this.index++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A double in [0, 1) with 53 bits. */
  nextDouble(): number {
    const a = this.next() >>> 5;
    const b = this.next() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }
}

/** The seed's absolute value as 32-bit words, lowest first. */
function words(seed: PyInt): Uint32Array {
  const a = abs(seed);
  const count = Math.max(1, Math.ceil(bitLength(a) / 32));
  const bytes = intToBytes(a, count * 4, "little");
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
}

function seed(vm: VM, r: PyRandom, n?: Value): Value {
  if (n === undefined || n === null) {
    r.seed(crypto.getRandomValues(new Uint32Array(N)));
    return null;
  }
  const i = plainInt(n);
  r.seed(words(i ?? BigInt.asUintN(64, BigInt(hash(vm, n)))));
  return null;
}

function getrandbits(vm: VM, r: PyRandom, kArg: Value): Value {
  const k = toIndex(vm, kArg);
  if (k < 0) throw valueError("Cannot convert negative int");
  if (k === 0) return 0;
  if (k <= 32) return r.next() >>> (32 - Number(k));
  const count = Math.ceil(Number(k) / 32);
  const bytes = new Uint8Array(count * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0, left = Number(k); i < count; i++, left -= 32)
    view.setUint32(i * 4, left < 32 ? r.next() >>> (32 - left) : r.next(), true);
  return intFromBytes(bytes, "little", false);
}

function setstate(_vm: VM, r: PyRandom, state: Value): Value {
  if (!(state instanceof PyTuple)) throw typeError("state vector must be a tuple");
  if (state.items.length !== N + 1) throw valueError("state vector is the wrong size");
  const numbers = state.items.map((v) => {
    const i = plainInt(v);
    if (i === undefined) throw typeError("an integer is required");
    return Number(i);
  });
  const index = numbers[N]!;
  if (index < 0 || index > N) throw valueError("invalid state");
  for (let i = 0; i < N; i++) r.state[i] = numbers[i]!;
  r.index = index;
  return null;
}

export const randomType: PyType = defineType({
  name: "Random",
  module: "_random",
  js: PyRandom,
  doc: "Random() -> create a random number generator with its own internal state.",
  new: [
    "(*args, **kwargs)",
    (vm: VM, cls: PyType, args: Value[]) => {
      const r = new PyRandom();
      if (cls !== randomType) r.cls = cls;
      if (args.length > 1) throw typeError(`Random() requires 0 or 1 argument`);
      seed(vm, r, args[0]);
      return r;
    },
  ],
  methods: {
    random: ["($self, /)", (_vm: VM, r: PyRandom) => new PyFloat(r.nextDouble()), "A float in [0, 1)."],
    seed: ["($self, n=None, /)", seed, "Starts again from a seed."],
    getrandbits: ["($self, k, /)", getrandbits, "An int with k random bits."],
    getstate: [
      "($self, /)",
      (_vm: VM, r: PyRandom) => new PyTuple([...Array.from(r.state, (x) => x >>> 0), r.index]),
      "The generator's state as a tuple.",
    ],
    setstate: ["($self, state, /)", setstate, "Restores a state."],
  },
});

export const _random: NativeModule = { name: "_random", doc: "The Mersenne Twister.", values: () => ({ Random: randomType }) };
