/** Module posix: files, directories, the process. Descriptors are those of _io/handles.ts. */
import { EXCEPTIONS, notImplementedError, typeError, valueError } from "../builtins/exceptions.ts";
import { osError, osErrorNumber } from "../builtins/os-error.ts";
import { bytesOf, needBytes } from "../objects/buffer.ts";
import { encodeText } from "../objects/codecs-core.ts";
import { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { plainInt, plainStr, toDouble, toIndex, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyBytes, PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { flushAll } from "./_io/dirty.ts";
import { closeHandle, duplicate, handle, makePipe, O, openHandle } from "./_io/handles.ts";
import { sendSignal } from "./_signal.ts";
import { messageOf } from "./errno-table.ts";
import { withFiles } from "./file-system.ts";
import type { NativeModule } from "./native-module.ts";
import { fsPath, nameValue, pathValue, wantsBytes } from "./paths.ts";
import { checkDirectory, dirEntryType, joinPath, makeStat, PyDirEntry, PyScandir, statResult } from "./posix-stat.ts";
import { StructSeqType } from "./structseq.ts";

const int = (vm: VM, v: Value): number => Number(toIndex(vm, v));

/** A descriptor argument, or the path that is meant. */
function target(vm: VM, v: Value): number | string {
  const fd = typeof v === "boolean" ? undefined : plainInt(v);
  return fd === undefined ? fsPath(vm, v) : Number(fd);
}

function noDirFd(v: Value | undefined): void {
  if (v !== undefined && v !== null) throw notImplementedError("dir_fd unavailable on this platform");
}

// ---- looking ----------------------------------------------------------------------------------------------------------------------------------

function stat(follow: boolean) {
  return (vm: VM, path: Value, dirFd?: Value, followArg?: Value): Value => {
    noDirFd(dirFd);
    flushAll(vm);
    const t = target(vm, path);
    if (typeof t === "number") return fstat(vm, path);
    const through = followArg === undefined ? follow : truthy(vm, followArg);
    return makeStat(withFiles(vm, (fs) => (through ? fs.statSync(t) : fs.lstatSync(t)), path));
  };
}

function fstat(vm: VM, fd: Value): Value {
  flushAll(vm);
  const { real } = handle(vm, int(vm, fd));
  if (real === undefined) throw osError("EBADF");
  return makeStat(withFiles(vm, (fs) => fs.fstatSync(real)));
}

function access(vm: VM, path: Value, mode: Value, dirFd?: Value): Value {
  noDirFd(dirFd);
  flushAll(vm);
  const p = fsPath(vm, path);
  try {
    withFiles(vm, (fs) => fs.accessSync(p, int(vm, mode)));
    return true;
  } catch {
    return false;
  }
}

function directoryOf(vm: VM, path: Value | undefined): { text: string; asBytes: boolean; given: Value } {
  if (path === undefined || path === null) return { text: ".", asBytes: false, given: "." };
  return { text: fsPath(vm, path), asBytes: wantsBytes(vm, path), given: path };
}

function namesIn(vm: VM, d: { text: string; given: Value }): string[] {
  flushAll(vm);
  checkDirectory(d.text);
  return withFiles(vm, (fs) => fs.readdirSync(d.text), d.given);
}

function listdir(vm: VM, path?: Value): Value {
  const d = directoryOf(vm, path);
  return new PyList(namesIn(vm, d).map((n) => nameValue(vm, n, d.asBytes)));
}

function scandir(vm: VM, path?: Value): Value {
  const d = directoryOf(vm, path);
  const prefix = path === undefined || path === null ? "./" : d.text;
  return new PyScandir(namesIn(vm, d).map((n) => new PyDirEntry(n, joinPath(prefix, n), d.asBytes)));
}

function readlink(vm: VM, path: Value): Value {
  const p = fsPath(vm, path);
  return nameValue(vm, withFiles(vm, (fs) => fs.readlinkSync(p), path), wantsBytes(vm, path));
}

// ---- changing ---------------------------------------------------------------------------------------------------------------------------------

type PathAction = (fs: typeof import("node:fs"), path: string) => void;

/** A function of one path and, maybe, dir_fd. */
function onPath(action: PathAction): NativeRow {
  return [
    "(path, *, dir_fd=None)",
    (vm: VM, path: Value, dirFd?: Value) => {
      noDirFd(dirFd);
      flushAll(vm);
      const p = fsPath(vm, path);
      withFiles(vm, (fs) => action(fs as typeof import("node:fs"), p), path);
      return null;
    },
  ];
}

function onTwoPaths(signature: string, action: (fs: typeof import("node:fs"), a: string, b: string) => void): NativeRow {
  return [
    signature,
    (vm: VM, from: Value, to: Value) => {
      flushAll(vm);
      const [a, b] = [fsPath(vm, from), fsPath(vm, to)];
      withFiles(vm, (fs) => action(fs as typeof import("node:fs"), a, b), from, to);
      return null;
    },
  ];
}

function mkdir(vm: VM, path: Value, mode?: Value, dirFd?: Value): Value {
  noDirFd(dirFd);
  const p = fsPath(vm, path);
  withFiles(vm, (fs) => fs.mkdirSync(p, { mode: mode === undefined ? 0o777 : int(vm, mode) }), path);
  return null;
}

function chmod(vm: VM, path: Value, mode: Value): Value {
  const t = target(vm, path);
  if (typeof t === "number") throw notImplementedError("chmod: fd unavailable on this platform");
  withFiles(vm, (fs) => fs.chmodSync(t, int(vm, mode)), path);
  return null;
}

function utime(vm: VM, path: Value, times?: Value, ns?: Value): Value {
  flushAll(vm);
  const pair = (v: Value, scale: number): [number, number] => {
    if (!(v instanceof PyTuple) || v.items.length !== 2) throw typeError("utime: 'times' must be either a tuple of two ints or None");
    return [toDouble(vm, v.items[0]!) / scale, toDouble(vm, v.items[1]!) / scale];
  };
  const now = Number(vm.host.wallNs() / 1_000_000n) / 1000;
  const given = times !== undefined && times !== null;
  if (given && ns !== undefined) throw valueError("utime: you may specify either 'times' or 'ns' but not both");
  const [atime, mtime] = given ? pair(times, 1) : ns !== undefined ? pair(ns, 1e9) : [now, now];
  const t = target(vm, path);
  withFiles(vm, (fs) => (typeof t === "number" ? fs.futimesSync(handle(vm, t).real ?? -1, atime, mtime) : fs.utimesSync(t, atime, mtime)), path);
  return null;
}

function truncate(vm: VM, path: Value, length: Value): Value {
  flushAll(vm);
  const t = target(vm, path);
  withFiles(vm, (fs) => (typeof t === "number" ? fs.ftruncateSync(handle(vm, t).real ?? -1, int(vm, length)) : fs.truncateSync(t, int(vm, length))), path);
  return null;
}

// ---- descriptors ------------------------------------------------------------------------------------------------------------------------------

function open(vm: VM, path: Value, flags: Value, mode?: Value, dirFd?: Value): Value {
  noDirFd(dirFd);
  flushAll(vm);
  return openHandle(vm, fsPath(vm, path), int(vm, flags), mode === undefined ? 0o777 : int(vm, mode));
}

const DESCRIPTORS: Record<string, NativeRow> = {
  open: ["(path, flags, mode=511, *, dir_fd=None)", open, "Open a file; returns a descriptor."],
  close: ["(fd)", (vm: VM, fd: Value) => (closeHandle(vm, int(vm, fd)), null), "Close a descriptor."],
  read: ["(fd, length, /)", (vm: VM, fd: Value, n: Value) => new PyBytes(handle(vm, int(vm, fd)).read(int(vm, n)).slice()), "Read at most length bytes."],
  write: ["(fd, data, /)", (vm: VM, fd: Value, data: Value) => handle(vm, int(vm, fd)).write(needBytes(data)), "Write bytes; returns how many."],
  lseek: ["(fd, position, whence, /)", (vm: VM, fd: Value, at: Value, whence: Value) => handle(vm, int(vm, fd)).seek(int(vm, at), int(vm, whence)), "Change the position."],
  fsync: ["(fd)", (vm: VM, fd: Value) => (handle(vm, plainInt(fd) === undefined ? -1 : int(vm, fd)), null), "Write a file to its disk."],
  fdatasync: ["(fd)", (vm: VM, fd: Value) => (handle(vm, int(vm, fd)), null)],
  ftruncate: ["(fd, length, /)", truncate, "Resize a file."],
  dup: ["(fd, /)", (vm: VM, fd: Value) => duplicate(vm, int(vm, fd)), "A second descriptor of the same file."],
  dup2: ["(fd, fd2, inheritable=True)", (vm: VM, fd: Value, to: Value) => duplicate(vm, int(vm, fd), int(vm, to)), "Make fd2 a descriptor of the same file."],
  pipe: ["()", (vm: VM) => new PyTuple(makePipe(vm)), "A pipe: (reading end, writing end)."],
  isatty: [
    "(fd, /)",
    (vm: VM, fd: Value) => {
      try {
        return handle(vm, int(vm, fd)).tty;
      } catch {
        return false;
      }
    },
    "Whether a descriptor is a terminal.",
  ],
  fstat: ["(fd)", fstat, "Status of an open file."],
  closerange: [
    "(fd_low, fd_high, /)",
    (vm: VM, low: Value, high: Value) => {
      for (let fd = int(vm, low); fd < int(vm, high); fd++) {
        try {
          closeHandle(vm, fd);
        } catch {
          // not open: nothing to close
        }
      }
      return null;
    },
  ],
  get_inheritable: ["(fd, /)", () => false],
  set_inheritable: ["(fd, inheritable, /)", () => null],
  get_blocking: ["(fd, /)", () => true],
  set_blocking: ["(fd, blocking, /)", () => null],
};

// ---- process ----------------------------------------------------------------------------------------------------------------------------------

/** Raised by os._exit: the host ends the process without any clean-up. */
export class ImmediateExit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

function node(): NodeJS.Process {
  if (typeof process !== "object") throw osError("ENOSYS");
  return process;
}

function chdir(vm: VM, path: Value): Value {
  const p = fsPath(vm, path);
  withFiles(vm, () => node().chdir(p), path);
  return null;
}

function environment(vm: VM): PyDict {
  const d = new PyDict();
  const bytes = (s: string) => encodeText(vm, s, "utf-8", "surrogateescape");
  for (const [k, v] of Object.entries(vm.host.env)) d.set(vm, bytes(k), bytes(v));
  return d;
}

function text(v: Value): string {
  const s = plainStr(v);
  if (s !== undefined) return s;
  const b = bytesOf(v);
  if (b === undefined) throw typeError(`expected str, bytes or os.PathLike object, not ${typeName(v)}`);
  return new TextDecoder().decode(b);
}

function kill(vm: VM, pid: Value, signal: Value): Value {
  const p = int(vm, pid);
  const n = int(vm, signal);
  if (p === node().pid && n > 0) sendSignal(vm, n);
  else withFiles(vm, () => node().kill(p, n));
  return null;
}

function system(vm: VM, command: Value): Value {
  const line = text(command);
  flushAll(vm);
  const { spawnSync } = node().getBuiltinModule("node:child_process");
  const r = spawnSync("/bin/sh", ["-c", line], { stdio: ["inherit", "pipe", "pipe"], env: vm.host.env });
  vm.host.writeStdout(r.stdout);
  vm.host.writeStderr(r.stderr);
  return r.status === null ? 9 : r.status << 8;
}

function urandom(vm: VM, size: Value): Value {
  const n = int(vm, size);
  if (n < 0) throw valueError("negative argument not allowed");
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(n, i + 65536)));
  return new PyBytes(out);
}

