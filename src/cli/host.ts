/** The host of a command-line run: the process's streams, buffered; clocks; environment; signals. */
import { constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { CodeStore } from "../interpreter/compile/cache.ts";
import type { Host } from "../interpreter/objects/runtime.ts";
import { WORD } from "../interpreter/vm/interrupts.ts";
import { Watcher } from "./watcher.ts";

const LIMIT = 1 << 16;
/** Waits between two looks at an input that has nothing, in milliseconds: longer the longer nothing comes. */
const FIRST_NAP = 0.05;
const LONGEST_NAP = 10;
const NAP_GROWTH = 1.2;

export class ProcessHost implements Host {
  readonly env: Record<string, string>;
  readonly argv: readonly string[];
  private readonly output: number;
  readonly codeStore: CodeStore | undefined;
  private chunks: Uint8Array[] = [];
  private size = 0;
  private readonly tty: boolean = isatty(1);
  readonly signals: Watcher = new Watcher(true);
  onWake: () => void = () => {};
  private input: number | undefined;
  private atEnd = false;

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
    this.input ??= openInput();
    for (let nap = FIRST_NAP; ; nap = Math.min(nap * NAP_GROWTH, LONGEST_NAP)) {
      try {
        return buffer.subarray(0, readSync(this.input, buffer, 0, n, null));
      } catch (e) {
        const code = (e as NodeJS.ErrnoException).code;
        if (code === "EOF") return new Uint8Array(0);
        if (code !== "EAGAIN") throw e;
        this.wait(nap);
      }
    }
  }

  private wait(milliseconds: number): void {
    const { words } = this.signals;
    this.signals.expect(milliseconds);
    Atomics.wait(words, WORD.leave, 0, milliseconds);
    if (Atomics.exchange(words, WORD.leave, 0) !== 0) this.onWake();
  }

  /** The program has ended: what follows are its last words. */
  end(): void {
    this.atEnd = true;
  }

  flush(): void {
    if (this.size === 0) return;
    const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.chunks = [];
    this.size = 0;
    if (!this.atEnd) this.signals.settle();
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

/** Standard input where reading does not block, so that signals are looked at meanwhile: pipes and terminals can be opened anew. */
function openInput(): number {
  try {
    const kind = fstatSync(0);
    if (kind.isFIFO() || isatty(0)) return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // not on this system, or not ours to open
  }
  return 0;
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
