/** Module _ast: the node classes and the flags of compile(). */
import { dictType } from "../objects/dict-type.ts";
import { PyDict } from "../objects/dict.ts";
import type { Value } from "../objects/values.ts";
import { CONSTRUCTORS } from "./ast-asdl.ts";
import { fieldTypes, nodeTypes } from "./ast-nodes.ts";
import type { NativeModule } from "./native-module.ts";

const FLAGS = { PyCF_ONLY_AST: 0x400, PyCF_TYPE_COMMENTS: 0x1000, PyCF_ALLOW_TOP_LEVEL_AWAIT: 0x2000, PyCF_OPTIMIZED_AST: 0x8400 };

export const _ast: NativeModule = {
  name: "_ast",
  values: (vm) => ({ ...Object.fromEntries<Value>(nodeTypes(vm)), ...FLAGS }),
  init: (vm) => {
    for (const c of CONSTRUCTORS.values()) {
      const t = nodeTypes(vm).get(c.name)!;
      if (t.attrs.has("_field_types")) continue;
      const types = fieldTypes(vm, c);
      if (types instanceof PyDict && types.cls === dictType) t.attrs.set("_field_types", types);
      t.modified();
    }
  },
};
