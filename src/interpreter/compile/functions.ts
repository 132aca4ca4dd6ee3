/** Functions, lambdas, classes, comprehensions, annotation functions (PEP 649), type parameters (PEP 695, 696). */
import { PyTuple } from "../objects/values.ts";
import type * as ast from "../parse/ast.ts";
import type { Code } from "./code.ts";
import { CO } from "./code.ts";
import { Label } from "./emitter.ts";
import { callArguments, delegate, expr, jumpIf, storeTarget } from "./expressions.ts";
import { inlineBody } from "./inline.ts";
import { INTRINSIC_1_IDS, INTRINSIC_2_IDS } from "./opcodes.ts";
import { annotatedArgs, annotationKey, forEachAnnotation, hasAnnotations, hasConditionalAnnotations, type Scope } from "./scope.ts";
import { body } from "./statements.ts";
import { Unit } from "./unit.ts";

function child(u: Unit, scope: Scope, name: string): Unit {
  const parent = u.qualname;
  let qualname: string;
  if (u.scope.kind === "module") qualname = name;
  else if (u.scope.kind === "typeparams") qualname = parent === "" ? name : `${parent}${name}`;
  else if (u.scope.kind === "class") qualname = `${parent}.${name}`;
  else qualname = `${parent}.<locals>.${name}`;
  if (isGlobalName(u, name)) qualname = name;
  return new Unit(scope, u.table, u.options, u.filename, qualname);
}

/** `global f; def f(): …` has the qualname f. */
function isGlobalName(u: Unit, name: string): boolean {
  return u.scope.isFunctionLike && u.scope.symbols.get(name)?.declared === "global";
}

function isGeneratorLike(s: Scope): boolean {
  return s.isGenerator || s.isCoroutine;
}

/** Emits the body of a function-like unit with the frame's prologue and, for generators, the StopIteration wrapper. */
function functionBody(u: Unit, first: number, emit: () => void): void {
  const e = u.e;
  e.at({ lineno: first, end_lineno: first, col_offset: 0, end_col_offset: 0 });
  u.prologue();
  const generator = isGeneratorLike(u.scope);
  if (!generator) {
    e.op("RESUME", 0);
    emit();
    return;
  }
  e.op("RETURN_GENERATOR");
  e.op("POP_TOP");
  const handler = new Label();
  const p = e.protect(handler, true, 0);
  e.op("RESUME", 0);
  emit();
  e.unprotect(p);
  e.at(undefined);
  e.place(handler);
  e.op("STOPITERATION_ERROR", 0);
  e.op("RERAISE", 1);
}

/** closure code -- function: pushes the code, makes the function, attaches what `flags` say is below it on the stack. */
function makeFunction(u: Unit, code: Code, flags: number): void {
  const e = u.e;
  if (code.freevars.length) {
    for (const f of code.freevars) e.op("LOAD_CLOSURE", u.deref(f));
    e.op("BUILD_TUPLE", code.freevars.length);
    flags |= 8;
  }
  e.load(code);
  e.op("MAKE_FUNCTION");
  for (const bit of [8, 16, 4, 2, 1]) if (flags & bit) e.op("SET_FUNCTION_ATTRIBUTE", bit);
}

function returnNone(u: Unit): void {
  if (u.e.isDead) return;
  u.e.load(null);
  u.e.op("RETURN_VALUE");
}

/** Pushes defaults and kwdefaults; returns the attribute flags. */
function defaults(u: Unit, a: ast.Arguments): number {
  const e = u.e;
  let flags = 0;
  if (a.defaults.length) {
    for (const d of a.defaults) expr(u, d);
    e.op("BUILD_TUPLE", a.defaults.length);
    flags |= 1;
  }
  const kw = a.kwonlyargs.map((arg, i) => [arg.arg, a.kw_defaults[i]] as const).filter((x) => x[1]);
  if (kw.length) {
    for (const [name, d] of kw) {
      e.load(u.mangled(name));
      expr(u, d!);
    }
    e.op("BUILD_MAP", kw.length);
    flags |= 2;
  }
  return flags;
}

