/**
 * BaseExceptionGroup and ExceptionGroup (PEP 654): construction, split, subgroup, derive, and what `except*` needs.
 */
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { collect } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { getAttr, isCallable, ownAttr, plainStr, setOwnAttr, truthy, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { addsFields, c3, defineType, extendType, PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { EXCEPTIONS, PyBaseException, typeError, valueError } from "./exceptions.ts";

export class PyExceptionGroup extends PyBaseException {
  readonly message: Value;
  readonly exceptions: readonly PyBaseException[];
  constructor(cls: PyType, args: readonly Value[], message: Value, exceptions: readonly PyBaseException[]) {
    super(cls, args);
    this.message = message;
    this.exceptions = exceptions;
  }
}

const baseGroupType = EXCEPTIONS.BaseExceptionGroup;

addsFields(baseGroupType);

/** ExceptionGroup derives from both BaseExceptionGroup and Exception. */
export const exceptionGroupType: PyType = makeExceptionGroup();

function makeExceptionGroup(): PyType {
  const t = defineType({ name: "ExceptionGroup", base: baseGroupType, doc: "A group of exceptions that all derive from Exception." });
  t.bases = [baseGroupType, EXCEPTIONS.Exception];
  t.mro = c3(t, t.bases)!;
  EXCEPTIONS.Exception.subclasses.add(new WeakRef(t));
  t.modified();
  return t;
}

function isGroup(v: Value): v is PyExceptionGroup {
  return v instanceof PyExceptionGroup;
}

/** The class that a group of these exceptions gets, or TypeError. */
function groupClass(cls: PyType, exceptions: readonly PyBaseException[]): PyType {
  const allPlain = exceptions.every((e) => e.cls.isSubtype(EXCEPTIONS.Exception));
  if (cls === baseGroupType) return allPlain ? exceptionGroupType : cls;
  if (allPlain || !cls.isSubtype(EXCEPTIONS.Exception)) return cls;
  throw typeError(cls === exceptionGroupType ? "Cannot nest BaseExceptions in an ExceptionGroup" : `Cannot nest BaseExceptions in '${cls.name}'`);
}

function newGroup(vm: VM, cls: PyType, args: readonly Value[]): Value {
  if (args.length !== 2) throw typeError(`BaseExceptionGroup.__new__() takes exactly 2 arguments (${args.length} given)`);
  const [message, sequence] = args as [Value, Value];
  if (plainStr(message) === undefined) throw typeError(`BaseExceptionGroup.__new__() argument 1 must be str, not ${typeName(message)}`);
  const s = typeOf(sequence).slot;
  if (!s.getitem || !s.len || typeOf(sequence).lookup("keys") !== undefined) throw typeError("second argument (exceptions) must be a sequence");
  const items = collect(vm, sequence);
  if (items.length === 0) throw valueError("second argument (exceptions) must be a non-empty sequence");
  const exceptions = items.map((e, i) => {
    if (!(e instanceof PyBaseException)) throw valueError(`Item ${i} of second argument (exceptions) is not an exception`);
    return e;
  });
  return new PyExceptionGroup(groupClass(cls, exceptions), args, message, exceptions);
}

/** A new group of the same kind, as the group's own `derive` makes it, with traceback, cause, context and notes carried over. */
function deriveFrom(vm: VM, g: PyExceptionGroup, exceptions: readonly PyBaseException[]): PyBaseException | null {
  if (exceptions.length === 0) return null;
  const made = vm.call(getAttr(vm, g, "derive"), [new PyList([...exceptions])]);
  if (!isGroup(made)) throw typeError("derive must return an instance of BaseExceptionGroup");
  made.traceback = g.traceback;
  made.context = g.context;
  made.cause = g.cause;
  made.suppressContext = g.suppressContext;
  const notes = ownAttr(g, "__notes__");
  if (notes !== undefined) setOwnAttr(made, "__notes__", new PyList(collect(vm, notes)));
  return made;
}

type Matcher = (e: PyBaseException) => boolean;

const BAD_MATCHER = "expected an exception type, a tuple of exception types, or a callable (other than a class)";

function isExceptionClass(v: Value): v is PyType {
  return v instanceof PyType && v.isSubtype(EXCEPTIONS.BaseException);
}

function matcher(vm: VM, v: Value): Matcher {
  if (isExceptionClass(v)) return (e) => e.cls.isSubtype(v);
  if (v instanceof PyTuple) {
    if (!v.items.every(isExceptionClass)) throw typeError(BAD_MATCHER);
    return (e) => v.items.some((t) => e.cls.isSubtype(t as PyType));
  }
  if (v instanceof PyType || !isCallable(v)) throw typeError(BAD_MATCHER);
  return (e) => truthy(vm, vm.call(v, [e]));
}

export interface SplitGroup {
  readonly match: PyBaseException | null;
  readonly rest: PyBaseException | null;
}

/** Splits by a test on leaves and whole groups. */
function split(vm: VM, e: PyBaseException, test: Matcher, wantRest: boolean): SplitGroup {
  if (test(e)) return { match: e, rest: null };
  if (!isGroup(e)) return { match: null, rest: e };
  vm.enterRecursive(" in exceptiongroup_split_recursive");
  try {
    const matched: PyBaseException[] = [];
    const others: PyBaseException[] = [];
    for (const inner of e.exceptions) {
      const { match, rest } = split(vm, inner, test, wantRest);
      if (match) matched.push(match);
      if (rest) others.push(rest);
    }
    return { match: deriveFrom(vm, e, matched), rest: wantRest ? deriveFrom(vm, e, others) : null };
  } finally {
    vm.leaveRecursive();
  }
}

extendType(baseGroupType, {
  js: PyExceptionGroup,
  doc: "A combination of several unrelated exceptions.",
  slots: {
    new: (vm, cls, args, kwnames) => {
      if (kwnames?.length && cls.native) throw typeError(`${cls.name}() takes no keyword arguments`);
      return newGroup(vm, cls, kwnames?.length ? args.slice(0, args.length - kwnames.length) : args);
    },
    str: (_vm, self) => {
      const g = self as PyExceptionGroup;
      const n = g.exceptions.length;
      return `${plainStr(g.message)} (${n} sub-exception${n === 1 ? "" : "s"})`;
    },
  },
  methods: {
    derive: ["($self, excs, /)", (vm: VM, g: PyExceptionGroup, excs: Value) => newGroup(vm, baseGroupType, [g.message, excs]), "A group with this message and other exceptions."],
    split: [
      "($self, matcher_value, /)",
      (vm: VM, g: PyExceptionGroup, m: Value) => {
        const { match, rest } = split(vm, g, matcher(vm, m), true);
        return new PyTuple([match, rest]);
      },
      "The matching part and the rest.",
    ],
    subgroup: ["($self, matcher_value, /)", (vm: VM, g: PyExceptionGroup, m: Value) => split(vm, g, matcher(vm, m), false).match, "The matching part."],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    message: [(_vm: VM, g: PyExceptionGroup) => g.message, undefined, "exception message"],
    exceptions: [(_vm: VM, g: PyExceptionGroup) => new PyTuple(g.exceptions), undefined, "nested exceptions"],
  },
});

// ---- except* -------------------------------------------------------------------------------------------------------------------------

/**
 * `except* types` against what is left of the exception: what the handler gets (None when nothing matches; a lone exception comes wrapped
 * in a group) and what remains.
 */
export function matchGroup(vm: VM, e: PyBaseException, types: Value): SplitGroup {
  const test: Matcher = (x) => matchesTypes(x, types);
  if (test(e)) {
    if (isGroup(e)) return { match: e, rest: null };
    const wrapped = newGroup(vm, baseGroupType, ["", new PyTuple([e])]) as PyBaseException;
    wrapped.traceback = e.traceback;
    return { match: wrapped, rest: null };
  }
  return isGroup(e) ? split(vm, e, test, true) : { match: null, rest: e };
}

/** except* may not name group classes. */
export function checkStarTypes(types: Value): void {
  for (const t of types instanceof PyTuple ? types.items : [types]) {
    if (!isExceptionClass(t)) throw typeError("catching classes that do not inherit from BaseException is not allowed");
    if (t.isSubtype(baseGroupType)) throw typeError("catching ExceptionGroup with except* is not allowed. Use except instead.");
  }
}

function matchesTypes(e: PyBaseException, types: Value): boolean {
  return types instanceof PyTuple ? types.items.some((t) => t instanceof PyType && e.cls.isSubtype(t)) : types instanceof PyType && e.cls.isSubtype(types);
}

/** The leaf exceptions, by identity. */
function leaves(e: PyBaseException, into: Set<PyBaseException> = new Set()): Set<PyBaseException> {
  if (isGroup(e)) for (const x of e.exceptions) leaves(x, into);
  else into.add(e);
  return into;
}

/** Same metadata as the original group: parts of it that were re-raised, or never handled. */
function isSameMetadata(a: PyBaseException, b: PyBaseException): boolean {
  return a.traceback === b.traceback && a.cause === b.cause && a.context === b.context && ownAttr(a, "__notes__") === ownAttr(b, "__notes__");
}

/**
 * What a try/except* raises in the end: `raised` holds the exceptions that the handlers raised or re-raised and, last, the unhandled rest
 * (null entries are dropped). Re-raised parts merge back into one group shaped like the original; others stand beside it.
 */
export function reraiseStar(vm: VM, original: PyBaseException, raised: readonly (PyBaseException | null)[]): PyBaseException | null {
  const all = raised.filter((e) => e !== null);
  if (all.length === 0) return null;
  if (!isGroup(original)) return all[0]!;
  const fresh = all.filter((e) => !isPartOf(e, original));
  const parts = all.filter((e) => isPartOf(e, original));
  const kept = parts.length ? projection(vm, original, parts) : null;
  if (fresh.length === 0) return kept;
  const members = kept ? [...fresh, kept] : fresh;
  return members.length === 1 ? members[0]! : (newGroup(vm, baseGroupType, ["", new PyList([...members])]) as PyBaseException);
}

function isPartOf(e: PyBaseException, original: PyBaseException): boolean {
  return e === original || (isGroup(e) && isSameMetadata(e, original));
}

/** The original group reduced to the leaves of its parts. */
function projection(vm: VM, original: PyBaseException, parts: readonly PyBaseException[]): PyBaseException | null {
  const keep = new Set<PyBaseException>();
  for (const p of parts) leaves(p, keep);
  return split(vm, original, (e) => !isGroup(e) && keep.has(e), false).match;
}

export function isExceptionGroup(v: Value): v is PyExceptionGroup {
  return isGroup(v);
}
