/** Paths as arguments: str, bytes, os.PathLike. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { decodeBytes, encodeText } from "../objects/codecs-core.ts";
import { lookupSpecial, plainStr, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyBytes, type Value } from "../objects/values.ts";

/** os.fspath: the str or bytes behind a path. */
export function pathValue(vm: VM, v: Value): string | PyBytes {
  const s = plainStr(v);
  if (s !== undefined) return s;
  if (v instanceof PyBytes) return v;
  const method = lookupSpecial(vm, v, "__fspath__");
  if (method === undefined) throw typeError(`expected str, bytes or os.PathLike object, not ${typeName(v)}`);
  const p = vm.call(method, []);
  const text = plainStr(p);
  if (text !== undefined) return text;
  if (p instanceof PyBytes) return p;
  throw typeError(`expected ${typeName(v)}.__fspath__() to return str or bytes, not ${typeName(p)}`);
}

/** The path as text for the file system. */
export function fsPath(vm: VM, v: Value): string {
  const p = pathValue(vm, v);
  const text = typeof p === "string" ? p : decodeBytes(vm, p.data, "utf-8", "surrogateescape");
  if (text.includes("\0")) throw valueError("embedded null character");
  return text;
}

/** Whether names found through this path are bytes. */
export function wantsBytes(vm: VM, v: Value): boolean {
  return typeof pathValue(vm, v) !== "string";
}

export function nameValue(vm: VM, name: string, asBytes: boolean): Value {
  return asBytes ? encodeText(vm, name, "utf-8", "surrogateescape") : name;
}
