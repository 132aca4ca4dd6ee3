/** property, classmethod, mappingproxy, SimpleNamespace, and the Python-visible attributes of functions, methods, code, frames, tracebacks, modules and cells. */
import { attributeError, attributeErrorText, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { Code } from "../compile/code.ts";
import { Frame } from "../vm/frame.ts";
import { PyTraceback } from "../vm/traceback.ts";
import type { Interpreter } from "../vm/vm.ts";
import { PyDict } from "./dict.ts";
import { cellType, functionType, methodType, PyCell, PyFunction, PyMethod } from "./function.ts";
import { identityOf } from "./identity.ts";
import { PyList } from "./list.ts";
import { PyModule } from "./module.ts";
import { staticMethodType } from "./native.ts";
import { callMethod, compare, genericGetAttr, getAttr, hash, isCallable, lookupAttr, ownAttr, plainStr, repr, setOwnAttr, str, truthy, typeName, typeOf } from "./operations.ts";
import { dictOf } from "./object.ts";
import type { VM } from "./runtime.ts";
import { defineType, extendType, type GetSetRow, PyType } from "./type.ts";
import { NotImplemented, PyAttrObject, PyBytes, PyObject, PyTuple, type Value } from "./values.ts";

// ---- property, classmethod ---------------------------------------------------------------------------------------------------------------

export class PyProperty extends PyAttrObject {
  fget: Value = null;
  fset: Value = null;
  fdel: Value = null;
  doc: Value = null;
  name: Value = null;
}

function initProperty(vm: VM, p: PyProperty, fget: Value = null, fset: Value = null, fdel: Value = null, doc: Value | undefined): null {
  p.fget = fget;
  p.fset = fset;
  p.fdel = fdel;
  p.doc = doc ?? (fget !== null ? (lookupAttr(vm, fget, "__doc__") ?? null) : null);
  return null;
}

function copyProperty(vm: VM, p: PyProperty, change: { fget?: Value; fset?: Value; fdel?: Value }): Value {
  const fget = change.fget ?? p.fget;
  const copy = vm.call(p.cls, [fget, change.fset ?? p.fset, change.fdel ?? p.fdel, change.fget === undefined && p.doc !== null ? p.doc : null]);
  if (copy instanceof PyProperty) {
    copy.name = p.name;
    if (copy.doc === null && fget !== null) copy.doc = lookupAttr(vm, fget, "__doc__") ?? null;
  }
  return copy;
}

function propertyError(vm: VM, p: PyProperty, o: Value, what: string): PyBaseException {
  const name = p.name ?? (p.fget === null ? null : (lookupAttr(vm, p.fget, "__name__") ?? null));
  return attributeErrorText(`property ${name === null ? "" : `${repr(vm, name)} `}of '${typeOf(o).qualname}' object has no ${what}`);
}

export const propertyType: PyType = defineType({
  name: "property",
  js: PyProperty,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const p = new PyProperty();
    if (cls !== propertyType) p.cls = cls;
    return p;
  }],
  init: ["($self, fget=None, fset=None, fdel=None, doc=None)", initProperty],
  slots: {
    get: (vm, self, o) => {
      const p = self as PyProperty;
      if (o === undefined || o === null) return p;
      if (p.fget === null) throw propertyError(vm, p, o, "getter");
      return vm.call(p.fget, [o]);
    },
    set: (vm, self, o, v) => {
      const p = self as PyProperty;
      if (p.fset === null) throw propertyError(vm, p, o, "setter");
      vm.call(p.fset, [o, v]);
    },
    delete: (vm, self, o) => {
      const p = self as PyProperty;
      if (p.fdel === null) throw propertyError(vm, p, o, "deleter");
      vm.call(p.fdel, [o]);
    },
  },
  methods: {
    getter: ["($self, fget, /)", (vm: VM, p: PyProperty, f: Value) => copyProperty(vm, p, { fget: f })],
    setter: ["($self, fset, /)", (vm: VM, p: PyProperty, f: Value) => copyProperty(vm, p, { fset: f })],
    deleter: ["($self, fdel, /)", (vm: VM, p: PyProperty, f: Value) => copyProperty(vm, p, { fdel: f })],
    __set_name__: ["($self, owner, name, /)", (_vm: VM, p: PyProperty, _owner: Value, name: Value) => {
      p.name = name;
      return null;
    }],
  },
  getset: {
    fget: [(_vm, p: PyProperty) => p.fget],
    fset: [(_vm, p: PyProperty) => p.fset],
    fdel: [(_vm, p: PyProperty) => p.fdel],
    __doc__: [(_vm, p: PyProperty) => p.doc, (_vm, p: PyProperty, v) => void (p.doc = v ?? null)],
    __name__: [(vm, p: PyProperty) => p.name ?? getAttr(vm, p.fget, "__name__"), (_vm, p: PyProperty, v) => void (p.name = v ?? null)],
    __isabstractmethod__: [(vm, p: PyProperty) => [p.fget, p.fset, p.fdel].some((f) => f !== null && truthy(vm, lookupAttr(vm, f, "__isabstractmethod__") ?? false))],
  },
});

