/** Expressions → bytecode. Every function leaves exactly one value on the stack unless its name says otherwise. */
import { PyComplex, PyFloat, PyFrozenConst, PyTuple, normInt, type Value } from "../objects/values.ts";
import type * as ast from "../parse/ast.ts";
import { Label } from "./emitter.ts";
import { compileComprehension, compileGeneratorExp, compileLambda } from "./functions.ts";
import type { OpName } from "./opcodes.ts";
import type { Unit } from "./unit.ts";

const BINARY: Record<ast.Operator, string> = {
  Add: "ADD", Sub: "SUB", Mult: "MUL", MatMult: "MATMUL", Div: "TRUEDIV", Mod: "MOD", Pow: "POW", LShift: "LSHIFT", RShift: "RSHIFT",
  BitOr: "OR", BitXor: "XOR", BitAnd: "AND", FloorDiv: "FLOORDIV",
};
const COMPARE: Record<ast.CmpOperator, readonly [OpName, number]> = {
  Eq: ["COMPARE_EQ", 0], NotEq: ["COMPARE_NE", 0], Lt: ["COMPARE_LT", 0], LtE: ["COMPARE_LE", 0], Gt: ["COMPARE_GT", 0], GtE: ["COMPARE_GE", 0],
  Is: ["IS_OP", 0], IsNot: ["IS_OP", 1], In: ["CONTAINS_OP", 0], NotIn: ["CONTAINS_OP", 1],
};

export function binaryOpcode(op: ast.Operator, inplace: boolean): OpName {
  return `${inplace ? "INPLACE" : "BINARY"}_${BINARY[op]}` as OpName;
}

export function expr(u: Unit, n: ast.Expr): void {
  const e = u.e;
  e.at(n);
  switch (n.node) {
    case "Constant":
      e.load(n.value);
      break;
    case "Name":
      if (n.id === "__debug__") e.load(u.options.optimize === 0);
      else u.load(n.id);
      break;
    case "BinOp":
      binOp(u, n);
      break;
    case "UnaryOp":
      unaryOp(u, n);
      break;
    case "BoolOp":
      boolOp(u, n);
      break;
    case "Compare":
      compare(u, n);
      break;
    case "Call":
      call(u, n);
      break;
    case "Attribute":
      attribute(u, n);
      break;
    case "Subscript":
      expr(u, n.value);
      expr(u, n.slice);
      e.with(n, () => e.op("BINARY_SUBSCR"));
      break;
    case "Slice":
      slice(u, n);
      break;
    case "IfExp":
      ifExp(u, n);
      break;
    case "Tuple":
      sequence(u, n.elts, "BUILD_TUPLE", n);
      break;
    case "List":
      sequence(u, n.elts, "BUILD_LIST", n);
      break;
    case "Set":
      sequence(u, n.elts, "BUILD_SET", n);
      break;
    case "Dict":
      dict(u, n);
      break;
    case "Lambda":
      compileLambda(u, n);
      break;
    case "ListComp":
    case "SetComp":
    case "DictComp":
      compileComprehension(u, n);
      break;
    case "GeneratorExp":
      compileGeneratorExp(u, n);
      break;
    case "JoinedStr":
      joinedStr(u, n);
      break;
    case "FormattedValue":
      formattedValue(u, n);
      break;
    case "TemplateStr":
      templateStr(u, n);
      break;
    case "Interpolation":
      interpolation(u, n);
      break;
    case "NamedExpr":
      expr(u, n.value);
      e.at(n);
      e.op("COPY", 1);
      storeWalrus(u, n.target.id);
      break;
    case "Await":
      if (!u.scope.isCoroutine && !(u.options.topLevelAwait && u.scope.kind === "module"))
        throw u.error(n, u.scope.isFunctionLike && u.scope.kind !== "generator" ? "'await' outside async function" : "'await' outside function");
      expr(u, n.value);
      e.at(n);
      e.op("GET_AWAITABLE", 0);
      e.load(null);
      delegate(u, 3);
      break;
    case "Yield":
      if (n.value) expr(u, n.value);
      else e.load(null);
      e.at(n);
      if (u.scope.isCoroutine) e.op("ASYNC_GEN_WRAP");
      e.op("YIELD_VALUE", 0);
      e.op("RESUME", 1);
      break;
    case "YieldFrom":
      if (u.scope.isCoroutine) throw u.error(n, "'yield from' inside async function");
      expr(u, n.value);
      e.at(n);
      e.op("GET_YIELD_FROM_ITER");
      e.load(null);
      delegate(u, 2);
      break;
    case "Starred":
      throw u.error(n, "can't use starred expression here");
  }
}

