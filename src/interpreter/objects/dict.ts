/**
 * dict: insertion-ordered hash table with Python's equality (1 == 1.0 == True share an entry).
 *
 * Keys whose Python equality is decided by a JS primitive (str, int, bool, None, floats) are looked up in one JS Map by that
 * primitive ("direct" keys: an integral float maps to its int; NaN objects and identity-hashed objects map to themselves). All
 * other keys go through `hash` → bucket chain with `__eq__`. Entries live in an insertion-ordered array with tombstones, so
 * iteration is by index and survives deletion; an Entry object is stable, so inline caches may hold it (`entry.live`).
 *
 * Weakness: a key of an int/str subclass with its own __eq__/__hash__ goes the slow way and can meet a direct key there only
 * through `hash`; lookups of such keys scan direct keys with equal hash via `directFor`.
 */
import { equals, hash } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { PyAttrObject, PyFloat, PyObject, type Value } from "./values.ts";
import { directKey, type DirectKey } from "./keys.ts";

export class Entry {
  readonly key: Value;
  value: Value;
  /** False once deleted: an inline cache that holds the entry must look again. */
  live = true;
  /** Position in the dict's insertion order. */
  index = 0;
  readonly hash: number | bigint | undefined;
  constructor(key: Value, value: Value, h: number | bigint | undefined) {
    this.key = key;
    this.value = value;
    this.hash = h;
  }
}

export class PyDict extends PyAttrObject {
  private direct: Map<DirectKey, Entry> = new Map();
  private buckets: Map<number | bigint, Entry[]> | undefined = undefined;
  private order: (Entry | undefined)[] = [];
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
      if (e !== undefined || this.buckets === undefined || !needsScan(d)) return e;
      return this.findHashed(vm, key, hash(vm, key));
    }
    if (this.size === 0) {
      hash(vm, key);
      return undefined;
    }
    return this.findHashed(vm, key, hash(vm, key));
  }

  get(vm: VM, key: Value): Value | undefined {
    const e = this.find(vm, key);
    return e === undefined ? undefined : e.value;
  }

  has(vm: VM, key: Value): boolean {
    return this.find(vm, key) !== undefined;
  }

  set(vm: VM, key: Value, value: Value): void {
    const d = directKey(key);
    if (d !== undefined) {
      const e = this.direct.get(d) ?? (this.buckets !== undefined && needsScan(d) ? this.findHashed(vm, key, hash(vm, key)) : undefined);
      if (e !== undefined) e.value = value;
      else this.insertDirect(d, key, value);
      return;
    }
    const h = hash(vm, key);
    const e = this.findHashed(vm, key, h);
    if (e !== undefined) {
      e.value = value;
      return;
    }
    const entry = new Entry(key, value, h);
    this.buckets ??= new Map();
    const chain = this.buckets.get(h);
    if (chain) chain.push(entry);
    else this.buckets.set(h, [entry]);
    this.append(entry);
  }

  /** Removes the key; returns the entry removed, or undefined when it was not there. */
  delete(vm: VM, key: Value): Entry | undefined {
    const e = this.find(vm, key);
    if (e !== undefined) this.remove(e);
    return e;
  }

  remove(e: Entry): void {
    const d = e.hash === undefined ? directKey(e.key) : undefined;
    if (d !== undefined) this.direct.delete(d);
    else {
      const chain = this.buckets!.get(e.hash!)!;
      if (chain.length === 1) this.buckets!.delete(e.hash!);
      else chain.splice(chain.indexOf(e), 1);
    }
    this.drop(e);
  }

  clear(): void {
    for (const e of this.order) if (e) e.live = false;
    this.direct.clear();
    this.buckets = undefined;
    this.order = [];
    this.holes = 0;
    this.size = 0;
    this.version++;
  }

  /** Live entries in insertion order. Safe against mutation by the consumer in the sense of JS arrays; callers check `version`/`size`. */
  *entries(): IterableIterator<Entry> {
    for (let i = 0; i < this.order.length; i++) {
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

  /** Cursor iteration for dict iterators: the first live entry at or after `at`, and its position. */
  entryFrom(at: number): { entry: Entry; at: number } | undefined {
    for (let i = at; i < this.order.length; i++) {
      const e = this.order[i];
      if (e !== undefined) return { entry: e, at: i };
    }
    return undefined;
  }

  /** Position one past the last entry (for reverse iteration). */
  get span(): number {
    return this.order.length;
  }

  entryAt(i: number): Entry | undefined {
    return this.order[i];
  }

  last(): Entry | undefined {
    for (let i = this.order.length - 1; i >= 0; i--) if (this.order[i] !== undefined) return this.order[i];
    return undefined;
  }

  /** Shallow copy preserving order; never calls Python code. */
  copyInto(target: PyDict): PyDict {
    for (const e of this.entries()) {
      const d = e.hash === undefined ? directKey(e.key) : undefined;
      if (d !== undefined) {
        const t = target.direct.get(d);
        if (t !== undefined) t.value = e.value;
        else target.insertDirect(d, e.key, e.value);
      } else {
        const copy = new Entry(e.key, e.value, e.hash);
        target.buckets ??= new Map();
        const chain = target.buckets.get(e.hash!);
        if (chain) chain.push(copy);
        else target.buckets.set(e.hash!, [copy]);
        target.append(copy);
      }
    }
    return target;
  }

  private findHashed(vm: VM, key: Value, h: number | bigint): Entry | undefined {
    const chain = this.buckets?.get(h);
    if (chain) for (const e of [...chain]) if (e.key === key || equals(vm, e.key, key)) return e;
    if (directKey(key) !== undefined) return undefined;
    // an object of a Python class may equal a str, number or identity key with the same hash
    for (const e of this.direct.values()) {
      if (e.key instanceof PyObject && !(e.key instanceof PyFloat)) continue;
      if (hash(vm, e.key) === h && equals(vm, e.key, key)) return e;
    }
    return undefined;
  }

  private insertDirect(d: DirectKey, key: Value, value: Value): void {
    const e = new Entry(key, value, undefined);
    this.direct.set(d, e);
    this.append(e);
  }

  private append(e: Entry): void {
    if (this.holes > 32 && this.holes > this.order.length >> 1) this.compact();
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
    }
  }

  /** Closes the holes. Only on insertion, when a running iterator is invalid anyway. */
  private compact(): void {
    this.order = this.order.filter((e) => e !== undefined);
    this.holes = 0;
    for (let i = 0; i < this.order.length; i++) this.order[i]!.index = i;
  }
}

/** Whether a direct key could equal a hashed key (an instance of a Python class that compares equal to numbers or strings). */
function needsScan(d: DirectKey): boolean {
  return typeof d !== "object";
}
