/**
 * try, except, except*, finally, with: handlers found through the exception table (zero cost when nothing is raised), finally bodies copied
 * onto every way out, as in CPython.
 */
import type * as ast from "../parse/ast.ts";
import { Label } from "./emitter.ts";
import { delegate, expr, storeTarget } from "./expressions.ts";
import { block } from "./statements.ts";
import type { Block, Unit } from "./unit.ts";

/** Undoes `blocks`, innermost first, for return (`value`: the result is on top of the stack), break and continue. Their ranges are open again afterwards. */
export function leave(u: Unit, blocks: readonly Block[], value: boolean): void {
  const left: Block[] = [];
  const saved = [...u.blocks];
  for (const b of [...blocks].reverse()) {
    u.blocks.pop();
    left.push(b);
    leaveOne(u, b, value);
  }
  u.blocks.splice(0, u.blocks.length, ...saved);
  for (const b of left.reverse()) reopen(u, b);
}

function reopen(u: Unit, b: Block): void {
  if (b.kind === "loop" || b.kind === "value" || b.kind === "except-star") return;
  u.e.resume(b.protection);
  if (b.kind === "handler" && b.cleanup) u.e.resume(b.cleanup);
}

function under(u: Unit, value: boolean, emit: () => void): void {
  if (value) u.e.op("SWAP", 2);
  emit();
}

function leaveOne(u: Unit, b: Block, value: boolean): void {
  const e = u.e;
  switch (b.kind) {
    case "loop":
      if (b.isFor) under(u, value, () => e.op("POP_TOP"));
      break;
    case "value":
      under(u, value, () => e.op("POP_TOP"));
      break;
    case "try":
      e.suspend(b.protection);
      break;
    case "finally":
      e.suspend(b.protection);
      if (value) u.blocks.push({ kind: "value" });
      u.copies++;
      b.body();
      u.copies--;
      if (value) u.blocks.pop();
      break;
    case "finally-end":
      e.suspend(b.protection);
      under(u, value, () => e.op("POP_TOP"));
      under(u, value, () => e.op("POP_EXCEPT"));
      break;
    case "handler":
      if (b.cleanup) e.suspend(b.cleanup);
      e.suspend(b.protection);
      under(u, value, () => e.op("POP_EXCEPT"));
      if (b.name) unbind(u, b.name);
      break;
    case "except-star":
      throw new Error("internal: leaving except* block");
    case "with":
      e.suspend(b.protection);
      under(u, value, () => {
        e.at(b.at);
        exitCall(u, b.isAsync);
      });
      break;
  }
}

function unbind(u: Unit, name: string): void {
  u.e.load(null);
  u.store(name);
  u.remove(name);
}

/** exit -- : calls it with three Nones. */
function exitCall(u: Unit, isAsync: boolean): void {
  const e = u.e;
  e.op("PUSH_NULL");
  for (let i = 0; i < 3; i++) e.load(null);
  e.op("CALL", 3);
  if (isAsync) {
    e.op("GET_AWAITABLE", 2);
    e.load(null);
    delegate(u, 3);
  }
  e.op("POP_TOP");
}

/** previous lasti exc -- : ends the exception being handled and raises on. */
function cleanupAndReraise(u: Unit): void {
  u.e.op("COPY", 3);
  u.e.op("POP_EXCEPT");
  u.e.op("RERAISE", 1);
}

export function compileTry(u: Unit, n: ast.Try): void {
  if (n.finalbody.length) tryFinally(u, n.finalbody, () => (n.handlers.length ? tryExcept(u, n) : block(u, n.body)));
  else tryExcept(u, n);
}

export function compileTryStar(u: Unit, n: ast.TryStar): void {
  if (n.finalbody.length) tryFinally(u, n.finalbody, () => exceptStar(u, n));
  else exceptStar(u, n);
}

