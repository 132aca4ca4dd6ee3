/**
 * Storage: one run of numeric memory, shared by every view of it (ndarray, array.array, the JIT's packed lists).
 *
 * Invariants:
 *   - `views[k]` is defined only while the host copy is current and the memory has not moved, so `storage.views[k] ?? storage.view(k)` is
 *     always right and costs one load on the fast path. Whoever moves the memory or takes the newest copy to a device clears the views.
 *   - every write from the host side bumps `version`; a mirror is current when it carries the storage's version.
 *   - storages of foreign memory cover the whole buffer and there is one per buffer, so two storages with different ids never overlap.
 *
 * Memory starts in an ordinary ArrayBuffer. A back-end that wants it in shared memory calls `moveTo`; identity and offsets stay.
 * Known weakness: a mirror holds its device memory until `dropMirrors` or the storage's collection.
 */

export const VIEW_CLASSES = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** Index into VIEW_CLASSES. */
export const VIEW = { i8: 0, u8: 1, i16: 2, u16: 3, i32: 4, u32: 5, f32: 6, f64: 7, i64: 8, u64: 9 } as const;
export type ViewKind = (typeof VIEW)[keyof typeof VIEW];

export type NumberView = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
export type BigView = BigInt64Array | BigUint64Array;
export type TypedView = NumberView | BigView;
export type Memory = ArrayBuffer | SharedArrayBuffer;
export type Residency = "host" | "device" | "both";

/** A copy of a storage on a device. */
export interface Mirror {
  /** `Storage.version` that the copy equals. */
  version: number;
  /** Brings the newest bytes back into `into`; called while the storage's residency is "device". */
  readBack(into: Uint8Array): void;
  release(): void;
}

type ViewConstructor = { new (buffer: Memory, byteOffset: number, length: number): TypedView; readonly BYTES_PER_ELEMENT: number };

let nextId = 1;
const foreign: WeakMap<Memory, Storage> = new WeakMap();

export class Storage {
  /** Identity for aliasing: storages with different ids share no byte. */
  readonly id: number = nextId++;
  buffer: Memory;
  /** Where the storage starts in `buffer`; a multiple of 8. */
  byteOffset: number;
  byteLength: number;
  version = 0;
  residency: Residency = "host";
  /** Typed views by ViewKind; see the invariant above. */
  readonly views: (TypedView | undefined)[] = new Array<TypedView | undefined>(VIEW_CLASSES.length).fill(undefined);
  /** Copies on devices, by the device's own key. */
  readonly mirrors: Map<object, Mirror> = new Map();

  constructor(buffer: Memory, byteOffset: number, byteLength: number) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
  }

  /** Fresh zeroed memory. Throws RangeError when there is not enough. */
  static allocate(byteLength: number): Storage {
    return new Storage(new ArrayBuffer((byteLength + 7) & ~7 || 8), 0, byteLength);
  }

  /** The storage that covers all of a foreign buffer; views address it with an offset. */
  static over(buffer: Memory): Storage {
    let s = foreign.get(buffer);
    if (s === undefined || s.byteLength !== buffer.byteLength) {
      s = new Storage(buffer, 0, buffer.byteLength);
      foreign.set(buffer, s);
    }
    return s;
  }

  /** The whole storage as elements of one kind (a tail shorter than an element is left out). */
  view(kind: ViewKind): TypedView {
    if (this.residency === "device") this.fetch();
    const C = VIEW_CLASSES[kind] as ViewConstructor;
    return (this.views[kind] ??= new C(this.buffer, this.byteOffset, Math.floor(this.byteLength / C.BYTES_PER_ELEMENT)));
  }

  bytes(): Uint8Array {
    return (this.views[VIEW.u8] ?? this.view(VIEW.u8)) as Uint8Array;
  }

  /** Says that the host wrote: mirrors are out of date. */
  touch(): void {
    this.version++;
    if (this.residency === "both") this.residency = "host";
  }

  /** Says that a mirror now holds the newest bytes and the host copy is out of date. */
  writtenOn(mirror: Mirror): void {
    mirror.version = ++this.version;
    this.residency = "device";
    this.views.fill(undefined);
  }

  /** Brings the newest bytes to the host. */
  private fetch(): void {
    for (const m of this.mirrors.values()) {
      if (m.version !== this.version) continue;
      m.readBack(new Uint8Array(this.buffer, this.byteOffset, this.byteLength));
      this.residency = "both";
      return;
    }
    throw new Error("storage: no mirror holds the newest version");
  }

  /** Moves the bytes to other memory (a shared WebAssembly memory, say). */
  moveTo(buffer: Memory, byteOffset: number): void {
    new Uint8Array(buffer, byteOffset, this.byteLength).set(this.bytes());
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.views.fill(undefined);
  }

  /** Changes the length, keeping the common prefix (array.array grows and shrinks); new bytes are zero. */
  resize(byteLength: number): void {
    const capacity = this.buffer.byteLength - this.byteOffset;
    if (byteLength > capacity) {
      const next = new ArrayBuffer(Math.max(byteLength, byteLength + (byteLength >> 3) + 64) & ~7);
      new Uint8Array(next).set(this.bytes());
      this.buffer = next;
      this.byteOffset = 0;
    } else if (byteLength > this.byteLength) {
      this.bytes();
      new Uint8Array(this.buffer, this.byteOffset + this.byteLength, byteLength - this.byteLength).fill(0);
    }
    this.byteLength = byteLength;
    this.views.fill(undefined);
    this.touch();
  }

  dropMirrors(): void {
    if (this.residency === "device") this.fetch();
    for (const m of this.mirrors.values()) m.release();
    this.mirrors.clear();
    this.residency = "host";
  }
}
