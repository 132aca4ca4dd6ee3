/**
 * The parser: text cases in tests/ast (source, then the expected dump or error), sources of the standard library against the
 * hash of CPython 3.14's `ast.dump(tree, include_attributes=True)`, amendments of the grammar, decoding, warnings.
 * Expected texts were checked against CPython 3.14. UPDATE=1 rewrites the text cases.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AMENDMENTS } from "../src/interpreter/parse/amendments.ts";
import { CharacterNames } from "../src/interpreter/parse/character-names.ts";
import { dump } from "../src/interpreter/parse/dump.ts";
import type { Mode } from "../src/interpreter/parse/parse.ts";
import { decodeSource, parse, type SyntaxNotice, SyntaxProblem } from "../src/interpreter/parse/parse.ts";
import { compileWarnings } from "../src/interpreter/parse/warnings.ts";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "ast");
const update = process.env.UPDATE === "1";

// Text cases ------------------------------------------------------------------------------------

interface Case {
  readonly title: string;
  readonly source: string;
  readonly expected: string;
}

function readCases(text: string): Case[] {
  return text
    .split(/^==== /m)
    .slice(1)
    .map((block) => {
      const [, title, source, expected] = /^(.*)\n([\s\S]*?)^----\n([\s\S]*)$/m.exec(block)!;
      return { title: title!, source: source!, expected: expected!.trim() };
    });
}

function describe(problem: SyntaxProblem): string {
  const { kind, message, lineno, offset, end_lineno, end_offset, text, metadata } = problem;
  return `${kind}: ${message}\n(${lineno}, ${offset}) to (${end_lineno}, ${end_offset}) ${JSON.stringify(text)} after (${metadata?.slice(0, 2).join(", ")})`;
}

/** One line a statement, so that differences are easy to see. */
function show({ title, source }: Case): string {
  try {
    const tree = parse(source, "case.py");
    const includeAttributes = title.endsWith("(positions)");
    return tree.node === "Module" ? tree.body.map((statement) => dump(statement, { includeAttributes })).join("\n") : dump(tree);
  } catch (error) {
    if (error instanceof SyntaxProblem) return describe(error);
    throw error;
  }
}

for (const name of readdirSync(folder).filter((file) => file.endsWith(".txt"))) {
  const path = join(folder, name);
  const cases = readCases(readFileSync(path, "utf8"));
  if (update) {
    writeFileSync(path, cases.map((c) => `==== ${c.title}\n${c.source}----\n${show(c)}\n`).join("\n"));
    continue;
  }
  for (const c of cases) test(`${name}: ${c.title}`, () => assert.is(show(c), c.expected));
}

// Standard library ------------------------------------------------------------------------------

