/** sys: the interpreter seen from the program. */
import { newException, PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { writeError } from "../builtins/error-stream.ts";
import { PyDict } from "../objects/dict.ts";
import { PyNamespace } from "../objects/descriptors.ts";
import { PyList } from "../objects/list.ts";
import { intMaxStrDigits, setIntMaxStrDigits } from "../objects/int-text.ts";
import { needStr, plainInt, repr, setOwnAttr, toIndex, typeName } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyFrozenSet } from "../objects/set.ts";
import { defineType, PyType } from "../objects/type.ts";
import { PyAttrObject, PyBytes, PyFloat, PyTuple, type Value } from "../objects/values.ts";
import type { Frame } from "../vm/frame.ts";
import type { PyTraceback } from "../vm/traceback.ts";
import type { Interpreter } from "../vm/vm.ts";
import type { NativeModule } from "./native-module.ts";
import { NATIVE_MODULES } from "./registry.ts";
import { StructSeqType } from "./structseq.ts";

const VERSION = [3, 14, 0, "final", 0] as const;
const encoder = new TextEncoder();

/** A standard text stream over the host: writes go out when the host's buffer fills or at flush. */
class PyStdStream extends PyAttrObject {
  readonly fd: 0 | 1 | 2;
  private rest = "";
  constructor(fd: 0 | 1 | 2) {
    super();
    this.fd = fd;
  }

  write(vm: VM, text: string): void {
    if (this.fd === 2) vm.host.writeStderr(encoder.encode(text));
    else vm.host.writeStdout(encoder.encode(text));
  }

  /** One line with its end, "" at the end of the input; `all` reads everything. */
  read(vm: VM, all: boolean): string {
    const decoder = new TextDecoder();
    for (;;) {
      const nl = all ? -1 : this.rest.indexOf("\n");
      if (nl >= 0) {
        const line = this.rest.slice(0, nl + 1);
        this.rest = this.rest.slice(nl + 1);
        return line;
      }
      const chunk = vm.host.readStdin(65536);
      if (chunk.length === 0) {
        const last = this.rest;
        this.rest = "";
        return last;
      }
      this.rest += decoder.decode(chunk, { stream: true });
    }
  }
}

const NAMES = ["<stdin>", "<stdout>", "<stderr>"];
const streamType: PyType = defineType({
  name: "TextIOWrapper",
  module: "_io",
  js: PyStdStream,
  hasDict: true,
  slots: {
    iter: (_vm, self) => self,
    iternext: (vm, self) => (self as PyStdStream).read(vm, false) || undefined,
    repr: (_vm, self) => `<_io.TextIOWrapper name='${NAMES[(self as PyStdStream).fd]}' mode='${(self as PyStdStream).fd ? "w" : "r"}' encoding='utf-8'>`,
  },
  methods: {
    write: ["($self, text, /)", (vm: VM, s: PyStdStream, text: Value) => {
      const t = typeof text === "string" ? text : needText(text);
      s.write(vm, t);
      return t.length;
    }],
    writelines: ["($self, lines, /)", (vm: VM, s: PyStdStream, lines: Value) => {
      for (const l of vm.call(vm.builtins.getStr("list")!, [lines]) instanceof PyList ? (vm.call(vm.builtins.getStr("list")!, [lines]) as PyList).items : []) s.write(vm, needText(l));
      return null;
    }],
    flush: ["($self, /)", (vm: VM, s: PyStdStream) => {
      if (s.fd === 1) (vm as Interpreter).flush();
      return null;
    }],
    readline: ["($self, size=-1, /)", (vm: VM, s: PyStdStream) => s.read(vm, false)],
    read: ["($self, size=-1, /)", (vm: VM, s: PyStdStream) => s.read(vm, true)],
    readlines: ["($self, hint=-1, /)", (vm: VM, s: PyStdStream) => new PyList(s.read(vm, true).match(/[^\n]*\n|[^\n]+$/g) ?? [])],
    isatty: ["($self, /)", (vm: VM, s: PyStdStream) => vm.host.isTty?.(s.fd) ?? false],
    fileno: ["($self, /)", (_vm: VM, s: PyStdStream) => s.fd],
    readable: ["($self, /)", (_vm: VM, s: PyStdStream) => s.fd === 0],
    writable: ["($self, /)", (_vm: VM, s: PyStdStream) => s.fd !== 0],
    seekable: ["($self, /)", () => false],
    close: ["($self, /)", () => null],
    reconfigure: ["($self, **kwargs)", () => null],
    __enter__: ["($self, /)", (_vm: VM, s: PyStdStream) => s],
    __exit__: ["($self, *args)", () => null],
  },
  getset: {
    encoding: [() => "utf-8"],
    errors: [(_vm, s: PyStdStream) => (s.fd === 2 ? "backslashreplace" : "strict")],
    name: [(_vm, s: PyStdStream) => NAMES[s.fd]!],
    mode: [(_vm, s: PyStdStream) => (s.fd ? "w" : "r")],
    newlines: [() => null],
    closed: [() => false],
    line_buffering: [() => false],
    buffer: [(_vm, s: PyStdStream) => new PyStdBuffer(s)],
  },
});