/** A walrus in a comprehension binds in the nearest scope that is no comprehension. */
function storeWalrus(u: Unit, name: string): void {
  const inner = u.names;
  let target = inner;
  while (target.kind === "comprehension" || target.kind === "generator") target = target.parent!;
  if (target.unit === u.scope) u.names = target;
  u.store(name);
  u.names = inner;
}

/** iterator value -- result: the loop of `yield from` and `await`. */
export function delegate(u: Unit, resume: number): void {
  const e = u.e;
  const send = new Label();
  const end = new Label();
  const fail = new Label();
  e.place(send);
  e.jump("SEND", end);
  const p = e.protect(fail, false);
  e.op("YIELD_VALUE", 1);
  e.unprotect(p);
  e.op("RESUME", resume);
  e.jump("JUMP", send);
  e.place(fail);
  e.op("CLEANUP_THROW");
  e.place(end);
  e.op("END_SEND");
}

// ---- operators --------------------------------------------------------------------------------------------------------------------

function binOp(u: Unit, n: ast.BinOp): void {
  const folded = foldBinary(n);
  if (folded !== undefined) {
    u.e.load(folded);
    return;
  }
  expr(u, n.left);
  expr(u, n.right);
  u.e.at(n);
  u.e.op(binaryOpcode(n.op, false));
}

/** Folds what keeps complex literals and small integer products of constants cheap; anything that could raise or grow stays as it is. */
function foldBinary(n: ast.BinOp): Value | undefined {
  const a = constantOf(n.left);
  const b = constantOf(n.right);
  if (a === undefined || b === undefined) return undefined;
  if (typeof a === "number" && typeof b === "number") return foldInts(n.op, a, b);
  if (b instanceof PyComplex && (typeof a === "number" || a instanceof PyFloat)) {
    const x = typeof a === "number" ? a : a.value;
    if (n.op === "Add") return new PyComplex(x + b.real, b.imag);
    if (n.op === "Sub") return new PyComplex(x - b.real, -b.imag);
  }
  if (a instanceof PyFloat && b instanceof PyFloat) {
    if (n.op === "Add") return new PyFloat(a.value + b.value);
    if (n.op === "Sub") return new PyFloat(a.value - b.value);
    if (n.op === "Mult") return new PyFloat(a.value * b.value);
  }
  return undefined;
}

function foldInts(op: ast.Operator, a: number, b: number): Value | undefined {
  switch (op) {
    case "Add":
      return normInt(BigInt(a) + BigInt(b));
    case "Sub":
      return normInt(BigInt(a) - BigInt(b));
    case "Mult":
      return normInt(BigInt(a) * BigInt(b));
    case "LShift":
      return b >= 0 && b <= 128 ? normInt(BigInt(a) << BigInt(b)) : undefined;
    case "Pow":
      return b >= 0 && b <= 128 && Math.abs(a) <= 1e6 ? normInt(BigInt(a) ** BigInt(b)) : undefined;
    default:
      return undefined;
  }
}

