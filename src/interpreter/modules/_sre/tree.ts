/** Code words of the re package → a tree, from which both the RegExp translation and the backtracking program are made. */
import { categoryOf, MAXREPEAT, opcodeName, type Position, positionOf } from "./opcodes.ts";
import { type CharSet, type Fold, readCharSet } from "./charset.ts";

export type Node =
  | { readonly kind: "literal"; readonly char: number; readonly fold: Fold; readonly negated: boolean }
  | { readonly kind: "set"; readonly set: CharSet; readonly fold: Fold }
  | { readonly kind: "any"; readonly newline: boolean }
  | { readonly kind: "at"; readonly position: Position }
  | { readonly kind: "mark"; readonly index: number }
  | { readonly kind: "branch"; readonly arms: readonly Sequence[] }
  | { readonly kind: "repeat"; readonly body: Sequence; readonly min: number; readonly max: number; readonly mode: RepeatMode; readonly single: boolean }
  | { readonly kind: "assert"; readonly body: Sequence; readonly negated: boolean; readonly back: number }
  | { readonly kind: "atomic"; readonly body: Sequence }
  | { readonly kind: "groupref"; readonly group: number; readonly fold: Fold }
  | { readonly kind: "exists"; readonly group: number; readonly yes: Sequence; readonly no: Sequence }
  | { readonly kind: "failure" };

export type RepeatMode = "greedy" | "lazy" | "possessive";
export type Sequence = readonly Node[];

/** What the INFO block says of the whole pattern. */
export interface Info {
  readonly minWidth: number;
  /** Literal characters that every match begins with. */
  readonly prefix: readonly number[];
}

export interface Program {
  readonly body: Sequence;
  readonly info: Info;
}

export function readProgram(code: readonly number[]): Program {
  let at = 0;
  let info: Info = { minWidth: 0, prefix: [] };
  if (opcodeName(code[0]!) === "INFO") {
    const HAS_PREFIX = 1;
    const length = code[2]! & HAS_PREFIX ? code[5]! : 0;
    info = { minWidth: code[3]!, prefix: code.slice(7, 7 + length) };
    at = 1 + code[1]!;
  }
  return { body: new Reader(code).sequence(at, code.length), info };
}

const FOLDED: Readonly<Record<string, Fold>> = { "": "none", _IGNORE: "ascii", _LOC_IGNORE: "ascii", _UNI_IGNORE: "unicode" };

class Reader {
  private readonly code: readonly number[];
  constructor(code: readonly number[]) {
    this.code = code;
  }

  /** The nodes from `from` up to SUCCESS, MAX_UNTIL or MIN_UNTIL, or `end`. */
  sequence(from: number, end: number): Node[] {
    const { code } = this;
    const out: Node[] = [];
    let at = from;
    while (at < end) {
      const name = opcodeName(code[at]!);
      if (name === "SUCCESS" || name === "MAX_UNTIL" || name === "MIN_UNTIL") break;
      at = this.node(at, out);
    }
    return out;
  }

  /** Reads one node at `at`; returns where the next begins. */
  private node(at: number, out: Node[]): number {
    const { code } = this;
    const name = opcodeName(code[at]!);
    const arg = code[at + 1]!;
    const [, base, suffix] = /^(.*?)(|_IGNORE|_LOC_IGNORE|_UNI_IGNORE)$/.exec(name)!;
    const fold = FOLDED[suffix!]!;
    const after = at + 1 + arg;
    switch (base) {
      case "FAILURE":
        out.push({ kind: "failure" });
        return at + 1;
      case "LITERAL":
      case "NOT_LITERAL":
        out.push({ kind: "literal", char: arg, fold, negated: base === "NOT_LITERAL" });
        return at + 2;
      case "ANY":
      case "ANY_ALL":
        out.push({ kind: "any", newline: base === "ANY_ALL" });
        return at + 1;
      case "IN":
        out.push({ kind: "set", set: readCharSet(code, at + 2), fold });
        return after;
      case "CATEGORY":
        out.push({ kind: "set", set: { negated: false, items: [{ kind: "category", category: categoryOf(arg) }] }, fold: "none" });
        return at + 2;
      case "AT":
        out.push({ kind: "at", position: positionOf(arg) });
        return at + 2;
      case "MARK":
        out.push({ kind: "mark", index: arg });
        return at + 2;
      case "GROUPREF":
        out.push({ kind: "groupref", group: arg, fold });
        return at + 2;
      case "BRANCH":
        return this.branch(at, out);
      case "REPEAT_ONE":
      case "MIN_REPEAT_ONE":
      case "POSSESSIVE_REPEAT_ONE":
        out.push(this.repeat(at, base === "REPEAT_ONE" ? "greedy" : base === "MIN_REPEAT_ONE" ? "lazy" : "possessive", true));
        return after;
      case "REPEAT":
        out.push(this.repeat(at, opcodeName(code[after]!) === "MAX_UNTIL" ? "greedy" : "lazy", false));
        return after + 1;
      case "POSSESSIVE_REPEAT":
        out.push(this.repeat(at, "possessive", false));
        return after + 1;
      case "ATOMIC_GROUP":
        out.push({ kind: "atomic", body: this.sequence(at + 2, after) });
        return after;
      case "ASSERT":
      case "ASSERT_NOT":
        out.push({ kind: "assert", body: this.sequence(at + 3, after), negated: base === "ASSERT_NOT", back: code[at + 2]! });
        return after;
      case "GROUPREF_EXISTS":
        return this.conditional(at, out);
      default:
        throw new RangeError(`unexpected ${name}`);
    }
  }

  private repeat(at: number, mode: RepeatMode, single: boolean): Node {
    const { code } = this;
    const max = code[at + 3]!;
    const body = this.sequence(at + 4, at + 1 + code[at + 1]!);
    return { kind: "repeat", body, min: code[at + 2]!, max: max === MAXREPEAT ? Infinity : max, mode, single };
  }

  /** BRANCH <skip> arm JUMP <skip> … 0 */
  private branch(at: number, out: Node[]): number {
    const { code } = this;
    const arms: Sequence[] = [];
    let arm = at + 1;
    let end = arm;
    while (code[arm] !== 0) {
      const next = arm + code[arm]!;
      // an arm ends with JUMP and its distance
      arms.push(this.sequence(arm + 1, next - 2));
      end = next - 1 + code[next - 1]!;
      arm = next;
    }
    out.push({ kind: "branch", arms });
    return Math.max(end, arm + 1);
  }

  /** GROUPREF_EXISTS <group> <skip> yes [JUMP <skip> no] */
  private conditional(at: number, out: Node[]): number {
    const { code } = this;
    const group = code[at + 1]!;
    const afterYes = at + 2 + code[at + 2]! - 1;
    // with a "no" part, "yes" ends with a JUMP over it, and the skip points behind that JUMP
    const jump = afterYes - 2;
    const target = jump >= at + 3 && opcodeName(code[jump]!) === "JUMP" && this.isNodeStart(at + 3, jump) ? jump + 1 + code[jump + 1]! : undefined;
    if (target === undefined) {
      out.push({ kind: "exists", group, yes: this.sequence(at + 3, afterYes), no: [] });
      return afterYes;
    }
    out.push({ kind: "exists", group, yes: this.sequence(at + 3, jump), no: this.sequence(afterYes, target) });
    return target;
  }

  /** Whether `at` is where a node begins when reading from `from`. */
  private isNodeStart(from: number, at: number): boolean {
    const scratch: Node[] = [];
    let p = from;
    while (p < at) p = this.node(p, scratch);
    return p === at;
  }
}
