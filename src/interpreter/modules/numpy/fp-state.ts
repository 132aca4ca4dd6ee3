/**
 * Floating-point exceptions as NumPy reports them: loops return flags, `report` warns, raises or ignores as np.errstate says.
 *
 * JavaScript has no status word, so flags are derived from operands and results: a NaN out of numbers is invalid, an infinity out of finite
 * operands an overflow or, at a pole, a division by zero. Source: NumPy reference "Floating point error handling".
 * Known weakness: underflow is never detected.
 */
import { EXCEPTIONS, newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { callMethod, plainStr, typeOf } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { Value } from "../../objects/values.ts";

export const DIVIDE = 1;
export const OVER = 2;
export const UNDER = 4;
export const INVALID = 8;

export const FP_KINDS = ["divide", "over", "under", "invalid"] as const;
export type FpKind = (typeof FP_KINDS)[number];
const MODES = ["ignore", "warn", "raise", "call", "print", "log"] as const;
export type FpMode = (typeof MODES)[number];

export interface FpState {
  readonly modes: Readonly<Record<FpKind, FpMode>>;
  /** The function or log object of modes call and log. */
  readonly call: Value;
}

const TEXT: Readonly<Record<FpKind, string>> = {
  divide: "divide by zero",
  over: "overflow",
  under: "underflow",
  invalid: "invalid value",
};

const STATE = Symbol("numpy.errstate");
const DEFAULT: FpState = { modes: { divide: "warn", over: "warn", under: "ignore", invalid: "warn" }, call: null };

export function fpState(vm: VM): FpState {
  return (vm.state.get(STATE) as FpState | undefined) ?? DEFAULT;
}

export function setFpState(vm: VM, s: FpState): void {
  vm.state.set(STATE, s);
}

/** The state after np.seterr(all=…, divide=…, …); arguments that are absent or None stay. */
export function changed(state: FpState, all: Value | undefined, kinds: Partial<Record<FpKind, Value | undefined>>): FpState {
  const modes = { ...state.modes };
  for (const kind of FP_KINDS) {
    const v = kinds[kind] ?? all;
    if (v !== undefined && v !== null) modes[kind] = modeOf(v);
  }
  return { ...state, modes };
}

function modeOf(v: Value): FpMode {
  const text = plainStr(v);
  const mode = MODES.find((m) => m === text);
  if (mode) return mode;
  throw text === undefined ? typeError("a string mode is required") : valueError(`invalid error mode ${text}; must be one of ${MODES.join(", ")}`);
}

/** Acts on the flags of an operation; `where` is the ufunc's name, "scalar add", "cast" … */
export function report(vm: VM, flags: number, where: string): void {
  if (flags === 0) return;
  const state = fpState(vm);
  for (let k = 0; k < FP_KINDS.length; k++) if (flags & (1 << k)) act(vm, state, FP_KINDS[k]!, 1 << k, where);
}

function act(vm: VM, state: FpState, kind: FpKind, bit: number, where: string): void {
  const message = `${TEXT[kind]} encountered in ${where}`;
  switch (state.modes[kind]) {
    case "ignore":
      return;
    case "warn":
      vm.warn(EXCEPTIONS.RuntimeWarning, message);
      return;
    case "raise":
      throw newException("FloatingPointError", message);
    case "print":
      vm.host.writeStderr(new TextEncoder().encode(`Warning: ${message}\n`));
      return;
    case "call":
      if (state.call === null || typeOf(state.call).slot.call === undefined)
        throw newException("NameError", "python callback specified for overflow (in  add) but no function found.");
      vm.call(state.call, [TEXT[kind], bit]);
      return;
    case "log":
      callMethod(vm, state.call, "write", `Warning: ${message}\n`);
  }
}

/** Flags of a real operation whose result came out NaN or infinite. `pole`: an infinite result means division by zero. */
export function flagsOf(r: number, finiteOperands: boolean, nanOperand: boolean, pole: boolean): number {
  if (r !== r) return nanOperand ? 0 : INVALID;
  return finiteOperands ? (pole ? DIVIDE : OVER) : 0;
}
