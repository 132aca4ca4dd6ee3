/** A callable that runs another one inside something: what `@np.errstate(…)` makes. */
import { getAttr } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyAttrObject, type Value } from "../../objects/values.ts";

class PyWrapped extends PyAttrObject {
  readonly inner: Value;
  readonly around: (run: () => Value) => Value;
  /** First argument, when looked up on an instance. */
  readonly receiver: Value | undefined;
  constructor(inner: Value, around: (run: () => Value) => Value, receiver?: Value) {
    super();
    this.receiver = receiver;
    this.inner = inner;
    this.around = around;
  }
}

export const wrappedType: PyType = defineType({
  name: "function",
  module: "builtins",
  js: PyWrapped,
  hasDict: true,
  subclassable: false,
  slots: {
    call: (vm, self, args, kwnames) => {
      const w = self as PyWrapped;
      return w.around(() => vm.call(w.inner, w.receiver === undefined ? args : [w.receiver, ...args], kwnames));
    },
    get: (_vm, self, instance) => {
      const w = self as PyWrapped;
      return instance === undefined ? w : new PyWrapped(w.inner, w.around, instance);
    },
  },
  getset: {
    __wrapped__: [(_vm: VM, w: PyWrapped) => w.inner],
    __name__: [(vm: VM, w: PyWrapped) => getAttr(vm, w.inner, "__name__")],
    __doc__: [(vm: VM, w: PyWrapped) => getAttr(vm, w.inner, "__doc__")],
  },
});

export function wrapFunction(inner: Value, around: (run: () => Value) => Value): Value {
  return new PyWrapped(inner, around);
}
