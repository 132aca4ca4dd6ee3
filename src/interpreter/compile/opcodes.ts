/**
 * THE bytecode table. A stack machine in the manner of CPython 3.13. Code is an Int32Array of [opcode, operand] pairs; jump operands
 * are absolute instruction indices. Assembler, disassembler and VM derive from this table.
 *
 * Operand kinds: none; const (index into consts), name (names), local (varnames), deref (cellvars then freevars), jump, count, flag,
 * loop (index into loops). Stack notation: "before -- after", top of stack rightmost; NULL is JS undefined.
 * `effect` is the net stack effect without jumping, `jumpEffect` when the jump is taken (default: same); "n" forms are functions of the operand.
 */
import { namesById, numberRows } from "../../base/table.ts";

export interface OpSpec {
  readonly arg: "none" | "const" | "name" | "local" | "deref" | "jump" | "count" | "flag" | "loop";
  readonly effect: number | ((arg: number) => number);
  readonly jumpEffect?: number;
  /** Control never falls through to the next instruction. */
  readonly ends?: true;
  readonly doc: string;
}

const binaryOp = (symbol: string): OpSpec => ({ arg: "none", effect: -1, doc: `a b -- (a ${symbol} b)` });
const compareOp = (symbol: string): OpSpec => ({ arg: "none", effect: -1, doc: `a b -- (a ${symbol} b); rich comparison, any value` });

