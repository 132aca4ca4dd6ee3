/**
 * THE dtype table: everything NumPy knows about an element type, and the rules between types (promotion, casting).
 *
 * A DType is the Python object `np.dtype(...)` itself: one immutable instance per type, shared by all interpreters.
 * Sources: NumPy reference "Data type promotion in NumPy" (NEP 50), "numpy.can_cast", "Array interface protocol".
 * Known weakness: native byte order only; no structured, datetime, bytes or long double types; str and object arrays support
 * creation, indexing, comparison and printing only as far as `text` and `object` say below.
 */
import { VIEW, type ViewKind } from "../../../base/storage.ts";
import type { PyType } from "../../objects/type.ts";
import { PyObject } from "../../objects/values.ts";

/** NumPy's kind letters. */
export type Kind = "b" | "u" | "i" | "f" | "c" | "O" | "U";

/**
 * How an element is held while it is computed with: a JS number; a 64-bit integer in two 32-bit halves; a complex number as two numbers;
 * or a JS value (text, object).
 */
export type Domain = "number" | "wide" | "complex" | "value";

interface Row {
  readonly char: string;
  readonly kind: Kind;
  readonly size: number;
  readonly view: ViewKind;
  /** Other spellings that np.dtype accepts. */
  readonly names: readonly string[];
}

/** In NumPy's order of type numbers, which is also the order in which a ufunc's loops are searched. */
const TABLE = {
  bool: { char: "?", kind: "b", size: 1, view: VIEW.u8, names: ["bool_", "b1"] },
  int8: { char: "b", kind: "i", size: 1, view: VIEW.i8, names: ["byte", "i1"] },
  uint8: { char: "B", kind: "u", size: 1, view: VIEW.u8, names: ["ubyte", "u1"] },
  int16: { char: "h", kind: "i", size: 2, view: VIEW.i16, names: ["short", "i2"] },
  uint16: { char: "H", kind: "u", size: 2, view: VIEW.u16, names: ["ushort", "u2"] },
  int32: { char: "i", kind: "i", size: 4, view: VIEW.i32, names: ["intc", "i4"] },
  uint32: { char: "I", kind: "u", size: 4, view: VIEW.u32, names: ["uintc", "u4"] },
  int64: { char: "l", kind: "i", size: 8, view: VIEW.i32, names: ["int", "int_", "intp", "long", "longlong", "i8", "q", "p", "n"] },
  uint64: { char: "L", kind: "u", size: 8, view: VIEW.i32, names: ["uint", "uintp", "ulong", "ulonglong", "u8", "Q", "P", "N"] },
  float16: { char: "e", kind: "f", size: 2, view: VIEW.u16, names: ["half", "f2"] },
  float32: { char: "f", kind: "f", size: 4, view: VIEW.f32, names: ["single", "f4"] },
  float64: { char: "d", kind: "f", size: 8, view: VIEW.f64, names: ["double", "float", "f8"] },
  complex64: { char: "F", kind: "c", size: 8, view: VIEW.f32, names: ["csingle", "c8"] },
  complex128: { char: "D", kind: "c", size: 16, view: VIEW.f64, names: ["cdouble", "complex", "c16"] },
  object: { char: "O", kind: "O", size: 8, view: VIEW.u8, names: ["object_", "O8"] },
} as const satisfies Record<string, Row>;

export type NumericName = Exclude<keyof typeof TABLE, "object">;
export type DTypeName = keyof typeof TABLE;

export class DType extends PyObject {
  /** Position in TABLE; str types come last. */
  readonly num: number;
  readonly name: string;
  readonly char: string;
  readonly kind: Kind;
  readonly itemsize: number;
  /** Typed view of one component: of a 64-bit integer its 32-bit halves, of a complex number its real and imaginary part. */
  readonly view: ViewKind;
  readonly domain: Domain;
  /** log2 of the size of a component, so that `byteOffset >> shift` indexes the view. */
  readonly shift: number;
  /** Class of its scalars (np.float64 …); scalars.ts fills it in. */
  scalar!: PyType;
  /** Range of integer types; for uint64 and int64 as bigints too. */
  readonly min: number;
  readonly max: number;
  readonly bigMin: bigint;
  readonly bigMax: bigint;

