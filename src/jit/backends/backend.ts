/**
 * What a backend is: regions in, kernels out. A kernel is compiled for a region and specialised to facts about one binding (classes of its scalars, strides,
 * what overlaps what); `accepts` says whether another binding keeps those facts.
 */
import type { Binding, Outcome, Region } from "../ir/nest.ts";

export interface Kernel {
  /** The generated program, for dumps. */
  readonly source: string;
  /** The facts that `accepts` tests, as text for reports. */
  readonly assumptions: readonly string[];
  /** Whether this kernel is right for a binding. */
  accepts(binding: Binding): boolean;
  /** Runs in place. The binding must be accepted. */
  run(binding: Binding): Outcome;
  /** Whether it has not run yet and gains from `optimise` after a short run. */
  readonly cold: boolean;
  /** Has the engine compile it for good, with what the runs so far have shown. */
  optimise(): void;
}

export interface Backend {
  readonly name: string;
  /** Compiles for bindings like this one; accepts at least it. Without a binding: for all. */
  compile(region: Region, binding?: Binding): Kernel;
}

/**
 * A region's kernels by the facts that they assume. Runs the first that accepts; compiles another where none does; and when the facts keep changing,
 * one kernel that assumes nothing.
 */
export class KernelSet {
  private readonly kernels: Kernel[] = [];
  private readonly backend: Backend;
  private readonly region: Region;
  private readonly limit: number;

  constructor(backend: Backend, region: Region, limit = 6) {
    this.backend = backend;
    this.region = region;
    this.limit = limit;
  }

  kernelFor(binding: Binding): Kernel {
    const { kernels } = this;
    for (let k = 0; k < kernels.length; k++) {
      const kernel = kernels[k]!;
      if (!kernel.accepts(binding)) continue;
      if (k > 0) {
        kernels.splice(k, 1);
        kernels.unshift(kernel);
      }
      return kernel;
    }
    const kernel = this.backend.compile(this.region, kernels.length < this.limit ? binding : undefined);
    kernels.unshift(kernel);
    return kernel;
  }

  /** The program of the kernel that ran last. */
  get source(): string {
    return this.kernels[0]?.source ?? "";
  }

  run(binding: Binding): Outcome {
    return this.kernelFor(binding).run(binding);
  }
}
