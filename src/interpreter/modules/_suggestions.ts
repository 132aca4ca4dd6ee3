/** Module _suggestions: what traceback asks for "Did you mean". */
import { typeError } from "../builtins/exceptions.ts";
import { closest } from "../builtins/edit-distance.ts";
import { PyList } from "../objects/list.ts";
import { plainStr, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";

function generate(_vm: VM, candidates: Value, item: Value): Value {
  if (!(candidates instanceof PyList)) throw typeError("candidates must be a list");
  const wrong = plainStr(item);
  if (wrong === undefined) throw typeError(`_generate_suggestions() argument 2 must be str, not ${typeName(item)}`);
  const names = candidates.items.map((c) => {
    const s = plainStr(c);
    if (s === undefined) throw typeError("all elements in 'candidates' must be strings");
    return s;
  });
  return closest(names, wrong) ?? null;
}

export const _suggestions: NativeModule = { name: "_suggestions", functions: { _generate_suggestions: ["(candidates, item, /)", generate, "The candidate closest to an item."] } };
