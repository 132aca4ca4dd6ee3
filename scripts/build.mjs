// Bundles the TypeScript sources into dist/. `node scripts/build.mjs [--watch]`
import { build } from "esbuild";
import { existsSync } from "node:fs";

const entries = ["src/cli/main.ts", "src/index.ts", "src/browser.ts", "src/gpu/worker.ts"].filter((f) => existsSync(f));
await build({
  entryPoints: Object.fromEntries(entries.map((f) => [f.replace(/^src\//, "").replace(/\.ts$/, "").replace("cli/main", "cli"), f])),
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  minifySyntax: true,
  external: ["webgpu", "gpu.js", "pyodide"],
  logLevel: "warning",
});
