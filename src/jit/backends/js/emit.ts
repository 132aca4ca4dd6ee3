/**
 * A region as one JavaScript function: sequential, in place, precise. Exits are `break` out of one labelled block; afterwards the state (variables, flags of
 * those that may be unbound, loops) is written to `O`, from which index.ts makes the outcome.
 *
 * The function's parameters: I, the scalar inputs (inputs.ts); one typed array (or array of numbers) an array; O, the state afterwards. It returns -1 when it ran to
 * the end, else 16·(number of the exit) + cause.
 */
import { stmtCanExit, testsStored } from "../../ir/effects.ts";
import type { Binding, Expr, ForStmt, LoopStmt, Region, SetStmt, Stmt, StoreStmt, WhileStmt } from "../../ir/nest.ts";
import { CAUSES, type Cause, isInt, TYPES } from "../../ir/ops.ts";
import { walkStmts } from "../../ir/visit.ts";
import { arrayJs, Expressions } from "./expressions.ts";
import { Inputs } from "./inputs.ts";
import { type Poll, Polls, type Wakes } from "./polls.ts";
import { accessKey, type Register, steadyStores } from "./registers.ts";
import { indent, Writer } from "./scope.ts";
import { address } from "./subscripts.ts";
import type { Abs } from "./transfer.ts";
import { ivJs, Values, varJs } from "./values.ts";

export type ExitCause = Cause | "asked";
export const CAUSE_NAMES: readonly ExitCause[] = [...(Object.keys(CAUSES) as Cause[]), "asked"];

export interface Emitted {
  readonly source: string;
  readonly inputs: Inputs;
  /** Loops in the order of their state in O. */
  readonly loops: readonly ForStmt[];
  /** Per exit, the loops around it. */
  readonly around: ReadonlyMap<string, readonly string[]>;
}

export function emit(region: Region, binding: Binding | undefined, forced: boolean, wakes: Wakes = []): Emitted {
  return new Emitter(region, binding, forced, wakes).run();
}

const inputName = (at: number): string => `i${at}`;

class Emitter {
  private readonly region: Region;
  private readonly forced: boolean;
  private readonly writer = new Writer();
  private readonly inputs: Inputs;
  private readonly values: Values;
  private readonly expressions: Expressions;
  private readonly polls: Polls;
  private readonly loops: ForStmt[] = [];
  private readonly around = new Map<string, readonly string[]>();
  private readonly exitAt: ReadonlyMap<string, number>;
  private readonly inits: ReadonlyMap<string, "live-in" | "unset" | "temp">;
  private open: string[] = [];
  private current: Stmt | undefined;
  private symbols = 1;
  /** Of the loop around the current statement, with the labels inside it that jumps may go to. */
  private registers: readonly Register[] = [];
  private labels: Set<string> = new Set();

  constructor(region: Region, binding: Binding | undefined, forced: boolean, wakes: Wakes) {
    this.region = region;
    this.polls = new Polls(wakes, this.writer);
    this.forced = forced;
    const next = () => this.symbols++;
    this.inputs = new Inputs(region, binding, next);
    this.values = new Values(region, this.inputs, inputName, next);
    this.expressions = new Expressions(
      region,
      this.values,
      this.inputs,
      this.writer,
      (name) => this.param(name),
      (test, cause) => this.leave(test, cause),
    );
    this.exitAt = new Map(region.exits.map((x, k) => [x.id, k]));
    this.inits = new Map(region.vars.map((v) => [v.name, v.init]));
    walkStmts(region.body, (s) => {
      if (s.kind === "for") this.loops.push(s);
    });
  }

  run(): Emitted {
    this.list(this.region.body);
    const body = this.writer.top.lines;
    const text = body.join("\n");
    const used = [...new Set(text.match(/\bi\d+\b/g) ?? [])];
    const inputs = used.map((n) => `const ${n} = I[${n.slice(1)}]${this.inputs.isInt32(Number(n.slice(1))) ? " | 0" : ""};`);
    const lines = [...inputs, ...this.declarations(), "let x = -1;", "R: {", ...indent(body), "}", ...this.epilogue(), "return x;"];
    const parameters = ["I", ...this.region.arrays.map((a) => arrayJs(a.name)), "O"];
    const source = `function ${this.region.name.replace(/\W/g, "_").replace(/^(?=\d|$)/, "_")}(${parameters.join(", ")}) {\n${indent(lines).join("\n")}\n}`;
    return { source, inputs: this.inputs, loops: this.loops, around: this.around };
  }

