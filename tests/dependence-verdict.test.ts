/**
 * Verdicts on loops against the truth of a run: seeded random nests with affine and other subscripts, guards, scalars, triangular bounds, strides and views. What is
 * called parallel or a reduction without a run must be so in the log of the run; the log itself is held against a plain all-pairs search. Then the text cases.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { logRun } from "../src/jit/dependence/inspect.ts";
import { type LoopShadow, Shadow } from "../src/jit/dependence/shadow.ts";
import { judge, type LoopVerdict } from "../src/jit/dependence/verdict.ts";
import type { Binding } from "../src/jit/ir/nest.ts";
import { parse } from "../src/jit/ir/parse.ts";
import { print } from "../src/jit/ir/print.ts";
import { verify } from "../src/jit/ir/verify.ts";
import { skeleton } from "../src/jit/static/skeleton.ts";
import { type BindingText, bind } from "./ir/bindings.ts";
import { readCases } from "./ir/cases.ts";
import { Nest, random } from "./ir/nests.ts";

const VARIABLES = ["s", "t", "k"];
const TAKEN_CARE = {
  privatise: ["privates"],
  reduction: ["reductions", "recurrences", "privates"],
  induction: ["recurrences", "snapshots", "privates"],
  "wrap-around": ["recurrences", "snapshots", "privates"],
} as const;

/** What the log of a run has against a claim. */
function objections(v: LoopVerdict, seen: LoopShadow, binding: Binding, live: ReadonlySet<string>): string[] {
  // a location goes by the name that touched it first; another name may be in the verdict
  const memory = (name: string): string => `${binding.arrays[name]?.storage ?? name}`;
  const allowed = (name: string, what: string): boolean =>
    (v.requires ?? []).some((r) => {
      const [kind, of] = r.split(" ") as [keyof typeof TAKEN_CARE, string];
      return memory(of) === memory(name) && ((TAKEN_CARE[kind] ?? []) as readonly string[]).includes(what);
    });
  const out = seen.left ? ["left early"] : [];
  for (const what of ["recurrences", "snapshots", "lastWriters", "reductions", "privates"] as const) {
    for (const name of seen[what].keys())
      if (!allowed(name, what) && !(what === "lastWriters" && VARIABLES.includes(name) && !live.has(name))) out.push(`${what} ${name}`);
  }
  return out;
}

const claims = (v: LoopVerdict): boolean => v.class === "parallel" || v.class === "reduction";

test("what is called parallel is parallel in the log of the run", () => {
  const rnd = random(Number(process.env.SEED ?? 7));
  const count = { claimed: 0, found: 0, free: 0, sequential: 0, rightly: 0 };
  for (let round = 0; round < Number(process.env.ROUNDS ?? 700); round++) {
    const { region, binding } = new Nest(rnd).build();
    const before = JSON.stringify(binding);
    const said = judge(region, binding);
    const { ended, loops } = logRun(region, binding, VARIABLES);
    assert.is(JSON.stringify(binding), before, "the run must not be seen");
    if (!ended) continue;
    const liveAfter = new Map(skeleton(region).loops.map((l) => [l.stmt.id, l.liveOut]));
    for (const v of said) {
      const seen = loops.get(v.id)!;
      if (seen.instances === 0) continue;
      const live = liveAfter.get(v.id)!;
      const free = objections({ ...v, requires: [] }, seen, binding, live).every((o) => o.startsWith("privates"));
      if (free) count.free++;
      if (v.class === "sequential" && v.witness) {
        count.sequential++;
        if (seen.recurrences.size > 0 || seen.left) count.rightly++;
      }
      if (!claims(v)) continue;
      count.claimed++;
      if (free) count.found++;
      const against = objections(v, seen, binding, live);
      if (against.length > 0) assert.unreachable(`round ${round}: ${against.join(", ")}\n${JSON.stringify(v)}\n${print(region)}`);
    }
  }
  if (process.env.VERBOSE) console.log(count);
  assert.ok(count.claimed > 200, `only ${count.claimed} claims`);
  assert.ok(count.found >= 0.5 * count.free, `${count.found} of ${count.free}`);
  assert.is(count.rightly, count.sequential);
});

