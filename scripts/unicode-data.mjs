// Writes dist/unicode/properties.txt.gz: the properties behind module unicodedata, from the CPython that npm's pyodide package carries
// (Unicode 16.0, and the categories of 3.2 for ucd_3_2_0). `node scripts/unicode-data.mjs [--force]`. Does nothing when the file is there.
//
// Sections start with "#NAME". In most a line is "FIRST LAST VALUE" (hexadecimal, LAST left out when it equals FIRST) for a run of code points; what
// no line names has the section's default. #decomposition has "CODE TEXT", #numeric "CODE NUMERATOR/DENOMINATOR" and a "d" for digits.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync, strToU8 } from "fflate";
import { loadPyodide } from "pyodide";

const target = join(dirname(fileURLToPath(import.meta.url)), "../dist/unicode/properties.txt.gz");

const PROGRAM = `
import unicodedata as u
from fractions import Fraction
lines = []

def runs(name, value, default):
    lines.append("#" + name)
    first, held = 0, value(chr(0))
    for code in range(1, 0x110001):
        now = value(chr(code)) if code < 0x110000 else None
        if now != held:
            if held != default:
                lines.append(f"{first:X} {held}" if first == code - 1 else f"{first:X} {code - 1:X} {held}")
            first, held = code, now

runs("category", u.category, "Cn")
runs("category-3.2", u.ucd_3_2_0.category, "Cn")
runs("bidirectional", u.bidirectional, "")
runs("combining", u.combining, 0)
runs("width", u.east_asian_width, "N")
runs("mirrored", u.mirrored, 0)
lines.append("#decomposition")
for code in range(0x110000):
    text = u.decomposition(chr(code))
    if text:
        lines.append(f"{code:X} {text}")
lines.append("#numeric")
for code in range(0x110000):
    value = u.numeric(chr(code), None)
    if value is not None and u.decimal(chr(code), None) is None:
        value = Fraction(value).limit_denominator(1000)
        digit = " d" if u.digit(chr(code), None) is not None else ""
        lines.append(f"{code:X} {value.numerator}/{value.denominator}{digit}")
"\\n".join(lines) + "\\n"
`;

if (process.argv.includes("--force") || !existsSync(target)) {
  const python = await loadPyodide();
  const text = python.runPython(PROGRAM);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, gzipSync(strToU8(text), { level: 9, mtime: 0 }));
}
