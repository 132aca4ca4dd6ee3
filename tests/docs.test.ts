/**
 * Documents are held to the truth. Where they show what commands print, those marked `checked` are run again and compared. UPDATE=1 runs all and rewrites the
 * documents; what needs a GPU (`webgpu`) is left as it is where there is none. Paths that documents name have to exist, and examples have to run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENTS = ["README.md", ...readdirSync(join(root, "docs")).map((f) => `docs/${f}`)];
/** A program to run, or a command with what it printed. */
const FENCE = /^```(python|console) ?(\S*)\n([\s\S]*?)^```$/gm;

function execute(command: string, folder: string): string {
  const r = spawnSync("bash", ["-c", `tspy() { '${join(root, "tspy")}' "$@"; }\n{ ${command}\n} 2>&1`], { cwd: folder, encoding: "utf8" });
  return r.stdout;
}

const hasWebgpu = (): boolean => spawnSync(join(root, "tspy"), ["--probe-webgpu"]).status === 0;

function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tspy-docs-"));
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The document with the output of its commands as it is now. */
function rerun(document: string, update: boolean, folder: string): string {
  return document.replace(FENCE, (whole, kind: string, mark: string, body: string) => {
    if (kind === "python") {
      if (mark) writeFileSync(join(folder, mark), body);
      return whole;
    }
    const command = /^\$ (.*)$/m.exec(body)![1]!;
    if (mark === "webgpu" ? !update || !hasWebgpu() : mark !== "checked" && !update) return whole;
    return `\`\`\`console${mark && ` ${mark}`}\n$ ${command}\n${execute(command, folder).trimEnd()}\n\`\`\``;
  });
}

for (const name of DOCUMENTS) {
  test(`${name}: commands print what it says`, () => {
    const document = readFileSync(join(root, name), "utf8");
    const update = process.env.UPDATE === "1";
    const now = inFolder((folder) => rerun(document, update, folder));
    if (!update) assert.fixture(now, document);
    else if (now !== document) writeFileSync(join(root, name), now);
  });
}

test("paths that documents name exist", () => {
  const named = DOCUMENTS.flatMap((d) =>
    [...readFileSync(join(root, d), "utf8").matchAll(/(?<![\w/.])(?:src|tests|docs|scripts|pybench|examples)\/[\w./-]*\w/g)].map(
      ([path]) => ({ d, path }),
    ),
  );
  const missing = named
    .filter(({ path }) => !existsSync(join(root, path)) && !path.includes("results"))
    .map(({ d, path }) => `${d}: ${path}`);
  assert.equal(missing, []);
});

test("examples run", () => {
  const programs = readdirSync(join(root, "examples")).filter((f) => /\.(py|mjs)$/.test(f));
  const failed = programs.filter((f) => {
    const command = f.endsWith(".py") ? join(root, "tspy") : process.execPath;
    const r = spawnSync(command, [join(root, "examples", f)], { encoding: "utf8", timeout: 60_000 });
    return r.status !== 0 || r.stdout === "";
  });
  assert.equal(failed, []);
});

// sets the checkout up, if it has to be, where nobody looks at what it prints
execute("tspy -c pass", root);
test.run();
