/**
 * The text of a kernel while it grows: one scope a brace. A scope remembers the consts that it declared, so that what is invariant in a loop is computed
 * once before it (at the head of the innermost loop body that it varies in) and named once.
 */
export class Scope {
  readonly lines: string[] = [];
  /** Loops around the scope. */
  readonly depth: number;
  /** Whether it is the body of a loop (or the kernel): where hoisted consts may go. */
  readonly isLoop: boolean;
  private readonly named = new Map<string, string>();

  constructor(depth: number, isLoop: boolean) {
    this.depth = depth;
    this.isLoop = isLoop;
  }

  name(key: string): string | undefined {
    return this.named.get(key);
  }
  declare(key: string, name: string): void {
    this.named.set(key, name);
  }
}

export class Writer {
  private readonly stack: Scope[] = [new Scope(0, true)];
  private count = 0;

  get top(): Scope {
    return this.stack[this.stack.length - 1]!;
  }

  fresh(prefix: string): string {
    return `${prefix}${this.count++}`;
  }

  line(text: string): void {
    this.top.lines.push(text);
  }

  /** Lines that `f` writes in a scope of their own. */
  nested(isLoop: boolean, f: () => void): string[] {
    const scope = new Scope(this.top.depth + (isLoop ? 1 : 0), isLoop);
    this.stack.push(scope);
    try {
      f();
    } finally {
      this.stack.pop();
    }
    return scope.lines;
  }

  /** Lines that `f` writes, to be placed in the current scope or dropped. What it names is forgotten. */
  captured<T>(f: () => T): { readonly value: T; readonly lines: string[] } {
    const scope = new Scope(this.top.depth, false);
    this.stack.push(scope);
    try {
      return { value: f(), lines: scope.lines };
    } finally {
      this.stack.pop();
    }
  }

  /** The text as a const at the head of the loop body at `depth`. */
  hoisted(depth: number, text: string): string {
    const scope = this.stack.find((s) => s.isLoop && s.depth === depth)!;
    const old = scope.name(text);
    if (old !== undefined) return old;
    const name = this.fresh("h");
    scope.lines.push(`const ${name} = ${text};`);
    scope.declare(text, name);
    return name;
  }

  /** The text as a const right here. */
  temporary(text: string): string {
    if (/^[\w$]+$|^-?\d+(\.\d+)?$/.test(text)) return text;
    const name = this.fresh("t");
    this.line(`const ${name} = ${text};`);
    return name;
  }
}

export const indent = (lines: readonly string[]): string[] => lines.map((l) => `  ${l}`);
