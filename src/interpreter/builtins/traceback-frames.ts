/**
 * The lines of a traceback: file, line and function of every frame, source lines, and the marks under the part that was running (PEP 657).
 * Follows the rules of traceback.StackSummary of 3.14: which lines of a long expression are shown, where ~ and ^ go, repeated frames.
 */
import type * as ast from "../parse/ast.ts";
import { parse } from "../parse/parse.ts";
import { plainInt } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import type { PyTraceback } from "../vm/traceback.ts";
import { sourceLine } from "./source-lines.ts";

interface Summary {
  readonly filename: string;
  readonly lineno: number;
  readonly endLineno: number;
  /** UTF-8 byte offsets; undefined when unknown. */
  readonly col: number | undefined;
  readonly endCol: number | undefined;
  readonly name: string;
}

const RECURSIVE_CUTOFF = 3;

function summaries(vm: VM, tb: PyTraceback | null): Summary[] {
  const out: Summary[] = [];
  for (let t = tb; t !== null; t = t.next) {
    const { code } = t.frame;
    const at = t.lasti * 4;
    const [line, end, col, endCol] = [0, 1, 2, 3].map((k) => code.positions[at + k] ?? -1) as [number, number, number, number];
    const known = t.lasti >= 0 && line >= 0;
    out.push({
      filename: code.filename,
      lineno: known ? line : t.lineno,
      endLineno: known && end >= 0 ? end : t.lineno,
      col: known && col >= 0 ? col : undefined,
      endCol: known && endCol >= 0 ? endCol : undefined,
      name: code.name,
    });
  }
  const limit = plainInt(vm.sys.getStr("tracebacklimit") ?? null);
  if (limit === undefined) return out;
  return limit <= 0 ? [] : out.slice(-Number(limit));
}

/** The frames of a traceback as text, outermost first. */
export function formatFrames(vm: VM, tb: PyTraceback | null): string[] {
  const out: string[] = [];
  let last: Summary | undefined;
  let count = 0;
  const repeated = () => {
    const more = count - RECURSIVE_CUTOFF;
    if (more > 0) out.push(`  [Previous line repeated ${more} more time${more > 1 ? "s" : ""}]\n`);
  };
  for (const s of summaries(vm, tb)) {
    if (last === undefined || last.filename !== s.filename || last.lineno !== s.lineno || last.name !== s.name) {
      repeated();
      last = s;
      count = 0;
    }
    if (++count <= RECURSIVE_CUTOFF) out.push(formatFrame(vm, s));
  }
  repeated();
  return out;
}

function formatFrame(vm: VM, s: Summary): string {
  const head = `  File "${s.filename}", line ${s.lineno}, in ${s.name}\n`;
  const original: string[] = [];
  for (let n = s.lineno; n <= s.endLineno; n++) original.push((sourceLine(vm, s.filename, n) ?? "").trimEnd());
  const lines = dedent(original);
  if (lines.every((l) => l.trim() === "")) return head;
  if (s.col === undefined || s.endCol === undefined) return `${head}    ${original[0]!.trim()}\n`;
  return head + indent(markedLines(original, lines, s.col, s.endCol));
}

// ---- text measures --------------------------------------------------------------------------------------------------------------------------

/** Removes the white space that all lines begin with; blank lines become empty. */
function dedent(lines: readonly string[]): string[] {
  let margin: string | undefined;
  for (const l of lines) {
    if (l.trim() === "") continue;
    const lead = /^[ \t]*/.exec(l)![0];
    margin = margin === undefined ? lead : commonPrefix(margin, lead);
  }
  return lines.map((l) => (l.trim() === "" ? "" : l.slice(margin?.length ?? 0)));
}

function commonPrefix(a: string, b: string): string {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return a.slice(0, i);
}

function indent(lines: readonly string[]): string {
  return lines.map((l) => `    ${l}\n`).join("");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Characters of a line are code points. */
const chars = (line: string): string[] => Array.from(line);

function characterOffset(line: string, byteOffset: number): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no conversion
  if (/^[\x00-\x7f]*$/.test(line)) return Math.min(byteOffset, line.length);
  return chars(decoder.decode(encoder.encode(line).subarray(0, byteOffset))).length;
}

