/**
 * Backtracking matcher for what JavaScript's RegExp cannot express. The tree becomes a program of small instructions; choices and the old
 * values of registers go on one stack, so no input makes JavaScript recurse (only assertions and atomic groups nest, as deep as the pattern).
 * A loop over single characters is one entry of the stack, however often it ran.
 *
 * Registers: two marks a group (-1: unset), then two per loop (count, position of the last iteration), then the last closed group.
 */
import { CompiledSet, FOLDS, isInCategory } from "./charset.ts";
import type { Position } from "./opcodes.ts";
import type { Node, Sequence } from "./tree.ts";

/** Characters of the subject: code points or bytes. */
export type Text = ArrayLike<number>;

type Instruction =
  | { readonly op: "char"; readonly test: Test }
  | { readonly op: "at"; readonly position: Position }
  | { readonly op: "mark"; readonly index: number }
  | { readonly op: "split"; readonly other: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "chars"; readonly test: Test; readonly min: number; readonly max: number; readonly mode: "greedy" | "lazy" | "possessive" }
  | { readonly op: "loop"; readonly register: number }
  | { readonly op: "until"; readonly register: number; readonly body: number; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly op: "ref"; readonly group: number; readonly fold: (c: number) => number }
  | { readonly op: "exists"; readonly group: number; readonly no: number }
  | { readonly op: "assert"; readonly to: number; readonly back: number; readonly negated: boolean }
  | { readonly op: "atomic"; readonly to: number }
  | { readonly op: "possessive"; readonly to: number; readonly min: number; readonly max: number }
  | { readonly op: "fail" }
  | { readonly op: "success" };

interface Test {
  has(c: number): boolean;
}

class CharTest implements Test {
  private readonly char: number;
  private readonly negated: boolean;
  private readonly fold: (c: number) => number;
  constructor(char: number, negated: boolean, fold: (c: number) => number) {
    this.char = char;
    this.negated = negated;
    this.fold = fold;
  }
  has(c: number): boolean {
    return (this.fold(c) === this.char) !== this.negated;
  }
}

class LiteralTest implements Test {
  private readonly char: number;
  constructor(char: number) {
    this.char = char;
  }
  has(c: number): boolean {
    return c === this.char;
  }
}

const ANY: Test = { has: () => true };
const NOT_NEWLINE: Test = { has: (c) => c !== 10 };

export class Program {
  readonly code: Instruction[] = [];
  readonly groups: number;
  private loops = 0;

  constructor(body: Sequence, groups: number) {
    this.groups = groups;
    this.emitAll(body);
    this.code.push({ op: "success" });
  }

  /** Number of registers; the last is the last closed group. */
  get registers(): number {
    return this.groups * 2 + this.loops * 2 + 1;
  }

  private emitAll(body: Sequence): void {
    for (const n of body) this.emit(n);
  }

  private emit(n: Node): void {
    const { code } = this;
    switch (n.kind) {
      case "literal":
      case "set":
      case "any":
        code.push({ op: "char", test: testOf(n) });
        break;
      case "at":
        code.push({ op: "at", position: n.position });
        break;
      case "mark":
        code.push({ op: "mark", index: n.index });
        break;
      case "branch":
        this.branch(n.arms);
        break;
      case "repeat":
        this.repeat(n);
        break;
      case "assert":
        this.nested(n.body, (to) => ({ op: "assert", to, back: n.back, negated: n.negated }));
        break;
      case "atomic":
        this.nested(n.body, (to) => ({ op: "atomic", to }));
        break;
      case "groupref":
        code.push({ op: "ref", group: n.group, fold: FOLDS[n.fold] });
        break;
      case "exists":
        this.conditional(n.group, n.yes, n.no);
        break;
      case "failure":
        code.push({ op: "fail" });
        break;
    }
  }

  /** A part that is matched on its own: `to` is where it ends. */
  private nested(body: Sequence, make: (to: number) => Instruction): void {
    const at = this.code.length;
    this.code.push({ op: "fail" });
    this.emitAll(body);
    this.code.push({ op: "success" });
    this.code[at] = make(this.code.length);
  }

