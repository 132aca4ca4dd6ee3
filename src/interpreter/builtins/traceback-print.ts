/**
 * Uncaught exceptions as text: chains of causes and contexts (PEP 3134), notes (PEP 678), exception groups (PEP 654) with their frames of lines,
 * after traceback.TracebackException of 3.14. Needs no Python code, so that a broken standard library cannot hide an error.
 */
import { plainStr, repr, str, lookupAttr } from "../objects/operations.ts";
import { sequenceItems } from "../objects/iterators.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import { writeError } from "./error-stream.ts";
import { field } from "./exception-types.ts";
import { isInstanceOf, PyBaseException } from "./exceptions.ts";
import { PyExceptionGroup } from "./groups.ts";
import { notesOf } from "./notes.ts";
import { suggestionFor } from "./suggestions.ts";
import { formatFrames } from "./traceback-frames.ts";
import { formatSyntaxError } from "./traceback-syntax.ts";

const CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n";
const MAX_GROUP_WIDTH = 15;
const MAX_GROUP_DEPTH = 10;

/** An exception with what is printed before it. An exception that was seen already is not printed again. */
interface Link {
  readonly exception: PyBaseException;
  cause: Link | undefined;
  context: Link | undefined;
  members: Link[] | undefined;
}

function linkUp(root: PyBaseException): Link {
  const seen = new Set<PyBaseException>([root]);
  const make = (e: PyBaseException): Link => {
    seen.add(e);
    return { exception: e, cause: undefined, context: undefined, members: undefined };
  };
  const top = make(root);
  const queue = [top];
  for (let link = queue.pop(); link !== undefined; link = queue.pop()) {
    const e = link.exception;
    const cause = e.cause instanceof PyBaseException && !seen.has(e.cause) ? e.cause : undefined;
    if (cause) link.cause = make(cause);
    const wanted = link.cause === undefined && !e.suppressContext;
    if (wanted && e.context !== null && !seen.has(e.context)) link.context = make(e.context);
    if (e instanceof PyExceptionGroup) link.members = e.exceptions.map(make);
    queue.push(...[link.cause, link.context, ...(link.members ?? [])].filter((l) => l !== undefined));
  }
  return top;
}

// ---- the last lines ---------------------------------------------------------------------------------------------------------------------------

function typeText(vm: VM, e: PyBaseException): string {
  const module = lookupAttr(vm, e.cls, "__module__");
  const name = e.cls.qualname;
  if (module === "__main__" || module === "builtins") return name;
  return `${module === undefined ? "<unknown>" : (plainStr(module) ?? "<unknown>")}.${name}`;
}

function safely(what: string, f: () => string): string {
  try {
    return f();
  } catch (e) {
    if (e instanceof PyBaseException) return `<${what} failed>`;
    throw e;
  }
}

/** Type and message, with the notes: what traceback.format_exception_only gives. */
export function formatExceptionOnly(vm: VM, e: PyBaseException): string[] {
  const type = typeText(vm, e);
  if (isInstanceOf(e, "SyntaxError")) return [...formatSyntaxError(vm, e, type), ...formatNotes(vm, e)];
  const text = safely("exception str()", () => str(vm, e)) + suggestionFor(vm, e);
  return [text === "" ? `${type}\n` : `${type}: ${text}\n`, ...formatNotes(vm, e)];
}

function formatNotes(vm: VM, e: PyBaseException): string[] {
  let notes: Value | undefined;
  try {
    notes = notesOf(e) ?? lookupAttr(vm, e, "__notes__");
  } catch {
    return [];
  }
  if (notes === undefined || notes === null) return [];
  const items = sequenceItems(notes);
  if (items === undefined) return [`${safely("__notes__ repr()", () => repr(vm, notes))}\n`];
  return items.flatMap((n) => safely("note str()", () => str(vm, n)).split("\n").map((l) => `${l}\n`));
}

// ---- chains and groups ------------------------------------------------------------------------------------------------------------------------

class Printer {
  private readonly vm: VM;
  private depth = 0;
  private needClose = false;
  readonly out: string[] = [];

  constructor(vm: VM) {
    this.vm = vm;
  }

  private margin(): string {
    return " ".repeat(2 * this.depth);
  }

  private emit(text: string, mark = "|"): void {
    const lead = this.depth ? `${this.margin()}${mark} ` : "";
    this.out.push(lead === "" ? text : text.replace(/^(?=[\s\S])/gm, lead));
  }

  print(top: Link): void {
    const chain: { message: string | undefined; link: Link }[] = [];
    for (let link: Link | undefined = top; link !== undefined; ) {
      const next: Link | undefined = link.cause ?? link.context;
      chain.push({ message: link.cause ? CAUSE : link.context ? CONTEXT : undefined, link });
      link = next;
    }
    for (const { message, link } of chain.reverse()) {
      if (message !== undefined) this.emit(message);
      if (link.members === undefined) this.plain(link);
      else if (this.depth > MAX_GROUP_DEPTH) this.emit(`... (max_group_depth is ${MAX_GROUP_DEPTH})\n`);
      else this.group(link, link.members);
    }
  }

  private frames(e: PyBaseException, title: string, mark?: string): void {
    const frames = formatFrames(this.vm, e.traceback);
    if (frames.length === 0) return;
    this.emit(`${title} (most recent call last):\n`, mark);
    for (const f of frames) this.emit(f);
  }

  private plain(link: Link): void {
    this.frames(link.exception, "Traceback");
    for (const l of formatExceptionOnly(this.vm, link.exception)) this.emit(l);
  }

  private group(link: Link, members: readonly Link[]): void {
    const outermost = this.depth === 0;
    if (outermost) this.depth++;
    this.frames(link.exception, "Exception Group Traceback", outermost ? "+" : undefined);
    for (const l of formatExceptionOnly(this.vm, link.exception)) this.emit(l);
    const shown = Math.min(members.length, MAX_GROUP_WIDTH + 1);
    this.needClose = false;
    for (let i = 0; i < shown; i++) {
      const last = i === shown - 1;
      // the closing line may come from a group inside
      if (last) this.needClose = true;
      const cut = i >= MAX_GROUP_WIDTH;
      this.out.push(`${this.margin()}${i === 0 ? "+-" : "  "}+---------------- ${cut ? "..." : i + 1} ----------------\n`);
      this.depth++;
      if (cut) {
        const rest = members.length - MAX_GROUP_WIDTH;
        this.emit(`and ${rest} more exception${rest > 1 ? "s" : ""}\n`);
      } else this.print(members[i]!);
      if (last && this.needClose) {
        this.out.push(`${this.margin()}+------------------------------------\n`);
        this.needClose = false;
      }
      this.depth--;
    }
    if (outermost) this.depth = 0;
  }
}

/** The whole report of an uncaught exception. */
export function formatException(vm: VM, e: PyBaseException): string {
  const p = new Printer(vm);
  p.print(linkUp(e));
  return p.out.join("");
}

/** What sys.excepthook does by default. */
export function printException(vm: VM, e: PyBaseException): void {
  writeError(vm, formatException(vm, e));
}

/** Exit status of an uncaught SystemExit; a code that is no int is printed. */
export function systemExitStatus(vm: VM, e: PyBaseException): number {
  const code = field(e, "code");
  if (code === null) return 0;
  if (typeof code === "number") return code & 0xff;
  if (typeof code === "boolean") return Number(code);
  if (typeof code === "bigint") return Number(BigInt.asUintN(8, code));
  writeError(vm, `${safely("exception str()", () => str(vm, code))}\n`);
  return 1;
}
