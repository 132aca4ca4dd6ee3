/**
 * Loops over arrays, generated: one JS function per (operation, types of loop, operands and result).
 *
 * Why generated: a loop that calls its operation through a shared closure becomes megamorphic after a few operations, and V8 then neither
 * inlines the call nor keeps elements unboxed. Every generated function has type feedback of its own. The text is assembled from the fixed
 * pieces below and never contains user data; operations stay ordinary functions (ops.ts).
 *
 * A kernel walks one run: n steps, operand views with start index and index step (in components: words of a 64-bit integer, parts of a
 * complex number). It returns floating-point exception flags. An operand whose type converts exactly on reading (int32 in a float64 loop)
 * needs no cast; `loadable` says which. Overlap of result and operands is the caller's business.
 */
import type { TypedView } from "../../../base/storage.ts";
import { doubleToHalf, halfToDouble } from "../../objects/struct-codes.ts";
import { type DType, FLOAT16, FLOAT32, FLOAT64, safeCast } from "./dtype.ts";
import { fromUnsignedWords, fromWords, storeWords } from "./element.ts";
import { asIs, type Round } from "./float-arith.ts";
import { DIVIDE, flagsOf, INVALID, OVER } from "./fp-state.ts";
import type { BinaryOp, Op, UnaryOp } from "./ops.ts";

export type UnaryKernel = (n: number, A: TypedView, i: number, s: number, O: TypedView, k: number, u: number) => number;
export type BinaryKernel = (
  n: number, A: TypedView, i: number, s: number, B: TypedView, j: number, t: number, O: TypedView, k: number, u: number,
) => number;

/** What generated code may name. */
const runtime = { fround: Math.fround, floor: Math.floor, doubleToHalf, halfToDouble, fromWords, fromUnsignedWords, storeWords, flagsOf, complexFlags };
const RUNTIME_NAMES = Object.keys(runtime);

/** How the loop holds an operand. */
type Form = "number" | "words" | "int" | "parts";

/** Whether a loop of type `loop` can read elements of type `from` as they lie in memory. */
export function loadable(from: DType, loop: DType): boolean {
  if (from === loop) return true;
  if (from.domain === "value" || loop.domain === "value") return false;
  return loop.kind !== "b" && safeCast(from, loop);
}

/** Code that declares the operand `x` of type `d` read from view `V` at index `i`. */
function load(form: Form, d: DType, x: string, V: string, i: string): string {
  if (form === "parts") {
    if (d.domain === "complex") return `const ${x} = ${V}[${i}], ${x}i = ${V}[${i} + 1];`;
    return `${load("number", d, x, V, i)} const ${x}i = 0;`;
  }
  if (form === "words") {
    if (d.domain === "wide") return `const ${x} = ${V}[${i}], ${x}h = ${V}[${i} + 1];`;
    return `const ${x}v = ${V}[${i}], ${x} = ${x}v | 0, ${x}h = ${x}v < 0 ? -1 : 0;`;
  }
  if (d.domain === "wide") {
    const signed = d.kind === "i";
    if (form === "int") return `const ${x} = ${signed ? "fromWords" : "fromUnsignedWords"}(${V}[${i}], ${V}[${i} + 1]);`;
    return `const ${x} = ${signed ? `${V}[${i} + 1]` : `(${V}[${i} + 1] >>> 0)`} * 4294967296 + (${V}[${i}] >>> 0);`;
  }
  return d === FLOAT16 ? `const ${x} = halfToDouble(${V}[${i}]);` : `const ${x} = ${V}[${i}];`;
}

/** Code that stores the number or int `r`. */
function store(out: DType, value: string): string {
  if (out.domain === "wide") return `storeWords(O, k, ${value});`;
  return out === FLOAT16 ? `O[k] = doubleToHalf(${value});` : `O[k] = ${value};`;
}

interface Shape {
  readonly nin: 1 | 2;
  readonly form: Form;
  /** The operation stores its result itself. */
  readonly stores: boolean;
  readonly check: "none" | "float" | "complex" | "int";
  readonly a: DType;
  readonly b: DType | undefined;
  readonly loop: DType;
  readonly out: DType;
  readonly pole: boolean;
}

function operands(s: Shape): string {
  const of = (x: string): string => (s.form === "words" ? `${x}, ${x}h` : s.form === "parts" ? `${x}, ${x}i` : x);
  return s.nin === 1 ? of("a") : `${of("a")}, ${of("b")}`;
}

