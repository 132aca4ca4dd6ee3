/**
 * A small interpreter of the IR for the inspector: the region as closures, on copies of its arrays, calling back at every access and trip. Values are those of the
 * reference semantics (scalar.ts); the most common operations have a short cut that gives the same result.
 *
 * Arrays of one storage are copied together, so that views that overlap still do. A location is the smallest element size of its storage.
 */

import { testsFinite, testsStored } from "../ir/effects.ts";
import { read as readElement } from "../ir/evaluate.ts";
import type {
  ArrayBinding,
  Binding,
  Expr,
  ForStmt,
  LoadExpr,
  LoopStmt,
  NumericArray,
  OpExpr,
  Region,
  Stmt,
  StoreStmt,
  WhileStmt,
} from "../ir/nest.ts";
import { type ExprType, isFloat, type ScalarType, TYPES } from "../ir/ops.ts";
import { convert, Leave, SEMANTICS } from "../ir/scalar.ts";
import { walkStmts } from "../ir/visit.ts";

/** Who is told what happens. */
export interface Watch {
  /** Variables whose accesses are logged. */
  readonly watched: ReadonlySet<string>;
  reference(s: Stmt, node: LoadExpr | StoreStmt | undefined, name: string): { reference: number; tag: number };
  location(name: string): number;
  enter(loop: LoopStmt, value: (name: string) => number | undefined): void;
  trip(): void;
  /** `tested`: the last trip was only a condition that failed. */
  leave(early: boolean, tested: boolean): void;
  read(at: number, reference: number, tag: number): void;
  write(at: number, reference: number, tag: number): void;
}

type Value = () => number;
/** Gives 0, or the number of the jump that is under way. */
type Run = () => number;

class Stop extends Error {}
const STOP = new Stop("the region was left, or the work is spent");

/** Memory that one inspection may copy. */
const COPY_LIMIT = 1 << 28;

interface Memory {
  readonly binding: ArrayBinding;
  readonly elem: ScalarType;
  readonly name: string;
  /** Locations an element takes, and of the storage, -1 where not touched yet. */
  readonly units: number;
  readonly locations: Int32Array;
}

export class Machine {
  private readonly region: Region;
  private readonly watch: Watch;
  private left: number;
  private readonly params: Binding["params"];
  private readonly vars = new Map<string, { value: number | undefined; location: number }>();
  private readonly ivs = new Map<string, { value: number }>();
  private readonly memories = new Map<string, Memory>();
  private readonly jumps = new Map<string, number>();

  constructor(region: Region, binding: Binding, watch: Watch, work: number) {
    this.region = region;
    this.watch = watch;
    this.left = work;
    this.params = binding.params;
    for (const v of region.vars) {
      const value = v.init === "live-in" ? binding.vars[v.name] : undefined;
      this.vars.set(v.name, { value, location: watch.watched.has(v.name) ? watch.location(v.name) : -1 });
    }
    this.bind(binding);
  }

  /** Whether the region ran to its end. */
  run(): boolean {
    if (this.memories.size < this.region.arrays.length) return false;
    const body = this.list(this.region.body);
    try {
      body();
      return true;
    } catch (e) {
      if (e instanceof Stop || e instanceof Leave) return false;
      throw e;
    }
  }

  private spend(): void {
    if (--this.left < 0) throw STOP;
  }

  // ---- memory -----------------------------------------------------------------------------------------------------------------------

  private bind(binding: Binding): void {
    const storages = new Map<number, { names: string[]; unit: number; bytes: number }>();
    for (const a of this.region.arrays) {
      const b = binding.arrays[a.name]!;
      const size = TYPES[a.elem].bytes;
      const s = storages.get(b.storage) ?? { names: [], unit: size, bytes: 0 };
      s.names.push(a.name);
      s.unit = Math.min(s.unit, size);
      s.bytes = Math.max(s.bytes, Array.isArray(b.data) ? b.data.length * size : b.data.byteLength);
      storages.set(b.storage, s);
    }
    if ([...storages.values()].reduce((n, s) => n + s.bytes, 0) > COPY_LIMIT) return;
    const elems = new Map(this.region.arrays.map((a) => [a.name, a.elem]));
    const written = new Set<string>();
    walkStmts(this.region.body, (s) => {
      if (s.kind === "store") written.add(s.array);
    });
    for (const s of storages.values()) {
      const locations = new Int32Array(Math.ceil(s.bytes / s.unit)).fill(-1);
      const copies = s.names.some((n) => written.has(n)) ? copyAll(s.names.map((n) => binding.arrays[n]!.data)) : undefined;
      for (const name of s.names) {
        const b = binding.arrays[name]!;
        const elem = elems.get(name)!;
        this.memories.set(name, {
          binding: copies ? { ...b, data: copies.get(b.data)! } : b,
          elem,
          name,
          units: TYPES[elem].bytes / s.unit,
          locations,
        });
      }
    }
  }

