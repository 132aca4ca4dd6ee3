/**
 * io.TextIOWrapper: text over a buffered binary stream.
 *
 * Writing gathers text (UTF-8) or bytes (other encodings, which must fail at once) and hands them on in pieces. Reading keeps the decoded rest of
 * the last chunk; positions are worked out from the bytes of that chunk when somebody asks (`tell`).
 */
import { isInstanceOf, newException, typeError, valueError } from "../../builtins/exceptions.ts";
import { encodeText } from "../../objects/codecs-core.ts";
import { concat } from "../../objects/codecs-utf.ts";
import { callMethod, getAttr, lookupAttr, ownAttr, plainInt, plainStr, repr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { hasAstral, strLength, substring } from "../../objects/str-points.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyBytes, type Value } from "../../objects/values.ts";
import type { TextSink } from "../../builtins/text.ts";
import { bytes, isClosed, PyIOBase, sizeArgument, textIOBaseType, unsupported } from "./base.ts";
import { type PyBuffered, plainBuffered } from "./buffered.ts";
import { type Dirty, markClean, markDirty } from "./dirty.ts";
import { lineEnd, type NewlineMode, newlineMode, newlinesSeen, NewlineTranslator } from "./newlines.ts";
import { checkTextEncoding, isUtf8, makeDecoder, makeEncoder, type TextDecoderLike, type TextEncoderLike } from "./text-codec.ts";

const CHUNK = 8192;

/** The encoding of the C locale that we always have. */
export const LOCALE_ENCODING = "UTF-8";

/** Where a chunk came from, so that tell can count. */
interface Snapshot {
  /** Position of the buffer before the chunk. */
  readonly position: number;
  readonly data: Uint8Array;
  /** Bytes that the decoder held back before the chunk. */
  readonly held: number;
}

export class PyTextIOWrapper extends PyIOBase implements Dirty, TextSink {
  buffer: Value | undefined = undefined;
  encoding = LOCALE_ENCODING;
  errors = "strict";
  newline: NewlineMode = { universal: true, translateReads: true, writeAs: undefined, terminator: "\n" };
  lineBuffering = false;
  writeThrough = false;
  private fast: PyBuffered | undefined = undefined;
  private utf8 = true;
  private decoder: TextDecoderLike | undefined = undefined;
  private translator: NewlineTranslator | undefined = undefined;
  private encoder: TextEncoderLike | undefined = undefined;
  private pendingText = "";
  private pendingBytes: Uint8Array[] = [];
  private pendingSize = 0;
  private decoded = "";
  private at = 0;
  private snapshot: Snapshot | undefined = undefined;
  private telling = true;
  private atEnd = false;

  attach(vm: VM, buffer: Value, encoding: string, errors: string, newline: NewlineMode): void {
    this.buffer = buffer;
    this.fast = plainBuffered(buffer);
    this.configure(encoding, errors, newline);
    this.pendingText = "";
    this.pendingBytes = [];
    this.pendingSize = 0;
    this.forgetReads();
    if (this.needsMark() && truthy(vm, callMethod(vm, buffer, "seekable")) && truthy(vm, callMethod(vm, buffer, "writable"))) {
      if (callMethod(vm, buffer, "tell") !== 0) this.encoderFor(vm).setStart(vm, false);
    }
  }

  configure(encoding: string, errors: string, newline: NewlineMode): void {
    this.encoding = encoding;
    this.errors = errors;
    this.newline = newline;
    this.utf8 = isUtf8(encoding);
    this.decoder = undefined;
    this.encoder = undefined;
    this.translator = newline.universal ? new NewlineTranslator(newline.translateReads) : undefined;
  }

  /** Encodings that begin a file with a byte order mark. */
  private needsMark(): boolean {
    return /^utf[-_]?(16|32|8[-_]sig)$/i.test(this.encoding);
  }

  need(): Value {
    if (this.buffer === undefined) throw valueError("underlying buffer has been detached");
    return this.buffer;
  }

  private encoderFor(vm: VM): TextEncoderLike {
    return (this.encoder ??= makeEncoder(vm, this.encoding, this.errors));
  }

  // ---- writing ----------------------------------------------------------------------------------------------------------------------------

  writeText(vm: VM, given: string): void {
    this.checkOpen(vm);
    const newline = given.includes("\n");
    const text = newline && this.newline.writeAs !== undefined ? given.replaceAll("\n", this.newline.writeAs) : given;
    if (this.decoded.length > this.at || this.snapshot) this.dropReads(vm);
    if (this.utf8 && !LONE_SURROGATE.test(text)) this.pendingText += text;
    else {
      const data = this.utf8 ? encodeText(vm, text, "utf-8", this.errors).data : this.encoderFor(vm).encode(vm, text);
      this.settleText();
      this.pendingBytes.push(data);
    }
    const first = this.pendingSize === 0;
    this.pendingSize += text.length;
    if (this.lineBuffering && (newline || given.includes("\r"))) this.flush(vm);
    else if (this.pendingSize >= CHUNK || this.writeThrough) this.flushText(vm);
    else if (first) markDirty(vm, this);
  }

  private settleText(): void {
    if (this.pendingText === "") return;
    this.pendingBytes.push(utf8.encode(this.pendingText));
    this.pendingText = "";
  }

  /** Hands the gathered text to the buffer. */
  flushText(vm: VM): void {
    if (this.pendingSize === 0) return;
    this.settleText();
    const data = this.pendingBytes.length === 1 ? this.pendingBytes[0]! : concat(this.pendingBytes);
    this.pendingBytes = [];
    this.pendingSize = 0;
    markClean(vm, this);
    if (this.fast && !this.fast.isClosed) this.fast.write(vm, data);
    else callMethod(vm, this.need(), "write", bytes(data));
  }

  flush(vm: VM): void {
    this.flushText(vm);
    callMethod(vm, this.need(), "flush");
  }

  flushPending(vm: VM): void {
    this.flush(vm);
  }

  // ---- reading ----------------------------------------------------------------------------------------------------------------------------

  private forgetReads(): void {
    this.decoded = "";
    this.at = 0;
    this.snapshot = undefined;
    this.atEnd = false;
  }

  /** Reading after writing needs nothing; writing after reading drops what was read ahead. */
  private dropReads(vm: VM): void {
    this.forgetReads();
    this.decoder?.reset(vm);
    this.translator?.reset();
  }

  private decode(vm: VM, data: Uint8Array, final: boolean): string {
    this.decoder ??= makeDecoder(vm, this.encoding, this.errors);
    const text = this.decoder.decode(vm, data, final);
    return this.translator ? this.translator.feed(text, final) : text;
  }

  /** Decodes the next chunk; false at the end. */
  private fill(vm: VM): boolean {
    if (this.atEnd) return false;
    this.flushText(vm);
    const held = this.decoder?.pending ?? 0;
    let position = -1;
    if (this.telling) position = this.fast ? this.positionOf(vm, this.fast) : this.bufferPosition(vm);
    const data = this.readChunk(vm);
    const text = this.decode(vm, data, data.length === 0);
    if (position >= 0) this.snapshot = { position, data, held };
    this.decoded = this.at < this.decoded.length ? this.decoded.slice(this.at) + text : text;
    if (this.at < this.decoded.length - text.length) this.snapshot = undefined;
    this.at = 0;
    if (data.length === 0) this.atEnd = true;
    return data.length > 0 || text.length > 0;
  }

  private positionOf(vm: VM, b: PyBuffered): number {
    try {
      return b.tell(vm);
    } catch (e) {
      if (isInstanceOf(e, "OSError")) return -1;
      throw e;
    }
  }

  private bufferPosition(vm: VM): number {
    try {
      return Number(plainInt(callMethod(vm, this.need(), "tell")) ?? -1);
    } catch (e) {
      if (isInstanceOf(e, "OSError") || isInstanceOf(e, "AttributeError")) return -1;
      throw e;
    }
  }

  private readChunk(vm: VM): Uint8Array {
    if (this.fast && !this.fast.isClosed) return this.fast.read1(vm, CHUNK);
    const buffer = this.need();
    const read1 = lookupAttr(vm, buffer, "read1");
    const got = read1 === undefined ? callMethod(vm, buffer, "read", CHUNK) : vm.call(read1, [CHUNK]);
    if (got instanceof PyBytes) return got.data;
    throw typeError(`underlying ${read1 === undefined ? "read" : "read1"}() should have returned a bytes-like object, not '${typeName(got)}'`);
  }

  readAll(vm: VM): string {
    this.flushText(vm);
    const first = this.decoded.slice(this.at);
    const got = callMethod(vm, this.need(), "read");
    if (got !== null && !(got instanceof PyBytes)) throw typeError(`underlying read() should have returned a bytes-like object, not '${typeName(got)}'`);
    const text = this.decode(vm, got === null ? new Uint8Array(0) : got.data, true);
    this.forgetReads();
    return first + text;
  }

  /** At most n code points. */
  read(vm: VM, n: number): string {
    for (;;) {
      const rest = this.at === 0 ? this.decoded : this.decoded.slice(this.at);
      const enough = hasAstral(rest) ? strLength(rest) >= n : rest.length >= n;
      if (enough || !this.fill(vm)) {
        const text = substring(rest, 0, n);
        this.at += text.length;
        return text;
      }
    }
  }

  readLine(vm: VM, limit: number): string {
    let from = this.at;
    for (;;) {
      const end = lineEnd(this.decoded, from, this.newline, this.atEnd);
      if (end >= 0) return this.takeLine(end, limit);
      if (limit >= 0 && this.decoded.length - this.at >= limit * 2) return this.takeLine(this.decoded.length, limit);
      const seen = this.decoded.length - this.at;
      if (!this.fill(vm)) {
        const last = lineEnd(this.decoded, this.at, this.newline, true);
        return this.takeLine(last < 0 ? this.decoded.length : last, limit);
      }
      // a line end may straddle the two pieces
      from = Math.max(this.at, this.at + seen - 1);
    }
  }

  private takeLine(end: number, limit: number): string {
    let line = this.decoded.slice(this.at, end);
    if (limit >= 0 && strLength(line) > limit) line = substring(line, 0, limit);
    this.at += line.length;
    return line;
  }

  nextLine(vm: VM): string | undefined {
    this.telling = false;
    const line = this.readLine(vm, -1);
    if (line !== "") return line;
    this.snapshot = undefined;
    this.telling = true;
    return undefined;
  }

  // ---- position ---------------------------------------------------------------------------------------------------------------------------

  tell(vm: VM): Value {
    this.checkOpen(vm);
    if (!truthy(vm, callMethod(vm, this.need(), "seekable"))) throw unsupported("underlying stream is not seekable");
    if (!this.telling) throw newException("OSError", "telling position disabled by next() call");
    this.flush(vm);
    const position = Number(plainInt(callMethod(vm, this.need(), "tell")) ?? 0);
    const left = this.decoded.length - this.at;
    if (left === 0 && (this.decoder?.pending ?? 0) === 0 && !this.translator?.pendingCr) return position;
    return this.snapshot ? this.snapshot.position - this.snapshot.held + this.consumedBytes(vm, this.snapshot) : position;
  }

  /** How many bytes of the chunk make the text before `at`: decodes ever longer prefixes. */
  private consumedBytes(vm: VM, s: Snapshot): number {
    const target = this.at;
    const size = (n: number): number => {
      const d = makeDecoder(vm, this.encoding, this.errors);
      const t = this.newline.universal ? new NewlineTranslator(this.newline.translateReads) : undefined;
      const text = d.decode(vm, s.data.subarray(0, n), false);
      return (t ? t.feed(text, false) : text).length;
    };
    let low = 0;
    let high = s.data.length;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (size(mid) <= target) low = mid;
      else high = mid - 1;
    }
    // the shortest prefix that gives exactly this text
    while (low > 0 && size(low - 1) === target) low--;
    // "\r" waits for what follows, so it counts only with the next byte
    if (size(low) < target) low++;
    return low + s.held;
  }

  seek(vm: VM, cookie: Value, whence: number): Value {
    this.checkOpen(vm);
    if (!truthy(vm, callMethod(vm, this.need(), "seekable"))) throw unsupported("underlying stream is not seekable");
    let target = cookie;
    const n = toIndex(vm, cookie);
    if (whence === 1) {
      if (n !== 0) throw unsupported("can't do nonzero cur-relative seeks");
      target = this.tell(vm);
    } else if (whence === 2) {
      if (n !== 0) throw unsupported("can't do nonzero end-relative seeks");
      this.flush(vm);
      this.dropReads(vm);
      const end = callMethod(vm, this.need(), "seek", 0, 2);
      this.encoder?.setStart(vm, end === 0);
      return end;
    } else if (whence !== 0) throw valueError(`invalid whence (${whence}, should be 0, 1 or 2)`);
    const position = toIndex(vm, target);
    if (position < 0) throw valueError(`negative seek position ${position}`);
    this.flush(vm);
    callMethod(vm, this.need(), "seek", position);
    this.dropReads(vm);
    this.telling = true;
    this.encoder?.setStart(vm, position === 0);
    return position;
  }

  checkOpen(vm: VM): void {
    if (this.isClosed || (this.fast ? this.fast.isClosed : isClosed(vm, this.need()))) throw valueError("I/O operation on closed file.");
  }

  get newlines(): Value {
    return this.translator ? newlinesSeen(this.translator.seen) : null;
  }

  /** Whether text was read and not yet used: the encoding can no longer change. */
  get hasRead(): boolean {
    return this.decoder !== undefined;
  }
}