/** Wide and full-width characters (UAX 11): the blocks that terminals show in two columns. */
const WIDE =
  /^[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2fb}\u{1f004}\u{1f0cf}\u{1f18e}\u{1f191}-\u{1f19a}\u{1f200}-\u{1f320}\u{1f32d}-\u{1f335}\u{1f337}-\u{1f37c}\u{1f37e}-\u{1f393}\u{1f3a0}-\u{1f3ca}\u{1f3cf}-\u{1f3d3}\u{1f3e0}-\u{1f3f0}\u{1f3f4}\u{1f3f8}-\u{1f43e}\u{1f440}\u{1f442}-\u{1f4fc}\u{1f4ff}-\u{1f53d}\u{1f54b}-\u{1f54e}\u{1f550}-\u{1f567}\u{1f57a}\u{1f595}\u{1f596}\u{1f5a4}\u{1f5fb}-\u{1f64f}\u{1f680}-\u{1f6c5}\u{1f6cc}\u{1f6d0}-\u{1f6d2}\u{1f6d5}-\u{1f6d7}\u{1f6dc}-\u{1f6df}\u{1f6eb}\u{1f6ec}\u{1f6f4}-\u{1f6fc}\u{1f7e0}-\u{1f7eb}\u{1f7f0}\u{1f90c}-\u{1f93a}\u{1f93c}-\u{1f945}\u{1f947}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Columns that the first `offset` characters take on a terminal. */
function displayWidth(line: string, offset = chars(line).length): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is one column each
  if (/^[\x00-\x7f]*$/.test(line)) return offset;
  return chars(line).slice(0, offset).reduce((n, c) => n + (WIDE.test(c) ? 2 : 1), 0);
}

// ---- anchors --------------------------------------------------------------------------------------------------------------------------------

/** The operator of a binary operation, or the brackets of a call or subscript, in lines and characters of the segment. */
interface Anchors {
  readonly leftLine: number;
  readonly leftCol: number;
  readonly rightLine: number;
  readonly rightCol: number;
}

function anchorsOf(segment: string): Anchors | undefined {
  let tree: ast.Mod;
  try {
    // in parentheses an expression may span lines; the extra line is taken off below
    tree = parse(`(\n${segment}\n)`, "<segment>", "exec");
  } catch {
    return undefined;
  }
  const [only] = (tree as ast.Module).body;
  if ((tree as ast.Module).body.length !== 1 || only?.node !== "Expr") return undefined;
  try {
    return new AnchorFinder(segment.split("\n")).find(only.value);
  } catch {
    return undefined;
  }
}

class AnchorFinder {
  private readonly lines: readonly (readonly string[])[];
  private readonly texts: readonly string[];
  private line = 0;
  private col = 0;

  constructor(lines: readonly string[]) {
    this.texts = lines;
    this.lines = lines.map(chars);
  }

  find(e: ast.Expr): Anchors | undefined {
    if (e.node === "BinOp") return this.operator(e);
    if (e.node === "Subscript") return this.brackets(e, e.value, "[");
    return e.node === "Call" ? this.brackets(e, e.func, "(") : undefined;
  }

  private operator(e: ast.BinOp): Anchors {
    this.goToEnd(e.left);
    this.validate();
    this.skipUntil((c) => c.trim() !== "" && c !== ")");
    const { line, col } = this;
    let right = col + 1;
    const text = this.lines[line]!;
    const next = text[right];
    const beforeRight = e.right.lineno - 2 > line || right < this.character(e.right.lineno - 2, e.right.col_offset);
    if (next !== undefined && beforeRight && next.trim() !== "" && next !== "\\" && next !== "#") right++;
    return { leftLine: line, leftCol: col, rightLine: line, rightCol: right };
  }

  private brackets(whole: ast.Expr, inner: ast.Expr, open: "[" | "("): Anchors {
    this.goToEnd(inner);
    this.validate();
    this.skipUntil((c) => c === open);
    const { line, col } = this;
    return { leftLine: line, leftCol: col, rightLine: whole.end_lineno - 2, rightCol: this.character(whole.end_lineno - 2, whole.end_col_offset) };
  }

  private character(line: number, byteOffset: number): number {
    return characterOffset(this.texts[line]!, byteOffset);
  }

  private goToEnd(e: ast.Expr): void {
    this.line = e.end_lineno - 2;
    this.col = this.character(this.line, e.end_col_offset);
  }

  /** Moves on to a position that has a character. */
  private validate(): void {
    while (this.line < this.lines.length && this.col >= this.lines[this.line]!.length) {
      this.col = 0;
      this.line++;
    }
    if (this.line >= this.lines.length) throw new RangeError("end of segment");
  }

  /** Skips to a character that satisfies the test; comments and continuations end a line. */
  private skipUntil(stop: (c: string) => boolean): void {
    for (;;) {
      const c = this.lines[this.line]![this.col]!;
      if (c === "\\" || c === "#") {
        this.line++;
        this.col = 0;
      } else if (stop(c)) return;
      else this.col++;
      this.validate();
    }
  }
}