function tryFinally(u: Unit, finalbody: readonly ast.Stmt[], inner: () => void): void {
  const e = u.e;
  const handler = new Label();
  const cleanup = new Label();
  const exit = new Label();
  e.op("NOP");
  const p = e.protect(handler, false);
  u.blocks.push({ kind: "finally", protection: p, body: () => block(u, finalbody) });
  inner();
  u.blocks.pop();
  e.unprotect(p);
  if (!e.isDead) {
    u.copies++;
    block(u, finalbody);
    u.copies--;
    e.at(undefined);
    if (!e.isDead) e.jump("JUMP", exit);
  }
  e.at(undefined);
  e.place(handler);
  const c = e.protect(cleanup, true);
  e.op("PUSH_EXC_INFO");
  u.blocks.push({ kind: "finally-end", protection: c });
  u.copies++;
  block(u, finalbody);
  u.copies--;
  u.blocks.pop();
  e.at(undefined);
  e.op("RERAISE", 0);
  e.unprotect(c);
  e.place(cleanup);
  cleanupAndReraise(u);
  e.place(exit);
}

function tryExcept(u: Unit, n: ast.Try): void {
  const e = u.e;
  const handlers = new Label();
  const cleanup = new Label();
  const end = new Label();
  e.op("NOP");
  const p = e.protect(handlers, false);
  u.blocks.push({ kind: "try", protection: p });
  block(u, n.body);
  u.blocks.pop();
  e.unprotect(p);
  if (!e.isDead) {
    block(u, n.orelse);
    e.at(undefined);
    if (!e.isDead) e.jump("JUMP", end);
  }
  e.at(undefined);
  e.place(handlers);
  const c = e.protect(cleanup, true);
  e.op("PUSH_EXC_INFO");
  for (const h of n.handlers) {
    if (h.type === null && h !== n.handlers.at(-1)) throw u.error(h, "default 'except:' must be last");
    exceptHandler(u, h, c, end);
  }
  e.at(undefined);
  if (!e.isDead) e.op("RERAISE", 0);
  e.unprotect(c);
  e.place(cleanup);
  cleanupAndReraise(u);
  e.place(end);
}

function exceptHandler(u: Unit, h: ast.ExceptHandler, outer: Extract<Block, { kind: "handler" }>["protection"], end: Label): void {
  const e = u.e;
  const next = new Label();
  e.at(h);
  if (h.type) {
    expr(u, h.type);
    e.at(h);
    e.op("CHECK_EXC_MATCH");
    e.jump("POP_JUMP_IF_FALSE", next);
  }
  if (h.name) namedHandler(u, h, outer, end);
  else {
    e.op("POP_TOP");
    u.blocks.push({ kind: "handler", protection: outer, cleanup: undefined, name: null });
    block(u, h.body);
    u.blocks.pop();
    e.at(undefined);
    if (!e.isDead) {
      e.op("POP_EXCEPT");
      e.jump("JUMP", end);
    }
  }
  e.place(next);
}

function namedHandler(u: Unit, h: ast.ExceptHandler, outer: Extract<Block, { kind: "handler" }>["protection"], end: Label): void {
  const e = u.e;
  const cleanup = new Label();
  u.store(h.name!);
  const c = e.protect(cleanup, true);
  u.blocks.push({ kind: "handler", protection: outer, cleanup: c, name: h.name });
  block(u, h.body);
  u.blocks.pop();
  e.unprotect(c);
  e.at(undefined);
  if (!e.isDead) {
    e.op("POP_EXCEPT");
    unbind(u, h.name!);
    e.jump("JUMP", end);
  }
  e.place(cleanup);
  unbind(u, h.name!);
  e.op("RERAISE", 1);
}