  /** Address of an element, in elements. */
  private address(m: Memory, index: readonly Value[]): Value {
    const { shape, strides, byteOffset } = m.binding;
    const base = byteOffset / TYPES[m.elem].bytes;
    return () => {
      let at = base;
      for (let k = 0; k < index.length; k++) {
        const n = shape[k]!;
        const i = index[k]!();
        if (!(i >= -n && i < n)) throw STOP;
        at += (i < 0 ? i + n : i) * strides[k]!;
      }
      return at;
    };
  }

  private log(m: Memory, at: number, reference: number, tag: number, write: boolean): void {
    this.spend();
    for (let u = at * m.units; u < (at + 1) * m.units; u++) {
      let l = m.locations[u]!;
      if (l < 0) l = m.locations[u] = this.watch.location(m.name);
      if (write) this.watch.write(l, reference, tag);
      else this.watch.read(l, reference, tag);
    }
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  private list(body: readonly Stmt[]): Run {
    const runs = body.map((s) => this.statement(s));
    return () => {
      for (const run of runs) {
        const jump = run();
        if (jump !== 0) return jump;
      }
      return 0;
    };
  }

  private jump(key: string): number {
    let n = this.jumps.get(key);
    if (n === undefined) this.jumps.set(key, (n = this.jumps.size + 1));
    return n;
  }

  private statement(s: Stmt): Run {
    switch (s.kind) {
      case "set":
        return this.set(s.name, this.expr(s.value, s), s);
      case "store":
        return this.store(s);
      case "if": {
        const [cond, yes, no] = [this.expr(s.cond, s), this.list(s.body), this.list(s.orelse)];
        return () => (cond() ? yes() : no());
      }
      case "for":
        return this.forLoop(s);
      case "while":
        return this.whileLoop(s);
      case "block": {
        const [body, own] = [this.list(s.body), this.jump(`break ${s.label}`)];
        return () => {
          const j = body();
          return j === own ? 0 : j;
        };
      }
      case "break":
      case "continue": {
        const j = this.jump(`${s.kind} ${s.target}`);
        return () => j;
      }
      case "guard": {
        const cond = this.expr(s.cond, s);
        return () => {
          if (!cond()) throw STOP;
          return 0;
        };
      }
      case "exit":
        return () => {
          throw STOP;
        };
    }
  }

  private set(name: string, value: Value, s: Stmt): Run {
    const v = this.vars.get(name)!;
    const finite = testsStored(s, this.region);
    const { reference } = v.location < 0 ? { reference: 0 } : this.watch.reference(s, undefined, name);
    return () => {
      const x = value();
      if (finite && !Number.isFinite(x)) throw STOP;
      v.value = x;
      if (v.location >= 0) this.watch.write(v.location, reference, 0);
      return 0;
    };
  }

  private store(s: StoreStmt): Run {
    const m = this.memories.get(s.array)!;
    const index = s.index.map((e) => this.expr(e, s));
    const value = this.expr(s.value, s);
    const address = this.address(m, index);
    const finite = testsStored(s, this.region);
    const { reference, tag } = this.watch.reference(s, s, s.array);
    return () => {
      const at = address();
      const x = value();
      if (finite && !Number.isFinite(x)) throw STOP;
      writeElement(m.binding.data, m.elem, at, x);
      this.log(m, at, reference, tag, true);
      return 0;
    };
  }

  private readonly valueOf = (name: string): number | undefined => this.vars.get(name)?.value;

  private forLoop(s: ForStmt): Run {
    const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => this.expr(e, s)) as [Value, Value, Value];
    const iv = { value: 0 };
    this.ivs.set(s.iv, iv);
    const body = this.list(s.body);
    const [out, next] = [this.jump(`break ${s.id}`), this.jump(`continue ${s.id}`)];
    return () => {
      const [from, to, by] = [lo(), hi(), step()];
      if (by === 0) throw STOP;
      this.watch.enter(s, this.valueOf);
      for (let i = from; by > 0 ? i < to : i > to; i += by) {
        this.spend();
        this.watch.trip();
        iv.value = i;
        const j = body();
        if (j === 0 || j === next) continue;
        this.watch.leave(true, false);
        return j === out ? 0 : j;
      }
      this.watch.leave(false, false);
      return 0;
    };
  }

  private whileLoop(s: WhileStmt): Run {
    const [cond, body] = [this.expr(s.cond, s), this.list(s.body)];
    const [out, next] = [this.jump(`break ${s.id}`), this.jump(`continue ${s.id}`)];
    return () => {
      this.watch.enter(s, this.valueOf);
      for (;;) {
        this.spend();
        this.watch.trip();
        if (!cond()) break;
        const j = body();
        if (j === 0 || j === next) continue;
        this.watch.leave(true, false);
        return j === out ? 0 : j;
      }
      this.watch.leave(false, true);
      return 0;
    };
  }

  // ---- expressions ------------------------------------------------------------------------------------------------------------------