// ---- marks ----------------------------------------------------------------------------------------------------------------------------------

/** No marks where they would underline everything that is shown, or a whole call that is returned or assigned to a name. */
function showsMarks(lines: readonly string[], start: number, end: number, anchors: Anchors | undefined): boolean {
  let tree: ast.Mod | undefined;
  try {
    tree = parse(lines.join("\n"), "<segment>", "exec");
  } catch {
    tree = undefined;
  }
  if (tree?.node === "Module") {
    const [statement] = tree.body;
    if (statement === undefined) return false;
    if (isPlainCall(statement, lines, start, end)) return false;
  }
  if (anchors) return true;
  return chars(lines[0]!).slice(0, start).join("").trimStart() !== "" || chars(lines.at(-1)!).slice(end).join("").trimEnd() !== "";
}

function isPlainCall(s: ast.Stmt, lines: readonly string[], start: number, end: number): boolean {
  let value: ast.Expr | undefined;
  if (s.node === "Return" && s.value?.node === "Call" && s.value.func.node === "Name") value = s.value;
  if (s.node === "Assign" && s.value.node === "Call" && s.targets.length === 1 && s.targets[0]!.node === "Name") value = s.value;
  return value !== undefined && value.lineno === 1 && value.end_lineno === lines.length && value.col_offset === start && value.end_col_offset === end;
}

/** The source lines that are worth showing, each with a line of marks under it. */
function markedLines(original: readonly string[], lines: readonly string[], col: number, endCol: number): string[] {
  const last = lines.length - 1;
  const removed = chars(original[0]!).length - chars(lines[0]!).length;
  const start = Math.max(0, characterOffset(original[0]!, col) - removed);
  const end = Math.max(0, characterOffset(original[last]!, endCol) - removed);
  const anchors = anchorsOf(segmentOf(lines, start, end));
  const marks = showsMarks(lines, start, end, anchors) ? new Marks(lines, start, end, anchors) : undefined;
  return dedent(select(lines, anchors, marks));
}

function segmentOf(lines: readonly string[], start: number, end: number): string {
  const all = chars(lines.join("\n"));
  return all.slice(start, all.length - (chars(lines.at(-1)!).length - end)).join("");
}

function select(lines: readonly string[], anchors: Anchors | undefined, marks: Marks | undefined): string[] {
  const last = lines.length - 1;
  const significant = new Set([0, last]);
  if (anchors) for (const at of [anchors.leftLine, anchors.rightLine]) for (const n of [at - 1, at, at + 1]) if (n >= 0 && n <= last) significant.add(n);
  const out: string[] = [];
  const show = (n: number) => {
    out.push(lines[n]!);
    if (marks) out.push(marks.under(n));
  };
  let before: number | undefined;
  for (const n of [...significant].sort((a, b) => a - b)) {
    if (before !== undefined && n - before === 2) show(n - 1);
    else if (before !== undefined && n - before > 2) out.push(`...<${n - before - 1} lines>...`);
    show(n);
    before = n;
  }
  return out;
}

class Marks {
  private readonly lines: readonly string[];
  private readonly start: number;
  private readonly end: number;
  /** Anchors in display columns. */
  private readonly anchors: Anchors | undefined;

  constructor(lines: readonly string[], start: number, end: number, anchors: Anchors | undefined) {
    this.lines = lines;
    this.start = displayWidth(lines[0]!, start);
    this.end = displayWidth(lines.at(-1)!, end);
    // anchors count from the start of the segment
    const shown = (line: number, c: number) => displayWidth(lines[line]!, c + (line === 0 ? start : 0));
    this.anchors = anchors && { ...anchors, leftCol: shown(anchors.leftLine, anchors.leftCol), rightCol: shown(anchors.rightLine, anchors.rightCol) };
  }

  under(n: number): string {
    const line = this.lines[n]!;
    const lead = line.length - line.trimStart().length;
    const width = n === this.lines.length - 1 ? this.end : displayWidth(line);
    let out = "";
    for (let c = 0; c < width; c++) out += c < lead || (n === 0 && c < this.start) ? " " : !this.anchors || this.inside(this.anchors, n, c) ? "^" : "~";
    return out;
  }

  private inside(a: Anchors, n: number, c: number): boolean {
    return (n > a.leftLine || (n === a.leftLine && c >= a.leftCol)) && (n < a.rightLine || (n === a.rightLine && c < a.rightCol));
  }
}
