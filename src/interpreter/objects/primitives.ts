/** Loads every file that fills the types of numbers, text and bytes; importing it makes them complete. */
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
