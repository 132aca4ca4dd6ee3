/**
 * memoryview: a typed, possibly strided window on another object's memory. Source: PEP 3118, Python library reference "Memory Views".
 * Views of one exporter share a `Hold`: the exporter is released when the last of them is.
 */
import { bufferError, indexError, notImplementedError, type PyBaseException, typeError, valueError } from "../builtins/exceptions.ts";
import { type Buffer, bufferSize, contiguousBytes, getBuffer, isContiguous } from "./buffer.ts";
import { hashBytes } from "./bytes.ts";
import { equalBytes } from "./bytes-search.ts";
import { hexText } from "./bytes-text.ts";
import { identityOf } from "./identity.ts";
import { PyList } from "./list.ts";
import { equals, plainInt, plainStr, toDouble, toIndex, truthy, typeName, typeOf } from "./operations.ts";
import type { VM } from "./runtime.ts";
import { isIndex, PySlice, sliceRange } from "./slice.ts";
import { type ItemCode, integerRange, NATIVE_CODES } from "./struct-codes.ts";
import { defineType, type PyType } from "./type.ts";
import { Ellipsis, NotImplemented, normInt, PyBytes, PyFloat, PyObject, PyTuple, type Value } from "./values.ts";

/** The exporter's buffer and how many views use it. */
interface Hold {
  readonly buffer: Buffer;
  readonly exporter: Value;
  views: number;
}

export class PyMemoryView extends PyObject {
  /** undefined after release(). */
  hold: Hold | undefined;
  readonly window: Buffer;
  /** Buffers of this view held by others. */
  exports = 0;
  cachedHash: number | bigint | undefined = undefined;

  constructor(hold: Hold, window: Buffer) {
    super();
    this.hold = hold;
    this.window = window;
    hold.views++;
  }

  exportBuffer(): Buffer {
    checkHeld(this);
    return {
      ...this.window,
      acquire: () => {
        this.exports++;
      },
      release: () => {
        this.exports--;
      },
    };
  }
}

function checkHeld(m: PyMemoryView): Hold {
  if (m.hold === undefined) throw valueError("operation forbidden on released memoryview object");
  return m.hold;
}

/** A view of the receiver's memory with another layout. */
function derive(m: PyMemoryView, change: Partial<Buffer>): PyMemoryView {
  return new PyMemoryView(checkHeld(m), { ...m.window, ...change });
}

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function codeOf(format: string): ItemCode | undefined {
  return NATIVE_CODES[format.startsWith("@") ? format.slice(1) : format];
}

function needCode(format: string): ItemCode {
  const code = codeOf(format);
  if (!code) throw notImplementedError(`memoryview: unsupported format ${format}`);
  return code;
}

function dataView(b: Buffer): DataView {
  return new DataView(b.data.buffer, b.data.byteOffset, b.data.byteLength);
}

function unpack(code: ItemCode, view: DataView, offset: number): Value {
  const v = code.read(view, offset, LITTLE);
  if (code.kind === "char") return new PyBytes(Uint8Array.of(Number(v)));
  if (code.kind === "float") return new PyFloat(Number(v));
  return typeof v === "bigint" ? normInt(v) : v;
}

function pack(vm: VM, format: string, code: ItemCode, view: DataView, offset: number, v: Value): void {
  const badType = () => typeError(`memoryview: invalid type for format '${format}'`);
  const badValue = () => valueError(`memoryview: invalid value for format '${format}'`);
  if (code.kind === "char") {
    if (!(v instanceof PyBytes)) throw badType();
    if (v.data.length !== 1) throw badValue();
    code.write(view, offset, v.data[0]!, LITTLE);
  } else if (code.kind === "bool") code.write(view, offset, truthy(vm, v) ? 1 : 0, LITTLE);
  else if (code.kind === "float") {
    if (!(v instanceof PyFloat) && plainInt(v) === undefined && !typeOf(v).slot.float && !isIndex(v)) throw badType();
    code.write(view, offset, toDouble(vm, v), LITTLE);
  } else {
    if (!isIndex(v)) throw badType();
    const i = BigInt(toIndex(vm, v));
    const [low, high] = integerRange(code);
    if (i < low || i > high) throw badValue();
    code.write(view, offset, i, LITTLE);
  }
}

