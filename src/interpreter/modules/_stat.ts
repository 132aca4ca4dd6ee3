/** Module _stat: the bits of st_mode. */
import { toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

/** File type bits: name → [bits, letter of ls -l, predicate]. */
const TYPES: readonly (readonly [name: string, bits: number, letter: string, test: string])[] = [
  ["S_IFDIR", 0o040000, "d", "S_ISDIR"], ["S_IFCHR", 0o020000, "c", "S_ISCHR"], ["S_IFBLK", 0o060000, "b", "S_ISBLK"], ["S_IFREG", 0o100000, "-", "S_ISREG"],
  ["S_IFIFO", 0o010000, "p", "S_ISFIFO"], ["S_IFLNK", 0o120000, "l", "S_ISLNK"], ["S_IFSOCK", 0o140000, "s", "S_ISSOCK"],
];
const ABSENT_TYPES = ["DOOR", "PORT", "WHT"];

const BITS = {
  S_ISUID: 0o4000, S_ISGID: 0o2000, S_ISVTX: 0o1000, S_ENFMT: 0o2000,
  S_IREAD: 0o400, S_IWRITE: 0o200, S_IEXEC: 0o100,
  S_IRWXU: 0o700, S_IRUSR: 0o400, S_IWUSR: 0o200, S_IXUSR: 0o100,
  S_IRWXG: 0o070, S_IRGRP: 0o040, S_IWGRP: 0o020, S_IXGRP: 0o010,
  S_IRWXO: 0o007, S_IROTH: 0o004, S_IWOTH: 0o002, S_IXOTH: 0o001,
};

const FIELDS = ["ST_MODE", "ST_INO", "ST_DEV", "ST_NLINK", "ST_UID", "ST_GID", "ST_SIZE", "ST_ATIME", "ST_MTIME", "ST_CTIME"];

const FLAGS = {
  UF_NODUMP: 1, UF_IMMUTABLE: 2, UF_APPEND: 4, UF_OPAQUE: 8, UF_NOUNLINK: 16, UF_COMPRESSED: 32, UF_TRACKED: 64, UF_DATAVAULT: 128, UF_HIDDEN: 32768,
  SF_ARCHIVED: 65536, SF_IMMUTABLE: 131072, SF_APPEND: 262144, SF_RESTRICTED: 524288, SF_NOUNLINK: 1048576, SF_SNAPSHOT: 2097152, SF_FIRMLINK: 8388608,
  SF_DATALESS: 1073741824, UF_SETTABLE: 65535, SF_SETTABLE: 1073676288, SF_SUPPORTED: 10420224, SF_SYNTHETIC: 3221225472,
};

const TYPE_MASK = 0o170000;

function modeOf(vm: VM, v: Value): number {
  return Number(toIndex(vm, v));
}

/** "-rwxr-xr-x" */
function filemode(vm: VM, v: Value): Value {
  const mode = modeOf(vm, v);
  const letter = TYPES.find(([, bits]) => (mode & TYPE_MASK) === bits)?.[2] ?? "?";
  const triple = (shift: number, special: number, set: string) => {
    const bits = (mode >> shift) & 7;
    const x = bits & 1;
    return (bits & 4 ? "r" : "-") + (bits & 2 ? "w" : "-") + (mode & special ? (x ? set : set.toUpperCase()) : x ? "x" : "-");
  };
  return letter + triple(6, BITS.S_ISUID, "s") + triple(3, BITS.S_ISGID, "s") + triple(0, BITS.S_ISVTX, "t");
}

function tests(): Record<string, NativeRow> {
  const rows: Record<string, NativeRow> = {};
  for (const [, bits, , test] of TYPES) rows[test] = ["(mode, /)", (vm: VM, m: Value) => (modeOf(vm, m) & TYPE_MASK) === bits];
  for (const name of ABSENT_TYPES) rows[`S_IS${name}`] = ["(mode, /)", () => false];
  return rows;
}

export const _stat: NativeModule = {
  name: "_stat",
  doc: "Names of the bits of st_mode.",
  functions: {
    ...tests(),
    S_IMODE: ["(mode, /)", (vm: VM, m: Value) => modeOf(vm, m) & 0o7777],
    S_IFMT: ["(mode, /)", (vm: VM, m: Value) => modeOf(vm, m) & TYPE_MASK],
    filemode: ["(mode, /)", filemode, "The mode as ls -l shows it."],
  },
  values: () => ({
    ...BITS,
    ...FLAGS,
    ...Object.fromEntries(TYPES.map(([name, bits]) => [name, bits] as const)),
    ...Object.fromEntries(ABSENT_TYPES.map((n) => [`S_IF${n}`, 0] as const)),
    ...Object.fromEntries(FIELDS.map((name, i) => [name, i] as const)),
  }),
};