function counts(a: ast.Arguments): { argcount: number; posonly: number; kwonly: number } {
  return { argcount: a.posonlyargs.length + a.args.length, posonly: a.posonlyargs.length, kwonly: a.kwonlyargs.length };
}

export function compileFunctionDef(u: Unit, n: ast.FunctionDef | ast.AsyncFunctionDef): void {
  const e = u.e;
  for (const d of n.decorator_list) {
    expr(u, d);
    e.op("PUSH_NULL");
  }
  const first = n.decorator_list[0]?.lineno ?? n.lineno;
  e.at(n);
  const flags = defaults(u, n.args);
  if (n.type_params.length) genericFunction(u, n, flags, first);
  else {
    const annotate = annotationFlags(u, n);
    makeFunction(u, functionCode(u, n, first), flags | annotate);
  }
  for (const d of [...n.decorator_list].reverse()) {
    e.at(d);
    e.op("CALL", 1);
  }
  e.at(n);
  u.store(n.name);
}

function functionCode(u: Unit, n: ast.FunctionDef | ast.AsyncFunctionDef, first: number): Code {
  const inner = child(u, u.table.scopes.get(n)!, n.name);
  findDeletedParams(inner, n.body);
  const doc = docstring(n.body);
  const kept = doc !== undefined && u.options.optimize < 2;
  inner.e.constant(kept ? doc : null);
  functionBody(inner, first, () => {
    body(inner, doc !== undefined ? n.body.slice(1) : n.body);
    inner.e.at(undefined);
    if (!inner.e.isDead) {
      inner.e.at(lastLine(n));
      returnNone(inner);
    }
  });
  return inner.finish(n.name, first, counts(n.args), (kept ? CO.HAS_DOCSTRING : 0) | (u.scope.kind === "class" ? CO.METHOD : 0), inlineBody(n));
}

function lastLine(n: ast.FunctionDef | ast.AsyncFunctionDef): ast.Located {
  return n.body[n.body.length - 1] ?? n;
}

function findDeletedParams(u: Unit, stmts: readonly ast.Stmt[]): void {
  const walk = (n: unknown): void => {
    if (!n || typeof n !== "object") return;
    if (Array.isArray(n)) n.forEach(walk);
    else if ("node" in n) {
      const node = n as { node: string; id?: string; ctx?: string; name?: string | null };
      if (node.node === "Name" && node.ctx === "Del") u.deletedParams.add(node.id!);
      if (node.node === "ExceptHandler" && node.name) u.deletedParams.add(node.name);
      if (node.node !== "FunctionDef" && node.node !== "ClassDef" && node.node !== "Lambda") for (const v of Object.values(n)) if (typeof v === "object") walk(v);
    }
  };
  if (u.scope.params.length) walk(stmts);
}

export function docstring(stmts: readonly ast.Stmt[]): string | undefined {
  const s = stmts[0];
  return s?.node === "Expr" && s.value.node === "Constant" && typeof s.value.value === "string" ? cleandoc(s.value.value) : undefined;
}

/** The indentation that all lines after the first share is removed, as the compiler does since 3.13. */
function cleandoc(doc: string): string {
  const lines = doc.split("\n");
  const expand = (l: string): string => l.replace(/^[ \t]*/, (m) => [...m].reduce((s, c) => (c === "\t" ? s + " ".repeat(8 - (s.length % 8)) : `${s} `), ""));
  const rest = lines.slice(1).map(expand);
  const margin = Math.min(...rest.filter((l) => l.trim() !== "").map((l) => l.length - l.trimStart().length), Infinity);
  const first = lines[0]!.replace(/^[ \t]+/, "");
  return [first, ...rest.map((l) => (margin === Infinity ? l.trimStart() && l : l.slice(Math.min(margin, l.length - l.trimStart().length))))].join("\n");
}

