/** Struct sequences: tuples whose items also have names (time.struct_time, os.stat_result, sys.version_info …). Some names may lie beyond the tuple. */
import { typeError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { collect } from "../objects/iterators.ts";
import { plainStr, repr, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type GetSetRow, type PyType } from "../objects/type.ts";
import { tupleType } from "../objects/tuple.ts";
import { PyTuple, type Value } from "../objects/values.ts";

export class PyStructSeq extends PyTuple {
  /** Fields beyond the tuple's items. */
  readonly hidden: readonly Value[];
  constructor(cls: PyType, items: readonly Value[], hidden: readonly Value[]) {
    super(items);
    this.cls = cls;
    this.hidden = hidden;
  }
  at(i: number): Value {
    return (i < this.items.length ? this.items[i] : this.hidden[i - this.items.length]) ?? null;
  }
}

export interface StructSeqSpec {
  readonly module: string;
  readonly name: string;
  readonly doc?: string;
  /** Names in order; "" for an item without a name. */
  readonly fields: readonly string[];
  /** How many of the fields are items of the tuple (default: all). */
  readonly visible?: number;
  /** Python code may construct it. */
  readonly constructible?: boolean;
}

export class StructSeqType {
  readonly type: PyType;
  private readonly spec: StructSeqSpec;
  private readonly visible: number;

  constructor(spec: StructSeqSpec) {
    this.spec = spec;
    this.visible = spec.visible ?? spec.fields.length;
    const named = spec.fields.slice(0, this.visible).filter((f) => f !== "");
    this.type = defineType({
      name: spec.name,
      module: spec.module,
      base: tupleType,
      doc: spec.doc ?? "",
      subclassable: spec.constructible ?? true,
      new: spec.constructible === false ? null : ["(sequence, dict={})", (vm: VM, cls: PyType, sequence: Value, dict: Value | undefined) => this.construct(vm, cls, sequence, dict)],
      slots: { repr: (vm, self) => this.text(vm, self as PyStructSeq) },
      methods: {
        __reduce__: ["($self, /)", (vm: VM, s: PyStructSeq) => this.reduce(vm, s)],
        __replace__: ["($self, /, **changes)", (_vm: VM, s: PyStructSeq, changes: ReadonlyMap<string, Value>) => this.replace(s, changes)],
      },
      getset: Object.fromEntries(spec.fields.map((f, i) => [f, [(_vm: VM, s: PyStructSeq) => s.at(i)] as GetSetRow] as const).filter(([f]) => f !== "")),
      attrs: {
        n_sequence_fields: this.visible,
        n_fields: spec.fields.length,
        n_unnamed_fields: spec.fields.filter((f) => f === "").length,
        __match_args__: new PyTuple(named),
      },
    });
  }

  /** An instance from the values of all fields. */
  make(values: readonly Value[]): PyStructSeq {
    return new PyStructSeq(this.type, values.slice(0, this.visible), values.slice(this.visible));
  }

  private construct(vm: VM, cls: PyType, sequence: Value, dict: Value | undefined): Value {
    const label = `${this.spec.module}.${this.spec.name}`;
    const s = typeOf(sequence).slot;
    if (!s.iter && !s.getitem) throw typeError("constructor requires a sequence");
    const items = collect(vm, sequence);
    const total = this.spec.fields.length;
    if (items.length < this.visible || items.length > total) throw wrongLength(label, this.visible, total, items.length);
    if (dict !== undefined && !(dict instanceof PyDict)) throw typeError(`${label}() takes a dict as second arg, if any`);
    const hidden = this.spec.fields.slice(this.visible).map((f, i) => items[this.visible + i] ?? dict?.getStr(f) ?? null);
    return new PyStructSeq(cls, items.slice(0, this.visible), hidden);
  }

  private text(vm: VM, s: PyStructSeq): string {
    const parts: string[] = [];
    // an item without a name is shown under the next name, as CPython does (os.stat_result)
    const names = this.spec.fields.filter((f) => f !== "");
    for (let i = 0; i < this.visible; i++) parts.push(`${names[i] ?? ""}=${repr(vm, s.at(i))}`);
    return `${this.spec.module}.${this.spec.name}(${parts.join(", ")})`;
  }

  private reduce(_vm: VM, s: PyStructSeq): Value {
    const d = new PyDict();
    this.spec.fields.slice(this.visible).forEach((f, i) => d.setStr(f, s.hidden[i] ?? null));
    return new PyTuple([s.cls, new PyTuple([new PyTuple(s.items), d])]);
  }

  private replace(s: PyStructSeq, changes: ReadonlyMap<string, Value>): Value {
    const unknown = [...changes.keys()].filter((k) => !this.spec.fields.includes(k));
    if (unknown.length) throw typeError(`Got unexpected field name(s): [${unknown.map((k) => `'${plainStr(k)}'`).join(", ")}]`);
    return this.make(this.spec.fields.map((f, i) => (changes.has(f) ? changes.get(f)! : s.at(i))));
  }
}

function wrongLength(label: string, min: number, max: number, got: number) {
  const wanted = min === max ? `a ${min}-sequence` : got < min ? `an at least ${min}-sequence` : `an at most ${max}-sequence`;
  return typeError(`${label}() takes ${wanted} (${got}-sequence given)`);
}

