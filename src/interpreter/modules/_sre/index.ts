/** Module _sre: what the re package calls to turn code words into patterns. */
import { typeError } from "../../builtins/exceptions.ts";
import { PyDict } from "../../objects/dict.ts";
import { PyList } from "../../objects/list.ts";
import { plainInt, toIndex } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import { PyTuple, type Value } from "../../objects/values.ts";
import type { NativeModule } from "../native-module.ts";
import { asciiLower, unicodeLower, unicodeUpper } from "./charset.ts";
import { makeTemplate } from "./match.ts";
import { CODESIZE, FLAG, MAGIC, MAXGROUPS, MAXREPEAT } from "./opcodes.ts";
import { PyPattern } from "./pattern.ts";

function compile(vm: VM, pattern: Value, flags: Value, code: Value, groups: Value, groupindex: Value, indexgroup: Value): Value {
  if (!(code instanceof PyList && groupindex instanceof PyDict && indexgroup instanceof PyTuple)) throw typeError("compile() arguments of the wrong types");
  const words = code.items.map((w) => Number(plainInt(w) ?? 0));
  return new PyPattern(pattern, Number(toIndex(vm, flags)), words, Number(toIndex(vm, groups)), groupindex, indexgroup.items);
}

const character = (vm: VM, v: Value): number => Number(toIndex(vm, v));

const isAsciiLetter = (c: number): boolean => (c >= 65 && c <= 90) || (c >= 97 && c <= 122);

export const _sre: NativeModule = {
  name: "_sre",
  doc: "The engine under module re.",
  functions: {
    compile: ["(pattern, flags, code, groups, groupindex, indexgroup)", compile, "A pattern from code words."],
    template: [
      "(pattern, template, /)",
      (_vm: VM, _pattern: Value, template: Value) => {
        if (!(template instanceof PyList)) throw typeError("template() argument 2 must be list");
        return makeTemplate(template.items);
      },
    ],
    getcodesize: ["()", () => CODESIZE],
    getlower: [
      "(character, flags, /)",
      (vm: VM, c: Value, flags: Value) => (Number(toIndex(vm, flags)) & FLAG.UNICODE ? unicodeLower(character(vm, c)) : asciiLower(character(vm, c))),
    ],
    ascii_iscased: ["(character, /)", (vm: VM, c: Value) => isAsciiLetter(character(vm, c))],
    ascii_tolower: ["(character, /)", (vm: VM, c: Value) => asciiLower(character(vm, c))],
    unicode_iscased: [
      "(character, /)",
      (vm: VM, v: Value) => {
        const c = character(vm, v);
        return unicodeLower(c) !== c || unicodeUpper(c) !== c;
      },
    ],
    unicode_tolower: ["(character, /)", (vm: VM, c: Value) => unicodeLower(character(vm, c))],
  },
  values: () => ({ MAGIC, CODESIZE, MAXREPEAT, MAXGROUPS, copyright: "Module re is the work of Secret Labs AB and the CPython developers." }),
};
