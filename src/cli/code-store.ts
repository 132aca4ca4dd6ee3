/**
 * Compiled code in files. Entries that ship with tspy (the standard library's usual modules) are looked up first, then those of this user.
 *
 * A store belongs to one build of the compiler: its folder is named by it. Files appear under their name only when complete (written aside, then
 * renamed), so processes may share the folder. Nothing here fails: what cannot be read is absent, what cannot be written is not kept.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { CodeStore } from "../interpreter/compile/cache.ts";

/** Digest of the compiler's sources, put in by the build; undefined when the sources run unbundled, where nothing is kept. */
declare const TSPY_COMPILER: string | undefined;

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

export class FileCodeStore implements CodeStore {
  private readonly folders: readonly string[];
  private readonly target: string | undefined;

  /** Reads from `folders` in order; writes to `target`. */
  constructor(folders: readonly string[], target: string | undefined) {
    this.folders = folders;
    this.target = target;
  }

  key(source: Uint8Array): string {
    return digest(source);
  }

  read(key: string): Uint8Array | undefined {
    for (const folder of this.folders) {
      try {
        return readFileSync(join(folder, key));
      } catch {}
    }
    return undefined;
  }

  write(key: string, entry: Uint8Array): void {
    if (this.target === undefined) return;
    // a new build starts a new folder: the time to remove what no build has started or made for long
    if (!existsSync(this.target)) dropOld(dirname(this.target));
    writeAtomically(this.target, key, entry);
  }
}

/**
 * The length and 64 bits by MurmurHash3's mixing (Appleby 2011; two 32-bit lanes): files are told apart, nothing is protected, and node:crypto
 * would cost 15 ms to load.
 */
function digest(bytes: Uint8Array): string {
  const whole = bytes.length & ~3;
  const words =
    bytes.byteOffset & 3 ? new Int32Array(bytes.slice(0, whole).buffer) : new Int32Array(bytes.buffer, bytes.byteOffset, whole >> 2);
  let tail = 0;
  for (let i = whole; i < bytes.length; i++) tail = (tail << 8) | bytes[i]!;
  const parts = [bytes.length, ...SEEDS.map((seed) => lane(words, tail, bytes.length, seed))];
  return parts.map((n) => n.toString(16).padStart(8, "0")).join("");
}

const SEEDS = [0x239b961b, 0x561ccd1b] as const;

function lane(words: Int32Array, tail: number, length: number, seed: number): number {
  let h = seed;
  for (let i = 0; i < words.length; i++) h = mix(h, words[i]!, seed);
  h = mix(h, tail, seed) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mix(h: number, word: number, seed: number): number {
  const k = Math.imul(word, 0xcc9e2d51 ^ (seed & -2));
  const x = h ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

export function writeAtomically(folder: string, name: string, data: Uint8Array): void {
  const aside = join(folder, `${name}.${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(aside, data);
    renameSync(aside, join(folder, name));
  } catch {
    remove(aside);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/** The user's folder for what can be made again. TSPY_CACHE names another. */
export function userCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (env.TSPY_CACHE) return env.TSPY_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "tspy");
  if (process.platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "tspy", "cache");
  return process.platform === "darwin" ? join(homedir(), "Library", "Caches", "tspy") : join(homedir(), ".cache", "tspy");
}

/** The store of a command-line run; undefined in an unbundled one. `shipped` holds the entries that come with tspy. */
export function defaultCodeStore(shipped: string, env: Readonly<Record<string, string | undefined>>): CodeStore | undefined {
  if (typeof TSPY_COMPILER !== "string") return undefined;
  const home = userCacheFolder(env);
  const own = join(home, TSPY_COMPILER);
  if (env.PYTHONDONTWRITEBYTECODE) return new FileCodeStore([join(shipped, TSPY_COMPILER), own], undefined);
  return new FileCodeStore([join(shipped, TSPY_COMPILER), own], own);
}

/** Removes other builds' folders and V8's code caches (launch.ts). */
function dropOld(home: string): void {
  try {
    const now = Date.now();
    for (const name of readdirSync(home)) {
      const folder = join(home, name);
      if (/^[0-9a-f]{16}$/.test(name) && now - statSync(folder).mtimeMs > KEPT_DAYS * DAY_MS)
        rmSync(folder, { recursive: true, force: true });
    }
  } catch {}
}
