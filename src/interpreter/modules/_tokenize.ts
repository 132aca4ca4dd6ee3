/**
 * Module _tokenize: the tokens that module tokenize shows. They come from the tokenizer of the parser's error path; comments and line ends that
 * it passes over (COMMENT, NL) are found in the gaps between its tokens.
 */
import { syntaxErrorFrom } from "../builtins/exception-types.ts";
import { isInstanceOf, typeError } from "../builtins/exceptions.ts";
import { bytesOf } from "../objects/buffer.ts";
import { decodeBytes } from "../objects/codecs-core.ts";
import { plainStr, truthy, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { pointIndex } from "../objects/str-points.ts";
import type { PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { ProblemBuilder } from "../parse/diagnose/problems.ts";
import { LexicalError, type Token, Tokenizer } from "../parse/diagnose/tokenizer.ts";
import { PyStepper, stepperType } from "./iterator-type.ts";
import type { NativeModule } from "./native-module.ts";

/** Numbers of module token. */
const TYPES = {
  ENDMARKER: 0, NAME: 1, NUMBER: 2, STRING: 3, NEWLINE: 4, INDENT: 5, DEDENT: 6, OP: 55, FSTRING_START: 59, FSTRING_MIDDLE: 60, FSTRING_END: 61,
  TSTRING_START: 62, TSTRING_MIDDLE: 63, TSTRING_END: 64, COMMENT: 65, NL: 66,
} as const;

/** Exact operators, in the order of their numbers from LPAR (7) on. */
const OPERATORS = (
  "( ) [ ] : , ; + - * / | & < > = . % { } == != <= >= ~ ^ << >> ** += -= *= /= %= &= |= ^= <<= >>= **= // //= @ @= -> ... := !"
).split(" ");

function* tokens(text: string, addedNewline: boolean, extra: boolean): Generator<PyTuple> {
  const lines = new Lines(text, addedNewline);
  const tokenizer = new Tokenizer(text);
  let from = 0;
  let layout: Token[] = [];
  for (;;) {
    const t = nextToken(tokenizer);
    if (t.type === "INDENT" || t.type === "DEDENT") {
      layout.push(t);
      continue;
    }
    const start = t.type === "ENDMARKER" ? text.length : t.start;
    if (extra) yield* gap(lines, from, start);
    for (const l of layout) yield lines.layout(l.type as "INDENT" | "DEDENT", start, t.type === "ENDMARKER");
    layout = [];
    if (t.type === "ENDMARKER") {
      yield lines.end();
      return;
    }
    yield lines.make(extra || t.type !== "OP" ? TYPES[t.type] : 7 + OPERATORS.indexOf(t.text), t.start, t.end);
    from = t.end;
  }
}

function nextToken(tokenizer: Tokenizer): Token {
  let t: Token;
  try {
    t = tokenizer.next();
  } catch (e) {
    if (e instanceof LexicalError) throw syntaxErrorFrom(new ProblemBuilder(tokenizer, "<string>").lexical(e));
    throw e;
  }
  if (t.type === "ENDMARKER" && tokenizer.brackets.length > 0)
    throw syntaxErrorFrom({
      kind: "SyntaxError", message: "unexpected EOF in parsing", filename: "<string>", lineno: tokenizer.lineno, offset: 0, text: null, end_lineno: null, end_offset: null,
      metadata: null,
    });
  return t;
}

/** Comments and line ends between two tokens. */
function* gap(lines: Lines, from: number, to: number): Generator<PyTuple> {
  const { text } = lines;
  for (let i = from; i < to; i++) {
    const c = text[i];
    if (c === "\\") i++;
    else if (c === "#") {
      const newline = text.indexOf("\n", i);
      const end = newline < 0 || newline > to ? to : newline;
      yield lines.make(TYPES.COMMENT, i, end);
      i = end - 1;
    } else if (c === "\n" && !(lines.addedNewline && i === text.length - 1)) yield lines.make(TYPES.NL, i, i + 1);
  }
}

/** Offsets → (line, column) and the text of the lines. */
class Lines {
  readonly text: string;
  readonly addedNewline: boolean;
  private readonly starts: number[] = [0];

  constructor(text: string, addedNewline: boolean) {
    this.text = text;
    this.addedNewline = addedNewline;
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.starts.push(i + 1);
  }

  /** Index of the line that an offset is in. */
  private lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.starts[mid]! <= offset) low = mid;
      else high = mid - 1;
    }
    return low;
  }

  private place(offset: number, line = this.lineOf(offset)): PyTuple {
    const start = this.starts[line]!;
    return new PyTuple([line + 1, pointIndex(this.text.slice(start, offset + 1), offset - start)]);
  }

  private physical(first: number, last: number): string {
    const end = this.starts[last + 1] ?? this.text.length;
    const line = this.text.slice(this.starts[first], end);
    return this.addedNewline && end === this.text.length ? line.slice(0, -1) : line;
  }

  make(type: number, start: number, end: number): PyTuple {
    const first = this.lineOf(start);
    const newline = type === TYPES.NEWLINE || type === TYPES.NL;
    const last = newline ? first : this.lineOf(end);
    const isAdded = newline && this.addedNewline && end === this.text.length;
    return new PyTuple([type, isAdded ? "" : this.text.slice(start, end), this.place(start, first), this.place(end, last), this.physical(first, last)]);
  }

  layout(type: "INDENT" | "DEDENT", at: number, atEnd: boolean): PyTuple {
    if (atEnd) return new PyTuple([TYPES.DEDENT, "", new PyTuple([this.starts.length, 0]), new PyTuple([this.starts.length, 0]), ""]);
    const line = this.lineOf(at);
    const from = type === "INDENT" ? this.starts[line]! : at;
    return new PyTuple([TYPES[type], this.text.slice(from, at), this.place(from, line), this.place(at, line), this.physical(line, line)]);
  }

  end(): PyTuple {
    const at = new PyTuple([this.starts.length, 0]);
    return new PyTuple([TYPES.ENDMARKER, "", at, at, ""]);
  }
}

