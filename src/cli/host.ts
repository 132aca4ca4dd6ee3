/** The host of a command-line run: the process's streams, buffered; clocks; environment. */
import { fstatSync, readSync, writeSync } from "node:fs";
import type { CodeStore } from "../interpreter/compile/cache.ts";
import type { Host } from "../interpreter/objects/runtime.ts";

const LIMIT = 1 << 16;

export class ProcessHost implements Host {
  readonly env: Record<string, string>;
  readonly argv: readonly string[];
  private readonly output: number;
  readonly codeStore: CodeStore | undefined;
  private chunks: Uint8Array[] = [];
  private size = 0;
  private readonly tty: boolean = isatty(1);

  /** `output`: the descriptor that the program's stdout goes to. */
  constructor(argv: readonly string[], codeStore?: CodeStore, output = 1) {
    this.output = output;
    this.argv = argv;
    this.codeStore = codeStore;
    this.env = Object.fromEntries(Object.entries(process.env).filter((e): e is [string, string] => e[1] !== undefined));
  }

  writeStdout(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.size += bytes.length;
    if (this.size > LIMIT || (this.tty && bytes.includes(10))) this.flush();
  }

  writeStderr(bytes: Uint8Array): void {
    this.flush();
    writeAll(2, bytes);
  }

  readStdin(n: number): Uint8Array {
    this.flush();
    const buffer = new Uint8Array(n);
    for (;;) {
      try {
        return buffer.subarray(0, readSync(0, buffer, 0, n, null));
      } catch (e) {
        const code = (e as NodeJS.ErrnoException).code;
        if (code === "EOF") return new Uint8Array(0);
        if (code !== "EAGAIN") throw e;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }

  flush(): void {
    if (this.size === 0) return;
    const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.chunks = [];
    this.size = 0;
    writeAll(this.output, all);
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint();
  }

  wallNs(): bigint {
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  }

  isTty(fd: number): boolean {
    return isatty(fd);
  }
}

/** node:tty takes 5 ms to load, so it is only asked about character devices. */
function isatty(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

function writeAll(fd: number, data: Uint8Array): void {
  let at = 0;
  while (at < data.length) {
    try {
      at += writeSync(fd, data, at);
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
