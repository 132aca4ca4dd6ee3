/**
 * Which loop a ufunc runs for given operands, and operands in the form that the loop reads.
 *
 * The loop's type is the first of the ufunc's types to which the operands' common type casts safely; Python scalars are weak (NEP 50): they
 * only raise the kind of the common type, and must be in range of an integer type they end up in. Comparisons are exact for mixed integer
 * types and for Python ints of any size.
 */
import { type PyBaseException, typeError } from "../../builtins/exceptions.ts";
import { plainInt } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PyComplex, PyFloat, type PyInt, type Value } from "../../objects/values.ts";

import { asArray, fromScalar } from "./convert.ts";
import { type Casting, canCast, type DType, dtypeFromText, dtypeLabel, FLOAT64, INT64, OBJECT, promote, promoteWeak, safeCast, UINT64, type Weak, WEAK_DEFAULT } from "./dtype.ts";
import { outOfBounds } from "./element.ts";
import { inputCastError, noLoopError } from "./errors.ts";
import type { Op } from "./ops.ts";
import { newArray, PyNdArray } from "./ndarray.ts";
import { inRange, scalarDType } from "./scalars.ts";

/** An operand: an array, or a weak Python scalar whose array is made when the loop is known. */
export interface Operand {
  readonly array: PyNdArray | undefined;
  readonly weak: Weak | undefined;
  readonly value: Value;
}

export function weakOf(v: Value): Weak | undefined {
  if (typeof v === "number" || typeof v === "bigint") return "int";
  if (typeof v !== "object" || v === null || scalarDType(v)) return undefined;
  if (v instanceof PyFloat) return "float";
  if (v instanceof PyComplex) return "complex";
  return plainInt(v) === undefined ? undefined : "int";
}

export function operandOf(vm: VM, v: Value): Operand {
  if (v instanceof PyNdArray) return { array: v, weak: undefined, value: v };
  const weak = weakOf(v);
  return weak ? { array: undefined, weak, value: v } : { array: asArray(vm, v), weak: undefined, value: v };
}

/** Common type of operands; undefined when there is none. */
export function commonType(operands: readonly Operand[]): DType | undefined {
  let strong: DType | undefined;
  let weak: Weak | undefined;
  for (const o of operands) {
    if (o.array) {
      const d: DType | undefined = strong === undefined ? o.array.dtype : promote(strong, o.array.dtype);
      if (d === undefined) return undefined;
      strong = d;
    } else if (weak === undefined || WEAK_DEFAULT[o.weak!].num > WEAK_DEFAULT[weak].num) weak = o.weak;
  }
  if (strong === undefined) return weak === "int" ? wideInt(operands) : WEAK_DEFAULT[weak!];
  return weak === undefined ? strong : promoteWeak(strong, weak);
}

/** Only Python ints: int64, or what holds the largest of them. */
function wideInt(operands: readonly Operand[]): DType {
  let d = INT64;
  for (const o of operands) {
    const i = plainInt(o.value)!;
    if (!inRange(INT64, i)) d = inRange(UINT64, i) ? (promote(d === INT64 ? UINT64 : d, UINT64) ?? OBJECT) : OBJECT;
  }
  return d;
}

export interface Resolution {
  /** Type of the loop. */
  readonly loop: DType;
  /** Operands as arrays, not yet broadcast. Each is loadable in the loop or must be cast to it. */
  readonly arrays: readonly PyNdArray[];
}

