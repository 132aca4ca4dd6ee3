/** itertools' product, permutations, combinations: index vectors over a pool, advanced in lexicographic order. */
import { valueError } from "../builtins/exceptions.ts";
import { collect } from "../objects/iterators.ts";
import { toSsize } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { PyStepper, stepperType } from "./iterator-type.ts";

/** Walks index vectors: the first comes from the constructor, each next one from `advance`. */
abstract class Selections extends PyStepper {
  protected readonly pool: readonly Value[];
  protected readonly indices: number[];
  private state: "fresh" | "running" | "done";
  constructor(pool: readonly Value[], indices: number[], empty: boolean) {
    super();
    this.pool = pool;
    this.indices = indices;
    this.state = empty ? "done" : "fresh";
  }
  /** Moves to the next vector; false at the end. */
  protected abstract advance(): boolean;
  protected select(): Value {
    return new PyTuple(this.indices.map((i) => this.pool[i]!));
  }
  step(): Value | undefined {
    if (this.state === "done") return undefined;
    if (this.state === "running" && !this.advance()) {
      this.state = "done";
      return undefined;
    }
    this.state = "running";
    return this.select();
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

class Combinations extends Selections {
  constructor(pool: readonly Value[], r: number) {
    super(pool, range(Math.min(r, pool.length)), r > pool.length);
  }
  protected advance(): boolean {
    const { indices } = this;
    const r = indices.length;
    const n = this.pool.length;
    let i = r - 1;
    while (i >= 0 && indices[i] === i + n - r) i--;
    if (i < 0) return false;
    indices[i]!++;
    for (let j = i + 1; j < r; j++) indices[j] = indices[j - 1]! + 1;
    return true;
  }
}

class CombinationsWithReplacement extends Selections {
  constructor(pool: readonly Value[], r: number) {
    super(pool, new Array<number>(pool.length === 0 ? 0 : r).fill(0), pool.length === 0 && r > 0);
  }
  protected advance(): boolean {
    const { indices } = this;
    let i = indices.length - 1;
    while (i >= 0 && indices[i] === this.pool.length - 1) i--;
    return i >= 0 && (indices.fill(indices[i]! + 1, i), true);
  }
}

class Permutations extends Selections {
  private readonly r: number;
  private readonly cycles: number[];
  constructor(pool: readonly Value[], r: number) {
    super(pool, range(pool.length), r > pool.length);
    this.r = r;
    this.cycles = range(Math.min(r, pool.length)).map((i) => pool.length - i);
  }
  protected override select(): Value {
    return new PyTuple(this.indices.slice(0, this.r).map((i) => this.pool[i]!));
  }
  protected advance(): boolean {
    const { indices, cycles } = this;
    const n = indices.length;
    for (let i = this.r - 1; i >= 0; i--) {
      cycles[i]!--;
      if (cycles[i] === 0) {
        indices.push(indices.splice(i, 1)[0]!);
        cycles[i] = n - i;
      } else {
        const j = n - cycles[i]!;
        [indices[i], indices[j]] = [indices[j]!, indices[i]!];
        return true;
      }
    }
    return false;
  }
}

class Product extends PyStepper {
  private readonly pools: readonly (readonly Value[])[];
  private indices: number[] | undefined = undefined;
  private done: boolean;
  constructor(pools: readonly (readonly Value[])[]) {
    super();
    this.pools = pools;
    this.done = pools.some((p) => p.length === 0);
  }
  step(): Value | undefined {
    if (this.done) return undefined;
    if (this.indices === undefined) this.indices = this.pools.map(() => 0);
    else if (!this.advance(this.indices)) {
      this.done = true;
      return undefined;
    }
    return new PyTuple(this.indices.map((i, k) => this.pools[k]![i]!));
  }
  private advance(indices: number[]): boolean {
    for (let k = indices.length - 1; k >= 0; k--) {
      if (++indices[k]! < this.pools[k]!.length) return true;
      indices[k] = 0;
    }
    return false;
  }
}

function size(vm: VM, r: Value): number {
  const n = toSsize(vm, r);
  if (n < 0) throw valueError("r must be non-negative");
  return n;
}

function makeProduct(vm: VM, iterables: Value[], repeat: Value | undefined): Product {
  const times = repeat === undefined ? 1 : toSsize(vm, repeat);
  if (times < 0) throw valueError("repeat argument cannot be negative");
  const pools = times === 0 ? [] : iterables.map((v) => collect(vm, v));
  return new Product(Array.from({ length: times }, () => pools).flat());
}

const MODULE = "itertools";

export const COMBINATORIC_TYPES: readonly PyType[] = [
  stepperType(MODULE, "combinations", Combinations, "(iterable, r)", (vm: VM, it: Value, r: Value) => new Combinations(collect(vm, it), size(vm, r)), {
    doc: "Yields r-length subsequences, in the order of the input.",
  }),
  stepperType(
    MODULE,
    "combinations_with_replacement",
    CombinationsWithReplacement,
    "(iterable, r)",
    (vm: VM, it: Value, r: Value) => new CombinationsWithReplacement(collect(vm, it), size(vm, r)),
    { doc: "Yields r-length subsequences in which items may repeat." },
  ),
  stepperType(
    MODULE,
    "permutations",
    Permutations,
    "(iterable, r=None)",
    (vm: VM, it: Value, r: Value | undefined) => {
      const pool = collect(vm, it);
      return new Permutations(pool, r === undefined || r === null ? pool.length : size(vm, r));
    },
    { doc: "Yields r-length arrangements." },
  ),
  stepperType(MODULE, "product", Product, "(*iterables, repeat=1)", makeProduct, { doc: "Yields the Cartesian product, the last iterable fastest." }),
];
