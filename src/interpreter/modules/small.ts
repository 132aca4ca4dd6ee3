/** Small C modules under the standard library: _types, _typing. */
import { codeType, frameType, mappingProxyType, moduleType, namespaceType, tracebackType } from "../objects/descriptors.ts";
import { cellType, functionType, methodType } from "../objects/function.ts";
import { asyncGeneratorType, coroutineType, generatorType } from "../objects/generator.ts";
import { memberType } from "../objects/member.ts";
import { classMethodDescriptorType, getsetType, methodDescriptorType, methodWrapperType, nativeType, slotWrapperType } from "../objects/native.ts";
import { getAttr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { ellipsisType, notImplementedType } from "../objects/none.ts";
import { defineType, noneType, type PyType } from "../objects/type.ts";
import { genericAliasType, unionType } from "../objects/generic-alias.ts";
import { TYPE_PARAMS, typeAliasType } from "../objects/type-params.ts";
import { PyAttrObject, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

// ---- _types, _typing ---------------------------------------------------------------------------------------------------------------------

const capsuleType: PyType = defineType({ name: "PyCapsule", subclassable: false });

/** typing.Generic: subscription goes to typing._generic_class_getitem, subclassing to typing._generic_init_subclass, as in C. */
const genericType: PyType = defineType({
  name: "Generic",
  module: "typing",
  classMethods: {
    __class_getitem__: ["($cls, *args)", (vm: VM, cls: PyType, args: Value[]) => vm.call(getAttr(vm, vm.importModule("typing"), "_generic_class_getitem"), [cls, ...args])],
    __init_subclass__: ["($cls, *args, **kwargs)", (vm: VM, cls: PyType, args: Value[], kwargs: Map<string, Value>) =>
      vm.call(getAttr(vm, vm.importModule("typing"), "_generic_init_subclass"), [cls, ...args, ...kwargs.values()], [...kwargs.keys()])],
  },
});

class PyNoDefault extends PyAttrObject {}
defineType({ name: "NoDefaultType", module: "typing", js: PyNoDefault, subclassable: false, slots: { repr: () => "typing.NoDefault" } });
const noDefault = new PyNoDefault();

function paramSpecPart(name: string): PyType {
  class Part extends PyAttrObject {
    readonly origin: Value;
    constructor(origin: Value) {
      super();
      this.origin = origin;
    }
  }
  return defineType({
    name,
    module: "typing",
    js: Part,
    new: ["(origin)", (_vm: VM, _cls: PyType, origin: Value) => new Part(origin)],
    getset: { __origin__: [(_vm, p: Part) => p.origin] },
  });
}
const paramSpecParts = { args: paramSpecPart("ParamSpecArgs"), kwargs: paramSpecPart("ParamSpecKwargs") };

export const _types: NativeModule = {
  name: "_types",
  values: () => ({
    AsyncGeneratorType: asyncGeneratorType, BuiltinFunctionType: nativeType, BuiltinMethodType: nativeType, CellType: cellType, ClassMethodDescriptorType: classMethodDescriptorType,
    CodeType: codeType, CoroutineType: coroutineType, EllipsisType: ellipsisType, FrameType: frameType, FunctionType: functionType, GeneratorType: generatorType, GenericAlias: genericAliasType, UnionType: unionType, CapsuleType: capsuleType,
    GetSetDescriptorType: getsetType, LambdaType: functionType, MappingProxyType: mappingProxyType, MemberDescriptorType: memberType, MethodDescriptorType: methodDescriptorType,
    MethodType: methodType, MethodWrapperType: methodWrapperType, ModuleType: moduleType, NoneType: noneType, NotImplementedType: notImplementedType, SimpleNamespace: namespaceType,
    TracebackType: tracebackType, WrapperDescriptorType: slotWrapperType,
  }),
};

export const _typing: NativeModule = {
  name: "_typing",
  functions: { _idfunc: ["(x, /)", (_vm: VM, x: Value) => x] },
  values: () => ({ ...TYPE_PARAMS, TypeAliasType: typeAliasType, Union: unionType, Generic: genericType, NoDefault: noDefault, ParamSpecArgs: paramSpecParts.args, ParamSpecKwargs: paramSpecParts.kwargs }),
};
