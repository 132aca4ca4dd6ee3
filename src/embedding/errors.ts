/** What running Python may throw at its host. */

/** An uncaught Python exception. */
export class PythonError extends Error {
  /** Name of the exception's class: "ValueError", "mymodule.MyError" (classes of builtins and __main__ without their module). */
  readonly type: string;
  /** The traceback as Python prints it, its last line naming the exception. */
  readonly traceback: string;
  /** The exception itself. */
  readonly value: PythonObject;

  constructor(fields: { type: string; message: string; traceback: string; value: PythonObject; cause: unknown }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "PythonError";
    this.type = fields.type;
    this.traceback = fields.traceback;
    this.value = fields.value;
  }
}

/** The time limit was reached. Python code cannot catch it: no except or finally clause has run. The interpreter stays usable. */
export class TimeLimitError extends Error {
  constructor(milliseconds: number) {
    super(`the time limit of ${milliseconds} ms was reached`);
    this.name = "TimeLimitError";
  }
}

/** A Python object that has no JavaScript counterpart (see convert.ts), by reference. Passed to Python it is the object itself. */
export interface PythonObject {
  /** Name of its class. */
  readonly type: string;
  /** str() */
  toString(): string;
  /** repr() */
  repr(): string;
  /** An attribute. */
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  /** Calls the object itself. */
  call(...args: unknown[]): unknown;
  /** Calls one of its methods. */
  invoke(method: string, ...args: unknown[]): unknown;
}