  private branch(arms: readonly Sequence[]): void {
    const { code } = this;
    const jumps: number[] = [];
    arms.forEach((arm, i) => {
      const last = i === arms.length - 1;
      const split = code.length;
      if (!last) code.push({ op: "fail" });
      this.emitAll(arm);
      if (last) return;
      jumps.push(code.length);
      code.push({ op: "fail" });
      code[split] = { op: "split", other: code.length };
    });
    for (const j of jumps) code[j] = { op: "jump", to: code.length };
  }

  private conditional(group: number, yes: Sequence, no: Sequence): void {
    const { code } = this;
    const at = code.length;
    code.push({ op: "fail" });
    this.emitAll(yes);
    const jump = code.length;
    code.push({ op: "fail" });
    code[at] = { op: "exists", group, no: code.length };
    this.emitAll(no);
    code[jump] = { op: "jump", to: code.length };
  }

  private repeat(n: Extract<Node, { kind: "repeat" }>): void {
    const { code } = this;
    const [only] = n.body;
    if (n.body.length === 1 && only && (only.kind === "literal" || only.kind === "set" || only.kind === "any")) {
      code.push({ op: "chars", test: testOf(only), min: n.min, max: n.max, mode: n.mode });
      return;
    }
    if (n.mode === "possessive") {
      this.nested(n.body, (to) => ({ op: "possessive", to, min: n.min, max: n.max }));
      return;
    }
    const register = this.groups * 2 + this.loops++ * 2;
    code.push({ op: "loop", register });
    const jump = code.length;
    code.push({ op: "fail" });
    const body = code.length;
    this.emitAll(n.body);
    code[jump] = { op: "jump", to: code.length };
    code.push({ op: "until", register, body, min: n.min, max: n.max, lazy: n.mode === "lazy" });
  }
}

function testOf(n: Extract<Node, { kind: "literal" | "set" | "any" }>): Test {
  if (n.kind === "any") return n.newline ? ANY : NOT_NEWLINE;
  if (n.kind === "set") return new CompiledSet(n.set, n.fold);
  return n.fold === "none" && !n.negated ? new LiteralTest(n.char) : new CharTest(n.char, n.negated, FOLDS[n.fold]);
}

/** Kinds of stack entries; each is [a, b, c, kind] (unused places are 0). */
const CHOICE = 0; // resume at a with position b
const UNDO = 1; // register a was b
const LONGER = 2; // greedy characters: position may go down to a, is b; resume at c
const SHORTER = 3; // lazy characters: instruction c matched up to b, a more allowed

export class Machine {
  private readonly program: Program;
  private readonly text: Text;
  /** Where the text ends for this search. */
  private readonly end: number;
  readonly registers: Int32Array;
  private stack: Int32Array = new Int32Array(256);
  private top = 0;
  /** A match must end here (fullmatch). */
  private mustEnd = -1;
  /** A match must not end here (an empty one was just found). */
  private mustNotEnd = -1;

  constructor(program: Program, text: Text, end: number) {
    this.program = program;
    this.text = text;
    this.end = end;
    this.registers = new Int32Array(program.registers);
  }

  /** Matches at `start`; the end of the match, or -1. Marks are in `registers`. */
  match(start: number, full: boolean, advance: boolean): number {
    this.registers.fill(-1);
    this.top = 0;
    this.mustEnd = full ? this.end : -1;
    this.mustNotEnd = advance ? start : -1;
    return this.run(0, start, true);
  }

  get lastGroup(): number {
    return this.registers[this.registers.length - 1]!;
  }

  private push(a: number, b: number, c: number, kind: number): void {
    if (this.top + 4 > this.stack.length) {
      const bigger = new Int32Array(this.stack.length * 2);
      bigger.set(this.stack);
      this.stack = bigger;
    }
    const s = this.stack;
    s[this.top++] = a;
    s[this.top++] = b;
    s[this.top++] = c;
    s[this.top++] = kind;
  }

