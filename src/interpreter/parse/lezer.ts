/**
 * The generated parser behind one function. Strict mode: the first token that fits nowhere ends the parse, because error
 * recovery serves editors; diagnose.ts looks for the reason instead.
 */
import type { PartialParse, Tree } from "@lezer/common";
import type { LRParser } from "@lezer/lr";
import { parser } from "./generated/parser.js";

export type Mode = "exec" | "eval" | "single" | "func_type";

function configured(top: string): LRParser {
  // Large buffers make few tree objects; flattening copies them in a loop.
  return parser.configure({ strict: true, top, bufferLength: 8192 });
}

const script = configured("Script");
const PARSERS: Readonly<Record<Mode, LRParser>> = {
  exec: script,
  single: script,
  eval: configured("EvalInput"),
  func_type: configured("FunctionTypeInput"),
};

/** Where the parser stopped. */
export interface Stopped {
  readonly stoppedAt: number;
}

/** `text` has "\n" as its only line end and ends with one. */
export function parseTree(text: string, mode: Mode): Tree | Stopped {
  try {
    return finish(PARSERS[mode].startParse(text));
  } catch (error) {
    const stopped = error instanceof SyntaxError ? /^No parse at (\d+)/.exec(error.message) : null;
    if (!stopped) throw error;
    return { stoppedAt: Number(stopped[1]) };
  }
}

/**
 * Lezer gives up on a long chain of one operator, counting its links in this internal field, to keep trees shallow. Ours are
 * flattened by loops where they can be long, so the count starts anew with every token. (Harmless if the field goes away.)
 */
interface LinkCounter {
  bigReductionCount: number;
}

function finish(parse: PartialParse): Tree {
  const counter = parse as PartialParse & LinkCounter;
  for (;;) {
    const tree = parse.advance();
    if (tree) return tree;
    counter.bigReductionCount = 0;
  }
}