function body(s: Shape): string {
  const lines = [load(s.form, s.a, "a", "A", "i")];
  if (s.b) lines.push(load(s.form, s.b, "b", "B", "j"));
  if (s.check === "int") lines.push("if (b === 0) flags |= 1; else if (b === -1 && a === smallest) flags |= 2;");
  if (s.stores) lines.push(`op(O, k, ${operands(s)}, round);`);
  else {
    const call = `op(${operands(s)})`;
    const rounded = s.out === FLOAT32 ? `fround(${call})` : s.out === FLOAT16 ? `halfToDouble(doubleToHalf(fround(${call})))` : call;
    lines.push(`const r = ${rounded};`, store(s.out, "r"));
  }
  if (s.check === "float") lines.push(floatCheck(s));
  if (s.check === "complex") lines.push(`if (O[k] - O[k] !== 0 || O[k + 1] - O[k + 1] !== 0) flags |= complexFlags(O[k], O[k + 1], ${complexOperands(s)});`);
  return lines.join("\n");
}

function floatCheck(s: Shape): string {
  const finite = s.nin === 1 ? "a - a === 0" : "a - a === 0 && b - b === 0";
  const nan = s.nin === 1 ? "a !== a" : "a !== a || b !== b";
  const pole = s.pole ? `pole(${s.nin === 1 ? "a" : "a, b"})` : "false";
  return `if (r - r !== 0) flags |= flagsOf(r, ${finite}, ${nan}, ${pole});`;
}

function complexOperands(s: Shape): string {
  return s.nin === 1 ? "a, ai, 0, 0, false" : `a, ai, b, bi, ${s.pole ? "b === 0 && bi === 0" : "false"}`;
}

/** Flags of a complex operation one of whose result parts is not finite. */
function complexFlags(re: number, im: number, x: number, y: number, u: number, v: number, pole: boolean): number {
  const operandSum = x + y + u + v;
  if (pole) return DIVIDE | (re !== re || im !== im ? INVALID : 0);
  if (operandSum !== operandSum) return 0;
  if (re !== re || im !== im) return INVALID;
  return Number.isFinite(operandSum) ? OVER : 0;
}

function generate(s: Shape, op: unknown, pole: unknown, round: Round): unknown {
  const text = `return function (n, A, i, s, ${s.nin === 2 ? "B, j, t, " : ""}O, k, u) {
let flags = 0;
for (; n > 0; n--, i += s, ${s.nin === 2 ? "j += t, " : ""}k += u) {
${body(s)}
}
return flags;
}`;
  const make = new Function("op", "pole", "round", "smallest", ...RUNTIME_NAMES, text) as (...args: unknown[]) => unknown;
  const smallest = s.loop.domain === "wide" ? s.loop.bigMin : s.loop.min;
  return make(op, pole, round, smallest, ...Object.values(runtime));
}

// ---- from the ufunc table to a kernel -----------------------------------------------------------------------------------------------------

interface Chosen {
  readonly fn: unknown;
  readonly form: Form;
  readonly stores: boolean;
}

/** The function of `op` for loops of type `loop`. */
function choose(op: Op, loop: DType): Chosen {
  switch (loop.domain) {
    case "complex":
      return op.c ? { fn: op.c, form: "parts", stores: true } : { fn: op.cReal, form: "parts", stores: false };
    case "wide": {
      const w = (op.nin === 2 && loop.kind === "u" && op.wu) || op.w!;
      return w.pair ? { fn: w.pair, form: "words", stores: true } : { fn: w.exact, form: "int", stores: false };
    }
    default:
      return { fn: numberFunction(op, loop), form: "number", stores: false };
  }
}

/** The function of `op` on JS numbers for bool, small integer and float loops. */
export function numberFunction(op: Op, loop: DType): ((a: number) => number) | ((a: number, b: number) => number) {
  if (loop.kind === "b") return op.b!;
  if (loop.kind === "f") return (loop.itemsize < 8 && op.f32) || op.f!;
  return op.i ?? (op as BinaryOp).iOf!(loop);
}

function checkOf(op: Op, loop: DType, out: DType): Shape["check"] {
  if (op.nin === 2 && op.dividesInts && loop.isInteger) return "int";
  if (op.quiet || !loop.isInexact) return "none";
  return out.domain === "complex" ? "complex" : "float";
}

/** Kernels of one operation by types: (((a · 32 + b) · 32 + loop) · 32 + out). */
const cache: Map<Op, Map<number, UnaryKernel & BinaryKernel>> = new Map();

function kernel(op: Op, a: DType, b: DType | undefined, loop: DType, out: DType): UnaryKernel & BinaryKernel {
  let kernels = cache.get(op);
  if (kernels === undefined) cache.set(op, (kernels = new Map()));
  const key = ((a.num * 32 + (b?.num ?? 31)) * 32 + loop.num) * 32 + out.num;
  let k = kernels.get(key);
  if (k === undefined) {
    const chosen = choose(op, loop);
    const check = checkOf(op, loop, out);
    const shape: Shape = { nin: op.nin, form: chosen.form, stores: chosen.stores, check, a, b, loop, out, pole: op.pole !== undefined };
    const round = loop.domain === "complex" && loop.itemsize === 8 ? Math.fround : asIs;
    k = generate(shape, chosen.fn, op.pole, round) as UnaryKernel & BinaryKernel;
    kernels.set(key, k);
  }
  return k;
}

