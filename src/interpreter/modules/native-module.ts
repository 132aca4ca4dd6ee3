/** How a module written in TypeScript is declared; registry.ts maps names to such declarations. */
import type { PyModule } from "../objects/module.ts";
import type { VM } from "../objects/runtime.ts";
import type { NativeRow } from "../objects/type.ts";
import type { Value } from "../objects/values.ts";

export interface NativeModule {
  readonly name: string;
  readonly doc?: string;
  /** name → row; each becomes a builtin function whose `__module__` is the module's name. */
  readonly functions?: Record<string, NativeRow>;
  /** Other attributes, made for each VM. */
  readonly values?: (vm: VM) => Record<string, Value>;
  /** Runs last, when the namespace is filled. */
  readonly init?: (vm: VM, m: PyModule) => void;
}
