/** Module _contextvars (PEP 567): context variables, contexts, tokens. The running context is the VM's state; a thread switch saves and restores it. */
import { keyError, newException, runtimeError, typeError, valueError } from "../builtins/exceptions.ts";
import { CLASS_GETITEM } from "../objects/class-getitem.ts";
import { identityOf } from "../objects/identity.ts";
import { equals, getIter, plainStr, repr, typeName } from "../objects/operations.ts";
import { PyDict } from "../objects/dict.ts";
import { dictView } from "../objects/dict-views.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { NotImplemented, PyObject, type Value } from "../objects/values.ts";
import { callBetween, CONTEXT } from "../vm/threads.ts";
import type { NativeModule } from "./native-module.ts";

export class PyContextVar extends PyObject {
  readonly name: string;
  readonly missing: Value | undefined;
  constructor(name: string, missing: Value | undefined) {
    super();
    this.name = name;
    this.missing = missing;
  }
}

/** Values are never changed in place: `set` replaces the map, so a copy shares it. */
export class PyContext extends PyObject {
  values: ReadonlyMap<PyContextVar, Value>;
  entered = false;
  constructor(values: ReadonlyMap<PyContextVar, Value> = new Map()) {
    super();
    this.values = values;
  }
}

class PyToken extends PyObject {
  readonly context: PyContext;
  readonly variable: PyContextVar;
  readonly old: Value | undefined;
  used = false;
  constructor(context: PyContext, variable: PyContextVar, old: Value | undefined) {
    super();
    this.context = context;
    this.variable = variable;
    this.old = old;
  }
}

class PyMissing extends PyObject {}
const MISSING = new PyMissing();
defineType({ name: "Token.MISSING", module: "_contextvars", js: PyMissing, subclassable: false, slots: { repr: () => "<Token.MISSING>" } });

/** The context that code runs in. */
export function currentContext(vm: VM): PyContext {
  let c = vm.state.get(CONTEXT) as PyContext | undefined;
  if (!c) vm.state.set(CONTEXT, (c = new PyContext()));
  return c;
}

/** Makes another context current; for thread switches. */
export function setCurrentContext(vm: VM, c: PyContext): void {
  vm.state.set(CONTEXT, c);
}

export function copyContext(vm: VM): PyContext {
  return new PyContext(currentContext(vm).values);
}

/** Calls a function in the context. */
export function runInContext(vm: VM, c: PyContext, fn: Value, args: Value[], kwnames?: readonly string[]): Value {
  let before: PyContext;
  const enter = () => {
    if (c.entered) throw runtimeError(`cannot enter context: ${repr(vm, c)} is already entered`);
    before = currentContext(vm);
    c.entered = true;
    setCurrentContext(vm, c);
  };
  const leave = () => {
    setCurrentContext(vm, before);
    c.entered = false;
  };
  return callBetween(vm, enter, leave, fn, args, kwnames);
}

function variable(v: Value): PyContextVar {
  if (v instanceof PyContextVar) return v;
  throw typeError(`a ContextVar key was expected, got ${typeName(v) === "str" ? `'${v as string}'` : typeName(v)}`);
}

function store(c: PyContext, v: PyContextVar, value: Value | undefined): void {
  const values = new Map(c.values);
  if (value === undefined) values.delete(v);
  else values.set(v, value);
  c.values = values;
}

/** For natives that keep something in a context variable of their own. */
export function newContextVariable(name: string): PyContextVar {
  return new PyContextVar(name, undefined);
}

export function contextValue(vm: VM, v: PyContextVar): Value | undefined {
  return currentContext(vm).values.get(v);
}

export function setContextValue(vm: VM, v: PyContextVar, value: Value): void {
  store(currentContext(vm), v, value);
}

function get(vm: VM, v: PyContextVar, missing: Value | undefined): Value {
  const set = currentContext(vm).values.get(v);
  if (set !== undefined) return set;
  const found = missing === undefined ? v.missing : missing;
  if (found === undefined) throw newException("LookupError", v);
  return found;
}

function set(vm: VM, v: PyContextVar, value: Value): PyToken {
  const c = currentContext(vm);
  const token = new PyToken(c, v, c.values.get(v));
  store(c, v, value);
  return token;
}

function reset(vm: VM, v: PyContextVar, token: Value): Value {
  if (!(token instanceof PyToken)) throw typeError(`expected an instance of Token, got ${repr(vm, token)}`);
  if (token.used) throw runtimeError(`${repr(vm, token)} has already been used once`);
  if (token.variable !== v) throw valueError(`${repr(vm, token)} was created by a different ContextVar`);
  if (token.context !== currentContext(vm)) throw valueError(`${repr(vm, token)} was created in a different Context`);
  token.used = true;
  store(token.context, v, token.old);
  return null;
}

