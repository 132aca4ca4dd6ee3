// Bundles the TypeScript sources into dist/:
//   cli.cjs     the command line: one CommonJS file, because V8's code cache (src/cli/launch.ts) is for scripts, not for modules
//   launch.cjs  what ./tspy runs: loads cli.cjs with its code cache
//   *.mjs       the packages' entries and the GPU worker, as modules that share chunks
// In the VM's dispatch loop `OP.NAME` becomes a number, so that V8 sees a switch over literals.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { compilerDigest, digest } from "./digest.mjs";

const table = await build({
  entryPoints: ["src/interpreter/compile/opcodes.ts"],
  bundle: true,
  format: "esm",
  write: false,
  platform: "node",
});
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

// Modules that few runs need and that cost milliseconds to evaluate. They are evaluated when one of the names listed here is first used.
const DEFERRED = {
  fflate: {
    from: "./node_modules/fflate/lib/browser.cjs",
    names: ["gunzipSync", "unzlibSync", "zlibSync", "strFromU8", "inflateSync", "deflateSync", "gzipSync"],
  },
};
const DEFERRED_BUILTINS = { "node:worker_threads": { from: "worker_threads", names: ["Worker"] } };
const deferred = (table) => ({
  name: "deferred",
  setup(b) {
    b.onResolve({ filter: new RegExp(`^(${Object.keys(table).join("|")})$`) }, ({ path }) => ({ path, namespace: "deferred" }));
    b.onLoad({ filter: /.*/, namespace: "deferred" }, ({ path }) => {
      const { from, names } = table[path];
      return {
        contents: `module.exports = { ${names.map((n) => `get ${n}() { return require(${JSON.stringify(from)}).${n}; }`)} };`,
        resolveDir: process.cwd(),
      };
    });
  },
});

const MODULES = { index: "src/index.ts", browser: "src/browser.ts", "gpu-worker": "src/gpu/worker.ts" };
for (const [name, file] of Object.entries(MODULES)) if (!existsSync(file)) delete MODULES[name];

const common = {
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  sourcemap: true,
  minifySyntax: true,
  external: ["webgpu", "gpu.js", "pyodide"],
  logLevel: "warning",
};
/** Tables of the elementary functions, which take milliseconds to compute (src/base/libm-tables.ts). */
async function libmTables() {
  const { outputFiles } = await build({ entryPoints: ["src/base/libm.ts"], bundle: true, format: "esm", write: false, platform: "node" });
  const { libmTables: compute } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
  return Object.fromEntries(Object.entries(compute()).map(([name, t]) => [name, Buffer.from(t.buffer).toString("base64")]));
}

const define = { TSPY_COMPILER: JSON.stringify(compilerDigest()), TSPY_LIBM_TABLES: JSON.stringify(await libmTables()) };
/** `entries`: name in dist → source. */
const bundle = (entries, outExtension, options) =>
  build({
    ...common,
    entryPoints: entries,
    outExtension: { ".js": outExtension },
    plugins: [literals, deferred(options.format === "cjs" ? { ...DEFERRED, ...DEFERRED_BUILTINS } : DEFERRED)],
    ...options,
  });

rmSync("dist/cli.mjs", { force: true });
rmSync("dist/cli.mjs.map", { force: true });
await bundle({ cli: "src/cli/main.ts" }, ".cjs", {
  format: "cjs",
  define: { ...define, "import.meta.url": "bundleUrl" },
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
});
await bundle({ launch: "src/cli/launch.ts" }, ".cjs", {
  format: "cjs",
  define: { TSPY_BUNDLE: JSON.stringify(digest(readFileSync("dist/cli.cjs"))) },
  sourcemap: false,
});
const modules = await bundle(MODULES, ".mjs", {
  format: "esm",
  splitting: true,
  define,
  metafile: true,
});
for (const name of readdirSync("dist"))
  if (/^chunk-.*\.mjs(\.map)?$/.test(name) && !(`dist/${name}` in modules.metafile.outputs)) rmSync(`dist/${name}`, { force: true });
