/** re.Pattern: searching, splitting, replacing; scanners. */
import { typeError } from "../../builtins/exceptions.ts";
import { bytesOf } from "../../objects/buffer.ts";
import { CLASS_GETITEM } from "../../objects/class-getitem.ts";
import type { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { equals, getAttr, hash, isCallable, plainStr, repr, toIndex, toSsize, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { tupleHashOf } from "../../objects/tuple-hash.ts";
import { defineType, type NativeRow, type PyType } from "../../objects/type.ts";
import { NotImplemented, PyObject, PyTuple, type Value } from "../../objects/values.ts";
import { PyStepper } from "../iterator-type.ts";
import { Finder, type Found, type Mode } from "./find.ts";
import { PyMatch, PyTemplate } from "./match.ts";
import { FLAG } from "./opcodes.ts";
import { latin1Text, type Subject, subjectOf } from "./subject.ts";

export class PyPattern extends PyObject {
  readonly source: Value;
  readonly flags: number;
  readonly code: readonly number[];
  readonly groupIndex: PyDict;
  /** Group number → name. */
  readonly indexGroup: readonly Value[];
  readonly finder: Finder;
  /** What the pattern applies to; undefined for patterns made without a source. */
  readonly isBytes: boolean | undefined;

  constructor(source: Value, flags: number, code: readonly number[], groups: number, groupIndex: PyDict, indexGroup: readonly Value[]) {
    super();
    this.source = source;
    this.flags = flags;
    this.code = code;
    this.groupIndex = groupIndex;
    this.indexGroup = indexGroup;
    this.finder = new Finder(code, groups);
    this.isBytes = source === null ? undefined : plainStr(source) === undefined;
  }
}

/** A walk over the matches in a subject, from `pos` to `endpos`. */
class Walk {
  readonly pattern: PyPattern;
  readonly subject: Subject;
  private readonly pos: number;
  private readonly endpos: number;
  private readonly end: number;
  private at: number;
  private advance = false;

  constructor(vm: VM, pattern: PyPattern, string: Value, pos?: Value, endpos?: Value) {
    this.pattern = pattern;
    this.subject = subjectOf(string, pattern.isBytes);
    const n = this.subject.length;
    this.endpos = bound(vm, endpos, n, n);
    this.pos = Math.min(bound(vm, pos, 0, n), n);
    this.end = this.subject.toUnit(this.endpos);
    this.at = this.subject.toUnit(this.pos);
    // an end before the start leaves nothing to match
    if (this.pos > this.endpos) this.at = -1;
  }

  next(mode: Mode): Found | undefined {
    if (this.at < 0) return undefined;
    const f = this.pattern.finder.find(this.subject, this.at, this.end, mode, this.advance);
    if (f === undefined) {
      this.at = -1;
      return undefined;
    }
    this.advance = f.end === f.start;
    this.at = f.end;
    return f;
  }

  match(f: Found): PyMatch {
    return new PyMatch(this.pattern, this.subject, this.pos, this.endpos, f);
  }

  nextMatch(mode: Mode): PyMatch | null {
    const f = this.next(mode);
    return f === undefined ? null : this.match(f);
  }
}

function bound(vm: VM, v: Value | undefined, missing: number, length: number): number {
  if (v === undefined) return missing;
  const i = toIndex(vm, v);
  if (typeof i === "bigint") return i < 0n ? 0 : length;
  return i < 0 ? 0 : Math.min(i, length);
}

function once(mode: Mode): NativeRow {
  return [
    "($self, /, string, pos=0, endpos=sys.maxsize)",
    (vm: VM, p: PyPattern, string: Value, pos?: Value, endpos?: Value) => new Walk(vm, p, string, pos, endpos).nextMatch(mode),
    { match: "Match at the start of the string.", fullmatch: "Match the whole string.", search: "The first match anywhere in the string." }[mode],
  ];
}

function findall(vm: VM, p: PyPattern, string: Value, pos?: Value, endpos?: Value): Value {
  const walk = new Walk(vm, p, string, pos, endpos);
  const { subject } = walk;
  const out: Value[] = [];
  const groups = p.finder.groups;
  for (let f = walk.next("search"); f !== undefined; f = walk.next("search")) {
    if (groups === 0) out.push(subject.piece(f.groups[0]!));
    else if (groups === 1) out.push(subject.piece(f.groups[1] ?? ""));
    else out.push(new PyTuple(Array.from({ length: groups }, (_, g) => subject.piece(f!.groups[g + 1] ?? ""))));
  }
  return new PyList(out);
}

function split(vm: VM, p: PyPattern, string: Value, maxsplit: Value | undefined): Value {
  const limit = maxsplit === undefined ? 0 : toSsize(vm, maxsplit);
  const walk = new Walk(vm, p, string);
  const { subject } = walk;
  const out: Value[] = [];
  let last = 0;
  for (let n = 0; limit === 0 || n < limit; n++) {
    const f = walk.next("search");
    if (f === undefined) break;
    out.push(subject.slice(last, f.start));
    for (let g = 1; g <= p.finder.groups; g++) out.push(f.groups[g] === undefined ? null : subject.piece(f.groups[g]!));
    last = f.end;
  }
  out.push(subject.slice(last, subject.text.length));
  return new PyList(out);
}

/** How a replacement makes its text: null adds nothing. */
type Replace = (m: () => PyMatch) => string | null;

function replacement(vm: VM, p: PyPattern, repl: Value, isBytes: boolean): Replace {
  if (isCallable(repl)) {
    return (m) => {
      const r = vm.call(repl, [m()]);
      return r === null ? null : textOf(r, isBytes);
    };
  }
  const literal = plainStr(repl) ?? (bytesOf(repl) ? latin1Text(bytesOf(repl)!) : undefined);
  if (literal !== undefined && !literal.includes("\\")) {
    textOf(repl, isBytes);
    return () => literal;
  }
  const template = vm.call(getAttr(vm, vm.importModule("re"), "_compile_template"), [p, repl]);
  if (template instanceof PyTemplate) return (m) => template.expand(m());
  const fixed = textOf(template, isBytes);
  return () => fixed;
}

/** The text of something that is to be joined with pieces of the subject. */
function textOf(v: Value, isBytes: boolean): string {
  const s = plainStr(v);
  if (!isBytes && s !== undefined) return s;
  const b = bytesOf(v);
  if (isBytes && b !== undefined) return latin1Text(b);
  throw typeError(`sequence item 0: expected ${isBytes ? "a bytes-like object" : "str instance"}, ${typeName(v)} found`);
}

function substitute(vm: VM, p: PyPattern, repl: Value, string: Value, count: Value | undefined): { text: Value; n: number } {
  const limit = count === undefined ? 0 : toSsize(vm, count);
  const walk = new Walk(vm, p, string);
  const { subject } = walk;
  const make = replacement(vm, p, repl, subject.isBytes);
  let out = "";
  let last = 0;
  let n = 0;
  for (; limit === 0 || n < limit; n++) {
    const f = walk.next("search");
    if (f === undefined) break;
    const r = make(() => walk.match(f));
    out += subject.text.slice(last, f.start);
    if (r !== null) out += r;
    last = f.end;
  }
  if (n === 0) return { text: plainStr(string) !== undefined || !subject.isBytes ? subject.piece(subject.text) : string, n };
  return { text: subject.piece(out + subject.text.slice(last)), n };
}

// ---- iterators ------------------------------------------------------------------------------------------------------------------------------

class PyMatchIterator extends PyStepper {
  private readonly walk: Walk;
  constructor(walk: Walk) {
    super();
    this.walk = walk;
  }
  step(): Value | undefined {
    return this.walk.nextMatch("search") ?? undefined;
  }
}

defineType({
  name: "callable_iterator",
  js: PyMatchIterator,
  subclassable: false,
  slots: { iter: (_vm, it) => it, iternext: (_vm, it) => (it as PyMatchIterator).step() },
});

class PyScanner extends PyObject {
  readonly walk: Walk;
  constructor(walk: Walk) {
    super();
    this.walk = walk;
  }
}

defineType({
  name: "SRE_Scanner",
  module: "_sre",
  js: PyScanner,
  subclassable: false,
  methods: {
    match: ["($self, /)", (_vm: VM, s: PyScanner) => s.walk.nextMatch("match")],
    search: ["($self, /)", (_vm: VM, s: PyScanner) => s.walk.nextMatch("search")],
  },
  getset: { pattern: [(_vm: VM, s: PyScanner) => s.walk.pattern] },
});

// ---- the type -------------------------------------------------------------------------------------------------------------------------------

const SHOWN_FLAGS = ["IGNORECASE", "LOCALE", "MULTILINE", "DOTALL", "UNICODE", "VERBOSE", "DEBUG", "ASCII"] as const;

function patternRepr(vm: VM, self: Value): string {
  const p = self as PyPattern;
  let flags = p.flags;
  // the flag that a str pattern has anyway
  if (p.isBytes === false && (flags & (FLAG.LOCALE | FLAG.UNICODE | FLAG.ASCII)) === FLAG.UNICODE) flags &= ~FLAG.UNICODE;
  const names: string[] = [];
  for (const name of SHOWN_FLAGS) {
    if (!(flags & FLAG[name])) continue;
    names.push(`re.${name}`);
    flags &= ~FLAG[name];
  }
  if (flags) names.push(`0x${flags.toString(16)}`);
  const source = [...repr(vm, p.source)].slice(0, 200).join("");
  return `re.compile(${source}${names.length ? `, ${names.join("|")}` : ""})`;
}

function samePattern(vm: VM, a: PyPattern, b: PyPattern): boolean {
  return a.flags === b.flags && a.isBytes === b.isBytes && a.code.length === b.code.length && a.code.every((c, i) => c === b.code[i]) && equals(vm, a.source, b.source);
}

export const patternType: PyType = defineType({
  name: "Pattern",
  module: "re",
  js: PyPattern,
  subclassable: false,
  doc: "Compiled regular expression object.",
  slots: {
    repr: patternRepr,
    eq: (vm, a, b) => (b instanceof PyPattern ? samePattern(vm, a as PyPattern, b) : NotImplemented),
    ne: (vm, a, b) => (b instanceof PyPattern ? !samePattern(vm, a as PyPattern, b) : NotImplemented),
    hash: (vm, self) => tupleHashOf([hash(vm, (self as PyPattern).source), (self as PyPattern).flags]),
  },
  methods: {
    match: once("match"),
    fullmatch: once("fullmatch"),
    search: once("search"),
    findall: ["($self, /, string, pos=0, endpos=sys.maxsize)", findall, "All matches, as strings or tuples of groups."],
    finditer: [
      "($self, /, string, pos=0, endpos=sys.maxsize)",
      (vm: VM, p: PyPattern, string: Value, pos?: Value, endpos?: Value) => new PyMatchIterator(new Walk(vm, p, string, pos, endpos)),
      "All matches, as match objects.",
    ],
    split: ["($self, /, string, maxsplit=0)", split, "The pieces between the matches."],
    sub: [
      "($self, /, repl, string, count=0)",
      (vm: VM, p: PyPattern, repl: Value, string: Value, count?: Value) => substitute(vm, p, repl, string, count).text,
      "The string with the matches replaced.",
    ],
    subn: [
      "($self, /, repl, string, count=0)",
      (vm: VM, p: PyPattern, repl: Value, string: Value, count?: Value) => {
        const { text, n } = substitute(vm, p, repl, string, count);
        return new PyTuple([text, n]);
      },
      "The string with the matches replaced, and how many there were.",
    ],
    scanner: ["($self, /, string, pos=0, endpos=sys.maxsize)", (vm: VM, p: PyPattern, string: Value, pos?: Value, endpos?: Value) => new PyScanner(new Walk(vm, p, string, pos, endpos))],
    __copy__: ["($self, /)", (_vm: VM, p: PyPattern) => p],
    __deepcopy__: ["($self, memo, /)", (_vm: VM, p: PyPattern) => p],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    pattern: [(_vm: VM, p: PyPattern) => p.source, undefined, "The pattern string from which the RE object was compiled."],
    flags: [(_vm: VM, p: PyPattern) => p.flags, undefined, "The regex matching flags."],
    groups: [(_vm: VM, p: PyPattern) => p.finder.groups, undefined, "The number of capturing groups in the pattern."],
    groupindex: [
      (vm: VM, p: PyPattern) => vm.call(getAttr(vm, vm.importModule("types"), "MappingProxyType"), [p.groupIndex]),
      undefined,
      "A dictionary mapping group names to group numbers.",
    ],
  },
});
