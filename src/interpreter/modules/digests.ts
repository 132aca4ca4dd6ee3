/**
 * Message digests behind _hashlib, _md5, _sha1, _sha2 and _sha3: node:crypto's, reached without a static import so that the interpreter also loads where
 * it does not exist; there every call raises ValueError. BLAKE2 is blake2.ts's.
 */
import { valueError } from "../builtins/exceptions.ts";

export interface Digest {
  update(data: Uint8Array): void;
  copy(): Digest;
  /** The digest of what came so far; extendable-output functions give `length` bytes. */
  digest(length?: number): Uint8Array;
}

export interface Algorithm {
  /** hashlib's name. */
  readonly name: string;
  /** node:crypto's. */
  readonly node: string;
  /** Bytes; 0 for extendable output. */
  readonly digestSize: number;
  readonly blockSize: number;
}

/** FIPS 180-4, FIPS 202, RFC 1321. */
export const ALGORITHMS: readonly Algorithm[] = (
  [
    ["md5", "md5", 16, 64], ["sha1", "sha1", 20, 64], ["sha224", "sha224", 28, 64], ["sha256", "sha256", 32, 64], ["sha384", "sha384", 48, 128],
    ["sha512", "sha512", 64, 128], ["sha512_224", "sha512-224", 28, 128], ["sha512_256", "sha512-256", 32, 128], ["sha3_224", "sha3-224", 28, 144],
    ["sha3_256", "sha3-256", 32, 136], ["sha3_384", "sha3-384", 48, 104], ["sha3_512", "sha3-512", 64, 72], ["shake_128", "shake128", 0, 168],
    ["shake_256", "shake256", 0, 136], ["ripemd160", "ripemd160", 20, 64], ["sm3", "sm3", 32, 64],
  ] as const
).map(([name, node, digestSize, blockSize]) => ({ name, node, digestSize, blockSize }));

const BY_NAME: ReadonlyMap<string, Algorithm> = new Map(ALGORITHMS.flatMap((a) => [[a.name, a] as const, [a.name.replaceAll("_", "-"), a] as const]));

export function algorithmOf(name: string): Algorithm | undefined {
  return BY_NAME.get(name.toLowerCase());
}

type Crypto = typeof import("node:crypto");

export function nodeCrypto(): Crypto {
  const crypto = typeof process === "object" && typeof process.getBuiltinModule === "function" ? process.getBuiltinModule("node:crypto") : undefined;
  if (crypto === undefined) throw valueError("digests are not available here");
  return crypto;
}

type NodeHash = ReturnType<Crypto["createHash"]>;

class NodeDigest implements Digest {
  private readonly hash: NodeHash;
  constructor(hash: NodeHash) {
    this.hash = hash;
  }
  update(data: Uint8Array): void {
    this.hash.update(data);
  }
  copy(): Digest {
    return new NodeDigest(this.hash.copy());
  }
  digest(length?: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    return new Uint8Array(this.hash.copy(length === undefined ? undefined : { outputLength: length }).digest());
  }
}

export function newDigest(a: Algorithm): Digest {
  return new NodeDigest(nodeCrypto().createHash(a.node));
}
