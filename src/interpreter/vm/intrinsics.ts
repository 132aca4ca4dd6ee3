/** CALL_INTRINSIC_1 and _2: displayhook and the objects of PEP 695. The type-parameter classes come from module _typing's natives. */
import { INTRINSIC_1_IDS, INTRINSIC_2_IDS } from "../compile/opcodes.ts";
import type { PyFunction } from "../objects/function.ts";
import { makeTypeAlias, makeTypeParam, setDefault, setEvaluate, subscriptGeneric } from "../objects/type-params.ts";
import type { PyTuple, Value } from "../objects/values.ts";
import type { Interpreter } from "./vm.ts";

export function intrinsic1(vm: Interpreter, id: number, v: Value): Value {
  switch (id) {
    case INTRINSIC_1_IDS.PRINT:
      vm.display(v);
      return null;
    case INTRINSIC_1_IDS.TYPEVAR:
      return makeTypeParam(vm, "TypeVar", v as string);
    case INTRINSIC_1_IDS.PARAMSPEC:
      return makeTypeParam(vm, "ParamSpec", v as string);
    case INTRINSIC_1_IDS.TYPEVARTUPLE:
      return makeTypeParam(vm, "TypeVarTuple", v as string);
    case INTRINSIC_1_IDS.SUBSCRIPT_GENERIC:
      return subscriptGeneric(vm, v as PyTuple);
    case INTRINSIC_1_IDS.TYPEALIAS:
      return makeTypeAlias(vm, v as PyTuple);
    default:
      throw new Error(`unknown intrinsic ${id}`);
  }
}

export function intrinsic2(vm: Interpreter, id: number, a: Value, b: Value): Value {
  switch (id) {
    case INTRINSIC_2_IDS.TYPEVAR_WITH_BOUND:
      return setEvaluate(makeTypeParam(vm, "TypeVar", a as string), "bound", b);
    case INTRINSIC_2_IDS.TYPEVAR_WITH_CONSTRAINTS:
      return setEvaluate(makeTypeParam(vm, "TypeVar", a as string), "constraints", b);
    case INTRINSIC_2_IDS.SET_FUNCTION_TYPE_PARAMS:
      (a as PyFunction).typeParams = b as PyTuple;
      return a;
    case INTRINSIC_2_IDS.SET_TYPEPARAM_DEFAULT:
      return setDefault(a, b);
    default:
      throw new Error(`unknown intrinsic ${id}`);
  }
}
