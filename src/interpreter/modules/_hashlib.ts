/** Modules _hashlib, _md5, _sha1, _sha2, _sha3: hash objects over digests.ts, key derivation. HMAC objects are hmac.py's own. */
import { EXCEPTIONS, overflowError, PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { bytesOf } from "../objects/buffer.ts";
import { PyDict } from "../objects/dict.ts";
import { identityOf } from "../objects/identity.ts";
import { callMethod, getAttr, plainInt, plainStr, toIndex, typeName } from "../objects/operations.ts";
import { PyNative } from "../objects/native.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type NativeRow, type PyType } from "../objects/type.ts";
import { PyBytes, PyObject, type Value } from "../objects/values.ts";
import { type Algorithm, ALGORITHMS, algorithmOf, type Digest, newDigest, nodeCrypto } from "./digests.ts";
import type { NativeModule } from "./native-module.ts";

export class PyHash extends PyObject {
  readonly algorithm: Omit<Algorithm, "node">;
  readonly state: Digest;
  constructor(cls: PyType, algorithm: Omit<Algorithm, "node">, state: Digest) {
    super();
    this.cls = cls;
    this.algorithm = algorithm;
    this.state = state;
  }
}

/** The bytes to hash. */
export function hashed(v: Value): Uint8Array {
  if (plainStr(v) !== undefined) throw typeError("Strings must be encoded before hashing");
  const data = bytesOf(v);
  if (data === undefined) throw typeError("object supporting the buffer API required");
  return data;
}

const hex = (data: Uint8Array): string => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");

function outputLength(vm: VM, v: Value): number {
  const n = toIndex(vm, v);
  if (n < 0) throw valueError("value must be positive");
  if (n >= 2 ** 29) throw valueError("digest length is too large");
  return Number(n);
}

const METHODS: Record<string, NativeRow> = {
  update: ["($self, obj, /)", (_vm: VM, h: PyHash, data: Value) => {
    h.state.update(hashed(data));
    return null;
  }, "Hash more bytes."],
  copy: ["($self, /)", (_vm: VM, h: PyHash) => new PyHash(h.cls, h.algorithm, h.state.copy()), "A copy of the hash object."],
};
const FIXED: Record<string, NativeRow> = {
  ...METHODS,
  digest: ["($self, /)", (_vm: VM, h: PyHash) => new PyBytes(h.state.digest()), "The digest as bytes."],
  hexdigest: ["($self, /)", (_vm: VM, h: PyHash) => hex(h.state.digest()), "The digest as hexadecimal digits."],
};
const EXTENDABLE: Record<string, NativeRow> = {
  ...METHODS,
  digest: ["($self, /, length)", (vm: VM, h: PyHash, n: Value) => new PyBytes(h.state.digest(outputLength(vm, n))), "The digest as bytes."],
  hexdigest: ["($self, /, length)", (vm: VM, h: PyHash, n: Value) => hex(h.state.digest(outputLength(vm, n))), "The digest as hexadecimal digits."],
};

/** A type of hash objects. `label` makes the repr. */
export function hashType(module: string, name: string, label: (h: PyHash) => string, extendable = false, base?: PyType): PyType {
  return defineType({
    name,
    module,
    js: class extends PyHash {},
    ...(base ? { base } : {}),
    subclassable: false,
    slots: { repr: (_vm, self) => label(self as PyHash) },
    methods: extendable ? EXTENDABLE : FIXED,
    getset: {
      name: [(_vm: VM, h: PyHash) => h.algorithm.name],
      digest_size: [(_vm: VM, h: PyHash) => h.algorithm.digestSize],
      block_size: [(_vm: VM, h: PyHash) => h.algorithm.blockSize],
    },
  });
}

const address = (o: PyObject) => `0x${identityOf(o).toString(16).padStart(12, "0")}`;
const openssl = (h: PyHash) => `<${h.algorithm.name} _hashlib.HASH object @ ${address(h)}>`;
const hashObject = hashType("_hashlib", "HASH", openssl);
const hashXof = hashType("_hashlib", "HASHXOF", (h) => openssl(h).replace("HASH", "HASHXOF"), true, hashObject);

function make(cls: PyType, a: Algorithm, data: Value | undefined, string?: Value): PyHash {
  if (data !== undefined && string !== undefined) throw typeError("'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.");
  const h = new PyHash(cls, a, newDigest(a));
  const given = data ?? string;
  if (given !== undefined) h.state.update(hashed(given));
  return h;
}

const DATA = "(data=b'', *, usedforsecurity=True, string=None)";

/** A constructor as a module function. */
function constructor(cls: PyType, a: Algorithm): NativeRow {
  return [DATA, (_vm: VM, data?: Value, _used?: Value, string?: Value) => make(cls, a, data, string), `A ${a.name} hash object.`];
}

const opensslType = (a: Algorithm) => (a.digestSize === 0 ? hashXof : hashObject);

const unsupportedDigestmod = defineType({ name: "UnsupportedDigestmodError", module: "_hashlib", base: EXCEPTIONS.ValueError });

function needAlgorithm(name: Value): Algorithm {
  const text = plainStr(name);
  if (text === undefined) throw typeError(`new() argument 'name' must be str, not ${typeName(name)}`);
  const a = algorithmOf(text);
  if (a === undefined) throw valueError(`unsupported hash type ${text}`);
  return a;
}

function pbkdf2(vm: VM, name: Value, password: Value, salt: Value, iterations: Value, dklen?: Value): Value {
  const a = needAlgorithm(name);
  const rounds = Number(toIndex(vm, iterations));
  if (rounds < 1) throw valueError("iteration value must be greater than 0.");
  const size = dklen === undefined || dklen === null ? a.digestSize : Number(toIndex(vm, dklen));
  if (size < 1) throw valueError("key length must be greater than 0.");
  return new PyBytes(new Uint8Array(nodeCrypto().pbkdf2Sync(hashed(password), hashed(salt), rounds, size, a.node)));
}

function scrypt(vm: VM, password: Value, salt?: Value, n?: Value, r?: Value, p?: Value, maxmem?: Value, dklen?: Value): Value {
  const need = (v: Value | undefined, what: string): number => {
    const i = v === undefined || v === null ? undefined : plainInt(v);
    if (i === undefined) throw typeError(`${what} is required and must be an unsigned int`);
    return Number(i);
  };
  if (salt === undefined || salt === null) throw typeError("salt is required");
  const [cost, blocks, lanes] = [need(n, "n"), need(r, "r"), need(p, "p")];
  if (cost < 2 || (cost & (cost - 1)) !== 0) throw valueError("n must be a power of 2.");
  const memory = maxmem === undefined ? 0 : Number(toIndex(vm, maxmem));
  const size = dklen === undefined ? 64 : Number(toIndex(vm, dklen));
  if (size < 1) throw valueError("dklen must be greater than 0 and smaller than 2147483647");
  try {
    return new PyBytes(new Uint8Array(nodeCrypto().scryptSync(hashed(password), hashed(salt), size, { N: cost, r: blocks, p: lanes, maxmem: memory || 256 * 1024 * 1024 })));
  } catch (e) {
    if (e instanceof Error) throw valueError("Invalid parameter combination for n, r, p, maxmem.");
    throw e;
  }
}

/** The digest's algorithm of a name or a constructor of this module. */
function digestmod(v: Value): Algorithm {
  const name = v instanceof PyNative ? v.spec.name.replace(/^openssl_/, "") : plainStr(v);
  const a = name === undefined ? undefined : algorithmOf(name);
  if (a === undefined || a.digestSize === 0) throw new PyBaseException(unsupportedDigestmod, [`Unsupported digestmod ${name ?? typeName(v)}`]);
  return a;
}

function hmacDigest(_vm: VM, key: Value, msg: Value, digest: Value): Value {
  const data = bytesOf(key);
  if (data === undefined) throw typeError(`a bytes-like object is required, not '${typeName(key)}'`);
  if (data.length > 2 ** 31) throw overflowError("key is too long.");
  const mac = nodeCrypto().createHmac(digestmod(digest).node, data);
  mac.update(hashed(msg));
  return new PyBytes(new Uint8Array(mac.digest()));
}

export const _hashlib: NativeModule = {
  name: "_hashlib",
  doc: "Message digests.",
  functions: {
    new: ["(name, data=b'', *, usedforsecurity=True, string=None)", (_vm: VM, name: Value, data?: Value, _used?: Value, string?: Value) => {
      const a = needAlgorithm(name);
      return make(opensslType(a), a, data, string);
    }, "A hash object by the algorithm's name."],
    ...Object.fromEntries(ALGORITHMS.map((a) => [`openssl_${a.name}`, constructor(opensslType(a), a)] as const)),
    pbkdf2_hmac: ["(hash_name, password, salt, iterations, dklen=None)", pbkdf2, "Derive a key from a password (RFC 8018)."],
    scrypt: ["(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64)", scrypt, "Derive a key from a password (RFC 7914)."],
    hmac_digest: ["(key, msg, digest)", hmacDigest, "A message's authentication code (RFC 2104)."],
    hmac_new: ["(key, msg=b'', digestmod=None)", () => {
      throw new PyBaseException(unsupportedDigestmod, ["HMAC objects are made in Python"]);
    }, "Not supported: hmac.py makes its own."],
    compare_digest: ["(a, b, /)", (vm: VM, a: Value, b: Value) => callMethod(vm, vm.importModule("_operator"), "_compare_digest", a, b), "Compare in constant time."],
    get_fips_mode: ["()", () => 0, "The library's FIPS mode."],
  },
  values: (vm) => ({
    HASH: hashObject, HASHXOF: hashXof, UnsupportedDigestmodError: unsupportedDigestmod,
    openssl_md_meth_names: vm.call(getAttr(vm, vm.importModule("builtins"), "frozenset"), [namesList(vm)]), _GIL_MINSIZE: 2048,
  }),
};

/** A dict whose keys are the names: any iterable will do. */
function namesList(_vm: VM): Value {
  const d = new PyDict();
  for (const a of ALGORITHMS) d.setStr(a.name, null);
  return d;
}

/** A module with constructors for some algorithms; each has a type of its own. */
function family(module: string, types: readonly (readonly [algorithm: string, type: string])[]): NativeModule {
  const rows = types.map(([name, type]) => {
    const a = algorithmOf(name)!;
    return [a, hashType(module, type, (h) => `<${module}.${type} object at ${address(h)}>`, a.digestSize === 0)] as const;
  });
  return {
    name: module,
    functions: Object.fromEntries(rows.map(([a, cls]) => [a.name, constructor(cls, a)] as const)),
    values: () => Object.fromEntries(rows.map(([, cls]) => [cls.name, cls] as const)),
  };
}

export const HASH_FAMILIES: readonly NativeModule[] = [
  family("_md5", [["md5", "MD5Type"]]),
  family("_sha1", [["sha1", "SHA1Type"]]),
  family("_sha2", [["sha224", "SHA224Type"], ["sha256", "SHA256Type"], ["sha384", "SHA384Type"], ["sha512", "SHA512Type"]]),
  family("_sha3", [["sha3_224", "Sha3_224Type"], ["sha3_256", "Sha3_256Type"], ["sha3_384", "Sha3_384Type"], ["sha3_512", "Sha3_512Type"], ["shake_128", "Shake_128Type"], ["shake_256", "Shake_256Type"]]),
];