export class PyClassMethod extends PyAttrObject {
  callable: Value;
  constructor(callable: Value) {
    super();
    this.callable = callable;
  }
}

/** functools.wraps-like attributes that both wrappers forward. */
function wrapped(vm: VM, f: Value, name: string): Value {
  const v = lookupAttr(vm, f, name);
  if (v === undefined) throw attributeError(f, name);
  return v;
}
const FORWARDED: Record<string, GetSetRow> = {
  __func__: [(_vm, c: PyClassMethod) => c.callable],
  __wrapped__: [(_vm, c: PyClassMethod) => c.callable],
  __isabstractmethod__: [(vm, c: PyClassMethod) => truthy(vm, lookupAttr(vm, c.callable, "__isabstractmethod__") ?? false)],
  __name__: [(vm, c: PyClassMethod) => wrapped(vm, c.callable, "__name__")],
  __qualname__: [(vm, c: PyClassMethod) => wrapped(vm, c.callable, "__qualname__")],
  __doc__: [(vm, c: PyClassMethod) => lookupAttr(vm, c.callable, "__doc__") ?? null],
  __dict__: [(_vm, c: PyClassMethod) => dictOf(c)],
};

export const classMethodType: PyType = defineType({
  name: "classmethod",
  js: PyClassMethod,
  hasDict: true,
  new: ["(function, /)", (_vm: VM, cls: PyType, f: Value) => {
    const c = new PyClassMethod(f);
    if (cls !== classMethodType) c.cls = cls;
    return c;
  }],
  slots: { get: (_vm, self, instance, owner) => new PyMethod((self as PyClassMethod).callable, owner ?? typeOf(instance!)) },
  getset: FORWARDED,
});
extendType(staticMethodType, { getset: FORWARDED });

// ---- mappings -------------------------------------------------------------------------------------------------------------------------------

/** mappingproxy over a mapping, or over a type's own namespace. */
export class PyMappingProxy extends PyObject {
  readonly target: Value;
  constructor(target: Value) {
    super();
    this.target = target;
  }

  /** The mapping itself; of a type, a snapshot. */
  mapping(): Value {
    if (!(this.target instanceof PyType)) return this.target;
    const d = new PyDict();
    for (const [k, v] of this.target.attrs) d.setStr(k, v);
    return d;
  }
}
const proxied = (self: Value): Value => (self as PyMappingProxy).mapping();

export const mappingProxyType: PyType = defineType({
  name: "mappingproxy",
  js: PyMappingProxy,
  subclassable: false,
  new: ["(mapping)", (_vm: VM, _cls: PyType, m: Value) => {
    if (!typeOf(m).slot.getitem || m instanceof PyList || m instanceof PyTuple) throw typeError(`mappingproxy() argument must be a mapping, not ${typeName(m)}`);
    return new PyMappingProxy(m);
  }],
  slots: {
    getitem: (vm, self, k) => {
      const t = (self as PyMappingProxy).target;
      if (t instanceof PyType && typeof k === "string") {
        const v = t.attrs.get(k);
        if (v !== undefined) return v;
      }
      const m = proxied(self);
      return typeOf(m).slot.getitem!(vm, m, k);
    },
    contains: (vm, self, k) => {
      const m = proxied(self);
      return typeOf(m).slot.contains!(vm, m, k);
    },
    len: (vm, self) => typeOf(proxied(self)).slot.len!(vm, proxied(self)),
    iter: (vm, self) => typeOf(proxied(self)).slot.iter!(vm, proxied(self)),
    repr: (vm, self) => `mappingproxy(${repr(vm, proxied(self))})`,
    str: (vm, self) => str(vm, proxied(self)),
    eq: (vm, self, other) => compare(vm, "eq", proxied(self), other instanceof PyMappingProxy ? other.mapping() : other),
    hash: (vm, self) => hash(vm, proxied(self)),
    or: (vm, self, other) => callMethod(vm, proxied(self), "__or__", other instanceof PyMappingProxy ? other.mapping() : other),
    ror: (vm, self, other) => callMethod(vm, other, "__or__", proxied(self)),
  },
  methods: Object.fromEntries(
    [["get", "($self, key, default=None, /)"], ["keys", "($self, /)"], ["values", "($self, /)"], ["items", "($self, /)"], ["copy", "($self, /)"], ["__reversed__", "($self, /)"]].map(([name, sig]) => [
      name,
      [sig, (vm: VM, self: Value, ...args: Value[]) => callMethod(vm, proxied(self), name!, ...args.filter((a) => a !== undefined))],
    ]),
  ) as never,
});
mappingProxyType.isMapping = true;

