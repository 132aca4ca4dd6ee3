/** Line ends of text streams: translation on reading, which kinds were seen, finding the end of a line. */
import { decodeBytes } from "../../objects/codecs-core.ts";
import { typeError, valueError } from "../../builtins/exceptions.ts";
import { callMethod, plainStr, repr, toIndex, truthy, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyBytes, PyObject, PyTuple, type Value } from "../../objects/values.ts";

/** Bits of what was seen. */
const CR = 1;
const LF = 2;
const CRLF = 4;

/** `newlines` of a stream: None, a str or a tuple of them. */
export function newlinesSeen(seen: number): Value {
  const kinds: string[] = [];
  if (seen & CR) kinds.push("\r");
  if (seen & LF) kinds.push("\n");
  if (seen & CRLF) kinds.push("\r\n");
  return kinds.length === 0 ? null : kinds.length === 1 ? kinds[0]! : new PyTuple(kinds);
}

/** Translates line ends piece by piece: a "\r" at the end of a piece waits for what follows. */
export class NewlineTranslator {
  seen = 0;
  pendingCr = false;
  private readonly translate: boolean;
  constructor(translate: boolean) {
    this.translate = translate;
  }

  feed(input: string, final: boolean): string {
    let text = this.pendingCr && (input !== "" || final) ? `\r${input}` : input;
    if (text !== input || input !== "") this.pendingCr = false;
    if (text.endsWith("\r") && !final) {
      text = text.slice(0, -1);
      this.pendingCr = true;
    }
    this.note(text);
    return this.translate && text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  private note(text: string): void {
    if (this.seen === (CR | LF | CRLF)) return;
    if (!text.includes("\r")) {
      if (text.includes("\n")) this.seen |= LF;
      return;
    }
    if (text.includes("\r\n")) this.seen |= CRLF;
    if (/\r(?!\n)/.test(text)) this.seen |= CR;
    if (/(?<!\r)\n/.test(text)) this.seen |= LF;
  }

  reset(): void {
    this.seen = 0;
    this.pendingCr = false;
  }
}

/** How a stream treats line ends: the `newline` argument. */
export interface NewlineMode {
  /** Any line end ends a line. */
  readonly universal: boolean;
  /** All become "\n" on reading. */
  readonly translateReads: boolean;
  /** What a written "\n" becomes, when not itself. */
  readonly writeAs: string | undefined;
  /** The one line end, when not universal. */
  readonly terminator: string;
}

export function newlineMode(vm: VM, v: Value | undefined): NewlineMode {
  if (v === undefined || v === null) return { universal: true, translateReads: true, writeAs: undefined, terminator: "\n" };
  const s = plainStr(v);
  if (s === undefined) throw typeError(`newline must be str or None, not ${typeName(v)}`);
  if (!["", "\n", "\r", "\r\n"].includes(s)) throw valueError(`illegal newline value: ${repr(vm, s)}`);
  if (s === "") return { universal: true, translateReads: false, writeAs: undefined, terminator: "\n" };
  return { universal: false, translateReads: false, writeAs: s === "\n" ? undefined : s, terminator: s };
}

/** Index just past the end of the line that begins at `from`, or -1 when the text has no line end. `final`: no more text will come. */
export function lineEnd(text: string, from: number, mode: NewlineMode, final: boolean): number {
  if (!mode.universal) {
    const i = text.indexOf(mode.terminator, from);
    return i < 0 ? -1 : i + mode.terminator.length;
  }
  const lf = text.indexOf("\n", from);
  if (mode.translateReads) return lf < 0 ? -1 : lf + 1;
  const cr = text.indexOf("\r", from);
  if (cr < 0 || (lf >= 0 && lf < cr)) return lf < 0 ? -1 : lf + 1;
  if (cr + 1 < text.length) return text[cr + 1] === "\n" ? cr + 2 : cr + 1;
  return final ? cr + 1 : -1;
}

// ---- IncrementalNewlineDecoder --------------------------------------------------------------------------------------------------------------

class PyNewlineDecoder extends PyObject {
  readonly decoder: Value;
  translator: NewlineTranslator;
  constructor(decoder: Value, translate: boolean) {
    super();
    this.decoder = decoder;
    this.translator = new NewlineTranslator(translate);
  }
}

function decode(vm: VM, d: PyNewlineDecoder, input: Value, finalArg: Value | undefined): Value {
  const final = finalArg !== undefined && truthy(vm, finalArg);
  const out = d.decoder === null ? input : vm.call(lookupDecode(vm, d.decoder), [input, final]);
  const text = plainStr(out) ?? (out instanceof PyBytes ? decodeBytes(vm, out.data) : undefined);
  if (text === undefined) throw typeError(`decoder should return a string result, not '${typeName(out)}'`);
  return d.translator.feed(text, final);
}

function lookupDecode(vm: VM, decoder: Value): Value {
  return vm.call(vm.builtins.getStr("getattr")!, [decoder, "decode"]);
}

export const newlineDecoderType: PyType = defineType({
  name: "IncrementalNewlineDecoder",
  module: "_io",
  js: PyNewlineDecoder,
  doc: "A decoder that also translates line ends.",
  new: [
    "(decoder, translate, errors='strict')",
    (vm: VM, cls: PyType, decoder: Value, translate: Value) => {
      const d = new PyNewlineDecoder(decoder, truthy(vm, translate));
      if (cls !== newlineDecoderType) d.cls = cls;
      return d;
    },
  ],
  methods: {
    decode: ["($self, input, final=False)", decode, "Decode and translate."],
    getstate: [
      "($self, /)",
      (vm: VM, d: PyNewlineDecoder) => {
        const inner = d.decoder === null ? undefined : callMethod(vm, d.decoder, "getstate");
        const [buffer, flag] = inner instanceof PyTuple ? (inner.items as [Value, Value]) : [new PyBytes(new Uint8Array(0)), 0];
        return new PyTuple([buffer, Number(toIndex(vm, flag)) * 2 + (d.translator.pendingCr ? 1 : 0)]);
      },
    ],
    setstate: [
      "($self, state, /)",
      (vm: VM, d: PyNewlineDecoder, state: Value) => {
        if (!(state instanceof PyTuple)) throw typeError("state argument must be a tuple");
        const flag = Number(toIndex(vm, state.items[1]!));
        d.translator.pendingCr = (flag & 1) === 1;
        if (d.decoder !== null) callMethod(vm, d.decoder, "setstate", new PyTuple([state.items[0]!, flag >> 1]));
        return null;
      },
    ],
    reset: [
      "($self, /)",
      (vm: VM, d: PyNewlineDecoder) => {
        d.translator.reset();
        return d.decoder === null ? null : callMethod(vm, d.decoder, "reset");
      },
    ],
  },
  getset: { newlines: [(_vm: VM, d: PyNewlineDecoder) => newlinesSeen(d.translator.seen)] },
});
