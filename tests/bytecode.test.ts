/**
 * Bytecode: cases in tests/bytecode/*.txt. A case is Python source and its listing: ==== title / source / ---- / listing. UPDATE=1 rewrites the listings.
 * Every listing must also be that of the code object after a trip through the disk cache's format, syntax trees included.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CodeStore, cachedCode } from "../src/interpreter/compile/cache.ts";
import { Code } from "../src/interpreter/compile/code.ts";
import { compile } from "../src/interpreter/compile/compile.ts";
import { disassemble } from "../src/interpreter/compile/disassemble.ts";
import { marshal, unmarshal } from "../src/interpreter/compile/marshal.ts";
import { parse } from "../src/interpreter/parse/parse.ts";
import { readCases } from "./ir/cases.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "bytecode");
const update = process.env.UPDATE === "1";

function compiled(source: string): Code {
  return compile(parse(source, "case.py"), "case.py");
}

/** What the tracer reads of a code object, inner ones included. */
function trees(code: Code): unknown {
  return [code.inline, code.loops.map((l) => l.ast), code.positions, code.consts.map((c) => (c instanceof Code ? trees(c) : c))];
}

for (const file of readdirSync(folder).filter((f) => f.endsWith(".txt"))) {
  const path = join(folder, file);
  const cases = readCases(readFileSync(path, "utf8"));
  for (const { title, parts } of cases) {
    test(`${file}: ${title}`, () => {
      const code = compiled(parts[0]!);
      if (!update) assert.fixture(disassemble(code), parts[1]!);
      const again = unmarshal(marshal(code), "case.py")!;
      assert.fixture(disassemble(again), disassemble(code));
      assert.equal(trees(again), trees(code));
    });
  }
  if (update) writeFileSync(path, cases.map((c) => `==== ${c.title}\n${c.parts[0]}----\n${disassemble(compiled(c.parts[0]!))}`).join(""));
}

const NEST = "def f(a, n):\n    for i in range(n):\n        for j in range(n):\n            a[i] += a[j]\n";

test("an inner loop's tree is part of its outer loop's, from the cache too", () => {
  const f = unmarshal(marshal(compiled(NEST)), "case.py")!.consts.find((c) => c instanceof Code) as Code;
  const outer = f.loops[0]!.ast!;
  assert.is(outer.body[0], f.loops[1]!.ast);
  assert.is((f.inline!.body[0] as { loopId?: number }).loopId, 0);
});

test("the file name is the one asked for", () => {
  const code = unmarshal(marshal(compiled(NEST)), "elsewhere.py")!;
  assert.is(code.filename, "elsewhere.py");
  assert.is((code.consts.find((c) => c instanceof Code) as Code).filename, "elsewhere.py");
});

test("a damaged entry is no entry", () => {
  const good = marshal(compiled(NEST));
  for (let i = 0; i < good.length; i += 7) {
    const bad = good.slice();
    bad[i]! ^= 0x10;
    assert.is(unmarshal(bad, "case.py"), undefined, `byte ${i}`);
    assert.is(unmarshal(good.slice(0, i), "case.py"), undefined, `${i} bytes`);
  }
});

/** A store in memory that counts. */
function memoryStore(): CodeStore & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  return { entries, key: (s) => Buffer.from(s).toString("hex"), read: (k) => entries.get(k), write: (k, e) => void entries.set(k, e) };
}

test("code is compiled once, and again when its entry is damaged", () => {
  const store = memoryStore();
  const source = new TextEncoder().encode(NEST);
  let compilations = 0;
  const once = (): Code => {
    compilations++;
    return compiled(NEST);
  };
  cachedCode(store, source, "a.py", once);
  assert.is(cachedCode(store, source, "b.py", once).filename, "b.py");
  assert.is(compilations, 1);
  for (const key of store.entries.keys()) store.entries.set(key, new Uint8Array(40));
  cachedCode(store, source, "a.py", once);
  assert.is(compilations, 2);
});

test("what is not to be kept is not stored", () => {
  const store = memoryStore();
  cachedCode(
    store,
    new Uint8Array(1),
    "a.py",
    () => compiled("x = 1\n"),
    () => false,
  );
  assert.is(store.entries.size, 0);
});

test.run();
