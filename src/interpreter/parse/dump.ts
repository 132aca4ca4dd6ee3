/**
 * `ast.dump`: a tree as text, letter by letter as CPython 3.14 prints it (absent fields and empty lists left out).
 */
import { bytesRepr } from "../objects/bytes-text.ts";
import { complexRepr } from "../objects/complex.ts";
import { floatRepr } from "../objects/float-text.ts";
import { strRepr } from "../objects/str-repr.ts";
import { PyBytes, PyComplex, PyFloat } from "../objects/values.ts";
import { type ConstantValue, FIELDS, type Located, type Node } from "./ast.ts";

export interface DumpOptions {
  readonly includeAttributes?: boolean;
}

const ATTRIBUTES = ["lineno", "col_offset", "end_lineno", "end_col_offset"] as const satisfies readonly (keyof Located)[];

/** Fields whose strings are names of node classes: `ctx=Load()`. */
const CLASS_FIELDS: ReadonlySet<string> = new Set(["ctx", "op", "ops"]);

type Field = ConstantValue | Node | readonly Field[];

export function dump(node: Node, { includeAttributes = false }: DumpOptions = {}): string {
  return dumpNode(node, includeAttributes);
}

function dumpNode(node: Node, attributes: boolean): string {
  const record = node as unknown as Readonly<Record<string, Field>>;
  const parts: string[] = [];
  for (const field of FIELDS[node.node]) {
    const value = record[field]!;
    if (field === "value" && (node.node === "Constant" || node.node === "MatchSingleton")) {
      parts.push(`value=${constantRepr(value as ConstantValue)}`);
    } else if (value !== null && !(Array.isArray(value) && value.length === 0)) {
      parts.push(`${field}=${dumpField(field, value, attributes)}`);
    }
  }
  if (attributes && "end_lineno" in node) for (const name of ATTRIBUTES) parts.push(`${name}=${node[name]}`);
  return `${node.node}(${parts.join(", ")})`;
}

function dumpField(field: string, value: Field, attributes: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => dumpField(field, item, attributes)).join(", ")}]`;
  if (typeof value === "string") return CLASS_FIELDS.has(field) ? `${value}()` : strRepr(value);
  if (typeof value === "object" && value !== null && "node" in value) return dumpNode(value, attributes);
  return constantRepr(value as ConstantValue);
}

export function constantRepr(value: ConstantValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return strRepr(value);
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (value instanceof PyComplex) return complexRepr(value);
  return value instanceof PyBytes ? bytesRepr(value.data) : "Ellipsis";
}
