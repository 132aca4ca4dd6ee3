/**
 * Writers with text or bytes that have not reached their file. CPython writes them out when the last reference goes, which JavaScript does not
 * tell; so they are written out before anything could look at the file (open, stat, …) and at exit.
 */
import type { VM } from "../../objects/runtime.ts";

export interface Dirty {
  flushPending(vm: VM): void;
}

const DIRTY = Symbol("unflushed files");

function dirty(vm: VM): Set<Dirty> {
  let s = vm.state.get(DIRTY) as Set<Dirty> | undefined;
  if (!s) vm.state.set(DIRTY, (s = new Set()));
  return s;
}

export function markDirty(vm: VM, w: Dirty): void {
  dirty(vm).add(w);
}

export function markClean(vm: VM, w: Dirty): void {
  dirty(vm).delete(w);
}

/** Writes out whatever waits; errors stay with their writer. */
export function flushAll(vm: VM): void {
  for (const w of [...dirty(vm)]) {
    try {
      w.flushPending(vm);
    } catch {
      // the writer's own flush or close will raise it
    }
    dirty(vm).delete(w);
  }
}
