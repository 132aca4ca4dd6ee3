/**
 * Code objects ↔ bytes, for the disk cache (cache.ts).
 *
 * A file is four sections: a header of 32-bit words; every instruction of every code object, as they lie in memory, so that loading copies
 * nothing; the strings, as one JSON array, each once; the tree of code objects in variable-length integers. Positions and the syntax trees that
 * the JIT reads (`Code.inline`, `LoopInfo.ast`) are length-prefixed and decoded when first asked for: most runs never do.
 *
 * Measured on the 40 modules behind `import dataclasses, json, re` (Node 20): see docs/decisions.md.
 *
 * Invariants: what `marshal` writes, `unmarshal` of the same build reads to an equal tree, object identity inside one code object's syntax trees
 * included (statements of an inner loop are those of its outer loop). A damaged file is recognised by length and checksum, never half read.
 * Not portable between byte orders: the header's magic word tells.
 */
import { Ellipsis, PyBytes, PyComplex, PyFloat, PyFrozenConst, PyTuple, type Value } from "../objects/values.ts";
import { Code, type ExceptionEntry, type LoopInfo, type LoopNode } from "./code.ts";
import type { InlineBody } from "./inline.ts";

/** Words of the header: magic, checksum of all that follows these two, words of instructions, bytes of strings, bytes of the tree. */
const MAGIC = 0x59505354;
const HEADER_WORDS = 5;

const TAG = {
  none: 0,
  true: 1,
  false: 2,
  int: 3,
  number: 4,
  float: 5,
  str: 6,
  bigint: 7,
  bytes: 8,
  complex: 9,
  tuple: 10,
  frozenset: 11,
  ellipsis: 12,
  code: 13,
  array: 14,
  object: 15,
  again: 16,
  undefined: 17,
} as const;

// ---- writing ----------------------------------------------------------------------------------------------------------------------------------

class Bytes {
  private data = new Uint8Array(1 << 12);
  private view = new DataView(this.data.buffer);
  length = 0;

  private room(n: number): void {
    if (this.length + n <= this.data.length) return;
    const wider = new Uint8Array(Math.max(this.data.length * 2, this.length + n));
    wider.set(this.data);
    this.data = wider;
    this.view = new DataView(wider.buffer);
  }

  /** 0 ≤ n < 2³². */
  uint(n: number): void {
    this.room(5);
    let rest = n >>> 0;
    for (; rest > 127; rest >>>= 7) this.data[this.length++] = (rest & 127) | 128;
    this.data[this.length++] = rest;
  }

  /** -2³¹ ≤ n < 2³¹. */
  int(n: number): void {
    this.uint((n << 1) ^ (n >> 31));
  }

  double(x: number): void {
    this.room(8);
    this.view.setFloat64(this.length, x, true);
    this.length += 8;
  }

  bytes(b: Uint8Array): void {
    this.uint(b.length);
    this.room(b.length);
    this.data.set(b, this.length);
    this.length += b.length;
  }

