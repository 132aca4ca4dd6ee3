/** Module _abc: what ABCMeta does on every class, instance check and subclass check (PEP 3119), with caches of both answers. */
import { newException, runtimeError, typeError } from "../builtins/exceptions.ts";
import { isSubclassOf } from "../builtins/instance-check.ts";
import { collect } from "../objects/iterators.ts";
import { callMethod, lookupAttr, plainInt, plainStr, setAttr, truthy, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { frozensetOf, setType } from "../objects/set-type.ts";
import { PySet } from "../objects/set.ts";
import { defineType, PyType } from "../objects/type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

/** `_abc_impl` of an abstract base class. Registered classes are held weakly. */
class PyAbcData extends PyObject {
  registry: WeakRef<PyType>[] = [];
  cache: WeakSet<PyType> = new WeakSet();
  negative: WeakSet<PyType> = new WeakSet();
  /** The negative cache holds for this value of the counter of registrations. */
  negativeVersion = 0;
}

defineType({ name: "_abc_data", module: "_abc", js: PyAbcData, subclassable: false });

const COUNTER = Symbol("abc registrations");

function counter(vm: VM): number {
  return (vm.state.get(COUNTER) as number | undefined) ?? 0;
}

function dataOf(vm: VM, cls: Value): PyAbcData {
  const d = lookupAttr(vm, cls, "_abc_impl");
  if (d instanceof PyAbcData) return d;
  throw typeError("_abc_impl is set to a wrong type");
}

function isAbstract(vm: VM, v: Value): boolean {
  const flag = lookupAttr(vm, v, "__isabstractmethod__");
  return flag !== undefined && truthy(vm, flag);
}

function abstractNames(vm: VM, cls: PyType): string[] {
  const names = new Set<string>();
  for (const [name, v] of cls.attrs) if (isAbstract(vm, v)) names.add(name);
  for (const base of cls.bases) {
    const inherited = lookupAttr(vm, base, "__abstractmethods__");
    if (inherited === undefined) continue;
    for (const n of collect(vm, inherited)) {
      const name = plainStr(n)!;
      const v = lookupAttr(vm, cls, name);
      if (v !== undefined && isAbstract(vm, v)) names.add(name);
    }
  }
  return [...names];
}

const FLAG_SEQUENCE = 1 << 5;
const FLAG_MAPPING = 1 << 6;

function initialise(vm: VM, cls: Value): Value {
  if (!(cls instanceof PyType)) throw typeError("_abc_init() argument must be a class");
  setAttr(vm, cls, "__abstractmethods__", frozensetOf(vm, abstractNames(vm, cls)));
  setAttr(vm, cls, "_abc_impl", new PyAbcData());
  const flags = plainInt(cls.attrs.get("__abc_tpflags__") ?? null);
  if (typeof flags === "number") {
    if (flags & FLAG_SEQUENCE) cls.isSequence = true;
    if (flags & FLAG_MAPPING) cls.isMapping = true;
  }
  return null;
}

/** Registering with Sequence or Mapping makes a class, and all that derive from it, match such patterns; immutable types stay as they are. */
function spreadFlags(from: PyType, to: PyType): void {
  if ((!from.isSequence && !from.isMapping) || to.owner === undefined) return;
  to.isSequence = from.isSequence;
  to.isMapping = from.isMapping;
  for (const ref of to.subclasses) {
    const sub = ref.deref();
    if (sub) spreadFlags(from, sub);
  }
}

function register(vm: VM, cls: Value, subclass: Value): Value {
  if (!(subclass instanceof PyType)) throw typeError("Can only register classes");
  if (isSubclassOf(vm, subclass, cls)) return subclass;
  if (isSubclassOf(vm, cls, subclass)) throw runtimeError("Refusing to create an inheritance cycle");
  dataOf(vm, cls).registry.push(new WeakRef(subclass));
  vm.state.set(COUNTER, counter(vm) + 1);
  if (cls instanceof PyType) spreadFlags(cls, subclass);
  return subclass;
}

function instanceCheck(vm: VM, cls: Value, instance: Value): Value {
  const data = dataOf(vm, cls);
  const subtype = typeOf(instance);
  const claimed = lookupAttr(vm, instance, "__class__") ?? subtype;
  if (claimed instanceof PyType && data.cache.has(claimed)) return true;
  if (claimed === subtype) {
    if (data.negativeVersion === counter(vm) && data.negative.has(subtype)) return false;
    return truthy(vm, callMethod(vm, cls, "__subclasscheck__", subtype));
  }
  return [claimed, subtype].some((c) => truthy(vm, callMethod(vm, cls, "__subclasscheck__", c)));
}

function subclassCheck(vm: VM, cls: Value, subclass: Value): Value {
  if (!(subclass instanceof PyType)) throw typeError("issubclass() arg 1 must be a class");
  const data = dataOf(vm, cls);
  if (data.cache.has(subclass)) return true;
  if (data.negativeVersion < counter(vm)) {
    data.negative = new WeakSet();
    data.negativeVersion = counter(vm);
  } else if (data.negative.has(subclass)) return false;
  const answer = decide(vm, cls, subclass, data);
  (answer ? data.cache : data.negative).add(subclass);
  return answer;
}

function decide(vm: VM, cls: Value, subclass: PyType, data: PyAbcData): boolean {
  const hook = callMethod(vm, cls, "__subclasshook__", subclass);
  if (hook === true || hook === false) return hook;
  if (hook !== NotImplemented) throw newAssertion();
  if (cls instanceof PyType && subclass.mro.includes(cls)) return true;
  for (const ref of [...data.registry]) {
    const registered = ref.deref();
    if (registered && isSubclassOf(vm, subclass, registered)) return true;
  }
  return collect(vm, callMethod(vm, cls, "__subclasses__")).some((s) => isSubclassOf(vm, subclass, s));
}

function newAssertion() {
  return newException("AssertionError", "__subclasshook__ must return either False, True, or NotImplemented");
}

function resetCaches(vm: VM, cls: Value): Value {
  const d = dataOf(vm, cls);
  d.cache = new WeakSet();
  d.negative = new WeakSet();
  return null;
}

function dump(vm: VM, cls: Value): Value {
  const d = dataOf(vm, cls);
  const registry = vm.call(setType, []) as PySet;
  for (const ref of d.registry) {
    const c = ref.deref();
    if (c) registry.add(vm, c);
  }
  return new PyTuple([registry, new PySet(), new PySet(), d.negativeVersion]);
}

export const _abc: NativeModule = {
  name: "_abc",
  doc: "Support for abstract base classes.",
  functions: {
    get_cache_token: ["()", (vm: VM) => counter(vm), "Changes with every registration."],
    _abc_init: ["(self, /)", initialise],
    _abc_register: ["(self, subclass, /)", register],
    _abc_instancecheck: ["(self, instance, /)", instanceCheck],
    _abc_subclasscheck: ["(self, subclass, /)", subclassCheck],
    _get_dump: ["(self, /)", dump],
    _reset_registry: ["(self, /)", (vm: VM, cls: Value) => ((dataOf(vm, cls).registry = []), null)],
    _reset_caches: ["(self, /)", resetCaches],
  },
};