  private declarations(): string[] {
    const out: string[] = [];
    for (const v of this.region.vars) {
      if (v.init === "live-in") {
        const at = this.inputs.placeOf(`v ${v.name}`);
        out.push(`let ${varJs(v.name)} = I[${at}]${isInt(v.type) && this.inputs.isInt32(at) ? " | 0" : ""};`);
      } else {
        out.push(`let ${varJs(v.name)} = 0;`);
        if (v.init === "unset") out.push(`let ${flagJs(v.name)} = 0;`);
      }
    }
    if (this.polls.counters.length > 0) out.push(`let ${this.polls.counters.map((q) => `${q} = 0`).join(", ")};`);
    for (const l of this.loops) out.push(`let ${ivJs(l.iv)} = 0, ${endJs(l.iv)} = 0, ${stepJs(l.iv)} = 0;`);
    return out;
  }

  private epilogue(): string[] {
    const out: string[] = [];
    let k = 0;
    for (const v of this.region.vars) {
      out.push(`O[${k++}] = ${varJs(v.name)};`);
      out.push(`O[${k++}] = ${v.init === "unset" ? flagJs(v.name) : "1"};`);
    }
    const state: string[] = [];
    for (const l of this.loops) for (const n of [ivJs(l.iv), endJs(l.iv), stepJs(l.iv)]) state.push(`  O[${k++}] = ${n};`);
    return state.length > 0 ? [...out, "if (x !== -1) {", ...state, "}"] : out;
  }

  private param(name: string): string {
    const decl = this.region.params.find((p) => p.name === name)!;
    if (!isInt(decl.type)) return inputName(this.inputs.placeOf(`p ${name}`));
    const a = this.values.input(`p ${name}`);
    return a.lo === a.hi ? `(${a.lo})` : a.poly.terms[0]!.syms[0]!.js!;
  }

  // ---- exits ------------------------------------------------------------------------------------------------------------------------

  private exitText(id: string, cause: ExitCause): string {
    this.around.set(id, [...this.open]);
    return `${this.writeBack()}x = ${this.exitAt.get(id)! * 16 + CAUSE_NAMES.indexOf(cause)}; break R;`;
  }

  /** At the start of a trip: leaves when that is wanted. */
  private poll(s: LoopStmt, poll: Poll | undefined): void {
    if (poll !== undefined) this.writer.line(`if (${poll.test}) { ${this.exitText(this.polls.exit(s)!, "asked")} }`);
  }

  // ---- elements in variables ----------------------------------------------------------------------------------------------------------

  /** Text that puts elements held in variables back to memory. */
  private writeBack(): string {
    return this.registers.map((r) => `${arrayJs(r.array)}[${r.at}] = ${r.js}; `).join("");
  }

  /** Runs `generate` for a loop with its steady elements in variables, then puts them back. Addresses have to be known to be in range before the loop. */
  private withRegisters(s: ForStmt | WhileStmt, generate: () => void): void {
    const found: Register[] = [];
    for (const store of steadyStores(s, (a, b) => this.inputs.assumeDistinct(a, b))) {
      const { value: at, lines } = this.writer.captured(() => address(this.expressions, store.array, store.index, store.checks));
      if (lines.length > 0) continue;
      const name = this.writer.temporary(at);
      const js = this.writer.fresh("r");
      this.writer.line(`let ${js} = ${arrayJs(store.array)}[${name}];`);
      found.push({ array: store.array, key: accessKey(store.index), js, at: name });
    }
    const outer = [this.registers, this.labels] as const;
    this.registers = found;
    this.labels = new Set([s.id]);
    this.expressions.registers = found;
    generate();
    for (const r of found) this.writer.line(`${arrayJs(r.array)}[${r.at}] = ${r.js};`);
    [this.registers, this.labels] = outer;
    this.expressions.registers = outer[0];
  }

  private leave(test: string, cause: Cause): void {
    this.writer.line(`if (${test}) { ${this.exitText(this.current!.exit!, cause)} }`);
  }

