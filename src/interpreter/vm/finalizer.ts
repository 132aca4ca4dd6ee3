/**
 * The end of objects. CPython's reference counts end an object when its last reference goes; a JS engine tells nobody. Three kinds of end can be seen by
 * a program: a suspended generator runs its finally blocks, an object whose class has `__del__` is told, weak references are cleared. Objects of these
 * kinds are watched, and only while there are some does the VM report references that the program drops (a name deleted or bound anew, a frame or a
 * loop left, a value popped). When the dropped value leads to a watched object, the heap is searched from the roots (reachability.ts), and what
 * reference counting would have freed is finalised, at the point where CPython does it.
 *
 * Invariants: no search while native code is on the JS stack (its locals cannot be seen); the drop is then remembered and looked into once the program is
 * back in its outermost loop. Cycles wait for gc.collect(), as in CPython.
 * Weaknesses: references dropped by other means (a list's pop, an item replaced) are noticed only at the next drop that leads to the object, at
 * gc.collect() or at exit; searches that keep finding an object alive become rarer, so its end may be noticed late.
 */
import { reportUnraisable } from "../builtins/unraisable.ts";
import { close, PyGenerator } from "../objects/generator.ts";
import { lookupSpecial, repr } from "../objects/operations.ts";
import { PyObject, type Value } from "../objects/values.ts";
import { clearReferences, referencesTo } from "../objects/weak-reference.ts";
import type { Frame } from "./frame.ts";
import { freedBy, reach, references } from "./reachability.ts";
import type { Interpreter } from "./vm.ts";

/** How far a dropped value is followed to see whether a watched object hangs on it. */
const NEARBY = 400;
/** How many dropped values are followed without anything ending. */
const FOLLOWED = 3000;
/** Finalising fewer than this, the heap is searched again after each, because a finalizer may store what would have died. */
const CAREFUL = 16;
/** Heap nodes that searches may visit at the program's every drop. Beyond it, drops are looked into together: as many as make PER_DROP nodes each. */
const FREELY = 1_500_000;
const PER_DROP = 100;
/** Watched objects that start a search for those that died unnoticed. */
const CROWD = 2000;

export class Finalizer {
  private readonly vm: Interpreter;
  private enabled = false;
  /** Watched objects and how many searches each has survived. */
  private readonly watched: Map<PyObject, number> = new Map();
  private crowd = CROWD;
  /** Drops that could not be looked into yet. */
  private readonly postponed: Set<PyObject> = new Set();
  private postponedAll = false;
  private drops = 0;
  /** Dropped values that may still be followed; objects that end add to it. */
  private credit = FOLLOWED;
  private busy = false;
  /** Heap nodes visited so far, and by the last search. */
  private spent = 0;
  private lastCost = 0;
  private unknownDrops = 0;

  constructor(vm: Interpreter) {
    this.vm = vm;
  }

  /** For hosts that hold no Python values themselves. */
  enable(): void {
    this.enabled = true;
  }

  watch(o: PyObject): boolean {
    if (!this.enabled) return false;
    if (!this.watched.has(o)) this.watched.set(o, 0);
    o.cls.hasWatched = true;
    this.vm.watching = true;
    if (this.watched.size > this.crowd) {
      this.crowd *= 2;
      this.postponedAll = true;
    }
    return true;
  }

  private forget(o: PyObject): void {
    this.watched.delete(o);
    if (this.watched.size === 0) {
      this.vm.watching = false;
      this.postponed.clear();
      this.postponedAll = false;
    }
  }

  /** A generator has finished by itself. */
  finished(gen: PyGenerator): void {
    if (this.watched.has(gen) && referencesTo(this.vm, gen).length === 0) this.forget(gen);
  }

  /** The program dropped a reference to `v`; undefined: to something unknown. */
  released(v: Value | undefined): void {
    if (v === undefined) {
      this.postponedAll = true;
      this.unknownDrops++;
    } else this.postpone(v);
    this.poll();
  }

  /** Native code has returned: generators that it was given may have been made for it alone. */
  arguments(args: readonly (Value | undefined)[]): void {
    this.swept(args);
    this.poll();
  }

  /** A frame is left: its variables are dropped, the last one first. */
  frameEnded(f: Frame): void {
    for (let i = f.cells.length - 1; i >= 0; i--) this.postpone(f.cells[i]?.value);
    for (let i = f.locals.length - 1; i >= 0; i--) this.postpone(f.locals[i]);
  }

  private postpone(v: Value | undefined): void {
    if (v instanceof PyObject && this.matters(v)) this.postponed.add(v);
  }

  /** A dropped value is watched, or leads to a watched object, which is looked into as long as that is worth it. */
  private matters(v: PyObject): boolean {
    if (v.cls.hasWatched && this.watched.has(v)) return true;
    return this.credit > 0 && this.credit-- > 0 && this.nearby(v).length > 0;
  }

  /** Values that an exception swept off a stack. */
  swept(values: readonly (Value | undefined)[]): void {
    for (const v of values) if (v instanceof PyGenerator && this.matters(v)) this.postponed.add(v);
  }

