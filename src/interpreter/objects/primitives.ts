/** Loads every file that fills the types of numbers, text and bytes; importing it makes them complete. */
import { typeError } from "../builtins/exceptions.ts";
import "./native.ts";
import "./int.ts";
import "./bool.ts";
import "./none.ts";
import "./float.ts";
import "./complex.ts";
import "./str.ts";
import "./str-methods.ts";
import "./str-translate.ts";
import "./str-format.ts";
import "./format.ts";
import "./percent-format.ts";
import "./codecs-core.ts";
import "./bytes.ts";
import "./bytearray.ts";
import "./memoryview.ts";
import { intType, type PyType, setSlot, strType } from "./type.ts";

/** int and str count their arguments before they look at them, in other words than argument clinic's. */
function limitArguments(t: PyType, max: number): void {
  const make = t.slot.new!;
  setSlot(t, "new", (vm, cls, args, kwnames) => {
    if (args.length > max && !kwnames?.length) throw typeError(`${t.name} expected at most ${max} arguments, got ${args.length}`);
    return make(vm, cls, args, kwnames);
  });
}
limitArguments(intType, 2);
limitArguments(strType, 3);
