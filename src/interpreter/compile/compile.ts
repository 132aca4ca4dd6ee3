/** AST → Code: the entry of this folder. */
import type * as ast from "../parse/ast.ts";
import { CO, type Code } from "./code.ts";
import { expr } from "./expressions.ts";
import { bodyAnnotations, conditionalSet, docstring } from "./functions.ts";
import { hasAnnotations, hasConditionalAnnotations, SymbolTable } from "./scope.ts";
import { body, statement } from "./statements.ts";
import { type CompileOptions, Unit } from "./unit.ts";

export type { CompileOptions } from "./unit.ts";

export const DEFAULT_OPTIONS: CompileOptions = { optimize: 0, flags: 0 };

/** Compiles a module, an expression (returns its value) or an interactive statement. Throws a SyntaxProblem. */
export function compile(mod: ast.Mod, filename: string, given: CompileOptions = DEFAULT_OPTIONS): Code {
  const future = futureFeatures(mod);
  if (given.flags & CO.FUTURE_ANNOTATIONS) future.add("annotations");
  const options: CompileOptions = { ...given, flags: given.flags | (future.has("annotations") ? CO.FUTURE_ANNOTATIONS : 0) };
  const table = new SymbolTable(mod, filename, future, options.source);
  const u = new Unit(table.top, table, options, filename, "<module>");
  u.prologue();
  u.e.op("RESUME", 0);
  if (mod.node === "Expression") {
    expr(u, mod.body);
    u.e.op("RETURN_VALUE");
  } else {
    if (mod.node === "Module") moduleBody(u, mod);
    else if (mod.node === "Interactive") {
      u.interactive = true;
      for (const s of mod.body) statement(u, s);
    }
    if (!u.e.isDead) {
      u.e.load(null);
      u.e.op("RETURN_VALUE");
    }
  }
  return u.finish("<module>", 1, { argcount: 0, posonly: 0, kwonly: 0 });
}

function moduleBody(u: Unit, mod: ast.Module): void {
  const doc = docstring(mod.body);
  const kept = doc !== undefined && u.options.optimize < 2;
  u.hasConditionalAnnotations = hasConditionalAnnotations(mod.body);
  conditionalSet(u, mod.body);
  if (u.options.flags & CO.FUTURE_ANNOTATIONS && hasAnnotations(mod.body)) u.e.op("SETUP_ANNOTATIONS");
  if (kept) {
    u.e.at(mod.body[0]);
    u.e.load(doc);
    u.e.op("STORE_NAME", u.e.name("__doc__"));
  }
  const stmts = doc !== undefined ? mod.body.slice(1) : mod.body;
  if (hasAnnotations(mod.body)) bodyAnnotations(u, mod, mod.body, mod.body[0]!);
  for (const s of stmts) {
    if (!(s.node === "ImportFrom" && s.module === "__future__")) u.futureEnds = true;
    body(u, [s]);
  }
}

function futureFeatures(mod: ast.Mod): Set<string> {
  const out = new Set<string>();
  if (mod.node !== "Module" && mod.node !== "Interactive") return out;
  for (const [i, s] of mod.body.entries()) {
    if (s.node === "ImportFrom" && s.module === "__future__" && s.level === 0) for (const a of s.names) out.add(a.name);
    else if (!(i === 0 && s.node === "Expr" && s.value.node === "Constant" && typeof s.value.value === "string")) break;
  }
  return out;
}
