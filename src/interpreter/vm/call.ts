/** Argument binding for Python functions: positional, keyword, defaults, * and **, with CPython's messages. */
import { typeError } from "../builtins/exceptions.ts";
import { CO, type Code } from "../compile/code.ts";
import { PyDict } from "../objects/dict.ts";
import type { PyFunction } from "../objects/function.ts";
import type { KwNames } from "../objects/slots.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import { Frame } from "./frame.ts";

/** A frame with its arguments bound. `args` from index `skip` on; `self`, when given, comes first. */
export function makeFrame(f: PyFunction, self: Value | undefined, args: readonly (Value | undefined)[], skip: number, count: number, kwnames: KwNames): Frame {
  const code = f.code;
  const locals: (Value | undefined)[] = new Array(code.varnames.length);
  const n = count + (self === undefined ? 0 : 1);
  if (kwnames === undefined && n === code.argcount && (code.flags & (CO.VARARGS | CO.VARKEYWORDS)) === 0 && code.kwonlyargcount === 0) {
    let k = 0;
    if (self !== undefined) locals[k++] = self;
    for (let i = 0; i < count; i++) locals[k++] = args[skip + i];
  } else {
    const flat: Value[] = self === undefined ? [] : [self];
    for (let i = 0; i < count; i++) flat.push(args[skip + i] as Value);
    bind(f, code, flat, kwnames, locals);
  }
  return new Frame(code, f.globals, f.builtins, locals, f);
}

function bind(f: PyFunction, code: Code, args: readonly Value[], kwnames: KwNames, locals: (Value | undefined)[]): void {
  const nkw = kwnames?.length ?? 0;
  const npos = args.length - nkw;
  const { argcount, kwonlyargcount } = code;
  const total = argcount + kwonlyargcount;
  for (let i = 0; i < npos && i < argcount; i++) locals[i] = args[i];
  if (code.flags & CO.VARARGS) locals[total] = new PyTuple(args.slice(Math.min(npos, argcount), npos));
  let kwargs: PyDict | undefined;
  if (code.flags & CO.VARKEYWORDS) locals[total + (code.flags & CO.VARARGS ? 1 : 0)] = kwargs = new PyDict();
  for (let k = 0; k < nkw; k++) bindKeyword(f, code, kwnames![k]!, args[npos + k]!, locals, kwargs, kwnames!);
  if (npos > argcount && !(code.flags & CO.VARARGS)) throw tooManyPositional(f, code, npos, locals);
  applyDefaults(f, code, npos, locals);
}

function bindKeyword(f: PyFunction, code: Code, name: string, value: Value, locals: (Value | undefined)[], kwargs: PyDict | undefined, all: readonly string[]): void {
  const total = code.argcount + code.kwonlyargcount;
  for (let i = code.posonlyargcount; i < total; i++) {
    if (code.varnames[i] !== name) continue;
    if (locals[i] !== undefined) throw typeError(`${f.qualname}() got multiple values for argument '${name}'`);
    locals[i] = value;
    return;
  }
  if (kwargs) {
    kwargs.setStr(name, value);
    return;
  }
  const posonly = code.varnames.slice(0, code.posonlyargcount).filter((v) => all.includes(v));
  if (posonly.length) throw typeError(`${f.qualname}() got some positional-only arguments passed as keyword arguments: '${posonly.join(", ")}'`);
  const hint = suggest(name, code.varnames.slice(code.posonlyargcount, total));
  throw typeError(`${f.qualname}() got an unexpected keyword argument '${name}'${hint ? `. Did you mean '${hint}'?` : ""}`);
}

/** The closest parameter name by CPython's weighted edit distance (traceback._calculate_suggestions). */
function suggest(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestCost = Infinity;
  for (const n of names) {
    const limit = Math.floor(((n.length + wrong.length + 3) * 2) / 6);
    const d = editDistance(wrong, n);
    if (d <= Math.min(limit, bestCost - 1)) {
      best = n;
      bestCost = d;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j * 2);
  for (let i = 1; i <= a.length; i++) {
    const next = [i * 2];
    for (let j = 1; j <= b.length; j++) {
      const x = a[i - 1]!;
      const y = b[j - 1]!;
      const sub = x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? 1 : 2;
      next.push(Math.min(row[j - 1]! + sub, row[j]! + 2, next[j - 1]! + 2));
    }
    row = next;
  }
  return row[b.length]!;
}

function applyDefaults(f: PyFunction, code: Code, npos: number, locals: (Value | undefined)[]): void {
  const { argcount, kwonlyargcount, varnames } = code;
  const defaults = f.defaults;
  const firstDefault = argcount - (defaults?.length ?? 0);
  const missing: string[] = [];
  for (let i = Math.min(npos, argcount); i < argcount; i++) {
    if (locals[i] !== undefined) continue;
    if (i >= firstDefault) locals[i] = defaults![i - firstDefault];
    else missing.push(varnames[i]!);
  }
  if (missing.length) throw missingArguments(f, missing, "positional");
  for (let i = argcount; i < argcount + kwonlyargcount; i++) {
    if (locals[i] !== undefined) continue;
    const d = f.kwdefaults?.getStr(varnames[i]!);
    if (d !== undefined) locals[i] = d;
    else missing.push(varnames[i]!);
  }
  if (missing.length) throw missingArguments(f, missing, "keyword-only");
}

function missingArguments(f: PyFunction, names: readonly string[], kind: string): Value {
  const quoted = names.map((n) => `'${n}'`);
  const list = quoted.length === 1 ? quoted[0] : quoted.length === 2 ? `${quoted[0]} and ${quoted[1]}` : `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)}`;
  return typeError(`${f.qualname}() missing ${names.length} required ${kind} argument${names.length === 1 ? "" : "s"}: ${list}`);
}

function tooManyPositional(f: PyFunction, code: Code, given: number, locals: readonly (Value | undefined)[]): Value {
  const { argcount, kwonlyargcount } = code;
  const ndefaults = f.defaults?.length ?? 0;
  const takes = ndefaults ? `from ${argcount - ndefaults} to ${argcount}` : `${argcount}`;
  const plural = argcount !== 1 || ndefaults > 0;
  let kwGiven = 0;
  for (let i = argcount; i < argcount + kwonlyargcount; i++) if (locals[i] !== undefined) kwGiven++;
  const extra = kwGiven ? ` positional argument${given === 1 ? "" : "s"} (and ${kwGiven} keyword-only argument${kwGiven === 1 ? "" : "s"})` : "";
  return typeError(`${f.qualname}() takes ${takes} positional argument${plural ? "s" : ""} but ${given}${extra} ${given === 1 && !kwGiven ? "was" : "were"} given`);
}
