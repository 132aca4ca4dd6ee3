/**
 * Lezer's tree as flat arrays, in prefix order, with CPython's positions.
 *
 * Lowering walks this instead of a TreeCursor: node `n` has its first child at `n + 1` and its next sibling at `end[n]`,
 * so a walk is index arithmetic. Lines are 1-based, columns are UTF-8 byte offsets.
 * Invariant: the tree has no error nodes (the parser runs in strict mode).
 */
import { type Tree, TreeBuffer } from "@lezer/common";
import type { Located } from "./ast.ts";
import { CANONICAL } from "./generated/nodes.ts";

/** Byte length of one UTF-16 code unit in UTF-8; a surrogate pair makes four bytes, two for each half. */
function unitBytes(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
}

/** Turns offsets in a JS string into lines and byte columns. */
export class LineMap {
  readonly text: string;
  /** Offset of the first character of each line; one entry more than there are lines. */
  readonly starts: Int32Array;
  /** Byte offset of every character, or `null` when the text is ASCII. */
  readonly bytes: Int32Array | null;
  private last = 0;

  constructor(text: string) {
    this.text = text;
    this.starts = lineStarts(text);
    this.bytes = asciiOnly(text) ? null : byteOffsets(text);
  }

  /** Index of the line (0-based) that holds `pos`; fast when asked in rising order. */
  lineAt(pos: number): number {
    const { starts } = this;
    let line = this.last;
    if (pos < starts[line]!) line = this.search(pos, 0, line);
    else {
      let steps = 0;
      while (pos >= starts[line + 1]! && line + 2 < starts.length) {
        line++;
        if (++steps === 8) {
          line = this.search(pos, line, starts.length - 1);
          break;
        }
      }
    }
    this.last = line;
    return line;
  }

  /** Byte column of `pos` in line `line` (0-based). */
  column(pos: number, line: number): number {
    const start = this.starts[line]!;
    return this.bytes ? this.bytes[pos]! - this.bytes[start]! : pos - start;
  }

  /** Text of a line (0-based) without its line end. */
  lineText(line: number): string {
    const to = line + 1 < this.starts.length ? this.starts[line + 1]! : this.text.length;
    return this.text.slice(this.starts[line]!, to).replace(/\n$/, "");
  }

  private search(pos: number, low: number, high: number): number {
    let from = low;
    let to = high;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (this.starts[middle]! <= pos) from = middle;
      else to = middle;
    }
    return from;
  }
}

function asciiOnly(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with control characters
  return !/[^\x00-\x7f]/.test(text);
}

function lineStarts(text: string): Int32Array {
  let count = 2;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  const starts = new Int32Array(count);
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts[line++] = at + 1;
  starts[count - 1] = text.length + 1;
  return starts;
}

function byteOffsets(text: string): Int32Array {
  const offsets = new Int32Array(text.length + 2);
  for (let i = 0; i < text.length; i++) offsets[i + 1] = offsets[i]! + unitBytes(text.charCodeAt(i));
  offsets[text.length + 1] = offsets[text.length]! + 1;
  return offsets;
}

/** A warning found while parsing; `lineno` is where CPython reports it. */
export interface SyntaxNotice {
  readonly category: "SyntaxWarning";
  readonly message: string;
  readonly lineno: number;
}

export interface LoweringOptions {
  readonly filename: string;
  readonly warn: (notice: SyntaxNotice) => void;
  /** The character that `\\N{name}` stands for. */
  readonly characterNamed: (name: string) => string | undefined;
  readonly allowIncomplete: boolean;
  readonly impliesDedent: boolean;
}

export class FlatTree {
  readonly text: string;
  readonly lines: LineMap;
  readonly options: LoweringOptions;
  size = 0;
  /** Lowering is directly in a replacement field, where a lambda would need parentheses. */
  inField = false;
  /** Where the body that was lowered last ends. */
  bodyEndLine = 0;
  bodyEndCol = 0;
  /** Node types, as in generated/nodes.ts. */
  kind: Uint8Array;
  from: Int32Array;
  to: Int32Array;
  /** Index after the node's last descendant. */
  end: Int32Array;
  line: Int32Array;
  col: Int32Array;
  endLine: Int32Array;
  endCol: Int32Array;

  constructor(tree: Tree, text: string, options: LoweringOptions) {
    this.text = text;
    this.options = options;
    this.lines = new LineMap(text);
    const room = text.length >> 1;
    this.kind = new Uint8Array(room + 64);
    this.from = new Int32Array(room + 64);
    this.to = new Int32Array(room + 64);
    this.end = new Int32Array(room + 64);
    this.flatten(tree, 0);
    this.line = new Int32Array(this.size);
    this.col = new Int32Array(this.size);
    this.endLine = new Int32Array(this.size);
    this.endCol = new Int32Array(this.size);
    this.locateAll();
  }

