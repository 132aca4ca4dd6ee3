/**
 * The order in which elementwise operations walk over several arrays of one (broadcast) shape.
 *
 * Axes are put in order of memory, largest strides outermost (ties and conflicts: C order), and neighbours that lie in one run in every
 * operand are merged, as NumPy's nditer does; so results of reductions add up in NumPy's order. The innermost axis is left to the kernel.
 * Source: NumPy reference "Iterating over arrays" and the observable order of np.nditer(order="K").
 */

export interface Walk {
  /** Outer axes, slowest first. */
  readonly outer: readonly number[];
  /** Length of the innermost axis. */
  readonly inner: number;
  /** For each operand its byte strides along the outer axes. */
  readonly steps: readonly (readonly number[])[];
  /** For each operand its byte stride along the inner axis. */
  readonly innerSteps: readonly number[];
}

/** Axes of `shape` in the order of memory, slowest first, by insertion sort on the strides of all operands. */
export function axisOrder(ndim: number, strides: readonly (readonly number[])[]): number[] {
  // `axes` is fastest first while it is sorted
  const axes: number[] = [];
  for (let i = 0; i < ndim; i++) axes.push(ndim - 1 - i);
  for (let i = 1; i < ndim; i++) {
    const axis = axes[i]!;
    let at = i;
    for (let j = i - 1; j >= 0; j--) {
      const verdict = comesBefore(axis, axes[j]!, strides);
      if (verdict === undefined) continue;
      if (!verdict) break;
      at = j;
    }
    axes.splice(i, 1);
    axes.splice(at, 0, axis);
  }
  return axes.reverse();
}

/** Whether axis `a` must be faster than `b`; undefined when no operand has a stride along both. */
function comesBefore(a: number, b: number, strides: readonly (readonly number[])[]): boolean | undefined {
  let verdict: boolean | undefined;
  for (const s of strides) {
    const sa = Math.abs(s[a]!);
    const sb = Math.abs(s[b]!);
    if (sa === 0 || sb === 0) continue;
    if (sb <= sa) verdict = false;
    else verdict ??= true;
  }
  return verdict;
}

/** Plans a walk over `shape`. Every operand's strides have one entry per axis. */
export function planWalk(shape: readonly number[], strides: readonly (readonly number[])[], keepOrder = false): Walk {
  if (shape.length === 1) return { outer: [], inner: shape[0]!, steps: strides.map(() => []), innerSteps: strides.map((s) => s[0]!) };
  const order = keepOrder ? shape.map((_, i) => i) : axisOrder(shape.length, strides);
  const dims: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (const axis of order) {
    const d = shape[axis]!;
    if (d === 1) continue;
    const last = dims.length - 1;
    if (last >= 0 && strides.every((s, k) => steps[k]![last] === s[axis]! * d)) {
      dims[last]! *= d;
      strides.forEach((s, k) => (steps[k]![last] = s[axis]!));
    } else {
      dims.push(d);
      strides.forEach((s, k) => steps[k]!.push(s[axis]!));
    }
  }
  const inner = dims.pop() ?? 1;
  const innerSteps = steps.map((s) => s.pop() ?? 0);
  return { outer: dims, inner, steps, innerSteps };
}

/**
 * Calls `visit` for every run of the inner axis with the operands' byte offsets. The offsets array is reused between calls.
 */
export function walk(w: Walk, start: readonly number[], visit: (offsets: readonly number[]) => void): void {
  const at = [...start];
  const { outer, steps } = w;
  if (w.inner === 0 || outer.includes(0)) return;
  if (outer.length === 0) {
    visit(at);
    return;
  }
  const index = new Array<number>(outer.length).fill(0);
  for (;;) {
    visit(at);
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      if (++index[axis]! < outer[axis]!) {
        for (let k = 0; k < at.length; k++) at[k]! += steps[k]![axis]!;
        break;
      }
      index[axis] = 0;
      for (let k = 0; k < at.length; k++) at[k]! -= steps[k]![axis]! * (outer[axis]! - 1);
    }
    if (axis < 0) return;
  }
}

/** Byte offset of every element of a strided array, in C order. */
export function forEachOffset(shape: readonly number[], strides: readonly number[], offset: number, visit: (offset: number) => void): void {
  const w = planWalk(shape, [strides], true);
  const step = w.innerSteps[0]!;
  walk(w, [offset], ([at]) => {
    for (let i = 0, p = at!; i < w.inner; i++, p += step) visit(p);
  });
}

