/**
 * The dispatch loop: one hand-written switch over opcode literals (the build replaces the names by numbers; handler arrays cost two to three times as much in V8).
 *
 * Python-to-Python calls push frames and stay in this loop; natives that call back enter a nested one (Interpreter.call). Everything that an instruction
 * needs beyond its fast path lives in operators of other files.
 */
import { isInstanceOf, nameError, newException, PyBaseException, recursionError, runtimeError, typeError } from "../builtins/exceptions.ts";
import { OP } from "../compile/opcodes.ts";
import * as int from "../objects/int-arith.ts";
import { PyDict, type Entry } from "../objects/dict.ts";
import { floatType } from "../objects/float.ts";
import { PyCell, PyFunction, PyMethod } from "../objects/function.ts";
import { awaitable, makeGenerator, PyAsyncGenValue, PyGenerator } from "../objects/generator.ts";
import { PyListIterator, PyTupleIterator } from "../objects/iterators.ts";
import { PyList } from "../objects/list.ts";
import { PyMethodDescriptor, PyNative } from "../objects/native.ts";
import {
  binary, type BinaryOp, compare, contains, deleteAttr, deleteItem, getAttr, getItem, getIter, inplace, isSame, setAttr, setItem,
  setOwnAttr, truthy, typeName, typeOf, unary,
} from "../objects/operations.ts";
import { PyRangeIterator } from "../objects/range.ts";
import { PySet } from "../objects/set.ts";
import { DICT_MODE, EMPTY_SHAPE, type Shape } from "../objects/shape.ts";
import { PySlice } from "../objects/slice.ts";
import { objectType, PyType, typeType } from "../objects/type.ts";
import { PyAttrObject, PyFloat, PyFrozenConst, PyInstance, PyTuple, type Value } from "../objects/values.ts";
import * as build from "./build.ts";
import { makeFrame } from "./call.ts";
import type { Frame } from "./frame.ts";
import { checkClassMatch, matchClass, matchKeys } from "./match.ts";
import { importFrom, importName, importStar } from "./imports.ts";
import { intrinsic1, intrinsic2 } from "./intrinsics.ts";
import { loadSuper } from "./super.ts";
import { checkExcMatch, egMatch, enterContext, prepReraiseStar, unwind } from "./unwind.ts";
import type { Interpreter } from "./vm.ts";

/** Inline caches. Each remembers what must still hold, and the answer. */
interface GlobalCache {
  readonly globals: PyDict;
  readonly version: number;
  readonly entry: Entry;
}
interface AttrCache {
  readonly version: number;
  readonly shape: Shape | undefined;
  readonly index: number;
  readonly value: Value;
  readonly next: Shape | undefined;
}

const MAX = Number.MAX_SAFE_INTEGER;

function isFloat(v: Value | undefined): v is PyFloat {
  return typeof v === "object" && v !== null && v.cls === floatType;
}

