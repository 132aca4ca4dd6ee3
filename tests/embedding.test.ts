/** The embedding API: values both ways, streams, errors, limits, and that two interpreters see nothing of each other. */
import { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createInterpreter, float, PythonError, type PythonInterpreter, type PythonObject, TimeLimitError } from "../src/index.ts";

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (e) {
    return e;
  }
  throw new Error("nothing was thrown");
}

function pythonError(run: () => unknown): PythonError {
  const e = caught(run);
  if (!(e instanceof PythonError)) throw e;
  return e;
}

// ---- values ---------------------------------------------------------------------------------------------------------------------------------

test("values to JavaScript", () => {
  const py = createInterpreter();
  const cases: [string, unknown][] = [
    ["None", null],
    ["True", true],
    ["3", 3],
    ["-2**53 - 1", -(2n ** 53n) - 1n],
    ["2.5", 2.5],
    ["'né'", "né"],
    ["b'ab'", new Uint8Array([97, 98])],
    ["bytearray(b'c')", new Uint8Array([99])],
    ["[1, [2.0]]", [1, [2]]],
    ["(1, 2)", [1, 2]],
    ["{'a': 1}", { a: 1 }],
    ["{1: 'x'}", new Map([[1, "x"]])],
    ["{1, 2}", new Set([1, 2])],
    ["frozenset({1})", new Set([1])],
    ["{}", {}],
  ];
  for (const [source, value] of cases) assert.equal(py.eval(source), value, source);
});

test("values to Python", () => {
  const py = createInterpreter();
  const cases: [unknown, string][] = [
    [null, "None"],
    [undefined, "None"],
    [false, "False"],
    [7, "7"],
    [2n ** 70n, "1180591620717411303424"],
    [5n, "5"],
    [1.5, "1.5"],
    [-0, "-0.0"],
    [float(2), "2.0"],
    [Number.NaN, "nan"],
    [1e300, "1e+300"],
    ["é\n", "'é\\n'"],
    [new Uint8Array([0, 255]), "b'\\x00\\xff'"],
    [[1, [2]], "[1, [2]]"],
    [{ a: [1] }, "{'a': [1]}"],
    [
      new Map<unknown, unknown>([
        [1, 2],
        ["k", null],
      ]),
      "{1: 2, 'k': None}",
    ],
    [new Set(["s"]), "{'s'}"],
    [Object.create(null), "{}"],
  ];
  for (const [value, text] of cases) {
    py.set("v", value);
    assert.is(py.eval("repr(v)"), text);
  }
  assert.match(pythonError(() => py.set("v", new Date())).message, "no Python value for a Date");
  assert.is(pythonError(() => py.set("v", Symbol("s"))).type, "TypeError");
});

test("shared parts and cycles keep their form", () => {
  const py = createInterpreter();
  const a: unknown[] = [1];
  a.push(a, a);
  py.set("a", a);
  assert.is(py.eval("a[1] is a and a[2] is a"), true);
  const back = py.get("a") as unknown[];
  assert.is(back[1], back);
});

test("globals: get, set, has, delete", () => {
  const py = createInterpreter({ globals: { x: 1, names: ["a"] } });
  py.run("y = x + 1\nnames.append('b')");
  assert.is(py.get("y"), 2);
  assert.equal(py.get("names"), ["a", "b"]);
  assert.is(py.get("z"), undefined);
  assert.ok(py.has("y"));
  assert.ok(py.delete("y"));
  assert.not(py.has("y"));
  assert.not(py.delete("y"));
});