const utf8 = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;

// ---- methods as Python sees them ------------------------------------------------------------------------------------------------------------

function encodingArgument(vm: VM, v: Value | undefined): string {
  if (v === undefined || v === null) return LOCALE_ENCODING;
  const s = plainStr(v);
  if (s === undefined) throw typeError(`TextIOWrapper() argument 'encoding' must be str or None, not ${typeName(v)}`);
  if (s.includes("\0")) throw valueError("embedded null character");
  if (s === "locale") return LOCALE_ENCODING;
  checkTextEncoding(vm, s);
  return s;
}

function errorsArgument(v: Value | undefined): string {
  if (v === undefined || v === null) return "strict";
  const s = plainStr(v);
  if (s === undefined) throw typeError(`TextIOWrapper() argument 'errors' must be str or None, not ${typeName(v)}`);
  return s;
}

function initialise(vm: VM, t: PyTextIOWrapper, buffer: Value, encoding?: Value, errors?: Value, newline?: Value, line?: Value, through?: Value): Value {
  t.buffer = undefined;
  t.isClosed = false;
  const mode = newlineMode(vm, newline);
  const name = encodingArgument(vm, encoding);
  t.attach(vm, buffer, name, errorsArgument(errors), mode);
  t.lineBuffering = line !== undefined && truthy(vm, line);
  t.writeThrough = through !== undefined && truthy(vm, through);
  return null;
}

