// Writes dist/unicode/names.txt.gz: names of characters, aliases and named sequences, one "CODES;NAME" a line, for `\N{…}` and
// unicodedata. The names come from the CPython that npm's pyodide package carries (Unicode 16.0).
// `node scripts/unicode-names.mjs [--force]`. Does nothing when the file is there.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync, strToU8 } from "fflate";
import { loadPyodide } from "pyodide";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "dist/unicode/names.txt.gz");

// CPython keeps aliases and sequences under private-use code points, which only the "namereplace" handler shows.
const PROGRAM = `
import re, unicodedata
lines = []
for code in range(0x110000):
    name = unicodedata.name(chr(code), "")
    if name and not re.match("CJK UNIFIED IDEOGRAPH-|HANGUL SYLLABLE ", name):
        lines.append(f"{code:X};{name}")
for code in range(0xF0000, 0xF1000):
    shown = chr(code).encode("ascii", "namereplace").decode()
    if shown.startswith("\\\\N{"):
        name = shown[3:-1]
        lines.append(" ".join(f"{ord(c):X}" for c in unicodedata.lookup(name)) + ";" + name)
"\\n".join(lines) + "\\n"
`;

if (process.argv.includes("--force") || !existsSync(target)) {
  const python = await loadPyodide();
  const text = python.runPython(PROGRAM);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, gzipSync(strToU8(text), { level: 9, mtime: 0 }));
}