const unameResult = new StructSeqType({ module: "posix", name: "uname_result", fields: ["sysname", "nodename", "release", "version", "machine"] });
const timesResult = new StructSeqType({ module: "posix", name: "times_result", fields: ["user", "system", "children_user", "children_system", "elapsed"] });
const terminalSize = new StructSeqType({ module: "os", name: "terminal_size", fields: ["columns", "lines"] });
const schedParam = new StructSeqType({ module: "posix", name: "sched_param", fields: ["sched_priority"] });
const statvfsResult = new StructSeqType({
  module: "os",
  name: "statvfs_result",
  fields: ["f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag", "f_namemax", "f_fsid"],
  visible: 10,
});

function uname(): Value {
  const os = node().getBuiltinModule("node:os");
  return unameResult.make([os.type(), os.hostname(), os.release(), os.version(), os.machine()]);
}

function times(vm: VM): Value {
  const { user, system: sys } = node().cpuUsage();
  return timesResult.make([new PyFloat(user / 1e6), new PyFloat(sys / 1e6), new PyFloat(0), new PyFloat(0), new PyFloat(Number(vm.host.monotonicNs()) / 1e9)]);
}

function getTerminalSize(vm: VM, fd?: Value): Value {
  const out = typeof process === "object" ? process.stdout : undefined;
  if (!handle(vm, fd === undefined ? 1 : int(vm, fd)).tty || !out?.columns) throw osErrorNumber(25);
  return terminalSize.make([out.columns, out.rows]);
}

