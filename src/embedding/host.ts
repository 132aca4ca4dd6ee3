/** The interpreter's host inside an application: streams are functions, the environment is what the application says. Needs nothing of Node. */
import type { CodeStore } from "../interpreter/compile/cache.ts";
import type { FileSystem } from "../interpreter/modules/file-system.ts";
import type { Host, HostModule } from "../interpreter/objects/runtime.ts";

export interface HostOptions {
  readonly stdout?: ((text: string) => void) | undefined;
  readonly stderr?: ((text: string) => void) | undefined;
  readonly stdin?: string | (() => string | null | undefined) | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly fs?: FileSystem | undefined;
  readonly codeStore?: CodeStore | undefined;
  readonly moduleLoader?: ((name: string) => HostModule | string | null | undefined) | undefined;
}

/** Characters of an unfinished line that are kept at most. */
const LIMIT = 1 << 14;

export class EmbeddedHost implements Host {
  readonly env: Record<string, string>;
  readonly argv: readonly string[];
  readonly codeStore: CodeStore | undefined;
  declare readonly fs?: FileSystem;
  private readonly options: HostOptions;
  private readonly decoders = [new TextDecoder(), new TextDecoder()] as const;
  private input: Uint8Array = new Uint8Array(0);
  private inputEnded = false;
  /** Output that is not yet a whole line. */
  private pending = "";

  constructor(options: HostOptions) {
    this.options = options;
    this.env = { ...options.env };
    this.argv = options.args ?? [""];
    this.codeStore = options.codeStore;
    if (options.fs) this.fs = options.fs;
    if (typeof options.stdin === "string") this.feed(options.stdin);
  }

  // a character may be split between two writes: the decoder waits for its rest
  writeStdout(bytes: Uint8Array): void {
    this.pending += this.decoders[0].decode(bytes, { stream: true });
    if (this.pending.endsWith("\n") || this.pending.length > LIMIT) this.flush();
  }

  /** The application gets whole lines, and the rest of a line when Python flushes, reads or ends. */
  flush(): void {
    const text = this.pending;
    this.pending = "";
    if (text !== "") this.options.stdout?.(text);
  }

  writeStderr(bytes: Uint8Array): void {
    this.flush();
    this.options.stderr?.(this.decoders[1].decode(bytes, { stream: true }));
  }

  private feed(text: string): void {
    this.input = new TextEncoder().encode(text);
  }

  readStdin(n: number): Uint8Array {
    this.flush();
    const { stdin } = this.options;
    if (this.input.length === 0 && typeof stdin === "function" && !this.inputEnded) {
      const text = stdin();
      if (typeof text === "string" && text !== "") this.feed(text);
      else this.inputEnded = true;
    }
    const out = this.input.subarray(0, n);
    this.input = this.input.subarray(out.length);
    return out;
  }

  monotonicNs(): bigint {
    return BigInt(Math.round(performance.now() * 1e6));
  }

  wallNs(): bigint {
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  }

  loadModule(name: string): HostModule | undefined {
    const found = this.options.moduleLoader?.(name);
    return typeof found === "string" ? { source: found } : (found ?? undefined);
  }
}
