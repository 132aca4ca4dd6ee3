/**
 * Access to files. A host may supply its own (`host.fs`); under Node the default is node:fs, reached without a static import so that the
 * interpreter also loads where it does not exist. Without one every call raises OSError(ENOSYS).
 */
import { fromSystemError, osError } from "../builtins/os-error.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";

/** The part of node:fs that the interpreter uses. */
export type FileSystem = Pick<
  typeof import("node:fs"),
  | "accessSync" | "chmodSync" | "closeSync" | "existsSync" | "fstatSync" | "fsyncSync" | "ftruncateSync" | "futimesSync" | "linkSync" | "lstatSync" | "mkdirSync"
  | "openSync" | "readSync" | "readdirSync" | "readFileSync" | "readlinkSync" | "renameSync" | "rmdirSync" | "statSync" | "symlinkSync" | "truncateSync" | "unlinkSync"
  | "utimesSync" | "writeSync"
>;

function nodeFileSystem(): FileSystem | undefined {
  return typeof process === "object" && typeof process.getBuiltinModule === "function" ? process.getBuiltinModule("node:fs") : undefined;
}

export function fileSystem(vm: VM): FileSystem {
  const fs = vm.host.fs ?? nodeFileSystem();
  if (fs === undefined) throw osError("ENOSYS");
  return fs;
}

/** Runs a file operation; system errors become OSError with the names given. */
export function withFiles<T>(vm: VM, run: (fs: FileSystem) => T, filename?: Value, filename2?: Value): T {
  const fs = fileSystem(vm);
  try {
    return run(fs);
  } catch (e) {
    throw fromSystemError(e, filename, filename2);
  }
}

/** A whole file as bytes; undefined when it cannot be read. */
export function readWhole(vm: VM, path: string): Uint8Array | undefined {
  try {
    return fileSystem(vm).readFileSync(path);
  } catch {
    return undefined;
  }
}
