/**
 * A transformed region as a sequence of launches and of work for the host, in one transaction.
 *
 * Parallel loops of the outermost level go to the device where it takes them; what lies between runs on the host, and so does a sequential loop, which may hold launches itself.
 * All of it works on copies of what it writes and on scratch arrays of its own. When any step cannot go on nothing has happened; behind the last one the copies are
 * taken over. A launch that the device does not take for this run's values is run by the host too.
 */
import type { Backend } from "../jit/backends/backend.ts";
import { KernelSet } from "../jit/backends/backend.ts";
import { readsMemory } from "../jit/ir/effects.ts";
import { evaluate } from "../jit/ir/evaluate.ts";
import type { ArrayBinding, Binding, ForStmt, NumericArray, Outcome, ParamDecl, Region, SetStmt, Stmt, VarDecl } from "../jit/ir/nest.ts";
import { exposedVariables } from "../jit/ir/verify.ts";
import { assigned, mapExpr, mapOwnExprs, mapStmts, walkExprs, walkStmts } from "../jit/ir/visit.ts";
import { allocate, jumpsTo, type Scratch, type Staged } from "../jit/transform/stage.ts";
import type { Reason } from "./nest-shape.ts";
import { isReason } from "./nest-shape.ts";
import type { Abort, GpuKernel } from "./webgpu.ts";

/** What a sequence needs of a device. */
export interface Placing {
  place(region: Region, binding: Binding): { readonly kernel: GpuKernel } | Reason;
}

export interface SequenceParts {
  readonly device: Placing;
  /** Runs what the device does not. */
  readonly host: Backend;
  /** Whether the run is to end now. */
  readonly wanted?: () => boolean;
}

/** `region`: what the stage was made from, whose variables are the result. */
export function sequence(parts: SequenceParts, region: Region, stage: Staged): { readonly kernel: GpuKernel } | Reason {
  const builder = new Builder(parts, stage);
  const steps = builder.build();
  if (builder.launches === 0) return { reason: builder.refusal ?? "no parallel loop" };
  return { kernel: new Sequence(parts, region, stage, steps) };
}

/** Everything that steps read and write. */
interface World {
  readonly params: Record<string, number>;
  readonly vars: Record<string, number | undefined>;
  readonly arrays: Readonly<Record<string, ArrayBinding>>;
}

interface Step {
  /** Why it could not go on. */
  run(world: World): string | undefined;
  readonly source: string;
}

// ---- building ---------------------------------------------------------------------------------------------------------------------------

class Builder {
  launches = 0;
  /** Why the device did not take a loop. */
  refusal: string | undefined;
  private readonly parts: SequenceParts;
  private readonly stage: Staged;
  /** Variables that some statement may read before its own piece has assigned them. */
  private readonly handed: ReadonlySet<string>;
  /** Loops around that the host runs: their ivs are parameters of the pieces. */
  private readonly ivs: string[] = [];
  /** What is known before the run. */
  private readonly world: World;

  constructor(parts: SequenceParts, stage: Staged) {
    this.parts = parts;
    this.stage = stage;
    this.world = { params: { ...stage.binding.params }, vars: { ...stage.binding.vars }, arrays: stage.binding.arrays };
    const handed = new Set<string>();
    const note = (body: readonly Stmt[]): void => {
      for (const s of body) {
        for (const v of exposedVariables(stage.region, [s])) handed.add(v);
        if (s.kind === "for") note(s.body);
      }
    };
    note(stage.region.body);
    this.handed = handed;
  }

  build(): readonly Step[] {
    return this.steps(this.stage.region.body);
  }

  private steps(body: readonly Stmt[]): readonly Step[] {
    const out: Step[] = [];
    let waiting: Stmt[] = [];
    const flush = (): void => {
      if (waiting.length > 0) out.push(this.onHost(waiting));
      waiting = [];
    };
    for (const s of body) {
      const step =
        s.kind === "for" ? (s.parallel ? (this.isCopy(s) ? undefined : this.launch(s, waiting)) : this.hostLoop(s, waiting)) : undefined;
      if (step === undefined) {
        waiting.push(s);
        continue;
      }
      flush();
      out.push(step);
    }
    flush();
    return out;
  }