// ---- indexing ---------------------------------------------------------------------------------------------------------------------------------

function itemOffset(vm: VM, b: Buffer, indices: readonly Value[]): number {
  let offset = b.offset;
  indices.forEach((index, dim) => {
    const i = toIndex(vm, index);
    const n = b.shape[dim]!;
    const at = i < 0 ? Number(i) + n : Number(i);
    if (at < 0 || at >= n) throw indexError(`index out of bounds on dimension ${dim + 1}`);
    offset += at * b.strides[dim]!;
  });
  return offset;
}

/** The byte offset that a subscript addresses, or undefined when it is a slice or `...`. */
function addressed(vm: VM, m: PyMemoryView, key: Value): number | undefined {
  const b = m.window;
  if (isIndex(key)) {
    if (b.shape.length === 0) throw typeError("invalid indexing of 0-dim memory");
    if (b.shape.length > 1) throw notImplementedError("multi-dimensional sub-views are not implemented");
    return itemOffset(vm, b, [key]);
  }
  if (key instanceof PySlice || (key === Ellipsis && b.shape.length === 0)) return undefined;
  if (key instanceof PyTuple && key.items.every(isIndex)) {
    if (key.items.length < b.shape.length) throw notImplementedError("sub-views are not implemented");
    if (key.items.length > b.shape.length)
      throw typeError(`cannot index ${b.shape.length}-dimension view with ${key.items.length}-element tuple`);
    return itemOffset(vm, b, key.items);
  }
  if (key instanceof PyTuple && key.items.every((k) => k instanceof PySlice))
    throw notImplementedError("multi-dimensional slicing is not implemented");
  throw typeError("memoryview: invalid slice key");
}

function sliced(vm: VM, m: PyMemoryView, key: PySlice): PyMemoryView {
  const b = m.window;
  const r = sliceRange(vm, key, b.shape[0]!);
  return derive(m, {
    shape: [r.count, ...b.shape.slice(1)],
    strides: [b.strides[0]! * r.step, ...b.strides.slice(1)],
    offset: b.offset + (r.count > 0 ? r.start : 0) * b.strides[0]!,
  });
}

function getitem(vm: VM, v: Value, key: Value): Value {
  const m = v as PyMemoryView;
  checkHeld(m);
  const offset = addressed(vm, m, key);
  if (offset !== undefined) return unpack(needCode(m.window.format), dataView(m.window), offset);
  return key instanceof PySlice ? sliced(vm, m, key) : m;
}

function setitem(vm: VM, v: Value, key: Value, value: Value): void {
  const m = v as PyMemoryView;
  checkHeld(m);
  if (m.window.readonly) throw typeError("cannot modify read-only memory");
  const offset = addressed(vm, m, key);
  if (offset !== undefined) {
    pack(vm, m.window.format, needCode(m.window.format), dataView(m.window), offset, value);
    return;
  }
  if (!(key instanceof PySlice)) throw typeError("memoryview: invalid slice key");
  if (m.window.shape.length > 1) throw notImplementedError("memoryview slice assignments are currently restricted to ndim = 1");
  assignSlice(sliced(vm, m, key).window, value);
}

function assignSlice(target: Buffer, value: Value): void {
  const source = getBuffer(value);
  if (!source) throw typeError(`a bytes-like object is required, not '${typeName(value)}'`);
  if (source.format.replace("@", "") !== target.format.replace("@", "") || source.shape.length !== 1 || source.shape[0] !== target.shape[0])
    throw valueError("memoryview assignment: lvalue and rvalue have different structures");
  const bytes = contiguousBytes(source).slice();
  const size = target.itemsize;
  for (let i = 0; i < target.shape[0]!; i++)
    for (let k = 0; k < size; k++) target.data[target.offset + i * target.strides[0]! + k] = bytes[i * size + k]!;
}