function reconfigure(vm: VM, t: PyTextIOWrapper, encoding?: Value, errors?: Value, newline?: Value, line?: Value, through?: Value): Value {
  const given = (v: Value | undefined): v is Value => v !== undefined && v !== null;
  if (t.hasRead && (given(encoding) || given(errors) || newline !== undefined)) throw unsupported("It is not possible to set the encoding or newline of stream after the first read");
  t.flush(vm);
  const name = given(encoding) ? encodingArgument(vm, encoding) : t.encoding;
  const handling = given(errors) ? errorsArgument(errors) : given(encoding) ? "strict" : t.errors;
  if (given(encoding) || given(errors) || newline !== undefined) t.configure(name, handling, newline === undefined ? t.newline : newlineMode(vm, newline));
  if (given(line)) t.lineBuffering = truthy(vm, line);
  if (given(through)) t.writeThrough = truthy(vm, through);
  return null;
}

function write(vm: VM, t: PyTextIOWrapper, text: Value): Value {
  const s = plainStr(text);
  if (s === undefined) throw typeError(`write() argument must be str, not ${typeName(text)}`);
  t.checkOpen(vm);
  requireAble(vm, t, "writable", "not writable");
  t.writeText(vm, s);
  return strLength(s);
}

const CHECKED = new WeakMap<PyTextIOWrapper, Set<string>>();

