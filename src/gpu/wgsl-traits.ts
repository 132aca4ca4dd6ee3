/**
 * What code generation wants to know of a device, from what the probe measured: which float operations can be placed, and in which form.
 * The table NEEDS says which measurements an operation relies on; without them it is emulated with integers or not placed (docs/webgpu.md).
 */
import type { OpName } from "../jit/ir/ops.ts";
import { CHECKS, type CheckName, type DeviceExactness, FMA_BARRIERS, type FmaBarrier } from "./probe.ts";

export interface Traits {
  /** Why a measurement failed; undefined when it was exact. */
  readonly inexact: (check: CheckName) => string | undefined;
  readonly barrier: FmaBarrier | undefined;
  /** Whether arithmetic takes subnormals for zeros, or makes zeros of them. */
  readonly flushes: boolean;
  readonly nativeCompare: boolean;
  readonly nativeDivision: boolean;
  readonly nativeSqrt: boolean;
  /** Whether sums must be kept from being regrouped. */
  readonly regroups: boolean;
}

/** Measurements that a float operation relies on where no emulation replaces it. */
export const NEEDS: Partial<Record<OpName, readonly CheckName[]>> = {
  add: ["add", "specialAdd"],
  sub: ["sub", "specialAdd", "minusSelf"],
  mul: ["mul", "specialMul"],
  floor: ["floor"],
  ceil: ["ceil"],
  trunc: ["trunc"],
  rint: ["round"],
};

export function traitsOf(exactness: Pick<DeviceExactness, "checks" | "fmaBarrier">): Traits {
  return traits((name) => (exactness.checks[name].exact ? undefined : exactness.checks[name].why), exactness.fmaBarrier);
}

/** Traits from a judgement of each check. */
export function traits(inexact: (check: CheckName) => string | undefined, barrier: FmaBarrier | undefined): Traits {
  const all = (...names: CheckName[]): boolean => names.every((n) => inexact(n) === undefined);
  return {
    inexact,
    barrier,
    flushes: !all("subnormalAdd", "subnormalMul", "subnormalResult", "subnormalCompare", "subnormalCopy"),
    nativeCompare: all("compare", "unequalByNot", "lessByNot"),
    nativeDivision: all("div", "divByOpaque", "specialDiv", "hugeDiv", "overSelf"),
    nativeSqrt: all("sqrt"),
    regroups: !all("noReassociation"),
  };
}

/** Why the device cannot do `op` on floats. */
export function unfit(t: Traits, op: OpName): string | undefined {
  for (const check of NEEDS[op] ?? []) {
    const why = t.inexact(check);
    if (why !== undefined) return `the device's ${CHECKS[check].doc} is not exact (${why})`;
  }
  return op === "mul" && t.barrier === undefined ? "the device fuses products with sums, whatever is put between" : undefined;
}

/** What a barrier is put into: its traits, and the name of a zero that the compiler cannot see. */
interface Opaque {
  readonly traits: Traits;
  zero(): string;
}

/** A product that no later sum is fused with. */
export function holdProduct(o: Opaque, product: string): string {
  const barrier = o.traits.barrier ?? "xor";
  if (barrier === "xor") o.zero();
  return FMA_BARRIERS[barrier](product);
}

/** A sum that is not regrouped with another. */
export function holdSum(o: Opaque, sum: string): string {
  if (!o.traits.regroups) return `(${sum})`;
  o.zero();
  return FMA_BARRIERS.xor(sum);
}
