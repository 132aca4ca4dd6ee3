/**
 * Arrays of a binding as device buffers: one buffer a storage, so that what overlaps on the host overlaps on the device; one 32-bit word an element. 64-bit integers
 * and narrow types are widened or narrowed on the way, which a value outside int32 forbids.
 */
import type { ArrayBinding, Binding, Region } from "../../jit/ir/nest.ts";
import { type ScalarType, TYPES } from "../../jit/ir/ops.ts";

export interface Group {
  readonly elem: ScalarType;
  readonly arrays: readonly string[];
  readonly binding: ArrayBinding;
  /** First element of the storage that any array reaches, and how many from there. */
  readonly first: number;
  readonly count: number;
  readonly written: boolean;
}

const PLACED: ReadonlySet<ScalarType> = new Set(["bool", "int", "b1", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "f32"]);

/** Groups by storage; a reason where one cannot be placed. */
export function groupsOf(region: Region, binding: Binding, written: ReadonlySet<string>): Group[] | string {
  const groups = new Map<number, { elem: ScalarType; arrays: string[]; lo: number; hi: number; written: boolean; binding: ArrayBinding }>();
  for (const a of region.arrays) {
    if (!PLACED.has(a.elem)) return `${a.name} holds ${a.elem}, which WGSL does not have`;
    const m = binding.arrays[a.name]!;
    const [lo, hi] = extent(m, TYPES[a.elem].bytes);
    const g = groups.get(m.storage);
    if (!g) groups.set(m.storage, { elem: a.elem, arrays: [a.name], lo, hi, written: written.has(a.name), binding: m });
    else {
      if (g.elem !== a.elem) return `${a.name} is memory that another array sees as ${g.elem}`;
      g.arrays.push(a.name);
      g.lo = Math.min(g.lo, lo);
      g.hi = Math.max(g.hi, hi);
      g.written ||= written.has(a.name);
    }
  }
  return [...groups.values()].map((g) => ({ elem: g.elem, arrays: g.arrays, binding: g.binding, first: g.lo, count: Math.max(1, g.hi - g.lo), written: g.written }));
}

/** Elements [from, to) that an array reaches, from the start of its storage. */
function extent(m: ArrayBinding, bytes: number): [number, number] {
  const at = m.byteOffset / bytes;
  let [lo, hi] = [at, at + 1];
  for (let k = 0; k < m.shape.length; k++) {
    if (m.shape[k] === 0) return [at, at];
    const reach = (m.shape[k]! - 1) * m.strides[k]!;
    if (reach < 0) lo += reach;
    else hi += reach;
  }
  return [lo, hi];
}

/** The group's elements as words; undefined where one does not fit. */
export function toWords(g: Group): Uint8Array | undefined {
  const { data } = g.binding;
  if ((g.elem === "i32" || g.elem === "u32" || g.elem === "f32") && !Array.isArray(data)) return bytesOf(data.subarray(g.first, g.first + g.count));
  const out = new Int32Array(g.count);
  if (g.elem === "i64") {
    for (let k = 0; k < g.count; k++) {
      const low = data[2 * (g.first + k)]!;
      if (data[2 * (g.first + k) + 1] !== low >> 31) return undefined;
      out[k] = low;
    }
    return bytesOf(out);
  }
  for (let k = 0; k < g.count; k++) {
    const x = data[g.first + k]!;
    if ((x | 0) !== x) return undefined;
    out[k] = x;
  }
  return bytesOf(out);
}

const bytesOf = (a: { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number }): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

/** Writes words back into the group's memory. */
export function fromWords(g: Group, bytes: Uint8Array): void {
  const { data } = g.binding;
  if ((g.elem === "i32" || g.elem === "u32" || g.elem === "f32") && !Array.isArray(data)) {
    bytesOf(data.subarray(g.first, g.first + g.count)).set(bytes);
    return;
  }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, g.count);
  for (let k = 0; k < g.count; k++) {
    const x = words[k]!;
    if (g.elem === "i64") {
      data[2 * (g.first + k)] = x;
      data[2 * (g.first + k) + 1] = x >> 31;
    } else data[g.first + k] = x;
  }
}
