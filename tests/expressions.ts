/**
 * Runs a file of expectations from tests/expressions: lines "EXPRESSION => RESULT", where the result is ascii(value) or "CLASS: MESSAGE" of the exception.
 * Lines that start with # are comments. Every line is evaluated by one interpreter with the modules named in MODULES as globals.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { newInterpreter } from "../src/interpreter/modules/startup.ts";
import { PyBaseException } from "../src/interpreter/builtins/exceptions.ts";
import { PyDict } from "../src/interpreter/objects/dict.ts";
import { getAttr, repr, str } from "../src/interpreter/objects/operations.ts";
import type { Host } from "../src/interpreter/objects/runtime.ts";
import { asciiText } from "../src/interpreter/objects/str-repr.ts";
import type { Interpreter } from "../src/interpreter/vm/vm.ts";

const here = dirname(fileURLToPath(import.meta.url));
const LIBRARY = join(here, "../dist/lib/python3.14");
const MODULES = [
  "math",
  "cmath",
  "struct",
  "_struct",
  "array",
  "binascii",
  "_random",
  "_string",
  "_statistics",
  "unicodedata",
  "codecs",
  "_codecs",
];

/** A host without input, whose output is discarded. */
const quietHost: Host = {
  writeStdout() {},
  writeStderr() {},
  readStdin: () => new Uint8Array(0),
  monotonicNs: () => process.hrtime.bigint(),
  wallNs: () => BigInt(Date.now()) * 1_000_000n,
  env: {},
  argv: [""],
};

function globalsOf(vm: Interpreter): PyDict {
  const globals = new PyDict();
  for (const name of MODULES) globals.setStr(name, vm.importModule(name));
  globals.setStr("A", getAttr(vm, vm.importModule("array"), "array"));
  return globals;
}

function evaluate(vm: Interpreter, globals: PyDict, expression: string): string {
  try {
    return asciiText(repr(vm, vm.call(vm.builtins.getStr("eval")!, [expression, globals])));
  } catch (e) {
    if (!(e instanceof PyBaseException)) throw e;
    return `${e.cls.name}: ${asciiText(repr(vm, str(vm, e))).slice(1, -1)}`;
  }
}

const SEPARATOR = " => ";

/** Checks every line of a file and reports all that differ. */
export function checkExpressions(name: string): void {
  const vm = newInterpreter(quietHost, [LIBRARY]);
  const globals = globalsOf(vm);
  const wrong: string[] = [];
  for (const line of readFileSync(join(here, "expressions", name), "utf8").split("\n")) {
    const at = line.lastIndexOf(SEPARATOR);
    if (at < 0 || line.startsWith("#")) continue;
    const expression = line.slice(0, at);
    const want = line.slice(at + SEPARATOR.length);
    const got = evaluate(vm, globals, expression).slice(0, 400);
    if (got !== want) wrong.push(`${expression}\n    got  ${got}\n    want ${want}`);
  }
  assert.is(wrong.join("\n"), "");
}
