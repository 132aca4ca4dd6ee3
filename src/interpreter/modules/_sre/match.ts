/** re.Match and replacement templates. */
import { indexError } from "../../builtins/exceptions.ts";
import { bytesOf } from "../../objects/buffer.ts";
import { CLASS_GETITEM } from "../../objects/class-getitem.ts";
import { PyDict } from "../../objects/dict.ts";
import { getAttr, plainInt, plainStr, repr, toIndex } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type PyType } from "../../objects/type.ts";
import { PyObject, PyTuple, type Value } from "../../objects/values.ts";
import type { Found } from "./find.ts";
import type { PyPattern } from "./pattern.ts";
import { latin1Text, type Subject } from "./subject.ts";

export class PyMatch extends PyObject {
  readonly pattern: PyPattern;
  readonly subject: Subject;
  readonly pos: number;
  readonly endpos: number;
  readonly found: Found;
  private spans: readonly number[] | undefined = undefined;

  constructor(pattern: PyPattern, subject: Subject, pos: number, endpos: number, found: Found) {
    super();
    this.pattern = pattern;
    this.subject = subject;
    this.pos = pos;
    this.endpos = endpos;
    this.found = found;
  }

  /** Text of group g; undefined when it took no part. */
  group(g: number): Value | undefined {
    const text = this.found.groups[g];
    return text === undefined ? undefined : this.subject.piece(text);
  }

  /** Start (0) or end (1) of group g in code points or bytes; -1 when it took no part. */
  mark(g: number, side: 0 | 1): number {
    if (g === 0) return this.subject.toPoint(side === 0 ? this.found.start : this.found.end);
    this.spans ??= this.pattern.finder.spans(this.subject, this.found, this.subject.toUnit(this.endpos));
    return this.subject.toPoint(this.spans[g * 2 + side] ?? -1);
  }

  /** Number of the group that an argument names. */
  index(vm: VM, v: Value | undefined): number {
    if (v === undefined) return 0;
    let g: number | bigint | undefined = typeof v === "number" ? v : undefined;
    if (g === undefined) {
      const name = plainStr(v);
      const plain = name === undefined ? plainInt(v) : undefined;
      if (plain !== undefined) g = plain;
      else {
        const found = this.pattern.groupIndex.find(vm, v);
        g = found ? (plainInt(found.value) ?? -1) : tryIndex(vm, v, name);
      }
    }
    if (typeof g === "bigint" || g < 0 || g > this.pattern.finder.groups) throw indexError("no such group");
    return g;
  }
}

function tryIndex(vm: VM, v: Value, name: string | undefined): number {
  if (name !== undefined) return -1;
  try {
    return Number(toIndex(vm, v));
  } catch {
    return -1;
  }
}

function group(vm: VM, m: PyMatch, args: Value[]): Value {
  const one = (v: Value | undefined) => m.group(m.index(vm, v)) ?? null;
  return args.length <= 1 ? one(args[0]) : new PyTuple(args.map(one));
}

function groups(_vm: VM, m: PyMatch, missing: Value | undefined): Value {
  const out: Value[] = [];
  for (let g = 1; g <= m.pattern.finder.groups; g++) out.push(m.group(g) ?? missing ?? null);
  return new PyTuple(out);
}

function groupdict(vm: VM, m: PyMatch, missing: Value | undefined): Value {
  const d = new PyDict();
  for (const e of m.pattern.groupIndex.entries()) d.set(vm, e.key, m.group(Number(plainInt(e.value) ?? 0)) ?? missing ?? null);
  return d;
}

function expand(vm: VM, m: PyMatch, template: Value): Value {
  const compiled = vm.call(getAttr(vm, vm.importModule("re"), "_compile_template"), [m.pattern, template]);
  return compiled instanceof PyTemplate ? m.subject.piece(compiled.expand(m)) : compiled;
}

function matchRepr(vm: VM, self: Value): string {
  const m = self as PyMatch;
  return `<re.Match object; span=(${m.mark(0, 0)}, ${m.mark(0, 1)}), match=${[...repr(vm, m.group(0)!)].slice(0, 50).join("")}>`;
}

const span = (m: PyMatch, g: number): Value => new PyTuple([m.mark(g, 0), m.mark(g, 1)]);

export const matchType: PyType = defineType({
  name: "Match",
  module: "re",
  js: PyMatch,
  subclassable: false,
  doc: "The result of re.match() and re.search().",
  slots: {
    repr: matchRepr,
    getitem: (vm, self, key) => (self as PyMatch).group((self as PyMatch).index(vm, key)) ?? null,
  },
  methods: {
    group: ["($self, /, *args)", group, "One or more groups of the match."],
    groups: ["($self, /, default=None)", groups, "All groups as a tuple."],
    groupdict: ["($self, /, default=None)", groupdict, "The named groups as a dict."],
    start: ["($self, group=0, /)", (vm: VM, m: PyMatch, g: Value | undefined) => m.mark(m.index(vm, g), 0), "Where a group starts."],
    end: ["($self, group=0, /)", (vm: VM, m: PyMatch, g: Value | undefined) => m.mark(m.index(vm, g), 1), "Where a group ends."],
    span: ["($self, group=0, /)", (vm: VM, m: PyMatch, g: Value | undefined) => span(m, m.index(vm, g)), "Where a group starts and ends."],
    expand: ["($self, /, template)", expand, "A template with its group references filled in."],
    __copy__: ["($self, /)", (_vm: VM, m: PyMatch) => m],
    __deepcopy__: ["($self, memo, /)", (_vm: VM, m: PyMatch) => m],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: {
    string: [(_vm: VM, m: PyMatch) => m.subject.value, undefined, "The string passed to match() or search()."],
    re: [(_vm: VM, m: PyMatch) => m.pattern, undefined, "The regular expression object."],
    pos: [(_vm: VM, m: PyMatch) => m.pos, undefined, "The index into the string at which the RE engine started looking for a match."],
    endpos: [(_vm: VM, m: PyMatch) => m.endpos, undefined, "The index into the string beyond which the RE engine will not go."],
    lastindex: [(_vm: VM, m: PyMatch) => m.found.lastIndex ?? null, undefined, "The integer index of the last matched capturing group."],
    lastgroup: [
      (_vm: VM, m: PyMatch) => (m.found.lastIndex === undefined ? null : (m.pattern.indexGroup[m.found.lastIndex] ?? null)),
      undefined,
      "The name of the last matched capturing group.",
    ],
    regs: [(_vm: VM, m: PyMatch) => new PyTuple(Array.from({ length: m.pattern.finder.groups + 1 }, (_, g) => span(m, g)))],
  },
});

/** A parsed replacement: literal text and group numbers in turn. */
export class PyTemplate extends PyObject {
  private readonly parts: readonly (string | number)[];
  constructor(parts: readonly (string | number)[]) {
    super();
    this.parts = parts;
  }
  expand(m: PyMatch): string {
    let out = "";
    for (const p of this.parts) out += typeof p === "string" ? p : (m.found.groups[p] ?? "");
    return out;
  }
}

defineType({ name: "SRE_Template", module: "_sre", js: PyTemplate, subclassable: false });

/** From the list that re._parser.parse_template gives. */
export function makeTemplate(parts: readonly Value[]): PyTemplate {
  return new PyTemplate(parts.map((p) => plainStr(p) ?? (typeof p === "number" ? p : latin1Text(bytesOf(p)!))));
}
