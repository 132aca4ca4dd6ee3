/**
 * GCD test (Banerjee 1976; Goff, Kennedy, Tseng 1991, section 4.4): Σ k·v + c = 0 has integer solutions only if the greatest common divisor of the
 * coefficients divides c. Ignores bounds.
 */
import { type Found, INDEPENDENT, type Problem, type Row, rowGcd } from "./problem.ts";

export function gcdExcludes(e: Row): boolean {
  const g = rowGcd(e);
  return g === 0 ? e.c !== 0 : e.c % g !== 0;
}

export function gcdTest(p: Problem): Found {
  return p.equations.some(gcdExcludes) ? INDEPENDENT : undefined;
}
