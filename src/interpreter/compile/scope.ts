/**
 * Symbol tables: which name means what (PEP 227 nested scopes, PEP 3104 nonlocal, PEP 695 type-parameter scopes, PEP 649 annotation
 * scopes, PEP 709 comprehensions).
 *
 * A Scope is a region of names. List, set and dict comprehensions are scopes that share the code unit of their host: their variables become
 * hidden fast locals of the host named ".name:n". Every other scope is a code unit of its own.
 * Two passes: `collect` records bindings and uses, `resolve` decides fast / deref / global / name for each.
 */
import type * as ast from "../parse/ast.ts";
import { FIELDS } from "../parse/ast.ts";
import { SyntaxProblem } from "../parse/problem.ts";

export type ScopeKind = "module" | "class" | "function" | "lambda" | "comprehension" | "generator" | "typeparams" | "annotations" | "typevar";

export interface Symbol_ {
  readonly name: string;
  bound: boolean;
  param: boolean;
  used: boolean;
  annotated: boolean;
  declared: "global" | "nonlocal" | undefined;
  /** The first global or nonlocal statement that names it. */
  directive: ast.Located | undefined;
  /** Declared both ways. */
  contradicts: boolean;
}

export type Access =
  | { readonly kind: "fast"; readonly name: string }
  | { readonly kind: "deref"; readonly name: string }
  | { readonly kind: "global"; readonly name: string }
  /** Namespace lookup of a module or class body. */
  | { readonly kind: "name"; readonly name: string }
  /** Class body reading a variable of an enclosing function unless its own namespace has it. */
  | { readonly kind: "classderef"; readonly name: string }
  /** Annotation or type-parameter scope inside a class: `__classdict__` first, then as `then` says. */
  | { readonly kind: "classdict"; readonly name: string; readonly then: "deref" | "global" };

export class Scope {
  readonly kind: ScopeKind;
  readonly name: string;
  readonly parent: Scope | undefined;
  /** The scope whose code object holds this scope's instructions. */
  readonly unit: Scope;
  readonly symbols: Map<string, Symbol_> = new Map();
  /** Parameters in order of the frame's locals. */
  readonly params: string[] = [];
  /** Names local to the unit that inner units use (unit scopes only), and names that come from outside. */
  readonly cells: Set<string> = new Set();
  readonly frees: Set<string> = new Set();
  readonly hidden: Map<string, string> = new Map();
  isGenerator = false;
  isCoroutine = false;
  /** Comprehension whose innards await. */
  isAsyncComprehension = false;
  hasStarArgs = false;
  hasKwargs = false;
  /** Private-name mangling class, if any. */
  readonly className: string | undefined;
  hiddenCount = 0;

  constructor(kind: ScopeKind, name: string, parent: Scope | undefined, className: string | undefined) {
    this.kind = kind;
    this.name = name;
    this.parent = parent;
    this.className = className;
    this.unit = kind === "comprehension" ? parent!.unit : this;
  }

  get isFunctionLike(): boolean {
    return this.kind !== "module" && this.kind !== "class";
  }

  symbol(name: string): Symbol_ {
    let s = this.symbols.get(name);
    if (!s) this.symbols.set(name, (s = { name, bound: false, param: false, used: false, annotated: false, declared: undefined, directive: undefined, contradicts: false }));
    return s;
  }

  /** The frame's name of a variable owned by this scope. */
  slotName(name: string): string {
    if (this.kind !== "comprehension") return name;
    let h = this.hidden.get(name);
    if (!h) this.hidden.set(name, (h = `.${name}:${++this.unit.hiddenCount}`));
    return h;
  }
}

/** PEP 8 private names: `__x` inside class `_C` is `_C__x`. */
export function mangle(className: string | undefined, name: string): string {
  if (!className || !name.startsWith("__") || name.endsWith("__") || name.includes(".")) return name;
  const stripped = className.replace(/^_+/, "");
  return stripped === "" ? name : `_${stripped}${name}`;
}