export function compileLambda(u: Unit, n: ast.Lambda): void {
  const flags = defaults(u, n.args);
  const inner = child(u, u.table.scopes.get(n)!, "<lambda>");
  functionBody(inner, n.lineno, () => {
    expr(inner, n.body);
    inner.e.at(n.body);
    inner.e.op("RETURN_VALUE");
  });
  u.e.at(n);
  makeFunction(u, inner.finish("<lambda>", n.lineno, counts(n.args), 0, inlineBody(n)), flags);
}

// ---- annotations ------------------------------------------------------------------------------------------------------------------------------

/** Pushes what SET_FUNCTION_ATTRIBUTE 16 (or nothing) needs for a function's annotations. */
function annotationFlags(u: Unit, n: ast.FunctionDef | ast.AsyncFunctionDef): number {
  const args = annotatedArgs(n.args);
  if (!args.length && !n.returns) return 0;
  const pairs = args.map((a) => [u.mangled(a.arg), a.annotation!] as const);
  if (n.returns) pairs.push(["return", n.returns]);
  const scope = u.table.scopes.get(n.args);
  if (!scope) return 0;
  const future = (u.options.flags & CO.FUTURE_ANNOTATIONS) !== 0;
  annotateFunction(u, scope, n, (inner) => {
    for (const [name, a] of pairs) {
      inner.e.load(name);
      // PEP 563: the source text
      if (future) inner.e.load(sourceText(u, a));
      else annotationValue(inner, a);
    }
    inner.e.op("BUILD_MAP", pairs.length);
    inner.e.op("RETURN_VALUE");
  });
  return 16;
}

function annotationValue(u: Unit, a: ast.Expr): void {
  if (a.node !== "Starred") {
    expr(u, a);
    return;
  }
  expr(u, a.value);
  u.e.op("UNPACK_SEQUENCE", 1);
}

export function sourceText(u: Unit, n: ast.Expr): string {
  if (n.node === "Name") return n.id;
  if (n.node === "Constant" && n.value === null) return "None";
  const lines = u.options.source?.split("\n");
  if (!lines) return "...";
  const bytes = Buffer.from(lines.slice(n.lineno - 1, n.end_lineno).join("\n"));
  const lastStart = Buffer.byteLength(lines.slice(n.lineno - 1, n.end_lineno - 1).join("\n")) + (n.end_lineno > n.lineno ? 1 : 0);
  return bytes.subarray(n.col_offset, lastStart + n.end_col_offset).toString();
}

/** Pushes an `__annotate__` function: raises NotImplementedError for formats above VALUE_WITH_FAKE_GLOBALS. */
function annotateFunction(u: Unit, scope: Scope, n: ast.Located, emit: (inner: Unit) => void): void {
  const e = u.e;
  scope.params.push("format");
  const inner = child(u, scope, "__annotate__");
  inner.e.local("format");
  functionBody(inner, n.lineno, () => {
    const ie = inner.e;
    const ok = new Label();
    ie.op("LOAD_FAST", ie.local("format"));
    ie.load(2);
    ie.op("COMPARE_GT");
    ie.jump("POP_JUMP_IF_FALSE", ok);
    ie.op("LOAD_GLOBAL", ie.name("NotImplementedError"));
    ie.op("RAISE_VARARGS", 1);
    ie.depth = 0;
    ie.place(ok);
    emit(inner);
  });
  e.at(n);
  makeFunction(u, inner.finish("__annotate__", n.lineno, { argcount: 1, posonly: 1, kwonly: 0 }), 0);
}

