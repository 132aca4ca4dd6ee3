/**
 * The gpu.js backend: nests of one float32 result a thread (gpujs-text.ts), for hosts with WebGL2 and without WebGPU.
 *
 * In a host without WebGL gpu.js runs kernels in JavaScript ("cpu" mode), which is exact; that is what Node gets (docs/gpujs.md). On WebGL float32 arithmetic is what the
 * driver makes of it: each operation is measured first, and nothing is placed when any is inexact.
 * A launch is a transaction: gpu.js gives a fresh array, and the host's memory is written only after all of it has been tested.
 */
import type { ArrayBinding, Binding, Expr, ForStmt, Outcome, Region } from "../jit/ir/nest.ts";
import { text } from "../jit/ir/print.ts";
import { someExpr, walkStmts } from "../jit/ir/visit.ts";
import { type Argument, type Exact, GpuJsEmitter, type GpuJsText } from "./gpujs-text.ts";
import { invariants, isGone } from "./invariants.ts";
import { type GridValues, tripsOf } from "./layout.ts";
import { isReason, type Reason, type Shape, shapeOf } from "./nest-shape.ts";
import { INPUTS } from "./probe-inputs.ts";
import { type LastTrip, replay } from "./replay.ts";
import type { Abort, GpuKernel } from "./webgpu.ts";
import { range } from "./wgsl-ranges.ts";
import { NotPlaced } from "./wgsl-scope.ts";

/** What we use of gpu.js. */
export type GpuJsClass = {
  new (settings: { mode: string }): GpuJs;
  readonly isWebGL2Supported: boolean;
  readonly isHeadlessGLSupported: boolean;
};
interface GpuJs {
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): Kernel;
  destroy(): unknown;
}
type Rows = Float32Array | readonly Float32Array[] | readonly (readonly Float32Array[])[];
interface Kernel {
  (...args: readonly (Float32Array | number)[]): Rows;
  setOutput(output: readonly number[]): unknown;
}

export interface GpuJsBackend {
  readonly name: "gpujs";
  /** "cpu", or gpu.js's "gpu" on WebGL. */
  readonly mode: string;
  place(region: Region, binding: Binding): { readonly kernel: GpuKernel } | Reason;
  release(): void;
}

/** gpu.js ends loops after a number of trips, a thousand unless told. */
const SETTINGS = { precision: "single", dynamicOutput: true, dynamicArguments: true, loopMaxIterations: 2 ** 30, output: [1] };

export function createGpuJsBackend(
  GPU: GpuJsClass,
  mode = GPU.isWebGL2Supported || GPU.isHeadlessGLSupported ? "gpu" : "cpu",
): GpuJsBackend {
  const gpu = new GPU({ mode });
  const kernels = new Map<string, Kernel>();
  const compile = (source: string): Kernel => {
    let kernel = kernels.get(source);
    if (!kernel) kernels.set(source, (kernel = gpu.createKernel(source, SETTINGS)));
    return kernel;
  };
  let wrong: string | undefined;
  const inexact = (): string => (wrong ??= mode === "cpu" ? "" : measure(compile));
  return {
    name: "gpujs",
    mode,
    place: (region, binding) => (inexact() ? { reason: inexact() } : place(compile, region, binding)),
    release: () => void gpu.destroy(),
  };
}

// ---- exactness on WebGL ---------------------------------------------------------------------------------------------------------------

const f = Math.fround;
const MEASURED: readonly (readonly [text: string, expect: (a: number, b: number, c: number) => number])[] = [
  ["Math.fround(x + y)", (a, b) => f(a + b)],
  ["Math.fround(x - y)", (a, b) => f(a - b)],
  ["Math.fround(x * y)", (a, b) => f(a * b)],
  ["Math.fround(Math.fround(x * y) + z)", (a, b, c) => f(f(a * b) + c)],
];

