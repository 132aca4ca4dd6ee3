/**
 * `npm run bench`: our own programs (pybench/programs) in the interpreter, with the JIT, and in CPython where there is one.
 *   node --import tsx pybench/run.ts [FILTER] [--seconds=S] [--update] [--check]
 *
 * Every way of a program must compute the same. The table goes to stdout, all figures to pybench/results/DATE.json. Times depend on the machine; the speed-up
 * of the JIT over our interpreter depends on it less, so that is what is compared with pybench/baseline.json: --check fails where it fell below TOLERANCE of
 * the baseline's, --update writes a new baseline. CPython is $PYTHON, else python3; programs that need NumPy are left out where it has none.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./measure.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const BASELINE = join(here, "baseline.json");
const WAYS = ["interpreter", "jit", "cpython"] as const;
type Way = (typeof WAYS)[number];
type Row = Partial<Record<Way, Measurement>>;

interface Report {
  readonly machine: string;
  readonly node: string;
  readonly cpython: string | undefined;
  readonly programs: Readonly<Record<string, Row>>;
}

/** A speed-up below this part of the baseline's is a regression; less is noise on a shared machine. */
const TOLERANCE = 0.6;
const TIMEOUT_MS = 120_000;

const args = process.argv.slice(2);
const filter = args.find((a) => !a.startsWith("--")) ?? "";
const seconds = args.find((a) => a.startsWith("--seconds="))?.slice("--seconds=".length) ?? "2";
const python = process.env.PYTHON ?? "python3";

function cpythonVersion(): string | undefined {
  const code =
    "import sys\ntry:\n import numpy; n = ', NumPy ' + numpy.__version__\nexcept ImportError:\n n = ''\nprint(sys.version.split()[0] + n)";
  const r = spawnSync(python, ["-c", code], { encoding: "utf8" });
  return r.status === 0 ? r.stdout.trim() : undefined;
}

function measure(program: string, way: Way): Measurement {
  const [command, argv] =
    way === "cpython"
      ? [python, [join(here, "measure_cpython.py"), program, seconds]]
      : [process.execPath, ["--stack-size=3900", "--no-warnings", "--import", "tsx", join(here, "measure.ts"), program, way, seconds]];
  const out = execFileSync(command, argv, { encoding: "utf8", timeout: TIMEOUT_MS, stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(out) as Measurement;
}

const ms = (x: number | undefined): string => (x === undefined ? "-" : x >= 100 ? x.toFixed(0) : x.toPrecision(3));
const times = (a: Measurement | undefined, b: Measurement | undefined): number | undefined => a && b && a.mean / b.mean;
const factor = (x: number | undefined): string => (x === undefined ? "-" : `${x.toFixed(x >= 10 ? 0 : 1)}x`);

const COLUMNS: readonly { readonly title: string; readonly of: (r: Row) => string }[] = [
  { title: "interpreter", of: (r) => ms(r.interpreter?.mean) },
  { title: "JIT first", of: (r) => ms(r.jit?.first) },
  { title: "JIT", of: (r) => ms(r.jit?.mean) },
  { title: "±%", of: (r) => r.jit?.margin.toFixed(0) ?? "-" },
  { title: "CPython", of: (r) => ms(r.cpython?.mean) },
  { title: "JIT/interp.", of: (r) => factor(times(r.interpreter, r.jit)) },
  { title: "JIT/CPython", of: (r) => factor(times(r.cpython, r.jit)) },
];

const line = (name: string, cells: readonly string[]): string =>
  name.padEnd(14) + cells.map((c, k) => c.padStart(Math.max(9, COLUMNS[k]!.title.length + 2))).join("");

function runProgram(name: string, ways: readonly Way[]): Row {
  const program = join(here, "programs", `${name}.py`);
  const row: { -readonly [W in Way]?: Measurement } = {};
  for (const way of ways) row[way] = measure(program, way);
  const results = new Set(Object.values(row).map((m) => m.result));
  if (results.size > 1) throw new Error(`${name}: the ways differ: ${[...results].join(" | ")}`);
  return row;
}

function readBaseline(): Report | undefined {
  try {
    return JSON.parse(readFileSync(BASELINE, "utf8")) as Report;
  } catch {
    return undefined;
  }
}

/** Names of programs whose speed-up fell. */
function regressions(now: Report, then: Report): string[] {
  return Object.entries(now.programs).flatMap(([name, row]) => {
    const old = then.programs[name];
    const [a, b] = [times(row.interpreter, row.jit), old && times(old.interpreter, old.jit)];
    if (a === undefined || b === undefined || a >= b * TOLERANCE) return [];
    return [`${name}: the JIT was ${factor(b)} as fast as the interpreter, now ${factor(a)}`];
  });
}

function main(): void {
  const cpython = cpythonVersion();
  const names = readdirSync(join(here, "programs"))
    .filter((f) => f.endsWith(".py") && f.includes(filter))
    .map((f) => f.slice(0, -3))
    .sort();
  const machine = `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`;
  console.log(`milliseconds a run of main(); ${machine}; Node ${process.version}; CPython ${cpython ?? "not found"}\n`);
  console.log(
    line(
      "program",
      COLUMNS.map((c) => c.title),
    ),
  );
  const programs: Record<string, Row> = {};
  for (const name of names) {
    const needsNumpy = readFileSync(join(here, "programs", `${name}.py`), "utf8").includes("import numpy");
    const inCpython = cpython !== undefined && (!needsNumpy || cpython.includes("NumPy"));
    const row = runProgram(name, inCpython ? WAYS : ["interpreter", "jit"]);
    programs[name] = row;
    console.log(
      line(
        name,
        COLUMNS.map((c) => c.of(row)),
      ),
    );
  }
  const report: Report = { machine, node: process.version, cpython, programs };
  const text = `${JSON.stringify(report, (_, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v), 1)}\n`;
  mkdirSync(join(here, "results"), { recursive: true });
  writeFileSync(join(here, "results", `${new Date().toISOString().replace(/[:.]/g, "-")}.json`), text);
  const baseline = readBaseline();
  const fallen = baseline ? regressions(report, baseline) : [];
  for (const f of fallen) console.log(`\nslower than the baseline: ${f}`);
  if (args.includes("--update")) writeFileSync(BASELINE, text);
  if (args.includes("--check") && fallen.length > 0) process.exitCode = 1;
}

main();
