/**
 * Python source → AST. The entry of this folder.
 *
 *   source ── normalise ── Lezer tree ── flat arrays ── lowering ── AST
 *                              └── stopped, or refused by lowering ── diagnose ── SyntaxProblem
 */
import { Tree } from "@lezer/common";
import type * as ast from "./ast.ts";
import { diagnose, literalProblem } from "./diagnose.ts";
import * as N from "./generated/nodes.ts";
import { layoutIsDoubtful } from "./layout.ts";
import { type Mode, parseTree } from "./lezer.ts";
import { exprs, lowerExpr } from "./lower/expressions.ts";
import { lowerBody } from "./lower/statements.ts";
import { FlatTree, type LoweringOptions, Refusal, type SyntaxNotice } from "./tree.ts";

export type { Mode } from "./lezer.ts";
export { SyntaxProblem } from "./problem.ts";
export type { SyntaxNotice } from "./tree.ts";

export interface ParseOptions {
  /** Called for every warning that CPython gives while it parses. */
  readonly warn?: (notice: SyntaxNotice) => void;
  /** The character that `\N{name}` stands for. */
  readonly characterNamed?: (name: string) => string | undefined;
}

/** Parses `source`; throws a SyntaxProblem. */
export function parse(source: string, filename: string, mode: Mode = "exec", options: ParseOptions = {}): ast.Mod {
  const text = normalise(source);
  const lowering: LoweringOptions = {
    filename,
    warn: options.warn ?? (() => {}),
    characterNamed: options.characterNamed ?? (() => undefined),
    problem: (message, from, to) => literalProblem(text, filename, message, from, to),
  };
  const tree = parseTree(text, mode);
  if (!(tree instanceof Tree)) throw diagnose(text, mode, tree.stoppedAt, lowering);
  if (layoutIsDoubtful(text)) throw diagnose(text, mode, 0, lowering);
  try {
    return lowerModule(new FlatTree(tree, text, lowering), mode);
  } catch (error) {
    if (error instanceof Refusal) throw diagnose(text, mode, error.pos, lowering);
    throw error;
  }
}

/** Line ends as "\n", one of them at the end. */
function normalise(source: string): string {
  const text = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
  return text.endsWith("\n") ? text : `${text}\n`;
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
