/** Why a loop could not be recorded: the closed table of reasons, and the exception that carries one. */

export const ABORTS = {
  construct: "a construct that compiled regions do not hold",
  call: "a call that is neither a known function of numbers nor small enough to inline",
  type: "a value whose type the IR does not have",
  mixed: "a variable that holds values of different types in ways that cannot be told apart",
  unbound: "a variable that may be unbound where it is read",
  iterable: "a loop over something else than a range, a sequence of numbers, enumerate or zip of them",
  subscript: "a subscript that does not pick one element",
  list: "a list whose elements are not all of one numeric type, or rows of unequal length",
  alias: "lists that share some rows but not all",
  attribute: "an attribute of an object",
  size: "a loop nest that is too large to compile",
  "exit always": "a statement that always leaves the region",
  bind: "values of this run that the compiled region does not take",
} as const;
export type AbortReason = keyof typeof ABORTS;

export class Abort extends Error {
  readonly reason: AbortReason;
  readonly detail: string;
  readonly line: number;
  constructor(reason: AbortReason, detail: string, line: number) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
    this.line = line;
  }
}