function noChild(): never {
  throw osError("ECHILD");
}

const PROCESS: Record<string, NativeRow> = {
  getcwd: ["()", () => node().cwd(), "The current directory."],
  getcwdb: ["()", (vm: VM) => encodeText(vm, node().cwd()), "The current directory as bytes."],
  chdir: ["(path)", chdir, "Change the current directory."],
  getpid: ["()", () => node().pid, "This process's number."],
  getppid: ["()", () => node().ppid, "The parent process's number."],
  getuid: ["()", () => node().getuid?.() ?? 0],
  geteuid: ["()", () => node().geteuid?.() ?? 0],
  getgid: ["()", () => node().getgid?.() ?? 0],
  getegid: ["()", () => node().getegid?.() ?? 0],
  getlogin: ["()", () => node().getBuiltinModule("node:os").userInfo().username],
  getpgrp: ["()", () => node().pid],
  kill: ["(pid, signal, /)", kill, "Send a signal."],
  umask: ["(mask, /)", (vm: VM, mask: Value) => node().umask(int(vm, mask)), "Set the file mode creation mask."],
  putenv: ["(name, value, /)", (vm: VM, k: Value, v: Value) => ((vm.host.env[text(k)] = text(v)), null)],
  unsetenv: ["(name, /)", (vm: VM, k: Value) => (delete vm.host.env[text(k)], null)],
  system: ["(command)", system, "Run a command in a shell."],
  strerror: ["(code, /)", (vm: VM, code: Value) => messageOf(int(vm, code)), "The message of an error number."],
  urandom: ["(size, /)", urandom, "Random bytes fit for cryptography."],
  getrandom: ["(size, flags=0)", (vm: VM, size: Value) => urandom(vm, size)],
  uname: ["()", uname, "Name and version of the system."],
  times: ["()", times, "Processor times."],
  cpu_count: ["()", () => node().getBuiltinModule("node:os").availableParallelism(), "How many processors there are."],
  sched_getaffinity: ["(pid, /)", () => new PyList(Array.from({ length: node().getBuiltinModule("node:os").availableParallelism() }, (_, i) => i))],
  sched_yield: ["()", () => null],
  getloadavg: ["()", () => new PyTuple(node().getBuiltinModule("node:os").loadavg().map((x) => new PyFloat(x)))],
  get_terminal_size: ["(fd=<unrepresentable>, /)", getTerminalSize, "Size of the terminal."],
  device_encoding: ["(fd)", (vm: VM, fd: Value) => (handle(vm, int(vm, fd)).tty ? "UTF-8" : null)],
  fspath: ["(path)", (vm: VM, path: Value) => pathValue(vm, path), "The str or bytes of a path."],
  _exit: [
    "(status)",
    (vm: VM, status: Value) => {
      throw new ImmediateExit(int(vm, status));
    },
    "End the process at once.",
  ],
  abort: [
    "()",
    () => {
      throw new ImmediateExit(134);
    },
  ],
  register_at_fork: ["(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)", () => null],
  waitstatus_to_exitcode: [
    "(status)",
    (vm: VM, status: Value) => {
      const s = int(vm, status);
      return (s & 0x7f) === 0 ? (s >> 8) & 0xff : -(s & 0x7f);
    },
  ],
  WIFEXITED: ["(status)", (vm: VM, s: Value) => (int(vm, s) & 0x7f) === 0],
  WEXITSTATUS: ["(status)", (vm: VM, s: Value) => (int(vm, s) >> 8) & 0xff],
  WIFSIGNALED: ["(status)", (vm: VM, s: Value) => ((int(vm, s) & 0x7f) + 1) >> 1 > 0 && (int(vm, s) & 0x7f) !== 0],
  WTERMSIG: ["(status)", (vm: VM, s: Value) => int(vm, s) & 0x7f],
  WIFSTOPPED: ["(status)", (vm: VM, s: Value) => (int(vm, s) & 0xff) === 0x7f],
  WSTOPSIG: ["(status)", (vm: VM, s: Value) => (int(vm, s) >> 8) & 0xff],
  waitpid: ["(pid, options, /)", noChild, "Wait for a child process: there is none."],
  wait: ["()", noChild, "Wait for a child process: there is none."],
  fork: [
    "()",
    () => {
      throw osError("ENOSYS");
    },
  ],
};

