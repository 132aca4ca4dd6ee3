/** Statements → bytecode: simple statements, branches, loops. Exception handling is in exceptions.ts, `match` in patterns.ts. */
import { PyTuple, type Value } from "../objects/values.ts";
import type * as ast from "../parse/ast.ts";
import { CO } from "./code.ts";
import { Label } from "./emitter.ts";
import { compileTry, compileTryStar, compileWith, leave } from "./exceptions.ts";
import { binaryOpcode, constantOf, deleteTarget, expr, jumpIf, storeTarget } from "./expressions.ts";
import { asyncNext, compileClassDef, compileFunctionDef, compileTypeAlias, sourceText } from "./functions.ts";
import { isCandidate } from "./loops.ts";
import { INTRINSIC_1_IDS } from "./opcodes.ts";
import { compileMatch } from "./patterns.ts";
import type { Unit } from "./unit.ts";

export function body(u: Unit, stmts: readonly ast.Stmt[]): void {
  for (const s of stmts) statement(u, s);
}

/** A block that may run or not: annotations in it are conditional. */
export function block(u: Unit, stmts: readonly ast.Stmt[]): void {
  u.conditional++;
  body(u, stmts);
  u.conditional--;
}

export function statement(u: Unit, n: ast.Stmt): void {
  const e = u.e;
  e.at(n);
  if (u.currentLoop >= 0) (n as { pc?: number }).pc = e.pc;
  switch (n.node) {
    case "Expr":
      expressionStatement(u, n);
      break;
    case "Assign":
      expr(u, n.value);
      n.targets.forEach((t, i) => {
        e.at(n);
        if (i < n.targets.length - 1) e.op("COPY", 1);
        storeTarget(u, t);
      });
      break;
    case "AugAssign":
      augAssign(u, n);
      break;
    case "AnnAssign":
      annAssign(u, n);
      break;
    case "Return":
      returnStatement(u, n);
      break;
    case "Delete":
      for (const t of n.targets) deleteTarget(u, t);
      break;
    case "If":
      ifStatement(u, n);
      break;
    case "For":
      forLoop(u, n);
      break;
    case "AsyncFor":
      asyncFor(u, n);
      break;
    case "While":
      whileLoop(u, n);
      break;
    case "Break":
    case "Continue":
      breakOrContinue(u, n);
      break;
    case "Pass":
      e.op("NOP");
      break;
    case "Raise":
      if (n.exc) expr(u, n.exc);
      if (n.cause) expr(u, n.cause);
      e.at(n);
      e.op("RAISE_VARARGS", n.cause ? 2 : n.exc ? 1 : 0);
      break;
    case "Assert":
      assertStatement(u, n);
      break;
    case "Import":
      for (const a of n.names) importModule(u, n, a);
      break;
    case "ImportFrom":
      importFrom(u, n);
      break;
    case "FunctionDef":
    case "AsyncFunctionDef":
      compileFunctionDef(u, n);
      break;
    case "ClassDef":
      compileClassDef(u, n);
      break;
    case "TypeAlias":
      compileTypeAlias(u, n);
      break;
    case "Try":
      compileTry(u, n);
      break;
    case "TryStar":
      compileTryStar(u, n);
      break;
    case "With":
    case "AsyncWith":
      compileWith(u, n);
      break;
    case "Match":
      compileMatch(u, n);
      break;
    case "Global":
    case "Nonlocal":
      break;
  }
}

function expressionStatement(u: Unit, n: ast.ExprStmt): void {
  const e = u.e;
  if (u.interactive && u.scope.kind === "module") {
    expr(u, n.value);
    e.at(n);
    e.op("CALL_INTRINSIC_1", INTRINSIC_1_IDS.PRINT);
    e.op("POP_TOP");
    return;
  }
  if (n.value.node === "Constant") {
    e.op("NOP");
    return;
  }
  expr(u, n.value);
  e.at(n);
  e.op("POP_TOP");
}

function augAssign(u: Unit, n: ast.AugAssign): void {
  const e = u.e;
  const t = n.target;
  const op = binaryOpcode(n.op, true);
  if (t.node === "Name") {
    e.at(t);
    u.load(t.id);
    expr(u, n.value);
    e.at(n);
    e.op(op);
    e.at(t);
    u.store(t.id);
    return;
  }
  expr(u, t.value);
  if (t.node === "Attribute") {
    e.at(t);
    e.op("COPY", 1);
    e.op("LOAD_ATTR", e.name(u.mangled(t.attr)));
    expr(u, n.value);
    e.at(n);
    e.op(op);
    e.at(t);
    e.op("SWAP", 2);
    e.op("STORE_ATTR", e.name(u.mangled(t.attr)));
    return;
  }
  expr(u, t.slice);
  e.at(t);
  e.op("COPY", 2);
  e.op("COPY", 2);
  e.op("BINARY_SUBSCR");
  expr(u, n.value);
  e.at(n);
  e.op(op);
  e.at(t);
  // o k value -- value o k
  e.op("SWAP", 3);
  e.op("SWAP", 2);
  e.op("STORE_SUBSCR");
}