  // ---- statements -------------------------------------------------------------------------------------------------------------------

  /** Whether control falls through the end. */
  private list(body: readonly Stmt[]): boolean {
    let previous: string | undefined;
    for (const s of body) {
      // statements with one exit are one source statement: it can only fail before its first effect
      if (s.exit !== previous) this.force(s);
      previous = s.exit;
      if (!this.statement(s)) return false;
    }
    return true;
  }

  private force(s: Stmt): void {
    if (!this.forced || s.exit === undefined || s.kind === "exit" || !stmtCanExit(s, this.region)) return;
    this.writer.line(`if (forced(${this.exitAt.get(s.exit)!})) { ${this.exitText(s.exit, "guard")} }`);
  }

  private statement(s: Stmt): boolean {
    this.current = s;
    switch (s.kind) {
      case "set":
        this.set(s);
        return true;
      case "store":
        this.store(s);
        return true;
      case "if":
        return this.branch(s.cond, s.body, s.orelse);
      case "for":
        this.forLoop(s);
        return true;
      case "while":
        this.whileLoop(s);
        return true;
      case "block": {
        this.labels.add(s.label);
        const entry = this.values.enterBlock(s.body);
        const lines = this.writer.nested(false, () => void this.list(s.body));
        this.wrap(`${labelJs(s.label)}: {`, lines);
        this.values.leaveBlock(entry);
        return true;
      }
      case "break":
      case "continue":
        this.writer.line(`${this.labels.has(s.target) ? "" : this.writeBack()}${s.kind} ${labelJs(s.target)};`);
        return false;
      case "guard":
        this.current = { ...s };
        this.leave(`!${this.expressions.cond(s.cond)}`, "guard");
        this.values.assume(s.cond, true);
        return true;
      case "exit":
        this.writer.line(this.exitText(s.exit, "reached"));
        return false;
    }
  }

  private wrap(head: string, lines: readonly string[], tail = "}"): void {
    this.writer.line(head);
    for (const l of lines) this.writer.line(`  ${l}`);
    this.writer.line(tail);
  }

  private stored(s: SetStmt | StoreStmt, js: string): string {
    if (!testsStored(s, this.region)) return js;
    const t = this.writer.temporary(js);
    this.expressions.leaveIf(`!(${t} - ${t} === 0)`, "nonfinite");
    return t;
  }

  private set(s: SetStmt): void {
    const js = this.stored(s, this.expressions.number(s.value));
    this.writer.line(`${varJs(s.name)} = ${js};`);
    if (this.inits.get(s.name) === "unset") this.writer.line(`${flagJs(s.name)} = 1;`);
    this.values.assign(s.name, s.value);
  }

  private store(s: StoreStmt): void {
    const register = this.registers.find((r) => r.array === s.array && r.key === accessKey(s.index));
    if (register) {
      this.writer.line(`${register.js} = ${this.stored(s, this.expressions.number(s.value))};`);
      return this.values.stored();
    }
    const at = address(this.expressions, s.array, s.index, s.checks);
    const js = this.stored(s, this.expressions.number(s.value));
    const array = arrayJs(s.array);
    if (s.value.type === "i64" || s.value.type === "u64") {
      const word = this.writer.temporary(`(${at} << 1)`);
      const known = this.values.of(s.value);
      const value = this.writer.temporary(js);
      const small = known.lo >= -(2 ** 31) && known.hi < 2 ** 31;
      this.writer.line(`${array}[${word}] = ${small ? value : `${value} | 0`};`);
      this.writer.line(`${array}[${word} + 1] = ${small ? `${value} >> 31` : `Math.floor(${value} / 4294967296)`};`);
    } else this.writer.line(`${array}[${at}] = ${js};`);
    this.values.stored();
  }

