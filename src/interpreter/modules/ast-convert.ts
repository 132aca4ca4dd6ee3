/** Between our AST (plain objects, parse/ast.ts) and the objects of module ast, in both directions. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { PyList } from "../objects/list.ts";
import { lookupAttr, plainInt, plainStr, repr, setOwnAttr, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { frozensetOf } from "../objects/set-type.ts";
import { PyBytes, PyComplex, PyEllipsis, PyFloat, PyFrozenConst, PyTuple, type Value } from "../objects/values.ts";
import type { Mod, Node } from "../parse/ast.ts";

import { CONSTRUCTORS, type Constructor, ENUMERATIONS, type Field, LOCATED, LOCATION } from "./ast-asdl.ts";
import { astType, constructorOf, enumerationNode, nodeTypes, PyNode } from "./ast-nodes.ts";

type Loose = Record<string, unknown>;

// ---- ours → Python ----------------------------------------------------------------------------------------------------------------------

export function toAst(vm: VM, node: Node): PyNode {
  const c = CONSTRUCTORS.get(node.node)!;
  const out = new PyNode(nodeTypes(vm).get(node.node)!);
  const fields = node as unknown as Loose;
  for (const f of c.fields) setOwnAttr(out, f.name, fieldToAst(vm, f, fields[f.name]));
  if (isLocated(c)) for (const name of LOCATION) setOwnAttr(out, name, fields[name] as number);
  return out;
}

function isLocated(c: Constructor): boolean {
  return LOCATED.has(c.sum);
}

function fieldToAst(vm: VM, f: Field, v: unknown): Value {
  if (f.count === "list") return new PyList((v as unknown[]).map((x) => partToAst(vm, f, x)));
  return partToAst(vm, f, v);
}

function partToAst(vm: VM, f: Field, v: unknown): Value {
  if (v === null || v === undefined) return null;
  if (ENUMERATIONS.has(f.type)) return enumerationNode(vm, v as string);
  if (f.type === "constant" && v instanceof PyFrozenConst) return frozensetOf(vm, v.items);
  return CONSTRUCTORS.has(f.type) || isSum(vm, f.type) ? toAst(vm, v as Node) : (v as Value);
}

function isSum(vm: VM, type: string): boolean {
  return nodeTypes(vm).has(type);
}

// ---- Python → ours ----------------------------------------------------------------------------------------------------------------------

const ROOTS = { exec: "Module", eval: "Expression", single: "Interactive", func_type: "FunctionType" } as const;

/** If the value is an AST node: the function that turns it into a tree for a compile mode. */
export function asAst(vm: VM, v: Value): ((mode: keyof typeof ROOTS) => Mod) | undefined {
  if (!(v instanceof PyNode) || !v.cls.isSubtype(astType)) return undefined;
  return (mode) => {
    const wanted = ROOTS[mode];
    if (!v.cls.isSubtype(nodeTypes(vm).get(wanted)!)) throw typeError(`expected ${wanted} node, got ${v.cls.name}`);
    const tree = fromAst(vm, v, "mod") as Mod;
    validate(tree as unknown as Loose);
    return tree;
  };
}

function fromAst(vm: VM, v: Value, expected: string): Node {
  const sum = nodeTypes(vm).get(expected)!;
  if (LOCATED.has(expected)) for (const name of ["lineno", "col_offset"]) location(vm, v, expected, name);
  if (!typeOf(v).isSubtype(sum)) throw typeError(`expected some sort of ${expected}, but got ${repr(vm, v)}`);
  const c = constructorOf(typeOf(v));
  if (c === undefined) throw typeError(`expected some sort of ${expected}, but got ${repr(vm, v)}`);
  vm.enterRecursive(" during ast construction");
  try {
    const out: Loose = { node: c.name };
    for (const f of c.fields) out[f.name] = fieldFromAst(vm, v, c, f);
    if (isLocated(c)) {
      out.lineno = location(vm, v, c.sum, "lineno");
      out.col_offset = location(vm, v, c.sum, "col_offset");
      out.end_lineno = optionalInt(vm, v, "end_lineno") ?? out.lineno;
      out.end_col_offset = optionalInt(vm, v, "end_col_offset") ?? out.col_offset;
    }
    return out as unknown as Node;
  } finally {
    vm.leaveRecursive();
  }
}

function location(vm: VM, v: Value, sum: string, name: string): number {
  const at = lookupAttr(vm, v, name);
  if (at === undefined) throw typeError(`required field "${name}" missing from ${sum}`);
  return intField(vm, at);
}

