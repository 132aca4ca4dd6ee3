/**
 * Times one program in one way, in a process of its own, so that nothing which V8 learned about one of them changes another:
 *   node --import tsx pybench/measure.ts PROGRAM interpreter|jit SECONDS
 * Prints one Measurement as JSON. The program is run by the embedding API, from the bundle that ./tspy runs.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import Benchmark from "benchmark";

export interface Measurement {
  /** What the program computed, to compare ways. */
  readonly result: string;
  /** Milliseconds of the first run of `main`, with everything that is compiled in it. */
  readonly first: number;
  /** Milliseconds of runs once V8 has settled: mean, and the relative margin of error in percent. */
  readonly mean: number;
  readonly margin: number;
  readonly samples: number;
}

async function measure(program: string, way: string, seconds: number): Promise<Measurement> {
  const bundle = new URL("../dist/index.mjs", import.meta.url);
  const { createInterpreter } = (await import(bundle.href)) as typeof import("../src/index.ts");
  const py = createInterpreter({ jit: way === "jit" ? "auto" : "off", globals: { __name__: "program" } });
  py.run(readFileSync(program, "utf8"), program);
  const start = performance.now();
  const result = String(py.eval("repr(main())"));
  const first = performance.now() - start;
  // the engine goes on compiling for a while
  const warm = performance.now() + (seconds * 1000) / 2;
  while (performance.now() < warm) py.eval("main()");
  const bench = new Benchmark(program, () => py.eval("main()"), { maxTime: seconds, minSamples: 3 });
  bench.run();
  const failure = (bench as { error?: unknown }).error;
  if (failure) throw failure;
  const { mean, rme, sample } = bench.stats;
  return { result, first, mean: mean * 1000, margin: rme, samples: sample.length };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [program, way, seconds] = process.argv.slice(2);
  console.log(JSON.stringify(await measure(program!, way!, Number(seconds))));
}
