/**
 * Renaming: where trips read elements that only later trips overwrite (`a[i] = a[i + 1]`), the old elements are kept in an array of their own, from which those reads take
 * them; after that no trip waits for another. A read is moved when nothing that the loop writes can reach it, in its own trip or from an earlier one.
 * Source: Allen and Kennedy, "Optimizing Compilers for Modern Architectures", 5.4 (array renaming, node splitting).
 */
import { Dependences } from "../dependence/graph.ts";
import type { LoopInfo, Reference } from "../dependence/references.ts";
import { judge } from "../dependence/verdict.ts";
import { int } from "../ir/build.ts";
import type { Expr, ForStmt, LoadExpr, Stmt } from "../ir/nest.ts";
import { text } from "../ir/print.ts";
import { mapBodies, mapOwnExprs } from "../ir/visit.ts";
import { isReason, Names, type Reason, rebuilt, replacing, type Scratch, type Staged, topLoops, withScratch, zero } from "./stage.ts";

/** Elements that are worth keeping. */
const MOST_ELEMENTS = 2 ** 24;

export function rename(s: Staged): Staged | Reason {
  let out = s;
  let why = "no elements that later trips overwrite";
  for (const { id } of topLoops(s.region)) {
    const verdict = judge(out.region, out.binding, { transaction: true }).find((v) => v.id === id);
    if (verdict?.class !== "renaming" || verdict.requires?.some((r) => r.startsWith("last-writer ") || r.startsWith("reduction ")))
      continue;
    const made = kept(out, topLoops(out.region).find((l) => l.id === id)!);
    if (isReason(made)) why = made.reason;
    else out = made;
  }
  return out === s ? { reason: why } : out;
}

function kept(s: Staged, loop: ForStmt): Staged | Reason {
  const graph = new Dependences(s.region, s.binding);
  const info = graph.loop(loop);
  if (!info || loop.exit === undefined) return { reason: `line ${loop.line}: it cannot leave` };
  const reads = movable(graph, info);
  if (reads.length === 0) return { reason: `line ${loop.line}: what is read there may have been written there` };
  const names = new Names(s.region);
  const old = new Map<string, Scratch>();
  for (const { array } of reads) {
    const { shape } = s.binding.arrays[array]!;
    if (shape.reduce((n, m) => n * m, 1) > MOST_ELEMENTS) return { reason: `line ${loop.line}: ${array} is too large to keep` };
    const { elem } = s.region.arrays.find((a) => a.name === array)!;
    if (!old.has(array)) old.set(array, { name: names.fresh(`${array}.old`), elem, shape });
  }
  const copies = [...old].map(([array, x]) => copyLoops(array, x, loop, names));
  const moved = new Map<Stmt, Set<string>>();
  for (const r of reads) moved.set(r.stmt, new Set([...(moved.get(r.stmt) ?? []), text(r.node as LoadExpr)]));
  const body = { ...loop, body: rewritten(loop.body, moved, old) };
  const said = `old elements of ${[...old.keys()].join(", ")} kept for the loop at line ${loop.line}`;
  const made = withScratch(rebuilt(s, replacing(s.region, loop, [...copies, body]), said), [...old.values()]);
  const now = judge(made.region, made.binding, { transaction: true }).find((v) => v.id === loop.id);
  return now?.class === "parallel" ? made : { reason: `line ${loop.line}: more than old elements is in the way` };
}

/** Reads that only later writes touch. */
function movable(graph: Dependences, info: LoopInfo): readonly Reference[] {
  const inside = graph.references.filter((r) => r.loops.includes(info));
  const writes = inside.filter((r) => r.access === "write");
  const reads = inside.filter((r) => r.access === "read" && r.node.kind === "load");
  const old = (r: Reference): boolean => !writes.some((w) => graph.carried(w, r, info) || graph.within(w, r, info));
  const waiting = reads.filter((r) => writes.some((w) => graph.carried(r, w, info)) && old(r));
  // what reads alike in one statement moves alike
  const alike = (a: Reference, b: Reference): boolean => a.stmt === b.stmt && text(a.node as LoadExpr) === text(b.node as LoadExpr);
  return waiting.filter((r) => reads.every((x) => !alike(x, r) || old(x)));
}

function rewritten(
  body: readonly Stmt[],
  moved: ReadonlyMap<Stmt, ReadonlySet<string>>,
  old: ReadonlyMap<string, Scratch>,
): readonly Stmt[] {
  return body.map((s) => {
    const expr = (e: Expr): Expr => {
      switch (e.kind) {
        case "load": {
          const index = e.index.map(expr);
          return moved.get(s)?.has(text(e)) ? { ...e, index, array: old.get(e.array)!.name } : { ...e, index };
        }
        case "op":
          return { ...e, args: e.args.map(expr) };
        case "cast":
          return { ...e, arg: expr(e.arg) };
        default:
          return e;
      }
    };
    return mapBodies(mapOwnExprs(s, expr), (b) => rewritten(b, moved, old));
  });
}

function copyLoops(array: string, x: Scratch, loop: ForStmt, names: Names): Stmt {
  const place = { line: loop.line, exit: loop.exit! };
  const ivs = x.shape.map((_, k) => names.fresh(`${x.name}.${k}`));
  const index = ivs.map((name): Expr => ({ kind: "iv", type: "int", name }));
  const checks = index.map(() => "in" as const);
  const copy: Stmt = { kind: "store", array: x.name, index, checks, value: { kind: "load", type: x.elem, array, index, checks }, ...place };
  return x.shape.reduceRight<Stmt>(
    (inner, n, k) => ({ kind: "for", id: names.fresh("L.copy"), iv: ivs[k]!, lo: zero, hi: int(n), step: int(1), body: [inner], ...place }),
    copy,
  );
}
