/** set and frozenset over the hash table of dict (values unused), iterated in CPython's order (set-order.ts). */
import { type Entry, PyDict } from "./dict.ts";
import type { VM } from "./runtime.ts";
import { grownMask, INITIAL_MASK, isCrowded, type Layout, layoutOf, maskFor } from "./set-order.ts";
import { PyAttrObject, type PyInt, type Value } from "./values.ts";

/** The table of a set: a dict that words its errors for sets and keeps count of the size that CPython's table would have. */
export class SetTable extends PyDict {
  private mask = INITIAL_MASK;
  /** Mask before the first insertion into an empty table. */
  private startMask = INITIAL_MASK;
  /** Slots used now or before, as CPython counts them. */
  private fill = 0;
  private layout: Layout | undefined = undefined;
  private layoutVersion = -1;
  /** Where `pop` goes on: index into the layout, and the slot for when the layout is made anew. */
  private popAt = 0;
  private finger = 0;

  /** The entries in the order of iteration. */
  ordered(): readonly Entry[] {
    if (this.layout === undefined || this.layoutVersion !== this.version) {
      this.layout = layoutOf(this.snapshot(), this.startMask, this.mask);
      this.layoutVersion = this.version;
      this.popAt = 0;
    }
    return this.layout.entries;
  }

  /** Removes the entry that CPython's set.pop would: the first at or after where the last pop ended. */
  popEntry(): Entry | undefined {
    if (this.size === 0) return undefined;
    const fresh = this.layout === undefined || this.layoutVersion !== this.version;
    const entries = this.ordered();
    const positions = this.layout!.positions;
    if (fresh && positions !== undefined) {
      this.popAt = positions.findIndex((p) => p >= this.finger);
      if (this.popAt < 0) this.popAt = 0;
    }
    // entries popped since the layout was made are dead
    while (this.popAt < entries.length && !entries[this.popAt]!.live) this.popAt++;
    if (this.popAt === entries.length) this.popAt = entries.findIndex((e) => e.live);
    const e = entries[this.popAt]!;
    this.finger = positions === undefined ? 0 : positions[this.popAt]! + 1;
    this.popAt++;
    this.remove(e);
    this.layoutVersion = this.version;
    return e;
  }

  /** CPython grows a table once, before a merge of `count` elements. */
  reserve(count: number): void {
    if (count === 0 || !isCrowded(this.fill + count, this.mask)) return;
    this.mask = maskFor((this.size + count) * 2);
    this.fill = this.size;
    if (this.size === 0) this.startMask = this.mask;
  }

  override clear(): void {
    super.clear();
    this.mask = INITIAL_MASK;
    this.startMask = INITIAL_MASK;
    this.fill = 0;
    this.finger = 0;
  }

  /** Copies into an empty table as set(other) does. */
  mergeInto(target: SetTable): void {
    target.reserve(this.size);
    for (const e of this.ordered()) target.adopt(e);
  }

  protected override append(e: Entry): void {
    super.append(e);
    this.fill++;
    if (isCrowded(this.fill, this.mask)) {
      this.mask = grownMask(this.size);
      this.fill = this.size;
    }
  }

  protected override get keyNoun(): string {
    return "set element";
  }
}

/** Common to set and frozenset. */
export class PySetBase extends PyAttrObject {
  table: SetTable = new SetTable();

  get size(): number {
    return this.table.size;
  }
  has(vm: VM, v: Value): boolean {
    return this.table.find(vm, v) !== undefined;
  }
  add(vm: VM, v: Value): void {
    this.table.findOrAdd(vm, v, null);
  }
  /** The elements in the order of iteration. */
  items(): Value[] {
    return this.table.ordered().map((e) => e.key);
  }
}
export class PySet extends PySetBase {}
export class PyFrozenSet extends PySetBase {
  /** hash(self), once computed: the elements never change. */
  hashed: PyInt | undefined = undefined;
}
