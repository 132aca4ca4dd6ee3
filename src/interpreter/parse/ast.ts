/**
 * The abstract syntax tree: exactly the node names and fields of CPython 3.14's `ast` module.
 *
 * Source: the abstract grammar in the Library Reference, chapter "ast" (3.14). Invariants:
 *  - `node` discriminates every union; optional fields are `null`, never missing; lists are arrays.
 *  - Operators, contexts and the like are string literals here ("Add", "Load"), objects in Python.
 *  - Lines are 1-based; columns are 0-based UTF-8 *byte* offsets, as in CPython.
 *  - `FIELDS` lists the fields of each node in CPython's order; the compiler checks it against the interfaces.
 */
import type { PyBytes, PyComplex, PyEllipsis, PyFloat, PyInt } from "../objects/values.ts";

export interface Located {
  lineno: number;
  col_offset: number;
  end_lineno: number;
  end_col_offset: number;
}

export type ExprContext = "Load" | "Store" | "Del";
export type BoolOperator = "And" | "Or";
export type Operator =
  | "Add"
  | "Sub"
  | "Mult"
  | "MatMult"
  | "Div"
  | "Mod"
  | "Pow"
  | "LShift"
  | "RShift"
  | "BitOr"
  | "BitXor"
  | "BitAnd"
  | "FloorDiv";
export type UnaryOperator = "Invert" | "Not" | "UAdd" | "USub";
export type CmpOperator = "Eq" | "NotEq" | "Lt" | "LtE" | "Gt" | "GtE" | "Is" | "IsNot" | "In" | "NotIn";

/** What `Constant.value` may hold; the run-time values themselves. */
export type ConstantValue = null | boolean | PyInt | PyFloat | PyComplex | string | PyBytes | PyEllipsis;

// Modules ---------------------------------------------------------------------------------------

export interface Module {
  readonly node: "Module";
  body: Stmt[];
  type_ignores: TypeIgnore[];
}
export interface Interactive {
  readonly node: "Interactive";
  body: Stmt[];
}
export interface Expression {
  readonly node: "Expression";
  body: Expr;
}
export interface FunctionType {
  readonly node: "FunctionType";
  argtypes: Expr[];
  returns: Expr;
}
export type Mod = Module | Interactive | Expression | FunctionType;

export interface TypeIgnore {
  readonly node: "TypeIgnore";
  lineno: number;
  tag: string;
}

// Statements ------------------------------------------------------------------------------------

interface FunctionFields extends Located {
  name: string;
  args: Arguments;
  body: Stmt[];
  decorator_list: Expr[];
  returns: Expr | null;
  type_comment: string | null;
  type_params: TypeParam[];
}
export interface FunctionDef extends FunctionFields {
  readonly node: "FunctionDef";
}
export interface AsyncFunctionDef extends FunctionFields {
  readonly node: "AsyncFunctionDef";
}
export interface ClassDef extends Located {
  readonly node: "ClassDef";
  name: string;
  bases: Expr[];
  keywords: Keyword[];
  body: Stmt[];
  decorator_list: Expr[];
  type_params: TypeParam[];
}
export interface Return extends Located {
  readonly node: "Return";
  value: Expr | null;
}
export interface Delete extends Located {
  readonly node: "Delete";
  targets: Expr[];
}
export interface Assign extends Located {
  readonly node: "Assign";
  targets: Expr[];
  value: Expr;
  type_comment: string | null;
}
export interface TypeAlias extends Located {
  readonly node: "TypeAlias";
  name: Name;
  type_params: TypeParam[];
  value: Expr;
}
export interface AugAssign extends Located {
  readonly node: "AugAssign";
  target: Name | Attribute | Subscript;
  op: Operator;
  value: Expr;
}
export interface AnnAssign extends Located {
  readonly node: "AnnAssign";
  target: Name | Attribute | Subscript;
  annotation: Expr;
  value: Expr | null;
  /** 1 when the target is a bare name without parentheses. */
  simple: 0 | 1;
}
interface ForFields extends Located {
  target: Expr;
  iter: Expr;
  body: Stmt[];
  orelse: Stmt[];
  type_comment: string | null;
}
export interface For extends ForFields {
  readonly node: "For";
}
export interface AsyncFor extends ForFields {
  readonly node: "AsyncFor";
}
export interface While extends Located {
  readonly node: "While";
  test: Expr;
  body: Stmt[];
  orelse: Stmt[];
}
export interface If extends Located {
  readonly node: "If";
  test: Expr;
  body: Stmt[];
  orelse: Stmt[];
}
interface WithFields extends Located {
  items: WithItem[];
  body: Stmt[];
  type_comment: string | null;
}
export interface With extends WithFields {
  readonly node: "With";
}
export interface AsyncWith extends WithFields {
  readonly node: "AsyncWith";
}
export interface Match extends Located {
  readonly node: "Match";
  subject: Expr;
  cases: MatchCase[];
}
export interface Raise extends Located {
  readonly node: "Raise";
  exc: Expr | null;
  cause: Expr | null;
}
interface TryFields extends Located {
  body: Stmt[];
  handlers: ExceptHandler[];
  orelse: Stmt[];
  finalbody: Stmt[];
}
export interface Try extends TryFields {
  readonly node: "Try";
}
export interface TryStar extends TryFields {
  readonly node: "TryStar";
}
export interface Assert extends Located {
  readonly node: "Assert";
  test: Expr;
  msg: Expr | null;
}
export interface Import extends Located {
  readonly node: "Import";
  names: Alias[];
}
export interface ImportFrom extends Located {
  readonly node: "ImportFrom";
  module: string | null;
  names: Alias[];
  level: number;
}
export interface Global extends Located {
  readonly node: "Global";
  names: string[];
}
export interface Nonlocal extends Located {
  readonly node: "Nonlocal";
  names: string[];
}
/** An expression statement (CPython's `Expr`); the union of expressions is `Expr`. */
export interface ExprStmt extends Located {
  readonly node: "Expr";
  value: Expr;
}
export interface Pass extends Located {
  readonly node: "Pass";
}
export interface Break extends Located {
  readonly node: "Break";
}
export interface Continue extends Located {
  readonly node: "Continue";
}
export type Stmt =
  | FunctionDef
  | AsyncFunctionDef
  | ClassDef
  | Return
  | Delete
  | Assign
  | TypeAlias
  | AugAssign
  | AnnAssign
  | For
  | AsyncFor
  | While
  | If
  | With
  | AsyncWith
  | Match
  | Raise
  | Try
  | TryStar
  | Assert
  | Import
  | ImportFrom
  | Global
  | Nonlocal
  | ExprStmt
  | Pass
  | Break
  | Continue;

