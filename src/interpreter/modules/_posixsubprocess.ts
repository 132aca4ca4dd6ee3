/** Module _posixsubprocess: there are no other processes here; starting one raises OSError(ENOSYS). */
import { osError } from "../builtins/os-error.ts";
import type { NativeModule } from "./native-module.ts";

export const _posixsubprocess: NativeModule = {
  name: "_posixsubprocess",
  functions: {
    fork_exec: ["(*args)", () => {
      throw osError("ENOSYS");
    }, "Start a program: not supported."],
  },
};
