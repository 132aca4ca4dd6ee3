/**
 * Device copies of memories, kept from launch to launch.
 *
 * A copy is known by storage, element type and extent. Its bytes are taken as current only when the embedder counts versions of its storages and the version
 * is the one that was uploaded or written back last; without versions (the default) every launch uploads, because the host may have written
 * anything between two launches. The buffers are reused either way. Least recently used copies are given back beyond `limit` bytes.
 */
import type { DeviceBuffer, Failure, GpuHost } from "./host.ts";
import { isFailure } from "./host.ts";

/** Versions of storages: `current` changes with every write on the host. `wrote` is told of a write by a kernel and gives the new version. */
export interface StorageVersions {
  current(storage: number): number | undefined;
  wrote(storage: number): number | undefined;
}

export interface Copy {
  readonly storage: number;
  readonly buffer: DeviceBuffer;
  /** Version of the bytes; undefined when they are not those of the host. */
  version: number | undefined;
  /** Known to hold no subnormal floats, or of no interest. */
  clean: boolean;
}

const LIMIT = 512 * 2 ** 20;

export class Residency {
  private readonly host: GpuHost;
  private readonly versions: StorageVersions | undefined;
  private readonly limit: number;
  private readonly copies: Map<string, Copy> = new Map();
  private bytes = 0;

  constructor(host: GpuHost, versions?: StorageVersions, limit = LIMIT) {
    this.host = host;
    this.versions = versions;
    this.limit = limit;
  }

  /** The copy of `count` words of a storage. */
  copy(storage: number, elem: string, from: number, count: number): Copy | Failure {
    const key = `${storage} ${elem} ${from} ${count}`;
    let copy = this.copies.get(key);
    if (!copy) {
      const buffer = this.host.createBuffer(Math.max(4, count * 4));
      if (isFailure(buffer)) return buffer;
      copy = { storage, buffer, version: undefined, clean: false };
      this.bytes += buffer.bytes;
    }
    // Last in the map is the most recent.
    this.copies.delete(key);
    this.copies.set(key, copy);
    return copy;
  }

  isCurrent(copy: Copy): boolean {
    return copy.version !== undefined && copy.version === this.versions?.current(copy.storage);
  }

  uploaded(copy: Copy, clean: boolean): void {
    copy.clean = clean;
    copy.version = this.versions?.current(copy.storage);
  }

  /** A launch began that writes the copy. */
  dirty(copy: Copy): void {
    copy.version = undefined;
  }

  /** The host has got what a launch wrote. */
  written(copy: Copy): void {
    copy.version = this.versions?.wrote(copy.storage);
  }

  /** Gives back what was not used lately; no launch is under way. */
  trim(): void {
    for (const [key, copy] of this.copies) {
      if (this.bytes <= this.limit) return;
      this.copies.delete(key);
      this.bytes -= copy.buffer.bytes;
      this.host.release(copy.buffer);
    }
  }

  clear(): void {
    for (const copy of this.copies.values()) this.host.release(copy.buffer);
    this.copies.clear();
    this.bytes = 0;
  }
}