/** The value of an expression that is constant without running anything; undefined otherwise. */
export function constantOf(n: ast.Expr): Value | undefined {
  switch (n.node) {
    case "Constant":
      return n.value;
    case "UnaryOp": {
      if (n.op !== "USub") return undefined;
      const v = constantOf(n.operand);
      if (typeof v === "number") return v === 0 ? 0 : -v;
      if (typeof v === "bigint") return normInt(-v);
      if (v instanceof PyFloat) return new PyFloat(-v.value);
      return v instanceof PyComplex ? new PyComplex(-v.real, -v.imag) : undefined;
    }
    case "BinOp":
      return foldBinary(n);
    case "Tuple": {
      const items = n.elts.map(constantOf);
      return items.includes(undefined) ? undefined : new PyTuple(items as Value[]);
    }
    default:
      return undefined;
  }
}

function unaryOp(u: Unit, n: ast.UnaryOp): void {
  const folded = constantOf(n);
  if (folded !== undefined) {
    u.e.load(folded);
    return;
  }
  expr(u, n.operand);
  u.e.at(n);
  u.e.op(({ USub: "UNARY_NEGATIVE", UAdd: "UNARY_POSITIVE", Invert: "UNARY_INVERT", Not: "UNARY_NOT" } as const)[n.op]);
}

function boolOp(u: Unit, n: ast.BoolOp): void {
  const end = new Label();
  n.values.forEach((v, i) => {
    expr(u, v);
    u.e.at(n);
    if (i < n.values.length - 1) u.e.jump(n.op === "And" ? "JUMP_IF_FALSE_OR_POP" : "JUMP_IF_TRUE_OR_POP", end);
  });
  u.e.place(end);
}

function compareOp(u: Unit, n: ast.Compare, op: ast.CmpOperator): void {
  u.e.at(n);
  u.e.op(...COMPARE[op]);
}

function comparand(u: Unit, op: ast.CmpOperator, right: ast.Expr): void {
  if ((op === "In" || op === "NotIn") && (right.node === "Set" || right.node === "List")) {
    const items = right.elts.map(constantOf);
    if (!items.includes(undefined)) {
      u.e.at(right);
      u.e.load(right.node === "Set" ? new PyFrozenConst(items as Value[]) : new PyTuple(items as Value[]));
      return;
    }
  }
  expr(u, right);
}

function compare(u: Unit, n: ast.Compare): void {
  const e = u.e;
  expr(u, n.left);
  const last = n.ops.length - 1;
  if (last === 0) {
    comparand(u, n.ops[0]!, n.comparators[0]!);
    compareOp(u, n, n.ops[0]!);
    return;
  }
  const fail = new Label();
  const end = new Label();
  n.ops.forEach((op, i) => {
    comparand(u, op, n.comparators[i]!);
    if (i === last) {
      compareOp(u, n, op);
      return;
    }
    e.at(n);
    e.op("SWAP", 2);
    e.op("COPY", 2);
    compareOp(u, n, op);
    e.jump("JUMP_IF_FALSE_OR_POP", fail);
  });
  e.jump("JUMP", end);
  e.place(fail);
  e.op("SWAP", 2);
  e.op("POP_TOP");
  e.place(end);
}

/** Jumps to `target` when the truth of `n` equals `when`; falls through otherwise. Leaves nothing on the stack. */
export function jumpIf(u: Unit, n: ast.Expr, target: Label, when: boolean): void {
  const e = u.e;
  if (n.node === "UnaryOp" && n.op === "Not") {
    jumpIf(u, n.operand, target, !when);
    return;
  }
  if (n.node === "BoolOp") {
    const shortcut = (n.op === "Or") === when;
    const skip = new Label();
    n.values.forEach((v, i) => {
      if (i === n.values.length - 1) jumpIf(u, v, target, when);
      else jumpIf(u, v, shortcut ? target : skip, n.op === "Or");
    });
    e.place(skip);
    return;
  }
  if (n.node === "Compare" && n.ops.length === 1 && isNone(n.comparators[0]!) && (n.ops[0] === "Is" || n.ops[0] === "IsNot")) {
    expr(u, n.left);
    e.at(n);
    e.jump((n.ops[0] === "Is") === when ? "POP_JUMP_IF_NONE" : "POP_JUMP_IF_NOT_NONE", target);
    return;
  }
  expr(u, n);
  e.at(n);
  e.jump(when ? "POP_JUMP_IF_TRUE" : "POP_JUMP_IF_FALSE", target);
}

