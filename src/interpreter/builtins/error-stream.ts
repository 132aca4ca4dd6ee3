/** Writing diagnostics: to sys.stderr as Python sees it, else straight to the host. */
import { getAttr, lookupAttr } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";

/** Text for the user on stderr. Whatever sys.stderr does wrong is ignored: there is nowhere left to complain. */
export function writeError(vm: VM, text: string): void {
  const file = vm.sys.getStr("stderr");
  if (file === null) return;
  try {
    if (file !== undefined) {
      vm.call(getAttr(vm, file, "write"), [text]);
      const flush = lookupAttr(vm, file, "flush");
      if (flush !== undefined) vm.call(flush, []);
      return;
    }
  } catch {
    // fall through to the host
  }
  // a lone surrogate cannot be encoded: shown as a replacement character
  vm.host.writeStderr(new TextEncoder().encode(text));
}
