/**
 * Kinds of scalars (Python's bool, int, float and NumPy's) under operators: what an operation on two of them computes in, and what comes out.
 *
 * Source: Python language reference 6.5-6.12; NEP 50 (Python scalars are weak: they take the other side's type where its kind is not lower).
 */
import { isBool, isFloat, isInt, isNumpy, type ScalarType, TYPES } from "../../jit/ir/ops.ts";

/** Rank within NumPy's promotion: kind and size. */
function sized(kind: "i" | "u" | "f", bytes: number): ScalarType | undefined {
  if (kind === "f") return bytes <= 4 ? "f32" : "f64";
  const name = `${kind}${bytes * 8}`;
  return name in TYPES ? (name as ScalarType) : undefined;
}

const isSigned = (t: ScalarType): boolean => TYPES[t].lo < 0;
const bytesOf = (t: ScalarType): number => TYPES[t].bytes;

/** NumPy's type for two of its own; undefined where it is one that the IR lacks (float16). */
function promoteNumpy(a: ScalarType, b: ScalarType): ScalarType | undefined {
  if (a === b) return a;
  if (isBool(a)) return b;
  if (isBool(b)) return a;
  if (isFloat(a) || isFloat(b)) {
    // an integer of up to 16 bits fits float32
    const need = (t: ScalarType): number => (isFloat(t) ? bytesOf(t) : bytesOf(t) <= 2 ? 4 : 8);
    return sized("f", Math.max(need(a), need(b)));
  }
  if (isSigned(a) === isSigned(b)) return bytesOf(a) >= bytesOf(b) ? a : b;
  const [signed, unsigned] = isSigned(a) ? [a, b] : [b, a];
  if (bytesOf(signed) > bytesOf(unsigned)) return signed;
  return sized("i", bytesOf(unsigned) * 2) ?? "f64";
}

/** The common type of two operands under arithmetic and comparison. */
export function promote(a: ScalarType, b: ScalarType): ScalarType | undefined {
  if (isNumpy(a) && isNumpy(b)) return promoteNumpy(a, b);
  if (!isNumpy(a) && !isNumpy(b)) {
    if (a === b) return a;
    if (a === "float" || b === "float") return "float";
    return "int";
  }
  const [np, py] = isNumpy(a) ? [a, b] : [b, a];
  if (py === "bool") return np;
  if (py === "int") return isBool(np) ? "i64" : np;
  return isFloat(np) ? np : "f64";
}

/** What `/` computes in. */
export function divisionType(common: ScalarType): ScalarType {
  if (isFloat(common)) return common;
  return isNumpy(common) ? "f64" : "float";
}

/** bool takes part in arithmetic as int; NumPy's bool does not (its + is `or`). */
export function arithmeticType(common: ScalarType): ScalarType | undefined {
  return common === "bool" ? "int" : common === "b1" ? undefined : common;
}

/**
 * The type that carries values of several kinds: one in which each of them is exact, and operations on which give what the kinds would give.
 * undefined: there is none.
 */
export function carrier(kinds: ReadonlySet<ScalarType>): ScalarType | undefined {
  const list = [...kinds];
  if (list.length === 1) return list[0];
  const numpy = list.filter(isNumpy);
  if (numpy.length > 1) return undefined;
  if (numpy.length === 1) {
    const np = numpy[0]!;
    if (isFloat(np)) return list.includes("bool") ? undefined : np;
    if (isInt(np)) return list.includes("float") || list.includes("bool") ? undefined : np;
    return list.every((k) => k === "bool" || k === "b1") ? "b1" : undefined;
  }
  return list.includes("bool") ? (list.includes("float") ? undefined : "int") : "float";
}

/** Whether operations treat the kinds alike, so that the kind passes through an operation with its value. */
export const interchangeable = (kinds: ReadonlySet<ScalarType>): boolean =>
  [...kinds].every((k) => k === "float" || k === "f64") || [...kinds].every((k) => k === "int" || k === "i64");