export type ScopeMap = Map<object, Scope>;
type Node = { readonly node: string } & Record<string, unknown>;

export class SymbolTable {
  readonly scopes: ScopeMap = new Map();
  readonly top: Scope;
  readonly future: ReadonlySet<string>;
  private readonly filename: string;
  private readonly source: string | undefined;

  constructor(mod: ast.Mod, filename: string, future: ReadonlySet<string>, source?: string) {
    this.filename = filename;
    this.source = source;
    this.future = future;
    this.top = new Scope("module", "top", undefined, undefined);
    this.scopes.set(mod, this.top);
    if (mod.node === "Expression") this.visit(mod.body as unknown as Node, this.top);
    else if (mod.node === "Module" || mod.node === "Interactive") {
      for (const s of mod.body) this.visit(s as unknown as Node, this.top);
      if (!this.futureAnnotations && hasAnnotations(mod.body)) this.annotationScope(mod, this.top, mod.body);
    }
    for (const scope of new Set(this.scopes.values())) this.resolveAll(scope);
  }

  private get futureAnnotations(): boolean {
    return this.future.has("annotations");
  }

  error(at: ast.Located, message: string): SyntaxProblem {
    const text = this.source?.split("\n")[at.lineno - 1];
    const chars = (bytes: number): number => (text === undefined ? bytes : [...Buffer.from(text).subarray(0, bytes).toString()].length);
    return new SyntaxProblem({
      kind: "SyntaxError", message, filename: this.filename, lineno: at.lineno, offset: chars(at.col_offset) + 1,
      end_lineno: at.end_lineno, end_offset: (at.end_lineno === at.lineno ? chars(at.end_col_offset) : at.end_col_offset) + 1,
      text: text === undefined ? null : `${text}\n`, metadata: null,
    });
  }

  // ---- pass 1 -------------------------------------------------------------------------------------------------------------------------

  private bind(name: string, scope: Scope, at?: ast.Located): void {
    const s = scope.symbol(mangle(scope.className, name));
    s.bound = true;
    void at;
  }

  private use(name: string, scope: Scope): void {
    scope.symbol(mangle(scope.className, name)).used = true;
  }

  private all(nodes: readonly unknown[], scope: Scope): void {
    for (const n of nodes) if (n) this.visit(n as Node, scope);
  }

  private child(key: object, kind: ScopeKind, name: string, parent: Scope, className = parent.className): Scope {
    const s = new Scope(kind, name, parent, className);
    this.scopes.set(key, s);
    return s;
  }

  private visit(n: Node, scope: Scope): void {
    const special = this.visitors[n.node];
    if (special) special(n as never, scope);
    else this.visitFields(n, scope);
  }

  private visitFields(n: Node, scope: Scope): void {
    for (const field of FIELDS[n.node as keyof typeof FIELDS] as readonly string[]) {
      const v = n[field];
      if (Array.isArray(v)) for (const item of v) item && typeof item === "object" && "node" in item && this.visit(item as Node, scope);
      else if (v && typeof v === "object" && "node" in v) this.visit(v as Node, scope);
    }
  }