const COMPARISONS: ReadonlySet<string> = new Set(["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]);

export function isComparison(name: string): boolean {
  return COMPARISONS.has(name);
}

/** The loop types of an op in search order. */
const loopTypes: Map<string, readonly DType[]> = new Map();
export function typesOf(op: Op): readonly DType[] {
  let t = loopTypes.get(op.types);
  if (t === undefined) loopTypes.set(op.types, (t = [...op.types].map((c) => dtypeFromText(c)!)));
  return t;
}

/** Chooses the loop. `undefined` means: elements are Python objects. */
export function resolveLoop(name: string, op: Op, operands: readonly Operand[], wanted: DType | undefined, casting: Casting): DType | undefined {
  const common = commonType(operands);
  if (common === undefined || common.kind === "U") throw noLoop(name, operands);
  if (common.kind === "O") return undefined;
  if (wanted) return wantedLoop(name, op, operands, wanted, casting);
  if (name === "divide" && !common.isInexact) return FLOAT64;
  if (common.kind === "b" && (name === "subtract" || name === "negative")) throw booleanError(name);
  if (name === "ldexp") return ldexpLoop(name, op, operands);
  const loop = typesOf(op).find((t) => safeCast(common, t));
  if (loop === undefined) throw unsupported(name);
  return loop;
}

function wantedLoop(name: string, op: Op, operands: readonly Operand[], wanted: DType, casting: Casting): DType {
  const loop = typesOf(op).find((t) => t === wanted);
  if (loop === undefined) throw typeError(`No loop matching the specified signature and casting was found for ufunc ${name}`);
  operands.forEach((o, i) => {
    if (o.array && !canCast(o.array.dtype, loop, casting)) throw inputCastError(name, o.array.dtype, loop, casting, operands.length > 1 ? ` ${i}` : "");
  });
  return loop;
}

/** ldexp takes a float and an integer: only the first decides. */
function ldexpLoop(name: string, op: Op, operands: readonly Operand[]): DType {
  const [first, second] = operands as [Operand, Operand];
  if (second.array ? !(second.array.dtype.isInteger || second.array.dtype.kind === "b") : second.weak !== "int") throw unsupported(name);
  const loop = typesOf(op).find((t) => safeCast(commonType([first])!, t));
  if (loop === undefined) throw unsupported(name);
  return loop;
}

export function unsupported(name: string): PyBaseException {
  return typeError(
    `ufunc '${name}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''`,
  );
}

function booleanError(name: string): PyBaseException {
  return name === "subtract"
    ? typeError("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.")
    : typeError("The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.");
}

const TYPE_RESOLVED: ReadonlySet<string> = new Set(["add", "subtract", "multiply", "divide", "floor_divide", "remainder", "divmod", "negative", "absolute", "equal", "not_equal"]);

function noLoop(name: string, operands: readonly Operand[]): PyBaseException {
  const types = operands.map((o) => o.array?.dtype ?? WEAK_DEFAULT[o.weak!]);
  if (isComparison(name)) return noLoopError(name, `(${types.map(dtypeClass).join(", ")})`);
  return TYPE_RESOLVED.has(name) ? noLoopError(name, `(${types.map((t) => `dtype('${dtypeLabel(t)}')`).join(", ")})`) : unsupported(name);
}

function dtypeClass(d: DType): string {
  const stem = d.kind === "U" ? "Str" : d.name.charAt(0).toUpperCase() + d.name.slice(1);
  return `<class 'numpy.dtypes.${stem}DType'>`;
}

/** Operands as arrays of types that the loop reads or that are still to be cast. */
export function materialise(vm: VM, name: string, operands: readonly Operand[], loop: DType): Resolution {
  if (isComparison(name) && operands.every(isIntegral) && (loop === FLOAT64 || operands.some((o) => o.weak && !inRange(loop, plainInt(o.value)!))))
    return exactComparison(vm, operands);
  const arrays = operands.map((o, i) => {
    if (o.array) return o.array;
    const d = name === "ldexp" && i === 1 ? INT64 : loop;
    checkWeakRange(o, d);
    return fromScalar(vm, o.value, d);
  });
  return { loop, arrays };
}

function isIntegral(o: Operand): boolean {
  return o.array ? o.array.dtype.isInteger || o.array.dtype.kind === "b" : o.weak === "int";
}

function checkWeakRange(o: Operand, loop: DType): void {
  if (o.weak !== "int" || !loop.isInteger) return;
  const i = plainInt(o.value)!;
  if (!inRange(loop, i)) throw outOfBounds(loop, i);
}

/** Integers compare by value: words of 64 bits are read as ints, Python ints beyond 64 bits are infinities. */
function exactComparison(vm: VM, operands: readonly Operand[]): Resolution {
  let huge = false;
  const arrays = operands.map((o) => {
    if (o.array) return o.array;
    const i = plainInt(o.value)!;
    const d = inRange(INT64, i) ? INT64 : inRange(UINT64, i) ? UINT64 : undefined;
    if (d) return fromScalar(vm, i, d);
    huge = true;
    return infinity(i);
  });
  return { loop: huge ? FLOAT64 : INT64, arrays };
}

function infinity(i: PyInt): PyNdArray {
  const out = newArray(FLOAT64, []);
  out.data[0] = i > 0 ? Infinity : -Infinity;
  return out;
}

