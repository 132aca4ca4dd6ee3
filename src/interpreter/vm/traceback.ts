/** traceback objects: one link a frame, from the outermost to the frame that raised. */
import type { Frame } from "./frame.ts";
import { PyObject } from "../objects/values.ts";

export class PyTraceback extends PyObject {
  next: PyTraceback | null;
  readonly frame: Frame;
  /** Index of the instruction that was running. */
  readonly lasti: number;
  lineno: number;
  constructor(next: PyTraceback | null, frame: Frame, lasti: number, lineno: number) {
    super();
    this.next = next;
    this.frame = frame;
    this.lasti = lasti;
    this.lineno = lineno;
  }
}
