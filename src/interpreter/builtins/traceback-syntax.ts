/** How a SyntaxError is shown: file, line, the source with the place marked, and a proposal when a keyword was misspelt. */
import { PyTuple } from "../objects/values.ts";
import { plainInt, plainStr, str } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { parse, SyntaxProblem } from "../parse/parse.ts";
import { field } from "./exception-types.ts";
import type { PyBaseException } from "./exceptions.ts";
import { sourceLines } from "./source-lines.ts";
import { closest } from "./edit-distance.ts";

interface Shown {
  filename: string | undefined;
  lineno: number | undefined;
  endLineno: number | undefined;
  offset: number | undefined;
  endOffset: number | undefined;
  text: string | undefined;
  message: string;
}

function read(vm: VM, e: PyBaseException): Shown {
  const int = (name: string) => {
    const v = plainInt(field(e, name));
    return v === undefined ? undefined : Number(v);
  };
  const msg = field(e, "msg");
  return {
    filename: plainStr(field(e, "filename")),
    lineno: int("lineno"),
    endLineno: int("end_lineno"),
    offset: int("offset"),
    endOffset: int("end_offset"),
    text: plainStr(field(e, "text")),
    message: msg === null || msg === "" ? "<no detail available>" : str(vm, msg),
  };
}

export function formatSyntaxError(vm: VM, e: PyBaseException, type: string): string[] {
  const s = read(vm, e);
  const out: string[] = [];
  let suffix = "";
  if (s.lineno !== undefined) out.push(`  File "${s.filename || "<string>"}", line ${s.lineno}\n`);
  else if (s.filename !== undefined) suffix = ` (${s.filename})`;
  if (s.text !== undefined) {
    try {
      proposeKeyword(vm, e, s);
    } catch {
      // a proposal is a courtesy
    }
    out.push(...source(s));
  }
  out.push(`${type}: ${s.message}${suffix}\n`);
  return out;
}

function source(s: Shown): string[] {
  const text = s.text!;
  const right = text.replace(/\n+$/, "");
  const left = right.replace(/^[ \n\f]+/, "");
  if (s.offset === undefined) return [`    ${left}\n`];
  const spaces = right.length - left.length;
  let { offset } = s;
  let end = s.lineno === s.endLineno ? (s.endOffset !== undefined && s.endOffset !== 0 ? s.endOffset : offset) : right.length + 1;
  if (text && offset > text.length) offset = right.length + 1;
  if (text && end > text.length) end = right.length + 1;
  if (offset >= end || end < 0) end = offset + 1;
  const col = offset - 1 - spaces;
  const endCol = end - 1 - spaces;
  if (col < 0) return [`    ${left}\n`];
  // tabs stay, so that the marks line up
  const lead = Array.from(left).slice(0, col).map((c) => (c.trim() === "" ? c : " ")).join("");
  return [`    ${left}\n`, `    ${lead}${"^".repeat(endCol - col)}\n`];
}

// ---- misspelt keywords ------------------------------------------------------------------------------------------------------------------------

const KEYWORDS = (
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda " +
  "nonlocal not or pass raise return try while with yield"
).split(" ");

const MAX_SOURCE = 1024;
const MAX_WORDS = 10;
const MAX_MATCHES = 3;

interface Word {
  readonly text: string;
  readonly line: number;
  readonly col: number;
}

/** Names in the source, strings and comments left out. */
function words(lines: readonly string[]): Word[] {
  const out: Word[] = [];
  lines.forEach((text, line) => {
    for (const m of text.matchAll(/#.*|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\d[\w.]*|[\p{ID_Start}_][\p{ID_Continue}]*/gu))
      if (/^[\p{ID_Start}_]/u.test(m[0])) out.push({ text: m[0], line, col: m.index });
  });
  return out;
}

/** Replaces a word near the error by a keyword it resembles; if that compiles, the error becomes a question about it. */
function proposeKeyword(vm: VM, e: PyBaseException, s: Shown): void {
  if (s.message !== "invalid syntax" && !s.message.includes("Perhaps you forgot a comma")) return;
  const metadata = field(e, "_metadata");
  if (!(metadata instanceof PyTuple)) return;
  const [lineValue, , sourceValue] = metadata.items;
  const first = Number(plainInt(lineValue ?? null) ?? 0);
  const endLine = s.lineno ?? 0;
  const given = plainStr(sourceValue ?? null);
  const fromFile = given === undefined && s.filename !== undefined ? sourceLines(vm, s.filename) : undefined;
  const all = given?.split("\n") ?? fromFile ?? (s.text ?? "").split("\n");
  const code = dedentAll(all.slice(first > 0 ? first - 1 : 0, endLine));
  if (code.join("\n").length > MAX_SOURCE) return;
  let left = MAX_WORDS;
  for (const w of words(code)) {
    const wanted = first === 0 ? endLine : endLine + 1;
    if ((fromFile && w.line + 1 + first !== wanted) || KEYWORDS.includes(w.text)) continue;
    if (--left < 0) return;
    for (const keyword of candidates(w.text)) {
      if (keyword === w.text || !compiles(replaceWord(code, w, keyword))) continue;
      s.text = code[w.line]!;
      s.offset = w.col + 1;
      s.endOffset = w.col + w.text.length + 1;
      s.lineno = w.line + 1;
      s.endLineno = w.line + 1;
      s.message = `invalid syntax. Did you mean '${keyword}'?`;
      return;
    }
  }
}

function dedentAll(lines: readonly string[]): string[] {
  const margins = lines.filter((l) => l.trim()).map((l) => /^[ \t]*/.exec(l)![0].length);
  const margin = margins.length ? Math.min(...margins) : 0;
  return lines.map((l) => (l.trim() ? l.slice(margin) : ""));
}

function replaceWord(lines: readonly string[], w: Word, by: string): string {
  return lines.map((l, i) => (i === w.line ? l.slice(0, w.col) + by + l.slice(w.col + w.text.length) : l)).join("\n");
}

/** Compiles, or might with more input. */
function compiles(code: string): boolean {
  try {
    parse(`${code}\n`, "<input>", "exec", { allowIncomplete: true });
    return true;
  } catch (e) {
    return e instanceof SyntaxProblem && e.kind === "_IncompleteInputError";
  }
}

function candidates(word: string): string[] {
  const near = closest(KEYWORDS, word);
  const scored = KEYWORDS.map((k) => ({ k, score: similarity(k, word) })).filter((c) => c.score >= 0.5);
  scored.sort((a, b) => b.score - a.score || (a.k < b.k ? 1 : -1));
  return [...(near === undefined ? [] : [near]), ...scored.slice(0, MAX_MATCHES).map((c) => c.k)].slice(0, MAX_MATCHES);
}

/** Ratcliff and Obershelp's similarity, as difflib computes it. */
export function similarity(a: string, b: string): number {
  return a.length + b.length === 0 ? 1 : (2 * matching(a, b)) / (a.length + b.length);
}

function matching(a: string, b: string): number {
  let best = 0;
  let at = 0;
  let bt = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++) {
      let k = 0;
      while (i + k < a.length && j + k < b.length && a[i + k] === b[j + k]) k++;
      if (k > best) [best, at, bt] = [k, i, j];
    }
  if (best === 0) return 0;
  return best + matching(a.slice(0, at), b.slice(0, bt)) + matching(a.slice(at + best), b.slice(bt + best));
}