  constructor(num: number, name: string, row: Row) {
    super();
    this.num = num;
    this.name = name;
    this.char = row.char;
    this.kind = row.kind;
    this.itemsize = row.size;
    this.view = row.view;
    this.domain = domainOf(row);
    const component = this.domain === "wide" ? 4 : this.domain === "complex" ? row.size / 2 : row.size;
    this.shift = row.kind === "U" ? 2 : Math.log2(component);
    const bits = BigInt(row.size * 8);
    const signed = row.kind === "i";
    const ranged = signed || row.kind === "u";
    this.bigMin = ranged && signed ? -(1n << (bits - 1n)) : 0n;
    this.bigMax = ranged ? (1n << (signed ? bits - 1n : bits)) - 1n : 1n;
    this.min = Number(this.bigMin);
    this.max = Number(this.bigMax);
  }

  /** Array-protocol code with byte order: "<f8", "|b1", "<U3". */
  get str(): string {
    if (this.kind === "U") return `<U${this.itemsize / 4}`;
    if (this.kind === "O") return "|O";
    return `${this.itemsize === 1 ? "|" : "<"}${this.kind}${this.itemsize}`;
  }

  get isInteger(): boolean {
    return this.kind === "i" || this.kind === "u";
  }

  get isInexact(): boolean {
    return this.kind === "f" || this.kind === "c";
  }
}

function domainOf(row: Row): Domain {
  if (row.kind === "c") return "complex";
  if (row.kind === "O" || row.kind === "U") return "value";
  return row.size === 8 && row.kind !== "f" ? "wide" : "number";
}

/** Every dtype but str by name. */
export const DTYPES: { readonly [K in DTypeName]: DType } = Object.fromEntries(
  Object.entries(TABLE).map(([name, row], num) => [name, new DType(num, name, row)]),
) as { [K in DTypeName]: DType };

export const { bool: BOOL, int64: INT64, uint64: UINT64, float16: FLOAT16, float32: FLOAT32, float64: FLOAT64, complex64: COMPLEX64, complex128: COMPLEX128, object: OBJECT } = DTYPES;
export const INT8: DType = DTYPES.int8;
export const INT32: DType = DTYPES.int32;

/** The numeric dtypes in table order. */
export const NUMERIC: readonly DType[] = Object.values(DTYPES).filter((d) => d.kind !== "O");

const texts: Map<number, DType> = new Map();
/** `<Un`. */
export function textType(length: number): DType {
  let d = texts.get(length);
  if (d === undefined) {
    const name = length === 0 ? "str" : `str${length * 32}`;
    d = new DType(NUMERIC.length + 1, name, { char: "U", kind: "U", size: length * 4, view: VIEW.i32, names: [] });
    if (textScalar.type) d.scalar = textScalar.type;
    texts.set(length, d);
  }
  return d;
}
/** Scalar class of str dtypes, set by scalars.ts. */
export const textScalar: { type: PyType | undefined } = { type: undefined };

const spellings: ReadonlyMap<string, DType> = new Map(
  Object.entries(TABLE).flatMap(([name, row]) => [name, row.char, ...row.names].map((s) => [s, DTYPES[name as DTypeName]] as const)),
);

/** dtype named by a string ("f4", "<i8", "float64", "U5"), or undefined. */
export function dtypeFromText(text: string): DType | undefined {
  const direct = spellings.get(text);
  if (direct) return direct;
  const body = /^[<=|]/.test(text) ? text.slice(1) : text;
  const u = /^(?:U|str)(\d*)$/.exec(body);
  if (u) return textType(Number(u[1] ?? 0) || 0);
  return body === text || !/^(?:[a-zA-Z?]\d*)$/.test(body) ? undefined : spellings.get(body);
}

// ---- casting --------------------------------------------------------------------------------------------------------------------------

export type Casting = "no" | "equiv" | "safe" | "same_kind" | "unsafe";
const KIND_ORDER: { readonly [K in Kind]: number } = { b: 0, u: 1, i: 2, f: 3, c: 4, U: 5, O: 6 };
/** Weak Python scalars compare by category only: bool, any integer, float, complex. */
const CATEGORY: { readonly [K in Kind]: number } = { b: 0, u: 1, i: 1, f: 2, c: 3, U: 4, O: 5 };

