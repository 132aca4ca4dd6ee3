/**
 * The interfaces that a tracer plugs into. The interpreter knows nothing else of it: with no hooks set it is complete.
 *
 * Back-edges are counted per loop in the code object (`Code.heat`); when a loop's counter passes the limit that the hooks gave it, `onBackEdge` is called.
 * The hook may change the frame (locals, cells, operand stack, iterators) and must return the pc of the instruction to go on with.
 */
import type { LoopInfo } from "../compile/code.ts";
import type { Frame } from "./frame.ts";

export interface Hooks {
  /** Back-edges of a loop before onBackEdge is called first. */
  readonly threshold: number;
  /** Called at loop headers (before the first iteration too when `eager`). Returns the pc to continue at: normally loop.header. */
  onBackEdge(frame: Frame, loop: LoopInfo): number;
  /** Ask for a call of onBackEdge when a loop is entered, before its first iteration. */
  readonly eager: boolean;
}

/** Heat of a loop that is never to be reported again. */
export const COLD: number = Number.NEGATIVE_INFINITY;
