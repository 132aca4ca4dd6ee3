/** The state of compiling one code object, and the ways to load and store names. */
import type * as ast from "../parse/ast.ts";
import type { SyntaxProblem } from "../parse/problem.ts";
import { CO, type Code, type LoopInfo } from "./code.ts";
import type { InlineBody } from "./inline.ts";
import { Emitter, type Label, type Protection } from "./emitter.ts";
import { type Access, mangle, type Scope, type SymbolTable } from "./scope.ts";

export interface CompileOptions {
  /** 0, 1 (-O: no asserts) or 2 (-OO: no docstrings either). */
  readonly optimize: 0 | 1 | 2;
  readonly flags: number;
  /** Source text, for the columns of errors and for string annotations. */
  readonly source?: string | undefined;
  readonly warn?: ((message: string, at: ast.Located) => void) | undefined;
  /** Allow await at module level (asyncio REPL flag). */
  readonly topLevelAwait?: boolean;
}

/** What `break`, `continue` and `return` have to undo on their way out. */
export type Block =
  | { readonly kind: "loop"; readonly end: Label; readonly isFor: boolean; readonly id: number; readonly start: Label }
  | { readonly kind: "try"; readonly protection: Protection }
  | { readonly kind: "finally"; readonly protection: Protection; readonly body: () => void }
  | { readonly kind: "finally-end"; readonly protection: Protection }
  | { readonly kind: "handler"; readonly protection: Protection; readonly cleanup: Protection | undefined; readonly name: string | null }
  | { readonly kind: "except-star" }
  | { readonly kind: "with"; readonly protection: Protection; readonly isAsync: boolean; readonly at: ast.Located }
  | { readonly kind: "value" };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Unit {
  readonly e: Emitter = new Emitter();
  readonly scope: Scope;
  readonly table: SymbolTable;
  readonly options: CompileOptions;
  readonly filename: string;
  readonly qualname: string;
  readonly blocks: Block[] = [];
  readonly loops: Mutable<LoopInfo>[] = [];
  currentLoop = -1;
  /** Inside code that is emitted more than once (finally bodies): loops there are no candidates. */
  copies = 0;
  conditional = 0;
  hasConditionalAnnotations = false;
  /** `single` mode: expression statements print. */
  interactive = false;
  /** A statement other than a __future__ import was seen. */
  futureEnds = false;
  annotationIndex = 0;
  readonly deletedParams: Set<string> = new Set();
  private readonly cells: readonly string[];
  private readonly frees: readonly string[];
  /** The scope whose names are meant at present: the unit's own or that of an inlined comprehension. */
  names: Scope;

  constructor(scope: Scope, table: SymbolTable, options: CompileOptions, filename: string, qualname: string) {
    this.scope = scope;
    this.names = scope;
    this.table = table;
    this.options = options;
    this.filename = filename;
    this.qualname = qualname;
    for (const p of scope.params) this.e.local(p);
    this.cells = [...scope.cells];
    this.frees = [...scope.frees].filter((f) => !scope.cells.has(f)).sort();
  }

  error(at: ast.Located, message: string): SyntaxProblem {
    return this.table.error(at, message);
  }

  mangled(name: string): string {
    return mangle(this.names.className, name);
  }

  deref(slot: string): number {
    const i = this.cells.indexOf(slot);
    if (i >= 0) return i;
    const j = this.frees.indexOf(slot);
    if (j < 0) throw new Error(`internal: no cell for ${slot} in ${this.qualname}`);
    return this.cells.length + j;
  }

  get cellNames(): readonly string[] {
    return this.cells;
  }

  get freeNames(): readonly string[] {
    return this.frees;
  }

  access(name: string): Access {
    return this.table.access(this.names, this.mangled(name));
  }

  load(name: string): void {
    const a = this.access(name);
    const e = this.e;
    switch (a.kind) {
      case "fast":
        e.op(this.scope.params.includes(a.name) && !this.deletedParams.has(a.name) ? "LOAD_FAST" : "LOAD_FAST_CHECK", e.local(a.name));
        break;
      case "deref":
        e.op("LOAD_DEREF", this.deref(a.name));
        break;
      case "global":
        e.op("LOAD_GLOBAL", e.name(a.name));
        break;
      case "name":
        e.op("LOAD_NAME", e.name(a.name));
        break;
      case "classderef":
        e.op("LOAD_LOCALS");
        e.op("LOAD_FROM_DICT_OR_DEREF", this.deref(a.name));
        break;
      case "classdict":
        e.op("LOAD_DEREF", this.deref("__classdict__"));
        if (a.then === "deref") e.op("LOAD_FROM_DICT_OR_DEREF", this.deref(a.name));
        else e.op("LOAD_FROM_DICT_OR_GLOBALS", e.name(a.name));
    }
  }

  store(name: string): void {
    const a = this.access(name);
    const e = this.e;
    if (a.kind === "fast") e.op("STORE_FAST", e.local(a.name));
    else if (a.kind === "deref" || a.kind === "classderef") e.op("STORE_DEREF", this.deref(a.name));
    else if (a.kind === "global") e.op("STORE_GLOBAL", e.name(a.name));
    else e.op("STORE_NAME", e.name(a.name));
  }

  remove(name: string): void {
    const a = this.access(name);
    const e = this.e;
    if (a.kind === "fast") e.op("DELETE_FAST", e.local(a.name));
    else if (a.kind === "deref" || a.kind === "classderef") e.op("DELETE_DEREF", this.deref(a.name));
    else if (a.kind === "global") e.op("DELETE_GLOBAL", e.name(a.name));
    else e.op("DELETE_NAME", e.name(a.name));
  }

  /** A fresh hidden local of the frame. */
  temporary(purpose: string): number {
    return this.e.local(`.${purpose}:${++this.scope.hiddenCount}`);
  }

  /** The first instructions: cells for captured variables, closure cells. */
  prologue(): void {
    const e = this.e;
    if (this.frees.length) e.op("COPY_FREE_VARS", this.frees.length);
    for (let i = 0; i < this.cells.length; i++) if (!this.cells[i]!.startsWith(".") || this.cells[i] === ".defaults" || this.cells[i] === ".type_params") e.op("MAKE_CELL", i);
  }

  finish(name: string, firstlineno: number, args: { argcount: number; posonly: number; kwonly: number }, extraFlags = 0, inline: InlineBody | null = null): Code {
    const s = this.scope;
    let flags = extraFlags | this.options.flags;
    if (s.isFunctionLike) flags |= CO.OPTIMIZED | CO.NEWLOCALS;
    if (s.isFunctionLike && s.parent?.isFunctionLike) flags |= CO.NESTED;
    if (s.hasStarArgs) flags |= CO.VARARGS;
    if (s.hasKwargs) flags |= CO.VARKEYWORDS;
    if (s.isGenerator) flags |= s.isCoroutine ? CO.ASYNC_GENERATOR : CO.GENERATOR;
    else if (s.isCoroutine) flags |= CO.COROUTINE;
    return this.e.finish({
      name, qualname: this.qualname, filename: this.filename, firstlineno,
      argcount: args.argcount, posonlyargcount: args.posonly, kwonlyargcount: args.kwonly,
      flags, cellvars: this.cells, freevars: this.frees, loops: this.loops, inline,
    });
  }
}
