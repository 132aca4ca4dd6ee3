/**
 * Python source → AST. The entry of this folder.
 *
 *   source ── normalise ── Lezer tree ── flat arrays ── lowering ── AST
 *                              └── stopped, or refused by lowering ── diagnose ── SyntaxProblem
 */
import { Tree } from "@lezer/common";
import type * as ast from "./ast.ts";
import { check, diagnose } from "./diagnose.ts";
import * as N from "./generated/nodes.ts";
import { breaksLayout } from "./layout.ts";
import { type Mode, parseTree } from "./lezer.ts";
import { exprs, lowerExpr } from "./lower/expressions.ts";
import { lowerBody } from "./lower/statements.ts";
import { SyntaxProblem } from "./problem.ts";
import { FlatTree, type LoweringOptions, Refusal, type SyntaxNotice } from "./tree.ts";

export type { Mode } from "./lezer.ts";
export { SyntaxProblem } from "./problem.ts";
export { type DecodedSource, decodeSource } from "./source.ts";
export type { SyntaxNotice } from "./tree.ts";

export interface ParseOptions {
  /** Called for every warning that CPython gives while it parses. */
  readonly warn?: (notice: SyntaxNotice) => void;
  /** The character that `\N{name}` stands for. */
  readonly characterNamed?: (name: string) => string | undefined;
  /** Report an `_IncompleteInputError` when more input could mend the error (compile()'s flag PyCF_ALLOW_INCOMPLETE_INPUT). */
  readonly allowIncomplete?: boolean;
  /** Whether the end of an interactive input ends its blocks (not under compile()'s flag PyCF_DONT_IMPLY_DEDENT). */
  readonly impliesDedent?: boolean;
}

/** Parses `source`; throws a SyntaxProblem. */
export function parse(source: string, filename: string, mode: Mode = "exec", options: ParseOptions = {}): ast.Mod {
  if (source.includes("\0")) throw nullByte(filename);
  const lines = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
  const text = lines.endsWith("\n") ? lines : `${lines}\n`;
  // Only a file is completed by a line end as CPython sees it, and error messages can tell.
  const shown = mode === "exec" ? text : lines;
  const lowering: LoweringOptions = {
    filename,
    warn: options.warn ?? (() => {}),
    characterNamed: options.characterNamed ?? (() => undefined),
    allowIncomplete: options.allowIncomplete ?? false,
    impliesDedent: options.impliesDedent ?? true,
  };
  const tree = parseTree(text, mode);
  if (!(tree instanceof Tree)) throw diagnose(shown, mode, tree.stoppedAt, lowering);
  if (breaksLayout(text)) throw diagnose(shown, mode, 0, lowering);
  // Without a last line end the interactive mode is stricter than with one, which the fast parser always sees.
  const problem = mode === "single" && shown !== text ? check(shown, mode, lowering) : undefined;
  if (problem) throw problem;
  try {
    return lowerModule(new FlatTree(tree, text, lowering), mode);
  } catch (error) {
    if (error instanceof Refusal) throw diagnose(shown, mode, error.pos, lowering);
    throw error;
  }
}

function nullByte(filename: string): SyntaxProblem {
  const message = "source code string cannot contain null bytes";
  const nowhere = { lineno: null, offset: null, end_lineno: null, end_offset: null, text: null, metadata: null };
  return new SyntaxProblem({ kind: "SyntaxError", message, filename, ...nowhere });
}

function lowerModule(t: FlatTree, mode: Mode): ast.Mod {
  switch (mode) {
    case "exec":
      return { node: "Module", body: lowerBody(t, 0), type_ignores: [] };
    case "eval":
      return { node: "Expression", body: lowerExpr(t, 1) };
    case "func_type": {
      const types = exprs(t, 0);
      const returns = types.pop()!;
      return { node: "FunctionType", argtypes: types, returns };
    }
    case "single":
      return { node: "Interactive", body: singleStatement(t) };
  }
}

/** One compound statement, or the simple statements of one line. */
function singleStatement(t: FlatTree): ast.Stmt[] {
  if (t.end[0] === 1) throw new Refusal(0);
  for (let c = 1, next = t.end[c]!; next < t.end[0]!; c = next, next = t.end[c]!) {
    if (t.kind[next] === N.LastSemicolon) break;
    if (isCompound(t.kind[c]!) || !/^(?:[^\S\n]|\\\n)*;/.test(t.text.slice(t.to[c]!, t.from[next]!))) throw new Refusal(t.from[next]!);
  }
  return lowerBody(t, 0);
}

const COMPOUND: ReadonlySet<number> = new Set([
  N.IfStatement,
  N.WhileStatement,
  N.ForStatement,
  N.TryStatement,
  N.WithStatement,
  N.FunctionDefinition,
  N.ClassDefinition,
  N.DecoratedStatement,
  N.MatchStatement,
]);

function isCompound(kind: number): boolean {
  return COMPOUND.has(kind);
}