// Expressions -----------------------------------------------------------------------------------

export interface BoolOp extends Located {
  readonly node: "BoolOp";
  op: BoolOperator;
  values: Expr[];
}
export interface NamedExpr extends Located {
  readonly node: "NamedExpr";
  target: Name;
  value: Expr;
}
export interface BinOp extends Located {
  readonly node: "BinOp";
  left: Expr;
  op: Operator;
  right: Expr;
}
export interface UnaryOp extends Located {
  readonly node: "UnaryOp";
  op: UnaryOperator;
  operand: Expr;
}
export interface Lambda extends Located {
  readonly node: "Lambda";
  args: Arguments;
  body: Expr;
}
export interface IfExp extends Located {
  readonly node: "IfExp";
  test: Expr;
  body: Expr;
  orelse: Expr;
}
export interface Dict extends Located {
  readonly node: "Dict";
  /** `null` marks `**mapping`, whose value stands at the same index. */
  keys: (Expr | null)[];
  values: Expr[];
}
export interface SetExpr extends Located {
  readonly node: "Set";
  elts: Expr[];
}
interface ComprehensionFields extends Located {
  elt: Expr;
  generators: Comprehension[];
}
export interface ListComp extends ComprehensionFields {
  readonly node: "ListComp";
}
export interface SetComp extends ComprehensionFields {
  readonly node: "SetComp";
}
export interface DictComp extends Located {
  readonly node: "DictComp";
  key: Expr;
  value: Expr;
  generators: Comprehension[];
}
export interface GeneratorExp extends ComprehensionFields {
  readonly node: "GeneratorExp";
}
export interface Await extends Located {
  readonly node: "Await";
  value: Expr;
}
export interface Yield extends Located {
  readonly node: "Yield";
  value: Expr | null;
}
export interface YieldFrom extends Located {
  readonly node: "YieldFrom";
  value: Expr;
}
export interface Compare extends Located {
  readonly node: "Compare";
  left: Expr;
  ops: CmpOperator[];
  comparators: Expr[];
}
export interface Call extends Located {
  readonly node: "Call";
  func: Expr;
  args: Expr[];
  keywords: Keyword[];
}
export interface FormattedValue extends Located {
  readonly node: "FormattedValue";
  value: Expr;
  /** -1 none, 115 `!s`, 114 `!r`, 97 `!a`. */
  conversion: number;
  format_spec: JoinedStr | null;
}
export interface Interpolation extends Located {
  readonly node: "Interpolation";
  value: Expr;
  /** Source text of the expression. */
  str: string;
  conversion: number;
  format_spec: JoinedStr | null;
}
export interface JoinedStr extends Located {
  readonly node: "JoinedStr";
  values: (Constant | FormattedValue)[];
}
export interface TemplateStr extends Located {
  readonly node: "TemplateStr";
  values: (Constant | Interpolation)[];
}
export interface Constant extends Located {
  readonly node: "Constant";
  value: ConstantValue;
  /** "u" for a string with that prefix. */
  kind: string | null;
}
export interface Attribute extends Located {
  readonly node: "Attribute";
  value: Expr;
  attr: string;
  ctx: ExprContext;
}
export interface Subscript extends Located {
  readonly node: "Subscript";
  value: Expr;
  slice: Expr;
  ctx: ExprContext;
}
export interface Starred extends Located {
  readonly node: "Starred";
  value: Expr;
  ctx: ExprContext;
}
export interface Name extends Located {
  readonly node: "Name";
  id: string;
  ctx: ExprContext;
}
export interface List extends Located {
  readonly node: "List";
  elts: Expr[];
  ctx: ExprContext;
}
export interface Tuple extends Located {
  readonly node: "Tuple";
  elts: Expr[];
  ctx: ExprContext;
}
/** Only inside `Subscript.slice`, directly or in a `Tuple`. */
export interface Slice extends Located {
  readonly node: "Slice";
  lower: Expr | null;
  upper: Expr | null;
  step: Expr | null;
}
export type Expr =
  | BoolOp
  | NamedExpr
  | BinOp
  | UnaryOp
  | Lambda
  | IfExp
  | Dict
  | SetExpr
  | ListComp
  | SetComp
  | DictComp
  | GeneratorExp
  | Await
  | Yield
  | YieldFrom
  | Compare
  | Call
  | FormattedValue
  | Interpolation
  | JoinedStr
  | TemplateStr
  | Constant
  | Attribute
  | Subscript
  | Starred
  | Name
  | List
  | Tuple
  | Slice;