test("the shadow's classes are those of all pairs of accesses", () => {
  const rnd = random(11);
  for (let round = 0; round < 300; round++) {
    const shadow = new Shadow(2, 2);
    const at = ["p", "q", "r"].map((n) => shadow.location(n));
    const log: { trip: readonly [number, number]; at: number; write: boolean }[] = [];
    const touch = (trip: readonly [number, number]): void => {
      for (let n = rnd(4); n > 0; n--) {
        const [l, write] = [rnd(3), rnd(2) === 0];
        log.push({ trip, at: l, write });
        if (write) shadow.write(at[l]!, 0, 0);
        else shadow.read(at[l]!, 0, 0);
      }
    };
    const trips = 1 + rnd(3);
    shadow.enter(0);
    for (let i = 0; i < trips; i++) {
      shadow.trip();
      touch([i, -1]);
      shadow.enter(1);
      for (let j = rnd(4); j > 0; j--) {
        shadow.trip();
        touch([i, j]);
      }
      shadow.leave(false);
      touch([i, -2]);
    }
    shadow.leave(false);
    shadow.finish();
    // flow carried by the outer loop: the last write before a read is of another trip
    for (let l = 0; l < 3; l++) {
      const mine = log.filter((x) => x.at === l);
      const flow = mine.some(
        (x, k) =>
          !x.write &&
          (mine
            .slice(0, k)
            .filter((w) => w.write)
            .at(-1)?.trip[0] ?? x.trip[0]) !== x.trip[0],
      );
      const shared = new Set(mine.map((x) => x.trip[0])).size > 1 && mine.some((x) => x.write);
      const exposed = mine.some((x, k) => !x.write && !mine.slice(0, k).some((w) => w.write && w.trip[0] === x.trip[0]));
      const last = mine.filter((x) => x.write).at(-1)?.trip[0] === trips - 1;
      const expected = !shared ? "none" : flow ? "recurrences" : exposed ? "snapshots" : last ? "privates" : "lastWriters";
      const name = ["p", "q", "r"][l]!;
      const seen = shadow.loops[0]!;
      const got = (["recurrences", "snapshots", "privates", "lastWriters"] as const).find((what) => seen[what].has(name)) ?? "none";
      assert.is(got, expected, `round ${round}, ${name}: ${JSON.stringify(mine)}`);
    }
  }
});

// ---- text cases -----------------------------------------------------------------------------------------------------------------------

/** `L class source -> sink distance d`, then what it requires. */
function shown(v: LoopVerdict): string {
  const witness = v.witness ? ` ${v.witness.source.join(",")} -> ${v.witness.sink.join(",")}` : "";
  const head = `${v.id} ${v.class}${v.stage === "inspector" ? " (inspected)" : ""}${witness}${v.distance === undefined ? "" : ` distance ${v.distance}`}`;
  return [head, ...(v.requires ?? []).map((r) => `  ${r}`)].join("\n");
}

const FOLDER = new URL("./dependence/", import.meta.url);
for (const file of readdirSync(FOLDER).sort()) {
  const url = new URL(file, FOLDER);
  const cases = readCases(readFileSync(url, "utf8"));
  const results = cases.map((c) => {
    const region = parse(c.parts[0]!);
    verify(region);
    const binding = bind(region, JSON.parse(c.parts[1]!) as BindingText);
    const dead = new Set(region.vars.filter((v) => v.init === "unset").map((v) => v.name));
    const inspected = judge(region, binding, { inspect: true, dead });
    const plain = judge(region, binding, { dead });
    const differs = plain.some((v, k) => shown(v) !== shown(inspected[k]!));
    return [plain, ...(differs ? [inspected] : [])].map((list) => list.map(shown).join("\n")).join("\n");
  });
  if (process.env.UPDATE)
    writeFileSync(url, cases.map((c, k) => `==== ${c.title}\n${c.parts[0]}----\n${c.parts[1]}----\n${results[k]}\n`).join(""));
  else cases.forEach((c, k) => test(`${file}: ${c.title}`, () => assert.is(results[k], c.parts[2]!.trimEnd())));
}

test.run();
