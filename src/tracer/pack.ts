/**
 * Arrays of this run as bindings: NumPy arrays and array.array in place, lists packed into typed memory and written back afterwards.
 *
 * One Packer serves one entry into a region: a list that two names share is packed once, and a list that is a row of another becomes a view of it, so that
 * aliasing is what it is in Python.
 */
import { VIEW } from "../base/storage.ts";
import { PyArray } from "../interpreter/modules/array-object.ts";
import { PyNdArray } from "../interpreter/modules/numpy/ndarray.ts";
import { PyList } from "../interpreter/objects/list.ts";
import type { PyFloat, Value } from "../interpreter/objects/values.ts";
import type { ArrayBinding, NumericArray } from "../jit/ir/nest.ts";
import { type ScalarType, TYPES } from "../jit/ir/ops.ts";
import { Abort } from "./abort.ts";
import { type ArraySpec, fromNumber, scalarKind, toNumber } from "./values.ts";

interface Packed {
  readonly data: Float64Array | Uint8Array;
  readonly storage: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly kind: ScalarType;
  /** Innermost lists with the offset of their first element. */
  readonly rows: readonly { readonly list: PyList; readonly offset: number }[];
}

export class Packer {
  private readonly packed = new Map<PyList, Packed>();
  private readonly rowOf = new Map<PyList, { readonly pack: Packed; readonly offset: number }>();
  private readonly written = new Set<Packed>();
  private readonly touched: (PyNdArray | PyArray)[] = [];
  private next = -1;

  /** Lists of more dimensions first, so that rows are found in them. */
  bindAll(
    arrays: readonly { readonly name: string; readonly spec: ArraySpec; readonly value: Value; readonly written: boolean }[],
  ): Record<string, ArrayBinding> {
    const out: Record<string, ArrayBinding> = {};
    for (const a of [...arrays].sort((x, y) => y.spec.ndim - x.spec.ndim)) out[a.name] = this.bind(a.spec, a.value, a.written);
    return out;
  }

  private bind(spec: ArraySpec, v: Value, written: boolean): ArrayBinding {
    if (v instanceof PyNdArray) return this.ndarray(v, written);
    if (v instanceof PyArray) return this.array(v, written);
    return this.list(v as PyList, spec, written);
  }

  private ndarray(v: PyNdArray, written: boolean): ArrayBinding {
    const size = v.dtype.itemsize;
    if (v.offset % size !== 0 || v.strides.some((s) => s % size !== 0)) throw new Abort("bind", "an array that is not aligned", 0);
    if (written) this.touched.push(v);
    return {
      data: v.data as NumericArray,
      storage: v.storage.id,
      byteOffset: v.offset,
      shape: v.dims,
      strides: v.strides.map((s) => s / size),
    };
  }

  private array(v: PyArray, written: boolean): ArrayBinding {
    if (written) this.touched.push(v);
    const kind = v.code.view === VIEW.i64 || v.code.view === VIEW.u64 ? VIEW.i32 : v.code.view;
    return { data: v.storage.view(kind) as NumericArray, storage: v.storage.id, byteOffset: 0, shape: [v.length], strides: [1] };
  }

  private list(v: PyList, spec: ArraySpec, written: boolean): ArrayBinding {
    const row = spec.ndim === 1 ? this.rowOf.get(v) : undefined;
    const pack = row?.pack ?? this.packed.get(v) ?? this.pack(v, spec);
    if (pack.kind !== spec.elem) throw new Abort("list", `a list of ${pack.kind}, not ${spec.elem}`, 0);
    if (written) this.written.add(pack);
    const { data, storage } = pack;
    if (row) return { data, storage, byteOffset: row.offset * TYPES[pack.kind].bytes, shape: [v.items.length], strides: [1] };
    return { data, storage, byteOffset: 0, shape: pack.shape, strides: pack.strides };
  }

