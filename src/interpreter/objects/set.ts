/** set and frozenset over the hash table of dict (values unused). */
import { PyDict } from "./dict.ts";
import type { VM } from "./runtime.ts";
import { PyAttrObject, type Value } from "./values.ts";

/** Common to set and frozenset. */
export class PySetBase extends PyAttrObject {
  readonly table: PyDict = new PyDict();

  get size(): number {
    return this.table.size;
  }
  has(vm: VM, v: Value): boolean {
    return this.table.find(vm, v) !== undefined;
  }
  add(vm: VM, v: Value): void {
    if (!this.table.find(vm, v)) this.table.set(vm, v, null);
  }
  items(): Value[] {
    return this.table.keys();
  }
}
export class PySet extends PySetBase {}
export class PyFrozenSet extends PySetBase {}
