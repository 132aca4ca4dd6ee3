/**
 * This run's values for a generated kernel: parameter words, the elements that travel, and the grid cut into launches that the device takes.
 *
 * Of each memory the kernel gets the smallest run of elements that holds all its views; offsets are counted from its start.
 */
import type { ArrayBinding, Binding, Region } from "../jit/ir/nest.ts";
import { type Gone, invariants, isGone } from "./invariants.ts";
import { elementsBefore } from "./packing.ts";
import type { Buffer, Program } from "./wgsl.ts";
import type { Slot } from "./wgsl-scope.ts";
import { HELD, I32 } from "./wgsl-types.ts";

/** Elements [from, from + count) of a memory. */
export interface Extent {
  readonly buffer: Buffer;
  readonly array: ArrayBinding;
  readonly from: number;
  readonly count: number;
}

export interface GridValues {
  readonly lo: number;
  readonly step: number;
  readonly trips: number;
}

export interface Layout {
  /** Parameter words; those of `base` and `end` are filled in per launch. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly extents: readonly Extent[];
  readonly grid: readonly GridValues[];
  /** Variables as the loop finds them. */
  readonly vars: Readonly<Record<string, number | undefined>>;
}

export const tripsOf = (lo: number, hi: number, step: number): number => Math.max(0, Math.ceil((hi - lo) / step));

/** Why a binding is not for this kernel, or what it becomes. `flushes`: float parameters must not be subnormal. */
export function layOut(region: Region, program: Program, binding: Binding, flushes: boolean): Layout | Gone {
  const { grid } = program.shape;
  const exprs = program.slots.flatMap((s) => (s.source.of === "expr" ? [s.source.expr] : []));
  const known = invariants(region, program.shape, binding, [...grid.flatMap((g) => [g.lo, g.hi, g.step]), ...exprs]);
  if (isGone(known)) return known;
  const bounds = grid.map((_g, k) => gridValues(known.values.slice(3 * k, 3 * k + 3) as number[]));
  const wrong = bounds.find(isGone);
  if (wrong) return wrong as Gone;
  const extents = program.buffers.map((b) => extentOf(b, binding));
  const filler = new Filler(program, binding, bounds as GridValues[], extents, known.values.slice(3 * grid.length), flushes);
  const words = filler.run();
  return isGone(words) ? words : { words, extents, grid: bounds as GridValues[], vars: known.vars };
}

function gridValues([lo, hi, step]: readonly number[]): GridValues | Gone {
  if (step === 0) return { gone: "step" };
  const trips = tripsOf(lo!, hi!, step!);
  const last = lo! + Math.max(0, trips - 1) * step!;
  if (lo! < I32.lo || lo! > I32.hi || last < I32.lo || last > I32.hi || Math.abs(step!) > I32.hi) return { gone: "bits" };
  return { lo: lo!, step: step!, trips };
}

function extentOf(buffer: Buffer, binding: Binding): Extent {
  let from = Infinity;
  let to = -Infinity;
  for (const name of buffer.arrays) {
    const a = binding.arrays[name]!;
    if (a.shape.includes(0)) continue;
    let first = elementsBefore(buffer.elem, a.byteOffset);
    let last = first;
    a.shape.forEach((n, k) => {
      const reach = (n - 1) * a.strides[k]!;
      if (reach < 0) first += reach;
      else last += reach;
    });
    from = Math.min(from, first);
    to = Math.max(to, last + 1);
  }
  const array = binding.arrays[buffer.arrays[0]!]!;
  return from < to ? { buffer, array, from, count: to - from } : { buffer, array, from: 0, count: 0 };
}

class Filler {
  private readonly program: Program;
  private readonly binding: Binding;
  private readonly grid: readonly GridValues[];
  private readonly starts: ReadonlyMap<string, Extent>;
  private readonly values: readonly (number | undefined)[];
  private readonly flushes: boolean;
  private readonly words: Uint32Array<ArrayBuffer>;
  private readonly ints: Int32Array;
  private readonly floats: Float32Array;
  private next = 0;