function annAssign(u: Unit, n: ast.AnnAssign): void {
  const e = u.e;
  if (n.value) {
    expr(u, n.value);
    storeTarget(u, n.target);
  }
  const inNamespace = !u.scope.isFunctionLike;
  if (n.target.node !== "Name") {
    if (!n.value) {
      expr(u, n.target.value);
      e.op("POP_TOP");
    }
    return;
  }
  if (!inNamespace || !n.simple) return;
  if (u.options.flags & CO.FUTURE_ANNOTATIONS) {
    e.load(sourceText(u, n.annotation));
    e.op("LOAD_NAME", e.name("__annotations__"));
    e.load(u.mangled(n.target.id));
    e.op("STORE_SUBSCR");
    return;
  }
  const index = u.annotationIndex++;
  if (!u.hasConditionalAnnotations) return;
  u.load("__conditional_annotations__");
  e.load(index);
  e.op("SET_ADD", 1);
  e.op("POP_TOP");
}

const LEAVES_EXCEPT_STAR = "'break', 'continue' and 'return' cannot appear in an except* block";

function returnStatement(u: Unit, n: ast.Return): void {
  const e = u.e;
  if (!u.scope.isFunctionLike || u.scope.kind === "generator") throw u.error(n, "'return' outside function");
  if (n.value && u.scope.isGenerator && u.scope.isCoroutine) throw u.error(n, "'return' with value in async generator");
  if (u.blocks.some((b) => b.kind === "except-star")) throw u.error(n, LEAVES_EXCEPT_STAR);
  const constant = n.value ? constantOf(n.value) : null;
  if (constant === undefined) {
    expr(u, n.value!);
    e.at(n);
    leave(u, u.blocks, true);
  } else {
    leave(u, u.blocks, false);
    e.at(n);
    e.load(constant);
  }
  e.op("RETURN_VALUE");
}

function ifStatement(u: Unit, n: ast.If): void {
  const other = new Label();
  const end = new Label();
  jumpIf(u, n.test, other, false);
  block(u, n.body);
  if (n.orelse.length) {
    u.e.at(undefined);
    if (!u.e.isDead) u.e.jump("JUMP", end);
    u.e.place(other);
    block(u, n.orelse);
    u.e.place(end);
  } else u.e.place(other);
}

function assertStatement(u: Unit, n: ast.Assert): void {
  const e = u.e;
  if (n.test.node === "Tuple" && n.test.elts.length > 0) u.options.warn?.("assertion is always true, perhaps remove parentheses?", n);
  if (u.options.optimize > 0) return;
  const end = new Label();
  jumpIf(u, n.test, end, true);
  e.at(n.test);
  e.op("LOAD_ASSERTION_ERROR");
  if (n.msg) {
    e.op("PUSH_NULL");
    expr(u, n.msg);
    e.at(n.test);
    e.op("CALL", 1);
  }
  e.at(n.test);
  e.op("RAISE_VARARGS", 1);
  e.place(end);
}

// ---- loops ------------------------------------------------------------------------------------------------------------------------------------

function openLoop(u: Unit, n: ast.For | ast.While, header: number): number {
  const id = u.loops.length;
  const candidate = u.copies === 0 && isCandidate(n);
  if (candidate) (n as { loopId?: number }).loopId = id;
  u.loops.push({
    id, parent: u.currentLoop, kind: n.node === "For" ? "for" : "while", lineno: n.lineno, header, body: 0, latch: 0, exit: 0,
    iterDepth: u.e.depth ?? 0, ast: candidate ? n : null, candidate,
  });
  return id;
}

function forLoop(u: Unit, n: ast.For): void {
  const e = u.e;
  const start = new Label();
  const cleanup = new Label();
  const end = new Label();
  expr(u, n.iter);
  e.at(n.iter);
  e.op("GET_ITER");
  const outer = u.currentLoop;
  const id = openLoop(u, n, e.pc);
  const loop = u.loops[id]!;
  u.currentLoop = id;
  e.place(start);
  e.at(n.iter);
  e.jump("FOR_ITER", cleanup);
  u.blocks.push({ kind: "loop", end, isFor: true, id, start });
  storeTarget(u, n.target);
  loop.body = e.pc;
  block(u, n.body);
  u.blocks.pop();
  e.at(n);
  loop.latch = e.pc;
  if (!e.isDead) e.op("JUMP_BACKWARD", id);
  u.currentLoop = outer;
  e.place(cleanup);
  block(u, n.orelse);
  e.place(end);
  loop.exit = e.pc;
}