  private readonly visitors: Record<string, (n: never, scope: Scope) => void> = {
    Name: (n: ast.Name, scope) => {
      if (n.ctx === "Load") {
        this.use(n.id, scope);
        if (n.id === "super" && scope.unit.isFunctionLike) this.use("__class__", scope);
      } else this.bindName(n.id, scope, n);
    },
    FunctionDef: (n: ast.FunctionDef, scope) => this.functionDef(n, scope),
    AsyncFunctionDef: (n: ast.AsyncFunctionDef, scope) => this.functionDef(n, scope),
    Lambda: (n: ast.Lambda, scope) => {
      this.defaults(n.args, scope);
      const inner = this.child(n, "lambda", "<lambda>", scope);
      this.parameters(n.args, inner, n);
      this.visit(n.body as unknown as Node, inner);
    },
    ClassDef: (n: ast.ClassDef, scope) => this.classDef(n, scope),
    ListComp: (n: ast.ListComp, scope) => this.comprehension(n, [n.elt], scope, "comprehension", "<listcomp>"),
    SetComp: (n: ast.SetComp, scope) => this.comprehension(n, [n.elt], scope, "comprehension", "<setcomp>"),
    DictComp: (n: ast.DictComp, scope) => this.comprehension(n, [n.key, n.value], scope, "comprehension", "<dictcomp>"),
    GeneratorExp: (n: ast.GeneratorExp, scope) => this.comprehension(n, [n.elt], scope, "generator", "<genexpr>"),
    NamedExpr: (n: ast.NamedExpr, scope) => {
      this.visit(n.value as unknown as Node, scope);
      let target = scope;
      while (target.kind === "comprehension" || target.kind === "generator") {
        const s = target.symbols.get(mangle(target.className, n.target.id));
        if (s?.bound && target.kind !== undefined && !s.declared) throw this.error(n.target, `assignment expression cannot rebind comprehension iteration variable '${n.target.id}'`);
        target = target.parent!;
      }
      if (target !== scope && target.kind === "class") throw this.error(n.target, "assignment expression within a comprehension cannot be used in a class body");
      if (target !== scope && target.kind === "function" === false && target.kind !== "module" && target.kind !== "lambda" && target.kind !== "class")
        throw this.error(n, `named expression cannot be used within ${ANNOTATION_WORDS[target.kind] ?? "an annotation"}`);
      this.bindName(n.target.id, target, n.target);
      if (target !== scope) {
        this.use(n.target.id, scope);
        for (let s: Scope = scope; s !== target; s = s.parent!) s.symbol(mangle(s.className, n.target.id)).used = true;
      }
    },
    Global: (n: ast.Global, scope) => this.declare(n, scope, "global"),
    Nonlocal: (n: ast.Nonlocal, scope) => this.declare(n, scope, "nonlocal"),
    Import: (n: ast.Import, scope) => {
      for (const a of n.names) this.bindName(a.asname ?? a.name.split(".")[0]!, scope, a);
    },
    ImportFrom: (n: ast.ImportFrom, scope) => {
      for (const a of n.names) {
        if (a.name !== "*") this.bindName(a.asname ?? a.name, scope, a);
        else if (scope.kind !== "module") throw this.error(a, "import * only allowed at module level");
      }
    },
    ExceptHandler: (n: ast.ExceptHandler, scope) => {
      if (n.type) this.visit(n.type as unknown as Node, scope);
      if (n.name) this.bindName(n.name, scope, n);
      this.all(n.body, scope);
    },
    MatchAs: (n: ast.MatchAs, scope) => {
      if (n.pattern) this.visit(n.pattern as unknown as Node, scope);
      if (n.name) this.bindName(n.name, scope, n);
    },
    MatchStar: (n: ast.MatchStar, scope) => {
      if (n.name) this.bindName(n.name, scope, n);
    },
    MatchMapping: (n: ast.MatchMapping, scope) => {
      this.visitFields(n as unknown as Node, scope);
      if (n.rest) this.bindName(n.rest, scope, n);
    },
    AnnAssign: (n: ast.AnnAssign, scope) => {
      if (n.target.node === "Name") {
        const s = scope.symbol(mangle(scope.className, n.target.id));
        if (s.declared) throw this.error(n, `annotated name '${n.target.id}' can't be ${s.declared}`);
        if (n.simple) s.annotated = true;
        if (n.simple || n.value) this.bindName(n.target.id, scope, n.target);
      } else this.visit(n.target as unknown as Node, scope);
      if (n.value) this.visit(n.value as unknown as Node, scope);
      // the annotation itself is visited by the scope's annotation function
    },
    Yield: (n: ast.Yield, scope) => this.yields(n, n.value, scope),
    YieldFrom: (n: ast.YieldFrom, scope) => this.yields(n, n.value, scope),
    Await: (n: ast.Await, scope) => {
      if (ANNOTATION_WORDS[scope.kind]) throw this.error(n, `await expression cannot be used within ${ANNOTATION_WORDS[scope.kind]}`);
      this.visit(n.value as unknown as Node, scope);
      this.markAsync(scope);
    },
    TypeAlias: (n: ast.TypeAlias, scope) => {
      this.bindName(n.name.id, scope, n.name);
      const outer = n.type_params.length ? this.typeParams(n, n.type_params, scope, n.name.id) : scope;
      const inner = this.child(n.value, "typevar", n.name.id, outer);
      if (inClass(outer)) this.use("__classdict__", inner);
      this.visit(n.value as unknown as Node, inner);
    },
  };