test("functions go both ways and come back as themselves", () => {
  const seen: unknown[] = [];
  const log = (...args: unknown[]): number => seen.push(args);
  const py = createInterpreter({ functions: { log, add: (a: number, b: number) => a + b } });
  py.run("import host\nr = host.add(2, 3)\nlog(1, 'two', k=[3])\ndef twice(f, x):\n    return f(f(x))");
  assert.is(py.get("r"), 5);
  assert.equal(seen, [[1, "two", { k: [3] }]]);
  assert.is(
    py.call("twice", (x: number) => x * 10, 4),
    400,
  );
  const twice = py.get("twice") as (f: unknown, x: unknown) => unknown;
  assert.is(twice.name, "twice");
  assert.is(
    twice((s: string) => `${s}!`, "a"),
    "a!!",
  );
  py.set("same", twice);
  assert.is(py.eval("same is twice"), true);
  assert.is(py.get("log"), log);
  assert.is(py.eval("log.__name__"), "log");
});

test("other objects go by reference", () => {
  const py = createInterpreter();
  py.run(
    "class P:\n    def __init__(self, x): self.x = x\n    def scaled(self, k=2): return P(self.x * k)\n    def __repr__(self): return f'P({self.x})'\np = P(3)",
  );
  const p = py.get("p") as PythonObject;
  assert.is(p.type, "P");
  assert.is(String(p), "P(3)");
  assert.is(p.get("x"), 3);
  p.set("x", 5);
  assert.is((p.invoke("scaled") as PythonObject).repr(), "P(10)");
  assert.is(((py.get("P") as PythonObject).call(7) as PythonObject).get("x"), 7);
  py.set("q", p);
  assert.is(py.eval("q is p"), true);
  assert.is(py.import("math").get("pi"), Math.PI);
  assert.is(py.import("os.path").invoke("join", "a", "b"), "a/b");
});

// ---- streams, arguments, environment -------------------------------------------------------------------------------------------------------------

test("streams, arguments and environment are the application's", () => {
  let out = "";
  let err = "";
  const lines = ["first\n", "zweite Zeile é\n"];
  const py = createInterpreter({
    stdout: (s) => (out += s),
    stderr: (s) => (err += s),
    stdin: () => lines.shift(),
    args: ["prog", "-x"],
    env: { NAME: "value" },
  });
  py.run("import sys, os\nprint(input(), input(), sys.argv, os.environ.get('NAME'), os.environ.get('PATH'))\nprint('e', file=sys.stderr)");
  assert.is(out, "first zweite Zeile é ['prog', '-x'] value None\n");
  assert.is(err, "e\n");
  assert.is(pythonError(() => py.run("input()")).type, "EOFError");
});

test("stdin as text", () => {
  const py = createInterpreter({ stdin: "1 2\n3\n" });
  assert.equal(py.eval("[int(x) for x in (input() + ' ' + input()).split()]"), [1, 2, 3]);
});

// ---- errors -----------------------------------------------------------------------------------------------------------------------------------

test("an uncaught exception is a PythonError with its traceback", () => {
  const py = createInterpreter();
  const e = pythonError(() => py.run("def f(x):\n    return 1 / x\nf(0)", "app.py"));
  assert.is(e.type, "ZeroDivisionError");
  assert.is(e.message, "division by zero");
  assert.match(e.traceback, /^Traceback \(most recent call last\):\n {2}File "app\.py", line 3, in <module>/);
  assert.match(e.traceback, /line 2, in f\n[\s\S]*ZeroDivisionError: division by zero\n$/);
  assert.is(py.eval("1 + 1"), 2);
});

test("syntax errors, names, exit", () => {
  const py = createInterpreter();
  assert.is(pythonError(() => py.run("x = = 1")).type, "SyntaxError");
  assert.is(pythonError(() => py.call("nothing")).message, "name 'nothing' is not defined");
  const exit = pythonError(() => py.run("raise SystemExit(3)"));
  assert.is(exit.type, "SystemExit");
  assert.is(exit.value.get("code"), 3);
  py.run("class Own(Exception): pass");
  assert.is(pythonError(() => py.run("raise Own")).type, "Own");
  assert.is(pythonError(() => py.run("import json\njson.loads('[')")).type, "json.decoder.JSONDecodeError");
});

