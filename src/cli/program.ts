/** Runs one program in a fresh interpreter and turns how it ended into an exit status. */
import { compileSource } from "../interpreter/builtins/evaluate.ts";
import { isInstanceOf, PyBaseException } from "../interpreter/builtins/exceptions.ts";
import { load, loadNative, makeSpec } from "../interpreter/modules/importer.ts";
import { NATIVE_MODULES } from "../interpreter/modules/registry.ts";
import { PyList } from "../interpreter/objects/list.ts";
import { PyModule } from "../interpreter/objects/module.ts";
import { getAttr, lookupAttr, plainInt, str } from "../interpreter/objects/operations.ts";
import type { Host } from "../interpreter/objects/runtime.ts";
import type { Value } from "../interpreter/objects/values.ts";
import { decodeSource } from "../interpreter/parse/parse.ts";
import { asException, internalErrors } from "../interpreter/vm/raise.ts";
import { Interpreter } from "../interpreter/vm/vm.ts";

export { decodeSource };
export type ProgramSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "module"; readonly name: string }
  | { readonly kind: "stdin" };

/** An interpreter with sys and the search path in place. */
export function newInterpreter(host: Host, path: readonly string[]): Interpreter {
  const vm = new Interpreter(host);
  loadNative(vm, NATIVE_MODULES.get("sys")!);
  vm.sys.setStr("path", new PyList([...path]));
  return vm;
}

export function runMain(host: Host & { flush(): void }, source: ProgramSource, path: readonly string[], read: (path: string) => { text: string }, prepare: (vm: Interpreter) => void = () => {}): number {
  const vm = newInterpreter(host, path);
  prepare(vm);
  vm.flush = () => host.flush();
  const main = new PyModule("__main__");
  vm.modules.setStr("__main__", main);
  main.dict.setStr("__builtins__", vm.modules.getStr("builtins")!);
  return finish(vm, () => {
    if (source.kind === "module") {
      load(vm, "runpy");
      vm.call(getAttr(vm, vm.modules.getStr("runpy")!, "run_module"), [source.name, null, "__main__", true]);
      return;
    }
    const [text, filename] = sourceText(host, source, read);
    if (source.kind === "file") main.dict.setStr("__file__", filename);
    main.dict.setStr("__spec__", null);
    main.dict.setStr("__annotations__", null);
    main.dict.deleteStr("__annotations__");
    vm.runCode(compileSource(vm, text, filename, "exec"), main.dict);
  });
}

function sourceText(host: Host, source: Exclude<ProgramSource, { kind: "module" }>, read: (path: string) => { text: string }): [string, string] {
  if (source.kind === "command") return [source.text, "<string>"];
  if (source.kind === "file") return [read(source.path).text, source.path];
  const parts: Uint8Array[] = [];
  for (let c = host.readStdin(65536); c.length; c = host.readStdin(65536)) parts.push(c);
  return [decodeSource(Buffer.concat(parts), "<stdin>").text, "<stdin>"];
}

/** Runs the program, then atexit functions; returns the exit status. */
function finish(vm: Interpreter, run: () => void): number {
  let status = attempt(vm, run);
  const atexit = vm.modules.getStr("atexit");
  if (atexit instanceof PyModule) {
    const callbacks = lookupAttr(vm, atexit, "_run_exitfuncs");
    if (callbacks !== undefined) status = attempt(vm, () => void vm.call(callbacks, [])) || status;
  }
  attempt(vm, () => {
    const out = vm.sys.getStr("stdout");
    if (out !== undefined && out !== null) vm.call(getAttr(vm, out, "flush"), []);
  });
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
    return isInstanceOf(exc, "KeyboardInterrupt") ? 130 : 1;
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
