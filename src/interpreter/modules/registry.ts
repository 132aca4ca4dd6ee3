/** Module name → native declaration. One row a module. */
import { _abc } from "./_abc.ts";
import { _ast } from "./_ast.ts";
import { _blake2 } from "./_blake2.ts";
import { _asyncio } from "./_asyncio.ts";
import { _bisect } from "./_bisect.ts";
import { _codecs } from "./_codecs.ts";
import { _collections } from "./_collections.ts";
import { _contextvars } from "./_contextvars.ts";
import { _decimal } from "./decimal/index.ts";
import { _functools } from "./_functools.ts";
import { _hashlib, HASH_FAMILIES } from "./_hashlib.ts";
import { _heapq } from "./_heapq.ts";
import { _io } from "./_io/index.ts";
import { _json } from "./_json.ts";
import { _suggestions } from "./_suggestions.ts";
import { _tokenize } from "./_tokenize.ts";
import { _tracemalloc } from "./_tracemalloc.ts";
import { _locale } from "./_locale.ts";
import { _opcode } from "./_opcode.ts";
import { _operator } from "./_operator.ts";
import { _posixsubprocess } from "./_posixsubprocess.ts";
import { _random } from "./_random.ts";
import { _signal } from "./_signal.ts";
import { _sre } from "./_sre/index.ts";
import { _socket } from "./_socket.ts";
import { _stat } from "./_stat.ts";
import { _statistics } from "./_statistics.ts";
import { _string } from "./_string.ts";
import { _struct } from "./_struct.ts";
import { _warnings } from "./_warnings.ts";
import { array } from "./array.ts";
import { atexit } from "./atexit.ts";
import { binascii } from "./binascii.ts";
import { cmath } from "./cmath.ts";
import { errno } from "./errno.ts";
import { gc } from "./gc.ts";
import { importlib, importlibMachinery } from "./importlib.ts";
import { itertools } from "./itertools.ts";
import { math } from "./math.ts";
import type { NativeModule } from "./native-module.ts";
import { numpy } from "./numpy/index.ts";
import { posix } from "./posix.ts";
import { select_ } from "./select.ts";
import { sys } from "./sys.ts";
import { _thread } from "./_thread.ts";
import { _types, _typing } from "./small.ts";
import { _weakref } from "./_weakref.ts";
import { time } from "./time.ts";
import { unicodedata } from "./unicodedata.ts";
import { zlib } from "./zlib.ts";

export const NATIVE_MODULES: ReadonlyMap<string, NativeModule> = new Map(
  [
    _abc, _ast, _asyncio, _bisect, _blake2, _codecs, _collections, _contextvars, _decimal, _functools, _hashlib, _heapq, _io, _json, _suggestions, _tokenize, _tracemalloc, _locale, _opcode, _operator, _posixsubprocess, _random, _signal, _socket, _sre, _stat, _statistics, _string, _struct, _thread, _types, _typing, _warnings,
    _weakref, array, atexit, binascii, cmath, errno, gc, importlib, importlibMachinery, itertools, math, numpy, posix, select_, sys, time, unicodedata, zlib, ...HASH_FAMILIES,
  ].map((m) => [m.name, m]),
);
