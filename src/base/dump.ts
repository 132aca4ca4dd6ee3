/** Stage dumps: `--dump=ir,plan` prints the text of those stages to stderr as they happen. */
import type { Stage } from "./options.ts";

export class Dump {
  private readonly stages: ReadonlySet<string>;
  private readonly write: (text: string) => void;

  constructor(stages: readonly string[], write: (text: string) => void) {
    this.stages = new Set(stages);
    this.write = write;
  }

  wants(stage: Stage): boolean {
    return this.stages.has(stage);
  }

  /** `text` is only computed when the stage was asked for. */
  at(stage: Stage, title: string, text: () => string): void {
    if (this.wants(stage)) this.write(`;; ${stage}: ${title}\n${text().trimEnd()}\n\n`);
  }
}