  private branch(cond: Expr, body: readonly Stmt[], orelse: readonly Stmt[]): boolean {
    const test = this.expressions.cond(cond);
    const before = this.values.copy();
    let yes: string[] = [];
    let no: string[] = [];
    const a = this.values.branch(before, cond, true, () => {
      let falls = true;
      yes = this.writer.nested(false, () => (falls = this.list(body)));
      return falls;
    });
    const b = this.values.branch(before, cond, false, () => {
      let falls = true;
      no = this.writer.nested(false, () => (falls = this.list(orelse)));
      return falls;
    });
    this.values.merge(before, new Set([...this.values.assignedBy(body), ...this.values.assignedBy(orelse)]), a, b);
    this.wrap(`if (${test}) {`, yes, no.length > 0 ? "} else {" : "}");
    if (no.length > 0) {
      for (const l of no) this.writer.line(`  ${l}`);
      this.writer.line("}");
    }
    return a !== undefined || b !== undefined;
  }

  private forLoop(s: ForStmt): void {
    const [lo, hi, step] = [s.lo, s.hi, s.step].map((e) => this.expressions.int(e)) as [string, string, string];
    const known = [s.lo, s.hi, s.step].map((e) => this.values.of(e));
    const c = known[2]!;
    if (c.lo <= 0 && c.hi >= 0) this.expressions.leaveIf(`${step} === 0`, "step");
    const [k, end, by] = [ivJs(s.iv), endJs(s.iv), stepJs(s.iv)];
    this.writer.line(`${end} = ${hi}; ${by} = ${step};`);
    this.withRegisters(s, () => this.forText(s, [lo, k, end, by], known as [Abs, Abs, Abs]));
  }

  private forText(s: ForStmt, [lo, k, end, by]: readonly [string, string, string, string], known: readonly [Abs, Abs, Abs]): void {
    const [a, b, c] = known;
    const entry = this.values.enterLoop(s);
    const far = 2 ** 31 - 1;
    const small =
      known.every((x) => x.lo >= -far && x.hi <= far) &&
      Math.max(a.hi, b.hi) + Math.abs(c.hi) <= far &&
      Math.min(a.lo, b.lo) - Math.abs(c.lo) >= -far;
    const poll = this.polls.of(s, small ? { iv: k, lo, end, from: a, to: b, by: c } : undefined);
    this.open.push(s.id);
    const lines = this.writer.nested(true, () => {
      if (poll?.kind === "trip") this.poll(s, poll);
      this.list(s.body);
    });
    this.values.leaveLoop(entry);
    const more = c.lo > 0 ? `${k} < ${end}` : c.hi < 0 ? `${k} > ${end}` : `${by} > 0 ? ${k} < ${end} : ${k} > ${end}`;
    const stride = c.lo === c.hi ? `${c.lo}` : by;
    const next = small ? `${k} = (${k} + ${stride}) | 0` : `${k} += ${stride}`;
    if (poll?.kind === "head") {
      this.wrap(`${labelJs(s.id)}: for (${k} = ${lo}, ${poll.start}; ${poll.more}; ${next}) {`, lines);
      this.poll(s, poll);
    } else this.wrap(`${labelJs(s.id)}: for (${k} = ${lo}; ${more}; ${next}) {`, lines);
    this.open.pop();
  }

  private whileLoop(s: WhileStmt): void {
    this.withRegisters(s, () => this.whileText(s));
  }

  private whileText(s: WhileStmt): void {
    const entry = this.values.enterLoop(s);
    let head = "";
    const lines = this.writer.nested(true, () => {
      const test = this.expressions.cond(s.cond);
      if (this.writer.top.lines.length === 0) head = test;
      else this.writer.line(`if (!${test}) break;`);
      this.values.assume(s.cond, true);
      this.poll(s, this.polls.of(s, undefined));
      this.list(s.body);
    });
    this.values.leaveLoop(entry);
    this.wrap(`${labelJs(s.id)}: ${head === "" ? "for (;;)" : `while (${head})`} {`, lines);
  }
}

const labelJs = (name: string): string => `L_${name.replaceAll(".", "$")}`;
const flagJs = (name: string): string => `f_${name.replaceAll(".", "$")}`;
const endJs = (name: string): string => `e_${name.replaceAll(".", "$")}`;
const stepJs = (name: string): string => `s_${name.replaceAll(".", "$")}`;

/** Numbers in O. */
export const stateSize = (region: Region, loops: readonly ForStmt[]): number => region.vars.length * 2 + loops.length * 3;
export const elementBytes = (r: Region, array: string): number => TYPES[r.arrays.find((a) => a.name === array)!.elem].bytes;
