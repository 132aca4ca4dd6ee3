/**
 * Identifiers. Source: Language Reference 2.3; PEP 3131: names are NFKC-normalised, then checked.
 * Known weakness: XID properties are those of the JavaScript engine's Unicode version.
 */
import { type FlatTree, refuse } from "../tree.ts";

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const NON_ASCII = /[\u0080-\uffff]/;

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** The name in node `n`. */
export function nameAt(t: FlatTree, n: number): string {
  const text = t.source(n);
  if (!t.lines.bytes || !NON_ASCII.test(text)) return text;
  const normal = text.normalize("NFKC");
  return isIdentifier(normal) && isIdentifier(text) ? normal : refuse(t, n);
}

/** `a.b.c`, written with white space or not. */
export function dottedNameAt(t: FlatTree, n: number): string {
  const text = t.source(n).replace(/[\s\\]+/g, "");
  if (!NON_ASCII.test(text)) return text;
  const normal = text.normalize("NFKC");
  return normal.split(".").every(isIdentifier) ? normal : refuse(t, n);
}
