/**
 * Runs the project's tests and ends with "N passed, N failed".
 *   node --import tsx tests/run.ts [FILTER] [--require-webgpu] [--jobs=N]
 * 1. every *.test.ts here, each in its own process (uvu);
 * 2. every program under tests/programs (NAME.py with NAME.out, optionally .err and .code) on every device, with eager promotion
 *    and with guards forced to fail; all must print the same bytes.
 * WebGPU runs need an adapter: without one they are skipped loudly, or fail under --require-webgpu.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const args = process.argv.slice(2);
const filter = args.find((a) => !a.startsWith("--")) ?? "";
const requireWebgpu = args.includes("--require-webgpu");
const jobs = Number(args.find((a) => a.startsWith("--jobs="))?.slice(7) ?? Math.max(2, Math.min(4, cpus().length)));
const TIMEOUT_MS = 240_000;

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

function execute(command: string, argv: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(command, argv, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1", ...(requireWebgpu ? { TSPY_REQUIRE_WEBGPU: "1" } : {}) } });
    let out = "";
    let err = "";
    child.stdout.on("data", (d: Buffer) => (out += d.toString()));
    child.stderr.on("data", (d: Buffer) => (err += d.toString()));
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ out, err, code });
    });
  });
}

let passed = 0;
let failed = 0;
function report(ok: boolean, name: string, why = ""): void {
  if (ok) passed++;
  else {
    failed++;
    console.log(`FAIL ${name}${why ? `\n${why.replace(/^/gm, "    ")}` : ""}`);
  }
}

async function pool<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      while (next < items.length) await work(items[next++]!);
    }),
  );
}

function find(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return name === "programs" ? [] : find(path, suffix);
      return name.endsWith(suffix) ? [path] : [];
    });
}

/** uvu prints "Total: n" and "Passed: n". */
async function unitFile(path: string): Promise<void> {
  const r = await execute(process.execPath, ["--import", "tsx", path], root);
  const total = Number(/Total:\s+(\d+)/.exec(r.out)?.[1] ?? 0);
  const good = Number(/Passed:\s+(\d+)/.exec(r.out)?.[1] ?? 0);
  passed += good;
  for (const skipped of r.out.match(/^\*\*\* .*$/gm) ?? []) console.log(skipped);
  if (total > good || r.code !== 0 || total === 0) {
    failed += Math.max(1, total - good);
    console.log(`FAIL ${path.slice(root.length + 1)}\n${(r.out + r.err).trim().slice(-4000)}`);
  }
}

const text = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** Flag sets each program runs with. */
const CONFIGURATIONS: readonly { name: string; flags: readonly string[]; webgpu?: boolean }[] = [
  { name: "none", flags: ["--device=none"] },
  { name: "auto", flags: [] },
  { name: "js eager", flags: ["--device=js", "--jit=eager"] },
  { name: "js eager, guards fail", flags: ["--device=js", "--jit=eager", "--fail-guard=-1"] },
  { name: "webgpu eager", flags: ["--device=webgpu", "--jit=eager"], webgpu: true },
  { name: "webgpu eager, guards fail", flags: ["--device=webgpu", "--jit=eager", "--fail-guard=-1"], webgpu: true },
  { name: "gpujs eager", flags: ["--device=gpujs", "--jit=eager"] },
];

async function program(path: string, flags: readonly string[], label: string): Promise<void> {
  const base = path.slice(0, -3);
  const r = await execute(join(root, "tspy"), [...flags, basename(path)], dirname(path));
  const name = `${path.slice(root.length + 1)} [${label}]`;
  const wantCode = Number((text(`${base}.code`) ?? "0").trim());
  const wantErr = text(`${base}.err`);
  const folder = `${dirname(path)}/`;
  if (r.out.replaceAll(folder, "") !== text(`${base}.out`)) report(false, name, `stdout differs\n${r.err.slice(-800)}`);
  else if (wantErr !== undefined && r.err.replaceAll(folder, "") !== wantErr) report(false, name, `stderr differs\n${r.err.slice(-800)}`);
  else report(r.code === wantCode, name, `exit status ${r.code}, want ${wantCode}\n${r.err.slice(-800)}`);
}

async function hasWebgpu(): Promise<boolean> {
  const r = await execute(join(root, "tspy"), ["--probe-webgpu"], root);
  return r.code === 0;
}

async function main(): Promise<void> {
  await pool(
    find(here, ".test.ts").filter((p) => p.includes(filter)),
    unitFile,
  );
  const programs = existsSync(join(here, "programs"))
    ? readdirSync(join(here, "programs"))
        .filter((f) => f.endsWith(".py") && existsSync(join(here, "programs", f.replace(/\.py$/, ".out"))) && f.includes(filter))
        .sort()
    : [];
  const webgpu = programs.length > 0 && (await hasWebgpu());
  const runs = programs.flatMap((p) => CONFIGURATIONS.filter((c) => webgpu || !c.webgpu).map((c) => ({ path: join(here, "programs", p), c })));
  await pool(runs, ({ path, c }) => program(path, c.flags, c.name));
  if (!webgpu && programs.length > 0) {
    const count = programs.length * CONFIGURATIONS.filter((c) => c.webgpu).length;
    if (requireWebgpu) report(false, `WebGPU: no adapter, ${count} runs are missing`);
    else console.log(`\n*** NO WEBGPU ADAPTER: ${count} program runs on webgpu were SKIPPED ***\n`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

await main();