/** Bits of integers that a float of this size holds as NumPy sees it (float64 counts as able to hold any integer). */
function floatHolds(floatSize: number, intSize: number): boolean {
  return floatSize >= 8 || floatSize > intSize;
}

/** Whether every value of `a` is a value of `b` in NumPy's eyes (casting="safe"). */
export function safeCast(a: DType, b: DType): boolean {
  if (a === b || b.kind === "O") return true;
  if (a.kind === "O") return false;
  if (b.kind === "U") return a.kind === "U" ? a.itemsize <= b.itemsize : b.itemsize >= 4 * textWidth(a);
  if (a.kind === "U") return false;
  if (a.kind === "b") return true;
  if (KIND_ORDER[a.kind] > KIND_ORDER[b.kind]) return false;
  if (b.kind === "b") return false;
  const component = b.kind === "c" ? b.itemsize / 2 : b.itemsize;
  if (a.kind === "c") return a.itemsize <= b.itemsize;
  if (a.kind === "f") return a.itemsize <= component;
  if (b.kind === "f" || b.kind === "c") return floatHolds(component, a.itemsize);
  return a.kind === b.kind ? a.itemsize <= b.itemsize : a.kind === "u" && a.itemsize < b.itemsize;
}

/** Characters that the widest value of a numeric type needs as text. */
function textWidth(a: DType): number {
  if (a.kind === "f") return 32;
  if (a.kind === "c") return 64;
  return a.kind === "b" ? 5 : String(a.kind === "i" ? a.bigMin : a.bigMax).length;
}

export function canCast(a: DType, b: DType, casting: Casting): boolean {
  if (casting === "unsafe" || a === b) return true;
  if (casting === "no" || casting === "equiv") return false;
  if (safeCast(a, b)) return true;
  return casting === "same_kind" && a.kind !== "O" && KIND_ORDER[a.kind] <= KIND_ORDER[b.kind];
}

// ---- promotion ------------------------------------------------------------------------------------------------------------------------

/** Smallest first within a family, so that the first common upper bound is the promoted type. */
const BY_SIZE: readonly DType[] = (
  ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64", "complex64", "complex128"] as const
).map((n) => DTYPES[n]);

const promotions: readonly (readonly (DType | undefined)[])[] = NUMERIC.map((a) =>
  NUMERIC.map((b) => BY_SIZE.find((c) => safeCast(a, c) && safeCast(b, c))),
);

/** np.promote_types for types of the table; undefined where no common type exists (text with numbers). */
export function promote(a: DType, b: DType): DType | undefined {
  if (a === b) return a;
  if (a.kind === "O" || b.kind === "O") return OBJECT;
  if (a.kind === "U" || b.kind === "U") {
    if (a.kind !== b.kind) return textType(Math.max(...[a, b].map((d) => (d.kind === "U" ? d.itemsize / 4 : textWidth(d)))));
    return a.itemsize > b.itemsize ? a : b;
  }
  return promotions[a.num]![b.num];
}

/** A Python scalar in an expression: int, float or complex, whose exact type gives way to the arrays' (NEP 50). */
export type Weak = "int" | "float" | "complex";
export const WEAK_DEFAULT: { readonly [K in Weak]: DType } = { int: INT64, float: FLOAT64, complex: COMPLEX128 };

/** Type of an expression of `d` with a weak scalar. */
export function promoteWeak(d: DType, weak: Weak): DType {
  const w = WEAK_DEFAULT[weak];
  if (CATEGORY[d.kind] >= CATEGORY[w.kind]) return d;
  if (weak === "complex" && d.kind === "f") return d.itemsize === 8 ? COMPLEX128 : COMPLEX64;
  return w;
}

/** The real type of the parts of a complex type; other types themselves. */
export function realType(d: DType): DType {
  if (d.kind !== "c") return d;
  return d.itemsize === 8 ? FLOAT32 : FLOAT64;
}

/** The machine's way of writing a type in messages: "float64", "<U3". */
export function dtypeLabel(d: DType): string {
  return d.kind === "U" ? d.str : d.name;
}

/** repr(dtype) */
export function dtypeRepr(d: DType): string {
  return `dtype('${d.kind === "O" ? "O" : dtypeLabel(d)}')`;
}