test("errors of injected functions are RuntimeErrors that keep their cause; Python's pass through", () => {
  const cause = new RangeError("too far");
  const py: PythonInterpreter = createInterpreter({
    functions: {
      fails: () => {
        throw cause;
      },
      calls: (f: () => unknown) => f(),
    },
  });
  const e = pythonError(() => py.run("fails()"));
  assert.is(e.type, "RuntimeError");
  assert.is(e.message, "RangeError: too far");
  assert.is(e.cause, cause);
  py.run("def boom(): raise KeyError('k')\ntry:\n    calls(boom)\nexcept KeyError as e:\n    kept = e.args[0]");
  assert.is(py.get("kept"), "k");
});

test("deep recursion is a RecursionError, and the interpreter goes on", () => {
  const py = createInterpreter();
  assert.is(pythonError(() => py.run("def f(): f()\nf()")).type, "RecursionError");
  assert.is(py.eval("sum(range(10))"), 45);
});

// ---- limits -----------------------------------------------------------------------------------------------------------------------------------

test("an infinite loop meets the time limit, which no except clause stops", () => {
  const py = createInterpreter({ timeLimit: 150, jit: "eager" });
  const programs = [
    "while True: pass",
    "def f():\n    x = 0\n    while True: x = (x + 1) % 1000\nf()",
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n    finally: pass",
    "def f():\n    while True: yield 1\nfor x in f(): pass",
    "import time\ntime.sleep(60)",
  ];
  for (const source of programs) {
    const start = performance.now();
    assert.instance(
      caught(() => py.run(source)),
      TimeLimitError,
      source,
    );
    assert.ok(performance.now() - start < 5000);
  }
  assert.is(py.eval("6 * 7"), 42);
});

test("the limit holds through host functions", () => {
  const py: PythonInterpreter = createInterpreter({ timeLimit: 100, functions: { again: () => py.run("while True: pass") } });
  assert.instance(
    caught(() => py.run("try:\n    again()\nexcept BaseException: pass")),
    TimeLimitError,
  );
});

test("an interrupt from another thread is a KeyboardInterrupt", () => {
  const interrupt = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    "require('node:worker_threads').workerData[0] = 0; setTimeout(() => Atomics.store(require('node:worker_threads').workerData, 0, 2), 100)",
    {
      eval: true,
      workerData: interrupt,
    },
  );
  const py = createInterpreter({ interrupt });
  assert.is(pythonError(() => py.run("while True: pass")).type, "KeyboardInterrupt");
  assert.is(interrupt[0], 0);
  void worker.terminate();
});

// ---- modules ------------------------------------------------------------------------------------------------------------------------------------

test("modules that the application supplies", () => {
  const sources: Record<string, string> = { tool: "def f(): return __file__\n", "pkg.inner": "from . import NAME\nvalue = NAME + '!'\n" };
  const py = createInterpreter({
    moduleLoader: (name) =>
      name === "pkg" ? { source: "NAME = __name__", filename: "/app/pkg/__init__.py", isPackage: true } : sources[name],
  });
  assert.is(py.import("tool").invoke("f"), "<tool>");
  py.run("from pkg.inner import value");
  assert.is(py.get("value"), "pkg!");
  assert.is(pythonError(() => py.run("import missing")).type, "ModuleNotFoundError");
});

test("atexit functions run when the interpreter closes", () => {
  let out = "";
  const py = createInterpreter({ stdout: (s) => (out += s) });
  py.run("import atexit\natexit.register(print, 'bye')");
  assert.is(out, "");
  py.close();
  assert.is(out, "bye\n");
});

// ---- two interpreters -----------------------------------------------------------------------------------------------------------------------------