export class PyNamespace extends PyAttrObject {}

function namespaceItems(o: PyNamespace): [string, Value][] {
  return [...dictOf(o).entries()].map((e) => [e.key as string, e.value]);
}

export const namespaceType: PyType = defineType({
  name: "SimpleNamespace",
  module: "types",
  js: PyNamespace,
  hasDict: true,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const n = new PyNamespace();
    if (cls !== namespaceType) n.cls = cls;
    return n;
  }],
  init: ["($self, mapping_or_iterable=(), /, **kwargs)", (vm: VM, n: PyNamespace, mapping: Value | undefined, kwargs: Map<string, Value>) => {
    if (mapping !== undefined) {
      const d = vm.call(PyDict.prototype.cls, [mapping]) as PyDict;
      for (const e of d.entries()) {
        if (typeof e.key !== "string") throw typeError(`keywords must be strings`);
        setOwnAttr(n, e.key, e.value);
      }
    }
    for (const [k, v] of kwargs) setOwnAttr(n, k, v);
    return null;
  }],
  slots: {
    repr: (vm, self) => {
      const n = self as PyNamespace;
      const name = n.cls === namespaceType ? "namespace" : n.cls.name;
      if (!vm.reprEnter(n)) return `${name}(...)`;
      try {
        return `${name}(${namespaceItems(n).map(([k, v]) => `${k}=${repr(vm, v)}`).join(", ")})`;
      } finally {
        vm.reprLeave(n);
      }
    },
    eq: (vm, self, other) => (other instanceof PyNamespace ? compare(vm, "eq", dictOf(self as PyNamespace), dictOf(other)) : NotImplemented),
  },
  methods: {
    __replace__: ["($self, /, **changes)", (vm: VM, n: PyNamespace, changes: Map<string, Value>) => {
      const copy = vm.call(n.cls, []) as PyNamespace;
      for (const [k, v] of namespaceItems(n)) setOwnAttr(copy, k, v);
      for (const [k, v] of changes) setOwnAttr(copy, k, v);
      return copy;
    }],
    __reduce__: ["($self, /)", (_vm: VM, n: PyNamespace) => new PyTuple([n.cls, new PyTuple([]), dictOf(n)])],
  },
  getset: { __dict__: [(_vm, n: PyNamespace) => dictOf(n)] },
});

// ---- functions, methods, cells ------------------------------------------------------------------------------------------------------------------

function functionAnnotations(vm: VM, f: PyFunction): Value {
  if (f.annotations === undefined) f.annotations = f.annotate !== null ? vm.call(f.annotate, [1]) : new PyDict();
  return f.annotations;
}

function needText(v: Value | undefined, what: string): string {
  const s = v === undefined ? undefined : plainStr(v);
  if (s === undefined) throw typeError(`${what} must be set to a string object`);
  return s;
}

