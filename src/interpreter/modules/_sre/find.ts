/** Finding matches: by RegExp where the pattern has a translation, else by the backtracking machine. */
import type { Subject } from "./subject.ts";
import { firstTest, Machine, Program } from "./machine.ts";
import { type Info, readProgram, type Sequence } from "./tree.ts";
import { toRegExp, type Translation } from "./to-regexp.ts";

export type Mode = "search" | "match" | "fullmatch";

/** One match; positions in UTF-16 units. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** Text of every group, the whole match first. */
  readonly groups: readonly (string | undefined)[];
  /** Start and end of every group, -1 where it took no part; undefined when not known yet (see `spans`). */
  readonly marks: readonly number[] | undefined;
  readonly lastIndex: number | undefined;
}

/** A compiled pattern without its Python side. */
export class Finder {
  private readonly body: Sequence;
  private readonly info: Info;
  readonly groups: number;
  private readonly translation: Translation | undefined;
  private readonly compiled: Map<string, RegExp> = new Map();
  private program: Program | undefined = undefined;
  /** RegExp gave up on some subject (backtracking stack): the machine does all from then on. */
  private overflowed = false;

  constructor(code: readonly number[], groups: number) {
    const { body, info } = readProgram(code);
    this.body = body;
    this.info = info;
    this.groups = groups;
    this.translation = toRegExp(body);
  }

  /** `advance`: an empty match at `from` does not count. */
  find(subject: Subject, from: number, end: number, mode: Mode, advance: boolean): Found | undefined {
    const t = this.translation;
    if (t === undefined || this.overflowed || (advance && t.emptyFirst && this.info.minWidth === 0)) return this.findByMachine(subject, from, end, mode, advance);
    const text = end === subject.text.length ? subject.text : subject.text.slice(0, end);
    let start = from;
    if (advance) {
      const here = this.execute(text, from, "match");
      if (here === undefined) return this.findByMachine(subject, from, end, mode, advance);
      if (here !== null && here[0].length > 0 && mode !== "fullmatch") return this.found(here, t);
      if (mode !== "search" || from >= end) return undefined;
      start = from + (text.codePointAt(from)! > 0xffff ? 2 : 1);
    }
    const m = this.execute(text, start, mode);
    if (m === undefined || (m !== null && subject.astral && splitsPair(text, m.index))) return this.findByMachine(subject, start, end, mode, false);
    return m === null ? undefined : this.found(m, t);
  }

  /** undefined when the RegExp ran out of its stack. */
  private execute(text: string, from: number, mode: Mode): RegExpExecArray | null | undefined {
    const re = this.regexp(mode, "");
    re.lastIndex = from;
    try {
      return re.exec(text);
    } catch (e) {
      if (!(e instanceof RangeError)) throw e;
      this.overflowed = true;
      return undefined;
    }
  }

  private regexp(mode: Mode, extra: "" | "d"): RegExp {
    const key = mode + extra;
    let re = this.compiled.get(key);
    if (!re) {
      const { source, flags } = this.translation!;
      re = mode === "fullmatch" ? new RegExp(`(?:${source})$`, `${flags}y${extra}`) : new RegExp(source, flags + (mode === "search" ? "g" : "y") + extra);
      this.compiled.set(key, re);
    }
    return re;
  }

  private found(m: RegExpExecArray, t: Translation): Found {
    let lastIndex: number | undefined;
    for (let k = t.closing.length - 1; k >= 0 && lastIndex === undefined; k--) if (m[t.closing[k]!] !== undefined) lastIndex = t.closing[k];
    return { start: m.index, end: m.index + m[0].length, groups: m, marks: undefined, lastIndex };
  }

  /** Start and end of every group of a match. */
  spans(subject: Subject, found: Found, end: number): readonly number[] {
    if (found.marks) return found.marks;
    if (this.groups === 0) return [found.start, found.end];
    // the same match again, with indices; the end is fixed, so alternatives that a fullmatch or a search chose are chosen again
    const text = subject.text.slice(0, end);
    for (const mode of ["match", "fullmatch"] as const) {
      const re = this.regexp(mode, "d");
      re.lastIndex = found.start;
      const indices = re.exec(text)?.indices;
      if (indices && indices[0]![1] === found.end) return indices.flatMap((p) => p ?? [-1, -1]);
    }
    return [found.start, found.end];
  }

  // ---- the machine ------------------------------------------------------------------------------------------------------------------------

  private findByMachine(subject: Subject, from: number, endUnit: number, mode: Mode, advance: boolean): Found | undefined {
    this.program ??= new Program(this.body, this.groups);
    const characters = subject.characters;
    const end = subject.toPoint(endUnit);
    const machine = new Machine(this.program, characters, end);
    const start = subject.toPoint(from);
    if (mode !== "search") {
      const stop = machine.match(start, mode === "fullmatch", advance);
      return stop < 0 ? undefined : this.fromMachine(subject, machine, start, stop);
    }
    const test = firstTest(this.body);
    const last = end - this.info.minWidth;
    for (let i = start; i <= last; i++) {
      if (test) {
        while (i <= last && !test.has(characters[i] ?? -1)) i++;
        if (i > last) break;
      }
      const stop = machine.match(i, false, advance && i === start);
      if (stop >= 0) return this.fromMachine(subject, machine, i, stop);
    }
    return undefined;
  }

  private fromMachine(subject: Subject, machine: Machine, start: number, stop: number): Found {
    const marks: number[] = [subject.toUnit(start), subject.toUnit(stop)];
    const groups: (string | undefined)[] = [subject.text.slice(marks[0], marks[1])];
    for (let g = 0; g < this.groups; g++) {
      const a = machine.registers[g * 2]!;
      const b = machine.registers[g * 2 + 1]!;
      const set = a >= 0 && b >= a;
      marks.push(set ? subject.toUnit(a) : -1, set ? subject.toUnit(b) : -1);
      groups.push(set ? subject.text.slice(subject.toUnit(a), subject.toUnit(b)) : undefined);
    }
    const last = machine.lastGroup;
    return { start: marks[0]!, end: marks[1]!, groups, marks, lastIndex: last < 0 ? undefined : last };
  }
}

/** V8 finds some empty matches between the halves of a surrogate pair. */
function splitsPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
