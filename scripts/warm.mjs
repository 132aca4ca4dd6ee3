// Fills dist/cache, so that the first run is fast already: compiled code of the standard library's usual modules, and V8's code cache of the bundle
// (of this Node version; others make their own on their first run). Runs the command line, which writes both, with that folder as its cache.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compilerDigest } from "./digest.mjs";

const MODULES = `abc argparse array ast asyncio base64 bdb bisect bz2 cProfile calendar cmd code codeop collections collections.abc colorsys
  concurrent.futures concurrent.futures.thread configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis
  doctest email.message email.parser enum filecmp fileinput fnmatch fractions functools gc getopt getpass gettext glob graphlib gzip hashlib
  heapq hmac html html.parser http.client importlib.abc importlib.util inspect io ipaddress itertools json keyword linecache locale logging
  logging.handlers lzma math mimetypes netrc numbers operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib pprint
  profile pstats queue quopri random re reprlib rlcompleter runpy sched secrets selectors shelve shlex shutil signal site socket socketserver
  ssl stat statistics string struct subprocess symtable sys tabnanny tarfile tempfile textwrap threading time timeit token tokenize tomllib
  trace traceback tracemalloc types typing unittest unittest.mock urllib.parse urllib.request uuid warnings wave weakref xml.dom.minidom
  xml.etree.ElementTree xml.sax zipfile zoneinfo`;

const PROGRAM = `
for name in ${JSON.stringify(MODULES.split(/\s+/))}:
    try:
        __import__(name)
    except Exception:
        pass
import math
import numpy as np
def nest(a, b, f, n, steps):
    s = 0
    for t in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                if (i + j) % 2 == 0 or b[j] > 3:
                    a[i, j] = (a[i - 1, j] + a[i, j + 1]) * 0.25 + math.sqrt(b[j] + j // 3)
                k = 0
                while k < 3:
                    k += 1
                f[i][j] = max(f[i][j], k) + int(a[i, j])
                s += a[i, j]
    return s
for kind in (np.float64, np.float32, np.int64, np.int32):
    nest(np.zeros((30, 30)), np.ones(30, kind), [[0] * 30 for i in range(30)], 30, 2)
print(sorted({1: 2.5, "a": [x * 2 for x in range(5)]}.items(), key=str), f"{3.14159:.2f} {12:>5}", "%s" % ("x",))
`;

const folder = "dist/cache";
const aside = `${folder}.${process.pid}`;
const flags = /^exec node (.*) "\$here/m.exec(readFileSync("tspy", "utf8"))[1].split(" ");
const env = { ...process.env, TSPY_CACHE: aside };
delete env.PYTHONDONTWRITEBYTECODE;

function dropCodeCaches(f) {
  if (existsSync(f)) for (const name of readdirSync(f)) if (name.endsWith(".v8")) rmSync(join(f, name), { force: true });
}

const compiled = compilerDigest();
mkdirSync(aside, { recursive: true });
const known = existsSync(join(folder, compiled));
if (known) cpSync(join(folder, compiled), join(aside, compiled), { recursive: true });
// the last run takes the modules from the cache: what it executes is what later runs execute
for (let i = known ? 1 : 0; i < 2; i++) {
  for (const f of [folder, aside]) dropCodeCaches(f);
  spawnSync(process.execPath, [...flags, "dist/launch.cjs", "-c", PROGRAM], { env, stdio: "ignore" });
}
rmSync(folder, { recursive: true, force: true });
renameSync(aside, folder);