// Parts -----------------------------------------------------------------------------------------

export interface Comprehension {
  readonly node: "comprehension";
  target: Expr;
  iter: Expr;
  ifs: Expr[];
  is_async: 0 | 1;
}
export interface ExceptHandler extends Located {
  readonly node: "ExceptHandler";
  type: Expr | null;
  name: string | null;
  body: Stmt[];
}
export interface Arguments {
  readonly node: "arguments";
  posonlyargs: Arg[];
  args: Arg[];
  vararg: Arg | null;
  kwonlyargs: Arg[];
  /** One entry per keyword-only parameter; `null` where it has no default. */
  kw_defaults: (Expr | null)[];
  kwarg: Arg | null;
  /** Defaults of the last positional parameters. */
  defaults: Expr[];
}
export interface Arg extends Located {
  readonly node: "arg";
  arg: string;
  annotation: Expr | null;
  type_comment: string | null;
}
export interface Keyword extends Located {
  readonly node: "keyword";
  /** `null` for `**mapping`. */
  arg: string | null;
  value: Expr;
}
export interface Alias extends Located {
  readonly node: "alias";
  name: string;
  asname: string | null;
}
export interface WithItem {
  readonly node: "withitem";
  context_expr: Expr;
  optional_vars: Expr | null;
}
export interface MatchCase {
  readonly node: "match_case";
  pattern: Pattern;
  guard: Expr | null;
  body: Stmt[];
}

// Patterns --------------------------------------------------------------------------------------

export interface MatchValue extends Located {
  readonly node: "MatchValue";
  value: Expr;
}
export interface MatchSingleton extends Located {
  readonly node: "MatchSingleton";
  value: null | boolean;
}
export interface MatchSequence extends Located {
  readonly node: "MatchSequence";
  patterns: Pattern[];
}
export interface MatchMapping extends Located {
  readonly node: "MatchMapping";
  keys: Expr[];
  patterns: Pattern[];
  rest: string | null;
}
export interface MatchClass extends Located {
  readonly node: "MatchClass";
  cls: Expr;
  patterns: Pattern[];
  kwd_attrs: string[];
  kwd_patterns: Pattern[];
}
export interface MatchStar extends Located {
  readonly node: "MatchStar";
  name: string | null;
}
export interface MatchAs extends Located {
  readonly node: "MatchAs";
  pattern: Pattern | null;
  name: string | null;
}
export interface MatchOr extends Located {
  readonly node: "MatchOr";
  patterns: Pattern[];
}
export type Pattern = MatchValue | MatchSingleton | MatchSequence | MatchMapping | MatchClass | MatchStar | MatchAs | MatchOr;

// Type parameters -------------------------------------------------------------------------------

export interface TypeVar extends Located {
  readonly node: "TypeVar";
  name: string;
  bound: Expr | null;
  default_value: Expr | null;
}
export interface ParamSpec extends Located {
  readonly node: "ParamSpec";
  name: string;
  default_value: Expr | null;
}
export interface TypeVarTuple extends Located {
  readonly node: "TypeVarTuple";
  name: string;
  default_value: Expr | null;
}
export type TypeParam = TypeVar | ParamSpec | TypeVarTuple;

