/** os.stat_result and os.DirEntry. */
import type { Stats } from "node:fs";
import { osError } from "../builtins/os-error.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { repr, truthy } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { normInt, PyFloat, PyObject, type Value } from "../objects/values.ts";
import { withFiles } from "./file-system.ts";
import { nameValue } from "./paths.ts";
import { PyStepper } from "./iterator-type.ts";
import { type PyStructSeq, StructSeqType } from "./structseq.ts";

export const statResult = new StructSeqType({
  module: "os",
  name: "stat_result",
  doc: "Result of stat, fstat and lstat.",
  fields: [
    "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "", "", "", "st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns",
    "st_ctime_ns", "st_blksize", "st_blocks", "st_rdev",
  ],
  visible: 10,
});

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

export function makeStat(s: Stats): PyStructSeq {
  const times = [s.atimeMs, s.mtimeMs, s.ctimeMs];
  return statResult.make([
    s.mode, s.ino, s.dev, s.nlink, s.uid, s.gid, s.size,
    ...times.map((t) => Math.floor(t / 1000)),
    ...times.map((t) => new PyFloat(t / 1000)),
    ...times.map((t) => normInt(nanoseconds(t))),
    s.blksize, s.blocks, s.rdev,
  ]);
}

export class PyDirEntry extends PyObject {
  readonly name: string;
  readonly path: string;
  readonly asBytes: boolean;
  private link: Stats | undefined = undefined;
  private target: Stats | undefined = undefined;
  constructor(name: string, path: string, asBytes: boolean) {
    super();
    this.name = name;
    this.path = path;
    this.asBytes = asBytes;
  }

  stat(vm: VM, follow: boolean): Stats {
    this.link ??= withFiles(vm, (fs) => fs.lstatSync(this.path), this.path);
    if (!follow || !this.link.isSymbolicLink()) return this.link;
    return (this.target ??= withFiles(vm, (fs) => fs.statSync(this.path), this.path));
  }

  /** A question about the file; false for one that has gone. */
  is(vm: VM, follow: boolean, test: (s: Stats) => boolean): boolean {
    try {
      return test(this.stat(vm, follow));
    } catch {
      return false;
    }
  }
}

const follows = (vm: VM, v: Value | undefined) => v === undefined || truthy(vm, v);

export const dirEntryType: PyType = defineType({
  name: "DirEntry",
  module: "posix",
  js: PyDirEntry,
  subclassable: false,
  slots: { repr: (vm, self) => `<DirEntry ${repr(vm, nameValue(vm, (self as PyDirEntry).name, (self as PyDirEntry).asBytes))}>` },
  methods: {
    is_dir: ["($self, /, *, follow_symlinks=True)", (vm: VM, e: PyDirEntry, f?: Value) => e.is(vm, follows(vm, f), (s) => s.isDirectory())],
    is_file: ["($self, /, *, follow_symlinks=True)", (vm: VM, e: PyDirEntry, f?: Value) => e.is(vm, follows(vm, f), (s) => s.isFile())],
    is_symlink: ["($self, /)", (vm: VM, e: PyDirEntry) => e.is(vm, false, (s) => s.isSymbolicLink())],
    is_junction: ["($self, /)", () => false],
    stat: ["($self, /, *, follow_symlinks=True)", (vm: VM, e: PyDirEntry, f?: Value) => makeStat(e.stat(vm, follows(vm, f)))],
    inode: ["($self, /)", (vm: VM, e: PyDirEntry) => e.stat(vm, false).ino],
    __fspath__: ["($self, /)", (vm: VM, e: PyDirEntry) => nameValue(vm, e.path, e.asBytes)],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    name: [(vm: VM, e: PyDirEntry) => nameValue(vm, e.name, e.asBytes)],
    path: [(vm: VM, e: PyDirEntry) => nameValue(vm, e.path, e.asBytes)],
  },
});

export class PyScandir extends PyStepper {
  private entries: readonly PyDirEntry[];
  private at = 0;
  constructor(entries: readonly PyDirEntry[]) {
    super();
    this.entries = entries;
  }
  step(): Value | undefined {
    return this.entries[this.at++];
  }
  close(): void {
    this.entries = [];
  }
}

defineType({
  name: "ScandirIterator",
  module: "posix",
  js: PyScandir,
  subclassable: false,
  slots: { iter: (_vm, it) => it, iternext: (_vm, it) => (it as PyScandir).step() },
  methods: {
    __enter__: ["($self, /)", (_vm: VM, it: PyScandir) => it],
    __exit__: ["($self, /, *args)", (_vm: VM, it: PyScandir) => (it.close(), null)],
    close: ["($self, /)", (_vm: VM, it: PyScandir) => (it.close(), null)],
  },
});

/** A directory path joined with a name. */
export function joinPath(directory: string, name: string): string {
  return directory === "" || directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

export function checkDirectory(path: string): void {
  if (path === "") throw osError("ENOENT", path);
}
