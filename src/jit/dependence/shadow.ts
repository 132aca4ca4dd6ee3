/**
 * Shadow memory: who wrote each location last, and what every loop around did to it, from a log of accesses in the order of the run. Exact value-based dependences of
 * that run, in the manner of the marking phase of the LRPD test (Rauchwerger and Padua, PLDI 1995), extended to all loops of a nest at once: a flow dependence
 * is carried by the outermost loop whose trip differs between the write and the read.
 *
 * Per location and depth only the newest instance of a loop is kept; when another instance touches the location, the old one is over and is summed up.
 */

/** What a loop did to locations that two of its trips touched, one of them writing. */
export interface LoopShadow {
  instances: number;
  /** Largest number of trips of an instance. */
  trips: number;
  /** Control left it before its bounds or condition said so. */
  left: boolean;
  readonly recurrences: Set<string>;
  readonly snapshots: Set<string>;
  readonly lastWriters: Set<string>;
  readonly privates: Set<string>;
  /** Update kinds (as numbered by the caller) per name. */
  readonly reductions: Map<string, Set<number>>;
  flow: Flow | undefined;
}

export interface Flow {
  readonly writer: number;
  readonly reader: number;
  readonly source: readonly number[];
  readonly sink: readonly number[];
  readonly distance: number;
}

const FLAG = { several: 1, wrote: 2, exposed: 4, flow: 8, mixed: 16 } as const;
const NONE = -1;

export class Shadow {
  readonly loops: LoopShadow[];
  private readonly depth: number;
  /** Trips and instances of loops around, outermost first. */
  private readonly tripAt: number[] = [];
  private readonly instanceAt: number[] = [];
  private readonly ordinalAt: number[] = [];
  // trips: parent, depth, instance, ordinal
  private readonly parent: number[] = [];
  private readonly level: number[] = [];
  private readonly instanceOf: number[] = [];
  private readonly ordinal: number[] = [];
  // instances
  private readonly loopOf: number[] = [];
  private readonly tripsOf: number[] = [];
  // locations
  private readonly names: string[] = [];
  private readonly writeTrip: number[] = [];
  private readonly writeReference: number[] = [];
  // locations × depths
  private readonly instance: number[] = [];
  private readonly first: number[] = [];
  private readonly last: number[] = [];
  private readonly flags: number[] = [];
  private readonly tag: number[] = [];

  constructor(loops: number, depth: number) {
    this.depth = depth;
    this.loops = Array.from({ length: loops }, () => ({
      instances: 0,
      trips: 0,
      left: false,
      recurrences: new Set(),
      snapshots: new Set(),
      lastWriters: new Set(),
      privates: new Set(),
      reductions: new Map(),
      flow: undefined,
    }));
  }

  location(name: string): number {
    const at = this.names.length;
    this.names.push(name);
    this.writeTrip.push(NONE);
    this.writeReference.push(NONE);
    for (let d = 0; d < this.depth; d++) {
      this.instance.push(NONE);
      this.first.push(0);
      this.last.push(NONE);
      this.flags.push(0);
      this.tag.push(0);
    }
    return at;
  }

  enter(loop: number): void {
    this.loops[loop]!.instances++;
    this.instanceAt.push(this.loopOf.length);
    this.loopOf.push(loop);
    this.tripsOf.push(0);
    this.tripAt.push(NONE);
    this.ordinalAt.push(NONE);
  }

  trip(): void {
    const d = this.instanceAt.length - 1;
    const i = this.instanceAt[d]!;
    const k = this.tripsOf[i]!;
    this.tripsOf[i] = k + 1;
    this.ordinalAt[d] = k;
    this.tripAt[d] = this.parent.length;
    this.parent.push(d === 0 ? NONE : this.tripAt[d - 1]!);
    this.level.push(d);
    this.instanceOf.push(i);
    this.ordinal.push(k);
  }