/** Writing to a reader is refused; asked once per stream. */
function requireAble(vm: VM, t: PyTextIOWrapper, what: "readable" | "writable", complaint: string): void {
  let known = CHECKED.get(t);
  if (!known) CHECKED.set(t, (known = new Set()));
  if (known.has(what)) return;
  if (!truthy(vm, callMethod(vm, t.need(), what))) throw unsupported(complaint);
  known.add(what);
}

function read(vm: VM, t: PyTextIOWrapper, size: Value | undefined): Value {
  const n = sizeArgument(vm, size);
  t.checkOpen(vm);
  requireAble(vm, t, "readable", "not readable");
  return n < 0 ? t.readAll(vm) : t.read(vm, n);
}

function readline(vm: VM, t: PyTextIOWrapper, size: Value | undefined): Value {
  const n = size === undefined ? -1 : Number(toIndex(vm, size));
  t.checkOpen(vm);
  requireAble(vm, t, "readable", "not readable");
  return t.readLine(vm, n < 0 ? -1 : n);
}

function close(vm: VM, t: PyTextIOWrapper): Value {
  const buffer = t.need();
  if (t.isClosed || isClosed(vm, buffer)) return null;
  try {
    callMethod(vm, t, "flush");
  } finally {
    t.isClosed = true;
    markClean(vm, t);
    callMethod(vm, buffer, "close");
  }
  return null;
}