  private markAsync(scope: Scope): void {
    for (let s = scope; s.kind === "comprehension"; s = s.parent!) s.isAsyncComprehension = true;
    if (scope.kind === "generator") scope.isCoroutine = true;
  }

  private yields(n: ast.Yield | ast.YieldFrom, value: ast.Expr | null, scope: Scope): void {
    if (scope.kind === "comprehension" || scope.kind === "generator") {
      const what = scope.kind === "generator" ? "generator expression" : `${{ "<listcomp>": "list", "<setcomp>": "set", "<dictcomp>": "dict" }[scope.name]} comprehension`;
      throw this.error(n, `'yield' inside ${what}`);
    }
    if (ANNOTATION_WORDS[scope.kind]) throw this.error(n, `yield expression cannot be used within ${ANNOTATION_WORDS[scope.kind]}`);
    if (scope.kind === "module" || scope.kind === "class") throw this.error(n, `'yield${n.node === "YieldFrom" ? " from" : ""}' outside function`);
    scope.isGenerator = true;
    if (value) this.visit(value as unknown as Node, scope);
  }

  private bindName(name: string, scope: Scope, at: ast.Located): void {
    if (scope.kind === "typevar" || scope.kind === "annotations") throw this.error(at, `named expression cannot be used within ${ANNOTATION_WORDS[scope.kind]}`);
    this.bind(name, scope, at);
  }

  private declare(n: ast.Global | ast.Nonlocal, scope: Scope, kind: "global" | "nonlocal"): void {
    for (const raw of n.names) {
      const s = scope.symbol(mangle(scope.className, raw));
      if (s.param) throw this.error(n, `name '${raw}' is parameter and ${kind}`);
      if (s.annotated) throw this.error(n, `annotated name '${raw}' can't be ${kind}`);
      if (s.bound) throw this.error(n, `name '${raw}' is assigned to before ${kind} declaration`);
      if (s.used) throw this.error(n, `name '${raw}' is used prior to ${kind} declaration`);
      if (s.declared && s.declared !== kind) s.contradicts = true;
      s.declared = kind;
      s.directive ??= n;
    }
  }

  private defaults(a: ast.Arguments, scope: Scope): void {
    this.all(a.defaults, scope);
    this.all(a.kw_defaults, scope);
  }

  private parameters(a: ast.Arguments, scope: Scope, at: ast.Located): void {
    const add = (arg: ast.Arg): void => {
      const name = mangle(scope.className, arg.arg);
      const s = scope.symbol(name);
      if (s.param) throw this.error(arg, `duplicate argument '${arg.arg}' in function definition`);
      s.bound = s.param = true;
      scope.params.push(name);
    };
    a.posonlyargs.forEach(add);
    a.args.forEach(add);
    a.kwonlyargs.forEach(add);
    if (a.vararg) add(a.vararg);
    if (a.kwarg) add(a.kwarg);
    scope.hasStarArgs = a.vararg !== null;
    scope.hasKwargs = a.kwarg !== null;
    void at;
  }