/** At the end of a module or class body: stores its annotate function. */
export function bodyAnnotations(u: Unit, key: object, stmts: readonly ast.Stmt[], at: ast.Located): void {
  if (!hasAnnotations(stmts)) return;
  const scope = u.table.scopes.get(annotationKey(key));
  if (!scope) return;
  const conditional = hasConditionalAnnotations(stmts);
  annotateFunction(u, scope, at, (inner) => {
    const e = inner.e;
    e.op("BUILD_MAP", 0);
    let index = 0;
    forEachAnnotation(stmts, (a) => {
      if (!a.simple || a.target.node !== "Name") return;
      const skip = new Label();
      if (conditional) {
        e.load(index++);
        inner.load("__conditional_annotations__");
        e.op("CONTAINS_OP", 0);
        e.jump("POP_JUMP_IF_FALSE", skip);
      }
      e.load(u.mangled(a.target.id));
      annotationValue(inner, a.annotation);
      e.op("MAP_ADD", 1);
      e.place(skip);
    });
    e.op("RETURN_VALUE");
  });
  u.e.op("STORE_NAME", u.e.name(u.scope.kind === "class" ? "__annotate_func__" : "__annotate__"));
}

// ---- classes ----------------------------------------------------------------------------------------------------------------------------------

export function compileClassDef(u: Unit, n: ast.ClassDef): void {
  const e = u.e;
  for (const d of n.decorator_list) {
    expr(u, d);
    e.op("PUSH_NULL");
  }
  const first = n.decorator_list[0]?.lineno ?? n.lineno;
  e.at(n);
  if (n.type_params.length) genericClass(u, n, first);
  else {
    e.op("LOAD_BUILD_CLASS");
    e.op("PUSH_NULL");
    makeFunction(u, classCode(u, n, first), 0);
    e.load(n.name);
    callArguments(u, n.bases, n.keywords, n, 2);
  }
  for (const d of [...n.decorator_list].reverse()) {
    e.at(d);
    e.op("CALL", 1);
  }
  e.at(n);
  u.store(n.name);
}

function classCode(u: Unit, n: ast.ClassDef, first: number): Code {
  const scope = u.table.scopes.get(n)!;
  const inner = child(u, scope, n.name);
  const e = inner.e;
  e.at({ lineno: first, end_lineno: first, col_offset: 0, end_col_offset: 0 });
  inner.prologue();
  e.op("RESUME", 0);
  e.op("LOAD_NAME", e.name("__name__"));
  e.op("STORE_NAME", e.name("__module__"));
  e.load(inner.qualname);
  e.op("STORE_NAME", e.name("__qualname__"));
  e.load(first);
  e.op("STORE_NAME", e.name("__firstlineno__"));
  if (n.type_params.length) {
    inner.load(".type_params");
    e.op("STORE_NAME", e.name("__type_params__"));
  }
  if (scope.cells.has("__classdict__")) {
    e.op("LOAD_LOCALS");
    e.op("STORE_DEREF", inner.deref("__classdict__"));
  }
  inner.hasConditionalAnnotations = hasConditionalAnnotations(n.body);
  conditionalSet(inner, n.body);
  const doc = docstring(n.body);
  if (doc !== undefined && u.options.optimize < 2) {
    e.at(n.body[0]);
    e.load(doc);
    e.op("STORE_NAME", e.name("__doc__"));
  }
  if (u.options.flags & CO.FUTURE_ANNOTATIONS && hasAnnotations(n.body)) e.op("SETUP_ANNOTATIONS");
  body(inner, doc !== undefined ? n.body.slice(1) : n.body);
  e.at({ lineno: first, end_lineno: first, col_offset: 0, end_col_offset: 0 });
  bodyAnnotations(inner, n, n.body, n);
  e.load(new PyTuple(staticAttributes(n)));
  e.op("STORE_NAME", e.name("__static_attributes__"));
  if (scope.cells.has("__classdict__")) {
    e.op("LOAD_CLOSURE", inner.deref("__classdict__"));
    e.op("STORE_NAME", e.name("__classdictcell__"));
  }
  if (scope.cells.has("__class__")) {
    e.op("LOAD_CLOSURE", inner.deref("__class__"));
    e.op("COPY", 1);
    e.op("STORE_NAME", e.name("__classcell__"));
  } else e.load(null);
  e.op("RETURN_VALUE");
  return inner.finish(n.name, first, { argcount: 0, posonly: 0, kwonly: 0 });
}

