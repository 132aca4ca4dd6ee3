import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const digest = (...parts) =>
  parts
    .reduce((h, p) => h.update(p), createHash("sha1"))
    .digest("hex")
    .slice(0, 16);

/** What decides how source becomes code: entries of the compiled-code cache are valid under one such digest. */
export function compilerDigest() {
  const folders = ["src/interpreter/parse", "src/interpreter/compile"];
  const names = (folder) =>
    readdirSync(folder, { recursive: true })
      .filter((n) => /\.[jt]s$/.test(n))
      .sort();
  return digest(...folders.flatMap((f) => names(f).map((n) => readFileSync(join(f, n)))), readFileSync("package-lock.json"));
}
