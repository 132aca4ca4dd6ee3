/** The command line: `tspy [options] script.py args`, -c, -m, -, -V. Exit statuses and messages are CPython's. */
import { existsSync, realpathSync, statSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Dump } from "../base/dump.ts";
import { defaultOptions, OPTIONS, type Options, parseOption } from "../base/options.ts";
import { reportWebgpu } from "../gpu/report.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";
import { defaultCodeStore } from "./code-store.ts";
import { ProcessHost } from "./host.ts";
import { attachJit, type Jit } from "./jit.ts";
import { type ProgramSource, runMain } from "./program.ts";

const here = dirname(fileURLToPath(import.meta.url));
const LIB = join(here, "lib", "python3.14");

interface Invocation {
  readonly options: Options;
  readonly source: ProgramSource;
  readonly argv: readonly string[];
  /** `tspy explain`: how to print it. */
  readonly explain: "text" | "json" | undefined;
}

function usage(): string {
  const rows = Object.entries(OPTIONS).map(
    ([name, s]) => `  --${name}${s.kind === "flag" ? "" : `=${"values" in s ? s.values.join("|") : "N"}`}\n        ${s.doc}`,
  );
  return `usage: tspy [explain [--json]] [option] ... [-c cmd | -m mod | file | -] [arg] ...\n${rows.join("\n")}\n`;
}

function fail(message: string, status = 2): never {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

function parseArguments(args: readonly string[]): Invocation {
  const options = defaultOptions();
  let explain: Invocation["explain"] = args[0] === "explain" ? "text" : undefined;
  for (let i = explain ? 1 : 0; i < args.length; i++) {
    const a = args[i]!;
    if (explain && a === "--json") {
      explain = "json";
      continue;
    }
    if (a === "-V" || a === "--version") {
      process.stdout.write("Python 3.14.0 (tspy 0.1.0)\n");
      process.exit(0);
    }
    if (a === "-h" || a === "--help") {
      process.stdout.write(usage());
      process.exit(0);
    }
    if (a === "--probe-webgpu") {
      process.exit(
        reportWebgpu(
          (text) => writeSync(1, text),
          (text) => writeSync(2, text),
        ),
      );
    }
    if (a === "-c" || a === "-m") {
      const text = args[i + 1];
      if (text === undefined) fail(`Argument expected for the ${a} option\n${usage()}`);
      return {
        options,
        source: a === "-c" ? { kind: "command", text } : { kind: "module", name: text },
        argv: [a, ...args.slice(i + 2)],
        explain,
      };
    }
    if (a === "-" || !a.startsWith("-"))
      return { options, source: a === "-" ? { kind: "stdin" } : { kind: "file", path: a }, argv: args.slice(i), explain };
    const r = parseOption(a, options);
    if (r === true) continue;
    fail(r ?? `unknown option ${a}\n${usage().split("\n")[0]}\nTry 'tspy -h' for more information.`);
  }
  return { options, source: { kind: "stdin" }, argv: [""], explain };
}

/** Synchronous writes to a pipe may take a part only. */
function writeFully(text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== "EAGAIN") throw e;
    }
  }
}

function scriptFolder(source: ProgramSource): string {
  if (source.kind !== "file") return source.kind === "module" ? process.cwd() : "";
  return dirname(realpathSync(source.path));
}

function main(): void {
  const { options, source, argv, explain } = parseArguments(process.argv.slice(2));
  let program: ProgramSource = source;
  if (source.kind === "file") {
    if (!existsSync(source.path)) fail(`tspy: can't open file '${resolve(source.path)}': [Errno 2] No such file or directory`);
    const path = statSync(source.path).isDirectory() ? join(source.path, "__main__.py") : source.path;
    if (!existsSync(path)) fail(`tspy: can't find '__main__' module in '${source.path}'`, 1);
    program = { kind: "file", path };
  }
  const host = new ProcessHost(argv, defaultCodeStore(join(here, "cache"), process.env), explain ? 2 : 1);
  const write = (text: string): void => host.writeStderr(Buffer.from(text));
  const dump = new Dump(options.dump, write);
  let jit: Jit | undefined;
  const prepare = (vm: Interpreter): void => void (jit = attachJit(vm, options, write, explain !== undefined));
  const status = runMain({ host, source: program, path: [scriptFolder(program), LIB], dump, prepare });
  jit?.finish();
  host.flush();
  if (explain) writeFully(explain === "json" ? jit!.explanation!.json() : jit!.explanation!.text());
  if (status < 0) dieOf(host, -status);
  process.exitCode = status;
}

/** As CPython: whoever waits for the process sees the signal, and shells make it 128 + n. */
function dieOf(host: ProcessHost, signal: number): never {
  host.signals.kill(signal);
  process.exit(128 + signal);
}

main();