class PyTokenizerIter extends PyStepper {
  private readonly generator: Generator<PyTuple>;
  constructor(text: string, addedNewline: boolean, extra: boolean) {
    super();
    this.generator = tokens(text, addedNewline, extra);
  }
  step(): Value | undefined {
    const r = this.generator.next();
    return r.done ? undefined : r.value;
  }
}

/** All that the readline function gives. */
function readAll(vm: VM, readline: Value, encoding: string | undefined): string {
  let text = "";
  for (;;) {
    let line: Value;
    try {
      line = vm.call(readline, []);
    } catch (e) {
      if (isInstanceOf(e, "StopIteration")) return text;
      throw e;
    }
    const bytes = plainStr(line) === undefined ? bytesOf(line) : undefined;
    const part = plainStr(line) ?? (bytes && decodeBytes(vm, bytes, encoding ?? "utf-8"));
    if (part === undefined) throw typeError(`readline() returned a non-string object (${typeName(line)})`);
    if (part === "") return text;
    text += part;
  }
}

const tokenizerType: PyType = stepperType(
  "_tokenize",
  "TokenizerIter",
  PyTokenizerIter,
  "(readline, /, *, encoding=<unrepresentable>, extra_tokens=False)",
  (vm: VM, readline: Value, encoding: Value | undefined, extra: Value | undefined) => {
    const text = readAll(vm, readline, encoding === undefined ? undefined : plainStr(encoding)).replace(/\r\n?/g, "\n");
    const added = text !== "" && !text.endsWith("\n");
    return new PyTokenizerIter(added ? `${text}\n` : text, added, extra !== undefined && truthy(vm, extra));
  },
);

export const _tokenize: NativeModule = { name: "_tokenize", values: () => ({ TokenizerIter: tokenizerType }) };