export const OPCODES = {
  NOP: { arg: "none", effect: 0, doc: "does nothing" },
  RESUME: { arg: "count", effect: 0, doc: "start of a frame (0), after yield (1), after yield from (2), after await (3): safe point" },
  // stack
  POP_TOP: { arg: "none", effect: -1, doc: "a --" },
  COPY: { arg: "count", effect: 1, doc: "pushes the n-th item from the top (1 = top)" },
  SWAP: { arg: "count", effect: 0, doc: "swaps the top with the n-th item from the top (2 = next)" },
  PUSH_NULL: { arg: "none", effect: 1, doc: "-- NULL" },
  // constants and names
  LOAD_CONST: { arg: "const", effect: 1, doc: "-- consts[i]" },
  LOAD_FAST: { arg: "local", effect: 1, doc: "-- locals[i], known to be bound" },
  LOAD_FAST_CHECK: { arg: "local", effect: 1, doc: "-- locals[i]; UnboundLocalError when unbound" },
  LOAD_FAST_AND_CLEAR: { arg: "local", effect: 1, doc: "-- locals[i] or NULL, and unbinds it (inlined comprehensions)" },
  STORE_FAST: { arg: "local", effect: -1, doc: "a --; locals[i] = a (NULL unbinds)" },
  DELETE_FAST: { arg: "local", effect: 0, doc: "unbinds locals[i]; UnboundLocalError when unbound" },
  MAKE_CELL: { arg: "deref", effect: 0, doc: "creates the cell i in its frame; when varnames holds a parameter of the cell's name, its value moves into it" },
  COPY_FREE_VARS: { arg: "count", effect: 0, doc: "copies the function's n closure cells into the frame's cells after its cellvars" },
  LOAD_CLOSURE: { arg: "deref", effect: 1, doc: "-- the cell object i itself" },
  LOAD_DEREF: { arg: "deref", effect: 1, doc: "-- contents of cell i; NameError (free) or UnboundLocalError (cell) when empty" },
  STORE_DEREF: { arg: "deref", effect: -1, doc: "a --; cell i = a" },
  DELETE_DEREF: { arg: "deref", effect: 0, doc: "empties cell i; error when empty" },
  LOAD_FROM_DICT_OR_DEREF: { arg: "deref", effect: 0, doc: "mapping -- value; looks the cell's name up in mapping first, then the cell" },
  LOAD_FROM_DICT_OR_GLOBALS: { arg: "name", effect: 0, doc: "mapping -- value; mapping, then globals, then builtins" },
  LOAD_LOCALS: { arg: "none", effect: 1, doc: "-- the frame's locals mapping (class and module scope)" },
  LOAD_NAME: { arg: "name", effect: 1, doc: "-- value; locals mapping, globals, builtins; NameError" },
  STORE_NAME: { arg: "name", effect: -1, doc: "a --; locals mapping[name] = a" },
  DELETE_NAME: { arg: "name", effect: 0, doc: "deletes from the locals mapping; NameError" },
  LOAD_GLOBAL: { arg: "name", effect: 1, doc: "-- value; globals, builtins; NameError" },
  STORE_GLOBAL: { arg: "name", effect: -1, doc: "a --; globals[name] = a" },
  DELETE_GLOBAL: { arg: "name", effect: 0, doc: "deletes from globals; NameError" },
  LOAD_BUILD_CLASS: { arg: "none", effect: 1, doc: "-- builtins.__build_class__" },
  LOAD_ASSERTION_ERROR: { arg: "none", effect: 1, doc: "-- AssertionError" },
  // attributes, subscripts
  LOAD_ATTR: { arg: "name", effect: 0, doc: "o -- o.name" },
  STORE_ATTR: { arg: "name", effect: -2, doc: "value o --; o.name = value" },
  DELETE_ATTR: { arg: "name", effect: -1, doc: "o --; del o.name" },
  LOAD_METHOD: { arg: "name", effect: 1, doc: "o -- f self | f NULL; for a call that follows: f is unbound and self is o when the attribute is a method of the type, else bound attribute and NULL" },
  LOAD_SUPER_ATTR: { arg: "name", effect: -2, doc: "super cls self -- value; super(cls, self).name; when `super` is not the builtin, calls it with (cls, self)" },
  BINARY_SUBSCR: { arg: "none", effect: -1, doc: "o k -- o[k]" },
  STORE_SUBSCR: { arg: "none", effect: -3, doc: "value o k --; o[k] = value" },
  DELETE_SUBSCR: { arg: "none", effect: -2, doc: "o k --; del o[k]" },
  BUILD_SLICE: { arg: "count", effect: (n) => 1 - n, doc: "start stop [step] -- slice (n = 2 or 3)" },
  // operators
  UNARY_NEGATIVE: { arg: "none", effect: 0, doc: "a -- -a" },
  UNARY_POSITIVE: { arg: "none", effect: 0, doc: "a -- +a" },
  UNARY_INVERT: { arg: "none", effect: 0, doc: "a -- ~a" },
  UNARY_NOT: { arg: "none", effect: 0, doc: "a -- not a" },
  TO_BOOL: { arg: "none", effect: 0, doc: "a -- bool(a)" },
  BINARY_ADD: binaryOp("+"), BINARY_SUB: binaryOp("-"), BINARY_MUL: binaryOp("*"), BINARY_MATMUL: binaryOp("@"), BINARY_TRUEDIV: binaryOp("/"),
  BINARY_FLOORDIV: binaryOp("//"), BINARY_MOD: binaryOp("%"), BINARY_POW: binaryOp("**"), BINARY_LSHIFT: binaryOp("<<"), BINARY_RSHIFT: binaryOp(">>"),
  BINARY_AND: binaryOp("&"), BINARY_OR: binaryOp("|"), BINARY_XOR: binaryOp("^"),
  INPLACE_ADD: binaryOp("+="), INPLACE_SUB: binaryOp("-="), INPLACE_MUL: binaryOp("*="), INPLACE_MATMUL: binaryOp("@="), INPLACE_TRUEDIV: binaryOp("/="),
  INPLACE_FLOORDIV: binaryOp("//="), INPLACE_MOD: binaryOp("%="), INPLACE_POW: binaryOp("**="), INPLACE_LSHIFT: binaryOp("<<="), INPLACE_RSHIFT: binaryOp(">>="),
  INPLACE_AND: binaryOp("&="), INPLACE_OR: binaryOp("|="), INPLACE_XOR: binaryOp("^="),
  COMPARE_EQ: compareOp("=="), COMPARE_NE: compareOp("!="), COMPARE_LT: compareOp("<"), COMPARE_LE: compareOp("<="), COMPARE_GT: compareOp(">"), COMPARE_GE: compareOp(">="),
  IS_OP: { arg: "flag", effect: -1, doc: "a b -- (a is b), negated when 1" },
  CONTAINS_OP: { arg: "flag", effect: -1, doc: "a b -- (a in b), negated when 1" },
  // jumps
  JUMP: { arg: "jump", effect: 0, ends: true, doc: "jumps forward or, inside exception handling, anywhere" },
  JUMP_BACKWARD: { arg: "loop", effect: 0, ends: true, doc: "back-edge of loop i: jumps to loops[i].header; safe point, counts hotness" },
  POP_JUMP_IF_FALSE: { arg: "jump", effect: -1, doc: "a --; jumps when not a" },
  POP_JUMP_IF_TRUE: { arg: "jump", effect: -1, doc: "a --; jumps when a" },
  POP_JUMP_IF_NONE: { arg: "jump", effect: -1, doc: "a --; jumps when a is None" },
  POP_JUMP_IF_NOT_NONE: { arg: "jump", effect: -1, doc: "a --; jumps when a is not None" },
  JUMP_IF_FALSE_OR_POP: { arg: "jump", effect: -1, jumpEffect: 0, doc: "a -- | a; when not a jumps and keeps a, else pops it" },
  JUMP_IF_TRUE_OR_POP: { arg: "jump", effect: -1, jumpEffect: 0, doc: "a -- | a; when a jumps and keeps a, else pops it" },
  // iteration
  GET_ITER: { arg: "none", effect: 0, doc: "o -- iter(o)" },
  FOR_ITER: { arg: "jump", effect: 1, jumpEffect: -1, doc: "it -- it next(it); when exhausted pops it and jumps" },
  GET_YIELD_FROM_ITER: { arg: "none", effect: 0, doc: "o -- iter(o), generators and coroutines (in a coroutine) as they are" },
  // building
  BUILD_TUPLE: { arg: "count", effect: (n) => 1 - n, doc: "a… -- tuple" },
  BUILD_LIST: { arg: "count", effect: (n) => 1 - n, doc: "a… -- list" },
  BUILD_SET: { arg: "count", effect: (n) => 1 - n, doc: "a… -- set" },
  BUILD_MAP: { arg: "count", effect: (n) => 1 - 2 * n, doc: "k v … -- dict (n pairs)" },
  BUILD_STRING: { arg: "count", effect: (n) => 1 - n, doc: "s… -- the strings joined" },
  LIST_APPEND: { arg: "count", effect: -1, doc: "… a -- …; appends a to the list n items below (1 = the item under a)" },
  SET_ADD: { arg: "count", effect: -1, doc: "as LIST_APPEND for a set" },
  MAP_ADD: { arg: "count", effect: -2, doc: "… k v -- …; stores into the dict n items below v and k" },
  LIST_EXTEND: { arg: "count", effect: -1, doc: "… it -- …; extends the list n below; TypeError 'Value after * must be an iterable, not X' when not iterable" },
  SET_UPDATE: { arg: "count", effect: -1, doc: "… it -- …; updates the set n below" },
  DICT_UPDATE: { arg: "count", effect: -1, doc: "… m -- …; updates the dict n below; TypeError \"'X' object is not a mapping\"" },
  DICT_MERGE: { arg: "count", effect: -1, doc: "… f? NULL args kwargs m -- …; for **m in calls: merges into the dict n below; duplicate keyword → TypeError naming the callee (4 below)" },
  LIST_TO_TUPLE: { arg: "none", effect: 0, doc: "list -- tuple" },
  UNPACK_SEQUENCE: { arg: "count", effect: (n) => n - 1, doc: "it -- xn … x1 (x1 on top); ValueError on wrong count" },
  UNPACK_EX: { arg: "count", effect: (n) => (n & 255) + (n >> 8), doc: "it -- after… rest before… (first on top); n & 255 before the star, n >> 8 after" },
  FORMAT_VALUE: { arg: "flag", effect: (f) => (f & 4 ? -1 : 0), doc: "v [spec] -- str; f & 3: 0 none, 1 str, 2 repr, 3 ascii conversion first; f & 4: spec is on the stack" },
  BUILD_INTERPOLATION: { arg: "flag", effect: (f) => (f & 4 ? -2 : -1), doc: "value text [spec] -- Interpolation(value, text, conversion, spec); flags as FORMAT_VALUE" },
  BUILD_TEMPLATE: { arg: "none", effect: -1, doc: "strings-tuple interpolations-tuple -- Template" },
  // functions and calls
  MAKE_FUNCTION: { arg: "none", effect: 0, doc: "code -- function with the frame's globals" },
  SET_FUNCTION_ATTRIBUTE: { arg: "flag", effect: -1, doc: "value f -- f; 1 defaults tuple, 2 kwdefaults dict, 4 annotations dict (PEP 563), 8 closure tuple, 16 __annotate__ function" },
  CALL: { arg: "count", effect: (n) => -1 - n, doc: "f self|NULL a1…an -- result; self, when not NULL, is the first argument" },
  CALL_KW: { arg: "count", effect: (n) => -2 - n, doc: "f self|NULL a1…an names -- result; names: tuple const with the names of the last arguments" },
  CALL_FUNCTION_EX: { arg: "flag", effect: (f) => (f & 1 ? -3 : -2), doc: "f NULL args [kwargs] -- result; args any iterable (f & 1: kwargs dict on top)" },
  RETURN_VALUE: { arg: "none", effect: -1, ends: true, doc: "a --; leaves the frame" },
  // generators, coroutines
  RETURN_GENERATOR: { arg: "none", effect: 1, doc: "first instruction of generator-like code: makes the generator, coroutine or async generator of this frame and returns it to the caller; when resumed the sent value is pushed (POP_TOP follows)" },
  YIELD_VALUE: { arg: "flag", effect: 0, doc: "a -- sent; suspends with a (1: inside yield from/await); async generators wrap" },
  SEND: { arg: "jump", effect: 0, doc: "it v -- it yielded; sends v into it; when it finishes: it v -- it result, jumps" },
  END_SEND: { arg: "none", effect: -1, doc: "it result -- result" },
  CLEANUP_THROW: { arg: "none", effect: -1, doc: "it last exc -- NULL-free: StopIteration exc: -- None value (as CPython: sub-iterator and last value dropped, pushes None and the value); else re-raises" },
  STOPITERATION_ERROR: { arg: "flag", effect: 0, doc: "exc -- exc'; StopIteration (and StopAsyncIteration in async generators) becomes RuntimeError 'generator raised StopIteration'" },
  GET_AWAITABLE: { arg: "flag", effect: 0, doc: "o -- awaitable iterator; 1: from __aenter__, 2: from __aexit__ (error texts)" },
  GET_AITER: { arg: "none", effect: 0, doc: "o -- o.__aiter__()" },
  GET_ANEXT: { arg: "none", effect: 1, doc: "ait -- ait awaitable of ait.__anext__()" },
  END_ASYNC_FOR: { arg: "none", effect: -2, doc: "ait exc --; StopAsyncIteration ends the loop, anything else is re-raised" },
  ASYNC_GEN_WRAP: { arg: "none", effect: 0, doc: "v -- wrapped v (marks a value yielded by an async generator)" },
  // exceptions, with
  PUSH_EXC_INFO: { arg: "none", effect: 1, doc: "exc -- previous exc; the exception being handled becomes exc" },
  POP_EXCEPT: { arg: "none", effect: -1, doc: "previous --; the exception being handled becomes previous" },
  CHECK_EXC_MATCH: { arg: "none", effect: 0, doc: "exc type -- exc matches; TypeError unless type is an exception class or a tuple of them" },
  CHECK_EG_MATCH: { arg: "none", effect: 0, doc: "exc type -- rest match; except*: rest/match may be None; naked exceptions are wrapped; match becomes the exception being handled" },
  PREP_RERAISE_STAR: { arg: "none", effect: -1, doc: "orig list -- exc | None; PEP 654: the group to re-raise from the raised and unhandled parts" },
  RAISE_VARARGS: { arg: "count", effect: (n) => -n, ends: true, doc: "0: re-raise the exception being handled; 1: exc; 2: exc cause" },
  RERAISE: { arg: "count", effect: -1, ends: true, doc: "[lasti at depth arg] exc --; raises exc again with its traceback; arg n > 0: lasti lies n items below" },
  BEFORE_WITH: { arg: "none", effect: 1, doc: "mgr -- exit result; exit is the bound __exit__; result = __enter__()" },
  BEFORE_ASYNC_WITH: { arg: "none", effect: 1, doc: "mgr -- aexit awaitable of __aenter__()" },
  WITH_EXCEPT_START: { arg: "none", effect: 1, doc: "exit lasti previous exc -- exit lasti previous exc result of exit(type, exc, tb)" },
  // imports
  IMPORT_NAME: { arg: "name", effect: -1, doc: "level fromlist -- module" },
  IMPORT_FROM: { arg: "name", effect: 1, doc: "module -- module attribute; ImportError texts" },
  IMPORT_STAR: { arg: "none", effect: -1, doc: "module --; copies its public names into the locals mapping" },
  // pattern matching
  GET_LEN: { arg: "none", effect: 1, doc: "o -- o len(o)" },
  MATCH_SEQUENCE: { arg: "none", effect: 1, doc: "o -- o isSequence (collections.abc.Sequence flag: list, tuple, range …, not str/bytes/bytearray)" },
  MATCH_MAPPING: { arg: "none", effect: 1, doc: "o -- o isMapping" },
  MATCH_KEYS: { arg: "none", effect: 1, doc: "o keys -- o keys values-tuple | None" },
  MATCH_CLASS: { arg: "count", effect: -2, doc: "o cls names -- attributes tuple | None; n positional patterns, then the keyword names" },
  // misc
  SETUP_ANNOTATIONS: { arg: "none", effect: 0, doc: "ensures __annotations__ (future annotations only)" },
  CALL_INTRINSIC_1: { arg: "flag", effect: 0, doc: "a -- result of intrinsic INTRINSIC_1[i]" },
  CALL_INTRINSIC_2: { arg: "flag", effect: -1, doc: "a b -- result of intrinsic INTRINSIC_2[i]" },
} as const satisfies Record<string, OpSpec>;