  done(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

/** Shared by all code objects of a file. */
class Pool {
  private readonly ids: Map<string, number> = new Map();
  readonly strings: string[] = [];
  readonly instructions: Int32Array[] = [];

  string(s: string): number {
    let id = this.ids.get(s);
    if (id === undefined) this.ids.set(s, (id = this.strings.push(s) - 1));
    return id;
  }
}

/** Writes constants and, given as plain objects and arrays, syntax trees. */
class ValueWriter {
  readonly out: Bytes = new Bytes();
  private readonly pool: Pool;
  private readonly seen: Map<object, number> = new Map();
  private readonly shapes: Map<string, number> = new Map();

  constructor(pool: Pool) {
    this.pool = pool;
  }

  string(s: string): void {
    this.out.uint(this.pool.string(s));
  }

  strings(list: readonly string[]): void {
    this.out.uint(list.length);
    for (const s of list) this.string(s);
  }

  value(v: unknown): void {
    const { out } = this;
    if (v === null) out.uint(TAG.none);
    else if (v === undefined) out.uint(TAG.undefined);
    else if (typeof v === "boolean") out.uint(v ? TAG.true : TAG.false);
    else if (typeof v === "number") this.number(v);
    else if (typeof v === "string") this.tagged(TAG.str, () => this.string(v));
    else if (typeof v === "bigint") this.tagged(TAG.bigint, () => this.string(String(v)));
    else this.object(v as object);
  }

  private tagged(tag: number, rest: () => void): void {
    this.out.uint(tag);
    rest();
  }

  private number(n: number): void {
    const small = n === (n | 0);
    this.out.uint(small ? TAG.int : TAG.number);
    if (small) this.out.int(n);
    else this.out.double(n);
  }

  private list(tag: number, items: readonly unknown[]): void {
    this.out.uint(tag);
    this.out.uint(items.length);
    for (const v of items) this.value(v);
  }

  private object(v: object): void {
    const { out } = this;
    if (v === Ellipsis) out.uint(TAG.ellipsis);
    else if (v instanceof PyFloat) this.tagged(TAG.float, () => out.double(v.value));
    else if (v instanceof PyBytes) this.tagged(TAG.bytes, () => out.bytes(v.data));
    else if (v instanceof PyComplex) {
      out.uint(TAG.complex);
      out.double(v.real);
      out.double(v.imag);
    } else if (v instanceof PyTuple) this.list(TAG.tuple, v.items);
    else if (v instanceof PyFrozenConst) this.list(TAG.frozenset, v.items);
    else if (v instanceof Code) this.tagged(TAG.code, () => this.code(v));
    else if (Array.isArray(v)) this.list(TAG.array, v);
    else if (Object.getPrototypeOf(v) === Object.prototype) this.node(v);
    else throw new Error(`no constant: ${v.constructor.name}`);
  }

  /** A node of a syntax tree: once in full, then by number. */
  private node(v: object): void {
    const { out } = this;
    const before = this.seen.get(v);
    if (before !== undefined) {
      this.tagged(TAG.again, () => out.uint(before));
      return;
    }
    this.seen.set(v, this.seen.size);
    out.uint(TAG.object);
    const keys = Object.keys(v);
    const shape = keys.join();
    const known = this.shapes.get(shape);
    out.uint(known ?? this.shapes.size);
    if (known === undefined) {
      this.shapes.set(shape, this.shapes.size);
      this.strings(keys);
    }
    for (const x of Object.values(v)) this.value(x);
  }

  code(c: Code): void {
    const { out } = this;
    this.string(c.name);
    this.string(c.qualname);
    for (const n of [c.firstlineno, c.argcount, c.posonlyargcount, c.kwonlyargcount, c.flags, c.stacksize, c.ops.length]) out.uint(n);
    for (const list of [c.varnames, c.cellvars, c.freevars, c.names]) this.strings(list);
    this.pool.instructions.push(c.ops);
    out.uint(c.exceptionTable.length);
    for (const e of c.exceptionTable) for (const n of [e.start, e.end, e.target, e.depth, e.lasti ? 1 : 0]) out.uint(n);
    this.loops(c.loops);
    out.bytes(packedPositions(c.positions));
    out.bytes(this.trees(c));
    out.uint(c.consts.length);
    for (const v of c.consts) this.value(v);
  }

  private loops(loops: readonly LoopInfo[]): void {
    const { out } = this;
    out.uint(loops.length);
    for (const l of loops) {
      out.int(l.parent);
      out.uint((l.kind === "while" ? 1 : 0) | (l.candidate ? 2 : 0) | (l.ast ? 4 : 0));
      for (const n of [l.lineno, l.header, l.body, l.latch, l.exit, l.iterDepth]) out.uint(n);
    }
  }

  private trees(c: Code): Uint8Array {
    if (c.inline === null && c.loops.every((l) => l.ast === null)) return new Uint8Array(0);
    const w = new ValueWriter(this.pool);
    w.value(c.inline);
    for (const l of c.loops) if (l.ast) w.value(l.ast);
    return w.out.done();
  }
}

/** Per instruction 0 for the position of the one before, else the line's distance and the other three, all biased by 1 so that -1 is 0. */
function packedPositions(p: Int32Array): Uint8Array {
  const out = new Bytes();
  let line = 0;
  for (let i = 0; i < p.length; i += 4) {
    if (i > 0 && p[i] === p[i - 4] && p[i + 1] === p[i - 3] && p[i + 2] === p[i - 2] && p[i + 3] === p[i - 1]) {
      out.uint(0);
      continue;
    }
    out.uint(1);
    out.int(p[i]! - line);
    line = p[i]!;
    out.int(p[i + 1]! - line);
    out.uint(p[i + 2]! + 1);
    out.uint(p[i + 3]! + 1);
  }
  return out.done();
}

export function marshal(code: Code): Uint8Array {
  const pool = new Pool();
  const writer = new ValueWriter(pool);
  writer.code(code);
  const tree = writer.out.done();
  const strings = new TextEncoder().encode(JSON.stringify(pool.strings));
  const words = pool.instructions.reduce((n, ops) => n + ops.length, HEADER_WORDS);
  const size = words * 4 + strings.length + tree.length;
  const file = new Uint8Array(size + (-size & 3));
  const view = new Int32Array(file.buffer);
  let at = HEADER_WORDS;
  for (const ops of pool.instructions) {
    view.set(ops, at);
    at += ops.length;
  }
  file.set(strings, words * 4);
  file.set(tree, words * 4 + strings.length);
  view.set([MAGIC, 0, words - HEADER_WORDS, strings.length, tree.length]);
  view[1] = checksum(view);
  return file;
}

/** FNV-1a over the words after the checksum. */
function checksum(words: Int32Array): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 2; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193);
  return h;
}

