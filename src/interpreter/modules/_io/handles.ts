/**
 * File descriptors as programs see them. Node has no lseek and no dup, so numbers are ours: each names an open file with a position of its own
 * (dup'ed numbers share one). 0, 1 and 2 are the host's streams until somebody replaces them.
 */
import { osError } from "../../builtins/os-error.ts";
import type { VM } from "../../objects/runtime.ts";
import { withFiles } from "../file-system.ts";

/** open(2) flags of Linux. */
export const O = {
  RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 0o100, EXCL: 0o200, NOCTTY: 0o400, TRUNC: 0o1000, APPEND: 0o2000, NONBLOCK: 0o4000, DSYNC: 0o10000, ASYNC: 0o20000,
  DIRECT: 0o40000, LARGEFILE: 0, DIRECTORY: 0o200000, NOFOLLOW: 0o400000, NOATIME: 0o1000000, CLOEXEC: 0o2000000, SYNC: 0o4010000, PATH: 0o10000000, TMPFILE: 0o20200000,
} as const;

/** What a descriptor refers to. */
export interface OpenFile {
  /** Node's descriptor, for real files. */
  readonly real: number | undefined;
  readonly seekable: boolean;
  readonly tty: boolean;
  /** Some descriptors, or 0 once all are closed. */
  users: number;
  read(n: number): Uint8Array;
  write(data: Uint8Array): number;
  /** Moves the position; returns the new one. */
  seek(offset: number, whence: number): number;
  close(): void;
}

interface Table {
  readonly files: Map<number, OpenFile>;
}

const TABLE = Symbol("file descriptors");

function table(vm: VM): Map<number, OpenFile> {
  let t = vm.state.get(TABLE) as Table | undefined;
  if (!t) {
    t = { files: new Map([0, 1, 2].map((fd) => [fd, standardStream(vm, fd)])) };
    vm.state.set(TABLE, t);
  }
  return t.files;
}

function standardStream(vm: VM, fd: number): OpenFile {
  return {
    real: fd,
    seekable: false,
    tty: vm.host.isTty?.(fd) ?? false,
    users: 1,
    read: (n) => (fd === 0 ? vm.host.readStdin(n) : fail("EBADF")),
    write: (data) => {
      if (fd === 0) fail("EBADF");
      if (fd === 1) vm.host.writeStdout(data);
      else vm.host.writeStderr(data);
      return data.length;
    },
    seek: () => fail("ESPIPE"),
    close: () => {},
  };
}

function fail(code: string): never {
  throw osError(code);
}

class RealFile implements OpenFile {
  readonly real: number;
  readonly seekable: boolean;
  readonly tty = false;
  users = 1;
  private position = 0;
  private readonly append: boolean;
  private readonly vm: VM;

  constructor(vm: VM, real: number, append: boolean) {
    this.vm = vm;
    this.real = real;
    this.append = append;
    this.seekable = withFiles(vm, (fs) => fs.fstatSync(real).isFile());
  }
  read(n: number): Uint8Array {
    const out = new Uint8Array(n);
    const got = withFiles(this.vm, (fs) => fs.readSync(this.real, out, 0, n, this.seekable ? this.position : null));
    this.position += got;
    return got === n ? out : out.subarray(0, got);
  }
  write(data: Uint8Array): number {
    // the kernel ignores the position of a file opened for appending
    const at = this.seekable && !this.append ? this.position : null;
    const n = data.length === 0 ? 0 : withFiles(this.vm, (fs) => fs.writeSync(this.real, data, 0, data.length, at));
    this.position = this.append ? this.size() : this.position + n;
    return n;
  }
  seek(offset: number, whence: number): number {
    if (!this.seekable) fail("ESPIPE");
    const base = whence === 0 ? 0 : whence === 1 ? this.position : whence === 2 ? this.size() : fail("EINVAL");
    if (base + offset < 0) fail("EINVAL");
    this.position = base + offset;
    return this.position;
  }
  close(): void {
    withFiles(this.vm, (fs) => fs.closeSync(this.real));
  }
  private size(): number {
    return withFiles(this.vm, (fs) => fs.fstatSync(this.real).size);
  }
}

/** An in-process pipe: what is written to one end can be read from the other. */
class Pipe {
  private readonly chunks: Uint8Array[] = [];
  writers = 1;
  end(writer: boolean): OpenFile {
    return {
      real: undefined,
      seekable: false,
      tty: false,
      users: 1,
      read: (n) => (writer ? fail("EBADF") : this.take(n)),
      write: (data) => {
        if (!writer) fail("EBADF");
        if (data.length) this.chunks.push(data.slice());
        return data.length;
      },
      seek: () => fail("ESPIPE"),
      close: () => {
        if (writer) this.writers--;
      },
    };
  }
  private take(n: number): Uint8Array {
    const first = this.chunks[0];
    // nobody else runs who could write later
    if (first === undefined) return this.writers > 0 ? fail("EAGAIN") : new Uint8Array(0);
    if (first.length <= n) return this.chunks.shift()!;
    this.chunks[0] = first.subarray(n);
    return first.subarray(0, n);
  }
}

function add(vm: VM, file: OpenFile): number {
  const files = table(vm);
  let fd = 3;
  while (files.has(fd)) fd++;
  files.set(fd, file);
  return fd;
}

export function handle(vm: VM, fd: number): OpenFile {
  const f = table(vm).get(fd);
  if (f === undefined) throw osError("EBADF");
  return f;
}

export function isOpen(vm: VM, fd: number): boolean {
  return table(vm).has(fd);
}

/** open(2) */
export function openHandle(vm: VM, path: string, flags: number, mode: number): number {
  // directories can be opened for reading only
  const real = withFiles(vm, (fs) => fs.openSync(path, flags & ~O.CLOEXEC, mode), path);
  return add(vm, new RealFile(vm, real, (flags & O.APPEND) !== 0));
}

export function closeHandle(vm: VM, fd: number): void {
  const f = handle(vm, fd);
  table(vm).delete(fd);
  if (--f.users === 0) f.close();
}

/** dup(2), or dup2(2) when `to` is given. */
export function duplicate(vm: VM, fd: number, to?: number): number {
  const f = handle(vm, fd);
  if (to === fd) return fd;
  if (to !== undefined && isOpen(vm, to)) closeHandle(vm, to);
  f.users++;
  if (to === undefined) return add(vm, f);
  table(vm).set(to, f);
  return to;
}

export function makePipe(vm: VM): [read: number, write: number] {
  const pipe = new Pipe();
  return [add(vm, pipe.end(false)), add(vm, pipe.end(true))];
}