export type OpName = keyof typeof OPCODES;
/** opcode numbers: OP.LOAD_FAST … (the build replaces them by literals in the VM loop). */
export const OP: { readonly [K in OpName]: number } = numberRows(OPCODES);
export const OP_NAMES: readonly string[] = namesById(OPCODES);
const SPECS: readonly (OpSpec | undefined)[] = [undefined, ...Object.values(OPCODES)];

export function opSpec(op: number): OpSpec {
  const s = SPECS[op];
  if (!s) throw new Error(`no opcode ${op}`);
  return s;
}

export function stackEffect(op: number, arg: number, jump: boolean): number {
  const s = opSpec(op);
  if (jump && s.jumpEffect !== undefined) return s.jumpEffect;
  return typeof s.effect === "function" ? s.effect(arg) : s.effect;
}

export const INTRINSIC_1 = {
  PRINT: "prints the value as the interactive interpreter does (sys.displayhook); result None",
  IMPORT_STAR: "unused",
  TYPEVAR: "name -- TypeVar(name)",
  PARAMSPEC: "name -- ParamSpec(name)",
  TYPEVARTUPLE: "name -- TypeVarTuple(name)",
  SUBSCRIPT_GENERIC: "type-params tuple -- Generic[params]",
  TYPEALIAS: "(name, type_params, evaluate function) tuple -- TypeAliasType",
  UNARY_POSITIVE: "unused",
} as const;
export const INTRINSIC_2 = {
  TYPEVAR_WITH_BOUND: "name evaluate-function -- TypeVar with a lazily evaluated bound",
  TYPEVAR_WITH_CONSTRAINTS: "name evaluate-function -- TypeVar with lazily evaluated constraints",
  SET_FUNCTION_TYPE_PARAMS: "f params-tuple -- f with __type_params__",
  SET_TYPEPARAM_DEFAULT: "typeparam evaluate-function -- typeparam with a lazily evaluated default",
} as const;
export const INTRINSIC_1_IDS: { readonly [K in keyof typeof INTRINSIC_1]: number } = numberRows(INTRINSIC_1);
export const INTRINSIC_2_IDS: { readonly [K in keyof typeof INTRINSIC_2]: number } = numberRows(INTRINSIC_2);