// ---- reading ----------------------------------------------------------------------------------------------------------------------------------

/** What all readers of one file share. */
interface Source {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly strings: readonly string[];
  readonly instructions: Int32Array;
  readonly filename: string;
}

class ValueReader {
  private readonly source: Source;
  private readonly data: Uint8Array;
  private at: number;
  /** Instructions handed out so far. */
  private taken = 0;
  private readonly seen: object[] = [];
  private readonly shapes: string[][] = [];

  constructor(source: Source, at: number) {
    this.source = source;
    this.data = source.data;
    this.at = at;
  }

  uint(): number {
    let b = this.data[this.at++]!;
    if (b < 128) return b;
    let n = b & 127;
    for (let shift = 7; ; shift += 7) {
      b = this.data[this.at++]!;
      n |= (b & 127) << shift;
      if (b < 128) return n >>> 0;
    }
  }

  int(): number {
    const n = this.uint();
    return (n >>> 1) ^ -(n & 1);
  }

  private double(): number {
    const x = this.source.view.getFloat64(this.at, true);
    this.at += 8;
    return x;
  }

  private bytes(): Uint8Array {
    const n = this.uint();
    return this.data.slice(this.at, (this.at += n));
  }

  /** Leaves a length-prefixed part out; where it starts. */
  private skip(): number {
    const n = this.uint();
    const start = this.at;
    this.at += n;
    return n === 0 ? -1 : start;
  }

  private string(): string {
    return this.source.strings[this.uint()]!;
  }

  private stringList(): string[] {
    const out = new Array<string>(this.uint());
    for (let i = 0; i < out.length; i++) out[i] = this.string();
    return out;
  }

  private list(): Value[] {
    const out = new Array<Value>(this.uint());
    for (let i = 0; i < out.length; i++) out[i] = this.value() as Value;
    return out;
  }

  value(): unknown {
    const tag = this.uint();
    switch (tag) {
      case TAG.none:
        return null;
      case TAG.undefined:
        return undefined;
      case TAG.true:
        return true;
      case TAG.false:
        return false;
      case TAG.int:
        return this.int();
      case TAG.number:
        return this.double();
      case TAG.float:
        return new PyFloat(this.double());
      case TAG.str:
        return this.string();
      case TAG.bigint:
        return BigInt(this.string());
      case TAG.bytes:
        return new PyBytes(this.bytes());
      case TAG.complex:
        return new PyComplex(this.double(), this.double());
      case TAG.tuple:
        return new PyTuple(this.list());
      case TAG.frozenset:
        return new PyFrozenConst(this.list());
      case TAG.ellipsis:
        return Ellipsis;
      case TAG.code:
        return this.code();
      case TAG.array:
        return this.list();
      case TAG.object:
        return this.node();
      case TAG.again:
        return this.seen[this.uint()];
    }
    throw new Error(`no tag ${tag}`);
  }

  private node(): object {
    const id = this.uint();
    if (id === this.shapes.length) this.shapes.push(this.stringList());
    const node: Record<string, unknown> = {};
    this.seen.push(node);
    for (const key of this.shapes[id]!) node[key] = this.value();
    return node;
  }

  code(): Code {
    const { source } = this;
    const name = this.string();
    const qualname = this.string();
    const firstlineno = this.uint();
    const argcount = this.uint();
    const posonlyargcount = this.uint();
    const kwonlyargcount = this.uint();
    const flags = this.uint();
    const stacksize = this.uint();
    const words = this.uint();
    const varnames = this.stringList();
    const cellvars = this.stringList();
    const freevars = this.stringList();
    const names = this.stringList();
    const ops = source.instructions.subarray(this.taken, (this.taken += words));
    const exceptionTable = this.exceptionTable();
    const trees = new Trees(source);
    const loops = this.loops(trees);
    const positionsAt = this.skip();
    trees.at = this.skip();
    return new Code({
      name,
      qualname,
      filename: source.filename,
      firstlineno,
      argcount,
      posonlyargcount,
      kwonlyargcount,
      flags,
      varnames,
      cellvars,
      freevars,
      names,
      consts: this.list(),
      ops,
      exceptionTable,
      stacksize,
      loops,
      positions: () => (positionsAt < 0 ? new Int32Array(0) : new ValueReader(source, positionsAt).positions(words * 2)),
      inline: trees.at < 0 ? null : () => trees.inline,
    });
  }