export function conditionalSet(u: Unit, stmts: readonly ast.Stmt[]): void {
  if (u.options.flags & CO.FUTURE_ANNOTATIONS || !hasConditionalAnnotations(stmts)) return;
  u.e.op("BUILD_SET", 0);
  u.store("__conditional_annotations__");
}

/** Names assigned as `self.x` in the methods of a class (`__static_attributes__`, 3.13). */
function staticAttributes(n: ast.ClassDef): string[] {
  const names = new Set<string>();
  for (const s of n.body) {
    if (s.node !== "FunctionDef" && s.node !== "AsyncFunctionDef") continue;
    const self = s.args.posonlyargs[0]?.arg ?? s.args.args[0]?.arg;
    const walk = (v: unknown): void => {
      if (!v || typeof v !== "object") return;
      if (Array.isArray(v)) {
        v.forEach(walk);
        return;
      }
      const a = v as { node?: string; ctx?: string; attr?: string; value?: { node: string; id?: string } };
      if (a.node === "Attribute" && a.ctx === "Store" && a.value?.node === "Name" && a.value.id === self) names.add(a.attr!);
      for (const x of Object.values(v)) if (typeof x === "object") walk(x);
    };
    if (self) walk(s.body);
  }
  return [...names].sort();
}

// ---- type parameters -----------------------------------------------------------------------------------------------------------------------------

/** Emits the TypeVar … objects, binds them, leaves their tuple on the stack. */
function typeParamObjects(u: Unit, params: readonly ast.TypeParam[]): void {
  const e = u.e;
  for (const p of params) {
    e.at(p);
    e.load(p.name);
    if (p.node === "TypeVar" && p.bound) {
      lazyValue(u, p.bound, p.name);
      e.op("CALL_INTRINSIC_2", p.bound.node === "Tuple" ? INTRINSIC_2_IDS.TYPEVAR_WITH_CONSTRAINTS : INTRINSIC_2_IDS.TYPEVAR_WITH_BOUND);
    } else e.op("CALL_INTRINSIC_1", INTRINSIC_1_IDS[({ TypeVar: "TYPEVAR", ParamSpec: "PARAMSPEC", TypeVarTuple: "TYPEVARTUPLE" } as const)[p.node]]);
    if (p.default_value) {
      lazyValue(u, p.default_value, p.name);
      e.op("CALL_INTRINSIC_2", INTRINSIC_2_IDS.SET_TYPEPARAM_DEFAULT);
    }
    e.op("COPY", 1);
    u.store(p.name);
  }
  e.op("BUILD_TUPLE", params.length);
}

/** Pushes a function (with a positional `format`) that evaluates the expression when asked. */
function lazyValue(u: Unit, n: ast.Expr, name: string): void {
  const scope = u.table.scopes.get(n)!;
  scope.params.push(".format");
  const inner = child(u, scope, name);
  functionBody(inner, n.lineno, () => {
    if (n.node === "Starred") {
      expr(inner, n.value);
      inner.e.op("UNPACK_SEQUENCE", 1);
    } else expr(inner, n);
    inner.e.op("RETURN_VALUE");
  });
  u.e.load(1);
  u.e.op("BUILD_TUPLE", 1);
  makeFunction(u, inner.finish(name, n.lineno, { argcount: 1, posonly: 1, kwonly: 0 }), 1);
}

/** A unit for the type-parameter scope; `emit` leaves the result on its stack. The result of calling it is left on u's stack. */
function typeParamScope(u: Unit, key: object, name: string, first: number, passed: readonly string[], emit: (inner: Unit) => void): void {
  const scope = u.table.scopes.get(key)!;
  scope.params.push(...passed);
  const inner = new Unit(scope, u.table, u.options, u.filename, prefixOf(u));
  functionBody(inner, first, () => {
    emit(inner);
    inner.e.op("RETURN_VALUE");
  });
  const code = inner.finish(`<generic parameters of ${name}>`, first, { argcount: passed.length, posonly: 0, kwonly: 0 });
  makeFunction(u, code, 0);
}

