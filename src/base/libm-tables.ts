/**
 * Tables of the elementary functions: computed when they are first needed (exactly, in big integers, which takes some milliseconds each), or taken from the bundle,
 * where the build has put them (scripts/build.mjs evaluates `libmTables` and defines TSPY_LIBM_TABLES).
 */

/** Table → its doubles in base64, put in by the build. */
declare const TSPY_LIBM_TABLES: Readonly<Record<string, string>> | undefined;

const builders = new Map<string, () => Float64Array>();

/** Declares a table; the result gives it, made or decoded once. */
export function lazyTable(name: string, make: () => Float64Array): () => Float64Array {
  builders.set(name, make);
  let table: Float64Array | undefined;
  return () => (table ??= embedded(name) ?? make());
}

function embedded(name: string): Float64Array | undefined {
  const text = typeof TSPY_LIBM_TABLES === "undefined" ? undefined : TSPY_LIBM_TABLES[name];
  if (text === undefined) return undefined;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

/** All tables, computed: what the build embeds. */
export function libmTables(): Record<string, Float64Array> {
  return Object.fromEntries([...builders].map(([name, make]) => [name, make()]));
}