test("standard library: same trees as CPython", () => {
  const archive = readFileSync(join(here, "../node_modules/pyodide/python_stdlib.zip"));
  const wanted = readFileSync(join(folder, "stdlib.sha256"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("  ") as [string, string]);
  const names = new Set(wanted.map(([, name]) => name));
  const files = unzipSync(new Uint8Array(archive), { filter: (file) => names.has(file.name) });
  for (const [hash, name] of wanted) {
    const tree = parse(decodeSource(files[name]!, name).text, name, "exec", { characterNamed: () => "?" });
    const text = dump(tree, { includeAttributes: true });
    assert.is(createHash("sha256").update(text).digest("hex").slice(0, 16), hash, name);
  }
});

// Amendments ------------------------------------------------------------------------------------

test("amendments: names are unique and each says what it replaces", () => {
  assert.is(new Set(AMENDMENTS.map((a) => a.name)).size, AMENDMENTS.length);
  for (const a of AMENDMENTS) assert.is((a.rule === undefined) !== (a.find === undefined), true, a.name);
});

// Modes -----------------------------------------------------------------------------------------

function dumped(source: string, mode: Mode): string {
  return dump(parse(source, "case.py", mode));
}

function failure(source: string, mode: Mode = "exec"): string {
  try {
    parse(source, "case.py", mode);
    return "no error";
  } catch (error) {
    return error instanceof SyntaxProblem ? error.message : String(error);
  }
}

test("modes", () => {
  assert.is(dumped("a, b\n\n", "eval"), "Expression(body=Tuple(elts=[Name(id='a', ctx=Load()), Name(id='b', ctx=Load())], ctx=Load()))");
  assert.is(dumped("a; b", "single"), "Interactive(body=[Expr(value=Name(id='a', ctx=Load())), Expr(value=Name(id='b', ctx=Load()))])");
  assert.is(
    dumped("(int, *str) -> a", "func_type"),
    "FunctionType(argtypes=[Name(id='int', ctx=Load()), Name(id='str', ctx=Load())], returns=Name(id='a', ctx=Load()))",
  );
  assert.is(failure("a\nb", "single"), "multiple statements found while compiling a single statement");
  assert.is(failure("", "eval"), "invalid syntax");
  assert.is(failure(" a", "eval"), "unexpected indent");
  assert.is(failure("a\0b"), "source code string cannot contain null bytes");
});

test("interactive input", () => {
  const incomplete = (source: string, mode: Mode = "single") => {
    try {
      parse(source, "case.py", mode, { allowIncomplete: true, impliesDedent: false });
      return "complete";
    } catch (error) {
      return error instanceof SyntaxProblem ? error.kind : String(error);
    }
  };
  assert.is(incomplete("a = 1"), "complete");
  assert.is(incomplete("if a:\n  b\n"), "complete");
  for (const source of ["if a:\n", "a = (1,\n", "'''a\n", "@a\n", "a = \\\n"])
    assert.is(incomplete(source), "_IncompleteInputError", source);
  assert.is(incomplete("a b\n"), "SyntaxError");
  assert.is(incomplete("a = )"), "SyntaxError");
});

test("limits", () => {
  assert.is(failure(`${"(".repeat(201)}${")".repeat(201)}`), "too many nested parentheses");
  assert.is(failure(`${"(".repeat(200)}a${")".repeat(200)}`), "no error");
  const deep = Array.from({ length: 101 }, (_, i) => `${" ".repeat(i)}if a:\n`).join("");
  assert.is(failure(deep), "too many levels of indentation");
  assert.is(failure(`1${"+1".repeat(5000)}`), "no error");
  assert.match(failure("1".repeat(5000)), "Exceeds the limit (4300 digits)");
});

// Warnings --------------------------------------------------------------------------------------

function warnings(source: string): string[] {
  const notices: SyntaxNotice[] = [];
  parse(source, "case.py", "exec", { warn: (notice) => notices.push(notice) });
  return notices.map(({ message, lineno }) => `${lineno}: ${message}`);
}

test("warnings", () => {
  const tail = "Such sequences will not work in the future. Did you mean";
  assert.equal(warnings("a\n'\\d' '''\n\\z'''"), [
    `2: "\\d" is an invalid escape sequence. ${tail} "\\\\d"? A raw string is also an option.`,
    `3: "\\z" is an invalid escape sequence. ${tail} "\\\\z"? A raw string is also an option.`,
  ]);
  assert.equal(warnings("b'\\400'"), [
    `1: "\\400" is an invalid octal escape sequence. ${tail} "\\\\400"? A raw string is also an option.`,
  ]);
  assert.equal(warnings("1if a else 0x1for b"), ["1: invalid decimal literal", "1: invalid hexadecimal literal"]);
});

test("warnings of the compiler", () => {
  const found: string[] = [];
  const source = "a is 1\n1()\n'a'['b']\n{1}[0]\ndef f():\n  try: pass\n  finally: return";
  compileWarnings(parse(source, "case.py"), (message, at) => found.push(`${at.lineno}: ${message}`));
  assert.equal(found, [
    "7: 'return' in a 'finally' block",
    '1: "is" with \'int\' literal. Did you mean "=="?',
    "2: 'int' object is not callable; perhaps you missed a comma?",
    "3: str indices must be integers or slices, not str; perhaps you missed a comma?",
    "4: 'set' object is not subscriptable; perhaps you missed a comma?",
  ]);
});

// Names of characters ---------------------------------------------------------------------------

test("names of characters", () => {
  const names = new CharacterNames("2022;BULLET\nAC00;NOT THIS\nA;LINE FEED\n72 303;LATIN SMALL LETTER R WITH TILDE\n");
  assert.is(names.character("bullet"), "\u2022");
  assert.is(names.character("LINE FEED"), "\n");
  assert.is(names.nameOf(10), undefined);
  assert.is(names.character("LATIN SMALL LETTER R WITH TILDE"), undefined);
  assert.is(names.lookup("LATIN SMALL LETTER R WITH TILDE"), "r\u0303");
  assert.is(names.nameOf(0x4e00), "CJK UNIFIED IDEOGRAPH-4E00");
  assert.is(names.nameOf(0xac01), "HANGUL SYLLABLE GAG");
  assert.is(names.character("HANGUL SYLLABLE GAG"), "\uac01");
  const source = "'\\N{BULLET}' f'\\N{bullet}'";
  const tree = parse(source, "case.py", "eval", { characterNamed: (name) => names.character(name) });
  assert.match(dump(tree), "Constant(value='\u2022\u2022')");
});

// Decoding --------------------------------------------------------------------------------------

function decoded(bytes: string): string {
  try {
    return decodeSource(
      Uint8Array.from(bytes, (ch) => ch.charCodeAt(0)),
      "case.py",
    ).text;
  } catch (error) {
    return error instanceof SyntaxProblem ? `${error.message} (${error.lineno}, ${error.offset})` : String(error);
  }
}

test("decoding", () => {
  assert.is(decoded("\xef\xbb\xbfa = '\xc3\xa9'"), "a = 'é'");
  assert.is(decoded("#!x\n# coding: latin-1\n'\xe9'"), "#!x\n# coding: latin-1\n'é'");
  assert.is(decoded("# -*- coding: koi8-r -*-\n'\xc1'"), "# -*- coding: koi8-r -*-\n'а'");
  assert.is(decoded("# coding: nothing\n"), "unknown encoding: nothing (0, -1)");
  assert.is(decoded("\xef\xbb\xbf# coding: latin-1"), "encoding problem: iso-8859-1 with BOM (1, 0)");
  assert.match(decoded("a = 'b\xf6'"), "Non-UTF-8 code starting with '\\xf6' on line 1, but no encoding declared");
});

test.run();
