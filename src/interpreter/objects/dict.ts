/**
 * dict: insertion-ordered hash table with Python's equality (1 == 1.0 == True share an entry).
 *
 * Three ways to an entry (keys.ts says which key takes which): `direct`, one JS Map by the primitive or identity that decides equality;
 * `isolated`, a private hash for tuples and bytes; `foreign`, Python's hash and `__eq__`. Foreign keys may equal the others, so a table that
 * meets one builds `mixed`, an index of the others by Python hash; tables without foreign keys never pay for it. Entries live in an
 * insertion-ordered array with tombstones, so iteration is by index and survives deletion; an Entry object is stable, so inline caches may
 * hold it (`entry.live`).
 */
import { isInstanceOf, typeError } from "../builtins/exceptions.ts";
import { type DirectKey, directKey, isolatedHash } from "./keys.ts";
import { equals, hash, str, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { PyAttrObject, type PyInt, PyTuple, type Value } from "./values.ts";

/** Which of the three tables an entry is in. */
type Kind = "direct" | "isolated" | "foreign";

export class Entry {
  readonly key: Value;
  value: Value;
  /** False once deleted: an inline cache that holds the entry must look again. */
  live = true;
  /** Position in the dict's insertion order. */
  index = 0;
  readonly kind: Kind;
  /** Hash in the entry's table (unused by direct entries). */
  readonly hash: PyInt;
  /** Next entry with the same hash. */
  next: Entry | undefined = undefined;
  constructor(key: Value, value: Value, kind: Kind, h: PyInt) {
    this.key = key;
    this.value = value;
    this.kind = kind;
    this.hash = h;
  }
}

type Buckets = Map<PyInt, Entry>;

export class PyDict extends PyAttrObject {
  private direct: Map<DirectKey, Entry> = new Map();
  private isolated: Buckets | undefined = undefined;
  private foreign: Buckets | undefined = undefined;
  /** Direct and isolated entries by Python hash; dead entries stay until the table is cleared. */
  private mixed: Map<PyInt, Entry[]> | undefined = undefined;
  private order: (Entry | undefined)[] = [];
  /** Every position before it is a hole. */
  private head = 0;
  private holes = 0;
  size = 0;
  /** Grows with every insertion or deletion of a key (not with value changes); iterators and caches compare it. */
  version = 0;

  /** Lookup of a str key: never calls Python code. */
  getStr(name: string): Value | undefined {
    const e = this.direct.get(name);
    return e === undefined ? undefined : e.value;
  }

  entryStr(name: string): Entry | undefined {
    return this.direct.get(name);
  }

  setStr(name: string, value: Value): void {
    const e = this.direct.get(name);
    if (e !== undefined) e.value = value;
    else this.insertDirect(name, name, value);
  }

  deleteStr(name: string): boolean {
    const e = this.direct.get(name);
    if (e === undefined) return false;
    this.direct.delete(name);
    this.drop(e);
    return true;
  }

  find(vm: VM, key: Value): Entry | undefined {
    const d = directKey(key);
    if (d !== undefined) {
      const e = this.direct.get(d);
      return e !== undefined || this.foreign === undefined ? e : this.findForeign(vm, key, this.keyHash(vm, key));
    }
    const h = isolatedHash(key);
    if (h === undefined) return this.findAny(vm, key, this.keyHash(vm, key));
    const e = this.findIsolated(vm, key, h);
    return e !== undefined || this.foreign === undefined ? e : this.findForeign(vm, key, this.keyHash(vm, key));
  }

  get(vm: VM, key: Value): Value | undefined {
    const e = this.find(vm, key);
    return e === undefined ? undefined : e.value;
  }

  has(vm: VM, key: Value): boolean {
    return this.find(vm, key) !== undefined;
  }

  set(vm: VM, key: Value, value: Value): void {
    const e = this.findOrAdd(vm, key, value);
    if (e !== undefined) e.value = value;
  }

  /** The entry of the key; undefined when there was none, and one was added. `__hash__` runs once. */
  findOrAdd(vm: VM, key: Value, value: Value): Entry | undefined {
    const d = directKey(key);
    if (d !== undefined) {
      const e = this.direct.get(d) ?? (this.foreign === undefined ? undefined : this.findForeign(vm, key, this.keyHash(vm, key)));
      if (e === undefined) this.insertDirect(d, key, value, vm);
      return e;
    }
    const own = isolatedHash(key);
    const h = own ?? this.keyHash(vm, key);
    let e = own === undefined ? this.findAny(vm, key, h) : this.findIsolated(vm, key, own);
    if (e === undefined && own !== undefined && this.foreign !== undefined) e = this.findForeign(vm, key, this.keyHash(vm, key));
    if (e === undefined) this.addHashed(vm, new Entry(key, value, own === undefined ? "foreign" : "isolated", h));
    return e;
  }

  /** Adds a key that `find` has just missed. */
  insert(vm: VM, key: Value, value: Value): void {
    this.findOrAdd(vm, key, value);
  }

  private addHashed(vm: VM, e: Entry): void {
    if (e.kind === "foreign") link((this.foreign ??= new Map()), e);
    else {
      link((this.isolated ??= new Map()), e);
      if (this.mixed) this.mix(this.mixed, e, hash(vm, e.key));
    }
    this.append(e);
  }

  /** Removes the key; returns the entry removed, or undefined when it was not there. */
  delete(vm: VM, key: Value): Entry | undefined {
    const e = this.find(vm, key);
    if (e !== undefined) this.remove(e);
    return e;
  }

  remove(e: Entry): void {
    if (e.kind === "direct") this.direct.delete(directKey(e.key)!);
    else if (e.kind === "isolated") unlink(this.isolated!, e);
    else {
      unlink(this.foreign!, e);
      if (this.foreign!.size === 0) this.foreign = undefined;
    }
    this.drop(e);
  }

  clear(): void {
    for (const e of this.order) if (e) e.live = false;
    this.direct = new Map();
    this.isolated = undefined;
    this.foreign = undefined;
    this.mixed = undefined;
    this.order = [];
    this.head = 0;
    this.holes = 0;
    this.size = 0;
    this.version++;
  }

  /** Live entries in insertion order. Safe against mutation by the consumer in the sense of JS arrays; callers check `version`/`size`. */
  *entries(): IterableIterator<Entry> {
    for (let i = this.head; i < this.order.length; i++) {
      const e = this.order[i];
      if (e !== undefined) yield e;
    }
  }

  /** Snapshot arrays (fast paths of natives). */
  keys(): Value[] {
    const out: Value[] = [];
    for (const e of this.order) if (e !== undefined) out.push(e.key);
    return out;
  }

  values(): Value[] {
    const out: Value[] = [];
    for (const e of this.order) if (e !== undefined) out.push(e.value);
    return out;
  }

  snapshot(): Entry[] {
    return this.order.filter((e) => e !== undefined);
  }

  /** Cursor iteration for dict iterators: the first live entry at or after `at`, and its position. */
  entryFrom(at: number): { entry: Entry; at: number } | undefined {
    const i = this.nextIndex(at);
    return i < 0 ? undefined : { entry: this.order[i]!, at: i };
  }

  /** Position of the first live entry at or after `at`; -1 when there is none. */
  nextIndex(at: number): number {
    for (let i = at < this.head ? this.head : at; i < this.order.length; i++) if (this.order[i] !== undefined) return i;
    return -1;
  }

  /** Position one past the last entry (for reverse iteration). */
  get span(): number {
    return this.order.length;
  }

  entryAt(i: number): Entry | undefined {
    return this.order[i];
  }

  first(): Entry | undefined {
    const i = this.nextIndex(0);
    return i < 0 ? undefined : this.order[i];
  }

  last(): Entry | undefined {
    for (let i = this.order.length - 1; i >= this.head; i--) if (this.order[i] !== undefined) return this.order[i];
    return undefined;
  }

  /** Moves a live entry to the end of the order, or to its front (OrderedDict). */
  move(e: Entry, toEnd: boolean): void {
    if (toEnd ? e === this.last() : e === this.first()) return;
    this.order[e.index] = undefined;
    this.holes++;
    this.version++;
    if (toEnd) {
      e.index = this.order.length;
      this.order.push(e);
    } else if (this.head > 0) {
      e.index = --this.head;
      this.order[e.index] = e;
      this.holes--;
    } else {
      this.order.unshift(e);
      this.compact();
    }
    this.skipHoles();
    if (this.crowded()) this.compact();
  }

  /** Shallow copy preserving order; never calls Python code when the target is empty. */
  copyInto(target: PyDict): PyDict {
    for (const e of this.order) if (e !== undefined) target.adopt(e);
    return target;
  }

  /** Adds a copy of another table's entry, which this table does not have unless its key is direct. */
  adopt(e: Entry): void {
    if (e.kind === "direct") {
      const d = directKey(e.key)!;
      const t = this.direct.get(d);
      if (t !== undefined) t.value = e.value;
      else this.insertDirect(d, e.key, e.value);
      return;
    }
    const copy = new Entry(e.key, e.value, e.kind, e.hash);
    if (e.kind === "foreign") link((this.foreign ??= new Map()), copy);
    else link((this.isolated ??= new Map()), copy);
    this.append(copy);
  }

  /** What the TypeError about an unhashable key calls the key; undefined leaves the error of hashing as it is. */
  protected get keyNoun(): string | undefined {
    return "dict key";
  }

  private keyHash(vm: VM, key: Value): PyInt {
    try {
      return hash(vm, key);
    } catch (e) {
      if (!isInstanceOf(e, "TypeError") || e.cls.name !== "TypeError" || this.keyNoun === undefined) throw e;
      throw typeError(`cannot use '${typeName(key)}' as a ${this.keyNoun} (${str(vm, e)})`);
    }
  }

  private findIsolated(vm: VM, key: Value, h: number): Entry | undefined {
    for (let e = this.isolated?.get(h); e !== undefined; e = e.next) if (e.key === key || isolatedEqual(vm, e.key, key)) return e;
    return undefined;
  }

  private findForeign(vm: VM, key: Value, h: PyInt): Entry | undefined {
    for (let e = this.foreign?.get(h); e !== undefined; e = e.next) if (e.live && (e.key === key || equals(vm, e.key, key))) return e;
    return undefined;
  }

  /** A foreign key: meets foreign entries by hash, all others through the mixed index. */
  private findAny(vm: VM, key: Value, h: PyInt): Entry | undefined {
    if (this.size === 0) return undefined;
    const e = this.findForeign(vm, key, h);
    if (e !== undefined || (this.direct.size === 0 && this.isolated === undefined)) return e;
    this.mixed ??= this.buildMixed(vm);
    for (const m of this.mixed.get(h) ?? []) if (m.live && equals(vm, m.key, key)) return m;
    return undefined;
  }

  private buildMixed(vm: VM): Map<PyInt, Entry[]> {
    const index = new Map<PyInt, Entry[]>();
    for (const e of this.order) if (e !== undefined && e.kind !== "foreign") this.mix(index, e, hash(vm, e.key));
    return index;
  }

  private mix(index: Map<PyInt, Entry[]>, e: Entry, h: PyInt): void {
    const chain = index.get(h);
    if (chain) chain.push(e);
    else index.set(h, [e]);
  }

  private insertDirect(d: DirectKey, key: Value, value: Value, vm?: VM): void {
    const e = new Entry(key, value, "direct", 0);
    this.direct.set(d, e);
    if (this.mixed !== undefined) {
      if (vm) this.mix(this.mixed, e, hash(vm, key));
      else this.mixed = undefined;
    }
    this.append(e);
  }

  protected append(e: Entry): void {
    if (this.crowded()) this.compact();
    e.index = this.order.length;
    this.order.push(e);
    this.size++;
    this.version++;
  }

  private drop(e: Entry): void {
    e.live = false;
    this.size--;
    this.version++;
    if (e.index === this.order.length - 1) this.order.pop();
    else {
      this.order[e.index] = undefined;
      this.holes++;
      this.skipHoles();
    }
  }

  private skipHoles(): void {
    while (this.head < this.order.length && this.order[this.head] === undefined) this.head++;
    if (this.head === this.order.length) this.compact();
  }

  private crowded(): boolean {
    return this.holes > 32 && this.holes > this.order.length >> 1;
  }

  /** Closes the holes. Only on insertion, when a running iterator is invalid anyway. */
  private compact(): void {
    this.order = this.order.filter((e) => e !== undefined);
    this.head = 0;
    this.holes = 0;
    for (let i = 0; i < this.order.length; i++) this.order[i]!.index = i;
  }
}

/** At the end of its chain: older keys are compared first. */
function link(buckets: Buckets, e: Entry): void {
  let last = buckets.get(e.hash);
  if (last === undefined) {
    buckets.set(e.hash, e);
    return;
  }
  while (last.next !== undefined) last = last.next;
  last.next = e;
}

/** The removed entry keeps its `next`, so that a lookup that is walking the chain while `__eq__` deletes goes on. */
function unlink(buckets: Buckets, e: Entry): void {
  const first = buckets.get(e.hash)!;
  if (first === e) {
    if (e.next) buckets.set(e.hash, e.next);
    else buckets.delete(e.hash);
    return;
  }
  let before = first;
  while (before.next !== e) before = before.next!;
  before.next = e.next;
}

function isolatedEqual(vm: VM, a: Value, b: Value): boolean {
  if (!(a instanceof PyTuple && b instanceof PyTuple)) return equals(vm, a, b);
  const x = a.items;
  const y = b.items;
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i] && !equals(vm, x[i]!, y[i]!)) return false;
  return true;
}