/** Runs `entry` until it returns or, for a generator, yields. Raises what it does not handle. */
export function run(vm: Interpreter, entry: Frame): Value {
  let frame = entry;
  let code = frame.code;
  let ops = code.ops;
  let stack = frame.stack;
  let locals = frame.locals;
  let sp = frame.sp;
  let pc = frame.pc + 1;
  let pending: unknown;
  const asked = vm.interrupts.words;
  let hasPending = vm.takePending();
  if (hasPending) pending = vm.pendingException;
  vm.frame = frame;

  for (;;) {
    try {
      if (hasPending) {
        hasPending = false;
        pc = frame.pc + 1;
        throw pending;
      }
      for (;;) {
        const op = ops[pc << 1]!;
        const arg = ops[(pc << 1) + 1]!;
        frame.pc = pc++;
        switch (op) {
          case OP.NOP:
            break;
          case OP.RESUME:
            if (asked[0] !== 0) vm.safePoint();
            break;
          case OP.POP_TOP: {
            const v = stack[--sp];
            stack[sp] = undefined;
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.released(v ?? null);
            }
            break;
          }
          case OP.COPY:
            stack[sp] = stack[sp - arg];
            sp++;
            break;
          case OP.SWAP: {
            const t = stack[sp - 1];
            stack[sp - 1] = stack[sp - arg];
            stack[sp - arg] = t;
            break;
          }
          case OP.PUSH_NULL:
            stack[sp++] = undefined;
            break;
          case OP.LOAD_CONST: {
            const c = code.consts[arg] as Value;
            stack[sp++] = c instanceof PyFrozenConst ? build.frozenConst(vm, c) : c;
            break;
          }
          case OP.LOAD_FAST:
            stack[sp++] = locals[arg];
            break;
          case OP.LOAD_FAST_CHECK: {
            const v = locals[arg];
            if (v === undefined) throw build.unboundLocal(code.varnames[arg]!);
            stack[sp++] = v;
            break;
          }
          case OP.LOAD_FAST_AND_CLEAR:
            stack[sp++] = locals[arg];
            locals[arg] = undefined;
            break;
          case OP.STORE_FAST: {
            if (vm.watching) {
              const before = locals[arg];
              locals[arg] = stack[--sp];
              frame.sp = sp;
              if (before !== undefined) vm.finalizer.released(before);
              break;
            }
            locals[arg] = stack[--sp];
            break;
          }
          case OP.DELETE_FAST: {
            const v = locals[arg];
            if (v === undefined) throw build.unboundLocal(code.varnames[arg]!);
            locals[arg] = undefined;
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.released(v);
            }
            break;
          }
          case OP.MAKE_CELL: {
            const name = code.cellvars[arg]!;
            const i = code.varnames.indexOf(name);
            frame.cells[arg] = new PyCell(i >= 0 ? locals[i] : undefined);
            break;
          }
          case OP.COPY_FREE_VARS: {
            const closure = frame.func!.closure;
            const base = code.cellvars.length;
            for (let i = 0; i < arg; i++) frame.cells[base + i] = closure[i]!;
            break;
          }
          case OP.LOAD_CLOSURE:
            stack[sp++] = frame.cells[arg] ??= new PyCell(undefined);
            break;
          case OP.LOAD_DEREF: {
            const v = frame.cells[arg]!.value;
            if (v === undefined) throw build.unboundCell(code, arg);
            stack[sp++] = v;
            break;
          }
          case OP.STORE_DEREF:
            frame.cells[arg]!.value = stack[--sp];
            break;
          case OP.DELETE_DEREF: {
            const v = frame.cells[arg]!.value;
            if (v === undefined) throw build.unboundCell(code, arg);
            frame.cells[arg]!.value = undefined;
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.released(v);
            }
            break;
          }
          case OP.LOAD_FROM_DICT_OR_DEREF: {
            const name = arg < code.cellvars.length ? code.cellvars[arg]! : code.freevars[arg - code.cellvars.length]!;
            const own = build.lookupMapping(vm, stack[sp - 1] as Value, name);
            const v = own === undefined ? frame.cells[arg]!.value : own;
            if (v === undefined) throw build.unboundCell(code, arg);
            stack[sp - 1] = v;
            break;
          }
          case OP.LOAD_FROM_DICT_OR_GLOBALS: {
            const name = code.names[arg]!;
            const v = build.lookupName(vm, stack[sp - 1] as Value, name, frame);
            if (v === undefined) throw nameError(name);
            stack[sp - 1] = v;
            break;
          }
          case OP.LOAD_LOCALS:
            stack[sp++] = frame.names ?? frame.globals;
            break;
          case OP.LOAD_NAME: {
            const name = code.names[arg]!;
            const ns = frame.names;
            let v: Value | undefined;
            if ((ns === undefined || ns === frame.globals) && frame.globals.cls === PyDict.prototype.cls) {
              const c = (code.caches ??= [])[pc] as GlobalCache | undefined;
              if (c !== undefined && c.globals === frame.globals && c.version === frame.globals.version && c.entry.live) {
                stack[sp++] = c.entry.value;
                break;
              }
              const e = frame.globals.entryStr(name) ?? frame.builtins.entryStr(name);
              if (e !== undefined) {
                code.caches[pc] = { globals: frame.globals, version: frame.globals.version, entry: e };
                v = e.value;
              }
            } else v = build.lookupName(vm, ns ?? frame.globals, name, frame);
            if (v === undefined) throw nameError(name);
            stack[sp++] = v;
            break;
          }
          case OP.STORE_NAME: {
            const v = stack[--sp] as Value;
            const ns = frame.names ?? frame.globals;
            const before = vm.watching && ns instanceof PyDict ? ns.getStr(code.names[arg]!) : undefined;
            if (ns instanceof PyDict && ns.cls === PyDict.prototype.cls) ns.setStr(code.names[arg]!, v);
            else setItem(vm, ns, code.names[arg]!, v);
            if (before !== undefined) {
              frame.sp = sp;
              vm.finalizer.released(before);
            }
            break;
          }
          case OP.DELETE_NAME: {
            const name = code.names[arg]!;
            const ns = frame.names ?? frame.globals;
            const before = vm.watching && ns instanceof PyDict ? ns.getStr(name) : undefined;
            if (ns instanceof PyDict ? !ns.deleteStr(name) : !build.deleteMapping(vm, ns, name)) throw nameError(name);
            if (before !== undefined) {
              frame.sp = sp;
              vm.finalizer.released(before);
            }
            break;
          }
          case OP.LOAD_GLOBAL: {
            const globals = frame.globals;
            const c = (code.caches ??= [])[pc] as GlobalCache | undefined;
            if (c !== undefined && c.globals === globals && c.version === globals.version && c.entry.live) {
              stack[sp++] = c.entry.value;
              break;
            }
            const name = code.names[arg]!;
            if (globals.cls !== PyDict.prototype.cls) {
              stack[sp++] = build.lookupGlobal(vm, frame, name);
              break;
            }
            const e = globals.entryStr(name) ?? frame.builtins.entryStr(name);
            if (e === undefined) throw nameError(name);
            code.caches[pc] = { globals, version: globals.version, entry: e };
            stack[sp++] = e.value;
            break;
          }
          case OP.STORE_GLOBAL: {
            const before = vm.watching ? frame.globals.getStr(code.names[arg]!) : undefined;
            frame.globals.setStr(code.names[arg]!, stack[--sp] as Value);
            if (before !== undefined) {
              frame.sp = sp;
              vm.finalizer.released(before);
            }
            break;
          }
          case OP.DELETE_GLOBAL: {
            const before = vm.watching ? frame.globals.getStr(code.names[arg]!) : undefined;
            if (!frame.globals.deleteStr(code.names[arg]!)) throw nameError(code.names[arg]!);
            if (before !== undefined) {
              frame.sp = sp;
              vm.finalizer.released(before);
            }
            break;
          }
          case OP.LOAD_BUILD_CLASS: {
            const v = frame.builtins.getStr("__build_class__");
            if (v === undefined) throw newException("NameError", "__build_class__ not found");
            stack[sp++] = v;
            break;
          }
          case OP.LOAD_ASSERTION_ERROR:
            stack[sp++] = vm.exceptionType("AssertionError");
            break;

          // ---- attributes, subscripts -------------------------------------------------------------------------------------------------
          case OP.LOAD_ATTR: {
            const o = stack[sp - 1] as Value;
            if (o instanceof PyAttrObject) {
              const c = (code.caches ??= [])[pc] as AttrCache | undefined;
              if (c !== undefined && o.cls.version === c.version && o.shape === c.shape) {
                stack[sp - 1] = c.index >= 0 ? o.slots![c.index] : c.value;
                break;
              }
              const fresh = build.cacheAttr(o, code.names[arg]!);
              if (fresh !== undefined) {
                code.caches[pc] = fresh;
                stack[sp - 1] = fresh.index >= 0 ? o.slots![fresh.index] : fresh.value;
                break;
              }
            }
            stack[sp - 1] = getAttr(vm, o, code.names[arg]!);
            break;
          }
          case OP.STORE_ATTR: {
            const o = stack[--sp] as Value;
            const v = stack[--sp] as Value;
            if (o instanceof PyInstance) {
              const c = (code.caches ??= [])[pc] as AttrCache | undefined;
              if (c !== undefined && o.cls.version === c.version && o.shape === c.shape) {
                if (c.next === undefined) o.slots![c.index] = v;
                else {
                  if (o.slots === undefined) o.slots = [v];
                  else o.slots.push(v);
                  o.shape = c.next;
                }
                break;
              }
              const name = code.names[arg]!;
              const cls = o.cls;
              if (cls.slot.setattr === objectType.slot.setattr && cls.hasDict && cls.lookup(name) === undefined && o.shape !== DICT_MODE) {
                const before = o.shape;
                setOwnAttr(o, name, v);
                const after = o.shape as Shape;
                if (!after.unique) code.caches[pc] = { version: cls.version, shape: before, index: after.keys.get(name)!, value: null, next: (before ?? EMPTY_SHAPE) === after && before !== undefined ? undefined : after };
                break;
              }
            }
            setAttr(vm, o, code.names[arg]!, v);
            break;
          }
          case OP.DELETE_ATTR:
            deleteAttr(vm, stack[--sp] as Value, code.names[arg]!);
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.released(undefined);
            }
            break;
          case OP.LOAD_METHOD: {
            const o = stack[sp - 1] as Value;
            const cls = typeOf(o);
            const c = (code.caches ??= [])[pc] as AttrCache | undefined;
            if (c !== undefined && cls.version === c.version && (c.shape === undefined ? !(o instanceof PyAttrObject) || o.shape === undefined : (o as PyAttrObject).shape === c.shape)) {
              stack[sp - 1] = c.value;
              stack[sp++] = o;
              break;
            }
            const name = code.names[arg]!;
            const m = build.cacheMethod(o, cls, name);
            if (m !== undefined) {
              if (m.cacheable) code.caches[pc] = { version: cls.version, shape: m.shape, index: -1, value: m.value, next: undefined };
              stack[sp - 1] = m.value;
              stack[sp++] = o;
            } else {
              stack[sp - 1] = getAttr(vm, o, name);
              stack[sp++] = undefined;
            }
            break;
          }
          case OP.LOAD_SUPER_ATTR: {
            const self = stack[--sp] as Value;
            const cls = stack[--sp] as Value;
            stack[sp - 1] = loadSuper(vm, stack[sp - 1] as Value, cls, self, code.names[arg]!);
            break;
          }
          case OP.BINARY_SUBSCR: {
            const k = stack[--sp] as Value;
            const o = stack[sp - 1] as Value;
            if (typeof k === "number" && typeof o === "object" && o !== null) {
              if (o instanceof PyList && o.cls === PyList.prototype.cls) {
                const items = o.items;
                const v = items[k < 0 ? k + items.length : k];
                if (v !== undefined) {
                  stack[sp - 1] = v;
                  break;
                }
              } else if (o instanceof PyTuple && o.cls === PyTuple.prototype.cls) {
                const items = o.items;
                const v = items[k < 0 ? k + items.length : k];
                if (v !== undefined) {
                  stack[sp - 1] = v;
                  break;
                }
              }
            } else if (typeof k === "string" && o instanceof PyDict && o.cls === PyDict.prototype.cls) {
              const v = o.getStr(k);
              if (v !== undefined) {
                stack[sp - 1] = v;
                break;
              }
            }
            const f = typeOf(o).slot.getitem;
            stack[sp - 1] = f !== undefined ? f(vm, o, k) : getItem(vm, o, k);
            break;
          }
          case OP.STORE_SUBSCR: {
            const k = stack[--sp] as Value;
            const o = stack[--sp] as Value;
            const v = stack[--sp] as Value;
            if (typeof k === "number" && o instanceof PyList && o.cls === PyList.prototype.cls) {
              const items = o.items;
              const i = k < 0 ? k + items.length : k;
              if (i >= 0 && i < items.length) {
                items[i] = v;
                break;
              }
            }
            setItem(vm, o, k, v);
            break;
          }
          case OP.DELETE_SUBSCR: {
            const k = stack[--sp] as Value;
            deleteItem(vm, stack[--sp] as Value, k);
            break;
          }
          case OP.BUILD_SLICE: {
            const step = arg === 3 ? (stack[--sp] as Value) : null;
            const stop = stack[--sp] as Value;
            stack[sp - 1] = new PySlice(stack[sp - 1] as Value, stop, step);
            break;
          }

          // ---- operators ----------------------------------------------------------------------------------------------------------------
          case OP.UNARY_NEGATIVE: {
            const a = stack[sp - 1] as Value;
            stack[sp - 1] = typeof a === "number" ? (a === 0 ? 0 : -a) : isFloat(a) ? new PyFloat(-a.value) : unary(vm, "neg", a);
            break;
          }
          case OP.UNARY_POSITIVE:
            stack[sp - 1] = unary(vm, "pos", stack[sp - 1] as Value);
            break;
          case OP.UNARY_INVERT:
            stack[sp - 1] = build.invert(vm, stack[sp - 1] as Value);
            break;
          case OP.UNARY_NOT: {
            const a = stack[sp - 1] as Value;
            stack[sp - 1] = typeof a === "boolean" ? !a : !truthy(vm, a);
            break;
          }
          case OP.TO_BOOL:
            stack[sp - 1] = truthy(vm, stack[sp - 1] as Value);
            break;
          case OP.BINARY_ADD:
          case OP.INPLACE_ADD: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") {
              const r = a + b;
              stack[sp - 1] = r <= MAX && r >= -MAX ? r : int.add(a, b);
            } else if (isFloat(a) && isFloat(b)) stack[sp - 1] = new PyFloat(a.value + b.value);
            else if (typeof a === "string" && typeof b === "string") stack[sp - 1] = a + b;
            else stack[sp - 1] = op === OP.BINARY_ADD ? binary(vm, "add", a, b) : inplace(vm, "add", a, b);
            break;
          }
          case OP.BINARY_SUB:
          case OP.INPLACE_SUB: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") {
              const r = a - b;
              stack[sp - 1] = r <= MAX && r >= -MAX ? r : int.sub(a, b);
            } else if (isFloat(a) && isFloat(b)) stack[sp - 1] = new PyFloat(a.value - b.value);
            else stack[sp - 1] = op === OP.BINARY_SUB ? binary(vm, "sub", a, b) : inplace(vm, "sub", a, b);
            break;
          }
          case OP.BINARY_MUL:
          case OP.INPLACE_MUL: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") {
              const r = a * b;
              stack[sp - 1] = r <= MAX && r >= -MAX ? r + 0 : int.mul(a, b);
            } else if (isFloat(a) && isFloat(b)) stack[sp - 1] = new PyFloat(a.value * b.value);
            else stack[sp - 1] = op === OP.BINARY_MUL ? binary(vm, "mul", a, b) : inplace(vm, "mul", a, b);
            break;
          }
          case OP.BINARY_TRUEDIV:
          case OP.INPLACE_TRUEDIV: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number" && b !== 0) stack[sp - 1] = new PyFloat(a / b);
            else if (isFloat(a) && isFloat(b) && b.value !== 0) stack[sp - 1] = new PyFloat(a.value / b.value);
            else stack[sp - 1] = op === OP.BINARY_TRUEDIV ? binary(vm, "truediv", a, b) : inplace(vm, "truediv", a, b);
            break;
          }
          case OP.BINARY_FLOORDIV:
          case OP.INPLACE_FLOORDIV: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number" && b !== 0) stack[sp - 1] = int.floordiv(a, b);
            else stack[sp - 1] = op === OP.BINARY_FLOORDIV ? binary(vm, "floordiv", a, b) : inplace(vm, "floordiv", a, b);
            break;
          }
          case OP.BINARY_MOD:
          case OP.INPLACE_MOD: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number" && b !== 0) {
              const r = a % b;
              stack[sp - 1] = r === 0 ? 0 : r < 0 === b < 0 ? r : r + b;
            } else stack[sp - 1] = op === OP.BINARY_MOD ? binary(vm, "mod", a, b) : inplace(vm, "mod", a, b);
            break;
          }
          case OP.BINARY_AND:
          case OP.INPLACE_AND: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") stack[sp - 1] = int.and(a, b);
            else stack[sp - 1] = op === OP.BINARY_AND ? binary(vm, "and", a, b) : inplace(vm, "and", a, b);
            break;
          }
          case OP.BINARY_POW:
            sp--;
            stack[sp - 1] = binary(vm, "pow", stack[sp - 1] as Value, stack[sp] as Value);
            break;
          case OP.INPLACE_POW:
            sp--;
            stack[sp - 1] = inplace(vm, "pow", stack[sp - 1] as Value, stack[sp] as Value);
            break;
          case OP.BINARY_MATMUL:
          case OP.BINARY_LSHIFT:
          case OP.BINARY_RSHIFT:
          case OP.BINARY_OR:
          case OP.BINARY_XOR:
            sp--;
            stack[sp - 1] = binary(vm, BINARY_NAME[op]!, stack[sp - 1] as Value, stack[sp] as Value);
            break;
          case OP.INPLACE_MATMUL:
          case OP.INPLACE_LSHIFT:
          case OP.INPLACE_RSHIFT:
          case OP.INPLACE_OR:
          case OP.INPLACE_XOR:
            sp--;
            stack[sp - 1] = inplace(vm, BINARY_NAME[op]!, stack[sp - 1] as Value, stack[sp] as Value);
            break;
          case OP.COMPARE_EQ: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if ((typeof a === "number" && typeof b === "number") || (typeof a === "string" && typeof b === "string")) stack[sp - 1] = a === b;
            else stack[sp - 1] = compare(vm, "eq", a, b);
            break;
          }
          case OP.COMPARE_NE: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if ((typeof a === "number" && typeof b === "number") || (typeof a === "string" && typeof b === "string")) stack[sp - 1] = a !== b;
            else stack[sp - 1] = compare(vm, "ne", a, b);
            break;
          }
          case OP.COMPARE_LT: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") stack[sp - 1] = a < b;
            else if (isFloat(a) && isFloat(b)) stack[sp - 1] = a.value < b.value;
            else stack[sp - 1] = compare(vm, "lt", a, b);
            break;
          }
          case OP.COMPARE_LE: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") stack[sp - 1] = a <= b;
            else if (isFloat(a) && isFloat(b)) stack[sp - 1] = a.value <= b.value;
            else stack[sp - 1] = compare(vm, "le", a, b);
            break;
          }
          case OP.COMPARE_GT: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") stack[sp - 1] = a > b;
            else if (isFloat(a) && isFloat(b)) stack[sp - 1] = a.value > b.value;
            else stack[sp - 1] = compare(vm, "gt", a, b);
            break;
          }
          case OP.COMPARE_GE: {
            const b = stack[--sp] as Value;
            const a = stack[sp - 1] as Value;
            if (typeof a === "number" && typeof b === "number") stack[sp - 1] = a >= b;
            else if (isFloat(a) && isFloat(b)) stack[sp - 1] = a.value >= b.value;
            else stack[sp - 1] = compare(vm, "ge", a, b);
            break;
          }
          case OP.IS_OP: {
            const b = stack[--sp] as Value;
            stack[sp - 1] = isSame(stack[sp - 1] as Value, b) !== (arg === 1);
            break;
          }
          case OP.CONTAINS_OP: {
            const b = stack[--sp] as Value;
            stack[sp - 1] = contains(vm, b, stack[sp - 1] as Value) !== (arg === 1);
            break;
          }

          // ---- jumps ---------------------------------------------------------------------------------------------------------------------
          case OP.JUMP:
            pc = arg;
            break;
          case OP.JUMP_BACKWARD: {
            const loop = code.loops[arg]!;
            pc = loop.header;
            let heat = code.heat;
            if (heat === undefined && vm.hooks !== undefined) heat = code.heat = new Float64Array(code.loops.length);
            if (heat !== undefined && ++heat[arg]! > vm.hotLoop) {
              frame.sp = sp;
              pc = vm.hooks!.onBackEdge(frame, loop);
              sp = frame.sp;
            }
            if (asked[0] !== 0) {
              frame.sp = sp;
              vm.safePoint();
            }
            break;
          }
          case OP.POP_JUMP_IF_FALSE: {
            const a = stack[--sp] as Value;
            if (a === false || (a !== true && !truthy(vm, a))) pc = arg;
            break;
          }
          case OP.POP_JUMP_IF_TRUE: {
            const a = stack[--sp] as Value;
            if (a === true || (a !== false && truthy(vm, a))) pc = arg;
            break;
          }
          case OP.POP_JUMP_IF_NONE:
            if (stack[--sp] === null) pc = arg;
            break;
          case OP.POP_JUMP_IF_NOT_NONE:
            if (stack[--sp] !== null) pc = arg;
            break;
          case OP.JUMP_IF_FALSE_OR_POP:
            if (truthy(vm, stack[sp - 1] as Value)) sp--;
            else pc = arg;
            break;
          case OP.JUMP_IF_TRUE_OR_POP:
            if (truthy(vm, stack[sp - 1] as Value)) pc = arg;
            else sp--;
            break;

          // ---- iteration -------------------------------------------------------------------------------------------------------------------
          case OP.GET_ITER:
            stack[sp - 1] = getIter(vm, stack[sp - 1] as Value);
            if (code.heat !== undefined || vm.enterLoops) {
              frame.sp = sp;
              pc = vm.enterLoop(frame, pc);
              sp = frame.sp;
            }
            break;
          case OP.FOR_ITER: {
            const it = stack[sp - 1] as Value;
            if (it instanceof PyRangeIterator) {
              if (it.remaining > 0) {
                it.remaining--;
                stack[sp++] = it.next;
                it.next += it.step;
                break;
              }
            } else if (it instanceof PyListIterator) {
              const list = it.list;
              if (list !== undefined) {
                if (it.index < list.items.length) {
                  stack[sp++] = list.items[it.index++];
                  break;
                }
                it.list = undefined;
              }
            } else if (it instanceof PyTupleIterator) {
              const t = it.tuple;
              if (t !== undefined) {
                if (it.index < t.items.length) {
                  stack[sp++] = t.items[it.index++];
                  break;
                }
                it.tuple = undefined;
              }
            } else if (it instanceof PyGenerator && it.kind === "generator" && !it.running && !it.finished) {
              frame.sp = sp;
              frame = vm.enterGenerator(it, frame);
              code = frame.code;
              ops = code.ops;
              stack = frame.stack;
              locals = frame.locals;
              sp = frame.sp;
              pc = frame.pc + 1;
              break;
            } else {
              const next = typeOf(it).slot.iternext;
              if (next === undefined) throw typeError(`'${typeName(it)}' object is not an iterator`);
              let v: Value | undefined;
              try {
                v = next(vm, it);
              } catch (e) {
                if (!isInstanceOf(e, "StopIteration")) throw e;
              }
              if (v !== undefined) {
                stack[sp++] = v;
                break;
              }
            }
            stack[--sp] = undefined;
            pc = arg;
            break;
          }
          case OP.GET_YIELD_FROM_ITER: {
            const o = stack[sp - 1] as Value;
            if (o instanceof PyGenerator && o.kind === "coroutine") {
              if ((code.flags & 0x180) === 0) throw typeError("cannot 'yield from' a coroutine object in a non-coroutine generator");
            } else if (!(o instanceof PyGenerator && o.kind === "generator")) stack[sp - 1] = getIter(vm, o);
            break;
          }

          // ---- building --------------------------------------------------------------------------------------------------------------------
          case OP.BUILD_TUPLE:
            sp -= arg;
            stack[sp] = new PyTuple(stack.slice(sp, sp + arg) as Value[]);
            sp++;
            break;
          case OP.BUILD_LIST:
            sp -= arg;
            stack[sp] = new PyList(stack.slice(sp, sp + arg) as Value[]);
            sp++;
            break;
          case OP.BUILD_SET: {
            sp -= arg;
            const s = new PySet();
            for (let i = 0; i < arg; i++) s.add(vm, stack[sp + i] as Value);
            stack[sp++] = s;
            break;
          }
          case OP.BUILD_MAP: {
            sp -= 2 * arg;
            const d = new PyDict();
            for (let i = 0; i < arg; i++) d.set(vm, stack[sp + 2 * i] as Value, stack[sp + 2 * i + 1] as Value);
            stack[sp++] = d;
            break;
          }
          case OP.BUILD_STRING: {
            sp -= arg;
            let s = "";
            for (let i = 0; i < arg; i++) s += stack[sp + i] as string;
            stack[sp++] = s;
            break;
          }
          case OP.LIST_APPEND: {
            const v = stack[--sp] as Value;
            (stack[sp - arg] as PyList).items.push(v);
            break;
          }
          case OP.SET_ADD: {
            const v = stack[--sp] as Value;
            (stack[sp - arg] as PySet).add(vm, v);
            break;
          }
          case OP.MAP_ADD: {
            sp -= 2;
            (stack[sp - arg] as PyDict).set(vm, stack[sp] as Value, stack[sp + 1] as Value);
            break;
          }
          case OP.LIST_EXTEND: {
            const v = stack[--sp] as Value;
            build.extendList(vm, stack[sp - arg] as PyList, v);
            break;
          }
          case OP.SET_UPDATE: {
            const v = stack[--sp] as Value;
            build.updateSet(vm, stack[sp - arg] as PySet, v);
            break;
          }
          case OP.DICT_UPDATE: {
            const v = stack[--sp] as Value;
            build.updateMap(vm, stack[sp - arg] as PyDict, v);
            break;
          }
          case OP.DICT_MERGE: {
            const v = stack[--sp] as Value;
            build.mergeKeywords(vm, stack[sp - arg] as PyDict, v, stack[sp - arg - 3] as Value);
            break;
          }
          case OP.LIST_TO_TUPLE:
            stack[sp - 1] = new PyTuple((stack[sp - 1] as PyList).items);
            break;
          case OP.UNPACK_SEQUENCE: {
            const o = stack[--sp] as Value;
            if (o instanceof PyTuple && o.cls === PyTuple.prototype.cls && o.items.length === arg) {
              for (let i = arg - 1; i >= 0; i--) stack[sp++] = o.items[i];
              break;
            }
            const items = build.unpackExact(vm, o, arg);
            for (let i = arg - 1; i >= 0; i--) stack[sp++] = items[i];
            break;
          }
          case OP.UNPACK_EX: {
            const items = build.unpackStar(vm, stack[--sp] as Value, arg & 255, arg >> 8);
            for (let i = items.length - 1; i >= 0; i--) stack[sp++] = items[i];
            break;
          }
          case OP.FORMAT_VALUE: {
            const spec = arg & 4 ? (stack[--sp] as string) : "";
            stack[sp - 1] = build.formatValue(vm, stack[sp - 1] as Value, arg & 3, spec);
            break;
          }
          case OP.BUILD_INTERPOLATION: {
            const spec = arg & 4 ? (stack[--sp] as string) : "";
            const text = stack[--sp] as string;
            stack[sp - 1] = build.interpolation(vm, stack[sp - 1] as Value, text, arg & 3, spec);
            break;
          }
          case OP.BUILD_TEMPLATE: {
            const parts = stack[--sp] as PyTuple;
            stack[sp - 1] = build.template(vm, stack[sp - 1] as PyTuple, parts);
            break;
          }

          // ---- functions and calls -----------------------------------------------------------------------------------------------------------
          case OP.MAKE_FUNCTION:
            stack[sp - 1] = build.makeFunction(frame, stack[sp - 1] as Value);
            break;
          case OP.SET_FUNCTION_ATTRIBUTE: {
            const f = stack[--sp] as PyFunction;
            build.setFunctionAttribute(f, arg, stack[sp - 1] as Value);
            stack[sp - 1] = f;
            break;
          }
          case OP.CALL: {
            const base = sp - arg;
            let self = stack[base - 1] as Value | undefined;
            let f = stack[base - 2] as Value;
            if (f instanceof PyMethod && self === undefined) {
              self = f.self;
              f = f.func;
            }
            if (f instanceof PyFunction) {
              const callee = makeFrame(f, self, stack, base, arg, undefined);
              sp = base - 2;
              frame.sp = sp;
              callee.back = frame;
              if (++vm.depth > vm.recursionLimit) throw recursionError("maximum recursion depth exceeded");
              frame = callee;
              vm.frame = frame;
              code = frame.code;
              ops = code.ops;
              stack = frame.stack;
              locals = frame.locals;
              sp = 0;
              pc = 0;
              break;
            }
            frame.sp = sp;
            if (f instanceof PyMethodDescriptor && self !== undefined) {
              f.check(self);
              const spec = f.spec;
              const args = arg === 0 ? NO_ARGS : (stack.slice(base, sp) as Value[]);
              const r = spec.call(vm, self, args, undefined);
              sp = base - 2;
              stack[sp++] = r;
              if (vm.watching) {
                frame.sp = sp;
                vm.finalizer.arguments(args);
              }
              break;
            }
            if (f instanceof PyType && self === undefined && f.cls === typeType && f.slot.new === objectType.slot.new && f.slot.new !== undefined) {
              const init = f.lookup("__init__");
              if (init instanceof PyFunction && f.abstractMethods === undefined) {
                const o = new PyInstance(f);
                if (f.finalized) vm.watch(o);
                const callee = makeFrame(init, o, stack, base, arg, undefined);
                callee.instance = o;
                sp = base - 2;
                frame.sp = sp;
                callee.back = frame;
                if (++vm.depth > vm.recursionLimit) throw recursionError("maximum recursion depth exceeded");
                frame = callee;
                vm.frame = frame;
                code = frame.code;
                ops = code.ops;
                stack = frame.stack;
                locals = frame.locals;
                sp = 0;
                pc = 0;
                break;
              }
            }
            const args = stack.slice(base, sp) as Value[];
            if (self !== undefined) args.unshift(self);
            const r = f instanceof PyNative ? f.spec.call(vm, f.self, args, undefined) : vm.call(f, args, undefined);
            sp = base - 2;
            stack[sp++] = r;
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.arguments(args);
            }
            break;
          }
          case OP.CALL_KW: {
            const names = (stack[--sp] as PyTuple).items as readonly string[];
            const base = sp - arg;
            let self = stack[base - 1] as Value | undefined;
            let f = stack[base - 2] as Value;
            if (f instanceof PyMethod && self === undefined) {
              self = f.self;
              f = f.func;
            }
            if (f instanceof PyFunction) {
              const callee = makeFrame(f, self, stack, base, arg, names);
              sp = base - 2;
              frame.sp = sp;
              callee.back = frame;
              if (++vm.depth > vm.recursionLimit) throw recursionError("maximum recursion depth exceeded");
              frame = callee;
              vm.frame = frame;
              code = frame.code;
              ops = code.ops;
              stack = frame.stack;
              locals = frame.locals;
              sp = 0;
              pc = 0;
              break;
            }
            frame.sp = sp;
            const args = stack.slice(base, sp) as Value[];
            if (self !== undefined) args.unshift(self);
            const r = vm.call(f, args, names);
            sp = base - 2;
            stack[sp++] = r;
            break;
          }
          case OP.CALL_FUNCTION_EX: {
            const kwargs = arg & 1 ? (stack[--sp] as Value) : undefined;
            const given = stack[--sp] as Value;
            const f = stack[sp - 2] as Value;
            const { args, names } = build.callArguments(vm, f, given, kwargs);
            frame.sp = sp;
            const method = f instanceof PyMethod && f.func instanceof PyFunction ? f : undefined;
            const callable = method === undefined ? f : method.func;
            if (callable instanceof PyFunction) {
              const callee = makeFrame(callable, method?.self, args, 0, args.length, names);
              sp -= 2;
              frame.sp = sp;
              callee.back = frame;
              if (++vm.depth > vm.recursionLimit) throw recursionError("maximum recursion depth exceeded");
              frame = callee;
              vm.frame = frame;
              code = frame.code;
              ops = code.ops;
              stack = frame.stack;
              locals = frame.locals;
              sp = 0;
              pc = 0;
              break;
            }
            const r = vm.call(f, args, names);
            sp -= 2;
            stack[sp++] = r;
            break;
          }
          case OP.RETURN_VALUE: {
            let v = stack[--sp] as Value;
            const done = frame;
            const gen = done.generator;
            if (gen !== undefined) {
              gen.finished = true;
              gen.running = false;
              done.result = v;
              vm.leaveGenerator(gen);
            }
            vm.depth--;
            if (vm.watching) vm.finalizer.frameEnded(done);
            if (done.entry) {
              vm.frame = done.back;
              return v;
            }
            if (done.instance !== undefined) {
              if (v !== null) throw typeError(`__init__() should return None, not '${typeName(v)}'`);
              v = done.instance;
            }
            frame = done.back!;
            vm.frame = frame;
            code = frame.code;
            ops = code.ops;
            stack = frame.stack;
            locals = frame.locals;
            sp = frame.sp;
            pc = frame.pc + 1;
            if (gen === undefined) stack[sp++] = v;
            else if (ops[frame.pc << 1] === OP.FOR_ITER) {
              stack[--sp] = undefined;
              pc = ops[(frame.pc << 1) + 1]!;
            } else {
              // SEND: it v -- it result
              stack[sp - 1] = v;
              pc = ops[(frame.pc << 1) + 1]!;
            }
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.poll();
            }
            break;
          }

          // ---- generators ------------------------------------------------------------------------------------------------------------------
          case OP.RETURN_GENERATOR: {
            const gen = makeGenerator(build.generatorKind(code), frame);
            if (gen.kind === "generator" && code.hasCleanup) vm.watch(gen);
            frame.sp = sp;
            vm.depth--;
            const back = frame.back;
            const wasEntry = frame.entry;
            frame.entry = false;
            frame.back = null;
            if (wasEntry) {
              vm.frame = back;
              return gen;
            }
            frame = back!;
            vm.frame = frame;
            code = frame.code;
            ops = code.ops;
            stack = frame.stack;
            locals = frame.locals;
            sp = frame.sp;
            pc = frame.pc + 1;
            stack[sp++] = gen;
            break;
          }
          case OP.YIELD_VALUE: {
            const v = stack[--sp] as Value;
            frame.sp = sp;
            const gen = frame.generator!;
            gen.running = false;
            vm.leaveGenerator(gen);
            vm.depth--;
            const back = frame.back;
            frame.back = null;
            if (frame.entry) {
              frame.entry = false;
              vm.frame = back;
              return v;
            }
            frame = back!;
            vm.frame = frame;
            code = frame.code;
            ops = code.ops;
            stack = frame.stack;
            locals = frame.locals;
            sp = frame.sp;
            pc = frame.pc + 1;
            if (ops[frame.pc << 1] === OP.SEND) stack[sp - 1] = v;
            else stack[sp++] = v;
            break;
          }
          case OP.SEND: {
            const v = stack[sp - 1] as Value;
            const it = stack[sp - 2] as Value;
            if (it instanceof PyGenerator && !it.running && !it.finished && (v === null || it.started)) {
              frame.sp = sp;
              frame = vm.enterGenerator(it, frame, v);
              code = frame.code;
              ops = code.ops;
              stack = frame.stack;
              locals = frame.locals;
              sp = frame.sp;
              pc = frame.pc + 1;
              break;
            }
            frame.sp = sp;
            const r = build.sendTo(vm, it, v);
            stack[sp - 1] = r.value;
            if (r.done) pc = arg;
            break;
          }
          case OP.END_SEND:
            sp--;
            stack[sp - 1] = stack[sp];
            break;
          case OP.CLEANUP_THROW: {
            const exc = stack[--sp] as PyBaseException;
            if (!isInstanceOf(exc, "StopIteration")) {
              vm.reraise = true;
              throw exc;
            }
            // it last -- None value
            stack[sp - 2] = null;
            stack[sp - 1] = exc.args.items[0] ?? null;
            break;
          }
          case OP.STOPITERATION_ERROR:
            stack[sp - 1] = build.stopIterationError(code, stack[sp - 1] as PyBaseException);
            break;
          case OP.GET_AWAITABLE:
            stack[sp - 1] = awaitable(vm, stack[sp - 1] as Value, arg);
            break;
          case OP.GET_AITER:
            stack[sp - 1] = build.asyncIterator(vm, stack[sp - 1] as Value);
            break;
          case OP.GET_ANEXT:
            stack[sp] = build.asyncNext(vm, stack[sp - 1] as Value);
            sp++;
            break;
          case OP.END_ASYNC_FOR: {
            const exc = stack[--sp] as PyBaseException;
            if (!isInstanceOf(exc, "StopAsyncIteration")) {
              vm.reraise = true;
              throw exc;
            }
            sp--;
            break;
          }
          case OP.ASYNC_GEN_WRAP:
            stack[sp - 1] = new PyAsyncGenValue(stack[sp - 1] as Value);
            break;

          // ---- exceptions, with ----------------------------------------------------------------------------------------------------------------
          case OP.PUSH_EXC_INFO: {
            const exc = stack[sp - 1] as PyBaseException;
            stack[sp - 1] = vm.handled;
            stack[sp++] = exc;
            vm.handled = exc;
            break;
          }
          case OP.POP_EXCEPT: {
            const before = vm.handled;
            vm.handled = stack[--sp] as PyBaseException | null;
            if (vm.watching) {
              frame.sp = sp;
              vm.finalizer.released(before);
            }
            break;
          }
          case OP.CHECK_EXC_MATCH:
            stack[sp - 1] = checkExcMatch(stack[sp - 2] as PyBaseException, stack[sp - 1] as Value);
            break;
          case OP.CHECK_EG_MATCH: {
            const type = stack[sp - 1] as Value;
            const [rest, match] = egMatch(vm, stack[sp - 2] as Value, type);
            stack[sp - 2] = rest;
            stack[sp - 1] = match;
            if (match !== null) vm.handled = match as PyBaseException;
            break;
          }
          case OP.PREP_RERAISE_STAR: {
            const list = stack[--sp] as PyList;
            stack[sp - 1] = prepReraiseStar(vm, stack[sp - 1] as PyBaseException, list.items);
            break;
          }
          case OP.RAISE_VARARGS: {
            if (arg === 0) {
              if (vm.handled === null) throw runtimeError("No active exception to reraise");
              vm.reraise = true;
              throw vm.handled;
            }
            const cause = arg === 2 ? (stack[--sp] as Value) : undefined;
            throw vm.raise(stack[--sp] as Value, cause);
          }
          case OP.RERAISE: {
            const exc = stack[--sp] as PyBaseException;
            vm.reraise = true;
            throw exc;
          }
          case OP.BEFORE_WITH:
          case OP.BEFORE_ASYNC_WITH: {
            const mgr = stack[sp - 1] as Value;
            frame.sp = sp;
            const [exit, result] = enterContext(vm, mgr, op === OP.BEFORE_ASYNC_WITH);
            stack[sp - 1] = exit;
            stack[sp++] = result;
            break;
          }
          case OP.WITH_EXCEPT_START: {
            const exc = stack[sp - 1] as PyBaseException;
            frame.sp = sp;
            stack[sp] = vm.call(stack[sp - 4] as Value, [exc.cls, exc, exc.traceback]);
            sp++;
            break;
          }

          // ---- imports, patterns, the rest -----------------------------------------------------------------------------------------------------
          case OP.IMPORT_NAME: {
            const fromlist = stack[--sp] as Value;
            frame.sp = sp;
            stack[sp - 1] = importName(vm, frame, code.names[arg]!, stack[sp - 1] as number, fromlist);
            break;
          }
          case OP.IMPORT_FROM:
            stack[sp] = importFrom(vm, stack[sp - 1] as Value, code.names[arg]!);
            sp++;
            break;
          case OP.IMPORT_STAR:
            importStar(vm, frame, stack[--sp] as Value);
            break;
          case OP.GET_LEN:
            stack[sp] = build.len(vm, stack[sp - 1] as Value);
            sp++;
            break;
          case OP.MATCH_SEQUENCE:
            stack[sp] = build.isSequencePattern(stack[sp - 1] as Value);
            sp++;
            break;
          case OP.MATCH_MAPPING:
            stack[sp] = build.isMappingPattern(stack[sp - 1] as Value);
            sp++;
            break;
          case OP.MATCH_KEYS:
            stack[sp] = matchKeys(vm, stack[sp - 2] as Value, stack[sp - 1] as PyTuple);
            sp++;
            break;
          case OP.MATCH_CLASS: {
            const names = stack[--sp] as PyTuple;
            const cls = stack[--sp] as Value;
            stack[sp - 1] = matchClass(vm, stack[sp - 1] as Value, checkClassMatch(cls), arg, names);
            break;
          }
          case OP.SETUP_ANNOTATIONS:
            build.setupAnnotations(vm, frame);
            break;
          case OP.CALL_INTRINSIC_1:
            stack[sp - 1] = intrinsic1(vm, arg, stack[sp - 1] as Value);
            break;
          case OP.CALL_INTRINSIC_2:
            sp--;
            stack[sp - 1] = intrinsic2(vm, arg, stack[sp - 1] as Value, stack[sp] as Value);
            break;
          default:
            throw new Error(`unknown opcode ${op}`);
        }
      }
    } catch (e) {
      frame.sp = sp;
      const next = unwind(vm, frame, e);
      frame = next;
      vm.frame = frame;
      code = frame.code;
      ops = code.ops;
      stack = frame.stack;
      locals = frame.locals;
      sp = frame.sp;
      pc = frame.pc + 1;
      if (vm.watching) vm.finalizer.poll();
    }
  }
}

const NO_ARGS: Value[] = [];

const BINARY_NAME: Record<number, BinaryOp> = {
  [OP.BINARY_MATMUL]: "matmul", [OP.BINARY_LSHIFT]: "lshift", [OP.BINARY_RSHIFT]: "rshift", [OP.BINARY_OR]: "or", [OP.BINARY_XOR]: "xor",
  [OP.INPLACE_MATMUL]: "matmul", [OP.INPLACE_LSHIFT]: "lshift", [OP.INPLACE_RSHIFT]: "rshift", [OP.INPLACE_OR]: "or", [OP.INPLACE_XOR]: "xor",
};

