/**
 * Bytes of a source file → text: byte order mark, PEP 263 encoding declaration, UTF-8 by default.
 * Source: PEP 263; messages observed from CPython 3.14. Other encodings than UTF-8, Latin-1 and ASCII are those of TextDecoder.
 * Known weakness: TextDecoder reads the C1 controls of some ISO 8859 encodings as the Windows code pages do, and has no DOS
 * code pages.
 */
import { SyntaxProblem } from "./problem.ts";

export interface DecodedSource {
  readonly text: string;
  /** The declared encoding by its Python name; "utf-8" without a declaration. */
  readonly encoding: string;
}

const DECLARATION = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const BLANK_OR_COMMENT = /^[ \t\f]*(?:#|$)/;

export function decodeSource(bytes: Uint8Array, filename: string): DecodedSource {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = marked ? bytes.subarray(3) : bytes;
  const { name, line, text } = declaration(body);
  if (marked && name !== "utf-8" && name !== undefined) {
    throw problem(filename, `encoding problem: ${name} with BOM`, line, 0, text.length, text);
  }
  if (name === undefined || name === "utf-8") return { text: decodeUtf8(body, filename), encoding: "utf-8" };
  return { text: decodeDeclared(body, name, filename), encoding: name };
}

// Declaration -----------------------------------------------------------------------------------

interface Declaration {
  readonly name: string | undefined;
  readonly line: number;
  readonly text: string;
}

/** Looks at the first line and, when that is blank or a comment, at the second. */
function declaration(bytes: Uint8Array): Declaration {
  let start = 0;
  for (let line = 1; line <= 2; line++) {
    const text = lineAt(bytes, start);
    const found = DECLARATION.exec(text);
    if (found) return { name: normalName(found[1]!), line, text };
    if (!BLANK_OR_COMMENT.test(text)) break;
    start += text.length + 1;
  }
  return { name: undefined, line: 0, text: "" };
}

/** The line that begins at `start`, one character a byte. */
function lineAt(bytes: Uint8Array, start: number): string {
  let text = "";
  for (let i = start; i < bytes.length && bytes[i] !== 10 && bytes[i] !== 13; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** CPython treats the common spellings of UTF-8 and Latin-1 alike. */
function normalName(name: string): string {
  const normal = name.toLowerCase().replaceAll("_", "-");
  if (/^utf-8(?:-|$)/.test(normal)) return "utf-8";
  return /^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)/.test(normal) ? "iso-8859-1" : name;
}

// Decoding --------------------------------------------------------------------------------------

function decodeUtf8(bytes: Uint8Array, filename: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const before = bytes.subarray(0, at);
    const lineno = before.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
    const start = before.lastIndexOf(10) + 1;
    const newline = bytes.indexOf(10, at);
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
    const line = lenient.decode(bytes.subarray(start, newline < 0 ? bytes.length : newline));
    const offset = [...lenient.decode(bytes.subarray(start, at))].length + 1;
    const message = `Non-UTF-8 code starting with '\\x${bytes[at]!.toString(16).padStart(2, "0")}' on line ${lineno}, but no encoding declared; see https://peps.python.org/pep-0263/ for details`;
    throw problem(filename, message, lineno, offset, offset, line);
  }
}

/** Offset of the first byte that begins no UTF-8 sequence. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** Length of the sequence at `at`; 0 when it is not valid (RFC 3629, table 3-7 of the Unicode Standard). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < (i === 1 ? low : 0x80) || byte > (i === 1 ? high : 0xbf)) return 0;
  }
  return length;
}

/** Python names that TextDecoder knows by another. */
const LABELS: Readonly<Record<string, string>> = {
  "mac-roman": "macintosh",
  macroman: "macintosh",
  cp866: "ibm866",
  cp932: "shift_jis",
  utf8: "utf-8",
  u8: "utf-8",
};

function decodeDeclared(bytes: Uint8Array, name: string, filename: string): string {
  const normal = name.toLowerCase().replaceAll("_", "-");
  if (normal === "iso-8859-1" || /^(?:latin1|l1|latin|cp819|8859)$/.test(normal)) return latin1(bytes);
  if (/^(?:ascii|us-ascii|646)$/.test(normal)) return ascii(bytes, filename);
  const decoder = decoderFor(LABELS[normal] ?? normal.replace(/^cp(125\d)$/, "windows-$1").replaceAll(/^shift-jis$|^sjis$/g, "shift_jis"));
  if (!decoder) throw problem(filename, `unknown encoding: ${name}`, 0, -1, null, null);
  try {
    return decoder.decode(bytes);
  } catch {
    const at = decoder.encoding === "utf-8" ? firstInvalid(bytes) : 0;
    const byte = bytes[at]!.toString(16).padStart(2, "0");
    const reason =
      decoder.encoding === "utf-8"
        ? bytes[at]! >= 0xc2 && bytes[at]! <= 0xf4
          ? "invalid continuation byte"
          : "invalid start byte"
        : "illegal multibyte sequence";
    throw problem(filename, `'${decoder.encoding}' codec can't decode byte 0x${byte} in position ${at}: ${reason}`, 0, -1, null, null);
  }
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  const chunk = 8192;
  for (let i = 0; i < bytes.length; i += chunk) text += String.fromCharCode(...bytes.subarray(i, i + chunk));
  return text;
}

function ascii(bytes: Uint8Array, filename: string): string {
  const at = bytes.findIndex((byte) => byte > 127);
  if (at < 0) return latin1(bytes);
  throw problem(
    filename,
    `'ascii' codec can't decode byte 0x${bytes[at]!.toString(16)} in position ${at}: ordinal not in range(128)`,
    0,
    -1,
    null,
    null,
  );
}

function problem(
  filename: string,
  message: string,
  lineno: number,
  offset: number,
  endOffset: number | null,
  text: string | null,
): SyntaxProblem {
  const end_lineno = endOffset === null ? null : lineno;
  return new SyntaxProblem({
    kind: "SyntaxError",
    message,
    filename,
    lineno,
    offset,
    end_lineno,
    end_offset: endOffset,
    text,
    metadata: null,
  });
}
