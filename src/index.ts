/** The embedding API for Node: `createInterpreter`, with the standard library that lies beside the bundle. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultCodeStore } from "./cli/code-store.ts";
import { EmbeddedInterpreter, type InterpreterOptions, type PythonInterpreter } from "./embedding/interpreter.ts";

export { type Float, float } from "./embedding/convert.ts";
export { PythonError, type PythonObject, TimeLimitError } from "./embedding/errors.ts";
export type { InterpreterOptions, PythonInterpreter } from "./embedding/interpreter.ts";
export type { HostModule } from "./interpreter/objects/runtime.ts";

/** dist, whether this runs bundled there or from the sources. */
function distFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, "lib")) ? here : join(here, "..", "dist");
}

/** A new interpreter that shares nothing with others. */
export function createInterpreter(options: InterpreterOptions = {}): PythonInterpreter {
  const dist = distFolder();
  const codeStore = options.codeStore ?? defaultCodeStore(join(dist, "cache"), process.env);
  return new EmbeddedInterpreter({ ...options, codeStore }, [join(dist, "lib", "python3.14")]);
}
