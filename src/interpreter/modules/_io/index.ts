/** Module _io: streams. */
import { EXCEPTIONS, typeError } from "../../builtins/exceptions.ts";
import { plainStr, typeName } from "../../objects/operations.ts";
import type { VM } from "../../objects/runtime.ts";
import type { NativeRow } from "../../objects/type.ts";
import type { Value } from "../../objects/values.ts";
import type { NativeModule } from "../native-module.ts";
import { bufferedIOBaseType, ioBaseType, rawIOBaseType, textIOBaseType, unsupportedOperationType } from "./base.ts";
import { bufferedRandomType, bufferedReaderType, bufferedRWPairType, bufferedWriterType } from "./buffered.ts";
import { bytesIOType } from "./bytesio.ts";
import { DEFAULT_BUFFER_SIZE, fileIOType } from "./fileio.ts";
import { newlineDecoderType } from "./newlines.ts";
import { open } from "./open.ts";
import { stringIOType } from "./stringio.ts";
import { textIOWrapperType } from "./textio.ts";

const TYPES = [
  ioBaseType, rawIOBaseType, bufferedIOBaseType, textIOBaseType, fileIOType, bufferedReaderType, bufferedWriterType, bufferedRandomType, bufferedRWPairType,
  bytesIOType, stringIOType, textIOWrapperType, newlineDecoderType, unsupportedOperationType,
];

export const OPEN: NativeRow = [
  "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
  open,
  "Open a file as a stream.",
];

export const _io: NativeModule = {
  name: "_io",
  doc: "Streams: raw, buffered, text.",
  functions: {
    open: OPEN,
    open_code: [
      "(path)",
      (vm: VM, path: Value) => {
        if (plainStr(path) === undefined) throw typeError(`open_code() argument 'path' must be str, not ${typeName(path)}`);
        return open(vm, path, "rb");
      },
      "Open a file whose contents are code.",
    ],
    text_encoding: [
      "(encoding, stacklevel=2, /)",
      (_vm: VM, encoding: Value) => (encoding === null ? "locale" : encoding),
      "The encoding to pass on: None becomes \"locale\".",
    ],
  },
  values: () => ({ ...Object.fromEntries(TYPES.map((t) => [t.name, t] as const)), DEFAULT_BUFFER_SIZE, BlockingIOError: EXCEPTIONS.BlockingIOError }),
};