const FILES: Record<string, NativeRow> = {
  stat: ["(path, *, dir_fd=None, follow_symlinks=True)", stat(true), "Status of a file."],
  lstat: ["(path, *, dir_fd=None)", stat(false), "Status of a file; links are not followed."],
  access: ["(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", access, "Whether the process may use a file."],
  listdir: ["(path=None)", listdir, "Names in a directory."],
  scandir: ["(path=None)", scandir, "Entries of a directory."],
  readlink: ["(path, *, dir_fd=None)", readlink, "Where a symbolic link points."],
  mkdir: ["(path, mode=511, *, dir_fd=None)", mkdir, "Create a directory."],
  rmdir: onPath((fs, p) => fs.rmdirSync(p)),
  unlink: onPath((fs, p) => fs.unlinkSync(p)),
  remove: onPath((fs, p) => fs.unlinkSync(p)),
  rename: onTwoPaths("(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", (fs, a, b) => fs.renameSync(a, b)),
  replace: onTwoPaths("(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", (fs, a, b) => fs.renameSync(a, b)),
  link: onTwoPaths("(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", (fs, a, b) => fs.linkSync(a, b)),
  symlink: onTwoPaths("(src, dst, target_is_directory=False, *, dir_fd=None)", (fs, a, b) => fs.symlinkSync(a, b)),
  chmod: ["(path, mode, *, dir_fd=None, follow_symlinks=True)", chmod, "Change the permissions."],
  utime: ["(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)", utime, "Set access and modification time."],
  truncate: ["(path, length)", truncate, "Resize a file."],
};

