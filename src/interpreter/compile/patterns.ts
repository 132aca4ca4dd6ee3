/**
 * match (PEP 634). Subjects and captures live in hidden locals of the frame, so a failing test is a plain jump at one stack depth; names are
 * bound only after the whole pattern has matched.
 */
import { PyTuple } from "../objects/values.ts";
import type * as ast from "../parse/ast.ts";
import { Label } from "./emitter.ts";
import { expr, jumpIf } from "./expressions.ts";
import { block } from "./statements.ts";
import type { Unit } from "./unit.ts";

/** Captured so far: name → hidden local. */
type Captures = Map<string, number>;

export function compileMatch(u: Unit, n: ast.Match): void {
  const e = u.e;
  const end = new Label();
  const subject = u.temporary("subject");
  expr(u, n.subject);
  e.op("STORE_FAST", subject);
  n.cases.forEach((c, i) => {
    const next = new Label();
    if (i < n.cases.length - 1 && isIrrefutable(c.pattern) && !c.guard) throw unreachable(u, c.pattern);
    const captures: Captures = new Map();
    pattern(u, c.pattern, subject, next, captures);
    for (const [name, slot] of captures) {
      e.at(c.pattern);
      e.op("LOAD_FAST", slot);
      u.store(name);
    }
    if (c.guard) jumpIf(u, c.guard, next, false);
    block(u, c.body);
    e.at(undefined);
    if (!e.isDead) e.jump("JUMP", end);
    e.place(next);
  });
  e.place(end);
  e.load(null);
  e.op("STORE_FAST", subject);
}

function isIrrefutable(p: ast.Pattern): boolean {
  return (p.node === "MatchAs" && (p.pattern === null || isIrrefutable(p.pattern))) || (p.node === "MatchOr" && isIrrefutable(p.patterns[p.patterns.length - 1]!));
}

function unreachable(u: Unit, p: ast.Pattern): Error {
  const name = p.node === "MatchAs" ? p.name : null;
  return u.error(p, name ? `name capture '${name}' makes remaining patterns unreachable` : "wildcard makes remaining patterns unreachable");
}

function capture(u: Unit, name: string, at: ast.Located, captures: Captures): number {
  if (captures.has(name)) throw u.error(at, `multiple assignments to name '${name}' in pattern`);
  const slot = u.temporary(name);
  captures.set(name, slot);
  return slot;
}

function pattern(u: Unit, p: ast.Pattern, subject: number, fail: Label, captures: Captures): void {
  const e = u.e;
  e.at(p);
  switch (p.node) {
    case "MatchValue":
      e.op("LOAD_FAST", subject);
      expr(u, p.value);
      e.at(p);
      e.op("COMPARE_EQ");
      e.jump("POP_JUMP_IF_FALSE", fail);
      break;
    case "MatchSingleton":
      e.op("LOAD_FAST", subject);
      e.load(p.value);
      e.op("IS_OP", 0);
      e.jump("POP_JUMP_IF_FALSE", fail);
      break;
    case "MatchAs":
      if (p.pattern) pattern(u, p.pattern, subject, fail, captures);
      if (p.name) copyTo(u, subject, capture(u, p.name, p, captures));
      break;
    case "MatchStar":
      throw u.error(p, "can't use starred pattern here");
    case "MatchOr":
      alternatives(u, p, subject, fail, captures);
      break;
    case "MatchSequence":
      sequencePattern(u, p, subject, fail, captures);
      break;
    case "MatchMapping":
      mappingPattern(u, p, subject, fail, captures);
      break;
    case "MatchClass":
      classPattern(u, p, subject, fail, captures);
      break;
  }
}

function copyTo(u: Unit, from: number, to: number): void {
  u.e.op("LOAD_FAST", from);
  u.e.op("STORE_FAST", to);
}

function alternatives(u: Unit, p: ast.MatchOr, subject: number, fail: Label, captures: Captures): void {
  const e = u.e;
  const done = new Label();
  let shared: Captures | undefined;
  p.patterns.forEach((alt, i) => {
    const last = i === p.patterns.length - 1;
    const next = last ? fail : new Label();
    if (!last && isIrrefutable(alt)) throw unreachable(u, alt);
    const own: Captures = new Map();
    pattern(u, alt, subject, next, own);
    if (!shared) shared = own;
    else {
      if (own.size !== shared.size || [...own.keys()].some((k) => !shared!.has(k))) throw u.error(p, "alternative patterns bind different names");
      for (const [name, slot] of own) copyTo(u, slot, shared.get(name)!);
    }
    if (!last) {
      e.jump("JUMP", done);
      e.place(next);
    }
  });
  e.place(done);
  for (const [name, slot] of shared!) {
    if (captures.has(name)) throw u.error(p, `multiple assignments to name '${name}' in pattern`);
    captures.set(name, slot);
  }
}

/** subject -- : jumps to fail unless the flag that `test` pushes above the subject is true. */
function check(u: Unit, subject: number, test: () => void, fail: Label): void {
  const e = u.e;
  e.op("LOAD_FAST", subject);
  test();
  e.op("SWAP", 2);
  e.op("POP_TOP");
  e.jump("POP_JUMP_IF_FALSE", fail);
}

