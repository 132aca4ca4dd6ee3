/**
 * The verdict on every loop of a region under the values of one run: may its trips run in any order, and what does that take?
 *
 * The class speaks of the loop as written, control included, after privatisation, induction-variable and wrap-around substitution, and before any distribution.
 * Three stages say it: `static` (no value of the run was needed), `dynamic` (subscripts, bounds and aliasing with the run's values put in) and `inspector` (a copy of
 * the region was run and its accesses logged; the verdict holds for these data only). "Parallel" and "reduction" are proofs; `sequential` and `renaming` are
 * where the analysis could not show better.
 * Source of the order of things: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", ch. 2-5.
 */

import type { Binding, LoopStmt, Region, Stmt } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { walkStmts } from "../ir/visit.ts";
import { skeleton } from "../static/skeleton.ts";
import { type ArrayFinding, judgeArrays } from "./arrays.ts";
import { INSPECTION_LIMIT, inspect } from "./inspect.ts";
import { Pairs } from "./pairs.ts";
import { gather, type LoopInfo, type Reference } from "./references.ts";
import { judgeScalars, type Mention, type ScalarFinding } from "./scalars.ts";
import { newStats, TESTS, type TestName } from "./tests.ts";
import { Views } from "./views.ts";

export type LoopClass = "parallel" | "reduction" | "float-reduction" | "renaming" | "sequential" | "unknown";
export type Stage = "static" | "dynamic" | "inspector";

export interface LoopVerdict {
  readonly id: string;
  readonly line: number;
  readonly class: LoopClass;
  /** One sentence. */
  readonly why: string;
  /** The two references that decided it, where two did. */
  readonly references?: readonly Mention[];
  /** Two trips that meet: ordinals from 0 of the loops around each reference, outermost first. */
  readonly witness?: { readonly source: readonly number[]; readonly sink: readonly number[] };
  /** Trips of this loop between the two, where always the same. */
  readonly distance?: number;
  /** "privatise t", "induction k", "reduction s +", … */
  readonly requires?: readonly string[];
  readonly stage: Stage;
  readonly decidedBy?: TestName;
}

export interface JudgeOptions {
  /** Whether loops that stay open may be run on a copy of the data. */
  readonly inspect?: boolean;
  /** Accesses that an inspection may log. */
  readonly work?: number;
  /** Variables that nobody reads after the region. */
  readonly dead?: ReadonlySet<string>;
  /** The region runs as a transaction: a trip that leaves for the interpreter undoes all of it, so exits are no reason to keep the order. */
  readonly transaction?: boolean;
}

/** Row operations that the tests may spend on one loop. */
const LOOP_WORK = 400_000;

/** A verdict and whether a run might show better. */
export interface Opinion {
  readonly verdict: LoopVerdict;
  readonly open: boolean;
  readonly scalars: readonly ScalarFinding[];
}

export function judge(region: Region, binding: Binding, options: JudgeOptions = {}): LoopVerdict[] {
  const opinions = analyse(region, binding, options);
  if (options.inspect && opinions.some((o) => o.open)) {
    const seen = inspect(region, binding, opinions, { work: options.work ?? INSPECTION_LIMIT, dead: options.dead ?? new Set() });
    return opinions.map((o) => (o.open ? (seen.get(o.verdict.id) ?? o.verdict) : o.verdict));
  }
  return opinions.map((o) => o.verdict);
}

/** Verdicts with what was found of each variable. */
export function analyse(region: Region, binding: Binding, options: JudgeOptions = {}): Opinion[] {
  return new Analysis(region, binding, options.dead ?? new Set(), options.transaction ?? false).run();
}

class Analysis {
  private readonly region: Region;
  private readonly binding: Binding;
  private readonly dead: ReadonlySet<string>;
  private readonly views: Views;
  private readonly stats = newStats();
  private readonly transaction: boolean;

  constructor(region: Region, binding: Binding, dead: ReadonlySet<string>, transaction: boolean) {
    this.transaction = transaction;
    this.region = region;
    this.binding = binding;
    this.dead = dead;
    this.views = new Views(region, binding);
  }

  run(): Opinion[] {
    const { space, references, loops } = gather(this.region, this.binding, changing(this.region, this.views));
    const facts = skeleton(this.region, this.dead);
    const of = new Map(loops.map((l) => [l.stmt, l]));
    const out: Opinion[] = [];
    walkStmts(this.region.body, (s) => {
      if (s.kind !== "for" && s.kind !== "while") return;
      const info = of.get(s);
      if (info === undefined) out.push({ verdict: unreached(s), open: false, scalars: [] });
      else out.push(this.loop(info, references, new Pairs(space, this.views, this.stats, { left: LOOP_WORK }), facts.of.get(s)!.liveOut));
    });
    return out;
  }