const CONSTANTS = {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, F_LOCK: 1, F_TEST: 3, F_TLOCK: 2, F_ULOCK: 0, WNOHANG: 1, WUNTRACED: 2, WCONTINUED: 8, P_ALL: 0, P_PID: 1, P_PGID: 2,
  EX_OK: 0, EX_USAGE: 64, EX_DATAERR: 65, EX_NOINPUT: 66, EX_NOUSER: 67, EX_NOHOST: 68, EX_UNAVAILABLE: 69, EX_SOFTWARE: 70, EX_OSERR: 71, EX_OSFILE: 72,
  EX_CANTCREAT: 73, EX_IOERR: 74, EX_TEMPFAIL: 75, EX_PROTOCOL: 76, EX_NOPERM: 77, EX_CONFIG: 78, NGROUPS_MAX: 65536, TMP_MAX: 238328, PRIO_PROCESS: 0,
  PRIO_PGRP: 1, PRIO_USER: 2, GRND_NONBLOCK: 1, GRND_RANDOM: 2, RTLD_LAZY: 1, RTLD_NOW: 2, RTLD_GLOBAL: 256, RTLD_LOCAL: 0, ST_RDONLY: 1, ST_NOSUID: 2,
};

/** What os.py derives its sets of supported arguments from. */
const HAVE = ["HAVE_FCHDIR", "HAVE_FTRUNCATE", "HAVE_LSTAT", "HAVE_LUTIMES"];

export const posix: NativeModule = {
  name: "posix",
  doc: "Functions of the operating system.",
  functions: { ...FILES, ...DESCRIPTORS, ...PROCESS },
  values: (vm) => ({
    ...CONSTANTS,
    ...Object.fromEntries(Object.entries(O).map(([name, bits]) => [`O_${name}`, bits] as const)),
    O_ACCMODE: 3,
    environ: environment(vm),
    error: EXCEPTIONS.OSError,
    stat_result: statResult.type,
    statvfs_result: statvfsResult.type,
    terminal_size: terminalSize.type,
    uname_result: unameResult.type,
    times_result: timesResult.type,
    sched_param: schedParam.type,
    DirEntry: dirEntryType,
    _have_functions: new PyList([...HAVE]),
    confstr_names: new PyDict(),
    pathconf_names: new PyDict(),
    sysconf_names: new PyDict(),
  }),
};