extendType(functionType, {
  new: ["(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)", (vm: VM, _cls: PyType, code: Value, globals: Value, name: Value = null, argdefs: Value = null, closure: Value = null, kwdefaults: Value = null) => {
    if (!(code instanceof Code)) throw typeError(`function() argument 'code' must be code, not ${typeName(code)}`);
    if (!(globals instanceof PyDict)) throw typeError(`function() argument 'globals' must be dict, not ${typeName(globals)}`);
    const f = new PyFunction(code, globals, vm.builtins);
    if (name !== null) f.name = needText(name, "__name__");
    if (argdefs instanceof PyTuple) f.defaults = argdefs.items;
    if (closure instanceof PyTuple) f.closure = closure.items as readonly PyCell[];
    if (kwdefaults instanceof PyDict) f.kwdefaults = kwdefaults;
    f.module = globals.getStr("__name__") ?? null;
    return f;
  }],
  slots: { repr: (_vm, self) => `<function ${(self as PyFunction).qualname} at 0x${identityOf(self).toString(16)}>` },
  getset: {
    __name__: [(_vm, f: PyFunction) => f.name, (_vm, f: PyFunction, v) => void (f.name = needText(v, "__name__"))],
    __qualname__: [(_vm, f: PyFunction) => f.qualname, (_vm, f: PyFunction, v) => void (f.qualname = needText(v, "__qualname__"))],
    __doc__: [(_vm, f: PyFunction) => f.doc, (_vm, f: PyFunction, v) => void (f.doc = v ?? null)],
    __module__: [(_vm, f: PyFunction) => f.module, (_vm, f: PyFunction, v) => void (f.module = v ?? null)],
    __code__: [(_vm, f: PyFunction) => f.code, (_vm, f: PyFunction, v) => {
      if (!(v instanceof Code)) throw typeError("__code__ must be set to a code object");
      f.code = v;
    }],
    __defaults__: [(_vm, f: PyFunction) => (f.defaults ? new PyTuple(f.defaults) : null), (_vm, f: PyFunction, v = null) => {
      if (v !== null && !(v instanceof PyTuple)) throw typeError("__defaults__ must be set to a tuple object");
      f.defaults = v?.items;
    }],
    __kwdefaults__: [(_vm, f: PyFunction) => f.kwdefaults, (_vm, f: PyFunction, v = null) => {
      if (v !== null && !(v instanceof PyDict)) throw typeError("__kwdefaults__ must be set to a dict object");
      f.kwdefaults = v;
    }],
    __globals__: [(_vm, f: PyFunction) => f.globals],
    __builtins__: [(_vm, f: PyFunction) => f.builtins],
    __closure__: [(_vm, f: PyFunction) => (f.closure.length ? new PyTuple(f.closure) : null)],
    __annotations__: [functionAnnotations, (_vm, f: PyFunction, v = null) => {
      if (v !== null && !(v instanceof PyDict)) throw typeError("__annotations__ must be set to a dict object");
      f.annotations = v ?? new PyDict();
      f.annotate = null;
    }],
    __annotate__: [(_vm, f: PyFunction) => f.annotate, (_vm, f: PyFunction, v) => {
      if (v === undefined) throw typeError("__annotate__ cannot be deleted");
      if (v !== null && !isCallable(v)) throw typeError("__annotate__ must be callable or None");
      f.annotate = v;
      f.annotations = undefined;
    }],
    __type_params__: [(_vm, f: PyFunction) => f.typeParams ?? new PyTuple([]), (_vm, f: PyFunction, v) => {
      if (!(v instanceof PyTuple)) throw typeError("__type_params__ must be set to a tuple");
      f.typeParams = v;
    }],
    __dict__: [(_vm, f: PyFunction) => dictOf(f), (_vm, f: PyFunction, v) => {
      if (!(v instanceof PyDict)) throw typeError(v === undefined ? "cannot delete __dict__" : `__dict__ must be set to a dictionary, not a '${typeName(v)}'`);
      dictOf(f);
      f.slots![0] = v;
    }],
  },
});