/** Each changes what programs can change, then the other is asked about it. */
const PRIVATE: readonly (readonly [what: string, change: string, ask: string])[] = [
  ["globals", "x = 1", "'x' in globals()"],
  ["modules", "import sys; sys.modules['mine'] = sys", "'mine' in __import__('sys').modules"],
  ["attributes of modules", "import math; math.mine = 1", "hasattr(__import__('math'), 'mine')"],
  ["attributes of source modules", "import string; string.digits = ''", "__import__('string').digits == ''"],
  ["builtins", "import builtins; builtins.mine = 1; builtins.len = None", "len is None or hasattr(__import__('builtins'), 'mine')"],
  [
    "subclasses of built-in types",
    "class Mine(dict): pass\nclass MineToo(Exception): pass",
    "any(c.__name__ in ('Mine', 'MineToo') for t in (dict, object, Exception) for c in t.__subclasses__())",
  ],
  ["sys.path", "import sys; sys.path.append('/mine')", "'/mine' in __import__('sys').path"],
  ["the environment", "import os; os.environ['MINE'] = '1'; os.putenv('MINE', '1')", "'MINE' in __import__('os').environ"],
  ["the recursion limit", "import sys; sys.setrecursionlimit(77)", "__import__('sys').getrecursionlimit() == 77"],
  [
    "codecs",
    "import codecs; codecs.register(lambda n: codecs.lookup('ascii') if n == 'mine' else None); codecs.register_error('mine', lambda e: ('', e.end))",
    "[f for f in (lambda: 'a'.encode('mine'), lambda: __import__('codecs').lookup_error('mine')) if not raises(f)] != []",
  ],
  [
    "warnings",
    "import warnings; warnings.simplefilter('error')",
    "__import__('warnings').filters[:1] and __import__('warnings').filters[0][0] == 'error'",
  ],
  [
    "context variables",
    "import contextvars; v = contextvars.ContextVar('v'); v.set(1)",
    "len(__import__('contextvars').copy_context()) > 0",
  ],
  ["atexit", "import atexit; atexit.register(print, 'mine')", "__import__('atexit')._ncallbacks() > 0"],
  [
    "ABC registration",
    "import collections.abc\nclass R: pass\ncollections.abc.Sized.register(int)",
    "isinstance(1, __import__('collections.abc').abc.Sized)",
  ],
  ["classes of ast", "import ast; ast.Name.mine = 1", "hasattr(__import__('ast').Name, 'mine')"],
  ["copyreg", "import copyreg; copyreg.pickle(complex, None.__class__)", "__import__('copyreg').dispatch_table.get(complex) is type(None)"],
  ["the digit limit", "import sys; sys.set_int_max_str_digits(700)", "__import__('sys').get_int_max_str_digits() == 700"],
  [
    "numpy's settings",
    "import numpy; numpy.set_printoptions(precision=2); numpy.seterr(all='raise'); numpy.mine = 1",
    "hasattr(__import__('numpy'), 'mine') or __import__('numpy').geterr()['over'] == 'raise' or __import__('numpy').get_printoptions()['precision'] == 2",
  ],
];

for (const [what, change, ask] of PRIVATE) {
  test(`private: ${what}`, () => {
    const helper = "def raises(f):\n    try: f()\n    except LookupError: return True\n    return False\n";
    const a = createInterpreter();
    const b = createInterpreter();
    for (const py of [a, b]) py.run(helper);
    assert.not(b.eval(ask), "before");
    a.run(change);
    assert.ok(a.eval(ask), "where it was changed");
    assert.not(b.eval(ask), "in the other");
    const later = createInterpreter();
    later.run(helper);
    assert.not(later.eval(ask), "in a later one");
  });
}

test("random numbers: one's seed does not steer the other's", () => {
  const a = createInterpreter();
  const b = createInterpreter();
  a.run("import random; random.seed(1)");
  b.run("import random; random.seed(1)");
  const first = a.eval("random.random()");
  a.eval("[random.random() for _ in range(5)]");
  assert.is(b.eval("random.random()"), first);
});

test("a function of one interpreter can be called by another", () => {
  const a = createInterpreter();
  const b = createInterpreter();
  a.run("def f(): return __name__ + str(len(__import__('sys').modules))");
  const f = a.get("f") as () => string;
  b.set("f", f);
  assert.is(b.call("f"), f());
});

test.run();
