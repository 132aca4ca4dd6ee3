/** str.translate and str.maketrans. Source: Python library reference "String Methods". */
import { isInstanceOf, typeError, valueError } from "../builtins/exceptions.ts";
import { PyDict } from "./dict.ts";
import { getItem, plainInt, plainStr, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { self } from "./str.ts";
import { strLength } from "./str-points.ts";
import { extendType, strType } from "./type.ts";
import type { Value } from "./values.ts";

/** What a table says of one character. */
function translated(vm: VM, table: Value, c: string): string {
  const cp = c.codePointAt(0)!;
  let to: Value;
  try {
    to = getItem(vm, table, cp);
  } catch (e) {
    if (isInstanceOf(e, "LookupError")) return c;
    throw e;
  }
  if (to === null) return "";
  const text = plainStr(to);
  if (text !== undefined) return text;
  const code = plainInt(to);
  if (code === undefined) throw typeError("character mapping must return integer, None or str");
  if (code < 0 || code > 0x10ffff) throw valueError("character mapping must be in range(0x110000)");
  return String.fromCodePoint(Number(code));
}

function translate(vm: VM, v: Value, table: Value): Value {
  const known = new Map<string, string>();
  let out = "";
  for (const c of self(v)) {
    let to = known.get(c);
    if (to === undefined) known.set(c, (to = translated(vm, table, c)));
    out += to;
  }
  return out;
}

function maketrans(vm: VM, x: Value, y?: Value, z?: Value): Value {
  const table = new PyDict();
  if (y === undefined) fromDict(vm, x, table);
  else fromTexts(vm, x, y, z, table);
  return table;
}

function fromDict(vm: VM, x: Value, table: PyDict): void {
  if (!(x instanceof PyDict)) throw typeError("if you give only one argument to maketrans it must be a dict");
  for (const { key, value } of x.entries()) {
    const text = plainStr(key);
    if (text !== undefined) {
      if (strLength(text) !== 1) throw valueError("string keys in translate table must be of length 1");
      table.set(vm, text.codePointAt(0)!, value);
    } else if (plainInt(key) !== undefined) table.set(vm, key, value);
    else throw typeError("keys in translate table must be strings or integers");
  }
}

function fromTexts(vm: VM, x: Value, y: Value, z: Value | undefined, table: PyDict): void {
  const from = plainStr(x);
  if (from === undefined) throw typeError("first maketrans argument must be a string if there is a second argument");
  const sources = Array.from(from);
  const targets = Array.from(argument(y, 2));
  if (sources.length !== targets.length) throw valueError("the first two maketrans arguments must have equal length");
  for (let i = 0; i < sources.length; i++) table.set(vm, sources[i]!.codePointAt(0)!, targets[i]!.codePointAt(0)!);
  if (z !== undefined) for (const c of argument(z, 3)) table.set(vm, c.codePointAt(0)!, null);
}

function argument(v: Value, index: number): string {
  const s = plainStr(v);
  if (s === undefined) throw typeError(`maketrans() argument ${index} must be str, not ${typeName(v)}`);
  return s;
}

extendType(strType, {
  methods: { translate: ["($self, table, /)", translate, "Each character mapped through a table of code points."] },
  staticMethods: { maketrans: ["(x, y=<unrepresentable>, z=<unrepresentable>, /)", maketrans, "A table for translate."] },
});
