/**
 * `ast.dump`: a tree as text, letter by letter as CPython 3.14 prints it (absent fields and empty lists left out).
 * Known weakness: which characters a repr escapes depends on the JavaScript engine's Unicode version.
 */
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
  if (typeof value === "string") return CLASS_FIELDS.has(field) ? `${value}()` : stringRepr(value);
  if (typeof value === "object" && value !== null && "node" in value) return dumpNode(value, attributes);
  return constantRepr(value as ConstantValue);
}

// Reprs -----------------------------------------------------------------------------------------

export function constantRepr(value: ConstantValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return stringRepr(value);
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (value instanceof PyComplex) return complexRepr(value);
  if (value instanceof PyBytes) return bytesRepr(value.data);
  return "Ellipsis";
}

function floatRepr(value: number): string {
  const text = floatDigits(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Shortest digits that round-trip, with an exponent where Python writes one; no ".0". */
function floatDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) {
    if (exponent >= 0) return value === 0 ? (Object.is(value, -0) ? "-0" : "0") : wholeDigits(mantissa, exponent);
    return value.toFixed(mantissa.replace(/[-.]/g, "").length - 1 - exponent);
  }
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function wholeDigits(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "").padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return `${sign}${digits.slice(0, exponent + 1)}${fraction ? `.${fraction}` : ""}`;
}

function complexRepr({ real, imag }: PyComplex): string {
  if (real === 0 && !Object.is(real, -0)) return `${floatDigits(imag)}j`;
  const text = floatDigits(imag);
  return `(${floatDigits(real)}${text.startsWith("-") ? "" : "+"}${text}j)`;
}

const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoteFor(text: string): string {
  return text.includes("'") && !text.includes('"') ? '"' : "'";
}

export function stringRepr(text: string): string {
  const quote = quoteFor(text);
  // Everything of the categories Other and Separator, except the space, is escaped.
  const body = text.replace(/[\\\n\r\t'"]|[^ -~]/gu, (ch) => {
    if (ch === "'" || ch === '"') return ch === quote ? `\\${ch}` : ch;
    return SHORT[ch] ?? (/[\p{C}\p{Z}]/u.test(ch) ? escaped(ch.codePointAt(0)!) : ch);
  });
  return quote + body + quote;
}

function escaped(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function bytesRepr(data: Uint8Array): string {
  const text = Array.from(data, (byte) => String.fromCharCode(byte)).join("");
  const quote = quoteFor(text);
  const body = text.replace(/[^ -~]|[\\'"]/g, (ch) => {
    if (ch === "'" || ch === '"') return ch === quote ? `\\${ch}` : ch;
    return SHORT[ch] ?? escaped(ch.charCodeAt(0));
  });
  return `b${quote}${body}${quote}`;
}