  private functionDef(n: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope): void {
    this.bindName(n.name, scope, n);
    this.all(n.decorator_list, scope);
    this.defaults(n.args, scope);
    const outer = n.type_params.length ? this.typeParams(n.type_params, n.type_params, scope, n.name) : scope;
    if (functionHasAnnotations(n)) {
      const notes = this.child(n.args, "annotations", n.name, outer);
      if (inClass(outer)) this.use("__classdict__", notes);
      if (!this.futureAnnotations) for (const a of annotationsOf(n)) this.visit(a as unknown as Node, notes);
    }
    const inner = this.child(n, "function", n.name, outer);
    if (n.node === "AsyncFunctionDef") inner.isCoroutine = true;
    this.parameters(n.args, inner, n);
    this.all(n.body, inner);
    if (!this.futureAnnotations && hasAnnotations(n.body)) this.localAnnotations(n.body, inner);
  }

  /** Annotations of local variables are never evaluated, but their names count as used in a scope of their own. */
  private localAnnotations(body: readonly ast.Stmt[], scope: Scope): void {
    const notes = new Scope("annotations", scope.name, scope, scope.className);
    forEachAnnotation(body, (a) => this.visit(a.annotation as unknown as Node, notes));
  }

  private annotationScope(key: object, scope: Scope, body: readonly ast.Stmt[]): void {
    const marker = annotationKey(key);
    const notes = this.child(marker, "annotations", scope.name, scope);
    if (scope.kind === "class") this.use("__classdict__", notes);
    forEachAnnotation(body, (a) => {
      this.visit(a.annotation as unknown as Node, notes);
    });
    if (hasConditionalAnnotations(body)) {
      this.use("__conditional_annotations__", notes);
      this.bind("__conditional_annotations__", scope);
      this.use("__conditional_annotations__", scope);
    }
  }

  private classDef(n: ast.ClassDef, scope: Scope): void {
    this.bindName(n.name, scope, n);
    this.all(n.decorator_list, scope);
    const outer = n.type_params.length ? this.typeParams(n.type_params, n.type_params, scope, n.name) : scope;
    if (n.type_params.length) {
      outer.symbol(".type_params").bound = true;
      outer.symbol(".generic_base").bound = true;
    }
    this.all(n.bases, outer);
    this.all(n.keywords, outer);
    const inner = this.child(n, "class", n.name, outer, n.name);
    if (n.type_params.length) {
      inner.symbol("__type_params__").bound = true;
      this.use(".type_params", inner);
    }
    this.all(n.body, inner);
    if (!this.futureAnnotations && hasAnnotations(n.body)) this.annotationScope(n, inner, n.body);
  }

  private typeParams(key: object, params: readonly ast.TypeParam[], scope: Scope, name: string): Scope {
    const outer = this.child(key, "typeparams", name, scope);
    outer.symbol(".defaults").bound = outer.symbol(".kwdefaults").bound = true;
    if (scope.kind === "class") this.use("__classdict__", outer);
    for (const p of params) {
      const s = outer.symbol(mangle(outer.className, p.name));
      if (s.bound) throw this.error(p, `duplicate type parameter '${p.name}'`);
      s.bound = true;
    }
    for (const p of params) {
      const parts = p.node === "TypeVar" ? [p.bound, p.default_value] : [p.default_value];
      for (const e of parts) {
        if (!e) continue;
        const inner = this.child(e, "typevar", p.name, outer);
        if (scope.kind === "class") this.use("__classdict__", inner);
        this.visit(e as unknown as Node, inner);
      }
    }
    return outer;
  }

