/**
 * Device buffers by size class, so that a released buffer serves the next request of about its size without a round trip.
 * Classes are four to the octave (1, 1.25, 1.5, 1.75 times a power of two): at most a fifth of a buffer is slack.
 * A reused buffer holds old bytes. Known weakness: idle buffers are only given back beyond `idleLimit`, oldest first.
 */

const SMALLEST = 256;

/** The class that `bytes` falls in: its size in bytes, a multiple of 64. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const octave = 2 ** Math.floor(Math.log2(bytes));
  const step = octave / 4;
  return octave + Math.ceil((bytes - octave) / step) * step;
}

interface Idle {
  readonly id: number;
  readonly capacity: number;
}

export class BufferPool {
  private idle: Idle[] = [];
  private idleBytes = 0;
  private readonly idleLimit: number;

  constructor(idleLimit: number) {
    this.idleLimit = idleLimit;
  }

  /** An idle buffer of this class, or undefined. */
  take(capacity: number): number | undefined {
    const k = this.idle.findLastIndex((b) => b.capacity === capacity);
    if (k < 0) return undefined;
    this.idleBytes -= capacity;
    return this.idle.splice(k, 1)[0]!.id;
  }

  /** Takes a buffer back; returns those that now have to be destroyed. */
  give(id: number, capacity: number): number[] {
    this.idle.push({ id, capacity });
    this.idleBytes += capacity;
    return this.shrink(this.idleLimit);
  }

  /** Empties the pool down to `limit` bytes; returns what has to be destroyed. */
  shrink(limit: number): number[] {
    const out: number[] = [];
    while (this.idleBytes > limit) {
      const b = this.idle.shift()!;
      this.idleBytes -= b.capacity;
      out.push(b.id);
    }
    return out;
  }
}