/** The binary layer under a standard stream. */
class PyStdBuffer extends PyAttrObject {
  readonly stream: PyStdStream;
  constructor(stream: PyStdStream) {
    super();
    this.stream = stream;
  }
}
defineType({
  name: "BufferedWriter",
  module: "_io",
  js: PyStdBuffer,
  methods: {
    write: ["($self, data, /)", (vm: VM, b: PyStdBuffer, data: Value) => {
      const bytes = vm.call(PyBytes.prototype.cls, [data]) as PyBytes;
      if (b.stream.fd === 2) vm.host.writeStderr(bytes.data);
      else vm.host.writeStdout(bytes.data);
      return bytes.data.length;
    }],
    flush: ["($self, /)", (vm: VM) => {
      (vm as Interpreter).flush();
      return null;
    }],
    read: ["($self, size=-1, /)", (vm: VM, b: PyStdBuffer) => new PyBytes(encoder.encode(b.stream.read(vm, true)))],
    fileno: ["($self, /)", (_vm: VM, b: PyStdBuffer) => b.stream.fd],
  },
});

function needText(v: Value): string {
  return needStr(v, "write() argument");
}

function namespace(fields: Record<string, Value>): PyNamespace {
  const n = new PyNamespace();
  for (const [k, v] of Object.entries(fields)) setOwnAttr(n, k, v);
  return n;
}

const float = (x: number): PyFloat => new PyFloat(x);
const versionInfo = new StructSeqType({ module: "sys", name: "version_info", fields: ["major", "minor", "micro", "releaselevel", "serial"] });
const floatInfo = new StructSeqType({ module: "sys", name: "float_info", fields: ["max", "max_exp", "max_10_exp", "min", "min_exp", "min_10_exp", "dig", "mant_dig", "epsilon", "radix", "rounds"] });
const intInfo = new StructSeqType({ module: "sys", name: "int_info", fields: ["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"] });
const hashInfo = new StructSeqType({ module: "sys", name: "hash_info", fields: ["width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", "cutoff"] });
const flags = new StructSeqType({
  module: "sys", name: "flags",
  fields: ["debug", "inspect", "interactive", "optimize", "dont_write_bytecode", "no_user_site", "no_site", "ignore_environment", "verbose", "bytes_warning", "quiet", "hash_randomization", "isolated", "dev_mode", "utf8_mode", "warn_default_encoding", "safe_path", "int_max_str_digits", "gil", "thread_inherit_context", "context_aware_warnings"], visible: 18,
});