function isNone(n: ast.Expr): boolean {
  return n.node === "Constant" && n.value === null;
}

function ifExp(u: Unit, n: ast.IfExp): void {
  const other = new Label();
  const end = new Label();
  jumpIf(u, n.test, other, false);
  expr(u, n.body);
  u.e.jump("JUMP", end);
  u.e.place(other);
  expr(u, n.orelse);
  u.e.place(end);
}

// ---- access ---------------------------------------------------------------------------------------------------------------------------

function isPlainSuper(u: Unit, n: ast.Attribute): n is ast.Attribute & { value: ast.Call } {
  const c = n.value;
  if (c.node !== "Call" || c.func.node !== "Name" || c.func.id !== "super" || c.keywords.length) return false;
  if (!u.scope.isFunctionLike || u.names !== u.scope || u.scope.kind === "generator") return false;
  if (c.args.length !== 0 || u.access("super").kind !== "global") return false;
  return u.scope.params.length > 0 && u.access("__class__").kind === "deref";
}

/** super cls self, with nothing called yet. */
function superParts(u: Unit, call: ast.Call): void {
  u.e.at(call.func);
  u.load("super");
  u.e.at(call);
  u.load("__class__");
  const self = u.scope.params[0]!;
  if (u.cellNames.includes(self)) u.e.op("LOAD_DEREF", u.deref(self));
  else u.e.op("LOAD_FAST_CHECK", u.e.local(self));
}

function attribute(u: Unit, n: ast.Attribute): void {
  if (isPlainSuper(u, n)) {
    superParts(u, n.value);
    u.e.at(n);
    u.e.op("LOAD_SUPER_ATTR", u.e.name(u.mangled(n.attr)));
    return;
  }
  expr(u, n.value);
  u.e.at(n);
  u.e.op("LOAD_ATTR", u.e.name(u.mangled(n.attr)));
}

function slice(u: Unit, n: ast.Slice): void {
  const parts = n.step ? [n.lower, n.upper, n.step] : [n.lower, n.upper];
  for (const p of parts) {
    if (p) expr(u, p);
    else u.e.load(null);
  }
  u.e.at(n);
  u.e.op("BUILD_SLICE", parts.length);
}

// ---- displays -----------------------------------------------------------------------------------------------------------------------------

export function sequence(u: Unit, elts: readonly ast.Expr[], build: "BUILD_TUPLE" | "BUILD_LIST" | "BUILD_SET", n: ast.Located): void {
  const e = u.e;
  if (build === "BUILD_TUPLE") {
    const items = elts.map(constantOf);
    if (!items.includes(undefined)) {
      e.load(new PyTuple(items as Value[]));
      return;
    }
  }
  const star = elts.findIndex((x) => x.node === "Starred");
  const plain = star < 0 ? elts.length : star;
  for (const x of elts.slice(0, plain)) expr(u, x);
  e.at(n);
  if (star < 0) {
    e.op(build, plain);
    return;
  }
  const [first, append, extend] = build === "BUILD_SET" ? (["BUILD_SET", "SET_ADD", "SET_UPDATE"] as const) : (["BUILD_LIST", "LIST_APPEND", "LIST_EXTEND"] as const);
  e.op(first, plain);
  for (const x of elts.slice(plain)) {
    expr(u, x.node === "Starred" ? x.value : x);
    e.at(n);
    e.op(x.node === "Starred" ? extend : append, 1);
  }
  if (build === "BUILD_TUPLE") e.op("LIST_TO_TUPLE");
}

