/**
 * Weak references and who holds them. The object keeps nothing: a table of the VM knows an object's references.
 *
 * Where the VM finds out which objects die (vm/finalizer.ts), a reference points to its referent strongly and is emptied by the finalizer; elsewhere
 * it is a WeakRef of JavaScript's, which is cleared late.
 */
import { reportUnraisable } from "../builtins/unraisable.ts";
import type { VM } from "./runtime.ts";
import { PyAttrObject, type PyInt, type PyObject, type Value } from "./values.ts";

/** What references and proxies share. */
export abstract class PyWeak extends PyAttrObject {
  /** The finalizer's search does not follow it. */
  target: PyObject | WeakRef<PyObject> | undefined;
  callback: Value;

  constructor(target: PyObject, callback: Value, strong: boolean) {
    super();
    this.target = strong ? target : new WeakRef(target);
    this.callback = callback;
  }

  get(): PyObject | undefined {
    return this.target instanceof WeakRef ? this.target.deref() : this.target;
  }
}

export class PyWeakRef extends PyWeak {
  /** Of the referent, remembered because it outlives it. */
  hash: PyInt | undefined = undefined;
}

export class PyProxy extends PyWeak {}

const TABLE = Symbol("weak references");

function table(vm: VM): WeakMap<PyObject, PyWeak[]> {
  let t = vm.state.get(TABLE) as WeakMap<PyObject, PyWeak[]> | undefined;
  if (!t) vm.state.set(TABLE, (t = new WeakMap()));
  return t;
}

export function referencesTo(vm: VM, o: PyObject): readonly PyWeak[] {
  return table(vm).get(o) ?? [];
}

export function addReference(vm: VM, o: PyObject, r: PyWeak): void {
  const t = table(vm);
  const known = t.get(o);
  if (known) known.push(r);
  else t.set(o, [r]);
}

/** The referent is gone: empties its references, then calls their callbacks, the newest first. */
export function clearReferences(vm: VM, o: PyObject): void {
  const refs = [...referencesTo(vm, o)].reverse();
  table(vm).delete(o);
  for (const r of refs) r.target = undefined;
  for (const r of refs) {
    const { callback } = r;
    r.callback = null;
    if (callback === null) continue;
    try {
      vm.call(callback, [r]);
    } catch (e) {
      reportUnraisable(vm, e, "Exception ignored while calling weakref callback", callback);
    }
  }
}