  /** `tested`: the newest trip was only the condition that failed. */
  leave(left: boolean, tested = false): void {
    const i = this.instanceAt.pop()!;
    if (tested) this.tripsOf[i]!--;
    this.tripAt.pop();
    this.ordinalAt.pop();
    const l = this.loops[this.loopOf[i]!]!;
    l.trips = Math.max(l.trips, this.tripsOf[i]!);
    l.left ||= left;
  }

  /** `tag` 0: no update. */
  read(at: number, reference: number, tag: number): void {
    const around = this.instanceAt.length;
    const w = this.writeTrip[at]!;
    let common = 0;
    let carrier = false;
    if (w !== NONE) {
      let d = this.level[w]!;
      let p = w;
      let below = NONE;
      while (d >= around) {
        p = this.parent[p]!;
        d--;
      }
      while (d >= 0 && p !== this.tripAt[d]) {
        below = p;
        p = this.parent[p]!;
        d--;
      }
      common = d + 1;
      carrier = below !== NONE && this.instanceOf[below] === this.instanceAt[common];
      if (carrier) this.flow(at, w, below, common, reference);
    }
    for (let j = 0; j < around; j++) {
      const x = this.touch(at, j, tag);
      if (j >= common) this.flags[x]! |= FLAG.exposed;
      if (carrier && j === common) this.flags[x]! |= FLAG.flow;
    }
  }

  write(at: number, reference: number, tag: number): void {
    const around = this.instanceAt.length;
    for (let j = 0; j < around; j++) {
      const x = this.touch(at, j, tag);
      this.flags[x]! |= FLAG.wrote;
      this.last[x] = this.ordinalAt[j]!;
    }
    this.writeTrip[at] = around === 0 ? NONE : this.tripAt[around - 1]!;
    this.writeReference[at] = reference;
  }

  private touch(at: number, j: number, tag: number): number {
    const x = at * this.depth + j;
    const i = this.instanceAt[j]!;
    if (this.instance[x] !== i) {
      this.sumUp(at, x);
      this.instance[x] = i;
      this.first[x] = this.ordinalAt[j]!;
      this.last[x] = NONE;
      this.flags[x] = 0;
      this.tag[x] = tag;
      return x;
    }
    if (this.first[x] !== this.ordinalAt[j]) this.flags[x]! |= FLAG.several;
    if (this.tag[x] !== tag) this.flags[x]! |= FLAG.mixed;
    return x;
  }

  private flow(at: number, write: number, below: number, common: number, reader: number): void {
    const l = this.loops[this.loopOf[this.instanceAt[common]!]!]!;
    if (l.flow !== undefined) return;
    const source: number[] = [];
    for (let p = write; p !== NONE; p = this.parent[p]!) source.unshift(this.ordinal[p]!);
    l.flow = {
      writer: this.writeReference[at]!,
      reader,
      source,
      sink: [...this.ordinalAt],
      distance: this.ordinalAt[common]! - this.ordinal[below]!,
    };
  }

  /** What a finished instance of a loop did to a location. */
  private sumUp(at: number, x: number): void {
    const i = this.instance[x]!;
    const flags = this.flags[x]!;
    if (i === NONE || (flags & (FLAG.several | FLAG.wrote)) !== (FLAG.several | FLAG.wrote)) return;
    const l = this.loops[this.loopOf[i]!]!;
    const name = this.names[at]!;
    if (flags & FLAG.flow) {
      const tag = this.tag[x]!;
      if (tag === 0 || flags & FLAG.mixed) l.recurrences.add(name);
      else l.reductions.set(name, (l.reductions.get(name) ?? new Set()).add(tag));
    } else if (flags & FLAG.exposed) l.snapshots.add(name);
    else if (this.last[x] === this.tripsOf[i]! - 1) l.privates.add(name);
    else l.lastWriters.add(name);
  }

  /** After the run, or where it broke off. */
  finish(): void {
    while (this.instanceAt.length > 0) this.leave(true);
    for (let at = 0; at < this.names.length; at++) for (let d = 0; d < this.depth; d++) this.sumUp(at, at * this.depth + d);
  }
}
