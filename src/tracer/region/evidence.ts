/** What a loop was recorded with, as `--dump=trace` prints it: the iterator at its header, the inputs and the types of its variables. */
import { specText } from "../values.ts";
import type { Traced } from "./build.ts";
import type { Input } from "./context.ts";

function inputText(i: Input): string {
  const from = `${i.from.at} ${i.from.name}`;
  switch (i.is) {
    case "param":
      return `${from}: ${i.kind}`;
    case "array":
      return `${from}: ${specText(i.spec)}${i.spec.writeable ? "" : ", read-only"}`;
    case "object":
      return `${from}: known by identity`;
  }
}

export function evidenceText(t: Traced): string {
  const lines = [`loop over ${t.root ? JSON.stringify(t.root.plan) : "a condition"}, at pc ${t.loop.header}`];
  for (const i of t.inputs) lines.push(`input ${inputText(i)}`);
  for (const v of t.vars)
    lines.push(`variable ${v.name}: ${[...v.kinds].join(" or ")}${v.decl.init === "live-in" ? ", read before it is assigned" : ""}`);
  for (const v of t.views) lines.push(`variable ${v.name}: a part of ${v.operand.decl.name}`);
  return lines.join("\n");
}