extendType(methodType, {
  new: ["(function, instance, /)", (_vm: VM, _cls: PyType, f: Value, self: Value) => {
    if (!isCallable(f)) throw typeError("first argument must be callable");
    if (self === null) throw typeError("instance must not be None");
    return new PyMethod(f, self);
  }],
  slots: {
    repr: (vm, self) => {
      const m = self as PyMethod;
      const name = lookupAttr(vm, m.func, "__qualname__") ?? lookupAttr(vm, m.func, "__name__") ?? "?";
      return `<bound method ${str(vm, name)} of ${repr(vm, m.self)}>`;
    },
    eq: (vm, self, other) => {
      if (!(other instanceof PyMethod)) return NotImplemented;
      const m = self as PyMethod;
      return m.self === other.self && truthy(vm, compare(vm, "eq", m.func, other.func));
    },
    hash: (vm, self) => identityOf((self as PyMethod).self) ^ Number(BigInt.asIntN(32, BigInt(hash(vm, (self as PyMethod).func)))),
    getattribute: (vm, self, name) => {
      const m = self as PyMethod;
      const own = genericGetAttr(vm, m, name);
      return own !== undefined ? own : getAttr(vm, m.func, name);
    },
  },
  getset: {
    __func__: [(_vm, m: PyMethod) => m.func],
    __self__: [(_vm, m: PyMethod) => m.self],
    __doc__: [(vm, m: PyMethod) => getAttr(vm, m.func, "__doc__")],
  },
});

extendType(cellType, {
  new: ["(contents=None, /)", (_vm: VM, _cls: PyType, v: Value | undefined) => new PyCell(v)],
  getset: {
    cell_contents: [(_vm, c: PyCell) => {
      if (c.value === undefined) throw valueError("Cell is empty");
      return c.value;
    }, (_vm, c: PyCell, v) => void (c.value = v)],
  },
});

// ---- code, frames, tracebacks ---------------------------------------------------------------------------------------------------------------------

export const codeType: PyType = defineType({
  name: "code",
  js: Code,
  subclassable: false,
  slots: { repr: (_vm, self) => `<code object ${(self as Code).name} at 0x${identityOf(self).toString(16)}, file "${(self as Code).filename}", line ${(self as Code).firstlineno}>` },
  methods: {
    co_positions: ["($self, /)", (vm: VM, c: Code) => {
      const out: Value[] = [];
      for (let i = 0; i < c.positions.length; i += 4) out.push(new PyTuple([0, 1, 2, 3].map((k) => (c.positions[i + k]! < 0 ? null : c.positions[i + k]!))));
      return typeOf(new PyList(out)).slot.iter!(vm, new PyList(out));
    }],
    co_lines: ["($self, /)", (vm: VM, c: Code) => {
      const out: Value[] = [];
      for (let i = 0; i < c.positions.length; i += 4) out.push(new PyTuple([i / 2, i / 2 + 2, c.positions[i]! < 0 ? null : c.positions[i]!]));
      return typeOf(new PyList(out)).slot.iter!(vm, new PyList(out));
    }],
    replace: ["($self, /, **changes)", (_vm: VM, c: Code, changes: Map<string, Value>) => {
      const fields: Record<string, unknown> = { ...c, positions: c.positions, inline: c.inline };
      for (const [k, v] of changes) fields[k.replace(/^co_/, "")] = v instanceof PyTuple ? v.items : v;
      return new Code(fields as never);
    }],
  },
  getset: {
    co_name: [(_vm, c: Code) => c.name],
    co_qualname: [(_vm, c: Code) => c.qualname],
    co_filename: [(_vm, c: Code) => c.filename],
    co_firstlineno: [(_vm, c: Code) => c.firstlineno],
    co_argcount: [(_vm, c: Code) => c.argcount],
    co_posonlyargcount: [(_vm, c: Code) => c.posonlyargcount],
    co_kwonlyargcount: [(_vm, c: Code) => c.kwonlyargcount],
    co_flags: [(_vm, c: Code) => c.flags],
    co_nlocals: [(_vm, c: Code) => c.varnames.length],
    co_stacksize: [(_vm, c: Code) => c.stacksize],
    co_varnames: [(_vm, c: Code) => new PyTuple(c.varnames.filter((v) => !v.startsWith(".")))],
    co_cellvars: [(_vm, c: Code) => new PyTuple(c.cellvars)],
    co_freevars: [(_vm, c: Code) => new PyTuple(c.freevars)],
    co_names: [(_vm, c: Code) => new PyTuple(c.names)],
    co_consts: [(_vm, c: Code) => new PyTuple(c.consts)],
    co_code: [(_vm, c: Code) => new PyBytes(new Uint8Array(c.ops.buffer.slice(0)))],
    co_linetable: [() => new PyBytes(new Uint8Array(0))],
    co_exceptiontable: [() => new PyBytes(new Uint8Array(0))],
  },
});

