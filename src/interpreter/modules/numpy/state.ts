/** np.errstate, np.seterr, print options: state of one interpreter, with context managers. Source: NumPy reference "numpy.errstate". */
import { typeError } from "../../builtins/exceptions.ts";
import { PyDict } from "../../objects/dict.ts";
import { wrapFunction } from "./decorate.ts";
import type { VM } from "../../objects/runtime.ts";
import { defineType, type NativeRow, type PyType } from "../../objects/type.ts";
import { PyAttrObject, type Value } from "../../objects/values.ts";
import type { Optional } from "./args.ts";
import { asArray } from "./convert.ts";
import { changed, FP_KINDS, type FpState, fpState, setFpState } from "./fp-state.ts";
import { array2string, arrayRepr, arrayStr, changedOptions, type PrintOptions, printOptions, setPrintOptions } from "./print.ts";

function modesDict(s: FpState): PyDict {
  const d = new PyDict();
  for (const k of FP_KINDS) d.setStr(k, s.modes[k]);
  return d;
}

function seterr(vm: VM, all?: Value, divide?: Value, over?: Value, under?: Value, invalid?: Value): Value {
  const old = fpState(vm);
  setFpState(vm, changed(old, all, { divide, over, under, invalid }));
  return modesDict(old);
}

function seterrcall(vm: VM, fn: Value): Value {
  const old = fpState(vm);
  setFpState(vm, { ...old, call: fn });
  return old.call;
}

/** with np.errstate(…): the state inside, and the one to go back to. */
class PyErrState extends PyAttrObject {
  readonly change: (s: FpState) => FpState;
  saved: FpState | undefined = undefined;
  constructor(change: (s: FpState) => FpState) {
    super();
    this.change = change;
  }
}

function enterErrState(vm: VM, e: PyErrState): Value {
  if (e.saved) throw typeError("Cannot enter `np.errstate` twice.");
  e.saved = fpState(vm);
  setFpState(vm, e.change(e.saved));
  return null;
}

function leaveErrState(vm: VM, e: PyErrState): Value {
  if (e.saved) setFpState(vm, e.saved);
  e.saved = undefined;
  return null;
}

export const errStateType: PyType = defineType({
  name: "errstate",
  module: "numpy",
  js: PyErrState,
  doc: "Context manager for floating-point error handling.",
  new: [
    "(*, call=None, all=None, divide=None, over=None, under=None, invalid=None)",
    (_vm: VM, _cls: PyType, call: Optional, all: Optional, divide: Optional, over: Optional, under: Optional, invalid: Optional) => {
      const kinds = { divide, over, under, invalid };
      changed(fpState(_vm), all, kinds);
      return new PyErrState((s) => ({ ...changed(s, all, kinds), call: call === undefined ? s.call : call }));
    },
  ],
  slots: { call: (vm, self, args) => wrapFunction(args[0]!, (run) => within(vm, self as PyErrState, run)) },
  methods: {
    __enter__: ["($self, /)", enterErrState],
    __exit__: ["($self, /, *exc)", leaveErrState],
  },
});

/** Runs a call of a decorated function inside the state. */
function within(vm: VM, e: PyErrState, run: () => Value): Value {
  const saved = fpState(vm);
  setFpState(vm, e.change(saved));
  try {
    return run();
  } finally {
    setFpState(vm, saved);
  }
}

// ---- print options ----------------------------------------------------------------------------------------------------------------------------

const OPTION_PARAMS = "precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None, nanstr=None, infstr=None, formatter=None, sign=None, floatmode=None, *, legacy=None, override_repr=None";
const OPTION_NAMES = ["precision", "threshold", "edgeitems", "linewidth", "suppress", "nanstr", "infstr", "formatter", "sign", "floatmode"] as const;

function changesOf(values: readonly Optional[]): Map<string, Value> {
  const changes = new Map<string, Value>();
  OPTION_NAMES.forEach((name, i) => {
    const v = values[i];
    if (v !== undefined && v !== null) changes.set(name, v);
  });
  return changes;
}

function setPrintOptionsFunction(vm: VM, ...values: Optional[]): Value {
  setPrintOptions(vm, changedOptions(vm, printOptions(vm), changesOf(values)));
  return null;
}

