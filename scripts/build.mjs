// Bundles the TypeScript sources into dist/. In the VM's dispatch loop `OP.NAME` becomes a number, so that V8 sees a switch over literals.
import { existsSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const table = await build({ entryPoints: ["src/interpreter/compile/opcodes.ts"], bundle: true, format: "esm", write: false, platform: "node" });
const { OP } = await import(`data:text/javascript;base64,${Buffer.from(table.outputFiles[0].text).toString("base64")}`);

const literals = {
  name: "opcode-literals",
  setup(b) {
    b.onLoad({ filter: /vm[\\/]loop\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replace(/\bOP\.([A-Z_0-9]+)\b/g, (_, name) => {
        if (!(name in OP)) throw new Error(`loop.ts: no opcode ${name}`);
        return String(OP[name]);
      }),
    }));
  },
};

const entries = ["src/cli/main.ts", "src/index.ts", "src/browser.ts", "src/gpu/worker.ts"].filter((f) => existsSync(f));
await build({
  entryPoints: Object.fromEntries(entries.map((f) => [f.replace(/^src\//, "").replace(/\.ts$/, "").replace("cli/main", "cli").replace("gpu/worker", "gpu-worker"), f])),
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
  plugins: [literals],
  logLevel: "warning",
});