export const frameType: PyType = defineType({
  name: "frame",
  js: Frame,
  subclassable: false,
  slots: { repr: (_vm, self) => `<frame at 0x${identityOf(self).toString(16)}, file '${(self as Frame).code.filename}', line ${(self as Frame).lineno}, code ${(self as Frame).code.name}>` },
  methods: { clear: ["($self, /)", () => null] },
  getset: {
    f_back: [(_vm, f: Frame) => f.back],
    f_code: [(_vm, f: Frame) => f.code],
    f_globals: [(_vm, f: Frame) => f.globals],
    f_builtins: [(_vm, f: Frame) => f.builtins],
    f_locals: [(vm, f: Frame) => (vm as Interpreter).localsOf(f)],
    f_lineno: [(_vm, f: Frame) => f.lineno],
    f_lasti: [(_vm, f: Frame) => f.pc * 2],
    f_trace: [() => null, () => {}],
    f_trace_lines: [() => true, () => {}],
    f_trace_opcodes: [() => false, () => {}],
    f_generator: [(_vm, f: Frame) => f.generator ?? null],
  },
});

export const tracebackType: PyType = defineType({
  name: "traceback",
  js: PyTraceback,
  subclassable: false,
  new: ["(tb_next, tb_frame, tb_lasti, tb_lineno)", (_vm: VM, _cls: PyType, next: Value, frame: Value, lasti: number, lineno: number) => new PyTraceback(next as PyTraceback | null, frame as Frame, lasti / 2, lineno)],
  getset: {
    tb_next: [(_vm, t: PyTraceback) => t.next, (_vm, t: PyTraceback, v) => void (t.next = (v ?? null) as PyTraceback | null)],
    tb_frame: [(_vm, t: PyTraceback) => t.frame],
    tb_lasti: [(_vm, t: PyTraceback) => t.lasti * 2],
    tb_lineno: [(_vm, t: PyTraceback) => t.lineno],
  },
});

// ---- modules ----------------------------------------------------------------------------------------------------------------------------------------

export const moduleType: PyType = defineType({
  name: "module",
  js: PyModule,
  hasDict: true,
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const m = new PyModule("?");
    if (cls !== moduleType) m.cls = cls;
    return m;
  }],
  init: ["($self, name, doc=None)", (_vm: VM, m: PyModule, name: Value, doc: Value = null) => {
    m.dict.setStr("__name__", name);
    m.dict.setStr("__doc__", doc);
    return null;
  }],
  slots: {
    getattribute: (vm, self, name) => {
      const m = self as PyModule;
      const own = m.dict.getStr(name);
      if (own !== undefined && name !== "__dict__" && name !== "__class__") return own;
      const v = genericGetAttr(vm, m, name);
      if (v !== undefined) return v;
      const hook = m.dict.getStr("__getattr__");
      if (hook !== undefined) return vm.call(hook, [name]);
      const title = m.dict.getStr("__name__");
      const partial = m.dict.getStr("__spec__");
      const initializing = partial instanceof PyAttrObject && ownAttr(partial, "_initializing") === true;
      throw attributeError(m, name, initializing ? `partially initialized module '${String(title)}' has no attribute '${name}' (most likely due to a circular import)` : `module '${String(title)}' has no attribute '${name}'`);
    },
    setattr: (_vm, self, name, v) => (self as PyModule).dict.setStr(name, v),
    delattr: (_vm, self, name) => {
      if (!(self as PyModule).dict.deleteStr(name)) throw attributeError(self, name);
    },
    repr: (vm, self) => {
      const d = (self as PyModule).dict;
      const file = d.getStr("__file__");
      const name = d.getStr("__name__") ?? "?";
      return `<module ${repr(vm, name)}${file != null ? ` from ${repr(vm, file)}` : d.getStr("__spec__") != null || name === "builtins" ? " (built-in)" : ""}>`;
    },
  },
  methods: { __dir__: ["($self, /)", (_vm: VM, m: PyModule) => new PyList(m.dict.keys())] },
  getset: {
    __dict__: [(_vm, m: PyModule) => m.dict],
    __annotations__: [(vm, m: PyModule) => {
      const own = m.dict.getStr("__annotations__");
      if (own !== undefined) return own;
      const annotate = m.dict.getStr("__annotate__");
      const d = annotate !== undefined && annotate !== null ? vm.call(annotate, [1]) : new PyDict();
      m.dict.setStr("__annotations__", d);
      return d;
    }],
  },
});