  private loop(info: LoopInfo, references: readonly Reference[], pairs: Pairs, live: ReadonlySet<string>): Opinion {
    const { stmt, axis } = info;
    const names = new Set(references.filter((r) => r.loops[info.depth] === info).map((r) => r.array));
    const stage: Stage = info.usesBinding || names.size > 1 ? "dynamic" : "static";
    const verdict = (cls: LoopClass, why: string, more: Partial<LoopVerdict> = {}): LoopVerdict => ({
      id: stmt.id,
      line: stmt.line,
      class: cls,
      why,
      stage,
      ...more,
    });
    const scalars = this.scalars(info, live);
    const opinion = (v: LoopVerdict, open = false): Opinion => ({ verdict: v, open, scalars });
    const control = controlOf(info, this.transaction);
    if (control) return opinion(verdict("sequential", control.why), control.open);
    if (axis.range.hi <= 0) return opinion(verdict("parallel", "it makes at most one trip"));
    const recurrence = scalars.find((f) => f.kind === "recurrence" && f.proven);
    if (recurrence) return opinion(verdict("sequential", scalarWhy(recurrence), { references: mentions(recurrence) }));
    const { findings, by } = judgeArrays(info, references, pairs, this.views);
    const requires = requirements(scalars, findings);
    const decidedBy = TESTS.filter((t) => by.has(t.name)).at(-1)?.name;
    return opinionOf(verdict, opinion, scalars, findings, { ...(requires.length > 0 && { requires }) }, decidedBy);
  }

  private scalars(info: LoopInfo, live: ReadonlySet<string>): ScalarFinding[] {
    const outside = new Set<string>();
    walkStmts(this.region.body, (s, around) => {
      if (s.kind === "set" && !around.includes(info.stmt)) outside.add(s.name);
    });
    return judgeScalars(info, live, new Map(this.region.vars.map((v) => [v.name, v])), this.binding, outside);
  }
}

/** Arrays that a store in `body` may change, through any name. */
export function changing(region: Region, views: Views, body: readonly Stmt[] = region.body): Set<string> {
  const written = new Set<string>();
  walkStmts(body, (s) => {
    if (s.kind === "store") written.add(s.array);
  });
  return new Set(region.arrays.map((a) => a.name).filter((a) => [...written].some((w) => w === a || views.overlap(a, w))));
}

function opinionOf(
  verdict: (cls: LoopClass, why: string, more?: Partial<LoopVerdict>) => LoopVerdict,
  opinion: (v: LoopVerdict, open?: boolean) => Opinion,
  scalars: readonly ScalarFinding[],
  findings: readonly ArrayFinding[],
  requires: Partial<LoopVerdict>,
  decidedBy: TestName | undefined,
): Opinion {
  const worst = findings.filter((f) => f.outcome === "recurrence").sort((a, b) => Number(b.proven) - Number(a.proven))[0];
  if (worst?.proven) return opinion(verdict("sequential", arrayWhy(worst), detail(worst)));
  const doubtful = scalars.find((f) => f.kind === "recurrence");
  if (doubtful) return opinion(verdict("unknown", scalarWhy(doubtful), { references: mentions(doubtful) }), true);
  if (worst) return opinion(verdict("unknown", arrayWhy(worst), detail(worst)), true);
  const by = decidedBy && { decidedBy };
  const renamed = findings.find((f) => f.outcome === "snapshot" || f.outcome === "last-writer");
  if (renamed)
    return opinion(
      verdict("renaming", arrayWhy(renamed), { ...detail(renamed), ...requires }),
      !findings.some((f) => f.outcome === "snapshot" && f.proven),
    );
  const last = scalars.find((f) => f.kind === "last-writer");
  if (last)
    return opinion(
      verdict("renaming", `the last trip that assigns ${last.name} has to be found`, { references: mentions(last), ...requires }),
      true,
    );
  const reductions = [
    ...scalars.filter((f) => f.kind === "reduction" || f.kind === "any"),
    ...findings.filter((f) => f.outcome === "reduction"),
  ];
  const inexact = reductions.find((f) => !("exact" in f ? f.exact : f.update!.exact));
  if (inexact)
    return opinion(
      verdict("float-reduction", `${reductionText(inexact)}, whose result depends on the order`, { ...requires, ...by }),
      mayBeExact(inexact),
    );
  const [first] = reductions;
  if (first) return opinion(verdict("reduction", `${reductionText(first)}; any order gives the same bits`, { ...requires, ...by }));
  return opinion(verdict("parallel", parallelWhy(findings), { ...requires, ...by }));
}

