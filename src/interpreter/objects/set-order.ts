/**
 * The order in which CPython iterates over a set, so that programs that print sets of numbers print the same.
 *
 * CPython's order is that of its open-addressing table (setobject.c: linear probes of 9, then a perturbed walk; growth at 3/5 full). Our
 * table is ordered by insertion, so the CPython layout is computed when somebody iterates: the live entries are placed in insertion order
 * into a table that grows by the same rule. Only the table's size is tracked all along (it depends on deletions and merges). Sets with an
 * element whose hash CPython randomises or derives from an address (str, bytes, plain objects) keep insertion order: any order is right.
 * Known weakness: a collision chain that lost a member before the next growth may come out in another order than CPython's.
 */
import type { Entry } from "./dict.ts";
import { hashDouble, hashInt } from "./int-arith.ts";
import { directKey } from "./keys.ts";
import { setHashOf, tupleHashOf } from "./tuple-hash.ts";
import { PyFloat, type PyInt, PyTuple, type Value } from "./values.ts";

const LINEAR_PROBES = 9;
const MIN_SIZE = 8;
const NONE_HASH = 0xfca86420;

/** Table size (minus one) after a growth that must hold `minimum`. */
export function maskFor(minimum: number): number {
  let size = MIN_SIZE;
  while (size <= minimum) size *= 2;
  return size - 1;
}

export const INITIAL_MASK: number = MIN_SIZE - 1;

/** Whether a table with this many used or once-used slots grows. */
export function isCrowded(fill: number, mask: number): boolean {
  return fill * 5 >= mask * 3;
}

export function grownMask(used: number): number {
  return maskFor(used > 50_000 ? used * 2 : used * 4);
}

/** Python's hash of an element if it is the same in every run of CPython. */
function stableHash(key: Value): PyInt | undefined {
  switch (typeof key) {
    case "number":
    case "bigint":
      return hashInt(key);
    case "boolean":
      return key ? 1 : 0;
    case "string":
      return undefined;
    default:
      return key === null ? NONE_HASH : stableObjectHash(key);
  }
}

function stableObjectHash(key: object): PyInt | undefined {
  if (key instanceof PyTuple) {
    const hashes: PyInt[] = [];
    for (const v of key.items) {
      const h = stableHash(v);
      if (h === undefined) return undefined;
      hashes.push(h);
    }
    return tupleHashOf(hashes);
  }
  if (key instanceof PyFloat) return key.value === key.value ? hashDouble(key.value) : undefined;
  if ("hashed" in key && "table" in key) return frozenHash(key.table as { keys(): Value[] });
  return undefined;
}

function frozenHash(table: { keys(): Value[] }): PyInt | undefined {
  const hashes: PyInt[] = [];
  for (const v of table.keys()) {
    const h = stableHash(v);
    if (h === undefined) return undefined;
    hashes.push(h);
  }
  return setHashOf(hashes);
}

function entryHash(e: Entry): PyInt | undefined {
  if (e.kind === "foreign") return e.hash;
  const d = e.kind === "direct" ? directKey(e.key) : undefined;
  return stableHash(typeof d === "number" || typeof d === "bigint" ? e.key instanceof PyFloat ? e.key : d : e.key);
}

/** Entry numbers (from 1) by slot; 0 is free. */
type Table = Int32Array;

interface Hashes {
  /** The unsigned 64-bit hashes, in halves. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function hashesOf(entries: readonly Entry[]): Hashes | undefined {
  const low = new Uint32Array(entries.length);
  const high = new Uint32Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const key = entries[i]!.key;
    const h = typeof key === "number" && key >= 0 && key <= 0x7fffffff ? key : entryHash(entries[i]!);
    if (h === undefined) return undefined;
    if (typeof h === "number") {
      low[i] = h >>> 0;
      high[i] = Math.floor(h / 4294967296) >>> 0;
    } else {
      low[i] = Number(BigInt.asUintN(32, h));
      high[i] = Number(BigInt.asUintN(32, h >> 32n));
    }
  }
  return { low, high };
}

/** Puts entry k into the first free slot of its probe sequence. */
function place(table: Table, mask: number, hashes: Hashes, k: number): void {
  let low = hashes.low[k]!;
  let high = hashes.high[k]!;
  let i = (low & mask) >>> 0;
  for (;;) {
    const end = i + LINEAR_PROBES <= mask ? i + LINEAR_PROBES : i;
    for (let j = i; j <= end; j++)
      if (table[j] === 0) {
        table[j] = k + 1;
        return;
      }
    low = ((low >>> 5) | (high << 27)) >>> 0;
    high >>>= 5;
    i = ((Math.imul(i, 5) + 1 + low) & mask) >>> 0;
  }
}

function relayout(table: Table, mask: number, hashes: Hashes): Table {
  const out = new Int32Array(mask + 1);
  for (const k of table) if (k !== 0) place(out, mask, hashes, k - 1);
  return out;
}

export interface Layout {
  readonly entries: readonly Entry[];
  /** Slot of each entry, ascending; undefined when the order is that of insertion. */
  readonly positions: Int32Array | undefined;
}

/** The entries (given in insertion order) in the order of a CPython table that ended up with this mask, having started with `startMask`. */
export function layoutOf(entries: readonly Entry[], startMask: number, finalMask: number): Layout {
  const hashes = hashesOf(entries);
  if (hashes === undefined) return { entries, positions: undefined };
  let mask = Math.min(startMask, finalMask);
  let table: Table = new Int32Array(mask + 1);
  for (let k = 0; k < entries.length; k++) {
    place(table, mask, hashes, k);
    if (mask < finalMask && isCrowded(k + 1, mask)) {
      mask = Math.min(grownMask(k + 1), finalMask);
      table = relayout(table, mask, hashes);
    }
  }
  if (mask !== finalMask) table = relayout(table, finalMask, hashes);
  const positions = new Int32Array(entries.length);
  const out: Entry[] = [];
  for (let slot = 0; slot < table.length; slot++) {
    const k = table[slot]!;
    if (k === 0) continue;
    positions[out.length] = slot;
    out.push(entries[k - 1]!);
  }
  return { entries: out, positions };
}
