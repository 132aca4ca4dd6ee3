/** Template strings (PEP 750): string.templatelib.Template and Interpolation. */
import { typeError } from "../builtins/exceptions.ts";
import { plainStr, repr, typeName } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { defineType, type PyType } from "./type.ts";
import { PyObject, PyTuple, type Value } from "./values.ts";

export class PyInterpolation extends PyObject {
  readonly value: Value;
  readonly expression: string;
  readonly conversion: Value;
  readonly formatSpec: string;
  constructor(value: Value, expression: string, conversion: Value, formatSpec: string) {
    super();
    this.value = value;
    this.expression = expression;
    this.conversion = conversion;
    this.formatSpec = formatSpec;
  }
}

export class PyTemplate extends PyObject {
  /** Always one more string than interpolations. */
  readonly strings: readonly string[];
  readonly interpolations: readonly PyInterpolation[];
  constructor(strings: readonly string[], interpolations: readonly PyInterpolation[]) {
    super();
    this.strings = strings;
    this.interpolations = interpolations;
  }

  /** Non-empty strings and interpolations in order: what iteration gives. */
  parts(): Value[] {
    return this.strings.flatMap((s, i): Value[] => [...(s === "" ? [] : [s]), ...(i < this.interpolations.length ? [this.interpolations[i]!] : [])]);
  }
}

function fromParts(args: readonly Value[]): PyTemplate {
  const strings = [""];
  const interpolations: PyInterpolation[] = [];
  for (const a of args) {
    const s = plainStr(a);
    if (s !== undefined) strings[strings.length - 1] += s;
    else if (a instanceof PyInterpolation) {
      interpolations.push(a);
      strings.push("");
    } else throw typeError(`Template.__new__ *args need to be of type 'str' or 'Interpolation', got ${typeName(a)}`);
  }
  return new PyTemplate(strings, interpolations);
}

export const interpolationType: PyType = defineType({
  name: "Interpolation",
  module: "string.templatelib",
  js: PyInterpolation,
  subclassable: false,
  new: ["(value, expression='', conversion=None, format_spec='')", (_vm: VM, _cls: PyType, value: Value, expression = "", conversion: Value = null, spec = "") => {
    if (conversion !== null && (typeof conversion !== "string" || !["s", "r", "a"].includes(conversion))) throw typeError("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'");
    return new PyInterpolation(value, expression, conversion, spec);
  }],
  slots: {
    repr: (vm, self) => {
      const i = self as PyInterpolation;
      return `Interpolation(${[i.value, i.expression, i.conversion, i.formatSpec].map((v) => repr(vm, v)).join(", ")})`;
    },
  },
  getset: {
    value: [(_vm, i: PyInterpolation) => i.value],
    expression: [(_vm, i: PyInterpolation) => i.expression],
    conversion: [(_vm, i: PyInterpolation) => i.conversion],
    format_spec: [(_vm, i: PyInterpolation) => i.formatSpec],
  },
  attrs: { __match_args__: new PyTuple(["value", "expression", "conversion", "format_spec"]) },
});

export const templateType: PyType = defineType({
  name: "Template",
  module: "string.templatelib",
  js: PyTemplate,
  subclassable: false,
  new: ["(*args)", (_vm: VM, _cls: PyType, args: Value[]) => fromParts(args)],
  slots: {
    repr: (vm, self) => `Template(strings=${repr(vm, new PyTuple((self as PyTemplate).strings))}, interpolations=${repr(vm, new PyTuple((self as PyTemplate).interpolations))})`,
    iter: (vm, self) => vm.call(vm.builtins.getStr("iter")!, [new PyTuple((self as PyTemplate).parts())]),
    add: (_vm, self, other) => {
      if (!(other instanceof PyTemplate)) throw typeError(`can only concatenate string.templatelib.Template (not "${typeName(other)}") to string.templatelib.Template`);
      return fromParts([...(self as PyTemplate).parts(), ...other.parts()]);
    },
  },
  getset: {
    strings: [(_vm, t: PyTemplate) => new PyTuple(t.strings)],
    interpolations: [(_vm, t: PyTemplate) => new PyTuple(t.interpolations)],
    values: [(_vm, t: PyTemplate) => new PyTuple(t.interpolations.map((i) => i.value))],
  },
});