// ---- conversion -------------------------------------------------------------------------------------------------------------------------------

function toNested(b: Buffer, dim: number, offset: number, code: ItemCode, view: DataView): Value {
  if (dim === b.shape.length) return unpack(code, view, offset);
  return new PyList(Array.from({ length: b.shape[dim]! }, (_, i) => toNested(b, dim + 1, offset + i * b.strides[dim]!, code, view)));
}

/** All items in C order. */
function items(b: Buffer): Value[] {
  const code = needCode(b.format);
  const view = dataView(b);
  const out: Value[] = [];
  const walk = (dim: number, offset: number): void => {
    if (dim === b.shape.length) out.push(unpack(code, view, offset));
    else for (let i = 0; i < b.shape[dim]!; i++) walk(dim + 1, offset + i * b.strides[dim]!);
  };
  walk(0, b.offset);
  return out;
}

/** C-order strides of a shape. */
function packedStrides(shape: readonly number[], itemsize: number): number[] {
  const strides: number[] = new Array(shape.length);
  let step = itemsize;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Whether items lie in Fortran order. */
function isFortran(b: Buffer): boolean {
  return isContiguous({ ...b, shape: [...b.shape].reverse(), strides: [...b.strides].reverse() });
}

const BYTE_FORMATS = "Bbc";

function cast(vm: VM, m: PyMemoryView, format: Value, shapeArg?: Value): Value {
  checkHeld(m);
  const text = plainStr(format);
  if (text === undefined) throw typeError(`cast() argument 'format' must be str, not ${typeName(format)}`);
  const b = m.window;
  if (!isContiguous(b)) throw typeError("memoryview: casts are restricted to C-contiguous views");
  const code = codeOf(text);
  if (!code) throw valueError("memoryview: destination format must be a native single character format prefixed with an optional '@'");
  const bare = (f: string): string => f.replace("@", "");
  if (!BYTE_FORMATS.includes(bare(text)) && !BYTE_FORMATS.includes(bare(b.format)))
    throw typeError("memoryview: cannot cast between two non-byte formats");
  const size = bufferSize(b);
  if (size % code.size !== 0) throw typeError("memoryview: length is not a multiple of itemsize");
  const shape = shapeArg === undefined ? [size / code.size] : castShape(vm, shapeArg, b.shape.length);
  if (shape.reduce((n, d) => n * d, code.size) !== size) throw typeError("memoryview: product(shape) * itemsize != buffer size");
  return derive(m, { format: text, itemsize: code.size, shape, strides: packedStrides(shape, code.size) });
}

function castShape(vm: VM, v: Value, ndim: number): number[] {
  if (!(v instanceof PyList || v instanceof PyTuple)) throw typeError("shape must be a list or a tuple");
  if (ndim !== 1 && v.items.length !== 1) throw typeError("memoryview: cast must be 1D -> ND or ND -> 1D");
  return v.items.map((d) => {
    const n = plainInt(d);
    if (n === undefined) throw typeError("memoryview.cast(): elements of shape must be integers");
    if (n <= 0) throw valueError("memoryview.cast(): elements of shape must be integers > 0");
    return Number(toIndex(vm, n));
  });
}

function tobytes(_vm: VM, m: PyMemoryView, order?: Value): Value {
  checkHeld(m);
  if (order !== undefined && order !== null && order !== "C" && order !== "F" && order !== "A")
    throw valueError("order must be 'C', 'F' or 'A'");
  const b = m.window;
  const fortran = order === "F" || (order === "A" && isFortran(b));
  return new PyBytes(contiguousBytes(fortran ? { ...b, shape: [...b.shape].reverse(), strides: [...b.strides].reverse() } : b).slice());
}

function isEqual(vm: VM, v: Value, other: Value): boolean | undefined {
  const m = v as PyMemoryView;
  if (m === other) return true;
  const released = m.hold === undefined || (other instanceof PyMemoryView && other.hold === undefined);
  const b = released ? undefined : getBuffer(other);
  if (released) return other instanceof PyMemoryView ? false : undefined;
  if (!b) return undefined;
  const a = m.window;
  if (a.shape.length !== b.shape.length || a.shape.some((d, i) => d !== b.shape[i])) return false;
  if (BYTE_FORMATS.includes(a.format) && a.format === b.format) return equalBytes(contiguousBytes(a), contiguousBytes(b));
  if (!codeOf(a.format) || !codeOf(b.format)) return false;
  const x = items(a);
  const y = items(b);
  return x.every((item, i) => equals(vm, item, y[i]!));
}

function release(_vm: VM, m: PyMemoryView): Value {
  const hold = m.hold;
  if (hold === undefined) return null;
  if (m.exports > 0) throw bufferError(`memoryview has ${m.exports} exported buffer${m.exports === 1 ? "" : "s"}`);
  m.hold = undefined;
  if (--hold.views === 0) hold.buffer.release?.();
  return null;
}

function newView(_vm: VM, _cls: PyType, object: Value): Value {
  const buffer = getBuffer(object);
  if (!buffer) throw typeError(`memoryview: a bytes-like object is required, not '${typeName(object)}'`);
  if (object instanceof PyMemoryView) return new PyMemoryView(object.hold!, object.window);
  buffer.acquire?.();
  return new PyMemoryView({ buffer, exporter: object, views: 0 }, buffer);
}

/** memoryview(object) from native code. */
export function makeMemoryView(vm: VM, object: Value): PyMemoryView {
  return newView(vm, memoryViewType, object) as PyMemoryView;
}

function length(m: PyMemoryView): number {
  checkHeld(m);
  const n = m.window.shape[0];
  if (n === undefined) throw typeError("0-dim memory has no length");
  return n;
}

function hashView(_vm: VM, v: Value): number | bigint {
  const m = v as PyMemoryView;
  if (m.cachedHash !== undefined) return m.cachedHash;
  checkHeld(m);
  if (!m.window.readonly) throw valueError("cannot hash writable memoryview object");
  if (!BYTE_FORMATS.includes(m.window.format)) throw valueError("memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
  m.cachedHash = hashBytes(contiguousBytes(m.window));
  return m.cachedHash;
}

// ---- iteration --------------------------------------------------------------------------------------------------------------------------------

class PyMemoryIterator extends PyObject {
  source: PyMemoryView | undefined;
  index = 0;
  constructor(source: PyMemoryView) {
    super();
    this.source = source;
  }
}

defineType({
  name: "memory_iterator",
  js: PyMemoryIterator,
  subclassable: false,
  slots: {
    iter: (_vm, v) => v,
    iternext: (vm, v) => {
      const it = v as PyMemoryIterator;
      if (it.source === undefined) return undefined;
      if (it.index < length(it.source)) return getitem(vm, it.source, it.index++);
      it.source = undefined;
      return undefined;
    },
  },
});

// ---- type -------------------------------------------------------------------------------------------------------------------------------------

/** A getter that refuses released views. */
const held =
  (get: (b: Buffer, m: PyMemoryView) => Value) =>
  (_vm: VM, m: PyMemoryView): Value => {
    checkHeld(m);
    return get(m.window, m);
  };

function notFound(): PyBaseException {
  return valueError("memoryview.index(x): x not found");
}

export const memoryViewType: PyType = defineType({
  name: "memoryview",
  js: PyMemoryView,
  subclassable: false,
  doc: "Create a new memoryview object which references the given object.",
  new: ["(object)", newView],
  slots: {
    repr: (_vm, v) => `<${(v as PyMemoryView).hold ? "" : "released "}memory at 0x${identityOf(v).toString(16)}>`,
    hash: hashView,
    len: (_vm, v) => length(v as PyMemoryView),
    getitem,
    setitem,
    delitem: (_vm, v) => {
      const m = v as PyMemoryView;
      checkHeld(m);
      throw typeError(m.window.readonly ? "cannot modify read-only memory" : "cannot delete memory");
    },
    iter: (_vm, v) => {
      const m = v as PyMemoryView;
      checkHeld(m);
      needCode(m.window.format);
      if (m.window.shape.length === 0) throw typeError("invalid indexing of 0-dim memory");
      if (m.window.shape.length > 1) throw notImplementedError("multi-dimensional sub-views are not implemented");
      return new PyMemoryIterator(m);
    },
    eq: (vm, a, b) => isEqual(vm, a, b) ?? NotImplemented,
    ne: (vm, a, b) => {
      const r = isEqual(vm, a, b);
      return r === undefined ? NotImplemented : !r;
    },
    lt: () => NotImplemented,
    le: () => NotImplemented,
    gt: () => NotImplemented,
    ge: () => NotImplemented,
  },
  methods: {
    release: ["($self, /)", release, "Gives the underlying memory back."],
    tobytes: ["($self, /, order='C')", tobytes, "The items' bytes."],
    tolist: ["($self, /)", held((b) => toNested(b, 0, b.offset, needCode(b.format), dataView(b))), "The items as nested lists."],
    hex: [
      "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
      (vm: VM, m: PyMemoryView, sep?: Value, perGroup?: Value) => {
        checkHeld(m);
        return hexText(vm, contiguousBytes(m.window), sep, perGroup);
      },
      "Hexadecimal digits, two a byte.",
    ],
    cast: ["($self, /, format, shape=<unrepresentable>)", cast, "The same memory with another format or shape."],
    toreadonly: ["($self, /)", (_vm: VM, m: PyMemoryView) => derive(m, { readonly: true }), "A readonly view of the same memory."],
    count: [
      "($self, value, /)",
      (vm: VM, m: PyMemoryView, value: Value) => {
        checkHeld(m);
        return items(m.window).filter((item) => equals(vm, item, value)).length;
      },
      "Number of occurrences of a value.",
    ],
    index: [
      "($self, value, start=0, stop=sys.maxsize, /)",
      (vm: VM, m: PyMemoryView, value: Value, start?: Value, stop?: Value) => {
        checkHeld(m);
        const all = items(m.window);
        const r = sliceRange(vm, new PySlice(start ?? null, stop ?? null, null), all.length);
        for (let i = r.start; i < r.stop; i++) if (equals(vm, all[i]!, value)) return i;
        throw notFound();
      },
      "First index of a value.",
    ],
    __enter__: ["($self, /)", held((_b, m) => m)],
    __exit__: ["($self, /, *args)", (vm: VM, m: PyMemoryView) => release(vm, m)],
  },
  classMethods: {
    _from_flags: ["($type, /, object, flags)", (vm: VM, cls: PyType, object: Value) => newView(vm, cls, object)],
  },
  getset: {
    obj: [held((_b, m) => m.hold!.exporter), undefined, "The object whose memory this is."],
    nbytes: [held((b) => bufferSize(b)), undefined, "Size of the items in bytes."],
    readonly: [held((b) => b.readonly), undefined, "Whether the memory cannot be changed."],
    itemsize: [held((b) => b.itemsize), undefined, "Size of an item in bytes."],
    format: [held((b) => b.format), undefined, "The items' struct format."],
    ndim: [held((b) => b.shape.length), undefined, "Number of dimensions."],
    shape: [held((b) => new PyTuple(b.shape)), undefined, "Number of items along each dimension."],
    strides: [held((b) => new PyTuple(b.strides)), undefined, "Distance in bytes between items along each dimension."],
    suboffsets: [held(() => new PyTuple([])), undefined, "Empty: there is no indirection."],
    c_contiguous: [held((b) => isContiguous(b)), undefined, "Whether the items lie in C order without gaps."],
    f_contiguous: [held((b) => isFortran(b)), undefined, "Whether the items lie in Fortran order without gaps."],
    contiguous: [held((b) => isContiguous(b) || isFortran(b)), undefined, "Whether the items lie without gaps."],
  },
});
