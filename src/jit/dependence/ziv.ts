/**
 * ZIV, "zero index variables" (Goff, Kennedy, Tseng: Practical Dependence Testing, PLDI 1991, section 4.1): a subscript pair in which no iteration
 * variable is left. Different constants never meet.
 */
import { type Found, INDEPENDENT, type Problem, type Row } from "./problem.ts";

export const isZiv = (e: Row): boolean => e.k.every((k) => k === 0);

export function ziv(p: Problem): Found {
  return p.equations.some((e) => e.c !== 0 && isZiv(e)) ? INDEPENDENT : undefined;
}