function dict(u: Unit, n: ast.Dict): void {
  const e = u.e;
  const firstStar = n.keys.indexOf(null);
  const plain = firstStar < 0 ? n.keys.length : firstStar;
  for (let i = 0; i < plain; i++) {
    expr(u, n.keys[i]!);
    expr(u, n.values[i]!);
  }
  e.at(n);
  e.op("BUILD_MAP", plain);
  for (let i = plain; i < n.keys.length; i++) {
    const key = n.keys[i];
    if (key) expr(u, key);
    expr(u, n.values[i]!);
    e.at(n);
    e.op(key ? "MAP_ADD" : "DICT_UPDATE", 1);
  }
}

// ---- strings ----------------------------------------------------------------------------------------------------------------------------------

const CONVERSION: Record<number, number> = { [-1]: 0, 115: 1, 114: 2, 97: 3 };

function joinedStr(u: Unit, n: ast.JoinedStr): void {
  if (n.values.length === 0) {
    u.e.load("");
    return;
  }
  for (const v of n.values) expr(u, v);
  u.e.at(n);
  if (n.values.length > 1) u.e.op("BUILD_STRING", n.values.length);
}

function conversionFlags(u: Unit, n: ast.FormattedValue | ast.Interpolation): number {
  if (!n.format_spec) return CONVERSION[n.conversion]!;
  expr(u, n.format_spec);
  return CONVERSION[n.conversion]! | 4;
}

function formattedValue(u: Unit, n: ast.FormattedValue): void {
  expr(u, n.value);
  const flags = conversionFlags(u, n);
  u.e.at(n);
  u.e.op("FORMAT_VALUE", flags);
}

function interpolation(u: Unit, n: ast.Interpolation): void {
  expr(u, n.value);
  u.e.load(n.str);
  const flags = conversionFlags(u, n);
  u.e.at(n);
  u.e.op("BUILD_INTERPOLATION", flags);
}

function templateStr(u: Unit, n: ast.TemplateStr): void {
  const strings: string[] = [""];
  const parts: ast.Interpolation[] = [];
  for (const v of n.values) {
    if (v.node === "Interpolation") {
      parts.push(v);
      strings.push("");
    } else strings[strings.length - 1] += v.value as string;
  }
  u.e.load(new PyTuple(strings));
  for (const p of parts) expr(u, p);
  u.e.at(n);
  u.e.op("BUILD_TUPLE", parts.length);
  u.e.op("BUILD_TEMPLATE");
}

// ---- calls ------------------------------------------------------------------------------------------------------------------------------------

function call(u: Unit, n: ast.Call): void {
  const e = u.e;
  const complex = n.args.some((a) => a.node === "Starred") || n.keywords.some((k) => k.arg === null);
  if (n.func.node === "Attribute" && !complex && n.keywords.length === 0 && !isPlainSuper(u, n.func)) {
    expr(u, n.func.value);
    e.at(n.func);
    e.op("LOAD_METHOD", e.name(u.mangled(n.func.attr)));
  } else {
    expr(u, n.func);
    e.op("PUSH_NULL");
  }
  callArguments(u, n.args, n.keywords, n);
}

/** After `f self|NULL`: pushes the arguments (`extra` are on the stack already) and calls. */
export function callArguments(u: Unit, args: readonly ast.Expr[], keywords: readonly ast.Keyword[], n: ast.Located, extra = 0): void {
  const e = u.e;
  if (!args.some((a) => a.node === "Starred") && !keywords.some((k) => k.arg === null)) {
    for (const a of args) expr(u, a);
    for (const k of keywords) expr(u, k.value);
    e.at(n);
    checkKeywords(u, keywords);
    if (keywords.length === 0) e.op("CALL", extra + args.length);
    else {
      e.load(new PyTuple(keywords.map((k) => u.mangled(k.arg!))));
      e.op("CALL_KW", extra + args.length + keywords.length);
    }
    return;
  }
  e.at(n);
  const single = extra === 0 && args.length === 1 && args[0]!.node === "Starred";
  if (single) {
    expr(u, (args[0] as ast.Starred).value);
  } else {
    const star = args.findIndex((a) => a.node === "Starred");
    const plain = star < 0 ? args.length : star;
    for (const a of args.slice(0, plain)) expr(u, a);
    e.at(n);
    e.op("BUILD_LIST", extra + plain);
    for (const a of args.slice(plain)) {
      expr(u, a.node === "Starred" ? a.value : a);
      e.at(n);
      e.op(a.node === "Starred" ? "LIST_EXTEND" : "LIST_APPEND", 1);
    }
    e.op("LIST_TO_TUPLE");
  }
  e.at(n);
  if (keywords.length) keywordDict(u, keywords, n);
  e.op("CALL_FUNCTION_EX", keywords.length ? 1 : 0);
}