  constructor(
    program: Program,
    binding: Binding,
    grid: readonly GridValues[],
    extents: readonly Extent[],
    values: readonly (number | undefined)[],
    flushes: boolean,
  ) {
    this.program = program;
    this.binding = binding;
    this.grid = grid;
    this.starts = new Map(extents.flatMap((x) => x.buffer.arrays.map((a) => [a, x] as const)));
    this.values = values;
    this.flushes = flushes;
    this.words = new Uint32Array(Math.max(4, Math.ceil(program.slots.length / 4) * 4));
    this.ints = new Int32Array(this.words.buffer);
    this.floats = new Float32Array(this.words.buffer);
  }

  run(): Uint32Array<ArrayBuffer> | Gone {
    for (const [k, slot] of this.program.slots.entries()) {
      const x = this.value(slot);
      if (slot.range && (x < slot.range.lo || x > slot.range.hi))
        return { gone: `${slot.name} = ${x} is outside ${slot.range.lo} … ${slot.range.hi}` };
      switch (slot.wgsl) {
        case "f32":
          this.floats[k] = x;
          if (this.flushes && (this.words[k]! & 0x7f800000) === 0 && (this.words[k]! & 0x7fffffff) !== 0) return { gone: "subnormal" };
          break;
        case "i32":
          if (x < I32.lo || x > I32.hi) return { gone: "bits" };
          this.ints[k] = x;
          break;
        default:
          this.words[k] = x;
      }
    }
    return this.words;
  }

  private value({ source }: Slot): number {
    switch (source.of) {
      case "zero":
        return 0;
      case "grid": {
        const g = this.grid[source.dim]!;
        return { base: 0, end: g.trips, last: g.trips - 1, lo: g.lo, step: g.step }[source.what];
      }
      case "offset": {
        const x = this.starts.get(source.array)!;
        return x.count === 0 ? 0 : elementsBefore(x.buffer.elem, this.binding.arrays[source.array]!.byteOffset) - x.from;
      }
      case "shape":
        return this.binding.arrays[source.array]!.shape[source.axis]!;
      case "stride":
        return this.binding.arrays[source.array]!.strides[source.axis]!;
      case "expr":
        return this.values[this.next++] ?? 0;
    }
  }
}

// ---- launches -------------------------------------------------------------------------------------------------------------------------

/** Part of the grid: trips [base, end) along each dimension, and the workgroups that cover it. */
export interface Box {
  readonly base: readonly number[];
  readonly end: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

/** Trips [from, to) of the outermost loop as boxes that fit the device's limit of workgroups along a dimension. */
export function boxes(program: Program, trips: readonly number[], from: number, to: number, limit: number): Box[] {
  const dims = trips.length;
  let out: { base: number[]; end: number[] }[] = [{ base: [], end: [] }];
  for (let dim = 0; dim < dims; dim++) {
    const most = limit * program.workgroup[dims - 1 - dim]!;
    const [lo, hi] = dim === 0 ? [from, to] : [0, trips[dim]!];
    out = out.flatMap((b) => {
      const parts = [];
      for (let at = lo; at < hi; at += most) parts.push({ base: [...b.base, at], end: [...b.end, Math.min(hi, at + most)] });
      return parts;
    });
  }
  return out.map(({ base, end }) => {
    const groups = [1, 1, 1] as [number, number, number];
    for (let dim = 0; dim < dims; dim++) groups[dims - 1 - dim] = Math.ceil((end[dim]! - base[dim]!) / program.workgroup[dims - 1 - dim]!);
    return { base, end, workgroups: groups };
  });
}

/** The parameter block of one box. */
export function parameters(program: Program, words: Uint32Array<ArrayBuffer>, box: Box): Uint8Array {
  const out = words.slice();
  for (const [k, { source }] of program.slots.entries()) {
    if (source.of === "grid" && source.what === "base") out[k] = box.base[source.dim]!;
    if (source.of === "grid" && source.what === "end") out[k] = box.end[source.dim]!;
  }
  return new Uint8Array(out.buffer);
}

/** A word of the status block as a value of a variable. */
export function decode(type: keyof typeof HELD, words: Uint32Array<ArrayBuffer>, at: number): number {
  switch (HELD[type].wgsl) {
    case "f32":
      return new Float32Array(words.buffer)[at]!;
    case "i32":
      return words[at]! | 0;
    default:
      return words[at]!;
  }
}