  /** Elements that are put aside are on the host anyway. */
  private isCopy(s: ForStmt): boolean {
    const own = new Set(this.stage.scratch.map((x) => x.name));
    const moves = (x: Stmt): boolean =>
      x.kind === "for" ? x.body.every(moves) : x.kind === "store" && own.has(x.array) && x.value.kind === "load" && !own.has(x.value.array);
    return moves(s);
  }

  private onHost(body: readonly Stmt[]): Step {
    const region = this.piece(body);
    return body.some((s) => s.kind === "for" || s.kind === "while") ? new HostStep(this.parts.host, region) : new ScalarStep(region);
  }

  private launch(s: ForStmt, before: readonly Stmt[]): Step | undefined {
    this.foresee(before);
    const region = this.piece([s]);
    const placed = this.parts.device.place(region, bindingOf(region, this.world));
    if (isReason(placed)) {
      this.refusal ??= placed.reason;
      return undefined;
    }
    this.launches++;
    return new LaunchStep(this.parts, region, placed.kernel);
  }

  /** A sequential loop around launches. */
  private hostLoop(s: ForStmt, before: readonly Stmt[]): Step | undefined {
    let parallel = false;
    walkStmts(s.body, (x) => {
      parallel ||= x.kind === "for" && x.parallel === true;
    });
    if (!parallel || jumpsTo(s.body, new Set([s.id]))) return undefined;
    this.foresee(before);
    const [lo] = boundsOf(this.boundsRegion(s), this.world) ?? [];
    if (lo === undefined) return undefined;
    const launches = this.launches;
    this.ivs.push(s.iv);
    this.world.params[s.iv] = lo;
    const steps = this.steps(s.body);
    this.ivs.pop();
    delete this.world.params[s.iv];
    return this.launches === launches ? undefined : new LoopStep(this.parts, s.iv, this.boundsRegion(s), steps);
  }

  private boundsRegion(s: ForStmt): Region {
    const names = ["bound lo", "bound hi", "bound step"];
    const body = [s.lo, s.hi, s.step].map((value, k): SetStmt => ({ kind: "set", name: names[k]!, value, line: s.line, exit: EXIT }));
    return this.piece(body, names);
  }

  /** Scalars that are assigned before a launch, for a better guess at its values. */
  private foresee(body: readonly Stmt[]): void {
    for (const s of body) {
      if (s.kind === "set" && !readsMemory(s.value)) new ScalarStep(this.piece([s])).run(this.world);
      else for (const v of assigned([s])) this.world.vars[v] = undefined;
    }
  }

  /** Statements as a region of their own. */
  private piece(body: readonly Stmt[], more: readonly string[] = []): Region {
    const region = withoutStates(this.stage.region);
    const own = new Set(this.ivs);
    const text = mapStmts(body, (s) =>
      mapOwnExprs(s, (e) => mapExpr(e, (x) => (x.kind === "iv" && own.has(x.name) ? { kind: "param", type: "int", name: x.name } : x))),
    );
    const live = exposedVariables(region, text);
    const sets = assigned(text);
    const mentioned = new Set<string>();
    walkExprs(text, (e) => {
      if (e.kind === "load" || e.kind === "dim") mentioned.add(e.array);
    });
    walkStmts(text, (s) => {
      if (s.kind === "store") mentioned.add(s.array);
    });
    const extra = more.map((name) => ({ name, type: "int", init: "unset" }) as const);
    const vars = [...region.vars, ...extra].flatMap((v): VarDecl[] => {
      if (live.has(v.name)) return [{ ...v, init: "live-in" }];
      if (!sets.has(v.name)) return [];
      return [{ ...v, init: v.init === "temp" && !this.handed.has(v.name) ? "temp" : "unset" }];
    });
    return {
      ...region,
      arrays: region.arrays.filter((a) => mentioned.has(a.name)),
      params: [...region.params, ...this.ivs.map((name): ParamDecl => ({ name, type: "int" }))],
      vars,
      body: text,
    };
  }
}

