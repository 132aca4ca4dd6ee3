/**
 * Compiled code kept between runs, like .pyc files. The host supplies the storage (`Host.codeStore`); without one, code is compiled each time.
 *
 * An entry's key is a digest of the source's bytes under the compiler's own version, so entries never go stale: another source or another
 * compiler asks for another key. Its name is not part of it: equal files share an entry. Entries that cannot be read count as absent.
 * Like CPython, a module from the cache gives no SyntaxWarnings.
 */
import type { Code } from "./code.ts";
import { marshal, unmarshal } from "./marshal.ts";

/** Storage of a host. Neither call may throw. */
export interface CodeStore {
  /** Name for these bytes: a digest. */
  key(source: Uint8Array): string;
  read(key: string): Uint8Array | undefined;
  write(key: string, entry: Uint8Array): void;
}

/** The code of `source`: from the store, else by `compile`; then it is stored, unless `keep` says otherwise. */
export function cachedCode(
  store: CodeStore | undefined,
  source: Uint8Array,
  filename: string,
  compile: () => Code,
  keep: () => boolean = () => true,
): Code {
  if (store === undefined) return compile();
  const key = store.key(source);
  const entry = store.read(key);
  const found = entry && unmarshal(entry, filename);
  if (found) return found;
  const code = compile();
  if (keep()) storeEntry(store, key, code);
  return code;
}

/** Source nested so deeply that writing it overflows the stack runs all the same; it is compiled each time. */
function storeEntry(store: CodeStore, key: string, code: Code): void {
  try {
    store.write(key, marshal(code));
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
  }
}