/** except* (PEP 654). Stack in the handlers: previous, original exception, list of what was raised, the rest still unhandled. */
function exceptStar(u: Unit, n: ast.TryStar): void {
  const e = u.e;
  const handlers = new Label();
  const cleanup = new Label();
  const end = new Label();
  e.op("NOP");
  const p = e.protect(handlers, false);
  u.blocks.push({ kind: "try", protection: p });
  block(u, n.body);
  u.blocks.pop();
  e.unprotect(p);
  if (!e.isDead) {
    block(u, n.orelse);
    e.at(undefined);
    if (!e.isDead) e.jump("JUMP", end);
  }
  e.at(undefined);
  e.place(handlers);
  const c = e.protect(cleanup, true);
  e.op("PUSH_EXC_INFO");
  e.op("COPY", 1);
  e.op("BUILD_LIST", 0);
  e.op("SWAP", 2);
  for (const h of n.handlers) starHandler(u, h);
  e.at(undefined);
  const reraise = new Label();
  e.op("LIST_APPEND", 1);
  e.op("PREP_RERAISE_STAR");
  e.op("COPY", 1);
  e.jump("POP_JUMP_IF_NOT_NONE", reraise);
  e.op("POP_TOP");
  e.op("POP_EXCEPT");
  e.jump("JUMP", end);
  e.place(reraise);
  e.op("SWAP", 2);
  e.op("POP_EXCEPT");
  e.op("RERAISE", 0);
  e.unprotect(c);
  e.place(cleanup);
  cleanupAndReraise(u);
  e.place(end);
}

function starHandler(u: Unit, h: ast.ExceptHandler): void {
  const e = u.e;
  const none = new Label();
  const done = new Label();
  const raised = new Label();
  e.at(h);
  expr(u, h.type!);
  e.at(h);
  e.op("CHECK_EG_MATCH");
  e.op("COPY", 1);
  e.jump("POP_JUMP_IF_NONE", none);
  if (h.name) u.store(h.name);
  else e.op("POP_TOP");
  const c = e.protect(raised, true);
  u.blocks.push({ kind: "except-star" });
  block(u, h.body);
  u.blocks.pop();
  e.unprotect(c);
  e.at(undefined);
  if (!e.isDead) {
    if (h.name) unbind(u, h.name);
    e.jump("JUMP", done);
  }
  e.place(raised);
  if (h.name) unbind(u, h.name);
  e.op("LIST_APPEND", 3);
  e.op("POP_TOP");
  e.jump("JUMP", done);
  e.place(none);
  e.op("POP_TOP");
  e.place(done);
}

export function compileWith(u: Unit, n: ast.With | ast.AsyncWith): void {
  if (n.node === "AsyncWith" && !u.scope.isCoroutine) throw u.error(n, "'async with' outside async function");
  withItem(u, n, 0);
}

function withItem(u: Unit, n: ast.With | ast.AsyncWith, i: number): void {
  const e = u.e;
  const item = n.items[i]!;
  const isAsync = n.node === "AsyncWith";
  const at = item.context_expr;
  const handler = new Label();
  const cleanup = new Label();
  const suppress = new Label();
  const exit = new Label();
  expr(u, at);
  e.at(at);
  if (isAsync) {
    e.op("BEFORE_ASYNC_WITH");
    e.op("GET_AWAITABLE", 1);
    e.load(null);
    delegate(u, 3);
  } else e.op("BEFORE_WITH");
  const p = e.protect(handler, true, e.depth! - 1);
  u.blocks.push({ kind: "with", protection: p, isAsync, at });
  if (item.optional_vars) storeTarget(u, item.optional_vars);
  else e.op("POP_TOP");
  if (i + 1 < n.items.length) withItem(u, n, i + 1);
  else block(u, n.body);
  u.blocks.pop();
  e.unprotect(p);
  if (!e.isDead) {
    e.at(at);
    exitCall(u, isAsync);
    e.jump("JUMP", exit);
  }
  e.at(at);
  e.place(handler);
  const c = e.protect(cleanup, true);
  e.op("PUSH_EXC_INFO");
  e.op("WITH_EXCEPT_START");
  if (isAsync) {
    e.op("GET_AWAITABLE", 2);
    e.load(null);
    delegate(u, 3);
  }
  e.jump("POP_JUMP_IF_TRUE", suppress);
  e.op("RERAISE", 2);
  e.place(suppress);
  e.op("POP_TOP");
  e.unprotect(c);
  e.op("POP_EXCEPT");
  e.op("POP_TOP");
  e.op("POP_TOP");
  e.jump("JUMP", exit);
  e.place(cleanup);
  cleanupAndReraise(u);
  e.place(exit);
}