  private expr(e: Expr, s: Stmt): Value {
    switch (e.kind) {
      case "const":
        return () => e.value;
      case "param": {
        const x = this.params[e.name]!;
        return () => x;
      }
      case "var":
        return this.variable(e.name, s);
      case "iv": {
        const iv = this.ivs.get(e.name)!;
        return () => iv.value;
      }
      case "dim": {
        const n = this.memories.get(e.array)!.binding.shape[e.axis]!;
        return () => n;
      }
      case "load":
        return this.load(e, s);
      case "cast": {
        const [arg, from] = [this.expr(e.arg, s), e.arg.type as ScalarType];
        return this.finite(e, (x) => convert(from, e.type, x), arg);
      }
      case "op":
        return this.operation(e, s);
    }
  }

  private variable(name: string, s: Stmt): Value {
    const v = this.vars.get(name)!;
    if (v.location < 0) return () => v.value!;
    const { reference } = this.watch.reference(s, undefined, name);
    return () => {
      this.watch.read(v.location, reference, 0);
      return v.value!;
    };
  }

  private load(e: LoadExpr, s: Stmt): Value {
    const m = this.memories.get(e.array)!;
    const address = this.address(
      m,
      e.index.map((i) => this.expr(i, s)),
    );
    const { reference, tag } = this.watch.reference(s, e, e.array);
    return () => {
      const at = address();
      this.log(m, at, reference, tag, false);
      return readElement(m.binding, m.elem, at);
    };
  }

  private finite(e: Expr, f: (x: number) => number, arg: Value): Value {
    if (!testsFinite(e, this.region.fpChecks)) return () => f(arg());
    return () => checked(f(arg()));
  }

  private operation(e: OpExpr, s: Stmt): Value {
    const args = e.args.map((a) => this.expr(a, s));
    const [a, b, c] = args as [Value, Value, Value];
    switch (e.op) {
      case "select":
        return () => (a() ? b() : c());
      case "land":
        return () => (a() ? b() : 0);
      case "lor":
        return () => (a() ? 1 : b());
      default: {
        const type = e.args[0]!.type;
        const plain = SEMANTICS[e.op] as unknown as (t: ExprType, a: number, b: number) => number;
        const quick = shortcut(e.op, type);
        const f: (x: number, y: number) => number = quick ?? ((x, y) => plain(type, x, y));
        const finite = testsFinite(e, this.region.fpChecks);
        if (args.length === 1) return finite ? () => checked(f(a(), 0)) : () => f(a(), 0);
        return finite ? () => checked(f(a(), b())) : () => f(a(), b());
      }
    }
  }
}

/** What a report of overflow or NaN would leave for; the inspector need not know which operand was to blame. */
function checked(x: number): number {
  if (!Number.isFinite(x)) throw STOP;
  return x;
}

function whole(x: number): number {
  if (!Number.isSafeInteger(x)) throw STOP;
  return x + 0;
}

/** Common operations without the detour through BigInt. */
function shortcut(op: string, t: ExprType): ((a: number, b: number) => number) | undefined {
  if (t === "int") {
    if (op === "add") return (a, b) => whole(a + b);
    if (op === "sub") return (a, b) => whole(a - b);
    if (op === "mul") return (a, b) => whole(a * b);
    if (op === "neg") return (a) => 0 - a;
  }
  if (t === "float" || t === "f64") {
    if (op === "add") return (a, b) => a + b;
    if (op === "sub") return (a, b) => a - b;
    if (op === "mul") return (a, b) => a * b;
  }
  return isFloat(t) ? undefined : COMPARE[op];
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => number>> = {
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
};

/** Copies of views of one memory that share a copy. */
function copyAll(list: readonly NumericArray[]): Map<NumericArray, NumericArray> {
  const out = new Map<NumericArray, NumericArray>();
  const typed = list.filter((d): d is Exclude<NumericArray, number[]> => !Array.isArray(d));
  for (const d of list) if (Array.isArray(d)) out.set(d, out.get(d) ?? [...d]);
  const from = Math.min(...typed.map((d) => d.byteOffset));
  const to = Math.max(...typed.map((d) => d.byteOffset + d.byteLength));
  const copies = new Map<ArrayBufferLike, ArrayBuffer>();
  for (const d of typed) {
    let copy = copies.get(d.buffer);
    if (!copy) {
      copy = new ArrayBuffer(to - from);
      const end = Math.min(to, d.buffer.byteLength);
      new Uint8Array(copy).set(new Uint8Array(d.buffer, from, end - from));
      copies.set(d.buffer, copy);
    }
    const View = d.constructor as new (b: ArrayBuffer, at: number, n: number) => Exclude<NumericArray, number[]>;
    out.set(d, new View(copy, d.byteOffset - from, d.length));
  }
  return out;
}

function writeElement(data: NumericArray, elem: ScalarType, at: number, x: number): void {
  if (elem !== "i64" && elem !== "u64") data[at] = x;
  else {
    const high = Math.floor(x / 4294967296);
    data[2 * at] = x - high * 4294967296;
    data[2 * at + 1] = high;
  }
}
