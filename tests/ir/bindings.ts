/** Bindings and outcomes as text, for cases about the IR. */

import { read } from "../../src/jit/ir/evaluate.ts";
import { type ArrayBinding, type Binding, DATA_CLASS, type NumericArray, type Outcome, type Region } from "../../src/jit/ir/nest.ts";
import { type ScalarType, TYPES } from "../../src/jit/ir/ops.ts";

/** A number, or "nan", "inf", "-inf", "-0". */
export type NumberText = number | string;

export interface ArrayText {
  readonly shape: readonly number[];
  /** The memory, in elements; default: zeros. */
  readonly data?: readonly NumberText[];
  /** Default: C order. */
  readonly strides?: readonly number[];
  /** Of the first element, in elements. */
  readonly offset?: number;
  /** Shares the memory of another array, given before. */
  readonly same?: string;
}

export interface BindingText {
  readonly params?: Readonly<Record<string, NumberText>>;
  readonly vars?: Readonly<Record<string, NumberText>>;
  readonly arrays?: Readonly<Record<string, ArrayText>>;
}

const toNumber = (x: NumberText): number => (typeof x === "number" ? x : x === "inf" ? Infinity : x === "-inf" ? -Infinity : Number(x));
const numbers = (o: Readonly<Record<string, NumberText>> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(o).map(([k, v]) => [k, toNumber(v)]));

export function cOrder(shape: readonly number[]): number[] {
  const out = shape.map(() => 1);
  for (let k = shape.length - 2; k >= 0; k--) out[k] = out[k + 1]! * shape[k + 1]!;
  return out;
}

/** Memory for `values` as elements of a type. */
export function memory(type: ScalarType, values: readonly number[]): NumericArray {
  if (type === "i64" || type === "u64") {
    const words = new Int32Array(values.length * 2);
    values.forEach((x, k) => {
      words[2 * k] = Number(BigInt.asIntN(32, BigInt(x)));
      words[2 * k + 1] = Number(BigInt.asIntN(32, BigInt(x) >> 32n));
    });
    return words;
  }
  return DATA_CLASS[type].from(values);
}

export function bind(r: Region, text: BindingText): Binding {
  const arrays: Record<string, ArrayBinding> = {};
  let storage = 0;
  for (const a of r.arrays) {
    const t = text.arrays?.[a.name] ?? { shape: new Array<number>(a.ndim).fill(0) };
    const size = t.shape.reduce((x, n) => x * n, 1);
    const other = t.same === undefined ? undefined : arrays[t.same];
    const values = t.data?.map(toNumber) ?? new Array<number>(size).fill(0);
    arrays[a.name] = {
      data: other ? other.data : memory(a.elem, values),
      storage: other ? other.storage : storage++,
      byteOffset: (t.offset ?? 0) * TYPES[a.elem].bytes,
      shape: t.shape,
      strides: t.strides ?? cOrder(t.shape),
    };
  }
  return { params: numbers(text.params), vars: numbers(text.vars), arrays };
}

/** The same values in memory of its own; arrays that shared memory still do. */
export function copyBinding(b: Binding): Binding {
  const copies = new Map<NumericArray, NumericArray>();
  const arrays = Object.fromEntries(
    Object.entries(b.arrays).map(([name, a]) => {
      const data = copies.get(a.data) ?? a.data.slice();
      copies.set(a.data, data);
      return [name, { ...a, data }];
    }),
  );
  return { params: b.params, vars: b.vars, arrays };
}

const show = (x: number | undefined): string => (x === undefined ? "unbound" : Object.is(x, -0) ? "-0" : String(x));

function showMemory(type: ScalarType, b: ArrayBinding): string {
  const wide = type === "i64" || type === "u64";
  const n = b.data.length / (wide ? 2 : 1);
  return Array.from({ length: n }, (_, at) => show(read(b, type, at))).join(" ");
}

/** How a run ended: scalars, where the loops stood, and all memory. `cause` is left out where which of several comes first does not matter. */
export function outcomeText(r: Region, b: Binding, o: Outcome, cause = true): string {
  const lines = [o.kind === "done" ? "done" : `exit ${o.exit}${cause ? ` ${o.cause}` : ""}`];
  for (const [name, x] of Object.entries(o.vars)) lines.push(`  ${name} = ${show(x)}`);
  if (o.kind === "exit") for (const [id, l] of Object.entries(o.loops)) lines.push(`  ${id}: iv ${l.iv} hi ${l.hi} step ${l.step}`);
  const seen = new Set<NumericArray>();
  for (const a of r.arrays) {
    const m = b.arrays[a.name]!;
    if (seen.has(m.data)) continue;
    seen.add(m.data);
    lines.push(`  ${a.name}: ${showMemory(a.elem, m)}`);
  }
  return lines.join("\n");
}
