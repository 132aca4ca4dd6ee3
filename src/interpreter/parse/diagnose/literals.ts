/** Decodes literals only to see whether that fails. */
import { decodeBytes, decodeText, splitLiteral } from "../strings.ts";

const ignore = () => {};
type CharacterNamed = (name: string) => string | undefined;

export function checkLiteral(literal: string, characterNamed: CharacterNamed): void {
  const { bytes, raw, from, to } = splitLiteral(literal);
  const body = literal.slice(from, to);
  if (bytes) decodeBytes(body, raw, ignore);
  else if (!raw) checkEscapes(body, characterNamed);
}

/** Text between quotes, or a piece of a format string. */
export function checkEscapes(body: string, characterNamed: CharacterNamed): void {
  decodeText(body, { doubtful: ignore, characterNamed });
}