/** The loop of a one-operand operation; `a` must be loadable in `loop`. */
export function unaryKernel(op: UnaryOp, a: DType, loop: DType, out: DType): UnaryKernel {
  return kernel(op, a, undefined, loop, out);
}

export function binaryKernel(op: BinaryOp, a: DType, b: DType, loop: DType, out: DType): BinaryKernel {
  return kernel(op, a, b, loop, out);
}

// ---- casts ------------------------------------------------------------------------------------------------------------------------------

const MASK63 = 2 ** 63;

/** float → int64 words, as x86 does: out of range and NaN give the smallest integer and raise invalid. */
export function storeFloatAsInt64(o: Int32Array, k: number, x: number): number {
  if (x >= -MASK63 && x < MASK63) {
    const t = Math.trunc(x);
    o[k] = t;
    o[k + 1] = Math.floor(t / 4294967296);
    return 0;
  }
  o[k] = 0;
  o[k + 1] = -2147483648;
  return INVALID;
}

function storeFloatAsUint64(o: Int32Array, k: number, x: number): number {
  if (x < MASK63) return storeFloatAsInt64(o, k, x);
  if (x < 2 * MASK63) {
    o[k] = x;
    o[k + 1] = Math.floor(x / 4294967296);
    return 0;
  }
  o[k] = 0;
  o[k + 1] = -2147483648;
  return INVALID;
}

/** float → integers up to 32 bits. */
const toInt32 = (x: number): number => (x > -2147483649 && x < 2147483648 ? Math.trunc(x) : -2147483648);
const toUint32 = (x: number): number => (x > -MASK63 && x < MASK63 ? Math.trunc(x) : 0);

function floatToSmallInt(out: DType): string {
  const convert = out.kind === "u" && out.itemsize === 4 ? "toUint32" : "toInt32";
  const [low, high] = [out.min - 1, out.max + 1];
  return `if (!(a > ${low} && a < ${high})) flags |= ${INVALID}; O[k] = ${convert}(a);`;
}

function castBody(from: DType, to: DType): string {
  if (to.domain === "complex") {
    const check = to.itemsize === 8 && from.isInexact ? "if ((O[k] - O[k] !== 0 && a - a === 0) || (O[k + 1] - O[k + 1] !== 0 && ai - ai === 0)) flags |= 2;" : "";
    return `${load("parts", from, "a", "A", "i")} O[k] = a; O[k + 1] = ai; ${check}`;
  }
  if (to.kind === "b") {
    if (from.domain === "complex") return "O[k] = A[i] !== 0 || A[i + 1] !== 0 ? 1 : 0;";
    if (from.domain === "wide") return "O[k] = (A[i] | A[i + 1]) !== 0 ? 1 : 0;";
    return `${load("number", from, "a", "A", "i")} O[k] = a !== 0 ? 1 : 0;`;
  }
  const floating = from.isInexact;
  if (to.domain === "wide") {
    if (!floating) return `${load("words", from, "a", "A", "i")} O[k] = a; O[k + 1] = ah;`;
    return `${load("number", from, "a", "A", "i")} flags |= ${to.kind === "i" ? "storeFloatAsInt64" : "storeFloatAsUint64"}(O, k, a);`;
  }
  if (to.kind !== "f") {
    if (from.domain === "wide") return "O[k] = A[i];";
    return `${load("number", from, "a", "A", "i")} ${floating ? floatToSmallInt(to) : "O[k] = a;"}`;
  }
  const rounded = to === FLOAT16 ? "doubleToHalf(a)" : "a";
  const result = to === FLOAT16 ? "halfToDouble(O[k])" : "O[k]";
  const check = to === FLOAT64 || !(floating || to === FLOAT16) ? "" : `if (${result} - ${result} !== 0 && a - a === 0) flags |= ${OVER};`;
  return `${load("number", from, "a", "A", "i")} O[k] = ${rounded}; ${check}`;
}

const castRuntime = { ...runtime, storeFloatAsInt64, storeFloatAsUint64, toInt32, toUint32 };
const casts: Map<number, UnaryKernel> = new Map();

/** The loop that converts numbers of one type to another; imaginary parts are dropped. */
export function castKernel(from: DType, to: DType): UnaryKernel {
  const key = from.num * 32 + to.num;
  let k = casts.get(key);
  if (k === undefined) {
    const text = `return function (n, A, i, s, O, k, u) { let flags = 0; for (; n > 0; n--, i += s, k += u) { ${castBody(from, to)} } return flags; }`;
    k = new Function(...Object.keys(castRuntime), text)(...Object.values(castRuntime)) as UnaryKernel;
    casts.set(key, k);
  }
  return k;
}

/** Components of an element: the unit of a kernel's indices and steps. */
export function components(d: DType): number {
  return d.itemsize >>> d.shift;
}