function getPrintOptions(vm: VM): Value {
  const o = printOptions(vm);
  const d = new PyDict();
  for (const name of ["edgeitems", "threshold", "floatmode", "precision", "suppress", "linewidth", "nanstr", "infstr", "sign", "formatter"] as const) d.setStr(name, o[name]);
  d.setStr("legacy", false);
  d.setStr("override_repr", null);
  return d;
}

class PyPrintOptions extends PyAttrObject {
  readonly changes: ReadonlyMap<string, Value>;
  saved: PrintOptions | undefined = undefined;
  constructor(changes: ReadonlyMap<string, Value>) {
    super();
    this.changes = changes;
  }
}

export const printOptionsType: PyType = defineType({
  name: "printoptions",
  module: "numpy",
  js: PyPrintOptions,
  doc: "Context manager for print options.",
  new: [`(${OPTION_PARAMS})`, (_vm: VM, _cls: PyType, ...values: Optional[]) => new PyPrintOptions(changesOf(values))],
  methods: {
    __enter__: [
      "($self, /)",
      (vm: VM, p: PyPrintOptions) => {
        p.saved = printOptions(vm);
        setPrintOptions(vm, changedOptions(vm, p.saved, p.changes));
        return getPrintOptions(vm);
      },
    ],
    __exit__: [
      "($self, /, *exc)",
      (vm: VM, p: PyPrintOptions) => {
        if (p.saved) setPrintOptions(vm, p.saved);
        return null;
      },
    ],
  },
});

const ARRAY_TEXT = "max_line_width=None, precision=None, suppress_small=None";

function optionsFor(vm: VM, width: Optional, precision: Optional, suppress: Optional): PrintOptions {
  const base = printOptions(vm);
  return changedOptions(vm, base, changesOf([precision, undefined, undefined, width, suppress, undefined, undefined, base.formatter]));
}

function array2stringFunction(
  vm: VM, v: Value, width?: Value, precision?: Value, suppress?: Value, separator?: Value, prefix?: Value, formatter?: Value, threshold?: Value, edgeitems?: Value, sign?: Value,
  floatmode?: Value, suffix?: Value,
): Value {
  const o = changedOptions(vm, printOptions(vm), changesOf([precision, threshold, edgeitems, width, suppress, undefined, undefined, formatter ?? printOptions(vm).formatter, sign, floatmode]));
  return array2string(vm, asArray(vm, v), o, (separator ?? " ") as string, (prefix ?? "") as string, (suffix ?? "") as string);
}

export const STATE_FUNCTIONS: Record<string, NativeRow> = {
  seterr: ["(all=None, divide=None, over=None, under=None, invalid=None)", seterr, "Sets how floating-point errors are handled."],
  geterr: ["()", (vm: VM) => modesDict(fpState(vm)), "How floating-point errors are handled."],
  seterrcall: ["(func)", seterrcall, "Sets the function of mode call."],
  geterrcall: ["()", (vm: VM) => fpState(vm).call, "The function of mode call."],
  set_printoptions: [`(${OPTION_PARAMS})`, setPrintOptionsFunction, "Sets print options."],
  get_printoptions: ["()", getPrintOptions, "The print options."],
  array2string: [
    "(a, max_line_width=None, precision=None, suppress_small=None, separator=' ', prefix='', *, formatter=None, threshold=None, edgeitems=None, sign=None, floatmode=None, suffix='', legacy=None)",
    array2stringFunction,
    "Text of an array.",
  ],
  array_repr: [
    `(arr, ${ARRAY_TEXT})`,
    (vm: VM, v: Value, w: Optional, p: Optional, s: Optional) => arrayRepr(vm, asArray(vm, v), optionsFor(vm, w, p, s)),
    "repr() of an array.",
  ],
  array_str: [
    `(a, ${ARRAY_TEXT})`,
    (vm: VM, v: Value, w: Optional, p: Optional, s: Optional) => {
      const a = asArray(vm, v);
      return a.ndim === 0 ? arrayStr(vm, a) : array2string(vm, a, optionsFor(vm, w, p, s));
    },
    "str() of an array.",
  ],
};

