/** Module _blake2: BLAKE2b and BLAKE2s (RFC 7693) with keys, salt, personalisation and the parameters of tree hashing. Words are BigInts. */
import { overflowError, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf } from "../objects/buffer.ts";
import { identityOf } from "../objects/identity.ts";
import { toIndex, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyBytes, PyObject, type Value } from "../objects/values.ts";
import { hashed } from "./_hashlib.ts";
import type { NativeModule } from "./native-module.ts";

/** What tells BLAKE2b from BLAKE2s. */
interface Variant {
  readonly name: string;
  readonly wordBytes: 8 | 4;
  readonly rounds: number;
  readonly rotations: readonly [bigint, bigint, bigint, bigint];
  readonly iv: readonly bigint[];
  readonly keySize: number;
  readonly saltSize: number;
}

const B: Variant = {
  name: "blake2b", wordBytes: 8, rounds: 12, rotations: [32n, 24n, 16n, 63n], keySize: 64, saltSize: 16,
  iv: [
    0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n, 0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
  ],
};
const S: Variant = { name: "blake2s", wordBytes: 4, rounds: 10, rotations: [16n, 12n, 8n, 7n], keySize: 32, saltSize: 8, iv: B.iv.map((w) => w >> 32n) };

const SIGMA: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3], [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8], [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10], [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/** Columns, then diagonals. */
const LANES: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

function word(v: Variant, data: Uint8Array, at: number): bigint {
  let w = 0n;
  for (let k = v.wordBytes - 1; k >= 0; k--) w = (w << 8n) | BigInt(data[at + k]!);
  return w;
}

class State {
  readonly variant: Variant;
  readonly h: bigint[];
  private readonly block: Uint8Array;
  private used = 0;
  private count = 0n;
  private readonly lastNode: boolean;

  constructor(variant: Variant, h: readonly bigint[], lastNode: boolean, block?: Uint8Array, used = 0, count = 0n) {
    this.variant = variant;
    this.h = [...h];
    this.lastNode = lastNode;
    this.block = block?.slice() ?? new Uint8Array(16 * variant.wordBytes);
    this.used = used;
    this.count = count;
  }

  copy(): State {
    return new State(this.variant, this.h, this.lastNode, this.block, this.used, this.count);
  }

  update(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      // the last block is compressed at the end, with its flag
      if (this.used === this.block.length) this.compress(false);
      const n = Math.min(this.block.length - this.used, data.length - at);
      this.block.set(data.subarray(at, at + n), this.used);
      this.used += n;
      at += n;
    }
  }

  digest(size: number): Uint8Array {
    const end = this.copy();
    end.block.fill(0, end.used);
    end.compress(true);
    const { wordBytes } = this.variant;
    return Uint8Array.from({ length: size }, (_, i) => Number((end.h[Math.floor(i / wordBytes)]! >> BigInt(8 * (i % wordBytes))) & 0xffn));
  }

  private compress(last: boolean): void {
    const { iv, wordBytes, rounds, rotations } = this.variant;
    const bits = wordBytes * 8;
    const size = BigInt(bits);
    const mask = (1n << size) - 1n;
    this.count += BigInt(this.used);
    const m = Array.from({ length: 16 }, (_, i) => word(this.variant, this.block, i * wordBytes));
    const v = [...this.h, ...iv];
    v[12]! ^= this.count & mask;
    v[13]! ^= (this.count >> size) & mask;
    if (last) v[14]! ^= mask;
    if (last && this.lastNode) v[15]! ^= mask;
    const turn = (x: bigint, by: bigint): bigint => (x >> by) | ((x << (size - by)) & mask);
    for (let round = 0; round < rounds; round++) {
      const s = SIGMA[round % 10]!;
      LANES.forEach(([a, b, c, d], i) => {
        for (const half of [0, 1]) {
          v[a] = (v[a]! + v[b]! + m[s[2 * i + half]!]!) & mask;
          v[d] = turn(v[d]! ^ v[a]!, rotations[2 * half]!);
          v[c] = (v[c]! + v[d]!) & mask;
          v[b] = turn(v[b]! ^ v[c]!, rotations[2 * half + 1]!);
        }
      });
    }
    for (let i = 0; i < 8; i++) this.h[i]! ^= v[i]! ^ v[i + 8]!;
    this.used = 0;
  }
}

class PyBlake2 extends PyObject {
  readonly state: State;
  readonly size: number;
  constructor(cls: PyType, state: State, size: number) {
    super();
    this.cls = cls;
    this.state = state;
    this.size = size;
  }
}

interface Parameters {
  readonly size: number;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly person: Uint8Array;
  readonly fanout: number;
  readonly depth: number;
  readonly leafSize: bigint;
  readonly nodeOffset: bigint;
  readonly nodeDepth: number;
  readonly innerSize: number;
}

