// Brings a checkout to the point where ./tspy runs: dependencies, generated parser, bundle, standard library. Does only what is missing or older than its sources.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(resolve(dirname(fileURLToPath(import.meta.url)), ".."));
const time = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args) {
  const r = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (r.status !== 0) {
    console.error(`tspy: setting up failed at: ${command} ${args.join(" ")}`);
    process.exit(r.status ?? 1);
  }
}

if (time("node_modules/.package-lock.json") < time("package-lock.json")) {
  console.error("tspy: installing dependencies (once) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  const now = new Date();
  const { utimesSync } = await import("node:fs");
  utimesSync("node_modules/.package-lock.json", now, now);
}
run(process.execPath, ["scripts/grammar.mjs"]);
run(process.execPath, ["scripts/build.mjs"]);
run(process.execPath, ["scripts/stdlib.mjs"]);
run(process.execPath, ["scripts/unicode-names.mjs"]);
run(process.execPath, ["scripts/unicode-data.mjs"]);
run(process.execPath, ["scripts/warm.mjs"]);
mkdirSync("dist", { recursive: true });
writeFileSync("dist/.stamp", "");