/** The first operation that the device does not do exactly, in words; empty when there is none. */
function measure(compile: (source: string) => Kernel): string {
  const triples = [...INPUTS.normal.triples, ...INPUTS.cancel.triples, ...INPUTS.special.triples, ...INPUTS.subnormal.triples];
  const [a, b, c] = (["a", "b", "c"] as const).map((k) => Float32Array.from(triples, (t) => t[k])) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (const [text, expect] of MEASURED) {
    const kernel = compile(
      `function (a, b, c) { let x = a[this.thread.x]; let y = b[this.thread.x]; let z = c[this.thread.x]; return ${text}; }`,
    );
    kernel.setOutput([triples.length]);
    const got = kernel(a, b, c) as Float32Array;
    const k = triples.findIndex((t, at) => !Object.is(got[at], expect(t.a, t.b, t.c)));
    if (k >= 0) return `${text} is not exact here: ${a[k]}, ${b[k]}, ${c[k]} give ${got[k]}`;
  }
  return "";
}

// ---- placement ------------------------------------------------------------------------------------------------------------------------

function place(compile: (source: string) => Kernel, region: Region, binding: Binding): { kernel: GpuKernel } | Reason {
  const shape = shapeOf(region);
  if (isReason(shape)) return shape;
  const run = thisRun(region, shape, binding);
  if (isReason(run)) return run;
  try {
    const text = new GpuJsEmitter(region, shape, run.exact).run();
    const open = unsure(region, shape, run.exact);
    if (open !== undefined) return { reason: `${open} may stay as it was` };
    return { kernel: new GpuJsKernel(compile, region, shape, text) };
  } catch (e) {
    if (e instanceof NotPlaced) return { reason: `line ${shape.grid[0]!.line}: ${e.message}` };
    throw e;
  }
}

interface ThisRun {
  readonly exact: Exact;
  readonly grid: readonly GridValues[];
  readonly vars: Readonly<Record<string, number | undefined>>;
}

function thisRun(region: Region, shape: Shape, binding: Binding): ThisRun | Reason {
  const known = invariants(
    region,
    shape,
    binding,
    shape.grid.flatMap((g) => [g.lo, g.hi, g.step]),
  );
  if (isGone(known)) return { reason: known.gone };
  const grid = shape.grid.map((_g, k): GridValues => {
    const [lo, hi, step] = known.values.slice(3 * k, 3 * k + 3) as [number, number, number];
    return { lo, step, trips: step === 0 ? 0 : tripsOf(lo, hi, step) };
  });
  if (grid.some((g) => g.trips === 0)) return { reason: "an empty loop" };
  const exact: Exact = {
    expr: (e: Expr) => {
      // what differs from thread to thread has no value here
      if (someExpr(e, (n) => n.kind === "iv" || (n.kind === "var" && shape.privates.has(n.name)))) return undefined;
      const x = invariants(region, shape, binding, [e]);
      return isGone(x) ? undefined : x.values[0];
    },
    length: (array, axis) => binding.arrays[array]!.shape[axis]!,
    grid: (dim) => {
      const { lo, step, trips } = grid[dim]!;
      const last = lo + (trips - 1) * step;
      return range(Math.min(lo, last), Math.max(lo, last));
    },
  };
  return { exact, grid, vars: known.vars };
}

/** A variable that outlives the region and that the last trip may not assign. */
function unsure(region: Region, shape: Shape, exact: Exact): string | undefined {
  const sure = new Set<string>();
  walkStmts(shape.body, (s, around) => {
    const runs = around.every((x) => x.kind === "for" && makesTrips(x, exact));
    if (s.kind === "set" && runs) sure.add(s.name);
  });
  return region.vars.find((v) => v.init !== "temp" && shape.privates.has(v.name) && !sure.has(v.name))?.name;
}

/** Whether an inner loop surely makes a trip in every thread. */
function makesTrips(s: ForStmt, exact: Exact): boolean {
  const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => exact.expr(e));
  if (lo !== undefined && hi !== undefined) return step !== undefined && (step > 0 ? lo < hi : lo > hi);
  // bounds that move together: for k in range(lo, lo + 4)
  const { hi: to } = s;
  const ahead = to.kind === "op" && to.op === "add" && text(to.args[0]!) === text(s.lo) ? exact.expr(to.args[1]!) : undefined;
  return ahead !== undefined && step !== undefined && (step > 0 ? ahead > 0 : ahead < 0);
}

