// Extracts CPython 3.14's pure-Python standard library, which npm `pyodide` carries, into dist/lib/python3.14 (with the PSF notice beside it).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

const target = "dist/lib/python3.14";
const zip = "node_modules/pyodide/python_stdlib.zip";
if (!existsSync(join(target, "os.py"))) {
  for (const [name, data] of Object.entries(unzipSync(readFileSync(zip), { filter: (f) => f.name.endsWith(".py") }))) {
    const path = join(target, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
  writeFileSync(join(target, "NOTICE"), readFileSync("NOTICE"));
}