  /** Looks into what was dropped, if this is a moment when the heap can be searched. */
  poll(): void {
    if (this.busy || (this.postponed.size === 0 && !this.postponedAll) || !this.vm.outermost) return;
    if (this.spent > FREELY && (this.postponed.size + this.unknownDrops) * PER_DROP < this.lastCost) return;
    const starts = [...this.postponed];
    const all = this.postponedAll;
    this.postponed.clear();
    this.postponedAll = false;
    this.unknownDrops = 0;
    this.search(all ? undefined : starts, false);
  }

  /** gc.collect(): cycles too. */
  collect(): void {
    if (this.watched.size === 0 || this.busy) return;
    if (this.vm.outermost) this.search(undefined, true);
    else this.postponedAll = true;
  }

  /** The interpreter ends: what is left, the oldest first (the order in which CPython's collector, called last, goes through objects). */
  atExit(): void {
    this.busy = true;
    for (const o of [...this.watched.keys()]) this.finalise(o, false);
  }

  /** The watched objects that are not far from an object, itself included. */
  private nearby(start: PyObject): PyObject[] {
    const seen = new Set<object>([this.vm, this.vm.builtins, start]);
    const queue: object[] = [start];
    for (let i = 0; i < queue.length && seen.size < NEARBY; i++)
      references(queue[i]!, (o) => {
        if (seen.size >= NEARBY || seen.has(o)) return;
        seen.add(o);
        queue.push(o);
      });
    return queue.filter((o): o is PyObject => this.watched.has(o as PyObject));
  }

  /** Looks for the dead among the objects near `starts`, or among all. */
  private search(starts: readonly PyObject[] | undefined, cycles: boolean): void {
    this.busy = true;
    const { reraise, handled } = this.vm;
    try {
      this.vm.reraise = false;
      for (let again = true; again; ) again = this.pass(starts, cycles);
    } finally {
      this.vm.reraise = reraise;
      this.vm.handled = handled;
      this.busy = false;
    }
  }

  /** One search, and the ends of what it found. True: to be repeated, because a finalizer ran. */
  private pass(starts: readonly PyObject[] | undefined, cycles: boolean): boolean {
    const candidates = new Set(
      starts === undefined ? this.watched.keys() : starts.flatMap((o) => this.nearby(o)).filter((o) => this.due(o)),
    );
    if (candidates.size === 0) return false;
    const { objects, opaque } = reach(this.roots(), candidates, this.vm);
    this.lastCost = objects.size;
    this.spent += objects.size;
    if (opaque !== undefined) return false;
    const lost = [...candidates].filter((o) => !objects.has(o));
    for (const o of candidates) if (objects.has(o)) this.watched.set(o, this.watched.get(o)! + 1);
    if (lost.length === 0) return false;
    const freed = new Set(cycles ? lost : freedBy(starts ?? lost, objects));
    const dying = [...freed].filter((o): o is PyObject => this.watched.has(o as PyObject) && !objects.has(o));
    for (const o of dying) {
      const ran = this.finalise(o);
      if (ran && dying.length > 1 && dying.length < CAREFUL) return true;
    }
    return false;
  }

  /** Objects that searches keep finding alive are asked for at every second, fourth, eighth … drop. */
  private due(o: PyObject): boolean {
    const survived = this.watched.get(o)!;
    return survived < 64 || ++this.drops % 2 ** Math.min(16, survived >> 6) === 0;
  }

  private *roots(): Generator<object> {
    const { vm } = this;
    if (vm.frame) yield vm.frame;
    if (vm.handled) yield vm.handled;
    yield vm.modules;
    yield vm.sys;
    yield vm.builtins;
    for (const v of vm.state.values()) if (typeof v === "object" && v !== null) yield* stateValues(v);
    for (const v of [vm.asyncGenHooks.firstiter, vm.asyncGenHooks.finalizer]) if (typeof v === "object" && v !== null) yield v;
  }

  /** Ends an object. True if Python code may have run. */
  private finalise(o: PyObject, notify = true): boolean {
    const { vm } = this;
    this.forget(o);
    this.credit = FOLLOWED;
    const hadReferences = referencesTo(vm, o).length > 0;
    if (o instanceof PyGenerator) {
      if (!o.finished)
        this.attempt(
          () => void close(vm, o),
          () => `Exception ignored while closing generator ${repr(vm, o)}`,
        );
    } else {
      const del = lookupSpecial(vm, o, "__del__");
      if (del !== undefined)
        this.attempt(
          () => void vm.call(del, []),
          () => `Exception ignored while calling deallocator ${repr(vm, o.cls.lookup("__del__")!)}`,
        );
      else if (!hadReferences) return false;
    }
    if (hadReferences && notify) clearReferences(vm, o);
    return true;
  }

  private attempt(run: () => void, message: () => string): void {
    try {
      run();
    } catch (e) {
      reportUnraisable(this.vm, e, message(), null);
    }
  }
}

/** The parts of a native module's scratch state: functions of its own in it hold no values of the program. */
function* stateValues(v: object): Generator<object> {
  const parts =
    v instanceof Map
      ? [...v.keys(), ...v.values()]
      : v instanceof Set || Array.isArray(v)
        ? [...v]
        : v instanceof PyObject
          ? [v]
          : Object.values(v);
  for (const p of parts) if (typeof p === "object" && p !== null) yield p;
}
