/** Small C modules under the standard library: _thread (no parallel threads yet), _types, _typing. */
import { runtimeError, typeError } from "../builtins/exceptions.ts";
import { codeType, frameType, mappingProxyType, moduleType, namespaceType, tracebackType } from "../objects/descriptors.ts";
import { cellType, functionType, methodType } from "../objects/function.ts";
import { asyncGeneratorType, coroutineType, generatorType } from "../objects/generator.ts";
import { memberType } from "../objects/member.ts";
import { classMethodDescriptorType, getsetType, methodDescriptorType, methodWrapperType, nativeType, slotWrapperType } from "../objects/native.ts";
import { getAttr, hash, repr, setAttr, typeOf, equals } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { ellipsisType, notImplementedType } from "../objects/none.ts";
import { defineType, noneType, type PyType } from "../objects/type.ts";
import { genericAliasType, unionType } from "../objects/generic-alias.ts";
import { TYPE_PARAMS, typeAliasType } from "../objects/type-params.ts";
import { NotImplemented, PyAttrObject, PyTuple, type Value } from "../objects/values.ts";
import { EXCEPTIONS } from "../builtins/exceptions.ts";
import type { NativeModule } from "./native-module.ts";

// ---- _thread ------------------------------------------------------------------------------------------------------------------------------------

class PyLock extends PyAttrObject {
  count = 0;
  readonly reentrant: boolean;
  constructor(reentrant: boolean) {
    super();
    this.reentrant = reentrant;
  }
}

function acquire(l: PyLock): boolean {
  if (l.count > 0 && !l.reentrant) return false;
  l.count++;
  return true;
}

function release(l: PyLock): null {
  if (l.count === 0) throw runtimeError(l.reentrant ? "cannot release un-acquired lock" : "release unlocked lock");
  l.count--;
  return null;
}

function lockType(name: string, reentrant: boolean): PyType {
  const type: PyType = defineType({
    name,
    module: "_thread",
    js: class extends PyLock {},
    new: ["()", (_vm: VM, _cls: PyType) => {
      const l = new PyLock(reentrant);
      l.cls = type;
      return l;
    }],
    methods: {
      acquire: ["($self, blocking=True, timeout=-1)", (_vm: VM, l: PyLock) => acquire(l)],
      release: ["($self, /)", (_vm: VM, l: PyLock) => release(l)],
      locked: ["($self, /)", (_vm: VM, l: PyLock) => l.count > 0],
      _is_owned: ["($self, /)", (_vm: VM, l: PyLock) => l.count > 0],
      _at_fork_reinit: ["($self, /)", (_vm: VM, l: PyLock) => {
        l.count = 0;
        return null;
      }],
      __enter__: ["($self, /)", (_vm: VM, l: PyLock) => acquire(l)],
      __exit__: ["($self, *args)", (_vm: VM, l: PyLock) => release(l)],
    },
  });
  return type;
}
const plainLock = lockType("lock", false);
const rlock = lockType("RLock", true);

class PyLocal extends PyAttrObject {}
const localType: PyType = defineType({ name: "_local", module: "_thread", js: PyLocal, hasDict: true, new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
  const l = new PyLocal();
  if (cls !== localType) l.cls = cls;
  return l;
}] });

export const _thread: NativeModule = {
  name: "_thread",
  functions: {
    allocate_lock: ["()", (vm: VM) => vm.call(plainLock, [])],
    get_ident: ["()", () => 1],
    get_native_id: ["()", () => 1],
    _get_main_thread_ident: ["()", () => 1],
    _count: ["()", () => 0],
    stack_size: ["(size=0, /)", () => 0],
    start_joinable_thread: ["(function, handle=None, daemon=True)", () => {
      throw runtimeError("can't start new thread");
    }],
    _shutdown: ["()", () => null],
    _make_thread_handle: ["(ident, /)", (_vm: VM, ident: Value) => ident],
    daemon_threads_allowed: ["()", () => true],
    _set_sentinel: ["()", (vm: VM) => vm.call(plainLock, [])],
  },
  values: () => ({ LockType: plainLock, lock: plainLock, RLock: rlock, _local: localType, error: EXCEPTIONS.RuntimeError, TIMEOUT_MAX: 9223372036 }),
};

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
