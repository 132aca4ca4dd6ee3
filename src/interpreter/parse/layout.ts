/**
 * What the tokenizer refuses though the fast parser does not notice: tabs and spaces that depend on the width of a tab
 * (the fast parser has it go to the next multiple of eight columns), more than 100 levels of indentation, more than 200 open
 * brackets, a backslash at the end of the file.
 * Cheap tests select the sources that could be at fault; only these are read by the tokenizer of the slow path.
 * Source: Language Reference 2.1 (line structure); the limits are CPython's.
 */
import { LexicalError, MAX_INDENT, MAX_LEVEL, Tokenizer } from "./diagnose/tokenizer.ts";

const DEEP_INDENT = new RegExp(`^[ \\t\\f]{${MAX_INDENT - 1}}`, "m");

export function breaksLayout(text: string): boolean {
  if (!/^[ \f]*\t/m.test(text) && !text.endsWith("\\\n") && !DEEP_INDENT.test(text) && bracketDepth(text) <= MAX_LEVEL) return false;
  const tokenizer = new Tokenizer(text);
  try {
    while (tokenizer.next().type !== "ENDMARKER");
    return false;
  } catch (error) {
    if (error instanceof LexicalError) return true;
    throw error;
  }
}

/** Depth of brackets, those in strings and comments counted as well. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 40:
      case 91:
      case 123:
        if (++depth > deepest) deepest = depth;
        break;
      case 41:
      case 93:
      case 125:
        if (depth > 0) depth--;
        break;
    }
  }
  return deepest;
}
