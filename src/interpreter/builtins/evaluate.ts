/** Builtins that compile and run code: compile, eval, exec, globals, locals, __import__, breakpoint. */
import { CO, Code } from "../compile/code.ts";
import { compile as compileAst } from "../compile/compile.ts";
import { asAst, toAst } from "../modules/ast-convert.ts";
import { bytesOf } from "../objects/buffer.ts";
import { PyDict } from "../objects/dict.ts";
import { getAttr, lookupSpecial, plainStr, toIndex, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { decodeSource, type Mode, parse, SyntaxProblem } from "../parse/parse.ts";
import type { Located, Mod } from "../parse/ast.ts";
import { compileWarnings } from "../parse/warnings.ts";
import { type SyntaxDetails, syntaxErrorFrom } from "./exception-types.ts";
import { EXCEPTIONS, isInstanceOf, type PyBaseException, typeError, valueError } from "./exceptions.ts";
import { sourceLine } from "./source-lines.ts";
import { warnExplicit } from "../modules/warnings-core.ts";

/** ast.PyCF_* and compile flags that compile() understands. */
const FLAG = { onlyAst: 0x400, dontImplyDedent: 0x200, typeComments: 0x1000, topLevelAwait: 0x2000, incomplete: 0x4000, optimizedAst: 0x8400 } as const;

export interface SourceOptions {
  readonly flags?: number;
  readonly optimize?: 0 | 1 | 2;
  /** Called when compiling gives a SyntaxWarning. */
  readonly onWarning?: () => void;
}

/** Runs a step of the front end: its SyntaxProblem becomes the Python exception. */
export function withSyntaxErrors<T>(run: () => T, textOf: (p: SyntaxProblem) => string | null = (p) => p.text): T {
  try {
    return run();
  } catch (e) {
    if (e instanceof SyntaxProblem) throw syntaxErrorFrom({ ...details(e), text: textOf(e) });
    throw e;
  }
}

function details(p: SyntaxProblem): SyntaxDetails {
  const { kind, message, filename, lineno, offset, text, end_lineno, end_offset, metadata } = p;
  return { kind, message, filename, lineno, offset, text, end_lineno, end_offset, metadata };
}

/** The compiler, other than the parser, has no source at hand: it reads the line from the file, if there is one. */
function lineOfFile(vm: VM, p: SyntaxProblem): string | null {
  const line = p.lineno === null ? undefined : sourceLine(vm, p.filename, p.lineno);
  return line === undefined ? null : `${line}\n`;
}

/** Source text → AST; warnings of the parser become SyntaxWarnings. */
export function parseSource(vm: VM, text: string, filename: string, mode: Mode, options: SourceOptions = {}): Mod {
  return withSyntaxErrors(() =>
    parse(text, filename, mode, {
      allowIncomplete: ((options.flags ?? 0) & FLAG.incomplete) !== 0,
      warn: (n) => {
        options.onWarning?.();
        warnExplicit(vm, EXCEPTIONS[n.category], n.message, filename, n.lineno);
      },
      characterNamed: (name) => characterNamed(vm, name),
    }),
  );
}

/** `\N{name}` through unicodedata. */
function characterNamed(vm: VM, name: string): string | undefined {
  try {
    return plainStr(vm.call(getAttr(vm, vm.importModule("unicodedata"), "lookup"), [name]));
  } catch {
    return undefined;
  }
}

/** Issues a SyntaxWarning; where the filters make it an error, that is a SyntaxError at the place. */
function warnAt(vm: VM, message: string, at: Located, filename: string): void {
  try {
    warnExplicit(vm, EXCEPTIONS.SyntaxWarning, message, filename, at.lineno);
  } catch (e) {
    if (!isInstanceOf(e, "SyntaxWarning")) throw e;
    const place = { lineno: at.lineno, offset: at.col_offset + 1, end_lineno: at.end_lineno, end_offset: at.end_col_offset + 1 };
    const line = sourceLine(vm, filename, at.lineno);
    throw syntaxErrorFrom({ kind: "SyntaxError", message, filename, ...place, text: line === undefined ? null : `${line}\n`, metadata: null });
  }
}

/** AST → code object. */
export function compileModule(vm: VM, mod: Mod, filename: string, source: string | undefined, options: SourceOptions = {}): Code {
  const flags = options.flags ?? 0;
  const warn = (message: string, at: Located): void => {
    options.onWarning?.();
    warnAt(vm, message, at, filename);
  };
  compileWarnings(mod, warn);
  return withSyntaxErrors(() =>
    compileAst(mod, filename, {
      optimize: options.optimize ?? 0,
      flags: flags & CO.FUTURE_ANNOTATIONS,
      source,
      topLevelAwait: (flags & FLAG.topLevelAwait) !== 0,
      warn,
    }),
    (p) => lineOfFile(vm, p),
  );
}

/** Source text → code object. */
export function compileSource(vm: VM, text: string, filename: string, mode: Mode, options: SourceOptions = {}): Code {
  return compileModule(vm, parseSource(vm, text, filename, mode, options), filename, text, options);
}

// ---- compile --------------------------------------------------------------------------------------------------------------------------

const MODES: readonly string[] = ["exec", "eval", "single", "func_type"];

/** Text of a source argument: str, or bytes with their encoding declaration. */
function sourceText(v: Value, filename: string, complaint: () => PyBaseException): string {
  const text = plainStr(v);
  if (text !== undefined) return text;
  const bytes = bytesOf(v);
  if (bytes === undefined) throw complaint();
  return withSyntaxErrors(() => decodeSource(bytes, filename)).text;
}

function fileNameOf(vm: VM, v: Value): string {
  const s = plainStr(v);
  if (s !== undefined) return s;
  const path = lookupSpecial(vm, v, "__fspath__");
  const p = path === undefined ? undefined : plainStr(vm.call(path, []));
  if (p !== undefined) return p;
  const bytes = bytesOf(v);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw typeError(`expected str, bytes or os.PathLike object, not ${typeName(v)}`);
}

function level(v: number): 0 | 1 | 2 {
  if (v < -1 || v > 2) throw valueError("compile(): invalid optimize value");
  return v === 1 || v === 2 ? v : 0;
}

function compile(vm: VM, source: Value, file: Value, modeArgument: Value, flagsArgument?: Value, _inherit?: Value, optimize?: Value): Value {
  const filename = fileNameOf(vm, file);
  const mode = plainStr(modeArgument);
  if (mode === undefined) throw typeError(`compile() argument 'mode' must be str, not ${typeName(modeArgument)}`);
  const flags = flagsArgument === undefined ? 0 : Number(toIndex(vm, flagsArgument));
  if (!MODES.includes(mode) || (mode === "func_type" && !(flags & FLAG.onlyAst)))
    throw valueError(mode === "func_type" ? "compile() mode 'func_type' requires flag PyCF_ONLY_AST" : `compile() mode must be 'exec', 'eval'${flags & FLAG.onlyAst ? ", 'single' or 'func_type'" : " or 'single'"}`);
  const options = { flags, optimize: level(optimize === undefined ? -1 : Number(toIndex(vm, optimize))) };
  const tree = asAst(vm, source);
  if (tree !== undefined) return flags & FLAG.onlyAst ? source : compileModule(vm, tree(mode as Mode), filename, undefined, options);
  const text = sourceText(source, filename, () => typeError("compile() arg 1 must be a string, bytes or AST object"));
  if (flags & FLAG.onlyAst) return toAst(vm, parseSource(vm, text, filename, mode as Mode, options));
  return compileSource(vm, text, filename, mode as Mode, options);
}

// ---- eval and exec ----------------------------------------------------------------------------------------------------------------------

/** The two namespaces of eval and exec; missing ones are the caller's. */
function namespaces(vm: VM, name: "eval" | "exec", globals: Value | undefined, locals: Value | undefined): { globals: PyDict; locals: Value } {
  if (locals !== undefined && locals !== null && typeOf(locals).slot.getitem === undefined)
    throw typeError(name === "eval" ? "locals must be a mapping" : `locals must be a mapping or None, not ${typeName(locals)}`);
  if (globals === undefined || globals === null) {
    const own = vm.callerGlobals();
    return { globals: own, locals: locals ?? vm.callerLocals() };
  }
  if (!(globals instanceof PyDict))
    throw typeError(name === "exec" ? `exec() globals must be a dict, not ${typeName(globals)}` : `globals must be a ${typeOf(globals).slot.getitem ? "real dict; try eval(code, {}, mapping)" : "dict"}`);
  return { globals, locals: locals ?? globals };
}

function withBuiltins(vm: VM, globals: PyDict): PyDict {
  if (globals.getStr("__builtins__") === undefined) globals.setStr("__builtins__", vm.modules.getStr("builtins") ?? vm.builtins);
  return globals;
}

function evaluate(vm: VM, source: Value, globalsArgument: Value | undefined, localsArgument: Value | undefined): Value {
  const { globals, locals } = namespaces(vm, "eval", globalsArgument, localsArgument);
  withBuiltins(vm, globals);
  if (source instanceof Code) {
    if (source.freevars.length) throw typeError("code object passed to eval() may not contain free variables");
    return vm.runCode(source, globals, locals);
  }
  const text = sourceText(source, "<string>", () => typeError("eval() arg 1 must be a string, bytes or code object"));
  return vm.runCode(compileSource(vm, text.replace(/^[ \t]+/, ""), "<string>", "eval", { flags: inheritedFlags(vm) }), globals, locals);
}

function execute(vm: VM, source: Value, globalsArgument: Value | undefined, localsArgument: Value | undefined, closure: Value | undefined): Value {
  const { globals, locals } = namespaces(vm, "exec", globalsArgument, localsArgument);
  withBuiltins(vm, globals);
  if (source instanceof Code) {
    vm.runCode(source, globals, locals, checkedClosure(source, closure));
    return null;
  }
  if (closure !== undefined && closure !== null) throw typeError("closure can only be used when source is a code object");
  const text = sourceText(source, "<string>", () => typeError("exec() arg 1 must be a string, bytes or code object"));
  vm.runCode(compileSource(vm, text, "<string>", "exec", { flags: inheritedFlags(vm) }), globals, locals);
  return null;
}

function checkedClosure(code: Code, closure: Value | undefined): Value | undefined {
  const n = code.freevars.length;
  if (n === 0) {
    if (closure !== undefined && closure !== null) throw typeError("cannot use a closure with this code object");
    return undefined;
  }
  if (closure === undefined || closure === null) throw typeError(`code object requires a closure of exactly length ${n}`);
  if (!(closure instanceof PyTuple) || closure.items.length !== n) throw typeError(`code object requires a closure of exactly length ${n}`);
  return closure;
}

/** `from __future__ import annotations` of the caller holds in the code that it evaluates. */
function inheritedFlags(vm: VM): number {
  const frame = vm.currentFrame();
  return frame ? frame.code.flags & CO.FUTURE_ANNOTATIONS : 0;
}

// ---- import, breakpoint -----------------------------------------------------------------------------------------------------------------

function importName(vm: VM, name: Value, globals: Value | undefined, locals: Value | undefined, fromlist: Value | undefined, levelArgument: Value | undefined): Value {
  const text = plainStr(name);
  if (text === undefined) throw typeError("module name must be a string");
  const at = levelArgument === undefined ? 0 : Number(toIndex(vm, levelArgument));
  if (at < 0) throw valueError("level must be >= 0");
  if (text === "" && at === 0) throw valueError("Empty module name");
  return vm.importName(text, globals ?? null, locals ?? null, fromlist ?? new PyTuple([]), at);
}

function breakpoint(vm: VM, args: Value[], kwargs: ReadonlyMap<string, Value>): Value {
  const hook = vm.sys.getStr("breakpointhook");
  if (hook === undefined) throw typeError("lost sys.breakpointhook");
  return vm.call(hook, [...args, ...kwargs.values()], kwargs.size ? [...kwargs.keys()] : undefined);
}

export const EVALUATION_FUNCTIONS: Record<string, NativeRow> = {
  __import__: ["(name, globals=None, locals=None, fromlist=(), level=0)", importName, "What the import statement calls."],
  breakpoint: ["(*args, **kws)", breakpoint, "Call sys.breakpointhook."],
  compile: [
    "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
    compile,
    "Compile source or an AST into a code object, or source into an AST.",
  ],
  eval: ["(source, /, globals=None, locals=None)", evaluate, "The value of an expression."],
  exec: ["(source, /, globals=None, locals=None, *, closure=None)", execute, "Run statements."],
  globals: ["()", (vm: VM) => vm.callerGlobals(), "The caller's global names."],
  locals: ["()", (vm: VM) => vm.callerLocals(), "The caller's local names."],
};

