/**
 * How the IR's scalar types are held in WGSL, which has bool, i32, u32 and f32 and nothing else.
 *
 * One table. `wgsl` is the type in a thread; a buffer holds one 32-bit word an element, whatever the element's size on the host (layout.ts packs),
 * so that no two threads ever write one word. `range`: integers that can be held; narrower than the type itself for `int`, `i64` and `u64`, whose values must
 * fit 32 bits: what does not fit raises the abort flag. Python's float and NumPy's float64 have no row: WGSL has no such type.
 * Known weakness: exact float64 by software (docs/webgpu.md) is not there.
 */
import type { ExprType, ScalarType } from "../jit/ir/ops.ts";
import { type Range, range } from "./wgsl-ranges.ts";

export type WgslType = "bool" | "i32" | "u32" | "f32";

export interface Held {
  readonly wgsl: WgslType;
  /** Undefined for f32. */
  readonly range?: Range;
}

export const I32 = range(-2147483648, 2147483647);
const truth: Held = { wgsl: "bool", range: range(0, 1) };

export const HELD = {
  bool: truth,
  b1: truth,
  int: { wgsl: "i32", range: I32 },
  i8: { wgsl: "i32", range: range(-128, 127) },
  i16: { wgsl: "i32", range: range(-32768, 32767) },
  i32: { wgsl: "i32", range: I32 },
  i64: { wgsl: "i32", range: I32 },
  u8: { wgsl: "i32", range: range(0, 255) },
  u16: { wgsl: "i32", range: range(0, 65535) },
  u32: { wgsl: "u32", range: range(0, 4294967295) },
  u64: { wgsl: "i32", range: range(0, 2147483647) },
  f32: { wgsl: "f32" },
} as const satisfies Partial<Record<ScalarType, Held>>;
export type HeldType = keyof typeof HELD;

export const isHeld = (t: ExprType): t is HeldType => t in HELD;
export const heldRange = (t: HeldType): Range => (HELD[t] as Held).range ?? I32;

/** Bits of a NumPy integer that wraps. */
export const WRAP_BITS: Partial<Record<ExprType, number>> = { i8: 8, i16: 16, i32: 32, u8: 8, u16: 16, u32: 32 };

export function literal(t: WgslType, value: number): string {
  switch (t) {
    case "bool":
      return value ? "true" : "false";
    case "u32":
      return `${value}u`;
    case "i32":
      // The literal 2147483648i does not exist, so its negation does not either.
      return value === -2147483648 ? "(-2147483647i - 1i)" : value < 0 ? `(${value}i)` : `${value}i`;
    case "f32":
      throw new RangeError("floats come from the parameter block");
  }
}