  private pack(root: PyList, spec: ArraySpec): Packed {
    const shape = shapeOf(root, spec.ndim);
    const distinct = new Map<PyList, number>();
    const strides = stridesOf(root, shape, distinct);
    const width = shape[shape.length - 1]!;
    const Memory = spec.elem === "bool" ? Uint8Array : Float64Array;
    const data = new Memory(distinct.size * width);
    const rows: { list: PyList; offset: number }[] = [];
    for (const [list, k] of distinct) {
      rows.push({ list, offset: k * width });
      fill(data, k * width, list, spec.elem);
    }
    const out: Packed = { data, storage: this.next--, shape, strides, kind: spec.elem, rows };
    this.packed.set(root, out);
    for (const r of rows) {
      if (this.rowOf.has(r.list)) throw new Abort("alias", "two lists share a row", 0);
      this.rowOf.set(r.list, { pack: out, offset: r.offset });
    }
    return out;
  }

  /** Writes lists back and marks memory as written. */
  commit(): void {
    for (const p of this.written) for (const r of p.rows) unpack(p.data, r.offset, r.list, p.kind);
    for (const a of this.touched) a.storage.touch();
  }
}

function shapeOf(list: PyList, ndim: number): number[] {
  const shape: number[] = [];
  let level: Value = list;
  for (let k = 0; k < ndim; k++) {
    if (!(level instanceof PyList) || level.items.length === 0) throw new Abort("list", "rows are missing", 0);
    shape.push(level.items.length);
    level = level.items[0]!;
  }
  return shape;
}

/** Strides in elements; gathers the innermost lists in order. All the same row: stride 0. */
function stridesOf(root: PyList, shape: readonly number[], distinct: Map<PyList, number>): number[] {
  const leaves: PyList[] = [];
  const walk = (list: Value, depth: number): void => {
    if (!(list instanceof PyList) || list.cls !== PyList.prototype.cls || list.items.length !== shape[depth])
      throw new Abort("list", "rows of unequal length", 0);
    if (depth === shape.length - 1) leaves.push(list);
    else for (const x of list.items) walk(x, depth + 1);
  };
  walk(root, 0);
  for (const l of leaves) if (!distinct.has(l)) distinct.set(l, distinct.size);
  const width = shape[shape.length - 1]!;
  if (distinct.size === leaves.length) {
    const strides = shape.map(() => 1);
    for (let k = shape.length - 2; k >= 0; k--) strides[k] = strides[k + 1]! * shape[k + 1]!;
    return strides;
  }
  if (distinct.size === 1) return shape.map((_, k) => (k === shape.length - 1 ? 1 : 0));
  // whole planes may be one object, as in [[[0] * n for …]] * m
  if (shape.length === 3 && distinct.size === shape[1]! && leaves.every((l, k) => distinct.get(l) === k % shape[1]!)) return [0, width, 1];
  throw new Abort("alias", "some rows are the same list", 0);
}

function fill(data: Float64Array | Uint8Array, offset: number, list: PyList, kind: ScalarType): void {
  const { items } = list;
  if (kind === "int") {
    for (let k = 0; k < items.length; k++) {
      const x = items[k];
      if (typeof x !== "number") throw new Abort("list", "elements of several types", 0);
      data[offset + k] = x;
    }
    return;
  }
  for (let k = 0; k < items.length; k++) {
    const x = items[k]!;
    if (scalarKind(x) !== kind) throw new Abort("list", "elements of several types", 0);
    data[offset + k] = toNumber(x);
  }
}

/** Elements that did not change keep their object. */
function unpack(data: Float64Array | Uint8Array, offset: number, list: PyList, kind: ScalarType): void {
  const { items } = list;
  for (let k = 0; k < items.length; k++) {
    const x = data[offset + k]!;
    if (kind === "int") items[k] = x;
    else if (kind === "bool") items[k] = x !== 0;
    else if (!Object.is((items[k] as PyFloat).value, x)) items[k] = fromNumber(kind, x);
  }
}
