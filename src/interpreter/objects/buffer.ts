/**
 * The buffer protocol (PEP 3118): how natives see the memory of bytes, bytearray, array.array, memoryview and ndarrays.
 *
 * An object takes part by having an `exportBuffer` method. Whoever keeps a buffer beyond one call (memoryview) calls `acquire` and later `release`,
 * so that resizable exporters can refuse to move their memory meanwhile.
 */
import type { Storage } from "../../base/storage.ts";
import { typeError } from "../builtins/exceptions.ts";
import { typeName } from "./operations.ts";
import { PyBytes, PyObject, type Value } from "./values.ts";

export interface Buffer {
  /** The bytes of the exporter; for a strided view the memory that `offset` and `strides` (bytes) address. */
  readonly data: Uint8Array;
  readonly readonly: boolean;
  /** struct-module format of one item. */
  readonly format: string;
  readonly itemsize: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Byte offset of item [0, …, 0] in data. */
  readonly offset: number;
  /** The storage that `data` is a window of, where there is one: arrays over this buffer then share it. */
  readonly storage?: Storage;
  acquire?: () => void;
  release?: () => void;
}

export interface BufferExporter {
  exportBuffer(): Buffer;
}

/** A one-dimensional contiguous buffer over `data`. */
export function flatBuffer(data: Uint8Array, readonly: boolean, format = "B", itemsize = 1): Buffer {
  return { data, readonly, format, itemsize, shape: [data.length / itemsize], strides: [itemsize], offset: 0 };
}

/** The buffer of an object, or undefined when it has none. */
export function getBuffer(v: Value): Buffer | undefined {
  if (v instanceof PyBytes) return flatBuffer(v.data, true);
  if (v instanceof PyObject && "exportBuffer" in v) return (v as unknown as BufferExporter).exportBuffer();
  return undefined;
}

export function isContiguous(b: Buffer): boolean {
  let step = b.itemsize;
  for (let i = b.shape.length - 1; i >= 0; i--) {
    if (b.shape[i]! > 1 && b.strides[i] !== step) return false;
    step *= b.shape[i]!;
  }
  return true;
}

export function bufferSize(b: Buffer): number {
  return b.shape.reduce((n, d) => n * d, b.itemsize);
}

/** The items' bytes in C order: a view where the memory is contiguous, else a copy. */
export function contiguousBytes(b: Buffer): Uint8Array {
  const size = bufferSize(b);
  if (isContiguous(b)) return b.offset === 0 && size === b.data.length ? b.data : b.data.subarray(b.offset, b.offset + size);
  const out = new Uint8Array(size);
  let at = 0;
  const walk = (dim: number, offset: number): void => {
    if (dim === b.shape.length) {
      for (let k = 0; k < b.itemsize; k++) out[at++] = b.data[offset + k]!;
      return;
    }
    for (let i = 0; i < b.shape[dim]!; i++) walk(dim + 1, offset + i * b.strides[dim]!);
  };
  walk(0, b.offset);
  return out;
}

/** The bytes of a bytes-like object without copying where possible; undefined for anything else. */
export function bytesOf(v: Value): Uint8Array | undefined {
  if (v instanceof PyBytes) return v.data;
  const b = getBuffer(v);
  return b && contiguousBytes(b);
}

/** The bytes of an argument, or TypeError "a bytes-like object is required, not 'T'". */
export function needBytes(v: Value): Uint8Array {
  const data = bytesOf(v);
  if (data === undefined) throw typeError(`a bytes-like object is required, not '${typeName(v)}'`);
  return data;
}

/** Memory of a writable bytes-like argument (contiguous), or TypeError. */
export function needWritable(v: Value): Uint8Array {
  const b = getBuffer(v);
  if (b === undefined || b.readonly || !isContiguous(b))
    throw typeError(`a read-write bytes-like object is required, not '${typeName(v)}'`);
  return contiguousBytes(b);
}
