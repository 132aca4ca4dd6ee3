/**
 * Where the arrays of a binding lie: which may share memory, and the equations under which two references touch the same element.
 *
 * Two references through one view (same start, shape and strides, no two elements at one address) meet where all subscripts agree: bounds checks keep subscripts in
 * range. Any other two are compared by address, in bytes.
 */

import type { ArrayBinding, Binding, Region } from "../ir/nest.ts";
import { TYPES } from "../ir/ops.ts";
import { type Affine, combine, constant, difference, negated, offset } from "./affine.ts";
import type { Reference } from "./references.ts";

/** `equal` are zero and `rows` >= 0 exactly where two references touch a common byte (subscripts in range). */
export interface Meeting {
  readonly equal: readonly (readonly [source: Affine, sink: Affine])[];
  readonly rows: readonly (readonly [source: Affine, sink: Affine])[];
  /** Conditions on one side: subscripts in range. */
  readonly source: readonly Affine[];
  readonly sink: readonly Affine[];
}

interface View {
  readonly binding: ArrayBinding;
  readonly bytes: number;
  /** First byte and the one behind the last; equal when there is no element. */
  readonly from: number;
  readonly to: number;
  readonly injective: boolean;
}

export class Views {
  private readonly views = new Map<string, View>();

  constructor(r: Region, binding: Binding) {
    for (const a of r.arrays) {
      const b = binding.arrays[a.name];
      if (b) this.views.set(a.name, viewOf(b, TYPES[a.elem].bytes));
    }
  }

  overlap(a: string, b: string): boolean {
    const [x, y] = [this.views.get(a)!, this.views.get(b)!];
    return x.binding.storage === y.binding.storage && x.from < y.to && y.from < x.to;
  }

  storage(a: string): number {
    return this.views.get(a)!.binding.storage;
  }

  /** Whether subscripts alone say which element is meant. */
  same(a: string, b: string): boolean {
    const [x, y] = [this.views.get(a)!, this.views.get(b)!];
    if (!x.injective || x.bytes !== y.bytes) return false;
    const { binding: p } = x;
    const { binding: q } = y;
    return p === q || (p.storage === q.storage && p.byteOffset === q.byteOffset && alike(p.shape, q.shape) && alike(p.strides, q.strides));
  }

  meeting(source: Reference, sink: Reference): Meeting {
    if (this.same(source.array, sink.array)) {
      return { equal: source.subscripts.map((s, k) => [s, sink.subscripts[k]!] as const), rows: [], source: [], sink: [] };
    }
    const [p, q] = [this.address(source), this.address(sink)];
    const [x, y] = [this.views.get(source.array)!, this.views.get(sink.array)!];
    const inRange = { source: this.inRange(source), sink: this.inRange(sink) };
    const whole = x.bytes === y.bytes && (x.binding.byteOffset - y.binding.byteOffset) % x.bytes === 0;
    if (whole) return { equal: [[p, q]], rows: [], ...inRange };
    // p < q + bytes(sink) and q < p + bytes(source)
    return {
      equal: [],
      rows: [
        [negated(p), offset(q, y.bytes - 1)],
        [offset(p, x.bytes - 1), negated(q)],
      ],
      ...inRange,
    };
  }

  /** Address in bytes. */
  private address(r: Reference): Affine {
    const { binding: b, bytes } = this.views.get(r.array)!;
    return r.subscripts.reduce((at, s, k) => combine(at, b.strides[k]! * bytes, s), constant(b.byteOffset));
  }

  private inRange(r: Reference): Affine[] {
    const { shape } = this.views.get(r.array)!.binding;
    return r.subscripts.flatMap((s, k) => [s, difference(constant(shape[k]! - 1), s)]);
  }
}

const alike = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, k) => x === b[k]);

function viewOf(binding: ArrayBinding, bytes: number): View {
  let [lo, hi] = [binding.byteOffset, binding.byteOffset + bytes];
  binding.shape.forEach((n, k) => {
    const reach = (n - 1) * binding.strides[k]! * bytes;
    if (reach < 0) lo += reach;
    else hi += reach;
  });
  if (binding.shape.some((n) => n <= 0)) hi = lo;
  return { binding, bytes, from: lo, to: hi, injective: injective(binding) };
}

/** Whether each stride is longer than what the shorter ones reach: enough for one address an element. */
function injective(b: ArrayBinding): boolean {
  const axes = b.shape.map((n, k) => ({ n, stride: Math.abs(b.strides[k]!) })).filter((x) => x.n > 1);
  axes.sort((x, y) => x.stride - y.stride);
  let reach = 0;
  for (const { n, stride } of axes) {
    if (stride <= reach) return false;
    reach += (n - 1) * stride;
  }
  return true;
}

/** `a - b` of a meeting's two sides, when both are in the same terms. */
export const gap = ([a, b]: readonly [Affine, Affine]): Affine => difference(a, b);
