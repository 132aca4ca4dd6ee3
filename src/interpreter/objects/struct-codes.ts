/**
 * The item formats of the struct module's native single-character codes, as memoryview, array and _struct read and write them.
 * Source: Python library reference "struct – Format Characters"; sizes are those of 64-bit Linux.
 */
export interface ItemCode {
  readonly size: number;
  readonly kind: "int" | "uint" | "float" | "bool" | "char";
  /** Reads the item at a byte offset: a number, bigint (64-bit codes) or boolean. */
  readonly read: (view: DataView, offset: number, little: boolean) => number | bigint | boolean;
  /** Writes a value that was checked to be in range. */
  readonly write: (view: DataView, offset: number, value: number | bigint, little: boolean) => void;
}

const int = (size: number, read: ItemCode["read"], write: ItemCode["write"]): ItemCode => ({ size, kind: "int", read, write });
const uint = (size: number, read: ItemCode["read"], write: ItemCode["write"]): ItemCode => ({ size, kind: "uint", read, write });

const i8 = int(
  1,
  (v, o) => v.getInt8(o),
  (v, o, x) => v.setInt8(o, Number(x)),
);
const u8 = uint(
  1,
  (v, o) => v.getUint8(o),
  (v, o, x) => v.setUint8(o, Number(x)),
);
const i16 = int(
  2,
  (v, o, l) => v.getInt16(o, l),
  (v, o, x, l) => v.setInt16(o, Number(x), l),
);
const u16 = uint(
  2,
  (v, o, l) => v.getUint16(o, l),
  (v, o, x, l) => v.setUint16(o, Number(x), l),
);
const i32 = int(
  4,
  (v, o, l) => v.getInt32(o, l),
  (v, o, x, l) => v.setInt32(o, Number(x), l),
);
const u32 = uint(
  4,
  (v, o, l) => v.getUint32(o, l),
  (v, o, x, l) => v.setUint32(o, Number(x), l),
);
const i64 = int(
  8,
  (v, o, l) => v.getBigInt64(o, l),
  (v, o, x, l) => v.setBigInt64(o, BigInt(x), l),
);
const u64 = uint(
  8,
  (v, o, l) => v.getBigUint64(o, l),
  (v, o, x, l) => v.setBigUint64(o, BigInt(x), l),
);
const f32: ItemCode = {
  size: 4,
  kind: "float",
  read: (v, o, l) => v.getFloat32(o, l),
  write: (v, o, x, l) => v.setFloat32(o, Number(x), l),
};
const f64: ItemCode = {
  size: 8,
  kind: "float",
  read: (v, o, l) => v.getFloat64(o, l),
  write: (v, o, x, l) => v.setFloat64(o, Number(x), l),
};
const f16: ItemCode = {
  size: 2,
  kind: "float",
  read: (v, o, l) => halfToDouble(v.getUint16(o, l)),
  write: (v, o, x, l) => v.setUint16(o, doubleToHalf(Number(x)), l),
};
const bool: ItemCode = { size: 1, kind: "bool", read: (v, o) => v.getUint8(o) !== 0, write: (v, o, x) => v.setUint8(o, x ? 1 : 0) };
const char: ItemCode = { size: 1, kind: "char", read: u8.read, write: u8.write };

/** Native sizes. */
export const NATIVE_CODES: { readonly [code: string]: ItemCode } = {
  b: i8,
  B: u8,
  h: i16,
  H: u16,
  i: i32,
  I: u32,
  l: i64,
  L: u64,
  q: i64,
  Q: u64,
  n: i64,
  N: u64,
  P: u64,
  f: f32,
  d: f64,
  e: f16,
  "?": bool,
  c: char,
};

/** Standard sizes ("<", ">", "=", "!"): the codes whose size differs from native, and those that do not exist. */
export const STANDARD_CODES: { readonly [code: string]: ItemCode } = (() => {
  const { n: _n, N: _N, P: _P, ...shared } = NATIVE_CODES;
  return { ...shared, l: i32, L: u32 };
})();

/** Smallest and largest value of an integer code. */
export function integerRange(code: ItemCode): [low: bigint, high: bigint] {
  const bits = BigInt(code.size * 8);
  return code.kind === "int" ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** IEEE 754 binary16. */
export function halfToDouble(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 0x1f;
  const fraction = h & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Half to even; finite values beyond the range give infinity (callers that must refuse them look for it). */
export function doubleToHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (a !== a) return 0x7e00;
  if (a === Infinity) return sign | 0x7c00;
  if (a < 2 ** -14) return sign | roundEven(a * 2 ** 24);
  const e = Math.min(Math.floor(Math.log2(a)), 15);
  const exponent = 2 ** e > a ? e - 1 : a >= 2 ** (e + 1) ? e + 1 : e;
  const fraction = roundEven((a / 2 ** exponent) * 1024);
  const bits = ((exponent + 15) << 10) + (fraction - 1024); // a carry moves into the exponent
  return sign | Math.min(bits, 0x7c00);
}

function roundEven(x: number): number {
  const f = Math.floor(x);
  const d = x - f;
  return d > 0.5 || (d === 0.5 && f % 2 === 1) ? f + 1 : f;
}
