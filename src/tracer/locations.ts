/** Where Python names live in a frame, and reading and writing them there. */

import type { PyDict } from "../interpreter/objects/dict.ts";
import type { Value } from "../interpreter/objects/values.ts";
import type { Frame } from "../interpreter/vm/frame.ts";

export type Location =
  | { readonly at: "local"; readonly index: number; readonly name: string }
  | { readonly at: "cell"; readonly index: number; readonly name: string }
  | { readonly at: "global"; readonly dict: PyDict; readonly name: string }
  /** A builtin, while the globals do not hide it. */
  | { readonly at: "builtin"; readonly dict: PyDict; readonly globals: PyDict; readonly name: string }
  /** The iterator of the loop at whose header the region starts. */
  | { readonly at: "iterator"; readonly depth: number; readonly name: string };

const dictIds = new WeakMap<PyDict, number>();
let nextDict = 0;
function idOf(d: PyDict): number {
  let id = dictIds.get(d);
  if (id === undefined) dictIds.set(d, (id = nextDict++));
  return id;
}

/** Equal for the same variable, whoever names it. */
export function keyOf(l: Location): string {
  switch (l.at) {
    case "local":
      return `l${l.index}`;
    case "cell":
      return `c${l.index}`;
    case "iterator":
      return `it${l.depth}`;
    default:
      return `g${idOf(l.dict)} ${l.name}`;
  }
}

/** Resolves a name as the code of the frame would; undefined when it is nowhere (or in a class body). */
export function resolve(frame: Frame, name: string): Location | undefined {
  const { code } = frame;
  if ((code.flags & 3) === 3 && frame.names === undefined) {
    const cell = cellIndex(frame, name);
    if (cell >= 0) return { at: "cell", index: cell, name };
    const local = code.varnames.indexOf(name);
    if (local >= 0) return { at: "local", index: local, name };
  } else {
    if (frame.names !== undefined && frame.names !== frame.globals) return undefined;
    if (cellIndex(frame, name) >= 0) return { at: "cell", index: cellIndex(frame, name), name };
  }
  return globalLocation(frame.globals, frame.builtins, name);
}

function cellIndex(frame: Frame, name: string): number {
  const { cellvars, freevars } = frame.code;
  const own = cellvars.indexOf(name);
  if (own >= 0) return own;
  const free = freevars.indexOf(name);
  return free >= 0 ? cellvars.length + free : -1;
}

export function globalLocation(globals: PyDict, builtins: PyDict, name: string): Location | undefined {
  if (globals.entryStr(name) !== undefined) return { at: "global", dict: globals, name };
  if (builtins.entryStr(name) !== undefined) return { at: "builtin", dict: builtins, globals, name };
  return { at: "global", dict: globals, name };
}

export function read(frame: Frame, l: Location): Value | undefined {
  switch (l.at) {
    case "local":
      return frame.locals[l.index];
    case "cell":
      return frame.cells[l.index]!.value;
    case "iterator":
      return frame.stack[l.depth] as Value;
    case "builtin":
      return l.globals.entryStr(l.name) === undefined ? l.dict.getStr(l.name) : undefined;
    case "global":
      return l.dict.getStr(l.name);
  }
}

export function write(frame: Frame, l: Location, v: Value): void {
  switch (l.at) {
    case "local":
      frame.locals[l.index] = v;
      return;
    case "cell":
      frame.cells[l.index]!.value = v;
      return;
    case "iterator":
      frame.stack[l.depth] = v;
      return;
    default:
      l.dict.setStr(l.name, v);
  }
}
