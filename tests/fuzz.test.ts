/**
 * Random loop nests (tests/fuzz/loops.py, which tspy itself runs): the interpreter, the JIT, early and with guards forced to fail, print the same bytes; and nests over
 * float32 and int32 arrays (tests/fuzz/devices.py) on every device. FIRST and COUNT choose the seeds.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const here = dirname(fileURLToPath(import.meta.url));
const tspy = join(here, "..", "tspy");
const first = Number(process.env.FIRST ?? 21);
const count = Number(process.env.COUNT ?? 4);

function run(args: readonly string[]): string {
  const r = spawnSync(tspy, args, { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 26 });
  return `${r.stdout}\nexit status ${r.status}`;
}

const folder = mkdtempSync(join(tmpdir(), "tspy-fuzz-"));
for (let seed = first; seed < first + count; seed++) {
  test(`seed ${seed}`, () => {
    const path = join(folder, `p${seed}.py`);
    writeFileSync(path, run([join(here, "fuzz", "loops.py"), String(seed)]).replace(/\nexit status 0$/, ""));
    const want = run(["--jit=off", path]);
    assert.match(want, /^7 /m, "the program ran to its end");
    for (const flags of [
      ["--jit=eager"],
      ["--hot-loop=3"],
      ["--jit=eager", "--fail-guard=-1"],
      ["--jit=eager", `--fail-guard=${(seed % 13) + 1}`],
    ])
      assert.is(run([...flags, "--device=js", path]), want, flags.join(" "));
  });
}

for (let seed = first; seed < first + count; seed++) {
  test(`devices, seed ${seed}`, () => {
    const path = join(folder, `d${seed}.py`);
    writeFileSync(path, run([join(here, "fuzz", "devices.py"), String(seed)]).replace(/\nexit status 0$/, ""));
    const want = run(["--device=none", path]);
    assert.match(want, /exit status 0$/, "the program ran to its end");
    for (const device of ["js", "gpujs", "webgpu"]) assert.is(run(["--jit=eager", `--device=${device}`, path]), want, device);
  });
}

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
