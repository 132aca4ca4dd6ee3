/**
 * Module _opcode: what module opcode asks about CPython's instructions, by the numbers of _opcode_metadata. Our own bytecode is another
 * (compile/opcodes.ts); these answers serve programs that import dis or inspect.
 */
import { valueError } from "../builtins/exceptions.ts";
import type { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { getAttr, plainInt, toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

const HAVE_ARGUMENT = 43;

/** Question → instructions for which the answer is yes. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  has_const: ["LOAD_CONST"],
  has_name: [
    "DELETE_ATTR", "DELETE_GLOBAL", "DELETE_NAME", "IMPORT_FROM", "IMPORT_NAME", "LOAD_ATTR", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_SUPER_ATTR",
    "STORE_ATTR", "STORE_GLOBAL", "STORE_NAME", "INSTRUMENTED_LOAD_SUPER_ATTR",
  ],
  has_jump: [
    "END_ASYNC_FOR", "FOR_ITER", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_FORWARD", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE",
    "POP_JUMP_IF_TRUE", "SEND", "INSTRUMENTED_FOR_ITER", "INSTRUMENTED_END_ASYNC_FOR", "JUMP", "JUMP_IF_FALSE", "JUMP_IF_TRUE", "JUMP_NO_INTERRUPT",
  ],
  has_free: ["DELETE_DEREF", "LOAD_FROM_DICT_OR_DEREF", "MAKE_CELL", "STORE_DEREF"],
  has_local: [
    "DELETE_FAST", "LOAD_DEREF", "LOAD_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_FAST_BORROW", "LOAD_FAST_BORROW_LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST",
    "STORE_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "LOAD_CLOSURE", "STORE_FAST_MAYBE_NULL",
  ],
  has_exc: ["SETUP_CLEANUP", "SETUP_FINALLY", "SETUP_WITH"],
};

const INTRINSICS_1 = [
  "1_INVALID", "PRINT", "IMPORT_STAR", "STOPITERATION_ERROR", "ASYNC_GEN_WRAP", "UNARY_POSITIVE", "LIST_TO_TUPLE", "TYPEVAR", "PARAMSPEC", "TYPEVARTUPLE",
  "SUBSCRIPT_GENERIC", "TYPEALIAS",
];
const INTRINSICS_2 = ["2_INVALID", "PREP_RERAISE_STAR", "TYPEVAR_WITH_BOUND", "TYPEVAR_WITH_CONSTRAINTS", "SET_FUNCTION_TYPE_PARAMS", "SET_TYPEPARAM_DEFAULT"];
const SPECIAL_METHODS = ["__enter__", "__exit__", "__aenter__", "__aexit__"];
const BINARY: readonly (readonly [name: string, symbol: string])[] = [
  ["ADD", "+"], ["AND", "&"], ["FLOOR_DIVIDE", "//"], ["LSHIFT", "<<"], ["MATRIX_MULTIPLY", "@"], ["MULTIPLY", "*"], ["REMAINDER", "%"], ["OR", "|"], ["POWER", "**"],
  ["RSHIFT", ">>"], ["SUBTRACT", "-"], ["TRUE_DIVIDE", "/"], ["XOR", "^"],
];

function numbers(vm: VM): PyDict {
  return getAttr(vm, vm.importModule("_opcode_metadata"), "opmap") as PyDict;
}

function property(names: readonly string[]): NativeRow {
  return [
    "(opcode)",
    (vm: VM, op: Value) => {
      const n = plainInt(toIndex(vm, op));
      const map = numbers(vm);
      return names.some((name) => map.getStr(name) === n);
    },
  ];
}

const list = (items: readonly Value[]) => () => new PyList([...items]);

export const _opcode: NativeModule = {
  name: "_opcode",
  functions: {
    ...Object.fromEntries(Object.entries(PROPERTIES).map(([name, ops]) => [name, property(ops)] as const)),
    has_arg: ["(opcode)", (vm: VM, op: Value) => Number(toIndex(vm, op)) > HAVE_ARGUMENT],
    is_valid: ["(opcode)", (vm: VM, op: Value) => numbers(vm).values().includes(toIndex(vm, op))],
    stack_effect: [
      "(opcode, oparg=None, /, *, jump=None)",
      () => {
        throw valueError("invalid opcode or oparg");
      },
    ],
    get_executor: ["(*, code, offset)", () => null],
    get_specialization_stats: ["()", () => null],
    get_intrinsic1_descs: ["()", list(INTRINSICS_1.map((n) => `INTRINSIC_${n}`))],
    get_intrinsic2_descs: ["()", list(INTRINSICS_2.map((n) => `INTRINSIC_${n}`))],
    get_special_method_names: ["()", list(SPECIAL_METHODS)],
    get_nb_ops: [
      "()",
      list([
        ...BINARY.map(([name, symbol]) => new PyTuple([`NB_${name}`, symbol])),
        ...BINARY.map(([name, symbol]) => new PyTuple([`NB_INPLACE_${name}`, `${symbol}=`])),
        new PyTuple(["NB_SUBSCR", "[]"]),
      ]),
    ],
  },
};