const EXIT = "in a sequence";

/** Exits of pieces only say that there is one. */
const withoutStates = (region: Region): Region => ({
  ...region,
  exits: [
    ...region.exits.map(({ id, reason, line }) => ({ id, reason, line, live: [] })),
    { id: EXIT, reason: EXIT, line: region.line, live: [] },
  ],
});

// ---- steps ------------------------------------------------------------------------------------------------------------------------------

/** This world's values for a piece. A variable that is only perhaps read may be unbound: any value will do. */
function bindingOf(region: Region, world: World): Binding {
  const vars: Record<string, number | undefined> = {};
  for (const v of region.vars) vars[v.name] = world.vars[v.name] ?? (v.init === "live-in" ? 0 : undefined);
  return { params: world.params, vars, arrays: world.arrays };
}

/** Takes over what a piece assigned. */
function settle(region: Region, world: World, outcome: Outcome | Abort): string | undefined {
  if (outcome.kind === "abort") return outcome.cause;
  if (outcome.kind === "exit") return outcome.cause;
  const sets = assigned(region.body);
  for (const [name, x] of Object.entries(outcome.vars)) if (x !== undefined && sets.has(name)) world.vars[name] = x;
  return undefined;
}

/** Assignments. */
class ScalarStep implements Step {
  readonly source = "";
  private readonly region: Region;

  constructor(region: Region) {
    this.region = region;
  }

  run(world: World): string | undefined {
    return settle(this.region, world, evaluate(this.region, bindingOf(this.region, world)));
  }
}

/** Loops that stay in order. */
class HostStep implements Step {
  private readonly region: Region;
  private readonly kernels: KernelSet;

  constructor(host: Backend, region: Region) {
    this.region = region;
    this.kernels = new KernelSet(host, region);
  }

  get source(): string {
    return `// on the host: line ${this.region.body[0]!.line}\n`;
  }

  run(world: World): string | undefined {
    return settle(this.region, world, this.kernels.run(bindingOf(this.region, world)));
  }
}

/** Kernels of one launch that are kept, for other classes of values. */
const MOST_KERNELS = 8;

class LaunchStep implements Step {
  private readonly parts: SequenceParts;
  private readonly region: Region;
  private readonly kernels: GpuKernel[];
  private readonly fallback: HostStep;
  /** Has loops that end by data. Behind a failure that nobody has seen yet the data may be anything; devices count turns, the host does not. */
  private readonly endless: boolean;

  constructor(parts: SequenceParts, region: Region, kernel: GpuKernel) {
    this.parts = parts;
    this.region = region;
    this.kernels = [kernel];
    this.fallback = new HostStep(parts.host, region);
    let endless = false;
    walkStmts(region.body, (s) => {
      endless ||= s.kind === "while";
    });
    this.endless = endless;
  }

  get source(): string {
    return this.kernels[0]!.source;
  }

  run(world: World): string | undefined {
    const binding = bindingOf(this.region, world);
    const kernel = this.kernelFor(binding);
    if (kernel) return settle(this.region, world, kernel.run(binding));
    return this.endless ? "not for these values" : this.fallback.run(world);
  }

  private kernelFor(binding: Binding): GpuKernel | undefined {
    const known = this.kernels.find((k) => k.accepts(binding));
    if (known) return known;
    const placed = this.parts.device.place(this.region, binding);
    if (isReason(placed)) return undefined;
    this.kernels.unshift(placed.kernel);
    this.kernels.length = Math.min(this.kernels.length, MOST_KERNELS);
    return placed.kernel;
  }
}

/** A loop whose trips the host goes through. */
class LoopStep implements Step {
  private readonly parts: SequenceParts;
  private readonly iv: string;
  private readonly bounds: Region;
  private readonly steps: readonly Step[];

  constructor(parts: SequenceParts, iv: string, bounds: Region, steps: readonly Step[]) {
    this.parts = parts;
    this.iv = iv;
    this.bounds = bounds;
    this.steps = steps;
  }

  get source(): string {
    return `// on the host: a loop around\n${this.steps.map((s) => s.source).join("")}`;
  }

