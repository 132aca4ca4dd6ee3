/** Turning whatever TypeScript caught into a Python exception. */
import { newException, PyBaseException, recursionError } from "../builtins/exceptions.ts";

/** An error of ours that is no Python exception: printed as a SystemError without JS stack, kept for `--stats`. */
export function asException(e: unknown): PyBaseException {
  if (e instanceof PyBaseException) return e;
  if (e instanceof RangeError && /call stack/i.test(e.message)) return recursionError("maximum recursion depth exceeded");
  if (e instanceof RangeError && /BigInt|Invalid (array|string|typed array) length|allocation failed/i.test(e.message)) return newException("MemoryError");
  if (e instanceof Error) {
    const wrapped = newException("SystemError", `internal error: ${e.message}`);
    internalErrors.set(wrapped, e);
    return wrapped;
  }
  throw e;
}

/** The JS errors behind SystemErrors, for debugging (TSPY_DEBUG=1 prints them). */
export const internalErrors: WeakMap<PyBaseException, Error> = new WeakMap();
