/** Module errno. */
import { PyDict } from "../objects/dict.ts";
import type { Value } from "../objects/values.ts";
import { ERRNO_NAMES, ERROR_CODES } from "./errno-table.ts";
import type { NativeModule } from "./native-module.ts";

export const errno: NativeModule = {
  name: "errno",
  doc: "Names of the system's error numbers.",
  values: (vm) => {
    const errorcode = new PyDict();
    for (const [code, name] of ERROR_CODES) errorcode.set(vm, code, name);
    return { ...Object.fromEntries<Value>(ERRNO_NAMES), errorcode };
  },
};