  private exceptionTable(): ExceptionEntry[] {
    const out: ExceptionEntry[] = [];
    for (let n = this.uint(); n > 0; n--)
      out.push({ start: this.uint(), end: this.uint(), target: this.uint(), depth: this.uint(), lasti: this.uint() === 1 });
    return out;
  }

  private loops(trees: Trees): LoopInfo[] {
    const out: LoopInfo[] = [];
    for (let n = this.uint(); n > 0; n--) out.push(new StoredLoop(trees, out.length, this));
    return out;
  }

  positions(length: number): Int32Array {
    const out = new Int32Array(length);
    let line = 0;
    for (let i = 0; i < length; i += 4) {
      if (this.uint() === 0) {
        out.copyWithin(i, i - 4, i);
        continue;
      }
      line += this.int();
      out[i] = line;
      out[i + 1] = line + this.int();
      out[i + 2] = this.uint() - 1;
      out[i + 3] = this.uint() - 1;
    }
    return out;
  }
}

/** The syntax trees of one code object, decoded together when one is asked for. */
class Trees {
  private readonly source: Source;
  /** Offset of the trees; negative: there are none. */
  at = -1;
  /** Loops that have a tree, ascending. */
  readonly owners: number[] = [];
  private decoded: { readonly inline: InlineBody | null; readonly loops: ReadonlyMap<number, LoopNode> } | undefined = undefined;

  constructor(source: Source) {
    this.source = source;
  }

  private get all(): { readonly inline: InlineBody | null; readonly loops: ReadonlyMap<number, LoopNode> } {
    if (!this.decoded) {
      const reader = new ValueReader(this.source, this.at);
      const inline = reader.value() as InlineBody | null;
      this.decoded = { inline, loops: new Map(this.owners.map((id) => [id, reader.value() as LoopNode])) };
    }
    return this.decoded;
  }

  get inline(): InlineBody | null {
    return this.all.inline;
  }

  loop(id: number): LoopNode | null {
    return this.owners.includes(id) ? this.all.loops.get(id)! : null;
  }
}

class StoredLoop implements LoopInfo {
  readonly id: number;
  readonly parent: number;
  readonly kind: "for" | "while";
  readonly lineno: number;
  readonly header: number;
  readonly body: number;
  readonly latch: number;
  readonly exit: number;
  readonly iterDepth: number;
  readonly candidate: boolean;
  private readonly trees: Trees;

  constructor(trees: Trees, id: number, from: ValueReader) {
    this.trees = trees;
    this.id = id;
    this.parent = from.int();
    const flags = from.uint();
    this.kind = flags & 1 ? "while" : "for";
    this.candidate = (flags & 2) !== 0;
    if (flags & 4) trees.owners.push(id);
    this.lineno = from.uint();
    this.header = from.uint();
    this.body = from.uint();
    this.latch = from.uint();
    this.exit = from.uint();
    this.iterDepth = from.uint();
  }

  get ast(): LoopNode | null {
    return this.trees.loop(this.id);
  }
}

/** The code object in `file`, its source lying at `filename`; undefined when the file is damaged or of another machine. */
export function unmarshal(file: Uint8Array, filename: string): Code | undefined {
  const data = file.byteOffset & 3 ? file.slice() : file;
  if (data.length < HEADER_WORDS * 4 || data.length & 3) return undefined;
  const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
  const [magic, sum, instructions, strings, tree] = words as unknown as [number, number, number, number, number];
  const size = (HEADER_WORDS + instructions) * 4 + strings + tree;
  if (magic !== MAGIC || size + (-size & 3) !== data.length || checksum(words) !== sum) return undefined;
  const stringsAt = (HEADER_WORDS + instructions) * 4;
  const source: Source = {
    data,
    view: new DataView(data.buffer, data.byteOffset, data.length),
    strings: JSON.parse(new TextDecoder().decode(data.subarray(stringsAt, stringsAt + strings))) as string[],
    instructions: words.subarray(HEADER_WORDS, HEADER_WORDS + instructions),
    filename,
  };
  return new ValueReader(source, stringsAt + strings).code();
}
