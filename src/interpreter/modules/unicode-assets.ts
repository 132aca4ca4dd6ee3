/**
 * The tables that scripts/unicode-names.mjs and scripts/unicode-data.mjs derive at build time, read on first use and kept per VM.
 * They lie in dist/unicode, beside the bundle or, when the sources run unbundled, three folders up.
 */
import { gunzipSync, strFromU8 } from "fflate";
import { runtimeError } from "../builtins/exceptions.ts";
import type { VM } from "../objects/runtime.ts";
import { CharacterNames } from "../parse/character-names.ts";
import { readWhole } from "./file-system.ts";

const PLACES = ["./unicode/", "../unicode/", "../../../dist/unicode/"];

function readAsset(vm: VM, name: string): string {
  for (const place of PLACES) {
    const data = readWhole(vm, decodeURIComponent(new URL(place + name, import.meta.url).pathname));
    if (data) return strFromU8(gunzipSync(data));
  }
  throw runtimeError(`the table ${name} is missing from this installation`);
}

const NAMES = Symbol("unicode.names");
const PROPERTIES = Symbol("unicode.properties");

export function characterNames(vm: VM): CharacterNames {
  let names = vm.state.get(NAMES) as CharacterNames | undefined;
  if (!names) vm.state.set(NAMES, (names = new CharacterNames(readAsset(vm, "names.txt.gz"))));
  return names;
}

/** Runs of code points with equal values, searched by bisection. */
export class RunTable {
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];
  private readonly values: string[] = [];
  private readonly missing: string;

  constructor(lines: readonly string[], missing: string) {
    this.missing = missing;
    for (const line of lines) {
      const parts = line.split(" ");
      this.firsts.push(Number.parseInt(parts[0]!, 16));
      this.lasts.push(Number.parseInt(parts.length > 2 ? parts[1]! : parts[0]!, 16));
      this.values.push(parts.at(-1)!);
    }
  }

  get(cp: number): string {
    let low = 0;
    let high = this.firsts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lasts[middle]! < cp) low = middle + 1;
      else high = middle;
    }
    return low < this.firsts.length && this.firsts[low]! <= cp ? this.values[low]! : this.missing;
  }
}

export interface NumericValue {
  readonly value: number;
  readonly isDigit: boolean;
}

/** Properties of characters beyond what JS's \p{…} knows, or of exactly the Unicode version of CPython. */
export interface UnicodeProperties {
  readonly category: RunTable;
  readonly oldCategory: RunTable;
  readonly bidirectional: RunTable;
  readonly combining: RunTable;
  readonly width: RunTable;
  readonly mirrored: RunTable;
  readonly decomposition: ReadonlyMap<number, string>;
  /** Numeric values, without the decimal digits. */
  readonly numeric: ReadonlyMap<number, NumericValue>;
}

export function unicodeProperties(vm: VM): UnicodeProperties {
  let p = vm.state.get(PROPERTIES) as UnicodeProperties | undefined;
  if (!p) vm.state.set(PROPERTIES, (p = readProperties(readAsset(vm, "properties.txt.gz"))));
  return p;
}

function readProperties(text: string): UnicodeProperties {
  const sections = new Map<string, string[]>();
  for (const part of text.split("#").slice(1)) {
    const lines = part.trimEnd().split("\n");
    sections.set(lines[0]!, lines.slice(1));
  }
  const runs = (name: string, missing: string) => new RunTable(sections.get(name) ?? [], missing);
  const byCode = <T>(name: string, value: (rest: string) => T): Map<number, T> =>
    new Map(
      (sections.get(name) ?? []).map((line) => {
        const space = line.indexOf(" ");
        return [Number.parseInt(line.slice(0, space), 16), value(line.slice(space + 1))];
      }),
    );
  return {
    category: runs("category", "Cn"),
    oldCategory: runs("category-3.2", "Cn"),
    bidirectional: runs("bidirectional", ""),
    combining: runs("combining", "0"),
    width: runs("width", "N"),
    mirrored: runs("mirrored", "0"),
    decomposition: byCode("decomposition", (rest) => rest),
    numeric: byCode("numeric", (rest) => {
      const [n, d] = rest.split(" ")[0]!.split("/").map(Number);
      return { value: n! / d!, isDigit: rest.endsWith(" d") };
    }),
  };
}