/** Qualname prefix of things defined inside a type-parameter scope: as if the scope were not there. */
function prefixOf(u: Unit): string {
  if (u.scope.kind === "module") return "";
  if (u.scope.kind === "class") return `${u.qualname}.`;
  return u.scope.kind === "typeparams" ? u.qualname : `${u.qualname}.<locals>.`;
}

function genericFunction(u: Unit, n: ast.FunctionDef | ast.AsyncFunctionDef, flags: number, first: number): void {
  const e = u.e;
  const passed = [...(flags & 1 ? [".defaults"] : []), ...(flags & 2 ? [".kwdefaults"] : [])];
  typeParamScope(u, n.type_params, n.name, first, passed, (inner) => {
    typeParamObjects(inner, n.type_params);
    for (const p of passed) inner.load(p);
    const annotate = annotationFlags(inner, n);
    makeFunction(inner, functionCode(inner, n, first), flags | annotate);
    inner.e.op("SWAP", 2);
    inner.e.op("CALL_INTRINSIC_2", INTRINSIC_2_IDS.SET_FUNCTION_TYPE_PARAMS);
  });
  // defaults… function -- function NULL defaults…
  const k = passed.length;
  if (k === 0) {
    e.op("PUSH_NULL");
  } else if (k === 1) {
    e.op("SWAP", 2);
    e.op("PUSH_NULL");
    e.op("SWAP", 2);
  } else {
    e.op("PUSH_NULL");
    // defaults kwdefaults f NULL -- f NULL defaults kwdefaults
    for (const k of [4, 2, 4, 3]) e.op("SWAP", k);
  }
  e.op("CALL", k);
}

function genericClass(u: Unit, n: ast.ClassDef, first: number): void {
  typeParamScope(u, n.type_params, n.name, first, [], (inner) => {
    const e = inner.e;
    typeParamObjects(inner, n.type_params);
    inner.store(".type_params");
    inner.load(".type_params");
    e.op("CALL_INTRINSIC_1", INTRINSIC_1_IDS.SUBSCRIPT_GENERIC);
    inner.store(".generic_base");
    e.op("LOAD_BUILD_CLASS");
    e.op("PUSH_NULL");
    makeFunction(inner, classCode(inner, n, first), 0);
    e.load(n.name);
    const base: ast.Name = { node: "Name", id: ".generic_base", ctx: "Load", lineno: n.lineno, col_offset: n.col_offset, end_lineno: n.end_lineno, end_col_offset: n.end_col_offset };
    callArguments(inner, [...n.bases, base], n.keywords, n, 2);
  });
  u.e.op("PUSH_NULL");
  u.e.op("CALL", 0);
}

export function compileTypeAlias(u: Unit, n: ast.TypeAlias): void {
  const e = u.e;
  const emit = (inner: Unit): void => {
    inner.e.load(n.name.id);
    if (n.type_params.length) {
      inner.e.op("SWAP", 2);
    } else inner.e.load(null);
    lazyValue(inner, n.value, n.name.id);
    inner.e.op("BUILD_TUPLE", 3);
    inner.e.op("CALL_INTRINSIC_1", INTRINSIC_1_IDS.TYPEALIAS);
  };
  e.at(n);
  if (n.type_params.length) {
    typeParamScope(u, n, n.name.id, n.lineno, [], (inner) => {
      typeParamObjects(inner, n.type_params);
      emit(inner);
    });
    e.op("PUSH_NULL");
    e.op("CALL", 0);
  } else emit(u);
  e.at(n.name);
  u.store(n.name.id);
}

// ---- comprehensions --------------------------------------------------------------------------------------------------------------------------------