const abort = (cause: string): Abort => ({ kind: "abort", cause });

class GpuJsKernel implements GpuKernel {
  readonly source: string;
  readonly assumptions: readonly string[] = ["subscripts in range"];
  private readonly compile: (source: string) => Kernel;
  private readonly region: Region;
  private readonly shape: Shape;
  private readonly text: GpuJsText;

  constructor(compile: (source: string) => Kernel, region: Region, shape: Shape, text: GpuJsText) {
    this.compile = compile;
    this.region = region;
    this.shape = shape;
    this.text = text;
    this.source = text.source;
  }

  /** What was proven of one binding is proven anew: subscripts depend on all values. */
  accepts(binding: Binding): boolean {
    const again = place(this.compile, this.region, binding);
    return !isReason(again) && again.kernel.source === this.source;
  }

  run(binding: Binding): Outcome | Abort {
    const run = thisRun(this.region, this.shape, binding);
    if (isReason(run)) return abort(run.reason);
    const kernel = this.compile(this.source);
    const views = this.text.arrays.map((name) => elements(binding.arrays[name]!));
    kernel.setOutput(run.grid.map((g) => g.trips).reverse());
    const result = kernel(...views, ...this.text.args.map((a) => argument(a, run, binding)));
    const { store } = this.text;
    if (this.region.fpChecks !== "none" && !rowsOf(result).every((row) => row.every((x) => Number.isFinite(x)))) return abort("nonfinite");
    const wanted = this.region.vars.filter((v) => v.init !== "temp" && this.shape.privates.has(v.name));
    const trip = run.grid.reduce((n, g) => n * g.trips, 1) - 1;
    const last = replay(
      this.region,
      this.shape,
      run.grid,
      binding,
      wanted.map((variable): LastTrip => ({ variable, trip })),
    );
    if (!last) return abort("a variable whose last value takes long to find");
    write(binding.arrays[store.array]!, run.grid, rowsOf(result));
    const vars = Object.fromEntries(this.region.vars.filter((v) => v.init !== "temp").map((v) => [v.name, run.vars[v.name]]));
    return { kind: "done", vars: { ...vars, ...last } };
  }
}

/** gpu.js keeps arguments by reference and wants a plain array from element 0. */
const elements = (a: ArrayBinding): Float32Array => Float32Array.from(a.data);

function argument(a: Argument, run: ThisRun, binding: Binding): number {
  switch (a.of) {
    case "lo":
    case "step":
      return run.grid[a.dim]![a.of];
    case "offset":
      return binding.arrays[a.array]!.byteOffset / 4;
    case "stride":
      return binding.arrays[a.array]!.strides[a.axis]!;
    case "expr":
      return run.exact.expr(a.expr) ?? 0;
  }
}

/** Innermost rows, in the order of the outer loops. */
function rowsOf(r: Rows): readonly Float32Array[] {
  if (r instanceof Float32Array) return [r];
  return (r as readonly (Float32Array | readonly Float32Array[])[]).flatMap((x) => rowsOf(x as Rows));
}

function write(a: ArrayBinding, grid: readonly GridValues[], rows: readonly Float32Array[]): void {
  const outer = grid.slice(0, -1);
  const inner = grid.at(-1)!;
  const along = inner.step * a.strides.at(-1)!;
  rows.forEach((row, r) => {
    let rest = r;
    let at = a.byteOffset / 4 + inner.lo * a.strides.at(-1)!;
    for (let dim = outer.length - 1; dim >= 0; dim--) {
      const g = outer[dim]!;
      at += (g.lo + (rest % g.trips) * g.step) * a.strides[dim]!;
      rest = Math.floor(rest / g.trips);
    }
    for (let k = 0; k < row.length; k++) a.data[at + k * along] = row[k]!;
  });
}
