/** posix: what os needs of the operating system, over node:fs and the host. */
import { readdirSync, realpathSync } from "node:fs";
import { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { plainStr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyBytes, type Value } from "../objects/values.ts";
import { EXCEPTIONS } from "../builtins/exceptions.ts";
import type { NativeModule } from "./native-module.ts";
import { StructSeqType } from "./structseq.ts";
import { randomBytes } from "node:crypto";

const encode = (s: string): PyBytes => new PyBytes(new TextEncoder().encode(s));
const statResult = new StructSeqType({ module: "os", name: "stat_result", fields: ["st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "st_atime", "st_mtime", "st_ctime"] });
const terminalSize = new StructSeqType({ module: "os", name: "terminal_size", fields: ["columns", "lines"], constructible: true });

export const posix: NativeModule = {
  name: "posix",
  functions: {
    getcwd: ["()", () => process.cwd()],
    getcwdb: ["()", () => encode(process.cwd())],
    getpid: ["()", () => process.pid],
    getppid: ["()", () => process.ppid],
    listdir: ["(path=None)", (_vm: VM, path: Value | undefined) => new PyList(readdirSync(path === undefined || path === null ? "." : plainStr(path)!))],
    fspath: ["(path)", (_vm: VM, path: Value) => path],
    urandom: ["(size, /)", (_vm: VM, n: number) => new PyBytes(new Uint8Array(randomBytes(n)))],
    
    strerror: ["(code, /)", (_vm: VM, code: number) => `Error ${code}`],
    cpu_count: ["()", () => 1],
    _exit: ["(status)", (vm: VM, status: number) => {
      void vm;
      process.exit(status);
    }],
    realpath: ["(path)", (_vm: VM, p: string) => realpathSync(p)],
    putenv: ["(name, value, /)", () => null],
    unsetenv: ["(name, /)", () => null],
  },
  values: (vm) => {
    const environ = new PyDict();
    for (const [k, v] of Object.entries(vm.host.env)) environ.set(vm, encode(k), encode(v));
    return { environ, error: EXCEPTIONS.OSError, stat_result: statResult.type, terminal_size: terminalSize.type, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, _have_functions: new PyList([]) };
  },
};
