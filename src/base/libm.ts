/** Elementary functions of doubles. */
export const libm = {
  pow: (x: number, y: number): number => (x === 1 || y === 0 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y),
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  atan2: Math.atan2,
  hypot: (x: number, y: number): number => Math.hypot(x, y),
};