function optionalInt(vm: VM, v: Value, name: string): number | undefined {
  const at = lookupAttr(vm, v, name);
  return at === undefined || at === null ? undefined : intField(vm, at);
}

function intField(vm: VM, v: Value): number {
  const i = plainInt(v);
  if (i === undefined) throw valueError(`invalid integer value: ${repr(vm, v)}`);
  return Number(i);
}

function fieldFromAst(vm: VM, v: Value, c: Constructor, f: Field): unknown {
  const given = lookupAttr(vm, v, f.name);
  if (f.count === "list") {
    if (given === undefined || given === null) return [];
    if (!(given instanceof PyList)) throw typeError(`${c.name} field "${f.name}" must be a list, not a ${typeName(given)}`);
    return given.items.map((x) => (x === null && f.holes ? null : partFromAst(vm, x, f)));
  }
  if (f.count === "optional" && (given === undefined || given === null)) return null;
  if (given === undefined) {
    if (f.type === "expr_context") return "Load";
    throw typeError(`required field "${f.name}" missing from ${c.name}`);
  }
  if (given === null && f.type !== "constant") throw valueError(`field '${f.name}' is required for ${c.name}`);
  return partFromAst(vm, given, f);
}

function partFromAst(vm: VM, v: Value, f: Field): unknown {
  switch (f.type) {
    case "identifier": {
      const s = plainStr(v);
      if (s === undefined) throw typeError("AST identifier must be of type str");
      return s;
    }
    case "string": {
      if (plainStr(v) === undefined && !(v instanceof PyBytes)) throw typeError("AST string must be of type str");
      return v;
    }
    case "int":
      return intField(vm, v);
    case "constant":
      return constant(vm, v);
    default:
      if (!ENUMERATIONS.has(f.type)) return fromAst(vm, v, f.type);
      if (!typeOf(v).isSubtype(nodeTypes(vm).get(f.type)!)) throw typeError(`expected some sort of ${f.type}, but got ${repr(vm, v)}`);
      return constructorOf(typeOf(v))!.name;
  }
}

function constant(vm: VM, v: Value): unknown {
  if (v === null || typeof v !== "object" || v instanceof PyFloat || v instanceof PyComplex || v instanceof PyBytes || v instanceof PyEllipsis) return v;
  if (v instanceof PyTuple) {
    v.items.forEach((x) => constant(vm, x));
    return v;
  }
  if (typeName(v) === "frozenset") return v;
  throw typeError(`got an invalid type in Constant: ${typeName(v)}`);
}

// ---- what the compiler takes for granted ------------------------------------------------------------------------------------------------

/** Node → fields whose expressions are assigned to or deleted; all other contexts must be Load. */
const TARGETS: Readonly<Record<string, readonly [field: string, ctx: "Store" | "Del"]>> = {
  Assign: ["targets", "Store"], AugAssign: ["target", "Store"], AnnAssign: ["target", "Store"], For: ["target", "Store"], AsyncFor: ["target", "Store"],
  Delete: ["targets", "Del"], NamedExpr: ["target", "Store"], comprehension: ["target", "Store"], withitem: ["optional_vars", "Store"], TypeAlias: ["name", "Store"],
};

const BODIES: ReadonlySet<string> = new Set(["FunctionDef", "AsyncFunctionDef", "ClassDef", "For", "AsyncFor", "While", "If", "With", "AsyncWith", "Try", "TryStar", "ExceptHandler", "match_case"]);

function validate(node: Loose): void {
  const name = node.node as string;
  if (BODIES.has(name) && (node.body as unknown[]).length === 0) throw valueError(`empty body on ${name}`);
  const target = TARGETS[name];
  for (const f of CONSTRUCTORS.get(name)!.fields) {
    const v = node[f.name];
    const ctx = target && target[0] === f.name ? target[1] : "Load";
    for (const x of Array.isArray(v) ? v : [v]) if (isNode(x)) validateContext(x, ctx);
  }
}

function isNode(x: unknown): x is Loose {
  return typeof x === "object" && x !== null && "node" in x;
}

function validateContext(node: Loose, ctx: "Load" | "Store" | "Del"): void {
  if (typeof node.ctx === "string" && node.ctx !== ctx) throw valueError(`expression must have ${ctx} context but has ${node.ctx} instead`);
  if (ctx !== "Load" && (node.node === "Tuple" || node.node === "List" || node.node === "Starred")) {
    for (const x of Array.isArray(node.elts) ? node.elts : [node.value]) if (isNode(x)) validateContext(x, ctx);
    return;
  }
  validate(node);
}
