/**
 * Leaves the process during kernels, in every way, at random moments: `node --import tsx tests/gpu/stress.ts [CHILDREN]`.
 * No child may abort (134), crash (139), or hang.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const busy = fileURLToPath(new URL("busy.ts", import.meta.url));
const HANG_MS = 20_000;

interface Departure {
  readonly mode: string;
  readonly signal?: NodeJS.Signals;
  /** What the process may end with. */
  readonly ends: readonly (number | NodeJS.Signals)[];
}

export const DEPARTURES: readonly Departure[] = [
  { mode: "exit", ends: [0] },
  { mode: "end", ends: [0] },
  { mode: "throw", ends: [1] },
  { mode: "poll", ends: [0] },
  { mode: "spin", signal: "SIGINT", ends: ["SIGINT"] },
  { mode: "spin", signal: "SIGTERM", ends: ["SIGTERM"] },
  { mode: "spin", signal: "SIGKILL", ends: ["SIGKILL"] },
  { mode: "handler", signal: "SIGINT", ends: [7, "SIGINT"] },
  { mode: "handler", signal: "SIGTERM", ends: [7, "SIGTERM"] },
];

/** Starts one child and lets it leave; resolves to what was wrong, or "". */
export function depart(d: Departure, delayMs: number, rounds: number, preload: readonly string[] = ["--import", "tsx"]): Promise<string> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [...preload, busy, d.mode, String(rounds)], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    let hung = false;
    child.stderr.on("data", (x: Buffer) => (err += x.toString()));
    child.stdout.once("data", () => {
      if (d.signal) setTimeout(() => child.kill(d.signal), delayMs);
    });
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, HANG_MS);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const end = code ?? signal;
      if (hung) done(`${d.mode} ${d.signal ?? ""}: hung\n${err}`);
      else done(end !== null && d.ends.includes(end) ? "" : `${d.mode} ${d.signal ?? ""}: ended with ${end}\n${err}`);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = Number(process.argv[2] ?? 100);
  const problems: string[] = [];
  const ends = new Map<string, number>();
  for (let k = 0; k < count; k++) {
    const d = DEPARTURES[k % DEPARTURES.length]!;
    const rounds = Math.floor(10 ** (3 + 4 * Math.random()));
    const problem = await depart(d, Math.random() * 200, rounds);
    const name = `${d.mode} ${d.signal ?? ""}`.trim();
    ends.set(name, (ends.get(name) ?? 0) + 1);
    if (problem !== "") problems.push(problem);
  }
  for (const [name, n] of ends) console.log(`${String(n).padStart(4)} ${name}`);
  for (const p of problems) console.log(p);
  console.log(`${count - problems.length} left in order, ${problems.length} did not`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