/** A minimum or maximum of floats is exact where no NaN comes in. */
const mayBeExact = (f: ScalarFinding | ArrayFinding): boolean => f.update?.unlessNaN === true && "exact" in f;

function unreached(s: LoopStmt): LoopVerdict {
  return { id: s.id, line: s.line, class: "unknown", why: "this run does not reach it", stage: "dynamic" };
}

/** Why control alone makes the loop sequential, and whether a run may show that it does not. */
function controlOf(info: LoopInfo, transaction: boolean): { why: string; open: boolean } | undefined {
  const { stmt } = info;
  if (stmt.kind === "while" && !info.countable)
    return { why: `whether there is a next trip depends on data: while ${text(stmt.cond)}`, open: false };
  if (info.axis.leaves) return { why: "a trip may leave the loop early", open: !(stmt.kind === "while" && stmt.cond.kind === "const") };
  if (info.exits && !transaction) return { why: "a trip may leave for the interpreter", open: true };
  return undefined;
}

// ---- words ----------------------------------------------------------------------------------------------------------------------------

const mentions = (f: ScalarFinding): Mention[] => (f.read ? [f.write, f.read] : [f.write]);

const scalarWhy = (f: ScalarFinding): string => `${f.proven ? "each trip needs" : "a trip may need"} ${f.name} from the trip before`;

const VERB = { flow: "reads", anti: "overwrites", output: "writes again" } as const;
const OBJECT = { flow: "an earlier one wrote", anti: "an earlier one read", output: "an earlier one wrote" } as const;

export function referenceText(r: Reference): Mention {
  const shown = `${r.array}[${r.node.index.map((e) => text(e)).join(", ")}]`;
  return { name: r.array, line: r.stmt.line, text: shown };
}

function arrayWhy(f: ArrayFinding): string {
  const { source, sink, decision } = f.carried;
  const may = f.proven ? "" : decision.kind === "unknown" ? ` (${decision.why})` : "";
  const [from, to] = [referenceText(source).text, referenceText(sink).text];
  return f.proven
    ? `a later trip ${VERB[f.kind]} in ${to} what ${OBJECT[f.kind]} in ${from}`
    : `${to} in a later trip may be the element that ${from} touched in an earlier one${may}`;
}

function detail(f: ArrayFinding): Partial<LoopVerdict> {
  const { source, sink, witness, distance, decision } = f.carried;
  return {
    references: [referenceText(source), referenceText(sink)],
    ...(witness && f.proven && { witness }),
    ...(distance !== undefined && { distance }),
    ...(decision.kind !== "unknown" && { decidedBy: decision.by }),
  };
}

function reductionText(f: ScalarFinding | ArrayFinding): string {
  if ("name" in f)
    return f.kind === "any"
      ? `${f.name} becomes ${f.write.text.split(" = ")[1]} if any trip says so`
      : `${f.name} is a reduction with ${f.update!.op}`;
  return `${f.carried.source.array} is updated with ${f.update!.op}`;
}

function parallelWhy(findings: readonly ArrayFinding[]): string {
  const own = [...new Set(findings.filter((f) => f.outcome === "private").map((f) => f.carried.sink.array))];
  if (own.length > 0) return `each trip writes what it reads of ${own.join(", ")} itself`;
  return "no trip touches an element that another one writes";
}

const REQUIREMENT: Partial<Record<ScalarFinding["kind"], (f: ScalarFinding) => string>> = {
  private: (f) => `privatise ${f.name}`,
  induction: (f) => `induction ${f.name}`,
  wraparound: (f) => `wrap-around ${f.name}`,
  reduction: (f) => `reduction ${f.name} ${f.update!.op}`,
  any: (f) => `reduction ${f.name} any`,
  "last-writer": (f) => `last-writer ${f.name}`,
};

export function requirements(scalars: readonly ScalarFinding[], findings: readonly ArrayFinding[]): string[] {
  const out = scalars.flatMap((f) => REQUIREMENT[f.kind]?.(f) ?? []);
  for (const f of findings) {
    const { array } = f.carried.sink;
    if (f.outcome === "private") out.push(`privatise ${array}`);
    if (f.outcome === "reduction") out.push(`reduction ${array} ${f.update!.op}`);
    if (f.outcome === "snapshot") out.push(`snapshot ${array}`);
    if (f.outcome === "last-writer") out.push(`last-writer ${array}`);
  }
  return [...new Set(out)];
}
