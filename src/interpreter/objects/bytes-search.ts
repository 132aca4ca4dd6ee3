/** Searching and comparing runs of bytes. */

/** First position of `needle` in data[from, to), or -1. */
export function findBytes(data: Uint8Array, needle: Uint8Array, from: number, to: number): number {
  const last = to - needle.length;
  if (needle.length === 0) return from <= last ? from : -1;
  const first = needle[0]!;
  for (let i = data.indexOf(first, from); i >= 0 && i <= last; i = data.indexOf(first, i + 1)) if (matchesAt(data, needle, i)) return i;
  return -1;
}

/** Last position of `needle` in data[from, to), or -1. */
export function rfindBytes(data: Uint8Array, needle: Uint8Array, from: number, to: number): number {
  for (let i = to - needle.length; i >= from; i--) if (matchesAt(data, needle, i)) return i;
  return -1;
}

export function matchesAt(data: Uint8Array, needle: Uint8Array, at: number): boolean {
  for (let k = 0; k < needle.length; k++) if (data[at + k] !== needle[k]) return false;
  return true;
}

/** Lexicographic order: negative, zero, positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && matchesAt(a, b, 0);
}
