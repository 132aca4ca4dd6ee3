// Generates the Python parser: @lezer/python's grammar with our amendments. `node scripts/grammar.mjs [--force]`
// Output: src/interpreter/parse/generated/ (ignored by git). Does nothing when its inputs have not changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildParserFile } from "@lezer/generator";
import { transformSync } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const parse = join(root, "src/interpreter/parse");
const out = join(parse, "generated");

const shipped = readFileSync(join(root, "node_modules/@lezer/python/src/python.grammar"), "utf8");
const amendmentsSource = readFileSync(join(parse, "amendments.ts"), "utf8");
const self = readFileSync(fileURLToPath(import.meta.url), "utf8");
const stamp = `// inputs ${createHash("sha256").update(shipped).update(amendmentsSource).update(self).digest("hex")}\n`;

const target = join(out, "parser.js");
if (process.argv.includes("--force") || !existsSync(target) || !readFileSync(target, "utf8").startsWith(stamp)) await generate();

async function generate() {
  const js = transformSync(amendmentsSource, { loader: "ts" }).code;
  const { AMENDMENTS } = await import(`data:text/javascript,${encodeURIComponent(js)}`);
  const grammar = AMENDMENTS.reduce(amend, shipped);
  const { parser, terms } = buildParserFile(grammar, {
    fileName: "python.grammar",
    moduleStyle: "es",
    warn: (message) => console.warn(message),
  });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "python.grammar"), grammar);
  writeFileSync(join(out, "parser.terms.js"), terms);
  writeFileSync(join(out, "parser.terms.d.ts"), declareTerms(terms));
  writeFileSync(join(out, "nodes.ts"), declareNodes(parser));
  writeFileSync(join(out, "parser.d.ts"), 'import type { LRParser } from "@lezer/lr";\nexport declare const parser: LRParser;\n');
  writeFileSync(target, stamp + parser);
}

/** Applies one amendment; throws with its name when it does not apply. */
function amend(grammar, { name, rule, find, replace }) {
  const [from, to] = find === undefined ? ruleRange(grammar, rule, name) : textRange(grammar, find, name);
  return grammar.slice(0, from) + replace + grammar.slice(to);
}

function textRange(grammar, find, name) {
  const from = grammar.indexOf(find);
  if (from < 0 || grammar.indexOf(find, from + 1) >= 0) {
    throw new Error(`grammar amendment "${name}" no longer applies: its text must occur exactly once`);
  }
  return [from, from + find.length];
}

/** Range of the definition of `rule`: a line that begins with its name, up to the brace that closes its body. */
function ruleRange(grammar, rule, name) {
  const heads = [...grammar.matchAll(new RegExp(`^${rule.replace(/[[\]]/g, "\\$&")}(?![\\w-])[^\\n{]*\\{`, "gm"))];
  if (heads.length !== 1) throw new Error(`grammar amendment "${name}" no longer applies: ${heads.length} rules are called ${rule}`);
  const from = heads[0].index;
  let depth = 1;
  let at = from + heads[0][0].length;
  for (let quote = ""; depth > 0; at++) {
    const ch = grammar[at];
    if (quote) quote = ch === quote ? "" : quote;
    else if (ch === '"' || ch === "'") quote = ch;
    else if (ch === "{") depth++;
    else if (ch === "}") depth--;
  }
  return [from, at];
}

/** Types for the term file: one numeric constant a line. */
function declareTerms(terms) {
  const names = [...terms.matchAll(/^\s*(\w+) = \d+[,;]?$/gm)].map((m) => m[1]);
  return names.map((name) => `export declare const ${name}: number;\n`).join("");
}

/** One constant per node name, so that lowering can switch over node types; later rules of the same name map to the first. */
function declareNodes(parser) {
  const names = /nodeNames: "([^"]*)"/.exec(parser)[1].split(" ");
  const ids = names.map((name) => names.indexOf(name));
  const constants = names.flatMap((name, id) => (ids[id] === id && /^\w+$/.test(name) ? [`export const ${name} = ${id};\n`] : []));
  return `${constants.join("")}/** Type id → the constant of its name. */\nexport const CANONICAL: readonly number[] = ${JSON.stringify(ids)};\n`;
}