const BUILD = { ListComp: ["BUILD_LIST", "LIST_APPEND"], SetComp: ["BUILD_SET", "SET_ADD"], DictComp: ["BUILD_MAP", "MAP_ADD"] } as const;

/** Inlined (PEP 709): the variables are hidden locals of this frame. */
export function compileComprehension(u: Unit, n: ast.ListComp | ast.SetComp | ast.DictComp): void {
  const e = u.e;
  const scope = u.table.scopes.get(n)!;
  const first = n.generators[0]!;
  expr(u, first.iter);
  e.at(n);
  e.op(first.is_async ? "GET_AITER" : "GET_ITER");
  const outer = u.names;
  u.names = scope;
  freshCells(u, scope);
  const [build, add] = BUILD[n.node];
  e.op(build, 0);
  e.op("SWAP", 2);
  generators(u, n.generators, 0, () => {
    if (n.node === "DictComp") {
      expr(u, n.key);
      expr(u, n.value);
    } else expr(u, n.elt);
    e.at(n);
    e.op(add, n.generators.length + 1);
  });
  u.names = outer;
}

/** Captured comprehension variables get a new cell each time the comprehension runs. */
function freshCells(u: Unit, scope: Scope): void {
  for (const hidden of scope.hidden.values()) if (u.cellNames.includes(hidden)) u.e.op("MAKE_CELL", u.deref(hidden));
}

export function compileGeneratorExp(u: Unit, n: ast.GeneratorExp): void {
  const e = u.e;
  const scope = u.table.scopes.get(n)!;
  const inner = child(u, scope, "<genexpr>");
  functionBody(inner, n.lineno, () => {
    inner.e.at(n);
    inner.load(".0");
    generators(inner, n.generators, 0, () => {
      expr(inner, n.elt);
      inner.e.at(n);
      if (scope.isCoroutine) inner.e.op("ASYNC_GEN_WRAP");
      inner.e.op("YIELD_VALUE", 0);
      inner.e.op("RESUME", 1);
      inner.e.op("POP_TOP");
    });
    inner.e.load(null);
    inner.e.op("RETURN_VALUE");
  });
  e.at(n);
  makeFunction(u, inner.finish("<genexpr>", n.lineno, { argcount: 1, posonly: 0, kwonly: 0 }), 0);
  e.op("PUSH_NULL");
  expr(u, n.generators[0]!.iter);
  e.at(n);
  e.op(n.generators[0]!.is_async ? "GET_AITER" : "GET_ITER");
  e.op("CALL", 1);
}

/** iterator -- : the nested loops of a comprehension; the first iterator is on the stack. */
function generators(u: Unit, gens: readonly ast.Comprehension[], i: number, element: () => void): void {
  const e = u.e;
  const g = gens[i]!;
  if (i > 0) {
    expr(u, g.iter);
    e.at(g.iter);
    e.op(g.is_async ? "GET_AITER" : "GET_ITER");
  }
  const start = new Label();
  const end = new Label();
  const inside = (): void => {
    storeTarget(u, g.target);
    for (const cond of g.ifs) jumpIf(u, cond, start, false);
    if (i + 1 < gens.length) generators(u, gens, i + 1, element);
    else element();
    e.jump("JUMP", start);
  };
  e.place(start);
  if (g.is_async) asyncNext(u, end, inside);
  else {
    e.at(g.iter);
    e.jump("FOR_ITER", end);
    inside();
    e.place(end);
  }
}

/** ait -- … : awaits the next item, runs `inside` with it on the stack (which jumps back), ends at `end` with ait popped. */
export function asyncNext(u: Unit, end: Label, inside: () => void): void {
  const e = u.e;
  const stop = new Label();
  const p = e.protect(stop, false);
  e.op("GET_ANEXT");
  e.load(null);
  delegate(u, 3);
  e.unprotect(p);
  inside();
  e.place(stop);
  e.op("END_ASYNC_FOR");
  e.place(end);
}
