/**
 * Every option and threshold of tspy, declared once: the command line, the embedding API and the documentation derive from this table.
 * `values` lists the legal words of a choice; a number option takes a decimal; a flag takes nothing; a list takes comma-separated words.
 */
export interface OptionSpec {
  readonly kind: "choice" | "number" | "flag" | "list";
  readonly values?: readonly string[];
  readonly default: string | number | boolean | readonly string[];
  readonly doc: string;
}

export const STAGES = ["ast", "bytecode", "trace", "ir", "deps", "plan", "js", "wasm", "wgsl"] as const;
export type Stage = (typeof STAGES)[number];

export const OPTIONS = {
  jit: {
    kind: "choice",
    values: ["off", "auto", "eager"],
    default: "auto",
    doc: "off: interpreter only; auto: hot loops; eager: record at once and promote whenever legal, whatever it costs",
  },
  device: {
    kind: "choice",
    values: ["auto", "none", "js", "wasm", "webgpu", "gpujs"],
    default: "auto",
    doc: "where nests may run; none is the plain interpreter",
  },
  fp: { kind: "choice", values: ["strict", "relaxed"], default: "strict", doc: "relaxed lets devices regroup sums and products of floats" },
  stats: { kind: "flag", default: false, doc: "print what the JIT did to stderr at exit" },
  dump: { kind: "list", values: STAGES, default: [], doc: "stages to print to stderr" },
  "fail-guard": {
    kind: "number",
    default: 0,
    doc: "force the k-th guard that a compiled nest checks to fail (0: none, -1: every first check of each exit)",
  },
  "hot-loop": { kind: "number", default: 25, doc: "back-edges of a loop before it is recorded" },
  "hot-call": { kind: "number", default: 200, doc: "calls of a function before its loops are considered hot on entry" },
  "max-aborts": { kind: "number", default: 4, doc: "recordings of a loop that may abort before it is left alone" },
  "max-exits": { kind: "number", default: 8, doc: "exits through one guard before the nest is compiled again with the new evidence" },
  "max-variants": { kind: "number", default: 6, doc: "compiled variants of one nest before it is left alone" },
  "chunk-ms": { kind: "number", default: 100, doc: "target length of one uninterruptible piece of a promoted nest, in milliseconds" },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;
type ValueOf<S> = S extends { kind: "choice"; values: readonly (infer V)[] }
  ? V
  : S extends { kind: "number" }
    ? number
    : S extends { kind: "flag" }
      ? boolean
      : readonly string[];
export type Options = { -readonly [K in OptionName]: ValueOf<(typeof OPTIONS)[K]> };

export function defaultOptions(): Options {
  return Object.fromEntries(Object.entries(OPTIONS).map(([k, s]) => [k, s.default])) as unknown as Options;
}

/** Parses one `--name` or `--name=value`. Returns undefined when it is no option of ours, or a message when its value is wrong. */
export function parseOption(arg: string, into: Options): true | string | undefined {
  const m = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg);
  if (!m || !(m[1]! in OPTIONS)) return undefined;
  const name = m[1] as OptionName;
  const spec: OptionSpec = OPTIONS[name];
  const set = (v: unknown): true => {
    (into as Record<string, unknown>)[name] = v;
    return true;
  };
  const text = m[2];
  if (spec.kind === "flag") return text === undefined ? set(true) : `option --${name} takes no value`;
  if (text === undefined) return `option --${name} needs a value`;
  if (spec.kind === "number") return /^-?\d+$/.test(text) ? set(Number(text)) : `option --${name} needs a number, not '${text}'`;
  const words = spec.kind === "list" ? text.split(",").filter(Boolean) : [text];
  const wrong = words.find((w) => !spec.values!.includes(w));
  if (wrong !== undefined) return `option --${name}: '${wrong}' is not one of ${spec.values!.join(", ")}`;
  return set(spec.kind === "list" ? words : text);
}