// All nodes -------------------------------------------------------------------------------------

export type Part = Comprehension | ExceptHandler | Arguments | Arg | Keyword | Alias | WithItem | MatchCase | TypeIgnore;
export type Node = Mod | Stmt | Expr | Pattern | TypeParam | Part;
export type NodeName = Node["node"];
export type NodeOf<K extends NodeName> = Extract<Node, { readonly node: K }>;
/** Names of the fields proper: neither the discriminator nor the position. */
export type FieldOf<K extends NodeName> = Exclude<keyof NodeOf<K>, "node" | (K extends "TypeIgnore" ? never : keyof Located)>;

type FieldTable = { readonly [K in NodeName]: readonly FieldOf<K>[] };

/** Node name → field names in CPython's order. Dump and visitors derive from it. */
export const FIELDS = {
  Module: ["body", "type_ignores"],
  Interactive: ["body"],
  Expression: ["body"],
  FunctionType: ["argtypes", "returns"],
  TypeIgnore: ["lineno", "tag"],

  FunctionDef: ["name", "args", "body", "decorator_list", "returns", "type_comment", "type_params"],
  AsyncFunctionDef: ["name", "args", "body", "decorator_list", "returns", "type_comment", "type_params"],
  ClassDef: ["name", "bases", "keywords", "body", "decorator_list", "type_params"],
  Return: ["value"],
  Delete: ["targets"],
  Assign: ["targets", "value", "type_comment"],
  TypeAlias: ["name", "type_params", "value"],
  AugAssign: ["target", "op", "value"],
  AnnAssign: ["target", "annotation", "value", "simple"],
  For: ["target", "iter", "body", "orelse", "type_comment"],
  AsyncFor: ["target", "iter", "body", "orelse", "type_comment"],
  While: ["test", "body", "orelse"],
  If: ["test", "body", "orelse"],
  With: ["items", "body", "type_comment"],
  AsyncWith: ["items", "body", "type_comment"],
  Match: ["subject", "cases"],
  Raise: ["exc", "cause"],
  Try: ["body", "handlers", "orelse", "finalbody"],
  TryStar: ["body", "handlers", "orelse", "finalbody"],
  Assert: ["test", "msg"],
  Import: ["names"],
  ImportFrom: ["module", "names", "level"],
  Global: ["names"],
  Nonlocal: ["names"],
  Expr: ["value"],
  Pass: [],
  Break: [],
  Continue: [],

  BoolOp: ["op", "values"],
  NamedExpr: ["target", "value"],
  BinOp: ["left", "op", "right"],
  UnaryOp: ["op", "operand"],
  Lambda: ["args", "body"],
  IfExp: ["test", "body", "orelse"],
  Dict: ["keys", "values"],
  Set: ["elts"],
  ListComp: ["elt", "generators"],
  SetComp: ["elt", "generators"],
  DictComp: ["key", "value", "generators"],
  GeneratorExp: ["elt", "generators"],
  Await: ["value"],
  Yield: ["value"],
  YieldFrom: ["value"],
  Compare: ["left", "ops", "comparators"],
  Call: ["func", "args", "keywords"],
  FormattedValue: ["value", "conversion", "format_spec"],
  Interpolation: ["value", "str", "conversion", "format_spec"],
  JoinedStr: ["values"],
  TemplateStr: ["values"],
  Constant: ["value", "kind"],
  Attribute: ["value", "attr", "ctx"],
  Subscript: ["value", "slice", "ctx"],
  Starred: ["value", "ctx"],
  Name: ["id", "ctx"],
  List: ["elts", "ctx"],
  Tuple: ["elts", "ctx"],
  Slice: ["lower", "upper", "step"],

  comprehension: ["target", "iter", "ifs", "is_async"],
  ExceptHandler: ["type", "name", "body"],
  arguments: ["posonlyargs", "args", "vararg", "kwonlyargs", "kw_defaults", "kwarg", "defaults"],
  arg: ["arg", "annotation", "type_comment"],
  keyword: ["arg", "value"],
  alias: ["name", "asname"],
  withitem: ["context_expr", "optional_vars"],
  match_case: ["pattern", "guard", "body"],

  MatchValue: ["value"],
  MatchSingleton: ["value"],
  MatchSequence: ["patterns"],
  MatchMapping: ["keys", "patterns", "rest"],
  MatchClass: ["cls", "patterns", "kwd_attrs", "kwd_patterns"],
  MatchStar: ["name"],
  MatchAs: ["pattern", "name"],
  MatchOr: ["patterns"],

  TypeVar: ["name", "bound", "default_value"],
  ParamSpec: ["name", "default_value"],
  TypeVarTuple: ["name", "default_value"],
} as const satisfies FieldTable;
