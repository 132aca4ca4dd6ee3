/** Member descriptors: what `__slots__` puts into a class. The value lives among the instance's attributes under a hidden name. */
import { attributeError, attributeErrorText, typeError } from "../builtins/exceptions.ts";
import { deleteOwnAttr, ownAttr, setOwnAttr, typeName, typeOf } from "./operations.ts";
import { DICT_MODE } from "./shape.ts";
import { defineType, type PyType } from "./type.ts";
import { type PyAttrObject, PyObject, type Value } from "./values.ts";

/** A member descriptor of `__slots__`: the value lives among the instance's slots under a hidden name. */
export class PyMember extends PyObject {
  readonly owner: PyType;
  readonly name: string;
  readonly key: string;
  constructor(owner: PyType, name: string) {
    super();
    this.owner = owner;
    this.name = name;
    this.key = `\0${name}`;
  }
}

function members(o: PyAttrObject): Map<string, Value> {
  return o.slots![1] as unknown as Map<string, Value>;
}

function checkMember(m: PyMember, instance: Value): PyAttrObject {
  if (!typeOf(instance).isSubtype(m.owner))
    throw typeError(`descriptor '${m.name}' for '${m.owner.name}' objects doesn't apply to a '${typeName(instance)}' object`);
  return instance as PyAttrObject;
}

export const memberType: PyType = defineType({
  name: "member_descriptor",
  js: PyMember,
  subclassable: false,
  slots: {
    get: (_vm, self, instance) => {
      const m = self as PyMember;
      if (instance === undefined) return m;
      const o = checkMember(m, instance);
      const v = o.shape === DICT_MODE ? members(o).get(m.key) : ownAttr(o, m.key);
      if (v === undefined) throw attributeError(o, m.name);
      return v;
    },
    set: (_vm, self, instance, v) => {
      const m = self as PyMember;
      const o = checkMember(m, instance);
      if (o.shape === DICT_MODE) members(o).set(m.key, v);
      else setOwnAttr(o, m.key, v);
    },
    delete: (_vm, self, instance) => {
      const m = self as PyMember;
      const o = checkMember(m, instance);
      if (!(o.shape === DICT_MODE ? members(o).delete(m.key) : deleteOwnAttr(o, m.key))) throw attributeErrorText(m.name);
    },
    repr: (_vm, self) => `<member '${(self as PyMember).name}' of '${(self as PyMember).owner.name}' objects>`,
  },
  getset: {
    __name__: [(_vm, m: PyMember) => m.name],
    __objclass__: [(_vm, m: PyMember) => m.owner],
    __doc__: [() => null],
  },
});