function checkLength(u: Unit, subject: number, n: number, atLeast: boolean, fail: Label): void {
  check(
    u,
    subject,
    () => {
      u.e.op("GET_LEN");
      u.e.load(n);
      u.e.op(atLeast ? "COMPARE_GE" : "COMPARE_EQ");
    },
    fail,
  );
}

function sequencePattern(u: Unit, p: ast.MatchSequence, subject: number, fail: Label, captures: Captures): void {
  const e = u.e;
  const star = p.patterns.findIndex((x) => x.node === "MatchStar");
  if (p.patterns.filter((x) => x.node === "MatchStar").length > 1) throw u.error(p, "multiple starred expressions in sequence pattern");
  check(u, subject, () => e.op("MATCH_SEQUENCE"), fail);
  const fixed = p.patterns.length - (star < 0 ? 0 : 1);
  if (star < 0 || fixed > 0) checkLength(u, subject, fixed, star >= 0, fail);
  if (p.patterns.every((x) => isWildcard(x))) return;
  e.op("LOAD_FAST", subject);
  if (star < 0) e.op("UNPACK_SEQUENCE", fixed);
  else e.op("UNPACK_EX", star | ((fixed - star) << 8));
  const slots = p.patterns.map(() => u.temporary("item"));
  for (const s of slots) e.op("STORE_FAST", s);
  p.patterns.forEach((x, i) => {
    if (x.node === "MatchStar") {
      if (x.name) copyTo(u, slots[i]!, capture(u, x.name, x, captures));
    } else pattern(u, x, slots[i]!, fail, captures);
  });
}

function isWildcard(p: ast.Pattern): boolean {
  return (p.node === "MatchAs" && p.pattern === null && p.name === null) || (p.node === "MatchStar" && p.name === null);
}

function mappingPattern(u: Unit, p: ast.MatchMapping, subject: number, fail: Label, captures: Captures): void {
  const e = u.e;
  check(u, subject, () => e.op("MATCH_MAPPING"), fail);
  if (p.keys.length) checkLength(u, subject, p.keys.length, true, fail);
  const values = u.temporary("values");
  const keys = u.temporary("keys");
  for (const k of p.keys) expr(u, k);
  e.at(p);
  e.op("BUILD_TUPLE", p.keys.length);
  e.op("STORE_FAST", keys);
  e.op("LOAD_FAST", subject);
  e.op("LOAD_FAST", keys);
  e.op("MATCH_KEYS");
  e.op("STORE_FAST", values);
  e.op("POP_TOP");
  e.op("POP_TOP");
  e.op("LOAD_FAST", values);
  e.jump("POP_JUMP_IF_NONE", fail);
  e.op("LOAD_FAST", values);
  e.op("UNPACK_SEQUENCE", p.keys.length);
  const slots = p.patterns.map(() => u.temporary("value"));
  for (const s of slots) e.op("STORE_FAST", s);
  p.patterns.forEach((x, i) => {
    pattern(u, x, slots[i]!, fail, captures);
  });
  if (p.rest) restOfMapping(u, p, subject, keys, capture(u, p.rest, p, captures));
}

function restOfMapping(u: Unit, p: ast.MatchMapping, subject: number, keys: number, slot: number): void {
  const e = u.e;
  e.op("BUILD_MAP", 0);
  e.op("LOAD_FAST", subject);
  e.op("DICT_UPDATE", 1);
  e.op("STORE_FAST", slot);
  if (!p.keys.length) return;
  e.op("LOAD_FAST", keys);
  e.op("UNPACK_SEQUENCE", p.keys.length);
  for (let i = 0; i < p.keys.length; i++) {
    e.op("LOAD_FAST", slot);
    e.op("SWAP", 2);
    e.op("DELETE_SUBSCR");
  }
}

function classPattern(u: Unit, p: ast.MatchClass, subject: number, fail: Label, captures: Captures): void {
  const e = u.e;
  const seen = new Set<string>();
  for (const [i, k] of p.kwd_attrs.entries()) {
    if (seen.has(k)) throw u.error(p.kwd_patterns[i]!, `attribute name repeated in class pattern: ${k}`);
    seen.add(k);
  }
  const attributes = u.temporary("attributes");
  e.op("LOAD_FAST", subject);
  expr(u, p.cls);
  e.at(p);
  e.load(new PyTuple(p.kwd_attrs));
  e.op("MATCH_CLASS", p.patterns.length);
  e.op("STORE_FAST", attributes);
  e.op("LOAD_FAST", attributes);
  e.jump("POP_JUMP_IF_NONE", fail);
  const parts = [...p.patterns, ...p.kwd_patterns];
  if (parts.length === 0) return;
  e.op("LOAD_FAST", attributes);
  e.op("UNPACK_SEQUENCE", parts.length);
  const slots = parts.map(() => u.temporary("attribute"));
  for (const s of slots) e.op("STORE_FAST", s);
  parts.forEach((x, i) => {
    pattern(u, x, slots[i]!, fail, captures);
  });
}