const address = (o: PyObject) => `0x${identityOf(o).toString(16)}`;

const contextVarType: PyType = defineType({
  name: "ContextVar",
  module: "_contextvars",
  js: PyContextVar,
  subclassable: false,
  new: [
    "(name, /, *, default=<unrepresentable>)",
    (_vm: VM, _cls: PyType, name: Value, missing: Value | undefined) => {
      const text = plainStr(name);
      if (text === undefined) throw typeError("context variable name must be a str");
      return new PyContextVar(text, missing);
    },
  ],
  slots: {
    repr: (vm, self) => {
      const v = self as PyContextVar;
      const missing = v.missing === undefined ? "" : ` default=${repr(vm, v.missing)}`;
      return `<ContextVar name=${repr(vm, v.name)}${missing} at ${address(v)}>`;
    },
  },
  methods: {
    get: ["($self, default=<unrepresentable>, /)", get, "The value in the current context, else the default."],
    set: ["($self, value, /)", set, "Set the value in the current context; returns a token for reset."],
    reset: ["($self, token, /)", reset, "Restore what the variable was before the set that gave the token."],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: { name: [(_vm: VM, v: PyContextVar) => v.name] },
});

/** The context's variables as a dict, for views and iteration. */
function asDict(vm: VM, c: PyContext): PyDict {
  const d = new PyDict();
  for (const [k, v] of c.values) d.set(vm, k, v);
  return d;
}

const contextType: PyType = defineType({
  name: "Context",
  module: "_contextvars",
  js: PyContext,
  subclassable: false,
  new: ["()", () => new PyContext()],
  slots: {
    len: (_vm, c) => (c as PyContext).values.size,
    iter: (vm, c) => getIter(vm, asDict(vm, c as PyContext)),
    contains: (_vm, c, v) => (c as PyContext).values.has(variable(v)),
    getitem: (_vm, c, v) => {
      const found = (c as PyContext).values.get(variable(v));
      if (found === undefined) throw keyError(v);
      return found;
    },
    eq: (vm, a, b) => (b instanceof PyContext ? equals(vm, asDict(vm, a as PyContext), asDict(vm, b)) : NotImplemented),
    hash: null,
  },
  methods: {
    run: [
      "($self, /, *args, **kwargs)",
      (vm: VM, c: PyContext, args: Value[], kwargs: ReadonlyMap<string, Value>) => {
        const [fn, ...rest] = args;
        if (fn === undefined) throw typeError("run() missing 1 required positional argument");
        return runInContext(vm, c, fn, [...rest, ...kwargs.values()], kwargs.size ? [...kwargs.keys()] : undefined);
      },
      "Call a function in this context.",
    ],
    copy: ["($self, /)", (_vm: VM, c: PyContext) => new PyContext(c.values)],
    get: ["($self, key, default=None, /)", (_vm: VM, c: PyContext, key: Value, or: Value | undefined) => {
      const v = c.values.get(variable(key));
      return v === undefined ? (or ?? null) : v;
    }],
    keys: ["($self, /)", (vm: VM, c: PyContext) => dictView(asDict(vm, c), "keys")],
    values: ["($self, /)", (vm: VM, c: PyContext) => dictView(asDict(vm, c), "values")],
    items: ["($self, /)", (vm: VM, c: PyContext) => dictView(asDict(vm, c), "items")],
  },
});

const tokenType: PyType = defineType({
  name: "Token",
  module: "_contextvars",
  js: PyToken,
  subclassable: false,
  new: [
    "()",
    () => {
      throw runtimeError("Tokens can only be created by ContextVars");
    },
  ],
  slots: {
    repr: (vm, self) => {
      const t = self as PyToken;
      return `<Token${t.used ? " used" : ""} var=${repr(vm, t.variable)} at ${address(t)}>`;
    },
  },
  methods: {
    __enter__: ["($self, /)", (_vm: VM, t: PyToken) => t],
    __exit__: ["($self, type, value, traceback, /)", (vm: VM, t: PyToken) => reset(vm, t.variable, t)],
  },
  classMethods: { __class_getitem__: CLASS_GETITEM },
  getset: { var: [(_vm: VM, t: PyToken) => t.variable], old_value: [(_vm: VM, t: PyToken) => (t.old === undefined ? MISSING : t.old)] },
  attrs: { MISSING },
});

export const _contextvars: NativeModule = {
  name: "_contextvars",
  doc: "Context variables.",
  functions: { copy_context: ["()", (vm: VM) => copyContext(vm), "A copy of the current context."] },
  values: () => ({ ContextVar: contextVarType, Context: contextType, Token: tokenType }),
};
