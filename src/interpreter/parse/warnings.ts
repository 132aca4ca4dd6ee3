/**
 * SyntaxWarnings that CPython gives when it compiles a tree, not when it parses: `is` with a literal, calling or indexing
 * what cannot be called or indexed so, and leaving a finally block by return, break or continue (PEP 765).
 * Messages observed from CPython 3.14. (The warning about an assertion on a tuple is the compiler's.)
 */
import { PyBytes, PyComplex, PyFloat } from "../objects/values.ts";
import type * as ast from "./ast.ts";
import { FIELDS } from "./ast.ts";

export type Warn = (message: string, at: ast.Located) => void;

export function compileWarnings(tree: ast.Mod, warn: Warn): void {
  warnFinally(tree, warn, NOWHERE);
  visit(tree, (node) => checkNode(node, warn));
}

/** Child nodes, in the order of the fields. */
function children(node: ast.Node): ast.Node[] {
  const record = node as unknown as Readonly<Record<string, unknown>>;
  return FIELDS[node.node].flatMap((field) => [record[field]].flat()).filter(isNode);
}

function isNode(value: unknown): value is ast.Node {
  return typeof value === "object" && value !== null && "node" in value;
}

function visit(node: ast.Node, check: (node: ast.Node) => void): void {
  check(node);
  for (const child of children(node)) visit(child, check);
}

// Leaving finally -------------------------------------------------------------------------------

/** Whether a return, or a break or continue, would leave a finally block. */
interface Leaves {
  readonly byReturn: boolean;
  readonly byJump: boolean;
}

const NOWHERE: Leaves = { byReturn: false, byJump: false };
const IN_FINALLY: Leaves = { byReturn: true, byJump: true };
const LEAVING = { Return: "return", Break: "break", Continue: "continue" } as const;

function warnFinally(node: ast.Node, warn: Warn, leaves: Leaves): void {
  switch (node.node) {
    case "Return":
    case "Break":
    case "Continue":
      if (node.node === "Return" ? leaves.byReturn : leaves.byJump) warn(`'${LEAVING[node.node]}' in a 'finally' block`, node);
      break;
    case "FunctionDef":
    case "AsyncFunctionDef":
    case "ClassDef":
      for (const child of node.body) warnFinally(child, warn, NOWHERE);
      break;
    case "For":
    case "AsyncFor":
    case "While":
      for (const child of node.body) warnFinally(child, warn, { ...leaves, byJump: false });
      for (const child of node.orelse) warnFinally(child, warn, leaves);
      break;
    case "Try":
    case "TryStar":
      for (const child of [...node.body, ...node.handlers, ...node.orelse]) warnFinally(child, warn, leaves);
      for (const child of node.finalbody) warnFinally(child, warn, IN_FINALLY);
      break;
    default:
      for (const child of children(node)) if (holdsStatements(child)) warnFinally(child, warn, leaves);
  }
}

function holdsStatements(node: ast.Node): boolean {
  return node.node in LEAVING || "body" in node || "cases" in node;
}

// Expressions -----------------------------------------------------------------------------------

function checkNode(node: ast.Node, warn: Warn): void {
  if (node.node === "Compare") checkIdentity(node, warn);
  else if (node.node === "Call") checkCall(node, warn);
  else if (node.node === "Subscript") checkSubscript(node, warn);
}

/** A literal, or a tuple of such, that it makes no sense to compare with `is`. */
function isPlainLiteral(node: ast.Expr): boolean {
  if (node.node === "Tuple") return node.elts.every((element) => element.node === "Constant");
  return node.node === "Constant" && !["NoneType", "bool", "ellipsis"].includes(typeName(node)!);
}

function checkIdentity(node: ast.Compare, warn: Warn): void {
  for (const [i, op] of node.ops.entries()) {
    const left = i === 0 ? node.left : node.comparators[i - 1]!;
    const literal = [left, node.comparators[i]!].find(isPlainLiteral);
    if (!literal || (op !== "Is" && op !== "IsNot")) continue;
    const [words, meant] = op === "Is" ? ["is", "=="] : ["is not", "!="];
    warn(`"${words}" with '${typeName(literal)}' literal. Did you mean "${meant}"?`, node);
    return;
  }
}

/** Kinds of expressions whose type is known, and the name of that type. */
const TYPES: Readonly<Partial<Record<ast.Expr["node"], string>>> = {
  Tuple: "tuple",
  List: "list",
  ListComp: "list",
  Dict: "dict",
  DictComp: "dict",
  Set: "set",
  SetComp: "set",
  GeneratorExp: "generator",
  Lambda: "function",
  JoinedStr: "str",
  FormattedValue: "str",
  TemplateStr: "string.templatelib.Template",
  Interpolation: "string.templatelib.Interpolation",
};

function typeName(node: ast.Expr): string | undefined {
  return node.node === "Constant" ? constantType(node.value) : TYPES[node.node];
}

function constantType(value: ast.ConstantValue): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (typeof value === "number" || typeof value === "bigint") return "int";
  if (value instanceof PyFloat) return "float";
  if (value instanceof PyComplex) return "complex";
  return value instanceof PyBytes ? "bytes" : "ellipsis";
}

function checkCall({ func }: ast.Call, warn: Warn): void {
  const type = typeName(func);
  if (type && func.node !== "Lambda") warn(`'${type}' object is not callable; perhaps you missed a comma?`, func);
}

const SEQUENCES: ReadonlySet<string> = new Set(["str", "bytes", "tuple", "list"]);
const MAPPINGS: ReadonlySet<string> = new Set(["dict"]);
const INDEXES: ReadonlySet<string> = new Set(["int", "bool", "slice"]);

function checkSubscript({ value, slice }: ast.Subscript, warn: Warn): void {
  const type = typeName(value);
  if (!type) return;
  if (!SEQUENCES.has(type)) {
    if (!MAPPINGS.has(type)) warn(`'${type}' object is not subscriptable; perhaps you missed a comma?`, value);
    return;
  }
  const index = typeName(slice);
  if (index && !INDEXES.has(index)) {
    warn(`${type} indices must be integers or slices, not ${index}; perhaps you missed a comma?`, value);
  }
}
