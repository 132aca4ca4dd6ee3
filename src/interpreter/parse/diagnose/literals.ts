/** Decodes a literal only to see whether that fails. */
import { decodeBytes, decodeText, splitLiteral } from "../strings.ts";

const ignore = () => {};

export function checkLiteral(literal: string, characterNamed: (name: string) => string | undefined): void {
  const { bytes, raw, from, to } = splitLiteral(literal);
  const body = literal.slice(from, to);
  if (bytes) decodeBytes(body, raw, ignore);
  else if (!raw) decodeText(body, { doubtful: ignore, characterNamed });
}