/** The parameter block (RFC 7693, section 2.5; BLAKE2's specification for the tree's fields). */
function initial(v: Variant, p: Parameters): bigint[] {
  const block = new Uint8Array(8 * v.wordBytes);
  const put = (at: number, bytes: number, value: bigint): void => {
    for (let i = 0; i < bytes; i++) block[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  };
  block.set([p.size, p.key.length, p.fanout, p.depth]);
  put(4, 4, p.leafSize);
  const offsetBytes = v.wordBytes === 8 ? 8 : 6;
  put(8, offsetBytes, p.nodeOffset);
  block.set([p.nodeDepth, p.innerSize], 8 + offsetBytes);
  block.set(p.salt, 4 * v.wordBytes);
  block.set(p.person, 6 * v.wordBytes);
  return v.iv.map((w, i) => w ^ word(v, block, i * v.wordBytes));
}

function create(v: Variant, vm: VM, cls: PyType, given: readonly (Value | undefined)[]): PyBlake2 {
  const [data, digestSize, key, salt, person, fanout, depth, leafSize, nodeOffset, nodeDepth, innerSize, lastNode, , string] = given;
  const max = 8 * v.wordBytes;
  const number = (x: Value | undefined, missing: number, low: number, high: number, message: string): number => {
    const n = x === undefined ? missing : toIndex(vm, x);
    if (n < low || n > high) throw valueError(message);
    return Number(n);
  };
  const bytes = (x: Value | undefined, limit: number, what: string): Uint8Array => {
    if (x === undefined) return new Uint8Array(0);
    const b = bytesOf(x);
    if (b === undefined) throw typeError(`a bytes-like object is required, not '${typeName(x)}'`);
    if (b.length > limit) throw valueError(`maximum ${what} length is ${limit} bytes`);
    return b;
  };
  if (data !== undefined && string !== undefined) throw typeError("'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.");
  const size = number(digestSize, max, 1, max, `digest_size must be between 1 and ${max} bytes`);
  const offset = BigInt(nodeOffset === undefined ? 0 : toIndex(vm, nodeOffset));
  if (offset < 0n) throw valueError("value must be positive");
  if (offset >= 1n << (v.wordBytes === 8 ? 64n : 48n)) throw overflowError("node_offset is too large");
  const p: Parameters = {
    size,
    key: bytes(key, v.keySize, "key"),
    salt: bytes(salt, v.saltSize, "salt"),
    person: bytes(person, v.saltSize, "person"),
    fanout: number(fanout, 1, 0, 255, "fanout must be between 0 and 255"),
    depth: number(depth, 1, 1, 255, "depth must be between 1 and 255"),
    leafSize: BigInt(leafSize === undefined ? 0 : toIndex(vm, leafSize)),
    nodeOffset: offset,
    nodeDepth: number(nodeDepth, 0, 0, 255, "node_depth must be between 0 and 255"),
    innerSize: number(innerSize, 0, 0, max, `inner_size must be between 0 and is ${max}`),
  };
  if (p.leafSize < 0n || p.leafSize >= 1n << 32n) throw overflowError("leaf_size is too large");
  const state = new State(v, initial(v, p), lastNode !== undefined && truthy(vm, lastNode));
  if (p.key.length) {
    const block = new Uint8Array(16 * v.wordBytes);
    block.set(p.key);
    state.update(block);
  }
  const message = data ?? string;
  if (message !== undefined) state.update(hashed(message));
  return new PyBlake2(cls, state, size);
}

function blakeType(v: Variant): PyType {
  const sizes = { MAX_DIGEST_SIZE: 8 * v.wordBytes, MAX_KEY_SIZE: v.keySize, SALT_SIZE: v.saltSize, PERSON_SIZE: v.saltSize };
  const hex = (data: Uint8Array): string => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");
  return defineType({
    name: v.name,
    module: "_blake2",
    js: class extends PyBlake2 {},
    doc: `A ${v.name} hash object.`,
    new: [
      "(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)".replace("64", String(8 * v.wordBytes)),
      (vm: VM, cls: PyType, ...given: (Value | undefined)[]) => create(v, vm, cls, given),
    ],
    slots: { repr: (_vm, self) => `<_blake2.${v.name} object at 0x${identityOf(self).toString(16).padStart(12, "0")}>` },
    methods: {
      update: ["($self, data, /)", (_vm: VM, h: PyBlake2, data: Value) => {
        h.state.update(hashed(data));
        return null;
      }, "Hash more bytes."],
      copy: ["($self, /)", (_vm: VM, h: PyBlake2) => new PyBlake2(h.cls, h.state.copy(), h.size), "A copy of the hash object."],
      digest: ["($self, /)", (_vm: VM, h: PyBlake2) => new PyBytes(h.state.digest(h.size)), "The digest as bytes."],
      hexdigest: ["($self, /)", (_vm: VM, h: PyBlake2) => hex(h.state.digest(h.size)), "The digest as hexadecimal digits."],
    },
    getset: {
      name: [() => v.name],
      digest_size: [(_vm: VM, h: PyBlake2) => h.size],
      block_size: [() => 16 * v.wordBytes],
    },
    attrs: sizes,
  });
}

const types = { blake2b: blakeType(B), blake2s: blakeType(S) };

export const _blake2: NativeModule = { name: "_blake2", doc: "BLAKE2 digests.", values: () => ({ ...types, _GIL_MINSIZE: 2048 }) };