  run(world: World): string | undefined {
    const bounds = boundsOf(this.bounds, world);
    if (!bounds) return "bounds";
    const [lo, hi, step] = bounds;
    if (step === 0) return "step";
    for (let i = lo; step > 0 ? i < hi : i > hi; i += step) {
      world.params[this.iv] = i;
      for (const s of this.steps) {
        const gone = this.parts.wanted?.() ? "interrupted" : s.run(world);
        if (gone !== undefined) return gone;
      }
    }
    return undefined;
  }
}

function boundsOf(region: Region, world: World): readonly [number, number, number] | undefined {
  const out = evaluate(region, bindingOf(region, world));
  if (out.kind === "exit") return undefined;
  const [lo, hi, step] = region.body.map((s) => out.vars[(s as SetStmt).name]!);
  return [lo!, hi!, step!];
}

// ---- the transaction --------------------------------------------------------------------------------------------------------------------

const abort = (cause: string): Abort => ({ kind: "abort", cause });

class Sequence implements GpuKernel {
  readonly assumptions: readonly string[] = ["integers, shapes and strides of this run"];
  private readonly parts: SequenceParts;
  private readonly region: Region;
  private readonly scratch: readonly Scratch[];
  private readonly written: readonly string[];
  private readonly steps: readonly Step[];

  constructor(parts: SequenceParts, region: Region, stage: Staged, steps: readonly Step[]) {
    this.parts = parts;
    this.region = region;
    this.scratch = stage.scratch;
    this.steps = steps;
    const written = new Set<string>();
    walkStmts(region.body, (s) => {
      if (s.kind === "store") written.add(s.array);
    });
    this.written = [...written];
  }

  get source(): string {
    return this.steps.map((s) => s.source).join("\n");
  }

  /** What the transforms have proven holds for bindings like theirs; who asks keeps to that. */
  accepts(): boolean {
    return true;
  }

  run(binding: Binding): Outcome | Abort {
    const copies = new Copies(binding, this.written);
    if (copies.arrays === undefined) return abort("one memory as elements of two types");
    const world: World = {
      params: { ...binding.params },
      vars: { ...binding.vars },
      arrays: { ...copies.arrays, ...allocate(this.scratch) },
    };
    for (const s of this.steps) {
      const gone = this.parts.wanted?.() ? "interrupted" : s.run(world);
      if (gone !== undefined) return abort(gone);
    }
    copies.commit();
    const names = this.region.vars.filter((v) => v.init !== "temp").map((v) => v.name);
    return { kind: "done", vars: Object.fromEntries(names.map((n) => [n, world.vars[n]])) };
  }
}

/** Memories that are written, once more. */
class Copies {
  /** Undefined where one memory is seen through several objects. */
  readonly arrays: Readonly<Record<string, ArrayBinding>> | undefined;
  private readonly pairs: { readonly from: NumericArray; readonly to: NumericArray }[] = [];

  constructor(binding: Binding, written: readonly string[]) {
    const copies = new Map<number, { readonly from: NumericArray; readonly to: NumericArray }>();
    for (const name of written) {
      const { data, storage } = binding.arrays[name]!;
      if (!copies.has(storage)) copies.set(storage, { from: data, to: data.slice() });
    }
    this.pairs = [...copies.values()];
    let mixed = false;
    const arrays = Object.entries(binding.arrays).map(([name, a]) => {
      const copy = copies.get(a.storage);
      if (copy && !sameMemory(copy.from, a.data)) mixed = true;
      return [name, copy ? { ...a, data: copy.to } : a] as const;
    });
    this.arrays = mixed ? undefined : Object.fromEntries(arrays);
  }

  commit(): void {
    for (const { from, to } of this.pairs) {
      if (Array.isArray(from) || Array.isArray(to)) for (let k = 0; k < from.length; k++) from[k] = to[k]!;
      else from.set(to);
    }
  }
}

/** Whether two views show one memory in the same way. */
function sameMemory(a: NumericArray, b: NumericArray): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  return a.constructor === b.constructor && a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
