/**
 * Which objects can the program still reach? A search of the heap from given roots, by plain reflection over the fields of objects.
 *
 * Sound when it says "not reached" only as long as everything that holds a Python value is an own field, an array, a Map or a Set. What hides values
 * (a closure or a JS generator in a field) makes the search give up: `opaque`. The caller sees to it that no native code is running, whose locals hide
 * values as well. Not followed: compiled code (its constants hold nothing that ends), weak references, and what a finished or running frame no longer owns.
 */
import { Code } from "../compile/code.ts";
import { PyDict } from "../objects/dict.ts";
import { PyGenerator } from "../objects/generator.ts";
import { PyList } from "../objects/list.ts";
import { NativeSpec, PyGetSet } from "../objects/native.ts";
import { Shape } from "../objects/shape.ts";
import { PyType } from "../objects/type.ts";
import { PyTuple } from "../objects/values.ts";
import { PyWeak } from "../objects/weak-reference.ts";
import { Frame } from "./frame.ts";

type Visit = (o: object) => void;
/** Calls `visit` for what an object holds, in the order in which CPython lets go of it. False: it holds something that cannot be seen. */
type References = (o: never, visit: Visit) => boolean;

function each(values: Iterable<unknown>, visit: Visit): true {
  for (const v of values) if (typeof v === "object" && v !== null) visit(v);
  return true;
}

/** Tuples and lists let go of their last item first. */
function backwards(values: readonly unknown[], visit: Visit): true {
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i];
    if (typeof v === "object" && v !== null) visit(v);
  }
  return true;
}

function ofSequence(o: PyList | PyTuple, visit: Visit): boolean {
  backwards(o.items, visit);
  return each([o.cls, o.slots], visit);
}

function ofDict(o: PyDict, visit: Visit): boolean {
  for (const { key, value } of o.entries()) {
    if (typeof key === "object" && key !== null) visit(key);
    if (typeof value === "object" && value !== null) visit(value);
  }
  return each([o.cls, o.slots], visit);
}

const nothing = (): boolean => true;
const hidden = (): boolean => false;

/** The first row that an object is an instance of says how to go through it; all others are gone through field by field. */
const KINDS: readonly (readonly [abstract new (...args: never[]) => object, References])[] = [
  ...[
    Code,
    NativeSpec,
    PyGetSet,
    Shape,
    ArrayBuffer,
    SharedArrayBuffer,
    DataView,
    Object.getPrototypeOf(Uint8Array),
    WeakRef,
    WeakMap,
    WeakSet,
    RegExp,
  ].map((c) => [c, nothing] as const),
  [Promise, hidden],
  [Array, backwards],
  [Set, each],
  [Map, (o: Map<unknown, unknown>, visit) => each(o.keys(), visit) && each(o.values(), visit)],
  [PyList, ofSequence],
  [PyTuple, ofSequence],
  [PyDict, ofDict],
  [PyType, (o: PyType, visit) => each([o.cls, o.attrs, o.bases, o.mro, o.slots, o.abstractMethods], visit)],
  [Frame, (o: Frame, visit) => each(ofFrame(o), visit)],
  [PyGenerator, (o: PyGenerator, visit) => each(o.finished ? [o.frame.result, o.handled] : [...ofFrame(o.frame), o.handled], visit)],
];

/** What KINDS says, by constructor. */
const known: WeakMap<object, References> = new WeakMap();

function waysOf(o: object): References {
  const { constructor } = o;
  const ways = typeof constructor === "function" ? known.get(constructor) : undefined;
  if (ways !== undefined) return ways;
  const found = KINDS.find(([c]) => o instanceof c)?.[1] ?? (Object.prototype.toString.call(o) === "[object Generator]" ? hidden : fields);
  if (typeof constructor === "function" && constructor !== Object) known.set(constructor, found);
  return found;
}

export function references(o: object, visit: Visit): boolean {
  return waysOf(o)(o as never, visit);
}

/** What a frame holds, from the top of its stack (the part in use) down to its first variable. */
function* ofFrame(f: Frame): Generator<unknown> {
  for (let i = f.sp - 1; i >= 0; i--) yield f.stack[i];
  yield* f.cells.toReversed();
  yield* f.locals.toReversed();
  yield* [
    f.func,
    f.instance,
    f.handledBefore,
    f.result,
    f.back,
    f.generator?.running ? f.generator : undefined,
    f.names,
    f.globals,
    f.builtins,
  ];
}

function fields(o: object, visit: Visit): boolean {
  for (const key of Object.keys(o)) {
    const v = (o as Record<string, unknown>)[key];
    if (typeof v === "function") return false;
    if (key === "slots" && Array.isArray(v)) each(v, visit);
    else if (typeof v === "object" && v !== null && !(key === "target" && o instanceof PyWeak)) visit(v);
  }
  if ("cls" in o && typeof o.cls === "object" && o.cls !== null) visit(o.cls);
  return true;
}

export interface Reached {
  readonly objects: ReadonlySet<object>;
  /** Something hides values: nothing may be called unreachable. */
  readonly opaque: object | undefined;
}

/** Searches from the roots until nothing is left, or until all of `wanted` have been met. It does not enter `closed`. */
export function reach(roots: Iterable<object>, wanted: ReadonlySet<object>, closed: object): Reached {
  const objects = new Set<object>([closed]);
  let missing = wanted.size;
  const queue: object[] = [];
  const visit: Visit = (o) => {
    if (objects.has(o)) return;
    objects.add(o);
    if (wanted.has(o)) missing--;
    if (waysOf(o) !== nothing) queue.push(o);
  };
  for (const r of roots) visit(r);
  for (let i = 0; i < queue.length && missing > 0; i++) if (!references(queue[i]!, visit)) return { objects, opaque: queue[i] };
  return { objects, opaque: undefined };
}

/**
 * What reference counting would free when the references to `starts` are dropped: of the objects that only `starts` lead to, those that no cycle holds.
 * In the order of their ends: an object's own, then those of what it held.
 */
export function freedBy(starts: Iterable<object>, alive: ReadonlySet<object>): object[] {
  const counts = new Map<object, number>();
  const queue: object[] = [];
  const count = (o: object): void => {
    if (alive.has(o)) return;
    const n = counts.get(o);
    if (n === undefined) queue.push(o);
    counts.set(o, (n ?? 0) + 1);
  };
  const first = new Set([...starts].filter((o) => !alive.has(o)));
  for (const o of first) count(o);
  for (let i = 0; i < queue.length; i++) references(queue[i]!, count);
  const freed: object[] = [];
  for (const o of first) letGo(o, counts, freed);
  return freed;
}

/** Drops one reference; if it was the last, what the object held is dropped in turn (on a stack of its own: structures may be deep). */
function letGo(start: object, counts: Map<object, number>, freed: object[]): void {
  const stack = [start];
  for (let o = stack.pop(); o !== undefined; o = stack.pop()) {
    const n = counts.get(o);
    if (n === undefined) continue;
    counts.set(o, n - 1);
    if (n > 1) continue;
    freed.push(o);
    const held: object[] = [];
    references(o, (x) => held.push(x));
    for (let i = held.length - 1; i >= 0; i--) stack.push(held[i]!);
  }
}