  private comprehension(n: ast.Expr & { generators: ast.Comprehension[] }, elements: readonly ast.Expr[], scope: Scope, kind: ScopeKind, name: string): void {
    const [first, ...rest] = n.generators;
    this.visit(first!.iter as unknown as Node, scope);
    const inner = this.child(n, kind, name, scope);
    if (kind === "generator") {
      inner.isGenerator = true;
      inner.symbol(".0").bound = inner.symbol(".0").param = true;
      inner.params.push(".0");
    }
    this.visit(first!.target as unknown as Node, inner);
    if (first!.is_async) this.markAsync(inner);
    this.all(first!.ifs, inner);
    for (const g of rest) {
      this.visit(g.target as unknown as Node, inner);
      this.visit(g.iter as unknown as Node, inner);
      if (g.is_async) this.markAsync(inner);
      this.all(g.ifs, inner);
    }
    for (const e of elements) this.visit(e as unknown as Node, inner);
    if (inner.isAsyncComprehension || inner.isCoroutine) this.checkAsyncPlace(n, inner, scope);
  }

  private checkAsyncPlace(n: ast.Expr, inner: Scope, scope: Scope): void {
    if (inner.kind === "generator") return;
    let s = scope;
    while (s.kind === "comprehension") s = s.parent!;
    if (s.kind === "function" && s.isCoroutine) return;
    if (s.kind === "generator") s.isCoroutine = true;
    else if (s.kind !== "module" || !this.topLevelAwait) throw this.error(n, "asynchronous comprehension outside of an asynchronous function");
  }

  topLevelAwait = false;

  // ---- pass 2 -------------------------------------------------------------------------------------------------------------------------

  private resolveAll(scope: Scope): void {
    for (const [name, s] of scope.symbols) {
      if (s.contradicts) throw this.error(s.directive!, `name '${name}' is nonlocal and global`);
      if (s.declared === "nonlocal") this.checkNonlocal(scope, name, s.directive!);
      this.access(scope, name);
    }
  }

  private checkNonlocal(scope: Scope, name: string, at: ast.Located): void {
    if (scope.kind === "module") throw this.error(at, "nonlocal declaration not allowed at module level");
    const owner = this.owner(scope.parent!, name, scope);
    if (!owner || owner.kind === "module") throw this.error(at, `no binding for nonlocal '${name}' found`);
  }

  /** The scope that binds `name` as seen from `from`, or undefined for a global. Class scopes are visible only to themselves. */
  private owner(from: Scope, name: string, start: Scope): Scope | undefined {
    for (let s: Scope | undefined = from; s; s = s.parent) {
      if (s.kind === "module") return undefined;
      if (s.kind === "class" && s !== start) {
        if (name === "__class__" || name === "__classdict__" || name === "__conditional_annotations__") return s;
        continue;
      }
      const sym = s.symbols.get(name);
      if (!sym) continue;
      if (sym.declared === "global") return undefined;
      if (sym.declared === "nonlocal") continue;
      if (sym.bound) return s;
    }
    return undefined;
  }

  /** How `scope` reaches `name` (already mangled). Marks cells and frees on the way. */
  access(scope: Scope, name: string): Access {
    const sym = scope.symbols.get(name);
    const explicit = this.explicitGlobal(scope, name);
    if (explicit) return { kind: "global", name };
    if (scope.kind === "module") return { kind: "name", name };
    if (scope.kind === "class" && sym?.bound && sym.declared === undefined) return { kind: "name", name };
    const owner = this.owner(scope, name, scope);
    const viaClass = this.classDictVisible(scope) && name !== "__classdict__" && !(owner && owner.unit === scope.unit);
    if (!owner) {
      if (viaClass) return { kind: "classdict", name, then: "global" };
      return scope.kind === "class" || (scope.kind === "comprehension" && scope.unit.kind === "module") ? this.implicitGlobal(scope, name) : { kind: "global", name };
    }
    const slot = owner.slotName(name);
    if (owner.unit === scope.unit && owner.kind !== "class") {
      return owner.unit.cells.has(slot) ? { kind: "deref", name: slot } : { kind: "fast", name: slot };
    }
    owner.unit.cells.add(slot);
    for (let u: Scope = scope.unit; u !== owner.unit; u = u.parent!.unit) u.frees.add(slot);
    if (viaClass && owner.kind !== "class") return { kind: "classdict", name: slot, then: "deref" };
    return scope.kind === "class" && name !== "__class__" && name !== "__classdict__" && sym?.declared !== "nonlocal" ? { kind: "classderef", name: slot } : { kind: "deref", name: slot };
  }