function whileLoop(u: Unit, n: ast.While): void {
  const e = u.e;
  const start = new Label();
  const exit = new Label();
  const end = new Label();
  const outer = u.currentLoop;
  const id = openLoop(u, n, e.pc);
  const loop = u.loops[id]!;
  u.currentLoop = id;
  e.place(start);
  const forever = n.test.node === "Constant" && (n.test.value === true || (typeof n.test.value === "number" && n.test.value !== 0));
  if (forever) e.op("NOP");
  else jumpIf(u, n.test, exit, false);
  u.blocks.push({ kind: "loop", end, isFor: false, id, start });
  loop.body = e.pc;
  block(u, n.body);
  u.blocks.pop();
  e.at(n);
  loop.latch = e.pc;
  if (!e.isDead) e.op("JUMP_BACKWARD", id);
  u.currentLoop = outer;
  e.place(exit);
  block(u, n.orelse);
  e.place(end);
  loop.exit = e.pc;
}

function asyncFor(u: Unit, n: ast.AsyncFor): void {
  const e = u.e;
  if (!u.scope.isCoroutine) throw u.error(n, "'async for' outside async function");
  const start = new Label();
  const cleanup = new Label();
  const end = new Label();
  expr(u, n.iter);
  e.at(n.iter);
  e.op("GET_AITER");
  e.place(start);
  e.at(n.iter);
  asyncNext(u, cleanup, () => {
    u.blocks.push({ kind: "loop", end, isFor: true, id: -1, start });
    storeTarget(u, n.target);
    block(u, n.body);
    u.blocks.pop();
    e.at(n);
    if (!e.isDead) e.jump("JUMP", start);
  });
  block(u, n.orelse);
  e.place(end);
}

function breakOrContinue(u: Unit, n: ast.Break | ast.Continue): void {
  const e = u.e;
  let i = u.blocks.length - 1;
  for (; i >= 0 && u.blocks[i]!.kind !== "loop"; i--) if (u.blocks[i]!.kind === "except-star") throw u.error(n, LEAVES_EXCEPT_STAR);
  if (i < 0) throw u.error(n, n.node === "Break" ? "'break' outside loop" : "'continue' not properly in loop");
  const loop = u.blocks[i] as Extract<(typeof u.blocks)[number], { kind: "loop" }>;
  e.op("NOP");
  leave(u, u.blocks.slice(i + 1), false);
  e.at(n);
  if (n.node === "Break") {
    if (loop.isFor) e.op("POP_TOP");
    e.jump("JUMP", loop.end);
  } else if (loop.id >= 0) {
    e.op("JUMP_BACKWARD", loop.id);
  } else e.jump("JUMP", loop.start);
}

// ---- imports ------------------------------------------------------------------------------------------------------------------------------------

function importModule(u: Unit, n: ast.Import, a: ast.Alias): void {
  const e = u.e;
  e.at(n);
  e.load(0);
  e.load(null);
  e.op("IMPORT_NAME", e.name(a.name));
  if (a.asname === null) {
    u.store(a.name.split(".")[0]!);
    return;
  }
  for (const part of a.name.split(".").slice(1)) {
    e.op("IMPORT_FROM", e.name(part));
    e.op("SWAP", 2);
    e.op("POP_TOP");
  }
  u.store(a.asname);
}

function importFrom(u: Unit, n: ast.ImportFrom): void {
  const e = u.e;
  if (n.module === "__future__" && n.level === 0) checkFuture(u, n);
  e.load(n.level);
  e.load(new PyTuple(n.names.map((a): Value => a.name)));
  e.op("IMPORT_NAME", e.name(n.module ?? ""));
  if (n.names[0]?.name === "*") {
    e.op("IMPORT_STAR");
    return;
  }
  for (const a of n.names) {
    e.at(n);
    e.op("IMPORT_FROM", e.name(a.name));
    u.store(a.asname ?? a.name);
  }
  e.op("POP_TOP");
}

const FEATURES: ReadonlySet<string> = new Set(["nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function", "unicode_literals", "generator_stop", "annotations"]);

function checkFuture(u: Unit, n: ast.ImportFrom): void {
  if (u.futureEnds) throw u.error(n, "from __future__ imports must occur at the beginning of the file");
  for (const a of n.names) {
    if (FEATURES.has(a.name) || a.name === "barry_as_FLUFL") continue;
    throw u.error(a, a.name === "braces" ? "not a chance" : `future feature ${a.name} is not defined`);
  }
}
