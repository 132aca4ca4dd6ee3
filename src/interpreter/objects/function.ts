/** Functions written in Python, bound methods, cells. */
import type { Code } from "../compile/code.ts";
import type { PyDict } from "./dict.ts";
import type { VM } from "./runtime.ts";
import { defineType } from "./type.ts";
import { PyAttrObject, PyObject, type PyTuple, type Value } from "./values.ts";

export class PyCell extends PyObject {
  value: Value | undefined;
  constructor(value: Value | undefined) {
    super();
    this.value = value;
  }
}

export class PyFunction extends PyAttrObject {
  code: Code;
  readonly globals: PyDict;
  readonly builtins: PyDict;
  name: string;
  qualname: string;
  defaults: readonly Value[] | undefined = undefined;
  kwdefaults: PyDict | null = null;
  closure: readonly PyCell[] = [];
  annotate: Value = null;
  annotations: Value | undefined = undefined;
  typeParams: PyTuple | undefined = undefined;
  doc: Value = null;
  module: Value = null;

  constructor(code: Code, globals: PyDict, builtins: PyDict) {
    super();
    this.code = code;
    this.globals = globals;
    this.builtins = builtins;
    this.name = code.name;
    this.qualname = code.qualname;
  }
}

export class PyMethod extends PyObject {
  readonly func: Value;
  readonly self: Value;
  constructor(func: Value, self: Value) {
    super();
    this.func = func;
    this.self = self;
  }
}

export const functionType = defineType({
  name: "function",
  js: PyFunction,
  hasDict: true,
  subclassable: false,
  slots: {
    get: (_vm: VM, self: Value, instance: Value | undefined) => (instance === undefined ? self : new PyMethod(self, instance)),
    call: (vm, self, args, kwnames) => vm.call(self, args, kwnames),
  },
});

export const methodType = defineType({
  name: "method",
  js: PyMethod,
  subclassable: false,
  slots: {
    call: (vm, self, args, kwnames) => {
      const m = self as PyMethod;
      return vm.call(m.func, [m.self, ...args], kwnames);
    },
  },
});

export const cellType = defineType({ name: "cell", js: PyCell, subclassable: false });