  private set(register: number, value: number): void {
    this.push(register, this.registers[register]!, 0, UNDO);
    this.registers[register] = value;
  }

  /** Runs from instruction pc at position i until the success that ends this (sub)program; -1 when all choices are used up. */
  private run(startPc: number, startPosition: number, outermost: boolean): number {
    const { code } = this.program;
    const { text, end, registers } = this;
    const base = this.top;
    let pc = startPc;
    let i = startPosition;
    for (;;) {
      const ins = code[pc]!;
      let ok = true;
      switch (ins.op) {
        case "char":
          if (i < end && ins.test.has(text[i]!)) {
            i++;
            pc++;
          } else ok = false;
          break;
        case "chars": {
          const limit = ins.max < end - i ? i + ins.max : end;
          if (ins.mode === "lazy") {
            let j = i;
            const need = i + ins.min;
            if (need > end) {
              ok = false;
              break;
            }
            while (j < need && ins.test.has(text[j]!)) j++;
            if (j < need) {
              ok = false;
              break;
            }
            if (j < limit) this.push(limit, j, pc, SHORTER);
            i = j;
            pc++;
            break;
          }
          let j = i;
          const { test } = ins;
          while (j < limit && test.has(text[j]!)) j++;
          if (j - i < ins.min) {
            ok = false;
            break;
          }
          if (ins.mode === "greedy" && j - i > ins.min) this.push(i + ins.min, j, pc + 1, LONGER);
          i = j;
          pc++;
          break;
        }
        case "at":
          if (this.isAt(ins.position, i)) pc++;
          else ok = false;
          break;
        case "mark":
          this.set(ins.index, i);
          if (ins.index % 2 === 1) this.set(registers.length - 1, (ins.index >> 1) + 1);
          pc++;
          break;
        case "split":
          this.push(ins.other, i, 0, CHOICE);
          pc++;
          break;
        case "jump":
          pc = ins.to;
          break;
        case "loop":
          this.set(ins.register, -1);
          this.set(ins.register + 1, -1);
          pc++;
          break;
        case "until": {
          const count = registers[ins.register]! + 1;
          if (count < ins.min) {
            this.set(ins.register, count);
            pc = ins.body;
          } else if (ins.lazy) {
            if (count < ins.max && registers[ins.register + 1] !== i) this.push(~pc, i, count, CHOICE);
            pc++;
          } else if (count < ins.max && registers[ins.register + 1] !== i) {
            this.push(pc + 1, i, 0, CHOICE);
            this.set(ins.register, count);
            this.set(ins.register + 1, i);
            pc = ins.body;
          } else pc++;
          break;
        }
        case "ref": {
          const next = this.sameAs(ins.group, i, ins.fold);
          if (next < 0) ok = false;
          else {
            i = next;
            pc++;
          }
          break;
        }
        case "exists":
          pc = this.isSet(ins.group) ? pc + 1 : ins.no;
          break;
        case "assert": {
          const from = i - ins.back;
          const before = this.top;
          const matched = from >= 0 && this.run(pc + 1, from, false) >= 0;
          if (matched) this.dropChoices(before, ins.negated);
          if (matched === ins.negated) ok = false;
          else pc = ins.to;
          break;
        }
        case "atomic": {
          const before = this.top;
          const next = this.run(pc + 1, i, false);
          if (next < 0) ok = false;
          else {
            this.dropChoices(before, false);
            i = next;
            pc = ins.to;
          }
          break;
        }
        case "possessive": {
          const next = this.repeatPossessively(pc + 1, i, ins.min, ins.max);
          if (next < 0) ok = false;
          else {
            i = next;
            pc = ins.to;
          }
          break;
        }
        case "fail":
          ok = false;
          break;
        case "success":
          if (!outermost || ((this.mustEnd < 0 || i === this.mustEnd) && i !== this.mustNotEnd)) return i;
          ok = false;
          break;
      }
      if (ok) continue;
      // backtrack
      const s = this.stack;
      let resumed = false;
      while (this.top > base) {
        const kind = s[this.top - 1]!;
        const a = s[this.top - 4]!;
        const b = s[this.top - 3]!;
        const c = s[this.top - 2]!;
        if (kind === UNDO) {
          registers[a] = b;
          this.top -= 4;
          continue;
        }
        if (kind === LONGER) {
          i = b - 1;
          pc = c;
          if (i > a) s[this.top - 3] = i;
          else this.top -= 4;
        } else if (kind === SHORTER) {
          const lazy = code[c] as Extract<Instruction, { op: "chars" }>;
          this.top -= 4;
          if (!lazy.test.has(text[b]!)) continue;
          i = b + 1;
          if (i < a) this.push(a, i, c, SHORTER);
          pc = c + 1;
        } else {
          this.top -= 4;
          i = b;
          if (a >= 0) pc = a;
          else {
            // a lazy loop runs its body once more
            const until = code[~a] as Extract<Instruction, { op: "until" }>;
            this.set(until.register, c);
            this.set(until.register + 1, i);
            pc = until.body;
          }
        }
        resumed = true;
        break;
      }
      if (!resumed) return -1;
    }
  }

