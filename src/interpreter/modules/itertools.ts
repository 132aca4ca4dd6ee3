/** Module itertools: the iterators over one or several iterables. The combinatoric ones are in itertools-combinatoric.ts. */
import { typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { add } from "../objects/int-arith.ts";
import { collect } from "../objects/iterators.ts";
import { binary, equals, getIter, lookupSpecial, repr, toIndex, toSsize, truthy, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType } from "../objects/type.ts";
import { PyComplex, PyFloat, type PyInt, PyTuple, type Value } from "../objects/values.ts";
import { PyStepper, Source, stepperType } from "./iterator-type.ts";
import { COMBINATORIC_TYPES } from "./itertools-combinatoric.ts";
import type { NativeModule } from "./native-module.ts";

const MODULE = "itertools";

// ---- accumulate, batched, pairwise ------------------------------------------------------------------------------------------------------

class Accumulate extends PyStepper {
  private readonly source: Source;
  private readonly fn: Value;
  private initial: Value;
  private total: Value | undefined = undefined;
  constructor(source: Source, fn: Value, initial: Value) {
    super();
    this.source = source;
    this.fn = fn;
    this.initial = initial;
  }
  step(vm: VM): Value | undefined {
    if (this.initial !== null) {
      this.total = this.initial;
      this.initial = null;
      return this.total;
    }
    const v = this.source.next(vm);
    if (v === undefined) return undefined;
    if (this.total === undefined) this.total = v;
    else this.total = this.fn === null ? binary(vm, "add", this.total, v) : vm.call(this.fn, [this.total, v]);
    return this.total;
  }
}

class Batched extends PyStepper {
  private readonly source: Source;
  private readonly size: number;
  private readonly strict: boolean;
  constructor(source: Source, size: number, strict: boolean) {
    super();
    this.source = source;
    this.size = size;
    this.strict = strict;
  }
  step(vm: VM): Value | undefined {
    const batch: Value[] = [];
    while (batch.length < this.size) {
      const v = this.source.next(vm);
      if (v === undefined) break;
      batch.push(v);
    }
    if (batch.length === 0) return undefined;
    if (this.strict && batch.length < this.size) throw valueError("batched(): incomplete batch");
    return new PyTuple(batch);
  }
}

class Pairwise extends PyStepper {
  private readonly source: Source;
  private last: Value | undefined = undefined;
  constructor(source: Source) {
    super();
    this.source = source;
  }
  step(vm: VM): Value | undefined {
    if (this.last === undefined) this.last = this.source.next(vm);
    if (this.last === undefined) return undefined;
    const v = this.source.next(vm);
    if (v === undefined) return undefined;
    const pair = new PyTuple([this.last, v]);
    this.last = v;
    return pair;
  }
}

// ---- chain, cycle, repeat, count ----------------------------------------------------------------------------------------------------------

class Chain extends PyStepper {
  private outer: Source | undefined;
  private inner: Source | undefined = undefined;
  constructor(outer: Source) {
    super();
    this.outer = outer;
  }
  step(vm: VM): Value | undefined {
    for (;;) {
      if (this.inner !== undefined) {
        const v = this.inner.next(vm);
        if (v !== undefined) return v;
        this.inner = undefined;
      }
      const next = this.outer?.next(vm);
      if (next === undefined) {
        this.outer = undefined;
        return undefined;
      }
      this.inner = new Source(vm, next);
    }
  }
}

class Cycle extends PyStepper {
  private source: Source | undefined;
  private readonly saved: Value[] = [];
  private at = 0;
  constructor(source: Source) {
    super();
    this.source = source;
  }
  step(vm: VM): Value | undefined {
    if (this.source !== undefined) {
      const v = this.source.next(vm);
      if (v !== undefined) {
        this.saved.push(v);
        return v;
      }
      this.source = undefined;
    }
    if (this.saved.length === 0) return undefined;
    const v = this.saved[this.at]!;
    this.at = this.at + 1 === this.saved.length ? 0 : this.at + 1;
    return v;
  }
}

class Repeat extends PyStepper {
  private readonly value: Value;
  /** Infinity without a limit. */
  private left: number;
  constructor(value: Value, left: number) {
    super();
    this.value = value;
    this.left = left;
  }
  step(): Value | undefined {
    if (this.left <= 0) return undefined;
    this.left--;
    return this.value;
  }
  lengthHint(): Value {
    if (this.left === Infinity) throw typeError("len() of unsized object");
    return this.left;
  }
  text(vm: VM): string {
    return `repeat(${repr(vm, this.value)}${this.left === Infinity ? "" : `, ${this.left}`})`;
  }
}

/** Ints count exactly; other numbers by repeated addition, as documented. */
class Count extends PyStepper {
  private value: Value;
  private readonly by: Value;
  constructor(value: Value, by: Value) {
    super();
    this.value = value;
    this.by = by;
  }
  step(vm: VM): Value {
    const v = this.value;
    if (typeof v === "number" && typeof this.by === "number") {
      const next = v + this.by;
      this.value = Number.isSafeInteger(next) ? next : add(v, this.by);
    } else this.value = binary(vm, "add", v, this.by);
    return v;
  }
  text(vm: VM): string {
    return `count(${repr(vm, this.value)}${this.by === 1 ? "" : `, ${repr(vm, this.by)}`})`;
  }
}

function isNumber(v: Value): boolean {
  if (typeof v === "number" || typeof v === "bigint" || typeof v === "boolean" || v instanceof PyFloat || v instanceof PyComplex) return true;
  const s = typeOf(v).slot;
  return s.int !== undefined || s.float !== undefined || s.index !== undefined || s.complex !== undefined;
}

// ---- filters ------------------------------------------------------------------------------------------------------------------------------

class Compress extends PyStepper {
  private readonly data: Source;
  private readonly selectors: Source;
  constructor(data: Source, selectors: Source) {
    super();
    this.data = data;
    this.selectors = selectors;
  }
  step(vm: VM): Value | undefined {
    for (;;) {
      const v = this.data.next(vm);
      if (v === undefined) return undefined;
      const wanted = this.selectors.next(vm);
      if (wanted === undefined) return undefined;
      if (truthy(vm, wanted)) return v;
    }
  }
}

/** dropwhile, takewhile, filterfalse: a predicate and a source. */
abstract class Predicated extends PyStepper {
  protected readonly test: Value;
  protected readonly source: Source;
  protected done = false;
  constructor(test: Value, source: Source) {
    super();
    this.test = test;
    this.source = source;
  }
  protected holds(vm: VM, v: Value): boolean {
    return truthy(vm, vm.call(this.test, [v]));
  }
}

class DropWhile extends Predicated {
  step(vm: VM): Value | undefined {
    for (;;) {
      const v = this.source.next(vm);
      if (v === undefined || this.done) return v;
      if (!this.holds(vm, v)) {
        this.done = true;
        return v;
      }
    }
  }
}

class TakeWhile extends Predicated {
  step(vm: VM): Value | undefined {
    if (this.done) return undefined;
    const v = this.source.next(vm);
    if (v === undefined) return undefined;
    if (this.holds(vm, v)) return v;
    this.done = true;
    return undefined;
  }
}

class FilterFalse extends Predicated {
  step(vm: VM): Value | undefined {
    for (;;) {
      const v = this.source.next(vm);
      if (v === undefined || !(this.test === null ? truthy(vm, v) : this.holds(vm, v))) return v;
    }
  }
}

class StarMap extends PyStepper {
  private readonly fn: Value;
  private readonly source: Source;
  constructor(fn: Value, source: Source) {
    super();
    this.fn = fn;
    this.source = source;
  }
  step(vm: VM): Value | undefined {
    const args = this.source.next(vm);
    return args === undefined ? undefined : vm.call(this.fn, collect(vm, args));
  }
}

// ---- islice -------------------------------------------------------------------------------------------------------------------------------

class ISlice extends PyStepper {
  private source: Source | undefined;
  private next: number;
  private readonly stop: number;
  private readonly by: number;
  private count = 0;
  constructor(source: Source, start: number, stop: number, by: number) {
    super();
    this.source = source;
    this.next = start;
    this.stop = stop;
    this.by = by;
  }
  step(vm: VM): Value | undefined {
    const { source } = this;
    if (source === undefined) return undefined;
    const target = Math.min(this.next, this.stop);
    for (; this.count < target; this.count++) {
      if (source.next(vm) === undefined) return this.end();
    }
    if (this.count >= this.stop) return this.end();
    const v = source.next(vm);
    if (v === undefined) return this.end();
    this.count++;
    this.next = Math.min(this.next + this.by, this.stop);
    return v;
  }
  private end(): undefined {
    this.source = undefined;
    return undefined;
  }
}

function sliceBound(vm: VM, v: Value | undefined, missing: number, what: "Indices" | "Stop argument" | "Step"): number {
  if (v === undefined || v === null) return missing;
  const complaint =
    what === "Step" ? "Step for islice() must be a positive integer or None." : `${what} for islice() must be None or an integer: 0 <= x <= sys.maxsize.`;
  let i: PyInt;
  try {
    i = toIndex(vm, v);
  } catch {
    throw valueError(complaint);
  }
  if (typeof i === "bigint" || i < (what === "Step" ? 1 : 0)) throw valueError(complaint);
  return i;
}

function makeISlice(vm: VM, iterable: Value, a: Value, b: Value | undefined, c: Value | undefined): ISlice {
  const single = b === undefined;
  const stop = sliceBound(vm, single ? a : b, Infinity, "Stop argument");
  const start = single ? 0 : sliceBound(vm, a, 0, "Indices");
  return new ISlice(new Source(vm, iterable), start, stop, sliceBound(vm, c, 1, "Step"));
}

// ---- groupby ------------------------------------------------------------------------------------------------------------------------------

class GroupBy extends PyStepper {
  private readonly source: Source;
  private readonly key: Value;
  private target: Value | undefined = undefined;
  current: Value | undefined = undefined;
  private value: Value | undefined = undefined;
  /** The group that was handed out last; older ones are finished. */
  group: Grouper | undefined = undefined;
  constructor(source: Source, key: Value) {
    super();
    this.source = source;
    this.key = key;
  }
  step(vm: VM): Value | undefined {
    this.group = undefined;
    while (this.current === undefined || (this.target !== undefined && equals(vm, this.target, this.current))) if (!this.advance(vm)) return undefined;
    this.target = this.current;
    this.group = new Grouper(this, this.current);
    return new PyTuple([this.current, this.group]);
  }
  advance(vm: VM): boolean {
    const v = this.source.next(vm);
    if (v === undefined) return false;
    this.current = this.key === null ? v : vm.call(this.key, [v]);
    this.value = v;
    return true;
  }
  /** The pending value, once. */
  take(): Value | undefined {
    const v = this.value;
    this.value = undefined;
    return v;
  }
}

class Grouper extends PyStepper {
  private readonly parent: GroupBy;
  private readonly key: Value;
  constructor(parent: GroupBy, key: Value) {
    super();
    this.parent = parent;
    this.key = key;
  }
  step(vm: VM): Value | undefined {
    const p = this.parent;
    if (p.group !== this) return undefined;
    let v = p.take();
    if (v === undefined) {
      if (!p.advance(vm)) return undefined;
      if (!equals(vm, this.key, p.current!)) return undefined;
      v = p.take();
    } else if (!equals(vm, this.key, p.current!)) return undefined;
    return v;
  }
}

// ---- tee ----------------------------------------------------------------------------------------------------------------------------------

/** What the branches of a tee share: a linked list of the items read so far; each branch holds its place, so old links are freed. */
interface Link {
  value: Value | undefined;
  next: Link | undefined;
}

class Tee extends PyStepper {
  private readonly source: Source;
  private link: Link;
  constructor(source: Source, link: Link = { value: undefined, next: undefined }) {
    super();
    this.source = source;
    this.link = link;
  }
  step(vm: VM): Value | undefined {
    const { link } = this;
    if (link.next === undefined) {
      const v = this.source.next(vm);
      if (v === undefined) return undefined;
      link.value = v;
      link.next = { value: undefined, next: undefined };
    }
    this.link = link.next;
    return link.value;
  }
  branch(): Tee {
    return new Tee(this.source, this.link);
  }
}

function tee(vm: VM, iterable: Value, count: Value | undefined): Value {
  const n = count === undefined ? 2 : toSsize(vm, count);
  if (n < 0) throw valueError("n must be >= 0");
  if (n === 0) return new PyTuple([]);
  const it = getIter(vm, iterable);
  const copy = lookupSpecial(vm, it, "__copy__");
  const first = it instanceof Tee ? it.branch() : copy === undefined ? new Tee(new Source(vm, it)) : it;
  const branches: Value[] = [first];
  for (let k = 1; k < n; k++) branches.push(first instanceof Tee ? first.branch() : vm.call(copy!, []));
  return new PyTuple(branches);
}

// ---- zip_longest --------------------------------------------------------------------------------------------------------------------------

class ZipLongest extends PyStepper {
  private readonly sources: (Source | undefined)[];
  private readonly fill: Value;
  private active: number;
  constructor(sources: Source[], fill: Value) {
    super();
    this.sources = sources;
    this.fill = fill;
    this.active = sources.length;
  }
  step(vm: VM): Value | undefined {
    if (this.active === 0) return undefined;
    const out: Value[] = [];
    for (let i = 0; i < this.sources.length; i++) {
      const v = this.sources[i]?.next(vm);
      if (v === undefined && this.sources[i] !== undefined) {
        this.sources[i] = undefined;
        if (--this.active === 0) return undefined;
      }
      out.push(v === undefined ? this.fill : v);
    }
    return new PyTuple(out);
  }
}

// ---- the types ----------------------------------------------------------------------------------------------------------------------------

const chainType = stepperType(MODULE, "chain", Chain, "(*iterables)", (vm: VM, iterables: Value[]) => new Chain(new Source(vm, new PyTuple(iterables))), {
  doc: "Yields the items of the first iterable, then those of the next, and so on.",
  classMethods: {
    from_iterable: [
      "($cls, iterable, /)",
      (vm: VM, cls: Value, iterable: Value) => {
        const c = new Chain(new Source(vm, iterable));
        if (cls !== chainType) c.cls = cls as typeof chainType;
        return c;
      },
      "chain() of the iterables that an iterable gives.",
    ],
    __class_getitem__: CLASS_GETITEM,
  },
});

function predicated(name: string, js: new (test: Value, source: Source) => Predicated, doc: string) {
  return stepperType(MODULE, name, js, name === "filterfalse" ? "(function, iterable, /)" : "(predicate, iterable, /)", (vm: VM, test: Value, iterable: Value) => new js(test, new Source(vm, iterable)), { doc });
}

const TYPES = [
  chainType,
  stepperType(
    MODULE,
    "accumulate",
    Accumulate,
    "(iterable, func=None, *, initial=None)",
    (vm: VM, iterable: Value, fn: Value | undefined, initial: Value | undefined) => new Accumulate(new Source(vm, iterable), fn ?? null, initial ?? null),
    { doc: "Yields running totals, or the running results of a function of two arguments." },
  ),
  stepperType(
    MODULE,
    "batched",
    Batched,
    "(iterable, n, *, strict=False)",
    (vm: VM, iterable: Value, n: Value, strict: Value | undefined) => {
      const size = toSsize(vm, n);
      if (size < 1) throw valueError("n must be at least one");
      return new Batched(new Source(vm, iterable), size, strict !== undefined && truthy(vm, strict));
    },
    { doc: "Yields tuples of n items; the last may be shorter." },
  ),
  stepperType(MODULE, "compress", Compress, "(data, selectors)", (vm: VM, data: Value, selectors: Value) => new Compress(new Source(vm, data), new Source(vm, selectors)), {
    doc: "Yields the items whose selector is true.",
  }),
  stepperType(
    MODULE,
    "count",
    Count,
    "(start=0, step=1)",
    (_vm: VM, start: Value | undefined, by: Value | undefined) => {
      const from = start === undefined ? 0 : start;
      const step = by === undefined ? 1 : by;
      if (!isNumber(from) || !isNumber(step)) throw typeError("a number is required");
      return new Count(from, step);
    },
    { doc: "Yields start, start + step, …", slots: { repr: (vm, self) => (self as Count).text(vm) } },
  ),
  stepperType(MODULE, "cycle", Cycle, "(iterable, /)", (vm: VM, iterable: Value) => new Cycle(new Source(vm, iterable)), { doc: "Yields the items over and over." }),
  predicated("dropwhile", DropWhile, "Yields the items from the first one for which the predicate is false."),
  predicated("filterfalse", FilterFalse, "Yields the items for which the function is false."),
  predicated("takewhile", TakeWhile, "Yields the items up to the first one for which the predicate is false."),
  stepperType(MODULE, "groupby", GroupBy, "(iterable, key=None)", (vm: VM, iterable: Value, key: Value | undefined) => new GroupBy(new Source(vm, iterable), key ?? null), {
    doc: "Yields (key, group) for each stretch of items with equal keys.",
  }),
  stepperType(MODULE, "islice", ISlice, "(iterable, start, stop=<unrepresentable>, step=None, /)", makeISlice, { doc: "Yields the items that a slice would select." }),
  stepperType(MODULE, "pairwise", Pairwise, "(iterable, /)", (vm: VM, iterable: Value) => new Pairwise(new Source(vm, iterable)), { doc: "Yields overlapping pairs." }),
  stepperType(
    MODULE,
    "repeat",
    Repeat,
    "(object, times=<unrepresentable>)",
    (vm: VM, v: Value, times: Value | undefined) => new Repeat(v, times === undefined ? Infinity : Math.max(0, toSsize(vm, times))),
    {
      doc: "Yields one object, a number of times or forever.",
      slots: { repr: (vm, self) => (self as Repeat).text(vm) },
      methods: { __length_hint__: ["($self, /)", (_vm: VM, r: Repeat) => r.lengthHint()] },
    },
  ),
  stepperType(MODULE, "starmap", StarMap, "(function, iterable, /)", (vm: VM, fn: Value, iterable: Value) => new StarMap(fn, new Source(vm, iterable)), {
    doc: "Yields the results of the function with each item as its arguments.",
  }),
  stepperType(
    MODULE,
    "zip_longest",
    ZipLongest,
    "(*iterables, fillvalue=None)",
    (vm: VM, iterables: Value[], fill: Value | undefined) => new ZipLongest(iterables.map((v) => new Source(vm, v)), fill ?? null),
    { doc: "Like zip, but up to the end of the longest iterable." },
  ),
  ...COMBINATORIC_TYPES,
];

const teeType = stepperType(MODULE, "_tee", Tee, "(iterable, /)", (vm: VM, iterable: Value) => (iterable instanceof Tee ? iterable.branch() : new Tee(new Source(vm, iterable))), {
  methods: { __copy__: ["($self, /)", (_vm: VM, t: Tee) => t.branch()] },
});

const grouperType = defineType({
  name: "_grouper",
  module: MODULE,
  js: Grouper,
  subclassable: false,
  slots: { iter: (_vm, it) => it, iternext: (vm, it) => (it as Grouper).step(vm) },
});

export const itertools: NativeModule = {
  name: MODULE,
  doc: "Building blocks for iteration.",
  functions: { tee: ["(iterable, n=2, /)", tee, "Several independent iterators over one iterable."] },
  values: () => ({ ...Object.fromEntries(TYPES.map((t) => [t.name, t])), _tee: teeType, _grouper: grouperType }),
};
