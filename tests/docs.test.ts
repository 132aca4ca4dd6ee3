/**
 * docs/life-of-a-loop.md shows what commands print: runs those marked `checked` again and compares. UPDATE=1 runs all and rewrites the document; what needs a GPU
 * (`webgpu`) is left as it is where there is none.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = join(root, "docs", "life-of-a-loop.md");
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

test("life of a loop: the commands print what the document says", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  const update = process.env.UPDATE === "1";
  const now = inFolder((folder) =>
    document.replace(FENCE, (whole, kind: string, mark: string, body: string) => {
      if (kind === "python") {
        writeFileSync(join(folder, mark), body);
        return whole;
      }
      const command = /^\$ (.*)$/m.exec(body)![1]!;
      if (mark === "webgpu" ? !update || !hasWebgpu() : mark !== "checked" && !update) return whole;
      return `\`\`\`console${mark && ` ${mark}`}\n$ ${command}\n${execute(command, folder).trimEnd()}\n\`\`\``;
    }),
  );
  if (update) writeFileSync(DOCUMENT, now);
  else assert.fixture(now, document);
});

test.run();