  private implicitGlobal(scope: Scope, name: string): Access {
    return scope.kind === "class" ? { kind: "name", name } : scope.unit.kind === "module" ? { kind: "name", name } : { kind: "global", name };
  }

  private explicitGlobal(scope: Scope, name: string): boolean {
    for (let s: Scope | undefined = scope; s; s = s.parent) {
      const sym = s.symbols.get(name);
      if (sym?.declared === "global") return s === scope || s.kind !== "class";
      if (sym?.declared === "nonlocal") continue;
      if (sym?.bound && (s.kind !== "class" || s === scope)) return false;
    }
    return false;
  }

  /** Annotation-like scopes directly in a class body see the class namespace. */
  private classDictVisible(scope: Scope): boolean {
    if (scope.kind !== "annotations" && scope.kind !== "typeparams" && scope.kind !== "typevar") return false;
    return inClass(scope.parent!);
  }
}

const ANNOTATION_WORDS: Partial<Record<ScopeKind, string>> = { annotations: "an annotation", typevar: "a TypeVar bound", typeparams: "the definition of a generic" };

function inClass(scope: Scope): boolean {
  return scope.kind === "class" || (scope.kind === "typeparams" && scope.parent !== undefined && scope.parent.kind === "class");
}

const keys: WeakMap<object, object> = new WeakMap();
/** The key under which the annotation scope of a module or class body is stored. */
export function annotationKey(node: object): object {
  let k = keys.get(node);
  if (!k) keys.set(node, (k = {}));
  return k;
}

function functionHasAnnotations(n: ast.FunctionDef | ast.AsyncFunctionDef): boolean {
  return annotationsOf(n).length > 0;
}

export function annotatedArgs(a: ast.Arguments): ast.Arg[] {
  return [...a.posonlyargs, ...a.args, ...(a.vararg ? [a.vararg] : []), ...a.kwonlyargs, ...(a.kwarg ? [a.kwarg] : [])].filter((x) => x.annotation);
}

function annotationsOf(n: ast.FunctionDef | ast.AsyncFunctionDef): ast.Expr[] {
  const out = annotatedArgs(n.args).map((a) => a.annotation!);
  if (n.returns) out.push(n.returns);
  return out;
}

/** Annotated assignments of a body, nested blocks included, functions and classes not. */
export function forEachAnnotation(body: readonly ast.Stmt[], visit: (a: ast.AnnAssign, conditional: boolean) => void, conditional = false): void {
  for (const s of body) {
    if (s.node === "AnnAssign") visit(s, conditional);
    for (const block of nestedBlocks(s)) forEachAnnotation(block, visit, true);
  }
}

export function nestedBlocks(s: ast.Stmt): readonly ast.Stmt[][] {
  switch (s.node) {
    case "If":
    case "For":
    case "AsyncFor":
    case "While":
      return [s.body, s.orelse];
    case "With":
    case "AsyncWith":
      return [s.body];
    case "Try":
    case "TryStar":
      return [s.body, ...s.handlers.map((h) => h.body), s.orelse, s.finalbody];
    case "Match":
      return s.cases.map((c) => c.body);
    default:
      return [];
  }
}

export function hasAnnotations(body: readonly ast.Stmt[]): boolean {
  let found = false;
  forEachAnnotation(body, () => {
    found = true;
  });
  return found;
}

export function hasConditionalAnnotations(body: readonly ast.Stmt[]): boolean {
  let found = false;
  forEachAnnotation(body, (a, conditional) => {
    if (conditional && a.simple) found = true;
  });
  return found;
}