  source(n: number): string {
    return this.text.slice(this.from[n]!, this.to[n]!);
  }

  private flatten(tree: Tree, base: number): void {
    const { type, children, positions } = tree;
    const n = type.isAnonymous ? -1 : this.push(type.id, base, base + tree.length);
    for (let i = 0; i < children.length; i++) {
      const child = children[i]!;
      const start = base + positions[i]!;
      if (child instanceof TreeBuffer) this.copy(child, start);
      else this.flatten(child, start);
    }
    if (n >= 0) this.end[n] = this.size;
  }

  private copy({ buffer }: TreeBuffer, base: number): void {
    const first = this.size;
    if (first + (buffer.length >> 2) > this.kind.length) this.grow(buffer.length >> 2);
    const { kind, from, to, end } = this;
    let n = first;
    for (let i = 0; i < buffer.length; i += 4, n++) {
      kind[n] = CANONICAL[buffer[i]!]!;
      from[n] = base + buffer[i + 1]!;
      to[n] = base + buffer[i + 2]!;
      end[n] = first + (buffer[i + 3]! >> 2);
    }
    this.size = n;
  }

  private push(type: number, from: number, to: number): number {
    if (this.size === this.kind.length) this.grow(1);
    const n = this.size++;
    this.kind[n] = CANONICAL[type]!;
    this.from[n] = from;
    this.to[n] = to;
    return n;
  }

  private grow(atLeast: number): void {
    const room = Math.max(this.kind.length * 2, this.size + atLeast);
    const wider = (old: Int32Array) => {
      const grown = new Int32Array(room);
      grown.set(old);
      return grown;
    };
    const kind = new Uint8Array(room);
    kind.set(this.kind);
    this.kind = kind;
    this.from = wider(this.from);
    this.to = wider(this.to);
    this.end = wider(this.end);
  }

  private locateAll(): void {
    const { lines, from, to, line, col, endLine, endCol } = this;
    let at = 0;
    for (let n = 0; n < this.size; n++) {
      const start = from[n]!;
      while (lines.starts[at + 1]! <= start) at++;
      line[n] = at + 1;
      col[n] = lines.column(start, at);
      const stop = to[n]!;
      const last = stop < lines.starts[at + 1]! ? at : lines.lineAt(stop);
      endLine[n] = last + 1;
      endCol[n] = lines.column(stop, last);
    }
  }
}

/** Fills in the position of tree node `n`. */
export function at<T extends Located>(t: FlatTree, n: number, node: T): T {
  node.lineno = t.line[n]!;
  node.col_offset = t.col[n]!;
  node.end_lineno = t.endLine[n]!;
  node.end_col_offset = t.endCol[n]!;
  return node;
}

/** Fills in a position that begins with tree node `first` and ends with `last`. */
export function across<T extends Located>(t: FlatTree, first: number, last: number, node: T): T {
  node.lineno = t.line[first]!;
  node.col_offset = t.col[first]!;
  node.end_lineno = t.endLine[last]!;
  node.end_col_offset = t.endCol[last]!;
  return node;
}

/** Fills in a position that begins with tree node `first` and ends with the body that was lowered last. */
export function toBodyEnd<T extends Located>(t: FlatTree, first: number, node: T): T {
  node.lineno = t.line[first]!;
  node.col_offset = t.col[first]!;
  node.end_lineno = t.bodyEndLine;
  node.end_col_offset = t.bodyEndCol;
  return node;
}

/** Fills in the position of a range of source text. */
export function spanning<T extends Located>(t: FlatTree, from: number, to: number, node: T): T {
  const first = t.lines.lineAt(from);
  node.lineno = first + 1;
  node.col_offset = t.lines.column(from, first);
  const last = t.lines.lineAt(to);
  node.end_lineno = last + 1;
  node.end_col_offset = t.lines.column(to, last);
  return node;
}

/**
 * Thrown while lowering when the grammar accepted what Python does not; the slow path then finds CPython's message.
 * `pos` is the fallback place.
 */
export class Refusal extends Error {
  readonly pos: number;
  constructor(pos: number) {
    super(`not Python at offset ${pos}`);
    this.pos = pos;
  }
}

export function refuse(t: FlatTree, n: number): never {
  throw new Refusal(t.from[n]!);
}
