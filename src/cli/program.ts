/** Runs one program in a fresh interpreter and turns how it ended into an exit status. */
import { readFileSync } from "node:fs";
import type { Dump } from "../base/dump.ts";
import { compileSource } from "../interpreter/builtins/evaluate.ts";
import { isInstanceOf, PyBaseException } from "../interpreter/builtins/exceptions.ts";
import { cachedCode } from "../interpreter/compile/cache.ts";
import type { Code } from "../interpreter/compile/code.ts";
import { disassemble } from "../interpreter/compile/disassemble.ts";
import { load } from "../interpreter/modules/importer.ts";
import { flushStdout, newInterpreter, newMainModule, runExitFunctions } from "../interpreter/modules/startup.ts";
import { getAttr, lookupAttr, plainInt, str } from "../interpreter/objects/operations.ts";
import type { Host } from "../interpreter/objects/runtime.ts";
import type { Value } from "../interpreter/objects/values.ts";
import { dump as dumpTree } from "../interpreter/parse/dump.ts";
import { decodeSource, parse } from "../interpreter/parse/parse.ts";
import { asException, internalErrors } from "../interpreter/vm/raise.ts";
import type { Interpreter } from "../interpreter/vm/vm.ts";

export type ProgramSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "module"; readonly name: string }
  | { readonly kind: "stdin" };

export interface Run {
  readonly host: Host & { flush(): void; end?(): void };
  readonly source: ProgramSource;
  /** sys.path */
  readonly path: readonly string[];
  /** Stages to print. */
  readonly dump?: Dump;
  /** Called with the interpreter before anything runs. */
  readonly prepare?: (vm: Interpreter) => void;
}

/** Scripts of at least this many bytes are kept compiled like modules; below, compiling costs less than it is worth. */
const KEPT_SCRIPT_SIZE = 16_384;

const SIGINT = 2;

/** Runs a program; its exit status, or minus the signal that the process is to die of. */
export function runMain(run: Run): number {
  const { host, source } = run;
  const vm = newInterpreter(host, run.path);
  vm.flush = () => host.flush();
  run.prepare?.(vm);
  vm.finalizer.enable();
  const main = newMainModule(vm);
  return finish(vm, run, () => {
    if (source.kind === "module") {
      load(vm, "runpy");
      vm.call(getAttr(vm, vm.modules.getStr("runpy")!, "run_module"), [source.name, null, "__main__", true]);
      return;
    }
    if (source.kind === "file") main.dict.setStr("__file__", source.path);
    vm.runCode(compileProgram(vm, run, source), main.dict);
  });
}

function compileProgram(vm: Interpreter, run: Run, source: Exclude<ProgramSource, { kind: "module" }>): Code {
  const [bytes, filename] = sourceBytes(run.host, source);
  const { dump } = run;
  let warned = false;
  const compile = (): Code => compileSource(vm, decodeSource(bytes, filename).text, filename, "exec", { onWarning: () => (warned = true) });
  dump?.at("ast", filename, () => treeText(decodeSource(bytes, filename).text, filename));
  const code =
    source.kind === "file" && bytes.length >= KEPT_SCRIPT_SIZE
      ? cachedCode(run.host.codeStore, bytes, filename, compile, () => !warned)
      : compile();
  dump?.at("bytecode", filename, () => disassemble(code));
  return code;
}

/** A line a statement; nothing when the source has an error, which compiling reports. */
function treeText(text: string, filename: string): string {
  try {
    const mod = parse(text, filename);
    return mod.node === "Module" ? mod.body.map((s) => dumpTree(s)).join("\n") : "";
  } catch {
    return "";
  }
}

function sourceBytes(host: Host, source: Exclude<ProgramSource, { kind: "module" }>): [Uint8Array, string] {
  if (source.kind === "command") return [new TextEncoder().encode(source.text), "<string>"];
  if (source.kind === "file") return [readFileSync(source.path), source.path];
  const parts: Uint8Array[] = [];
  for (let c = host.readStdin(65536); c.length; c = host.readStdin(65536)) parts.push(c);
  return [Buffer.concat(parts), "<stdin>"];
}

/** Runs the program, then atexit functions; returns the exit status. */
function finish(vm: Interpreter, run: Run, program: () => void): number {
  let status = attempt(vm, program);
  status = attempt(vm, () => runExitFunctions(vm)) || status;
  attempt(vm, () => vm.finalizer.atExit());
  run.host.end?.();
  attempt(vm, () => flushStdout(vm));
  return status;
}

function attempt(vm: Interpreter, run: () => void): number {
  try {
    run();
    return 0;
  } catch (e) {
    const exc = asException(e);
    if (process.env.TSPY_DEBUG && internalErrors.has(exc)) console.error(internalErrors.get(exc));
    if (isInstanceOf(exc, "SystemExit")) return exitStatus(vm, exc);
    report(vm, exc);
    return isInstanceOf(exc, "KeyboardInterrupt") ? -SIGINT : 1;
  }
}

function exitStatus(vm: Interpreter, exc: PyBaseException): number {
  const code: Value = lookupAttr(vm, exc, "code") ?? exc.args.items[0] ?? null;
  if (code === null) return 0;
  const n = plainInt(code);
  if (n !== undefined) return Number(BigInt.asUintN(8, BigInt(n)));
  vm.writeError(`${str(vm, code)}\n`);
  return 1;
}

/** sys.excepthook, and when that fails itself, the plain report. */
function report(vm: Interpreter, exc: PyBaseException): void {
  const hook = vm.sys.getStr("excepthook");
  try {
    if (hook !== undefined && hook !== null) {
      vm.flush();
      vm.call(hook, [exc.cls, exc, exc.traceback]);
      return;
    }
  } catch (e) {
    vm.writeError("Error in sys.excepthook:\n");
    if (e instanceof PyBaseException) vm.writeError(vm.formatException(e));
    vm.writeError("\nOriginal exception was:\n");
  }
  vm.writeError(vm.formatException(exc));
}
