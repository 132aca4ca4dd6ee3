/** Cases in a text file: `==== title`, then parts that `----` separates. */

export interface Case {
  readonly title: string;
  readonly parts: readonly string[];
}

export function readCases(source: string): Case[] {
  return source
    .split(/^==== /m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf("\n");
      return { title: block.slice(0, end), parts: block.slice(end + 1).split(/^----\n/m) };
    });
}