function checkKeywords(u: Unit, keywords: readonly ast.Keyword[]): void {
  const seen = new Set<string>();
  for (const k of keywords) {
    if (k.arg === null) continue;
    if (seen.has(k.arg)) throw u.error(k, `keyword argument repeated: ${k.arg}`);
    seen.add(k.arg);
  }
}

function keywordDict(u: Unit, keywords: readonly ast.Keyword[], n: ast.Located): void {
  const e = u.e;
  checkKeywords(u, keywords);
  e.op("BUILD_MAP", 0);
  let pending: ast.Keyword[] = [];
  const flush = (): void => {
    if (!pending.length) return;
    for (const k of pending) {
      e.load(u.mangled(k.arg!));
      expr(u, k.value);
    }
    e.at(n);
    e.op("BUILD_MAP", pending.length);
    e.op("DICT_MERGE", 1);
    pending = [];
  };
  for (const k of keywords) {
    if (k.arg !== null) pending.push(k);
    else {
      flush();
      expr(u, k.value);
      e.at(n);
      e.op("DICT_MERGE", 1);
    }
  }
  flush();
}

// ---- targets ------------------------------------------------------------------------------------------------------------------------------------

/** value --: assigns the top of the stack to a target. */
export function storeTarget(u: Unit, n: ast.Expr): void {
  const e = u.e;
  switch (n.node) {
    case "Name":
      e.at(n);
      u.store(n.id);
      break;
    case "Attribute":
      expr(u, n.value);
      e.at(n);
      e.op("STORE_ATTR", e.name(u.mangled(n.attr)));
      break;
    case "Subscript":
      expr(u, n.value);
      expr(u, n.slice);
      e.at(n);
      e.op("STORE_SUBSCR");
      break;
    case "Tuple":
    case "List":
      unpack(u, n);
      break;
    case "Starred":
      throw u.error(n, "starred assignment target must be in a list or tuple");
    default:
      throw u.error(n, "cannot assign to expression");
  }
}

function unpack(u: Unit, n: ast.Tuple | ast.List): void {
  const stars = n.elts.filter((x) => x.node === "Starred");
  if (stars.length > 1) throw u.error(n, "multiple starred expressions in assignment");
  const star = n.elts.findIndex((x) => x.node === "Starred");
  u.e.at(n);
  if (star < 0) u.e.op("UNPACK_SEQUENCE", n.elts.length);
  else u.e.op("UNPACK_EX", star | ((n.elts.length - star - 1) << 8));
  for (const x of n.elts) storeTarget(u, x.node === "Starred" ? x.value : x);
}

export function deleteTarget(u: Unit, n: ast.Expr): void {
  const e = u.e;
  switch (n.node) {
    case "Name":
      e.at(n);
      u.remove(n.id);
      break;
    case "Attribute":
      expr(u, n.value);
      e.at(n);
      e.op("DELETE_ATTR", e.name(u.mangled(n.attr)));
      break;
    case "Subscript":
      expr(u, n.value);
      expr(u, n.slice);
      e.at(n);
      e.op("DELETE_SUBSCR");
      break;
    case "Tuple":
    case "List":
      for (const x of n.elts) deleteTarget(u, x);
      break;
    default:
      throw u.error(n, "cannot delete expression");
  }
}
