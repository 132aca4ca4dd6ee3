/** Raising: contexts and causes (PEP 3134), tracebacks, the search for a handler, exception matching, groups (PEP 654). */
import { EXCEPTIONS, PyBaseException, typeError } from "../builtins/exceptions.ts";
import { checkStarTypes, matchGroup, reraiseStar } from "../builtins/groups.ts";
import { lookupSpecial, typeName } from "../objects/operations.ts";
import { PyType } from "../objects/type.ts";
import { PyTuple, type Value } from "../objects/values.ts";
import type { Frame } from "./frame.ts";
import { asException } from "./raise.ts";
import { ThreadSwitch } from "./threads.ts";
import { PyTraceback } from "./traceback.ts";
import type { Interpreter } from "./vm.ts";

/** Finds who handles `e`, starting in `frame`; returns that frame, its pc before the handler. Raises out of the loop's entry frame. */
export function unwind(vm: Interpreter, from: Frame, e: unknown): Frame {
  if (e instanceof ThreadSwitch) {
    e.frame = from;
    throw e;
  }
  const exc = asException(e);
  let frame = from;
  for (;;) {
    if (vm.reraise) vm.reraise = false;
    else {
      setContext(exc, vm.handled);
      exc.traceback = new PyTraceback(exc.traceback, frame, frame.pc, frame.lineno);
    }
    if (enterHandler(vm, frame, exc)) return frame;
    leave(vm, frame);
    if (frame.entry) {
      vm.frame = frame.back;
      throw exc;
    }
    frame = frame.back!;
  }
}

function leave(vm: Interpreter, frame: Frame): void {
  vm.depth--;
  if (vm.watching) {
    vm.finalizer.swept(frame.stack.slice(0, frame.sp));
    vm.finalizer.frameEnded(frame);
  }
  frame.sp = 0;
  const gen = frame.generator;
  if (gen === undefined) return;
  gen.finished = true;
  gen.running = false;
  vm.leaveGenerator(gen);
}

function enterHandler(vm: Interpreter, frame: Frame, exc: PyBaseException): boolean {
  const pc = frame.pc;
  for (const entry of frame.code.exceptionTable) {
    if (pc < entry.start || pc >= entry.end) continue;
    let sp = entry.depth;
    if (vm.watching) vm.finalizer.swept(frame.stack.slice(sp, frame.sp));
    if (entry.lasti) frame.stack[sp++] = pc;
    frame.stack[sp++] = exc;
    frame.stack.length = sp;
    frame.sp = sp;
    frame.pc = entry.target - 1;
    return true;
  }
  return false;
}

/** The exception being handled becomes the context, unless it is the same one; a cycle is cut. */
export function setContext(exc: PyBaseException, handled: PyBaseException | null): void {
  if (handled === null || handled === exc || exc.context !== null) return;
  cutCycle(handled, exc);
  exc.context = handled;
}

function cutCycle(handled: PyBaseException, exc: PyBaseException): void {
  for (let c: PyBaseException = handled; c.context !== null; c = c.context) {
    if (c.context === exc) {
      c.context = null;
      return;
    }
  }
}

function isExceptionClass(v: Value): v is PyType {
  return v instanceof PyType && v.isSubtype(EXCEPTIONS.BaseException);
}

const NOT_CLASSES = "catching classes that do not inherit from BaseException is not allowed";

export function checkExcMatch(exc: PyBaseException, type: Value): boolean {
  if (type instanceof PyTuple) {
    for (const t of type.items) if (!isExceptionClass(t)) throw typeError(NOT_CLASSES);
    return type.items.some((t) => exc.cls.isSubtype(t as PyType));
  }
  if (!isExceptionClass(type)) throw typeError(NOT_CLASSES);
  return exc.cls.isSubtype(type);
}

/** except*: [what is left, what matched]; None for nothing. */
export function egMatch(vm: Interpreter, exc: Value, types: Value): [rest: Value, match: Value] {
  checkStarTypes(types);
  if (exc === null) return [null, null];
  const split = matchGroup(vm, exc as PyBaseException, types);
  return [split.rest, split.match];
}

export function prepReraiseStar(vm: Interpreter, original: PyBaseException, raised: readonly Value[]): Value {
  return reraiseStar(vm, original, raised as readonly (PyBaseException | null)[]);
}

/** `raise x [from cause]`. */
export function makeRaised(vm: Interpreter, value: Value, cause: Value | undefined): PyBaseException {
  const exc = instantiate(vm, value, "exceptions must derive from BaseException");
  if (cause !== undefined) {
    exc.cause = cause === null ? null : instantiate(vm, cause, "exception causes must derive from BaseException");
    exc.suppressContext = true;
  }
  if (exc !== vm.handled && vm.handled !== null) {
    cutCycle(vm.handled, exc);
    exc.context = vm.handled;
  }
  return exc;
}

function instantiate(vm: Interpreter, v: Value, message: string): PyBaseException {
  if (v instanceof PyBaseException) return v;
  if (!isExceptionClass(v)) throw typeError(message);
  const made = vm.call(v, []);
  if (!(made instanceof PyBaseException)) throw typeError(`calling ${v.name} should have returned an instance of BaseException, not ${typeName(made)}`);
  return made;
}

/** with: the bound exit method and the value of enter. */
export function enterContext(vm: Interpreter, mgr: Value, isAsync: boolean): [exit: Value, result: Value] {
  const [enterName, exitName] = isAsync ? ["__aenter__", "__aexit__"] : ["__enter__", "__exit__"];
  const kind = isAsync ? "asynchronous context manager" : "context manager";
  const enter = lookupSpecial(vm, mgr, enterName);
  const exit = lookupSpecial(vm, mgr, exitName);
  if (enter === undefined || exit === undefined) {
    const other = lookupSpecial(vm, mgr, isAsync ? "__enter__" : "__aenter__") !== undefined && lookupSpecial(vm, mgr, isAsync ? "__exit__" : "__aexit__") !== undefined;
    const missing = ` (missed ${exit === undefined ? exitName : enterName} method)`;
    const hint = other ? ` but it supports the ${isAsync ? "context manager" : "asynchronous context manager"} protocol. Did you mean to use '${isAsync ? "with" : "async with"}'?` : "";
    throw typeError(`'${typeName(mgr)}' object does not support the ${kind} protocol${missing}${hint}`);
  }
  return [exit, vm.call(enter, [])];
}

