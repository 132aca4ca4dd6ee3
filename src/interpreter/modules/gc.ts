/** Module gc. Memory is JavaScript's business: collecting ends the objects whose end can be seen, the settings are remembered. */
import { getBuffer } from "../objects/buffer.ts";
import { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { PySetBase } from "../objects/set.ts";
import { toSsize } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { PyObject, PyTuple, type Value } from "../objects/values.ts";
import type { Interpreter } from "../vm/vm.ts";
import type { NativeModule } from "./native-module.ts";

interface Settings {
  enabled: boolean;
  thresholds: readonly Value[];
  debug: number;
}

const SETTINGS = Symbol("gc");

function settings(vm: VM): Settings {
  let s = vm.state.get(SETTINGS) as Settings | undefined;
  if (!s) vm.state.set(SETTINGS, (s = { enabled: true, thresholds: [2000, 10, 0], debug: 0 }));
  return s;
}

function referents(_vm: VM, objects: Value[]): Value {
  const out: Value[] = [];
  for (const o of objects) {
    if (o instanceof PyList || o instanceof PyTuple) out.push(...o.items);
    else if (o instanceof PyDict) for (const e of o.entries()) out.push(e.key, e.value);
    else if (o instanceof PySetBase) out.push(...o.items());
  }
  return new PyList(out);
}

/** Containers and instances; not numbers, text and the like. */
function isTracked(_vm: VM, v: Value): Value {
  return v instanceof PyObject && getBuffer(v) === undefined && (v instanceof PyList || v instanceof PyDict || v instanceof PyTuple || !v.cls.native);
}

export const gc: NativeModule = {
  name: "gc",
  doc: "The garbage collector's interface.",
  functions: {
    enable: ["()", (vm: VM) => ((settings(vm).enabled = true), null)],
    disable: ["()", (vm: VM) => ((settings(vm).enabled = false), null)],
    isenabled: ["()", (vm: VM) => settings(vm).enabled],
    collect: ["(generation=2)", (vm: VM) => ((vm as Interpreter).finalizer.collect(), 0)],
    get_count: ["()", () => new PyTuple([0, 0, 0])],
    get_threshold: ["()", (vm: VM) => new PyTuple(settings(vm).thresholds)],
    set_threshold: [
      "(threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)",
      (vm: VM, a: Value, b: Value | undefined, c: Value | undefined) => {
        const s = settings(vm);
        s.thresholds = [a, b ?? s.thresholds[1]!, c ?? s.thresholds[2]!];
        return null;
      },
    ],
    get_debug: ["()", (vm: VM) => settings(vm).debug],
    set_debug: ["(flags, /)", (vm: VM, flags: Value) => ((settings(vm).debug = toSsize(vm, flags)), null)],
    get_objects: ["(generation=None)", () => new PyList([])],
    get_referrers: ["(*objs)", () => new PyList([])],
    get_referents: ["(*objs)", referents],
    get_stats: [
      "()",
      () => {
        const one = () => {
          const d = new PyDict();
          for (const k of ["collections", "collected", "uncollectable"]) d.setStr(k, 0);
          return d;
        };
        return new PyList([one(), one(), one()]);
      },
    ],
    is_tracked: ["(obj, /)", isTracked],
    is_finalized: ["(obj, /)", () => false],
    freeze: ["()", () => null],
    unfreeze: ["()", () => null],
    get_freeze_count: ["()", () => 0],
  },
  values: () => ({
    garbage: new PyList([]), callbacks: new PyList([]), DEBUG_STATS: 1, DEBUG_COLLECTABLE: 2, DEBUG_UNCOLLECTABLE: 4, DEBUG_SAVEALL: 32, DEBUG_LEAK: 38,
  }),
};