  /** Forgets the choices above `from`. Undo entries stay, unless the marks themselves are to be taken back. */
  private dropChoices(from: number, undo: boolean): void {
    const s = this.stack;
    if (undo) {
      for (let t = this.top; t > from; t -= 4) if (s[t - 1] === UNDO) this.registers[s[t - 4]!] = s[t - 3]!;
      this.top = from;
      return;
    }
    let keep = from;
    for (let t = from; t < this.top; t += 4) {
      if (s[t + 3] !== UNDO) continue;
      s.copyWithin(keep, t, t + 4);
      keep += 4;
    }
    this.top = keep;
  }

  private repeatPossessively(body: number, from: number, min: number, max: number): number {
    let i = from;
    let last = -1;
    for (let count = 0; count < max; count++) {
      if (count >= min && i === last) break;
      const before = this.top;
      const next = this.run(body, i, false);
      if (next < 0) {
        if (count < min) return -1;
        break;
      }
      this.dropChoices(before, false);
      last = i;
      i = next;
    }
    return i;
  }

  private isSet(group: number): boolean {
    return this.registers[group * 2]! >= 0 && this.registers[group * 2 + 1]! >= 0;
  }

  private sameAs(group: number, from: number, fold: (c: number) => number): number {
    if (!this.isSet(group)) return -1;
    const { text } = this;
    let i = from;
    for (let k = this.registers[group * 2]!; k < this.registers[group * 2 + 1]!; k++, i++) {
      if (i >= this.end || fold(text[i]!) !== fold(text[k]!)) return -1;
    }
    return i;
  }

  private isAt(p: Position, i: number): boolean {
    const { text, end } = this;
    switch (p.at) {
      case "BEGINNING":
        return i === 0;
      case "BEGINNING_LINE":
        return i === 0 || text[i - 1] === 10;
      case "END":
        return i === end || (i === end - 1 && text[i] === 10);
      case "END_LINE":
        return i === end || text[i] === 10;
      case "END_STRING":
        return i === end;
      default: {
        const before = i > 0 && isInCategory("word", p.unicode, text[i - 1]!);
        const after = i < end && isInCategory("word", p.unicode, text[i]!);
        return (before !== after) === (p.at === "BOUNDARY");
      }
    }
  }
}

/** Characters that a match can begin with, if that narrows the search; undefined when it may be any, or empty. */
export function firstTest(body: Sequence): Test | undefined {
  for (const n of body) {
    switch (n.kind) {
      case "mark":
        continue;
      case "literal":
      case "set":
        return testOf(n);
      case "repeat":
        return n.min > 0 ? firstTest(n.body) : undefined;
      case "atomic":
        return firstTest(n.body);
      default:
        return undefined;
    }
  }
  return undefined;
}