function excInfo(vm: VM): Value {
  const e = (vm as Interpreter).handled;
  return e === null ? new PyTuple([null, null, null]) : new PyTuple([e.cls, e, e.traceback]);
}

function frameAt(vm: VM, depth: number): Value {
  let f: Frame | null = vm.currentFrame();
  for (let i = 0; i < depth && f; i++) f = f.back;
  if (!f) throw valueError("call stack is not deep enough");
  return f;
}


const asyncGenHooks = new StructSeqType({ module: "sys", name: "asyncgen_hooks", fields: ["firstiter", "finalizer"], constructible: false });

export const sys: NativeModule = {
  name: "sys",
  doc: "Parameters and functions of the interpreter.",
  functions: {
    exit: ["(status=None, /)", (_vm: VM, status: Value = null) => {
      throw newException("SystemExit", ...(status === null ? [] : [status]));
    }],
    exc_info: ["()", (vm: VM) => excInfo(vm)],
    exception: ["()", (vm: VM) => (vm as Interpreter).handled],
    getrecursionlimit: ["()", (vm: VM) => (vm as Interpreter).recursionLimit],
    setrecursionlimit: ["(limit, /)", (vm: VM, limit: Value) => {
      const n = Number(toIndex(vm, limit));
      if (n < 1) throw valueError("recursion limit must be greater or equal than 1");
      (vm as Interpreter).recursionLimit = n;
      return null;
    }],
    getsizeof: ["(object, default=None, /)", (vm: VM, o: Value) => {
      if (typeof o === "number") return o === 0 ? 28 : 24 + 4 * Math.ceil((Math.floor(Math.log2(Math.abs(o))) + 1) / 30);
      if (typeof o === "string") return 41 + o.length;
      if (o instanceof PyList) return 56 + 8 * o.items.length;
      if (o instanceof PyTuple) return 40 + 8 * o.items.length;
      return vm.call(vm.builtins.getStr("int")!, [48]);
    }],
    intern: ["(string, /)", (_vm: VM, s: Value) => s],
    getdefaultencoding: ["()", () => "utf-8"],
    getfilesystemencoding: ["()", () => "utf-8"],
    getfilesystemencodeerrors: ["()", () => "surrogateescape"],
    getrefcount: ["(object, /)", () => 2],
    _getframe: ["(depth=0, /)", (vm: VM, depth: number | undefined) => frameAt(vm, depth ?? 0)],
    _getframemodulename: ["(depth=0)", (vm: VM, depth: number | undefined) => (frameAt(vm, depth ?? 0) as Frame).globals.getStr("__name__") ?? null],
    displayhook: ["(object, /)", (vm: VM, o: Value) => {
      if (o === null) return null;
      vm.builtins.setStr("_", o);
      vm.host.writeStdout(encoder.encode(`${repr(vm, o)}\n`));
      return null;
    }],
    excepthook: ["(exctype, value, traceback, /)", (vm: VM, _t: Value, v: Value, tb: Value) => {
      if (!(v instanceof PyBaseException)) throw typeError(`print_exception(): Exception expected for value, ${typeName(v)} found`);
      if (v.traceback === null) v.traceback = tb as PyTraceback | null;
      writeError(vm, (vm as Interpreter).formatException(v));
      return null;
    }],
    unraisablehook: ["(unraisable, /)", () => null],
    settrace: ["(function, /)", () => null],
    gettrace: ["()", () => null],
    setprofile: ["(function, /)", () => null],
    getprofile: ["()", () => null],
    audit: ["(event, /, *args)", () => null],
    addaudithook: ["(hook)", () => null],
    is_finalizing: ["()", () => false],
    getswitchinterval: ["()", () => float(0.005)],
    setswitchinterval: ["(interval, /)", () => null],
    get_int_max_str_digits: ["()", (vm: VM) => intMaxStrDigits(vm)],
    set_int_max_str_digits: ["(maxdigits)", (vm: VM, n: Value) => {
      const v = plainInt(n) as number;
      if (v !== 0 && v < 640) throw valueError("maxdigits must be >= 640 or 0 for unlimited");
      setIntMaxStrDigits(vm, v);
      return null;
    }],
    get_asyncgen_hooks: ["()", (vm: VM) => asyncGenHooks.make([(vm as Interpreter).asyncGenHooks.firstiter, (vm as Interpreter).asyncGenHooks.finalizer])],
    set_asyncgen_hooks: ["(firstiter=None, finalizer=None)", (vm: VM, first: Value | undefined, final: Value | undefined) => {
      const h = (vm as Interpreter).asyncGenHooks;
      if (first !== undefined) h.firstiter = first;
      if (final !== undefined) h.finalizer = final;
      return null;
    }],
    get_coroutine_origin_tracking_depth: ["()", () => 0],
    set_coroutine_origin_tracking_depth: ["(depth)", () => null],
    _get_cpu_count_config: ["()", () => -1],
    _clear_type_descriptors: ["(type, /)", (_vm: VM, t: Value) => {
      if (t instanceof PyType) for (const n of ["__dict__", "__weakref__"]) t.attrs.delete(n);
      return null;
    }],
    _is_gil_enabled: ["()", () => true],
    _clear_type_cache: ["()", () => null],
  },
  values: (vm) => {
    const out = new PyStdStream(1);
    const err = new PyStdStream(2);
    const input = new PyStdStream(0);
    const version = versionInfo.make([...VERSION]);
    return {
      modules: vm.modules,
      argv: new PyList([...vm.host.argv]),
      orig_argv: new PyList([...vm.host.argv]),
      path: new PyList([]),
      meta_path: new PyList([]), path_hooks: new PyList([]), path_importer_cache: new PyDict(),
      version: "3.14.0 (tspy) [TypeScript]",
      version_info: version,
      hexversion: 0x030e00f0,
      api_version: 1013,
      copyright: "Copyright (c) 2026 the tspy authors",
      implementation: namespace({ name: "cpython", version, hexversion: 0x030e00f0, cache_tag: "tspy-314", _multiarch: "x86_64-linux-gnu", supports_isolated_interpreters: false }),
      platform: "linux", byteorder: "little", maxsize: 9223372036854775807n, maxunicode: 0x10ffff,
      float_repr_style: "short", executable: "tspy", _base_executable: "tspy", prefix: "/usr", base_prefix: "/usr", exec_prefix: "/usr", base_exec_prefix: "/usr", platlibdir: "lib",
      float_info: floatInfo.make([float(Number.MAX_VALUE), 1024, 308, float(2.2250738585072014e-308), -1021, -307, 15, 53, float(Number.EPSILON), 2, 1]),
      int_info: intInfo.make([30, 4, 4300, 640]),
      hash_info: hashInfo.make([64, 2305843009213693951n, 314159, 0, 1000003, "siphash13", 64, 128, 0]),
      flags: flags.make([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, false, 1, 0, false, 4300, 1, 0, 0]),
      thread_info: new PyTuple(["pthread", null, null]),
      warnoptions: new PyList([]), _xoptions: new PyDict(), dont_write_bytecode: true, pycache_prefix: null, tracebacklimit: 1000,
      builtin_module_names: new PyTuple(["builtins", ...NATIVE_MODULES.keys()].sort()), stdlib_module_names: new PyFrozenSet(),
      stdout: out, stderr: err, stdin: input, __stdout__: out, __stderr__: err, __stdin__: input,
      last_exc: null, _git: new PyTuple(["CPython", "", ""]), abiflags: "",
    };
  },
  init: (vm, m) => {
    m.dict.deleteStr("last_exc");
    m.dict.deleteStr("tracebacklimit");
    for (const n of ["displayhook", "excepthook", "unraisablehook"]) m.dict.setStr(`__${n}__`, m.dict.getStr(n)!);
    void vm;
    void streamType;
  },
};
