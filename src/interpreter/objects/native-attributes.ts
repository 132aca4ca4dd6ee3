/** The Python-visible attributes of natives: built-in functions, method descriptors, slot wrappers. */
import { typeOf } from "./operations.ts";
import {
  classMethodDescriptorType, getsetType, methodDescriptorType, methodWrapperType, nativeType, type PyClassMethodDescriptor, type PyGetSet, type PyMethodDescriptor,
  type PyMethodWrapper, type PyNative, type PySlotWrapper, slotWrapperType,
} from "./native.ts";
import { identityOf } from "./identity.ts";
import { extendType, PyType, type TypeSpec } from "./type.ts";
import { PyTuple, type Value } from "./values.ts";

type Spec = Omit<TypeSpec, "name">;

/** The text signature as inspect reads it; a bound method has no `$self`. */
function described(name: (o: never) => string, owner: (o: never) => PyType | undefined, doc: (o: never) => string | null, text: (o: never) => string | null): Spec["getset"] {
  return {
    __name__: [(_vm, o: never) => name(o)],
    __qualname__: [(_vm, o: never) => (owner(o) ? `${owner(o)!.qualname}.${name(o)}` : name(o))],
    __doc__: [(_vm, o: never) => doc(o)],
    __text_signature__: [(_vm, o: never) => text(o)],
    ...(owner === none ? {} : { __objclass__: [(_vm, o: never) => owner(o) ?? null] }),
  };
}
const none = (): undefined => undefined;

extendType(nativeType, {
  slots: {
    repr: (_vm, self) => {
      const f = self as PyNative;
      return f.self === undefined ? `<built-in function ${f.spec.name}>` : `<built-in method ${f.spec.name} of ${typeOf(f.self).name} object at 0x${identityOf(f.self).toString(16)}>`;
    },
    eq: (_vm, a, b) => a === b || (a as PyNative).spec === (b as PyNative | null)?.spec && (a as PyNative).self === (b as PyNative).self && (a as PyNative).self !== undefined,
    hash: (_vm, a) => identityOf((a as PyNative).spec as unknown as Value),
  },
  getset: {
    __name__: [(_vm, f: PyNative) => f.spec.name],
    __qualname__: [(_vm, f: PyNative) => (f.self === undefined || f.self === null ? f.spec.name : `${(f.self instanceof PyType ? f.self : typeOf(f.self)).qualname}.${f.spec.name}`)],
    __doc__: [(_vm, f: PyNative) => f.spec.doc],
    __text_signature__: [(_vm, f: PyNative) => f.spec.text],
    __self__: [(vm, f: PyNative) => (f.self !== undefined ? f.self : f.module !== null ? (vm.modules.getStr(f.module) ?? null) : null)],
    __module__: [(_vm, f: PyNative) => f.module],
  },
  methods: { __reduce__: ["($self, /)", (vm, f: PyNative) => (f.self === undefined ? f.spec.name : new PyTuple([vm.builtins.getStr("getattr")!, new PyTuple([f.self, f.spec.name])]))] },
});
const specOf = {
  name: (d: PyMethodDescriptor) => d.spec.name,
  owner: (d: PyMethodDescriptor) => d.owner,
  doc: (d: PyMethodDescriptor) => d.spec.doc,
  text: (d: PyMethodDescriptor) => d.spec.text,
};
for (const t of [methodDescriptorType, classMethodDescriptorType])
  extendType(t, {
    slots: { repr: (_vm, self) => `<method '${(self as PyClassMethodDescriptor).spec.name}' of '${(self as PyClassMethodDescriptor).owner.name}' objects>` },
    getset: described(specOf.name as never, specOf.owner as never, specOf.doc as never, specOf.text as never)!,
  });
extendType(getsetType, {
  slots: { repr: (_vm, self) => `<attribute '${(self as PyGetSet).name}' of '${(self as PyGetSet).owner.name}' objects>` },
  getset: described(((g: PyGetSet) => g.name) as never, ((g: PyGetSet) => g.owner) as never, ((g: PyGetSet) => g.row[2] ?? null) as never, (() => null) as never)!,
});
extendType(slotWrapperType, {
  slots: { repr: (_vm, self) => `<slot wrapper '${(self as PySlotWrapper).dunder}' of '${(self as PySlotWrapper).owner.name}' objects>` },
  getset: described(((w: PySlotWrapper) => w.dunder) as never, ((w: PySlotWrapper) => w.owner) as never, (() => null) as never, (() => "($self, /, *args, **kwargs)") as never)!,
});
extendType(methodWrapperType, {
  slots: { repr: (_vm, self) => `<method-wrapper '${(self as PyMethodWrapper).wrapper.dunder}' of ${typeOf((self as PyMethodWrapper).self).name} object at 0x${identityOf((self as PyMethodWrapper).self).toString(16)}>` },
  getset: {
    __name__: [(_vm, m: PyMethodWrapper) => m.wrapper.dunder],
    __qualname__: [(_vm, m: PyMethodWrapper) => `${m.wrapper.owner.qualname}.${m.wrapper.dunder}`],
    __self__: [(_vm, m: PyMethodWrapper) => m.self],
    __objclass__: [(_vm, m: PyMethodWrapper) => m.wrapper.owner],
    __doc__: [() => null],
  },
});
