/** io.StringIO: a text stream in memory. Text written at the end is gathered in pieces and joined when somebody looks. */
import { newException, typeError, valueError } from "../../builtins/exceptions.ts";
import type { TextSink } from "../../builtins/text.ts";
import { PyDict } from "../../objects/dict.ts";
import { lookupAttr, callMethod, plainStr, setAttr, toIndex, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { hasAstral, pointIndex, strLength, substring, unitOffset } from "../../objects/str-points.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyTuple, type Value } from "../../objects/values.ts";
import { PyIOBase, sizeArgument, textIOBaseType, unsupported } from "./base.ts";
import { lineEnd, type NewlineMode, newlineMode, newlinesSeen, NewlineTranslator } from "./newlines.ts";

export class PyStringIO extends PyIOBase implements TextSink {
  private joined = "";
  private pieces: string[] = [];
  /** Position in UTF-16 units; Infinity-free: past the end the gap is filled with NULs on writing. */
  private unit = 0;
  /** Code points past the end of the text, when somebody seeked there. */
  private beyond = 0;
  /** The position is the end of everything, pieces included. */
  private atEnd = true;
  newline: NewlineMode = { universal: false, translateReads: false, writeAs: undefined, terminator: "\n" };
  private translator: NewlineTranslator | undefined = undefined;

  reset(newline: NewlineMode): void {
    this.newline = newline;
    this.translator = newline.universal ? new NewlineTranslator(newline.translateReads) : undefined;
    this.joined = "";
    this.pieces = [];
    this.unit = 0;
    this.beyond = 0;
    this.atEnd = true;
    this.isClosed = false;
  }

  get text(): string {
    if (this.pieces.length) {
      this.joined += this.pieces.join("");
      this.pieces = [];
      if (this.atEnd) this.unit = this.joined.length;
    }
    return this.joined;
  }

  set text(s: string) {
    this.joined = s;
    this.pieces = [];
  }

  writeText(_vm: VM, given: string): void {
    if (this.isClosed) throw valueError("I/O operation on closed file");
    if (given === "") return;
    let s = this.translator ? this.translator.feed(given, true) : given;
    if (this.newline.writeAs !== undefined) s = s.replaceAll("\n", this.newline.writeAs);
    if (this.atEnd && this.beyond === 0) {
      this.pieces.push(s);
      return;
    }
    const text = this.text + "\0".repeat(this.beyond);
    const start = this.beyond > 0 ? text.length : this.unit;
    this.beyond = 0;
    // a text replaces as many code points as it has
    const rest = text.slice(start);
    const replaced = hasAstral(rest) || hasAstral(s) ? unitOffset(rest, Math.min(strLength(s), strLength(rest))) : Math.min(s.length, rest.length);
    this.text = text.slice(0, start) + s + rest.slice(replaced);
    this.place(start + s.length);
  }

  private place(unit: number): void {
    this.unit = unit;
    this.atEnd = unit >= this.joined.length && this.pieces.length === 0;
  }

  read(n: number): string {
    const text = this.text;
    if (this.beyond > 0) return "";
    const rest = text.slice(this.unit);
    const s = n < 0 ? rest : substring(rest, 0, n);
    this.place(this.unit + s.length);
    return s;
  }

  readLine(limit: number): string {
    const text = this.text;
    if (this.beyond > 0) return "";
    const end = lineEnd(text, this.unit, this.newline, true);
    let line = text.slice(this.unit, end < 0 ? text.length : end);
    if (limit >= 0 && strLength(line) > limit) line = substring(line, 0, limit);
    this.place(this.unit + line.length);
    return line;
  }

  /** Position in code points. */
  tell(): number {
    const text = this.text;
    return pointIndex(text, this.unit) + this.beyond;
  }

  seek(point: number): void {
    const text = this.text;
    const n = strLength(text);
    this.beyond = Math.max(0, point - n);
    this.place(unitOffset(text, Math.min(point, n)));
  }

  truncate(point: number): void {
    const text = this.text;
    const at = this.tell();
    if (point < strLength(text)) this.text = substring(text, 0, point);
    this.seek(at);
  }

  get newlines(): Value {
    return this.translator ? newlinesSeen(this.translator.seen) : null;
  }
}

function open(s: PyStringIO): PyStringIO {
  if (s.isClosed) throw valueError("I/O operation on closed file");
  return s;
}

function initialise(vm: VM, s: PyStringIO, initial: Value | undefined, newline: Value | undefined): Value {
  const mode = newline === undefined ? { universal: false, translateReads: false, writeAs: undefined, terminator: "\n" } : newlineMode(vm, newline);
  if (initial !== undefined && initial !== null && plainStr(initial) === undefined) throw typeError(`initial_value must be str or None, not ${typeName(initial)}`);
  s.reset(mode);
  if (initial !== undefined && initial !== null) {
    s.writeText(vm, plainStr(initial)!);
    s.seek(0);
  }
  return null;
}

function write(vm: VM, s: PyStringIO, text: Value): Value {
  const t = plainStr(text);
  if (t === undefined) throw typeError(`string argument expected, got '${typeName(text)}'`);
  open(s).writeText(vm, t);
  return strLength(t);
}

function seek(vm: VM, s: PyStringIO, offset: Value, whence: Value | undefined): Value {
  open(s);
  const n = Number(toIndex(vm, offset));
  const w = whence === undefined ? 0 : Number(toIndex(vm, whence));
  if (w < 0 || w > 2) throw valueError(`Invalid whence (${w}, should be 0, 1 or 2)`);
  if (w === 0 && n < 0) throw valueError(`Negative seek position ${n}`);
  if (w !== 0 && n !== 0) throw newException("OSError", "Can't do nonzero cur-relative seeks");
  if (w === 0) s.seek(n);
  else if (w === 2) s.seek(strLength(s.text));
  return s.tell();
}

function truncate(vm: VM, s: PyStringIO, size: Value | undefined): Value {
  open(s);
  const n = size === undefined || size === null ? s.tell() : Number(toIndex(vm, size));
  if (n < 0) throw valueError(`Negative size value ${n}`);
  s.truncate(n);
  return n;
}

function setState(vm: VM, s: PyStringIO, state: Value): Value {
  if (!(state instanceof PyTuple) || state.items.length < 4) throw typeError(`${s.cls.name}.__setstate__ argument should be 4-tuple, got ${typeName(state)}`);
  const [text, newline, pos, dict] = state.items as [Value, Value, Value, Value];
  initialise(vm, s, "", newline);
  s.text = plainStr(text) ?? "";
  s.seek(Number(toIndex(vm, pos)));
  if (dict instanceof PyDict) for (const e of dict.snapshot()) setAttr(vm, s, String(e.key), e.value);
  return null;
}

/** The newline argument that gives this mode. */
function newlineArgument(m: NewlineMode): Value {
  return m.universal ? (m.translateReads ? null : "") : m.terminator;
}

const yes = ["($self, /)", (_vm: VM, s: PyStringIO) => (open(s), true)] as const;

export const stringIOType: PyType = defineType({
  name: "StringIO",
  module: "_io",
  base: textIOBaseType,
  js: PyStringIO,
  doc: "A text stream in memory.",
  init: ["($self, initial_value='', newline='\\n')", initialise],
  slots: {
    new: (_vm, cls) => {
      const s = new PyStringIO();
      if (cls !== stringIOType) s.cls = cls;
      return s;
    },
    iternext: (vm, self) => {
      const s = self as PyStringIO;
      const line = s.cls === stringIOType ? open(s).readLine(-1) : callMethod(vm, s, "readline");
      return line === "" ? undefined : line;
    },
  },
  methods: {
    write: ["($self, s, /)", write, "Write text; returns the number of characters."],
    read: ["($self, size=-1, /)", (vm: VM, s: PyStringIO, n: Value | undefined) => open(s).read(sizeArgument(vm, n)), "Read at most size characters."],
    readline: ["($self, size=-1, /)", (vm: VM, s: PyStringIO, n: Value | undefined) => open(s).readLine(sizeArgument(vm, n)), "Read a line."],
    getvalue: ["($self, /)", (_vm: VM, s: PyStringIO) => open(s).text, "The whole contents."],
    seek: ["($self, pos, whence=0, /)", seek, "Change the position."],
    tell: ["($self, /)", (_vm: VM, s: PyStringIO) => open(s).tell(), "The position."],
    truncate: ["($self, pos=None, /)", truncate, "Shorten to a size."],
    close: [
      "($self, /)",
      (_vm: VM, s: PyStringIO) => {
        s.text = "";
        s.isClosed = true;
        return null;
      },
      "Drop the contents.",
    ],
    readable: yes,
    writable: yes,
    seekable: yes,
    __getstate__: [
      "($self, /)",
      (vm: VM, s: PyStringIO) => {
        const dict = lookupAttr(vm, open(s), "__dict__");
        return new PyTuple([s.text, newlineArgument(s.newline), s.tell(), dict instanceof PyDict && dict.size ? dict : null]);
      },
    ],
    __setstate__: ["($self, state, /)", setState],
  },
  getset: {
    newlines: [(_vm: VM, s: PyStringIO) => (open(s), s.newlines)],
    line_buffering: [(_vm: VM, s: PyStringIO) => (open(s), false)],
  },
});