function truncate(vm: VM, t: PyTextIOWrapper, size: Value | undefined): Value {
  t.flush(vm);
  return callMethod(vm, t.need(), "truncate", size === undefined || size === null ? t.tell(vm) : size);
}

function detach(vm: VM, t: PyTextIOWrapper): Value {
  const buffer = t.need();
  callMethod(vm, t, "flush");
  t.buffer = undefined;
  return buffer;
}

function textRepr(vm: VM, self: Value): string {
  const t = self as PyTextIOWrapper;
  const name = t.buffer === undefined ? undefined : quiet(vm, t, "name");
  const mode = ownAttr(t, "mode");
  const parts = [name === undefined ? "" : ` name=${repr(vm, name)}`, mode === undefined ? "" : ` mode=${repr(vm, mode)}`];
  return `<_io.${t.cls.name}${parts.join("")} encoding=${repr(vm, t.encoding)}>`;
}

function quiet(vm: VM, t: PyTextIOWrapper, name: string): Value | undefined {
  try {
    return lookupAttr(vm, t, name);
  } catch {
    return undefined;
  }
}

const forward = (name: string) => ["($self, /)", (vm: VM, t: PyTextIOWrapper) => callMethod(vm, t.need(), name)] as const;

export const textIOWrapperType: PyType = defineType({
  name: "TextIOWrapper",
  module: "_io",
  base: textIOBaseType,
  js: PyTextIOWrapper,
  doc: "Text over a buffered binary stream.",
  init: ["($self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", initialise],
  slots: {
    new: (_vm, cls) => {
      const t = new PyTextIOWrapper();
      if (cls !== textIOWrapperType) t.cls = cls;
      return t;
    },
    repr: textRepr,
    iternext: (vm, self) => {
      const t = self as PyTextIOWrapper;
      if (t.cls !== textIOWrapperType) {
        const line = callMethod(vm, t, "readline");
        return line === "" ? undefined : line;
      }
      t.checkOpen(vm);
      requireAble(vm, t, "readable", "not readable");
      return t.nextLine(vm);
    },
  },
  methods: {
    write: ["($self, text, /)", write, "Write text; returns the number of characters."],
    read: ["($self, size=-1, /)", read, "Read at most size characters."],
    readline: ["($self, size=-1, /)", readline, "Read a line."],
    flush: ["($self, /)", (vm: VM, t: PyTextIOWrapper) => (t.checkOpen(vm), t.flush(vm), null), "Write out what is buffered."],
    close: ["($self, /)", close, "Flush and close."],
    seek: ["($self, cookie, whence=0, /)", (vm: VM, t: PyTextIOWrapper, c: Value, w: Value | undefined) => t.seek(vm, c, w === undefined ? 0 : Number(toIndex(vm, w))), "Change the position."],
    tell: ["($self, /)", (vm: VM, t: PyTextIOWrapper) => t.tell(vm), "The position, as an opaque number."],
    truncate: ["($self, pos=None, /)", truncate, "Resize the file."],
    detach: ["($self, /)", detach, "Separate the buffer."],
    reconfigure: ["($self, /, *, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)", reconfigure, "Change how text is encoded and buffered."],
    fileno: forward("fileno"),
    isatty: forward("isatty"),
    readable: forward("readable"),
    writable: forward("writable"),
    seekable: forward("seekable"),
    __getstate__: [
      "($self, /)",
      () => {
        throw typeError("cannot pickle '_io.TextIOWrapper' object");
      },
    ],
  },
  getset: {
    buffer: [(_vm: VM, t: PyTextIOWrapper) => t.buffer ?? null],
    encoding: [(_vm: VM, t: PyTextIOWrapper) => t.encoding],
    errors: [(_vm: VM, t: PyTextIOWrapper) => t.errors],
    newlines: [(_vm: VM, t: PyTextIOWrapper) => t.newlines],
    line_buffering: [(_vm: VM, t: PyTextIOWrapper) => t.lineBuffering],
    write_through: [(_vm: VM, t: PyTextIOWrapper) => t.writeThrough],
    name: [(vm: VM, t: PyTextIOWrapper) => getAttr(vm, t.need(), "name")],
    closed: [(vm: VM, t: PyTextIOWrapper) => t.isClosed || isClosed(vm, t.need())],
    _CHUNK_SIZE: [() => CHUNK, () => {}],
  },
});

