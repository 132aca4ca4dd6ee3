/** Compiled code in files: which folder is read and written, and that nothing about the disk can fail a program. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { defaultCodeStore, FileCodeStore, userCacheFolder, writeAtomically } from "../src/cli/code-store.ts";

const root = mkdtempSync(join(tmpdir(), "tspy-store-"));
test.after(() => rmSync(root, { recursive: true, force: true }));
const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);
const text = (b: Uint8Array | undefined): string | undefined => b && new TextDecoder().decode(b);

test("an entry is read from the first folder that has it, and written to the target", () => {
  const [shipped, own] = [join(root, "shipped"), join(root, "own")];
  writeAtomically(shipped, "a", bytes("from the package"));
  const store = new FileCodeStore([shipped, own], own);
  store.write("a", bytes("mine"));
  store.write("b", bytes("mine"));
  assert.is(text(store.read("a")), "from the package");
  assert.is(text(store.read("b")), "mine");
  assert.is(store.read("c"), undefined);
  assert.equal(readdirSync(own).sort(), ["a", "b"]);
});

test("keys tell sources apart", () => {
  const store = new FileCodeStore([], undefined);
  const sources = [
    "",
    "\0",
    "\0\0",
    "x = 1",
    "x = 2",
    "x = 1\n",
    "y = 1",
    "x = 1 ",
    `${"a".repeat(4000)}b`,
    `${"a".repeat(4000)}c`,
    `b${"a".repeat(4000)}`,
  ];
  assert.is(new Set(sources.map((s) => store.key(bytes(s)))).size, sources.length);
  const shifted = bytes("-x = 1").subarray(1);
  assert.is(store.key(shifted), store.key(bytes("x = 1")));
});

test("a folder that cannot be made or written is no error", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const store = new FileCodeStore([join(file, "below")], join(file, "below"));
  store.write("a", bytes("x"));
  assert.is(store.read("a"), undefined);
  const locked = join(root, "locked");
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  new FileCodeStore([locked], locked).write("a", bytes("x"));
});

test("the user's folder", () => {
  assert.is(userCacheFolder({ XDG_CACHE_HOME: "/x" }), join("/x", "tspy"));
  assert.is(userCacheFolder({ XDG_CACHE_HOME: "/x", TSPY_CACHE: "/y" }), "/y");
});

test("the default store", () => {
  const scope = globalThis as { TSPY_COMPILER?: string };
  assert.is(defaultCodeStore("/nowhere", {}), undefined, "unbundled: no store");
  scope.TSPY_COMPILER = "0123456789abcdef";
  try {
    const home = join(root, "home");
    const stale = join(home, "aaaaaaaaaaaaaaaa");
    mkdirSync(stale, { recursive: true });
    utimesSync(stale, new Date(0), new Date(0));
    defaultCodeStore("/nowhere", { TSPY_CACHE: home, PYTHONDONTWRITEBYTECODE: "1" })!.write("a", bytes("x"));
    assert.ok(existsSync(stale), "nothing is changed where nothing may be written");
    assert.equal(readdirSync(home), ["aaaaaaaaaaaaaaaa"]);
    defaultCodeStore("/nowhere", { TSPY_CACHE: home })!.write("a", bytes("x"));
    assert.equal(readdirSync(home), ["0123456789abcdef"], "folders of old builds are dropped");
    assert.equal(readdirSync(join(home, "0123456789abcdef")), ["a"]);
  } finally {
    delete scope.TSPY_COMPILER;
  }
});

test.run();
